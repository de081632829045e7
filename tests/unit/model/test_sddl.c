/* SPDX-License-Identifier: MIT
 * test_sddl.c: who has access, from security descriptors as Windows writes them, and from garbage. */
#include "support/test.h"

#include "model/sddl.h"

#include <stdlib.h>
#include <string.h>

#define N(a) (sizeof(a) / sizeof *(a))
#define NS WCK_TRUSTEE_NETWORK_SERVICE
#define BU WCK_TRUSTEE_USERS
#define HERE WCK_SDDL_HERE
#define READ WCK_RIGHTS_READ
#define FULL WCK_RIGHTS_FULL

/* What setup leaves behind. */
#define HEALTHY "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;OICI;FA;;;NS)"

typedef struct access_case {
    const char *sddl;
    wck_trustee who;
    uint32_t rights;
    wck_sddl_place place;
    wck_access access;
} access_case;

static void run(const access_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        wck_access access = WCK_ACCESS_UNKNOWN;
        wck_error err = {0};
        if (wck_sddl_access(&access, cases[i].sddl, cases[i].who, cases[i].rights, cases[i].place, &err) != WCK_OK)
            fail_msg("case %zu: %s: %s", i, cases[i].sddl, err.text);
        if (access != cases[i].access)
            fail_msg("case %zu: %s: %d, not %d", i, cases[i].sddl, (int)access, (int)cases[i].access);
    }
}

static void rights_come_from_entries(void **state)
{
    static const access_case cases[] = {
        {HEALTHY, NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {HEALTHY, BU, READ, HERE, WCK_ACCESS_GRANTED},
        {HEALTHY, BU, FULL, HERE, WCK_ACCESS_DENIED},
        {"D:(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;FR;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FR;;;NS)", NS, FULL, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;FR;;;NS)", BU, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;GR;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;GA;;;NS)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;GX;;;NS)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;0x80000000;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;0x10000000;;;NS)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;1179785;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;04400211;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;CCSWLORC;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;CC;;;NS)(A;;SWLORC;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;CC;;;NS)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;;;;NS)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:PAI", BU, READ, HERE, WCK_ACCESS_DENIED},
        {"D:NO_ACCESS_CONTROL", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"O:BAG:SY", NS, READ, HERE, WCK_ACCESS_UNKNOWN},
        {"S:(AU;SAFA;FA;;;WD)", NS, READ, HERE, WCK_ACCESS_UNKNOWN},
        {" d:(a;oici;fa;;;ns) ", NS, FULL, HERE, WCK_ACCESS_GRANTED},
    };

    (void)state;
    run(cases, N(cases));
}

static void identifiers_are_names_or_numbers(void **state)
{
    static const access_case cases[] = {
        {"D:(A;;FA;;;S-1-5-20)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FA;;;S-1-5-32-545)", BU, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FA;;;S-1-0x5-0x14)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FA;;;S-1-1-0)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FA;;;WD)", BU, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FA;;;AU)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FA;;;AU)", BU, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FA;;;SU)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FA;;;SU)", BU, FULL, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;FA;;;BU)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;FA;;;BA)(A;;FA;;;DA)(A;;FA;;;LS)(A;;FA;;;ZZ)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;FA;;;S-1-5-21-1004336348-1177238915-682003330-512)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;FA;;;S-1-5-20-0)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;FA;;;S-1-5-32)", BU, READ, HERE, WCK_ACCESS_DENIED},
    };

    (void)state;
    run(cases, N(cases));
}

static void the_first_entry_decides(void **state)
{
    static const access_case cases[] = {
        {"D:(D;;FA;;;NS)(A;;FA;;;NS)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;FA;;;NS)(D;;FA;;;NS)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FR;;;NS)(D;;FA;;;NS)(A;;FA;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(A;;FR;;;NS)(D;;FA;;;NS)(A;;FA;;;NS)", NS, FULL, HERE, WCK_ACCESS_DENIED},
        {"D:(D;;FW;;;NS)(A;;FA;;;NS)", NS, READ, HERE, WCK_ACCESS_DENIED}, /* FW holds READ_CONTROL */
        {"D:(D;;DCLC;;;NS)(A;;FA;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(D;;DCLC;;;NS)(A;;FA;;;NS)", NS, FULL, HERE, WCK_ACCESS_DENIED},
        {"D:(D;;FA;;;WD)(A;;FA;;;BU)", BU, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(D;;FA;;;BG)(A;;FA;;;BU)", BU, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(D;;FA;;;BU)(A;;FA;;;NS)", NS, READ, HERE, WCK_ACCESS_UNKNOWN},
        {"D:(D;;FA;;;BU)(A;;FA;;;BA)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;;FA;;;NS)(D;;FA;;;BU)", NS, READ, HERE, WCK_ACCESS_GRANTED},
    };

    (void)state;
    run(cases, N(cases));
}

