/* SPDX-License-Identifier: MIT
 * admin_events.c: the history of synchronizations as server events (MS-WSUSAR 3.1.4.51): 381 scheduled start,
 * 382 manual start, 384 succeeded, 386 failed with its reason as %1, 385 (10.0) or 387 (3.0 SP2) canceled. */
#include "admin.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

enum { NAMESPACE_SERVER = 2, SOURCE_SERVER = 1, SEVERITY_ERROR = 2, SEVERITY_INFORMATION = 4 };

static const struct {
    int id, severity;
    const char *text, *german;
} events[] = {
    {381, SEVERITY_INFORMATION, "A scheduled synchronization was started.",
     "Geplante Synchronisierung begonnen."},
    {382, SEVERITY_INFORMATION, "A manual synchronization was started.",
     "Manuelle Synchronisierung begonnen."},
    {384, SEVERITY_INFORMATION, "Synchronization completed.", "Synchronisierung abgeschlossen."},
    {385, SEVERITY_INFORMATION, "Synchronization was canceled.", "Synchronisierung abgebrochen."},
    {386, SEVERITY_ERROR, "Synchronization failed. Reason: %1.",
     "Synchronisierung fehlgeschlagen. Grund: %1."},
    {387, SEVERITY_INFORMATION, "Synchronization was canceled.", "Synchronisierung abgebrochen."},
};

typedef struct event {
    const wck_sync_run *run;
    int id;
    wck_time at;
} event;

typedef struct event_filter {
    wck_time from, to;
    const xmlNode *ids; /* NULL: all */
} event_filter;

bool sim_child_time(const sim_request *request, const xmlNode *parent, const char *name, wck_time *out)
{
    char *text = sim_child_text(request, parent, name);
    bool valid = wck_time_parse(out, text);

    xmlFree(text);
    return valid;
}

/* The four times are of a value type: one that is missing is 0001-01-01, which no SQL Server datetime holds.
 */
static bool read_filter(event_filter *out, sim_request *request, sim_reply *reply)
{
    const xmlNode *node = sim_child(request, request->op, "eventHistoryFilter");
    wck_time at_target;

    out->ids = sim_child(request, node, "eventIdFilter");
    if (sim_child_time(request, node, "fromTimeAtServer", &out->from) &&
        sim_child_time(request, node, "toTimeAtServer", &out->to) &&
        sim_child_time(request, node, "fromTimeAtTarget", &at_target) &&
        sim_child_time(request, node, "toTimeAtTarget", &at_target))
        return true;
    return sim_admin_fault(
        reply, request, "System.Data.SqlTypes.SqlTypeException",
        "SqlDateTime overflow. Must be between 1/1/1753 12:00:00 AM and 12/31/9999 11:59:59 PM.");
}

static bool is_wanted(const sim_request *request, const event_filter *filter, const event *e)
{
    if ((filter->from != WCK_TIME_NONE && e->at < filter->from) ||
        (filter->to != WCK_TIME_NONE && e->at > filter->to))
        return false;
    if (filter->ids == NULL)
        return true;
    for (const xmlNode *f = sim_child(request, filter->ids, "EventIdFilter"); f != NULL;
         f = sim_next(request, f, "EventIdFilter")) {
        char *ns = sim_child_text(request, f, "NamespaceId"), *id = sim_child_text(request, f, "EventId");
        bool same = atol(ns) == NAMESPACE_SERVER && atol(id) == e->id;
        xmlFree(ns);
        xmlFree(id);
        if (same)
            return true;
    }
    return false;
}

/* ASP.NET writes a control character as a reference, which XML 1.0 does not allow; other servers write the
 * byte. */
static void put_reason(const sim_request *request, wck_buf *out, const char *text)
{
    const sim_rule *rule = request->rule;
    sim_fault_kind kind = rule != NULL ? rule->kind : SIM_NONE;

    wck_buf_puts(out, "<string>");
    if (kind == SIM_CONTROL)
        wck_buf_puts(out, strcmp(rule->arg, "raw") == 0 ? "a\x01z\x1b[2J" : "a&#x1;z&#x1B;[2J");
    wck_quote_xml(out, text);
    for (long i = 0; kind == SIM_REASON && i < (rule->number > 0 ? rule->number : 10) * 1024 * 32; i++)
        wck_buf_puts(out, " The request failed with HTTP 5 ");
    wck_buf_puts(out, "</string>");
}

