/* SPDX-License-Identifier: MIT
 * predict.c: the tree as it would be, looked at by the rules of today. */
#include "whatif/story.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

typedef struct trial {
    const wck_tree *tree;
    const wck_whatif_source *source;
    wck_snapshot **copies; /* by node; NULL: not looked into */
    bool *changed;         /* by node: a parent is copied for its rows only */
    wck_time now;
} trial;

static const wck_node *find(const wck_tree *tree, const char *name, size_t change, wck_error *err)
{
    const wck_node *node = wck_tree_find(tree, name);
    char shown[200];

    if (node == NULL) {
        wck_fail(err, WCK_E_NOT_FOUND, "could not try changes[%zu]: server \"%s\" is not in the store",
                 change, wck_quote_short(shown, sizeof shown, name, 60));
        wck_fail_hint(err, "\"wsusck tree\" lists the servers that are.");
    }
    return node;
}

static wck_status copy_of(trial *t, const wck_node *node, wck_error *err)
{
    return t->copies[node->index] != NULL
               ? WCK_OK
               : t->source->get(t->source->payload, node, &t->copies[node->index], err);
}

/* Its upstream server after the changes made so far; NULL: none, or not in the store. */
static const wck_node *upstream_of(const trial *t, const wck_node *node)
{
    const wck_snapshot *copy = t->copies[node->index];

    if (copy == NULL)
        return node->parent;
    return copy->server.parent == NULL ? NULL : wck_tree_find(t->tree, copy->server.parent);
}

static bool has_upstream(const trial *t, const wck_node *node)
{
    const wck_snapshot *copy = t->copies[node->index];

    return (copy != NULL ? copy->server.parent : node->now->head->server.parent) != NULL;
}

static bool is_below(const wck_node *node, const wck_node *top)
{
    for (; node != NULL; node = node->parent)
        if (node == top)
            return true;
    return false;
}

static wck_status refuse(const trial *t, const wck_change *c, const wck_node *node, const wck_node *upstream, size_t i,
                         wck_error *err)
{
    bool root = !has_upstream(t, node);

    if (node->on_cycle || node->below_cycle)
        return wck_fail(err, WCK_E_INPUT,
                        "could not try changes[%zu]: its server stands on a cycle (WCK1002)", i);
    if (c->kind == WCK_CHANGE_REPOINT && upstream != NULL && is_below(upstream, node))
        return wck_fail(err, WCK_E_INPUT,
                        "could not try changes[%zu]: the new upstream server stands below its server", i);
    if (c->kind == WCK_CHANGE_REMOVE_PRODUCTS && !root) {
        wck_fail(err, WCK_E_INPUT,
                 "could not try changes[%zu]: products are selected on the root server only", i);
        return wck_fail_hint(err, "Name the root server; WSUS ignores a selection below it.");
    }
    if (c->kind == WCK_CHANGE_MODE && c->mode == WCK_MODE_REPLICA && root)
        return wck_fail(err, WCK_E_INPUT,
                        "could not try changes[%zu]: a server without upstream cannot be a replica", i);
    if (c->kind == WCK_CHANGE_REINSTALL && !root && upstream == NULL) {
        wck_fail(err, WCK_E_INPUT, "could not try changes[%zu]: what its upstream server would send is not known", i);
        return wck_fail_hint(err, "Collect the upstream server into the same store first.");
    }
    return WCK_OK;
}

static wck_status try_one(trial *t, const wck_change *c, size_t i, wck_prediction *p, wck_error *err)
{
    const wck_node *node = find(t->tree, c->server, i, err), *up = NULL;
    wck_snapshot *parent = NULL;
    wck_whatif_counts counts;
    wck_status status;

    if (node == NULL)
        return err->status;
    up = upstream_of(t, node);
    if (c->kind == WCK_CHANGE_REPOINT) {
        up = c->upstream != NULL ? find(t->tree, c->upstream, i, err) : NULL;
        if (c->upstream != NULL && up == NULL)
            return err->status;
    }
    status = refuse(t, c, node, up, i, err);
    if (status == WCK_OK)
        status = copy_of(t, node, err);
    if (status == WCK_OK && up != NULL &&
        (c->kind == WCK_CHANGE_REINSTALL || c->kind == WCK_CHANGE_REPOINT)) {
        status = copy_of(t, up, err);
        parent = t->copies[up->index];
    }
    if (status != WCK_OK)
        return status;
    status = wck_whatif_apply(t->copies[node->index], c, parent, up != NULL ? up->name : NULL, t->now,
                              &counts, err);
    if (status != WCK_OK)
        return wck_fail_prefix(err, "could not try changes[%zu]", i);
    t->changed[node->index] = true;
    status = wck_snapshot_freeze(t->copies[node->index], err);
    return status == WCK_OK ? wck_story_of_change(p, node, c, &counts, err) : status;
}

