/* SPDX-License-Identifier: MIT
 * snapshot_json.c: a snapshot document, or its JSON Lines form, becomes a frozen snapshot.
 *
 * Both forms begin with an object that may hold format, server, coverage, config and host; "format" says
 * which form it is, wherever it stands. In the document that object also holds the rows; in JSON Lines every
 * row has a line
 * {"section":…,"row":{…}} and the last line {"end":true,"rows":N} proves that nothing was cut off. */
#include "codec/codec.h"

#include "base/digest.h"
#include "base/quote.h"
#include "codec/snapshot_fields.h"
#include "model/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct reading {
    wck_json json;
    wck_row_reader rows;
    wck_snapshot *snapshot;
    bool lines; /* JSON Lines */
    bool newer; /* a higher minor version: unknown things are no mistakes */
    bool said_digest;
    wck_digest digest; /* that the document names */
    uint64_t n_rows;   /* JSON Lines: rows met */
    wck_buf parked;    /* JSON Lines: a row whose section comes behind it */
} reading;

#define KEY(name)                                                                                            \
    {                                                                                                        \
        name, sizeof name - 1, 0, 0, 0, 0, NULL                                                              \
    }
#define SECTION_KEYS                                                                                         \
    KEY("config"), KEY("languages"), KEY("categories"), KEY("updates"), KEY("declined"), KEY("groups"),      \
        KEY("approvals"), KEY("eulas"), KEY("sync_history"), KEY("files"), KEY("host")

/* Behind TOP_SECTION in the order of wck_section. */
enum {
    TOP_FORMAT,
    TOP_VERSION,
    TOP_DIGEST,
    TOP_SERVER,
    TOP_COVERAGE,
    TOP_SECTION,
    TOP_COUNT = TOP_SECTION + 11
};
static const wck_json_field top_keys[TOP_COUNT] = {KEY("format"), KEY("format_version"), KEY("digest"),
                                                   KEY("server"), KEY("coverage"),       SECTION_KEYS};
static const wck_json_field section_keys[WCK_SECTION_COUNT] = {SECTION_KEYS};

static bool read_format(reading *r)
{
    const char *text;
    size_t len;

    if (!wck_json_text(&r->json, &text, &len))
        return false;
    r->lines = strcmp(text, WCK_SNAPSHOT_LINES_FORMAT) == 0;
    if (r->lines || strcmp(text, WCK_SNAPSHOT_FORMAT) == 0)
        return true;
    return wck_json_fail_value(&r->json, "\"" WCK_SNAPSHOT_FORMAT "\" or \"" WCK_SNAPSHOT_LINES_FORMAT "\"",
                               text);
}

