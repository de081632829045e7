/* SPDX-License-Identifier: MIT
 * discover.c: the tree as the roots know it. A server's name, id, mode and parent come from what it reported upward
 * (MS-WSUSAR 3.1.4.40); its address is proposed on the scheme and port of the server that told of it, and its account
 * never is: what is not known is left for a person. */
#include "cli/discover.h"

#include "base/limits.h"
#include "base/quote.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct known { /* one server id and the name it has in the configuration */
    wck_guid id;
    const char *name; /* config's arena */
} known;

typedef struct discovery {
    collect_work *w;
    WCK_VEC(known) known;
    WCK_VEC(wck_server_config) proposed; /* the configured servers first, then the new ones */
    size_t configured, failed, asked;
} discovery;

static wck_arena *arena(const discovery *d)
{
    return d->w->c->config->arena;
}

static wck_status no_memory(discovery *d)
{
    return wck_fail_memory(&d->w->c->err, "looking for servers");
}

static const char *name_of(const discovery *d, wck_guid id)
{
    for (size_t i = 0; i < d->known.n; i++)
        if (wck_guid_eq(d->known.items[i].id, id))
            return d->known.items[i].name;
    return NULL;
}

static wck_status know(discovery *d, wck_guid id, const char *name)
{
    known *k;

    if (wck_guid_is_zero(id) || name_of(d, id) != NULL)
        return WCK_OK;
    k = wck_vec_push(&d->known);
    if (k == NULL)
        return no_memory(d);
    *k = (known){id, name};
    return WCK_OK;
}

static wck_server_config *find(discovery *d, const char *name)
{
    for (size_t i = 0; i < d->proposed.n; i++)
        if (strcmp(d->proposed.items[i].name, name) == 0)
            return &d->proposed.items[i];
    return NULL;
}

/* Ids that earlier snapshots gave to configured names. */
static wck_status learn_stored(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    discovery *d = payload;
    const wck_server_config *s = find(d, info->server);

    (void)err;
    return s != NULL ? know(d, info->server_id, s->name) : WCK_OK;
}

/* ---- names ---- */

/* Whether the name is one of a host: what a downstream server reported is a text like any other. */
static bool is_host_name(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || len > 253 || !isalnum((unsigned char)text[0]))
        return false;
    for (const char *p = text; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '_' && (*p != '.' || p[1] == '.' || p[1] == '\0'))
            return false;
    return true;
}

static bool is_address(const char *text)
{
    return text[strspn(text, "0123456789.")] == '\0';
}

/* The first label in lower case; the whole name when that is taken, then a number. */
static const char *new_name(discovery *d, const char *full_name)
{
    char name[300];
    size_t len = is_address(full_name) ? strlen(full_name) : strcspn(full_name, "."), n = 0;

    for (; n < len && n < 253; n++)
        name[n] = (char)tolower((unsigned char)full_name[n]);
    name[n] = '\0';
    if (find(d, name) != NULL)
        for (n = 0; full_name[n] != '\0' && n < 253; n++, name[n] = '\0')
            name[n] = (char)tolower((unsigned char)full_name[n]);
    for (unsigned i = 2; find(d, name) != NULL && i < 10000; i++)
        snprintf(name + n, sizeof name - n, "-%u", i);
    return wck_arena_strdup(arena(d), name);
}

static const char *new_source(discovery *d, const wck_server_config *teller, const char *full_name)
{
    const char *host = strstr(teller->source, "://") + 3;
    size_t scheme = (size_t)(host - teller->source);
    const char *port = strchr(*host == '[' ? host + strcspn(host, "]") : host, ':');

    return wck_arena_printf(arena(d), "%.*s%s%.*s", (int)scheme, teller->source, full_name,
                            port != NULL ? (int)strcspn(port, "/") : 0, port != NULL ? port : "");
}

/* ---- what one server tells ---- */

/* A server that is configured already, by id or by the host of its source. */
static wck_server_config *configured_as(discovery *d, const wck_downstream *item)
{
    const char *name = name_of(d, item->id);

    if (name != NULL)
        return find(d, name);
    for (size_t i = 0; i < d->configured; i++)
        if (collect_is_host(d->proposed.items[i].source, item->full_name) && !is_address(item->full_name))
            return &d->proposed.items[i];
    return NULL;
}

