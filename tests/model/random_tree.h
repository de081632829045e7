/* SPDX-License-Identifier: MIT
 * random_tree.h: seeded trees of servers in states that WSUS can be in. Few updates, groups, products and languages, so
 * that changes collide often. */
#ifndef WCK_TESTS_MODEL_RANDOM_TREE_H
#define WCK_TESTS_MODEL_RANDOM_TREE_H

#include "model/wsus_model.h"

typedef struct dice {
    uint64_t state;
} dice;

uint64_t dice_next(dice *d);
size_t dice_below(dice *d, size_t n); /* 0 .. n - 1 */
bool dice_percent(dice *d, unsigned percent);

enum { TREE_UPDATES = 12, TREE_GROUPS = 5, TREE_EULAS = 3, TREE_PRODUCTS = 4, TREE_CLASSES = 3, TREE_LANGUAGES = 5 };
typedef enum tree_pool {
    POOL_UPDATE = 0xaa,
    POOL_GROUP = 0xbb,
    POOL_EULA = 0xee,
    POOL_COMPANY = 0xc0,
    POOL_FAMILY = 0xcf,
    POOL_PRODUCT = 0xcb,
    POOL_CLASS = 0xcc,
    POOL_SERVER = 0x5e,
    POOL_DEPLOYMENT = 0xdd,
    POOL_MANY = 0xe9
} tree_pool;

wck_guid tree_id(tree_pool pool, uint64_t n);
wck_time tree_now(void);                                 /* when the stories begin */
wck_time tree_ago(int64_t seconds);                      /* before that */
extern const char *const tree_languages[TREE_LANGUAGES]; /* "all" first */

typedef struct wsus_tree {
    wck_snapshot *now[WSUS_MOST], *before[WSUS_MOST]; /* owned, not frozen; before: NULL where there was none */
    size_t n;
    char applied[400]; /* names of the changes that were made to it */
} wsus_tree;

/* A tree without any difference, and then the changes that the seed tells: odd seeds take the ones that plans are made
 * of, even seeds everything, unknown and partial sections included. */
void tree_make(wsus_tree *out, uint64_t seed);
void tree_clear(wsus_tree *tree);
/* Without any change. */
void tree_make_clean(wsus_tree *out, dice *d);

/* What is hidden from wsusck: sections that become unknown, partial or absent. dark[i]: nothing of server i was read.
 */
void tree_blindfold(wck_snapshot *const *now, size_t n, bool dark[WSUS_MOST], dice *d);
/* An update becomes one that nobody needs on the server whose name comes out, that is gone upstream, and that a sibling
 * needs. NULL: the tree has no such place. */
const char *tree_sibling(wsus_tree *tree, dice *d);

/* for the files of the generator */
wck_update *tree_add_update(wck_snapshot *s, dice *d, wck_guid id, int64_t revision);
void tree_add_approval(wck_snapshot *s, dice *d, wck_guid update, int64_t revision, wck_guid group);
void tree_guids(wck_snapshot *s, wck_guids *out, const wck_guid *items, size_t n);
void tree_change(wsus_tree *tree, dice *d, bool everything); /* random_changes.c */
void tree_forget_upstream(wck_snapshot *s);                  /* the setting could not be read */
wck_snapshot *tree_get(const wsus_tree *tree, const char *name);

#endif
