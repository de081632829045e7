/* SPDX-License-Identifier: MIT
 * http_words.c: what went wrong with a call, in words, with the remedy. */
#include "collect/http_private.h"

#include "base/quote.h"

#include <string.h>
#include <strings.h>

enum { MAX_WORD = 30 };

static bool type_is(const char *content_type, const char *want)
{
    size_t len = strlen(want);
    char next = content_type[0] == '\0' ? '\0' : content_type[strnlen(content_type, len)];

    return strncasecmp(content_type, want, len) == 0 && (next == '\0' || next == ';' || next == ' ');
}

void wck_http_classify(wck_exchange *x)
{
    bool soap_status;

    curl_easy_getinfo(x->http->curl, CURLINFO_RESPONSE_CODE, &x->response->status);
    soap_status = x->response->status == 200 || x->response->status == 400 || x->response->status == 500;
    x->is_xml = soap_status &&
                (type_is(x->content_type, "text/xml") || type_is(x->content_type, "application/soap+xml"));
}

/* The visible text of a page, without its tags. A page is quoted and nothing else: SOAP under a wrong content type
 * would hold cookies. Words as long as credentials are left out all the same. */
static void page_text(char *out, size_t size, const wck_exchange *x)
{
    char plain[256];
    size_t n = 0, word = 0;
    bool tag = false, page = x->snippet_len > 0 && strncasecmp(x->content_type, "text/html", 9) == 0;

    for (const char *p = x->snippet; page && *p != '\0' && n + 1 < sizeof plain; p++) {
        bool blank = *p == ' ' || *p == '\t' || *p == '\r' || *p == '\n' || *p == '<' || *p == '>';
        if (*p == '<' || *p == '>')
            tag = *p == '<';
        else if (tag)
            continue;
        if (!blank) {
            plain[n++] = *p;
            word++;
            continue;
        }
        if (word > MAX_WORD)
            n -= word;
        if (n > 0 && plain[n - 1] != ' ')
            plain[n++] = ' ';
        word = 0;
    }
    if (word > MAX_WORD)
        n -= word;
    while (n > 0 && plain[n - 1] == ' ')
        n--;
    plain[n] = '\0';
    wck_quote_short(out, size, plain, 80);
}

static bool offers(const wck_exchange *x, const char *method)
{
    return strstr(x->challenge, method) != NULL;
}

static const char *allowed_by(const wck_exchange *x)
{
    return x->request->admin ? "with an account in WSUS Reporters or WSUS Administrators of that server"
                             : "with an account that its ServerSyncWebService allows";
}

/* What was tried decides what to do. */
static wck_status wants_login(const wck_exchange *x, wck_error *err)
{
    const char *kind = wck_http_auth_kind(x->http->options), *origin = x->http->origin;
    char challenge[200];

    wck_quote_short(challenge, sizeof challenge, x->challenge[0] != '\0' ? x->challenge : "not said", 60);
    if (strcmp(kind, "none") == 0)
        wck_fail(err, WCK_E_HTTP, "\"%s\" wants a login (HTTP 401, methods: %s)", origin, challenge);
    else
        wck_fail(err, WCK_E_HTTP, "\"%s\" did not accept the login by %s (HTTP 401, methods: %s)", origin, kind, challenge);
    if (offers(x, "Basic") && !offers(x, "N") && strcmp(kind, "basic") != 0)
        return wck_fail_hint(err, "It offers nothing but Basic, which sends the password in cleartext: switch Windows "
                                  "authentication on in IIS, or use https and \"basic\".");
    if (x->http->gss_text[0] != '\0' && strcmp(kind, "negotiate") == 0)
        return wck_http_kerberos(x, err);
    if (strcmp(kind, "none") == 0)
        return wck_fail_hint(err, "Set \"auth\" of that server to negotiate or ntlm, %s.", allowed_by(x));
    if (strcmp(kind, "negotiate") == 0)
        return wck_fail_hint(err, "Get a ticket with kinit and name the server by its full name, or use ntlm, %s.",
                             allowed_by(x));
    return wck_fail_hint(err, "Check user (DOMAIN\\user) and password, %s.", allowed_by(x));
}

