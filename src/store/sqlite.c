/* SPDX-License-Identifier: MIT
 * sqlite.c: statements, transactions and errors of SQLite. */
#include "store/sqlite.h"

#include "base/quote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const sql[Q_SQLITE_COUNT] = {
    [Q_CHUNK_HAS] = "SELECT id FROM chunk WHERE digest = ?1",
    [Q_CHUNK_ADD] = "INSERT INTO chunk (digest, sum, data, places) VALUES (?1, ?2, ?3, ?4)",
    [Q_CHUNK_GET] = "SELECT sum, data, places FROM chunk WHERE digest = ?1",
    [Q_CHUNK_AT] = "SELECT sum, data, places, digest FROM chunk WHERE id = ?1",
    [Q_CHUNK_DROP] = "DELETE FROM chunk WHERE digest = ?1",
    [Q_CHUNK_ALL] = "SELECT sum, data, digest FROM chunk",
    [Q_SNAP_FIND] = "SELECT id FROM snapshot WHERE server = ?1 AND collected_at IS ?2 AND digest = ?3 "
                    "ORDER BY id LIMIT 1",
    [Q_SNAP_NEXT] = "SELECT coalesce((SELECT seq + 1 FROM sqlite_sequence WHERE name = 'snapshot'), 1)",
    [Q_SNAP_ADD] = "INSERT INTO snapshot (id, server, parent, mode, server_id, digest, collected_at, stored_at, updates, "
                   "approvals, declined, sum, manifest) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [Q_SNAP_GET] = "SELECT id, server, parent, mode, server_id, digest, collected_at, stored_at, updates, approvals, "
                   "declined, sum, manifest FROM snapshot WHERE id = ?1",
    [Q_SNAP_LIST] = "SELECT id, server, parent, mode, server_id, digest, collected_at, stored_at, updates, approvals, "
                    "declined, sum FROM snapshot ORDER BY server, collected_at, id",
    [Q_SNAP_REMOVE] = "DELETE FROM snapshot WHERE id = ?1",
    [Q_MANIFESTS] = "SELECT id, manifest FROM snapshot",
    [Q_META_GET] = "SELECT sum, value FROM meta WHERE key = ?1",
    [Q_META_PUT] = "INSERT INTO meta (key, sum, value) VALUES (?1, ?2, ?3) "
                   "ON CONFLICT (key) DO UPDATE SET sum = ?2, value = ?3",
    [Q_META_ALL] = "SELECT sum, value, key FROM meta WHERE key <> 'wsusck.tally'",
    [Q_DOC_GET] = "SELECT sum, data FROM document WHERE update_id = ?1 AND revision = ?2",
    [Q_DOC_PUT] = "INSERT INTO document (update_id, revision, sum, data) VALUES (?1, ?2, ?3, ?4) "
                  "ON CONFLICT DO NOTHING",
    [Q_DOC_ALL] = "SELECT sum, data, update_id || ' ' || revision FROM document",
    [Q_ROLLBACK] = "ROLLBACK",
};

/* ---- errors ---- */

/* What the system said, 0 when that is not known. SQLite forgets it when a COMMIT fails; then errno is asked, whose
 * other values are left over from looking for files that need not be there. */
static int system_reason(const wck_sqlite *db, int code, int last)
{
    if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN)
        return 0;
    if (sqlite3_system_errno(db->db) != 0)
        return sqlite3_system_errno(db->db);
    return last == EFBIG || last == EDQUOT || last == ENOSPC || last == EIO || last == EROFS ? last : 0;
}

