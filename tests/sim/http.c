/* SPDX-License-Identifier: MIT
 * http.c: one listener per server with libmicrohttpd, and the faults that live below SOAP. */
#include "sim.h"

#include "base/quote.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_REQUEST = 8 << 20, BLOCK = 16384, GARBAGE = 4096 };

/* A body that is written piece by piece because something happens in its middle. */
typedef struct slow_body {
    wck_buf body;
    size_t total; /* bytes promised or, for `endless`, sent before the end */
    bool endless, reset;
    long stall_ms;
    const sim_world *sim;
    int fd;
} slow_body;

void sim_log(sim_world *sim, const char *server, const char *call, unsigned status, const char *note)
{
    wck_buf line;

    if (sim->log == NULL)
        return;
    wck_buf_init(&line, 4096);
    wck_quote_terminal(&line, note, 200);
    pthread_mutex_lock(&sim->log_lock);
    fprintf(sim->log, "%s\t%s\t%u\t%s\n", server, call, status, wck_buf_text(&line));
    fflush(sim->log);
    pthread_mutex_unlock(&sim->log_lock);
    wck_buf_clear(&line);
}

void sim_log_forbidden(sim_world *sim, const char *server, const char *action)
{
    pthread_mutex_lock(&sim->log_lock);
    sim->forbidden = true;
    pthread_mutex_unlock(&sim->log_lock);
    sim_log(sim, server, "FORBIDDEN", 0, action);
    fprintf(stderr, "wsusck-sim: \"%s\" was asked for something that is not a known read\n", server);
}

/* Ends early when the simulator stops. */
static void planted_wait(const sim_world *sim, long ms)
{
    struct pollfd fd = {.fd = sim->stop_pipe[0], .events = POLLIN};

    if (ms > 0)
        poll(&fd, 1, ms > 600000 ? 600000 : (int)ms);
}

static void reset_on_close(int fd)
{
    struct linger off = {.l_onoff = 1, .l_linger = 0};

    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off);
}

static int connection_fd(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info != NULL ? info->connect_fd : -1;
}

