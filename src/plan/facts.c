/* SPDX-License-Identifier: MIT
 * facts.c: what the planner looks up in the snapshots, one partition of one server at a time. */
#include "plan/builder.h"

#include "model/selection.h"

#include <string.h>

bool plan_complete(const wck_node *node, wck_section section)
{
    return node->now->head->coverage[section].state == WCK_COVERAGE_COMPLETE;
}

bool plan_listed(const wck_node *node, wck_section section)
{
    return node->now->head->coverage[section].state >= WCK_COVERAGE_PARTIAL;
}

static bool load(builder *b, const wck_node *node, size_t partition)
{
    node_facts *f = &b->nodes[node->index];

    if (f->has_rows && f->loaded == partition)
        return true;
    if (f->arena == NULL)
        f->arena = wck_arena_new();
    if (f->arena == NULL) {
        b->status = wck_fail_memory(b->err, "planning");
        return false;
    }
    wck_arena_reset(f->arena);
    f->has_rows = false;
    memset(&f->rows, 0, sizeof f->rows);
    b->status = node->now->ops->load(node->now, partition, f->arena, &f->rows, b->err);
    f->loaded = partition;
    f->has_rows = b->status == WCK_OK;
    return f->has_rows;
}

bool plan_partition(builder *b, const wck_node *node, size_t at, wck_partition *out)
{
    bool loaded = load(b, node, at);

    *out = b->nodes[node->index].rows;
    return loaded;
}

bool plan_rows(builder *b, const wck_node *node, wck_guid update, rows *out)
{
    const wck_partition *p = &b->nodes[node->index].rows;

    memset(out, 0, sizeof *out);
    if (!load(b, node, wck_partition_of(update, node->now->n_partitions)))
        return false;
    for (size_t i = 0; i < p->n_updates; i++) {
        if (!wck_guid_eq(p->updates[i].id, update))
            continue;
        out->updates = out->n_updates == 0 ? &p->updates[i] : out->updates;
        out->n_updates++;
    }
    for (size_t i = 0; i < p->n_declined && out->declined == NULL; i++)
        if (wck_guid_eq(p->declined[i].id, update))
            out->declined = &p->declined[i];
    for (size_t i = 0; i < p->n_approvals; i++) {
        if (!wck_guid_eq(p->approvals[i].update, update))
            continue;
        out->approvals = out->n_approvals == 0 ? &p->approvals[i] : out->approvals;
        out->n_approvals++;
    }
    return true;
}

/* An administrator's intent for a group of computers; scan rows and the Downstream Servers group are
 * bookkeeping. */
bool plan_intent(const wck_approval *a)
{
    return (a->action == WCK_ACTION_INSTALL || a->action == WCK_ACTION_UNINSTALL ||
            a->action == WCK_ACTION_BLOCK) &&
           !wck_guid_eq(a->group, WCK_GROUP_DOWNSTREAM);
}

int8_t plan_needed(builder *b, const wck_node *node, wck_guid update)
{
    int8_t needed = 0;
    rows r;

    if (!plan_complete(node, WCK_SECTION_APPROVALS) || !plan_complete(node, WCK_SECTION_UPDATES))
        needed = WCK_BOOL_NONE;
    if (!plan_rows(b, node, update, &r))
        return WCK_BOOL_NONE;
    for (size_t i = 0; i < r.n_approvals; i++)
        if (plan_intent(&r.approvals[i]) && r.approvals[i].action == WCK_ACTION_INSTALL)
            return 1;
    for (size_t i = 0; i < r.n_updates; i++) {
        if (r.updates[i].needed_by == WCK_INT_NONE)
            needed = WCK_BOOL_NONE;
        else if (r.updates[i].needed_by > 0)
            return 1;
    }
    return needed;
}

int8_t plan_language(const builder *b, const wck_node *node, const char *code)
{
    const node_facts *f = &b->nodes[node->index];

    if (!f->languages_planned)
        return wck_language_enabled(node->now->head, code);
    for (size_t i = 0; i < f->languages.n; i++)
        if (strcmp(f->languages.items[i], code) == 0 || strcmp(f->languages.items[i], "all") == 0)
            return 1;
    return 0;
}

/* Paths of the servers below `node`, or of those replicas whose approvals are made on it. In tree order. */
static const char **collect(builder *b, const wck_node *node, bool mirrors, size_t *n)
{
    const char **out;
    size_t found = 0;

    /* depth first order: the subtree follows its top without a gap */
    for (size_t i = node->index + 1; i < b->tree->n && b->tree->nodes[i]->depth > node->depth; i++)
        found++;
    out = wck_arena_array(b->plan->arena, found + 1, sizeof *out);
    if (out == NULL) {
        b->status = wck_fail_memory(b->err, "planning");
        *n = 0;
        return NULL;
    }
    *n = 0;
    for (size_t i = node->index + 1; i <= node->index + found; i++) {
        const wck_node *other = b->tree->nodes[i];
        if (mirrors && wck_node_authority(other) != node)
            continue;
        out[*n] = wck_arena_strdup(b->plan->arena, other->path);
        if (out[*n] == NULL)
            b->status = wck_fail_memory(b->err, "planning");
        ++*n;
    }
    return out;
}

void plan_below(builder *b, const wck_node *node, const char ***out, size_t *n)
{
    node_facts *f = &b->nodes[node->index];

    if (!f->has_below)
        f->below = collect(b, node, false, &f->n_below);
    f->has_below = true;
    *out = f->below;
    *n = f->n_below;
}

void plan_mirrors(builder *b, const wck_node *node, const char ***out, size_t *n)
{
    node_facts *f = &b->nodes[node->index];

    if (!f->has_mirrors)
        f->mirrors = collect(b, node, true, &f->n_mirrors);
    f->has_mirrors = true;
    *out = f->mirrors;
    *n = f->n_mirrors;
}

void plan_prior(builder *b, const rows *r, wck_guid group, draft *out)
{
    if (out->prior != NULL || r->n_approvals == 0)
        return;
    out->prior = wck_arena_array(b->plan->arena, r->n_approvals, sizeof *out->prior);
    if (out->prior == NULL) {
        b->status = wck_fail_memory(b->err, "planning");
        return;
    }
    for (size_t i = 0; i < r->n_approvals; i++) {
        const wck_approval *a = &r->approvals[i];
        if (!plan_intent(a) || (!wck_guid_is_zero(group) && !wck_guid_eq(group, a->group)))
            continue;
        out->prior[out->n_prior++] = (wck_prior_approval){
            .group = a->group, .revision = a->revision, .action = a->action, .deadline = a->deadline};
        if (plan_refused(b, out->node, r, a->revision, a->action) != NULL)
            out->irreversible = true; /* nothing makes it anew */
    }
}
