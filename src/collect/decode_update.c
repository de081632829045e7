/* SPDX-License-Identifier: MIT
 * decode_update.c: one update document → facts (protocol.md 7).
 *
 * The document is parsed to a checked tree (decode_dom.c); everything here reads that tree and nothing else.
 * What a document does not say stays null. What it says wrongly (another identity, a relation without a GUID,
 * a digest that is none) makes the whole document malformed: half of it would compare as a difference that no
 * server has. */
#include "collect/decode.h"

#include "base/limits.h"

#include <string.h>

enum { MAX_WORD = 128 };

static wck_status check_identity(const wck_decoder *d, wck_identity expected)
{
    const xmlNode *node = wck_node_dom_child(d->root, WCK_NS_UPDATE, "UpdateIdentity");
    char inside[WCK_GUID_TEXT], outside[WCK_GUID_TEXT];
    wck_identity found = {{0, 0}, 0};
    wck_status status;

    if (node == NULL)
        return wck_fail(d->err, WCK_E_INPUT, "the update document has no UpdateIdentity");
    status = wck_decode_identity(d, &found, node);
    if (status != WCK_OK)
        return status;
    if (wck_guid_eq(found.id, expected.id) && found.revision == expected.revision)
        return WCK_OK;
    return wck_fail(d->err, WCK_E_INPUT, "the document of %s revision %lld says it is %s revision %lld",
                    wck_guid_format(outside, expected.id), (long long)expected.revision,
                    wck_guid_format(inside, found.id), (long long)found.revision);
}

/* ---- files ---- */

static wck_status read_file(const wck_decoder *d, wck_file_ref *out, const xmlNode *file)
{
    const char *digest = wck_node_dom_attribute(file, "Digest"),
               *algorithm = wck_node_dom_attribute(file, "DigestAlgorithm");
    const char *size = wck_node_dom_attribute(file, "Size");
    unsigned char bytes[64];
    size_t n = 0;

    if (algorithm != NULL && strcmp(algorithm, "SHA1") != 0)
        return wck_decode_bad(d, "DigestAlgorithm", algorithm);
    if (digest == NULL || strlen(digest) > sizeof bytes ||
        !wck_base64_decode(bytes, &n, digest, strlen(digest)) || n != sizeof out->digest)
        return wck_decode_bad(d, "file digest", digest);
    memcpy(out->digest, bytes, sizeof out->digest);
    out->size = WCK_INT_NONE;
    if (size != NULL && !wck_decode_number(&out->size, size))
        return wck_decode_bad(d, "file size", size);
    return wck_decode_keep(d, &out->name, "file name", wck_node_dom_attribute(file, "FileName"),
                           WCK_MAX_NAME);
}

static wck_status read_files(const wck_decoder *d, wck_update *u)
{
    const xmlNode *files = wck_node_dom_child(d->root, WCK_NS_UPDATE, "Files");
    wck_status status = wck_decode_room(d, &u->files, wck_decode_count(files, "File"), sizeof *u->files);

    for (xmlNodePtr c = wck_node_dom_child(files, WCK_NS_UPDATE, "File"); c != NULL && status == WCK_OK;
         c = wck_node_dom_next(c, WCK_NS_UPDATE, "File")) {
        status = read_file(d, &u->files[u->n_files], c);
        u->n_files += status == WCK_OK;
    }
    return status;
}

/* ---- the two kinds of document ---- */

static wck_status read_attributes(const wck_decoder *d, wck_update *u)
{
    const char *type = wck_node_dom_attribute(d->properties, "UpdateType");
    const char *state = wck_node_dom_attribute(d->properties, "PublicationState");
    const char *created = wck_node_dom_attribute(d->properties, "CreationDate");
    const char *eula = wck_node_dom_attribute(d->properties, "EulaID");
    const char *severity = wck_node_dom_attribute(d->properties, "MsrcSeverity");
    wck_status status;

    if (type != NULL && strcmp(type, "Software") == 0)
        u->type = WCK_UPDATE_SOFTWARE;
    else if (type != NULL && strcmp(type, "Driver") == 0)
        u->type = WCK_UPDATE_DRIVER;
    if (state != NULL && strcmp(state, "Published") == 0)
        u->state = WCK_STATE_PUBLISHED;
    else if (state != NULL && strcmp(state, "Expired") == 0)
        u->state = WCK_STATE_EXPIRED;
    /* Absent on bundle members, which cannot be deployed by themselves. */
    u->deployable = wck_decode_bool(wck_node_dom_attribute(d->properties, "ExplicitlyDeployable"), 0);
    if (created != NULL && !wck_time_parse(&u->created, created))
        return wck_decode_bad(d, "CreationDate", created);
    if (eula != NULL && *eula != '\0' && !wck_guid_parse(&u->eula, eula))
        return wck_decode_bad(d, "EulaID", eula);
    if (severity != NULL && strcmp(severity, "Unspecified") == 0)
        severity = NULL; /* SUSDB's word for "the document names none" */
    status = wck_decode_keep(d, &u->severity, "severity", severity, MAX_WORD);
    if (status == WCK_OK)
        status =
            wck_decode_keep(d, &u->compatible_protocol_version, "protocol version",
                            wck_node_dom_attribute(d->properties, "CompatibleProtocolVersion"), MAX_WORD);
    return status;
}

