/* SPDX-License-Identifier: MIT
 * random_changes.c: what goes wrong in a tree, one function a way, drawn by dice. */
#include "model/random_tree.h"

#include <stdio.h>
#include <string.h>

#define HOUR INT64_C(3600)
#define SECONDS(n) ((n)*WCK_TICKS_PER_SECOND)
#define KEEP(vec, i, condition)                                                                                        \
    do {                                                                                                               \
        size_t n_ = 0;                                                                                                 \
        for (size_t i = 0; i < (vec).n; i++)                                                                           \
            if (condition)                                                                                             \
                (vec).items[n_++] = (vec).items[i];                                                                    \
        (vec).n = n_;                                                                                                  \
    } while (0)
#define PICK(d, vec) ((vec).n == 0 ? NULL : &(vec).items[dice_below((d), (vec).n)])
#define EQ(a, b) wck_guid_eq((a), (b))

typedef wck_snapshot server;
typedef void change_fn(wsus_tree *t, server *s, dice *d);

static wck_time last_good(const server *s)
{
    wck_time best = tree_ago(4 * HOUR);
    bool found = false;

    for (size_t i = 0; i < s->sync_history.n; i++) {
        const wck_sync_run *r = &s->sync_history.items[i];
        if (r->result == WCK_SYNC_SUCCEEDED && r->started != WCK_TIME_NONE && (!found || r->started > best)) {
            best = r->started;
            found = true;
        }
    }
    return best;
}

/* A time around the last good synchronization of a server below, or not known. */
static wck_time around(const wsus_tree *t, const server *s, dice *d)
{
    static const int64_t off[] = {-1, 0, 1, 60, -60, HOUR};
    const server *some[WSUS_MOST + 1] = {s};
    size_t n = 1;

    for (size_t i = 0; i < t->n; i++)
        if (t->now[i]->server.parent != NULL && strcmp(t->now[i]->server.parent, s->server.name) == 0)
            some[n++] = t->now[i];
    if (dice_below(d, 3) == 0)
        return WCK_TIME_NONE;
    return last_good(some[dice_below(d, n)]) + SECONDS(off[dice_below(d, 6)]);
}

/* The server, and at times the replicas that mirror it. Parents come before their children. */
static size_t scope(const wsus_tree *t, server *s, dice *d, server **out)
{
    size_t n = 0;

    out[n++] = s;
    if (!dice_percent(d, 30))
        return n;
    for (size_t i = 0; i < t->n; i++) {
        const wck_server *x = &t->now[i]->server;
        for (size_t k = 0; k < n && x->mode == WCK_MODE_REPLICA && x->parent != NULL && t->now[i] != s; k++)
            if (strcmp(x->parent, out[k]->server.name) == 0) {
                out[n++] = t->now[i];
                break;
            }
    }
    return n;
}

static server *any_root(const wsus_tree *t, dice *d, server *other)
{
    server *roots[WSUS_MOST];
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        if (t->now[i]->server.parent == NULL)
            roots[n++] = t->now[i];
    return n == 0 ? other : roots[dice_below(d, n)];
}

/* ---- updates */

static void drop_row(wsus_tree *t, server *s, dice *d)
{
    size_t what = dice_below(d, 7), at = dice_below(d, 1000);
    server *on[WSUS_MOST + 1];
    size_t n = scope(t, s, d, on);

    (void)t;
    for (size_t i = 0; i < n; i++) {
        server *x = on[i];
#define DROP(k, vec)                                                                                                   \
    if (what == (k) && (vec).n > 0)                                                                                    \
    KEEP(vec, j, j != at % (vec).n)
        DROP(0, x->updates);
        DROP(1, x->declined);
        DROP(2, x->approvals);
        DROP(3, x->groups);
        DROP(4, x->eulas);
        DROP(5, x->categories);
        DROP(6, x->sync_history);
    }
}

static void drop_update(wsus_tree *t, server *s, dice *d)
{
    const wck_update *u = PICK(d, s->updates);
    wck_guid id = u != NULL ? u->id : (wck_guid){0, 0};

    (void)t;
    KEEP(s->updates, i, !EQ(s->updates.items[i].id, id));
}

