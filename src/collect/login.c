/* SPDX-License-Identifier: MIT
 * login.c: GetAuthConfig, GetAuthorizationCookie, GetCookie (protocol.md 3), the protocol version (protocol.md 4). */
#include "base/limits.h"
#include "base/quote.h"
#include "collect/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a downstream server of some release speaks, newest first; 1.3 is the oldest that is tried. */
static const char *const known_versions[] = {"1.20", "1.8", "1.6", "1.3"};
enum { KNOWN_VERSIONS = sizeof known_versions / sizeof *known_versions, MAX_RESTARTS = 2 };

static bool split_version(const char *text, unsigned long *major, unsigned long *minor)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9')
        return false;
    *major = strtoul(text, &end, 10);
    if (*end != '.' || end[1] < '0' || end[1] > '9')
        return false;
    *minor = strtoul(end + 1, &end, 10);
    return *end == '\0';
}

int wck_protocol_cmp(const char *a, const char *b)
{
    unsigned long a1 = 0, a2 = 0, b1 = 0, b2 = 0;
    bool is_a = split_version(a, &a1, &a2), is_b = split_version(b, &b1, &b2);

    if (!is_a || !is_b)
        return (int)is_a - (int)is_b;
    if (a1 != b1)
        return a1 < b1 ? -1 : 1;
    return a2 < b2 ? -1 : a2 > b2;
}

/* ---- GetAuthConfig ---- */

static const char *const auth_config_names[] = {"AuthInfo", "AuthPlugInInfo", "ServiceUrl", NULL};

typedef struct auth_config {
    wck_buf service_url;
    bool found;
} auth_config;

static wck_status begin_auth_config(void *payload, wck_error *err)
{
    auth_config *c = payload;

    (void)err;
    wck_buf_reset(&c->service_url);
    c->found = false;
    return WCK_OK;
}

static wck_status close_auth_config(void *payload, const int *path, size_t depth, const char *text, size_t len,
                                    wck_error *err)
{
    auth_config *c = payload;

    if (depth != 3 || path[0] != 1 || path[1] != 2 || path[2] != 3 || c->found)
        return WCK_OK; /* the first one counts */
    c->found = true;
    return wck_buf_put(&c->service_url, text, len)
               ? WCK_OK
               : wck_fail(err, WCK_E_LIMIT, "the place of the authorization service is longer than 512 bytes");
}

static wck_status read_auth_config(wck_session *s, wck_soap_fault *fault, wck_error *err)
{
    static const wck_soap_reply_ops reply = {.names = auth_config_names, .close = close_auth_config, .max_text = 65536};
    auth_config config = {.found = false};
    wck_call call = {.action = WCK_SOAP_GET_AUTH_CONFIG,
                     .begin = begin_auth_config,
                     .reply = &reply,
                     .payload = &config,
                     .no_cookie = true};
    wck_status status;

    wck_buf_init(&config.service_url, 512);
    status = wck_session_call(s, &call, fault, err);
    if (status == WCK_OK && !config.found)
        status = wck_fail(err, WCK_E_INPUT, "GetAuthConfig: the server names no authorization service");
    wck_buf_reset(&s->auth_path);
    if (status == WCK_OK)
        status = wck_http_resolve(s->http, wck_buf_text(&config.service_url), &s->auth_path, err);
    wck_buf_clear(&config.service_url);
    return status;
}

/* ---- GetAuthorizationCookie ---- */

static const char *const authorization_names[] = {"PlugInId", "CookieData", NULL};

typedef struct cookie_parts { /* of either cookie: two texts, echoed byte for byte */
    wck_secret part[2];
    const wck_collect_identity *identity; /* for the request */
} cookie_parts;

static wck_status begin_parts(void *payload, wck_error *err)
{
    cookie_parts *c = payload;

    (void)err;
    wck_secret_clear(&c->part[0]);
    wck_secret_clear(&c->part[1]);
    return WCK_OK;
}

static wck_status close_parts(void *payload, const int *path, size_t depth, const char *text, size_t len,
                              wck_error *err)
{
    cookie_parts *c = payload;

    if (depth != 1 || path[0] == 0 || path[0] > 2)
        return WCK_OK;
    if (len > WCK_MAX_COOKIE_BYTES)
        return wck_fail(err, WCK_E_LIMIT, "a cookie is longer than %u bytes", WCK_MAX_COOKIE_BYTES);
    return wck_secret_set(&c->part[path[0] - 1], text, len) ? WCK_OK : wck_fail_memory(err, "reading a cookie");
}

/* accountName is where Microsoft's client puts the GUID, and the other way round; servers take both (protocol.md 3). */
static void build_authorization(wck_buf *out, void *payload)
{
    const cookie_parts *c = payload;
    char guid[WCK_GUID_TEXT];

    wck_buf_puts(out, "<accountName>");
    wck_quote_xml(out, c->identity->account_name);
    wck_buf_printf(out, "</accountName><accountGuid>%s</accountGuid>",
                   wck_guid_format(guid, c->identity->account_guid));
}

