/* SPDX-License-Identifier: MIT
 * decode_dom.c: bytes → libxml2 tree, with everything dangerous refused (reliability.md 7).
 *
 * Options are exactly NONET, COMPACT, NOERROR, NOWARNING: never NOENT, DTDLOAD, XINCLUDE, RECOVER or HUGE. A document
 * with a DOCTYPE is refused, so no entity beyond the five predefined ones exists in any tree the decoder sees. */
#include "collect/decode_dom.h"

#include "base/limits.h"
#include "base/quote.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <string.h>

enum { OPTIONS = XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_NOERROR | XML_PARSE_NOWARNING };

typedef struct text_form {
    const char *encoding;
    size_t width; /* bytes a code unit */
    size_t low;   /* index of the byte of a unit that holds ASCII */
} text_form;

static const text_form utf8 = {"UTF-8", 1, 0}, utf16le = {"UTF-16LE", 2, 0}, utf16be = {"UTF-16BE", 2, 1};

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

static wck_status parse_failed(xmlParserCtxtPtr ctxt, wck_error *err)
{
    const char *why = ctxt->lastError.message;
    char text[160];

    if (ctxt->lastError.code == XML_ERR_NO_MEMORY)
        return wck_fail_memory(err, "parsing an update document");
    wck_quote_short(text, sizeof text, why != NULL ? why : "not well-formed", 100);
    for (size_t n = strlen(text); n > 0 && (text[n - 1] == '\n' || text[n - 1] == '.' || text[n - 1] == ' '); n--)
        text[n - 1] = '\0';
    return wck_fail(err, WCK_E_INPUT, "could not parse the update document: line %d: %s", ctxt->lastError.line, text);
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
    if (too_deep(xmlDocGetRootElement(doc)))
        return wck_fail(err, WCK_E_LIMIT, "could not parse the update document: nested deeper than %d",
                        WCK_MAX_XML_DEPTH);
    return WCK_OK;
}

wck_status wck_node_dom_parse(xmlDocPtr *out, const void *data, size_t len, wck_error *err)
{
    const unsigned char *text = data;
    const text_form *form = detect(&text, &len);
    xmlParserCtxtPtr ctxt;
    xmlDocPtr doc;
    wck_status status;

    *out = NULL;
    if (len > WCK_MAX_DOCUMENT_BYTES)
        return wck_fail(err, WCK_E_LIMIT, "the update document is longer than %u bytes", WCK_MAX_DOCUMENT_BYTES);
    if (len % form->width != 0)
        return wck_fail(err, WCK_E_INPUT, "the update document is UTF-16 with an odd number of bytes");
    skip_declaration(form, &text, &len);
    if (len == 0)
        return wck_fail(err, WCK_E_INPUT, "the update document is empty");
    ctxt = xmlNewParserCtxt();
    if (ctxt == NULL)
        return wck_fail_memory(err, "parsing an update document");
    doc = xmlCtxtReadMemory(ctxt, (const char *)text, (int)len, NULL, form->encoding, OPTIONS);
    if (doc == NULL || !ctxt->wellFormed)
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

bool wck_node_dom_is(const xmlNode *node, const char *ns, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns != NULL && strcmp((const char *)node->name, name) == 0 &&
           strcmp((const char *)node->ns->href, ns) == 0;
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