wck_status wck_sqlite_fail(wck_sqlite *db, wck_error *err, const char *doing)
{
    char reason[200];
    int last = errno, code = sqlite3_errcode(db->db), os = system_reason(db, code, last);

    if (code == SQLITE_NOMEM)
        return wck_fail_memory(err, "using the store");
    wck_fail(err, WCK_E_STORE, "could not %s store \"%s\": %s%s%s%s", doing, db->base.shown,
             wck_quote_short(reason, sizeof reason, sqlite3_errmsg(db->db), 160), os != 0 ? " (" : "",
             os != 0 ? strerror(os) : "", os != 0 ? ")" : "");
    if (os == EFBIG || os == EDQUOT)
        code = SQLITE_FULL;
    switch (code) {
    case SQLITE_BUSY:
        return wck_fail_hint(err, "Another wsusck is writing to it; try again when it is done.");
    case SQLITE_NOTADB:
        return wck_fail_hint(err, "It is no database of ours; name another one with --store sqlite:PATH.");
    case SQLITE_CORRUPT:
        return wck_fail_hint(err, "It is damaged; restore it from a backup, or collect into a new one.");
    case SQLITE_FULL:
        return wck_fail_hint(err, "Free some space; what was stored before is intact.");
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return wck_fail_hint(err, "The file and its directory must be writable: SQLite keeps a log beside it.");
    default:
        return WCK_E_STORE;
    }
}

/* What the statement was for, as an error says it. */
static const char *purpose(int which)
{
    switch (which) {
    case Q_SNAP_ADD:
    case Q_SNAP_REMOVE:
    case Q_META_PUT:
    case Q_DOC_PUT:
        return "write to";
    case Q_CHUNK_ALL:
        return "verify";
    default:
        return "read";
    }
}

/* ---- statements ---- */

sqlite3_stmt *wck_sqlite_query(wck_sqlite *db, int which, wck_error *err)
{
    sqlite3_stmt **stmt = &db->query[which].stmt;

    if (*stmt == NULL &&
        sqlite3_prepare_v3(db->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL) != SQLITE_OK) {
        wck_sqlite_fail(db, err, "use");
        return NULL;
    }
    sqlite3_reset(*stmt);
    sqlite3_clear_bindings(*stmt);
    return *stmt;
}

wck_status wck_sqlite_unprepared(const wck_sqlite *db)
{
    return sqlite3_errcode(db->db) == SQLITE_NOMEM ? WCK_E_MEMORY : WCK_E_STORE;
}

static wck_status query(wck_stmt **out, wck_db *base, wck_query which, wck_error *err)
{
    wck_sqlite *db = (wck_sqlite *)base;

    *out = NULL;
    if (wck_sqlite_query(db, (int)which, err) == NULL)
        return wck_sqlite_unprepared(db);
    *out = &db->query[which].base;
    return WCK_OK;
}

static sqlite3_stmt *of(wck_stmt *stmt)
{
    return ((sqlite_stmt *)stmt)->stmt;
}

static void bind_int(wck_stmt *stmt, int at, int64_t value)
{
    sqlite3_bind_int64(of(stmt), at, value);
}

static void bind_text(wck_stmt *stmt, int at, const char *text)
{
    sqlite3_bind_text(of(stmt), at, text, -1, SQLITE_STATIC);
}

static void bind_blob(wck_stmt *stmt, int at, const void *data, size_t len)
{
    sqlite3_bind_blob64(of(stmt), at, data, len, SQLITE_STATIC);
}

static wck_status step(wck_stmt *stmt, bool *row, wck_error *err)
{
    int code = sqlite3_step(of(stmt));

    *row = code == SQLITE_ROW;
    return *row || code == SQLITE_DONE
               ? WCK_OK
               : wck_sqlite_fail((wck_sqlite *)stmt->db, err, purpose(((sqlite_stmt *)stmt)->which));
}

static bool is_null(wck_stmt *stmt, int column)
{
    return sqlite3_column_type(of(stmt), column) == SQLITE_NULL;
}

static int64_t get_int(wck_stmt *stmt, int column)
{
    return sqlite3_column_int64(of(stmt), column);
}

static bool get_text(const char **out, wck_stmt *stmt, int column)
{
    *out = (const char *)sqlite3_column_text(of(stmt), column);
    return *out != NULL || is_null(stmt, column);
}

