/* SPDX-License-Identifier: MIT
 * text_sync.c: the part of a report that says why a server does not synchronize: in lines of its own, so that cause,
 * side and next attempt are seen at once. */
#include "emit/text_sync.h"

#include "emit/parts.h"

#include <string.h>

static bool in_range(int rule, int from, int to)
{
    return rule >= from && rule <= to;
}

/* What says by itself that it does not synchronize, and not only why it might not. */
bool wck_emit_says_failing(const wck_finding *f)
{
    return f->result == WCK_RESULT_FAIL &&
           (in_range(f->rule, 6001, 6003) || f->rule == 6010);
}

wck_phase wck_emit_phase(const wck_finding *f)
{
    if (in_range(f->rule, 6001, 7999) || f->rule == 8001 || f->rule == 8003)
        return WCK_PHASE_WHY;
    if (in_range(f->rule, 3000, 5999) || in_range(f->rule, 2004, 2009))
        return WCK_PHASE_WHAT;
    return WCK_PHASE_BESIDES;
}

const char *wck_emit_phase_heading(wck_phase phase)
{
    static const char *const headings[] = {"why it does not synchronize", "what differs because of it", "besides"};

    return headings[phase];
}

bool wck_emit_is_told_in_lines(const wck_finding *f)
{
    return f->object.kind == WCK_OBJECT_SERVER &&
           (f->rule == 6001 || f->rule == 6004 || f->rule == 6005 || f->rule == 6007);
}

/* "2026-03-11 03:00 UTC, 05:00 here (UTC+02:00)". */
static void put_time(wck_buf *out, wck_time t, const wck_text_style *style)
{
    int64_t offset = style->offset != NULL ? style->offset(t) : 0, minutes = offset / 60;
    char utc[WCK_TIME_TEXT], here[WCK_TIME_TEXT];

    wck_buf_puts(out, wck_time_format_short(utc, t));
    if (offset == 0)
        return;
    wck_time_format_short(here, t + offset * WCK_TICKS_PER_SECOND);
    here[16] = '\0'; /* without "UTC" */
    wck_buf_printf(out, ", %s here (UTC%c%02d:%02d)", strncmp(utc, here, 10) == 0 ? here + 11 : here,
                   minutes < 0 ? '-' : '+', (int)((minutes < 0 ? -minutes : minutes) / 60),
                   (int)((minutes < 0 ? -minutes : minutes) % 60));
}

static void put_line(wck_buf *out, const wck_evidence *e, const wck_text_style *style)
{
    wck_time t;

    wck_buf_puts(out, "    ");
    for (const char *c = e->name; *c != '\0'; c++)
        wck_buf_putc(out, *c == '_' ? ' ' : *c);
    wck_buf_puts(out, ": ");
    if (strlen(e->value) > 10 && e->value[10] == 'T' && wck_time_parse(&t, e->value) && t != WCK_TIME_NONE)
        put_time(out, t, style);
    else
        wck_emit_safe(out, e->value, 0);
    wck_buf_putc(out, '\n');
}

void wck_emit_lines(wck_buf *out, const wck_finding *f, const wck_text_style *style)
{
    if (f->rule == 6001 || f->rule == 6007) {
        wck_buf_puts(out, "    ");
        wck_emit_safe(out, f->actual, 0);
        wck_buf_putc(out, '\n');
    }
    for (size_t i = 0; i < f->n_evidence; i++)
        put_line(out, &f->evidence[i], style);
}
