/* SPDX-License-Identifier: MIT
 * canon_io.h: the primitives of the binary form, shared by canon.c and canon_head.c only. */
#ifndef WCK_MODEL_CANON_IO_H
#define WCK_MODEL_CANON_IO_H

#include "model/canon.h"

typedef struct wck_cursor {
    const unsigned char *p, *end;
    wck_arena *arena;
    bool bad; /* once set, stays */
} wck_cursor;

void wck_put_u(wck_buf *b, uint64_t v);
void wck_put_opt(wck_buf *b, int64_t v);
void wck_put_text(wck_buf *b, const char *text);
void wck_put_guid(wck_buf *b, wck_guid g);
void wck_put_guids(wck_buf *b, const wck_guids *set);

uint64_t wck_get_u(wck_cursor *c);
int64_t wck_get_opt(wck_cursor *c);
size_t wck_get_count(wck_cursor *c, size_t least);
const unsigned char *wck_get_bytes(wck_cursor *c, size_t n);
const char *wck_get_text(wck_cursor *c);
wck_guid wck_get_guid(wck_cursor *c);
void *wck_get_array(wck_cursor *c, size_t n, size_t size);
void wck_get_guids(wck_cursor *c, wck_guids *out);
wck_status wck_canon_end(const wck_cursor *shared, const wck_cursor *local, wck_error *err);

#endif
