/* SPDX-License-Identifier: MIT
 * test_quote.c: hostile text through every dialect and back, read by somebody else where there is one: libxml2 for XML
 * and HTML, /bin/sh for the shell, small readers of ours for CSV and the PowerShell expression. */
#include "support/test.h"

#include "base/digest.h"
#include "base/quote.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const hostile[] = {
    "",
    " ",
    "plain",
    "'",
    "''",
    "\"",
    "`",
    "$(id)",
    "`id`",
    "$HOME \\$HOME",
    "'; rm -rf ~; '",
    "\"; rm -rf ~; #",
    "a\nb",
    "a\r\nb",
    "\t=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "a,b;c",
    "]]>",
    "<script>alert(1)</script>",
    "</td><!-- x -->",
    "&amp;&lt;&#0;",
    "%s%n%08x",
    "\\",
    "C:\\WSUS\\x",
    "!history *?[a-z] {a,b}",
    "Sicherheitsupdate f\xc3\xbcr Windows",
    "\xe2\x82\xac \xf0\x9f\x98\x80",
    "\xe2\x80\xae" "gnp.exe",
    "\x1b[31mred\x1b[0m",
    "\x7f\x01\x02",
    "bad \xff\xfe utf-8 \xc3",
    "\xed\xa0\x80 surrogate",
    "\xef\xbf\xbf \xef\xbf\xbe",
    "${env:PATH} $($x) @('a')",
    "\xe2\x80\x98typographic\xe2\x80\x99 \xe2\x80\x9cquotes\xe2\x80\x9d", /* PowerShell takes them for quotes */
};
enum { HOSTILE = sizeof hostile / sizeof *hostile };

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return *seed >> 33;
}

/* Any bytes but NUL. */
static void random_text(char *out, size_t size, uint64_t *seed)
{
    size_t n = (size_t)(next(seed) % size);

    for (size_t i = 0; i < n; i++)
        out[i] = (char)(next(seed) % 255 + 1);
    out[n] = '\0';
}

typedef bool quote_fn(wck_buf *out, const char *text);
typedef void check_fn(const char *text, const wck_buf *quoted);

static void check(quote_fn *quote, check_fn *fn, const char *text)
{
    wck_buf out;

    wck_buf_init(&out, 1U << 16);
    assert_true(quote(&out, text));
    fn(text, &out);
    wck_buf_clear(&out);
}

static void check_all(quote_fn *quote, check_fn *fn, int random)
{
    uint64_t seed = 5;

    for (size_t i = 0; i < HOSTILE; i++)
        check(quote, fn, hostile[i]);
    for (int i = 0; i < random; i++) {
        char text[60];
        random_text(text, sizeof text, &seed);
        check(quote, fn, text);
    }
}

/* ---- XML and HTML ---- */

/* The text as XML can carry it: what is no XML character becomes U+FFFD. */
static void as_xml(wck_buf *out, const char *text)
{
    const char *end = text + strlen(text);

    while (text < end) {
        const char *at = text;
        long c = wck_utf8_next(&text, end);
        bool xml = c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xFFFE && c != 0xFFFF);
        if (xml)
            wck_buf_put(out, at, (size_t)(text - at));
        else
            wck_buf_puts(out, "\xEF\xBF\xBD");
    }
}

