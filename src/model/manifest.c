/* SPDX-License-Identifier: MIT
 * manifest.c: cutting snapshots into content-addressed chunks. */
#include "model/manifest.h"

#include "model/canon_io.h"

#include <stdlib.h>
#include <string.h>

size_t wck_partition_count(size_t n)
{
    /* steps of four, so that replicas that differ by a few updates nearly always agree on the number */
    return n < 1600 ? 16 : n < 6400 ? 64 : n < 25600 ? 256 : n < 409600 ? 1024 : 4096;
}

size_t wck_partition_of(wck_guid update, size_t n)
{
    return n <= 1 ? 0 : (size_t)((update.hi >> 52) * n >> 12); /* n <= 4096 */
}

/* First row whose partition is at least p. */
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

typedef struct cut {
    wck_buf shared, local;
    wck_chunk_fn *fn;
    void *payload;
    wck_error *err;
} cut;

static wck_status give(cut *c, const wck_buf *data, wck_digest *digest)
{
    if (data->failed || !wck_digest_of(digest, wck_buf_text(data), data->len))
        return wck_fail_memory(c->err, "cutting a snapshot");
    return c->fn != NULL ? c->fn(digest, wck_buf_text(data), data->len, c->payload, c->err) : WCK_OK;
}

static wck_status give_both(cut *c, wck_digest *shared, wck_digest *local)
{
    wck_status status = give(c, &c->shared, shared);

    if (status == WCK_OK)
        status = give(c, &c->local, local);
    wck_buf_reset(&c->shared);
    wck_buf_reset(&c->local);
    return status;
}

static bool is_partitioned(int section)
{
    return section == WCK_SECTION_UPDATES || section == WCK_SECTION_DECLINED || section == WCK_SECTION_APPROVALS;
}

static wck_status cut_partitions(cut *c, wck_manifest *m, const wck_snapshot *s)
{
    for (size_t p = 0; p < m->n_partitions; p++) {
        wck_manifest_part *part = &m->parts[p];
        wck_partition rows;
        wck_status status;
        wck_partition_slice(&rows, s, p, m->n_partitions);
        if (!wck_canon_put_partition(&c->shared, &c->local, &rows))
            return wck_fail_memory(c->err, "cutting a snapshot");
        status = give_both(c, &part->info.digest, &part->local);
        if (status != WCK_OK)
            return status;
        part->info.flags = wck_canon_flags(&rows);
        part->info.n_updates = (uint32_t)rows.n_updates;
        part->info.n_declined = (uint32_t)rows.n_declined;
        part->info.n_approvals = (uint32_t)rows.n_approvals;
    }
    wck_put_u(&c->shared, m->n_partitions);
    for (size_t p = 0; p < m->n_partitions; p++) {
        const wck_manifest_part *part = &m->parts[p];
        wck_buf_put(&c->shared, part->info.digest.bytes, WCK_DIGEST_SIZE);
        wck_buf_put(&c->shared, part->local.bytes, WCK_DIGEST_SIZE);
        wck_put_u(&c->shared, part->info.flags);
        wck_put_u(&c->shared, part->info.n_updates);
        wck_put_u(&c->shared, part->info.n_declined);
        wck_put_u(&c->shared, part->info.n_approvals);
    }
    {
        wck_status status = give(c, &c->shared, &m->index);
        wck_buf_reset(&c->shared);
        return status;
    }
}

static bool root_digest(wck_manifest *m)
{
    wck_hasher *h = wck_hasher_new();
    unsigned char version = WCK_CANON_VERSION;

    if (h == NULL)
        return false;
    wck_hasher_put(h, &version, 1);
    wck_hasher_put(h, m->server[0].bytes, WCK_DIGEST_SIZE);
    wck_hasher_put(h, m->section, sizeof m->section);
    wck_hasher_put(h, m->index.bytes, WCK_DIGEST_SIZE);
    return wck_hasher_end(h, &m->digest);
}

