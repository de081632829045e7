/* SPDX-License-Identifier: MIT
 * random_updates.c: what goes wrong with updates. */
#include "model/random_changes.h"

void change_drop_row(wsus_tree *t, server *s, dice *d)
{
    size_t what = dice_below(d, 7), at = dice_below(d, 1000);
    server *on[WSUS_MOST + 1];
    size_t n = tree_scope(t, s, d, on);

    (void)t;
    for (size_t i = 0; i < n; i++) {
        server *x = on[i];
#define DROP(k, vec)                                                                                         \
    if (what == (k) && (vec).n > 0)                                                                          \
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

void change_drop_update(wsus_tree *t, server *s, dice *d)
{
    const wck_update *u = PICK(d, s->updates);
    wck_guid id = u != NULL ? u->id : (wck_guid){0, 0};

    (void)t;
    KEEP(s->updates, i, !EQ(s->updates.items[i].id, id));
}

void change_add_update(wsus_tree *t, server *s, dice *d)
{
    static const int64_t revisions[] = {99, 100, 101, 103};
    wck_guid id = tree_id(POOL_UPDATE, 1 + dice_below(d, TREE_UPDATES));
    int64_t revision = revisions[dice_below(d, 4)];
    wck_time when = tree_around(t, s, d);

    if (wsus_row(s, id, revision) == NULL)
        tree_add_update(s, d, id, revision)->arrived = when;
}

void change_revision(wsus_tree *t, server *s, dice *d)
{
    static const int64_t by[] = {-1, 1, 2};
    wck_update *u = PICK(d, s->updates);
    int64_t revision = u != NULL ? u->revision + by[dice_below(d, 3)] : 0;

    if (u == NULL || wsus_row(s, u->id, revision) != NULL)
        return;
    u->revision = revision;
    u->arrived = tree_around(t, s, d);
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

void change_update(wsus_tree *t, server *s, dice *d)
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
    n = tree_scope(t, s, d, on);
    for (size_t i = 0; i < n; i++)
        if (wsus_row(on[i], id, revision) != NULL)
            give_update(on[i], wsus_row(on[i], id, revision), what, own);
}

void change_expire(wsus_tree *t, server *s, dice *d)
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
void change_gone(wsus_tree *t, server *s, dice *d)
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
void change_fewer(wsus_tree *t, server *s, dice *d)
{
    server *top = tree_any_root(t, d, s);
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

void change_no_updates(wsus_tree *t, server *s, dice *d)
{
    (void)t;
    (void)d;
    s->updates.n = 0;
}

/* It speaks an older protocol, and lacks what needs a newer one. */
void change_old_protocol(wsus_tree *t, server *s, dice *d)
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
