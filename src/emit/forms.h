/* SPDX-License-Identifier: MIT
 * forms.h: one function per form of a report, each in the file of its name; the table stands in report.c. */
#ifndef WCK_EMIT_FORMS_H
#define WCK_EMIT_FORMS_H

#include "emit/emit.h"

wck_status wck_emit_report_html(wck_buf *out, const wck_report *report, const wck_text_style *style, wck_error *err);
wck_status wck_emit_report_markdown(wck_buf *out, const wck_report *report, const wck_text_style *style,
                                    wck_error *err);
wck_status wck_emit_report_junit(wck_buf *out, const wck_report *report, const wck_text_style *style, wck_error *err);
wck_status wck_emit_report_sarif(wck_buf *out, const wck_report *report, const wck_text_style *style, wck_error *err);
wck_status wck_emit_report_prometheus(wck_buf *out, const wck_report *report, const wck_text_style *style,
                                      wck_error *err);
wck_status wck_emit_report_nagios(wck_buf *out, const wck_report *report, const wck_text_style *style,
                                  wck_error *err);

#endif
