/* SPDX-License-Identifier: MIT
 * wsus_model.c: the servers of a world, what is asked about them, and what administrators do. */
#include "model/wsus_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wsus_out_of_memory(void)
{
    fputs("the model ran out of memory\n", stderr);
    abort();
}

#define COPY(to, from, field)                                                                                          \
    for (size_t i_ = 0; i_ < (from)->field.n; i_++)                                                                    \
    *wsus_push(&(to)->field) = (from)->field.items[i_]

wck_snapshot *wsus_copy(const wck_snapshot *from)
{
    wck_snapshot *s = wck_snapshot_new();

    if (s == NULL)
        wsus_out_of_memory();
    s->server = from->server;
    memcpy(s->coverage, from->coverage, sizeof s->coverage);
    s->config = from->config;
    COPY(s, from, languages);
    COPY(s, from, categories);
    COPY(s, from, updates);
    COPY(s, from, declined);
    COPY(s, from, groups);
    COPY(s, from, approvals);
    COPY(s, from, eulas);
    COPY(s, from, sync_history);
    COPY(s, from, files);
    s->host_json = from->host_json;
    s->host = from->host;
    return s;
}

/* ---- what is asked */

bool wsus_read(const wck_snapshot *s, wck_section section)
{
    return s->coverage[section].state >= WCK_COVERAGE_PARTIAL;
}

bool wsus_complete(const wck_snapshot *s, wck_section section)
{
    return s->coverage[section].state == WCK_COVERAGE_COMPLETE;
}

bool wsus_intent(const wck_approval *a)
{
    return (a->action == WCK_ACTION_INSTALL || a->action == WCK_ACTION_UNINSTALL || a->action == WCK_ACTION_BLOCK) &&
           !wck_guid_eq(a->group, WCK_GROUP_DOWNSTREAM);
}

wck_update *wsus_row(const wck_snapshot *s, wck_guid update, int64_t revision)
{
    for (size_t i = 0; i < s->updates.n; i++)
        if (wck_guid_eq(s->updates.items[i].id, update) && s->updates.items[i].revision == revision)
            return &s->updates.items[i];
    return NULL;
}

bool wsus_lists(const wck_snapshot *s, wck_guid update)
{
    for (size_t i = 0; i < s->updates.n; i++)
        if (wck_guid_eq(s->updates.items[i].id, update))
            return true;
    return false;
}

bool wsus_is_declined(const wck_snapshot *s, wck_guid update)
{
    for (size_t i = 0; i < s->declined.n; i++)
        if (wck_guid_eq(s->declined.items[i].id, update))
            return true;
    return false;
}

/* The built-in groups cannot be deleted (ms745912): they are there, listed or not. */
static bool has_group(const wck_snapshot *s, wck_guid id)
{
    for (size_t i = 0; i < s->groups.n; i++)
        if (wck_guid_eq(s->groups.items[i].id, id))
            return true;
    return wck_group_builtin(id);
}

static bool has_eula(const wck_snapshot *s, wck_guid id)
{
    for (size_t i = 0; i < s->eulas.n; i++)
        if (wck_guid_eq(s->eulas.items[i].id, id))
            return true;
    return false;
}

bool wsus_speaks(const wck_snapshot *s, const char *code)
{
    for (size_t i = 0; i < s->languages.n; i++)
        if (s->languages.items[i].enabled && strcmp(s->languages.items[i].code, code) == 0)
            return true;
    return false;
}

/* domain.md 1.2: neither "all" nor one of its own languages is enabled. Blocks need no content, so they stay. */
bool wsus_inactive(const wck_snapshot *s, const wck_approval *a)
{
    const wck_update *u = wsus_row(s, a->update, a->revision);

    if (a->action != WCK_ACTION_INSTALL && a->action != WCK_ACTION_UNINSTALL)
        return false;
    if (!wsus_complete(s, WCK_SECTION_LANGUAGES) || u == NULL || !u->languages_known || u->languages.n == 0 ||
        wsus_speaks(s, "all"))
        return false;
    for (size_t i = 0; i < u->languages.n; i++)
        if (wsus_speaks(s, u->languages.items[i]))
            return false;
    return true;
}

bool wsus_is_replica(const wsus_server *server)
{
    const wck_snapshot *s = server->now;

    if (s->server.mode != WCK_MODE_UNKNOWN)
        return s->server.mode == WCK_MODE_REPLICA;
    return s->config.has_upstream && s->config.upstream.replica == 1;
}

wsus_server *wsus_find(wsus_world *w, const char *name)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->servers[i].now->server.name, name) == 0)
            return &w->servers[i];
    return NULL;
}

