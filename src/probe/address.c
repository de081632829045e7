/* SPDX-License-Identifier: MIT
 * address.c: a server's name: its form, and what it resolves to.
 *
 * Microsoft's page "Issues with Synchronization" asks that the downstream server names its upstream server in
 * the form the upstream server's console shows: NetBIOS name, full name or address. */
#include "probe/probe_private.h"

#include "base/quote.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

name_form wck_form_of(const char *host)
{
    struct in6_addr address;

    if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1)
        return FORM_ADDRESS;
    return strchr(host, '.') == NULL ? FORM_NETBIOS : FORM_FQDN;
}

const char *wck_form_name(name_form form)
{
    static const char *const names[] = {"an address", "a NetBIOS name", "a full name"};

    return names[form];
}

/* "[::1]" of a URL is the address "::1". */
static bool take_host(place *out, CURLU *url)
{
    char *host = NULL, *name;
    size_t len;
    bool ok = curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK;

    if (ok) {
        name = host[0] == '[' ? host + 1 : host;
        len = strcspn(name, "]");
        ok = len > 0 && len < sizeof out->host;
        if (ok)
            snprintf(out->host, sizeof out->host, "%.*s", (int)len, name);
    }
    curl_free(host);
    return ok;
}

static bool holds(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool found = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return found;
}

bool wck_place_of_url(place *out, const char *text)
{
    CURLU *url = curl_url();
    char *part = NULL;
    bool ok =
        url != NULL &&
        curl_url_set(url, CURLUPART_URL, text, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        !holds(url, CURLUPART_USER) && !holds(url, CURLUPART_PASSWORD) && take_host(out, url);

    if (ok) {
        ok = curl_url_get(url, CURLUPART_SCHEME, &part, 0) == CURLUE_OK;
        out->tls = ok && strcmp(part, "https") == 0;
        curl_free(part);
        part = NULL;
    }
    out->port = 80; /* of a scheme that libcurl knows no port of */
    if (ok && curl_url_get(url, CURLUPART_PORT, &part, CURLU_DEFAULT_PORT) == CURLUE_OK)
        out->port = (unsigned)strtoul(part, NULL, 10); /* libcurl checked that it is a port */
    curl_free(part);
    curl_url_cleanup(url);
    return ok && out->port != 0;
}

char *wck_place_text(char *out, const place *p)
{
    char host[200];

    wck_quote_short(host, sizeof host, p->host, 150);
    snprintf(out, PLACE_TEXT, strchr(p->host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, p->port);
    return out;
}

bool wck_probe_canceled(const probe *p)
{
    return p->options->canceled != NULL && *p->options->canceled != 0;
}

void wck_probe_tell(const probe *p, wck_look_step step, const char *target)
{
    if (p->options->progress != NULL)
        p->options->progress(p->server->name, wck_look_step_name(step), target, p->options->payload);
}

static void list_addresses(char *out, size_t size, const struct addrinfo *all)
{
    size_t have = 0;

    out[0] = '\0';
    for (const struct addrinfo *a = all; a != NULL && have + 60 < size; a = a->ai_next) {
        char text[INET6_ADDRSTRLEN] = "?";
        getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
        have += (size_t)snprintf(out + have, size - have, "%s%s", have > 0 ? ", " : "", text);
    }
}

static void add_no_dns(probe *p, wck_look_step step, const char *shown, int rc)
{
    wck_look *look = wck_diagnosis_add(p->out, p->server->name, step, shown, WCK_LOOK_UNKNOWN, 7001,
                                       "no name server answered (%s)", gai_strerror(rc));

    wck_look_explain(p->out, look, "DNS is not reachable from here",
                     "Repair DNS on this machine, then look again; or use the address.");
}

static void add_unresolved(probe *p, wck_look_step step, const char *shown, int rc)
{
    wck_look *look = wck_diagnosis_add(p->out, p->server->name, step, shown, WCK_LOOK_FAIL, 7001,
                                       "the name does not resolve (%s)", gai_strerror(rc));
    char remedy[500];

    snprintf(remedy, sizeof remedy,
             wck_form_of(shown) == FORM_NETBIOS
                 ? "Use the full name (FQDN) or the address instead of \"%s\", or repair DNS."
                 : "Correct the name \"%s\", or repair DNS; the address can stand in until then.",
             shown);
    wck_look_explain(p->out, look, "a wrong name, or DNS", remedy);
}

struct addrinfo *wck_probe_resolve(probe *p, wck_look_step step, const place *where)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *all = NULL;
    char port[8], shown[200], list[400];
    int rc;

    wck_probe_tell(p, step, where->host);
    snprintf(port, sizeof port, "%u", where->port);
    rc = getaddrinfo(where->host, port, &hints, &all);
    if (rc == EAI_MEMORY) {
        p->out->failed = true;
        return NULL;
    }
    wck_quote_short(shown, sizeof shown, where->host, 150);
    if (rc != 0) {
        (rc == EAI_AGAIN || rc == EAI_SYSTEM ? add_no_dns : add_unresolved)(p, step, shown, rc);
        return NULL;
    }
    list_addresses(list, sizeof list, all);
    wck_diagnosis_add(p->out, p->server->name, step, shown, WCK_LOOK_OK, 0,
                      wck_form_of(where->host) == FORM_ADDRESS ? "%s, %s" : "%s; resolves to %s",
                      wck_form_name(wck_form_of(where->host)), list);
    return all;
}

/* The first label, without letter case. */
static bool same_first_label(const char *a, const char *b)
{
    size_t n = strcspn(a, ".");

    return n == strcspn(b, ".") && strncasecmp(a, b, n) == 0;
}

void wck_probe_form(probe *p, wck_look_step step, const char *used, const char *own)
{
    char a[200], b[200];
    wck_look *look;

    if (own == NULL || strcasecmp(used, own) == 0)
        return;
    if (wck_form_of(used) != FORM_ADDRESS && wck_form_of(own) != FORM_ADDRESS && !same_first_label(used, own))
        return; /* an alias or a load balancer: another name, on purpose */
    wck_quote_short(a, sizeof a, used, 150);
    wck_quote_short(b, sizeof b, own, 150);
    if (step == WCK_LOOK_NAME) { /* how we reach it; what counts is what the downstream servers use */
        wck_diagnosis_add(p->out, p->server->name, step, a, WCK_LOOK_NOTE, 0, "it calls itself \"%s\"", b);
        return;
    }
    look = wck_diagnosis_add(p->out, p->server->name, step, a, WCK_LOOK_WARNING, 7002,
                             "used as %s, but the server calls itself \"%s\", %s",
                             wck_form_name(wck_form_of(used)), b, wck_form_name(wck_form_of(own)));
    wck_look_explain(p->out, look, "the two sides use different forms of one name",
                     "Use the form that the upstream server's console shows everywhere.");
}
