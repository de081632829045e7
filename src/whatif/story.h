/* SPDX-License-Identifier: MIT
 * story.h: what a change does, in sentences with numbers. For the files of this floor only. */
#ifndef WCK_WHATIF_STORY_H
#define WCK_WHATIF_STORY_H

#include "whatif/whatif.h"

/* What the change itself does on its server, and what the first synchronization of the servers below will be.
 */
wck_status wck_story_of_change(wck_prediction *p, const wck_node *node, const wck_change *c,
                               const wck_whatif_counts *counts, wck_error *err);
/* p->report keeps only what is not in `today`; what is in both goes to p->standing, what is only in `today`
 * is counted in p->solved. */
wck_status wck_story_keep_new(wck_prediction *p, const wck_report *today, wck_error *err);
/* What the rules find then, summed up for each server. */
wck_status wck_story_of_report(wck_prediction *p, wck_error *err);

/* verify.c: what makes two findings the same although ids were made anew in between: made in the arena, NULL
 * when memory is short. */
const char *wck_story_key(wck_arena *arena, const wck_finding *f);

#endif
