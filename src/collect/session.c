/* SPDX-License-Identifier: MIT
 * session.c: one call with its retries.
 *
 * Three layers: post_once() does one POST; try_transport() repeats it while the network may recover; wck_session_call()
 * reacts to faults that a new authorization, or patience, can heal. Every try parses into a fresh state, so half a
 * reply never leaves a trace. */
#include "collect/session.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/quote.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PACE_MS = 5000,         /* first wait after a transport error (protocol.md 6); all waits scale with it */
    TRIES = 3,              /* waits of 5, 15 and 45 s between tries of one call */
    RUN_RETRIES = 12,       /* of one run: a dying server must not hold the run for hours */
    MAX_RESTARTS = 2,       /* of the authorization, per run */
    BUSY_TRIES = 3,
    BUSY_MIN_MS = 30000,
    BUSY_SPREAD_MS = 60000,
    INTERNAL_WAIT_MS = 10000,
    RENEW_MINUTES = 5
};

wck_status wck_session_open(wck_session *s, const char *url, const wck_collect_options *options, wck_error *err)
{
    memset(s, 0, sizeof *s);
    s->options = options;
    s->expires = s->born = s->server_time = WCK_TIME_NONE;
    s->retries = RUN_RETRIES;
    wck_buf_init(&s->auth_path, 1024);
    return wck_http_open(&s->http, url, options, err);
}

void wck_session_close(wck_session *s)
{
    wck_http_close(s->http);
    wck_buf_clear(&s->auth_path);
    wck_secret_clear(&s->plug_in);
    wck_secret_clear(&s->authorization);
    wck_secret_clear(&s->expiration);
    wck_secret_clear(&s->access);
    memset(s, 0, sizeof *s);
}

wck_status wck_session_canceled(const wck_session *s, wck_error *err)
{
    if (s->options->canceled != NULL && *s->options->canceled != 0)
        return wck_fail(err, WCK_E_CANCELED, "interrupted");
    return WCK_OK;
}

static wck_status sleep_ms(const wck_session *s, uint64_t ms, wck_error *err)
{
    wck_status status = wck_session_canceled(s, err);

    while (ms > 0 && status == WCK_OK) { /* in small steps, so that an interrupt is felt at once */
        uint64_t step = ms < 50 ? ms : 50;
        struct timespec ts = {.tv_sec = 0, .tv_nsec = (long)step * 1000000L};
        nanosleep(&ts, NULL);
        ms -= step;
        status = wck_session_canceled(s, err);
    }
    return status;
}

wck_status wck_session_wait(const wck_session *s, uint64_t ms, wck_error *err)
{
    uint64_t pace = s->options->retry_base_ms != 0 ? s->options->retry_base_ms : PACE_MS;

    return sleep_ms(s, ms * pace / PACE_MS, err);
}

static uint64_t random_below(uint64_t n)
{
    uint64_t value = 0;

    return wck_random(&value, sizeof value) ? value % n : 0; /* without luck: no spread */
}

/* ---- one POST ---- */

static wck_status feed(const void *data, size_t len, void *payload, wck_error *err)
{
    return wck_soap_parser_put(payload, data, len, err);
}

static void learn_clock(wck_session *s, const wck_http_response *response)
{
    if (response->date == WCK_TIME_NONE)
        return;
    s->skew = response->date - response->received;
    if (s->server_time == WCK_TIME_NONE)
        s->server_time = response->date;
}

static const char *path_of(const wck_session *s, wck_soap_action action)
{
    if (action == WCK_SOAP_GET_AUTHORIZATION_COOKIE && s->auth_path.len > 0)
        return s->auth_path.data;
    return wck_soap_actions[action].path;
}

/* *retry: the transport failed in a way that may pass. */
static wck_status post_once(wck_session *s, const wck_call *call, const wck_buf *body, wck_soap_fault *fault,
                            bool *retry, wck_error *err)
{
    const wck_soap_action_row *row = &wck_soap_actions[call->action];
    wck_http_request request = {.path = path_of(s, call->action),
                                .soap_action = row->uri,
                                .body = body->data,
                                .len = body->len,
                                .max_bytes = row->max_bytes,
                                .admin = call->action >= WCK_SOAP_ADMIN_ROLE};
    wck_http_response response = {.date = WCK_TIME_NONE};
    wck_soap_parser *parser = NULL;
    wck_status status = call->begin != NULL ? call->begin(call->payload, err) : WCK_OK;
    bool early = false;

    *retry = false;
    if (status == WCK_OK)
        status = wck_soap_parser_new(&parser, call->action, call->reply, call->payload, err);
    if (status != WCK_OK)
        return status;
    s->calls++;
    status = wck_http_post(s->http, &request, feed, parser, &response, err);
    learn_clock(s, &response);
    *retry = status == WCK_E_HTTP && response.retry;
    if (status == WCK_OK) {
        status = wck_soap_parser_end(parser, fault, &early, err);
        *retry = early; /* a body without a length that ended too soon is a broken connection */
        if (status == WCK_OK && response.status != 200)
            status = wck_fail(err, WCK_E_HTTP, "the server answered with HTTP %ld and no fault", response.status);
    }
    wck_soap_parser_free(parser);
    return status;
}

/* ---- the cookie ---- */

