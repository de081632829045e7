/* SPDX-License-Identifier: MIT
 * cmd_check.c: compare every server with its parent and run all rules: check, diff, tree. */
#include "cli/cli.h"
#include "cli/heap.h"
#include "cli/workers.h"

#include "base/limits.h"
#include "base/quote.h"
#include "emit/emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static opt_list formats;
static const char *fail_on = "warning", *section, *shard;
static bool exit_zero, verify, all;
static int64_t max_age, jobs;

static const opt options[] = {
    {OPT_LIST, "format", 0, &formats, WCK_REPORT_FORMS, "form of the result; F=FILE writes a file too", 0},
    {OPT_TEXT, "fail-on", 0, &fail_on, "error|warning|note", "least severity that makes the exit status 1", 0},
    {OPT_FLAG, "exit-zero", 0, &exit_zero, NULL, "exit 0 instead of 1 and 3", 0},
    {OPT_FLAG, "verify", 0, &verify, NULL, "compare every byte, trust no digest", 0},
    {OPT_FLAG, "all", 0, &all, NULL, "list every finding", 0},
    {OPT_NUMBER, "max-age", 0, &max_age, "HOURS", "a snapshot older than this is stale (24)", 87600},
    {OPT_NUMBER, "jobs", 'j', &jobs, "N", "threads (as many as are worth it)", CLI_MAX_JOBS},
    {OPT_TEXT, "shard", 0, &shard, "I/N", "only the I-th of N parts of the tree", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

static wck_severity least_severity(void)
{
    wck_severity least = WCK_SEVERITY_WARNING;

    wck_severity_parse(&least, fail_on);
    return least;
}

/* "FORM" or "FORM=FILE" */
static wck_status emit_one(cli *c, const wck_report *report, const char *spec, int code)
{
    char format[16];
    size_t len = strcspn(spec, "=");
    bool to_file = spec[len] == '=';
    wck_text_style style = {.color = !to_file && cli_color(c),
                            .all = all || to_file,
                            .fail_on = least_severity(),
                            .exit_code = code,
                            .offset = cli_zone_offset};
    wck_status status;
    wck_buf out;

    snprintf(format, sizeof format, "%.*s", (int)(len < sizeof format ? len : sizeof format - 1), spec);
    wck_buf_init(&out, SIZE_MAX / 4);
    status = wck_emit_report(&out, report, format, &style, &c->err);
    if (status == WCK_OK)
        status = to_file ? cli_write_file(c, spec + len + 1, &out) : cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status;
}

/* A monitoring plugin speaks on standard output, and has exit statuses of its own. */
static bool is_plugin(void)
{
    for (size_t i = 0; i < formats.n; i++)
        if (strcmp(formats.items[i], "nagios") == 0)
            return true;
    return false;
}

/* Text and exit status come from the same number. */
static int exit_status(const wck_report *report)
{
    return exit_zero ? 0 : wck_report_exit(report, least_severity());
}

static int finish(const wck_report *report, int code)
{
    return is_plugin() ? wck_emit_nagios_exit(report, least_severity()) : code;
}

/* A plugin that could not look says so in its one line, and never that all is well. */
static int fail(cli *c)
{
    char text[sizeof c->err.text];
    int code = cli_fail(c);

    if (!is_plugin())
        return code;
    wck_quote_short(text, sizeof text, c->err.text, 400);
    for (char *p = text; *p != '\0'; p++)
        if (*p == '|') /* would begin the performance data */
            *p = '!';
    printf("WSUSCK UNKNOWN: %s\n", text);
    return EXIT_UNKNOWN;
}

static wck_status emit_all(cli *c, const wck_report *report, int code)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < formats.n && status == WCK_OK; i++)
        status = emit_one(c, report, formats.items[i], code);
    if (status == WCK_OK && formats.n == 0)
        status = emit_one(c, report, "text", code);
    return status;
}

