/* SPDX-License-Identifier: MIT
 * check_downstream.c: what a server keeps of the servers below it (1008, 1010).
 *
 * MS-WSUSAR lists every server below the one that is asked. A row is made when a downstream server reports for the first
 * time and stays when that server is gone or rebuilt. A row of a server that is known here says nothing. Of the others,
 * those that have not reported for a month are leftovers (1008); the rest live and nobody looks at them (1010). The same
 * row stands on every server above it: the nearest one that has a list speaks. */
#include "rules/host_look.h"

#include <string.h>
#include <strings.h>

/* The cleanup wizard calls computers and servers stale after 30 days without contact. */
#define STALE (INT64_C(30) * 86400 * WCK_TICKS_PER_SECOND)

static bool same_name(const char *a, const char *b)
{
    size_t na = a != NULL ? strlen(a) : 0, nb = b != NULL ? strlen(b) : 0;

    na -= na > 0 && a[na - 1] == '.';
    nb -= nb > 0 && b[nb - 1] == '.';
    return na > 0 && na == nb && strncasecmp(a, b, na) == 0;
}

static const facts *by_id(const check *c, wck_guid id)
{
    for (size_t i = 0; i < c->tree->n && !wck_guid_is_zero(id); i++)
        if (wck_guid_eq(c->facts[i].head->server.server_id, id))
            return &c->facts[i];
    return NULL;
}

/* Its full name, the name it goes by here, or where its own name is not known the first label of the row's. */
static bool is_called(const wck_server *server, const char *name)
{
    size_t label = strcspn(name, ".");

    if (same_name(server->fqdn, name) || same_name(server->name, name))
        return true;
    return server->fqdn == NULL && server->name != NULL && strlen(server->name) == label &&
           strncasecmp(server->name, name, label) == 0;
}

static const facts *by_name(const check *c, const char *name)
{
    for (size_t i = 0; i < c->tree->n; i++)
        if (is_called(&c->facts[i].head->server, name))
            return &c->facts[i];
    return NULL;
}

/* A server below this one whose id nobody told: any row may be its, since it was perhaps reached by another name. */
static bool someone_unknown(const check *c, const facts *f)
{
    for (size_t i = 0; i < c->tree->n; i++) {
        const wck_node *up = c->facts[i].node->parent;
        for (size_t steps = 0; up != NULL && up != f->node && steps < c->tree->n; steps++)
            up = up->parent;
        if (up == f->node && wck_guid_is_zero(c->facts[i].head->server.server_id))
            return true;
    }
    return false;
}

/* A server between this one and the row's, with a list of its own, says it nearer to the place. */
static bool said_below(const check *c, const facts *f, const wck_host_downstream *row)
{
    const facts *parent = by_id(c, row->parent);
    const wck_host *host = parent != NULL && parent != f ? wck_host_of(parent) : NULL;

    return host != NULL && host->has_downstream;
}

static wck_finding *add(check *c, const facts *f, int rule, const wck_host_downstream *row)
{
    wck_object object = {.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = wck_text(c, "%.250s", row->name)};
    wck_finding *found = object.name != NULL ? wck_finding_add(c, f->node, rule, &object) : NULL;
    char id[WCK_GUID_TEXT];

    wck_finding_evidence(c, found, "id", "%s", wck_guid_format(id, row->id));
    if (row->version != NULL)
        wck_finding_evidence(c, found, "version", "%.60s", row->version);
    wck_finding_time(c, found, "last_rollup", row->last_rollup);
    return found;
}

static wck_time last_heard(const wck_host_downstream *row)
{
    return row->last_rollup != WCK_TIME_NONE && row->last_rollup > row->last_sync ? row->last_rollup : row->last_sync;
}

static void look_at(check *c, const facts *f, const wck_host_downstream *row)
{
    wck_time last = last_heard(row), at = f->head->server.collected_at;
    const facts *named;
    char text[WCK_TIME_TEXT];

    if (by_id(c, row->id) != NULL || wck_guid_eq(row->id, c->options->ours) || said_below(c, f, row))
        return;
    named = by_name(c, row->name);
    if (named != NULL ? wck_guid_is_zero(named->head->server.server_id) : someone_unknown(c, f))
        return;
    if (named != NULL)
        wck_finding_says(c, add(c, f, 1008, row), "one row for each server", "an earlier installation of that server");
    else if (last == WCK_TIME_NONE && row->never_synced)
        wck_finding_says(c, add(c, f, 1008, row), "a living server", "never synchronized");
    else if (last != WCK_TIME_NONE && at != WCK_TIME_NONE && last < at - STALE)
        wck_finding_says(c, add(c, f, 1008, row), "a living server",
                         wck_text(c, "last heard of %s", wck_time_format_short(text, last)));
    else
        wck_finding_says(c, add(c, f, 1010, row), "known here",
                         last == WCK_TIME_NONE
                             ? "not known here"
                             : wck_text(c, "not known here, last heard of %s", wck_time_format_short(text, last)));
}

void wck_check_downstream(check *c, const facts *f)
{
    const wck_host *host = wck_host_of(f);

    for (size_t i = 0; host != NULL && i < host->n_downstream; i++)
        look_at(c, f, &host->downstream[i]);
}
