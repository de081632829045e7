/* SPDX-License-Identifier: MIT
 * soap.c: envelopes out; results and faults in, told apart while they stream. */
#include "collect/soap.h"

#include "base/limits.h"
#include "base/quote.h"
#include "collect/xml.h"
#include "collect/xml_filter.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NS_SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"
#define NS_SOAP12 "http://www.w3.org/2003/05/soap-envelope"

#define NS_SYNC "http://www.microsoft.com/SoftwareDistribution"
#define NS_AUTH "http://www.microsoft.com/SoftwareDistribution/Server/DssAuthWebService"
#define NS_REPORTING NS_SYNC
#define NS_ADMIN "http://www.microsoft.com/SoftwareDistribution/Server/ApiRemotingWebService"
#define PATH_SYNC "/ServerSyncWebService/ServerSyncWebService.asmx"
#define PATH_AUTH "/DssAuthWebService/DssAuthWebService.asmx"
#define PATH_REPORTING "/ReportingWebService/ReportingWebService.asmx"
#define PATH_ADMIN "/ApiRemoting30/WebService.asmx"

const wck_soap_action_row wck_soap_actions[WCK_SOAP_ACTION_COUNT] = {
#define WCK_SOAP_ACTION(id, service, operation, max_bytes, what)                                               \
    {operation, NS_##service, NS_##service "/" operation, PATH_##service, max_bytes, what},
#include "collect/soap_actions.def"
#undef WCK_SOAP_ACTION
};

static const struct {
    const char *name;
    wck_soap_fault_code code;
} fault_codes[] = {
    {"InvalidCookie", WCK_FAULT_INVALID_COOKIE},
    {"InvalidAuthorizationCookie", WCK_FAULT_INVALID_AUTHORIZATION_COOKIE},
    {"CookieExpired", WCK_FAULT_COOKIE_EXPIRED},
    {"ServerChanged", WCK_FAULT_SERVER_CHANGED},
    {"ServerBusy", WCK_FAULT_SERVER_BUSY},
    {"InvalidParameters", WCK_FAULT_INVALID_PARAMETERS},
    {"IncompatibleProtocolVersion", WCK_FAULT_INCOMPATIBLE_PROTOCOL_VERSION},
    {"InternalServerError", WCK_FAULT_INTERNAL_SERVER_ERROR},
    {"FileDigestsMissing", WCK_FAULT_FILE_DIGESTS_MISSING},
};

bool wck_soap_envelope(wck_buf *out, wck_soap_action action, const char *inside)
{
    const wck_soap_action_row *row = &wck_soap_actions[action];

    wck_buf_puts(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                      "<soap:Envelope xmlns:soap=\"" NS_SOAP11 "\"><soap:Body>");
    wck_buf_printf(out, "<%s xmlns=\"%s\">", row->operation, row->ns);
    wck_buf_puts(out, inside);
    return wck_buf_printf(out, "</%s></soap:Body></soap:Envelope>", row->operation);
}

/* ---- replies ---- */

typedef enum place {
    OUTSIDE,
    IN_ENVELOPE,
    IN_BODY,
    IN_RESPONSE,
    IN_RESULT, /* and below */
    IN_FAULT,  /* and below */
    IN_IGNORED
} place;

struct wck_soap_parser {
    wck_xml_handler handler;
    wck_xml *xml;
    const wck_soap_action_row *action;
    const wck_soap_reply_ops *ops;
    void *payload;
    const char *interned[WCK_SOAP_MAX_NAMES];
    const char *ns; /* the action's, interned */
    size_t n_names, expected; /* expected: the name behind the last one that was found */
    place at;
    size_t depth; /* below the element that `at` names */
    size_t nil;   /* > 0: inside an element that is nil, so many levels */
    place behind; /* where an ignored element ends */
    int path[WCK_MAX_XML_DEPTH];
    char below[3][24]; /* names below Fault, for the few places that matter */
    bool has_response, has_result, has_fault;
    wck_xml_filter filter;
    wck_buf clean; /* what the filter made of a piece */
    char first_line[256]; /* of the fault's text, with all of a chain of exceptions */
    wck_soap_fault fault;
};

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && strcmp(a, b) == 0);
}

