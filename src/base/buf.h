/* SPDX-License-Identifier: MIT
 * buf.h: growing text with a maximum given at init (curl's rule). Always NUL terminated when data != NULL. */
#ifndef WCK_BASE_BUF_H
#define WCK_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

/* A failed append sets `failed` and makes every later append a no-op, so callers check once at the end. */
typedef struct wck_buf {
    char *data;
    size_t len, size, max;
    bool failed;
} wck_buf;

void wck_buf_init(wck_buf *buf, size_t max);
void wck_buf_clear(wck_buf *buf); /* frees */
void wck_buf_reset(wck_buf *buf); /* len = 0, keeps memory */
bool wck_buf_put(wck_buf *buf, const void *data, size_t len);
bool wck_buf_puts(wck_buf *buf, const char *text);
bool wck_buf_putc(wck_buf *buf, char c);
bool wck_buf_printf(wck_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* data, or "" when nothing was ever put */
const char *wck_buf_text(const wck_buf *buf);

#endif
