/* SPDX-License-Identifier: MIT
 * admin_approvals.c: ExecuteSPGetAllTargetGroups, ExecuteSPGetDeployments.
 *
 * Whether the latter lists approvals of older revisions is not documented. So the updates that have such approvals are
 * asked for (ApprovedStates 2, HasStaleUpdateApprovals), and one whose older approval is not listed makes the section
 * partial: absence is only claimed where it was shown. */
#include "collect/admin.h"

#include <string.h>
#include <strings.h>

/* ---- groups ---- */

static void begin_groups(void *payload)
{
    wck_admin *admin = payload;

    admin->snapshot->groups.n = 0;
}

static const wck_guid downstream_servers = {0xd374f42a9be24163ULL, 0xa0fa3c86a401b7a7ULL};

/* Target groups of downstream servers are no computer groups. */
static bool is_computers(const char *type, wck_guid id)
{
    return type != NULL ? strcasecmp(type, "Computers") == 0 : !wck_guid_eq(id, downstream_servers);
}

static wck_status on_group(wck_rows *rows, int set, void *payload, wck_error *err)
{
    static const wck_column type_column = {0, "target type", WCK_SECTION_GROUPS, false, true},
                            name_column = {1, "name", WCK_SECTION_GROUPS, true, false},
                            id_column = {2, "id", WCK_SECTION_GROUPS, true, false},
                            parent_column = {5, "parent id", WCK_SECTION_GROUPS, false, false};
    wck_admin *admin = payload;
    const char *type = NULL, *name;
    wck_group *row;
    wck_guid id;

    (void)set;
    wck_rows_text(rows, &type_column, &type);
    if (!wck_rows_guid(rows, &id_column, &id) || !is_computers(type, id) || !wck_rows_text(rows, &name_column, &name))
        return WCK_OK;
    row = wck_snapshot_add_group(admin->snapshot);
    if (row == NULL)
        return wck_fail_memory(err, "reading groups");
    row->id = id;
    row->name = wck_snapshot_text_n(admin->snapshot, name, strnlen(name, WCK_MAX_NAME));
    wck_rows_guid(rows, &parent_column, &row->parent);
    return row->name != NULL ? WCK_OK : wck_fail_memory(err, "reading groups");
}

wck_status wck_admin_groups(wck_admin *admin, wck_error *err)
{
    wck_rows rows = {.action = WCK_SOAP_ADMIN_GROUPS, .begin = begin_groups, .row = on_group, .payload = admin};
    wck_status status;

    wck_admin_progress(admin, "groups");
    status = wck_rows_call(admin, &rows, err);
    if (wck_admin_is_over(status))
        return status;
    if (status != WCK_OK)
        wck_admin_lost(admin, WCK_SECTION_GROUPS, err);
    else if (admin->snapshot->groups.n == 0) /* All Computers is always there */
        wck_snapshot_set_coverage(admin->snapshot, WCK_SECTION_GROUPS, WCK_COVERAGE_UNKNOWN,
                                  admin->reason[WCK_SECTION_GROUPS][0] != '\0' ? admin->reason[WCK_SECTION_GROUPS]
                                                                               : "ExecuteSPGetAllTargetGroups lists no group");
    else
        wck_admin_have(admin, WCK_SECTION_GROUPS);
    return WCK_OK;
}

/* ---- approvals ---- */

static void build_scope(wck_buf *out, const char *states)
{
    wck_buf_printf(out, "<updateScopeXml>&lt;UpdateScope ApprovedStates=\"%s\" /&gt;</updateScopeXml>"
                        "<preferredCulture>en</preferredCulture><publicationState>2147483647</publicationState>", states);
}

static void build_all(wck_buf *out, void *payload)
{
    (void)payload;
    build_scope(out, "-1");
}

static void begin_approvals(void *payload)
{
    wck_admin *admin = payload;

    admin->snapshot->approvals.n = 0;
}

