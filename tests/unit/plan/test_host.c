/* SPDX-License-Identifier: MIT
 * test_host.c: findings about the machine and its surroundings. */
#include "support/test.h"

#include "support.h"

enum { HQ, BERLIN };
static const char berlin[] = "hq/berlin";

static int set_up(void **state)
{
    kit *k = kit_new();
    wck_config *config;

    kit_server(k, "hq", NULL, WCK_MODE_AUTONOMOUS);
    kit_server(k, "berlin", "hq", WCK_MODE_REPLICA);
    config = &k->snapshots[BERLIN]->config;
    config->has_upstream = true;
    config->upstream.name = "HQ";
    config->upstream.port = 8530;
    config->upstream.ssl = 0;
    k->snapshots[HQ]->server.fqdn = "wsus-hq.example";
    k->snapshots[HQ]->server.source = "https://wsus-hq.example:8531";
    *state = k;
    return 0;
}

static int tear_down(void **state)
{
    kit_free(*state);
    return 0;
}

static void the_upstream_server_is_called_as_it_calls_itself(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    kit_tree(k);
    kit_finding(k, 7002, berlin, WCK_OBJECT_SERVER, 0);
    kit_plan(k);
    a = kit_action(k, WCK_DO_SET_UPSTREAM, berlin);
    assert_non_null(a);
    assert_string_equal(a->target.host, "wsus-hq.example");
    assert_string_equal(a->target.was_host, "HQ");
    assert_int_equal(a->target.port, 8530);
    assert_true(kit_action(k, WCK_DO_SYNCHRONIZE, berlin)->order > a->order);
}

static void a_name_and_a_port_are_one_change(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    kit_tree(k);
    kit_finding(k, 7002, berlin, WCK_OBJECT_SERVER, 0);
    kit_finding(k, 7003, berlin, WCK_OBJECT_SERVER, 0);
    kit_plan(k);
    a = kit_action(k, WCK_DO_SET_UPSTREAM, berlin);
    assert_int_equal(kit_actions(k, WCK_DO_SET_UPSTREAM), 1);
    assert_string_equal(a->target.host, "wsus-hq.example");
    assert_int_equal(a->target.port, 8531);
    assert_int_equal(a->target.ssl, 1);
    assert_int_equal(a->target.was_port, 8530);
    assert_int_equal(a->n_answers, 2);
}

static void a_port_that_nobody_saw_is_not_guessed(void **state)
{
    static const char *const sources[] = {NULL, "file:hq.json", "http://wsus-hq.example", "http://wsus-hq.example:0",
                                          "http://wsus-hq.example:8530", "http://wsus-hq.example:99999"};

    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        void *fresh;
        kit *k;
        assert_int_equal(set_up(&fresh), 0);
        k = fresh;
        k->snapshots[HQ]->server.source = sources[i];
        kit_tree(k);
        kit_finding(k, 7003, berlin, WCK_OBJECT_SERVER, 0);
        kit_plan(k);
        assert_int_equal(k->plan->actions.n, 0);
        assert_non_null(kit_manual(k, 7003));
        kit_free(k);
    }
}

static void a_name_that_is_right_already_is_left_alone(void **state)
{
    kit *k = *state;

    k->snapshots[BERLIN]->config.upstream.name = "WSUS-HQ.example";
    kit_tree(k);
    kit_finding(k, 7001, berlin, WCK_OBJECT_SERVER, 0);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 7001)->why, "name resolution");
}

static void an_upstream_setting_that_was_not_read_is_not_changed(void **state)
{
    kit *k = *state;

    k->snapshots[BERLIN]->coverage[WCK_SECTION_CONFIG].state = WCK_COVERAGE_PARTIAL;
    kit_tree(k);
    kit_finding(k, 7002, berlin, WCK_OBJECT_SERVER, 0);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
}

static void a_proxy_keeps_its_password_and_loses_cleartext(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    kit_tree(k);
    kit_finding(k, 7005, berlin, WCK_OBJECT_SERVER, 0);
    kit_finding(k, 7006, berlin, WCK_OBJECT_SERVER, 0);
    kit_plan(k);
    a = kit_action(k, WCK_DO_SET_PROXY, berlin);
    assert_int_equal(a->target.cleartext, 0);
    assert_null(a->target.host);
    assert_contains(kit_manual(k, 7005)->why, "no plan and no script ever holds one");
}

