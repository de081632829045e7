/* SPDX-License-Identifier: MIT
 * error.c: fills the caller's wck_error; never allocates, never prints. */
#include "wck/error.h"

#include "base/quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 0))) static void format_into(char *out, size_t size, const char *fmt, va_list args)
{
    int n = vsnprintf(out, size, fmt, args);

    if (n < 0)
        out[0] = '\0';
    else if ((size_t)n >= size)
        wck_utf8_trim(out);
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
    wck_utf8_trim(joined);
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
