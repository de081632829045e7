/* SPDX-License-Identifier: MIT
 * random_legal.c: whole trees for a seed, brought into a state that WSUS can be in; what is hidden of them; and what
 * somebody plans to change. */
#include "model/random_tree.h"

#include <string.h>

#define EQ(a, b) wck_guid_eq((a), (b))
#define KEEP(vec, i, condition)                                                                                        \
    do {                                                                                                               \
        size_t n_ = 0;                                                                                                 \
        for (size_t i = 0; i < (vec).n; i++)                                                                           \
            if (condition)                                                                                             \
                (vec).items[n_++] = (vec).items[i];                                                                    \
        (vec).n = n_;                                                                                                  \
    } while (0)

/* Rows of a section that was not read are not there. */
static void erase_unread(wck_snapshot *s)
{
    for (int section = 0; section < WCK_SECTION_COUNT; section++)
        if (s->coverage[section].state == WCK_COVERAGE_ABSENT)
            s->coverage[section].reason = NULL; /* no entry, no reason */
#define ERASE(section, vec)                                                                                            \
    if (!wsus_read(s, section))                                                                                        \
    (vec).n = 0
    ERASE(WCK_SECTION_LANGUAGES, s->languages);
    ERASE(WCK_SECTION_CATEGORIES, s->categories);
    ERASE(WCK_SECTION_UPDATES, s->updates);
    ERASE(WCK_SECTION_DECLINED, s->declined);
    ERASE(WCK_SECTION_GROUPS, s->groups);
    ERASE(WCK_SECTION_APPROVALS, s->approvals);
    ERASE(WCK_SECTION_EULAS, s->eulas);
    ERASE(WCK_SECTION_SYNC_HISTORY, s->sync_history);
    if (wsus_read(s, WCK_SECTION_CONFIG))
        return;
    tree_forget_upstream(s);
    s->config.has_schedule = false;
    s->config.schedule.automatic = WCK_BOOL_NONE;
    s->config.schedule.per_day = WCK_INT_NONE;
    s->config.schedule.time_of_day = NULL;
    s->config.products_known = s->config.classifications_known = false;
    s->config.selected_products.n = s->config.selected_classifications.n = 0;
    s->config.sync_from_microsoft_update = s->config.lazy_sync = WCK_BOOL_NONE;
    s->config.catalog_only_sync = s->config.content_on_microsoft_update = WCK_BOOL_NONE;
}

static bool has_group(const wck_snapshot *s, wck_guid id)
{
    for (size_t i = 0; i < s->groups.n; i++)
        if (EQ(s->groups.items[i].id, id))
            return true;
    return wck_group_builtin(id);
}

/* The later of two approvals of an update for a group is the only one. */
static bool replaced(const wck_snapshot *s, size_t at)
{
    for (size_t i = at + 1; i < s->approvals.n && wsus_intent(&s->approvals.items[at]); i++)
        if (wsus_intent(&s->approvals.items[i]) && EQ(s->approvals.items[i].update, s->approvals.items[at].update) &&
            EQ(s->approvals.items[i].group, s->approvals.items[at].group))
            return true;
    return false;
}

static bool can_be(const wck_snapshot *s, size_t at)
{
    const wck_approval *a = &s->approvals.items[at];

    return !wsus_is_declined(s, a->update) && !replaced(s, at) &&
           (!wsus_complete(s, WCK_SECTION_UPDATES) || wsus_row(s, a->update, a->revision) != NULL) &&
           (!wsus_complete(s, WCK_SECTION_GROUPS) || has_group(s, a->group));
}

/* A decline is of an update that is there and has taken all approvals, an approval names a revision and a group that
 * are there, no synchronization starts after the server was read, and a server learns from its parent that an update
 * has expired, not before it. */
