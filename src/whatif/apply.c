/* SPDX-License-Identifier: MIT
 * apply.c: a change made to a copy of a snapshot: what WSUS does, not what the planner does.
 *
 * reinstall  a new database: nothing of approvals, declines, groups, EULAs or history is left; the first
 *            synchronization brings what the selection (root) or the upstream server (others) offers
 * (domain.md 1, 3) languages  updates that are there stay; approvals of other languages become inactive
 * (domain.md 1.2) products   updates that are there stay; nothing new of these products arrives cleanup
 * declines superseded or expired updates without approval, or deletes expired ones */
#include "whatif/whatif.h"

#include "base/digest.h"
#include "base/quote.h"
#include "model/selection.h"

#include <string.h>

static wck_status no_memory(wck_error *err)
{
    return wck_fail_memory(err, "trying a change");
}

/* An id nobody has: what it will be is not known before. */
static wck_guid made_anew(wck_guid old)
{
    return (wck_guid){old.hi ^ UINT64_C(0x5753555343b5a5a5), old.lo ^ UINT64_C(0x5a5a5a5a5a5a5a5a)};
}

/* ---- languages and selection ---- */

static bool listed(const wck_snapshot *s, const char *code)
{
    for (size_t i = 0; i < s->languages.n; i++)
        if (s->languages.items[i].code != NULL && strcmp(s->languages.items[i].code, code) == 0)
            return true;
    return false;
}

static wck_status set_languages(wck_snapshot *s, const wck_change *c, wck_error *err)
{
    char shown[80];

    for (size_t i = 0; i < c->languages.n; i++)
        if (!listed(s, c->languages.items[i])) {
            wck_fail(err, WCK_E_INPUT, "its server lists no language \"%s\"",
                     wck_quote_short(shown, sizeof shown, c->languages.items[i], 30));
            return wck_fail_hint(err, "\"wsusck whatif --from-server\" writes the codes that it lists.");
        }
    for (size_t k = 0; k < s->languages.n; k++) {
        wck_language *l = &s->languages.items[k];
        l->enabled = l->id == 0 && c->all_languages;
        for (size_t i = 0; i < c->languages.n; i++)
            l->enabled = l->enabled || (l->code != NULL && strcmp(l->code, c->languages.items[i]) == 0);
    }
    return WCK_OK;
}

static wck_status copy_guids(wck_snapshot *s, wck_guids *out, const wck_guids *from, wck_error *err)
{
    out->items = wck_arena_array(s->arena, from->n, sizeof *out->items);
    if (out->items == NULL)
        return no_memory(err);
    if (from->n > 0)
        memcpy(out->items, from->items, from->n * sizeof *out->items);
    out->n = from->n;
    return WCK_OK;
}

static wck_status remove_products(wck_snapshot *s, const wck_change *c, wck_error *err)
{
    wck_guids *selected = &s->config.selected_products, left;
    size_t n = 0;

    if (!s->config.products_known) {
        wck_fail(err, WCK_E_INPUT, "the selected products of its server are not known");
        return wck_fail_hint(err,
                             "Collect that server through the administration API, or import its export.");
    }
    if (copy_guids(s, &left, selected, err) != WCK_OK)
        return err->status;
    for (size_t i = 0; i < left.n; i++)
        if (!wck_guids_have(&c->products, left.items[i]))
            left.items[n++] = left.items[i];
    left.n = n;
    *selected = left;
    return WCK_OK;
}

/* ---- reinstall ---- */

/* Old rows that the new server would not be offered go; what cannot be told stays, and is counted. */
static void keep_offered(wck_snapshot *s, wck_whatif_counts *counts)
{
    size_t n = 0;

    for (size_t i = 0; i < s->updates.n; i++) {
        int8_t covered = wck_selection_covers(s, &s->updates.items[i]);
        counts->cannot_tell += covered == WCK_BOOL_NONE;
        if (covered == 0) {
            counts->not_offered++;
            continue;
        }
        s->updates.items[n++] = s->updates.items[i];
    }
    s->updates.n = n;
}