static wck_status read_authorization(wck_session *s, wck_soap_fault *fault, wck_error *err)
{
    static const wck_soap_reply_ops reply = {
        .names = authorization_names, .close = close_parts, .max_text = WCK_MAX_COOKIE_BYTES + 1};
    cookie_parts parts = {.identity = s->options->identity};
    wck_call call = {.action = WCK_SOAP_GET_AUTHORIZATION_COOKIE,
                     .build = build_authorization,
                     .begin = begin_parts,
                     .reply = &reply,
                     .payload = &parts,
                     .no_cookie = true};
    wck_status status = wck_session_call(s, &call, fault, err);

    if (status == WCK_OK && !wck_secret_is_set(&parts.part[1]))
        status = wck_fail(err, WCK_E_INPUT, "GetAuthorizationCookie: the reply holds no cookie");
    wck_secret_clear(&s->plug_in);
    wck_secret_clear(&s->authorization);
    s->plug_in = parts.part[0]; /* handed over */
    s->authorization = parts.part[1];
    return status;
}

/* ---- GetCookie ---- */

static const char *const cookie_names[] = {"Expiration", "EncryptedData", NULL};

typedef struct access_request {
    cookie_parts parts; /* first: close_parts takes it */
    const wck_session *session;
    const char *version;
} access_request;

static void build_access(wck_buf *out, void *payload)
{
    const access_request *r = payload;

    wck_buf_puts(out, "<authCookies><AuthorizationCookie><PlugInId>");
    wck_quote_xml(out, wck_secret_reveal(&r->session->plug_in));
    wck_buf_puts(out, "</PlugInId><CookieData>");
    wck_quote_xml(out, wck_secret_reveal(&r->session->authorization));
    wck_buf_puts(out, "</CookieData></AuthorizationCookie></authCookies><protocolVersion>");
    wck_quote_xml(out, r->version);
    wck_buf_puts(out, "</protocolVersion>");
}

static void adopt_access(wck_session *s, access_request *request)
{
    const char *text;

    wck_secret_clear(&s->expiration);
    wck_secret_clear(&s->access);
    s->expiration = request->parts.part[0];
    s->access = request->parts.part[1];
    request->parts.part[0] = request->parts.part[1] = (wck_secret){0};
    text = wck_secret_reveal(&s->expiration);
    s->born = wck_time_now() + s->skew;
    if (!wck_time_parse(&s->expires, text))
        s->expires = WCK_TIME_NONE; /* opaque then: the server will tell when it is over */
    if (request->version != s->protocol)
        snprintf(s->protocol, sizeof s->protocol, "%s", request->version);
}

static wck_status read_access(wck_session *s, const char *version, wck_soap_fault *fault, wck_error *err)
{
    static const wck_soap_reply_ops reply = {
        .names = cookie_names, .close = close_parts, .max_text = WCK_MAX_COOKIE_BYTES + 1};
    access_request request = {.session = s, .version = version};
    wck_call call = {.action = WCK_SOAP_GET_COOKIE,
                     .build = build_access,
                     .begin = begin_parts,
                     .reply = &reply,
                     .payload = &request,
                     .no_cookie = true};
    wck_status status = wck_session_call(s, &call, fault, err);

    if (status == WCK_OK && !wck_secret_is_set(&request.parts.part[1]))
        status = wck_fail(err, WCK_E_INPUT, "GetCookie: the reply holds no cookie");
    if (status == WCK_OK)
        adopt_access(s, &request);
    wck_secret_clear(&request.parts.part[0]);
    wck_secret_clear(&request.parts.part[1]);
    return status;
}

/* An update carries the version it needs, and a server that is asked with a lower one silently leaves such updates
 * out (protocol.md 4): so the highest one first. */
static wck_status negotiate(wck_session *s, wck_soap_fault *fault, wck_error *err)
{
    wck_status status;

    if (s->options->as_protocol != NULL)
        return read_access(s, s->options->as_protocol, fault, err);
    if (s->protocol[0] != '\0') /* agreed already; this is a renewal */
        return read_access(s, s->protocol, fault, err);
    status = read_access(s, known_versions[0], fault, err);
    for (size_t i = 1;
         i < KNOWN_VERSIONS && status == WCK_E_SOAP && fault->code == WCK_FAULT_INCOMPATIBLE_PROTOCOL_VERSION; i++) {
        s->fell_back = true;
        status = read_access(s, known_versions[i], fault, err);
    }
    return status;
}

static wck_status login_once(wck_session *s, wck_soap_fault *fault, wck_error *err)
{
    wck_status status = read_auth_config(s, fault, err);

    if (status == WCK_OK)
        status = read_authorization(s, fault, err);
    if (status == WCK_OK)
        status = negotiate(s, fault, err);
    return status;
}

wck_status wck_session_login(wck_session *s, wck_soap_fault *fault, wck_error *err)
{
    wck_soap_fault own;
    wck_soap_fault *f = fault != NULL ? fault : &own;
    wck_status status = login_once(s, f, err);

    while (status == WCK_E_SOAP && s->restarts < MAX_RESTARTS &&
           (f->code == WCK_FAULT_INVALID_COOKIE || f->code == WCK_FAULT_INVALID_AUTHORIZATION_COOKIE ||
            f->code == WCK_FAULT_COOKIE_EXPIRED)) {
        s->restarts++;
        status = login_once(s, f, err);
    }
    return status;
}

wck_status wck_session_speak(wck_session *s, const char *version, wck_error *err)
{
    wck_soap_fault fault;

    if (strlen(version) >= WCK_PROTOCOL_TEXT)
        return wck_fail(err, WCK_E_LIMIT, "the server's protocol version is longer than %d characters",
                        WCK_PROTOCOL_TEXT - 1);
    return read_access(s, version, &fault, err);
}
