/* SPDX-License-Identifier: MIT
 * package_xml.c: <ExportPackage> → server id, creation time, protocol version, languages, the list of
 * updates.
 *
 * Titles, categories and files of an update stand in its document too, with more detail, so they are not read
 * here. The list of updates is: metadata.txt must hold exactly these, or a package was cut or put together by
 * hand. */
#include "collect/package_xml.h"

#include "base/limits.h"
#include "base/quote.h"
#include "collect/decode_dom.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_VALUE = 512 };

struct wck_package_xml {
    xmlParserCtxtPtr ctxt;
    wck_package_head *head;
    wck_snapshot *snapshot;
    int depth;
    bool in_languages, in_files, in_updates;
    wck_error err; /* err.status: why the reader stopped */
};

/* ---- attributes ---- */

typedef struct attributes {
    const xmlChar **items; /* five each: local name, prefix, URI, value, end of value */
    int n;
} attributes;

/* false: absent or longer than MAX_VALUE. */
static bool attribute(char out[MAX_VALUE], attributes a, const char *name)
{
    for (int i = 0; i < a.n; i++) {
        const xmlChar **at = a.items + 5 * i;
        size_t len = (size_t)(at[4] - at[3]);
        if (at[2] != NULL || strcmp((const char *)at[0], name) != 0 || len >= MAX_VALUE)
            continue;
        memcpy(out, at[3], len);
        out[len] = '\0';
        return true;
    }
    return false;
}

static void fail_value(wck_package_xml *x, const char *what, const char *value)
{
    char text[96];

    wck_fail(&x->err, WCK_E_INPUT, "line %d: %s is malformed: \"%s\"", xmlSAX2GetLineNumber(x->ctxt), what,
             wck_quote_short(text, sizeof text, value, 60));
}

static void fail_missing(wck_package_xml *x, const char *element, const char *name)
{
    wck_fail(&x->err, WCK_E_INPUT, "line %d: <%s> has no %s", xmlSAX2GetLineNumber(x->ctxt), element, name);
}

/* A required attribute; "" and the reader stopped when it is absent. */
static const char *need(wck_package_xml *x, char out[MAX_VALUE], attributes a, const char *element,
                        const char *name)
{
    out[0] = '\0';
    if (!attribute(out, a, name) && x->err.status == WCK_OK)
        fail_missing(x, element, name);
    return out;
}

static bool parse_number(int64_t *out, const char *text)
{
    size_t n = strspn(text, "0123456789");

    if (n == 0 || n > 10 || text[n] != '\0')
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++)
        *out = *out * 10 + (text[i] - '0');
    return true;
}

/* ---- elements ---- */

static void begin_package(wck_package_xml *x, attributes a)
{
    char text[MAX_VALUE];
    const char *version;

    need(x, text, a, "ExportPackage", "FormatVersion");
    if (x->err.status == WCK_OK && strcmp(text, "1.0") != 0) {
        char shown[48];
        wck_fail(&x->err, WCK_E_INPUT, "the package has format version \"%s\", only 1.0 is known",
                 wck_quote_short(shown, sizeof shown, text, 30));
    }
    need(x, text, a, "ExportPackage", "ServerID");
    if (x->err.status == WCK_OK && !wck_guid_parse(&x->head->server_id, text))
        fail_value(x, "ServerID", text);
    need(x, text, a, "ExportPackage", "CreationTime");
    if (x->err.status == WCK_OK &&
        (!wck_time_parse(&x->head->created, text) || x->head->created == WCK_TIME_NONE))
        fail_value(x, "CreationTime", text);
    version = attribute(text, a, "ProtocolVersion") ? text : NULL;
    x->head->protocol_version = wck_snapshot_text(x->snapshot, version);
    if (version != NULL && x->head->protocol_version == NULL)
        wck_fail_memory(&x->err, "reading package.xml");
}

/* libxml2 hands "&" in attributes on as "&#38;" as long as entities are not replaced. */
static void decode_ampersands(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        *to++ = *from;
        if (strncmp(from, "&#38;", 5) == 0)
            from += 4;
    }
    *to = '\0';
}

static const char *put_text(wck_package_xml *x, char *text)
{
    const char *kept;

    decode_ampersands(text);
    kept = wck_snapshot_text(x->snapshot, text);
    if (kept == NULL)
        wck_fail_memory(&x->err, "reading package.xml");
    return kept;
}

static void add_language(wck_package_xml *x, attributes a)
{
    char id[MAX_VALUE], code[MAX_VALUE], name[MAX_VALUE], enabled[MAX_VALUE];
    wck_language *row;
    int64_t number = 0;

    need(x, id, a, "Language", "Id");
    need(x, code, a, "Language", "ShortName");
    need(x, enabled, a, "Language", "Enabled");
    if (x->err.status == WCK_OK && !parse_number(&number, id))
        fail_value(x, "the Id of a language", id);
    if (x->err.status == WCK_OK && strcmp(enabled, "0") != 0 && strcmp(enabled, "1") != 0 &&
        strcmp(enabled, "true") != 0 && strcmp(enabled, "false") != 0)
        fail_value(x, "the Enabled of a language", enabled);
    if (x->err.status == WCK_OK && x->snapshot->languages.n >= WCK_MAX_ROWS)
        wck_fail(&x->err, WCK_E_LIMIT, "there are more than %u languages", WCK_MAX_ROWS);
    if (x->err.status != WCK_OK)
        return;
    row = wck_snapshot_add_language(x->snapshot);
    if (row == NULL) {
        wck_fail_memory(&x->err, "reading package.xml");
        return;
    }
    row->id = number;
    row->code = put_text(x, code);
    row->name = attribute(name, a, "LongName") ? put_text(x, name) : NULL;
    row->enabled = enabled[0] == '1' || enabled[0] == 't';
}

