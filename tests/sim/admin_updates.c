/* SPDX-License-Identifier: MIT
 * admin_updates.c: updates as the console sees them (CompleteUpdates of MS-WSUSAR, MinimalUpdateProperties
 * 2.2.4.12.1.7). What can be told apart from the published text stands in admin_rows.c.
 *
 * Columns of `real`, as a public client reads them from 10.0.26100: 0 update id, 1 revision, 2 local revision
 * id, 3 local update id, 7 reboot behavior, 10 can be removed, 16 publication state, 17 creation, 19 state,
 * 20 and 21 license, 22 declined, 24 latest revision, 25 arrival, 26 supersedes others, 28 severity, 29
 * title, 30 description, 34 superseded. What stands between them is ours where the published text does not
 * say. */
#include "admin.h"

#include <stdlib.h>
#include <string.h>

enum {
    APPROVED_LATEST = 1,
    APPROVED_STALE = 2,
    NOT_APPROVED = 4,
    DECLINED = 8,
    ANY_PUBLICATION = 2147483647
};

long long sim_local_update(const sim_state *state, const wck_update *update)
{
    return 10001 + (update - state->snapshot->updates.items);
}

bool sim_is_visible(const wck_update *update)
{
    return update->deployable != 0;
}

bool sim_is_latest(const sim_state *state, const wck_update *update)
{
    return sim_find_update(state, update->id, 0) == update;
}

/* Rows are sorted by id, then revision. */
const wck_update *sim_find_update(const sim_state *state, wck_guid id, int64_t revision)
{
    const wck_snapshot *s = state->snapshot;
    size_t low = 0, high = s->updates.n;

    while (low < high) { /* the first behind every revision of the id, or behind the one asked for */
        size_t middle = low + (high - low) / 2;
        const wck_update *u = &s->updates.items[middle];
        int order = wck_guid_cmp(u->id, id);
        if (order < 0 || (order == 0 && (revision == 0 || u->revision <= revision)))
            low = middle + 1;
        else
            high = middle;
    }
    const wck_update *found = low > 0 ? &s->updates.items[low - 1] : NULL;
    return found != NULL && wck_guid_eq(found->id, id) && (revision == 0 || found->revision == revision)
               ? found
               : NULL;
}

static bool is_declined(const sim_state *state, wck_guid id)
{
    return wck_map_find(&state->declined, &id, sizeof id) != NULL;
}

