/* SPDX-License-Identifier: MIT
 * history.h: findings over time, as data: for each look at the tree what appeared and what went, and since when what is
 * still there has been there. Owns its text. */
#ifndef WCK_MODEL_HISTORY_H
#define WCK_MODEL_HISTORY_H

#include "model/report.h"

typedef struct wck_history_item {
    int rule;
    wck_severity severity;
    wck_result result;
    const char *server, *message; /* path; title of the rule */
    wck_object object;
    char fingerprint[33];
    wck_time since; /* the earliest of the looks in a row that have it */
} wck_history_item;

typedef WCK_VEC(wck_history_item) wck_history_items;

typedef struct wck_history_round {
    wck_time at;
    size_t servers, errors, warnings, notes, unknown, waived;
    bool compared; /* false for the first look: nothing is known of the time before it */
    wck_history_item *appeared, *went; /* in the order of the reports */
    size_t n_appeared, n_went;
} wck_history_round;

typedef struct wck_history {
    wck_arena *arena;
    WCK_VEC(wck_history_round) rounds; /* oldest first */
    wck_history_items open;            /* what the newest look found */
} wck_history;

wck_history *wck_history_new(void); /* NULL when memory is short */
void wck_history_free(wck_history *history); /* NULL is fine */
/* The next look, later than those before it; nothing of the report is kept. */
wck_status wck_history_add(wck_history *history, const wck_report *report, wck_time at, wck_error *err);

#endif
