/* SPDX-License-Identifier: MIT
 * test_limits.c: each limit at one below, at, and one above it (reliability.md 13); overrides; no denominators. */
#include "support/test.h"

#include "support.h"

enum { HQ, BERLIN };
static const char berlin[] = "hq/berlin";

static kit *two_servers(void)
{
    kit *k = kit_new();

    kit_server(k, "hq", NULL, WCK_MODE_AUTONOMOUS);
    kit_server(k, "berlin", "hq", WCK_MODE_REPLICA);
    return k;
}

static const wck_plan_limit *limit_of(const kit *k, wck_limit_kind kind)
{
    assert_true(k->plan->limits.checked);
    return &k->plan->limits.checks[kind];
}

static bool over(const kit *k, wck_limit_kind kind)
{
    return wck_plan_limit_exceeded(kind, limit_of(k, kind));
}

/* An update that is expired on both and approved nowhere else: declined at hq, its approval there goes. */
static void expired(kit *k, unsigned n)
{
    kit_update(k->snapshots[HQ], n, 1)->state = WCK_STATE_EXPIRED;
    kit_approve(k->snapshots[HQ], n, 1, 50, WCK_ACTION_INSTALL);
}

static void find_expired(kit *k, unsigned n)
{
    kit_finding(k, 3034, "hq", WCK_OBJECT_UPDATE, n)->object.revision = 1;
}

/* hq lists `updates`, approves `approved` of them, and `declines` approved ones are declined. */
static kit *declining(unsigned updates, unsigned approved, unsigned declines)
{
    kit *k = two_servers();

    for (unsigned n = 1; n <= updates; n++) {
        if (n <= declines) {
            expired(k, 1000 + n);
            continue;
        }
        kit_update(k->snapshots[HQ], 1000 + n, 1);
        if (n <= approved)
            kit_approve(k->snapshots[HQ], 1000 + n, 1, 50, WCK_ACTION_INSTALL);
    }
    kit_tree(k);
    for (unsigned n = 1; n <= declines; n++)
        find_expired(k, 1000 + n);
    kit_plan(k);
    assert_int_equal(kit_actions(k, WCK_DO_DECLINE), declines);
    return k;
}

static void fifty_actions_and_no_more(void **state)
{
    (void)state;
    for (unsigned n = 49; n <= 51; n++) {
        kit *k = declining(5000, 4000, n);
        assert_int_equal(limit_of(k, WCK_LIMIT_ACTIONS)->found, n);
        assert_int_equal(over(k, WCK_LIMIT_ACTIONS), n > 50);
        assert_int_equal(wck_plan_limits_exceeded(k->plan), n > 50);
        kit_free(k);
    }
}

static void two_percent_of_the_updates_are_declined_and_no_more(void **state)
{
    (void)state;
    for (unsigned n = 19; n <= 21; n++) {
        kit *k = declining(1000, 900, n);
        assert_int_equal(limit_of(k, WCK_LIMIT_DECLINE_SHARE)->of, 1000);
        assert_string_equal(limit_of(k, WCK_LIMIT_DECLINE_SHARE)->server, "hq");
        assert_int_equal(over(k, WCK_LIMIT_DECLINE_SHARE), n > 20);
        assert_false(over(k, WCK_LIMIT_APPROVAL_SHARE));
        kit_free(k);
    }
}

static void five_percent_of_the_approvals_change_and_no_more(void **state)
{
    (void)state;
    for (unsigned n = 24; n <= 26; n++) {
        kit *k = declining(5000, 500, n);
        assert_int_equal(limit_of(k, WCK_LIMIT_APPROVAL_SHARE)->of, 500);
        assert_int_equal(over(k, WCK_LIMIT_APPROVAL_SHARE), n > 25);
        assert_false(over(k, WCK_LIMIT_DECLINE_SHARE));
        kit_free(k);
    }
}

/* On a server with a handful of updates every decline is a large share. */
static void a_few_are_no_share(void **state)
{
    (void)state;
    for (unsigned n = 10; n <= 11; n++) {
        kit *k = declining(n, n, n); /* all of them: no smaller denominator is left */
        assert_int_equal(over(k, WCK_LIMIT_DECLINE_SHARE), n > 10);
        assert_int_equal(over(k, WCK_LIMIT_APPROVAL_SHARE), n > 10);
        kit_free(k);
    }
}

static void nothing_of_nothing_exceeds_nothing(void **state)
{
    kit *k = two_servers();

    (void)state;
    kit_tree(k);
    kit_plan(k);
    assert_int_equal(wck_plan_limits_exceeded(k->plan), 0);
    assert_null(limit_of(k, WCK_LIMIT_DECLINE_SHARE)->server);
    kit_free(k);
}

static const wck_guid security = {UINT64_C(0x0fa1201d43304fa8), UINT64_C(0x8ae9b877473b6441)};

static void gone_upstream(kit *k, unsigned n)
{
    kit_finding(k, 3011, "hq/lab", WCK_OBJECT_UPDATE, n);
}

