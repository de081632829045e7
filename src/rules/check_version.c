/* SPDX-License-Identifier: MIT
 * check_version.c: rules about versions, protocols and what travels in cleartext (8001 to 8005). */
#include "rules/host_look.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The numbers of a version as 10.0.20348.4297. */
typedef struct version {
    int64_t part[4];
    unsigned n; /* 0: no version */
} version;

static version version_of(const char *text)
{
    version v = {{0}, 0};

    if (text == NULL)
        return v;
    text += strcspn(text, "0123456789");
    while (v.n < 4 && *text >= '0' && *text <= '9') {
        int64_t number = 0;
        for (; *text >= '0' && *text <= '9'; text++)
            number = number < 1000000000 ? number * 10 + (*text - '0') : number; /* longer is no version */
        v.part[v.n++] = number;
        if (*text != '.')
            break;
        text++;
    }
    return v;
}

static wck_finding *on_server(check *c, const facts *f, int rule)
{
    wck_object object = wck_object_of_server(f);

    return wck_finding_add(c, f->node, rule, &object);
}

/* ---- 8001 ---- */

/* Protocol 1.1 is WSUS 2.0 and 1.2 its first service pack [MS-WSUSSS 1.7]; both say 2.0.0.0 [MS-WSUSSS, note 51], so a
 * build of its own counts only where the protocol is not known. */
static bool is_wsus2_unpatched(const wck_server *server)
{
    enum { SP1 = 2620 };
    version v = version_of(server->version), protocol = version_of(server->protocol_version);

    if (v.n < 2 || v.part[0] != 2)
        return false;
    if (protocol.n >= 2)
        return protocol.part[0] == 1 && protocol.part[1] <= 1;
    return v.n == 4 && v.part[3] > 0 && v.part[3] < SP1;
}

static void check_wsus2(check *c, const facts *f)
{
    if (f->node->mode == WCK_MODE_REPLICA && is_wsus2_unpatched(&f->head->server))
        wck_finding_says(c, on_server(c, f, 8001), "WSUS 2.0 SP1 or later", f->head->server.version);
}

/* ---- 8004 ---- */

typedef struct fix {
    const char *name, *published; /* YYYY-MM-DD */
    int64_t build, revision;      /* patched from that revision on */
} fix;

#define WCK_FIX(name, published, build, revision) {name, published, build, revision},
static const fix fixes[] = {
#include "rules/builds.def"
};
#undef WCK_FIX

/* What a version says of the patches: false when it says nothing. */
static bool patch_level(const version *v, int64_t least, int64_t *build, int64_t *revision)
{
    bool whole = v->n == 4, tail = v->n == 2 && v->part[0] >= 1000; /* "20348.4297", as Windows shows it */

    if (!whole && !tail)
        return false;
    *build = v->part[v->n - 2];
    *revision = v->part[v->n - 1];
    return *revision >= least;
}

/* What decided, or NULL: nothing says what is installed. WSUS calls itself 10.0.20348.1 and the like until an update
 * replaces its own files, and .NET calls every Windows 10.0.20348.0: neither tells. */
static const char *installed(const wck_host *host, const wck_server *server, int64_t *build, int64_t *revision)
{
    version os = version_of(host != NULL ? host->os_build : NULL), wsus = version_of(server->version);

    if (patch_level(&os, 1, build, revision))
        return "operating system";
    return patch_level(&wsus, 2, build, revision) ? "WSUS" : NULL;
}

bool wck_build_is_judged(const wck_snapshot *head)
{
    bool read = head->coverage[WCK_SECTION_HOST].state >= WCK_COVERAGE_PARTIAL;
    int64_t build, revision;

    if (installed(read ? head->host : NULL, &head->server, &build, &revision) == NULL)
        return false;
    for (size_t i = 0; i < sizeof fixes / sizeof fixes[0]; i++)
        if (fixes[i].build == build)
            return true;
    return false;
}

