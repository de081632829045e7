/* SPDX-License-Identifier: MIT
 * plan.h: what to do, in order, each action linked to the findings it answers. Owns all its text. */
#ifndef WCK_MODEL_PLAN_H
#define WCK_MODEL_PLAN_H

#include "model/host.h"
#include "model/report.h"

/* In execution order (cli.md). */
typedef enum wck_action_kind {
    WCK_DO_UNDECIDED = 0,
    WCK_DO_VERIFY,
    WCK_DO_SET_UPSTREAM,
    WCK_DO_SET_PROXY,
    WCK_DO_SELECT_PRODUCT,
    WCK_DO_SELECT_CLASSIFICATION,
    WCK_DO_SET_LANGUAGES,
    WCK_DO_CANCEL_DOWNLOAD,
    WCK_DO_SYNCHRONIZE,
    WCK_DO_CREATE_GROUP,
    WCK_DO_ACCEPT_EULA,
    WCK_DO_APPROVE,
    WCK_DO_UNAPPROVE,
    WCK_DO_DECLINE,
    WCK_DO_UNDECLINE,
    WCK_DO_REMOVE_INACTIVE_APPROVALS,
    WCK_DO_RESET_CONTENT,
    WCK_DO_RESTART_SERVICE,
    WCK_DO_SET_PERMISSIONS,
    WCK_DO_COUNT
} wck_action_kind;

typedef enum wck_risk { WCK_RISK_LOW = 1, WCK_RISK_MEDIUM, WCK_RISK_HIGH } wck_risk;

typedef struct wck_prior_approval { /* observed before-state, for undo */
    wck_guid group;
    int64_t revision, action;
    wck_time deadline;
} wck_prior_approval;

/* What a setting of the server or of its machine shall be. Members that do not apply are NULL, WCK_INT_NONE,
 * WCK_BOOL_NONE or zero. */
typedef struct wck_plan_target {
    const char *host, *was_host; /* set_upstream, set_proxy; was_…: as observed */
    int64_t port, was_port;
    int8_t ssl, was_ssl;
    int8_t cleartext;    /* set_proxy: may its credentials travel without SSL? */
    const char *service; /* restart_service: one of wck_service_known */
    wck_service_start start; /* restart_service: how it shall start; unknown: as it does */
    bool restart;        /* restart_service: stop it first */
    const char *path;    /* set_permissions: the content folder */
    wck_guid parent;     /* create_group */
} wck_plan_target;

typedef struct wck_plan_action {
    const char *id; /* "a1", "a2", … in order */
    unsigned tier;  /* depth of the server, 0 = root */
    size_t order;   /* 1.. */
    wck_action_kind kind;
    const char *server;    /* path of where it is to be done */
    const char *server_name; /* own name */
    wck_object object;
    int64_t action;        /* approve: WCK_ACTION_*; else WCK_INT_NONE */
    wck_time deadline;     /* approve */
    wck_strings languages; /* set_languages */
    const char **answers;  /* fingerprints */
    size_t n_answers;
    const char **reaches;  /* paths of other servers this also changes */
    size_t n_reaches;
    wck_plan_target target;
    const char *who;          /* may do it, and where */
    const char *precondition; /* sentence */
    const char *undo;         /* sentence, NULL when it cannot be undone */
    const char *why;          /* sentence for the reviewer */
    wck_risk risk;
    bool reversible;
    wck_prior_approval *prior; /* decline, unapprove, undecline: what was approved before */
    size_t n_prior;
} wck_plan_action;

typedef struct wck_plan_manual {
    const char *fingerprint, *why;
    int rule;
    const char *server;
} wck_plan_manual;

typedef struct wck_plan_snapshot {
    const char *server; /* path */
    wck_guid server_id;
    const char *fqdn;
    wck_digest digest;
    wck_time collected_at;
} wck_plan_snapshot;

/* How much one plan may change before a person has to raise the limit by name, with a reason. */
typedef enum wck_limit_kind {
    WCK_LIMIT_ACTIONS,           /* actions of the plan */
    WCK_LIMIT_APPROVAL_SHARE,    /* updates of a server whose approvals change, percent of those approved there */
    WCK_LIMIT_DECLINE_SHARE,     /* updates of a server that are declined, percent of those listed there */
    WCK_LIMIT_SECURITY_DECLINES, /* declines of security and critical updates that nothing supersedes */
    WCK_LIMIT_ALL_COMPUTERS,     /* approvals for All Computers */
    WCK_LIMIT_REMOVAL_SERVERS,   /* servers on which approvals are taken away */
    WCK_LIMIT_UNDECLINES,        /* declines taken back */
    WCK_LIMIT_GROUP_DELETIONS,   /* groups that a synchronization deletes on a replica; their members are not known */
    WCK_LIMIT_COUNT
} wck_limit_kind;

typedef struct wck_limit_row {
    const char *name;
    int64_t standard;
    bool percent; /* of a server; WCK_LIMIT_FEW updates or less are no share */
    const char *what;
} wck_limit_row;

enum { WCK_LIMIT_FEW = 10 }; /* one of a lab's nine approvals is 11 %, and no mass change */

typedef struct wck_plan_limit {
    int64_t limit;      /* in force */
    int64_t found, of;  /* of: what a percentage is taken of, else WCK_INT_NONE */
    const char *server; /* path of the server that comes nearest to it; NULL: the whole plan */
    const char *reason; /* why it is not the standard one; NULL: it is */
} wck_plan_limit;

typedef struct wck_plan {
    wck_arena *arena;
    wck_time made_at;
    const char *tool_version;
    WCK_VEC(wck_plan_snapshot) snapshots;
    WCK_VEC(wck_plan_action) actions; /* in order */
    WCK_VEC(wck_plan_manual) manual;
    size_t findings, waived; /* findings of the report with result fail or unknown; waived apart */
    wck_digest policy; /* of the limits, reasons and waivers in force; zero: not known */
    struct {
        int64_t max_actions;
        bool checked; /* false: a document that says nothing of them */
        wck_plan_limit checks[WCK_LIMIT_COUNT];
    } limits;
} wck_plan;

/* The services that a plan may name; their names go into scripts as they are. */
bool wck_service_known(const char *name);
wck_plan_target wck_plan_no_target(void);
wck_plan *wck_plan_new(void);
void wck_plan_free(wck_plan *plan);
const char *wck_action_kind_name(wck_action_kind kind);
bool wck_action_kind_parse(wck_action_kind *out, const char *text);
const char *wck_risk_name(wck_risk risk);
bool wck_risk_parse(wck_risk *out, const char *text);
const wck_limit_row *wck_limit_row_of(wck_limit_kind kind);
bool wck_limit_kind_parse(wck_limit_kind *out, const char *text);
bool wck_plan_limit_exceeded(wck_limit_kind kind, const wck_plan_limit *limit);
size_t wck_plan_limits_exceeded(const wck_plan *plan); /* how many */

#endif
