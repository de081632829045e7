/* SPDX-License-Identifier: MIT
 * cmd_collect.c: read every configured server, store one snapshot each. A dead server becomes a snapshot of unknowns
 * with the reason; it never stops or falsifies the others. */
#include "cli/cli.h"

#include "base/quote.h"
#include "cli/collect_work.h"
#include "cli/discover.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t jobs = 4, pause_ms, retry_base_ms, timeout_s;
static bool show_identity, only_digests, same_method, discover, read_found;
static const char *as_protocol;

static const opt options[] = {
    {OPT_NUMBER, "jobs", 'j', &jobs, "N", "servers read at the same time (4)", 64},
    {OPT_NUMBER, "pause", 0, &pause_ms, "MS", "pause between calls to one server (0)", 60000},
    {OPT_NUMBER, "timeout", 0, &timeout_s, "S", "limit of one call (900)", 86400},
    {OPT_NUMBER, "retry-base", 0, &retry_base_ms, "MS", "first wait after a transport error (5000)", 600000},
    {OPT_TEXT, "as-protocol", 0, &as_protocol, "VERSION", "speak this protocol version, e.g. 1.8", 0},
    {OPT_FLAG, "same-method", 0, &same_method, NULL, "every server is read with api \"admin\": its lists count as complete", 0},
    {OPT_FLAG, "only-digests", 0, &only_digests, NULL, "store no snapshot, tell what would travel to the store", 0},
    {OPT_FLAG, "discover", 0, &discover, NULL, "ask the roots for their downstream servers, propose a configuration", 0},
    {OPT_FLAG, "read", 0, &read_found, NULL, "with --discover: read new servers that answer without a login", 0},
    {OPT_FLAG, "show-identity", 0, &show_identity, NULL, "show what servers see of us, and stop", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

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

/* The configured servers that were asked for, or all. */
static wck_status choose(cli *c, collect_work *w)
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

/* Lists of the administration service count as complete only against their like. */
static wck_status check_same_method(cli *c)
{
    char name[120];

    for (size_t i = 0; i < c->config->servers.n; i++) {
        const wck_server_config *s = &c->config->servers.items[i];
        if (s->api == WCK_API_ADMIN && collect_is_http(s->source))
            continue;
        wck_fail(&c->err, WCK_E_USAGE, "--same-method needs api \"admin\" for every server, and \"%s\" has another source",
                 wck_quote_short(name, sizeof name, s->name, 60));
        return wck_fail_hint(&c->err, "Without it, lists of the administration service prove what is there, not what is "
                                      "missing.");
    }
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
    collect_work w = {.c = c,
                      .jobs = jobs,
                      .pause_ms = (unsigned)pause_ms,
                      .retry_base_ms = (unsigned)retry_base_ms,
                      .timeout_s = (unsigned)timeout_s,
                      .as_protocol = as_protocol,
                      .same_method = same_method,
                      .only_digests = only_digests,
                      .lock = PTHREAD_MUTEX_INITIALIZER};
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
    if (status == WCK_OK && same_method)
        status = check_same_method(c);
    if (status == WCK_OK && discover) {
        w.cache = collect_cache(c);
        code = discover_run(&w, read_found);
        free(w.servers);
        return code;
    }
    if (status == WCK_OK) {
        w.cache = collect_cache(c);
        collect_run(&w);
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
