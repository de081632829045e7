/* SPDX-License-Identifier: MIT
 * wsus_sync.c: what a synchronization brings, from Microsoft Update and from an upstream server. */
#include "model/wsus_model.h"

#include <string.h>

static bool chosen_in(const wck_guids *set, wck_guid id)
{
    for (size_t i = 0; i < set->n; i++)
        if (wck_guid_eq(set->items[i], id))
            return true;
    return false;
}

/* The category above, by whichever server knows it. */
static wck_guid family_of(const wsus_world *w, wck_guid id)
{
    for (size_t i = w->n; i-- > 0;)
        for (size_t k = 0; k < w->servers[i].now->categories.n; k++) {
            const wck_category *c = &w->servers[i].now->categories.items[k];
            if (wck_guid_eq(c->id, id))
                return c->parent;
        }
    return (wck_guid){0, 0};
}

enum { DEEPEST = 8 }; /* product, family, company; more is a cycle */

bool wsus_family_chosen(const wsus_world *w, const wck_guids *chosen, wck_guid product)
{
    for (int depth = 0; depth < DEEPEST && !wck_guid_is_zero(product); depth++) {
        if (chosen_in(chosen, product))
            return true;
        product = family_of(w, product);
    }
    return false;
}

/* ---- from Microsoft Update */

static bool covered(const wsus_world *w, const wck_snapshot *s, const wck_update *u)
{
    bool product = false, language = !u->languages_known || u->languages.n == 0 || wsus_speaks(s, "all");

    for (size_t i = 0; i < u->products.n; i++)
        product = product || wsus_family_chosen(w, &s->config.selected_products, u->products.items[i]);
    for (size_t i = 0; i < u->languages.n; i++)
        language = language || wsus_speaks(s, u->languages.items[i]);
    return product && language && chosen_in(&s->config.selected_classifications, u->classification);
}

/* Is it what the selection became wider for? */
static bool wider_for(const wsus_world *w, const wsus_server *on, const wck_update *u)
{
    const wck_guids wider = {.items = on->wider.items, .n = on->wider.n};

    for (size_t i = 0; i < u->products.n; i++)
        if (wsus_family_chosen(w, &wider, u->products.items[i]))
            return true;
    if (chosen_in(&wider, u->classification))
        return true;
    for (size_t i = 0; i < on->spoken.n && u->languages_known && u->languages.n > 0; i++) {
        if (strcmp(on->spoken.items[i], "all") == 0)
            return true;
        for (size_t k = 0; k < u->languages.n; k++)
            if (strcmp(on->spoken.items[i], u->languages.items[k]) == 0)
                return true;
    }
    return false;
}

static int64_t newest(const wck_snapshot *s, wck_guid update)
{
    int64_t best = INT64_MIN;

    for (size_t i = 0; i < s->updates.n; i++)
        if (wck_guid_eq(s->updates.items[i].id, update) && s->updates.items[i].revision > best)
            best = s->updates.items[i].revision;
    return best;
}

static void arrive(wsus_world *w, wck_snapshot *s, const wck_update *u)
{
    wck_update *row = wck_snapshot_add_update(s);

    if (row == NULL)
        wsus_out_of_memory();
    *row = *u;
    row->arrived = wsus_tick(w);
    row->needed_by = 0;
}

static void from_microsoft(wsus_world *w, wsus_server *on)
{
    wck_snapshot *s = on->now;
    bool running = false, comes[512] = {false};

    if (!wsus_read(s, WCK_SECTION_CONFIG) || !wsus_read(s, WCK_SECTION_UPDATES) || w->catalogue.n > 512)
        return;
    for (size_t i = 0; i < s->sync_history.n; i++)
        running = running || s->sync_history.items[i].result == WCK_SYNC_RUNNING;
    for (size_t i = 0; i < w->catalogue.n; i++) { /* what brings one revision brings all of the update */
        const wck_update *u = &w->catalogue.items[i];
        int64_t best = newest(s, u->id);
        bool fresh = running || (best != INT64_MIN && u->revision > best) || wider_for(w, on, u);
        if (!covered(w, s, u) || wsus_row(s, u->id, u->revision) != NULL || !fresh)
            continue;
        for (size_t k = 0; k < w->catalogue.n; k++)
            comes[k] = comes[k] || wck_guid_eq(w->catalogue.items[k].id, u->id);
    }
    for (size_t i = 0; i < w->catalogue.n; i++) {
        const wck_update *u = &w->catalogue.items[i];
        if (comes[i] && covered(w, s, u) && wsus_row(s, u->id, u->revision) == NULL)
            arrive(w, s, u);
    }
    on->wider.n = on->spoken.n = 0;
}

/* ---- from the upstream server */

static void copy_categories(wck_snapshot *s, const wck_snapshot *up)
{
    if (!wsus_read(s, WCK_SECTION_CATEGORIES) || !wsus_read(up, WCK_SECTION_CATEGORIES))
        return;
    for (size_t i = 0; i < up->categories.n; i++) {
        const wck_category *sent = &up->categories.items[i];
        size_t k = 0;
        while (k < s->categories.n && !wck_guid_eq(s->categories.items[k].id, sent->id))
            k++;
        if (k == s->categories.n)
            *wsus_push(&s->categories) = *sent;
        else if (sent->revision > s->categories.items[k].revision)
            s->categories.items[k] = *sent;
    }
}

