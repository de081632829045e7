/* SPDX-License-Identifier: MIT
 * check_update.c: one update on both sides of an edge: missing, gone, declined, other revision.
 *
 * First a verdict, the one rule that explains everything about the update there; then what that verdict does not
 * swallow (rules.md "What folds"). */
#include "rules/check.h"

#include "model/selection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every listed revision wants a newer protocol than the child speaks (MS-WSUSSS 3.1.4.5). */
static bool version_filtered(const edge *e, const side *up)
{
    for (size_t i = 0; i < up->n_updates; i++)
        if (!wck_protocol_newer(up->updates[i].compatible_protocol_version, e->down->head->server.protocol_version))
            return false;
    return up->n_updates > 0;
}

/* Earliest known arrival among revisions above `above`. */
static wck_time arrival(const side *s, int64_t above)
{
    wck_time first = WCK_TIME_NONE;

    for (size_t i = 0; i < s->n_updates; i++)
        if (s->updates[i].revision > above && s->updates[i].arrived != WCK_TIME_NONE &&
            (first == WCK_TIME_NONE || s->updates[i].arrived < first))
            first = s->updates[i].arrived;
    return first;
}

/* All install and uninstall approvals upstream are inactive there: the child is not meant to have the update. */
static bool explained_inactive(const edge *e, const side *up)
{
    bool any = false;
    size_t at = 0;

    if (!e->replica || !wck_listed(e->up, WCK_SECTION_APPROVALS))
        return false;
    for (const wck_approval *a; (a = wck_next_pick(up, &at)) != NULL;) {
        if (!wck_approval_inactive(e->up, up, a))
            return false;
        any = true;
    }
    return any;
}

typedef struct gone {
    int8_t selected, needed; /* 1, 0 or WCK_BOOL_NONE */
    const char *selected_why, *needed_why;
    const facts *above;      /* ancestor of the parent that lists it */
    const char *unread_above;
    bool arriving;
} gone;

/* The child's categories first: it is the child's update. */
static const wck_category *find_on_edge(const void *where, wck_guid id)
{
    const edge *e = where;
    const wck_category *category = wck_category_find(e->down, id);

    return category != NULL ? category : wck_category_find(e->up, id);
}

static void decide_selected(check *c, const edge *e, const wck_update *u, gone *g)
{
    const facts *root = &c->facts[wck_node_root(e->up->node)->index];
    const wck_config *config = &root->head->config;
    bool product = false, language = u->languages_known && u->languages.n == 0, unknown = false;

    g->selected = WCK_BOOL_NONE;
    if (root->node->unknown_parent || root->node->on_cycle || !wck_complete(root, WCK_SECTION_CONFIG) ||
        !config->products_known || !config->classifications_known) {
        g->selected_why = "the selection on the root server could not be read";
        return;
    }
    if (u->products.n == 0 || wck_guid_is_zero(u->classification) || !u->languages_known) {
        g->selected_why = "the update's products, classification or languages are not known";
        return;
    }
    for (size_t i = 0; i < u->products.n && !product; i++)
        product = wck_product_selected(&config->selected_products, u->products.items[i], find_on_edge, e);
    for (size_t i = 0; i < u->languages.n && !language; i++) {
        int8_t has = wck_language_enabled(e->up->head, u->languages.items[i]);
        language = has == 1;
        unknown = unknown || has == WCK_BOOL_NONE;
    }
    g->selected = 0;
    if (!product)
        g->selected_why = "none of its products is selected on the root server";
    else if (!wck_guids_have(&config->selected_classifications, u->classification))
        g->selected_why = "its classification is not selected on the root server";
    else if (!language && unknown) {
        g->selected = WCK_BOOL_NONE;
        g->selected_why = "the languages of the upstream server could not be read";
    } else if (!language)
        g->selected_why = "none of its languages is enabled on the upstream server";
    else {
        g->selected = 1;
        g->selected_why = "product, classification and language are selected upstream";
    }
}

