/* SPDX-License-Identifier: MIT
 * host.c: what is done about the machine and its surroundings: upstream setting, proxy, services, permissions, content
 * (Microsoft's "Issues with Synchronization"; domain.md 9). Only what follows from facts: where the right value is not
 * known, a person decides. */
#include "plan/builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- 7001, 7002, 7003: the upstream setting ---- */

typedef struct address {
    int64_t port;
    int8_t ssl;
} address;

/* Where the upstream server answered when it was read: "https://host:8531". */
static bool answered_at(const wck_node *up, address *out)
{
    const char *source = up->now->head->server.source, *colon;
    long port;
    char *end;

    if (source == NULL || (strncasecmp(source, "http://", 7) != 0 && strncasecmp(source, "https://", 8) != 0))
        return false;
    out->ssl = strncasecmp(source, "https://", 8) == 0;
    colon = strrchr(source, ':');
    if (colon[1] == '/')
        return false; /* no port in it */
    port = strtol(colon + 1, &end, 10);
    if (port < 1 || port > 65535 || (*end != '\0' && *end != '/'))
        return false;
    out->port = port;
    return true;
}

static wck_plan_target target_of(const wck_config *config)
{
    wck_plan_target t = wck_plan_no_target();

    t.host = t.was_host = config->upstream.name;
    t.port = t.was_port = config->upstream.port;
    t.ssl = t.was_ssl = config->upstream.ssl;
    return t;
}

static const char *cannot_name(const wck_finding *f, const wck_node *up, wck_plan_target *t)
{
    const char *fqdn = up->now->head->server.fqdn;
    address seen;

    if (f->rule == 7003) {
        if (!answered_at(up, &seen))
            return "on which port the upstream server listens was not seen: look in its console, and set it by hand";
        if (seen.port == t->port && seen.ssl == t->ssl)
            return "the port is right, it answered when it was read from here: look at the way between the two servers";
        t->port = seen.port;
        t->ssl = seen.ssl;
        return NULL;
    }
    if (fqdn == NULL || strcasecmp(fqdn, t->was_host) == 0)
        return "how the upstream server calls itself is not known, or the setting says so already: correct the name "
               "resolution, or look in its console";
    t->host = fqdn;
    return NULL;
}

const char *plan_answer_upstream(builder *b, const wck_finding *f, const wck_node *node)
{
    const wck_config *config = &node->now->head->config;
    wck_plan_target t = target_of(config);
    const char *why;
    draft *d;

    if (!plan_complete(node, WCK_SECTION_CONFIG) || !config->has_upstream || config->upstream.name == NULL)
        return "the upstream setting of this server could not be read";
    if (node->parent == NULL)
        return "the upstream server is not known: set it by hand";
    why = cannot_name(f, node->parent, &t);
    if (why != NULL)
        return why;
    d = plan_find(b, WCK_DO_SET_UPSTREAM, node, NULL);
    if (d != NULL) { /* one finding gives the name, another the port */
        if (f->rule == 7003) {
            d->target.port = t.port;
            d->target.ssl = t.ssl;
        } else {
            d->target.host = t.host;
        }
        plan_answer(b, d, f);
    } else {
        d = plan_add(b, WCK_DO_SET_UPSTREAM, node, NULL, f);
        if (d != NULL)
            d->target = t;
    }
    plan_add(b, WCK_DO_SYNCHRONIZE, node, NULL, f);
    return NULL;
}

/* ---- 7006 ---- */

const char *plan_answer_cleartext(builder *b, const wck_finding *f, const wck_node *node)
{
    draft *d = plan_add(b, WCK_DO_SET_PROXY, node, NULL, f);

    if (d != NULL) {
        d->target = wck_plan_no_target();
        d->target.cleartext = 0;
    }
    return NULL;
}

/* ---- 7010 ---- */

/* The script knows what the content folder needs; for any other folder a person must look. */
static bool is_about(const wck_finding *f, const char *path)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_evidence; i++) {
        if (strncmp(f->evidence[i].name, "folder", 6) != 0)
            continue;
        n++;
        if (strstr(f->evidence[i].value, path) == NULL)
            return false;
    }
    return n > 0;
}

const char *plan_answer_permissions(builder *b, const wck_finding *f, const wck_node *node)
{
    const wck_host *host = node->now->head->host;
    draft *d;

    if (host == NULL || host->content_path == NULL || !is_about(f, host->content_path))
        return f->remedy;
    d = plan_add(b, WCK_DO_SET_PERMISSIONS, node, NULL, f);
    if (d != NULL) {
        d->target = wck_plan_no_target();
        d->target.path = host->content_path;
    }
    return NULL;
}

/* ---- 7011, 7012 ---- */

static void service(builder *b, const wck_finding *f, const wck_node *node, const char *name, wck_service_start start,
                    bool restart)
{
    wck_object object = {.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = name};
    draft *d = plan_add(b, WCK_DO_RESTART_SERVICE, node, &object, f);

    if (d == NULL)
        return;
    d->target.service = name;
    d->target.start = start != WCK_START_UNKNOWN ? start : d->target.start;
    d->target.restart = restart || d->target.restart;
}

const char *plan_answer_bits(builder *b, const wck_finding *f, const wck_node *node)
{
    service(b, f, node, "BITS", WCK_START_MANUAL, false);
    service(b, f, node, "WsusService", WCK_START_UNKNOWN, true);
    return NULL;
}

const char *plan_answer_service(builder *b, const wck_finding *f, const wck_node *node)
{
    service(b, f, node, "WsusService", WCK_START_AUTOMATIC, false);
    return NULL;
}

/* ---- 5001 ---- */

bool plan_explains_missing_files(int rule)
{
    static const int rules[] = {2008, 5002, 5003, 5004, 6001, 6002, 6003, 7001, 7003, 7004, 7005, 7007,
                                7008, 7009, 7010, 7011, 7012, 7013, 7014};

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i] == rule)
            return true;
    return false;
}

/* Cause first, reset last; and never as the first thing that is done on a server. */
const char *plan_answer_content(builder *b, const wck_finding *f, const wck_node *node)
{
    int cause = b->nodes[node->index].content_cause;

    if (cause != 0)
        return plan_text(b, "WCK%d explains it: remove that first, then look again; 'wsusutil reset' comes last", cause);
    if (!plan_complete(node, WCK_SECTION_HOST))
        return "whether permissions, services or the disk explain it was not looked at: collect the host facts "
               "(Export-WsusSnapshot.ps1 -HostFacts) before a reset";
    plan_add(b, WCK_DO_VERIFY, node, NULL, f);
    plan_add(b, WCK_DO_RESET_CONTENT, node, NULL, f);
    return NULL;
}
