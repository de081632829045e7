/* SPDX-License-Identifier: MIT
 * test_names.c: every enum and its words, both ways; what is no word is none. */
#include "support/test.h"

#include "model/plan.h"
#include "model/report.h"
#include "model/snapshot.h"

#include <stdio.h>

/* Every value from..to has a word of its own that is read back, and nothing else is a word. */
#define CHECK(stem, type, from, to)                                                                            \
    do {                                                                                                       \
        type out_ = (type)(from);                                                                              \
        for (int v_ = (int)(from); v_ <= (int)(to); v_++) {                                                    \
            const char *word_ = wck_##stem##_name((type)v_);                                                   \
            char other_[64];                                                                                   \
            assert_true(wck_##stem##_parse(&out_, word_));                                                     \
            assert_int_equal(out_, v_);                                                                        \
            snprintf(other_, sizeof other_, "%sx", word_);                                                     \
            assert_false(wck_##stem##_parse(&out_, other_));                                                   \
            snprintf(other_, sizeof other_, "%s", word_);                                                      \
            other_[0] = (char)(other_[0] - 32);                                                                \
            assert_false(wck_##stem##_parse(&out_, other_)); /* capitals are another word */                   \
        }                                                                                                      \
        out_ = (type)(from);                                                                                   \
        assert_false(wck_##stem##_parse(&out_, ""));                                                           \
        assert_int_equal(out_, from); /* untouched */                                                          \
        assert_string_equal(wck_##stem##_name((type)99), wck_##stem##_name((type)(from)));                     \
    } while (0)

static void every_value_has_its_word(void **state)
{
    (void)state;
    CHECK(section, wck_section, WCK_SECTION_CONFIG, WCK_SECTION_HOST);
    CHECK(coverage, wck_coverage_state, WCK_COVERAGE_UNKNOWN, WCK_COVERAGE_COMPLETE);
    CHECK(mode, wck_mode, WCK_MODE_UNKNOWN, WCK_MODE_AUTONOMOUS);
    CHECK(category_kind, wck_category_kind, WCK_CATEGORY_UNKNOWN, WCK_CATEGORY_DETECTOID);
    CHECK(update_type, wck_update_type, WCK_UPDATE_UNKNOWN, WCK_UPDATE_DRIVER);
    CHECK(update_state, wck_update_state, WCK_STATE_UNKNOWN, WCK_STATE_EXPIRED);
    CHECK(sync_result, wck_sync_result, WCK_SYNC_UNKNOWN, WCK_SYNC_RUNNING);
    CHECK(sync_trigger, wck_sync_trigger, WCK_TRIGGER_UNKNOWN, WCK_TRIGGER_MANUAL);
    CHECK(file_state, wck_file_state, WCK_FILE_UNKNOWN, WCK_FILE_MISSING);
    CHECK(severity, wck_severity, WCK_SEVERITY_NOTE, WCK_SEVERITY_ERROR);
    CHECK(result, wck_result, WCK_RESULT_FAIL, WCK_RESULT_WAIVED);
    CHECK(object_kind, wck_object_kind, WCK_OBJECT_SERVER, WCK_OBJECT_FILE);
    CHECK(action_kind, wck_action_kind, WCK_DO_VERIFY, WCK_DO_COUNT - 1);
    CHECK(risk, wck_risk, WCK_RISK_LOW, WCK_RISK_HIGH);
}

static void a_section_nobody_spoke_of_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(wck_coverage_name(WCK_COVERAGE_ABSENT), "unknown");
}

static void every_action_code_comes_back(void **state)
{
    static const int64_t codes[] = {0, 1, 2, 3, 4, 5, 99, 999999999999999999, 1000000000000000000, INT64_MAX - 1, INT64_MAX};
    char text[WCK_ACTION_TEXT];
    int64_t back;

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        assert_true(wck_action_parse(&back, wck_action_format(text, codes[i])));
        assert_true(back == codes[i]);
    }
    assert_string_equal(wck_action_format(text, WCK_ACTION_INSTALL), "install");
    assert_string_equal(wck_action_format(text, WCK_ACTION_UNINSTALL), "uninstall");
    assert_string_equal(wck_action_format(text, WCK_ACTION_SCAN), "scan");
    assert_string_equal(wck_action_format(text, WCK_ACTION_BLOCK), "block");
    assert_string_equal(wck_action_format(text, 7), "other:7");
    assert_true(strlen(wck_action_format(text, WCK_INT_NONE)) < sizeof text);
}

static void nothing_else_is_an_action(void **state)
{
    static const char *const bad[] = {"", "Install", "other", "other:", "other:x", "other:-1", "other:+1", "other: 1",
                                      "other:1x", "other:9223372036854775808", "other:99999999999999999999", "7"};
    int64_t back = 5;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (wck_action_parse(&back, bad[i]))
            fail_msg("\"%s\" was read", bad[i]);
    assert_int_equal(back, 5);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_its_word),
        cmocka_unit_test(a_section_nobody_spoke_of_is_unknown),
        cmocka_unit_test(every_action_code_comes_back),
        cmocka_unit_test(nothing_else_is_an_action),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
