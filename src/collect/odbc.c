/* SPDX-License-Identifier: MIT
 * odbc.c: see odbc.h. */
#include "collect/odbc.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/quote.h"

#include <ctype.h>
#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_COLUMNS = 32, LOGIN_SECONDS = 15, STATEMENT_SECONDS = 900 };
/* Longest value that is taken whole: reason texts are some kilobytes, metadata is not read. */
enum { MAX_VALUE = 1 << 20 };

struct wck_odbc {
    SQLHENV environment;
    SQLHDBC connection;
    bool connected;
    unsigned timeout_s;
    const volatile int *canceled;
    wck_arena *arena; /* keys of `columns` */
    wck_map columns;  /* "tbupdate.updateid" */
};

/* ---- errors ---- */

static wck_status refuse(SQLSMALLINT type, SQLHANDLE handle, wck_error *err, const char *doing)
{
    SQLCHAR state[6] = "", text[512] = "";
    SQLINTEGER native = 0;
    SQLSMALLINT len = 0;
    char shown[400];

    if (!SQL_SUCCEEDED(SQLGetDiagRec(type, handle, 1, state, &native, text, sizeof text, &len)))
        snprintf((char *)text, sizeof text, "no reason was given");
    wck_fail(err, WCK_E_HTTP, "could not %s the database: %s (%s)", doing,
             wck_quote_short(shown, sizeof shown, (const char *)text, 250), (const char *)state);
    if (strcmp((const char *)state, "IM002") == 0)
        return wck_fail_hint(err, "Define the DSN in /etc/odbc.ini or ~/.odbc.ini; \"odbcinst -q -s\" lists them.");
    if (strcmp((const char *)state, "28000") == 0)
        return wck_fail_hint(err, "SUSDB takes Windows accounts only; give it the role PublicViewAccess or db_datareader.");
    if (strncmp((const char *)state, "08", 2) == 0)
        return wck_fail_hint(err, "Windows Internal Database takes no connections from the network; use "
                                  "Export-WsusSnapshot.ps1 there.");
    return WCK_E_HTTP;
}

/* ---- connection ---- */

/* A connection string with a password stands in files and process lists. */
static wck_status check_text(const char *text, wck_error *err)
{
    for (const char *at = text; *at != '\0'; at += strcspn(at, ";"), at += *at == ';') {
        while (isspace((unsigned char)*at))
            at++;
        if (strncasecmp(at, "pwd", 3) == 0 || strncasecmp(at, "password", 8) == 0) {
            wck_fail(err, WCK_E_INPUT, "could not open the database: the source holds a password");
            return wck_fail_hint(err, "Use \"auth\": {\"user\": …, \"password_env\": …} of that server.");
        }
    }
    return WCK_OK;
}

static bool put_value(wck_buf *out, const char *key, const char *value)
{
    /* braces quote every sign of a value but the closing brace, which is doubled */
    wck_buf_printf(out, ";%s={", key);
    for (; *value != '\0'; value++) {
        if (*value == '}')
            wck_buf_putc(out, '}');
        wck_buf_putc(out, *value);
    }
    return wck_buf_putc(out, '}');
}

