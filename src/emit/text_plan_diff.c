/* SPDX-License-Identifier: MIT
 * text_plan_diff.c: what one plan does that another does not. */
#include "emit/text.h"

#include "plan/build.h"

#include <stdlib.h>
#include <string.h>

typedef struct sides {
    const wck_plan *first, *second;
    const wck_plan_action **of_old, **of_new; /* by action: its counterpart in the other plan */
    size_t gone, come, changed, same;
} sides;

static void put_head(wck_buf *out, const wck_plan *plan, const char *sign)
{
    char time[WCK_TIME_TEXT];

    wck_buf_printf(out, "%s plan made %s: ", sign, wck_time_format_short(time, plan->made_at));
    wck_emit_count(out, plan->findings, "finding", "findings");
    wck_buf_puts(out, ", ");
    wck_emit_count(out, plan->actions.n, "action", "actions");
    wck_buf_printf(out, ", %zu by hand\n", plan->manual.n);
}

static void put_side(wck_buf *out, const wck_plan *plan, const wck_plan_action **match, const char *title, size_t n)
{
    const char *server = NULL;

    if (n > 0)
        wck_buf_printf(out, "\n%s\n", title);
    for (size_t i = 0; i < plan->actions.n; i++) {
        const wck_plan_action *a = &plan->actions.items[i];
        if (match[i] != NULL)
            continue;
        if (server == NULL || strcmp(server, a->server) != 0) {
            wck_emit_safe(out, a->server, 0);
            wck_buf_putc(out, '\n');
        }
        server = a->server;
        wck_emit_plan_action(out, a);
    }
}

/* Same server, kind and object, but not the same facts before it or not the same values. */
static void put_changed(wck_buf *out, const sides *s)
{
    if (s->changed > 0)
        wck_buf_puts(out, "\nin both, but not the same\n");
    for (size_t i = 0; i < s->first->actions.n; i++) {
        const wck_plan_action *a = &s->first->actions.items[i];
        if (s->of_old[i] == NULL || wck_plan_action_same(a, s->of_old[i]))
            continue;
        wck_emit_safe(out, a->server, 0);
        wck_buf_puts(out, "\n -");
        wck_emit_plan_action(out, a);
        wck_buf_puts(out, " +");
        wck_emit_plan_action(out, s->of_old[i]);
        if (a->n_prior != s->of_old[i]->n_prior)
            wck_buf_printf(out, "    approvals observed before: %zu, %zu\n", a->n_prior, s->of_old[i]->n_prior);
    }
}

static void count(sides *s)
{
    for (size_t i = 0; i < s->first->actions.n; i++) {
        bool same = s->of_old[i] != NULL && wck_plan_action_same(&s->first->actions.items[i], s->of_old[i]);
        s->gone += s->of_old[i] == NULL;
        s->same += same;
        s->changed += s->of_old[i] != NULL && !same;
    }
    for (size_t i = 0; i < s->second->actions.n; i++)
        s->come += s->of_new[i] == NULL;
}

wck_status wck_emit_plan_diff_text(wck_buf *out, const wck_plan *first, const wck_plan *second, bool *equal,
                                   wck_error *err)
{
    sides s = {.first = first, .second = second};
    wck_status status = wck_plan_match(&s.of_old, first, second, err);

    if (status == WCK_OK)
        status = wck_plan_match(&s.of_new, second, first, err);
    if (status == WCK_OK) {
        count(&s);
        put_head(out, first, "-");
        put_head(out, second, "+");
        put_side(out, first, s.of_old, "only in the first", s.gone);
        put_side(out, second, s.of_new, "only in the second", s.come);
        put_changed(out, &s);
        wck_buf_printf(out, "\n%zu only in the first, %zu only in the second, %zu not the same, %zu the same\n", s.gone,
                       s.come, s.changed, s.same);
        *equal = s.gone + s.come + s.changed == 0;
        status = wck_emit_done(out, "comparing plans", err);
    }
    free(s.of_old);
    free(s.of_new);
    return status;
}
