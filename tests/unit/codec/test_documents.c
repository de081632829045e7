/* SPDX-License-Identifier: MIT
 * test_documents.c: reports, plans and the configuration. */
#include "support/test.h"

#include "samples.h"

#include <stdlib.h>

#define N(table) (sizeof table / sizeof *table)

static wck_error err;

static void a_report_reads_back_to_the_byte(void **state)
{
    wck_report *report = sample_report(), *back = NULL;
    wck_buf once, twice;

    (void)state;
    wck_buf_init(&once, 1 << 20);
    wck_buf_init(&twice, 1 << 20);
    assert_ok(wck_codec_put_report(&once, report, 1, &err));
    assert_ok(wck_codec_parse_report(&back, once.data, once.len, &err));
    assert_int_equal(back->findings.n, report->findings.n);
    assert_int_equal(back->errors, report->errors);
    assert_int_equal(back->servers.items[1].waived, 3);
    assert_memory_equal(back->findings.items[3].fingerprint, report->findings.items[3].fingerprint, 33);
    assert_ok(wck_codec_put_report(&twice, back, 1, &err));
    assert_string_equal(once.data, twice.data);
    wck_report_free(report);
    wck_report_free(back);
    wck_buf_clear(&once);
    wck_buf_clear(&twice);
}

static void a_report_holds_only_what_applies_in_its_objects(void **state)
{
    wck_report *report = sample_report();
    wck_buf out;

    (void)state;
    wck_buf_init(&out, 1 << 20);
    assert_ok(wck_codec_put_report(&out, report, 3, &err));
    assert_contains(out.data, "\"object\":{\"kind\":\"server\"}");
    assert_contains(
        out.data,
        "\"summary\":{\"by_severity\":{\"error\":3,\"warning\":0,\"note\":1},\"by_rule\":{\"WCK0001\":1,"
        "\"WCK1001\":1,");
    assert_contains(
        out.data,
        "\"by_server\":{\"hq\":1,\"hq/berlin\":9},\"findings\":10,\"unknown\":3,\"waived\":3,\"exit\":3}");
    wck_report_free(report);
    wck_buf_clear(&out);
}

static void evidence_of_one_name_is_written_once(void **state)
{
    wck_report *report = sample_report(), *back = NULL;
    wck_finding *f = &report->findings.items[1];
    wck_buf out;

    (void)state;
    f->evidence[1].name = f->evidence[0].name;
    wck_buf_init(&out, 1 << 20);
    assert_ok(wck_codec_put_report(&out, report, 1, &err));
    assert_ok(wck_codec_parse_report(&back, out.data, out.len, &err));
    assert_int_equal(back->findings.items[1].n_evidence, 1);
    wck_report_free(report);
    wck_report_free(back);
    wck_buf_clear(&out);
}

static void a_plan_reads_back_to_the_byte(void **state)
{
    wck_plan *plan = sample_plan(), *back = NULL;
    wck_buf once, twice;

    (void)state;
    wck_buf_init(&once, 1 << 20);
    wck_buf_init(&twice, 1 << 20);
    assert_ok(wck_codec_put_plan(&once, plan, &err));
    assert_ok(wck_codec_parse_plan(&back, once.data, once.len, &err));
    assert_int_equal(back->actions.n, WCK_DO_COUNT - 1);
    assert_int_equal(back->actions.items[10].action, WCK_ACTION_BLOCK);
    assert_true(back->actions.items[10].deadline == WCK_TICKS_PER_SECOND * 1700000000);
    assert_int_equal(back->actions.items[0].n_prior, 2);
    assert_true(back->actions.items[0].prior[1].revision == WCK_INT_NONE);
    assert_string_equal(back->actions.items[0].reaches[0], "hq/berlin");
    assert_int_equal(back->limits.max_actions, 500);
    assert_string_equal(back->limits.checks[WCK_LIMIT_DECLINE_SHARE].reason, "a lab");
    assert_int_equal(wck_plan_limits_exceeded(back), 1);
    assert_ok(wck_codec_put_plan(&twice, back, &err));
    assert_string_equal(once.data, twice.data);
    wck_plan_free(plan);
    wck_plan_free(back);
    wck_buf_clear(&once);
    wck_buf_clear(&twice);
}

static void a_plan_with_a_flipped_bit_is_refused(void **state)
{
    wck_plan *plan = sample_plan(), *back = NULL;
    wck_buf out;

    (void)state;
    wck_buf_init(&out, 1 << 20);
    assert_ok(wck_codec_put_plan(&out, plan, &err));
    for (size_t i = 0; i < out.len; i += 5) {
        char was = out.data[i];
        out.data[i] = (char)(was ^ (1 << i % 7));
        assert_fails(WCK_E_INPUT, wck_codec_parse_plan(&back, out.data, out.len, &err));
        out.data[i] = was;
    }
    wck_plan_free(plan);
    wck_buf_clear(&out);
}