static int usage_of_formats(cli *c, const char *name)
{
    size_t on_stdout = 0;

    for (size_t i = 0; i < formats.n; i++)
        on_stdout += strchr(formats.items[i], '=') == NULL;
    if (on_stdout > 1)
        return cli_usage(c, name, "only one --format can go to standard output; use F=FILE");
    for (size_t i = 0; i < formats.n; i++)
        if (formats.items[i][strlen(formats.items[i]) - 1] == '=')
            return cli_usage(c, name, "option --format: no file name behind \"=\"");
    return exit_zero && is_plugin() ? cli_usage(c, name, "options --exit-zero and --format nagios contradict each other")
                                    : 0;
}

/* "I/N", 1 to N. */
static bool parse_shard(size_t *part, size_t *parts)
{
    char *end;
    unsigned long i = strtoul(shard, &end, 10), n = 0;

    if (*shard < '1' || *shard > '9' || *end != '/' || end[1] < '1' || end[1] > '9')
        return false;
    n = strtoul(end + 1, &end, 10);
    *part = i;
    *parts = n;
    return *end == '\0' && i <= n && n <= WCK_MAX_SERVERS;
}

static int usage_of_shard(cli *c)
{
    size_t part, parts;

    if (shard == NULL)
        return 0;
    if (c->args.n > 0)
        return cli_usage(c, "check", "option --shard and names of servers exclude each other");
    if (!parse_shard(&part, &parts))
        return cli_usage(c, "check", "option --shard: expected a number of a part and how many there are, such as 2/4");
    return 0;
}

/* Siblings stay together, so that what they share with their parent is read once. */
static void take_shard(const wck_tree *tree, wck_check_options *how)
{
    size_t part, parts;

    if (shard == NULL || !parse_shard(&part, &parts))
        return;
    how->only = (const wck_node *const *)tree->nodes + tree->n * (part - 1) / parts;
    how->n_only = tree->n * part / parts - tree->n * (part - 1) / parts;
}

static wck_status check_tree(cli *c, const wck_tree *tree, wck_report **report)
{
    wck_check_options how = {.now = WCK_TIME_NONE, .verify = verify, .max_age_hours = (unsigned)max_age};

    take_shard(tree, &how);
    return cli_check_with(c, tree, c->args.items, c->args.n, how, jobs, report);
}

static int run(cli *c)
{
    wck_tree *tree = NULL;
    wck_report *report = NULL;
    int code = usage_of_formats(c, "check");
    wck_status status;

    if (code == 0)
        code = usage_of_shard(c);
    if (code != 0)
        return code;
    cli_heap_prepare();
    status = cli_load_tree(c, &tree);
    if (status == WCK_OK)
        status = check_tree(c, tree, &report);
    if (status == WCK_OK) {
        code = exit_status(report);
        status = emit_all(c, report, code);
        code = finish(report, code);
    }
    wck_report_free(report);
    wck_tree_free(tree);
    return status == WCK_OK ? code : fail(c);
}

const command cmd_check = {"check", "[SERVER…]", "compare every server with its parent and run all rules", options,
                           run};

/* ---- diff: one edge ---- */

