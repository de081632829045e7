/* SPDX-License-Identifier: MIT
 * test_crash.c: the process dies, the disk is full or broken at every writing call of a put, a remove and a first
 * opening. Afterwards the store opens, holds all that it held, and of the new snapshot all or nothing. */
#include "support/test.h"

#include "stores.h"
#include "support/faulty_vfs.h"
#include "unit/model/snapshots.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static store_dir dir;
static wck_error err;
static wck_snapshot_id ids[2];
static store_answers before;

static wck_snapshot *fresh(void)
{
    return sample_random(&(sample_options){.name = "hq", .updates = 400, .seed = 9, .local = 4, .collected_at = 99});
}

static int set_up(void **state)
{
    wck_store *store;

    (void)state;
    store_dir_make(&dir);
    wck_time_fake(1234567);
    assert_ok(wck_store_open(&store, dir.uri, NULL, &err));
    ids[0] = store_put(store, store_sample("berlin", 5, 2));
    ids[1] = store_put(store, sample_full(false));
    assert_ok(wck_store_meta_put(store, "key", "value", &err));
    assert_ok(wck_store_meta_put(store, "other", "x", &err));
    for (int64_t i = 0; i < 3; i++)
        assert_ok(wck_store_document_put(store, (wck_guid){1, 2}, i, "d", 1, &err));
    store_ask(&before, store, ids, 2, dir.path);
    wck_store_close(store);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    faulty_vfs_at(0, FAULTY_NONE);
    store_answers_clear(&before);
    store_dir_drop(&dir);
    wck_time_fake(WCK_TIME_NONE);
    return 0;
}

static wck_status count_one(const wck_snapshot_info *info, void *payload, wck_error *e)
{
    (void)info;
    (void)e;
    ++*(size_t *)payload;
    return WCK_OK;
}

static size_t count(wck_store *store)
{
    size_t n = 0;

    assert_ok(wck_store_list(store, NULL, count_one, &n, &err));
    return n;
}

/* What was there is there; how many snapshots there are. */
static size_t check_store(const char *where, size_t n)
{
    wck_store *store;
    store_answers now = {0};
    wck_status status = wck_store_open(&store, dir.uri, NULL, &err);
    size_t found;

    if (status != WCK_OK)
        fail_msg("%s %zu: %s", where, n, err.text);
    if (wck_store_verify(store, &err) != WCK_OK)
        fail_msg("%s %zu: %s", where, n, err.text);
    store_ask(&now, store, ids, 2, dir.path);
    for (size_t i = 3; i < now.n; i++) /* the first three are lists */
        if (strcmp(before.text[i], now.text[i]) != 0)
            fail_msg("%s %zu: was %s, is %s", where, n, before.text[i], now.text[i]);
    store_answers_clear(&now);
    found = count(store);
    wck_store_close(store);
    return found;
}

/* Of the new snapshot all or nothing, and it can be put (again). Then it is taken out. */
static bool check_all_or_nothing(const char *where, size_t n)
{
    size_t found = check_store(where, n);
    wck_snapshot *s = fresh(), *back;
    wck_store *store;
    wck_snapshot_id id;
    bool existed;

    assert_true(found == 2 || found == 3);
    assert_ok(wck_store_open(&store, dir.uri, NULL, &err));
    assert_ok(wck_store_put(store, s, &id, &existed, &err));
    assert_true(existed == (found == 3));
    assert_ok(wck_store_get(store, id, &back, &err));
    assert_same_snapshot(s, back);
    assert_ok(wck_store_remove(store, id, &err));
    wck_store_close(store);
    wck_snapshot_free(s);
    wck_snapshot_free(back);
    return found == 3;
}

static void put_fresh(void)
{
    wck_snapshot *s = fresh();
    wck_store *store;
    wck_snapshot_id id;

    if (wck_store_open(&store, dir.uri, NULL, &err) == WCK_OK)
        wck_store_put(store, s, &id, NULL, &err);
    wck_store_close(store);
    wck_snapshot_free(s);
}

