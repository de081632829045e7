/* SPDX-License-Identifier: MIT
 * auto.c: both channels of one server in one snapshot.
 *
 * MS-WSUSSS lists everything a downstream server would get, with metadata; MS-WSUSAR knows configuration, history and
 * times, and of updates only what an administrator sees. So a section comes from the channel that read more of it, the
 * former where both did, and rows get what only the other channel tells. The reason of each section says which. */
#include "collect/admin.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FROM_SYNC "over MS-WSUSSS (sync)"
#define FROM_ADMIN "over MS-WSUSAR (admin)"

typedef struct join {
    wck_snapshot *into, *from; /* sync, admin; from is emptied */
} join;

static wck_coverage_state state_of(const wck_snapshot *s, wck_section section)
{
    return s->coverage[section].state;
}

/* The texts are already here (wck_arena_adopt). */
static void take_rows(join *j, wck_section section)
{
    wck_snapshot *to = j->into, *from = j->from;

    switch (section) {
    case WCK_SECTION_LANGUAGES:
        wck_vec_take(&to->languages, &from->languages);
        break;
    case WCK_SECTION_CATEGORIES:
        wck_vec_take(&to->categories, &from->categories);
        break;
    case WCK_SECTION_UPDATES:
        wck_vec_take(&to->updates, &from->updates);
        break;
    case WCK_SECTION_DECLINED:
        wck_vec_take(&to->declined, &from->declined);
        break;
    case WCK_SECTION_GROUPS:
        wck_vec_take(&to->groups, &from->groups);
        break;
    case WCK_SECTION_APPROVALS:
        wck_vec_take(&to->approvals, &from->approvals);
        break;
    case WCK_SECTION_EULAS:
        wck_vec_take(&to->eulas, &from->eulas);
        break;
    case WCK_SECTION_SYNC_HISTORY:
        wck_vec_take(&to->sync_history, &from->sync_history);
        break;
    default:
        break;
    }
}

/* ---- what only the administration service tells of a row ---- */

static int cmp_update(const void *pa, const void *pb)
{
    const wck_update *a = pa, *b = pb;
    int c = wck_guid_cmp(a->id, b->id);

    return c != 0 ? c : (a->revision > b->revision) - (a->revision < b->revision);
}

static void add_to_updates(join *j)
{
    for (size_t i = 0; i < j->into->updates.n; i++) {
        wck_update *u = &j->into->updates.items[i];
        const wck_update *other = j->from->updates.n == 0
                                      ? NULL
                                      : bsearch(u, j->from->updates.items, j->from->updates.n, sizeof *u, cmp_update);
        if (other == NULL)
            continue;
        if (u->arrived == WCK_TIME_NONE)
            u->arrived = other->arrived;
        if (u->title == NULL)
            u->title = other->title;
        if (u->state == WCK_STATE_UNKNOWN)
            u->state = other->state;
    }
}

static void add_to_declined(join *j)
{
    size_t k = 0;

    for (size_t i = 0; i < j->into->declined.n; i++) { /* both ascending */
        wck_declined *d = &j->into->declined.items[i];
        while (k < j->from->declined.n && wck_guid_cmp(j->from->declined.items[k].id, d->id) < 0)
            k++;
        if (k < j->from->declined.n && wck_guid_eq(j->from->declined.items[k].id, d->id) && d->revision == WCK_INT_NONE)
            d->revision = j->from->declined.items[k].revision;
    }
}

static void add_to_eulas(join *j)
{
    size_t k = 0;

    for (size_t i = 0; i < j->into->eulas.n; i++) {
        wck_eula *e = &j->into->eulas.items[i];
        while (k < j->from->eulas.n && wck_guid_cmp(j->from->eulas.items[k].id, e->id) < 0)
            k++;
        if (k == j->from->eulas.n || !wck_guid_eq(j->from->eulas.items[k].id, e->id))
            continue;
        if (wck_guid_is_zero(e->update))
            e->update = j->from->eulas.items[k].update;
        if (e->accepted == WCK_TIME_NONE)
            e->accepted = j->from->eulas.items[k].accepted;
        if (e->admin == NULL)
            e->admin = j->from->eulas.items[k].admin;
    }
}

static wck_status add_to_approvals(join *j, wck_error *err)
{
    wck_status status = WCK_OK;
    wck_map map = {0};

    for (size_t i = 0; i < j->from->approvals.n && status == WCK_OK; i++) {
        wck_approval *a = &j->from->approvals.items[i];
        wck_map_entry *e = wck_guid_is_zero(a->deployment) ? NULL : wck_map_put(&map, &a->deployment, sizeof a->deployment, NULL);
        if (e != NULL)
            e->value = a;
        else if (!wck_guid_is_zero(a->deployment))
            status = wck_fail_memory(err, "putting two channels together");
    }
    for (size_t i = 0; i < j->into->approvals.n && status == WCK_OK; i++) {
        wck_approval *a = &j->into->approvals.items[i];
        const wck_map_entry *e = wck_map_find(&map, &a->deployment, sizeof a->deployment);
        const wck_approval *other = e != NULL ? e->value : NULL;
        if (other == NULL)
            continue;
        if (a->changed == WCK_TIME_NONE)
            a->changed = other->changed;
        if (a->admin == NULL)
            a->admin = other->admin;
    }
    wck_map_clear(&map);
    return status;
}

