/* SPDX-License-Identifier: MIT
 * http.c: what one POST does, from the option set of reliability.md 9 to a sentence about what went wrong.
 *
 * The body is given to the caller only when status and content type say that it is SOAP; of anything else (pages of
 * IIS, proxies, captive portals) the first bytes are kept for the message. libcurl's own size limit does not hold for
 * replies without a length, so bytes are counted in the write callback. */
#include "collect/http.h"

#include "base/limits.h"
#include "base/quote.h"
#include "wck/version.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_HEADER_BYTES = 256 << 10, SNIPPET = 2048, CONNECT_SECONDS = 10, LOW_SPEED_BYTES = 100, LOW_SPEED_SECONDS = 60 };

struct wck_http {
    CURL *curl;
    const wck_collect_options *options;
    char *scheme, *host, *port, *origin;
    char curl_text[CURL_ERROR_SIZE];
};

/* One call under way. */
typedef struct exchange {
    const wck_http *http;
    const wck_http_request *request;
    wck_http_body_fn *fn;
    void *payload;
    wck_http_response *response;
    size_t header_bytes, bytes;
    bool is_xml, canceled;
    char content_type[96], encoding[64], location[256], challenge[128];
    char snippet[SNIPPET];
    size_t snippet_len;
    wck_error err; /* err.status: why we stopped the transfer ourselves */
} exchange;

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

static wck_status bad_url(wck_error *err, const char *why)
{
    wck_fail(err, WCK_E_INPUT, "could not use the URL of the server: %s", why);
    return wck_fail_hint(err, "It reads http://host:8530 or https://host:8531.");
}

static char *url_part(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL, *copy = NULL;

    if (curl_url_get(url, part, &text, flags) == CURLUE_OK && text != NULL)
        copy = strdup(text);
    curl_free(text);
    return copy;
}

static wck_status check_url_parts(CURLU *url, wck_error *err)
{
    static const CURLUPart forbidden[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT};
    char *path;
    bool has_path;

    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        char *text = url_part(url, forbidden[i], 0);
        bool has = text != NULL;
        free(text);
        if (has && i < 2) {
            wck_fail(err, WCK_E_INPUT, "could not use the URL of the server: it holds a user name");
            return wck_fail_hint(err, "Credentials belong into \"auth\" of the configuration, never into a URL.");
        }
        if (has)
            return bad_url(err, "it holds a query or a fragment");
    }
    path = url_part(url, CURLUPART_PATH, 0);
    has_path = path != NULL && strcmp(path, "") != 0 && strcmp(path, "/") != 0;
    free(path);
    return has_path ? bad_url(err, "it holds a path") : WCK_OK;
}

static wck_status split_url(wck_http *http, const char *text, wck_error *err)
{
    CURLU *url = curl_url();
    wck_status status;
    size_t size;

    if (url == NULL)
        return wck_fail_memory(err, "opening a connection");
    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
        status = bad_url(err, "it is not one");
    else
        status = check_url_parts(url, err);
    if (status == WCK_OK) {
        http->scheme = url_part(url, CURLUPART_SCHEME, 0);
        http->host = url_part(url, CURLUPART_HOST, 0);
        http->port = url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
        if (http->scheme == NULL || http->host == NULL || http->port == NULL)
            status = bad_url(err, "it has no host");
        else if (strcmp(http->scheme, "http") != 0 && strcmp(http->scheme, "https") != 0)
            status = bad_url(err, "it is neither http nor https");
    }
    curl_url_cleanup(url);
    if (status != WCK_OK)
        return status;
    size = strlen(http->scheme) + strlen(http->host) + strlen(http->port) + 5;
    http->origin = malloc(size);
    if (http->origin == NULL)
        return wck_fail_memory(err, "opening a connection");
    snprintf(http->origin, size, "%s://%s:%s", http->scheme, http->host, http->port);
    return WCK_OK;
}

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
    SET(CURLOPT_MAXREDIRS, 0L);
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
    return rc;
}

/* An inherited http_proxy would silently change which server is measured (protocol.md 8): explicit or none. A login
 * at the proxy is Negotiate, or NTLM where a user is named; never Basic, which is cleartext. */
