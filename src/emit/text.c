/* SPDX-License-Identifier: MIT
 * text.c: small parts of the texts for people. */
#include "emit/text.h"

#include "base/quote.h"

#include <inttypes.h>
#include <string.h>

void wck_emit_paint(wck_buf *out, const wck_text_style *style, wck_paint paint, const char *text)
{
    static const char *const codes[] = {[WCK_PAINT_BOLD] = "1",
                                        [WCK_PAINT_RED] = "31",
                                        [WCK_PAINT_YELLOW] = "33",
                                        [WCK_PAINT_CYAN] = "36",
                                        [WCK_PAINT_DIM] = "2"};

    if (!style->color) {
        wck_buf_puts(out, text);
        return;
    }
    wck_buf_printf(out, "\033[%sm", codes[paint]);
    wck_buf_puts(out, text);
    wck_buf_puts(out, "\033[0m");
}

wck_paint wck_emit_severity_paint(wck_severity severity)
{
    return severity == WCK_SEVERITY_ERROR     ? WCK_PAINT_RED
           : severity == WCK_SEVERITY_WARNING ? WCK_PAINT_YELLOW
                                              : WCK_PAINT_CYAN;
}

void wck_emit_safe(wck_buf *out, const char *text, size_t width)
{
    if (text == NULL)
        wck_buf_putc(out, '-');
    else
        wck_quote_terminal(out, text, width);
}

static size_t characters(const char *text, size_t len)
{
    const char *end = text + len;
    size_t n = 0;

    while (text < end) {
        wck_utf8_next(&text, end);
        n++;
    }
    return n;
}

size_t wck_emit_width(const char *text)
{
    wck_buf buf;
    size_t n;

    wck_buf_init(&buf, 1U << 20);
    wck_emit_safe(&buf, text, 0);
    n = characters(wck_buf_text(&buf), buf.len);
    wck_buf_clear(&buf);
    return n;
}

void wck_emit_padded(wck_buf *out, const char *text, size_t width)
{
    size_t before = out->len, n;

    wck_emit_safe(out, text, width);
    if (out->failed)
        return;
    n = characters(out->data + before, out->len - before);
    for (; n < width; n++)
        wck_buf_putc(out, ' ');
}

static void put_update(wck_buf *out, const wck_object *o, bool whole)
{
    char id[WCK_GUID_TEXT];

    if (o->title != NULL) {
        wck_emit_safe(out, o->title, whole ? 0 : 60);
        wck_buf_puts(out, " ");
    }
    wck_buf_printf(out, "[%s", wck_guid_format(id, o->update));
    if (o->revision != WCK_INT_NONE)
        wck_buf_printf(out, "/%" PRId64, o->revision);
    wck_buf_putc(out, ']');
}

static void put_quoted(wck_buf *out, const char *name, bool whole)
{
    wck_buf_putc(out, '"');
    wck_emit_safe(out, name, whole ? 0 : 40);
    wck_buf_putc(out, '"');
}

static void put_named(wck_buf *out, const char *name, wck_guid id, bool whole)
{
    char text[WCK_GUID_TEXT];

    if (name != NULL) {
        put_quoted(out, name, whole);
        wck_buf_putc(out, ' ');
    }
    wck_buf_printf(out, "[%s]", wck_guid_format(text, id));
}

static void put_object(wck_buf *out, const wck_object *o, bool whole)
{
    char id[WCK_GUID_TEXT];

    switch (o->kind) {
    case WCK_OBJECT_UPDATE:
        put_update(out, o, whole);
        break;
    case WCK_OBJECT_APPROVAL:
        put_update(out, o, whole);
        wck_buf_puts(out, " for ");
        if (o->name == NULL)
            put_named(out, NULL, o->group, whole);
        else
            put_quoted(out, o->name, whole);
        break;
    case WCK_OBJECT_GROUP:
        put_named(out, o->name, o->group, whole);
        break;
    case WCK_OBJECT_CATEGORY:
        put_named(out, o->title, o->category, whole);
        break;
    case WCK_OBJECT_EULA:
        if (o->title != NULL)
            wck_emit_safe(out, o->title, whole ? 0 : 60);
        wck_buf_printf(out, "%slicense agreement %s", o->title != NULL ? ", " : "",
                       wck_guid_format(id, o->eula));
        break;
    case WCK_OBJECT_LANGUAGE:
        wck_emit_safe(out, o->language, whole ? 0 : 20);
        if (o->name != NULL) {
            wck_buf_puts(out, " (");
            wck_emit_safe(out, o->name, whole ? 0 : 40);
            wck_buf_putc(out, ')');
        }
        break;
    case WCK_OBJECT_FILE:
        wck_emit_safe(out, o->file, whole ? 0 : 64);
        break;
    case WCK_OBJECT_SECTION:
        wck_emit_safe(out, o->name, whole ? 0 : 40);
        break;
    case WCK_OBJECT_SERVER:
        break;
    }
}

void wck_emit_object(wck_buf *out, const wck_object *o)
{
    put_object(out, o, false);
}

void wck_emit_whole_object(wck_buf *out, const wck_object *o)
{
    put_object(out, o, true);
}

void wck_emit_age(wck_buf *out, int64_t ticks)
{
    int64_t minutes = ticks / WCK_TICKS_PER_SECOND / 60;

    if (minutes < 0)
        minutes = 0;
    if (minutes < 120)
        wck_buf_printf(out, "%" PRId64 " min", minutes);
    else if (minutes < 72 * 60)
        wck_buf_printf(out, "%" PRId64 " h", minutes / 60);
    else
        wck_buf_printf(out, "%" PRId64 " days", minutes / 60 / 24);
}

void wck_emit_count(wck_buf *out, size_t n, const char *one, const char *many)
{
    wck_buf_printf(out, "%zu %s", n, n == 1 ? one : many);
}

wck_status wck_emit_done(const wck_buf *out, const char *what, wck_error *err)
{
    return out->failed ? wck_fail_memory(err, what) : WCK_OK;
}
