/* SPDX-License-Identifier: MIT
 * store_rows.c: the rows of snapshots: listed, counted, and their manifests. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

wck_status wck_snapshot_info_sum(const wck_snapshot_info *i, int64_t *out, wck_error *err)
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
    *out = wck_db_sum(0, wck_buf_text(&b), b.len);
    wck_buf_clear(&b);
    return ok ? WCK_OK : wck_fail_memory(err, "using the store");
}

/* Text of a column in the arena; NULL for SQL NULL. *ok: false when memory is short. */
static const char *column_text(wck_stmt *stmt, int column, wck_arena *arena, bool *ok)
{
    const char *text, *copy;

    *ok = wck_get_text(&text, stmt, column) && *ok;
    if (text == NULL)
        return NULL;
    copy = wck_arena_strdup(arena, text);
    *ok = *ok && copy != NULL;
    return copy;
}

/* The row's columns in the order of wck_snapshot_info; false when they cannot be what was written. */
static bool take_columns(wck_stmt *stmt, wck_snapshot_info *info, wck_arena *arena, bool *ok)
{
    const char *mode = column_text(stmt, 3, arena, ok), *guid = column_text(stmt, 4, arena, ok);
    const void *digest;
    size_t len;

    info->id = wck_get_int(stmt, 0);
    info->server = column_text(stmt, 1, arena, ok);
    info->parent = column_text(stmt, 2, arena, ok);
    info->collected_at = wck_is_null(stmt, 6) ? WCK_TIME_NONE : wck_get_int(stmt, 6);
    info->stored_at = wck_get_int(stmt, 7);
    info->updates = (size_t)wck_get_int(stmt, 8);
    info->approvals = (size_t)wck_get_int(stmt, 9);
    info->declined = (size_t)wck_get_int(stmt, 10);
    *ok = wck_get_blob(&digest, &len, stmt, 5) && *ok;
    if (info->server == NULL || mode == NULL || !wck_mode_parse(&info->mode, mode) || digest == NULL ||
        len != WCK_DIGEST_SIZE || (guid != NULL && !wck_guid_parse(&info->server_id, guid)))
        return false;
    memcpy(info->digest.bytes, digest, WCK_DIGEST_SIZE);
    return true;
}

static wck_status take_info(wck_store *store, wck_stmt *stmt, wck_snapshot_info *info, wck_arena *arena,
                            int64_t *sum, wck_error *err)
{
    bool ok = true, sound = take_columns(stmt, info, arena, &ok);
    wck_status status = !ok ? wck_fail_memory(err, "reading the store") : sound ? wck_snapshot_info_sum(info, sum, err) : WCK_OK;

    if (status == WCK_OK && (!sound || *sum != wck_get_int(stmt, 11)))
        return wck_store_damaged(store, err, "the entry of a snapshot is not what was written");
    return status;
}

typedef struct listing {
    wck_arena *arena;
    const char *server; /* NULL: all */
    WCK_VEC(wck_snapshot_info) rows;
    wck_tally seen;
} listing;

static wck_status add_listed(wck_store *store, listing *l, wck_stmt *stmt, wck_error *err)
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
    wck_stmt *stmt;
    wck_tally tally;
    wck_status status = wck_store_query(&stmt, store, Q_SNAP_LIST, err);
    bool more = true;

    if (status != WCK_OK)
        return status;
    while (status == WCK_OK && (status = wck_step(stmt, &more, err)) == WCK_OK && more)
        status = add_listed(store, l, stmt, err);
    wck_reset(stmt);
    if (status == WCK_OK)
        status = wck_store_tally_get(store, &tally, err);
    if (status == WCK_OK && (tally.snapshots != l->seen.snapshots || tally.sums != l->seen.sums))
        status = wck_store_damaged(store, err, "a snapshot is missing");
    return status;
}

/* Always all of them, so that one that is missing is missed; rows and tally of one state. */
static wck_status gather(wck_store *store, listing *l, wck_error *err)
{
    bool own;
    wck_status status = wck_store_read_begin(store, &own, err);

    if (status != WCK_OK)
        return status;
    status = gather_rows(store, l, err);
    wck_store_read_end(store, own);
    return status;
}

wck_status wck_store_complete(wck_store *store, wck_error *err)
{
    listing l = {.arena = wck_arena_new(), .server = ""};
    wck_status status = l.arena != NULL ? gather(store, &l, err) : wck_fail_memory(err, "reading the store");

    wck_vec_clear(&l.rows);
    wck_arena_free(l.arena);
    return status;
}

static wck_status take_manifest(wck_store *store, wck_stmt *stmt, wck_manifest *out, int64_t *sum, wck_error *err)
{
    wck_arena *arena = wck_arena_new();
    wck_snapshot_info info = {0};
    const void *data;
    size_t len;
    wck_status status = arena != NULL ? take_info(store, stmt, &info, arena, sum, err)
                                      : wck_fail_memory(err, "reading the store");

    if (status == WCK_OK)
        status = wck_get_blob(&data, &len, stmt, 12) ? wck_store_named(store, wck_manifest_get(out, data, len, err), err)
                                                     : wck_fail_memory(err, "reading the store");
    if (status == WCK_OK && !wck_digest_eq(&out->digest, &info.digest))
        status = wck_store_damaged(store, err, "the manifest of a snapshot is that of another");
    wck_arena_free(arena);
    return status;
}

static wck_status not_there(wck_store *store, wck_snapshot_id id, wck_error *err)
{
    wck_status status = wck_store_complete(store, err); /* not there, or lost? */

    if (status != WCK_OK)
        return status;
    wck_fail(err, WCK_E_NOT_FOUND, "could not find snapshot %lld in store \"%s\"", (long long)id, store->db->shown);
    wck_fail_hint(err, "\"wsusck snapshot list\" shows what is there.");
    return WCK_E_NOT_FOUND;
}

static wck_status get_row(wck_store *store, wck_snapshot_id id, wck_manifest *out, int64_t *sum, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_store_query(&stmt, store, Q_SNAP_GET, err);
    bool found = false;

    memset(out, 0, sizeof *out);
    if (status != WCK_OK)
        return status;
    wck_bind_int(stmt, 1, id);
    status = wck_step(stmt, &found, err);
    if (status == WCK_OK)
        status = found ? take_manifest(store, stmt, out, sum, err) : not_there(store, id, err);
    wck_reset(stmt);
    return status;
}

wck_status wck_store_manifest(wck_store *store, wck_snapshot_id id, wck_manifest *out, wck_error *err)
{
    int64_t sum;

    return get_row(store, id, out, &sum, err);
}

wck_status wck_store_row_sum(wck_store *store, wck_snapshot_id id, int64_t *out, wck_error *err)
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
