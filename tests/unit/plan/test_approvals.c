/* SPDX-License-Identifier: MIT
 * test_approvals.c: what WSUS refuses or does not send is not planned (approvals.c). The numbers are seeds of
 * tests/model that showed it. */
#include "support/test.h"

#include "support.h"

enum { HQ, BERLIN, MUNICH }; /* of kit_chain */
static const char berlin[] = "hq/berlin", munich[] = "hq/berlin/munich";

/* Update 10 on hq in revisions 1 and 2, revision 1 installed for group 50; the agreement 70 belongs to
 * revision 2. */
static wck_update *two_revisions(kit *k)
{
    wck_update *newest;

    kit_update(k->snapshots[HQ], 10, 1);
    newest = kit_update(k->snapshots[HQ], 10, 2);
    newest->eula = kit_id(70);
    kit_approve(k->snapshots[HQ], 10, 1, 50, WCK_ACTION_INSTALL);
    return newest;
}

static void accept(wck_snapshot *s)
{
    wck_eula *row = wck_snapshot_add_eula(s);

    assert_non_null(row);
    row->id = kit_id(70);
}

static void stale(kit *k)
{
    kit_finding(k, 4004, berlin, WCK_OBJECT_APPROVAL, 10)->object.group = kit_id(50);
}

/* 2957, 15857 */
static void no_revision_is_approved_whose_license_agreement_is_not_accepted(void **state)
{
    kit *k = *state;

    two_revisions(k);
    kit_tree(k);
    stale(k);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 4004)->why, "license agreement is not accepted: read and accept it on hq");
}

static void license_agreements_that_were_not_read_approve_nothing(void **state)
{
    kit *k = *state;

    two_revisions(k);
    wck_snapshot_set_coverage(k->snapshots[HQ], WCK_SECTION_EULAS, WCK_COVERAGE_UNKNOWN, "not read");
    kit_tree(k);
    stale(k);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 4004)->why, "license agreements of hq were not read completely");
}

static void an_agreement_that_is_accepted_or_will_be_lets_it_be_approved(void **state)
{
    kit *k = *state;
    wck_finding *f;

    two_revisions(k);
    kit_tree(k);
    stale(k);
    f = kit_finding(k, 4031, berlin, WCK_OBJECT_UPDATE, 10);
    f->object.eula = kit_id(70);
    kit_plan(k);
    assert_non_null(kit_action(k, WCK_DO_APPROVE, "hq"));
    assert_true(kit_action(k, WCK_DO_ACCEPT_EULA, "hq")->order < kit_action(k, WCK_DO_APPROVE, "hq")->order);
    assert_int_equal(k->plan->manual.n, 0);
}

static wck_finding *sticky(kit *k)
{
    wck_declined *row = wck_snapshot_add_declined(k->snapshots[BERLIN]);

    assert_non_null(row);
    row->id = kit_id(10);
    kit_update(k->snapshots[BERLIN], 10, 2);
    kit_tree(k);
    return kit_finding(k, 3031, berlin, WCK_OBJECT_UPDATE, 10);
}

/* 8597 */
static void a_decline_is_not_taken_back_by_approvals_that_wsus_refuses(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 2)->eula = kit_id(70);
    kit_approve(k->snapshots[HQ], 10, 2, 50, WCK_ACTION_INSTALL);
    sticky(k);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3031)->why, "license agreement is not accepted");
}

static void a_decline_is_taken_back_when_the_agreement_is_accepted(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 2)->eula = kit_id(70);
    kit_approve(k->snapshots[HQ], 10, 2, 50, WCK_ACTION_INSTALL);
    accept(k->snapshots[HQ]);
    sticky(k);
    kit_plan(k);
    assert_non_null(kit_action(k, WCK_DO_UNDECLINE, "hq"));
}

/* 6647 */
static void what_wsus_would_not_approve_again_is_not_promised_to_come_back(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 2)->eula = kit_id(70);
    kit_approve(k->snapshots[HQ], 10, 2, 50, WCK_ACTION_UNINSTALL);
    kit_update(k->snapshots[HQ], 11, 2);
    kit_approve(k->snapshots[HQ], 11, 2, 50, WCK_ACTION_UNINSTALL);
    kit_update(k->snapshots[BERLIN], 10, 2);
    kit_update(k->snapshots[BERLIN], 11, 2);
    kit_tree(k);
    kit_finding(k, 3011, berlin, WCK_OBJECT_UPDATE, 10);
    kit_finding(k, 3011, berlin, WCK_OBJECT_UPDATE, 11);
    kit_plan(k);
    assert_int_equal(kit_actions(k, WCK_DO_DECLINE), 2);
    for (size_t i = 0; i < k->plan->actions.n; i++) {
        const wck_plan_action *a = &k->plan->actions.items[i];
        if (a->kind == WCK_DO_DECLINE)
            assert_int_equal(a->reversible, wck_guid_eq(a->object.update, kit_id(11)));
    }
}

static wck_finding *expired_too(kit *k)
{
    wck_finding *f;

    kit_finding(k, 4004, berlin, WCK_OBJECT_APPROVAL, 10)->object.group = kit_id(50);
    f = kit_finding(k, 3034, "hq", WCK_OBJECT_UPDATE, 10);
    f->object.revision = 1;
    return f;
}

