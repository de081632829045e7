/* SPDX-License-Identifier: MIT
 * test_decode_update.c: update documents → facts. All documents are made here after the structure of
 * protocol.md 7. */
#include "support/test.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/quote.h"
#include "collect/decode_update.h"

#include <stdio.h>
#include <stdlib.h>

#define NS "http://schemas.microsoft.com/msus/2002/12/Update"
#define ID "11111111-2222-3333-4444-555555555555"
#define IDENTITY "<upd:UpdateIdentity UpdateID=\"" ID "\" RevisionNumber=\"200\"/>"
#define OPEN "<upd:Update xmlns:upd=\"" NS "\">" IDENTITY
#define CLOSE "</upd:Update>"
#define SOFTWARE "<upd:Properties UpdateType=\"Software\"/>"
#define TEXTS(language, title)                                                                               \
    "<upd:LocalizedProperties><upd:Language>" language "</upd:Language><upd:Title>" title                    \
    "</upd:Title></upd:LocalizedProperties>"
#define COLLECTION(inside) "<upd:LocalizedPropertiesCollection>" inside "</upd:LocalizedPropertiesCollection>"
#define ONE(id) "<upd:UpdateIdentity UpdateID=\"" id "\"/>"
#define EXACT(id, revision) "<upd:UpdateIdentity UpdateID=\"" id "\" RevisionNumber=\"" revision "\"/>"
#define RELATIONS(inside) "<upd:Relationships>" inside "</upd:Relationships>"
#define PREREQUISITES(inside) RELATIONS("<upd:Prerequisites>" inside "</upd:Prerequisites>")
#define ANY(inside) "<upd:AtLeastOne>" inside "</upd:AtLeastOne>"
#define CATEGORIES(inside) "<upd:AtLeastOne IsCategory=\"true\">" inside "</upd:AtLeastOne>"
#define A "aaaaaaaa-0000-0000-0000-000000000001"
#define B "bbbbbbbb-0000-0000-0000-000000000002"
#define C "cccccccc-0000-0000-0000-000000000003"
#define D "dddddddd-0000-0000-0000-000000000004"

typedef struct fixture {
    wck_snapshot *snapshot;
    wck_link *link;
    wck_document doc;
    wck_error err;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    f->snapshot = wck_snapshot_new();
    f->link = wck_link_new();
    *state = f;
    return f->snapshot == NULL || f->link == NULL;
}

static int teardown(void **state)
{
    fixture *f = *state;

    wck_link_free(f->link);
    wck_snapshot_free(f->snapshot);
    free(f);
    return 0;
}

static wck_guid guid(const char *text)
{
    wck_guid g = {0, 0};

    assert_true(wck_guid_parse(&g, text));
    return g;
}

static wck_status decode_n(fixture *f, const void *data, size_t len)
{
    wck_identity expected = {guid(ID), 200};
    void *copy = malloc(len == 0 ? 1 : len); /* its own block: reading behind it is seen */
    wck_status status;

    memcpy(copy, data, len);
    status = wck_decode_update(&f->doc, f->snapshot, copy, len, expected, &f->err);
    free(copy);
    return status;
}

static wck_status decode(fixture *f, const char *text)
{
    return decode_n(f, text, strlen(text));
}

#define assert_decodes(f, bytes)                                                                             \
    do {                                                                                                     \
        if (decode((f), (bytes)) != WCK_OK)                                                                  \
            fail_msg("%s", (f)->err.text);                                                                   \
    } while (0)

static void assert_guid(wck_guid found, const char *wanted)
{
    char text[WCK_GUID_TEXT];

    assert_string_equal(wck_guid_format(text, found), wanted);
}

/* ---- facts of an update ---- */

static void every_fact_of_properties_is_read(void **state)
{
    fixture *f = *state;
    char time[WCK_TIME_TEXT];

    assert_decodes(f, OPEN
                   "<upd:Properties UpdateType=\"Software\" DefaultPropertiesLanguage=\"en\" "
                   "ExplicitlyDeployable=\"true\" MsrcSeverity=\"Critical\" PublicationState=\"Published\" "
                   "EulaID=\"99999999-0000-0000-0000-00000000000A\" CompatibleProtocolVersion=\"1.20\" "
                   "CreationDate=\"2025-03-11T17:00:01.123-08:00\">"
                   "<upd:SupportUrl>https://support.example/kb</upd:SupportUrl>"
                   "<upd:SecurityBulletinID>MS42-007</upd:SecurityBulletinID>"
                   "<upd:KBArticleID> 5000001 </upd:KBArticleID><upd:KBArticleID>KB5000002</upd:KBArticleID>"
                   "<upd:KBArticleID>none</upd:KBArticleID></upd:Properties>" CLOSE);
    assert_int_equal(f->doc.kind, WCK_DOCUMENT_UPDATE);
    assert_int_equal(f->doc.update.type, WCK_UPDATE_SOFTWARE);
    assert_int_equal(f->doc.update.state, WCK_STATE_PUBLISHED);
    assert_int_equal(f->doc.update.deployable, 1);
    assert_string_equal(f->doc.update.severity, "Critical");
    assert_string_equal(f->doc.update.compatible_protocol_version, "1.20");
    assert_guid(f->doc.update.eula, "99999999-0000-0000-0000-00000000000a");
    assert_string_equal(wck_time_format(time, f->doc.update.created), "2025-03-12T01:00:01.123Z");
    assert_int_equal(f->doc.update.kb.n, 2);
    assert_string_equal(f->doc.update.kb.items[0], "5000001");
    assert_string_equal(f->doc.update.kb.items[1], "5000002");
    assert_int_equal(f->doc.update.bulletins.n, 1);
    assert_string_equal(f->doc.update.bulletins.items[0], "MS42-007");
}

