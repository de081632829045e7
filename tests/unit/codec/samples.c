/* SPDX-License-Identifier: MIT
 * samples.c: documents and values in which every field is set. */
#include "samples.h"

#include "cases.h"

#include <stdio.h>

static const char *const sample_snapshot_parts[] = {
    "{\"format\":\"wsusck-snapshot\",\"format_version\":\"1.0\",\n"
    "\"server\":{\"name\":\"berlin\",\"parent\":\"hq\",\"mode\":\"replica\",\"server_id\":\"{0123ABCD-4567-"
    "89AB-CDEF-"
    "0123456789AB}\",\"fqdn\":\"wsus-ber.example\",\"version\":\"10.0.26100.1\",\"protocol_version\":\"1."
    "20\","
    "\"collected_at\":\"2026-11-25T05:00:00Z\",\"server_time\":\"2026-11-25T06:00:00.5+01:00\",\"source\":"
    "\"file:x\"},\n"
    "\"coverage\":{\"host\":{\"state\":\"unknown\",\"reason\":\"no access \\\"here\\\"\"},"
    "\"updates\":{\"state\":\"complete\"},\"approvals\":{\"state\":\"partial\",\"reason\":\"cut\"}},\n"
    "\"config\":{\"sync_from_microsoft_update\":false,\"upstream\":{\"name\":\"hq\",\"port\":8531,\"ssl\":"
    "true,"
    "\"replica\":true},\"catalog_only_sync\":false,\"lazy_sync\":true,\"content_on_microsoft_update\":false,"
    "\"schedule\":{\"automatic\":true,\"time_of_day\":\"02:00:00\",\"per_day\":4},\"next_sync\":\"2026-11-"
    "25T08:00:00Z\","
    "\"retries\":3,\"retry_wait_minutes\":15,\"proxy\":{\"host\":\"p\",\"port\":8080,\"user\":\"u\","
    "\"basic_in_cleartext\":false},\"max_updates_per_request\":100,\"selected_products\":[" ID2 "," ID "],"
    "\"selected_classifications\":[]},\n"
    "\"languages\":[{\"id\":7,\"code\":\"de\",\"name\":\"Deutsch\",\"enabled\":true},"
    "{\"id\":0,\"code\":\"all\",\"enabled\":false}],\n"
    "\"categories\":[{\"id\":" ID2
    ",\"revision\":2,\"kind\":\"product\",\"title\":\"Windows \\u00e4\",\"parent\":" ID "},"
    "{\"id\":" ID ",\"revision\":1,\"kind\":\"company\"}],\n",
    "\"updates\":[{\"id\":" ID2
    ",\"revision\":201,\"type\":\"software\",\"title\":\"2026-11 \\ud83d\\ude00 <b>\\n\\u0007\","
    "\"kb\":[\"5031356\",\"1\"],\"bulletins\":[\"MS17-010\"],\"severity\":\"Critical\",\"classification\":" ID
    ","
    "\"products\":[" ID2 "," ID "],\"languages\":[\"en\",\"de\"],\"created\":\"2026-10-01T00:00:00Z\","
    "\"arrived\":\"2026-10-02T03:04:05.678Z\",\"state\":\"published\",\"deployable\":true,\"eula\":" ID2 ","
    "\"supersedes\":[" ID "],\"bundles\":[{\"id\":" ID ",\"revision\":9},{\"revision\":3,\"id\":" ID "}],"
    "\"prerequisites\":[[" ID2 "," ID "],[" ID "]],\"compatible_protocol_version\":\"1.0\",\"needed_by\":12,"
    "\"files\":[{\"digest\":\"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\",\"name\":\"b.cab\",\"size\":5},"
    "{\"digest\":" SHA1 "}]},\n"
    "{\"id\":" ID ",\"revision\":100,\"languages\":[]},{\"id\":" ID ",\"revision\":99,\"languages\":null}],\n"
    "\"declined\":[{\"id\":" ID2 ",\"revision\":3,\"time\":\"2026-01-01T00:00:00Z\",\"admin\":\"DOM\\\\me\"},"
    "{\"id\":" ID "}],\n"
    "\"groups\":[{\"id\":" ID2 ",\"name\":\"Pilot\",\"parent\":" ID "},{\"id\":" ID
    ",\"name\":\"All Computers\"}],\n"
    "\"approvals\":[{\"deployment\":" ID2 ",\"update\":" ID2 ",\"revision\":201,\"group\":" ID
    ",\"action\":\"install\","
    "\"deadline\":\"2026-12-01T00:00:00Z\",\"go_live\":\"2026-11-01T00:00:00Z\",\"changed\":\"2026-11-01T00:"
    "00:01Z\","
    "\"admin\":\"DOM\\\\me\",\"assigned\":true,\"priority\":1},"
    "{\"update\":" ID ",\"revision\":100,\"group\":" ID
    ",\"action\":\"other:7\",\"deadline\":\"9999-12-31T00:00:00Z\"}],\n"
    "\"eulas\":[{\"id\":" ID2 ",\"update\":" ID
    ",\"accepted\":\"2026-01-01T00:00:00Z\",\"admin\":\"me\"},{\"id\":" ID "}],\n"
    "\"sync_history\":[{\"started\":\"2026-11-25T02:00:00Z\",\"ended\":\"2026-11-25T02:10:00Z\",\"result\":"
    "\"failed\","
    "\"trigger\":\"scheduled\",\"error\":\"ProxyError\",\"error_text\":\"407\",\"update_errors\":[{"
    "\"update\":" ID2
    ",\"error\":\"e\",\"text\":\"t\"},{}]},{\"started\":\"1753-01-01T00:00:00Z\",\"result\":\"unknown\"}],\n"
    "\"files\":[{\"digest\":\"ffffffffffffffffffffffffffffffffffffffff\",\"state\":\"failed\"},"
    "{\"digest\":" SHA1 ",\"state\":\"present\"}],\n"
    "\"host\":{\"services\":[{\"name\":\"bits\",\"state\":\"running\"}],\"content\":{\"free_bytes\":1e3,"
    "\"path\":\"D:\\\\\"},"
    "\"big\":18446744073709551615,\"real\":0.1}}\n"};

