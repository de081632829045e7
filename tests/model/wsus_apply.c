/* SPDX-License-Identifier: MIT
 * wsus_apply.c: see wsus_apply.h. Every kind has its precondition, its effect and its way back here, as docs/plan.md
 * tells them and not as the planner builds them. */
#include "model/wsus_apply.h"

#include <stdlib.h>
#include <string.h>

static bool same_prior(const wck_prior_approval *p, const wck_approval *a)
{
    return wck_guid_eq(p->group, a->group) && p->revision == a->revision && p->action == a->action &&
           p->deadline == a->deadline;
}

static bool concerns(const wck_approval *a, wck_guid update, wck_guid group)
{
    return wsus_intent(a) && wck_guid_eq(a->update, update) &&
           (wck_guid_is_zero(group) || wck_guid_eq(a->group, group));
}

/* Are the approvals of the update (in that group) those that the plan saw? As sets. */
static bool as_observed(wsus_world *w, const wck_snapshot *s, const wck_plan_action *action, wck_guid group)
{
    bool same = true;

    for (size_t i = 0; i < s->approvals.n && same; i++) {
        size_t k = 0;
        if (!concerns(&s->approvals.items[i], action->object.update, group))
            continue;
        while (k < action->n_prior && !same_prior(&action->prior[k], &s->approvals.items[i]))
            k++;
        same = k < action->n_prior;
    }
    for (size_t k = 0; k < action->n_prior && same; k++) {
        size_t i = 0;
        if (!wck_guid_is_zero(group) && !wck_guid_eq(action->prior[k].group, group))
            continue;
        while (i < s->approvals.n && !(concerns(&s->approvals.items[i], action->object.update, group) &&
                                       same_prior(&action->prior[k], &s->approvals.items[i])))
            i++;
        same = i < s->approvals.n;
    }
    return same || w->trusting ? true : wsus_refuse(w, "the approvals are not as the plan saw them");
}

static bool has_approval(const wck_snapshot *s, const wck_plan_action *a)
{
    const wck_prior_approval wanted = {
        .group = a->object.group, .revision = a->object.revision, .action = a->action, .deadline = a->deadline};

    for (size_t i = 0; i < s->approvals.n; i++)
        if (concerns(&s->approvals.items[i], a->object.update, a->object.group) &&
            same_prior(&wanted, &s->approvals.items[i]))
            return true;
    return false;
}

static bool restore(wsus_world *w, wsus_server *on, const wck_plan_action *a, bool all)
{
    for (size_t i = 0; i < a->n_prior; i++) {
        const wck_prior_approval *p = &a->prior[i];
        bool there = false;
        for (size_t k = 0; k < on->now->approvals.n && !all; k++)
            there = there || (concerns(&on->now->approvals.items[k], a->object.update, p->group) &&
                              same_prior(p, &on->now->approvals.items[k]));
        if (!there && !wsus_approve(w, on, a->object.update, p->revision, p->group, p->action, p->deadline))
            return false;
    }
    return true;
}

static wsus_outcome outcome(bool done)
{
    return done ? WSUS_DONE : WSUS_REFUSED;
}

static wsus_outcome do_approve(wsus_world *w, wsus_server *on, const wck_plan_action *a)
{
    if (has_approval(on->now, a))
        return WSUS_WAS_SO;
    if (!as_observed(w, on->now, a, a->object.group))
        return WSUS_SKIPPED;
    if (wsus_is_declined(on->now, a->object.update)) {
        wsus_refuse(w, "the update was declined");
        return WSUS_SKIPPED;
    }
    return outcome(wsus_approve(w, on, a->object.update, a->object.revision, a->object.group, a->action, a->deadline));
}

static wsus_outcome do_decline(wsus_world *w, wsus_server *on, const wck_plan_action *a)
{
    if (wsus_is_declined(on->now, a->object.update))
        return WSUS_WAS_SO;
    if (!as_observed(w, on->now, a, (wck_guid){0, 0}))
        return WSUS_SKIPPED;
    return outcome(wsus_decline(w, on, a->object.update, a->object.revision));
}

/* Every observed approval is made anew; without any, Not Approved takes the decline back. */
static wsus_outcome do_undecline(wsus_world *w, wsus_server *on, const wck_plan_action *a)
{
    if (!as_observed(w, on->now, a, (wck_guid){0, 0}))
        return WSUS_SKIPPED;
    if (a->n_prior == 0)
        return outcome(wsus_not_approved(w, on, a->object.update));
    return outcome(restore(w, on, a, true));
}

static wsus_outcome do_languages(wsus_world *w, wsus_server *on, const wck_plan_action *a)
{
    size_t enabled = 0, known = 0;

    for (size_t i = 0; i < on->now->languages.n; i++)
        enabled += on->now->languages.items[i].enabled;
    for (size_t i = 0; i < a->languages.n; i++)
        known += wsus_speaks(on->now, a->languages.items[i]);
    if (enabled == known && known == a->languages.n)
        return WSUS_WAS_SO;
    return outcome(wsus_set_languages(w, on, a->languages.items, a->languages.n));
}

static bool selected(const wck_guids *set, wck_guid id)
{
    for (size_t i = 0; i < set->n; i++)
        if (wck_guid_eq(set->items[i], id))
            return true;
    return false;
}

