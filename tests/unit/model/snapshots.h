/* SPDX-License-Identifier: MIT
 * snapshots.h: snapshots for the tests of the binary form and of the stores. All are frozen; the caller frees. */
#ifndef WCK_TESTS_MODEL_SNAPSHOTS_H
#define WCK_TESTS_MODEL_SNAPSHOTS_H

#include "model/snapshot.h"

/* Deterministic numbers (splitmix64). */
uint64_t sample_next(uint64_t *seed);

/* A name and nothing else. */
wck_snapshot *sample_empty(const char *name);
/* One row of every kind, everything that may be null is null. */
wck_snapshot *sample_null(void);
/* Every field of every kind set, several rows each; reversed: the same rows put in last to first. */
wck_snapshot *sample_full(bool reversed);

typedef struct sample_options {
    const char *name, *parent; /* NULL: "hq", none */
    size_t updates;            /* as many approvals, a tenth as many declines */
    uint64_t seed;             /* of the facts that servers share */
    uint64_t local;            /* of arrival, administrator, deployment …; 0: all null */
    size_t changed;            /* so many updates got another title */
    wck_time collected_at;
} sample_options;
wck_snapshot *sample_random(const sample_options *options);

/* Fails the test unless both hold the same facts in the same order: compared as JSON documents, which know nothing of
 * the binary form. */
void assert_same_snapshot(const wck_snapshot *expected, const wck_snapshot *actual);

#endif