static ssize_t read_slow(void *payload, uint64_t pos, char *out, size_t max)
{
    slow_body *slow = payload;
    size_t at = (size_t)pos, middle = slow->body.len / 2;

    if (slow->endless) {
        if (at >= slow->total)
            return MHD_CONTENT_READER_END_OF_STREAM;
        for (size_t i = 0; i < max; i++)
            out[i] = at + i < slow->body.len ? slow->body.data[at + i] : 'A';
        return (ssize_t)max;
    }
    if (at == middle && slow->reset) {
        reset_on_close(slow->fd);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (at == middle)
        planted_wait(slow->sim, slow->stall_ms);
    size_t stop = at < middle ? middle : slow->body.len;
    size_t n = stop - at < max ? stop - at : max;
    if (n == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    memcpy(out, slow->body.data + at, n);
    return (ssize_t)n;
}

static void free_slow(void *payload)
{
    slow_body *slow = payload;

    wck_buf_clear(&slow->body);
    free(slow);
}

/* Takes the reply's body. */
static struct MHD_Response *slow_response(const sim_world *sim, sim_reply *reply, const sim_rule *rule,
                                          int fd)
{
    slow_body *slow = calloc(1, sizeof *slow);

    if (slow == NULL)
        sim_die("out of memory");
    slow->body = reply->body;
    wck_buf_init(&reply->body, SIM_MAX_REPLY);
    slow->fd = fd;
    slow->sim = sim;
    slow->endless = rule->kind == SIM_HUGE;
    slow->reset = rule->kind == SIM_RESET;
    slow->stall_ms = rule->number;
    slow->total = slow->endless ? (size_t)(rule->number > 0 ? rule->number : 96) << 20 : slow->body.len;
    return MHD_create_response_from_callback(slow->endless ? MHD_SIZE_UNKNOWN : slow->total, BLOCK, read_slow,
                                             slow, free_slow);
}

static void plant_status(sim_reply *reply, unsigned status)
{
    reply->status = status;
    reply->content_type = "text/html";
    wck_buf_puts(&reply->body, sim_page_status(status));
}

static void plant_garbage(sim_reply *reply)
{
    uint64_t state = 88172645463325252ULL;

    for (size_t i = 0; i < GARBAGE; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        wck_buf_putc(&reply->body, (char)(unsigned char)(state & 0xff));
    }
}

/* "_" in the message stands for a blank: words of a rule hold none. */
static void plant_exception(sim_reply *reply, const sim_request *request, const char *type, const char *colon)
{
    char message[512];

    snprintf(message, sizeof message, "%s", colon != NULL ? colon + 1 : "Exception was thrown.");
    for (char *c = message; *c != '\0'; c++)
        if (*c == '_')
            *c = ' ';
    sim_admin_fault(reply, request, strcmp(type, "-") == 0 ? "System.Exception" : type, message);
}

static void plant_fault(sim_reply *reply, const sim_request *request, const sim_rule *rule)
{
    char code[64];
    const char *colon = strchr(rule->arg, ':');

    snprintf(code, sizeof code, "%.*s", (int)(colon != NULL ? colon - rule->arg : (long)strlen(rule->arg)),
             rule->arg);
    if (request->action >= SIM_FIRST_ADMIN)
        plant_exception(reply, request, code, colon);
    else
        sim_soap_fault(reply, request, strcmp(code, "-") == 0 ? NULL : code, colon != NULL ? colon + 1 : "");
}

/* Faults instead of the call. false: nothing of the kind, make the call. */
static bool plant_instead(sim_reply *reply, const sim_request *request, const sim_rule *rule)
{
    wck_buf empty = {0};
    bool early = request->action == SIM_GET_COOKIE;

    switch (rule->kind) {
    case SIM_STATUS:
        plant_status(reply, (unsigned)rule->number);
        break;
    case SIM_HTML:
        reply->content_type = "text/html; charset=utf-8";
        wck_buf_puts(&reply->body, sim_page_portal());
        break;
    case SIM_REDIRECT:
        reply->status = 302;
        reply->location = rule->arg;
        reply->content_type = "text/html; charset=UTF-8";
        wck_buf_puts(&reply->body, "<head><title>Document Moved</title></head>");
        break;
    case SIM_GARBAGE:
        plant_garbage(reply);
        break;
    case SIM_HUGE:
        wck_buf_puts(&reply->body, "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\""
                                   "http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><Junk>");
        break;
    case SIM_FAULT:
        plant_fault(reply, request, rule);
        break;
    case SIM_BUSY:
        sim_soap_fault(reply, request, "ServerBusy", "");
        break;
    case SIM_COOKIE_LOOP:
        sim_soap_fault(reply, request, early ? "InvalidAuthorizationCookie" : "InvalidCookie", "cookie");
        break;
    case SIM_EMPTY_ELEMENT:
        sim_soap_reply(reply, request, &empty);
        break;
    case SIM_ABSENT_ELEMENT:
        sim_soap_absent(reply, request);
        break;
    default:
        return false;
    }
    snprintf(reply->note, sizeof reply->note, "planted %.60s", rule->arg);
    return true;
}

static void answer(sim_request *request, sim_reply *reply)
{
    const sim_rule *rule = request->rule;
    sim_server *server = request->server;
    wck_error err;
    wck_buf result;

    if (rule != NULL && (rule->kind == SIM_SLOW)) {
        pthread_mutex_unlock(&server->lock);
        planted_wait(server->sim, rule->number);
        pthread_mutex_lock(&server->lock);
    }
    if (rule != NULL && rule->kind == SIM_CHANGE && sim_server_change(server, rule->arg, &err) != WCK_OK)
        sim_die(err.text);
    if (rule != NULL && plant_instead(reply, request, rule))
        return;
    wck_buf_init(&result, SIM_MAX_REPLY);
    if (request->action >= SIM_FIRST_ADMIN && !sim_admin_allowed(request, reply))
        wck_buf_reset(&result);
    else if (sim_call(request, reply, &result)) {
        if (request->absent)
            sim_soap_absent(reply, request);
        else
            sim_soap_reply(reply, request, &result);
    }
    if (result.failed || reply->body.failed)
        sim_die("out of memory");
    wck_buf_clear(&result);
}

/* Faults in a reply that is otherwise right. */
static void plant_after(sim_reply *reply, const sim_rule *rule, struct MHD_Response **response)
{
    wck_buf packed;

    if (rule == NULL)
        return;
    if (rule->kind == SIM_CONTENT_TYPE)
        reply->content_type = rule->arg;
    if (rule->kind == SIM_TRUNCATE && rule->number >= 0 && (size_t)rule->number < reply->body.len)
        reply->body.len = (size_t)rule->number;
    if (rule->kind == SIM_GZIP) {
        wck_buf_init(&packed, SIM_MAX_REPLY);
        sim_gzip_stored(&packed, reply->body.data, reply->body.len);
        *response = MHD_create_response_from_buffer(packed.len, packed.data, MHD_RESPMEM_MUST_COPY);
        MHD_add_response_header(*response, "Content-Encoding", "gzip");
        wck_buf_clear(&packed);
    }
}

static void add_headers(struct MHD_Response *response, const sim_reply *reply)
{
    static const char *const extra[][3] = {{"401", "WWW-Authenticate", "Negotiate"},
                                           {"401", "WWW-Authenticate", "NTLM"},
                                           {"407", "Proxy-Authenticate", "NTLM"}};
    char status[16];

    snprintf(status, sizeof status, "%u", reply->status);
    for (size_t i = 0; i < sizeof extra / sizeof *extra; i++)
        if (strcmp(extra[i][0], status) == 0)
            MHD_add_response_header(response, extra[i][1], extra[i][2]);
    MHD_add_response_header(response, "Cache-Control", "private, max-age=0");
    MHD_add_response_header(response, "Content-Type", reply->content_type);
    /* http.sys itself answers when the application pool is stopped */
    MHD_add_response_header(response, "Server",
                            reply->status == 503 ? "Microsoft-HTTPAPI/2.0" : "Microsoft-IIS/10.0");
    if (reply->status != 503) {
        MHD_add_response_header(response, "X-AspNet-Version", "4.0.30319");
        MHD_add_response_header(response, "X-Powered-By", "ASP.NET");
    }
    if (reply->location != NULL)
        MHD_add_response_header(response, "Location", reply->location);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, sim_server *server, sim_reply *reply,
                                  const sim_rule *rule)
{
    struct MHD_Response *response = NULL;

    if (rule != NULL && rule->kind == SIM_REFUSE) {
        reset_on_close(connection_fd(connection));
        return MHD_NO;
    }
    plant_after(reply, rule, &response);
    if (rule != NULL && (rule->kind == SIM_RESET || rule->kind == SIM_STALL || rule->kind == SIM_HUGE))
        response = slow_response(server->sim, reply, rule, connection_fd(connection));
    if (response == NULL)
        response = MHD_create_response_from_buffer(reply->body.len, reply->body.data, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        sim_die("out of memory");
    add_headers(response, reply);
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* GET of a service is its help page, as on IIS; anything but POST is no call and never reads anything. */
static void not_a_call(sim_reply *reply, const char *method)
{
    bool read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

    reply->content_type = "text/html; charset=utf-8";
    reply->status = read ? 200 : 405;
    wck_buf_puts(&reply->body,
                 read ? "<html><head><title>Web Service</title></head></html>\r\n" : sim_page_status(405));
}

static enum MHD_Result handle(struct MHD_Connection *connection, sim_server *server, const char *url,
                              const char *method, const wck_buf *body)
{
    sim_request request = {.server = server, .call = "-"};

    request.user = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Remote-User");
    sim_reply reply = {.status = 200, .content_type = "text/xml; charset=utf-8"};
    const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
    const char *action = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "SOAPAction");

    wck_buf_init(&reply.body, SIM_MAX_REPLY);
    pthread_mutex_lock(&server->lock);
    if (strcmp(method, "POST") != 0)
        not_a_call(&reply, method);
    else if (type == NULL || strncasecmp(type, "text/xml", 8) != 0) {
        reply.status = 415;
        reply.content_type = "text/html";
    } else if (sim_soap_parse(&request, &reply, url, action, wck_buf_text(body), body->len)) {
        request.rule = sim_rules_match(&server->sim->rules, server->name, request.call);
        answer(&request, &reply);
    }
    sim_log(server->sim, server->name, request.call, reply.status, reply.note);
    pthread_mutex_unlock(&server->lock);
    enum MHD_Result result = send_reply(connection, server, &reply, request.rule);
    sim_request_clear(&request);
    wck_buf_clear(&reply.body);
    return result;
}

static enum MHD_Result access_handler(void *payload, struct MHD_Connection *connection, const char *url,
                                      const char *method, const char *version, const char *upload,
                                      size_t *upload_size, void **connection_payload)
{
    wck_buf *body = *connection_payload;

    (void)version;
    if (body == NULL) { /* headers only; the body comes in later calls */
        body = calloc(1, sizeof *body);
        if (body == NULL)
            return MHD_NO;
        wck_buf_init(body, MAX_REQUEST);
        *connection_payload = body;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        bool kept = wck_buf_put(body, upload, *upload_size);
        *upload_size = 0;
        return kept ? MHD_YES : MHD_NO;
    }
    return handle(connection, payload, url, method, body);
}

static void completed(void *payload, struct MHD_Connection *connection, void **connection_payload,
                      enum MHD_RequestTerminationCode code)
{
    wck_buf *body = *connection_payload;

    (void)payload;
    (void)connection;
    (void)code;
    if (body != NULL) {
        wck_buf_clear(body);
        free(body);
    }
    *connection_payload = NULL;
}

wck_status sim_server_bind(sim_server *server, wck_error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->fd < 0 || bind(server->fd, (const struct sockaddr *)&address, len) != 0 ||
        getsockname(server->fd, (struct sockaddr *)&address, &len) != 0)
        return wck_fail(err, WCK_E_IO, "could not bind a loopback port: %s", strerror(errno));
    server->port = ntohs(address.sin_port);
    return WCK_OK;
}

/* A server that is down keeps its bound port without listening: nobody else can take it, and a connect is
 * refused. */
wck_status sim_server_start(sim_server *server, wck_error *err)
{
    if (sim_rules_down(&server->sim->rules, server->name))
        return WCK_OK;
    if (listen(server->fd, 64) != 0)
        return wck_fail(err, WCK_E_IO, "could not listen on port %u: %s", server->port, strerror(errno));
    server->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0, NULL, NULL,
        access_handler, server, MHD_OPTION_LISTEN_SOCKET, server->fd, MHD_OPTION_NOTIFY_COMPLETED, completed,
        NULL, MHD_OPTION_CONNECTION_TIMEOUT, 120U, MHD_OPTION_END);
    if (server->daemon == NULL)
        return wck_fail(err, WCK_E_IO, "could not start the listener on port %u", server->port);
    server->fd = -1;
    return WCK_OK;
}

void sim_server_stop(sim_server *server)
{
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    if (server->fd >= 0)
        close(server->fd);
}