static const char *const sample_snapshot_shuffled_parts[] = {
    "{\"host\":{\"real\":1e-1,\"big\":18446744073709551615,\"content\":{\"path\":\"D:\\u005c\",\"free_"
    "bytes\":1000.0},"
    "\"services\":[{\"state\":\"running\",\"name\":\"bits\"}]},\"ignored\":{\"a\":[1,{}]},\n"
    "\"files\":[{\"state\":\"present\",\"digest\":" SHA1 "},"
    "{\"digest\":\"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\",\"state\":\"failed\"}],\n"
    "\"sync_history\":[{\"result\":\"unknown\",\"started\":\"0001-01-01T00:00:00Z\"},{\"update_errors\":[{},{"
    "\"text\":\"t\","
    "\"update\":" ID2
    ",\"error\":\"e\"}],\"error_text\":\"407\",\"error\":\"ProxyError\",\"trigger\":\"scheduled\","
    "\"result\":\"failed\",\"ended\":\"2026-11-25T02:10:00Z\",\"started\":\"2026-11-25T02:00:00Z\"}],\n"
    "\"eulas\":[{\"id\":" ID "},{\"admin\":\"me\",\"accepted\":\"2026-01-01T00:00:00Z\",\"update\":" ID
    ",\"id\":" ID2 "}],\n"
    "\"approvals\":[{\"action\":\"other:7\",\"group\":" ID ",\"revision\":100,\"update\":" ID "},"
    "{\"priority\":1.0,\"assigned\":true,\"admin\":\"DOM\\\\me\",\"changed\":\"2026-11-01T00:00:01Z\","
    "\"go_live\":\"2026-11-01T00:00:00Z\",\"deadline\":\"2026-12-01T00:00:00Z\",\"action\":\"other:0\","
    "\"group\":" ID ","
    "\"revision\":201,\"update\":" ID2 ",\"deployment\":" ID2 "}],\n"
    "\"groups\":[{\"name\":\"All Computers\",\"id\":" ID "},{\"parent\":" ID ",\"name\":\"Pilot\",\"id\":" ID2
    "}],\n"
    "\"declined\":[{\"id\":" ID
    "},{\"admin\":\"DOM\\u005Cme\",\"time\":\"2026-01-01T00:00:00Z\",\"revision\":3,"
    "\"id\":" ID2 "}],\n",
    "\"updates\":[{\"id\":" ID ",\"revision\":99},{\"languages\":[],\"revision\":1e2,\"id\":" ID "},"
    "{\"files\":[{\"digest\":" SHA1
    "},{\"size\":5,\"name\":\"b.cab\",\"digest\":\"ffffffffffffffffffffffffffffffffffffffff\"}"
    "],\"needed_by\":12,\"compatible_protocol_version\":\"1.0\",\"prerequisites\":[[" ID "],[" ID "," ID2
    "]],"
    "\"bundles\":[{\"id\":" ID ",\"revision\":3},{\"id\":" ID ",\"revision\":9}],\"supersedes\":[" ID "," ID
    "],"
    "\"eula\":" ID2 ",\"deployable\":true,\"state\":\"published\",\"arrived\":\"2026-10-02 03:04:05.6780\","
    "\"created\":\"2026-10-01T00:00:00Z\",\"languages\":[\"de\",\"en\",\"de\"],\"products\":[" ID "," ID2 "],"
    "\"classification\":" ID
    ",\"severity\":\"Critical\",\"bulletins\":[\"MS17-010\"],\"kb\":[\"1\",\"5031356\"],"
    "\"title\":\"2026-11 \xF0\x9F\x98\x80 "
    "\\u003cb>\\u000A\\u0007\",\"type\":\"software\",\"revision\":201,\"id\":" ID2 "}],\n"
    "\"categories\":[{\"kind\":\"company\",\"revision\":1,\"id\":" ID "},{\"parent\":" ID
    ",\"title\":\"Windows \xC3\xA4\","
    "\"kind\":\"product\",\"revision\":2,\"id\":" ID2 "}],\n"
    "\"languages\":[{\"enabled\":false,\"code\":\"all\",\"id\":0},{\"enabled\":true,\"name\":\"Deutsch\","
    "\"code\":\"de\","
    "\"id\":7}],\n"
    "\"config\":{\"selected_classifications\":[],\"selected_products\":[" ID "," ID2
    "],\"max_updates_per_request\":100,"
    "\"proxy\":{\"basic_in_cleartext\":false,\"user\":\"u\",\"port\":8080,\"host\":\"p\"},\"retry_wait_"
    "minutes\":15,"
    "\"retries\":3,\"next_sync\":\"2026-11-25T08:00:00Z\",\"schedule\":{\"per_day\":4,\"time_of_day\":\"02:"
    "00:00\","
    "\"automatic\":true},\"content_on_microsoft_update\":false,\"lazy_sync\":true,\"catalog_only_sync\":"
    "false,"
    "\"upstream\":{\"replica\":true,\"ssl\":true,\"port\":8531,\"name\":\"hq\"},\"sync_from_microsoft_"
    "update\":false},\n"
    "\"coverage\":{\"approvals\":{\"reason\":\"cut\",\"state\":\"partial\"},\"updates\":{\"state\":"
    "\"complete\",\"reason\":null},"
    "\"host\":{\"reason\":\"no access \\u0022here\\u0022\",\"state\":\"unknown\"}},\n"
    "\"server\":{\"source\":\"file:x\",\"server_time\":\"2026-11-25T05:00:00.5Z\",\"collected_at\":\"2026-11-"
    "25T05:00:00Z\","
    "\"protocol_version\":\"1.20\",\"version\":\"10.0.26100.1\",\"fqdn\":\"wsus-ber.example\",\"server_id\":"
    "\"0123abcd-4567-89ab-cdef-0123456789ab\",\"mode\":\"replica\",\"parent\":\"hq\",\"name\":\"berlin\"},\n"
    "\"format_version\":\"1.0\",\"format\":\"wsusck-snapshot\"}"};

