/* SPDX-License-Identifier: MIT
 * json_read.c: texts, words, objects and arrays of the strict pull reader.
 *
 * Texts are decoded in place (an escape is never shorter than what it stands for) and end with a 0 over their
 * closing quote, so no text is copied before its owner wants it. */
#include "codec/json.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

char wck_json_peek(wck_json *json)
{
    for (;;) {
        char c = *json->p;
        if (c == '\n')
            json->line++;
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r')
            json->p++;
        else if (c != '\0' || json->p != json->end)
            return c;
        else if (!wck_json_refill(json, &json->p, &json->p))
            return '\0';
    }
}

/* Consume c or fail. */
static bool expect(wck_json *json, char c, const char *wanted)
{
    if (wck_json_peek(json) != c)
        return wck_json_fail_unexpected(json, wanted);
    json->p++;
    return true;
}

/* What a byte is inside a text: 0 plain, 1 part of a longer character, 2 needs a look. */
static const unsigned char text_class[256] = {
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
};

static int hex4(const char *p)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static size_t encode_utf8(char *out, unsigned long c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* The character of \uXXXX (and of the \uXXXX behind it, for a pair); *in stands on the first digit. */
static bool decode_unicode(wck_json *json, const char **in, const char *end, unsigned long *code)
{
    int high = end - *in >= 4 ? hex4(*in) : -1, low;

    if (high < 0)
        return wck_json_fail(json, WCK_E_INPUT, "\\u needs four hexadecimal digits");
    *in += 4;
    *code = (unsigned long)high;
    if (high == 0)
        return wck_json_fail(json, WCK_E_INPUT, "a text must not hold \\u0000");
    if (high >= 0xDC00 && high <= 0xDFFF)
        return wck_json_fail(json, WCK_E_INPUT, "a low surrogate stands without its high one");
    if (high < 0xD800 || high > 0xDBFF)
        return true;
    low = end - *in >= 6 && (*in)[0] == '\\' && (*in)[1] == 'u' ? hex4(*in + 2) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return wck_json_fail(json, WCK_E_INPUT, "a high surrogate stands without its low one");
    *in += 6;
    *code = 0x10000UL + ((*code - 0xD800UL) << 10) + ((unsigned long)low - 0xDC00UL);
    return true;
}

/* Decode the escapes of [text, end) in place; *len becomes the length of the result. */
static bool decode_escapes(wck_json *json, char *text, const char *end, size_t *len)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *in = text;
    char *out = text;

    while (in < end) {
        const char *found;
        unsigned long code = 0;
        if (*in != '\\') {
            *out++ = *in++;
            continue;
        }
        in++;
        if (*in == 'u') {
            in++;
            if (!decode_unicode(json, &in, end, &code))
                return false;
            out += encode_utf8(out, code);
            continue;
        }
        found = *in != '\0' ? strchr(from, *in) : NULL;
        if (found == NULL)
            return wck_json_fail(json, WCK_E_INPUT, "a text holds an unknown escape");
        *out++ = to[found - from];
        in++;
    }
    *len = (size_t)(out - text);
    return true;
}

/* The text whose opening quote is at p. */
static bool read_text(wck_json *json, const char **text, size_t *len)
{
    char *begin = json->p + 1, *q = begin;
    bool wide = false, escaped = false;

    json->p++;
    for (;;) {
        while (text_class[(unsigned char)*q] == 0)
            q++;
        if (text_class[(unsigned char)*q] == 1) {
            wide = true;
            q++;
        } else if (*q == '"') {
            break;
        } else if (q == json->end || (*q == '\\' && q + 1 == json->end)) {
            json->p = begin;
            if (!wck_json_refill(json, &begin, &q))
                return json->failed ? false
                                    : wck_json_fail(json, WCK_E_INPUT, "the document ends inside a text");
        } else if (*q == '\\') {
            escaped = true;
            q += 2;
        } else {
            return wck_json_fail(json, WCK_E_INPUT, "a text holds the control character 0x%02x",
                                 (unsigned)*q);
        }
    }
    *text = begin;
    *len = (size_t)(q - begin);
    json->p = q + 1;
    if (wide && !wck_utf8_valid(begin, *len))
        return wck_json_fail(json, WCK_E_INPUT, "a text is not valid UTF-8");
    if (escaped && !decode_escapes(json, begin, q, len))
        return false;
    begin[*len] = '\0';
    return true;
}

