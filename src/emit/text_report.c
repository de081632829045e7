/* SPDX-License-Identifier: MIT
 * text_report.c: what an administrator reads at night. First what was not looked at, then one block per edge,
 * worst first, findings grouped by rule with their number and one remedy, then a table, and one line that
 * says it all and comes from the same number as the exit status. */
#include "emit/parts.h"
#include "emit/text_sync.h"

#include <stdlib.h>
#include <string.h>

enum { PER_RULE = 10, NAME_WIDTH = 40 };

/* The findings of one server: [from, to) of report->findings. */
typedef struct block {
    const wck_report_server *server; /* NULL: not listed among the servers */
    const char *path;
    size_t from, to, place;
    size_t errors, warnings, notes, waived;
    const wck_finding *parent_down; /* 6007 of the upstream server: what it means here was folded into that */
} block;

static void count(block *b, const wck_finding *f)
{
    if (f->result == WCK_RESULT_WAIVED)
        b->waived++;
    else if (f->result == WCK_RESULT_FAIL && f->severity == WCK_SEVERITY_ERROR)
        b->errors++;
    else if (f->result == WCK_RESULT_FAIL && f->severity == WCK_SEVERITY_WARNING)
        b->warnings++;
    else if (f->result == WCK_RESULT_FAIL)
        b->notes++;
}

/* Runs of one server each; findings are in the order of the servers. */
static size_t split(const wck_report *r, block *blocks)
{
    size_t n = 0, at = 0;

    for (size_t i = 0; i < r->findings.n; i++) {
        const wck_finding *f = &r->findings.items[i];
        if (n == 0 || strcmp(blocks[n - 1].path, f->server) != 0) {
            size_t k = at;
            while (k < r->servers.n && strcmp(r->servers.items[k].path, f->server) != 0)
                k++;
            blocks[n] = (block){.path = f->server, .from = i, .to = i, .place = n};
            if (k < r->servers.n) {
                blocks[n].server = &r->servers.items[k];
                at = k;
            }
            n++;
        }
        blocks[n - 1].to = i + 1;
        count(&blocks[n - 1], f);
    }
    return n;
}

