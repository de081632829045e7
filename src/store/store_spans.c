/* SPDX-License-Identifier: MIT
 * store_spans.c: the lists that a reader looks into before it loads rows, and fetching ahead what it will load. */
#include "store/reader_private.h"

#include <stdlib.h>

static wck_status need_local_index(store_reader *r, wck_error *err)
{
    if (r->local != NULL)
        return WCK_OK;
    return wck_store_local_list(r->store, &(wck_place){r->manifest.index[WCK_LOCAL], 0},
                                wck_span_count(r->index->index.n), &r->local, err);
}

static wck_place local_span(const store_reader *r, size_t span)
{
    return (wck_place){wck_local_list_digest(r->local->data, span), wck_store_place(r->local, span)};
}

/* Both lists of a span are nearly always needed, one after the other. */
static wck_status fetch_lists(store_reader *r, size_t span, wck_error *err)
{
    const wck_digest *shared = &r->index->index.spans[span].digest;
    wck_ahead ahead = {.n = 0};
    wck_digest local;
    wck_status status;

    if (!wck_store_fetches_ahead(r->store))
        return WCK_OK;
    status = need_local_index(r, err);
    if (status != WCK_OK)
        return status;
    if (wck_map_find(&r->store->spans, shared->bytes, WCK_DIGEST_SIZE) == NULL)
        wck_store_want(r->store, &ahead, shared);
    local = local_span(r, span).digest;
    wck_store_want(r->store, &ahead, &local);
    return wck_store_fetch_ahead(r->store, &ahead, err);
}

wck_status wck_reader_need_span(store_reader *r, size_t span, wck_error *err)
{
    wck_status status;

    if (r->span != NULL && r->at == span)
        return WCK_OK;
    free(r->local_span);
    r->local_span = NULL;
    status = fetch_lists(r, span, err);
    if (status == WCK_OK)
        status = wck_store_shared_span(r->store, r->index, span, &r->span, err);
    r->span = status == WCK_OK ? r->span : NULL;
    r->at = span;
    return status;
}

wck_status wck_reader_need_local(store_reader *r, wck_error *err)
{
    wck_status status = WCK_OK;

    if (r->local_span != NULL)
        return WCK_OK;
    status = need_local_index(r, err);
    if (status == WCK_OK) {
        const wck_place place = local_span(r, r->at);
        status = wck_store_local_list(r->store, &place, wck_span_width(r->index->index.n), &r->local_span, err);
    }
    return status;
}

/* ---- looking ahead, where every question costs a round trip ---- */

/* Some 30 KB a partition; all readers together keep within a generation of the cache. */
enum { AHEAD_MOST = 16, AHEAD_ALL = 120 };

static wck_status want_partition(store_reader *r, wck_ahead *ahead, size_t partition, wck_error *err)
{
    size_t i = partition % WCK_SPAN;
    wck_status status = wck_reader_need_local(r, err);
    wck_digest local;

    if (status != WCK_OK)
        return status;
    local = wck_local_list_digest(r->local_span->data, i);
    wck_store_want(r->store, ahead, &r->span->parts[i].digest);
    wck_store_want(r->store, ahead, &local);
    return WCK_OK;
}

static bool differ(store_reader *const *readers, size_t n, size_t i)
{
    return n < 2 || !wck_digest_eq(&readers[0]->span->parts[i].digest, &readers[1]->span->parts[i].digest);
}

wck_status wck_reader_look_ahead(store_reader *const *readers, size_t n, size_t partition, wck_error *err)
{
    wck_store *store = readers[0]->store;
    size_t width = wck_span_width(readers[0]->index->index.n), from = partition % WCK_SPAN, found = 0,
           most = store->readers > 0 ? AHEAD_ALL / store->readers : 0;
    wck_ahead ahead = {.n = 0};
    wck_status status = WCK_OK;

    if (!wck_store_fetches_ahead(store))
        return WCK_OK;
    most = most < 1 ? 1 : most > AHEAD_MOST ? AHEAD_MOST : most;
    for (size_t k = 0; k < n && status == WCK_OK; k++)
        status = wck_reader_need_span(readers[k], partition / WCK_SPAN, err);
    for (size_t i = from; i < width && found < most && status == WCK_OK; i++) {
        if (i > from && !differ(readers, n, i))
            continue;
        for (size_t k = 0; k < n && status == WCK_OK; k++)
            status = want_partition(readers[k], &ahead, partition - from + i, err);
        if (i == from && ahead.n == 0)
            return status;
        found++;
    }
    return status == WCK_OK ? wck_store_fetch_ahead(store, &ahead, err) : status;
}
