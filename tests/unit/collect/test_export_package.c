/* SPDX-License-Identifier: MIT
 * test_export_package.c: `wsusutil export` packages made here, and the real one where it lies beside the
 * checkout (it is Microsoft's and never part of this repository). */
#include "support/cab_build.h"
#include "support/test.h"

#include "base/fs.h"
#include "base/log.h"
#include "base/quote.h"
#include "collect/collect.h"
#include "model/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NS "http://schemas.microsoft.com/msus/2002/12/Update"
#define SERVER "a0000000-0000-0000-0000-00000000000a"
#define A "aaaaaaaa-0000-0000-0000-000000000001"
#define B "bbbbbbbb-0000-0000-0000-000000000002"
#define BEGIN_TEXTS                                                                                          \
    "<upd:LocalizedPropertiesCollection><upd:LocalizedProperties><upd:Language>en</upd:Language><upd:Title>"
#define END_TEXTS "</upd:Title></upd:LocalizedProperties></upd:LocalizedPropertiesCollection>"

typedef struct fixture {
    char folder[64], path[96];
    wck_buf text, list, log; /* metadata.txt, <Update> entries of package.xml, what was logged */
    const char *head;        /* attributes of ExportPackage */
    const char *before;      /* the root element */
    wck_snapshot *snapshot;
    wck_error err;
} fixture;

static void note(wck_log_level level, const char *text, void *payload)
{
    fixture *f = payload;

    (void)level;
    wck_buf_printf(&f->log, "%s\n", text);
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    memcpy(f->folder, "/tmp/wck-package-XXXXXX", sizeof "/tmp/wck-package-XXXXXX");
    if (mkdtemp(f->folder) == NULL)
        return 1;
    snprintf(f->path, sizeof f->path, "%s/export.cab", f->folder);
    wck_buf_init(&f->text, 32 << 20);
    wck_buf_init(&f->list, 1 << 20);
    wck_buf_init(&f->log, 1 << 20);
    f->head = "ServerID=\"" SERVER
              "\" CreationTime=\"2024-06-19T17:11:14Z\" FormatVersion=\"1.0\" ProtocolVersion=\"1.20\"";
    f->before = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
    wck_log_set(note, f);
    *state = f;
    return 0;
}

static void remove_in(const fixture *f, const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    unlink(path);
}

static int teardown(void **state)
{
    fixture *f = *state;

    wck_log_set(NULL, NULL);
    remove_in(f, "export.cab");
    remove_in(f, "PACKAGE.xml");
    remove_in(f, "Metadata.TXT");
    rmdir(f->folder);
    wck_buf_clear(&f->text);
    wck_buf_clear(&f->list);
    wck_buf_clear(&f->log);
    wck_snapshot_free(f->snapshot);
    free(f);
    return 0;
}

static size_t utf16_units(const char *text, size_t len)
{
    const char *end = text + len;
    size_t n = 0;

    while (text < end)
        n += wck_utf8_next(&text, end) > 0xffff ? 2 : 1;
    return n;
}

static void add_document(wck_buf *xml, const char *id, unsigned revision, const char *type, const char *title)
{
    wck_buf_printf(xml,
                   "<upd:Update xmlns:upd=\"" NS
                   "\"><upd:UpdateIdentity UpdateID=\"%s\" RevisionNumber=\"%u\"/>"
                   "<upd:Properties UpdateType=\"%s\"/>" BEGIN_TEXTS "%s" END_TEXTS "</upd:Update>",
                   id, revision, type, title);
}

static void add_to_list(fixture *f, const char *id, unsigned revision)
{
    wck_buf_printf(
        &f->list,
        "<Update UpdateId=\"%s\" RevisionNumber=\"%u\" Title=\"t\"><Files><File Digest=\"x\"/></Files>"
        "<Categories/><Classifications/></Update>",
        id, revision);
}

/* `wrong` is added to the length. */
static void add_record(fixture *f, const char *id, unsigned revision, const char *type, const char *title,
                       int wrong)
{
    wck_buf xml;

    wck_buf_init(&xml, 32 << 20);
    add_document(&xml, id, revision, type, title);
    wck_buf_printf(&f->text, "%s,%08x,%08x,", id, revision,
                   (unsigned)((int)utf16_units(xml.data, xml.len) + wrong));
    wck_buf_put(&f->text, xml.data, xml.len);
    wck_buf_puts(&f->text, "\r\n");
    add_to_list(f, id, revision);
    wck_buf_clear(&xml);
}

