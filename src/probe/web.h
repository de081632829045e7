/* SPDX-License-Identifier: MIT
 * web.h: one question by HTTP. */
#ifndef WCK_PROBE_WEB_H
#define WCK_PROBE_WEB_H

#include "probe/probe_private.h"

#include <curl/curl.h>

enum { WCK_WEB_HEAD = 1, WCK_WEB_LOGIN = 2, WCK_WEB_PROXY_LOGIN = 4 };

typedef struct wck_web_reply {
    CURLcode rc;
    long status; /* of the server, or of the proxy that did not let us through; 0: no answer */
    wck_time date, received;
    char methods[128], proxy_methods[128]; /* offered logins: "Negotiate, NTLM" */
    char text[CURL_ERROR_SIZE];
} wck_web_reply;

wck_web_reply wck_web_ask(probe *p, const char *url, unsigned how);

#endif
