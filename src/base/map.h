/* SPDX-License-Identifier: MIT
 * map.h: hash table from bytes (strings, GUIDs) to pointers; iteration in insertion order, so output is deterministic. */
#ifndef WCK_BASE_MAP_H
#define WCK_BASE_MAP_H

#include "base/guid.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct wck_map_entry {
    const void *key; /* borrowed: must outlive the map */
    size_t key_len;
    void *value;
    uint64_t hash;
} wck_map_entry;

typedef struct wck_map {
    wck_map_entry *entries; /* insertion order */
    size_t n, size;
    uint32_t *slots; /* index + 1 into entries, 0 = free; power of two */
    size_t n_slots;
} wck_map;

/* A zeroed wck_map is an empty map. */
void wck_map_clear(wck_map *map);
/* NULL when absent. */
wck_map_entry *wck_map_find(const wck_map *map, const void *key, size_t len);
/* The entry of that key, made with value NULL when new (*added tells, may be NULL); NULL when memory is short. */
wck_map_entry *wck_map_put(wck_map *map, const void *key, size_t len, bool *added);

#endif
