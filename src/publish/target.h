/* SPDX-License-Identifier: MIT
 * target.h: the database that is published to: what publishing asks of it (postgres_target.c,
 * sqlite_target.c), and the statements in its dialect (sql.c). Shared by the files of this folder only.
 *
 * From open to commit is one transaction, and nobody else publishes there meanwhile: who looks sees the state
 * before or the one after, and of a process that dies nothing stays. */
#ifndef WCK_PUBLISH_TARGET_H
#define WCK_PUBLISH_TARGET_H

#include "base/buf.h"
#include "publish/tables.h"
#include "wck/error.h"

enum { WCK_ROWS_VERSION = 1 };          /* of the tables and views together; kept beside them */
#define WCK_ROWS_APPLICATION 2003006834 /* "wskr": the tables are ours */

typedef struct wck_dialect {
    const char *types[5];      /* by wck_pub_cell_type */
    const char *rows, *staged; /* before the name of a published table, of one of this transaction */
    const char *differs;       /* compares two rows in which NULL equals NULL */
    const char *temporary_end; /* behind the definition of a table of this transaction */
    const char *analyze;       /* before the name of such a table, once it is full; NULL: not needed */
    bool comments;
} wck_dialect;

/* What stands at the place of our tables. */
typedef struct wck_marks {
    bool empty;
    int64_t application, version;
} wck_marks;

/* Text as the database writes it; NULL for SQL's. */
typedef wck_status wck_values_fn(const char *const *values, void *payload, wck_error *err);

typedef struct wck_target wck_target;

typedef struct wck_target_ops {
    const wck_dialect *dialect;
    void (*close)(wck_target *target);                       /* what was not committed is gone */
    wck_status (*begin)(wck_target *target, wck_error *err); /* waits for others who publish there */
    wck_status (*marks)(wck_target *target, wck_marks *out, wck_error *err);
    wck_status (*mark)(wck_target *target, wck_error *err); /* an empty place becomes ours */
    wck_status (*exec)(wck_target *target, const char *sql, wck_error *err);
    wck_status (*each)(wck_target *target, const char *sql, wck_values_fn *fn, void *payload, wck_error *err);
    /* Rows into a published table or a staged one (staged columns only), one table at a time. */
    wck_status (*put_begin)(wck_target *target, const wck_pub_table *table, bool staged, wck_error *err);
    wck_status (*put)(wck_target *target, const wck_pub_row *row, wck_error *err);
    wck_status (*put_end)(wck_target *target, wck_error *err);
    wck_status (*commit)(wck_target *target, wck_error *err);
} wck_target_ops;

struct wck_target {
    const wck_target_ops *ops;
    char shown[160]; /* its name, quoted for messages; without a password */
};

/* Connected; nothing begun. On failure *out is NULL. */
wck_status wck_postgres_target(wck_target **out, const char *uri, wck_error *err); /* WCK_WITH_LIBPQ */
wck_status wck_sqlite_target(wck_target **out, const char *uri, wck_error *err);

/* target.c: connected, begun, the tables ours; they are made where there is nothing. */
wck_status wck_target_open(wck_target **out, const char *uri, wck_error *err);
void wck_target_close(wck_target *target); /* NULL is fine */
/* Runs what is in the buffer and clears it. */
wck_status wck_target_run(wck_target *target, wck_buf *sql, wck_error *err);
/* The only number of a statement. */
wck_status wck_target_number(wck_target *target, const char *sql, int64_t *out, wck_error *err);

/* sql.c */
void wck_sql_create(wck_buf *out, const wck_dialect *d);
/* "server, path, …", the first n columns, each with the prefix before it. */
void wck_sql_columns(wck_buf *out, const wck_pub_table *table, size_t n, const char *prefix);
/* The table of this transaction that a table is merged from. */
void wck_sql_stage(wck_buf *out, const wck_dialect *d, const wck_pub_table *table);
void wck_sql_staged(wck_buf *out, const wck_dialect *d, const wck_pub_table *table);
/* The servers that this publish speaks for: those staged, and when it is of the whole tree those that are no
 * more. */
void wck_sql_covered(wck_buf *out, const wck_dialect *d, bool whole);
/* What is staged becomes what is published, changing only rows that differ. prune: rows of covered servers
 * that are not staged go. */
void wck_sql_merge(wck_buf *out, const wck_dialect *d, const wck_pub_table *table, bool prune);
/* The same of findings, which are closed and not removed. */
void wck_sql_merge_findings(wck_buf *out, const wck_dialect *d);

#endif
