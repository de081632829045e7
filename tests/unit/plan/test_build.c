/* SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "support.h"

#include <stdlib.h>

/* hq (autonomous) with berlin (replica) and its munich (replica), and lab (autonomous). */
static int set_up(void **state)
{
    kit *k = kit_new();

    kit_server(k, "hq", NULL, WCK_MODE_AUTONOMOUS);
    kit_server(k, "berlin", "hq", WCK_MODE_REPLICA);
    kit_server(k, "munich", "berlin", WCK_MODE_REPLICA);
    kit_server(k, "lab", "hq", WCK_MODE_AUTONOMOUS);
    *state = k;
    return 0;
}

static int tear_down(void **state)
{
    kit_free(*state);
    return 0;
}

enum { HQ, BERLIN, MUNICH, LAB };
static const char berlin[] = "hq/berlin", munich[] = "hq/berlin/munich", lab[] = "hq/lab";

static void what_a_synchronization_brings_is_one_synchronize_per_server(void **state)
{
    static const int rules[] = {2006, 2007, 2009, 3001, 3020, 3030, 4001, 4002, 4003,
                                4005, 4006, 4020, 4021, 4022, 4024, 4030, 6002, 6003};
    const size_t n = sizeof rules / sizeof rules[0];
    kit *k = *state;

    kit_tree(k);
    for (size_t i = 0; i < n; i++)
        kit_finding(k, rules[i], berlin, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 1);
    assert_int_equal(kit_action(k, WCK_DO_SYNCHRONIZE, berlin)->n_answers, n);
    assert_false(kit_action(k, WCK_DO_SYNCHRONIZE, berlin)->reversible);
    assert_int_equal(k->plan->manual.n, 0);
}

static void a_transient_note_alone_needs_no_action(void **state)
{
    kit *k = *state;

    kit_tree(k);
    kit_finding(k, 3002, berlin, WCK_OBJECT_UPDATE, 10);
    kit_finding(k, 3012, berlin, WCK_OBJECT_UPDATE, 11);
    kit_finding(k, 4008, berlin, WCK_OBJECT_APPROVAL, 12);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3002)->why, "the next synchronization brings it");
    assert_contains(kit_manual(k, 3012)->why, "remedy 3");
}

static void a_transient_note_is_answered_by_a_synchronization_that_is_planned_anyway(void **state)
{
    kit *k = *state;

    kit_tree(k);
    kit_finding(k, 3012, berlin, WCK_OBJECT_UPDATE, 10);
    kit_finding(k, 4001, berlin, WCK_OBJECT_APPROVAL, 11);
    kit_plan(k);
    assert_int_equal(kit_action(k, WCK_DO_SYNCHRONIZE, berlin)->n_answers, 2);
    assert_contains(kit_action(k, WCK_DO_SYNCHRONIZE, berlin)->why, "Remedy 3");
}

static void remedy_1_selects_the_product_once_at_the_root_and_synchronizes_down(void **state)
{
    kit *k = *state;
    const wck_plan_action *select;

    k->snapshots[HQ]->config.selected_products.n = 0;
    kit_update(k->snapshots[MUNICH], 10, 1);
    kit_update(k->snapshots[MUNICH], 11, 1);
    kit_tree(k);
    kit_finding(k, 3010, munich, WCK_OBJECT_UPDATE, 10);
    kit_finding(k, 3010, munich, WCK_OBJECT_UPDATE, 11);
    kit_plan(k);
    select = kit_action(k, WCK_DO_SELECT_PRODUCT, "hq");
    assert_non_null(select);
    assert_int_equal(select->n_answers, 2);
    assert_true(wck_guid_eq(select->object.category, kit_id(1)));
    assert_contains(select->why, "Remedy 1");
    assert_int_equal(select->n_reaches, 3);
    assert_int_equal(kit_actions(k, WCK_DO_SYNCHRONIZE), 3);
    assert_int_equal(kit_actions(k, WCK_DO_SELECT_CLASSIFICATION), 0);
}