static wck_status read_update(const wck_decoder *d, wck_document *doc, const xmlNode *relationships)
{
    wck_update *u = &doc->update;
    wck_status status = read_attributes(d, u);

    if (status == WCK_OK)
        status = wck_decode_title(d, &u->title);
    if (status == WCK_OK)
        status = wck_decode_strings(d, &u->kb, "KBArticleID", MAX_WORD, wck_decode_accept_kb);
    if (status == WCK_OK)
        status = wck_decode_strings(d, &u->bulletins, "SecurityBulletinID", MAX_WORD, wck_decode_accept_any);
    if (status == WCK_OK)
        status = wck_decode_supersedes(d, u, relationships);
    if (status == WCK_OK)
        status = wck_decode_bundles(d, u, relationships);
    if (status == WCK_OK)
        status = read_files(d, u);
    return status == WCK_OK ? wck_decode_languages(d, u) : status;
}

static wck_category_kind category_kind(const wck_decoder *d)
{
    static const struct {
        const char *text;
        wck_category_kind kind;
    } kinds[] = {{"UpdateClassification", WCK_CATEGORY_CLASSIFICATION},
                 {"Product", WCK_CATEGORY_PRODUCT},
                 {"ProductFamily", WCK_CATEGORY_PRODUCT_FAMILY},
                 {"Company", WCK_CATEGORY_COMPANY}};
    const xmlNode *handler = wck_node_dom_child(d->root, WCK_NS_UPDATE, "HandlerSpecificData");
    const xmlNode *information = wck_node_dom_child(handler, WCK_NS_CATEGORY, "CategoryInformation");
    const char *type = wck_node_dom_attribute(information, "CategoryType");

    for (size_t i = 0; type != NULL && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(type, kinds[i].text) == 0)
            return kinds[i].kind;
    return WCK_CATEGORY_UNKNOWN; /* 295 real documents have no type (protocol.md 10) */
}

/* The tree of categories is written as prerequisites: product → family → company. Two different parents:
 * none. */
static wck_status read_category(const wck_decoder *d, wck_document *doc)
{
    wck_category *c = &doc->category;
    const wck_guids *up = &doc->categories;

    if (c->kind != WCK_CATEGORY_DETECTOID)
        c->kind = category_kind(d);
    if (up->n > 0) {
        c->parent = up->items[0];
        for (size_t i = 1; i < up->n; i++)
            if (!wck_guid_eq(up->items[i], c->parent))
                c->parent = (wck_guid){0, 0};
    }
    return wck_decode_title(d, &c->title);
}

static void begin(wck_document *out, wck_identity id)
{
    memset(out, 0, sizeof *out);
    out->update.id = out->category.id = id.id;
    out->update.revision = out->category.revision = id.revision;
    out->update.deployable = WCK_BOOL_NONE;
    out->update.created = out->update.arrived = WCK_TIME_NONE;
    out->update.needed_by = WCK_INT_NONE;
}

static wck_status read_document(const wck_decoder *d, wck_document *out, wck_identity expected)
{
    const xmlNode *relationships = wck_node_dom_child(d->root, WCK_NS_UPDATE, "Relationships");
    const char *type = wck_node_dom_attribute(d->properties, "UpdateType");
    bool detectoid = type != NULL && strcmp(type, "Detectoid") == 0;
    bool category = type != NULL && strcmp(type, "Category") == 0;
    wck_status status;

    if (!wck_node_dom_is(d->root, WCK_NS_UPDATE, "Update"))
        return wck_fail(d->err, WCK_E_INPUT, "the document is no update document: its root is not {%s}Update",
                        WCK_NS_UPDATE);
    status = check_identity(d, expected);
    if (status == WCK_OK && d->properties == NULL)
        status = wck_fail(d->err, WCK_E_INPUT, "the update document has no Properties");
    if (status == WCK_OK)
        status = wck_decode_prerequisites(d, out, relationships);
    if (status != WCK_OK)
        return status;
    out->kind = detectoid || category ? WCK_DOCUMENT_CATEGORY : WCK_DOCUMENT_UPDATE;
    out->category.kind = detectoid ? WCK_CATEGORY_DETECTOID : WCK_CATEGORY_UNKNOWN;
    return out->kind == WCK_DOCUMENT_CATEGORY ? read_category(d, out) : read_update(d, out, relationships);
}

wck_status wck_decode_update(wck_document *out, wck_snapshot *snapshot, const void *data, size_t len,
                             wck_identity expected, wck_error *err)
{
    wck_decoder d = {.snapshot = snapshot, .err = err};
    xmlDocPtr doc = NULL;
    wck_status status;

    begin(out, expected);
    status = wck_node_dom_parse(&doc, data, len, err);
    if (status != WCK_OK)
        return status;
    d.root = xmlDocGetRootElement(doc);
    d.properties = wck_node_dom_child(d.root, WCK_NS_UPDATE, "Properties");
    status = read_document(&d, out, expected);
    xmlFreeDoc(doc);
    return status;
}