static bool read_digest(reading *r)
{
    char hex[WCK_DIGEST_HEX] = "";
    const char *text;
    size_t len;

    if (wck_json_peek(&r->json) != '"')
        return wck_json_skip(&r->json);
    if (!wck_json_text(&r->json, &text, &len))
        return false;
    for (size_t i = 0; len == sizeof hex - 1 && i < len; i++)
        hex[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
    r->said_digest = wck_digest_parse(&r->digest, hex);
    return true;
}

/* Unknown section names are ignored as all unknown keys are: what is not known stays not known. */
static bool read_coverage(reading *r)
{
    uint64_t seen = 0;
    int section;

    if (!wck_json_enter_object(&r->json))
        return false;
    while ((section = wck_json_field_next(&r->json, section_keys, WCK_SECTION_COUNT, &seen)) >= 0) {
        wck_coverage entry = {WCK_COVERAGE_ABSENT, NULL};
        if (!wck_row_read(&r->rows, &r->json, &wck_coverage_table, &entry))
            return false;
        r->snapshot->coverage[section] = entry;
    }
    return !r->json.failed;
}

static bool read_host(reading *r)
{
    bool object = wck_json_peek(&r->json) == '{', ok = false;
    size_t line = r->json.line;
    wck_buf text;

    wck_buf_init(&text, WCK_MAX_JSON_LINE);
    if (!object)
        wck_json_fail_type(&r->json, "an object");
    else if (wck_json_canonical(&r->json, &text)) {
        r->snapshot->host_json = wck_arena_strndup(r->snapshot->arena, text.data, text.len);
        ok = r->snapshot->host_json != NULL || wck_json_fail_memory(&r->json);
        if (ok && wck_codec_check_host(r->snapshot, line, r->json.err) != WCK_OK) {
            r->json.failed = true; /* err says it already */
            ok = false;
        }
    }
    wck_buf_clear(&text);
    return ok;
}

static const wck_section_rows *rows_of(wck_section section)
{
    for (size_t i = 0; i < WCK_SECTION_ROWS; i++)
        if (wck_section_tables[i].section == section)
            return &wck_section_tables[i];
    return NULL;
}

static bool read_row(reading *r, wck_json *json, const wck_section_rows *section)
{
    uint64_t begin = wck_json_position(json);
    size_t n;
    void *row;

    section->rows(r->snapshot, &n);
    if (n >= WCK_MAX_ROWS)
        return wck_json_fail(json, WCK_E_LIMIT, "a section holds more than %u rows", WCK_MAX_ROWS);
    row = section->add(r->snapshot);
    if (row == NULL)
        return wck_json_fail_memory(json);
    if (!wck_row_read(&r->rows, json, &section->table, row))
        return false;
    if (wck_json_position(json) - begin > WCK_MAX_JSON_LINE)
        return wck_json_fail(json, WCK_E_LIMIT, "a row is longer than %u bytes", WCK_MAX_JSON_LINE);
    return true;
}

static bool read_section(reading *r, const wck_section_rows *section)
{
    if (!wck_json_enter_array(&r->json))
        return false;
    while (wck_json_element(&r->json))
        if (!read_row(r, &r->json, section))
            return false;
    return !r->json.failed;
}

static bool read_top_value(reading *r, int key)
{
    wck_section section;

    switch (key) {
    case TOP_FORMAT:
        return read_format(r);
    case TOP_VERSION:
        return wck_json_version(&r->json, &r->newer);
    case TOP_DIGEST:
        return read_digest(r);
    case TOP_SERVER:
        return wck_row_read(&r->rows, &r->json, &wck_server_table, &r->snapshot->server);
    case TOP_COVERAGE:
        return read_coverage(r);
    default:
        section = (wck_section)(key - TOP_SECTION);
    }
    if (section == WCK_SECTION_CONFIG)
        return wck_row_read(&r->rows, &r->json, &wck_config_table, &r->snapshot->config);
    if (section == WCK_SECTION_HOST)
        return read_host(r);
    return read_section(r, rows_of(section));
}

/* The document, or the first line. */
static bool read_top(reading *r)
{
    uint64_t seen = 0;
    int key;

    if (wck_json_peek(&r->json) == '\0' && r->json.p == r->json.end)
        return wck_json_fail(&r->json, WCK_E_INPUT, "the document is empty");
    if (!wck_json_enter_object(&r->json))
        return false;
    while ((key = wck_json_field_next(&r->json, top_keys, TOP_COUNT, &seen)) >= 0)
        if (!read_top_value(r, key))
            return false;
    for (key = TOP_FORMAT; key <= TOP_COVERAGE && !r->json.failed; key++)
        if (key != TOP_DIGEST && (seen & UINT64_C(1) << key) == 0)
            return wck_json_fail(&r->json, WCK_E_INPUT, "the key \"%s\" is missing", top_keys[key].name);
    for (key = TOP_SECTION; r->lines && key < TOP_COUNT && !r->json.failed; key++)
        if ((seen & UINT64_C(1) << key) != 0 && rows_of((wck_section)(key - TOP_SECTION)) != NULL)
            return wck_json_fail(&r->json, WCK_E_INPUT, "%s: rows must stand on lines of their own",
                                 top_keys[key].name);
    return !r->json.failed;
}

/* ---- JSON Lines
 * ----------------------------------------------------------------------------------------------- */

typedef struct line {
    bool said_section;
    const wck_section_rows *section; /* NULL: not known to this version */
    bool said_row, parked, end;
    int64_t rows;
    bool said_rows;
} line;

enum { LINE_SECTION, LINE_ROW, LINE_END, LINE_ROWS, LINE_COVERAGE, LINE_COUNT };
static const wck_json_field line_keys[LINE_COUNT] = {KEY("section"), KEY("row"), KEY("end"), KEY("rows"),
                                                     KEY("coverage")};

static bool read_section_name(reading *r, line *l)
{
    const char *text;
    size_t len;
    wck_section section;

    if (!wck_json_text(&r->json, &text, &len))
        return false;
    l->said_section = true;
    if (wck_section_parse(&section, text))
        l->section = rows_of(section);
    if (l->section == NULL && !r->newer)
        return wck_json_fail_value(&r->json, "the name of a section with rows", text);
    return true;
}

/* Usually the section is known already; a row that comes first waits as text. */
static bool read_line_row(reading *r, line *l)
{
    l->said_row = true;
    if (!l->said_section) {
        wck_buf_reset(&r->parked);
        l->parked = true;
        return wck_json_canonical(&r->json, &r->parked);
    }
    if (l->section == NULL)
        return wck_json_skip(&r->json);
    r->json.frames[r->json.depth - 1].name = wck_section_name(l->section->section); /* for messages */
    return read_row(r, &r->json, l->section);
}

static bool read_parked_row(reading *r, const line *l)
{
    wck_json json;
    bool ok;

    if (l->section == NULL)
        return true;
    ok = wck_json_open_data(&json, r->parked.data, r->parked.len, r->json.err);
    json.line = r->json.line;
    ok = ok && read_row(r, &json, l->section);
    wck_json_close(&json);
    if (!ok)
        r->json.failed = true;
    return ok;
}

static bool read_line_value(reading *r, line *l, int key)
{
    switch (key) {
    case LINE_SECTION:
        return read_section_name(r, l);
    case LINE_ROW:
        return read_line_row(r, l);
    case LINE_END:
        return wck_json_bool(&r->json, &l->end);
    case LINE_ROWS:
        l->said_rows = true;
        return wck_json_int(&r->json, &l->rows);
    default:
        return read_coverage(r);
    }
}

static bool check_line(reading *r, const line *l)
{
    if (l->end) {
        if (!l->said_rows)
            return wck_json_fail(&r->json, WCK_E_INPUT, "the key \"rows\" is missing");
        if (l->rows < 0 || (uint64_t)l->rows != r->n_rows)
            return wck_json_fail(
                &r->json, WCK_E_INPUT,
                "rows: the last line counts %lld rows, %llu were found; the export is not whole",
                (long long)l->rows, (unsigned long long)r->n_rows);
        return true;
    }
    if (!l->said_section || !l->said_row)
        return wck_json_fail(&r->json, WCK_E_INPUT, "the key \"%s\" is missing",
                             l->said_section ? "row" : "section");
    r->n_rows++;
    return l->parked ? read_parked_row(r, l) : true;
}

static bool read_line(reading *r, line *l)
{
    uint64_t seen = 0;
    int key;

    *l = (line){0};
    if (!wck_json_enter_object(&r->json))
        return false;
    while ((key = wck_json_field_next(&r->json, line_keys, LINE_COUNT, &seen)) >= 0)
        if (!read_line_value(r, l, key))
            return false;
    return !r->json.failed && check_line(r, l);
}

static bool read_lines(reading *r)
{
    line l = {0};

    for (;;) {
        size_t above = r->json.line;
        char c = wck_json_peek(&r->json);
        if (r->json.failed)
            return false;
        if (c == '\0' && r->json.p == r->json.end)
            break;
        if (r->json.line == above)
            return wck_json_fail(&r->json, WCK_E_INPUT, "every record must begin on a line of its own");
        if (l.end)
            return wck_json_fail(&r->json, WCK_E_INPUT, "nothing may follow the line with \"end\"");
        if (!read_line(r, &l))
            return false;
    }
    if (l.end)
        return true;
    wck_json_fail(&r->json, WCK_E_INPUT,
                  "the last line {\"end\":true,\"rows\":N} is missing; the export is not whole");
    wck_fail_hint(r->json.err, "Export the server again and let the export finish.");
    return false;
}

/* ---- whole documents
 * ------------------------------------------------------------------------------------------ */

static wck_status check_digest(const reading *r, wck_error *err)
{
    wck_reader *reader = NULL;
    wck_status status;
    bool same;

    /* a newer minor version may count facts that this one does not know */
    if (!r->said_digest || r->newer)
        return WCK_OK;
    status = wck_reader_of_snapshot(&reader, r->snapshot, err);
    if (status != WCK_OK)
        return status;
    same = wck_digest_eq(&reader->digest, &r->digest);
    wck_reader_close(reader);
    if (same)
        return WCK_OK;
    wck_fail(err, WCK_E_INPUT, "digest: document was changed since it was written");
    wck_fail_hint(err, "Export it again; if the change was meant, remove the key \"digest\".");
    return WCK_E_INPUT;
}

/* r->json is open, or failed to open. */
static wck_status finish(wck_snapshot **out, reading *r, bool opened, wck_error *err)
{
    wck_status status;

    r->snapshot = wck_snapshot_new();
    wck_row_reader_init(&r->rows, r->snapshot);
    wck_buf_init(&r->parked, WCK_MAX_JSON_LINE);
    if (r->snapshot == NULL)
        opened = wck_json_fail_memory(&r->json);
    if (!opened || !read_top(r) || !(r->lines ? read_lines(r) : wck_json_end(&r->json)))
        status = err->status;
    else if ((status = wck_snapshot_freeze(r->snapshot, err)) == WCK_OK)
        status = check_digest(r, err);
    wck_json_close(&r->json);
    wck_row_reader_clear(&r->rows);
    wck_buf_clear(&r->parked);
    if (status == WCK_OK)
        *out = r->snapshot;
    else
        wck_snapshot_free(r->snapshot);
    return status;
}

wck_status wck_codec_parse_snapshot(wck_snapshot **out, const void *data, size_t len, wck_error *err)
{
    wck_error local;
    reading r = {0};
    bool opened;

    *out = NULL;
    if (err == NULL)
        err = &local;
    opened = wck_json_open_data(&r.json, data, len, err);
    return finish(out, &r, opened, err);
}

wck_status wck_codec_read_snapshot(wck_snapshot **out, const char *path, wck_error *err)
{
    wck_error local;
    reading r = {0};
    wck_status status;
    char name[256];
    int fd;

    *out = NULL;
    if (err == NULL)
        err = &local;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        int saved = errno;
        return wck_fail(err, WCK_E_IO, "could not read \"%s\": %s",
                        wck_quote_short(name, sizeof name, path, 200), strerror(saved));
    }
    status = finish(out, &r, wck_json_open_fd(&r.json, fd, path, err), err);
    close(fd);
    if (status != WCK_OK && status != WCK_E_IO && status != WCK_E_MEMORY)
        wck_fail_prefix(err, "could not read \"%s\"", wck_quote_short(name, sizeof name, path, 200));
    return status;
}
