/* SPDX-License-Identifier: MIT
 * prune.c: see prune.h. A server that has been down for longer than what is kept is still compared with what it held
 * before (load_tree.c), so that snapshot stays too. */
#include "cli/prune.h"

#include "base/quote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
    wck_snapshot_id id;
    size_t server; /* its number */
} row;

typedef struct pruning {
    cli *c;
    wck_arena *names;
    WCK_VEC(row) rows; /* by server, oldest first */
    WCK_VEC(const char *) servers;
    WCK_VEC(wck_snapshot_id) doomed;
} pruning;

static wck_status take(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    pruning *p = payload;
    row *r = wck_vec_push(&p->rows);

    if (r != NULL && (p->servers.n == 0 || strcmp(p->servers.items[p->servers.n - 1], info->server) != 0)) {
        const char **name = wck_vec_push(&p->servers), *copy = wck_arena_strdup(p->names, info->server);
        if (name == NULL || copy == NULL)
            return wck_fail_memory(err, "reading the store");
        *name = copy;
    }
    if (r == NULL)
        return wck_fail_memory(err, "reading the store");
    *r = (row){info->id, p->servers.n - 1};
    return WCK_OK;
}

static bool wanted(const cli *c, const char *server)
{
    for (size_t i = 1; i < c->args.n; i++)
        if (strcmp(c->args.items[i], server) == 0)
            return true;
    return c->args.n < 2;
}

static wck_status was_read(cli *c, wck_snapshot_id id, bool *out)
{
    wck_reader *r;
    wck_status status = wck_store_reader(c->store, id, &r, &c->err);

    if (status != WCK_OK)
        return status;
    *out = cli_anything_read(r->head);
    wck_reader_close(r);
    return WCK_OK;
}

/* rows: of one server, oldest first. */
static wck_status choose(pruning *p, const row *rows, size_t n, size_t keep)
{
    bool read = false; /* one that stays tells something */

    for (size_t i = 0; i < n; i++) {
        wck_snapshot_id id = rows[n - 1 - i].id, *doomed;
        bool stays = i < keep;
        if (!read) {
            wck_status status = was_read(p->c, id, &read);
            if (status != WCK_OK)
                return status;
            stays = stays || read;
        }
        if (stays)
            continue;
        doomed = wck_vec_push(&p->doomed);
        if (doomed == NULL)
            return wck_fail_memory(&p->c->err, "pruning the store");
        *doomed = id;
    }
    return WCK_OK;
}

static wck_status choose_all(pruning *p, size_t keep, wck_buf *out)
{
    char shown[120];
    wck_status status = WCK_OK;

    for (size_t from = 0, to; from < p->rows.n && status == WCK_OK; from = to) {
        size_t server = p->rows.items[from].server, before = p->doomed.n;
        for (to = from; to < p->rows.n && p->rows.items[to].server == server; to++)
            ;
        if (wanted(p->c, p->servers.items[server]))
            status = choose(p, p->rows.items + from, to - from, keep);
        for (size_t i = p->doomed.n; i > before && status == WCK_OK; i--)
            wck_buf_printf(out, "%6" PRId64 "  %s\n", p->doomed.items[i - 1],
                           wck_quote_short(shown, sizeof shown, p->servers.items[server], 80));
    }
    return status;
}

/* A name that is not there is a mistake, not nothing to do. */
static wck_status known(const pruning *p)
{
    char shown[120];

    for (size_t i = 1; i < p->c->args.n; i++) {
        bool found = false;
        for (size_t k = 0; k < p->servers.n && !found; k++)
            found = strcmp(p->c->args.items[i], p->servers.items[k]) == 0;
        if (!found) {
            wck_fail(&p->c->err, WCK_E_NOT_FOUND, "could not find server \"%s\": it is not in the store",
                     wck_quote_short(shown, sizeof shown, p->c->args.items[i], 60));
            return wck_fail_hint(&p->c->err, "\"wsusck snapshot list\" shows what is.");
        }
    }
    return WCK_OK;
}

wck_status cli_prune(cli *c, size_t keep, bool dry_run, wck_buf *out)
{
    pruning p = {.c = c, .names = wck_arena_new()};
    wck_status status = p.names != NULL ? wck_store_list(c->store, NULL, take, &p, &c->err)
                                        : wck_fail_memory(&c->err, "reading the store");

    if (status == WCK_OK)
        status = known(&p);
    if (status == WCK_OK)
        status = choose_all(&p, keep, out);
    if (status == WCK_OK && !dry_run)
        status = wck_store_remove_all(c->store, p.doomed.items, p.doomed.n, &c->err);
    if (status == WCK_OK)
        wck_buf_printf(out, "%s %zu of %zu snapshots of %zu servers\n", dry_run ? "would remove" : "removed",
                       p.doomed.n, p.rows.n, p.servers.n);
    wck_vec_clear(&p.rows);
    wck_vec_clear(&p.servers);
    wck_vec_clear(&p.doomed);
    wck_arena_free(p.names);
    return status;
}
