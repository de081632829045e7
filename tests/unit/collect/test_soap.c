/* SPDX-License-Identifier: MIT
 * test_soap.c: envelopes out, results and faults in, and XML that means harm. All fixtures are synthetic. */
#include "support/fail_alloc.h"
#include "support/test.h"

#include "base/buf.h"
#include "base/limits.h"
#include "collect/soap.h"
#include "collect/xml.h"

#include <libxml/xmlmemory.h>
#include <stdio.h>
#include <stdlib.h>

#define NS "http://www.microsoft.com/SoftwareDistribution"
#define SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP12 "http://www.w3.org/2003/05/soap-envelope"
#define HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"" SOAP11 "\"><soap:Body>"
#define TAIL "</soap:Body></soap:Envelope>"
#define RESULT(inside)                                                                                         \
    HEAD "<GetCookieResponse xmlns=\"" NS "\"><GetCookieResult>" inside "</GetCookieResult></GetCookieResponse>" TAIL

/* ---- a handler that writes down what it is told: "<1<2" opens, "2=text>" closes ---- */

static const char *const names[] = {"Expiration", "EncryptedData", "List", NULL};

typedef struct seen {
    wck_buf log;
    int fail_at; /* element whose close fails, -1: none */
} seen;

static wck_status note_open(void *payload, const int *path, size_t depth, wck_error *err)
{
    seen *s = payload;

    (void)err;
    wck_buf_printf(&s->log, "<%d", path[depth - 1]);
    return WCK_OK;
}

static wck_status note_close(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err)
{
    seen *s = payload;

    assert_int_equal(strlen(text), len);
    wck_buf_printf(&s->log, "%d=%s>", path[depth - 1], text);
    if (s->fail_at == path[depth - 1])
        return wck_fail(err, WCK_E_ARG, "told to fail");
    return WCK_OK;
}

static const wck_soap_reply_ops ops = {.names = names, .open = note_open, .close = note_close, .max_text = 64};

typedef struct outcome {
    wck_status status;
    wck_soap_fault fault;
    bool early;
    wck_error err;
    char log[512];
} outcome;

static outcome parse_pieces(const char *text, size_t len, size_t piece)
{
    outcome o = {.status = WCK_OK};
    wck_soap_parser *parser = NULL;
    seen s = {.fail_at = -1};

    wck_buf_init(&s.log, 1U << 20);
    assert_int_equal(wck_soap_parser_new(&parser, WCK_SOAP_GET_COOKIE, &ops, &s, &o.err), WCK_OK);
    for (size_t i = 0; i < len && o.status == WCK_OK; i += piece)
        o.status = wck_soap_parser_put(parser, text + i, len - i < piece ? len - i : piece, &o.err);
    if (o.status == WCK_OK)
        o.status = wck_soap_parser_end(parser, &o.fault, &o.early, &o.err);
    snprintf(o.log, sizeof o.log, "%s", wck_buf_text(&s.log));
    wck_buf_clear(&s.log);
    wck_soap_parser_free(parser);
    return o;
}

static outcome parse(const char *text)
{
    return parse_pieces(text, strlen(text), 4096);
}

/* ---- requests ---- */

static void an_envelope_puts_the_operation_into_its_namespace(void **state)
{
    wck_buf out;

    (void)state;
    wck_buf_init(&out, 4096);
    assert_true(wck_soap_envelope(&out, WCK_SOAP_GET_AUTHORIZATION_COOKIE, "<accountName>a</accountName>"));
    assert_string_equal(out.data,
                        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<soap:Envelope xmlns:soap=\"" SOAP11 "\">"
                        "<soap:Body><GetAuthorizationCookie xmlns=\"" NS "/Server/DssAuthWebService\">"
                        "<accountName>a</accountName></GetAuthorizationCookie></soap:Body></soap:Envelope>");
    wck_buf_clear(&out);
}