static wck_status add_to_rows(join *j, wck_section section, wck_error *err)
{
    switch (section) {
    case WCK_SECTION_UPDATES:
        add_to_updates(j);
        return WCK_OK;
    case WCK_SECTION_DECLINED:
        add_to_declined(j);
        return WCK_OK;
    case WCK_SECTION_EULAS:
        add_to_eulas(j);
        return WCK_OK;
    case WCK_SECTION_APPROVALS:
        return add_to_approvals(j, err);
    default:
        return WCK_OK;
    }
}

/* ---- sections ---- */

static const char *added(wck_section section)
{
    switch (section) {
    case WCK_SECTION_UPDATES:
        return FROM_SYNC ", times of arrival " FROM_ADMIN;
    case WCK_SECTION_APPROVALS:
        return FROM_SYNC ", times of change " FROM_ADMIN;
    case WCK_SECTION_EULAS:
        return FROM_SYNC ", by whom and when " FROM_ADMIN;
    default:
        return FROM_SYNC;
    }
}

static void say_from_sync(wck_snapshot *s, wck_section section, const char *which)
{
    const char *reason = s->coverage[section].reason;

    if (state_of(s, section) == WCK_COVERAGE_COMPLETE && (reason == NULL || reason[0] == '\0'))
        wck_snapshot_set_coverage(s, section, WCK_COVERAGE_COMPLETE, which);
}

static wck_status join_section(join *j, wck_section section, wck_error *err)
{
    wck_coverage_state ours = state_of(j->into, section), theirs = state_of(j->from, section);

    if (theirs > ours) {
        take_rows(j, section);
        wck_snapshot_set_coverage(j->into, section, theirs, j->from->coverage[section].reason);
        return WCK_OK;
    }
    if (theirs < WCK_COVERAGE_PARTIAL) {
        say_from_sync(j->into, section, FROM_SYNC);
        return WCK_OK;
    }
    say_from_sync(j->into, section, added(section));
    return add_to_rows(j, section, err);
}

/* MS-WSUSSS tells three fields of the configuration, and two of them nobody else does. */
static void join_config(join *j)
{
    wck_config sync = j->into->config;
    wck_config *config = &j->into->config;

    if (state_of(j->from, WCK_SECTION_CONFIG) < WCK_COVERAGE_PARTIAL)
        return;
    *config = j->from->config;
    config->catalog_only_sync = sync.catalog_only_sync;
    config->max_updates_per_request = sync.max_updates_per_request;
    if (config->lazy_sync == WCK_BOOL_NONE)
        config->lazy_sync = sync.lazy_sync;
    wck_snapshot_set_coverage(j->into, WCK_SECTION_CONFIG, state_of(j->from, WCK_SECTION_CONFIG), j->from->coverage[WCK_SECTION_CONFIG].reason);
}

static wck_status join_server(join *j, wck_error *err)
{
    wck_server *to = &j->into->server, *from = &j->from->server;
    char source[400];

    to->version = from->version;
    if (wck_guid_is_zero(to->server_id))
        to->server_id = from->server_id;
    if (j->from->config.sync_from_microsoft_update != WCK_BOOL_NONE)
        to->mode = from->mode;
    snprintf(source, sizeof source, "%.300s (admin and sync)", to->source);
    to->source = wck_snapshot_text(j->into, source);
    return to->source != NULL ? WCK_OK : wck_fail_memory(err, "putting two channels together");
}

static wck_status put_together(wck_snapshot *sync, wck_snapshot *admin, wck_error *err)
{
    static const wck_section sections[] = {WCK_SECTION_LANGUAGES, WCK_SECTION_CATEGORIES, WCK_SECTION_UPDATES,
                                           WCK_SECTION_DECLINED,  WCK_SECTION_GROUPS,     WCK_SECTION_APPROVALS,
                                           WCK_SECTION_EULAS,     WCK_SECTION_SYNC_HISTORY};
    join j = {.into = sync, .from = admin};
    wck_status status;

    sync->frozen = false;
    wck_arena_adopt(sync->arena, admin->arena);
    status = join_server(&j, err);
    for (size_t i = 0; i < sizeof sections / sizeof *sections && status == WCK_OK; i++)
        status = join_section(&j, sections[i], err);
    join_config(&j);
    sync->host_json = admin->host_json;
    wck_snapshot_set_coverage(sync, WCK_SECTION_HOST, state_of(admin, WCK_SECTION_HOST), admin->coverage[WCK_SECTION_HOST].reason);
    return status == WCK_OK ? wck_snapshot_freeze(sync, err) : status;
}

