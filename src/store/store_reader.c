/* SPDX-License-Identifier: MIT
 * store_reader.c: snapshots read back: piece by piece through a reader, or whole. Opening a reader costs one row and
 * the server's own two chunks; equal sections, indexes and spans of many servers are decoded once and shared. */
#include "store/reader_private.h"

#include <stdlib.h>
#include <string.h>

static wck_status copy_bytes(const wck_chunk *chunk, wck_arena *arena, int stream, wck_part_bytes *out, wck_error *err)
{
    void *copy = wck_arena_bytes(arena, chunk->len);

    if (copy == NULL)
        return wck_fail_memory(err, "reading the store");
    memcpy(copy, chunk->data, chunk->len);
    out->data[stream] = copy;
    out->len[stream] = chunk->len;
    return WCK_OK;
}

/* Expects the lock. The partition's shared chunk, in the cache. */
static wck_status shared_chunk(store_reader *r, size_t partition, const wck_chunk **out, wck_error *err)
{
    size_t i = partition % WCK_SPAN;
    wck_status status = wck_reader_need_span(r, partition / WCK_SPAN, err);

    return status == WCK_OK
               ? wck_store_chunk(r->store, &(wck_place){r->span->parts[i].digest, r->span->places[i]}, out, err)
               : status;
}

/* Expects the lock. Both chunks of a partition, copied into the arena. */
static wck_status read_bytes(store_reader *r, size_t partition, wck_arena *arena, wck_part_bytes *out, wck_error *err)
{
    size_t i = partition % WCK_SPAN;
    const wck_chunk *chunk = NULL;
    wck_status status = shared_chunk(r, partition, &chunk, err);

    if (status == WCK_OK)
        status = copy_bytes(chunk, arena, WCK_SHARED, out, err);
    if (status == WCK_OK)
        status = wck_reader_need_local(r, err);
    if (status == WCK_OK)
        status = wck_store_chunk(
            r->store, &(wck_place){wck_local_list_digest(r->local_span->data, i), wck_store_place(r->local_span, i)},
            &chunk, err);
    return status == WCK_OK ? copy_bytes(chunk, arena, WCK_LOCAL, out, err) : status;
}

/* Needs no lock: the bytes are the caller's. */
static wck_status decode(wck_store *store, const wck_part_info *info, const wck_part_bytes *b, wck_arena *arena,
                         wck_partition *out, wck_error *err)
{
    wck_status status = wck_canon_take_partition(out, arena, b->data[WCK_SHARED], b->len[WCK_SHARED],
                                                 b->data[WCK_LOCAL], b->len[WCK_LOCAL], err);

    if (status == WCK_OK && (out->n_updates != info->n_updates || out->n_declined != info->n_declined ||
                             out->n_approvals != info->n_approvals))
        return wck_store_damaged(store, err, "the counts of a partition do not add up");
    return wck_store_named(store, status, err);
}

static wck_status load(wck_reader *reader, size_t partition, wck_arena *arena, wck_partition *out, wck_error *err)
{
    store_reader *r = (store_reader *)reader;
    wck_part_info info = {0};
    wck_part_bytes bytes;
    wck_status status;

    memset(out, 0, sizeof *out);
    if (partition >= reader->n_partitions)
        return wck_fail(err, WCK_E_ARG, "could not load partition %zu of %zu", partition, reader->n_partitions);
    pthread_mutex_lock(&r->store->lock);
    status = wck_reader_look_ahead(&r, 1, partition, err);
    if (status == WCK_OK)
        status = read_bytes(r, partition, arena, &bytes, err);
    if (status == WCK_OK)
        info = r->span->parts[partition % WCK_SPAN];
    pthread_mutex_unlock(&r->store->lock);
    return status == WCK_OK ? decode(r->store, &info, &bytes, arena, out, err) : status;
}

