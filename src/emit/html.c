/* SPDX-License-Identifier: MIT
 * html.c: one file that needs nothing else: no network, no plug-in; tables sort and filter in the browser.
 *
 * Texts from servers are cleaned and escaped. A Content-Security-Policy lets nothing run but report.js and nothing style
 * but report.css, both embedded here and named by their SHA-256, so that a text that slipped through could do nothing. */
#include "emit/forms.h"
#include "emit/parts.h"

#include "base/digest.h"
#include "base/embedded.h"
#include "base/quote.h"
#include "model/snapshot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const wck_embedded *part(const char *name)
{
    const wck_embedded *p = wck_embedded_html;

    while (strcmp(p->name, name) != 0)
        p++;
    return p;
}

static void put_part(wck_buf *out, const char *name)
{
    const wck_embedded *p = part(name);

    wck_buf_put(out, p->data, p->len);
}

static bool put_hash(wck_buf *out, const char *name)
{
    const wck_embedded *p = part(name);
    char text[4 * ((WCK_DIGEST_SIZE + 2) / 3) + 1];
    wck_digest digest;

    if (!wck_digest_of(&digest, p->data, p->len))
        return false;
    text[wck_base64_encode(text, digest.bytes, sizeof digest.bytes)] = '\0';
    return wck_buf_printf(out, "'sha256-%s'", text);
}

static void quoted(wck_buf *out, const char *text)
{
    wck_emit_quoted(out, text, wck_quote_html);
}

static void cell(wck_buf *out, const char *text)
{
    wck_buf_puts(out, "<td>");
    quoted(out, text);
    wck_buf_puts(out, "</td>");
}

static void time_cell(wck_buf *out, wck_time t)
{
    char text[WCK_TIME_TEXT];

    cell(out, t == WCK_TIME_NONE ? "not known" : wck_time_format_short(text, t));
}

static void number_cell(wck_buf *out, size_t n)
{
    wck_buf_printf(out, "<td class=\"n\">%zu</td>", n);
}

static bool put_head(wck_buf *out, const wck_report *r, const wck_text_style *style)
{
    char time[WCK_TIME_TEXT];
    bool ok;

    wck_buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src ");
    ok = put_hash(out, "report.js");
    wck_buf_puts(out, "; style-src ");
    ok = put_hash(out, "report.css") && ok;
    wck_buf_puts(out, "; base-uri 'none'; form-action 'none'\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<title>wsusck report</title>\n<style>");
    put_part(out, "report.css");
    wck_buf_printf(out, "</style>\n</head>\n<body>\n<h1>wsusck: <span class=\"exit%d\">%s</span></h1>\n<p>",
                   wck_report_exit(r, wck_emit_fail_on(style)), wck_emit_verdict(r, wck_emit_fail_on(style)));
    wck_emit_counts(out, r);
    wck_buf_printf(out, "; checked %s.</p>\n", wck_time_format_short(time, r->checked_at));
    return ok;
}

static void open_table(wck_buf *out, const char *id, const char *const *columns)
{
    wck_buf_printf(out, "<table id=\"%s\">\n<thead><tr>", id);
    for (; *columns != NULL; columns++)
        wck_buf_printf(out, "<th scope=\"col\">%s</th>", *columns);
    wck_buf_puts(out, "</tr></thead>\n<tbody>\n");
}

static void close_table(wck_buf *out)
{
    wck_buf_puts(out, "</tbody>\n</table>\n");
}

static void put_servers(wck_buf *out, const wck_report *r)
{
    static const char *const columns[] = {"server", "mode", "version", "read", "last good sync", "errors", "warnings",
                                          "notes", "not looked at", "waived", "updates", "approvals", "declined", NULL};

    wck_buf_puts(out, "<h2>Servers</h2>\n");
    open_table(out, "servers", columns);
    for (size_t i = 0; i < r->servers.n; i++) {
        const wck_report_server *s = &r->servers.items[i];
        const size_t numbers[] = {s->errors, s->warnings, s->notes, s->unknown, s->waived, s->updates, s->approvals,
                                  s->declined};
        wck_buf_puts(out, "<tr>");
        cell(out, s->path);
        cell(out, wck_mode_name(s->mode));
        cell(out, s->version);
        time_cell(out, s->collected_at);
        time_cell(out, s->last_good_sync);
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            number_cell(out, numbers[k]);
        wck_buf_puts(out, "</tr>\n");
    }
    close_table(out);
}

