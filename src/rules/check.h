/* SPDX-License-Identifier: MIT
 * check.h: what the check_*.c files share: facts about each server, edges, and the rows of one update on one side.
 *
 * The three tests every rule is built from (rules.md "What proves what"):
 *   wck_complete(f, s)  the section proves absence
 *   wck_listed(f, s)    its rows prove presence
 *   neither             the rule says nothing, WCK9001/9002 say why */
#ifndef WCK_RULES_CHECK_H
#define WCK_RULES_CHECK_H

#include "base/arena.h"
#include "rules/causes.h"
#include "rules/retry.h"
#include "rules/rule.h"

/* How synchronizing went, read off the history once (check_sync.c, locality.c). */
typedef struct sync_look {
    const wck_sync_run *last; /* newest run that has ended; NULL: none is listed */
    bool failed;              /* it failed: 6001; all below is set only then */
    const char *error;        /* its error by name, may be NULL */
    const wck_cause *cause;   /* NULL: the words are not in causes.def */
    wck_retry retry;
    wck_time from, to;        /* when it tried: the newest chain of tries */
    const wck_node *sibling_fine; /* 6006 */
    bool parent_down;         /* folds into the 6007 of its parent */
} sync_look;

typedef struct facts {
    const wck_node *node;
    const wck_snapshot *head;
    bool suspect[WCK_SECTION_COUNT]; /* 9005: neither complete nor listed for any rule */
    bool nothing_read;               /* 9001 */
    bool never_synced;               /* 6003 */
    bool rebuilt;                    /* 1005 */
    bool last_good_known;
    wck_time last_good; /* start of the last good synchronization */
    int8_t all_on;      /* language "all": 1, 0 or WCK_BOOL_NONE */
    sync_look sync;
    /* cursor over the partitions: rows of partition `loaded` live in `arena` */
    wck_arena *arena;
    wck_partition rows;
    size_t loaded;
    bool has_rows;
    /* the partitions of the span looked into last; borrowed from the reader */
    const wck_part_info *parts;
    size_t span;
    /* a row of this server alone could make a finding: WCK_PART_… worth looking at */
    unsigned telling;
} facts;

/* State of a group or EULA on an edge that later findings may fold into. */
typedef struct mark {
    wck_guid id, other; /* other: 4023, the child's group */
    int rule;
    const char *expected, *actual, *name;
    wck_guid update;
    wck_time at;
    size_t folded;
} mark;

typedef struct edge {
    facts *up, *down;
    bool replica;
    bool same;  /* no partition can have anything to say */
    bool unproven;     /* the upper one's list of updates proves nothing, the lower one's does (3022) */
    bool eulas_differ; /* equal rows can still differ in what the heads say about them (4031) */
    WCK_VEC(mark) groups, eulas;
    WCK_VEC(wck_guid) regrouped; /* groups on both sides that inherit from others than upstream: 4012 */
    size_t inactive, pending, missing, extra, folded; /* approvals, for 4011 */
} edge;

typedef struct check {
    const wck_tree *tree;
    const wck_check_options *options;
    wck_time now;
    wck_report *report;
    facts *facts; /* by node index */
    edge *edges;
    size_t n_edges, n_partitions;
    wck_arena *changed; /* rows of the edge and partition at hand */
    wck_arena *found;   /* rows of single updates that rules asked for, see wck_side_of */
    bool failed; /* memory ran short while a finding was made */
    wck_error *err;
} check;

/* Rows of one update on one server. */
typedef struct side {
    const wck_update *updates; /* ascending revision */
    size_t n_updates;
    const wck_declined *declined; /* NULL: not declined (or not known) */
    const wck_approval *approvals;
    size_t n_approvals;
} side;

/* ---- facts.c */
bool wck_complete(const facts *f, wck_section section);
bool wck_listed(const facts *f, wck_section section);
wck_status wck_facts_make(check *c);
size_t wck_row_count(const wck_reader *reader, wck_section section); /* listed rows; 0: it has none by nature */
bool wck_eula_accepted(const facts *f, wck_guid eula);
const wck_category *wck_category_find(const facts *f, wck_guid id);
const wck_group *wck_group_find(const facts *f, wck_guid id);
/* When the next synchronization is due; NONE when that cannot be told. */
wck_time wck_next_sync(const check *c, const facts *f);
/* Hours between scheduled synchronizations, 0 not automatic, -1 not known. */
double wck_sync_interval(const facts *f);
/* C or A against L: did the child have a good synchronization that began after t? */
bool wck_pending_since(const facts *child, wck_time t);

/* ---- rows.c */
wck_status wck_rows_of(check *c, facts *f, size_t partition, wck_partition *out);
/* Rows of one update, loading as little as possible. Pointers live until another partition of f is loaded, or the
 * engine turns to another update. */