static void what_the_document_does_not_say_is_null(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN "<upd:Properties/>" CLOSE);
    assert_int_equal(f->doc.update.type, WCK_UPDATE_UNKNOWN);
    assert_int_equal(f->doc.update.state, WCK_STATE_UNKNOWN);
    assert_null(f->doc.update.title);
    assert_null(f->doc.update.severity);
    assert_null(f->doc.update.compatible_protocol_version);
    assert_true(wck_guid_is_zero(f->doc.update.eula));
    assert_true(f->doc.update.created == WCK_TIME_NONE && f->doc.update.arrived == WCK_TIME_NONE);
    assert_true(f->doc.update.needed_by == WCK_INT_NONE);
    assert_int_equal(f->doc.update.kb.n + f->doc.update.bulletins.n + f->doc.update.n_files, 0);
}

static void an_update_without_the_attribute_cannot_be_deployed_itself(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN SOFTWARE CLOSE);
    assert_int_equal(f->doc.update.deployable, 0);
}

static void drivers_and_expired_updates_are_told_apart(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN "<upd:Properties UpdateType=\"Driver\" PublicationState=\"Expired\"/>" CLOSE);
    assert_int_equal(f->doc.update.type, WCK_UPDATE_DRIVER);
    assert_int_equal(f->doc.update.state, WCK_STATE_EXPIRED);
}

static void files_have_digest_name_and_size(void **state)
{
    static const unsigned char digest[20] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,
                                             10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
    fixture *f = *state;

    assert_decodes(f, OPEN SOFTWARE
                   "<upd:Files><upd:File Digest=\"AAECAwQFBgcICQoLDA0ODxAREhM=\" DigestAlgorithm=\"SHA1\" "
                   "FileName=\"a&amp;b &lt;x64&gt;.cab\" Size=\"479510336\"><upd:AdditionalDigest "
                   "Algorithm=\"SHA256\">AAAA</upd:AdditionalDigest></upd:File>"
                   "<upd:File Digest=\"AAECAwQFBgcICQoLDA0ODxAREhM=\"/></upd:Files>" CLOSE);
    assert_int_equal(f->doc.update.n_files, 2);
    assert_memory_equal(f->doc.update.files[0].digest, digest, sizeof digest);
    assert_string_equal(f->doc.update.files[0].name, "a&b <x64>.cab");
    assert_int_equal(f->doc.update.files[0].size, 479510336);
    assert_null(f->doc.update.files[1].name);
    assert_true(f->doc.update.files[1].size == WCK_INT_NONE);
}

static void prerequisites_are_all_of_lists_of_any(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN SOFTWARE PREREQUISITES(ONE(A) CATEGORIES(ONE(B)) ANY(ONE(C) ONE(D))) CLOSE);
    assert_int_equal(f->doc.update.n_prerequisites, 2);
    assert_int_equal(f->doc.update.prerequisites[0].n, 1);
    assert_guid(f->doc.update.prerequisites[0].items[0], A);
    assert_int_equal(f->doc.update.prerequisites[1].n, 2);
    assert_guid(f->doc.update.prerequisites[1].items[1], D);
    assert_int_equal(f->doc.categories.n, 1);
    assert_guid(f->doc.categories.items[0], B);
    assert_int_equal(f->doc.plain_any.n, 2);
}

static void bundles_name_members_with_their_revision(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN SOFTWARE RELATIONS(
                          "<upd:SupersededUpdates>" ONE(A)
                              ONE(B) "</upd:SupersededUpdates>"
                                     "<upd:BundledUpdates>" EXACT(C, "7")
                                         ANY(EXACT(D, "8") EXACT(A, "9")) "</upd:BundledUpdates>") CLOSE);
    assert_int_equal(f->doc.update.supersedes.n, 2);
    assert_guid(f->doc.update.supersedes.items[1], B);
    assert_int_equal(f->doc.update.bundles.n, 3);
    assert_guid(f->doc.update.bundles.items[0].id, C);
    assert_int_equal(f->doc.update.bundles.items[0].revision, 7);
    assert_int_equal(f->doc.update.bundles.items[2].revision, 9);
}

