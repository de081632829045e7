/* SPDX-License-Identifier: MIT
 * test_secret.c: what a secret keeps, and that no memory given back still holds it. Linked with --wrap=free. That no
 * format takes a secret is secret.sh. */
#include "support/test.h"

#include "base/buf.h"
#include "base/secret.h"

#include <malloc.h>
#include <stdlib.h>

static const char *watched; /* text that no freed block may hold */
static size_t watched_len;
static int frees, leaks;

static bool holds(const char *block, size_t size)
{
    for (size_t i = 0; i + watched_len <= size; i++)
        if (memcmp(block + i, watched, watched_len) == 0)
            return true;
    return false;
}

void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_free(void *p)
{
    if (p != NULL && watched != NULL) {
        frees++;
        leaks += holds(p, malloc_usable_size(p));
    }
    __real_free(p);
}

static void a_secret_is_kept_until_cleared(void **state)
{
    wck_secret s = {0};

    (void)state;
    assert_false(wck_secret_is_set(&s));
    assert_string_equal(wck_secret_reveal(&s), "");
    assert_true(wck_secret_set(&s, "Passw0rd!more", 9));
    assert_true(wck_secret_is_set(&s));
    assert_string_equal(wck_secret_reveal(&s), "Passw0rd!");
    assert_true(wck_secret_set(&s, "", 0));
    assert_true(wck_secret_is_set(&s)); /* an empty password is one */
    assert_string_equal(wck_secret_reveal(&s), "");
    wck_secret_clear(&s);
    assert_false(wck_secret_is_set(&s));
    wck_secret_clear(&s);
}

static void a_copy_is_kept(void **state)
{
    char text[] = "Passw0rd!";
    wck_secret s = {0};

    (void)state;
    assert_true(wck_secret_set(&s, text, strlen(text)));
    memset(text, 'x', sizeof text - 1);
    assert_string_equal(wck_secret_reveal(&s), "Passw0rd!");
    wck_secret_clear(&s);
}

static void memory_is_wiped_before_it_is_freed(void **state)
{
    wck_secret s = {0};

    (void)state;
    assert_true(wck_secret_set(&s, "correct horse battery staple", 28));
    watched = "horse battery";
    watched_len = 13;
    frees = leaks = 0;
    assert_true(wck_secret_set(&s, "another", 7)); /* replacing frees the first */
    assert_int_equal(frees, 1);
    assert_int_equal(leaks, 0);
    watched = "another";
    watched_len = 7;
    wck_secret_clear(&s);
    assert_int_equal(frees, 2);
    assert_int_equal(leaks, 0);
    watched = NULL;
}

static void the_watch_sees_what_is_not_wiped(void **state)
{
    wck_buf plain;

    (void)state;
    wck_buf_init(&plain, 100);
    assert_true(wck_buf_puts(&plain, "correct horse battery staple"));
    watched = "horse battery";
    watched_len = 13;
    leaks = 0;
    wck_buf_clear(&plain);
    watched = NULL;
    assert_int_equal(leaks, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_kept_until_cleared),
        cmocka_unit_test(a_copy_is_kept),
        cmocka_unit_test(memory_is_wiped_before_it_is_freed),
        cmocka_unit_test(the_watch_sees_what_is_not_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
