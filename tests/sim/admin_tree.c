/* SPDX-License-Identifier: MIT
 * admin_tree.c: the downstream servers that a server knows of (MS-WSUSAR 3.1.4.40): those of the other
 * documents whose chain of parents leads here. */
#include "admin.h"

#include <string.h>

static void copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static wck_time last_success(const wck_snapshot *s)
{
    for (size_t i = s->sync_history.n; i-- > 0;)
        if (s->sync_history.items[i].result == WCK_SYNC_SUCCEEDED)
            return s->sync_history.items[i].ended;
    return WCK_TIME_NONE;
}

/* A document without an id gets one of its name: a real server always has one. */
static wck_guid id_of(const wck_server *s)
{
    unsigned char sha[20];
    wck_guid id = s->server_id;

    if (!wck_guid_is_zero(id))
        return id;
    if (!wck_sha1(sha, s->name, strlen(s->name)))
        sim_die("libcrypto failed");
    memcpy(&id, sha, sizeof id);
    return id;
}

void sim_identity_set(sim_server *server)
{
    const wck_snapshot *s = server->state->snapshot;
    sim_identity *i = &server->identity;

    pthread_mutex_lock(&server->sim->tree_lock);
    copy(i->name, sizeof i->name, s->server.name);
    copy(i->parent, sizeof i->parent, s->server.parent);
    copy(i->fqdn, sizeof i->fqdn, s->server.fqdn != NULL ? s->server.fqdn : s->server.name);
    copy(i->version, sizeof i->version, s->server.version);
    i->id = id_of(&s->server);
    i->last_sync = i->last_rollup = last_success(s);
    i->replica = s->server.mode == WCK_MODE_REPLICA;
    pthread_mutex_unlock(&server->sim->tree_lock);
}

static const sim_identity *find(const sim_world *sim, const char *name)
{
    for (size_t i = 0; i < sim->servers.n; i++)
        if (strcmp(sim->servers.items[i]->identity.name, name) == 0)
            return &sim->servers.items[i]->identity;
    return NULL;
}

/* How many steps up from `from` stands the server `to`; 0: not above it. */
static unsigned steps_up(const sim_world *sim, const sim_identity *from, const sim_identity *to)
{
    unsigned steps = 0;

    while (from != NULL && from != to && steps <= sim->servers.n) {
        from = from->parent[0] != '\0' ? find(sim, from->parent) : NULL;
        steps++;
    }
    return from == to ? steps : 0;
}

/* The parent of a direct child is the zero GUID (MS-WSUSSS 3.1.4.14.3.2); who never synchronized did so in
 * 1753. */
static void put_server(sim_rows *rows, const sim_world *sim, const sim_identity *s, const sim_identity *self)
{
    const sim_identity *parent = find(sim, s->parent);
    wck_guid zero = {0, 0};

    sim_cell_text(rows, s->fqdn);
    sim_cell_guid(rows, s->id);
    sim_cell_time_text_or(rows, s->last_sync, "1753-01-01T00:00:00");
    sim_cell_guid(rows, parent == NULL || parent == self ? zero : parent->id);
    sim_cell_time_text_or(rows, s->last_rollup, "1753-01-01T00:00:00");
    sim_cell_text(rows, s->version[0] != '\0' ? s->version : NULL);
    sim_cell_bool(rows, s->replica);
}

bool sim_admin_downstream(sim_request *request, sim_reply *reply, wck_buf *result)
{
    sim_world *sim = request->server->sim;
    const sim_identity *self = &request->server->identity, *root = self;
    bool nested = sim_child_bool(request, request->op, "includeNestedChildren");
    sim_rows rows = sim_rows_of(request, result, NULL);
    wck_guid id = {0, 0};

    (void)reply;
    sim_child_guid(request, request->op, "parentServerId", &id);
    pthread_mutex_lock(&sim->tree_lock);
    for (size_t i = 0; !wck_guid_is_zero(id) && i < sim->servers.n; i++)
        if (wck_guid_eq(sim->servers.items[i]->identity.id, id))
            root = &sim->servers.items[i]->identity;
    for (size_t i = 0; i < sim->servers.n; i++) {
        const sim_identity *s = &sim->servers.items[i]->identity;
        unsigned steps = steps_up(sim, s, root);
        if (steps == 0 || (steps > 1 && !nested) || steps_up(sim, s, self) == 0)
            continue;
        sim_row_begin(&rows);
        put_server(&rows, sim, s, self);
        sim_row_end(&rows);
    }
    pthread_mutex_unlock(&sim->tree_lock);
    return true;
}

bool sim_admin_downstream_server(sim_request *request, sim_reply *reply, wck_buf *result)
{
    sim_world *sim = request->server->sim;
    const sim_identity *self = &request->server->identity;
    sim_rows rows = sim_rows_of(request, result, NULL);
    wck_guid id = {0, 0};
    bool found = false;

    sim_child_guid(request, request->op, "id", &id);
    pthread_mutex_lock(&sim->tree_lock);
    for (size_t i = 0; !found && i < sim->servers.n; i++) {
        const sim_identity *s = &sim->servers.items[i]->identity;
        if (!wck_guid_eq(s->id, id) || steps_up(sim, s, self) == 0)
            continue;
        found = true;
        sim_row_bare_begin(&rows);
        put_server(&rows, sim, s, self);
        sim_row_bare_end(&rows);
    }
    pthread_mutex_unlock(&sim->tree_lock);
    return found || sim_admin_not_found(reply, request);
}
