/* SPDX-License-Identifier: MIT
 * heap.c: see heap.h. */
#include "cli/heap.h"

#include <features.h>
#include <stdint.h>

#if defined __GLIBC__ && defined __linux__ && UINTPTR_MAX > 0xffffffffU
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc keeps the heap of a thread in one reservation of this size, aligned to it (malloc/arena.c, HEAP_MAX_SIZE); what
 * is more goes into another. Address space only: memory is taken when it is touched. */
enum { RESERVED = 64 << 20, LARGE_PAGE = 2 << 20 };

static void ask(uintptr_t from, uintptr_t to)
{
    from = (from + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
    to &= ~(uintptr_t)(LARGE_PAGE - 1);
    if (from < to)
        madvise((void *)from, to - from, MADV_HUGEPAGE); /* refused: small pages, then */
}

void cli_heap_prepare(void)
{
    uintptr_t from = (uintptr_t)sbrk(0);
    void *volatile first; /* or the compiler leaves both calls out */

    if (mallopt(M_TOP_PAD, RESERVED) != 1 || mallopt(M_TRIM_THRESHOLD, 2 * RESERVED) != 1 ||
        mallopt(M_MMAP_THRESHOLD, RESERVED / 2) != 1) /* the most that it takes; larger ones are mapped by themselves */
        return;
    first = malloc(LARGE_PAGE); /* more than is left: the heap grows once */
    free(first);
    ask(from, (uintptr_t)sbrk(0));
}

void cli_heap_of_thread(void)
{
    void *first = malloc(1);
    uintptr_t from = (uintptr_t)first & ~(uintptr_t)(RESERVED - 1);

    free(first);
    if (first != NULL)
        ask(from, from + RESERVED);
}
#else
void cli_heap_prepare(void)
{
}

void cli_heap_of_thread(void)
{
}
#endif
