/* SPDX-License-Identifier: MIT
 * declines.c: answers that decline an update, take a decline back, or keep one from being made (3011, 3031, 3034). */
#include "plan/builder.h"

/* NULL when nobody that a decline on `a` reaches needs the update. */
static const char *needed_elsewhere(builder *b, const wck_node *a, wck_guid update)
{
    for (size_t i = a->index; i < b->tree->n && (i == a->index || b->tree->nodes[i]->depth > a->depth); i++) {
        const wck_node *other = b->tree->nodes[i];
        int8_t needed;
        if (other != a && wck_node_authority(other) != a)
            continue;
        if (b->nodes[other->index].blocked != 0) /* its rows prove nothing, least of all that nobody needs it */
            return plan_forbidden(b, other, other);
        needed = plan_needed(b, other, update);
        if (needed == 1)
            return plan_text(b, "a decline on %.300s would reach %.300s, which needs the update", a->path, other->path);
        if (needed != 0)
            return plan_text(b,
                             "a decline on %.300s would reach %.300s, and whether that needs the update is not known",
                             a->path, other->path);
    }
    return NULL;
}

/* Remedy 2: cancel the download, then decline. */
const char *plan_answer_gone(builder *b, const wck_finding *f, const wck_node *node)
{
    const char *why;
    const wck_node *a = plan_authority(b, node, &why);
    wck_object object;
    selection s;
    draft *d;
    rows r;

    if (why != NULL)
        return why;
    if (!plan_rows(b, node, f->object.update, &r) || r.n_updates == 0)
        return "the update is not in the snapshot any more: collect again";
    plan_selection(node, &r.updates[r.n_updates - 1], &s);
    if (!s.known)
        return "the selection could not be read, so the update may still be on its way: nothing is declined";
    if (!plan_rows(b, a, f->object.update, &r))
        return NULL;
    if (r.n_updates == 0)
        return plan_not_there(b, a);
    if (!plan_removal_known(a))
        return plan_text(b, "updates, declined and approvals of %.300s were not read completely: nothing is declined",
                         a->path);
    why = needed_elsewhere(b, a, f->object.update);
    if (why != NULL)
        return why;
    if (!plan_rows(b, a, f->object.update, &r))
        return NULL;
    if (r.declined != NULL) {
        plan_sync_path(b, a, false, node, f);
        return a == node ? "it is declined here already" : NULL;
    }
    object = plan_object_of(f, r.updates[r.n_updates - 1].revision);
    plan_add(b, WCK_DO_CANCEL_DOWNLOAD, a, &object, f);
    d = plan_add(b, WCK_DO_DECLINE, a, &object, f);
    if (d != NULL)
        plan_prior(b, &r, (wck_guid){0, 0}, d);
    return NULL;
}

/* NULL when the approvals of an update can be made anew on `a` and a replica would see one of them, else why not. */
static const char *cannot_approve_anew(builder *b, const wck_node *a, const rows *r)
{
    bool any = false, sent = false;

    for (size_t i = 0; i < r->n_approvals; i++) {
        const wck_approval *row = &r->approvals[i];
        const char *why;
        if (!plan_intent(row))
            continue;
        why = plan_refused(b, a, r, row->revision, row->action);
        if (why != NULL)
            return why;
        any = true;
        sent = sent || plan_travels(b, a, r, row);
    }
    if (!any)
        return plan_text(b,
                         "nothing is approved on %.300s that could be approved anew: approve the update there for a "
                         "group, synchronize down to this server, and take the approval away again; or decline it "
                         "there too",
                         a->path);
    return sent ? NULL
                : plan_text(
                      b,
                      "its approvals on %.300s are permanently inactive (WCK4010) and would not reach this server: "
                      "enable a language of the update there, or decline it there too",
                      a->path);
}

/* Sticky decline: nothing in the protocol takes a decline back on a replica but a new approval (users.md B7).
 */
const char *plan_answer_sticky(builder *b, const wck_finding *f, const wck_node *node)
{
    const char *why;
    const wck_node *a = plan_authority(b, node, &why);
    wck_object object;
    draft *d;
    rows r;

    if (why != NULL)
        return why;
    if (!plan_rows(b, a, f->object.update, &r))
        return NULL;
    object = plan_object_of(f, r.n_updates > 0 ? r.updates[r.n_updates - 1].revision : WCK_INT_NONE);
    d = plan_find(b, WCK_DO_DECLINE, a, &object);
    if (d != NULL) { /* for another finding about it: then both are declined */
        plan_answer(b, d, f);
        return NULL;
    }
    if (r.declined != NULL && a != node) {
        plan_sync_path(b, a, false, node, f);
        return NULL;
    }
    if (r.n_updates == 0 || a == node)
        return plan_not_there(b, a);
    if (!plan_complete(a, WCK_SECTION_APPROVALS) || !plan_complete(a, WCK_SECTION_DECLINED))
        return plan_text(b, "approvals and declined of %.300s were not read completely: nothing is approved again",
                         a->path);
    why = cannot_approve_anew(b, a, &r);
    if (why != NULL)
        return why;
    d = plan_add(b, WCK_DO_UNDECLINE, a, &object, f);
    if (d != NULL)
        plan_prior(b, &r, (wck_guid){0, 0}, d);
    plan_sync_path(b, a, false, node, f);
    return NULL;
}

/* Its own list may still call the revision published: nothing that expired comes back, so the server below that
 * knows better counts. */
static bool approves(const rows *r, int64_t revision)
{
    for (size_t i = 0; i < r->n_approvals; i++)
        if (r->approvals[i].revision == revision && r->approvals[i].action == WCK_ACTION_INSTALL)
            return true;
    return false;
}

/* Is there a revision that is not expired? Then a decline would take its approvals too. */
static bool newer_good_revision(const rows *r, int64_t expired)
{
    for (size_t i = 0; i < r->n_updates; i++)
        if (r->updates[i].revision > expired && r->updates[i].state != WCK_STATE_EXPIRED)
            return true;
    return false;
}

const char *plan_answer_expired(builder *b, const wck_finding *f, const wck_node *node)
{
    const char *why;
    const wck_node *a = plan_authority(b, node, &why);
    wck_object object;
    draft *d;
    rows r;

    if (why != NULL)
        return why;
    if (!plan_rows(b, a, f->object.update, &r))
        return NULL;
    if (r.n_updates == 0)
        return plan_not_there(b, a);
    if (!plan_removal_known(a))
        return plan_text(b, "updates, declined and approvals of %.300s were not read completely: nothing is declined",
                         a->path);
    if (r.declined != NULL || (a != node && !approves(&r, f->object.revision))) {
        plan_sync_path(b, a, false, node, f); /* the mirror drops what is not there above */
        return a == node ? "it is declined here already" : NULL;
    }
    object = plan_object_of(f, f->object.revision);
    d = plan_add(b, newer_good_revision(&r, f->object.revision) ? WCK_DO_UNAPPROVE : WCK_DO_DECLINE, a, &object, f);
    if (d != NULL) {
        plan_prior(b, &r, (wck_guid){0, 0}, d);
        d->irreversible = true; /* WSUS approves an expired update for removal only */
    }
    return NULL; /* replicas follow with their next synchronization: removals come after all additions */
}