/* ---- one channel only ---- */

/* Nobody configured an account, so that the service wants one is no news. */
static bool was_expected(const wck_collect_options *o)
{
    return o->auth_kind == NULL || strcmp(o->auth_kind, "none") == 0;
}

static wck_status without_admin(wck_snapshot *s, const wck_collect_options *o, const wck_error *why, wck_error *err)
{
    char reason[760];

    snprintf(reason, sizeof reason, "MS-WSUSSS does not tell the selection, schedule and upstream, and MS-WSUSAR was not "
                                    "read: %.600s", why->text);
    s->frozen = false;
    for (wck_section section = 0; section < WCK_SECTION_COUNT; section++)
        say_from_sync(s, section, FROM_SYNC);
    if (state_of(s, WCK_SECTION_CONFIG) == WCK_COVERAGE_PARTIAL)
        wck_snapshot_set_coverage(s, WCK_SECTION_CONFIG, WCK_COVERAGE_PARTIAL, reason);
    if (!was_expected(o)) {
        snprintf(reason, sizeof reason, "MS-WSUSAR was not read: %.600s", why->text);
        wck_snapshot_set_coverage(s, WCK_SECTION_SYNC_HISTORY, WCK_COVERAGE_UNKNOWN, reason);
        wck_log(WCK_LOG_WARNING, "%s: %s", o->server_name, reason);
        if (why->hint[0] != '\0')
            wck_log(WCK_LOG_WARNING, "%s: %s", o->server_name, why->hint);
    }
    return wck_snapshot_freeze(s, err);
}

static wck_status without_sync(wck_snapshot *s, const wck_collect_options *o, const wck_error *why, wck_error *err)
{
    char reason[760];

    snprintf(reason, sizeof reason, "MS-WSUSSS was not read: %.600s", why->text);
    wck_log(WCK_LOG_WARNING, "%s: %s", o->server_name, reason);
    s->frozen = false;
    for (wck_section section = 0; section < WCK_SECTION_CORE; section++)
        if (state_of(s, section) == WCK_COVERAGE_PARTIAL && section != WCK_SECTION_CONFIG)
            wck_snapshot_set_coverage(s, section, WCK_COVERAGE_PARTIAL, reason);
    return wck_snapshot_freeze(s, err);
}

/* ---- the two runs ---- */

static bool stops(wck_status status)
{
    return status == WCK_E_MEMORY || status == WCK_E_CANCELED || status == WCK_E_ARG;
}

/* The services for downstream servers answer anonymously unless somebody hardened them, and an anonymous one does not
 * understand the empty first message of NTLM: so without a login first (protocol.md 8). */
static wck_status read_sync(wck_snapshot **out, const char *url, const wck_collect_options *options, wck_error *err)
{
    wck_collect_options anonymous = *options;
    wck_status status;

    anonymous.auth_kind = NULL;
    anonymous.user = NULL;
    anonymous.password = NULL;
    status = wck_collect_sync(out, url, &anonymous, err);
    if (status == WCK_E_HTTP && !was_expected(options) && err != NULL && strstr(err->text, "HTTP 401") != NULL)
        status = wck_collect_sync(out, url, options, err);
    return status;
}

wck_status wck_collect_auto(wck_snapshot **out, const char *url, const wck_collect_options *options, wck_error *err)
{
    wck_snapshot *admin = NULL, *sync = NULL;
    wck_error why = {0}, own = {0};
    wck_error *e = err != NULL ? err : &own;
    wck_status status = wck_admin_collect(&admin, url, options, false, &why), other;

    *out = NULL;
    if (stops(status) || status == WCK_E_INPUT) { /* the latter: no such login method, no such URL */
        *e = why;
        return status;
    }
    other = read_sync(&sync, url, options, e);
    if (other != WCK_OK && (stops(other) || status != WCK_OK)) {
        wck_snapshot_free(admin);
        if (!stops(other) && !was_expected(options))
            wck_fail_detail(e, "The administration service: %s.", why.text);
        return other;
    }
    if (other != WCK_OK)
        status = without_sync(admin, options, e, e);
    else if (status != WCK_OK)
        status = without_admin(sync, options, &why, e);
    else
        status = put_together(sync, admin, e);
    if (status == WCK_OK)
        *out = other == WCK_OK ? sync : admin;
    if (status != WCK_OK || other == WCK_OK)
        wck_snapshot_free(admin);
    if (status != WCK_OK)
        wck_snapshot_free(sync);
    return status;
}
