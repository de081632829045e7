/* SPDX-License-Identifier: MIT
 * xml_filter.c: one pass over the bytes; encodings that keep ASCII are all the same to it. */
#include "collect/xml_filter.h"

#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "&#xFFFD;"

static bool is_control(unsigned char c)
{
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

/* What XML 1.0 calls a Char (2.2). */
static bool is_char(unsigned long code)
{
    return code >= 0x20 ? code < 0xd800 || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code < 0x110000)
                        : code == '\t' || code == '\n' || code == '\r';
}

/* "&#65" or "&#x41", what stands before the semicolon; anything else is the parser's business. */
static bool is_bad_reference(const char *text)
{
    bool hex = text[1] == '#' && text[2] == 'x';
    const char *digits = text + (hex ? 3 : 2);
    char *end = NULL;
    unsigned long code;

    if (text[1] != '#' || *digits == '\0')
        return false;
    code = strtoul(digits, &end, hex ? 16 : 10);
    return *end == '\0' && *digits != '-' && *digits != '+' && !is_char(code);
}

static bool flush(wck_xml_filter *f, wck_buf *out)
{
    size_t n = f->n;

    f->n = 0;
    return wck_buf_put(out, f->reference, n);
}

/* A byte behind "&". */
static bool go_on(wck_xml_filter *f, wck_buf *out, char c)
{
    f->reference[f->n] = '\0';
    if (c == ';') {
        if (is_bad_reference(f->reference)) {
            f->n = 0;
            return wck_buf_puts(out, REPLACEMENT);
        }
        return flush(f, out) && wck_buf_putc(out, c);
    }
    f->reference[f->n++] = c;
    if (f->n < sizeof f->reference - 1 && strchr("#xX0123456789abcdefABCDEF", c) != NULL)
        return true;
    return flush(f, out);
}

static bool put_byte(wck_xml_filter *f, wck_buf *out, char c)
{
    if (f->n > 0 && c != '&' && !is_control((unsigned char)c))
        return go_on(f, out, c);
    if (f->n > 0 && !flush(f, out))
        return false;
    if (c == '&') {
        f->reference[f->n++] = c;
        return true;
    }
    return is_control((unsigned char)c) ? wck_buf_puts(out, REPLACEMENT) : wck_buf_putc(out, c);
}

static size_t plain_run(const char *at, size_t len)
{
    size_t n = 0;

    while (n < len && at[n] != '&' && !is_control((unsigned char)at[n]))
        n++;
    return n;
}

bool wck_xml_filter_put(wck_xml_filter *f, wck_buf *out, const void *data, size_t len)
{
    const char *at = data, *end = at + len;

    for (; f->seen < 2 && at < end; f->seen++, at++) { /* FE FF, FF FE, or a zero beside "<" */
        f->off = f->off || *at == '\0' || (unsigned char)*at >= 0xfe;
        if (!(f->off ? wck_buf_putc(out, *at) : put_byte(f, out, *at)))
            return false;
    }
    if (f->off)
        return wck_buf_put(out, at, (size_t)(end - at));
    while (at < end) {
        size_t n = f->n == 0 ? plain_run(at, (size_t)(end - at)) : 0;
        if (n > 0 && !wck_buf_put(out, at, n))
            return false;
        at += n;
        if (at < end && !put_byte(f, out, *at++))
            return false;
    }
    return true;
}

bool wck_xml_filter_end(wck_xml_filter *f, wck_buf *out)
{
    return flush(f, out);
}
