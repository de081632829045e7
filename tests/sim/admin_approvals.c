/* SPDX-License-Identifier: MIT
 * admin_approvals.c: approvals (ApprovalInformation, MS-WSUSAR 2.2.4.12.1.2), the metadata of approved
 * updates (2.2.4.3.1.5 to 7) and accepted license agreements (3.1.4.3). */
#include "admin.h"

#include <stdlib.h>
#include <string.h>

#define NO_DEADLINE "9999-12-31T23:59:59.997" /* the last instant of a SQL Server datetime */

/* ISO 9075 as the published text has it: a string with a blank in the middle. */
static void put_time(sim_rows *rows, wck_time t, const char *none)
{
    char text[WCK_TIME_TEXT], *middle;

    snprintf(text, sizeof text, "%s", none);
    if (t != WCK_TIME_NONE)
        sim_time_plain(text, t);
    if (sim_shape(rows->request) == SIM_ROWS_PUBLISHED && (middle = strchr(text, 'T')) != NULL) {
        *middle = ' ';
        sim_cell_text(rows, text);
    } else
        sim_cell_time_text(rows, text);
}

static void put_id(sim_rows *rows, wck_guid id)
{
    if (sim_shape(rows->request) == SIM_ROWS_PUBLISHED)
        sim_cell_guid_text(rows, id);
    else
        sim_cell_guid(rows, id);
}

void sim_put_approval(sim_rows *rows, const sim_state *state, size_t index)
{
    const wck_approval *a = &state->snapshot->approvals.items[index];

    sim_row_begin(rows);
    put_time(rows, a->changed != WCK_TIME_NONE ? a->changed : state->approval_changed[index], NO_DEADLINE);
    sim_cell_int(rows, 1);
    sim_cell_int(rows, a->action);
    put_time(rows, a->go_live != WCK_TIME_NONE ? a->go_live : state->approval_changed[index], NO_DEADLINE);
    put_time(rows, a->deadline, NO_DEADLINE);
    sim_cell_text(rows, a->admin != NULL ? a->admin : "WUS Server");
    put_id(rows, state->deployments[index]);
    sim_cell_bool(rows, a->assigned != 0);
    put_id(rows, a->update);
    sim_cell_int(rows, a->revision);
    put_id(rows, a->group);
    sim_row_end(rows);
}

bool sim_admin_deployments(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    sim_rows rows = sim_rows_of(request, result, NULL);
    sim_scope scope;

    if (sim_admin_lacks(request, reply, WCK_SECTION_APPROVALS) || !sim_scope_read(&scope, request, reply))
        return false;
    for (size_t i = 0; i < state->snapshot->approvals.n; i++) {
        const wck_approval *a = &state->snapshot->approvals.items[i];
        const wck_update *u = sim_find_update(state, a->update, a->revision);
        if (u == NULL || sim_scope_holds(&scope, state, u))
            sim_put_approval(&rows, state, i);
    }
    return true;
}

/* 3.1.4.17: 2147483647 is every action. */
bool sim_admin_deployments_by_update(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    char *action = sim_child_text(request, request->op, "deploymentAction");
    long wanted = strtol(action, NULL, 10);
    sim_rows rows = sim_rows_of(request, result, NULL);
    wck_guid group = {0, 0};
    const wck_update *u;

    xmlFree(action);
    if (sim_admin_lacks(request, reply, WCK_SECTION_APPROVALS) ||
        !sim_revision_read(&u, request, reply, "id"))
        return false;
    bool one_group = sim_child_guid(request, request->op, "targetGroupId", &group);
    for (size_t i = 0; i < state->snapshot->approvals.n; i++) {
        const wck_approval *a = &state->snapshot->approvals.items[i];
        if (wck_guid_eq(a->update, u->id) && a->revision == u->revision &&
            (!one_group || wck_guid_eq(a->group, group)) && (wanted == 2147483647 || a->action == wanted))
            sim_put_approval(&rows, state, i);
    }
    return true;
}

/* ---- metadata of approved updates ---- */

