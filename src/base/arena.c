/* SPDX-License-Identifier: MIT
 * arena.c: chained blocks that double up to 1 MiB. Under ASan each object is followed by a poisoned gap, so an
 * overrun inside a block is still seen. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define GAP 16U
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define GAP 0U
#define POISON(p, n) ((void)0)
#define UNPOISON(p, n) ((void)0)
#endif

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

typedef struct block {
    struct block *next;
    size_t size, used;
    alignas(max_align_t) unsigned char data[];
} block;

struct wck_arena {
    block *head; /* current block; older ones behind it */
    size_t used, next_size;
};

static block *block_new(size_t size)
{
    block *b = malloc(sizeof *b + size);

    if (b == NULL)
        return NULL;
    b->next = NULL;
    b->size = size;
    b->used = 0;
    POISON(b->data, size);
    return b;
}

static void block_free(block *b)
{
    UNPOISON(b->data, b->size);
    free(b);
}

wck_arena *wck_arena_new(void)
{
    wck_arena *arena = calloc(1, sizeof *arena);

    if (arena != NULL)
        arena->next_size = FIRST_BLOCK;
    return arena;
}

static void free_chain(block *b)
{
    while (b != NULL) {
        block *next = b->next;
        block_free(b);
        b = next;
    }
}

void wck_arena_free(wck_arena *arena)
{
    if (arena == NULL)
        return;
    free_chain(arena->head);
    free(arena);
}

void wck_arena_reset(wck_arena *arena)
{
    if (arena->head != NULL) {
        free_chain(arena->head->next);
        arena->head->next = NULL;
        arena->head->used = 0;
        POISON(arena->head->data, arena->head->size);
    }
    arena->used = 0;
}

void wck_arena_adopt(wck_arena *into, wck_arena *from)
{
    block **tail = &into->head;

    while (*tail != NULL) /* behind: the current block of `into` stays the current one */
        tail = &(*tail)->next;
    *tail = from->head;
    into->used += from->used;
    from->head = NULL;
    from->used = 0;
}

void *wck_arena_bytes(wck_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    size_t need;
    void *p;

    if (size > SIZE_MAX / 4)
        return NULL;
    need = ((size + align - 1) & ~(align - 1)) + GAP;
    if (need == 0)
        need = align;
    if (arena->head == NULL || arena->head->size - arena->head->used < need) {
        size_t want = need > arena->next_size ? need : arena->next_size;
        block *b = block_new(want);
        if (b == NULL)
            return NULL;
        if (arena->next_size < LARGEST_BLOCK)
            arena->next_size *= 2;
        b->next = arena->head;
        arena->head = b;
    }
    p = arena->head->data + arena->head->used;
    arena->head->used += need;
    arena->used += need;
    UNPOISON(p, size);
    return p;
}

void *wck_arena_alloc(wck_arena *arena, size_t size)
{
    void *p = wck_arena_bytes(arena, size);

    if (p != NULL)
        memset(p, 0, size);
    return p;
}

void *wck_arena_array(wck_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / 4 / size)
        return NULL;
    return wck_arena_alloc(arena, count * size);
}

char *wck_arena_strndup(wck_arena *arena, const char *text, size_t len)
{
    char *copy = wck_arena_bytes(arena, len + 1);

    if (copy == NULL)
        return NULL;
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *wck_arena_strdup(wck_arena *arena, const char *text)
{
    return wck_arena_strndup(arena, text, strlen(text));
}

char *wck_arena_printf(wck_arena *arena, const char *fmt, ...)
{
    va_list args, again;
    char *out = NULL;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    if (n >= 0 && (out = wck_arena_alloc(arena, (size_t)n + 1)) != NULL)
        vsnprintf(out, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
    return out;
}

size_t wck_arena_used(const wck_arena *arena)
{
    return arena->used;
}
