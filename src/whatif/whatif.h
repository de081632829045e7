/* SPDX-License-Identifier: MIT
 * whatif.h: what a change would do, told before it is made.
 *
 * The change is made to copies of the snapshots; then the very rules of `check` look at the tree that would
 * stand there after the changed servers have synchronized once and before the servers below them have. What
 * they find and do not find today is the prediction. */
#ifndef WCK_WHATIF_WHATIF_H
#define WCK_WHATIF_WHATIF_H

#include "model/prediction.h"
#include "rules/rule.h"

/* Where snapshots come from. open: a reader of the newest snapshot of that node, or of the one before (NULL
 * when there is none). get: the newest one whole; the caller frees it. */
typedef struct wck_whatif_source {
    wck_status (*open)(void *payload, const wck_node *node, bool before, wck_reader **out, wck_error *err);
    wck_status (*get)(void *payload, const wck_node *node, wck_snapshot **out, wck_error *err);
    void *payload;
} wck_whatif_source;

/* WCK_E_NOT_FOUND: a server that is not in the tree; WCK_E_INPUT: a change that cannot be (a root without
 * selection, a language the server does not list, …), said with its place. */
wck_status wck_whatif_predict(wck_prediction **out, const wck_tree *tree, const wck_change_set *changes,
                              const wck_whatif_source *source, const wck_check_options *options,
                              wck_error *err);

/* apply.c: one change made to a copy. `copy` becomes the server as it would be; `parent` is its upstream
 * server as it would be, NULL for a root. Not frozen any more: the caller freezes. */
typedef struct wck_whatif_counts {
    size_t updates_before, updates_after, not_offered, cannot_tell, approvals_lost, declines_lost,
        groups_lost, eulas_lost, declined_by_cleanup, deleted_by_cleanup;
} wck_whatif_counts;
wck_status wck_whatif_apply(wck_snapshot *copy, const wck_change *change, const wck_snapshot *parent,
                            const char *upstream_name, wck_time now, wck_whatif_counts *counts,
                            wck_error *err);

/* verify.c: does a prediction hold against the tree as it is now? */
typedef struct wck_whatif_verdict {
    size_t came, missing, unexpected;
    bool *predicted_came; /* by finding of the prediction */
    bool *now_unexpected; /* by finding of the report of now */
} wck_whatif_verdict;
wck_status wck_whatif_verify(wck_whatif_verdict *out, const wck_report *predicted,
                             const wck_strings *standing, const wck_report *now, wck_error *err);
void wck_whatif_verdict_clear(wck_whatif_verdict *verdict);

#endif
