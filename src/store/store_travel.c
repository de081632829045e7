/* SPDX-License-Identifier: MIT
 * store_travel.c: what putting a snapshot would send, asked by digests alone. */
#include "store/store_private.h"

#include <string.h>

enum { BATCH = 256 };

typedef struct asking {
    wck_store *store;
    wck_travel *out;
    wck_arena *arena;
    wck_map seen; /* digests that were asked for: equal chunks travel once */
    wck_digest digests[BATCH];
    size_t len[BATCH], n;
} asking;

static wck_status ask(asking *a, wck_error *err)
{
    bool known[BATCH] = {false};
    wck_status status = a->n > 0 ? a->store->db->ops->known(known, a->store->db, a->digests, a->n, err) : WCK_OK;

    for (size_t i = 0; i < a->n && status == WCK_OK; i++)
        if (!known[i]) {
            a->out->chunks++;
            a->out->bytes += a->len[i];
        }
    a->n = 0;
    return status;
}

static wck_status knows(const wck_digest *digest, bool *known, void *payload, wck_error *err)
{
    asking *a = payload;

    return a->store->db->ops->known(known, a->store->db, digest, 1, err);
}

static wck_status add(wck_chunk_kind kind, const wck_digest *digest, const void *data, size_t len, void *payload,
                      wck_error *err)
{
    asking *a = payload;
    wck_digest *own;

    (void)kind;
    (void)data;
    if (wck_map_find(&a->seen, digest->bytes, WCK_DIGEST_SIZE) != NULL)
        return WCK_OK;
    own = wck_arena_alloc(a->arena, sizeof *own);
    if (own == NULL || wck_map_put(&a->seen, memcpy(own->bytes, digest->bytes, WCK_DIGEST_SIZE), WCK_DIGEST_SIZE, NULL) == NULL)
        return wck_fail_memory(err, "asking the store");
    a->digests[a->n] = *digest;
    a->len[a->n++] = len;
    return a->n == BATCH ? ask(a, err) : WCK_OK;
}

wck_status wck_store_would_put(wck_store *store, const wck_snapshot *snapshot, wck_travel *out, wck_error *err)
{
    asking a = {.store = store, .out = out, .arena = wck_arena_new()};
    const wck_chunk_sink sink = {.knows = knows, .add = add, .payload = &a};
    wck_manifest m;
    wck_status status;

    *out = (wck_travel){0, 0};
    if (a.arena == NULL)
        return wck_fail_memory(err, "asking the store");
    pthread_mutex_lock(&store->lock);
    status = wck_manifest_make(&m, NULL, snapshot, &sink, err);
    if (status == WCK_OK)
        status = ask(&a, err);
    pthread_mutex_unlock(&store->lock);
    wck_map_clear(&a.seen);
    wck_arena_free(a.arena);
    return status;
}
