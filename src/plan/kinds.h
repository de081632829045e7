/* SPDX-License-Identifier: MIT
 * kinds.h: one row per action kind. */
#ifndef WCK_PLAN_KINDS_H
#define WCK_PLAN_KINDS_H

#include "model/plan.h"

typedef enum plan_reach { PLAN_REACH_NONE, PLAN_REACH_MIRRORS, PLAN_REACH_BELOW } plan_reach;

typedef struct plan_kind {
    wck_action_kind kind;
    bool removal; /* done from the leaves to the root, after all additions */
    wck_risk risk;
    plan_reach reach;
    const char *who;
    const char *precondition; /* what the script looks at again before it acts */
    const char *undo;         /* NULL: cannot be undone */
    const char *why;
} plan_kind;

const plan_kind *plan_kind_of(wck_action_kind kind); /* never NULL */

#endif
