/* SPDX-License-Identifier: MIT
 * limits.c: how much the plan changes, against what one plan may change (reliability.md 13).
 *
 * Shares are of one server: the server that comes nearest to the limit is the one that is named. What the rows of a
 * server say is read once, and only when an action of that server needs it. */
#include "plan/limits.h"

#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The two classifications whose updates are declined with open eyes only (Microsoft's fixed GUIDs). */
static const wck_guid security_updates = {UINT64_C(0x0fa1201d43304fa8), UINT64_C(0x8ae9b877473b6441)};
static const wck_guid critical_updates = {UINT64_C(0xe6cf1350c01b414d), UINT64_C(0xa61f263d14d133b4)};

/* What is counted on one server. */
typedef struct tally {
    wck_map changed, declined; /* updates */
    wck_map guarded;           /* of the declined: security or critical; value non-NULL once superseded or expired */
    size_t inactive;           /* approvals that wsusutil removes */
    bool removes, synchronizes;
    size_t n_approved, n_updates;
} tally;

static void tally_clear(tally *t)
{
    wck_map_clear(&t->changed);
    wck_map_clear(&t->declined);
    wck_map_clear(&t->guarded);
}

static bool note(builder *b, wck_map *map, const wck_guid *id)
{
    if (wck_map_put(map, id, sizeof *id, NULL) == NULL)
        b->status = wck_fail_memory(b->err, "planning");
    return b->status == WCK_OK;
}

/* Kinds that make, renew or take away approvals, or groups. */
static void count_action(builder *b, const draft *d, tally *t)
{
    switch (d->kind) {
    case WCK_DO_APPROVE:
    case WCK_DO_UNDECLINE:
        note(b, &t->changed, &d->object.update);
        break;
    case WCK_DO_DECLINE:
        note(b, &t->declined, &d->object.update);
        if (d->n_prior == 0)
            break;
        note(b, &t->changed, &d->object.update);
        t->removes = true;
        break;
    case WCK_DO_UNAPPROVE:
        note(b, &t->changed, &d->object.update);
        t->removes = true;
        break;
    case WCK_DO_SYNCHRONIZE:
        t->synchronizes = true;
        break;
    case WCK_DO_REMOVE_INACTIVE_APPROVALS:
        t->removes = true;
        for (size_t i = 0; i < d->answers.n; i++)
            t->inactive += b->report->findings.items[d->answers.items[i]].rule == 4010;
        break;
    default:
        break;
    }
}

static void look_at_updates(builder *b, const wck_partition *p, tally *t)
{
    for (size_t i = 0; i < p->n_updates && b->status == WCK_OK; i++) {
        const wck_update *u = &p->updates[i];
        const wck_map_entry *declined = wck_map_find(&t->declined, &u->id, sizeof u->id);
        wck_map_entry *e;
        t->n_updates += i == 0 || !wck_guid_eq(u->id, p->updates[i - 1].id);
        if (declined == NULL ||
            (!wck_guid_eq(u->classification, security_updates) && !wck_guid_eq(u->classification, critical_updates)))
            continue;
        if (!note(b, &t->guarded, declined->key)) /* that key outlives the partition */
            return;
        e = wck_map_find(&t->guarded, &u->id, sizeof u->id);
        e->value = u->state == WCK_STATE_EXPIRED ? t : NULL; /* the newest revision decides: rows ascend */
    }
}

static void look_at_approvals(const wck_partition *p, tally *t)
{
    const wck_guid *last = NULL;

    for (size_t i = 0; i < p->n_approvals; i++) {
        const wck_approval *a = &p->approvals[i];
        if (!plan_intent(a) || (last != NULL && wck_guid_eq(*last, a->update)))
            continue;
        last = &a->update;
        t->n_approved++;
    }
}

/* What a listed update that has not expired itself supersedes, may be declined without much ado. */
static void look_at_superseders(const wck_partition *p, tally *t)
{
    for (size_t i = 0; i < p->n_updates; i++) {
        const wck_update *u = &p->updates[i];
        for (size_t k = 0; k < u->supersedes.n && u->state != WCK_STATE_EXPIRED; k++) {
            wck_map_entry *e = wck_map_find(&t->guarded, &u->supersedes.items[k], sizeof(wck_guid));
            if (e != NULL)
                e->value = t;
        }
    }
}

static void look(builder *b, const wck_node *node, tally *t)
{
    wck_partition p;

    for (size_t i = 0; i < node->now->n_partitions && b->status == WCK_OK; i++)
        if (plan_partition(b, node, i, &p)) {
            look_at_updates(b, &p, t);
            look_at_approvals(&p, t);
        }
    for (size_t i = 0; i < node->now->n_partitions && b->status == WCK_OK && t->guarded.n > 0; i++)
        if (plan_partition(b, node, i, &p))
            look_at_superseders(&p, t);
}

/* The server that is nearest to the limit, by share. */
static void offer(wck_plan_limit *worst, size_t found, size_t of, const char *server)
{
    if (found == 0 || (worst->server != NULL && (double)found * (double)worst->of <= (double)worst->found * (double)of))
        return;
    worst->found = (int64_t)found;
    worst->of = (int64_t)of;
    worst->server = server;
}

static size_t still_guarded(const tally *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->guarded.n; i++)
        n += t->guarded.entries[i].value == NULL;
    return n;
}

