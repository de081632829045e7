/* SPDX-License-Identifier: MIT
 * store_reader.c: snapshots read back: whole, or piece by piece through a reader. Equal sections and indexes of many
 * servers are decoded once and shared. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

/* Raw chunks kept: siblings load the same partition one after another; 8 MiB hold a partition of 500 servers. */
enum { CHUNK_CACHE_BYTES = 8 << 20 };

static void forget_chunks(wck_store *store)
{
    for (size_t i = 0; i < store->chunks.n; i++)
        free(store->chunks.entries[i].value);
    wck_map_clear(&store->chunks);
    store->chunk_bytes = 0;
}

void wck_sqlite_forget(wck_store *store)
{
    forget_chunks(store);
    for (size_t i = 0; i < store->sections.n; i++) {
        free((void *)(uintptr_t)store->sections.entries[i].key);
        wck_snapshot_free(store->sections.entries[i].value);
    }
    wck_map_clear(&store->sections);
    for (size_t i = 0; i < store->indexes.n; i++) {
        wck_manifest_clear(store->indexes.entries[i].value);
        free(store->indexes.entries[i].value);
    }
    wck_map_clear(&store->indexes);
}

static wck_status fetch_chunk(wck_store *store, const wck_digest *digest, cached_chunk **out, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_CHUNK_GET, err);
    cached_chunk *chunk;
    size_t len;
    int code;

    if (stmt == NULL)
        return WCK_E_STORE;
    sqlite3_bind_blob(stmt, 1, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    code = sqlite3_step(stmt);
    if (code != SQLITE_ROW) {
        sqlite3_reset(stmt);
        return code == SQLITE_DONE ? wck_fail(err, WCK_E_STORE, "could not read store \"%s\": a chunk is missing", store->path)
                                   : wck_sqlite_fail(store, err, "read");
    }
    len = (size_t)sqlite3_column_bytes(stmt, 0);
    chunk = malloc(sizeof *chunk + len);
    if (chunk != NULL) {
        chunk->digest = *digest;
        chunk->len = len;
        if (len > 0)
            memcpy(chunk->data, sqlite3_column_blob(stmt, 0), len);
    }
    sqlite3_reset(stmt);
    *out = chunk;
    return chunk != NULL ? WCK_OK : wck_fail_memory(err, "reading the store");
}

wck_status wck_sqlite_chunk(wck_store *store, const wck_digest *digest, const void **data, size_t *len,
                            wck_error *err)
{
    wck_map_entry *e = wck_map_find(&store->chunks, digest->bytes, WCK_DIGEST_SIZE);
    cached_chunk *chunk = e != NULL ? e->value : NULL;

    if (chunk == NULL) {
        wck_status status;
        if (store->chunk_bytes > CHUNK_CACHE_BYTES)
            forget_chunks(store);
        status = fetch_chunk(store, digest, &chunk, err);
        if (status != WCK_OK)
            return status;
        e = wck_map_put(&store->chunks, chunk->digest.bytes, WCK_DIGEST_SIZE, NULL);
        if (e == NULL) {
            free(chunk);
            return wck_fail_memory(err, "reading the store");
        }
        e->value = chunk;
        store->chunk_bytes += chunk->len;
    }
    *data = chunk->data;
    *len = chunk->len;
    return WCK_OK;
}

/* Shared and local chunk together; the first stays valid because a flush happens only before a fetch that misses. */
static wck_status both_chunks(wck_store *store, const wck_digest *shared, const wck_digest *local, wck_buf *keep,
                              const void **l, size_t *l_len, wck_error *err)
{
    const void *data;
    size_t len;
    wck_status status = wck_sqlite_chunk(store, shared, &data, &len, err);

    if (status == WCK_OK && !wck_buf_put(keep, data, len))
        status = wck_fail_memory(err, "reading the store");
    return status == WCK_OK ? wck_sqlite_chunk(store, local, l, l_len, err) : status;
}

