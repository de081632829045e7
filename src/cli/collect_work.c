/* SPDX-License-Identifier: MIT
 * collect_work.c: several servers read at the same time, each stored as it comes. A dead server becomes a snapshot of
 * unknowns with the reason; it never stops or falsifies the others. */
#include "cli/collect_work.h"

#include "base/quote.h"
#include "cli/password.h"
#include "cli/progress.h"
#include "cli/workers.h"
#include "collect/susdb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- hosts ---- */

bool collect_is_http(const char *source)
{
    return strncmp(source, "http://", 7) == 0 || strncmp(source, "https://", 8) == 0;
}

static size_t host_of(const char *source, const char **host)
{
    const char *at = strstr(source, "://");

    *host = at != NULL ? at + 3 : source;
    return strcspn(*host, **host == '[' ? "]/" : ":/");
}

/* Full names are equal; a name without a domain also stands for the server of that first label. */
bool collect_is_host(const char *source, const char *name)
{
    const char *host;
    size_t len = host_of(source, &host), want = strlen(name), label = strcspn(name, ".");
    size_t first = len > 0 ? strcspn(host, ".:/]") : 0;

    if (!collect_is_http(source) || len == 0)
        return false;
    if (len == want && strncasecmp(host, name, len) == 0)
        return true;
    if (strspn(host, "0123456789.") >= len || *host == '[') /* an address has no labels */
        return false;
    return (first == len) != (label == want) && first == label && strncasecmp(host, name, label) == 0;
}

/* ---- one server ---- */

static wck_status cache_get(void *payload, wck_guid id, int64_t revision, wck_buf *out, wck_error *err)
{
    return wck_store_document_get(payload, id, revision, out, err);
}

static wck_status cache_put(void *payload, wck_guid id, int64_t revision, const void *data, size_t len, wck_error *err)
{
    return wck_store_document_put(payload, id, revision, data, len, err);
}

wck_document_cache collect_cache(const cli *c)
{
    return (wck_document_cache){cache_get, cache_put, c->store};
}

/* "store:URI#server": the latest snapshot of a server in another store. */
static wck_status newest(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    (void)err;
    *(wck_snapshot_id *)payload = info->id;
    return WCK_OK;
}

static wck_status read_other_store(wck_snapshot **out, const char *spec, wck_error *err)
{
    const char *hash = strrchr(spec, '#');
    wck_store_options read_only = {.read_only = true};
    wck_store *other = NULL;
    wck_snapshot_id id = 0;
    wck_status status;
    char *uri;

    if (hash == NULL || hash[1] == '\0')
        return wck_fail(err, WCK_E_INPUT, "could not read a source: \"store:\" needs URI#server");
    uri = strndup(spec, (size_t)(hash - spec));
    if (uri == NULL)
        return wck_fail_memory(err, "reading a source");
    status = wck_store_open(&other, uri, &read_only, err);
    free(uri);
    if (status == WCK_OK)
        status = wck_store_list(other, hash + 1, newest, &id, err);
    if (status == WCK_OK && id == 0)
        status = wck_fail(err, WCK_E_NOT_FOUND, "could not read a source: that server is not in the other store");
    if (status == WCK_OK)
        status = wck_store_get(other, id, out, err);
    wck_store_close(other);
    return status;
}

static wck_status read_source(const wck_server_config *s, const wck_collect_options *o, wck_snapshot **out,
                              wck_error *err)
{
    char shown[120];
    bool http = strncmp(s->source, "http://", 7) == 0 || strncmp(s->source, "https://", 8) == 0;

    if (http && s->api == WCK_API_ADMIN)
        return wck_collect_admin(out, s->source, o, err);
    if (http && s->api == WCK_API_AUTO)
        return wck_collect_auto(out, s->source, o, err);
    if (http)
        return wck_collect_sync(out, s->source, o, err);
    if (strncmp(s->source, "file:", 5) == 0 && wck_collect_is_package(s->source + 5))
        return wck_collect_package(out, s->source + 5, o, err);
    if (strncmp(s->source, "file:", 5) == 0)
        return wck_codec_read_snapshot(out, s->source + 5, err);
    if (strncmp(s->source, "odbc:", 5) == 0)
        return wck_collect_susdb(out, s->source + 5, o, err);
    if (strncmp(s->source, "store:", 6) == 0)
        return read_other_store(out, s->source + 6, err);
    wck_fail(err, WCK_E_INPUT, "source \"%s\" is of no kind that this version reads",
             wck_quote_short(shown, sizeof shown, s->source, 80));
    return wck_fail_hint(err, "http://…, https://…, file:PATH, odbc:CONNECTION and store:URI#server are read.");
}

