/* SPDX-License-Identifier: MIT
 * admin_updates.c: ExecuteSPSearchUpdates: updates, which of them are declined, whose license agreement is accepted.
 *
 * The service lists what an administrator sees: no members of bundles, no detectoids, so a list proves presence only,
 * unless every server is read this way.
 *
 * Two layouts are known: the published one (2.2.4.12.1.7), and that of 10.0.26100, which has one more number in front of
 * IsLeaf, so that every column behind stands one place further right. The type of the fourth cell tells them apart;
 * indices below are those of the latter. */
#include "collect/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MINIMAL = 1, CATEGORY_TITLES, KB_ARTICLES, BULLETINS };
enum { TITLE = 29 };

enum { SIDE_CLASSIFICATION, SIDE_PRODUCT, SIDE_FAMILY, SIDE_KB, SIDE_BULLETIN };

typedef struct side_row { /* of a set beside the updates, by local revision id */
    int64_t local_id;
    int kind;
    const char *text; /* snapshot's */
} side_row;

typedef struct local_row { /* local revision id of an update */
    int64_t local_id;
    size_t update;
} local_row;

typedef struct reading {
    wck_admin *admin;
    const char *scope;
    WCK_VEC(side_row) sides;
    WCK_VEC(local_row) locals;
    wck_titles *titles;
    size_t unresolved;
} reading;

static void build(wck_buf *out, void *payload)
{
    const reading *r = payload;

    wck_buf_printf(out, "<updateScopeXml>&lt;UpdateScope ApprovedStates=\"%s\" /&gt;</updateScopeXml>"
                        "<preferredCulture>en</preferredCulture><publicationState>2147483647</publicationState>", r->scope);
}

static void begin(void *payload)
{
    reading *r = payload;
    wck_snapshot *s = r->admin->snapshot;

    s->updates.n = s->declined.n = 0;
    r->sides.n = r->locals.n = 0;
}

static wck_status no_memory(wck_error *err)
{
    return wck_fail_memory(err, "reading updates");
}

/* ---- the updates ---- */

static const wck_column id_column = {0, "update id", WCK_SECTION_UPDATES, true, false},
                        revision_column = {1, "revision", WCK_SECTION_UPDATES, true, false},
                        local_column = {2, "local revision id", WCK_SECTION_UPDATES, true, false},
                        type_column = {15, "type", WCK_SECTION_UPDATES, false, true},
                        state_column = {16, "publication state", WCK_SECTION_UPDATES, true, false},
                        created_column = {17, "creation date", WCK_SECTION_UPDATES, false, false},
                        eula_column = {20, "license agreement", WCK_SECTION_EULAS, false, false},
                        declined_column = {22, "declined", WCK_SECTION_DECLINED, true, false},
                        arrived_column = {25, "arrival date", WCK_SECTION_UPDATES, false, false},
                        severity_column = {28, "MSRC severity", WCK_SECTION_UPDATES, false, false},
                        title_column = {TITLE, "title", WCK_SECTION_UPDATES, false, false},
                        quiet_title_column = {TITLE, "title", WCK_SECTION_UPDATES, false, true},
                        legacy_name_column = {27, "legacy name", WCK_SECTION_UPDATES, false, true};

static wck_status keep(reading *r, const char **place, const char *text, size_t max, wck_error *err)
{
    *place = wck_snapshot_text_n(r->admin->snapshot, text, strnlen(text, max));
    return *place != NULL ? WCK_OK : no_memory(err);
}

static wck_status take_texts(reading *r, wck_rows *rows, wck_update *u, wck_error *err)
{
    const char *text;
    wck_status status = WCK_OK;

    if (wck_rows_text(rows, &type_column, &text))
        u->type = strncasecmp(text, "Software", 8) == 0 ? WCK_UPDATE_SOFTWARE
                  : strncasecmp(text, "Driver", 6) == 0 ? WCK_UPDATE_DRIVER
                                                        : WCK_UPDATE_UNKNOWN;
    if (wck_rows_text(rows, &severity_column, &text) && strcasecmp(text, "Unspecified") != 0)
        status = keep(r, &u->severity, text, WCK_MAX_NAME, err);
    if (status != WCK_OK)
        return status;
    if (wck_rows_text(rows, &quiet_title_column, &text) || wck_rows_text(rows, &legacy_name_column, &text))
        return keep(r, &u->title, text, WCK_MAX_TITLE, err);
    wck_rows_text(rows, &title_column, &text); /* says what is wrong with it */
    return WCK_OK;
}

