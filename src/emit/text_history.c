/* SPDX-License-Identifier: MIT
 * text_history.c: findings over time: a line for each look, what changed with the last one, and since when what is open
 * has been open. */
#include "emit/text.h"

#include <stdlib.h>

enum { MOST = 20 }; /* as many lines as fit beside the table; --all shows the rest */

static void put_item(wck_buf *out, const wck_text_style *style, const wck_history_item *item)
{
    bool waived = item->result == WCK_RESULT_WAIVED;

    wck_emit_paint(out, style, waived ? WCK_PAINT_DIM : wck_emit_severity_paint(item->severity),
                   waived ? "waived" : wck_severity_name(item->severity));
    wck_buf_printf(out, " WCK%04d ", item->rule);
    wck_emit_safe(out, item->server, 0);
    wck_buf_puts(out, "  ");
    wck_emit_safe(out, item->message, 0);
    if (item->object.kind != WCK_OBJECT_SERVER) {
        wck_buf_puts(out, ": ");
        wck_emit_object(out, &item->object);
    }
    wck_buf_putc(out, '\n');
}

static void put_changes(wck_buf *out, const wck_text_style *style, char mark, const wck_history_item *items, size_t n)
{
    size_t most = style->all || n <= MOST ? n : MOST;

    for (size_t i = 0; i < most; i++) {
        wck_buf_printf(out, "  %c ", mark);
        put_item(out, style, &items[i]);
    }
    if (most < n)
        wck_buf_printf(out, "  %c … and %zu more (wsusck history --all)\n", mark, n - most);
}

static void put_table(wck_buf *out, const wck_history *h)
{
    char at[WCK_TIME_TEXT];

    wck_buf_printf(out, "%-20s  %7s  %6s  %8s  %6s  %7s  %8s  %6s\n", "looked at", "servers", "errors", "warnings", "notes",
                   "unknown", "appeared", "went");
    for (size_t i = 0; i < h->rounds.n; i++) {
        const wck_history_round *r = &h->rounds.items[i];
        wck_buf_printf(out, "%-20s  %7zu  %6zu  %8zu  %6zu  %7zu", wck_time_format_short(at, r->at), r->servers, r->errors,
                       r->warnings, r->notes, r->unknown);
        if (r->compared)
            wck_buf_printf(out, "  %8zu  %6zu\n", r->n_appeared, r->n_went);
        else
            wck_buf_printf(out, "  %8s  %6s\n", "-", "-");
    }
}

/* Worst first, then the longest. */
static int cmp_open(const void *pa, const void *pb)
{
    const wck_history_item *a = *(const wck_history_item *const *)pa, *b = *(const wck_history_item *const *)pb;

    if ((a->result == WCK_RESULT_FAIL) != (b->result == WCK_RESULT_FAIL))
        return a->result == WCK_RESULT_FAIL ? -1 : 1;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->since != b->since)
        return a->since < b->since ? -1 : 1;
    return (a > b) - (a < b);
}

static wck_status put_open(wck_buf *out, const wck_history *h, const wck_text_style *style, wck_error *err)
{
    const wck_history_item **order = calloc(h->open.n + 1, sizeof *order);
    size_t most = style->all || h->open.n <= MOST ? h->open.n : MOST;
    char at[WCK_TIME_TEXT];

    if (order == NULL)
        return wck_fail_memory(err, "writing the history");
    for (size_t i = 0; i < h->open.n; i++)
        order[i] = &h->open.items[i];
    qsort(order, h->open.n, sizeof *order, cmp_open);
    wck_buf_puts(out, h->open.n > 0 ? "\nopen now, and since when\n" : "\nnothing is open now\n");
    for (size_t i = 0; i < most; i++) {
        bool always = order[i]->since == h->rounds.items[0].at;
        wck_buf_printf(out, "  %s %s  ", always ? "at least" : "        ", wck_time_format_short(at, order[i]->since));
        put_item(out, style, order[i]);
    }
    if (most < h->open.n)
        wck_buf_printf(out, "  … and %zu more (wsusck history --all)\n", h->open.n - most);
    free(order);
    return WCK_OK;
}

wck_status wck_emit_history_text(wck_buf *out, const wck_history *h, const wck_text_style *style, wck_error *err)
{
    const wck_text_style plain = {0};
    const wck_history_round *last = h->rounds.n > 0 ? &h->rounds.items[h->rounds.n - 1] : NULL;
    char at[WCK_TIME_TEXT];

    if (style == NULL)
        style = &plain;
    if (last == NULL)
        return wck_fail(err, WCK_E_ARG, "could not write the history: it is empty");
    put_table(out, h);
    if (last->compared) {
        wck_buf_printf(out, "\nsince %s\n", wck_time_format_short(at, last[-1].at));
        put_changes(out, style, '+', last->appeared, last->n_appeared);
        put_changes(out, style, '-', last->went, last->n_went);
        if (last->n_appeared + last->n_went == 0)
            wck_buf_puts(out, "  nothing changed\n");
    }
    if (put_open(out, h, style, err) != WCK_OK)
        return err->status;
    return wck_emit_done(out, "writing the history", err);
}