static void inheritance_says_where_an_entry_applies(void **state)
{
    static const access_case cases[] = {
        {"D:(A;OICIIO;FA;;;NS)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(A;OICIIO;FA;;;NS)", NS, FULL, WCK_SDDL_FILES, WCK_ACCESS_GRANTED},
        {"D:(A;OICIIO;FA;;;NS)", NS, FULL, WCK_SDDL_FOLDERS, WCK_ACCESS_GRANTED},
        {"D:(A;OI;FA;;;NS)", NS, READ, WCK_SDDL_FOLDERS, WCK_ACCESS_DENIED},
        {"D:(A;CI;FA;;;NS)", NS, READ, WCK_SDDL_FILES, WCK_ACCESS_DENIED},
        {"D:(A;CINP;FA;;;NS)", NS, READ, WCK_SDDL_FOLDERS, WCK_ACCESS_GRANTED},
        {"D:(A;;FA;;;NS)", NS, READ, WCK_SDDL_FILES, WCK_ACCESS_DENIED},
        {"D:AI(A;OICIID;FA;;;NS)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(D;OICIIO;FA;;;NS)(A;OICI;FA;;;NS)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(D;OICIIO;FA;;;NS)(A;OICI;FA;;;NS)", NS, FULL, WCK_SDDL_FILES, WCK_ACCESS_DENIED},
    };

    (void)state;
    run(cases, N(cases));
}

