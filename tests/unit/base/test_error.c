/* SPDX-License-Identifier: MIT
 * test_error.c: the error report and the log: nothing is lost, nothing overflows, nothing is cut inside a character. */
#include "support/test.h"

#include "base/log.h"
#include "base/quote.h"

#include <stdio.h>
#include <stdlib.h>

static void a_failure_is_recorded_and_returned(void **state)
{
    wck_error err = {0};

    (void)state;
    assert_int_equal(wck_fail(&err, WCK_E_IO, "could not read \"%s\": %d", "x", 5), WCK_E_IO);
    assert_int_equal(err.status, WCK_E_IO);
    assert_string_equal(err.text, "could not read \"x\": 5");
    assert_string_equal(err.detail, "");
    assert_string_equal(err.hint, "");
    assert_int_equal(wck_fail_detail(&err, "%s.", "Detail"), WCK_E_IO);
    assert_int_equal(wck_fail_hint(&err, "%s.", "Hint"), WCK_E_IO);
    assert_int_equal(wck_fail_prefix(&err, "%s", "server berlin"), WCK_E_IO);
    assert_string_equal(err.text, "server berlin: could not read \"x\": 5");
    assert_string_equal(err.detail, "Detail.");
    assert_string_equal(err.hint, "Hint.");
    wck_fail(&err, WCK_E_ARG, "next");
    assert_string_equal(err.text, "next");
    assert_string_equal(err.detail, "");
    assert_string_equal(err.hint, "");
    wck_error_clear(&err);
    assert_int_equal(err.status, WCK_OK);
    assert_string_equal(err.text, "");
}

static void memory_failures_say_what_was_being_done(void **state)
{
    wck_error err = {0};

    (void)state;
    assert_int_equal(wck_fail_memory(&err, "reading a file"), WCK_E_MEMORY);
    assert_string_equal(err.text, "out of memory while reading a file");
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    assert_int_equal(wck_fail(NULL, WCK_E_HTTP, "%d", 1), WCK_E_HTTP);
    assert_int_equal(wck_fail_memory(NULL, "x"), WCK_E_MEMORY);
    assert_int_equal(wck_fail_detail(NULL, "%d", 1), WCK_E_ARG);
    assert_int_equal(wck_fail_hint(NULL, "%d", 1), WCK_E_ARG);
    assert_int_equal(wck_fail_prefix(NULL, "%d", 1), WCK_E_ARG);
    wck_error_clear(NULL);
}

static void arguments_may_be_the_last_error(void **state)
{
    wck_error err = {0};

    (void)state;
    wck_fail(&err, WCK_E_IO, "inner");
    wck_fail_hint(&err, "hint");
    wck_fail(&err, WCK_E_INPUT, "outer: %s (%s)", err.text, err.hint);
    assert_string_equal(err.text, "outer: inner (hint)");
    wck_fail_prefix(&err, "%s", err.text);
    assert_string_equal(err.text, "outer: inner (hint): outer: inner (hint)");
}

static char *repeated(const char *unit, size_t times)
{
    size_t len = strlen(unit);
    char *out = malloc(len * times + 1);

    assert_non_null(out);
    for (size_t i = 0; i < times; i++)
        memcpy(out + i * len, unit, len);
    out[len * times] = '\0';
    return out;
}

static void overlong_text_is_cut_between_characters(void **state)
{
    static const char *const units[] = {"a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

    (void)state;
    for (size_t u = 0; u < 4; u++) {
        char *text = repeated(units[u], 700);
        size_t len = strlen(units[u]);
        for (int shift = 0; shift < 5; shift++) {
            wck_error err = {0};
            wck_fail(&err, WCK_E_IO, "%.*s%s", shift, "xxxxx", text);
            wck_fail_detail(&err, "%.*s%s", shift, "xxxxx", text);
            wck_fail_hint(&err, "%.*s%s", shift, "xxxxx", text);
            assert_true(wck_utf8_valid(err.text, strlen(err.text)));
            assert_true(wck_utf8_valid(err.detail, strlen(err.detail)));
            assert_true(wck_utf8_valid(err.hint, strlen(err.hint)));
            assert_true(strlen(err.text) > sizeof err.text - 1 - len);
            assert_true(strlen(err.detail) > sizeof err.detail - 1 - len);
            assert_true(strlen(err.hint) > sizeof err.hint - 1 - len);
            wck_fail_prefix(&err, "%.*s", shift + 1, "xxxxx");
            assert_true(wck_utf8_valid(err.text, strlen(err.text)));
            assert_true(strlen(err.text) > sizeof err.text - 1 - len);
        }
        free(text);
    }
}

static void a_prefix_that_fills_everything_is_cut_too(void **state)
{
    char *text = repeated("\xe2\x82\xac", 700);
    wck_error err = {0};

    (void)state;
    wck_fail(&err, WCK_E_IO, "reason");
    wck_fail_prefix(&err, "x%s", text);
    assert_true(wck_utf8_valid(err.text, strlen(err.text)));
    assert_true(strlen(err.text) >= sizeof err.text - 3);
    free(text);
}

/* ---- log ---- */

typedef struct heard {
    wck_log_level level;
    char text[1100];
    int times;
} heard;

static void hear(wck_log_level level, const char *text, void *payload)
{
    heard *h = payload;

    h->level = level;
    h->times++;
    snprintf(h->text, sizeof h->text, "%s", text);
}

static void the_callback_hears_what_is_logged(void **state)
{
    heard h = {0};

    (void)state;
    wck_log(WCK_LOG_INFO, "to nobody");
    wck_log_set(hear, &h);
    wck_log(WCK_LOG_WARNING, "%s %d", "a", 1);
    assert_int_equal(h.times, 1);
    assert_int_equal(h.level, WCK_LOG_WARNING);
    assert_string_equal(h.text, "a 1");
    wck_log_set(NULL, NULL);
    wck_log(WCK_LOG_WARNING, "to nobody");
    assert_int_equal(h.times, 1);
}

static void an_overlong_log_line_is_cut_between_characters(void **state)
{
    char *text = repeated("\xe2\x82\xac", 700);
    heard h = {0};

    (void)state;
    wck_log_set(hear, &h);
    for (int shift = 0; shift < 3; shift++) {
        wck_log(WCK_LOG_DEBUG, "%.*s%s", shift, "xx", text);
        assert_true(strlen(h.text) > 1000);
        assert_true(wck_utf8_valid(h.text, strlen(h.text)));
    }
    wck_log_set(NULL, NULL);
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_recorded_and_returned),
        cmocka_unit_test(memory_failures_say_what_was_being_done),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(arguments_may_be_the_last_error),
        cmocka_unit_test(overlong_text_is_cut_between_characters),
        cmocka_unit_test(a_prefix_that_fills_everything_is_cut_too),
        cmocka_unit_test(the_callback_hears_what_is_logged),
        cmocka_unit_test(an_overlong_log_line_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
