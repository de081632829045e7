/* SPDX-License-Identifier: MIT
 * manifest.c: cutting snapshots into content-addressed chunks. */
#include "model/manifest.h"

#include "model/canon_io.h"

#include <stdlib.h>

size_t wck_partition_count(size_t n)
{
    /* steps of four, so that replicas that differ by a few updates nearly always agree on the number */
    return n < 1600 ? 16 : n < 6400 ? 64 : n < 25600 ? 256 : n < 409600 ? 1024 : WCK_MAX_PARTITIONS;
}

size_t wck_partition_of(wck_guid update, size_t n)
{
    return (size_t)((update.hi >> 52) * n >> 12); /* the top 12 bits; n <= 4096 */
}

bool wck_section_is_partitioned(int section)
{
    return section == WCK_SECTION_UPDATES || section == WCK_SECTION_DECLINED || section == WCK_SECTION_APPROVALS;
}

/* First row whose partition is at least p. */
enum { SHARED_FLAGS = (WCK_PART_UNKNOWN_LANGUAGES * 2 - 1) & ~WCK_PART_NEEDED }; /* what a shared index may say */

#define LOWER(rows, count, key, p, n, out)                                                                     \
    do {                                                                                                       \
        size_t lo_ = 0, hi_ = (count);                                                                         \
        while (lo_ < hi_) {                                                                                    \
            size_t mid_ = lo_ + (hi_ - lo_) / 2;                                                               \
            if (wck_partition_of((rows)[mid_].key, (n)) < (p))                                                 \
                lo_ = mid_ + 1;                                                                                \
            else                                                                                               \
                hi_ = mid_;                                                                                    \
        }                                                                                                      \
        (out) = lo_;                                                                                           \
    } while (0)

void wck_partition_slice(wck_partition *out, const wck_snapshot *s, size_t p, size_t n)
{
    size_t from, to;

    memset(out, 0, sizeof *out);
    LOWER(s->updates.items, s->updates.n, id, p, n, from);
    LOWER(s->updates.items, s->updates.n, id, p + 1, n, to);
    out->updates = to > from ? s->updates.items + from : NULL;
    out->n_updates = to - from;
    LOWER(s->declined.items, s->declined.n, id, p, n, from);
    LOWER(s->declined.items, s->declined.n, id, p + 1, n, to);
    out->declined = to > from ? s->declined.items + from : NULL;
    out->n_declined = to - from;
    LOWER(s->approvals.items, s->approvals.n, update, p, n, from);
    LOWER(s->approvals.items, s->approvals.n, update, p + 1, n, to);
    out->approvals = to > from ? s->approvals.items + from : NULL;
    out->n_approvals = to - from;
}

/* ---- cutting ---- */

typedef struct cut {
    wck_buf stream[WCK_STREAMS];
    wck_index index;
    wck_digest *local; /* of the partitions */
    wck_chunk_fn *fn;
    void *payload;
    wck_error *err;
} cut;

/* Names the two buffers, hands them out and empties them. */
static wck_status give(cut *c, wck_digest digests[WCK_STREAMS])
{
    for (int i = 0; i < WCK_STREAMS; i++) {
        wck_buf *b = &c->stream[i];
        wck_status status = WCK_OK;
        if (b->failed || !wck_digest_of(&digests[i], wck_buf_text(b), b->len))
            return wck_fail_memory(c->err, "cutting a snapshot");
        if (c->fn != NULL)
            status = c->fn(&digests[i], wck_buf_text(b), b->len, c->payload, c->err);
        if (status != WCK_OK)
            return status;
        wck_buf_reset(b);
    }
    return WCK_OK;
}

static wck_status cut_head(cut *c, wck_manifest *m, const wck_snapshot *s)
{
    wck_status status;

    if (!wck_canon_put_server(&c->stream[WCK_SHARED], &c->stream[WCK_LOCAL], s))
        return wck_fail_memory(c->err, "cutting a snapshot");
    status = give(c, m->server);
    for (int i = 0; i < WCK_SECTION_COUNT && status == WCK_OK; i++) {
        if (wck_section_is_partitioned(i))
            continue;
        if (!wck_canon_put_section(&c->stream[WCK_SHARED], &c->stream[WCK_LOCAL], s, (wck_section)i))
            return wck_fail_memory(c->err, "cutting a snapshot");
        status = give(c, m->section[i]);
    }
    return status;
}

static wck_status cut_partition(cut *c, wck_manifest *m, const wck_snapshot *s, size_t p)
{
    wck_part_info *info = &c->index.parts[p];
    wck_digest digests[WCK_STREAMS];
    wck_partition rows;
    wck_status status;

    wck_partition_slice(&rows, s, p, c->index.n);
    if (!wck_canon_put_partition(&c->stream[WCK_SHARED], &c->stream[WCK_LOCAL], &rows))
        return wck_fail_memory(c->err, "cutting a snapshot");
    status = give(c, digests);
    if (status != WCK_OK)
        return status;
    *info = (wck_part_info){.digest = digests[WCK_SHARED],
                            .flags = wck_canon_flags(&rows),
                            .n_updates = (uint32_t)rows.n_updates,
                            .n_declined = (uint32_t)rows.n_declined,
                            .n_approvals = (uint32_t)rows.n_approvals};
    c->local[p] = digests[WCK_LOCAL];
    m->needed = m->needed || (info->flags & WCK_PART_NEEDED) != 0;
    return WCK_OK;
}