wck_status wck_sqlite_manifest(wck_store *store, wck_snapshot_id id, wck_manifest *out, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_SNAP_GET, err);
    wck_status status;
    int code;

    memset(out, 0, sizeof *out);
    if (stmt == NULL)
        return WCK_E_STORE;
    sqlite3_bind_int64(stmt, 1, id);
    code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        status = wck_manifest_get(out, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0), err);
    else if (code == SQLITE_DONE) {
        status = wck_fail(err, WCK_E_NOT_FOUND, "could not find snapshot %lld in the store", (long long)id);
        wck_fail_hint(err, "\"wsusck snapshot list\" shows what is there.");
    } else
        status = wck_sqlite_fail(store, err, "read");
    sqlite3_reset(stmt);
    return status;
}

/* Parts of the manifest, from the shared index. Borrowed from the store. */
static wck_status index_of(wck_store *store, const wck_manifest *m, const wck_manifest **out, wck_error *err)
{
    wck_map_entry *e = wck_map_find(&store->indexes, m->index.bytes, WCK_DIGEST_SIZE);
    wck_manifest *index;
    const void *data;
    size_t len;
    wck_status status;

    if (e != NULL) {
        *out = e->value;
        return WCK_OK;
    }
    status = wck_sqlite_chunk(store, &m->index, &data, &len, err);
    if (status != WCK_OK)
        return status;
    index = calloc(1, sizeof *index);
    if (index == NULL)
        return wck_fail_memory(err, "reading the store");
    status = wck_manifest_get_index(index, data, len, err);
    index->index = m->index;
    e = status == WCK_OK ? wck_map_put(&store->indexes, index->index.bytes, WCK_DIGEST_SIZE, NULL) : NULL;
    if (e == NULL) {
        wck_manifest_clear(index);
        free(index);
        return status != WCK_OK ? status : wck_fail_memory(err, "reading the store");
    }
    e->value = index;
    *out = index;
    return WCK_OK;
}

static bool is_partitioned(int section)
{
    return section == WCK_SECTION_UPDATES || section == WCK_SECTION_DECLINED || section == WCK_SECTION_APPROVALS;
}

static wck_status decode_section(wck_store *store, const wck_manifest *m, int section, wck_snapshot *into,
                                 wck_error *err)
{
    const void *l;
    size_t l_len;
    wck_buf shared;
    wck_status status;

    wck_buf_init(&shared, SIZE_MAX / 4);
    status = both_chunks(store, &m->section[section][0], &m->section[section][1], &shared, &l, &l_len, err);
    if (status == WCK_OK)
        status = wck_canon_get_section(into, (wck_section)section, wck_buf_text(&shared), shared.len, l, l_len, err);
    wck_buf_clear(&shared);
    return status;
}

/* The decoded section, shared by every snapshot with equal chunks. */
static wck_status section_of(wck_store *store, const wck_manifest *m, int section, const wck_snapshot **out,
                             wck_error *err)
{
    struct {
        unsigned char section[8];
        wck_digest digests[2];
    } key;
    wck_map_entry *e;
    wck_snapshot *decoded;
    void *own;
    wck_status status;

    memset(&key, 0, sizeof key);
    key.section[0] = (unsigned char)section;
    memcpy(key.digests, m->section[section], sizeof key.digests);
    e = wck_map_find(&store->sections, &key, sizeof key);
    if (e != NULL) {
        *out = e->value;
        return WCK_OK;
    }
    decoded = wck_snapshot_new();
    own = malloc(sizeof key);
    status = decoded != NULL && own != NULL ? decode_section(store, m, section, decoded, err)
                                            : wck_fail_memory(err, "reading the store");
    if (status == WCK_OK) {
        memcpy(own, &key, sizeof key);
        e = wck_map_put(&store->sections, own, sizeof key, NULL);
        if (e == NULL)
            status = wck_fail_memory(err, "reading the store");
    }
    if (status != WCK_OK) {
        free(own);
        wck_snapshot_free(decoded);
        return status;
    }
    e->value = decoded;
    *out = decoded;
    return WCK_OK;
}

