/* SPDX-License-Identifier: MIT
 * document.c: snapshot rows → update documents of the structure that protocol.md 7 records, so that a
 * collector reads the same facts back. What the snapshot does not say is left out of the document. */
#include "sim.h"

#include "base/quote.h"

#include <ctype.h>
#include <string.h>

#define NS_UPDATE "http://schemas.microsoft.com/msus/2002/12/Update"
#define NS_HANDLERS "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers"

uint64_t sim_spread(wck_guid id, const char *what)
{
    return wck_hash64(&id, sizeof id) ^ wck_hash64(what, strlen(what));
}

const char *sim_guid_wire(char out[WCK_GUID_TEXT], wck_guid id)
{
    wck_guid_format(out, id);
    if (sim_spread(id, "case") % 7 == 0)
        for (char *c = out; *c != '\0'; c++)
            *c = (char)toupper((unsigned char)*c);
    return out;
}

static void put_identity(wck_buf *out, wck_guid id, int64_t revision)
{
    char text[WCK_GUID_TEXT];

    wck_buf_printf(out, "<upd:UpdateIdentity UpdateID=\"%s\"", sim_guid_wire(text, id));
    if (revision != WCK_INT_NONE)
        wck_buf_printf(out, " RevisionNumber=\"%lld\"", (long long)revision);
    wck_buf_puts(out, "/>");
}

static void put_attribute(wck_buf *out, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    wck_buf_printf(out, " %s=\"", name);
    wck_quote_xml(out, value);
    wck_buf_putc(out, '"');
}

static void put_element(wck_buf *out, const char *name, const char *value)
{
    wck_buf_printf(out, "<upd:%s>", name);
    wck_quote_xml(out, value);
    wck_buf_printf(out, "</upd:%s>", name);
}

/* A third of the documents is long enough to be sent compressed whatever else is in them. */
static void put_description(wck_buf *out, wck_guid id)
{
    static const char words[] = "Install this update to resolve issues that were found after the last one. "
                                "After you install this item, you may have to restart your computer. ";
    uint64_t spread = sim_spread(id, "padding");
    size_t repeat = spread % 3 == 0 ? 20 + (size_t)(spread / 3 % 40) : 1;

    wck_buf_puts(out, "<upd:Description>");
    for (size_t i = 0; i < repeat; i++)
        wck_buf_puts(out, words);
    wck_buf_puts(out, "</upd:Description>");
}

/* A translation carries the title too: a reader must prefer DefaultPropertiesLanguage, not the first one. */
static void put_localized(wck_buf *out, wck_guid id, const char *title)
{
    static const char *const others[] = {"de", "pt-br", "zh-tw"};
    size_t n = (size_t)(sim_spread(id, "translations") % 4);

    wck_buf_puts(out, "<upd:LocalizedPropertiesCollection>");
    for (size_t i = 0; i <= n && title != NULL; i++) {
        bool english = i == n;
        wck_buf_puts(out, "<upd:LocalizedProperties>");
        put_element(out, "Language", english ? "en" : others[i]);
        wck_buf_puts(out, "<upd:Title>");
        if (!english)
            wck_buf_printf(out, "[%s] ", others[i]);
        wck_quote_xml(out, title);
        wck_buf_puts(out, "</upd:Title>");
        if (english)
            put_description(out, id);
        wck_buf_puts(out, "</upd:LocalizedProperties>");
    }
    wck_buf_puts(out, "</upd:LocalizedPropertiesCollection>");
}

static void put_any(wck_buf *out, const wck_guid *ids, size_t n, bool category)
{
    if (n == 0)
        return;
    wck_buf_puts(out, category ? "<upd:AtLeastOne IsCategory=\"true\">" : "<upd:AtLeastOne>");
    for (size_t i = 0; i < n; i++)
        put_identity(out, ids[i], WCK_INT_NONE);
    wck_buf_puts(out, "</upd:AtLeastOne>");
}

static bool holds(const wck_guids *set, wck_guid id)
{
    for (size_t i = 0; i < set->n; i++)
        if (wck_guid_eq(set->items[i], id))
            return true;
    return false;
}

/* A document made from a live read may repeat the categories among the prerequisites: said once, as
 * categories. */
static bool is_category_list(const wck_update *u, const wck_guids *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (!wck_guid_eq(list->items[i], u->classification) && !holds(&u->products, list->items[i]))
            return false;
    return list->n > 0;
}

/* Members with files repeat the categories in a plain AtLeastOne (protocol.md 7, "classification, products").
 */
