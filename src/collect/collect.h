/* SPDX-License-Identifier: MIT
 * collect.h: servers and packages → snapshots. Read only by construction: soap_actions.def lists every SOAP action
 * that can leave the process. */
#ifndef WCK_COLLECT_COLLECT_H
#define WCK_COLLECT_COLLECT_H

#include "base/secret.h"
#include "base/buf.h"
#include "model/snapshot.h"

/* Shared metadata cache, given by the caller (collect and store do not know each other). Both may be called from
 * several threads. get returns WCK_E_NOT_FOUND when absent; data is the plain UTF-8 or UTF-16 update document. */
typedef struct wck_document_cache {
    wck_status (*get)(void *payload, wck_guid update, int64_t revision, wck_buf *out, wck_error *err);
    wck_status (*put)(void *payload, wck_guid update, int64_t revision, const void *data, size_t len, wck_error *err);
    void *payload;
} wck_document_cache;

typedef struct wck_collect_identity { /* what we call ourselves to every server (protocol.md 9) */
    const char *account_name; /* FQDN characters */
    wck_guid account_guid;
} wck_collect_identity;

/* Called often; rate limiting is the caller's. total 0: not known. May be called from several threads. */
typedef void wck_progress_fn(const char *server, const char *phase, size_t done, size_t total, void *payload);

typedef struct wck_collect_options {
    const char *server_name; /* name the snapshot gets */
    const char *parent;      /* NULL: root or not known */
    wck_mode mode;
    const char *auth_kind;   /* NULL or "none", "negotiate", "ntlm" */
    const char *user;
    const wck_secret *password;
    const char *proxy_url, *proxy_user;
    const wck_secret *proxy_password;
    bool proxy_basic; /* the configuration allows Basic at the proxy: the password travels in cleartext */
    const char *ca_file;  /* authorities to trust instead of those of the system, PEM; NULL: the system's */
    const char *crl_file; /* revocation lists of every authority of the chain, PEM; NULL: not looked at */
    const wck_collect_identity *identity;
    const wck_document_cache *cache; /* may be NULL */
    wck_progress_fn *progress;       /* may be NULL */
    void *progress_payload;
    const volatile int *canceled;    /* may be NULL; not 0: stop soon with WCK_E_CANCELED */
    unsigned pause_ms;               /* between calls to one server */
    unsigned retry_base_ms;          /* first wait after a transport error; 5000 when 0, tests set less */
    unsigned timeout_s;              /* per call; 0 = 900 */
    const char *as_protocol;         /* NULL: negotiate; else e.g. "1.8" */
    bool same_method; /* every server of the tree is read over MS-WSUSAR, so its lists are compared with their like */
} wck_collect_options;

/* One downstream server as its upstream servers know it (MS-WSUSAR, SUSDB). */
typedef struct wck_downstream {
    char *full_name; /* as it called itself; never NULL */
    char *version;   /* NULL: not told */
    wck_guid id, parent; /* parent zero: the server that was asked */
    int8_t replica;
    bool never_synced; /* told so; otherwise NONE means not told */
    wck_time last_sync, last_rollup;
    wck_time last_approval_sync; /* only SUSDB tells */
} wck_downstream;

typedef struct wck_downstream_list {
    wck_downstream *items;
    size_t n, size;
    wck_guid server_id; /* of the server that was asked; zero: not told */
} wck_downstream_list;

/* Process-wide set-up and tear-down of libcurl and libxml2; first and last thing of a
 * program that collects, imports packages or looks at servers (probe/probe.h). */
wck_status wck_collect_init(wck_error *err);
void wck_collect_cleanup(void);

/* Live MS-WSUSSS. Succeeds with a frozen snapshot even when sections stayed unknown; WCK_E_HTTP / WCK_E_SOAP only
 * when nothing at all could be read (the caller then records a snapshot of unknowns with the reason). */
wck_status wck_collect_sync(wck_snapshot **out, const char *url, const wck_collect_options *options, wck_error *err);
/* Live MS-WSUSAR, for an account in WSUS Reporters or WSUS Administrators. Success and failure as above. */
wck_status wck_collect_admin(wck_snapshot **out, const char *url, const wck_collect_options *options, wck_error *err);
/* Both: MS-WSUSSS for metadata, approvals and declined updates, MS-WSUSAR for what it does not tell (configuration,
 * history, times of arrival). The reason of each section's coverage says where it came from. One channel that fails
 * leaves the other, with the reason; fails only when both do. */
wck_status wck_collect_auto(wck_snapshot **out, const char *url, const wck_collect_options *options, wck_error *err);
/* Every server below this one, whole tree, by MS-WSUSAR; ordered by name, then id. */
wck_status wck_collect_downstream(wck_downstream_list *out, const char *url, const wck_collect_options *options,
                                  wck_error *err);
void wck_downstream_list_sort(wck_downstream_list *list); /* by name, then id */
void wck_downstream_list_forget(wck_downstream_list *list); /* its rows; the room for them stays */
void wck_downstream_list_clear(wck_downstream_list *list);

/* `wsusutil export` package: .cab or the folder with package.xml and metadata.txt. options->server_name may be NULL:
 * then the package's ServerID names it. */
wck_status wck_collect_package(wck_snapshot **out, const char *path, const wck_collect_options *options,
                               wck_error *err);
/* true when the path is a folder with package.xml, or a file that begins with "MSCF". */
bool wck_collect_is_package(const char *path);
/* A snapshot that says "not read, because": every section unknown with the reason, collected now. */
wck_status wck_collect_unknown(wck_snapshot **out, const wck_collect_options *options, const char *reason,
                               wck_error *err);

#endif