static void put_head(const fixture *f, wck_buf *out)
{
    wck_buf_printf(
        out,
        "\xef\xbb\xbf%s<ExportPackage %s><Languages>"
        "<Language Id=\"0\" ShortName=\"all\" LongName=\"all\" Enabled=\"0\" />"
        "<Language Id=\"1033\" ShortName=\"en\" LongName=\"English &amp; more\" Enabled=\"1\" />"
        "</Languages><Files><File Digest=\"AAAA\" MUUrl=\"http://x\" Name=\"x\"/></Files><Updates>",
        f->before, f->head);
    wck_buf_put(out, f->list.data, f->list.len);
    wck_buf_puts(out, "</Updates></ExportPackage>");
}

static void save_cabinet(fixture *f, int method)
{
    wck_buf xml, cab;
    wck_error err = {0};

    wck_buf_init(&xml, 32 << 20);
    wck_buf_init(&cab, 64 << 20);
    put_head(f, &xml);
    wck_cab_member two[] = {{"package.xml", xml.data, xml.len}, {"metadata.txt", f->text.data, f->text.len}};
    assert_true(wck_cab_build_many(&cab, two, 2, method));
    assert_ok(wck_fs_write_atomic(f->path, cab.data, cab.len, 0600, &err));
    wck_buf_clear(&xml);
    wck_buf_clear(&cab);
}

static wck_status import(fixture *f, int method)
{
    save_cabinet(f, method);
    wck_snapshot_free(f->snapshot);
    f->snapshot = NULL;
    return wck_collect_package(&f->snapshot, f->path, NULL, &f->err);
}

#define assert_imports(f)                                                                                    \
    do {                                                                                                     \
        if (import((f), WCK_CAB_MSZIP) != WCK_OK)                                                            \
            fail_msg("%s", (f)->err.text);                                                                   \
    } while (0)

/* ---- what a package says ---- */

static void the_head_of_the_package_fills_the_server(void **state)
{
    fixture *f = *state;
    char text[WCK_TIME_TEXT];

    add_record(f, A, 200, "Software", "One", 0);
    assert_imports(f);
    assert_string_equal(f->snapshot->server.name, SERVER);
    assert_string_equal(f->snapshot->server.protocol_version, "1.20");
    assert_string_equal(f->snapshot->server.source, f->path);
    assert_string_equal(wck_time_format(text, f->snapshot->server.collected_at), "2024-06-19T17:11:14Z");
    assert_true(f->snapshot->frozen);
    assert_int_equal(f->snapshot->languages.n, 2);
    assert_string_equal(f->snapshot->languages.items[1].code, "en");
    assert_string_equal(f->snapshot->languages.items[1].name, "English & more");
    assert_true(f->snapshot->languages.items[1].enabled);
    assert_false(f->snapshot->languages.items[0].enabled);
}

static void options_name_the_server_and_its_parent(void **state)
{
    wck_collect_options options = {.server_name = "berlin", .parent = "root", .mode = WCK_MODE_REPLICA};
    fixture *f = *state;
    wck_error err = {0};

    add_record(f, A, 200, "Software", "One", 0);
    save_cabinet(f, WCK_CAB_STORED);
    assert_ok(wck_collect_package(&f->snapshot, f->path, &options, &err));
    assert_string_equal(f->snapshot->server.name, "berlin");
    assert_string_equal(f->snapshot->server.parent, "root");
    assert_int_equal(f->snapshot->server.mode, WCK_MODE_REPLICA);
}

