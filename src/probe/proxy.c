/* SPDX-License-Identifier: MIT
 * proxy.c: the proxy on the way: does it answer, what login does it want, does it take ours, and does the
 * password travel in cleartext? "One major cause of synchronization failures is an expired password on the
 * proxy server" (Microsoft, "Issues with Synchronization"). */
#include "probe/web.h"

#include "base/quote.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void add_login(probe *p, const char *target, const char *url, const char *offered)
{
    wck_web_reply reply = wck_web_ask(p, url, WCK_WEB_HEAD | WCK_WEB_PROXY_LOGIN);
    wck_look *look;

    if (reply.status == 407) {
        look = wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_PROXY, target, WCK_LOOK_FAIL, 7005,
                                 "refused the login (HTTP 407, offers %s)", offered);
        wck_look_explain(p->out, look, "user, password or domain is wrong, or the password has expired",
                         "Renew the password at the proxy and where it is configured.");
    } else if (p->server->proxy_basic) {
        look = wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_PROXY, target, WCK_LOOK_WARNING, 7006,
                                 "took the login; the password travels in cleartext (Basic)");
        wck_look_explain(p->out, look, "the proxy login is Basic without SSL",
                         "Use Negotiate or NTLM at the proxy, and switch basic_in_cleartext off.");
    } else {
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_PROXY, target, WCK_LOOK_OK, 0,
                          "took the login (offers %s)", offered);
    }
}

static bool only_basic(const char *methods)
{
    return strstr(methods, "Basic") != NULL && strstr(methods, "NTLM") == NULL &&
           strstr(methods, "Negotiate") == NULL;
}

/* false: nothing behind the proxy can be looked at. */
static bool login(probe *p, const char *target, const char *url)
{
    wck_web_reply reply = wck_web_ask(p, url, WCK_WEB_HEAD);
    char offered[160];
    size_t bad;
    wck_look *look;

    if (reply.status != 407) {
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_PROXY, target, WCK_LOOK_OK, 0, "wants no login");
        return true;
    }
    wck_quote_short(offered, sizeof offered, reply.proxy_methods[0] != '\0' ? reply.proxy_methods : "nothing",
                    100);
    if (p->server->proxy_user != NULL && (p->server->proxy_basic || !only_basic(offered))) {
        bad = wck_diagnosis_count(p->out, WCK_LOOK_FAIL);
        add_login(p, target, url, offered);
        return wck_diagnosis_count(p->out, WCK_LOOK_FAIL) == bad;
    }
    look = wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_PROXY, target, WCK_LOOK_FAIL, 7005,
                             "wants a login (HTTP 407, offers %s)", offered);
    if (p->server->proxy_user == NULL)
        wck_look_explain(p->out, look, "no user is configured for this proxy",
                         "Set \"user\" and \"password_env\" under \"proxy\" of that server.");
    else
        wck_look_explain(p->out, look, "it offers only Basic, which sends the password in cleartext",
                         "Let the proxy offer Negotiate or NTLM; or allow it: \"basic_in_cleartext\": true.");
    return false;
}

bool wck_probe_proxy(probe *p, const char *url)
{
    char target[PLACE_TEXT];
    place where;
    int fd;

    if (!wck_place_of_url(&where, p->server->proxy_url)) {
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_PROXY, "proxy", WCK_LOOK_FAIL, 7007,
                          "its URL cannot be read");
        return false;
    }
    fd = wck_probe_dial(p, WCK_LOOK_PROXY, WCK_LOOK_PROXY, &where);
    if (fd < 0)
        return false;
    close(fd);
    return login(p, wck_place_text(target, &where), url);
}

void wck_probe_own_proxy(probe *p)
{
    wck_look *look;
    place where = {.port = 80};
    int fd;

    snprintf(where.host, sizeof where.host, "%s", p->server->own_proxy_host);
    if (p->server->own_proxy_port > 0 && p->server->own_proxy_port < 65536)
        where.port = (unsigned)p->server->own_proxy_port;
    fd = wck_probe_dial(p, WCK_LOOK_PROXY, WCK_LOOK_PROXY, &where);
    if (fd >= 0)
        close(fd);
    if (p->server->own_proxy_basic == 1) {
        char target[PLACE_TEXT];
        look =
            wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_PROXY, wck_place_text(target, &where),
                              WCK_LOOK_WARNING, 7006, "the server may send its proxy password in cleartext");
        wck_look_explain(p->out, look,
                         "\"Allow basic authentication (password is sent in cleartext)\" is set",
                         "Clear that option in Update Source and Proxy Server.");
    }
}
