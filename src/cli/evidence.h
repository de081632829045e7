/* SPDX-License-Identifier: MIT
 * evidence.h: a plan document and the facts it rests on. */
#ifndef WCK_CLI_EVIDENCE_H
#define WCK_CLI_EVIDENCE_H

#include "cli/cli.h"
#include "plan/build.h"

enum { EVIDENCE_HOURS = 24 };

/* Reads a plan; a document that was changed since it was written is refused. */
wck_status cli_read_plan(cli *c, const char *path, wck_plan **out);
/* Check and plan, with the waivers of the configuration. */
wck_status cli_plan(cli *c, const wck_tree *tree, wck_plan_policy *policy, wck_plan **out);
/* WCK_OK, or c->err says why scripts must not be made from it: it is older than max_age_hours, or the store holds newer
 * snapshots from which something else would be planned, or another server by that name. Without a store (a plan that
 * was carried elsewhere) that cannot be told: warned about, unless `quietly`. */
wck_status cli_plan_usable(cli *c, const wck_plan *plan, int64_t max_age_hours, bool quietly);

#endif
