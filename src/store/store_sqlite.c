/* SPDX-License-Identifier: MIT
 * store_sqlite.c: putting snapshots and listing them.
 *
 * put is one transaction: chunks that are not there yet, then the snapshot's row last, so a reader sees a snapshot only
 * when it is complete. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

/* What a put has to remember while it cuts. */
typedef struct putting {
    wck_store *store;
    /* ids of the partitions of the span at hand, and of all spans, of the shared and the local stream in turn, each
     * big-endian, as they go into the `places` of the chunk that names them */
    wck_buf parts, spans[WCK_STREAMS];
    size_t n_spans, n_indexes;
} putting;

static bool note(wck_buf *places, sqlite3_int64 id)
{
    unsigned char bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)id >> (56 - 8 * i));
    return wck_buf_put(places, bytes, sizeof bytes);
}

/* *id 0: not there. */
static wck_status look_for(wck_store *store, const wck_digest *digest, sqlite3_int64 *id, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_CHUNK_HAS, err);
    wck_status status = WCK_OK;
    int code;

    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    sqlite3_bind_blob(stmt, 1, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    code = sqlite3_step(stmt);
    *id = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    sqlite3_reset(stmt);
    return status;
}

static wck_status insert(wck_store *store, const wck_digest *digest, const void *data, size_t len,
                         const wck_buf *places, sqlite3_int64 *id, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_CHUNK_ADD, err);
    wck_status status = WCK_OK;

    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    sqlite3_bind_blob(stmt, 1, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, wck_sqlite_sum(wck_sqlite_key(digest), data, len));
    sqlite3_bind_blob64(stmt, 3, data, len, SQLITE_STATIC);
    if (places != NULL)
        sqlite3_bind_blob64(stmt, 4, wck_buf_text(places), places->len, SQLITE_STATIC);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "write to");
    sqlite3_reset(stmt);
    *id = sqlite3_last_insert_rowid(store->db);
    return status;
}

/* The ids of what a chunk names; NULL when it names nothing. */
static wck_buf *places_of(putting *p, wck_chunk_kind kind)
{
    if (kind == WCK_CHUNK_SPAN)
        return &p->parts;
    return kind == WCK_CHUNK_INDEX ? &p->spans[p->n_indexes++ % WCK_STREAMS] : NULL;
}

static wck_status add_chunk(wck_chunk_kind kind, const wck_digest *digest, const void *data, size_t len, void *payload,
                            wck_error *err)
{
    putting *p = payload;
    wck_buf *places = places_of(p, kind);
    sqlite3_int64 id = 0;
    wck_status status = look_for(p->store, digest, &id, err); /* most chunks of an unchanged server are there */
    bool noted = true;

    if (status == WCK_OK && id == 0)
        status = insert(p->store, digest, data, len, places, &id, err);
    if (kind == WCK_CHUNK_PARTITION)
        noted = note(&p->parts, id);
    if (kind == WCK_CHUNK_SPAN) {
        wck_buf_reset(&p->parts);
        noted = note(&p->spans[p->n_spans++ % WCK_STREAMS], id);
    }
    return status == WCK_OK && !noted ? wck_fail_memory(err, "storing a snapshot") : status;
}

static wck_status knows_span(const wck_digest *digest, bool *known, void *payload, wck_error *err)
{
    putting *p = payload;
    sqlite3_int64 id = 0;
    wck_status status = look_for(p->store, digest, &id, err);

    *known = id != 0;
    if (*known && !note(&p->spans[p->n_spans++ % WCK_STREAMS], id))
        status = wck_fail_memory(err, "storing a snapshot");
    return status;
}

