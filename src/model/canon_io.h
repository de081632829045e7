/* SPDX-License-Identifier: MIT
 * canon_io.h: the primitives of the binary form, shared by the canon_*.c files and manifest.c only.
 *
 * Writing appends to a wck_buf and never fails on the way: the buffer remembers. Reading trusts nothing: every count
 * is held against the bytes that are left, and after the first bad byte a cursor is at its end, so loops end soon.
 * Text stands with its NUL and is not copied one by one: a cursor owns a copy of the whole chunk in the arena. */
#ifndef WCK_MODEL_CANON_IO_H
#define WCK_MODEL_CANON_IO_H

#include "model/canon.h"

#include <string.h>

/* ---- writing ---- */

static inline void wck_put_bytes(wck_buf *b, const void *data, size_t len)
{
    if (b->failed || b->size - b->len <= len || b->data == NULL) {
        wck_buf_put(b, data, len);
        return;
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

static inline void wck_put_byte(wck_buf *b, unsigned v)
{
    unsigned char byte = (unsigned char)v;

    wck_put_bytes(b, &byte, 1);
}

static inline void wck_put_u(wck_buf *b, uint64_t v)
{
    unsigned char out[10];
    size_t n = 0;

    while (v >= 0x80) {
        out[n++] = (unsigned char)(v | 0x80);
        v >>= 7;
    }
    out[n++] = (unsigned char)v;
    wck_put_bytes(b, out, n);
}

/* 0 = none, else zig-zag + 1. INT64_MIN is WCK_INT_NONE and WCK_TIME_NONE alike. */
static inline void wck_put_opt(wck_buf *b, int64_t v)
{
    wck_put_u(b, v == INT64_MIN ? 0 : (((uint64_t)v << 1) ^ (uint64_t)(v >> 63)) + 1);
}

/* 0 = NULL, else length + 1, bytes, NUL. */
static inline void wck_put_text(wck_buf *b, const char *text)
{
    size_t len = text != NULL ? strlen(text) + 1 : 0;

    wck_put_u(b, len);
    if (len > 0)
        wck_put_bytes(b, text, len);
}

static inline void wck_put_guid(wck_buf *b, wck_guid g)
{
    unsigned char out[16];

    for (unsigned i = 0; i < 8; i++) {
        out[i] = (unsigned char)(g.hi >> (56 - 8 * i));
        out[i + 8] = (unsigned char)(g.lo >> (56 - 8 * i));
    }
    wck_put_bytes(b, out, 16);
}

/* One byte when it is null, which most are. */
static inline void wck_put_opt_guid(wck_buf *b, wck_guid g)
{
    wck_put_byte(b, !wck_guid_is_zero(g));
    if (!wck_guid_is_zero(g))
        wck_put_guid(b, g);
}

static inline void wck_put_guids(wck_buf *b, const wck_guids *set)
{
    wck_put_u(b, set->n);
    for (size_t i = 0; i < set->n; i++)
        wck_put_guid(b, set->items[i]);
}

/* ---- reading ---- */

typedef struct wck_cursor {
    const unsigned char *p, *end;
    wck_arena *arena;
    bool bad, no_memory; /* once set, stay */
} wck_cursor;

static inline void wck_cursor_bad(wck_cursor *c)
{
    c->bad = true;
    c->p = c->end;
}

/* Over a copy of the bytes in `arena`, which texts point into. */
wck_cursor wck_cursor_of(wck_arena *arena, const void *data, size_t len);
uint64_t wck_get_long_u(wck_cursor *c); /* the rest of wck_get_u */
void *wck_get_array(wck_cursor *c, size_t n, size_t size); /* NULL when n == 0 or on failure */
void wck_get_guids(wck_cursor *c, wck_guids *out);
void wck_get_strings(wck_cursor *c, wck_strings *out);
/* One row set, read from where the cursors stand (canon.c). NULL and 0 when there are none or on failure. */
const wck_update *wck_canon_updates(wck_cursor *shared, wck_cursor *local, size_t *n);
const wck_declined *wck_canon_declined(wck_cursor *shared, wck_cursor *local, size_t *n);
const wck_approval *wck_canon_approvals(wck_cursor *shared, wck_cursor *local, size_t *n);
/* Single rows, for canon_changed.c. `any`: the local stream has fields for every row. */
void wck_canon_update(wck_cursor *shared, wck_update *out);
void wck_canon_update_local(wck_cursor *local, wck_update *out, bool any);
void wck_canon_declined_local(wck_cursor *local, wck_declined *out, bool any);
void wck_canon_approval(wck_cursor *shared, wck_cursor *local, wck_approval *out, bool any);
void wck_canon_reorder(wck_approval *rows, size_t n);
/* Both read to the last byte and nothing bad: WCK_OK. */
wck_status wck_cursor_end(const wck_cursor *shared, const wck_cursor *local, wck_error *err);

static inline size_t wck_cursor_left(const wck_cursor *c)
{
    return (size_t)(c->end - c->p);
}

static inline unsigned wck_get_byte(wck_cursor *c)
{
    if (c->p < c->end)
        return *c->p++;
    c->bad = true;
    return 0;
}

static inline uint64_t wck_get_u(wck_cursor *c)
{
    return c->p < c->end && *c->p < 0x80 ? *c->p++ : wck_get_long_u(c);
}

static inline int64_t wck_get_opt(wck_cursor *c)
{
    uint64_t v = wck_get_u(c);

    if (v == 0)
        return INT64_MIN;
    v--;
    return (int64_t)(v >> 1 ^ (~(v & 1) + 1));
}

/* A count of things of at least `least` bytes each. */
static inline size_t wck_get_count(wck_cursor *c, size_t least)
{
    uint64_t n = wck_get_u(c);

    if (n > wck_cursor_left(c) / least) {
        wck_cursor_bad(c);
        return 0;
    }
    return (size_t)n;
}

/* NULL when there are not so many. */
static inline const unsigned char *wck_get_bytes(wck_cursor *c, size_t n)
{
    const unsigned char *at = c->p;

    if (wck_cursor_left(c) < n) {
        wck_cursor_bad(c);
        return NULL;
    }
    c->p += n;
    return at;
}

/* The four bytes before an update row; what is left covers it. */
static inline size_t wck_get_row_length(wck_cursor *c)
{
    const unsigned char *b = wck_get_bytes(c, 4);
    size_t len = b != NULL ? (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24 : 0;

    if (len >= 16 && len <= wck_cursor_left(c))
        return len;
    wck_cursor_bad(c);
    return 0;
}

static inline const char *wck_get_text(wck_cursor *c)
{
    uint64_t n = wck_get_u(c);
    const char *at = (const char *)c->p;

    if (n == 0)
        return NULL;
    if (n > wck_cursor_left(c) || at[n - 1] != '\0') {
        wck_cursor_bad(c);
        return NULL;
    }
    c->p += n;
    return at;
}

static inline uint64_t wck_be64(const unsigned char *b)
{
    return (uint64_t)b[0] << 56 | (uint64_t)b[1] << 48 | (uint64_t)b[2] << 40 | (uint64_t)b[3] << 32 |
           (uint64_t)b[4] << 24 | (uint64_t)b[5] << 16 | (uint64_t)b[6] << 8 | b[7];
}

static inline wck_guid wck_get_guid(wck_cursor *c)
{
    const unsigned char *b = wck_get_bytes(c, 16);

    return b != NULL ? (wck_guid){wck_be64(b), wck_be64(b + 8)} : (wck_guid){0, 0};
}

/* An enum value that must be at most `most`. */
static inline unsigned wck_get_enum(wck_cursor *c, unsigned most)
{
    unsigned v = wck_get_byte(c);

    if (v <= most)
        return v;
    wck_cursor_bad(c);
    return 0;
}

static inline wck_guid wck_get_opt_guid(wck_cursor *c)
{
    return wck_get_enum(c, 1) != 0 ? wck_get_guid(c) : (wck_guid){0, 0};
}

#endif
