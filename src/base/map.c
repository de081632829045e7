/* SPDX-License-Identifier: MIT
 * map.c: open addressing over an insertion-ordered entry array. */
#include "base/map.h"

#include "base/digest.h"
#include "base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void wck_map_clear(wck_map *map)
{
    free(map->entries);
    free(map->slots);
    memset(map, 0, sizeof *map);
}

/* Slot of the key, or the free slot where it belongs. */
static size_t probe(const wck_map *map, const void *key, size_t len, uint64_t hash)
{
    size_t mask = map->n_slots - 1, i = (size_t)hash & mask;

    for (;; i = (i + 1) & mask) {
        const wck_map_entry *e;
        if (map->slots[i] == 0)
            return i;
        e = &map->entries[map->slots[i] - 1];
        if (e->hash == hash && e->key_len == len && memcmp(e->key, key, len) == 0)
            return i;
    }
}

static bool rehash(wck_map *map, size_t n_slots)
{
    uint32_t *slots = calloc(n_slots, sizeof *slots);

    if (slots == NULL)
        return false;
    free(map->slots);
    map->slots = slots;
    map->n_slots = n_slots;
    for (size_t i = 0; i < map->n; i++) {
        const wck_map_entry *e = &map->entries[i];
        slots[probe(map, e->key, e->key_len, e->hash)] = (uint32_t)(i + 1);
    }
    return true;
}

wck_map_entry *wck_map_find(const wck_map *map, const void *key, size_t len)
{
    size_t i;

    if (map->n == 0)
        return NULL;
    i = probe(map, key, len, wck_hash64(key, len));
    return map->slots[i] == 0 ? NULL : &map->entries[map->slots[i] - 1];
}

wck_map_entry *wck_map_put(wck_map *map, const void *key, size_t len, bool *added)
{
    uint64_t hash = wck_hash64(key, len);
    size_t i;

    if (added != NULL)
        *added = false;
    if ((map->n + 1) * 4 > map->n_slots * 3 && !rehash(map, map->n_slots < 16 ? 16 : map->n_slots * 2))
        return NULL;
    i = probe(map, key, len, hash);
    if (map->slots[i] != 0)
        return &map->entries[map->slots[i] - 1];
    if (map->n >= UINT32_MAX - 1 || !wck_vec_grow((void **)&map->entries, &map->n, &map->size, sizeof *map->entries))
        return NULL;
    map->slots[i] = (uint32_t)map->n;
    if (added != NULL)
        *added = true;
    map->entries[map->n - 1] = (wck_map_entry){.key = key, .key_len = len, .hash = hash};
    return &map->entries[map->n - 1];
}
