/* SPDX-License-Identifier: MIT
 * builder.h: what the files of this floor share: drafts of actions, facts about nodes, and what became of
 * each finding. */
#ifndef WCK_PLAN_BUILDER_H
#define WCK_PLAN_BUILDER_H

#include "base/map.h"
#include "plan/build.h"

/* An action in the making. One per kind, server and object, however many findings it answers. */
typedef struct draft {
    wck_action_kind kind;
    const wck_node *node;
    wck_object object; /* text borrowed from the report until plan_finish copies it */
    int64_t action;
    wck_time deadline;
    wck_strings languages;     /* plan's arena */
    wck_plan_target target;    /* text borrowed from snapshots until plan_finish copies it */
    WCK_VEC(size_t) answers;   /* indexes into report->findings, ascending within a pass */
    wck_prior_approval *prior; /* plan's arena */
    size_t n_prior;
    bool irreversible; /* although the kind could be undone */
} draft;

/* Per node: a cursor over its partitions, and what forbids or endangers actions there. */
typedef struct node_facts {
    wck_arena *arena;
    wck_partition rows;
    size_t loaded;
    bool has_rows;
    int blocked;          /* 9001, 9004 or 9005: nothing is derived about this server */
    int content_cause;    /* a finding that explains missing files, 0: none */
    bool rebuilt;         /* 1005 */
    bool group_recreated; /* 4023: the next synchronization loses memberships */
    bool languages_waived; /* a 2001 or 2003: it may differ */
    bool inactive_waived; /* a 4010 of this server is waived */
    const char **below,
        **mirrors; /* paths of all servers below, of the replicas that mirror it; made on demand */
    size_t n_below, n_mirrors;
    bool has_below, has_mirrors;
    wck_strings languages; /* planned by set_languages */
    bool languages_planned;
} node_facts;

typedef struct builder {
    const wck_report *report;
    const wck_tree *tree;
    wck_plan *plan;
    node_facts *nodes; /* by node index */
    wck_map by_path;   /* path -> node */
    wck_map by_key;    /* draft key -> index + 1 */
    WCK_VEC(draft) drafts;
    bool *answered;    /* by finding */
    const char **why;  /* by finding: why it is manual */
    wck_status status; /* first failure inside an answer */
    wck_error *err;
} builder;

/* ---- facts.c */
/* Rows of one update on one server; pointers live until another partition of that node is loaded. */
typedef struct rows {
    const wck_update *updates; /* ascending revision */
    size_t n_updates;
    const wck_declined *declined;
    const wck_approval *approvals;
    size_t n_approvals;
} rows;

bool plan_rows(builder *b, const wck_node *node, wck_guid update, rows *out); /* false: b->status tells */
bool plan_partition(builder *b, const wck_node *node, size_t at, wck_partition *out); /* rows live as above */
bool plan_intent(const wck_approval *a); /* meant by an administrator, no bookkeeping */
bool plan_complete(const wck_node *node, wck_section section);
bool plan_listed(const wck_node *node, wck_section section);
/* Is the update needed there? 1, 0 or WCK_BOOL_NONE. */
int8_t plan_needed(builder *b, const wck_node *node, wck_guid update);
/* wck_language_enabled, with the languages that the plan already sets. */
int8_t plan_language(const builder *b, const wck_node *node, const char *code);
/* Servers that an action on `node` also changes: every server below it, or the replicas that mirror it. */
void plan_below(builder *b, const wck_node *node, const char ***out, size_t *n);
void plan_mirrors(builder *b, const wck_node *node, const char ***out, size_t *n);
/* Approvals worth restoring, copied into the plan; what WSUS would not take again makes the draft irreversible. group
 * zero: all groups. */
void plan_prior(builder *b, const rows *r, wck_guid group, draft *out);
/* Why the update is not selected at the top; see select.c. */
typedef struct selection {
    bool known;
    bool product, classification, language;
} selection;
void plan_selection(const wck_node *node, const wck_update *u, selection *out);

