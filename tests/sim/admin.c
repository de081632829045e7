/* SPDX-License-Identifier: MIT
 * admin.c: the administration API: which operation, who may ask, faults, and the answers that are one value.
 */
#include "admin.h"

#include "base/fs.h"
#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

typedef bool handler(sim_request *request, sim_reply *reply, wck_buf *result);
static const struct {
    handler *fn;
    const char *parameters;
} operations[] = {
#define SIM_ADMIN(id, name, fn, parameters) {fn, parameters},
#include "admin.def"
#undef SIM_ADMIN
};

bool sim_admin_fault(sim_reply *reply, const sim_request *request, const char *type, const char *message)
{
    wck_buf text;

    wck_buf_init(&text, 64U << 20);
    /* As ASP.NET wraps it: the useful sentence follows the last "--->", a stack trace follows that. */
    wck_buf_puts(&text,
                 "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---> ");
    wck_buf_printf(&text,
                   "%s: %s\n   at Microsoft.UpdateServices.Internal.ApiRemoting.%s()\n"
                   "   --- End of inner exception stack trace ---",
                   type, message, sim_action_names[request->action]);
    sim_soap_exception(reply, request, wck_buf_text(&text), type, message);
    wck_buf_clear(&text);
    return false;
}

/* A section that the document does not hold completely is a fault, never an empty list. */
bool sim_admin_lacks(sim_request *request, sim_reply *reply, wck_section section)
{
    if (sim_state_complete(request->server->state, section))
        return false;
    sim_admin_fault(
        reply, request, "System.Data.SqlClient.SqlException",
        "Timeout expired.  The timeout period elapsed prior to completion of the operation or the server is "
        "not responding.");
    return true;
}

/* The first parameter of the table that must be there and is not. NULL: none. */
static const char *missing(const sim_request *request, char name[64])
{
    const char *at = operations[request->action - SIM_FIRST_ADMIN].parameters;

    for (size_t len; *at != '\0'; at += len + (at[len] == ' ')) {
        len = strcspn(at, " ");
        if (at[len - 1] == '?')
            continue;
        snprintf(name, 64, "%.*s", (int)len, at);
        if (sim_child(request, request->op, name) == NULL)
            return name;
    }
    return NULL;
}

bool sim_admin_call(sim_request *request, sim_reply *reply, wck_buf *result)
{
    char name[64], message[128];

    if (missing(request, name) != NULL) {
        snprintf(message, sizeof message, "Value cannot be null.\nParameter name: %s", name);
        return sim_admin_fault(reply, request, "System.ArgumentNullException", message);
    }
    return operations[request->action - SIM_FIRST_ADMIN].fn(request, reply, result);
}

/* ---- who ---- */

static const char *role_of(const sim_request *request)
{
    const sim_users *users = &request->server->sim->users;

    if (users->n == 0)
        return "administrator";
    for (size_t i = 0; request->user != NULL && i < users->n; i++)
        if (strcmp(users->items[i].name, request->user) == 0)
            return users->items[i].role;
    return NULL;
}

/* IIS answers 401 to a caller without a name, and the service 403 to one that is in neither group
 * (wsusar.md). */
bool sim_admin_allowed(const sim_request *request, sim_reply *reply)
{
    const char *role = role_of(request);

    if (role != NULL)
        return true;
    reply->status = request->user == NULL ? 401 : 403;
    reply->content_type = "text/html";
    wck_buf_reset(&reply->body);
    wck_buf_puts(&reply->body, sim_page_status(reply->status));
    snprintf(reply->note, sizeof reply->note, "user %.60s", request->user != NULL ? request->user : "-");
    return false;
}

