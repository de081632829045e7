/* SPDX-License-Identifier: MIT
 * approvals.c: which approvals WSUS takes, which it sends to a replica, and the answers that hang on it
 * (4001, 4003, 4004, 4005, 4006). */
#include "plan/builder.h"

#include "model/selection.h"

static const wck_update *revision_of(const rows *r, int64_t revision)
{
    for (size_t i = 0; i < r->n_updates; i++)
        if (r->updates[i].revision == revision)
            return &r->updates[i];
    return NULL;
}

/* Would a replica get this approval? Not when the languages of its revision are all off there
 * (domain.md 1.2). */
bool plan_travels(const builder *b, const wck_node *a, const rows *r, const wck_approval *approval)
{
    const wck_update *u = revision_of(r, approval->revision);

    if (u == NULL || !u->languages_known || u->languages.n == 0 || approval->action == WCK_ACTION_BLOCK)
        return true;
    for (size_t i = 0; i < u->languages.n; i++)
        if (plan_language(b, a, u->languages.items[i]) != 0)
            return true;
    return false;
}

/* 1 accepted there, or the plan accepts it first; 0 not; WCK_BOOL_NONE: not read. */
static int8_t accepted(builder *b, const wck_node *a, const wck_update *u)
{
    const wck_snapshot *head = a->now->head;
    const wck_object object = {.update = u->id, .eula = u->eula};

    if (wck_guid_is_zero(u->eula) || plan_find(b, WCK_DO_ACCEPT_EULA, a, &object) != NULL)
        return 1;
    for (size_t i = 0; i < head->eulas.n; i++)
        if (wck_guid_eq(head->eulas.items[i].id, u->eula))
            return 1;
    return plan_complete(a, WCK_SECTION_EULAS) ? 0 : WCK_BOOL_NONE;
}

const char *plan_refused(builder *b, const wck_node *a, const rows *r, int64_t revision, int64_t action)
{
    const wck_update *u = revision_of(r, revision);
    int8_t agreed;

    if (u == NULL)
        return plan_complete(a, WCK_SECTION_UPDATES)
                   ? plan_text(b, "%.300s does not list the revision that is approved there", a->path)
                   : NULL;
    if (action == WCK_ACTION_INSTALL && u->state == WCK_STATE_EXPIRED)
        return plan_text(
            b,
            "it is approved on %.300s in a revision that has expired, and WSUS approves that for removal "
            "only: decline it there too",
            a->path);
    agreed = accepted(b, a, u);
    if (agreed == 0)
        return plan_text(
            b,
            "WSUS approves nothing whose license agreement is not accepted: read and accept it on %.300s, "
            "then plan again",
            a->path);
    return agreed == 1
               ? NULL
               : plan_text(b,
                           "the license agreements of %.300s were not read completely, and WSUS approves "
                           "nothing whose agreement is not accepted: nothing is approved",
                           a->path);
}

/* 4001: an approval comes with the revision that it names. */
const char *plan_answer_not_approved(builder *b, const wck_finding *f, const wck_node *node)
{
    const char *spoken = node->now->head->server.protocol_version;
    rows r;

    if (!plan_rows(b, node, f->object.update, &r))
        return NULL;
    if (r.declined != NULL) /* else it were WCK3031: what is declined above was not read, or not all of it */
        return "it is declined here, and a synchronization keeps that until the update is approved anew "
               "above; whether "
               "it is declined there too is not known: collect again, then plan again";
    for (size_t i = 0; i < r.n_updates; i++)
        if (r.updates[i].revision == f->object.revision)
            spoken = NULL; /* it is here already */
    if (node->parent == NULL || !plan_rows(b, node->parent, f->object.update, &r))
        return "the upstream server is not known: synchronize it by hand";
    for (size_t i = 0; i < r.n_updates; i++)
        if (r.updates[i].revision == f->object.revision &&
            wck_protocol_newer(r.updates[i].compatible_protocol_version, spoken))
            return plan_speaks_too_old(b, node);
    plan_add(b, WCK_DO_SYNCHRONIZE, node, NULL, f);
    return NULL;
}

