/* SPDX-License-Identifier: MIT
 * test_publish_memory.c: when the n-th allocation fails, for every n, a publish says so, leaks nothing
 * (LeakSanitizer), and leaves what was published before. */
#include "support/test.h"

#include "publish/publish.h"
#include "rules/rule.h"
#include "support/fail_alloc.h"
#include "unit/model/snapshots.h"
#include "unit/store/stores.h"

#include <sqlite3.h>
#include <stdio.h>

#define LOOK (INT64_C(17000000000000000)) /* 2023 */

static store_dir dir;
static wck_tree *tree;
static wck_report *report;
static wck_snapshot *up, *down;

static wck_status publish(wck_error *err)
{
    const wck_publish_options options = {.rows = WCK_ROWS_UPDATES | WCK_ROWS_APPROVALS};
    wck_publish_counts counts;
    wck_publisher *publisher;
    wck_status status = wck_publish_open(&publisher, dir.uri, err);

    assert_true((status == WCK_OK) == (publisher != NULL));
    if (status == WCK_OK)
        status = wck_publish_put(publisher, tree, report, &options, &counts, err);
    wck_publish_close(publisher);
    return status;
}

/* Through a connection of its own: -1 where there is no such table. */
static int64_t count(const char *table)
{
    char sql[80];
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = NULL;
    int64_t n = -1;

    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    assert_int_equal(sqlite3_open(dir.path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return n;
}

static void every_allocation_may_fail(void **state)
{
    size_t n = 0, told = 0;

    (void)state;
    for (bool failed = true; failed;) {
        wck_error err = {0};
        wck_status status;
        fail_alloc_at(++n);
        status = publish(&err);
        failed = fail_alloc_end();
        if (status != WCK_OK && (!failed || status != WCK_E_MEMORY))
            fail_msg("allocation %zu: status %d: %s", n, (int)status, err.text);
        assert_int_equal(count("server"), status == WCK_OK ? 2 : -1); /* all or nothing */
        if (status == WCK_OK && failed)
            remove(dir.path);
        told += status != WCK_OK;
    }
    assert_true(told > 20);
    assert_int_equal(count("wsus_update"), (int64_t)(up->updates.n + down->updates.n));
    assert_int_equal(count("approval"), (int64_t)(up->approvals.n + down->approvals.n));
    assert_int_equal(count("finding"), (int64_t)report->findings.n);
    assert_int_equal(count("count_history"), 2);
}

static int set_up(void **state)
{
    const sample_options root = {.name = "hq", .updates = 30, .seed = 1, .local = 1, .collected_at = LOOK},
                         below = {.name = "ber",
                                  .parent = "hq",
                                  .updates = 30,
                                  .seed = 1,
                                  .local = 2,
                                  .changed = 3,
                                  .collected_at = LOOK};
    const wck_check_options options = {.now = LOOK};
    wck_tree_input inputs[2] = {{0}};
    wck_error err = {0};

    (void)state;
    store_dir_make(&dir);
    up = sample_random(&root);
    down = sample_random(&below);
    assert_ok(wck_reader_of_snapshot(&inputs[0].now, up, &err));
    assert_ok(wck_reader_of_snapshot(&inputs[1].now, down, &err));
    assert_ok(wck_tree_build(&tree, inputs, 2, &err));
    assert_ok(wck_check(&report, tree, &options, &err));
    assert_true(report->findings.n > 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wck_report_free(report);
    wck_tree_free(tree);
    wck_snapshot_free(up);
    wck_snapshot_free(down);
    store_dir_drop(&dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
