/* SPDX-License-Identifier: MIT
 * heap.c: see heap.h. */
#include "cli/heap.h"

#include <features.h>
#include <stdint.h>

/* mallinfo2 came with glibc 2.33; the sanitizers have a malloc of their own */
#if defined __GLIBC__ && defined __linux__ && UINTPTR_MAX > 0xffffffffU && \
    !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
#if __GLIBC_PREREQ(2, 33)
#define OWN_HEAP
#endif
#endif

#ifdef OWN_HEAP
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc keeps the heap of a thread in one reservation of this size, aligned to it (malloc/arena.c, HEAP_MAX_SIZE); what
 * is more goes into another. Address space only: memory is taken when it is touched. */
enum { RESERVED = 64 << 20, LARGE_PAGE = 2 << 20, HEADER = 64 /* of malloc, and more */ };

static void ask(uintptr_t from, uintptr_t to)
{
    from = (from + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
    to &= ~(uintptr_t)(LARGE_PAGE - 1);
    if (from < to)
        madvise((void *)from, to - from, MADV_HUGEPAGE); /* refused: small pages, then */
}

/* What is left at the end of the heap up to its first large page is never used: it would be taken in small pages. The
 * page behind is not touched before the kernel was asked, or it is given in small ones, too. */
void cli_heap_prepare(void)
{
    static void *volatile filler; /* volatile: or the compiler leaves the call out */
    uintptr_t end = (uintptr_t)sbrk(0), large = (end + 2 * LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);

    if (mallopt(M_TOP_PAD, RESERVED) != 1 || mallopt(M_TRIM_THRESHOLD, 2 * RESERVED) != 1 ||
        mallopt(M_MMAP_THRESHOLD, RESERVED / 2) != 1) /* the most that it takes; larger ones are mapped by themselves */
        return;
    filler = malloc(large - end + mallinfo2().keepcost - HEADER);
    ask(end, filler != NULL ? (uintptr_t)sbrk(0) : end);
}

void cli_heap_of_thread(void)
{
    void *volatile first = malloc(HEADER); /* brings the reservation, and stays: the thread ends with the program */
    uintptr_t from = (uintptr_t)first & ~(uintptr_t)(RESERVED - 1);

    if (first == NULL)
        return;
    ask(from + LARGE_PAGE, from + RESERVED);
    first = malloc(LARGE_PAGE - (uintptr_t)first % LARGE_PAGE - 2 * HEADER);
}
#else
void cli_heap_prepare(void)
{
}

void cli_heap_of_thread(void)
{
}
#endif
