/* SPDX-License-Identifier: MIT
 * store_reader.c: snapshots read back: piece by piece through a reader, or whole. Opening a reader costs one row and
 * the server's own two chunks; equal sections and indexes of many servers are decoded once and shared. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

typedef struct store_reader {
    wck_reader base;
    wck_store *store;
    wck_manifest manifest;
    wck_snapshot *head;     /* own: server and coverage; borrowed from the store: everything else */
    const wck_index *index; /* borrowed from the store */
    wck_part_info *parts;   /* own copy with WCK_PART_NEEDED, or NULL: index->parts will do */
    wck_chunk *local;       /* local index, fetched when first needed */
} store_reader;

static wck_status fetch_local(wck_store *store, const wck_manifest *m, size_t n_partitions, wck_chunk **out,
                              wck_error *err)
{
    wck_status status = wck_sqlite_fetch(store, &m->index[WCK_LOCAL], out, err);

    if (status == WCK_OK && !wck_index_local_fits(m, n_partitions, (*out)->len)) {
        free(*out);
        *out = NULL;
        status = wck_sqlite_damaged(store, err, "the index of a snapshot has a wrong length");
    }
    return status;
}

typedef struct raw {
    const void *data[WCK_STREAMS]; /* in the caller's arena */
    size_t len[WCK_STREAMS];
} raw;

static wck_status load_raw(wck_store *store, const wck_part_info *info, wck_digest local, wck_arena *arena, raw *out,
                           wck_error *err)
{
    wck_status status =
        wck_sqlite_chunk(store, &info->digest, arena, &out->data[WCK_SHARED], &out->len[WCK_SHARED], err);

    if (status == WCK_OK)
        status = wck_sqlite_chunk(store, &local, arena, &out->data[WCK_LOCAL], &out->len[WCK_LOCAL], err);
    return status;
}

/* Needs no lock: the bytes are the caller's. */
static wck_status decode(wck_store *store, const wck_part_info *info, const raw *r, wck_arena *arena,
                         wck_partition *out, wck_error *err)
{
    wck_status status = wck_canon_take_partition(out, arena, r->data[WCK_SHARED], r->len[WCK_SHARED],
                                                 r->data[WCK_LOCAL], r->len[WCK_LOCAL], err);

    if (status == WCK_OK && (out->n_updates != info->n_updates || out->n_declined != info->n_declined ||
                             out->n_approvals != info->n_approvals))
        return wck_sqlite_damaged(store, err, "the counts of a partition do not add up");
    return wck_sqlite_named(store, status, err);
}

/* The local index of a reader, fetched once. Expects the lock. */
static wck_status need_local(store_reader *r, wck_error *err)
{
    return r->local != NULL ? WCK_OK : fetch_local(r->store, &r->manifest, r->base.n_partitions, &r->local, err);
}

static wck_status load(wck_reader *reader, size_t partition, wck_arena *arena, wck_partition *out, wck_error *err)
{
    store_reader *r = (store_reader *)reader;
    wck_status status = WCK_OK;
    raw bytes;

    memset(out, 0, sizeof *out);
    if (partition >= reader->n_partitions)
        return wck_fail(err, WCK_E_ARG, "could not load partition %zu of %zu", partition, reader->n_partitions);
    pthread_mutex_lock(&r->store->lock);
    status = need_local(r, err);
    if (status == WCK_OK)
        status = load_raw(r->store, &reader->parts[partition], wck_index_local_digest(r->local->data, partition),
                          arena, &bytes, err);
    pthread_mutex_unlock(&r->store->lock);
    return status == WCK_OK ? decode(r->store, &reader->parts[partition], &bytes, arena, out, err) : status;
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
    for (int side = 0; side < 2 && status == WCK_OK; side++) {
        store_reader *r = readers[side];
        raw got;
        status = need_local(r, err);
        if (status == WCK_OK)
            status = load_raw(store, &r->base.parts[partition], wck_index_local_digest(r->local->data, partition),
                              arena, &got, err);
        for (int stream = 0; stream < 2 && status == WCK_OK; stream++) {
            bytes[side].data[stream] = got.data[stream];
            bytes[side].len[stream] = got.len[stream];
        }
    }
    pthread_mutex_unlock(&store->lock);
    return status == WCK_OK ? wck_sqlite_named(store, wck_canon_take_changed(out, arena, bytes, err), err) : status;
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
    free(r->parts);
    free(r->local);
    free(r);
}

static void close_reader(wck_reader *reader)
{
    store_reader *r = (store_reader *)reader;
    wck_store *store = r->store;

    free_reader(r);
    pthread_mutex_lock(&store->lock);
    if (--store->readers == 0)
        wck_sqlite_forget_shared(store);
    pthread_mutex_unlock(&store->lock);
}

