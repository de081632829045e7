/* SPDX-License-Identifier: MIT
 * http.h: what every use of libcurl has in common: its manners, how it logs in, and how header lines are read.
 * Nothing is ever followed, guessed or taken from the environment (reliability.md 9). */
#ifndef WCK_NET_HTTP_H
#define WCK_NET_HTTP_H

#include "base/secret.h"
#include "base/time.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

/* The first option that is refused decides; later ones are skipped. */
#define WCK_CURL_SET(curl, rc, option, value)                                                                  \
    do {                                                                                                       \
        if ((rc) == CURLE_OK)                                                                                  \
            (rc) = curl_easy_setopt(curl, option, value);                                                      \
    } while (0)

/* Protocols, redirects, TLS. ca_file and crl_file (PEM) may be NULL: the authorities of the system, no revocation lists.
 * Timeouts and callbacks are the caller's. */
CURLcode wck_net_manners(CURL *curl, const char *ca_file, const char *crl_file);

/* url NULL: none, whatever the environment says. user NULL: no login there; "" is Negotiate, a name NTLM, or Basic where
 * `basic` allows the password to travel in cleartext. password may be NULL. */
CURLcode wck_net_proxy(CURL *curl, const char *url, const char *user, const wck_secret *password, bool basic);

/* The one method of that name: "none" (or NULL), "negotiate", "ntlm", "basic"; -1: there is none. */
long wck_net_auth_method(const char *kind);
/* Exactly one method: with ANYAUTH libcurl would send a password in Base64 to whoever offers Basic (protocol.md 8).
 * Basic over http is the caller's to refuse. user and password may be NULL: Kerberos takes the caller's ticket. */
CURLcode wck_net_login(CURL *curl, const char *kind, const char *user, const wck_secret *password);

/* Whether the line of len bytes is that header; *value is borrowed, without white space around it. */
bool wck_net_header(const char *line, size_t len, const char *name, const char **value, size_t *value_len);
/* As a string of at most size - 1 bytes. */
void wck_net_keep(char *out, size_t size, const char *value, size_t len);
bool wck_net_date(wck_time *out, const char *value, size_t len);
/* Adds the login methods of a WWW-Authenticate or Proxy-Authenticate header to "Negotiate, NTLM": names only, never the
 * tokens behind them, each once. What does not fit is left out. */
void wck_net_add_methods(char *list, size_t size, const char *value, size_t len);

#endif
