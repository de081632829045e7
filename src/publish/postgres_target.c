/* SPDX-License-Identifier: MIT
 * postgres_target.c: publishing into the schema wsusck_rows of a PostgreSQL database. Rows travel by COPY in
 * text form; nothing of them is ever part of a statement. */
#include "publish/target.h"

#include "base/quote.h"
#include "store/connect.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct postgres {
    wck_target base;
    PGconn *conn;
    const wck_pub_table *table;
    size_t n;     /* columns of a row that is put */
    wck_buf rows; /* not yet sent */
} postgres;

enum { SEND_BYTES = 1 << 16 };

/* ---- errors ---- */

typedef struct advice {
    const char *state; /* SQLSTATE, or its class */
    const char *hint;
} advice;

static const advice advices[] = {
    {"55P03", "Another wsusck is publishing there; try again when it is done."},
    {"40P01", "Another wsusck is publishing there; try again when it is done."},
    {"42501", "The role needs more rights there; docs/publish.md lists them. Nothing was changed."},
    {"25006", "A standby server takes no rows; name the primary. Nothing was changed."},
    {"42P01", "A table of wsusck is missing there; drop the schema wsusck_rows and publish again. Nothing "
              "was changed."},
    {"42703", "A table there is not as wsusck made it; drop the schema wsusck_rows and publish again. "
              "Nothing was changed."},
    {"53", "Give the server what it lacks; what was published before is intact."},
    {"08", "The connection was lost; what was published before is intact."},
    {"57", "The server ended the connection or the statement; what was published before is intact."},
};

static const char *hint_for(const postgres *db, const char *state)
{
    for (size_t i = 0; state != NULL && i < sizeof advices / sizeof *advices; i++)
        if (strncmp(state, advices[i].state, strlen(advices[i].state)) == 0)
            return advices[i].hint;
    return PQstatus(db->conn) != CONNECTION_OK
               ? "The connection was lost; what was published before is intact."
               : NULL;
}

/* result: what failed; cleared. */
static wck_status fail(postgres *db, PGresult *result, wck_error *err)
{
    const char *text = result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *hint = hint_for(db, result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL);
    char reason[260], line[400];
    wck_status status;

    if (text == NULL)
        text = PQerrorMessage(db->conn);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    status = wck_fail(err, WCK_E_STORE, "could not publish to \"%s\": %s", db->base.shown,
                      wck_quote_short(reason, sizeof reason, line, 200));
    if (hint != NULL)
        wck_fail_hint(err, "%s", hint);
    PQclear(result);
    return status;
}

static wck_status exec(wck_target *target, const char *sql, wck_error *err)
{
    postgres *db = (postgres *)target;
    PGresult *result = PQexec(db->conn, sql);
    ExecStatusType code = PQresultStatus(result);

    if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK)
        return fail(db, result, err);
    PQclear(result);
    return WCK_OK;
}

static wck_status each(wck_target *target, const char *sql, wck_values_fn *fn, void *payload, wck_error *err)
{
    enum { MOST = 8 };
    postgres *db = (postgres *)target;
    PGresult *result = PQexec(db->conn, sql);
    wck_status status = WCK_OK;
    const char *values[MOST];

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return fail(db, result, err);
    for (int row = 0; row < PQntuples(result) && status == WCK_OK; row++) {
        for (int i = 0; i < MOST; i++) /* beyond the last column it is NULL */
            values[i] = PQgetisnull(result, row, i) ? NULL : PQgetvalue(result, row, i);
        status = fn(values, payload, err);
    }
    PQclear(result);
    return status;
}

/* ---- what is there ---- */

static wck_status begin(wck_target *target, wck_error *err)
{
    /* these tables are asked as a whole, not by key as a store is; READ COMMITTED: after the wait for the
     * lock what the one before has committed is seen. 3: 1 and 2 are the store's */
    return exec(target,
                "RESET plan_cache_mode; RESET enable_seqscan; RESET enable_hashjoin; RESET enable_mergejoin; "
                "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(2003002219, 3)",
                err);
}

