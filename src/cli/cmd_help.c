/* SPDX-License-Identifier: MIT
 * cmd_help.c: help, version, rules, explain. */
#include "cli/cli.h"

#include "base/embedded.h"
#include "base/quote.h"
#include "codec/json.h"
#include "rules/rule.h"
#include "wck/version.h"

#include <stdio.h>
#include <string.h>

static int print_exit_codes(void)
{
    puts("exit  meaning\n"
         "   0  everything asked for was looked at and is consistent\n"
         "   1  differences: at least one finding at or above --fail-on (default warning)\n"
         "   2  could not complete: an error, nothing to judge by\n"
         "   3  no such finding, but something could not be looked at (unknown)\n"
         "  64  wrong usage\n"
         "check --format nagios ends with 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN instead.");
    return 0;
}

static int run_help(cli *c)
{
    const command *cmd = c->args.n == 1 ? cli_find_command(c->args.items[0]) : NULL;
    char shown[80];

    if (c->args.n == 1 && strcmp(c->args.items[0], "exit") == 0)
        return print_exit_codes();
    if (c->args.n > 0 && cmd == NULL)
        return cli_usage(c, "help", "there is no help on \"%s\"", wck_quote_short(shown, sizeof shown, c->args.items[0], 40));
    if (cmd != NULL) {
        cli_print_help(cmd);
        return 0;
    }
    puts("wsusck " WCK_VERSION ": fsck for a WSUS replica tree. It looks, explains and plans; it never changes a server.\n\n"
         "Usage: wsusck [COMMON OPTION…] COMMAND [OPTION…] [OPERAND…]\n\nCommands:");
    for (size_t i = 0; cli_command_at(i) != NULL; i++)
        printf("  %-11s %s\n", cli_command_at(i)->name, cli_command_at(i)->summary);
    puts("\nCommon options:");
    opt_print(cli_global_options);
    puts("\n\"wsusck COMMAND --help\" says more; \"wsusck help exit\" lists the exit codes.");
    return 0;
}

const command cmd_help = {"help", "[COMMAND|exit]", "this text, or that of a command", NULL, run_help};

static int run_version(cli *c)
{
    (void)c;
    puts("wsusck " WCK_VERSION);
    return 0;
}

const command cmd_version = {"version", "", "version of the program", NULL, run_version};

/* ---- rules ---- */

static const char *rules_format = "text";

static const opt rules_options[] = {
    {OPT_TEXT, "format", 0, &rules_format, "text|json", "form of the result", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

static const char *scope_name(wck_scope scope)
{
    return scope == WCK_SCOPE_SERVER ? "server" : scope == WCK_SCOPE_EDGE ? "edge" : "tree";
}

static void put_member(wck_buf *out, const char *name, const char *value)
{
    wck_buf_printf(out, ", \"%s\": ", name);
    wck_json_put_text(out, value);
}

static void put_rules_json(wck_buf *out, const wck_rule *rules, size_t n)
{
    wck_buf_puts(out, "[");
    for (size_t i = 0; i < n; i++) {
        wck_buf_printf(out, "%s\n  {\"id\": \"WCK%04d\"", i > 0 ? "," : "", rules[i].id);
        put_member(out, "slug", rules[i].slug);
        put_member(out, "severity", wck_severity_name(rules[i].severity));
        put_member(out, "scope", scope_name(rules[i].scope));
        put_member(out, "title", rules[i].title);
        put_member(out, "remedy", rules[i].remedy);
        wck_buf_putc(out, '}');
    }
    wck_buf_puts(out, "\n]\n");
}

static void put_rules_text(wck_buf *out, const wck_rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++)
        wck_buf_printf(out, "WCK%04d  %-7s  %-6s  %-28s  %s\n", rules[i].id, wck_severity_name(rules[i].severity),
                       scope_name(rules[i].scope), rules[i].slug, rules[i].title);
}

static int run_rules(cli *c)
{
    size_t n;
    const wck_rule *rules = wck_rules(&n);
    wck_status status;
    wck_buf out;

    wck_buf_init(&out, 1U << 20);
    if (strcmp(rules_format, "json") == 0)
        put_rules_json(&out, rules, n);
    else
        put_rules_text(&out, rules, n);
    status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_rules = {"rules", "", "the catalogue of rules", rules_options, run_rules};

static int run_explain(cli *c)
{
    const wck_rule *rule = c->args.n == 1 ? wck_rule_parse(c->args.items[0]) : NULL;
    char name[32], shown[80];
    wck_status status;
    wck_buf out;

    if (c->args.n != 1)
        return cli_usage(c, "explain", "name one rule, such as WCK4001");
    if (rule == NULL) {
        wck_fail(&c->err, WCK_E_NOT_FOUND, "could not explain \"%s\": there is no such rule",
                 wck_quote_short(shown, sizeof shown, c->args.items[0], 30));
        wck_fail_hint(&c->err, "\"wsusck rules\" lists them.");
        return cli_fail(c);
    }
    wck_buf_init(&out, 1U << 20);
    snprintf(name, sizeof name, "WCK%04d.md", rule->id);
    for (const wck_embedded *page = wck_embedded_rules; page->name != NULL; page++)
        if (strcmp(page->name, name) == 0)
            wck_buf_put(&out, page->data, page->len);
    status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_explain = {"explain", "WCKnnnn", "the page of one rule, offline", NULL, run_explain};
