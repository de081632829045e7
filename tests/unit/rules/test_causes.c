/* SPDX-License-Identifier: MIT
 * From words to causes: which row speaks, and that no words of any kind make a wrong one speak. */
#include "support/test.h"

#include "base/limits.h"
#include "rules/causes.h"
#include "rules/rule.h"

#include <stdlib.h>
#include <string.h>

static wck_config with_proxy(const char *host)
{
    wck_config config;

    memset(&config, 0, sizeof config);
    config.has_proxy = true;
    config.proxy.host = host;
    return config;
}

static int rule_of(const char *error, const char *text, bool root)
{
    const wck_cause_of of = {.root = root};
    const wck_cause *cause = wck_cause_find(error, text, &of);

    return cause != NULL ? cause->rule : -1;
}

static void every_row_is_whole(void **state)
{
    size_t n;
    const wck_cause *causes = wck_causes(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(causes[i].cause == NULL, causes[i].remedy == NULL);
        assert_non_null(causes[i].source);
        assert_true(causes[i].kind == WCK_CAUSE_HTTP ? causes[i].number >= 400 : *causes[i].key != '\0');
        if (causes[i].rule != 0) {
            assert_non_null(wck_rule_find(causes[i].rule));
            assert_non_null(causes[i].cause);
        }
        if (causes[i].remedy != NULL)
            assert_int_equal(causes[i].remedy[strlen(causes[i].remedy) - 1], '.');
    }
}

static void all_eighteen_names_are_there_by_number(void **state)
{
    static const char *const names[] = {
        "NotApplicable", "Unknown", "LocalDBConnectFail", "LocalDBTooBusy", "LocalDBOtherError", "ProxyError",
        "UssNotFound", "UssBusy", "UssInternalError", "DssAuthenticationError", "UssCommunicationError",
        "UssOtherError", "UserCanceled", "ImportUpdateError", "ApprovalError", "LocalUpdateMissingForApproval",
        "IncompatibleProtocolVersion", "IncompatibleProtocolVersionOnUss"};
    const wck_cause_of of = {.root = false};

    (void)state;
    for (int i = 0; i < 18; i++) {
        const char number[] = {(char)(i < 10 ? '0' + i : '1'), (char)(i < 10 ? '\0' : '0' + i - 10), '\0'};
        assert_string_equal(wck_sync_error_name(number), names[i]);
        assert_non_null(wck_cause_find(names[i], NULL, &of));
        assert_ptr_equal(wck_cause_find(number, NULL, &of), wck_cause_find(names[i], NULL, &of));
    }
    assert_string_equal(wck_sync_error_name("18"), "18");
    assert_null(wck_cause_find("18", NULL, &of));
    assert_null(wck_sync_error_name(NULL));
}

