/* SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "support.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_TEMPLATES = 40, MAX_LINE = 8192 };
static regex_t templates[MAX_TEMPLATES];
static size_t n_templates;

static void replace(char *text, size_t size, const char *from, const char *to)
{
    for (char *at = strstr(text, from); at != NULL; at = strstr(at + strlen(to), from)) {
        size_t tail = strlen(at + strlen(from)) + 1;
        assert_true((size_t)(at - text) + strlen(to) + tail <= size);
        memmove(at + strlen(to), at + strlen(from), tail);
        memcpy(at, to, strlen(to));
    }
}

/* The file's own head explains the three placeholders. */
static int load_templates(void **state)
{
    char line[MAX_LINE], whole[MAX_LINE + 8];
    FILE *file = fopen(WCK_TEST_DIR "/templates.txt", "r");

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '#' && strncmp(line, "# ---- ", 7) != 0 && strncmp(line, "# cannot", 8) != 0)
            continue;
        replace(line, sizeof line, "<BASE64>",
                "\\[Text\\.Encoding\\]::Unicode\\.GetString\\(\\[Convert\\]::FromBase64String\\('[A-Za-z0-9+/"
                "=]*'\\)\\)");
        replace(line, sizeof line, "<GUID>", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        replace(line, sizeof line, "<TIME>", "([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?");
        snprintf(whole, sizeof whole, "^%s$", strcmp(line, "$^") == 0 ? "" : line);
        assert_true(n_templates < MAX_TEMPLATES);
        assert_int_equal(regcomp(&templates[n_templates], whole, REG_EXTENDED | REG_NOSUB), 0);
        n_templates++;
    }
    fclose(file);
    assert_true(n_templates > 20);
    return 0;
}

static int free_templates(void **state)
{
    (void)state;
    while (n_templates > 0)
        regfree(&templates[--n_templates]);
    return 0;
}

static void emit(files *out, const texts *t)
{
    wck_plan *plan = sample_plan(t);
    wck_error err;

    memset(out, 0, sizeof *out);
    assert_ok(wck_emit_script_powershell(plan, take_file, out, &err));
    wck_plan_free(plan);
}

static void emit_machine(files *out, const texts *t)
{
    wck_plan *plan = sample_machine_plan(t);
    wck_error err;

    memset(out, 0, sizeof *out);
    assert_ok(wck_emit_script_powershell(plan, take_file, out, &err));
    wck_plan_free(plan);
}

static bool is_script(const char *name)
{
    return strcmp(name + strlen(name) - 4, ".ps1") == 0;
}

static void a_script_and_its_twin_for_each_server_and_tier(void **state)
{
    files f;

    (void)state;
    emit(&f, &plain_texts);
    assert_int_equal(f.n, 8);
    assert_string_equal(f.names[0], "01-hq.ps1");
    assert_string_equal(f.names[1], "01-hq.undo.ps1");
    assert_string_equal(f.names[2], "02-berlin.ps1");
    assert_string_equal(f.names[4], "03-hq.ps1");
    assert_string_equal(f.names[6], "run-order.json");
    assert_string_equal(f.names[7], "run-order.md");
    files_free(&f);
}

static void scripts_are_printable_ascii_with_crlf(void **state)
{
    files f;

    (void)state;
    emit(&f, &plain_texts);
    for (size_t i = 0; i < f.n; i++) {
        if (!is_script(f.names[i]))
            continue;
        for (size_t k = 0; k < f.len[i]; k++) {
            char c = f.data[i][k];
            assert_true(c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7F));
            assert_true((c == '\n') == (k > 0 && f.data[i][k - 1] == '\r'));
        }
        assert_true(f.data[i][f.len[i] - 1] == '\n');
    }
    files_free(&f);
}

/* A fixed part as it must appear. */
static char *part(const char *name)
{
    char path[1024], *out;
    long size;
    size_t n = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", WCK_PARTS_DIR, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    out = malloc((size_t)size * 2 + 1);
    assert_non_null(out);
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
        if (c == '\n')
            out[n++] = '\r';
        if (c != '\r')
            out[n++] = (char)c;
    }
    out[n] = '\0';
    fclose(file);
    return out;
}

static const char *after_part(const char *text, const char *name)
{
    char *fixed = part(name);

    if (strncmp(text, fixed, strlen(fixed)) != 0)
        fail_msg("the script does not go on with %s", name);
    text += strlen(fixed);
    free(fixed);
    return text;
}

