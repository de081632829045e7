/* SPDX-License-Identifier: MIT
 * soap.c: requests → which of the reads, envelopes and faults of the shape that protocol.md 6 records. */
#include "sim.h"

#include "base/quote.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NS_SOAP "http://schemas.xmlsoap.org/soap/envelope/"

const char *const sim_action_names[SIM_ACTIONS] = {
    "GetAuthConfig",          "GetAuthorizationCookie", "GetCookie",     "GetConfigData",
    "GetRollupConfiguration", "GetRevisionIdList",      "GetUpdateData", "GetDeployments",
#define SIM_ADMIN(id, name, fn, parameters) name,
#include "admin.def"
#undef SIM_ADMIN
};

/* IIS compares paths without case, and a WSUS joins ServiceUrl with a double slash (protocol.md 3). */
static const struct {
    const char *path, *ns;
} services[] = {
    {"/ServerSyncWebService/ServerSyncWebService.asmx", SIM_NS_SYNC},
    {"/DssAuthWebService/DssAuthWebService.asmx", SIM_NS_AUTH},
    {"/ReportingWebService/ReportingWebService.asmx", SIM_NS_SYNC},
    {"/ApiRemoting30/WebService.asmx", SIM_NS_ADMIN},
};
enum { SERVICE_SYNC, SERVICE_AUTH, SERVICE_REPORTING, SERVICE_ADMIN, SERVICES };

static unsigned service_of(sim_action action)
{
    return action >= SIM_FIRST_ADMIN                ? SERVICE_ADMIN
           : action == SIM_GET_AUTHORIZATION_COOKIE ? SERVICE_AUTH
           : action == SIM_GET_ROLLUP_CONFIGURATION ? SERVICE_REPORTING
                                                    : SERVICE_SYNC;
}

/* The ASMX services write soap: and a declaration, the others s: and none (protocol.md 1). */
static const char *prefix_of(const sim_request *request)
{
    return request->ns != NULL && strcmp(request->ns, SIM_NS_AUTH) == 0 ? "s" : "soap";
}

