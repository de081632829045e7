/* SPDX-License-Identifier: MIT
 * random_changes.c: the ways in which something goes wrong in a tree, drawn by dice, and what they share. */
#include "model/random_changes.h"

#include <stdio.h>
#include <string.h>

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
wck_time tree_around(const wsus_tree *t, const server *s, dice *d)
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
size_t tree_scope(const wsus_tree *t, server *s, dice *d, server **out)
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

server *tree_any_root(const wsus_tree *t, dice *d, server *other)
{
    server *roots[WSUS_MOST];
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        if (t->now[i]->server.parent == NULL)
            roots[n++] = t->now[i];
    return n == 0 ? other : roots[dice_below(d, n)];
}

typedef struct way {
    const char *name;
    change_fn *fn;
    unsigned focused, any; /* how often each kind of tree draws it */
} way;

static const way ways[] = {
    {"fewer", change_fewer, 2, 0},
    {"gone", change_gone, 2, 2},
    {"expire", change_expire, 2, 1},
    {"decline", change_decline, 1, 1},
    {"undecline", change_undecline, 2, 1},
    {"inactive", change_inactive, 1, 3},
    {"change_approval", change_approval, 2, 3},
    {"add_approval", change_add_approval, 1, 2},
    {"change_revision", change_revision, 1, 1},
    {"new_revision", change_new_revision, 1, 1},
    {"drop_row", change_drop_row, 1, 2},
    {"drop_update", change_drop_update, 1, 1},
    {"add_update", change_add_update, 0, 1},
    {"change_update", change_update, 1, 2},
    {"eula", change_eula, 2, 1},
    {"language", change_language, 1, 1},
    {"change_group", change_group, 1, 2},
    {"history", change_history, 1, 1},
    {"categories", change_categories, 0, 1},
    {"selection", change_selection, 0, 1},
    {"schedule", change_schedule, 0, 1},
    {"coverage", change_coverage, 0, 2},
    {"unreadable", change_unreadable, 0, 1},
    {"identity", change_identity, 0, 2},
    {"previous", change_previous, 0, 2},
    {"no_updates", change_no_updates, 0, 1},
    {"old_protocol", change_old_protocol, 0, 1},
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
