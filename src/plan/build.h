/* SPDX-License-Identifier: MIT
 * build.h: report + tree → plan. Every finding with result fail is answered by an action or listed under manual;
 * nothing is ever derived from a finding whose result is unknown. */
#ifndef WCK_PLAN_BUILD_H
#define WCK_PLAN_BUILD_H

#include "model/plan.h"
#include "model/tree.h"

typedef struct wck_plan_policy {
    const char *tool_version;
    wck_time now;        /* NONE: wck_time_now() */
    int64_t max_actions; /* 0 = no limit; over it: WCK_E_LIMIT with the count */
} wck_plan_policy;

wck_status wck_plan_build(wck_plan **out, const wck_report *report, const wck_tree *tree,
                          const wck_plan_policy *policy, wck_error *err);

#endif