static void guids_may_be_upper_case_and_prefixes_anything(void **state)
{
    fixture *f = *state;
    wck_identity expected = {guid("abcdef01-2222-3333-4444-555555555555"), 7};
    static const char text[] = "<Update xmlns=\"" NS "\"><x:UpdateIdentity xmlns:x=\"" NS
                               "\" UpdateID=\"ABCDEF01-2222-3333-4444-555555555555\" RevisionNumber=\"7\"/>"
                               "<q:Properties xmlns:q=\"" NS "\" UpdateType=\"Software\">"
                               "<KBArticleID>5000001</KBArticleID></q:Properties></Update>";

    assert_int_equal(wck_decode_update(&f->doc, f->snapshot, text, strlen(text), expected, &f->err), WCK_OK);
    assert_int_equal(f->doc.update.kb.n, 1);
}

static void names_of_another_namespace_are_not_read(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN "<upd:Properties UpdateType=\"Software\" xmlns:e=\"urn:other\" "
                           "e:MsrcSeverity=\"Low\"><e:KBArticleID>1</e:KBArticleID></upd:Properties>" CLOSE);
    assert_int_equal(f->doc.update.kb.n, 0);
    assert_null(f->doc.update.severity);
    assert_fails(WCK_E_INPUT, decode(f, "<upd:Update xmlns:upd=\"urn:other\">" IDENTITY CLOSE));
    assert_contains(f->err.text, "root");
}

/* ---- titles ---- */

static void the_title_is_english_where_there_is_one(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN "<upd:Properties DefaultPropertiesLanguage=\"de\"/>" COLLECTION(
                          TEXTS("de", "Deutsch") TEXTS("EN", " English ") TEXTS("fr", "Fran\xc3\xa7"
                                                                                      "ais")) CLOSE);
    assert_string_equal(f->doc.update.title, "English");
}

static void without_english_the_default_language_and_then_the_first(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN "<upd:Properties DefaultPropertiesLanguage=\"fr\"/>" COLLECTION(
                          TEXTS("de", "Deutsch") TEXTS("fr", "Francais")) CLOSE);
    assert_string_equal(f->doc.update.title, "Francais");
    assert_decodes(f, OPEN "<upd:Properties DefaultPropertiesLanguage=\"ja\"/>" COLLECTION(
                          TEXTS("de", "Deutsch") TEXTS("fr", "Francais")) CLOSE);
    assert_string_equal(f->doc.update.title, "Deutsch");
}

static void a_uup_document_has_the_title_of_no_language(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN SOFTWARE COLLECTION(TEXTS("NeutralLanguage", "UUP")) CLOSE);
    assert_string_equal(f->doc.update.title, "UUP");
}

static void a_title_above_the_cap_is_refused(void **state)
{
    fixture *f = *state;
    wck_buf text;

    wck_buf_init(&text, 1 << 20);
    wck_buf_puts(&text,
                 OPEN SOFTWARE "<upd:LocalizedPropertiesCollection><upd:LocalizedProperties><upd:Title>");
    for (unsigned i = 0; i <= WCK_MAX_TITLE; i++)
        wck_buf_putc(&text, 'x');
    wck_buf_puts(&text, "</upd:Title></upd:LocalizedProperties></upd:LocalizedPropertiesCollection>" CLOSE);
    assert_fails(WCK_E_LIMIT, decode_n(f, text.data, text.len));
    wck_buf_clear(&text);
}

/* ---- languages: docs/adr/0002-update-languages.md ---- */

static void languages_are_those_of_the_properties_not_of_the_titles(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN "<upd:Properties UpdateType=\"Software\"><upd:Language>JA</upd:Language>"
                           "<upd:Language>pt-br</upd:Language></upd:Properties>" COLLECTION(
                               TEXTS("en", "x") TEXTS("de", "y")) CLOSE);
    assert_true(f->doc.update.languages_known);
    assert_int_equal(f->doc.update.languages.n, 2);
    assert_string_equal(f->doc.update.languages.items[0], "ja");
    assert_string_equal(f->doc.update.languages.items[1], "pt-br");
}

static void without_a_language_an_update_is_neutral(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN SOFTWARE COLLECTION(TEXTS("en", "x") TEXTS("de", "y")) CLOSE);
    assert_true(f->doc.update.languages_known);
    assert_int_equal(f->doc.update.languages.n, 0);
}

static void all_and_neutral_language_mean_neutral(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN "<upd:Properties><upd:Language>en</upd:Language><upd:Language>all</upd:Language>"
                           "</upd:Properties>" CLOSE);
    assert_true(f->doc.update.languages_known && f->doc.update.languages.n == 0);
    assert_decodes(f, OPEN SOFTWARE COLLECTION(TEXTS("NeutralLanguage", "UUP"))
                          RELATIONS("<upd:BundledUpdates>" EXACT(C, "7") "</upd:BundledUpdates>") CLOSE);
    assert_true(f->doc.update.languages_known && f->doc.update.languages.n == 0);
}

