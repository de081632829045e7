/* SPDX-License-Identifier: MIT
 * Golden files beside this one. `--write` makes them anew; read the difference before committing it. */
#include "support/test.h"

#include "base/quote.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

static const wck_text_style plain = {.width = 100, .exit_code = 1};
static const char *const golden[] = {"report.txt", "plan.txt",  "tree.txt",     "tree.dot",    "tree.mmd",     "report.csv",
                                     "report.html", "report.md", "report.junit", "report.sarif", "report.prom", "report.nagios"};
enum { N_GOLDEN = sizeof golden / sizeof golden[0], CSV = 5 };

/* The form of a report whose file ends so; NULL: it is no report. */
static const char *form_of(const char *name)
{
    static const char *const forms[][2] = {{"report.txt", "text"},      {"report.csv", "csv"},
                                           {"report.html", "html"},     {"report.md", "markdown"},
                                           {"report.junit", "junit"},   {"report.sarif", "sarif"},
                                           {"report.prom", "prometheus"}, {"report.nagios", "nagios"}};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(name, forms[i][0]) == 0)
            return forms[i][1];
    return NULL;
}

static wck_status make(wck_buf *out, const char *name, const texts *t, const wck_text_style *style,
                       wck_error *err)
{
    wck_report *r = sample_report(t);
    wck_plan *p = sample_plan(t);
    wck_status status;

    if (form_of(name) != NULL)
        status = wck_emit_report(out, r, form_of(name), style, err);
    else if (strcmp(name, "plan.txt") == 0)
        status = wck_emit_plan_text(out, p, style, err);
    else
        status = wck_emit_tree(out, r,
                               strcmp(name, "tree.dot") == 0   ? "dot"
                               : strcmp(name, "tree.mmd") == 0 ? "mermaid"
                                                               : "text",
                               style, err);
    wck_report_free(r);
    wck_plan_free(p);
    return status;
}

static void path_of(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s/golden/%s", WCK_TEST_DIR, name);
}

static void every_text_is_the_golden_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_GOLDEN; i++) {
        char path[1024], want[32768];
        wck_buf out;
        wck_error err;
        FILE *file;
        size_t n;
        wck_buf_init(&out, 1U << 20);
        assert_ok(make(&out, golden[i], &plain_texts, &plain, &err));
        path_of(path, sizeof path, golden[i]);
        file = fopen(path, "rb");
        assert_non_null(file);
        n = fread(want, 1, sizeof want - 1, file);
        want[n] = '\0';
        fclose(file);
        assert_string_equal(wck_buf_text(&out), want);
        wck_buf_clear(&out);
    }
}

static void the_report_says_first_what_was_not_looked_at(void **state)
{
    wck_buf out;
    wck_error err;
    const char *unknown, *first;

    (void)state;
    wck_buf_init(&out, 1U << 20);
    assert_ok(make(&out, "report.txt", &plain_texts, &plain, &err));
    unknown = strstr(wck_buf_text(&out), "Not looked at");
    first = strstr(wck_buf_text(&out), "WCK4001");
    assert_non_null(unknown);
    assert_true(unknown < first);
    assert_contains(unknown, "hq/berlin/munich  the whole server: connection refused");
    wck_buf_clear(&out);
}

static void ten_findings_of_a_rule_are_listed_and_the_rest_counted(void **state)
{
    const wck_text_style all = {.all = true};
    wck_buf out;
    wck_error err;

    (void)state;
    wck_buf_init(&out, 1U << 20);
    assert_ok(make(&out, "report.txt", &plain_texts, &plain, &err));
    assert_contains(wck_buf_text(&out), "the approval is missing on the replica (12)");
    assert_contains(wck_buf_text(&out), "… and 2 more (wsusck check --all)");
    wck_buf_reset(&out);
    assert_ok(make(&out, "report.txt", &plain_texts, &all, &err));
    assert_null(strstr(wck_buf_text(&out), "… and"));
    assert_contains(wck_buf_text(&out), "-00000000000c/200]"); /* the twelfth */
    wck_buf_clear(&out);
}

