/* SPDX-License-Identifier: MIT
 * test_base_memory.c: every n-th allocation fails, for every n: a NULL or false, nothing lost, nothing leaked
 * (LeakSanitizer), and afterwards everything goes on. */
#include "support/test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/quote.h"
#include "base/secret.h"
#include "base/vec.h"
#include "support/fail_alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* false: it said that memory is short. */
typedef bool scenario(void);

static void exhaust(scenario *run, size_t at_least)
{
    size_t n = 0;

    for (bool failed = true; failed;) {
        bool ok;
        fail_alloc_at(++n);
        ok = run();
        failed = fail_alloc_end();
        if (ok == failed)
            fail_msg("allocation %zu: %s", n, failed ? "the failure was not told" : "a failure was told without one");
    }
    assert_true(n > at_least);
}

static bool use_arena(void)
{
    wck_arena *arena = wck_arena_new();
    bool ok = arena != NULL;

    for (size_t i = 0; ok && i < 50; i++) {
        char *p = wck_arena_alloc(arena, 1000);
        ok = p != NULL;
        if (ok)
            memset(p, 1, 1000);
    }
    ok = ok && wck_arena_strdup(arena, "text") != NULL && wck_arena_printf(arena, "%5000d", 1) != NULL &&
         wck_arena_array(arena, 5000, 16) != NULL;
    wck_arena_free(arena);
    return ok;
}

static bool use_buf(void)
{
    wck_buf buf;
    bool ok;

    wck_buf_init(&buf, 1U << 20);
    for (int i = 0; i < 500; i++)
        wck_buf_printf(&buf, "%d some text ", i); /* only the end tells */
    ok = !buf.failed;
    assert_true(buf.failed || buf.len > 5000);
    assert_int_equal(wck_buf_text(&buf)[buf.len], '\0');
    wck_buf_clear(&buf);
    return ok;
}

static bool use_vec(void)
{
    WCK_VEC(int) v = {0};
    bool ok = true;

    for (int i = 0; ok && i < 500; i++) {
        int *item = wck_vec_push(&v);
        ok = item != NULL;
        if (ok)
            *item = i;
        else
            assert_int_equal(v.n, i);
    }
    for (size_t i = 0; i < v.n; i++)
        assert_int_equal(v.items[i], (int)i);
    wck_vec_clear(&v);
    return ok;
}

static bool use_map(void)
{
    static int keys[500];
    wck_map map = {0};
    bool ok = true;
    size_t put = 0;

    for (int i = 0; i < 500; i++)
        keys[i] = i;
    for (size_t i = 0; ok && i < 500; i++) {
        wck_map_entry *e = wck_map_put(&map, &keys[i], sizeof keys[i], NULL);
        ok = e != NULL;
        put += ok;
    }
    for (size_t i = 0; i < 500; i++) /* what is in it is found, what is not is not */
        assert_true((wck_map_find(&map, &keys[i], sizeof keys[i]) != NULL) == (i < put));
    assert_int_equal(map.n, put);
    wck_map_clear(&map);
    return ok;
}

static bool use_secret(void)
{
    wck_secret s = {0};
    bool ok = wck_secret_set(&s, "first", 5), second;

    if (ok) {
        second = wck_secret_set(&s, "second", 6);
        assert_string_equal(wck_secret_reveal(&s), second ? "second" : "first"); /* the old one stays */
        ok = second;
    }
    wck_secret_clear(&s);
    return ok;
}

static bool use_hasher(void)
{
    wck_digest digest;
    wck_hasher *hasher = wck_hasher_new();

    return hasher != NULL && wck_hasher_put(hasher, "abc", 3) && wck_hasher_end(hasher, &digest);
}

static bool quote(bool fn(wck_buf *, const char *))
{
    wck_buf out;
    bool ok;

    wck_buf_init(&out, 1U << 16);
    ok = fn(&out, "<a long text> = 'with' \"quotes\" \x1b and \xc3\xa4, so that the buffer has to grow a few times over, "
                  "and then some more <<<<<<<<<<<<<<<<<<<<<<<<<<<<<<>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>");
    assert_true(ok == !out.failed);
    wck_buf_clear(&out);
    return ok;
}

static bool use_xml(void)
{
    return quote(wck_quote_xml);
}

static bool use_csv(void)
{
    return quote(wck_quote_csv);
}

static bool use_powershell(void)
{
    return quote(wck_quote_powershell);
}

static bool use_shell(void)
{
    return quote(wck_quote_shell);
}

static char path[64];

static bool use_write(void)
{
    wck_error err = {0};
    wck_status status = wck_fs_write_atomic(path, "new", 3, 0600, &err);

    assert_true(status == WCK_OK || status == WCK_E_MEMORY);
    assert_true((status == WCK_OK) == (err.text[0] == '\0'));
    return status == WCK_OK;
}

static bool use_read(void)
{
    wck_error err = {0};
    wck_buf buf;
    wck_status status;

    wck_buf_init(&buf, 1U << 20);
    status = wck_fs_read(&buf, path, &err);
    assert_true(status == WCK_OK || status == WCK_E_MEMORY);
    wck_buf_clear(&buf);
    return status == WCK_OK;
}

static void base_survives_every_failed_allocation(void **state)
{
    (void)state;
    exhaust(use_arena, 4);
    exhaust(use_buf, 5);
    exhaust(use_vec, 5);
    exhaust(use_map, 8);
    exhaust(use_secret, 1);
    exhaust(use_hasher, 0);
    exhaust(use_xml, 2);
    exhaust(use_csv, 2);
    exhaust(use_powershell, 4);
    exhaust(use_shell, 2);
}

static void files_survive_every_failed_allocation(void **state)
{
    char dir[] = "/tmp/wck-memory-XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/f", dir);
    exhaust(use_write, 0);
    exhaust(use_read, 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0); /* no temporary file is left */
}

/* A message is made in any case; at worst it is empty. */
static void a_short_quote_needs_no_memory_to_be_safe(void **state)
{
    char out[32];

    (void)state;
    fail_alloc_at(1);
    wck_quote_short(out, sizeof out, "text", 20);
    assert_true(fail_alloc_end());
    assert_true(strlen(out) < sizeof out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_survives_every_failed_allocation),
        cmocka_unit_test(files_survive_every_failed_allocation),
        cmocka_unit_test(a_short_quote_needs_no_memory_to_be_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
