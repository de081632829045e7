/* SPDX-License-Identifier: MIT
 * vec.h: typed growing arrays as a macro. WCK_VEC(T) is a struct { T *items; size_t n, size; }. */
#ifndef WCK_BASE_VEC_H
#define WCK_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>

#define WCK_VEC(type)                                                                                          \
    struct {                                                                                                   \
        type *items;                                                                                           \
        size_t n, size;                                                                                        \
    }

/* Make room for one more and zero it; evaluates to a pointer to it, or NULL when memory is short. The pointer is
 * valid until the next push on the same vector. */
#define wck_vec_push(v)                                                                                        \
    (wck_vec_grow((void **)&(v)->items, &(v)->n, &(v)->size, sizeof *(v)->items) ? &(v)->items[(v)->n - 1]   \
                                                                                   : NULL)
#define wck_vec_clear(v) (wck_vec_free_items((void **)&(v)->items), (v)->n = 0, (v)->size = 0)

/* Takes over the items of another vector of the same type, which holds none afterwards. */
#define wck_vec_take(to, from)                                                                                 \
    do {                                                                                                       \
        wck_vec_clear(to);                                                                                     \
        *(to) = *(from);                                                                                       \
        (from)->items = NULL;                                                                                  \
        (from)->n = (from)->size = 0;                                                                          \
    } while (0)

bool wck_vec_grow(void **items, size_t *n, size_t *size, size_t item_size);
void wck_vec_free_items(void **items);

#endif
