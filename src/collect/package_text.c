/* SPDX-License-Identifier: MIT
 * package_text.c: the record reader of metadata.txt, a state machine over bytes; memory holds one record. */
#include "collect/package_text.h"

#include "base/limits.h"
#include "base/quote.h"

#include <string.h>

enum { GUID = 36, HEX = 8, HEADER = GUID + 1 + HEX + 1 + HEX + 1 };

void wck_records_init(wck_record_reader *reader, wck_record_fn *fn, void *payload)
{
    memset(reader, 0, sizeof *reader);
    wck_buf_init(&reader->xml, WCK_MAX_DOCUMENT_BYTES);
    reader->fn = fn;
    reader->payload = payload;
}

void wck_records_clear(wck_record_reader *reader)
{
    wck_buf_clear(&reader->xml);
}

/* The place stands in front of what is wrong. */
static wck_status place(const wck_record_reader *r, wck_error *err)
{
    return wck_fail_prefix(err, "record %llu at byte %llu", (unsigned long long)r->records + 1,
                           (unsigned long long)r->began);
}

static wck_status malformed(const wck_record_reader *r, wck_error *err, const char *what)
{
    wck_fail(err, WCK_E_INPUT, "%s", what);
    place(r, err);
    return WCK_E_INPUT;
}

static bool parse_hex(uint64_t *out, const char *text)
{
    *out = 0;
    for (size_t i = 0; i < HEX; i++) {
        char c = text[i];
        if (c >= '0' && c <= '9')
            *out = *out << 4 | (uint64_t)(c - '0');
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            *out = *out << 4 | (uint64_t)((c | 0x20) - 'a' + 10);
        else
            return false;
    }
    return true;
}

static wck_status end_header(wck_record_reader *r, wck_error *err)
{
    const char *h = r->header;
    uint64_t revision;

    if (h[GUID] != ',' || h[GUID + 1 + HEX] != ',' || h[HEADER - 1] != ',' ||
        !wck_guid_parse_n(&r->id.id, h, GUID) || !parse_hex(&revision, h + GUID + 1) ||
        !parse_hex(&r->wanted, h + GUID + 1 + HEX + 1))
        return malformed(
            r, err,
            "the record does not begin with guid,revision,length: the length of the record before is "
            "wrong, or the file is damaged");
    if (r->wanted > WCK_MAX_DOCUMENT_BYTES) {
        wck_fail(err, WCK_E_LIMIT, "the record claims %llu characters, more than %u",
                 (unsigned long long)r->wanted, WCK_MAX_DOCUMENT_BYTES);
        place(r, err);
        return WCK_E_LIMIT;
    }
    if (r->wanted == 0)
        return malformed(r, err, "the record is empty");
    r->id.revision = (int64_t)revision;
    r->units = 0;
    r->rest = 0;
    wck_buf_reset(&r->xml);
    r->state = WCK_IN_XML;
    return WCK_OK;
}

/* How many of `len` bytes belong to the document under way: whole characters until `wanted` units are seen. A
 * character outside the basic plane is four bytes in UTF-8 and two units in UTF-16. */
static size_t take(wck_record_reader *r, const unsigned char *p, size_t len, bool *bad)
{
    size_t i = 0;

    for (; i < len && (r->units < r->wanted || r->rest > 0) && !*bad; i++) {
        unsigned char c = p[i];
        if (r->rest > 0) {
            *bad = (c & 0xc0) != 0x80;
            r->rest--;
        } else if (c < 0x80)
            r->units++;
        else if (c >= 0xc2 && c < 0xf5) {
            r->rest = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
            r->units += c < 0xf0 ? 1 : 2;
        } else
            *bad = true;
    }
    return i;
}

static wck_status put_xml(wck_record_reader *r, const unsigned char *p, size_t len, size_t *used,
                          wck_error *err)
{
    bool bad = false;

    *used = take(r, p, len, &bad);
    if (bad)
        return malformed(r, err, "the record is not UTF-8");
    if (r->units > r->wanted)
        return malformed(r, err, "the length of the record cuts a character in two");
    if (*used > r->xml.max - r->xml.len) {
        wck_fail(err, WCK_E_LIMIT, "the record is longer than %u bytes", WCK_MAX_DOCUMENT_BYTES);
        place(r, err);
        return WCK_E_LIMIT;
    }
    if (!wck_buf_put(&r->xml, p, *used))
        return wck_fail_memory(err, "reading metadata.txt");
    if (r->units == r->wanted && r->rest == 0)
        r->state = WCK_IN_CR;
    return WCK_OK;
}

static wck_status end_record(wck_record_reader *r, wck_error *err)
{
    wck_status status;

    if (r->records >= WCK_MAX_ROWS) {
        wck_fail(err, WCK_E_LIMIT, "there are more than %u records", WCK_MAX_ROWS);
        return WCK_E_LIMIT;
    }
    status = r->fn(r->id, r->xml.data, r->xml.len, r->payload, err);
    if (status != WCK_OK) {
        if (status != WCK_E_CANCELED && status != WCK_E_MEMORY)
            place(r, err);
        return status;
    }
    r->records++;
    r->began = r->at + 1;
    r->header_len = 0;
    r->state = WCK_IN_HEADER;
    return WCK_OK;
}

static wck_status put_byte(wck_record_reader *r, unsigned char c, wck_error *err)
{
    switch (r->state) {
    case WCK_IN_HEADER:
        r->header[r->header_len++] = (char)c;
        if (r->at < 3 && r->header_len == 3 && memcmp(r->header, "\xef\xbb\xbf", 3) == 0) {
            r->header_len = 0; /* no BOM in real packages; an editor may have added one */
            r->began = 3;
        }
        return r->header_len == HEADER ? end_header(r, err) : WCK_OK;
    case WCK_IN_CR:
        if (c != '\r')
            return malformed(r, err, "the record does not end where its length says");
        r->state = WCK_IN_LF;
        return WCK_OK;
    case WCK_IN_LF:
        if (c != '\n')
            return malformed(r, err, "the record does not end where its length says");
        return end_record(r, err);
    case WCK_IN_XML:
        break;
    }
    return WCK_E_ARG;
}

wck_status wck_records_put(wck_record_reader *reader, const void *data, size_t len, wck_error *err)
{
    const unsigned char *p = data;
    wck_status status = WCK_OK;

    for (size_t i = 0; i < len && status == WCK_OK;) {
        size_t used = 1;
        if (reader->state == WCK_IN_XML)
            status = put_xml(reader, p + i, len - i, &used, err);
        else
            status = put_byte(reader, p[i], err);
        i += used;
        reader->at += used;
    }
    return status;
}

wck_status wck_records_end(wck_record_reader *reader, wck_error *err)
{
    if (reader->state == WCK_IN_HEADER && reader->header_len == 0)
        return WCK_OK;
    return malformed(reader, err, "the file ends inside the record");
}
