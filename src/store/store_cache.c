/* SPDX-License-Identifier: MIT
 * store_cache.c: chunks out of the database, and what is kept of them: raw chunks of partitions lately used, decoded
 * sections and indexes for as long as a reader is open. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

/* A generation of raw chunks. Siblings load the same partition one after another, its shared chunk is some 25 KB and
 * every local one 5 KB: 4 MiB hold the partition of 800 servers; two generations are 8 MiB at most. */
enum { GENERATION_BYTES = 4 << 20 };

wck_status wck_sqlite_fetch(wck_store *store, const wck_digest *digest, wck_chunk **out, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_CHUNK_GET, err);
    wck_status status = WCK_OK;
    const void *data;
    size_t len;
    int code;

    *out = NULL;
    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    sqlite3_bind_blob(stmt, 1, digest->bytes, WCK_DIGEST_SIZE, SQLITE_STATIC);
    code = sqlite3_step(stmt);
    data = code == SQLITE_ROW ? sqlite3_column_blob(stmt, 1) : NULL;
    len = code == SQLITE_ROW ? (size_t)sqlite3_column_bytes(stmt, 1) : 0;
    if (code != SQLITE_ROW)
        status = code == SQLITE_DONE ? wck_sqlite_damaged(store, err, "a chunk is missing")
                                     : wck_sqlite_fail(store, err, "read");
    else if (data == NULL && sqlite3_errcode(store->db) == SQLITE_NOMEM)
        status = wck_fail_memory(err, "reading the store");
    else if (sqlite3_column_int64(stmt, 0) != wck_sqlite_sum(wck_sqlite_key(digest), data, len))
        status = wck_sqlite_damaged(store, err, "a chunk is not what was written");
    else if ((*out = malloc(sizeof **out + len)) == NULL)
        status = wck_fail_memory(err, "reading the store");
    if (status == WCK_OK) {
        (*out)->digest = *digest;
        (*out)->len = len;
        if (len > 0)
            memcpy((*out)->data, data, len);
    }
    sqlite3_reset(stmt);
    return status;
}

/* ---- raw chunks ---- */

static void drop_generation(wck_map *map)
{
    for (size_t i = 0; i < map->n; i++)
        free(map->entries[i].value);
    wck_map_clear(map);
}

void wck_sqlite_forget_chunks(wck_store *store)
{
    drop_generation(&store->chunks.young);
    drop_generation(&store->chunks.old);
    store->chunks.young_bytes = 0;
}

/* Takes the chunk. When memory is short nothing is kept. */
static void remember(wck_store *store, wck_chunk *chunk)
{
    chunk_cache *cache = &store->chunks;
    wck_map_entry *e;

    if (cache->young_bytes > GENERATION_BYTES) {
        drop_generation(&cache->old);
        cache->old = cache->young;
        memset(&cache->young, 0, sizeof cache->young);
        cache->young_bytes = 0;
    }
    e = wck_map_put(&cache->young, chunk->digest.bytes, WCK_DIGEST_SIZE, NULL);
    if (e == NULL) {
        wck_sqlite_forget_chunks(store);
        free(chunk);
        return;
    }
    e->value = chunk;
    cache->young_bytes += sizeof *chunk + chunk->len;
}

/* Out of the old generation, for remember(); NULL when it is not there. The entry stays behind without a value; its key
 * is the digest in the chunk, which lives longer, as the old generation goes first. */
static wck_chunk *recall(chunk_cache *cache, const wck_digest *digest)
{
    wck_map_entry *e = wck_map_find(&cache->old, digest->bytes, WCK_DIGEST_SIZE);
    wck_chunk *chunk = e != NULL ? e->value : NULL;

    if (e != NULL)
        e->value = NULL;
    return chunk;
}

static bool give(wck_arena *arena, const wck_chunk *chunk, const void **data, size_t *len)
{
    void *copy = wck_arena_alloc(arena, chunk->len);

    if (copy != NULL)
        memcpy(copy, chunk->data, chunk->len);
    *data = copy;
    *len = chunk->len;
    return copy != NULL;
}

wck_status wck_sqlite_chunk(wck_store *store, const wck_digest *digest, wck_arena *arena, const void **data,
                            size_t *len, wck_error *err)
{
    wck_map_entry *e = wck_map_find(&store->chunks.young, digest->bytes, WCK_DIGEST_SIZE);
    wck_chunk *chunk = e != NULL ? e->value : NULL;
    wck_status status = WCK_OK;
    bool given;

    if (chunk != NULL)
        return give(arena, chunk, data, len) ? WCK_OK : wck_fail_memory(err, "reading the store");
    chunk = recall(&store->chunks, digest);
    if (chunk == NULL)
        status = wck_sqlite_fetch(store, digest, &chunk, err);
    if (status != WCK_OK)
        return status;
    given = give(arena, chunk, data, len);
    remember(store, chunk);
    return given ? WCK_OK : wck_fail_memory(err, "reading the store");
}

