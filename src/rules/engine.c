/* SPDX-License-Identifier: MIT
 * engine.c: runs every rule over a tree.
 *
 * Rules about a server or an edge that need no update rows come first. Then the partitions are walked once, in order:
 * for each, every edge whose digests differ is looked at, and every server that answers for itself. Rows are loaded
 * only there, one partition at a time, so memory stays flat and the cost follows what differs. */
#include "rules/check.h"

#include <stdlib.h>
#include <string.h>

static bool answers_for_itself(const facts *f)
{
    return f->node->mode != WCK_MODE_REPLICA;
}

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

/* Equal rows can still differ in what the heads say about them. 4031 asks which agreements are accepted. */
static bool heads_matter(const check *c, const edge *e, size_t partition)
{
    unsigned flags = wck_partition_flags(c, e->down, partition);

    /* 3022: what an upstream server lists by the way proves nothing, so others are asked */
    if (wck_listed(e->down, WCK_SECTION_UPDATES) && !wck_listed(e->up, WCK_SECTION_UPDATES))
        return true;
    if (e->regrouped.n > 0 && (flags & WCK_PART_APPROVED) != 0) /* 4012: equal approvals, another group above */
        return true;
    return e->replica && (flags & WCK_PART_EULA) != 0 && (flags & WCK_PART_APPROVED) != 0 &&
           (!wck_digest_eq(&e->up->node->now->section[WCK_SECTION_EULAS],
                           &e->down->node->now->section[WCK_SECTION_EULAS]));
}

/* Of two snapshots of one store only what differs is read, unless the heads make equal rows matter. */
static bool by_change(const check *c, const edge *e, size_t partition)
{
    const wck_reader *up = e->up->node->now, *down = e->down->node->now;

    return !c->options->verify && up->ops->changed != NULL && up->ops == down->ops &&
           up->n_partitions == c->n_partitions && down->n_partitions == c->n_partitions &&
           !heads_matter(c, e, partition);
}

static wck_status load_edge(check *c, edge *e, size_t partition, wck_partition out[2])
{
    wck_status status;

    if (by_change(c, e, partition)) {
        wck_arena_reset(c->changed);
        status = e->up->node->now->ops->changed(e->up->node->now, e->down->node->now, partition, c->changed, out,
                                                c->err);
        if (status != WCK_E_ARG) /* that is two stores: load both */
            return status;
    }
    status = wck_rows_of(c, e->up, partition, &out[0]);
    return status == WCK_OK ? wck_rows_of(c, e->down, partition, &out[1]) : status;
}

static wck_status check_edge_partition(check *c, edge *e, size_t partition)
{
    walk w = {0};
    wck_status status = load_edge(c, e, partition, w.part);

    while (status == WCK_OK && wck_walk_next(&w))
        status = wck_check_pair(c, e, &w);
    return status;
}

static bool single_can_say(const check *c, const facts *f, size_t partition)
{
    unsigned flags = wck_partition_flags(c, f, partition);

    if ((flags & WCK_PART_APPROVED) == 0 || !wck_listed(f, WCK_SECTION_APPROVALS))
        return false;
    return (flags & WCK_PART_EXPIRED) != 0 ||
           ((flags & WCK_PART_EULA) != 0 && wck_complete(f, WCK_SECTION_EULAS)) ||
           ((flags & WCK_PART_LANGUAGES) != 0 && f->all_on == 0);
}

static wck_status check_single_partition(check *c, facts *f, size_t partition)
{
    walk w = {0};
    wck_status status = wck_rows_of(c, f, partition, &w.part[0]);

    while (status == WCK_OK && wck_walk_next(&w))
        status = wck_check_single(c, f, w.id, &w.side[0]);
    return status;
}

/* Servers on an edge are held against their ancestors while the edge is walked. A root with the same rows as the first
 * one says the same about them. */
static bool metadata_clean(const check *c, const facts *f, size_t partition)
{
    const wck_node *other = f->node->parent != NULL ? f->node->parent : c->tree->nodes[0];

    if (f->node->parent != NULL && !f->node->on_cycle && !f->node->below_cycle)
        return true;
    if (other == f->node)
        return true;
    return wck_listed(&c->facts[other->index], WCK_SECTION_UPDATES) &&
           wck_partition_clean(c, f, &c->facts[other->index], partition);
}

static wck_status check_partition(check *c, size_t partition)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < c->n_edges && status == WCK_OK; i++) {
        edge *e = &c->edges[i];
        if (wck_finding_asked_for(c, e->down->node) &&
            (!wck_partition_clean(c, e->up, e->down, partition) || heads_matter(c, e, partition)))
            status = check_edge_partition(c, e, partition);
    }
    for (size_t i = 0; i < c->tree->n && status == WCK_OK; i++) {
        facts *f = &c->facts[i];
        if (!wck_finding_asked_for(c, f->node))
            continue;
        status = wck_count_volume(c, f, partition);
        if (status == WCK_OK && answers_for_itself(f) && single_can_say(c, f, partition))
            status = check_single_partition(c, f, partition);
        if (status == WCK_OK && !metadata_clean(c, f, partition))
            status = wck_check_metadata(c, f, partition);
    }
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
    for (size_t p = 0; p < c->n_partitions && status == WCK_OK; p++)
        status = check_partition(c, p);
    for (size_t i = 0; i < c->tree->n && status == WCK_OK; i++) {
        if (!wck_finding_asked_for(c, c->facts[i].node))
            continue;
        wck_check_volume(c, &c->facts[i]);
        status = wck_check_content(c, &c->facts[i]);
    }
    for (size_t i = 0; i < c->n_edges && status == WCK_OK; i++)
        status = wck_check_edge_end(c, &c->edges[i]);
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
    status = c.changed != NULL ? wck_facts_make(&c) : wck_fail_memory(err, "checking the tree");
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