static wck_status put_chunks(wck_store *store, const wck_snapshot *snapshot, wck_manifest *m, wck_error *err)
{
    putting p = {.store = store};
    const wck_chunk_sink sink = {.knows = knows_span, .add = add_chunk, .payload = &p};
    wck_status status;

    wck_buf_init(&p.parts, 1U << 16);
    wck_buf_init(&p.spans[WCK_SHARED], 1U << 20);
    wck_buf_init(&p.spans[WCK_LOCAL], 1U << 20);
    status = wck_manifest_make(m, NULL, snapshot, &sink, err);
    wck_buf_clear(&p.parts);
    wck_buf_clear(&p.spans[WCK_SHARED]);
    wck_buf_clear(&p.spans[WCK_LOCAL]);
    return status;
}

/* ---- the row of a snapshot ---- */

/* Over every column that the row's sum covers. */
static wck_status sum_info(const wck_snapshot_info *i, int64_t *out, wck_error *err)
{
    char guid[WCK_GUID_TEXT], digest[WCK_DIGEST_HEX];
    wck_buf b;
    bool ok;

    wck_buf_init(&b, 1U << 20);
    ok = wck_buf_puts(&b, i->server) && wck_buf_putc(&b, '\0') &&
         wck_buf_puts(&b, i->parent != NULL ? i->parent : "") &&
         wck_buf_printf(&b, "%c%d %s %s %lld %lld %zu %zu %zu %lld", '\0', (i->parent != NULL) * 16 + (int)i->mode,
                        wck_guid_format(guid, i->server_id), wck_digest_format(digest, &i->digest),
                        (long long)i->collected_at, (long long)i->stored_at, i->updates, i->approvals, i->declined,
                        (long long)i->id);
    *out = wck_sqlite_sum(0, wck_buf_text(&b), b.len);
    wck_buf_clear(&b);
    return ok ? WCK_OK : wck_fail_memory(err, "using the store");
}

static void bind_time(sqlite3_stmt *stmt, int at, wck_time t)
{
    if (t != WCK_TIME_NONE)
        sqlite3_bind_int64(stmt, at, t);
}

/* The name of the server is part of the digest, so the same digest is the same server. */
static wck_status find_same(wck_store *store, const wck_snapshot_info *info, wck_snapshot_id *id, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_FIND, err);
    wck_status status = WCK_OK;
    int code;

    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    sqlite3_bind_text(stmt, 1, info->server, -1, SQLITE_STATIC);
    bind_time(stmt, 2, info->collected_at);
    sqlite3_bind_blob(stmt, 3, info->digest.bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    code = sqlite3_step(stmt);
    *id = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    sqlite3_reset(stmt);
    return status;
}

/* An id is part of the row's sum, so it is chosen before. It is never used again: SQLite keeps the highest one ever. */
static wck_status next_id(wck_store *store, wck_snapshot_id *id, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_NEXT, err);
    wck_status status = WCK_OK;
    int code;

    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    code = sqlite3_step(stmt);
    *id = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 1;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    else if (*id < 1)
        status = wck_sqlite_damaged(store, err, "its ids have run out");
    sqlite3_reset(stmt);
    return status;
}

static void bind_info(sqlite3_stmt *stmt, const wck_snapshot_info *info, char guid[WCK_GUID_TEXT])
{
    sqlite3_bind_int64(stmt, 1, info->id);
    sqlite3_bind_text(stmt, 2, info->server, -1, SQLITE_STATIC);
    if (info->parent != NULL)
        sqlite3_bind_text(stmt, 3, info->parent, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 4, wck_mode_name(info->mode), -1, SQLITE_STATIC);
    if (!wck_guid_is_zero(info->server_id))
        sqlite3_bind_text(stmt, 5, wck_guid_format(guid, info->server_id), -1, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 6, info->digest.bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    bind_time(stmt, 7, info->collected_at);
    sqlite3_bind_int64(stmt, 8, info->stored_at);
    sqlite3_bind_int64(stmt, 9, (sqlite3_int64)info->updates);
    sqlite3_bind_int64(stmt, 10, (sqlite3_int64)info->approvals);
    sqlite3_bind_int64(stmt, 11, (sqlite3_int64)info->declined);
}

static wck_status add_row(wck_store *store, wck_snapshot_info *info, const wck_buf *manifest, wck_error *err)
{
    sqlite3_stmt *stmt;
    wck_tally tally;
    char guid[WCK_GUID_TEXT];
    int64_t sum = 0;
    wck_status status = next_id(store, &info->id, err);

    if (status == WCK_OK)
        status = sum_info(info, &sum, err);
    if (status == WCK_OK)
        status = wck_sqlite_tally_get(store, &tally, err);
    if (status == WCK_OK)
        status = wck_sqlite_tally_put(
            store, &(wck_tally){tally.snapshots + 1, tally.sums ^ (uint64_t)sum, tally.values}, err);
    if (status != WCK_OK)
        return status;
    stmt = wck_sqlite_query(store, Q_SNAP_ADD, err);
    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    bind_info(stmt, info, guid);
    sqlite3_bind_int64(stmt, 12, sum);
    sqlite3_bind_blob64(stmt, 13, wck_buf_text(manifest), manifest->len, SQLITE_STATIC);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "write to");
    sqlite3_reset(stmt);
    return status;
}