static void only_the_reads_have_an_action(void **state)
{
    static const char *const reads[] = {"GetAuthConfig", "GetAuthorizationCookie", "GetCookie", "GetConfigData",
                                        "GetRollupConfiguration", "GetRevisionIdList", "GetRevisionIdList", "GetUpdateData",
                                        "GetDeployments",
                                        /* MS-WSUSAR */
                                        "GetCurrentUserRole", "GetServerVersion", "GetServerProtocolVersion",
                                        "ExecuteSPGetConfiguration", "ExecuteSPGetAllLanguagesWithEnabledState",
                                        "GetSubscription", "GetSubscriptionState", "GetSubscriptionNextSynchronizationTime",
                                        "GetServerSyncProgress", "GetSubscriptionCategories", "ExecuteSPGetCategories",
                                        "ExecuteSPGetSubcategories", "ExecuteSPGetAllTargetGroups", "ExecuteSPSearchUpdates",
                                        "ExecuteSPGetUpdatesByCategory", "ExecuteSPGetEulaAcceptances",
                                        "ExecuteSPGetDeployments", "ExecuteSPGetAllDownstreamServers",
                                        "ExecuteSPSearchEventHistory", "ExecuteSPGetComponentsWithErrors",
                                        "ExecuteSPGetContentDownloadProgress"};

    (void)state;
    assert_int_equal(WCK_SOAP_ACTION_COUNT, sizeof reads / sizeof *reads);
    for (size_t i = 0; i < WCK_SOAP_ACTION_COUNT; i++) {
        const wck_soap_action_row *row = &wck_soap_actions[i];
        assert_string_equal(row->operation, reads[i]);
        assert_string_equal(row->uri + strlen(row->uri) - strlen(reads[i]), reads[i]);
        assert_memory_equal(row->uri, row->ns, strlen(row->ns));
    }
}

/* ---- results ---- */

static void a_result_is_told_element_by_element(void **state)
{
    outcome o;

    (void)state;
    o = parse(RESULT("<Expiration>2026-01-01T00:00:00</Expiration><EncryptedData>AAEC</EncryptedData>"));
    assert_int_equal(o.status, WCK_OK);
    assert_string_equal(o.log, "<11=2026-01-01T00:00:00><22=AAEC>");
}

static void prefixes_do_not_matter_and_namespaces_do(void **state)
{
    outcome o;

    (void)state;
    o = parse("<s:Envelope xmlns:s=\"" SOAP11 "\" xmlns:x=\"" NS "\"><s:Header><y:a xmlns:y=\"urn:y\"><b/></y:a>"
              "</s:Header><s:Body><x:GetCookieResponse><x:GetCookieResult><x:Expiration>t</x:Expiration>"
              "<Expiration>not ours</Expiration></x:GetCookieResult></x:GetCookieResponse></s:Body></s:Envelope>");
    assert_int_equal(o.status, WCK_OK);
    assert_string_equal(o.log, "<11=t><00=not ours>");
}

static void a_soap_1_2_envelope_is_accepted(void **state)
{
    outcome o;

    (void)state;
    o = parse("<e:Envelope xmlns:e=\"" SOAP12 "\"><e:Body><GetCookieResponse xmlns=\"" NS "\"><GetCookieResult>"
              "<EncryptedData>A</EncryptedData></GetCookieResult></GetCookieResponse></e:Body></e:Envelope>");
    assert_int_equal(o.status, WCK_OK);
    assert_string_equal(o.log, "<22=A>");
}

static void absent_empty_and_nil_results_are_told_apart(void **state)
{
    outcome o;

    (void)state;
    o = parse(RESULT(""));
    assert_int_equal(o.status, WCK_OK);
    assert_string_equal(o.log, "");
    o = parse(HEAD "<GetCookieResponse xmlns=\"" NS "\"/>" TAIL);
    assert_int_equal(o.status, WCK_E_INPUT);
    assert_contains(o.err.text, "the reply holds no GetCookieResult");
    o = parse(HEAD "<GetCookieResponse xmlns=\"" NS "\"><GetCookieResult "
                   "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\"/></GetCookieResponse>" TAIL);
    assert_int_equal(o.status, WCK_E_INPUT);
}

static void a_nil_element_is_as_if_absent_with_all_below(void **state)
{
    outcome o;

    (void)state;
    o = parse(RESULT("<List xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\"><Expiration/></List>"
                     "<List xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"false\"/>"));
    assert_int_equal(o.status, WCK_OK);
    assert_string_equal(o.log, "<33=>");
}

static void text_is_the_leaf_s_whole_text_with_entities_and_cdata(void **state)
{
    outcome o;

    (void)state;
    o = parse(RESULT("<List>\n <Expiration>a&amp;b&#x20AC;<![CDATA[<c>]]><!-- no --></Expiration>\n</List>"));
    assert_int_equal(o.status, WCK_OK);
    assert_string_equal(o.log, "<3<11=a&b\xe2\x82\xac<c>>3=\n>");
}

