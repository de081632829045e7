/* SPDX-License-Identifier: MIT
 * cmd_history.c: findings over time, worked out anew from the snapshots in the store, so nothing has to be recorded when
 * `check` runs and a store that may only be read has a history too.
 *
 * The snapshots in order of their time are cut into looks: one begins where a server comes that is in the look already, as
 * when `collect` runs again. What was known at the end of a look is checked as of then. */
#include "cli/cli.h"

#include "base/map.h"
#include "emit/emit.h"

#include <stdlib.h>
#include <string.h>

static const char *format = "text";
static int64_t last_looks = 10;
static bool all;

static const opt options[] = {
    {OPT_NUMBER, "last", 'n', &last_looks, "N", "only the last N looks (10)", 10000},
    {OPT_FLAG, "all", 0, &all, NULL, "list every finding", 0},
    {OPT_TEXT, "format", 0, &format, "text|json", "form of the result", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

typedef struct taken {
    char *server;
    wck_snapshot_id id;
    wck_time at;
} taken;

typedef struct past {
    WCK_VEC(taken) snapshots;  /* by time */
    WCK_VEC(size_t) ends;      /* of each look: one behind its last snapshot */
} past;

static wck_status take(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    past *p = payload;
    taken *t = wck_vec_push(&p->snapshots);

    if (t != NULL)
        t->server = strdup(info->server);
    if (t == NULL || t->server == NULL)
        return wck_fail_memory(err, "reading the store");
    t->id = info->id;
    t->at = info->collected_at != WCK_TIME_NONE ? info->collected_at : info->stored_at;
    return WCK_OK;
}

static int cmp_taken(const void *pa, const void *pb)
{
    const taken *a = pa, *b = pb;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static wck_status end_look(past *p, size_t end, wck_error *err)
{
    size_t *at = wck_vec_push(&p->ends);

    if (at == NULL)
        return wck_fail_memory(err, "reading the store");
    *at = end;
    return WCK_OK;
}

static wck_status cut(past *p, wck_error *err)
{
    wck_status status = WCK_OK;
    wck_map seen = {0};

    for (size_t i = 0; i < p->snapshots.n && status == WCK_OK; i++) {
        const taken *t = &p->snapshots.items[i];
        bool added = false;
        if (wck_map_find(&seen, t->server, strlen(t->server)) != NULL) {
            wck_map_clear(&seen);
            status = end_look(p, i, err);
        }
        if (status == WCK_OK && wck_map_put(&seen, t->server, strlen(t->server), &added) == NULL)
            status = wck_fail_memory(err, "reading the store");
    }
    wck_map_clear(&seen);
    return status == WCK_OK && p->snapshots.n > 0 ? end_look(p, p->snapshots.n, err) : status;
}

/* The newest snapshot of each server among the first `end`. */
static wck_status picks_of(const past *p, size_t end, cli_pick *out, size_t *n, wck_error *err)
{
    wck_map known = {0};
    wck_status status = WCK_OK;

    *n = 0;
    for (size_t i = end; i-- > 0 && status == WCK_OK;) {
        const taken *t = &p->snapshots.items[i];
        bool added = false;
        if (wck_map_put(&known, t->server, strlen(t->server), &added) == NULL)
            status = wck_fail_memory(err, "reading the store");
        if (added)
            out[(*n)++] = (cli_pick){t->server, t->id};
    }
    wck_map_clear(&known);
    return status;
}

/* A server that was not known then was not looked at then. */
static bool knows_all(const cli *c, const wck_tree *tree)
{
    for (size_t i = 0; i < c->args.n; i++)
        if (wck_tree_find(tree, c->args.items[i]) == NULL)
            return false;
    return true;
}

static wck_status look(cli *c, const past *p, size_t end, bool newest, cli_pick *picks, wck_history *h)
{
    wck_time at = p->snapshots.items[end - 1].at;
    wck_report *report = NULL;
    wck_tree *tree = NULL;
    size_t n;
    wck_status status = picks_of(p, end, picks, &n, &c->err);

    if (status == WCK_OK)
        status = cli_load_tree_of(c, picks, n, &tree);
    if (status == WCK_OK && (newest || knows_all(c, tree))) {
        status = cli_check_with(c, tree, c->args.items, c->args.n, (wck_check_options){.now = at}, 1, &report);
        if (status == WCK_OK)
            status = wck_history_add(h, report, at, &c->err);
    }
    wck_report_free(report);
    wck_tree_free(tree);
    return status;
}

static wck_status look_at_all(cli *c, const past *p, wck_history *h)
{
    size_t first = p->ends.n > (size_t)last_looks ? p->ends.n - (size_t)last_looks : 0;
    cli_pick *picks = calloc(p->snapshots.n + 1, sizeof *picks);
    wck_status status = picks != NULL ? WCK_OK : wck_fail_memory(&c->err, "reading the store");

    for (size_t i = first; i < p->ends.n && status == WCK_OK; i++) {
        status = cli_canceled ? wck_fail(&c->err, WCK_E_CANCELED, "interrupted") : WCK_OK;
        if (status == WCK_OK)
            status = look(c, p, p->ends.items[i], i + 1 == p->ends.n, picks, h);
    }
    free(picks);
    return status;
}

static wck_status read_past(cli *c, past *p)
{
    wck_status status = cli_load_config(c);

    if (status == WCK_OK)
        status = cli_open_store(c, false);
    if (status == WCK_OK)
        status = wck_store_list(c->store, NULL, take, p, &c->err);
    if (status == WCK_OK && p->snapshots.n == 0)
        status = cli_no_snapshots(c);
    if (status == WCK_OK)
        qsort(p->snapshots.items, p->snapshots.n, sizeof *p->snapshots.items, cmp_taken);
    return status == WCK_OK ? cut(p, &c->err) : status;
}

static wck_status show(cli *c, const wck_history *h)
{
    wck_text_style style = {.color = cli_color(c), .all = all};
    wck_status status;
    wck_buf out;

    wck_buf_init(&out, SIZE_MAX / 4);
    status = strcmp(format, "json") == 0 ? wck_codec_put_history(&out, h, &c->err)
                                         : wck_emit_history_text(&out, h, &style, &c->err);
    if (status == WCK_OK)
        status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status;
}

static int run(cli *c)
{
    wck_history *h;
    wck_status status;
    past p = {0};

    if (c->args.n > 1)
        return cli_usage(c, "history", "name one server, or none for all");
    if (last_looks < 1)
        return cli_usage(c, "history", "option --last takes a number from 1");
    h = wck_history_new();
    status = h != NULL ? read_past(c, &p) : wck_fail_memory(&c->err, "looking at the history");
    if (status == WCK_OK)
        status = look_at_all(c, &p, h);
    if (status == WCK_OK)
        status = show(c, h);
    for (size_t i = 0; i < p.snapshots.n; i++)
        free(p.snapshots.items[i].server);
    wck_vec_clear(&p.snapshots);
    wck_vec_clear(&p.ends);
    wck_history_free(h);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_history = {"history", "[SERVER]", "findings over time, and what changed with the last look", options, run};
