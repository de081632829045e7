/* SPDX-License-Identifier: MIT
 * wsus.h: one run of MS-WSUSSS against one server, shared by the wsus_*.c files. Private to collect. */
#ifndef WCK_COLLECT_WSUS_H
#define WCK_COLLECT_WSUS_H

#include "base/limits.h"
#include "collect/decode_update.h"
#include "collect/session.h"

typedef struct wck_ids { /* a WCK_VEC with a name */
    wck_identity *items;
    size_t n, size;
} wck_ids;

typedef struct wck_run {
    wck_session session;
    const wck_collect_options *options;
    wck_snapshot *snapshot; /* owned until handed out */
    wck_link *link;
    size_t batch;       /* ids a GetUpdateData call */
    size_t extra_calls; /* made to find bad ids (protocol.md 5.3) */
    wck_ids updates;    /* listed, ascending, once each */
    char category_anchor[WCK_MAX_ANCHOR + 1]; /* "" when not told */
    char sync_anchor[WCK_MAX_ANCHOR + 1];
    char deployment_anchor[WCK_MAX_ANCHOR + 1];
    uint64_t lists_hash;    /* of groups, declined updates and EULAs, which come whole every time */
    size_t unread;          /* updates listed whose metadata could not be read */
    bool updates_stopped;   /* reading them was given up, because: */
    wck_error updates_why;
    bool server_changed;    /* ServerChanged: every anchor is void */
    wck_error first;        /* the first phase that stopped, for a run that read nothing */
} wck_run;

/* Statuses that end the run; any other one stops a phase, whose facts then stay unknown. */
bool wck_run_is_over(const wck_run *run, wck_status status);
/* Make the call and notice ServerChanged. */
wck_status wck_run_call(wck_run *run, const wck_call *call, wck_soap_fault *fault, wck_error *err);
void wck_run_progress(const wck_run *run, const char *phase, size_t done, size_t total);

/* wsus_list.c: GetRevisionIdList, unfiltered; anchor "" for everything. ids come ascending, once each. An absent
 * NewRevisions is WCK_E_INPUT (it means "not known"), an empty one an empty list. */
typedef struct wck_revision_list {
    wck_ids ids;
    char anchor[WCK_MAX_ANCHOR + 1];
} wck_revision_list;
wck_status wck_run_list(wck_run *run, wck_soap_action action, const char *anchor, wck_revision_list *out,
                        wck_error *err);
void wck_revision_list_clear(wck_revision_list *list);
/* Only the highest revision of each id stays (ids ascending). */
void wck_ids_keep_highest(wck_ids *ids);
/* Drop those that `known` has; both ascending. */
void wck_ids_subtract(wck_ids *ids, const wck_ids *known);
/* Add `more` (ascending, none of them known yet), keeping the order. */
wck_status wck_ids_merge(wck_ids *known, const wck_ids *more, wck_error *err);

/* wsus_data.c: rows of these ids, from the cache or by GetUpdateData. An id whose metadata cannot be had gets a row
 * of unknowns and is counted in *unread. *stopped says that the phase was given up (why: in err); the status is not
 * WCK_OK only when the run is over. */
wck_status wck_run_fetch(wck_run *run, const wck_ids *ids, bool categories, size_t *unread, bool *stopped,
                         wck_error *err);

/* wsus_deployments.c: GetDeployments; first: everything. Else the change since deployment_anchor is merged, and
 * *changed tells whether there was any. Sets the coverage of approvals, groups, declined and eulas. */
wck_status wck_run_deployments(wck_run *run, bool first, bool *changed, wck_error *err);

/* values.c: the lexical forms of XML Schema, surrounded by blanks or not; false: it is none */
bool wck_value_guid(wck_guid *out, const char *text, size_t len);
bool wck_value_int(int64_t *out, const char *text, size_t len);
bool wck_value_bool(int8_t *out, const char *text, size_t len);
bool wck_value_time(wck_time *out, const char *text, size_t len);
wck_status wck_value_bad(wck_error *err, const char *element, const char *text);

#endif