static void put_cookie(wck_buf *out, const wck_session *s, wck_soap_action action)
{
    if (action == WCK_SOAP_GET_ROLLUP_CONFIGURATION) { /* wants any cookie, needs no authorization (protocol.md 5.6) */
        wck_buf_puts(out, "<cookie><Expiration>9999-12-31T23:59:59.9999999</Expiration><EncryptedData/></cookie>");
        return;
    }
    wck_buf_puts(out, "<cookie><Expiration>"); /* the text as it came: a reformatted one may be refused */
    wck_quote_xml(out, wck_secret_reveal(&s->expiration));
    wck_buf_puts(out, "</Expiration><EncryptedData>");
    wck_quote_xml(out, wck_secret_reveal(&s->access));
    wck_buf_puts(out, "</EncryptedData></cookie>");
}

static void wipe(wck_buf *buf)
{
    if (buf->data != NULL)
        explicit_bzero(buf->data, buf->size);
    wck_buf_clear(buf);
}

static wck_status make_body(wck_buf *body, const wck_session *s, const wck_call *call, wck_error *err)
{
    wck_buf inside;
    bool made;

    wck_buf_init(&inside, 1U << 20);
    wck_buf_init(body, 1U << 20);
    if (!call->no_cookie)
        put_cookie(&inside, s, call->action);
    if (call->build != NULL)
        call->build(&inside, call->payload);
    made = !inside.failed && wck_soap_envelope(body, call->action, wck_buf_text(&inside));
    wipe(&inside);
    return made ? WCK_OK : wck_fail_memory(err, "making a request");
}

/* Less than 5 minutes left by the server's clock (or half of its life, should that be shorter). */
static bool is_due(const wck_session *s)
{
    wck_time margin = RENEW_MINUTES * 60 * WCK_TICKS_PER_SECOND, life;

    if (s->expires == WCK_TIME_NONE || s->born == WCK_TIME_NONE)
        return false;
    life = s->expires - s->born;
    if (life / 2 < margin)
        margin = life / 2;
    return life > 0 && s->expires - (wck_time_now() + s->skew) < margin;
}

/* ---- calls ---- */

static wck_status try_transport(wck_session *s, const wck_call *call, wck_soap_fault *fault, wck_error *err)
{
    uint64_t wait = PACE_MS;
    wck_status status;
    wck_buf body;
    bool retry;

    for (unsigned n = 0;; n++, wait *= 3) {
        memset(fault, 0, sizeof *fault);
        status = s->announced ? sleep_ms(s, s->options->pause_ms, err) : wck_session_canceled(s, err);
        s->announced = true;
        if (status == WCK_OK)
            status = make_body(&body, s, call, err);
        if (status != WCK_OK)
            return status;
        status = post_once(s, call, &body, fault, &retry, err);
        wipe(&body);
        if (!retry || n == TRIES || s->retries == 0)
            return status;
        s->retries--;
        wck_log(WCK_LOG_DEBUG, "%s: %s at \"%s\" failed, trying again", s->options->server_name,
                wck_soap_actions[call->action].operation, wck_http_origin(s->http));
        if (wck_session_wait(s, wait + random_below(wait / 5 + 1), err) != WCK_OK)
            return WCK_E_CANCELED;
    }
}

static bool wants_login(const wck_soap_fault *fault)
{
    return fault->code == WCK_FAULT_INVALID_COOKIE || fault->code == WCK_FAULT_INVALID_AUTHORIZATION_COOKIE ||
           fault->code == WCK_FAULT_COOKIE_EXPIRED;
}

/* InternalServerError of GetUpdateData names a bad id, which is the caller's to find (protocol.md 5.3). */
static bool wants_patience(const wck_call *call, const wck_soap_fault *fault, unsigned *busy, unsigned *internal,
                           uint64_t *ms)
{
    if (fault->code == WCK_FAULT_SERVER_BUSY && *busy < BUSY_TRIES) {
        ++*busy;
        *ms = BUSY_MIN_MS + random_below(BUSY_SPREAD_MS);
        return true;
    }
    if (fault->code == WCK_FAULT_INTERNAL_SERVER_ERROR && call->action != WCK_SOAP_GET_UPDATE_DATA && *internal == 0) {
        ++*internal;
        *ms = INTERNAL_WAIT_MS;
        return true;
    }
    return false;
}

static wck_status patient_call(wck_session *s, const wck_call *call, wck_soap_fault *fault, wck_error *err)
{
    unsigned busy = 0, internal = 0;
    uint64_t ms;

    for (;;) {
        wck_status status = try_transport(s, call, fault, err);
        if (status != WCK_E_SOAP || !wants_patience(call, fault, &busy, &internal, &ms))
            return status;
        if (wck_session_wait(s, ms, err) != WCK_OK)
            return WCK_E_CANCELED;
    }
}

wck_status wck_session_call(wck_session *s, const wck_call *call, wck_soap_fault *fault, wck_error *err)
{
    wck_status status = WCK_OK;

    if (!call->no_cookie && call->action != WCK_SOAP_GET_ROLLUP_CONFIGURATION && is_due(s))
        status = wck_session_login(s, fault, err);
    if (status == WCK_OK)
        status = patient_call(s, call, fault, err);
    while (status == WCK_E_SOAP && !call->no_cookie && wants_login(fault) && s->restarts < MAX_RESTARTS) {
        s->restarts++;
        status = wck_session_login(s, fault, err);
        if (status == WCK_OK)
            status = patient_call(s, call, fault, err);
    }
    if (status != WCK_OK && status != WCK_E_CANCELED && status != WCK_E_MEMORY)
        wck_fail_prefix(err, "%s", wck_soap_actions[call->action].operation);
    return status;
}