/* ---- draft.c */
draft *plan_add(builder *b, wck_action_kind kind, const wck_node *node, const wck_object *object,
                const wck_finding *f);
draft *plan_find(builder *b, wck_action_kind kind, const wck_node *node, const wck_object *object);
void plan_answer(builder *b, draft *d, const wck_finding *f);
/* synchronize on every server below `top` down to `node`, top itself included when `with_top`. */
void plan_sync_path(builder *b, const wck_node *top, bool with_top, const wck_node *node,
                    const wck_finding *f);
/* NULL when nothing forbids actions on the servers from `top` down to `node`, else the reason. */
const char *plan_forbidden(builder *b, const wck_node *top, const wck_node *node);
/* NULL when approvals and declines can be made there, else the reason. */
const char *plan_no_authority(builder *b, const wck_node *authority);
const char *plan_text(builder *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- languages.c */
/* Why `code` cannot be enabled on every server from the root down to `node`, NULL when it can. */
const char *plan_cannot_enable(builder *b, const wck_node *node, const char *code);
/* set_languages on each of them that lacks it. */
void plan_enable(builder *b, const wck_node *node, const char *code, const wck_finding *f);
/* Gives the replicas below every planned set_languages the same languages. */
void plan_carry_languages(builder *b);

/* ---- languages.c, select.c, answers.c: NULL when answered by an action, else why it is manual. */
typedef const char *plan_answer_fn(builder *b, const wck_finding *f, const wck_node *node);
plan_answer_fn plan_answer_languages;    /* 2001, 2003 */
plan_answer_fn plan_answer_not_selected; /* 3010 */
plan_answer_fn plan_answer_category;     /* 2004, 2005 */

/* answers.c: what several answers need. The nearest autonomous server, if this kind of action can be taken there; else
 * *why. */
const wck_node *plan_authority(builder *b, const wck_node *node, const char **why);
bool plan_removal_known(const wck_node *a);
const char *plan_not_there(builder *b, const wck_node *a);
wck_object plan_object_of(const wck_finding *f, int64_t revision);

/* approvals.c */
/* NULL when WSUS takes that approval on `a`, whose rows these are; else why it does not (domain.md 3.6: the license
 * agreement must be accepted, an expired revision can be approved for removal only). */
const char *plan_refused(builder *b, const wck_node *a, const rows *r, int64_t revision, int64_t action);
/* Does a replica get it from `a`? */
bool plan_travels(const builder *b, const wck_node *a, const rows *r, const wck_approval *approval);
plan_answer_fn plan_answer_not_approved; /* 4001 */
plan_answer_fn plan_answer_differs;      /* 4003, 4005, 4006 */
plan_answer_fn plan_answer_stale;        /* 4004 */

/* revisions.c */
const char *plan_speaks_too_old(builder *b, const wck_node *node);
plan_answer_fn plan_answer_behind; /* 3020 */
plan_answer_fn plan_answer_ahead;  /* 3021 */

/* declines.c */
plan_answer_fn plan_answer_gone;    /* 3011 */
plan_answer_fn plan_answer_sticky;  /* 3031 */
plan_answer_fn plan_answer_expired; /* 3034 */

/* host.c */
plan_answer_fn plan_answer_upstream;    /* 7001, 7002, 7003 */
plan_answer_fn plan_answer_cleartext;   /* 7006 */
plan_answer_fn plan_answer_permissions; /* 7010 */
plan_answer_fn plan_answer_bits;        /* 7011 */
plan_answer_fn plan_answer_service;     /* 7012 */
plan_answer_fn plan_answer_content;     /* 5001 */
bool plan_explains_missing_files(int rule);

typedef struct plan_row {
    int rule;
    int pass;           /* 0 selections, 1 everything, 2 and 3 what depends on actions of the passes before */
    plan_answer_fn *fn; /* NULL: always manual */
    const char *manual; /* NULL: the finding's own remedy */
} plan_row;
const plan_row *plan_row_of(int rule); /* never NULL */
enum { PLAN_PASSES = 4 };

/* ---- order.c */
wck_status plan_finish(builder *b);

#endif
