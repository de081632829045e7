/* SPDX-License-Identifier: MIT
 * store_private.h: the store above its database; shared by the files of this folder only.
 *
 * One lock per store: it guards the connection, its statements and the caches. The functions below expect it to be
 * held. */
#ifndef WCK_STORE_STORE_PRIVATE_H
#define WCK_STORE_STORE_PRIVATE_H

#include "base/map.h"
#include "store/db.h"

#include <pthread.h>

/* Raw chunks read lately, in two generations: what is used moves to the young one, and when that is full the old one
 * goes. */
typedef struct chunk_cache {
    wck_map young, old; /* digest -> wck_chunk * */
    size_t young_bytes;
} chunk_cache;

struct wck_store {
    wck_db *db;
    pthread_mutex_t lock;
    wck_host_read_fn *read_host; /* may be NULL */
    chunk_cache chunks;
    wck_map sections; /* "section + digests" -> decoded wck_snapshot *, shared by readers */
    wck_map indexes;  /* digest of the index -> wck_shared_index *, shared by readers */
    wck_map spans;    /* digest of the span -> wck_shared_span *, shared by readers */
    size_t readers;   /* open ones; with the last one what they share goes */
    size_t views;     /* see wck_store_view */
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
wck_status wck_store_damaged(const wck_store *store, wck_error *err, const char *what);
wck_status wck_store_query(wck_stmt **out, wck_store *store, wck_query which, wck_error *err);
void wck_store_roll_back(wck_store *store);
/* Commits when status is WCK_OK, else rolls back; gives the status of the whole. */
wck_status wck_store_finish(wck_store *store, wck_status status, wck_error *err);
/* Between these all is read from one state, whatever other processes write; within a transaction they do nothing. */
wck_status wck_store_read_begin(wck_store *store, bool *own, wck_error *err);
void wck_store_read_end(wck_store *store, bool own);
/* From here to the end of the transaction nobody else writes, and what they wrote is seen. */
wck_status wck_store_alone(wck_store *store, wck_error *err);
/* status, with the store named in the text of a WCK_E_STORE that came from the model. */
wck_status wck_store_named(const wck_store *store, wck_status status, wck_error *err);

/* store_view.c: one transaction from the first open reader to the last, so that all readers see one state and SQLite
 * need not ask for its locks at each statement. Writing through the same connection ends it early: what is read then is read from the state at hand. */
wck_status wck_store_view(wck_store *store, wck_error *err);
void wck_store_unview(wck_store *store);
/* To be ended by wck_store_finish. */
wck_status wck_store_begin(wck_store *store, wck_write kind, wck_error *err);

/* store_values.c: every named value and document is what was written. */
wck_status wck_store_check_values(wck_store *store, wck_error *err);

wck_status wck_store_value_get(wck_store *store, const char *key, wck_buf *out, bool *found, wck_error *err);
wck_status wck_store_value_put(wck_store *store, const char *key, const char *value, wck_error *err);

/* store_tally.c: how many snapshots and named values there are, so that one that is lost is missed. */
typedef struct wck_tally {
    uint64_t snapshots, sums; /* sums: of their rows, XORed */
    uint64_t values;
} wck_tally;
wck_status wck_store_tally_get(wck_store *store, wck_tally *out, wck_error *err);
wck_status wck_store_tally_put(wck_store *store, const wck_tally *tally, wck_error *err);

/* store_rows.c */
/* Every row is what was written and none is missing: WCK_OK. */
wck_status wck_store_complete(wck_store *store, wck_error *err);
/* The row's sum, for the tally. */
wck_status wck_store_row_sum(wck_store *store, wck_snapshot_id id, int64_t *out, wck_error *err);
/* Over every column that the row's sum covers. */
wck_status wck_snapshot_info_sum(const wck_snapshot_info *info, int64_t *out, wck_error *err);
wck_status wck_store_manifest(wck_store *store, wck_snapshot_id id, wck_manifest *out, wck_error *err);

/* store_cache.c. fetch: a malloc of the caller's own; WCK_E_STORE when it is missing or damaged. */
wck_status wck_store_fetch(wck_store *store, const wck_place *place, wck_chunk **out, wck_error *err);
/* Chunks that will be asked for, at once into the cache; those that are there already are left out. Does nothing where a
 * chunk alone costs no more. What is missing is told when it is asked for. */
enum { WCK_AHEAD = 128 };
typedef struct wck_ahead {
    wck_digest digests[WCK_AHEAD];
    size_t n;
} wck_ahead;
void wck_store_want(wck_store *store, wck_ahead *ahead, const wck_digest *digest); /* full: nothing happens */
wck_status wck_store_fetch_ahead(wck_store *store, const wck_ahead *ahead, wck_error *err);
bool wck_store_fetches_ahead(const wck_store *store);
int64_t wck_store_place(const wck_chunk *chunk, size_t i); /* 0 when it does not tell */
/* The chunk through the cache; borrowed until the next but one megabyte is read. */
wck_status wck_store_chunk(wck_store *store, const wck_place *place, const wck_chunk **out, wck_error *err);
/* Fetch the two streams of a section of the head, or of the server (section < 0), and decode them. */
wck_status wck_store_section(wck_store *store, const wck_manifest *m, int section, wck_snapshot *into,
                              wck_error *err);
/* What wck_store_shared_section will ask for. */
void wck_store_want_section(wck_store *store, wck_ahead *ahead, const wck_manifest *m, int section);
/* The decoded section or index, shared by every snapshot with equal chunks; borrowed from the store. */
wck_status wck_store_shared_section(wck_store *store, const wck_manifest *m, int section, const wck_snapshot **out,
                                     wck_error *err);
wck_status wck_store_shared_index(wck_store *store, const wck_manifest *m, const wck_shared_index **out,
                                   wck_error *err);
/* One span of an index. */
wck_status wck_store_shared_span(wck_store *store, const wck_shared_index *index, size_t span,
                                  const wck_shared_span **out, wck_error *err);
/* A local list of n digests. */
wck_status wck_store_local_list(wck_store *store, const wck_place *place, size_t n, wck_chunk **out, wck_error *err);
void wck_store_forget_shared(wck_store *store);
void wck_store_forget_chunks(wck_store *store);

#endif
