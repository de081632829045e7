/* SPDX-License-Identifier: MIT
 * prediction.c: owner of a prediction's memory. */
#include "model/prediction.h"

#include <stdlib.h>

wck_prediction *wck_prediction_new(void)
{
    wck_prediction *p = calloc(1, sizeof *p);

    if (p != NULL)
        p->arena = wck_arena_new();
    if (p == NULL || p->arena == NULL) {
        free(p);
        return NULL;
    }
    return p;
}

void wck_prediction_free(wck_prediction *p)
{
    if (p == NULL)
        return;
    wck_vec_clear(&p->snapshots);
    wck_vec_clear(&p->consequences);
    wck_report_free(p->report);
    wck_arena_free(p->arena);
    free(p);
}