static void remedy_1_selects_the_classification_when_that_is_what_is_missing(void **state)
{
    kit *k = *state;

    k->snapshots[HQ]->config.selected_classifications.n = 0;
    kit_update(k->snapshots[BERLIN], 10, 1);
    kit_tree(k);
    kit_finding(k, 3010, berlin, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_true(wck_guid_eq(kit_action(k, WCK_DO_SELECT_CLASSIFICATION, "hq")->object.category, kit_id(2)));
    assert_int_equal(kit_actions(k, WCK_DO_SELECT_PRODUCT), 0);
}

static void remedy_1_enables_a_language_from_the_root_down_to_the_parent(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    kit_languages_of(k->snapshots[MUNICH], kit_update(k->snapshots[MUNICH], 10, 1), "de");
    kit_enable(k->snapshots[MUNICH], "de", true);
    kit_tree(k);
    kit_finding(k, 3010, munich, WCK_OBJECT_UPDATE, 10);
    kit_finding(k, 2001, munich, WCK_OBJECT_LANGUAGE, 0)->object.language = "de";
    kit_plan(k);
    assert_int_equal(kit_actions(k, WCK_DO_SET_LANGUAGES),
                     2); /* not munich: it may keep what its parent gets */
    a = kit_action(k, WCK_DO_SET_LANGUAGES, "hq");
    assert_int_equal(a->languages.n, 2);
    assert_string_equal(a->languages.items[0], "de");
    assert_string_equal(a->languages.items[1], "en");
    assert_int_equal(kit_action(k, WCK_DO_SET_LANGUAGES, berlin)->n_answers, 2);
}

static void two_updates_of_one_language_share_the_action(void **state)
{
    kit *k = *state;

    kit_languages_of(k->snapshots[BERLIN], kit_update(k->snapshots[BERLIN], 10, 1), "de");
    kit_languages_of(k->snapshots[BERLIN], kit_update(k->snapshots[BERLIN], 11, 1), "de");
    kit_tree(k);
    kit_finding(k, 3010, berlin, WCK_OBJECT_UPDATE, 10);
    kit_finding(k, 3010, berlin, WCK_OBJECT_UPDATE, 11);
    kit_plan(k);
    assert_int_equal(kit_action(k, WCK_DO_SET_LANGUAGES, "hq")->n_answers, 2);
    assert_int_equal(k->plan->manual.n, 0);
}

static void a_selection_that_could_not_be_read_selects_nothing(void **state)
{
    kit *k = *state;

    k->snapshots[HQ]->config.products_known = false;
    kit_update(k->snapshots[BERLIN], 10, 1);
    kit_tree(k);
    kit_finding(k, 3010, berlin, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3010)->why, "could not be read");
}

static void remedy_2_cancels_and_declines_on_the_autonomous_server_itself(void **state)
{
    kit *k = *state;
    const wck_plan_action *cancel, *decline;

    k->snapshots[HQ]->config.selected_products.n = 0;
    kit_update(k->snapshots[LAB], 10, 7);
    kit_approve(k->snapshots[LAB], 10, 7, 50, WCK_ACTION_UNINSTALL);
    kit_tree(k);
    kit_finding(k, 3011, lab, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    cancel = kit_action(k, WCK_DO_CANCEL_DOWNLOAD, lab);
    decline = kit_action(k, WCK_DO_DECLINE, lab);
    assert_non_null(cancel);
    assert_non_null(decline);
    assert_true(cancel->order < decline->order);
    assert_int_equal(decline->object.revision, 7);
    assert_contains(decline->why, "Remedy 2");
    assert_int_equal(decline->n_prior, 1);
    assert_int_equal(decline->prior[0].action, WCK_ACTION_UNINSTALL);
    assert_true(decline->reversible);
}

static void remedy_2_for_a_replica_moves_up_only_when_the_update_is_there(void **state)
{
    kit *k = *state;

    k->snapshots[HQ]->config.selected_products.n = 0;
    kit_update(k->snapshots[BERLIN], 10, 1);
    kit_tree(k);
    kit_finding(k, 3011, berlin, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3011)->why, "hq, does not list the update");
}