/* Let the head's section point into the shared copy. */
static void borrow(wck_snapshot *head, int section, const wck_snapshot *from)
{
    switch (section) {
    case WCK_SECTION_CONFIG:
        head->config = from->config;
        break;
    case WCK_SECTION_LANGUAGES:
        memcpy(&head->languages, &from->languages, sizeof head->languages);
        break;
    case WCK_SECTION_CATEGORIES:
        memcpy(&head->categories, &from->categories, sizeof head->categories);
        break;
    case WCK_SECTION_GROUPS:
        memcpy(&head->groups, &from->groups, sizeof head->groups);
        break;
    case WCK_SECTION_EULAS:
        memcpy(&head->eulas, &from->eulas, sizeof head->eulas);
        break;
    case WCK_SECTION_SYNC_HISTORY:
        memcpy(&head->sync_history, &from->sync_history, sizeof head->sync_history);
        break;
    case WCK_SECTION_FILES:
        memcpy(&head->files, &from->files, sizeof head->files);
        break;
    default:
        head->host_json = from->host_json;
    }
}

typedef struct store_reader {
    wck_reader base;
    wck_store *store;
    wck_snapshot *head;        /* own: server and coverage; borrowed: everything else */
    const wck_manifest *index; /* borrowed from the store */
    wck_part_info *parts;
} store_reader;

static wck_status load_part(wck_store *store, const wck_manifest_part *part, wck_arena *arena, wck_partition *out,
                            wck_error *err)
{
    const void *local;
    size_t local_len;
    wck_buf shared;
    wck_status status;

    wck_buf_init(&shared, SIZE_MAX / 4);
    status = both_chunks(store, &part->info.digest, &part->local, &shared, &local, &local_len, err);
    if (status == WCK_OK)
        status = wck_canon_get_partition(out, arena, wck_buf_text(&shared), shared.len, local, local_len, err);
    wck_buf_clear(&shared);
    return status;
}

static wck_status load(wck_reader *reader, size_t partition, wck_arena *arena, wck_partition *out, wck_error *err)
{
    store_reader *r = (store_reader *)reader;
    wck_status status;

    pthread_mutex_lock(&r->store->lock);
    status = load_part(r->store, &r->index->parts[partition], arena, out, err);
    pthread_mutex_unlock(&r->store->lock);
    return status;
}

static void close_reader(wck_reader *reader)
{
    store_reader *r = (store_reader *)reader;

    if (r->head != NULL) { /* what is borrowed must not be freed */
        memset(&r->head->languages, 0, sizeof r->head->languages);
        memset(&r->head->categories, 0, sizeof r->head->categories);
        memset(&r->head->groups, 0, sizeof r->head->groups);
        memset(&r->head->eulas, 0, sizeof r->head->eulas);
        memset(&r->head->sync_history, 0, sizeof r->head->sync_history);
        memset(&r->head->files, 0, sizeof r->head->files);
        wck_snapshot_free(r->head);
    }
    free(r->parts);
    free(r);
}

static wck_status read_server(wck_store *store, const wck_manifest *m, wck_snapshot *into, wck_error *err)
{
    const void *l;
    size_t l_len;
    wck_buf shared;
    wck_status status;

    wck_buf_init(&shared, SIZE_MAX / 4);
    status = both_chunks(store, &m->server[0], &m->server[1], &shared, &l, &l_len, err);
    if (status == WCK_OK)
        status = wck_canon_get_server(into, wck_buf_text(&shared), shared.len, l, l_len, err);
    wck_buf_clear(&shared);
    return status;
}

