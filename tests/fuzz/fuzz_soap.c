/* SPDX-License-Identifier: MIT
 * fuzz_soap.c: the replies of the nine calls of MS-WSUSSS. A whole run of wck_collect_sync speaks to a server in this
 * process that answers well, save for one call, whose reply is the input. The transport is replaced at link time: this
 * file defines all that http.h declares, so the linker takes nothing from http.c.
 *
 * First letter: which call, 'a' … 'i' in the order of soap_actions.def; upper case: the input is the inside of the
 * result, lower case: the whole body. Second letter: how many bytes arrive at once. */
#include "fuzz.h"

#include "codec/codec.h"
#include "collect/http.h"
#include "collect/soap.h"

#include <time.h>

#define NS "http://www.microsoft.com/SoftwareDistribution"
#define CATEGORY "22222222-0000-0000-0000-000000000001"
#define UPDATE "11111111-0000-0000-0000-000000000001"
#define GROUP "33333333-0000-0000-0000-000000000001"
#define IDENTITY(id, revision) \
    "<UpdateIdentity><UpdateID>" id "</UpdateID><RevisionNumber>" revision "</RevisionNumber></UpdateIdentity>"

static struct {
    int action; /* whose reply is the input; -1: none */
    bool whole;
    size_t piece;
    const uint8_t *data;
    size_t size;
    size_t asked[WCK_SOAP_ACTION_COUNT];
} peer;

static const char *const good[WCK_SOAP_ACTION_COUNT] = {
    "<AuthInfo><AuthPlugInInfo><ServiceUrl>Dss/Dss.asmx</ServiceUrl></AuthPlugInInfo></AuthInfo>",
    "<PlugInId>15</PlugInId><CookieData>QUFB</CookieData>",
    "<Expiration>2099-01-01T00:00:00Z</Expiration><EncryptedData>QkJC</EncryptedData>",
    "<LanguageUpdateList><ServerSyncLanguageData><LanguageID>1033</LanguageID><ShortLanguage>en</ShortLanguage>"
    "<LongLanguage>English</LongLanguage><Enabled>true</Enabled></ServerSyncLanguageData></LanguageUpdateList>"
    "<ProtocolVersion>1.20</ProtocolVersion><MaxNumberOfUpdatesPerRequest>100</MaxNumberOfUpdatesPerRequest>",
    "<ServerId>55555555-0000-0000-0000-000000000001</ServerId>",
    "<Anchor>1</Anchor><NewRevisions>" IDENTITY(CATEGORY, "100") "</NewRevisions>",
    "<Anchor>2</Anchor><NewRevisions>" IDENTITY(UPDATE, "200") "</NewRevisions>",
    "<updates/>",
    "<Anchor>4</Anchor><Groups><ServerSyncTargetGroup><TargetGroupID>" GROUP "</TargetGroupID><Name>Lab</Name>"
    "</ServerSyncTargetGroup></Groups><Deployments/><DeadDeployments/><HiddenUpdates/><AcceptedEulas/>"};

/* Waits would cost time, and nothing else. */
int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    (void)wanted;
    (void)left;
    return 0;
}

/* ---- the transport ---- */

struct wck_http {
    int nothing;
};
static struct wck_http the_only;

wck_status wck_http_init(wck_error *err)
{
    (void)err;
    return WCK_OK;
}

void wck_http_cleanup(void)
{
}

wck_status wck_http_open(wck_http **out, const char *url, const wck_collect_options *options, wck_error *err)
{
    (void)url;
    (void)options;
    (void)err;
    *out = &the_only;
    return WCK_OK;
}

void wck_http_close(wck_http *http)
{
    (void)http;
}

const char *wck_http_origin(const wck_http *http)
{
    (void)http;
    return "http://hq:8530";
}

const char *wck_http_host(const wck_http *http)
{
    (void)http;
    return "hq";
}

wck_status wck_http_resolve(const wck_http *http, const char *service_url, wck_buf *path, wck_error *err)
{
    (void)http;
    (void)service_url;
    (void)err;
    wck_buf_puts(path, "/Dss/Dss.asmx");
    return WCK_OK;
}