wsus_server *wsus_parent(wsus_world *w, const wsus_server *server)
{
    return server->now->server.parent == NULL ? NULL : wsus_find(w, server->now->server.parent);
}

wck_time wsus_tick(wsus_world *w)
{
    w->clock += WCK_TICKS_PER_SECOND;
    return w->clock;
}

bool wsus_refuse(wsus_world *w, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(w->why, sizeof w->why, fmt, args);
    va_end(args);
    return false;
}

/* ---- a world */

static wck_time last_good(const wck_snapshot *s)
{
    wck_time best = WCK_TIME_NONE; /* below every time: it never synchronized */

    for (size_t i = 0; i < s->sync_history.n; i++) {
        const wck_sync_run *r = &s->sync_history.items[i];
        if (r->result == WCK_SYNC_SUCCEEDED && r->started > best)
            best = r->started;
    }
    return best;
}

/* Approvals that were made after some child last synchronized. */
static void note_news(wsus_world *w, wsus_server *server)
{
    const wck_snapshot *s = server->now;
    bool below = false;
    wck_time since = INT64_MAX;

    for (size_t i = 0; i < w->n; i++) {
        const wck_snapshot *other = w->servers[i].now;
        if (other->server.parent == NULL || strcmp(other->server.parent, s->server.name) != 0)
            continue;
        below = true;
        if (last_good(other) < since)
            since = last_good(other);
    }
    for (size_t i = 0; i < s->approvals.n && below; i++)
        if (s->approvals.items[i].changed != WCK_TIME_NONE && s->approvals.items[i].changed >= since)
            *wsus_push(&server->news) = s->approvals.items[i].deployment;
}

static void offer(wsus_world *w, const wck_update *u)
{
    for (size_t i = 0; i < w->catalogue.n; i++)
        if (wck_guid_eq(w->catalogue.items[i].id, u->id) && w->catalogue.items[i].revision == u->revision)
            return;
    *wsus_push(&w->catalogue) = *u;
}

wsus_world *wsus_new(wck_snapshot *const *now, wck_snapshot *const *before, size_t n, wck_time clock)
{
    wsus_world *w = calloc(1, sizeof *w);

    if (w == NULL || n > WSUS_MOST)
        wsus_out_of_memory();
    w->n = n;
    w->clock = clock;
    for (size_t i = 0; i < n; i++) {
        wck_guid id = now[i]->server.server_id, old = before[i] != NULL ? before[i]->server.server_id : id;
        w->servers[i].now = wsus_copy(now[i]);
        w->servers[i].rebuilt = !wck_guid_is_zero(id) && !wck_guid_is_zero(old) && !wck_guid_eq(id, old);
        for (size_t k = 0; k < now[i]->updates.n; k++)
            offer(w, &now[i]->updates.items[k]);
    }
    for (size_t i = 0; i < n; i++)
        note_news(w, &w->servers[i]);
    return w;
}

wsus_world *wsus_again(const wsus_world *from)
{
    wsus_world *w = calloc(1, sizeof *w);

    if (w == NULL)
        wsus_out_of_memory();
    w->n = from->n;
    w->clock = from->clock;
    w->made = from->made;
    COPY(w, from, catalogue);
    for (size_t i = 0; i < from->n; i++) {
        w->servers[i].now = wsus_copy(from->servers[i].now);
        w->servers[i].rebuilt = from->servers[i].rebuilt;
        COPY(&w->servers[i], &from->servers[i], news);
        COPY(&w->servers[i], &from->servers[i], dead);
        COPY(&w->servers[i], &from->servers[i], wider);
        COPY(&w->servers[i], &from->servers[i], spoken);
    }
    return w;
}

void wsus_free(wsus_world *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->n; i++) {
        wck_snapshot_free(w->servers[i].now);
        wck_vec_clear(&w->servers[i].news);
        wck_vec_clear(&w->servers[i].dead);
        wck_vec_clear(&w->servers[i].wider);
        wck_vec_clear(&w->servers[i].spoken);
    }
    wck_vec_clear(&w->catalogue);
    free(w);
}

/* ---- what administrators do */

/* domain.md 3.3: InvalidOperationException on a replica. */
static bool writable(wsus_world *w, const wsus_server *on, const char *what)
{
    if (wsus_is_replica(on))
        return wsus_refuse(w, "%s is a replica and refuses %s", on->now->server.name, what);
    return true;
}

