/* SPDX-License-Identifier: MIT
 * sqlite_target.c: publishing into the tables of an SQLite file of their own, for people with a desktop tool.
 * The file keeps SQLite's usual journal, so that it is one file when nobody writes, and may lie on a share.
 */
#include "publish/target.h"

#include "base/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MILLISECONDS = 300000 }; /* as long as PostgreSQL waits for a lock */

typedef struct sqlite {
    wck_target base;
    sqlite3 *db;
    sqlite3_stmt *insert; /* while rows are put */
    const wck_pub_table *table;
    size_t n;
} sqlite;

static wck_status fail(sqlite *db, wck_error *err)
{
    int code = db->db != NULL ? sqlite3_errcode(db->db) : SQLITE_NOMEM;
    char reason[260];

    if ((code & 0xff) == SQLITE_NOMEM)
        return wck_fail_memory(err, "publishing");
    wck_fail(err, WCK_E_STORE, "could not publish to \"%s\": %s", db->base.shown,
             wck_quote_short(reason, sizeof reason, sqlite3_errmsg(db->db), 200));
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return wck_fail_hint(
            err, "Another program is using it; close it there, or try again later. Nothing was changed.");
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return wck_fail_hint(err, "What was published before is intact.");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return wck_fail_hint(err, "Name another file with --to sqlite:PATH; this one was not touched.");
    default:
        return WCK_E_STORE;
    }
}

static wck_status exec(wck_target *target, const char *sql, wck_error *err)
{
    sqlite *db = (sqlite *)target;

    return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK ? WCK_OK : fail(db, err);
}

static wck_status each(wck_target *target, const char *sql, wck_values_fn *fn, void *payload, wck_error *err)
{
    enum { MOST = 8 };
    sqlite *db = (sqlite *)target;
    sqlite3_stmt *stmt = NULL;
    const char *values[MOST];
    wck_status status = WCK_OK;
    int code = sqlite3_prepare_v2(db->db, sql, -1, &stmt, NULL);

    while (code == SQLITE_OK && status == WCK_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        code = SQLITE_OK;
        for (int i = 0; i < MOST; i++) /* beyond the last column it is NULL */
            values[i] = (const char *)sqlite3_column_text(stmt, i);
        status = fn(values, payload, err);
    }
    if (status == WCK_OK && code != SQLITE_DONE)
        status = fail(db, err);
    sqlite3_finalize(stmt);
    return status;
}

static wck_status begin(wck_target *target, wck_error *err)
{
    return exec(target, "BEGIN IMMEDIATE", err);
}

static wck_status marks(wck_target *target, wck_marks *out, wck_error *err)
{
    int64_t tables = 0;
    wck_status status = wck_target_number(target, "PRAGMA application_id", &out->application, err);

    if (status == WCK_OK)
        status = wck_target_number(target, "PRAGMA user_version", &out->version, err);
    if (status == WCK_OK)
        status = wck_target_number(target, "SELECT count(*) FROM sqlite_schema", &tables, err);
    out->empty = out->application == 0 && out->version == 0 && tables == 0;
    return status;
}

static wck_status mark(wck_target *target, wck_error *err)
{
    char sql[96];

    snprintf(sql, sizeof sql, "PRAGMA application_id=%d; PRAGMA user_version=%d", WCK_ROWS_APPLICATION,
             WCK_ROWS_VERSION);
    return exec(target, sql, err);
}

static wck_status put_begin(wck_target *target, const wck_pub_table *table, bool staged, wck_error *err)
{
    sqlite *db = (sqlite *)target;
    wck_status status = WCK_OK;
    wck_buf sql;

    db->table = table;
    db->n = staged ? wck_pub_table_staged(table) : wck_pub_table_size(table);
    wck_buf_init(&sql, 1U << 14);
    wck_buf_printf(&sql, "INSERT INTO %s%s (", staged ? "temp.new_" : "main.", table->name);
    wck_sql_columns(&sql, table, db->n, "");
    wck_buf_puts(&sql, ") VALUES (");
    for (size_t i = 0; i < db->n; i++)
        wck_buf_puts(&sql, i > 0 ? ", ?" : "?");
    wck_buf_puts(&sql, ")");
    if (sql.failed)
        status = wck_fail_memory(err, "publishing");
    else if (sqlite3_prepare_v2(db->db, wck_buf_text(&sql), -1, &db->insert, NULL) != SQLITE_OK)
        status = fail(db, err);
    wck_buf_clear(&sql);
    return status;
}

