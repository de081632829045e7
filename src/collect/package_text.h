/* SPDX-License-Identifier: MIT
 * package_text.h: metadata.txt of an export package, cut into records while it streams by (domain.md 1.3). */
#ifndef WCK_COLLECT_PACKAGE_TEXT_H
#define WCK_COLLECT_PACKAGE_TEXT_H

#include "base/buf.h"
#include "model/types.h"
#include "wck/error.h"

/* One record: `xml` is its document as UTF-8, valid during the call only. */
typedef wck_status wck_record_fn(wck_identity id, const char *xml, size_t len, void *payload, wck_error *err);

/* A record is `guid(36),revision(8 hex),length(8 hex),<xml>\r\n`. The length counts UTF-16 code units, the
 * file is UTF-8, documents hold line ends: so records are cut by counting units, never by lines or bytes. */
typedef struct wck_record_reader {
    wck_record_fn *fn;
    void *payload;
    char header[55];
    size_t header_len; /* of the header under way */
    wck_buf xml;       /* of the record under way */
    wck_identity id;
    uint64_t units, wanted; /* UTF-16 code units seen and announced */
    unsigned rest;          /* bytes that the character under way still needs */
    enum { WCK_IN_HEADER, WCK_IN_XML, WCK_IN_CR, WCK_IN_LF } state;
    uint64_t at, began; /* byte offset in the file: now, and where the record under way began */
    uint64_t records;   /* complete ones */
} wck_record_reader;

void wck_records_init(wck_record_reader *reader, wck_record_fn *fn, void *payload);
void wck_records_clear(wck_record_reader *reader);
/* Any piece of the file, cut anywhere. Errors name the record's number and byte offset. */
wck_status wck_records_put(wck_record_reader *reader, const void *data, size_t len, wck_error *err);
/* The file is over: WCK_E_INPUT inside a record. */
wck_status wck_records_end(wck_record_reader *reader, wck_error *err);

#endif