static void a_bundle_without_language_is_not_known_by_itself(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN SOFTWARE COLLECTION(TEXTS("en", "x"))
                          RELATIONS("<upd:BundledUpdates>" EXACT(C, "7") "</upd:BundledUpdates>") CLOSE);
    assert_false(f->doc.update.languages_known);
}

/* ---- category documents ---- */

#define CATEGORY(type)                                                                                       \
    "<upd:Properties UpdateType=\"Category\"/>" COLLECTION(TEXTS(                                            \
        "en", "Widgets")) "<upd:HandlerSpecificData "                                                        \
                          "xmlns:k=\"http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category\">"   \
                          "<k:CategoryInformation" type " DisplayOrder=\"2\"/></upd:HandlerSpecificData>"

static void categories_have_kind_title_and_parent(void **state)
{
    static const struct {
        const char *text;
        wck_category_kind kind;
    } kinds[] = {{OPEN CATEGORY(" CategoryType=\"Company\"") CLOSE, WCK_CATEGORY_COMPANY},
                 {OPEN CATEGORY(" CategoryType=\"ProductFamily\"") CLOSE, WCK_CATEGORY_PRODUCT_FAMILY},
                 {OPEN CATEGORY(" CategoryType=\"Product\"") CLOSE, WCK_CATEGORY_PRODUCT},
                 {OPEN CATEGORY(" CategoryType=\"UpdateClassification\"") CLOSE, WCK_CATEGORY_CLASSIFICATION},
                 {OPEN CATEGORY(" CategoryType=\"Something\"") CLOSE, WCK_CATEGORY_UNKNOWN},
                 {OPEN CATEGORY("") CLOSE, WCK_CATEGORY_UNKNOWN}};
    fixture *f = *state;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_decodes(f, kinds[i].text);
        assert_int_equal(f->doc.kind, WCK_DOCUMENT_CATEGORY);
        assert_int_equal(f->doc.category.kind, kinds[i].kind);
        assert_string_equal(f->doc.category.title, "Widgets");
        assert_true(wck_guid_is_zero(f->doc.category.parent));
    }
    assert_decodes(f,
                   OPEN CATEGORY(" CategoryType=\"Product\"") PREREQUISITES(CATEGORIES(ONE(B)) ONE(A)) CLOSE);
    assert_guid(f->doc.category.parent, B);
    assert_int_equal(f->doc.category.revision, 200);
}

static void a_detectoid_is_a_category_document_of_its_own_kind(void **state)
{
    fixture *f = *state;

    assert_decodes(f, OPEN "<upd:Properties UpdateType=\"Detectoid\"/>" PREREQUISITES(ONE(A)) CLOSE);
    assert_int_equal(f->doc.kind, WCK_DOCUMENT_CATEGORY);
    assert_int_equal(f->doc.category.kind, WCK_CATEGORY_DETECTOID);
    assert_true(wck_guid_is_zero(f->doc.category.parent));
}

/* ---- encodings ---- */

static void to_utf16(wck_buf *out, const char *text, bool big, bool bom)
{
    const char *end = text + strlen(text);
    const char *order[2] = {"\xff\xfe", "\xfe\xff"};

    wck_buf_reset(out);
    if (bom)
        wck_buf_put(out, order[big], 2);
    while (text < end) {
        unsigned long c = (unsigned long)wck_utf8_next(&text, end);
        unsigned units[2] = {(unsigned)c, 0}, n = 1;
        if (c > 0xffff) {
            units[0] = (unsigned)(0xd800 + ((c - 0x10000) >> 10));
            units[1] = (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff));
            n = 2;
        }
        for (unsigned i = 0; i < n; i++) {
            wck_buf_putc(out, (char)(unsigned char)(big ? units[i] >> 8 : units[i]));
            wck_buf_putc(out, (char)(unsigned char)(big ? units[i] : units[i] >> 8));
        }
    }
}

static void every_encoding_gives_the_same_title(void **state)
{
    static const char *const heads[] = {"", "<?xml version=\"1.0\" encoding=\"utf-16\"?>",
                                        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"};
    static const char body[] =
        OPEN SOFTWARE COLLECTION(TEXTS("en", "\xe6\x9b\xb4\xe6\x96\xb0 \xf0\x9f\x92\xbe")) CLOSE;
    static const char wanted[] = "\xe6\x9b\xb4\xe6\x96\xb0 \xf0\x9f\x92\xbe";
    fixture *f = *state;
    wck_buf text, utf16;

    wck_buf_init(&text, 65536);
    wck_buf_init(&utf16, 65536);
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
        for (int kind = 0; kind < 4; kind++) {
            wck_buf_reset(&text);
            wck_buf_printf(&text, "%s%s", heads[h], body);
            to_utf16(&utf16, text.data, kind & 1, kind & 2);
            assert_int_equal(decode_n(f, utf16.data, utf16.len), WCK_OK);
            assert_string_equal(f->doc.update.title, wanted);
        }
        assert_decodes(f, text.data);
        assert_string_equal(f->doc.update.title, wanted);
        wck_buf_reset(&text);
        wck_buf_printf(&text, "\xef\xbb\xbf%s%s", heads[h], body);
        assert_decodes(f, text.data);
        assert_string_equal(f->doc.update.title, wanted);
    }
    wck_buf_clear(&text);
    wck_buf_clear(&utf16);
}

