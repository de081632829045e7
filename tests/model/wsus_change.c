/* SPDX-License-Identifier: MIT
 * wsus_change.c: see wsus_change.h.
 *
 * A new installation has a new ServerId and an empty database (domain.md 2.1): the built-in groups and nothing else.
 * Its first synchronization is a full one. A repointed server keeps what it holds until it synchronizes. The mode is a
 * flag (IsReplicaServer, ms751943). The cleanup wizard declines superseded and expired updates that are not approved,
 * and deletes unneeded ones (Invoke-WsusServerCleanup).
 *
 * MODEL: Microsoft Update offers a root that is installed anew what it offered before; an update of which the product,
 * the classification or the languages are not known arrives, because nothing says that it would not. */
#include "model/wsus_change.h"

#include <string.h>

static bool has(const wck_guids *set, wck_guid id)
{
    for (size_t i = 0; i < set->n; i++)
        if (wck_guid_eq(set->items[i], id))
            return true;
    return false;
}

static void copy_guids(wck_snapshot *s, wck_guids *to, const wck_guids *from)
{
    to->items = wck_arena_array(s->arena, from->n, sizeof *to->items);
    if (to->items == NULL)
        wsus_out_of_memory();
    if (from->n > 0)
        memcpy(to->items, from->items, from->n * sizeof *to->items);
    to->n = from->n;
}

static bool set_languages(wsus_world *w, wsus_server *on, const wck_change *c)
{
    static const char *const all[] = {"all"};

    if (!wsus_read(on->now, WCK_SECTION_LANGUAGES)) /* what it lists is not known, and what it then has neither */
        return true;
    return c->all_languages ? wsus_set_languages(w, on, all, 1)
                            : wsus_set_languages(w, on, c->languages.items, c->languages.n);
}

/* ---- a new installation */

/* Nothing says that this language is off. */
static bool may_speak(const wck_snapshot *s, const char *code)
{
    const wck_language *all = NULL, *own = NULL;

    for (size_t i = 0; i < s->languages.n; i++) {
        const wck_language *l = &s->languages.items[i];
        all = strcmp(l->code, "all") == 0 ? l : all;
        own = strcmp(l->code, code) == 0 ? l : own;
    }
    if ((all != NULL && all->enabled) || (own != NULL && own->enabled))
        return true;
    return !wsus_complete(s, WCK_SECTION_LANGUAGES) && (all == NULL || own == NULL);
}

static bool offered(const wsus_world *w, const wck_snapshot *s, const wck_update *u)
{
    const wck_config *c = &s->config;
    bool product = !c->products_known || u->products.n == 0, language = !u->languages_known || u->languages.n == 0;

    for (size_t i = 0; i < u->products.n; i++)
        product = product || wsus_family_chosen(w, &c->selected_products, u->products.items[i]);
    for (size_t i = 0; i < u->languages.n; i++)
        language = language || may_speak(s, u->languages.items[i]);
    return product && language &&
           (!c->classifications_known || wck_guid_is_zero(u->classification) ||
            has(&c->selected_classifications, u->classification));
}

static void first_synchronization_of_a_root(wsus_world *w, wsus_server *on)
{
    wck_snapshot *s = on->now;
    size_t n = 0;

    for (size_t i = 0; i < s->updates.n; i++) {
        wck_update *u = &s->updates.items[i];
        if (!offered(w, s, u))
            continue;
        u->arrived = wsus_tick(w);
        u->needed_by = WCK_INT_NONE;
        s->updates.items[n++] = *u;
    }
    s->updates.n = n;
    wsus_note_run(w, s, wsus_tick(w));
}

static wck_guid anew(wck_guid id)
{
    return wck_guid_is_zero(id) || wck_group_builtin(id) ? id : (wck_guid){id.hi ^ 0xfeed, id.lo};
}

static void keep_groups(wck_snapshot *s, bool again)
{
    size_t n = 0;

    for (size_t i = 0; i < s->groups.n; i++) {
        wck_group g = s->groups.items[i];
        if (!wck_group_builtin(g.id) && !again)
            continue;
        g.id = anew(g.id);
        g.parent = anew(g.parent);
        s->groups.items[n++] = g;
    }
    s->groups.n = n;
}