static void put_prerequisites(wck_buf *out, const wck_update *u, bool member)
{
    bool plain = member && u->deployable == 0 && u->n_files > 0;

    wck_buf_puts(out, "<upd:Prerequisites>");
    for (size_t i = 0; i < u->n_prerequisites; i++) {
        const wck_guids *list = &u->prerequisites[i];
        if (is_category_list(u, list))
            continue;
        if (list->n == 1)
            put_identity(out, list->items[0], WCK_INT_NONE);
        else
            put_any(out, list->items, list->n, false);
    }
    if (!wck_guid_is_zero(u->classification))
        put_any(out, &u->classification, 1, !plain);
    put_any(out, u->products.items, u->products.n, !plain);
    wck_buf_puts(out, "</upd:Prerequisites>");
}

static void put_relationships(wck_buf *out, const wck_update *u, bool member)
{
    wck_buf_puts(out, "<upd:Relationships>");
    put_prerequisites(out, u, member);
    if (u->supersedes.n > 0) {
        wck_buf_puts(out, "<upd:SupersededUpdates>");
        for (size_t i = 0; i < u->supersedes.n; i++)
            put_identity(out, u->supersedes.items[i], WCK_INT_NONE);
        wck_buf_puts(out, "</upd:SupersededUpdates>");
    }
    if (u->bundles.n > 0) {
        wck_buf_puts(out, "<upd:BundledUpdates>");
        put_identity(out, u->bundles.items[0].id, u->bundles.items[0].revision);
        if (u->bundles.n > 1) /* the rest as alternatives, as in real bundles */
            wck_buf_puts(out, "<upd:AtLeastOne>");
        for (size_t i = 1; i < u->bundles.n; i++)
            put_identity(out, u->bundles.items[i].id, u->bundles.items[i].revision);
        wck_buf_puts(out,
                     u->bundles.n > 1 ? "</upd:AtLeastOne></upd:BundledUpdates>" : "</upd:BundledUpdates>");
    }
    wck_buf_puts(out, "</upd:Relationships>");
}

static void put_files(wck_buf *out, const wck_update *u)
{
    char base64[64];
    wck_digest sha256;

    if (u->n_files == 0)
        return;
    wck_buf_puts(out, "<upd:Files>");
    for (size_t i = 0; i < u->n_files; i++) {
        const wck_file_ref *file = &u->files[i];
        wck_base64_encode(base64, file->digest, sizeof file->digest);
        wck_buf_printf(out, "<upd:File Digest=\"%s\" DigestAlgorithm=\"SHA1\"", base64);
        put_attribute(out, "FileName", file->name);
        if (file->size != WCK_INT_NONE)
            wck_buf_printf(out, " Size=\"%lld\"", (long long)file->size);
        wck_buf_puts(out, " Modified=\"2025-03-01T06:59:55Z\" PatchingType=\"SelfContained\">");
        if (!wck_digest_of(&sha256, file->digest, sizeof file->digest))
            sim_die("libcrypto failed");
        wck_base64_encode(base64, sha256.bytes, sizeof sha256.bytes);
        wck_buf_printf(out, "<upd:AdditionalDigest Algorithm=\"SHA256\">%s</upd:AdditionalDigest></upd:File>",
                       base64);
    }
    wck_buf_puts(out, "</upd:Files>");
}

static void put_properties(wck_buf *out, const wck_update *u)
{
    char text[WCK_GUID_TEXT], time[WCK_TIME_TEXT];

    wck_buf_printf(out, "<upd:Properties UpdateType=\"%s\" DefaultPropertiesLanguage=\"en\"",
                   u->type == WCK_UPDATE_DRIVER ? "Driver" : "Software");
    if (u->deployable != WCK_BOOL_NONE)
        put_attribute(out, "ExplicitlyDeployable", u->deployable ? "true" : "false");
    wck_buf_puts(out, " AutoSelectOnWebSites=\"true\" MaxDownloadSize=\"0\" MinDownloadSize=\"0\"");
    put_attribute(out, "MsrcSeverity", u->severity);
    if (!wck_guid_is_zero(u->eula))
        put_attribute(out, "EulaID", wck_guid_format(text, u->eula));
    if (u->state != WCK_STATE_UNKNOWN)
        put_attribute(out, "PublicationState", u->state == WCK_STATE_EXPIRED ? "Expired" : "Published");
    put_attribute(out, "CreationDate", wck_time_format(time, u->created));
    put_attribute(out, "CompatibleProtocolVersion", u->compatible_protocol_version);
    wck_buf_puts(out, " PublisherID=\"395392a0-19c0-48b7-a927-f7c15066d905\">");
    for (size_t i = 0; u->languages_known && i < u->languages.n; i++)
        put_element(out, "Language", u->languages.items[i]);
    wck_buf_puts(out, "<upd:SupportUrl>https://support.example/kb</upd:SupportUrl>");
    for (size_t i = 0; i < u->bulletins.n; i++)
        put_element(out, "SecurityBulletinID", u->bulletins.items[i]);
    for (size_t i = 0; i < u->kb.n; i++)
        put_element(out, "KBArticleID", u->kb.items[i]);
    wck_buf_puts(out, "</upd:Properties>");
}

