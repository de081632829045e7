/* SPDX-License-Identifier: MIT
 * check_single.c: rules about the updates of one server alone: expired but approved, license agreement missing,
 * inactive approvals, superseded updates; and metadata that differs between servers. */
#include "rules/check.h"

#include "base/buf.h"
#include "base/map.h"

#include <stdio.h>
#include <string.h>

/* The revision an approval names, else the highest listed (rules.md 3034, 4031). */
static const wck_update *named_revision(const side *s, const wck_approval *a)
{
    const wck_update *u = wck_side_revision(s, a->revision);

    return u != NULL ? u : wck_side_highest(s);
}

static const wck_update *expired_approved(const facts *f, const side *s)
{
    size_t at = 0;

    if (!wck_listed(f, WCK_SECTION_UPDATES) || !wck_listed(f, WCK_SECTION_APPROVALS))
        return NULL;
    for (const wck_approval *a; (a = wck_next_pick(s, &at)) != NULL;) {
        const wck_update *u = named_revision(s, a);
        if (a->action == WCK_ACTION_INSTALL && u != NULL && u->state == WCK_STATE_EXPIRED)
            return u;
    }
    return NULL;
}

static const wck_update *eula_missing(const facts *f, const side *s)
{
    size_t at = 0;

    if (!wck_listed(f, WCK_SECTION_UPDATES) || !wck_listed(f, WCK_SECTION_APPROVALS) ||
        !wck_complete(f, WCK_SECTION_EULAS))
        return NULL;
    for (const wck_approval *a; (a = wck_next_pick(s, &at)) != NULL;) {
        const wck_update *u = named_revision(s, a);
        if (a->action != WCK_ACTION_BLOCK && u != NULL && !wck_guid_is_zero(u->eula) &&
            !wck_eula_accepted(f, u->eula))
            return u;
    }
    return NULL;
}

static void emit_expired(check *c, const facts *f, const wck_update *u)
{
    wck_object object = wck_object_of_update(u->id, u->revision, u->title);

    wck_finding_says(c, wck_finding_add(c, f->node, 3034, &object), "not approved", "expired and approved");
}

static void emit_eula_missing(check *c, const facts *f, const wck_update *u)
{
    wck_object object = wck_object_of_update(u->id, u->revision, u->title);

    object.eula = u->eula;
    wck_finding_says(c, wck_finding_add(c, f->node, 4031, &object), "accepted", "not accepted");
}

static const char *join(check *c, const wck_strings *list)
{
    wck_buf buf;
    const char *text;

    wck_buf_init(&buf, 512);
    for (size_t i = 0; i < list->n && !buf.failed; i++)
        wck_buf_printf(&buf, "%s%s", i > 0 ? ", " : "", list->items[i]);
    text = wck_text(c, "%s", wck_buf_text(&buf));
    wck_buf_clear(&buf);
    return text;
}

static const char *enabled(check *c, const facts *f)
{
    wck_buf buf;
    const char *text;

    wck_buf_init(&buf, 512);
    for (size_t i = 0; i < f->head->languages.n && !buf.failed; i++)
        if (f->head->languages.items[i].enabled)
            wck_buf_printf(&buf, "%s%s", buf.len > 0 ? ", " : "", f->head->languages.items[i].code);
    text = wck_text(c, "%s", wck_buf_text(&buf));
    wck_buf_clear(&buf);
    return text;
}

/* Paths of replicas below that synchronized and lack the approval, as the model says they would. */
static const char *edges_explained(check *c, facts *f, const wck_approval *a)
{
    wck_buf buf;
    const char *text;

    wck_buf_init(&buf, 900);
    for (size_t i = 0; i < f->node->n_children && !buf.failed; i++) {
        const wck_node *child = f->node->children[i];
        facts *down = &c->facts[child->index];
        side s;
        if (child->mode != WCK_MODE_REPLICA || !wck_complete(down, WCK_SECTION_APPROVALS) || down->never_synced)
            continue;
        if (wck_side_of(c, down, a->update, &s) != WCK_OK)
            c->failed = true;
        else if (wck_pick_of(&s, a->group) == NULL)
            wck_buf_printf(&buf, "%s%.200s", buf.len > 0 ? ", " : "", child->path);
    }
    text = buf.len > 0 ? wck_text(c, "%s", wck_buf_text(&buf)) : NULL;
    wck_buf_clear(&buf);
    return text;
}

static void emit_inactive(check *c, facts *f, const side *s, const wck_approval *a)
{
    char action[WCK_ACTION_TEXT];
    const wck_update *u = wck_side_revision(s, a->revision);
    const wck_group *group = wck_group_find(f, a->group);
    wck_object object = {.kind = WCK_OBJECT_APPROVAL,
                         .update = a->update,
                         .revision = a->revision,
                         .group = a->group,
                         .title = u->title,
                         .name = group != NULL ? group->name : NULL};
    const char *edges = edges_explained(c, f, a);
    wck_finding *found = wck_finding_add(c, f->node, 4010, &object);

    wck_finding_says(c, found, "an enabled language", wck_action_format(action, a->action));
    wck_finding_evidence(c, found, "model", "languages of the revision against the enabled languages");
    wck_finding_evidence(c, found, "update_languages", "%s", join(c, &u->languages));
    wck_finding_evidence(c, found, "enabled_languages", "%s", enabled(c, f));
    if (edges != NULL)
        wck_finding_evidence(c, found, "absent_on", "%s", edges);
}