/* Lines up to `end` must match a template each. */
static const char *after_data(const char *text, const char *end)
{
    char line[MAX_LINE];

    while (strncmp(text, end, strlen(end)) != 0) {
        size_t len = strcspn(text, "\r"), i = 0;
        assert_true(len < sizeof line && text[len] == '\r');
        memcpy(line, text, len);
        line[len] = '\0';
        while (i < n_templates && regexec(&templates[i], line, 0, NULL, 0) != 0)
            i++;
        if (i == n_templates)
            fail_msg("no template for: %s", line);
        text += len + 2;
    }
    return text;
}

static void check_shape(const char *name, const char *text)
{
    bool undo = strstr(name, ".undo.") != NULL;
    char *common = part("common.ps1"), *tail = part("tail.ps1");

    text = after_part(text, undo ? "head_undo.ps1" : "head_run.ps1");
    text = after_data(text, common);
    text = after_part(text, "common.ps1");
    text = after_part(text, undo ? "undo.ps1" : "run.ps1");
    text = after_data(text, tail);
    text = after_part(text, "tail.ps1");
    assert_string_equal(text, "");
    free(common);
    free(tail);
}

static void every_line_is_fixed_or_matches_a_template(void **state)
{
    files f;

    (void)state;
    for (int machine = 0; machine < 2; machine++) {
        (machine ? emit_machine : emit)(&f, &plain_texts);
        for (size_t i = 0; i < f.n; i++)
            if (is_script(f.names[i]))
                check_shape(f.names[i], f.data[i]);
        files_free(&f);
    }
}

/* The text with every Base64 literal emptied; in place. */
static void empty_literals(char *text)
{
    static const char open[] = "FromBase64String('";
    char *out = text;

    for (const char *at = strstr(text, open); at != NULL; at = strstr(text, open)) {
        size_t keep = (size_t)(at - text) + sizeof open - 1;
        memmove(out, text, keep);
        out += keep;
        text += keep;
        text += strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
    }
    memmove(out, text, strlen(text) + 1);
}

static void compare_with(const files *base, void (*make)(files *, const texts *), const texts *t)
{
    files f;

    make(&f, t);
    assert_int_equal(f.n, base->n);
    for (size_t i = 0; i < f.n; i++) {
        assert_string_equal(f.names[i], base->names[i]);
        if (strcmp(f.names[i], "run-order.md") == 0)
            continue; /* for people: shows the titles */
        empty_literals(f.data[i]);
        assert_string_equal(f.data[i], base->data[i]);
    }
    files_free(&f);
}

static void ten_thousand_awkward_texts_change_nothing_but_base64(void **state)
{
    void (*make[])(files *, const texts *) = {emit, emit_machine};
    files base[2];

    (void)state;
    for (int m = 0; m < 2; m++) {
        make[m](&base[m], &plain_texts);
        for (size_t i = 0; i < base[m].n; i++)
            empty_literals(base[m].data[i]);
    }
    for (unsigned n = 0; n < 10000; n += 4) {
        char text[4][256];
        texts t = {awkward_text(text[0], 256, n), awkward_text(text[1], 256, n + 1),
                   awkward_text(text[2], 256, n + 2), awkward_text(text[3], 256, n + 3)};
        compare_with(&base[n / 4 % 2], make[n / 4 % 2], &t);
    }
    files_free(&base[0]);
    files_free(&base[1]);
}

static void what_cannot_be_undone_stands_at_the_top_of_the_twin(void **state)
{
    files f;
    const char *undo, *list;

    (void)state;
    emit(&f, &plain_texts);
    undo = file_named(&f, "01-hq.undo.ps1");
    list = strstr(undo, "# cannot be undone: a4 synchronize\r\n");
    assert_non_null(list);
    assert_true(list < strstr(undo, "function "));
    assert_null(strstr(undo, "Id = 'a4'"));
    assert_non_null(strstr(undo, "Id = 'a1'"));
    assert_true(strstr(undo, "Id = 'a3'") < strstr(undo, "Id = 'a1'")); /* last step first */
    files_free(&f);
}

static void a_script_knows_its_server_its_snapshot_and_its_age(void **state)
{
    files f;
    const char *script;

    (void)state;
    emit(&f, &plain_texts);
    script = file_named(&f, "01-hq.ps1");
    assert_contains(script, "$ServerId = '77770000-0000-0000-0000-000000000001'");
    assert_contains(script, "$MadeAt = '2025-11-24T22:00:00Z'"); /* whole seconds */
    assert_contains(script, "$SnapshotDigest = '0102030000");
    assert_contains(script, "ConfirmImpact = 'High'");
    assert_contains(script, "Set-StrictMode -Version Latest");
    assert_contains(script, "$ErrorActionPreference = 'Stop'");
    assert_contains(file_named(&f, "02-berlin.ps1"), "$ServerId = ''");
    files_free(&f);
}