static const char *joined(char *out, size_t size, const char *const parts[2])
{
    snprintf(out, size, "%s%s", parts[0], parts[1]);
    return out;
}

const char *sample_snapshot(void)
{
    static char text[8192]; /* a literal of this length is not portable C */

    return joined(text, sizeof text, sample_snapshot_parts);
}

const char *sample_snapshot_shuffled(void)
{
    static char text[8192];

    return joined(text, sizeof text, sample_snapshot_shuffled_parts);
}

const char sample_minimal[] = HEAD "}";

static const wck_guid guid_a = {0x0123abcd456789abULL, 0xcdef0123456789abULL};
static const wck_guid guid_b = {0xfedcba9876543210ULL, 0xfedcba9876543210ULL};

static void fill_finding(wck_finding *f, wck_arena *arena, int rule, wck_object_kind kind, wck_result result)
{
    f->rule = rule;
    f->slug = "update_missing";
    f->severity = WCK_SEVERITY_ERROR;
    f->result = result;
    f->server = "hq/berlin";
    f->upstream = "hq";
    f->object = (wck_object){.kind = kind,
                             .update = guid_a,
                             .revision = 201,
                             .group = guid_b,
                             .category = guid_a,
                             .eula = guid_b,
                             .language = "de",
                             .file = "00ff",
                             .title = "t \"x\"",
                             .name = "n"};
    f->expected = "present";
    f->actual = NULL;
    f->remedy = "Synchronize.";
    f->message = "update is missing";
    f->evidence = wck_arena_array(arena, 2, sizeof *f->evidence);
    if (f->evidence != NULL) {
        f->n_evidence = 2;
        f->evidence[0] = (wck_evidence){"arrived", "2026-01-01T00:00:00Z"};
        f->evidence[1] = (wck_evidence){"a fact", "\xC3\xA4 \x01"};
    }
    f->waiver = result == WCK_RESULT_WAIVED ? "accepted" : NULL;
    wck_finding_fingerprint(f);
}