static const wck_column changed_column = {0, "time", WCK_SECTION_APPROVALS, false, false},
                        action_column = {2, "action", WCK_SECTION_APPROVALS, true, false},
                        go_live_column = {3, "go-live time", WCK_SECTION_APPROVALS, false, false},
                        deadline_column = {4, "deadline", WCK_SECTION_APPROVALS, false, false},
                        admin_column = {5, "administrator", WCK_SECTION_APPROVALS, false, false},
                        deployment_column = {6, "id", WCK_SECTION_APPROVALS, false, false},
                        assigned_column = {7, "is assigned", WCK_SECTION_APPROVALS, false, false},
                        update_column = {8, "update id", WCK_SECTION_APPROVALS, true, false},
                        revision_column = {9, "revision", WCK_SECTION_APPROVALS, true, false},
                        group_column = {10, "group id", WCK_SECTION_APPROVALS, true, false};

static wck_status on_approval(wck_rows *rows, int set, void *payload, wck_error *err)
{
    wck_admin *admin = payload;
    wck_approval a = {.deadline = WCK_TIME_NONE,
                      .go_live = WCK_TIME_NONE,
                      .changed = WCK_TIME_NONE,
                      .assigned = WCK_BOOL_NONE,
                      .priority = WCK_INT_NONE};
    const char *text;
    wck_approval *row;
    bool known = wck_rows_guid(rows, &update_column, &a.update);

    (void)set;
    known = wck_rows_int(rows, &revision_column, &a.revision) && known;
    known = wck_rows_guid(rows, &group_column, &a.group) && known;
    known = wck_rows_int(rows, &action_column, &a.action) && known;
    /* Unread, it would be claimed to be none. The published text has a far date for none; nil means the same. */
    wck_rows_time(rows, &deadline_column, &a.deadline);
    known = wck_rows_fits_time(rows, deadline_column.index) && known;
    if (known && (a.revision < 0 || a.action < 0))
        wck_admin_note(admin, WCK_SECTION_APPROVALS, "ExecuteSPGetDeployments: a revision or an action is negative");
    if (!known || a.revision < 0 || a.action < 0)
        return WCK_OK;
    wck_rows_time(rows, &changed_column, &a.changed);
    wck_rows_time(rows, &go_live_column, &a.go_live);
    wck_rows_guid(rows, &deployment_column, &a.deployment);
    wck_rows_bool(rows, &assigned_column, &a.assigned);
    if (wck_rows_text(rows, &admin_column, &text)) {
        a.admin = wck_snapshot_text_n(admin->snapshot, text, strnlen(text, WCK_MAX_NAME));
        if (a.admin == NULL)
            return wck_fail_memory(err, "reading approvals");
    }
    row = wck_snapshot_add_approval(admin->snapshot);
    if (row == NULL)
        return wck_fail_memory(err, "reading approvals");
    *row = a;
    return WCK_OK;
}

/* ---- approvals of older revisions ---- */

typedef struct stale {
    WCK_VEC(wck_identity) rows;
} stale;

static void build_stale(wck_buf *out, void *payload)
{
    (void)payload;
    build_scope(out, "2");
}

static void begin_stale(void *payload)
{
    stale *s = payload;

    s->rows.n = 0;
}

static wck_status on_stale(wck_rows *rows, int set, void *payload, wck_error *err)
{
    static const wck_column id_column = {0, "update id", WCK_SECTION_APPROVALS, true, false},
                            latest_column = {1, "revision", WCK_SECTION_APPROVALS, true, false};
    stale *s = payload;
    wck_identity id, *row;

    if (set != 1)
        return WCK_OK;
    if (!wck_admin_update_row(rows))
        wck_admin_note(rows->admin, WCK_SECTION_APPROVALS, "ExecuteSPSearchUpdates: columns are missing, so approvals of older "
                                                           "revisions may not be listed");
    if (!wck_rows_guid(rows, &id_column, &id.id) || !wck_rows_int(rows, &latest_column, &id.revision))
        return WCK_OK;
    row = wck_vec_push(&s->rows);
    if (row == NULL)
        return wck_fail_memory(err, "reading approvals");
    *row = id;
    return WCK_OK;
}