static void make_legal(const wsus_tree *t, wck_snapshot *s)
{
    const wck_snapshot *up = tree_get(t, s->server.parent);

    erase_unread(s);
    for (size_t i = 0; i < s->updates.n && up != NULL && up != s; i++) {
        const wck_update *above = wsus_row(up, s->updates.items[i].id, s->updates.items[i].revision);
        if (above != NULL && above->state == WCK_STATE_PUBLISHED)
            s->updates.items[i].state = WCK_STATE_PUBLISHED;
    }
    KEEP(s->sync_history, i, s->sync_history.items[i].started <= s->server.collected_at);
    if (wsus_complete(s, WCK_SECTION_UPDATES)) /* it is a flag of the update */
        KEEP(s->declined, i, wsus_lists(s, s->declined.items[i].id));
    KEEP(s->approvals, i, can_be(s, i));
    if (s->server.parent == NULL)
        s->server.mode = WCK_MODE_AUTONOMOUS; /* a root is never a replica */
}

static bool anything_read(const wck_snapshot *s)
{
    for (int section = 0; section < WCK_SECTION_COUNT; section++)
        if (wsus_read(s, (wck_section)section))
            return true;
    return false;
}

void tree_make(wsus_tree *t, uint64_t seed)
{
    static const size_t counts[] = {0, 1, 1, 2, 2, 3, 4, 6, 8, 12};
    dice d = {seed * 7919 + 1};
    bool everything = seed % 2 == 0;
    size_t n;

    tree_make_clean(t, &d);
    n = everything ? counts[dice_below(&d, 10)] : 2 + dice_below(&d, 5);
    for (size_t i = 0; i < n; i++)
        tree_change(t, &d, everything);
    for (size_t i = 0; i < t->n; i++) {
        if (t->before[i] != NULL)
            make_legal(t, t->before[i]);
        if (t->before[i] != NULL && !anything_read(t->before[i])) { /* nobody compares with such a look */
            wck_snapshot_free(t->before[i]);
            t->before[i] = NULL;
        }
        make_legal(t, t->now[i]);
    }
}

/* ---- what is hidden */

static void thin_out(wck_snapshot *s, wck_section section, dice *d)
{
#define THIN(which, vec)                                                                                               \
    if (section == (which))                                                                                            \
    KEEP(vec, i, dice_percent(d, 60))
    THIN(WCK_SECTION_LANGUAGES, s->languages);
    THIN(WCK_SECTION_CATEGORIES, s->categories);
    THIN(WCK_SECTION_UPDATES, s->updates);
    THIN(WCK_SECTION_DECLINED, s->declined);
    THIN(WCK_SECTION_GROUPS, s->groups);
    THIN(WCK_SECTION_APPROVALS, s->approvals);
    THIN(WCK_SECTION_EULAS, s->eulas);
}

void tree_blindfold(wck_snapshot *const *now, size_t n, bool dark[WSUS_MOST], dice *d)
{
    static const wck_coverage_state states[] = {WCK_COVERAGE_UNKNOWN, WCK_COVERAGE_ABSENT, WCK_COVERAGE_PARTIAL};
    size_t times = 1 + dice_below(d, 4);

    memset(dark, 0, WSUS_MOST * sizeof *dark);
    for (size_t k = 0; k < times; k++) {
        size_t i = dice_below(d, n);
        wck_section section = (wck_section)dice_below(d, WCK_SECTION_CORE);
        if (dice_percent(d, 20)) {
            dark[i] = true;
            for (int each = 0; each < WCK_SECTION_COUNT; each++)
                now[i]->coverage[each] = (wck_coverage){WCK_COVERAGE_UNKNOWN, "not read"};
        } else {
            now[i]->coverage[section] =
                (wck_coverage){dark[i] ? WCK_COVERAGE_UNKNOWN : states[dice_below(d, 3)], "not read"};
            if (wsus_read(now[i], section))
                thin_out(now[i], section, d);
        }
        erase_unread(now[i]);
    }
}
