/* SPDX-License-Identifier: MIT
 * store_sqlite.c: put, list, remove, named values and documents in one SQLite file.
 *
 * put is one transaction: chunks that are not there yet, then the snapshot row last, so a reader sees a snapshot only
 * when it is complete. */
#include "store/sqlite.h"

#include "base/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char *const sql[Q_COUNT] = {
    [Q_CHUNK_HAS] = "SELECT 1 FROM chunk WHERE digest = ?1",
    [Q_CHUNK_ADD] = "INSERT INTO chunk (digest, data) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    [Q_CHUNK_GET] = "SELECT data FROM chunk WHERE digest = ?1",
    [Q_SNAP_FIND] = "SELECT id FROM snapshot WHERE server = ?1 AND digest = ?2 AND collected_at IS ?3 "
                    "AND parent IS ?4 ORDER BY id LIMIT 1",
    [Q_SNAP_ADD] = "INSERT INTO snapshot (server, parent, mode, server_id, digest, collected_at, stored_at, updates, "
                   "approvals, declined, manifest) VALUES (?1, ?4, ?5, ?6, ?2, ?3, ?7, ?8, ?9, ?10, ?11)",
    [Q_SNAP_GET] = "SELECT manifest FROM snapshot WHERE id = ?1",
    [Q_LIST_ALL] = "SELECT id, server, parent, mode, server_id, digest, collected_at, stored_at, updates, approvals, "
                   "declined FROM snapshot ORDER BY server, collected_at, id",
    [Q_LIST_SERVER] = "SELECT id, server, parent, mode, server_id, digest, collected_at, stored_at, updates, "
                      "approvals, declined FROM snapshot WHERE server = ?1 ORDER BY collected_at, id",
    [Q_LATEST] = "SELECT id, server FROM snapshot ORDER BY server, collected_at DESC, id DESC",
    [Q_SNAP_REMOVE] = "DELETE FROM snapshot WHERE id = ?1",
    [Q_MANIFESTS] = "SELECT manifest FROM snapshot",
    [Q_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [Q_META_PUT] = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
    [Q_DOC_GET] = "SELECT data FROM document WHERE update_id = ?1 AND revision = ?2",
    [Q_DOC_PUT] = "INSERT INTO document (update_id, revision, data) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
};

wck_status wck_sqlite_fail(wck_store *store, wck_error *err, const char *doing)
{
    int code = sqlite3_errcode(store->db);

    wck_fail(err, WCK_E_STORE, "could not %s store \"%s\": %s", doing, store->path, sqlite3_errmsg(store->db));
    if (code == SQLITE_BUSY)
        wck_fail_hint(err, "Another wsusck is writing to it; try again when it is done.");
    else if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        wck_fail_hint(err, "It is no SQLite database or is damaged; name another one with --store sqlite:PATH.");
    return WCK_E_STORE;
}

sqlite3_stmt *wck_sqlite_query(wck_store *store, int which, wck_error *err)
{
    sqlite3_stmt **stmt = &store->query[which];

    if (*stmt == NULL &&
        sqlite3_prepare_v3(store->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL) != SQLITE_OK) {
        wck_sqlite_fail(store, err, "read");
        return NULL;
    }
    sqlite3_reset(*stmt);
    sqlite3_clear_bindings(*stmt);
    return *stmt;
}

wck_status wck_sqlite_exec(wck_store *store, const char *text, wck_error *err)
{
    return sqlite3_exec(store->db, text, NULL, NULL, NULL) == SQLITE_OK ? WCK_OK : wck_sqlite_fail(store, err, "write");
}

/* ---- open and close ---- */

/* WAL needs shared memory, which network file systems do not give reliably. */
static bool on_network(const char *path)
{
    struct statfs fs;

    if (statfs(path, &fs) != 0)
        return false;
    switch ((unsigned long)fs.f_type) {
    case 0x6969:     /* NFS */
    case 0xff534d42: /* CIFS */
    case 0xfe534d42: /* SMB2 */
    case 0x517b:     /* SMB */
        return true;
    default:
        return false;
    }
}

static wck_status open_file(wck_store *store, const wck_store_options *options, wck_error *err)
{
    bool memory = strcmp(store->path, ":memory:") == 0;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_PRIVATECACHE;

    if (!memory && access(store->path, F_OK) != 0) {
        int fd;
        if (options->read_only) {
            wck_fail(err, WCK_E_STORE, "could not open store \"%s\": there is none", store->path);
            return wck_fail_hint(err, "Run \"wsusck collect\" or \"wsusck import FILE\" first.");
        }
        fd = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* what servers hold is confidential */
        if (fd < 0)
            return wck_fail(err, WCK_E_STORE, "could not create store \"%s\": %s", store->path, strerror(errno));
        close(fd);
    }
    if (memory)
        flags |= SQLITE_OPEN_MEMORY | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
        return wck_sqlite_fail(store, err, "open");
    return WCK_OK;
}

