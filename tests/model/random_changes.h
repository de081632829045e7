/* SPDX-License-Identifier: MIT
 * random_changes.h: what the files of changes share: one function a way in which something goes wrong on a
 * server. */
#ifndef WCK_TESTS_MODEL_RANDOM_CHANGES_H
#define WCK_TESTS_MODEL_RANDOM_CHANGES_H

#include "model/random_tree.h"

#define HOUR INT64_C(3600)
#define SECONDS(n) ((n)*WCK_TICKS_PER_SECOND)
#define KEEP(vec, i, condition)                                                                              \
    do {                                                                                                     \
        size_t n_ = 0;                                                                                       \
        for (size_t i = 0; i < (vec).n; i++)                                                                 \
            if (condition)                                                                                   \
                (vec).items[n_++] = (vec).items[i];                                                          \
        (vec).n = n_;                                                                                        \
    } while (0)
#define PICK(d, vec) ((vec).n == 0 ? NULL : &(vec).items[dice_below((d), (vec).n)])
#define EQ(a, b) wck_guid_eq((a), (b))

typedef wck_snapshot server;
typedef void change_fn(wsus_tree *t, server *s, dice *d);

/* A time around the last good synchronization of the server or of one below it, or not known. */
wck_time tree_around(const wsus_tree *t, const server *s, dice *d);
/* The server, and at times the replicas that mirror it, into out[WSUS_MOST + 1]; parents come before their
 * children. */
size_t tree_scope(const wsus_tree *t, server *s, dice *d, server **out);
server *tree_any_root(const wsus_tree *t, dice *d, server *other); /* other: where there is none */

/* random_updates.c */
change_fn change_fewer, change_gone, change_expire, change_revision, change_drop_row, change_drop_update,
    change_add_update, change_update, change_no_updates, change_old_protocol;
/* random_approvals.c: approvals, declines, groups, license agreements */
change_fn change_decline, change_undecline, change_approval, change_add_approval, change_new_revision,
    change_eula, change_group;
/* random_settings.c: languages, categories, selection */
change_fn change_inactive, change_language, change_categories, change_selection;
/* random_looks.c: history, coverage, identity */
change_fn change_history, change_schedule, change_coverage, change_unreadable, change_identity,
    change_previous;

#endif