static wck_guid instance_of(const event *e)
{
    struct {
        int64_t at, id;
    } key = {e->at, e->id};
    unsigned char sha[20];
    wck_guid id = {0, 0};

    if (!wck_sha1(sha, &key, sizeof key))
        sim_die("libcrypto failed");
    memcpy(&id, sha, sizeof id);
    return id;
}

static void put_texts(const sim_request *request, wck_buf *out, const event *e)
{
    bool german = request->rule != NULL && request->rule->kind == SIM_LOCALIZED;
    const char *text = e->run->error_text;
    size_t i = 0;

    while (events[i].id != e->id)
        i++;
    sim_named_int(request, out, "SeverityId", events[i].severity);
    sim_named_int(request, out, "Win32HResult",
                  e->id == 386 ? -2146233088 : 0); /* 0x80131500, any .NET exception */
    sim_named(request, out, "MessageTemplate", german ? events[i].german : events[i].text);
    sim_named(request, out, "ComputerId", NULL);
    sim_named(request, out, "AppName", "WsusService");
    wck_buf_puts(out, "<MiscData />");
    wck_buf_puts(out, "<ReplacementStrings>");
    if (e->id == 386)
        put_reason(request, out, text != NULL ? text : "");
    wck_buf_puts(out, "</ReplacementStrings>");
}

/* The order of the published schema (3.1.4.51.3.5). */
static void put_event(const sim_request *request, wck_buf *out, const event *e)
{
    wck_buf_puts(out, "<EventHistoryTableRow>");
    sim_named_guid(request, out, "EventInstanceId", instance_of(e));
    sim_named_int(request, out, "EventId", e->id);
    sim_named_int(request, out, "NamespaceId", NAMESPACE_SERVER);
    sim_named_int(request, out, "SourceId", SOURCE_SERVER);
    sim_named_time(request, out, "TimeAtTarget", e->at);
    sim_named_time(request, out, "TimeAtServer", e->at);
    sim_named_int(request, out, "StateId", 0);
    put_texts(request, out, e);
    sim_named(request, out, "UpdateId", NULL);
    sim_named_int(request, out, "RevisionNumber", 0);
    sim_named(request, out, "DeviceId", NULL);
    if (sim_shape(request) == SIM_ROWS_LONGER)
        sim_named(request, out, "ElementOfALaterBuild", "7");
    wck_buf_puts(out, "</EventHistoryTableRow>");
}

static int end_event(const wck_server *server, wck_sync_result result)
{
    switch (result) {
    case WCK_SYNC_SUCCEEDED:
        return 384;
    case WCK_SYNC_FAILED:
        return 386;
    case WCK_SYNC_CANCELED:
        return server->version != NULL && server->version[0] == '3' ? 387 : 385;
    case WCK_SYNC_UNKNOWN:
    case WCK_SYNC_RUNNING:
        break;
    }
    return 0;
}

static void put_run(const sim_request *request, wck_buf *out, const event_filter *filter,
                    const wck_sync_run *run)
{
    const wck_server *server = &request->server->state->snapshot->server;
    event pair[2] = {
        {run, run->trigger == WCK_TRIGGER_MANUAL ? 382 : 381, run->started},
        {run, end_event(server, run->result), run->ended != WCK_TIME_NONE ? run->ended : run->started}};

    for (size_t i = 0; i < 2; i++)
        if (pair[i].id != 0 && pair[i].at != WCK_TIME_NONE && is_wanted(request, filter, &pair[i]))
            put_event(request, out, &pair[i]);
}

/* Newest first, as the console shows them; a client must not count on either order. */
bool sim_admin_events(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const wck_snapshot *s = request->server->state->snapshot;
    event_filter filter;

    if (sim_admin_lacks(request, reply, WCK_SECTION_SYNC_HISTORY) || !read_filter(&filter, request, reply))
        return false;
    for (size_t i = s->sync_history.n; i-- > 0;)
        put_run(request, result, &filter, &s->sync_history.items[i]);
    return true;
}
