/* SPDX-License-Identifier: MIT
 * store_sweep.c: removing snapshots with the chunks that nothing else names; verifying what is there.
 *
 * There are no reference counts: they would touch some 2,000 rows for a snapshot that changed nothing. Removing, which is
 * rare, looks through the indexes of the other snapshots instead. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- all digests that a snapshot names ---- */

typedef struct walk {
    wck_store *store;
    wck_arena *arena;
    wck_map digests; /* value: a char *, "used by another" when removing */
    wck_map indexes; /* index and span chunks that were walked */
    size_t unused;   /* digests without a value */
    bool adding;     /* put unknown digests into the map; else only give known ones a value */
} walk;

static char used;

static bool add(walk *w, wck_map *map, const wck_digest *digest, bool *added)
{
    wck_map_entry *e = wck_map_find(map, digest->bytes, WCK_DIGEST_SIZE);
    wck_digest *own;

    *added = e == NULL;
    if (e != NULL)
        return true;
    own = wck_arena_alloc(w->arena, sizeof *own);
    if (own == NULL)
        return false;
    *own = *digest;
    return wck_map_put(map, own->bytes, WCK_DIGEST_SIZE, NULL) != NULL;
}

static bool see(walk *w, const wck_digest *digest)
{
    wck_map_entry *e;
    bool added;

    if (w->adding) {
        if (!add(w, &w->digests, digest, &added))
            return false;
        w->unused += added;
        return true;
    }
    e = wck_map_find(&w->digests, digest->bytes, WCK_DIGEST_SIZE);
    if (e != NULL && e->value == NULL) {
        e->value = &used;
        w->unused--;
    }
    return true;
}

static bool see_head(walk *w, const wck_manifest *m)
{
    bool ok = true;

    for (int i = 0; i < WCK_STREAMS && ok; i++) {
        ok = see(w, &m->server[i]) && see(w, &m->index[i]) && see(w, &m->demands);
        for (int s = 0; s < WCK_SECTION_COUNT && ok; s++)
            ok = wck_section_is_partitioned(s) || see(w, &m->section[s][i]);
    }
    return ok;
}

/* All partitions of a span, unless it was walked before. */
static wck_status see_span(walk *w, const wck_shared_index *index, size_t i, wck_error *err)
{
    const wck_shared_span *span = NULL;
    bool first = false, ok = see(w, &index->index.spans[i].digest) && add(w, &w->indexes, &index->index.spans[i].digest, &first);
    wck_status status = ok && first ? wck_store_shared_span(w->store, index, i, &span, err) : WCK_OK;

    for (size_t p = 0; ok && span != NULL && status == WCK_OK && p < wck_span_width(index->index.n); p++)
        ok = see(w, &span->parts[p].digest);
    return ok ? status : wck_fail_memory(err, "sweeping the store");
}

/* What a local list names; `below` more lists, or partitions. */
static wck_status see_local(walk *w, const wck_place *place, size_t n, size_t below, wck_error *err)
{
    wck_chunk *list = NULL;
    bool first = false, ok = see(w, &place->digest) && add(w, &w->indexes, &place->digest, &first);
    wck_status status = ok && first ? wck_store_local_list(w->store, place, n, &list, err) : WCK_OK;

    for (size_t i = 0; ok && list != NULL && status == WCK_OK && i < n; i++) {
        const wck_place child = {wck_local_list_digest(list->data, i), wck_store_place(list, i)};
        if (below > 0)
            status = see_local(w, &child, below, 0, err);
        else
            ok = see(w, &child.digest);
    }
    free(list);
    return ok ? status : wck_fail_memory(err, "sweeping the store");
}

static wck_status walk_manifest(walk *w, const wck_manifest *m, wck_error *err)
{
    const wck_shared_index *index = NULL;
    bool first = false, ok = see_head(w, m);
    wck_status status = ok ? wck_store_shared_index(w->store, m, &index, err)
                           : wck_fail_memory(err, "sweeping the store");

    if (status != WCK_OK)
        return status;
    if (!add(w, &w->indexes, &m->index[WCK_SHARED], &first))
        return wck_fail_memory(err, "sweeping the store");
    for (size_t i = 0; first && status == WCK_OK && i < index->index.n_spans; i++)
        status = see_span(w, index, i, err);
    if (status == WCK_OK)
        status = see_local(w, &(wck_place){m->index[WCK_LOCAL], 0}, index->index.n_spans,
                           wck_span_width(index->index.n), err);
    if (w->store->readers == 0)
        wck_store_forget_shared(w->store); /* else all snapshots' would gather */
    return status;
}