static void add_update(wsus_tree *t, server *s, dice *d)
{
    static const int64_t revisions[] = {99, 100, 101, 103};
    wck_guid id = tree_id(POOL_UPDATE, 1 + dice_below(d, TREE_UPDATES));
    int64_t revision = revisions[dice_below(d, 4)];
    wck_time when = around(t, s, d);

    if (wsus_row(s, id, revision) == NULL)
        tree_add_update(s, d, id, revision)->arrived = when;
}

static void change_revision(wsus_tree *t, server *s, dice *d)
{
    static const int64_t by[] = {-1, 1, 2};
    wck_update *u = PICK(d, s->updates);
    int64_t revision = u != NULL ? u->revision + by[dice_below(d, 3)] : 0;

    if (u == NULL || wsus_row(s, u->id, revision) != NULL)
        return;
    u->revision = revision;
    u->arrived = around(t, s, d);
}

static void give_update(server *x, wck_update *u, size_t what, dice own)
{
    static const wck_update_state states[] = {WCK_STATE_EXPIRED, WCK_STATE_UNKNOWN};
    static const char *const sets[][2] = {{"de", NULL}, {"fr", "ja"}, {"en", NULL}};
    wck_guid some[3];
    size_t pick = dice_below(&own, 3);

    for (uint64_t i = 0; i < 3; i++)
        some[i] = tree_id(what == 2 ? POOL_PRODUCT : POOL_UPDATE, 1 + (pick + i) % 4);
    switch (what) {
    case 0:
        u->type = pick == 0 ? WCK_UPDATE_UNKNOWN : WCK_UPDATE_DRIVER;
        break;
    case 1:
        u->classification = pick == 0 ? (wck_guid){0, 0} : tree_id(POOL_CLASS, pick);
        break;
    case 2:
        tree_guids(x, &u->products, some, pick);
        break;
    case 3:
        u->eula = pick == 0 ? (wck_guid){0, 0} : tree_id(POOL_EULA, pick);
        break;
    case 4:
        u->languages_known = dice_below(&own, 4) > 0;
        u->languages.items = wck_arena_array(x->arena, 2, sizeof *u->languages.items);
        if (u->languages.items == NULL)
            wsus_out_of_memory();
        for (u->languages.n = 0; u->languages.n < 2 && sets[pick][u->languages.n] != NULL; u->languages.n++)
            u->languages.items[u->languages.n] = sets[pick][u->languages.n];
        break;
    case 5:
        tree_guids(x, &u->supersedes, some, pick);
        break;
    case 6:
        u->state = states[pick % 2];
        break;
    case 7:
        u->compatible_protocol_version = pick == 0 ? NULL : pick == 1 ? "1.20" : "1.30";
        break;
    default:
        u->needed_by = pick == 0 ? WCK_INT_NONE : pick == 1 ? 0 : 7;
        break;
    }
}

static void change_update(wsus_tree *t, server *s, dice *d)
{
    const wck_update *u = PICK(d, s->updates);
    wck_guid id;
    int64_t revision;
    size_t what = dice_below(d, 9), n;
    dice own = {dice_next(d)};
    server *on[WSUS_MOST + 1];

    if (u == NULL)
        return;
    id = u->id;
    revision = u->revision;
    n = scope(t, s, d, on);
    for (size_t i = 0; i < n; i++)
        if (wsus_row(on[i], id, revision) != NULL)
            give_update(on[i], wsus_row(on[i], id, revision), what, own);
}

static void expire(wsus_tree *t, server *s, dice *d)
{
    const wck_approval *a = PICK(d, s->approvals);
    wck_guid id = a != NULL ? a->update : (wck_guid){0, 0};
    int64_t only = a != NULL && dice_percent(d, 40) ? a->revision : WCK_INT_NONE;

    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->now[i]->updates.n; k++) {
            wck_update *u = &t->now[i]->updates.items[k];
            if (EQ(u->id, id) && (only == WCK_INT_NONE || u->revision == only) &&
                (t->now[i] == s || dice_percent(d, 80)))
                u->state = WCK_STATE_EXPIRED;
        }
}