static void a_plan_with_other_line_ends_is_the_same_plan(void **state)
{
    wck_plan *plan = sample_plan(), *back = NULL;
    wck_buf out, other;

    (void)state;
    wck_buf_init(&out, 1 << 20);
    wck_buf_init(&other, 1 << 20);
    assert_ok(wck_codec_put_plan(&out, plan, &err));
    wck_buf_puts(&other, "\xEF\xBB\xBF");
    for (size_t i = 0; i < out.len; i++)
        wck_buf_put(&other, out.data[i] == '\n' ? "\r\n" : &out.data[i], out.data[i] == '\n' ? 2 : 1);
    assert_ok(wck_codec_parse_plan(&back, other.data, other.len, &err));
    wck_plan_free(back);
    wck_plan_free(plan);
    wck_buf_clear(&out);
    wck_buf_clear(&other);
}

static void other_documents_are_no_plans_and_no_reports(void **state)
{
    static const struct {
        const char *text, *plan, *report;
    } cases[] = {
        {"", "the document is empty", "the document is empty"},
        {"[]", "must be an object, is an array (line 1)", "must be an object, is an array (line 1)"},
        {"{}", "the key \"format\" is missing", "the key \"format\" is missing"},
        {"{\"format\":\"x\"}", "format: must be \"wsusck-plan\", is \"x\"",
         "format: must be \"wsusck-report\", is \"x\""},
        {"{\"format\":\"x\",\"format\":\"x\"}", "the key \"format\" stands twice",
         "the key \"format\" stands twice"},
        {"{\"format\":\"wsusck-plan\",\"format_version\":\"2.0\"}", "format_version: version 2.0 is newer",
         "format: must be"},
        {"{\"format\":\"wsusck-plan\",\"format_version\":\"1.0\"}", "the key \"digest\" is missing",
         "format: must be"},
        {"{\"format\":\"wsusck-plan\",\"format_version\":\"1.0\",\"digest\":\"\"}",
         "digest: document was changed", "format: must be"},
        {"{\"format\":\"wsusck-report\",\"format_version\":\"1.0\",\"servers\":[{}],\"findings\":[]}",
         "format: must be", "servers[0]: the key \"name\" is missing"},
        {"{\"format\":\"wsusck-report\",\"format_version\":\"1.0\",\"servers\":[],\"findings\":[{"
         "\"fingerprint\":\"x\"}]}",
         "format: must be", "findings[0]: the key \"rule\" is missing"},
        {"{\"format\":\"wsusck-report\",\"format_version\":\"1.0\",\"servers\":[],\"findings\":[{"
         "\"fingerprint\":\"x\","
         "\"rule\":\"WCK40010\"}]}",
         "format: must be", "findings[0].rule: must be a rule as in WCK4001, is \"WCK40010\""},
        {"{\"format\":\"wsusck-report\",\"format_version\":\"1.0\",\"servers\":[],\"findings\":7}",
         "format: must be", "findings: must be an array, is a number"},
        {"{\"format\":1e400}", "format: is a number out of range", "format: is a number out of range"},
        {"{\"a\":9223372036854775808}", "a: is a number out of range", "a: is a number out of range"},
    };

    (void)state;
    for (size_t i = 0; i < N(cases); i++) {
        wck_plan *plan = NULL;
        wck_report *report = NULL;
        assert_fails(WCK_E_INPUT, wck_codec_parse_plan(&plan, cases[i].text, strlen(cases[i].text), &err));
        assert_ptr_equal(strstr(err.text, cases[i].plan), err.text);
        assert_fails(WCK_E_INPUT,
                     wck_codec_parse_report(&report, cases[i].text, strlen(cases[i].text), &err));
        assert_ptr_equal(strstr(err.text, cases[i].report), err.text);
        assert_fails(WCK_E_INPUT,
                     wck_codec_parse_report(&report, cases[i].text, strlen(cases[i].text), NULL));
        assert_null(plan);
        assert_null(report);
    }
}

static void depth_is_capped(void **state)
{
    static const char text[] = "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}";
    wck_plan *plan = NULL;

    (void)state;
    assert_fails(WCK_E_LIMIT, wck_codec_parse_plan(&plan, text, strlen(text), &err));
    assert_contains(err.text, "nested deeper than 32 levels");
}

