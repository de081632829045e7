/* SPDX-License-Identifier: MIT
 * test_store_several.c: the contract of a store that several hold open at once, and of contents at the edges: odd
 * names, extreme times, large values. Run on every backend. */
#include "support/test.h"

#include "backends.h"
#include "unit/model/snapshots.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static wck_error err;

static wck_snapshot *at(const char *name, wck_time t, uint64_t seed)
{
    return sample_random(&(sample_options){.name = name, .updates = 60, .seed = seed, .local = seed, .collected_at = t});
}

static wck_snapshot_id put_new(wck_store *store, wck_snapshot *s)
{
    wck_snapshot_id id;

    assert_ok(wck_store_put(store, s, &id, NULL, &err));
    wck_snapshot_free(s);
    return id;
}

static wck_status count_one(const wck_snapshot_info *info, void *payload, wck_error *e)
{
    (void)info;
    (void)e;
    ++*(size_t *)payload;
    return WCK_OK;
}

static size_t count(wck_store *store, const char *server)
{
    size_t n = 0;

    assert_ok(wck_store_list(store, server, count_one, &n, &err));
    return n;
}

static wck_store *open_again(const fixture *f, bool read_only)
{
    wck_store *store;

    assert_ok(wck_store_open(&store, f->uri, &(wck_store_options){.read_only = read_only}, &err));
    return store;
}

static void check_is(wck_store *store, wck_snapshot_id id, const wck_snapshot *expected)
{
    wck_snapshot *back;

    assert_ok(wck_store_get(store, id, &back, &err));
    assert_same_snapshot(expected, back);
    wck_snapshot_free(back);
}

/* ---- several at once ---- */

static void what_one_writes_the_other_reads(void **state)
{
    fixture *f = *state;
    wck_store *other;
    wck_snapshot *s = at("a", 1, 3);
    wck_snapshot_id id;
    wck_buf out;

    if (!current->lasting) {
        wck_snapshot_free(s);
        skip();
    }
    other = open_again(f, false);
    assert_int_equal(count(other, NULL), 0);
    assert_ok(wck_store_put(f->store, s, &id, NULL, &err));
    check_is(other, id, s);
    assert_int_equal(count(other, "a"), 1);
    assert_ok(wck_store_meta_put(other, "k", "v", &err));
    wck_buf_init(&out, 10);
    assert_ok(wck_store_meta_get(f->store, "k", &out, &err));
    assert_string_equal(out.data, "v");
    wck_buf_clear(&out);
    assert_ok(wck_store_remove(other, id, &err));
    assert_int_equal(count(f->store, NULL), 0);
    assert_fails(WCK_E_NOT_FOUND, wck_store_get(f->store, id, &(wck_snapshot *){NULL}, &err));
    wck_store_close(other);
    wck_snapshot_free(s);
}

static void the_same_snapshot_put_by_both_is_one(void **state)
{
    fixture *f = *state;
    wck_store *other;
    wck_snapshot *s = at("a", 1, 3);
    wck_snapshot_id x, y;
    bool existed;

    if (!current->lasting) {
        wck_snapshot_free(s);
        skip();
    }
    other = open_again(f, false);
    assert_ok(wck_store_put(f->store, s, &x, &existed, &err));
    assert_false(existed);
    assert_ok(wck_store_put(other, s, &y, &existed, &err));
    assert_true(existed);
    assert_int_equal(x, y);
    assert_int_equal(count(other, NULL), 1);
    wck_store_close(other);
    wck_snapshot_free(s);
}

enum { WRITERS = 3, EACH = 10 };

static int write_many(const fixture *f, int who)
{
    wck_store *store;
    char name[16];

    if (wck_store_open(&store, f->uri, NULL, &err) != WCK_OK)
        return 1;
    snprintf(name, sizeof name, "w%d", who);
    for (int i = 0; i < EACH; i++) {
        /* every other one is a snapshot that all of them put */
        wck_snapshot *s = at(i % 2 == 0 ? name : "common", i + 1, (uint64_t)(i + 1));
        wck_snapshot_id id;
        wck_status status = wck_store_put(store, s, &id, NULL, &err);
        wck_snapshot_free(s);
        if (status != WCK_OK) {
            fprintf(stderr, "%s\n", err.text);
            return 2;
        }
    }
    wck_store_close(store);
    return 0;
}