static void arrive_anew(wck_snapshot *s, wck_time now)
{
    for (size_t i = 0; i < s->updates.n; i++) {
        s->updates.items[i].arrived = now;
        s->updates.items[i].needed_by = WCK_INT_NONE; /* computers report later */
    }
}

static void forget_groups(wck_snapshot *s, bool again, wck_whatif_counts *counts)
{
    size_t n = 0;

    for (size_t i = 0; i < s->groups.n; i++) {
        wck_group *g = &s->groups.items[i];
        if (!wck_group_builtin(g->id)) {
            counts->groups_lost++;
            if (!again)
                continue;
            g->id = made_anew(g->id);
            if (!wck_group_builtin(g->parent) && !wck_guid_is_zero(g->parent))
                g->parent = made_anew(g->parent);
        }
        s->groups.items[n++] = *g;
    }
    s->groups.n = n;
}

static wck_status one_good_run(wck_snapshot *s, wck_time now, wck_error *err)
{
    wck_sync_run *run;

    s->sync_history.n = 0;
    run = wck_snapshot_add_sync_run(s);
    if (run == NULL)
        return no_memory(err);
    run->started = run->ended = now;
    run->result = WCK_SYNC_SUCCEEDED;
    wck_snapshot_set_coverage(s, WCK_SECTION_SYNC_HISTORY, WCK_COVERAGE_COMPLETE, NULL);
    return WCK_OK;
}

static void forget_decisions(wck_snapshot *s, bool again, wck_whatif_counts *counts)
{
    counts->approvals_lost = s->approvals.n;
    counts->declines_lost = s->declined.n;
    counts->eulas_lost = s->eulas.n;
    forget_groups(s, again, counts);
    s->approvals.n = s->declined.n = s->eulas.n = s->files.n = 0;
    s->coverage[WCK_SECTION_FILES] = (wck_coverage){WCK_COVERAGE_ABSENT, NULL}; /* content comes later */
}

/* What a server below gets is what its upstream server holds and its protocol allows (MS-WSUSSS 3.1.4.5); a replica its
 * decisions too. Rows are borrowed: the parent outlives the copy. */
static bool take_updates(wck_snapshot *s, const wck_snapshot *parent)
{
    s->updates.n = 0;
    for (size_t i = 0; i < parent->updates.n; i++) {
        wck_update *row;
        if (wck_protocol_newer(parent->updates.items[i].compatible_protocol_version, s->server.protocol_version))
            continue;
        row = wck_snapshot_add_update(s);
        if (row == NULL)
            return false;
        *row = parent->updates.items[i];
    }
    return true;
}

static const wck_update *revision_of(const wck_snapshot *s, wck_guid id, int64_t revision)
{
    const wck_update *u = wck_guid_find(s->updates.items, s->updates.n, sizeof *u, id);

    for (; u != NULL && u < s->updates.items + s->updates.n && wck_guid_eq(u->id, id); u++)
        if (u->revision == revision)
            return u;
    return NULL;
}

/* Replicas only get active approvals (domain.md 1.2), and only for what they got. */
static bool travels(const wck_snapshot *s, const wck_snapshot *parent, const wck_approval *a)
{
    const wck_update *u = revision_of(parent, a->update, a->revision);

    if (u == NULL)
        return s->coverage[WCK_SECTION_UPDATES].state != WCK_COVERAGE_COMPLETE;
    if (wck_protocol_newer(u->compatible_protocol_version, s->server.protocol_version))
        return false;
    if ((a->action != WCK_ACTION_INSTALL && a->action != WCK_ACTION_UNINSTALL) || !u->languages_known ||
        u->languages.n == 0)
        return true;
    for (size_t i = 0; i < u->languages.n; i++)
        if (wck_language_enabled(parent, u->languages.items[i]) != 0)
            return true;
    return false;
}