static size_t approvals_before(const wck_snapshot *s, wck_guid id, int limit)
{
    size_t low = 0, high = s->approvals.n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (wck_guid_cmp(s->approvals.items[middle].update, id) < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void sim_approvals_of(const sim_state *state, wck_guid id, size_t *first, size_t *last)
{
    *first = approvals_before(state->snapshot, id, 0);
    *last = approvals_before(state->snapshot, id, 1);
}

/* Flags of 3.1.4.135 that are true of the update. */
static long states_of(const sim_state *state, const wck_update *u)
{
    const wck_update *latest = sim_find_update(state, u->id, 0);
    size_t first, last;
    long states = 0;

    if (is_declined(state, u->id))
        return DECLINED;
    sim_approvals_of(state, u->id, &first, &last);
    for (size_t i = first; i < last; i++) {
        const wck_approval *a = &state->snapshot->approvals.items[i];
        if (a->action == WCK_ACTION_BLOCK)
            continue;
        states |= latest != NULL && a->revision < latest->revision ? APPROVED_STALE : APPROVED_LATEST;
    }
    return states != 0 ? states : NOT_APPROVED;
}

/* ---- what is asked for ---- */

static bool bad_scope(sim_request *request, sim_reply *reply)
{
    return sim_admin_fault(reply, request, "System.InvalidOperationException",
                           "There is an error in XML document (1, 2).");
}

/* Only the scope of all updates, and its approved states: anything else would be answered wrongly. */
bool sim_scope_read(sim_scope *out, sim_request *request, sim_reply *reply)
{
    char *text = sim_child_text(request, request->op, "updateScopeXml");
    char *publication = sim_child_text(request, request->op, "publicationState");
    xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    const xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    bool good =
        root != NULL && strcmp((const char *)root->name, "UpdateScope") == 0 && root->children == NULL;

    *out = (sim_scope){.approved_states = -1, .publication_state = strtol(publication, NULL, 10)};
    for (const xmlAttr *a = good ? root->properties : NULL; a != NULL; a = a->next) {
        xmlChar *value = xmlNodeGetContent((const xmlNode *)a);
        good = good && strcmp((const char *)a->name, "ApprovedStates") == 0;
        out->approved_states = strtol((const char *)value, NULL, 10);
        xmlFree(value);
    }
    good = good && publication[0] != '\0';
    xmlFreeDoc(doc);
    xmlFree(text);
    xmlFree(publication);
    return good || bad_scope(request, reply);
}

bool sim_scope_holds(const sim_scope *scope, const sim_state *state, const wck_update *update)
{
    if (!sim_is_visible(update) || (scope->publication_state != ANY_PUBLICATION &&
                                    (scope->publication_state == 1) != (update->state == WCK_STATE_EXPIRED)))
        return false;
    return scope->approved_states == -1 || (states_of(state, update) & scope->approved_states) != 0;
}

bool sim_admin_not_found(sim_reply *reply, const sim_request *request)
{
    return sim_admin_fault(reply, request,
                           "Microsoft.UpdateServices.Administration.WsusObjectNotFoundException",
                           "The specified item could not be found in the database.");
}

bool sim_revision_read(const wck_update **out, sim_request *request, sim_reply *reply, const char *name)
{
    const xmlNode *node = sim_child(request, request->op, name);
    char *revision = sim_child_text(request, node, "RevisionNumber");
    wck_guid id = {0, 0};
    bool valid = sim_child_guid(request, node, "UpdateId", &id);
    long number = strtol(revision, NULL, 10);

    xmlFree(revision);
    *out = valid ? sim_find_update(request->server->state, id, number) : NULL;
    return *out != NULL || sim_admin_not_found(reply, request);
}

/* ---- rows ---- */

static void put_install_columns(sim_rows *rows, const wck_update *u)
{
    bool software = u->type != WCK_UPDATE_DRIVER;

    sim_cell_bool(rows, u->bundles.n == 0); /* IsLeaf */
    sim_cell_bool(rows, true);              /* InstallationSupported */
    sim_cell_int(rows, 0);                  /* InstallationImpact */
    sim_cell_int(rows, 2);                  /* InstallationRebootBehavior */
    sim_cell_bool(rows, false);             /* InstallationRequiresNetworkConnectivity */
    sim_cell_bool(rows, false);             /* InstallationCanRequestUserInput */
    sim_cell_bool(rows, software);          /* UninstallationSupported */
    sim_cell_int(rows, 0);                  /* UninstallationImpact */
    sim_cell_int(rows, 2);
    sim_cell_bool(rows, false);
    sim_cell_bool(rows, false);
    sim_cell_text(rows, software ? "Software" : "Driver");
}

static void put_state_columns(sim_rows *rows, const sim_state *state, const wck_update *u)
{
    const wck_snapshot *s = state->snapshot;

    sim_cell_number(rows, "unsignedByte", u->state == WCK_STATE_EXPIRED);
    sim_cell_time(rows, u->created);
    sim_cell_int(rows, 1);
    sim_cell_int(rows, u->n_files == 0 ? 2 : 3);
    if (wck_guid_is_zero(u->eula))
        sim_cell_nil(rows);
    else
        sim_cell_guid(rows, u->eula);
    sim_cell_bool(rows, !wck_guid_is_zero(u->eula));
    sim_cell_bool(rows, is_declined(state, u->id));
    sim_cell_bool(rows, (states_of(state, u) & APPROVED_STALE) != 0);
    sim_cell_bool(rows, sim_is_latest(state, u));
    sim_cell_time(rows,
                  u->arrived != WCK_TIME_NONE ? u->arrived : state->update_changed[u - s->updates.items]);
    sim_cell_bool(rows, u->supersedes.n > 0);
    sim_cell_nil(rows); /* legacy name */
    sim_cell_text(rows, u->severity != NULL ? u->severity : "Unspecified");
}

static void put_update(sim_rows *rows, const sim_state *state, const wck_update *u)
{
    bool published = sim_shape(rows->request) == SIM_ROWS_PUBLISHED;

    sim_row_begin(rows);
    sim_cell_guid(rows, u->id);
    sim_cell_int(rows, u->revision);
    sim_cell_int(rows, sim_local_update(state, u));
    if (!published)
        sim_cell_int(rows, sim_local_update(state, u) - 10000);
    put_install_columns(rows, u);
    put_state_columns(rows, state, u);
    if (!published) {
        sim_cell_text(rows, u->title);
        sim_cell_text(rows, "Install this update to resolve issues in Windows.");
        sim_cell_nil(rows);
        sim_cell_nil(rows);
    }
    sim_cell_bool(rows, false);
    sim_cell_bool(rows, wck_map_find(&state->superseded, &u->id, sizeof u->id) != NULL);
    sim_row_end(rows);
}

typedef struct update_list {
    const wck_update **items;
    size_t n;
} update_list;

static update_list list_new(const sim_state *state)
{
    update_list list = {calloc(state->snapshot->updates.n + 1, sizeof *list.items), 0};

    if (list.items == NULL)
        sim_die("out of memory");
    return list;
}

static void put_title(sim_rows *rows, const sim_state *state, const wck_update *u, wck_guid id)
{
    const wck_category *c = sim_find_category(state, id);

    if (c == NULL || sim_category_type(c->kind) == NULL)
        return;
    sim_row_begin(rows);
    sim_cell_int(rows, sim_local_update(state, u));
    sim_cell_text(rows, sim_category_type(c->kind));
    sim_cell_text(rows, c->title);
    sim_row_end(rows);
}

/* Titles alone, which are not unique (domain.md 0, item 9): the ids come from ExecuteSPGetUpdatesByCategory.
 */
static void put_titles(sim_rows *rows, const sim_state *state, const update_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const wck_update *u = list->items[i];
        put_title(rows, state, u, u->classification);
        for (size_t k = 0; k < u->products.n; k++)
            put_title(rows, state, u, u->products.items[k]);
    }
}

static void put_texts(sim_rows *rows, const sim_state *state, const update_list *list, bool bulletins)
{
    for (size_t i = 0; i < list->n; i++) {
        const wck_strings *texts = bulletins ? &list->items[i]->bulletins : &list->items[i]->kb;
        for (size_t k = 0; k < texts->n; k++) {
            sim_row_begin(rows);
            sim_cell_int(rows, sim_local_update(state, list->items[i]));
            sim_cell_text(rows, texts->items[k]);
            sim_row_end(rows);
        }
    }
}

static void put_sets(const sim_request *request, wck_buf *result, const update_list *list)
{
    const sim_state *state = request->server->state;
    static const char *const names[] = {"minimalProperties", "localizedCategoryTitleRows", "infoUrls",
                                        "bulletins", "kbArticles"};

    for (size_t set = 0; set < sizeof names / sizeof *names; set++) {
        sim_rows rows = sim_rows_of(request, result, names[set]);
        wck_buf_printf(result, "<%s>", names[set]);
        for (size_t i = 0; set == 0 && i < list->n; i++)
            put_update(&rows, state, list->items[i]);
        if (set == 1)
            put_titles(&rows, state, list);
        if (set == 3 || set == 4)
            put_texts(&rows, state, list, set == 3);
        wck_buf_printf(result, "</%s>", names[set]);
    }
}

static bool put_list(const sim_request *request, wck_buf *result, update_list *list)
{
    put_sets(request, result, list);
    free(list->items);
    return true;
}

static bool lacks_updates(sim_request *request, sim_reply *reply)
{
    return sim_admin_lacks(request, reply, WCK_SECTION_UPDATES) ||
           sim_admin_lacks(request, reply, WCK_SECTION_DECLINED);
}

bool sim_admin_search_updates(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    sim_scope scope;

    if (lacks_updates(request, reply) || !sim_scope_read(&scope, request, reply))
        return false;
    update_list list = list_new(state);
    for (size_t i = 0; i < state->snapshot->updates.n; i++)
        if (sim_scope_holds(&scope, state, &state->snapshot->updates.items[i]))
            list.items[list.n++] = &state->snapshot->updates.items[i];
    return put_list(request, result, &list);
}

bool sim_admin_update_count(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    sim_scope scope;
    unsigned n = 0;

    if (lacks_updates(request, reply) || !sim_scope_read(&scope, request, reply))
        return false;
    for (size_t i = 0; i < state->snapshot->updates.n; i++)
        n += sim_scope_holds(&scope, state, &state->snapshot->updates.items[i]);
    return wck_buf_printf(result, "%u", n);
}

bool sim_admin_update(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const wck_update *u;

    if (lacks_updates(request, reply) || !sim_revision_read(&u, request, reply, "id"))
        return false;
    update_list list = list_new(request->server->state);
    list.items[list.n++] = u;
    return put_list(request, result, &list);
}

static bool is_in_category(const wck_update *u, wck_guid id)
{
    if (wck_guid_eq(u->classification, id))
        return true;
    for (size_t i = 0; i < u->products.n; i++)
        if (wck_guid_eq(u->products.items[i], id))
            return true;
    return false;
}

/* 3.1.4.135: the one way to the category's id; 0xFFFFFF is every state. */
bool sim_admin_updates_by_category(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const sim_state *state = request->server->state;
    char *states = sim_child_text(request, request->op, "approvedStates");
    char *max = sim_child_text(request, request->op, "maxResultCount");
    long wanted = strtol(states, NULL, 10);
    size_t limit = (size_t)strtoul(max, NULL, 10);
    wck_guid id = {0, 0};

    xmlFree(states);
    xmlFree(max);
    if (lacks_updates(request, reply))
        return false;
    if (!sim_child_guid(request, request->op, "categoryId", &id) || sim_find_category(state, id) == NULL)
        return sim_admin_not_found(reply, request);
    update_list list = list_new(state);
    for (size_t i = 0; i < state->snapshot->updates.n && list.n < limit; i++) {
        const wck_update *u = &state->snapshot->updates.items[i];
        if (sim_is_visible(u) && is_in_category(u, id) && (states_of(state, u) & wanted) != 0)
            list.items[list.n++] = u;
    }
    return put_list(request, result, &list);
}

static bool supersedes(const wck_update *a, wck_guid id)
{
    for (size_t k = 0; k < a->supersedes.n; k++)
        if (wck_guid_eq(a->supersedes.items[k], id))
            return true;
    return false;
}

static bool related(sim_request *request, sim_reply *reply, wck_buf *result, bool newer)
{
    const sim_state *state = request->server->state;
    const wck_update *u;

    if (lacks_updates(request, reply) || !sim_revision_read(&u, request, reply, "id"))
        return false;
    update_list list = list_new(state);
    for (size_t i = 0; i < state->snapshot->updates.n; i++) {
        const wck_update *other = &state->snapshot->updates.items[i];
        if (newer ? supersedes(other, u->id) : supersedes(u, other->id))
            list.items[list.n++] = other;
    }
    return put_list(request, result, &list);
}

bool sim_admin_superseding(sim_request *request, sim_reply *reply, wck_buf *result)
{
    return related(request, reply, result, true);
}

bool sim_admin_superseded(sim_request *request, sim_reply *reply, wck_buf *result)
{
    return related(request, reply, result, false);
}