static wck_status take_marks(const char *const *values, void *payload, wck_error *err)
{
    int64_t *out = payload;

    (void)err;
    for (size_t i = 0; i < 3 && values[i] != NULL; i++)
        out[i] = strtoll(values[i], NULL, 10);
    return WCK_OK;
}

static wck_status marks(wck_target *target, wck_marks *out, wck_error *err)
{
    int64_t found[3] = {0}, mark[3] = {0};
    wck_status status = target->ops->each(
        target,
        "SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'wsusck_rows') + (SELECT count(*) FROM pg_proc p JOIN pg_namespace n "
        "ON n.oid = p.pronamespace WHERE n.nspname = 'wsusck_rows'), "
        "(SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n "
        "ON n.oid = c.relnamespace WHERE n.nspname = 'wsusck_rows' AND c.relname = 'publication' AND "
        "c.relkind = 'r' AND a.attname IN ('application', 'version') AND a.atttypid = 'int8'::regtype), 0",
        take_marks, found, err);

    if (status == WCK_OK && found[1] == 2)
        status = target->ops->each(target, "SELECT application, version, 0 FROM wsusck_rows.publication",
                                   take_marks, mark, err);
    *out = (wck_marks){found[0] == 0, mark[0], mark[1]};
    return status;
}

static wck_status mark(wck_target *target, wck_error *err)
{
    int64_t there = 0;
    char sql[260];
    wck_status status = wck_target_number(
        target, "SELECT count(*) FROM pg_namespace WHERE nspname = 'wsusck_rows'", &there, err);

    snprintf(sql, sizeof sql,
             "%sCREATE TABLE wsusck_rows.publication (application bigint NOT NULL, version bigint NOT NULL); "
             "INSERT INTO wsusck_rows.publication VALUES (%d, %d)",
             there == 0 ? "CREATE SCHEMA wsusck_rows; " : "", WCK_ROWS_APPLICATION, WCK_ROWS_VERSION);
    return status == WCK_OK ? exec(target, sql, err) : status;
}

/* ---- rows ---- */

static wck_status put_begin(wck_target *target, const wck_pub_table *table, bool staged, wck_error *err)
{
    postgres *db = (postgres *)target;
    PGresult *result;
    wck_buf sql;

    db->table = table;
    db->n = staged ? wck_pub_table_staged(table) : wck_pub_table_size(table);
    wck_buf_init(&sql, 1U << 14);
    wck_buf_printf(&sql, "COPY %s%s (", staged ? "pg_temp.new_" : "wsusck_rows.", table->name);
    wck_sql_columns(&sql, table, db->n, "");
    wck_buf_puts(&sql, ") FROM STDIN");
    if (sql.failed) {
        wck_buf_clear(&sql);
        return wck_fail_memory(err, "publishing");
    }
    result = PQexec(db->conn, wck_buf_text(&sql));
    wck_buf_clear(&sql);
    if (PQresultStatus(result) != PGRES_COPY_IN)
        return fail(db, result, err);
    PQclear(result);
    wck_buf_reset(&db->rows);
    return WCK_OK;
}

/* COPY's text form: tab and newline end a value and a row, a backslash begins what they may not be. */
static void put_text(wck_buf *out, const char *text)
{
    for (;;) {
        size_t plain = strcspn(text, "\\\t\n\r");
        wck_buf_put(out, text, plain);
        text += plain;
        if (*text == '\0')
            return;
        wck_buf_putc(out, '\\');
        wck_buf_putc(out, *text == '\t' ? 't' : *text == '\n' ? 'n' : *text == '\r' ? 'r' : '\\');
        text++;
    }
}

static void put_cell(wck_buf *out, const wck_pub_cell *cell, wck_pub_cell_type type)
{
    char time[WCK_CELL_TIME_TEXT];

    if (!cell->set)
        wck_buf_puts(out, "\\N");
    else if (cell->text != NULL)
        put_text(out, cell->text);
    else if (type == WCK_CELL_TIME)
        wck_buf_puts(out, wck_pub_cell_time(time, cell->number));
    else if (type == WCK_CELL_BOOL)
        wck_buf_putc(out, cell->number != 0 ? 't' : 'f');
    else
        wck_buf_printf(out, "%" PRId64, cell->number);
}

