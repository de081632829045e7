/* SPDX-License-Identifier: MIT
 * engine.c: runs every rule over a tree.
 *
 * Rules about a server or an edge that need no update rows come first. Then the partitions are walked once, in order:
 * for each, every edge whose digests differ is looked at, and every server that answers for itself where its flags say
 * that a row could tell something. What digests or flags rule out is dropped as early as possible: a whole edge or
 * server, then a span, then a partition. Rows are loaded only where something is left, one partition at a time, so
 * memory stays flat and the cost follows what differs. */
#include "rules/check.h"

#include <stdlib.h>
#include <string.h>

static wck_status make_edges(check *c)
{
    c->edges = calloc(c->tree->n + 1, sizeof *c->edges);
    if (c->edges == NULL)
        return wck_fail_memory(c->err, "checking the tree");
    for (size_t i = 0; i < c->tree->n; i++) {
        const wck_node *node = c->tree->nodes[i];
        edge *e;
        if (node->parent == NULL || node->on_cycle || node->below_cycle)
            continue;
        e = &c->edges[c->n_edges++];
        e->down = &c->facts[i];
        e->up = &c->facts[node->parent->index];
        e->replica = node->mode == WCK_MODE_REPLICA;
    }
    return WCK_OK;
}

/* Equal rows can still differ in what the heads say about them: 4031 asks which agreements are accepted, 4012 which
 * groups stand above others, and what an upstream server lists by the way proves nothing, so that 3022 asks others. */
static bool heads_matter(const edge *e, unsigned flags)
{
    return e->unproven || (e->eulas_differ && (flags & WCK_PART_EULA) != 0) ||
           (e->regrouped.n > 0 && (flags & WCK_PART_APPROVED) != 0);
}

/* The whole of an edge, by the digests of its sections. */
static void look_at_edge(const check *c, edge *e)
{
    const wck_reader *up = e->up->node->now, *down = e->down->node->now;
    unsigned flags = 0;

    e->eulas_differ =
        e->replica && !wck_digest_eq(&up->section[WCK_SECTION_EULAS], &down->section[WCK_SECTION_EULAS]);
    e->unproven = wck_listed(e->down, WCK_SECTION_UPDATES) && !wck_listed(e->up, WCK_SECTION_UPDATES);
    for (size_t i = 0; i < down->n_spans; i++)
        flags |= down->spans[i].flags;
    e->same = !c->options->verify && up->n_partitions == down->n_partitions &&
              wck_digest_eq(&up->section[WCK_SECTION_UPDATES], &down->section[WCK_SECTION_UPDATES]) &&
              !heads_matter(e, flags);
}

/* Of two snapshots of one store only what differs is read, unless the heads make equal rows matter. */
static bool by_change(const check *c, const edge *e, unsigned flags)
{
    const wck_reader *up = e->up->node->now, *down = e->down->node->now;

    return !c->options->verify && up->ops->changed != NULL && up->ops == down->ops &&
           up->n_partitions == c->n_partitions && down->n_partitions == c->n_partitions && !heads_matter(e, flags);
}

static wck_status load_edge(check *c, edge *e, size_t partition, unsigned flags, wck_partition out[2])
{
    wck_status status;

    if (by_change(c, e, flags)) {
        wck_arena_reset(c->changed);
        status = e->up->node->now->ops->changed(e->up->node->now, e->down->node->now, partition, c->changed, out,
                                                c->err);
        if (status != WCK_E_ARG) /* that is two stores: load both */
            return status;
    }
    status = wck_rows_of(c, e->up, partition, &out[0]);
    return status == WCK_OK ? wck_rows_of(c, e->down, partition, &out[1]) : status;
}

static wck_status walk_edge(check *c, edge *e, size_t partition, unsigned flags)
{
    walk w = {0};
    wck_status status = load_edge(c, e, partition, flags, w.part);

    while (status == WCK_OK && wck_walk_next(&w)) {
        wck_arena_reset(c->found);
        status = wck_check_pair(c, e, &w);
    }
    return status;
}

