/* SPDX-License-Identifier: MIT
 * seeds.h: one random tree after the other, looked at, and held against a property. */
#ifndef WCK_TESTS_MODEL_SEEDS_H
#define WCK_TESTS_MODEL_SEEDS_H

#include "model/looks.h"
#include "model/random_tree.h"

typedef struct story {
    uint64_t seed;
    wsus_tree tree;
    look first;
    complaints said;
    char note[200]; /* what was done besides, shown with a complaint */
    bool refused;   /* what was to be tried cannot be */
} story;

typedef void property_fn(story *st);

typedef struct seeds_result {
    size_t seeds, findings, refused;
} seeds_result;

/* Seeds 0 to 1999, or those that WSUSCK_MODEL_SEEDS=FIRST..LAST says. Fails the test when there is a complaint about
 * one of them, and shows the first ones. */
seeds_result each_seed(property_fn *property);

#endif
