/* SPDX-License-Identifier: MIT
 * cmd_publish.c: what a look at the tree finds, as rows of a database for people and dashboards. */
#include "cli/cli.h"

#include "cli/heap.h"
#include "cli/workers.h"
#include "publish/publish.h"

#include <stdlib.h>
#include <string.h>

static const char *to, *row_kinds;
static int64_t max_age, jobs;

static const opt options[] = {
    {OPT_TEXT, "to", 0, &to, "URI",
     "postgresql://HOST/DATABASE or sqlite:PATH (the store, when it is in PostgreSQL)", 0},
    {OPT_TEXT, "rows", 0, &row_kinds, "KINDS", "also rows of updates, approvals or both (updates,approvals)",
     0},
    {OPT_NUMBER, "max-age", 0, &max_age, "HOURS", "a snapshot older than this is stale (24)", 87600},
    {OPT_NUMBER, "jobs", 'j', &jobs, "N", "threads of the check (as many as are worth it)", CLI_MAX_JOBS},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

/* "updates,approvals" in any order; false: something else. */
static bool parse_rows(unsigned *out, const char *text)
{
    static const struct {
        const char *name;
        unsigned flag;
    } known[] = {{"updates", WCK_ROWS_UPDATES}, {"approvals", WCK_ROWS_APPROVALS}};

    *out = 0;
    for (;;) {
        size_t len = strcspn(text, ","), i = 0;
        while (i < 2 && (strlen(known[i].name) != len || memcmp(known[i].name, text, len) != 0))
            i++;
        if (i == 2)
            return false;
        *out |= known[i].flag;
        if (text[len] == '\0')
            return true;
        text += len + 1;
    }
}

/* The store's own database, where it is one that others can look into. */
static wck_status target_uri(cli *c, const char **out)
{
    *out = to != NULL ? to : cli_store_uri(c);
    if (to != NULL || strncmp(*out, "sqlite:", 7) != 0)
        return WCK_OK;
    wck_fail(&c->err, WCK_E_USAGE, "say where to publish: the store is an SQLite file");
    return WCK_E_USAGE;
}

static wck_status nodes_of(cli *c, const wck_tree *tree, const wck_node ***out)
{
    *out = calloc(c->args.n + 1, sizeof **out);
    if (*out == NULL)
        return wck_fail_memory(&c->err, "publishing");
    for (size_t i = 0; i < c->args.n; i++)
        (*out)[i] = wck_tree_find(tree, c->args.items[i]); /* found: they were checked */
    return WCK_OK;
}

static wck_status put(cli *c, wck_publisher *publisher, unsigned rows, wck_publish_counts *counts)
{
    const wck_check_options how = {.now = WCK_TIME_NONE, .max_age_hours = (unsigned)max_age};
    const wck_node **only = NULL;
    wck_report *report = NULL;
    wck_tree *tree = NULL;
    wck_status status = cli_load_tree(c, &tree);

    if (status == WCK_OK)
        status = cli_check_with(c, tree, c->args.items, c->args.n, how, jobs, &report);
    if (status == WCK_OK)
        status = nodes_of(c, tree, &only);
    if (status == WCK_OK) {
        const wck_publish_options what = {rows, c->args.n > 0 ? only : NULL, c->args.n, &cli_canceled};
        status = wck_publish_put(publisher, tree, report, &what, counts, &c->err);
    }
    free(only);
    wck_report_free(report);
    wck_tree_free(tree);
    return status;
}

static wck_status tell(cli *c, const wck_publisher *publisher, unsigned rows, const wck_publish_counts *n)
{
    wck_status status;
    wck_buf out;

    wck_buf_init(&out, 4096);
    wck_buf_printf(&out, "published to %s: %zu servers, %zu findings (%zu new, %zu gone)",
                   wck_publish_place(publisher), n->servers, n->findings, n->opened, n->closed);
    if (rows != 0)
        wck_buf_printf(&out, "; %zu updates and %zu approvals written anew", n->updates, n->approvals);
    wck_buf_putc(&out, '\n');
    status = c->quiet ? WCK_OK : cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status;
}

/* The lock of the place is taken before the look: a later look never comes before an earlier one. */
static wck_status publish(cli *c, unsigned rows)
{
    wck_publisher *publisher = NULL;
    wck_publish_counts counts = {0};
    const char *uri = NULL;
    wck_status status = cli_load_config(c);

    if (status == WCK_OK)
        status = target_uri(c, &uri);
    if (status == WCK_OK)
        status = cli_open_store(c, false);
    if (status == WCK_OK)
        status = wck_publish_open(&publisher, uri, &c->err);
    if (status == WCK_OK)
        status = put(c, publisher, rows, &counts);
    if (status == WCK_OK)
        status = tell(c, publisher, rows, &counts);
    wck_publish_close(publisher);
    return status;
}

static int run(cli *c)
{
    unsigned rows = 0;
    wck_status status;

    if (row_kinds != NULL && !parse_rows(&rows, row_kinds))
        return cli_usage(c, "publish", "option --rows takes updates, approvals, or updates,approvals");
    cli_heap_prepare();
    status = publish(c, rows);
    if (status == WCK_E_USAGE)
        return cli_usage(c, "publish", "%s", c->err.text);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_publish = {"publish", "[SERVER…]",
                             "findings, counts and rows in a database, for people and dashboards", options,
                             run};
