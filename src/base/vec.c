/* SPDX-License-Identifier: MIT
 * vec.c: the one place where vectors grow. */
#include "base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool wck_vec_grow(void **items, size_t *n, size_t *size, size_t item_size)
{
    if (*n == *size) {
        size_t want = *size < 8 ? 8 : *size + *size / 2;
        void *grown = want > SIZE_MAX / 2 / item_size ? NULL : realloc(*items, want * item_size);
        if (grown == NULL)
            return false;
        *items = grown;
        *size = want;
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