static wck_status send_rows(postgres *db, wck_error *err)
{
    if (db->rows.failed || db->rows.len > INT32_MAX)
        return wck_fail_memory(err, "publishing");
    if (db->rows.len > 0 && PQputCopyData(db->conn, db->rows.data, (int)db->rows.len) != 1)
        return fail(db, NULL, err);
    wck_buf_reset(&db->rows);
    return WCK_OK;
}

static wck_status put(wck_target *target, const wck_pub_row *row, wck_error *err)
{
    postgres *db = (postgres *)target;

    if (row->failed)
        return wck_fail_memory(err, "publishing");
    for (size_t i = 0; i < db->n; i++) {
        if (i > 0)
            wck_buf_putc(&db->rows, '\t');
        put_cell(&db->rows, &row->cells[i], wck_pub_table_column(db->table, i)->type);
    }
    wck_buf_putc(&db->rows, '\n');
    return db->rows.len >= SEND_BYTES || db->rows.failed ? send_rows(db, err) : WCK_OK;
}

static wck_status put_end(wck_target *target, wck_error *err)
{
    postgres *db = (postgres *)target;
    wck_status status = send_rows(db, err);
    PGresult *result;

    if (PQputCopyEnd(db->conn, status != WCK_OK ? "given up" : NULL) != 1 && status == WCK_OK)
        status = fail(db, NULL, err);
    while ((result = PQgetResult(db->conn)) != NULL) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK && status == WCK_OK)
            status = fail(db, result, err);
        else
            PQclear(result);
    }
    return status;
}

static wck_status commit(wck_target *target, wck_error *err)
{
    postgres *db = (postgres *)target;
    PGresult *result = PQexec(db->conn, "COMMIT");
    ExecStatusType code = PQresultStatus(result);

    if (code != PGRES_COMMAND_OK)
        return fail(db, result, err);
    if (strcmp(PQcmdStatus(result), "COMMIT") !=
        0) { /* a transaction that failed ends with ROLLBACK, which succeeds */
        PQclear(result);
        return wck_fail(err, WCK_E_STORE, "could not publish to \"%s\": a statement failed", target->shown);
    }
    PQclear(result);
    return WCK_OK;
}

static void close_it(wck_target *target)
{
    postgres *db = (postgres *)target;

    if (db->conn != NULL) /* the server rolls back what is open, a COPY too */
        PQfinish(db->conn);
    wck_buf_clear(&db->rows);
    free(db);
}

static const wck_dialect dialect = {
    .types = {[WCK_CELL_TEXT] = "text COLLATE \"C\"",
              [WCK_CELL_INT] = "bigint",
              [WCK_CELL_TIME] = "timestamptz",
              [WCK_CELL_GUID] = "uuid",
              [WCK_CELL_BOOL] = "boolean"},
    .rows = "wsusck_rows.",
    .staged = "pg_temp.",
    .differs = "IS DISTINCT FROM",
    .temporary_end = " ON COMMIT DROP",
    .analyze = "ANALYZE ",
    .comments = true,
};

static const wck_target_ops ops = {&dialect, close_it,  begin, marks,   mark,  exec,
                                   each,     put_begin, put,   put_end, commit};

wck_status wck_postgres_target(wck_target **out, const char *uri, wck_error *err)
{
    postgres *db = calloc(1, sizeof *db);
    wck_status status;

    *out = NULL;
    if (db == NULL)
        return wck_fail_memory(err, "publishing");
    db->base.ops = &ops;
    wck_buf_init(&db->rows, SIZE_MAX / 4);
    status = wck_postgres_connect(&db->conn, db->base.shown, sizeof db->base.shown, uri, err);
    if (status != WCK_OK) {
        wck_fail_prefix(err, "could not publish");
        close_it(&db->base);
        return status;
    }
    *out = &db->base;
    return WCK_OK;
}