static wck_status add_new(discovery *d, const wck_server_config *teller, const wck_downstream *item)
{
    wck_server_config fresh = {.api = WCK_API_SYNC}, *place;

    fresh.name = new_name(d, item->full_name);
    fresh.source = new_source(d, teller, item->full_name);
    fresh.ca_file = teller->ca_file;
    place = fresh.name != NULL && fresh.source != NULL ? wck_vec_push(&d->proposed) : NULL;
    if (place == NULL)
        return no_memory(d);
    *place = fresh;
    return know(d, item->id, fresh.name);
}

static bool is_ours(const discovery *d, const wck_downstream *item)
{
    return wck_guid_eq(item->id, d->w->identity.account_guid) ||
           strcmp(item->full_name, d->w->identity.account_name) == 0;
}

static wck_status take_name(discovery *d, size_t teller, const wck_downstream *item)
{
    char shown[120];
    wck_server_config *s;

    if (is_ours(d, item) || wck_guid_is_zero(item->id))
        return WCK_OK;
    s = configured_as(d, item);
    if (s != NULL)
        return know(d, item->id, s->name);
    if (!is_host_name(item->full_name)) {
        cli_warn(d->w->c, "a downstream server is left out: \"%s\" is no name of a host",
                 wck_quote_short(shown, sizeof shown, item->full_name, 60));
        return WCK_OK;
    }
    if (d->proposed.n >= WCK_MAX_SERVERS)
        return wck_fail(&d->w->c->err, WCK_E_LIMIT, "could not propose more than %u servers", WCK_MAX_SERVERS);
    return add_new(d, &d->proposed.items[teller], item);
}

static void show(const discovery *d, const wck_server_config *s, const wck_downstream *item, bool fresh)
{
    char name[120], full[120], version[60], parent[120], last[WCK_TIME_TEXT];

    if (d->w->c->quiet)
        return;
    fprintf(stderr, "%s: %s, %s of %s, version %s, last synchronized %s%s\n", wck_quote_short(name, sizeof name, s->name, 60),
            wck_quote_short(full, sizeof full, item->full_name, 80), wck_mode_name(s->mode),
            s->parent != NULL ? wck_quote_short(parent, sizeof parent, s->parent, 60) : "a server that is not known",
            item->version != NULL ? wck_quote_short(version, sizeof version, item->version, 30) : "not told",
            wck_time_format_short(last, item->last_sync), fresh ? " (new)" : "");
}

static void take_parent(discovery *d, size_t teller, const wck_downstream *item)
{
    const char *own = name_of(d, item->id), *parent = wck_guid_is_zero(item->parent) ? d->proposed.items[teller].name
                                                                                    : name_of(d, item->parent);
    wck_server_config *s = own != NULL ? find(d, own) : NULL;
    wck_mode mode = item->replica == WCK_BOOL_NONE ? WCK_MODE_UNKNOWN
                    : item->replica == 1           ? WCK_MODE_REPLICA
                                                   : WCK_MODE_AUTONOMOUS;
    char name[120], told[120];

    if (s == NULL || s == &d->proposed.items[teller])
        return;
    if (parent != NULL && s->parent != NULL && strcmp(parent, s->parent) != 0)
        cli_warn(d->w->c, "server \"%s\" is configured below another server than \"%s\", which its own reports name",
                 wck_quote_short(name, sizeof name, s->name, 60), wck_quote_short(told, sizeof told, parent, 60));
    if (s->parent == NULL)
        s->parent = parent;
    if (s->mode == WCK_MODE_UNKNOWN)
        s->mode = mode;
    show(d, s, item, (size_t)(s - d->proposed.items) >= d->configured);
}

static wck_status take(discovery *d, size_t teller, const wck_downstream_list *list)
{
    wck_status status = know(d, list->server_id, d->proposed.items[teller].name);

    for (size_t i = 0; i < list->n && status == WCK_OK; i++)
        status = take_name(d, teller, &list->items[i]);
    for (size_t i = 0; i < list->n && status == WCK_OK; i++)
        take_parent(d, teller, &list->items[i]);
    return status;
}

static wck_status ask(discovery *d, size_t index)
{
    const wck_server_config *s = &d->proposed.items[index];
    wck_downstream_list list = {0};
    collect_secrets secrets = {0};
    wck_collect_options o;
    wck_error err = {0};
    char name[120];
    wck_status status = collect_options(d->w, s, &secrets, &o, &err);

    if (status == WCK_OK)
        status = wck_collect_downstream(&list, s->source, &o, &err);
    collect_secrets_clear(&secrets);
    d->asked++;
    if (status == WCK_OK)
        status = take(d, index, &list);
    else if (status == WCK_E_MEMORY || status == WCK_E_CANCELED)
        d->w->c->err = err;
    else {
        d->failed++;
        cli_warn(d->w->c, "could not ask server \"%s\": %s", wck_quote_short(name, sizeof name, s->name, 60), err.text);
        if (err.hint[0] != '\0' && !d->w->c->quiet)
            fprintf(stderr, "hint: %s\n", err.hint);
        status = WCK_OK;
    }
    wck_downstream_list_clear(&list);
    return status;
}