static void copy_updates(wsus_world *w, wck_snapshot *s, const wck_snapshot *up)
{
    if (!wsus_read(s, WCK_SECTION_UPDATES) || !wsus_read(up, WCK_SECTION_UPDATES))
        return;
    for (size_t i = 0; i < up->updates.n; i++) {
        const wck_update *u = &up->updates.items[i];
        if (wsus_row(s, u->id, u->revision) == NULL &&
            !wck_protocol_newer(u->compatible_protocol_version, s->server.protocol_version))
            arrive(w, s, u);
    }
}

static bool both(const wck_snapshot *s, const wck_snapshot *up, wck_section section)
{
    return wsus_read(s, section) && wsus_read(up, section);
}

static const wck_group *group_in(const wck_snapshot *s, wck_guid id)
{
    for (size_t i = 0; i < s->groups.n; i++)
        if (wck_guid_eq(s->groups.items[i].id, id))
            return &s->groups.items[i];
    return NULL;
}

/* The list is a full one: what is not in it goes, and its approvals with it. */
static void mirror_groups(wck_snapshot *s, const wck_snapshot *up)
{
    bool whole = wsus_complete(up, WCK_SECTION_GROUPS);
    size_t n = 0;

    for (size_t i = 0; i < s->groups.n; i++) {
        const wck_group *g = &s->groups.items[i];
        if (group_in(up, g->id) == NULL && (wck_group_builtin(g->id) || !whole))
            s->groups.items[n++] = *g;
    }
    s->groups.n = n;
    for (size_t i = 0; i < up->groups.n; i++)
        *wsus_push(&s->groups) = up->groups.items[i];
    n = 0;
    for (size_t i = 0; i < s->approvals.n && whole; i++) {
        const wck_approval *a = &s->approvals.items[i];
        if (wck_group_builtin(a->group) || group_in(s, a->group) != NULL)
            s->approvals.items[n++] = *a;
    }
    s->approvals.n = whole ? n : s->approvals.n;
}

static void mirror_declines(wsus_world *w, wck_snapshot *s, const wck_snapshot *up)
{
    for (size_t i = 0; i < up->declined.n; i++) {
        const wck_declined *d = &up->declined.items[i];
        if (wsus_lists(s, d->id) && !wsus_is_declined(s, d->id))
            wsus_hide(w, s, d->id, d->revision);
    }
}

static void mirror_eulas(wsus_world *w, wck_snapshot *s, const wck_snapshot *up)
{
    for (size_t i = 0; i < up->eulas.n; i++) {
        size_t k = 0;
        while (k < s->eulas.n && !wck_guid_eq(s->eulas.items[k].id, up->eulas.items[i].id))
            k++;
        if (k < s->eulas.n)
            continue;
        *wsus_push(&s->eulas) = up->eulas.items[i];
        s->eulas.items[k].accepted = wsus_tick(w);
    }
}

/* ---- approvals of a replica */

static bool same_place(const wck_approval *a, const wck_approval *b)
{
    return wck_guid_eq(a->update, b->update) && wck_guid_eq(a->group, b->group);
}

static bool is_sent(const wck_snapshot *up, const wck_approval *a)
{
    for (size_t i = 0; i < up->approvals.n; i++)
        if (wsus_intent(&up->approvals.items[i]) && same_place(&up->approvals.items[i], a))
            return true;
    return false;
}

static bool is_dead(const wsus_server *server, wck_guid deployment)
{
    for (size_t i = 0; i < server->dead.n; i++)
        if (wck_guid_eq(server->dead.items[i], deployment))
            return true;
    return false;
}

static bool is_news(const wsus_server *server, wck_guid deployment)
{
    for (size_t i = 0; i < server->news.n; i++)
        if (wck_guid_eq(server->news.items[i], deployment))
            return true;
    return false;
}

static void drop_unsent(wsus_server *on, const wsus_server *above)
{
    wck_snapshot *s = on->now;
    size_t n = 0;

    for (size_t i = 0; i < s->approvals.n; i++) {
        const wck_approval *a = &s->approvals.items[i];
        if (!wsus_intent(a) || is_sent(above->now, a) || (above->rebuilt && !is_dead(above, a->deployment)))
            s->approvals.items[n++] = *a;
        else
            *wsus_push(&on->dead) = a->deployment;
    }
    s->approvals.n = n;
}

/* Does the upstream server send this row, and can it be taken here? */
static bool travels(const wck_snapshot *s, const wck_snapshot *up, const wck_approval *a)
{
    return wsus_intent(a) && !wsus_inactive(up, a) &&
           (!wsus_read(s, WCK_SECTION_UPDATES) || wsus_row(s, a->update, a->revision) != NULL);
}

static void take_back(wck_snapshot *s, wck_guid update)
{
    size_t n = 0;

    for (size_t i = 0; i < s->declined.n; i++)
        if (!wck_guid_eq(s->declined.items[i].id, update))
            s->declined.items[n++] = s->declined.items[i];
    s->declined.n = n;
}

