/* SPDX-License-Identifier: MIT
 * probe.c: the order of the looks. */
#include "probe/probe_private.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Name, port and TLS of one place; true: requests can be sent. */
static bool reach(probe *p, const place *where, wck_look_step name_step, wck_look_step port_step,
                  wck_look_step tls_step)
{
    int fd = wck_probe_dial(p, name_step, port_step, where);

    if (fd < 0)
        return false;
    if (where->tls)
        return wck_probe_tls(p, tls_step, where, fd);
    close(fd);
    return true;
}

static void skip_rest(probe *p, const char *target)
{
    if (!wck_probe_canceled(p))
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_SERVICE, target, WCK_LOOK_SKIPPED, 0,
                          "not looked at: the way to it is closed");
}

static void look_at_server(probe *p)
{
    char target[PLACE_TEXT];
    place where;

    if (!wck_place_of_url(&where, p->server->url)) {
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_NAME, "source", WCK_LOOK_FAIL, 7001,
                          "the URL of its source cannot be read");
        return;
    }
    wck_probe_form(p, WCK_LOOK_NAME, where.host, p->server->fqdn);
    if (p->server->proxy_url != NULL ? wck_probe_proxy(p, p->server->url)
                                     : reach(p, &where, WCK_LOOK_NAME, WCK_LOOK_PORT, WCK_LOOK_TLS))
        wck_probe_web(p, p->server->url);
    else
        skip_rest(p, wck_place_text(target, &where));
}

/* The upstream server the way this server's own setting names it. We are not that server: what is closed from
 * here may be open from there, and the other way round; the remedy says how to see it. */
static void look_at_upstream(probe *p)
{
    char target[PLACE_TEXT], line[400];
    size_t from = p->out->looks.n;
    place where = {.port = p->server->upstream_ssl == 1 ? 8531 : 8530, .tls = p->server->upstream_ssl == 1};

    snprintf(where.host, sizeof where.host, "%s", p->server->upstream_host);
    if (p->server->upstream_port > 0 && p->server->upstream_port < 65536)
        where.port = (unsigned)p->server->upstream_port;
    wck_probe_form(p, WCK_LOOK_UPSTREAM, where.host, p->server->upstream_fqdn);
    reach(p, &where, WCK_LOOK_UPSTREAM, WCK_LOOK_UPSTREAM, WCK_LOOK_UPSTREAM);
    if (p->options->here || p->out->failed)
        return;
    snprintf(line, sizeof line, "Seen from this machine; on the server: Test-NetConnection '%s' -Port %u",
             where.host, where.port);
    for (size_t i = from; i < p->out->looks.n; i++)
        if (p->out->looks.items[i].result == WCK_LOOK_FAIL && strpbrk(where.host, "'\r\n") == NULL)
            wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_LOCAL, wck_place_text(target, &where),
                              WCK_LOOK_NOTE, 0, "%s", line);
}

static void look_locally(probe *p)
{
    wck_look *look;

    if (p->options->here)
        return;
    look = wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_LOCAL, "services, permissions, events",
                             WCK_LOOK_NOTE, 0, "only the server itself can tell");
    wck_look_explain(
        p->out, look, NULL,
        "On it: .\\Export-WsusSnapshot.ps1 -HostFacts -Path facts.jsonl; then: wsusck import facts.jsonl");
}

wck_status wck_probe_look(wck_diagnosis *out, const wck_probe_server *server,
                          const wck_probe_options *options, wck_error *err)
{
    probe p = {.out = out, .server = server, .options = options, .err = err};

    if (server->url != NULL)
        look_at_server(&p);
    if (server->upstream_host != NULL && !wck_probe_canceled(&p))
        look_at_upstream(&p);
    if (server->own_proxy_host != NULL && !wck_probe_canceled(&p))
        wck_probe_own_proxy(&p);
    if (server->root && options->microsoft && !wck_probe_canceled(&p))
        wck_probe_microsoft(&p);
    look_locally(&p);
    if (wck_probe_canceled(&p))
        return wck_fail(err, WCK_E_CANCELED, "interrupted");
    return out->failed ? wck_fail_memory(err, "looking at a server") : WCK_OK;
}
