/* SPDX-License-Identifier: MIT
 * postgres.c: statements, transactions and errors of PostgreSQL. */
#include "store/postgres.h"

#include "base/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct statement {
    const char *sql;
    const char *purpose; /* as an error says it */
    int parameters;
    int page; /* rows fetched at a time through a cursor, so that memory stays flat; 0: all at once */
} statement;

#define SNAPSHOT_COLUMNS                                                                                       \
    "id, server, parent, mode, server_id, digest, collected_at, stored_at, updates, approvals, declined, sum"

static const statement statements[Q_POSTGRES_COUNT] = {
    [Q_SNAP_FIND] = {"SELECT id FROM wsusck.snapshot WHERE server = $1::text AND collected_at IS NOT DISTINCT FROM "
                     "$2::bigint AND digest = $3::bytea ORDER BY id LIMIT 1",
                     "read", 3, 0},
    [Q_SNAP_NEXT] = {"SELECT nextval('wsusck.snapshot_id')", "write to", 0, 0},
    [Q_SNAP_ADD] = {"INSERT INTO wsusck.snapshot (" SNAPSHOT_COLUMNS ", manifest) VALUES ($1::bigint, $2::text, "
                    "$3::text, $4::text, $5::text, $6::bytea, $7::bigint, $8::bigint, $9::bigint, $10::bigint, "
                    "$11::bigint, $12::bigint, $13::bytea)",
                    "write to", 13, 0},
    [Q_SNAP_GET] = {"SELECT " SNAPSHOT_COLUMNS ", manifest FROM wsusck.snapshot WHERE id = $1::bigint", "read", 1, 0},
    [Q_SNAP_LIST] = {"SELECT " SNAPSHOT_COLUMNS
                     " FROM wsusck.snapshot ORDER BY server, collected_at NULLS FIRST, id",
                     "read", 0, 0},
    [Q_SNAP_REMOVE] = {"DELETE FROM wsusck.snapshot WHERE id = $1::bigint", "write to", 1, 0},
    [Q_MANIFESTS] = {"SELECT id, manifest FROM wsusck.snapshot", "read", 0, 500},
    [Q_META_GET] = {"SELECT sum, value FROM wsusck.meta WHERE key = $1::text", "read", 1, 0},
    [Q_META_PUT] = {"INSERT INTO wsusck.meta (key, sum, value) VALUES ($1::text, $2::bigint, $3::text) "
                    "ON CONFLICT (key) DO UPDATE SET sum = excluded.sum, value = excluded.value",
                    "write to", 3, 0},
    [Q_META_ALL] = {"SELECT sum, value, key FROM wsusck.meta WHERE key <> 'wsusck.tally'", "read", 0, 0},
    [Q_DOC_GET] = {"SELECT sum, data FROM wsusck.document WHERE update_id = $1::text AND revision = $2::bigint",
                   "read", 2, 0},
    [Q_DOC_PUT] = {"INSERT INTO wsusck.document (update_id, revision, sum, data) VALUES ($1::text, $2::bigint, "
                   "$3::bigint, $4::bytea) ON CONFLICT DO NOTHING",
                   "write to", 4, 0},
    [Q_DOC_ALL] = {"SELECT sum, data, update_id || ' ' || revision::text FROM wsusck.document", "verify", 0, 20},
    [Q_CHUNK_ALL] = {"SELECT sum, data, digest FROM wsusck.chunk", "verify", 0, 100},
    [Q_CHUNK_GET] = {"SELECT sum, data FROM wsusck.chunk WHERE digest = $1::bytea", "read", 1, 0},
    [Q_CHUNK_MANY] = {"SELECT sum, data, digest FROM wsusck.chunk WHERE digest = ANY ($1::bytea[])", "read", 1, 0},
    [Q_CHUNK_KNOWN] = {"SELECT asked.i FROM unnest($1::bytea[]) WITH ORDINALITY asked (digest, i) "
                       "WHERE EXISTS (SELECT 1 FROM wsusck.chunk WHERE chunk.digest = asked.digest)",
                       "read", 1, 0},
    [Q_CHUNK_ADD] = {"INSERT INTO wsusck.chunk (digest, sum, data) SELECT digest, sum, data FROM "
                     "unnest($1::bytea[], $2::bigint[], $3::bytea[]) given (digest, sum, data) "
                     "ON CONFLICT (digest) DO NOTHING",
                     "write to", 3, 0},
    [Q_CHUNK_DROP] = {"DELETE FROM wsusck.chunk WHERE digest = ANY ($1::bytea[])", "write to", 1, 0},
};

