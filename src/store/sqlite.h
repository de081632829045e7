/* SPDX-License-Identifier: MIT
 * sqlite.h: a store's database in one SQLite file; shared by sqlite*.c only. */
#ifndef WCK_STORE_SQLITE_H
#define WCK_STORE_SQLITE_H

#include "store/db.h"

#include <sqlite3.h>

/* "wsck", so that `file` and we can tell our databases from others */
#define WCK_SQLITE_APPLICATION_ID 0x7773636b
#define WCK_SQLITE_SCHEMA 2

/* Statements of our own, behind those of wck_query. */
enum { Q_CHUNK_HAS = Q_COUNT, Q_CHUNK_ADD, Q_CHUNK_GET, Q_CHUNK_AT, Q_CHUNK_DROP, Q_ROLLBACK, Q_SQLITE_COUNT };

typedef struct sqlite_stmt {
    wck_stmt base;
    sqlite3_stmt *stmt; /* NULL: not prepared yet */
    int which;
} sqlite_stmt;

typedef struct wck_sqlite {
    wck_db base;
    sqlite3 *db;
    sqlite_stmt query[Q_SQLITE_COUNT];
    char *path;
    bool network; /* on a network file system */
    bool relaxed; /* synchronous is NORMAL at the moment */
} wck_sqlite;

/* sqlite.c. doing: "read", "write to" … */
wck_status wck_sqlite_fail(wck_sqlite *db, wck_error *err, const char *doing);
/* Prepared once; reset and without bindings. NULL with err filled. */
sqlite3_stmt *wck_sqlite_query(wck_sqlite *db, int which, wck_error *err);
/* The status of that NULL. */
wck_status wck_sqlite_unprepared(const wck_sqlite *db);
wck_status wck_sqlite_exec(wck_sqlite *db, const char *sql, wck_error *err);
void wck_sqlite_roll_back(wck_db *db);
wck_status wck_sqlite_commit(wck_db *db, wck_error *err);
void wck_sqlite_close(wck_db *db);
extern const wck_db_ops wck_sqlite_ops;

/* sqlite_migrate.c: brings an empty or older database to our schema; refuses what is not ours or newer. */
wck_status wck_sqlite_migrate(wck_sqlite *db, bool read_only, wck_error *err);

/* sqlite_chunks.c */
wck_status wck_sqlite_fetch(wck_chunk **out, wck_db *db, const wck_place *place, wck_error *err);
wck_status wck_sqlite_sink_begin(wck_chunk_sink *out, wck_db *db, wck_error *err);
wck_status wck_sqlite_sink_end(wck_chunk_sink *sink, wck_status status, wck_error *err);
wck_status wck_sqlite_known(bool *known, wck_db *db, const wck_digest *digests, size_t n, wck_error *err);
wck_status wck_sqlite_drop(wck_db *db, const wck_digest *digests, size_t n, wck_error *err);

#endif
