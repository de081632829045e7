/* SPDX-License-Identifier: MIT
 * snapshot_put.c: a frozen snapshot becomes its canonical document, one row a line: equal facts, equal bytes.
 */
#include "codec/codec.h"

#include "base/digest.h"
#include "codec/snapshot_fields.h"
#include "model/reader.h"

#include <inttypes.h>
#include <string.h>

/* "No run" (rules.md): SQL Server's way to say that there is no date where one must stand. */
#define NO_DATE "0001-01-01T00:00:00Z"

static void put_quoted(wck_buf *out, const char *plain)
{
    wck_buf_putc(out, '"');
    wck_buf_puts(out, plain);
    wck_buf_putc(out, '"');
}

static void put_guid(wck_buf *out, wck_guid guid)
{
    char text[WCK_GUID_TEXT];

    put_quoted(out, wck_guid_format(text, guid));
}

static void put_time(wck_buf *out, wck_time t)
{
    char text[WCK_TIME_TEXT];

    put_quoted(out, t == WCK_TIME_NONE ? NO_DATE : wck_time_format(text, t));
}

static void put_int(wck_buf *out, int64_t value)
{
    wck_buf_printf(out, "%" PRId64, value);
}

static void put_sha1(wck_buf *out, const unsigned char digest[20])
{
    static const char hex[] = "0123456789abcdef";
    char text[41];

    for (size_t i = 0; i < 20; i++) {
        text[2 * i] = hex[digest[i] >> 4];
        text[2 * i + 1] = hex[digest[i] & 15];
    }
    text[40] = '\0';
    put_quoted(out, text);
}

/* ---- lists
 * ---------------------------------------------------------------------------------------------------- */

static void put_comma(wck_buf *out, size_t i)
{
    if (i > 0)
        wck_buf_putc(out, ',');
}

static void put_guids(wck_buf *out, const wck_guids *guids)
{
    wck_buf_putc(out, '[');
    for (size_t i = 0; i < guids->n; i++) {
        put_comma(out, i);
        put_guid(out, guids->items[i]);
    }
    wck_buf_putc(out, ']');
}

static void put_strings(wck_buf *out, const wck_strings *strings)
{
    wck_buf_putc(out, '[');
    for (size_t i = 0; i < strings->n; i++) {
        put_comma(out, i);
        wck_json_put_text(out, strings->items[i]);
    }
    wck_buf_putc(out, ']');
}

static void put_identities(wck_buf *out, const wck_identities *identities)
{
    wck_buf_putc(out, '[');
    for (size_t i = 0; i < identities->n; i++) {
        put_comma(out, i);
        wck_buf_puts(out, "{\"id\":");
        put_guid(out, identities->items[i].id);
        wck_buf_puts(out, ",\"revision\":");
        put_int(out, identities->items[i].revision);
        wck_buf_putc(out, '}');
    }
    wck_buf_putc(out, ']');
}

static void put_guid_lists(wck_buf *out, const wck_guids *lists, size_t n)
{
    wck_buf_putc(out, '[');
    for (size_t i = 0; i < n; i++) {
        put_comma(out, i);
        put_guids(out, &lists[i]);
    }
    wck_buf_putc(out, ']');
}

/* ---- objects
 * -------------------------------------------------------------------------------------------------- */

static void put_object(wck_buf *out, const wck_field_table *table, const void *row);

static void put_rows(wck_buf *out, const wck_field_rows *rows, const char *items, size_t n)
{
    wck_buf_putc(out, '[');
    for (size_t i = 0; i < n; i++) {
        put_comma(out, i);
        put_object(out, &rows->table, items + i * rows->size);
    }
    wck_buf_putc(out, ']');
}