static bool take_approvals(wck_snapshot *s, const wck_snapshot *parent, wck_time now)
{
    for (size_t i = 0; i < parent->approvals.n; i++) {
        wck_approval *row;
        if (!travels(s, parent, &parent->approvals.items[i]))
            continue;
        row = wck_snapshot_add_approval(s);
        if (row == NULL)
            return false;
        *row = parent->approvals.items[i];
        row->changed = now; /* here it is new, so the servers below have not seen it yet */
    }
    for (size_t i = 0; i < parent->declined.n; i++) {
        wck_declined *row = wck_snapshot_add_declined(s);
        if (row == NULL)
            return false;
        *row = parent->declined.items[i];
        row->time = now;
    }
    return true;
}

/* A new database knows the products and classifications that its upstream server knows. */
static bool take_categories(wck_snapshot *s, const wck_snapshot *parent)
{
    s->categories.n = 0;
    for (size_t i = 0; i < parent->categories.n; i++) {
        wck_category *row = wck_snapshot_add_category(s);
        if (row == NULL)
            return false;
        *row = parent->categories.items[i];
    }
    return true;
}

static bool take_groups(wck_snapshot *s, const wck_snapshot *parent, wck_time now)
{
    s->groups.n = 0;
    for (size_t i = 0; i < parent->groups.n; i++) {
        wck_group *row = wck_snapshot_add_group(s);
        if (row == NULL)
            return false;
        *row = parent->groups.items[i];
    }
    for (size_t i = 0; i < parent->eulas.n; i++) {
        wck_eula *row = wck_snapshot_add_eula(s);
        if (row == NULL)
            return false;
        *row = parent->eulas.items[i];
        row->accepted = now;
    }
    return true;
}

/* As a tree takes it: where the server does not tell its mode, the setting does. */
static bool will_mirror(const wck_snapshot *s, const wck_change *c)
{
    wck_mode mode = c->mode != WCK_MODE_UNKNOWN ? c->mode : s->server.mode;

    return mode == WCK_MODE_REPLICA ||
           (mode == WCK_MODE_UNKNOWN && s->config.has_upstream && s->config.upstream.replica == 1);
}

static wck_status reinstall(wck_snapshot *s, const wck_change *c, const wck_snapshot *parent, wck_time now,
                            wck_whatif_counts *counts, wck_error *err)
{
    bool replica = will_mirror(s, c);
    wck_status status = WCK_OK;

    counts->updates_before = s->updates.n;
    s->server.server_id = made_anew(s->server.server_id);
    if (c->mode != WCK_MODE_UNKNOWN)
        s->server.mode = c->mode;
    s->server.collected_at = now;
    s->server.server_time = WCK_TIME_NONE; /* or its clock would seem to be off (WCK9006) */
    if (c->has_products)
        status = copy_guids(s, &s->config.selected_products, &c->products, err);
    if (status == WCK_OK && c->has_classifications)
        status = copy_guids(s, &s->config.selected_classifications, &c->classifications, err);
    s->config.products_known = s->config.products_known || c->has_products;
    s->config.classifications_known = s->config.classifications_known || c->has_classifications;
    if (status == WCK_OK && c->has_languages)
        status = set_languages(s, c, err);
    if (status != WCK_OK)
        return status;
    forget_decisions(s, c->recreate_groups, counts);
    if (parent == NULL)
        keep_offered(s, counts);
    else if (!take_updates(s, parent) || !take_categories(s, parent) ||
             (replica && (!take_approvals(s, parent, now) || !take_groups(s, parent, now))))
        return no_memory(err);
    arrive_anew(s, now);
    counts->updates_after = s->updates.n;
    return one_good_run(s, now, err);
}

/* ---- cleanup ---- */

static bool approved(const wck_snapshot *s, wck_guid id)
{
    return wck_guid_find(s->approvals.items, s->approvals.n, sizeof(wck_approval), id) != NULL;
}

/* `before`: the declines that were there, ascending; those made here stand behind them, revisions of one
 * update in a row. */