bool wck_json_text(wck_json *json, const char **text, size_t *len)
{
    if (wck_json_peek(json) != '"')
        return wck_json_fail_type(json, "a string");
    return read_text(json, text, len);
}

static bool read_literal(wck_json *json, const char *word, size_t len)
{
    while ((size_t)(json->end - json->p) < len)
        if (!wck_json_refill(json, &json->p, &json->p))
            break;
    if (json->failed)
        return false;
    if ((size_t)(json->end - json->p) < len || memcmp(json->p, word, len) != 0)
        return wck_json_fail(json, WCK_E_INPUT, "unexpected word, \"%s\" was expected", word);
    json->p += len;
    return true;
}

bool wck_json_bool(wck_json *json, bool *out)
{
    char c = wck_json_peek(json);

    if (c != 't' && c != 'f')
        return wck_json_fail_type(json, "true or false");
    *out = c == 't';
    return c == 't' ? read_literal(json, "true", 4) : read_literal(json, "false", 5);
}

bool wck_json_null(wck_json *json)
{
    return wck_json_peek(json) == 'n' && read_literal(json, "null", 4);
}

/* ---- objects and arrays
 * --------------------------------------------------------------------------------------- */

static bool enter(wck_json *json, char open, bool is_array, const char *wanted)
{
    wck_json_frame *frame;

    if (wck_json_peek(json) != open)
        return wck_json_fail_type(json, wanted);
    if (json->depth == WCK_MAX_JSON_DEPTH)
        return wck_json_fail(json, WCK_E_LIMIT, "nested deeper than %d levels", WCK_MAX_JSON_DEPTH);
    json->p++;
    frame = &json->frames[json->depth++];
    *frame = (wck_json_frame){.is_array = is_array, .first_key = json->keys.n, .pool_mark = json->pool.len};
    return true;
}

bool wck_json_enter_object(wck_json *json)
{
    return enter(json, '{', false, "an object");
}

bool wck_json_enter_array(wck_json *json)
{
    return enter(json, '[', true, "an array");
}

bool wck_json_element(wck_json *json)
{
    wck_json_frame *frame;
    char c;

    if (json->failed)
        return false;
    frame = &json->frames[json->depth - 1];
    c = wck_json_peek(json);
    if (c == ']') {
        json->p++;
        json->depth--;
        return false;
    }
    if (!frame->begun) {
        frame->begun = true;
        return !json->failed;
    }
    frame->index++;
    if (c != ',')
        return wck_json_fail_unexpected(json, "\",\" or \"]\"");
    json->p++;
    if (wck_json_peek(json) == ']')
        return wck_json_fail_unexpected(json, "a value");
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const wck_json_key *x = a, *y = b;
    int order = x->len != y->len ? (x->len < y->len ? -1 : 1) : memcmp(x->text, y->text, x->len);

    return order;
}

/* Unknown keys are checked for duplicates when their object ends: sorting costs n log n whatever an attacker
 * sends. */
static bool leave_object(wck_json *json)
{
    wck_json_frame *frame = &json->frames[json->depth - 1];
    size_t n = json->keys.n - frame->first_key;
    char shown[128];

    frame->name = NULL;
    frame->name_len = 0;
    if (n > 1) {
        wck_json_key *keys = json->keys.items + frame->first_key;
        for (size_t i = 0; i < n; i++)
            keys[i].text = json->pool.data + keys[i].at;
        qsort(keys, n, sizeof *keys, compare_keys);
        for (size_t i = 1; i < n; i++)
            if (compare_keys(&keys[i - 1], &keys[i]) == 0)
                return wck_json_fail(json, WCK_E_INPUT, "the key \"%s\" stands twice",
                                     wck_quote_short(shown, sizeof shown, keys[i].text, 40));
    }
    json->keys.n = frame->first_key;
    json->pool.len = frame->pool_mark;
    json->depth--;
    return true;
}

