/* SPDX-License-Identifier: MIT
 * test_freeze.c: the canonical form does not depend on the order of input, keeps what the contract says of repeated
 * rows, and is a fixed point. */
#include "support/test.h"

#include "model/manifest.h"
#include "random.h"
#include "snapshots.h"

#include <stdlib.h>

static wck_error err;

enum { SEEDS = 60, ORDERS = 4 };

static wck_snapshot *cooked(const recipes *r, uint64_t order, uint64_t local)
{
    wck_snapshot *s =
        recipes_cook(r, &(cooking){.name = "hq", .mode = WCK_MODE_AUTONOMOUS, .order = order, .local = local});

    return s;
}

static wck_snapshot *frozen(wck_snapshot *s)
{
    assert_ok(wck_snapshot_freeze(s, &err));
    assert_true(s->frozen);
    return s;
}

static wck_digest digest_of(const wck_snapshot *s)
{
    wck_manifest m;

    assert_ok(wck_manifest_make(&m, NULL, s, NULL, &err));
    return m.digest;
}

static void the_order_of_rows_and_items_says_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        recipes r;
        wck_snapshot *first;
        wck_digest digest;
        recipes_make(&r, seed, 10 + seed);
        first = frozen(cooked(&r, 0, seed % 2));
        digest = digest_of(first);
        for (uint64_t order = 1; order <= ORDERS; order++) {
            wck_snapshot *other = frozen(cooked(&r, order * 7919 + seed, seed % 2));
            wck_digest again = digest_of(other);
            assert_same_snapshot(first, other);
            assert_true(wck_digest_eq(&digest, &again));
            wck_snapshot_free(other);
        }
        wck_snapshot_free(first);
        recipes_clear(&r);
    }
}

static void a_snapshot_freezes_once(void **state)
{
    wck_snapshot *s = sample_empty("x");

    (void)state;
    assert_fails(WCK_E_ARG, wck_snapshot_freeze(s, &err));
    assert_contains(err.text, "twice");
    wck_snapshot_free(s);
}

/* What is canonical stays as it is when it is frozen anew. */
static void the_canonical_form_is_a_fixed_point(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        recipes r;
        wck_snapshot *s;
        wck_digest before, after;
        recipes_make(&r, seed, 60);
        s = frozen(cooked(&r, seed, seed % 3));
        before = digest_of(s);
        s->frozen = false;
        after = digest_of(frozen(s));
        assert_true(wck_digest_eq(&before, &after));
        wck_snapshot_free(s);
        recipes_clear(&r);
    }
}

/* ---- which row stays, computed by looking at all pairs ---- */

#define ASCENDS(vec, expr)                                                                                     \
    for (size_t i = 1; i < (vec).n; i++)                                                                       \
    assert_true(expr)

static void check_keys(const wck_snapshot *s)
{
    ASCENDS(s->languages, s->languages.items[i - 1].id < s->languages.items[i].id);
    ASCENDS(s->categories, wck_guid_cmp(s->categories.items[i - 1].id, s->categories.items[i].id) < 0);
    ASCENDS(s->declined, wck_guid_cmp(s->declined.items[i - 1].id, s->declined.items[i].id) < 0);
    ASCENDS(s->groups, wck_guid_cmp(s->groups.items[i - 1].id, s->groups.items[i].id) < 0);
    ASCENDS(s->eulas, wck_guid_cmp(s->eulas.items[i - 1].id, s->eulas.items[i].id) < 0);
    ASCENDS(s->files, memcmp(s->files.items[i - 1].digest, s->files.items[i].digest, 20) < 0);
    ASCENDS(s->sync_history, s->sync_history.items[i - 1].started <= s->sync_history.items[i].started);
    for (size_t i = 1; i < s->updates.n; i++) {
        const wck_update *a = &s->updates.items[i - 1], *b = &s->updates.items[i];
        int c = wck_guid_cmp(a->id, b->id);
        assert_true(c < 0 || (c == 0 && a->revision < b->revision));
    }
    for (size_t i = 1; i < s->approvals.n; i++) {
        const wck_approval *a = &s->approvals.items[i - 1], *b = &s->approvals.items[i];
        int c = wck_guid_cmp(a->update, b->update);
        c = c != 0 ? c : wck_guid_cmp(a->group, b->group);
        assert_true(c < 0 || (c == 0 && a->revision <= b->revision));
    }
}

static void check_sets(const wck_update *u)
{
    for (size_t i = 1; i < u->kb.n; i++)
        assert_true(strcmp(u->kb.items[i - 1], u->kb.items[i]) < 0);
    for (size_t i = 1; i < u->bulletins.n; i++)
        assert_true(strcmp(u->bulletins.items[i - 1], u->bulletins.items[i]) < 0);
    for (size_t i = 1; i < u->languages.n; i++)
        assert_true(strcmp(u->languages.items[i - 1], u->languages.items[i]) < 0);
    for (size_t i = 1; i < u->products.n; i++)
        assert_true(wck_guid_cmp(u->products.items[i - 1], u->products.items[i]) < 0);
    for (size_t i = 1; i < u->supersedes.n; i++)
        assert_true(wck_guid_cmp(u->supersedes.items[i - 1], u->supersedes.items[i]) < 0);
    for (size_t k = 0; k < u->n_prerequisites; k++)
        for (size_t i = 1; i < u->prerequisites[k].n; i++)
            assert_true(wck_guid_cmp(u->prerequisites[k].items[i - 1], u->prerequisites[k].items[i]) < 0);
    assert_true(u->languages_known || u->languages.n == 0);
}

