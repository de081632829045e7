/* SPDX-License-Identifier: MIT
 * test_time.c: RFC 3339 in and out, against a calendar that counts days one by one. */
#include "support/test.h"

#include "base/time.h"

#include <stdio.h>

#define SECOND WCK_TICKS_PER_SECOND

static wck_time parsed(const char *text)
{
    wck_time t = 77;

    if (!wck_time_parse(&t, text))
        fail_msg("\"%s\" was not read", text);
    return t;
}

static void check_same(const char *text, const char *canonical)
{
    char out[WCK_TIME_TEXT];

    if (strcmp(wck_time_format(out, parsed(text)), canonical) != 0)
        fail_msg("\"%s\" gives \"%s\", not \"%s\"", text, out, canonical);
}

/* RFC 3339 section 5.8. */
static void the_examples_of_the_standard(void **state)
{
    (void)state;
    check_same("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.52Z");
    check_same("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z");
    check_same("1990-12-31T23:59:60Z", "1991-01-01T00:00:00Z"); /* a leap second is the next one here */
    check_same("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z");
    check_same("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.87Z");
}

static void forms_that_servers_send(void **state)
{
    (void)state;
    check_same("2026-11-25T05:00:00", "2026-11-25T05:00:00Z");
    check_same("2026-11-25 05:00:00", "2026-11-25T05:00:00Z");
    check_same("2026-11-25t05:00:00z", "2026-11-25T05:00:00Z");
    check_same("2026-11-25T05:00:00.0000000Z", "2026-11-25T05:00:00Z");
    check_same("2026-11-25T05:00:00.1234567Z", "2026-11-25T05:00:00.1234567Z");
    check_same("2026-11-25T05:00:00.123456789Z", "2026-11-25T05:00:00.1234567Z");
    check_same("2026-11-25T05:00:00.1Z", "2026-11-25T05:00:00.1Z");
    check_same("2026-11-25T05:00:00.0000001Z", "2026-11-25T05:00:00.0000001Z");
    check_same("2026-11-25T05:00:00.00000009Z", "2026-11-25T05:00:00Z");
    check_same("2026-11-25T05:00:00+14:00", "2026-11-24T15:00:00Z");
    check_same("2026-11-25T05:00:00-12:00", "2026-11-25T17:00:00Z");
    check_same("2026-11-25T05:00:00-00:30", "2026-11-25T05:30:00Z");
}

static void nothing_else_is_a_time(void **state)
{
    static const char *const bad[] = {"",
                                      "never",
                                      "2026",
                                      "2026-11-25",
                                      "2026-11-25T05:00",
                                      "2026-11-25T05:00:00.",
                                      "2026-11-25T05:00:00.Z",
                                      "2026-11-25T05:00:00 Z",
                                      "2026-11-25T05:00:00ZZ",
                                      "2026-11-25T05:00:00+1",
                                      "2026-11-25T05:00:00+0100",
                                      "2026-11-25T05:00:00+15:00",
                                      "2026-11-25T05:00:00+01:60",
                                      "2026-11-25T05:00:00,5Z",
                                      "2026-11-25_05:00:00Z",
                                      " 2026-11-25T05:00:00Z",
                                      "2026-11-25T05:00:00Z ",
                                      "2026-13-01T00:00:00Z",
                                      "2026-00-01T00:00:00Z",
                                      "2026-01-00T00:00:00Z",
                                      "2026-01-32T00:00:00Z",
                                      "2026-04-31T00:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "1900-02-29T00:00:00Z",
                                      "2100-02-29T00:00:00Z",
                                      "2026-11-25T24:00:00Z",
                                      "2026-11-25T23:60:00Z",
                                      "2026-11-25T23:59:61Z",
                                      "0000-01-01T00:00:00Z",
                                      "26-11-25T05:00:00Z",
                                      "12026-11-25T05:00:00Z",
                                      "-026-11-25T05:00:00Z",
                                      "2026-1-25T05:00:00Z",
                                      "2026-11-25T5:00:00Z"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        wck_time t;
        if (wck_time_parse(&t, bad[i]))
            fail_msg("\"%s\" was read", bad[i]);
    }
}