static wck_status connect_now(wck_odbc *o, const char *text, const wck_odbc_options *options, wck_error *err)
{
    SQLSMALLINT len = 0;
    wck_status status = WCK_OK;
    wck_buf full;
    SQLRETURN rc;

    wck_buf_init(&full, 1U << 16);
    wck_buf_printf(&full, "%s;ApplicationIntent=ReadOnly", text);
    if (options->user != NULL)
        put_value(&full, "UID", options->user);
    if (options->password != NULL && wck_secret_is_set(options->password))
        put_value(&full, "PWD", wck_secret_reveal(options->password));
    if (full.failed)
        status = wck_fail_memory(err, "opening the database");
    else {
        SQLSetConnectAttr(o->connection, SQL_ATTR_LOGIN_TIMEOUT, (SQLPOINTER)(intptr_t)LOGIN_SECONDS, 0);
        SQLSetConnectAttr(o->connection, SQL_ATTR_ACCESS_MODE, (SQLPOINTER)(intptr_t)SQL_MODE_READ_ONLY, 0);
        rc = SQLDriverConnect(o->connection, NULL, (SQLCHAR *)full.data, SQL_NTS, NULL, 0, &len,
                              SQL_DRIVER_NOPROMPT);
        o->connected = SQL_SUCCEEDED(rc);
        if (!o->connected)
            status = refuse(SQL_HANDLE_DBC, o->connection, err, "open");
    }
    if (full.data != NULL)
        memset(full.data, 0, full.len);
    wck_buf_clear(&full);
    return status;
}

static bool lower(char *out, size_t size, const char *table, const char *column)
{
    int n = snprintf(out, size, "%s.%s", table, column);

    for (char *c = out; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return n > 0 && (size_t)n < size;
}

static wck_status note_column(const wck_cell *row, void *payload, wck_error *err)
{
    wck_odbc *o = payload;
    char key[300];
    char *own;

    if (row[0].null || row[1].null || !lower(key, sizeof key, row[0].text, row[1].text))
        return WCK_OK;
    own = wck_arena_strdup(o->arena, key);
    if (own == NULL || wck_map_put(&o->columns, own, strlen(own), NULL) == NULL)
        return wck_fail_memory(err, "reading the database");
    return WCK_OK;
}

static wck_status open_handles(wck_odbc *o, wck_error *err)
{
    o->arena = wck_arena_new();
    if (o->arena == NULL || !SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &o->environment)) ||
        !SQL_SUCCEEDED(SQLSetEnvAttr(o->environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)(intptr_t)SQL_OV_ODBC3, 0)) ||
        !SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, o->environment, &o->connection)))
        return wck_fail_memory(err, "opening the database");
    return WCK_OK;
}

wck_status wck_odbc_open(wck_odbc **out, const char *text, const wck_odbc_options *options, wck_error *err)
{
    wck_status status = check_text(text, err);
    wck_odbc *o;

    *out = NULL;
    if (status != WCK_OK)
        return status;
    o = calloc(1, sizeof *o);
    if (o == NULL)
        return wck_fail_memory(err, "opening the database");
    o->timeout_s = options->timeout_s == 0 ? STATEMENT_SECONDS : options->timeout_s;
    o->canceled = options->canceled;
    status = open_handles(o, err);
    if (status == WCK_OK)
        status = connect_now(o, text, options, err);
    if (status == WCK_OK)
        status = wck_odbc_run(o, "SELECT TABLE_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS", "ss", note_column,
                              o, err);
    if (status != WCK_OK) {
        wck_odbc_close(o);
        return status;
    }
    *out = o;
    return WCK_OK;
}

void wck_odbc_close(wck_odbc *o)
{
    if (o == NULL)
        return;
    if (o->connected)
        SQLDisconnect(o->connection);
    if (o->connection != NULL)
        SQLFreeHandle(SQL_HANDLE_DBC, o->connection);
    if (o->environment != NULL)
        SQLFreeHandle(SQL_HANDLE_ENV, o->environment);
    wck_map_clear(&o->columns);
    wck_arena_free(o->arena);
    free(o);
}

bool wck_odbc_has(const wck_odbc *o, const char *table, const char *column)
{
    char key[300];

    return lower(key, sizeof key, table, column) && wck_map_find(&o->columns, key, strlen(key)) != NULL;
}

/* ---- values ---- */

typedef struct statement {
    wck_odbc *odbc;
    SQLHSTMT handle;
    wck_buf text[MAX_COLUMNS]; /* memory of each column */
    wck_error *err;
} statement;

static wck_status get_failed(statement *s)
{
    return refuse(SQL_HANDLE_STMT, s->handle, s->err, "read");
}

