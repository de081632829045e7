/* SPDX-License-Identifier: MIT
 * db.h: what a store asks of its database. One implementation a kind: sqlite*.c, postgres*.c. The store above it knows
 * neither. Shared by the files of this folder only.
 *
 * A connection is used by one thread at a time (wck_store.lock). The statements are all in `wck_query`; their text is
 * the implementation's. */
#ifndef WCK_STORE_DB_H
#define WCK_STORE_DB_H

#include "model/manifest.h"
#include "store/store.h"

/* Parameters count from 1, columns from 0, both in the order given. */
typedef enum wck_query {
    Q_SNAP_FIND,   /* server, collected_at, digest -> id */
    Q_SNAP_NEXT,   /* -> the id of the next snapshot */
    Q_SNAP_ADD,    /* id, server, parent, mode, server_id, digest, collected_at, stored_at, updates, approvals, declined,
                    * sum, manifest */
    Q_SNAP_GET,    /* id -> as above */
    Q_SNAP_LIST,   /* -> the same without manifest, by server (bytewise), collected_at (NULL first), id */
    Q_SNAP_REMOVE, /* id */
    Q_MANIFESTS,   /* -> id, manifest; other queries may run between its rows */
    Q_META_GET,    /* key -> sum, value */
    Q_META_PUT,    /* key, sum, value */
    Q_META_ALL,    /* -> sum, value, key; without the tally */
    Q_DOC_GET,     /* update, revision -> sum, data */
    Q_DOC_PUT,     /* update, revision, sum, data; nothing when it is there */
    Q_DOC_ALL,     /* -> sum, data, "update revision" */
    Q_CHUNK_ALL,   /* -> sum, data, digest */
    Q_COUNT
} wck_query;

typedef enum wck_write {
    WCK_WRITE_ADD,    /* a snapshot or a value; others may write at the same time until wck_db_alone */
    WCK_WRITE_CACHE,  /* a document: may be lost in a power cut, but never torn */
    WCK_WRITE_REMOVE, /* nobody else writes: what a snapshot that is being put relies on must not go */
} wck_write;

typedef struct wck_db wck_db;

typedef struct wck_stmt {
    wck_db *db;
} wck_stmt;

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

/* Takes the chunk, also when it fails. */
typedef wck_status wck_chunk_fn(wck_chunk *chunk, void *payload, wck_error *err);

typedef struct wck_db_ops {
    void (*close)(wck_db *db); /* also half open */

    /* Between begin_read and roll_back all is read from one state, whatever others write. */
    wck_status (*begin_read)(wck_db *db, wck_error *err);
    wck_status (*begin_write)(wck_db *db, wck_write kind, wck_error *err);
    /* From here to the end nobody else adds a snapshot or a value, and what they added is seen. NULL: begin_write
     * does that. */
    wck_status (*alone)(wck_db *db, wck_error *err);
    wck_status (*commit)(wck_db *db, wck_error *err);
    void (*roll_back)(wck_db *db); /* nothing is open: nothing happens */
    bool (*in_transaction)(const wck_db *db);

    /* Reset and without bindings. */
    wck_status (*query)(wck_stmt **out, wck_db *db, wck_query which, wck_error *err);
    /* What is bound stays the caller's and must last until reset. NULL: SQL's. */
    void (*bind_int)(wck_stmt *stmt, int at, int64_t value);
    void (*bind_text)(wck_stmt *stmt, int at, const char *text);
    void (*bind_blob)(wck_stmt *stmt, int at, const void *data, size_t len);
    wck_status (*step)(wck_stmt *stmt, bool *row, wck_error *err);
    /* Borrowed until the next step. false: memory is short. */
    bool (*is_null)(wck_stmt *stmt, int column);
    int64_t (*get_int)(wck_stmt *stmt, int column);
    bool (*get_text)(const char **out, wck_stmt *stmt, int column); /* NULL for SQL's */
    bool (*get_blob)(const void **out, size_t *len, wck_stmt *stmt, int column);
    void (*reset)(wck_stmt *stmt);

    /* The chunk, a malloc of the caller's. WCK_E_STORE when it is missing or damaged. */
    wck_status (*fetch)(wck_chunk **out, wck_db *db, const wck_place *place, wck_error *err);
    /* Many at once, in any order, as far as they are there. NULL: one at a time costs no more. */
    wck_status (*fetch_many)(wck_db *db, const wck_digest *digests, size_t n, wck_chunk_fn *fn, void *payload,
                             wck_error *err);
    /* Where the chunks of a snapshot go, within a transaction; end (also after a failure) gives the status of the
     * whole and frees what begin made. */
    wck_status (*sink_begin)(wck_chunk_sink *out, wck_db *db, wck_error *err);
    wck_status (*sink_end)(wck_chunk_sink *sink, wck_status status, wck_error *err);
    /* known[i]: digests[i] names a chunk that is there. */
    wck_status (*known)(bool *known, wck_db *db, const wck_digest *digests, size_t n, wck_error *err);
    wck_status (*drop)(wck_db *db, const wck_digest *digests, size_t n, wck_error *err);
    /* Does the database itself find fault with its pages? NULL: it cannot be asked. */
    wck_status (*check_pages)(wck_db *db, wck_error *err);
} wck_db_ops;

struct wck_db {
    const wck_db_ops *ops;
    char shown[160]; /* its name, quoted for messages; without a password */
};

wck_status wck_sqlite_open(wck_db **out, const char *uri, const wck_store_options *options, wck_error *err);
wck_status wck_postgres_open(wck_db **out, const char *uri, const wck_store_options *options, wck_error *err);

/* The store is named, and what to do about it is told. */
wck_status wck_db_damaged(const wck_db *db, wck_error *err, const char *what);
/* Over the data and the hash of what it is found by, so that a lookup that goes astray in a damaged index is seen. */
int64_t wck_db_sum(uint64_t key, const void *data, size_t len);
uint64_t wck_db_key(const wck_digest *digest);
/* A chunk as it came from the database, held against its sum. */
typedef struct wck_chunk_row {
    int64_t sum;
    const void *data, *places;
    size_t len, places_len;
} wck_chunk_row;
wck_status wck_chunk_make(wck_chunk **out, const wck_db *db, const wck_digest *digest, const wck_chunk_row *row,
                          wck_error *err);

static inline void wck_bind_int(wck_stmt *stmt, int at, int64_t value)
{
    stmt->db->ops->bind_int(stmt, at, value);
}

static inline void wck_bind_text(wck_stmt *stmt, int at, const char *text)
{
    stmt->db->ops->bind_text(stmt, at, text);
}

static inline void wck_bind_blob(wck_stmt *stmt, int at, const void *data, size_t len)
{
    stmt->db->ops->bind_blob(stmt, at, data, len);
}

static inline wck_status wck_step(wck_stmt *stmt, bool *row, wck_error *err)
{
    return stmt->db->ops->step(stmt, row, err);
}

static inline bool wck_is_null(wck_stmt *stmt, int column)
{
    return stmt->db->ops->is_null(stmt, column);
}

static inline int64_t wck_get_int(wck_stmt *stmt, int column)
{
    return stmt->db->ops->get_int(stmt, column);
}

static inline bool wck_get_text(const char **out, wck_stmt *stmt, int column)
{
    return stmt->db->ops->get_text(out, stmt, column);
}

static inline bool wck_get_blob(const void **out, size_t *len, wck_stmt *stmt, int column)
{
    return stmt->db->ops->get_blob(out, len, stmt, column);
}

static inline void wck_reset(wck_stmt *stmt)
{
    stmt->db->ops->reset(stmt);
}

#endif