/* WCK_PART_NEEDED is a local fact, and hardly any source tells it. */
static wck_status add_needed(store_reader *r, wck_error *err)
{
    size_t n = r->index->n;
    wck_status status = fetch_local(r->store, &r->manifest, n, &r->local, err);

    if (status != WCK_OK)
        return status;
    r->parts = calloc(n, sizeof *r->parts);
    if (r->parts == NULL)
        return wck_fail_memory(err, "reading the store");
    memcpy(r->parts, r->index->parts, n * sizeof *r->parts);
    for (size_t p = 0; p < n; p++)
        if (wck_index_local_needed(r->local->data, n, p))
            r->parts[p].flags |= WCK_PART_NEEDED;
    return WCK_OK;
}

static wck_status fill_head(store_reader *r, wck_error *err)
{
    wck_status status = wck_sqlite_section(r->store, &r->manifest, -1, r->head, err);

    for (int s = 0; s < WCK_SECTION_COUNT && status == WCK_OK; s++) {
        const wck_snapshot *shared = NULL;
        r->base.section[s] = r->manifest.section[s][WCK_SHARED];
        if (wck_section_is_partitioned(s))
            continue;
        status = wck_sqlite_shared_section(r->store, &r->manifest, s, &shared, err);
        if (status == WCK_OK)
            borrow(r->head, shared, s);
    }
    r->head->frozen = true;
    return status;
}

static wck_status fill_reader(store_reader *r, wck_snapshot_id id, wck_error *err)
{
    wck_status status = wck_sqlite_manifest(r->store, id, &r->manifest, err);

    if (status == WCK_OK)
        status = fill_head(r, err);
    if (status == WCK_OK)
        status = wck_sqlite_shared_index(r->store, &r->manifest, &r->index, err);
    if (status == WCK_OK && r->manifest.needed)
        status = add_needed(r, err);
    if (status != WCK_OK)
        return status;
    r->base.head = r->head;
    r->base.digest = r->manifest.digest;
    r->base.n_partitions = r->index->n;
    r->base.parts = r->parts != NULL ? r->parts : r->index->parts;
    r->base.n_updates = r->manifest.n_updates;
    r->base.n_declined = r->manifest.n_declined;
    r->base.n_approvals = r->manifest.n_approvals;
    return WCK_OK;
}

wck_status wck_store_reader(wck_store *store, wck_snapshot_id id, wck_reader **out, wck_error *err)
{
    static const wck_reader_ops ops = {.load = load, .changed = changed, .close = close_reader};
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

static wck_status read_partitions(wck_store *store, const wck_manifest *m, wck_snapshot *s, wck_error *err)
{
    const wck_index *index = NULL;
    wck_chunk *local = NULL;
    wck_status status = wck_sqlite_shared_index(store, m, &index, err);

    if (status == WCK_OK)
        status = fetch_local(store, m, index->n, &local, err);
    for (size_t p = 0; status == WCK_OK && p < index->n; p++) {
        wck_partition rows;
        raw bytes;
        status = load_raw(store, &index->parts[p], wck_index_local_digest(local->data, p), s->arena, &bytes, err);
        if (status == WCK_OK)
            status = decode(store, &index->parts[p], &bytes, s->arena, &rows, err);
        if (status == WCK_OK && !append(s, &rows))
            status = wck_fail_memory(err, "reading the store");
    }
    free(local);
    if (store->readers == 0)
        wck_sqlite_forget_shared(store);
    return status;
}

static wck_status read_whole(wck_store *store, wck_snapshot_id id, wck_snapshot *s, wck_error *err)
{
    wck_manifest m;
    wck_status status = wck_sqlite_manifest(store, id, &m, err);

    if (status == WCK_OK)
        status = wck_sqlite_section(store, &m, -1, s, err);
    for (int k = 0; k < WCK_SECTION_COUNT && status == WCK_OK; k++)
        if (!wck_section_is_partitioned(k))
            status = wck_sqlite_section(store, &m, k, s, err);
    return status == WCK_OK ? read_partitions(store, &m, s, err) : status;
}

wck_status wck_store_get(wck_store *store, wck_snapshot_id id, wck_snapshot **out, wck_error *err)
{
    wck_snapshot *s = wck_snapshot_new();
    wck_status status;

    *out = NULL;
    if (s == NULL)
        return wck_fail_memory(err, "reading the store");
    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_exec(store, "BEGIN", err); /* one view: another process may remove it meanwhile */
    if (status == WCK_OK)
        status = wck_sqlite_finish(store, read_whole(store, id, s, err), err);
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
