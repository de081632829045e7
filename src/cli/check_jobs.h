/* SPDX-License-Identifier: MIT
 * check_jobs.h: one check on several cores. */
#ifndef WCK_CLI_CHECK_JOBS_H
#define WCK_CLI_CHECK_JOBS_H

#include "cli/cli.h"

/* Threads worth starting for what differs, at most one a core. */
size_t cli_check_jobs(const wck_tree *tree, const wck_check_options *options);
/* wck_check with each thread judging a part of the servers, through a store connection, readers and arenas of its own:
 * what is said about a server rests on no other server's findings, so the report is the same to the byte for any number
 * of jobs. The tree is one of cli_load_tree. */
wck_status cli_check_parts(cli *c, const wck_tree *tree, const wck_check_options *options, size_t jobs,
                           wck_report **out);

#endif
