/* SPDX-License-Identifier: MIT
 * decode_dom.c: bytes → libxml2 tree, with everything dangerous refused (reliability.md 7).
 *
 * Options are exactly NONET, COMPACT, NOERROR, NOWARNING: never NOENT, DTDLOAD, XINCLUDE, RECOVER or HUGE. A
 * document with a DOCTYPE is refused, so no entity beyond the five predefined ones exists in any tree the
 * decoder sees. */
#include "collect/decode_dom.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/quote.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdio.h>
#include <string.h>

enum { OPTIONS = XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_NOERROR | XML_PARSE_NOWARNING };

typedef struct text_form {
    size_t width; /* bytes a code unit */
    size_t low;   /* index of the byte of a unit that holds ASCII */
} text_form;

static const text_form utf8 = {1, 0}, utf16le = {2, 0}, utf16be = {2, 1};

/* The order of protocol.md 5.4: BOM, then where the zero byte of the first character stands. */
static const text_form *detect(const unsigned char **data, size_t *len)
{
    const unsigned char *p = *data;

    if (*len >= 2 && p[0] == 0xff && p[1] == 0xfe) {
        *data += 2, *len -= 2;
        return &utf16le;
    }
    if (*len >= 2 && p[0] == 0xfe && p[1] == 0xff) {
        *data += 2, *len -= 2;
        return &utf16be;
    }
    if (*len >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) {
        *data += 3, *len -= 3;
        return &utf8;
    }
    if (*len >= 2 && p[0] != 0 && p[1] == 0)
        return &utf16le;
    return *len >= 1 && p[0] == 0 ? &utf16be : &utf8;
}

/* The ASCII character of unit i, or 0. */
static unsigned char unit(const text_form *form, const unsigned char *data, size_t len, size_t i)
{
    size_t at = i * form->width;

    if (at + form->width > len || (form->width == 2 && data[at + 1 - form->low] != 0))
        return 0;
    return data[at + form->low];
}

/* Without its XML declaration a document cannot claim another encoding than the one it is in. */
static void skip_declaration(const text_form *form, const unsigned char **data, size_t *len)
{
    static const char begin[] = "<?xml";
    size_t i = 0, most = 256;
    unsigned char c;

    for (; i < sizeof begin - 1; i++)
        if (unit(form, *data, *len, i) != (unsigned char)begin[i])
            return;
    c = unit(form, *data, *len, i);
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
        return; /* <?xml-stylesheet … */
    for (; i < most; i++)
        if (unit(form, *data, *len, i) == '?' && unit(form, *data, *len, i + 1) == '>') {
            *data += (i + 2) * form->width;
            *len -= (i + 2) * form->width;
            return;
        }
}

/* libxml2 ends its messages with a full stop or a line end. */
char *wck_node_dom_why(char *out, size_t size, const char *why)
{
    char text[256];
    size_t n;

    snprintf(text, sizeof text, "%s", why != NULL ? why : "not well-formed");
    for (n = strlen(text); n > 0 && strchr("\r\n. ", text[n - 1]) != NULL; n--)
        text[n - 1] = '\0';
    return wck_quote_short(out, size, text, 100);
}

/* The type of the parameter changed to const in libxml2 2.12 (see xml.c). */
#if LIBXML_VERSION >= 21200
static void on_error(void *payload, const xmlError *error)
#else
static void on_error(void *payload, xmlErrorPtr error)
#endif
{
    bool *ran_out = payload;

    if (error != NULL && error->code == XML_ERR_NO_MEMORY)
        *ran_out = true;
}

/* Short of memory, libxml2 may drop an attribute, a namespace or the root and still call the document
 * well-formed, or find a mistake that is none. So every complaint is watched, also those that a later one
 * replaces; the handler is the thread's own. */
static xmlDocPtr read_watched(xmlParserCtxtPtr ctxt, const char *text, size_t len, bool *ran_out)
{
    xmlStructuredErrorFunc before = xmlStructuredError;
    void *payload = xmlStructuredErrorContext;
    xmlDocPtr doc;

    *ran_out = false;
    xmlSetStructuredErrorFunc(ran_out, on_error);
    doc = xmlCtxtReadMemory(ctxt, text, (int)len, NULL, NULL, OPTIONS);
    xmlSetStructuredErrorFunc(payload, before);
    return doc;
}

static wck_status parse_failed(xmlParserCtxtPtr ctxt, wck_error *err)
{
    const char *why = ctxt->lastError.message;
    char text[160];

    /* No error at all: libxml2 could not even make its input buffer. */
    if (ctxt->lastError.code == XML_ERR_OK)
        return wck_fail_memory(err, "parsing an update document");
    return wck_fail(err, WCK_E_INPUT, "could not parse the update document: line %d: %s",
                    ctxt->lastError.line, wck_node_dom_why(text, sizeof text, why));
}

/* No recursion: the depth is what is being checked. */
static bool too_deep(const xmlNode *root)
{
    const xmlNode *node = root;
    int depth = 1;

    while (node != NULL) {
        if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
            node = node->children;
            if (++depth > WCK_MAX_XML_DEPTH + 1) /* texts stand one below their element */
                return true;
            continue;
        }
        if (depth > WCK_MAX_XML_DEPTH && node->type == XML_ELEMENT_NODE)
            return true;
        while (node != root && node->next == NULL) {
            node = node->parent;
            depth--;
        }
        node = node == root ? NULL : node->next;
    }
    return false;
}