wck_status wck_side_of(check *c, facts *f, wck_guid update, side *out);
/* What the index says about a partition of the check, which may be one of several that share a partition of the
 * reader. */
wck_status wck_part_at(const check *c, facts *f, size_t partition, const wck_part_info **out);
/* Walk the union of update ids of two partitions (second may be NULL). false at the end. */
typedef struct walk {
    wck_partition part[2];
    wck_guid id;
    side side[2];
} walk;
bool wck_walk_next(walk *w);
const wck_update *wck_side_revision(const side *s, int64_t revision);
const wck_update *wck_side_highest(const side *s);
/* The approvals that count, one per group (rules.md "Several approvals"): next pick at or after *at; NULL at the
 * end. Skips codes that are no administrator's intent and the Downstream Servers group. */
const wck_approval *wck_next_pick(const side *s, size_t *at);
const wck_approval *wck_pick_of(const side *s, wck_guid group);

/* ---- finding.c */
/* NULL when the server was not asked for (options->only) or memory is short (check->failed); every function below
 * accepts f == NULL, so rules need not look. The finding is valid until the next add. */
wck_finding *wck_finding_add(check *c, const wck_node *server, int rule, const wck_object *object);
void wck_finding_says(check *c, wck_finding *f, const char *expected, const char *actual);
void wck_finding_evidence(check *c, wck_finding *f, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void wck_finding_time(check *c, wck_finding *f, const char *name, wck_time t);
const char *wck_title_of(const side *a, const side *b);
const char *wck_text(check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
wck_object wck_object_of_update(wck_guid id, int64_t revision, const char *title);
wck_object wck_object_of_approval(const check *c, const edge *e, const wck_approval *a, const char *title);

bool wck_finding_asked_for(const check *c, const wck_node *server);

/* ---- check_*.c */
void wck_check_tree_rules(check *c);
void wck_sync_looks(check *c);              /* fills facts->sync of every server */
void wck_check_locality(check *c);          /* 6006 to 6008: which side is at fault; before the servers */
void wck_check_sync(check *c, facts *f);    /* the rest of 6xxx and 7xxx that the history tells */
/* When and how the last run failed: evidence that several rules give. */
void wck_sync_evidence(check *c, wck_finding *found, const facts *f);
void wck_check_server(check *c, facts *f);         /* everything that needs no update rows */
void wck_check_setting(check *c, const facts *f);  /* 1009, 7002 */
wck_status wck_check_undeclined(check *c, facts *f); /* 3032 */
wck_status wck_check_volume(check *c, facts *f);     /* 4040 */
void wck_find_regrouped(check *c, edge *e);
void wck_check_effective(check *c, edge *e, const walk *w); /* 4012 */
void wck_check_downstream(check *c, const facts *f); /* 1008, 1010 */
void wck_check_host(check *c, facts *f);           /* 7006, 7010 to 7014 */
void wck_check_versions(check *c, facts *f);       /* 8001, 8004, 8005 */
void wck_check_edge_versions(check *c, edge *e);   /* 8002, 8003 */
void wck_check_edge_storage(check *c, edge *e);    /* 2008 */
wck_status wck_check_content(check *c, facts *f);  /* 5001 to 5004 */
/* How many content findings a verdict on the update swallows: 0 or 1. */
size_t wck_content_folds(const edge *e, const side *down);
void wck_check_server_history(check *c, facts *f); /* against the previous snapshot */
void wck_check_edge_begin(check *c, edge *e);
wck_status wck_check_edge_end(check *c, edge *e);
wck_status wck_check_pair(check *c, edge *e, const walk *w);
/* Update-level verdict of an edge: 0 nothing, else the rule that explains everything about the update there. */
int wck_update_verdict(check *c, edge *e, wck_guid id, const side *up, const side *down);
/* Does the verdict on an update swallow what else would be said about it on that edge (rules.md "What folds")? */
bool wck_swallows(int rule);
void wck_check_approvals(check *c, edge *e, const walk *w, int verdict, size_t *folded);
/* 3034, 4031, 4010 of one update on one server that answers for itself. */
wck_status wck_check_single(check *c, facts *f, wck_guid id, const side *s);
/* The same on a replica, against its completely read parent. */
void wck_check_single_replica(check *c, edge *e, const walk *w, int verdict, size_t *folded);
bool wck_approval_inactive(const facts *f, const side *s, const wck_approval *a);
/* 3022 of one update on an edge (up: its rows on the parent), and of a whole partition of a server without an edge. */
void wck_check_metadata_pair(check *c, edge *e, const walk *w, int verdict, size_t *folded);
wck_status wck_check_metadata(check *c, facts *f, size_t partition);
wck_status wck_check_superseded(check *c, facts *f);

#endif