static bool reinstall(wsus_world *w, wsus_server *on, const wck_change *c)
{
    wck_snapshot *s = on->now;
    bool root = s->server.parent == NULL;

    s->server.server_id.hi ^= 0xfeed;
    on->rebuilt = true;
    on->news.n = 0;
    if (c->mode != WCK_MODE_UNKNOWN)
        s->server.mode = c->mode;
    if (c->has_products)
        copy_guids(s, &s->config.selected_products, &c->products);
    if (c->has_classifications)
        copy_guids(s, &s->config.selected_classifications, &c->classifications);
    s->config.products_known = s->config.products_known || c->has_products;
    s->config.classifications_known = s->config.classifications_known || c->has_classifications;
    if (c->has_languages && !set_languages(w, on, c))
        return false;
    keep_groups(s, c->recreate_groups);
    s->approvals.n = s->declined.n = s->eulas.n = s->files.n = s->sync_history.n = 0;
    s->coverage[WCK_SECTION_FILES].state = WCK_COVERAGE_ABSENT;
    s->coverage[WCK_SECTION_SYNC_HISTORY] = (wck_coverage){WCK_COVERAGE_COMPLETE, NULL};
    if (root)
        first_synchronization_of_a_root(w, on);
    else
        s->updates.n = s->categories.n = 0;
    if (!root && !wsus_synchronize(w, on))
        return false;
    for (size_t i = 0; i < s->updates.n; i++)
        s->updates.items[i].needed_by = WCK_INT_NONE; /* computers report later */
    s->server.collected_at = wsus_tick(w);
    s->server.server_time = s->server.collected_at + 7 * WCK_TICKS_PER_SECOND;
    return true;
}

/* ---- the others */

static bool repoint(wsus_world *w, wsus_server *on, const wck_change *c)
{
    const wsus_server *up = c->upstream == NULL ? NULL : wsus_find(w, c->upstream);
    wck_snapshot *s = on->now;

    if (c->upstream != NULL && up == NULL)
        return wsus_refuse(w, "the new upstream server is not there");
    s->server.parent = up == NULL ? NULL : up->now->server.name;
    s->config.sync_from_microsoft_update = up == NULL;
    s->config.has_upstream = up != NULL;
    s->config.upstream.name = up == NULL ? NULL : up->now->server.fqdn;
    if (up == NULL) {
        s->server.mode = WCK_MODE_AUTONOMOUS;
        s->config.upstream.port = WCK_INT_NONE;
        s->config.upstream.ssl = s->config.upstream.replica = WCK_BOOL_NONE;
    }
    return true;
}

static bool remove_products(wsus_world *w, wsus_server *on, const wck_change *c)
{
    for (size_t i = 0; i < c->products.n; i++)
        if (!wsus_select_product(w, on, c->products.items[i], false))
            return false;
    return true;
}

static bool is_approved(const wck_snapshot *s, wck_guid update)
{
    for (size_t i = 0; i < s->approvals.n; i++)
        if (wck_guid_eq(s->approvals.items[i].update, update))
            return true;
    return false;
}

static bool is_superseded(const wck_snapshot *s, size_t all, wck_guid update)
{
    for (size_t i = 0; i < all; i++)
        if (has(&s->updates.items[i].supersedes, update))
            return true;
    return false;
}

static bool cleanup(wsus_world *w, wsus_server *on, const wck_change *c)
{
    wck_snapshot *s = on->now;
    size_t n = 0;

    for (size_t i = 0; i < s->updates.n; i++) {
        const wck_update *u = &s->updates.items[i];
        bool goes = (u->state == WCK_STATE_EXPIRED && c->decline_expired) ||
                    (c->decline_superseded && is_superseded(s, s->updates.n, u->id));
        if (goes && !is_approved(s, u->id) && !wsus_is_declined(s, u->id))
            wsus_hide(w, s, u->id, u->revision);
    }
    for (size_t i = 0; i < s->updates.n && c->delete_expired; i++) {
        const wck_update *u = &s->updates.items[i];
        if (u->state != WCK_STATE_EXPIRED || is_approved(s, u->id))
            s->updates.items[n++] = *u;
    }
    s->updates.n = c->delete_expired ? n : s->updates.n;
    return true;
}

bool wsus_make(wsus_world *w, const wck_change *c)
{
    wsus_server *on = wsus_find(w, c->server);

    if (on == NULL)
        return wsus_refuse(w, "the server is not there");
    switch (c->kind) {
    case WCK_CHANGE_REINSTALL:
        return reinstall(w, on, c);
    case WCK_CHANGE_REPOINT:
        return repoint(w, on, c);
    case WCK_CHANGE_LANGUAGES:
        return set_languages(w, on, c);
    case WCK_CHANGE_REMOVE_PRODUCTS:
        return remove_products(w, on, c);
    case WCK_CHANGE_MODE:
        on->now->server.mode = c->mode;
        on->now->config.upstream.replica = c->mode == WCK_MODE_REPLICA;
        return true;
    case WCK_CHANGE_CLEANUP:
        return cleanup(w, on, c);
    }
    return wsus_refuse(w, "an unknown change");
}