static wck_status check_tree(xmlDocPtr doc, wck_error *err)
{
    if (doc->intSubset != NULL || doc->extSubset != NULL)
        return wck_fail(err, WCK_E_INPUT,
                        "could not parse the update document: it has a document type declaration");
    if (xmlDocGetRootElement(doc) == NULL)
        return wck_fail(err, WCK_E_INPUT, "could not parse the update document: it has no root element");
    if (too_deep(xmlDocGetRootElement(doc)))
        return wck_fail(err, WCK_E_LIMIT, "could not parse the update document: nested deeper than %d",
                        WCK_MAX_XML_DEPTH);
    return WCK_OK;
}

static wck_status parse_utf8(xmlDocPtr *out, const char *text, size_t len, wck_error *err)
{
    xmlParserCtxtPtr ctxt;
    xmlDocPtr doc;
    bool ran_out;
    wck_status status;

    /* Anything else would let libxml2 guess an encoding from the first four bytes (EBCDIC, UCS-4). */
    if (len == 0 || strchr("< \t\r\n", text[0]) == NULL || text[0] == '\0')
        return wck_fail(err, WCK_E_INPUT,
                        "could not parse the update document: it does not begin with \"<\"");
    ctxt = xmlNewParserCtxt();
    if (ctxt == NULL)
        return wck_fail_memory(err, "parsing an update document");
    doc = read_watched(ctxt, text, len, &ran_out);
    if (ran_out)
        status = wck_fail_memory(err, "parsing an update document");
    else if (doc == NULL || !ctxt->wellFormed)
        status = parse_failed(ctxt, err);
    else
        status = check_tree(doc, err);
    xmlFreeParserCtxt(ctxt);
    if (status != WCK_OK) {
        xmlFreeDoc(doc);
        return status;
    }
    *out = doc;
    return WCK_OK;
}

/* Converted here and not by libxml2, whose encoders crash when memory is short (seen with 2.9.14). */
static wck_status parse_utf16(xmlDocPtr *out, const unsigned char *text, size_t len, bool big, wck_error *err)
{
    wck_status status;
    wck_buf plain;

    wck_buf_init(&plain, len / 2 * 3);
    if (wck_utf16_to_utf8(&plain, text, len, big))
        status = parse_utf8(out, wck_buf_text(&plain), plain.len, err);
    else if (plain.failed)
        status = wck_fail_memory(err, "parsing an update document");
    else
        status = wck_fail(err, WCK_E_INPUT, "could not parse the update document: it is not UTF-16");
    wck_buf_clear(&plain);
    return status;
}

wck_status wck_node_dom_parse(xmlDocPtr *out, const void *data, size_t len, wck_error *err)
{
    const unsigned char *text = data;
    const text_form *form = detect(&text, &len);

    *out = NULL;
    if (len > WCK_MAX_DOCUMENT_BYTES)
        return wck_fail(err, WCK_E_LIMIT, "the update document is longer than %u bytes",
                        WCK_MAX_DOCUMENT_BYTES);
    if (len % form->width != 0)
        return wck_fail(err, WCK_E_INPUT, "the update document is UTF-16 with an odd number of bytes");
    skip_declaration(form, &text, &len);
    if (form == &utf8)
        return parse_utf8(out, (const char *)text, len, err);
    return parse_utf16(out, text, len, form == &utf16be, err);
}

bool wck_node_dom_is(const xmlNode *node, const char *ns, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           strcmp((const char *)node->name, name) == 0 && strcmp((const char *)node->ns->href, ns) == 0;
}

static xmlNodePtr first_of(xmlNodePtr node, const char *ns, const char *name)
{
    while (node != NULL && !wck_node_dom_is(node, ns, name))
        node = node->next;
    return node;
}

xmlNodePtr wck_node_dom_child(const xmlNode *node, const char *ns, const char *name)
{
    return node == NULL ? NULL : first_of(node->children, ns, name);
}

xmlNodePtr wck_node_dom_next(const xmlNode *node, const char *ns, const char *name)
{
    return node == NULL ? NULL : first_of(node->next, ns, name);
}

const char *wck_node_dom_attribute(const xmlNode *node, const char *name)
{
    if (node == NULL)
        return NULL;
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next)
        if (a->ns == NULL && strcmp((const char *)a->name, name) == 0) {
            if (a->children == NULL || a->children->content == NULL)
                return "";
            return (const char *)a->children->content;
        }
    return NULL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *wck_node_dom_text(const xmlNode *node)
{
    char *text = (char *)xmlNodeGetContent(node);
    size_t begin = 0, n;

    if (text == NULL)
        return NULL;
    while (is_space(text[begin]))
        begin++;
    n = strlen(text + begin);
    while (n > 0 && is_space(text[begin + n - 1]))
        n--;
    memmove(text, text + begin, n);
    text[n] = '\0';
    return text;
}
