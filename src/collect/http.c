/* SPDX-License-Identifier: MIT
 * http.c: what one POST does, from the option set of reliability.md 9 to a sentence about what went wrong.
 *
 * The body is given to the caller only when status and content type say that it is SOAP; of anything else (pages of
 * IIS, proxies, captive portals) the first bytes are kept for the message. libcurl's own size limit does not hold for
 * replies without a length, so bytes are counted in the write callback. */
#include "collect/http_private.h"

#include "wck/version.h"

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

/* The first option that is refused decides; later ones are skipped. */
#define SET(option, value)                                                                                     \
    do {                                                                                                       \
        if (rc == CURLE_OK)                                                                                    \
            rc = curl_easy_setopt(curl, option, value);                                                        \
    } while (0)

static CURLcode set_manners(CURL *curl, const wck_collect_options *o)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https"); /* an empty list is refused; nothing is followed anyway */
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_MAXREDIRS, 10L); /* libcurl counts the rounds of a login, as NTLM has them, as redirects too */
    SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1); /* NTLM is bound to a connection */
    SET(CURLOPT_COOKIEFILE, "");                            /* a jar in memory, for load balancers */
    SET(CURLOPT_USERAGENT, "wsusck/" WCK_VERSION);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    SET(CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES);
    SET(CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_SECONDS);
    SET(CURLOPT_TIMEOUT, (long)(o->timeout_s == 0 ? 900 : o->timeout_s));
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (o->ca_file != NULL)
        SET(CURLOPT_CAINFO, o->ca_file);
    if (o->crl_file != NULL)
        SET(CURLOPT_CRLFILE, o->crl_file);
    return rc;
}

/* An inherited http_proxy would silently change which server is measured (protocol.md 8): explicit or none. A login
 * at the proxy is Negotiate, or NTLM where a user is named; Basic is cleartext and must be allowed. */
static CURLcode set_proxy(CURL *curl, const wck_collect_options *o)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_PROXY, o->proxy_url != NULL ? o->proxy_url : "");
    SET(CURLOPT_NOPROXY, "");
    if (o->proxy_url == NULL || o->proxy_user == NULL) {
        SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_NONE);
        return rc;
    }
    SET(CURLOPT_PROXYAUTH, (long)(o->proxy_basic               ? CURLAUTH_BASIC
                                : o->proxy_user[0] == '\0' ? CURLAUTH_NEGOTIATE
                                                           : CURLAUTH_NTLM));
    SET(CURLOPT_PROXYUSERNAME, o->proxy_user);
    if (o->proxy_password != NULL)
        SET(CURLOPT_PROXYPASSWORD, wck_secret_reveal(o->proxy_password));
    return rc;
}

const char *wck_http_auth_kind(const wck_collect_options *o)
{
    return o->auth_kind != NULL ? o->auth_kind : "none";
}

/* Exactly one method: with ANYAUTH libcurl would send a password in Base64 to whoever offers Basic (protocol.md 8). */
static long auth_method(const char *kind)
{
    static const struct {
        const char *kind;
        unsigned long method;
    } methods[] = {{"none", CURLAUTH_NONE}, {"negotiate", CURLAUTH_NEGOTIATE}, {"ntlm", CURLAUTH_NTLM}, {"basic", CURLAUTH_BASIC}};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].kind, kind) == 0)
            return (long)methods[i].method;
    return -1;
}

static wck_status check_auth(const wck_http *http, wck_error *err)
{
    const char *kind = wck_http_auth_kind(http->options);

    if (auth_method(kind) < 0) {
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

static CURLcode set_auth(CURL *curl, const wck_collect_options *o)
{
    CURLcode rc = CURLE_OK;
    long method = auth_method(wck_http_auth_kind(o));

    SET(CURLOPT_HTTPAUTH, method);
    if (method == (long)CURLAUTH_NONE)
        return rc;
    SET(CURLOPT_USERNAME, o->user != NULL ? o->user : ""); /* "": Kerberos takes the ticket of the caller */
    SET(CURLOPT_PASSWORD, o->password != NULL ? wck_secret_reveal(o->password) : "");
    return rc;
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
        rc = set_proxy(http->curl, o);
    if (rc == CURLE_OK)
        rc = set_auth(http->curl, o);
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

static bool header_is(const char *line, size_t len, const char *name, const char **value, size_t *value_len)
{
    size_t n = strlen(name);

    if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
        return false;
    for (n++; n < len && (line[n] == ' ' || line[n] == '\t'); n++)
        ;
    while (len > n && (line[len - 1] == '\r' || line[len - 1] == '\n' || line[len - 1] == ' '))
        len--;
    *value = line + n;
    *value_len = len - n;
    return true;
}

static void keep(char *out, size_t size, const char *value, size_t len)
{
    if (len >= size)
        len = size - 1;
    memcpy(out, value, len);
    out[len] = '\0';
}

static void begin_response(wck_exchange *x)
{
    x->content_type[0] = x->encoding[0] = x->location[0] = x->challenge[0] = '\0';
    x->snippet_len = 0;
    x->is_xml = false;
}

static void take_date(wck_exchange *x, const char *value, size_t len)
{
    char text[64];
    wck_time date;

    keep(text, sizeof text, value, len);
    if (wck_time_parse_http(&date, text)) {
        x->response->date = date;
        x->response->received = wck_time_now();
    }
}

/* "Negotiate, NTLM": the words only, never the tokens behind them. */
static void add_challenge(wck_exchange *x, const char *value, size_t len)
{
    size_t have = strlen(x->challenge), word = 0;

    while (word < len && value[word] != ' ' && value[word] != ',')
        word++;
    if (word == 0 || have + word + 3 > sizeof x->challenge)
        return;
    if (have > 0) {
        memcpy(x->challenge + have, ", ", 2);
        have += 2;
    }
    keep(x->challenge + have, sizeof x->challenge - have, value, word);
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
    else if (header_is(line, len, "Date", &value, &value_len))
        take_date(x, value, value_len);
    else if (header_is(line, len, "Content-Type", &value, &value_len))
        keep(x->content_type, sizeof x->content_type, value, value_len);
    else if (header_is(line, len, "Content-Encoding", &value, &value_len) && strncasecmp(value, "identity", 8) != 0)
        keep(x->encoding, sizeof x->encoding, value, value_len);
    else if (header_is(line, len, "Transfer-Encoding", &value, &value_len) && strncasecmp(value, "chunked", 7) != 0 &&
             strncasecmp(value, "identity", 8) != 0)
        keep(x->encoding, sizeof x->encoding, value, value_len);
    else if (header_is(line, len, "Location", &value, &value_len))
        keep(x->location, sizeof x->location, value, value_len);
    else if (header_is(line, len, "WWW-Authenticate", &value, &value_len) ||
             header_is(line, len, "Proxy-Authenticate", &value, &value_len))
        add_challenge(x, value, value_len);
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