static void xml_comes_back(const char *text, const wck_buf *quoted)
{
    wck_buf doc, want;
    xmlDoc *parsed;
    xmlNode *root;
    xmlChar *content, *attribute;

    wck_buf_init(&doc, 1U << 18);
    wck_buf_init(&want, 1U << 18);
    as_xml(&want, text);
    wck_buf_printf(&doc, "<a b=\"%s\" c='%s'>%s</a>", wck_buf_text(quoted), wck_buf_text(quoted), wck_buf_text(quoted));
    parsed = xmlReadMemory(doc.data, (int)doc.len, "x", "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR);
    if (parsed == NULL)
        fail_msg("not well-formed: %s", doc.data);
    root = xmlDocGetRootElement(parsed);
    assert_null(root->children != NULL ? root->children->next : NULL); /* no markup came in */
    content = xmlNodeGetContent(root);
    assert_string_equal((char *)content, wck_buf_text(&want));
    attribute = xmlGetProp(root, (const xmlChar *)"b");
    assert_string_equal((char *)attribute, wck_buf_text(&want));
    xmlFree(attribute);
    attribute = xmlGetProp(root, (const xmlChar *)"c");
    assert_string_equal((char *)attribute, wck_buf_text(&want));
    xmlFree(attribute);
    xmlFree(content);
    xmlFreeDoc(parsed);
    wck_buf_clear(&doc);
    wck_buf_clear(&want);
}

static void xml_text_and_attributes_come_back(void **state)
{
    (void)state;
    check_all(wck_quote_xml, xml_comes_back, 1000);
}

static void html_is_inert(const char *text, const wck_buf *quoted)
{
    wck_buf doc, want;
    htmlDocPtr parsed;
    xmlNode *div;
    xmlChar *content, *title;

    for (size_t i = 0; i < quoted->len; i++)
        assert_null(strchr("<>\"'`", quoted->data[i]));
    wck_buf_init(&doc, 1U << 18);
    wck_buf_init(&want, 1U << 18);
    as_xml(&want, text);
    wck_buf_printf(&doc, "<html><body><div title=\"%s\">x%s</div></body></html>", wck_buf_text(quoted),
                   wck_buf_text(quoted));
    parsed = htmlReadMemory(doc.data, (int)doc.len, NULL, "UTF-8",
                            HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
    assert_non_null(parsed);
    div = xmlDocGetRootElement(parsed)->children->children;
    assert_string_equal((const char *)div->name, "div");
    assert_null(div->next);
    assert_null(div->children->next);
    content = xmlNodeGetContent(div);
    assert_string_equal((char *)content + 1, wck_buf_text(&want));
    title = xmlGetProp(div, (const xmlChar *)"title");
    assert_string_equal(title != NULL ? (char *)title : "", wck_buf_text(&want));
    xmlFree(title);
    xmlFree(content);
    xmlFreeDoc(parsed);
    wck_buf_clear(&doc);
    wck_buf_clear(&want);
}

static void html_text_and_attributes_come_back(void **state)
{
    (void)state;
    check_all(wck_quote_html, html_is_inert, 500);
}

/* ---- CSV ---- */

static void csv_comes_back(const char *text, const wck_buf *quoted)
{
    const char *p = wck_buf_text(quoted);
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    char cell[256];
    size_t n = 0;

    if (*p != '"') { /* bare: nothing that ends a cell, opens one, or is a formula */
        assert_string_equal(p, text);
        assert_null(strpbrk(p, ",;\"\r\n"));
        assert_false(formula);
        return;
    }
    for (p++; *p != '\0'; p++) {
        if (*p == '"' && *++p != '"')
            break; /* the closing one */
        cell[n++] = *p;
    }
    cell[n] = '\0';
    assert_int_equal(p - wck_buf_text(quoted), quoted->len); /* nothing behind it */
    assert_true(cell[0] == '\'' || !formula);
    assert_string_equal(formula ? cell + 1 : cell, text);
}

static void a_csv_cell_comes_back_and_is_no_formula(void **state)
{
    (void)state;
    check_all(wck_quote_csv, csv_comes_back, 5000);
}

/* ---- PowerShell ---- */

static void powershell_comes_back(const char *text, const wck_buf *quoted)
{
    static const char before[] = "[Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('", after[] = "'))";
    unsigned char wide[2048];
    size_t head = sizeof before - 1, tail = sizeof after - 1, n;
    wck_buf utf8, want;
    const char *end = text + strlen(text);

    assert_true(quoted->len >= head + tail);
    assert_memory_equal(quoted->data, before, head);
    assert_string_equal(quoted->data + quoted->len - tail, after);
    for (size_t i = head; i < quoted->len - tail; i++) /* Base64 and nothing else */
        assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", quoted->data[i]));
    assert_true(wck_base64_decode(wide, &n, quoted->data + head, quoted->len - head - tail));
    wck_buf_init(&utf8, 1U << 16);
    wck_buf_init(&want, 1U << 16);
    assert_true(wck_utf16_to_utf8(&utf8, wide, n, false));
    while (text < end) {
        const char *at = text;
        if (wck_utf8_next(&text, end) < 0)
            wck_buf_puts(&want, "\xEF\xBF\xBD");
        else
            wck_buf_put(&want, at, (size_t)(text - at));
    }
    assert_string_equal(wck_buf_text(&utf8), wck_buf_text(&want));
    wck_buf_clear(&utf8);
    wck_buf_clear(&want);
}

static void no_text_appears_in_powershell_code(void **state)
{
    (void)state;
    check_all(wck_quote_powershell, powershell_comes_back, 5000);
}

/* ---- shell ---- */

/* What sh makes of `printf %s <quoted>`. */
static void ask_shell(const wck_buf *quoted, char *out, size_t size)
{
    int fds[2], status;
    wck_buf command;
    size_t n = 0;
    ssize_t got;
    pid_t child;

    wck_buf_init(&command, 1U << 16);
    wck_buf_printf(&command, "printf %%s %s", wck_buf_text(quoted));
    assert_int_equal(pipe(fds), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(fds[1], 1);
        execl("/bin/sh", "sh", "-c", command.data, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    while (n + 1 < size && (got = read(fds[0], out + n, size - n - 1)) > 0)
        n += (size_t)got;
    out[n] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    wck_buf_clear(&command);
}

static void shell_comes_back(const char *text, const wck_buf *quoted)
{
    char out[256];

    ask_shell(quoted, out, sizeof out);
    assert_string_equal(out, text);
}

static void a_shell_word_is_one_word(void **state)
{
    (void)state;
    check_all(wck_quote_shell, shell_comes_back, 40);
}

/* ---- terminal ---- */

static size_t characters(const char *text)
{
    const char *end = text + strlen(text);
    size_t n = 0;

    for (; text < end; n++)
        wck_utf8_next(&text, end);
    return n;
}

static void nothing_reaches_the_terminal(const char *text, const wck_buf *quoted)
{
    const char *p = wck_buf_text(quoted), *end = p + quoted->len;

    (void)text;
    while (p < end) {
        long c = wck_utf8_next(&p, end);
        assert_true(c >= 0x20 && c != 0x7F);
        assert_false((c >= 0x80 && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E));
        assert_false((c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0x61C || c >= 0xE0000);
    }
}

static bool terminal(wck_buf *out, const char *text)
{
    return wck_quote_terminal(out, text, 0);
}

static void no_control_character_reaches_the_terminal(void **state)
{
    wck_buf out;

    (void)state;
    check_all(terminal, nothing_reaches_the_terminal, 20000);
    wck_buf_init(&out, 1000);
    terminal(&out, "a\x1b[1m \xe2\x80\xae \xff \xc3\xa4");
    assert_string_equal(out.data, "a\\u{1b}[1m \\u{202e} \\xff \xc3\xa4");
    wck_buf_clear(&out);
}

static void every_code_point_is_shown_or_spelt(void **state)
{
    wck_buf in, out;

    (void)state;
    wck_buf_init(&in, 8);
    wck_buf_init(&out, 32);
    for (unsigned long c = 1; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        wck_buf_reset(&in);
        wck_buf_reset(&out);
        wck_utf8_put(&in, c);
        assert_true(terminal(&out, in.data));
        nothing_reaches_the_terminal(in.data, &out);
        if (strcmp(in.data, out.data) != 0) {
            char spelt[16];
            snprintf(spelt, sizeof spelt, "\\u{%lx}", c);
            assert_string_equal(out.data, spelt);
        }
    }
    wck_buf_clear(&in);
    wck_buf_clear(&out);
}

static void check_width(const char *text, size_t width, const char *want)
{
    wck_buf out;

    wck_buf_init(&out, 1000);
    assert_true(wck_quote_terminal(&out, text, width));
    assert_string_equal(wck_buf_text(&out), want);
    wck_buf_clear(&out);
}

static void a_cut_is_shown(void **state)
{
    (void)state;
    check_width("abc", 3, "abc");
    check_width("abcd", 3, "ab\xe2\x80\xa6");
    check_width("ab\xe2\x82\xac", 3, "ab\xe2\x82\xac"); /* three characters fit, however many bytes they are */
    check_width("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 3, "\xe2\x82\xac\xe2\x82\xac\xe2\x80\xa6");
    check_width("\xf0\x9f\x98\x80", 1, "\xf0\x9f\x98\x80");
    check_width("ab", 1, "\xe2\x80\xa6");
    check_width("", 1, "");
    for (size_t width = 1; width < 80; width++) {
        wck_buf out;
        wck_buf_init(&out, 1000);
        assert_true(wck_quote_terminal(&out, "\xe2\x82\xac\xc3\xa4 an ordinary title of an update \xf0\x9f\x98\x80", width));
        assert_true(characters(wck_buf_text(&out)) <= width);
        wck_buf_clear(&out);
    }
}

static void a_short_quote_fits_and_ends_between_characters(void **state)
{
    uint64_t seed = 11;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[200], out[64], *exact;
        size_t size = (size_t)(next(&seed) % sizeof out + 1);
        if (i % 2 == 0)
            random_text(text, sizeof text, &seed);
        else
            snprintf(text, sizeof text, "%.*s\xe2\x82\xac\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa4\xe2\x82\xac\xe2\x82\xac"
                     "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", i % 5, "aaaaa");
        exact = malloc(size); /* so that ASan sees one byte too many */
        assert_non_null(exact);
        assert_ptr_equal(wck_quote_short(exact, size, text, (size_t)(next(&seed) % 100)), exact);
        assert_true(strlen(exact) < size);
        if (!wck_utf8_valid(exact, strlen(exact)))
            fail_msg("cut inside a character: \"%s\"", exact);
        free(exact);
    }
}

/* ---- UTF-8 and UTF-16 ---- */

static void every_code_point_through_utf8_and_utf16(void **state)
{
    wck_buf in, big;

    (void)state;
    wck_buf_init(&in, 8);
    wck_buf_init(&big, 8);
    for (unsigned long c = 1; c <= 0x10FFFF; c++) {
        unsigned char le[4], be[4];
        size_t n = c < 0x10000 ? 2 : 4;
        unsigned long units[2] = {c < 0x10000 ? c : 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + ((c - 0x10000) & 0x3FF)};
        const char *p;
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        wck_buf_reset(&in);
        wck_buf_reset(&big);
        assert_true(wck_utf8_put(&in, c));
        p = in.data;
        assert_int_equal(wck_utf8_next(&p, in.data + in.len), c);
        assert_ptr_equal(p, in.data + in.len);
        for (size_t i = 0; i < n / 2; i++) {
            le[2 * i] = be[2 * i + 1] = (unsigned char)(units[i] & 0xFF);
            le[2 * i + 1] = be[2 * i] = (unsigned char)(units[i] >> 8);
        }
        assert_true(wck_utf16_to_utf8(&big, be, n, true));
        assert_string_equal(big.data, in.data);
        wck_buf_reset(&big);
        assert_true(wck_utf16_to_utf8(&big, le, n, false));
        assert_string_equal(big.data, in.data);
    }
    wck_buf_clear(&in);
    wck_buf_clear(&big);
}

static void bad_utf8_is_seen_byte_by_byte(void **state)
{
    static const char *const bad[] = {"\x80",         "\xbf",         "\xc0\x80",         "\xc1\xbf",
                                      "\xc3",         "\xc3\x41",     "\xe0\x80\x80",     "\xe0\x9f\xbf",
                                      "\xed\xa0\x80", "\xed\xbf\xbf", "\xe2\x82",         "\xe2\x28\xa1",
                                      "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                                      "\xf0\x9f\x98", "\xfe",         "\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *p = bad[i];
        assert_false(wck_utf8_valid(bad[i], strlen(bad[i])));
        assert_int_equal(wck_utf8_next(&p, bad[i] + strlen(bad[i])), -1);
        assert_ptr_equal(p, bad[i] + 1);
    }
    assert_true(wck_utf8_valid("", 0));
    assert_true(wck_utf8_valid("a\0b", 3));
}

static void bad_utf16_is_refused(void **state)
{
    static const struct {
        unsigned char bytes[6];
        size_t len;
    } bad[] = {{{0x41}, 1},
               {{0x41, 0, 0x42}, 3},
               {{0x00, 0xD8}, 2},                   /* high surrogate at the end */
               {{0x00, 0xD8, 0x41, 0x00}, 4},       /* and no low one behind it */
               {{0x00, 0xDC}, 2},                   /* low surrogate alone */
               {{0x00, 0xD8, 0x00, 0xD8, 0x00, 0xDC}, 6}};
    wck_buf out;

    (void)state;
    wck_buf_init(&out, 100);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(wck_utf16_to_utf8(&out, bad[i].bytes, bad[i].len, false));
    wck_buf_clear(&out);
    wck_buf_init(&out, 1);
    assert_false(wck_utf16_to_utf8(&out, (const unsigned char *)"A\0B\0", 4, false)); /* no room */
    wck_buf_clear(&out);
}

static void a_full_buffer_is_told(void **state)
{
    quote_fn *const all[] = {wck_quote_xml, wck_quote_html, wck_quote_csv, wck_quote_powershell, wck_quote_shell, terminal};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        wck_buf out;
        wck_buf_init(&out, 10);
        assert_false(all[i](&out, "<a,\"quite\" 'long' text\x1b>"));
        assert_true(out.failed);
        wck_buf_clear(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_text_and_attributes_come_back),
        cmocka_unit_test(html_text_and_attributes_come_back),
        cmocka_unit_test(a_csv_cell_comes_back_and_is_no_formula),
        cmocka_unit_test(no_text_appears_in_powershell_code),
        cmocka_unit_test(a_shell_word_is_one_word),
        cmocka_unit_test(no_control_character_reaches_the_terminal),
        cmocka_unit_test(every_code_point_is_shown_or_spelt),
        cmocka_unit_test(a_cut_is_shown),
        cmocka_unit_test(a_short_quote_fits_and_ends_between_characters),
        cmocka_unit_test(every_code_point_through_utf8_and_utf16),
        cmocka_unit_test(bad_utf8_is_seen_byte_by_byte),
        cmocka_unit_test(bad_utf16_is_refused),
        cmocka_unit_test(a_full_buffer_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
