/* SPDX-License-Identifier: MIT
 * rule.h: the catalogue and the one entry point that runs it. */
#ifndef WCK_RULES_RULE_H
#define WCK_RULES_RULE_H

#include "model/report.h"
#include "model/tree.h"

typedef enum wck_scope { WCK_SCOPE_SERVER = 1, WCK_SCOPE_EDGE, WCK_SCOPE_TREE } wck_scope;

typedef struct wck_rule {
    int id;
    const char *slug;
    wck_severity severity;
    wck_scope scope;
    const char *title;  /* lower-case phrase */
    const char *remedy; /* sentence */
} wck_rule;

/* Sorted by id. */
const wck_rule *wck_rules(size_t *n);
const wck_rule *wck_rule_find(int id); /* NULL when there is no such rule */
/* Accepts "WCK4001", "4001" or the slug. */
const wck_rule *wck_rule_parse(const char *text);

typedef struct wck_waive {
    int rule;
    const char *server; /* path; NULL = every */
    const char *object; /* fingerprint, or a GUID that the object names; NULL = every */
    const char *reason;
    wck_time expires; /* NONE = never */
} wck_waive;

typedef struct wck_check_options {
    wck_time now;            /* NONE: wck_time_now() */
    bool verify;             /* ignore digests, compare every byte */
    bool heads_only;         /* leave out every rule that needs the rows of updates: then no row is read */
    unsigned max_age_hours;  /* 9003; 0 = 24 */
    const wck_waive *waivers;
    size_t n_waivers;
    wck_guid ours;           /* the id under which this installation reads servers; zero: none */
    const wck_node *const *only; /* check these servers only (their edges); NULL = all */
    size_t n_only;
} wck_check_options;

/* Does the snapshot tell a build that the table of fixes knows (WCK8004)? false: no finding does not mean "safe". */
bool wck_build_is_judged(const wck_snapshot *head);
wck_status wck_check(wck_report **out, const wck_tree *tree, const wck_check_options *options, wck_error *err);

#endif