/* ---- reading what is new ---- */

/* The address was proposed, not told: what answers there must be the server that was meant. */
static wck_status is_the_one(const collect_work *w, const wck_server_config *s, const wck_snapshot *snapshot, wck_error *err)
{
    const discovery *d = w->payload;
    const char *name = name_of(d, snapshot->server.server_id);

    if (name != NULL && strcmp(name, s->name) == 0)
        return WCK_OK;
    wck_fail(err, WCK_E_INPUT, "another server than the one that was looked for answers at its proposed address");
    return wck_fail_hint(err, "Set \"source\" to where it listens (8530, 8531, 80, 443).");
}

static wck_status read_new(discovery *d)
{
    collect_work *w = d->w;
    const wck_server_config **servers = calloc(d->proposed.n + 1, sizeof *servers);

    if (servers == NULL)
        return no_memory(d);
    free(w->servers);
    w->servers = servers;
    w->n = 0;
    for (size_t i = d->configured; i < d->proposed.n; i++)
        servers[w->n++] = &d->proposed.items[i];
    w->accept = is_the_one;
    w->payload = d;
    collect_run(w);
    if (w->failure.status == WCK_OK)
        return WCK_OK;
    w->c->err = w->failure;
    return w->failure.status;
}

/* ---- all of it ---- */

static bool can_tell(const wck_server_config *s)
{
    return collect_is_http(s->source) && s->api != WCK_API_SYNC;
}

/* Named on the command line, or every root that can tell; a server below one of them is told of by it. */
static bool is_asked(const discovery *d, size_t index)
{
    const wck_server_config *s = &d->w->c->config->servers.items[index];

    for (size_t i = 0; i < d->w->n; i++)
        if (d->w->servers[i] == s)
            return can_tell(s) && (d->w->c->args.n > 0 || s->parent == NULL);
    return false;
}

static wck_status begin(discovery *d)
{
    const wck_config_file *config = d->w->c->config;

    for (size_t i = 0; i < config->servers.n; i++) {
        wck_server_config *s = wck_vec_push(&d->proposed);
        if (s == NULL)
            return no_memory(d);
        *s = config->servers.items[i];
    }
    d->configured = d->proposed.n;
    return wck_store_list(d->w->c->store, NULL, learn_stored, d, &d->w->c->err);
}

static wck_status put(const discovery *d)
{
    cli *c = d->w->c;
    wck_config_file config = *c->config;
    wck_status status;
    wck_buf out;

    config.servers.items = d->proposed.items;
    config.servers.n = d->proposed.n;
    wck_buf_init(&out, 64U << 20);
    status = wck_codec_put_config(&out, &config, &c->err);
    if (status == WCK_OK)
        status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status;
}

static wck_status nobody(const discovery *d)
{
    if (d->asked == 0) {
        wck_fail(&d->w->c->err, WCK_E_NOT_FOUND, "could not look for servers: no root of the configuration has api \"admin\" "
                                                 "or \"auto\"");
        return wck_fail_hint(&d->w->c->err, "Only MS-WSUSAR tells of downstream servers: set \"api\" and \"auth\" of the root.");
    }
    return wck_fail(&d->w->c->err, WCK_E_HTTP, "could not look for servers: none of those that were asked answered");
}

int discover_run(collect_work *w, bool read)
{
    discovery d = {.w = w};
    wck_status status = begin(&d);

    for (size_t i = 0; i < d.configured && status == WCK_OK; i++)
        if (is_asked(&d, i))
            status = ask(&d, i);
    if (status == WCK_OK && d.failed == d.asked)
        status = nobody(&d);
    if (status == WCK_OK && read && d.proposed.n > d.configured)
        status = read_new(&d);
    if (status == WCK_OK)
        status = put(&d);
    wck_vec_clear(&d.known);
    wck_vec_clear(&d.proposed);
    if (status != WCK_OK)
        return cli_fail(w->c);
    return d.failed > 0 || w->dead > 0 ? EXIT_UNKNOWN : EXIT_CONSISTENT;
}