/* An update that only servers below have, with or without need. */
static void gone(wsus_tree *t, server *s, dice *d)
{
    server *parent = tree_get(t, s->server.parent);
    const wck_update *u = PICK(d, s->updates);
    bool unapproved = dice_percent(d, 50);
    wck_guid id;

    if (parent == NULL || u == NULL)
        return;
    id = u->id;
    for (size_t i = 0; i < t->n; i++) {
        server *x = t->now[i];
        if (x == parent || dice_percent(d, 30))
            KEEP(x->updates, k, !EQ(x->updates.items[k].id, id));
        if (unapproved)
            KEEP(x->approvals, k, !EQ(x->approvals.items[k].update, id));
    }
    for (size_t i = 0; i < s->updates.n; i++)
        if (EQ(s->updates.items[i].id, id)) {
            size_t pick = dice_below(d, 4);
            s->updates.items[i].needed_by = pick < 2 ? 0 : pick == 2 ? WCK_INT_NONE : 4;
        }
}

/* A root built again with fewer products: what it no longer selects is gone from it. */
static void fewer(wsus_tree *t, server *s, dice *d)
{
    server *top = any_root(t, d, s);
    wck_guids *chosen = &top->config.selected_products;

    tree_guids(top, chosen, chosen->items, dice_below(d, chosen->n));
    for (size_t i = 0; i < top->updates.n;) {
        const wck_update *u = &top->updates.items[i];
        wck_guid id = u->id;
        bool stays = false;
        for (size_t k = 0; k < u->products.n; k++)
            for (size_t j = 0; j < chosen->n; j++)
                stays = stays || EQ(chosen->items[j], u->products.items[k]) ||
                        (EQ(chosen->items[j], tree_id(POOL_FAMILY, 2)) &&
                         (EQ(u->products.items[k], tree_id(POOL_PRODUCT, 3)) ||
                          EQ(u->products.items[k], tree_id(POOL_PRODUCT, 4))));
        if (stays) {
            i++;
            continue;
        }
        KEEP(top->updates, k, !EQ(top->updates.items[k].id, id));
        KEEP(top->declined, k, !EQ(top->declined.items[k].id, id));
        KEEP(top->approvals, k, !EQ(top->approvals.items[k].update, id));
    }
}

static void no_updates(wsus_tree *t, server *s, dice *d)
{
    (void)t;
    (void)d;
    s->updates.n = 0;
}

/* It speaks an older protocol, and lacks what needs a newer one. */
static void old_protocol(wsus_tree *t, server *s, dice *d)
{
    server *parent = tree_get(t, s->server.parent);
    const wck_update *u;
    wck_guid id;

    if (parent == NULL || (u = PICK(d, parent->updates)) == NULL)
        return;
    id = u->id;
    s->server.protocol_version = dice_percent(d, 50) ? "1.8" : "1.9";
    for (size_t i = 0; i < parent->updates.n; i++)
        if (EQ(parent->updates.items[i].id, id))
            parent->updates.items[i].compatible_protocol_version = dice_percent(d, 50) ? "1.10" : "1.20";
    KEEP(s->updates, i, !EQ(s->updates.items[i].id, id));
}

/* ---- approvals, declines, groups, license agreements */

static wck_guid some_group(const server *s, dice *d)
{
    size_t pick = dice_below(d, s->groups.n + 2);

    return pick < s->groups.n    ? s->groups.items[pick].id
           : pick == s->groups.n ? WCK_GROUP_DOWNSTREAM
                                 : tree_id(POOL_GROUP, 1);
}

static void add_approval(wsus_tree *t, server *s, dice *d)
{
    const wck_update *u = PICK(d, s->updates);
    wck_guid id = u != NULL && dice_percent(d, 90) ? u->id : tree_id(POOL_UPDATE, 1 + dice_below(d, TREE_UPDATES));
    int64_t revision = u != NULL && dice_percent(d, 60) ? u->revision : 100 + (int64_t)dice_below(d, 2);
    wck_guid group = some_group(s, d);
    wck_approval *a;

    tree_add_approval(s, d, id, revision, group);
    a = &s->approvals.items[s->approvals.n - 1];
    a->action = dice_percent(d, 20) ? WCK_ACTION_SCAN : a->action;
    a->changed = around(t, s, d);
    /* one approval a group: bookkeeping rows stand beside it */
    KEEP(s->approvals, i,
         i == s->approvals.n - 1 || !wsus_intent(a) || !wsus_intent(&s->approvals.items[i]) ||
             !EQ(s->approvals.items[i].update, id) || !EQ(s->approvals.items[i].group, group));
}