/* ---- errors ---- */

typedef struct advice {
    const char *state; /* SQLSTATE, or its class */
    const char *hint;
} advice;

static const advice advices[] = {
    {"55P03", "Another wsusck is writing to it; try again when it is done."},
    {"40P01", "Another wsusck is writing to it; try again when it is done."},
    {"42501", "The role needs more rights on the schema wsusck; docs/warehouse.md lists them."},
    {"53", "Give the server what it lacks; what was stored before is intact."},
    {"XX", "It is damaged; restore it from a backup, or collect into a new one."},
    {"08", "The connection was lost; what was stored before is intact."},
    {"57", "The server ended the connection or the statement; what was stored before is intact."},
    {"25P03", "wsusck was stopped for longer than the server waits; what was stored before is intact."},
};

static const char *hint_for(const wck_postgres *db, const char *state)
{
    if (state == NULL)
        return PQstatus(db->conn) != CONNECTION_OK ? "The connection was lost; what was stored before is intact." : NULL;
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (strncmp(state, advices[i].state, strlen(advices[i].state)) == 0)
            return advices[i].hint;
    return NULL;
}

wck_status wck_postgres_fail(wck_postgres *db, PGresult *result, wck_error *err, const char *doing)
{
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *text = result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *hint = hint_for(db, state);
    char reason[260], line[400];
    wck_status status;

    if (text == NULL)
        text = PQerrorMessage(db->conn);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    if (result == NULL && strcmp(line, "out of memory") == 0)
        return wck_fail_memory(err, "using the store");
    status = wck_fail(err, WCK_E_STORE, "could not %s store \"%s\": %s", doing, db->base.shown,
                      wck_quote_short(reason, sizeof reason, line, 200));
    if (hint != NULL)
        wck_fail_hint(err, "%s", hint);
    PQclear(result);
    return status;
}

wck_status wck_postgres_exec(wck_postgres *db, const char *sql, const char *doing, wck_error *err)
{
    PGresult *result = PQexec(db->conn, sql);
    ExecStatusType code = PQresultStatus(result);

    if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK)
        return wck_postgres_fail(db, result, err, doing);
    PQclear(result);
    return WCK_OK;
}

static time_t seconds_now(void)
{
    struct timespec t;

    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? t.tv_sec : 0;
}

/* lock_timeout ends a wait after some seconds, so that the user can be listened to. */
wck_status wck_postgres_lock(wck_postgres *db, const char *sql, const char *again, const char *doing, wck_error *err)
{
    time_t since = seconds_now();

    for (;;) {
        PGresult *result = PQexec(db->conn, sql);
        ExecStatusType code = PQresultStatus(result);
        const char *state = code == PGRES_FATAL_ERROR ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
        if (code == PGRES_COMMAND_OK || code == PGRES_TUPLES_OK) {
            PQclear(result);
            return WCK_OK;
        }
        if (state == NULL || strcmp(state, "55P03") != 0 || seconds_now() - since >= WCK_POSTGRES_PATIENCE)
            return wck_postgres_fail(db, result, err, doing);
        PQclear(result);
        PQclear(PQexec(db->conn, again));
        if (db->canceled != NULL && db->canceled())
            return wck_fail(err, WCK_E_CANCELED, "interrupted while waiting for others to write to store \"%s\"",
                            db->base.shown);
    }
}

/* ---- statements ---- */

