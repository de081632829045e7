/* SPDX-License-Identifier: MIT
 * parts.h: what the forms of a report share. Everything is cleaned text; the form quotes it for its own language. */
#ifndef WCK_EMIT_PARTS_H
#define WCK_EMIT_PARTS_H

#include "emit/text.h"

/* "object: expected X, found Y (evidence)", or "the server itself"; long texts are cut to fit a line. */
void wck_emit_finding(wck_buf *out, const wck_finding *finding);
/* The same whole, and behind "rule title: " for forms in which a finding stands alone. */
void wck_emit_details(wck_buf *out, const wck_finding *finding);
void wck_emit_message(wck_buf *out, const wck_finding *finding);
/* "differences", "consistent", … and the counts; from the number that is also the exit status. */
const char *wck_emit_verdict(const wck_report *report, wck_severity fail_on);
void wck_emit_counts(wck_buf *out, const wck_report *report);
/* Counts as result "fail" at or above fail_on. */
bool wck_emit_is_failure(const wck_finding *finding, wck_severity fail_on);
/* 0 (of an option that was not given) is the default of --fail-on. */
wck_severity wck_emit_fail_on(const wck_text_style *style);

/* One finding of each rule that occurs, by number; calloc. NULL when memory is short. */
const wck_finding **wck_emit_rules(const wck_report *report, size_t *n);
/* Its place in that list. */
size_t wck_emit_rule_index(const wck_finding *const *rules, size_t n, int rule);

/* Text cleaned, then quoted: wck_quote_xml, wck_quote_html, wck_json_put_text or wck_quote_markdown. NULL: nothing. */
typedef bool wck_quote_fn(wck_buf *out, const char *text);
void wck_emit_quoted(wck_buf *out, const char *text, wck_quote_fn *quote);
/* The same of a text that is made by `make`, e.g. wck_emit_message. */
typedef void wck_make_fn(wck_buf *out, const wck_finding *finding);
void wck_emit_quoted_made(wck_buf *out, const wck_finding *finding, wck_make_fn *make, wck_quote_fn *quote);

#endif