/* Updates of the list that have no approval of another revision than the listed one. */
static wck_status count_unlisted(const wck_admin *admin, const stale *s, size_t *unlisted, wck_error *err)
{
    wck_map map = {0};
    wck_status status = WCK_OK;

    for (size_t i = 0; i < s->rows.n && status == WCK_OK; i++) {
        wck_map_entry *e = wck_map_put(&map, &s->rows.items[i].id, sizeof(wck_guid), NULL);
        if (e == NULL)
            status = wck_fail_memory(err, "reading approvals");
        else
            e->value = &s->rows.items[i];
    }
    *unlisted = map.n;
    for (size_t i = 0; i < admin->snapshot->approvals.n && status == WCK_OK; i++) {
        const wck_approval *a = &admin->snapshot->approvals.items[i];
        wck_map_entry *e = wck_map_find(&map, &a->update, sizeof a->update);
        if (e == NULL || e->value == NULL || ((const wck_identity *)e->value)->revision == a->revision)
            continue;
        e->value = NULL; /* seen */
        --*unlisted;
    }
    wck_map_clear(&map);
    return status;
}

static wck_status check_stale(wck_admin *admin, wck_error *err)
{
    stale s = {.rows = {NULL, 0, 0}};
    wck_rows rows = {.action = WCK_SOAP_ADMIN_UPDATES,
                     .build = build_stale,
                     .begin = begin_stale,
                     .row = on_stale,
                     .payload = &s,
                     .sets = {"minimalProperties"}};
    size_t unlisted = 0;
    wck_status status = wck_rows_call(admin, &rows, err);

    if (status == WCK_OK && !rows.has[1])
        status = wck_fail(err, WCK_E_INPUT, "ExecuteSPSearchUpdates: the reply holds no minimalProperties");
    /* A service that lists every update did not look at the scope, so it says nothing about approvals. */
    if (status == WCK_OK && s.rows.n < admin->snapshot->updates.n)
        status = count_unlisted(admin, &s, &unlisted, err);
    if (status != WCK_OK && !wck_admin_is_over(status)) {
        wck_admin_note(admin, WCK_SECTION_APPROVALS, "whether approvals of older revisions are listed is not known: %s",
                       err != NULL ? err->text : "");
        status = WCK_OK;
    }
    if (unlisted > 0)
        wck_admin_note(admin, WCK_SECTION_APPROVALS, "approvals of older revisions of %zu updates are not listed", unlisted);
    wck_vec_clear(&s.rows);
    return status;
}

wck_status wck_admin_approvals(wck_admin *admin, wck_error *err)
{
    wck_rows rows = {.action = WCK_SOAP_ADMIN_DEPLOYMENTS,
                     .build = build_all,
                     .begin = begin_approvals,
                     .row = on_approval,
                     .payload = admin};
    wck_status status;

    wck_admin_progress(admin, "approvals");
    status = wck_rows_call(admin, &rows, err);
    if (wck_admin_is_over(status))
        return status;
    if (status != WCK_OK) {
        wck_admin_lost(admin, WCK_SECTION_APPROVALS, err);
        return WCK_OK;
    }
    status = check_stale(admin, err);
    if (status != WCK_OK)
        return status;
    if (rows.n > 0 && admin->snapshot->approvals.n == 0)
        wck_snapshot_set_coverage(admin->snapshot, WCK_SECTION_APPROVALS, WCK_COVERAGE_UNKNOWN,
                                  admin->reason[WCK_SECTION_APPROVALS]);
    else
        wck_admin_have(admin, WCK_SECTION_APPROVALS);
    return WCK_OK;
}