static wck_status put_row(wck_store *store, const wck_snapshot *s, const wck_manifest *m, wck_snapshot_id *id,
                          bool *existed, wck_error *err)
{
    wck_snapshot_info info = {.server = s->server.name != NULL ? s->server.name : "",
                              .parent = s->server.parent,
                              .mode = s->server.mode,
                              .server_id = s->server.server_id,
                              .digest = m->digest,
                              .collected_at = s->server.collected_at,
                              .stored_at = wck_time_now(),
                              .updates = m->n_updates,
                              .approvals = m->n_approvals,
                              .declined = m->n_declined};
    wck_buf bytes;
    wck_status status = find_same(store, &info, id, err);

    *existed = status == WCK_OK && *id != 0;
    if (status != WCK_OK || *existed)
        return status;
    wck_buf_init(&bytes, 1U << 16);
    status = wck_manifest_put(&bytes, m) ? add_row(store, &info, &bytes, err)
                                         : wck_fail_memory(err, "storing a snapshot");
    wck_buf_clear(&bytes);
    *id = info.id;
    return status;
}

wck_status wck_store_put(wck_store *store, const wck_snapshot *snapshot, wck_snapshot_id *id, bool *existed,
                         wck_error *err)
{
    wck_manifest m;
    bool old = false;
    wck_status status;

    *id = 0;
    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_begin(store, true, err);
    if (status == WCK_OK) {
        status = put_chunks(store, snapshot, &m, err);
        if (status == WCK_OK)
            status = put_row(store, snapshot, &m, id, &old, err);
        if (old) /* nothing new but a chunk with another clock reading, perhaps */
            wck_sqlite_roll_back(store);
        else
            status = wck_sqlite_finish(store, status, err);
    }
    pthread_mutex_unlock(&store->lock);
    if (status != WCK_OK)
        *id = 0;
    if (existed != NULL)
        *existed = old;
    return status;
}

/* ---- reading rows ---- */

/* Text of a column in the arena; NULL for SQL NULL. *ok: false when memory is short. */
static const char *column_text(sqlite3_stmt *stmt, int column, wck_arena *arena, bool *ok)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column), *copy;

    if (text == NULL) {
        *ok = *ok && sqlite3_column_type(stmt, column) == SQLITE_NULL;
        return NULL;
    }
    copy = wck_arena_strdup(arena, text);
    *ok = *ok && copy != NULL;
    return copy;
}

