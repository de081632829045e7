/* SPDX-License-Identifier: MIT
 * text_whatif.c: what a change would do, for the person who decides on it: the story in numbers first, then
 * what `check` would say. */
#include "emit/text.h"

#include <string.h>

static void put_heading(wck_buf *out, const wck_text_style *style, const char *text)
{
    wck_buf clean;

    wck_buf_init(&clean, 1U << 16);
    wck_emit_safe(&clean, text, 0);
    wck_emit_paint(out, style, WCK_PAINT_BOLD, wck_buf_text(&clean));
    wck_buf_putc(out, '\n');
    wck_buf_clear(&clean);
}

static bool told_before(const wck_prediction *p, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(p->consequences.items[k].server, p->consequences.items[i].server) == 0)
            return true;
    return false;
}

static void put_story(wck_buf *out, const wck_prediction *p, const wck_text_style *style)
{
    wck_buf_puts(out,
                 p->consequences.n == 0 ? "This change has no consequence that the snapshots show.\n" : "");
    for (size_t i = 0; i < p->consequences.n; i++) {
        const char *server = p->consequences.items[i].server;
        if (told_before(p, i))
            continue;
        put_heading(out, style, server);
        for (size_t k = i; k < p->consequences.n; k++) {
            if (strcmp(p->consequences.items[k].server, server) != 0)
                continue;
            wck_buf_puts(out, "  ");
            wck_emit_safe(out, p->consequences.items[k].text, 0);
            wck_buf_putc(out, '\n');
        }
    }
}

wck_status wck_emit_prediction_text(wck_buf *out, const wck_prediction *p, const wck_text_style *style,
                                    wck_error *err)
{
    char time[WCK_TIME_TEXT];

    wck_buf_puts(
        out, "If this change were made, once the changed servers have synchronized and before those below "
             "them have:\n\n");
    put_story(out, p, style);
    if (p->solved > 0)
        wck_buf_printf(out, "\n%zu of today's findings would be gone.\n", p->solved);
    wck_buf_puts(out, "\nWhat \"wsusck check\" would say then, and does not say today:\n\n");
    if (p->report->findings.n == 0)
        wck_buf_puts(out, "nothing new\n");
    else if (wck_emit_report_text(out, p->report, style, err) != WCK_OK)
        return err->status;
    for (size_t i = 0; i < p->snapshots.n; i++) {
        wck_buf_puts(out, i == 0 ? "\nPredicted from: " : ", ");
        wck_emit_safe(out, p->snapshots.items[i].server, 60);
        wck_buf_printf(out, " as of %s", wck_time_format_short(time, p->snapshots.items[i].collected_at));
    }
    wck_buf_putc(out, '\n');
    return wck_emit_done(out, "writing a prediction", err);
}

static void put_finding(wck_buf *out, const wck_finding *f)
{
    wck_buf_printf(out, "  WCK%04d ", f->rule);
    wck_emit_safe(out, f->server, 60);
    wck_buf_puts(out, ": ");
    wck_emit_safe(out, f->message, 0);
    if (f->object.kind != WCK_OBJECT_SERVER) {
        wck_buf_puts(out, ": ");
        wck_emit_object(out, &f->object);
    }
    wck_buf_putc(out, '\n');
}

static void put_marked(wck_buf *out, const wck_text_style *style, const wck_report *r, const bool *marks,
                       bool want, const char *heading)
{
    enum { AT_MOST = 20 }; /* a screen; --format json has all */
    size_t n = 0;

    for (size_t i = 0; i < r->findings.n; i++) {
        if (marks[i] != want)
            continue;
        if (n == 0)
            put_heading(out, style, heading);
        if (n++ < AT_MOST || style->all)
            put_finding(out, &r->findings.items[i]);
    }
    if (n > AT_MOST && !style->all)
        wck_buf_printf(out, "  … and %zu more\n", n - AT_MOST);
}

wck_status wck_emit_verdict_text(wck_buf *out, const wck_report *predicted, const bool *came,
                                 const wck_report *now, const bool *unexpected, const wck_text_style *style,
                                 wck_error *err)
{
    size_t n_came = 0, n_unexpected = 0;

    for (size_t i = 0; i < predicted->findings.n; i++)
        n_came += came[i];
    for (size_t i = 0; i < now->findings.n; i++)
        n_unexpected += unexpected[i];
    put_marked(out, style, predicted, came, false, "Predicted, and not seen now:");
    put_marked(out, style, now, unexpected, true, "Seen now, and not predicted:");
    wck_buf_printf(out, "%zu predicted findings: %zu came true, %zu did not; %zu findings nobody predicted\n",
                   predicted->findings.n, n_came, predicted->findings.n - n_came, n_unexpected);
    return wck_emit_done(out, "writing a verdict", err);
}