/* It is one of four flags in a row, so its type cannot show that a build moved them; the dates on both sides can. */
static wck_status take_declined(reading *r, wck_rows *rows, const wck_update *u, wck_error *err)
{
    wck_declined *row;
    int8_t declined = 0;

    if (!wck_rows_fits_time(rows, created_column.index) || !wck_rows_fits_time(rows, arrived_column.index)) {
        wck_admin_note(r->admin, WCK_SECTION_DECLINED, "ExecuteSPSearchUpdates: the dates beside column 22 (declined) are not "
                                                       "there, so it may be another one");
        return WCK_OK;
    }
    if (!wck_rows_bool(rows, &declined_column, &declined) || declined == 0)
        return WCK_OK;
    row = wck_snapshot_add_declined(r->admin->snapshot);
    if (row == NULL)
        return no_memory(err);
    row->id = u->id;
    row->revision = u->revision;
    return WCK_OK;
}

static const wck_cell *cell(const wck_rows *rows, size_t index)
{
    return index < rows->n_cells ? &rows->cells[index] : NULL;
}

/* IsLeaf, a boolean, in the fourth cell. */
static bool is_published(const wck_rows *rows)
{
    const wck_cell *leaf = cell(rows, WCK_ROWS_SHIFT);
    int8_t value;

    if (leaf == NULL || (leaf->kind != WCK_CELL_BOOL && leaf->kind != WCK_CELL_ANY))
        return false;
    return leaf->kind == WCK_CELL_BOOL ||
           (leaf->len > 1 && wck_value_bool(&value, rows->text.data + leaf->at, leaf->len));
}

/* The published layout has no titles: with two texts there it is the other one, and one of its numbers is missing. */
bool wck_admin_update_row(wck_rows *rows)
{
    const wck_cell *title = cell(rows, TITLE - 1), *description = cell(rows, TITLE);

    rows->shifted = is_published(rows);
    return !rows->shifted || title == NULL || title->kind != WCK_CELL_TEXT || description == NULL ||
           (description->kind != WCK_CELL_TEXT && description->kind != WCK_CELL_NIL);
}

static wck_status on_update(reading *r, wck_rows *rows, wck_error *err)
{
    wck_snapshot *s = r->admin->snapshot;
    wck_update *u;
    wck_guid id;
    int64_t revision, state = -1;
    local_row *local;
    wck_status status;

    if (!wck_admin_update_row(rows)) {
        wck_admin_note(r->admin, WCK_SECTION_UPDATES, "ExecuteSPSearchUpdates: a column in front of column %d is missing",
                       WCK_ROWS_SHIFT);
        return WCK_OK;
    }
    if (!wck_rows_guid(rows, &id_column, &id) || !wck_rows_int(rows, &revision_column, &revision) || revision < 0)
        return WCK_OK;
    u = wck_snapshot_add_update(s);
    local = wck_vec_push(&r->locals);
    if (u == NULL || local == NULL)
        return no_memory(err);
    u->id = id;
    u->revision = revision;
    local->update = s->updates.n - 1;
    local->local_id = WCK_INT_NONE;
    wck_rows_int(rows, &local_column, &local->local_id);
    if (wck_rows_int(rows, &state_column, &state))
        u->state = state == 0 ? WCK_STATE_PUBLISHED : state == 1 ? WCK_STATE_EXPIRED : WCK_STATE_UNKNOWN;
    wck_rows_time(rows, &created_column, &u->created);
    wck_rows_time(rows, &arrived_column, &u->arrived);
    status = take_texts(r, rows, u, err);
    wck_rows_guid(rows, &eula_column, &u->eula);
    if (status == WCK_OK)
        status = take_declined(r, rows, u, err);
    rows->shifted = false;
    return status;
}

/* ---- what stands beside them ---- */

static const wck_column side_id = {0, "local revision id", WCK_SECTION_UPDATES, true, false},
                        side_text = {1, "text", WCK_SECTION_UPDATES, true, false},
                        side_type = {1, "type of category", WCK_SECTION_UPDATES, true, false},
                        side_title = {2, "title of category", WCK_SECTION_UPDATES, true, false};

static wck_status add_side(reading *r, int64_t local_id, int kind, const char *text, wck_error *err)
{
    side_row *row = wck_vec_push(&r->sides);

    if (row == NULL)
        return no_memory(err);
    if (r->sides.n > 8U * WCK_MAX_ROWS)
        return wck_fail(err, WCK_E_LIMIT, "the reply tells too much of its updates");
    row->local_id = local_id;
    row->kind = kind;
    return keep(r, &row->text, text, WCK_MAX_TITLE, err);
}