/* The row's columns in the order of wck_snapshot_info; false when they cannot be what was written. */
static bool take_columns(sqlite3_stmt *stmt, wck_snapshot_info *info, wck_arena *arena, bool *ok)
{
    const char *mode = column_text(stmt, 3, arena, ok), *guid = column_text(stmt, 4, arena, ok);
    const void *digest = sqlite3_column_blob(stmt, 5);

    info->id = sqlite3_column_int64(stmt, 0);
    info->server = column_text(stmt, 1, arena, ok);
    info->parent = column_text(stmt, 2, arena, ok);
    info->collected_at = sqlite3_column_type(stmt, 6) == SQLITE_NULL ? WCK_TIME_NONE : sqlite3_column_int64(stmt, 6);
    info->stored_at = sqlite3_column_int64(stmt, 7);
    info->updates = (size_t)sqlite3_column_int64(stmt, 8);
    info->approvals = (size_t)sqlite3_column_int64(stmt, 9);
    info->declined = (size_t)sqlite3_column_int64(stmt, 10);
    if (info->server == NULL || mode == NULL || !wck_mode_parse(&info->mode, mode) || digest == NULL ||
        sqlite3_column_bytes(stmt, 5) != WCK_DIGEST_SIZE || (guid != NULL && !wck_guid_parse(&info->server_id, guid)))
        return false;
    memcpy(info->digest.bytes, digest, WCK_DIGEST_SIZE);
    return true;
}

static wck_status take_info(wck_store *store, sqlite3_stmt *stmt, wck_snapshot_info *info, wck_arena *arena,
                            int64_t *sum, wck_error *err)
{
    bool ok = true, sound = take_columns(stmt, info, arena, &ok);
    wck_status status = !ok ? wck_fail_memory(err, "reading the store") : sound ? sum_info(info, sum, err) : WCK_OK;

    if (status == WCK_OK && (!sound || *sum != sqlite3_column_int64(stmt, 11)))
        return wck_sqlite_damaged(store, err, "the entry of a snapshot is not what was written");
    return status;
}

typedef struct listing {
    wck_arena *arena;
    const char *server; /* NULL: all */
    WCK_VEC(wck_snapshot_info) rows;
    wck_tally seen;
} listing;

static wck_status add_listed(wck_store *store, listing *l, sqlite3_stmt *stmt, wck_error *err)
{
    wck_snapshot_info info = {0}, *kept;
    int64_t sum = 0;
    wck_status status = take_info(store, stmt, &info, l->arena, &sum, err);

    if (status != WCK_OK)
        return status;
    l->seen.snapshots++;
    l->seen.sums ^= (uint64_t)sum;
    if (l->server != NULL && strcmp(l->server, info.server) != 0)
        return WCK_OK;
    kept = wck_vec_push(&l->rows);
    if (kept == NULL)
        return wck_fail_memory(err, "reading the store");
    *kept = info;
    return WCK_OK;
}

static wck_status gather_rows(wck_store *store, listing *l, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_LIST, err);
    wck_tally tally;
    wck_status status = WCK_OK;
    int code = SQLITE_DONE;

    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    while (status == WCK_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW)
        status = add_listed(store, l, stmt, err);
    if (status == WCK_OK && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    sqlite3_reset(stmt);
    if (status == WCK_OK)
        status = wck_sqlite_tally_get(store, &tally, err);
    if (status == WCK_OK && (tally.snapshots != l->seen.snapshots || tally.sums != l->seen.sums))
        status = wck_sqlite_damaged(store, err, "a snapshot is missing");
    return status;
}

/* Always all of them, so that one that is missing is missed; rows and tally of one state. */
static wck_status gather(wck_store *store, listing *l, wck_error *err)
{
    bool own;
    wck_status status = wck_sqlite_read_begin(store, &own, err);

    if (status != WCK_OK)
        return status;
    status = gather_rows(store, l, err);
    wck_sqlite_read_end(store, own);
    return status;
}

wck_status wck_sqlite_complete(wck_store *store, wck_error *err)
{
    listing l = {.arena = wck_arena_new(), .server = ""};
    wck_status status = l.arena != NULL ? gather(store, &l, err) : wck_fail_memory(err, "reading the store");

    wck_vec_clear(&l.rows);
    wck_arena_free(l.arena);
    return status;
}

