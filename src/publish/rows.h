/* SPDX-License-Identifier: MIT
 * rows.h: nouns into rows. Shared by the files of this folder only. */
#ifndef WCK_PUBLISH_ROWS_H
#define WCK_PUBLISH_ROWS_H

#include "base/map.h"
#include "publish/publish.h"
#include "publish/target.h"

struct wck_publisher {
    wck_target *target;
    wck_arena *scratch; /* of one row */
    wck_pub_row row;
    bool done;
};

/* One publish. */
typedef struct wck_publishing {
    wck_publisher *p;
    const wck_tree *tree;
    const wck_report *report;
    const wck_publish_options *options;
    wck_publish_counts *counts;
    wck_error *err;
    const wck_node **nodes; /* by place in the report; NULL: not covered */
} wck_publishing;

/* publish.c: the next row of a table, NULL to the last cell; and the row, to where rows go now. */
wck_pub_row *wck_publish_row(wck_publishing *w, size_t table);
wck_status wck_publish_put_row(wck_publishing *w);

/* rows_server.c: into the staged tables of these names. */
wck_status wck_rows_server(wck_publishing *w, size_t place);
wck_status wck_rows_coverage(wck_publishing *w, size_t place);
wck_status wck_rows_edge(wck_publishing *w, size_t place);
wck_status wck_rows_count(wck_publishing *w, size_t place);
wck_status wck_rows_runs(wck_publishing *w, size_t place);

/* rows_finding.c: all of the covered servers. */
wck_status wck_rows_findings(wck_publishing *w);
/* A digit for each section of the server and of its upstream server: 0 not known, 1 partial, 2 complete. A
 * server that has none is as if its had been read. */
enum { WCK_BASIS_TEXT = 2 * WCK_SECTION_COUNT + 1 };
char *wck_rows_basis(char *out, const wck_node *node);

/* rows_update.c: updates and approvals of the servers whose facts are others than those published; straight
 * into the published tables. */
wck_status wck_rows_updates(wck_publishing *w);

#endif