static wck_status get_number(statement *s, SQLUSMALLINT column, wck_cell *cell)
{
    SQLBIGINT value = 0;
    SQLLEN got = 0;

    if (!SQL_SUCCEEDED(SQLGetData(s->handle, column, SQL_C_SBIGINT, &value, sizeof value, &got)))
        return get_failed(s);
    cell->null = got == SQL_NULL_DATA;
    cell->number = value;
    return WCK_OK;
}

static wck_status get_guid(statement *s, SQLUSMALLINT column, wck_cell *cell)
{
    SQLCHAR text[64] = "";
    SQLLEN got = 0;

    if (!SQL_SUCCEEDED(SQLGetData(s->handle, column, SQL_C_CHAR, text, sizeof text, &got)))
        return get_failed(s);
    cell->null = got == SQL_NULL_DATA;
    if (!cell->null && !wck_guid_parse(&cell->guid, (const char *)text))
        return wck_fail(s->err, WCK_E_INPUT, "could not read the database: column %u holds no GUID", (unsigned)column);
    return WCK_OK;
}

static wck_status get_time(statement *s, SQLUSMALLINT column, wck_cell *cell)
{
    SQL_TIMESTAMP_STRUCT t = {0};
    char text[64];
    SQLLEN got = 0;

    if (!SQL_SUCCEEDED(SQLGetData(s->handle, column, SQL_C_TYPE_TIMESTAMP, &t, sizeof t, &got)))
        return get_failed(s);
    cell->null = got == SQL_NULL_DATA;
    if (cell->null)
        return WCK_OK;
    /* SUSDB keeps UTC (getutcdate) */
    snprintf(text, sizeof text, "%04d-%02u-%02uT%02u:%02u:%02u.%09luZ", (int)t.year, (unsigned)t.month,
             (unsigned)t.day, (unsigned)t.hour, (unsigned)t.minute, (unsigned)t.second, (unsigned long)t.fraction);
    if (!wck_time_parse(&cell->time, text))
        return wck_fail(s->err, WCK_E_INPUT, "could not read the database: column %u holds no time", (unsigned)column);
    cell->null = cell->time == WCK_TIME_NONE;
    return WCK_OK;
}

/* In pieces of whatever size the driver gives; *null tells SQL NULL. */
static wck_status get_pieces(statement *s, SQLUSMALLINT column, SQLSMALLINT type, wck_buf *out, bool *null)
{
    size_t end = type == SQL_C_WCHAR ? sizeof(SQLWCHAR) : 0; /* each piece of text ends with a zero */
    char piece[4096];
    SQLLEN got = 0;

    *null = false;
    for (;;) {
        SQLRETURN rc = SQLGetData(s->handle, column, type, piece, sizeof piece, &got);
        size_t have;
        if (rc == SQL_NO_DATA)
            return WCK_OK;
        if (!SQL_SUCCEEDED(rc))
            return get_failed(s);
        if (got == SQL_NULL_DATA) {
            *null = true;
            return WCK_OK;
        }
        have = got == SQL_NO_TOTAL || got > (SQLLEN)(sizeof piece - end) ? sizeof piece - end : (size_t)got;
        if (out->len + have > MAX_VALUE)
            return wck_fail(s->err, WCK_E_LIMIT, "could not read the database: column %u holds more than %d bytes",
                            (unsigned)column, MAX_VALUE);
        if (!wck_buf_put(out, piece, have))
            return wck_fail_memory(s->err, "reading the database");
        if (rc == SQL_SUCCESS)
            return WCK_OK;
    }
}

