/* SPDX-License-Identifier: MIT
 * test_selection.c: is a language enabled? Three answers, and "not known" wherever a list was not read whole. */
#include "support/test.h"

#include "model/selection.h"

enum { OFF = 0, ON = 1, UNKNOWN = WCK_BOOL_NONE, ABSENT = 9 };

static wck_snapshot *server(wck_coverage_state coverage, int all, int en)
{
    wck_snapshot *s = wck_snapshot_new();

    assert_non_null(s);
    if (all != ABSENT)
        *wck_snapshot_add_language(s) = (wck_language){.id = 0, .code = "all", .enabled = all == ON};
    if (en != ABSENT)
        *wck_snapshot_add_language(s) = (wck_language){.id = 1033, .code = "en", .enabled = en == ON};
    *wck_snapshot_add_language(s) = (wck_language){.id = 1031, .code = "de", .enabled = false};
    wck_snapshot_set_coverage(s, WCK_SECTION_LANGUAGES, coverage, coverage == WCK_COVERAGE_COMPLETE ? NULL : "a test");
    return s;
}

static void each_list_has_its_answer(void **state)
{
    static const struct {
        wck_coverage_state coverage;
        int all, en;
        int want_all, want_en, want_fr; /* fr is never listed */
    } cases[] = {
        {WCK_COVERAGE_COMPLETE, OFF, ON, OFF, ON, OFF},
        {WCK_COVERAGE_COMPLETE, OFF, OFF, OFF, OFF, OFF},
        {WCK_COVERAGE_COMPLETE, OFF, ABSENT, OFF, OFF, OFF},
        {WCK_COVERAGE_COMPLETE, ON, OFF, ON, ON, ON}, /* the flags are ignored then */
        {WCK_COVERAGE_COMPLETE, ABSENT, ON, OFF, ON, OFF},
        {WCK_COVERAGE_COMPLETE, ABSENT, OFF, OFF, OFF, OFF},
        {WCK_COVERAGE_PARTIAL, OFF, ON, OFF, ON, UNKNOWN},
        {WCK_COVERAGE_PARTIAL, OFF, OFF, OFF, OFF, UNKNOWN},
        {WCK_COVERAGE_PARTIAL, OFF, ABSENT, OFF, UNKNOWN, UNKNOWN},
        {WCK_COVERAGE_PARTIAL, ON, OFF, ON, ON, ON},
        {WCK_COVERAGE_PARTIAL, ABSENT, ON, UNKNOWN, ON, UNKNOWN},
        {WCK_COVERAGE_PARTIAL, ABSENT, OFF, UNKNOWN, UNKNOWN, UNKNOWN},
        {WCK_COVERAGE_UNKNOWN, OFF, ON, UNKNOWN, UNKNOWN, UNKNOWN},
        {WCK_COVERAGE_UNKNOWN, ON, OFF, UNKNOWN, UNKNOWN, UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wck_snapshot *s = server(cases[i].coverage, cases[i].all, cases[i].en);
        int all = wck_languages_all(s), en = wck_language_enabled(s, "en"), fr = wck_language_enabled(s, "fr");
        if (all != cases[i].want_all || en != cases[i].want_en || fr != cases[i].want_fr)
            fail_msg("case %zu: all %d, en %d, fr %d", i, all, en, fr);
        wck_snapshot_free(s);
    }
}

static void an_update_is_covered_by_any_of_its_languages(void **state)
{
    static const wck_guid product = {1, 1}, classification = {2, 2};
    static const struct {
        const char *codes[2];
        size_t n;
        bool known;
        wck_coverage_state coverage;
        int want;
    } cases[] = {
        {{"en", "fr"}, 2, true, WCK_COVERAGE_COMPLETE, ON},   {{"de", "fr"}, 2, true, WCK_COVERAGE_COMPLETE, OFF},
        {{"de", "fr"}, 2, true, WCK_COVERAGE_PARTIAL, UNKNOWN}, {{"en", "fr"}, 2, true, WCK_COVERAGE_PARTIAL, ON},
        {{"de", NULL}, 1, true, WCK_COVERAGE_PARTIAL, OFF},   {{NULL, NULL}, 0, true, WCK_COVERAGE_UNKNOWN, ON},
        {{NULL, NULL}, 0, false, WCK_COVERAGE_COMPLETE, UNKNOWN},
        {{"en", NULL}, 1, true, WCK_COVERAGE_UNKNOWN, UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wck_snapshot *s = server(cases[i].coverage, OFF, ON);
        const char *codes[2] = {cases[i].codes[0], cases[i].codes[1]};
        wck_guid products[] = {product}, classifications[] = {classification};
        wck_update u = {.languages_known = cases[i].known,
                        .languages = {codes, cases[i].n},
                        .products = {products, 1},
                        .classification = classification};
        int got;
        s->config.products_known = s->config.classifications_known = true;
        s->config.selected_products = (wck_guids){products, 1};
        s->config.selected_classifications = (wck_guids){classifications, 1};
        got = wck_selection_covers(s, &u);
        if (got != cases[i].want)
            fail_msg("case %zu: %d", i, got);
        wck_snapshot_free(s);
    }
}

static void what_excludes_an_update_counts_whatever_is_not_known(void **state)
{
    wck_guid one[] = {{1, 1}}, two[] = {{2, 2}}, other[] = {{3, 3}};
    const char *fr[] = {"fr"};
    wck_snapshot *s = server(WCK_COVERAGE_COMPLETE, OFF, ON);
    wck_update u = {.languages_known = true, .products = {one, 1}, .classification = two[0]};

    (void)state;
    s->config.classifications_known = true; /* the products are not */
    s->config.selected_classifications = (wck_guids){two, 1};
    assert_int_equal(wck_selection_covers(s, &u), UNKNOWN);
    s->config.selected_classifications = (wck_guids){other, 1};
    assert_int_equal(wck_selection_covers(s, &u), OFF);
    s->config.selected_classifications = (wck_guids){two, 1};
    u.languages = (wck_strings){fr, 1};
    assert_int_equal(wck_selection_covers(s, &u), OFF);
    u.languages.n = 0;
    u.products.n = 0;
    s->config.products_known = true;
    assert_int_equal(wck_selection_covers(s, &u), UNKNOWN);
    wck_snapshot_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_list_has_its_answer),
        cmocka_unit_test(an_update_is_covered_by_any_of_its_languages),
        cmocka_unit_test(what_excludes_an_update_counts_whatever_is_not_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
