/* SPDX-License-Identifier: MIT
 * check_approval.c: approvals of one update, group by group, on an edge to a replica. */
#include "rules/check.h"

#include "model/selection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The model of an inactive approval (domain.md 1.2): `all` is off, the languages of the approved revision are known,
 * not empty, and none of them is enabled. Three-valued: anything not known means not inactive. */
bool wck_approval_inactive(const facts *f, const side *s, const wck_approval *a)
{
    const wck_update *u = wck_listed(f, WCK_SECTION_UPDATES) ? wck_side_revision(s, a->revision) : NULL;

    if (u == NULL || !u->languages_known || u->languages.n == 0 || f->all_on != 0)
        return false;
    if (a->action != WCK_ACTION_INSTALL && a->action != WCK_ACTION_UNINSTALL)
        return false;
    for (size_t i = 0; i < u->languages.n; i++)
        if (wck_language_enabled(f->head, u->languages.items[i]) != 0)
            return false;
    return true;
}

static bool languages_unknown(const facts *f, const side *s, const wck_approval *a)
{
    const wck_update *u = wck_listed(f, WCK_SECTION_UPDATES) ? wck_side_revision(s, a->revision) : NULL;

    return u == NULL || !u->languages_known;
}

/* C of rules.md "Not yet": when it was changed, else a go-live time that is past. */
static wck_time change_time(const check *c, const wck_approval *a)
{
    if (a->changed != WCK_TIME_NONE)
        return a->changed;
    return a->go_live != WCK_TIME_NONE && a->go_live <= c->now ? a->go_live : WCK_TIME_NONE;
}

static mark *group_mark(edge *e, wck_guid group)
{
    for (size_t i = 0; i < e->groups.n; i++) {
        mark *m = &e->groups.items[i];
        if (wck_guid_eq(m->id, group) || (m->rule == 4023 && wck_guid_eq(m->other, group)))
            return m;
    }
    return NULL;
}

/* Folded into its update or its group? Then counted there. */
static bool folds(edge *e, const wck_approval *a, int verdict, size_t *folded)
{
    mark *m;

    /* a decline on its way (4008) takes the approvals with it */
    if (wck_swallows(verdict) || verdict == 4008) {
        ++*folded;
        return true;
    }
    m = group_mark(e, a->group);
    if (m != NULL)
        m->folded++;
    return m != NULL;
}

static wck_finding *on_approval(check *c, edge *e, const walk *w, const wck_approval *a, int rule)
{
    wck_object object = wck_object_of_approval(c, e, a, wck_title_of(&w->side[0], &w->side[1]));

    return wck_finding_add(c, e->down->node, rule, &object);
}

static void emit_pending(check *c, edge *e, const walk *w, const wck_approval *up, const char *actual)
{
    char action[WCK_ACTION_TEXT];
    wck_finding *f = on_approval(c, e, w, up, 4008);

    wck_finding_says(c, f, wck_action_format(action, up->action), actual);
    wck_finding_time(c, f, "changed", change_time(c, up));
    wck_finding_time(c, f, "last_good_sync", e->down->last_good);
    wck_finding_time(c, f, "expected_by", wck_next_sync(c, e->down));
}

/* 4001 needs the update on the child, or on neither side while the child's list is complete. */
static bool can_be_missing(const edge *e, const walk *w, bool *on_neither)
{
    bool up = wck_listed(e->up, WCK_SECTION_UPDATES) && w->side[0].n_updates > 0;
    bool down = wck_listed(e->down, WCK_SECTION_UPDATES) && w->side[1].n_updates > 0;

    *on_neither = !up && !down;
    return down || (!up && wck_complete(e->down, WCK_SECTION_UPDATES));
}

/* When, and by whom, the child's approval was removed: the newest that its database remembers. */
static void removal_evidence(check *c, wck_finding *f, const facts *down, const wck_approval *a)
{
    const wck_host *host = down->head->host;
    const wck_host_removal *newest = NULL;

    for (size_t i = 0; host != NULL && i < host->n_removals; i++) {
        const wck_host_removal *r = &host->removals[i];
        if (wck_guid_eq(r->update, a->update) && wck_guid_eq(r->group, a->group) && r->time != WCK_TIME_NONE &&
            (newest == NULL || r->time > newest->time))
            newest = r;
    }
    if (newest == NULL)
        return;
    wck_finding_time(c, f, "removed", newest->time);
    if (newest->by != NULL)
        wck_finding_evidence(c, f, "removed_by", "%.300s", newest->by);
}

