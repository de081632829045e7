/* SPDX-License-Identifier: MIT
 * test_net.c: header lines as servers and others write them, and which login is shown. */
#include "support/test.h"

#include "net/http.h"

#include <stdio.h>
#include <string.h>

static void a_header_is_read_whatever_its_case_and_blanks(void **state)
{
    static const struct {
        const char *line, *value; /* NULL: another header */
    } cases[] = {{"Date: x\r\n", "x"},   {"DATE:x", "x"},      {"date: \t x y \t\r\n", "x y"}, {"Date:", ""},
                 {"Date:\r\n", ""},      {"Dates: x", NULL},   {"Date", NULL},                {"Dat", NULL},
                 {"Date : x\r\n", NULL}, {" Date: x", NULL},   {"", NULL},                    {"Date:   ", ""}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *value = NULL;
        size_t len = 0;
        char text[40];
        bool is = wck_net_header(cases[i].line, strlen(cases[i].line), "Date", &value, &len);
        assert_int_equal(is, cases[i].value != NULL);
        if (!is)
            continue;
        wck_net_keep(text, sizeof text, value, len);
        assert_string_equal(text, cases[i].value);
    }
}

static void what_is_longer_than_its_place_is_cut(void **state)
{
    char text[4];

    (void)state;
    wck_net_keep(text, sizeof text, "abcdef", 6);
    assert_string_equal(text, "abc");
    wck_net_keep(text, sizeof text, "abc", 3);
    assert_string_equal(text, "abc");
    wck_net_keep(text, sizeof text, "", 0);
    assert_string_equal(text, "");
}

static void methods_are_listed_by_name_and_once(void **state)
{
    static const struct {
        const char *before, *value, *after;
    } cases[] = {{"", "Negotiate", "Negotiate"},
                 {"Negotiate", "NTLM", "Negotiate, NTLM"},
                 {"Negotiate, NTLM", "negotiate YIIKdwYGKwYBBQUC==", "Negotiate, NTLM"},
                 {"", "Negotiate, NTLM, Basic realm=\"WSUS\"", "Negotiate, NTLM, Basic"},
                 {"", "Basic realm=\"a, Digest b\", charset=\"UTF-8\", NTLM", "Basic, NTLM"},
                 {"", "Basic realm=\"a \\\", Evil\", NTLM", "Basic, NTLM"},
                 {"", "Digest qop = \"auth\", nonce = \"x\"", "Digest"},
                 {"", "Basic realm=\"never closed, NTLM", "Basic"},
                 {"", "Basic realm=\"\\", "Basic"},
                 {"", ",, ,NTLM,", "NTLM"},
                 {"", "", ""},
                 {"", " \t", ""},
                 {"NTLMv9", "NTLM", "NTLMv9, NTLM"},
                 {"", "a=b", ""}};
    char list[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(list, sizeof list, "%s", cases[i].before);
        wck_net_add_methods(list, sizeof list, cases[i].value, strlen(cases[i].value));
        assert_string_equal(list, cases[i].after);
    }
}

static void methods_that_do_not_fit_are_left_out(void **state)
{
    char list[12] = "";

    (void)state;
    wck_net_add_methods(list, sizeof list, "Negotiate, NTLM", 15);
    assert_string_equal(list, "Negotiate");
    wck_net_add_methods(list, sizeof list, "NegotiateAndMore", 16);
    assert_string_equal(list, "Negotiate");
    wck_net_add_methods(list, 10, "N", 1);
    assert_string_equal(list, "Negotiate");
}

static void a_date_is_read_and_anything_else_refused(void **state)
{
    wck_time at = WCK_TIME_NONE;
    char text[WCK_TIME_TEXT];

    (void)state;
    assert_true(wck_net_date(&at, "Wed, 25 Nov 2026 14:18:04 GMT", 29));
    assert_string_equal(wck_time_format(text, at), "2026-11-25T14:18:04Z");
    assert_false(wck_net_date(&at, "yesterday", 9));
    assert_false(wck_net_date(&at, "", 0));
}

static void a_login_has_one_method_or_none(void **state)
{
    CURL *curl = curl_easy_init();

    (void)state;
    assert_non_null(curl);
    assert_int_equal(wck_net_auth_method(NULL), (long)CURLAUTH_NONE);
    assert_int_equal(wck_net_auth_method("none"), (long)CURLAUTH_NONE);
    assert_int_equal(wck_net_auth_method("negotiate"), (long)CURLAUTH_NEGOTIATE);
    assert_int_equal(wck_net_auth_method("ntlm"), (long)CURLAUTH_NTLM);
    assert_int_equal(wck_net_auth_method("basic"), (long)CURLAUTH_BASIC);
    assert_int_equal(wck_net_auth_method("digest"), -1);
    assert_int_equal(wck_net_manners(curl, NULL, NULL), CURLE_OK);
    assert_int_equal(wck_net_proxy(curl, NULL, "someone", NULL, false), CURLE_OK);
    assert_int_equal(wck_net_login(curl, "negotiate", NULL, NULL), CURLE_OK);
    assert_int_equal(wck_net_login(curl, "digest", NULL, NULL), CURLE_BAD_FUNCTION_ARGUMENT);
    curl_easy_cleanup(curl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_read_whatever_its_case_and_blanks),
        cmocka_unit_test(what_is_longer_than_its_place_is_cut),
        cmocka_unit_test(methods_are_listed_by_name_and_once),
        cmocka_unit_test(methods_that_do_not_fit_are_left_out),
        cmocka_unit_test(a_date_is_read_and_anything_else_refused),
        cmocka_unit_test(a_login_has_one_method_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
