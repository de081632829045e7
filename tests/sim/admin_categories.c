/* SPDX-License-Identifier: MIT
 * admin_categories.c: products and classifications, and target groups. */
#include "admin.h"

#include <string.h>

const char *sim_category_type(wck_category_kind kind)
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

long long sim_local_category(const sim_state *state, const wck_category *category)
{
    return 1 + (category - state->snapshot->categories.items);
}

const wck_category *sim_find_category(const sim_state *state, wck_guid id)
{
    const wck_map_entry *e = wck_map_find(&state->categories, &id, sizeof id);

    return e == NULL ? NULL : e->value;
}

/* UpdateCategoryProperties / UpdateClassificationProperties (2.2.4.12.1.1), and the update source that a
 * public client reads behind them. */
static void put_cells(sim_rows *rows, const sim_state *state, const wck_category *c)
{
    bool classification = c->kind == WCK_CATEGORY_CLASSIFICATION;

    sim_cell_int(rows, sim_local_category(state, c));
    sim_cell_guid(rows, c->id);
    sim_cell_text(rows, sim_category_type(c->kind));
    sim_cell_bool(rows, classification || c->kind == WCK_CATEGORY_PRODUCT);
    sim_cell_bool(rows, c->kind == WCK_CATEGORY_COMPANY || c->kind == WCK_CATEGORY_PRODUCT_FAMILY);
    sim_cell_int(rows, sim_local_category(state, c) + 100);
    if (classification)
        sim_cell_nil(rows);
    else
        sim_cell_int(rows, 2);
    sim_cell_text(rows, c->title);
    sim_cell_text(rows, "A category of updates.");
    sim_cell_nil(rows);
    sim_cell_time(rows, state->category_changed[c - state->snapshot->categories.items]);
    sim_cell_int(rows, 1);
}

static bool is_wanted(const wck_category *c, bool classifications)
{
    return sim_category_type(c->kind) != NULL && (c->kind == WCK_CATEGORY_CLASSIFICATION) == classifications;
}

bool sim_admin_categories(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    bool classifications = sim_child_bool(request, request->op, "retrieveUpdateClassifications");
    sim_rows rows = sim_rows_of(request, result, NULL);
    wck_time from, to;

    if (sim_admin_lacks(request, reply, WCK_SECTION_CATEGORIES))
        return false;
    if (!sim_child_time(request, request->op, "fromSyncDate", &from) ||
        !sim_child_time(request, request->op, "toSyncDate", &to))
        return sim_admin_fault(reply, request, "System.FormatException",
                               "The string is not a valid AllXsd value.");
    for (size_t i = 0; i < state->snapshot->categories.n; i++) {
        wck_time at = state->category_changed[i];
        if (!is_wanted(&state->snapshot->categories.items[i], classifications) ||
            (from != WCK_TIME_NONE && at < from) || (to != WCK_TIME_NONE && at > to))
            continue;
        sim_row_begin(&rows);
        put_cells(&rows, state, &state->snapshot->categories.items[i]);
        sim_row_end(&rows);
    }
    return true;
}

bool sim_admin_category(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    bool classification = sim_child_bool(request, request->op, "retrieveUpdateClassification");
    sim_rows rows = sim_rows_of(request, result, NULL);
    const wck_category *c = NULL;
    wck_guid id;

    if (sim_admin_lacks(request, reply, WCK_SECTION_CATEGORIES))
        return false;
    if (sim_child_guid(request, request->op, "id", &id))
        c = sim_find_category(state, id);
    if (c == NULL || !is_wanted(c, classification))
        return sim_admin_not_found(reply, request);
    sim_row_bare_begin(&rows);
    put_cells(&rows, state, c);
    sim_row_bare_end(&rows);
    return true;
}

bool sim_admin_subcategories(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    sim_rows rows = sim_rows_of(request, result, NULL);
    wck_guid id;

    if (sim_admin_lacks(request, reply, WCK_SECTION_CATEGORIES))
        return false;
    if (!sim_child_guid(request, request->op, "categoryId", &id) || sim_find_category(state, id) == NULL)
        return sim_admin_not_found(reply, request);
    for (size_t i = 0; i < state->snapshot->categories.n; i++) {
        const wck_category *c = &state->snapshot->categories.items[i];
        if (sim_category_type(c->kind) == NULL || !wck_guid_eq(c->parent, id))
            continue;
        sim_row_begin(&rows);
        put_cells(&rows, state, c);
        sim_row_end(&rows);
    }
    return true;
}