static void take_decline_back(wck_snapshot *s, wck_guid update)
{
    size_t n = 0;

    for (size_t i = 0; i < s->declined.n; i++)
        if (!wck_guid_eq(s->declined.items[i].id, update))
            s->declined.items[n++] = s->declined.items[i];
    s->declined.n = n;
}

static void drop_approvals(wsus_server *on, wck_guid update, int64_t revision, wck_guid group)
{
    wck_snapshot *s = on->now;
    size_t n = 0;

    for (size_t i = 0; i < s->approvals.n; i++) {
        const wck_approval *a = &s->approvals.items[i];
        bool goes = wsus_intent(a) && wck_guid_eq(a->update, update) &&
                    (revision == WCK_INT_NONE || a->revision == revision) &&
                    (wck_guid_is_zero(group) || wck_guid_eq(a->group, group));
        if (goes)
            *wsus_push(&on->dead) = a->deployment;
        else
            s->approvals.items[n++] = *a;
    }
    s->approvals.n = n;
}

/* domain.md 3.6: the group must be there, the license agreement accepted; an expired update is for removal only. */
static bool approvable(wsus_world *w, const wsus_server *on, wck_guid update, int64_t revision, wck_guid group,
                       int64_t action)
{
    const wck_snapshot *s = on->now;
    const wck_update *u = wsus_row(s, update, revision);
    char id[WCK_GUID_TEXT];

    wck_guid_format(id, update);
    if (wsus_complete(s, WCK_SECTION_UPDATES) && u == NULL)
        return wsus_refuse(w, "%s does not have %s/%lld", s->server.name, id, (long long)revision);
    if (wsus_complete(s, WCK_SECTION_GROUPS) && !has_group(s, group))
        return wsus_refuse(w, "%s does not have the group of an approval of %s", s->server.name, id);
    if (u == NULL)
        return true;
    if (!wck_guid_is_zero(u->eula) && wsus_complete(s, WCK_SECTION_EULAS) && !has_eula(s, u->eula))
        return wsus_refuse(w, "%s: the license agreement of %s is not accepted", s->server.name, id);
    if (u->state == WCK_STATE_EXPIRED && action == WCK_ACTION_INSTALL)
        return wsus_refuse(w, "%s: %s/%lld is expired", s->server.name, id, (long long)revision);
    return true;
}

bool wsus_approve(wsus_world *w, wsus_server *on, wck_guid update, int64_t revision, wck_guid group, int64_t action,
                  wck_time deadline)
{
    wck_approval *a;

    if (!writable(w, on, "Approve") || !approvable(w, on, update, revision, group, action))
        return false;
    take_decline_back(on->now, update);
    drop_approvals(on, update, WCK_INT_NONE, group); /* one approval a group */
    a = wck_snapshot_add_approval(on->now);
    if (a == NULL)
        wsus_out_of_memory();
    a->update = update;
    a->revision = revision;
    a->group = group;
    a->action = action;
    a->deadline = deadline;
    a->deployment = (wck_guid){UINT64_C(0x0de1000000000000), ++w->made};
    a->changed = a->go_live = wsus_tick(w);
    a->admin = "model";
    *wsus_push(&on->news) = a->deployment;
    return true;
}

bool wsus_unapprove(wsus_world *w, wsus_server *on, wck_guid update, int64_t revision, wck_guid group)
{
    if (!writable(w, on, "IUpdateApproval.Delete"))
        return false;
    drop_approvals(on, update, revision, group);
    return true;
}

void wsus_hide(wsus_world *w, wck_snapshot *s, wck_guid update, int64_t revision)
{
    wck_declined *row = wck_snapshot_add_declined(s);
    size_t n = 0;

    if (row == NULL)
        wsus_out_of_memory();
    row->id = update;
    row->revision = revision;
    row->time = wsus_tick(w);
    for (size_t i = 0; i < s->approvals.n; i++)
        if (!wck_guid_eq(s->approvals.items[i].update, update))
            s->approvals.items[n++] = s->approvals.items[i];
    s->approvals.n = n;
}

bool wsus_decline(wsus_world *w, wsus_server *on, wck_guid update, int64_t revision)
{
    if (!writable(w, on, "Decline"))
        return false;
    if (wsus_complete(on->now, WCK_SECTION_UPDATES) && !wsus_lists(on->now, update))
        return wsus_refuse(w, "%s does not have an update that is to be declined", on->now->server.name);
    if (!wsus_is_declined(on->now, update))
        wsus_hide(w, on->now, update, revision);
    return true;
}

bool wsus_not_approved(wsus_world *w, wsus_server *on, wck_guid update)
{
    if (!writable(w, on, "Approve(NotApproved)"))
        return false;
    take_decline_back(on->now, update);
    return true;
}