static void utf16_with_half_a_pair_and_guessed_encodings_are_refused(void **state)
{
    static const char half[] = "<\0\x00\xd8/\0>";
    static const char ebcdic[] = "\x4c\x6f\xa7\x94\x93\x40\xa5\x85\x99\xa2\x89\x96\x95";
    static const char utf32[] = "<\0\0\0u\0\0\0";
    fixture *f = *state;

    assert_fails(WCK_E_INPUT, decode_n(f, half, sizeof half));
    assert_contains(f->err.text, "not UTF-16");
    assert_fails(WCK_E_INPUT, decode_n(f, ebcdic, sizeof ebcdic - 1));
    assert_fails(WCK_E_INPUT, decode_n(f, utf32, sizeof utf32 - 1));
}

static void utf16_with_an_odd_byte_is_refused(void **state)
{
    fixture *f = *state;
    wck_buf utf16;

    wck_buf_init(&utf16, 65536);
    to_utf16(&utf16, OPEN SOFTWARE CLOSE, false, false);
    assert_fails(WCK_E_INPUT, decode_n(f, utf16.data, utf16.len - 1));
    assert_contains(f->err.text, "odd");
    wck_buf_clear(&utf16);
}

/* ---- harm ---- */

static void another_identity_inside_is_refused(void **state)
{
    fixture *f = *state;

    assert_fails(WCK_E_INPUT, decode(f, "<upd:Update xmlns:upd=\"" NS "\">" EXACT(A, "200") SOFTWARE CLOSE));
    assert_contains(f->err.text, "says it is " A " revision 200");
    assert_fails(WCK_E_INPUT, decode(f, "<upd:Update xmlns:upd=\"" NS "\">" EXACT(ID, "201") SOFTWARE CLOSE));
    assert_fails(WCK_E_INPUT, decode(f, "<upd:Update xmlns:upd=\"" NS "\">" SOFTWARE CLOSE));
}

static void a_doctype_is_refused_whatever_it_holds(void **state)
{
    static const char *const types[] = {
        "<!DOCTYPE upd:Update>",
        "<!DOCTYPE upd:Update SYSTEM \"http://127.0.0.1:1/x.dtd\">",
        "<!DOCTYPE upd:Update [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE upd:Update [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c "
        "\"&b;&b;&b;&b;\">]>",
    };
    fixture *f = *state;
    char text[1024];

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        snprintf(text, sizeof text, "%s%s", types[i], OPEN SOFTWARE CLOSE);
        assert_fails(WCK_E_INPUT, decode(f, text));
        assert_contains(f->err.text, "document type");
    }
}

static void what_is_not_well_formed_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "x",
        "<upd:Update/>",
        OPEN,
        OPEN SOFTWARE CLOSE "x",
        OPEN SOFTWARE "&e;" CLOSE,
        OPEN "<upd:Properties UpdateType=\"Software\" UpdateType=\"Driver\"/>" CLOSE,
        OPEN SOFTWARE "<upd:Description>\x01</upd:Description>" CLOSE,
        OPEN SOFTWARE "<upd:Description>\xff</upd:Description>" CLOSE,
        OPEN SOFTWARE "<upd:Description>&#1;</upd:Description>" CLOSE,
        OPEN SOFTWARE "</upd:Other>",
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (decode(f, texts[i]) != WCK_E_INPUT)
            fail_msg("\"%s\" was accepted", texts[i]);
}

static void a_malformed_fact_refuses_the_document(void **state)
{
    static const char *const texts[] = {
        OPEN "<upd:Properties CreationDate=\"yesterday\"/>" CLOSE,
        OPEN "<upd:Properties EulaID=\"{}\"/>" CLOSE,
        OPEN SOFTWARE PREREQUISITES(ONE("no-guid")) CLOSE,
        OPEN SOFTWARE PREREQUISITES(ANY("<upd:UpdateIdentity/>")) CLOSE,
        OPEN SOFTWARE RELATIONS("<upd:BundledUpdates>" ONE(A) "</upd:BundledUpdates>") CLOSE,
        OPEN SOFTWARE RELATIONS("<upd:BundledUpdates>" EXACT(A, "-1") "</upd:BundledUpdates>") CLOSE,
        OPEN SOFTWARE "<upd:Files><upd:File/></upd:Files>" CLOSE,
        OPEN SOFTWARE "<upd:Files><upd:File Digest=\"AAAA\"/></upd:Files>" CLOSE,
        OPEN SOFTWARE "<upd:Files><upd:File Digest=\"AAECAwQFBgcICQoLDA0ODxAREhM=\" DigestAlgorithm=\"MD5\"/>"
                      "</upd:Files>" CLOSE,
        OPEN SOFTWARE
        "<upd:Files><upd:File Digest=\"AAECAwQFBgcICQoLDA0ODxAREhM=\" Size=\"-1\"/></upd:Files>" CLOSE,
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (decode(f, texts[i]) != WCK_E_INPUT)
            fail_msg("\"%s\" was accepted", texts[i]);
        assert_contains(f->err.text, "malformed");
    }
}