static wsus_outcome do_select(wsus_world *w, wsus_server *on, const wck_plan_action *a)
{
    bool product = a->kind == WCK_DO_SELECT_PRODUCT;
    const wck_config *c = &on->now->config;

    if (selected(product ? &c->selected_products : &c->selected_classifications, a->object.category))
        return WSUS_WAS_SO;
    return outcome(product ? wsus_select_product(w, on, a->object.category, true)
                           : wsus_select_classification(w, on, a->object.category, true));
}

static wsus_outcome do_unapprove(wsus_world *w, wsus_server *on, const wck_plan_action *a)
{
    if (!as_observed(w, on->now, a, (wck_guid){0, 0}))
        return WSUS_SKIPPED;
    return outcome(wsus_unapprove(w, on, a->object.update, a->object.revision, (wck_guid){0, 0}));
}

wsus_outcome wsus_do(wsus_world *w, const wck_plan_action *a)
{
    wsus_server *on = wsus_find(w, a->server_name);

    if (on == NULL) {
        wsus_refuse(w, "the server is not there");
        return WSUS_REFUSED;
    }
    switch (a->kind) {
    case WCK_DO_SYNCHRONIZE:
        return outcome(wsus_synchronize(w, on));
    case WCK_DO_SET_LANGUAGES:
        return do_languages(w, on, a);
    case WCK_DO_SELECT_PRODUCT:
    case WCK_DO_SELECT_CLASSIFICATION:
        return do_select(w, on, a);
    case WCK_DO_ACCEPT_EULA:
        return outcome(wsus_accept_eula(w, on, a->object.update, a->object.eula));
    case WCK_DO_CREATE_GROUP:
        return outcome(wsus_create_group(w, on, a->object.group, a->object.name, a->target.parent));
    case WCK_DO_APPROVE:
        return do_approve(w, on, a);
    case WCK_DO_UNAPPROVE:
        return do_unapprove(w, on, a);
    case WCK_DO_DECLINE:
        return do_decline(w, on, a);
    case WCK_DO_UNDECLINE:
        return do_undecline(w, on, a);
    case WCK_DO_REMOVE_INACTIVE_APPROVALS:
        return outcome(wsus_remove_inactive_approvals(w, on));
    case WCK_DO_CANCEL_DOWNLOAD: /* files are no part of the model */
    case WCK_DO_VERIFY:
        return WSUS_DONE;
    default:
        wsus_refuse(w, "the model cannot do that");
        return WSUS_REFUSED;
    }
}

static void note_languages(struct wsus_step *step, const wck_snapshot *s)
{
    step->languages = calloc(s->languages.n + 1, sizeof *step->languages);
    if (step->languages == NULL)
        wsus_out_of_memory();
    for (size_t i = 0; i < s->languages.n; i++)
        if (s->languages.items[i].enabled)
            step->languages[step->n_languages++] = s->languages.items[i].code;
}

void wsus_carry_out(wsus_run *out, wsus_world *w, const wck_plan *plan, bool reversible, wsus_complaint *complain,
                    void *payload)
{
    *out = (wsus_run){.steps = calloc(plan->actions.n + 1, sizeof *out->steps)};
    if (out->steps == NULL)
        wsus_out_of_memory();
    w->trusting = reversible; /* else a wrong look before the step would hide that the way back is as wrong */
    for (size_t i = 0; i < plan->actions.n; i++) {
        const wck_plan_action *a = &plan->actions.items[i];
        const wsus_server *on = wsus_find(w, a->server_name);
        struct wsus_step step = {.action = a};
        wsus_outcome what;
        if (reversible && !a->reversible)
            continue;
        if (on != NULL && a->kind == WCK_DO_SET_LANGUAGES)
            note_languages(&step, on->now);
        what = wsus_do(w, a);
        if (what == WSUS_DONE)
            out->steps[out->n++] = step;
        else
            free(step.languages);
        if (what >= WSUS_SKIPPED && complain != NULL)
            complain(payload, a, w->why);
    }
    w->trusting = false;
}

void wsus_run_clear(wsus_run *run)
{
    for (size_t i = 0; i < run->n; i++)
        free(run->steps[i].languages);
    free(run->steps);
    *run = (wsus_run){0};
}

static bool undo(wsus_world *w, const struct wsus_step *step)
{
    const wck_plan_action *a = step->action;
    wsus_server *on = wsus_find(w, a->server_name);

    switch (a->kind) {
    case WCK_DO_SET_LANGUAGES:
        return wsus_set_languages(w, on, step->languages, step->n_languages);
    case WCK_DO_SELECT_PRODUCT:
        return wsus_select_product(w, on, a->object.category, false);
    case WCK_DO_SELECT_CLASSIFICATION:
        return wsus_select_classification(w, on, a->object.category, false);
    case WCK_DO_APPROVE:
        return wsus_unapprove(w, on, a->object.update, WCK_INT_NONE, a->object.group) && restore(w, on, a, false);
    case WCK_DO_DECLINE:
        if (a->n_prior == 0 && !wsus_not_approved(w, on, a->object.update))
            return false;
        return restore(w, on, a, false);
    case WCK_DO_UNAPPROVE:
        return restore(w, on, a, false);
    case WCK_DO_CANCEL_DOWNLOAD:
    case WCK_DO_VERIFY:
        return true;
    default:
        return wsus_refuse(w, "%s says that it can be undone", a->id);
    }
}

bool wsus_take_back(wsus_world *w, const wsus_run *run)
{
    bool ok = true;

    for (size_t i = run->n; i-- > 0;)
        ok = undo(w, &run->steps[i]) && ok;
    return ok;
}
