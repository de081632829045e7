/* SPDX-License-Identifier: MIT
 * package_xml.h: package.xml of an export package, pushed through libxml2's SAX2 so that memory stays flat
 * (domain.md 1.3). */
#ifndef WCK_COLLECT_PACKAGE_XML_H
#define WCK_COLLECT_PACKAGE_XML_H

#include "base/vec.h"
#include "model/snapshot.h"

/* What package.xml says. Languages are pushed into the snapshot while reading. */
typedef struct wck_package_head {
    wck_guid server_id;
    wck_time created;
    const char *protocol_version;  /* in the snapshot's arena */
    WCK_VEC(wck_identity) updates; /* as listed */
    size_t files;                  /* entries of the Files section */
} wck_package_head;

typedef struct wck_package_xml wck_package_xml;

/* head and snapshot are borrowed and must outlive the reader. NULL when memory is short. */
wck_package_xml *wck_package_xml_new(wck_package_head *head, wck_snapshot *snapshot);
void wck_package_xml_free(wck_package_xml *xml); /* NULL is fine */
/* Any piece of the document, cut anywhere. WCK_E_INPUT: not well-formed, a DOCTYPE, another FormatVersion
 * than 1.0, a malformed attribute (with its line). */
wck_status wck_package_xml_put(wck_package_xml *xml, const void *data, size_t len, wck_error *err);
wck_status wck_package_xml_end(wck_package_xml *xml, wck_error *err);

#endif