static int64_t port_of(const char *source)
{
    const char *host, *digits;
    size_t len = host_of(source, &host);

    digits = host + len + (*host == '[');
    if (*digits == ':')
        return strtol(digits + 1, NULL, 10);
    return strncmp(source, "https://", 8) == 0 ? 443 : 80;
}

/* A child knows its upstream server under some name; of the configured servers that is the one on that host, where
 * several are behind one name the one on that port. */
static const char *parent_name(const collect_work *w, const wck_server_config *s, const wck_snapshot *snapshot)
{
    const char *upstream = snapshot->config.has_upstream ? snapshot->config.upstream.name : NULL, *on_host = NULL;

    if (s->parent != NULL || upstream == NULL)
        return s->parent;
    for (size_t i = 0; i < w->c->config->servers.n; i++) {
        const wck_server_config *other = &w->c->config->servers.items[i];
        if (other == s || !collect_is_host(other->source, upstream))
            continue;
        if (port_of(other->source) == snapshot->config.upstream.port)
            return other->name;
        if (on_host == NULL)
            on_host = other->name;
    }
    return on_host != NULL ? on_host : upstream;
}

/* What the configuration says wins over what a document calls itself. */
static wck_status name_it(const collect_work *w, const wck_server_config *s, wck_snapshot *snapshot, wck_error *err)
{
    const char *parent = parent_name(w, s, snapshot);

    snapshot->server.name = wck_snapshot_text(snapshot, s->name);
    if (snapshot->server.parent == NULL)
        snapshot->server.parent = wck_snapshot_text(snapshot, parent);
    if (snapshot->server.mode == WCK_MODE_UNKNOWN)
        snapshot->server.mode = s->mode;
    return snapshot->server.name == NULL || (parent != NULL && snapshot->server.parent == NULL)
               ? wck_fail_memory(err, "collecting")
               : WCK_OK;
}

wck_status collect_options(const collect_work *w, const wck_server_config *s, collect_secrets *secrets,
                           wck_collect_options *out, wck_error *err)
{
    wck_status status = cli_read_password(s->auth_password_env, s->auth_password_file, &secrets->password, err);

    *out = (wck_collect_options){.server_name = s->name,
                                  .parent = s->parent,
                                  .mode = s->mode,
                                  .auth_kind = s->auth_kind,
                                  .user = s->auth_user,
                                  .password = &secrets->password,
                                  .proxy_url = s->proxy_url,
                                  .proxy_user = s->proxy_user,
                                  .proxy_password = &secrets->proxy_password,
                                  .proxy_basic = s->proxy_basic,
                                  .ca_file = s->ca_file,
                                  .crl_file = s->crl_file,
                                  .identity = &w->identity,
                                  .cache = &w->cache,
                                  .progress = progress_step,
                                  .canceled = &cli_canceled,
                                  .pause_ms = w->pause_ms,
                                  .retry_base_ms = w->retry_base_ms,
                                  .timeout_s = w->timeout_s,
                                  .as_protocol = w->as_protocol,
                                  .same_method = w->same_method};
    if (out->mode == WCK_MODE_UNKNOWN && out->parent == NULL)
        out->mode = WCK_MODE_AUTONOMOUS; /* a root is autonomous */
    if (status == WCK_OK)
        status = cli_read_password(s->proxy_password_env, s->proxy_password_file, &secrets->proxy_password, err);
    return status;
}

void collect_secrets_clear(collect_secrets *secrets)
{
    wck_secret_clear(&secrets->password);
    wck_secret_clear(&secrets->proxy_password);
}

