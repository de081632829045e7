/* SPDX-License-Identifier: MIT
 * decode_update.h: one update document (MS-WUSP / MS-WSUSSS metadata XML) → facts. Used by the live protocol and by
 * export packages alike. */
#ifndef WCK_COLLECT_DECODE_UPDATE_H
#define WCK_COLLECT_DECODE_UPDATE_H

#include "model/snapshot.h"

typedef enum wck_document_kind { WCK_DOCUMENT_UPDATE = 1, WCK_DOCUMENT_CATEGORY } wck_document_kind;

/* What one document says. Category documents (UpdateType Category or Detectoid) fill `category`, all others `update`.
 * Products and classification are split only later, when the category kinds are known: see wck_decode_link. */
typedef struct wck_document {
    wck_document_kind kind;
    wck_update update;
    wck_category category;
    wck_guids categories; /* ids in AtLeastOne[@IsCategory='true'] prerequisites; in the snapshot's arena */
    wck_guids plain_any;  /* ids in plain AtLeastOne prerequisites: bundle members repeat their categories there */
} wck_document;

/* data: UTF-8 or UTF-16 (with or without BOM, no XML declaration needed). Text is put into `snapshot`'s arena.
 * expected: the identity the server said; another one inside is WCK_E_INPUT. WCK_E_INPUT for anything malformed,
 * with a DOCTYPE, deeper than WCK_MAX_XML_DEPTH. Thread safe. */
wck_status wck_decode_update(wck_document *out, wck_snapshot *snapshot, const void *data, size_t len,
                             wck_identity expected, wck_error *err);

/* Second pass: rows pushed with wck_link_add get classification and products from the kinds of snapshot->categories;
 * bundle members without category prerequisites take those of their bundle. */
typedef struct wck_link wck_link;
wck_link *wck_link_new(void);
void wck_link_free(wck_link *link);
/* Pushes the update or category row into the snapshot and remembers its category ids. */
wck_status wck_link_add(wck_link *link, wck_snapshot *snapshot, const wck_document *document, wck_error *err);
wck_status wck_link_finish(wck_link *link, wck_snapshot *snapshot, wck_error *err);

#endif
