/* SPDX-License-Identifier: MIT
 * markdown.c: for tickets and chat: a table of the servers, then the findings by server and rule. */
#include "emit/forms.h"
#include "emit/parts.h"

#include "base/quote.h"
#include "model/snapshot.h"

#include <string.h>

static void quoted(wck_buf *out, const char *text)
{
    wck_emit_quoted(out, text, wck_quote_markdown);
}

static void put_servers(wck_buf *out, const wck_report *r)
{
    char time[WCK_TIME_TEXT];

    wck_buf_puts(out, "\n## Servers\n\n| server | mode | last good sync | errors | warnings | notes | not looked at | waived |\n"
                      "|---|---|---|--:|--:|--:|--:|--:|\n");
    for (size_t i = 0; i < r->servers.n; i++) {
        const wck_report_server *s = &r->servers.items[i];
        wck_buf_puts(out, "| ");
        quoted(out, s->path);
        wck_buf_printf(out, " | %s | %s | %zu | %zu | %zu | %zu | %zu |\n", wck_mode_name(s->mode),
                       s->last_good_sync == WCK_TIME_NONE ? "not known"
                                                          : wck_time_format_short(time, s->last_good_sync),
                       s->errors, s->warnings, s->notes, s->unknown, s->waived);
    }
}

static void put_not_looked_at(wck_buf *out, const wck_report *r)
{
    bool first = true;

    for (size_t i = 0; i < r->findings.n; i++) {
        const wck_finding *f = &r->findings.items[i];
        if (f->result != WCK_RESULT_UNKNOWN)
            continue;
        if (first)
            wck_buf_puts(out, "\n## Not looked at\n\nUnknown is not missing: nothing below is said about it.\n\n");
        first = false;
        wck_buf_puts(out, "- ");
        quoted(out, f->server);
        wck_buf_printf(out, " (WCK%04d) ", f->rule);
        wck_emit_quoted_made(out, f, wck_emit_details, wck_quote_markdown);
        wck_buf_putc(out, '\n');
    }
}

static bool is_next(const wck_finding *a, const wck_finding *b)
{
    return strcmp(a->server, b->server) == 0 && a->rule == b->rule && a->severity == b->severity &&
           a->result == b->result;
}

static void put_group_head(wck_buf *out, const wck_finding *f)
{
    bool waived = f->result == WCK_RESULT_WAIVED;

    wck_buf_printf(out, "\n%s **WCK%04d** ", waived ? "waived" : wck_severity_name(f->severity), f->rule);
    quoted(out, f->message);
    wck_buf_puts(out, waived ? "  \nwaived: " : "  \nremedy: ");
    quoted(out, waived ? f->waiver : f->remedy);
    wck_buf_puts(out, "\n\n");
}

static void put_findings(wck_buf *out, const wck_report *r)
{
    const wck_finding *last = NULL;

    for (size_t i = 0; i < r->findings.n; i++) {
        const wck_finding *f = &r->findings.items[i];
        if (f->result == WCK_RESULT_UNKNOWN)
            continue;
        if (last == NULL || strcmp(last->server, f->server) != 0) {
            wck_buf_puts(out, "\n## ");
            quoted(out, f->server);
            wck_buf_putc(out, '\n');
        }
        if (last == NULL || !is_next(last, f))
            put_group_head(out, f);
        wck_buf_puts(out, "- ");
        wck_emit_quoted_made(out, f, wck_emit_details, wck_quote_markdown);
        wck_buf_putc(out, '\n');
        last = f;
    }
}

wck_status wck_emit_report_markdown(wck_buf *out, const wck_report *r, const wck_text_style *style, wck_error *err)
{
    char time[WCK_TIME_TEXT];

    wck_buf_printf(out, "# wsusck: %s\n\n", wck_emit_verdict(r, wck_emit_fail_on(style)));
    wck_emit_counts(out, r);
    wck_buf_printf(out, "; checked %s\n", wck_time_format_short(time, r->checked_at));
    put_servers(out, r);
    put_not_looked_at(out, r);
    put_findings(out, r);
    return wck_emit_done(out, "writing the report", err);
}
