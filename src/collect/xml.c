/* SPDX-License-Identifier: MIT
 * xml.c: libxml2's SAX2 push parser, measured at 446 MB/s in flat memory (performance.md 3).
 *
 * Options are exactly those of reliability.md 7: never NOENT, DTDLOAD, XINCLUDE, RECOVER or HUGE. A DOCTYPE stops the
 * parser before anything in it is read, so no entity beyond the five predefined ones can ever exist. */
#include "collect/xml.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/quote.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdlib.h>
#include <string.h>

#define NS_INSTANCE "http://www.w3.org/2001/XMLSchema-instance"

struct wck_xml {
    xmlParserCtxtPtr ctxt;
    const wck_xml_handler *handler;
    void *payload;
    size_t depth;
    bool closed; /* the root element is over */
    bool full;   /* the text was cut, the rest of it goes */
    char type[24];
    wck_buf text;
    wck_error err; /* err.status: why the parser stopped */
};

static xmlParserInputPtr refuse_external(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
    (void)url;
    (void)id;
    (void)ctxt;
    return NULL;
}

/* The type of the parameter changed to const in libxml2 2.12; a cast between the two is what its own callers do. */
#if LIBXML_VERSION >= 21200
static void be_silent(void *payload, const xmlError *error)
#else
static void be_silent(void *payload, xmlErrorPtr error)
#endif
{
    (void)payload;
    (void)error;
}

void wck_xml_init(void)
{
    xmlInitParser();
    xmlSetExternalEntityLoader(refuse_external);
    xmlSetStructuredErrorFunc(NULL, be_silent);
}

void wck_xml_cleanup(void)
{
    xmlCleanupParser();
}

static void stop(wck_xml *xml)
{
    xmlStopParser(xml->ctxt);
}

/* A type that is longer than any we know is none of them, so a cut one does no harm. */
static void keep_type(wck_xml *xml, const xmlChar **attributes, int n)
{
    xml->type[0] = '\0';
    for (int i = 0; i < n; i++, attributes += 5) {
        const char *value = (const char *)attributes[3], *colon;
        size_t len = (size_t)(attributes[4] - attributes[3]);
        if (attributes[2] == NULL || strcmp((const char *)attributes[0], "type") != 0 ||
            strcmp((const char *)attributes[2], NS_INSTANCE) != 0)
            continue;
        colon = memchr(value, ':', len);
        if (colon != NULL) {
            len -= (size_t)(colon + 1 - value);
            value = colon + 1;
        }
        if (len >= sizeof xml->type)
            len = sizeof xml->type - 1;
        memcpy(xml->type, value, len);
        xml->type[len] = '\0';
    }
}

static void forget_text(wck_xml *xml)
{
    if (xml->text.len > 0)
        wck_buf_reset(&xml->text);
    xml->full = false;
}

static bool is_nil(const xmlChar **attributes, int n)
{
    for (int i = 0; i < n; i++, attributes += 5) { /* local name, prefix, URI, value, end of value */
        size_t len = (size_t)(attributes[4] - attributes[3]);
        if (attributes[2] != NULL && strcmp((const char *)attributes[0], "nil") == 0 &&
            strcmp((const char *)attributes[2], NS_INSTANCE) == 0)
            return (len == 4 && memcmp(attributes[3], "true", 4) == 0) || (len == 1 && *attributes[3] == '1');
    }
    return false;
}

static void on_open(void *payload, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns, int n_ns,
                    const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    wck_xml *xml = payload;

    (void)prefix;
    (void)n_ns;
    (void)namespaces;
    (void)n_defaulted;
    if (xml->err.status != WCK_OK)
        return;
    if (++xml->depth > WCK_MAX_XML_DEPTH)
        wck_fail(&xml->err, WCK_E_LIMIT, "could not parse XML: nested deeper than %d", WCK_MAX_XML_DEPTH);
    else {
        forget_text(xml);
        keep_type(xml, attributes, n_attributes);
        xml->handler->open(xml->payload, (const char *)ns, (const char *)name, is_nil(attributes, n_attributes),
                           &xml->err);
    }
    if (xml->err.status != WCK_OK)
        stop(xml);
}

static void on_close(void *payload, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns)
{
    wck_xml *xml = payload;

    (void)name;
    (void)prefix;
    (void)ns;
    if (xml->err.status != WCK_OK)
        return;
    xml->handler->close(xml->payload, wck_buf_text(&xml->text), xml->text.len, &xml->err);
    forget_text(xml);
    xml->closed = --xml->depth == 0;
    if (xml->err.status != WCK_OK)
        stop(xml);
}

static int cut_to(const xmlChar *text, size_t room)
{
    while (room > 0 && (text[room] & 0xc0) == 0x80)
        room--;
    return (int)room;
}

/* Nearly always the text fits what the one before it left. */
static bool add_text(wck_buf *b, const xmlChar *text, size_t len)
{
    if (len >= b->size - b->len)
        return wck_buf_put(b, text, len);
    memcpy(b->data + b->len, text, len);
    b->len += len;
    b->data[b->len] = '\0';
    return true;
}

