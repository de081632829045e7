/* SPDX-License-Identifier: MIT
 * sqlite_migrate.c: a database is ours, empty, older or newer; or another program's, which is left as it is. */
#include "store/sqlite.h"

#include "base/embedded.h"

static wck_status number(wck_sqlite *db, const char *sql, int64_t *out, wck_error *err)
{
    sqlite3_stmt *stmt = NULL;
    wck_status status = WCK_OK;

    *out = 0;
    if (sqlite3_prepare_v2(db->db, sql, -1, &stmt, NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW)
        status = wck_sqlite_fail(db, err, "open");
    else
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return status;
}

/* Schema files are named by the version they lead to (0001_init.sql …), in order. */
static wck_status apply(wck_sqlite *db, int64_t from, wck_error *err)
{
    wck_status status = WCK_OK;
    char sql[96];
    int64_t version = 0;

    for (const wck_embedded *file = wck_embedded_sql; status == WCK_OK && file->name != NULL; file++)
        if (++version > from)
            status = wck_sqlite_exec(db, (const char *)file->data, err);
    sqlite3_snprintf((int)sizeof sql, sql, "PRAGMA application_id=%d; PRAGMA user_version=%d",
                     WCK_SQLITE_APPLICATION_ID, WCK_SQLITE_SCHEMA);
    return status == WCK_OK ? wck_sqlite_exec(db, sql, err) : status;
}

/* SQLite does not wait here when another wsusck does the same at this moment. */
static wck_status to_wal(wck_sqlite *db, wck_error *err)
{
    enum { STEP = 20, LONGEST = 10000 }; /* milliseconds, as long as for any other lock */
    wck_status status = wck_sqlite_exec(db, "PRAGMA journal_mode=WAL", err);

    for (int waited = 0; status != WCK_OK && sqlite3_errcode(db->db) == SQLITE_BUSY && waited < LONGEST;
         waited += STEP) {
        sqlite3_sleep(STEP);
        status = wck_sqlite_exec(db, "PRAGMA journal_mode=WAL", err);
    }
    return status;
}

static wck_status bring_up(wck_sqlite *db, wck_error *err)
{
    int64_t version;
    wck_status status;

    /* both need to stand outside a transaction, and do nothing to a database that has pages already */
    status = wck_sqlite_exec(db, "PRAGMA page_size=8192", err);
    if (status == WCK_OK && !db->network)
        status = to_wal(db, err);
    if (status == WCK_OK)
        status = wck_sqlite_exec(db, "PRAGMA synchronous=FULL; BEGIN IMMEDIATE", err);
    if (status != WCK_OK)
        return status;
    status = number(db, "PRAGMA user_version", &version, err); /* another wsusck may have been faster */
    if (status == WCK_OK && version < WCK_SQLITE_SCHEMA)
        status = apply(db, version, err);
    if (status == WCK_OK)
        return wck_sqlite_commit(&db->base, err);
    wck_sqlite_roll_back(&db->base);
    return status;
}

typedef struct marks {
    int64_t application, version, tables;
} marks;

/* Of one state: another wsusck may be making the store just now. */
static wck_status get_marks(wck_sqlite *db, marks *out, wck_error *err)
{
    wck_status status = wck_sqlite_exec(db, "BEGIN", err);

    if (status != WCK_OK)
        return status;
    status = number(db, "PRAGMA application_id", &out->application, err);
    if (status == WCK_OK)
        status = number(db, "PRAGMA user_version", &out->version, err);
    if (status == WCK_OK)
        status = number(db, "SELECT count(*) FROM sqlite_schema", &out->tables, err);
    wck_sqlite_roll_back(&db->base); /* nothing was written */
    return status;
}

/* Snapshots of schema 1 are cut and named in another way (WCK_CANON_VERSION 1), and no release wrote them: the store
 * goes on when it holds none. */
static wck_status refuse_old_snapshots(wck_sqlite *db, int64_t version, wck_error *err)
{
    int64_t snapshots = 0;
    wck_status status = version == 1 ? number(db, "SELECT count(*) FROM snapshot", &snapshots, err) : WCK_OK;

    if (status != WCK_OK || snapshots == 0)
        return status;
    wck_fail(err, WCK_E_STORE, "could not open store \"%s\": its snapshots are of a form before version 0.1.0",
             db->base.shown);
    return wck_fail_hint(err, "Move it away, and collect or import into a new one; this one was not touched.");
}

wck_status wck_sqlite_migrate(wck_sqlite *db, bool read_only, wck_error *err)
{
    marks found = {0};
    wck_status status = get_marks(db, &found, err);

    if (status != WCK_OK)
        return status;
    if (found.application == 0 && found.version == 0 && found.tables == 0) {
        if (!read_only)
            return bring_up(db, err);
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": it is empty", db->base.shown);
        return wck_fail_hint(err, "Run \"wsusck collect\" or \"wsusck import FILE\" first.");
    }
    if (found.application != WCK_SQLITE_APPLICATION_ID || found.version < 1) {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": it is another program's database", db->base.shown);
        return wck_fail_hint(err, "Name another file with --store sqlite:PATH; this one was not touched.");
    }
    if (found.version > WCK_SQLITE_SCHEMA) {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": it was made by a newer wsusck (schema %lld)",
                 db->base.shown, (long long)found.version);
        return wck_fail_hint(err, "Use that version; this one reads schema %d.", WCK_SQLITE_SCHEMA);
    }
    status = refuse_old_snapshots(db, found.version, err);
    if (status != WCK_OK)
        return status;
    if (found.version < WCK_SQLITE_SCHEMA && read_only) {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": it is of an older schema (%lld)", db->base.shown,
                 (long long)found.version);
        return wck_fail_hint(err, "Run \"wsusck collect\" once with write access to it.");
    }
    return found.version < WCK_SQLITE_SCHEMA ? bring_up(db, err) : WCK_OK;
}
