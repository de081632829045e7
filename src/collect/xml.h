/* SPDX-License-Identifier: MIT
 * xml.h: push parsing over libxml2's SAX2 with everything dangerous refused: DOCTYPE, entities, network, depth. */
#ifndef WCK_COLLECT_XML_H
#define WCK_COLLECT_XML_H

#include "wck/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Process wide: libxml2's tables, an external entity loader that always fails, and no talk on stderr. */
void wck_xml_init(void);
void wck_xml_cleanup(void);

typedef struct wck_xml wck_xml;

/* ns is NULL for "no namespace"; both texts live until the parser is freed and are interned in it, so that pointers
 * may be compared with those of wck_xml_intern. nil: xsi:nil="true". A status other than WCK_OK stops the parser
 * (the handler fills err). */
typedef struct wck_xml_handler {
    wck_status (*open)(void *payload, const char *ns, const char *name, bool nil, wck_error *err);
    /* text: what stood between the last tag and this one, so the whole text of a leaf. NUL terminated. */
    wck_status (*close)(void *payload, const char *text, size_t len, wck_error *err);
    size_t max_text; /* bytes of one text; more is WCK_E_LIMIT */
    bool cut_text;   /* instead: what is more is left out, at a border of UTF-8 */
} wck_xml_handler;

/* handler and payload are borrowed and must outlive the parser. */
wck_status wck_xml_new(wck_xml **out, const wck_xml_handler *handler, void *payload, wck_error *err);
/* Any piece of the document, cut anywhere. WCK_E_INPUT, WCK_E_LIMIT, WCK_E_MEMORY, or what the handler returned. */
wck_status wck_xml_put(wck_xml *xml, const void *data, size_t len, wck_error *err);
/* The document is over. *early (may be NULL) tells a document that was fine but cut short. */
wck_status wck_xml_end(wck_xml *xml, bool *early, wck_error *err);
void wck_xml_free(wck_xml *xml); /* NULL is fine */
/* While open runs: the local part of the element's xsi:type ("int" of "xsd:int"), "" when it has none. */
const char *wck_xml_type(const wck_xml *xml);
/* The parser's own copy of a name; NULL when memory is short. */
const char *wck_xml_intern(wck_xml *xml, const char *name);

#endif