static void check_inactive(check *c, facts *f, const side *s)
{
    size_t at = 0;

    if (!wck_listed(f, WCK_SECTION_APPROVALS) || f->all_on != 0)
        return;
    for (const wck_approval *a; (a = wck_next_pick(s, &at)) != NULL;)
        if (wck_approval_inactive(f, s, a))
            emit_inactive(c, f, s, a);
}

wck_status wck_check_single(check *c, facts *f, wck_guid id, const side *s)
{
    const wck_update *u = expired_approved(f, s);

    (void)id;
    if (u != NULL)
        emit_expired(c, f, u);
    u = eula_missing(f, s);
    if (u != NULL)
        emit_eula_missing(c, f, u);
    check_inactive(c, f, s);
    return WCK_OK;
}

static mark *eula_mark(edge *e, wck_guid eula)
{
    for (size_t i = 0; i < e->eulas.n; i++)
        if (wck_guid_eq(e->eulas.items[i].id, eula))
            return &e->eulas.items[i];
    return NULL;
}

static void replica_inactive(check *c, edge *e, const walk *w, int verdict, size_t *folded)
{
    size_t at = 0;

    if (!wck_listed(e->down, WCK_SECTION_APPROVALS) || !wck_complete(e->up, WCK_SECTION_APPROVALS))
        return;
    for (const wck_approval *a; (a = wck_next_pick(&w->side[1], &at)) != NULL;) {
        if (!wck_approval_inactive(e->down, &w->side[1], a) || wck_pick_of(&w->side[0], a->group) != NULL)
            continue;
        if (wck_swallows(verdict))
            ++*folded;
        else
            emit_inactive(c, e->down, &w->side[1], a);
    }
}

void wck_check_single_replica(check *c, edge *e, const walk *w, int verdict, size_t *folded)
{
    bool parent_read = wck_complete(e->up, WCK_SECTION_UPDATES) && wck_complete(e->up, WCK_SECTION_APPROVALS);
    const wck_update *u;

    replica_inactive(c, e, w, verdict, folded);
    if (!parent_read)
        return;
    u = expired_approved(e->down, &w->side[1]);
    if (u != NULL && expired_approved(e->up, &w->side[0]) == NULL) {
        if (wck_swallows(verdict))
            ++*folded;
        else
            emit_expired(c, e->down, u);
    }
    u = e->down->never_synced ? NULL : eula_missing(e->down, &w->side[1]); /* 6003: acceptance comes from above */
    if (u != NULL && wck_complete(e->up, WCK_SECTION_EULAS) && eula_missing(e->up, &w->side[0]) == NULL) {
        mark *m = eula_mark(e, u->eula);
        if (wck_swallows(verdict))
            ++*folded;
        else if (m != NULL)
            m->folded++;
        else
            emit_eula_missing(c, e->down, u);
    }
}

/* ---- 3033 ---- */

/* Every row read again, for --verify. */
static wck_status count_superseded(check *c, facts *f, size_t *out)
{
    wck_map superseded = {0};
    wck_arena *keys = wck_arena_new();
    wck_status status = keys != NULL ? WCK_OK : wck_fail_memory(c->err, "counting superseded updates");

    *out = 0;
    for (size_t p = 0; p < c->n_partitions && status == WCK_OK; p++) {
        wck_partition rows;
        status = wck_rows_of(c, f, p, &rows);
        for (size_t i = 0; status == WCK_OK && i < rows.n_updates; i++)
            for (size_t k = 0; k < rows.updates[i].supersedes.n && status == WCK_OK; k++) {
                wck_guid *key = wck_arena_alloc(keys, sizeof *key);
                if (key != NULL)
                    *key = rows.updates[i].supersedes.items[k];
                if (key == NULL || wck_map_put(&superseded, key, sizeof *key, NULL) == NULL)
                    status = wck_fail_memory(c->err, "counting superseded updates");
            }
    }
    for (size_t p = 0; p < c->n_partitions && status == WCK_OK; p++) {
        walk w = {0};
        status = wck_rows_of(c, f, p, &w.part[0]);
        while (status == WCK_OK && wck_walk_next(&w))
            *out += w.side[0].n_updates > 0 && w.side[0].declined == NULL &&
                    wck_map_find(&superseded, &w.id, sizeof w.id) != NULL;
    }
    wck_map_clear(&superseded);
    wck_arena_free(keys);
    return status;
}

wck_status wck_check_superseded(check *c, facts *f)
{
    enum { TOO_MANY = 1500 }; /* Microsoft's WSUS maintenance guide */
    wck_object object = {.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = f->node->name};
    size_t n = f->node->now->n_superseded;
    wck_status status = WCK_OK;

    if (!wck_listed(f, WCK_SECTION_UPDATES) || !wck_complete(f, WCK_SECTION_DECLINED))
        return WCK_OK;
    if (c->options->verify)
        status = count_superseded(c, f, &n);
    if (status == WCK_OK && n > TOO_MANY)
        wck_finding_says(c, wck_finding_add(c, f->node, 3033, &object), "at most 1500", wck_text(c, "%zu", n));
    return status;
}