static wck_status fill_input(trial *t, const wck_node *node, wck_tree_input *input, wck_error *err)
{
    const wck_whatif_source *s = t->source;
    bool changed = t->changed[node->index];
    wck_status status;

    input->snapshot_id = node->snapshot_id;
    input->previous_id = node->previous_id;
    input->configured_mode = changed ? WCK_MODE_UNKNOWN : node->configured_mode;
    input->configured_parent = changed ? NULL : node->configured_parent;
    input->id_alternates = node->id_alternates;
    status = changed ? wck_reader_of_snapshot(&input->now, t->copies[node->index], err)
                     : s->open(s->payload, node, false, &input->now, err);
    /* What stands there today is what a changed server is held against in time. */
    return status == WCK_OK ? s->open(s->payload, node, !changed, &input->before, err) : status;
}

static wck_status grow_tree(trial *t, wck_tree **out, wck_error *err)
{
    wck_tree_input *inputs = calloc(t->tree->n + 1, sizeof *inputs);
    wck_status status = inputs != NULL ? WCK_OK : wck_fail_memory(err, "trying a change");

    for (size_t i = 0; i < t->tree->n && status == WCK_OK; i++)
        status = fill_input(t, t->tree->nodes[i], &inputs[i], err);
    if (status == WCK_OK)
        status = wck_tree_build(out, inputs, t->tree->n, err);
    else
        for (size_t i = 0; inputs != NULL && i < t->tree->n; i++) {
            wck_reader_close(inputs[i].now);
            wck_reader_close(inputs[i].before);
        }
    free(inputs);
    return status;
}

static wck_status note_evidence(wck_prediction *p, const wck_tree *tree, wck_error *err)
{
    for (size_t i = 0; i < tree->n; i++) {
        const wck_node *node = tree->nodes[i];
        wck_prediction_snapshot *e = wck_vec_push(&p->snapshots);
        if (e == NULL)
            return wck_fail_memory(err, "noting the evidence");
        e->server = wck_arena_strdup(p->arena, node->path);
        e->server_id = node->now->head->server.server_id;
        e->digest = node->now->digest;
        e->collected_at = node->now->head->server.collected_at;
        if (e->server == NULL)
            return wck_fail_memory(err, "noting the evidence");
    }
    return WCK_OK;
}

static wck_status look(const trial *t, const wck_tree *then, const wck_check_options *options,
                       wck_prediction *p, wck_error *err)
{
    wck_report *today = NULL;
    wck_status status = wck_check(&today, t->tree, options, err);

    if (status == WCK_OK)
        status = wck_check(&p->report, then, options, err);
    if (status == WCK_OK)
        status = wck_story_keep_new(p, today, err);
    if (status == WCK_OK)
        status = wck_story_of_report(p, err);
    wck_report_free(today);
    return status;
}

wck_status wck_whatif_predict(wck_prediction **out, const wck_tree *tree, const wck_change_set *changes,
                              const wck_whatif_source *source, const wck_check_options *options,
                              wck_error *err)
{
    trial t = {.tree = tree, .source = source};
    wck_prediction *p;
    wck_tree *then = NULL;
    wck_status status = WCK_OK;

    *out = NULL;
    t.now = options->now != WCK_TIME_NONE ? options->now : wck_time_now();
    t.copies = calloc(tree->n + 1, sizeof(wck_snapshot *));
    t.changed = calloc(tree->n + 1, sizeof *t.changed);
    p = wck_prediction_new();
    if (p != NULL)
        p->made_at = t.now;
    if (t.copies == NULL || t.changed == NULL || p == NULL)
        status = wck_fail_memory(err, "trying a change");
    if (status == WCK_OK)
        status = note_evidence(p, tree, err);
    for (size_t i = 0; i < changes->changes.n && status == WCK_OK; i++)
        status = try_one(&t, &changes->changes.items[i], i, p, err);
    if (status == WCK_OK)
        status = grow_tree(&t, &then, err);
    if (status == WCK_OK)
        status = look(&t, then, options, p, err);
    wck_tree_free(then);
    for (size_t i = 0; t.copies != NULL && i < tree->n; i++)
        wck_snapshot_free(t.copies[i]);
    free(t.copies);
    free(t.changed);
    if (status != WCK_OK) {
        wck_prediction_free(p);
        return status;
    }
    *out = p;
    return WCK_OK;
}
