/* SPDX-License-Identifier: MIT
 * random_looks.c: what goes wrong with the history, the coverage and the identity of a server. */
#include "model/random_changes.h"

void change_history(wsus_tree *t, server *s, dice *d)
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

void change_schedule(wsus_tree *t, server *s, dice *d)
{
    size_t what = dice_below(d, 3);

    (void)t;
    s->config.has_schedule = what != 0;
    s->config.schedule.automatic = what == 0 ? WCK_BOOL_NONE : what == 2;
    s->config.schedule.per_day = what == 0 ? WCK_INT_NONE : what == 2 ? 24 : 1;
    s->config.schedule.time_of_day = what == 0 ? NULL : "06:00:00";
}

void change_coverage(wsus_tree *t, server *s, dice *d)
{
    wck_section section = (wck_section)dice_below(d, WCK_SECTION_SYNC_HISTORY + 1);
    static const wck_coverage_state states[] = {WCK_COVERAGE_UNKNOWN, WCK_COVERAGE_UNKNOWN,
                                                WCK_COVERAGE_PARTIAL, WCK_COVERAGE_ABSENT};

    (void)t;
    s->coverage[section].state = states[dice_below(d, 4)];
    s->coverage[section].reason = dice_percent(d, 20) ? "torn: changed while it was read" : "not read";
}

void change_unreadable(wsus_tree *t, server *s, dice *d)
{
    (void)t;
    for (int section = 0; section < WCK_SECTION_COUNT; section++)
        s->coverage[section].state = dice_percent(d, 70) ? WCK_COVERAGE_UNKNOWN : WCK_COVERAGE_ABSENT;
}

void change_identity(wsus_tree *t, server *s, dice *d)
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
void change_previous(wsus_tree *t, server *s, dice *d)
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
        change_language(&(wsus_tree){0}, old, d);
        break;
    default:
        add_many(old, 100);
        add_many(s, left[dice_below(d, 4)]);
        break;
    }
}
