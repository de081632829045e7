/* SPDX-License-Identifier: MIT
 * script_common.h: what every dialect of scripts shares: the cut into one script per server and tier, safe
 * names, the plan's id, and the two run orders. */
#ifndef WCK_EMIT_SCRIPT_COMMON_H
#define WCK_EMIT_SCRIPT_COMMON_H

#include "base/embedded.h"
#include "emit/emit.h"

/* src/emit/powershell/: the fixed parts of every script. */
extern const wck_embedded wck_embedded_scripts[];

enum { WCK_SCRIPT_NAME = 96, WCK_PLAN_ID = 33 };

/* One script: actions [from, to), all of one server, neighbours in the plan. */
typedef struct wck_script {
    size_t from, to, number;
    char stem[WCK_SCRIPT_NAME]; /* "01-hq" */
} wck_script;

/* malloc'd; NULL when memory is short. *n may be 0. */
wck_script *wck_script_split(const wck_plan *plan, size_t *n);
/* 128 bits over everything in the plan that is no text: a journal belongs to one plan. out: WCK_PLAN_ID
 * bytes. */
bool wck_script_plan_id(char *out, const wck_plan *plan);
const wck_plan_snapshot *wck_script_snapshot(const wck_plan *plan, const char *server); /* NULL: none */
/* Whole seconds, "" for NONE. Returns out (WCK_TIME_TEXT). */
char *wck_script_time(char *out, wck_time t);
/* A dialect: what its files are called and which actions it can do. */
typedef struct wck_dialect {
    const char *extension; /* "ps1" */
    bool (*takes)(const wck_plan *plan, size_t action); /* NULL: every one */
    const char *try_out, *unattended; /* options, for the reader */
} wck_dialect;
bool wck_dialect_takes(const wck_dialect *dialect, const wck_plan *plan, size_t action);
bool wck_dialect_has(const wck_dialect *dialect, const wck_plan *plan, const wck_script *script); /* any action */

/* run-order.json and run-order.md. */
wck_status wck_script_order_json(wck_buf *out, const wck_plan *plan, const wck_script *scripts, size_t n,
                                 const wck_dialect *dialect, wck_error *err);
wck_status wck_script_order_markdown(wck_buf *out, const wck_plan *plan, const wck_script *scripts, size_t n,
                                     const wck_dialect *dialect, wck_error *err);
/* One file to the caller; the buffer is empty afterwards. */
wck_status wck_script_hand_over(wck_buf *buf, const char *stem, const char *suffix, wck_file_fn *fn, void *payload,
                                wck_error *err);
/* An id goes into code as it is, and a plan document may come from anywhere: only "a" and digits. */
wck_status wck_script_check_ids(const wck_plan *plan, wck_error *err);
/* Both run orders, handed over. */
wck_status wck_script_orders(wck_buf *buf, const wck_plan *plan, const wck_script *scripts, size_t n,
                             const wck_dialect *dialect, wck_file_fn *fn, void *payload, wck_error *err);

#endif