static postgres_stmt *of(wck_stmt *stmt)
{
    return (postgres_stmt *)stmt;
}

static wck_postgres *connection_of(const postgres_stmt *s)
{
    return (wck_postgres *)s->base.db;
}

static void reset(wck_stmt *stmt)
{
    postgres_stmt *s = of(stmt);
    wck_postgres *db = connection_of(s);
    char sql[40];

    PQclear(s->result);
    s->result = NULL;
    s->ended = false;
    s->row = 0;
    if (s->cursor && PQtransactionStatus(db->conn) == PQTRANS_INTRANS) {
        snprintf(sql, sizeof sql, "CLOSE wsusck_%d", s->which);
        wck_postgres_exec(db, sql, "read", NULL); /* it goes with the transaction otherwise */
    }
    s->cursor = false;
}

wck_status wck_postgres_query(wck_stmt **out, wck_db *base, int which, wck_error *err)
{
    wck_postgres *db = (wck_postgres *)base;
    postgres_stmt *s = &db->query[which];

    (void)err;
    reset(&s->base);
    memset(s->values, 0, sizeof s->values);
    *out = &s->base;
    return WCK_OK;
}

static wck_status query(wck_stmt **out, wck_db *db, wck_query which, wck_error *err)
{
    return wck_postgres_query(out, db, (int)which, err);
}

static void bind_int(wck_stmt *stmt, int at, int64_t value)
{
    postgres_stmt *s = of(stmt);

    for (unsigned i = 0; i < 8; i++)
        s->numbers[at - 1][i] = (unsigned char)((uint64_t)value >> (56 - 8 * i));
    s->values[at - 1] = (const char *)s->numbers[at - 1];
    s->lengths[at - 1] = 8;
}

static void bind_blob(wck_stmt *stmt, int at, const void *data, size_t len)
{
    of(stmt)->values[at - 1] = len > 0 ? data : "";
    of(stmt)->lengths[at - 1] = (int)len;
}

static void bind_text(wck_stmt *stmt, int at, const char *text)
{
    of(stmt)->values[at - 1] = text;
    of(stmt)->lengths[at - 1] = text != NULL ? (int)strlen(text) : 0;
}

