/* SPDX-License-Identifier: MIT
 * wsus_sync.c: one complete snapshot over MS-WSUSSS, in the order of protocol.md 2.
 *
 * Each phase fills its sections and says how far they can be trusted. A phase that fails leaves them unknown with the
 * reason, and the next one is tried all the same: an upstream that refuses GetDeployments still has a catalogue.
 *
 * The protocol has no transaction over several calls, so the last step repeats the two lists with their anchors. Empty
 * changes prove that nothing moved in between; other ones are merged and asked for again, three times at most. What
 * moves even then is marked torn: its rows prove presence, and nothing proves absence. */
#include "collect/wsus.h"

#include "base/log.h"
#include "collect/wsus_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3, MANY_UNREAD = 64 };

/* WCK_E_ARG: our identity is that of a real server; nothing more may be sent with it. */
bool wck_run_is_over(const wck_run *run, wck_status status)
{
    return status == WCK_E_MEMORY || status == WCK_E_CANCELED || status == WCK_E_ARG ||
           (status != WCK_OK && run->server_changed);
}

wck_status wck_run_call(wck_run *run, const wck_call *call, wck_soap_fault *fault, wck_error *err)
{
    wck_status status;

    memset(fault, 0, sizeof *fault);
    status = wck_session_call(&run->session, call, fault, err);
    if (status == WCK_E_SOAP && fault->code == WCK_FAULT_SERVER_CHANGED)
        run->server_changed = true;
    if (status != WCK_OK && run->first.status == WCK_OK && err != NULL &&
        call->action != WCK_SOAP_GET_ROLLUP_CONFIGURATION)
        run->first = *err;
    return status;
}

void wck_run_progress(const wck_run *run, const char *phase, size_t done, size_t total)
{
    const wck_collect_options *o = run->options;

    if (o->progress != NULL)
        o->progress(o->server_name, phase, done, total, o->progress_payload);
}

static void set_coverage(wck_run *run, wck_section section, wck_coverage_state state, const char *prefix,
                         const wck_error *err)
{
    char reason[700];

    snprintf(reason, sizeof reason, "%s%s", prefix, err != NULL ? err->text : "");
    wck_snapshot_set_coverage(run->snapshot, section, state, reason[0] != '\0' ? reason : NULL);
}

/* ---- the two lists ---- */

/* A list with a few ids whose metadata is gone is complete all the same: presence is what it proves. With many of
 * them, or all, the server cannot be trusted that far. */
static void cover_list(wck_run *run, wck_section section, size_t listed, size_t unread, bool stopped,
                       const wck_error *err)
{
    char text[120] = "";

    if (unread > 0)
        snprintf(text, sizeof text, "metadata of %zu that are listed could not be read%s", unread, stopped ? ": " : "");
    if (stopped)
        set_coverage(run, section, WCK_COVERAGE_PARTIAL, text, err);
    else if (unread > MANY_UNREAD || (unread > 0 && unread == listed))
        set_coverage(run, section, WCK_COVERAGE_PARTIAL, text, NULL);
    else
        set_coverage(run, section, WCK_COVERAGE_COMPLETE, text, NULL);
}

/* A server without categories proves nothing about what it would list; an empty list is stored as it is. */
static wck_status read_categories(wck_run *run, wck_error *err)
{
    wck_revision_list list;
    size_t unread = 0;
    bool stopped;
    wck_status status = wck_run_list(run, WCK_SOAP_GET_CATEGORY_LIST, "", &list, err);

    if (wck_run_is_over(run, status))
        return status;
    if (status != WCK_OK) {
        set_coverage(run, WCK_SECTION_CATEGORIES, WCK_COVERAGE_UNKNOWN, "", err);
        return WCK_OK;
    }
    memcpy(run->category_anchor, list.anchor, sizeof list.anchor);
    wck_ids_keep_highest(&list.ids); /* the list names old revisions too (protocol.md 5.2) */
    status = wck_run_fetch(run, &list.ids, true, &unread, &stopped, err);
    if (status == WCK_OK)
        cover_list(run, WCK_SECTION_CATEGORIES, list.ids.n, unread, stopped, err);
    wck_revision_list_clear(&list);
    return status;
}