static wck_status changed(wck_reader *up, wck_reader *down, size_t partition, wck_arena *arena, wck_partition out[2],
                          wck_error *err)
{
    store_reader *readers[2] = {(store_reader *)up, (store_reader *)down};
    wck_store *store = readers[0]->store;
    wck_part_bytes bytes[2];
    wck_status status = WCK_OK;

    if (readers[1]->store != store || up->n_partitions != down->n_partitions || partition >= up->n_partitions)
        return wck_fail(err, WCK_E_ARG, "could not compare partitions of unlike snapshots");
    pthread_mutex_lock(&store->lock);
    status = wck_reader_look_ahead(readers, 2, partition, err);
    for (int side = 0; side < 2 && status == WCK_OK; side++)
        status = read_bytes(readers[side], partition, arena, &bytes[side], err);
    pthread_mutex_unlock(&store->lock);
    return status == WCK_OK ? wck_store_named(store, wck_canon_take_changed(out, arena, bytes, err), err) : status;
}

static wck_status find(wck_reader *reader, wck_guid update, wck_arena *arena, wck_partition *out, wck_error *err)
{
    store_reader *r = (store_reader *)reader;
    size_t partition = wck_partition_of(update, reader->n_partitions);
    const wck_chunk *shared = NULL;
    wck_part_bytes bytes;
    wck_status status;
    bool has = false;

    memset(out, 0, sizeof *out);
    pthread_mutex_lock(&r->store->lock);
    status = shared_chunk(r, partition, &shared, err);
    if (status == WCK_OK)
        status = wck_canon_has_update(&has, update, shared->data, shared->len, err);
    if (status == WCK_OK && has)
        status = read_bytes(r, partition, arena, &bytes, err);
    pthread_mutex_unlock(&r->store->lock);
    if (status == WCK_OK && has)
        status = wck_canon_take_update(out, arena, update, &bytes, err);
    return wck_store_named(r->store, status, err);
}

static wck_status parts(wck_reader *reader, size_t span, const wck_part_info **out, wck_error *err)
{
    store_reader *r = (store_reader *)reader;
    wck_status status;

    if (span >= reader->n_spans)
        return wck_fail(err, WCK_E_ARG, "could not look into span %zu of %zu", span, reader->n_spans);
    pthread_mutex_lock(&r->store->lock);
    status = wck_reader_need_span(r, span, err);
    pthread_mutex_unlock(&r->store->lock);
    *out = status == WCK_OK ? r->span->parts : NULL;
    return status;
}

static wck_status demands(wck_reader *reader, wck_arena *arena, wck_demands *out, wck_error *err)
{
    store_reader *r = (store_reader *)reader;
    wck_chunk *chunk = NULL;
    wck_status status;

    memset(out, 0, sizeof *out);
    pthread_mutex_lock(&r->store->lock);
    status = wck_store_fetch(r->store, &(wck_place){r->manifest.demands, 0}, &chunk, err);
    pthread_mutex_unlock(&r->store->lock);
    if (status == WCK_OK)
        status = wck_demands_get(out, arena, chunk->data, chunk->len, err);
    free(chunk);
    return wck_store_named(r->store, status, err);
}

/* The borrowed vectors, taken from or given up to their owner. */
static void borrow(wck_snapshot *head, const wck_snapshot *from, int section)
{
    switch (section) {
    case WCK_SECTION_CONFIG:
        head->config = from->config;
        break;
    case WCK_SECTION_LANGUAGES:
        memcpy(&head->languages, &from->languages, sizeof head->languages);
        break;
    case WCK_SECTION_CATEGORIES:
        memcpy(&head->categories, &from->categories, sizeof head->categories);
        break;
    case WCK_SECTION_GROUPS:
        memcpy(&head->groups, &from->groups, sizeof head->groups);
        break;
    case WCK_SECTION_EULAS:
        memcpy(&head->eulas, &from->eulas, sizeof head->eulas);
        break;
    case WCK_SECTION_SYNC_HISTORY:
        memcpy(&head->sync_history, &from->sync_history, sizeof head->sync_history);
        break;
    case WCK_SECTION_FILES:
        memcpy(&head->files, &from->files, sizeof head->files);
        break;
    case WCK_SECTION_HOST:
        head->host_json = from->host_json;
        head->host = from->host;
        break;
    default: /* the partitioned ones are empty */
        break;
    }
}

