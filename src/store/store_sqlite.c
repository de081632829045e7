/* SPDX-License-Identifier: MIT
 * store_sqlite.c: putting snapshots and listing them.
 *
 * put is one transaction: chunks that are not there yet, then the snapshot's row last, so a reader sees a snapshot only
 * when it is complete. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

static wck_status add_chunk(const wck_digest *digest, const void *data, size_t len, void *payload, wck_error *err)
{
    wck_store *store = payload;
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_CHUNK_HAS, err);
    int code;

    if (stmt == NULL)
        return WCK_E_STORE;
    sqlite3_bind_blob(stmt, 1, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    code = sqlite3_step(stmt);
    if (code == SQLITE_DONE) { /* most chunks of an unchanged server are there */
        sqlite3_reset(stmt);
        stmt = wck_sqlite_query(store, Q_CHUNK_ADD, err);
        if (stmt == NULL)
            return WCK_E_STORE;
        sqlite3_bind_blob(stmt, 1, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 2, wck_sqlite_sum(data, len));
        sqlite3_bind_blob64(stmt, 3, data, len, SQLITE_STATIC);
        code = sqlite3_step(stmt);
        code = code == SQLITE_DONE ? SQLITE_ROW : code;
    }
    if (code != SQLITE_ROW)
        wck_sqlite_fail(store, err, "write to");
    sqlite3_reset(stmt);
    return code == SQLITE_ROW ? WCK_OK : WCK_E_STORE;
}

/* ---- the row of a snapshot ---- */

/* Over every column that the row's sum covers. */
static wck_status sum_info(const wck_snapshot_info *i, int64_t *out, wck_error *err)
{
    char guid[WCK_GUID_TEXT], digest[WCK_DIGEST_HEX];
    wck_buf b;
    bool ok;

    wck_buf_init(&b, 1U << 20);
    ok = wck_buf_puts(&b, i->server) && wck_buf_putc(&b, '\0') &&
         wck_buf_puts(&b, i->parent != NULL ? i->parent : "") &&
         wck_buf_printf(&b, "%c%d %s %s %lld %lld %zu %zu %zu", '\0', (i->parent != NULL) * 16 + (int)i->mode,
                        wck_guid_format(guid, i->server_id), wck_digest_format(digest, &i->digest),
                        (long long)i->collected_at, (long long)i->stored_at, i->updates, i->approvals, i->declined);
    *out = wck_sqlite_sum(wck_buf_text(&b), b.len);
    wck_buf_clear(&b);
    return ok ? WCK_OK : wck_fail_memory(err, "using the store");
}

static void bind_time(sqlite3_stmt *stmt, int at, wck_time t)
{
    if (t != WCK_TIME_NONE)
        sqlite3_bind_int64(stmt, at, t);
}

/* The name of the server is part of the digest, so the same digest is the same server. */
static wck_status find_same(wck_store *store, const wck_snapshot_info *info, wck_snapshot_id *id, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_FIND, err);
    wck_status status = WCK_OK;
    int code;

    if (stmt == NULL)
        return WCK_E_STORE;
    sqlite3_bind_text(stmt, 1, info->server, -1, SQLITE_STATIC);
    bind_time(stmt, 2, info->collected_at);
    sqlite3_bind_blob(stmt, 3, info->digest.bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    code = sqlite3_step(stmt);
    *id = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    sqlite3_reset(stmt);
    return status;
}

static wck_status add_row(wck_store *store, const wck_snapshot_info *info, const wck_buf *manifest,
                          wck_snapshot_id *id, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_ADD, err);
    wck_status status = WCK_OK;
    char guid[WCK_GUID_TEXT];
    int64_t sum;

    if (stmt == NULL || sum_info(info, &sum, err) != WCK_OK)
        return stmt == NULL ? WCK_E_STORE : WCK_E_MEMORY;
    sqlite3_bind_text(stmt, 1, info->server, -1, SQLITE_STATIC);
    if (info->parent != NULL)
        sqlite3_bind_text(stmt, 2, info->parent, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 3, wck_mode_name(info->mode), -1, SQLITE_STATIC);
    if (!wck_guid_is_zero(info->server_id))
        sqlite3_bind_text(stmt, 4, wck_guid_format(guid, info->server_id), -1, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 5, info->digest.bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    bind_time(stmt, 6, info->collected_at);
    sqlite3_bind_int64(stmt, 7, info->stored_at);
    sqlite3_bind_int64(stmt, 8, (sqlite3_int64)info->updates);
    sqlite3_bind_int64(stmt, 9, (sqlite3_int64)info->approvals);
    sqlite3_bind_int64(stmt, 10, (sqlite3_int64)info->declined);
    sqlite3_bind_int64(stmt, 11, sum);
    sqlite3_bind_blob64(stmt, 12, wck_buf_text(manifest), manifest->len, SQLITE_STATIC);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "write to");
    sqlite3_reset(stmt);
    *id = sqlite3_last_insert_rowid(store->db);
    return status;
}