static bool is_approved(const sim_state *state, const wck_update *u)
{
    size_t first, last;

    sim_approvals_of(state, u->id, &first, &last);
    for (size_t i = first; i < last; i++)
        if (state->snapshot->approvals.items[i].revision == u->revision)
            return true;
    return false;
}

/* The XML of up to the size that SUSDB stores plain, else its cabinet in base64; never both. */
static void put_metadata(sim_rows *rows, const sim_state *state, const wck_update *u)
{
    wck_buf xml, blob;
    bool member = wck_map_find(&state->members, &u->id, sizeof u->id) != NULL;

    wck_buf_init(&xml, SIM_MAX_REPLY);
    wck_buf_init(&blob, SIM_MAX_REPLY);
    sim_document_update(&xml, u, member);
    bool packed = sim_blob_text(&blob, wck_buf_text(&xml), xml.len);
    sim_row_begin(rows);
    sim_cell_guid(rows, u->id);
    sim_cell_int(rows, u->revision);
    sim_cell_int(rows, sim_local_update(state, u));
    sim_cell_text(rows, packed ? NULL : wck_buf_text(&xml));
    sim_cell_text(rows, packed ? wck_buf_text(&blob) : NULL);
    sim_cell_int(rows, sim_local_update(state, u) - 10000);
    sim_row_end(rows);
    wck_buf_clear(&xml);
    wck_buf_clear(&blob);
}

static void put_files(sim_rows *rows, const sim_state *state, const wck_update *u)
{
    for (size_t i = 0; i < u->n_files; i++) {
        sim_row_begin(rows);
        sim_cell_int(rows, sim_local_update(state, u));
        sim_cell_text(rows, u->files[i].name);
        sim_cell_time(rows, u->created);
        sim_cell_bool(rows, false);
        sim_cell_text(rows, "Small");
        sim_cell_number(rows, "long", u->files[i].size == WCK_INT_NONE ? 0 : u->files[i].size);
        sim_cell_int(rows, 1);
        sim_cell_bool(rows, false);
        sim_row_end(rows);
    }
}

bool sim_admin_approved(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    const wck_snapshot *s = state->snapshot;
    static const char *const names[] = {"metadata", "files", "approvals"};

    if (sim_admin_lacks(request, reply, WCK_SECTION_UPDATES) ||
        sim_admin_lacks(request, reply, WCK_SECTION_APPROVALS))
        return false;
    for (size_t set = 0; set < 3; set++) {
        sim_rows rows = sim_rows_of(request, result, names[set]);
        wck_buf_puts(result, "<ArrayOfGenericReadableRow>");
        for (size_t i = 0; set < 2 && i < s->updates.n; i++)
            if (is_approved(state, &s->updates.items[i])) {
                if (set == 0)
                    put_metadata(&rows, state, &s->updates.items[i]);
                else
                    put_files(&rows, state, &s->updates.items[i]);
            }
        for (size_t i = 0; set == 2 && i < s->approvals.n; i++)
            sim_put_approval(&rows, state, i);
        wck_buf_puts(result, "</ArrayOfGenericReadableRow>");
    }
    return true;
}

/* ---- license agreements ---- */

/* One row, for the agreement of one update; no result element when it was not accepted. */
bool sim_admin_eula(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const wck_snapshot *s = request->server->state->snapshot;
    sim_rows rows = sim_rows_of(request, result, NULL);
    const wck_update *u;

    if (sim_admin_lacks(request, reply, WCK_SECTION_EULAS) || !sim_revision_read(&u, request, reply, "id"))
        return false;
    for (size_t i = 0; i < s->eulas.n; i++) {
        const wck_eula *e = &s->eulas.items[i];
        if (!wck_guid_eq(e->id, u->eula) || wck_guid_is_zero(u->eula))
            continue;
        sim_row_bare_begin(&rows);
        sim_cell_guid_text(&rows, e->id);
        put_time(&rows, e->accepted, "1753-01-01T00:00:00");
        sim_cell_text(&rows, e->admin != NULL ? e->admin : "");
        sim_row_bare_end(&rows);
        return true;
    }
    request->absent = true;
    return true;
}
