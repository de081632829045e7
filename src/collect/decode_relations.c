/* SPDX-License-Identifier: MIT
 * decode_relations.c: upd:Relationships → categories, prerequisites, supersedence, bundle members
 * (protocol.md 7). */
#include "collect/decode.h"

#include <string.h>

static wck_status read_id(const wck_decoder *d, wck_guid *out, const xmlNode *node)
{
    const char *text = wck_node_dom_attribute(node, "UpdateID");

    if (text == NULL || !wck_guid_parse(out, text))
        return wck_decode_bad(d, "UpdateID", text);
    return WCK_OK;
}

wck_status wck_decode_identity(const wck_decoder *d, wck_identity *out, const xmlNode *node)
{
    const char *text = wck_node_dom_attribute(node, "RevisionNumber");
    wck_status status = read_id(d, &out->id, node);

    if (status == WCK_OK && !wck_decode_number(&out->revision, text))
        status = wck_decode_bad(d, "RevisionNumber", text);
    return status;
}

/* The ids of the UpdateIdentity children of `parent`, appended behind out->n; there is room. */
static wck_status append_ids(const wck_decoder *d, wck_guids *out, const xmlNode *parent)
{
    for (xmlNodePtr c = wck_node_dom_child(parent, WCK_NS_UPDATE, "UpdateIdentity"); c != NULL;
         c = wck_node_dom_next(c, WCK_NS_UPDATE, "UpdateIdentity")) {
        wck_status status = read_id(d, &out->items[out->n], c);
        if (status != WCK_OK)
            return status;
        out->n++;
    }
    return WCK_OK;
}

/* ---- relations ---- */

static bool is_category_list(const xmlNode *at_least_one)
{
    return wck_decode_bool(wck_node_dom_attribute(at_least_one, "IsCategory"), 0) == 1;
}

/* How many ids the category lists, the plain lists and the single identities of upd:Prerequisites hold. */
typedef struct tally {
    size_t category, plain, lists;
} tally;

static tally tally_prerequisites(const xmlNode *prerequisites)
{
    tally t = {0, 0, 0};

    for (xmlNodePtr c = wck_node_dom_child(prerequisites, WCK_NS_UPDATE, "AtLeastOne"); c != NULL;
         c = wck_node_dom_next(c, WCK_NS_UPDATE, "AtLeastOne")) {
        size_t n = wck_decode_count(c, "UpdateIdentity");
        if (is_category_list(c))
            t.category += n;
        else
            t.plain += n, t.lists += n > 0;
    }
    t.lists += wck_decode_count(prerequisites, "UpdateIdentity");
    return t;
}

/* One AtLeastOne: its ids go to the categories, or to the plain ids and, as a list of its own, to the
 * prerequisites. */
static wck_status read_any(const wck_decoder *d, wck_document *doc, const xmlNode *any)
{
    wck_guids *all = is_category_list(any) ? &doc->categories : &doc->plain_any;
    size_t before = all->n;
    wck_status status = append_ids(d, all, any);
    wck_guids *list;

    if (status != WCK_OK || all == &doc->categories || all->n == before)
        return status;
    list = &doc->update.prerequisites[doc->update.n_prerequisites];
    /* A copy: the freeze sorts lists in place. */
    status = wck_decode_room(d, &list->items, all->n - before, sizeof *list->items);
    if (status != WCK_OK)
        return status;
    list->n = all->n - before;
    memcpy(list->items, all->items + before, list->n * sizeof *list->items);
    doc->update.n_prerequisites++;
    return WCK_OK;
}

/* A single UpdateIdentity: a list with one element (MS-WUSP 3.1.1.1, conjunctive normal form). */
static wck_status read_all_of(const wck_decoder *d, wck_document *doc, const xmlNode *prerequisites)
{
    for (xmlNodePtr c = wck_node_dom_child(prerequisites, WCK_NS_UPDATE, "UpdateIdentity"); c != NULL;
         c = wck_node_dom_next(c, WCK_NS_UPDATE, "UpdateIdentity")) {
        wck_guids *list = &doc->update.prerequisites[doc->update.n_prerequisites];
        wck_status status = wck_decode_room(d, &list->items, 1, sizeof *list->items);
        if (status == WCK_OK)
            status = read_id(d, list->items, c);
        if (status != WCK_OK)
            return status;
        list->n = 1;
        doc->update.n_prerequisites++;
    }
    return WCK_OK;
}

wck_status wck_decode_prerequisites(const wck_decoder *d, wck_document *doc, const xmlNode *relationships)
{
    const xmlNode *prerequisites = wck_node_dom_child(relationships, WCK_NS_UPDATE, "Prerequisites");
    tally t = tally_prerequisites(prerequisites);
    wck_status status = wck_decode_room(d, &doc->categories.items, t.category, sizeof *doc->categories.items);

    if (status == WCK_OK)
        status = wck_decode_room(d, &doc->plain_any.items, t.plain, sizeof *doc->plain_any.items);
    if (status == WCK_OK)
        status = wck_decode_room(d, &doc->update.prerequisites, t.lists, sizeof *doc->update.prerequisites);
    if (status == WCK_OK)
        status = read_all_of(d, doc, prerequisites);
    for (xmlNodePtr c = wck_node_dom_child(prerequisites, WCK_NS_UPDATE, "AtLeastOne");
         c != NULL && status == WCK_OK; c = wck_node_dom_next(c, WCK_NS_UPDATE, "AtLeastOne"))
        status = read_any(d, doc, c);
    return status;
}

wck_status wck_decode_supersedes(const wck_decoder *d, wck_update *u, const xmlNode *relationships)
{
    const xmlNode *list = wck_node_dom_child(relationships, WCK_NS_UPDATE, "SupersededUpdates");
    wck_status status = wck_decode_room(d, &u->supersedes.items, wck_decode_count(list, "UpdateIdentity"),
                                        sizeof *u->supersedes.items);

    return status == WCK_OK ? append_ids(d, &u->supersedes, list) : status;
}

static wck_status append_members(const wck_decoder *d, wck_identities *out, const xmlNode *parent)
{
    for (xmlNodePtr c = wck_node_dom_child(parent, WCK_NS_UPDATE, "UpdateIdentity"); c != NULL;
         c = wck_node_dom_next(c, WCK_NS_UPDATE, "UpdateIdentity")) {
        wck_status status = wck_decode_identity(d, &out->items[out->n], c);
        if (status != WCK_OK)
            return status;
        out->n++;
    }
    return WCK_OK;
}

wck_status wck_decode_bundles(const wck_decoder *d, wck_update *u, const xmlNode *relationships)
{
    const xmlNode *bundled = wck_node_dom_child(relationships, WCK_NS_UPDATE, "BundledUpdates");
    size_t n = wck_decode_count(bundled, "UpdateIdentity");
    wck_status status;

    for (xmlNodePtr c = wck_node_dom_child(bundled, WCK_NS_UPDATE, "AtLeastOne"); c != NULL;
         c = wck_node_dom_next(c, WCK_NS_UPDATE, "AtLeastOne"))
        n += wck_decode_count(c, "UpdateIdentity");
    status = wck_decode_room(d, &u->bundles.items, n, sizeof *u->bundles.items);
    if (status == WCK_OK)
        status = append_members(d, &u->bundles, bundled);
    for (xmlNodePtr c = wck_node_dom_child(bundled, WCK_NS_UPDATE, "AtLeastOne");
         c != NULL && status == WCK_OK; c = wck_node_dom_next(c, WCK_NS_UPDATE, "AtLeastOne"))
        status = append_members(d, &u->bundles, c);
    return status;
}
