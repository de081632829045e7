/* SPDX-License-Identifier: MIT
 * test_promises.c: a plan promises nothing that WSUS would not do; found by tests/model. */
#include "support/test.h"

#include "support.h"

enum { HQ, BERLIN, MUNICH }; /* of kit_chain */
static const char berlin[] = "hq/berlin", munich[] = "hq/berlin/munich";

static void a_revision_ahead_synchronizes_from_where_it_is_listed(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[MUNICH], 10, 3);
    kit_update(k->snapshots[BERLIN], 10, 2);
    kit_update(k->snapshots[HQ], 10, 3);
    kit_tree(k);
    kit_finding(k, 3021, munich, WCK_OBJECT_UPDATE, 10)->object.revision = 3;
    kit_plan(k);
    assert_non_null(kit_action(k, WCK_DO_SYNCHRONIZE, berlin));
    assert_int_equal(k->plan->actions.n, 1);
}

static void a_revision_that_nobody_above_lists_comes_from_the_root_if_it_is_selected(void **state)
{
    (void)state;
    for (int selected = 0; selected < 2; selected++) {
        void *fresh;
        kit *k;
        assert_int_equal(kit_chain(&fresh), 0);
        k = fresh;
        kit_update(k->snapshots[MUNICH], 10, 3);
        kit_update(k->snapshots[BERLIN], 10, 2);
        kit_update(k->snapshots[HQ], 10, 2);
        k->snapshots[HQ]->config.selected_products.n *= (size_t)selected;
        kit_tree(k);
        kit_finding(k, 3021, munich, WCK_OBJECT_UPDATE, 10)->object.revision = 3;
        kit_plan(k);
        assert_int_equal(k->plan->actions.n, selected ? 2 : 0);
        if (selected)
            assert_non_null(kit_action(k, WCK_DO_SYNCHRONIZE, "hq"));
        else
            assert_contains(kit_manual(k, 3021)->why, "does not select");
        kit_free(k);
    }
}

static void what_the_root_deleted_does_not_come_again(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[MUNICH], 10, 3);
    kit_update(k->snapshots[BERLIN], 10, 2);
    kit_tree(k);
    kit_finding(k, 3021, munich, WCK_OBJECT_UPDATE, 10)->object.revision = 3;
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3021)->why, "hq selects the update but deleted it");
}

static void a_newer_revision_for_a_newer_protocol_waits_for_an_upgrade(void **state)
{
    kit *k = *state;
    wck_update *newer;

    k->snapshots[MUNICH]->server.protocol_version = "1.8";
    kit_update(k->snapshots[MUNICH], 10, 1);
    kit_update(k->snapshots[BERLIN], 10, 1);
    newer = kit_update(k->snapshots[BERLIN], 10, 2);
    newer->compatible_protocol_version = "1.20";
    kit_tree(k);
    kit_finding(k, 3020, munich, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3020)->why, "newer protocol");
}

/* Neither the revision above nor an approval that names it gets past a server that speaks too old a protocol. */
static void nothing_comes_past_a_server_with_an_old_protocol(void **state)
{
    kit *k = *state;

    k->snapshots[BERLIN]->server.protocol_version = "1.8";
    kit_update(k->snapshots[HQ], 10, 2)->compatible_protocol_version = "1.20";
    kit_update(k->snapshots[BERLIN], 10, 1);
    kit_update(k->snapshots[MUNICH], 10, 2)->compatible_protocol_version = "1.20";
    kit_tree(k);
    kit_finding(k, 4001, berlin, WCK_OBJECT_APPROVAL, 10)->object.revision = 2;
    kit_finding(k, 3021, munich, WCK_OBJECT_UPDATE, 10)->object.revision = 2;
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 4001)->why, "newer protocol than hq/berlin speaks");
    assert_contains(kit_manual(k, 3021)->why, "newer protocol than hq/berlin speaks");
}

