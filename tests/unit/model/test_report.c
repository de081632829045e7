/* SPDX-License-Identifier: MIT
 * test_report.c: findings come in one order whatever the order they were made in, the numbers add up, the exit code is
 * that of the numbers, and a fingerprint is that of the object alone. */
#include "support/test.h"

#include "model/report.h"
#include "snapshots.h"
#include "support/fail_alloc.h"

#include <stdio.h>
#include <stdlib.h>

static wck_report *report_of(const char *const *paths, size_t n)
{
    wck_report *r = wck_report_new();

    assert_non_null(r);
    for (size_t i = 0; i < n; i++) {
        wck_report_server *s = wck_vec_push(&r->servers);
        s->path = s->name = paths[i];
        for (int k = 0; k < WCK_SECTION_COUNT; k++)
            s->coverage[k].state = WCK_COVERAGE_COMPLETE;
    }
    return r;
}

static wck_finding finding(const char *server, int rule, uint64_t update)
{
    return (wck_finding){.rule = rule,
                         .slug = "x",
                         .severity = WCK_SEVERITY_ERROR,
                         .result = WCK_RESULT_FAIL,
                         .server = server,
                         .message = "m",
                         .remedy = "r",
                         .object = {.kind = WCK_OBJECT_UPDATE, .update = {update, 0}, .revision = 1}};
}

/* ---- order ---- */

static const char *const paths[] = {"hq", "hq/b", "hq/a", "z"};
enum { FINDINGS = 200 };

static void fill(wck_finding out[FINDINGS])
{
    uint64_t seed = 3;

    for (size_t i = 0; i < FINDINGS; i++) {
        out[i] = finding(i % 17 == 0 ? "unlisted" : paths[sample_next(&seed) % 4], 3000 + (int)(sample_next(&seed) % 5),
                         sample_next(&seed) % 7);
        out[i].severity = (wck_severity)(sample_next(&seed) % 3 + 1);
        out[i].result = (wck_result)(sample_next(&seed) % 3 + 1);
        out[i].object.revision = (int64_t)i; /* each is another object */
        out[i].expected = i % 3 == 0 ? NULL : "e";
    }
}

static void add_shuffled(wck_report *r, uint64_t seed)
{
    wck_finding all[FINDINGS];

    fill(all);
    for (size_t i = FINDINGS; i > 0; i--) {
        size_t k = (size_t)(sample_next(&seed) % i);
        *(wck_finding *)wck_vec_push(&r->findings) = all[k];
        all[k] = all[i - 1];
    }
}

static size_t place(const char *server)
{
    for (size_t i = 0; i < 4; i++)
        if (strcmp(paths[i], server) == 0)
            return i;
    return 4;
}

static void check_order(const wck_report *r)
{
    for (size_t i = 1; i < r->findings.n; i++) {
        const wck_finding *a = &r->findings.items[i - 1], *b = &r->findings.items[i];
        size_t pa = place(a->server), pb = place(b->server);
        assert_true(pa < pb || (pa == pb && (a->rule < b->rule || (a->rule == b->rule &&
                                                                   wck_object_cmp(&a->object, &b->object) < 0))));
    }
}

static void check_counts(const wck_report *r)
{
    size_t sum[5] = {0}, listed = 0;

    for (size_t i = 0; i < r->servers.n; i++) {
        const wck_report_server *s = &r->servers.items[i];
        size_t n[5] = {0};
        for (size_t k = 0; k < r->findings.n; k++) {
            const wck_finding *f = &r->findings.items[k];
            if (strcmp(f->server, s->path) == 0)
                n[f->result == WCK_RESULT_UNKNOWN ? 3
                  : f->result == WCK_RESULT_WAIVED ? 4
                  : f->severity == WCK_SEVERITY_ERROR ? 0
                  : f->severity == WCK_SEVERITY_WARNING ? 1 : 2]++;
        }
        assert_true(s->errors == n[0] && s->warnings == n[1] && s->notes == n[2] && s->unknown == n[3] && s->waived == n[4]);
        listed += n[0] + n[1] + n[2] + n[3] + n[4];
    }
    for (size_t k = 0; k < r->findings.n; k++) {
        const wck_finding *f = &r->findings.items[k];
        sum[f->result == WCK_RESULT_UNKNOWN ? 3
            : f->result == WCK_RESULT_WAIVED ? 4
            : f->severity == WCK_SEVERITY_ERROR ? 0
            : f->severity == WCK_SEVERITY_WARNING ? 1 : 2]++;
    }
    assert_true(r->errors == sum[0] && r->warnings == sum[1] && r->notes == sum[2] && r->unknown == sum[3] &&
                r->waived == sum[4]);
    assert_int_equal(sum[0] + sum[1] + sum[2] + sum[3] + sum[4], FINDINGS);
    assert_true(listed > 0 && listed < FINDINGS); /* some stand on a server that is not listed */
}

