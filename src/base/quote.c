/* SPDX-License-Identifier: MIT
 * quote.c: one reviewed function per language that text may be written into. */
#include "base/quote.h"

#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

long wck_utf8_next(const char **text, const char *end)
{
    const unsigned char *p = (const unsigned char *)*text;
    size_t left = (size_t)(end - *text), need;
    long code;

    ++*text;
    if (p[0] < 0x80)
        return p[0];
    if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        need = 3;
        code = p[0] & 0x07;
    } else if (p[0] >= 0xE0 && p[0] < 0xF0) {
        need = 2;
        code = p[0] & 0x0F;
    } else if (p[0] >= 0xC2 && p[0] < 0xE0) {
        need = 1;
        code = p[0] & 0x1F;
    } else {
        return -1;
    }
    if (left <= need)
        return -1;
    for (size_t i = 1; i <= need; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return -1;
        code = code << 6 | (p[i] & 0x3F);
    }
    if ((need == 2 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF))) ||
        (need == 3 && (code < 0x10000 || code > 0x10FFFF)))
        return -1;
    *text += need;
    return code;
}

bool wck_utf8_valid(const char *text, size_t len)
{
    const char *end = text + len;

    while (text < end)
        if (wck_utf8_next(&text, end) < 0)
            return false;
    return true;
}

void wck_utf8_trim(char *text)
{
    size_t len = strlen(text), i = len;
    unsigned char lead;

    while (i > 0 && len - i < 4 && ((unsigned char)text[i - 1] & 0xC0U) == 0x80U)
        i--;
    if (i == 0)
        return;
    lead = (unsigned char)text[i - 1];
    if (len - (i - 1) < (lead >= 0xF0U ? 4U : lead >= 0xE0U ? 3U : lead >= 0xC0U ? 2U : 1U))
        text[i - 1] = '\0';
}

bool wck_utf8_put(wck_buf *out, unsigned long c)
{
    char b[4];
    size_t n;

    if (c < 0x80) {
        b[0] = (char)c;
        n = 1;
    } else if (c < 0x800) {
        b[0] = (char)(0xC0 | c >> 6);
        b[1] = (char)(0x80 | (c & 0x3F));
        n = 2;
    } else if (c < 0x10000) {
        b[0] = (char)(0xE0 | c >> 12);
        b[1] = (char)(0x80 | (c >> 6 & 0x3F));
        b[2] = (char)(0x80 | (c & 0x3F));
        n = 3;
    } else {
        b[0] = (char)(0xF0 | c >> 18);
        b[1] = (char)(0x80 | (c >> 12 & 0x3F));
        b[2] = (char)(0x80 | (c >> 6 & 0x3F));
        b[3] = (char)(0x80 | (c & 0x3F));
        n = 4;
    }
    return wck_buf_put(out, b, n);
}

bool wck_utf16_to_utf8(wck_buf *out, const unsigned char *data, size_t len, bool big_endian)
{
    size_t lo = big_endian ? 1 : 0, hi = big_endian ? 0 : 1;

    if (len % 2 != 0)
        return false;
    for (size_t i = 0; i < len; i += 2) {
        unsigned long c = (unsigned long)data[i + hi] << 8 | data[i + lo];
        if (c >= 0xDC00 && c <= 0xDFFF)
            return false;
        if (c >= 0xD800 && c <= 0xDBFF) {
            unsigned long d;
            if (i + 3 >= len)
                return false;
            d = (unsigned long)data[i + 2 + hi] << 8 | data[i + 2 + lo];
            if (d < 0xDC00 || d > 0xDFFF)
                return false;
            c = 0x10000 + ((c - 0xD800) << 10) + (d - 0xDC00);
            i += 2;
        }
        if (!wck_utf8_put(out, c))
            return false;
    }
    return true;
}

static bool put_markup(wck_buf *out, const char *text, bool html)
{
    const char *end = text + strlen(text);

    while (text < end) {
        const char *at = text;
        long c = wck_utf8_next(&text, end);
        switch (c) {
        case '&':
            wck_buf_puts(out, "&amp;");
            break;
        case '<':
            wck_buf_puts(out, "&lt;");
            break;
        case '>':
            wck_buf_puts(out, "&gt;");
            break;
        case '"':
            wck_buf_puts(out, "&quot;");
            break;
        case '\'':
            wck_buf_puts(out, "&#39;");
            break;
        case '`':
            wck_buf_puts(out, html ? "&#96;" : "`");
            break;
        case '\t':
        case '\n':
        case '\r':
            wck_buf_printf(out, "&#%ld;", c);
            break;
        default:
            if (c < 0x20 || c == 0xFFFE || c == 0xFFFF)
                wck_buf_puts(out, "\xEF\xBF\xBD");
            else
                wck_buf_put(out, at, (size_t)(text - at));
        }
    }
    return !out->failed;
}

bool wck_quote_xml(wck_buf *out, const char *text)
{
    return put_markup(out, text, false);
}

