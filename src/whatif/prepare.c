/* SPDX-License-Identifier: MIT
 * prepare.c: a snapshot's decisions as a plan. Groups first and parents before children, then agreements,
 * approvals, declines: the order in which the API accepts them. */
#include "whatif/prepare.h"

#include <stdio.h>
#include <string.h>

static bool built_in(wck_guid id)
{
    return wck_guid_eq(id, WCK_GROUP_ALL_COMPUTERS) || wck_guid_eq(id, WCK_GROUP_UNASSIGNED) ||
           wck_guid_eq(id, WCK_GROUP_DOWNSTREAM);
}

typedef struct restore {
    wck_plan *plan;
    const wck_node *node;
    bool failed;
} restore;

static const char *keep(restore *r, const char *text)
{
    const char *own = text != NULL ? wck_arena_strdup(r->plan->arena, text) : NULL;

    r->failed = r->failed || (text != NULL && own == NULL);
    return own;
}

static wck_plan_action *add(restore *r, wck_action_kind kind, const wck_object *object)
{
    wck_plan_action *a = wck_vec_push(&r->plan->actions);

    if (a == NULL) {
        r->failed = true;
        return NULL;
    }
    a->order = r->plan->actions.n;
    a->id = wck_arena_printf(r->plan->arena, "a%zu", a->order);
    a->tier = r->node->depth > 0 ? r->node->depth - 1 : 0;
    a->kind = kind;
    a->server = keep(r, r->node->path);
    a->server_name = keep(r, r->node->name);
    a->object = *object;
    a->object.title = keep(r, object->title);
    a->object.name = keep(r, object->name);
    a->action = WCK_INT_NONE;
    a->deadline = WCK_TIME_NONE;
    a->risk = WCK_RISK_MEDIUM;
    a->reversible = true;
    a->why = "restores what the server held before it was made anew";
    a->precondition = "not so already";
    a->undo = "the undo twin takes it back";
    r->failed = r->failed || a->id == NULL;
    return a;
}

static void groups(restore *r, const wck_snapshot *s)
{
    bool more = true;

    /* Depth by depth: a group is made when its parent is built in or stands before it. */
    for (unsigned depth = 0; more && depth < 64;
         depth++) { /* 64: no console nests deeper, and a cycle ends */
        more = false;
        for (size_t i = 0; i < s->groups.n; i++) {
            const wck_group *g = &s->groups.items[i];
            unsigned above = 0;
            wck_guid up = g->parent;
            while (above < 64 && !wck_guid_is_zero(up) && !built_in(up)) {
                size_t k = 0;
                while (k < s->groups.n && !wck_guid_eq(s->groups.items[k].id, up))
                    k++;
                if (k == s->groups.n)
                    break;
                up = s->groups.items[k].parent;
                above++;
            }
            if (built_in(g->id))
                continue;
            more = more || above > depth;
            if (above == depth)
                add(r, WCK_DO_CREATE_GROUP,
                    &(wck_object){
                        .kind = WCK_OBJECT_GROUP, .revision = WCK_INT_NONE, .group = g->id, .name = g->name});
        }
    }
}

static const char *title_of(const wck_snapshot *s, wck_guid id)
{
    size_t low = 0, high = s->updates.n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = wck_guid_cmp(s->updates.items[mid].id, id);
        if (order == 0)
            return s->updates.items[mid].title;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static void agreements(restore *r, const wck_snapshot *s)
{
    for (size_t i = 0; i < s->eulas.n; i++)
        add(r, WCK_DO_ACCEPT_EULA,
            &(wck_object){.kind = WCK_OBJECT_EULA,
                          .revision = WCK_INT_NONE,
                          .eula = s->eulas.items[i].id,
                          .update = s->eulas.items[i].update,
                          .title = title_of(s, s->eulas.items[i].update)});
}

static const char *group_name(const wck_snapshot *s, wck_guid id)
{
    for (size_t i = 0; i < s->groups.n; i++)
        if (wck_guid_eq(s->groups.items[i].id, id))
            return s->groups.items[i].name;
    return NULL;
}

static void approvals(restore *r, const wck_snapshot *s)
{
    for (size_t i = 0; i < s->approvals.n; i++) {
        const wck_approval *a = &s->approvals.items[i];
        wck_plan_action *action;
        if ((a->action != WCK_ACTION_INSTALL && a->action != WCK_ACTION_UNINSTALL &&
             a->action != WCK_ACTION_BLOCK) ||
            wck_guid_eq(a->group, WCK_GROUP_DOWNSTREAM))
            continue; /* bookkeeping of the server */
        action = add(r, WCK_DO_APPROVE,
                     &(wck_object){.kind = WCK_OBJECT_APPROVAL,
                                   .update = a->update,
                                   .revision = a->revision,
                                   .group = a->group,
                                   .title = title_of(s, a->update),
                                   .name = group_name(s, a->group)});
        if (action != NULL) {
            action->action = a->action;
            action->deadline = a->deadline;
        }
    }
}

static void declines(restore *r, const wck_snapshot *s)
{
    for (size_t i = 0; i < s->declined.n; i++)
        add(r, WCK_DO_DECLINE,
            &(wck_object){.kind = WCK_OBJECT_UPDATE,
                          .update = s->declined.items[i].id,
                          .revision = s->declined.items[i].revision,
                          .title = title_of(s, s->declined.items[i].id)});
}

wck_status wck_whatif_prepare(wck_plan *plan, const wck_node *node, const wck_snapshot *snapshot,
                              wck_error *err)
{
    restore r = {.plan = plan, .node = node};
    wck_plan_snapshot *bound = wck_vec_push(&plan->snapshots);

    if (bound == NULL)
        return wck_fail_memory(err, "preparing a change");
    bound->server = keep(&r, node->path);
    bound->fqdn = keep(&r, snapshot->server.fqdn);
    bound->digest = node->now->digest;
    bound->collected_at = snapshot->server.collected_at;
    if (node->mode != WCK_MODE_REPLICA) {
        groups(&r, snapshot);
        agreements(&r, snapshot);
        approvals(&r, snapshot);
        declines(&r, snapshot);
    }
    return r.failed ? wck_fail_memory(err, "preparing a change") : WCK_OK;
}
