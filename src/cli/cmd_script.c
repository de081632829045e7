/* SPDX-License-Identifier: MIT
 * cmd_script.c: a plan -> files that a person reviews and runs. A plan that does not fit the facts any more, or that
 * changes more than its limits allow, gives none. */
#include "cli/evidence.h"

#include "base/fs.h"
#include "base/quote.h"
#include "emit/emit.h"

#include <stdio.h>
#include <string.h>

static const char *directory, *dialect = "powershell";
static int64_t max_age = EVIDENCE_HOURS;

static const opt options[] = {
    {OPT_TEXT, "directory", 'o', &directory, "DIR", "where the scripts go", 0},
    {OPT_TEXT, "dialect", 0, &dialect, "powershell|cmd", "language of the scripts; cmd: only what wsusutil, net, sc and icacls do", 0},
    {OPT_NUMBER, "max-age", 0, &max_age, "HOURS", "refuse an older plan (default 24)", 87600},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

static wck_status write_script(const char *name, const char *data, size_t len, void *payload, wck_error *err)
{
    char path[4096];
    cli *c = payload;

    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return wck_fail(err, WCK_E_IO, "could not write a script: the path is too long");
    if (!c->quiet)
        fprintf(stderr, "%s\n", path);
    return wck_fs_write_atomic(path, data, len, 0644, err);
}

static wck_status refuse_over_limit(cli *c, const wck_plan *plan)
{
    for (int i = 0; i < WCK_LIMIT_COUNT && plan->limits.checked; i++) {
        const wck_limit_row *row = wck_limit_row_of((wck_limit_kind)i);
        const wck_plan_limit *l = &plan->limits.checks[i];
        if (!wck_plan_limit_exceeded((wck_limit_kind)i, l))
            continue;
        wck_fail(&c->err, WCK_E_LIMIT,
                 "could not write the scripts: the plan is over %zu of its limits, first %s (%lld %s; the limit is "
                 "%lld%s)",
                 wck_plan_limits_exceeded(plan), row->name, (long long)l->found, row->what, (long long)l->limit,
                 row->percent ? " %" : "");
        return wck_fail_hint(&c->err, "Look at \"wsusck plan show\", then plan again with --allow %s=N --reason TEXT.",
                             row->name);
    }
    return WCK_OK;
}

static int run(cli *c)
{
    char name[256];
    wck_plan *plan = NULL;
    wck_status status;

    if (c->args.n != 1)
        return cli_usage(c, "script", "name one plan file");
    if (directory == NULL)
        return cli_usage(c, "script", "option -o DIR says where the scripts go");
    status = cli_read_plan(c, c->args.items[0], &plan);
    if (status == WCK_OK)
        status = cli_plan_usable(c, plan, max_age, false);
    if (status == WCK_OK)
        status = refuse_over_limit(c, plan);
    if (status == WCK_OK)
        status = wck_fs_mkdir(directory, 0755, &c->err);
    if (status == WCK_OK) {
        status = strcmp(dialect, "cmd") == 0 ? wck_emit_script_cmd(plan, write_script, c, &c->err)
                                             : wck_emit_script_powershell(plan, write_script, c, &c->err);
        if (status == WCK_E_INPUT) /* the document says something that no script can do */
            wck_fail_prefix(&c->err, "could not use \"%s\"",
                            wck_quote_short(name, sizeof name, c->args.items[0], 200));
    }
    wck_plan_free(plan);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_script = {"script", "PLAN", "one script per server and tier, each with an undo twin", options, run};
