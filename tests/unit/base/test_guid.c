/* SPDX-License-Identifier: MIT
 * test_guid.c: one text form, three byte orders. */
#include "support/test.h"

#include "base/guid.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static const char sample[] = "00112233-4455-6677-8899-aabbccddeeff";

static wck_guid parsed(const char *text)
{
    wck_guid g = {0, 0};

    if (!wck_guid_parse(&g, text))
        fail_msg("\"%s\" was not read", text);
    return g;
}

static void the_canonical_form_is_lower_case_with_hyphens(void **state)
{
    static const char *const forms[] = {
        "00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-AABBCCDDEEFF",
        "{00112233-4455-6677-8899-aabbccddeeff}", "{00112233-4455-6677-8899-AaBbCcDdEeFf}"};
    char out[WCK_GUID_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        wck_guid g = parsed(forms[i]);
        assert_true(g.hi == 0x0011223344556677ULL && g.lo == 0x8899aabbccddeeffULL);
        assert_ptr_equal(wck_guid_format(out, g), out);
        assert_string_equal(out, sample);
    }
    assert_string_equal(wck_guid_format(out, (wck_guid){0, 0}), "00000000-0000-0000-0000-000000000000");
    assert_string_equal(wck_guid_format(out, (wck_guid){UINT64_MAX, UINT64_MAX}),
                        "ffffffff-ffff-ffff-ffff-ffffffffffff");
}

static void nothing_else_is_a_guid(void **state)
{
    static const char *const bad[] = {"",
                                      "{}",
                                      "0011223344556677-8899-aabbccddeeff",
                                      "00112233445566778899aabbccddeeff",
                                      "00112233-4455-6677-8899-aabbccddeef",
                                      "00112233-4455-6677-8899-aabbccddeeff0",
                                      "{00112233-4455-6677-8899-aabbccddeeff",
                                      "00112233-4455-6677-8899-aabbccddeeff}",
                                      "{00112233-4455-6677-8899-aabbccddeeff)",
                                      "(00112233-4455-6677-8899-aabbccddeeff)",
                                      " 00112233-4455-6677-8899-aabbccddeeff",
                                      "00112233-4455-6677-8899-aabbccddeeff ",
                                      "0x112233-4455-6677-8899-aabbccddeeff",
                                      "+0112233-4455-6677-8899-aabbccddeeff",
                                      "00112233+4455-6677-8899-aabbccddeeff",
                                      "001122334-455-6677-8899-aabbccddeeff"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        wck_guid g = {7, 7};
        if (wck_guid_parse(&g, bad[i]))
            fail_msg("\"%s\" was read", bad[i]);
        assert_true(g.hi == 7 && g.lo == 7); /* untouched */
    }
}

static void every_single_wrong_character_is_seen(void **state)
{
    (void)state;
    for (size_t at = 0; at < 36; at++)
        for (int c = 1; c < 256; c++) {
            char text[WCK_GUID_TEXT];
            wck_guid g;
            bool hyphen = sample[at] == '-', fits = hyphen ? c == '-' : c < 128 && isxdigit(c) != 0;
            memcpy(text, sample, sizeof sample);
            text[at] = (char)c;
            assert_true(wck_guid_parse(&g, text) == fits);
        }
}

static void a_length_may_be_given(void **state)
{
    wck_guid g;

    (void)state;
    assert_true(wck_guid_parse_n(&g, "00112233-4455-6677-8899-aabbccddeeffXXX", 36));
    assert_true(wck_guid_parse_n(&g, "{00112233-4455-6677-8899-aabbccddeeff}XXX", 38));
    assert_false(wck_guid_parse_n(&g, sample, 35));
    assert_false(wck_guid_parse_n(&g, "", 0));
}

/* System.Guid.ToByteArray, SQL Server's binary(16): the first three fields are little-endian [MS-DTYP 2.3.4.2]. */
static void mixed_order_reverses_the_first_three_fields(void **state)
{
    static const unsigned char stored[16] = {0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
                                             0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    unsigned char bytes[16];

    (void)state;
    assert_true(wck_guid_eq(wck_guid_from_mixed(stored), parsed(sample)));
    wck_guid_to_mixed(bytes, parsed(sample));
    assert_memory_equal(bytes, stored, 16);
}

static wck_guid random_guid(uint64_t *seed)
{
    wck_guid g;

    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    g.hi = *seed;
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    g.lo = *seed % 7 == 0 ? 0 : *seed;
    g.hi = *seed % 5 == 0 ? 0x1234567890abcdefULL : g.hi;
    return g;
}

static void text_and_bytes_come_back_and_order_is_that_of_the_text(void **state)
{
    uint64_t seed = 4;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        wck_guid a = random_guid(&seed), b = random_guid(&seed);
        char ta[WCK_GUID_TEXT], tb[WCK_GUID_TEXT];
        unsigned char bytes[16];
        int by_text, by_value = wck_guid_cmp(a, b);
        wck_guid_to_mixed(bytes, a);
        assert_true(wck_guid_eq(wck_guid_from_mixed(bytes), a));
        assert_true(wck_guid_eq(parsed(wck_guid_format(ta, a)), a));
        by_text = strcmp(ta, wck_guid_format(tb, b));
        assert_int_equal((by_text > 0) - (by_text < 0), by_value);
        assert_int_equal(wck_guid_cmp(b, a), -by_value);
        assert_true(wck_guid_eq(a, b) == (by_value == 0));
    }
}

