/* SPDX-License-Identifier: MIT
 * text_plan.c: the plan for the person who reviews it: by server in the order of execution, what needs a
 * person grouped by its reason, what cannot be undone in a block of its own, one line last whose numbers add
 * up. */
#include "emit/text.h"

#include "base/map.h"
#include "model/snapshot.h"

#include <inttypes.h>
#include <string.h>

enum { PER_KIND = 10 };

/* + adds, - takes away, ~ changes or brings up to date. */
static char symbol(wck_action_kind kind)
{
    switch (kind) {
    case WCK_DO_SELECT_PRODUCT:
    case WCK_DO_SELECT_CLASSIFICATION:
    case WCK_DO_CREATE_GROUP:
    case WCK_DO_ACCEPT_EULA:
    case WCK_DO_APPROVE:
        return '+';
    case WCK_DO_CANCEL_DOWNLOAD:
    case WCK_DO_UNAPPROVE:
    case WCK_DO_DECLINE:
    case WCK_DO_REMOVE_INACTIVE_APPROVALS:
        return '-';
    default:
        return '~';
    }
}

void wck_emit_target(wck_buf *out, const wck_plan_action *a)
{
    const wck_plan_target *t = &a->target;

    if (a->kind == WCK_DO_SET_UPSTREAM && t->host != NULL) {
        wck_buf_putc(out, ' ');
        wck_emit_safe(out, t->host, 100);
        if (t->port > 0)
            wck_buf_printf(out, ":%" PRId64, t->port);
        wck_buf_puts(out, t->ssl == 1 ? " with SSL" : "");
    } else if (a->kind == WCK_DO_SET_PROXY) {
        wck_buf_puts(out, t->cleartext == 0 ? " no credentials in cleartext" : "");
    } else if (a->kind == WCK_DO_RESTART_SERVICE && t->service != NULL) {
        wck_buf_putc(out, ' ');
        wck_emit_safe(out, t->service, 40);
        if (t->start != WCK_START_UNKNOWN)
            wck_buf_printf(out, ", start %s", wck_service_start_name(t->start));
    } else if (a->kind == WCK_DO_SET_PERMISSIONS && t->path != NULL) {
        wck_buf_putc(out, ' ');
        wck_emit_safe(out, t->path, 200);
    }
}

void wck_emit_plan_action(wck_buf *out, const wck_plan_action *a)
{
    wck_buf_printf(out, "  %c %s %s", symbol(a->kind), a->id, wck_action_kind_name(a->kind));
    if (a->object.kind != WCK_OBJECT_SERVER) {
        wck_buf_putc(out, ' ');
        wck_emit_object(out, &a->object);
    }
    wck_emit_target(out, a);
    for (size_t i = 0; i < a->languages.n; i++) {
        wck_buf_puts(out, i == 0 ? " " : ", ");
        wck_emit_safe(out, a->languages.items[i], 20);
    }
    wck_buf_printf(out, "  (risk %s, answers %zu", wck_risk_name(a->risk), a->n_answers);
    if (a->n_reaches > 0) {
        wck_buf_puts(out, ", also changes ");
        wck_emit_safe(out, a->reaches[0], 60);
        if (a->n_reaches > 1)
            wck_buf_printf(out, " and %zu more", a->n_reaches - 1);
    }
    wck_buf_puts(out, a->reversible ? ")\n" : ", cannot be undone)\n");
}

/* How many actions from `from` on are of that server and kind. */
static size_t run_of(const wck_plan *plan, size_t from)
{
    size_t i = from;

    while (i < plan->actions.n && plan->actions.items[i].kind == plan->actions.items[from].kind &&
           strcmp(plan->actions.items[i].server, plan->actions.items[from].server) == 0)
        i++;
    return i - from;
}

