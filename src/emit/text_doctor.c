/* SPDX-License-Identifier: MIT
 * text_doctor.c: one table a server in the order of the looks; below each that is not well its usual cause
 * and what to do; last the numbers. */
#include "emit/text.h"

#include <string.h>

enum { RESULT_WIDTH = 8, STEP_WIDTH = 10, TARGET_WIDTH = 50 };

static void put_result(wck_buf *out, const wck_text_style *style, wck_look_result result)
{
    static const char *const words[] = {"ok      ", "note    ", "warning ",
                                        "FAIL    ", "unknown ", "-       "};
    const char *word = words[result - WCK_LOOK_OK];

    wck_buf_puts(out, "  ");
    if (result == WCK_LOOK_FAIL)
        wck_emit_paint(out, style, WCK_PAINT_RED, word);
    else if (result == WCK_LOOK_WARNING || result == WCK_LOOK_UNKNOWN)
        wck_emit_paint(out, style, WCK_PAINT_YELLOW, word);
    else if (result == WCK_LOOK_SKIPPED || result == WCK_LOOK_NOTE)
        wck_emit_paint(out, style, WCK_PAINT_DIM, word);
    else
        wck_buf_puts(out, word);
}

static void put_line(wck_buf *out, const char *word, const char *text)
{
    if (text == NULL)
        return;
    wck_buf_printf(out, "          %s ", word);
    wck_emit_safe(out, text, 0);
    wck_buf_putc(out, '\n');
}

static void put_look(wck_buf *out, const wck_text_style *style, const wck_look *look)
{
    put_result(out, style, look->result);
    wck_emit_padded(out, wck_look_step_name(look->step), STEP_WIDTH);
    wck_buf_putc(out, ' ');
    wck_emit_padded(out, look->target, TARGET_WIDTH);
    wck_buf_puts(out, "  ");
    wck_emit_safe(out, look->seen, 0);
    if (look->rule != 0)
        wck_buf_printf(out, "  [WCK%d]", look->rule);
    wck_buf_putc(out, '\n');
    put_line(out, "cause: ", look->cause);
    put_line(out, "remedy:", look->remedy);
}

static void put_totals(wck_buf *out, const wck_diagnosis *d)
{
    const char *between = "";

    wck_buf_puts(out, "\n");
    for (wck_look_result r = WCK_LOOK_OK; r <= WCK_LOOK_SKIPPED; r++) {
        wck_buf_printf(out, "%s%zu %s", between, wck_diagnosis_count(d, r), wck_look_result_name(r));
        between = ", ";
    }
    wck_buf_printf(out, "; %zu looks\n", d->looks.n);
}

wck_status wck_emit_diagnosis_text(wck_buf *out, const wck_diagnosis *d, const wck_text_style *style,
                                   wck_error *err)
{
    const char *server = NULL;

    for (size_t i = 0; i < d->looks.n; i++) {
        const wck_look *look = &d->looks.items[i];
        if (server == NULL || strcmp(server, look->server) != 0) {
            wck_buf name;
            wck_buf_init(&name, 1U << 16);
            wck_emit_safe(&name, look->server, 0);
            wck_buf_puts(out, i > 0 ? "\n" : "");
            wck_emit_paint(out, style, WCK_PAINT_BOLD, wck_buf_text(&name));
            wck_buf_putc(out, '\n');
            wck_buf_clear(&name);
        }
        server = look->server;
        put_look(out, style, look);
    }
    put_totals(out, d);
    return wck_emit_done(out, "writing the diagnosis", err);
}