static void what_a_package_cannot_carry_is_unknown(void **state)
{
    static const wck_section unknown[] = {WCK_SECTION_APPROVALS, WCK_SECTION_GROUPS, WCK_SECTION_DECLINED,
                                          WCK_SECTION_EULAS};
    fixture *f = *state;

    assert_imports(f);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_int_equal(f->snapshot->coverage[unknown[i]].state, WCK_COVERAGE_UNKNOWN);
        assert_contains(f->snapshot->coverage[unknown[i]].reason, "wsusutil export does not carry approvals");
    }
    assert_int_equal(f->snapshot->coverage[WCK_SECTION_CONFIG].state, WCK_COVERAGE_PARTIAL);
    assert_int_equal(f->snapshot->coverage[WCK_SECTION_LANGUAGES].state, WCK_COVERAGE_COMPLETE);
    assert_int_equal(f->snapshot->coverage[WCK_SECTION_CATEGORIES].state, WCK_COVERAGE_COMPLETE);
    assert_int_equal(f->snapshot->coverage[WCK_SECTION_UPDATES].state, WCK_COVERAGE_COMPLETE);
}

static void several_revisions_of_one_id_are_kept(void **state)
{
    fixture *f = *state;

    add_record(f, A, 1, "Software", "Old", 0);
    add_record(f, A, 100, "Software", "New", 0);
    add_record(f, B, 1, "Category", "Old", 0);
    add_record(f, B, 100, "Category", "New", 0);
    assert_imports(f);
    assert_int_equal(f->snapshot->updates.n, 2);
    assert_int_equal(f->snapshot->categories.n, 1);
    assert_int_equal(f->snapshot->categories.items[0].revision, 100);
    assert_string_equal(f->snapshot->categories.items[0].title, "New");
    assert_contains(wck_buf_text(&f->log), "4 records, 2 distinct");
}

static void every_compression_and_the_unpacked_folder_say_the_same(void **state)
{
    static const int methods[] = {WCK_CAB_STORED, WCK_CAB_MSZIP, WCK_CAB_LZX};
    fixture *f = *state;
    char path[128];
    wck_buf xml;
    wck_error err = {0};

    add_record(f, A, 200, "Software", "One", 0);
    for (size_t m = 0; m < 3; m++) {
        assert_int_equal(import(f, methods[m]), WCK_OK);
        assert_string_equal(f->snapshot->updates.items[0].title, "One");
    }
    wck_snapshot_free(f->snapshot);
    wck_buf_init(&xml, 1 << 20);
    put_head(f, &xml);
    snprintf(path, sizeof path, "%s/PACKAGE.xml", f->folder);
    assert_ok(wck_fs_write_atomic(path, xml.data, xml.len, 0600, &err));
    snprintf(path, sizeof path, "%s/Metadata.TXT", f->folder);
    assert_ok(wck_fs_write_atomic(path, f->text.data, f->text.len, 0600, &err));
    wck_buf_clear(&xml);
    assert_true(wck_collect_is_package(f->folder));
    assert_ok(wck_collect_package(&f->snapshot, f->folder, NULL, &err));
    assert_string_equal(f->snapshot->updates.items[0].title, "One");
}

static void a_package_is_told_from_other_files(void **state)
{
    fixture *f = *state;
    wck_error err = {0};

    assert_false(wck_collect_is_package(f->folder));
    assert_false(wck_collect_is_package("/nonexistent"));
    save_cabinet(f, WCK_CAB_STORED);
    assert_true(wck_collect_is_package(f->path));
    assert_ok(wck_fs_write_atomic(f->path, "{}", 2, 0600, &err));
    assert_false(wck_collect_is_package(f->path));
}

/* ---- records ---- */

static void records_may_hold_line_ends(void **state)
{
    fixture *f = *state;

    add_record(f, A, 200, "Software", "One\r\n" B ",00000001,00000010,\n\n", 0);
    add_record(f, B, 1, "Software", "Two", 0);
    assert_imports(f);
    assert_int_equal(f->snapshot->updates.n, 2);
    assert_string_equal(f->snapshot->updates.items[1].title, "Two");
}

static void lengths_count_utf16_units(void **state)
{
    fixture *f = *state;

    /* 1, 1, 1 and 2 units in 1, 2, 3 and 4 bytes; the last character stands right before the end tags. */
    add_record(f, A, 200, "Software", "x\xc3\xa9\xe6\x9b\xb4\xf0\x9f\x92\xbe", 0);
    add_record(f, B, 200, "Software", "\xf0\x9f\x92\xbe\xf0\x9f\x92\xbe", 0);
    assert_imports(f);
    assert_string_equal(f->snapshot->updates.items[0].title, "x\xc3\xa9\xe6\x9b\xb4\xf0\x9f\x92\xbe");
    assert_string_equal(f->snapshot->updates.items[1].title, "\xf0\x9f\x92\xbe\xf0\x9f\x92\xbe");
}