wck_status wck_manifest_make(wck_manifest *m, const wck_snapshot *s, wck_chunk_fn *fn, void *payload, wck_error *err)
{
    cut c = {.fn = fn, .payload = payload, .err = err};
    wck_status status = WCK_OK;

    memset(m, 0, sizeof *m);
    if (!s->frozen)
        return wck_fail(err, WCK_E_ARG, "could not cut a snapshot that is not frozen");
    wck_buf_init(&c.shared, SIZE_MAX / 4);
    wck_buf_init(&c.local, SIZE_MAX / 4);
    m->n_updates = s->updates.n;
    m->n_declined = s->declined.n;
    m->n_approvals = s->approvals.n;
    m->n_partitions = wck_partition_count(s->updates.n);
    m->parts = calloc(m->n_partitions, sizeof *m->parts);
    if (m->parts == NULL || !wck_canon_put_server(&c.shared, &c.local, s))
        status = wck_fail_memory(err, "cutting a snapshot");
    if (status == WCK_OK)
        status = give_both(&c, &m->server[0], &m->server[1]);
    for (int i = 0; i < WCK_SECTION_COUNT && status == WCK_OK; i++) {
        if (is_partitioned(i))
            continue;
        if (!wck_canon_put_section(&c.shared, &c.local, s, (wck_section)i))
            status = wck_fail_memory(err, "cutting a snapshot");
        else
            status = give_both(&c, &m->section[i][0], &m->section[i][1]);
    }
    if (status == WCK_OK)
        status = cut_partitions(&c, m, s);
    if (status == WCK_OK && !root_digest(m))
        status = wck_fail_memory(err, "cutting a snapshot");
    wck_buf_clear(&c.shared);
    wck_buf_clear(&c.local);
    if (status != WCK_OK)
        wck_manifest_clear(m);
    return status;
}

void wck_manifest_clear(wck_manifest *m)
{
    free(m->parts);
    memset(m, 0, sizeof *m);
}

bool wck_manifest_put(wck_buf *out, const wck_manifest *m)
{
    wck_put_u(out, WCK_CANON_VERSION);
    wck_buf_put(out, m->server, sizeof m->server);
    wck_buf_put(out, m->section, sizeof m->section);
    wck_buf_put(out, m->index.bytes, WCK_DIGEST_SIZE);
    wck_buf_put(out, m->digest.bytes, WCK_DIGEST_SIZE);
    wck_put_u(out, m->n_updates);
    wck_put_u(out, m->n_declined);
    wck_put_u(out, m->n_approvals);
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
    wck_cursor c = {.p = data, .end = (const unsigned char *)data + len};
    uint64_t version = wck_get_u(&c);

    memset(m, 0, sizeof *m);
    if (version != WCK_CANON_VERSION)
        return wck_fail(err, WCK_E_STORE, "could not read a snapshot: its form %llu is not one this version reads",
                        (unsigned long long)version);
    get_digests(&c, m->server, sizeof m->server);
    get_digests(&c, m->section, sizeof m->section);
    get_digests(&c, &m->index, sizeof m->index);
    get_digests(&c, &m->digest, sizeof m->digest);
    m->n_updates = (size_t)wck_get_u(&c);
    m->n_declined = (size_t)wck_get_u(&c);
    m->n_approvals = (size_t)wck_get_u(&c);
    return wck_canon_end(&c, &c, err);
}

wck_status wck_manifest_get_index(wck_manifest *m, const void *data, size_t len, wck_error *err)
{
    wck_cursor c = {.p = data, .end = (const unsigned char *)data + len};
    size_t n = wck_get_count(&c, 2 * WCK_DIGEST_SIZE + 4);

    if (n == 0 || n > 4096 || (n & (n - 1)) != 0)
        return wck_fail(err, WCK_E_STORE, "could not read a snapshot: its index is damaged");
    m->parts = calloc(n, sizeof *m->parts);
    if (m->parts == NULL)
        return wck_fail_memory(err, "reading the store");
    m->n_partitions = n;
    for (size_t p = 0; p < n; p++) {
        get_digests(&c, &m->parts[p].info.digest, WCK_DIGEST_SIZE);
        get_digests(&c, &m->parts[p].local, WCK_DIGEST_SIZE);
        m->parts[p].info.flags = (unsigned)wck_get_u(&c);
        m->parts[p].info.n_updates = (uint32_t)wck_get_u(&c);
        m->parts[p].info.n_declined = (uint32_t)wck_get_u(&c);
        m->parts[p].info.n_approvals = (uint32_t)wck_get_u(&c);
    }
    return wck_canon_end(&c, &c, err);
}