/* A newer revision came: approvals go on naming the older one until they are made again. */
static void new_revision(wsus_tree *t, server *s, dice *d)
{
    const wck_approval *a = PICK(d, s->approvals);
    wck_guid id = a != NULL ? a->update : (wck_guid){0, 0};
    int64_t revision = a != NULL ? a->revision + 1 : 0;

    for (size_t i = 0; i < t->n && a != NULL; i++)
        if (wsus_row(t->now[i], id, revision - 1) != NULL && wsus_row(t->now[i], id, revision) == NULL)
            tree_add_update(t->now[i], d, id, revision);
}

static void change_approval(wsus_tree *t, server *s, dice *d)
{
    static const int64_t actions[] = {WCK_ACTION_INSTALL, WCK_ACTION_UNINSTALL, WCK_ACTION_BLOCK, WCK_ACTION_SCAN, 5};
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
        a->deadline =
            dice_percent(d, 30) ? WCK_TIME_NONE : tree_ago(30 * HOUR) + (int64_t)dice_below(d, 3) * SECONDS(1);
        break;
    case 3:
        a->go_live = around(t, s, d);
        break;
    default:
        a->deployment = (wck_guid){0, 0};
        break;
    }
    if (dice_percent(d, 40))
        a->changed = around(t, s, d);
}

static void change_group(wsus_tree *t, server *s, dice *d)
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

static void decline(wsus_tree *t, server *s, dice *d)
{
    const wck_update *u = PICK(d, s->updates);
    wck_guid id = u != NULL && dice_percent(d, 90) ? u->id : tree_id(POOL_UPDATE, 1 + dice_below(d, TREE_UPDATES));
    wck_time when = around(t, s, d);
    server *on[WSUS_MOST + 1];
    size_t n = scope(t, s, d, on);

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

static void undecline(wsus_tree *t, server *s, dice *d)
{
    size_t at = dice_below(d, s->declined.n);

    (void)t;
    KEEP(s->declined, i, i != at);
}

static void eula(wsus_tree *t, server *s, dice *d)
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
    row->accepted = around(t, s, d);
}

/* ---- languages, categories, selection */

static void language(wsus_tree *t, server *s, dice *d)
{
    size_t at = dice_below(d, TREE_LANGUAGES), n;
    server *on[WSUS_MOST + 1];

    n = scope(t, s, d, on);
    for (size_t i = 0; i < n; i++)
        if (at < on[i]->languages.n)
            on[i]->languages.items[at].enabled = !on[i]->languages.items[at].enabled;
}

/* The upstream server goes to one language: its approvals fall inactive, and replicas no longer get them. */
static void inactive(wsus_tree *t, server *s, dice *d)
{
    size_t keep = 1 + dice_below(d, TREE_LANGUAGES - 1);
    bool deep = dice_percent(d, 70);

    for (size_t i = 0; i < s->languages.n; i++)
        s->languages.items[i].enabled = i == keep;
    for (size_t i = 0; i < t->n && deep; i++) {
        server *x = t->now[i];
        if (x->server.mode != WCK_MODE_REPLICA || x->server.parent == NULL ||
            strcmp(x->server.parent, s->server.name) != 0)
            continue;
        KEEP(x->approvals, k, !wsus_inactive(s, &x->approvals.items[k]));
    }
}

static void categories(wsus_tree *t, server *s, dice *d)
{
    wck_category *c = PICK(d, s->categories);

    (void)t;
    if (c == NULL)
        return;
    switch (dice_below(d, 3)) {
    case 0:
        c->revision += dice_percent(d, 50) ? 1 : -1;
        break;
    case 1:
        c->title = "renamed";
        break;
    default: {
        wck_guid id = c->id;
        KEEP(s->categories, i, !EQ(s->categories.items[i].id, id));
    }
    }
}