/* Needed on one server: 1, 0 or not known. */
static int8_t needed_on(const facts *f, const side *s)
{
    int8_t needed = wck_complete(f, WCK_SECTION_APPROVALS) ? 0 : WCK_BOOL_NONE;
    size_t at = 0;

    if (wck_listed(f, WCK_SECTION_APPROVALS))
        for (const wck_approval *a; (a = wck_next_pick(s, &at)) != NULL;)
            if (a->action == WCK_ACTION_INSTALL)
                return 1;
    if (!wck_listed(f, WCK_SECTION_UPDATES))
        return WCK_BOOL_NONE;
    for (size_t i = 0; i < s->n_updates; i++) {
        if (s->updates[i].needed_by == WCK_INT_NONE)
            needed = WCK_BOOL_NONE;
        else if (s->updates[i].needed_by > 0)
            return 1;
    }
    return needed;
}

/* The child and everything below it, breadth by index: descendants have higher indexes than their ancestors. */
static void decide_needed(check *c, const edge *e, wck_guid id, const side *down, gone *g)
{
    g->needed = needed_on(e->down, down);
    for (size_t i = e->down->node->index + 1; i < c->tree->n && g->needed != 1; i++) {
        const wck_node *up = c->tree->nodes[i]->parent;
        int8_t needed;
        side s;
        while (up != NULL && up != e->down->node)
            up = up->parent;
        if (up == NULL)
            break; /* depth first order: the subtree ends here */
        if (wck_side_of(c, &c->facts[i], id, &s) != WCK_OK) {
            c->failed = true;
            return;
        }
        needed = needed_on(&c->facts[i], &s);
        if (needed == 1 || g->needed == 0)
            g->needed = needed;
    }
    g->needed_why = g->needed == 1   ? "approved or needed here or below"
                    : g->needed == 0 ? "nobody needs it here or below"
                                     : "whether it is needed could not be read: counted as needed";
}

static void look_above(check *c, const edge *e, wck_guid id, gone *g)
{
    for (const wck_node *up = e->up->node->parent; up != NULL && g->above == NULL; up = up->parent) {
        facts *f = &c->facts[up->index];
        side s;
        if (!wck_listed(f, WCK_SECTION_UPDATES)) {
            g->unread_above = up->path;
            continue;
        }
        if (wck_side_of(c, f, id, &s) != WCK_OK)
            c->failed = true;
        else if (s.n_updates > 0)
            g->above = f;
    }
    if (wck_listed(e->up, WCK_SECTION_SYNC_HISTORY))
        for (size_t i = 0; i < e->up->head->sync_history.n; i++)
            if (e->up->head->sync_history.items[i].result == WCK_SYNC_RUNNING)
                g->arriving = true;
}

static int decide_gone(check *c, const edge *e, wck_guid id, const side *down, gone *g)
{
    memset(g, 0, sizeof *g);
    decide_selected(c, e, wck_side_highest(down), g);
    decide_needed(c, e, id, down, g);
    if (g->selected != 1)
        return g->needed == 0 ? 3011 : 3010;
    look_above(c, e, id, g);
    return g->above != NULL || g->arriving ? 3012 : 3013;
}

bool wck_swallows(int rule)
{
    return rule == 3001 || rule == 3002 || (rule >= 3010 && rule <= 3013) || rule == 3030 || rule == 3031;
}

