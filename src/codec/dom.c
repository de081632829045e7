/* SPDX-License-Identifier: MIT
 * dom.c: strict reading of small documents (reliability.md 8). */
#include "codec/dom.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/quote.h"
#include "codec/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 256 << 20 }; /* reliability.md 8; a report of 100,000 findings is some 60 MB */

static void put_path(wck_buf *out, const wck_dom *at)
{
    char name[128];

    if (at == NULL)
        return;
    put_path(out, at->up);
    if (at->key != NULL)
        wck_buf_printf(out, "%s%s", out->len > 0 ? "." : "", wck_quote_short(name, sizeof name, at->key, 40));
    else if (at->up != NULL)
        wck_buf_printf(out, "[%zu]", at->index);
}

bool wck_dom_fail(const wck_dom *at, const char *key, const char *fmt, ...)
{
    wck_dom_document *document = at->document;
    wck_dom member = {document, at, key, 0, NULL};
    wck_buf path;
    va_list args;
    char reason[400];

    if (document->status != WCK_OK)
        return false;
    document->status = WCK_E_INPUT;
    va_start(args, fmt);
    vsnprintf(reason, sizeof reason, fmt, args);
    va_end(args);
    wck_buf_init(&path, 8192);
    put_path(&path, key != NULL ? &member : at);
    wck_fail(document->err, WCK_E_INPUT, "%s%s%s", wck_buf_text(&path), path.len > 0 ? ": " : "", reason);
    wck_buf_clear(&path);
    return false;
}

static bool fail_memory(const wck_dom *at)
{
    if (at->document->status == WCK_OK)
        at->document->status = wck_fail_memory(at->document->err, "reading a JSON document");
    return false;
}

/* ---- opening
 * -------------------------------------------------------------------------------------------------- */

static json_t *build(wck_json *json);

static json_t *build_object(wck_json *json)
{
    json_t *object = json_object();
    const char *key;
    size_t len;

    if (object == NULL)
        wck_json_fail_memory(json);
    if (object == NULL || !wck_json_enter_object(json))
        return object;
    while (wck_json_member(json, &key, &len)) {
        /* the key moves when values are read; an entry made now keeps its place and its text */
        json_t *value;
        char *name = malloc(len + 1);
        if (name == NULL) {
            wck_json_fail_memory(json);
            break;
        }
        memcpy(name, key, len + 1);
        value = build(json);
        if (value != NULL && json_object_set_new(object, name, value) != 0)
            wck_json_fail_memory(json);
        free(name);
        if (json->failed)
            break;
    }
    return object;
}

static json_t *build_array(wck_json *json)
{
    json_t *array = json_array();

    if (array == NULL)
        wck_json_fail_memory(json);
    if (array == NULL || !wck_json_enter_array(json))
        return array;
    while (wck_json_element(json)) {
        json_t *value = build(json);
        if (value != NULL && json_array_append_new(array, value) != 0)
            wck_json_fail_memory(json);
        if (json->failed)
            break;
    }
    return array;
}

static json_t *build_scalar(wck_json *json, char first)
{
    const char *text;
    size_t len;
    bool flag = false, integral;
    int64_t integer;
    double real;

    switch (first) {
    case '"':
        return wck_json_text(json, &text, &len) ? json_stringn(text, len) : NULL;
    case 't':
    case 'f':
        return wck_json_bool(json, &flag) ? json_boolean(flag) : NULL;
    case 'n':
        return wck_json_null(json) ? json_null() : NULL;
    default:
        if (first != '-' && (first < '0' || first > '9')) {
            wck_json_fail_unexpected(json, "a value");
            return NULL;
        }
        if (!wck_json_number(json, &integral, &integer, &real))
            return NULL;
        return integral ? json_integer(integer) : json_real(real);
    }
}

/* One value, by the strict reader that reads the snapshots too: the depth is capped, a key stands once, and a
 * failing allocation is told from a mistake in the text, which jansson's own parser does not. NULL after a
 * failure. */
