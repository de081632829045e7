/* SPDX-License-Identifier: MIT
 * test_script_cmd.c: the command-line dialect holds no text from outside, or refuses the step. */
#include "support/test.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>

static void emit(files *out, const texts *t, const char *path, const char *fqdn)
{
    wck_plan *plan = sample_machine_plan(t);
    wck_error err;

    memset(out, 0, sizeof *out);
    if (path != NULL)
        plan->actions.items[plan->actions.n - 1].target.path = path;
    if (fqdn != NULL)
        plan->snapshots.items[0].fqdn = fqdn;
    assert_ok(wck_emit_script_cmd(plan, take_file, out, &err));
    wck_plan_free(plan);
}

/* The golden file has the line ends of this system. */
static void assert_golden(const char *name, const char *text)
{
    char path[1024], line[1024];
    FILE *file;

    snprintf(path, sizeof path, "%s/golden/%s.txt", WCK_TEST_DIR, name);
    file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("there is no golden file %s", path);
    while (fgets(line, sizeof line, file) != NULL) {
        size_t len = strcspn(line, "\r\n");
        if (strncmp(text, line, len) != 0 || strncmp(text + len, "\r\n", 2) != 0)
            fail_msg("%s: wanted %.*s, got %.120s", name, (int)len, line, text);
        text += len + 2;
    }
    fclose(file);
    assert_string_equal(text, "");
}

static void the_scripts_are_the_golden_ones(void **state)
{
    files f;

    (void)state;
    emit(&f, &plain_texts, NULL, NULL);
    assert_int_equal(f.n, 4);
    assert_string_equal(f.names[0], "01-hq.cmd");
    assert_string_equal(f.names[1], "01-hq.undo.cmd");
    assert_golden("01-hq.cmd", f.data[0]);
    assert_golden("01-hq.undo.cmd", f.data[1]);
    assert_contains(file_named(&f, "run-order.json"), "\"script\": \"01-hq.cmd\"");
    assert_contains(file_named(&f, "run-order.json"), "\"actions\": [\"a1\", \"a7\", \"a8\", \"a9\", \"a10\"]");
    assert_contains(file_named(&f, "run-order.md"), "5 other actions");
    files_free(&f);
}

static void every_byte_is_printable(void **state)
{
    files f;

    (void)state;
    emit(&f, &plain_texts, NULL, NULL);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < f.len[i]; k++) {
            char c = f.data[i][k];
            assert_true(c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7F));
            assert_true((c == '\n') == (k > 0 && f.data[i][k - 1] == '\r'));
        }
    files_free(&f);
}

static void a_path_that_means_something_to_cmd_is_not_written(void **state)
{
    static const char *const paths[] = {"D:\\%PATH%",       "D:\\a&calc",  "D:\\a\" & calc", "D:\\a^b",     "D:\\a!b!",
                                        "D:\\a|b",          "D:\\\xC3\xBC", "D:\\..\\x",      "\\\\srv\\share", "D:",
                                        "D:\\",             "D:\\a\\",     "D:\\a.",         "D:/a",        "",
                                        "D:\\a\r\ncalc"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        files f;
        emit(&f, &plain_texts, paths[i], NULL);
        assert_contains(f.data[0], "rem a10 set_permissions: not here");
        assert_null(strstr(f.data[0], "calc"));
        assert_null(strstr(f.data[0], "icacls"));
        assert_null(strstr(f.data[1], "icacls"));
        files_free(&f);
    }
}

static void a_computer_that_has_no_plain_name_is_refused(void **state)
{
    static const char *const names[] = {"", "a&b.example", "%x%", "\xC3\xBC.example", "a b"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        files f;
        emit(&f, &plain_texts, NULL, names[i]);
        assert_contains(f.data[0], "set \"WANTED=\"\r\n");
        files_free(&f);
    }
}

static void ten_thousand_awkward_texts_change_nothing(void **state)
{
    files base;

    (void)state;
    emit(&base, &plain_texts, "D:\\%", "");
    for (unsigned n = 0; n < 10000; n += 5) {
        char text[5][256];
        texts t = {awkward_text(text[0], 256, n), awkward_text(text[1], 256, n + 1), awkward_text(text[2], 256, n + 2),
                   awkward_text(text[3], 256, n + 3)};
        files f;
        emit(&f, &t, awkward_text(text[4], 256, n + 4), awkward_text(text[4], 256, n + 4));
        assert_int_equal(f.n, base.n);
        for (size_t i = 0; i < 2; i++)
            assert_string_equal(f.data[i], base.data[i]);
        files_free(&f);
    }
    files_free(&base);
}

static void a_reset_that_would_be_first_is_left_out(void **state)
{
    wck_plan *plan = sample_machine_plan(&plain_texts);
    wck_error err;
    files f = {.n = 0};

    (void)state;
    plan->actions.items[0].kind = WCK_DO_RESET_CONTENT;
    assert_ok(wck_emit_script_cmd(plan, take_file, &f, &err));
    assert_contains(f.data[0], "rem a1 reset_content: not here");
    files_free(&f);
    wck_plan_free(plan);
}

static void a_plan_of_other_actions_has_only_run_orders(void **state)
{
    wck_plan *plan = sample_plan(&plain_texts);
    wck_error err;
    files f = {.n = 0};

    (void)state;
    plan->actions.n--; /* remove_inactive_approvals */
    assert_ok(wck_emit_script_cmd(plan, take_file, &f, &err));
    assert_int_equal(f.n, 2);
    assert_string_equal(file_named(&f, "run-order.json"), "[]\n");
    files_free(&f);
    wck_plan_free(plan);
}

/* test_emit_script_cmd --write DIR [PATH]: the golden scripts, for people and for tests/cmd; or with another folder. */
static int write_samples(const char *folder, const char *content)
{
    files f;

    emit(&f, &plain_texts, content, NULL);
    for (size_t i = 0; i < f.n; i++) {
        char path[1024];
        FILE *file;
        snprintf(path, sizeof path, "%s/%s", folder, f.names[i]);
        file = fopen(path, "wb");
        if (file == NULL || fwrite(f.data[i], 1, f.len[i], file) != f.len[i] || fclose(file) != 0)
            return 2;
    }
    files_free(&f);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scripts_are_the_golden_ones),
        cmocka_unit_test(every_byte_is_printable),
        cmocka_unit_test(a_path_that_means_something_to_cmd_is_not_written),
        cmocka_unit_test(a_computer_that_has_no_plain_name_is_refused),
        cmocka_unit_test(ten_thousand_awkward_texts_change_nothing),
        cmocka_unit_test(a_reset_that_would_be_first_is_left_out),
        cmocka_unit_test(a_plan_of_other_actions_has_only_run_orders),
    };

    if (argc >= 3 && strcmp(argv[1], "--write") == 0)
        return write_samples(argv[2], argc > 3 ? argv[3] : NULL);
    return cmocka_run_group_tests_name("emit/script_cmd", tests, NULL, NULL);
}
