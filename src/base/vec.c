/* SPDX-License-Identifier: MIT
 * vec.c: the one place where vectors grow. */
#include "base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, LARGE = 4 << 20 };

/* A million rows are taken from the kernel page by page, which can cost more than making the rows (docs/performance.md):
 * ask for large ones. The whole mapping is named, with malloc's own word before the items, since one whose parts differ
 * can not grow in place. Advice only: what refuses it gives small pages. */
static void advise(void *items, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    uintptr_t from = (uintptr_t)items & ~(uintptr_t)(PAGE - 1);
    uintptr_t to = ((uintptr_t)items + bytes + PAGE - 1) & ~(uintptr_t)(PAGE - 1);

    if (bytes >= LARGE)
        madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
    (void)items, (void)bytes;
#endif
}

bool wck_vec_grow(void **items, size_t *n, size_t *size, size_t item_size)
{
    if (*n == *size) {
        /* where the pages of the end are large ones, each growth leaves some small ones behind: fewer of them */
        size_t want = *size < 8 ? 8 : *size * item_size < LARGE ? *size + *size / 2 : *size * 2;
        void *grown = want > SIZE_MAX / 2 / item_size ? NULL : realloc(*items, want * item_size);
        if (grown == NULL)
            return false;
        *items = grown;
        *size = want;
        advise(grown, want * item_size);
    }
    memset((char *)*items + *n * item_size, 0, item_size);
    ++*n;
    return true;
}

void wck_vec_free_items(void **items)
{
    free(*items);
    *items = NULL;
}
