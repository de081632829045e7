/* SPDX-License-Identifier: MIT
 * decode_texts.c: title, languages and lists of words of an update document (protocol.md 7;
 * docs/adr/0002-update-languages.md). */
#include "collect/decode.h"

#include "base/limits.h"

#include <ctype.h>
#include <string.h>

enum { MAX_LANGUAGE = 32 };

/* "5031356", also written "KB5031356" by some publishers. */
bool wck_decode_accept_kb(char *text)
{
    size_t n = strlen(text);

    if ((text[0] == 'K' || text[0] == 'k') && (text[1] == 'B' || text[1] == 'b'))
        memmove(text, text + 2, n - 1);
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

bool wck_decode_accept_any(char *text)
{
    return *text != '\0';
}

/* WSUS stores codes in lower case (learn.microsoft.com, IUpdate.GetSupportedUpdateLanguages). */
static bool accept_language(char *text)
{
    for (char *c = text; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return *text != '\0';
}

wck_status wck_decode_strings(const wck_decoder *d, wck_strings *out, const char *name, size_t max,
                              wck_accept_fn *accept)
{
    wck_status status =
        wck_decode_room(d, &out->items, wck_decode_count(d->properties, name), sizeof *out->items);

    for (xmlNodePtr c = wck_node_dom_child(d->properties, WCK_NS_UPDATE, name); c != NULL && status == WCK_OK;
         c = wck_node_dom_next(c, WCK_NS_UPDATE, name)) {
        char *text = wck_node_dom_text(c);
        if (text == NULL)
            return wck_decode_no_memory(d);
        if (accept(text)) {
            status = wck_decode_keep(d, &out->items[out->n], name, text, max);
            out->n += status == WCK_OK;
        }
        xmlFree(text);
    }
    return status;
}

/* The two words for "no particular language": `all`, and the literal of UUP documents (MS-WSUSSS 2.2.5.2). */
static bool is_neutral(const char *language)
{
    return strcmp(language, "all") == 0 || strcmp(language, "neutrallanguage") == 0;
}

static bool any_neutral(const wck_strings *languages)
{
    for (size_t i = 0; i < languages->n; i++)
        if (is_neutral(languages->items[i]))
            return true;
    return false;
}

/* A document whose texts are in no language at all is a language-neutral one (MS-WSUSSS 2.2.5.2). */
static wck_status texts_are_neutral(const wck_decoder *d, bool *out)
{
    const xmlNode *all = wck_node_dom_child(d->root, WCK_NS_UPDATE, "LocalizedPropertiesCollection");
    size_t n = 0, neutral = 0;

    for (xmlNodePtr c = wck_node_dom_child(all, WCK_NS_UPDATE, "LocalizedProperties"); c != NULL;
         c = wck_node_dom_next(c, WCK_NS_UPDATE, "LocalizedProperties"), n++) {
        const xmlNode *node = wck_node_dom_child(c, WCK_NS_UPDATE, "Language");
        char *text = node == NULL ? NULL : wck_node_dom_text(node);
        if (node != NULL && text == NULL)
            return wck_decode_no_memory(d);
        neutral += text != NULL && accept_language(text) && is_neutral(text);
        xmlFree(text);
    }
    *out = n > 0 && neutral == n;
    return WCK_OK;
}

/* docs/adr/0002-update-languages.md. A bundle that names no language has those of its members:
 * wck_link_finish. */
wck_status wck_decode_languages(const wck_decoder *d, wck_update *u)
{
    bool neutral = false;
    wck_status status = wck_decode_strings(d, &u->languages, "Language", MAX_LANGUAGE, accept_language);

    if (status != WCK_OK)
        return status;
    if (u->languages.n > 0) {
        if (any_neutral(&u->languages))
            u->languages.n = 0;
        u->languages_known = true;
        return WCK_OK;
    }
    status = texts_are_neutral(d, &neutral);
    u->languages_known = neutral || u->bundles.n == 0;
    return status;
}

/* ---- title ---- */

static const xmlNode *localized(const wck_decoder *d, const char *language, wck_status *status)
{
    const xmlNode *all = wck_node_dom_child(d->root, WCK_NS_UPDATE, "LocalizedPropertiesCollection");

    for (xmlNodePtr c = wck_node_dom_child(all, WCK_NS_UPDATE, "LocalizedProperties"); c != NULL;
         c = wck_node_dom_next(c, WCK_NS_UPDATE, "LocalizedProperties")) {
        const xmlNode *node = wck_node_dom_child(c, WCK_NS_UPDATE, "Language");
        char *text;
        bool same;
        if (wck_node_dom_child(c, WCK_NS_UPDATE, "Title") == NULL)
            continue;
        if (language == NULL)
            return c;
        if (node == NULL)
            continue;
        text = wck_node_dom_text(node);
        if (text == NULL) {
            *status = wck_decode_no_memory(d);
            return NULL;
        }
        accept_language(text);
        same = strcmp(text, language) == 0;
        xmlFree(text);
        if (same)
            return c;
    }
    return NULL;
}

/* English, so that reports of servers in several countries read alike; else the default language; else the
 * first. A document is never malformed for lack of a title. */
wck_status wck_decode_title(const wck_decoder *d, const char **out)
{
    const char *usual = wck_node_dom_attribute(d->properties, "DefaultPropertiesLanguage");
    char lower[MAX_LANGUAGE + 1] = "";
    wck_status status = WCK_OK;
    const xmlNode *found = localized(d, "en", &status);
    char *text;

    if (found == NULL && usual != NULL && strlen(usual) <= MAX_LANGUAGE) {
        memcpy(lower, usual, strlen(usual) + 1);
        accept_language(lower);
        found = localized(d, lower, &status);
    }
    if (found == NULL && status == WCK_OK)
        found = localized(d, NULL, &status);
    if (found == NULL)
        return status;
    text = wck_node_dom_text(wck_node_dom_child(found, WCK_NS_UPDATE, "Title"));
    if (text == NULL)
        return wck_decode_no_memory(d);
    status = wck_decode_keep(d, out, "title", text, WCK_MAX_TITLE);
    xmlFree(text);
    return status;
}