static wck_status decode_nested(fixture *f, unsigned depth)
{
    wck_status status;
    wck_buf text;

    wck_buf_init(&text, 1 << 20);
    wck_buf_puts(&text, OPEN SOFTWARE);
    for (unsigned i = 1; i < depth; i++)
        wck_buf_puts(&text, "<upd:x>");
    for (unsigned i = 1; i < depth; i++)
        wck_buf_puts(&text, "</upd:x>");
    wck_buf_puts(&text, CLOSE);
    status = decode_n(f, text.data, text.len);
    wck_buf_clear(&text);
    return status;
}

static void nesting_is_capped(void **state)
{
    fixture *f = *state;

    assert_int_equal(decode_nested(f, WCK_MAX_XML_DEPTH), WCK_OK);
    assert_int_equal(decode_nested(f, WCK_MAX_XML_DEPTH + 1), WCK_E_LIMIT);
    assert_int_not_equal(decode_nested(f, 20000), WCK_OK);
}

static void a_long_document_is_read(void **state)
{
    fixture *f = *state;
    wck_buf text;

    wck_buf_init(&text, 4 << 20);
    wck_buf_puts(&text, OPEN SOFTWARE COLLECTION(TEXTS("en", "long")) "<upd:ApplicabilityRules>");
    for (int i = 0; text.len < 850000; i++)
        wck_buf_printf(&text, "<upd:Rule Number=\"%d\">\n</upd:Rule>", i);
    wck_buf_puts(&text, "</upd:ApplicabilityRules>" CLOSE);
    assert_int_equal(decode_n(f, text.data, text.len), WCK_OK);
    assert_string_equal(f->doc.update.title, "long");
    wck_buf_clear(&text);
}

static void errors_show_no_control_characters(void **state)
{
    fixture *f = *state;

    assert_fails(WCK_E_INPUT, decode(f, OPEN "<upd:Properties EulaID=\"&#9;\xe2\x80\xae&#10;\"/>" CLOSE));
    assert_null(strstr(f->err.text, "\xe2\x80\xae"));
    assert_null(strchr(f->err.text, '\n'));
}

/* ---- the second pass ---- */

static void add_category(fixture *f, const char *id, wck_category_kind kind)
{
    wck_category *c = wck_snapshot_add_category(f->snapshot);

    assert_non_null(c);
    c->id = guid(id);
    c->revision = 1;
    c->kind = kind;
}

static void add(fixture *f, const char *id, const char *inside)
{
    wck_identity expected = {guid(id), 1};
    wck_error err = {0};
    wck_buf text;

    wck_buf_init(&text, 65536);
    wck_buf_printf(&text,
                   "<upd:Update xmlns:upd=\"" NS
                   "\"><upd:UpdateIdentity UpdateID=\"%s\" RevisionNumber=\"1\"/>%s"
                   "</upd:Update>",
                   id, inside);
    assert_ok(wck_decode_update(&f->doc, f->snapshot, text.data, text.len, expected, &err));
    assert_ok(wck_link_add(f->link, f->snapshot, &f->doc, &err));
    wck_buf_clear(&text);
}

static const wck_update *linked(fixture *f, const char *id)
{
    for (size_t i = 0; i < f->snapshot->updates.n; i++)
        if (wck_guid_eq(f->snapshot->updates.items[i].id, guid(id)))
            return &f->snapshot->updates.items[i];
    fail_msg("%s is not in the snapshot", id);
    return NULL;
}

static void finish(fixture *f)
{
    wck_error err = {0};

    assert_ok(wck_link_finish(f->link, f->snapshot, &err));
    assert_ok(wck_snapshot_freeze(f->snapshot, &err));
}

#define P1 "e0000000-0000-0000-0000-000000000001"
#define P2 "e0000000-0000-0000-0000-000000000002"
#define CL "f0000000-0000-0000-0000-000000000001"
#define CL2 "f0000000-0000-0000-0000-000000000002"
#define DET "d0000000-0000-0000-0000-000000000001"
#define SECURITY "0fa1201d-4330-4fa8-8ae9-b877473b6441"
#define BUNDLE(member) RELATIONS("<upd:BundledUpdates>" member "</upd:BundledUpdates>")

