/* SPDX-License-Identifier: MIT
 * test_snapshot_cases.c: which documents are snapshots, with the place in every refusal. */
#include "support/test.h"

#include "cases.h"

#define N(table) (sizeof table / sizeof *table)
#define VERSIONED(v)                                                                                         \
    "{\"format\":\"wsusck-snapshot\",\"format_version\":" v ",\"server\":{\"name\":\"s\"},\"coverage\":{}}"

static void the_head_must_say_what_the_document_is(void **state)
{
    static const json_case cases[] = {
        {WHOLE, HEAD "}", NULL},
        {WHOLE, "{}", "the key \"format\" is missing"},
        {WHOLE, "{\"format\":\"wsusck-snapshot\"}", "the key \"format_version\" is missing"},
        {WHOLE, "{\"format\":\"wsusck-snapshot\",\"format_version\":\"1.0\"}",
         "the key \"server\" is missing"},
        {WHOLE, "{\"format\":\"wsusck-snapshot\",\"format_version\":\"1.0\",\"server\":{\"name\":\"s\"}}",
         "the key \"coverage\" is missing"},
        {WHOLE,
         "{\"coverage\":{},\"server\":{\"name\":\"s\"},\"format_version\":\"1.0\",\"format\":\"wsusck-"
         "snapshot\"}",
         NULL},
        {WHOLE, "{\"format\":\"wsusck-report\"}", "format: must be \"wsusck-snapshot\" or"},
        {WHOLE, "{\"format\":1}", "format: must be a string, is a number"},
        {WHOLE, VERSIONED("\"1.7\""), NULL},
        {WHOLE, VERSIONED("\"1.123456789012345678901\""), NULL},
        {WHOLE, VERSIONED("\"2.0\""), "format_version: version 2.0 is newer than the 1.x"},
        {WHOLE, VERSIONED("\"10.0\""), "format_version: version 10.0 is newer"},
        {WHOLE, VERSIONED("\"0.9\""), "format_version: must be a version as in 1.0, is \"0.9\""},
        {WHOLE, VERSIONED("\"1\""), "format_version: must be a version"},
        {WHOLE, VERSIONED("\"1.\""), "format_version: must be a version"},
        {WHOLE, VERSIONED("\"\""), "format_version: must be a version"},
        {WHOLE, VERSIONED("\"1.0 \""), "format_version: must be a version"},
        {WHOLE, VERSIONED("1.0"), "format_version: must be a string, is a number"},
        {TOP, "\"format\":\"wsusck-snapshot\"", "format: the key stands twice"},
        {TOP, "\"digest\":null", NULL},
        {TOP, "\"digest\":\"short\"", NULL},
        {TOP, "\"digest\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
         "digest: document was changed"},
        {TOP, "\"digest\":\"0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\"",
         "digest: document was changed"},
    };

    (void)state;
    run_cases(cases, N(cases));
}

static void the_server_is_read_strictly(void **state)
{
    static const json_case cases[] = {
        {SERVER,
         "\"parent\":null,\"mode\":\"replica\",\"server_id\":null,\"collected_at\":\"2026-01-01T00:00:00Z\"",
         NULL},
        {SERVER,
         "\"mode\":\"unknown\",\"fqdn\":null,\"version\":null,\"protocol_version\":null,\"source\":null",
         NULL},
        {SERVER, "\"mode\":null", "server.mode: must be replica, autonomous or unknown, is null"},
        {SERVER, "\"mode\":\"Replica\"",
         "server.mode: must be replica, autonomous or unknown, is \"Replica\""},
        {SERVER, "\"collected_at\":null",
         "server.collected_at: must be a time as in 2026-11-25T05:00:00Z, is null"},
        {SERVER, "\"collected_at\":\"2026-13-01T00:00:00Z\"", "server.collected_at: must be a time"},
        {SERVER, "\"collected_at\":\"yesterday\"",
         "server.collected_at: must be a time as in 2026-11-25T05:00:00Z, is "},
        {SERVER, "\"server_time\":\"2026-01-01T00:00:00.1234567Z\"", NULL},
        {SERVER, "\"server_time\":\"2026-01-01T02:00:00+02:00\"", NULL},
        {SERVER, "\"server_time\":null", NULL},
        {SERVER, "\"server_id\":\"x\"", "server.server_id: must be a GUID, is \"x\""},
        {SERVER, "\"server_id\":\"{0123ABCD-4567-89AB-CDEF-0123456789AB}\"", NULL},
        {SERVER, "\"future\":{\"deep\":[1]}", NULL},
        {SERVER, "\"name\":\"again\"", "server.name: the key stands twice"},
        {WHOLE, "{\"server\":{}}", "server: the key \"name\" is missing"},
        {WHOLE, "{\"server\":{\"name\":null}}", "server.name: must be a string, is null"},
        {WHOLE, "{\"server\":[]}", "server: must be an object, is an array"},
        {COVERAGE, "\"updates\":{\"state\":\"complete\"},\"host\":{\"state\":\"unknown\",\"reason\":null}",
         NULL},
        {COVERAGE, "\"updates\":{\"state\":\"partial\",\"reason\":\"cut\",\"more\":1}", NULL},
        {COVERAGE, "\"drivers\":{\"state\":\"complete\"}", NULL},
        {COVERAGE, "\"updates\":{}", "coverage.updates: the key \"state\" is missing"},
        {COVERAGE, "\"updates\":{\"state\":\"all\"}",
         "coverage.updates.state: must be complete, partial or unknown, is "},
        {COVERAGE, "\"updates\":\"complete\"", "coverage.updates: must be an object, is a string"},
        {COVERAGE, "\"updates\":{\"state\":\"complete\",\"reason\":7}",
         "coverage.updates.reason: must be a string"},
    };

    (void)state;
    run_cases(cases, N(cases));
}