static void check_vulnerable(check *c, const facts *f)
{
    int64_t build, revision, needed = 0;
    const char *by = installed(wck_host_of(f), &f->head->server, &build, &revision);
    wck_finding *found = NULL;
    char now[WCK_TIME_TEXT];

    if (by == NULL)
        return;
    wck_time_format(now, c->now);
    for (size_t i = 0; i < sizeof fixes / sizeof fixes[0]; i++) {
        const fix *x = &fixes[i];
        if (x->build != build || revision >= x->revision || strncmp(x->published, now, 10) > 0)
            continue;
        if (found == NULL)
            found = on_server(c, f, 8004);
        wck_finding_evidence(c, found, x->name, "published %s, fixed in build %lld.%lld", x->published,
                             (long long)x->build, (long long)x->revision);
        needed = x->revision > needed ? x->revision : needed;
    }
    if (needed == 0)
        return;
    wck_finding_says(c, found, wck_text(c, "build %lld.%lld or later", (long long)build, (long long)needed),
                     wck_text(c, "build %lld.%lld", (long long)build, (long long)revision));
    wck_finding_evidence(c, found, "judged_by", "the version of %s", by);
}

/* ---- 8005 ---- */

/* On the loopback nothing travels. */
static bool is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strncmp(host, "[::1]", 5) == 0 || strcmp(host, "::1") == 0 ||
           (strncasecmp(host, "localhost", 9) == 0 && (host[9] == '\0' || strchr(":/", host[9]) != NULL));
}

static bool read_in_cleartext(const char *source)
{
    return source != NULL && strncasecmp(source, "http://", 7) == 0 && !is_loopback(source + 7);
}

static void check_cleartext(check *c, const facts *f)
{
    const wck_config *config = &f->head->config;
    bool from_above = wck_listed(f, WCK_SECTION_CONFIG) && config->has_upstream && config->upstream.ssl == 0 &&
                      config->sync_from_microsoft_update != 1 &&
                      (config->upstream.name == NULL || !is_loopback(config->upstream.name));
    bool by_us = read_in_cleartext(f->head->server.source);
    wck_finding *found;

    if (!from_above && !by_us)
        return;
    found = on_server(c, f, 8005);
    wck_finding_says(c, found, "SSL", "plain HTTP");
    if (from_above && config->upstream.name != NULL)
        wck_finding_evidence(c, found, "upstream", "%.300s", config->upstream.name);
    if (from_above && config->upstream.port != WCK_INT_NONE)
        wck_finding_evidence(c, found, "port", "%lld", (long long)config->upstream.port);
    if (by_us)
        wck_finding_evidence(c, found, "read_from", "%.300s", f->head->server.source);
}

void wck_check_versions(check *c, facts *f)
{
    check_wsus2(c, f);
    check_vulnerable(c, f);
    check_cleartext(c, f);
}

/* ---- 8002, 8003 ---- */

/* The fourth number grows with every update and may differ (Microsoft compares versions, not patches). */
static bool is_newer(const version *a, const version *b)
{
    for (unsigned i = 0; i < 3; i++)
        if (a->part[i] != b->part[i])
            return a->part[i] > b->part[i];
    return false;
}

static void check_newer(check *c, const edge *e)
{
    const char *up = e->up->head->server.version, *down = e->down->head->server.version;
    version a = version_of(up), b = version_of(down);

    if (a.n >= 3 && b.n >= 3 && is_newer(&b, &a))
        wck_finding_says(c, on_server(c, e->down, 8002), wck_text(c, "at most %.100s", up), down);
}

static bool refused(const char *text)
{
    return text != NULL && strstr(text, "IncompatibleProtocolVersion") != NULL;
}

/* A server refuses every major version but 1 [MS-WSUSSS, GetCookie]. */
static bool other_major(const char *protocol)
{
    version v = version_of(protocol);

    return v.n > 0 && v.part[0] != 1;
}

static void check_protocol(check *c, const edge *e)
{
    const char *up = e->up->head->server.protocol_version, *down = e->down->head->server.protocol_version;
    const sync_look *sync = &e->down->sync;
    const wck_sync_run *run =
        sync->failed && (refused(sync->error) || refused(sync->last->error_text)) ? sync->last : NULL;
    wck_finding *found;

    if (run == NULL && !other_major(up) && !other_major(down))
        return;
    found = on_server(c, e->down, 8003);
    wck_finding_says(c, found, up != NULL ? wck_text(c, "protocol %.40s", up) : "a protocol that both speak",
                     run != NULL    ? "refused"
                     : down != NULL ? wck_text(c, "protocol %.40s", down)
                                    : "not known");
    if (run != NULL) {
        wck_finding_time(c, found, "refused_at", run->started);
        if (sync->error != NULL)
            wck_finding_evidence(c, found, "error", "%.100s", sync->error);
    }
}

void wck_check_edge_versions(check *c, edge *e)
{
    check_newer(c, e);
    check_protocol(c, e);
}
