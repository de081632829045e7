/* SPDX-License-Identifier: MIT
 * change.c: a planned change. */
#include "model/change.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"reinstall",       "repoint", "languages",
                                    "remove_products", "mode",    "cleanup"};

wck_change_set *wck_change_set_new(void)
{
    wck_change_set *set = calloc(1, sizeof *set);

    if (set != NULL)
        set->arena = wck_arena_new();
    if (set == NULL || set->arena == NULL) {
        free(set);
        return NULL;
    }
    return set;
}

void wck_change_set_free(wck_change_set *set)
{
    if (set == NULL)
        return;
    wck_vec_clear(&set->changes);
    wck_arena_free(set->arena);
    free(set);
}

const char *wck_change_kind_name(wck_change_kind kind)
{
    return names[kind - WCK_CHANGE_REINSTALL];
}

bool wck_change_kind_parse(wck_change_kind *out, const char *text)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], text) == 0) {
            *out = (wck_change_kind)(i + WCK_CHANGE_REINSTALL);
            return true;
        }
    return false;
}