static void bits_is_started_and_then_the_wsus_service(void **state)
{
    kit *k = *state;
    const wck_plan_action *a;

    kit_tree(k);
    kit_finding(k, 7011, berlin, WCK_OBJECT_SERVER, 0);
    kit_finding(k, 7012, berlin, WCK_OBJECT_SERVER, 0);
    kit_plan(k);
    assert_int_equal(kit_actions(k, WCK_DO_RESTART_SERVICE), 2);
    a = kit_action(k, WCK_DO_RESTART_SERVICE, berlin);
    assert_string_equal(a->target.service, "BITS");
    assert_int_equal(a->target.start, WCK_START_MANUAL);
    assert_false(a->target.restart);
    a++;
    assert_string_equal(a->target.service, "WsusService");
    assert_int_equal(a->target.start, WCK_START_AUTOMATIC);
    assert_true(a->target.restart);
    assert_int_equal(a->n_answers, 2);
    assert_contains(a->who, "local administrator");
}

static wck_host host;
static wck_evidence folders[2];

static void find_folders(kit *k, const char *first, const char *second)
{
    wck_finding *f;

    wck_host_init(&host);
    host.content_path = "D:\\WSUS\\WsusContent";
    k->snapshots[HQ]->host = &host;
    kit_tree(k);
    f = kit_finding(k, 7010, "hq", WCK_OBJECT_SERVER, 0);
    folders[0] = (wck_evidence){"folder", first};
    folders[1] = (wck_evidence){"folder_2", second};
    f->evidence = folders;
    f->n_evidence = second != NULL ? 2 : 1;
    kit_plan(k);
}

static void the_content_folder_gets_its_permissions(void **state)
{
    kit *k = *state;

    find_folders(k, "\"D:\\WSUS\\WsusContent\": Users lack Read", NULL);
    assert_string_equal(kit_action(k, WCK_DO_SET_PERMISSIONS, "hq")->target.path, "D:\\WSUS\\WsusContent");
    assert_true(kit_action(k, WCK_DO_SET_PERMISSIONS, "hq")->reversible);
}

static void another_folder_is_left_to_a_person(void **state)
{
    kit *k = *state;

    find_folders(k, "\"D:\\WSUS\\WsusContent\": Users lack Read", "\"D:\\\": Users lack Read");
    assert_int_equal(k->plan->actions.n, 0);
}

static void a_reset_comes_last_and_never_first(void **state)
{
    kit *k = *state;
    const wck_plan_action *reset;

    kit_tree(k);
    kit_finding(k, 5001, berlin, WCK_OBJECT_UPDATE, 10);
    kit_finding(k, 5001, berlin, WCK_OBJECT_UPDATE, 11);
    kit_plan(k);
    reset = kit_action(k, WCK_DO_RESET_CONTENT, berlin);
    assert_non_null(reset);
    assert_int_equal(reset->n_answers, 2);
    assert_int_equal(reset->risk, WCK_RISK_HIGH);
    assert_false(reset->reversible);
    assert_true(kit_action(k, WCK_DO_VERIFY, berlin)->order < reset->order);
}

static void missing_files_with_a_cause_are_not_reset(void **state)
{
    static const int causes[] = {7010, 7011, 7012, 7014, 6001, 2008};

    (void)state;
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        void *fresh;
        kit *k;
        assert_int_equal(set_up(&fresh), 0);
        k = fresh;
        kit_tree(k);
        kit_finding(k, 5001, berlin, WCK_OBJECT_UPDATE, 10);
        kit_finding(k, causes[i], berlin, WCK_OBJECT_SERVER, 0);
        kit_plan(k);
        assert_int_equal(kit_actions(k, WCK_DO_RESET_CONTENT), 0);
        assert_contains(kit_manual(k, 5001)->why, "explains it");
        kit_free(k);
    }
}

static void without_a_look_at_the_machine_there_is_no_reset(void **state)
{
    kit *k = *state;

    k->snapshots[BERLIN]->coverage[WCK_SECTION_HOST].state = WCK_COVERAGE_ABSENT;
    kit_tree(k);
    kit_finding(k, 5001, berlin, WCK_OBJECT_UPDATE, 10);
    kit_plan(k);
    assert_int_equal(k->plan->actions.n, 0);
    assert_contains(kit_manual(k, 5001)->why, "HostFacts");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_upstream_server_is_called_as_it_calls_itself),
        CASE(a_name_and_a_port_are_one_change),
        CASE(a_port_that_nobody_saw_is_not_guessed),
        CASE(a_name_that_is_right_already_is_left_alone),
        CASE(an_upstream_setting_that_was_not_read_is_not_changed),
        CASE(a_proxy_keeps_its_password_and_loses_cleartext),
        CASE(bits_is_started_and_then_the_wsus_service),
        CASE(the_content_folder_gets_its_permissions),
        CASE(another_folder_is_left_to_a_person),
        CASE(a_reset_comes_last_and_never_first),
        CASE(missing_files_with_a_cause_are_not_reset),
        CASE(without_a_look_at_the_machine_there_is_no_reset),
    };

    return cmocka_run_group_tests_name("plan/host", tests, NULL, NULL);
}
