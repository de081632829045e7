/* SPDX-License-Identifier: MIT
 * host.h: facts about the machine a WSUS server runs on, as rules read them.
 *
 * The truth is wck_snapshot.host_json, the canonical text that is stored, digested and exported byte for byte; a
 * wck_host is a view of it that codec makes anew wherever a snapshot is read (docs/architecture.md, "Host facts"). So
 * what this version does not know yet is neither lost nor needs a migration.
 *
 * Every part is optional: has_… false and NULL mean that nobody looked. What was looked at and refused stands in
 * `unread` with the reason. Everything lives in the arena of the snapshot. */
#ifndef WCK_MODEL_HOST_H
#define WCK_MODEL_HOST_H

#include "model/types.h"

typedef enum wck_service_state {
    WCK_SERVICE_UNKNOWN = 0,
    WCK_SERVICE_RUNNING,
    WCK_SERVICE_STOPPED,
    WCK_SERVICE_PAUSED,
    WCK_SERVICE_MISSING /* looked for and not installed */
} wck_service_state;

typedef enum wck_service_start {
    WCK_START_UNKNOWN = 0,
    WCK_START_AUTOMATIC,
    WCK_START_AUTOMATIC_DELAYED,
    WCK_START_MANUAL,
    WCK_START_DISABLED
} wck_service_start;

typedef struct wck_host_service {
    const char *name; /* never NULL: BITS, WsusService, W3SVC … */
    wck_service_state state;
    wck_service_start start;
} wck_host_service;

typedef struct wck_host_acl {
    const char *path, *sddl; /* never NULL */
} wck_host_acl;

typedef struct wck_host_event {
    wck_time time;
    int64_t id;
    const char *source, *level, *text; /* NULL: not said */
} wck_host_event;

typedef struct wck_host_proxy {
    const char *host, *user;
    int64_t port;
    int8_t basic_in_cleartext;
} wck_host_proxy;

typedef struct wck_host_value { /* of the registry, of TLS: any scalar as text */
    const char *name, *text;
} wck_host_value;

typedef struct wck_host_binding {
    const char *site, *protocol, *address; /* address as IIS writes it: ip:port:host */
    int64_t port;
} wck_host_binding;

typedef struct wck_host_job { /* a BITS job in error */
    const char *name, *state, *error, *url;
} wck_host_job;

typedef struct wck_host_disk {
    const char *name; /* "C:" */
    int64_t free_bytes, size_bytes;
} wck_host_disk;

typedef struct wck_host_downstream { /* a row that the server keeps of a server below it, its own or further down */
    const char *name;    /* full, as that server called itself; never NULL */
    const char *version; /* NULL: not told */
    wck_guid id, parent; /* parent zero: this server, or not told */
    int8_t replica;
    bool never_synced;             /* told so; otherwise NONE below means not told */
    wck_time last_sync, last_rollup, last_approval_sync;
} wck_host_downstream;

typedef struct wck_host_removal { /* an approval that was removed from this server; only SUSDB tells */
    wck_guid update, group;
    wck_time time;
    const char *by; /* who did; NULL: not told */
} wck_host_removal;

typedef struct wck_host_unread {
    const char *part, *reason; /* "services", "content.acl" … */
} wck_host_unread;

typedef struct wck_host {
    bool has_services, has_acl, has_events, has_proxy; /* false: not looked at, the lists are empty */
    wck_host_service *services;
    size_t n_services;
    const char *content_path;
    wck_host_acl *acl; /* of the content folder, its drive and what lies below */
    size_t n_acl;
    int64_t free_bytes; /* on the drive of the content folder */
    wck_host_event *events; /* as they stand in the document, in no promised order */
    size_t n_events;
    wck_host_proxy proxy;
    const char *os_build, *time_zone;
    int64_t utc_offset_minutes;     /* of the server's clock when it was looked at, east of UTC; WCK_INT_NONE */
    const char *pool_state;         /* of WsusPool: "started", "stopped" … */
    int64_t pool_private_memory_kb; /* its limit; 0 = none */
    wck_host_value *registry, *tls;
    size_t n_registry, n_tls;
    wck_host_binding *bindings;
    size_t n_bindings;
    wck_host_job *bits_jobs;
    size_t n_bits_jobs;
    wck_host_disk *disks;
    size_t n_disks;
    bool has_downstream;
    wck_host_downstream *downstream; /* as they stand in the document */
    size_t n_downstream;
    wck_host_removal *removals; /* as they stand in the document */
    size_t n_removals;
    wck_host_unread *unread;
    size_t n_unread;
    const char *problem; /* the stored text does not say what it should: nothing above is known, and why */
} wck_host;

/* Everything null. */
void wck_host_init(wck_host *host);

const char *wck_service_state_name(wck_service_state state);
bool wck_service_state_parse(wck_service_state *out, const char *text);
const char *wck_service_start_name(wck_service_start start);
bool wck_service_start_parse(wck_service_start *out, const char *text);

/* NULL: not among those that were looked at. Names as Windows has them, in any letter case. */
const wck_host_service *wck_host_service_find(const wck_host *host, const char *name);
/* Why the part could not be read, NULL when nothing says so. */
const char *wck_host_unread_reason(const wck_host *host, const char *part);

#endif
