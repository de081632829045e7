/* SPDX-License-Identifier: MIT
 * store_sweep.c: removing snapshots with the chunks that nothing else names; verifying what is there.
 *
 * There are no reference counts: they would touch some 2,000 rows for a snapshot that changed nothing. Removing, which is
 * rare, looks through the indexes of the other snapshots instead. */
#include "store/sqlite.h"

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
    wck_status status = ok && first ? wck_sqlite_shared_span(w->store, index, i, &span, err) : WCK_OK;

    for (size_t p = 0; ok && span != NULL && status == WCK_OK && p < wck_span_width(index->index.n); p++)
        ok = see(w, &span->parts[p].digest);
    return ok ? status : wck_fail_memory(err, "sweeping the store");
}

/* What a local list names; `below` more lists, or partitions. */
static wck_status see_local(walk *w, const wck_place *place, size_t n, size_t below, wck_error *err)
{
    wck_chunk *list = NULL;
    bool first = false, ok = see(w, &place->digest) && add(w, &w->indexes, &place->digest, &first);
    wck_status status = ok && first ? wck_sqlite_local_list(w->store, place, n, &list, err) : WCK_OK;

    for (size_t i = 0; ok && list != NULL && status == WCK_OK && i < n; i++) {
        const wck_place child = {wck_local_list_digest(list->data, i), wck_sqlite_place(list, i)};
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
    wck_status status = ok ? wck_sqlite_shared_index(w->store, m, &index, err)
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
        wck_sqlite_forget_shared(w->store); /* else all snapshots' would gather */
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
        wck_sqlite_forget_shared(w->store);
}

/* Calls walk_manifest for every snapshot; with prove, each digest is recomputed. Ends early when nothing is unused. */
static wck_status walk_all(walk *w, bool prove, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(w->store, Q_MANIFESTS, err);
    wck_status status = stmt != NULL ? WCK_OK : wck_sqlite_unprepared(w->store);
    int code = SQLITE_DONE;

    while (status == WCK_OK && (w->adding || w->unused > 0) && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        bool proven = true;
        wck_manifest m;
        status = wck_manifest_get(&m, sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1), err);
        status = status == WCK_OK ? walk_manifest(w, &m, err) : wck_sqlite_named(w->store, status, err);
        if (status == WCK_OK && prove)
            status = wck_manifest_prove(&m, &proven, err);
        if (status == WCK_OK && !proven)
            status = wck_sqlite_damaged(w->store, err, "the digest of a snapshot is not that of its parts");
        if (status != WCK_OK)
            wck_fail_prefix(err, "snapshot %lld", (long long)sqlite3_column_int64(stmt, 0));
    }
    if (status == WCK_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        status = wck_sqlite_fail(w->store, err, "read");
    if (stmt != NULL)
        sqlite3_reset(stmt);
    return status;
}

/* ---- remove ---- */

static wck_status remove_row(wck_store *store, wck_snapshot_id id, wck_error *err)
{
    sqlite3_stmt *stmt;
    wck_tally tally;
    int64_t sum = 0;
    wck_status status = wck_sqlite_tally_get(store, &tally, err);

    if (status == WCK_OK)
        status = wck_sqlite_row_sum(store, id, &sum, err);
    if (status == WCK_OK)
        status = wck_sqlite_tally_put(store, &(wck_tally){tally.snapshots - 1, tally.sums ^ (uint64_t)sum, tally.values}, err);
    if (status != WCK_OK)
        return status;
    stmt = wck_sqlite_query(store, Q_SNAP_REMOVE, err);
    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    sqlite3_bind_int64(stmt, 1, id);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "write to");
    sqlite3_reset(stmt);
    return status;
}

static wck_status drop_unused(walk *w, wck_error *err)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < w->digests.n && status == WCK_OK; i++) {
        sqlite3_stmt *stmt;
        if (w->digests.entries[i].value != NULL)
            continue;
        stmt = wck_sqlite_query(w->store, Q_CHUNK_DROP, err);
        if (stmt == NULL)
            return wck_sqlite_unprepared(w->store);
        sqlite3_bind_blob(stmt, 1, w->digests.entries[i].key, WCK_DIGEST_SIZE, SQLITE_STATIC);
        if (sqlite3_step(stmt) != SQLITE_DONE)
            status = wck_sqlite_fail(w->store, err, "write to");
        sqlite3_reset(stmt);
    }
    return status;
}