static bool is_soap(const char *ns)
{
    return same(ns, NS_SOAP11) || same(ns, NS_SOAP12);
}

/* "OperationResponse", "OperationResult" */
static bool is_operation(const wck_soap_parser *p, const char *ns, const char *name, const char *suffix)
{
    size_t len = strlen(p->action->operation);

    return same(ns, p->action->ns) && strncmp(name, p->action->operation, len) == 0 && strcmp(name + len, suffix) == 0;
}

/* Names come interned, so nearly always the pointer decides, and nearly always in the order of the list. */
static int name_id(wck_soap_parser *p, const char *ns, const char *name)
{
    if (!p->ops->any_name && ns != p->ns && !same(ns, p->action->ns))
        return 0;
    if (p->expected < p->n_names && p->interned[p->expected] == name)
        return (int)++p->expected;
    for (size_t i = 0; i < p->n_names; i++)
        if (p->interned[i] == name) {
            p->expected = i + 1;
            return (int)i + 1;
        }
    for (size_t i = 0; i < p->n_names; i++)
        if ((p->ops->any_name ? strcasecmp : strcmp)(p->ops->names[i], name) == 0)
            return (int)i + 1;
    return 0;
}

static void ignore(wck_soap_parser *p)
{
    p->behind = p->at;
    p->at = IN_IGNORED;
    p->depth = 1;
}

static wck_status not_soap(const char *name, wck_error *err)
{
    char shown[80];

    return wck_fail(err, WCK_E_INPUT, "the reply is not the SOAP answer asked for: unexpected element \"%s\"",
                    wck_quote_short(shown, sizeof shown, name, 40));
}

static wck_status open_in_result(wck_soap_parser *p, const char *ns, const char *name, bool nil, wck_error *err)
{
    p->path[p->depth] = name_id(p, ns, name);
    p->depth++;
    if (p->nil == 0 && p->ops->element != NULL) {
        p->nil += nil;
        return p->ops->element(p->payload, p->path, p->depth, wck_xml_type(p->xml), nil, err);
    }
    if (p->nil > 0 || nil) {
        p->nil++;
        return WCK_OK;
    }
    return p->ops->open != NULL ? p->ops->open(p->payload, p->path, p->depth, err) : WCK_OK;
}

static void open_in_fault(wck_soap_parser *p, const char *name)
{
    if (p->depth < 3) {
        strncpy(p->below[p->depth], name, sizeof p->below[0] - 1);
        p->below[p->depth][sizeof p->below[0] - 1] = '\0';
    }
    p->depth++;
}

static wck_status on_open(void *payload, const char *ns, const char *name, bool nil, wck_error *err)
{
    wck_soap_parser *p = payload;

    switch (p->at) {
    case OUTSIDE:
        if (!is_soap(ns) || strcmp(name, "Envelope") != 0)
            return not_soap(name, err);
        p->at = IN_ENVELOPE;
        return WCK_OK;
    case IN_ENVELOPE:
        if (is_soap(ns) && strcmp(name, "Body") == 0 && !p->has_result && !p->has_fault)
            p->at = IN_BODY;
        else if (is_soap(ns) && strcmp(name, "Header") == 0)
            ignore(p);
        else
            return not_soap(name, err);
        return WCK_OK;
    case IN_BODY:
        p->depth = 0;
        if (is_soap(ns) && strcmp(name, "Fault") == 0 && !p->has_fault) {
            p->has_fault = true;
            p->at = IN_FAULT;
        } else if (is_operation(p, ns, name, "Response") && !p->has_fault) {
            p->has_response = true;
            p->at = IN_RESPONSE;
        } else
            return not_soap(name, err);
        return WCK_OK;
    case IN_RESPONSE:
        if (nil || !is_operation(p, ns, name, "Result"))
            ignore(p);
        else if (p->has_result)
            return not_soap(name, err);
        else {
            p->has_result = true;
            p->at = IN_RESULT;
            p->depth = 0;
        }
        return WCK_OK;
    case IN_RESULT:
        return open_in_result(p, ns, name, nil, err);
    case IN_FAULT:
        open_in_fault(p, name);
        return WCK_OK;
    case IN_IGNORED:
        p->depth++;
        break;
    }
    return WCK_OK;
}

