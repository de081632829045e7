/* SPDX-License-Identifier: MIT
 * facts.c: what is known of each server before any rule runs. */
#include "rules/check.h"

#include "model/selection.h"

#include <stdlib.h>
#include <string.h>

bool wck_complete(const facts *f, wck_section section)
{
    return f->head->coverage[section].state == WCK_COVERAGE_COMPLETE && !f->suspect[section];
}

bool wck_listed(const facts *f, wck_section section)
{
    return f->head->coverage[section].state >= WCK_COVERAGE_PARTIAL && !f->suspect[section];
}

size_t wck_row_count(const wck_reader *r, wck_section section)
{
    const wck_snapshot *h = r->head;

    switch (section) {
    case WCK_SECTION_LANGUAGES:
        return h->languages.n;
    case WCK_SECTION_CATEGORIES:
        return h->categories.n;
    case WCK_SECTION_UPDATES:
        return r->n_updates;
    case WCK_SECTION_DECLINED:
        return r->n_declined;
    case WCK_SECTION_GROUPS:
        return h->groups.n;
    case WCK_SECTION_APPROVALS:
        return r->n_approvals;
    case WCK_SECTION_EULAS:
        return h->eulas.n;
    case WCK_SECTION_SYNC_HISTORY:
        return h->sync_history.n;
    case WCK_SECTION_FILES:
        return h->files.n;
    default:
        return 0;
    }
}

static void find_suspects(facts *f)
{
    const wck_reader *now = f->node->now, *before = f->node->before;

    for (int s = 0; s < WCK_SECTION_COUNT; s++) {
        size_t n = wck_row_count(now, (wck_section)s);
        if (f->head->coverage[s].state != WCK_COVERAGE_COMPLETE)
            continue;
        if (s == WCK_SECTION_UPDATES && n == 0 && f->head->categories.n > 0 &&
            f->head->coverage[WCK_SECTION_CATEGORIES].state >= WCK_COVERAGE_PARTIAL)
            f->suspect[s] = true;
        if (before != NULL && before->head->coverage[s].state == WCK_COVERAGE_COMPLETE) {
            size_t old = wck_row_count(before, (wck_section)s);
            /* 100: below that, halving is a normal day (rules.md 9005) */
            if (old >= 100 && n * 2 < old)
                f->suspect[s] = true;
        }
    }
}

/* L of rules.md: start of the last good run; from a partial history only when its newest row is good. */
static void find_last_good(facts *f)
{
    const wck_sync_run *good = NULL, *newest = NULL;

    if (!wck_listed(f, WCK_SECTION_SYNC_HISTORY))
        return;
    for (size_t i = 0; i < f->head->sync_history.n; i++) {
        const wck_sync_run *run = &f->head->sync_history.items[i];
        if (run->started == WCK_TIME_NONE)
            continue; /* 1753 and 0001: no run */
        newest = run;
        if (run->result == WCK_SYNC_SUCCEEDED)
            good = run;
    }
    if (wck_complete(f, WCK_SECTION_SYNC_HISTORY) && good == NULL)
        f->never_synced = true;
    if (good != NULL && (wck_complete(f, WCK_SECTION_SYNC_HISTORY) || good == newest)) {
        f->last_good_known = true;
        f->last_good = good->started;
    }
}

static bool nothing_read(const wck_snapshot *h)
{
    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        if (h->coverage[s].state >= WCK_COVERAGE_PARTIAL)
            return false;
    return true;
}

static bool is_rebuilt(const wck_node *node)
{
    wck_guid now = node->now->head->server.server_id, before;

    if (node->before == NULL)
        return false;
    before = node->before->head->server.server_id;
    return !wck_guid_is_zero(now) && !wck_guid_is_zero(before) && !wck_guid_eq(now, before);
}

/* May an approval have a revision none of whose languages is enabled? */
static bool languages_can_tell(const facts *f, const wck_demands *d)
{
    if (f->all_on != 0)
        return false;
    for (size_t i = 0; i < d->n_languages; i++) {
        bool inactive = true;
        for (size_t k = 0; k < d->languages[i].n && inactive; k++)
            inactive = wck_language_enabled(f->head, d->languages[i].items[k]) == 0;
        if (inactive)
            return true;
    }
    return !d->whole;
}

