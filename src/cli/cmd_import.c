/* SPDX-License-Identifier: MIT
 * cmd_import.c: snapshots from files, no configuration needed. */
#include "cli/cli.h"

#include "base/quote.h"
#include "cli/heap.h"
#include "cli/progress.h"
#include "collect/collect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *server, *parent, *mode;

static const opt options[] = {
    {OPT_TEXT, "server", 0, &server, "NAME", "name of the server (default: as the file says)", 0},
    {OPT_TEXT, "parent", 0, &parent, "NAME", "its upstream server", 0},
    {OPT_TEXT, "mode", 0, &mode, "replica|autonomous", "its mode", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

static wck_status read_file(cli *c, const char *path, wck_snapshot **out)
{
    wck_collect_options collect = {.server_name = server, .parent = parent, .progress = progress_step};

    if (wck_collect_is_package(path)) {
        if (mode != NULL)
            wck_mode_parse(&collect.mode, mode);
        return wck_collect_package(out, path, &collect, &c->err);
    }
    return wck_codec_read_snapshot(out, path, &c->err);
}

static wck_status override(cli *c, wck_snapshot *s)
{
    if (server != NULL)
        s->server.name = wck_snapshot_text(s, server);
    if (parent != NULL)
        s->server.parent = wck_snapshot_text(s, parent);
    if (mode != NULL)
        wck_mode_parse(&s->server.mode, mode);
    if (s->server.name == NULL || (parent != NULL && s->server.parent == NULL))
        return wck_fail_memory(&c->err, "importing");
    return WCK_OK;
}

static wck_status import_one(cli *c, const char *path, wck_snapshot_id *id, bool *existed)
{
    wck_snapshot *s = NULL;
    char name[120];
    wck_status status = read_file(c, path, &s);

    if (status == WCK_OK)
        status = override(c, s);
    if (status == WCK_OK)
        status = wck_store_put(c->store, s, id, existed, &c->err);
    if (status == WCK_OK && !c->quiet)
        fprintf(stderr, "%s: snapshot %" PRId64 "%s: %zu categories, %zu updates, %zu approvals, %zu declined\n",
                wck_quote_short(name, sizeof name, s->server.name, 80), *id, *existed ? " (already there)" : "",
                s->categories.n, s->updates.n, s->approvals.n, s->declined.n);
    wck_snapshot_free(s);
    return status;
}

/* All files or none: what was stored before the failure is taken back. */
static int run(cli *c)
{
    wck_snapshot_id *made;
    size_t n_made = 0;
    wck_status status;

    if (c->args.n == 0)
        return cli_usage(c, "import", "no file given");
    if (server != NULL && c->args.n > 1)
        return cli_usage(c, "import", "option --server goes with one file");
    cli_heap_prepare();
    made = calloc(c->args.n, sizeof *made);
    status = made == NULL ? wck_fail_memory(&c->err, "importing") : cli_load_config(c);
    if (status == WCK_OK)
        status = cli_open_store(c, true);
    for (size_t i = 0; i < c->args.n && status == WCK_OK; i++) {
        bool existed = false;
        wck_snapshot_id id = 0;
        status = import_one(c, c->args.items[i], &id, &existed);
        if (status == WCK_OK && !existed)
            made[n_made++] = id;
        if (status == WCK_OK && cli_canceled)
            status = wck_fail(&c->err, WCK_E_CANCELED, "interrupted: nothing was imported");
    }
    while (status != WCK_OK && n_made > 0)
        wck_store_remove(c->store, made[--n_made], NULL);
    free(made);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_import = {"import", "FILE…", "store one snapshot from each file", options, run};