static wck_status remove_all(walk *w, wck_snapshot_id id, wck_error *err)
{
    wck_manifest m;
    wck_status status = wck_sqlite_manifest(w->store, id, &m, err);

    if (status == WCK_OK) /* a snapshot that cannot be seen would lose its chunks */
        status = wck_sqlite_complete(w->store, err);
    if (status == WCK_OK)
        status = walk_manifest(w, &m, err);
    if (status == WCK_OK)
        status = remove_row(w->store, id, err);
    wck_map_clear(&w->indexes); /* the others' are walked anew */
    w->adding = false;
    if (status == WCK_OK)
        status = walk_all(w, false, err);
    return status == WCK_OK ? drop_unused(w, err) : status;
}

wck_status wck_store_remove(wck_store *store, wck_snapshot_id id, wck_error *err)
{
    wck_status status;
    walk w;

    if (!walk_init(&w, store))
        return wck_fail_memory(err, "sweeping the store");
    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_begin(store, true, err);
    if (status == WCK_OK)
        status = wck_sqlite_finish(store, remove_all(&w, id, err), err);
    walk_clear(&w);
    pthread_mutex_unlock(&store->lock);
    return status;
}

/* ---- verify ---- */

static wck_status check_pages(wck_store *store, wck_error *err)
{
    sqlite3_stmt *stmt = NULL;
    const char *text;
    wck_status status = WCK_OK;

    if (sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        status = wck_sqlite_fail(store, err, "verify");
    else if ((text = (const char *)sqlite3_column_text(stmt, 0)) == NULL || strcmp(text, "ok") != 0)
        status = wck_sqlite_damaged(store, err, "its pages do not pass SQLite's integrity check");
    sqlite3_finalize(stmt);
    return status;
}

static wck_status check_chunks(wck_store *store, wck_error *err)
{
    static const char sql[] = "SELECT sum, data, digest FROM chunk";
    sqlite3_stmt *stmt = NULL;
    wck_status status = WCK_OK;
    int code = SQLITE_DONE;

    if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return wck_sqlite_fail(store, err, "verify");
    while (status == WCK_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        const void *data = sqlite3_column_blob(stmt, 1), *named = sqlite3_column_blob(stmt, 2);
        size_t len = (size_t)sqlite3_column_bytes(stmt, 1);
        wck_digest digest;
        bool sound = named != NULL && sqlite3_column_bytes(stmt, 2) == WCK_DIGEST_SIZE;
        if (sound && !wck_digest_of(&digest, len > 0 ? data : "", len))
            status = wck_fail_memory(err, "verifying the store");
        else if (!sound || memcmp(digest.bytes, named, WCK_DIGEST_SIZE) != 0 ||
                 sqlite3_column_int64(stmt, 0) != wck_sqlite_sum(wck_sqlite_key(&digest), data, len))
            status = wck_sqlite_damaged(store, err, "a chunk is not what was written");
    }
    if (status == WCK_OK && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "verify");
    sqlite3_finalize(stmt);
    return status;
}

/* Every chunk that is named is there. */
static wck_status check_named(walk *w, wck_error *err)
{
    for (size_t i = 0; i < w->digests.n; i++) {
        sqlite3_stmt *stmt = wck_sqlite_query(w->store, Q_CHUNK_HAS, err);
        wck_status status = WCK_OK;
        int code;
        if (stmt == NULL)
            return wck_sqlite_unprepared(w->store);
        sqlite3_bind_blob(stmt, 1, w->digests.entries[i].key, WCK_DIGEST_SIZE, SQLITE_STATIC);
        code = sqlite3_step(stmt);
        if (code != SQLITE_ROW)
            status = code == SQLITE_DONE ? wck_sqlite_damaged(w->store, err, "a chunk is missing")
                                         : wck_sqlite_fail(w->store, err, "verify");
        sqlite3_reset(stmt);
        if (status != WCK_OK)
            return status;
    }
    return WCK_OK;
}

static wck_status check_all(walk *w, wck_error *err)
{
    wck_status status = check_pages(w->store, err);

    if (status == WCK_OK)
        status = check_chunks(w->store, err);
    if (status == WCK_OK)
        status = wck_sqlite_check_values(w->store, err);
    if (status == WCK_OK)
        status = wck_sqlite_complete(w->store, err);
    if (status == WCK_OK)
        status = walk_all(w, true, err);
    return status == WCK_OK ? check_named(w, err) : status;
}

wck_status wck_store_verify(wck_store *store, wck_error *err)
{
    wck_status status;
    walk w;
    bool own;

    if (!walk_init(&w, store))
        return wck_fail_memory(err, "verifying the store");
    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_read_begin(store, &own, err); /* one state, whoever writes meanwhile */
    if (status == WCK_OK) {
        status = check_all(&w, err);
        wck_sqlite_read_end(store, own);
    }
    walk_clear(&w);
    pthread_mutex_unlock(&store->lock);
    return status;
}
