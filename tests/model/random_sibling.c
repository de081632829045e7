/* SPDX-License-Identifier: MIT
 * random_sibling.c: an update that is gone upstream and not needed below, but that a sibling needs: a decline
 * on their autonomous server would reach the sibling too. Chance alone makes that too seldom. */
#include "model/random_tree.h"

#include <string.h>

#define EQ(a, b) wck_guid_eq((a), (b))

static bool readable(const wck_snapshot *s)
{
    return wsus_complete(s, WCK_SECTION_UPDATES) && wsus_complete(s, WCK_SECTION_DECLINED) &&
           wsus_complete(s, WCK_SECTION_APPROVALS) && wsus_complete(s, WCK_SECTION_CONFIG);
}

/* The autonomous server that a replica mirrors in the end; NULL: not there, or not read. */
static wck_snapshot *authority(const wsus_tree *t, wck_snapshot *s)
{
    for (int depth = 0; depth < WSUS_MOST && s != NULL && readable(s); depth++) {
        if (s->server.mode == WCK_MODE_AUTONOMOUS)
            return s;
        s = tree_get(t, s->server.parent);
    }
    return NULL;
}

static void forget(wck_snapshot *s, wck_guid id, bool update_too)
{
    size_t n = 0;

    for (size_t i = 0; i < s->approvals.n; i++)
        if (!EQ(s->approvals.items[i].update, id))
            s->approvals.items[n++] = s->approvals.items[i];
    s->approvals.n = n;
    n = 0;
    for (size_t i = 0; i < s->declined.n; i++)
        if (!EQ(s->declined.items[i].id, id))
            s->declined.items[n++] = s->declined.items[i];
    s->declined.n = n;
    n = 0;
    for (size_t i = 0; i < s->updates.n; i++) {
        s->updates.items[i].needed_by = EQ(s->updates.items[i].id, id) ? 0 : s->updates.items[i].needed_by;
        if (!update_too || !EQ(s->updates.items[i].id, id))
            s->updates.items[n++] = s->updates.items[i];
    }
    s->updates.n = n;
}

static void list(wck_snapshot *s, const wck_update *u, int64_t needed_by)
{
    wck_update *row = wsus_row(s, u->id, u->revision);

    if (row == NULL)
        row = wsus_push(&s->updates);
    *row = *u;
    row->needed_by = needed_by;
}

/* A replica below a replica, and another one that neither mirrors nor feeds it. */
static bool choose(const wsus_tree *t, dice *d, wck_snapshot **down, wck_snapshot **sibling)
{
    size_t from = dice_below(d, t->n), to = dice_below(d, t->n);

    for (size_t i = 0; i < t->n; i++) {
        const wck_snapshot *up;
        *down = t->now[(from + i) % t->n];
        up = tree_get(t, (*down)->server.parent);
        if ((*down)->server.mode != WCK_MODE_REPLICA || up == NULL || up->server.mode != WCK_MODE_REPLICA)
            continue;
        for (size_t k = 0; k < t->n; k++) {
            *sibling = t->now[(to + k) % t->n];
            if (*sibling != *down && *sibling != up && (*sibling)->server.mode == WCK_MODE_REPLICA &&
                authority(t, *down) != NULL && authority(t, *sibling) == authority(t, *down) &&
                tree_get(t, (*sibling)->server.parent) != *down)
                return true;
        }
    }
    return false;
}

const char *tree_sibling(wsus_tree *t, dice *d)
{
    wck_snapshot *down, *sibling, *top;
    wck_update u;

    if (!choose(t, d, &down, &sibling))
        return NULL;
    top = authority(t, down);
    if (top->updates.n == 0 || top->server.parent != NULL)
        return NULL;
    u = top->updates.items[dice_below(d, top->updates.n)];
    if (u.products.n == 0 || wck_guid_is_zero(u.classification) || !u.languages_known)
        return NULL;
    u.state = WCK_STATE_PUBLISHED;
    for (size_t i = 0; i < t->n; i++)
        forget(t->now[i], u.id, t->now[i] == tree_get(t, down->server.parent));
    list(top, &u, 0);
    list(down, &u, 0);
    list(sibling, &u, 4);
    top->config.products_known = top->config.classifications_known = true;
    top->config.selected_products.n = 0;
    return down->server.name;
}
