/* SPDX-License-Identifier: MIT
 * decode.h: what the files of the update decoder share; nobody else includes it. */
#ifndef WCK_COLLECT_DECODE_H
#define WCK_COLLECT_DECODE_H

#include "collect/decode_dom.h"
#include "collect/decode_update.h"

typedef struct wck_decoder {
    wck_snapshot *snapshot;
    const xmlNode *root, *properties;
    wck_error *err;
} wck_decoder;

/* WCK_E_INPUT: "holds a malformed <what>: <value>". */
wck_status wck_decode_bad(const wck_decoder *d, const char *what, const char *value);
wck_status wck_decode_no_memory(const wck_decoder *d);
/* Digits only, at most 18. */
bool wck_decode_number(int64_t *out, const char *text);
/* xs:boolean; anything else, and absence, is `absent`. */
int8_t wck_decode_bool(const char *text, int8_t absent);
/* Interned in the snapshot; NULL and "" give NULL. WCK_E_LIMIT above max bytes. */
wck_status wck_decode_keep(const wck_decoder *d, const char **out, const char *what, const char *text,
                           size_t max);
/* Children {update namespace}name of parent, which may be NULL. */
size_t wck_decode_count(const xmlNode *parent, const char *name);
/* Room for n items in the snapshot's arena; `out` is the address of the pointer. NULL for none. */
wck_status wck_decode_room(const wck_decoder *d, void *out, size_t n, size_t size);

/* @UpdateID and @RevisionNumber, both required. */
wck_status wck_decode_identity(const wck_decoder *d, wck_identity *out, const xmlNode *node);
/* doc->categories, doc->plain_any, doc->update.prerequisites. */
wck_status wck_decode_prerequisites(const wck_decoder *d, wck_document *doc, const xmlNode *relationships);
wck_status wck_decode_supersedes(const wck_decoder *d, wck_update *u, const xmlNode *relationships);
wck_status wck_decode_bundles(const wck_decoder *d, wck_update *u, const xmlNode *relationships);

/* May change the text in place; false leaves it out. */
typedef bool wck_accept_fn(char *text);
bool wck_decode_accept_kb(char *text);
bool wck_decode_accept_any(char *text);
/* Texts of the children `name` of upd:Properties. */
wck_status wck_decode_strings(const wck_decoder *d, wck_strings *out, const char *name, size_t max,
                              wck_accept_fn *accept);
/* After the bundles: a bundle that names no language stays "not known" here. */
wck_status wck_decode_languages(const wck_decoder *d, wck_update *u);
wck_status wck_decode_title(const wck_decoder *d, const char **out);

#endif
