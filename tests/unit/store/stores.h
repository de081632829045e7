/* SPDX-License-Identifier: MIT
 * stores.h: what the tests of the SQLite store share: a directory of their own, and everything a store answers as one
 * text, so that two stores can be held against each other. */
#ifndef WCK_TESTS_STORE_STORES_H
#define WCK_TESTS_STORE_STORES_H

#include "store/store.h"

typedef struct store_dir {
    char dir[64], path[96], uri[112];
} store_dir;

void store_dir_make(store_dir *d);
void store_dir_drop(store_dir *d); /* with what is in it */

/* Small snapshot of a server at a time; the caller frees. */
wck_snapshot *store_sample(const char *server, wck_time at, uint64_t seed);
wck_snapshot_id store_put(wck_store *store, wck_snapshot *s); /* frees s */

/* Everything that may be asked, each question with its answer. An error is the answer "!" and its text, and when it does
 * not name the store, "?". What ids exist is taken from `ids`. */
typedef struct store_answers {
    char *text[32];
    size_t n;
} store_answers;
void store_ask(store_answers *out, wck_store *store, const wck_snapshot_id *ids, size_t n, const char *path);
void store_answers_clear(store_answers *a);
/* Every answer of `now` is that of `before` or an error that names the store; else the question's number + 1. */
size_t store_wrong_answer(const store_answers *before, const store_answers *now);

#endif
