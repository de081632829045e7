/* SPDX-License-Identifier: MIT
 * check_effective.c: WCK4012, equal approvals that mean something else, because a group hangs elsewhere in the tree of
 * groups. A group without an approval of its own takes that of the nearest group above it that has one (Microsoft,
 * "Plan your WSUS deployment"); a block there means not approved. */
#include "rules/check.h"

enum { MOST_DEEP = 100 }; /* groups above each other; the console shows a handful, and a cycle must end */

static bool is_top(wck_guid group)
{
    return wck_guid_eq(group, WCK_GROUP_ALL_COMPUTERS);
}

/* The group above; false: not known. */
static bool above(const facts *f, wck_guid group, wck_guid *out)
{
    const wck_group *g = wck_group_find(f, group);

    if (g == NULL || wck_guid_is_zero(g->parent))
        return false;
    *out = g->parent;
    return true;
}

/* Do both sides know all groups above it, and are they not the same? */
static bool hangs_elsewhere(const edge *e, wck_guid group)
{
    wck_guid up = group, down = group;
    bool differs = false;

    for (int i = 0; i < MOST_DEEP; i++) {
        if (is_top(up) && is_top(down))
            return differs;
        if ((!is_top(up) && !above(e->up, up, &up)) || (!is_top(down) && !above(e->down, down, &down)))
            return false;
        differs = differs || !wck_guid_eq(up, down);
    }
    return false;
}

void wck_find_regrouped(check *c, edge *e)
{
    const wck_snapshot *head = e->up->head;

    if (!e->replica || !wck_listed(e->up, WCK_SECTION_GROUPS) || !wck_listed(e->down, WCK_SECTION_GROUPS) ||
        !wck_complete(e->up, WCK_SECTION_APPROVALS) || !wck_complete(e->down, WCK_SECTION_APPROVALS))
        return;
    for (size_t i = 0; i < head->groups.n; i++) {
        wck_guid id = head->groups.items[i].id, *slot;
        if (wck_group_builtin(id) || wck_group_find(e->down, id) == NULL || !hangs_elsewhere(e, id))
            continue;
        slot = wck_vec_push(&e->regrouped);
        if (slot == NULL)
            c->failed = true;
        else
            *slot = id;
    }
}

static bool deadlines_equal(wck_time a, wck_time b)
{
    if (a == WCK_TIME_NONE || b == WCK_TIME_NONE)
        return a == b;
    return (a > b ? a - b : b - a) <= WCK_TICKS_PER_SECOND; /* rules.md "Same approval" */
}

static bool same_result(const wck_approval *a, const wck_approval *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->action == b->action && deadlines_equal(a->deadline, b->deadline);
}

/* Only where no other rule speaks: the same approvals for the same groups. */
static bool same_approvals(const walk *w)
{
    const wck_approval *a, *b;
    size_t i = 0, j = 0;

    do {
        a = wck_next_pick(&w->side[0], &i);
        b = wck_next_pick(&w->side[1], &j);
        if (!same_result(a, b) || (a != NULL && !wck_guid_eq(a->group, b->group)))
            return false;
    } while (a != NULL);
    return true;
}

/* NULL: not approved. */
static const wck_approval *effective(const facts *f, const side *s, wck_guid group)
{
    const wck_approval *a = wck_pick_of(s, group);

    for (int i = 0; a == NULL && !is_top(group) && i < MOST_DEEP && above(f, group, &group); i++)
        a = wck_pick_of(s, group);
    return a != NULL && a->action != WCK_ACTION_BLOCK ? a : NULL;
}

static const char *result_text(check *c, const facts *f, const wck_approval *a)
{
    char action[WCK_ACTION_TEXT], deadline[WCK_TIME_TEXT];
    const wck_group *from = a != NULL ? wck_group_find(f, a->group) : NULL;

    if (a == NULL)
        return "not approved";
    return wck_text(c, "%s, from \"%.200s\"%s%s", wck_action_format(action, a->action),
                    from != NULL ? from->name : "All Computers", a->deadline != WCK_TIME_NONE ? ", deadline " : "",
                    a->deadline != WCK_TIME_NONE ? wck_time_format(deadline, a->deadline) : "");
}

void wck_check_effective(check *c, edge *e, const walk *w)
{
    bool declined = w->side[0].declined != NULL || w->side[1].declined != NULL;

    if (e->regrouped.n == 0 || declined || w->side[0].n_approvals == 0 || !same_approvals(w))
        return;
    for (size_t i = 0; i < e->regrouped.n; i++) {
        wck_guid group = e->regrouped.items[i];
        const wck_approval *up = effective(e->up, &w->side[0], group), *down = effective(e->down, &w->side[1], group);
        wck_approval at;
        wck_object object;
        if (same_result(up, down))
            continue;
        at = up != NULL ? *up : *down; /* one of them is there, or they were the same */
        at.group = group;
        object = wck_object_of_approval(c, e, &at, wck_title_of(&w->side[0], &w->side[1]));
        wck_finding_says(c, wck_finding_add(c, e->down->node, 4012, &object), result_text(c, e->up, up),
                         result_text(c, e->down, down));
    }
}
