/* SPDX-License-Identifier: MIT
 * parts.c: what the forms of a report share. */
#include "emit/parts.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

static void put_evidence(wck_buf *out, const wck_finding *f, bool whole)
{
    for (size_t i = 0; i < f->n_evidence; i++) {
        wck_buf name;
        wck_buf_puts(out, i == 0 ? " (" : "; ");
        wck_buf_init(&name, 4096);
        for (const char *c = f->evidence[i].name; *c != '\0'; c++)
            wck_buf_putc(&name, *c == '_' ? ' ' : *c);
        wck_emit_safe(out, wck_buf_text(&name), 80);
        wck_buf_clear(&name);
        wck_buf_putc(out, ' ');
        wck_emit_safe(out, f->evidence[i].value, whole ? 0 : 80);
    }
    if (f->n_evidence > 0)
        wck_buf_putc(out, ')');
}

static void put_finding(wck_buf *out, const wck_finding *f, bool whole)
{
    size_t before = out->len;

    if (whole)
        wck_emit_whole_object(out, &f->object);
    else
        wck_emit_object(out, &f->object);
    if (out->len > before && (f->expected != NULL || f->actual != NULL))
        wck_buf_puts(out, ": ");
    if (f->expected != NULL) {
        wck_buf_puts(out, "expected ");
        wck_emit_safe(out, f->expected, whole ? 0 : 80);
    }
    if (f->actual != NULL) {
        wck_buf_puts(out, f->expected != NULL ? ", found " : "found ");
        wck_emit_safe(out, f->actual, whole ? 0 : 120);
    }
    if (out->len == before)
        wck_buf_puts(out, "the server itself");
    put_evidence(out, f, whole);
}

void wck_emit_finding(wck_buf *out, const wck_finding *f)
{
    put_finding(out, f, false);
}

void wck_emit_details(wck_buf *out, const wck_finding *f)
{
    put_finding(out, f, true);
}

void wck_emit_message(wck_buf *out, const wck_finding *f)
{
    if (f->message != NULL) {
        wck_emit_safe(out, f->message, 0);
        wck_buf_puts(out, ": ");
    }
    put_finding(out, f, true);
}

const char *wck_emit_verdict(const wck_report *report, wck_severity fail_on)
{
    int code = wck_report_exit(report, fail_on);

    if (code == 0 && report->errors + report->warnings + report->notes > 0)
        return "nothing at or above --fail-on";
    return code == 1 ? "differences" : code == 3 ? "nothing wrong found, but not everything was looked at" : "consistent";
}

void wck_emit_counts(wck_buf *out, const wck_report *r)
{
    wck_emit_count(out, r->servers.n, "server", "servers");
    wck_buf_puts(out, ", ");
    wck_emit_count(out, r->errors, "error", "errors");
    wck_buf_puts(out, ", ");
    wck_emit_count(out, r->warnings, "warning", "warnings");
    wck_buf_puts(out, ", ");
    wck_emit_count(out, r->notes, "note", "notes");
    wck_buf_printf(out, ", %zu not looked at, %zu waived", r->unknown, r->waived);
}

bool wck_emit_is_failure(const wck_finding *f, wck_severity fail_on)
{
    return f->result == WCK_RESULT_FAIL && f->severity >= fail_on;
}

wck_severity wck_emit_fail_on(const wck_text_style *style)
{
    return style->fail_on == 0 ? WCK_SEVERITY_WARNING : style->fail_on;
}

static int cmp_rule(const void *pa, const void *pb)
{
    const wck_finding *a = *(const wck_finding *const *)pa, *b = *(const wck_finding *const *)pb;

    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return a < b ? -1 : a > b; /* the first in the order of the report speaks for its rule */
}

const wck_finding **wck_emit_rules(const wck_report *report, size_t *n)
{
    const wck_finding **rules = calloc(report->findings.n + 1, sizeof *rules);
    size_t kept = 0;

    *n = 0;
    if (rules == NULL)
        return NULL;
    for (size_t i = 0; i < report->findings.n; i++)
        rules[i] = &report->findings.items[i];
    qsort(rules, report->findings.n, sizeof *rules, cmp_rule);
    for (size_t i = 0; i < report->findings.n; i++)
        if (kept == 0 || rules[kept - 1]->rule != rules[i]->rule)
            rules[kept++] = rules[i];
    *n = kept;
    return rules;
}

size_t wck_emit_rule_index(const wck_finding *const *rules, size_t n, int rule)
{
    size_t low = 0;

    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (rules[middle]->rule < rule)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

void wck_emit_quoted(wck_buf *out, const char *text, wck_quote_fn *quote)
{
    wck_buf clean;

    if (text == NULL)
        return;
    wck_buf_init(&clean, 1U << 20);
    wck_quote_terminal(&clean, text, 0);
    quote(out, wck_buf_text(&clean));
    out->failed = out->failed || clean.failed;
    wck_buf_clear(&clean);
}

void wck_emit_quoted_made(wck_buf *out, const wck_finding *finding, wck_make_fn *make, wck_quote_fn *quote)
{
    wck_buf text;

    wck_buf_init(&text, 1U << 20);
    make(&text, finding);
    quote(out, wck_buf_text(&text));
    out->failed = out->failed || text.failed;
    wck_buf_clear(&text);
}