static wck_status add_user(sim_users *users, const char *line, const char *path, wck_error *err)
{
    char name[200], role[40], shown[256];

    if (line[strspn(line, " \t\r")] == '\0' || line[0] == '#')
        return WCK_OK;
    if (sscanf(line, "%199s %39s", name, role) != 2 ||
        (strcmp(role, "administrator") != 0 && strcmp(role, "reporter") != 0 && strcmp(role, "none") != 0))
        return wck_fail(err, WCK_E_INPUT, "could not read \"%s\": not USER administrator|reporter|none",
                        wck_quote_short(shown, sizeof shown, path, 200));
    sim_user *user = wck_vec_push(users);
    if (user == NULL || (user->name = strdup(name)) == NULL || (user->role = strdup(role)) == NULL)
        sim_die("out of memory");
    return WCK_OK;
}

wck_status sim_users_load(sim_users *users, const char *path, wck_error *err)
{
    wck_buf text;
    char *save = NULL;

    wck_buf_init(&text, 1U << 20);
    wck_status status = wck_fs_read(&text, path, err);
    if (status == WCK_OK && text.len > 0)
        for (char *line = strtok_r(text.data, "\n", &save); status == WCK_OK && line != NULL;
             line = strtok_r(NULL, "\n", &save))
            status = add_user(users, line, path, err);
    wck_buf_clear(&text);
    return status;
}

void sim_users_clear(sim_users *users)
{
    for (size_t i = 0; i < users->n; i++) {
        free(users->items[i].name);
        free(users->items[i].role);
    }
    wck_vec_clear(users);
}

/* Unauthorized, Reporter, Administrator (aa354557), counted from 0: that 0 is "no role" was seen, the others
 * follow from the order. "none" of --admin-users passes IIS and has no role, as a user of the machine without
 * a WSUS group. */
bool sim_admin_role(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const char *role = role_of(request);

    (void)reply;
    if (request->rule != NULL && request->rule->kind == SIM_ROLE)
        return wck_quote_xml(result, request->rule->arg);
    return wck_buf_puts(result, role == NULL || strcmp(role, "none") == 0 ? "0"
                                : strcmp(role, "reporter") == 0           ? "1"
                                                                          : "2");
}

/* ---- one value ---- */

bool sim_admin_version(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const char *version = request->server->state->snapshot->server.version;

    (void)reply;
    return wck_quote_xml(result, version != NULL ? version : "10.0.26100.1");
}

bool sim_admin_protocol(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const char *version = request->server->state->snapshot->server.protocol_version;

    (void)reply;
    return wck_quote_xml(result, version != NULL ? version : "1.20");
}

bool sim_admin_database(sim_request *request, sim_reply *reply, wck_buf *result)
{
    (void)reply;
    sim_named(request, result, "serverName", "MICROSOFT##WID");
    sim_named(request, result, "databaseName", "SUSDB");
    sim_named_bool(request, result, "isRemote", 0);
    return true;
}

bool sim_admin_components(sim_request *request, sim_reply *reply, wck_buf *result)
{
    char list[200], *save = NULL;

    (void)reply;
    if (request->rule == NULL || request->rule->kind != SIM_COMPONENTS)
        return true;
    snprintf(list, sizeof list, "%s", request->rule->arg);
    for (char *name = strtok_r(list, ",", &save); name != NULL; name = strtok_r(NULL, ",", &save)) {
        wck_buf_puts(result, "<string>");
        wck_quote_xml(result, name);
        wck_buf_puts(result, "</string>");
    }
    return true;
}

/* Downloaded and total, in an order that is not fixed: one server in two turns it round (wsusar.md). */
bool sim_admin_downloads(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const wck_snapshot *s = request->server->state->snapshot;
    sim_rows rows = sim_rows_of(request, result, NULL);
    long long done = 0, total = 0;

    (void)reply;
    for (size_t i = 0; i < s->files.n; i++) {
        total += 1000000;
        done += s->files.items[i].state == WCK_FILE_PRESENT ? 1000000 : 0;
    }
    bool turned = sim_spread(s->server.server_id, "downloads") % 2 == 1;
    sim_row_bare_begin(&rows);
    sim_cell_number(&rows, "long", turned ? total : done);
    sim_cell_number(&rows, "long", turned ? done : total);
    sim_row_bare_end(&rows);
    return true;
}