static void add_update(wck_package_xml *x, attributes a)
{
    char id[MAX_VALUE], revision[MAX_VALUE];
    wck_identity row = {{0, 0}, 0}, *kept;

    need(x, id, a, "Update", "UpdateId");
    need(x, revision, a, "Update", "RevisionNumber");
    if (x->err.status == WCK_OK && !wck_guid_parse(&row.id, id))
        fail_value(x, "UpdateId", id);
    if (x->err.status == WCK_OK && !parse_number(&row.revision, revision))
        fail_value(x, "RevisionNumber", revision);
    if (x->err.status == WCK_OK && x->head->updates.n >= WCK_MAX_ROWS)
        wck_fail(&x->err, WCK_E_LIMIT, "the package lists more than %u updates", WCK_MAX_ROWS);
    if (x->err.status != WCK_OK)
        return;
    kept = wck_vec_push(&x->head->updates);
    if (kept == NULL)
        wck_fail_memory(&x->err, "reading package.xml");
    else
        *kept = row;
}

/* Depth 1: ExportPackage, 2: its sections, 3: their rows; what stands below is not read. */
static void open_element(wck_package_xml *x, const char *name, attributes a)
{
    if (x->depth == 1) {
        if (strcmp(name, "ExportPackage") != 0)
            wck_fail(&x->err, WCK_E_INPUT, "the root element is not <ExportPackage>");
        else
            begin_package(x, a);
    } else if (x->depth == 2) {
        x->in_languages = strcmp(name, "Languages") == 0;
        x->in_files = strcmp(name, "Files") == 0;
        x->in_updates = strcmp(name, "Updates") == 0;
    } else if (x->depth == 3 && x->in_languages && strcmp(name, "Language") == 0)
        add_language(x, a);
    else if (x->depth == 3 && x->in_updates && strcmp(name, "Update") == 0)
        add_update(x, a);
    else if (x->depth == 3 && x->in_files && strcmp(name, "File") == 0)
        x->head->files++;
}

/* ---- libxml2 ---- */

static void on_open(void *payload, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns, int n_ns,
                    const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **items)
{
    wck_package_xml *x = payload;

    (void)prefix;
    (void)n_ns;
    (void)namespaces;
    (void)n_defaulted;
    if (x->err.status != WCK_OK)
        return;
    x->depth++;
    if (x->depth > WCK_MAX_XML_DEPTH)
        wck_fail(&x->err, WCK_E_LIMIT, "nested deeper than %d", WCK_MAX_XML_DEPTH);
    else
        open_element(x, ns == NULL ? (const char *)name : "", (attributes){items, n_attributes});
    if (x->err.status != WCK_OK)
        xmlStopParser(x->ctxt);
}

static void on_close(void *payload, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns)
{
    wck_package_xml *x = payload;

    (void)name;
    (void)prefix;
    (void)ns;
    x->depth--;
}

static void on_doctype(void *payload, const xmlChar *name, const xmlChar *external_id,
                       const xmlChar *system_id)
{
    wck_package_xml *x = payload;

    (void)name;
    (void)external_id;
    (void)system_id;
    if (x->err.status != WCK_OK)
        return;
    wck_fail(&x->err, WCK_E_INPUT, "it has a document type declaration");
    xmlStopParser(x->ctxt);
}

wck_package_xml *wck_package_xml_new(wck_package_head *head, wck_snapshot *snapshot)
{
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = on_open,
                         .endElementNs = on_close,
                         .internalSubset = on_doctype,
                         .externalSubset = on_doctype};
    wck_package_xml *x = calloc(1, sizeof *x);

    if (x == NULL)
        return NULL;
    x->head = head;
    x->snapshot = snapshot;
    head->created = WCK_TIME_NONE;
    x->ctxt = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
    if (x->ctxt == NULL) {
        free(x);
        return NULL;
    }
    xmlCtxtUseOptions(x->ctxt, XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    return x;
}

void wck_package_xml_free(wck_package_xml *xml)
{
    if (xml == NULL)
        return;
    xmlFreeDoc(xml->ctxt->myDoc);
    xml->ctxt->myDoc = NULL;
    xmlFreeParserCtxt(xml->ctxt);
    free(xml);
}

static wck_status answer(wck_package_xml *x, int code, wck_error *err)
{
    const char *why = x->ctxt->lastError.message;
    char text[160];

    if (x->err.status != WCK_OK) {
        if (err != NULL)
            *err = x->err;
        return x->err.status;
    }
    if (code == XML_ERR_NO_MEMORY || x->ctxt->errNo == XML_ERR_NO_MEMORY)
        return wck_fail_memory(err, "reading package.xml");
    if (code == XML_ERR_OK)
        return WCK_OK;
    return wck_fail(err, WCK_E_INPUT, "line %d: %s", x->ctxt->lastError.line,
                    wck_node_dom_why(text, sizeof text, why));
}

wck_status wck_package_xml_put(wck_package_xml *xml, const void *data, size_t len, wck_error *err)
{
    const char *p = data;
    int code = XML_ERR_OK;

    while (len > 0 && code == XML_ERR_OK && xml->err.status == WCK_OK) {
        size_t n = len < 1U << 20 ? len : 1U << 20;
        code = xmlParseChunk(xml->ctxt, p, (int)n, 0);
        p += n;
        len -= n;
    }
    return answer(xml, code, err);
}

wck_status wck_package_xml_end(wck_package_xml *xml, wck_error *err)
{
    int code = xml->err.status == WCK_OK ? xmlParseChunk(xml->ctxt, NULL, 0, 1) : XML_ERR_OK;

    return answer(xml, code, err);
}
