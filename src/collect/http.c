/* SPDX-License-Identifier: MIT
 * http.c: what one POST does, from the option set of reliability.md 9 to a sentence about what went wrong.
 *
 * The body is given to the caller only when status and content type say that it is SOAP; of anything else (pages of
 * IIS, proxies, captive portals) the first bytes are kept for the message. libcurl's own size limit does not hold for
 * replies without a length, so bytes are counted in the write callback. */
#include "collect/http_private.h"

#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_HEADER_BYTES = 256 << 10, CONNECT_SECONDS = 10, LOW_SPEED_BYTES = 100, LOW_SPEED_SECONDS = 60 };

wck_status wck_http_init(wck_error *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return wck_fail(err, WCK_E_MEMORY, "could not set up libcurl");
    return WCK_OK;
}

void wck_http_cleanup(void)
{
    curl_global_cleanup();
}

/* ---- the session ---- */

#define SET(option, value) WCK_CURL_SET(curl, rc, option, value)

static CURLcode set_manners(CURL *curl, const wck_collect_options *o)
{
    CURLcode rc = wck_net_manners(curl, o->ca_file, o->crl_file);

    SET(CURLOPT_COOKIEFILE, ""); /* a jar in memory, for load balancers */
    SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    SET(CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES);
    SET(CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_SECONDS);
    SET(CURLOPT_TIMEOUT, (long)(o->timeout_s == 0 ? 900 : o->timeout_s));
    return rc;
}

const char *wck_http_auth_kind(const wck_collect_options *o)
{
    return o->auth_kind != NULL ? o->auth_kind : "none";
}

static wck_status check_auth(const wck_http *http, wck_error *err)
{
    const char *kind = wck_http_auth_kind(http->options);

    if (wck_net_auth_method(kind) < 0) {
        wck_fail(err, WCK_E_INPUT, "could not set up the connection: the login method is of no kind that is allowed");
        return wck_fail_hint(err, "\"none\", \"negotiate\", \"ntlm\" and, over https, \"basic\" are.");
    }
    if (strcmp(kind, "basic") == 0 && strcmp(http->scheme, "https") != 0) {
        wck_fail(err, WCK_E_INPUT, "could not set up the connection: basic authentication would send the password in "
                                   "cleartext");
        return wck_fail_hint(err, "Use the https address of that server (8531), or negotiate or ntlm.");
    }
    return WCK_OK;
}

/* libcurl tells why GSS-API refused only here. Of all it says these lines alone are kept; none holds a secret. */
static int on_talk(CURL *curl, curl_infotype type, char *text, size_t len, void *payload)
{
    wck_http *http = payload;

    (void)curl;
    if (type != CURLINFO_TEXT || len < 4 || memcmp(text, "gss_", 4) != 0)
        return 0;
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    if (len >= sizeof http->gss_text)
        len = sizeof http->gss_text - 1;
    memcpy(http->gss_text, text, len);
    http->gss_text[len] = '\0';
    return 0;
}

static CURLcode set_talk(CURL *curl, wck_http *http)
{
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->curl_text);

    SET(CURLOPT_DEBUGFUNCTION, on_talk);
    SET(CURLOPT_DEBUGDATA, http);
    SET(CURLOPT_VERBOSE, 1L);
    return rc;
}
#undef SET

static wck_status set_up(wck_http *http, wck_error *err)
{
    const wck_collect_options *o = http->options;
    wck_status status = check_auth(http, err);
    CURLcode rc;

    if (status != WCK_OK)
        return status;
    http->curl = curl_easy_init();
    if (http->curl == NULL)
        return wck_fail_memory(err, "opening a connection");
    rc = set_manners(http->curl, o);
    if (rc == CURLE_OK)
        rc = wck_net_proxy(http->curl, o->proxy_url, o->proxy_user, o->proxy_password, o->proxy_basic);
    if (rc == CURLE_OK)
        rc = wck_net_login(http->curl, wck_http_auth_kind(o), o->user, o->password);
    if (rc == CURLE_OK)
        rc = set_talk(http->curl, http);
    if (rc == CURLE_OUT_OF_MEMORY)
        return wck_fail_memory(err, "opening a connection");
    if (rc != CURLE_OK)
        return wck_fail(err, WCK_E_INPUT, "could not set up the connection: %s", curl_easy_strerror(rc));
    return WCK_OK;
}

wck_status wck_http_open(wck_http **out, const char *url, const wck_collect_options *options, wck_error *err)
{
    wck_http *http = calloc(1, sizeof *http);
    wck_status status;

    *out = NULL;
    if (http == NULL)
        return wck_fail_memory(err, "opening a connection");
    http->options = options;
    status = wck_http_split_url(http, url, err);
    if (status == WCK_OK)
        status = set_up(http, err);
    if (status != WCK_OK) {
        wck_http_close(http);
        return status;
    }
    *out = http;
    return WCK_OK;
}

void wck_http_close(wck_http *http)
{
    if (http == NULL)
        return;
    curl_easy_cleanup(http->curl);
    free(http->scheme);
    free(http->host);
    free(http->port);
    free(http->origin);
    free(http);
}

const char *wck_http_origin(const wck_http *http)
{
    return http->origin;
}

const char *wck_http_host(const wck_http *http)
{
    return http->host;
}

/* ---- callbacks of one transfer ---- */

static void begin_response(wck_exchange *x)
{
    x->content_type[0] = x->encoding[0] = x->location[0] = x->challenge[0] = '\0';
    x->snippet_len = 0;
    x->is_xml = false;
}

static void take_date(wck_exchange *x, const char *value, size_t len)
{
    if (wck_net_date(&x->response->date, value, len))
        x->response->received = wck_time_now();
}