static void approval_up_only(check *c, edge *e, const walk *w, const wck_approval *up, int verdict, size_t *folded)
{
    bool on_neither;
    char action[WCK_ACTION_TEXT];
    wck_finding *f;

    if (!wck_complete(e->down, WCK_SECTION_APPROVALS) || e->down->never_synced)
        return;
    if (wck_approval_inactive(e->up, &w->side[0], up)) {
        e->inactive++;
        return;
    }
    if (verdict == 3002 || verdict == 4008)
        e->pending++;
    else if (!wck_pending_since(e->down, change_time(c, up)))
        e->missing++;
    else
        e->pending++;
    if (folds(e, up, verdict, folded) || !can_be_missing(e, w, &on_neither))
        return;
    if (wck_pending_since(e->down, change_time(c, up))) {
        emit_pending(c, e, w, up, "not approved");
        return;
    }
    f = on_approval(c, e, w, up, 4001);
    wck_finding_says(c, f, wck_action_format(action, up->action), "not approved");
    if (languages_unknown(e->up, &w->side[0], up))
        wck_finding_evidence(c, f, "languages", "not readable: it could also be inactive");
    if (on_neither)
        wck_finding_evidence(c, f, "update", "listed on neither side");
    removal_evidence(c, f, e->down, up);
}

static void approval_down_only(check *c, edge *e, const walk *w, const wck_approval *down, int verdict,
                               size_t *folded)
{
    char action[WCK_ACTION_TEXT], id[WCK_GUID_TEXT];
    wck_finding *f;

    if (!wck_complete(e->up, WCK_SECTION_APPROVALS))
        return;
    e->extra++;
    if (folds(e, down, verdict, folded))
        return;
    f = on_approval(c, e, w, down, e->up->rebuilt ? 4007 : 4002);
    wck_finding_says(c, f, "not approved", wck_action_format(action, down->action));
    if (!wck_guid_is_zero(down->deployment))
        wck_finding_evidence(c, f, "deployment", "%s", wck_guid_format(id, down->deployment));
    if (down->admin != NULL)
        wck_finding_evidence(c, f, "admin", "%.300s", down->admin);
}

static bool deadlines_equal(wck_time a, wck_time b)
{
    if (a == WCK_TIME_NONE || b == WCK_TIME_NONE)
        return a == b;
    return (a > b ? a - b : b - a) <= WCK_TICKS_PER_SECOND;
}

static bool is_past(const check *c, wck_time t)
{
    return t != WCK_TIME_NONE && t <= c->now;
}

static const char *deadline_text(char *out, wck_time t)
{
    return t == WCK_TIME_NONE ? "none" : wck_time_format(out, t);
}

static void compare_deadlines(check *c, edge *e, const walk *w, const wck_approval *up, const wck_approval *down)
{
    char a[WCK_TIME_TEXT], b[WCK_TIME_TEXT];

    wck_finding_says(c, on_approval(c, e, w, up, 4005), deadline_text(a, up->deadline),
                     deadline_text(b, down->deadline));
    if (is_past(c, up->deadline) != is_past(c, down->deadline))
        wck_finding_says(c, on_approval(c, e, w, up, 4006), is_past(c, up->deadline) ? "past" : "not past",
                         is_past(c, down->deadline) ? "past" : "not past");
}

static void approval_both(check *c, edge *e, const walk *w, const wck_approval *up, const wck_approval *down,
                          int verdict, size_t *folded)
{
    bool action = up->action != down->action, deadline = !deadlines_equal(up->deadline, down->deadline);
    bool stale = down->revision < up->revision && wck_listed(e->down, WCK_SECTION_UPDATES) &&
                 wck_side_revision(&w->side[1], up->revision) != NULL;
    char a[WCK_ACTION_TEXT], b[WCK_ACTION_TEXT];

    if (!action && !deadline && !stale)
        return;
    if (folds(e, up, verdict, folded))
        return;
    if (wck_pending_since(e->down, change_time(c, up))) {
        emit_pending(c, e, w, up, wck_action_format(b, down->action));
        return;
    }
    if (action)
        wck_finding_says(c, on_approval(c, e, w, up, 4003), wck_action_format(a, up->action),
                         wck_action_format(b, down->action));
    if (stale)
        wck_finding_says(c, on_approval(c, e, w, up, 4004), wck_text(c, "revision %lld", (long long)up->revision),
                         wck_text(c, "revision %lld", (long long)down->revision));
    if (deadline)
        compare_deadlines(c, e, w, up, down);
}

void wck_check_approvals(check *c, edge *e, const walk *w, int verdict, size_t *folded)
{
    bool up = wck_listed(e->up, WCK_SECTION_APPROVALS), down = wck_listed(e->down, WCK_SECTION_APPROVALS);
    const wck_approval *a, *b;
    size_t i = 0, j = 0;

    if (!up || !down)
        return;
    a = wck_next_pick(&w->side[0], &i);
    b = wck_next_pick(&w->side[1], &j);
    while (a != NULL || b != NULL) {
        int order = a == NULL ? 1 : b == NULL ? -1 : wck_guid_cmp(a->group, b->group);
        if (order < 0)
            approval_up_only(c, e, w, a, verdict, folded);
        else if (order > 0)
            approval_down_only(c, e, w, b, verdict, folded);
        else
            approval_both(c, e, w, a, b, verdict, folded);
        if (order <= 0)
            a = wck_next_pick(&w->side[0], &i);
        if (order >= 0)
            b = wck_next_pick(&w->side[1], &j);
    }
}
