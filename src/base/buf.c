/* SPDX-License-Identifier: MIT
 * buf.c: bounded growing buffer. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wck_buf_init(wck_buf *buf, size_t max)
{
    memset(buf, 0, sizeof *buf);
    buf->max = max;
}

void wck_buf_clear(wck_buf *buf)
{
    free(buf->data);
    wck_buf_init(buf, buf->max);
}

void wck_buf_reset(wck_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

static bool reserve(wck_buf *buf, size_t extra)
{
    size_t need, size;
    char *grown;

    if (buf->failed || extra >= SIZE_MAX / 4 || extra > buf->max || buf->len > buf->max - extra)
        return !(buf->failed = true);
    need = buf->len + extra + 1;
    if (need <= buf->size)
        return true;
    size = buf->size < 128 ? 128 : buf->size;
    while (size < need)
        size += size / 2;
    if (size - 1 > buf->max)
        size = buf->max + 1;
    grown = realloc(buf->data, size);
    if (grown == NULL)
        return !(buf->failed = true);
    buf->data = grown;
    buf->size = size;
    return true;
}

bool wck_buf_put(wck_buf *buf, const void *data, size_t len)
{
    if (!reserve(buf, len))
        return false;
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return true;
}

bool wck_buf_puts(wck_buf *buf, const char *text)
{
    return wck_buf_put(buf, text, strlen(text));
}

bool wck_buf_putc(wck_buf *buf, char c)
{
    if (!reserve(buf, 1))
        return false;
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
    return true;
}

/* Most of what is printed fits what is there, so it is printed before it is measured. */
bool wck_buf_printf(wck_buf *buf, const char *fmt, ...)
{
    va_list args, again;
    bool ok = false;
    int n;

    if (!reserve(buf, 0))
        return false;
    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(buf->data + buf->len, buf->size - buf->len, fmt, args);
    if (n < 0)
        buf->failed = true;
    else if ((size_t)n < buf->size - buf->len && (size_t)n <= buf->max - buf->len)
        ok = true;
    else if (reserve(buf, (size_t)n))
        ok = vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, again) == n;
    va_end(again);
    va_end(args);
    if (ok)
        buf->len += (size_t)n;
    else if (buf->data != NULL)
        buf->data[buf->len] = '\0';
    return ok;
}

const char *wck_buf_text(const wck_buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}
