/* SPDX-License-Identifier: MIT
 * cmd_help.c: help, version, completion, rules, explain, store. */
#include "cli/cli.h"

#include "base/embedded.h"
#include "base/quote.h"
#include "rules/rule.h"
#include "wck/version.h"

#include <stdio.h>
#include <string.h>

const command *cli_find_command(const char *name);
const command *cli_command_at(size_t i);

static int print_exit_codes(void)
{
    puts("exit  meaning\n"
         "   0  everything asked for was looked at and is consistent\n"
         "   1  differences: at least one finding at or above --fail-on (default warning)\n"
         "   2  could not complete: an error, nothing to judge by\n"
         "   3  no such finding, but something could not be looked at (unknown)\n"
         "  64  wrong usage");
    return 0;
}

static int run_help(cli *c)
{
    if (c->args.n > 0 && strcmp(c->args.items[0], "exit") == 0)
        return print_exit_codes();
    puts("wsusck " WCK_VERSION ": fsck for a WSUS replica tree. It looks, explains and plans; it never changes a server.\n\n"
         "Usage: wsusck [COMMON OPTION…] COMMAND [OPTION…] [OPERAND…]\n\nCommands:");
    for (size_t i = 0; cli_command_at(i) != NULL; i++)
        printf("  %-11s %s\n", cli_command_at(i)->name, cli_command_at(i)->summary);
    puts("\nCommon options:");
    opt_print(cli_global_options);
    puts("\n\"wsusck COMMAND --help\" says more; \"wsusck help exit\" lists the exit codes.");
    return 0;
}

const command cmd_help = {"help", "[exit]", "this text", NULL, run_help};

static int run_version(cli *c)
{
    (void)c;
    puts("wsusck " WCK_VERSION);
    return 0;
}

const command cmd_version = {"version", "", "version of the program", NULL, run_version};

/* ---- completion ---- */

static int run_completion(cli *c)
{
    const char *shell = c->args.n == 1 ? c->args.items[0] : "";

    if (strcmp(shell, "bash") != 0 && strcmp(shell, "zsh") != 0 && strcmp(shell, "fish") != 0)
        return cli_usage(c, "completion", "say bash, zsh or fish");
    if (strcmp(shell, "zsh") == 0)
        puts("autoload -U +X bashcompinit && bashcompinit");
    if (strcmp(shell, "fish") != 0)
        puts("_wsusck() {\n  local cur=${COMP_WORDS[COMP_CWORD]} words=\n  case ${COMP_WORDS[1]} in");
    for (size_t i = 0; cli_command_at(i) != NULL; i++) {
        const command *cmd = cli_command_at(i);
        if (strcmp(shell, "fish") == 0)
            printf("complete -c wsusck -n __fish_use_subcommand -a %s -d '%s'\n", cmd->name, cmd->summary);
        else
            printf("  %s) words='", cmd->name);
        for (const opt *o = cmd->options; o != NULL && o->kind != OPT_END; o++)
            printf(strcmp(shell, "fish") == 0 ? "complete -c wsusck -n '__fish_seen_subcommand_from %s' -l %s\n"
                                              : "%.0s--%s ",
                   cmd->name, o->name);
        if (strcmp(shell, "fish") != 0)
            puts("' ;;");
    }
    if (strcmp(shell, "fish") == 0)
        return 0;
    printf("  *) words='");
    for (size_t i = 0; cli_command_at(i) != NULL; i++)
        printf("%s ", cli_command_at(i)->name);
    puts("' ;;\n  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -o default -F _wsusck wsusck");
    return 0;
}

const command cmd_completion = {"completion", "bash|zsh|fish", "completions for a shell", NULL, run_completion};

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

static int run_rules(cli *c)
{
    size_t n;
    const wck_rule *rules = wck_rules(&n);
    bool json = strcmp(rules_format, "json") == 0;
    wck_status status;
    wck_buf out;

    wck_buf_init(&out, 1U << 20);
    if (json)
        wck_buf_puts(&out, "[");
    for (size_t i = 0; i < n; i++) {
        const wck_rule *r = &rules[i];
        if (json) /* our own texts: no character needs escaping, tests/cli checks that it parses */
            wck_buf_printf(&out,
                           "%s\n  {\"id\": \"WCK%04d\", \"slug\": \"%s\", \"severity\": \"%s\", \"scope\": \"%s\", "
                           "\"title\": \"%s\", \"remedy\": \"%s\"}",
                           i > 0 ? "," : "", r->id, r->slug, wck_severity_name(r->severity), scope_name(r->scope),
                           r->title, r->remedy);
        else
            wck_buf_printf(&out, "WCK%04d  %-7s  %-6s  %-28s  %s\n", r->id, wck_severity_name(r->severity),
                           scope_name(r->scope), r->slug, r->title);
    }
    if (json)
        wck_buf_puts(&out, "\n]\n");
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

/* ---- store ---- */

static int run_store(cli *c)
{
    wck_status status;

    if (c->args.n != 1 || strcmp(c->args.items[0], "verify") != 0)
        return cli_usage(c, "store", "say verify");
    status = cli_load_config(c);
    if (status == WCK_OK)
        status = cli_open_store(c, false);
    if (status == WCK_OK)
        status = wck_store_verify(c->store, &c->err);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_store = {"store", "verify", "hash everything in the store again", NULL, run_store};
