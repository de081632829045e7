/* SPDX-License-Identifier: MIT
 * error.c: fills the caller's wck_error; never allocates, never prints. */
#include "wck/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cut a truncated UTF-8 tail so that a message never ends inside a character. */
static void trim_utf8(char *text)
{
    size_t len = strlen(text), i = len;

    while (i > 0 && len - i < 4 && ((unsigned char)text[i - 1] & 0xC0U) == 0x80U)
        i--;
    if (i == 0)
        return;
    unsigned char lead = (unsigned char)text[i - 1];
    size_t need = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : lead >= 0xC0U ? 2 : 1;
    if (len - (i - 1) < need)
        text[i - 1] = '\0';
}

static void format_into(char *out, size_t size, const char *fmt, va_list args)
{
    int n = vsnprintf(out, size, fmt, args);

    if (n < 0)
        out[0] = '\0';
    else if ((size_t)n >= size)
        trim_utf8(out);
}

wck_status wck_fail(wck_error *err, wck_status status, const char *fmt, ...)
{
    if (err != NULL) {
        va_list args;
        wck_error fresh = {.status = status}; /* built aside: arguments may point into *err */

        va_start(args, fmt);
        format_into(fresh.text, sizeof fresh.text, fmt, args);
        va_end(args);
        *err = fresh;
    }
    return status;
}

wck_status wck_fail_detail(wck_error *err, const char *fmt, ...)
{
    va_list args;

    if (err == NULL)
        return WCK_E_ARG;
    va_start(args, fmt);
    format_into(err->detail, sizeof err->detail, fmt, args);
    va_end(args);
    return err->status;
}

wck_status wck_fail_hint(wck_error *err, const char *fmt, ...)
{
    va_list args;

    if (err == NULL)
        return WCK_E_ARG;
    va_start(args, fmt);
    format_into(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
    return err->status;
}

wck_status wck_fail_prefix(wck_error *err, const char *fmt, ...)
{
    va_list args;
    char joined[sizeof err->text + 4];
    size_t used;

    if (err == NULL)
        return WCK_E_ARG;
    va_start(args, fmt);
    format_into(joined, sizeof err->text, fmt, args);
    va_end(args);
    used = strlen(joined);
    snprintf(joined + used, sizeof joined - used, ": %s", err->text);
    joined[sizeof err->text - 1] = '\0';
    trim_utf8(joined);
    memcpy(err->text, joined, strlen(joined) + 1);
    return err->status;
}

wck_status wck_fail_memory(wck_error *err, const char *doing)
{
    return wck_fail(err, WCK_E_MEMORY, "out of memory while %s", doing);
}

void wck_error_clear(wck_error *err)
{
    if (err != NULL)
        memset(err, 0, sizeof *err);
}