static void judge(builder *b, const wck_node *node, tally *t, wck_plan_limit *checks)
{
    const char *path = plan_text(b, "%s", node->path);

    if (t->changed.n + t->declined.n + t->inactive > 0)
        look(b, node, t);
    offer(&checks[WCK_LIMIT_APPROVAL_SHARE], t->changed.n + t->inactive, t->n_approved, path);
    offer(&checks[WCK_LIMIT_DECLINE_SHARE], t->declined.n, t->n_updates, path);
    checks[WCK_LIMIT_SECURITY_DECLINES].found += (int64_t)still_guarded(t);
    checks[WCK_LIMIT_REMOVAL_SERVERS].found += t->removes;
}

/* A synchronization deletes what the upstream server does not list (MS-WSUSSS 3.1.4.10: groups come whole), and the
 * members with it, which no snapshot knows. A waiver of the finding does not keep them. */
static void count_groups(builder *b, const tally *by_node, wck_plan_limit *check)
{
    for (size_t i = 0; i < b->report->findings.n; i++) {
        const wck_finding *f = &b->report->findings.items[i];
        const wck_map_entry *e =
            f->rule == 4021 || f->rule == 4023 ? wck_map_find(&b->by_path, f->server, strlen(f->server)) : NULL;
        check->found += e != NULL && by_node[((const wck_node *)e->value)->index].synchronizes;
    }
}

static wck_status count(builder *b, wck_plan_limit *checks)
{
    tally *by_node = calloc(b->tree->n + 1, sizeof *by_node);

    if (by_node == NULL)
        return wck_fail_memory(b->err, "planning");
    for (size_t i = 0; i < b->drafts.n && b->status == WCK_OK; i++) {
        const draft *d = &b->drafts.items[i];
        checks[WCK_LIMIT_ALL_COMPUTERS].found +=
            d->kind == WCK_DO_APPROVE && wck_guid_eq(d->object.group, WCK_GROUP_ALL_COMPUTERS);
        checks[WCK_LIMIT_UNDECLINES].found += d->kind == WCK_DO_UNDECLINE;
        count_action(b, d, &by_node[d->node->index]);
    }
    count_groups(b, by_node, &checks[WCK_LIMIT_GROUP_DELETIONS]);
    for (size_t i = 0; i < b->tree->n; i++) {
        if (b->status == WCK_OK)
            judge(b, b->tree->nodes[i], &by_node[i], checks);
        tally_clear(&by_node[i]);
    }
    free(by_node);
    return b->status;
}

static wck_status apply_overrides(builder *b, const wck_plan_policy *policy, wck_plan_limit *checks)
{
    const char *reason;

    if (policy->n_overrides == 0)
        return WCK_OK;
    if (policy->reason == NULL || *policy->reason == '\0')
        return wck_fail(b->err, WCK_E_ARG, "could not plan: a limit is raised without a reason");
    reason = wck_arena_strdup(b->plan->arena, policy->reason);
    if (reason == NULL)
        return wck_fail_memory(b->err, "planning");
    for (size_t i = 0; i < policy->n_overrides; i++) {
        checks[policy->overrides[i].limit].limit = policy->overrides[i].value;
        checks[policy->overrides[i].limit].reason = reason;
    }
    return WCK_OK;
}

/* Two plans made under one policy have one digest. */
static wck_status digest_policy(builder *b, const wck_plan_policy *policy)
{
    wck_hasher *hasher = wck_hasher_new();
    bool ok = hasher != NULL;
    char line[160];

    for (int i = 0; i < WCK_LIMIT_COUNT && ok; i++) {
        const wck_plan_limit *c = &b->plan->limits.checks[i];
        snprintf(line, sizeof line, "%s %lld\n", wck_limit_row_of((wck_limit_kind)i)->name, (long long)c->limit);
        ok = wck_hasher_put(hasher, line, strlen(line)) &&
             (c->reason == NULL || wck_hasher_put(hasher, c->reason, strlen(c->reason) + 1));
    }
    snprintf(line, sizeof line, "max %lld\n", (long long)policy->max_actions);
    ok = ok && wck_hasher_put(hasher, line, strlen(line));
    if (ok && policy->waivers != NULL)
        ok = wck_hasher_put(hasher, policy->waivers->bytes, WCK_DIGEST_SIZE);
    if (hasher != NULL)
        ok = wck_hasher_end(hasher, &b->plan->policy) && ok;
    return ok ? WCK_OK : wck_fail_memory(b->err, "planning");
}

wck_status plan_measure(builder *b, const wck_plan_policy *policy)
{
    wck_plan_limit *checks = b->plan->limits.checks;
    wck_status status;

    for (int i = 0; i < WCK_LIMIT_COUNT; i++)
        checks[i] = (wck_plan_limit){
            .limit = wck_limit_row_of((wck_limit_kind)i)->standard,
            .of = wck_limit_row_of((wck_limit_kind)i)->percent ? 0 : WCK_INT_NONE};
    status = apply_overrides(b, policy, checks);
    if (status == WCK_OK)
        status = digest_policy(b, policy);
    if (status != WCK_OK)
        return status;
    checks[WCK_LIMIT_ACTIONS].found = (int64_t)b->drafts.n;
    b->plan->limits.checked = true;
    return count(b, checks);
}
