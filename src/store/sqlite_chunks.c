/* SPDX-License-Identifier: MIT
 * sqlite_chunks.c: chunks into and out of SQLite. A chunk that names others keeps their row ids beside it (`places`),
 * so that reading follows the file instead of looking for digests. */
#include "store/sqlite.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

/* ---- out ---- */

static wck_status take(wck_chunk **out, wck_sqlite *db, sqlite3_stmt *stmt, const wck_digest *digest, wck_error *err)
{
    wck_chunk_row row = {.data = sqlite3_column_blob(stmt, 1), .places = sqlite3_column_blob(stmt, 2)};

    row.len = (size_t)sqlite3_column_bytes(stmt, 1);
    row.places_len = (size_t)sqlite3_column_bytes(stmt, 2);
    if ((row.data == NULL || row.places == NULL) && sqlite3_errcode(db->db) == SQLITE_NOMEM)
        return wck_fail_memory(err, "reading the store");
    row.sum = sqlite3_column_int64(stmt, 0);
    return wck_chunk_make(out, &db->base, digest, &row, err);
}

/* By its id: WCK_E_NOT_FOUND when another chunk, or none, is there. */
static wck_status fetch_at(wck_chunk **out, wck_sqlite *db, const wck_place *place, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(db, Q_CHUNK_AT, err);
    const void *digest;
    wck_status status;
    int code;

    if (stmt == NULL)
        return wck_sqlite_unprepared(db);
    sqlite3_bind_int64(stmt, 1, place->id);
    code = sqlite3_step(stmt);
    digest = code == SQLITE_ROW ? sqlite3_column_blob(stmt, 3) : NULL;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = wck_sqlite_fail(db, err, "read");
    else if (digest == NULL || sqlite3_column_bytes(stmt, 3) != WCK_DIGEST_SIZE ||
             memcmp(digest, place->digest.bytes, WCK_DIGEST_SIZE) != 0)
        status = WCK_E_NOT_FOUND;
    else
        status = take(out, db, stmt, &place->digest, err);
    sqlite3_reset(stmt);
    return status;
}

wck_status wck_sqlite_fetch(wck_chunk **out, wck_db *base, const wck_place *place, wck_error *err)
{
    wck_sqlite *db = (wck_sqlite *)base;
    sqlite3_stmt *stmt;
    wck_status status;
    int code;

    *out = NULL;
    if (place->id > 0) {
        status = fetch_at(out, db, place, err);
        if (status != WCK_E_NOT_FOUND)
            return status;
    }
    stmt = wck_sqlite_query(db, Q_CHUNK_GET, err);
    if (stmt == NULL)
        return wck_sqlite_unprepared(db);
    sqlite3_bind_blob(stmt, 1, place->digest.bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        status = take(out, db, stmt, &place->digest, err);
    else
        status = code == SQLITE_DONE ? wck_db_damaged(base, err, "a chunk is missing")
                                     : wck_sqlite_fail(db, err, "read");
    sqlite3_reset(stmt);
    return status;
}

/* ---- in ---- */

/* What a put has to remember while it cuts. */
typedef struct putting {
    wck_sqlite *db;
    /* ids of the partitions of the span at hand, and of all spans, of the shared and the local stream in turn, each
     * big-endian, as they go into the `places` of the chunk that names them */
    wck_buf parts, spans[WCK_STREAMS];
    size_t n_spans, n_indexes;
} putting;

static bool note(wck_buf *places, sqlite3_int64 id)
{
    unsigned char bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)id >> (56 - 8 * i));
    return wck_buf_put(places, bytes, sizeof bytes);
}

