/* SPDX-License-Identifier: MIT
 * store.h: snapshots on disk, behind one contract. */
#ifndef WCK_STORE_STORE_H
#define WCK_STORE_STORE_H

#include "base/buf.h"
#include "model/reader.h"

typedef struct wck_store wck_store;
typedef int64_t wck_snapshot_id; /* > 0, grows with every put */

typedef struct wck_snapshot_info {
    wck_snapshot_id id;
    const char *server, *parent; /* parent NULL = root; borrowed for the time of the callback */
    wck_mode mode;
    wck_guid server_id;
    wck_digest digest;
    wck_time collected_at, stored_at;
    size_t updates, approvals, declined;
} wck_snapshot_info;

typedef wck_status wck_snapshot_fn(const wck_snapshot_info *info, void *payload, wck_error *err);

typedef struct wck_store_options {
    bool read_only;              /* refuse to create, migrate or write */
    bool (*canceled)(void);      /* asked while others are waited for: true ends that with WCK_E_CANCELED; may be NULL */
    wck_host_read_fn *read_host; /* wck_codec_read_host: what is read gets snapshot->host; NULL: it stays NULL */
} wck_store_options;

/* For a program that uses SQLite through this library only, before its first store: SQLite no longer counts the memory it
 * takes (SQLITE_CONFIG_MEMSTATUS), for which all connections of all threads share one lock. */
void wck_store_setup(void);
/* uri: "sqlite:PATH" (or "sqlite::memory:" for tests). WCK_E_STORE with a hint when it is not ours or newer than us. */
wck_status wck_store_open(wck_store **out, const char *uri, const wck_store_options *options, wck_error *err);
void wck_store_close(wck_store *store); /* NULL is fine */

/* All or nothing. Equal digest of the same server at the same collected_at: the id that is there already
 * (*existed = true, may be NULL). The snapshot must be frozen. */
wck_status wck_store_put(wck_store *store, const wck_snapshot *snapshot, wck_snapshot_id *id, bool *existed,
                         wck_error *err);
/* What putting it would send beside a row and its digests. Nothing is written. */
typedef struct wck_travel {
    size_t chunks; /* that are not there yet */
    uint64_t bytes; /* in them */
} wck_travel;
wck_status wck_store_would_put(wck_store *store, const wck_snapshot *snapshot, wck_travel *out, wck_error *err);
wck_status wck_store_get(wck_store *store, wck_snapshot_id id, wck_snapshot **out, wck_error *err);
/* A reader that loads chunks on demand and shares decoded equal chunks with the other readers of this store; must be
 * closed before the store. */
wck_status wck_store_reader(wck_store *store, wck_snapshot_id id, wck_reader **out, wck_error *err);
/* Ordered by server name (bytewise), then collected_at (unknown first), then id. server NULL = all. fn may use the
 * store. */
wck_status wck_store_list(wck_store *store, const char *server, wck_snapshot_fn *fn, void *payload, wck_error *err);
/* Also drops chunks that nothing refers to any more. WCK_E_NOT_FOUND. */
wck_status wck_store_remove(wck_store *store, wck_snapshot_id id, wck_error *err);
/* The same of many, each named once: all or none. */
wck_status wck_store_remove_all(wck_store *store, const wck_snapshot_id *ids, size_t n, wck_error *err);
/* Newest snapshot of every server and the one before it (0 when there is none), by server name. */
typedef wck_status wck_latest_fn(const char *server, wck_snapshot_id now, wck_snapshot_id before, void *payload,
                                 wck_error *err);
wck_status wck_store_latest(wck_store *store, wck_latest_fn *fn, void *payload, wck_error *err);

/* What is read between these is of one state, whatever others write; may be nested. Readers hold on to it as well. Writing
 * through this very store ends it early. */
wck_status wck_store_view_begin(wck_store *store, wck_error *err);
void wck_store_view_end(wck_store *store);

/* Small named values (identity of the installation). get: WCK_E_NOT_FOUND when absent; out is appended to. */
wck_status wck_store_meta_get(wck_store *store, const char *key, wck_buf *out, wck_error *err);
wck_status wck_store_meta_put(wck_store *store, const char *key, const char *value, wck_error *err);

/* Metadata cache: one document per (update, revision), shared by the whole tree. A revision never changes
 * (MS-WSUSSS). Thread safe. get: WCK_E_NOT_FOUND when absent. */
wck_status wck_store_document_get(wck_store *store, wck_guid update, int64_t revision, wck_buf *out, wck_error *err);
wck_status wck_store_document_put(wck_store *store, wck_guid update, int64_t revision, const void *data, size_t len,
                                  wck_error *err);
/* Every named value, and every document; fn must not use this store. */
typedef wck_status wck_value_fn(const char *key, const void *data, size_t len, void *payload, wck_error *err);
wck_status wck_store_meta_each(wck_store *store, wck_value_fn *fn, void *payload, wck_error *err);
typedef wck_status wck_document_fn(wck_guid update, int64_t revision, const void *data, size_t len, void *payload,
                                   wck_error *err);
wck_status wck_store_document_each(wck_store *store, wck_document_fn *fn, void *payload, wck_error *err);
/* Every page and digest: integrity_check, every chunk hashed again, every snapshot complete. */
wck_status wck_store_verify(wck_store *store, wck_error *err);

#endif