/* .NET wraps an exception as "…Exception: what the web service says ---> …Exception: what happened", then the stack. */
static const char *innermost(const char *text)
{
    const char *at = text, *colon;

    for (const char *arrow = strstr(at, "--->"); arrow != NULL; arrow = strstr(at, "--->"))
        at = arrow + 4;
    if (at == text)
        return text;
    at += strspn(at, " \t\r\n");
    colon = strstr(at, "Exception: ");
    return colon != NULL && strcspn(at, " \r\n") == (size_t)(colon - at) + 10 ? colon + 11 : at;
}

static void keep(char *out, size_t size, const char *text)
{
    size_t len;

    text += strspn(text, " \t\r\n");
    len = strcspn(text, "\r\n"); /* the first line: the rest is a stack trace */
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    if (len >= size)
        len = size - 1;
    memcpy(out, text, len);
    out[len] = '\0';
}

/* SOAP 1.1: faultstring, detail/ErrorCode, detail/Message, unqualified. SOAP 1.2: Reason/Text and Detail, which ASMX
 * writes unqualified (protocol.md 6). So the namespaces below Fault are not looked at. */
static void close_in_fault(wck_soap_parser *p, const char *text)
{
    wck_soap_fault *f = &p->fault;
    bool in_detail = strcmp(p->below[0], "detail") == 0 || strcmp(p->below[0], "Detail") == 0;

    if ((p->depth == 1 && strcmp(p->below[0], "faultstring") == 0) ||
        (p->depth == 2 && strcmp(p->below[0], "Reason") == 0 && strcmp(p->below[1], "Text") == 0)) {
        keep(p->first_line, sizeof p->first_line, text);
        keep(f->reason, sizeof f->reason, innermost(text));
    } else if (p->depth == 2 && in_detail && strcmp(p->below[1], "ErrorCode") == 0)
        keep(f->name, sizeof f->name, text);
    else if (p->depth == 2 && in_detail && strcmp(p->below[1], "Message") == 0)
        keep(f->message, sizeof f->message, text);
    p->depth--;
}

static wck_status close_in_result(wck_soap_parser *p, const char *text, size_t len, wck_error *err)
{
    wck_status status = WCK_OK;

    if (p->nil > 0)
        p->nil--;
    else
        status = p->ops->close(p->payload, p->path, p->depth, text, len, err);
    p->depth--;
    return status;
}

static wck_status on_close(void *payload, const char *text, size_t len, wck_error *err)
{
    wck_soap_parser *p = payload;

    switch (p->at) {
    case IN_RESULT:
        if (p->depth > 0)
            return close_in_result(p, text, len, err);
        p->at = IN_RESPONSE;
        return p->ops->scalar != NULL ? p->ops->scalar(p->payload, text, len, err) : WCK_OK;
    case IN_FAULT:
        if (p->depth > 0)
            close_in_fault(p, text);
        else
            p->at = IN_BODY;
        return WCK_OK;
    case IN_IGNORED:
        if (--p->depth == 0)
            p->at = p->behind;
        return WCK_OK;
    case IN_RESPONSE:
        p->at = IN_BODY;
        return WCK_OK;
    case IN_BODY:
        p->at = IN_ENVELOPE;
        return WCK_OK;
    case IN_ENVELOPE:
        p->at = OUTSIDE;
        return WCK_OK;
    case OUTSIDE:
        break;
    }
    return WCK_OK;
}

wck_status wck_soap_parser_new(wck_soap_parser **out, wck_soap_action action, const wck_soap_reply_ops *ops,
                               void *payload, wck_error *err)
{
    wck_soap_parser *p = calloc(1, sizeof *p);
    wck_status status;

    *out = NULL;
    if (p == NULL)
        return wck_fail_memory(err, "parsing a reply");
    p->handler = (wck_xml_handler){.open = on_open, .close = on_close, .max_text = ops->max_text, .cut_text = ops->cut_text};
    wck_buf_init(&p->clean, SIZE_MAX / 4);
    p->action = &wck_soap_actions[action];
    p->ops = ops;
    p->payload = payload;
    status = wck_xml_new(&p->xml, &p->handler, p, err);
    if (status == WCK_OK) {
        p->ns = wck_xml_intern(p->xml, p->action->ns);
        if (p->ns == NULL)
            status = wck_fail_memory(err, "parsing a reply");
    }
    for (; status == WCK_OK && p->n_names < WCK_SOAP_MAX_NAMES && ops->names[p->n_names] != NULL; p->n_names++) {
        p->interned[p->n_names] = wck_xml_intern(p->xml, ops->names[p->n_names]);
        if (p->interned[p->n_names] == NULL)
            status = wck_fail_memory(err, "parsing a reply");
    }
    if (status != WCK_OK) {
        wck_soap_parser_free(p);
        return status;
    }
    *out = p;
    return WCK_OK;
}