int wck_update_verdict(check *c, edge *e, wck_guid id, const side *up, const side *down)
{
    bool up_listed = wck_listed(e->up, WCK_SECTION_UPDATES) && up->n_updates > 0;
    bool down_listed = wck_listed(e->down, WCK_SECTION_UPDATES) && down->n_updates > 0;
    bool up_declined = wck_listed(e->up, WCK_SECTION_DECLINED) && up->declined != NULL;
    bool down_declined = wck_listed(e->down, WCK_SECTION_DECLINED) && down->declined != NULL;

    if (up_listed && !down_listed && wck_complete(e->down, WCK_SECTION_UPDATES) && !e->down->never_synced) {
        if (explained_inactive(e, up))
            return 0;
        if (version_filtered(e, up))
            return 3023;
        return wck_pending_since(e->down, arrival(up, INT64_MIN)) ? 3002 : 3001;
    }
    if (down_listed && !up_listed && wck_complete(e->up, WCK_SECTION_UPDATES) &&
        wck_complete(e->down, WCK_SECTION_UPDATES)) {
        gone g;
        return down_declined ? 0 : decide_gone(c, e, id, down, &g);
    }
    if (!e->replica || !down_listed)
        return 0;
    if (up_declined && !down_declined && wck_complete(e->down, WCK_SECTION_DECLINED) && !e->down->never_synced)
        return wck_pending_since(e->down, up->declined->time) ? 4008 : 3030;
    if (down_declined && !up_declined && up_listed && wck_complete(e->up, WCK_SECTION_DECLINED))
        return 3031;
    return 0;
}

static void say_missing(check *c, edge *e, const walk *w, int rule, wck_finding *f)
{
    wck_time at = arrival(&w->side[0], INT64_MIN);

    wck_finding_says(c, f, "listed", "not listed");
    if (rule == 3023) {
        wck_finding_evidence(c, f, "needs_protocol", "%.40s",
                             wck_side_highest(&w->side[0])->compatible_protocol_version);
        wck_finding_evidence(c, f, "protocol", "%.40s", e->down->head->server.protocol_version);
        return;
    }
    wck_finding_time(c, f, "arrived", at);
    wck_finding_time(c, f, "last_good_sync", e->down->last_good_known ? e->down->last_good : WCK_TIME_NONE);
    if (rule == 3002)
        wck_finding_time(c, f, "expected_by", wck_next_sync(c, e->down));
    else if (f != NULL && (at == WCK_TIME_NONE || !e->down->last_good_known)) {
        f->severity = WCK_SEVERITY_WARNING;
        wck_finding_evidence(c, f, "reason", "time not known");
    }
}

static void say_gone(check *c, edge *e, const walk *w, wck_finding *f)
{
    gone g;

    decide_gone(c, e, w->id, &w->side[1], &g);
    wck_finding_says(c, f, "listed upstream", "not listed upstream");
    wck_finding_evidence(c, f, "selection", "%s", g.selected_why);
    wck_finding_evidence(c, f, "selected", "%s", g.selected == 1 ? "yes" : g.selected == 0 ? "no" : "not known");
    wck_finding_evidence(c, f, "need", "%s", g.needed_why);
    wck_finding_evidence(c, f, "needed", "%s", g.needed == 1 ? "yes" : g.needed == 0 ? "no" : "not known");
    if (g.above != NULL)
        wck_finding_evidence(c, f, "listed_on", "%.300s", g.above->node->path);
    if (g.arriving)
        wck_finding_evidence(c, f, "arriving", "a synchronization of the upstream server is running");
    if (g.unread_above != NULL)
        wck_finding_evidence(c, f, "not_read", "%.300s", g.unread_above);
}

static void say_declined(check *c, edge *e, const walk *w, int rule, wck_finding *f)
{
    bool upstream = rule != 3031;

    wck_finding_says(c, f, upstream ? "declined" : "not declined", upstream ? "not declined" : "declined");
    if (rule == 3031) {
        wck_finding_time(c, f, "declined", w->side[1].declined->time);
        return;
    }
    wck_finding_time(c, f, "changed", w->side[0].declined->time);
    wck_finding_time(c, f, "last_good_sync", e->down->last_good_known ? e->down->last_good : WCK_TIME_NONE);
    if (rule == 4008)
        wck_finding_time(c, f, "expected_by", wck_next_sync(c, e->down));
}

