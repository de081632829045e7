/* SPDX-License-Identifier: MIT
 * test_snapshot_lines.c: the JSON Lines form, in the encodings that PowerShell writes. */
#include "support/test.h"

#include "base/quote.h"
#include "cases.h"
#include "samples.h"

#define N(table) (sizeof table / sizeof *table)
#define LINES                                                                                                \
    "{\"format\":\"wsusck-snapshot-lines\",\"format_version\":\"1.0\",\"server\":{\"name\":\"s\"},"          \
    "\"coverage\":{"
#define ROW "{\"section\":\"groups\",\"row\":{\"id\":" ID ",\"name\":\"a\"}}\n"
#define END(n) "{\"end\":true,\"rows\":" n "}\n"

static wck_error err;

static void lines_are_read_strictly(void **state)
{
    static const json_case cases[] = {
        {WHOLE, LINES "}}\n" ROW END("1"), NULL},
        {WHOLE, LINES "}}\n" END("0"), NULL},
        {WHOLE, LINES "}}\r\n\r\n" END("0") "\r\n \n", NULL},
        {WHOLE, LINES "}}\n{\"rows\":0,\"end\":true}", NULL},
        {WHOLE, LINES "}}\n{\"row\":{\"name\":\"a\",\"id\":" ID "},\"section\":\"groups\"}\n" END("1"), NULL},
        {WHOLE,
         LINES "}}\n{\"section\":\"groups\",\"n\":[7],\"row\":{\"id\":" ID ",\"name\":\"a\"}}\n" END("1"),
         NULL},
        {WHOLE, LINES "}}\n" ROW, "the last line {\"end\":true,\"rows\":N} is missing"},
        {WHOLE, LINES "}}\n", "the last line {\"end\":true,\"rows\":N} is missing"},
        {WHOLE, LINES "}}\n" ROW "{\"section\":\"gro", "section: the document ends inside a text (line 3)"},
        {WHOLE, LINES "}}\n" ROW END("2"), "rows: the last line counts 2 rows, 1 were found"},
        {WHOLE, LINES "}}\n" ROW ROW END("1"), "rows: the last line counts 1 rows, 2 were found"},
        {WHOLE, LINES "}}\n{\"end\":true}\n", "the key \"rows\" is missing"},
        {WHOLE, LINES "}}\n" ROW "{\"end\":false,\"rows\":1}\n", "the key \"section\" is missing"},
        {WHOLE, LINES "}}\n" END("0") ROW, "nothing may follow the line with \"end\" (line 3)"},
        {WHOLE, LINES "}}" END("0"), "every record must begin on a line of its own"},
        {WHOLE, LINES "}}\n{\"section\":\"groups\"}\n" END("0"), "the key \"row\" is missing (line 2)"},
        {WHOLE, LINES "}}\n{\"section\":\"bogus\",\"row\":{}}\n" END("1"),
         "section: must be the name of a section with rows"},
        {WHOLE, LINES "}}\n{\"section\":\"host\",\"row\":{}}\n" END("1"),
         "section: must be the name of a section with rows"},
        {WHOLE, LINES "}}\n{\"section\":\"groups\",\"row\":{\"id\":7}}\n" END("1"),
         "groups.id: must be a GUID, is a number (line 2)"},
        {WHOLE, LINES "}}\n\n{\"row\":{\"id\":7},\"section\":\"groups\"}\n" END("1"),
         "id: must be a GUID, is a number (line 3)"},
        {WHOLE, LINES "}}\n[]\n" END("0"), "must be an object, is an array (line 2)"},
        {WHOLE, LINES "},\"groups\":[]}\n" END("0"), "groups: rows must stand on lines of their own"},
        {WHOLE, LINES "},\"format_version\":\"1.0\"}\n" END("0"), "format_version: the key stands twice"},
        {WHOLE,
         "{\"coverage\":{},\"server\":{\"name\":\"s\"},\"format_version\":\"1.9\",\"format\":\"wsusck-"
         "snapshot-lines\"}\n"
         "{\"section\":\"new\",\"row\":{}}\n" END("1"),
         NULL},
        {WHOLE, HEAD "}\n" ROW END("1"), "unexpected character \"{\", the end of the document was expected"},
    };

    (void)state;
    run_cases(cases, N(cases));
}

static wck_snapshot *parse(const void *data, size_t len)
{
    wck_snapshot *snapshot = NULL;

    assert_ok(wck_codec_parse_snapshot(&snapshot, data, len, &err));
    return snapshot;
}

static void the_end_line_has_the_last_word_on_coverage(void **state)
{
    static const char text[] = LINES
        "\"groups\":{\"state\":\"complete\"},\"eulas\":{\"state\":\"complete\"}}}\n"
        "{\"end\":true,\"rows\":0,\"coverage\":{\"groups\":{\"state\":\"partial\",\"reason\":\"x\"}}}\n";
    wck_snapshot *s = parse(text, strlen(text));

    (void)state;
    assert_int_equal(s->coverage[WCK_SECTION_GROUPS].state, WCK_COVERAGE_PARTIAL);
    assert_string_equal(s->coverage[WCK_SECTION_GROUPS].reason, "x");
    assert_int_equal(s->coverage[WCK_SECTION_EULAS].state, WCK_COVERAGE_COMPLETE);
    wck_snapshot_free(s);
}

static wck_buf canonical(const wck_snapshot *snapshot)
{
    wck_buf out;

    wck_buf_init(&out, 64 << 20);
    assert_ok(wck_codec_put_snapshot(&out, snapshot, &err));
    return out;
}

