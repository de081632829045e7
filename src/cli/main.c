/* SPDX-License-Identifier: MIT
 * main.c: the table of commands and nothing else that decides. */
#include "cli/cli.h"

#include "base/log.h"
#include "base/quote.h"
#include "base/time.h"
#include "cli/progress.h"
#include "collect/collect.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

volatile int cli_canceled;
static volatile sig_atomic_t caught;

static cli the = {.color = "auto", .progress = "auto"};

const opt cli_global_options[] = {
    {OPT_TEXT, "store", 0, &the.store_uri, "URI", "where snapshots are kept (sqlite:wsusck.db)", 0},
    {OPT_TEXT, "config", 0, &the.config_path, "FILE", "configuration (wsusck.json)", 0},
    {OPT_TEXT, "output", 0, &the.output, "FILE", "write the result there, atomically", 0},
    {OPT_TEXT, "color", 0, &the.color, "auto|always|never", "colour the result", 0},
    {OPT_TEXT, "progress", 0, &the.progress, "auto|always|never|json", "show progress on stderr", 0},
    {OPT_TEXT, "now", 0, &the.now, "TIME", "judge ages as of this UTC time (RFC 3339)", 0},
    {OPT_FLAG, "quiet", 'q', &the.quiet, NULL, "no talk, only the result and errors", 0},
    {OPT_FLAG, "verbose", 'v', &the.verbose, NULL, "more talk", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

static const command *const commands[] = {
    &cmd_collect, &cmd_import, &cmd_export, &cmd_snapshot, &cmd_tree, &cmd_check,   &cmd_diff,       &cmd_plan,
    &cmd_script,  &cmd_whatif, &cmd_doctor, &cmd_history, &cmd_store, &cmd_publish, &cmd_rules,  &cmd_explain,  &cmd_help, &cmd_version, &cmd_completion,
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

const command *cli_command_at(size_t i)
{
    return i < N_COMMANDS ? commands[i] : NULL;
}

const command *cli_find_command(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static void on_signal(int number)
{
    caught = number;
    cli_canceled = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL); /* a file size limit is an error of the write, as a full disk is */
}

static void on_log(wck_log_level level, const char *text, void *payload)
{
    const cli *c = payload;

    if (level == WCK_LOG_WARNING || (c->verbose && level >= WCK_LOG_INFO))
        cli_warn(c, "%s", text);
}

void cli_print_help(const command *cmd)
{
    printf("wsusck %s: %s\n\nUsage: wsusck %s [OPTION…]%s%s\n", cmd->name, cmd->summary, cmd->name,
           cmd->operands[0] != '\0' ? " " : "", cmd->operands);
    if (cmd->options != NULL) {
        puts("\nOptions:");
        opt_print(cmd->options);
    }
    puts("\nCommon options:");
    opt_print(cli_global_options);
    puts("\nExit status: 0 consistent, 1 differences, 2 could not complete, 3 something could not be looked at,\n"
         "64 wrong usage.");
}

static int set_clock(cli *c)
{
    const char *text = c->now != NULL ? c->now : getenv("WSUSCK_NOW");
    wck_time now;

    if (text == NULL || *text == '\0')
        return 0;
    if (!wck_time_parse(&now, text) || now == WCK_TIME_NONE)
        return cli_usage(c, "", "option --now takes a time such as 2026-11-25T05:00:00Z");
    wck_time_fake(now);
    return 0;
}

static int run_command(cli *c, const command *cmd, int argc, char **argv)
{
    const opt *tables[] = {cli_global_options, cmd->options, NULL};
    int code;

    if (opt_parse(tables, argc, argv, &c->args, &c->help, &c->err) != WCK_OK) {
        if (c->err.status != WCK_E_USAGE)
            return cli_fail(c);
        return cli_usage(c, cmd->name, "%s", c->err.text);
    }
    if (c->help) {
        cli_print_help(cmd);
        return 0;
    }
    if (cmd->operands[0] == '\0' && c->args.n > 0)
        return cli_usage(c, cmd->name, "%s takes no operands", cmd->name);
    code = set_clock(c);
    if (code != 0)
        return code;
    progress_begin(c->quiet ? "never" : c->progress);
    code = cmd->run(c);
    progress_end();
    return code;
}

/* These ask servers, or read what servers wrote; the others do without libcurl and libxml2 (late.c). */
static bool reads_servers(const command *cmd)
{
    return cmd == &cmd_collect || cmd == &cmd_import || cmd == &cmd_doctor;
}

/* Common options may stand before the command too: move the command to the front. */
static int find_command_index(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (arg[0] != '-')
            return i;
        for (const opt *o = cli_global_options; o->kind != OPT_END; o++)
            if (o->kind != OPT_FLAG && arg[1] == '-' && strcmp(arg + 2, o->name) == 0)
                i++; /* its value */
    }
    return 0;
}

int main(int argc, char **argv)
{
    int at = find_command_index(argc, argv), code;
    const command *cmd = at > 0 ? cli_find_command(argv[at]) : NULL;
    char name[80];

    umask(077);
    catch_signals();
    wck_log_set(on_log, &the);
    wck_store_setup();
    if (cmd == NULL) {
        if (argc > 1 && at == 0 && strcmp(argv[1], "--version") == 0)
            return cmd_version.run(&the);
        if (argc > 1 && at == 0 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
            return cmd_help.run(&the);
        if (at == 0)
            return cli_usage(&the, "", "no command given");
        return cli_usage(&the, "", "unrecognized command \"%s\"", wck_quote_short(name, sizeof name, argv[at], 40));
    }
    for (int i = at; i > 1; i--) { /* rotate the command name to argv[1] */
        char *swap = argv[i];
        argv[i] = argv[i - 1];
        argv[i - 1] = swap;
    }
    if (reads_servers(cmd) && wck_collect_init(&the.err) != WCK_OK)
        return cli_fail(&the);
    code = run_command(&the, cmd, argc - 1, argv + 1);
    wck_store_close(the.store);
    wck_config_file_free(the.config);
    free(the.args.items);
    if (reads_servers(cmd))
        wck_collect_cleanup();
    if (caught != 0)
        return 128 + (int)caught;
    return code;
}