static void a_record_of_850000_characters_is_read(void **state)
{
    fixture *f = *state;
    wck_buf title;

    wck_buf_init(&title, 8 << 20);
    wck_buf_puts(&title, "Long" END_TEXTS "<upd:Rules>");
    while (title.len < 850000)
        wck_buf_puts(&title, "<upd:Rule>\xe6\x9b\xb4\n</upd:Rule>");
    wck_buf_puts(&title, "</upd:Rules>" BEGIN_TEXTS);
    add_record(f, A, 200, "Software", title.data, 0);
    add_record(f, B, 200, "Software", "After", 0);
    wck_buf_clear(&title);
    assert_imports(f);
    assert_string_equal(f->snapshot->updates.items[0].title, "Long");
    assert_string_equal(f->snapshot->updates.items[1].title, "After");
}

static void a_bom_before_the_records_is_skipped(void **state)
{
    fixture *f = *state;

    wck_buf_puts(&f->text, "\xef\xbb\xbf");
    add_record(f, A, 200, "Software", "One", 0);
    assert_imports(f);
    assert_int_equal(f->snapshot->updates.n, 1);
}

static void guids_of_records_may_be_upper_case(void **state)
{
    fixture *f = *state;

    add_record(f, "AAAAAAAA-0000-0000-0000-00000000000F", 1, "Software", "One", 0);
    assert_imports(f);
    assert_true(f->snapshot->updates.items[0].id.hi == 0xaaaaaaaa00000000ULL);
}

/* ---- damage ---- */

static void a_wrong_length_names_package_file_record_and_byte(void **state)
{
    static const int wrong[] = {-1, 1, -7, 60, 100000};
    fixture *f = *state;
    char place[64];

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        wck_buf_reset(&f->text);
        wck_buf_reset(&f->list);
        add_record(f, A, 200, "Software", "One", 0);
        snprintf(place, sizeof place, "record 2 at byte %zu: ", f->text.len);
        add_record(f, B, 200, "Software", "Two", wrong[i]);
        add_record(f, A, 201, "Software", "Three", 0);
        assert_fails(WCK_E_INPUT, import(f, WCK_CAB_STORED));
        assert_contains(f->err.text, "could not import package \"/tmp/wck-package-");
        assert_contains(f->err.text, "export.cab\": metadata.txt: ");
        assert_contains(f->err.text, place);
        assert_null(f->snapshot);
    }
}

static void a_length_that_cuts_a_character_is_said_so(void **state)
{
    fixture *f = *state;
    static const char text[] = A ",00000001,00000003,ab\xf0\x9f\x92\xbe\r\n";

    wck_buf_puts(&f->text, text);
    assert_fails(WCK_E_INPUT, import(f, WCK_CAB_STORED));
    assert_contains(f->err.text, "cuts a character");
}

static void every_truncation_is_an_error(void **state)
{
    fixture *f = *state;
    size_t whole;

    add_record(f, A, 200, "Software", "One", 0);
    add_record(f, B, 200, "Software", "\xf0\x9f\x92\xbe", 0);
    whole = f->text.len;
    for (size_t n = 0; n < whole; n += n % 64 == 0 ? 1 : 7) {
        f->text.len = n;
        assert_fails(WCK_E_INPUT, import(f, WCK_CAB_STORED));
    }
    f->text.len = whole;
    assert_imports(f);
}

/* Cut right between two records: only the list in package.xml tells. */
static void lists_that_differ_are_an_error(void **state)
{
    fixture *f = *state;

    add_record(f, A, 200, "Software", "One", 0);
    add_to_list(f, B, 5);
    assert_fails(WCK_E_INPUT, import(f, WCK_CAB_STORED));
    assert_contains(f->err.text, B " revision 5 stands in package.xml but not in metadata.txt");
    wck_buf_reset(&f->list);
    assert_fails(WCK_E_INPUT, import(f, WCK_CAB_STORED));
    assert_contains(f->err.text, A " revision 200 stands in metadata.txt but not in package.xml");
}

