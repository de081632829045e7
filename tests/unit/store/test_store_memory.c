/* SPDX-License-Identifier: MIT
 * test_store_memory.c: when the n-th allocation fails, for every n, SQLite's own included: each call says so, leaks
 * nothing (LeakSanitizer), and leaves the store as it was. */
#include "support/test.h"

#include "stores.h"
#include "support/fail_alloc.h"
#include "unit/model/snapshots.h"

#include <sqlite3.h>
#include <stdlib.h>

static store_dir dir;
static wck_store *store;
static wck_snapshot *sample;
static wck_snapshot_id first, other;

/* ---- SQLite's memory, through the malloc that fails ---- */

enum { HEAD = 16 };

static void *take(int n)
{
    char *p = malloc(HEAD + (size_t)n);

    if (p == NULL)
        return NULL;
    *(int *)(void *)p = n;
    return p + HEAD;
}

static void give_back(void *p)
{
    if (p != NULL)
        free((char *)p - HEAD);
}

static int size_of(void *p)
{
    return p != NULL ? *(int *)(void *)((char *)p - HEAD) : 0;
}

static void *take_more(void *p, int n)
{
    char *grown = realloc((char *)p - HEAD, HEAD + (size_t)n);

    if (grown == NULL)
        return NULL;
    *(int *)(void *)grown = n;
    return grown + HEAD;
}

static int round_up(int n)
{
    return (n + 7) & ~7;
}

static int begin(void *data)
{
    (void)data;
    return SQLITE_OK;
}

static void end(void *data)
{
    (void)data;
}

/* ---- scenarios ---- */

typedef wck_status scenario(wck_error *err);

static void exhaust(const char *name, scenario *run, size_t at_least)
{
    size_t n = 0, told = 0;

    for (bool failed = true; failed;) {
        wck_error err = {0};
        wck_status status;
        fail_alloc_at(++n);
        status = run(&err);
        failed = fail_alloc_end();
        /* SQLite does without some of its memory: then all is well */
        if (status != WCK_OK && (!failed || status != WCK_E_MEMORY))
            fail_msg("%s, allocation %zu: status %d: %s", name, n, (int)status, err.text);
        told += status != WCK_OK;
    }
    if (told <= at_least)
        fail_msg("%s: only %zu failures", name, told);
}

static wck_status open_and_close(wck_error *err)
{
    wck_store *again;
    wck_status status = wck_store_open(&again, dir.uri, NULL, err);

    assert_true((status == WCK_OK) == (again != NULL));
    wck_store_close(again);
    return status;
}

static wck_status put_new(wck_error *err)
{
    wck_snapshot_id id = 9;
    wck_status status;

    sample->server.collected_at++;
    status = wck_store_put(store, sample, &id, NULL, err);
    assert_true((status == WCK_OK) == (id != 0));
    return status;
}

static wck_status get_whole(wck_error *err)
{
    wck_snapshot *s;
    wck_status status = wck_store_get(store, first, &s, err);

    assert_true((status == WCK_OK) == (s != NULL));
    wck_snapshot_free(s);
    return status;
}

static wck_status read_all(wck_error *err)
{
    wck_reader *r;
    wck_arena *arena = wck_arena_new();
    wck_status status = arena != NULL ? wck_store_reader(store, first, &r, err) : wck_fail_memory(err, "testing");

    for (size_t p = 0; status == WCK_OK && p < r->n_partitions; p++) {
        wck_partition rows;
        status = r->ops->load(r, p, arena, &rows, err);
    }
    if (arena != NULL)
        wck_reader_close(r);
    wck_arena_free(arena);
    return status;
}

static wck_status read_changed(wck_error *err)
{
    wck_reader *a = NULL, *b = NULL;
    wck_arena *arena = wck_arena_new();
    wck_status status = arena != NULL ? wck_store_reader(store, first, &a, err) : wck_fail_memory(err, "testing");

    if (status == WCK_OK)
        status = wck_store_reader(store, other, &b, err);
    for (size_t p = 0; status == WCK_OK && p < a->n_partitions; p++) {
        wck_partition rows[2];
        status = a->ops->changed(a, b, p, arena, rows, err);
    }
    wck_reader_close(a);
    wck_reader_close(b);
    wck_arena_free(arena);
    return status;
}

static wck_status count_one(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    (void)info;
    (void)err;
    ++*(size_t *)payload;
    return WCK_OK;
}

static wck_status note_latest(const char *server, wck_snapshot_id now, wck_snapshot_id before, void *payload,
                              wck_error *err)
{
    (void)server;
    (void)now;
    (void)before;
    (void)payload;
    (void)err;
    return WCK_OK;
}

static wck_status list_all(wck_error *err)
{
    size_t n = 0;

    return wck_store_list(store, NULL, count_one, &n, err);
}

static wck_status latest(wck_error *err)
{
    return wck_store_latest(store, note_latest, NULL, err);
}

static wck_status use_values(wck_error *err)
{
    wck_buf out;
    wck_status status;

    wck_buf_init(&out, 1000);
    status = wck_store_meta_put(store, "key", "value", err);
    if (status == WCK_OK)
        status = wck_store_meta_get(store, "key", &out, err);
    if (status == WCK_OK)
        status = wck_store_document_put(store, (wck_guid){1, 2}, 1, "document", 8, err);
    if (status == WCK_OK)
        status = wck_store_document_get(store, (wck_guid){1, 2}, 1, &out, err);
    wck_buf_clear(&out);
    return status;
}

static wck_status verify(wck_error *err)
{
    return wck_store_verify(store, err);
}

/* What it removes is put back without failures. */
static wck_status remove_other(wck_error *err)
{
    wck_status status = wck_store_remove(store, other, err);
    wck_error quiet = {0};

    fail_alloc_end();
    if (status == WCK_OK)
        other = store_put(store, store_sample("munich", 4, 3));
    assert_int_equal(wck_store_verify(store, &quiet), WCK_OK);
    return status;
}

static void every_call_survives_every_failed_allocation(void **state)
{
    wck_error err = {0};

    (void)state;
    exhaust("open", open_and_close, 5);
    exhaust("get", get_whole, 5);
    exhaust("read", read_all, 5);
    exhaust("changed", read_changed, 5);
    exhaust("list", list_all, 3);
    exhaust("latest", latest, 3);
    exhaust("values", use_values, 3);
    exhaust("put", put_new, 5);
    assert_ok(wck_store_verify(store, &err));
    exhaust("verify", verify, 5);
}

/* Separate: the first failure ends the run of failures, as it puts back what it removed. */
static void removing_survives_every_failed_allocation(void **state)
{
    wck_error err = {0};
    bool done = false;

    (void)state;
    for (size_t n = 1; !done; n++) {
        wck_status status;
        fail_alloc_at(n);
        status = remove_other(&err);
        assert_true(status == WCK_OK || status == WCK_E_MEMORY);
        done = status == WCK_OK;
        assert_true(n < 2000);
    }
}

static int set_up(void **state)
{
    wck_error err = {0};

    (void)state;
    store_dir_make(&dir);
    assert_ok(wck_store_open(&store, dir.uri, NULL, &err));
    first = store_put(store, store_sample("berlin", 5, 2));
    other = store_put(store, store_sample("munich", 4, 3));
    sample = store_sample("hq", 1000, 4);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wck_store_close(store);
    wck_snapshot_free(sample);
    store_dir_drop(&dir);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_survives_every_failed_allocation),
        cmocka_unit_test(removing_survives_every_failed_allocation),
    };
    static const sqlite3_mem_methods memory = {take, give_back, take_more, size_of, round_up, begin, end, NULL};

    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
