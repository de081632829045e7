/* SPDX-License-Identifier: MIT
 * publish.c: one publish from the first statement to the commit.
 *
 * What was found is staged in tables of the transaction and merged into the published ones there, so that
 * only rows that differ are written: the cost of a publish, and what it leaves for PostgreSQL to clean up,
 * follow what changed. */
#include "publish/rows.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

wck_status wck_publish_open(wck_publisher **out, const char *uri, wck_error *err)
{
    wck_publisher *p = calloc(1, sizeof *p);
    wck_status status;

    *out = NULL;
    if (p == NULL || (p->scratch = wck_arena_new()) == NULL) {
        free(p);
        return wck_fail_memory(err, "publishing");
    }
    status = wck_target_open(&p->target, uri, err);
    if (status != WCK_OK) {
        wck_publish_close(p);
        return status;
    }
    *out = p;
    return WCK_OK;
}

void wck_publish_close(wck_publisher *p)
{
    if (p == NULL)
        return;
    wck_target_close(p->target);
    wck_arena_free(p->scratch);
    free(p);
}

const char *wck_publish_place(const wck_publisher *p)
{
    return p->target->shown;
}

wck_pub_row *wck_publish_row(wck_publishing *w, size_t table)
{
    wck_fill_begin(&w->p->row, w->p->scratch, table);
    return &w->p->row;
}

wck_status wck_publish_put_row(wck_publishing *w)
{
    if (w->options->canceled != NULL && *w->options->canceled != 0)
        return wck_fail(w->err, WCK_E_CANCELED, "could not publish: interrupted");
    return w->p->target->ops->put(w->p->target, &w->p->row, w->err);
}

/* ---- staging ---- */

typedef struct stage {
    size_t table;
    wck_status (*put)(wck_publishing *w, size_t place);
    bool prune; /* what is not staged is no more; otherwise it is history */
} stage;

static const stage stages[] = {
    {WCK_TABLE_server, wck_rows_server, true},
    {WCK_TABLE_coverage, wck_rows_coverage, true},
    {WCK_TABLE_edge, wck_rows_edge, true},
    {WCK_TABLE_sync_run, wck_rows_runs, false},
    {WCK_TABLE_count_history, wck_rows_count, false},
};
enum { N_STAGES = sizeof stages / sizeof *stages };

static wck_status end_stage(wck_publishing *w, const wck_pub_table *table, wck_status status)
{
    wck_target *target = w->p->target;
    wck_buf sql;

    if (status == WCK_OK)
        status = target->ops->put_end(target, w->err);
    wck_buf_init(&sql, SIZE_MAX / 4);
    wck_sql_staged(&sql, target->ops->dialect, table);
    if (status == WCK_OK)
        status = wck_target_run(target, &sql, w->err);
    wck_buf_clear(&sql);
    return status;
}

static wck_status put_stage(wck_publishing *w, const stage *s)
{
    const wck_pub_table *table = &wck_pub_tables[s->table];
    wck_status status = w->p->target->ops->put_begin(w->p->target, table, true, w->err);

    if (status != WCK_OK)
        return status;
    for (size_t i = 0; i < w->report->servers.n && status == WCK_OK; i++)
        if (w->nodes[i] != NULL)
            status = s->put(w, i);
    return end_stage(w, table, status);
}

static wck_status stage_all(wck_publishing *w)
{
    const wck_dialect *d = w->p->target->ops->dialect;
    const wck_pub_table *findings = &wck_pub_tables[WCK_TABLE_finding];
    wck_status status;
    wck_buf sql;

    wck_buf_init(&sql, SIZE_MAX / 4);
    wck_sql_stage(&sql, d, findings);
    for (size_t i = 0; i < N_STAGES; i++)
        wck_sql_stage(&sql, d, &wck_pub_tables[stages[i].table]);
    status = wck_target_run(w->p->target, &sql, w->err);
    wck_buf_clear(&sql);
    for (size_t i = 0; i < N_STAGES && status == WCK_OK; i++)
        status = put_stage(w, &stages[i]);
    if (status == WCK_OK)
        status = w->p->target->ops->put_begin(w->p->target, findings, true, w->err);
    return status == WCK_OK ? end_stage(w, findings, wck_rows_findings(w)) : status;
}

/* ---- whom it is about ---- */

static bool asked_for(const wck_publish_options *o, const wck_node *node)
{
    bool found = o->only == NULL;

    for (size_t i = 0; i < o->n_only && !found; i++)
        found = o->only[i] == node;
    return found;
}