static void remedy_2_for_a_replica_declines_at_its_authority_and_names_whom_it_reaches(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    k->snapshots[HQ]->config.selected_products.n = 0;
    kit_update(k->snapshots[HQ], 10, 1);
    kit_update(k->snapshots[MUNICH], 10, 1);
    kit_tree(k);
    kit_finding(k, 3011, munich, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    a = kit_action(k, WCK_DO_DECLINE, "hq");
    assert_non_null(a);
    assert_int_equal(a->n_reaches, 2); /* lab is autonomous */
    assert_string_equal(a->reaches[0], berlin);
    assert_int_equal(kit_actions(k, WCK_DO_DECLINE), 1);
}

static void nothing_is_declined_that_a_sibling_needs(void **state)
{
    kit *k = *state;

    k->snapshots[HQ]->config.selected_products.n = 0;
    kit_update(k->snapshots[HQ], 10, 1);
    kit_update(k->snapshots[MUNICH], 10, 1);
    kit_update(k->snapshots[BERLIN], 10, 1)->needed_by = 3;
    kit_tree(k);
    kit_finding(k, 3011, munich, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3011)->why, "needs the update");
}

static void nothing_is_declined_while_the_selection_is_not_known(void **state)
{
    kit *k = *state;

    k->snapshots[HQ]->config.classifications_known = false;
    kit_update(k->snapshots[LAB], 10, 1);
    kit_tree(k);
    kit_finding(k, 3011, lab, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3011)->why, "selection could not be read");
}

static void nothing_is_declined_while_its_need_is_not_known(void **state)
{
    kit *k = *state;

    k->snapshots[HQ]->config.selected_products.n = 0;
    kit_update(k->snapshots[LAB], 10, 1)->needed_by = WCK_INT_NONE;
    kit_tree(k);
    kit_finding(k, 3011, lab, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3011)->why, "is not known");
}

static void nothing_is_declined_that_reaches_a_suspect_snapshot(void **state)
{
    kit *k = *state;

    k->snapshots[HQ]->config.selected_products.n = 0;
    kit_update(k->snapshots[HQ], 10, 1);
    kit_update(kit_server(k, "oslo", "hq", WCK_MODE_REPLICA), 10, 1);
    kit_tree(k);
    kit_finding(k, 3011, "hq/oslo", WCK_OBJECT_UPDATE, 10);
    kit_finding(k, 9005, munich, WCK_OBJECT_SECTION, 0);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3011)->why, "hq/berlin/munich, which has a WCK9005");
}

static void nothing_is_declined_where_a_section_is_not_complete(void **state)
{
    static const wck_section sections[] = {WCK_SECTION_UPDATES, WCK_SECTION_DECLINED, WCK_SECTION_APPROVALS};
    kit *k = *state;

    (void)k;
    for (size_t i = 0; i < 3; i++) {
        kit *one = kit_new();
        kit_server(one, "hq", NULL, WCK_MODE_AUTONOMOUS)->config.selected_products.n = 0;
        kit_update(kit_server(one, "lab", "hq", WCK_MODE_AUTONOMOUS), 10, 1);
        wck_snapshot_set_coverage(one->snapshots[1], sections[i], WCK_COVERAGE_PARTIAL, "cut off");
        kit_tree(one);
        kit_finding(one, 3011, lab, WCK_OBJECT_UPDATE, 10);
        kit_plan(one);
        assert_int_equal(one->plan->actions.n, 0);
        kit_free(one);
    }
}