static wck_status get_text(statement *s, SQLUSMALLINT column, wck_cell *cell)
{
    wck_buf *out = &s->text[column - 1], wide;
    wck_status status;

    wck_buf_reset(out);
    wck_buf_init(&wide, MAX_VALUE + 8);
    status = get_pieces(s, column, SQL_C_WCHAR, &wide, &cell->null);
    if (status == WCK_OK && !cell->null &&
        !wck_utf16_to_utf8(out, (const unsigned char *)wck_buf_text(&wide), wide.len, false))
        status = out->failed ? wck_fail_memory(s->err, "reading the database")
                             : wck_fail(s->err, WCK_E_INPUT, "could not read the database: column %u is no text",
                                        (unsigned)column);
    wck_buf_clear(&wide);
    cell->text = wck_buf_text(out);
    cell->len = out->len;
    return status;
}

static wck_status get_bytes(statement *s, SQLUSMALLINT column, wck_cell *cell)
{
    wck_buf *out = &s->text[column - 1];
    wck_status status;

    wck_buf_reset(out);
    status = get_pieces(s, column, SQL_C_BINARY, out, &cell->null);
    cell->bytes = (const unsigned char *)wck_buf_text(out);
    cell->len = out->len;
    return status;
}

static wck_status get_cell(statement *s, SQLUSMALLINT column, char type, wck_cell *cell)
{
    *cell = (wck_cell){.null = true, .text = "", .time = WCK_TIME_NONE};
    switch (type) {
    case 'i':
        return get_number(s, column, cell);
    case 'g':
        return get_guid(s, column, cell);
    case 't':
        return get_time(s, column, cell);
    case 'x':
        return get_bytes(s, column, cell);
    default:
        return get_text(s, column, cell);
    }
}

/* ---- run ---- */

static wck_status fetch_all(statement *s, const char *types, wck_odbc_row_fn *fn, void *payload)
{
    size_t n = strlen(types);
    wck_cell row[MAX_COLUMNS];

    for (;;) {
        SQLRETURN rc = SQLFetch(s->handle);
        wck_status status = WCK_OK;
        if (rc == SQL_NO_DATA)
            return WCK_OK;
        if (!SQL_SUCCEEDED(rc))
            return get_failed(s);
        if (s->odbc->canceled != NULL && *s->odbc->canceled != 0)
            return wck_fail(s->err, WCK_E_CANCELED, "interrupted");
        for (size_t i = 0; i < n && status == WCK_OK; i++)
            status = get_cell(s, (SQLUSMALLINT)(i + 1), types[i], &row[i]);
        if (status == WCK_OK)
            status = fn(row, payload, s->err);
        if (status != WCK_OK)
            return status;
    }
}

wck_status wck_odbc_run(wck_odbc *o, const char *sql, const char *types, wck_odbc_row_fn *fn, void *payload,
                        wck_error *err)
{
    statement s = {.odbc = o, .err = err};
    wck_status status = WCK_OK;

    if (strlen(types) > MAX_COLUMNS)
        return wck_fail(err, WCK_E_ARG, "could not read the database: too many columns were asked for");
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, o->connection, &s.handle)))
        return refuse(SQL_HANDLE_DBC, o->connection, err, "use");
    for (size_t i = 0; i < MAX_COLUMNS; i++)
        wck_buf_init(&s.text[i], 2 * MAX_VALUE); /* UTF-8 of UTF-16 is at most half as long again */
    SQLSetStmtAttr(s.handle, SQL_ATTR_QUERY_TIMEOUT, (SQLPOINTER)(uintptr_t)o->timeout_s, 0);
    if (!SQL_SUCCEEDED(SQLExecDirect(s.handle, (SQLCHAR *)(uintptr_t)sql, SQL_NTS)))
        status = refuse(SQL_HANDLE_STMT, s.handle, err, "read");
    if (status == WCK_OK)
        status = fetch_all(&s, types, fn, payload);
    SQLFreeHandle(SQL_HANDLE_STMT, s.handle);
    for (size_t i = 0; i < MAX_COLUMNS; i++)
        wck_buf_clear(&s.text[i]);
    return status;
}