static int action_of(const wck_http_request *request)
{
    for (int i = 0; i < WCK_SOAP_ACTION_COUNT; i++)
        if (strcmp(wck_soap_actions[i].uri, request->soap_action) == 0)
            return i == WCK_SOAP_GET_CATEGORY_LIST && strstr(request->body, "<GetConfig>true") == NULL
                       ? WCK_SOAP_GET_UPDATE_LIST
                       : i;
    fprintf(stderr, "%s is no SOAP action of the list\n", request->soap_action);
    abort();
}

/* The closing check asks again: then nothing is new. */
static const char *good_reply(int action)
{
    if (action == WCK_SOAP_GET_UPDATE_LIST && peer.asked[action] > 1)
        return "<Anchor>3</Anchor><NewRevisions/>";
    return good[action];
}

static void wrap(wck_buf *out, int action, const void *inside, size_t len)
{
    const wck_soap_action_row *row = &wck_soap_actions[action];

    wck_buf_printf(out, "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><%sResponse "
                        "xmlns=\"%s\"><%sResult>", row->operation, row->ns, row->operation);
    wck_buf_put(out, inside, len);
    wck_buf_printf(out, "</%sResult></%sResponse></s:Body></s:Envelope>", row->operation, row->operation);
}

static wck_status deliver(const wck_buf *body, size_t piece, size_t max, wck_http_body_fn *fn, void *payload,
                          wck_error *err)
{
    wck_status status = WCK_OK;

    must(body->len <= max);
    for (size_t at = 0; at < body->len && status == WCK_OK; at += piece)
        status = fn(body->data + at, body->len - at < piece ? body->len - at : piece, payload, err);
    return status;
}

wck_status wck_http_post(wck_http *http, const wck_http_request *request, wck_http_body_fn *fn, void *payload,
                         wck_http_response *response, wck_error *err)
{
    int action = action_of(request);
    bool bad = action == peer.action;
    wck_status status;
    wck_buf body;

    (void)http;
    wck_buf_init(&body, FUZZ_MAX_OUTPUT);
    peer.asked[action]++;
    must(peer.asked[action] < 5000); /* no reply makes a run endless */
    if (bad && peer.whole)
        wck_buf_put(&body, peer.data, peer.size);
    else if (bad)
        wrap(&body, action, peer.data, peer.size);
    else
        wrap(&body, action, good_reply(action), strlen(good_reply(action)));
    *response = (wck_http_response){.status = 200, .date = WCK_TIME_NONE, .received = wck_time_now()};
    status = deliver(&body, bad ? peer.piece : 65536, request->max_bytes, fn, payload, err);
    wck_buf_clear(&body);
    return status;
}

/* ---- a run ---- */

static void must_be_readable(const wck_snapshot *s)
{
    wck_snapshot *again = NULL;
    wck_error err = {0};
    wck_buf out;

    wck_buf_init(&out, FUZZ_MAX_OUTPUT);
    must_work(wck_codec_put_snapshot(&out, s, &err));
    must_work(wck_codec_parse_snapshot(&again, out.data, out.len, &err));
    wck_snapshot_free(again);
    wck_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const wck_collect_identity identity = {"audit.example.org", {0x77, 0x88}};
    static const wck_collect_options options = {
        .server_name = "hq", .mode = WCK_MODE_AUTONOMOUS, .identity = &identity, .retry_base_ms = 1};
    static bool ready;
    wck_snapshot *s = NULL;
    wck_error err = {0};

    if (!ready)
        must_work(wck_collect_init(&err));
    ready = true;
    if (size < 2)
        return 0;
    memset(&peer, 0, sizeof peer);
    peer.action = (data[0] | 0x20) - 'a';
    peer.whole = (data[0] & 0x20) != 0;
    peer.piece = (size_t)data[1] + 1;
    peer.data = data + 2;
    peer.size = size - 2;
    if (peer.action < 0 || peer.action >= WCK_SOAP_ACTION_COUNT)
        return 0;
    wck_time_fake(INT64_C(17000000000000000));
    if (wck_collect_sync(&s, "http://hq:8530", &options, &err) == WCK_OK)
        must_be_readable(s);
    else
        must(s == NULL && err.text[0] != '\0');
    wck_snapshot_free(s);
    return 0;
}