static void the_cut_of_the_pieces_does_not_matter(void **state)
{
    static const char text[] = RESULT("<Expiration>x&lt;\xc3\xa4</Expiration><EncryptedData>AAEC</EncryptedData>");

    (void)state;
    for (size_t piece = 1; piece < sizeof text; piece++) {
        outcome o = parse_pieces(text, sizeof text - 1, piece);
        assert_int_equal(o.status, WCK_OK);
        assert_string_equal(o.log, "<11=x<\xc3\xa4><22=AAEC>");
    }
}

static void a_reply_cut_at_any_byte_is_never_taken_for_whole(void **state)
{
    static const char text[] = RESULT("<Expiration>x&lt;\xc3\xa4</Expiration><EncryptedData>AAEC</EncryptedData>");

    (void)state;
    for (size_t len = 0; len < sizeof text - 1; len++) {
        outcome o = parse_pieces(text, len, 4096);
        assert_int_equal(o.status, WCK_E_INPUT);
    }
}

static void a_cut_reply_is_told_from_a_wrong_one(void **state)
{
    static const char text[] = RESULT("<Expiration>x</Expiration>");
    outcome o;

    (void)state;
    o = parse_pieces(text, sizeof text - 30, 4096);
    assert_true(o.early);
    o = parse(HEAD "<a></b>" TAIL);
    assert_int_equal(o.status, WCK_E_INPUT);
    assert_false(o.early);
}

static void anything_but_the_answer_asked_for_is_refused(void **state)
{
    static const char *const wrong[] = {
        "<html><body>Service Unavailable</body></html>",
        "{\"error\": 1}",
        "",
        HEAD TAIL,
        HEAD "<GetConfigDataResponse xmlns=\"" NS "\"><GetConfigDataResult/></GetConfigDataResponse>" TAIL,
        HEAD "<GetCookieResponse><GetCookieResult/></GetCookieResponse>" TAIL,
        "<soap:Envelope xmlns:soap=\"urn:other\"><soap:Body/></soap:Envelope>",
        RESULT("") "<more/>",
        RESULT("") "trailing",
        HEAD "<GetCookieResponse xmlns=\"" NS "\"><GetCookieResult/><GetCookieResult/></GetCookieResponse>" TAIL,
        RESULT("<u:Expiration/>"), /* prefix that nobody declared */
        RESULT("<Expiration a=\"1\" a=\"2\"/>"),
        RESULT("<Expiration>\x01</Expiration>"),
        RESULT("<Expiration>&#1;</Expiration>"),
        RESULT("<Expiration>\xff\xfe</Expiration>"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        outcome o = parse(wrong[i]);
        if (o.status != WCK_E_INPUT)
            fail_msg("%s: status %d", wrong[i], (int)o.status);
        assert_true(o.err.text[0] != '\0');
    }
}

static void a_handler_that_fails_stops_the_parser_with_its_words(void **state)
{
    static const char text[] = RESULT("<Expiration>x</Expiration><EncryptedData>y</EncryptedData>");
    wck_soap_parser *parser = NULL;
    seen s = {.fail_at = 1};
    wck_soap_fault fault;
    wck_error err = {0};

    (void)state;
    wck_buf_init(&s.log, 4096);
    assert_ok(wck_soap_parser_new(&parser, WCK_SOAP_GET_COOKIE, &ops, &s, &err));
    assert_fails(WCK_E_ARG, wck_soap_parser_put(parser, text, sizeof text - 1, &err));
    assert_string_equal(err.text, "told to fail");
    assert_fails(WCK_E_ARG, wck_soap_parser_end(parser, &fault, NULL, &err));
    assert_string_equal(s.log.data, "<11=x>");
    wck_soap_parser_free(parser);
    wck_buf_clear(&s.log);
}

/* ---- faults ---- */

static outcome parse_fault(const char *inside)
{
    char text[4096];

    snprintf(text, sizeof text, HEAD "<soap:Fault>%s</soap:Fault>" TAIL, inside);
    return parse(text);
}

static void a_fault_of_a_real_server_gives_code_and_message(void **state)
{
    outcome o;

    (void)state;
    o = parse_fault("<faultcode>soap:Client</faultcode><faultstring>Fault occurred</faultstring>"
                    "<faultactor>http://wsus:8530/x.asmx</faultactor><detail><ErrorCode>InvalidParameters</ErrorCode>"
                    "<Message>filter</Message><ID>0</ID><Method>\"" NS "/GetCookie\"</Method></detail>");
    assert_int_equal(o.status, WCK_E_SOAP);
    assert_int_equal(o.fault.code, WCK_FAULT_INVALID_PARAMETERS);
    assert_string_equal(o.fault.message, "filter");
    assert_string_equal(o.err.text, "the server answered with the fault InvalidParameters: \"filter\"");
}

static void every_listed_code_is_known(void **state)
{
    static const struct {
        const char *name;
        wck_soap_fault_code code;
    } rows[] = {{"InvalidCookie", WCK_FAULT_INVALID_COOKIE},
                {"InvalidAuthorizationCookie", WCK_FAULT_INVALID_AUTHORIZATION_COOKIE},
                {"CookieExpired", WCK_FAULT_COOKIE_EXPIRED},
                {"ServerChanged", WCK_FAULT_SERVER_CHANGED},
                {"ServerBusy", WCK_FAULT_SERVER_BUSY},
                {"InvalidParameters", WCK_FAULT_INVALID_PARAMETERS},
                {"IncompatibleProtocolVersion", WCK_FAULT_INCOMPATIBLE_PROTOCOL_VERSION},
                {"InternalServerError", WCK_FAULT_INTERNAL_SERVER_ERROR},
                {"FileDigestsMissing", WCK_FAULT_FILE_DIGESTS_MISSING},
                {"SomethingNew", WCK_FAULT_OTHER}};
    char inside[256];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(inside, sizeof inside, "<faultstring>Fault occurred</faultstring><detail><ErrorCode>%s</ErrorCode>"
                                        "<Message/></detail>", rows[i].name);
        assert_int_equal(parse_fault(inside).fault.code, rows[i].code);
        snprintf(inside, sizeof inside, "<faultstring>System.Web: %s ---> at X()</faultstring>", rows[i].name);
        assert_int_equal(parse_fault(inside).fault.code,
                         rows[i].code == WCK_FAULT_OTHER ? WCK_FAULT_UNCODED : rows[i].code);
    }
}