static void emit_verdict(check *c, edge *e, const walk *w, int rule, size_t folded)
{
    const wck_update *u = wck_side_highest(w->side[0].n_updates > 0 ? &w->side[0] : &w->side[1]);
    wck_object object =
        wck_object_of_update(w->id, u != NULL ? u->revision : WCK_INT_NONE, wck_title_of(&w->side[0], &w->side[1]));
    wck_finding *f = wck_finding_add(c, e->down->node, rule, &object);

    if (rule == 3001 || rule == 3002 || rule == 3023)
        say_missing(c, e, w, rule, f);
    else if (rule >= 3010 && rule <= 3013)
        say_gone(c, e, w, f);
    else
        say_declined(c, e, w, rule, f);
    if (folded > 0)
        wck_finding_evidence(c, f, "folded", "%zu", folded);
}

/* 3020, 3021, or 3002 for a newer revision on its way. Returns the rule. */
static int revision_rule(const edge *e, const walk *w, wck_time *arrived)
{
    const wck_update *up = wck_side_highest(&w->side[0]), *down = wck_side_highest(&w->side[1]);

    if (!wck_listed(e->up, WCK_SECTION_UPDATES) || !wck_listed(e->down, WCK_SECTION_UPDATES) || up == NULL ||
        down == NULL || up->revision == down->revision)
        return 0;
    if (down->revision > up->revision)
        return wck_complete(e->up, WCK_SECTION_UPDATES) ? 3021 : 0;
    if (!wck_complete(e->down, WCK_SECTION_UPDATES) || e->down->never_synced)
        return 0;
    *arrived = arrival(&w->side[0], down->revision);
    return wck_pending_since(e->down, *arrived) ? 3002 : 3020;
}

static void emit_revision(check *c, edge *e, const walk *w, int rule, wck_time arrived, size_t folded)
{
    const wck_update *up = wck_side_highest(&w->side[0]), *down = wck_side_highest(&w->side[1]);
    wck_object object = wck_object_of_update(w->id, rule == 3021 ? down->revision : up->revision,
                                             wck_title_of(&w->side[0], &w->side[1]));
    wck_finding *f = wck_finding_add(c, e->down->node, rule, &object);

    wck_finding_says(c, f, wck_text(c, "revision %lld", (long long)up->revision),
                     wck_text(c, "revision %lld", (long long)down->revision));
    if (rule != 3021) {
        wck_finding_time(c, f, "arrived", arrived);
        wck_finding_time(c, f, "last_good_sync", e->down->last_good_known ? e->down->last_good : WCK_TIME_NONE);
    }
    if (rule == 3002)
        wck_finding_time(c, f, "expected_by", wck_next_sync(c, e->down));
    if (folded > 0)
        wck_finding_evidence(c, f, "folded", "%zu", folded);
}

wck_status wck_check_pair(check *c, edge *e, const walk *w)
{
    int verdict = wck_update_verdict(c, e, w->id, &w->side[0], &w->side[1]), revision = 0;
    wck_time arrived = WCK_TIME_NONE;
    size_t folded = 0;

    if (verdict == 0)
        revision = revision_rule(e, w, &arrived);
    if (e->replica) {
        int swallow = verdict != 0 ? verdict : revision == 3002 ? 3002 : 0;
        wck_check_approvals(c, e, w, swallow, &folded);
        wck_check_single_replica(c, e, w, swallow, &folded);
    }
    if (!wck_swallows(verdict))
        wck_check_effective(c, e, w);
    wck_check_metadata_pair(c, e, w, verdict != 0 ? verdict : revision, &folded);
    if (wck_swallows(verdict))
        folded += wck_content_folds(e, &w->side[1]);
    if (verdict != 0)
        emit_verdict(c, e, w, verdict, folded);
    if (revision != 0)
        emit_revision(c, e, w, revision, arrived, folded);
    return WCK_OK;
}
