/* SPDX-License-Identifier: MIT
 * cmd_collect.c: read every configured server, store one snapshot each. A dead server becomes a snapshot of unknowns
 * with the reason; it never stops or falsifies the others. */
#include "cli/cli.h"

#include "base/fs.h"
#include "base/quote.h"
#include "base/secret.h"
#include "cli/password.h"
#include "cli/progress.h"
#include "cli/workers.h"
#include "collect/collect.h"
#include "collect/susdb.h"

#include <ctype.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t jobs = 4, pause_ms, retry_base_ms, timeout_s;
static bool show_identity;
static const char *as_protocol;

static const opt options[] = {
    {OPT_NUMBER, "jobs", 'j', &jobs, "N", "servers read at the same time (4)", 64},
    {OPT_NUMBER, "pause", 0, &pause_ms, "MS", "pause between calls to one server (0)", 60000},
    {OPT_NUMBER, "timeout", 0, &timeout_s, "S", "limit of one call (900)", 86400},
    {OPT_NUMBER, "retry-base", 0, &retry_base_ms, "MS", "first wait after a transport error (5000)", 600000},
    {OPT_TEXT, "as-protocol", 0, &as_protocol, "VERSION", "speak this protocol version, e.g. 1.8", 0},
    {OPT_FLAG, "show-identity", 0, &show_identity, NULL, "show what servers see of us, and stop", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

typedef struct work {
    cli *c;
    const wck_server_config **servers;
    size_t n;
    wck_collect_identity identity;
    wck_document_cache cache;
    pthread_mutex_t lock; /* counts, failure, talk */
    size_t read, dead;
    wck_error failure; /* first failure of the store: that stops everything */
} work;

/* ---- identity ---- */

/* accountName takes letters, digits, "-" and "." (protocol.md 3). */
static void default_account(char *out, size_t size)
{
    char host[128] = "";
    size_t n;

    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    n = (size_t)snprintf(out, size, "wsusck-audit.");
    for (const char *p = host; *p != '\0' && n + 1 < size; p++)
        if (isalnum((unsigned char)*p) || *p == '-' || (*p == '.' && p[1] != '\0'))
            out[n++] = *p;
    out[n] = '\0';
    if (out[n - 1] == '.')
        snprintf(out + n, size - n, "local");
}

static wck_status get_or_make(cli *c, const char *key, wck_buf *out, const char *fresh)
{
    wck_status status = wck_store_meta_get(c->store, key, out, &c->err);

    if (status != WCK_E_NOT_FOUND)
        return status;
    status = wck_store_meta_put(c->store, key, fresh, &c->err);
    if (status == WCK_OK)
        wck_buf_puts(out, fresh);
    return status;
}

/* One stable name and GUID per installation: the upstream keeps a row for each that it ever saw (protocol.md 9). */
static wck_status load_identity(cli *c, wck_collect_identity *identity, char *name, size_t name_size)
{
    char account[200], guid_text[WCK_GUID_TEXT];
    wck_guid fresh = {0, 0};
    wck_status status;
    wck_buf text;

    if (!wck_random(&fresh, sizeof fresh))
        return wck_fail(&c->err, WCK_E_IO, "could not make an identity: no random numbers");
    fresh.hi = (fresh.hi & ~UINT64_C(0xf000)) | 0x4000; /* version 4, variant 1 */
    fresh.lo = (fresh.lo & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
    default_account(account, sizeof account);
    wck_buf_init(&text, 1024);
    status = get_or_make(c, "account_name", &text, account);
    snprintf(name, name_size, "%s", wck_buf_text(&text));
    if (c->config != NULL && c->config->account_name != NULL)
        snprintf(name, name_size, "%s", c->config->account_name);
    wck_buf_reset(&text);
    if (status == WCK_OK)
        status = get_or_make(c, "account_guid", &text, wck_guid_format(guid_text, fresh));
    if (status == WCK_OK && !wck_guid_parse(&identity->account_guid, wck_buf_text(&text)))
        status = wck_fail(&c->err, WCK_E_STORE, "could not read the identity: the store holds no GUID there");
    identity->account_name = name;
    wck_buf_clear(&text);
    return status;
}

static wck_status refuse_real_id(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    const wck_collect_identity *identity = payload;

    if (!wck_guid_eq(info->server_id, identity->account_guid))
        return WCK_OK;
    wck_fail(err, WCK_E_ARG, "could not collect: our account GUID is the id of a real server");
    return wck_fail_hint(err, "Make a new store; presenting a server's id would overwrite its status upstream.");
}

static int print_identity(const wck_collect_identity *identity)
{
    char id[WCK_GUID_TEXT];

    printf("account name  %s\naccount GUID  %s\n\n"
           "Every server read over MS-WSUSSS lists this once as a downstream server; it never synchronizes.\n"
           "To remove it, on that server, in PowerShell:\n"
           "  (Get-WsusServer).GetDownstreamServer([guid]'%s').Delete()\n",
           identity->account_name, wck_guid_format(id, identity->account_guid), id);
    return EXIT_CONSISTENT;
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

/* What the configuration says wins over what a document calls itself. */
static wck_status name_it(const wck_server_config *s, wck_snapshot *snapshot, wck_error *err)
{
    snapshot->server.name = wck_snapshot_text(snapshot, s->name);
    if (s->parent != NULL && snapshot->server.parent == NULL)
        snapshot->server.parent = wck_snapshot_text(snapshot, s->parent);
    if (snapshot->server.mode == WCK_MODE_UNKNOWN)
        snapshot->server.mode = s->mode;
    return snapshot->server.name == NULL ? wck_fail_memory(err, "collecting") : WCK_OK;
}

static wck_status collect_server(work *w, const wck_server_config *s, wck_snapshot **out, wck_error *err)
{
    wck_secret password = {0}, proxy_password = {0};
    wck_collect_options o = {.server_name = s->name,
                             .parent = s->parent,
                             .mode = s->mode,
                             .auth_kind = s->auth_kind,
                             .user = s->auth_user,
                             .password = &password,
                             .proxy_url = s->proxy_url,
                             .proxy_user = s->proxy_user,
                             .proxy_password = &proxy_password,
                             .proxy_basic = s->proxy_basic,
                             .ca_file = s->ca_file,
                             .crl_file = s->crl_file,
                             .identity = &w->identity,
                             .cache = &w->cache,
                             .progress = progress_step,
                             .canceled = &cli_canceled,
                             .pause_ms = (unsigned)pause_ms,
                             .retry_base_ms = (unsigned)retry_base_ms,
                             .timeout_s = (unsigned)timeout_s,
                             .as_protocol = as_protocol};
    wck_status status = cli_read_password(s->auth_password_env, s->auth_password_file, &password, err);

    if (o.mode == WCK_MODE_UNKNOWN && o.parent == NULL)
        o.mode = WCK_MODE_AUTONOMOUS; /* a root is autonomous */
    if (status == WCK_OK)
        status = cli_read_password(s->proxy_password_env, s->proxy_password_file, &proxy_password, err);
    if (status == WCK_OK)
        status = read_source(s, &o, out, err);
    if (status == WCK_OK)
        status = name_it(s, *out, err);
    if (status != WCK_OK && status != WCK_E_CANCELED && status != WCK_E_MEMORY) {
        wck_error why = *err;
        wck_snapshot_free(*out);
        *out = NULL;
        if (wck_collect_unknown(out, &o, why.text, err) == WCK_OK)
            *err = why; /* kept for the talk */
        else
            status = WCK_E_MEMORY;
    }
    wck_secret_clear(&password);
    wck_secret_clear(&proxy_password);
    return status;
}

static void told(work *w, const wck_server_config *s, wck_status status, const wck_error *err,
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

static void handle(work *w, const wck_server_config *s)
{
    wck_snapshot *snapshot = NULL;
    wck_error err = {0}, store_err = {0};
    wck_snapshot_id id;
    wck_status status = collect_server(w, s, &snapshot, &err), stored = WCK_OK;

    if (snapshot != NULL && !cli_canceled)
        stored = wck_store_put(w->c->store, snapshot, &id, NULL, &store_err);
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
    work *w = payload;

    handle(w, w->servers[i]);
}

static bool store_works(void *payload)
{
    work *w = payload;
    bool works;

    pthread_mutex_lock(&w->lock);
    works = w->failure.status == WCK_OK;
    pthread_mutex_unlock(&w->lock);
    return works;
}

/* The configured servers that were asked for, or all. */
static wck_status choose(cli *c, work *w)
{
    char name[120];

    w->servers = calloc(c->config->servers.n + 1, sizeof *w->servers);
    if (w->servers == NULL)
        return wck_fail_memory(&c->err, "collecting");
    for (size_t k = 0; k < c->args.n; k++) {
        const wck_server_config *found = NULL;
        for (size_t i = 0; i < c->config->servers.n; i++)
            if (strcmp(c->config->servers.items[i].name, c->args.items[k]) == 0)
                found = &c->config->servers.items[i];
        if (found == NULL) {
            wck_fail(&c->err, WCK_E_NOT_FOUND, "could not collect server \"%s\": it is not in the configuration",
                     wck_quote_short(name, sizeof name, c->args.items[k], 60));
            return wck_fail_hint(&c->err, "Add it under \"servers\" in wsusck.json.");
        }
        for (size_t i = 0; i < w->n; i++)
            if (w->servers[i] == found)
                found = NULL; /* named twice */
        if (found != NULL)
            w->servers[w->n++] = found;
    }
    for (size_t i = 0; c->args.n == 0 && i < c->config->servers.n; i++)
        w->servers[w->n++] = &c->config->servers.items[i];
    return WCK_OK;
}

static wck_status need_config(cli *c)
{
    wck_status status = cli_load_config(c);

    if (status == WCK_OK && !show_identity && (c->config == NULL || c->config->servers.n == 0)) {
        wck_fail(&c->err, WCK_E_NOT_FOUND, "could not collect: no server is configured");
        status = wck_fail_hint(&c->err, "Write wsusck.json with \"servers\", or use \"wsusck import FILE\".");
    }
    return status;
}

static int run(cli *c)
{
    work w = {.c = c, .lock = PTHREAD_MUTEX_INITIALIZER};
    char account[200];
    wck_status status = need_config(c);
    int code = EXIT_CONSISTENT;

    if (status == WCK_OK)
        status = cli_open_store(c, true);
    if (status == WCK_OK)
        status = load_identity(c, &w.identity, account, sizeof account);
    if (status == WCK_OK && show_identity)
        return print_identity(&w.identity);
    if (status == WCK_OK)
        status = wck_store_list(c->store, NULL, refuse_real_id, &w.identity, &c->err);
    if (status == WCK_OK)
        status = choose(c, &w);
    if (status == WCK_OK) {
        w.cache = (wck_document_cache){cache_get, cache_put, c->store};
        cli_run_workers(&(cli_workers){
            .n = w.n, .jobs = jobs, .each = each_server, .may_go_on = store_works, .payload = &w});
        if (w.failure.status != WCK_OK) {
            c->err = w.failure;
            status = w.failure.status;
        }
    }
    if (w.dead > 0)
        code = EXIT_UNKNOWN;
    free(w.servers);
    return status == WCK_OK ? code : cli_fail(c);
}

const command cmd_collect = {"collect", "[SERVER…]", "read every configured server, store one snapshot each", options,
                             run};