static void the_configuration_of_a_server_is_read_strictly(void **state)
{
    static const json_case cases[] = {
        {CONFIG, "\"upstream\":null,\"schedule\":null,\"proxy\":null,\"retries\":null,\"next_sync\":null",
         NULL},
        {CONFIG, "\"upstream\":{},\"schedule\":{},\"proxy\":{}", NULL},
        {CONFIG, "\"upstream\":{\"name\":\"hq\",\"port\":8530,\"ssl\":false,\"replica\":true}", NULL},
        {CONFIG, "\"upstream\":{\"port\":\"8530\"}", "config.upstream.port: must be an integer, is a string"},
        {CONFIG, "\"upstream\":{\"name\":null}", "config.upstream.name: must be a string, is null"},
        {CONFIG, "\"upstream\":[]", "config.upstream: must be an object, is an array"},
        {CONFIG, "\"lazy_sync\":1", "config.lazy_sync: must be true or false, is a number"},
        {CONFIG, "\"lazy_sync\":\"true\"", "config.lazy_sync: must be true or false, is a string"},
        {CONFIG, "\"schedule\":{\"per_day\":1}", NULL},
        {CONFIG, "\"schedule\":{\"per_day\":24}", NULL},
        {CONFIG, "\"schedule\":{\"per_day\":0}", "config.schedule.per_day: must be between 1 and 24, is 0"},
        {CONFIG, "\"schedule\":{\"per_day\":25}", "config.schedule.per_day: must be between 1 and 24, is 25"},
        {CONFIG, "\"proxy\":{\"user\":null,\"basic_in_cleartext\":true}", NULL},
        {CONFIG, "\"selected_products\":null,\"selected_classifications\":[]", NULL},
        {CONFIG, "\"selected_products\":[" ID "," ID2 "]", NULL},
        {CONFIG, "\"selected_products\":[" ID ",null]",
         "config.selected_products[1]: must be a GUID, is null"},
        {CONFIG, "\"retries\":1.5", "config.retries: must be an integer, is a number with a fraction"},
    };

    (void)state;
    run_cases(cases, N(cases));
}

static void numbers_are_read_as_exact_integers(void **state)
{
    static const json_case cases[] = {
        {UPDATE, "\"needed_by\":1.0", NULL},
        {UPDATE, "\"needed_by\":1e2", NULL},
        {UPDATE, "\"needed_by\":1.5e1", NULL},
        {UPDATE, "\"needed_by\":120e-1", NULL},
        {UPDATE, "\"needed_by\":0e400", NULL},
        {UPDATE, "\"needed_by\":-0", NULL},
        {UPDATE, "\"needed_by\":9223372036854775807", NULL},
        {UPDATE, "\"needed_by\":-9223372036854775807", NULL},
        {UPDATE, "\"needed_by\":9223372036854775807.000", NULL},
        {UPDATE, "\"needed_by\":9223372036854775808", "updates[0].needed_by: must be an integer between"},
        {UPDATE, "\"needed_by\":-9223372036854775808", "updates[0].needed_by: must be an integer between"},
        {UPDATE, "\"needed_by\":-9223372036854775809", "updates[0].needed_by: must be an integer between"},
        {UPDATE, "\"needed_by\":1e400", "updates[0].needed_by: must be an integer between"},
        {UPDATE, "\"needed_by\":1e999999999999999999999", "updates[0].needed_by: must be an integer between"},
        {UPDATE, "\"needed_by\":1e-400",
         "updates[0].needed_by: must be an integer, is a number with a fraction"},
        {UPDATE, "\"needed_by\":0.1",
         "updates[0].needed_by: must be an integer, is a number with a fraction"},
        {UPDATE, "\"needed_by\":15e-1",
         "updates[0].needed_by: must be an integer, is a number with a fraction"},
        {UPDATE, "\"needed_by\":01", "updates[0].needed_by: is not a valid number"},
        {UPDATE, "\"needed_by\":NaN", "updates[0].needed_by: unexpected character \"N\""},
        {UPDATE, "\"needed_by\":true", "updates[0].needed_by: must be an integer, is a boolean"},
        {UPDATE, "\"needed_by\":null", NULL},
        {UPDATE, "\"revision\":2", "updates[0].revision: the key stands twice"},
    };

    (void)state;
    run_cases(cases, N(cases));
}

