/* SPDX-License-Identifier: MIT
 * odbc.h: SELECT over unixODBC with whatever driver the user has. Read only by construction: only statements of
 * sql/susdb leave the process, and the connection is opened read only. */
#ifndef WCK_COLLECT_ODBC_H
#define WCK_COLLECT_ODBC_H

#include "base/arena.h"
#include "base/secret.h"
#include "base/time.h"
#include "model/types.h"
#include "wck/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct wck_odbc wck_odbc;

/* One value of a row. Text is UTF-8, NUL terminated, and lives until the next row. */
typedef struct wck_cell {
    bool null;
    const char *text; /* 's' */
    size_t len;       /* of text, or of bytes */
    const unsigned char *bytes; /* 'x' */
    int64_t number;   /* 'i' */
    wck_guid guid;    /* 'g' */
    wck_time time;    /* 't', UTC; sentinels give null */
} wck_cell;

typedef wck_status wck_odbc_row_fn(const wck_cell *row, void *payload, wck_error *err);

typedef struct wck_odbc_options {
    const char *user;           /* NULL: none (Windows authentication, or in the DSN) */
    const wck_secret *password; /* may be NULL */
    unsigned timeout_s;         /* each statement; 0 = 900 */
    const volatile int *canceled;
} wck_odbc_options;

/* text: what stands behind "odbc:", a connection string such as "DSN=SUSDB_LAB". A password in it is refused.
 * WCK_E_INPUT, WCK_E_HTTP (could not connect: the driver's words), WCK_E_MEMORY. */
wck_status wck_odbc_open(wck_odbc **out, const char *text, const wck_odbc_options *options, wck_error *err);
void wck_odbc_close(wck_odbc *odbc); /* NULL is fine */

/* Does the database have that column? Any letter case. */
bool wck_odbc_has(const wck_odbc *odbc, const char *table, const char *column);

/* types: one letter a column: i integer or bit, s text, g GUID, t time, x bytes. fn is called for every row; what it
 * returns ends the run. WCK_E_HTTP: the database refused, in its words. */
wck_status wck_odbc_run(wck_odbc *odbc, const char *sql, const char *types, wck_odbc_row_fn *fn, void *payload,
                        wck_error *err);

#endif