static wck_status on_title(reading *r, wck_rows *rows, wck_error *err)
{
    const char *type, *title;
    int64_t local_id;
    int kind;

    if (!wck_rows_int(rows, &side_id, &local_id) || !wck_rows_text(rows, &side_type, &type))
        return WCK_OK;
    if (strcasecmp(type, "UpdateClassification") == 0)
        kind = SIDE_CLASSIFICATION;
    else
        kind = strcasecmp(type, "Product") == 0 ? SIDE_PRODUCT : SIDE_FAMILY;
    return wck_rows_text(rows, &side_title, &title) ? add_side(r, local_id, kind, title, err) : WCK_OK;
}

static wck_status on_text(reading *r, wck_rows *rows, int kind, wck_error *err)
{
    const char *text;
    int64_t local_id;

    if (!wck_rows_int(rows, &side_id, &local_id) || !wck_rows_text(rows, &side_text, &text))
        return WCK_OK;
    if (kind == SIDE_KB && strncasecmp(text, "KB", 2) == 0)
        text += 2;
    if (kind == SIDE_KB && (*text == '\0' || text[strspn(text, "0123456789")] != '\0'))
        return WCK_OK;
    return add_side(r, local_id, kind, text, err);
}

static wck_status on_row(wck_rows *rows, int set, void *payload, wck_error *err)
{
    reading *r = payload;

    switch (set) {
    case MINIMAL:
        return on_update(r, rows, err);
    case CATEGORY_TITLES:
        return on_title(r, rows, err);
    case KB_ARTICLES:
        return on_text(r, rows, SIDE_KB, err);
    case BULLETINS:
        return on_text(r, rows, SIDE_BULLETIN, err);
    default:
        return WCK_OK;
    }
}

/* ---- putting them together ---- */

static size_t count_kind(const side_row *sides, size_t n, int kind)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += sides[i].kind == kind;
    return count;
}

enum { MAX_FOUND = 16 };

/* All of them or none: a list that lacks one would look like another list. */
static wck_status give_products(reading *r, wck_update *u, const side_row *sides, size_t n, wck_error *err)
{
    int kind = count_kind(sides, n, SIDE_PRODUCT) > 0 ? SIDE_PRODUCT : SIDE_FAMILY;
    size_t wanted = count_kind(sides, n, kind);
    bool whole = true;

    if (wanted == 0)
        return WCK_OK;
    u->products.items = wck_arena_array(r->admin->snapshot->arena, wanted * MAX_FOUND, sizeof *u->products.items);
    if (u->products.items == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        size_t found;
        if (sides[i].kind != kind)
            continue;
        found = wck_titles_find(r->titles, false, sides[i].text, u->id, u->products.items + u->products.n);
        u->products.n += found;
        whole = whole && found > 0;
    }
    if (whole)
        return WCK_OK;
    u->products.n = 0;
    r->unresolved++;
    return WCK_OK;
}

static void give_classification(reading *r, wck_update *u, const side_row *sides, size_t n)
{
    wck_guid found[MAX_FOUND];

    if (count_kind(sides, n, SIDE_CLASSIFICATION) != 1)
        return;
    for (size_t i = 0; i < n; i++)
        if (sides[i].kind == SIDE_CLASSIFICATION) {
            if (wck_titles_find(r->titles, true, sides[i].text, u->id, found) == 1)
                u->classification = found[0];
            else
                r->unresolved++;
        }
}