static void the_run_order_names_every_script_and_action(void **state)
{
    files f;
    const char *json, *text;

    (void)state;
    emit(&f, &plain_texts);
    json = file_named(&f, "run-order.json");
    assert_contains(
        json, "{\"order\": 1, \"tier\": 0, \"server\": \"hq\", \"script\": \"01-hq.ps1\", \"undo\": "
              "\"01-hq.undo.ps1\", \"actions\": [\"a1\", \"a2\", \"a3\", \"a4\", \"a5\", \"a6\", \"a7\"], "
              "\"after\": \"");
    assert_contains(json, "\"server\": \"hq/berlin\", \"script\": \"02-berlin.ps1\"");
    text = file_named(&f, "run-order.md");
    assert_contains(text, "## 3. 03-hq.ps1");
    assert_contains(text, "`a12` **remove_inactive_approvals**");
    assert_contains(text, "## By hand");
    files_free(&f);
}

static void a_server_name_is_made_safe_for_a_file_name(void **state)
{
    wck_plan *plan = sample_plan(&plain_texts);
    wck_error err;
    files f = {.n = 0};

    (void)state;
    plan->actions.n = 1;
    plan->actions.items[0].server_name = "../\xC3\xBC b:*'.";
    assert_ok(wck_emit_script_powershell(plan, take_file, &f, &err));
    assert_string_equal(f.names[0], "01-_.____b___.ps1");
    files_free(&f);
    wck_plan_free(plan);
}

static void a_plan_without_actions_still_has_a_run_order(void **state)
{
    wck_plan *plan = sample_plan(&plain_texts);
    wck_error err;
    files f = {.n = 0};

    (void)state;
    plan->actions.n = 0;
    assert_ok(wck_emit_script_powershell(plan, take_file, &f, &err));
    assert_int_equal(f.n, 2);
    assert_string_equal(file_named(&f, "run-order.json"), "[]\n");
    files_free(&f);
    wck_plan_free(plan);
}

static void an_action_with_a_strange_id_is_refused(void **state)
{
    static const char *const ids[] = {"", "a", "b1", "a1'; calc", "a1 ", "a1234567890"};
    wck_plan *plan = sample_plan(&plain_texts);
    wck_error err;
    files f = {.n = 0};

    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        plan->actions.items[2].id = ids[i];
        assert_fails(WCK_E_INPUT, wck_emit_script_powershell(plan, take_file, &f, &err));
        assert_int_equal(f.n, 0);
    }
    wck_plan_free(plan);
}

static wck_status refuse_file(const char *name, const char *data, size_t len, void *payload, wck_error *err)
{
    (void)data;
    (void)len;
    (void)payload;
    return wck_fail(err, WCK_E_IO, "could not write %s", name);
}

static void a_file_that_cannot_be_written_stops_everything(void **state)
{
    wck_plan *plan = sample_plan(&plain_texts);
    wck_error err;

    (void)state;
    assert_fails(WCK_E_IO, wck_emit_script_powershell(plan, refuse_file, NULL, &err));
    assert_contains(err.text, "01-hq.ps1");
    wck_plan_free(plan);
}

/* For tests/powershell: test_emit_script --write DIR puts the sample scripts there, --write-machine DIR those of
 * the other sample. */
static int write_samples(const char *folder, bool machine)
{
    files f;

    (machine ? emit_machine : emit)(&f, &plain_texts);
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
        cmocka_unit_test(a_script_and_its_twin_for_each_server_and_tier),
        cmocka_unit_test(scripts_are_printable_ascii_with_crlf),
        cmocka_unit_test(every_line_is_fixed_or_matches_a_template),
        cmocka_unit_test(ten_thousand_awkward_texts_change_nothing_but_base64),
        cmocka_unit_test(what_cannot_be_undone_stands_at_the_top_of_the_twin),
        cmocka_unit_test(a_script_knows_its_server_its_snapshot_and_its_age),
        cmocka_unit_test(the_run_order_names_every_script_and_action),
        cmocka_unit_test(a_server_name_is_made_safe_for_a_file_name),
        cmocka_unit_test(a_plan_without_actions_still_has_a_run_order),
        cmocka_unit_test(an_action_with_a_strange_id_is_refused),
        cmocka_unit_test(a_file_that_cannot_be_written_stops_everything),
    };

    if (argc == 3 && strncmp(argv[1], "--write", 7) == 0)
        return write_samples(argv[2], strcmp(argv[1], "--write-machine") == 0);
    return cmocka_run_group_tests_name("emit/script", tests, load_templates, free_templates);
}
