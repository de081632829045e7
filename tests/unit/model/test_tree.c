/* SPDX-License-Identifier: MIT
 * test_tree.c: parents, cycles, orphans, order, paths and authority, on given trees and on random ones. */
#include "support/test.h"

#include "model/tree.h"
#include "snapshots.h"

#include <stdio.h>
#include <stdlib.h>

static wck_error err;

/* A reader that owns nothing but a head. */
typedef struct fake {
    wck_reader base;
    wck_snapshot *head;
} fake;

static int open_readers;

static void close_fake(wck_reader *reader)
{
    fake *f = (fake *)reader;

    wck_snapshot_free(f->head);
    free(f);
    open_readers--;
}

static wck_reader *fake_reader(const char *name, const char *parent, wck_mode mode)
{
    static const wck_reader_ops ops = {.close = close_fake};
    fake *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->head = wck_snapshot_new();
    f->head->server.name = wck_snapshot_text(f->head, name);
    f->head->server.parent = wck_snapshot_text(f->head, parent);
    f->head->server.mode = mode;
    f->base.ops = &ops;
    f->base.head = f->head;
    open_readers++;
    return &f->base;
}

typedef struct row {
    const char *name, *parent;
    wck_mode mode;
} row;

static wck_tree *build(const row *rows, size_t n)
{
    wck_tree_input inputs[64] = {{0}};
    wck_tree *tree;

    for (size_t i = 0; i < n; i++)
        inputs[i] = (wck_tree_input){.now = fake_reader(rows[i].name, rows[i].parent, rows[i].mode)};
    assert_ok(wck_tree_build(&tree, inputs, n, &err));
    return tree;
}

static void tree_clear(wck_tree *tree)
{
    wck_tree_free(tree);
    assert_int_equal(open_readers, 0);
}

static void check_paths(const wck_tree *tree, const char *expected)
{
    char text[512] = "";

    for (size_t i = 0; i < tree->n; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? " " : "", tree->nodes[i]->path);
        assert_int_equal(tree->nodes[i]->index, i);
    }
    assert_string_equal(text, expected);
}

static void nodes_come_depth_first_and_siblings_by_name(void **state)
{
    static const row rows[] = {{"b", "hq", 0}, {"z", NULL, 0},  {"a", "hq", 0},  {"hq", NULL, 0},
                               {"c", "a", 0},  {"B", "hq", 0},  {"d", "z", 0},   {"a b", "a", 0}};
    wck_tree *tree = build(rows, 8);

    (void)state;
    check_paths(tree, "hq hq/B hq/a hq/a/a b hq/a/c hq/b z z/d");
    assert_int_equal(tree->nodes[0]->depth, 1);
    assert_int_equal(tree->nodes[3]->depth, 3);
    assert_int_equal(tree->nodes[0]->n_children, 3);
    assert_ptr_equal(tree->nodes[4]->parent, tree->nodes[2]);
    assert_ptr_equal(wck_tree_find(tree, "c"), tree->nodes[4]);
    assert_ptr_equal(wck_tree_find(tree, "hq/a/c"), tree->nodes[4]);
    assert_null(wck_tree_find(tree, "C"));
    assert_null(wck_tree_find(tree, "a/c"));
    assert_ptr_equal(wck_node_root(tree->nodes[4]), tree->nodes[0]);
    tree_clear(tree);
}

static void an_unknown_parent_makes_a_root(void **state)
{
    static const row rows[] = {{"b", "nobody", WCK_MODE_REPLICA}, {"c", "b", 0}, {"a", "HQ", 0}, {"hq", NULL, 0}};
    wck_tree *tree = build(rows, 4);

    (void)state;
    check_paths(tree, "a b b/c hq"); /* names are compared exactly */
    assert_true(tree->nodes[0]->unknown_parent && tree->nodes[1]->unknown_parent);
    assert_false(tree->nodes[2]->unknown_parent || tree->nodes[3]->unknown_parent);
    assert_null(tree->nodes[1]->parent);
    tree_clear(tree);
}