static void put_rules(wck_buf *out, const wck_report *r, const wck_finding *const *rules, size_t n, size_t *counts)
{
    static const char *const columns[] = {"rule", "severity", "meaning", "findings", "remedy", NULL};

    for (size_t i = 0; i < r->findings.n; i++)
        counts[wck_emit_rule_index(rules, n, r->findings.items[i].rule)]++;
    wck_buf_puts(out, "<h2>Rules that found something</h2>\n");
    open_table(out, "rules", columns);
    for (size_t i = 0; i < n; i++) {
        wck_buf_printf(out, "<tr><td>WCK%04d</td><td class=\"%s\">%s</td>", rules[i]->rule,
                       wck_severity_name(rules[i]->severity), wck_severity_name(rules[i]->severity));
        cell(out, rules[i]->message);
        number_cell(out, counts[i]);
        cell(out, rules[i]->remedy);
        wck_buf_puts(out, "</tr>\n");
    }
    close_table(out);
}

/* What the reader sorts by first: fail by severity, not looked at, waived. */
static const char *kind_of(const wck_finding *f)
{
    return f->result == WCK_RESULT_WAIVED    ? "waived"
           : f->result == WCK_RESULT_UNKNOWN ? "not looked at"
                                             : wck_severity_name(f->severity);
}

static const char *class_of(const wck_finding *f)
{
    return f->result == WCK_RESULT_WAIVED    ? "waived"
           : f->result == WCK_RESULT_UNKNOWN ? "unknown"
                                             : wck_severity_name(f->severity);
}

static void object_of(wck_buf *out, const wck_finding *f)
{
    size_t before = out->len;

    wck_emit_whole_object(out, &f->object);
    if (out->len == before)
        wck_buf_puts(out, "the server itself");
}

static void put_evidence(wck_buf *out, const wck_finding *f)
{
    wck_buf_puts(out, "<td>");
    for (size_t i = 0; i < f->n_evidence; i++) {
        if (i > 0)
            wck_buf_puts(out, "; ");
        quoted(out, f->evidence[i].name);
        wck_buf_puts(out, " = ");
        quoted(out, f->evidence[i].value);
    }
    wck_buf_puts(out, "</td>");
}

static void put_findings(wck_buf *out, const wck_report *r)
{
    static const char *const columns[] = {"result", "rule", "server", "meaning", "object", "expected", "found",
                                          "evidence", NULL};

    wck_buf_puts(out, "<h2>Findings</h2>\n<p>Unknown is not missing: nothing is said about what was not looked at.</p>\n"
                      "<p id=\"filter\" hidden><label>show rows with <input type=\"search\" autocomplete=\"off\"></label> "
                      "<span></span></p>\n");
    open_table(out, "findings", columns);
    for (size_t i = 0; i < r->findings.n; i++) {
        const wck_finding *f = &r->findings.items[i];
        wck_buf_printf(out, "<tr><td class=\"%s\">%s</td><td>WCK%04d</td>", class_of(f), kind_of(f), f->rule);
        cell(out, f->server);
        cell(out, f->message);
        wck_buf_puts(out, "<td>");
        wck_emit_quoted_made(out, f, object_of, wck_quote_html);
        wck_buf_puts(out, "</td>");
        cell(out, f->expected);
        cell(out, f->result == WCK_RESULT_WAIVED ? f->waiver : f->actual);
        put_evidence(out, f);
        wck_buf_puts(out, "</tr>\n");
    }
    close_table(out);
}

wck_status wck_emit_report_html(wck_buf *out, const wck_report *r, const wck_text_style *style, wck_error *err)
{
    size_t n;
    const wck_finding **rules = wck_emit_rules(r, &n);
    size_t *counts = rules == NULL ? NULL : calloc(n + 1, sizeof *counts);
    bool ok = counts != NULL && put_head(out, r, style);

    if (ok) {
        put_servers(out, r);
        put_rules(out, r, rules, n, counts);
        put_findings(out, r);
        wck_buf_puts(out, "<script>");
        put_part(out, "report.js");
        wck_buf_puts(out, "</script>\n</body>\n</html>\n");
    }
    free(counts);
    free(rules);
    return ok ? wck_emit_done(out, "writing the report", err) : wck_fail_memory(err, "writing the report");
}
