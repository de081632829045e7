/* SPDX-License-Identifier: MIT
 * decode_values.c: what the parts of the decoder share: values of attributes, texts into the snapshot,
 * complaints. */
#include "collect/decode.h"

#include "base/quote.h"

#include <string.h>

wck_status wck_decode_bad(const wck_decoder *d, const char *what, const char *value)
{
    char text[96];

    return wck_fail(d->err, WCK_E_INPUT, "the update document holds a malformed %s: \"%s\"", what,
                    wck_quote_short(text, sizeof text, value == NULL ? "" : value, 60));
}

wck_status wck_decode_no_memory(const wck_decoder *d)
{
    return wck_fail_memory(d->err, "decoding an update document");
}

bool wck_decode_number(int64_t *out, const char *text)
{
    int64_t n = 0;

    if (text == NULL || *text == '\0' || strlen(text) > 18)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        n = n * 10 + (*text - '0');
    }
    *out = n;
    return true;
}

/* xs:boolean; anything else, and absence, is `absent`. */
int8_t wck_decode_bool(const char *text, int8_t absent)
{
    if (text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0))
        return 1;
    if (text != NULL && (strcmp(text, "false") == 0 || strcmp(text, "0") == 0))
        return 0;
    return absent;
}

/* Interned; NULL and "" give NULL. */
wck_status wck_decode_keep(const wck_decoder *d, const char **out, const char *what, const char *text,
                           size_t max)
{
    *out = NULL;
    if (text == NULL || *text == '\0')
        return WCK_OK;
    if (strlen(text) > max)
        return wck_fail(d->err, WCK_E_LIMIT, "the update document holds a %s longer than %zu bytes", what,
                        max);
    *out = wck_snapshot_text(d->snapshot, text);
    return *out == NULL ? wck_decode_no_memory(d) : WCK_OK;
}

size_t wck_decode_count(const xmlNode *parent, const char *name)
{
    size_t n = 0;

    for (xmlNodePtr c = wck_node_dom_child(parent, WCK_NS_UPDATE, name); c != NULL;
         c = wck_node_dom_next(c, WCK_NS_UPDATE, name))
        n++;
    return n;
}

wck_status wck_decode_room(const wck_decoder *d, void *out, size_t n, size_t size)
{
    void *items = n == 0 ? NULL : wck_arena_array(d->snapshot->arena, n, size);

    memcpy(out, &items, sizeof items);
    return items == NULL && n > 0 ? wck_decode_no_memory(d) : WCK_OK;
}