static size_t on_header(char *line, size_t size, size_t n, void *payload)
{
    wck_exchange *x = payload;
    size_t len = size * n, value_len;
    const char *value;

    x->header_bytes += len;
    if (x->header_bytes > MAX_HEADER_BYTES) {
        wck_fail(&x->err, WCK_E_LIMIT, "the headers of the reply exceed %d bytes", MAX_HEADER_BYTES);
        return 0;
    }
    if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
        begin_response(x); /* logins take several responses; the last one counts */
    else if (wck_net_header(line, len, "Date", &value, &value_len))
        take_date(x, value, value_len);
    else if (wck_net_header(line, len, "Content-Type", &value, &value_len))
        wck_net_keep(x->content_type, sizeof x->content_type, value, value_len);
    else if (wck_net_header(line, len, "Content-Encoding", &value, &value_len) && strncasecmp(value, "identity", 8) != 0)
        wck_net_keep(x->encoding, sizeof x->encoding, value, value_len);
    else if (wck_net_header(line, len, "Transfer-Encoding", &value, &value_len) && strncasecmp(value, "chunked", 7) != 0 &&
             strncasecmp(value, "identity", 8) != 0)
        wck_net_keep(x->encoding, sizeof x->encoding, value, value_len);
    else if (wck_net_header(line, len, "Location", &value, &value_len))
        wck_net_keep(x->location, sizeof x->location, value, value_len);
    else if (wck_net_header(line, len, "WWW-Authenticate", &value, &value_len) ||
             wck_net_header(line, len, "Proxy-Authenticate", &value, &value_len))
        wck_net_add_methods(x->challenge, sizeof x->challenge, value, value_len);
    return len;
}

static void keep_snippet(wck_exchange *x, const char *data, size_t len)
{
    size_t room = sizeof x->snippet - 1 - x->snippet_len;

    memcpy(x->snippet + x->snippet_len, data, len < room ? len : room);
    x->snippet_len += len < room ? len : room;
    x->snippet[x->snippet_len] = '\0';
}

static size_t on_body(char *data, size_t size, size_t n, void *payload)
{
    wck_exchange *x = payload;
    size_t len = size * n;

    if (x->bytes == 0 || !x->is_xml)
        wck_http_classify(x);
    if (x->encoding[0] != '\0')
        return len == 0 ? 1 : 0; /* told below; nothing of it is looked at */
    if (len > x->request->max_bytes - x->bytes) {
        wck_fail(&x->err, WCK_E_LIMIT, "the reply exceeds %zu bytes", x->request->max_bytes);
        return len == 0 ? 1 : 0;
    }
    if (x->is_xml) {
        x->bytes += len;
        if (x->fn(data, len, x->payload, &x->err) != WCK_OK)
            return len == 0 ? 1 : 0;
    } else {
        keep_snippet(x, data, len);
        x->bytes += len;
    }
    return len;
}

static int on_progress(void *payload, curl_off_t to, curl_off_t have, curl_off_t up_to, curl_off_t up_have)
{
    wck_exchange *x = payload;

    (void)to;
    (void)have;
    (void)up_to;
    (void)up_have;
    x->canceled = x->http->options->canceled != NULL && *x->http->options->canceled != 0;
    return x->canceled;
}

/* ---- the call ---- */

static struct curl_slist *add_header(struct curl_slist *list, bool *failed, const char *text)
{
    struct curl_slist *longer = *failed ? NULL : curl_slist_append(list, text);

    *failed = *failed || longer == NULL;
    return longer != NULL ? longer : list;
}

static struct curl_slist *make_headers(const wck_http_request *request, bool *failed)
{
    struct curl_slist *list = NULL;
    char action[200];

    snprintf(action, sizeof action, "SOAPAction: \"%s\"", request->soap_action);
    list = add_header(list, failed, "Content-Type: text/xml; charset=utf-8");
    list = add_header(list, failed, action);
    return add_header(list, failed, "Expect:"); /* IIS would be asked first, NTLM would answer twice */
}

static CURLcode perform(wck_http *http, wck_exchange *x, const char *url, struct curl_slist *headers)
{
    CURL *curl = http->curl;
    const struct {
        CURLoption option;
        const void *value;
    } pointers[] = {{CURLOPT_URL, url},          {CURLOPT_HTTPHEADER, headers}, {CURLOPT_POSTFIELDS, x->request->body},
                    {CURLOPT_WRITEDATA, x},      {CURLOPT_HEADERDATA, x},       {CURLOPT_XFERINFODATA, x}};
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);

    for (size_t i = 0; rc == CURLE_OK && i < sizeof pointers / sizeof *pointers; i++)
        rc = curl_easy_setopt(curl, pointers[i].option, pointers[i].value);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->request->len);
    http->curl_text[0] = http->gss_text[0] = '\0';
    if (rc == CURLE_OK)
        rc = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL); /* the caller frees what these two point to */
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
    return rc;
}

wck_status wck_http_post(wck_http *http, const wck_http_request *request, wck_http_body_fn *fn, void *payload,
                         wck_http_response *response, wck_error *err)
{
    wck_exchange x = {.http = http, .request = request, .fn = fn, .payload = payload, .response = response};
    struct curl_slist *headers;
    bool failed = false;
    wck_status status;
    wck_buf url;

    *response = (wck_http_response){.date = WCK_TIME_NONE, .received = WCK_TIME_NONE};
    wck_buf_init(&url, 4096);
    wck_buf_puts(&url, http->origin);
    wck_buf_puts(&url, request->path);
    headers = make_headers(request, &failed);
    if (failed || url.failed)
        status = wck_fail_memory(err, "talking to a server");
    else
        status = wck_http_judge(&x, perform(http, &x, url.data, headers), err);
    curl_slist_free_all(headers);
    wck_buf_clear(&url);
    return status;
}
