/* SPDX-License-Identifier: MIT
 * store_sweep.c: removing snapshots and the chunks nothing refers to any more; verifying what is left. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

typedef struct keep {
    wck_map digests;
    wck_arena *arena;
} keep;

static bool mark(keep *k, const wck_digest *digest)
{
    wck_digest *own;

    if (wck_map_find(&k->digests, digest->bytes, WCK_DIGEST_SIZE) != NULL)
        return true;
    own = wck_arena_alloc(k->arena, sizeof *own);
    if (own == NULL)
        return false;
    *own = *digest;
    return wck_map_put(&k->digests, own->bytes, WCK_DIGEST_SIZE, NULL) != NULL;
}

/* Everything a manifest refers to. An index seen before has been marked whole. */
static wck_status mark_manifest(wck_store *store, keep *k, wck_manifest *m, wck_error *err)
{
    bool seen = wck_map_find(&k->digests, m->index.bytes, WCK_DIGEST_SIZE) != NULL;
    bool ok = mark(k, &m->server[0]) && mark(k, &m->server[1]) && mark(k, &m->index);
    const void *data;
    size_t len;
    wck_status status;

    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        ok = ok && mark(k, &m->section[s][0]) && mark(k, &m->section[s][1]);
    if (!ok)
        return wck_fail_memory(err, "sweeping the store");
    if (seen)
        return WCK_OK;
    status = wck_sqlite_chunk(store, &m->index, &data, &len, err);
    if (status == WCK_OK)
        status = wck_manifest_get_index(m, data, len, err);
    for (size_t p = 0; status == WCK_OK && p < m->n_partitions; p++)
        if (!mark(k, &m->parts[p].info.digest) || !mark(k, &m->parts[p].local))
            status = wck_fail_memory(err, "sweeping the store");
    return status;
}

static wck_status mark_all(wck_store *store, keep *k, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_MANIFESTS, err);
    wck_status status = stmt != NULL ? WCK_OK : WCK_E_STORE;
    int code = SQLITE_DONE;

    while (status == WCK_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        wck_manifest m;
        status = wck_manifest_get(&m, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0), err);
        if (status == WCK_OK)
            status = mark_manifest(store, k, &m, err);
        wck_manifest_clear(&m);
    }
    if (status == WCK_OK && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    if (stmt != NULL)
        sqlite3_reset(stmt);
    return status;
}

/* Calls fn for every chunk with its id, digest and data. */
typedef wck_status each_fn(wck_store *store, int64_t id, const wck_digest *digest, const void *data, size_t len,
                           void *payload, wck_error *err);