/* lab is autonomous below hq: what is gone at hq and not needed is declined at lab. */
static kit *a_lab_that_declines(bool superseded, bool guarded)
{
    kit *k = kit_new();
    wck_update *u;

    kit_server(k, "hq", NULL, WCK_MODE_AUTONOMOUS);
    kit_server(k, "lab", "hq", WCK_MODE_AUTONOMOUS);
    u = kit_update(k->snapshots[1], 10, 1);
    if (guarded)
        u->classification = security;
    u->products.n = 1;
    if (superseded) {
        wck_update *newer = kit_update(k->snapshots[1], 11, 1);
        newer->supersedes.items = wck_arena_array(k->snapshots[1]->arena, 1, sizeof(wck_guid));
        assert_non_null(newer->supersedes.items);
        newer->supersedes.items[0] = kit_id(10);
        newer->supersedes.n = 1;
    }
    kit_tree(k);
    gone_upstream(k, 10);
    kit_plan(k);
    assert_int_equal(kit_actions(k, WCK_DO_DECLINE), 1);
    return k;
}

static void a_security_update_is_declined_by_name_only(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool superseded = i & 1, guarded = i & 2;
        kit *k = a_lab_that_declines(superseded, guarded);
        assert_int_equal(limit_of(k, WCK_LIMIT_SECURITY_DECLINES)->found, guarded && !superseded);
        assert_int_equal(over(k, WCK_LIMIT_SECURITY_DECLINES), guarded && !superseded);
        kit_free(k);
    }
}

static void an_approval_for_all_computers_needs_a_name(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        kit *k = two_servers();
        wck_finding *f;
        kit_update(k->snapshots[HQ], 10, 1);
        kit_update(k->snapshots[HQ], 10, 2);
        kit_update(k->snapshots[BERLIN], 10, 2);
        kit_approve(k->snapshots[HQ], 10, 1, 50, WCK_ACTION_INSTALL);
        if (all)
            k->snapshots[HQ]->approvals.items[0].group = WCK_GROUP_ALL_COMPUTERS;
        kit_tree(k);
        f = kit_finding(k, 4004, berlin, WCK_OBJECT_APPROVAL, 10);
        f->object.group = all ? WCK_GROUP_ALL_COMPUTERS : kit_id(50);
        kit_plan(k);
        assert_int_equal(kit_actions(k, WCK_DO_APPROVE), 1);
        assert_int_equal(limit_of(k, WCK_LIMIT_ALL_COMPUTERS)->found, all);
        assert_int_equal(over(k, WCK_LIMIT_ALL_COMPUTERS), all);
        kit_free(k);
    }
}

static void approvals_are_taken_away_on_one_server_at_a_time(void **state)
{
    (void)state;
    for (unsigned servers = 1; servers <= 2; servers++) {
        kit *k = kit_new();
        kit_server(k, "hq", NULL, WCK_MODE_AUTONOMOUS);
        kit_server(k, "lab", "hq", WCK_MODE_AUTONOMOUS);
        for (unsigned i = 0; i < servers; i++) {
            kit_update(k->snapshots[i], 10 + i, 1)->state = WCK_STATE_EXPIRED;
            kit_approve(k->snapshots[i], 10 + i, 1, 50, WCK_ACTION_INSTALL);
        }
        kit_tree(k);
        for (unsigned i = 0; i < servers; i++)
            kit_finding(k, 3034, i == 0 ? "hq" : "hq/lab", WCK_OBJECT_UPDATE, 10 + i)->object.revision = 1;
        kit_plan(k);
        assert_int_equal(limit_of(k, WCK_LIMIT_REMOVAL_SERVERS)->found, servers);
        assert_int_equal(over(k, WCK_LIMIT_REMOVAL_SERVERS), servers > 1);
        kit_free(k);
    }
}

static void ten_declines_are_taken_back_and_no_more(void **state)
{
    (void)state;
    for (unsigned n = 9; n <= 11; n++) {
        kit *k = two_servers();
        for (unsigned i = 0; i < 500; i++) {
            kit_update(k->snapshots[HQ], 1000 + i, 1);
            kit_approve(k->snapshots[HQ], 1000 + i, 1, 50, WCK_ACTION_INSTALL);
        }
        kit_tree(k);
        for (unsigned i = 0; i < n; i++)
            kit_finding(k, 3031, berlin, WCK_OBJECT_UPDATE, 1000 + i);
        kit_plan(k);
        assert_int_equal(limit_of(k, WCK_LIMIT_UNDECLINES)->found, n);
        assert_int_equal(over(k, WCK_LIMIT_UNDECLINES), n > 10);
        assert_false(over(k, WCK_LIMIT_APPROVAL_SHARE));
        kit_free(k);
    }
}