static void category_ids_are_split_by_the_kinds_of_the_categories(void **state)
{
    fixture *f = *state;

    add_category(f, P1, WCK_CATEGORY_PRODUCT);
    add_category(f, P2, WCK_CATEGORY_PRODUCT_FAMILY);
    add_category(f, CL, WCK_CATEGORY_CLASSIFICATION);
    add_category(f, DET, WCK_CATEGORY_DETECTOID);
    add(f, A, SOFTWARE PREREQUISITES(CATEGORIES(ONE(CL)) CATEGORIES(ONE(P2) ONE(P1)) CATEGORIES(ONE(DET))));
    finish(f);
    assert_guid(linked(f, A)->classification, CL);
    assert_int_equal(linked(f, A)->products.n, 2);
    assert_guid(linked(f, A)->products.items[0], P1);
    assert_guid(linked(f, A)->products.items[1], P2);
}

static void a_type_that_one_revision_names_counts(void **state)
{
    fixture *f = *state;

    add_category(f, CL, WCK_CATEGORY_CLASSIFICATION);
    add_category(f, CL, WCK_CATEGORY_UNKNOWN);
    add(f, A, SOFTWARE PREREQUISITES(CATEGORIES(ONE(CL))));
    finish(f);
    assert_guid(linked(f, A)->classification, CL);
}

static void a_classification_is_never_guessed(void **state)
{
    fixture *f = *state;

    add_category(f, CL, WCK_CATEGORY_CLASSIFICATION);
    add_category(f, CL2, WCK_CATEGORY_CLASSIFICATION);
    add(f, A, SOFTWARE PREREQUISITES(CATEGORIES(ONE(CL)) CATEGORIES(ONE(CL2))));
    add(f, B, SOFTWARE PREREQUISITES(CATEGORIES(ONE(P1)) CATEGORIES(ONE(SECURITY))));
    finish(f);
    assert_true(wck_guid_is_zero(linked(f, A)->classification));
    assert_true(wck_guid_is_zero(linked(f, B)->classification));
    assert_int_equal(linked(f, B)->products.n,
                     1); /* not listed, so a product; a published classification is none */
    assert_guid(linked(f, B)->products.items[0], P1);
}

static void a_member_repeats_its_categories_in_plain_lists(void **state)
{
    fixture *f = *state;

    add_category(f, P1, WCK_CATEGORY_PRODUCT);
    add_category(f, CL, WCK_CATEGORY_CLASSIFICATION);
    add(f, A, SOFTWARE PREREQUISITES(ONE(DET) ANY(ONE(CL)) ANY(ONE(P1)) ANY(ONE(C) ONE(D))));
    finish(f);
    assert_guid(linked(f, A)->classification, CL);
    assert_int_equal(linked(f, A)->products.n, 1);
    assert_int_equal(linked(f, A)->n_prerequisites, 2); /* what only repeats the categories is said once */
}

static void a_member_that_names_none_has_those_of_its_bundle(void **state)
{
    fixture *f = *state;

    add_category(f, P1, WCK_CATEGORY_PRODUCT);
    add_category(f, CL, WCK_CATEGORY_CLASSIFICATION);
    add(f, C, SOFTWARE);
    add(f, B, SOFTWARE BUNDLE(EXACT(C, "1")));
    add(f, A,
        SOFTWARE RELATIONS("<upd:Prerequisites>" CATEGORIES(ONE(CL)) CATEGORIES(
            ONE(P1)) "</upd:Prerequisites>"
                     "<upd:BundledUpdates>" ANY(EXACT(B, "1")) "</upd:BundledUpdates>"));
    finish(f);
    assert_guid(linked(f, B)->classification, CL);
    assert_guid(linked(f, C)->classification, CL);
    assert_guid(linked(f, C)->products.items[0], P1);
}

static void a_member_of_two_bundles_that_disagree_has_no_classification(void **state)
{
    fixture *f = *state;

    add_category(f, P1, WCK_CATEGORY_PRODUCT);
    add_category(f, P2, WCK_CATEGORY_PRODUCT);
    add_category(f, CL, WCK_CATEGORY_CLASSIFICATION);
    add_category(f, CL2, WCK_CATEGORY_CLASSIFICATION);
    add(f, A,
        SOFTWARE RELATIONS("<upd:Prerequisites>" CATEGORIES(ONE(CL)) CATEGORIES(
            ONE(P1)) "</upd:Prerequisites>"
                     "<upd:BundledUpdates>" EXACT(C, "1") "</upd:BundledUpdates>"));
    add(f, B,
        SOFTWARE RELATIONS("<upd:Prerequisites>" CATEGORIES(ONE(CL2)) CATEGORIES(
            ONE(P2)) "</upd:Prerequisites>"
                     "<upd:BundledUpdates>" EXACT(C, "1") "</upd:BundledUpdates>"));
    add(f, C, SOFTWARE);
    finish(f);
    assert_true(wck_guid_is_zero(linked(f, C)->classification));
    assert_int_equal(linked(f, C)->products.n, 2);
}