static void free_reader(store_reader *r)
{
    static const wck_snapshot nothing;

    for (int s = 0; s < WCK_SECTION_COUNT && r->head != NULL; s++)
        borrow(r->head, &nothing, s);
    wck_snapshot_free(r->head);
    free(r->local);
    free(r->local_span);
    free(r);
}

static void close_reader(wck_reader *reader)
{
    store_reader *r = (store_reader *)reader;
    wck_store *store = r->store;

    free_reader(r);
    pthread_mutex_lock(&store->lock);
    wck_store_unview(store);
    if (--store->readers == 0)
        wck_store_forget_shared(store);
    pthread_mutex_unlock(&store->lock);
}

/* All that filling the head and the index will ask for. */
static wck_status fetch_head(store_reader *r, wck_error *err)
{
    const wck_manifest *m = &r->manifest;
    wck_ahead ahead = {.n = 0};

    if (!wck_store_fetches_ahead(r->store))
        return WCK_OK;
    wck_store_want(r->store, &ahead, &m->server[WCK_SHARED]);
    wck_store_want(r->store, &ahead, &m->server[WCK_LOCAL]);
    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        if (!wck_section_is_partitioned(s))
            wck_store_want_section(r->store, &ahead, m, s);
    if (wck_map_find(&r->store->indexes, m->index[WCK_SHARED].bytes, WCK_DIGEST_SIZE) == NULL)
        wck_store_want(r->store, &ahead, &m->index[WCK_SHARED]);
    wck_store_want(r->store, &ahead, &m->index[WCK_LOCAL]);
    wck_store_want(r->store, &ahead, &m->demands);
    return wck_store_fetch_ahead(r->store, &ahead, err);
}

static wck_status fill_head(store_reader *r, wck_error *err)
{
    wck_status status = wck_store_section(r->store, &r->manifest, -1, r->head, err);

    for (int s = 0; s < WCK_SECTION_COUNT && status == WCK_OK; s++) {
        const wck_snapshot *shared = NULL;
        r->base.section[s] = r->manifest.section[s][WCK_SHARED];
        if (wck_section_is_partitioned(s))
            continue;
        status = wck_store_shared_section(r->store, &r->manifest, s, &shared, err);
        if (status == WCK_OK)
            borrow(r->head, shared, s);
    }
    r->head->frozen = true;
    return status;
}

static wck_status fill_reader(store_reader *r, wck_snapshot_id id, wck_error *err)
{
    wck_status status = wck_store_manifest(r->store, id, &r->manifest, err);

    if (status == WCK_OK)
        status = fetch_head(r, err);
    if (status == WCK_OK)
        status = fill_head(r, err);
    if (status == WCK_OK)
        status = wck_store_shared_index(r->store, &r->manifest, &r->index, err);
    if (status != WCK_OK)
        return status;
    r->base.head = r->head;
    r->base.digest = r->manifest.digest;
    r->base.n_partitions = r->index->index.n;
    r->base.n_spans = r->index->index.n_spans;
    r->base.spans = r->index->index.spans;
    r->base.n_updates = r->manifest.n_updates;
    r->base.n_declined = r->manifest.n_declined;
    r->base.n_approvals = r->manifest.n_approvals;
    r->base.n_superseded = r->manifest.n_superseded;
    r->base.n_counted = r->manifest.n_counted;
    r->base.n_approved = r->manifest.n_approved;
    r->base.n_approved_updates = r->manifest.n_approved_updates;
    return WCK_OK;
}

