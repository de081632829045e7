/* SPDX-License-Identifier: MIT
 * xml_filter.h: characters that XML 1.0 cannot carry. .NET writes a control character of a text as "&#x1;", which ends
 * every conforming parser; one event with such a reason would hide the whole history of a server. They become U+FFFD
 * before the parser sees them. */
#ifndef WCK_COLLECT_XML_FILTER_H
#define WCK_COLLECT_XML_FILTER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct wck_xml_filter { /* zeroed: at the beginning of a document */
    char reference[12]; /* "&#x1" so far */
    size_t n, seen;     /* bytes in reference; bytes of the document, up to 2 */
    bool off;           /* UTF-16: left as it is */
} wck_xml_filter;

/* Appends what the parser should get for these bytes; may hold back a few of them. false: no memory or no room. */
bool wck_xml_filter_put(wck_xml_filter *filter, wck_buf *out, const void *data, size_t len);
/* What was held back, at the end of the document. */
bool wck_xml_filter_end(wck_xml_filter *filter, wck_buf *out);

#endif
