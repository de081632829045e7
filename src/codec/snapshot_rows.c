/* SPDX-License-Identifier: MIT
 * snapshot_rows.c: from tokens straight into rows, by the tables of snapshot_fields.c. */
#include "codec/snapshot_fields.h"

#include <string.h>

/* What SQL Server and .NET use for "no date" (base/time.h); an offset can move an ordinary time into one of
 * them. */
#define DAY (INT64_C(86400) * WCK_TICKS_PER_SECOND)
#define DAY_0001_01_01 (INT64_C(-719162) * DAY)
#define DAY_1753_01_01 (INT64_C(-79257) * DAY)
#define DAY_9999_12_31 (INT64_C(2932896) * DAY)

void wck_row_reader_init(wck_row_reader *reader, wck_snapshot *snapshot)
{
    memset(reader, 0, sizeof *reader);
    reader->snapshot = snapshot;
    wck_buf_init(&reader->rows, SIZE_MAX / 4);
}

void wck_row_reader_clear(wck_row_reader *reader)
{
    wck_vec_clear(&reader->guids);
    wck_vec_clear(&reader->strings);
    wck_vec_clear(&reader->identities);
    wck_vec_clear(&reader->lists);
    wck_buf_clear(&reader->rows);
}

static bool text_of(wck_json *json, const char *wanted, const char **text, size_t *len)
{
    if (wck_json_peek(json) != '"')
        return wck_json_fail_type(json, wanted);
    return wck_json_text(json, text, len);
}

/* ---- scalars
 * -------------------------------------------------------------------------------------------------- */

static bool read_text(wck_row_reader *reader, wck_json *json, bool unique, const char **out)
{
    const char *text;
    size_t len;

    if (!wck_json_text(json, &text, &len))
        return false;
    *out = unique ? wck_arena_strndup(reader->snapshot->arena, text, len)
                  : wck_snapshot_text_n(reader->snapshot, text, len);
    return *out != NULL ? true : wck_json_fail_memory(json);
}

static bool read_guid(wck_json *json, wck_guid *out)
{
    const char *text;
    size_t len;

    if (!text_of(json, "a GUID", &text, &len))
        return false;
    return wck_guid_parse_n(out, text, len) ? true : wck_json_fail_value(json, "a GUID", text);
}

static bool is_sentinel(wck_time t)
{
    return t < DAY_0001_01_01 + DAY || t >= DAY_9999_12_31 ||
           (t >= DAY_1753_01_01 && t < DAY_1753_01_01 + DAY);
}

static bool read_time(wck_json *json, wck_time *out)
{
    static const char wanted[] = "a time as in 2026-11-25T05:00:00Z";
    const char *text;
    size_t len;

    if (!text_of(json, wanted, &text, &len))
        return false;
    if (strlen(text) != len || !wck_time_parse(out, text))
        return wck_json_fail_value(json, wanted, text);
    if (is_sentinel(*out))
        *out = WCK_TIME_NONE;
    return true;
}

static bool read_per_day(wck_json *json, int64_t *out)
{
    if (!wck_json_int(json, out))
        return false;
    if (*out < 1 || *out > 24)
        return wck_json_fail(json, WCK_E_INPUT, "must be between 1 and 24, is %lld", (long long)*out);
    return true;
}

static bool read_word(wck_json *json, const wck_field_words *words, void *out)
{
    const char *text;
    size_t len;

    if (!text_of(json, words->listed, &text, &len))
        return false;
    return words->parse(out, text) ? true : wck_json_fail_value(json, words->listed, text);
}

