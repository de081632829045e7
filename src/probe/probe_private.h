/* SPDX-License-Identifier: MIT
 * probe_private.h: shared by the files of this floor only. */
#ifndef WCK_PROBE_PROBE_PRIVATE_H
#define WCK_PROBE_PROBE_PRIVATE_H

#include "probe/probe.h"

#include <netdb.h>

typedef struct probe {
    wck_diagnosis *out;
    const wck_probe_server *server;
    const wck_probe_options *options;
    wck_error *err;
} probe;

/* scheme, host and port of a URL or a setting */
typedef struct place {
    char host[256]; /* 253 characters is the longest DNS name */
    unsigned port;
    bool tls;
} place;
enum { PLACE_TEXT = 280 };
bool wck_place_of_url(place *out, const char *url);
char *wck_place_text(char *out, const place *p); /* "host:8530" */

bool wck_probe_canceled(const probe *p);
void wck_probe_tell(const probe *p, wck_look_step step, const char *target);

/* address.c */
typedef enum name_form { FORM_ADDRESS, FORM_NETBIOS, FORM_FQDN } name_form;
name_form wck_form_of(const char *host);
const char *wck_form_name(name_form form);
/* Adds the look; NULL: it does not resolve. Free with freeaddrinfo. */
struct addrinfo *wck_probe_resolve(probe *p, wck_look_step step, const place *where);
/* Does the name a client uses fit the name the server gives itself? Adds a warning when the forms differ. */
void wck_probe_form(probe *p, wck_look_step step, const char *used, const char *own);

/* port.c */
/* A connected blocking socket with timeouts set, or -1 after adding the look with its cause. Every address is
 * tried and named. */
int wck_probe_connect(probe *p, wck_look_step step, const place *where, const struct addrinfo *addresses);
/* Resolved, then connected: the socket, or -1. */
int wck_probe_dial(probe *p, wck_look_step name_step, wck_look_step port_step, const place *where);

/* tls.c: takes the socket over. true: usable. */
bool wck_probe_tls(probe *p, wck_look_step step, const place *where, int fd);

/* services.c: web services, clock and content by GET and HEAD below the root URL. */
void wck_probe_web(probe *p, const char *root);

/* proxy.c */
/* The proxy between us and the server, asked for `url`. false: it lets nothing through. */
bool wck_probe_proxy(probe *p, const char *url);
/* The proxy that the server itself uses, as far as it can be seen from here. */
void wck_probe_own_proxy(probe *p);

/* microsoft.c */
void wck_probe_microsoft(probe *p);

#endif