static bool get_blob(const void **out, size_t *len, wck_stmt *stmt, int column)
{
    *out = sqlite3_column_blob(of(stmt), column);
    *len = (size_t)sqlite3_column_bytes(of(stmt), column);
    return *out != NULL || sqlite3_errcode(((wck_sqlite *)stmt->db)->db) != SQLITE_NOMEM;
}

static void reset(wck_stmt *stmt)
{
    sqlite3_reset(of(stmt));
}

/* ---- transactions ---- */

wck_status wck_sqlite_exec(wck_sqlite *db, const char *text, wck_error *err)
{
    errno = 0;
    return sqlite3_exec(db->db, text, NULL, NULL, NULL) == SQLITE_OK ? WCK_OK : wck_sqlite_fail(db, err, "use");
}

static bool in_transaction(const wck_db *db)
{
    return sqlite3_get_autocommit(((const wck_sqlite *)db)->db) == 0;
}

/* Prepared when the store was opened, as it must not fail when memory is short: an open transaction would swallow all
 * that is written later. SQLite has ended it already after some errors. */
void wck_sqlite_roll_back(wck_db *base)
{
    sqlite3_stmt *stmt = ((wck_sqlite *)base)->query[Q_ROLLBACK].stmt;

    if (stmt == NULL || !in_transaction(base))
        return;
    sqlite3_step(stmt);
    sqlite3_reset(stmt);
}

static wck_status begin_read(wck_db *db, wck_error *err)
{
    return wck_sqlite_exec((wck_sqlite *)db, "BEGIN", err);
}

static wck_status begin_write(wck_db *base, wck_write kind, wck_error *err)
{
    wck_sqlite *db = (wck_sqlite *)base;
    bool relaxed = kind == WCK_WRITE_CACHE;
    wck_status status = WCK_OK;

    if (db->relaxed != relaxed)
        status = wck_sqlite_exec(db, relaxed ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL", err);
    if (status != WCK_OK)
        return status;
    db->relaxed = relaxed;
    return wck_sqlite_exec(db, "BEGIN IMMEDIATE", err);
}

wck_status wck_sqlite_commit(wck_db *db, wck_error *err)
{
    return wck_sqlite_exec((wck_sqlite *)db, "COMMIT", err);
}

static wck_status check_pages(wck_db *base, wck_error *err)
{
    wck_sqlite *db = (wck_sqlite *)base;
    sqlite3_stmt *stmt = NULL;
    const char *text;
    wck_status status = WCK_OK;

    if (sqlite3_prepare_v2(db->db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        status = wck_sqlite_fail(db, err, "verify");
    else if ((text = (const char *)sqlite3_column_text(stmt, 0)) == NULL || strcmp(text, "ok") != 0)
        status = wck_db_damaged(base, err, "its pages do not pass SQLite's integrity check");
    sqlite3_finalize(stmt);
    return status;
}

void wck_sqlite_close(wck_db *base)
{
    wck_sqlite *db = (wck_sqlite *)base;

    for (int i = 0; i < Q_SQLITE_COUNT; i++)
        sqlite3_finalize(db->query[i].stmt);
    sqlite3_close(db->db);
    free(db->path);
    free(db);
}

const wck_db_ops wck_sqlite_ops = {
    .close = wck_sqlite_close,
    .begin_read = begin_read,
    .begin_write = begin_write,
    .commit = wck_sqlite_commit,
    .roll_back = wck_sqlite_roll_back,
    .in_transaction = in_transaction,
    .query = query,
    .bind_int = bind_int,
    .bind_text = bind_text,
    .bind_blob = bind_blob,
    .step = step,
    .is_null = is_null,
    .get_int = get_int,
    .get_text = get_text,
    .get_blob = get_blob,
    .reset = reset,
    .fetch = wck_sqlite_fetch,
    .sink_begin = wck_sqlite_sink_begin,
    .sink_end = wck_sqlite_sink_end,
    .known = wck_sqlite_known,
    .drop = wck_sqlite_drop,
    .check_pages = check_pages,
};