static CURLcode set_proxy(CURL *curl, const wck_collect_options *o)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_PROXY, o->proxy_url != NULL ? o->proxy_url : "");
    SET(CURLOPT_NOPROXY, "");
    if (o->proxy_url == NULL || o->proxy_user == NULL) {
        SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_NONE);
        return rc;
    }
    SET(CURLOPT_PROXYAUTH, (long)(o->proxy_user[0] == '\0' ? CURLAUTH_NEGOTIATE : CURLAUTH_NTLM));
    SET(CURLOPT_PROXYUSERNAME, o->proxy_user);
    if (o->proxy_password != NULL)
        SET(CURLOPT_PROXYPASSWORD, wck_secret_reveal(o->proxy_password));
    return rc;
}

/* Exactly one method: with ANYAUTH libcurl would send a password in Base64 to whoever offers Basic (protocol.md 8). */
static CURLcode set_auth(CURL *curl, const wck_collect_options *o, bool *known)
{
    CURLcode rc = CURLE_OK;
    const char *kind = o->auth_kind != NULL ? o->auth_kind : "none";

    *known = true;
    if (strcmp(kind, "none") == 0) {
        SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_NONE);
        return rc;
    }
    if (strcmp(kind, "negotiate") == 0)
        SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_NEGOTIATE);
    else if (strcmp(kind, "ntlm") == 0)
        SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_NTLM);
    else {
        *known = false;
        return rc;
    }
    SET(CURLOPT_USERNAME, o->user != NULL ? o->user : ""); /* "": Kerberos takes the ticket of the caller */
    SET(CURLOPT_PASSWORD, o->password != NULL ? wck_secret_reveal(o->password) : "");
    return rc;
}
#undef SET

static wck_status set_up(wck_http *http, wck_error *err)
{
    const wck_collect_options *o = http->options;
    bool known = true;
    CURLcode rc;

    http->curl = curl_easy_init();
    if (http->curl == NULL)
        return wck_fail_memory(err, "opening a connection");
    rc = set_manners(http->curl, o);
    if (rc == CURLE_OK)
        rc = set_proxy(http->curl, o);
    if (rc == CURLE_OK)
        rc = set_auth(http->curl, o, &known);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(http->curl, CURLOPT_ERRORBUFFER, http->curl_text);
    if (rc == CURLE_OUT_OF_MEMORY)
        return wck_fail_memory(err, "opening a connection");
    if (rc != CURLE_OK)
        return wck_fail(err, WCK_E_INPUT, "could not set up the connection: %s", curl_easy_strerror(rc));
    if (!known) {
        wck_fail(err, WCK_E_INPUT, "could not set up the connection: the login method is of no kind that is allowed");
        return wck_fail_hint(err, "\"none\", \"negotiate\" and \"ntlm\" are.");
    }
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
    status = split_url(http, url, err);
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

/* ---- service URLs ---- */

static bool is_clean_path(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f || strchr("?#\\", *p) != NULL)
            return false;
    return strstr(text, "..") == NULL;
}

static bool part_is(CURLU *url, CURLUPart part, const char *want)
{
    char *text = url_part(url, part, CURLU_DEFAULT_PORT);
    bool is = text != NULL && strcasecmp(text, want) == 0;

    free(text);
    return is;
}

static bool is_own_origin(const wck_http *http, const char *service_url)
{
    CURLU *url = curl_url();
    char *user;
    bool own;

    if (url == NULL)
        return false;
    own = curl_url_set(url, CURLUPART_URL, service_url, 0) == CURLUE_OK && part_is(url, CURLUPART_SCHEME, http->scheme) &&
          part_is(url, CURLUPART_HOST, http->host) && part_is(url, CURLUPART_PORT, http->port);
    user = url_part(url, CURLUPART_USER, 0);
    own = own && user == NULL;
    free(user);
    curl_url_cleanup(url);
    return own;
}