static void fill_server(wck_report_server *s, const char *name, const char *path, const char *parent)
{
    s->name = name;
    s->path = path;
    s->parent = parent;
    s->mode = parent != NULL ? WCK_MODE_REPLICA : WCK_MODE_AUTONOMOUS;
    s->server_id = guid_a;
    s->version = "10.0.26100.1";
    s->snapshot_id = "17";
    s->source = "file:x";
    s->digest.bytes[0] = 7;
    s->collected_at = WCK_TICKS_PER_SECOND * 1700000000;
    s->last_good_sync = WCK_TIME_NONE;
    s->coverage[WCK_SECTION_UPDATES].state = WCK_COVERAGE_COMPLETE;
    s->coverage[WCK_SECTION_HOST].state = WCK_COVERAGE_UNKNOWN;
    s->coverage[WCK_SECTION_HOST].reason = "no access";
    s->updates = 1;
    s->approvals = 2;
    s->declined = 3;
    s->groups = 4;
    s->categories = 5;
    s->languages_enabled = 6;
}

wck_report *sample_report(void)
{
    static const wck_object_kind kinds[] = {WCK_OBJECT_SERVER,   WCK_OBJECT_SECTION, WCK_OBJECT_LANGUAGE,
                                            WCK_OBJECT_CATEGORY, WCK_OBJECT_UPDATE,  WCK_OBJECT_APPROVAL,
                                            WCK_OBJECT_GROUP,    WCK_OBJECT_EULA,    WCK_OBJECT_FILE};
    wck_report *report = wck_report_new();

    if (report == NULL)
        return NULL;
    report->checked_at = WCK_TICKS_PER_SECOND * 1700000001;
    fill_server(wck_vec_push(&report->servers), "hq", "hq", NULL);
    fill_server(wck_vec_push(&report->servers), "berlin", "hq/berlin", "hq");
    for (int i = 0; i < 9; i++)
        fill_finding(wck_vec_push(&report->findings), report->arena, 9001 - 1000 * i, kinds[i],
                     (wck_result)(WCK_RESULT_FAIL + i % 3));
    *(wck_finding *)wck_vec_push(&report->findings) =
        (wck_finding){.rule = 1,
                      .slug = "s",
                      .severity = WCK_SEVERITY_NOTE,
                      .result = WCK_RESULT_FAIL,
                      .server = "hq",
                      .object = {.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE},
                      .fingerprint = "00000000000000000000000000000000"};
    wck_report_finish(report);
    return report;
}

