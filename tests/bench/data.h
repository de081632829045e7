/* SPDX-License-Identifier: MIT
 * data.h: the rows of the benchmark, made from a seed: one root, and children that are copies of it but for a known
 * number of changed rows. The same rows go into a store (fill.c) and into plain tables (rows.c). */
#ifndef WCK_BENCH_DATA_H
#define WCK_BENCH_DATA_H

#include "base/guid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BENCH_GROUPS = 8,     /* groups that approvals of the root name; group number BENCH_GROUPS is for extra ones */
    BENCH_CLASSES = 9,    /* Microsoft has that many update classifications */
    BENCH_PRODUCTS = 300, /* product sets are runs of one to three of them */
    BENCH_LANGUAGES = 24, /* language sets are prefixes of the list: "en", "en, de", … */
    BENCH_EULAS = 40
};

typedef struct bench_update {
    wck_guid id;
    uint32_t number; /* place in the root, for what is derived from it; extra updates go on behind */
    int32_t revision;
    uint8_t class, languages; /* languages: length of the prefix, 0 = language-neutral */
    uint16_t products;
    bool declined, approved, expired;
} bench_update;

typedef struct bench_approval {
    wck_guid update;
    uint32_t number; /* place in the root */
    int32_t revision;
    uint8_t group, action;
    int64_t deadline; /* ticks, WCK_TIME_NONE = none */
} bench_approval;

typedef struct bench_server {
    unsigned index; /* 0 = root */
    bench_update *updates;
    size_t n_updates;
    bench_approval *approvals;
    size_t n_approvals;
} bench_server;

typedef struct bench_shape {
    unsigned servers;
    size_t updates, approvals;
    double drift; /* share of the rows of each child that are changed */
    uint64_t seed;
} bench_shape;

uint64_t bench_next(uint64_t *state);
wck_guid bench_guid(uint64_t kind, uint64_t i);

/* false when memory is short. The arrays are sorted by key. */
bool bench_root(bench_server *out, const bench_shape *shape);
/* A copy of the root with changes. Each changed row is one difference: an update that is missing, extra, of another
 * revision, declined on one side or altered; an approval that is missing, extra, of another action, deadline or
 * revision. Updates change only where they are not approved, so that no difference explains another. */
bool bench_child(bench_server *out, const bench_server *root, unsigned index, const bench_shape *shape);
void bench_clear(bench_server *server);

#endif