/* 4003, 4005, 4006: a synchronization brings what is right, unless the approval above is permanently
 * inactive. */
const char *plan_answer_differs(builder *b, const wck_finding *f, const wck_node *node)
{
    bool any = false, sent = false;
    rows r;

    if (node->parent != NULL && !plan_rows(b, node->parent, f->object.update, &r))
        return NULL;
    for (size_t i = 0; node->parent != NULL && i < r.n_approvals; i++) {
        if (!plan_intent(&r.approvals[i]) || !wck_guid_eq(r.approvals[i].group, f->object.group))
            continue;
        any = true;
        sent = sent || plan_travels(b, node->parent, &r, &r.approvals[i]);
    }
    if (any && !sent)
        return plan_text(
            b,
            "the approval on %.300s is permanently inactive (WCK4010) and does not reach this server: "
            "enable a language of the update there, or remove the approval",
            node->parent->path);
    plan_add(b, WCK_DO_SYNCHRONIZE, node, NULL, f);
    return NULL;
}

static const wck_approval *approval_of(const rows *r, wck_guid group)
{
    const wck_approval *found = NULL;

    for (size_t i = 0; i < r->n_approvals; i++)
        if (wck_guid_eq(r->approvals[i].group, group) && r->approvals[i].action <= WCK_ACTION_UNINSTALL &&
            (found == NULL || r->approvals[i].revision > found->revision))
            found = &r->approvals[i];
    return found;
}

/* Another action of the plan changes the approvals of the update on `a`: it would find other approvals than
 * the plan saw. true: *why says what becomes of the finding, NULL: that action answers it. */
static bool collides(builder *b, const wck_finding *f, const wck_node *a, const char **why)
{
    const wck_object object = {.update = f->object.update};
    draft *decline = plan_find(b, WCK_DO_DECLINE, a, &object);

    *why = NULL;
    if (decline != NULL) {
        plan_answer(b, decline, f); /* no approval is left, here as there */
        return true;
    }
    if (plan_find(b, WCK_DO_UNAPPROVE, a, &object) != NULL)
        *why = plan_text(
            b,
            "the plan removes the approvals of an expired revision of the update on %.300s: approve the "
            "newest revision there for the group if it is still wanted",
            a->path);
    else if (plan_find(b, WCK_DO_UNDECLINE, a, &object) != NULL)
        *why = plan_text(b, "the plan makes the approvals of the update on %.300s anew: plan again after it",
                         a->path);
    return *why != NULL;
}

const char *plan_answer_stale(builder *b, const wck_finding *f, const wck_node *node)
{
    const char *why;
    const wck_node *a = plan_authority(b, node, &why);
    const wck_approval *approval;
    const wck_update *newest;
    wck_object object = f->object;
    draft *d;
    rows r;

    if (why != NULL)
        return why;
    if (!plan_rows(b, a, f->object.update, &r))
        return NULL;
    approval = approval_of(&r, f->object.group);
    newest = r.n_updates > 0 ? &r.updates[r.n_updates - 1] : NULL;
    if (approval == NULL || newest == NULL || newest->state == WCK_STATE_EXPIRED || a == node)
        return plan_text(
            b,
            "%.300s has no approval of that update and group to refresh, or its newest revision is expired",
            a->path);
    if (!plan_complete(a, WCK_SECTION_UPDATES) || !plan_complete(a, WCK_SECTION_APPROVALS))
        return plan_text(
            b, "updates and approvals of %.300s were not read completely: nothing is approved again",
            a->path);
    if (collides(b, f, a, &why))
        return why;
    why = plan_refused(b, a, &r, newest->revision, approval->action);
    if (why != NULL)
        return why;
    object.revision = newest->revision;
    d = plan_add(b, WCK_DO_APPROVE, a, &object, f);
    if (d != NULL) {
        d->action = approval->action;
        d->deadline = approval->deadline;
        plan_prior(b, &r, f->object.group, d);
    }
    plan_sync_path(b, a, false, node, f);
    return NULL;
}
