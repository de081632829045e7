/* SPDX-License-Identifier: MIT
 * admin.c: one snapshot over MS-WSUSAR, the protocol behind the WSUS console. The role is asked for first: an account
 * without one gets a clear answer instead of twenty refusals. Each phase fills its sections and says how far they can
 * be trusted; one that fails leaves them unknown with the reason, and the next is tried all the same. */
#include "collect/admin.h"

#include "base/log.h"
#include "base/quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool wck_admin_is_over(wck_status status)
{
    return status == WCK_E_MEMORY || status == WCK_E_CANCELED;
}

void wck_admin_progress(const wck_admin *admin, const char *phase)
{
    const wck_collect_options *o = admin->options;

    if (o->progress != NULL)
        o->progress(o->server_name, phase, 0, 0, o->progress_payload);
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

wck_status wck_admin_call(wck_admin *admin, wck_call *call, wck_error *err)
{
    wck_soap_fault fault;
    wck_status status = wck_session_call(&admin->session, call, &fault, err);

    if (status == WCK_E_SOAP && (has(fault.reason, "UnauthorizedAccess") || has(fault.reason, "Access is denied") ||
                                 has(fault.reason, "permission")))
        wck_fail_hint(err, "The account may need WSUS Administrators instead of WSUS Reporters for this call.");
    if (status != WCK_OK && admin->first.status == WCK_OK && err != NULL)
        admin->first = *err;
    return status;
}

/* ---- coverage ---- */

void wck_admin_note(wck_admin *admin, wck_section section, const char *fmt, ...)
{
    va_list args;

    if (admin->reason[section][0] != '\0')
        return;
    va_start(args, fmt);
    vsnprintf(admin->reason[section], sizeof admin->reason[section], fmt, args);
    va_end(args);
}

void wck_admin_have(wck_admin *admin, wck_section section)
{
    const char *reason = admin->reason[section];

    if (reason[0] != '\0')
        wck_snapshot_set_coverage(admin->snapshot, section, WCK_COVERAGE_PARTIAL, reason);
    else
        wck_snapshot_set_coverage(admin->snapshot, section, WCK_COVERAGE_COMPLETE, "over MS-WSUSAR (admin)");
}

void wck_admin_lost(wck_admin *admin, wck_section section, const wck_error *err)
{
    wck_snapshot_set_coverage(admin->snapshot, section, WCK_COVERAGE_UNKNOWN, err != NULL ? err->text : "not read");
}

/* ---- the way in ---- */

/* 0 and "Unauthorized" are none; the enumeration comes as a number or as its word. */
static bool is_no_role(const char *role)
{
    return strcmp(role, "0") == 0 || strcasecmp(role, "Unauthorized") == 0 || strcasecmp(role, "None") == 0;
}

static wck_status check_role(wck_admin *admin, wck_error *err)
{
    unsigned retries = admin->session.retries;
    wck_status status;
    wck_buf role;

    wck_buf_init(&role, WCK_MAX_NAME);
    if (!admin->patient)
        admin->session.retries = 0;
    status = wck_admin_scalar(admin, WCK_SOAP_ADMIN_ROLE, &role, err);
    admin->session.retries = retries;
    if (status == WCK_OK && is_no_role(wck_buf_text(&role))) {
        wck_fail(err, WCK_E_HTTP, "the account has no role in WSUS on \"%s\"", wck_http_origin(admin->session.http));
        status = wck_fail_hint(err, "Add it to WSUS Reporters (reads only) or WSUS Administrators on that server, and log in "
                                    "again.");
    }
    wck_buf_clear(&role);
    return status;
}

static wck_status keep_scalar(wck_admin *admin, wck_soap_action action, const char **place, wck_error *err)
{
    wck_status status;
    wck_buf text;

    wck_buf_init(&text, WCK_MAX_NAME);
    status = wck_admin_scalar(admin, action, &text, err);
    if (status == WCK_OK && text.len > 0) {
        *place = wck_snapshot_text(admin->snapshot, text.data);
        if (*place == NULL)
            status = wck_fail_memory(err, "collecting");
    }
    wck_buf_clear(&text);
    if (status == WCK_OK || wck_admin_is_over(status))
        return status;
    wck_log(WCK_LOG_DEBUG, "%s: %s", admin->options->server_name, err != NULL ? err->text : "");
    return WCK_OK;
}

wck_status wck_admin_open(wck_admin *admin, const char *url, const wck_collect_options *o, wck_error *err)
{
    wck_server *server;
    wck_status status;

    memset(admin, 0, sizeof *admin);
    admin->options = o;
    admin->last_sync = WCK_TIME_NONE;
    admin->patient = true;
    admin->snapshot = wck_snapshot_new();
    if (admin->snapshot == NULL)
        return wck_fail_memory(err, "collecting");
    status = wck_session_open(&admin->session, url, o, err);
    if (status != WCK_OK)
        return status;
    server = &admin->snapshot->server;
    server->name = wck_snapshot_text(admin->snapshot, o->server_name != NULL ? o->server_name : "");
    server->parent = wck_snapshot_text(admin->snapshot, o->parent);
    server->mode = o->mode;
    server->fqdn = wck_snapshot_text(admin->snapshot, wck_http_host(admin->session.http));
    server->source = wck_snapshot_text(admin->snapshot, wck_http_origin(admin->session.http));
    server->collected_at = wck_time_now();
    if (server->name == NULL || server->fqdn == NULL || server->source == NULL || (o->parent != NULL && server->parent == NULL))
        return wck_fail_memory(err, "collecting");
    return WCK_OK;
}

wck_status wck_admin_enter(wck_admin *admin, wck_error *err)
{
    wck_status status;

    wck_admin_progress(admin, "login");
    status = check_role(admin, err);
    if (status == WCK_OK)
        status = keep_scalar(admin, WCK_SOAP_ADMIN_VERSION, &admin->snapshot->server.version, err);
    if (status == WCK_OK)
        status = keep_scalar(admin, WCK_SOAP_ADMIN_PROTOCOL, &admin->snapshot->server.protocol_version, err);
    return status;
}

void wck_admin_close(wck_admin *admin)
{
    wck_session_close(&admin->session);
    wck_snapshot_free(admin->snapshot);
    memset(admin, 0, sizeof *admin);
}

/* ---- the run ---- */

static wck_status read_all(wck_admin *admin, wck_error *err)
{
    static wck_status (*const phases[])(wck_admin *, wck_error *) = {
        wck_admin_enter,  wck_admin_config,    wck_admin_categories, wck_admin_groups,
        wck_admin_updates, wck_admin_approvals, wck_admin_history,    wck_admin_host};
    wck_status status = WCK_OK;

    for (size_t i = 0; i < sizeof phases / sizeof *phases && status == WCK_OK; i++)
        status = phases[i](admin, err);
    return status;
}

static bool read_nothing(const wck_admin *admin)
{
    for (size_t i = 0; i < WCK_SECTION_COUNT; i++)
        if (admin->snapshot->coverage[i].state >= WCK_COVERAGE_PARTIAL)
            return false;
    return true;
}

static wck_status finish(wck_admin *admin, wck_error *err)
{
    if (read_nothing(admin) && admin->first.status != WCK_OK) {
        if (err != NULL)
            *err = admin->first;
        return admin->first.status == WCK_E_SOAP ? WCK_E_SOAP : WCK_E_HTTP;
    }
    admin->snapshot->server.server_time = admin->session.server_time;
    return wck_snapshot_freeze(admin->snapshot, err);
}

wck_status wck_admin_collect(wck_snapshot **out, const char *url, const wck_collect_options *options, bool patient,
                             wck_error *err)
{
    wck_admin *admin = malloc(sizeof *admin);
    wck_status status;

    *out = NULL;
    if (admin == NULL)
        return wck_fail_memory(err, "collecting");
    status = wck_admin_open(admin, url, options, err);
    admin->patient = patient;
    if (status == WCK_OK) {
        status = read_all(admin, err);
        if (status == WCK_E_INPUT || status == WCK_E_LIMIT) /* of a reply, not of what we were told to do */
            status = WCK_E_HTTP;
    }
    if (status == WCK_OK)
        status = finish(admin, err);
    if (status == WCK_OK) {
        *out = admin->snapshot;
        admin->snapshot = NULL;
    }
    wck_admin_close(admin);
    free(admin);
    return status;
}

wck_status wck_collect_admin(wck_snapshot **out, const char *url, const wck_collect_options *options, wck_error *err)
{
    return wck_admin_collect(out, url, options, true, err);
}