static void the_order_of_making_says_nothing(void **state)
{
    wck_report *first = report_of(paths, 4);

    (void)state;
    add_shuffled(first, 1);
    wck_report_finish(first);
    check_order(first);
    check_counts(first);
    for (uint64_t seed = 2; seed < 30; seed++) {
        wck_report *r = report_of(paths, 4);
        add_shuffled(r, seed);
        wck_report_finish(r);
        for (size_t i = 0; i < FINDINGS; i++)
            assert_int_equal(r->findings.items[i].object.revision, first->findings.items[i].object.revision);
        wck_report_finish(r); /* once more changes nothing */
        check_counts(r);
        wck_report_free(r);
    }
    wck_report_free(first);
}

/* There is nobody to tell that memory is short, so the order and the numbers must come about without. */
static void the_numbers_add_up_without_memory(void **state)
{
    bool failed = true;

    (void)state;
    for (size_t n = 1; failed; n++) {
        wck_report *r = report_of(paths, 4);
        add_shuffled(r, n);
        fail_alloc_at(n);
        wck_report_finish(r);
        failed = fail_alloc_end();
        check_order(r);
        check_counts(r);
        wck_report_free(r);
    }
}

static void an_empty_report_is_fine(void **state)
{
    wck_report *r = wck_report_new();

    (void)state;
    wck_report_finish(r);
    assert_int_equal(wck_report_exit(r, WCK_SEVERITY_NOTE), 0);
    wck_report_free(r);
    wck_report_free(NULL);
}

/* ---- exit code ---- */

static int exit_of(wck_severity severity, wck_result result, wck_severity fail_on)
{
    wck_report *r = report_of(paths, 1);
    int code;

    *(wck_finding *)wck_vec_push(&r->findings) = finding("hq", 3001, 1);
    r->findings.items[0].severity = severity;
    r->findings.items[0].result = result;
    wck_report_finish(r);
    code = wck_report_exit(r, fail_on);
    wck_report_free(r);
    return code;
}

static void the_exit_code_is_that_of_the_numbers(void **state)
{
    (void)state;
    for (int s = WCK_SEVERITY_NOTE; s <= WCK_SEVERITY_ERROR; s++)
        for (int on = WCK_SEVERITY_NOTE; on <= WCK_SEVERITY_ERROR; on++) {
            assert_int_equal(exit_of((wck_severity)s, WCK_RESULT_FAIL, (wck_severity)on), s >= on ? 1 : 0);
            assert_int_equal(exit_of((wck_severity)s, WCK_RESULT_UNKNOWN, (wck_severity)on), 3);
            assert_int_equal(exit_of((wck_severity)s, WCK_RESULT_WAIVED, (wck_severity)on), 0);
        }
}

static void differences_weigh_more_than_what_was_not_looked_at(void **state)
{
    wck_report *r = report_of(paths, 1);

    (void)state;
    *(wck_finding *)wck_vec_push(&r->findings) = finding("hq", 3001, 1);
    *(wck_finding *)wck_vec_push(&r->findings) = finding("hq", 9002, 2);
    r->findings.items[1].result = WCK_RESULT_UNKNOWN;
    wck_report_finish(r);
    assert_int_equal(wck_report_exit(r, WCK_SEVERITY_ERROR), 1);
    wck_report_free(r);
}