static size_t summary_of(const wck_report *r, char *out, size_t size)
{
    wck_buf text;
    wck_error err;
    const char *last;

    wck_buf_init(&text, 1U << 20);
    assert_ok(wck_emit_report_text(&text, r, &plain, &err));
    text.data[text.len - 1] = '\0';
    last = strrchr(text.data, '\n') + 1;
    snprintf(out, size, "%s", last);
    wck_buf_clear(&text);
    return strlen(out);
}

static void the_last_line_and_the_exit_status_come_from_one_number(void **state)
{
    wck_report *r = sample_report(&plain_texts);
    char line[300];

    (void)state;
    summary_of(r, line, sizeof line);
    assert_int_equal(wck_report_exit(r, WCK_SEVERITY_WARNING), 1);
    assert_string_equal(line,
                        "differences: 4 servers, 12 errors, 1 warning, 1 note, 1 not looked at, 1 waived");
    for (size_t i = 0; i < r->findings.n; i++)
        if (r->findings.items[i].result == WCK_RESULT_FAIL)
            r->findings.items[i].severity = WCK_SEVERITY_NOTE;
    wck_report_finish(r);
    summary_of(r, line, sizeof line);
    assert_int_equal(wck_report_exit(r, WCK_SEVERITY_WARNING), 3);
    assert_contains(line, "nothing wrong found, but not everything was looked at");
    r->findings.n = 0;
    wck_report_finish(r);
    summary_of(r, line, sizeof line);
    assert_string_equal(line,
                        "consistent: 4 servers, 0 errors, 0 warnings, 0 notes, 0 not looked at, 0 waived");
    wck_report_free(r);
}

/* Nothing that moves a cursor, reorders or hides text; no bad UTF-8. Cleaning a clean text changes nothing.
 */
static void assert_clean(const char *name, const wck_buf *out)
{
    wck_buf line;
    const char *at = wck_buf_text(out);

    wck_buf_init(&line, 1U << 20);
    for (size_t len = strcspn(at, "\n"); *at != '\0';
         at += len + (at[len] == '\n'), len = strcspn(at, "\n")) {
        char *copy = strndup(at, len);
        assert_non_null(copy);
        wck_buf_reset(&line);
        wck_quote_terminal(&line, copy, 0);
        if (strcmp(wck_buf_text(&line), copy) != 0)
            fail_msg("%s: not clean: %s", name, wck_buf_text(&line));
        free(copy);
    }
    wck_buf_clear(&line);
}

static void awkward_texts_never_reach_a_terminal_as_they_are(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 400; n += 4) {
        char text[4][256];
        texts t = {awkward_text(text[0], 256, n), awkward_text(text[1], 256, n + 1),
                   awkward_text(text[2], 256, n + 2), awkward_text(text[3], 256, n + 3)};
        for (size_t i = 0; i < N_GOLDEN; i++) { /* CSV keeps texts as they are, inside quotes */
            wck_buf out;
            if (i == CSV)
                continue;
            wck_error err = {0};
            wck_buf_init(&out, 1U << 20);
            assert_ok(make(&out, golden[i], &t, &plain, &err));
            assert_clean(golden[i], &out);
            wck_buf_clear(&out);
        }
    }
}

static void colour_changes_nothing_but_escapes(void **state)
{
    const wck_text_style color = {.color = true, .width = 100};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        wck_buf a, b;
        wck_error err;
        size_t n = 0;
        wck_buf_init(&a, 1U << 20);
        wck_buf_init(&b, 1U << 20);
        assert_ok(make(&a, golden[i], &plain_texts, &plain, &err));
        assert_ok(make(&b, golden[i], &plain_texts, &color, &err));
        assert_non_null(strchr(wck_buf_text(&b), '\033'));
        for (size_t k = 0; k < b.len; k++) {
            if (b.data[k] == '\033')
                k += strcspn(b.data + k, "m");
            else
                b.data[n++] = b.data[k];
        }
        b.data[n] = '\0';
        assert_string_equal(wck_buf_text(&b), wck_buf_text(&a));
        wck_buf_clear(&a);
        wck_buf_clear(&b);
    }
}

