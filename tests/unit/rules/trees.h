/* SPDX-License-Identifier: MIT
 * trees.h: random trees of servers that differ in a little, checked in every way there is. */
#ifndef WCK_TESTS_RULES_TREES_H
#define WCK_TESTS_RULES_TREES_H

#include "rules/rule.h"
#include "store/store.h"
#include "unit/model/random.h"

enum { TREE_MOST = 8 };

typedef struct random_tree {
    size_t n;
    wck_snapshot *now[TREE_MOST], *before[TREE_MOST]; /* before: perhaps NULL */
} random_tree;

/* Frozen snapshots. fillers: the servers have so many updates more, each a few more or less. */
void random_tree_make(random_tree *t, uint64_t seed, size_t fillers);
void random_tree_clear(random_tree *t);
/* Readers of the snapshots in memory; the caller frees the tree. */
wck_tree *tree_in_memory(const random_tree *t);
/* The same out of a store, which is filled and must outlive the tree. stores: one for all, or two that take turns. */
wck_tree *tree_in_stores(const random_tree *t, wck_store *const *stores, size_t n_stores);
/* The report of that check as a document; the caller clears it. */
wck_buf report_of(const wck_tree *tree, bool verify);

#endif