static bool walk_init(walk *w, wck_store *store)
{
    *w = (walk){.store = store, .arena = wck_arena_new(), .adding = true};
    return w->arena != NULL;
}

static void walk_clear(walk *w)
{
    wck_map_clear(&w->digests);
    wck_map_clear(&w->indexes);
    wck_arena_free(w->arena);
    if (w->store->readers == 0)
        wck_store_forget_shared(w->store);
}

/* A row of Q_MANIFESTS; with prove, its digest is recomputed. */
static wck_status walk_row(walk *w, wck_stmt *stmt, bool prove, wck_error *err)
{
    const void *data;
    size_t len;
    wck_manifest m;
    bool proven = true;
    wck_status status = wck_get_blob(&data, &len, stmt, 1) ? WCK_OK : wck_fail_memory(err, "sweeping the store");

    if (status == WCK_OK)
        status = wck_store_named(w->store, wck_manifest_get(&m, data, len, err), err);
    if (status == WCK_OK)
        status = walk_manifest(w, &m, err);
    if (status == WCK_OK && prove)
        status = wck_manifest_prove(&m, &proven, err);
    if (status == WCK_OK && !proven)
        status = wck_store_damaged(w->store, err, "the digest of a snapshot is not that of its parts");
    if (status != WCK_OK)
        wck_fail_prefix(err, "snapshot %lld", (long long)wck_get_int(stmt, 0));
    return status;
}

/* Walks every snapshot; ends early when nothing is unused. */
static wck_status walk_all(walk *w, bool prove, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_store_query(&stmt, w->store, Q_MANIFESTS, err);
    bool more = true;

    if (status != WCK_OK)
        return status;
    while (status == WCK_OK && more && (w->adding || w->unused > 0)) {
        status = wck_step(stmt, &more, err);
        if (status == WCK_OK && more)
            status = walk_row(w, stmt, prove, err);
    }
    wck_reset(stmt);
    return status;
}

/* ---- remove ---- */

static wck_status remove_row(wck_store *store, wck_snapshot_id id, wck_error *err)
{
    wck_stmt *stmt;
    wck_tally tally;
    int64_t sum = 0;
    bool row;
    wck_status status = wck_store_tally_get(store, &tally, err);

    if (status == WCK_OK)
        status = wck_store_row_sum(store, id, &sum, err);
    if (status == WCK_OK)
        status = wck_store_tally_put(store, &(wck_tally){tally.snapshots - 1, tally.sums ^ (uint64_t)sum, tally.values}, err);
    if (status != WCK_OK)
        return status;
    status = wck_store_query(&stmt, store, Q_SNAP_REMOVE, err);
    if (status != WCK_OK)
        return status;
    wck_bind_int(stmt, 1, id);
    status = wck_step(stmt, &row, err);
    wck_reset(stmt);
    return status;
}

/* A batch of digests for the database. */
enum { BATCH = 1000 };
typedef wck_status batch_fn(wck_db *db, const wck_digest *digests, size_t n, wck_error *err);

static wck_status in_batches(const walk *w, bool unused_only, batch_fn *fn, wck_error *err)
{
    wck_digest *batch = malloc(BATCH * sizeof *batch);
    wck_status status = batch != NULL ? WCK_OK : wck_fail_memory(err, "sweeping the store");
    size_t n = 0;

    for (size_t i = 0; i < w->digests.n && status == WCK_OK; i++) {
        if (unused_only && w->digests.entries[i].value != NULL)
            continue;
        memcpy(batch[n++].bytes, w->digests.entries[i].key, WCK_DIGEST_SIZE);
        if (n == BATCH) {
            status = fn(w->store->db, batch, n, err);
            n = 0;
        }
    }
    if (n > 0 && status == WCK_OK)
        status = fn(w->store->db, batch, n, err);
    free(batch);
    return status;
}

/* All that the snapshots name, into the map. */
static wck_status walk_doomed(walk *w, const wck_snapshot_id *ids, size_t n, wck_error *err)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < n && status == WCK_OK; i++) {
        wck_manifest m;
        status = wck_store_manifest(w->store, ids[i], &m, err);
        if (status == WCK_OK)
            status = walk_manifest(w, &m, err);
    }
    return status;
}