static void selection(wsus_tree *t, server *s, dice *d)
{
    server *x = dice_percent(d, 70) ? any_root(t, d, s) : s;
    const wck_guid some[] = {tree_id(POOL_PRODUCT, 1 + dice_below(d, TREE_PRODUCTS)),
                             tree_id(POOL_FAMILY, 1 + dice_below(d, 2)),
                             tree_id(POOL_CLASS, 1 + dice_below(d, TREE_CLASSES))};

    if (dice_percent(d, 50)) {
        tree_guids(x, &x->config.selected_products, some, dice_below(d, 3));
        x->config.products_known = dice_percent(d, 80);
    } else {
        tree_guids(x, &x->config.selected_classifications, some + 2, dice_below(d, 2));
        x->config.classifications_known = dice_percent(d, 80);
    }
    if (!x->config.products_known)
        x->config.selected_products.n = 0;
    if (!x->config.classifications_known)
        x->config.selected_classifications.n = 0;
}

/* ---- history, coverage, identity */

static void history(wsus_tree *t, server *s, dice *d)
{
    static const wck_sync_result results[] = {WCK_SYNC_FAILED, WCK_SYNC_CANCELED, WCK_SYNC_UNKNOWN};
    size_t what = dice_below(d, 5);
    wck_sync_run *run;

    (void)t;
    for (size_t i = 0; i < s->sync_history.n; i++) {
        if (what == 1)
            s->sync_history.items[i].result = results[dice_below(d, 3)];
        if (what == 2)
            s->sync_history.items[i].started -= SECONDS(86400 * (1 + (int64_t)dice_below(d, 3)));
    }
    if (what == 0)
        s->sync_history.n = 0;
    if (what < 3)
        return;
    run = wck_snapshot_add_sync_run(s);
    if (run == NULL)
        wsus_out_of_memory();
    run->started = tree_ago(HOUR - 600); /* WCK6006 looks an hour around it */
    run->result = what == 3 ? WCK_SYNC_FAILED : WCK_SYNC_RUNNING;
    run->trigger = WCK_TRIGGER_MANUAL;
}

static void schedule(wsus_tree *t, server *s, dice *d)
{
    size_t what = dice_below(d, 3);

    (void)t;
    s->config.has_schedule = what != 0;
    s->config.schedule.automatic = what == 0 ? WCK_BOOL_NONE : what == 2;
    s->config.schedule.per_day = what == 0 ? WCK_INT_NONE : what == 2 ? 24 : 1;
    s->config.schedule.time_of_day = what == 0 ? NULL : "06:00:00";
}

static void coverage(wsus_tree *t, server *s, dice *d)
{
    wck_section section = (wck_section)dice_below(d, WCK_SECTION_SYNC_HISTORY + 1);
    static const wck_coverage_state states[] = {WCK_COVERAGE_UNKNOWN, WCK_COVERAGE_UNKNOWN, WCK_COVERAGE_PARTIAL,
                                                WCK_COVERAGE_ABSENT};

    (void)t;
    s->coverage[section].state = states[dice_below(d, 4)];
    s->coverage[section].reason = dice_percent(d, 20) ? "torn: changed while it was read" : "not read";
}

static void unreadable(wsus_tree *t, server *s, dice *d)
{
    (void)t;
    for (int section = 0; section < WCK_SECTION_COUNT; section++)
        s->coverage[section].state = dice_percent(d, 70) ? WCK_COVERAGE_UNKNOWN : WCK_COVERAGE_ABSENT;
}