static void put_driver_rules(wck_buf *out, const wck_update *u)
{
    if (u->type == WCK_UPDATE_DRIVER)
        wck_buf_puts(
            out, "<upd:ApplicabilityRules><upd:Metadata><drv:WindowsDriverMetaData xmlns:drv=\"" NS_HANDLERS
                 "/WindowsDriver\" HardwareID=\"pci\\ven_0000&amp;dev_0001\" DriverVerDate=\"2025-03-01\" "
                 "DriverVerVersion=\"1.2.3.4\" Class=\"Video\" Manufacturer=\"Example\" Provider=\"Example\" "
                 "Model=\"Example Adapter\" WhqlDriverID=\"1\"/></upd:Metadata></upd:ApplicabilityRules>");
    else
        wck_buf_puts(
            out, "<upd:ApplicabilityRules><upd:IsInstalled><lar:False xmlns:lar=\""
                 "http://schemas.microsoft.com/msus/2002/12/LogicalApplicabilityRules\"/></upd:IsInstalled>"
                 "</upd:ApplicabilityRules>");
}

bool sim_document_update(wck_buf *out, const wck_update *u, bool member)
{
    wck_buf_puts(out, "<upd:Update xmlns:upd=\"" NS_UPDATE "\">");
    put_identity(out, u->id, u->revision);
    put_properties(out, u);
    put_localized(out, u->id, u->title);
    put_relationships(out, u, member);
    put_driver_rules(out, u);
    put_files(out, u);
    if (u->type != WCK_UPDATE_DRIVER)
        wck_buf_puts(
            out,
            "<upd:HandlerSpecificData xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
            "xmlns:cmd=\"" NS_HANDLERS "/CommandLineInstallation\" xsi:type=\"cmd:CommandLineInstallation\">"
            "<cmd:InstallCommand Arguments=\"/quiet\" Program=\"setup.exe\"/></upd:HandlerSpecificData>");
    return wck_buf_puts(out, "</upd:Update>");
}

/* NULL: the 295 real categories without a CategoryType (protocol.md 10, item 3), and detectoids. */
static const char *category_type(wck_category_kind kind)
{
    switch (kind) {
    case WCK_CATEGORY_COMPANY:
        return "Company";
    case WCK_CATEGORY_PRODUCT_FAMILY:
        return "ProductFamily";
    case WCK_CATEGORY_PRODUCT:
        return "Product";
    case WCK_CATEGORY_CLASSIFICATION:
        return "UpdateClassification";
    case WCK_CATEGORY_DETECTOID:
    case WCK_CATEGORY_UNKNOWN:
        break;
    }
    return NULL;
}

static void put_category_handler(wck_buf *out, const wck_category *c)
{
    wck_buf_puts(out,
                 "<upd:HandlerSpecificData xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                 "xmlns:cat=\"" NS_HANDLERS "/Category\" xsi:type=\"cat:Category\"><cat:CategoryInformation");
    put_attribute(out, "CategoryType", category_type(c->kind));
    wck_buf_puts(out, " ProhibitsSubcategories=\"false\" ProhibitsUpdates=\"false\" DisplayOrder=\"2\"/>"
                      "</upd:HandlerSpecificData>");
}

bool sim_document_category(wck_buf *out, const wck_category *c, int64_t revision)
{
    bool detectoid = c->kind == WCK_CATEGORY_DETECTOID;

    wck_buf_puts(out, "<upd:Update xmlns:upd=\"" NS_UPDATE "\">");
    put_identity(out, c->id, revision);
    wck_buf_printf(
        out,
        "<upd:Properties UpdateType=\"%s\" DefaultPropertiesLanguage=\"en\" ExplicitlyDeployable=\"false\" "
        "PublicationState=\"Published\" CreationDate=\"2024-01-09T18:00:00Z\" "
        "PublisherID=\"395392a0-19c0-48b7-a927-f7c15066d905\"/>",
        detectoid ? "Detectoid" : "Category");
    put_localized(out, c->id, c->title);
    wck_buf_puts(out, "<upd:Relationships><upd:Prerequisites>");
    if (!wck_guid_is_zero(c->parent))
        put_any(out, &c->parent, 1, true);
    wck_buf_puts(out, "</upd:Prerequisites></upd:Relationships>");
    if (!detectoid)
        put_category_handler(out, c);
    return wck_buf_puts(out, "</upd:Update>");
}