static wck_status remove_all(walk *w, const wck_snapshot_id *ids, size_t n, wck_error *err)
{
    wck_status status = walk_doomed(w, ids, n, err);

    if (status == WCK_OK) /* a snapshot that cannot be seen would lose its chunks */
        status = wck_store_complete(w->store, err);
    for (size_t i = 0; i < n && status == WCK_OK; i++)
        status = remove_row(w->store, ids[i], err);
    wck_map_clear(&w->indexes); /* the others' are walked anew */
    w->adding = false;
    if (status == WCK_OK)
        status = walk_all(w, false, err);
    return status == WCK_OK ? in_batches(w, true, w->store->db->ops->drop, err) : status;
}

wck_status wck_store_remove_all(wck_store *store, const wck_snapshot_id *ids, size_t n, wck_error *err)
{
    wck_status status;
    walk w;

    if (n == 0)
        return WCK_OK;
    if (!walk_init(&w, store))
        return wck_fail_memory(err, "sweeping the store");
    pthread_mutex_lock(&store->lock);
    status = wck_store_begin(store, WCK_WRITE_REMOVE, err);
    if (status == WCK_OK)
        status = wck_store_finish(store, remove_all(&w, ids, n, err), err);
    walk_clear(&w);
    pthread_mutex_unlock(&store->lock);
    return status;
}

wck_status wck_store_remove(wck_store *store, wck_snapshot_id id, wck_error *err)
{
    return wck_store_remove_all(store, &id, 1, err);
}

/* ---- verify ---- */

static wck_status check_chunk(walk *w, wck_stmt *stmt, wck_error *err)
{
    const void *data, *named;
    size_t len, named_len;
    wck_digest digest;

    if (!wck_get_blob(&data, &len, stmt, 1) || !wck_get_blob(&named, &named_len, stmt, 2) ||
        !wck_digest_of(&digest, len > 0 ? data : "", len))
        return wck_fail_memory(err, "verifying the store");
    if (named == NULL || named_len != WCK_DIGEST_SIZE || memcmp(digest.bytes, named, WCK_DIGEST_SIZE) != 0 ||
        wck_get_int(stmt, 0) != wck_db_sum(wck_db_key(&digest), data, len))
        return wck_store_damaged(w->store, err, "a chunk is not what was written");
    return WCK_OK;
}

static wck_status check_chunks(walk *w, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_store_query(&stmt, w->store, Q_CHUNK_ALL, err);
    bool more;

    if (status != WCK_OK)
        return status;
    while (status == WCK_OK && (status = wck_step(stmt, &more, err)) == WCK_OK && more)
        status = check_chunk(w, stmt, err);
    wck_reset(stmt);
    return status;
}

static wck_status all_there(wck_db *db, const wck_digest *digests, size_t n, wck_error *err)
{
    bool known[BATCH] = {false};
    wck_status status = db->ops->known(known, db, digests, n, err);

    for (size_t i = 0; i < n && status == WCK_OK; i++)
        if (!known[i])
            status = wck_db_damaged(db, err, "a chunk is missing");
    return status;
}

static wck_status check_all(walk *w, wck_error *err)
{
    wck_db *db = w->store->db;
    wck_status status = db->ops->check_pages != NULL ? db->ops->check_pages(db, err) : WCK_OK;

    if (status == WCK_OK)
        status = check_chunks(w, err);
    if (status == WCK_OK)
        status = wck_store_check_values(w->store, err);
    if (status == WCK_OK)
        status = wck_store_complete(w->store, err);
    if (status == WCK_OK)
        status = walk_all(w, true, err);
    return status == WCK_OK ? in_batches(w, false, all_there, err) : status;
}

wck_status wck_store_verify(wck_store *store, wck_error *err)
{
    wck_status status;
    walk w;
    bool own;

    if (!walk_init(&w, store))
        return wck_fail_memory(err, "verifying the store");
    pthread_mutex_lock(&store->lock);
    status = wck_store_read_begin(store, &own, err); /* one state, whoever writes meanwhile */
    if (status == WCK_OK) {
        status = check_all(&w, err);
        wck_store_read_end(store, own);
    }
    walk_clear(&w);
    pthread_mutex_unlock(&store->lock);
    return status;
}
