/* SPDX-License-Identifier: MIT
 * config_put.c: a configuration as wsusck.json, one server a line; what wck_codec_parse_config reads. */
#include "codec/codec.h"

#include "codec/json.h"

#include <stdio.h>

typedef struct members { /* of one object */
    wck_buf *out;
    const char *between;
    bool any;
} members;

static void put_key(members *m, const char *key)
{
    wck_buf_puts(m->out, m->any ? m->between : "");
    m->any = true;
    wck_json_put_text(m->out, key);
    wck_buf_puts(m->out, ": ");
}

static void put_text(members *m, const char *key, const char *text)
{
    if (text == NULL)
        return;
    put_key(m, key);
    wck_json_put_text(m->out, text);
}

static void put_auth(members *m, const wck_server_config *s)
{
    members auth = {.out = m->out, .between = ", "};

    if (s->auth_kind == NULL)
        return;
    put_key(m, "auth");
    wck_buf_putc(m->out, '{');
    put_text(&auth, "kind", s->auth_kind);
    put_text(&auth, "user", s->auth_user);
    put_text(&auth, "password_env", s->auth_password_env);
    put_text(&auth, "password_file", s->auth_password_file);
    wck_buf_putc(m->out, '}');
}

static void put_proxy(members *m, const wck_server_config *s)
{
    members proxy = {.out = m->out, .between = ", "};

    if (s->proxy_url == NULL)
        return;
    put_key(m, "proxy");
    wck_buf_putc(m->out, '{');
    put_text(&proxy, "url", s->proxy_url);
    put_text(&proxy, "user", s->proxy_user);
    put_text(&proxy, "password_env", s->proxy_password_env);
    put_text(&proxy, "password_file", s->proxy_password_file);
    if (s->proxy_basic) {
        put_key(&proxy, "basic_in_cleartext");
        wck_buf_puts(m->out, "true");
    }
    wck_buf_putc(m->out, '}');
}

static void put_server(wck_buf *out, const wck_server_config *s)
{
    static const char *const apis[] = {"auto", "sync", "admin"};
    members m = {.out = out, .between = ", "};

    wck_buf_putc(out, '{');
    put_text(&m, "name", s->name);
    put_text(&m, "source", s->source);
    put_text(&m, "parent", s->parent);
    if (s->mode != WCK_MODE_UNKNOWN)
        put_text(&m, "mode", wck_mode_name(s->mode));
    put_text(&m, "api", apis[s->api]);
    put_auth(&m, s);
    put_proxy(&m, s);
    put_text(&m, "ca_file", s->ca_file);
    put_text(&m, "crl_file", s->crl_file);
    wck_buf_putc(out, '}');
}

static void put_waiver(wck_buf *out, const wck_waiver *w)
{
    members m = {.out = out, .between = ", "};
    char text[WCK_TIME_TEXT];

    snprintf(text, sizeof text, "WCK%04d", w->rule);
    wck_buf_putc(out, '{');
    put_text(&m, "rule", text);
    put_text(&m, "server", w->server);
    put_text(&m, "object", w->object);
    put_text(&m, "reason", w->reason);
    put_text(&m, "owner", w->owner);
    if (w->expires != WCK_TIME_NONE)
        put_text(&m, "expires", wck_time_format(text, w->expires));
    wck_buf_putc(out, '}');
}

wck_status wck_codec_put_config(wck_buf *out, const wck_config_file *config, wck_error *err)
{
    members m = {.out = out, .between = ",\n  "};

    wck_buf_puts(out, "{\n  ");
    put_text(&m, "store", config->store);
    put_key(&m, "servers");
    wck_buf_putc(out, '[');
    for (size_t i = 0; i < config->servers.n; i++) {
        wck_buf_puts(out, i > 0 ? ",\n    " : "\n    ");
        put_server(out, &config->servers.items[i]);
    }
    wck_buf_puts(out, config->servers.n > 0 ? "\n  ]" : "]");
    if (config->waivers.n > 0) {
        put_key(&m, "waivers");
        wck_buf_putc(out, '[');
        for (size_t i = 0; i < config->waivers.n; i++) {
            wck_buf_puts(out, i > 0 ? ",\n    " : "\n    ");
            put_waiver(out, &config->waivers.items[i]);
        }
        wck_buf_puts(out, "\n  ]");
    }
    if (config->account_name != NULL) {
        members identity = {.out = out, .between = ", "};
        put_key(&m, "identity");
        wck_buf_putc(out, '{');
        put_text(&identity, "account_name", config->account_name);
        wck_buf_putc(out, '}');
    }
    wck_buf_puts(out, "\n}\n");
    return out->failed ? wck_fail_memory(err, "writing a configuration") : WCK_OK;
}