static wck_status each_chunk(wck_store *store, const char *text, each_fn *fn, void *payload, wck_error *err)
{
    sqlite3_stmt *stmt = NULL;
    wck_status status = WCK_OK;
    int code = SQLITE_DONE;

    if (sqlite3_prepare_v2(store->db, text, -1, &stmt, NULL) != SQLITE_OK)
        return wck_sqlite_fail(store, err, "read");
    while (status == WCK_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        wck_digest digest;
        const void *bytes = sqlite3_column_blob(stmt, 1);
        if (bytes == NULL || sqlite3_column_bytes(stmt, 1) != WCK_DIGEST_SIZE) {
            status = wck_fail(err, WCK_E_STORE, "could not read store \"%s\": a digest is damaged", store->path);
            break;
        }
        memcpy(digest.bytes, bytes, WCK_DIGEST_SIZE);
        status = fn(store, sqlite3_column_int64(stmt, 0), &digest, sqlite3_column_blob(stmt, 2),
                    (size_t)sqlite3_column_bytes(stmt, 2), payload, err);
    }
    if (status == WCK_OK && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    sqlite3_finalize(stmt);
    return status;
}

typedef struct sweep {
    const keep *kept;
    WCK_VEC(int64_t) dead;
} sweep;

static wck_status collect_dead(wck_store *store, int64_t id, const wck_digest *digest, const void *data, size_t len,
                               void *payload, wck_error *err)
{
    sweep *s = payload;
    int64_t *slot;

    (void)store;
    (void)data;
    (void)len;
    if (wck_map_find(&s->kept->digests, digest->bytes, WCK_DIGEST_SIZE) != NULL)
        return WCK_OK;
    slot = wck_vec_push(&s->dead);
    if (slot == NULL)
        return wck_fail_memory(err, "sweeping the store");
    *slot = id;
    return WCK_OK;
}

static wck_status drop_dead(wck_store *store, const keep *k, wck_error *err)
{
    sweep s = {.kept = k};
    sqlite3_stmt *stmt = NULL;
    wck_status status = each_chunk(store, "SELECT id, digest, NULL FROM chunk", collect_dead, &s, err);

    if (status == WCK_OK && sqlite3_prepare_v2(store->db, "DELETE FROM chunk WHERE id = ?1", -1, &stmt, NULL) != SQLITE_OK)
        status = wck_sqlite_fail(store, err, "write");
    for (size_t i = 0; status == WCK_OK && i < s.dead.n; i++) {
        sqlite3_bind_int64(stmt, 1, s.dead.items[i]);
        if (sqlite3_step(stmt) != SQLITE_DONE)
            status = wck_sqlite_fail(store, err, "write");
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    wck_vec_clear(&s.dead);
    return status;
}

static wck_status remove_row(wck_store *store, wck_snapshot_id id, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_REMOVE, err);
    int code;

    if (stmt == NULL)
        return WCK_E_STORE;
    sqlite3_bind_int64(stmt, 1, id);
    code = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    if (code != SQLITE_DONE)
        return wck_sqlite_fail(store, err, "write");
    if (sqlite3_changes(store->db) == 0)
        return wck_fail(err, WCK_E_NOT_FOUND, "could not remove snapshot %lld: it is not in the store", (long long)id);
    return WCK_OK;
}

wck_status wck_store_remove(wck_store *store, wck_snapshot_id id, wck_error *err)
{
    keep k = {.arena = wck_arena_new()};
    wck_status status;

    if (k.arena == NULL)
        return wck_fail_memory(err, "sweeping the store");
    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_exec(store, "BEGIN IMMEDIATE", err);
    if (status == WCK_OK) {
        status = remove_row(store, id, err);
        if (status == WCK_OK)
            status = mark_all(store, &k, err);
        if (status == WCK_OK)
            status = drop_dead(store, &k, err);
        if (status == WCK_OK)
            status = wck_sqlite_exec(store, "COMMIT", err);
        if (status != WCK_OK)
            sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    pthread_mutex_unlock(&store->lock);
    wck_map_clear(&k.digests);
    wck_arena_free(k.arena);
    return status;
}

static wck_status check_chunk(wck_store *store, int64_t id, const wck_digest *digest, const void *data, size_t len,
                              void *payload, wck_error *err)
{
    wck_digest seen;
    size_t *n = payload;

    if (!wck_digest_of(&seen, data != NULL ? data : "", len))
        return wck_fail_memory(err, "verifying the store");
    ++*n;
    return wck_digest_eq(&seen, digest)
               ? WCK_OK
               : wck_fail(err, WCK_E_STORE, "could not verify store \"%s\": chunk %lld is not what its digest says",
                          store->path, (long long)id);
}

wck_status wck_store_verify(wck_store *store, wck_error *err)
{
    keep k = {.arena = wck_arena_new()};
    sqlite3_stmt *stmt = NULL;
    size_t n = 0;
    wck_status status = WCK_OK;

    if (k.arena == NULL)
        return wck_fail_memory(err, "verifying the store");
    pthread_mutex_lock(&store->lock);
    if (sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        status = wck_sqlite_fail(store, err, "verify");
    else if (strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") != 0)
        status = wck_fail(err, WCK_E_STORE, "could not verify store \"%s\": %.200s", store->path,
                          (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    if (status == WCK_OK)
        status = each_chunk(store, "SELECT id, digest, data FROM chunk", check_chunk, &n, err);
    if (status == WCK_OK)
        status = mark_all(store, &k, err);
    for (size_t i = 0; status == WCK_OK && i < k.digests.n; i++) { /* every chunk that is named is there */
        static const wck_digest zero;
        const void *data;
        size_t len;
        wck_digest digest;
        memcpy(digest.bytes, k.digests.entries[i].key, WCK_DIGEST_SIZE);
        if (!wck_digest_eq(&digest, &zero)) /* partitioned sections have no chunk of their own */
            status = wck_sqlite_chunk(store, &digest, &data, &len, err);
    }
    pthread_mutex_unlock(&store->lock);
    wck_map_clear(&k.digests);
    wck_arena_free(k.arena);
    return status;
}
