/* SPDX-License-Identifier: MIT
 * db.c: what the databases of stores have in common. */
#include "store/db.h"

#include <stdlib.h>
#include <string.h>

wck_status wck_db_damaged(const wck_db *db, wck_error *err, const char *what)
{
    wck_fail(err, WCK_E_STORE, "could not read store \"%s\": %s", db->shown, what);
    return wck_fail_hint(err, "It is damaged; restore it from a backup, or collect into a new one.");
}

uint64_t wck_db_key(const wck_digest *digest)
{
    uint64_t key = 0;

    for (unsigned i = 0; i < 8; i++) /* the same on every machine: a warehouse serves many */
        key |= (uint64_t)digest->bytes[i] << (8 * i);
    return key;
}

int64_t wck_db_sum(uint64_t key, const void *data, size_t len)
{
    uint64_t hash = wck_hash64(len > 0 ? data : "", len) ^ key;
    int64_t sum;

    memcpy(&sum, &hash, sizeof sum);
    return sum;
}

wck_status wck_chunk_make(wck_chunk **out, const wck_db *db, const wck_digest *digest, const wck_chunk_row *row,
                          wck_error *err)
{
    *out = NULL;
    if (row->sum != wck_db_sum(wck_db_key(digest), row->data, row->len))
        return wck_db_damaged(db, err, "a chunk is not what was written");
    *out = malloc(sizeof **out + row->len + row->places_len);
    if (*out == NULL)
        return wck_fail_memory(err, "reading the store");
    (*out)->digest = *digest;
    (*out)->len = row->len;
    (*out)->n_places = row->places_len / 8;
    if (row->len > 0)
        memcpy((*out)->data, row->data, row->len);
    if (row->places_len > 0)
        memcpy((*out)->data + row->len, row->places, row->places_len);
    return WCK_OK;
}
