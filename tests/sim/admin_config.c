/* SPDX-License-Identifier: MIT
 * admin_config.c: configuration, languages, and the subscription (MS-WSUSAR 2.2.4.14). */
#include "admin.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

static void put_upstream(const sim_request *request, wck_buf *out, const wck_config *c)
{
    sim_named_bool(request, out, "SyncToMU", c->sync_from_microsoft_update);
    sim_named(request, out, "UpstreamServerName", c->has_upstream ? c->upstream.name : NULL);
    sim_named_int(request, out, "ServerPortNumber",
                  c->has_upstream && c->upstream.port != WCK_INT_NONE ? c->upstream.port : 8530);
    sim_named_bool(request, out, "UpstreamServerUseSsl", c->has_upstream ? c->upstream.ssl : 0);
    sim_named_bool(request, out, "ReplicaMode", c->has_upstream ? c->upstream.replica : 0);
}

static void put_proxy(const sim_request *request, wck_buf *out, const wck_config *c)
{
    sim_named_bool(request, out, "UseProxy", c->has_proxy);
    sim_named(request, out, "ProxyName", c->has_proxy ? c->proxy.host : NULL);
    sim_named_int(request, out, "ProxyServerPort",
                  c->has_proxy && c->proxy.port != WCK_INT_NONE ? c->proxy.port : 80);
    sim_named_bool(request, out, "AnonymousProxyAccess", c->has_proxy && c->proxy.user != NULL ? 0 : 1);
    sim_named(request, out, "ProxyUserName", c->has_proxy ? c->proxy.user : NULL);
    sim_named(request, out, "ProxyUserDomain", NULL);
    sim_named_bool(request, out, "AllowProxyCredentialsOverNonSsl",
                   c->has_proxy ? c->proxy.basic_in_cleartext : 0);
}

static int8_t all_languages(const wck_snapshot *s)
{
    for (size_t i = 0; i < s->languages.n; i++)
        if (s->languages.items[i].id == 0)
            return s->languages.items[i].enabled;
    return 0;
}

/* A real row has some ninety elements; those that nobody reads are here too, so that nobody counts on their
 * place. */
bool sim_admin_configuration(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const wck_snapshot *s = request->server->state->snapshot;
    const wck_config *c = &s->config;

    if (sim_admin_lacks(request, reply, WCK_SECTION_CONFIG))
        return false;
    wck_buf_puts(result, "<Configuration>");
    sim_named_time(request, result, "LastConfigChange", s->server.collected_at);
    sim_named_guid(request, result, "ServerID", s->server.server_id);
    sim_named_bool(request, result, "IsRegistrationRequired", 0);
    sim_named_bool(request, result, "ServerTargeting", 1);
    put_upstream(request, result, c);
    put_proxy(request, result, c);
    sim_named_bool(request, result, "HostOnMu", c->content_on_microsoft_update);
    sim_named(request, result, "LocalContentCacheLocation", "D:\\WSUS\\WsusContent");
    sim_named_bool(request, result, "ServerSupportsAllLanguages", all_languages(s));
    sim_named_bool(request, result, "LazySync", c->lazy_sync);
    sim_named_bool(request, result, "CatalogOnlySync", c->catalog_only_sync);
    sim_named_bool(request, result, "DownloadExpressPackages", 0);
    sim_named_int(request, result, "computerDeletionTimeThreshold", 30);
    sim_named_bool(request, result, "DisableSyncDrivers", 0);
    if (c->retries != WCK_INT_NONE)
        sim_named_int(request, result, "SubscriptionFailureNumberOfRetries", c->retries);
    if (c->retry_wait_minutes != WCK_INT_NONE)
        sim_named_int(request, result, "SubscriptionFailureWaitBetweenRetriesTime", c->retry_wait_minutes);
    if (c->max_updates_per_request != WCK_INT_NONE)
        sim_named_int(request, result, "MaxNumberOfIdsToRequestDataFromUss", c->max_updates_per_request);
    sim_named(request, result, "MUUrl", "https://sws.update.microsoft.com");
    if (sim_shape(request) == SIM_ROWS_LONGER)
        sim_named(request, result, "ElementOfALaterBuild", "7");
    return wck_buf_puts(result, "</Configuration>");
}