static void a_missing_approval_of_a_revision_that_is_here_comes_with_a_synchronization(void **state)
{
    kit *k = *state;

    k->snapshots[BERLIN]->server.protocol_version = "1.8";
    kit_update(k->snapshots[HQ], 10, 2)->compatible_protocol_version = "1.20";
    kit_update(k->snapshots[BERLIN], 10, 2)->compatible_protocol_version = "1.20";
    kit_tree(k);
    kit_finding(k, 4001, berlin, WCK_OBJECT_APPROVAL, 10)->object.revision = 2;
    kit_plan(k);
    assert_non_null(kit_action(k, WCK_DO_SYNCHRONIZE, berlin));
}

/* Languages are the root's too: what it does not enable does not come from Microsoft Update. */
static void a_revision_in_a_language_that_the_root_lacks_does_not_come(void **state)
{
    kit *k = *state;

    kit_languages_of(k->snapshots[MUNICH], kit_update(k->snapshots[MUNICH], 10, 3), "fr");
    kit_update(k->snapshots[BERLIN], 10, 2);
    kit_update(k->snapshots[HQ], 10, 2);
    kit_enable(k->snapshots[BERLIN], "fr", true);
    kit_tree(k);
    kit_finding(k, 3021, munich, WCK_OBJECT_UPDATE, 10)->object.revision = 3;
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3021)->why, "hq does not select");
}

static void a_sticky_decline_that_nothing_is_approved_for_is_left_to_a_person(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 2);
    kit_approve(k->snapshots[HQ], 10, 2, 50, WCK_ACTION_SCAN);
    kit_tree(k);
    kit_finding(k, 3031, munich, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3031)->why, "nothing is approved on hq");
}

/* WSUS approves an expired update for removal only: the approvals would be gone and could not be made again. */
static void a_sticky_decline_is_not_taken_back_with_an_expired_approval(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 2)->state = WCK_STATE_EXPIRED;
    kit_approve(k->snapshots[HQ], 10, 2, 50, WCK_ACTION_INSTALL);
    kit_tree(k);
    kit_finding(k, 3031, munich, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3031)->why, "expired");
}

static void a_sticky_decline_of_what_is_declined_above_anyway_is_answered_by_that(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 2)->state = WCK_STATE_EXPIRED;
    kit_approve(k->snapshots[HQ], 10, 2, 50, WCK_ACTION_INSTALL);
    kit_tree(k);
    kit_finding(k, 3034, "hq", WCK_OBJECT_UPDATE, 10)->object.revision = 2;
    kit_finding(k, 3031, munich, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 1);
    assert_int_equal(kit_action(k, WCK_DO_DECLINE, "hq")->n_answers, 2);
}

/* Inactive approvals are not sent to replicas. */
static void a_sticky_decline_is_not_taken_back_with_inactive_approvals(void **state)
{
    kit *k = *state;

    kit_languages_of(k->snapshots[HQ], kit_update(k->snapshots[HQ], 10, 2), "fr");
    kit_approve(k->snapshots[HQ], 10, 2, 50, WCK_ACTION_INSTALL);
    kit_tree(k);
    kit_finding(k, 3031, munich, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3031)->why, "permanently inactive");
}

static void nothing_is_approved_or_accepted_from_a_list_that_was_read_in_part(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 1);
    kit_update(k->snapshots[HQ], 10, 2);
    kit_approve(k->snapshots[HQ], 10, 1, 50, WCK_ACTION_INSTALL);
    wck_snapshot_set_coverage(k->snapshots[HQ], WCK_SECTION_UPDATES, WCK_COVERAGE_PARTIAL, NULL);
    wck_snapshot_set_coverage(k->snapshots[HQ], WCK_SECTION_EULAS, WCK_COVERAGE_PARTIAL, NULL);
    kit_tree(k);
    kit_finding(k, 4004, berlin, WCK_OBJECT_APPROVAL, 10)->object.group = kit_id(50);
    kit_finding(k, 4031, berlin, WCK_OBJECT_UPDATE, 10)->object.eula = kit_id(70);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 4004)->why, "not read completely");
    assert_contains(kit_manual(k, 4031)->why, "not read completely");
}

