/* SPDX-License-Identifier: MIT
 * postgres_chunks.c: chunks into and out of PostgreSQL. A round trip costs more than a chunk, so they go in batches:
 * which of these are there? then those that are not. */
#include "store/postgres.h"

#include <stdlib.h>
#include <string.h>

/* ---- arrays in PostgreSQL's binary form (src/backend/utils/adt/arrayfuncs.c, array_recv) ---- */

enum { OID_BYTEA = 17, OID_INT8 = 20 };

static bool put_32(wck_buf *b, uint32_t n)
{
    const unsigned char bytes[4] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8),
                                    (unsigned char)n};

    return wck_buf_put(b, bytes, sizeof bytes);
}

static void array_begin(wck_buf *b, uint32_t type, size_t n)
{
    put_32(b, 1);           /* dimensions */
    put_32(b, 0);           /* no NULLs */
    put_32(b, type);
    put_32(b, (uint32_t)n);
    put_32(b, 1);           /* counted from */
}

static void array_add(wck_buf *b, const void *data, size_t len)
{
    put_32(b, (uint32_t)len);
    wck_buf_put(b, data, len);
}

static void array_add_int(wck_buf *b, int64_t value)
{
    put_32(b, 8);
    put_32(b, (uint32_t)((uint64_t)value >> 32));
    put_32(b, (uint32_t)(uint64_t)value);
}

static wck_status bind_digests(wck_stmt *stmt, wck_buf *b, const wck_digest *digests, size_t n, wck_error *err)
{
    array_begin(b, OID_BYTEA, n);
    for (size_t i = 0; i < n; i++)
        array_add(b, digests[i].bytes, WCK_DIGEST_SIZE);
    wck_bind_blob(stmt, 1, wck_buf_text(b), b->len);
    return b->failed ? wck_fail_memory(err, "using the store") : WCK_OK;
}

/* ---- out ---- */

wck_status wck_postgres_fetch(wck_chunk **out, wck_db *db, const wck_place *place, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_postgres_query(&stmt, db, Q_CHUNK_GET, err);
    wck_chunk_row row = {0};
    bool found = false;

    *out = NULL;
    wck_bind_blob(stmt, 1, place->digest.bytes, WCK_DIGEST_SIZE);
    if (status == WCK_OK)
        status = wck_step(stmt, &found, err);
    if (status == WCK_OK && !found)
        status = wck_db_damaged(db, err, "a chunk is missing");
    if (status == WCK_OK) {
        row.sum = wck_get_int(stmt, 0);
        wck_get_blob(&row.data, &row.len, stmt, 1);
        status = wck_chunk_make(out, db, &place->digest, &row, err);
    }
    wck_reset(stmt);
    return status;
}

static wck_status take(wck_db *db, wck_stmt *stmt, wck_chunk_fn *fn, void *payload, wck_error *err)
{
    wck_chunk_row row = {.sum = wck_get_int(stmt, 0)};
    const void *named;
    size_t len;
    wck_digest digest;
    wck_chunk *chunk;
    wck_status status;

    wck_get_blob(&row.data, &row.len, stmt, 1);
    wck_get_blob(&named, &len, stmt, 2);
    if (named == NULL || len != WCK_DIGEST_SIZE)
        return wck_db_damaged(db, err, "a chunk is not what was written");
    memcpy(digest.bytes, named, WCK_DIGEST_SIZE);
    status = wck_chunk_make(&chunk, db, &digest, &row, err);
    return status == WCK_OK ? fn(chunk, payload, err) : status;
}

wck_status wck_postgres_fetch_many(wck_db *db, const wck_digest *digests, size_t n, wck_chunk_fn *fn, void *payload,
                                   wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_postgres_query(&stmt, db, Q_CHUNK_MANY, err);
    wck_buf array;
    bool more;

    wck_buf_init(&array, SIZE_MAX / 4);
    if (status == WCK_OK)
        status = bind_digests(stmt, &array, digests, n, err);
    while (status == WCK_OK && (status = wck_step(stmt, &more, err)) == WCK_OK && more)
        status = take(db, stmt, fn, payload, err);
    wck_reset(stmt);
    wck_buf_clear(&array);
    return status;
}

wck_status wck_postgres_known(bool *known, wck_db *db, const wck_digest *digests, size_t n, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_postgres_query(&stmt, db, Q_CHUNK_KNOWN, err);
    wck_buf array;
    bool more;

    memset(known, 0, n * sizeof *known);
    wck_buf_init(&array, SIZE_MAX / 4);
    if (status == WCK_OK)
        status = bind_digests(stmt, &array, digests, n, err);
    while (status == WCK_OK && (status = wck_step(stmt, &more, err)) == WCK_OK && more) {
        int64_t i = wck_get_int(stmt, 0);
        if (i >= 1 && (uint64_t)i <= n)
            known[i - 1] = true;
    }
    wck_reset(stmt);
    wck_buf_clear(&array);
    return status;
}