static wck_status check_edge_partition(check *c, edge *e, size_t partition)
{
    const wck_part_info *up = NULL, *down = NULL;
    wck_status status = wck_part_at(c, e->up, partition, &up);

    if (status == WCK_OK)
        status = wck_part_at(c, e->down, partition, &down);
    if (status != WCK_OK)
        return status;
    if (!c->options->verify && e->up->node->now->n_partitions == e->down->node->now->n_partitions &&
        wck_digest_eq(&up->digest, &down->digest) && !heads_matter(e, down->flags))
        return WCK_OK;
    return walk_edge(c, e, partition, down->flags);
}

/* Could any partition of this span say something about the edge? */
static bool edge_in_span(const check *c, const edge *e, size_t span)
{
    const wck_reader *up = e->up->node->now, *down = e->down->node->now;

    if (e->same || c->options->verify || up->n_partitions != down->n_partitions ||
        down->n_partitions != c->n_partitions)
        return !e->same;
    return !wck_digest_eq(&up->spans[span].digest, &down->spans[span].digest) ||
           heads_matter(e, down->spans[span].flags);
}

static wck_status check_single_partition(check *c, facts *f, size_t partition)
{
    const wck_part_info *part = NULL;
    wck_status status = wck_part_at(c, f, partition, &part);
    walk w = {0};

    if (status != WCK_OK || (part->flags & f->telling) == 0)
        return status;
    status = wck_rows_of(c, f, partition, &w.part[0]);
    while (status == WCK_OK && wck_walk_next(&w)) {
        wck_arena_reset(c->found);
        status = wck_check_single(c, f, w.id, &w.side[0]);
    }
    return status;
}

/* Servers on an edge are held against their ancestors while the edge is walked. A root with the same rows as the first
 * one says the same about them. */
static bool on_an_edge(const facts *f)
{
    return f->node->parent != NULL && !f->node->on_cycle && !f->node->below_cycle;
}

static wck_status check_metadata_partition(check *c, facts *f, size_t partition)
{
    const wck_node *other = f->node->parent != NULL ? f->node->parent : c->tree->nodes[0];
    facts *first = &c->facts[other->index];
    const wck_part_info *a = NULL, *b = NULL;
    wck_status status;

    if (first == f)
        return WCK_OK;
    status = wck_part_at(c, f, partition, &a);
    if (status == WCK_OK)
        status = wck_part_at(c, first, partition, &b);
    if (status != WCK_OK)
        return status;
    if (!c->options->verify && wck_listed(first, WCK_SECTION_UPDATES) &&
        f->node->now->n_partitions == first->node->now->n_partitions && wck_digest_eq(&a->digest, &b->digest))
        return WCK_OK;
    wck_arena_reset(c->found);
    return wck_check_metadata(c, f, partition);
}

/* What of a span is left to look at; filled anew for each. */
typedef struct work {
    edge **edges;
    facts **single, **metadata;
    size_t n_edges, n_single, n_metadata;
} work;

static void find_work(check *c, work *todo, size_t span)
{
    todo->n_edges = todo->n_single = todo->n_metadata = 0;
    for (size_t i = 0; i < c->n_edges; i++)
        if (wck_finding_asked_for(c, c->edges[i].down->node) && edge_in_span(c, &c->edges[i], span))
            todo->edges[todo->n_edges++] = &c->edges[i];
    for (size_t i = 0; i < c->tree->n; i++) {
        facts *f = &c->facts[i];
        const wck_reader *now = f->node->now;
        if (!wck_finding_asked_for(c, f->node))
            continue;
        if (f->telling != 0 &&
            (now->n_partitions != c->n_partitions || (now->spans[span].flags & f->telling) != 0))
            todo->single[todo->n_single++] = f;
        if (!on_an_edge(f))
            todo->metadata[todo->n_metadata++] = f;
    }
}

