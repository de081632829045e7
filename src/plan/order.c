/* SPDX-License-Identifier: MIT
 * order.c: drafts → numbered actions. Additions go from the root to the leaves, so that each synchronization
 * finds its upstream server ready; removals follow, from the leaves to the root (Microsoft's maintenance
 * guide). On one server and way the kinds stand in their order of execution. */
#include "plan/builder.h"
#include "plan/kinds.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

static int cmp_size(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int cmp_draft(const void *pa, const void *pb)
{
    const draft *a = pa, *b = pb;
    const plan_kind *ka = plan_kind_of(a->kind), *kb = plan_kind_of(b->kind);
    int c;

    if (ka->removal != kb->removal)
        return ka->removal ? 1 : -1;
    c = cmp_size(a->node->depth, b->node->depth);
    if (c != 0)
        return ka->removal ? -c : c;
    c = cmp_size(a->node->index, b->node->index);
    if (c != 0)
        return c;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return wck_object_cmp(&a->object, &b->object);
}

static int cmp_index(const void *a, const void *b)
{
    return cmp_size(*(const size_t *)a, *(const size_t *)b);
}

/* "WCK4001: 3, WCK4005" for the reviewer. */
static void put_rules(const builder *b, const draft *d, wck_buf *out)
{
    enum { MOST = 64 }; /* more kinds of findings than any action answers */
    int rules[MOST];
    size_t counts[MOST], n = 0;

    for (size_t i = 0; i < d->answers.n; i++) {
        int rule = b->report->findings.items[d->answers.items[i]].rule;
        size_t at = 0;
        while (at < n && rules[at] != rule)
            at++;
        if (at == n && n < MOST) {
            rules[n] = rule;
            counts[n++] = 0;
        }
        if (at < n)
            counts[at]++;
    }
    for (size_t i = 0; i < n; i++) {
        wck_buf_printf(out, "%sWCK%d", i > 0 ? ", " : "", rules[i]);
        if (counts[i] > 1)
            wck_buf_printf(out, ": %zu", counts[i]);
    }
}

static bool answers_rule(const builder *b, const draft *d, int rule)
{
    for (size_t i = 0; i < d->answers.n; i++)
        if (b->report->findings.items[d->answers.items[i]].rule == rule)
            return true;
    return false;
}

static const char *why_text(builder *b, const draft *d, bool rebuilt)
{
    const char *text;
    wck_buf buf;

    wck_buf_init(&buf, 8192);
    wck_buf_puts(&buf, plan_kind_of(d->kind)->why);
    if (d->kind == WCK_DO_SET_LANGUAGES && answers_rule(b, d, 3010))
        wck_buf_puts(&buf, " Remedy 1: a needed update has a language that is not enabled upstream.");
    if (d->kind == WCK_DO_SYNCHRONIZE && answers_rule(b, d, 3010))
        wck_buf_puts(&buf, " Remedy 1: it brings down what is selected at the root.");
    if (d->kind == WCK_DO_SYNCHRONIZE && answers_rule(b, d, 3012))
        wck_buf_puts(&buf, " Remedy 3: what was requested too early is there by now.");
    if (d->kind == WCK_DO_SYNCHRONIZE && answers_rule(b, d, 4002))
        wck_buf_puts(
            &buf,
            " An extra approval that stays: approve it upstream, synchronize, and remove it again there.");
    if (d->kind == WCK_DO_DECLINE && answers_rule(b, d, 3011))
        wck_buf_puts(&buf, " Remedy 2: nobody needs it here or below.");
    if (rebuilt)
        wck_buf_puts(&buf, " CAUTION: the upstream server was rebuilt (WCK1005): run 'wsusck whatif' first.");
    if (d->kind == WCK_DO_SYNCHRONIZE && b->nodes[d->node->index].group_recreated)
        wck_buf_puts(
            &buf,
            " CAUTION: a group was made again upstream (WCK4023): note its members first, they are lost.");
    wck_buf_puts(&buf, " Answers ");
    put_rules(b, d, &buf);
    wck_buf_putc(&buf, '.');
    text = wck_arena_strdup(b->plan->arena, wck_buf_text(&buf));
    if (text == NULL || buf.failed)
        b->status = wck_fail_memory(b->err, "planning");
    wck_buf_clear(&buf);
    return text;
}

static const char *copy(builder *b, const char *text)
{
    char *out;

    if (text == NULL)
        return NULL;
    out = wck_arena_strdup(b->plan->arena, text);
    if (out == NULL)
        b->status = wck_fail_memory(b->err, "planning");
    return out;
}

static void copy_object(builder *b, wck_object *out, const wck_object *object)
{
    *out = *object;
    out->language = copy(b, object->language);
    out->file = copy(b, object->file);
    out->title = copy(b, object->title);
    out->name = copy(b, object->name);
}

static void link_answers(builder *b, draft *d, wck_plan_action *out)
{
    out->answers = wck_arena_array(b->plan->arena, d->answers.n, sizeof *out->answers);
    if (out->answers == NULL) {
        b->status = wck_fail_memory(b->err, "planning");
        return;
    }
    qsort(d->answers.items, d->answers.n, sizeof *d->answers.items, cmp_index);
    for (size_t i = 0; i < d->answers.n; i++) {
        if (i > 0 && d->answers.items[i] == d->answers.items[i - 1])
            continue;
        out->answers[out->n_answers++] = copy(b, b->report->findings.items[d->answers.items[i]].fingerprint);
    }
}

static void fill(builder *b, draft *d, wck_plan_action *out, size_t number)
{
    const plan_kind *kind = plan_kind_of(d->kind);
    bool rebuilt =
        d->kind == WCK_DO_SYNCHRONIZE && d->node->parent != NULL && b->nodes[d->node->parent->index].rebuilt;
    bool danger = rebuilt || (d->kind == WCK_DO_SYNCHRONIZE && b->nodes[d->node->index].group_recreated);

    out->id = plan_text(b, "a%zu", number);
    out->order = number;
    out->tier = d->node->depth - 1;
    out->kind = d->kind;
    out->server = copy(b, d->node->path);
    out->server_name = copy(b, d->node->name);
    copy_object(b, &out->object, &d->object);
    out->action = d->action;
    out->deadline = d->deadline;
    out->languages = d->languages;
    link_answers(b, d, out);
    if (kind->reach == PLAN_REACH_MIRRORS)
        plan_mirrors(b, d->node, &out->reaches, &out->n_reaches);
    else if (kind->reach == PLAN_REACH_BELOW)
        plan_below(b, d->node, &out->reaches, &out->n_reaches);
    out->target = d->target;
    out->target.host = copy(b, d->target.host);
    out->target.was_host = copy(b, d->target.was_host);
    out->target.service = copy(b, d->target.service);
    out->target.path = copy(b, d->target.path);
    out->who = kind->who;
    out->precondition = kind->precondition;
    out->undo = d->irreversible ? NULL : kind->undo;
    out->reversible = out->undo != NULL;
    out->why = why_text(b, d, rebuilt);
    out->risk = danger ? WCK_RISK_HIGH : kind->risk;
    out->prior = d->prior;
    out->n_prior = d->n_prior;
}

static wck_status put_snapshots(builder *b)
{
    for (size_t i = 0; i < b->tree->n; i++) {
        const wck_node *node = b->tree->nodes[i];
        wck_plan_snapshot *s = wck_vec_push(&b->plan->snapshots);
        if (s == NULL)
            return wck_fail_memory(b->err, "planning");
        s->server = copy(b, node->path);
        s->server_id = node->now->head->server.server_id;
        s->fqdn = copy(b, node->now->head->server.fqdn);
        s->digest = node->now->digest;
        s->collected_at = node->now->head->server.collected_at;
    }
    return b->status;
}

static wck_status put_manual(builder *b)
{
    for (size_t i = 0; i < b->report->findings.n; i++) {
        const wck_finding *f = &b->report->findings.items[i];
        wck_plan_manual *m;
        if (f->result == WCK_RESULT_WAIVED) {
            b->plan->waived++;
            continue;
        }
        b->plan->findings++;
        if (b->answered[i])
            continue;
        m = wck_vec_push(&b->plan->manual);
        if (m == NULL)
            return wck_fail_memory(b->err, "planning");
        m->fingerprint = copy(b, f->fingerprint);
        m->why = copy(b, b->why[i] != NULL ? b->why[i] : "there is no automatic remedy");
        m->rule = f->rule;
        m->server = copy(b, f->server);
    }
    return b->status;
}

wck_status plan_finish(builder *b)
{
    if (b->drafts.n > 1)
        qsort(b->drafts.items, b->drafts.n, sizeof *b->drafts.items, cmp_draft);
    for (size_t i = 0; i < b->drafts.n; i++) {
        wck_plan_action *a = wck_vec_push(&b->plan->actions);
        if (a == NULL)
            return wck_fail_memory(b->err, "planning");
        fill(b, &b->drafts.items[i], a, i + 1);
        if (b->status != WCK_OK)
            return b->status;
    }
    wck_map_clear(&b->by_key); /* its indexes are of the order before */
    b->status = put_snapshots(b);
    return b->status == WCK_OK ? put_manual(b) : b->status;
}