static void processes_that_write_at_once_lose_nothing(void **state)
{
    fixture *f = *state;
    pid_t children[WRITERS];

    if (!current->lasting)
        skip();
    fflush(NULL);
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(write_many(f, i));
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(count(f->store, NULL), WRITERS * EACH / 2 + EACH / 2);
    assert_int_equal(count(f->store, "common"), EACH / 2); /* put by all, there once */
    assert_ok(wck_store_verify(f->store, &err));
}

/* It reads on, or says that it cannot; it never gives other rows. */
static void a_reader_of_what_another_removes(void **state)
{
    fixture *f = *state;
    wck_store *other;
    wck_snapshot *s = at("a", 1, 3);
    wck_snapshot_id id;
    wck_reader *r, *whole;
    wck_arena *arena = wck_arena_new();

    if (!current->lasting) {
        wck_snapshot_free(s);
        wck_arena_free(arena);
        skip();
    }
    other = open_again(f, false);
    assert_ok(wck_store_put(f->store, s, &id, NULL, &err));
    assert_ok(wck_reader_of_snapshot(&whole, s, &err));
    assert_ok(wck_store_reader(f->store, id, &r, &err));
    assert_ok(wck_store_remove(other, id, &err));
    put_new(other, at("b", 2, 4)); /* perhaps where the other stood */
    for (size_t p = 0; p < r->n_partitions; p++) {
        wck_partition rows, expected;
        wck_status status = r->ops->load(r, p, arena, &rows, &err);
        assert_true(status == WCK_OK || status == WCK_E_STORE);
        assert_ok(whole->ops->load(whole, p, arena, &expected, &err));
        if (status != WCK_OK)
            continue;
        assert_int_equal(rows.n_updates, expected.n_updates);
        for (size_t i = 0; i < rows.n_updates; i++) {
            assert_true(wck_guid_eq(rows.updates[i].id, expected.updates[i].id));
            assert_string_equal(rows.updates[i].title, expected.updates[i].title);
        }
    }
    wck_reader_close(r);
    wck_reader_close(whole);
    wck_arena_free(arena);
    wck_store_close(other);
    wck_snapshot_free(s);
}

static void reading_only_is_reading_only(void **state)
{
    fixture *f = *state;
    wck_store *reading;
    wck_snapshot *s = at("a", 1, 3), *t = at("b", 1, 4);
    wck_snapshot_id id, none = 5;

    if (!current->lasting) {
        wck_snapshot_free(s);
        wck_snapshot_free(t);
        skip();
    }
    assert_ok(wck_store_put(f->store, s, &id, NULL, &err));
    reading = open_again(f, true);
    check_is(reading, id, s);
    assert_ok(wck_store_verify(reading, &err));
    assert_int_not_equal(wck_store_put(reading, t, &none, NULL, &err), WCK_OK);
    assert_int_equal(none, 0);
    assert_int_not_equal(wck_store_remove(reading, id, &err), WCK_OK);
    assert_int_not_equal(wck_store_meta_put(reading, "k", "v", &err), WCK_OK);
    assert_int_equal(count(reading, NULL), 1);
    wck_store_close(reading);
    wck_snapshot_free(s);
    wck_snapshot_free(t);
}

static void an_id_is_never_used_again(void **state)
{
    fixture *f = *state;
    wck_snapshot_id last = 0;

    for (int i = 0; i < 5; i++) {
        wck_snapshot_id id = put_new(f->store, at("a", i + 1, 3));
        assert_true(id > last);
        last = id;
        assert_ok(wck_store_remove(f->store, id, &err)); /* the highest one goes each time */
        if (current->lasting && i == 2) {
            wck_store_close(f->store);
            f->store = open_again(f, false);
        }
    }
    assert_ok(wck_store_verify(f->store, &err));
}