static wck_status check_partition(check *c, const work *todo, size_t partition)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < todo->n_edges && status == WCK_OK; i++)
        status = check_edge_partition(c, todo->edges[i], partition);
    for (size_t i = 0; i < todo->n_single && status == WCK_OK; i++)
        status = check_single_partition(c, todo->single[i], partition);
    for (size_t i = 0; i < todo->n_metadata && status == WCK_OK; i++)
        status = check_metadata_partition(c, todo->metadata[i], partition);
    return status;
}

static wck_status check_partitions(check *c)
{
    work todo = {.edges = calloc(c->n_edges + 1, sizeof(edge *)),
                 .single = calloc(c->tree->n + 1, sizeof(facts *)),
                 .metadata = calloc(c->tree->n + 1, sizeof(facts *))};
    size_t width = c->n_partitions < WCK_SPAN ? c->n_partitions : WCK_SPAN;
    wck_status status = todo.edges != NULL && todo.single != NULL && todo.metadata != NULL
                            ? WCK_OK
                            : wck_fail_memory(c->err, "checking the tree");

    for (size_t span = 0; span * width < c->n_partitions && status == WCK_OK; span++) {
        find_work(c, &todo, span);
        for (size_t p = 0; p < width && status == WCK_OK; p++)
            status = check_partition(c, &todo, span * width + p);
    }
    free(todo.edges);
    free(todo.single);
    free(todo.metadata);
    return status;
}

static bool waives(const wck_waive *w, const wck_finding *f, wck_time now)
{
    char id[WCK_GUID_TEXT];
    const wck_guid ids[] = {f->object.update, f->object.group, f->object.category, f->object.eula};

    if (w->rule != f->rule || (w->expires != WCK_TIME_NONE && w->expires <= now))
        return false;
    if (w->server != NULL && strcmp(w->server, f->server) != 0)
        return false;
    if (w->object == NULL || strcmp(w->object, f->fingerprint) == 0)
        return true;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (!wck_guid_is_zero(ids[i]) && strcmp(w->object, wck_guid_format(id, ids[i])) == 0)
            return true;
    return (f->object.language != NULL && strcmp(w->object, f->object.language) == 0) ||
           (f->object.kind == WCK_OBJECT_SECTION && strcmp(w->object, f->object.name) == 0);
}

static void apply_waivers(check *c)
{
    for (size_t i = 0; i < c->report->findings.n; i++) {
        wck_finding *f = &c->report->findings.items[i];
        for (size_t k = 0; k < c->options->n_waivers; k++)
            if (f->result == WCK_RESULT_FAIL && waives(&c->options->waivers[k], f, c->now)) {
                f->result = WCK_RESULT_WAIVED;
                f->waiver = wck_text(c, "%.900s", c->options->waivers[k].reason);
            }
    }
}

static const char *keep(check *c, const char *text)
{
    char *copy = text != NULL ? wck_arena_strdup(c->report->arena, text) : NULL;

    if (text != NULL && copy == NULL)
        c->failed = true;
    return copy;
}

static void describe_server(check *c, const facts *f)
{
    wck_report_server *s = wck_vec_push(&c->report->servers);
    const wck_reader *r = f->node->now;

    if (s == NULL) {
        c->failed = true;
        return;
    }
    s->name = keep(c, f->node->name);
    s->path = keep(c, f->node->path);
    s->parent = f->node->parent != NULL ? keep(c, f->node->parent->path) : NULL;
    s->mode = f->node->mode;
    s->server_id = f->head->server.server_id;
    s->version = keep(c, f->head->server.version);
    s->snapshot_id = keep(c, f->node->snapshot_id);
    s->source = keep(c, f->head->server.source);
    s->digest = r->digest;
    s->collected_at = f->head->server.collected_at;
    s->last_good_sync = f->last_good_known ? f->last_good : WCK_TIME_NONE;
    for (int k = 0; k < WCK_SECTION_COUNT; k++) {
        s->coverage[k].state = f->head->coverage[k].state;
        s->coverage[k].reason = keep(c, f->head->coverage[k].reason);
    }
    s->updates = r->n_updates;
    s->approvals = r->n_approvals;
    s->declined = r->n_declined;
    s->groups = f->head->groups.n;
    s->categories = f->head->categories.n;
    for (size_t i = 0; i < f->head->languages.n; i++)
        s->languages_enabled += f->head->languages.items[i].enabled;
}

