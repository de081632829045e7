/* SPDX-License-Identifier: MIT
 * prediction.h: what a planned change would do, as data (docs/whatif.md). Owns its text. */
#ifndef WCK_MODEL_PREDICTION_H
#define WCK_MODEL_PREDICTION_H

#include "model/change.h"
#include "model/report.h"

/* One number of the story, for people and programs. */
typedef struct wck_consequence {
    const char *server; /* path */
    const char *what;   /* slug such as "approvals_lost" */
    size_t count;       /* > 0 */
    const char *text;   /* a sentence that begins with the number */
} wck_consequence;

/* The snapshots it was made from. */
typedef struct wck_prediction_snapshot {
    const char *server; /* path */
    wck_guid server_id;
    wck_digest digest;
    wck_time collected_at;
} wck_prediction_snapshot;

typedef struct wck_prediction {
    wck_arena *arena;
    wck_time made_at;
    WCK_VEC(wck_prediction_snapshot) snapshots;
    WCK_VEC(wck_consequence) consequences;
    wck_report *report;   /* only what the change adds; never NULL when handed out */
    wck_strings standing; /* keys of what is found today and then; see wck_whatif_verify */
    size_t solved;        /* findings of today that are gone then */
} wck_prediction;

wck_prediction *wck_prediction_new(void);             /* report NULL; NULL when memory is short */
void wck_prediction_free(wck_prediction *prediction); /* NULL is fine */

#endif