static int cmp_size(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int cmp_block(const void *pa, const void *pb)
{
    const block *a = pa, *b = pb;
    int c = cmp_size(b->errors, a->errors);

    if (c == 0)
        c = cmp_size(b->warnings, a->warnings);
    if (c == 0)
        c = cmp_size(b->notes, a->notes);
    return c != 0 ? c : cmp_size(a->place, b->place);
}

/* Worst severity first, waived last, then rule, then the order of the report. */
static int cmp_finding(const void *pa, const void *pb)
{
    const wck_finding *a = *(const wck_finding *const *)pa, *b = *(const wck_finding *const *)pb;

    if ((a->result == WCK_RESULT_WAIVED) != (b->result == WCK_RESULT_WAIVED))
        return a->result == WCK_RESULT_WAIVED ? 1 : -1;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* Where it does not synchronize: that first, then what differs because of it, then the rest. */
static int cmp_phase(const void *pa, const void *pb)
{
    const wck_finding *a = *(const wck_finding *const *)pa, *b = *(const wck_finding *const *)pb;
    int c = (int)wck_emit_phase(a) - (int)wck_emit_phase(b);

    return c != 0 ? c : cmp_finding(pa, pb);
}

static bool same_group(const wck_finding *a, const wck_finding *b)
{
    return a->rule == b->rule && a->severity == b->severity && a->result == b->result;
}

static void put_finding(wck_buf *out, const wck_finding *f)
{
    wck_buf_puts(out, "    ");
    wck_emit_finding(out, f);
    wck_buf_putc(out, '\n');
}

static void put_group(wck_buf *out, const wck_text_style *style, const wck_finding *const *group, size_t n)
{
    const wck_finding *f = group[0];
    bool waived = f->result == WCK_RESULT_WAIVED;
    size_t most = style->all || n <= PER_RULE ? n : PER_RULE;

    wck_buf_puts(out, "  ");
    wck_emit_paint(out, style, waived ? WCK_PAINT_DIM : wck_emit_severity_paint(f->severity),
                   waived ? "waived" : wck_severity_name(f->severity));
    wck_buf_printf(out, " WCK%04d ", f->rule);
    wck_emit_safe(out, f->message, 0);
    wck_buf_printf(out, " (%zu)\n", n);
    for (size_t i = 0; i < most; i++)
        if (wck_emit_is_told_in_lines(group[i]))
            wck_emit_lines(out, group[i], style);
        else
            put_finding(out, group[i]);
    if (most < n)
        wck_buf_printf(out, "    … and %zu more (wsusck check --all)\n", n - most);
    wck_buf_puts(out, waived ? "    waived: " : "    remedy: ");
    wck_emit_safe(out, waived ? f->waiver : f->remedy, 0);
    wck_buf_putc(out, '\n');
}

static void put_header(wck_buf *out, const wck_text_style *style, const block *b)
{
    const wck_report_server *s = b->server;
    char time[WCK_TIME_TEXT];
    wck_buf path;

    wck_buf_init(&path, 1U << 16);
    wck_emit_safe(&path, b->path, 0);
    wck_emit_paint(out, style, WCK_PAINT_BOLD, wck_buf_text(&path));
    wck_buf_clear(&path);
    if (s != NULL) {
        wck_buf_printf(out, "  %s", s->mode == WCK_MODE_UNKNOWN ? "mode not known" : wck_mode_name(s->mode));
        if (s->parent != NULL) {
            wck_buf_puts(out, s->mode == WCK_MODE_REPLICA ? " of " : ", upstream server ");
            wck_emit_safe(out, s->parent, 0);
        }
        if (s->last_good_sync == WCK_TIME_NONE) {
            wck_buf_puts(out, "  last good sync not known");
        } else {
            wck_buf_printf(out, "  last good sync %s", wck_time_format_short(time, s->last_good_sync));
            if (s->collected_at != WCK_TIME_NONE) {
                wck_buf_puts(out, ", ");
                wck_emit_age(out, s->collected_at - s->last_good_sync);
                wck_buf_puts(out, " before it was read");
            }
        }
        wck_buf_printf(out, "  updates %zu, approvals %zu, declined %zu", s->updates, s->approvals,
                       s->declined);
    }
    wck_buf_putc(out, '\n');
}

static void find_parents_down(const wck_report *r, block *blocks, size_t n)
{
    for (size_t i = 0; i < r->findings.n; i++) {
        const wck_finding *f = &r->findings.items[i];
        if (f->rule != 6007 || f->result != WCK_RESULT_FAIL)
            continue;
        for (size_t k = 0; k < n; k++)
            if (blocks[k].server != NULL && blocks[k].server->parent != NULL &&
                strcmp(blocks[k].server->parent, f->server) == 0)
                blocks[k].parent_down = f;
    }
}

static void put_heading(wck_buf *out, const wck_text_style *style, wck_phase phase, const wck_finding *parent)
{
    wck_buf_puts(out, "  ");
    wck_emit_paint(out, style, WCK_PAINT_BOLD, wck_emit_phase_heading(phase));
    if (parent != NULL) {
        wck_buf_puts(out, ": see ");
        wck_emit_safe(out, parent->server, 0);
        wck_buf_printf(out, " (WCK%04d)", parent->rule);
    }
    wck_buf_putc(out, '\n');
}

static void put_groups(wck_buf *out, const wck_text_style *style, const wck_finding **order, size_t n, bool headings,
                       const wck_finding *parent)
{
    if (headings && parent != NULL && wck_emit_phase(order[0]) != WCK_PHASE_WHY)
        put_heading(out, style, WCK_PHASE_WHY, parent);
    for (size_t i = 0; i < n;) {
        size_t k = i;
        if (headings && (i == 0 || wck_emit_phase(order[i]) != wck_emit_phase(order[i - 1])))
            put_heading(out, style, wck_emit_phase(order[i]), i == 0 && wck_emit_phase(order[0]) == WCK_PHASE_WHY
                                                                  ? parent : NULL);
        while (k < n && same_group(order[i], order[k]))
            k++;
        put_group(out, style, order + i, k - i);
        i = k;
    }
}

static wck_status put_block(wck_buf *out, const wck_report *r, const wck_text_style *style, const block *b,
                            const wck_finding **order, wck_error *err)
{
    bool headings = b->parent_down != NULL;
    size_t n = 0;

    for (size_t i = b->from; i < b->to; i++)
        if (r->findings.items[i].result != WCK_RESULT_UNKNOWN) {
            order[n++] = &r->findings.items[i];
            headings = headings || wck_emit_says_failing(order[n - 1]);
        }
    if (n == 0)
        return WCK_OK;
    qsort(order, n, sizeof(const wck_finding *), headings ? cmp_phase : cmp_finding);
    wck_buf_putc(out, '\n');
    put_header(out, style, b);
    put_groups(out, style, order, n, headings, b->parent_down);
    return wck_emit_done(out, "writing the report", err);
}

static void put_unknown(wck_buf *out, const wck_finding *f)
{
    wck_buf_puts(out, "  ");
    wck_emit_safe(out, f->server, 0);
    wck_buf_puts(out, "  ");
    if (f->object.kind != WCK_OBJECT_SERVER) {
        wck_emit_object(out, &f->object);
        wck_buf_puts(out, ": ");
    } else if (f->rule == 9001) {
        wck_buf_puts(out, "the whole server: ");
    }
    wck_emit_safe(out, f->actual, 200);
    wck_buf_printf(out, " (WCK%04d)\n", f->rule);
}

static void put_not_looked_at(wck_buf *out, const wck_report *r, const wck_text_style *style)
{
    enum { RULES = 4 }; /* 9001, 9002 and 9005 today */
    const wck_finding *kinds[RULES];
    size_t n = 0;
    bool first = true;

    for (size_t i = 0; i < r->findings.n; i++) {
        const wck_finding *f = &r->findings.items[i];
        if (f->result != WCK_RESULT_UNKNOWN)
            continue;
        if (first) {
            wck_buf_putc(out, '\n');
            wck_emit_paint(out, style, WCK_PAINT_YELLOW, "Not looked at");
            wck_buf_puts(out, " (unknown is not missing: nothing below is said about it)\n");
        }
        first = false;
        put_unknown(out, f);
        for (size_t k = 0; k <= n; k++) {
            if (k < n && kinds[k]->rule == f->rule)
                break;
            if (k == n && n < RULES) {
                kinds[n++] = f;
                break;
            }
        }
    }
    for (size_t k = 0; k < n; k++) {
        wck_buf_printf(out, "  remedy of WCK%04d: ", kinds[k]->rule);
        wck_emit_safe(out, kinds[k]->remedy, 0);
        wck_buf_putc(out, '\n');
    }
}

/* ---- the table ---- */

/* The rule with most findings at the worst severity of a server. */
static int worst_rule(const wck_report *r, const block *b)
{
    int worst = 0, rule = 0;
    size_t most = 0, n = 0;
    wck_severity severity = WCK_SEVERITY_NOTE;

    if (b == NULL)
        return 0;
    for (size_t i = b->from; i < b->to; i++)
        if (r->findings.items[i].result == WCK_RESULT_FAIL && r->findings.items[i].severity > severity)
            severity = r->findings.items[i].severity;
    for (size_t i = b->from; i < b->to; i++) {
        const wck_finding *f = &r->findings.items[i];
        if (f->result != WCK_RESULT_FAIL || f->severity != severity) {
            if (worst == 0 && f->result == WCK_RESULT_UNKNOWN && most == 0)
                worst = f->rule;
            continue;
        }
        n = f->rule == rule ? n + 1 : 1; /* one rule's findings are neighbours */
        rule = f->rule;
        if (n > most) {
            most = n;
            worst = rule;
        }
    }
    return worst;
}

static void put_row(wck_buf *out, const wck_report *r, const wck_report_server *s, const block *b,
                    size_t width)
{
    wck_buf age;
    int worst = worst_rule(r, b);

    wck_buf_init(&age, 64);
    if (s->last_good_sync == WCK_TIME_NONE || s->collected_at == WCK_TIME_NONE)
        wck_buf_puts(&age, "not known");
    else
        wck_emit_age(&age, s->collected_at - s->last_good_sync);
    wck_emit_padded(out, s->path, width);
    wck_buf_printf(out, "  %-10s  %-9s  %6zu  %8zu  %5zu  %7zu  ", wck_mode_name(s->mode), wck_buf_text(&age),
                   s->errors, s->warnings, s->notes, s->unknown);
    if (worst != 0)
        wck_buf_printf(out, "WCK%04d\n", worst);
    else
        wck_buf_puts(out, "-\n");
    wck_buf_clear(&age);
}

static void put_table(wck_buf *out, const wck_report *r, const wck_text_style *style, const block *blocks,
                      size_t n)
{
    size_t width = 6, at = 0;

    for (size_t i = 0; i < r->servers.n; i++) {
        size_t w = wck_emit_width(r->servers.items[i].path);
        width = w > width ? w : width;
    }
    width = width > NAME_WIDTH ? NAME_WIDTH : width;
    wck_buf_putc(out, '\n');
    wck_emit_padded(out, "server", width);
    wck_buf_puts(out, "  mode        last sync  errors  warnings  notes  unknown  worst\n");
    for (size_t i = 0; i < r->servers.n; i++) {
        const block *b = NULL;
        if (at < n && blocks[at].server == &r->servers.items[i])
            b = &blocks[at++];
        put_row(out, r, &r->servers.items[i], b, width);
    }
    (void)style;
}

static void put_summary(wck_buf *out, const wck_report *r, const wck_text_style *style)
{
    int code = wck_report_exit(r, wck_emit_fail_on(style));

    wck_buf_putc(out, '\n');
    wck_emit_paint(out, style,
                   code == 1   ? WCK_PAINT_RED
                   : code == 3 ? WCK_PAINT_YELLOW
                               : WCK_PAINT_BOLD,
                   wck_emit_verdict(r, wck_emit_fail_on(style)));
    wck_buf_puts(out, ": ");
    wck_emit_counts(out, r);
    wck_buf_putc(out, '\n');
}

wck_status wck_emit_report_text(wck_buf *out, const wck_report *r, const wck_text_style *style,
                                wck_error *err)
{
    static const wck_text_style plain = {0};
    block *blocks = calloc(r->findings.n + 1, sizeof *blocks), *worst = NULL;
    const wck_finding **order = calloc(r->findings.n + 1, sizeof *order);
    wck_status status = WCK_OK;
    char time[WCK_TIME_TEXT];
    size_t n = 0;

    if (style == NULL)
        style = &plain;
    if (blocks != NULL) {
        n = split(r, blocks);
        find_parents_down(r, blocks, n);
        worst = calloc(n + 1, sizeof *worst);
    }
    if (blocks == NULL || order == NULL || worst == NULL) {
        status = wck_fail_memory(err, "writing the report");
        goto cleanup;
    }
    memcpy(worst, blocks, n * sizeof *worst);
    qsort(worst, n, sizeof *worst, cmp_block);
    wck_emit_count(out, r->servers.n, "server", "servers");
    wck_buf_printf(out, ", checked %s\n", wck_time_format_short(time, r->checked_at));
    put_not_looked_at(out, r, style);
    for (size_t i = 0; i < n && status == WCK_OK; i++)
        status = put_block(out, r, style, &worst[i], order, err);
    put_table(out, r, style, blocks, n);
    put_summary(out, r, style);
    if (status == WCK_OK)
        status = wck_emit_done(out, "writing the report", err);
cleanup:
    free(blocks);
    free(worst);
    free(order);
    return status;
}