static void a_code_in_the_reason_counts_only_as_a_whole_word(void **state)
{
    (void)state;
    assert_int_equal(parse_fault("<faultstring>NoServerBusyHere</faultstring>").fault.code, WCK_FAULT_UNCODED);
    assert_int_equal(parse_fault("<faultstring>xServerBusy ServerBusy.</faultstring>").fault.code,
                     WCK_FAULT_SERVER_BUSY);
}

static void a_code_in_the_detail_wins_over_the_reason(void **state)
{
    (void)state;
    assert_int_equal(parse_fault("<faultstring>ServerBusy</faultstring><detail><ErrorCode>InvalidCookie</ErrorCode>"
                                 "</detail>").fault.code, WCK_FAULT_INVALID_COOKIE);
}

static void a_stack_trace_is_cut_to_its_first_line(void **state)
{
    outcome o;

    (void)state;
    o = parse_fault("<faultcode>soap:Server</faultcode><faultstring>System.Exception: it broke\n   at A.B()\n   at C.D()"
                    "</faultstring><detail/>");
    assert_int_equal(o.status, WCK_E_SOAP);
    assert_int_equal(o.fault.code, WCK_FAULT_UNCODED);
    assert_string_equal(o.err.text, "the server answered with a fault without a code: \"System.Exception: it broke\"");
}

static void a_soap_1_2_fault_with_an_unqualified_detail_is_read(void **state)
{
    outcome o;

    (void)state;
    o = parse("<e:Envelope xmlns:e=\"" SOAP12 "\"><e:Body><e:Fault><e:Code><e:Value>e:Receiver</e:Value></e:Code>"
              "<e:Reason><e:Text xml:lang=\"en\">Fault occurred</e:Text></e:Reason><Detail>"
              "<ErrorCode>ServerChanged</ErrorCode><Message/></Detail></e:Fault></e:Body></e:Envelope>");
    assert_int_equal(o.status, WCK_E_SOAP);
    assert_int_equal(o.fault.code, WCK_FAULT_SERVER_CHANGED);
    assert_string_equal(o.fault.reason, "Fault occurred");
}

