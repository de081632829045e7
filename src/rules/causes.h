/* SPDX-License-Identifier: MIT
 * causes.h: from what a failed synchronization says to cause, remedy and whether it heals by itself (causes.def). */
#ifndef WCK_RULES_CAUSES_H
#define WCK_RULES_CAUSES_H

#include "model/types.h"

typedef enum wck_heals { WCK_HEALS_NOT_SAID = 0, WCK_HEALS_YES, WCK_HEALS_NO, WCK_HEALS_PERHAPS } wck_heals;
typedef enum wck_side { WCK_SIDE_NOT_KNOWN = 0, WCK_SIDE_HERE, WCK_SIDE_LINK, WCK_SIDE_UPSTREAM } wck_side;
typedef enum wck_cause_kind { WCK_CAUSE_TEXT = 1, WCK_CAUSE_HTTP, WCK_CAUSE_SOAP, WCK_CAUSE_NAME } wck_cause_kind;
typedef enum wck_cause_where {
    WCK_WHERE_ANY = 0,
    WCK_WHERE_ROOT,
    WCK_WHERE_CHILD,
    WCK_WHERE_PROXY,
    WCK_WHERE_SECURE,
    WCK_WHERE_SERVICE
} wck_cause_where;

typedef struct wck_cause {
    wck_cause_kind kind;
    int number; /* HTTP status, or number of the error name */
    const char *key;
    wck_cause_where where;
    wck_heals heals;
    wck_side side; /* which side is at fault, as far as the words tell */
    int rule;      /* the rule of the environment that says the same, or 0 */
    const char *cause;  /* phrase; NULL: the code says that nothing is known */
    const char *remedy; /* sentence; NULL with cause */
    const char *source;
} wck_cause;

/* The server whose run it is. config NULL: not known. */
typedef struct wck_cause_of {
    bool root; /* synchronizes from Microsoft Update */
    const wck_config *config;
} wck_cause_of;

/* In the order in which they are tried. */
const wck_cause *wck_causes(size_t *n);
/* The first row that matches error name and text (each may be NULL); NULL when none does. */
const wck_cause *wck_cause_find(const char *error, const char *text, const wck_cause_of *of);
/* A SynchronizationError as its name: "5" gives "ProxyError", a name stays, NULL gives NULL. */
const char *wck_sync_error_name(const char *error);
const char *wck_heals_text(wck_heals heals); /* "yes", "no", "perhaps", "not known" */
const char *wck_side_text(wck_side side);    /* "this server", "the way between", … */

#endif
