/* SPDX-License-Identifier: MIT
 * test_http.c: one POST against a scripted server of bad manners on loopback. */
#include "support/test.h"

#include "base/buf.h"
#include "collect/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the server: answers connection after connection with the same bytes, and keeps the last request ---- */

typedef struct peer {
    int fd;
    unsigned port;
    pthread_t thread;
    const char *answer;
    size_t len, repeat; /* the answer's last `len` bytes again and again, `repeat` times */
    bool reset, hang;   /* RST after the answer; or nothing more until the client goes */
    char request[16384];
    unsigned connections;
} peer;

static size_t wanted_length(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");
    size_t body = 0;

    if (end == NULL)
        return sizeof((peer *)0)->request - 1;
    for (const char *line = strstr(request, "\r\n"); line != NULL && line < end; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, "Content-Length:", 15) == 0)
            body = (size_t)strtoul(line + 17, NULL, 10);
    return (size_t)(end - request) + 4 + body;
}

static void read_request(peer *p, int fd)
{
    size_t have = 0;

    memset(p->request, 0, sizeof p->request);
    while (have < wanted_length(p->request)) {
        ssize_t n = read(fd, p->request + have, sizeof p->request - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
    }
}

static bool send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static void *serve(void *payload)
{
    peer *p = payload;
    int fd;

    while ((fd = accept(p->fd, NULL, NULL)) >= 0) {
        struct linger now = {.l_onoff = 1, .l_linger = 0};
        const char *body = strstr(p->answer, "\r\n\r\n");
        char byte;
        p->connections++;
        read_request(p, fd);
        send_all(fd, p->answer, p->len);
        for (size_t i = 0; i < p->repeat; i++)
            if (!send_all(fd, body + 4, p->len - (size_t)(body + 4 - p->answer)))
                break;
        if (p->hang)
            while (read(fd, &byte, 1) > 0)
                ;
        if (p->reset) {
            usleep(20000); /* the bytes before it arrive */
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        }
        close(fd);
    }
    return NULL;
}

static void peer_begin(peer *p, const char *answer)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;

    p->answer = answer;
    p->len = strlen(answer);
    p->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(p->fd >= 0);
    assert_int_equal(bind(p->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(p->fd, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(listen(p->fd, 8), 0);
    p->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

static void peer_end(peer *p)
{
    shutdown(p->fd, SHUT_RDWR);
    pthread_join(p->thread, NULL);
    close(p->fd);
}

/* ---- the client ---- */

typedef struct outcome {
    wck_status status;
    wck_http_response response;
    wck_error err;
    char body[256];
    size_t bytes;
    bool refuse; /* the reader fails at the first piece */
} outcome;

static wck_status take(const void *data, size_t len, void *payload, wck_error *err)
{
    outcome *o = payload;
    size_t room = sizeof o->body - 1 - (o->bytes < sizeof o->body - 1 ? o->bytes : sizeof o->body - 1);

    if (o->refuse)
        return wck_fail(err, WCK_E_INPUT, "did not like it");
    if (room > 0)
        memcpy(o->body + o->bytes, data, len < room ? len : room);
    o->bytes += len;
    return WCK_OK;
}

static void post_to(unsigned port, const wck_collect_options *options, size_t max_bytes, outcome *o)
{
    wck_http *http = NULL;
    wck_http_request request = {.path = "/S/S.asmx",
                                .soap_action = "urn:x/Get",
                                .body = "<a/>",
                                .len = 4,
                                .max_bytes = max_bytes};
    char url[64];

    snprintf(url, sizeof url, "http://127.0.0.1:%u", port);
    assert_int_equal(wck_http_open(&http, url, options, &o->err), WCK_OK);
    o->status = wck_http_post(http, &request, take, o, &o->response, &o->err);
    wck_http_close(http);
}

static outcome post(const char *answer)
{
    static const wck_collect_options options = {.timeout_s = 20};
    outcome o = {.status = WCK_OK};
    peer p = {.fd = -1};

    peer_begin(&p, answer);
    post_to(p.port, &options, 1000, &o);
    peer_end(&p);
    return o;
}

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n"

static void an_xml_body_is_streamed_with_the_server_s_clock(void **state)
{
    outcome o;
    char text[WCK_TIME_TEXT];

    (void)state;
    o = post(OK_HEAD "Date: Wed, 07 Oct 2026 12:00:00 GMT\r\nContent-Length: 4\r\n\r\n<b/>");
    assert_int_equal(o.status, WCK_OK);
    assert_string_equal(o.body, "<b/>");
    assert_int_equal(o.response.status, 200);
    assert_string_equal(wck_time_format(text, o.response.date), "2026-10-07T12:00:00Z");
}

static void a_request_says_what_it_is_and_asks_for_nothing_special(void **state)
{
    static const wck_collect_options options = {.timeout_s = 20};
    outcome o = {.status = WCK_OK};
    peer p = {.fd = -1};

    (void)state;
    peer_begin(&p, OK_HEAD "Content-Length: 4\r\n\r\n<b/>");
    setenv("http_proxy", "http://127.0.0.1:9", 1); /* must change nothing */
    setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
    post_to(p.port, &options, 1000, &o);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    peer_end(&p);
    assert_int_equal(o.status, WCK_OK);
    assert_contains(p.request, "POST /S/S.asmx HTTP/1.1\r\n");
    assert_contains(p.request, "SOAPAction: \"urn:x/Get\"\r\n");
    assert_contains(p.request, "Content-Type: text/xml; charset=utf-8\r\n");
    assert_contains(p.request, "User-Agent: wsusck/");
    assert_contains(p.request, "\r\n\r\n<a/>");
    assert_null(strstr(p.request, "Accept-Encoding"));
    assert_null(strstr(p.request, "Expect"));
    assert_null(strstr(p.request, "Authorization"));
}

static void cookies_of_a_load_balancer_are_kept_for_the_session(void **state)
{
    static const wck_collect_options options = {.timeout_s = 20};
    wck_http_request request = {.path = "/a", .soap_action = "urn:x/Get", .body = "", .max_bytes = 100};
    outcome o = {.status = WCK_OK};
    wck_http *http = NULL;
    peer p = {.fd = -1};
    char url[64];

    (void)state;
    peer_begin(&p, OK_HEAD "Set-Cookie: node=7; path=/\r\nConnection: close\r\nContent-Length: 4\r\n\r\n<b/>");
    snprintf(url, sizeof url, "http://127.0.0.1:%u", p.port);
    assert_int_equal(wck_http_open(&http, url, &options, &o.err), WCK_OK);
    assert_int_equal(wck_http_post(http, &request, take, &o, &o.response, &o.err), WCK_OK);
    assert_null(strstr(p.request, "node=7"));
    assert_int_equal(wck_http_post(http, &request, take, &o, &o.response, &o.err), WCK_OK);
    wck_http_close(http);
    peer_end(&p);
    assert_contains(p.request, "Cookie: node=7\r\n");
}

static void a_fault_s_body_of_status_500_is_given_on(void **state)
{
    outcome o;

    (void)state;
    o = post("HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<f/>");
    assert_int_equal(o.status, WCK_OK);
    assert_int_equal(o.response.status, 500);
    assert_string_equal(o.body, "<f/>");
    o = post("HTTP/1.1 500 Error\r\nContent-Type: application/soap+xml; charset=utf-8\r\nContent-Length: 4\r\n\r\n<f/>");
    assert_int_equal(o.status, WCK_OK);
}

#define PAGE "Content-Type: text/html\r\nContent-Length: 40\r\n\r\n<html><body>Secret <b>page</b></body>    "

static void refusals_are_told_in_words_with_a_remedy(void **state)
{
    static const struct {
        const char *answer, *text, *hint;
        bool retry;
    } rows[] = {
        {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n" PAGE,
         "wants a login (HTTP 401, methods: Negotiate, NTLM)", "\"auth\"", false},
        {"HTTP/1.1 403 Forbidden\r\n" PAGE, "refused access (HTTP 403)", "<authorization>", false},
        {"HTTP/1.1 404 Not Found\r\n" PAGE, "serves nothing at /S/S.asmx (HTTP 404)", "8530", false},
        {"HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Basic realm=\"x\"\r\n" PAGE,
         "the proxy wants a login (HTTP 407, methods: Basic)", "\"proxy\"", false},
        {"HTTP/1.1 500 Error\r\n" PAGE, "answered with HTTP 500 and no SOAP message", "", false},
        {"HTTP/1.1 502 Bad Gateway\r\n" PAGE, "answered with HTTP 502 and no SOAP message", "", true},
        {"HTTP/1.1 503 Service Unavailable\r\n" PAGE, "is not available (HTTP 503)", "WsusPool", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        outcome o = post(rows[i].answer);
        assert_int_equal(o.status, WCK_E_HTTP);
        assert_contains(o.err.text, rows[i].text);
        assert_contains(o.err.hint, rows[i].hint);
        assert_int_equal(o.response.retry, rows[i].retry);
        assert_int_equal(o.bytes, 0);
    }
}

static void a_page_in_place_of_soap_is_quoted_without_its_tags(void **state)
{
    outcome o;

    (void)state;
    o = post("HTTP/1.1 200 OK\r\n" PAGE);
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_contains(o.err.text, "content type \"text/html\" instead of SOAP");
    assert_string_equal(o.err.detail, "It says: \"Secret page\".");
    assert_contains(o.err.hint, "captive portal");
    assert_false(o.response.retry);
}

static void soap_of_a_wrong_type_is_not_quoted_since_it_may_hold_cookies(void **state)
{
    static const char token[] = "RAFx3e6mLMOPv2ctacDLedSzTdmViv17vl63MKpcfKab6p";
    char answer[512];
    outcome o;

    (void)state;
    snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n<C><D>%s</D></C>", token);
    o = post(answer);
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_string_equal(o.err.detail, "");
    snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>you sent %s</p>", token);
    o = post(answer);
    assert_string_equal(o.err.detail, "It says: \"you sent\".");
}

static void a_body_without_or_of_another_type_is_refused(void **state)
{
    (void)state;
    assert_int_equal(post("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<b/>").status, WCK_E_HTTP);
    assert_int_equal(post("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").status,
                     WCK_E_HTTP);
    assert_int_equal(post("HTTP/1.1 200 OK\r\nContent-Type: text/xmlfoo\r\nContent-Length: 4\r\n\r\n<b/>").status,
                     WCK_E_HTTP);
}

static void an_empty_body_is_no_answer(void **state)
{
    outcome o;

    (void)state;
    o = post(OK_HEAD "Content-Length: 0\r\n\r\n");
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_contains(o.err.text, "answered with nothing");
}

static void a_body_shorter_than_announced_may_be_asked_for_again(void **state)
{
    outcome o;

    (void)state;
    o = post(OK_HEAD "Content-Length: 400\r\n\r\n<b>");
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_true(o.response.retry);
    o = post(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n4\r\n<b/>\r\n");
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_true(o.response.retry);
}

static void a_connection_closed_without_an_answer_may_be_tried_again(void **state)
{
    outcome o;

    (void)state;
    o = post("");
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_true(o.response.retry);
    assert_int_equal(o.response.status, 0);
}

static void a_reset_in_the_body_may_be_tried_again(void **state)
{
    static const wck_collect_options options = {.timeout_s = 20};
    outcome o = {.status = WCK_OK};
    peer p = {.fd = -1, .reset = true};

    (void)state;
    peer_begin(&p, OK_HEAD "Content-Length: 400\r\n\r\n<b>");
    post_to(p.port, &options, 1000, &o);
    peer_end(&p);
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_true(o.response.retry);
}

static void a_port_where_nobody_listens_may_be_tried_again(void **state)
{
    static const wck_collect_options options = {.timeout_s = 20};
    outcome o = {.status = WCK_OK};
    peer p = {.fd = -1};

    (void)state;
    peer_begin(&p, "");
    peer_end(&p);
    post_to(p.port, &options, 1000, &o);
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_contains(o.err.text, "could not get an answer from \"http://127.0.0.1:");
    assert_true(o.response.retry);
}

static void a_body_over_the_cap_is_cut_off_with_and_without_a_length(void **state)
{
    static const wck_collect_options options = {.timeout_s = 20};
    outcome o = {.status = WCK_OK}, exact = {.status = WCK_OK};
    peer p = {.fd = -1, .repeat = 1000000}; /* 64 MB, were it taken */

    (void)state;
    peer_begin(&p, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"
                   "<b>0123456789012345678901234567890123456789012345678901234567890");
    post_to(p.port, &options, 100000, &o);
    peer_end(&p);
    assert_int_equal(o.status, WCK_E_LIMIT);
    assert_contains(o.err.text, "the reply exceeds 100000 bytes");
    assert_true(o.bytes <= 100000);

    peer q = {.fd = -1};
    peer_begin(&q, OK_HEAD "Content-Length: 10\r\n\r\n0123456789");
    post_to(q.port, &options, 10, &exact);
    assert_int_equal(exact.status, WCK_OK);
    post_to(q.port, &options, 9, &exact);
    assert_int_equal(exact.status, WCK_E_LIMIT);
    peer_end(&q);
}

static void headers_without_end_are_cut_off(void **state)
{
    static const wck_collect_options options = {.timeout_s = 20};
    outcome o = {.status = WCK_OK};
    wck_buf answer;
    peer p = {.fd = -1};

    (void)state;
    wck_buf_init(&answer, 4U << 20);
    wck_buf_puts(&answer, OK_HEAD);
    for (int i = 0; i < 20000; i++)
        wck_buf_printf(&answer, "X-%d: 0123456789012345678901234567890123456789\r\n", i);
    wck_buf_puts(&answer, "\r\n<b/>");
    peer_begin(&p, answer.data);
    post_to(p.port, &options, 1000, &o);
    peer_end(&p);
    wck_buf_clear(&answer);
    assert_true(o.status == WCK_E_LIMIT || o.status == WCK_E_HTTP); /* ours, or libcurl's own cap first */
    assert_int_equal(o.bytes, 0);
}

static void a_redirect_is_refused_and_never_followed(void **state)
{
    static const wck_collect_options options = {.timeout_s = 20};
    outcome o = {.status = WCK_OK};
    char answer[256];
    peer target = {.fd = -1}, p = {.fd = -1};

    (void)state;
    peer_begin(&target, OK_HEAD "Content-Length: 4\r\n\r\n<b/>");
    snprintf(answer, sizeof answer,
             "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%u/x\r\nContent-Length: 0\r\n\r\n", target.port);
    peer_begin(&p, answer);
    post_to(p.port, &options, 1000, &o);
    peer_end(&p);
    peer_end(&target);
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_contains(o.err.text, "redirects to \"http://127.0.0.1:");
    assert_false(o.response.retry);
    assert_int_equal(target.connections, 0);
}

static void an_encoding_nobody_asked_for_is_refused(void **state)
{
    outcome o;

    (void)state;
    o = post(OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd");
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_contains(o.err.text, "in the encoding \"gzip\" that was not asked for");
    assert_int_equal(o.bytes, 0);
    o = post(OK_HEAD "Content-Encoding: identity\r\nContent-Length: 4\r\n\r\n<b/>");
    assert_int_equal(o.status, WCK_OK);
}

static void a_server_that_hangs_runs_into_the_timeout(void **state)
{
    static const wck_collect_options options = {.timeout_s = 1};
    outcome o = {.status = WCK_OK};
    peer p = {.fd = -1, .hang = true};

    (void)state;
    peer_begin(&p, OK_HEAD "Content-Length: 4\r\n\r\n<b");
    post_to(p.port, &options, 1000, &o);
    peer_end(&p);
    assert_int_equal(o.status, WCK_E_HTTP);
    assert_true(o.response.retry);
}

static void an_interrupt_ends_the_transfer(void **state)
{
    static const volatile int canceled = 1;
    const wck_collect_options options = {.timeout_s = 60, .canceled = &canceled};
    outcome o = {.status = WCK_OK};
    peer p = {.fd = -1, .hang = true};

    (void)state;
    peer_begin(&p, "");
    post_to(p.port, &options, 1000, &o);
    peer_end(&p);
    assert_int_equal(o.status, WCK_E_CANCELED);
}

static void a_reader_that_fails_ends_the_transfer_with_its_words(void **state)
{
    static const wck_collect_options options = {.timeout_s = 20};
    outcome o = {.status = WCK_OK, .refuse = true};
    peer p = {.fd = -1};

    (void)state;
    peer_begin(&p, OK_HEAD "Content-Length: 4\r\n\r\n<b/>");
    post_to(p.port, &options, 1000, &o);
    peer_end(&p);
    assert_int_equal(o.status, WCK_E_INPUT);
    assert_string_equal(o.err.text, "did not like it");
    assert_false(o.response.retry);
}

/* libcurl with ANYAUTH would send the password in Base64 here (protocol.md 8). */
static void a_password_is_never_sent_as_basic(void **state)
{
    static const char *const kinds[] = {"ntlm", "negotiate"};
    wck_secret password = {0};

    (void)state;
    assert_true(wck_secret_set(&password, "hunter2", 7));
    for (size_t i = 0; i < 2; i++) {
        const wck_collect_options options = {
            .timeout_s = 20, .auth_kind = kinds[i], .user = "alice", .password = &password};
        outcome o = {.status = WCK_OK};
        peer p = {.fd = -1};
        peer_begin(&p, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
        post_to(p.port, &options, 1000, &o);
        peer_end(&p);
        assert_int_equal(o.status, WCK_E_HTTP);
        assert_null(strstr(p.request, "Basic"));
        assert_null(strstr(p.request, "YWxpY2U6aHVudGVyMg==")); /* alice:hunter2 */
    }
    wck_secret_clear(&password);
}

static void urls_are_an_origin_and_nothing_else(void **state)
{
    static const wck_collect_options options = {.timeout_s = 20};
    static const char *const wrong[] = {"http://u:p@host:8530", "http://host:8530/path", "http://host?x", "http://host#x",
                                        "ftp://host", "file:///etc/passwd", "host:8530", "", "http://"};
    wck_http *http = NULL;
    wck_error err;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (wck_http_open(&http, wrong[i], &options, &err) == WCK_OK)
            fail_msg("\"%s\" was accepted", wrong[i]);
        assert_null(strstr(err.text, "u:p"));
    }
    assert_ok(wck_http_open(&http, "http://WSUS.example", &options, &err));
    assert_string_equal(wck_http_origin(http), "http://WSUS.example:80");
    wck_http_close(http);
    assert_ok(wck_http_open(&http, "https://[::1]:8531/", &options, &err));
    assert_string_equal(wck_http_origin(http), "https://[::1]:8531");
    wck_http_close(http);
}

static void a_login_of_a_kind_that_is_not_allowed_is_refused(void **state)
{
    static const wck_collect_options options = {.auth_kind = "basic", .user = "a"};
    wck_http *http = NULL;
    wck_error err;

    (void)state;
    assert_fails(WCK_E_INPUT, wck_http_open(&http, "http://host", &options, &err));
    assert_null(http);
}

static void a_service_url_stays_below_the_server_s_own_root(void **state)
{
    static const struct {
        const char *url, *path; /* NULL: refused */
    } rows[] = {
        {"DssAuthWebService/DssAuthWebService.asmx", "/DssAuthWebService/DssAuthWebService.asmx"},
        {"/a/b.asmx", "/a/b.asmx"},
        {"//evil.example/b.asmx", "/evil.example/b.asmx"},
        {"http://wsus.example:8530/a.asmx", "/a.asmx"},
        {"HTTP://WSUS.example:8530/a.asmx", "/a.asmx"},
        {"http://wsus.example/a.asmx", NULL},
        {"https://wsus.example:8530/a.asmx", NULL},
        {"http://evil.example:8530/a.asmx", NULL},
        {"http://wsus.example:8530@evil.example/a.asmx", NULL},
        {"http://u@wsus.example:8530/a.asmx", NULL},
        {"http://wsus.example:8530", NULL},
        {"../a.asmx", NULL},
        {"a/../b", NULL},
        {"a?x=1", NULL},
        {"a#b", NULL},
        {"a\\b", NULL},
        {"a b", NULL},
        {"a\r\nX: y", NULL},
        {"", NULL},
        {"/", NULL},
    };
    static const wck_collect_options options = {.timeout_s = 20};
    wck_http *http = NULL;
    wck_error err;

    (void)state;
    assert_ok(wck_http_open(&http, "http://wsus.example:8530", &options, &err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        wck_buf path;
        wck_buf_init(&path, 1024);
        wck_status status = wck_http_resolve(http, rows[i].url, &path, &err);
        if ((status == WCK_OK) != (rows[i].path != NULL))
            fail_msg("\"%s\": status %d", rows[i].url, (int)status);
        if (rows[i].path != NULL)
            assert_string_equal(path.data, rows[i].path);
        wck_buf_clear(&path);
    }
    wck_http_close(http);
}

static int set_up(void **state)
{
    wck_error err;

    (void)state;
    return wck_http_init(&err) == WCK_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    wck_http_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_xml_body_is_streamed_with_the_server_s_clock),
        cmocka_unit_test(a_request_says_what_it_is_and_asks_for_nothing_special),
        cmocka_unit_test(cookies_of_a_load_balancer_are_kept_for_the_session),
        cmocka_unit_test(a_fault_s_body_of_status_500_is_given_on),
        cmocka_unit_test(refusals_are_told_in_words_with_a_remedy),
        cmocka_unit_test(a_page_in_place_of_soap_is_quoted_without_its_tags),
        cmocka_unit_test(soap_of_a_wrong_type_is_not_quoted_since_it_may_hold_cookies),
        cmocka_unit_test(a_body_without_or_of_another_type_is_refused),
        cmocka_unit_test(an_empty_body_is_no_answer),
        cmocka_unit_test(a_body_shorter_than_announced_may_be_asked_for_again),
        cmocka_unit_test(a_connection_closed_without_an_answer_may_be_tried_again),
        cmocka_unit_test(a_reset_in_the_body_may_be_tried_again),
        cmocka_unit_test(a_port_where_nobody_listens_may_be_tried_again),
        cmocka_unit_test(a_body_over_the_cap_is_cut_off_with_and_without_a_length),
        cmocka_unit_test(headers_without_end_are_cut_off),
        cmocka_unit_test(a_redirect_is_refused_and_never_followed),
        cmocka_unit_test(an_encoding_nobody_asked_for_is_refused),
        cmocka_unit_test(a_server_that_hangs_runs_into_the_timeout),
        cmocka_unit_test(an_interrupt_ends_the_transfer),
        cmocka_unit_test(a_reader_that_fails_ends_the_transfer_with_its_words),
        cmocka_unit_test(a_password_is_never_sent_as_basic),
        cmocka_unit_test(urls_are_an_origin_and_nothing_else),
        cmocka_unit_test(a_login_of_a_kind_that_is_not_allowed_is_refused),
        cmocka_unit_test(a_service_url_stays_below_the_server_s_own_root),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