static void every_form_of_the_list_is_written_and_no_other(void **state)
{
    wck_report *r = sample_report(&plain_texts);
    const char *at = WCK_REPORT_FORMS;
    wck_error err;
    wck_buf out;
    size_t n = 0;

    (void)state;
    wck_buf_init(&out, 1U << 20);
    for (size_t len; *at != '\0'; at += len + (at[len] == '|')) {
        char name[20];
        len = strcspn(at, "|");
        snprintf(name, sizeof name, "%.*s", (int)len, at);
        wck_buf_reset(&out);
        assert_ok(wck_emit_report(&out, r, name, &plain, &err));
        assert_true(out.len > 0 && out.data[out.len - 1] == '\n');
        n++;
    }
    assert_int_equal(n, 9);
    assert_fails(WCK_E_ARG, wck_emit_report(&out, r, "pdf", &plain, &err));
    assert_contains(err.text, "pdf");
    wck_buf_clear(&out);
    wck_report_free(r);
}

/* Errors are CRITICAL, warnings WARNING, what was not looked at UNKNOWN; the worst wins. */
static void a_monitoring_plugin_has_four_states(void **state)
{
    wck_report *r = sample_report(&plain_texts);
    static const struct {
        wck_severity severity, fail_on;
        int want;
    } cases[] = {{WCK_SEVERITY_ERROR, WCK_SEVERITY_WARNING, 2}, {WCK_SEVERITY_ERROR, WCK_SEVERITY_ERROR, 2},
                 {WCK_SEVERITY_WARNING, WCK_SEVERITY_WARNING, 1}, {WCK_SEVERITY_WARNING, WCK_SEVERITY_ERROR, 3},
                 {WCK_SEVERITY_NOTE, WCK_SEVERITY_NOTE, 1}, {WCK_SEVERITY_NOTE, WCK_SEVERITY_WARNING, 3}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t k = 0; k < r->findings.n; k++)
            if (r->findings.items[k].result == WCK_RESULT_FAIL)
                r->findings.items[k].severity = cases[i].severity;
        wck_report_finish(r);
        assert_int_equal(wck_emit_nagios_exit(r, cases[i].fail_on), cases[i].want);
    }
    r->findings.n = 0;
    wck_report_finish(r);
    assert_int_equal(wck_emit_nagios_exit(r, WCK_SEVERITY_NOTE), 0);
    wck_report_free(r);
}

static void a_tree_has_no_fourth_format(void **state)
{
    wck_report *r = sample_report(&plain_texts);
    wck_buf out;
    wck_error err;

    (void)state;
    wck_buf_init(&out, 1U << 20);
    assert_fails(WCK_E_ARG, wck_emit_tree(&out, r, "svg", &plain, &err));
    assert_contains(err.text, "svg");
    wck_buf_clear(&out);
    wck_report_free(r);
}

static void a_full_buffer_is_an_error_and_not_a_short_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_GOLDEN; i++) {
        wck_buf out;
        wck_error err;
        wck_buf_init(&out, 200);
        assert_fails(WCK_E_MEMORY, make(&out, golden[i], &plain_texts, &plain, &err));
        wck_buf_clear(&out);
    }
}

static int write_golden(void)
{
    for (size_t i = 0; i < N_GOLDEN; i++) {
        char path[1024];
        wck_buf out;
        FILE *file;
        wck_buf_init(&out, 1U << 20);
        path_of(path, sizeof path, golden[i]);
        file = fopen(path, "wb");
        if (file == NULL || make(&out, golden[i], &plain_texts, &plain, NULL) != WCK_OK ||
            fwrite(out.data, 1, out.len, file) != out.len || fclose(file) != 0)
            return 2;
        wck_buf_clear(&out);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_is_the_golden_one),
        cmocka_unit_test(the_report_says_first_what_was_not_looked_at),
        cmocka_unit_test(ten_findings_of_a_rule_are_listed_and_the_rest_counted),
        cmocka_unit_test(the_last_line_and_the_exit_status_come_from_one_number),
        cmocka_unit_test(awkward_texts_never_reach_a_terminal_as_they_are),
        cmocka_unit_test(colour_changes_nothing_but_escapes),
        cmocka_unit_test(every_form_of_the_list_is_written_and_no_other),
        cmocka_unit_test(a_monitoring_plugin_has_four_states),
        cmocka_unit_test(a_tree_has_no_fourth_format),
        cmocka_unit_test(a_full_buffer_is_an_error_and_not_a_short_text),
    };

    if (argc == 2 && strcmp(argv[1], "--write") == 0)
        return write_golden();
    return cmocka_run_group_tests_name("emit/text", tests, NULL, NULL);
}