/* No row of a kind with a key is lost, and none is invented. */
static void check_against(const wck_snapshot *raw, const wck_snapshot *s)
{
    for (size_t i = 0; i < raw->updates.n; i++) {
        size_t found = 0;
        for (size_t k = 0; k < s->updates.n; k++)
            found += wck_guid_eq(raw->updates.items[i].id, s->updates.items[k].id) &&
                     raw->updates.items[i].revision == s->updates.items[k].revision;
        assert_int_equal(found, 1);
    }
    for (size_t k = 0; k < s->categories.n; k++) {
        int64_t highest = INT64_MIN;
        for (size_t i = 0; i < raw->categories.n; i++)
            if (wck_guid_eq(raw->categories.items[i].id, s->categories.items[k].id) &&
                raw->categories.items[i].revision > highest)
                highest = raw->categories.items[i].revision;
        assert_int_equal(s->categories.items[k].revision, highest);
    }
    for (size_t k = 0; k < s->declined.n; k++) {
        wck_time latest = INT64_MIN;
        for (size_t i = 0; i < raw->declined.n; i++)
            if (wck_guid_eq(raw->declined.items[i].id, s->declined.items[k].id) && raw->declined.items[i].time > latest)
                latest = raw->declined.items[i].time;
        assert_int_equal(s->declined.items[k].time, latest);
    }
}

static bool same_approval(const wck_approval *a, const wck_approval *b)
{
    return wck_guid_eq(a->update, b->update) && wck_guid_eq(a->group, b->group) && a->revision == b->revision &&
           a->action == b->action && a->deadline == b->deadline && a->go_live == b->go_live &&
           a->assigned == b->assigned && a->priority == b->priority && wck_guid_eq(a->deployment, b->deployment) &&
           a->changed == b->changed &&
           (a->admin == b->admin || (a->admin != NULL && b->admin != NULL && strcmp(a->admin, b->admin) == 0));
}

static void check_approvals(const wck_snapshot *raw, const wck_snapshot *s)
{
    for (size_t i = 0; i < raw->approvals.n; i++) {
        size_t found = 0;
        for (size_t k = 0; k < s->approvals.n; k++)
            found += same_approval(&raw->approvals.items[i], &s->approvals.items[k]);
        assert_int_equal(found, 1); /* only exact repetitions go */
    }
}

static void keys_are_unique_and_the_right_row_stays(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        recipes r;
        wck_snapshot *raw, *s;
        recipes_make(&r, seed, 150);
        raw = cooked(&r, seed, seed);
        s = frozen(cooked(&r, seed, seed));
        check_keys(s);
        for (size_t i = 0; i < s->updates.n; i++)
            check_sets(&s->updates.items[i]);
        check_against(raw, s);
        check_approvals(raw, s);
        assert_true(s->updates.n < raw->updates.n); /* there was something to drop */
        wck_snapshot_free(raw);
        wck_snapshot_free(s);
        recipes_clear(&r);
    }
}

static void text_is_kept_once(void **state)
{
    wck_snapshot *s = wck_snapshot_new();
    char a[] = "text";

    (void)state;
    assert_null(wck_snapshot_text(s, NULL));
    assert_ptr_equal(wck_snapshot_text(s, a), wck_snapshot_text(s, "text"));
    assert_ptr_not_equal(wck_snapshot_text(s, a), a);
    assert_string_equal(wck_snapshot_text_n(s, "text and more", 4), "text");
    assert_ptr_equal(wck_snapshot_text_n(s, "text and more", 4), wck_snapshot_text(s, a));
    assert_string_equal(wck_snapshot_text(s, ""), "");
    wck_snapshot_free(s);
    wck_snapshot_free(NULL);
}

static void a_new_row_is_all_null(void **state)
{
    wck_snapshot *s = wck_snapshot_new();
    const wck_update *u = wck_snapshot_add_update(s);
    const wck_approval *a = wck_snapshot_add_approval(s);
    const wck_declined *d = wck_snapshot_add_declined(s);

    (void)state;
    assert_true(u->deployable == WCK_BOOL_NONE && u->created == WCK_TIME_NONE && u->arrived == WCK_TIME_NONE);
    assert_true(u->needed_by == WCK_INT_NONE && !u->languages_known && u->title == NULL);
    assert_true(a->deadline == WCK_TIME_NONE && a->go_live == WCK_TIME_NONE && a->changed == WCK_TIME_NONE);
    assert_true(a->assigned == WCK_BOOL_NONE && a->priority == WCK_INT_NONE && wck_guid_is_zero(a->deployment));
    assert_true(d->time == WCK_TIME_NONE && d->revision == WCK_INT_NONE && d->admin == NULL);
    assert_true(wck_snapshot_add_eula(s)->accepted == WCK_TIME_NONE);
    assert_true(wck_snapshot_add_sync_run(s)->started == WCK_TIME_NONE);
    for (int i = 0; i < WCK_SECTION_COUNT; i++)
        assert_int_equal(s->coverage[i].state, WCK_COVERAGE_ABSENT);
    assert_true(s->config.lazy_sync == WCK_BOOL_NONE && s->config.upstream.port == WCK_INT_NONE);
    assert_true(s->config.next_sync == WCK_TIME_NONE && !s->config.products_known);
    wck_snapshot_free(s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_rows_and_items_says_nothing),
        cmocka_unit_test(a_snapshot_freezes_once),
        cmocka_unit_test(the_canonical_form_is_a_fixed_point),
        cmocka_unit_test(keys_are_unique_and_the_right_row_stays),
        cmocka_unit_test(text_is_kept_once),
        cmocka_unit_test(a_new_row_is_all_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