static void on_text(void *payload, const xmlChar *text, int len)
{
    wck_xml *xml = payload;
    size_t room = xml->text.max - xml->text.len;

    if (xml->err.status != WCK_OK || len <= 0 || xml->full)
        return;
    xml->full = xml->handler->cut_text && (size_t)len > room;
    if (xml->full)
        len = cut_to(text, room);
    if ((size_t)len > room)
        wck_fail(&xml->err, WCK_E_LIMIT, "could not parse XML: a text is longer than %zu bytes", xml->text.max);
    else if (!add_text(&xml->text, text, (size_t)len))
        wck_fail_memory(&xml->err, "parsing XML");
    if (xml->err.status != WCK_OK)
        stop(xml);
}

/* SOAP forbids a document type, and it is the door to every entity attack. */
static void on_doctype(void *payload, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
    wck_xml *xml = payload;

    (void)name;
    (void)external_id;
    (void)system_id;
    if (xml->err.status != WCK_OK)
        return;
    wck_fail(&xml->err, WCK_E_INPUT, "could not parse XML: it has a document type declaration");
    stop(xml);
}

wck_status wck_xml_new(wck_xml **out, const wck_xml_handler *handler, void *payload, wck_error *err)
{
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = on_open,
                         .endElementNs = on_close,
                         .characters = on_text,
                         .ignorableWhitespace = on_text,
                         .cdataBlock = on_text,
                         .internalSubset = on_doctype,
                         .externalSubset = on_doctype,
                         .serror = be_silent};
    wck_xml *xml = calloc(1, sizeof *xml);

    *out = NULL;
    if (xml == NULL)
        return wck_fail_memory(err, "parsing XML");
    xml->handler = handler;
    xml->payload = payload;
    wck_buf_init(&xml->text, handler->max_text);
    xmlSetStructuredErrorFunc(NULL, be_silent); /* each thread has its own */
    xml->ctxt = xmlCreatePushParserCtxt(&sax, xml, NULL, 0, NULL);
    if (xml->ctxt == NULL) {
        wck_xml_free(xml);
        return wck_fail_memory(err, "parsing XML");
    }
    xmlCtxtUseOptions(xml->ctxt, XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    *out = xml;
    return WCK_OK;
}

static wck_status parser_failed(const wck_xml *xml, wck_error *err)
{
    char shown[160];
    const xmlError *error = xmlCtxtGetLastError(xml->ctxt);
    const char *why = error != NULL && error->message != NULL ? error->message : "not well-formed";
    size_t len = strcspn(why, "\n");
    char line[200];

    if (error != NULL && error->code == XML_ERR_NO_MEMORY)
        return wck_fail_memory(err, "parsing XML");
    if (len >= sizeof line)
        len = sizeof line - 1;
    memcpy(line, why, len);
    line[len] = '\0';
    return wck_fail(err, WCK_E_INPUT, "could not parse XML: %s", wck_quote_short(shown, sizeof shown, line, 120));
}

static wck_status outcome(const wck_xml *xml, int rc, wck_error *err)
{
    if (xml->err.status != WCK_OK) {
        if (err != NULL)
            *err = xml->err;
        return xml->err.status;
    }
    return rc == 0 ? WCK_OK : parser_failed(xml, err);
}

wck_status wck_xml_put(wck_xml *xml, const void *data, size_t len, wck_error *err)
{
    const char *at = data;
    int rc = 0;

    while (len > 0 && rc == 0 && xml->err.status == WCK_OK) { /* libxml2 counts in int */
        size_t piece = len < (1U << 20) ? len : 1U << 20;
        rc = xmlParseChunk(xml->ctxt, at, (int)piece, 0);
        at += piece;
        len -= piece;
    }
    return outcome(xml, rc, err);
}

wck_status wck_xml_end(wck_xml *xml, bool *early, wck_error *err)
{
    bool sound = xml->err.status == WCK_OK && xml->ctxt->errNo == XML_ERR_OK;
    int rc;

    if (early != NULL)
        *early = false;
    rc = xmlParseChunk(xml->ctxt, "", 0, 1);
    if (xml->err.status != WCK_OK)
        return outcome(xml, rc, err);
    /* After a failed allocation libxml2 may stop without an error code (reliability.md 3): ask twice. */
    if (rc == 0 && xml->closed && xml->ctxt->wellFormed && xml->ctxt->nsWellFormed)
        return WCK_OK;
    if (sound && !xml->closed) {
        if (early != NULL)
            *early = true;
        return wck_fail(err, WCK_E_INPUT, "could not parse XML: it ends too early");
    }
    return parser_failed(xml, err);
}

void wck_xml_free(wck_xml *xml)
{
    if (xml == NULL)
        return;
    if (xml->ctxt != NULL) {
        xmlFreeDoc(xml->ctxt->myDoc); /* none is built; should a version build one, it is not ours to keep */
        xml->ctxt->myDoc = NULL;
        xmlFreeParserCtxt(xml->ctxt);
    }
    if (xml->text.data != NULL) /* cookies pass through here */
        explicit_bzero(xml->text.data, xml->text.size);
    wck_buf_clear(&xml->text);
    free(xml);
}

const char *wck_xml_type(const wck_xml *xml)
{
    return xml->type;
}

const char *wck_xml_intern(wck_xml *xml, const char *name)
{
    return (const char *)xmlDictLookup(xml->ctxt->dict, (const xmlChar *)name, -1);
}