/* 5871 */
static void an_approval_does_not_run_into_the_removal_of_an_expired_revision(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 1)->state = WCK_STATE_EXPIRED;
    kit_update(k->snapshots[HQ], 10, 2);
    kit_approve(k->snapshots[HQ], 10, 1, 50, WCK_ACTION_INSTALL);
    kit_tree(k);
    expired_too(k);
    kit_plan(k);
    assert_non_null(kit_action(k, WCK_DO_UNAPPROVE, "hq"));
    assert_int_equal(kit_actions(k, WCK_DO_APPROVE), 0);
    assert_contains(kit_manual(k, 4004)->why, "removes the approvals of an expired revision");
}

static void a_decline_of_the_update_answers_its_stale_approval(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 1)->state = WCK_STATE_EXPIRED;
    kit_update(k->snapshots[HQ], 10, 2)->eula = kit_id(70);
    kit_approve(k->snapshots[HQ], 10, 1, 50, WCK_ACTION_UNINSTALL);
    kit_update(k->snapshots[BERLIN], 10, 1);
    kit_tree(k);
    kit_finding(k, 4004, berlin, WCK_OBJECT_APPROVAL, 10)->object.group = kit_id(50);
    kit_finding(k, 3011, berlin, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(kit_action(k, WCK_DO_DECLINE, "hq")->n_answers, 2);
    assert_int_equal(kit_actions(k, WCK_DO_APPROVE), 0);
}

/* 19023 */
static void nothing_is_selected_of_categories_that_were_not_read(void **state)
{
    kit *k = *state;

    k->snapshots[HQ]->config.selected_products.n = 0;
    k->snapshots[HQ]->categories.n = 0;
    wck_snapshot_set_coverage(k->snapshots[HQ], WCK_SECTION_CATEGORIES, WCK_COVERAGE_UNKNOWN, "not read");
    kit_update(k->snapshots[BERLIN], 10, 1);
    kit_tree(k);
    kit_finding(k, 3010, berlin, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3010)->why, "categories of hq were not read completely");
}

/* 6804, 7388, 9728, 12744, 13814 */
static void a_synchronization_brings_no_approval_of_what_is_declined_here(void **state)
{
    kit *k = *state;
    wck_declined *row = wck_snapshot_add_declined(k->snapshots[BERLIN]);

    assert_non_null(row);
    row->id = kit_id(10);
    kit_update(k->snapshots[HQ], 10, 1);
    kit_update(k->snapshots[BERLIN], 10, 1);
    kit_approve(k->snapshots[HQ], 10, 1, 50, WCK_ACTION_INSTALL);
    wck_snapshot_set_coverage(k->snapshots[HQ], WCK_SECTION_DECLINED, WCK_COVERAGE_PARTIAL, NULL);
    kit_tree(k);
    kit_finding(k, 4001, berlin, WCK_OBJECT_APPROVAL, 10)->object.revision = 1;
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 4001)->why, "declined here");
}

/* 5129 */
static void a_synchronization_brings_no_deadline_of_an_inactive_approval(void **state)
{
    static const int rules[] = {4003, 4005, 4006};
    kit *k = *state;

    kit_languages_of(k->snapshots[BERLIN], kit_update(k->snapshots[BERLIN], 10, 1), "de");
    kit_approve(k->snapshots[BERLIN], 10, 1, 50, WCK_ACTION_INSTALL);
    kit_tree(k);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        kit_finding(k, rules[i], munich, WCK_OBJECT_APPROVAL, 10)->object.group = kit_id(50);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        assert_contains(kit_manual(k, rules[i])->why, "permanently inactive (WCK4010)");
}

/* 8492 */
static void a_list_that_was_not_read_is_not_trusted_to_bring_a_revision(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[MUNICH], 10, 2);
    kit_update(k->snapshots[BERLIN], 10, 1);
    wck_snapshot_set_coverage(k->snapshots[HQ], WCK_SECTION_UPDATES, WCK_COVERAGE_UNKNOWN, "not read");
    kit_tree(k);
    kit_finding(k, 3021, munich, WCK_OBJECT_UPDATE, 10)->object.revision = 2;
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3021)->why, "updates of hq were not read");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, kit_chain, kit_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(no_revision_is_approved_whose_license_agreement_is_not_accepted),
        CASE(license_agreements_that_were_not_read_approve_nothing),
        CASE(an_agreement_that_is_accepted_or_will_be_lets_it_be_approved),
        CASE(a_decline_is_not_taken_back_by_approvals_that_wsus_refuses),
        CASE(a_decline_is_taken_back_when_the_agreement_is_accepted),
        CASE(what_wsus_would_not_approve_again_is_not_promised_to_come_back),
        CASE(an_approval_does_not_run_into_the_removal_of_an_expired_revision),
        CASE(a_decline_of_the_update_answers_its_stale_approval),
        CASE(nothing_is_selected_of_categories_that_were_not_read),
        CASE(a_synchronization_brings_no_approval_of_what_is_declined_here),
        CASE(a_synchronization_brings_no_deadline_of_an_inactive_approval),
        CASE(a_list_that_was_not_read_is_not_trusted_to_bring_a_revision),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