static wck_status put_row(wck_store *store, const wck_snapshot *s, const wck_manifest *m, wck_snapshot_id *id,
                          bool *existed, wck_error *err)
{
    wck_snapshot_info info = {.server = s->server.name != NULL ? s->server.name : "",
                              .parent = s->server.parent,
                              .mode = s->server.mode,
                              .server_id = s->server.server_id,
                              .digest = m->digest,
                              .collected_at = s->server.collected_at,
                              .stored_at = wck_time_now(),
                              .updates = m->n_updates,
                              .approvals = m->n_approvals,
                              .declined = m->n_declined};
    wck_buf bytes;
    wck_status status = find_same(store, &info, id, err);

    *existed = status == WCK_OK && *id != 0;
    if (status != WCK_OK || *existed)
        return status;
    wck_buf_init(&bytes, 1U << 16);
    status = wck_manifest_put(&bytes, m) ? add_row(store, &info, &bytes, id, err)
                                         : wck_fail_memory(err, "storing a snapshot");
    wck_buf_clear(&bytes);
    return status;
}

wck_status wck_store_put(wck_store *store, const wck_snapshot *snapshot, wck_snapshot_id *id, bool *existed,
                         wck_error *err)
{
    wck_manifest m;
    bool old = false;
    wck_status status;

    *id = 0;
    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_durable(store, true, err);
    if (status == WCK_OK)
        status = wck_sqlite_exec(store, "BEGIN IMMEDIATE", err);
    if (status == WCK_OK) {
        status = wck_manifest_make(&m, NULL, snapshot, add_chunk, store, err);
        if (status == WCK_OK)
            status = put_row(store, snapshot, &m, id, &old, err);
        if (old) /* nothing new but a chunk with another clock reading, perhaps */
            sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
        else
            status = wck_sqlite_finish(store, status, err);
    }
    pthread_mutex_unlock(&store->lock);
    if (status != WCK_OK)
        *id = 0;
    if (existed != NULL)
        *existed = old;
    return status;
}

/* ---- reading rows ---- */

wck_status wck_sqlite_manifest(wck_store *store, wck_snapshot_id id, wck_manifest *out, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_GET, err);
    wck_status status;
    int code;

    memset(out, 0, sizeof *out);
    if (stmt == NULL)
        return WCK_E_STORE;
    sqlite3_bind_int64(stmt, 1, id);
    code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        status = wck_manifest_get(out, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0), err);
    else if (code == SQLITE_DONE) {
        wck_fail(err, WCK_E_NOT_FOUND, "could not find snapshot %lld in the store", (long long)id);
        wck_fail_hint(err, "\"wsusck snapshot list\" shows what is there.");
        status = WCK_E_NOT_FOUND;
    } else
        status = wck_sqlite_fail(store, err, "read");
    sqlite3_reset(stmt);
    return status;
}

typedef struct listing {
    wck_arena *arena;
    WCK_VEC(wck_snapshot_info) rows;
} listing;

/* Text of a column in the arena; NULL for SQL NULL. *ok: false when memory is short. */
static const char *column_text(listing *l, sqlite3_stmt *stmt, int column, bool *ok)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    char *copy;

    if (text == NULL)
        return NULL;
    copy = wck_arena_strdup(l->arena, (const char *)text);
    *ok = *ok && copy != NULL;
    return copy;
}