static bool declined(const wck_snapshot *s, size_t before, wck_guid id)
{
    if (s->declined.n > before && wck_guid_eq(s->declined.items[s->declined.n - 1].id, id))
        return true;
    return wck_guid_find(s->declined.items, before, sizeof(wck_declined), id) != NULL;
}

static wck_status decline(wck_snapshot *s, const wck_update *u, wck_time now, wck_whatif_counts *counts,
                          wck_error *err)
{
    wck_declined *row = wck_snapshot_add_declined(s);

    if (row == NULL)
        return no_memory(err);
    row->id = u->id;
    row->revision = u->revision;
    row->time = now;
    counts->declined_by_cleanup++;
    return WCK_OK;
}

static wck_status collect_superseded(const wck_snapshot *s, wck_map *out, wck_error *err)
{
    for (size_t i = 0; i < s->updates.n; i++)
        for (size_t k = 0; k < s->updates.items[i].supersedes.n; k++)
            if (wck_map_put(out, &s->updates.items[i].supersedes.items[k], sizeof(wck_guid), NULL) == NULL)
                return no_memory(err);
    return WCK_OK;
}

static wck_status cleanup(wck_snapshot *s, const wck_change *c, wck_time now, wck_whatif_counts *counts,
                          wck_error *err)
{
    size_t n = 0, all = s->updates.n, before = s->declined.n;
    wck_map superseded = {0};
    wck_status status = collect_superseded(s, &superseded, err);

    for (size_t i = 0; i < all && status == WCK_OK; i++) {
        const wck_update *u = &s->updates.items[i];
        bool expired = u->state == WCK_STATE_EXPIRED, free_to_go = !approved(s, u->id);
        bool old = wck_map_find(&superseded, &u->id, sizeof u->id) != NULL;
        if (free_to_go && ((expired && c->decline_expired) || (old && c->decline_superseded)) &&
            !declined(s, before, u->id))
            status = decline(s, u, now, counts, err);
        if (free_to_go && expired && c->delete_expired)
            counts->deleted_by_cleanup++;
        else
            s->updates.items[n++] = *u;
    }
    s->updates.n = n;
    wck_map_clear(&superseded);
    return status;
}

/* ---- */

static wck_status repoint(wck_snapshot *s, const wck_snapshot *parent, const char *upstream, wck_error *err)
{
    const char *host = parent == NULL ? NULL : parent->server.fqdn != NULL ? parent->server.fqdn : upstream;

    s->server.parent = wck_snapshot_text(s, upstream);
    s->config.sync_from_microsoft_update = upstream == NULL;
    s->config.has_upstream = upstream != NULL;
    s->config.upstream.name = wck_snapshot_text(s, host);
    if (upstream == NULL)
        s->server.mode = WCK_MODE_AUTONOMOUS; /* a root is never a replica */
    return upstream != NULL && (s->server.parent == NULL || s->config.upstream.name == NULL) ? no_memory(err)
                                                                                             : WCK_OK;
}

wck_status wck_whatif_apply(wck_snapshot *s, const wck_change *c, const wck_snapshot *parent,
                            const char *upstream, wck_time now, wck_whatif_counts *counts, wck_error *err)
{
    memset(counts, 0, sizeof *counts);
    s->frozen = false;
    switch (c->kind) {
    case WCK_CHANGE_REINSTALL:
        return reinstall(s, c, parent, now, counts, err);
    case WCK_CHANGE_REPOINT:
        return repoint(s, parent, upstream, err);
    case WCK_CHANGE_LANGUAGES:
        return set_languages(s, c, err);
    case WCK_CHANGE_REMOVE_PRODUCTS:
        return remove_products(s, c, err);
    case WCK_CHANGE_MODE:
        s->server.mode = c->mode;
        s->config.upstream.replica = c->mode == WCK_MODE_REPLICA;
        return WCK_OK;
    case WCK_CHANGE_CLEANUP:
        return cleanup(s, c, now, counts, err);
    }
    return WCK_OK;
}