static bool remember_key(wck_json *json, const char *text, size_t len)
{
    wck_json_frame *frame = &json->frames[json->depth - 1];
    wck_json_key *key = wck_vec_push(&json->keys);

    if (key == NULL)
        return wck_json_fail_memory(json);
    key->at = json->pool.len;
    key->len = len;
    /* with its 0: the key is printed in places */
    if (!wck_buf_put(&json->pool, text, len + 1)) {
        frame->name = NULL;
        frame->name_len = 0;
        if (json->pool.len + len < json->pool.max)
            return wck_json_fail_memory(json);
        return wck_json_fail(json, WCK_E_LIMIT, "an object holds more than %u bytes of unknown keys",
                             WCK_MAX_JSON_LINE);
    }
    frame->name = NULL;
    frame->name_at = key->at;
    frame->name_len = len;
    return true;
}

/* Stand on the next key's text, or leave the object. */
static bool next_key(wck_json *json, const char **text, size_t *len)
{
    wck_json_frame *frame;
    char c;

    if (json->failed)
        return false;
    frame = &json->frames[json->depth - 1];
    c = wck_json_peek(json);
    if (c == '}') {
        json->p++;
        leave_object(json);
        return false;
    }
    if (frame->begun) {
        frame->name = NULL;
        frame->name_len = 0;
        if (c != ',')
            return wck_json_fail_unexpected(json, "\",\" or \"}\"");
        json->p++;
        c = wck_json_peek(json);
    }
    frame->begun = true;
    if (c != '"')
        return wck_json_fail_unexpected(json, "a key");
    return read_text(json, text, len);
}

static int find_field(wck_json_frame *frame, const wck_json_field *fields, size_t n, const char *text,
                      size_t len)
{
    for (size_t tried = 0, i = frame->hint; tried < n; tried++, i++) {
        if (i >= n)
            i = 0;
        if (fields[i].len == len && memcmp(fields[i].name, text, len) == 0) {
            frame->hint = i + 1;
            return (int)i;
        }
    }
    return -1;
}

int wck_json_field_next(wck_json *json, const wck_json_field *fields, size_t n, uint64_t *seen)
{
    const char *text;
    size_t len;

    while (next_key(json, &text, &len)) {
        wck_json_frame *frame = &json->frames[json->depth - 1];
        int found = find_field(frame, fields, n, text, len);
        if (found < 0) {
            if (!remember_key(json, text, len) || !expect(json, ':', "\":\"") || !wck_json_skip(json))
                return WCK_JSON_DONE;
            continue;
        }
        frame->name = fields[found].name;
        if ((*seen & UINT64_C(1) << found) != 0) {
            wck_json_fail(json, WCK_E_INPUT, "the key stands twice");
            return WCK_JSON_DONE;
        }
        *seen |= UINT64_C(1) << found;
        return expect(json, ':', "\":\"") ? found : WCK_JSON_DONE;
    }
    return WCK_JSON_DONE;
}

bool wck_json_member(wck_json *json, const char **key, size_t *len)
{
    if (!next_key(json, key, len) || !remember_key(json, *key, *len) || !expect(json, ':', "\":\""))
        return false;
    *key = json->pool.data + json->frames[json->depth - 1].name_at;
    return true;
}

bool wck_json_end(wck_json *json)
{
    if (json->failed)
        return false;
    return wck_json_peek(json) == '\0' && json->p == json->end && !json->failed
               ? true
               : wck_json_fail_unexpected(json, "the end of the document");
}