/* Between two questions nobody notices; in the midst of one state it is an error, and the next one is answered. */
static void a_connection_that_is_cut_is_made_again(void **state)
{
    fixture *f = *state;
    wck_snapshot *s = at("a", 1, 3);
    wck_snapshot_id id;
    wck_reader *r;
    wck_buf out;

    if (current->cut == NULL) {
        wck_snapshot_free(s);
        skip();
    }
    wck_buf_init(&out, 100);
    assert_true(current->cut(f));
    assert_ok(wck_store_document_put(f->store, (wck_guid){1, 1}, 1, "d", 1, &err));
    assert_true(current->cut(f));
    assert_ok(wck_store_document_get(f->store, (wck_guid){1, 1}, 1, &out, &err));
    assert_true(current->cut(f));
    assert_ok(wck_store_put(f->store, s, &id, NULL, &err));
    assert_true(current->cut(f));
    assert_int_equal(count(f->store, NULL), 1);
    assert_ok(wck_store_reader(f->store, id, &r, &err));
    assert_true(current->cut(f));
    assert_fails(WCK_E_STORE, r->ops->parts(r, 0, &(const wck_part_info *){NULL}, &err));
    assert_contains(err.hint, "what was stored before is intact");
    wck_reader_close(r);
    check_is(f->store, id, s);
    assert_true(current->cut(f));
    assert_ok(wck_store_remove(f->store, id, &err));
    assert_ok(wck_store_verify(f->store, &err));
    wck_buf_clear(&out);
    wck_snapshot_free(s);
}

/* ---- at the edges ---- */

static void odd_names_are_names(void **state)
{
    static const char *const names[] = {"",
                                        " ",
                                        "'; DROP TABLE snapshot; --",
                                        "\"quoted\"",
                                        "100%",
                                        "a_b",
                                        "a\\b",
                                        "a\nb\tc",
                                        "\x1b[31mred",
                                        "wsus.m\xc3\xbcnchen.example",
                                        "\xf0\x9f\x98\x80",
                                        "NULL",
                                        "null",
                                        "0",
                                        "\x7f"};
    wck_store *store = ((fixture *)*state)->store;
    char longest[1025];
    size_t n = sizeof names / sizeof *names;
    wck_snapshot_id id;

    for (size_t i = 0; i < n; i++) {
        wck_snapshot *s = at(names[i], 1, 3);
        assert_ok(wck_store_put(store, s, &id, NULL, &err));
        check_is(store, id, s);
        wck_snapshot_free(s);
    }
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    put_new(store, at(longest, 1, 3));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(count(store, names[i]), 1);
    assert_int_equal(count(store, longest), 1);
    assert_int_equal(count(store, "%"), 0); /* no pattern */
    assert_int_equal(count(store, "A_B"), 0);
    assert_int_equal(count(store, NULL), n + 1);
    assert_ok(wck_store_verify(store, &err));
}

/* Valid UTF-8 out of what quoting, patterns and terminals stumble over. */
static void make_hostile(char *out, size_t size, uint64_t *seed)
{
    static const char *const pieces[] = {"'", "''", "\"", "\\", "\\'", "$1", "$$", "%", "_", ";", "--", "/*", "*/", "{", "}",
                                         ",", "\n", "\r", "\t", "\x01", "\x1b[31m", "\x7f", "NULL", "\\x41", "E'", "U&'",
                                         "\xc2\xa0", "\xc2\x85", "\xe2\x80\xae", "\xe2\x80\x99", "\xef\xbf\xbf", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf",
                                         "a\xcc\x88", "\xc3\xa4", "COPY", "\\.", "?", ":x", " ", "A", "z"};
    size_t n = sample_next(seed) % 12, len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const char *piece = pieces[sample_next(seed) % (sizeof pieces / sizeof *pieces)];
        if (len + strlen(piece) + 1 > size)
            break;
        len += (size_t)snprintf(out + len, size - len, "%s", piece);
    }
}

static void hostile_texts_come_back_byte_by_byte(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    size_t n = current->many ? 2000 : 200; /* each waits for the disk in a file */
    char key[200], value[200], name[210];
    uint64_t seed = 99;

    for (size_t i = 0; i < n; i++) {
        wck_buf out;
        make_hostile(name, 200, &seed);
        make_hostile(value, sizeof value, &seed);
        snprintf(key, sizeof key, "%.150s %zu", name, i);
        wck_buf_init(&out, 1000);
        assert_ok(wck_store_meta_put(store, key, value, &err));
        assert_ok(wck_store_meta_get(store, key, &out, &err));
        assert_string_equal(wck_buf_text(&out), value);
        wck_buf_clear(&out);
        if (i % 50 == 0) {
            wck_snapshot *s = at(key, 1, 3);
            wck_snapshot_id id;
            assert_ok(wck_store_put(store, s, &id, NULL, &err));
            check_is(store, id, s);
            assert_int_equal(count(store, key), 1);
            wck_snapshot_free(s);
        }
    }
    assert_ok(wck_store_verify(store, &err));
}