static bool read_action(wck_json *json, int64_t *out)
{
    static const char wanted[] = "install, uninstall, scan, block or other:N";
    const char *text;
    size_t len;

    if (!text_of(json, wanted, &text, &len))
        return false;
    /* 18 digits always fit; no code of the wire has more than ten */
    if (len > sizeof "other:" - 1 + 18 || !wck_action_parse(out, text))
        return wck_json_fail_value(json, wanted, text);
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_sha1(wck_json *json, unsigned char out[20])
{
    static const char wanted[] = "a SHA-1 digest of 40 hexadecimal digits";
    const char *text;
    size_t len;

    if (!text_of(json, wanted, &text, &len))
        return false;
    if (len != 40)
        return wck_json_fail_value(json, wanted, text);
    for (size_t i = 0; i < 20; i++) {
        int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return wck_json_fail_value(json, wanted, text);
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* ---- lists
 * ---------------------------------------------------------------------------------------------------- */

/* A list of n items of `size` bytes, moved into the snapshot's arena; *out stays NULL when there are none. */
static bool keep(wck_row_reader *reader, wck_json *json, void *out, const void *items, size_t n, size_t size)
{
    void *copy;

    if (json->failed || n == 0)
        return !json->failed;
    copy = wck_arena_array(reader->snapshot->arena, n, size);
    if (copy == NULL)
        return wck_json_fail_memory(json);
    memcpy(copy, items, n * size);
    memcpy(out, &copy, sizeof copy); /* out is a pointer to some pointer: no cast says that in ISO C */
    return true;
}

static bool under_cap(wck_json *json, size_t n)
{
    if (n < WCK_MAX_ROWS)
        return true;
    return wck_json_fail(json, WCK_E_LIMIT, "a list holds more than %u entries", WCK_MAX_ROWS);
}

static bool read_guids(wck_row_reader *reader, wck_json *json, wck_guids *out)
{
    reader->guids.n = 0;
    if (!wck_json_enter_array(json))
        return false;
    while (wck_json_element(json)) {
        wck_guid *guid = wck_vec_push(&reader->guids);
        if (guid == NULL)
            return wck_json_fail_memory(json);
        if (!under_cap(json, reader->guids.n) || !read_guid(json, guid))
            return false;
    }
    out->n = reader->guids.n;
    return keep(reader, json, &out->items, reader->guids.items, out->n, sizeof *out->items);
}

static bool check_kb(wck_json *json, const char *text)
{
    if (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0')
        return true;
    return wck_json_fail_value(json, "the digits of a KB number", text);
}

static bool read_strings(wck_row_reader *reader, wck_json *json, bool kb, wck_strings *out)
{
    reader->strings.n = 0;
    if (!wck_json_enter_array(json))
        return false;
    while (wck_json_element(json)) {
        const char **text = wck_vec_push(&reader->strings);
        if (text == NULL)
            return wck_json_fail_memory(json);
        if (!under_cap(json, reader->strings.n) || !read_text(reader, json, false, text))
            return false;
        if (kb && !check_kb(json, *text))
            return false;
    }
    out->n = reader->strings.n;
    return keep(reader, json, &out->items, reader->strings.items, out->n, sizeof *out->items);
}

static bool read_identity(wck_json *json, wck_identity *out)
{
    static const wck_json_field fields[] = {
        {"id", 2, WCK_FIELD_GUID, WCK_FIELD_REQUIRED, offsetof(wck_identity, id), 0, NULL},
        {"revision", 8, WCK_FIELD_INT, WCK_FIELD_REQUIRED, offsetof(wck_identity, revision), 0, NULL},
    };
    static const wck_field_table table = {fields, 2};

    return wck_row_read(NULL, json, &table, out);
}

static bool read_identities(wck_row_reader *reader, wck_json *json, wck_identities *out)
{
    reader->identities.n = 0;
    if (!wck_json_enter_array(json))
        return false;
    while (wck_json_element(json)) {
        wck_identity *identity = wck_vec_push(&reader->identities);
        if (identity == NULL)
            return wck_json_fail_memory(json);
        if (!under_cap(json, reader->identities.n) || !read_identity(json, identity))
            return false;
    }
    out->n = reader->identities.n;
    return keep(reader, json, &out->items, reader->identities.items, out->n, sizeof *out->items);
}

static bool read_guid_lists(wck_row_reader *reader, wck_json *json, wck_guids **out, size_t *n)
{
    reader->lists.n = 0;
    if (!wck_json_enter_array(json))
        return false;
    while (wck_json_element(json)) {
        wck_guids *list = wck_vec_push(&reader->lists);
        if (list == NULL)
            return wck_json_fail_memory(json);
        if (!under_cap(json, reader->lists.n) || !read_guids(reader, json, list))
            return false;
    }
    *n = reader->lists.n;
    return keep(reader, json, out, reader->lists.items, *n, sizeof **out);
}

/* Rows inside a row; they hold no lists themselves, so one scratch buffer suffices. */
static bool read_rows(wck_row_reader *reader, wck_json *json, const wck_field_rows *rows, void *out,
                      size_t *n)
{
    static const char zero[64];

    reader->rows.len = 0;
    if (!wck_json_enter_array(json))
        return false;
    for (*n = 0; wck_json_element(json); ++*n) {
        void *row;
        if (!under_cap(json, *n))
            return false;
        if (rows->size > sizeof zero || !wck_buf_put(&reader->rows, zero, rows->size))
            return wck_json_fail_memory(json);
        row = reader->rows.data + *n * rows->size;
        if (rows->init != NULL)
            rows->init(row);
        if (!wck_row_read(reader, json, &rows->table, row))
            return false;
    }
    return keep(reader, json, out, reader->rows.data, *n, rows->size);
}

/* ---- objects
 * -------------------------------------------------------------------------------------------------- */

static bool read_tri_state(wck_json *json, int8_t *out)
{
    bool value;

    if (!wck_json_bool(json, &value))
        return false;
    *out = value;
    return true;
}

static bool read_value(wck_row_reader *reader, wck_json *json, const wck_json_field *field, void *row)
{
    char *at = (char *)row + field->offset;
    void *to = at;
    const wck_field_rows *rows = field->aux;

    switch ((wck_field_kind)field->kind) {
    case WCK_FIELD_TEXT:
        return read_text(reader, json, (field->flags & WCK_FIELD_UNIQUE) != 0, to);
    case WCK_FIELD_GUID:
        return read_guid(json, to);
    case WCK_FIELD_TIME:
        return read_time(json, to);
    case WCK_FIELD_INT:
        return wck_json_int(json, to);
    case WCK_FIELD_PER_DAY:
        return read_per_day(json, to);
    case WCK_FIELD_BOOL:
        return read_tri_state(json, to);
    case WCK_FIELD_FLAG:
        return wck_json_bool(json, to);
    case WCK_FIELD_WORD:
        return read_word(json, field->aux, to);
    case WCK_FIELD_ACTION:
        return read_action(json, to);
    case WCK_FIELD_SHA1:
        return read_sha1(json, to);
    case WCK_FIELD_GUIDS:
        return read_guids(reader, json, to);
    case WCK_FIELD_STRINGS:
    case WCK_FIELD_KBS:
        return read_strings(reader, json, field->kind == WCK_FIELD_KBS, to);
    case WCK_FIELD_IDENTITIES:
        return read_identities(reader, json, to);
    case WCK_FIELD_GUID_LISTS:
        return read_guid_lists(reader, json, to, (void *)((char *)row + *(const size_t *)field->aux));
    case WCK_FIELD_ROWS:
        return read_rows(reader, json, rows, to, (void *)((char *)row + rows->count));
    case WCK_FIELD_OBJECT:
        return wck_row_read(reader, json, field->aux, row);
    }
    return false;
}

bool wck_row_read(wck_row_reader *reader, wck_json *json, const wck_field_table *table, void *row)
{
    uint64_t seen = 0;
    int i;

    if (!wck_json_enter_object(json))
        return false;
    while ((i = wck_json_field_next(json, table->fields, table->n, &seen)) >= 0) {
        const wck_json_field *field = &table->fields[i];
        if ((field->flags & WCK_FIELD_NULLABLE) != 0 && wck_json_null(json))
            continue;
        if (!read_value(reader, json, field, row))
            return false;
        if (field->known > 0)
            *(bool *)(void *)((char *)row + field->known - 1) = true;
    }
    for (size_t f = 0; f < table->n && !json->failed; f++)
        if ((table->fields[f].flags & WCK_FIELD_REQUIRED) != 0 && (seen & UINT64_C(1) << f) == 0)
            return wck_json_fail(json, WCK_E_INPUT, "the key \"%s\" is missing", table->fields[f].name);
    return !json->failed;
}