static void control_characters_of_a_fault_do_not_reach_the_message(void **state)
{
    outcome o;

    (void)state;
    o = parse_fault("<faultstring>x</faultstring><detail><ErrorCode>InvalidCookie</ErrorCode>"
                    "<Message>a\xe2\x80\xae" "b&#x9b;31m</Message></detail>");
    assert_null(strstr(o.err.text, "\xe2\x80\xae"));
    assert_null(strstr(o.err.text, "\xc2\x9b"));
    assert_contains(o.err.text, "\\u{202");
}

/* ---- XML that means harm ---- */

static void a_document_type_is_refused_whatever_it_says(void **state)
{
    static const char *const attacks[] = {
        "<!DOCTYPE a>" RESULT(""),
        "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>",
        "<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/x.dtd\"><a/>",
        "<!DOCTYPE a PUBLIC \"x\" \"file:///etc/passwd\"><a/>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM \"file:///etc/passwd\"> %p;]><a/>",
        "<!DOCTYPE a [<!ENTITY l \"lol\"><!ENTITY m \"&l;&l;&l;&l;\"><!ENTITY n \"&m;&m;&m;&m;\">]><a>&n;</a>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        outcome o = parse(attacks[i]);
        assert_int_equal(o.status, WCK_E_INPUT);
        assert_string_equal(o.log, "");
        if (i > 0) /* the first has an XML declaration behind it, which is an error of its own */
            assert_string_equal(o.err.text, "could not parse XML: it has a document type declaration");
    }
}

static void an_entity_nobody_declared_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse(RESULT("<Expiration>&secret;</Expiration>")).status, WCK_E_INPUT);
}

static outcome parse_repeated(const char *open, const char *close, size_t n)
{
    wck_buf text;
    outcome o;

    wck_buf_init(&text, 64U << 20);
    wck_buf_puts(&text, HEAD "<GetCookieResponse xmlns=\"" NS "\"><GetCookieResult>");
    for (size_t i = 0; i < n; i++)
        wck_buf_puts(&text, open);
    for (size_t i = 0; i < n; i++)
        wck_buf_puts(&text, close);
    wck_buf_puts(&text, "</GetCookieResult></GetCookieResponse>" TAIL);
    assert_false(text.failed);
    o = parse_pieces(text.data, text.len, 16384);
    wck_buf_clear(&text);
    return o;
}

static void nesting_stops_at_the_cap_and_not_before(void **state)
{
    outcome o;

    (void)state;
    o = parse_repeated("<a>", "</a>", WCK_MAX_XML_DEPTH - 4); /* Envelope, Body, Response, Result */
    assert_int_equal(o.status, WCK_OK);
    o = parse_repeated("<a>", "</a>", WCK_MAX_XML_DEPTH - 3);
    assert_int_equal(o.status, WCK_E_LIMIT);
    o = parse_repeated("<a>", "</a>", 10000);
    assert_int_equal(o.status, WCK_E_LIMIT);
    assert_contains(o.err.text, "nested deeper than 64");
}

static void a_text_longer_than_its_cap_is_refused(void **state)
{
    outcome o;

    (void)state;
    o = parse_repeated("<Expiration>1234567890123456789012345678901234567890123456789012345678901234</Expiration>", "", 1);
    assert_int_equal(o.status, WCK_OK);
    o = parse_repeated("<Expiration>12345678901234567890123456789012345678901234567890123456789012345</Expiration>", "", 1);
    assert_int_equal(o.status, WCK_E_LIMIT);
    o = parse_repeated("x", "", 1000000);
    assert_int_equal(o.status, WCK_E_LIMIT);
}

static void utf_16_without_a_declaration_of_it_is_not_guessed_wrongly(void **state)
{
    static const char text[] = {'\xff', '\xfe', '<', 0, 'a', 0, '/', 0, '>', 0};

    (void)state;
    assert_int_equal(parse_pieces(text, sizeof text, 3).status, WCK_E_INPUT);
}

/* ---- allocations that fail: ours (by support/fail_alloc.h) and libxml2's (by its hooks) ---- */