static void assert_canonical(const void *data, size_t len, const wck_buf *expected)
{
    wck_snapshot *snapshot = parse(data, len);
    wck_buf out = canonical(snapshot);

    assert_string_equal(out.data, expected->data);
    wck_buf_clear(&out);
    wck_snapshot_free(snapshot);
}

/* UTF-8 to UTF-16 with a byte order mark. */
static void widen(wck_buf *out, const char *text, size_t len, bool big)
{
    const char *end = text + len;

    wck_buf_put(out, big ? "\xFE\xFF" : "\xFF\xFE", 2);
    while (text < end) {
        unsigned long c = (unsigned long)wck_utf8_next(&text, end), units[2] = {c, 0};
        if (c >= 0x10000) {
            units[0] = 0xD800 + ((c - 0x10000) >> 10);
            units[1] = 0xDC00 + ((c - 0x10000) & 0x3FF);
        }
        for (int i = 0; i < (c >= 0x10000 ? 2 : 1); i++) {
            char pair[2] = {(char)(units[i] & 0xFF), (char)(units[i] >> 8)}, swapped[2] = {pair[1], pair[0]};
            wck_buf_put(out, big ? swapped : pair, 2);
        }
    }
}

static void every_encoding_and_line_ending_gives_the_same_snapshot(void **state)
{
    wck_snapshot *snapshot = parse(sample_snapshot(), strlen(sample_snapshot()));
    wck_buf expected = canonical(snapshot), lines, other;

    (void)state;
    wck_buf_init(&lines, 1 << 20);
    wck_buf_init(&other, 1 << 20);
    assert_ok(wck_codec_put_snapshot_lines(&lines, snapshot, &err));
    assert_canonical(lines.data, lines.len, &expected);
    wck_buf_puts(&other, "\xEF\xBB\xBF");
    for (size_t i = 0; i < lines.len; i++)
        wck_buf_put(&other, lines.data[i] == '\n' ? "\r\n" : &lines.data[i], lines.data[i] == '\n' ? 2 : 1);
    assert_canonical(other.data, other.len, &expected);
    for (int big = 0; big < 2; big++) {
        wck_buf_reset(&other);
        widen(&other, lines.data, lines.len, big);
        assert_canonical(other.data, other.len, &expected);
        wck_buf_reset(&other);
        widen(&other, expected.data, expected.len, big); /* documents too: PowerShell 5.1 */
        assert_canonical(other.data, other.len, &expected);
    }
    wck_buf_clear(&lines);
    wck_buf_clear(&other);
    wck_buf_clear(&expected);
    wck_snapshot_free(snapshot);
}

static void surrogate_pairs_survive_the_border_of_a_piece(void **state)
{
    wck_buf text, wide;
    wck_snapshot *snapshot;

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        wck_buf_init(&text, 1 << 20);
        wck_buf_init(&wide, 1 << 20);
        wck_buf_puts(&text, HEAD ",\"groups\":[{\"id\":" ID ",\"name\":\"");
        for (size_t i = 0; i < shift; i++)
            wck_buf_putc(&text, 'x');
        for (size_t i = 0; i < 40000; i++)
            wck_buf_puts(&text, "\xF0\x9F\x98\x80");
        wck_buf_puts(&text, "\"}]}");
        widen(&wide, text.data, text.len, shift % 2);
        snapshot = parse(wide.data, wide.len);
        assert_int_equal(strlen(snapshot->groups.items[0].name), 160000 + shift);
        wck_snapshot_free(snapshot);
        wck_buf_clear(&text);
        wck_buf_clear(&wide);
    }
}

static void broken_utf16_is_refused(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {{"\xFF\xFE{", 3},
                 {"\xFF\xFE{\0\x00\xD8", 6},
                 {"\xFF\xFE{\0\x00\xDC{\0", 8},
                 {"\xFE\xFF\xD8\x00\x00{", 6}};
    wck_snapshot *snapshot = NULL;

    (void)state;
    for (size_t i = 0; i < N(cases); i++) {
        assert_fails(WCK_E_INPUT, wck_codec_parse_snapshot(&snapshot, cases[i].text, cases[i].len, &err));
        assert_contains(err.text, "not valid UTF-16");
    }
    assert_fails(WCK_E_INPUT, wck_codec_parse_snapshot(&snapshot, "\xFF\xFE", 2, &err));
    assert_contains(err.text, "empty");
}

static void a_truncated_export_is_always_noticed(void **state)
{
    wck_snapshot *snapshot = parse(sample_snapshot(), strlen(sample_snapshot())), *cut = NULL;
    wck_buf lines;

    (void)state;
    wck_buf_init(&lines, 1 << 20);
    assert_ok(wck_codec_put_snapshot_lines(&lines, snapshot, &err));
    for (size_t len = 0; len + 2 < lines.len; len++) /* the last two bytes are "}\n" */
        assert_fails(WCK_E_INPUT, wck_codec_parse_snapshot(&cut, lines.data, len, &err));
    wck_buf_clear(&lines);
    wck_snapshot_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read_strictly),
        cmocka_unit_test(the_end_line_has_the_last_word_on_coverage),
        cmocka_unit_test(every_encoding_and_line_ending_gives_the_same_snapshot),
        cmocka_unit_test(surrogate_pairs_survive_the_border_of_a_piece),
        cmocka_unit_test(broken_utf16_is_refused),
        cmocka_unit_test(a_truncated_export_is_always_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
