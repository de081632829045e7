/* SPDX-License-Identifier: MIT
 * nagios.c: one line and 0, 1, 2 or 3, as monitoring-plugins.org's guidelines have it: text, a bar, performance data.
 * The worst state wins in the order CRITICAL, WARNING, UNKNOWN, OK. */
#include "emit/forms.h"
#include "emit/parts.h"

#include <string.h>

int wck_emit_nagios_exit(const wck_report *report, wck_severity fail_on)
{
    return report->errors > 0 ? 2 : wck_report_exit(report, fail_on == 0 ? WCK_SEVERITY_WARNING : fail_on);
}

/* The first finding of the worst kind there is. */
static const wck_finding *worst(const wck_report *report, wck_severity fail_on)
{
    const wck_finding *found = NULL;

    for (size_t i = 0; i < report->findings.n; i++) {
        const wck_finding *f = &report->findings.items[i];
        if (wck_emit_is_failure(f, fail_on) &&
            (found == NULL || found->result == WCK_RESULT_UNKNOWN || f->severity > found->severity))
            found = f;
        else if (f->result == WCK_RESULT_UNKNOWN && found == NULL)
            found = f;
    }
    return found;
}

/* A bar would begin the performance data. */
static bool without_bars(wck_buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        wck_buf_putc(out, *text == '|' ? '!' : *text);
    return !out->failed;
}

wck_status wck_emit_report_nagios(wck_buf *out, const wck_report *r, const wck_text_style *style, wck_error *err)
{
    static const char *const states[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    const wck_finding *f = worst(r, wck_emit_fail_on(style));

    wck_buf_printf(out, "WSUSCK %s: ", states[wck_emit_nagios_exit(r, wck_emit_fail_on(style))]);
    wck_emit_counts(out, r);
    if (f != NULL) {
        wck_buf_puts(out, "; ");
        wck_emit_quoted(out, f->server, without_bars);
        wck_buf_printf(out, ": WCK%04d ", f->rule);
        wck_emit_quoted(out, f->message, without_bars);
    }
    wck_buf_printf(out, " | errors=%zu;;;0 warnings=%zu;;;0 notes=%zu;;;0 unknown=%zu;;;0 waived=%zu;;;0 servers=%zu;;;0\n",
                   r->errors, r->warnings, r->notes, r->unknown, r->waived, r->servers.n);
    return wck_emit_done(out, "writing the report", err);
}