static wck_status cut_index(cut *c, wck_manifest *m)
{
    wck_buf *shared = &c->stream[WCK_SHARED], *local = &c->stream[WCK_LOCAL];

    wck_put_u(shared, c->index.n);
    for (size_t p = 0; p < c->index.n; p++) {
        const wck_part_info *info = &c->index.parts[p];
        wck_put_bytes(shared, info->digest.bytes, WCK_DIGEST_SIZE);
        wck_put_u(shared, info->flags & ~(unsigned)WCK_PART_NEEDED);
        wck_put_u(shared, info->n_updates);
        wck_put_u(shared, info->n_declined);
        wck_put_u(shared, info->n_approvals);
        wck_put_bytes(local, c->local[p].bytes, WCK_DIGEST_SIZE);
    }
    for (size_t p = 0; m->needed && p < c->index.n; p++)
        wck_put_byte(local, (c->index.parts[p].flags & WCK_PART_NEEDED) != 0);
    return give(c, m->index);
}

/* The digests over digests. */
static bool sum_up(wck_manifest *m, const wck_index *index)
{
    wck_hasher *h = wck_hasher_new();
    unsigned char version = WCK_CANON_VERSION;
    wck_digest facts;
    bool ok = h != NULL;

    for (size_t p = 0; ok && p < index->n; p++)
        ok = wck_hasher_put(h, index->parts[p].digest.bytes, WCK_DIGEST_SIZE);
    if (h == NULL || !wck_hasher_end(h, &facts) || !ok)
        return false;
    for (int i = 0; i < WCK_SECTION_COUNT; i++)
        if (wck_section_is_partitioned(i))
            m->section[i][WCK_SHARED] = facts;
    h = wck_hasher_new();
    ok = h != NULL && wck_hasher_put(h, &version, 1) &&
         wck_hasher_put(h, m->server[WCK_SHARED].bytes, WCK_DIGEST_SIZE) &&
         wck_hasher_put(h, m->section, sizeof m->section) && wck_hasher_put(h, m->index, sizeof m->index);
    return h != NULL && wck_hasher_end(h, &m->digest) && ok;
}

wck_status wck_manifest_prove(const wck_manifest *m, const wck_index *index, bool *proven, wck_error *err)
{
    wck_manifest again = *m;

    *proven = false;
    if (!sum_up(&again, index))
        return wck_fail_memory(err, "proving a snapshot");
    *proven = wck_digest_eq(&again.digest, &m->digest) &&
              wck_digest_eq(&again.section[WCK_SECTION_UPDATES][WCK_SHARED],
                            &m->section[WCK_SECTION_UPDATES][WCK_SHARED]);
    return WCK_OK;
}

static wck_status cut_all(cut *c, wck_manifest *m, const wck_snapshot *s)
{
    wck_status status;

    c->index.n = wck_partition_count(s->updates.n);
    c->index.parts = calloc(c->index.n, sizeof *c->index.parts);
    c->local = calloc(c->index.n, sizeof *c->local);
    if (c->index.parts == NULL || c->local == NULL)
        return wck_fail_memory(c->err, "cutting a snapshot");
    status = cut_head(c, m, s);
    for (size_t p = 0; p < c->index.n && status == WCK_OK; p++)
        status = cut_partition(c, m, s, p);
    if (status == WCK_OK)
        status = cut_index(c, m);
    if (status == WCK_OK && !sum_up(m, &c->index))
        status = wck_fail_memory(c->err, "cutting a snapshot");
    return status;
}

wck_status wck_manifest_make(wck_manifest *m, wck_index *index, const wck_snapshot *s, wck_chunk_fn *fn, void *payload,
                             wck_error *err)
{
    cut c = {.fn = fn, .payload = payload, .err = err};
    wck_status status;

    memset(m, 0, sizeof *m);
    if (index != NULL)
        *index = (wck_index){0};
    if (!s->frozen)
        return wck_fail(err, WCK_E_ARG, "could not cut a snapshot that is not frozen");
    for (int i = 0; i < WCK_STREAMS; i++)
        wck_buf_init(&c.stream[i], SIZE_MAX / 4);
    m->n_updates = s->updates.n;
    m->n_declined = s->declined.n;
    m->n_approvals = s->approvals.n;
    status = cut_all(&c, m, s);
    for (int i = 0; i < WCK_STREAMS; i++)
        wck_buf_clear(&c.stream[i]);
    free(c.local);
    if (status == WCK_OK && index != NULL)
        *index = c.index;
    else
        wck_index_clear(&c.index);
    return status;
}

