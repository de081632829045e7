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

typedef struct older {
    WCK_VEC(wck_snapshot_id) ids; /* ascending in time, all before `now` */
    WCK_VEC(wck_guid) servers;    /* their server ids, where known */
    wck_snapshot_id now;
    bool over; /* `now` has come: what follows is later */
} older;

wck_status cli_no_snapshots(cli *c)
{
    wck_fail(&c->err, WCK_E_NOT_FOUND, "could not look at anything: the store holds no snapshots");
    return wck_fail_hint(&c->err, "Run \"wsusck collect\" or \"wsusck import FILE\" first.");
}

/* Two servers behind one name (a load balancer, a clone): this id, another, this id again. */
static bool alternates(const older *o, wck_guid now)
{
    bool other = false;

    for (size_t i = o->servers.n; i-- > 0 && !wck_guid_is_zero(now);) {
        if (!wck_guid_eq(o->servers.items[i], now))
            other = true;
        else if (other)
            return true;
    }
    return false;
}

static wck_status take_older(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    older *o = payload;
    wck_snapshot_id *id;

    o->over = o->over || info->id == o->now;
    if (o->over)
        return WCK_OK;
    id = wck_vec_push(&o->ids);
    if (id == NULL)
        return wck_fail_memory(err, "reading the store");
    *id = info->id;
    if (!wck_guid_is_zero(info->server_id)) {
        wck_guid *server = wck_vec_push(&o->servers);
        if (server == NULL)
            return wck_fail_memory(err, "reading the store");
        *server = info->server_id;
    }
    return WCK_OK;
}

static bool anything_read(const wck_snapshot *head)
{
    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        if (head->coverage[s].state >= WCK_COVERAGE_PARTIAL)
            return true;
    return false;
}

/* The newest older snapshot in which anything was read: a server that was down last night is still compared with
 * what it held before. */
static wck_status open_before(cli *c, const cli_pick *p, wck_tree_input *input)
{
    older o = {.now = p->now};
    wck_status status = wck_store_list(c->store, p->server, take_older, &o, &c->err);

    if (status == WCK_OK)
        input->id_alternates = alternates(&o, input->now->head->server.server_id);
    while (status == WCK_OK && o.ids.n > 0 && input->before == NULL) {
        status = wck_store_reader(c->store, o.ids.items[--o.ids.n], &input->before, &c->err);
        if (status == WCK_OK && !anything_read(input->before->head)) {
            wck_reader_close(input->before);
            input->before = NULL;
        }
    }
    wck_vec_clear(&o.ids);
    wck_vec_clear(&o.servers);
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

static wck_status open_inputs(cli *c, const cli_pick *picks, size_t n, wck_tree_input *inputs, char (*ids)[24])
{
    for (size_t i = 0; i < n; i++) {
        wck_status status = wck_store_reader(c->store, picks[i].now, &inputs[i].now, &c->err);
        if (status == WCK_OK)
            status = open_before(c, &picks[i], &inputs[i]);
        if (status != WCK_OK)
            return status;
        snprintf(ids[i], sizeof ids[i], "%lld", (long long)picks[i].now);
        inputs[i].snapshot_id = ids[i];
        apply_config(c, picks[i].server, &inputs[i]);
    }
    return WCK_OK;
}

wck_status cli_load_tree_of(cli *c, const cli_pick *picks, size_t n, wck_tree **out)
{
    wck_tree_input *inputs = calloc(n + 1, sizeof *inputs);
    char(*ids)[24] = calloc(n + 1, sizeof *ids);
    wck_status status = inputs != NULL && ids != NULL ? open_inputs(c, picks, n, inputs, ids)
                                                      : wck_fail_memory(&c->err, "reading the store");

    if (status == WCK_OK)
        status = wck_tree_build(out, inputs, n, &c->err);
    else
        for (size_t i = 0; inputs != NULL && i < n; i++) {
            wck_reader_close(inputs[i].now);
            wck_reader_close(inputs[i].before);
        }
    free(inputs);
    free(ids);
    return status;
}

wck_status cli_load_tree(cli *c, wck_tree **out)
{
    gather g = {.names = wck_arena_new()};
    wck_status status = g.names != NULL ? cli_load_config(c) : wck_fail_memory(&c->err, "reading the store");

    if (status == WCK_OK)
        status = cli_open_store(c, false);
    if (status == WCK_OK)
        status = wck_store_latest(c->store, take_latest, &g, &c->err);
    if (status == WCK_OK && g.picks.n == 0)
        status = cli_no_snapshots(c);
    if (status == WCK_OK)
        status = cli_load_tree_of(c, g.picks.items, g.picks.n, out);
    wck_vec_clear(&g.picks);
    wck_arena_free(g.names);
    return status;
}