static void a_bundle_of_another_revision_hands_nothing_down(void **state)
{
    fixture *f = *state;

    add_category(f, P1, WCK_CATEGORY_PRODUCT);
    add(f, A,
        SOFTWARE RELATIONS("<upd:Prerequisites>" CATEGORIES(ONE(P1)) "</upd:Prerequisites>"
                                                                     "<upd:BundledUpdates>" EXACT(
                                                                         C, "2") "</upd:BundledUpdates>"));
    add(f, C, SOFTWARE);
    finish(f);
    assert_int_equal(linked(f, C)->products.n, 0);
}

#define IN(language)                                                                                         \
    "<upd:Properties UpdateType=\"Software\"><upd:Language>" language "</upd:Language></upd:Properties>"

static void a_bundle_has_the_languages_of_its_members(void **state)
{
    fixture *f = *state;

    add(f, A, SOFTWARE BUNDLE(EXACT(B, "1") EXACT(C, "1")));
    add(f, B, SOFTWARE BUNDLE(EXACT(D, "1")));
    add(f, C, IN("de"));
    add(f, D, IN("ja"));
    finish(f);
    assert_true(linked(f, A)->languages_known);
    assert_int_equal(linked(f, A)->languages.n, 2);
    assert_string_equal(linked(f, A)->languages.items[0], "de");
    assert_string_equal(linked(f, A)->languages.items[1], "ja");
    assert_int_equal(linked(f, B)->languages.n, 1);
}

static void a_bundle_with_a_neutral_member_is_neutral(void **state)
{
    fixture *f = *state;

    add(f, A, SOFTWARE BUNDLE(EXACT(B, "1") EXACT(C, "1")));
    add(f, B, IN("de"));
    add(f, C, SOFTWARE);
    finish(f);
    assert_true(linked(f, A)->languages_known && linked(f, A)->languages.n == 0);
}

static void a_bundle_with_a_missing_member_stays_not_known(void **state)
{
    fixture *f = *state;

    add(f, A, SOFTWARE BUNDLE(EXACT(B, "1") EXACT(C, "1")));
    add(f, B, IN("de"));
    finish(f);
    assert_false(linked(f, A)->languages_known);
}

static void bundles_in_a_circle_come_to_an_end(void **state)
{
    fixture *f = *state;

    add(f, A, SOFTWARE BUNDLE(EXACT(B, "1")));
    add(f, B, SOFTWARE BUNDLE(EXACT(A, "1")));
    finish(f);
    assert_false(linked(f, A)->languages_known);
    assert_int_equal(linked(f, A)->products.n, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(every_fact_of_properties_is_read),
        T(what_the_document_does_not_say_is_null),
        T(an_update_without_the_attribute_cannot_be_deployed_itself),
        T(drivers_and_expired_updates_are_told_apart),
        T(files_have_digest_name_and_size),
        T(prerequisites_are_all_of_lists_of_any),
        T(bundles_name_members_with_their_revision),
        T(guids_may_be_upper_case_and_prefixes_anything),
        T(names_of_another_namespace_are_not_read),
        T(the_title_is_english_where_there_is_one),
        T(without_english_the_default_language_and_then_the_first),
        T(a_uup_document_has_the_title_of_no_language),
        T(a_title_above_the_cap_is_refused),
        T(languages_are_those_of_the_properties_not_of_the_titles),
        T(without_a_language_an_update_is_neutral),
        T(all_and_neutral_language_mean_neutral),
        T(a_bundle_without_language_is_not_known_by_itself),
        T(categories_have_kind_title_and_parent),
        T(a_detectoid_is_a_category_document_of_its_own_kind),
        T(every_encoding_gives_the_same_title),
        T(utf16_with_half_a_pair_and_guessed_encodings_are_refused),
        T(utf16_with_an_odd_byte_is_refused),
        T(another_identity_inside_is_refused),
        T(a_doctype_is_refused_whatever_it_holds),
        T(what_is_not_well_formed_is_refused),
        T(a_malformed_fact_refuses_the_document),
        T(nesting_is_capped),
        T(a_long_document_is_read),
        T(errors_show_no_control_characters),
        T(category_ids_are_split_by_the_kinds_of_the_categories),
        T(a_type_that_one_revision_names_counts),
        T(a_classification_is_never_guessed),
        T(a_member_repeats_its_categories_in_plain_lists),
        T(a_member_that_names_none_has_those_of_its_bundle),
        T(a_member_of_two_bundles_that_disagree_has_no_classification),
        T(a_bundle_of_another_revision_hands_nothing_down),
        T(a_bundle_has_the_languages_of_its_members),
        T(a_bundle_with_a_neutral_member_is_neutral),
        T(a_bundle_with_a_missing_member_stays_not_known),
        T(bundles_in_a_circle_come_to_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
