/* SPDX-License-Identifier: MIT
 * trees.c: see trees.h. */
#include "support/test.h"

#include "trees.h"

#include "codec/codec.h"
#include "unit/model/snapshots.h"

#include <stdio.h>

static wck_error err;

static wck_snapshot *freeze(wck_snapshot *s)
{
    assert_ok(wck_snapshot_freeze(s, &err));
    return s;
}

static void describe(recipes *r, uint64_t *seed)
{
    if (sample_next(seed) % 2 == 0)
        r->config = sample_next(seed);
    r->coverage = sample_next(seed) % 2 == 0 ? 0 : sample_next(seed);
}

void random_tree_make(random_tree *t, uint64_t seed, size_t fillers)
{
    static const unsigned percents[] = {0, 0, 2, 10, 40};
    recipes r[TREE_MOST];
    char names[TREE_MOST][8];

    *t = (random_tree){.n = 2 + (size_t)(sample_next(&seed) % (TREE_MOST - 1))};
    for (size_t i = 0; i < t->n; i++) {
        size_t parent = i == 0 ? 0 : (size_t)(sample_next(&seed) % i);
        bool root = i == 0 || sample_next(&seed) % 8 == 0;
        cooking how = {.name = names[i], .parent = root ? NULL : names[parent]};
        how.mode = root ? WCK_MODE_AUTONOMOUS
                        : (wck_mode)(sample_next(&seed) % 4 == 0 ? sample_next(&seed) % 3 : WCK_MODE_REPLICA);
        how.local = sample_next(&seed) % 4 == 0 ? 0 : sample_next(&seed);
        how.server_id = sample_next(&seed) % 20 == 0 ? 0 : i + 1;
        snprintf(names[i], sizeof names[i], "s%d", (int)i);
        if (i == 0)
            recipes_make(&r[i], sample_next(&seed), 30 + (size_t)(sample_next(&seed) % 60));
        else
            recipes_copy(&r[i], &r[parent]);
        r[i].filler = fillers > 0 ? fillers + (size_t)(sample_next(&seed) % 20) : 0;
        if (sample_next(&seed) % 3 == 0) {
            t->before[i] = freeze(recipes_cook(&r[i], &how));
            t->before[i]->server.collected_at -= 24 * 3600 * WCK_TICKS_PER_SECOND;
        }
        recipes_mutate(&r[i], sample_next(&seed), percents[sample_next(&seed) % 5]);
        describe(&r[i], &seed);
        how.order = sample_next(&seed);
        t->now[i] = freeze(recipes_cook(&r[i], &how));
    }
    for (size_t i = 0; i < t->n; i++)
        recipes_clear(&r[i]);
}

void random_tree_clear(random_tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        wck_snapshot_free(t->now[i]);
        wck_snapshot_free(t->before[i]);
    }
}

static wck_tree *build(const random_tree *t, wck_tree_input inputs[TREE_MOST])
{
    wck_tree *tree;

    for (size_t i = 0; i < t->n; i++)
        inputs[i].snapshot_id = "1";
    assert_ok(wck_tree_build(&tree, inputs, t->n, &err));
    return tree;
}

wck_tree *tree_in_memory(const random_tree *t)
{
    wck_tree_input inputs[TREE_MOST] = {{0}};

    for (size_t i = 0; i < t->n; i++) {
        assert_ok(wck_reader_of_snapshot(&inputs[i].now, t->now[i], &err));
        if (t->before[i] != NULL)
            assert_ok(wck_reader_of_snapshot(&inputs[i].before, t->before[i], &err));
    }
    return build(t, inputs);
}

static wck_reader *stored(wck_store *store, const wck_snapshot *s)
{
    wck_snapshot_id id;
    wck_reader *reader;

    assert_ok(wck_store_put(store, s, &id, NULL, &err));
    assert_ok(wck_store_reader(store, id, &reader, &err));
    return reader;
}

wck_tree *tree_in_stores(const random_tree *t, wck_store *const *stores, size_t n_stores)
{
    wck_tree_input inputs[TREE_MOST] = {{0}};

    for (size_t i = 0; i < t->n; i++) {
        if (t->before[i] != NULL)
            inputs[i].before = stored(stores[i % n_stores], t->before[i]);
        inputs[i].now = stored(stores[i % n_stores], t->now[i]);
    }
    return build(t, inputs);
}

wck_buf report_of(const wck_tree *tree, bool verify)
{
    wck_check_options options = {.now = random_now + 3600 * WCK_TICKS_PER_SECOND, .verify = verify};
    wck_report *report;
    wck_buf out;

    assert_ok(wck_check(&report, tree, &options, &err));
    wck_buf_init(&out, SIZE_MAX / 4);
    assert_ok(wck_codec_put_report(&out, report, wck_report_exit(report, WCK_SEVERITY_WARNING), &err));
    wck_report_free(report);
    return out;
}