/* *id 0: not there. */
static wck_status look_for(wck_sqlite *db, const wck_digest *digest, sqlite3_int64 *id, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(db, Q_CHUNK_HAS, err);
    wck_status status = WCK_OK;
    int code;

    if (stmt == NULL)
        return wck_sqlite_unprepared(db);
    sqlite3_bind_blob(stmt, 1, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    code = sqlite3_step(stmt);
    *id = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = wck_sqlite_fail(db, err, "read");
    sqlite3_reset(stmt);
    return status;
}

static wck_status insert(wck_sqlite *db, const wck_digest *digest, const void *data, size_t len,
                         const wck_buf *places, sqlite3_int64 *id, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(db, Q_CHUNK_ADD, err);
    wck_status status = WCK_OK;

    if (stmt == NULL)
        return wck_sqlite_unprepared(db);
    sqlite3_bind_blob(stmt, 1, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, wck_db_sum(wck_db_key(digest), data, len));
    sqlite3_bind_blob64(stmt, 3, data, len, SQLITE_STATIC);
    if (places != NULL)
        sqlite3_bind_blob64(stmt, 4, wck_buf_text(places), places->len, SQLITE_STATIC);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        status = wck_sqlite_fail(db, err, "write to");
    sqlite3_reset(stmt);
    *id = sqlite3_last_insert_rowid(db->db);
    return status;
}

/* The ids of what a chunk names; NULL when it names nothing. */
static wck_buf *places_of(putting *p, wck_chunk_kind kind)
{
    if (kind == WCK_CHUNK_SPAN)
        return &p->parts;
    return kind == WCK_CHUNK_INDEX ? &p->spans[p->n_indexes++ % WCK_STREAMS] : NULL;
}

static wck_status add_chunk(wck_chunk_kind kind, const wck_digest *digest, const void *data, size_t len, void *payload,
                            wck_error *err)
{
    putting *p = payload;
    wck_buf *places = places_of(p, kind);
    sqlite3_int64 id = 0;
    wck_status status = look_for(p->db, digest, &id, err); /* most chunks of an unchanged server are there */
    bool noted = true;

    if (status == WCK_OK && id == 0)
        status = insert(p->db, digest, data, len, places, &id, err);
    if (kind == WCK_CHUNK_PARTITION)
        noted = note(&p->parts, id);
    if (kind == WCK_CHUNK_SPAN) {
        wck_buf_reset(&p->parts);
        noted = note(&p->spans[p->n_spans++ % WCK_STREAMS], id);
    }
    return status == WCK_OK && !noted ? wck_fail_memory(err, "storing a snapshot") : status;
}

static wck_status knows_span(const wck_digest *digest, bool *known, void *payload, wck_error *err)
{
    putting *p = payload;
    sqlite3_int64 id = 0;
    wck_status status = look_for(p->db, digest, &id, err);

    *known = id != 0;
    if (*known && !note(&p->spans[p->n_spans++ % WCK_STREAMS], id))
        status = wck_fail_memory(err, "storing a snapshot");
    return status;
}

wck_status wck_sqlite_sink_begin(wck_chunk_sink *out, wck_db *db, wck_error *err)
{
    putting *p = calloc(1, sizeof *p);

    *out = (wck_chunk_sink){.knows = knows_span, .add = add_chunk, .payload = p};
    if (p == NULL)
        return wck_fail_memory(err, "storing a snapshot");
    p->db = (wck_sqlite *)db;
    wck_buf_init(&p->parts, 1U << 16);
    wck_buf_init(&p->spans[WCK_SHARED], 1U << 20);
    wck_buf_init(&p->spans[WCK_LOCAL], 1U << 20);
    return WCK_OK;
}

wck_status wck_sqlite_sink_end(wck_chunk_sink *sink, wck_status status, wck_error *err)
{
    putting *p = sink->payload;

    (void)err;
    if (p == NULL)
        return status;
    wck_buf_clear(&p->parts);
    wck_buf_clear(&p->spans[WCK_SHARED]);
    wck_buf_clear(&p->spans[WCK_LOCAL]);
    free(p);
    return status;
}

/* ---- many ---- */

wck_status wck_sqlite_known(bool *known, wck_db *db, const wck_digest *digests, size_t n, wck_error *err)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < n && status == WCK_OK; i++) {
        sqlite3_int64 id = 0;
        status = look_for((wck_sqlite *)db, &digests[i], &id, err);
        known[i] = id != 0;
    }
    return status;
}

wck_status wck_sqlite_drop(wck_db *base, const wck_digest *digests, size_t n, wck_error *err)
{
    wck_sqlite *db = (wck_sqlite *)base;
    wck_status status = WCK_OK;

    for (size_t i = 0; i < n && status == WCK_OK; i++) {
        sqlite3_stmt *stmt = wck_sqlite_query(db, Q_CHUNK_DROP, err);
        if (stmt == NULL)
            return wck_sqlite_unprepared(db);
        sqlite3_bind_blob(stmt, 1, digests[i].bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
        if (sqlite3_step(stmt) != SQLITE_DONE)
            status = wck_sqlite_fail(db, err, "write to");
        sqlite3_reset(stmt);
    }
    return status;
}
