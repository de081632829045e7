/* SPDX-License-Identifier: MIT
 * http.h: one libcurl handle per server, bound to that server's origin. Nothing is ever followed, guessed, decoded or
 * taken from the environment (reliability.md 9). */
#ifndef WCK_COLLECT_HTTP_H
#define WCK_COLLECT_HTTP_H

#include "base/time.h"
#include "collect/collect.h"

#include <stdbool.h>
#include <stddef.h>

wck_status wck_http_init(wck_error *err); /* process wide */
void wck_http_cleanup(void);

typedef struct wck_http wck_http;

/* url: http(s)://host[:port] and nothing behind; a user part is refused. options are borrowed and must outlive the
 * session. No traffic yet. WCK_E_INPUT, WCK_E_MEMORY. */
wck_status wck_http_open(wck_http **out, const char *url, const wck_collect_options *options, wck_error *err);
void wck_http_close(wck_http *http); /* NULL is fine */
const char *wck_http_origin(const wck_http *http); /* "http://host:8530" */
const char *wck_http_host(const wck_http *http);
/* The place of a service URL that the server told, below its own root: relative to the root, or absolute with this
 * very origin. Other origins, "..", "?", "#", "\" and control characters are WCK_E_INPUT (protocol.md 3). */
wck_status wck_http_resolve(const wck_http *http, const char *service_url, wck_buf *path, wck_error *err);

typedef struct wck_http_request {
    const char *path; /* with its leading slash */
    const char *soap_action; /* unquoted */
    const void *body;
    size_t len, max_bytes; /* max_bytes: cap of the reply, counted as it arrives */
    bool admin;            /* the administration service: what to do about 401 and 403 differs */
} wck_http_request;

typedef struct wck_http_response {
    long status;   /* 0: no answer */
    wck_time date; /* the server's clock, WCK_TIME_NONE when not told */
    wck_time received; /* our clock at that moment */
    bool retry;    /* after WCK_E_HTTP: the same call may succeed later */
} wck_http_response;

/* A piece of an XML body (status 200, 400 or 500). */
typedef wck_status wck_http_body_fn(const void *data, size_t len, void *payload, wck_error *err);

/* POST and stream. WCK_OK: an XML body came whole and all of it went to fn. WCK_E_HTTP: anything else the network or
 * the server did, told in words with a hint; WCK_E_LIMIT: over max_bytes; WCK_E_CANCELED; or what fn returned. */
wck_status wck_http_post(wck_http *http, const wck_http_request *request, wck_http_body_fn *fn, void *payload,
                         wck_http_response *response, wck_error *err);

#endif