static void malformed_records_are_refused(void **state)
{
    static const struct {
        const char *text;
        wck_status status;
        const char *part;
    } cases[] = {
        {"zzzzzzzz-0000-0000-0000-000000000001,00000001,00000003,abc\r\n", WCK_E_INPUT,
         "guid,revision,length"},
        {A ",0000000x,00000003,abc\r\n", WCK_E_INPUT, "guid,revision,length"},
        {A ",00000001;00000003,abc\r\n", WCK_E_INPUT, "guid,revision,length"},
        {A ",00000001,00000000,\r\n", WCK_E_INPUT, "empty"},
        {A ",00000001,ffffffff,abc\r\n", WCK_E_LIMIT, "claims 4294967295 characters"},
        {A ",00000001,00000003,abc\n", WCK_E_INPUT, "where its length says"},
        {A ",00000001,00000003,abc\r\r", WCK_E_INPUT, "where its length says"},
        {A ",00000001,00000003,ab\xff\r\n", WCK_E_INPUT, "UTF-8"},
        {A ",00000001,00000003,a\xc3"
           "bc\r\n",
         WCK_E_INPUT, "UTF-8"},
        {A ",00000001,00000003,abc\r\n", WCK_E_INPUT, "update document"},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wck_buf_reset(&f->text);
        wck_buf_puts(&f->text, cases[i].text);
        assert_fails(cases[i].status, import(f, WCK_CAB_STORED));
        assert_contains(f->err.text, "metadata.txt: record 1 at byte 0: ");
        assert_contains(f->err.text, cases[i].part);
    }
}

static void a_record_of_another_identity_than_its_document_is_refused(void **state)
{
    fixture *f = *state;
    wck_buf xml;

    wck_buf_init(&xml, 65536);
    add_document(&xml, B, 1, "Software", "x");
    wck_buf_printf(&f->text, A ",00000001,%08x,%s\r\n", (unsigned)xml.len, xml.data);
    wck_buf_clear(&xml);
    add_to_list(f, A, 1);
    assert_fails(WCK_E_INPUT, import(f, WCK_CAB_STORED));
    assert_contains(f->err.text, "says it is " B);
}

static void a_malformed_package_xml_is_refused(void **state)
{
    static const struct {
        const char *before, *head, *part;
    } cases[] = {
        {"", "ServerID=\"" SERVER "\" CreationTime=\"2024-06-19T17:11:14Z\" FormatVersion=\"2.0\"",
         "\"2.0\""},
        {"", "ServerID=\"" SERVER "\" CreationTime=\"2024-06-19T17:11:14Z\"", "FormatVersion"},
        {"", "CreationTime=\"2024-06-19T17:11:14Z\" FormatVersion=\"1.0\"", "ServerID"},
        {"", "ServerID=\"x\" CreationTime=\"2024-06-19T17:11:14Z\" FormatVersion=\"1.0\"",
         "ServerID is malformed"},
        {"", "ServerID=\"" SERVER "\" CreationTime=\"now\" FormatVersion=\"1.0\"",
         "CreationTime is malformed"},
        {"", "ServerID=\"" SERVER "\" FormatVersion=\"1.0\"", "CreationTime"},
        {"", "FormatVersion=\"1.0\" FormatVersion=\"1.0\"", "line 1"},
        {"<!DOCTYPE x>", "FormatVersion=\"1.0\"", "document type"},
        {"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>", "FormatVersion=\"1.0\"",
         "document type"},
        {"<other/>", "FormatVersion=\"1.0\"", "root element"},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        f->before = cases[i].before;
        f->head = cases[i].head;
        assert_fails(WCK_E_INPUT, import(f, WCK_CAB_STORED));
        assert_contains(f->err.text, "package.xml: ");
        assert_contains(f->err.text, cases[i].part);
    }
}