wck_status wck_postgres_drop(wck_db *db, const wck_digest *digests, size_t n, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_postgres_query(&stmt, db, Q_CHUNK_DROP, err);
    wck_buf array;
    bool row;

    wck_buf_init(&array, SIZE_MAX / 4);
    if (status == WCK_OK)
        status = bind_digests(stmt, &array, digests, n, err);
    if (status == WCK_OK)
        status = wck_step(stmt, &row, err);
    wck_reset(stmt);
    wck_buf_clear(&array);
    return status;
}

/* ---- in ---- */

/* A batch goes when it is this large; the partitions of a span are some 64 times 25 KB. */
enum { BATCH_CHUNKS = 256, BATCH_BYTES = 4 << 20 };

typedef struct putting {
    wck_db *db;
    wck_digest digests[BATCH_CHUNKS];
    size_t from[BATCH_CHUNKS], len[BATCH_CHUNKS];
    bool known[BATCH_CHUNKS];
    size_t n;
    wck_buf data; /* of all, one behind the other */
} putting;

/* The three arrays of Q_CHUNK_ADD; *n: how many are new. */
static wck_status fill_arrays(const putting *p, wck_buf arrays[3], size_t *n, wck_error *err)
{
    *n = 0;
    for (size_t i = 0; i < p->n; i++)
        *n += !p->known[i];
    array_begin(&arrays[0], OID_BYTEA, *n);
    array_begin(&arrays[1], OID_INT8, *n);
    array_begin(&arrays[2], OID_BYTEA, *n);
    for (size_t i = 0; i < p->n; i++) {
        const char *data = wck_buf_text(&p->data) + p->from[i];
        if (p->known[i])
            continue;
        array_add(&arrays[0], p->digests[i].bytes, WCK_DIGEST_SIZE);
        array_add_int(&arrays[1], wck_db_sum(wck_db_key(&p->digests[i]), data, p->len[i]));
        array_add(&arrays[2], data, p->len[i]);
    }
    return arrays[0].failed || arrays[1].failed || arrays[2].failed ? wck_fail_memory(err, "storing a snapshot")
                                                                     : WCK_OK;
}

/* What another put adds meanwhile is waited for by wck_postgres_alone, and then is no conflict. */
static wck_status insert_unknown(putting *p, wck_error *err)
{
    wck_buf arrays[3];
    wck_stmt *stmt = NULL;
    size_t n = 0;
    bool row;
    wck_status status;

    for (int i = 0; i < 3; i++)
        wck_buf_init(&arrays[i], SIZE_MAX / 4);
    status = fill_arrays(p, arrays, &n, err);
    if (status == WCK_OK && n > 0)
        status = wck_postgres_alone(p->db, err);
    if (status == WCK_OK && n > 0)
        status = wck_postgres_query(&stmt, p->db, Q_CHUNK_ADD, err);
    if (status == WCK_OK && stmt != NULL) {
        for (int i = 0; i < 3; i++)
            wck_bind_blob(stmt, i + 1, wck_buf_text(&arrays[i]), arrays[i].len);
        status = wck_step(stmt, &row, err);
        wck_reset(stmt);
    }
    for (int i = 0; i < 3; i++)
        wck_buf_clear(&arrays[i]);
    return status;
}

static wck_status flush(putting *p, wck_error *err)
{
    wck_status status = p->n > 0 ? wck_postgres_known(p->known, p->db, p->digests, p->n, err) : WCK_OK;

    if (status == WCK_OK && p->n > 0)
        status = insert_unknown(p, err);
    p->n = 0;
    wck_buf_reset(&p->data);
    return status;
}

static wck_status add(wck_chunk_kind kind, const wck_digest *digest, const void *data, size_t len, void *payload,
                      wck_error *err)
{
    putting *p = payload;

    (void)kind;
    p->digests[p->n] = *digest;
    p->from[p->n] = p->data.len;
    p->len[p->n++] = len;
    if (!wck_buf_put(&p->data, data, len))
        return wck_fail_memory(err, "storing a snapshot");
    return p->n == BATCH_CHUNKS || p->data.len >= BATCH_BYTES ? flush(p, err) : WCK_OK;
}

/* Also of what waits in the batch nothing is known yet: it is asked for when that goes. */
static wck_status knows(const wck_digest *digest, bool *known, void *payload, wck_error *err)
{
    return wck_postgres_known(known, ((putting *)payload)->db, digest, 1, err);
}

wck_status wck_postgres_sink_begin(wck_chunk_sink *out, wck_db *db, wck_error *err)
{
    putting *p = calloc(1, sizeof *p);

    *out = (wck_chunk_sink){.knows = knows, .add = add, .payload = p};
    if (p == NULL)
        return wck_fail_memory(err, "storing a snapshot");
    p->db = db;
    wck_buf_init(&p->data, SIZE_MAX / 4);
    return WCK_OK;
}

wck_status wck_postgres_sink_end(wck_chunk_sink *sink, wck_status status, wck_error *err)
{
    putting *p = sink->payload;

    if (p == NULL)
        return status;
    if (status == WCK_OK)
        status = flush(p, err);
    wck_buf_clear(&p->data);
    free(p);
    return status;
}
