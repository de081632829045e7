/* SPDX-License-Identifier: MIT
 * admin_categories.c: ExecuteSPGetCategories for products and classifications, ExecuteSPGetSubcategories for parents.
 *
 * The service lists no detectoids and tells no revision of a category; 0 stands for it, as in what
 * Export-WsusSnapshot.ps1 writes. So the section proves presence only, unless every server is read this way. */
#include "collect/admin.h"

#include <string.h>
#include <strings.h>

enum { ARRIVED = 10 };
enum { MAX_PARENTS = 2000 }; /* calls for children: a real server has some hundred companies and families */

typedef struct reading {
    wck_admin *admin;
    bool classifications;
    size_t first;    /* categories before this pass */
    wck_map by_id;   /* id → 1 + index, for parents */
    wck_guid parent; /* of the call for children */
} reading;

static void build(wck_buf *out, void *payload)
{
    const reading *r = payload;

    /* Nothing arrived before WSUS existed; the server's clock may be wrong, so the end is far. */
    wck_buf_printf(out, "<preferredCulture>en</preferredCulture><retrieveUpdateClassifications>%s"
                        "</retrieveUpdateClassifications><fromSyncDate>2000-01-01T00:00:00Z</fromSyncDate>"
                        "<toSyncDate>2100-01-01T00:00:00Z</toSyncDate>", r->classifications ? "true" : "false");
}

static void begin(void *payload)
{
    reading *r = payload;

    r->admin->snapshot->categories.n = r->first;
}