static void an_expired_approval_that_is_not_there_above_leaves_with_a_synchronization(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 1)->state = WCK_STATE_EXPIRED;
    kit_update(k->snapshots[BERLIN], 10, 1)->state = WCK_STATE_EXPIRED;
    kit_approve(k->snapshots[BERLIN], 10, 1, 50, WCK_ACTION_INSTALL);
    kit_tree(k);
    kit_finding(k, 3034, berlin, WCK_OBJECT_UPDATE, 10)->object.revision = 1;
    kit_plan(k);
    assert_non_null(kit_action(k, WCK_DO_SYNCHRONIZE, berlin));
    assert_int_equal(k->plan->actions.n, 1);
}

static void languages_that_change_above_change_for_the_replicas_below_too(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    kit_enable(k->snapshots[HQ], "fr", true);
    kit_tree(k);
    kit_finding(k, 2003, berlin, WCK_OBJECT_LANGUAGE, 0)->object.language = "fr";
    kit_plan(k);
    a = kit_action(k, WCK_DO_SET_LANGUAGES, munich);
    assert_non_null(a);
    assert_int_equal(a->languages.n, 2);
    assert_int_equal(a->n_answers, 1);
    assert_true(kit_action(k, WCK_DO_SET_LANGUAGES, berlin)->order < a->order);
    assert_null(kit_action(k, WCK_DO_SET_LANGUAGES, "hq"));
}

static void a_replica_whose_languages_may_differ_keeps_them(void **state)
{
    kit *k = *state;

    kit_enable(k->snapshots[HQ], "fr", true);
    kit_tree(k);
    kit_finding(k, 2003, berlin, WCK_OBJECT_LANGUAGE, 0)->object.language = "fr";
    kit_finding(k, 2001, munich, WCK_OBJECT_LANGUAGE, 0)->result = WCK_RESULT_WAIVED;
    kit_plan(k);
    assert_non_null(kit_action(k, WCK_DO_SET_LANGUAGES, berlin));
    assert_null(kit_action(k, WCK_DO_SET_LANGUAGES, munich));
}

static void a_language_that_a_server_does_not_offer_is_left_to_a_person(void **state)
{
    kit *k = *state;

    kit_enable(k->snapshots[HQ], "fr", true);
    k->snapshots[BERLIN]->languages.n--; /* fr */
    kit_tree(k);
    kit_finding(k, 2003, berlin, WCK_OBJECT_LANGUAGE, 0)->object.language = "fr";
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 2003)->why, "does not offer the language fr");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, kit_chain, kit_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_revision_ahead_synchronizes_from_where_it_is_listed),
        CASE(a_revision_that_nobody_above_lists_comes_from_the_root_if_it_is_selected),
        CASE(what_the_root_deleted_does_not_come_again),
        CASE(a_newer_revision_for_a_newer_protocol_waits_for_an_upgrade),
        CASE(nothing_comes_past_a_server_with_an_old_protocol),
        CASE(a_missing_approval_of_a_revision_that_is_here_comes_with_a_synchronization),
        CASE(a_revision_in_a_language_that_the_root_lacks_does_not_come),
        CASE(a_sticky_decline_that_nothing_is_approved_for_is_left_to_a_person),
        CASE(a_sticky_decline_is_not_taken_back_with_an_expired_approval),
        CASE(a_sticky_decline_of_what_is_declined_above_anyway_is_answered_by_that),
        CASE(a_sticky_decline_is_not_taken_back_with_inactive_approvals),
        CASE(nothing_is_approved_or_accepted_from_a_list_that_was_read_in_part),
        CASE(an_expired_approval_that_is_not_there_above_leaves_with_a_synchronization),
        CASE(languages_that_change_above_change_for_the_replicas_below_too),
        CASE(a_replica_whose_languages_may_differ_keeps_them),
        CASE(a_language_that_a_server_does_not_offer_is_left_to_a_person),
    };

    return cmocka_run_group_tests_name("plan/promises", tests, NULL, NULL);
}
