/* SPDX-License-Identifier: MIT
 * store_cache.c: chunks out of the database, and what is kept of them: raw chunks of partitions lately used, decoded
 * sections and indexes for as long as a reader is open. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

/* A generation of raw chunks. Siblings load the same partition one after another, its shared chunk is some 25 KB and
 * every local one 5 KB: 4 MiB hold the partition of 800 servers; two generations are 8 MiB at most. */
enum { GENERATION_BYTES = 4 << 20 };

int64_t wck_store_place(const wck_chunk *chunk, size_t i)
{
    const unsigned char *at = chunk->data + chunk->len + i * 8;
    uint64_t id = 0;

    for (unsigned k = 0; i < chunk->n_places && k < 8; k++)
        id = id << 8 | at[k];
    return id <= INT64_MAX ? (int64_t)id : 0;
}

/* ---- raw chunks ---- */

static void drop_generation(wck_map *map)
{
    for (size_t i = 0; i < map->n; i++)
        free(map->entries[i].value);
    wck_map_clear(map);
}

void wck_store_forget_chunks(wck_store *store)
{
    drop_generation(&store->chunks.young);
    drop_generation(&store->chunks.old);
    store->chunks.young_bytes = 0;
}

/* Takes the chunk; NULL and nothing is kept when memory is short. */
static const wck_chunk *remember(wck_store *store, wck_chunk *chunk)
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
        wck_store_forget_chunks(store);
        free(chunk);
        return NULL;
    }
    e->value = chunk;
    cache->young_bytes += sizeof *chunk + chunk->len;
    return chunk;
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

wck_status wck_store_chunk(wck_store *store, const wck_place *place, const wck_chunk **out, wck_error *err)
{
    wck_map_entry *e = wck_map_find(&store->chunks.young, place->digest.bytes, WCK_DIGEST_SIZE);
    wck_chunk *chunk = e != NULL ? e->value : NULL;
    wck_status status = WCK_OK;

    *out = chunk;
    if (chunk != NULL)
        return WCK_OK;
    chunk = recall(&store->chunks, &place->digest);
    if (chunk == NULL)
        status = wck_store_fetch(store, place, &chunk, err);
    if (status != WCK_OK)
        return status;
    *out = remember(store, chunk);
    return *out != NULL ? WCK_OK : wck_fail_memory(err, "reading the store");
}

/* ---- many at once ---- */

bool wck_store_fetches_ahead(const wck_store *store)
{
    return store->db->ops->fetch_many != NULL;
}

static wck_chunk *cached(const wck_store *store, const wck_digest *digest)
{
    const wck_map_entry *e = wck_map_find(&store->chunks.young, digest->bytes, WCK_DIGEST_SIZE);

    if (e == NULL || e->value == NULL)
        e = wck_map_find(&store->chunks.old, digest->bytes, WCK_DIGEST_SIZE);
    return e != NULL ? e->value : NULL;
}

void wck_store_want(wck_store *store, wck_ahead *ahead, const wck_digest *digest)
{
    for (size_t i = 0; i < ahead->n; i++)
        if (wck_digest_eq(&ahead->digests[i], digest))
            return;
    if (ahead->n < WCK_AHEAD && cached(store, digest) == NULL)
        ahead->digests[ahead->n++] = *digest;
}

static wck_status keep(wck_chunk *chunk, void *payload, wck_error *err)
{
    return remember(payload, chunk) != NULL ? WCK_OK : wck_fail_memory(err, "reading the store");
}

wck_status wck_store_fetch_ahead(wck_store *store, const wck_ahead *ahead, wck_error *err)
{
    if (ahead->n < 2 || !wck_store_fetches_ahead(store))
        return WCK_OK;
    return store->db->ops->fetch_many(store->db, ahead->digests, ahead->n, keep, store, err);
}

wck_status wck_store_fetch(wck_store *store, const wck_place *place, wck_chunk **out, wck_error *err)
{
    const wck_chunk *known = wck_store_fetches_ahead(store) ? cached(store, &place->digest) : NULL;
    size_t size;

    if (known == NULL)
        return store->db->ops->fetch(out, store->db, place, err);
    size = sizeof *known + known->len + known->n_places * 8;
    *out = malloc(size);
    if (*out == NULL)
        return wck_fail_memory(err, "reading the store");
    memcpy(*out, known, size);
    return WCK_OK;
}

/* ---- decoded and shared ---- */

wck_status wck_store_section(wck_store *store, const wck_manifest *m, int section, wck_snapshot *into,
                              wck_error *err)
{
    const wck_digest *digests = section < 0 ? m->server : m->section[section];
    wck_chunk *s = NULL, *l = NULL;
    wck_status status = wck_store_fetch(store, &(wck_place){digests[WCK_SHARED], 0}, &s, err);

    if (status == WCK_OK)
        status = wck_store_fetch(store, &(wck_place){digests[WCK_LOCAL], 0}, &l, err);
    if (status == WCK_OK)
        status = section < 0 ? wck_canon_get_server(into, s->data, s->len, l->data, l->len, err)
                             : wck_canon_get_section(into, (wck_section)section, s->data, s->len, l->data, l->len, err);
    if (status == WCK_OK && section == WCK_SECTION_HOST && store->read_host != NULL)
        status = store->read_host(into, err);
    free(s);
    free(l);
    return wck_store_named(store, status, err);
}

typedef struct section_key {
    unsigned char section[8];
    wck_digest digests[WCK_STREAMS];
} section_key;

static section_key key_of(const wck_manifest *m, int section)
{
    section_key key;

    memset(&key, 0, sizeof key);
    key.section[0] = (unsigned char)section;
    memcpy(key.digests, m->section[section], sizeof key.digests);
    return key;
}

