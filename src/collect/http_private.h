/* SPDX-License-Identifier: MIT
 * http_private.h: shared by the http*.c files only. */
#ifndef WCK_COLLECT_HTTP_PRIVATE_H
#define WCK_COLLECT_HTTP_PRIVATE_H

#include "collect/http.h"

#include <curl/curl.h>

enum { WCK_HTTP_SNIPPET = 2048 };

struct wck_http {
    CURL *curl;
    const wck_collect_options *options;
    char *scheme, *host, *port, *origin;
    char curl_text[CURL_ERROR_SIZE];
    char gss_text[200]; /* why Kerberos gave no ticket, of this call; "" when nothing was said */
};

/* One call under way. */
typedef struct wck_exchange {
    const wck_http *http;
    const wck_http_request *request;
    wck_http_body_fn *fn;
    void *payload;
    wck_http_response *response;
    size_t header_bytes, bytes;
    bool is_xml, canceled;
    char content_type[96], encoding[64], location[256], challenge[128];
    char snippet[WCK_HTTP_SNIPPET];
    size_t snippet_len;
    wck_error err; /* err.status: why we stopped the transfer ourselves */
} wck_exchange;

/* http_url.c: scheme, host, port and origin from the URL that the user gave. */
wck_status wck_http_split_url(wck_http *http, const char *text, wck_error *err);

/* http_words.c: what came of the transfer: WCK_OK when fn got a whole XML body, else the failure in words. */
wck_status wck_http_judge(wck_exchange *x, CURLcode rc, wck_error *err);
/* http_causes.c: no reply came. Sets response->retry to false where another try cannot help. */
wck_status wck_http_no_answer(wck_exchange *x, CURLcode rc, wck_error *err);
wck_status wck_http_proxy_login(const wck_exchange *x, wck_error *err); /* HTTP 407 */
/* The login method by name, "none" when not said. */
const char *wck_http_auth_kind(const wck_collect_options *options);
/* http_kerberos.c: detail and hint of a login by Negotiate for which there was no token (gss_text says why). */
wck_status wck_http_kerberos(const wck_exchange *x, wck_error *err);
/* Status and content type say whether the body is SOAP: sets response->status and is_xml. */
void wck_http_classify(wck_exchange *x);

#endif