wck_status wck_soap_parser_put(wck_soap_parser *p, const void *data, size_t len, wck_error *err)
{
    if (!p->ops->any_name)
        return wck_xml_put(p->xml, data, len, err);
    wck_buf_reset(&p->clean);
    if (!wck_xml_filter_put(&p->filter, &p->clean, data, len))
        return wck_fail_memory(err, "parsing a reply");
    return wck_xml_put(p->xml, wck_buf_text(&p->clean), p->clean.len, err);
}

/* Whether `word` stands in text between characters that are not part of a word. */
static bool has_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        bool begins = at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_');
        bool ends = !isalnum((unsigned char)at[len]) && at[len] != '_';
        if (begins && ends)
            return true;
    }
    return false;
}

/* detail/ErrorCode first; without one the reason text is searched, as Microsoft's client does (protocol.md 6). */
static void find_code(wck_soap_fault *fault, const char *reason)
{
    size_t n = sizeof fault_codes / sizeof *fault_codes;

    fault->code = fault->name[0] != '\0' ? WCK_FAULT_OTHER : WCK_FAULT_UNCODED;
    for (size_t i = 0; i < n; i++)
        if (fault->name[0] != '\0' ? strcmp(fault->name, fault_codes[i].name) == 0
                                   : has_word(reason, fault_codes[i].name)) {
            fault->code = fault_codes[i].code;
            strncpy(fault->name, fault_codes[i].name, sizeof fault->name - 1);
            return;
        }
}

static wck_status fault_error(const wck_soap_fault *fault, wck_error *err)
{
    char name[80], message[160], reason[160];

    wck_quote_short(name, sizeof name, fault->name, 60);
    wck_quote_short(message, sizeof message, fault->message, 100);
    wck_quote_short(reason, sizeof reason, fault->reason, 100);
    if (fault->name[0] == '\0')
        return wck_fail(err, WCK_E_SOAP, "the server answered with a fault without a code: \"%s\"", reason);
    if (fault->message[0] != '\0')
        return wck_fail(err, WCK_E_SOAP, "the server answered with the fault %s: \"%s\"", name, message);
    return wck_fail(err, WCK_E_SOAP, "the server answered with the fault %s", name);
}

wck_status wck_soap_parser_end(wck_soap_parser *p, wck_soap_fault *fault, bool *early, wck_error *err)
{
    wck_status status = WCK_OK;

    memset(fault, 0, sizeof *fault);
    if (early != NULL)
        *early = false;
    wck_buf_reset(&p->clean);
    if (!wck_xml_filter_end(&p->filter, &p->clean))
        status = wck_fail_memory(err, "parsing a reply");
    if (status == WCK_OK && p->clean.len > 0)
        status = wck_xml_put(p->xml, p->clean.data, p->clean.len, err);
    if (status == WCK_OK)
        status = wck_xml_end(p->xml, early, err);
    if (status != WCK_OK)
        return status;
    if (p->has_fault) {
        find_code(&p->fault, p->first_line);
        *fault = p->fault;
        return fault_error(fault, err);
    }
    if (!p->has_result && !(p->has_response && p->ops->may_lack_result))
        return wck_fail(err, WCK_E_INPUT, "the reply holds no %sResult", p->action->operation);
    return WCK_OK;
}

void wck_soap_parser_free(wck_soap_parser *p)
{
    if (p == NULL)
        return;
    wck_xml_free(p->xml);
    wck_buf_clear(&p->clean);
    free(p);
}