static void a_sticky_decline_is_approved_anew_above_and_synchronized_down(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    kit_update(k->snapshots[HQ], 10, 2);
    kit_approve(k->snapshots[HQ], 10, 2, 50, WCK_ACTION_INSTALL);
    kit_tree(k);
    kit_finding(k, 3031, munich, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    a = kit_action(k, WCK_DO_UNDECLINE, "hq");
    assert_non_null(a);
    assert_int_equal(a->n_prior, 1);
    assert_non_null(kit_action(k, WCK_DO_SYNCHRONIZE, berlin));
    assert_non_null(kit_action(k, WCK_DO_SYNCHRONIZE, munich));
    assert_true(a->order < kit_action(k, WCK_DO_SYNCHRONIZE, berlin)->order);
    assert_int_equal(kit_actions(k, WCK_DO_SYNCHRONIZE), 2);
}

static void an_expired_update_is_declined_at_the_authority_for_good(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    kit_update(k->snapshots[HQ], 10, 1)->state = WCK_STATE_EXPIRED;
    kit_approve(k->snapshots[HQ], 10, 1, 50, WCK_ACTION_INSTALL);
    kit_tree(k);
    kit_finding(k, 3034, "hq", WCK_OBJECT_UPDATE, 10)->object.revision = 1;
    kit_plan(k);
    a = kit_action(k, WCK_DO_DECLINE, "hq");
    assert_non_null(a);
    assert_int_equal(a->n_prior, 1);
    assert_false(a->reversible);
    assert_null(a->undo);
}

static void an_expired_revision_beside_a_good_one_only_loses_its_approvals(void **state)
{
    kit *k = *state;

    kit_update(k->snapshots[HQ], 10, 1)->state = WCK_STATE_EXPIRED;
    kit_update(k->snapshots[HQ], 10, 2);
    kit_approve(k->snapshots[HQ], 10, 1, 50, WCK_ACTION_INSTALL);
    kit_tree(k);
    kit_finding(k, 3034, "hq", WCK_OBJECT_UPDATE, 10)->object.revision = 1;
    kit_plan(k);
    assert_non_null(kit_action(k, WCK_DO_UNAPPROVE, "hq"));
    assert_int_equal(kit_actions(k, WCK_DO_DECLINE), 0);
}

static void a_stale_revision_is_approved_again_at_the_authority(void **state)
{
    kit *k = *state;
    wck_finding *f;
    const wck_plan_action *a;

    kit_update(k->snapshots[HQ], 10, 1);
    kit_update(k->snapshots[HQ], 10, 2);
    kit_approve(k->snapshots[HQ], 10, 2, 50, WCK_ACTION_UNINSTALL);
    kit_tree(k);
    f = kit_finding(k, 4004, munich, WCK_OBJECT_APPROVAL, 10);
    f->object.group = kit_id(50);
    f->object.revision = 2;
    kit_plan(k);
    a = kit_action(k, WCK_DO_APPROVE, "hq");
    assert_non_null(a);
    assert_int_equal(a->object.revision, 2);
    assert_int_equal(a->action, WCK_ACTION_UNINSTALL);
    assert_true(wck_guid_eq(a->object.group, kit_id(50)));
    assert_int_equal(kit_actions(k, WCK_DO_SYNCHRONIZE), 2);
}

static void inactive_approvals_are_removed_once_where_they_are_held(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    kit_tree(k);
    kit_finding(k, 4010, "hq", WCK_OBJECT_APPROVAL, 10);
    kit_finding(k, 4010, "hq", WCK_OBJECT_APPROVAL, 11);
    kit_finding(k, 4011, berlin, WCK_OBJECT_SERVER, 0);
    kit_plan(k);
    a = kit_action(k, WCK_DO_REMOVE_INACTIVE_APPROVALS, "hq");
    assert_int_equal(k->plan->actions.n, 1);
    assert_int_equal(a->n_answers, 3);
    assert_false(a->reversible);
}

static void inactive_approvals_stay_when_one_of_them_is_waived(void **state)
{
    kit *k = *state;

    kit_tree(k);
    kit_finding(k, 4010, "hq", WCK_OBJECT_APPROVAL, 10);
    kit_finding(k, 4010, "hq", WCK_OBJECT_APPROVAL, 11)->result = WCK_RESULT_WAIVED;
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 4010)->why, "waived");
}

static void counts_alone_are_a_reading_aid(void **state)
{
    kit *k = *state;

    kit_tree(k);
    kit_finding(k, 4011, berlin, WCK_OBJECT_SERVER, 0);
    kit_plan(k);
    assert_contains(kit_manual(k, 4011)->why, "none needed");
}