static wck_status fill_reader(store_reader *r, const wck_manifest *m, wck_error *err)
{
    wck_status status = read_server(r->store, m, r->head, err);

    for (int s = 0; s < WCK_SECTION_COUNT && status == WCK_OK; s++) {
        const wck_snapshot *shared = NULL;
        if (is_partitioned(s))
            continue;
        status = section_of(r->store, m, s, &shared, err);
        if (status == WCK_OK)
            borrow(r->head, s, shared);
        r->base.section[s] = m->section[s][0];
    }
    if (status == WCK_OK)
        status = index_of(r->store, m, &r->index, err);
    if (status != WCK_OK)
        return status;
    r->parts = calloc(r->index->n_partitions, sizeof *r->parts);
    if (r->parts == NULL)
        return wck_fail_memory(err, "reading the store");
    for (size_t p = 0; p < r->index->n_partitions; p++)
        r->parts[p] = r->index->parts[p].info;
    r->base.head = r->head;
    r->base.digest = m->digest;
    r->base.n_partitions = r->index->n_partitions;
    r->base.parts = r->parts;
    r->base.n_updates = m->n_updates;
    r->base.n_declined = m->n_declined;
    r->base.n_approvals = m->n_approvals;
    r->head->frozen = true;
    return WCK_OK;
}

wck_status wck_store_reader(wck_store *store, wck_snapshot_id id, wck_reader **out, wck_error *err)
{
    static const wck_reader_ops ops = {load, close_reader};
    store_reader *r = calloc(1, sizeof *r);
    wck_manifest m;
    wck_status status;

    *out = NULL;
    if (r == NULL || (r->head = wck_snapshot_new()) == NULL) {
        free(r);
        return wck_fail_memory(err, "reading the store");
    }
    r->store = store;
    r->base.ops = &ops;
    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_manifest(store, id, &m, err);
    if (status == WCK_OK)
        status = fill_reader(r, &m, err);
    pthread_mutex_unlock(&store->lock);
    if (status != WCK_OK) {
        close_reader(&r->base);
        return status;
    }
    *out = &r->base;
    return WCK_OK;
}

/* ---- whole ---- */

static bool append(wck_snapshot *s, const wck_partition *rows)
{
    for (size_t i = 0; i < rows->n_updates; i++) {
        wck_update *u = wck_snapshot_add_update(s);
        if (u == NULL)
            return false;
        *u = rows->updates[i];
    }
    for (size_t i = 0; i < rows->n_declined; i++) {
        wck_declined *d = wck_snapshot_add_declined(s);
        if (d == NULL)
            return false;
        *d = rows->declined[i];
    }
    for (size_t i = 0; i < rows->n_approvals; i++) {
        wck_approval *a = wck_snapshot_add_approval(s);
        if (a == NULL)
            return false;
        *a = rows->approvals[i];
    }
    return true;
}

static wck_status read_whole(wck_store *store, wck_snapshot_id id, wck_snapshot *s, wck_error *err)
{
    const wck_manifest *index = NULL;
    wck_manifest m;
    wck_status status = wck_sqlite_manifest(store, id, &m, err);

    if (status == WCK_OK)
        status = read_server(store, &m, s, err);
    for (int k = 0; k < WCK_SECTION_COUNT && status == WCK_OK; k++)
        if (!is_partitioned(k))
            status = decode_section(store, &m, k, s, err);
    if (status == WCK_OK)
        status = index_of(store, &m, &index, err);
    for (size_t p = 0; status == WCK_OK && p < index->n_partitions; p++) {
        wck_partition rows = {0};
        status = load_part(store, &index->parts[p], s->arena, &rows, err);
        if (status == WCK_OK && !append(s, &rows))
            status = wck_fail_memory(err, "reading the store");
    }
    return status;
}

wck_status wck_store_get(wck_store *store, wck_snapshot_id id, wck_snapshot **out, wck_error *err)
{
    wck_snapshot *s = wck_snapshot_new();
    wck_status status;

    *out = NULL;
    if (s == NULL)
        return wck_fail_memory(err, "reading the store");
    pthread_mutex_lock(&store->lock);
    status = read_whole(store, id, s, err);
    pthread_mutex_unlock(&store->lock);
    if (status == WCK_OK)
        status = wck_snapshot_freeze(s, err);
    if (status != WCK_OK) {
        wck_snapshot_free(s);
        return status;
    }
    *out = s;
    return WCK_OK;
}