static void conditions_and_other_kinds_are_never_taken_for_access(void **state)
{
    static const access_case cases[] = {
        {"D:(XA;;FA;;;NS;(@User.Title==\"a)(\" && (Member_of {SID(BA)})))", NS, READ, HERE, WCK_ACCESS_UNKNOWN},
        {"D:(A;;FA;;;NS)(XA;;FA;;;NS;(1))", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(XD;;FA;;;NS;(1))(A;;FA;;;NS)", NS, READ, HERE, WCK_ACCESS_UNKNOWN},
        {"D:(XD;;FA;;;BA;(1))(A;;FA;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;NS)(A;;FR;;;NS)", NS, READ, HERE, WCK_ACCESS_GRANTED},
        {"D:(OA;;FA;00299570-246d-11d0-a768-00aa006e0529;;NS)", NS, READ, HERE, WCK_ACCESS_DENIED},
        {"D:(OA;;FA;;;NS)", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"D:(OD;;FA;;;NS)(A;;FA;;;NS)", NS, FULL, HERE, WCK_ACCESS_DENIED},
        {HEALTHY "S:AI(AU;OICISAFA;FA;;;WD)(ML;;NW;;;HI)(RA;CI;;;;WD;(\"P\",TS,0,\"x\"))", NS, FULL, HERE, WCK_ACCESS_GRANTED},
        {"S:(A;;FA;;;NS)D:(A;;FR;;;BU)", NS, READ, HERE, WCK_ACCESS_DENIED},
    };

    (void)state;
    run(cases, N(cases));
}

static void garbage_names_its_place(void **state)
{
    static const struct {
        const char *sddl, *message;
    } cases[] = {
        {"", "at character 1 "},
        {"hello", "O:, G:, D: or S: was expected at character 1 "},
        {"D:(", "a kind of entry is not known at character 4 "},
        {"D:(A;;FA;;;NS", "an entry is not closed at character 14 "},
        {"D:(A;;FA;;;NS)x", "O:, G:, D: or S: was expected at character 15 "},
        {"D:(A;;QQ;;;NS)", "a right is not known at character 7 "},
        {"D:(A;QQ;FA;;;NS)", "a flag is not known at character 6 "},
        {"D:(B;;FA;;;NS)", "a kind of entry is not known at character 4 "},
        {"D:(A;;FA;;;)", "an identifier was expected at character 12 "},
        {"D:(A;;FA;;;S-1-)", "a number was expected at character 16 "},
        {"D:(A;;FA;;;S-1-5)", "an identifier ends too early at character 17 "},
        {"D:(A;;FA;;;S-1-5-4294967296)", "a number is too large"},
        {"D:(A;;FA;;;S-1-281474976710656-1)", "a number is too large"},
        {"D:(A;;FA;;;S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16)", "an identifier is too long"},
        {"D:(A;;0x100000000;;;NS)", "a number is too large"},
        {"D:(A;;0x;;;NS)", "a number was expected"},
        {"D:(A;;FA;12;;NS)", "a GUID was expected"},
        {"D:(A;FA;;NS)", "was expected"},
        {"D:(XA;;FA;;;NS;(\"))", "an entry is not closed"},
        {"D:D:", "there are two access lists at character 5 "},
        {"O:", "an identifier was expected at character 3 "},
    };

    (void)state;
    for (size_t i = 0; i < N(cases); i++) {
        wck_access access = WCK_ACCESS_GRANTED;
        wck_error err = {0};
        assert_int_equal(wck_sddl_access(&access, cases[i].sddl, NS, READ, HERE, &err), WCK_E_INPUT);
        assert_int_equal(access, WCK_ACCESS_UNKNOWN);
        if (strstr(err.text, cases[i].message) == NULL)
            fail_msg("%s: %s", cases[i].sddl, err.text);
    }
}

static char *copy_of(const char *text, size_t n)
{
    char *copy = malloc(n + 1); /* exactly as long, so a sanitizer sees one byte too many */

    assert_non_null(copy);
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

/* A cut text is refused, or ends between entries and grants no more than the whole. */
static void every_truncation_is_survived(void **state)
{
    static const char whole[] = "O:BAG:S-1-5-21-1-2-3-513D:PARAI(D;OICI;FW;;;BU)(XA;OI;0x1200a9;;;NS;(@a==\"b\"))"
                                "(OA;CI;CCDC;00299570-246d-11d0-a768-00aa006e0529;;WD)(A;OICIID;FR;;;NS)"
                                "S:(AU;SAFA;FA;;;WD)";
    size_t refused = 0;

    (void)state;
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        char *text = copy_of(whole, n);
        wck_access access;
        wck_error err = {0};
        if (wck_sddl_access(&access, text, NS, FULL, HERE, &err) != WCK_OK)
            refused++;
        assert_int_not_equal(access, WCK_ACCESS_GRANTED);
        free(text);
    }
    assert_in_range(refused, sizeof whole - 20, sizeof whole);
}

static void every_changed_byte_is_survived(void **state)
{
    static const char bytes[] = "();:-\"ADOSPX0x19 \x01\xff";

    (void)state;
    for (size_t i = 0; i < sizeof HEALTHY - 1; i++)
        for (size_t b = 0; b < sizeof bytes - 1; b++) {
            char *text = copy_of(HEALTHY, sizeof HEALTHY - 1);
            wck_access access;
            wck_error err = {0};
            text[i] = bytes[b];
            assert_true(wck_sddl_access(&access, text, NS, READ, HERE, &err) == WCK_OK || err.text[0] != '\0');
            free(text);
        }
}

static void a_text_has_an_end(void **state)
{
    size_t n = 300 << 10;
    char *text = malloc(n + 1);
    wck_access access;
    wck_error err = {0};

    (void)state;
    assert_non_null(text);
    memset(text, '(', n);
    memcpy(text, "D:(XA;;FA;;;NS;", 15);
    text[n] = '\0';
    assert_int_equal(wck_sddl_access(&access, text, NS, READ, HERE, &err), WCK_E_INPUT);
    text[200 << 10] = '\0';
    assert_int_equal(wck_sddl_access(&access, text, NS, READ, HERE, &err), WCK_E_INPUT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights_come_from_entries),
        cmocka_unit_test(identifiers_are_names_or_numbers),
        cmocka_unit_test(the_first_entry_decides),
        cmocka_unit_test(inheritance_says_where_an_entry_applies),
        cmocka_unit_test(conditions_and_other_kinds_are_never_taken_for_access),
        cmocka_unit_test(garbage_names_its_place),
        cmocka_unit_test(every_truncation_is_survived),
        cmocka_unit_test(every_changed_byte_is_survived),
        cmocka_unit_test(a_text_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
