/* SPDX-License-Identifier: MIT
 * web.c: the web services, as a browser would ask them: GET and HEAD, nothing followed, nothing but the
 * status, the Date header and the offered login methods looked at. */
#include "probe/web.h"

#include "net/http.h"

#include <stdio.h>

static size_t swallow(char *data, size_t size, size_t n, void *payload)
{
    size_t *bytes = payload;

    (void)data;
    *bytes += size * n;
    return *bytes > (1U << 20) ? 0 : size * n; /* the page of a service is some kilobytes */
}

static size_t on_header(char *line, size_t size, size_t n, void *payload)
{
    wck_web_reply *reply = payload;
    size_t len;
    const char *value;

    if (wck_net_header(line, size * n, "Date", &value, &len)) {
        if (wck_net_date(&reply->date, value, len))
            reply->received = wck_time_now();
    } else if (wck_net_header(line, size * n, "WWW-Authenticate", &value, &len)) {
        wck_net_add_methods(reply->methods, sizeof reply->methods, value, len);
    } else if (wck_net_header(line, size * n, "Proxy-Authenticate", &value, &len)) {
        wck_net_add_methods(reply->proxy_methods, sizeof reply->proxy_methods, value, len);
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

#define SET(option, value) WCK_CURL_SET(curl, rc, option, value)

static CURLcode set_manners(CURL *curl, const probe *p)
{
    long limit = p->options->timeout_ms == 0 ? 5000 : (long)p->options->timeout_ms;
    CURLcode rc = wck_net_manners(curl, p->server->ca_file, p->server->crl_file);

    SET(CURLOPT_CONNECTTIMEOUT_MS, limit);
    SET(CURLOPT_TIMEOUT_MS, 4 * limit); /* the first call of a sleeping application pool takes seconds */
    SET(CURLOPT_WRITEFUNCTION, swallow);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, p);
    SET(CURLOPT_NOPROGRESS, 0L);
    return rc;
}

static CURLcode set_logins(CURL *curl, const wck_probe_server *s, unsigned how)
{
    bool at_proxy = (how & WCK_WEB_PROXY_LOGIN) != 0, at_server = (how & WCK_WEB_LOGIN) != 0;
    CURLcode rc = wck_net_proxy(curl, s->proxy_url, at_proxy ? s->proxy_user : NULL, s->proxy_password, s->proxy_basic);

    return rc == CURLE_OK ? wck_net_login(curl, at_server ? s->auth_kind : NULL, s->user, s->password) : rc;
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