static json_t *build(wck_json *json)
{
    char first = wck_json_peek(json);
    json_t *value = first == '{'   ? build_object(json)
                    : first == '[' ? build_array(json)
                                   : build_scalar(json, first);

    if (value == NULL)
        wck_json_fail_memory(json); /* keeps an earlier failure */
    if (json->failed) {
        json_decref(value);
        value = NULL;
    }
    return value;
}

static bool load(wck_dom_document *document, wck_dom *root, const void *data, size_t len)
{
    wck_json json;

    if (len > MAX_BYTES)
        return wck_dom_fail(root, NULL, "the document is larger than %d bytes", MAX_BYTES);
    if (wck_json_open_data(&json, data, len, document->err)) {
        char first = wck_json_peek(&json);
        if (first == '\0' && json.p == json.end)
            wck_json_fail(&json, WCK_E_INPUT, "the document is empty");
        else if (first != '{')
            wck_json_fail_type(&json, "an object");
        else if ((document->root = build(&json)) != NULL)
            wck_json_end(&json);
    }
    if (json.failed)
        document->status = document->err->status;
    wck_json_close(&json);
    root->json = document->root;
    return document->status == WCK_OK;
}

bool wck_dom_open(wck_dom_document *document, wck_dom *root, const void *data, size_t len, wck_arena *arena,
                  wck_error *err)
{
    memset(document, 0, sizeof *document);
    document->arena = arena;
    document->err = err != NULL ? err : &document->unheard;
    *root = (wck_dom){.document = document};
    return load(document, root, data, len);
}

void wck_dom_close(wck_dom_document *document)
{
    json_decref(document->root);
    document->root = NULL;
}

void wck_dom_format(const wck_dom *root, const char *format)
{
    const char *is = wck_dom_text(root, "format", WCK_DOM_REQUIRED), *version;
    char shown[80];

    if (is != NULL && strcmp(is, format) != 0)
        wck_dom_fail(root, "format", "must be \"%s\", is \"%s\"", format,
                     wck_quote_short(shown, sizeof shown, is, 40));
    version = wck_dom_text(root, "format_version", WCK_DOM_REQUIRED);
    if (version == NULL)
        return;
    wck_quote_short(shown, sizeof shown, version, 20);
    switch (wck_version_judge(version, &root->document->newer)) {
    case WCK_VERSION_FITS:
        break;
    case WCK_VERSION_TOO_NEW:
        wck_dom_fail(root, "format_version", WCK_VERSION_TOO_NEW_TEXT, shown);
        break;
    case WCK_VERSION_MALFORMED:
        wck_dom_fail(root, "format_version", "must be a version as in 1.0, is \"%s\"", shown);
    }
}

static int collect(const char *text, size_t len, void *payload)
{
    return wck_buf_put(payload, text, len) ? 0 : -1;
}

bool wck_dom_digest(json_t *root, wck_digest *out)
{
    wck_buf text;
    bool ok;

    /* jansson's own json_dumps overlooks failing allocations (2.14, arrays); the buffer does not forget one
     */
    wck_buf_init(&text, (size_t)6 * MAX_BYTES);
    ok = json_object_set_new(root, "digest", json_string("")) == 0 &&
         json_dump_callback(root, collect, &text, JSON_SORT_KEYS | JSON_ENSURE_ASCII | JSON_COMPACT) == 0 &&
         !text.failed && wck_digest_of(out, text.data, text.len);
    wck_buf_clear(&text);
    return ok;
}

/* ---- members
 * -------------------------------------------------------------------------------------------------- */

void wck_dom_only(const wck_dom *object, const char *const *keys)
{
    const char *key;
    json_t *value;

    if (object->document->status != WCK_OK || object->document->newer)
        return;
    json_object_foreach(object->json, key, value)
    {
        size_t i = 0;
        while (keys[i] != NULL && strcmp(keys[i], key) != 0)
            i++;
        if (keys[i] == NULL) {
            wck_dom_fail(object, key, "is not a key that may stand here");
            return;
        }
    }
}

