/* SPDX-License-Identifier: MIT
 * prepare.c: a snapshot's decisions as a plan. Groups first and parents before children, then agreements,
 * approvals, declines: the order in which the API accepts them. */
#include "whatif/prepare.h"

#include <stdio.h>
#include <string.h>

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
    a->target = wck_plan_no_target();
    a->who = "A WSUS administrator of this autonomous server; a replica refuses it.";
    a->why = "restores what the server held before it was made anew";
    a->precondition = "not so already";
    a->undo = "the undo twin takes it back";
    r->failed = r->failed || a->id == NULL;
    return a;
}

enum { MAX_DEPTH = 64 }; /* no console nests deeper, and a cycle ends */

/* How many groups stand above it, up to a built-in or unlisted one. */
static unsigned depth_of(const wck_snapshot *s, const wck_group *g)
{
    unsigned above = 0;

    while (above < MAX_DEPTH && !wck_group_builtin(g->parent)) {
        g = wck_guid_find(s->groups.items, s->groups.n, sizeof *g, g->parent);
        if (g == NULL)
            break;
        above++;
    }
    return above;
}

static void one_group(restore *r, const wck_group *g)
{
    wck_plan_action *a = add(r, WCK_DO_CREATE_GROUP,
                             &(wck_object){.kind = WCK_OBJECT_GROUP,
                                           .revision = WCK_INT_NONE,
                                           .group = g->id,
                                           .name = g->name});

    if (a != NULL && !wck_group_builtin(g->parent))
        a->target.parent = g->parent;
}

/* Depth by depth: a group is made when its parent is built in or stands before it. */
static void groups(restore *r, const wck_snapshot *s)
{
    bool more = true;

    for (unsigned depth = 0; more && depth < MAX_DEPTH; depth++) {
        more = false;
        for (size_t i = 0; i < s->groups.n; i++) {
            const wck_group *g = &s->groups.items[i];
            unsigned above = wck_group_builtin(g->id) ? 0 : depth_of(s, g);
            more = more || above > depth;
            if (above == depth && !wck_group_builtin(g->id))
                one_group(r, g);
        }
    }
}

static const char *title_of(const wck_snapshot *s, wck_guid id)
{
    const wck_update *u = wck_guid_find(s->updates.items, s->updates.n, sizeof *u, id);

    return u != NULL ? u->title : NULL;
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
    const wck_group *g = wck_guid_find(s->groups.items, s->groups.n, sizeof *g, id);

    return g != NULL ? g->name : NULL;
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
