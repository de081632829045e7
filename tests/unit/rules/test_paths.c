/* SPDX-License-Identifier: MIT
 * test_paths.c: over random trees every way of comparing gives the same report, byte for byte: by digests in memory,
 * by digests and changed rows out of one store, out of two stores, and with --verify, which compares all bytes. */
#include "support/test.h"

#include "trees.h"

#include <stdio.h>
#include <stdlib.h>

static wck_error err;

typedef struct counts {
    size_t findings, trees;
    bool seen[10000]; /* rules */
} counts;

static wck_store *new_store(void)
{
    wck_store *store;

    assert_ok(wck_store_open(&store, "sqlite::memory:", NULL, &err));
    return store;
}

static void check_same(const wck_buf *a, const wck_buf *b, const char *what, uint64_t seed)
{
    size_t at = 0;

    if (a->len == b->len && memcmp(a->data, b->data, a->len) == 0)
        return;
    while (at < a->len && at < b->len && a->data[at] == b->data[at])
        at++;
    if (getenv("WCK_TEST_SHOW") != NULL) { /* whole reports, to look at */
        FILE *f = fopen(getenv("WCK_TEST_SHOW"), "w");
        assert_non_null(f);
        fprintf(f, "%s\n%s\n", a->data, b->data);
        fclose(f);
    }
    at = at > 200 ? at - 200 : 0; /* what stands before tells whose it is */
    fail_msg("tree %llu, %s:\nin memory: %.500s\notherwise: %.500s", (unsigned long long)seed, what, a->data + at,
             b->data + (at < b->len ? at : 0));
}

static void note_rules(const wck_tree *tree, counts *c)
{
    wck_check_options options = {.now = random_now + 3600 * WCK_TICKS_PER_SECOND};
    wck_report *report;

    assert_ok(wck_check(&report, tree, &options, &err));
    for (size_t i = 0; i < report->findings.n; i++)
        c->seen[report->findings.items[i].rule] = true;
    c->findings += report->findings.n;
    c->trees++;
    wck_report_free(report);
}

static void check_tree(uint64_t seed, size_t fillers, counts *c)
{
    wck_store *stores[2] = {new_store(), new_store()};
    random_tree t;
    wck_tree *trees[3];
    wck_buf first;

    random_tree_make(&t, seed, fillers);
    trees[0] = tree_in_memory(&t);
    trees[1] = tree_in_stores(&t, stores, 1);
    trees[2] = tree_in_stores(&t, stores, 2);
    first = report_of(trees[0], false);
    for (int k = 0; k < 3; k++)
        for (int verify = 0; verify < 2; verify++) {
            static const char *const what[] = {"in memory", "one store", "two stores"};
            wck_buf other = report_of(trees[k], verify);
            char text[60];
            snprintf(text, sizeof text, "%s%s", what[k], verify ? " --verify" : "");
            check_same(&first, &other, text, seed);
            wck_buf_clear(&other);
        }
    note_rules(trees[0], c);
    for (int k = 0; k < 3; k++)
        wck_tree_free(trees[k]);
    wck_buf_clear(&first);
    random_tree_clear(&t);
    wck_store_close(stores[0]);
    wck_store_close(stores[1]);
}

static void check_seeds(uint64_t from, uint64_t to, size_t fillers, counts *c)
{
    const char *more = getenv("WCK_TEST_SEEDS"); /* so many trees instead */

    if (more != NULL && fillers == 0)
        to = from + (uint64_t)strtoul(more, NULL, 10);
    for (uint64_t seed = from; seed < to; seed++)
        check_tree(seed, fillers, c);
}

static void every_way_of_comparing_says_the_same(void **state)
{
    static counts c;
    size_t rules = 0;

    (void)state;
    check_seeds(1, 250, 0, &c);
    for (size_t i = 0; i < sizeof c.seen / sizeof *c.seen; i++)
        rules += c.seen[i];
    print_message("%zu trees, %zu findings of %zu rules\n", c.trees, c.findings, rules);
    assert_true(c.findings > 20 * c.trees);
    assert_true(rules >= 30); /* the trees are worth something */
}

/* Servers on both sides of a step in the number of partitions. */
static void also_when_the_partitions_are_not_alike(void **state)
{
    static counts c;

    (void)state;
    check_seeds(1000, 1025, 1570, &c);
    assert_true(c.findings > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_of_comparing_says_the_same),
        cmocka_unit_test(also_when_the_partitions_are_not_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
