/* SPDX-License-Identifier: MIT
 * test_json_cases.c: what is JSON to the strict reader and what is not (reliability.md 8). */
#include "support/test.h"

#include "cases.h"

#define N(table) (sizeof table / sizeof *table)
#define TEN(x) x x x x x x x x x x

static void json_that_is_valid_is_accepted_under_an_unknown_key(void **state)
{
    static const json_case cases[] = {
        {VALUE, "null", NULL},
        {VALUE, "true", NULL},
        {VALUE, "false", NULL},
        {VALUE, "0", NULL},
        {VALUE, "-0", NULL},
        {VALUE, "1", NULL},
        {VALUE, "-1", NULL},
        {VALUE, "1.5", NULL},
        {VALUE, "1e2", NULL},
        {VALUE, "1E+2", NULL},
        {VALUE, "1e-2", NULL},
        {VALUE, "0.0", NULL},
        {VALUE, "0e0", NULL},
        {VALUE, "18446744073709551616", NULL}, /* no range where nothing is read */
        {VALUE, "\"\"", NULL},
        {VALUE, "\"a b\"", NULL},
        {VALUE, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", NULL},
        {VALUE, "\"\\u0001\"", NULL},
        {VALUE, "\"\\u00e9\\u00E9\"", NULL},
        {VALUE, "\"\\uD83D\\uDE00\"", NULL},
        {VALUE, "\"\xC3\xA9\"", NULL},
        {VALUE, "\"\xE2\x82\xAC\"", NULL},
        {VALUE, "\"\xF0\x9F\x98\x80\"", NULL},
        {VALUE, "\"\xF4\x8F\xBF\xBF\"", NULL},
        {VALUE, "\"\x7F\"", NULL},
        {VALUE, "\"\\uFFFF\"", NULL},
        {VALUE, "[]", NULL},
        {VALUE, "[ ]", NULL},
        {VALUE, "[1]", NULL},
        {VALUE, "[1,2]", NULL},
        {VALUE, " [ 1 , [ 2 ] ] ", NULL},
        {VALUE, "{}", NULL},
        {VALUE, "{ }", NULL},
        {VALUE, "{\"a\":1}", NULL},
        {VALUE, "{\"\":1}", NULL},
        {VALUE, "{\"a\":1,\"b\":{\"a\":1}}", NULL},
        {VALUE, "{\"a\":1,\"A\":1}", NULL},
        {VALUE, "\t\r\n[\t\r\n1\t\r\n]\t\r\n", NULL},
        {VALUE, TEN("[") TEN("[") TEN("[") "1" TEN("]") TEN("]") TEN("]"), NULL},
    };

    (void)state;
    run_cases(cases, N(cases));
}

static void words_and_numbers_that_json_lacks_are_refused(void **state)
{
    static const json_case cases[] = {
        {VALUE, "NaN", "x: unexpected character \"N\""},
        {VALUE, "Infinity", "x: unexpected character \"I\""},
        {VALUE, "-Infinity", "x: is not a valid number"},
        {VALUE, "undefined", "x: unexpected character \"u\""},
        {VALUE, "nul", "x: unexpected word"},
        {VALUE, "nullx", "unexpected character \"x\""},
        {VALUE, "True", "x: unexpected character \"T\""},
        {VALUE, "truE", "x: unexpected word"},
        {VALUE, "falsE", "x: unexpected word"},
        {VALUE, "01", "x: is not a valid number"},
        {VALUE, "-01", "x: is not a valid number"},
        {VALUE, "-", "x: is not a valid number"},
        {VALUE, "+1", "x: unexpected character \"+\""},
        {VALUE, ".5", "x: unexpected character \".\""},
        {VALUE, "1.", "x: is not a valid number"},
        {VALUE, "1.e1", "x: is not a valid number"},
        {VALUE, "1e", "x: is not a valid number"},
        {VALUE, "1e+", "x: is not a valid number"},
        {VALUE, "1e1.5", "x: is not a valid number"},
        {VALUE, "1-1", "x: is not a valid number"},
        {VALUE, "0x10", "unexpected character \"x\""},
        {VALUE, "1 2", "unexpected character \"2\""},
        {VALUE, "'a'", "x: unexpected character \"'\""},
        {VALUE, "// no\n1", "x: unexpected character \"/\""},
        {VALUE, "/* no */1", "x: unexpected character \"/\""},
        {VALUE, "", "x: unexpected character \"}\""},
    };

    (void)state;
    run_cases(cases, N(cases));
}

static void text_that_is_not_clean_is_refused(void **state)
{
    static const json_case cases[] = {
        {VALUE, "\"\\u0000\"", "x: a text must not hold \\u0000"},
        {VALUE, "\"\\uD800\"", "x: a high surrogate stands without its low one"},
        {VALUE, "\"\\uD800x\"", "x: a high surrogate stands without its low one"},
        {VALUE, "\"\\uD800\\n\"", "x: a high surrogate stands without its low one"},
        {VALUE, "\"\\uD800\\uD800\"", "x: a high surrogate stands without its low one"},
        {VALUE, "\"\\uD800\\u0041\"", "x: a high surrogate stands without its low one"},
        {VALUE, "\"\\uDC00\"", "x: a low surrogate stands without its high one"},
        {VALUE, "\"\\u12\"", "x: \\u needs four hexadecimal digits"},
        {VALUE, "\"\\u12G4\"", "x: \\u needs four hexadecimal digits"},
        {VALUE, "\"\\x41\"", "x: a text holds an unknown escape"},
        {VALUE, "\"\\'\"", "x: a text holds an unknown escape"},
        {VALUE, "\"\\U0041\"", "x: a text holds an unknown escape"},
        {VALUE, "\"\\\xC3\xA9\"", "x: a text "},
        {VALUE, "\"a\nb\"", "x: a text holds the control character 0x0a"},
        {VALUE, "\"a\tb\"", "x: a text holds the control character 0x09"},
        {VALUE, "\"\x1F\"", "x: a text holds the control character 0x1f"},
        {VALUE, "\"\xFF\"", "x: a text is not valid UTF-8"},
        {VALUE, "\"\x80\"", "x: a text is not valid UTF-8"},
        {VALUE, "\"\xC3\"", "x: a text is not valid UTF-8"},
        {VALUE, "\"\xC0\x80\"", "x: a text is not valid UTF-8"},
        {VALUE, "\"\xE0\x80\x80\"", "x: a text is not valid UTF-8"},
        {VALUE, "\"\xED\xA0\x80\"", "x: a text is not valid UTF-8"},
        {VALUE, "\"\xF4\x90\x80\x80\"", "x: a text is not valid UTF-8"},
        {VALUE, "\"\xF8\x88\x80\x80\x80\"", "x: a text is not valid UTF-8"},
        {VALUE, "\xC3\xA9", "x: unexpected byte 0xc3"},
        {VALUE, "\x01", "x: unexpected byte 0x01"},
        {VALUE, "\"abc", "x: the document ends inside a text"},
        {VALUE, "\"abc\\", "x: the document ends inside a text"},
    };

    (void)state;
    run_cases(cases, N(cases));
}

static void structure_that_is_broken_is_refused(void **state)
{
    static const json_case cases[] = {
        {VALUE, "[1,]", "x[1]: unexpected character \"]\""},
        {VALUE, "[,1]", "x[0]: unexpected character \",\""},
        {VALUE, "[1 2]", "x[1]: unexpected character \"2\", \",\" or \"]\" was expected"},
        {VALUE, "[1}", "x[1]: unexpected character \"}\""},
        {VALUE, "{\"a\":1,}", "x: unexpected character \"}\", a key was expected"},
        {VALUE, "{,}", "x: unexpected character \",\", a key was expected"},
        {VALUE, "{\"a\"}", "x.a: unexpected character \"}\", \":\" was expected"},
        {VALUE, "{\"a\":}", "x.a: unexpected character \"}\", a value was expected"},
        {VALUE, "{\"a\" 1}", "x.a: unexpected character \"1\", \":\" was expected"},
        {VALUE, "{a:1}", "x: unexpected character \"a\", a key was expected"},
        {VALUE, "{1:1}", "x: unexpected character \"1\", a key was expected"},
        {VALUE, "{\"a\":1]", "x: unexpected character \"]\", \",\" or \"}\" was expected"},
        {VALUE, "{\"a\":1 \"b\":2}", "x: unexpected character \"\"\""},
        {VALUE, "{\"a\":1,\"a\":2}", "x: the key \"a\" stands twice"},
        {VALUE, "{\"a\":1,\"b\":2,\"\\u0061\":2}", "x: the key \"a\" stands twice"},
        {VALUE, "{\"a\":{\"b\":{\"c\":1,\"d\":2,\"c\":3}}}", "x.a.b: the key \"c\" stands twice"},
        {VALUE, "[{\"a\":1},{\"a\":1,\"a\":1}]", "x[1]: the key \"a\" stands twice"},
        {VALUE, "1,\"x\":2", "the key \"x\" stands twice"},
        {VALUE, TEN("[") TEN("[") TEN("[") TEN("["), "x[0][0][0]"},
        {VALUE, TEN("{\"a\":") TEN("{\"a\":") TEN("{\"a\":") TEN("{\"a\":"), "x.a.a.a"},
        {WHOLE, "", "the document is empty"},
        {WHOLE, " \n\t", "the document is empty"},
        {WHOLE, "{", "the document ends too early"},
        {WHOLE, HEAD, "the document ends too early"},
        {WHOLE, HEAD "} x", "unexpected character \"x\", the end of the document was expected"},
        {WHOLE, HEAD "}{}", "unexpected character \"{\", the end of the document was expected"},
        {WHOLE, HEAD "},", "unexpected character \",\", the end of the document was expected"},
        {WHOLE, "[]", "must be an object, is an array"},
        {WHOLE, "\"x\"", "must be an object, is a string"},
        {WHOLE, "1", "must be an object, is a number"},
        {WHOLE, "null", "must be an object, is null"},
        {WHOLE, HEAD "}\n \t\r\n", NULL},
        {WHOLE, "\xEF\xBB\xBF" HEAD "}", NULL},
        {WHOLE, "\xEF\xBB" HEAD "}", "unexpected byte 0xef"},
    };

    (void)state;
    run_cases(cases, N(cases));
}

static void the_line_of_a_mistake_is_named(void **state)
{
    static const json_case cases[] = {
        {TOP, "\n\n\"updates\":[\n{\"id\":" ID ",\n\"revision\":\"1\"}]",
         "updates[0].revision: must be an integer, is a string (line 5)"},
    };

    (void)state;
    run_cases(cases, N(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_that_is_valid_is_accepted_under_an_unknown_key),
        cmocka_unit_test(words_and_numbers_that_json_lacks_are_refused),
        cmocka_unit_test(text_that_is_not_clean_is_refused),
        cmocka_unit_test(structure_that_is_broken_is_refused),
        cmocka_unit_test(the_line_of_a_mistake_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
