/* SPDX-License-Identifier: MIT
 * wsus_apply.h: a plan carried out on a world, step by step as its scripts do it, and taken back. */
#ifndef WCK_TESTS_MODEL_WSUS_APPLY_H
#define WCK_TESTS_MODEL_WSUS_APPLY_H

#include "model/plan.h"
#include "model/wsus_model.h"

typedef enum wsus_outcome {
    WSUS_DONE = 1,
    WSUS_WAS_SO,  /* nothing had to be changed */
    WSUS_SKIPPED, /* the server is not as the plan saw it: the script skips the step and says so */
    WSUS_REFUSED  /* the API throws */
} wsus_outcome;

/* What one run did, so that it can be taken back. */
typedef struct wsus_run {
    struct wsus_step {
        const wck_plan_action *action; /* borrowed from the plan */
        const char **languages;        /* set_languages: those before, as the journal notes them; malloc'd */
        size_t n_languages;
    } * steps;
    size_t n, size;
} wsus_run;

/* One step; why of the world says what was wrong when it is skipped or refused. */
wsus_outcome wsus_do(wsus_world *world, const wck_plan_action *action);
/* Called for every step that is skipped or refused. */
typedef void wsus_complaint(void *payload, const wck_plan_action *action, const char *why);
/* All steps in order; only those that can be undone when `reversible`. complain may be NULL. */
void wsus_carry_out(wsus_run *out, wsus_world *world, const wck_plan *plan, bool reversible, wsus_complaint *complain,
                    void *payload);
/* What was done, backwards. false: something refused, why says what. */
bool wsus_take_back(wsus_world *world, const wsus_run *run);
void wsus_run_clear(wsus_run *run);

#endif