/* One byte set each, in the order in which SQL Server sorts them: groups from the right, and the first three by their
 * stored (little-endian) bytes [learn.microsoft.com "Comparing GUID and uniqueidentifier values"; gotnet.biz "How SQL Server
 * Sorts the UNIQUEIDENTIFIER Type"]. */
static void sql_server_orders_by_the_last_group_first(void **state)
{
    static const char *const ascending[] = {
        "01000000-0000-0000-0000-000000000000", "00010000-0000-0000-0000-000000000000",
        "00000100-0000-0000-0000-000000000000", "00000001-0000-0000-0000-000000000000",
        "00000000-0100-0000-0000-000000000000", "00000000-0001-0000-0000-000000000000",
        "00000000-0000-0100-0000-000000000000", "00000000-0000-0001-0000-000000000000",
        "00000000-0000-0000-0001-000000000000", "00000000-0000-0000-0100-000000000000",
        "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000100",
        "00000000-0000-0000-0000-000000010000", "00000000-0000-0000-0000-000001000000",
        "00000000-0000-0000-0000-000100000000", "00000000-0000-0000-0000-010000000000"};

    (void)state;
    for (size_t i = 0; i < 16; i++)
        for (size_t k = 0; k < 16; k++) {
            int c = wck_guid_cmp_sqlserver(parsed(ascending[i]), parsed(ascending[k]));
            assert_int_equal(c, i < k ? -1 : i > k);
        }
}

static int by_sqlserver(const void *a, const void *b)
{
    return wck_guid_cmp_sqlserver(*(const wck_guid *)a, *(const wck_guid *)b);
}

static void the_sql_server_order_is_total(void **state)
{
    enum { N = 300 };
    wck_guid g[N];
    uint64_t seed = 9;

    (void)state;
    for (size_t i = 0; i < N; i++)
        g[i] = random_guid(&seed);
    qsort(g, N, sizeof *g, by_sqlserver);
    for (size_t i = 0; i < N; i++)
        for (size_t k = i + 1; k < N; k++) {
            int c = wck_guid_cmp_sqlserver(g[i], g[k]);
            assert_true(c < 0 || (c == 0 && wck_guid_eq(g[i], g[k])));
            assert_int_equal(wck_guid_cmp_sqlserver(g[k], g[i]), -c);
        }
}

static void the_built_in_groups_are_those_of_the_protocol(void **state)
{
    char out[WCK_GUID_TEXT];

    (void)state;
    assert_string_equal(wck_guid_format(out, WCK_GROUP_ALL_COMPUTERS), "a0a08746-4dbe-4a37-9adf-9e7652c0b421");
    assert_string_equal(wck_guid_format(out, WCK_GROUP_UNASSIGNED), "b73ca6ed-5727-47f3-84de-015e03f6a88a");
    assert_string_equal(wck_guid_format(out, WCK_GROUP_DOWNSTREAM), "d374f42a-9be2-4163-a0fa-3c86a401b7a7");
    assert_true(wck_guid_is_zero((wck_guid){0, 0}));
    assert_false(wck_guid_is_zero((wck_guid){0, 1}));
    assert_false(wck_guid_is_zero((wck_guid){1, 0}));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_canonical_form_is_lower_case_with_hyphens),
        cmocka_unit_test(nothing_else_is_a_guid),
        cmocka_unit_test(every_single_wrong_character_is_seen),
        cmocka_unit_test(a_length_may_be_given),
        cmocka_unit_test(mixed_order_reverses_the_first_three_fields),
        cmocka_unit_test(text_and_bytes_come_back_and_order_is_that_of_the_text),
        cmocka_unit_test(sql_server_orders_by_the_last_group_first),
        cmocka_unit_test(the_sql_server_order_is_total),
        cmocka_unit_test(the_built_in_groups_are_those_of_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