wck_status wck_store_reader(wck_store *store, wck_snapshot_id id, wck_reader **out, wck_error *err)
{
    static const wck_reader_ops ops = {.load = load,
                                       .changed = changed,
                                       .find = find,
                                       .parts = parts,
                                       .demands = demands,
                                       .close = close_reader};
    store_reader *r = calloc(1, sizeof *r);
    wck_status status;

    *out = NULL;
    if (r == NULL || (r->head = wck_snapshot_new()) == NULL) {
        free(r);
        return wck_fail_memory(err, "reading the store");
    }
    r->store = store;
    r->base.ops = &ops;
    pthread_mutex_lock(&store->lock);
    status = wck_store_view(store, err);
    if (status != WCK_OK) {
        pthread_mutex_unlock(&store->lock);
        free_reader(r);
        return status;
    }
    store->readers++;
    status = fill_reader(r, id, err);
    pthread_mutex_unlock(&store->lock);
    if (status != WCK_OK) {
        close_reader(&r->base);
        return status;
    }
    *out = &r->base;
    return WCK_OK;
}

/* ---- whole ---- */

static bool append(wck_snapshot *s, const wck_partition *rows)
{
    for (size_t i = 0; i < rows->n_updates; i++) {
        wck_update *u = wck_snapshot_add_update(s);
        if (u == NULL)
            return false;
        *u = rows->updates[i];
    }
    for (size_t i = 0; i < rows->n_declined; i++) {
        wck_declined *d = wck_snapshot_add_declined(s);
        if (d == NULL)
            return false;
        *d = rows->declined[i];
    }
    for (size_t i = 0; i < rows->n_approvals; i++) {
        wck_approval *a = wck_snapshot_add_approval(s);
        if (a == NULL)
            return false;
        *a = rows->approvals[i];
    }
    return true;
}

/* A whole snapshot is read like a reader reads, partition by partition. */
static wck_status read_partitions(wck_store *store, const wck_manifest *m, wck_snapshot *s, wck_error *err)
{
    store_reader r = {.store = store, .manifest = *m}, *reader = &r;
    wck_status status = wck_store_shared_index(store, m, &r.index, err);

    for (size_t p = 0; status == WCK_OK && p < r.index->index.n; p++) {
        wck_partition rows;
        wck_part_bytes bytes;
        status = wck_reader_look_ahead(&reader, 1, p, err);
        if (status == WCK_OK)
            status = read_bytes(&r, p, s->arena, &bytes, err);
        if (status == WCK_OK)
            status = decode(store, &r.span->parts[p % WCK_SPAN], &bytes, s->arena, &rows, err);
        if (status == WCK_OK && !append(s, &rows))
            status = wck_fail_memory(err, "reading the store");
    }
    free(r.local);
    free(r.local_span);
    if (store->readers == 0)
        wck_store_forget_shared(store);
    return status;
}

static wck_status read_whole(wck_store *store, wck_snapshot_id id, wck_snapshot *s, wck_error *err)
{
    wck_manifest m;
    wck_status status = wck_store_manifest(store, id, &m, err);

    if (status == WCK_OK)
        status = wck_store_section(store, &m, -1, s, err);
    for (int k = 0; k < WCK_SECTION_COUNT && status == WCK_OK; k++)
        if (!wck_section_is_partitioned(k))
            status = wck_store_section(store, &m, k, s, err);
    return status == WCK_OK ? read_partitions(store, &m, s, err) : status;
}

wck_status wck_store_get(wck_store *store, wck_snapshot_id id, wck_snapshot **out, wck_error *err)
{
    wck_snapshot *s = wck_snapshot_new();
    wck_status status;
    bool own;

    *out = NULL;
    if (s == NULL)
        return wck_fail_memory(err, "reading the store");
    pthread_mutex_lock(&store->lock);
    status = wck_store_read_begin(store, &own, err); /* another process may remove it meanwhile */
    if (status == WCK_OK) {
        status = read_whole(store, id, s, err);
        wck_store_read_end(store, own);
    }
    pthread_mutex_unlock(&store->lock);
    if (status == WCK_OK)
        status = wck_snapshot_freeze(s, err);
    if (status != WCK_OK) {
        wck_snapshot_free(s);
        return status;
    }
    *out = s;
    return WCK_OK;
}