/* Is there anything to write but null? */
static bool is_known(const wck_json_field *field, const void *row)
{
    const void *at = (const char *)row + field->offset;

    if (field->known > 0)
        return *(const bool *)(const void *)((const char *)row + field->known - 1);
    if ((field->flags & WCK_FIELD_REQUIRED) != 0)
        return true;
    switch ((wck_field_kind)field->kind) {
    case WCK_FIELD_TEXT:
        return *(const char *const *)at != NULL;
    case WCK_FIELD_GUID:
        return !wck_guid_is_zero(*(const wck_guid *)at);
    case WCK_FIELD_TIME:
        return *(const wck_time *)at != WCK_TIME_NONE;
    case WCK_FIELD_INT:
    case WCK_FIELD_PER_DAY:
        return *(const int64_t *)at != WCK_INT_NONE;
    case WCK_FIELD_BOOL:
        return *(const int8_t *)at != WCK_BOOL_NONE;
    default:
        return true;
    }
}

static void put_value(wck_buf *out, const wck_json_field *field, const void *row)
{
    const char *base = row;
    const void *at = base + field->offset;
    const wck_field_words *words = field->aux;
    const wck_field_rows *rows = field->aux;
    const char *text;
    char action[WCK_ACTION_TEXT];

    switch ((wck_field_kind)field->kind) {
    case WCK_FIELD_TEXT:
        text = *(const char *const *)at;
        wck_json_put_text(out, text != NULL ? text : "");
        break;
    case WCK_FIELD_GUID:
        put_guid(out, *(const wck_guid *)at);
        break;
    case WCK_FIELD_TIME:
        put_time(out, *(const wck_time *)at);
        break;
    case WCK_FIELD_INT:
    case WCK_FIELD_PER_DAY:
        put_int(out, *(const int64_t *)at);
        break;
    case WCK_FIELD_BOOL:
        wck_buf_puts(out, *(const int8_t *)at != 0 ? "true" : "false");
        break;
    case WCK_FIELD_FLAG:
        wck_buf_puts(out, *(const bool *)at ? "true" : "false");
        break;
    case WCK_FIELD_WORD:
        put_quoted(out, words->name(at));
        break;
    case WCK_FIELD_ACTION:
        put_quoted(out, wck_action_format(action, *(const int64_t *)at));
        break;
    case WCK_FIELD_SHA1:
        put_sha1(out, at);
        break;
    case WCK_FIELD_GUIDS:
        put_guids(out, at);
        break;
    case WCK_FIELD_STRINGS:
    case WCK_FIELD_KBS:
        put_strings(out, at);
        break;
    case WCK_FIELD_IDENTITIES:
        put_identities(out, at);
        break;
    case WCK_FIELD_GUID_LISTS:
        put_guid_lists(out, *(const wck_guids *const *)at,
                       *(const size_t *)(const void *)(base + *(const size_t *)field->aux));
        break;
    case WCK_FIELD_ROWS:
        put_rows(out, rows, *(const char *const *)at, *(const size_t *)(const void *)(base + rows->count));
        break;
    case WCK_FIELD_OBJECT:
        put_object(out, field->aux, row);
        break;
    }
}

/* Every field in the order of its table; what may be null is written as null, what must not be is left out.
 */
static void put_object(wck_buf *out, const wck_field_table *table, const void *row)
{
    bool first = true;

    wck_buf_putc(out, '{');
    for (size_t i = 0; i < table->n; i++) {
        const wck_json_field *field = &table->fields[i];
        bool known = is_known(field, row);
        if (!known && (field->flags & WCK_FIELD_NULLABLE) == 0)
            continue;
        put_comma(out, !first);
        first = false;
        put_quoted(out, field->name);
        wck_buf_putc(out, ':');
        if (known)
            put_value(out, field, row);
        else
            wck_buf_puts(out, "null");
    }
    wck_buf_putc(out, '}');
}

static void put_coverage(wck_buf *out, const wck_snapshot *snapshot)
{
    bool first = true;

    wck_buf_putc(out, '{');
    for (int i = 0; i < WCK_SECTION_COUNT; i++) {
        if (snapshot->coverage[i].state == WCK_COVERAGE_ABSENT)
            continue;
        put_comma(out, !first);
        first = false;
        put_quoted(out, wck_section_name((wck_section)i));
        wck_buf_putc(out, ':');
        put_object(out, &wck_coverage_table, &snapshot->coverage[i]);
    }
    wck_buf_putc(out, '}');
}