static const char *type_name(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_NULL:
        return "null";
    default:
        return "a boolean";
    }
}

/* The member, or NULL when it is absent. */
static json_t *member(const wck_dom *object, const char *key, int required)
{
    json_t *value;

    if (object->document->status != WCK_OK)
        return NULL;
    value = json_object_get(object->json, key);
    if (value == NULL && required)
        wck_dom_fail(object, NULL, "the key \"%s\" is missing", key);
    if (json_is_null(value) && !required)
        return NULL;
    return value;
}

static bool fail_type(const wck_dom *object, const char *key, const char *wanted, const json_t *is)
{
    return wck_dom_fail(object, key, "must be %s, is %s", wanted, type_name(is));
}

static const char *text_as(const wck_dom *object, const char *key, int required, const char *wanted)
{
    json_t *value = member(object, key, required);
    char *copy;

    if (value == NULL)
        return NULL;
    if (!json_is_string(value)) {
        fail_type(object, key, wanted, value);
        return NULL;
    }
    copy = wck_arena_strdup(object->document->arena, json_string_value(value));
    if (copy == NULL)
        fail_memory(object);
    return copy;
}

const char *wck_dom_text(const wck_dom *object, const char *key, int required)
{
    return text_as(object, key, required, "a string");
}

static bool fail_value(const wck_dom *object, const char *key, const char *wanted, const char *text)
{
    char shown[160];

    return wck_dom_fail(object, key, "must be %s, is \"%s\"", wanted,
                        wck_quote_short(shown, sizeof shown, text, 60));
}

wck_guid wck_dom_guid(const wck_dom *object, const char *key)
{
    const char *text = text_as(object, key, WCK_DOM_OPTIONAL, "a GUID");
    wck_guid guid = {0, 0};

    if (text != NULL && !wck_guid_parse(&guid, text))
        fail_value(object, key, "a GUID", text);
    return guid;
}

wck_time wck_dom_time(const wck_dom *object, const char *key)
{
    static const char wanted[] = "a time as in 2026-11-25T05:00:00Z";
    const char *text = text_as(object, key, WCK_DOM_OPTIONAL, wanted);
    wck_time t = WCK_TIME_NONE;

    if (text != NULL && !wck_time_parse(&t, text))
        fail_value(object, key, wanted, text);
    return t;
}

int64_t wck_dom_int(const wck_dom *object, const char *key, int required, int64_t min, int64_t max)
{
    json_t *value = member(object, key, required);
    int64_t result;

    if (value == NULL)
        return WCK_INT_NONE;
    if (!json_is_integer(value)) { /* 1.0 became an integer in wck_json_number */
        fail_type(object, key, "an integer", value);
        return WCK_INT_NONE;
    }
    result = json_integer_value(value);
    if (result < min || result > max)
        wck_dom_fail(object, key, "must be between %lld and %lld, is %lld", (long long)min, (long long)max,
                     (long long)result);
    return result;
}

bool wck_dom_bool(const wck_dom *object, const char *key, bool otherwise)
{
    json_t *value = member(object, key, WCK_DOM_OPTIONAL);

    if (value == NULL)
        return otherwise;
    if (!json_is_boolean(value))
        return fail_type(object, key, "true or false", value);
    return json_is_true(value);
}

wck_digest wck_dom_sha256(const wck_dom *object, const char *key)
{
    static const char wanted[] = "a digest of 64 hexadecimal digits";
    const char *text = text_as(object, key, WCK_DOM_OPTIONAL, wanted);
    wck_digest digest = {{0}};

    if (text != NULL && !wck_digest_parse(&digest, text))
        fail_value(object, key, wanted, text);
    return digest;
}

