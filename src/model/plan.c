/* SPDX-License-Identifier: MIT
 * plan.c: life and death of a plan. */
#include "model/plan.h"

#include <stdlib.h>

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