wck_plan *sample_plan(void)
{
    static const char *fingerprints[] = {"00000000000000000000000000000000",
                                         "11111111111111111111111111111111"};
    static const char *paths[] = {"hq/berlin"}, *languages[] = {"de", "en"};
    static wck_prior_approval prior[2];
    wck_plan *plan = wck_plan_new();

    if (plan == NULL)
        return NULL;
    prior[0] = (wck_prior_approval){guid_b, 201, WCK_ACTION_INSTALL, WCK_TICKS_PER_SECOND * 1700000000};
    prior[1] = (wck_prior_approval){guid_a, WCK_INT_NONE, 9, WCK_TIME_NONE};
    plan->made_at = WCK_TICKS_PER_SECOND * 1700000002;
    plan->tool_version = "0.1.0";
    plan->findings = 21;
    plan->waived = 1;
    plan->limits.max_actions = 500;
    plan->policy = (wck_digest){{7, 8, 9}};
    plan->limits.checked = true;
    for (int i = 0; i < WCK_LIMIT_COUNT; i++)
        plan->limits.checks[i] = (wck_plan_limit){i, i == WCK_LIMIT_UNDECLINES ? 90 : 0, WCK_INT_NONE, NULL, NULL};
    plan->limits.checks[WCK_LIMIT_DECLINE_SHARE] = (wck_plan_limit){10, 40, 1000, "hq", "a lab"};
    *(wck_plan_snapshot *)wck_vec_push(&plan->snapshots) =
        (wck_plan_snapshot){"hq", guid_a, "wsus-hq.example", {{1, 2, 3}}, WCK_TICKS_PER_SECOND * 1700000000};
    for (int kind = WCK_DO_VERIFY; kind < WCK_DO_COUNT; kind++)
        *(wck_plan_action *)wck_vec_push(&plan->actions) =
            (wck_plan_action){.id = "a1",
                              .tier = (unsigned)kind % 3,
                              .order = (size_t)kind,
                              .kind = (wck_action_kind)kind,
                              .server = "hq",
                              .server_name = "hq",
                              .object = {.kind = WCK_OBJECT_UPDATE, .update = guid_a, .revision = 3},
                              .action = kind == WCK_DO_APPROVE ? WCK_ACTION_BLOCK : WCK_INT_NONE,
                              .deadline = kind == WCK_DO_APPROVE ? prior[0].deadline : WCK_TIME_NONE,
                              .target = {"wsus.example", "wsus", 8531, 8530, 1, 0, 0, "BITS", WCK_START_MANUAL, true,
                                         "D:\\WSUS\\WsusContent", guid_b},
                              .who = "Somebody.",
                              .languages = {languages, kind % 2 ? 2 : 0},
                              .answers = fingerprints,
                              .n_answers = 2,
                              .reaches = paths,
                              .n_reaches = 1,
                              .precondition = "The update is declined.",
                              .undo = kind % 2 ? "Approve it again." : NULL,
                              .why = "It is gone upstream.",
                              .risk = (wck_risk)(WCK_RISK_LOW + kind % 3),
                              .reversible = kind % 2 != 0,
                              .prior = prior,
                              .n_prior = 2};
    *(wck_plan_manual *)wck_vec_push(&plan->manual) = (wck_plan_manual){
        .fingerprint = fingerprints[1], .why = "A person must look.", .rule = 7001, .server = "hq"};
    return plan;
}

const char sample_config[] = "{\"$schema\":\"x\",\"store\":\"postgresql://wsus@db/"
                             "wsusck\",\"identity\":{\"account_name\":\"CORP\"},\"servers\":["
                             "{\"name\":\"hq\",\"source\":\"https://"
                             "wsus-hq.example:8531\",\"api\":\"admin\",\"auth\":{\"kind\":\"ntlm\",\"user\":"
                             "\"DOM\\\\me\",\"password_env\":\"X\"},\"ca_file\":\"ca.pem\",\"crl_file\":\"crl.pem\",\"proxy\":{"
                             "\"url\":\"http://proxy.example:8080\",\"user\":"
                             "\"svc\",\"password_file\":\"pw\"}},"
                             "{\"name\":\"munich\",\"source\":\"file:exports/"
                             "munich.json\",\"parent\":\"berlin\",\"mode\":\"replica\"}],"
                             "\"waivers\":[{\"rule\":\"WCK4001\",\"server\":\"hq/"
                             "berlin\",\"object\":\"0123abcd-4567-89ab-cdef-0123456789ab\","
                             "\"reason\":\"known\",\"owner\":\"me\",\"expires\":\"2027-01-01\"},{\"rule\":"
                             "\"WCK0001\",\"reason\":\"r\"}]}";
