/* SPDX-License-Identifier: MIT
 * web.c: the web services, as a browser would ask them: GET and HEAD, nothing followed, nothing but the
 * status, the Date header and the offered login methods looked at. */
#include "probe/web.h"

#include "base/quote.h"
#include "wck/version.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static size_t swallow(char *data, size_t size, size_t n, void *payload)
{
    size_t *bytes = payload;

    (void)data;
    *bytes += size * n;
    return *bytes > (1U << 20) ? 0 : size * n; /* the page of a service is some kilobytes */
}

static bool value_of(const char *line, size_t len, const char *name, char *out, size_t size)
{
    size_t n = strlen(name), have;

    if (len <= n + 1 || strncasecmp(line, name, n) != 0 || line[n] != ':')
        return false;
    for (n++; n < len && line[n] == ' '; n++)
        ;
    while (len > n && (line[len - 1] == '\r' || line[len - 1] == '\n' || line[len - 1] == ' '))
        len--;
    have = len - n < size - 1 ? len - n : size - 1;
    memcpy(out, line + n, have);
    out[have] = '\0';
    return true;
}

/* The method's name only, never the token behind it; each once. */
static void add_method(char *list, size_t size, char *value)
{
    size_t have = strlen(list);

    value[strcspn(value, " ,\t")] = '\0';
    if (strstr(list, value) == NULL)
        snprintf(list + have, size - have, "%s%s", have > 0 ? ", " : "", value);
}

static size_t on_header(char *line, size_t size, size_t n, void *payload)
{
    wck_web_reply *reply = payload;
    char value[128];

    if (value_of(line, size * n, "Date", value, sizeof value)) {
        if (wck_time_parse_http(&reply->date, value))
            reply->received = wck_time_now();
    } else if (value_of(line, size * n, "WWW-Authenticate", value, sizeof value)) {
        add_method(reply->methods, sizeof reply->methods, value);
    } else if (value_of(line, size * n, "Proxy-Authenticate", value, sizeof value)) {
        add_method(reply->proxy_methods, sizeof reply->proxy_methods, value);
    }
    return size * n;
}

static int on_progress(void *payload, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return wck_probe_canceled(payload);
}

#define SET(option, value)                                                                                   \
    do {                                                                                                     \
        if (rc == CURLE_OK)                                                                                  \
            rc = curl_easy_setopt(curl, option, value);                                                      \
    } while (0)

static CURLcode set_manners(CURL *curl, const probe *p)
{
    const wck_probe_server *s = p->server;
    long limit = p->options->timeout_ms == 0 ? 5000 : (long)p->options->timeout_ms;
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_USERAGENT, "wsusck/" WCK_VERSION);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, limit);
    SET(CURLOPT_TIMEOUT_MS, 4 * limit); /* the first call of a sleeping application pool takes seconds */
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_PROXY, s->proxy_url != NULL ? s->proxy_url : "");
    SET(CURLOPT_NOPROXY, "");
    if (s->ca_file != NULL)
        SET(CURLOPT_CAINFO, s->ca_file);
    if (s->crl_file != NULL)
        SET(CURLOPT_CRLFILE, s->crl_file);
    SET(CURLOPT_WRITEFUNCTION, swallow);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, p);
    SET(CURLOPT_NOPROGRESS, 0L);
    return rc;
}

/* One method for each side, never the weakest on offer. */
static CURLcode set_logins(CURL *curl, const wck_probe_server *s, unsigned how)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_NONE);
    SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_NONE);
    if ((how & WCK_WEB_PROXY_LOGIN) != 0 && s->proxy_user != NULL) {
        SET(CURLOPT_PROXYAUTH, (long)(s->proxy_basic             ? CURLAUTH_BASIC
                                      : s->proxy_user[0] == '\0' ? CURLAUTH_NEGOTIATE
                                                                 : CURLAUTH_NTLM));
        SET(CURLOPT_PROXYUSERNAME, s->proxy_user);
        SET(CURLOPT_PROXYPASSWORD, s->proxy_password != NULL ? wck_secret_reveal(s->proxy_password) : "");
    }
    if ((how & WCK_WEB_LOGIN) != 0 && s->auth_kind != NULL && strcmp(s->auth_kind, "none") != 0) {
        SET(CURLOPT_HTTPAUTH, (long)(strcmp(s->auth_kind, "ntlm") == 0 ? CURLAUTH_NTLM : CURLAUTH_NEGOTIATE));
        SET(CURLOPT_USERNAME, s->user != NULL ? s->user : "");
        SET(CURLOPT_PASSWORD, s->password != NULL ? wck_secret_reveal(s->password) : "");
    }
    return rc;
}

wck_web_reply wck_web_ask(probe *p, const char *url, unsigned how)
{
    wck_web_reply reply = {.date = WCK_TIME_NONE, .received = WCK_TIME_NONE};
    CURL *curl = curl_easy_init();
    long in_tunnel = 0;
    size_t bytes = 0;
    CURLcode rc;

    if (curl == NULL) {
        p->out->failed = true;
        reply.rc = CURLE_OUT_OF_MEMORY;
        return reply;
    }
    rc = set_manners(curl, p);
    if (rc == CURLE_OK)
        rc = set_logins(curl, p->server, how);
    SET(CURLOPT_URL, url);
    SET(CURLOPT_NOBODY, (how & WCK_WEB_HEAD) != 0 ? 1L : 0L);
    SET(CURLOPT_HEADERDATA, &reply);
    SET(CURLOPT_WRITEDATA, &bytes);
    SET(CURLOPT_ERRORBUFFER, reply.text);
    if (rc == CURLE_OK)
        rc = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
    curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &in_tunnel);
    if (in_tunnel >= 400 && reply.status == 0)
        reply.status = in_tunnel;
    if (reply.text[0] == '\0')
        snprintf(reply.text, sizeof reply.text, "%s", curl_easy_strerror(rc));
    reply.rc = rc;
    curl_easy_cleanup(curl);
    return reply;
}
#undef SET
