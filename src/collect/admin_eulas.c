/* SPDX-License-Identifier: MIT
 * admin_eulas.c: which license agreements are accepted: ExecuteSPGetEulaAcceptances, one call for each agreement that
 * an update names (MS-WSUSAR 3.1.4.3). A response without a result says that it is not. */
#include "collect/admin.h"

#include <string.h>

typedef struct acceptance {
    wck_admin *admin;
    const wck_update *update;
    size_t before; /* rows of the section, for another try */
} acceptance;

static void build_acceptance(wck_buf *out, void *payload)
{
    const acceptance *a = payload;
    char id[WCK_GUID_TEXT];

    wck_buf_printf(out, "<id><UpdateId>%s</UpdateId><RevisionNumber>%lld</RevisionNumber></id>",
                   wck_guid_format(id, a->update->id), (long long)a->update->revision);
}

static void begin_acceptance(void *payload)
{
    acceptance *a = payload;

    a->admin->snapshot->eulas.n = a->before;
}

static wck_status on_acceptance(wck_rows *rows, int set, void *payload, wck_error *err)
{
    static const wck_column eula_id = {0, "license agreement", WCK_SECTION_EULAS, true, false},
                            accepted = {1, "time of acceptance", WCK_SECTION_EULAS, false, false},
                            admin_name = {2, "administrator", WCK_SECTION_EULAS, false, false};
    acceptance *a = payload;
    const char *text;
    wck_eula *row;
    wck_guid id;

    (void)set;
    if (rows->n > 1 || !wck_rows_guid(rows, &eula_id, &id))
        return WCK_OK;
    row = wck_snapshot_add_eula(a->admin->snapshot);
    if (row == NULL)
        return wck_fail_memory(err, "reading license agreements");
    row->id = id;
    row->update = a->update->id;
    wck_rows_time(rows, &accepted, &row->accepted);
    if (!wck_rows_text(rows, &admin_name, &text))
        return WCK_OK;
    row->admin = wck_snapshot_text_n(a->admin->snapshot, text, strnlen(text, WCK_MAX_NAME));
    return row->admin != NULL ? WCK_OK : wck_fail_memory(err, "reading license agreements");
}

/* One call for each agreement (MS-WSUSAR 3.1.4.3): without a result it is not accepted. */
static wck_status ask_acceptance(wck_admin *admin, const wck_update *u, wck_error *err)
{
    acceptance a = {admin, u, admin->snapshot->eulas.n};
    wck_rows rows = {.action = WCK_SOAP_ADMIN_EULA,
                     .build = build_acceptance,
                     .begin = begin_acceptance,
                     .row = on_acceptance,
                     .payload = &a,
                     .may_lack_result = true};

    return wck_rows_call(admin, &rows, err);
}

enum { MAX_EULAS = 2000 };

wck_status wck_admin_eulas(wck_admin *admin, wck_error *err)
{
    const wck_snapshot *s = admin->snapshot;
    wck_status status = WCK_OK;
    wck_map asked = {0};
    bool added;

    wck_admin_progress(admin, "license agreements");
    for (size_t i = 0; i < s->updates.n && status == WCK_OK; i++) {
        const wck_update *u = &s->updates.items[i];
        if (wck_guid_is_zero(u->eula))
            continue;
        if (wck_map_put(&asked, &u->eula, sizeof u->eula, &added) == NULL)
            status = wck_fail_memory(err, "reading license agreements");
        else if (added && asked.n > MAX_EULAS)
            wck_admin_note(admin, WCK_SECTION_EULAS, "more than %d license agreements were not asked for", MAX_EULAS);
        else if (added)
            status = ask_acceptance(admin, u, err);
    }
    wck_map_clear(&asked);
    if (status == WCK_OK || wck_admin_is_over(status))
        return status;
    wck_admin_note(admin, WCK_SECTION_EULAS, "%s", err != NULL ? err->text : "not read");
    return WCK_OK;
}
