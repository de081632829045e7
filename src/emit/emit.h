/* SPDX-License-Identifier: MIT
 * emit.h: nouns → text for people and scripts for servers. */
#ifndef WCK_EMIT_EMIT_H
#define WCK_EMIT_EMIT_H

#include "base/buf.h"
#include "model/diagnosis.h"
#include "model/history.h"
#include "model/plan.h"
#include "model/prediction.h"
#include "model/report.h"
#include "model/tree.h"

typedef struct wck_text_style {
    bool color;
    unsigned width;    /* columns; 0 = 100 */
    bool all;          /* list every finding; otherwise at most 10 per rule and edge with "… and N more" */
    wck_severity fail_on; /* least severity that is a difference; 0 = warning */
    int exit_code;        /* for the forms that tell it */
    int64_t (*offset)(wck_time t); /* the reader's zone at t, seconds east of UTC; NULL: times in UTC only */
} wck_text_style;

/* A report in one of these forms (report.c). WCK_E_ARG: there is no such form. */
#define WCK_REPORT_FORMS "text|json|csv|html|markdown|junit|sarif|prometheus|nagios"
wck_status wck_emit_report(wck_buf *out, const wck_report *report, const char *form, const wck_text_style *style,
                           wck_error *err);
/* What a monitoring plugin ends with: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (fail_on as above). */
int wck_emit_nagios_exit(const wck_report *report, wck_severity fail_on);

/* What an administrator reads at night: one block per edge, worst first, counts that add up, remedies named. */
wck_status wck_emit_report_text(wck_buf *out, const wck_report *report, const wck_text_style *style, wck_error *err);
wck_status wck_emit_plan_text(wck_buf *out, const wck_plan *plan, const wck_text_style *style, wck_error *err);
/* Actions that only one of two plans has, and those that are not the same in both. */
wck_status wck_emit_plan_diff_text(wck_buf *out, const wck_plan *first, const wck_plan *second,
                                   bool *equal, wck_error *err);
/* format: "text", "dot" or "mermaid". */
wck_status wck_emit_tree(wck_buf *out, const wck_report *report, const char *format, const wck_text_style *style,
                         wck_error *err);
wck_status wck_emit_diagnosis_text(wck_buf *out, const wck_diagnosis *diagnosis, const wck_text_style *style,
                                   wck_error *err);
wck_status wck_emit_prediction_text(wck_buf *out, const wck_prediction *prediction, const wck_text_style *style,
                                    wck_error *err);
wck_status wck_emit_history_text(wck_buf *out, const wck_history *history, const wck_text_style *style, wck_error *err);
/* came: by finding of `predicted`; unexpected: by finding of `now`. */
wck_status wck_emit_verdict_text(wck_buf *out, const wck_report *predicted, const bool *came, const wck_report *now,
                                 const bool *unexpected, const wck_text_style *style, wck_error *err);
wck_status wck_emit_report_csv(wck_buf *out, const wck_report *report, wck_error *err);

/* One generated file; the callback writes it. name is safe for a file name. */
typedef wck_status wck_file_fn(const char *name, const char *data, size_t len, void *payload, wck_error *err);
/* NN-SERVER.ps1, NN-SERVER.undo.ps1 per tier and server, run-order.md, run-order.json (cli.md "Scripts"). */
wck_status wck_emit_script_powershell(const wck_plan *plan, wck_file_fn *fn, void *payload, wck_error *err);
/* NN-SERVER.cmd, NN-SERVER.undo.cmd for what wsusutil, net, sc and icacls do, and the run orders of these. */
wck_status wck_emit_script_cmd(const wck_plan *plan, wck_file_fn *fn, void *payload, wck_error *err);

#endif
