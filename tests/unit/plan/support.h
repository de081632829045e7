/* SPDX-License-Identifier: MIT
 * support.h: a tree and a report in a few lines, without stores or rules. */
#ifndef WCK_TESTS_PLAN_SUPPORT_H
#define WCK_TESTS_PLAN_SUPPORT_H

#include "plan/build.h"

enum { KIT_SERVERS = 8 };

typedef struct kit {
    wck_snapshot *snapshots[KIT_SERVERS];
    size_t n;
    wck_tree *tree;
    wck_report *report;
    wck_plan *plan;
} kit;

/* Every server begins with all sections complete, language en of {all, en, de, fr}, product 1 and
 * classification 2 offered and, on a root, selected. */
kit *kit_new(void);
void kit_free(kit *k);
wck_snapshot *kit_server(kit *k, const char *name, const char *parent, wck_mode mode);
wck_guid kit_id(unsigned n); /* never zero for n > 0 */
/* Of product 1, classification 2, no language, needed by nobody. */
wck_update *kit_update(wck_snapshot *s, unsigned n, int64_t revision);
void kit_approve(wck_snapshot *s, unsigned update, int64_t revision, unsigned group, int64_t action);
void kit_enable(wck_snapshot *s, const char *code, bool on);
void kit_languages_of(wck_snapshot *s, wck_update *u, const char *code);
void kit_tree(kit *k); /* after the last change of a snapshot, before the first finding */
/* One finding with result fail; the pointer is valid until the next. */
wck_finding *kit_finding(kit *k, int rule, const char *path, wck_object_kind kind, unsigned id);
void kit_plan(kit *k); /* numbers the findings and builds the plan */

const wck_plan_action *kit_action(const kit *k, wck_action_kind kind, const char *server); /* NULL: none */
size_t kit_actions(const kit *k, wck_action_kind kind);
const wck_plan_manual *kit_manual(const kit *k, int rule);
/* Every finding that is not waived is answered or manual, never both; no action answers nothing or the
 * unknown. */
void kit_assert_numbers_add_up(const kit *k);

/* Fixture: hq (autonomous) with berlin (replica) and its munich (replica), in this order. */
int kit_chain(void **state);
int kit_tear_down(void **state);

#endif
