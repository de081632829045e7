/* SPDX-License-Identifier: MIT
 * build.h: report + tree → plan. Every finding with result fail is answered by an action or listed under manual;
 * nothing is ever derived from a finding whose result is unknown. */
#ifndef WCK_PLAN_BUILD_H
#define WCK_PLAN_BUILD_H

#include "model/plan.h"
#include "model/tree.h"

typedef struct wck_plan_override {
    wck_limit_kind limit;
    int64_t value;
} wck_plan_override;

typedef struct wck_plan_policy {
    const char *tool_version;
    wck_time now;        /* NONE: wck_time_now() */
    int64_t max_actions; /* 0 = no limit; over it: WCK_E_LIMIT with the count */
    /* Limits other than the standard ones; each names one and stands for itself. What exceeds a limit is noted in the
     * plan, from which no scripts are then made. */
    const wck_plan_override *overrides;
    size_t n_overrides;
    const char *reason; /* why; kept in the plan beside every override. NULL with overrides: WCK_E_ARG */
    const wck_digest *waivers; /* of the waivers in force, for the policy digest; NULL: none */
} wck_plan_policy;

wck_status wck_plan_build(wck_plan **out, const wck_report *report, const wck_tree *tree,
                          const wck_plan_policy *policy, wck_error *err);

/* Equal in what is to be done, where, and what was observed before. */
bool wck_plan_action_same(const wck_plan_action *a, const wck_plan_action *b);
/* By action of `plan`: the action of `other` of the same kind, server and object, or NULL. malloc'd. */
wck_status wck_plan_match(const wck_plan_action ***out, const wck_plan *plan, const wck_plan *other, wck_error *err);
/* Does `plan` still fit the facts that `now` was made from? *out NULL: yes; else the first action that would not be
 * planned again just so. Ids, order, answers and texts do not count, nor do actions that only `now` has: their number
 * is in *more. */
wck_status wck_plan_outdated(const wck_plan_action **out, size_t *more, const wck_plan *plan, const wck_plan *now,
                             wck_error *err);

#endif