static wck_status configure(wck_store *store, wck_error *err)
{
    sqlite3_busy_timeout(store->db, 10000);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    return wck_sqlite_exec(store,
                           "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON; "
                           "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192",
                           err);
}

wck_status wck_store_open(wck_store **out, const char *uri, const wck_store_options *options, wck_error *err)
{
    wck_store *store;
    wck_status status;
    char shown[120];

    *out = NULL;
    if (strncmp(uri, "sqlite:", 7) != 0 || uri[7] == '\0') {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": not a kind that this version knows",
                 wck_quote_short(shown, sizeof shown, uri, 80));
        return wck_fail_hint(err, "Use sqlite:PATH.");
    }
    store = calloc(1, sizeof *store);
    if (store == NULL || (store->path = strdup(uri + 7)) == NULL) {
        free(store);
        return wck_fail_memory(err, "opening the store");
    }
    pthread_mutex_init(&store->lock, NULL);
    status = open_file(store, options, err);
    if (status == WCK_OK)
        status = wck_sqlite_migrate(store, options->read_only, err);
    if (status == WCK_OK)
        status = configure(store, err);
    if (status == WCK_OK && on_network(store->path))
        status = wck_sqlite_exec(store, "PRAGMA journal_mode=DELETE", err);
    if (status != WCK_OK) {
        wck_store_close(store);
        return status;
    }
    *out = store;
    return WCK_OK;
}

void wck_store_close(wck_store *store)
{
    if (store == NULL)
        return;
    wck_sqlite_forget(store);
    for (int i = 0; i < Q_COUNT; i++)
        sqlite3_finalize(store->query[i]);
    sqlite3_close(store->db);
    pthread_mutex_destroy(&store->lock);
    free(store->path);
    free(store);
}

/* ---- put ---- */

