/* SPDX-License-Identifier: MIT
 * test_sync.c: whole runs against a scripted SOAP server in this process: what the simulator cannot say, because it
 * tells only the truth about a document. */
#include "support/test.h"

#include "base/buf.h"
#include "collect/collect.h"
#include "collect/wsus.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define NS "http://www.microsoft.com/SoftwareDistribution"
#define U1 "11111111-0000-0000-0000-000000000001"
#define U2 "11111111-0000-0000-0000-000000000002"
#define C1 "22222222-0000-0000-0000-000000000001"
#define G1 "33333333-0000-0000-0000-000000000001"
#define D1 "44444444-0000-0000-0000-000000000001"
#define SERVER_ID "55555555-0000-0000-0000-000000000001"

/* ---- the server ---- */

/* The inside of the result of one call; "!Code:Message" is a fault. The n-th reply of an operation is its n-th row,
 * the last one again and again. */
typedef struct reply {
    const char *operation, *text;
} reply;

typedef struct script {
    const reply *replies; /* looked at first; ended by a NULL operation */
    const char *date;     /* NULL: none */
    const char *later;    /* from GetRollupConfiguration on, where not NULL */
} script;

static const reply healthy[] = {
    {"GetAuthConfig", "<AuthInfo><AuthPlugInInfo><PlugInID>x</PlugInID><ServiceUrl>Dss/Dss.asmx</ServiceUrl>"
                      "</AuthPlugInInfo></AuthInfo>"},
    {"GetAuthorizationCookie", "<PlugInId>15</PlugInId><CookieData>QUFB</CookieData>"},
    {"GetCookie", "<Expiration>2099-01-01T00:00:00.1200000+01:00</Expiration><EncryptedData>QkJC</EncryptedData>"},
    {"GetConfigData", "<LanguageUpdateList><ServerSyncLanguageData><LanguageID>1033</LanguageID>"
                      "<ShortLanguage>en</ShortLanguage><LongLanguage>English</LongLanguage><Enabled>true</Enabled>"
                      "</ServerSyncLanguageData></LanguageUpdateList><ProtocolVersion>1.20</ProtocolVersion>"
                      "<MaxNumberOfUpdatesPerRequest>100</MaxNumberOfUpdatesPerRequest><LazySync>true</LazySync>"},
    {"GetRollupConfiguration", "<ServerId>" SERVER_ID "</ServerId>"},
    {"config", "<Anchor>1</Anchor><NewRevisions><UpdateIdentity><UpdateID>" C1 "</UpdateID><RevisionNumber>100"
               "</RevisionNumber></UpdateIdentity><UpdateIdentity><UpdateID>" C1 "</UpdateID><RevisionNumber>1"
               "</RevisionNumber></UpdateIdentity></NewRevisions>"},
    {"updates", "<Anchor>2</Anchor><NewRevisions><UpdateIdentity><UpdateID>" U1 "</UpdateID><RevisionNumber>200"
                "</RevisionNumber></UpdateIdentity></NewRevisions>"},
    {"updates", "<Anchor>3</Anchor><NewRevisions/>"},
    {"GetUpdateData", "<updates/>"}, /* nothing is known: rows of unknowns */
    {"GetDeployments",
     "<Anchor>4</Anchor><Groups><ServerSyncTargetGroup><TargetGroupID>" G1 "</TargetGroupID><Name>Lab</Name>"
     "</ServerSyncTargetGroup></Groups><Deployments><ServerSyncDeployment><UpdateId>" U1 "</UpdateId>"
     "<RevisionNumber>200</RevisionNumber><Action>7</Action><AdminName>DOM\\eve</AdminName>"
     "<Deadline>9999-12-31T23:59:59.9999999</Deadline><IsAssigned>true</IsAssigned>"
     "<GoLiveTime>2026-01-02T03:04:05</GoLiveTime><DeploymentGuid>" D1 "</DeploymentGuid><TargetGroupId>" G1
     "</TargetGroupId><DownloadPriority>2</DownloadPriority></ServerSyncDeployment></Deployments><DeadDeployments/>"
     "<HiddenUpdates><guid>" U2 "</guid></HiddenUpdates><AcceptedEulas/>"},
    {"GetDeployments",
     "<Anchor>5</Anchor><Groups><ServerSyncTargetGroup><TargetGroupID>" G1 "</TargetGroupID><Name>Lab</Name>"
     "</ServerSyncTargetGroup></Groups><Deployments/><DeadDeployments/><HiddenUpdates><guid>" U2
     "</guid></HiddenUpdates><AcceptedEulas/>"},
    {NULL, NULL}};

