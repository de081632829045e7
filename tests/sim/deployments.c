/* SPDX-License-Identifier: MIT
 * deployments.c: GetDeployments (protocol.md 5.5). Groups, declined updates and EULAs are full lists every
 * time; deployments and dead deployments are those between the two anchors. */
#include "sim.h"

#include "base/quote.h"

#include <string.h>

static bool is_builtin(wck_guid id)
{
    return wck_guid_eq(id, WCK_GROUP_ALL_COMPUTERS) || wck_guid_eq(id, WCK_GROUP_UNASSIGNED) ||
           wck_guid_eq(id, WCK_GROUP_DOWNSTREAM);
}

/* The zero GUID is "root"; Unassigned Computers comes without the element. */
static void put_group(wck_buf *out, const wck_group *g)
{
    char text[WCK_GUID_TEXT];

    wck_buf_printf(out, "<ServerSyncTargetGroup><TargetGroupID>%s</TargetGroupID>",
                   wck_guid_format(text, g->id));
    if (!wck_guid_eq(g->id, WCK_GROUP_UNASSIGNED))
        wck_buf_printf(out, "<ParentGroupId>%s</ParentGroupId>", wck_guid_format(text, g->parent));
    wck_buf_puts(out, "<Name>");
    wck_quote_xml(out, g->name);
    wck_buf_puts(out, "</Name>");
    sim_put_bool(out, "IsBuiltin", is_builtin(g->id));
    wck_buf_puts(out, "</ServerSyncTargetGroup>");
}

/* Times without a zone are UTC; deadlines are printed so, in the sample of the specification too. */
static void put_deadline(wck_buf *out, wck_time deadline)
{
    char text[WCK_TIME_TEXT];

    wck_time_format(text, deadline);
    text[strcspn(text, "Z")] = '\0';
    wck_buf_printf(out, "<Deadline>%s</Deadline>", *text != '\0' ? text : "9999-12-31T23:59:59.9999999");
}

static void put_deployment(wck_buf *out, const wck_approval *a, wck_guid deployment)
{
    char text[WCK_GUID_TEXT], time[WCK_TIME_TEXT];

    wck_buf_printf(out,
                   "<ServerSyncDeployment><UpdateId>%s</UpdateId><RevisionNumber>%lld</RevisionNumber>"
                   "<Action>%lld</Action>",
                   sim_guid_wire(text, a->update), (long long)a->revision, (long long)a->action);
    if (a->admin != NULL) {
        wck_buf_puts(out, "<AdminName>");
        wck_quote_xml(out, a->admin);
        wck_buf_puts(out, "</AdminName>");
    }
    put_deadline(out, a->deadline);
    sim_put_bool(out, "IsAssigned", a->assigned == WCK_BOOL_NONE ? 1 : a->assigned);
    wck_time_format(time, a->go_live);
    wck_buf_printf(out, "<GoLiveTime>%s</GoLiveTime>", *time != '\0' ? time : "0001-01-01T00:00:00");
    wck_buf_printf(out, "<DeploymentGuid>%s</DeploymentGuid>", wck_guid_format(text, deployment));
    wck_buf_printf(out,
                   "<TargetGroupId>%s</TargetGroupId><DownloadPriority>%lld</DownloadPriority>"
                   "</ServerSyncDeployment>",
                   wck_guid_format(text, a->group),
                   a->priority == WCK_INT_NONE ? 1LL : (long long)a->priority);
}

static void put_guid(wck_buf *out, wck_guid id)
{
    char text[WCK_GUID_TEXT];

    wck_buf_printf(out, "<guid>%s</guid>", wck_guid_format(text, id));
}

static size_t put_window(wck_buf *out, const sim_state *state, wck_time from, wck_time to)
{
    size_t n = 0;

    wck_buf_puts(out, "<Deployments>");
    for (size_t i = 0; i < state->snapshot->approvals.n; i++)
        if ((from == WCK_TIME_NONE || state->approval_changed[i] > from) &&
            state->approval_changed[i] <= to) {
            put_deployment(out, &state->snapshot->approvals.items[i], state->deployments[i]);
            n++;
        }
    wck_buf_puts(out, "</Deployments><DeadDeployments>");
    for (size_t i = 0; i < state->dead.n; i++)
        if (from != WCK_TIME_NONE && state->dead.items[i].at > from && state->dead.items[i].at <= to) {
            put_guid(out, state->dead.items[i].deployment);
            n++;
        }
    wck_buf_puts(out, "</DeadDeployments>");
    return n;
}

static void put_full_lists(wck_buf *out, const wck_snapshot *s)
{
    wck_buf_puts(out, "<HiddenUpdates>");
    for (size_t i = 0; i < s->declined.n; i++)
        put_guid(out, s->declined.items[i].id);
    wck_buf_puts(out, "</HiddenUpdates><AcceptedEulas>");
    for (size_t i = 0; i < s->eulas.n; i++)
        put_guid(out, s->eulas.items[i].id);
    wck_buf_puts(out, "</AcceptedEulas>");
}

static bool parse_anchors(const sim_request *request, wck_time *from, wck_time *to, const char **bad)
{
    char *deployment = sim_child_text(request, request->op, "deploymentAnchor");
    char *sync = sim_child_text(request, request->op, "syncAnchor");

    *from = WCK_TIME_NONE;
    *bad = NULL;
    if (!sim_anchor_parse(to, sync))
        *bad = "syncAnchor";
    else if (*deployment != '\0' && !sim_anchor_parse(from, deployment))
        *bad = "deploymentAnchor";
    xmlFree(deployment);
    xmlFree(sync);
    return *bad == NULL;
}

bool sim_get_deployments(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    wck_time from, to;
    const char *bad;

    if (!parse_anchors(request, &from, &to, &bad))
        return sim_soap_fault(reply, request, "InvalidParameters", bad);
    if (!sim_state_complete(state, WCK_SECTION_GROUPS) || !sim_state_complete(state, WCK_SECTION_APPROVALS) ||
        !sim_state_complete(state, WCK_SECTION_DECLINED) || !sim_state_complete(state, WCK_SECTION_EULAS))
        return sim_soap_fault(reply, request, "InternalServerError", "");
    wck_buf_puts(result, "<Anchor>");
    sim_anchor_put(result, request->server, to);
    wck_buf_puts(result, "</Anchor><Groups>");
    for (size_t i = 0; i < state->snapshot->groups.n; i++)
        put_group(result, &state->snapshot->groups.items[i]);
    wck_buf_puts(result, "</Groups>");
    size_t n = put_window(result, state, from, to);
    put_full_lists(result, state->snapshot);
    snprintf(reply->note, sizeof reply->note, "%zu deployments%s", n,
             from != WCK_TIME_NONE ? " since anchor" : "");
    return true;
}
