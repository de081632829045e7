/* SPDX-License-Identifier: MIT
 * fill.h: benchmark rows as snapshots and as plain tables. */
#ifndef WCK_BENCH_FILL_H
#define WCK_BENCH_FILL_H

#include "data.h"
#include "model/snapshot.h"

#include <sqlite3.h>
#include <stdio.h>

/* "root", "s001", … */
const char *bench_name(char out[16], unsigned index);
/* Frozen, every section read completely; NULL when memory is short. */
wck_snapshot *bench_snapshot(const bench_server *server, const bench_shape *shape);

/* Tables of what servers must share, clustered by their keys; the CSV files hold the same rows. */
typedef struct bench_tables {
    sqlite3 *db;
    sqlite3_stmt *update, *approval;
    FILE *updates, *approvals; /* CSV, NULL = not wanted */
} bench_tables;
bool bench_tables_open(bench_tables *out, const char *directory, bool csv);
bool bench_tables_add(bench_tables *tables, const bench_server *server);
bool bench_tables_close(bench_tables *tables);

#endif
