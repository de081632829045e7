/* SPDX-License-Identifier: MIT
 * admin_downstream.c: ExecuteSPGetAllDownstreamServers with nested children: the whole tree below one server, as its
 * upstream servers were told by rollup. */
#include "collect/admin.h"

#include <stdlib.h>
#include <string.h>

static void build(wck_buf *out, void *payload)
{
    (void)payload;
    wck_buf_puts(out, "<parentServerId>00000000-0000-0000-0000-000000000000</parentServerId>"
                      "<includeNestedChildren>true</includeNestedChildren>");
}

static void begin(void *payload)
{
    wck_downstream_list_forget(payload);
}

static const wck_column name_column = {0, "full domain name", WCK_SECTION_HOST, true, false},
                        id_column = {1, "id", WCK_SECTION_HOST, true, false},
                        last_sync_column = {2, "last synchronization", WCK_SECTION_HOST, false, false},
                        parent_column = {3, "parent id", WCK_SECTION_HOST, false, false},
                        last_rollup_column = {4, "last rollup", WCK_SECTION_HOST, false, false},
                        version_column = {5, "version", WCK_SECTION_HOST, false, false},
                        replica_column = {6, "is replica", WCK_SECTION_HOST, false, false};

static wck_status on_server(wck_rows *rows, int set, void *payload, wck_error *err)
{
    wck_downstream_list *list = payload;
    wck_downstream *d;
    const char *name, *version;
    wck_time last_sync = 0;
    wck_guid id;

    (void)set;
    if (!wck_rows_text(rows, &name_column, &name) || !wck_rows_guid(rows, &id_column, &id))
        return WCK_OK;
    if (list->n >= WCK_MAX_SERVERS)
        return wck_fail(err, WCK_E_LIMIT, "the reply lists more than %u downstream servers", WCK_MAX_SERVERS);
    d = wck_vec_push(list);
    if (d == NULL)
        return wck_fail_memory(err, "reading downstream servers");
    d->id = id;
    d->replica = WCK_BOOL_NONE;
    d->last_sync = d->last_rollup = d->last_approval_sync = WCK_TIME_NONE;
    d->full_name = strndup(name, WCK_MAX_NAME);
    if (wck_rows_time(rows, &last_sync_column, &last_sync))
        d->last_sync = last_sync;
    d->never_synced = last_sync == WCK_TIME_NONE; /* a sentinel date; a cell that says nothing leaves it as it was */
    wck_rows_guid(rows, &parent_column, &d->parent);
    wck_rows_time(rows, &last_rollup_column, &d->last_rollup);
    wck_rows_bool(rows, &replica_column, &d->replica);
    if (wck_rows_text(rows, &version_column, &version)) {
        d->version = strndup(version, WCK_MAX_NAME);
        if (d->version == NULL)
            return wck_fail_memory(err, "reading downstream servers");
    }
    return d->full_name != NULL ? WCK_OK : wck_fail_memory(err, "reading downstream servers");
}

wck_status wck_admin_downstream(wck_admin *admin, wck_downstream_list *out, wck_error *err)
{
    wck_rows rows = {
        .action = WCK_SOAP_ADMIN_DOWNSTREAM, .build = build, .begin = begin, .row = on_server, .payload = out};
    wck_status status;

    wck_admin_progress(admin, "downstream servers");
    status = wck_rows_call(admin, &rows, err);
    if (status == WCK_OK)
        wck_downstream_list_sort(out);
    return status;
}

wck_status wck_collect_downstream(wck_downstream_list *out, const char *url, const wck_collect_options *options,
                                  wck_error *err)
{
    wck_admin *admin = malloc(sizeof *admin);
    wck_status status;

    memset(out, 0, sizeof *out);
    if (admin == NULL)
        return wck_fail_memory(err, "looking for downstream servers");
    status = wck_admin_open(admin, url, options, err);
    if (status == WCK_OK)
        status = wck_admin_enter(admin, err);
    if (status == WCK_OK)
        status = wck_admin_downstream(admin, out, err);
    if (status == WCK_OK)
        status = wck_admin_server_id(admin, err);
    out->server_id = admin->snapshot != NULL ? admin->snapshot->server.server_id : (wck_guid){0, 0};
    if (status != WCK_OK)
        wck_downstream_list_clear(out);
    wck_admin_close(admin);
    free(admin);
    return status;
}