static wck_category_kind kind_of(const reading *r, const char *type)
{
    static const struct {
        const char *type;
        wck_category_kind kind;
    } kinds[] = {{"Company", WCK_CATEGORY_COMPANY},
                 {"ProductFamily", WCK_CATEGORY_PRODUCT_FAMILY},
                 {"Product", WCK_CATEGORY_PRODUCT},
                 {"UpdateClassification", WCK_CATEGORY_CLASSIFICATION}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (type != NULL && strcasecmp(type, kinds[i].type) == 0)
            return kinds[i].kind;
    return type == NULL && r->classifications ? WCK_CATEGORY_CLASSIFICATION : WCK_CATEGORY_UNKNOWN;
}

static wck_status on_category(wck_rows *rows, int set, void *payload, wck_error *err)
{
    static const wck_column id_column = {1, "id", WCK_SECTION_CATEGORIES, true, false},
                            type_column = {2, "type", WCK_SECTION_CATEGORIES, false, false},
                            title_column = {7, "title", WCK_SECTION_CATEGORIES, false, false};
    reading *r = payload;
    wck_snapshot *s = r->admin->snapshot;
    const char *type = NULL, *title = NULL;
    wck_category *row;
    wck_guid id;

    (void)set;
    if (!wck_rows_guid(rows, &id_column, &id))
        return WCK_OK;
    row = wck_snapshot_add_category(s);
    if (row == NULL)
        return wck_fail_memory(err, "reading categories");
    wck_rows_text(rows, &type_column, &type);
    row->id = id;
    row->revision = 0;
    row->kind = kind_of(r, type);
    /* Title, description and notes are texts in a row: the date behind them shows that none is missing in front. */
    if (!wck_rows_fits_time(rows, ARRIVED))
        wck_admin_note(r->admin, WCK_SECTION_CATEGORIES, "ExecuteSPGetCategories: column %d is no arrival date, so column 7 "
                                                         "may be no title", ARRIVED);
    else if (wck_rows_text(rows, &title_column, &title)) {
        row->title = wck_snapshot_text_n(s, title, strnlen(title, WCK_MAX_TITLE));
        if (row->title == NULL)
            return wck_fail_memory(err, "reading categories");
    }
    return WCK_OK;
}

static wck_status read_list(reading *r, wck_error *err)
{
    wck_rows rows = {
        .action = WCK_SOAP_ADMIN_CATEGORIES, .build = build, .begin = begin, .row = on_category, .payload = r};

    wck_status status;

    r->first = r->admin->snapshot->categories.n;
    status = wck_rows_call(r->admin, &rows, err);
    if (status == WCK_OK && r->admin->snapshot->categories.n == r->first) /* every server has some of both */
        wck_admin_note(r->admin, WCK_SECTION_CATEGORIES, "ExecuteSPGetCategories lists no %s",
                       r->classifications ? "classification" : "product");
    return status;
}

/* ---- parents ---- */

static void build_children(wck_buf *out, void *payload)
{
    const reading *r = payload;
    char text[WCK_GUID_TEXT];

    wck_buf_printf(out, "<preferredCulture>en</preferredCulture><categoryId>%s</categoryId>", wck_guid_format(text, r->parent));
}

/* A category has one parent; the first that names it stays. */
static wck_status on_child(wck_rows *rows, int set, void *payload, wck_error *err)
{
    static const wck_column id_column = {1, "id", WCK_SECTION_CATEGORIES, true, false};
    reading *r = payload;
    const wck_map_entry *e;
    wck_category *row;
    wck_guid id;

    (void)set;
    (void)err;
    if (!wck_rows_guid(rows, &id_column, &id))
        return WCK_OK;
    e = wck_map_find(&r->by_id, &id, sizeof id);
    if (e == NULL)
        return WCK_OK;
    row = &r->admin->snapshot->categories.items[(uintptr_t)e->value - 1];
    if (wck_guid_is_zero(row->parent) && !wck_guid_eq(row->id, r->parent))
        row->parent = r->parent;
    return WCK_OK;
}

static wck_status index_rows(reading *r, wck_error *err)
{
    const wck_snapshot *s = r->admin->snapshot;

    for (size_t i = 0; i < s->categories.n; i++) {
        wck_map_entry *e = wck_map_put(&r->by_id, &s->categories.items[i].id, sizeof(wck_guid), NULL);
        if (e == NULL)
            return wck_fail_memory(err, "reading categories");
        e->value = (void *)(uintptr_t)(i + 1);
    }
    return WCK_OK;
}

static wck_status read_parents(reading *r, wck_error *err)
{
    const wck_snapshot *s = r->admin->snapshot;
    wck_status status = index_rows(r, err);
    size_t calls = 0;

    for (size_t i = 0; i < s->categories.n && status == WCK_OK; i++) {
        wck_rows rows = {.action = WCK_SOAP_ADMIN_SUBCATEGORIES, .build = build_children, .row = on_child, .payload = r};
        wck_category_kind kind = s->categories.items[i].kind;
        if (kind != WCK_CATEGORY_COMPANY && kind != WCK_CATEGORY_PRODUCT_FAMILY)
            continue;
        if (++calls > MAX_PARENTS) {
            wck_admin_note(r->admin, WCK_SECTION_CATEGORIES, "parents are known of the first %d families only", MAX_PARENTS);
            break;
        }
        r->parent = s->categories.items[i].id;
        status = wck_rows_call(r->admin, &rows, err);
    }
    if (status != WCK_OK && !wck_admin_is_over(status)) { /* one that fails: so would the others, each with its retries */
        wck_admin_note(r->admin, WCK_SECTION_CATEGORIES, "parents are not known: %s", err != NULL ? err->text : "");
        status = WCK_OK;
    }
    return status;
}

wck_status wck_admin_categories(wck_admin *admin, wck_error *err)
{
    reading r = {.admin = admin};
    wck_status status;

    wck_admin_progress(admin, "categories");
    status = read_list(&r, err);
    r.classifications = true;
    if (status == WCK_OK)
        status = read_list(&r, err);
    if (status == WCK_OK)
        status = read_parents(&r, err);
    wck_map_clear(&r.by_id);
    if (wck_admin_is_over(status))
        return status;
    if (status != WCK_OK) {
        admin->snapshot->categories.n = 0;
        wck_admin_lost(admin, WCK_SECTION_CATEGORIES, err);
        return WCK_OK;
    }
    if (!admin->options->same_method)
        wck_admin_note(admin, WCK_SECTION_CATEGORIES, "MS-WSUSAR lists no detectoids and tells no revision of a category");
    if (admin->snapshot->categories.n == 0)
        wck_snapshot_set_coverage(admin->snapshot, WCK_SECTION_CATEGORIES, WCK_COVERAGE_UNKNOWN,
                                  admin->reason[WCK_SECTION_CATEGORIES]);
    else
        wck_admin_have(admin, WCK_SECTION_CATEGORIES);
    return WCK_OK;
}
