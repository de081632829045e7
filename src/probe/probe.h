/* SPDX-License-Identifier: MIT
 * probe.h: look, from where we run, at what a server's synchronization needs. Only connects, handshakes, GET
 * and HEAD: nothing here can change a server. A step that fails ends its chain: what stands behind it would
 * fail for the same reason and say nothing new. */
#ifndef WCK_PROBE_PROBE_H
#define WCK_PROBE_PROBE_H

#include "base/secret.h"
#include "model/diagnosis.h"

/* One server to look at. Every pointer is borrowed; NULL: not known. */
typedef struct wck_probe_server {
    const char *name; /* never NULL */
    const char
        *url; /* "http(s)://host[:port]" where it is read; NULL: only its upstream setting is looked at */
    const char *fqdn;             /* what it calls itself */
    bool admin;                   /* the login below is for its administration service */
    const char *auth_kind, *user; /* as in wck_collect_options */
    const wck_secret *password;
    const char *proxy_url, *proxy_user; /* the proxy between us and it */
    const wck_secret *proxy_password;
    bool proxy_basic; /* the configuration allows the proxy login in cleartext */
    const char *ca_file, *crl_file;
    /* from its latest snapshot: */
    const char *upstream_host; /* its own setting; NULL: none, or not known */
    int64_t upstream_port;     /* WCK_INT_NONE: not known */
    int8_t upstream_ssl;
    const char *upstream_fqdn;  /* what the upstream server calls itself */
    const char *own_proxy_host; /* the proxy it synchronizes through */
    int64_t own_proxy_port;
    int8_t own_proxy_basic;
    bool root;           /* synchronizes from Microsoft Update */
    bool remote_content; /* clients take content from Microsoft Update */
} wck_probe_server;

typedef struct wck_probe_options {
    unsigned timeout_ms; /* each connection and each answer; 0 = 5000: a LAN answers in 5 s or is dropped by a
                            firewall */
    bool here;           /* we run on that very server: what fails here fails there */
    bool microsoft;      /* look at Microsoft Update's names for roots */
    void (*progress)(const char *server, const char *step, const char *target,
                     void *payload); /* may be NULL */
    void *payload;
    const volatile int *canceled; /* may be NULL */
} wck_probe_options;

/* Rows are added in the order of the steps. WCK_E_MEMORY, WCK_E_CANCELED; a sick server is no error. */
wck_status wck_probe_look(wck_diagnosis *out, const wck_probe_server *server,
                          const wck_probe_options *options, wck_error *err);

#endif