/* New ones are merged; *changed tells whether there were any. */
static wck_status add_updates(wck_run *run, const char *since, bool *changed, wck_error *err)
{
    wck_revision_list list;
    bool stopped = false;
    wck_status status = wck_run_list(run, WCK_SOAP_GET_UPDATE_LIST, since, &list, err);

    if (status != WCK_OK)
        return status;
    memcpy(run->sync_anchor, list.anchor, sizeof list.anchor);
    wck_ids_subtract(&list.ids, &run->updates);
    *changed = list.ids.n > 0;
    status = wck_ids_merge(&run->updates, &list.ids, err);
    if (status == WCK_OK)
        status = wck_run_fetch(run, &list.ids, false, &run->unread, &stopped, err);
    if (status == WCK_OK && stopped && !run->updates_stopped) { /* an earlier round's reason stays */
        run->updates_stopped = true;
        if (err != NULL)
            run->updates_why = *err;
    }
    if (status == WCK_OK)
        cover_list(run, WCK_SECTION_UPDATES, run->updates.n, run->unread, run->updates_stopped, &run->updates_why);
    wck_revision_list_clear(&list);
    return status;
}

static wck_status read_updates(wck_run *run, wck_error *err)
{
    bool changed;
    wck_status status = add_updates(run, "", &changed, err);

    if (status == WCK_OK || wck_run_is_over(run, status))
        return status;
    set_coverage(run, WCK_SECTION_UPDATES, WCK_COVERAGE_UNKNOWN, "", err);
    return WCK_OK;
}

static bool was_read(const wck_run *run, wck_section section)
{
    return run->snapshot->coverage[section].state >= WCK_COVERAGE_PARTIAL;
}

/* syncAnchor is the Anchor of the last list, of whichever kind (protocol.md 5.5). */
static wck_status read_deployments(wck_run *run, wck_error *err)
{
    static const wck_section sections[] = {WCK_SECTION_APPROVALS, WCK_SECTION_GROUPS, WCK_SECTION_DECLINED,
                                           WCK_SECTION_EULAS};
    bool changed;
    wck_status status;

    if (run->sync_anchor[0] == '\0' && run->category_anchor[0] == '\0') {
        for (size_t i = 0; i < 4; i++)
            wck_snapshot_set_coverage(run->snapshot, sections[i], WCK_COVERAGE_UNKNOWN,
                                      "GetDeployments needs an anchor, and the server gave none with its lists");
        return WCK_OK;
    }
    status = wck_run_deployments(run, true, &changed, err);
    return wck_run_is_over(run, status) ? status : WCK_OK;
}

/* ---- the closing check ---- */

static void tear(wck_run *run, const char *why)
{
    static const wck_section sections[] = {WCK_SECTION_UPDATES, WCK_SECTION_APPROVALS};

    for (size_t i = 0; i < 2; i++)
        if (was_read(run, sections[i]))
            wck_snapshot_set_coverage(run->snapshot, sections[i], WCK_COVERAGE_PARTIAL, why);
}

static wck_status one_round(wck_run *run, bool updates, bool approvals, bool *changed, wck_error *err)
{
    bool moved = false;
    wck_status status = WCK_OK;

    *changed = false;
    if (updates)
        status = add_updates(run, run->sync_anchor, changed, err);
    if (status == WCK_OK && approvals)
        status = wck_run_deployments(run, false, &moved, err);
    *changed = *changed || moved;
    return status;
}

static wck_status closing_check(wck_run *run, wck_error *err)
{
    bool updates = was_read(run, WCK_SECTION_UPDATES), approvals = was_read(run, WCK_SECTION_APPROVALS);
    bool changed = true;
    char why[760];

    if ((updates && run->sync_anchor[0] == '\0') || (approvals && run->deployment_anchor[0] == '\0')) {
        tear(run, "torn: the server gave no anchor, so whether it changed while being read is not known");
        return WCK_OK;
    }
    for (int round = 0; round < ROUNDS && changed && (updates || approvals); round++) {
        wck_status status;
        wck_run_progress(run, "closing check", (size_t)round, ROUNDS);
        status = one_round(run, updates, approvals, &changed, err);
        if (wck_run_is_over(run, status))
            return status;
        if (status != WCK_OK) {
            snprintf(why, sizeof why, "torn: whether the server changed while being read is not known: %s",
                     err != NULL ? err->text : "no answer");
            tear(run, why);
            return WCK_OK;
        }
        if ((updates && run->sync_anchor[0] == '\0') || (approvals && run->deployment_anchor[0] == '\0'))
            break;
    }
    if (changed && (updates || approvals))
        tear(run, "torn: the server kept changing while being read");
    return WCK_OK;
}

/* ---- the run ---- */