static void identity(wsus_tree *t, server *s, dice *d)
{
    switch (dice_below(d, 7)) {
    case 0:
        s->server.server_id = t->now[dice_below(d, t->n)]->server.server_id;
        break;
    case 1:
        s->server.parent = "nowhere";
        break;
    case 2:
        s->server.mode = s->server.parent != NULL ? WCK_MODE_UNKNOWN : s->server.mode;
        if (dice_percent(d, 50))
            tree_forget_upstream(s);
        break;
    case 3:
        s->server.collected_at = tree_ago(25 * HOUR);
        s->server.server_time = WCK_TIME_NONE;
        break;
    case 4:
        s->server.server_id = (wck_guid){0, 0};
        break;
    case 5:
        if (s->server.parent != NULL)
            s->server.mode = s->server.mode == WCK_MODE_REPLICA ? WCK_MODE_AUTONOMOUS : WCK_MODE_REPLICA;
        break;
    default: /* a cycle at times */
        if (s->server.parent != NULL && dice_percent(d, 50))
            s->server.parent = t->now[dice_below(d, t->n)]->server.name;
        break;
    }
}

static void add_many(server *s, size_t n)
{
    for (uint64_t i = 1; i <= n; i++) {
        wck_eula *row = wck_snapshot_add_eula(s);
        if (row == NULL)
            wsus_out_of_memory();
        *row = (wck_eula){.id = tree_id(POOL_MANY, i), .accepted = tree_ago(99 * HOUR)};
    }
}

/* An earlier look at the server, which differs in one way. */
static void previous(wsus_tree *t, server *s, dice *d)
{
    static const size_t left[] = {0, 49, 50, 98};
    size_t i = 0;
    server *old;

    while (t->now[i] != s)
        i++;
    if (t->before[i] != NULL)
        return;
    old = t->before[i] = wsus_copy(s);
    old->server.collected_at -= SECONDS(30 * HOUR);
    old->server.server_time = WCK_TIME_NONE;
    switch (dice_below(d, 5)) {
    case 0:
        old->server.parent = NULL;
        break;
    case 1:
    case 2:
        old->server.server_id = tree_id(POOL_SERVER, 99);
        break;
    case 3:
        language(&(wsus_tree){0}, old, d);
        break;
    default:
        add_many(old, 100);
        add_many(s, left[dice_below(d, 4)]);
        break;
    }
}

/* ---- */

typedef struct way {
    const char *name;
    change_fn *fn;
    unsigned focused, any; /* how often each kind of tree draws it */
} way;

static const way ways[] = {
    {"fewer", fewer, 2, 0},
    {"gone", gone, 2, 2},
    {"expire", expire, 2, 1},
    {"decline", decline, 1, 1},
    {"undecline", undecline, 2, 1},
    {"inactive", inactive, 1, 3},
    {"change_approval", change_approval, 2, 3},
    {"add_approval", add_approval, 1, 2},
    {"change_revision", change_revision, 1, 1},
    {"new_revision", new_revision, 1, 1},
    {"drop_row", drop_row, 1, 2},
    {"drop_update", drop_update, 1, 1},
    {"add_update", add_update, 0, 1},
    {"change_update", change_update, 1, 2},
    {"eula", eula, 2, 1},
    {"language", language, 1, 1},
    {"change_group", change_group, 1, 2},
    {"history", history, 1, 1},
    {"categories", categories, 0, 1},
    {"selection", selection, 0, 1},
    {"schedule", schedule, 0, 1},
    {"coverage", coverage, 0, 2},
    {"unreadable", unreadable, 0, 1},
    {"identity", identity, 0, 2},
    {"previous", previous, 0, 2},
    {"no_updates", no_updates, 0, 1},
    {"old_protocol", old_protocol, 0, 1},
};
enum { WAYS = sizeof ways / sizeof ways[0] };

void tree_change(wsus_tree *t, dice *d, bool everything)
{
    unsigned all = 0, at;
    size_t i = 0, used = strlen(t->applied);

    for (size_t k = 0; k < WAYS; k++)
        all += everything ? ways[k].any : ways[k].focused;
    at = (unsigned)dice_below(d, all);
    while (at >= (everything ? ways[i].any : ways[i].focused)) {
        at -= everything ? ways[i].any : ways[i].focused;
        i++;
    }
    ways[i].fn(t, t->now[dice_below(d, t->n)], d);
    snprintf(t->applied + used, sizeof t->applied - used, "%s%s", used > 0 ? ", " : "", ways[i].name);
}
