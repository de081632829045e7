/* SPDX-License-Identifier: MIT
 * log.c: one callback. */
#include "base/log.h"

#include "base/quote.h"

#include <stdarg.h>
#include <stdio.h>

static wck_log_fn *log_fn;
static void *log_payload;

void wck_log_set(wck_log_fn *fn, void *payload)
{
    log_fn = fn;
    log_payload = payload;
}

void wck_log(wck_log_level level, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    if (log_fn == NULL)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    wck_utf8_trim(text);
    log_fn(level, text, log_payload);
}