static void the_configuration_arrives(void **state)
{
    wck_config_file *config = NULL;
    const wck_server_config *hq;
    const wck_waiver *waiver;

    (void)state;
    assert_ok(wck_codec_parse_config(&config, sample_config, strlen(sample_config), &err));
    assert_string_equal(config->store, "postgresql://wsus@db/wsusck");
    assert_string_equal(config->account_name, "CORP");
    assert_int_equal(config->servers.n, 2);
    hq = &config->servers.items[0];
    assert_int_equal(hq->api, WCK_API_ADMIN);
    assert_string_equal(hq->auth_kind, "ntlm");
    assert_string_equal(hq->auth_user, "DOM\\me");
    assert_string_equal(hq->auth_password_env, "X");
    assert_null(hq->auth_password_file);
    assert_string_equal(hq->proxy_url, "http://proxy.example:8080");
    assert_string_equal(hq->proxy_password_file, "pw");
    assert_string_equal(hq->ca_file, "ca.pem");
    assert_string_equal(hq->crl_file, "crl.pem");
    assert_null(hq->parent);
    assert_int_equal(hq->mode, WCK_MODE_UNKNOWN);
    assert_string_equal(config->servers.items[1].source, "file:exports/munich.json");
    assert_int_equal(config->servers.items[1].mode, WCK_MODE_REPLICA);
    assert_int_equal(config->waivers.n, 2);
    waiver = &config->waivers.items[0];
    assert_int_equal(waiver->rule, 4001);
    assert_string_equal(waiver->owner, "me");
    assert_true(waiver->expires == INT64_C(1798761600) * WCK_TICKS_PER_SECOND);
    assert_true(config->waivers.items[1].expires == WCK_TIME_NONE);
    wck_config_file_free(config);
    assert_ok(wck_codec_parse_config(&config, "{}", 2, &err));
    assert_null(config->store);
    wck_config_file_free(config);
    wck_config_file_free(NULL);
}

#define ONE(members) "{\"servers\":[{\"name\":\"a\",\"source\":\"file:x\"" members "}]}"