static wck_status add_chunk(const wck_digest *digest, const void *data, size_t len, void *payload, wck_error *err)
{
    wck_store *store = payload;
    sqlite3_stmt *has = wck_sqlite_query(store, Q_CHUNK_HAS, err), *add;
    int code;

    if (has == NULL)
        return WCK_E_STORE;
    sqlite3_bind_blob(has, 1, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    code = sqlite3_step(has);
    sqlite3_reset(has);
    if (code == SQLITE_ROW)
        return WCK_OK; /* most chunks of an unchanged server */
    add = wck_sqlite_query(store, Q_CHUNK_ADD, err);
    if (add == NULL)
        return WCK_E_STORE;
    sqlite3_bind_blob(add, 1, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    sqlite3_bind_blob64(add, 2, data, len, SQLITE_STATIC);
    code = sqlite3_step(add);
    sqlite3_reset(add);
    return code == SQLITE_DONE ? WCK_OK : wck_sqlite_fail(store, err, "write");
}

static void bind_time(sqlite3_stmt *stmt, int at, wck_time t)
{
    if (t != WCK_TIME_NONE)
        sqlite3_bind_int64(stmt, at, t);
}

static void bind_identity(sqlite3_stmt *stmt, const wck_snapshot *s, const wck_digest *digest)
{
    sqlite3_bind_text(stmt, 1, s->server.name, -1, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 2, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    bind_time(stmt, 3, s->server.collected_at);
    if (s->server.parent != NULL)
        sqlite3_bind_text(stmt, 4, s->server.parent, -1, SQLITE_STATIC);
}

static wck_status find_same(wck_store *store, const wck_snapshot *s, const wck_digest *digest, wck_snapshot_id *id,
                            wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_FIND, err);
    int code;

    if (stmt == NULL)
        return WCK_E_STORE;
    bind_identity(stmt, s, digest);
    code = sqlite3_step(stmt);
    *id = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    return code == SQLITE_ROW || code == SQLITE_DONE ? WCK_OK : wck_sqlite_fail(store, err, "read");
}

static wck_status add_row(wck_store *store, const wck_snapshot *s, const wck_manifest *m, wck_snapshot_id *id,
                          wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_ADD, err);
    char guid[WCK_GUID_TEXT];
    wck_buf manifest;
    int code;

    if (stmt == NULL)
        return WCK_E_STORE;
    wck_buf_init(&manifest, 1U << 20);
    if (!wck_manifest_put(&manifest, m)) {
        wck_buf_clear(&manifest);
        return wck_fail_memory(err, "storing a snapshot");
    }
    bind_identity(stmt, s, &m->digest);
    sqlite3_bind_text(stmt, 5, wck_mode_name(s->server.mode), -1, SQLITE_STATIC);
    if (!wck_guid_is_zero(s->server.server_id))
        sqlite3_bind_text(stmt, 6, wck_guid_format(guid, s->server.server_id), -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 7, wck_time_now());
    sqlite3_bind_int64(stmt, 8, (sqlite3_int64)m->n_updates);
    sqlite3_bind_int64(stmt, 9, (sqlite3_int64)m->n_approvals);
    sqlite3_bind_int64(stmt, 10, (sqlite3_int64)m->n_declined);
    sqlite3_bind_blob64(stmt, 11, wck_buf_text(&manifest), manifest.len, SQLITE_STATIC);
    code = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    wck_buf_clear(&manifest);
    *id = sqlite3_last_insert_rowid(store->db);
    return code == SQLITE_DONE ? WCK_OK : wck_sqlite_fail(store, err, "write");
}

static wck_status finish(wck_store *store, wck_status status, wck_error *err)
{
    if (status == WCK_OK)
        status = wck_sqlite_exec(store, "COMMIT", err);
    if (status != WCK_OK)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

wck_status wck_store_put(wck_store *store, const wck_snapshot *snapshot, wck_snapshot_id *id, bool *existed,
                         wck_error *err)
{
    wck_manifest m = {0};
    wck_status status;

    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_exec(store, "BEGIN IMMEDIATE", err);
    if (status == WCK_OK) {
        status = wck_manifest_make(&m, snapshot, add_chunk, store, err);
        if (status == WCK_OK)
            status = find_same(store, snapshot, &m.digest, id, err);
        if (existed != NULL)
            *existed = status == WCK_OK && *id != 0;
        if (status == WCK_OK && *id == 0)
            status = add_row(store, snapshot, &m, id, err);
        status = finish(store, status, err);
    }
    pthread_mutex_unlock(&store->lock);
    wck_manifest_clear(&m);
    return status;
}

/* ---- list ---- */

static void column_info(sqlite3_stmt *stmt, wck_snapshot_info *info)
{
    const void *digest = sqlite3_column_blob(stmt, 5);

    memset(info, 0, sizeof *info);
    info->id = sqlite3_column_int64(stmt, 0);
    info->server = (const char *)sqlite3_column_text(stmt, 1);
    info->parent = (const char *)sqlite3_column_text(stmt, 2);
    wck_mode_parse(&info->mode, (const char *)sqlite3_column_text(stmt, 3));
    if (sqlite3_column_type(stmt, 4) == SQLITE_TEXT)
        wck_guid_parse(&info->server_id, (const char *)sqlite3_column_text(stmt, 4));
    if (digest != NULL && sqlite3_column_bytes(stmt, 5) == WCK_DIGEST_SIZE)
        memcpy(info->digest.bytes, digest, WCK_DIGEST_SIZE);
    info->collected_at =
        sqlite3_column_type(stmt, 6) == SQLITE_NULL ? WCK_TIME_NONE : sqlite3_column_int64(stmt, 6);
    info->stored_at = sqlite3_column_int64(stmt, 7);
    info->updates = (size_t)sqlite3_column_int64(stmt, 8);
    info->approvals = (size_t)sqlite3_column_int64(stmt, 9);
    info->declined = (size_t)sqlite3_column_int64(stmt, 10);
}

wck_status wck_store_list(wck_store *store, const char *server, wck_snapshot_fn *fn, void *payload, wck_error *err)
{
    sqlite3_stmt *stmt;
    wck_status status = WCK_OK;
    int code = SQLITE_DONE;

    pthread_mutex_lock(&store->lock);
    stmt = wck_sqlite_query(store, server != NULL ? Q_LIST_SERVER : Q_LIST_ALL, err);
    if (stmt == NULL)
        status = WCK_E_STORE;
    else if (server != NULL)
        sqlite3_bind_text(stmt, 1, server, -1, SQLITE_TRANSIENT);
    while (status == WCK_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        wck_snapshot_info info;
        column_info(stmt, &info);
        status = fn(&info, payload, err);
    }
    if (status == WCK_OK && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    if (stmt != NULL)
        sqlite3_reset(stmt);
    pthread_mutex_unlock(&store->lock);
    return status;
}

typedef struct newest {
    char *server;
    wck_snapshot_id now, before;
} newest;

wck_status wck_store_latest(wck_store *store, wck_latest_fn *fn, void *payload, wck_error *err)
{
    sqlite3_stmt *stmt;
    wck_status status = WCK_OK;
    WCK_VEC(newest) found = {0};
    int code = SQLITE_DONE;

    pthread_mutex_lock(&store->lock);
    stmt = wck_sqlite_query(store, Q_LATEST, err);
    if (stmt == NULL)
        status = WCK_E_STORE;
    while (status == WCK_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *server = (const char *)sqlite3_column_text(stmt, 1);
        newest *last = found.n > 0 ? &found.items[found.n - 1] : NULL;
        if (last != NULL && strcmp(last->server, server) == 0) {
            last->before = last->before != 0 ? last->before : sqlite3_column_int64(stmt, 0);
            continue;
        }
        last = wck_vec_push(&found);
        if (last == NULL || (last->server = strdup(server)) == NULL)
            status = wck_fail_memory(err, "reading the store");
        else
            last->now = sqlite3_column_int64(stmt, 0);
    }
    if (status == WCK_OK && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    if (stmt != NULL)
        sqlite3_reset(stmt);
    pthread_mutex_unlock(&store->lock);
    for (size_t i = 0; i < found.n; i++) {
        if (status == WCK_OK)
            status = fn(found.items[i].server, found.items[i].now, found.items[i].before, payload, err);
        free(found.items[i].server);
    }
    wck_vec_clear(&found);
    return status;
}

/* ---- named values and documents ---- */

wck_status wck_store_meta_get(wck_store *store, const char *key, wck_buf *out, wck_error *err)
{
    sqlite3_stmt *stmt;
    wck_status status = WCK_E_STORE;

    pthread_mutex_lock(&store->lock);
    stmt = wck_sqlite_query(store, Q_META_GET, err);
    if (stmt != NULL) {
        int code;
        sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
        code = sqlite3_step(stmt);
        if (code == SQLITE_ROW)
            status = wck_buf_puts(out, (const char *)sqlite3_column_text(stmt, 0)) ? WCK_OK
                                                                                    : wck_fail_memory(err, "reading");
        else
            status = code == SQLITE_DONE ? wck_fail(err, WCK_E_NOT_FOUND, "could not find \"%s\" in the store", key)
                                         : wck_sqlite_fail(store, err, "read");
        sqlite3_reset(stmt);
    }
    pthread_mutex_unlock(&store->lock);
    return status;
}

wck_status wck_store_meta_put(wck_store *store, const char *key, const char *value, wck_error *err)
{
    sqlite3_stmt *stmt;
    wck_status status = WCK_E_STORE;

    pthread_mutex_lock(&store->lock);
    stmt = wck_sqlite_query(store, Q_META_PUT, err);
    if (stmt != NULL) {
        sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, value, -1, SQLITE_STATIC);
        status = sqlite3_step(stmt) == SQLITE_DONE ? WCK_OK : wck_sqlite_fail(store, err, "write");
        sqlite3_reset(stmt);
    }
    pthread_mutex_unlock(&store->lock);
    return status;
}

static void bind_revision(sqlite3_stmt *stmt, char *guid, wck_guid update, int64_t revision)
{
    sqlite3_bind_text(stmt, 1, wck_guid_format(guid, update), -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, revision);
}

wck_status wck_store_document_get(wck_store *store, wck_guid update, int64_t revision, wck_buf *out, wck_error *err)
{
    sqlite3_stmt *stmt;
    wck_status status = WCK_E_STORE;
    char guid[WCK_GUID_TEXT];

    pthread_mutex_lock(&store->lock);
    stmt = wck_sqlite_query(store, Q_DOC_GET, err);
    if (stmt != NULL) {
        int code;
        bind_revision(stmt, guid, update, revision);
        code = sqlite3_step(stmt);
        if (code == SQLITE_ROW)
            status = wck_buf_put(out, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0))
                         ? WCK_OK
                         : wck_fail_memory(err, "reading the cache");
        else
            status = code == SQLITE_DONE ? wck_fail(err, WCK_E_NOT_FOUND, "could not find a document in the cache")
                                         : wck_sqlite_fail(store, err, "read");
        sqlite3_reset(stmt);
    }
    pthread_mutex_unlock(&store->lock);
    return status;
}

wck_status wck_store_document_put(wck_store *store, wck_guid update, int64_t revision, const void *data, size_t len,
                                  wck_error *err)
{
    sqlite3_stmt *stmt;
    wck_status status = WCK_E_STORE;
    char guid[WCK_GUID_TEXT];

    pthread_mutex_lock(&store->lock);
    stmt = wck_sqlite_query(store, Q_DOC_PUT, err);
    if (stmt != NULL) {
        bind_revision(stmt, guid, update, revision);
        sqlite3_bind_blob64(stmt, 3, data, len, SQLITE_STATIC);
        status = sqlite3_step(stmt) == SQLITE_DONE ? WCK_OK : wck_sqlite_fail(store, err, "write");
        sqlite3_reset(stmt);
    }
    pthread_mutex_unlock(&store->lock);
    return status;
}
