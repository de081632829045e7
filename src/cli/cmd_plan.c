/* SPDX-License-Identifier: MIT
 * cmd_plan.c: plan (what to do for every finding) and script (files a person reviews and runs). */
#include "cli/cli.h"

#include "base/fs.h"
#include "base/quote.h"
#include "emit/emit.h"
#include "plan/build.h"
#include "wck/version.h"

#include <stdio.h>
#include <string.h>

static const char *plan_file, *plan_format = "text";
static int64_t max_actions;

static const opt options[] = {
    {OPT_TEXT, "plan-file", 'o', &plan_file, "FILE", "write the plan document there", 0},
    {OPT_TEXT, "format", 0, &plan_format, "text|json", "form of the result", 0},
    {OPT_NUMBER, "max-actions", 0, &max_actions, "N", "refuse a plan with more actions (0: no limit)", 1000000},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

static wck_status write_plan(cli *c, const wck_plan *plan)
{
    wck_text_style style = {.color = cli_color(c)};
    wck_buf document, text;
    wck_status status;

    wck_buf_init(&document, SIZE_MAX / 4);
    wck_buf_init(&text, SIZE_MAX / 4);
    status = wck_codec_put_plan(&document, plan, &c->err);
    if (status == WCK_OK && plan_file != NULL)
        status = cli_write_file(c, plan_file, &document);
    if (status == WCK_OK && strcmp(plan_format, "json") == 0)
        status = cli_put_result(c, &document);
    else if (status == WCK_OK) {
        status = wck_emit_plan_text(&text, plan, &style, &c->err);
        if (status == WCK_OK)
            status = cli_put_result(c, &text);
    }
    wck_buf_clear(&document);
    wck_buf_clear(&text);
    return status;
}

static int run(cli *c)
{
    wck_plan_policy policy = {.tool_version = WCK_VERSION, .now = WCK_TIME_NONE, .max_actions = max_actions};
    wck_tree *tree = NULL;
    wck_report *report = NULL;
    wck_plan *plan = NULL;
    wck_status status;

    if (c->args.n != 0)
        return cli_usage(c, "plan", "plan takes no operands");
    status = cli_load_tree(c, &tree);
    if (status == WCK_OK)
        status = cli_check(c, tree, NULL, 0, false, 0, &report);
    if (status == WCK_OK)
        status = wck_plan_build(&plan, report, tree, &policy, &c->err);
    if (status == WCK_OK)
        status = write_plan(c, plan);
    wck_plan_free(plan);
    wck_report_free(report);
    wck_tree_free(tree);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_plan = {"plan", "", "decide what to do for every finding", options, run};

/* ---- script ---- */

static const char *directory, *dialect = "powershell";

static const opt script_options[] = {
    {OPT_TEXT, "directory", 'o', &directory, "DIR", "where the scripts go", 0},
    {OPT_TEXT, "dialect", 0, &dialect, "powershell", "language of the scripts", 0},
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

static int run_script(cli *c)
{
    char name[256];
    wck_plan *plan = NULL;
    wck_status status;
    wck_buf text;

    if (c->args.n != 1)
        return cli_usage(c, "script", "name one plan file");
    if (directory == NULL)
        return cli_usage(c, "script", "option -o DIR says where the scripts go");
    wck_buf_init(&text, 512U << 20); /* a plan of a million actions */
    status = wck_fs_read(&text, c->args.items[0], &c->err);
    if (status == WCK_OK) {
        status = wck_codec_parse_plan(&plan, wck_buf_text(&text), text.len, &c->err);
        if (status != WCK_OK)
            wck_fail_prefix(&c->err, "could not read \"%s\"",
                            wck_quote_short(name, sizeof name, c->args.items[0], 200));
    }
    if (status == WCK_OK)
        status = wck_fs_mkdir(directory, 0755, &c->err);
    if (status == WCK_OK) {
        status = wck_emit_script_powershell(plan, write_script, c, &c->err);
        if (status == WCK_E_INPUT) /* the document says something that no script can do */
            wck_fail_prefix(&c->err, "could not use \"%s\"",
                            wck_quote_short(name, sizeof name, c->args.items[0], 200));
    }
    wck_plan_free(plan);
    wck_buf_clear(&text);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_script = {"script", "PLAN", "one script per server and tier, each with an undo twin", script_options,
                            run_script};
