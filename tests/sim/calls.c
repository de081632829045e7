/* SPDX-License-Identifier: MIT
 * calls.c: authorization, configuration and identity (protocol.md 3, 4, 5.1, 5.6), and the table of handlers.
 */
#include "sim.h"

#include "base/quote.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef bool handler(sim_request *request, sim_reply *reply, wck_buf *result);
static const struct {
    handler *fn;
    bool needs_cookie;
} handlers[SIM_FIRST_ADMIN] = {
    [SIM_GET_AUTH_CONFIG] = {sim_get_auth_config, false},
    [SIM_GET_AUTHORIZATION_COOKIE] = {sim_get_authorization_cookie, false},
    [SIM_GET_COOKIE] = {sim_get_cookie, false},
    [SIM_GET_CONFIG_DATA] = {sim_get_config_data, true},
    [SIM_GET_ROLLUP_CONFIGURATION] = {sim_get_rollup_configuration, false},
    [SIM_GET_REVISION_ID_LIST] = {sim_get_revision_id_list, true},
    [SIM_GET_UPDATE_DATA] = {sim_get_update_data, true},
    [SIM_GET_DEPLOYMENTS] = {sim_get_deployments, true},
};

bool sim_call(sim_request *request, sim_reply *reply, wck_buf *result)
{
    if (request->action >= SIM_FIRST_ADMIN)
        return sim_admin_call(request, reply, result);
    if (handlers[request->action].needs_cookie && !sim_cookie_check(request, reply))
        return false;
    return handlers[request->action].fn(request, reply, result);
}

bool sim_get_auth_config(sim_request *request, sim_reply *reply, wck_buf *result)
{
    (void)request;
    (void)reply;
    return wck_buf_puts(result,
                        "<LastChange>2024-01-01T00:00:00</LastChange><AuthInfo><AuthPlugInInfo>"
                        "<PlugInID>DssTargeting</PlugInID>"
                        "<ServiceUrl>DssAuthWebService/DssAuthWebService.asmx</ServiceUrl><Parameter/>"
                        "</AuthPlugInInfo></AuthInfo><AllowedEventIds/>");
}

static bool is_account_name(const char *text)
{
    size_t n = 0;

    for (; text[n] != '\0'; n++)
        if (!isalnum((unsigned char)text[n]) && text[n] != '-' && text[n] != '.')
            return false;
    return n > 0 && n <= 255;
}

/* The log keeps the identity, so that a test can see that it is one and the same, and never the shared zero
 * row. */
bool sim_get_authorization_cookie(sim_request *request, sim_reply *reply, wck_buf *result)
{
    char *name = sim_child_text(request, request->op, "accountName");
    wck_guid guid;
    bool valid_guid = sim_child_guid(request, request->op, "accountGuid", &guid),
         valid = is_account_name(name);
    char text[WCK_GUID_TEXT];

    if (valid && valid_guid)
        snprintf(reply->note, sizeof reply->note, "account %.40s %s", name, wck_guid_format(text, guid));
    xmlFree(name);
    if (!valid)
        return sim_soap_fault(reply, request, "InvalidParameters", "machineName");
    if (!valid_guid)
        return sim_soap_fault(reply, request, "InvalidParameters", "accountGuid");
    wck_buf_puts(result, "<PlugInId>DssTargeting</PlugInId>");
    sim_cookie_put_auth(result, request->server);
    return true;
}

static bool parse_version(const char *text, unsigned long *major, unsigned long *minor)
{
    char *end = NULL;

    if (!isdigit((unsigned char)text[0]))
        return false;
    *major = strtoul(text, &end, 10);
    if (*end != '.' || !isdigit((unsigned char)end[1]))
        return false;
    *minor = strtoul(end + 1, &end, 10);
    return *end == '\0' && *minor < 1000;
}

bool sim_get_cookie(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const xmlNode *list = sim_child(request, request->op, "authCookies");
    const xmlNode *cookie = sim_child(request, list, "AuthorizationCookie");
    char *plug_in = sim_child_text(request, cookie, "PlugInId");
    char *data = sim_child_text(request, cookie, "CookieData");
    char *version = sim_child_text(request, request->op, "protocolVersion");
    unsigned long major = 0, minor = 0;
    bool known = cookie != NULL && sim_next(request, cookie, "AuthorizationCookie") == NULL &&
                 strcmp(plug_in, "DssTargeting") == 0 && sim_cookie_check_auth(request, data);
    bool versioned = parse_version(version, &major, &minor);

    snprintf(reply->note, sizeof reply->note, "protocol %.10s", version);
    xmlFree(plug_in);
    xmlFree(data);
    xmlFree(version);
    if (!versioned)
        return sim_soap_fault(reply, request, "InvalidParameters", "protocolVersion");
    if (major != 1)
        return sim_soap_fault(reply, request, "IncompatibleProtocolVersion", "");
    if (!known)
        return sim_soap_fault(reply, request, "InvalidAuthorizationCookie", "authCookies");
    sim_cookie_put(result, request->server, (unsigned)minor);
    return true;
}

