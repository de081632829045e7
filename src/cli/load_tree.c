/* SPDX-License-Identifier: MIT
 * load_tree.c: the hierarchy out of the store: a snapshot of every server and the one before it. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct gather {
    WCK_VEC(cli_pick) picks;
    wck_arena *names;
} gather;

static wck_status take_latest(const char *server, wck_snapshot_id now, wck_snapshot_id before, void *payload,
                              wck_error *err)
{
    gather *g = payload;
    cli_pick *p = wck_vec_push(&g->picks);
    const char *copy = p != NULL ? wck_arena_strdup(g->names, server) : NULL;

    (void)before;
    if (copy == NULL)
        return wck_fail_memory(err, "reading the store");
    *p = (cli_pick){copy, now};
    return WCK_OK;
}

/* Every snapshot of the store, listed once: by server, oldest first. */
typedef struct seen {
    wck_snapshot_id id;
    wck_guid server_id; /* zero: not known */
} seen;

typedef struct series {
    const char *server;
    size_t from, to; /* in `all` */
} series;

typedef struct listed {
    WCK_VEC(seen) all;
    WCK_VEC(series) servers;
    wck_arena *names;
} listed;

static wck_status take_row(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    listed *l = payload;
    series *last = l->servers.n > 0 ? &l->servers.items[l->servers.n - 1] : NULL;
    seen *row = wck_vec_push(&l->all);

    if (row == NULL)
        return wck_fail_memory(err, "reading the store");
    *row = (seen){info->id, info->server_id};
    if (last == NULL || strcmp(last->server, info->server) != 0) {
        const char *server = wck_arena_strdup(l->names, info->server);
        last = server != NULL ? wck_vec_push(&l->servers) : NULL;
        if (last == NULL)
            return wck_fail_memory(err, "reading the store");
        *last = (series){server, l->all.n - 1, 0};
    }
    last->to = l->all.n;
    return WCK_OK;
}

static int cmp_series(const void *a, const void *b)
{
    return strcmp(((const series *)a)->server, ((const series *)b)->server);
}

/* Stores order names in their own way. */
static void sort_series(listed *l)
{
    if (l->servers.n > 1)
        qsort(l->servers.items, l->servers.n, sizeof *l->servers.items, cmp_series);
}

/* Those of the server before `now`, oldest first. */
static const seen *older_of(const listed *l, const cli_pick *p, size_t *n)
{
    const series key = {.server = p->server};
    const series *s = l->servers.n > 0 ? bsearch(&key, l->servers.items, l->servers.n, sizeof key, cmp_series) : NULL;

    *n = 0;
    if (s == NULL)
        return NULL;
    while (s->from + *n < s->to && l->all.items[s->from + *n].id != p->now)
        ++*n;
    return l->all.items + s->from;
}

wck_status cli_no_snapshots(cli *c)
{
    wck_fail(&c->err, WCK_E_NOT_FOUND, "could not look at anything: the store holds no snapshots");
    return wck_fail_hint(&c->err, "Run \"wsusck collect\" or \"wsusck import FILE\" first.");
}

/* Two servers behind one name (a load balancer, a clone): this id, another, this id again. */
static bool alternates(const seen *rows, size_t n, wck_guid now)
{
    bool other = false;

    for (size_t i = n; i-- > 0 && !wck_guid_is_zero(now);) {
        if (wck_guid_is_zero(rows[i].server_id))
            continue;
        if (!wck_guid_eq(rows[i].server_id, now))
            other = true;
        else if (other)
            return true;
    }
    return false;
}

bool cli_anything_read(const wck_snapshot *head)
{
    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        if (head->coverage[s].state >= WCK_COVERAGE_PARTIAL)
            return true;
    return false;
}

typedef struct id_text {
    char text[24];
} id_text;

/* The newest older snapshot in which anything was read: a server that was down last night is still compared with
 * what it held before. */