/* ---- decoded and shared ---- */

wck_status wck_sqlite_section(wck_store *store, const wck_manifest *m, int section, wck_snapshot *into,
                              wck_error *err)
{
    const wck_digest *digests = section < 0 ? m->server : m->section[section];
    wck_chunk *s = NULL, *l = NULL;
    wck_status status = wck_sqlite_fetch(store, &digests[WCK_SHARED], &s, err);

    if (status == WCK_OK)
        status = wck_sqlite_fetch(store, &digests[WCK_LOCAL], &l, err);
    if (status == WCK_OK)
        status = section < 0 ? wck_canon_get_server(into, s->data, s->len, l->data, l->len, err)
                             : wck_canon_get_section(into, (wck_section)section, s->data, s->len, l->data, l->len, err);
    if (status == WCK_OK && section == WCK_SECTION_HOST && store->read_host != NULL)
        status = store->read_host(into, err);
    free(s);
    free(l);
    return wck_sqlite_named(store, status, err);
}

typedef struct section_key {
    unsigned char section[8];
    wck_digest digests[WCK_STREAMS];
} section_key;

wck_status wck_sqlite_shared_section(wck_store *store, const wck_manifest *m, int section, const wck_snapshot **out,
                                     wck_error *err)
{
    section_key key, *own;
    wck_snapshot *decoded;
    wck_map_entry *e;
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
    own = decoded != NULL ? wck_arena_alloc(decoded->arena, sizeof *own) : NULL;
    status = own != NULL ? wck_sqlite_section(store, m, section, decoded, err)
                         : wck_fail_memory(err, "reading the store");
    if (status == WCK_OK) {
        *own = key;
        e = wck_map_put(&store->sections, own, sizeof *own, NULL);
        status = e != NULL ? WCK_OK : wck_fail_memory(err, "reading the store");
    }
    if (status != WCK_OK) {
        wck_snapshot_free(decoded);
        return status;
    }
    e->value = decoded;
    *out = decoded;
    return WCK_OK;
}

static wck_status decode_index(wck_store *store, const wck_manifest *m, shared_index *into, wck_error *err)
{
    wck_chunk *chunk = NULL;
    wck_status status = wck_sqlite_fetch(store, &m->index[WCK_SHARED], &chunk, err);

    if (status == WCK_OK)
        status = wck_sqlite_named(store, wck_index_get(&into->index, chunk->data, chunk->len, err), err);
    free(chunk);
    for (size_t p = 0; p < into->index.n; p++) {
        into->n_updates += into->index.parts[p].n_updates;
        into->n_declined += into->index.parts[p].n_declined;
        into->n_approvals += into->index.parts[p].n_approvals;
    }
    return status;
}

static wck_status new_index(wck_store *store, const wck_manifest *m, shared_index **out, wck_error *err)
{
    shared_index *index = calloc(1, sizeof *index);
    wck_map_entry *e = NULL;
    wck_status status = index != NULL ? decode_index(store, m, index, err) : wck_fail_memory(err, "reading the store");

    if (status == WCK_OK) {
        index->digest = m->index[WCK_SHARED];
        e = wck_map_put(&store->indexes, index->digest.bytes, WCK_DIGEST_SIZE, NULL);
        status = e != NULL ? WCK_OK : wck_fail_memory(err, "reading the store");
    }
    if (status != WCK_OK) {
        if (index != NULL)
            wck_index_clear(&index->index);
        free(index);
        return status;
    }
    e->value = index;
    *out = index;
    return WCK_OK;
}

wck_status wck_sqlite_shared_index(wck_store *store, const wck_manifest *m, const wck_index **out, wck_error *err)
{
    wck_map_entry *e = wck_map_find(&store->indexes, m->index[WCK_SHARED].bytes, WCK_DIGEST_SIZE);
    shared_index *index = e != NULL ? e->value : NULL;
    wck_status status = index != NULL ? WCK_OK : new_index(store, m, &index, err);

    if (status != WCK_OK)
        return status;
    if (index->n_updates != m->n_updates || index->n_declined != m->n_declined ||
        index->n_approvals != m->n_approvals)
        return wck_sqlite_damaged(store, err, "the counts of a snapshot do not add up");
    *out = &index->index;
    return WCK_OK;
}

void wck_sqlite_forget_shared(wck_store *store)
{
    for (size_t i = 0; i < store->sections.n; i++)
        wck_snapshot_free(store->sections.entries[i].value); /* the key lives in its arena */
    wck_map_clear(&store->sections);
    for (size_t i = 0; i < store->indexes.n; i++) {
        shared_index *index = store->indexes.entries[i].value;
        wck_index_clear(&index->index);
        free(index);
    }
    wck_map_clear(&store->indexes);
}
