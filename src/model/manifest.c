/* SPDX-License-Identifier: MIT
 * manifest.c: cutting snapshots into content-addressed chunks. */
#include "model/manifest.h"

#include "model/canon_io.h"

#include <stdlib.h>

bool wck_section_is_partitioned(int section)
{
    return section == WCK_SECTION_UPDATES || section == WCK_SECTION_DECLINED || section == WCK_SECTION_APPROVALS;
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

/* ---- cutting ---- */

typedef struct cut {
    wck_buf stream[WCK_STREAMS];        /* the partitions of a span one behind the other, or one chunk */
    wck_buf list[WCK_STREAMS];          /* a span */
    size_t end[WCK_STREAMS][WCK_SPAN];  /* where each partition ends in its stream */
    wck_digest part[WCK_STREAMS][WCK_SPAN];
    wck_index index;
    wck_buf local_index;
    const wck_chunk_sink *sink;
    wck_error *err;
} cut;

static wck_status no_memory(const cut *c)
{
    return wck_fail_memory(c->err, "cutting a snapshot");
}

static wck_status add(cut *c, wck_chunk_kind kind, const wck_digest *digest, const char *data, size_t len)
{
    return c->sink != NULL ? c->sink->add(kind, digest, data, len, c->sink->payload, c->err) : WCK_OK;
}

/* Names a buffer, adds it and empties it. */
static wck_status give(cut *c, wck_chunk_kind kind, wck_buf *b, wck_digest *digest)
{
    wck_status status;

    if (b->failed || !wck_digest_of(digest, wck_buf_text(b), b->len))
        return no_memory(c);
    status = add(c, kind, digest, wck_buf_text(b), b->len);
    wck_buf_reset(b);
    return status;
}

static wck_status give_both(cut *c, wck_chunk_kind kind, wck_digest digests[WCK_STREAMS])
{
    wck_status status = give(c, kind, &c->stream[WCK_SHARED], &digests[WCK_SHARED]);

    return status == WCK_OK ? give(c, kind, &c->stream[WCK_LOCAL], &digests[WCK_LOCAL]) : status;
}

static wck_status cut_head(cut *c, wck_manifest *m, const wck_snapshot *s)
{
    wck_status status;

    if (!wck_canon_put_server(&c->stream[WCK_SHARED], &c->stream[WCK_LOCAL], s))
        return no_memory(c);
    status = give_both(c, WCK_CHUNK_HEAD, m->server);
    for (int i = 0; i < WCK_SECTION_COUNT && status == WCK_OK; i++) {
        if (wck_section_is_partitioned(i))
            continue;
        if (!wck_canon_put_section(&c->stream[WCK_SHARED], &c->stream[WCK_LOCAL], s, (wck_section)i))
            return no_memory(c);
        status = give_both(c, WCK_CHUNK_HEAD, m->section[i]);
    }
    if (status == WCK_OK && !wck_summary_make(m, &c->stream[WCK_SHARED], s))
        return no_memory(c);
    return status == WCK_OK ? give(c, WCK_CHUNK_HEAD, &c->stream[WCK_SHARED], &m->demands) : status;
}

/* Appends partition p, the i-th of its span, to the streams and names it. */
static wck_status cut_partition(cut *c, const wck_snapshot *s, size_t p, size_t i)
{
    wck_partition rows;

    wck_partition_slice(&rows, s, p, c->index.n);
    if (!wck_canon_put_partition(&c->stream[WCK_SHARED], &c->stream[WCK_LOCAL], &rows))
        return no_memory(c);
    for (int k = 0; k < WCK_STREAMS; k++) {
        size_t from = i > 0 ? c->end[k][i - 1] : 0;
        c->end[k][i] = c->stream[k].len;
        if (!wck_digest_of(&c->part[k][i], wck_buf_text(&c->stream[k]) + from, c->end[k][i] - from))
            return no_memory(c);
    }
    c->index.parts[p] = (wck_part_info){.digest = c->part[WCK_SHARED][i],
                                        .flags = wck_canon_flags(&rows),
                                        .n_updates = (uint32_t)rows.n_updates,
                                        .n_declined = (uint32_t)rows.n_declined,
                                        .n_approvals = (uint32_t)rows.n_approvals};
    return WCK_OK;
}

/* The partitions of one stream of a span and then its list, unless they are all there. */
static wck_status give_span(cut *c, int k, size_t width, wck_digest *digest)
{
    wck_status status = WCK_OK;
    bool known = false;

    if (c->list[k].failed || !wck_digest_of(digest, wck_buf_text(&c->list[k]), c->list[k].len))
        return no_memory(c);
    if (c->sink != NULL && c->sink->knows != NULL)
        status = c->sink->knows(digest, &known, c->sink->payload, c->err);
    for (size_t i = 0; i < width && !known && status == WCK_OK; i++) {
        size_t from = i > 0 ? c->end[k][i - 1] : 0;
        status = add(c, WCK_CHUNK_PARTITION, &c->part[k][i], wck_buf_text(&c->stream[k]) + from,
                     c->end[k][i] - from);
    }
    if (status == WCK_OK && !known)
        status = add(c, WCK_CHUNK_SPAN, digest, wck_buf_text(&c->list[k]), c->list[k].len);
    return status;
}

static wck_status cut_span(cut *c, const wck_snapshot *s, size_t span)
{
    size_t width = wck_span_width(c->index.n);
    wck_span_info *info = &c->index.spans[span];
    wck_status status = WCK_OK;
    wck_digest local;

    for (int k = 0; k < WCK_STREAMS; k++) {
        wck_buf_reset(&c->stream[k]);
        wck_buf_reset(&c->list[k]);
    }
    for (size_t i = 0; i < width && status == WCK_OK; i++) {
        status = cut_partition(c, s, span * width + i, i);
        info->flags |= c->index.parts[span * width + i].flags;
        wck_put_bytes(&c->list[WCK_LOCAL], c->part[WCK_LOCAL][i].bytes, WCK_DIGEST_SIZE);
    }
    wck_span_put(&c->list[WCK_SHARED], c->index.parts + span * width, width);
    if (status == WCK_OK)
        status = give_span(c, WCK_SHARED, width, &info->digest);
    if (status == WCK_OK)
        status = give_span(c, WCK_LOCAL, width, &local);
    wck_put_bytes(&c->local_index, local.bytes, WCK_DIGEST_SIZE);
    return status;
}

static wck_status cut_index(cut *c, wck_manifest *m)
{
    wck_status status;

    wck_buf_reset(&c->stream[WCK_SHARED]);
    wck_index_put(&c->stream[WCK_SHARED], &c->index);
    status = give(c, WCK_CHUNK_INDEX, &c->stream[WCK_SHARED], &m->index[WCK_SHARED]);
    if (status == WCK_OK)
        status = give(c, WCK_CHUNK_INDEX, &c->local_index, &m->index[WCK_LOCAL]);
    for (int i = 0; i < WCK_SECTION_COUNT; i++)
        if (wck_section_is_partitioned(i))
            m->section[i][WCK_SHARED] = m->index[WCK_SHARED];
    return status;
}

/* The digest over digests. */
static bool sum_up(wck_digest *out, const wck_manifest *m)
{
    wck_hasher *h = wck_hasher_new();
    unsigned char version = WCK_CANON_VERSION;
    bool ok = h != NULL && wck_hasher_put(h, &version, 1) &&
              wck_hasher_put(h, m->server[WCK_SHARED].bytes, WCK_DIGEST_SIZE) &&
              wck_hasher_put(h, m->section, sizeof m->section) && wck_hasher_put(h, m->index, sizeof m->index) &&
              wck_hasher_put(h, m->demands.bytes, WCK_DIGEST_SIZE);

    return h != NULL && wck_hasher_end(h, out) && ok;
}

wck_status wck_manifest_prove(const wck_manifest *m, bool *proven, wck_error *err)
{
    wck_digest again;

    *proven = false;
    if (!sum_up(&again, m))
        return wck_fail_memory(err, "proving a snapshot");
    *proven = wck_digest_eq(&again, &m->digest) &&
              wck_digest_eq(&m->index[WCK_SHARED], &m->section[WCK_SECTION_UPDATES][WCK_SHARED]);
    return WCK_OK;
}

static wck_status cut_all(cut *c, wck_manifest *m, const wck_snapshot *s)
{
    wck_status status;

    c->index.n = wck_partition_count(s->updates.n);
    c->index.n_spans = wck_span_count(c->index.n);
    c->index.parts = calloc(c->index.n, sizeof *c->index.parts);
    c->index.spans = calloc(c->index.n_spans, sizeof *c->index.spans);
    if (c->index.parts == NULL || c->index.spans == NULL)
        return no_memory(c);
    status = cut_head(c, m, s);
    for (size_t i = 0; i < c->index.n_spans && status == WCK_OK; i++)
        status = cut_span(c, s, i);
    if (status == WCK_OK)
        status = cut_index(c, m);
    return status == WCK_OK && !sum_up(&m->digest, m) ? no_memory(c) : status;
}

wck_status wck_manifest_make(wck_manifest *m, wck_index *index, const wck_snapshot *s, const wck_chunk_sink *sink,
                             wck_error *err)
{
    cut c = {.sink = sink, .err = err};
    wck_status status;

    memset(m, 0, sizeof *m);
    if (index != NULL)
        *index = (wck_index){0};
    if (!s->frozen)
        return wck_fail(err, WCK_E_ARG, "could not cut a snapshot that is not frozen");
    for (int i = 0; i < WCK_STREAMS; i++) {
        wck_buf_init(&c.stream[i], SIZE_MAX / 4);
        wck_buf_init(&c.list[i], SIZE_MAX / 4);
    }
    wck_buf_init(&c.local_index, SIZE_MAX / 4);
    m->n_updates = s->updates.n;
    m->n_declined = s->declined.n;
    m->n_approvals = s->approvals.n;
    status = cut_all(&c, m, s);
    for (int i = 0; i < WCK_STREAMS; i++) {
        wck_buf_clear(&c.stream[i]);
        wck_buf_clear(&c.list[i]);
    }
    wck_buf_clear(&c.local_index);
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
    wck_put_bytes(out, m->demands.bytes, WCK_DIGEST_SIZE);
    wck_put_bytes(out, m->digest.bytes, WCK_DIGEST_SIZE);
    wck_put_u(out, m->n_updates);
    wck_put_u(out, m->n_declined);
    wck_put_u(out, m->n_approvals);
    wck_put_u(out, m->n_superseded);
    wck_put_u(out, m->n_counted);
    wck_put_u(out, m->n_approved);
    wck_put_u(out, m->n_approved_updates);
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
    get_digests(&c, &m->demands, sizeof m->demands);
    get_digests(&c, &m->digest, sizeof m->digest);
    m->n_updates = (size_t)wck_get_u(&c);
    m->n_declined = (size_t)wck_get_u(&c);
    m->n_approvals = (size_t)wck_get_u(&c);
    m->n_superseded = (size_t)wck_get_u(&c);
    m->n_counted = (size_t)wck_get_u(&c);
    m->n_approved = (size_t)wck_get_u(&c);
    m->n_approved_updates = (size_t)wck_get_u(&c);
    return wck_cursor_end(&c, &c, err);
}
