/* SPDX-License-Identifier: MIT
 * migrate.c: a database is ours, empty, older or newer; only the first two are touched without question. */
#include "store/sqlite.h"

#include "base/embedded.h"

#include <string.h>

static wck_status pragma(wck_store *store, const char *sql, int64_t *out, wck_error *err)
{
    sqlite3_stmt *stmt = NULL;
    wck_status status = WCK_OK;

    *out = 0;
    if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW)
        status = wck_sqlite_fail(store, err, "open");
    else
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return status;
}

static wck_status create(wck_store *store, wck_error *err)
{
    wck_status status;
    char sql[160];

    /* outside a transaction, before anything is written */
    status = wck_sqlite_exec(store, "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", err);
    if (status == WCK_OK)
        status = wck_sqlite_exec(store, "BEGIN IMMEDIATE", err);
    for (const wck_embedded *file = wck_embedded_sql; status == WCK_OK && file->name != NULL; file++)
        status = wck_sqlite_exec(store, (const char *)file->data, err);
    sqlite3_snprintf((int)sizeof sql, sql, "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
                     WCK_SQLITE_APPLICATION_ID, WCK_SQLITE_SCHEMA);
    if (status == WCK_OK)
        status = wck_sqlite_exec(store, sql, err);
    if (status != WCK_OK)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

wck_status wck_sqlite_migrate(wck_store *store, bool read_only, wck_error *err)
{
    int64_t application, version, tables;
    wck_status status = pragma(store, "PRAGMA application_id", &application, err);

    if (status == WCK_OK)
        status = pragma(store, "PRAGMA user_version", &version, err);
    if (status == WCK_OK)
        status = pragma(store, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (status != WCK_OK)
        return status;
    if (application == 0 && version == 0 && tables == 0) {
        if (read_only) {
            wck_fail(err, WCK_E_STORE, "could not open store \"%s\": it is empty", store->path);
            return wck_fail_hint(err, "Run \"wsusck collect\" or \"wsusck import FILE\" first.");
        }
        return create(store, err);
    }
    if (application != WCK_SQLITE_APPLICATION_ID) {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": it is another program's database", store->path);
        return wck_fail_hint(err, "Name another file with --store sqlite:PATH; this one was not touched.");
    }
    if (version > WCK_SQLITE_SCHEMA) {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": it was made by a newer wsusck (schema %lld)",
                 store->path, (long long)version);
        return wck_fail_hint(err, "Use that version; this one reads schema %d.", WCK_SQLITE_SCHEMA);
    }
    return WCK_OK;
}
