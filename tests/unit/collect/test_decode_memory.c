/* SPDX-License-Identifier: MIT
 * test_decode_memory.c: the n-th allocation fails, for every n: no crash, no leak, and never a success that
 * says less than the document does. Ours fail by support/fail_alloc.h, libxml2's by its hooks. */
#include "support/cab_build.h"
#include "support/fail_alloc.h"
#include "support/test.h"

#include "base/fs.h"
#include "collect/cabinet.h"
#include "collect/collect.h"
#include "collect/decode_update.h"
#include "model/canon.h"

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NS "http://schemas.microsoft.com/msus/2002/12/Update"
#define A "aaaaaaaa-0000-0000-0000-000000000001"
#define B "bbbbbbbb-0000-0000-0000-000000000002"

static char *xml_strdup(const char *text)
{
    char *copy = malloc(strlen(text) + 1);

    return copy != NULL ? memcpy(copy, text, strlen(text) + 1) : NULL;
}

static const char document[] =
    "<upd:Update xmlns:upd=\"" NS "\"><upd:UpdateIdentity UpdateID=\"" A "\" RevisionNumber=\"200\"/>"
    "<upd:Properties UpdateType=\"Software\" MsrcSeverity=\"Critical\" CreationDate=\"2025-03-11T17:00:01Z\">"
    "<upd:Language>ja</upd:Language><upd:KBArticleID>5000001</upd:KBArticleID></upd:Properties>"
    "<upd:LocalizedPropertiesCollection><upd:LocalizedProperties><upd:Language>en</upd:Language>"
    "<upd:Title>A &amp; B</upd:Title></upd:LocalizedProperties></upd:LocalizedPropertiesCollection>"
    "<upd:Relationships><upd:SupersededUpdates><upd:UpdateIdentity UpdateID=\"" B
    "\"/></upd:SupersededUpdates>"
    "<upd:Prerequisites><upd:UpdateIdentity UpdateID=\"" B "\"/><upd:AtLeastOne IsCategory=\"true\">"
    "<upd:UpdateIdentity UpdateID=\"" B "\"/></upd:AtLeastOne></upd:Prerequisites><upd:BundledUpdates>"
    "<upd:UpdateIdentity UpdateID=\"" B "\" RevisionNumber=\"1\"/></upd:BundledUpdates></upd:Relationships>"
    "<upd:Files><upd:File Digest=\"AAECAwQFBgcICQoLDA0ODxAREhM=\" FileName=\"a&amp;b.cab\" "
    "Size=\"4\"/></upd:Files>"
    "</upd:Update>";

/* The facts as bytes, so that a success can be compared with a success; what is put into `out` is never
 * failed. */
static wck_status decode(wck_buf *out, size_t nth, bool *failed)
{
    wck_identity id = {{0xaaaaaaaa00000000ULL, 1}, 200};
    wck_snapshot *snapshot = wck_snapshot_new();
    wck_link *link = wck_link_new();
    wck_document doc;
    wck_error err = {0};
    wck_status status;

    fail_alloc_at(nth);
    status = wck_decode_update(&doc, snapshot, document, sizeof document - 1, id, &err);
    if (status == WCK_OK)
        status = wck_link_add(link, snapshot, &doc, &err);
    if (status == WCK_OK)
        status = wck_link_finish(link, snapshot, &err);
    *failed = fail_alloc_end();
    if (status != WCK_OK && status != WCK_E_MEMORY)
        fail_msg("allocation %zu: %s", nth, err.text);
    if (status == WCK_OK)
        assert_true(wck_canon_put_updates(out, out, snapshot->updates.items, snapshot->updates.n));
    wck_link_free(link);
    wck_snapshot_free(snapshot);
    return status;
}

/* libxml2 can do without some allocations; then the answer must be the same as ever. */
static void a_document_is_decoded_whole_or_not_at_all(void **state)
{
    wck_buf whole, now;
    size_t n = 1;
    bool failed = true;

    (void)state;
    wck_buf_init(&whole, 1 << 20);
    wck_buf_init(&now, 1 << 20);
    assert_int_equal(decode(&whole, 0, &failed), WCK_OK);
    for (failed = true; failed; n++) {
        wck_status status;
        wck_buf_reset(&now);
        status = decode(&now, n, &failed);
        assert_true(status != WCK_OK || now.len == whole.len);
        assert_true(status != WCK_OK || memcmp(now.data, whole.data, whole.len) == 0);
    }
    assert_true(n > 50);
    wck_buf_clear(&whole);
    wck_buf_clear(&now);
}

