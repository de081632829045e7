/* SPDX-License-Identifier: MIT
 * plan.c: life and death of a plan, and how much one plan may change (reliability.md 13). */
#include "model/plan.h"

#include <stdlib.h>
#include <string.h>

wck_plan *wck_plan_new(void)
{
    wck_plan *plan = calloc(1, sizeof *plan);

    if (plan == NULL)
        return NULL;
    plan->arena = wck_arena_new();
    plan->made_at = WCK_TIME_NONE;
    if (plan->arena == NULL) {
        free(plan);
        return NULL;
    }
    return plan;
}

void wck_plan_free(wck_plan *plan)
{
    if (plan == NULL)
        return;
    wck_vec_clear(&plan->snapshots);
    wck_vec_clear(&plan->actions);
    wck_vec_clear(&plan->manual);
    wck_arena_free(plan->arena);
    free(plan);
}

static const wck_limit_row limits[WCK_LIMIT_COUNT] = {
    {"actions", 50, false, "actions"},
    {"approval_share", 5, true, "approved updates of one server whose approvals change"},
    {"decline_share", 2, true, "updates of one server that are declined"},
    {"security_declines", 0, false, "declines of security or critical updates that nothing supersedes"},
    {"all_computers", 0, false, "approvals for All Computers"},
    {"removal_servers", 1, false, "servers on which approvals are taken away"},
    {"undeclines", 10, false, "declines taken back"},
    {"group_deletions", 0, false, "groups that a synchronization deletes, with members that are not known"},
};

const wck_limit_row *wck_limit_row_of(wck_limit_kind kind)
{
    return &limits[kind];
}

bool wck_limit_kind_parse(wck_limit_kind *out, const char *text)
{
    for (int i = 0; i < WCK_LIMIT_COUNT; i++)
        if (strcmp(limits[i].name, text) == 0) {
            *out = (wck_limit_kind)i;
            return true;
        }
    return false;
}

bool wck_plan_limit_exceeded(wck_limit_kind kind, const wck_plan_limit *limit)
{
    if (!limits[kind].percent)
        return limit->found > limit->limit;
    /* counts are below WCK_MAX_ROWS, percentages below 101: no overflow */
    return limit->found > WCK_LIMIT_FEW && limit->found * 100 > limit->limit * limit->of;
}

size_t wck_plan_limits_exceeded(const wck_plan *plan)
{
    size_t n = 0;

    for (int i = 0; i < WCK_LIMIT_COUNT && plan->limits.checked; i++)
        n += wck_plan_limit_exceeded((wck_limit_kind)i, &plan->limits.checks[i]);
    return n;
}

bool wck_service_known(const char *name)
{
    static const char *const known[] = {"BITS", "WsusService", "W3SVC"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

wck_plan_target wck_plan_no_target(void)
{
    return (wck_plan_target){.port = WCK_INT_NONE,
                             .was_port = WCK_INT_NONE,
                             .ssl = WCK_BOOL_NONE,
                             .was_ssl = WCK_BOOL_NONE,
                             .cleartext = WCK_BOOL_NONE};
}
