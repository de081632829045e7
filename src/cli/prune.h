/* SPDX-License-Identifier: MIT
 * prune.h: snapshots that are old enough to go. */
#ifndef WCK_CLI_PRUNE_H
#define WCK_CLI_PRUNE_H

#include "cli/cli.h"

/* Of each server (of those that are operands, else all) the newest `keep` stay, and the newest in which anything was read.
 * dry_run: they are listed only. out: what was done, in words. */
wck_status cli_prune(cli *c, size_t keep, bool dry_run, wck_buf *out);

#endif