static void put_actions(wck_buf *out, const wck_plan *plan, const wck_text_style *style)
{
    for (size_t i = 0; i < plan->actions.n;) {
        const wck_plan_action *a = &plan->actions.items[i];
        size_t n = run_of(plan, i), most = style->all || n <= PER_KIND ? n : PER_KIND;
        if (i == 0 || strcmp(plan->actions.items[i - 1].server, a->server) != 0) {
            wck_buf_putc(out, '\n');
            wck_emit_safe(out, a->server, 0);
            wck_buf_printf(out, "  tier %u\n", a->tier);
        }
        for (size_t k = 0; k < most; k++)
            wck_emit_plan_action(out, a + k);
        if (most < n)
            wck_buf_printf(out, "    … and %zu more (the plan document has them all)\n", n - most);
        wck_buf_puts(out, "      why: ");
        wck_emit_safe(out, a->why, 0);
        wck_buf_puts(out, "\n      before: ");
        wck_emit_safe(out, a->precondition, 0);
        if (a->who != NULL) {
            wck_buf_puts(out, "\n      who: ");
            wck_emit_safe(out, a->who, 0);
        }
        wck_buf_puts(out, "\n      undo: ");
        wck_emit_safe(out, a->undo != NULL ? a->undo : "cannot be undone", 0);
        wck_buf_putc(out, '\n');
        i += n;
    }
}

typedef struct reason {
    const wck_plan_manual *first;
    size_t n;
} reason;

static void put_reason(wck_buf *out, const reason *r)
{
    wck_buf_printf(out, "  ? WCK%04d on ", r->first->rule);
    wck_emit_safe(out, r->first->server, 60);
    wck_buf_printf(out, " (%zu): ", r->n);
    wck_emit_safe(out, r->first->why, 0);
    wck_buf_putc(out, '\n');
}

/* Neighbours with one rule, server and reason are one line. */
static void put_manual(wck_buf *out, const wck_plan *plan)
{
    reason now = {NULL, 0};

    if (plan->manual.n > 0)
        wck_buf_puts(out, "\nBy hand\n");
    for (size_t i = 0; i < plan->manual.n; i++) {
        const wck_plan_manual *m = &plan->manual.items[i];
        if (now.first != NULL && now.first->rule == m->rule && strcmp(now.first->server, m->server) == 0 &&
            strcmp(now.first->why, m->why) == 0) {
            now.n++;
            continue;
        }
        if (now.first != NULL)
            put_reason(out, &now);
        now = (reason){m, 1};
    }
    if (now.first != NULL)
        put_reason(out, &now);
}

/* Synchronizing cannot be undone either, but it takes nothing away that was made here. */
static bool destructive(const wck_plan_action *a)
{
    return symbol(a->kind) == '-' && a->kind != WCK_DO_CANCEL_DOWNLOAD;
}

static void put_destructive(wck_buf *out, const wck_plan *plan, const wck_text_style *style)
{
    size_t n = 0;

    for (size_t i = 0; i < plan->actions.n; i++) {
        const wck_plan_action *a = &plan->actions.items[i];
        if (!destructive(a))
            continue;
        if (n++ == 0) {
            wck_buf_putc(out, '\n');
            wck_emit_paint(out, style, WCK_PAINT_RED, "Takes something away");
            wck_buf_putc(out, '\n');
        }
        if (!style->all && n > PER_KIND)
            continue;
        wck_buf_printf(out, "  %s %s on ", a->id, wck_action_kind_name(a->kind));
        wck_emit_safe(out, a->server, 60);
        if (a->object.kind != WCK_OBJECT_SERVER) {
            wck_buf_puts(out, ": ");
            wck_emit_object(out, &a->object);
        }
        if (a->n_prior > 0)
            wck_buf_printf(out, ", %zu approvals noted for undo", a->n_prior);
        wck_buf_puts(out, a->reversible ? "\n" : ", cannot be undone\n");
    }
    if (!style->all && n > PER_KIND)
        wck_buf_printf(out, "  … and %zu more (the plan document has them all)\n", n - PER_KIND);
}

