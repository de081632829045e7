/* SPDX-License-Identifier: MIT
 * postgres.h: a store's database in PostgreSQL (libpq); shared by postgres*.c only.
 *
 * Everything lies in the schema wsusck. Values travel as parameters and in binary form. Two advisory locks order those
 * who write: *content* is held shared by whoever puts a snapshot (what it found there must stay) and exclusively by
 * whoever removes; *rows* is held by one at a time, from the first row that is new to the end. Both end with the
 * transaction, so nothing is left over when a client dies. */
#ifndef WCK_STORE_POSTGRES_H
#define WCK_STORE_POSTGRES_H

#include "base/buf.h"
#include "store/db.h"

#include <libpq-fe.h>

#define WCK_POSTGRES_APPLICATION 2003002219 /* "wsck" */
#define WCK_POSTGRES_SCHEMA 1
#define WCK_POSTGRES_OLDEST 120000 /* the oldest version that PostgreSQL's own project cared for in 2024 */

/* Statements of our own, behind those of wck_query. */
enum { Q_CHUNK_GET = Q_COUNT, Q_CHUNK_MANY, Q_CHUNK_KNOWN, Q_CHUNK_ADD, Q_CHUNK_DROP, Q_POSTGRES_COUNT };
enum { WCK_POSTGRES_PARAMETERS = 13 };

typedef struct postgres_stmt {
    wck_stmt base;
    int which;
    bool prepared, cursor; /* cursor: one is open at the server */
    PGresult *result;      /* NULL: not run yet, or at the end */
    int row;               /* the one at hand */
    bool ended;
    const char *values[WCK_POSTGRES_PARAMETERS];
    int lengths[WCK_POSTGRES_PARAMETERS];
    unsigned char numbers[WCK_POSTGRES_PARAMETERS][8];
} postgres_stmt;

typedef struct wck_postgres {
    wck_db base;
    PGconn *conn;
    bool read_only, alone;
    bool single; /* what is written is one statement */
    bool (*canceled)(void); /* may be NULL */
    postgres_stmt query[Q_POSTGRES_COUNT];
} wck_postgres;

/* postgres.c. result: what failed, or NULL when there is none; cleared. doing: "read", "write to" … */
wck_status wck_postgres_fail(wck_postgres *db, PGresult *result, wck_error *err, const char *doing);
/* Statements without parameters. */
wck_status wck_postgres_exec(wck_postgres *db, const char *sql, const char *doing, wck_error *err);
/* The same, which waits for a lock: `again` makes good what a wait of too long broke, and the wait begins anew, until it has
 * lasted for WCK_POSTGRES_PATIENCE or the user interrupts. */
enum { WCK_POSTGRES_PATIENCE = 300 }; /* seconds; a first snapshot may travel for minutes over a slow line */
wck_status wck_postgres_lock(wck_postgres *db, const char *sql, const char *again, const char *doing, wck_error *err);
/* A statement of ours: bind, step, read, reset. */
wck_status wck_postgres_query(wck_stmt **out, wck_db *db, int which, wck_error *err);
/* From here on the transaction is the only one that adds rows. */
wck_status wck_postgres_alone(wck_db *db, wck_error *err);
void wck_postgres_roll_back(wck_db *db);
wck_status wck_postgres_commit(wck_db *db, wck_error *err);
void wck_postgres_close(wck_db *db);
extern const wck_db_ops wck_postgres_ops;

/* postgres_open.c: what a new session is set to. */
wck_status wck_postgres_settle(wck_postgres *db, wck_error *err);
/* The session is set to lose its last statements in a power cut, and no transaction. */
#define WCK_POSTGRES_BEGIN "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = on"
#define WCK_POSTGRES_LOCK_CONTENT "pg_advisory_xact_lock(2003002219, 1)"
#define WCK_POSTGRES_LOCK_CONTENT_SHARED "pg_advisory_xact_lock_shared(2003002219, 1)"
#define WCK_POSTGRES_LOCK_ROWS "pg_advisory_xact_lock(2003002219, 2)"

/* postgres_migrate.c: brings an empty or older schema to ours; refuses what is not ours or newer. */
wck_status wck_postgres_migrate(wck_postgres *db, wck_error *err);

/* postgres_chunks.c */
wck_status wck_postgres_fetch(wck_chunk **out, wck_db *db, const wck_place *place, wck_error *err);
wck_status wck_postgres_fetch_many(wck_db *db, const wck_digest *digests, size_t n, wck_chunk_fn *fn, void *payload,
                                   wck_error *err);
wck_status wck_postgres_sink_begin(wck_chunk_sink *out, wck_db *db, wck_error *err);
wck_status wck_postgres_sink_end(wck_chunk_sink *sink, wck_status status, wck_error *err);
wck_status wck_postgres_known(bool *known, wck_db *db, const wck_digest *digests, size_t n, wck_error *err);
wck_status wck_postgres_drop(wck_db *db, const wck_digest *digests, size_t n, wck_error *err);

#endif