static wck_status give_strings(reading *r, wck_strings *out, const side_row *sides, size_t n, int kind, wck_error *err)
{
    size_t wanted = count_kind(sides, n, kind);

    if (wanted == 0)
        return WCK_OK;
    out->items = wck_arena_array(r->admin->snapshot->arena, wanted, sizeof *out->items);
    if (out->items == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        if (sides[i].kind == kind)
            out->items[out->n++] = sides[i].text;
    return WCK_OK;
}

static int cmp_side(const void *pa, const void *pb)
{
    const side_row *a = pa, *b = pb;

    if (a->local_id != b->local_id)
        return a->local_id < b->local_id ? -1 : 1;
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcmp(a->text, b->text);
}

static int cmp_local(const void *pa, const void *pb)
{
    const local_row *a = pa, *b = pb;

    return (a->local_id > b->local_id) - (a->local_id < b->local_id);
}

static wck_status learn_titles(reading *r, wck_error *err)
{
    wck_status status = wck_titles_new(&r->titles, r->admin, err);

    for (size_t i = 0; i < r->sides.n && status == WCK_OK; i++)
        if (r->sides.items[i].kind <= SIDE_FAMILY)
            status = wck_titles_mention(r->titles, r->sides.items[i].kind == SIDE_CLASSIFICATION, r->sides.items[i].text, err);
    return status == WCK_OK ? wck_titles_settle(r->titles, err) : status;
}

static wck_status join(reading *r, wck_error *err)
{
    wck_status status = learn_titles(r, err);
    size_t at = 0;

    if (r->sides.n > 1)
        qsort(r->sides.items, r->sides.n, sizeof *r->sides.items, cmp_side);
    if (r->locals.n > 1)
        qsort(r->locals.items, r->locals.n, sizeof *r->locals.items, cmp_local);
    for (size_t i = 0; i < r->locals.n && status == WCK_OK; i++) {
        wck_update *u = &r->admin->snapshot->updates.items[r->locals.items[i].update];
        const side_row *sides;
        size_t n = 0;
        while (at < r->sides.n && r->sides.items[at].local_id < r->locals.items[i].local_id)
            at++;
        while (at + n < r->sides.n && r->sides.items[at + n].local_id == r->locals.items[i].local_id)
            n++;
        if (n == 0)
            continue;
        sides = &r->sides.items[at];
        give_classification(r, u, sides, n);
        status = give_products(r, u, sides, n, err);
        if (status == WCK_OK)
            status = give_strings(r, &u->kb, sides, n, SIDE_KB, err);
        if (status == WCK_OK)
            status = give_strings(r, &u->bulletins, sides, n, SIDE_BULLETIN, err);
    }
    return status;
}

/* ---- coverage ---- */

static const wck_section lists[] = {WCK_SECTION_UPDATES, WCK_SECTION_DECLINED, WCK_SECTION_EULAS};

/* A row without identity is an update that may be declined, or have its agreement accepted. */
static void cover(reading *r, size_t rows)
{
    wck_admin *admin = r->admin;
    size_t listed = admin->snapshot->updates.n;

    if (r->unresolved > 0)
        wck_admin_note(admin, WCK_SECTION_UPDATES, "the service tells titles of categories only, and those of %zu updates do "
                                                   "not name one category each", r->unresolved);
    for (size_t i = 0; i < 3; i++) {
        if (rows > listed)
            wck_admin_note(admin, lists[i], "%s", admin->reason[WCK_SECTION_UPDATES]);
        if (!admin->options->same_method)
            wck_admin_note(admin, lists[i], "MS-WSUSAR lists what an administrator sees: no members of bundles");
        if (rows > 0 && listed == 0)
            wck_snapshot_set_coverage(admin->snapshot, lists[i], WCK_COVERAGE_UNKNOWN, admin->reason[lists[i]]);
        else
            wck_admin_have(admin, lists[i]);
    }
}

static void forget(reading *r)
{
    wck_vec_clear(&r->sides);
    wck_vec_clear(&r->locals);
    wck_titles_free(r->titles);
}

wck_status wck_admin_updates(wck_admin *admin, wck_error *err)
{
    reading r = {.admin = admin, .scope = "-1"};
    wck_rows rows = {.action = WCK_SOAP_ADMIN_UPDATES,
                     .build = build,
                     .begin = begin,
                     .row = on_row,
                     .payload = &r,
                     .sets = {"minimalProperties", "localizedCategoryTitleRows", "kbArticles", "bulletins"}};
    wck_status status;

    wck_admin_progress(admin, "updates");
    status = wck_rows_call(admin, &rows, err);
    if (status == WCK_OK && !rows.has[MINIMAL])
        status = wck_fail(err, WCK_E_INPUT, "ExecuteSPSearchUpdates: the reply holds no minimalProperties");
    if (status == WCK_OK)
        status = join(&r, err);
    if (status == WCK_OK)
        status = wck_admin_eulas(admin, err);
    if (status == WCK_OK)
        cover(&r, rows.n_in[MINIMAL]);
    else if (!wck_admin_is_over(status))
        for (size_t i = 0; i < 3; i++)
            wck_admin_lost(admin, lists[i], err);
    forget(&r);
    return wck_admin_is_over(status) ? status : WCK_OK;
}