typedef struct peer {
    int fd;
    unsigned port, counts[16];
    pthread_t thread;
    const script *script;
    wck_buf log; /* "Operation|body\n" */
} peer;

/* The operation element is the first thing in the body; the two lists are told apart. */
static void find_operation(const char *request, char *out, size_t size)
{
    const char *at = strstr(request, "<soap:Body><");
    size_t len = at != NULL ? strcspn(at + 12, " >/") : 0;

    snprintf(out, size, "%.*s", (int)len, at != NULL ? at + 12 : "");
    if (strcmp(out, "GetRevisionIdList") == 0)
        snprintf(out, size, "%s", strstr(request, "<GetConfig>true") != NULL ? "config" : "updates");
}

static const char *pick(const reply *rows, const char *operation, unsigned n)
{
    const char *text = NULL;

    for (; rows != NULL && rows->operation != NULL; rows++)
        if (strcmp(rows->operation, operation) == 0) {
            text = rows->text;
            if (n-- == 0)
                break;
        }
    return text;
}

static unsigned count(peer *p, const char *operation)
{
    static const char *const names[] = {"GetAuthConfig", "GetAuthorizationCookie", "GetCookie", "GetConfigData",
                                        "GetRollupConfiguration", "config", "updates", "GetUpdateData",
                                        "GetDeployments"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], operation) == 0)
            return p->counts[i]++;
    return 0;
}

static void compose(wck_buf *out, const char *operation, const char *text)
{
    const char *name = strcmp(operation, "config") == 0 || strcmp(operation, "updates") == 0 ? "GetRevisionIdList"
                                                                                              : operation;
    const char *ns = strcmp(name, "GetAuthorizationCookie") == 0 ? NS "/Server/DssAuthWebService" : NS;

    wck_buf_puts(out, "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>");
    if (text[0] == '!') {
        const char *colon = strchr(text, ':');
        wck_buf_printf(out, "<s:Fault><faultstring>Fault occurred</faultstring><detail><ErrorCode>%.*s</ErrorCode>"
                            "<Message>%s</Message></detail></s:Fault>",
                       (int)strcspn(text + 1, ":"), text + 1, colon != NULL ? colon + 1 : "");
    } else
        wck_buf_printf(out, "<%sResponse xmlns=\"%s\"><%sResult>%s</%sResult></%sResponse>", name, ns, name, text, name,
                       name);
    wck_buf_puts(out, "</s:Body></s:Envelope>");
}

static void answer(peer *p, int fd, const char *request)
{
    char operation[64];
    const char *text, *body = strstr(request, "\r\n\r\n");
    unsigned n;
    wck_buf xml, all;

    find_operation(request, operation, sizeof operation);
    n = count(p, operation);
    text = pick(p->script->replies, operation, n);
    if (text == NULL)
        text = pick(healthy, operation, n);
    if (text == NULL)
        text = "!Unexpected:";
    wck_buf_printf(&p->log, "%s|%s\n", operation, body != NULL ? body + 4 : "");
    wck_buf_init(&xml, 1U << 20);
    wck_buf_init(&all, 1U << 20);
    compose(&xml, operation, text);
    wck_buf_printf(&all, "HTTP/1.1 %s\r\nContent-Type: text/xml\r\n", text[0] == '!' ? "500 Error" : "200 OK");
    if (p->script->date != NULL)
        wck_buf_printf(&all, "Date: %s\r\n",
                       p->script->later != NULL && strstr(p->log.data, "GetRollup") != NULL ? p->script->later
                                                                                             : p->script->date);
    wck_buf_printf(&all, "Connection: close\r\nContent-Length: %zu\r\n\r\n%s", xml.len, xml.data);
    for (size_t sent = 0; sent < all.len;) {
        ssize_t k = send(fd, all.data + sent, all.len - sent, MSG_NOSIGNAL);
        if (k <= 0)
            break;
        sent += (size_t)k;
    }
    wck_buf_clear(&xml);
    wck_buf_clear(&all);
}

