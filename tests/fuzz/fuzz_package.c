/* SPDX-License-Identifier: MIT
 * fuzz_package.c: the two members of an export package. First letter: 'x' package.xml, 't' metadata.txt; second letter:
 * where it is cut into pieces, because the result must not depend on that. */
#include "fuzz.h"

#include "collect/collect.h"
#include "collect/package_text.h"
#include "collect/package_xml.h"

typedef struct outcome {
    wck_status status;
    wck_error err;
    size_t records, bytes, updates;
} outcome;

static wck_status on_record(wck_identity id, const char *xml, size_t len, void *payload, wck_error *err)
{
    outcome *o = payload;

    (void)id;
    (void)err;
    must(strlen(xml) <= len);
    o->records++;
    o->bytes += len;
    return WCK_OK;
}

static outcome read_text(const uint8_t *data, size_t size, size_t piece)
{
    wck_record_reader reader;
    outcome o = {.status = WCK_OK};

    wck_records_init(&reader, on_record, &o);
    for (size_t at = 0; at < size && o.status == WCK_OK; at += piece)
        o.status = wck_records_put(&reader, data + at, size - at < piece ? size - at : piece, &o.err);
    if (o.status == WCK_OK)
        o.status = wck_records_end(&reader, &o.err);
    wck_records_clear(&reader);
    return o;
}

static outcome read_xml(const uint8_t *data, size_t size, size_t piece)
{
    wck_snapshot *s = wck_snapshot_new();
    wck_package_head head;
    wck_package_xml *xml;
    outcome o = {.status = WCK_OK};

    memset(&head, 0, sizeof head);
    xml = s == NULL ? NULL : wck_package_xml_new(&head, s);
    must(xml != NULL);
    for (size_t at = 0; at < size && o.status == WCK_OK; at += piece)
        o.status = wck_package_xml_put(xml, data + at, size - at < piece ? size - at : piece, &o.err);
    if (o.status == WCK_OK)
        o.status = wck_package_xml_end(xml, &o.err);
    o.updates = head.updates.n;
    o.records = s->languages.n;
    o.bytes = head.files;
    wck_package_xml_free(xml);
    wck_vec_clear(&head.updates);
    wck_snapshot_free(s);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    outcome (*read)(const uint8_t *, size_t, size_t);
    wck_error err = {0};
    outcome whole, pieces;

    if (!ready)
        must_work(wck_collect_init(&err));
    ready = true;
    if (size < 2)
        return 0;
    read = data[0] == 'x' ? read_xml : read_text;
    whole = read(data + 2, size - 2, size);
    pieces = read(data + 2, size - 2, (size_t)data[1] + 1);
    must(whole.status == WCK_OK || whole.err.text[0] != '\0');
    must((whole.status == WCK_OK) == (pieces.status == WCK_OK));
    if (whole.status == WCK_OK)
        must(whole.records == pieces.records && whole.bytes == pieces.bytes && whole.updates == pieces.updates);
    return 0;
}
