/* SPDX-License-Identifier: MIT
 * data.c: see data.h. */
#include "data.h"

#include "base/time.h"

#include <stdlib.h>
#include <string.h>

uint64_t bench_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ULL; /* splitmix64 */

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

wck_guid bench_guid(uint64_t kind, uint64_t i)
{
    uint64_t state = kind << 40 | i;
    uint64_t hi = bench_next(&state);

    return (wck_guid){hi, bench_next(&state)};
}

static int by_update(const void *pa, const void *pb)
{
    const bench_update *a = pa, *b = pb;

    return wck_guid_cmp(a->id, b->id);
}

static int by_approval(const void *pa, const void *pb)
{
    const bench_approval *a = pa, *b = pb;
    int c = wck_guid_cmp(a->update, b->update);

    return c != 0 ? c : (a->group > b->group) - (a->group < b->group);
}

/* Every second update is approved for about two groups; of the others every fifth is declined. */
static void make_update(bench_update *u, size_t i, uint64_t *state)
{
    uint64_t r = bench_next(state);

    u->id = bench_guid(1, i);
    u->number = (uint32_t)i;
    u->revision = 100 + (int32_t)(r & 127);
    u->class = (uint8_t)(r >> 8 & 255) % BENCH_CLASSES;
    u->products = (uint16_t)((r >> 16 & 0xFFFF) % BENCH_PRODUCTS);
    u->languages = (uint8_t)((r >> 32 & 3) == 0 ? (r >> 40 & 255) % (BENCH_LANGUAGES + 1) : BENCH_LANGUAGES);
    u->approved = i % 2 == 0;
    u->declined = i % 10 == 1;
    u->expired = i % 20 == 3;
}

static void make_approvals(bench_server *s, size_t wanted, uint64_t *state)
{
    size_t approved = (s->n_updates + 1) / 2;

    for (size_t i = 0; i < s->n_updates && s->n_approvals < wanted; i++) {
        const bench_update *u = &s->updates[i];
        size_t left = wanted - s->n_approvals, n = u->approved ? (left + approved - 1) / approved : 0;
        unsigned first = (unsigned)(bench_next(state) & 7);
        approved -= u->approved;
        for (size_t k = 0; k < n && k < BENCH_GROUPS; k++) {
            bench_approval *a = &s->approvals[s->n_approvals];
            uint64_t r = bench_next(state);
            *a = (bench_approval){.update = u->id,
                                  .number = (uint32_t)s->n_approvals++,
                                  .revision = u->revision,
                                  .group = (uint8_t)((first + k) % BENCH_GROUPS),
                                  .action = (r & 15) == 0 ? 3 : 0, /* block or install */
                                  .deadline = (r >> 4 & 7) != 0 ? WCK_TIME_NONE
                                                                : (int64_t)(15000 + (r >> 8) % 1000) * 86400 *
                                                                      WCK_TICKS_PER_SECOND};
        }
    }
}

bool bench_root(bench_server *out, const bench_shape *shape)
{
    uint64_t state = shape->seed;

    *out = (bench_server){.n_updates = shape->updates};
    out->updates = calloc(shape->updates + 1, sizeof *out->updates);
    out->approvals = calloc(shape->approvals + 1, sizeof *out->approvals);
    if (out->updates == NULL || out->approvals == NULL)
        return false;
    for (size_t i = 0; i < shape->updates; i++)
        make_update(&out->updates[i], i, &state);
    make_approvals(out, shape->approvals, &state);
    qsort(out->updates, out->n_updates, sizeof *out->updates, by_update);
    qsort(out->approvals, out->n_approvals, sizeof *out->approvals, by_approval);
    return true;
}

/* drift * n changes on average, a whole number on each server. */
static size_t how_many(double drift, size_t n, uint64_t *state)
{
    double wanted = drift * (double)n, luck = (double)(bench_next(state) >> 11) / 9007199254740992.0;
    size_t whole = (size_t)wanted;

    return whole + (luck < wanted - (double)whole);
}

static size_t drop_update(bench_server *s, size_t at)
{
    s->n_updates--;
    memmove(s->updates + at, s->updates + at + 1, (s->n_updates - at) * sizeof *s->updates);
    return at;
}

