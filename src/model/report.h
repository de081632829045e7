/* SPDX-License-Identifier: MIT
 * report.h: findings as data. Owns all its text, so it outlives the tree it was made from. */
#ifndef WCK_MODEL_REPORT_H
#define WCK_MODEL_REPORT_H

#include "base/arena.h"
#include "base/vec.h"
#include "model/types.h"
#include "wck/error.h"

typedef enum wck_severity { WCK_SEVERITY_NOTE = 1, WCK_SEVERITY_WARNING, WCK_SEVERITY_ERROR } wck_severity;
typedef enum wck_result { WCK_RESULT_FAIL = 1, WCK_RESULT_UNKNOWN, WCK_RESULT_WAIVED } wck_result;

typedef enum wck_object_kind {
    WCK_OBJECT_SERVER = 1,
    WCK_OBJECT_SECTION,
    WCK_OBJECT_LANGUAGE,
    WCK_OBJECT_CATEGORY,
    WCK_OBJECT_UPDATE,
    WCK_OBJECT_APPROVAL,
    WCK_OBJECT_GROUP,
    WCK_OBJECT_EULA,
    WCK_OBJECT_FILE
} wck_object_kind;

/* Zero GUID, WCK_INT_NONE and NULL: does not apply, left out of the document. */
typedef struct wck_object {
    wck_object_kind kind;
    wck_guid update;
    int64_t revision;
    wck_guid group, category, eula;
    const char *language; /* code */
    const char *file;     /* hex digest */
    const char *title;    /* of the update or category, for people */
    const char *name;     /* of the group, section, server */
} wck_object;

typedef struct wck_evidence {
    const char *name, *value; /* facts that decided, in a fixed order, e.g. "arrived" = time */
} wck_evidence;

/* Machine-readable side facts the planner needs; kept in the report document under "facts". */
typedef struct wck_finding {
    int rule; /* 4001 for WCK4001 */
    const char *slug;
    wck_severity severity;
    wck_result result;
    const char *server;   /* path */
    const char *upstream; /* path of the parent, NULL when none */
    wck_object object;
    const char *expected, *actual; /* NULL: none */
    const char *remedy;   /* sentence */
    const char *message;  /* rule title */
    wck_evidence *evidence;
    size_t n_evidence;
    char fingerprint[33]; /* 128 bits of SHA-256 over rule, server path, object ids; hex */
    const char *waiver;   /* reason, when waived */
    size_t place;         /* of its server in the report; set by wck_report_finish */
} wck_finding;

typedef struct wck_report_server {
    const char *name, *path, *parent; /* parent: path or NULL */
    wck_mode mode;
    wck_guid server_id;
    const char *version, *snapshot_id, *source;
    wck_digest digest;
    wck_time collected_at, last_good_sync; /* start of the last good run or NONE */
    wck_coverage coverage[WCK_SECTION_COUNT];
    size_t updates, approvals, declined, groups, categories, languages_enabled; /* listed rows */
    size_t errors, warnings, notes, unknown, waived; /* findings on this server */
} wck_report_server;

typedef struct wck_report {
    wck_arena *arena;
    WCK_VEC(wck_report_server) servers; /* tree order */
    WCK_VEC(wck_finding) findings;      /* sorted: server in tree order, rule, object */
    wck_time checked_at;
    size_t errors, warnings, notes, unknown, waived;
    struct wck_report *absorbed; /* keeps the text of findings that came from it */
} wck_report;

wck_report *wck_report_new(void);
void wck_report_free(wck_report *report);
const char *wck_severity_name(wck_severity severity); /* "error" "warning" "note" */
bool wck_severity_parse(wck_severity *out, const char *text);
const char *wck_result_name(wck_result result);
bool wck_result_parse(wck_result *out, const char *text);
const char *wck_object_kind_name(wck_object_kind kind);
bool wck_object_kind_parse(wck_object_kind *out, const char *text);
/* Total order of objects (kind, update, group, revision, category, eula, language, file, name). */
int wck_object_cmp(const wck_object *a, const wck_object *b);
/* 0, 1 or 3 of cli.md for findings at or above `fail_on`. The text and the exit code both come from here. */
int wck_report_exit(const wck_report *report, wck_severity fail_on);
/* Findings of another report about the same tree; it is `into`'s then, also its memory. WCK_E_MEMORY: both stay as they
 * were. */
wck_status wck_report_absorb(wck_report *into, wck_report *from, wck_error *err);
/* Fill finding->fingerprint. */
void wck_finding_fingerprint(wck_finding *finding);
/* Sort, number and count; call once after the last finding was added. */
void wck_report_finish(wck_report *report);

#endif
