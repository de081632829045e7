/* SPDX-License-Identifier: MIT
 * build.c: report + tree → plan.
 *
 * Every finding goes through plan_row_of: it ends up answered by at least one action or with a reason why it
 * is manual, never both, never neither. Unknown findings only ever become reasons; waived ones are counted.
 */
#include "plan/builder.h"
#include "plan/limits.h"

#include <stdlib.h>
#include <string.h>

static wck_status index_nodes(builder *b)
{
    for (size_t i = 0; i < b->tree->n; i++) {
        wck_node *node = b->tree->nodes[i];
        wck_map_entry *e = wck_map_put(&b->by_path, node->path, strlen(node->path), NULL);
        if (e == NULL)
            return wck_fail_memory(b->err, "planning");
        if (e->value == NULL)
            e->value = node;
    }
    return WCK_OK;
}

static const wck_node *node_of(const builder *b, const char *path)
{
    wck_map_entry *e = wck_map_find(&b->by_path, path, strlen(path));

    return e == NULL ? NULL : e->value;
}

/* What stands against actions, before the first is made. A waiver accepts a finding; it does not make a torn
 * or suspect snapshot whole. */
static void scan(builder *b)
{
    for (size_t i = 0; i < b->report->findings.n; i++) {
        const wck_finding *f = &b->report->findings.items[i];
        const wck_node *node = node_of(b, f->server);
        node_facts *n = node != NULL ? &b->nodes[node->index] : NULL;
        if (n == NULL)
            continue;
        if ((f->rule == 9001 || f->rule == 9004 || f->rule == 9005) && n->blocked == 0)
            n->blocked = f->rule;
        if (f->result == WCK_RESULT_FAIL && plan_explains_missing_files(f->rule) && n->content_cause == 0)
            n->content_cause = f->rule;
        n->rebuilt = n->rebuilt || f->rule == 1005;
        n->group_recreated = n->group_recreated || f->rule == 4023;
        n->languages_waived =
            n->languages_waived || ((f->rule == 2001 || f->rule == 2003) && f->result == WCK_RESULT_WAIVED);
        n->inactive_waived = n->inactive_waived || (f->rule == 4010 && f->result == WCK_RESULT_WAIVED);
    }
}

static const char *not_looked_at(builder *b, const wck_finding *f)
{
    const char *what = f->object.kind == WCK_OBJECT_SECTION && f->object.name != NULL ? f->object.name : NULL;

    return plan_text(b, "not looked at: %.100s%s%.400s", what != NULL ? what : "", what != NULL ? ": " : "",
                     f->actual != NULL ? f->actual : "the reason is not known");
}

static const char *answer(builder *b, const wck_finding *f, const plan_row *row)
{
    const wck_node *node = node_of(b, f->server);
    const char *why;

    if (f->result == WCK_RESULT_UNKNOWN) /* a suspect look (9005) has words of its own */
        return row->fn == NULL && f->rule == 9005 ? row->manual : not_looked_at(b, f);
    if (row->fn == NULL)
        return row->manual != NULL ? row->manual
               : f->remedy != NULL ? f->remedy
                                   : "there is no automatic remedy";
    if (node == NULL)
        return "the server is not in the tree any more: collect again";
    why = plan_forbidden(b, node->parent != NULL ? node->parent : node, node);
    return why != NULL ? why : row->fn(b, f, node);
}

static wck_status answer_all(builder *b)
{
    const wck_report *r = b->report;

    for (int pass = 0; pass < PLAN_PASSES; pass++)
        for (size_t i = 0; i < r->findings.n; i++) {
            const wck_finding *f = &r->findings.items[i];
            const plan_row *row = plan_row_of(f->rule);
            if (f->result == WCK_RESULT_WAIVED || row->pass != pass)
                continue;
            b->why[i] = answer(b, f, row);
            if (b->status != WCK_OK)
                return b->status;
        }
    return WCK_OK;
}

static wck_status begin(builder *b)
{
    size_t n = b->report->findings.n;

    b->plan = wck_plan_new();
    b->nodes = calloc(b->tree->n + 1, sizeof *b->nodes);
    b->answered = calloc(n + 1, sizeof *b->answered);
    b->why = calloc(n + 1, sizeof *b->why);
    if (b->plan == NULL || b->nodes == NULL || b->answered == NULL || b->why == NULL)
        return wck_fail_memory(b->err, "planning");
    return index_nodes(b);
}

static void end(builder *b)
{
    for (size_t i = 0; i < b->drafts.n; i++)
        wck_vec_clear(&b->drafts.items[i].answers);
    wck_vec_clear(&b->drafts);
    for (size_t i = 0; b->nodes != NULL && i < b->tree->n; i++)
        wck_arena_free(b->nodes[i].arena);
    wck_map_clear(&b->by_path);
    wck_map_clear(&b->by_key);
    free(b->nodes);
    free(b->answered);
    free(b->why);
    wck_plan_free(b->plan);
}

static wck_status check_limit(const builder *b, const wck_plan_policy *policy)
{
    if (policy->max_actions <= 0 || b->drafts.n <= (size_t)policy->max_actions)
        return WCK_OK;
    wck_fail(b->err, WCK_E_LIMIT, "could not plan: %zu actions are needed and the limit is %lld", b->drafts.n,
             (long long)policy->max_actions);
    return wck_fail_hint(b->err,
                         "Plan for fewer servers, or raise --max-actions after looking at the report.");
}

wck_status wck_plan_build(wck_plan **out, const wck_report *report, const wck_tree *tree,
                          const wck_plan_policy *policy, wck_error *err)
{
    static const wck_plan_policy none = {.now = WCK_TIME_NONE};
    wck_error local;
    builder b = {.report = report, .tree = tree, .err = err != NULL ? err : &local};
    wck_status status;

    *out = NULL;
    if (policy == NULL)
        policy = &none;
    status = begin(&b);
    if (status == WCK_OK) {
        b.plan->made_at = policy->now != WCK_TIME_NONE ? policy->now : wck_time_now();
        b.plan->limits.max_actions = policy->max_actions;
        b.plan->tool_version =
            plan_text(&b, "%.60s", policy->tool_version != NULL ? policy->tool_version : "");
        scan(&b);
        status = answer_all(&b);
    }
    if (status == WCK_OK) {
        plan_carry_languages(&b);
        status = b.status;
    }
    if (status == WCK_OK)
        status = check_limit(&b, policy);
    if (status == WCK_OK)
        status = plan_finish(&b);
    if (status == WCK_OK)
        status = plan_measure(&b, policy);
    if (status == WCK_OK) {
        *out = b.plan;
        b.plan = NULL;
    }
    end(&b);
    return status;
}