int wck_dom_rule(const wck_dom *object, const char *key)
{
    static const char wanted[] = "a rule as in WCK4001";
    const char *text = text_as(object, key, WCK_DOM_REQUIRED, wanted);

    if (text == NULL)
        return 0;
    if (strlen(text) != 7 || strncmp(text, "WCK", 3) != 0 || strspn(text + 3, "0123456789") != 4) {
        fail_value(object, key, wanted, text);
        return 0;
    }
    return (int)strtol(text + 3, NULL, 10);
}

static bool child(wck_dom *out, const wck_dom *object, const char *key, int required, json_type type)
{
    json_t *value = member(object, key, required);

    if (value == NULL)
        return false;
    if (json_typeof(value) != type)
        return fail_type(object, key, type == JSON_OBJECT ? "an object" : "an array", value);
    *out = (wck_dom){object->document, object, key, 0, value};
    return true;
}

bool wck_dom_object(wck_dom *out, const wck_dom *object, const char *key, int required)
{
    return child(out, object, key, required, JSON_OBJECT);
}

bool wck_dom_array(wck_dom *out, const wck_dom *object, const char *key, int required)
{
    return child(out, object, key, required, JSON_ARRAY);
}

size_t wck_dom_size(const wck_dom *array)
{
    return array->document->status == WCK_OK ? json_array_size(array->json) : 0;
}

bool wck_dom_item(wck_dom *out, const wck_dom *array, size_t i)
{
    if (array->document->status != WCK_OK)
        return false;
    *out = (wck_dom){array->document, array, NULL, i, json_array_get(array->json, i)};
    if (!json_is_object(out->json))
        return wck_dom_fail(out, NULL, "must be an object, is %s", type_name(out->json));
    return true;
}

wck_strings wck_dom_texts(const wck_dom *object, const char *key)
{
    wck_strings list = {NULL, 0};
    wck_dom array;
    size_t n;

    if (!wck_dom_array(&array, object, key, WCK_DOM_OPTIONAL))
        return list;
    n = wck_dom_size(&array);
    list.items = wck_arena_array(object->document->arena, n, sizeof *list.items);
    if (list.items == NULL) {
        fail_memory(object);
        return list;
    }
    for (; list.n < n; list.n++) {
        json_t *value = json_array_get(array.json, list.n);
        wck_dom item = {object->document, &array, NULL, list.n, value};
        if (!json_is_string(value)) {
            wck_dom_fail(&item, NULL, "must be a string, is %s", type_name(value));
            break;
        }
        list.items[list.n] = wck_arena_strdup(object->document->arena, json_string_value(value));
        if (list.items[list.n] == NULL) {
            fail_memory(object);
            break;
        }
    }
    return list;
}

wck_object wck_dom_finding_object(const wck_dom *holder, const char *key)
{
    static const char *const keys[] = {"kind", "update", "revision", "group", "category", "language",
                                       "eula", "file",   "title",    "name",  NULL};
    wck_object object = {.revision = WCK_INT_NONE};
    wck_dom o;

    if (!wck_dom_object(&o, holder, key, WCK_DOM_REQUIRED))
        return object;
    wck_dom_only(&o, keys);
    wck_dom_word(&o, "kind", WCK_DOM_REQUIRED, wck_object_kind_parse, &object.kind, "the kind of an object");
    object.update = wck_dom_guid(&o, "update");
    object.revision = wck_dom_int(&o, "revision", WCK_DOM_OPTIONAL, -INT64_MAX, INT64_MAX);
    object.group = wck_dom_guid(&o, "group");
    object.category = wck_dom_guid(&o, "category");
    object.language = wck_dom_text(&o, "language", WCK_DOM_OPTIONAL);
    object.eula = wck_dom_guid(&o, "eula");
    object.file = wck_dom_text(&o, "file", WCK_DOM_OPTIONAL);
    object.title = wck_dom_text(&o, "title", WCK_DOM_OPTIONAL);
    object.name = wck_dom_text(&o, "name", WCK_DOM_OPTIONAL);
    return object;
}
