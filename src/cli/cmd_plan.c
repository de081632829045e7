/* SPDX-License-Identifier: MIT
 * cmd_plan.c: plan (what to do for every finding), plan show (a document for people), plan diff (two of them). */
#include "cli/evidence.h"

#include "base/digest.h"
#include "base/fs.h"
#include "base/quote.h"
#include "emit/emit.h"
#include "wck/version.h"

#include <stdlib.h>
#include <string.h>

static const char *plan_file, *plan_format = "text", *reason;
static int64_t max_actions;
static opt_list allow;
static bool all;

static const opt options[] = {
    {OPT_TEXT, "plan-file", 'o', &plan_file, "FILE", "write the plan document there", 0},
    {OPT_TEXT, "format", 0, &plan_format, "text|json", "form of the result", 0},
    {OPT_FLAG, "all", 0, &all, NULL, "list every action", 0},
    {OPT_NUMBER, "max-actions", 0, &max_actions, "N", "refuse a plan with more actions (0: no limit)", 1000000},
    {OPT_LIST, "allow", 0, &allow, "LIMIT=N", "raise one limit, each by its own name (docs/plan.md); needs --reason", 0},
    {OPT_TEXT, "reason", 0, &reason, "TEXT", "why a limit is raised; kept in the plan", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

static wck_status put_text(cli *c, const wck_plan *plan)
{
    wck_text_style style = {.color = cli_color(c), .all = all};
    wck_status status;
    wck_buf text;

    wck_buf_init(&text, SIZE_MAX / 4);
    status = wck_emit_plan_text(&text, plan, &style, &c->err);
    if (status == WCK_OK)
        status = cli_put_result(c, &text);
    wck_buf_clear(&text);
    return status;
}

static wck_status write_plan(cli *c, const wck_plan *plan)
{
    wck_status status;
    wck_buf document;

    wck_buf_init(&document, SIZE_MAX / 4);
    status = wck_codec_put_plan(&document, plan, &c->err);
    if (status == WCK_OK && plan_file != NULL)
        status = cli_write_file(c, plan_file, &document);
    if (status == WCK_OK && strcmp(plan_format, "json") == 0)
        status = cli_put_result(c, &document);
    else if (status == WCK_OK)
        status = put_text(c, plan);
    wck_buf_clear(&document);
    if (status == WCK_OK && wck_plan_limits_exceeded(plan) > 0)
        cli_warn(c, "the plan is over %zu of its limits: \"wsusck script\" will not use it", wck_plan_limits_exceeded(plan));
    return status;
}

/* "decline_share=10" */
static wck_status parse_allow(cli *c, const char *text, wck_plan_override *out)
{
    char name[40], shown[80];
    const char *sign = strchr(text, '=');
    wck_snapshot_id value = 0;
    size_t len = sign != NULL ? (size_t)(sign - text) : 0;

    if (len > 0 && len < sizeof name) {
        memcpy(name, text, len);
        name[len] = '\0';
    }
    if (len == 0 || len >= sizeof name || !wck_limit_kind_parse(&out->limit, name) ||
        !(strcmp(sign + 1, "0") == 0 || cli_parse_id(sign + 1, &value)) || value > 1000000) {
        wck_fail(&c->err, WCK_E_USAGE, "option --allow does not take \"%s\"",
                 wck_quote_short(shown, sizeof shown, text, 60));
        return wck_fail_hint(&c->err, "Name one of actions, approval_share, decline_share, security_declines, "
                                      "all_computers, removal_servers, undeclines, group_deletions, and a number: --allow actions=80.");
    }
    out->value = value;
    return WCK_OK;
}

static wck_status parse_limits(cli *c, wck_plan_policy *policy, wck_plan_override *overrides)
{
    for (size_t i = 0; i < allow.n; i++) {
        wck_status status = parse_allow(c, allow.items[i], &overrides[i]);
        if (status != WCK_OK)
            return status;
        for (size_t k = 0; k < i; k++)
            if (overrides[k].limit == overrides[i].limit)
                return wck_fail(&c->err, WCK_E_USAGE, "option --allow names %s twice",
                                wck_limit_row_of(overrides[i].limit)->name);
    }
    if (allow.n > 0 && (reason == NULL || *reason == '\0')) {
        wck_fail(&c->err, WCK_E_USAGE, "option --allow needs --reason");
        return wck_fail_hint(&c->err, "The reason is kept in the plan for whoever reviews it.");
    }
    policy->overrides = overrides;
    policy->n_overrides = allow.n;
    policy->reason = reason;
    policy->max_actions = max_actions;
    return WCK_OK;
}

/* An upstream server that lost its rows: nothing is planned, and "nothing to do" would be the wrong answer. */
static bool nothing_trusted(const wck_plan *plan)
{
    for (size_t i = 0; i < plan->manual.n && plan->actions.n == 0; i++)
        if (plan->manual.items[i].rule == 9005)
            return true;
    return false;
}

static int make(cli *c)
{
    int code = EXIT_CONSISTENT;
    wck_plan_policy policy = {.tool_version = WCK_VERSION, .now = WCK_TIME_NONE};
    wck_plan_override overrides[OPT_LIST_MAX];
    wck_tree *tree = NULL;
    wck_plan *plan = NULL;
    wck_status status = parse_limits(c, &policy, overrides);

    if (status == WCK_OK)
        status = cli_load_tree(c, &tree);
    if (status == WCK_OK)
        status = cli_plan(c, tree, &policy, &plan);
    if (status == WCK_OK)
        status = write_plan(c, plan);
    if (status == WCK_OK && nothing_trusted(plan))
        code = EXIT_UNKNOWN;
    wck_plan_free(plan);
    wck_tree_free(tree);
    return status == WCK_OK ? code : cli_fail(c);
}

/* An old plan is always shown; what speaks against using it is said beside it. */
static int show(cli *c, const char *path)
{
    wck_plan *plan = NULL;
    wck_status status = cli_read_plan(c, path, &plan);

    if (status == WCK_OK && cli_plan_usable(c, plan, EVIDENCE_HOURS, true) != WCK_OK)
        cli_warn(c, "%s", c->err.text);
    if (status == WCK_OK)
        status = strcmp(plan_format, "json") == 0 ? write_plan(c, plan) : put_text(c, plan);
    wck_plan_free(plan);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

static int diff(cli *c, const char *first, const char *second)
{
    wck_plan *a = NULL, *b = NULL;
    bool equal = false;
    wck_status status = cli_read_plan(c, first, &a);
    wck_buf text;

    wck_buf_init(&text, SIZE_MAX / 4);
    if (status == WCK_OK)
        status = cli_read_plan(c, second, &b);
    if (status == WCK_OK)
        status = wck_emit_plan_diff_text(&text, a, b, &equal, &c->err);
    if (status == WCK_OK)
        status = cli_put_result(c, &text);
    wck_buf_clear(&text);
    wck_plan_free(a);
    wck_plan_free(b);
    if (status != WCK_OK)
        return cli_fail(c);
    return equal ? EXIT_CONSISTENT : EXIT_DIFFERENCES;
}

static int run(cli *c)
{
    const operands *args = &c->args;

    if (args->n == 0)
        return make(c);
    if (args->n == 2 && strcmp(args->items[0], "show") == 0)
        return show(c, args->items[1]);
    if (args->n == 3 && strcmp(args->items[0], "diff") == 0)
        return diff(c, args->items[1], args->items[2]);
    return cli_usage(c, "plan", "plan takes no operands, or \"show FILE\", or \"diff FILE FILE\"");
}

const command cmd_plan = {"plan", "[show FILE | diff FILE FILE]", "decide what to do for every finding", options, run};
