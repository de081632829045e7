/* SPDX-License-Identifier: MIT
 * cookies.c: random bytes given out once and compared byte for byte, as bearer credentials are. A cookie of
 * another server, of an earlier life of this one, or altered in any place (its Expiration too) is
 * InvalidCookie. */
#include "sim.h"

#include <libxml/xmlmemory.h>
#include <stdlib.h>
#include <string.h>

static sim_cookie *new_cookie(sim_server *server, size_t len)
{
    unsigned char bytes[SIM_AUTH_COOKIE];
    sim_cookie *cookie = &server->cookies[server->next_cookie++ % SIM_COOKIES];

    free(cookie->text);
    memset(cookie, 0, sizeof *cookie);
    cookie->text = malloc(4 * ((len + 2) / 3) + 1);
    if (cookie->text == NULL || !wck_random(bytes, len))
        sim_die("out of memory");
    wck_base64_encode(cookie->text, bytes, len);
    cookie->until = wck_time_now() + SIM_COOKIE_MINUTES * 60 * WCK_TICKS_PER_SECOND;
    wck_time_format(cookie->expires, cookie->until);
    return cookie;
}

void sim_cookie_put(wck_buf *out, sim_server *server, unsigned protocol)
{
    sim_cookie *cookie = new_cookie(server, SIM_ACCESS_COOKIE);

    cookie->access = true;
    cookie->protocol = protocol;
    wck_buf_printf(out, "<Expiration>%s</Expiration><EncryptedData>%s</EncryptedData>", cookie->expires,
                   cookie->text);
}

void sim_cookie_put_auth(wck_buf *out, sim_server *server)
{
    wck_buf_printf(out, "<CookieData>%s</CookieData>", new_cookie(server, SIM_AUTH_COOKIE)->text);
}

static const sim_cookie *find(const sim_server *server, bool access, const char *data)
{
    for (size_t i = 0; i < SIM_COOKIES; i++) {
        const sim_cookie *cookie = &server->cookies[i];
        if (cookie->text != NULL && cookie->access == access && strcmp(cookie->text, data) == 0)
            return cookie;
    }
    return NULL;
}

bool sim_cookie_check(sim_request *request, sim_reply *reply)
{
    const xmlNode *node = sim_child(request, request->op, "cookie");
    char *data = sim_child_text(request, node, "EncryptedData");
    char *expires = sim_child_text(request, node, "Expiration");
    const sim_cookie *cookie = find(request->server, true, data);
    bool valid = cookie != NULL && strcmp(cookie->expires, expires) == 0 && cookie->until > wck_time_now();

    if (valid)
        request->protocol = cookie->protocol;
    xmlFree(data);
    xmlFree(expires);
    return valid || sim_soap_fault(reply, request, "InvalidCookie", "cookie");
}

bool sim_cookie_check_auth(const sim_request *request, const char *data)
{
    const sim_cookie *cookie = find(request->server, false, data);

    return cookie != NULL && cookie->until > wck_time_now();
}

void sim_cookies_clear(sim_server *server)
{
    for (size_t i = 0; i < SIM_COOKIES; i++)
        free(server->cookies[i].text);
}