/* All rows of one update and group, as `first` names them. */
static void mirror_place(wsus_world *w, wsus_server *on, const wsus_server *above, const wck_approval *first)
{
    wck_snapshot *s = on->now;
    const wck_snapshot *up = above->now;
    bool fresh = false;
    size_t n = 0, sent = 0;

    for (size_t i = 0; i < up->approvals.n; i++) {
        const wck_approval *a = &up->approvals.items[i];
        if (!same_place(a, first) || !travels(s, up, a))
            continue;
        sent++;
        fresh = fresh || is_news(above, a->deployment);
    }
    if (wsus_is_declined(s, first->update)) {
        if (!fresh || wsus_is_declined(up, first->update))
            return; /* a decline is only ever set; a new approval takes it back */
        take_back(s, first->update);
    }
    if (sent == 0)
        return;
    for (size_t i = 0; i < s->approvals.n; i++)
        if (!wsus_intent(&s->approvals.items[i]) || !same_place(&s->approvals.items[i], first))
            s->approvals.items[n++] = s->approvals.items[i];
    s->approvals.n = n;
    for (size_t i = 0; i < up->approvals.n; i++) {
        wck_approval a = up->approvals.items[i];
        if (!same_place(&a, first) || !travels(s, up, &a))
            continue;
        a.changed = wsus_tick(w);
        a.admin = "WUS Server";
        *wsus_push(&s->approvals) = a;
        if (fresh)
            *wsus_push(&on->news) = a.deployment;
    }
}

static bool seen_before(const wck_snapshot *up, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (wsus_intent(&up->approvals.items[k]) && same_place(&up->approvals.items[k], &up->approvals.items[i]))
            return true;
    return false;
}

static void mirror_approvals(wsus_world *w, wsus_server *on, const wsus_server *above)
{
    const wck_snapshot *up = above->now;

    if (wsus_complete(up, WCK_SECTION_APPROVALS))
        drop_unsent(on, above);
    for (size_t i = 0; i < up->approvals.n; i++)
        if (wsus_intent(&up->approvals.items[i]) && !seen_before(up, i))
            mirror_place(w, on, above, &up->approvals.items[i]);
}

static void mirror(wsus_world *w, wsus_server *on, const wsus_server *above)
{
    wck_snapshot *s = on->now;
    const wck_snapshot *up = above->now;

    if (both(s, up, WCK_SECTION_GROUPS))
        mirror_groups(s, up);
    if (both(s, up, WCK_SECTION_DECLINED) && wsus_read(s, WCK_SECTION_UPDATES))
        mirror_declines(w, s, up);
    if (both(s, up, WCK_SECTION_APPROVALS))
        mirror_approvals(w, on, above);
    if (both(s, up, WCK_SECTION_EULAS))
        mirror_eulas(w, s, up);
}

void wsus_note_run(wsus_world *w, wck_snapshot *s, wck_time started)
{
    wck_sync_run *run;
    size_t n = 0;

    if (!wsus_read(s, WCK_SECTION_SYNC_HISTORY))
        return;
    for (size_t i = 0; i < s->sync_history.n; i++)
        if (s->sync_history.items[i].result != WCK_SYNC_RUNNING)
            s->sync_history.items[n++] = s->sync_history.items[i];
    s->sync_history.n = n;
    run = wck_snapshot_add_sync_run(s);
    if (run == NULL)
        wsus_out_of_memory();
    run->started = started;
    run->ended = wsus_tick(w);
    run->result = WCK_SYNC_SUCCEEDED;
    run->trigger = WCK_TRIGGER_MANUAL;
}

bool wsus_synchronize(wsus_world *w, wsus_server *on)
{
    wsus_server *above = wsus_parent(w, on);
    wck_time started = wsus_tick(w);

    if (above == on)
        return wsus_refuse(w, "%s cannot be its own upstream server", on->now->server.name);
    if (above == NULL && on->now->server.parent == NULL) {
        from_microsoft(w, on);
    } else if (above != NULL) { /* what an upstream server that nobody read would send is not known */
        copy_categories(on->now, above->now);
        copy_updates(w, on->now, above->now);
        if (wsus_is_replica(on))
            mirror(w, on, above);
    }
    wsus_note_run(w, on->now, started);
    return true;
}

void wsus_night(wsus_world *w)
{
    wsus_server *done[WSUS_MOST];
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        if (wsus_parent(w, &w->servers[i]) != NULL)
            continue; /* one whose upstream server nobody read synchronizes too, and sends on what it has */
        if (w->servers[i].now->config.schedule.automatic != 0)
            wsus_note_run(w, w->servers[i].now, wsus_tick(w)); /* Microsoft published nothing that night */
        done[n++] = &w->servers[i];
    }
    for (size_t at = 0; at < n; at++)
        for (size_t i = 0; i < w->n; i++) {
            if (wsus_parent(w, &w->servers[i]) != done[at])
                continue;
            wsus_synchronize(w, &w->servers[i]);
            done[n++] = &w->servers[i];
        }
}
