/* SPDX-License-Identifier: MIT
 * junit.c: JUnit XML for CI servers: one suite a server, one case a finding. A server of which nothing is said has one
 * case that passes. What could not be looked at, and what is waived, is skipped: it never counts as passed.
 *
 * JUnit has no warnings: findings below --fail-on stand in the suite's system-out. Elements and attributes are those
 * that the schemas of Apache Ant (windyroad's junit.xsd) and Jenkins (xunit plugin) have in common. */
#include "emit/forms.h"
#include "emit/parts.h"

#include "base/quote.h"

#include <string.h>

typedef struct suite {
    size_t tests, failures, skipped;
} suite;

/* Findings of one server are neighbours: [from, to). */
static size_t end_of(const wck_report *r, size_t from, const char *server)
{
    size_t to = from;

    while (to < r->findings.n && strcmp(r->findings.items[to].server, server) == 0)
        to++;
    return to;
}

static suite count(const wck_report *r, size_t from, size_t to, wck_severity fail_on)
{
    suite s = {0};

    for (size_t i = from; i < to; i++) {
        const wck_finding *f = &r->findings.items[i];
        s.failures += wck_emit_is_failure(f, fail_on);
        s.skipped += f->result != WCK_RESULT_FAIL;
    }
    s.tests = s.failures + s.skipped;
    if (s.tests == 0)
        s.tests = 1; /* the case that passes */
    return s;
}

static void begin_case(wck_buf *out, const char *server, const char *name, int rule)
{
    wck_buf_puts(out, "    <testcase classname=\"");
    wck_emit_quoted(out, server, wck_quote_xml);
    wck_buf_puts(out, "\" name=\"");
    if (rule > 0)
        wck_buf_printf(out, "WCK%04d ", rule);
    wck_emit_quoted(out, name, wck_quote_xml);
    wck_buf_puts(out, "\" time=\"0\"");
}

static void put_remedy(wck_buf *out, const wck_finding *f)
{
    wck_emit_quoted_made(out, f, wck_emit_message, wck_quote_xml);
    wck_buf_puts(out, "&#10;remedy: ");
    wck_emit_quoted(out, f->remedy, wck_quote_xml);
    wck_buf_puts(out, "&#10;fingerprint: ");
    wck_emit_quoted(out, f->fingerprint, wck_quote_xml);
}

static void put_case(wck_buf *out, const wck_finding *f)
{
    wck_buf name;

    wck_buf_init(&name, 1U << 20);
    wck_emit_message(&name, f);
    begin_case(out, f->server, wck_buf_text(&name), f->rule);
    out->failed = out->failed || name.failed;
    wck_buf_clear(&name);
    wck_buf_puts(out, ">\n");
    if (f->result == WCK_RESULT_FAIL) {
        wck_buf_printf(out, "      <failure type=\"%s\" message=\"", wck_severity_name(f->severity));
        wck_emit_quoted(out, f->message, wck_quote_xml);
        wck_buf_puts(out, "\">");
        put_remedy(out, f);
        wck_buf_puts(out, "</failure>\n");
    } else {
        wck_buf_puts(out, f->result == WCK_RESULT_WAIVED ? "      <skipped message=\"waived: "
                                                         : "      <skipped message=\"not looked at: ");
        wck_emit_quoted(out, f->result == WCK_RESULT_WAIVED ? f->waiver : f->actual, wck_quote_xml);
        wck_buf_puts(out, "\"/>\n");
    }
    wck_buf_puts(out, "    </testcase>\n");
}

static void put_below(wck_buf *out, const wck_report *r, size_t from, size_t to, wck_severity fail_on)
{
    wck_buf_puts(out, "    <system-out>");
    for (size_t i = from; i < to; i++) {
        const wck_finding *f = &r->findings.items[i];
        if (f->result != WCK_RESULT_FAIL || wck_emit_is_failure(f, fail_on))
            continue;
        wck_buf_printf(out, "%s WCK%04d ", wck_severity_name(f->severity), f->rule);
        wck_emit_quoted_made(out, f, wck_emit_message, wck_quote_xml);
        wck_buf_puts(out, "&#10;");
    }
    wck_buf_puts(out, "</system-out>\n    <system-err></system-err>\n");
}

/* xs:dateTime without zone and fraction, as Ant's schema wants it. */
static void put_time(wck_buf *out, wck_time t)
{
    char text[WCK_TIME_TEXT];

    wck_time_format(text, t == WCK_TIME_NONE ? 0 : t);
    text[strcspn(text, ".Z")] = '\0';
    wck_buf_puts(out, text);
}

static void put_suite(wck_buf *out, const wck_report *r, const char *server, size_t from, size_t to, size_t id,
                      wck_severity fail_on)
{
    suite s = count(r, from, to, fail_on);

    wck_buf_puts(out, "  <testsuite name=\"");
    wck_emit_quoted(out, server, wck_quote_xml);
    wck_buf_printf(out, "\" id=\"%zu\" package=\"wsusck\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" "
                        "time=\"0\" hostname=\"localhost\" timestamp=\"", id, s.tests, s.failures, s.skipped);
    put_time(out, r->checked_at);
    wck_buf_puts(out, "\">\n    <properties></properties>\n");
    for (size_t i = from; i < to; i++)
        if (r->findings.items[i].result != WCK_RESULT_FAIL || wck_emit_is_failure(&r->findings.items[i], fail_on))
            put_case(out, &r->findings.items[i]);
    if (s.failures + s.skipped == 0) {
        begin_case(out, server, "nothing at or above --fail-on was found", 0);
        wck_buf_puts(out, "></testcase>\n");
    }
    put_below(out, r, from, to, fail_on);
    wck_buf_puts(out, "  </testsuite>\n");
}

/* Findings come in the order of the servers; behind them those of servers that are not listed. */
static void put_suites(wck_buf *out, const wck_report *r, wck_severity fail_on)
{
    size_t from = 0, to, id = 0;

    for (size_t k = 0; k < r->servers.n; k++, from = to) {
        to = end_of(r, from, r->servers.items[k].path);
        put_suite(out, r, r->servers.items[k].path, from, to, id++, fail_on);
    }
    for (; from < r->findings.n; from = to) {
        to = end_of(r, from, r->findings.items[from].server);
        put_suite(out, r, r->findings.items[from].server, from, to, id++, fail_on);
    }
}

wck_status wck_emit_report_junit(wck_buf *out, const wck_report *r, const wck_text_style *style, wck_error *err)
{
    wck_buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    put_suites(out, r, wck_emit_fail_on(style));
    wck_buf_puts(out, "</testsuites>\n");
    return wck_emit_done(out, "writing the report", err);
}