static void a_core_section_read_in_part_is_not_looked_at_whole(void **state)
{
    (void)state;
    for (int s = 0; s < WCK_SECTION_COUNT; s++) {
        wck_report *r = report_of(paths, 2);
        r->servers.items[1].coverage[s].state = WCK_COVERAGE_PARTIAL;
        wck_report_finish(r);
        assert_int_equal(wck_report_exit(r, WCK_SEVERITY_WARNING),
                         s < WCK_SECTION_CORE && s != WCK_SECTION_CONFIG ? 3 : 0);
        wck_report_free(r);
    }
}

/* ---- fingerprint ---- */

static const char *print_of(wck_finding *f)
{
    wck_finding_fingerprint(f);
    assert_int_equal(strlen(f->fingerprint), 32);
    return f->fingerprint;
}

static void what_is_said_does_not_change_the_fingerprint(void **state)
{
    wck_finding a = finding("hq", 4001, 5), b = a;

    (void)state;
    b.severity = WCK_SEVERITY_NOTE;
    b.result = WCK_RESULT_WAIVED;
    b.object.title = "another title";
    b.object.name = "another name";
    b.expected = "install";
    b.actual = "uninstall";
    b.message = b.remedy = b.upstream = "x";
    assert_string_equal(print_of(&a), print_of(&b));
}

static void every_part_of_the_identity_changes_the_fingerprint(void **state)
{
    wck_finding f[12], same;

    (void)state;
    for (size_t i = 0; i < 12; i++)
        f[i] = finding("hq", 4001, 5);
    f[1].rule = 4002;
    f[2].server = "hq/b";
    f[3].object.kind = WCK_OBJECT_GROUP;
    f[4].object.update.lo = 1;
    f[5].object.group.hi = 1;
    f[6].object.category.hi = 1;
    f[7].object.eula.hi = 1;
    f[8].object.language = "de";
    f[9].object.file = "de";
    f[10].object.revision = 2;
    f[11].object.update.hi = 0;
    for (size_t i = 0; i < 12; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(print_of(&f[i]), print_of(&f[k]));
    same = f[10];
    f[0].object.kind = same.object.kind = WCK_OBJECT_APPROVAL; /* which revision is approved is what is found */
    assert_string_equal(print_of(&f[0]), print_of(&same));
    f[0].object.kind = same.object.kind = WCK_OBJECT_SECTION;
    f[0].object.revision = same.object.revision = WCK_INT_NONE;
    f[0].object.name = "updates";
    same.object.name = "groups";
    assert_string_not_equal(print_of(&f[0]), print_of(&same));
}

static void a_long_path_does_not_hide_the_object(void **state)
{
    static char path[40000];
    wck_finding a, b;

    (void)state;
    memset(path, 'x', sizeof path - 1);
    a = finding(path, 4001, 1);
    b = finding(path, 4001, 2);
    assert_string_not_equal(print_of(&a), print_of(&b));
}

/* Waivers are kept in files for years: these must not change. */
static void fingerprints_are_for_ever(void **state)
{
    wck_finding f = finding("hq/berlin", 4001, 0x1122334455667788ULL);

    (void)state;
    assert_string_equal(print_of(&f), "097cde7bbc6d2765f071981c8c5599ed");
    f.object = (wck_object){.kind = WCK_OBJECT_SECTION, .revision = WCK_INT_NONE, .name = "approvals"};
    assert_string_equal(print_of(&f), "25827d05d3d23857ec7c215ce513792d");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_making_says_nothing),
        cmocka_unit_test(the_numbers_add_up_without_memory),
        cmocka_unit_test(an_empty_report_is_fine),
        cmocka_unit_test(the_exit_code_is_that_of_the_numbers),
        cmocka_unit_test(differences_weigh_more_than_what_was_not_looked_at),
        cmocka_unit_test(a_core_section_read_in_part_is_not_looked_at_whole),
        cmocka_unit_test(what_is_said_does_not_change_the_fingerprint),
        cmocka_unit_test(every_part_of_the_identity_changes_the_fingerprint),
        cmocka_unit_test(a_long_path_does_not_hide_the_object),
        cmocka_unit_test(fingerprints_are_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
