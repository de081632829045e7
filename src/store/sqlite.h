/* SPDX-License-Identifier: MIT
 * sqlite.h: the store in one SQLite file; shared by the files of this folder only.
 *
 * One lock per store: it guards the connection, its statements and the caches. Functions that begin with wck_sqlite_
 * expect it to be held, unless they say otherwise. */
#ifndef WCK_STORE_SQLITE_H
#define WCK_STORE_SQLITE_H

#include "base/map.h"
#include "model/manifest.h"
#include "store/store.h"

#include <pthread.h>
#include <sqlite3.h>

/* "wsck", so that `file` and we can tell our databases from others */
#define WCK_SQLITE_APPLICATION_ID 0x7773636b
#define WCK_SQLITE_SCHEMA 2

enum {
    Q_CHUNK_HAS,
    Q_CHUNK_ADD,
    Q_CHUNK_GET,
    Q_CHUNK_AT,
    Q_CHUNK_DROP,
    Q_SNAP_FIND,
    Q_SNAP_NEXT,
    Q_SNAP_ADD,
    Q_SNAP_GET,
    Q_SNAP_LIST,
    Q_SNAP_REMOVE,
    Q_MANIFESTS,
    Q_META_GET,
    Q_META_PUT,
    Q_DOC_GET,
    Q_DOC_PUT,
    Q_ROLLBACK,
    Q_COUNT
};

/* Raw chunks read lately, in two generations: what is used moves to the young one, and when that is full the old one
 * goes. */
typedef struct chunk_cache {
    wck_map young, old; /* digest -> wck_chunk * */
    size_t young_bytes;
} chunk_cache;

typedef struct wck_chunk {
    wck_digest digest;
    size_t len, n_places;
    unsigned char data[]; /* len bytes, then 8 for each place */
} wck_chunk;

/* A chunk that is wanted, and where it stood when it was written (0: not known). */
typedef struct wck_place {
    wck_digest digest;
    int64_t id;
} wck_place;

struct wck_store {
    sqlite3 *db;
    sqlite3_stmt *query[Q_COUNT];
    pthread_mutex_t lock;
    char *path;
    char shown[160]; /* path, quoted for messages */
    bool network;    /* on a network file system */
    bool relaxed;    /* synchronous is NORMAL at the moment */
    wck_host_read_fn *read_host; /* may be NULL */
    chunk_cache chunks;
    wck_map sections; /* "section + digests" -> decoded wck_snapshot *, shared by readers */
    wck_map indexes;  /* digest of the index -> wck_shared_index *, shared by readers */
    wck_map spans;    /* digest of the span -> wck_shared_span *, shared by readers */
    size_t readers;   /* open ones; with the last one what they share goes */
    size_t views;     /* see wck_sqlite_view */
};

typedef struct wck_shared_index {
    wck_digest digest; /* key */
    wck_index index;
    int64_t places[]; /* of the spans */
} wck_shared_index;

typedef struct wck_shared_span {
    wck_digest digest; /* key */
    wck_part_info parts[WCK_SPAN];
    int64_t places[WCK_SPAN]; /* of the partitions */
} wck_shared_span;

/* store.c */
wck_status wck_sqlite_fail(wck_store *store, wck_error *err, const char *doing);
wck_status wck_sqlite_damaged(wck_store *store, wck_error *err, const char *what);
/* Prepared once; reset and without bindings. NULL with err filled. */
sqlite3_stmt *wck_sqlite_query(wck_store *store, int which, wck_error *err);
/* The status of that NULL. */
wck_status wck_sqlite_unprepared(const wck_store *store);
wck_status wck_sqlite_exec(wck_store *store, const char *sql, wck_error *err);
void wck_sqlite_roll_back(wck_store *store);
/* COMMIT when status is WCK_OK, else ROLLBACK; gives the status of the whole. */
wck_status wck_sqlite_finish(wck_store *store, wck_status status, wck_error *err);
/* Between these all is read from one state, whatever other processes write; within a transaction they do nothing. */
wck_status wck_sqlite_read_begin(wck_store *store, bool *own, wck_error *err);
void wck_sqlite_read_end(wck_store *store, bool own);
/* true: commits wait for the disk; false: they may be lost in a power cut, but never torn. */
wck_status wck_sqlite_durable(wck_store *store, bool durable, wck_error *err);
/* Over the data and the hash of what it is found by, so that a lookup that goes astray in a damaged index is seen. */
int64_t wck_sqlite_sum(uint64_t key, const void *data, size_t len);
uint64_t wck_sqlite_key(const wck_digest *digest);
/* status, with the store named in the text of a WCK_E_STORE that came from the model. */
wck_status wck_sqlite_named(wck_store *store, wck_status status, wck_error *err);

