/* SPDX-License-Identifier: MIT
 * susdb_private.h: what the files that read SUSDB share. Each statement of sql/susdb names the columns it needs; where
 * the database lacks one, that part is unknown and says so (domain.md 2: the schema is not published and differs between
 * builds). */
#ifndef WCK_COLLECT_SUSDB_PRIVATE_H
#define WCK_COLLECT_SUSDB_PRIVATE_H

#include "base/map.h"
#include "collect/odbc.h"
#include "collect/susdb.h"

enum { WCK_WHY = 300 }; /* a reason of a coverage, as the model keeps it */

/* Values of one revision that stand in a table of their own; rows come revision by revision. */
typedef struct wck_gathered {
    int64_t revision;
    WCK_VEC(const char *) texts;
    WCK_VEC(wck_guid) guids;
    WCK_VEC(wck_identity) identities;
    WCK_VEC(wck_file_ref) files;
    wck_guid classification;
} wck_gathered;

typedef struct wck_susdb {
    wck_odbc *odbc;
    wck_snapshot *snapshot;
    const wck_collect_options *options;
    wck_map by_revision; /* RevisionID → index + 1 in snapshot->updates */
    WCK_VEC(int64_t) revision_ids; /* keys of by_revision: by index */
    wck_gathered list;
    int8_t all_languages;
    WCK_VEC(wck_guid) products, classifications;
} wck_susdb;

/* WCK_OK with a reason in `why` when the database cannot tell; other failures are ours, or an interruption. */
wck_status wck_susdb_ask(wck_susdb *s, const char *name, const char *types, wck_odbc_row_fn *fn, void *payload,
                         char why[WCK_WHY], wck_error *err);
/* Complete, or unknown because of `why`. */
void wck_susdb_cover(wck_susdb *s, wck_section section, const char *why);
wck_category_kind wck_susdb_kind(const wck_cell *cell);

/* Of a cell; what is NULL there is not known. */
const char *wck_susdb_keep(wck_susdb *s, const wck_cell *cell);
int8_t wck_susdb_bit(const wck_cell *cell);
int64_t wck_susdb_number(const wck_cell *cell);
wck_time wck_susdb_time(const wck_cell *cell);
/* Into the snapshot's arena; NULL when memory is short. */
void *wck_susdb_copy(wck_susdb *s, const void *items, size_t n, size_t size);

/* susdb_updates.c */
wck_status wck_susdb_updates(wck_susdb *s, wck_error *err);
void wck_susdb_updates_clear(wck_susdb *s);
/* susdb_history.c */
wck_status wck_susdb_history(wck_susdb *s, wck_error *err);
/* susdb_host.c */
wck_status wck_susdb_host(wck_susdb *s, wck_error *err);

#endif
