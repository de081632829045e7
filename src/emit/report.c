/* SPDX-License-Identifier: MIT
 * report.c: the forms in which a report is written. A new one is a file and a row. */
#include "emit/forms.h"

#include "base/quote.h"
#include "codec/codec.h"

#include <string.h>

static wck_status text(wck_buf *out, const wck_report *report, const wck_text_style *style, wck_error *err)
{
    return wck_emit_report_text(out, report, style, err);
}

static wck_status json(wck_buf *out, const wck_report *report, const wck_text_style *style, wck_error *err)
{
    return wck_codec_put_report(out, report, style->exit_code, err);
}

static wck_status csv(wck_buf *out, const wck_report *report, const wck_text_style *style, wck_error *err)
{
    (void)style;
    return wck_emit_report_csv(out, report, err);
}

typedef struct form {
    const char *name;
    wck_status (*emit)(wck_buf *out, const wck_report *report, const wck_text_style *style, wck_error *err);
} form;

static const form forms[] = {
    {"text", text},
    {"json", json},
    {"csv", csv},
    {"html", wck_emit_report_html},
    {"markdown", wck_emit_report_markdown},
    {"junit", wck_emit_report_junit},
    {"sarif", wck_emit_report_sarif},
    {"prometheus", wck_emit_report_prometheus},
    {"nagios", wck_emit_report_nagios},
};

wck_status wck_emit_report(wck_buf *out, const wck_report *report, const char *name, const wck_text_style *style,
                           wck_error *err)
{
    char shown[40];

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(forms[i].name, name) == 0)
            return forms[i].emit(out, report, style, err);
    return wck_fail(err, WCK_E_ARG, "could not write the report: there is no format \"%s\"",
                    wck_quote_short(shown, sizeof shown, name, 20));
}
