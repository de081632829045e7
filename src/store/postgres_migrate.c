/* SPDX-License-Identifier: MIT
 * postgres_migrate.c: the schema wsusck of a database is ours, not there yet, older or newer; or another program's, which
 * is left as it is. */
#include "store/postgres.h"

#include "base/embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct marks {
    long long schema;  /* is there a schema of this name? */
    long long objects; /* relations in it */
    long long marked;  /* columns of wsusck.store that we know */
    long long application, version;
} marks;

/* The numbers of a statement's only row, as text. */
static wck_status numbers(wck_postgres *db, const char *sql, long long *out, int n, wck_error *err)
{
    PGresult *result = PQexec(db->conn, sql);

    for (int i = 0; i < n; i++)
        out[i] = 0;
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return wck_postgres_fail(db, result, err, "open");
    for (int i = 0; i < n && PQntuples(result) == 1; i++)
        out[i] = strtoll(PQgetvalue(result, 0, i), NULL, 10);
    PQclear(result);
    return WCK_OK;
}

/* The look at a store that is as it should be: the catalog costs a young session more than all the rest. */
static bool is_current(wck_postgres *db)
{
    PGresult *result;
    bool current;
    char sql[120];

    snprintf(sql, sizeof sql, "SELECT application = %d AND version = %d FROM wsusck.store", WCK_POSTGRES_APPLICATION,
             WCK_POSTGRES_SCHEMA);
    result = PQexec(db->conn, sql);
    current = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
                   strcmp(PQgetvalue(result, 0, 0), "t") == 0;

    PQclear(result);
    return current;
}

static wck_status get_marks(wck_postgres *db, marks *out, wck_error *err)
{
    static const char schema[] =
        "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = 'wsusck'), "
        "(SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'wsusck'), "
        "(SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n "
        "ON n.oid = c.relnamespace WHERE n.nspname = 'wsusck' AND c.relname = 'store' AND c.relkind = 'r' "
        "AND a.attname IN ('application', 'version') AND a.atttypid = 'int8'::regtype)";
    long long found[3], mark[2] = {0, 0};
    wck_status status = numbers(db, schema, found, 3, err);

    if (status == WCK_OK && found[2] == 2)
        status = numbers(db, "SELECT application, version FROM wsusck.store", mark, 2, err);
    *out = (marks){found[0], found[1], found[2], mark[0], mark[1]};
    return status;
}

static wck_status apply(wck_postgres *db, const marks *found, wck_error *err)
{
    wck_status status = WCK_OK;
    long long version = 0;
    char sql[160];

    if (found->schema == 0)
        status = wck_postgres_exec(db, "CREATE SCHEMA wsusck", "create", err);
    for (const wck_embedded *file = wck_embedded_postgres; status == WCK_OK && file->name != NULL; file++)
        if (++version > found->version)
            status = wck_postgres_exec(db, (const char *)file->data, "create", err);
    snprintf(sql, sizeof sql,
             "DELETE FROM wsusck.store; INSERT INTO wsusck.store (application, version) VALUES (%d, %d)",
             WCK_POSTGRES_APPLICATION, WCK_POSTGRES_SCHEMA);
    return status == WCK_OK ? wck_postgres_exec(db, sql, "create", err) : status;
}

static wck_status bring_up(wck_postgres *db, wck_error *err)
{
    marks found;
    wck_status status = wck_postgres_lock(
        db, WCK_POSTGRES_BEGIN "; SELECT " WCK_POSTGRES_LOCK_CONTENT "; SELECT " WCK_POSTGRES_LOCK_ROWS, "ROLLBACK",
        "create", err);

    if (status == WCK_OK)
        status = get_marks(db, &found, err); /* another wsusck may have been faster */
    if (status == WCK_OK && found.version < WCK_POSTGRES_SCHEMA)
        status = apply(db, &found, err);
    if (status == WCK_OK)
        status = wck_postgres_commit(&db->base, err);
    if (status != WCK_OK)
        wck_postgres_roll_back(&db->base);
    return status;
}

static wck_status missing(wck_postgres *db, wck_error *err)
{
    if (!db->read_only)
        return bring_up(db, err);
    wck_fail(err, WCK_E_NOT_FOUND, "could not open store \"%s\": it is empty", db->base.shown);
    return wck_fail_hint(err, "Run \"wsusck collect\" or \"wsusck import FILE\" first.");
}

wck_status wck_postgres_migrate(wck_postgres *db, wck_error *err)
{
    marks found;
    wck_status status;

    if (is_current(db))
        return WCK_OK;
    status = get_marks(db, &found, err);
    if (status != WCK_OK)
        return status;
    if (found.objects == 0)
        return missing(db, err);
    if (found.application != WCK_POSTGRES_APPLICATION || found.version < 1) {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": its schema \"wsusck\" is another program's",
                 db->base.shown);
        return wck_fail_hint(err, "Name another database; this one was not touched.");
    }
    if (found.version > WCK_POSTGRES_SCHEMA) {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": it was made by a newer wsusck (schema %lld)",
                 db->base.shown, found.version);
        return wck_fail_hint(err, "Use that version; this one reads schema %d.", WCK_POSTGRES_SCHEMA);
    }
    if (found.version < WCK_POSTGRES_SCHEMA && db->read_only) {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": it is of an older schema (%lld)", db->base.shown,
                 found.version);
        return wck_fail_hint(err, "Run \"wsusck store migrate\" once.");
    }
    return found.version < WCK_POSTGRES_SCHEMA ? bring_up(db, err) : WCK_OK;
}
