/* SPDX-License-Identifier: MIT
 * downstream.c: the list of downstream servers that a server keeps (collect.h), whichever way it was read. */
#include "collect/collect.h"

#include <stdlib.h>
#include <string.h>

static int cmp_server(const void *pa, const void *pb)
{
    const wck_downstream *a = pa, *b = pb;
    int c = strcmp(a->full_name, b->full_name);

    return c != 0 ? c : wck_guid_cmp(a->id, b->id);
}

void wck_downstream_list_sort(wck_downstream_list *list)
{
    if (list->n > 1)
        qsort(list->items, list->n, sizeof *list->items, cmp_server);
}

void wck_downstream_list_forget(wck_downstream_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->items[i].full_name);
        free(list->items[i].version);
    }
    list->n = 0;
}

void wck_downstream_list_clear(wck_downstream_list *list)
{
    wck_downstream_list_forget(list);
    wck_vec_clear(list);
}
