/* SPDX-License-Identifier: MIT
 * sqlite.h: the store in one SQLite file; shared by the store_*.c files only. */
#ifndef WCK_STORE_SQLITE_H
#define WCK_STORE_SQLITE_H

#include "base/map.h"
#include "model/manifest.h"
#include "store/store.h"

#include <pthread.h>
#include <sqlite3.h>

/* "wsck", so that `file` and we can tell our databases from others */
#define WCK_SQLITE_APPLICATION_ID 0x7773636b
#define WCK_SQLITE_SCHEMA 1

enum {
    Q_CHUNK_HAS,
    Q_CHUNK_ADD,
    Q_CHUNK_GET,
    Q_SNAP_FIND,
    Q_SNAP_ADD,
    Q_SNAP_GET,
    Q_LIST_ALL,
    Q_LIST_SERVER,
    Q_LATEST,
    Q_SNAP_REMOVE,
    Q_MANIFESTS,
    Q_META_GET,
    Q_META_PUT,
    Q_DOC_GET,
    Q_DOC_PUT,
    Q_COUNT
};

typedef struct cached_chunk {
    wck_digest digest; /* key */
    size_t len;
    unsigned char data[];
} cached_chunk;

struct wck_store {
    sqlite3 *db;
    sqlite3_stmt *query[Q_COUNT];
    pthread_mutex_t lock; /* one statement at a time; collectors put documents from several threads */
    char *path;
    wck_map chunks; /* digest -> cached_chunk *, raw bytes read lately */
    size_t chunk_bytes;
    wck_map sections; /* "section + digests" -> decoded wck_snapshot *, shared by readers */
    wck_map indexes;  /* digest of the index -> wck_manifest * with parts, shared by readers */
};

wck_status wck_sqlite_fail(wck_store *store, wck_error *err, const char *doing);
/* Prepared once; reset and cleared. NULL with err filled. */
sqlite3_stmt *wck_sqlite_query(wck_store *store, int which, wck_error *err);
wck_status wck_sqlite_exec(wck_store *store, const char *sql, wck_error *err);
wck_status wck_sqlite_migrate(wck_store *store, bool read_only, wck_error *err);
/* Borrowed until the next call on the store. WCK_E_STORE when the chunk is missing. */
wck_status wck_sqlite_chunk(wck_store *store, const wck_digest *digest, const void **data, size_t *len,
                            wck_error *err);
wck_status wck_sqlite_manifest(wck_store *store, wck_snapshot_id id, wck_manifest *out, wck_error *err);
void wck_sqlite_forget(wck_store *store); /* frees the caches */

#endif
