/* SPDX-License-Identifier: MIT
 * publish.h: what a look at the tree found, as rows and views of a database for people and dashboards:
 * PostgreSQL (schema wsusck_rows) or an SQLite file. docs/publish.md describes them. */
#ifndef WCK_PUBLISH_PUBLISH_H
#define WCK_PUBLISH_PUBLISH_H

#include "model/report.h"
#include "model/tree.h"

typedef struct wck_publisher wck_publisher;

enum { WCK_ROWS_UPDATES = 1, WCK_ROWS_APPROVALS = 2 };

typedef struct wck_publish_options {
    unsigned rows;               /* WCK_ROWS_… */
    const wck_node *const *only; /* speak for these servers only; NULL = for the whole tree */
    size_t n_only;
    const volatile int *canceled; /* not 0: give up (WCK_E_CANCELED); NULL: never */
} wck_publish_options;

typedef struct wck_publish_counts {
    size_t servers, findings;  /* published */
    size_t opened, closed;     /* findings */
    size_t updates, approvals; /* rows written, of the servers that changed */
    size_t rewritten;          /* sets of them */
} wck_publish_counts;

/* uri: sqlite:PATH or postgresql://… (as of a store). The tables and views are made where there is nothing.
 * From here to the end nobody else publishes there, so that a later look never comes before an earlier one.
 * WCK_E_STORE with a hint. */
wck_status wck_publish_open(wck_publisher **out, const char *uri, wck_error *err);
/* All or nothing, once. report: of this tree, for the same servers. WCK_E_STORE when a later look is there
 * already. */
wck_status wck_publish_put(wck_publisher *publisher, const wck_tree *tree, const wck_report *report,
                           const wck_publish_options *options, wck_publish_counts *counts, wck_error *err);
const char *wck_publish_place(const wck_publisher *publisher); /* quoted for messages */
void wck_publish_close(wck_publisher *publisher);              /* NULL is fine */

#endif