static void a_cabinet_is_decoded_whole_or_not_at_all(void **state)
{
    wck_buf cabinet, out;
    wck_status status = WCK_OK;
    wck_error err = {0};
    size_t n = 1;
    bool failed = true;

    (void)state;
    wck_buf_init(&cabinet, 1 << 20);
    wck_buf_init(&out, 1 << 20);
    assert_true(wck_cab_build(&cabinet, "blob", document, sizeof document - 1, WCK_CAB_LZX));
    for (; failed; n++) {
        wck_buf_clear(&out);
        fail_alloc_at(n);
        status = wck_cabinet_single(&out, cabinet.data, cabinet.len, &err);
        failed = fail_alloc_end();
        assert_true(status == WCK_OK || status == WCK_E_MEMORY);
        assert_true(status == WCK_OK ? !failed : out.len == 0);
    }
    assert_true(n > 5);
    assert_string_equal(out.data, document);
    wck_buf_clear(&cabinet);
    wck_buf_clear(&out);
}

static void save_package(const char *path)
{
    static const char head[] =
        "<ExportPackage ServerID=\"" A "\" CreationTime=\"2024-06-19T17:11:14Z\" FormatVersion=\"1.0\" "
        "ProtocolVersion=\"1.20\"><Languages><Language Id=\"1033\" ShortName=\"en\" LongName=\"English\" "
        "Enabled=\"1\"/>"
        "</Languages><Files/><Updates><Update UpdateId=\"" A
        "\" RevisionNumber=\"200\"/></Updates></ExportPackage>";
    wck_buf text, cabinet;
    wck_error err = {0};

    wck_buf_init(&text, 1 << 20);
    wck_buf_init(&cabinet, 1 << 20);
    wck_buf_printf(&text, A ",000000c8,%08x,%s\r\n", (unsigned)(sizeof document - 1), document);
    wck_cab_member two[] = {{"package.xml", head, sizeof head - 1}, {"metadata.txt", text.data, text.len}};
    assert_true(wck_cab_build_many(&cabinet, two, 2, WCK_CAB_STORED));
    assert_ok(wck_fs_write_atomic(path, cabinet.data, cabinet.len, 0600, &err));
    wck_buf_clear(&text);
    wck_buf_clear(&cabinet);
}

static void check_package(const wck_snapshot *snapshot)
{
    const wck_update *u = snapshot->updates.items;

    assert_int_equal(snapshot->updates.n, 1);
    assert_string_equal(u->title, "A & B");
    assert_int_equal(u->n_files + u->supersedes.n + u->bundles.n + u->products.n + u->kb.n + u->languages.n,
                     6);
    assert_int_equal(snapshot->languages.n, 1);
    assert_string_equal(snapshot->languages.items[0].name, "English");
}

static void a_package_is_imported_whole_or_not_at_all(void **state)
{
    char path[] = "/tmp/wck-memory-XXXXXX";
    int fd = mkstemp(path);
    wck_snapshot *snapshot = NULL;
    wck_error err = {0};
    size_t n = 1;
    bool failed = true;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    save_package(path);
    for (; failed; n++) {
        wck_status status;
        fail_alloc_at(n);
        status = wck_collect_package(&snapshot, path, NULL, &err);
        failed = fail_alloc_end();
        if (status != WCK_OK && status != WCK_E_MEMORY)
            fail_msg("allocation %zu: %s", n, err.text);
        assert_true((status == WCK_OK) == (snapshot != NULL));
        if (status == WCK_OK)
            check_package(snapshot);
        wck_snapshot_free(snapshot);
    }
    unlink(path);
    assert_true(n > 50);
}

static void be_silent(void *payload, const char *format, ...)
{
    (void)payload;
    (void)format;
}

static int setup(void **state)
{
    (void)state;
    xmlSetGenericErrorFunc(NULL, be_silent);
    xmlMemSetup(free, malloc, realloc, xml_strdup);
    xmlInitParser();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_decoded_whole_or_not_at_all),
        cmocka_unit_test(a_cabinet_is_decoded_whole_or_not_at_all),
        cmocka_unit_test(a_package_is_imported_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