static void every_known_text_has_its_rule(void **state)
{
    static const struct {
        const char *text;
        int child, root;
    } cases[] = {
        {"The remote name could not be resolved: 'wsus'", 7001, 7004},
        {"WinHttpSendRequest failed 0x80072EE7", 7001, 7004},
        {"The request failed with HTTP status 407: Proxy Authentication Required", 7005, 7005},
        {"The remote server returned an error: (407) Proxy Authentication Required.", 7005, 7005},
        {"La demande a échoué avec l'état HTTP 407", 7005, 7005},
        {"The request failed with HTTP status 401: Unauthorized.", 7008, 7008},
        {"The request failed with HTTP status 403: Forbidden.", 7008, 7008},
        {"The request failed with HTTP status 404: Not Found.", 7008, 7008},
        {"The request failed with HTTP status 500: Internal Server Error", 7008, 7008},
        {"The request failed with HTTP status 502: Bad Gateway", 0, 0},
        {"Service Unavailable", 7008, 7008},
        {"the target machine actively refused it 10.0.0.1:8530", 7003, 7004},
        {"the connected party did not properly respond after a period of time", 0, 7004},
        {"error 0x80072EFE", 0, 7004},
        {"The client and server cannot communicate, because they do not possess a common algorithm", 7009, 7009},
        {"Authentication failed because the remote party has closed the transport stream.", 7009, 7009},
        {"Could not establish trust relationship for the SSL/TLS secure channel", 7009, 7009},
        {"hr=800B0109", 7009, 7009},
        {"SoapException: Fault occurred ErrorCode=InvalidCookie", 0, 0},
        {"ErrorCode: ServerChanged", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(rule_of("Unknown", cases[i].text, false), cases[i].child);
        assert_int_equal(rule_of("Unknown", cases[i].text, true), cases[i].root);
    }
}

static void the_dead_endpoint_speaks_before_its_fault(void **state)
{
    const wck_cause_of of = {.root = true};
    const wck_cause *cause = wck_cause_find(
        "UssInternalError",
        "SoapException: Fault occurred Actor: https://fe2.update.microsoft.com/v6/ErrorCode=InternalServerError", &of);

    (void)state;
    assert_non_null(cause);
    assert_contains(cause->remedy, "sws.update.microsoft.com");
    assert_int_equal(cause->heals, WCK_HEALS_NO);
}

static void a_number_is_a_status_only_where_it_is_said_so(void **state)
{
    (void)state;
    assert_int_equal(rule_of(NULL, "error 15407 at page 407 of 503", false), -1);
    assert_int_equal(rule_of(NULL, "HTTP port 4070", false), -1);
    assert_int_equal(rule_of(NULL, "xHTTP status 407", false), 7005);
    assert_int_equal(rule_of(NULL, "40", false), -1);
    assert_int_equal(rule_of(NULL, "(404)", false), 7008);
    assert_int_equal(rule_of(NULL, "(404", false), -1);
}

static void a_code_is_matched_as_a_word(void **state)
{
    (void)state;
    assert_int_equal(rule_of(NULL, "MyInvalidCookies", false), -1);
    assert_int_equal(rule_of(NULL, "InvalidCookie", false), 0);
    assert_int_equal(rule_of(NULL, "IncompatibleProtocolVersionOnUss", false), 0);
}

static void text_says_more_than_the_name_and_the_name_decides_without_one(void **state)
{
    (void)state;
    assert_int_equal(rule_of("UssCommunicationError", "(407)", false), 7005);
    assert_int_equal(rule_of("UssNotFound", "nichts gefunden", false), 7001);
    assert_int_equal(rule_of("ProxyError", "The request failed with HTTP status 403: Forbidden", false), 7005);
    assert_int_equal(rule_of("NoSuchName", "nobody knows", false), -1);
    assert_int_equal(rule_of(NULL, NULL, false), -1);
}

static void a_proxy_that_is_named_is_the_proxy(void **state)
{
    const wck_config config = with_proxy("proxy.example");
    const wck_cause_of of = {.root = false, .config = &config};

    (void)state;
    assert_int_equal(wck_cause_find(NULL, "could not be resolved: 'proxy.example'", &of)->rule, 7007);
    assert_int_equal(wck_cause_find(NULL, "could not be resolved: 'myproxy.example'", &of)->rule, 7001);
    assert_int_equal(wck_cause_find(NULL, "could not be resolved: 'wsus'", &of)->rule, 7001);
}

static void ten_megabytes_of_reason_are_read_in_part(void **state)
{
    const size_t size = 10U << 20;
    char *text = malloc(size + 1);

    (void)state;
    assert_non_null(text);
    memset(text, 'h', size);
    text[size] = '\0';
    memcpy(text + WCK_MAX_REASON, "(407)", 5);
    assert_int_equal(rule_of(NULL, text, false), -1);
    memcpy(text + WCK_MAX_REASON - 5, "(407)", 5);
    assert_int_equal(rule_of(NULL, text, false), 7005);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(all_eighteen_names_are_there_by_number),
        cmocka_unit_test(every_known_text_has_its_rule),
        cmocka_unit_test(the_dead_endpoint_speaks_before_its_fault),
        cmocka_unit_test(a_number_is_a_status_only_where_it_is_said_so),
        cmocka_unit_test(a_code_is_matched_as_a_word),
        cmocka_unit_test(text_says_more_than_the_name_and_the_name_decides_without_one),
        cmocka_unit_test(a_proxy_that_is_named_is_the_proxy),
        cmocka_unit_test(ten_megabytes_of_reason_are_read_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
