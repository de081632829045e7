/* SPDX-License-Identifier: MIT
 * arena.h: bump allocator; one arena per value that lives and dies together. */
#ifndef WCK_BASE_ARENA_H
#define WCK_BASE_ARENA_H

#include <stddef.h>

typedef struct wck_arena wck_arena;

/* NULL when memory is short. */
wck_arena *wck_arena_new(void);
void wck_arena_free(wck_arena *arena); /* NULL is fine */
/* Forget everything allocated, keep the first block: for per-partition scratch work. */
void wck_arena_reset(wck_arena *arena);
/* Everything that lives in `from` lives in `into` from now on; `from` is empty and still to be freed. */
void wck_arena_adopt(wck_arena *into, wck_arena *from);
/* Zeroed, aligned for any type; NULL when memory is short. size 0 gives a valid pointer. */
void *wck_arena_alloc(wck_arena *arena, size_t size);
/* The same, not zeroed: for what is written over at once. */
void *wck_arena_bytes(wck_arena *arena, size_t size);
/* count * size with overflow check. */
void *wck_arena_array(wck_arena *arena, size_t count, size_t size);
char *wck_arena_strdup(wck_arena *arena, const char *text);
char *wck_arena_strndup(wck_arena *arena, const char *text, size_t len);
char *wck_arena_printf(wck_arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Bytes handed out, for the memory benchmark. */
size_t wck_arena_used(const wck_arena *arena);

#endif
