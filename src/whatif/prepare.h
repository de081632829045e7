/* SPDX-License-Identifier: MIT
 * prepare.h: what to keep before a change, so that people's decisions can be made again after it. */
#ifndef WCK_WHATIF_PREPARE_H
#define WCK_WHATIF_PREPARE_H

#include "model/plan.h"
#include "whatif/whatif.h"

/* Adds to `plan` what restores the decisions of that server after it was made anew: its target groups with
 * their ids, accepted license agreements, approvals, declines. Bound to its name only: its ServerId will be
 * another. A replica has none of its own: nothing is added. */
wck_status wck_whatif_prepare(wck_plan *plan, const wck_node *node, const wck_snapshot *snapshot,
                              wck_error *err);

#endif