/* Nobody knows the members of a group that goes; 4023 is answered by hand, and the synchronization deletes all the same. */
static void no_group_is_deleted_without_a_name(void **state)
{
    static const wck_plan_override one[] = {{WCK_LIMIT_GROUP_DELETIONS, 1}};
    wck_plan_policy policy = {.now = 17000000000000000, .overrides = one, .n_overrides = 1, .reason = "members noted"};

    (void)state;
    for (unsigned n = 0; n <= 2; n++) {
        kit *k = two_servers();
        wck_error err;
        kit_tree(k);
        kit_finding(k, 2006, berlin, WCK_OBJECT_CATEGORY, 1);
        for (unsigned i = 0; i < n; i++)
            kit_finding(k, i == 0 ? 4023 : 4021, berlin, WCK_OBJECT_GROUP, 0)->object.group = kit_id(50 + i);
        kit_plan(k);
        assert_int_equal(kit_actions(k, WCK_DO_SYNCHRONIZE), 1);
        assert_int_equal(limit_of(k, WCK_LIMIT_GROUP_DELETIONS)->found, n);
        assert_int_equal(over(k, WCK_LIMIT_GROUP_DELETIONS), n > 0);
        wck_plan_free(k->plan);
        assert_ok(wck_plan_build(&k->plan, k->report, k->tree, &policy, &err));
        assert_int_equal(over(k, WCK_LIMIT_GROUP_DELETIONS), n > 1);
        kit_free(k);
    }
}

static void a_group_that_no_planned_synchronization_deletes_is_not_counted(void **state)
{
    kit *k = two_servers();

    (void)state;
    kit_tree(k);
    kit_finding(k, 4023, berlin, WCK_OBJECT_GROUP, 0)->object.group = kit_id(50);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_int_equal(limit_of(k, WCK_LIMIT_GROUP_DELETIONS)->found, 0);
    kit_free(k);
}

static void an_override_raises_its_own_limit_and_no_other(void **state)
{
    static const wck_plan_override more[] = {{WCK_LIMIT_ACTIONS, 51}};
    wck_plan_policy policy = {.now = 17000000000000000, .overrides = more, .n_overrides = 1};
    kit *k = declining(1000, 1000, 51);
    wck_digest standard = k->plan->policy;
    wck_error err;

    (void)state;
    assert_int_equal(wck_plan_limits_exceeded(k->plan), 3);
    wck_plan_free(k->plan);
    assert_fails(WCK_E_ARG, wck_plan_build(&k->plan, k->report, k->tree, &policy, &err));
    policy.reason = "asked for in ticket 7";
    assert_ok(wck_plan_build(&k->plan, k->report, k->tree, &policy, &err));
    assert_int_equal(wck_plan_limits_exceeded(k->plan), 2);
    assert_false(over(k, WCK_LIMIT_ACTIONS));
    assert_string_equal(limit_of(k, WCK_LIMIT_ACTIONS)->reason, "asked for in ticket 7");
    assert_null(limit_of(k, WCK_LIMIT_DECLINE_SHARE)->reason);
    assert_false(wck_digest_eq(&standard, &k->plan->policy));
    kit_free(k);
}

static void a_plan_fits_until_one_of_its_actions_would_not_be_planned_again(void **state)
{
    kit *before = declining(100, 60, 3), *more = declining(100, 60, 4), *fewer = declining(100, 60, 2);
    const wck_plan_action *odd;
    size_t extra;
    wck_error err;

    (void)state;
    assert_ok(wck_plan_outdated(&odd, &extra, before->plan, before->plan, &err));
    assert_null(odd);
    assert_int_equal(extra, 0);
    assert_ok(wck_plan_outdated(&odd, &extra, before->plan, more->plan, &err));
    assert_null(odd);
    assert_int_equal(extra, 1);
    assert_ok(wck_plan_outdated(&odd, &extra, before->plan, fewer->plan, &err));
    assert_non_null(odd);
    before->plan->actions.items[0].prior[0].deadline = 5; /* the approval is not as it was */
    assert_ok(wck_plan_outdated(&odd, &extra, before->plan, more->plan, &err));
    assert_ptr_equal(odd, &before->plan->actions.items[0]);
    kit_free(before);
    kit_free(more);
    kit_free(fewer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifty_actions_and_no_more),
        cmocka_unit_test(two_percent_of_the_updates_are_declined_and_no_more),
        cmocka_unit_test(five_percent_of_the_approvals_change_and_no_more),
        cmocka_unit_test(a_few_are_no_share),
        cmocka_unit_test(nothing_of_nothing_exceeds_nothing),
        cmocka_unit_test(a_security_update_is_declined_by_name_only),
        cmocka_unit_test(an_approval_for_all_computers_needs_a_name),
        cmocka_unit_test(approvals_are_taken_away_on_one_server_at_a_time),
        cmocka_unit_test(ten_declines_are_taken_back_and_no_more),
        cmocka_unit_test(no_group_is_deleted_without_a_name),
        cmocka_unit_test(a_group_that_no_planned_synchronization_deletes_is_not_counted),
        cmocka_unit_test(an_override_raises_its_own_limit_and_no_other),
        cmocka_unit_test(a_plan_fits_until_one_of_its_actions_would_not_be_planned_again),
    };

    return cmocka_run_group_tests_name("plan/limits", tests, NULL, NULL);
}