bool wsus_accept_eula(wsus_world *w, wsus_server *on, wck_guid update, wck_guid eula)
{
    wck_eula *row;

    if (!writable(w, on, "AcceptLicenseAgreement")) /* MODEL: not documented, and it would not travel up */
        return false;
    if (has_eula(on->now, eula))
        return true;
    row = wck_snapshot_add_eula(on->now);
    if (row == NULL)
        wsus_out_of_memory();
    row->id = eula;
    row->update = update;
    row->accepted = wsus_tick(w);
    row->admin = "model";
    return true;
}

bool wsus_create_group(wsus_world *w, wsus_server *on, wck_guid id, const char *name, wck_guid parent)
{
    wck_group *row;

    if (!writable(w, on, "CreateComputerTargetGroup"))
        return false;
    for (size_t i = 0; i < on->now->groups.n; i++) /* names are unique (ms746997) */
        if (on->now->groups.items[i].name != NULL && strcmp(on->now->groups.items[i].name, name) == 0)
            return wsus_refuse(w, "%s has a group of that name", on->now->server.name);
    row = wck_snapshot_add_group(on->now);
    if (row == NULL)
        wsus_out_of_memory();
    *row = (wck_group){.id = id, .name = name, .parent = parent};
    return true;
}

/* domain.md 1.2. It works on the database of the server that it runs on; a replica gets the result from above. */
bool wsus_remove_inactive_approvals(wsus_world *w, wsus_server *on)
{
    wck_snapshot *s = on->now;
    size_t n = 0;

    if (!writable(w, on, "removeinactiveapprovals"))
        return false;
    for (size_t i = 0; i < s->approvals.n; i++)
        if (!wsus_intent(&s->approvals.items[i]) || !wsus_inactive(s, &s->approvals.items[i]))
            s->approvals.items[n++] = s->approvals.items[i];
        else
            *wsus_push(&on->dead) = s->approvals.items[i].deployment;
    s->approvals.n = n;
    return true;
}

static bool among(const char *code, const char *const *codes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(codes[i], code) == 0)
            return true;
    return false;
}

/* bb294859: a code that the server does not support is an ArgumentException. */
bool wsus_set_languages(wsus_world *w, wsus_server *on, const char *const *codes, size_t n)
{
    wck_snapshot *s = on->now;

    for (size_t i = 0; i < n; i++) {
        bool listed = false;
        for (size_t k = 0; k < s->languages.n; k++)
            listed = listed || strcmp(s->languages.items[k].code, codes[i]) == 0;
        if (!listed)
            return wsus_refuse(w, "%s does not support the language %s", s->server.name, codes[i]);
    }
    for (size_t k = 0; k < s->languages.n; k++) {
        wck_language *l = &s->languages.items[k];
        bool on_now = among(l->code, codes, n);
        if (on_now && !l->enabled)
            *wsus_push(&on->spoken) = l->code;
        l->enabled = on_now;
    }
    return true;
}

/* domain.md 0.2 */
static bool choose(wsus_world *w, wsus_server *on, wck_guids *chosen, wck_guid id, bool yes)
{
    wck_snapshot *s = on->now;
    wck_guids more = {.items = wck_arena_array(s->arena, chosen->n + 1, sizeof *more.items)};
    bool offered = !wsus_complete(s, WCK_SECTION_CATEGORIES);

    if (more.items == NULL)
        wsus_out_of_memory();
    if (s->server.parent != NULL)
        return wsus_refuse(w, "%s does not synchronize from Microsoft Update", s->server.name);
    for (size_t i = 0; i < s->categories.n; i++)
        offered = offered || wck_guid_eq(s->categories.items[i].id, id);
    if (yes && !offered)
        return wsus_refuse(w, "%s does not offer a category that is to be selected", s->server.name);
    for (size_t i = 0; i < chosen->n; i++)
        if (!wck_guid_eq(chosen->items[i], id))
            more.items[more.n++] = chosen->items[i];
    if (yes) {
        more.items[more.n++] = id;
        *wsus_push(&on->wider) = id;
    }
    *chosen = more;
    return true;
}

bool wsus_select_product(wsus_world *w, wsus_server *on, wck_guid product, bool yes)
{
    return choose(w, on, &on->now->config.selected_products, product, yes);
}

bool wsus_select_classification(wsus_world *w, wsus_server *on, wck_guid classification, bool yes)
{
    return choose(w, on, &on->now->config.selected_classifications, classification, yes);
}
