/* SPDX-License-Identifier: MIT
 * prometheus.c: text exposition format 0.0.4, for node_exporter's textfile collector (written by rename, as it wants).
 * A time that is not known has no sample: absent() tells it from 1970. */
#include "emit/forms.h"
#include "emit/parts.h"

#include "base/quote.h"
#include "model/snapshot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Label values escape backslash, quote and line feed. */
static bool quote_label(wck_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"')
            wck_buf_putc(out, '\\');
        wck_buf_putc(out, *text);
    }
    return !out->failed;
}

static void head(wck_buf *out, const char *name, const char *help)
{
    wck_buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void label(wck_buf *out, const char *name, const char *value)
{
    wck_buf_printf(out, "%s=\"", name);
    wck_emit_quoted(out, value, quote_label);
    wck_buf_putc(out, '"');
}

static void begin(wck_buf *out, const char *name, const wck_report_server *s)
{
    wck_buf_printf(out, "%s{", name);
    label(out, "server", s->path);
}

static void put_infos(wck_buf *out, const wck_report *r)
{
    head(out, "wsusck_server_info", "Servers of the tree; always 1.");
    for (size_t i = 0; i < r->servers.n; i++) {
        const wck_report_server *s = &r->servers.items[i];
        begin(out, "wsusck_server_info", s);
        wck_buf_putc(out, ',');
        label(out, "upstream", s->parent != NULL ? s->parent : "");
        wck_buf_printf(out, ",mode=\"%s\",", wck_mode_name(s->mode));
        label(out, "version", s->version != NULL ? s->version : "");
        wck_buf_puts(out, "} 1\n");
    }
}

static void put_times(wck_buf *out, const wck_report *r, const char *name, const char *help, size_t offset)
{
    head(out, name, help);
    for (size_t i = 0; i < r->servers.n; i++) {
        const wck_report_server *s = &r->servers.items[i];
        wck_time t;
        memcpy(&t, (const char *)s + offset, sizeof t);
        if (t == WCK_TIME_NONE)
            continue;
        begin(out, name, s);
        wck_buf_printf(out, "} %" PRId64 "\n", t / WCK_TICKS_PER_SECOND);
    }
}

static void put_rows(wck_buf *out, const wck_report *r)
{
    static const struct {
        const char *kind;
        size_t offset;
        wck_section section;
    } kinds[] = {{"updates", offsetof(wck_report_server, updates), WCK_SECTION_UPDATES},
                 {"approvals", offsetof(wck_report_server, approvals), WCK_SECTION_APPROVALS},
                 {"declined", offsetof(wck_report_server, declined), WCK_SECTION_DECLINED},
                 {"groups", offsetof(wck_report_server, groups), WCK_SECTION_GROUPS},
                 {"categories", offsetof(wck_report_server, categories), WCK_SECTION_CATEGORIES}};

    head(out, "wsusck_server_rows", "Rows that were read; no sample where the section was not read.");
    for (size_t i = 0; i < r->servers.n; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            const wck_report_server *s = &r->servers.items[i];
            size_t n;
            if (s->coverage[kinds[k].section].state < WCK_COVERAGE_PARTIAL)
                continue;
            memcpy(&n, (const char *)s + kinds[k].offset, sizeof n);
            begin(out, "wsusck_server_rows", s);
            wck_buf_printf(out, ",kind=\"%s\"} %zu\n", kinds[k].kind, n);
        }
}

static void put_coverage(wck_buf *out, const wck_report *r)
{
    head(out, "wsusck_server_section_complete", "1: read completely; 0: in part or not at all.");
    for (size_t i = 0; i < r->servers.n; i++)
        for (int k = 0; k < WCK_SECTION_COUNT; k++) {
            const wck_report_server *s = &r->servers.items[i];
            begin(out, "wsusck_server_section_complete", s);
            wck_buf_printf(out, ",section=\"%s\"} %d\n", wck_section_name((wck_section)k),
                           s->coverage[k].state == WCK_COVERAGE_COMPLETE);
        }
}

static int cmp_sample(const void *pa, const void *pb)
{
    const wck_finding *a = *(const wck_finding *const *)pa, *b = *(const wck_finding *const *)pb;
    int c = strcmp(a->server, b->server);

    if (c != 0)
        return c;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    if (a->result != b->result)
        return a->result < b->result ? -1 : 1;
    return (a->severity > b->severity) - (a->severity < b->severity);
}

static void put_finding_count(wck_buf *out, const wck_finding *f, size_t n)
{
    wck_buf_puts(out, "wsusck_findings{");
    label(out, "server", f->server);
    wck_buf_printf(out, ",rule=\"WCK%04d\",severity=\"%s\",result=\"%s\"} %zu\n", f->rule,
                   wck_severity_name(f->severity), wck_result_name(f->result), n);
}

static wck_status put_findings(wck_buf *out, const wck_report *r, wck_error *err)
{
    const wck_finding **order = calloc(r->findings.n + 1, sizeof *order);

    if (order == NULL)
        return wck_fail_memory(err, "writing the report");
    for (size_t i = 0; i < r->findings.n; i++)
        order[i] = &r->findings.items[i];
    qsort(order, r->findings.n, sizeof *order, cmp_sample);
    head(out, "wsusck_findings", "Findings by server, rule, severity and result.");
    for (size_t i = 0, k; i < r->findings.n; i = k) {
        for (k = i; k < r->findings.n && cmp_sample(&order[i], &order[k]) == 0;)
            k++;
        put_finding_count(out, order[i], k - i);
    }
    free(order);
    return WCK_OK;
}

wck_status wck_emit_report_prometheus(wck_buf *out, const wck_report *r, const wck_text_style *style, wck_error *err)
{
    if (r->checked_at != WCK_TIME_NONE) {
        head(out, "wsusck_check_timestamp_seconds", "When the tree was checked.");
        wck_buf_printf(out, "wsusck_check_timestamp_seconds %" PRId64 "\n", r->checked_at / WCK_TICKS_PER_SECOND);
    }
    head(out, "wsusck_check_exit_status", "0 consistent, 1 differences, 3 not everything was looked at.");
    wck_buf_printf(out, "wsusck_check_exit_status %d\n", wck_report_exit(r, wck_emit_fail_on(style)));
    put_infos(out, r);
    put_times(out, r, "wsusck_server_collected_timestamp_seconds", "When the server was read.",
              offsetof(wck_report_server, collected_at));
    put_times(out, r, "wsusck_server_last_good_sync_timestamp_seconds",
              "Start of the last good synchronization; no sample where it is not known.",
              offsetof(wck_report_server, last_good_sync));
    put_rows(out, r);
    put_coverage(out, r);
    if (put_findings(out, r, err) != WCK_OK)
        return WCK_E_MEMORY;
    return wck_emit_done(out, "writing the report", err);
}
