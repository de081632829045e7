/* SPDX-License-Identifier: MIT
 * random.h: random snapshots out of small domains, so that keys collide, rows repeat and servers differ in a little.
 *
 * A snapshot is cooked from recipes, one a row: `key` decides what the row is about, `value` what it says. Dropping,
 * altering and adding recipes gives what another server holds, and another order of the same ones the same facts. */
#ifndef WCK_TESTS_MODEL_RANDOM_H
#define WCK_TESTS_MODEL_RANDOM_H

#include "model/snapshot.h"

typedef struct recipe {
    unsigned kind;
    uint64_t key, value;
} recipe;

typedef struct recipes {
    WCK_VEC(recipe) rows;
    uint64_t config, coverage; /* seeds; coverage 0: everything complete */
    size_t filler;             /* so many more updates, the same on every server */
} recipes;

typedef struct cooking {
    const char *name, *parent;
    wck_mode mode;
    uint64_t order; /* seed of the order of rows and of set items; 0: as they stand */
    uint64_t local; /* seed of the fields that servers need not share; 0: all null */
    uint64_t server_id;
} cooking;

extern const wck_time random_now; /* about when everything happens */

void recipes_make(recipes *out, uint64_t seed, size_t rows);
void recipes_copy(recipes *out, const recipes *from);
/* Some `percent` of the rows are dropped, altered or doubled with another value, and as many are added. */
void recipes_mutate(recipes *r, uint64_t seed, unsigned percent);
void recipes_clear(recipes *r);
/* Not frozen; the caller frees. */
wck_snapshot *recipes_cook(const recipes *r, const cooking *how);

#endif