static bool eulas_can_tell(const facts *f, const wck_demands *d)
{
    if (!wck_complete(f, WCK_SECTION_EULAS))
        return false;
    for (size_t i = 0; i < d->eulas.n; i++)
        if (!wck_eula_accepted(f, d->eulas.items[i]))
            return true;
    return !d->whole;
}

/* Which flags make a partition of a server that answers for itself worth reading (3034, 4031, 4010). */
static wck_status find_telling(check *c, facts *f)
{
    wck_reader *now = f->node->now;
    wck_demands d = {.whole = false};
    wck_status status = WCK_OK;

    if (f->node->mode == WCK_MODE_REPLICA || !wck_listed(f, WCK_SECTION_APPROVALS))
        return WCK_OK;
    if (now->ops->demands != NULL && !c->options->verify)
        status = now->ops->demands(now, f->arena, &d, c->err);
    f->telling = WCK_PART_EXPIRED | (languages_can_tell(f, &d) ? WCK_PART_LANGUAGES : 0U) |
                 (eulas_can_tell(f, &d) ? WCK_PART_EULA : 0U);
    return status;
}

wck_status wck_facts_make(check *c)
{
    wck_status status;

    c->facts = calloc(c->tree->n + 1, sizeof *c->facts);
    if (c->facts == NULL)
        return wck_fail_memory(c->err, "checking the tree");
    for (size_t i = 0; i < c->tree->n; i++) {
        facts *f = &c->facts[i];
        f->node = c->tree->nodes[i];
        f->head = f->node->now->head;
        f->arena = wck_arena_new();
        if (f->arena == NULL)
            return wck_fail_memory(c->err, "checking the tree");
        f->nothing_read = nothing_read(f->head);
        f->rebuilt = is_rebuilt(f->node);
        find_suspects(f);
        find_last_good(f);
        f->all_on = wck_languages_all(f->head);
        status = find_telling(c, f);
        if (status != WCK_OK)
            return status;
        if (f->node->now->n_partitions > c->n_partitions)
            c->n_partitions = f->node->now->n_partitions;
    }
    return WCK_OK;
}

const wck_category *wck_category_find(const facts *f, wck_guid id)
{
    return wck_snapshot_category(f->head, id);
}

const wck_group *wck_group_find(const facts *f, wck_guid id)
{
    return wck_guid_find(f->head->groups.items, f->head->groups.n, sizeof(wck_group), id);
}

bool wck_eula_accepted(const facts *f, wck_guid eula)
{
    return wck_guid_find(f->head->eulas.items, f->head->eulas.n, sizeof(wck_eula), eula) != NULL;
}

double wck_sync_interval(const facts *f)
{
    const wck_config *config = &f->head->config;

    if (!wck_listed(f, WCK_SECTION_CONFIG) || !config->has_schedule ||
        config->schedule.automatic == WCK_BOOL_NONE)
        return -1;
    if (config->schedule.automatic == 0)
        return 0;
    if (config->schedule.per_day < 1)
        return config->schedule.per_day == WCK_INT_NONE ? -1 : 24.0;
    return 24.0 / (double)config->schedule.per_day;
}

wck_time wck_next_sync(const check *c, const facts *f)
{
    double hours = wck_sync_interval(f);
    wck_time step, next;

    if (wck_listed(f, WCK_SECTION_CONFIG) && f->head->config.next_sync != WCK_TIME_NONE &&
        f->head->config.next_sync > c->now)
        return f->head->config.next_sync;
    if (hours <= 0 || !f->last_good_known)
        return WCK_TIME_NONE;
    step = (wck_time)(hours * 3600.0) * WCK_TICKS_PER_SECOND;
    next = f->last_good + step;
    if (next <= c->now)
        next += ((c->now - next) / step + 1) * step;
    return next;
}

bool wck_pending_since(const facts *child, wck_time t)
{
    return t != WCK_TIME_NONE && child->last_good_known && t >= child->last_good;
}