static wck_status prepare(postgres_stmt *s, wck_error *err)
{
    wck_postgres *db = connection_of(s);
    PGresult *result;
    char name[16];

    if (s->prepared)
        return WCK_OK;
    snprintf(name, sizeof name, "wsusck_%d", s->which);
    result = PQprepare(db->conn, name, statements[s->which].sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        return wck_postgres_fail(db, result, err, statements[s->which].purpose);
    PQclear(result);
    s->prepared = true;
    return WCK_OK;
}

static wck_status run_once(postgres_stmt *s, wck_error *err)
{
    static const int binary[WCK_POSTGRES_PARAMETERS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    wck_postgres *db = connection_of(s);
    wck_status status = prepare(s, err);
    char name[16];

    if (status != WCK_OK)
        return status;
    snprintf(name, sizeof name, "wsusck_%d", s->which);
    s->result = PQexecPrepared(db->conn, name, statements[s->which].parameters, s->values, s->lengths, binary, 1);
    return WCK_OK;
}

/* A connection that was idle may be gone (a firewall, a restarted server): it is made again. */
static bool reconnect(wck_postgres *db)
{
    PQreset(db->conn);
    for (int i = 0; i < Q_POSTGRES_COUNT; i++)
        db->query[i].prepared = false;
    return PQstatus(db->conn) == CONNECTION_OK && wck_postgres_settle(db, NULL) == WCK_OK;
}

/* Outside a transaction a statement reads, or adds a document, which may be done twice. */
static wck_status run(postgres_stmt *s, wck_error *err)
{
    wck_postgres *db = connection_of(s);
    bool alone = PQtransactionStatus(db->conn) == PQTRANS_IDLE;
    wck_status status = run_once(s, err);

    if (!alone || PQstatus(db->conn) == CONNECTION_OK)
        return status;
    PQclear(s->result);
    s->result = NULL;
    if (!reconnect(db))
        return status != WCK_OK ? status : wck_postgres_fail(db, NULL, err, statements[s->which].purpose);
    wck_error_clear(err);
    return run_once(s, err);
}

/* The next page of a cursor, which is opened first; within a transaction. */
static wck_status fetch_page(postgres_stmt *s, wck_error *err)
{
    const statement *what = &statements[s->which];
    wck_postgres *db = connection_of(s);
    char sql[300];
    wck_status status = WCK_OK;

    if (!s->cursor) {
        snprintf(sql, sizeof sql, "DECLARE wsusck_%d NO SCROLL CURSOR FOR %s", s->which, what->sql);
        status = wck_postgres_exec(db, sql, what->purpose, err);
        s->cursor = status == WCK_OK;
    }
    if (status != WCK_OK)
        return status;
    snprintf(sql, sizeof sql, "FETCH %d FROM wsusck_%d", what->page, s->which);
    PQclear(s->result);
    s->result = PQexecParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 1);
    s->row = 0;
    return WCK_OK;
}

/* After run or fetch_page: are there rows, or did it fail? */
static wck_status look(postgres_stmt *s, wck_error *err)
{
    ExecStatusType code = PQresultStatus(s->result);
    PGresult *failed = s->result;

    if (code == PGRES_TUPLES_OK || code == PGRES_COMMAND_OK)
        return WCK_OK;
    s->result = NULL;
    return wck_postgres_fail(connection_of(s), failed, err, statements[s->which].purpose);
}

static wck_status step(wck_stmt *stmt, bool *row, wck_error *err)
{
    postgres_stmt *s = of(stmt);
    bool paged = statements[s->which].page > 0;
    wck_status status = WCK_OK;

    *row = false;
    if (s->ended)
        return WCK_OK;
    if (s->result != NULL)
        s->row++;
    if (s->result == NULL || (paged && s->row >= PQntuples(s->result))) {
        status = paged ? fetch_page(s, err) : run(s, err);
        if (status == WCK_OK)
            status = look(s, err);
    }
    if (status != WCK_OK)
        return status;
    *row = s->row < PQntuples(s->result);
    s->ended = !*row;
    return WCK_OK;
}

static bool is_null(wck_stmt *stmt, int column)
{
    return PQgetisnull(of(stmt)->result, of(stmt)->row, column) != 0;
}

static int64_t get_int(wck_stmt *stmt, int column)
{
    const unsigned char *bytes = (const unsigned char *)PQgetvalue(of(stmt)->result, of(stmt)->row, column);
    uint64_t value = 0;
    int64_t out;

    if (PQgetlength(of(stmt)->result, of(stmt)->row, column) != 8)
        return 0; /* NULL */
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    memcpy(&out, &value, sizeof out);
    return out;
}

static bool get_text(const char **out, wck_stmt *stmt, int column)
{
    *out = is_null(stmt, column) ? NULL : PQgetvalue(of(stmt)->result, of(stmt)->row, column);
    return true;
}

static bool get_blob(const void **out, size_t *len, wck_stmt *stmt, int column)
{
    *out = is_null(stmt, column) ? NULL : PQgetvalue(of(stmt)->result, of(stmt)->row, column);
    *len = (size_t)PQgetlength(of(stmt)->result, of(stmt)->row, column);
    return true;
}

/* ---- transactions ---- */

static bool in_transaction(const wck_db *base)
{
    PGTransactionStatusType status = PQtransactionStatus(((const wck_postgres *)base)->conn);

    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

/* Nothing was begun when the connection turns out to be gone. */
static wck_status begin(wck_postgres *db, const char *sql, const char *doing, wck_error *err)
{
    wck_status status = wck_postgres_lock(db, sql, "ROLLBACK", doing, err);

    db->alone = db->single = false;
    if (status == WCK_OK || PQstatus(db->conn) == CONNECTION_OK || !reconnect(db))
        return status;
    return wck_postgres_lock(db, sql, "ROLLBACK", doing, err);
}

static wck_status begin_read(wck_db *db, wck_error *err)
{
    return begin((wck_postgres *)db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "read", err);
}

/* A document is one statement, and needs no transaction of more round trips. READ COMMITTED: after the wait for a lock what others committed is seen. */
static wck_status begin_write(wck_db *base, wck_write kind, wck_error *err)
{
    static const char *const sql[] = {
        [WCK_WRITE_ADD] = WCK_POSTGRES_BEGIN "; SELECT " WCK_POSTGRES_LOCK_CONTENT_SHARED,
        [WCK_WRITE_REMOVE] = WCK_POSTGRES_BEGIN "; SELECT " WCK_POSTGRES_LOCK_CONTENT
                             "; SELECT " WCK_POSTGRES_LOCK_ROWS,
    };
    wck_postgres *db = (wck_postgres *)base;
    wck_status status;

    if (db->read_only)
        return wck_fail(err, WCK_E_STORE, "could not write to store \"%s\": it is open for reading only",
                        db->base.shown);
    db->single = kind == WCK_WRITE_CACHE;
    if (db->single)
        return WCK_OK;
    status = begin(db, sql[kind], "write to", err);
    if (status != WCK_OK)
        wck_postgres_roll_back(base);
    db->alone = status == WCK_OK && kind == WCK_WRITE_REMOVE;
    return status;
}

wck_status wck_postgres_alone(wck_db *base, wck_error *err)
{
    wck_postgres *db = (wck_postgres *)base;
    wck_status status = WCK_OK;

    if (!db->alone)
        status = wck_postgres_lock(db, "SAVEPOINT wsusck; SELECT " WCK_POSTGRES_LOCK_ROWS "; RELEASE SAVEPOINT wsusck",
                                   "ROLLBACK TO SAVEPOINT wsusck; RELEASE SAVEPOINT wsusck", "write to", err);
    db->alone = status == WCK_OK;
    return status;
}

void wck_postgres_roll_back(wck_db *base)
{
    wck_postgres *db = (wck_postgres *)base;

    if (in_transaction(base))
        PQclear(PQexec(db->conn, "ROLLBACK"));
    db->alone = db->single = false;
}

/* A transaction that failed ends with ROLLBACK, and PostgreSQL calls that a success. */
wck_status wck_postgres_commit(wck_db *base, wck_error *err)
{
    wck_postgres *db = (wck_postgres *)base;
    PGresult *result;

    db->alone = false;
    if (db->single) { /* done already */
        db->single = false;
        return WCK_OK;
    }
    if (PQtransactionStatus(db->conn) == PQTRANS_INERROR)
        return wck_fail(err, WCK_E_STORE, "could not write to store \"%s\": a statement failed", db->base.shown);
    result = PQexec(db->conn, "COMMIT");
    if (PQresultStatus(result) != PGRES_COMMAND_OK || strcmp(PQcmdStatus(result), "COMMIT") != 0)
        return wck_postgres_fail(db, result, err, "write to");
    PQclear(result);
    return WCK_OK;
}

void wck_postgres_close(wck_db *base)
{
    wck_postgres *db = (wck_postgres *)base;

    for (int i = 0; i < Q_POSTGRES_COUNT; i++)
        PQclear(db->query[i].result);
    PQfinish(db->conn);
    free(db);
}

const wck_db_ops wck_postgres_ops = {
    .close = wck_postgres_close,
    .begin_read = begin_read,
    .begin_write = begin_write,
    .alone = wck_postgres_alone,
    .commit = wck_postgres_commit,
    .roll_back = wck_postgres_roll_back,
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
    .fetch = wck_postgres_fetch,
    .fetch_many = wck_postgres_fetch_many,
    .sink_begin = wck_postgres_sink_begin,
    .sink_end = wck_postgres_sink_end,
    .known = wck_postgres_known,
    .drop = wck_postgres_drop,
};