static const opt diff_options[] = {
    {OPT_TEXT, "section", 0, &section, "updates|approvals|declined|categories|languages|groups|eulas|files",
     "only that part", 0},
    {OPT_LIST, "format", 0, &formats, WCK_REPORT_FORMS, "form of the result; F=FILE writes a file too", 0},
    {OPT_FLAG, "verify", 0, &verify, NULL, "compare every byte, trust no digest", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

/* What was not looked at stays: a server that could not be read says nothing about any of its sections. */
static bool in_section(const wck_finding *f)
{
    if (section == NULL || (f->object.kind == WCK_OBJECT_SERVER && f->result == WCK_RESULT_UNKNOWN))
        return true;
    if (f->object.kind == WCK_OBJECT_SECTION)
        return strcmp(f->object.name, section) == 0;
    if (strcmp(section, "declined") == 0)
        return f->rule == 3030 || f->rule == 3031;
    switch (f->object.kind) {
    case WCK_OBJECT_UPDATE:
        return strcmp(section, "updates") == 0 && f->rule != 3030 && f->rule != 3031;
    case WCK_OBJECT_APPROVAL:
        return strcmp(section, "approvals") == 0;
    case WCK_OBJECT_CATEGORY:
        return strcmp(section, "categories") == 0;
    case WCK_OBJECT_LANGUAGE:
        return strcmp(section, "languages") == 0;
    case WCK_OBJECT_GROUP:
        return strcmp(section, "groups") == 0;
    case WCK_OBJECT_EULA:
        return strcmp(section, "eulas") == 0;
    case WCK_OBJECT_FILE:
        return strcmp(section, "files") == 0;
    default:
        return false;
    }
}

static void keep_section(wck_report *report)
{
    size_t kept = 0;

    for (size_t i = 0; i < report->findings.n; i++)
        if (in_section(&report->findings.items[i]))
            report->findings.items[kept++] = report->findings.items[i];
    report->findings.n = kept;
    wck_report_finish(report);
}

static wck_status check_edge(cli *c, const wck_tree *tree, wck_report **report)
{
    const wck_node *up = wck_tree_find(tree, c->args.items[0]), *down = wck_tree_find(tree, c->args.items[1]);
    const char *names[] = {c->args.items[1]};
    char a[120], b[120];

    if (up != NULL && down != NULL && down->parent != up) {
        wck_fail(&c->err, WCK_E_ARG, "could not compare: \"%s\" is not the upstream server of \"%s\"",
                 wck_quote_short(a, sizeof a, c->args.items[0], 60), wck_quote_short(b, sizeof b, c->args.items[1], 60));
        return wck_fail_hint(&c->err, "\"wsusck tree\" shows who hangs below whom.");
    }
    if (up == NULL)
        names[0] = c->args.items[0]; /* let the check name the one that is not there */
    return cli_check(c, tree, names, 1, verify, 0, report);
}

static int run_diff(cli *c)
{
    wck_tree *tree = NULL;
    wck_report *report = NULL;
    int code = usage_of_formats(c, "diff");
    wck_status status;

    if (code != 0)
        return code;
    if (c->args.n != 2)
        return cli_usage(c, "diff", "name the upstream and the downstream server");
    all = true;
    status = cli_load_tree(c, &tree);
    if (status == WCK_OK)
        status = check_edge(c, tree, &report);
    if (status == WCK_OK) {
        keep_section(report);
        code = exit_status(report);
        status = emit_all(c, report, code);
        code = finish(report, code);
    }
    wck_report_free(report);
    wck_tree_free(tree);
    return status == WCK_OK ? code : fail(c);
}

const command cmd_diff = {"diff", "UPSTREAM DOWNSTREAM", "one edge in detail", diff_options, run_diff};

/* ---- tree ---- */

static const char *tree_format = "text";

static const opt tree_options[] = {
    {OPT_TEXT, "format", 0, &tree_format, "text|json|dot|mermaid", "form of the result", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

static int run_tree(cli *c)
{
    wck_text_style style = {.color = cli_color(c)};
    wck_tree *tree = NULL;
    wck_report *report = NULL;
    wck_status status = cli_load_tree(c, &tree);
    wck_buf out;

    wck_buf_init(&out, SIZE_MAX / 4);
    if (status == WCK_OK)
        status = cli_check(c, tree, NULL, 0, false, 0, &report);
    if (status == WCK_OK && strcmp(tree_format, "json") == 0) {
        report->findings.n = 0; /* the hierarchy only; "check --format json" has the findings */
        wck_report_finish(report);
        status = wck_codec_put_report(&out, report, 0, &c->err);
    } else if (status == WCK_OK) {
        status = wck_emit_tree(&out, report, tree_format, &style, &c->err);
    }
    if (status == WCK_OK)
        status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    wck_report_free(report);
    wck_tree_free(tree);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_tree = {"tree", "", "the hierarchy with modes, ages and counts", tree_options, run_tree};