static void a_license_agreement_is_accepted_at_the_authority(void **state)
{
    kit *k = *state;
    wck_finding *f;

    kit_update(k->snapshots[HQ], 10, 1);
    kit_tree(k);
    f = kit_finding(k, 4031, munich, WCK_OBJECT_UPDATE, 10);
    f->object.eula = kit_id(70);
    kit_plan(k);
    assert_true(wck_guid_eq(kit_action(k, WCK_DO_ACCEPT_EULA, "hq")->object.eula, kit_id(70)));
    assert_int_equal(kit_actions(k, WCK_DO_SYNCHRONIZE), 2);
}

static void a_replica_gets_the_languages_of_its_parent(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    kit_enable(k->snapshots[BERLIN], "de", true);
    kit_enable(k->snapshots[HQ], "fr", true);
    kit_tree(k);
    kit_finding(k, 2001, berlin, WCK_OBJECT_LANGUAGE, 0)->object.language = "de";
    kit_finding(k, 2003, berlin, WCK_OBJECT_LANGUAGE, 0)->object.language = "fr";
    kit_plan(k);
    a = kit_action(k, WCK_DO_SET_LANGUAGES, berlin);
    assert_int_equal(a->n_answers, 2);
    assert_int_equal(a->languages.n, 2);
    assert_string_equal(a->languages.items[0], "en");
    assert_string_equal(a->languages.items[1], "fr");
    assert_int_equal(kit_action(k, WCK_DO_SYNCHRONIZE, berlin)->n_answers, 1); /* to fetch what is new */
}

static void a_product_is_selected_only_when_a_needed_update_asks_for_it(void **state)
{
    kit *k = *state;

    kit_tree(k);
    kit_finding(k, 2004, berlin, WCK_OBJECT_CATEGORY, 1);
    kit_finding(k, 2005, berlin, WCK_OBJECT_CATEGORY, 2);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 2004)->why, "select the product on the root server");
}

static void a_product_finding_is_answered_by_the_selection_of_a_needed_update(void **state)
{
    kit *k = *state;

    k->snapshots[HQ]->config.selected_products.n = 0;
    kit_update(k->snapshots[BERLIN], 10, 1);
    kit_tree(k);
    kit_finding(k, 2004, berlin, WCK_OBJECT_CATEGORY, 1);
    kit_finding(k, 3010, berlin, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(kit_action(k, WCK_DO_SELECT_PRODUCT, "hq")->n_answers, 2);
}

static void what_only_a_person_can_do_says_why(void **state)
{
    static const int rules[] = {1001, 1002, 1003, 1004, 1005, 1006, 1007, 2002, 2010, 3013,
                                3022, 3023, 3033, 4007, 4023, 7008, 9003, 9006, 9007};
    kit *k = *state;

    kit_tree(k);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        kit_finding(k, rules[i], berlin, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_int_equal(k->plan->manual.n, sizeof rules / sizeof rules[0]);
    assert_string_equal(kit_manual(k, 7008)->why, "The remedy of the rule.");
}

static void nothing_is_derived_from_what_was_not_looked_at(void **state)
{
    kit *k = *state;

    kit_tree(k);
    kit_finding(k, 4001, berlin, WCK_OBJECT_APPROVAL, 10)->result = WCK_RESULT_UNKNOWN;
    kit_finding(k, 9002, lab, WCK_OBJECT_SECTION, 0)->result = WCK_RESULT_UNKNOWN;
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 4001)->why, "not looked at");
}

static void nothing_is_derived_about_or_below_a_torn_or_suspect_snapshot(void **state)
{
    static const int rules[] = {9001, 9004, 9005};
    kit *k = *state;

    (void)k;
    for (size_t i = 0; i < 3; i++) {
        kit *one = kit_new();
        kit_server(one, "hq", NULL, WCK_MODE_AUTONOMOUS);
        kit_server(one, "berlin", "hq", WCK_MODE_REPLICA);
        kit_server(one, "munich", "berlin", WCK_MODE_REPLICA);
        kit_tree(one);
        kit_finding(one, rules[i], berlin, WCK_OBJECT_SERVER, 0);
        kit_finding(one, 4001, berlin, WCK_OBJECT_APPROVAL, 10);
        kit_finding(one, 4001, munich, WCK_OBJECT_APPROVAL, 10);
        kit_plan(one);
        assert_int_equal(one->plan->actions.n, 0);
        assert_contains(kit_manual(one, 4001)->why, "hq/berlin");
        kit_free(one);
    }
}

