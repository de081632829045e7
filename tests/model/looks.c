/* SPDX-License-Identifier: MIT
 * looks.c: see looks.h. */
#include "support/test.h"

#include "model/looks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static wck_error err;

static wck_snapshot *frozen(const wck_snapshot *s)
{
    wck_snapshot *copy = s == NULL ? NULL : wsus_copy(s);

    if (copy != NULL)
        assert_ok(wck_snapshot_freeze(copy, &err));
    return copy;
}

void look_at(look *out, wck_snapshot *const *now, wck_snapshot *const *before, size_t n, wck_time when)
{
    const wck_check_options options = {.now = when};
    wck_tree_input inputs[WSUS_MOST] = {0};

    memset(out, 0, sizeof *out);
    out->n = n;
    for (size_t i = 0; i < n; i++) {
        out->now[i] = frozen(now[i]);
        out->before[i] = frozen(before[i]);
        assert_ok(wck_reader_of_snapshot(&inputs[i].now, out->now[i], &err));
        if (before[i] != NULL)
            assert_ok(wck_reader_of_snapshot(&inputs[i].before, out->before[i], &err));
    }
    assert_ok(wck_tree_build(&out->tree, inputs, n, &err));
    assert_ok(wck_check(&out->report, out->tree, &options, &err));
}

void look_plan(look *l)
{
    assert_ok(wck_plan_build(&l->plan, l->report, l->tree, NULL, &err));
}

void look_clear(look *l)
{
    wck_plan_free(l->plan);
    wck_report_free(l->report);
    wck_tree_free(l->tree);
    for (size_t i = 0; i < l->n; i++) {
        wck_snapshot_free(l->now[i]);
        wck_snapshot_free(l->before[i]);
    }
}

void complain(complaints *c, const char *fmt, ...)
{
    char line[1200];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (c->n++ < 8)
        wck_buf_printf(&c->text, "  %s\n", line);
}

const char *finding_text(char *out, size_t size, const wck_finding *f)
{
    char update[WCK_GUID_TEXT], group[WCK_GUID_TEXT];

    snprintf(out, size, "WCK%d %s: %s update %.8s group %.8s %s", f->rule, f->server,
             wck_object_kind_name(f->object.kind), wck_guid_format(update, f->object.update),
             wck_guid_format(group, f->object.group), f->object.language != NULL ? f->object.language : "");
    return out;
}