static wck_status open_before(cli *c, const listed *l, const cli_pick *p, wck_tree_input *input, id_text *id)
{
    size_t n;
    const seen *rows = older_of(l, p, &n);
    wck_status status = WCK_OK;

    input->id_alternates = alternates(rows, n, input->now->head->server.server_id);
    while (status == WCK_OK && n > 0 && input->before == NULL) {
        status = wck_store_reader(c->store, rows[--n].id, &input->before, &c->err);
        snprintf(id->text, sizeof id->text, "%lld", (long long)rows[n].id);
        if (status == WCK_OK && !cli_anything_read(input->before->head)) {
            wck_reader_close(input->before);
            input->before = NULL;
        }
    }
    input->previous_id = input->before != NULL ? id->text : NULL; /* whatif opens it again */
    return status;
}

static void apply_config(const cli *c, const char *name, wck_tree_input *input)
{
    if (c->config == NULL)
        return;
    for (size_t i = 0; i < c->config->servers.n; i++) {
        const wck_server_config *s = &c->config->servers.items[i];
        if (strcmp(s->name, name) == 0) {
            input->configured_mode = s->mode;
            input->configured_parent = s->parent;
        }
    }
}

static wck_status open_inputs(cli *c, const listed *l, const cli_pick *picks, size_t n, wck_tree_input *inputs,
                              id_text (*ids)[2])
{
    for (size_t i = 0; i < n; i++) {
        wck_status status = wck_store_reader(c->store, picks[i].now, &inputs[i].now, &c->err);
        if (status == WCK_OK)
            status = open_before(c, l, &picks[i], &inputs[i], &ids[i][1]);
        if (status != WCK_OK)
            return status;
        snprintf(ids[i][0].text, sizeof ids[i][0].text, "%lld", (long long)picks[i].now);
        inputs[i].snapshot_id = ids[i][0].text;
        apply_config(c, picks[i].server, &inputs[i]);
    }
    return WCK_OK;
}

wck_status cli_load_tree_of(cli *c, const cli_pick *picks, size_t n, wck_tree **out)
{
    wck_tree_input *inputs = calloc(n + 1, sizeof *inputs);
    id_text(*ids)[2] = calloc(n + 1, sizeof *ids);
    listed l = {.names = wck_arena_new()};
    wck_status status = inputs != NULL && ids != NULL && l.names != NULL
                            ? wck_store_list(c->store, NULL, take_row, &l, &c->err)
                            : wck_fail_memory(&c->err, "reading the store");

    if (status == WCK_OK) {
        sort_series(&l);
        status = open_inputs(c, &l, picks, n, inputs, ids);
    }
    if (status == WCK_OK)
        status = wck_tree_build(out, inputs, n, &c->err);
    else
        for (size_t i = 0; inputs != NULL && i < n; i++) {
            wck_reader_close(inputs[i].now);
            wck_reader_close(inputs[i].before);
        }
    wck_vec_clear(&l.all);
    wck_vec_clear(&l.servers);
    wck_arena_free(l.names);
    free(inputs);
    free(ids);
    return status;
}

/* Of one state: what is listed is there when it is opened. */
static wck_status load_latest(cli *c, gather *g, wck_tree **out)
{
    wck_status status = wck_store_view_begin(c->store, &c->err);

    if (status != WCK_OK)
        return status;
    status = wck_store_latest(c->store, take_latest, g, &c->err);
    if (status == WCK_OK && g->picks.n == 0)
        status = cli_no_snapshots(c);
    if (status == WCK_OK)
        status = cli_load_tree_of(c, g->picks.items, g->picks.n, out);
    wck_store_view_end(c->store);
    return status;
}

wck_status cli_load_tree(cli *c, wck_tree **out)
{
    gather g = {.names = wck_arena_new()};
    wck_status status = g.names != NULL ? cli_load_config(c) : wck_fail_memory(&c->err, "reading the store");

    if (status == WCK_OK)
        status = cli_open_store(c, false);
    if (status == WCK_OK)
        status = load_latest(c, &g, out);
    wck_vec_clear(&g.picks);
    wck_arena_free(g.names);
    return status;
}