static void bind(sqlite *db, int at, const wck_pub_cell *cell, wck_pub_cell_type type)
{
    char time[WCK_CELL_TIME_TEXT];

    if (!cell->set)
        sqlite3_bind_null(db->insert, at);
    else if (cell->text != NULL)
        sqlite3_bind_text(db->insert, at, cell->text, -1, SQLITE_STATIC);
    else if (type == WCK_CELL_TIME)
        sqlite3_bind_text(db->insert, at, wck_pub_cell_time(time, cell->number), -1, SQLITE_TRANSIENT);
    else
        sqlite3_bind_int64(db->insert, at, cell->number);
}

static wck_status put(wck_target *target, const wck_pub_row *row, wck_error *err)
{
    sqlite *db = (sqlite *)target;
    int code;

    if (row->failed)
        return wck_fail_memory(err, "publishing");
    for (size_t i = 0; i < db->n; i++)
        bind(db, (int)i + 1, &row->cells[i], wck_pub_table_column(db->table, i)->type);
    code = sqlite3_step(db->insert);
    sqlite3_reset(db->insert);
    return code == SQLITE_DONE ? WCK_OK : fail(db, err);
}

static wck_status put_end(wck_target *target, wck_error *err)
{
    sqlite *db = (sqlite *)target;

    (void)err;
    sqlite3_finalize(db->insert);
    db->insert = NULL;
    return WCK_OK;
}

static wck_status commit(wck_target *target, wck_error *err)
{
    /* the file is ours: a log that another program had it use is moved into it */
    sqlite3_db_config(((sqlite *)target)->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return exec(target, "COMMIT", err);
}

static void close_it(wck_target *target)
{
    sqlite *db = (sqlite *)target;

    sqlite3_finalize(db->insert);
    sqlite3_close(db->db); /* rolls back what is open */
    free(db);
}

static const wck_dialect dialect = {
    .types = {[WCK_CELL_TEXT] = "TEXT",
              [WCK_CELL_INT] = "INTEGER",
              [WCK_CELL_TIME] = "TEXT",
              [WCK_CELL_GUID] = "TEXT",
              [WCK_CELL_BOOL] = "INTEGER"},
    .rows = "main.",
    .staged = "temp.",
    .differs = "IS NOT",
    .temporary_end = "",
};

static const wck_target_ops ops = {&dialect, close_it,  begin, marks,   mark,  exec,
                                   each,     put_begin, put,   put_end, commit};

/* ---- opening ---- */

/* What servers hold is confidential: mode 0600, unless the file is there already. */
static wck_status create_file(sqlite *db, const char *path, wck_error *err)
{
    struct stat st;
    int fd;

    if (stat(path, &st) == 0 &&
        (st.st_size == 1 || !S_ISREG(st.st_mode))) { /* which SQLite takes for an empty one */
        wck_fail(err, WCK_E_STORE, "could not publish to \"%s\": file is not a database", db->base.shown);
        return wck_fail_hint(err, "Name another file with --to sqlite:PATH; this one was not touched.");
    }
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return wck_fail(err, WCK_E_STORE, "could not publish to \"%s\": %s", db->base.shown, strerror(errno));
    close(fd);
    return WCK_OK;
}

/* What must hold before the first byte of a file that may not be ours is looked at; another program's log
 * must not move into its database because we looked. */
static wck_status harden(sqlite *db, wck_error *err)
{
    sqlite3_busy_timeout(db->db, BUSY_MILLISECONDS);
    sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_limit(db->db, SQLITE_LIMIT_ATTACHED, 0);
    return exec(
        &db->base,
        "PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=FILE",
        err);
}

wck_status wck_sqlite_target(wck_target **out, const char *uri, wck_error *err)
{
    const char *path = uri + strlen("sqlite:");
    sqlite *db = calloc(1, sizeof *db);
    wck_buf name; /* one that begins with "file:" would be a URI for SQLite, with options of its own */
    wck_status status;

    *out = NULL;
    if (db == NULL)
        return wck_fail_memory(err, "publishing");
    db->base.ops = &ops;
    wck_quote_short(db->base.shown, sizeof db->base.shown, path, 120);
    wck_buf_init(&name, SIZE_MAX / 4);
    wck_buf_printf(&name, "%s%s", strncmp(path, "file:", 5) == 0 || *path == ':' ? "./" : "", path);
    status = name.failed ? wck_fail_memory(err, "publishing") : create_file(db, wck_buf_text(&name), err);
    if (status == WCK_OK &&
        sqlite3_open_v2(wck_buf_text(&name), &db->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE,
                        NULL) != SQLITE_OK)
        status = fail(db, err);
    if (status == WCK_OK)
        status = harden(db, err);
    wck_buf_clear(&name);
    if (status != WCK_OK) {
        close_it(&db->base);
        return status;
    }
    *out = &db->base;
    return WCK_OK;
}