/* ---- as bytes ---- */

bool wck_manifest_put(wck_buf *out, const wck_manifest *m)
{
    size_t from = out->len;
    uint64_t sum;

    wck_put_u(out, WCK_CANON_VERSION);
    wck_put_bytes(out, m->server, sizeof m->server);
    wck_put_bytes(out, m->section, sizeof m->section);
    wck_put_bytes(out, m->index, sizeof m->index);
    wck_put_bytes(out, m->digest.bytes, WCK_DIGEST_SIZE);
    wck_put_u(out, m->n_updates);
    wck_put_u(out, m->n_declined);
    wck_put_u(out, m->n_approvals);
    wck_put_byte(out, m->needed);
    if (out->failed)
        return false;
    sum = wck_hash64(out->data + from, out->len - from);
    for (unsigned i = 0; i < 8; i++)
        wck_put_byte(out, (unsigned)(sum >> (56 - 8 * i)) & 0xFF);
    return !out->failed;
}

static void get_digests(wck_cursor *c, void *out, size_t size)
{
    const unsigned char *bytes = wck_get_bytes(c, size);

    if (bytes != NULL)
        memcpy(out, bytes, size);
}

wck_status wck_manifest_get(wck_manifest *m, const void *data, size_t len, wck_error *err)
{
    wck_cursor c = {0};
    uint64_t version;

    memset(m, 0, sizeof *m);
    if (data == NULL || len < 8 ||
        wck_hash64(data, len - 8) != wck_be64((const unsigned char *)data + (len - 8)))
        return wck_fail(err, WCK_E_STORE, "could not read a snapshot: its manifest is damaged");
    c.p = data;
    c.end = c.p + (len - 8);
    version = wck_get_u(&c);
    if (version != WCK_CANON_VERSION)
        return wck_fail(err, WCK_E_STORE, "could not read a snapshot: its form %llu is not one this version reads",
                        (unsigned long long)version);
    get_digests(&c, m->server, sizeof m->server);
    get_digests(&c, m->section, sizeof m->section);
    get_digests(&c, m->index, sizeof m->index);
    get_digests(&c, &m->digest, sizeof m->digest);
    m->n_updates = (size_t)wck_get_u(&c);
    m->n_declined = (size_t)wck_get_u(&c);
    m->n_approvals = (size_t)wck_get_u(&c);
    m->needed = wck_get_enum(&c, 1) != 0;
    return wck_cursor_end(&c, &c, err);
}

wck_status wck_index_get(wck_index *out, const void *data, size_t len, wck_error *err)
{
    wck_cursor c = {.p = data, .end = (const unsigned char *)data + len};
    size_t n = wck_get_count(&c, WCK_DIGEST_SIZE + 4);
    bool fits = true; /* a value that would be cut is damage, however it came there */
    wck_status status;

    memset(out, 0, sizeof *out);
    if (n == 0 || n > WCK_MAX_PARTITIONS || (n & (n - 1)) != 0)
        return wck_fail(err, WCK_E_STORE, "could not read a snapshot: its index is damaged");
    out->parts = calloc(n, sizeof *out->parts);
    if (out->parts == NULL)
        return wck_fail_memory(err, "reading the store");
    out->n = n;
    for (size_t p = 0; p < n; p++) {
        wck_part_info *info = &out->parts[p];
        uint64_t v[4];
        get_digests(&c, &info->digest, WCK_DIGEST_SIZE);
        for (size_t i = 0; i < 4; i++)
            v[i] = wck_get_u(&c);
        fits = fits && (v[0] & ~(uint64_t)SHARED_FLAGS) == 0 && v[1] <= UINT32_MAX &&
               v[2] <= UINT32_MAX && v[3] <= UINT32_MAX;
        info->flags = (unsigned)v[0];
        info->n_updates = (uint32_t)v[1];
        info->n_declined = (uint32_t)v[2];
        info->n_approvals = (uint32_t)v[3];
    }
    status = wck_cursor_end(&c, &c, err);
    if (status == WCK_OK && !fits)
        status = wck_fail(err, WCK_E_STORE, "could not read a snapshot: its index is damaged");
    if (status != WCK_OK)
        wck_index_clear(out);
    return status;
}

void wck_index_clear(wck_index *index)
{
    free(index->parts);
    memset(index, 0, sizeof *index);
}

bool wck_index_local_fits(const wck_manifest *m, size_t n, size_t len)
{
    return len == n * (WCK_DIGEST_SIZE + (m->needed ? 1U : 0U));
}

wck_digest wck_index_local_digest(const void *data, size_t partition)
{
    wck_digest digest;

    memcpy(digest.bytes, (const unsigned char *)data + partition * WCK_DIGEST_SIZE, WCK_DIGEST_SIZE);
    return digest;
}

bool wck_index_local_needed(const void *data, size_t n, size_t partition)
{
    return ((const unsigned char *)data)[n * WCK_DIGEST_SIZE + partition] != 0;
}