static void a_cycle_is_marked_and_cut(void **state)
{
    static const row rows[] = {{"a", "c", 0}, {"b", "a", 0}, {"c", "b", 0}, {"d", "b", 0}, {"e", "d", 0},
                               {"s", "s", 0}, {"t", "s", 0}, {"r", NULL, 0}};
    wck_tree *tree = build(rows, 8);

    (void)state;
    check_paths(tree, "a b b/d b/d/e c r s s/t");
    for (size_t i = 0; i < tree->n; i++) {
        const wck_node *n = tree->nodes[i];
        assert_true(n->on_cycle == (strchr("abcs", n->name[0]) != NULL));
        assert_true(n->below_cycle == (strchr("det", n->name[0]) != NULL));
        assert_false(n->unknown_parent);
    }
    tree_clear(tree);
}

static void a_repeated_name_is_an_error_that_names_it(void **state)
{
    wck_tree_input inputs[3] = {{.now = fake_reader("a", NULL, 0)},
                                {.now = fake_reader("b\x1b[2J", NULL, 0)},
                                {.now = fake_reader("b\x1b[2J", "a", 0), .before = fake_reader("b", NULL, 0)}};
    wck_tree *tree;

    (void)state;
    assert_fails(WCK_E_INPUT, wck_tree_build(&tree, inputs, 3, &err));
    assert_null(tree);
    assert_string_equal(err.text, "two servers have the same name \"b\\u{1b}[2J\"");
    assert_int_equal(open_readers, 0); /* swallowed also on failure */
}

static void an_empty_tree_is_a_tree(void **state)
{
    wck_tree *tree;

    (void)state;
    assert_ok(wck_tree_build(&tree, NULL, 0, &err));
    assert_int_equal(tree->n, 0);
    assert_null(wck_tree_find(tree, "x"));
    wck_tree_free(tree);
    wck_tree_free(NULL);
}

static void approvals_are_made_on_the_nearest_autonomous_server(void **state)
{
    static const row rows[] = {{"hq", NULL, WCK_MODE_AUTONOMOUS},  {"r1", "hq", WCK_MODE_REPLICA},
                               {"r2", "r1", WCK_MODE_REPLICA},     {"u", "r2", WCK_MODE_UNKNOWN},
                               {"r3", "u", WCK_MODE_REPLICA},      {"a", "r2", WCK_MODE_AUTONOMOUS},
                               {"r4", "a", WCK_MODE_REPLICA},      {"lone", "gone", WCK_MODE_REPLICA}};
    static const char *const authority[][2] = {{"hq", "hq"}, {"r1", "hq"}, {"r2", "hq"}, {"u", "u"},
                                               {"r3", "u"},  {"a", "a"},   {"r4", "a"},  {"lone", "lone"}};
    wck_tree *tree = build(rows, 8);

    (void)state;
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(wck_node_authority(wck_tree_find(tree, authority[i][0]))->name, authority[i][1]);
    tree_clear(tree);
}

static void what_is_configured_fills_in_what_was_not_read(void **state)
{
    wck_tree_input in[4] = {{.now = fake_reader("hq", NULL, 0), .configured_mode = WCK_MODE_AUTONOMOUS},
                            {.now = fake_reader("b", NULL, 0), .configured_parent = "hq", .configured_mode = WCK_MODE_REPLICA},
                            {.now = fake_reader("c", "b", WCK_MODE_AUTONOMOUS), .configured_parent = "hq",
                             .configured_mode = WCK_MODE_REPLICA, .snapshot_id = "7", .previous_id = "5",
                             .id_alternates = true},
                            {.now = fake_reader("d", "b", 0), .configured_mode = WCK_MODE_AUTONOMOUS}};
    wck_tree *tree;
    wck_snapshot *d = ((fake *)in[3].now)->head;

    (void)state;
    d->config.has_upstream = true; /* what the server says of itself wins */
    d->config.upstream.replica = 1;
    assert_ok(wck_tree_build(&tree, in, 4, &err));
    check_paths(tree, "hq hq/b hq/b/c hq/b/d");
    assert_int_equal(tree->nodes[0]->mode, WCK_MODE_AUTONOMOUS);
    assert_int_equal(tree->nodes[1]->mode, WCK_MODE_REPLICA);
    assert_int_equal(tree->nodes[2]->mode, WCK_MODE_AUTONOMOUS);
    assert_int_equal(tree->nodes[2]->configured_mode, WCK_MODE_REPLICA);
    assert_string_equal(tree->nodes[2]->configured_parent, "hq");
    assert_string_equal(tree->nodes[2]->snapshot_id, "7");
    assert_string_equal(tree->nodes[2]->previous_id, "5");
    assert_true(tree->nodes[2]->id_alternates);
    assert_null(tree->nodes[1]->snapshot_id);
    assert_int_equal(tree->nodes[3]->mode, WCK_MODE_REPLICA);
    tree_clear(tree);
}

