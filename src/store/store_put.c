/* SPDX-License-Identifier: MIT
 * store_put.c: putting snapshots.
 *
 * put is one transaction: chunks that are not there yet, then the snapshot's row last, so a reader sees a snapshot only
 * when it is complete. */
#include "store/store_private.h"

#include <stdlib.h>

static wck_status put_chunks(wck_store *store, const wck_snapshot *snapshot, wck_manifest *m, wck_error *err)
{
    wck_chunk_sink sink;
    wck_status status = store->db->ops->sink_begin(&sink, store->db, err);

    if (status == WCK_OK)
        status = wck_manifest_make(m, NULL, snapshot, &sink, err);
    return store->db->ops->sink_end(&sink, status, err);
}

static void bind_time(wck_stmt *stmt, int at, wck_time t)
{
    if (t != WCK_TIME_NONE)
        wck_bind_int(stmt, at, t);
}

/* The name of the server is part of the digest, so the same digest is the same server. */
static wck_status find_same(wck_store *store, const wck_snapshot_info *info, wck_snapshot_id *id, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_store_query(&stmt, store, Q_SNAP_FIND, err);
    bool found = false;

    if (status != WCK_OK)
        return status;
    wck_bind_text(stmt, 1, info->server);
    bind_time(stmt, 2, info->collected_at);
    wck_bind_blob(stmt, 3, info->digest.bytes, WCK_DIGEST_SIZE);
    status = wck_step(stmt, &found, err);
    *id = found ? wck_get_int(stmt, 0) : 0;
    wck_reset(stmt);
    return status;
}

/* An id is part of the row's sum, so it is chosen before. It is never used again: the database keeps the highest one
 * ever. */
static wck_status next_id(wck_store *store, wck_snapshot_id *id, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_store_query(&stmt, store, Q_SNAP_NEXT, err);
    bool found = false;

    if (status != WCK_OK)
        return status;
    status = wck_step(stmt, &found, err);
    *id = found ? wck_get_int(stmt, 0) : 0;
    wck_reset(stmt);
    return status == WCK_OK && *id < 1 ? wck_store_damaged(store, err, "its ids have run out") : status;
}

static void bind_info(wck_stmt *stmt, const wck_snapshot_info *info, char guid[WCK_GUID_TEXT])
{
    wck_bind_int(stmt, 1, info->id);
    wck_bind_text(stmt, 2, info->server);
    if (info->parent != NULL)
        wck_bind_text(stmt, 3, info->parent);
    wck_bind_text(stmt, 4, wck_mode_name(info->mode));
    if (!wck_guid_is_zero(info->server_id))
        wck_bind_text(stmt, 5, wck_guid_format(guid, info->server_id));
    wck_bind_blob(stmt, 6, info->digest.bytes, WCK_DIGEST_SIZE);
    bind_time(stmt, 7, info->collected_at);
    wck_bind_int(stmt, 8, info->stored_at);
    wck_bind_int(stmt, 9, (int64_t)info->updates);
    wck_bind_int(stmt, 10, (int64_t)info->approvals);
    wck_bind_int(stmt, 11, (int64_t)info->declined);
}

static wck_status add_row(wck_store *store, wck_snapshot_info *info, const wck_buf *manifest, wck_error *err)
{
    wck_stmt *stmt;
    wck_tally tally;
    char guid[WCK_GUID_TEXT];
    int64_t sum = 0;
    bool row;
    wck_status status = next_id(store, &info->id, err);

    if (status == WCK_OK)
        status = wck_snapshot_info_sum(info, &sum, err);
    if (status == WCK_OK)
        status = wck_store_tally_get(store, &tally, err);
    if (status == WCK_OK)
        status = wck_store_tally_put(
            store, &(wck_tally){tally.snapshots + 1, tally.sums ^ (uint64_t)sum, tally.values}, err);
    if (status != WCK_OK)
        return status;
    status = wck_store_query(&stmt, store, Q_SNAP_ADD, err);
    if (status != WCK_OK)
        return status;
    bind_info(stmt, info, guid);
    wck_bind_int(stmt, 12, sum);
    wck_bind_blob(stmt, 13, wck_buf_text(manifest), manifest->len);
    status = wck_step(stmt, &row, err);
    wck_reset(stmt);
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
    wck_status status = wck_store_alone(store, err);

    if (status == WCK_OK)
        status = find_same(store, &info, id, err);
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
    status = wck_store_begin(store, WCK_WRITE_ADD, err);
    if (status == WCK_OK) {
        status = put_chunks(store, snapshot, &m, err);
        if (status == WCK_OK)
            status = put_row(store, snapshot, &m, id, &old, err);
        if (old) /* nothing new but a chunk with another clock reading, perhaps */
            wck_store_roll_back(store);
        else
            status = wck_store_finish(store, status, err);
    }
    pthread_mutex_unlock(&store->lock);
    if (status != WCK_OK)
        *id = 0;
    if (existed != NULL)
        *existed = old;
    return status;
}

