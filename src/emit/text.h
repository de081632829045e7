/* SPDX-License-Identifier: MIT
 * text.h: what the texts for people share. Everything that came from a server is written through
 * wck_emit_safe. */
#ifndef WCK_EMIT_TEXT_H
#define WCK_EMIT_TEXT_H

#include "emit/emit.h"

typedef enum wck_paint {
    WCK_PAINT_BOLD,
    WCK_PAINT_RED,
    WCK_PAINT_YELLOW,
    WCK_PAINT_CYAN,
    WCK_PAINT_DIM
} wck_paint;

/* Colour on and off around `text`, which must be our own. */
void wck_emit_paint(wck_buf *out, const wck_text_style *style, wck_paint paint, const char *text);
wck_paint wck_emit_severity_paint(wck_severity severity);
/* Cleaned for terminals, at most `width` characters; NULL gives "-". */
void wck_emit_safe(wck_buf *out, const char *text, size_t width);
/* The same, then blanks up to `width` characters. */
void wck_emit_padded(wck_buf *out, const char *text, size_t width);
size_t wck_emit_width(const char *text); /* characters after cleaning */
/* One line's worth: what the finding or action is about; nothing for the server itself. */
void wck_emit_object(wck_buf *out, const wck_object *object);
/* The same with long names whole, where lines have no width. */
void wck_emit_whole_object(wck_buf *out, const wck_object *object);
/* "  + a1 approve … (risk …)\n" */
void wck_emit_plan_action(wck_buf *out, const wck_plan_action *a);
/* " upstream.example:8531 with SSL", " BITS, manual": what a setting shall be; nothing for most kinds. */
void wck_emit_target(wck_buf *out, const wck_plan_action *a);
/* "5 h", "3 days", "12 min". */
void wck_emit_age(wck_buf *out, int64_t ticks);
/* "1 error", "2 errors". */
void wck_emit_count(wck_buf *out, size_t n, const char *one, const char *many);
wck_status wck_emit_done(const wck_buf *out, const char *what, wck_error *err);

#endif