wck_status wck_http_resolve(const wck_http *http, const char *service_url, wck_buf *path, wck_error *err)
{
    char shown[120];
    const char *place = service_url, *scheme = strstr(service_url, "://");
    bool refused = !is_clean_path(service_url);

    if (!refused && scheme != NULL) {
        place = strchr(scheme + 3, '/');
        refused = place == NULL || !is_own_origin(http, service_url);
    }
    if (!refused)
        place += strspn(place, "/");
    if (refused || *place == '\0') {
        wck_fail(err, WCK_E_INPUT, "the server names an authorization service that is not its own: \"%s\"",
                 wck_quote_short(shown, sizeof shown, service_url, 80));
        return wck_fail_hint(err, "Only a place on the same server and port is followed.");
    }
    if (!wck_buf_putc(path, '/') || !wck_buf_puts(path, place))
        return wck_fail_memory(err, "reading authorization settings");
    return WCK_OK;
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

static void begin_response(exchange *x)
{
    x->content_type[0] = x->encoding[0] = x->location[0] = x->challenge[0] = '\0';
    x->snippet_len = 0;
    x->is_xml = false;
}

static void take_date(exchange *x, const char *value, size_t len)
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
static void add_challenge(exchange *x, const char *value, size_t len)
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
    exchange *x = payload;
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

static bool type_is(const char *content_type, const char *want)
{
    size_t len = strlen(want);
    char next = content_type[0] == '\0' ? '\0' : content_type[strnlen(content_type, len)];

    return strncasecmp(content_type, want, len) == 0 && (next == '\0' || next == ';' || next == ' ');
}

static void classify(exchange *x)
{
    bool soap_status;

    curl_easy_getinfo(x->http->curl, CURLINFO_RESPONSE_CODE, &x->response->status);
    soap_status = x->response->status == 200 || x->response->status == 400 || x->response->status == 500;
    x->is_xml = soap_status && (type_is(x->content_type, "text/xml") || type_is(x->content_type, "application/soap+xml"));
}

static void keep_snippet(exchange *x, const char *data, size_t len)
{
    size_t room = sizeof x->snippet - 1 - x->snippet_len;

    memcpy(x->snippet + x->snippet_len, data, len < room ? len : room);
    x->snippet_len += len < room ? len : room;
    x->snippet[x->snippet_len] = '\0';
}

static size_t on_body(char *data, size_t size, size_t n, void *payload)
{
    exchange *x = payload;
    size_t len = size * n;

    if (x->bytes == 0 || !x->is_xml)
        classify(x);
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
    exchange *x = payload;

    (void)to;
    (void)have;
    (void)up_to;
    (void)up_have;
    x->canceled = x->http->options->canceled != NULL && *x->http->options->canceled != 0;
    return x->canceled;
}

/* ---- what went wrong, in words ---- */

/* The visible text of a page, without its tags. */
static void page_text(char *out, size_t size, const char *page)
{
    char plain[256];
    size_t n = 0;
    bool tag = false, blank = true;

    for (const char *p = page; *p != '\0' && n + 1 < sizeof plain; p++) {
        bool space = *p == ' ' || *p == '\t' || *p == '\r' || *p == '\n';
        if (*p == '<' || *p == '>') {
            tag = *p == '<';
            space = true;
        }
        if (tag && !space)
            continue;
        if (!space)
            plain[n++] = *p;
        else if (!blank && n + 1 < sizeof plain)
            plain[n++] = ' ';
        blank = space;
    }
    plain[n] = '\0';
    wck_quote_short(out, size, plain, 80);
}

static wck_status refused_status(const exchange *x, wck_error *err)
{
    char challenge[130], shown[300];
    long status = x->response->status;
    const char *origin = x->http->origin;

    wck_quote_short(challenge, sizeof challenge, x->challenge[0] != '\0' ? x->challenge : "not said", 60);
    if (status == 401) {
        wck_fail(err, WCK_E_HTTP, "\"%s\" wants a login (HTTP 401, methods: %s)", origin, challenge);
        return wck_fail_hint(err, "Set \"auth\" of that server to negotiate or ntlm, with an account that its "
                                  "ServerSyncWebService allows.");
    }
    if (status == 403) {
        wck_fail(err, WCK_E_HTTP, "\"%s\" refused access (HTTP 403)", origin);
        return wck_fail_hint(err, "Look at <authorization>, IP restrictions and \"require SSL\" of the site in IIS.");
    }
    if (status == 404) {
        wck_fail(err, WCK_E_HTTP, "\"%s\" serves nothing at %s (HTTP 404)", origin, x->request->path);
        return wck_fail_hint(err, "Is the port that of WSUS (8530, 8531, rarely 80, 443)?");
    }
    if (status == 407) {
        wck_fail(err, WCK_E_HTTP, "the proxy wants a login (HTTP 407, methods: %s)", challenge);
        return wck_fail_hint(err, "Set \"proxy\" of that server, or take the proxy out of the way.");
    }
    if (status == 503) {
        wck_fail(err, WCK_E_HTTP, "the service at \"%s\" is not available (HTTP 503)", origin);
        return wck_fail_hint(err, "The application pool WsusPool may have stopped; see the event log of that server.");
    }
    if (status >= 300 && status < 400) {
        wck_fail(err, WCK_E_HTTP, "\"%s\" redirects to \"%s\" (HTTP %ld), which is never followed", origin,
                 wck_quote_short(shown, sizeof shown, x->location, 120), status);
        return wck_fail_hint(err, "A WSUS server never redirects: is it the right address, scheme and port?");
    }
    page_text(shown, sizeof shown, x->snippet_len > 0 ? x->snippet : "");
    wck_fail(err, WCK_E_HTTP, "\"%s\" answered with HTTP %ld and no SOAP message", origin, status);
    return shown[0] != '\0' ? wck_fail_detail(err, "It says: \"%s\".", shown) : WCK_E_HTTP;
}

static wck_status not_soap(const exchange *x, wck_error *err)
{
    char type[100], text[300];

    wck_quote_short(type, sizeof type, x->content_type[0] != '\0' ? x->content_type : "none", 60);
    page_text(text, sizeof text, x->snippet_len > 0 ? x->snippet : "");
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

static wck_status transfer_failed(exchange *x, CURLcode rc, wck_error *err)
{
    char shown[240];

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
    wck_quote_short(shown, sizeof shown,
                    x->http->curl_text[0] != '\0' ? x->http->curl_text : curl_easy_strerror(rc), 150);
    wck_fail(err, WCK_E_HTTP, "could not get an answer from \"%s\": %s", x->http->origin, shown);
    if (rc == CURLE_PEER_FAILED_VERIFICATION)
        return wck_fail_hint(err, "Name the file of your certification authority in \"ca_file\", and use the name "
                                  "that stands in the certificate.");
    return WCK_E_HTTP;
}

static wck_status judge(exchange *x, CURLcode rc, wck_error *err)
{
    char shown[80];

    curl_easy_getinfo(x->http->curl, CURLINFO_RESPONSE_CODE, &x->response->status);
    if (x->encoding[0] != '\0' && !x->canceled)
        return wck_fail(err, WCK_E_HTTP, "\"%s\" answered in the encoding \"%s\" that was not asked for",
                        x->http->origin, wck_quote_short(shown, sizeof shown, x->encoding, 40));
    if (rc != CURLE_OK)
        return transfer_failed(x, rc, err);
    if (x->bytes == 0)
        classify(x);
    if (x->is_xml && x->bytes > 0)
        return WCK_OK;
    x->response->retry = x->response->status == 502 || x->response->status == 503 || x->response->status == 504;
    if (x->response->status == 200 && x->is_xml) {
        x->response->retry = true;
        return wck_fail(err, WCK_E_HTTP, "\"%s\" answered with nothing", x->http->origin);
    }
    return x->response->status == 200 ? not_soap(x, err) : refused_status(x, err);
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

static CURLcode perform(wck_http *http, exchange *x, const char *url, struct curl_slist *headers)
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
    http->curl_text[0] = '\0';
    if (rc == CURLE_OK)
        rc = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL); /* the caller frees what these two point to */
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
    return rc;
}

wck_status wck_http_post(wck_http *http, const wck_http_request *request, wck_http_body_fn *fn, void *payload,
                         wck_http_response *response, wck_error *err)
{
    exchange x = {.http = http, .request = request, .fn = fn, .payload = payload, .response = response};
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
        status = judge(&x, perform(http, &x, url.data, headers), err);
    curl_slist_free_all(headers);
    wck_buf_clear(&url);
    return status;
}