/* Selected ids that the server no longer holds have no row, as a join gives none. */
bool sim_admin_selected(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    const wck_config *c = &state->snapshot->config;
    bool classifications = sim_child_bool(request, request->op, "retrieveUpdateClassifications");
    const wck_guids *ids = classifications ? &c->selected_classifications : &c->selected_products;
    sim_rows rows = sim_rows_of(request, result, NULL);

    if (sim_admin_lacks(request, reply, WCK_SECTION_CONFIG))
        return false;
    if (classifications ? !c->classifications_known : !c->products_known)
        return sim_admin_fault(reply, request, "System.Data.SqlClient.SqlException", "Timeout expired.");
    for (size_t i = 0; i < ids->n; i++) {
        const wck_category *category = sim_find_category(state, ids->items[i]);
        if (category == NULL)
            continue;
        sim_row_begin(&rows);
        put_cells(&rows, state, category);
        sim_row_end(&rows);
    }
    return true;
}

/* ---- groups ---- */

static const wck_guid downstream_servers = {0xd374f42a9be24163ULL, 0xa0fa3c86a401b7a7ULL};

static void put_group(sim_rows *rows, const char *type, const char *name, wck_guid id, wck_guid parent)
{
    sim_cell_text(rows, type);
    sim_cell_text(rows, name);
    sim_cell_guid(rows, id);
    sim_cell_int(rows, 100);
    sim_cell_int(rows, 100);
    if (wck_guid_is_zero(parent))
        sim_cell_nil(rows);
    else
        sim_cell_guid(rows, parent);
}

static void put_groups(sim_rows *rows, const wck_snapshot *s, const wck_guid *parent)
{
    for (size_t i = 0; i < s->groups.n; i++) {
        const wck_group *g = &s->groups.items[i];
        if (wck_guid_eq(g->id, downstream_servers) || (parent != NULL && !wck_guid_eq(g->parent, *parent)))
            continue;
        sim_row_begin(rows);
        put_group(rows, "Computers", g->name, g->id, g->parent);
        sim_row_end(rows);
    }
}

/* "Downstream Servers" is a group of another type, which holds servers and never approvals of computers. */
bool sim_admin_groups(sim_request *request, sim_reply *reply, wck_buf *result)
{
    sim_rows rows = sim_rows_of(request, result, NULL);

    if (sim_admin_lacks(request, reply, WCK_SECTION_GROUPS))
        return false;
    put_groups(&rows, request->server->state->snapshot, NULL);
    sim_row_begin(&rows);
    put_group(&rows, "Downstream Servers", "Downstream Servers", downstream_servers, (wck_guid){0, 0});
    sim_row_end(&rows);
    return true;
}

bool sim_admin_child_groups(sim_request *request, sim_reply *reply, wck_buf *result)
{
    sim_rows rows = sim_rows_of(request, result, NULL);
    wck_guid id;

    if (sim_admin_lacks(request, reply, WCK_SECTION_GROUPS))
        return false;
    if (!sim_child_guid(request, request->op, "id", &id))
        return sim_admin_not_found(reply, request);
    put_groups(&rows, request->server->state->snapshot, &id);
    return true;
}

bool sim_admin_group(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const wck_snapshot *s = request->server->state->snapshot;
    sim_rows rows = sim_rows_of(request, result, NULL);
    wck_guid id = {0, 0};

    if (sim_admin_lacks(request, reply, WCK_SECTION_GROUPS))
        return false;
    sim_child_guid(request, request->op, "id", &id);
    for (size_t i = 0; i < s->groups.n; i++)
        if (wck_guid_eq(s->groups.items[i].id, id)) {
            sim_row_bare_begin(&rows);
            put_group(&rows, "Computers", s->groups.items[i].name, id, s->groups.items[i].parent);
            sim_row_bare_end(&rows);
            return true;
        }
    return sim_admin_not_found(reply, request);
}
