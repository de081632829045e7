/* SPDX-License-Identifier: MIT
 * selection.h: does a selection of products, classifications and languages cover an update? (domain.md 0.2:
 * WSUS brings an update when one of its products, or a family above it, and its classification are selected
 * on the root.) */
#ifndef WCK_MODEL_SELECTION_H
#define WCK_MODEL_SELECTION_H

#include "model/snapshot.h"

bool wck_guids_have(const wck_guids *set, wck_guid id); /* set ascending */
/* Where a category is looked up: in one snapshot, on both ends of an edge, along a chain of servers. */
typedef const wck_category *wck_category_fn(const void *where, wck_guid id);
/* The product itself, or a family or company above it by the categories that `find` finds in `where`. */
bool wck_product_selected(const wck_guids *selected, wck_guid product, wck_category_fn *find,
                          const void *where);
/* In a frozen snapshot; NULL: not listed. */
const wck_category *wck_snapshot_category(const wck_snapshot *snapshot, wck_guid id);
/* The switch for all languages: 1 on, 0 off, WCK_BOOL_NONE not known. While it is on the flags of the languages are ignored
 * (MS-WSUSSS 3.1.1). */
int8_t wck_languages_all(const wck_snapshot *head);
/* 1 enabled, by itself or by "all"; 0 not; WCK_BOOL_NONE not known: languages not read, or read in part and not listed, or
 * listed as off while nothing is known of "all". code: "en", as WSUS writes it. */
int8_t wck_language_enabled(const wck_snapshot *head, const char *code);
/* 1 covered by the selection and languages of `head`, 0 not, WCK_BOOL_NONE: update or selection not known. */
int8_t wck_selection_covers(const wck_snapshot *head, const wck_update *update);

#endif