static wck_status collect_server(collect_work *w, const wck_server_config *s, wck_snapshot **out, wck_error *err)
{
    collect_secrets secrets = {0};
    wck_collect_options o;
    wck_status status = collect_options(w, s, &secrets, &o, err);

    if (status == WCK_OK)
        status = read_source(s, &o, out, err);
    if (status == WCK_OK)
        status = name_it(w, s, *out, err);
    if (status == WCK_OK && w->accept != NULL)
        status = w->accept(w, s, *out, err);
    if (status != WCK_OK && status != WCK_E_CANCELED && status != WCK_E_MEMORY) {
        wck_error why = *err;
        wck_snapshot_free(*out);
        *out = NULL;
        if (wck_collect_unknown(out, &o, why.text, err) == WCK_OK)
            *err = why; /* kept for the talk */
        else
            status = WCK_E_MEMORY;
    }
    collect_secrets_clear(&secrets);
    return status;
}

static void told(collect_work *w, const wck_server_config *s, wck_status status, const wck_error *err,
                 const wck_snapshot *snapshot)
{
    char name[120];

    progress_end();
    wck_quote_short(name, sizeof name, s->name, 60);
    if (status == WCK_OK && !w->c->quiet)
        fprintf(stderr, "%s: %zu categories, %zu updates, %zu approvals, %zu declined\n", name,
                snapshot->categories.n, snapshot->updates.n, snapshot->approvals.n, snapshot->declined.n);
    if (status != WCK_OK) {
        cli_warn(w->c, "could not read server \"%s\": %s", name, err->text);
        if (err->detail[0] != '\0' && !w->c->quiet)
            fprintf(stderr, "detail: %s\n", err->detail);
        if (err->hint[0] != '\0' && !w->c->quiet)
            fprintf(stderr, "hint: %s\n", err->hint);
    }
}

/* Store it, or tell on standard output what that would send. */
static wck_status keep(collect_work *w, const wck_server_config *s, const wck_snapshot *snapshot, wck_error *err)
{
    char name[120];
    wck_travel travel;
    wck_snapshot_id id;
    wck_status status;

    if (!w->only_digests)
        return wck_store_put(w->c->store, snapshot, &id, NULL, err);
    status = wck_store_would_put(w->c->store, snapshot, &travel, err);
    if (status == WCK_OK)
        printf("%s: %zu chunks of %llu bytes\n", wck_quote_short(name, sizeof name, s->name, 60), travel.chunks,
               (unsigned long long)travel.bytes);
    return status;
}

static void handle(collect_work *w, const wck_server_config *s)
{
    wck_snapshot *snapshot = NULL;
    wck_error err = {0}, store_err = {0};
    wck_status status = collect_server(w, s, &snapshot, &err), stored = WCK_OK;

    if (snapshot != NULL && !cli_canceled && (status == WCK_OK || w->accept == NULL))
        stored = keep(w, s, snapshot, &store_err);
    pthread_mutex_lock(&w->lock);
    if (status == WCK_OK && snapshot != NULL)
        w->read++;
    else
        w->dead++;
    if (stored != WCK_OK && w->failure.status == WCK_OK)
        w->failure = store_err;
    if (status == WCK_E_MEMORY && w->failure.status == WCK_OK)
        w->failure = err;
    if (!cli_canceled)
        told(w, s, status, &err, snapshot);
    pthread_mutex_unlock(&w->lock);
    wck_snapshot_free(snapshot);
}

static void each_server(size_t i, void *payload)
{
    collect_work *w = payload;

    handle(w, w->servers[i]);
}

static bool store_works(void *payload)
{
    collect_work *w = payload;
    bool works;

    pthread_mutex_lock(&w->lock);
    works = w->failure.status == WCK_OK;
    pthread_mutex_unlock(&w->lock);
    return works;
}

void collect_run(collect_work *w)
{
    cli_run_workers(&(cli_workers){
        .n = w->n, .jobs = w->jobs, .each = each_server, .may_go_on = store_works, .payload = w});
}
