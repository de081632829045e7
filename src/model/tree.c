/* SPDX-License-Identifier: MIT
 * tree.c: parents by name, cycles and orphans marked, nodes in the order of every report. */
#include "model/tree.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

static int cmp_node_name(const void *a, const void *b)
{
    return strcmp((*(wck_node *const *)a)->name, (*(wck_node *const *)b)->name);
}

static wck_mode effective_mode(const wck_snapshot *head, wck_mode configured)
{
    if (head->server.mode != WCK_MODE_UNKNOWN)
        return head->server.mode;
    if (head->config.has_upstream && head->config.upstream.replica != WCK_BOOL_NONE)
        return head->config.upstream.replica ? WCK_MODE_REPLICA : WCK_MODE_AUTONOMOUS;
    return configured;
}

static wck_node *find_by_name(wck_node *const *nodes, size_t n, const char *name)
{
    size_t lo = 0, hi = n; /* nodes sorted by name */

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = strcmp(nodes[mid]->name, name);
        if (c == 0)
            return nodes[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

/* NULL stays NULL; *ok: false when memory is short. */
static const char *copy(wck_tree *tree, const char *text, bool *ok)
{
    const char *own = text != NULL ? wck_arena_strdup(tree->arena, text) : NULL;

    *ok = *ok && (text == NULL || own != NULL);
    return own;
}

static wck_status make_nodes(wck_tree *tree, wck_tree_input *inputs, size_t n, wck_error *err)
{
    tree->nodes = wck_arena_array(tree->arena, n, sizeof *tree->nodes);
    if (tree->nodes == NULL)
        return wck_fail_memory(err, "building the tree");
    for (size_t i = 0; i < n; i++) {
        wck_node *node = wck_arena_alloc(tree->arena, sizeof *node);
        bool ok = node != NULL;
        if (!ok)
            return wck_fail_memory(err, "building the tree");
        tree->nodes[tree->n++] = node;
        node->now = inputs[i].now;
        node->before = inputs[i].before;
        inputs[i].now = inputs[i].before = NULL;
        node->name = node->now->head->server.name;
        node->snapshot_id = copy(tree, inputs[i].snapshot_id, &ok);
        node->previous_id = copy(tree, inputs[i].previous_id, &ok);
        node->configured_mode = inputs[i].configured_mode;
        node->id_alternates = inputs[i].id_alternates;
        node->configured_parent = copy(tree, inputs[i].configured_parent, &ok);
        node->mode = effective_mode(node->now->head, node->configured_mode);
        if (!ok)
            return wck_fail_memory(err, "building the tree");
    }
    qsort(tree->nodes, n, sizeof(wck_node *), cmp_node_name);
    for (size_t i = 1; i < n; i++)
        if (strcmp(tree->nodes[i - 1]->name, tree->nodes[i]->name) == 0) {
            char name[200];
            return wck_fail(err, WCK_E_INPUT, "two servers have the same name \"%s\"",
                            wck_quote_short(name, sizeof name, tree->nodes[i]->name, 100));
        }
    return WCK_OK;
}

static void link_parents(wck_tree *tree)
{
    for (size_t i = 0; i < tree->n; i++) {
        wck_node *node = tree->nodes[i];
        const char *parent = node->now->head->server.parent;
        if (parent == NULL)
            parent = node->configured_parent;
        if (parent == NULL)
            continue;
        node->parent = find_by_name(tree->nodes, tree->n, parent);
        node->unknown_parent = node->parent == NULL;
    }
    /* a node is on a cycle when walking up n steps at most comes back to it */
    for (size_t i = 0; i < tree->n; i++) {
        wck_node *node = tree->nodes[i];
        const wck_node *up = node->parent;
        for (size_t steps = 0; up != NULL && steps < tree->n; steps++, up = up->parent) {
            if (up == node) {
                node->on_cycle = true;
                break;
            }
        }
    }
    for (size_t i = 0; i < tree->n; i++)
        for (const wck_node *up = tree->nodes[i]->parent; up != NULL && !tree->nodes[i]->on_cycle; up = up->parent) {
            if (up->on_cycle || up->below_cycle) {
                tree->nodes[i]->below_cycle = true;
                break;
            }
        }
    for (size_t i = 0; i < tree->n; i++)
        if (tree->nodes[i]->on_cycle)
            tree->nodes[i]->parent = NULL;
}

static wck_status link_children(wck_tree *tree, wck_error *err)
{
    for (size_t i = 0; i < tree->n; i++)
        if (tree->nodes[i]->parent != NULL)
            tree->nodes[i]->parent->n_children++;
    for (size_t i = 0; i < tree->n; i++) {
        wck_node *node = tree->nodes[i];
        node->children = wck_arena_array(tree->arena, node->n_children, sizeof(wck_node *));
        if (node->children == NULL)
            return wck_fail_memory(err, "building the tree");
        node->n_children = 0;
    }
    for (size_t i = 0; i < tree->n; i++)
        if (tree->nodes[i]->parent != NULL)
            tree->nodes[i]->parent->children[tree->nodes[i]->parent->n_children++] = tree->nodes[i];
    return WCK_OK;
}

/* Depth first with an explicit stack (no recursion on input depth). */
static wck_status order_nodes(wck_tree *tree, wck_error *err)
{
    wck_node **order = wck_arena_array(tree->arena, tree->n, sizeof(wck_node *));
    wck_node **stack = wck_arena_array(tree->arena, tree->n, sizeof(wck_node *));
    size_t n = 0, top = 0;

    if (order == NULL || stack == NULL)
        return wck_fail_memory(err, "building the tree");
    for (size_t i = tree->n; i-- > 0;)
        if (tree->nodes[i]->parent == NULL)
            stack[top++] = tree->nodes[i];
    while (top > 0) {
        wck_node *node = stack[--top];
        node->index = n;
        order[n++] = node;
        node->depth = node->parent ? node->parent->depth + 1 : 1;
        node->path = node->parent ? wck_arena_printf(tree->arena, "%s/%s", node->parent->path, node->name)
                                  : wck_arena_strdup(tree->arena, node->name);
        if (node->path == NULL)
            return wck_fail_memory(err, "building the tree");
        for (size_t i = node->n_children; i-- > 0;)
            stack[top++] = node->children[i];
    }
    tree->nodes = order;
    return WCK_OK;
}

wck_status wck_tree_build(wck_tree **out, wck_tree_input *inputs, size_t n, wck_error *err)
{
    wck_status status = WCK_OK;
    wck_tree *tree = calloc(1, sizeof *tree);

    *out = NULL;
    if (tree == NULL || (tree->arena = wck_arena_new()) == NULL)
        status = wck_fail_memory(err, "building the tree");
    if (status == WCK_OK)
        status = make_nodes(tree, inputs, n, err);
    if (status == WCK_OK) {
        link_parents(tree);
        status = link_children(tree, err);
    }
    if (status == WCK_OK)
        status = order_nodes(tree, err);
    for (size_t i = 0; i < n; i++) {
        wck_reader_close(inputs[i].now);
        wck_reader_close(inputs[i].before);
    }
    if (status != WCK_OK) {
        wck_tree_free(tree);
        return status;
    }
    *out = tree;
    return WCK_OK;
}

void wck_tree_free(wck_tree *tree)
{
    if (tree == NULL)
        return;
    for (size_t i = 0; i < tree->n; i++) {
        wck_reader_close(tree->nodes[i]->now);
        wck_reader_close(tree->nodes[i]->before);
    }
    wck_arena_free(tree->arena);
    free(tree);
}

wck_node *wck_tree_find(const wck_tree *tree, const char *name)
{
    for (size_t i = 0; i < tree->n; i++)
        if (strcmp(tree->nodes[i]->name, name) == 0 || strcmp(tree->nodes[i]->path, name) == 0)
            return tree->nodes[i];
    return NULL;
}

const wck_node *wck_node_authority(const wck_node *node)
{
    while (node->mode == WCK_MODE_REPLICA && node->parent != NULL)
        node = node->parent;
    return node;
}

const wck_node *wck_node_root(const wck_node *node)
{
    while (node->parent != NULL)
        node = node->parent;
    return node;
}
