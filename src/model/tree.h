/* SPDX-License-Identifier: MIT
 * tree.h: the hierarchy of servers, made from the latest snapshot of each. */
#ifndef WCK_MODEL_TREE_H
#define WCK_MODEL_TREE_H

#include "model/reader.h"

typedef struct wck_node wck_node;
struct wck_node {
    const char *name;       /* borrowed from now->head */
    const char *path;       /* "hq/berlin/munich"; tree's arena. On a cycle: the name alone */
    wck_reader *now;        /* latest snapshot; owned by the tree */
    wck_reader *before;     /* the snapshot before it, or NULL; owned by the tree */
    const char *snapshot_id, *previous_id; /* store's ids as text, may be NULL; tree's arena */
    wck_node *parent;       /* NULL: a root, unknown parent or on a cycle */
    wck_node **children;    /* sorted by name */
    size_t n_children;
    size_t index;           /* place in tree->nodes */
    unsigned depth;         /* 1 for a root; counts known servers */
    bool unknown_parent;    /* names a parent that is not here */
    bool on_cycle;          /* is its own ancestor */
    bool below_cycle;       /* an ancestor is on a cycle */
    bool id_alternates;     /* the id of now was seen, then another, then this one again */
    wck_mode mode;          /* effective: server.mode, else config.upstream.replica, else unknown */
    wck_mode configured_mode; /* from the configuration file; unknown when not given */
    const char *configured_parent; /* from the configuration file; NULL when not given */
};

typedef struct wck_tree {
    wck_arena *arena;
    wck_node **nodes; /* parents before children, siblings by name: the order of every report */
    size_t n;
} wck_tree;

typedef struct wck_tree_input {
    wck_reader *now, *before; /* swallowed by wck_tree_build, also on failure */
    const char *snapshot_id, *previous_id;
    wck_mode configured_mode;
    const char *configured_parent;
    bool id_alternates;
} wck_tree_input;

/* Names must be distinct: WCK_E_INPUT otherwise. */
wck_status wck_tree_build(wck_tree **out, wck_tree_input *inputs, size_t n, wck_error *err);
void wck_tree_free(wck_tree *tree);
wck_node *wck_tree_find(const wck_tree *tree, const char *name_or_path); /* NULL: not there */
/* Nearest autonomous server at or above: where approvals and declines for this server are made. Never NULL for a
 * node of a tree (the top of its chain at last). */
const wck_node *wck_node_authority(const wck_node *node);
const wck_node *wck_node_root(const wck_node *node);

#endif