static void updates_are_read_strictly(void **state)
{
    static const json_case cases[] = {
        {TOP, "\"updates\":[]", NULL},
        {TOP, "\"updates\":null", "updates: must be an array, is null"},
        {TOP, "\"updates\":{}", "updates: must be an array, is an object"},
        {TOP, "\"updates\":[1]", "updates[0]: must be an object, is a number"},
        {TOP, "\"updates\":[{\"id\":" ID "}]", "updates[0]: the key \"revision\" is missing"},
        {TOP, "\"updates\":[{\"revision\":1}]", "updates[0]: the key \"id\" is missing"},
        {TOP, "\"updates\":[{\"id\":" ID ",\"revision\":1},{\"id\":7,\"revision\":1}]",
         "updates[1].id: must be a GUID, is a number"},
        {TOP, "\"updates\":[{\"id\":" ID ",\"revision\":null}]",
         "updates[0].revision: must be an integer, is null"},
        {TOP, "\"updates\":[{\"id\":\"0123abcd456789abcdef0123456789ab\",\"revision\":1}]",
         "updates[0].id: must be a GUID"},
        {TOP, "\"updates\":[{\"id\":\"{0123abcd-4567-89ab-cdef-0123456789ab\",\"revision\":1}]",
         "updates[0].id: must be a GUID"},
        {UPDATE, "\"type\":\"driver\",\"state\":\"expired\"", NULL},
        {UPDATE, "\"type\":\"Driver\"",
         "updates[0].type: must be software, driver or unknown, is \"Driver\""},
        {UPDATE, "\"type\":null", "updates[0].type: must be software, driver or unknown, is null"},
        {UPDATE, "\"kb\":[\"5031356\"]", NULL},
        {UPDATE, "\"kb\":[\"KB5031356\"]",
         "updates[0].kb[0]: must be the digits of a KB number, is \"KB5031356\""},
        {UPDATE, "\"kb\":[\"1\",\"\"]", "updates[0].kb[1]: must be the digits of a KB number"},
        {UPDATE, "\"kb\":[5031356]", "updates[0].kb[0]: must be a string, is a number"},
        {UPDATE, "\"kb\":null", "updates[0].kb: must be an array, is null"},
        {UPDATE, "\"bulletins\":[\"MS17-010\",\"\"]", NULL},
        {UPDATE, "\"languages\":null", NULL},
        {UPDATE, "\"languages\":[]", NULL},
        {UPDATE, "\"languages\":[\"de\",\"en\"]", NULL},
        {UPDATE, "\"languages\":[null]", "updates[0].languages[0]: must be a string, is null"},
        {UPDATE, "\"created\":\"0001-01-01T00:00:00Z\",\"arrived\":\"9999-12-31T23:59:59.9999999Z\"", NULL},
        {UPDATE, "\"created\":\"2026-02-30T00:00:00Z\"", "updates[0].created: must be a time"},
        {UPDATE, "\"deployable\":false,\"eula\":null,\"classification\":" ID2, NULL},
        {UPDATE, "\"bundles\":[{\"id\":" ID2 ",\"revision\":3}]", NULL},
        {UPDATE, "\"bundles\":[{\"id\":" ID2 "}]", "updates[0].bundles[0]: the key \"revision\" is missing"},
        {UPDATE, "\"bundles\":[" ID2 "]", "updates[0].bundles[0]: must be an object, is a string"},
        {UPDATE, "\"prerequisites\":[[],[" ID2 "]]", NULL},
        {UPDATE, "\"prerequisites\":[" ID2 "]", "updates[0].prerequisites[0]: must be an array, is a string"},
        {UPDATE, "\"prerequisites\":[[" ID2 ",1]]",
         "updates[0].prerequisites[0][1]: must be a GUID, is a number"},
        {UPDATE, "\"supersedes\":[" ID "," ID "]", NULL},
        {UPDATE,
         "\"files\":[{\"digest\":" SHA1 "},{\"digest\":" SHA1 ",\"name\":\"a.cab\",\"size\":5,\"z\":0}]",
         NULL},
        {UPDATE, "\"files\":[{\"name\":\"a\"}]", "updates[0].files[0]: the key \"digest\" is missing"},
        {UPDATE, "\"files\":[{\"digest\":\"12\"}]", "updates[0].files[0].digest: must be a SHA-1 digest"},
        {UPDATE, "\"files\":[{\"digest\":\"0123456789ABCDEF0123456789ABCDEF0123456G\"}]",
         "updates[0].files[0].digest: must be a SHA-1 digest"},
        {UPDATE, "\"files\":[{\"digest\":\"0123456789ABCDEF0123456789ABCDEF01234567\"}]", NULL},
        {UPDATE, "\"title\":\"\\u0000\"", "updates[0].title: a text must not hold \\u0000"},
        {UPDATE, "\"x\":1,\"y\":2,\"x\":3", "updates[0]: the key \"x\" stands twice"},
        {UPDATE, "\"x\\u001b[2J\":tru", "updates[0].x\\u{1b}[2J: unexpected word"},
    };

    (void)state;
    run_cases(cases, N(cases));
}