static char *xml_strdup(const char *text)
{
    char *copy = malloc(strlen(text) + 1);

    return copy != NULL ? memcpy(copy, text, strlen(text) + 1) : NULL;
}

static wck_status quiet_close(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err)
{
    (void)path;
    (void)depth;
    (void)text;
    (void)len;
    (void)err;
    ++*(unsigned *)payload;
    return WCK_OK;
}

static wck_status parse_once(const char *text, size_t len, unsigned *closed, wck_error *err)
{
    static const wck_soap_reply_ops quiet = {.names = names, .close = quiet_close, .max_text = 4096};
    wck_soap_parser *parser = NULL;
    wck_soap_fault fault;
    wck_status status = wck_soap_parser_new(&parser, WCK_SOAP_GET_COOKIE, &quiet, closed, err);

    for (size_t i = 0; i < len && status == WCK_OK; i += 100)
        status = wck_soap_parser_put(parser, text + i, len - i < 100 ? len - i : 100, err);
    if (status == WCK_OK)
        status = wck_soap_parser_end(parser, &fault, NULL, err);
    wck_soap_parser_free(parser);
    return status;
}

/* libxml2 may give a partial result after a failed allocation (reliability.md 3): never taken for whole. */
static void an_allocation_that_fails_is_never_a_whole_reply(void **state)
{
    static const char text[] = RESULT("<Expiration a='1' xmlns:q='urn:q'>x&lt;y</Expiration><List><EncryptedData>AAEC"
                                      "</EncryptedData></List>");
    wck_status status = WCK_E_MEMORY;
    size_t n = 0;

    (void)state;
    for (bool failed = true; failed; n++) {
        unsigned closed = 0;
        wck_error err = {0};
        fail_alloc_at(n + 1);
        status = parse_once(text, sizeof text - 1, &closed, &err);
        failed = fail_alloc_end();
        if (status == WCK_OK)
            assert_int_equal(closed, 3);
        else
            assert_true(err.text[0] != '\0');
        assert_true(n < 10000);
    }
    assert_true(n > 20);
    assert_int_equal(status, WCK_OK);
}

static int set_up(void **state)
{
    (void)state;
    xmlMemSetup(free, malloc, realloc, xml_strdup);
    wck_xml_init();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wck_xml_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_envelope_puts_the_operation_into_its_namespace),
        cmocka_unit_test(only_the_reads_have_an_action),
        cmocka_unit_test(a_result_is_told_element_by_element),
        cmocka_unit_test(prefixes_do_not_matter_and_namespaces_do),
        cmocka_unit_test(a_soap_1_2_envelope_is_accepted),
        cmocka_unit_test(absent_empty_and_nil_results_are_told_apart),
        cmocka_unit_test(a_nil_element_is_as_if_absent_with_all_below),
        cmocka_unit_test(text_is_the_leaf_s_whole_text_with_entities_and_cdata),
        cmocka_unit_test(the_cut_of_the_pieces_does_not_matter),
        cmocka_unit_test(a_reply_cut_at_any_byte_is_never_taken_for_whole),
        cmocka_unit_test(a_cut_reply_is_told_from_a_wrong_one),
        cmocka_unit_test(anything_but_the_answer_asked_for_is_refused),
        cmocka_unit_test(a_handler_that_fails_stops_the_parser_with_its_words),
        cmocka_unit_test(a_fault_of_a_real_server_gives_code_and_message),
        cmocka_unit_test(every_listed_code_is_known),
        cmocka_unit_test(a_code_in_the_reason_counts_only_as_a_whole_word),
        cmocka_unit_test(a_code_in_the_detail_wins_over_the_reason),
        cmocka_unit_test(a_stack_trace_is_cut_to_its_first_line),
        cmocka_unit_test(a_soap_1_2_fault_with_an_unqualified_detail_is_read),
        cmocka_unit_test(control_characters_of_a_fault_do_not_reach_the_message),
        cmocka_unit_test(a_document_type_is_refused_whatever_it_says),
        cmocka_unit_test(an_entity_nobody_declared_is_refused),
        cmocka_unit_test(nesting_stops_at_the_cap_and_not_before),
        cmocka_unit_test(a_text_longer_than_its_cap_is_refused),
        cmocka_unit_test(utf_16_without_a_declaration_of_it_is_not_guessed_wrongly),
        cmocka_unit_test(an_allocation_that_fails_is_never_a_whole_reply),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