/* ---- random forests with cycles and orphans, against a naive walk ---- */

enum { N = 40 };

static int parent_of[N]; /* index, -1 none, -2 not here */

static bool on_cycle(int i)
{
    int at = i;

    for (int steps = 0; steps <= N && at >= 0; steps++) {
        at = parent_of[at];
        if (at == i)
            return true;
    }
    return false;
}

static bool reaches_cycle(int i)
{
    for (int steps = 0; steps <= N && i >= 0; steps++, i = parent_of[i])
        if (on_cycle(i))
            return true;
    return false;
}

static void check_node(const wck_tree *tree, const wck_node *n)
{
    int i = atoi(n->name + 1);

    assert_true(n->on_cycle == on_cycle(i));
    assert_true(n->below_cycle == (!on_cycle(i) && reaches_cycle(i)));
    assert_true(n->unknown_parent == (parent_of[i] == -2));
    if (parent_of[i] < 0 || on_cycle(i)) {
        assert_null(n->parent);
        assert_int_equal(n->depth, 1);
        assert_string_equal(n->path, n->name);
    } else {
        char path[512];
        assert_int_equal(atoi(n->parent->name + 1), parent_of[i]);
        assert_int_equal(n->depth, n->parent->depth + 1);
        assert_true(n->parent->index < n->index);
        snprintf(path, sizeof path, "%s/%s", n->parent->path, n->name);
        assert_string_equal(n->path, path);
    }
    for (size_t k = 0; k < n->n_children; k++) {
        assert_ptr_equal(n->children[k]->parent, n);
        assert_true(k == 0 || strcmp(n->children[k - 1]->name, n->children[k]->name) < 0);
    }
    assert_ptr_equal(tree->nodes[n->index], n);
}

static void random_forests(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int round = 0; round < 300; round++) {
        char names[N][8], parents[N][8];
        row rows[N];
        wck_tree *tree;
        size_t children = 0, roots = 0;
        for (int i = 0; i < N; i++) {
            uint64_t what = sample_next(&seed) % 10;
            parent_of[i] = what == 0 ? -1 : what == 1 ? -2 : (int)(sample_next(&seed) % N);
            snprintf(names[i], sizeof names[i], "s%d", i);
            snprintf(parents[i], sizeof parents[i], "s%d", parent_of[i] == -2 ? N : parent_of[i]);
            rows[i] = (row){names[i], parent_of[i] == -1 ? NULL : parents[i], WCK_MODE_REPLICA};
        }
        tree = build(rows, N);
        assert_int_equal(tree->n, N);
        for (size_t i = 0; i < N; i++) {
            check_node(tree, tree->nodes[i]);
            children += tree->nodes[i]->n_children;
            roots += tree->nodes[i]->parent == NULL;
            assert_null(wck_node_root(tree->nodes[i])->parent);
        }
        assert_int_equal(children + roots, N);
        tree_clear(tree);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_come_depth_first_and_siblings_by_name),
        cmocka_unit_test(an_unknown_parent_makes_a_root),
        cmocka_unit_test(a_cycle_is_marked_and_cut),
        cmocka_unit_test(a_repeated_name_is_an_error_that_names_it),
        cmocka_unit_test(an_empty_tree_is_a_tree),
        cmocka_unit_test(approvals_are_made_on_the_nearest_autonomous_server),
        cmocka_unit_test(what_is_configured_fills_in_what_was_not_read),
        cmocka_unit_test(random_forests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