static void a_package_without_one_of_its_files_is_refused(void **state)
{
    fixture *f = *state;
    wck_error err = {0};
    wck_buf cab;

    wck_buf_init(&cab, 1 << 20);
    assert_true(wck_cab_build(&cab, "package.txt", "x", 1, WCK_CAB_STORED));
    assert_ok(wck_fs_write_atomic(f->path, cab.data, cab.len, 0600, &err));
    wck_buf_clear(&cab);
    assert_fails(WCK_E_NOT_FOUND, wck_collect_package(&f->snapshot, f->path, NULL, &err));
    assert_contains(err.text, "package.xml");
    assert_fails(WCK_E_IO, wck_collect_package(&f->snapshot, "/nonexistent.cab", NULL, &err));
}

static void an_import_can_be_canceled(void **state)
{
    volatile int canceled = 1;
    wck_collect_options options = {.server_name = "x", .canceled = &canceled};
    fixture *f = *state;
    wck_error err = {0};

    add_record(f, A, 200, "Software", "One", 0);
    save_cabinet(f, WCK_CAB_STORED);
    assert_fails(WCK_E_CANCELED, wck_collect_package(&f->snapshot, f->path, &options, &err));
}

/* ---- the real package ---- */

static wck_digest digest_of(const wck_snapshot *s)
{
    wck_reader *reader = NULL;
    wck_error err = {0};
    wck_digest digest;

    assert_ok(wck_reader_of_snapshot(&reader, s, &err));
    digest = reader->digest;
    wck_reader_close(reader);
    return digest;
}

static void count_kinds(const wck_snapshot *s, size_t n[WCK_CATEGORY_DETECTOID + 1])
{
    for (size_t i = 0; i < s->categories.n; i++)
        n[s->categories.items[i].kind]++;
}

static void the_real_package_has_its_published_counts(void **state)
{
    static const char path[] = WCK_SOURCE_DIR "/../shared/data/WSUS.cab";
    size_t kinds[WCK_CATEGORY_DETECTOID + 1] = {0};
    fixture *f = *state;
    wck_snapshot *again = NULL;
    wck_error err = {0};
    wck_digest first, second;

    if (access(path, R_OK) != 0) {
        print_message("skipped: %s is not there\n", path);
        skip();
    }
    assert_ok(wck_collect_package(&f->snapshot, path, NULL, &err));
    assert_contains(wck_buf_text(&f->log), "4125 records, 4087 distinct");
    assert_int_equal(f->snapshot->categories.n, 4087);
    count_kinds(f->snapshot, kinds);
    assert_int_equal(kinds[WCK_CATEGORY_DETECTOID], 3660); /* 3,674 records */
    assert_int_equal(kinds[WCK_CATEGORY_PRODUCT], 356);
    assert_int_equal(kinds[WCK_CATEGORY_PRODUCT_FAMILY], 57);
    assert_int_equal(kinds[WCK_CATEGORY_COMPANY], 2);
    assert_int_equal(kinds[WCK_CATEGORY_CLASSIFICATION], 12);
    assert_int_equal(f->snapshot->languages.n, 39);
    assert_string_equal(f->snapshot->languages.items[0].code, "all");
    assert_true(f->snapshot->languages.items[0].enabled);
    assert_int_equal(f->snapshot->updates.n, 0);
    assert_ok(wck_collect_package(&again, path, NULL, &err));
    first = digest_of(f->snapshot);
    second = digest_of(again);
    assert_true(wck_digest_eq(&first, &second));
    wck_snapshot_free(again);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_head_of_the_package_fills_the_server),
        T(options_name_the_server_and_its_parent),
        T(what_a_package_cannot_carry_is_unknown),
        T(several_revisions_of_one_id_are_kept),
        T(every_compression_and_the_unpacked_folder_say_the_same),
        T(a_package_is_told_from_other_files),
        T(records_may_hold_line_ends),
        T(lengths_count_utf16_units),
        T(a_record_of_850000_characters_is_read),
        T(a_bom_before_the_records_is_skipped),
        T(guids_of_records_may_be_upper_case),
        T(a_wrong_length_names_package_file_record_and_byte),
        T(a_length_that_cuts_a_character_is_said_so),
        T(every_truncation_is_an_error),
        T(lists_that_differ_are_an_error),
        T(malformed_records_are_refused),
        T(a_record_of_another_identity_than_its_document_is_refused),
        T(a_malformed_package_xml_is_refused),
        T(a_package_without_one_of_its_files_is_refused),
        T(an_import_can_be_canceled),
        T(the_real_package_has_its_published_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