static wck_status refused_access(const wck_exchange *x, wck_error *err)
{
    if (x->request->admin) {
        wck_fail(err, WCK_E_HTTP, "\"%s\" lets this account not use the administration service (HTTP 403)",
                 x->http->origin);
        return wck_fail_hint(err, "Add the account to WSUS Reporters (reads only) or WSUS Administrators on that server; "
                                  "\"require SSL\" and IP restrictions in IIS give 403 too.");
    }
    wck_fail(err, WCK_E_HTTP, "\"%s\" refused access (HTTP 403)", x->http->origin);
    return wck_fail_hint(err, "Look at <authorization>, IP restrictions and \"require SSL\" of the site in IIS.");
}

static wck_status refused_status(const wck_exchange *x, wck_error *err)
{
    char challenge[200], shown[300];
    long status = x->response->status;
    const char *origin = x->http->origin;

    wck_quote_short(challenge, sizeof challenge, x->challenge[0] != '\0' ? x->challenge : "not said", 60);
    if (status == 401)
        return wants_login(x, err);
    if (status == 403)
        return refused_access(x, err);
    if (status == 404) {
        wck_fail(err, WCK_E_HTTP, "\"%s\" serves nothing at %s (HTTP 404)", origin, x->request->path);
        return wck_fail_hint(err, "Is the port that of WSUS (8530, 8531, rarely 80, 443)?");
    }
    if (status == 407)
        return wck_http_proxy_login(x, err);
    if (status == 503) {
        wck_fail(err, WCK_E_HTTP, "the service at \"%s\" is not available (HTTP 503)", origin);
        return wck_fail_hint(err, "The application pool WsusPool may have stopped; see the event log of that server.");
    }
    if (status >= 300 && status < 400) {
        wck_fail(err, WCK_E_HTTP, "\"%s\" redirects to \"%s\" (HTTP %ld), which is never followed", origin,
                 wck_quote_short(shown, sizeof shown, x->location, 120), status);
        return wck_fail_hint(err, "A WSUS server never redirects: is it the right address, scheme and port?");
    }
    page_text(shown, sizeof shown, x);
    wck_fail(err, WCK_E_HTTP, "\"%s\" answered with HTTP %ld and no SOAP message", origin, status);
    return shown[0] != '\0' ? wck_fail_detail(err, "It says: \"%s\".", shown) : WCK_E_HTTP;
}

static wck_status not_soap(const wck_exchange *x, wck_error *err)
{
    char type[100], text[300];

    wck_quote_short(type, sizeof type, x->content_type[0] != '\0' ? x->content_type : "none", 60);
    page_text(text, sizeof text, x);
    wck_fail(err, WCK_E_HTTP, "\"%s\" answered with content type \"%s\" instead of SOAP", x->http->origin, type);
    if (text[0] != '\0')
        wck_fail_detail(err, "It says: \"%s\".", text);
    return wck_fail_hint(err, "A proxy, a captive portal or another web site may be answering in its place.");
}

static bool may_pass(CURLcode rc)
{
    switch (rc) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_SSL_CONNECT_ERROR:
        return true;
    default:
        return false;
    }
}

static wck_status transfer_failed(wck_exchange *x, CURLcode rc, wck_error *err)
{
    if (x->canceled)
        return wck_fail(err, WCK_E_CANCELED, "interrupted");
    if (x->err.status != WCK_OK) {
        if (err != NULL)
            *err = x->err;
        return x->err.status;
    }
    if (rc == CURLE_OUT_OF_MEMORY)
        return wck_fail_memory(err, "talking to a server");
    x->response->retry = may_pass(rc);
    return wck_http_no_answer(x, rc, err);
}

wck_status wck_http_judge(wck_exchange *x, CURLcode rc, wck_error *err)
{
    char shown[80];

    curl_easy_getinfo(x->http->curl, CURLINFO_RESPONSE_CODE, &x->response->status);
    if (x->encoding[0] != '\0' && !x->canceled)
        return wck_fail(err, WCK_E_HTTP, "\"%s\" answered in the encoding \"%s\" that was not asked for",
                        x->http->origin, wck_quote_short(shown, sizeof shown, x->encoding, 40));
    if (rc != CURLE_OK)
        return transfer_failed(x, rc, err);
    if (x->bytes == 0)
        wck_http_classify(x);
    if (x->is_xml && x->bytes > 0)
        return WCK_OK;
    x->response->retry = x->response->status == 502 || x->response->status == 503 || x->response->status == 504;
    if (x->response->status == 200 && x->is_xml) {
        x->response->retry = true;
        return wck_fail(err, WCK_E_HTTP, "\"%s\" answered with nothing", x->http->origin);
    }
    return x->response->status == 200 ? not_soap(x, err) : refused_status(x, err);
}