static void the_other_sections_are_read_strictly(void **state)
{
    static const json_case cases[] = {
        {APPROVAL, "\"action\":\"install\"", NULL},
        {APPROVAL, "\"action\":\"other:0\"", NULL},
        {APPROVAL,
         "\"action\":\"other:5\",\"deadline\":null,\"assigned\":null,\"priority\":null,\"deployment\":null",
         NULL},
        {APPROVAL, "\"action\":\"other:\"",
         "approvals[0].action: must be install, uninstall, scan, block or other:N, is "},
        {APPROVAL, "\"action\":\"other:-1\"", "approvals[0].action: must be install"},
        {APPROVAL, "\"action\":\"other:99999999999999999999\"", "approvals[0].action: must be install"},
        {APPROVAL, "\"action\":\"Install\"", "approvals[0].action: must be install"},
        {APPROVAL, "\"action\":0",
         "approvals[0].action: must be install, uninstall, scan, block or other:N, is a number"},
        {APPROVAL, "\"priority\":1", "approvals[0]: the key \"action\" is missing"},
        {TOP, "\"languages\":[{\"id\":0,\"code\":\"all\",\"enabled\":true}]", NULL},
        {TOP, "\"languages\":[{\"id\":0,\"code\":\"all\"}]", "languages[0]: the key \"enabled\" is missing"},
        {TOP, "\"languages\":[{\"id\":0,\"code\":\"all\",\"enabled\":null}]",
         "languages[0].enabled: must be true or false, is null"},
        {TOP, "\"languages\":[{\"id\":0,\"code\":\"all\",\"enabled\":true,\"name\":null}]",
         "languages[0].name: must be a string, is null"},
        {TOP,
         "\"categories\":[{\"id\":" ID
         ",\"revision\":1,\"kind\":\"product\",\"title\":null,\"parent\":null}]",
         NULL},
        {TOP, "\"categories\":[{\"id\":" ID ",\"revision\":1,\"kind\":\"thing\"}]",
         "categories[0].kind: must be company"},
        {TOP, "\"declined\":[{\"id\":" ID ",\"revision\":null,\"time\":null,\"admin\":null}]", NULL},
        {TOP, "\"declined\":[{}]", "declined[0]: the key \"id\" is missing"},
        {TOP, "\"groups\":[{\"id\":" ID ",\"name\":\"\"}]", NULL},
        {TOP, "\"groups\":[{\"id\":" ID "}]", "groups[0]: the key \"name\" is missing"},
        {TOP, "\"eulas\":[{\"id\":" ID ",\"update\":null,\"accepted\":null,\"admin\":null}]", NULL},
        {RUN,
         "\"ended\":null,\"trigger\":\"manual\",\"error\":null,\"update_errors\":[{},{\"update\":" ID "}]",
         NULL},
        {RUN, "\"update_errors\":[{\"update\":null}]",
         "sync_history[0].update_errors[0].update: must be a GUID, is null"},
        {RUN, "\"update_errors\":[{\"error\":null}]",
         "sync_history[0].update_errors[0].error: must be a string"},
        {TOP, "\"sync_history\":[{\"started\":\"1753-01-01T00:00:00Z\",\"result\":\"unknown\"}]", NULL},
        {TOP, "\"sync_history\":[{\"started\":null,\"result\":\"unknown\"}]",
         "sync_history[0].started: must be a time"},
        {TOP, "\"files\":[{\"digest\":" SHA1 ",\"state\":\"missing\"}]", NULL},
        {TOP, "\"files\":[{\"digest\":" SHA1 "}]", "files[0]: the key \"state\" is missing"},
        {TOP, "\"host\":{\"services\":[{\"name\":\"bits\"}],\"registry\":{\"q\":18446744073709551615}}",
         NULL},
        {TOP, "\"host\":{}", NULL},
        {TOP, "\"host\":null", "host: must be an object, is null"},
        {TOP, "\"host\":{\"services\":null}", "host.services: must be an array, is null"},
        {TOP, "\"host\":{\"services\":[{\"name\":\"a\"},{\"state\":\"running\"}]}",
         "host.services[1]: the key \"name\" is missing"},
        {TOP, "\"host\":{\"services\":[{\"name\":\"a\",\"state\":\"up\"}]}",
         "host.services[0].state: must be running, stopped, paused, missing or unknown, is \"up\""},
        {TOP, "\"host\":{\"services\":[{\"name\":\"a\",\"start\":3}]}",
         "host.services[0].start: must be automatic, automatic_delayed, manual, disabled or unknown, is a number"},
        {TOP, "\"host\":{\"services\":[{\"name\":\"a\",\"start\":\"automatic_delayed\",\"pid\":[1]}]}", NULL},
        {TOP, "\"host\":{\"content\":[]}", "host.content: must be an object, is an array"},
        {TOP, "\"host\":{\"content\":{\"path\":1}}", "host.content.path: must be a string, is a number"},
        {TOP, "\"host\":{\"content\":{\"acl\":[{\"path\":\"C:\"}]}}",
         "host.content.acl[0]: the key \"sddl\" is missing"},
        {TOP, "\"host\":{\"content\":{\"free_bytes\":null,\"acl\":[]}}", NULL},
        {TOP, "\"host\":{\"content\":{\"free_bytes\":\"1\"}}",
         "host.content.free_bytes: must be an integer, is a string"},
        {TOP, "\"host\":{\"events\":[{\"time\":\"2026-11-25T05:00:00Z\"}]}",
         "host.events[0]: the key \"id\" is missing"},
        {TOP, "\"host\":{\"events\":[{\"time\":\"yesterday\",\"id\":1}]}",
         "host.events[0].time: must be a time"},
        {TOP, "\"host\":{\"events\":[{\"time\":\"2026-11-25T05:00:00Z\",\"id\":1,\"level\":null}]}",
         "host.events[0].level: must be a string, is null"},
        {TOP, "\"host\":{\"os_build\":20348}", "host.os_build: must be a string, is a number"},
        {TOP, "\"host\":{\"time_zone\":null}", "host.time_zone: must be a string, is null"},
        {TOP, "\"host\":{\"proxy\":\"p\"}", "host.proxy: must be an object"},
        {TOP, "\"host\":{\"registry\":null}", "host.registry: must be an object"},
        {TOP, "\"host\":{\"iis\":1}", "host.iis: must be an object"},
        {TOP, "\"host\":{\"bits_jobs\":{}}", "host.bits_jobs: must be an array"},
        {TOP,
         "\"host\":{\"proxy\":{\"port\":\"80\",\"host\":[]},\"registry\":{\"a\":{}},\"iis\":{\"bindings\":7},"
         "\"bits_jobs\":[1,{\"error\":{}}],\"wsus_pool\":3,\"disks\":\"x\",\"tls\":[],\"unread\":null}",
         NULL},
        {TOP, "\"host\":{\"a\":1,\"a\":1}", "host: the key \"a\" stands twice"},
        {TOP, "\"host\":{\"a\":[0,1e400]}", "host.a[1]: is a number out of range"},
        {TOP, "\"updates\":[],\"updates\":[]", "updates: the key stands twice"},
    };

    (void)state;
    run_cases(cases, N(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_must_say_what_the_document_is),
        cmocka_unit_test(the_server_is_read_strictly),
        cmocka_unit_test(the_configuration_of_a_server_is_read_strictly),
        cmocka_unit_test(numbers_are_read_as_exact_integers),
        cmocka_unit_test(updates_are_read_strictly),
        cmocka_unit_test(the_other_sections_are_read_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