static wck_status begin_run(wck_run *run, const char *url, wck_error *err)
{
    const wck_collect_options *o = run->options;
    wck_server *server;
    wck_status status;

    run->batch = 50;
    run->snapshot = wck_snapshot_new();
    run->link = wck_link_new();
    if (run->snapshot == NULL || run->link == NULL)
        return wck_fail_memory(err, "collecting");
    status = wck_session_open(&run->session, url, o, err);
    if (status != WCK_OK)
        return status;
    server = &run->snapshot->server;
    server->name = wck_snapshot_text(run->snapshot, o->server_name);
    server->parent = wck_snapshot_text(run->snapshot, o->parent);
    server->mode = o->mode;
    server->fqdn = wck_snapshot_text(run->snapshot, wck_http_host(run->session.http));
    server->source = wck_snapshot_text(run->snapshot, wck_http_origin(run->session.http));
    server->collected_at = wck_time_now();
    if (server->name == NULL || server->fqdn == NULL || server->source == NULL ||
        (o->parent != NULL && server->parent == NULL))
        return wck_fail_memory(err, "collecting");
    return WCK_OK;
}

static wck_status read_all(wck_run *run, wck_error *err)
{
    wck_soap_fault fault;
    wck_status status;

    wck_run_progress(run, "login", 0, 0);
    status = wck_session_login(&run->session, &fault, err);
    if (status == WCK_E_SOAP && fault.code == WCK_FAULT_SERVER_CHANGED)
        run->server_changed = true;
    if (status == WCK_OK)
        status = wck_run_config(run, err);
    if (status == WCK_OK)
        status = wck_run_server_id(run, err);
    if (status == WCK_OK)
        status = read_categories(run, err);
    if (status == WCK_OK)
        status = read_updates(run, err);
    if (status == WCK_OK)
        status = read_deployments(run, err);
    if (status == WCK_OK)
        status = closing_check(run, err);
    return status;
}

/* Nothing at all: then the reason is an error, and the caller records a snapshot of unknowns. */
static bool read_nothing(const wck_run *run)
{
    for (size_t i = 0; i < WCK_SECTION_COUNT; i++)
        if (run->snapshot->coverage[i].state >= WCK_COVERAGE_PARTIAL)
            return false;
    return true;
}

static wck_status finish(wck_run *run, wck_error *err)
{
    wck_snapshot *s = run->snapshot;
    wck_status status;

    if (read_nothing(run) && run->first.status != WCK_OK) {
        if (err != NULL)
            *err = run->first;
        return run->first.status == WCK_E_SOAP ? WCK_E_SOAP : WCK_E_HTTP;
    }
    s->server.server_time = run->session.server_time;
    s->server.protocol_version = wck_snapshot_text(s, run->session.protocol);
    if (s->server.protocol_version == NULL)
        return wck_fail_memory(err, "collecting");
    status = wck_link_finish(run->link, s, err);
    return status == WCK_OK ? wck_snapshot_freeze(s, err) : status;
}

static void end_run(wck_run *run)
{
    wck_session_close(&run->session);
    wck_link_free(run->link);
    wck_snapshot_free(run->snapshot);
    wck_vec_clear(&run->updates);
    free(run);
}

static wck_status run_once(wck_snapshot **out, const char *url, const wck_collect_options *options, bool *again,
                           wck_error *err)
{
    wck_run *run = calloc(1, sizeof *run);
    wck_status status;

    *again = false;
    if (run == NULL)
        return wck_fail_memory(err, "collecting");
    run->options = options;
    status = begin_run(run, url, err);
    if (status == WCK_OK)
        status = read_all(run, err);
    *again = run->server_changed && status != WCK_OK;
    if (status == WCK_OK)
        status = finish(run, err);
    if (status == WCK_OK) {
        *out = run->snapshot;
        run->snapshot = NULL;
    }
    end_run(run);
    return status;
}

static bool is_version(const char *text)
{
    return strlen(text) < WCK_PROTOCOL_TEXT && wck_protocol_cmp(text, "") > 0;
}

wck_status wck_collect_sync(wck_snapshot **out, const char *url, const wck_collect_options *options, wck_error *err)
{
    bool again;
    wck_status status;

    *out = NULL;
    if (options->server_name == NULL || options->identity == NULL || options->identity->account_name == NULL)
        return wck_fail(err, WCK_E_ARG, "could not collect: no server name or no identity was given");
    if (wck_guid_is_zero(options->identity->account_guid)) /* a row shared with every careless client */
        return wck_fail(err, WCK_E_ARG, "could not collect: the account GUID is zero");
    if (options->as_protocol != NULL && !is_version(options->as_protocol)) {
        wck_fail(err, WCK_E_ARG, "could not collect: the protocol version is none");
        return wck_fail_hint(err, "It reads 1.20 or 1.8.");
    }
    status = run_once(out, url, options, &again, err);
    if (again) { /* every anchor is void: once more from nothing (protocol.md 6) */
        wck_log(WCK_LOG_WARNING, "%s: the server was rebuilt or changed while being read, starting over",
                options->server_name);
        status = run_once(out, url, options, &again, err);
    }
    return status;
}
