/* SPDX-License-Identifier: MIT
 * cli.h: what the cmd_*.c files share. A command returns an exit status of cli.md (0, 1, 2, 3, 64). */
#ifndef WCK_CLI_CLI_H
#define WCK_CLI_CLI_H

#include "base/buf.h"
#include "cli/opt.h"
#include "codec/codec.h"
#include "model/report.h"
#include "model/tree.h"
#include "rules/rule.h"
#include "store/store.h"

enum { EXIT_CONSISTENT = 0, EXIT_DIFFERENCES = 1, EXIT_FAILED = 2, EXIT_UNKNOWN = 3, EXIT_USAGE = 64 };

typedef struct cli {
    /* global options */
    const char *store_uri, *config_path, *output, *color, *progress, *now;
    bool quiet, verbose, help;
    /* set up on demand */
    wck_config_file *config; /* NULL: none found */
    wck_store *store;
    operands args; /* operands of the command */
    wck_error err;
} cli;

typedef struct command {
    const char *name;
    const char *operands; /* for the usage line; "": it takes none */
    const char *summary;
    const opt *options;
    int (*run)(cli *c);
} command;

extern const opt cli_global_options[];
extern volatile int cli_canceled; /* set by SIGINT and SIGTERM */

const command *cli_find_command(const char *name);
const command *cli_command_at(size_t i); /* NULL behind the last */
void cli_print_help(const command *cmd);

/* Print "wsusck: <text>", detail and hint; returns EXIT_FAILED, or EXIT_USAGE for WCK_E_USAGE. */
int cli_fail(cli *c);
/* Usage error with the line "Try …". */
int cli_usage(cli *c, const char *command, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void cli_warn(const cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The configuration file: --config, ./wsusck.json, XDG, /etc. Without --config a missing file is no error. */
wck_status cli_load_config(cli *c);
/* Where the store is, by the options, the environment and the configuration (loaded before). */
const char *cli_store_uri(cli *c);
/* create: make the store when it is not there. */
wck_status cli_open_store(cli *c, bool create);
/* Result to stdout or --output (atomically). */
wck_status cli_put_result(cli *c, const wck_buf *result);
wck_status cli_write_file(cli *c, const char *path, const wck_buf *data);
bool cli_color(const cli *c);
/* The zone of this machine (TZ) at t, seconds east of UTC; 0 where it cannot be told. */
int64_t cli_zone_offset(wck_time t);

/* Latest snapshots of every server as a tree; the one before is the newest older one in which anything was read. */
wck_status cli_load_tree(cli *c, wck_tree **out);
/* The same of given snapshots, each of another server. */
typedef struct cli_pick {
    const char *server;
    wck_snapshot_id now;
} cli_pick;
wck_status cli_load_tree_of(cli *c, const cli_pick *picks, size_t n, wck_tree **out);
/* Some section was read, in part at least. */
bool cli_anything_read(const wck_snapshot *head);
/* Fails with what to do about an empty store. */
wck_status cli_no_snapshots(cli *c);
/* Run the rules with the waivers of the configuration. names: only these servers; n 0 = all. */
wck_status cli_check(cli *c, const wck_tree *tree, const char **names, size_t n, bool verify, int64_t max_age_hours,
                     wck_report **out);
/* The same with options of one's own; waivers, servers and our id are filled in. jobs: threads; 0 as many as are
 * worth it, for a tree of cli_load_tree; 1 for any other tree. */
wck_status cli_check_with(cli *c, const wck_tree *tree, const char **names, size_t n, wck_check_options options,
                          int64_t jobs, wck_report **out);
/* Text, a number as in `snapshot list`, to an id. */
bool cli_parse_id(const char *text, wck_snapshot_id *out);

extern const command cmd_collect, cmd_import, cmd_export, cmd_snapshot, cmd_tree, cmd_check, cmd_diff, cmd_plan, cmd_doctor, cmd_history, cmd_whatif,
    cmd_script, cmd_rules, cmd_explain, cmd_store, cmd_publish, cmd_help, cmd_version, cmd_completion;

#endif