/* What the reader must know before anything else: the plan is over a limit, or somebody raised one. */
static void put_limits(wck_buf *out, const wck_plan *plan, const wck_text_style *style)
{
    bool over = wck_plan_limits_exceeded(plan) > 0;

    if (over) {
        wck_buf_putc(out, '\n');
        wck_emit_paint(out, style, WCK_PAINT_RED, "Over a limit: no scripts are made from this plan");
        wck_buf_putc(out, '\n');
    }
    for (int i = 0; i < WCK_LIMIT_COUNT && plan->limits.checked; i++) {
        const wck_limit_row *row = wck_limit_row_of((wck_limit_kind)i);
        const wck_plan_limit *c = &plan->limits.checks[i];
        if (!wck_plan_limit_exceeded((wck_limit_kind)i, c) && c->reason == NULL)
            continue;
        if (!over && c->reason != NULL)
            wck_buf_puts(out, "\nLimit raised\n");
        wck_buf_printf(out, "  %s: %" PRId64 " %s", row->name, c->found, row->what);
        if (row->percent && c->server != NULL) {
            wck_buf_printf(out, " of %" PRId64 ", on ", c->of);
            wck_emit_safe(out, c->server, 60);
        }
        wck_buf_printf(out, "; the limit is %" PRId64 "%s", c->limit, row->percent ? " %" : "");
        if (c->reason != NULL) {
            wck_buf_printf(out, " instead of %" PRId64 ", because: ", row->standard);
            wck_emit_safe(out, c->reason, 0);
        }
        wck_buf_putc(out, '\n');
    }
}

/* The three remedies of "Issues with Synchronization", by their own words. */
static void put_remedies(wck_buf *out, const wck_plan *plan)
{
    size_t resync = 0, cancel = 0, decline = 0;

    for (size_t i = 0; i < plan->actions.n; i++) {
        resync += plan->actions.items[i].kind == WCK_DO_SYNCHRONIZE;
        cancel += plan->actions.items[i].kind == WCK_DO_CANCEL_DOWNLOAD;
        decline += plan->actions.items[i].kind == WCK_DO_DECLINE;
    }
    wck_buf_printf(out, "remedies: resync %zu, cancel %zu, decline %zu\n", resync, cancel, decline);
}

static size_t servers_of(const wck_plan *plan)
{
    wck_map seen = {0};
    size_t n;

    for (size_t i = 0; i < plan->actions.n; i++)
        wck_map_put(&seen, plan->actions.items[i].server, strlen(plan->actions.items[i].server), NULL);
    n = seen.n;
    wck_map_clear(&seen);
    return n;
}

wck_status wck_emit_plan_text(wck_buf *out, const wck_plan *plan, const wck_text_style *style, wck_error *err)
{
    static const wck_text_style plain = {0};
    size_t final = 0;
    char time[WCK_TIME_TEXT];

    if (style == NULL)
        style = &plain;
    for (size_t i = 0; i < plan->actions.n; i++)
        final += !plan->actions.items[i].reversible;
    wck_buf_printf(out, "plan made %s from ", wck_time_format_short(time, plan->made_at));
    wck_emit_count(out, plan->snapshots.n, "snapshot", "snapshots");
    wck_buf_putc(out, '\n');
    put_actions(out, plan, style);
    put_manual(out, plan);
    put_destructive(out, plan, style);
    put_limits(out, plan, style);
    wck_buf_putc(out, '\n');
    wck_emit_count(out, plan->findings, "finding", "findings");
    wck_buf_printf(out, ": %zu answered by ", plan->findings - plan->manual.n);
    wck_emit_count(out, plan->actions.n, "action", "actions");
    wck_buf_puts(out, " on ");
    wck_emit_count(out, servers_of(plan), "server", "servers");
    wck_buf_printf(out, " (%zu cannot be undone), %zu by hand; %zu waived\n", final, plan->manual.n,
                   plan->waived);
    put_remedies(out, plan);
    return wck_emit_done(out, "writing the plan", err);
}
