/* SPDX-License-Identifier: MIT
 * decode_dom.h: one update document as a checked libxml2 tree, and the few ways the decoder walks it. Names
 * are bound by namespace URI; prefixes mean nothing (protocol.md 7). */
#ifndef WCK_COLLECT_DECODE_DOM_H
#define WCK_COLLECT_DECODE_DOM_H

#include "wck/error.h"

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#define WCK_NS_UPDATE "http://schemas.microsoft.com/msus/2002/12/Update"
#define WCK_NS_CATEGORY "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category"

/* data: UTF-8 or UTF-16, with or without BOM and XML declaration (a declared encoding is ignored: servers
 * hand on documents that say utf-16 in UTF-8). WCK_E_INPUT: not well-formed, has a DOCTYPE, odd number of
 * bytes in UTF-16; WCK_E_LIMIT: longer than WCK_MAX_DOCUMENT_BYTES or deeper than WCK_MAX_XML_DEPTH. The
 * caller frees with xmlFreeDoc. */
wck_status wck_node_dom_parse(xmlDocPtr *out, const void *data, size_t len, wck_error *err);

/* libxml2's complaint, made fit for the end of a message of ours; returns out. */
char *wck_node_dom_why(char *out, size_t size, const char *why);

bool wck_node_dom_is(const xmlNode *node, const char *ns, const char *name);
/* First child element {ns}name of node, or the next sibling of that name; NULL: none (also for a NULL node).
 */
xmlNodePtr wck_node_dom_child(const xmlNode *node, const char *ns, const char *name);
xmlNodePtr wck_node_dom_next(const xmlNode *node, const char *ns, const char *name);
/* Value of an attribute without namespace, NULL when absent. Borrowed from the tree: the
 * value is one text node, because no document with entities gets this far. */
const char *wck_node_dom_attribute(const xmlNode *node, const char *name);
/* Text of an element without white space at its ends; NULL when memory is short. The caller frees with
 * xmlFree. */
char *wck_node_dom_text(const xmlNode *node);

#endif