bool wck_quote_html(wck_buf *out, const char *text)
{
    return put_markup(out, text, true);
}

/* What begins a list or a heading at the start of the text; "1." begins a list too. */
static bool begins_block(const char *start, const char *at)
{
    if (at == start)
        return strchr("-+=", *at) != NULL;
    return (*at == '.' || *at == ')') && strspn(start, "0123456789") == (size_t)(at - start);
}

bool wck_quote_markdown(wck_buf *out, const char *text)
{
    const char *start = text, *end = text + strlen(text);

    while (text < end) {
        const char *at = text;
        long c = wck_utf8_next(&text, end);
        if (c == '&' || c == '<' || c == '>')
            wck_buf_puts(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;");
        else if (c == '@' || (c == ':' && text[0] == '/')) /* addresses stay text */
            wck_buf_printf(out, "&#%ld;", c);
        else if (c < 0x20 || c == 0x7F)
            wck_buf_puts(out, "\xEF\xBF\xBD");
        else if (c < 0x7F && (strchr("\\`*_[]|~#$", (int)c) != NULL || begins_block(start, at)))
            wck_buf_printf(out, "\\%c", (char)c);
        else
            wck_buf_put(out, at, (size_t)(text - at));
    }
    return !out->failed;
}

bool wck_quote_csv(wck_buf *out, const char *text)
{
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;

    if (!formula && strpbrk(text, ",\"\r\n;") == NULL)
        return wck_buf_puts(out, text);
    wck_buf_putc(out, '"');
    if (formula)
        wck_buf_putc(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            wck_buf_putc(out, '"');
        wck_buf_putc(out, *text);
    }
    return wck_buf_putc(out, '"');
}

/* Characters that could move the cursor, reorder text or hide: C0, DEL, C1, bidi, zero width, line separators,
 * private use, tags and non-characters. */
static bool visible(long c)
{
    return !(c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
             (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0xAD ||
             (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xFFF0 && c <= 0xFFFF) || c >= 0xE0000);
}

bool wck_quote_terminal(wck_buf *out, const char *text, size_t width)
{
    const char *end = text + strlen(text);

    for (size_t n = 0; text < end; n++) {
        const char *at = text;
        long c = wck_utf8_next(&text, end);
        if (width != 0 && n + 1 >= width && text < end) {
            wck_buf_puts(out, "\xE2\x80\xA6");
            break;
        }
        if (c < 0)
            wck_buf_printf(out, "\\x%02x", (unsigned)(unsigned char)*at);
        else if (visible(c))
            wck_buf_put(out, at, (size_t)(text - at));
        else
            wck_buf_printf(out, "\\u{%lx}", (unsigned long)c);
    }
    return !out->failed;
}

char *wck_quote_short(char *out, size_t size, const char *text, size_t width)
{
    wck_buf buf;
    size_t len;

    wck_buf_init(&buf, 16384); /* text is cut to `width` characters, each at most 10 bytes */
    wck_quote_terminal(&buf, text, width);
    len = buf.len < size ? buf.len : size - 1;
    if (len > 0)
        memcpy(out, buf.data, len);
    out[len] = '\0';
    wck_utf8_trim(out);
    wck_buf_clear(&buf);
    return out;
}

static bool put_utf16(wck_buf *out, unsigned long c)
{
    char b[2] = {(char)(c & 0xFF), (char)(c >> 8 & 0xFF)};

    return wck_buf_put(out, b, 2);
}

bool wck_quote_powershell(wck_buf *out, const char *text)
{
    const char *end = text + strlen(text);
    wck_buf wide;
    char *base64;

    wck_buf_init(&wide, out->max);
    while (text < end) {
        long c = wck_utf8_next(&text, end);
        if (c < 0)
            c = 0xFFFD;
        if (c >= 0x10000) {
            put_utf16(&wide, 0xD800UL + (((unsigned long)c - 0x10000UL) >> 10));
            c = 0xDC00 + ((c - 0x10000) & 0x3FF);
        }
        put_utf16(&wide, (unsigned long)c);
    }
    base64 = malloc(4 * ((wide.len + 2) / 3) + 1);
    if (base64 == NULL || wide.failed) {
        out->failed = true;
    } else {
        base64[wck_base64_encode(base64, wck_buf_text(&wide), wide.len)] = '\0';
        wck_buf_puts(out, "[Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('");
        wck_buf_puts(out, base64);
        wck_buf_puts(out, "'))");
    }
    free(base64);
    wck_buf_clear(&wide);
    return !out->failed;
}

bool wck_quote_shell(wck_buf *out, const char *text)
{
    wck_buf_putc(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            wck_buf_puts(out, "'\\''");
        else
            wck_buf_putc(out, *text);
    }
    return wck_buf_putc(out, '\'');
}

bool wck_quote_json(wck_buf *out, const char *text)
{
    wck_buf_putc(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            wck_buf_printf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            wck_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            wck_buf_putc(out, *text);
    }
    return wck_buf_putc(out, '"');
}