static void a_replica_at_the_top_of_its_chain_gets_no_approvals_or_declines(void **state)
{
    kit *k = kit_new();

    (void)state;
    kit_server(k, "lost", "nobody", WCK_MODE_REPLICA);
    kit_update(kit_server(k, "below", "lost", WCK_MODE_REPLICA), 10, 1);
    kit_update(k->snapshots[0], 10, 1);
    kit_tree(k);
    kit_finding(k, 3031, "lost/below", WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 3031)->why, "not known");
    kit_free(k);
}

static void a_synchronization_below_a_rebuilt_server_is_of_high_risk(void **state)
{
    kit *k = *state;

    kit_tree(k);
    kit_finding(k, 1005, "hq", WCK_OBJECT_SERVER, 0);
    kit_finding(k, 4001, berlin, WCK_OBJECT_APPROVAL, 10);
    kit_finding(k, 4001, munich, WCK_OBJECT_APPROVAL, 10);
    kit_plan(k);
    assert_int_equal(kit_action(k, WCK_DO_SYNCHRONIZE, berlin)->risk, WCK_RISK_HIGH);
    assert_contains(kit_action(k, WCK_DO_SYNCHRONIZE, berlin)->why, "whatif");
    assert_int_equal(kit_action(k, WCK_DO_SYNCHRONIZE, munich)->risk, WCK_RISK_LOW);
}

static void additions_go_down_and_removals_go_up_after_them(void **state)
{
    kit *k = kit_new();
    const wck_plan_action *decline_hq, *decline_lab, *last_sync;

    (void)state;
    kit_server(k, "hq", NULL, WCK_MODE_AUTONOMOUS);
    kit_server(k, "lab", "hq", WCK_MODE_AUTONOMOUS);
    kit_server(k, "desk", "lab", WCK_MODE_REPLICA);
    for (size_t i = 0; i < 2; i++)
        kit_update(k->snapshots[i], 10, 1)->state = WCK_STATE_EXPIRED;
    kit_tree(k);
    kit_finding(k, 3034, "hq", WCK_OBJECT_UPDATE, 10);
    kit_finding(k, 3034, "hq/lab", WCK_OBJECT_UPDATE, 10);
    kit_finding(k, 3001, "hq/lab", WCK_OBJECT_UPDATE, 11);
    kit_finding(k, 3001, "hq/lab/desk", WCK_OBJECT_UPDATE, 11);
    kit_plan(k);
    decline_hq = kit_action(k, WCK_DO_DECLINE, "hq");
    decline_lab = kit_action(k, WCK_DO_DECLINE, "hq/lab");
    last_sync = kit_action(k, WCK_DO_SYNCHRONIZE, "hq/lab/desk");
    assert_true(kit_action(k, WCK_DO_SYNCHRONIZE, "hq/lab")->order < last_sync->order);
    assert_true(last_sync->order < decline_lab->order);
    assert_true(decline_lab->order < decline_hq->order);
    assert_int_equal(last_sync->tier, 2);
    assert_string_equal(k->plan->actions.items[0].id, "a1");
    kit_free(k);
}

static void a_plan_over_its_limit_is_refused_with_the_number(void **state)
{
    static const wck_plan_policy one = {.max_actions = 1, .now = 1};
    kit *k = *state;
    wck_plan *plan = NULL;
    wck_error err;

    kit_tree(k);
    kit_finding(k, 4001, berlin, WCK_OBJECT_APPROVAL, 10);
    kit_finding(k, 4001, munich, WCK_OBJECT_APPROVAL, 10);
    assert_fails(WCK_E_LIMIT, wck_plan_build(&plan, k->report, k->tree, &one, &err));
    assert_null(plan);
    assert_contains(err.text, "2 actions");
}

static wck_status broken_load(wck_reader *reader, size_t partition, wck_arena *arena, wck_partition *out,
                              wck_error *err)
{
    (void)reader;
    (void)partition;
    (void)arena;
    (void)out;
    return wck_fail(err, WCK_E_STORE, "could not read a chunk");
}