static wck_status take_manifest(wck_store *store, sqlite3_stmt *stmt, wck_manifest *out, int64_t *sum, wck_error *err)
{
    wck_arena *arena = wck_arena_new();
    wck_snapshot_info info = {0};
    wck_status status = arena != NULL ? take_info(store, stmt, &info, arena, sum, err)
                                      : wck_fail_memory(err, "reading the store");

    if (status == WCK_OK)
        status = wck_sqlite_named(
            store, wck_manifest_get(out, sqlite3_column_blob(stmt, 12), (size_t)sqlite3_column_bytes(stmt, 12), err), err);
    if (status == WCK_OK && !wck_digest_eq(&out->digest, &info.digest))
        status = wck_sqlite_damaged(store, err, "the manifest of a snapshot is that of another");
    wck_arena_free(arena);
    return status;
}

static wck_status not_there(wck_store *store, wck_snapshot_id id, wck_error *err)
{
    wck_status status = wck_sqlite_complete(store, err); /* not there, or lost? */

    if (status != WCK_OK)
        return status;
    wck_fail(err, WCK_E_NOT_FOUND, "could not find snapshot %lld in store \"%s\"", (long long)id, store->shown);
    wck_fail_hint(err, "\"wsusck snapshot list\" shows what is there.");
    return WCK_E_NOT_FOUND;
}

static wck_status get_row(wck_store *store, wck_snapshot_id id, wck_manifest *out, int64_t *sum, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_GET, err);
    wck_status status;
    int code;

    memset(out, 0, sizeof *out);
    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    sqlite3_bind_int64(stmt, 1, id);
    code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        status = take_manifest(store, stmt, out, sum, err);
    else
        status = code == SQLITE_DONE ? not_there(store, id, err) : wck_sqlite_fail(store, err, "read");
    sqlite3_reset(stmt);
    return status;
}

wck_status wck_sqlite_manifest(wck_store *store, wck_snapshot_id id, wck_manifest *out, wck_error *err)
{
    int64_t sum;

    return get_row(store, id, out, &sum, err);
}

wck_status wck_sqlite_row_sum(wck_store *store, wck_snapshot_id id, int64_t *out, wck_error *err)
{
    wck_manifest m;

    *out = 0;
    return get_row(store, id, &m, out, err);
}

/* Rows are copied first, so that fn may use the store. */
wck_status wck_store_list(wck_store *store, const char *server, wck_snapshot_fn *fn, void *payload, wck_error *err)
{
    listing l = {.arena = wck_arena_new(), .server = server};
    wck_status status;

    if (l.arena == NULL)
        return wck_fail_memory(err, "reading the store");
    pthread_mutex_lock(&store->lock);
    status = gather(store, &l, err);
    pthread_mutex_unlock(&store->lock);
    for (size_t i = 0; i < l.rows.n && status == WCK_OK; i++)
        status = fn(&l.rows.items[i], payload, err);
    wck_vec_clear(&l.rows);
    wck_arena_free(l.arena);
    return status;
}

typedef struct newest {
    wck_latest_fn *fn;
    void *payload;
    char *server; /* copy; NULL before the first */
    wck_snapshot_id now, before;
} newest;

static wck_status tell_newest(const newest *n, wck_error *err)
{
    return n->server != NULL ? n->fn(n->server, n->now, n->before, n->payload, err) : WCK_OK;
}

/* Rows come by server, oldest first. */
static wck_status take_newest(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    newest *n = payload;
    wck_status status = WCK_OK;

    if (n->server == NULL || strcmp(n->server, info->server) != 0) {
        status = tell_newest(n, err);
        free(n->server);
        n->server = strdup(info->server);
        n->now = 0;
        if (status == WCK_OK && n->server == NULL)
            status = wck_fail_memory(err, "reading the store");
    }
    n->before = n->now;
    n->now = info->id;
    return status;
}

wck_status wck_store_latest(wck_store *store, wck_latest_fn *fn, void *payload, wck_error *err)
{
    newest n = {.fn = fn, .payload = payload};
    wck_status status = wck_store_list(store, NULL, take_newest, &n, err);

    if (status == WCK_OK)
        status = tell_newest(&n, err);
    free(n.server);
    return status;
}