static wck_status note_time(const wck_snapshot_info *info, void *payload, wck_error *e)
{
    wck_time **at_next = payload;

    (void)e;
    *(*at_next)++ = info->collected_at;
    return WCK_OK;
}

static void all_times_are_kept_and_in_order(void **state)
{
    static const wck_time times[] = {WCK_TIME_NONE, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    enum { N = sizeof times / sizeof *times };
    wck_store *store = ((fixture *)*state)->store;
    wck_time seen[N], *next = seen;

    for (size_t i = 0; i < N; i++)
        put_new(store, at("a", times[(i * 3 + 2) % N], 3));
    assert_ok(wck_store_list(store, "a", note_time, &next, &err));
    assert_int_equal(next - seen, N);
    for (size_t i = 0; i < N; i++)
        assert_true(seen[i] == times[i]);
}

static void no_parent_and_an_empty_parent_stay_apart(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot *root = sample_random(&(sample_options){.name = "a", .updates = 1, .seed = 1});
    wck_snapshot *child = sample_random(&(sample_options){.name = "a", .parent = "", .updates = 1, .seed = 1});
    wck_snapshot_id x, y;
    wck_reader *r;

    assert_ok(wck_store_put(store, root, &x, NULL, &err));
    assert_ok(wck_store_put(store, child, &y, NULL, &err));
    assert_int_not_equal(x, y);
    assert_ok(wck_store_reader(store, x, &r, &err));
    assert_null(r->head->server.parent);
    wck_reader_close(r);
    assert_ok(wck_store_reader(store, y, &r, &err));
    assert_string_equal(r->head->server.parent, "");
    wck_reader_close(r);
    wck_snapshot_free(root);
    wck_snapshot_free(child);
}

static void large_values_are_kept(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    size_t size = 3U << 20;
    char *large = malloc(size + 1);
    uint64_t seed = 5;
    wck_buf out;

    assert_non_null(large);
    for (size_t i = 0; i < size; i++)
        large[i] = (char)(sample_next(&seed) % 255 + 1);
    large[size] = '\0';
    wck_buf_init(&out, SIZE_MAX / 4);
    assert_ok(wck_store_document_put(store, (wck_guid){1, 1}, INT64_MAX, large, size, &err));
    assert_ok(wck_store_document_put(store, (wck_guid){1, 1}, INT64_MIN, "s", 1, &err));
    assert_ok(wck_store_document_get(store, (wck_guid){1, 1}, INT64_MAX, &out, &err));
    assert_int_equal(out.len, size);
    assert_memory_equal(out.data, large, size);
    wck_buf_reset(&out);
    memset(large, 'v', size); /* a value is text */
    assert_ok(wck_store_meta_put(store, "large", large, &err));
    assert_ok(wck_store_meta_get(store, "large", &out, &err));
    assert_int_equal(out.len, size);
    assert_ok(wck_store_verify(store, &err));
    wck_buf_clear(&out);
    free(large);
}

static void a_snapshot_of_many_partitions_is_removed_whole(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot_id ids[3];

    for (int i = 0; i < 3; i++)
        ids[i] = put_new(store, sample_random(&(sample_options){.updates = 2000, .seed = 1, .local = (uint64_t)i,
                                                                .changed = (size_t)i * 50, .collected_at = i}));
    for (int i = 0; i < 3; i++) {
        assert_ok(wck_store_remove(store, ids[i], &err));
        assert_ok(wck_store_verify(store, &err));
        assert_int_equal(count(store, NULL), 2 - i);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, contract_set_up, contract_tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(what_one_writes_the_other_reads),
        CASE(the_same_snapshot_put_by_both_is_one),
        CASE(processes_that_write_at_once_lose_nothing),
        CASE(a_reader_of_what_another_removes),
        CASE(reading_only_is_reading_only),
        CASE(an_id_is_never_used_again),
        CASE(a_connection_that_is_cut_is_made_again),
        CASE(odd_names_are_names),
        CASE(hostile_texts_come_back_byte_by_byte),
        CASE(all_times_are_kept_and_in_order),
        CASE(no_parent_and_an_empty_parent_stay_apart),
        CASE(large_values_are_kept),
        CASE(a_snapshot_of_many_partitions_is_removed_whole),
    };
    int failed = 0;

    for (current = contract_backends(); current->name != NULL; current++)
        failed += cmocka_run_group_tests_name(current->name, tests, NULL, NULL);
    return failed;
}