/* Short name, enabled, and enabled on the upstream server. "all" comes first. */
bool sim_admin_languages(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const wck_snapshot *s = request->server->state->snapshot;
    sim_rows rows = sim_rows_of(request, result, NULL);

    if (sim_admin_lacks(request, reply, WCK_SECTION_LANGUAGES))
        return false;
    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; i < s->languages.n; i++) {
            const wck_language *l = &s->languages.items[i];
            if ((l->id == 0) != first)
                continue;
            sim_row_begin(&rows);
            sim_cell_text(&rows, l->code);
            sim_cell_bool(&rows, l->enabled);
            sim_cell_bool(&rows, true);
            sim_row_end(&rows);
        }
    return true;
}

/* ---- subscription ---- */

static const wck_sync_run *last_run(const wck_snapshot *s)
{
    return s->sync_history.n > 0 ? &s->sync_history.items[s->sync_history.n - 1] : NULL;
}

static bool is_running(const wck_snapshot *s)
{
    return last_run(s) != NULL && last_run(s)->result == WCK_SYNC_RUNNING;
}

static wck_time last_completed(const wck_snapshot *s)
{
    for (size_t i = s->sync_history.n; i-- > 0;)
        if (s->sync_history.items[i].result == WCK_SYNC_SUCCEEDED)
            return s->sync_history.items[i].ended;
    return WCK_TIME_NONE;
}

static long long time_of_day(const wck_config *c)
{
    int h = 0, m = 0, sec = 0;

    if (!c->has_schedule || c->schedule.time_of_day == NULL ||
        sscanf(c->schedule.time_of_day, "%2d:%2d:%2d", &h, &m, &sec) != 3)
        return 0;
    return h * 3600LL + m * 60 + sec;
}

/* The order of the published schema. */
bool sim_admin_subscription(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const wck_snapshot *s = request->server->state->snapshot;
    const wck_config *c = &s->config;

    if (sim_admin_lacks(request, reply, WCK_SECTION_CONFIG))
        return false;
    sim_named_int(request, result, "synchronizeAutomaticallyTimeOfDay", time_of_day(c));
    sim_named(request, result, "LastModifiedBy", "CORP\\wsusadmin");
    sim_named_time(request, result, "LastModifiedTime", s->server.collected_at);
    sim_named_time(request, result, "LastSynchronizationTime", last_completed(s));
    sim_named_bool(request, result, "SynchronizeAutomatically", c->has_schedule ? c->schedule.automatic : 0);
    sim_named(request, result, "Anchor", "0,1753-01-01 00:00:00.000");
    sim_named(request, result, "DeploymentAnchor", NULL);
    sim_named_int(request, result, "NumberOfSynchronizationsPerDay",
                  c->has_schedule && c->schedule.per_day != WCK_INT_NONE ? c->schedule.per_day : 1);
    sim_named_bool(request, result, "IsCategoryOnly", 0);
    return true;
}

bool sim_admin_subscription_state(sim_request *request, sim_reply *reply, wck_buf *result)
{
    (void)reply;
    return wck_buf_puts(result, is_running(request->server->state->snapshot) ? "2" : "1");
}

bool sim_admin_next_sync(sim_request *request, sim_reply *reply, wck_buf *result)
{
    wck_time next = request->server->state->snapshot->config.next_sync;
    char text[WCK_TIME_TEXT];

    (void)reply; /* manual synchronization only: DateTime.MaxValue */
    return wck_buf_puts(result,
                        next != WCK_TIME_NONE ? sim_time_plain(text, next) : "9999-12-31T23:59:59.9999999");
}

bool sim_admin_progress(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const wck_snapshot *s = request->server->state->snapshot;
    sim_rows rows = sim_rows_of(request, result, NULL);

    (void)reply;
    sim_row_begin(&rows);
    sim_cell_int(&rows, is_running(s) ? 2 : 0);
    sim_cell_int(&rows, is_running(s) ? (long long)s->updates.n : 0);
    sim_cell_int(&rows, is_running(s) ? (long long)s->updates.n / 3 : 0);
    sim_row_end(&rows);
    return true;
}