/* store_view.c: one transaction from the first open reader to the last, so that SQLite need not ask for its locks at each
 * statement. Writing through the same connection ends it early: what is read then is read from the state at hand. */
wck_status wck_sqlite_view(wck_store *store, wck_error *err);
void wck_sqlite_unview(wck_store *store);
/* BEGIN IMMEDIATE, durable or not; to be ended by wck_sqlite_finish. */
wck_status wck_sqlite_begin(wck_store *store, bool durable, wck_error *err);

/* migrate.c: brings an empty or older database to our schema; refuses what is not ours or newer. */
wck_status wck_sqlite_migrate(wck_store *store, bool read_only, wck_error *err);

/* store_values.c: every named value and document is what was written. */
wck_status wck_sqlite_check_values(wck_store *store, wck_error *err);

wck_status wck_sqlite_value_get(wck_store *store, const char *key, wck_buf *out, bool *found, wck_error *err);
wck_status wck_sqlite_value_put(wck_store *store, const char *key, const char *value, wck_error *err);

/* store_tally.c: how many snapshots and named values there are, so that one that is lost is missed. */
typedef struct wck_tally {
    uint64_t snapshots, sums; /* sums: of their rows, XORed */
    uint64_t values;
} wck_tally;
wck_status wck_sqlite_tally_get(wck_store *store, wck_tally *out, wck_error *err);
wck_status wck_sqlite_tally_put(wck_store *store, const wck_tally *tally, wck_error *err);

/* store_sqlite.c */
/* Every row is what was written and none is missing: WCK_OK. */
wck_status wck_sqlite_complete(wck_store *store, wck_error *err);
/* The row's sum, for the tally. */
wck_status wck_sqlite_row_sum(wck_store *store, wck_snapshot_id id, int64_t *out, wck_error *err);
wck_status wck_sqlite_manifest(wck_store *store, wck_snapshot_id id, wck_manifest *out, wck_error *err);

/* store_cache.c. fetch: a malloc of the caller's own; WCK_E_STORE when it is missing or damaged. */
wck_status wck_sqlite_fetch(wck_store *store, const wck_place *place, wck_chunk **out, wck_error *err);
int64_t wck_sqlite_place(const wck_chunk *chunk, size_t i); /* 0 when it does not tell */
/* The chunk through the cache; borrowed until the next but one megabyte is read. */
wck_status wck_sqlite_chunk(wck_store *store, const wck_place *place, const wck_chunk **out, wck_error *err);
/* Fetch the two streams of a section of the head, or of the server (section < 0), and decode them. */
wck_status wck_sqlite_section(wck_store *store, const wck_manifest *m, int section, wck_snapshot *into,
                              wck_error *err);
/* The decoded section or index, shared by every snapshot with equal chunks; borrowed from the store. */
wck_status wck_sqlite_shared_section(wck_store *store, const wck_manifest *m, int section, const wck_snapshot **out,
                                     wck_error *err);
wck_status wck_sqlite_shared_index(wck_store *store, const wck_manifest *m, const wck_shared_index **out,
                                   wck_error *err);
/* One span of an index. */
wck_status wck_sqlite_shared_span(wck_store *store, const wck_shared_index *index, size_t span,
                                  const wck_shared_span **out, wck_error *err);
/* A local list of n digests. */
wck_status wck_sqlite_local_list(wck_store *store, const wck_place *place, size_t n, wck_chunk **out, wck_error *err);
void wck_sqlite_forget_shared(wck_store *store);
void wck_sqlite_forget_chunks(wck_store *store);

#endif