static void begin_envelope(wck_buf *out, const sim_request *request)
{
    const char *p = prefix_of(request);

    wck_buf_reset(out);
    if (strcmp(p, "soap") == 0)
        wck_buf_puts(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                          "<soap:Envelope xmlns:soap=\"" NS_SOAP
                          "\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                          "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soap:Body>");
    else
        wck_buf_puts(out, "<s:Envelope xmlns:s=\"" NS_SOAP "\"><s:Body>");
}

static void end_envelope(wck_buf *out, const sim_request *request)
{
    const char *p = prefix_of(request);

    wck_buf_printf(out, "</%s:Body></%s:Envelope>", p, p);
}

void sim_soap_reply(sim_reply *reply, const sim_request *request, const wck_buf *result)
{
    const char *name = sim_action_names[request->action];
    wck_buf *out = &reply->body;

    begin_envelope(out, request);
    wck_buf_printf(out, "<%sResponse xmlns=\"%s\">", name, request->ns);
    if (result->len == 0)
        wck_buf_printf(out, "<%sResult/>", name);
    else {
        wck_buf_printf(out, "<%sResult>", name);
        wck_buf_put(out, result->data, result->len);
        wck_buf_printf(out, "</%sResult>", name);
    }
    wck_buf_printf(out, "</%sResponse>", name);
    end_envelope(out, request);
}

void sim_soap_absent(sim_reply *reply, const sim_request *request)
{
    begin_envelope(&reply->body, request);
    wck_buf_printf(&reply->body, "<%sResponse xmlns=\"%s\"/>", sim_action_names[request->action],
                   request->ns);
    end_envelope(&reply->body, request);
}

static void put_fault(wck_buf *out, const sim_request *request, const char *code, const char *message)
{
    const char *p = prefix_of(request);
    bool of_server = code == NULL || strncmp(code, "Internal", 8) == 0 || strncmp(code, "Server", 6) == 0;
    wck_guid id = {0, 0};
    char text[WCK_GUID_TEXT];

    wck_buf_printf(out, "<%s:Fault><faultcode>%s:%s</faultcode><faultstring>Fault occurred</faultstring>", p,
                   p, of_server ? "Server" : "Client");
    if (code == NULL) {
        wck_buf_printf(out, "</%s:Fault>", p);
        return;
    }
    if (!wck_random(&id, sizeof id))
        sim_die("libcrypto failed");
    wck_buf_puts(out, "<faultactor>");
    wck_quote_xml(out, request->url);
    wck_buf_puts(out, "</faultactor><detail><ErrorCode>");
    wck_quote_xml(out, code);
    wck_buf_puts(out, "</ErrorCode><Message>");
    wck_quote_xml(out, message);
    wck_buf_printf(out, "</Message><ID>%s</ID><Method>\"%s/%s\"</Method></detail></%s:Fault>",
                   wck_guid_format(text, id), request->ns, sim_action_names[request->action], p);
}

bool sim_soap_fault(sim_reply *reply, const sim_request *request, const char *code, const char *message)
{
    begin_envelope(&reply->body, request);
    put_fault(&reply->body, request, code, message != NULL ? message : "");
    end_envelope(&reply->body, request);
    reply->status = 500;
    reply->content_type = "text/xml; charset=utf-8";
    snprintf(reply->note, sizeof reply->note, "fault %s %.40s", code != NULL ? code : "-",
             message != NULL ? message : "");
    return false;
}

bool sim_soap_exception(sim_reply *reply, const sim_request *request, const char *faultstring,
                        const char *type, const char *message)
{
    wck_buf *out = &reply->body;

    begin_envelope(out, request);
    wck_buf_puts(out, "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>");
    wck_quote_xml(out, faultstring);
    wck_buf_puts(out, "</faultstring><detail><Exception Assembly=\"mscorlib\" Type=\"");
    wck_quote_xml(out, type);
    wck_buf_puts(out, "\" Message=\"");
    wck_quote_xml(out, message);
    wck_buf_puts(out, "\" /></detail></soap:Fault>");
    end_envelope(out, request);
    reply->status = 500;
    reply->content_type = "text/xml; charset=utf-8";
    snprintf(reply->note, sizeof reply->note, "fault %.80s", type);
    return false;
}

static bool refuse(sim_reply *reply, unsigned status, const char *note)
{
    reply->status = status;
    reply->content_type = "text/html";
    wck_buf_puts(&reply->body, sim_page_status(status));
    snprintf(reply->note, sizeof reply->note, "%s", note);
    return false;
}

static unsigned find_service(const char *path)
{
    while (path[0] == '/' && path[1] == '/')
        path++;
    for (unsigned i = 0; i < SERVICES; i++)
        if (strcasecmp(path, services[i].path) == 0)
            return i;
    return SERVICES;
}

/* The quoted SOAPAction must be namespace/operation of this service; anything else is outside what is read.
 */
static bool find_action(sim_request *request, sim_reply *reply, unsigned service, const char *soap_action)
{
    size_t base = strlen(services[service].ns), len = soap_action != NULL ? strlen(soap_action) : 0;

    request->ns = services[service].ns;
    for (sim_action a = 0; a < SIM_ACTIONS; a++) {
        size_t name = strlen(sim_action_names[a]);
        if (service_of(a) == service && len == base + name + 3 && soap_action[0] == '"' &&
            soap_action[len - 1] == '"' && strncmp(soap_action + 1, request->ns, base) == 0 &&
            soap_action[base + 1] == '/' && strncmp(soap_action + base + 2, sim_action_names[a], name) == 0) {
            request->action = a;
            request->call = sim_action_names[a];
            return true;
        }
    }
    sim_log_forbidden(request->server->sim, request->server->name,
                      soap_action != NULL ? soap_action : "(no SOAPAction)");
    sim_soap_fault(reply, request, NULL, NULL);
    snprintf(reply->note, sizeof reply->note, "FORBIDDEN");
    return false;
}

static const xmlNode *element(const xmlNode *parent, const char *ns, const char *name)
{
    for (const xmlNode *n = parent != NULL ? parent->children : NULL; n != NULL; n = n->next)
        if (n->type == XML_ELEMENT_NODE && n->ns != NULL && strcmp((const char *)n->ns->href, ns) == 0 &&
            (name == NULL || strcmp((const char *)n->name, name) == 0))
            return n;
    return NULL;
}

/* One operation is two calls: products and classifications. */
static const char *name_categories(const sim_request *request)
{
    bool classifications = sim_child_bool(request, request->op, "retrieveUpdateClassifications");

    if (request->action == SIM_ADMIN_CATEGORIES)
        return classifications ? "ExecuteSPGetCategories.classifications" : "ExecuteSPGetCategories.products";
    return classifications ? "GetSubscriptionCategories.classifications"
                           : "GetSubscriptionCategories.products";
}

bool sim_soap_parse(sim_request *request, sim_reply *reply, const char *path, const char *soap_action,
                    const char *body, size_t len)
{
    unsigned service = find_service(path);

    if (service == SERVICES)
        return refuse(reply, 404, "no such path");
    snprintf(request->url, sizeof request->url, "http://127.0.0.1:%u%s", request->server->port,
             services[service].path);
    if (!find_action(request, reply, service, soap_action))
        return false;
    request->doc = len > INT32_MAX ? NULL
                                   : xmlReadMemory(body, (int)len, NULL, NULL,
                                                   XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (request->doc == NULL)
        return refuse(reply, 400, "request is not XML");
    const xmlNode *root = xmlDocGetRootElement(request->doc);
    if (strcmp((const char *)root->name, "Envelope") == 0)
        request->op = element(element(root, NS_SOAP, "Body"), request->ns, sim_action_names[request->action]);
    if (request->op == NULL) {
        sim_soap_fault(reply, request, NULL, NULL);
        snprintf(reply->note, sizeof reply->note, "operation element is not there");
        return false;
    }
    if (request->action == SIM_ADMIN_CATEGORIES || request->action == SIM_ADMIN_SUBSCRIPTION_CATEGORIES)
        request->call = name_categories(request);
    if (request->action == SIM_GET_REVISION_ID_LIST)
        request->call = sim_child_bool(request, sim_child(request, request->op, "filter"), "GetConfig")
                            ? "GetRevisionIdList.config"
                            : "GetRevisionIdList.updates";
    return true;
}

void sim_request_clear(sim_request *request)
{
    xmlFreeDoc(request->doc);
}

const xmlNode *sim_child(const sim_request *request, const xmlNode *parent, const char *name)
{
    return element(parent, request->ns, name);
}

const xmlNode *sim_next(const sim_request *request, const xmlNode *node, const char *name)
{
    for (node = node->next; node != NULL; node = node->next)
        if (node->type == XML_ELEMENT_NODE && node->ns != NULL &&
            strcmp((const char *)node->ns->href, request->ns) == 0 &&
            strcmp((const char *)node->name, name) == 0)
            return node;
    return NULL;
}

char *sim_child_text(const sim_request *request, const xmlNode *parent, const char *name)
{
    const xmlNode *node = sim_child(request, parent, name);
    xmlChar *text = node != NULL ? xmlNodeGetContent(node) : xmlStrdup((const xmlChar *)"");

    if (text == NULL)
        text = xmlStrdup((const xmlChar *)"");
    if (text == NULL)
        sim_die("out of memory");
    return (char *)text;
}

bool sim_child_bool(const sim_request *request, const xmlNode *parent, const char *name)
{
    char *text = sim_child_text(request, parent, name);
    bool value = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;

    xmlFree(text);
    return value;
}

bool sim_child_guid(const sim_request *request, const xmlNode *parent, const char *name, wck_guid *out)
{
    char *text = sim_child_text(request, parent, name);
    bool valid = wck_guid_parse(out, text);

    xmlFree(text);
    return valid;
}

void sim_put_bool(wck_buf *out, const char *name, int8_t value)
{
    if (value != WCK_BOOL_NONE)
        wck_buf_printf(out, "<%s>%s</%s>", name, value ? "true" : "false", name);
}