/* What needs no row of an update. */
static void check_heads(check *c)
{
    wck_check_tree_rules(c);
    wck_check_locality(c);
    for (size_t i = 0; i < c->tree->n; i++) {
        facts *f = &c->facts[i];
        wck_check_server(c, f);
        wck_check_sync(c, f);
        wck_check_setting(c, f);
        wck_check_downstream(c, f);
        wck_check_host(c, f);
        wck_check_versions(c, f);
        wck_check_server_history(c, f);
    }
    for (size_t i = 0; i < c->n_edges; i++) {
        wck_check_edge_begin(c, &c->edges[i]);
        wck_find_regrouped(c, &c->edges[i]);
        wck_check_edge_versions(c, &c->edges[i]);
        wck_check_edge_storage(c, &c->edges[i]);
        look_at_edge(c, &c->edges[i]);
    }
}

static wck_status check_rows(check *c)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < c->tree->n && status == WCK_OK; i++) {
        if (!wck_finding_asked_for(c, c->facts[i].node))
            continue;
        status = wck_check_superseded(c, &c->facts[i]);
        if (status == WCK_OK)
            status = wck_check_undeclined(c, &c->facts[i]);
    }
    if (status == WCK_OK)
        status = check_partitions(c);
    for (size_t i = 0; i < c->tree->n && status == WCK_OK; i++) {
        if (!wck_finding_asked_for(c, c->facts[i].node))
            continue;
        status = wck_check_volume(c, &c->facts[i]);
        if (status == WCK_OK)
            status = wck_check_content(c, &c->facts[i]);
    }
    for (size_t i = 0; i < c->n_edges && status == WCK_OK; i++) {
        wck_arena_reset(c->found);
        status = wck_check_edge_end(c, &c->edges[i]);
    }
    return status;
}

static wck_status run(check *c)
{
    for (size_t i = 0; i < c->tree->n; i++)
        describe_server(c, &c->facts[i]);
    check_heads(c);
    return c->options->heads_only ? WCK_OK : check_rows(c);
}

static void clear(check *c)
{
    for (size_t i = 0; c->facts != NULL && i < c->tree->n; i++)
        wck_arena_free(c->facts[i].arena);
    for (size_t i = 0; i < c->n_edges; i++) {
        wck_vec_clear(&c->edges[i].groups);
        wck_vec_clear(&c->edges[i].eulas);
        wck_vec_clear(&c->edges[i].regrouped);
    }
    wck_arena_free(c->changed);
    wck_arena_free(c->found);
    free(c->facts);
    free(c->edges);
}

wck_status wck_check(wck_report **out, const wck_tree *tree, const wck_check_options *options, wck_error *err)
{
    check c = {.tree = tree, .options = options, .err = err};
    wck_status status;

    *out = NULL;
    c.now = options->now != WCK_TIME_NONE ? options->now : wck_time_now();
    c.report = wck_report_new();
    if (c.report == NULL)
        return wck_fail_memory(err, "checking the tree");
    c.report->checked_at = c.now;
    c.n_partitions = 1;
    c.changed = wck_arena_new();
    c.found = wck_arena_new();
    status = c.changed != NULL && c.found != NULL ? wck_facts_make(&c) : wck_fail_memory(err, "checking the tree");
    if (status == WCK_OK) {
        wck_sync_looks(&c);
        status = make_edges(&c);
    }
    if (status == WCK_OK)
        status = run(&c);
    apply_waivers(&c);
    if (status == WCK_OK && c.failed)
        status = wck_fail_memory(err, "checking the tree");
    clear(&c);
    if (status != WCK_OK) {
        wck_report_free(c.report);
        return status;
    }
    wck_report_finish(c.report);
    *out = c.report;
    return WCK_OK;
}