static void *serve(void *payload)
{
    peer *p = payload;
    int fd;

    while ((fd = accept(p->fd, NULL, NULL)) >= 0) {
        static char request[65536]; /* one server at a time */
        size_t have = 0;
        ssize_t n;
        memset(request, 0, sizeof request);
        while (strstr(request, "</soap:Envelope>") == NULL &&
               (n = read(fd, request + have, sizeof request - 1 - have)) > 0)
            have += (size_t)n;
        answer(p, fd, request);
        close(fd);
    }
    return NULL;
}

/* ---- a run ---- */

typedef struct outcome {
    wck_status status;
    wck_error err;
    wck_snapshot *snapshot;
    char *log;
} outcome;

static outcome run_as(const script *s, const char *as_protocol)
{
    static const wck_collect_identity identity = {"audit.example.org", {0x77, 0x88}};
    wck_collect_options options = {.server_name = "hq",
                                   .mode = WCK_MODE_AUTONOMOUS,
                                   .identity = &identity,
                                   .retry_base_ms = 1,
                                   .timeout_s = 20,
                                   .as_protocol = as_protocol};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    peer p = {.script = s};
    outcome o = {.status = WCK_OK};
    char url[64];

    wck_buf_init(&p.log, 1U << 20);
    p.fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(p.fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(p.fd, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(listen(p.fd, 8), 0);
    assert_int_equal(pthread_create(&p.thread, NULL, serve, &p), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", ntohs(at.sin_port));
    o.status = wck_collect_sync(&o.snapshot, url, &options, &o.err);
    shutdown(p.fd, SHUT_RDWR);
    pthread_join(p.thread, NULL);
    close(p.fd);
    o.log = strdup(wck_buf_text(&p.log));
    assert_non_null(o.log);
    wck_buf_clear(&p.log);
    return o;
}

static outcome run(const reply *replies)
{
    script s = {.replies = replies, .date = "Wed, 07 Oct 2026 12:00:00 GMT"};

    return run_as(&s, NULL);
}

static void end(outcome *o)
{
    wck_snapshot_free(o->snapshot);
    free(o->log);
}

static size_t occurrences(const char *text, const char *part)
{
    size_t n = 0;

    for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
        n++;
    return n;
}

#define assert_coverage(o, section, want)                                                                      \
    assert_string_equal(wck_coverage_name((o).snapshot->coverage[section].state), want)
#define assert_reason(o, section, part)                                                                        \
    do {                                                                                                       \
        assert_non_null((o).snapshot->coverage[section].reason);                                               \
        assert_contains((o).snapshot->coverage[section].reason, part);                                         \
    } while (0)

/* ---- what a run reads ---- */

static void a_healthy_server_is_read_whole(void **state)
{
    outcome o = run(NULL);
    char text[WCK_GUID_TEXT], time[WCK_TIME_TEXT];
    const wck_approval *a;

    (void)state;
    assert_int_equal(o.status, WCK_OK);
    assert_string_equal(o.snapshot->server.fqdn, "127.0.0.1");
    assert_string_equal(o.snapshot->server.protocol_version, "1.20");
    assert_string_equal(wck_guid_format(text, o.snapshot->server.server_id), SERVER_ID);
    assert_string_equal(wck_time_format(time, o.snapshot->server.server_time), "2026-10-07T12:00:00Z");
    assert_null(o.snapshot->server.version);
    assert_coverage(o, WCK_SECTION_CONFIG, "partial");
    assert_coverage(o, WCK_SECTION_LANGUAGES, "complete");
    assert_coverage(o, WCK_SECTION_GROUPS, "complete");
    assert_coverage(o, WCK_SECTION_APPROVALS, "complete");
    assert_coverage(o, WCK_SECTION_DECLINED, "complete");
    assert_coverage(o, WCK_SECTION_EULAS, "complete");
    assert_int_equal(o.snapshot->coverage[WCK_SECTION_SYNC_HISTORY].state, WCK_COVERAGE_ABSENT);
    assert_int_equal(o.snapshot->categories.n, 1);
    assert_int_equal(o.snapshot->categories.items[0].revision, 100);
    assert_int_equal(o.snapshot->approvals.n, 1);
    a = &o.snapshot->approvals.items[0];
    assert_int_equal(a->action, 7); /* an unknown code is kept */
    assert_true(a->deadline == WCK_TIME_NONE);
    assert_string_equal(wck_time_format(time, a->go_live), "2026-01-02T03:04:05Z");
    assert_string_equal(a->admin, "DOM\\eve");
    assert_int_equal(a->priority, 2);
    assert_int_equal(a->assigned, 1);
    end(&o);
}

static void metadata_that_is_gone_leaves_the_update_listed(void **state)
{
    outcome o = run(NULL);
    const wck_update *u;

    (void)state;
    assert_int_equal(o.status, WCK_OK);
    assert_int_equal(o.snapshot->updates.n, 1);
    u = &o.snapshot->updates.items[0];
    assert_int_equal(u->revision, 200);
    assert_int_equal(u->type, WCK_UPDATE_UNKNOWN);
    assert_null(u->title);
    assert_false(u->languages_known);
    assert_reason(o, WCK_SECTION_UPDATES, "metadata of 1 that are listed could not be read");
    end(&o);
}

static void cookies_are_echoed_byte_for_byte(void **state)
{
    outcome o = run(NULL);

    (void)state;
    assert_contains(o.log, "<PlugInId>15</PlugInId><CookieData>QUFB</CookieData>");
    assert_contains(o.log, "<Expiration>2099-01-01T00:00:00.1200000+01:00</Expiration><EncryptedData>QkJC<");
    end(&o);
}

static void lists_are_asked_for_without_a_filter_and_closed_with_their_anchors(void **state)
{
    outcome o = run(NULL);

    (void)state;
    assert_int_equal(occurrences(o.log, "<filter><GetConfig>false</GetConfig>"
                                        "<Get63LanguageOnly>false</Get63LanguageOnly></filter>"), 1);
    assert_contains(o.log, "<filter><Anchor>2</Anchor><GetConfig>false</GetConfig>");
    assert_contains(o.log, "</cookie><syncAnchor>2</syncAnchor></GetDeployments>");
    assert_contains(o.log, "<deploymentAnchor>4</deploymentAnchor><syncAnchor>3</syncAnchor>");
    assert_int_equal(occurrences(o.log, "GetDeployments|"), 2);
    assert_null(strstr(o.log, "configAnchor"));
    assert_null(strstr(o.log, "DssProtocolVersion"));
    end(&o);
}

/* ---- unknown is never missing ---- */

static void elements_that_are_absent_leave_their_section_unknown(void **state)
{
    static const reply rows[] = {
        {"GetConfigData", "<LazySync>true</LazySync>"},
        {"GetDeployments", "<Anchor>4</Anchor><Groups/><DeadDeployments/><HiddenUpdates/>"},
        {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.status, WCK_OK);
    assert_coverage(o, WCK_SECTION_LANGUAGES, "unknown");
    assert_reason(o, WCK_SECTION_LANGUAGES, "LanguageUpdateList");
    assert_coverage(o, WCK_SECTION_APPROVALS, "unknown");
    assert_reason(o, WCK_SECTION_APPROVALS, "no Deployments");
    assert_coverage(o, WCK_SECTION_EULAS, "unknown");
    assert_coverage(o, WCK_SECTION_GROUPS, "complete");
    assert_coverage(o, WCK_SECTION_DECLINED, "complete");
    end(&o);
}

static void an_absent_list_is_unknown_and_an_empty_one_empty(void **state)
{
    static const reply absent[] = {{"updates", "<Anchor>2</Anchor>"}, {NULL, NULL}};
    static const reply empty[] = {{"updates", "<Anchor>2</Anchor><NewRevisions/>"}, {NULL, NULL}};
    outcome o = run(absent);

    (void)state;
    assert_coverage(o, WCK_SECTION_UPDATES, "unknown");
    assert_coverage(o, WCK_SECTION_APPROVALS, "complete"); /* with the anchor of the categories */
    assert_contains(o.log, "<syncAnchor>1</syncAnchor>");
    end(&o);
    o = run(empty);
    assert_coverage(o, WCK_SECTION_UPDATES, "complete");
    assert_int_equal(o.snapshot->updates.n, 0);
    end(&o);
}

static void a_refused_getdeployments_leaves_the_rest_valid(void **state)
{
    static const reply rows[] = {{"GetDeployments", "!:"}, {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.status, WCK_OK);
    assert_coverage(o, WCK_SECTION_APPROVALS, "unknown");
    assert_coverage(o, WCK_SECTION_DECLINED, "unknown");
    assert_coverage(o, WCK_SECTION_GROUPS, "unknown");
    assert_coverage(o, WCK_SECTION_EULAS, "unknown");
    assert_reason(o, WCK_SECTION_APPROVALS, "fault without a code");
    assert_coverage(o, WCK_SECTION_LANGUAGES, "complete");
    assert_int_equal(o.snapshot->updates.n, 1);
    end(&o);
}

static void malformed_rows_make_the_section_unknown(void **state)
{
    static const char *const bad[] = {
        "<Deployments><ServerSyncDeployment><UpdateId>nonsense</UpdateId></ServerSyncDeployment></Deployments>",
        "<Deployments><ServerSyncDeployment><UpdateId>" U1 "</UpdateId></ServerSyncDeployment></Deployments>",
        "<Deployments><ServerSyncDeployment><Action>-1</Action></ServerSyncDeployment></Deployments>",
        "<Deployments><ServerSyncDeployment><Deadline>soon</Deadline></ServerSyncDeployment></Deployments>",
        "<Groups><ServerSyncTargetGroup><Name>x</Name></ServerSyncTargetGroup></Groups>",
        "<HiddenUpdates><guid>x</guid></HiddenUpdates>"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const reply rows[] = {{"GetDeployments", bad[i]}, {NULL, NULL}};
        outcome o = run(rows);
        assert_int_equal(o.status, WCK_OK);
        assert_coverage(o, WCK_SECTION_APPROVALS, "unknown");
        assert_coverage(o, WCK_SECTION_DECLINED, "unknown");
        assert_int_equal(o.snapshot->approvals.n + o.snapshot->groups.n + o.snapshot->declined.n, 0);
        end(&o);
    }
}

static void a_server_that_lets_nobody_in_is_an_error_with_its_reason(void **state)
{
    static const reply rows[] = {{"GetCookie", "!InvalidParameters:protocolVersion"}, {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.status, WCK_E_SOAP);
    assert_null(o.snapshot);
    assert_contains(o.err.text, "GetCookie: the server answered with the fault InvalidParameters: \"protocolVersion\"");
    end(&o);
}

/* ---- the closing check ---- */

static void a_list_without_anchor_cannot_be_closed_and_is_torn(void **state)
{
    static const reply rows[] = {{"updates", "<NewRevisions/>"}, {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_coverage(o, WCK_SECTION_UPDATES, "partial");
    assert_reason(o, WCK_SECTION_UPDATES, "torn: ");
    end(&o);
}

static void a_dead_deployment_takes_its_approval_along(void **state)
{
    static const reply rows[] = {
        {"GetDeployments", NULL}, /* as the healthy one */
        {"GetDeployments", "<Anchor>5</Anchor><Groups/><Deployments/><DeadDeployments><guid>" D1 "</guid>"
                           "</DeadDeployments><HiddenUpdates/><AcceptedEulas><guid>" U1 "</guid></AcceptedEulas>"},
        {"GetDeployments", "<Anchor>6</Anchor><Groups/><Deployments/><DeadDeployments/><HiddenUpdates/>"
                           "<AcceptedEulas><guid>" U1 "</guid></AcceptedEulas>"},
        {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.snapshot->approvals.n, 0);
    assert_int_equal(o.snapshot->groups.n, 0);
    assert_int_equal(o.snapshot->eulas.n, 1);
    assert_coverage(o, WCK_SECTION_APPROVALS, "complete");
    assert_int_equal(occurrences(o.log, "GetDeployments|"), 3);
    end(&o);
}

static void a_list_that_never_settles_is_torn_after_three_rounds(void **state)
{
#define ONE(n)                                                                                                 \
    {"updates", "<Anchor>9</Anchor><NewRevisions><UpdateIdentity><UpdateID>" U2 "</UpdateID><RevisionNumber>" n \
                "</RevisionNumber></UpdateIdentity></NewRevisions>"}
    static const reply rows[] = {ONE("1"), ONE("2"), ONE("3"), ONE("4"), ONE("5"), {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(occurrences(o.log, "updates|"), 4);
    assert_int_equal(o.snapshot->updates.n, 4);
    assert_coverage(o, WCK_SECTION_UPDATES, "partial");
    assert_reason(o, WCK_SECTION_UPDATES, "torn: the server kept changing");
    assert_coverage(o, WCK_SECTION_APPROVALS, "partial");
    end(&o);
}

/* ---- versions, cookies, identity ---- */

static void a_lower_known_version_is_tried_where_one_is_refused(void **state)
{
    static const reply rows[] = {
        {"GetCookie", "!IncompatibleProtocolVersion:"},
        {"GetCookie", "!IncompatibleProtocolVersion:"},
        {"GetCookie", "<Expiration>2099-01-01T00:00:00Z</Expiration><EncryptedData>QkJC</EncryptedData>"},
        {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.status, WCK_OK);
    assert_string_equal(o.snapshot->server.protocol_version, "1.6");
    assert_contains(o.log, "<protocolVersion>1.20<");
    assert_contains(o.log, "<protocolVersion>1.8<");
    end(&o);
}

static void versions_stop_at_1_3(void **state)
{
    static const reply rows[] = {{"GetCookie", "!IncompatibleProtocolVersion:"}, {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.status, WCK_E_SOAP);
    assert_int_equal(occurrences(o.log, "GetCookie|"), 4);
    end(&o);
}

static void a_higher_version_that_the_server_reports_is_taken_up(void **state)
{
    static const reply rows[] = {{"GetConfigData", "<ProtocolVersion>1.21</ProtocolVersion>"}, {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_string_equal(o.snapshot->server.protocol_version, "1.21");
    assert_int_equal(occurrences(o.log, "<protocolVersion>1.21<"), 1);
    end(&o);
}

static void a_version_that_was_asked_for_is_the_only_one_spoken(void **state)
{
    static const reply rows[] = {{"GetConfigData", "<ProtocolVersion>1.20</ProtocolVersion>"}, {NULL, NULL}};
    const script s = {.replies = rows};
    outcome o = run_as(&s, "1.8");

    (void)state;
    assert_string_equal(o.snapshot->server.protocol_version, "1.8");
    assert_true(o.snapshot->server.server_time == WCK_TIME_NONE);
    assert_null(strstr(o.log, "<protocolVersion>1.20<"));
    end(&o);
}

static void a_cookie_near_its_end_by_the_server_s_clock_is_renewed(void **state)
{
    static const reply rows[] = {
        {"GetCookie", "<Expiration>2026-10-07T16:00:00.5Z</Expiration><EncryptedData>T0xE</EncryptedData>"},
        {"GetCookie", "<Expiration>2026-10-07T20:00:00Z</Expiration><EncryptedData>TkVX</EncryptedData>"},
        {NULL, NULL}};
    const script s = {
        .replies = rows, .date = "Wed, 07 Oct 2026 12:00:00 GMT", .later = "Wed, 07 Oct 2026 15:56:00 GMT"};
    outcome o = run_as(&s, NULL);

    (void)state;
    assert_int_equal(o.status, WCK_OK);
    assert_int_equal(occurrences(o.log, "GetCookie|"), 2);
    assert_int_equal(occurrences(o.log, "<EncryptedData>T0xE<"), 1); /* GetConfigData */
    assert_contains(o.log, "<EncryptedData>TkVX<");
    end(&o);
}

static void a_cookie_that_is_refused_is_replaced_twice_and_no_more(void **state)
{
    static const reply once[] = {{"config", "!InvalidCookie:"}, {"config", NULL}, {NULL, NULL}};
    static const reply always[] = {{"GetConfigData", "!CookieExpired:"}, {"config", "!InvalidCookie:"}, {NULL, NULL}};
    outcome o;

    (void)state;
    o = run(once);
    assert_coverage(o, WCK_SECTION_UPDATES, "partial"); /* of the healthy script: its one document is gone */
    assert_int_equal(occurrences(o.log, "GetCookie|"), 2);
    end(&o);
    o = run(always);
    assert_int_equal(occurrences(o.log, "GetCookie|"), 3);
    assert_coverage(o, WCK_SECTION_CATEGORIES, "unknown");
    assert_int_equal(o.snapshot->updates.n, 1);
    end(&o);
}

static void an_authorization_service_elsewhere_is_never_asked(void **state)
{
    static const reply rows[] = {{"GetAuthConfig", "<AuthInfo><AuthPlugInInfo><ServiceUrl>http://127.0.0.1:9/x.asmx"
                                                   "</ServiceUrl></AuthPlugInInfo></AuthInfo>"},
                                 {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.status, WCK_E_INPUT);
    assert_contains(o.err.text, "not its own");
    assert_null(strstr(o.log, "GetAuthorizationCookie"));
    end(&o);
}

static void the_id_of_a_real_server_is_never_presented_further(void **state)
{
    static const reply rows[] = {
        {"GetRollupConfiguration", "<ServerId>00000000-0000-0077-0000-000000000088</ServerId>"}, {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.status, WCK_E_ARG);
    assert_null(strstr(o.log, "updates|"));
    end(&o);
}

static void a_server_that_changed_is_read_again_from_nothing(void **state)
{
    static const reply rows[] = {{"GetDeployments", "!ServerChanged:"}, {"GetDeployments", NULL}, {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.status, WCK_OK);
    assert_int_equal(occurrences(o.log, "GetAuthConfig|"), 2);
    assert_int_equal(o.snapshot->updates.n, 0); /* the script's second list is empty: nothing of the first is kept */
    end(&o);
}

/* ---- GetUpdateData ---- */

static const char five[] =
    "<Anchor>2</Anchor><NewRevisions>"
#define ID(n) "<UpdateIdentity><UpdateID>66666666-0000-0000-0000-00000000000" n "</UpdateID><RevisionNumber>1</RevisionNumber></UpdateIdentity>"
    ID("1") ID("2") ID("3") ID("4") ID("5") "</NewRevisions>";

static void revisions_that_a_fault_names_are_asked_for_no_more(void **state)
{
    static const reply rows[] = {
        {"config", "<Anchor>1</Anchor><NewRevisions/>"},
        {"updates", five},
        {"updates", "<Anchor>3</Anchor><NewRevisions/>"},
        {"GetUpdateData", "!InternalServerError:Requested 5 returned 3 Missing Revisions: "
                          "66666666-0000-0000-0000-000000000002.1, 66666666-0000-0000-0000-000000000004.1"},
        {"GetUpdateData", "!InternalServerError:Requested 3 returned 0 Missing Revisions: "
                          "66666666-0000-0000-0000-000000000001.1, 66666666-0000-0000-0000-000000000003.1, "
                          "66666666-0000-0000-0000-000000000005.1"},
        {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.status, WCK_OK);
    assert_int_equal(o.snapshot->updates.n, 5);
    assert_int_equal(occurrences(o.log, "GetUpdateData|"), 2);
    end(&o);
}

static void a_batch_that_faults_is_halved_until_the_bad_ids_stand_alone(void **state)
{
    static const reply rows[] = {{"config", "<Anchor>1</Anchor><NewRevisions/>"},
                                 {"updates", five},
                                 {"updates", "<Anchor>3</Anchor><NewRevisions/>"},
                                 {"GetUpdateData", "!InternalServerError:"},
                                 {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.snapshot->updates.n, 5);
    assert_int_equal(occurrences(o.log, "GetUpdateData|"), 9); /* a binary tree with five leaves */
    end(&o);
}

static void a_phase_that_stops_leaves_the_rest_listed_and_partial(void **state)
{
    static const reply rows[] = {{"config", "<Anchor>1</Anchor><NewRevisions/>"},
                                 {"updates", five},
                                 {"updates", "<Anchor>3</Anchor><NewRevisions/>"},
                                 {"GetUpdateData", "!AccessDenied:"},
                                 {NULL, NULL}};
    outcome o = run(rows);

    (void)state;
    assert_int_equal(o.snapshot->updates.n, 5);
    assert_int_equal(occurrences(o.log, "GetUpdateData|"), 1);
    assert_coverage(o, WCK_SECTION_UPDATES, "partial");
    assert_reason(o, WCK_SECTION_UPDATES, "AccessDenied");
    end(&o);
}

/* ---- small parts ---- */

static void versions_compare_as_two_integers(void **state)
{
    (void)state;
    assert_true(wck_protocol_cmp("1.20", "1.8") > 0);
    assert_true(wck_protocol_cmp("1.8", "1.20") < 0);
    assert_int_equal(wck_protocol_cmp("1.20", "1.20"), 0);
    assert_true(wck_protocol_cmp("2.0", "1.99") > 0);
    assert_true(wck_protocol_cmp("", "1.0") < 0);
    assert_true(wck_protocol_cmp("1.x", "1.0") < 0);
}

static void values_are_taken_in_every_lexical_form_and_no_other(void **state)
{
    int64_t i = 0;
    int8_t b = 0;

    (void)state;
    assert_true(wck_value_int(&i, " 2147483647\n", 12) && i == 2147483647);
    assert_true(wck_value_int(&i, "-2147483648", 11) && i == -INT64_C(2147483648));
    assert_false(wck_value_int(&i, "2147483648", 10));
    assert_false(wck_value_int(&i, "", 0));
    assert_false(wck_value_int(&i, "1x", 2));
    assert_false(wck_value_int(&i, "-", 1));
    assert_true(wck_value_bool(&b, "true", 4) && b == 1);
    assert_true(wck_value_bool(&b, "0", 1) && b == 0);
    assert_false(wck_value_bool(&b, "TRUE", 4));
}

static void a_snapshot_of_unknowns_says_why_everywhere(void **state)
{
    const wck_collect_options options = {.server_name = "hq", .parent = "up", .mode = WCK_MODE_REPLICA};
    wck_snapshot *s = NULL;
    wck_error err = {0};

    (void)state;
    assert_ok(wck_collect_unknown(&s, &options, "no route", &err));
    for (size_t i = 0; i < WCK_SECTION_COUNT; i++) {
        assert_int_equal(s->coverage[i].state, WCK_COVERAGE_UNKNOWN);
        assert_string_equal(s->coverage[i].reason, "no route");
    }
    assert_string_equal(s->server.parent, "up");
    assert_true(s->frozen);
    wck_snapshot_free(s);
}

static int set_up(void **state)
{
    wck_error err;

    (void)state;
    return wck_collect_init(&err) == WCK_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    wck_collect_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_server_is_read_whole),
        cmocka_unit_test(metadata_that_is_gone_leaves_the_update_listed),
        cmocka_unit_test(cookies_are_echoed_byte_for_byte),
        cmocka_unit_test(lists_are_asked_for_without_a_filter_and_closed_with_their_anchors),
        cmocka_unit_test(elements_that_are_absent_leave_their_section_unknown),
        cmocka_unit_test(an_absent_list_is_unknown_and_an_empty_one_empty),
        cmocka_unit_test(a_refused_getdeployments_leaves_the_rest_valid),
        cmocka_unit_test(malformed_rows_make_the_section_unknown),
        cmocka_unit_test(a_server_that_lets_nobody_in_is_an_error_with_its_reason),
        cmocka_unit_test(a_list_without_anchor_cannot_be_closed_and_is_torn),
        cmocka_unit_test(a_dead_deployment_takes_its_approval_along),
        cmocka_unit_test(a_list_that_never_settles_is_torn_after_three_rounds),
        cmocka_unit_test(a_lower_known_version_is_tried_where_one_is_refused),
        cmocka_unit_test(versions_stop_at_1_3),
        cmocka_unit_test(a_higher_version_that_the_server_reports_is_taken_up),
        cmocka_unit_test(a_version_that_was_asked_for_is_the_only_one_spoken),
        cmocka_unit_test(a_cookie_near_its_end_by_the_server_s_clock_is_renewed),
        cmocka_unit_test(a_cookie_that_is_refused_is_replaced_twice_and_no_more),
        cmocka_unit_test(an_authorization_service_elsewhere_is_never_asked),
        cmocka_unit_test(the_id_of_a_real_server_is_never_presented_further),
        cmocka_unit_test(a_server_that_changed_is_read_again_from_nothing),
        cmocka_unit_test(revisions_that_a_fault_names_are_asked_for_no_more),
        cmocka_unit_test(a_batch_that_faults_is_halved_until_the_bad_ids_stand_alone),
        cmocka_unit_test(a_phase_that_stops_leaves_the_rest_listed_and_partial),
        cmocka_unit_test(versions_compare_as_two_integers),
        cmocka_unit_test(values_are_taken_in_every_lexical_form_and_no_other),
        cmocka_unit_test(a_snapshot_of_unknowns_says_why_everywhere),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