/* .NET's DateTime.MinValue and MaxValue, SQL Server's first datetime: "none". */
static void sentinels_are_no_time(void **state)
{
    static const char *const none[] = {"0001-01-01T00:00:00",  "0001-01-01T00:00:00Z", "0001-01-01T23:59:59.9999999Z",
                                       "1753-01-01T00:00:00Z", "1753-01-01T11:00:00Z", "9999-12-31T23:59:59.9999999",
                                       "9999-12-31T00:00:00Z", "0001-01-01 00:00:00",  "9999-12-31T23:59:59.997Z"};
    char out[WCK_TIME_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (parsed(none[i]) != WCK_TIME_NONE)
            fail_msg("\"%s\" is a time", none[i]);
    assert_string_equal(wck_time_format(out, WCK_TIME_NONE), "");
    assert_string_equal(wck_time_format_short(out, WCK_TIME_NONE), "never");
    assert_true(parsed("0001-01-02T00:00:00Z") < parsed("1753-01-02T00:00:00Z"));
    assert_true(parsed("1752-12-31T00:00:00Z") < parsed("1753-01-02T00:00:00Z"));
    assert_true(parsed("9999-12-30T23:59:59Z") > 0);
}

static void known_instants(void **state)
{
    (void)state;
    assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(parsed("1969-12-31T23:59:59.9999999Z"), -1);
    assert_int_equal(parsed("2001-09-09T01:46:40Z"), 1000000000 * SECOND);
    assert_int_equal(parsed("2038-01-19T03:14:07Z"), INT64_C(2147483647) * SECOND);
    assert_int_equal(parsed("1601-01-01T00:00:00Z"), INT64_C(-11644473600) * SECOND); /* FILETIME's zero */
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool is_sentinel(int y, int m, int d)
{
    return (y == 1 && m == 1 && d == 1) || (y == 1753 && m == 1 && d == 1) || (y == 9999 && m == 12 && d == 31);
}

static void check_day(int y, int m, int d, int64_t number)
{
    char text[WCK_TIME_TEXT], out[WCK_TIME_TEXT];
    wck_time t = number * 86400 * SECOND + 45296 * SECOND;

    snprintf(text, sizeof text, "%04d-%02d-%02dT12:34:56Z", y, m, d);
    if (is_sentinel(y, m, d)) {
        assert_true(parsed(text) == WCK_TIME_NONE);
        return;
    }
    assert_true(parsed(text) == t);
    assert_string_equal(wck_time_format(out, t), text);
    snprintf(text, sizeof text, "%04d-%02d-%02d 12:34 UTC", y, m, d);
    assert_string_equal(wck_time_format_short(out, t), text);
}

/* The first and last two days of every month of nine thousand years. */
static void every_month_of_every_year(void **state)
{
    int64_t number = -719162; /* 0001-01-01; 1970-01-01 is day 0 */
    char bad[WCK_TIME_TEXT];
    wck_time t;

    (void)state;
    for (int y = 1; y <= 9999; y++)
        for (int m = 1; m <= 12; m++) {
            int days = days_of(y, m);
            check_day(y, m, 1, number);
            check_day(y, m, days - 1, number + days - 2);
            check_day(y, m, days, number + days - 1);
            snprintf(bad, sizeof bad, "%04d-%02d-%02dT12:34:56Z", y, m, days + 1);
            assert_false(wck_time_parse(&t, bad));
            number += days;
        }
    assert_int_equal(number, 2932897); /* 10000-01-01 */
}

static void ticks_come_back(void **state)
{
    uint64_t seed = 3;
    wck_time most = parsed("9999-12-30T23:59:59.9999999Z"), least = parsed("0001-01-02T00:00:00Z");

    (void)state;
    for (int i = 0; i < 50000; i++) {
        char text[WCK_TIME_TEXT];
        wck_time t, back;
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        t = least + (wck_time)((seed >> 1) % (uint64_t)(most - least));
        t = i % 3 == 0 ? t / SECOND * SECOND : i % 3 == 1 ? t / 1000 * 1000 : t;
        wck_time_format(text, t);
        back = parsed(text);
        if (back != t && back != WCK_TIME_NONE) /* 1753-01-01 */
            fail_msg("%lld gives \"%s\", which is %lld", (long long)t, text, (long long)back);
    }
}

static void ticks_out_of_range_do_no_harm(void **state)
{
    static const wck_time far[] = {INT64_MIN + 1, INT64_MAX, -63000000000 * SECOND, 300000000000 * SECOND};
    char out[WCK_TIME_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        assert_true(strlen(wck_time_format(out, far[i])) < WCK_TIME_TEXT);
        assert_true(strlen(wck_time_format_short(out, far[i])) < WCK_TIME_TEXT);
    }
}

static void the_clock_can_be_set(void **state)
{
    wck_time before, after;

    (void)state;
    wck_time_fake(123);
    assert_int_equal(wck_time_now(), 123);
    wck_time_fake(WCK_TIME_NONE);
    before = wck_time_now();
    after = wck_time_now();
    assert_true(before > parsed("2024-01-01T00:00:00Z"));
    assert_true(after >= before);
}

/* RFC 9110 section 5.6.7. */
static void a_date_header(void **state)
{
    static const char *const bad[] = {"",
                                      "now",
                                      "Sunday, 06-Nov-94 08:49:37 GMT", /* the two obsolete forms */
                                      "Sun Nov  6 08:49:37 1994",
                                      "Sun, 06 Nov 1994 08:49:37",
                                      "Sun, 06 Nov 1994 08:49:37 PST",
                                      "Sun, 06 Nov 1994 08:49:37 GMT+1",
                                      "Sun, 06 Nov 1994 08:49:37 GMT ",
                                      "Sun, 6 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 8:49:37 GMT",
                                      "Sun, 06 Nov 1994 08:49:3 GMT",
                                      "Sun, 06 nov 1994 08:49:37 GMT",
                                      "Sun, 06 ovD 1994 08:49:37 GMT",
                                      "Sun, 06 No 1994 08:49:37 GMT",
                                      "Sun, 31 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov -994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 08:49:61 GMT",
                                      "Sun, 06 Nov 1994 24:49:37 GMT",
                                      "Sun, -6 Nov 1994 08:49:37 GMT"};
    wck_time t;
    char text[40], out[WCK_TIME_TEXT];
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

    (void)state;
    assert_true(wck_time_parse_http(&t, "Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_string_equal(wck_time_format(out, t), "1994-11-06T08:49:37Z");
    for (int m = 1; m <= 12; m++) {
        char want[WCK_TIME_TEXT];
        snprintf(text, sizeof text, "Mon, 09 %s 2026 00:00:01 GMT", months[m - 1]);
        snprintf(want, sizeof want, "2026-%02d-09T00:00:01Z", m);
        assert_true(wck_time_parse_http(&t, text));
        assert_string_equal(wck_time_format(out, t), want);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (wck_time_parse_http(&t, bad[i]))
            fail_msg("\"%s\" was read", bad[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard),
        cmocka_unit_test(forms_that_servers_send),
        cmocka_unit_test(nothing_else_is_a_time),
        cmocka_unit_test(sentinels_are_no_time),
        cmocka_unit_test(known_instants),
        cmocka_unit_test(every_month_of_every_year),
        cmocka_unit_test(ticks_come_back),
        cmocka_unit_test(ticks_out_of_range_do_no_harm),
        cmocka_unit_test(the_clock_can_be_set),
        cmocka_unit_test(a_date_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
