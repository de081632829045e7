/* SPDX-License-Identifier: MIT
 * limits.h: how much the finished plan changes. */
#ifndef WCK_PLAN_LIMITS_H
#define WCK_PLAN_LIMITS_H

#include "plan/builder.h"

/* After plan_finish. Fills plan->limits.checks and plan->policy. */
wck_status plan_measure(builder *b, const wck_plan_policy *policy);

#endif