static void a_partition_that_cannot_be_read_stops_the_plan(void **state)
{
    static const int rules[] = {3010, 3011, 3031, 3034, 4004, 4031};
    static const wck_plan_policy policy = {.now = 1};
    kit *k = *state;
    wck_reader_ops broken;
    wck_error err;

    kit_tree(k);
    broken = *k->tree->nodes[0]->now->ops;
    broken.load = broken_load;
    for (size_t i = 0; i < k->tree->n; i++)
        k->tree->nodes[i]->now->ops = &broken;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        wck_plan *plan = NULL;
        k->report->findings.n = 0;
        kit_finding(k, rules[i], munich, WCK_OBJECT_UPDATE, 10);
        assert_fails(WCK_E_STORE, wck_plan_build(&plan, k->report, k->tree, &policy, &err));
        assert_null(plan);
        assert_contains(err.text, "could not read a chunk");
    }
    for (size_t i = 0; i < k->tree->n; i++) { /* broken is on this stack: close with it now */
        wck_reader_close(k->tree->nodes[i]->now);
        k->tree->nodes[i]->now = NULL;
    }
}

/* xorshift: the same reports on every machine */
static unsigned next(unsigned *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void fill_randomly(kit *k, unsigned *seed)
{
    static const int rules[] = {1001, 1005, 2001, 2003, 2004, 2005, 2006, 2010, 3001, 3002, 3010, 3011,
                                3012, 3013, 3021, 3030, 3031, 3034, 4001, 4002, 4004, 4007, 4008, 4010,
                                4011, 4020, 4023, 4031, 6002, 6003, 7009, 9001, 9002, 9004, 9005};
    static const char *const paths[] = {"hq", "hq/berlin", "hq/berlin/munich", "hq/lab", "gone"};
    unsigned n = next(seed) % 30;

    for (unsigned i = 0; i < n; i++) {
        int rule = rules[next(seed) % (sizeof rules / sizeof rules[0])];
        wck_object_kind kind = rule < 2004   ? WCK_OBJECT_LANGUAGE
                               : rule < 3000 ? WCK_OBJECT_CATEGORY
                                             : WCK_OBJECT_UPDATE;
        wck_finding *f = kit_finding(k, rule, paths[next(seed) % 5], kind, 10 + i);
        f->object.group = kit_id(200 + i); /* so that no two findings are one */
        f->object.language = i % 2 ? "de" : "fr";
        f->object.revision = (int64_t)(next(seed) % 3);
        f->result = (wck_result)(1 + (next(seed) % 8 == 0) + (next(seed) % 9 == 0));
    }
}

static void the_numbers_add_up_for_random_reports(void **state)
{
    unsigned seed = 20260101;

    (void)state;
    for (int round = 0; round < 300; round++) {
        kit *k = kit_new();
        kit_server(k, "hq", NULL, next(&seed) % 4 ? WCK_MODE_AUTONOMOUS : WCK_MODE_UNKNOWN);
        kit_server(k, "berlin", "hq", next(&seed) % 4 ? WCK_MODE_REPLICA : WCK_MODE_UNKNOWN);
        kit_server(k, "munich", "berlin", WCK_MODE_REPLICA);
        kit_server(k, "lab", "hq", WCK_MODE_AUTONOMOUS);
        for (size_t s = 0; s < k->n; s++)
            for (unsigned u = 10; u < 40; u++)
                if (next(&seed) % 3 != 0)
                    kit_update(k->snapshots[s], u, 1 + next(&seed) % 2)->needed_by = next(&seed) % 2;
        if (next(&seed) % 2)
            k->snapshots[0]->config.selected_products.n = 0;
        kit_tree(k);
        fill_randomly(k, &seed);
        kit_plan(k); /* asserts that the numbers add up */
        kit_free(k);
    }
}

static void the_same_report_gives_the_same_plan_in_any_order_of_findings(void **state)
{
    kit *k = *state;
    wck_plan *again = NULL;
    wck_error err;
    static const wck_plan_policy policy = {.now = 17000000000000000};

    kit_tree(k);
    for (unsigned i = 0; i < 20; i++)
        kit_finding(k, i % 2 ? 4001 : 3001, i % 3 ? munich : berlin, WCK_OBJECT_UPDATE, 10 + i);
    kit_plan(k);
    for (size_t i = 0; i < 10; i++) {
        wck_finding swap = k->report->findings.items[i];
        k->report->findings.items[i] = k->report->findings.items[19 - i];
        k->report->findings.items[19 - i] = swap;
    }
    wck_report_finish(k->report);
    assert_ok(wck_plan_build(&again, k->report, k->tree, &policy, &err));
    assert_int_equal(again->actions.n, k->plan->actions.n);
    for (size_t i = 0; i < again->actions.n; i++) {
        assert_string_equal(again->actions.items[i].server, k->plan->actions.items[i].server);
        assert_int_equal(again->actions.items[i].n_answers, k->plan->actions.items[i].n_answers);
        for (size_t j = 0; j < again->actions.items[i].n_answers; j++)
            assert_string_equal(again->actions.items[i].answers[j], k->plan->actions.items[i].answers[j]);
    }
    wck_plan_free(again);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_a_synchronization_brings_is_one_synchronize_per_server),
        CASE(a_transient_note_alone_needs_no_action),
        CASE(a_transient_note_is_answered_by_a_synchronization_that_is_planned_anyway),
        CASE(remedy_1_selects_the_product_once_at_the_root_and_synchronizes_down),
        CASE(remedy_1_selects_the_classification_when_that_is_what_is_missing),
        CASE(remedy_1_enables_a_language_from_the_root_down_to_the_parent),
        CASE(two_updates_of_one_language_share_the_action),
        CASE(a_selection_that_could_not_be_read_selects_nothing),
        CASE(remedy_2_cancels_and_declines_on_the_autonomous_server_itself),
        CASE(remedy_2_for_a_replica_moves_up_only_when_the_update_is_there),
        CASE(remedy_2_for_a_replica_declines_at_its_authority_and_names_whom_it_reaches),
        CASE(nothing_is_declined_that_a_sibling_needs),
        CASE(nothing_is_declined_while_the_selection_is_not_known),
        CASE(nothing_is_declined_while_its_need_is_not_known),
        CASE(nothing_is_declined_that_reaches_a_suspect_snapshot),
        CASE(nothing_is_declined_where_a_section_is_not_complete),
        CASE(a_sticky_decline_is_approved_anew_above_and_synchronized_down),
        CASE(an_expired_update_is_declined_at_the_authority_for_good),
        CASE(an_expired_revision_beside_a_good_one_only_loses_its_approvals),
        CASE(a_stale_revision_is_approved_again_at_the_authority),
        CASE(inactive_approvals_are_removed_once_where_they_are_held),
        CASE(inactive_approvals_stay_when_one_of_them_is_waived),
        CASE(counts_alone_are_a_reading_aid),
        CASE(a_license_agreement_is_accepted_at_the_authority),
        CASE(a_replica_gets_the_languages_of_its_parent),
        CASE(a_product_is_selected_only_when_a_needed_update_asks_for_it),
        CASE(a_product_finding_is_answered_by_the_selection_of_a_needed_update),
        CASE(what_only_a_person_can_do_says_why),
        CASE(nothing_is_derived_from_what_was_not_looked_at),
        CASE(nothing_is_derived_about_or_below_a_torn_or_suspect_snapshot),
        CASE(a_replica_at_the_top_of_its_chain_gets_no_approvals_or_declines),
        CASE(a_synchronization_below_a_rebuilt_server_is_of_high_risk),
        CASE(additions_go_down_and_removals_go_up_after_them),
        CASE(a_plan_over_its_limit_is_refused_with_the_number),
        CASE(a_partition_that_cannot_be_read_stops_the_plan),
        CASE(the_numbers_add_up_for_random_reports),
        CASE(the_same_report_gives_the_same_plan_in_any_order_of_findings),
    };

    return cmocka_run_group_tests_name("plan/build", tests, NULL, NULL);
}
