/* SPDX-License-Identifier: MIT
 * dom.h: strict reading of small documents (configuration, plan, report) as jansson values: wanted type,
 * wanted range, the place in every error. Failures are sticky: after the first one every call does nothing
 * and gives a neutral value, so a reader asks once at its end. */
#ifndef WCK_CODEC_DOM_H
#define WCK_CODEC_DOM_H

#include "base/arena.h"
#include "base/guid.h"
#include "base/time.h"
#include "model/report.h"
#include "wck/error.h"

#include <jansson.h>
#include <stdbool.h>

typedef struct wck_dom_document {
    json_t *root;     /* owned */
    wck_arena *arena; /* borrowed: where text goes */
    wck_error *err;
    wck_error unheard; /* for callers without one */
    wck_status status;
    bool newer; /* a higher minor version: unknown keys are no mistakes */
} wck_dom_document;

/* A value and the way to it; lives on the reader's stack. */
typedef struct wck_dom {
    wck_dom_document *document;
    const struct wck_dom *up;
    const char *key; /* NULL: element `index` of an array, or the root */
    size_t index;
    json_t *json; /* borrowed */
} wck_dom;

/* UTF-8 with or without BOM, or UTF-16 with one; an object without duplicate keys at any level. */
bool wck_dom_open(wck_dom_document *document, wck_dom *root, const void *data, size_t len, wck_arena *arena,
                  wck_error *err);
void wck_dom_close(wck_dom_document *document);
/* "format" must be `format`; "format_version" 1.x. */
void wck_dom_format(const wck_dom *root, const char *format);
/* SHA-256 over the document as compact ASCII JSON with sorted keys and the key "digest" empty: independent of
 * layout, not of any value. Leaves the key empty. False: no memory. */
bool wck_dom_digest(json_t *root, wck_digest *out);

/* Record a failure at the member `key` of object, or at the value itself (key NULL); always false. */
bool wck_dom_fail(const wck_dom *at, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Keys that are not in the NULL-terminated list are mistakes, unless the document is of a higher minor
 * version. */
void wck_dom_only(const wck_dom *object, const char *const *keys);

enum { WCK_DOM_OPTIONAL, WCK_DOM_REQUIRED };
/* Members of an object; null counts as absent for optional ones. Text is copied to the arena. */
const char *wck_dom_text(const wck_dom *object, const char *key, int required);
wck_guid wck_dom_guid(const wck_dom *object, const char *key);
wck_time wck_dom_time(const wck_dom *object, const char *key);
/* WCK_INT_NONE when absent. */
int64_t wck_dom_int(const wck_dom *object, const char *key, int required, int64_t min, int64_t max);
bool wck_dom_bool(const wck_dom *object, const char *key, bool otherwise);
/* A digest of 64 hexadecimal digits; zero when absent. */
wck_digest wck_dom_sha256(const wck_dom *object, const char *key);
/* "WCK4001" as 4001. */
int wck_dom_rule(const wck_dom *object, const char *key);
/* An object or array member; false when absent (or after a failure). */
bool wck_dom_object(wck_dom *out, const wck_dom *object, const char *key, int required);
bool wck_dom_array(wck_dom *out, const wck_dom *object, const char *key, int required);
size_t wck_dom_size(const wck_dom *array);
/* Element i, which must be an object. */
bool wck_dom_item(wck_dom *out, const wck_dom *array, size_t i);
/* An array of strings in the arena. */
wck_strings wck_dom_texts(const wck_dom *object, const char *key);

/* The object of a finding or an action. */
wck_object wck_dom_finding_object(const wck_dom *holder, const char *key);

/* *out = the enum that the text member names, by its wck_…_parse; a missing optional member leaves it alone.
 */
#define wck_dom_word(object, key, required, parse, out, listed)                                              \
    do {                                                                                                     \
        const char *word_ = wck_dom_text(object, key, required);                                             \
        if (word_ != NULL && !parse(out, word_))                                                             \
            wck_dom_fail(object, key, "must be %s", listed);                                                 \
    } while (0)

#endif