/* Servers of the report and nodes of the tree stand in the same order. */
static wck_status find_nodes(wck_publishing *w)
{
    if (w->report->servers.n != w->tree->n)
        return wck_fail(w->err, WCK_E_ARG, "could not publish: the report is of another tree");
    w->nodes = calloc(w->tree->n + 1, sizeof *w->nodes);
    if (w->nodes == NULL)
        return wck_fail_memory(w->err, "publishing");
    for (size_t i = 0; i < w->tree->n; i++) {
        if (strcmp(w->report->servers.items[i].name, w->tree->nodes[i]->name) != 0)
            return wck_fail(w->err, WCK_E_ARG, "could not publish: the report is of another tree");
        if (asked_for(w->options, w->tree->nodes[i])) {
            w->nodes[i] = w->tree->nodes[i];
            w->counts->servers++;
        }
    }
    return WCK_OK;
}

/* ---- merging ---- */

/* A look that comes late must not take back what a later one has told. */
static wck_status refuse_older(wck_publishing *w)
{
    wck_target *target = w->p->target;
    const wck_dialect *d = target->ops->dialect;
    int64_t later = 0;
    wck_status status;
    wck_buf sql;

    wck_buf_init(&sql, SIZE_MAX / 4);
    wck_sql_covered(&sql, d, w->options->only == NULL);
    status = wck_target_run(target, &sql, w->err);
    wck_buf_printf(&sql,
                   "SELECT count(*) FROM %sserver AS t, %scovered AS c WHERE c.server = t.server AND "
                   "t.looked_at > c.looked_at",
                   d->rows, d->staged);
    if (status == WCK_OK && sql.failed)
        status = wck_fail_memory(w->err, "publishing");
    if (status == WCK_OK)
        status = wck_target_number(target, wck_buf_text(&sql), &later, w->err);
    wck_buf_clear(&sql);
    if (status != WCK_OK || later == 0)
        return status;
    wck_fail(w->err, WCK_E_STORE, "could not publish to \"%s\": what is there is of a later look",
             target->shown);
    return wck_fail_hint(
        w->err,
        "Publish without --now, and set the clocks of the machines that publish. Nothing was changed.");
}

static wck_status count_open(wck_publishing *w, int64_t *out)
{
    wck_buf text;
    wck_status status;

    wck_buf_init(&text, SIZE_MAX / 4);
    wck_buf_printf(&text, "SELECT count(*) FROM %sfinding WHERE closed_at IS NULL",
                   w->p->target->ops->dialect->rows);
    status = text.failed ? wck_fail_memory(w->err, "publishing")
                         : wck_target_number(w->p->target, wck_buf_text(&text), out, w->err);
    wck_buf_clear(&text);
    return status;
}

static wck_status count_new(wck_publishing *w, int64_t *out)
{
    const wck_dialect *d = w->p->target->ops->dialect;
    wck_buf text;
    wck_status status;

    wck_buf_init(&text, SIZE_MAX / 4);
    wck_buf_printf(
        &text,
        "SELECT count(*) FROM %snew_finding AS s WHERE NOT EXISTS (SELECT 1 FROM %sfinding AS t WHERE "
        "t.fingerprint = s.fingerprint AND t.nth = s.nth AND t.closed_at IS NULL)",
        d->staged, d->rows);
    status = text.failed ? wck_fail_memory(w->err, "publishing")
                         : wck_target_number(w->p->target, wck_buf_text(&text), out, w->err);
    wck_buf_clear(&text);
    return status;
}

/* Findings first: what closes one was seen last when its server was looked at last. */
static wck_status merge(wck_publishing *w)
{
    const wck_dialect *d = w->p->target->ops->dialect;
    int64_t before = 0, opened = 0, after = 0;
    wck_status status = count_open(w, &before);
    wck_buf sql;

    wck_buf_init(&sql, SIZE_MAX / 4);
    wck_sql_merge_findings(&sql, d);
    for (size_t i = 0; i < N_STAGES; i++)
        wck_sql_merge(&sql, d, &wck_pub_tables[stages[i].table], stages[i].prune);
    if (status == WCK_OK)
        status = count_new(w, &opened);
    if (status == WCK_OK)
        status = wck_target_run(w->p->target, &sql, w->err);
    if (status == WCK_OK)
        status = count_open(w, &after);
    wck_buf_clear(&sql);
    w->counts->opened = (size_t)opened;
    w->counts->closed = (size_t)(before + opened - after);
    return status;
}

wck_status wck_publish_put(wck_publisher *p, const wck_tree *tree, const wck_report *report,
                           const wck_publish_options *options, wck_publish_counts *counts, wck_error *err)
{
    wck_publishing w = {
        .p = p, .tree = tree, .report = report, .options = options, .counts = counts, .err = err};
    wck_status status;

    *counts = (wck_publish_counts){0};
    if (p->done)
        return wck_fail(err, WCK_E_ARG, "could not publish: it was done already");
    p->done = true;
    status = find_nodes(&w);
    if (status == WCK_OK)
        status = stage_all(&w);
    if (status == WCK_OK)
        status = refuse_older(&w);
    if (status == WCK_OK)
        status = merge(&w);
    if (status == WCK_OK)
        status = wck_rows_updates(&w);
    if (status == WCK_OK)
        status = p->target->ops->commit(p->target, err);
    free(w.nodes);
    return status;
}