/* What is changed, in turn. `at`: place in the arrays, `extra`: number of a new update. */
static void change_update(bench_server *s, size_t at, size_t turn, size_t extra)
{
    bench_update *u = &s->updates[at];

    switch (turn % 6) {
    case 0: /* missing */
        drop_update(s, at);
        break;
    case 1: /* extra; goes behind, sorted later */
        s->updates[s->n_updates] = *u;
        s->updates[s->n_updates].id = bench_guid(2, extra);
        s->updates[s->n_updates].number = (uint32_t)extra;
        s->updates[s->n_updates].declined = false;
        s->n_updates++;
        break;
    case 2: /* behind */
        u->revision--;
        break;
    case 3: /* ahead */
        u->revision++;
        break;
    case 4: /* declined here, or not any more */
        u->declined = !u->declined;
        break;
    default: /* another classification under the same revision */
        u->class = (uint8_t)((u->class + 1) % BENCH_CLASSES);
        break;
    }
}

static void change_approval(bench_server *s, size_t at, size_t turn)
{
    bench_approval *a = &s->approvals[at];

    switch (turn % 5) {
    case 0: /* missing */
        s->n_approvals--;
        memmove(a, a + 1, (s->n_approvals - at) * sizeof *a);
        break;
    case 1: /* extra; goes behind, sorted later */
        s->approvals[s->n_approvals] = *a;
        s->approvals[s->n_approvals++].group = BENCH_GROUPS;
        break;
    case 2: /* install where it was blocked, or the other way round */
        a->action = a->action == 0 ? 3 : 0;
        break;
    case 3: /* a deadline a year away, past like the other */
        a->deadline = (a->deadline == WCK_TIME_NONE ? INT64_C(15000) * 86400 * WCK_TICKS_PER_SECOND : a->deadline) -
                      INT64_C(365) * 86400 * WCK_TICKS_PER_SECOND;
        break;
    default: /* names an older revision */
        a->revision--;
        break;
    }
}

/* `wanted` different places of [0, n), descending, so that dropping a row moves no place that is still to come. */
static size_t choose(size_t *places, size_t wanted, size_t n, bool (*fits)(const void *, size_t), const void *rows,
                     uint64_t *state)
{
    size_t chosen = 0;

    for (size_t tries = 0; chosen < wanted && tries < 64 * wanted; tries++) {
        size_t at = (size_t)(bench_next(state) % n), i = chosen;
        if (!fits(rows, at))
            continue;
        while (i > 0 && places[i - 1] < at)
            i--;
        if (i > 0 && places[i - 1] == at)
            continue;
        memmove(places + i + 1, places + i, (chosen - i) * sizeof *places);
        places[i] = at;
        chosen++;
    }
    return chosen;
}

static bool plain_update(const void *rows, size_t at)
{
    const bench_update *u = rows;

    return !u[at].approved;
}

/* The first approval of its update, so that no update gets two extra ones. */
static bool first_approval(const void *rows, size_t at)
{
    const bench_approval *a = rows;

    return at == 0 || !wck_guid_eq(a[at].update, a[at - 1].update);
}

bool bench_child(bench_server *out, const bench_server *root, unsigned index, const bench_shape *shape)
{
    uint64_t state = shape->seed * 1000003 + index;
    size_t updates = how_many(shape->drift, root->n_updates, &state);
    size_t approvals = how_many(shape->drift, root->n_approvals, &state);
    size_t *places = calloc(updates + approvals + 1, sizeof *places), turn = (size_t)bench_next(&state) % 30;

    *out = (bench_server){.index = index, .n_updates = root->n_updates, .n_approvals = root->n_approvals};
    out->updates = malloc((root->n_updates + updates + 1) * sizeof *out->updates);
    out->approvals = malloc((root->n_approvals + approvals + 1) * sizeof *out->approvals);
    if (places == NULL || out->updates == NULL || out->approvals == NULL) {
        free(places);
        return false;
    }
    memcpy(out->updates, root->updates, root->n_updates * sizeof *out->updates);
    memcpy(out->approvals, root->approvals, root->n_approvals * sizeof *out->approvals);
    updates = choose(places, updates, root->n_updates, plain_update, root->updates, &state);
    for (size_t i = 0; i < updates; i++)
        change_update(out, places[i], turn++, shape->updates + (size_t)index * shape->updates + i);
    approvals = choose(places, approvals, root->n_approvals, first_approval, root->approvals, &state);
    for (size_t i = 0; i < approvals; i++)
        change_approval(out, places[i], turn++);
    free(places);
    qsort(out->updates, out->n_updates, sizeof *out->updates, by_update);
    qsort(out->approvals, out->n_approvals, sizeof *out->approvals, by_approval);
    return true;
}

void bench_clear(bench_server *server)
{
    free(server->updates);
    free(server->approvals);
    *server = (bench_server){0};
}
