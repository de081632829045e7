/* SPDX-License-Identifier: MIT
 * session.h: one server's authorization, and calls with the reactions of protocol.md 6: tries, waits, renewed
 * cookies. Everything a caller sees of a failure is already beyond remedy here. */
#ifndef WCK_COLLECT_SESSION_H
#define WCK_COLLECT_SESSION_H

#include "base/secret.h"
#include "collect/collect.h"
#include "collect/http.h"
#include "collect/soap.h"

enum { WCK_PROTOCOL_TEXT = 16 };

typedef struct wck_session {
    const wck_collect_options *options; /* borrowed */
    wck_http *http;
    wck_buf auth_path; /* of the authorization service, as the server told */
    wck_secret plug_in, authorization, expiration, access; /* bearer credentials: never logged, never stored */
    wck_time expires, born; /* of the access cookie, by the server's clock */
    wck_time skew;          /* server's clock minus ours, 0 until told */
    wck_time server_time;   /* the first Date header */
    char protocol[WCK_PROTOCOL_TEXT]; /* the version spoken */
    bool fell_back; /* the newest version we know was refused: what the server reports is not asked for again */
    unsigned restarts; /* of the authorization, at most 2 a run */
    unsigned retries;  /* waits for the transport that are left for the run */
    size_t calls;
    bool announced; /* a first call was made: pauses come before the others */
} wck_session;

/* No traffic yet. */
wck_status wck_session_open(wck_session *session, const char *url, const wck_collect_options *options,
                            wck_error *err);
void wck_session_close(wck_session *session); /* a zeroed session is fine */

/* GetAuthConfig, GetAuthorizationCookie, GetCookie; asks with as_protocol or 1.20, and lower versions where the server
 * refuses that one. fault may be NULL. */
wck_status wck_session_login(wck_session *session, wck_soap_fault *fault, wck_error *err);
/* GetCookie once more with another protocol version; on failure the session is as it was. */
wck_status wck_session_speak(wck_session *session, const char *version, wck_error *err);

typedef struct wck_call {
    wck_soap_action action;
    /* Parameters behind the cookie, as XML in the operation's namespace (the default one). */
    void (*build)(wck_buf *out, void *payload); /* may be NULL */
    /* Forget what an earlier, failed try gave. */
    wck_status (*begin)(void *payload, wck_error *err); /* may be NULL */
    const wck_soap_reply_ops *reply;
    void *payload;
    bool no_cookie; /* the call carries none of ours */
} wck_call;

/* WCK_E_HTTP, WCK_E_SOAP (told in *fault), WCK_E_INPUT, WCK_E_LIMIT, WCK_E_MEMORY, WCK_E_CANCELED, or what the reply's
 * handlers returned. */
wck_status wck_session_call(wck_session *session, const wck_call *call, wck_soap_fault *fault, wck_error *err);

/* Sleep that ends early when the user interrupts; ms of a pace of 5,000 (options->retry_base_ms scales it). */
wck_status wck_session_wait(const wck_session *session, uint64_t ms, wck_error *err);
wck_status wck_session_canceled(const wck_session *session, wck_error *err);

/* Compare "x.y" as two integers: <0, 0, >0; a text that is none sorts lowest. */
int wck_protocol_cmp(const char *a, const char *b);

#endif
