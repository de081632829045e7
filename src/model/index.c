/* SPDX-License-Identifier: MIT
 * index.c: the lists of partitions and spans as bytes, and back. */
#include "model/manifest.h"

#include "model/canon_io.h"

#include <stdlib.h>

enum { ALL_FLAGS = WCK_PART_EXPIRED | WCK_PART_EULA | WCK_PART_LANGUAGES | WCK_PART_APPROVED };

size_t wck_partition_count(size_t n)
{
    /* steps of four, so that replicas that differ by a few updates nearly always agree on the number */
    return n < 400      ? 16
           : n < 1600   ? 64
           : n < 6400   ? 256
           : n < 25600  ? 1024
           : n < 409600 ? 4096
                        : WCK_MAX_PARTITIONS;
}

size_t wck_partition_of(wck_guid update, size_t n)
{
    return (size_t)((update.hi >> 50) * n >> 14); /* the top 14 bits; n <= 16384 */
}

size_t wck_span_count(size_t n)
{
    return n <= WCK_SPAN ? 1 : n / WCK_SPAN;
}

size_t wck_span_width(size_t n)
{
    return n <= WCK_SPAN ? n : WCK_SPAN;
}

void wck_span_put(wck_buf *out, const wck_part_info *parts, size_t n)
{
    for (size_t p = 0; p < n; p++) {
        wck_put_bytes(out, parts[p].digest.bytes, WCK_DIGEST_SIZE);
        wck_put_u(out, parts[p].flags);
        wck_put_u(out, parts[p].n_updates);
        wck_put_u(out, parts[p].n_declined);
        wck_put_u(out, parts[p].n_approvals);
    }
}

void wck_index_put(wck_buf *out, const wck_index *index)
{
    wck_put_u(out, index->n);
    for (size_t i = 0; i < index->n_spans; i++) {
        wck_put_bytes(out, index->spans[i].digest.bytes, WCK_DIGEST_SIZE);
        wck_put_u(out, index->spans[i].flags);
    }
}

static void get_digest(wck_cursor *c, wck_digest *out)
{
    const unsigned char *bytes = wck_get_bytes(c, WCK_DIGEST_SIZE);

    if (bytes != NULL)
        memcpy(out->bytes, bytes, WCK_DIGEST_SIZE);
}

/* A value that would be cut is damage, however it came there. */
static uint64_t get_most(wck_cursor *c, uint64_t most)
{
    uint64_t v = wck_get_u(c);

    if (v > most)
        wck_cursor_bad(c);
    return v;
}

wck_status wck_span_get(wck_part_info *parts, size_t n, const void *data, size_t len, wck_error *err)
{
    wck_cursor c = {.p = data, .end = (const unsigned char *)data + len};

    for (size_t p = 0; p < n; p++) {
        get_digest(&c, &parts[p].digest);
        parts[p].flags = (unsigned)get_most(&c, ALL_FLAGS);
        parts[p].n_updates = (uint32_t)get_most(&c, UINT32_MAX);
        parts[p].n_declined = (uint32_t)get_most(&c, UINT32_MAX);
        parts[p].n_approvals = (uint32_t)get_most(&c, UINT32_MAX);
    }
    return wck_cursor_end(&c, &c, err);
}

wck_status wck_index_get(wck_index *out, const void *data, size_t len, wck_error *err)
{
    wck_cursor c = {.p = data, .end = (const unsigned char *)data + len};
    uint64_t n = wck_get_u(&c);
    wck_status status;

    memset(out, 0, sizeof *out);
    if (n == 0 || n > WCK_MAX_PARTITIONS || (n & (n - 1)) != 0)
        return wck_fail(err, WCK_E_STORE, "could not read a snapshot: its index is damaged");
    out->n = (size_t)n;
    out->n_spans = wck_span_count(out->n);
    out->spans = calloc(out->n_spans, sizeof *out->spans);
    if (out->spans == NULL)
        return wck_fail_memory(err, "reading the store");
    for (size_t i = 0; i < out->n_spans; i++) {
        get_digest(&c, &out->spans[i].digest);
        out->spans[i].flags = (unsigned)get_most(&c, ALL_FLAGS);
    }
    status = wck_cursor_end(&c, &c, err);
    if (status != WCK_OK)
        wck_index_clear(out);
    return status;
}

void wck_index_clear(wck_index *index)
{
    free(index->spans);
    free(index->parts);
    memset(index, 0, sizeof *index);
}

bool wck_local_list_fits(size_t n, size_t len)
{
    return len == n * WCK_DIGEST_SIZE;
}

wck_digest wck_local_list_digest(const void *data, size_t i)
{
    wck_digest digest;

    memcpy(digest.bytes, (const unsigned char *)data + i * WCK_DIGEST_SIZE, WCK_DIGEST_SIZE);
    return digest;
}