void wck_store_want_section(wck_store *store, wck_ahead *ahead, const wck_manifest *m, int section)
{
    section_key key = key_of(m, section);

    if (wck_map_find(&store->sections, &key, sizeof key) != NULL)
        return;
    wck_store_want(store, ahead, &m->section[section][WCK_SHARED]);
    wck_store_want(store, ahead, &m->section[section][WCK_LOCAL]);
}

wck_status wck_store_shared_section(wck_store *store, const wck_manifest *m, int section, const wck_snapshot **out,
                                     wck_error *err)
{
    section_key key = key_of(m, section), *own;
    wck_snapshot *decoded;
    wck_map_entry *e;
    wck_status status;

    e = wck_map_find(&store->sections, &key, sizeof key);
    if (e != NULL) {
        *out = e->value;
        return WCK_OK;
    }
    decoded = wck_snapshot_new();
    own = decoded != NULL ? wck_arena_alloc(decoded->arena, sizeof *own) : NULL;
    status = own != NULL ? wck_store_section(store, m, section, decoded, err)
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

static wck_status new_index(wck_store *store, const wck_manifest *m, wck_shared_index **out, wck_error *err)
{
    wck_chunk *chunk = NULL;
    wck_shared_index *index = NULL;
    wck_index decoded = {0};
    wck_status status = wck_store_fetch(store, &(wck_place){m->index[WCK_SHARED], 0}, &chunk, err);

    if (status == WCK_OK)
        status = wck_store_named(store, wck_index_get(&decoded, chunk->data, chunk->len, err), err);
    if (status == WCK_OK) {
        index = calloc(1, sizeof *index + decoded.n_spans * sizeof *index->places);
        status = index != NULL ? WCK_OK : wck_fail_memory(err, "reading the store");
    }
    if (status == WCK_OK) {
        index->digest = m->index[WCK_SHARED];
        index->index = decoded;
        for (size_t i = 0; i < decoded.n_spans; i++)
            index->places[i] = wck_store_place(chunk, i);
    } else
        wck_index_clear(&decoded);
    free(chunk);
    *out = index;
    return status;
}

static void free_index(wck_shared_index *index)
{
    wck_index_clear(&index->index);
    free(index);
}

wck_status wck_store_shared_index(wck_store *store, const wck_manifest *m, const wck_shared_index **out,
                                   wck_error *err)
{
    wck_map_entry *e = wck_map_find(&store->indexes, m->index[WCK_SHARED].bytes, WCK_DIGEST_SIZE);
    wck_shared_index *index = NULL;
    wck_status status;

    if (e != NULL) {
        *out = e->value;
        return WCK_OK;
    }
    status = new_index(store, m, &index, err);
    if (status != WCK_OK)
        return status;
    e = wck_map_put(&store->indexes, index->digest.bytes, WCK_DIGEST_SIZE, NULL);
    if (e == NULL) {
        free_index(index);
        return wck_fail_memory(err, "reading the store");
    }
    *out = e->value = index;
    return WCK_OK;
}

static wck_status new_span(wck_store *store, const wck_place *place, size_t width, wck_shared_span **out,
                           wck_error *err)
{
    wck_chunk *chunk = NULL;
    wck_shared_span *span = calloc(1, sizeof *span);
    wck_status status = span != NULL ? wck_store_fetch(store, place, &chunk, err)
                                     : wck_fail_memory(err, "reading the store");

    if (status == WCK_OK)
        status = wck_store_named(store, wck_span_get(span->parts, width, chunk->data, chunk->len, err), err);
    if (status == WCK_OK) {
        span->digest = place->digest;
        for (size_t i = 0; i < width; i++)
            span->places[i] = wck_store_place(chunk, i);
    } else {
        free(span);
        span = NULL;
    }
    free(chunk);
    *out = span;
    return status;
}

wck_status wck_store_shared_span(wck_store *store, const wck_shared_index *index, size_t i,
                                  const wck_shared_span **out, wck_error *err)
{
    const wck_place place = {index->index.spans[i].digest, index->places[i]};
    wck_map_entry *e = wck_map_find(&store->spans, place.digest.bytes, WCK_DIGEST_SIZE);
    wck_shared_span *span = NULL;
    wck_status status;

    if (e != NULL) {
        *out = e->value;
        return WCK_OK;
    }
    status = new_span(store, &place, wck_span_width(index->index.n), &span, err);
    if (status != WCK_OK)
        return status;
    e = wck_map_put(&store->spans, span->digest.bytes, WCK_DIGEST_SIZE, NULL);
    if (e == NULL) {
        free(span);
        return wck_fail_memory(err, "reading the store");
    }
    *out = e->value = span;
    return WCK_OK;
}

wck_status wck_store_local_list(wck_store *store, const wck_place *place, size_t n, wck_chunk **out, wck_error *err)
{
    wck_status status = wck_store_fetch(store, place, out, err);

    if (status == WCK_OK && !wck_local_list_fits(n, (*out)->len)) {
        free(*out);
        *out = NULL;
        status = wck_store_damaged(store, err, "the index of a snapshot has a wrong length");
    }
    return status;
}

void wck_store_forget_shared(wck_store *store)
{
    for (size_t i = 0; i < store->sections.n; i++)
        wck_snapshot_free(store->sections.entries[i].value); /* the key lives in its arena */
    wck_map_clear(&store->sections);
    for (size_t i = 0; i < store->indexes.n; i++)
        free_index(store->indexes.entries[i].value);
    wck_map_clear(&store->indexes);
    for (size_t i = 0; i < store->spans.n; i++)
        free(store->spans.entries[i].value);
    wck_map_clear(&store->spans);
}