static void mistakes_in_the_configuration_are_named(void **state)
{
    static const char *const cases[][2] = {
        {"{\"stor\":\"x\"}", "stor: is not a key that may stand here"},
        {"{\"store\":7}", "store: must be a string, is a number"},
        {"{\"store\":\"postgresql://u:p@db/x\"}", "store: a password must not stand in the configuration"},
        {"{\"store\":\"postgresql://db/x?password=p\"}", "store: a password must not stand"},
        {"{\"servers\":{}}", "servers: must be an array, is an object"},
        {"{\"servers\":[7]}", "servers[0]: must be an object, is a number"},
        {"{\"servers\":[{\"source\":\"file:x\"}]}", "servers[0]: the key \"name\" is missing"},
        {"{\"servers\":[{\"name\":\"a\"}]}", "servers[0]: the key \"source\" is missing"},
        {"{\"servers\":[{\"name\":\"\",\"source\":\"file:x\"}]}",
         "servers[0].name: must have 1 to 1024 bytes"},
        {"{\"servers\":[{\"name\":\"a/b\",\"source\":\"file:x\"}]}",
         "servers[0].name: must not hold a \"/\""},
        {"{\"servers\":[{\"name\":\"a\",\"source\":\"\"}]}", "servers[0].source: must not be empty"},
        {"{\"servers\":[{\"name\":\"a\",\"source\":\"file:x\"},{\"name\":\"a\",\"source\":\"file:y\"}]}",
         "servers[1].name: another server has this name already"},
        {"{\"servers\":[{\"name\":\"a\",\"source\":\"https://u:p@h:8531\"}]}",
         "servers[0].source: a password must not"},
        {"{\"servers\":[{\"name\":\"a\",\"source\":\"odbc:DSN=X;UID=u;PWD=p\"}]}",
         "servers[0].source: a password must not"},
        {"{\"servers\":[{\"name\":\"a\",\"source\":\"odbc:DSN=X; Password = p\"}]}",
         "servers[0].source: a password must"},
        {ONE(",\"mode\":\"slave\""), "servers[0].mode: must be replica, autonomous or unknown"},
        {ONE(",\"api\":\"soap\""), "servers[0].api: must be auto, sync or admin"},
        {ONE(",\"colour\":1"), "servers[0].colour: is not a key that may stand here"},
        {ONE(",\"password\":\"x\""), "servers[0].password: a password must not stand in the configuration"},
        {ONE(",\"auth\":{}"), "servers[0].auth: the key \"kind\" is missing"},
        {ONE(",\"auth\":{\"kind\":\"magic\"}"),
         "servers[0].auth.kind: must be none, negotiate, ntlm or basic"},
        {ONE(",\"auth\":{\"kind\":\"basic\",\"password\":\"x\"}"),
         "servers[0].auth.password: a password must not stand"},
        {ONE(",\"auth\":{\"kind\":\"basic\",\"pass\":\"x\"}"), "servers[0].auth.pass: is not a key"},
        {ONE(",\"auth\":{\"kind\":\"basic\",\"password_env\":\"x\",\"password_file\":\"y\"}"),
         "servers[0].auth: must not name both"},
        {ONE(",\"proxy\":{}"), "servers[0].proxy: the key \"url\" is missing"},
        {ONE(",\"proxy\":{\"url\":\"http://p\",\"password\":\"x\"}"),
         "servers[0].proxy.password: a password must not"},
        {ONE(",\"proxy\":{\"url\":\"http://u:x@p\"}"), "servers[0].proxy.url: a password must not"},
        {ONE(",\"name\":\"b\""), "servers[0]: the key \"name\" stands twice (line 1)"},
        {"{\"waivers\":[{\"rule\":\"WCK4001\"}]}", "waivers[0]: the key \"reason\" is missing"},
        {"{\"waivers\":[{\"rule\":\"WCK4001\",\"reason\":\" \"}]}", "waivers[0].reason: must say why"},
        {"{\"waivers\":[{\"rule\":4001,\"reason\":\"x\"}]}",
         "waivers[0].rule: must be a rule as in WCK4001, is a number"},
        {"{\"waivers\":[{\"rule\":\"4001\",\"reason\":\"x\"}]}",
         "waivers[0].rule: must be a rule as in WCK4001, is \"4001\""},
        {"{\"waivers\":[{\"rule\":\"WCK4001\",\"reason\":\"x\",\"expires\":\"soon\"}]}",
         "waivers[0].expires: must be a day"},
        {"{\"waivers\":[{\"rule\":\"WCK4001\",\"reason\":\"x\",\"until\":\"2027-01-01\"}]}",
         "waivers[0].until: is not a key"},
        {"{\"identity\":{\"name\":\"x\"}}", "identity.name: is not a key that may stand here"},
        {"{\"store\":\"x\"}}", "unexpected character \"}\", the end of the document"},
        {"not json", "must be an object, is null"},
    };

    (void)state;
    for (size_t i = 0; i < N(cases); i++) {
        wck_config_file *config = NULL;
        if (wck_codec_parse_config(&config, cases[i][0], strlen(cases[i][0]), &err) != WCK_E_INPUT)
            fail_msg("%s must be refused", cases[i][0]);
        if (strstr(err.text, cases[i][1]) != err.text)
            fail_msg("%s is refused with \"%s\"", cases[i][0], err.text);
        if (strstr(cases[i][1], "a password must") != NULL)
            assert_contains(err.hint, "password_env");
        assert_null(config);
    }
}

static void mutated_documents_never_crash(void **state)
{
    wck_report *report = sample_report();
    uint64_t seed = 11;
    wck_buf out;

    (void)state;
    wck_buf_init(&out, 1 << 20);
    assert_ok(wck_codec_put_report(&out, report, 1, &err));
    for (int i = 0; i < 500; i++) {
        const char *text = i % 2 ? out.data : sample_config;
        size_t len = strlen(text);
        char *copy = malloc(len);
        wck_report *back = NULL;
        wck_config_file *config = NULL;
        assert_non_null(copy);
        memcpy(copy, text, len);
        for (int k = 0; k < 2; k++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            copy[(seed >> 33) % len] = "{}[]\",:\\-0en\xFF"[(seed >> 20) % 13];
        }
        assert_true((wck_codec_parse_report(&back, copy, len, &err) == WCK_OK) == (back != NULL));
        assert_true((wck_codec_parse_config(&config, copy, len, &err) == WCK_OK) == (config != NULL));
        wck_report_free(back);
        wck_config_file_free(config);
        free(copy);
    }
    wck_report_free(report);
    wck_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_reads_back_to_the_byte),
        cmocka_unit_test(a_report_holds_only_what_applies_in_its_objects),
        cmocka_unit_test(evidence_of_one_name_is_written_once),
        cmocka_unit_test(a_plan_reads_back_to_the_byte),
        cmocka_unit_test(a_plan_with_a_flipped_bit_is_refused),
        cmocka_unit_test(a_plan_with_other_line_ends_is_the_same_plan),
        cmocka_unit_test(other_documents_are_no_plans_and_no_reports),
        cmocka_unit_test(depth_is_capped),
        cmocka_unit_test(the_configuration_arrives),
        cmocka_unit_test(mistakes_in_the_configuration_are_named),
        cmocka_unit_test(mutated_documents_never_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