static void put_section(wck_buf *out, const wck_snapshot *snapshot, const wck_section_rows *section)
{
    size_t n;
    const char *rows = section->rows(snapshot, &n);

    put_quoted(out, wck_section_name(section->section));
    wck_buf_puts(out, ": [");
    for (size_t i = 0; i < n; i++) {
        wck_buf_puts(out, i > 0 ? ",\n" : "\n");
        put_object(out, &section->table, rows + i * section->size);
    }
    wck_buf_puts(out, n > 0 ? "\n]" : "]");
}

static wck_status end(const wck_buf *out, wck_error *err)
{
    if (out->failed)
        return wck_fail(err, WCK_E_LIMIT,
                        "could not write the snapshot: it is longer than %zu bytes, or memory is short",
                        out->max);
    return WCK_OK;
}

wck_status wck_codec_put_snapshot(wck_buf *out, const wck_snapshot *snapshot, wck_error *err)
{
    char hex[WCK_DIGEST_HEX];
    wck_reader *reader = NULL;
    wck_status status;

    if (!snapshot->frozen)
        return wck_fail(err, WCK_E_ARG, "could not write a snapshot that is not frozen");
    status = wck_reader_of_snapshot(&reader, snapshot, err);
    if (status != WCK_OK)
        return status;
    wck_digest_format(hex, &reader->digest);
    wck_reader_close(reader);
    wck_buf_puts(out,
                 "{\n\"format\": \"" WCK_SNAPSHOT_FORMAT "\",\n\"format_version\": \"1.0\",\n\"digest\": ");
    put_quoted(out, hex);
    wck_buf_puts(out, ",\n\"server\": ");
    put_object(out, &wck_server_table, &snapshot->server);
    wck_buf_puts(out, ",\n\"coverage\": ");
    put_coverage(out, snapshot);
    wck_buf_puts(out, ",\n\"config\": ");
    put_object(out, &wck_config_table, &snapshot->config);
    for (size_t i = 0; i < WCK_SECTION_ROWS; i++) {
        wck_buf_puts(out, ",\n");
        put_section(out, snapshot, &wck_section_tables[i]);
    }
    if (snapshot->host_json != NULL) {
        wck_buf_puts(out, ",\n\"host\": ");
        wck_buf_puts(out, snapshot->host_json);
    }
    wck_buf_puts(out, "\n}\n");
    return end(out, err);
}

wck_status wck_codec_put_snapshot_lines(wck_buf *out, const wck_snapshot *snapshot, wck_error *err)
{
    size_t total = 0, n;

    if (!snapshot->frozen)
        return wck_fail(err, WCK_E_ARG, "could not write a snapshot that is not frozen");
    wck_buf_puts(out, "{\"format\":\"" WCK_SNAPSHOT_LINES_FORMAT "\",\"format_version\":\"1.0\",\"server\":");
    put_object(out, &wck_server_table, &snapshot->server);
    wck_buf_puts(out, ",\"coverage\":");
    put_coverage(out, snapshot);
    wck_buf_puts(out, ",\"config\":");
    put_object(out, &wck_config_table, &snapshot->config);
    if (snapshot->host_json != NULL) {
        wck_buf_puts(out, ",\"host\":");
        wck_buf_puts(out, snapshot->host_json);
    }
    wck_buf_puts(out, "}\n");
    for (size_t s = 0; s < WCK_SECTION_ROWS; s++) {
        const wck_section_rows *section = &wck_section_tables[s];
        const char *rows = section->rows(snapshot, &n);
        for (size_t i = 0; i < n; i++, total++) {
            wck_buf_printf(out, "{\"section\":\"%s\",\"row\":", wck_section_name(section->section));
            put_object(out, &section->table, rows + i * section->size);
            wck_buf_puts(out, "}\n");
        }
    }
    wck_buf_printf(out, "{\"end\":true,\"rows\":%zu}\n", total);
    return end(out, err);
}