static void remove_second(void)
{
    wck_store *store;

    if (wck_store_open(&store, dir.uri, NULL, &err) == WCK_OK)
        wck_store_remove(store, ids[1], &err);
    wck_store_close(store);
}

static void open_new(void)
{
    wck_store *store;

    wck_store_open(&store, dir.uri, NULL, &err);
    wck_store_close(store);
}

/* Runs in a process of its own, which dies at the n-th writing call. false: it came to its end before. */
static bool dies(void (*run)(void), size_t n, faulty_action action)
{
    int status;
    pid_t child;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        faulty_vfs_at(n, action);
        run();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

/* How many writing calls it makes; leaves its effect behind. */
static size_t calls_of(void (*run)(void))
{
    size_t n;

    faulty_vfs_at(0, FAULTY_NONE);
    run();
    n = faulty_vfs_calls();
    faulty_vfs_at(0, FAULTY_NONE);
    return n;
}

enum { POINTS = 50 };

/* n-th point of POINTS over 1..total, or every one when there are fewer. */
static size_t point(size_t i, size_t total)
{
    return total <= POINTS ? i + 1 : 1 + i * (total - 1) / (POINTS - 1);
}

static void dying_while_putting(void **state)
{
    size_t total = calls_of(put_fresh), whole = 0, died = 0;

    (void)state;
    assert_true(total > 50);
    assert_true(check_all_or_nothing("undisturbed", 0));
    for (size_t i = 0; i < POINTS && i < total; i++)
        for (int half = 0; half < 2; half++) {
            if (half && i % 3 != 0)
                continue;
            died += dies(put_fresh, point(i, total), half ? FAULTY_HALF : FAULTY_KILL);
            whole += check_all_or_nothing("killed at", point(i, total));
        }
    assert_true(died >= POINTS - 1);
    assert_true(whole > 0 && whole < died); /* both ends were seen */
}

static void dying_while_removing(void **state)
{
    size_t total, gone = 0, died = 0;
    wck_snapshot *s = sample_full(false);
    wck_store *store;

    (void)state;
    total = calls_of(remove_second);
    for (size_t i = 0; i < POINTS && i < total; i += 2) {
        store_answers now = {0};
        assert_ok(wck_store_open(&store, dir.uri, NULL, &err));
        assert_ok(wck_store_put(store, s, &ids[1], NULL, &err));
        wck_store_close(store);
        died += dies(remove_second, point(i, total), FAULTY_KILL);
        assert_ok(wck_store_open(&store, dir.uri, NULL, &err));
        assert_ok(wck_store_verify(store, &err));
        gone += count(store) == 1;
        store_ask(&now, store, ids, 1, dir.path);
        assert_string_equal(now.text[3], before.text[3]); /* the other one, whole and in pieces */
        assert_string_equal(now.text[4], before.text[4]);
        store_answers_clear(&now);
        wck_store_close(store);
    }
    assert_true(died > 5 && gone > 0 && gone < died);
    wck_snapshot_free(s);
}

static void dying_while_creating(void **state)
{
    size_t total;

    (void)state;
    store_dir_drop(&dir);
    store_dir_make(&dir);
    total = calls_of(open_new);
    assert_true(total > 5);
    for (size_t n = 1; n <= total; n++) {
        wck_store *store;
        store_dir_drop(&dir);
        store_dir_make(&dir);
        dies(open_new, n, n % 2 == 0 ? FAULTY_KILL : FAULTY_HALF);
        if (wck_store_open(&store, dir.uri, NULL, &err) != WCK_OK)
            fail_msg("killed at %zu: %s", n, err.text);
        assert_int_equal(count(store), 0);
        store_put(store, store_sample("berlin", 5, 2));
        assert_ok(wck_store_verify(store, &err));
        wck_store_close(store);
    }
}

/* The same process goes on, as a collector does that has more servers to read. */
static void fails_and_recovers(size_t n, faulty_action action, const char *reason, const char *hint, size_t seen[2])
{
    wck_store *store;
    wck_snapshot *s = fresh();
    wck_snapshot_id id = 7;
    wck_status status;

    assert_ok(wck_store_open(&store, dir.uri, NULL, &err));
    faulty_vfs_at(n, action);
    status = wck_store_put(store, s, &id, NULL, &err);
    faulty_vfs_at(0, FAULTY_NONE);
    seen[status == WCK_OK]++;
    if (status != WCK_OK) {
        assert_int_equal(status, WCK_E_STORE);
        assert_int_equal(id, 0);
        if (strstr(err.text, reason) == NULL || strstr(err.text, dir.path) == NULL)
            fail_msg("at %zu: %s", n, err.text);
        assert_contains(err.hint, hint);
        assert_int_equal(count(store), 2);
        assert_ok(wck_store_put(store, s, &id, NULL, &err)); /* there is room again */
    }
    assert_ok(wck_store_remove(store, id, &err));
    wck_store_close(store);
    wck_snapshot_free(s);
    assert_int_equal(check_store("failed at", n), 2);
}

static void a_full_disk_at_every_point(void **state)
{
    size_t total = calls_of(put_fresh), seen[2] = {0};

    (void)state;
    check_all_or_nothing("undisturbed", 0);
    for (size_t i = 0; i < POINTS && i < total; i += 2)
        fails_and_recovers(point(i, total), FAULTY_FULL, "could not", "", seen);
    assert_true(seen[0] > POINTS / 4);
}

static void a_broken_disk_at_every_point(void **state)
{
    size_t total = calls_of(put_fresh), seen[2] = {0};

    (void)state;
    check_all_or_nothing("undisturbed", 0);
    for (size_t i = 0; i < POINTS && i < total; i += 2)
        fails_and_recovers(point(i, total), FAULTY_BROKEN, "disk I/O error", "", seen);
    assert_true(seen[0] > POINTS / 4);
}

static void a_full_disk_is_said_with_its_remedy(void **state)
{
    wck_store *store;
    wck_snapshot *s = fresh();
    wck_snapshot_id id;
    char wanted[200];

    (void)state;
    assert_ok(wck_store_open(&store, dir.uri, NULL, &err));
    faulty_vfs_at(1, FAULTY_FULL);
    assert_fails(WCK_E_STORE, wck_store_put(store, s, &id, NULL, &err));
    faulty_vfs_at(0, FAULTY_NONE);
    snprintf(wanted, sizeof wanted, "store \"%s\": database or disk is full", dir.path);
    assert_contains(err.text, wanted);
    assert_string_equal(err.hint, "Free some space; what was stored before is intact.");
    wck_store_close(store);
    wck_snapshot_free(s);
}

/* The real thing: a limit of the file size. The store must be as it was, and say so. */
static void a_real_limit_of_the_file_size(void **state)
{
    struct stat st;
    int status;
    pid_t child;

    (void)state;
    assert_int_equal(stat(dir.path, &st), 0);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {(rlim_t)st.st_size + 8192, (rlim_t)st.st_size + 8192};
        wck_store *store;
        wck_snapshot *s = fresh();
        wck_snapshot_id id;
        bool ok;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        ok = wck_store_open(&store, dir.uri, NULL, &err) == WCK_OK &&
             wck_store_put(store, s, &id, NULL, &err) == WCK_E_STORE && strstr(err.text, dir.path) != NULL &&
             strstr(err.text, "(File too large)") != NULL && strstr(err.hint, "Free some space") != NULL;
        if (!ok)
            fprintf(stderr, "%s\n", err.text);
        wck_store_close(store);
        _exit(ok ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(check_store("limit", 0), 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(dying_while_putting),
        CASE(dying_while_removing),
        CASE(dying_while_creating),
        CASE(a_full_disk_at_every_point),
        CASE(a_broken_disk_at_every_point),
        CASE(a_full_disk_is_said_with_its_remedy),
        CASE(a_real_limit_of_the_file_size),
    };

    faulty_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
