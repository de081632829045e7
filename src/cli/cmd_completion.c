/* SPDX-License-Identifier: MIT
 * cmd_completion.c: completions for bash, zsh and fish, made from the rows of commands and options. They offer commands,
 * options, and the values of options that have a choice; everything else is a file name. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* "a|b|c" with blanks between. */
static void put_choices(const char *choices)
{
    for (; *choices != '\0'; choices++)
        putchar(*choices == '|' ? ' ' : *choices);
}

/* ---- bash, and zsh through bashcompinit ---- */

/* "--format) words='a b' ;;" for each option with a choice; the words before this one are "command option". */
static void put_bash_values(const char *name, const opt *table)
{
    for (const opt *o = table; o != NULL && o->kind != OPT_END; o++) {
        if (o->kind == OPT_FLAG)
            continue;
        printf("    %s:--%s%s", name, o->name, o->letter != 0 ? "|" : "");
        if (o->letter != 0)
            printf("%s:-%c", name, o->letter);
        fputs(") words='", stdout);
        if (opt_has_choices(o))
            put_choices(o->argument);
        puts("' ;;");
    }
}

static void put_bash_options(const char *name, const opt *table)
{
    printf("    %s:*) words='", name);
    for (const opt *o = table; o != NULL && o->kind != OPT_END; o++)
        printf("--%s ", o->name);
    for (const opt *o = cli_global_options; o->kind != OPT_END; o++)
        printf("--%s ", o->name);
    puts("--help' ;;");
}

static void put_bash(void)
{
    puts("# wsusck completion for bash; zsh uses it through bashcompinit\n"
         "_wsusck() {\n"
         "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev='' command='' words=''\n"
         "  COMPREPLY=()\n"
         "  [ \"$COMP_CWORD\" -gt 1 ] && { prev=\"${COMP_WORDS[COMP_CWORD-1]}\"; command=\"${COMP_WORDS[1]}\"; }\n"
         "  case \"$command:$prev\" in");
    fputs("    :*) words='", stdout);
    for (size_t i = 0; cli_command_at(i) != NULL; i++)
        printf("%s%s", i > 0 ? " " : "", cli_command_at(i)->name);
    puts("' ;;");
    put_bash_values("*", cli_global_options);
    for (size_t i = 0; cli_command_at(i) != NULL; i++) {
        put_bash_values(cli_command_at(i)->name, cli_command_at(i)->options);
        put_bash_options(cli_command_at(i)->name, cli_command_at(i)->options);
    }
    puts("  esac\n"
         "  [ -z \"$words\" ] && return\n"
         "  [ -n \"$command\" ] && [ \"${cur#-}\" = \"$cur\" ] && [ \"${prev#-}\" = \"$prev\" ] && return\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "}\n"
         "complete -o default -F _wsusck wsusck");
}

/* ---- fish ---- */

static void put_fish_text(const char *text)
{
    fputs(" -d '", stdout);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    puts("'");
}

static void put_fish_options(const char *condition, const opt *table)
{
    for (const opt *o = table; o != NULL && o->kind != OPT_END; o++) {
        printf("complete -c wsusck -n '%s' -l %s", condition, o->name);
        if (o->letter != 0)
            printf(" -s %c", o->letter);
        if (o->kind != OPT_FLAG)
            fputs(" -r", stdout);
        if (opt_has_choices(o)) {
            fputs(" -f -a '", stdout);
            put_choices(o->argument);
            fputs("'", stdout);
        }
        put_fish_text(o->help);
    }
}

static void put_fish(void)
{
    char condition[80];

    for (size_t i = 0; cli_command_at(i) != NULL; i++) {
        const command *cmd = cli_command_at(i);
        printf("complete -c wsusck -n __fish_use_subcommand -f -a %s", cmd->name);
        put_fish_text(cmd->summary);
        snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %s", cmd->name);
        put_fish_options(condition, cmd->options);
    }
    put_fish_options("true", cli_global_options);
}

static int run(cli *c)
{
    const char *shell = c->args.n == 1 ? c->args.items[0] : "";

    if (strcmp(shell, "fish") == 0) {
        put_fish();
        return 0;
    }
    if (strcmp(shell, "bash") != 0 && strcmp(shell, "zsh") != 0)
        return cli_usage(c, "completion", "say bash, zsh or fish");
    if (strcmp(shell, "zsh") == 0)
        puts("autoload -U +X bashcompinit && bashcompinit");
    put_bash();
    return 0;
}

const command cmd_completion = {"completion", "bash|zsh|fish", "completions for a shell", NULL, run};