static void put_languages(wck_buf *out, const wck_snapshot *s)
{
    wck_buf_puts(out, "<LanguageUpdateList>");
    for (size_t i = 0; i < s->languages.n; i++) {
        const wck_language *l = &s->languages.items[i];
        wck_buf_printf(out, "<ServerSyncLanguageData><LanguageID>%lld</LanguageID><ShortLanguage>",
                       (long long)l->id);
        wck_quote_xml(out, l->code);
        wck_buf_puts(out, "</ShortLanguage><LongLanguage>");
        wck_quote_xml(out, l->name != NULL ? l->name : "");
        wck_buf_puts(out, "</LongLanguage>");
        sim_put_bool(out, "Enabled", l->enabled);
        wck_buf_puts(out, "</ServerSyncLanguageData>");
    }
    wck_buf_puts(out, "</LanguageUpdateList>");
}

/* The order of fields of WSUS 10; Microsoft Update has another one (protocol.md 10, item 1). */
bool sim_get_config_data(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    const wck_snapshot *s = state->snapshot;
    bool changes_only = sim_child(request, request->op, "configAnchor") != NULL;

    if (!sim_state_complete(state, WCK_SECTION_LANGUAGES))
        return sim_soap_fault(reply, request, "InternalServerError", "");
    sim_put_bool(result, "CatalogOnlySync", s->config.catalog_only_sync);
    sim_put_bool(result, "LazySync", s->config.lazy_sync);
    sim_put_bool(result, "ServerHostsPsfFiles", 0);
    wck_buf_puts(result, "<MaxNumberOfComputerIdsInRequest>0</MaxNumberOfComputerIdsInRequest>"
                         "<MaxNumberOfDriverSetsPerRequest>0</MaxNumberOfDriverSetsPerRequest>"
                         "<MaxNumberOfPnpHardwareIdsInRequest>0</MaxNumberOfPnpHardwareIdsInRequest>");
    if (s->config.max_updates_per_request != WCK_INT_NONE)
        wck_buf_printf(result, "<MaxNumberOfUpdatesPerRequest>%lld</MaxNumberOfUpdatesPerRequest>",
                       (long long)s->config.max_updates_per_request);
    wck_buf_puts(result, "<NewConfigAnchor>");
    sim_anchor_put(result, request->server, sim_server_now(request->server));
    wck_buf_puts(result, "</NewConfigAnchor><ProtocolVersion>");
    wck_quote_xml(result, s->server.protocol_version != NULL ? s->server.protocol_version : "1.20");
    wck_buf_puts(result, "</ProtocolVersion>");
    if (!changes_only)
        put_languages(result, s);
    return wck_buf_puts(result, "<MaxUpdatesPerRequestInGetUpdateDecryptionData>100"
                                "</MaxUpdatesPerRequestInGetUpdateDecryptionData>");
}

/* Needs no authorization (protocol.md 5.6). A server whose identity the document does not tell answers as the
 * C# server does: not implemented, without an ErrorCode. */
bool sim_get_rollup_configuration(sim_request *request, sim_reply *reply, wck_buf *result)
{
    char text[WCK_GUID_TEXT];
    wck_guid id = request->server->state->snapshot->server.server_id;

    if (wck_guid_is_zero(id))
        return sim_soap_fault(reply, request, NULL, NULL);
    return wck_buf_printf(result,
                          "<DoDetailedRollup>true</DoDetailedRollup>"
                          "<RollupResetGuid>00000000-0000-0000-0000-000000000000</RollupResetGuid>"
                          "<ServerId>%s</ServerId>"
                          "<RollupDownstreamServersMaxBatchSize>5000</RollupDownstreamServersMaxBatchSize>"
                          "<RollupComputersMaxBatchSize>1500</RollupComputersMaxBatchSize>"
                          "<GetOutOfSyncComputersMaxBatchSize>20000</GetOutOfSyncComputersMaxBatchSize>"
                          "<RollupComputerStatusMaxBatchSize>500</RollupComputerStatusMaxBatchSize>",
                          wck_guid_format(text, id));
}
