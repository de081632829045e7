/* SPDX-License-Identifier: MIT
 * random_approvals.c: what goes wrong with approvals, declines, groups and license agreements. */
#include "model/random_changes.h"

static wck_guid some_group(const server *s, dice *d)
{
    size_t pick = dice_below(d, s->groups.n + 2);

    return pick < s->groups.n    ? s->groups.items[pick].id
           : pick == s->groups.n ? WCK_GROUP_DOWNSTREAM
                                 : tree_id(POOL_GROUP, 1);
}

void change_add_approval(wsus_tree *t, server *s, dice *d)
{
    const wck_update *u = PICK(d, s->updates);
    wck_guid id =
        u != NULL && dice_percent(d, 90) ? u->id : tree_id(POOL_UPDATE, 1 + dice_below(d, TREE_UPDATES));
    int64_t revision = u != NULL && dice_percent(d, 60) ? u->revision : 100 + (int64_t)dice_below(d, 2);
    wck_guid group = some_group(s, d);
    wck_approval *a;

    tree_add_approval(s, d, id, revision, group);
    a = &s->approvals.items[s->approvals.n - 1];
    a->action = dice_percent(d, 20) ? WCK_ACTION_SCAN : a->action;
    a->changed = tree_around(t, s, d);
    /* one approval a group: bookkeeping rows stand beside it */
    KEEP(s->approvals, i,
         i == s->approvals.n - 1 || !wsus_intent(a) || !wsus_intent(&s->approvals.items[i]) ||
             !EQ(s->approvals.items[i].update, id) || !EQ(s->approvals.items[i].group, group));
}

/* A newer revision came: approvals go on naming the older one until they are made again. */
void change_new_revision(wsus_tree *t, server *s, dice *d)
{
    const wck_approval *a = PICK(d, s->approvals);
    wck_guid id = a != NULL ? a->update : (wck_guid){0, 0};
    int64_t revision = a != NULL ? a->revision + 1 : 0;

    for (size_t i = 0; i < t->n && a != NULL; i++)
        if (wsus_row(t->now[i], id, revision - 1) != NULL && wsus_row(t->now[i], id, revision) == NULL)
            tree_add_update(t->now[i], d, id, revision);
}

void change_approval(wsus_tree *t, server *s, dice *d)
{
    static const int64_t actions[] = {WCK_ACTION_INSTALL, WCK_ACTION_UNINSTALL, WCK_ACTION_BLOCK,
                                      WCK_ACTION_SCAN, 5};
    wck_approval *a = PICK(d, s->approvals);

    if (a == NULL)
        return;
    switch (dice_below(d, 5)) {
    case 0:
        a->action = actions[dice_below(d, 5)];
        break;
    case 1:
        a->revision += dice_percent(d, 50) ? 1 : -1;
        break;
    case 2:
        a->deadline = dice_percent(d, 30) ? WCK_TIME_NONE
                                          : tree_ago(30 * HOUR) + (int64_t)dice_below(d, 3) * SECONDS(1);
        break;
    case 3:
        a->go_live = tree_around(t, s, d);
        break;
    default:
        a->deployment = (wck_guid){0, 0};
        break;
    }
    if (dice_percent(d, 40))
        a->changed = tree_around(t, s, d);
}

void change_group(wsus_tree *t, server *s, dice *d)
{
    wck_group *g = PICK(d, s->groups);
    wck_guid fresh = tree_id(POOL_GROUP, 1 + dice_below(d, TREE_GROUPS));
    size_t what = dice_below(d, 4);

    (void)t;
    if (g == NULL)
        return;
    for (size_t i = 0; i < s->groups.n; i++)
        if (EQ(s->groups.items[i].id, fresh) && what >= 2)
            return;
    if (what == 0) {
        g->name = dice_percent(d, 50) ? "Renamed" : "Group 1";
    } else if (what == 1) {
        g->parent = dice_percent(d, 20) ? (wck_guid){0, 0} : s->groups.items[dice_below(d, s->groups.n)].id;
    } else if (what == 2) {
        g->id = fresh;
    } else {
        g = wck_snapshot_add_group(s);
        if (g == NULL)
            wsus_out_of_memory();
        *g = (wck_group){.id = fresh, .name = "Another group", .parent = WCK_GROUP_ALL_COMPUTERS};
    }
}

void change_decline(wsus_tree *t, server *s, dice *d)
{
    const wck_update *u = PICK(d, s->updates);
    wck_guid id =
        u != NULL && dice_percent(d, 90) ? u->id : tree_id(POOL_UPDATE, 1 + dice_below(d, TREE_UPDATES));
    wck_time when = tree_around(t, s, d);
    server *on[WSUS_MOST + 1];
    size_t n = tree_scope(t, s, d, on);

    for (size_t i = 0; i < n; i++) {
        wck_declined *row;
        if (wsus_is_declined(on[i], id))
            continue;
        row = wck_snapshot_add_declined(on[i]);
        if (row == NULL)
            wsus_out_of_memory();
        row->id = id;
        row->time = when;
    }
}

void change_undecline(wsus_tree *t, server *s, dice *d)
{
    size_t at = dice_below(d, s->declined.n);

    (void)t;
    KEEP(s->declined, i, i != at);
}

void change_eula(wsus_tree *t, server *s, dice *d)
{
    wck_guid id = tree_id(POOL_EULA, 1 + dice_below(d, TREE_EULAS));
    size_t before = s->eulas.n;
    wck_eula *row;

    KEEP(s->eulas, i, !EQ(s->eulas.items[i].id, id));
    if (s->eulas.n < before && dice_percent(d, 50))
        return;
    row = wck_snapshot_add_eula(s);
    if (row == NULL)
        wsus_out_of_memory();
    row->id = id;
    row->accepted = tree_around(t, s, d);
}