static wck_status add_listed(wck_store *store, listing *l, sqlite3_stmt *stmt, wck_error *err)
{
    wck_snapshot_info *info = wck_vec_push(&l->rows);
    const char *guid = (const char *)sqlite3_column_text(stmt, 4), *mode;
    bool ok = info != NULL, sound;
    wck_status status;
    int64_t sum = 0;

    if (!ok)
        return wck_fail_memory(err, "reading the store");
    info->id = sqlite3_column_int64(stmt, 0);
    sound = guid == NULL || wck_guid_parse(&info->server_id, guid);
    info->server = column_text(l, stmt, 1, &ok);
    info->parent = column_text(l, stmt, 2, &ok);
    mode = (const char *)sqlite3_column_text(stmt, 3);
    sound = sound && info->server != NULL && mode != NULL && wck_mode_parse(&info->mode, mode) &&
            sqlite3_column_bytes(stmt, 5) == WCK_DIGEST_SIZE;
    if (sound)
        memcpy(info->digest.bytes, sqlite3_column_blob(stmt, 5), WCK_DIGEST_SIZE);
    info->collected_at = sqlite3_column_type(stmt, 6) == SQLITE_NULL ? WCK_TIME_NONE : sqlite3_column_int64(stmt, 6);
    info->stored_at = sqlite3_column_int64(stmt, 7);
    info->updates = (size_t)sqlite3_column_int64(stmt, 8);
    info->approvals = (size_t)sqlite3_column_int64(stmt, 9);
    info->declined = (size_t)sqlite3_column_int64(stmt, 10);
    status = !ok ? wck_fail_memory(err, "reading the store") : sound ? sum_info(info, &sum, err) : WCK_OK;
    if (status == WCK_OK && (!sound || sum != sqlite3_column_int64(stmt, 11)))
        return wck_sqlite_damaged(store, err, "the entry of a snapshot is not what was written");
    return status;
}

static wck_status gather(wck_store *store, const char *server, listing *l, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_LIST, err);
    wck_status status = WCK_OK;
    int code = SQLITE_DONE;

    if (stmt == NULL)
        return WCK_E_STORE;
    if (server != NULL)
        sqlite3_bind_text(stmt, 1, server, -1, SQLITE_STATIC);
    while (status == WCK_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW)
        status = add_listed(store, l, stmt, err);
    if (status == WCK_OK && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    sqlite3_reset(stmt);
    return status;
}

/* Rows are copied first, so that fn may use the store. */
wck_status wck_store_list(wck_store *store, const char *server, wck_snapshot_fn *fn, void *payload, wck_error *err)
{
    listing l = {.arena = wck_arena_new()};
    wck_status status;

    if (l.arena == NULL)
        return wck_fail_memory(err, "reading the store");
    pthread_mutex_lock(&store->lock);
    status = gather(store, server, &l, err);
    pthread_mutex_unlock(&store->lock);
    for (size_t i = 0; i < l.rows.n && status == WCK_OK; i++)
        status = fn(&l.rows.items[i], payload, err);
    wck_vec_clear(&l.rows);
    wck_arena_free(l.arena);
    return status;
}

typedef struct newest {
    wck_latest_fn *fn;
    void *payload;
    char *server; /* copy; NULL before the first */
    wck_snapshot_id now, before;
} newest;

static wck_status tell_newest(const newest *n, wck_error *err)
{
    return n->server != NULL ? n->fn(n->server, n->now, n->before, n->payload, err) : WCK_OK;
}

/* Rows come by server, oldest first. */
static wck_status take_newest(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    newest *n = payload;
    wck_status status = WCK_OK;

    if (n->server == NULL || strcmp(n->server, info->server) != 0) {
        status = tell_newest(n, err);
        free(n->server);
        n->server = strdup(info->server);
        n->now = 0;
        if (status == WCK_OK && n->server == NULL)
            status = wck_fail_memory(err, "reading the store");
    }
    n->before = n->now;
    n->now = info->id;
    return status;
}

wck_status wck_store_latest(wck_store *store, wck_latest_fn *fn, void *payload, wck_error *err)
{
    newest n = {.fn = fn, .payload = payload};
    wck_status status = wck_store_list(store, NULL, take_newest, &n, err);

    if (status == WCK_OK)
        status = tell_newest(&n, err);
    free(n.server);
    return status;
}
