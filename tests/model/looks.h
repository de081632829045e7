/* SPDX-License-Identifier: MIT
 * looks.h: wsusck's look at snapshots in memory, and the list of what was wrong with it. */
#ifndef WCK_TESTS_MODEL_LOOKS_H
#define WCK_TESTS_MODEL_LOOKS_H

#include "base/buf.h"
#include "model/wsus_model.h"
#include "plan/build.h"
#include "rules/rule.h"

typedef struct look {
    wck_snapshot *now[WSUS_MOST], *before[WSUS_MOST]; /* frozen copies, owned */
    size_t n;
    wck_tree *tree;
    wck_report *report;
    wck_plan *plan; /* NULL until look_plan */
} look;

/* `before`: items may be NULL. The snapshots must outlive the look. */
void look_at(look *out, wck_snapshot *const *now, wck_snapshot *const *before, size_t n, wck_time when);
void look_plan(look *l);
void look_clear(look *l);

/* Everything about one seed that is not as it must be, one line each. */
typedef struct complaints {
    wck_buf text;
    size_t n;
} complaints;
void complain(complaints *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "WCK4001 s1 update …" */
const char *finding_text(char *out, size_t size, const wck_finding *f);

#endif
