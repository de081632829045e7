/* SPDX-License-Identifier: MIT
 * rows_update.c: rows of updates and approvals. They are many, so only those of servers whose facts changed
 * since they were published are written; partition by partition, so that memory stays flat. */
#include "publish/rows.h"

#include <stdio.h>
#include <string.h>

/* ---- which ---- */

typedef struct row_kind {
    unsigned flag;
    const char *name;
    wck_section section;
    size_t table;
} row_kind;

static const row_kind kinds[] = {
    {WCK_ROWS_UPDATES, "updates", WCK_SECTION_UPDATES, WCK_TABLE_wsus_update},
    {WCK_ROWS_APPROVALS, "approvals", WCK_SECTION_APPROVALS, WCK_TABLE_approval},
};

typedef struct known {
    wck_arena *arena;
    wck_map sets; /* "digest kind server" of what is published */
} known;

static wck_status take_set(const char *const *values, void *payload, wck_error *err)
{
    known *k = payload;
    const char *key =
        wck_arena_printf(k->arena, "%s %s %s", values[2] != NULL ? values[2] : "", values[1], values[0]);

    if (key == NULL || wck_map_put(&k->sets, key, strlen(key), NULL) == NULL)
        return wck_fail_memory(err, "publishing");
    return WCK_OK;
}

/* A server whose list was not read keeps no rows: they would look like all there is. */
static bool is_current(const known *k, const wck_report_server *s, const row_kind *kind)
{
    char digest[WCK_DIGEST_HEX];
    const char *key =
        wck_arena_printf(k->arena, "%s %s %s", wck_digest_format(digest, &s->digest), kind->name, s->name);

    return key != NULL && wck_map_find(&k->sets, key, strlen(key)) != NULL;
}

/* ---- rows ---- */

static const char *title_of(const wck_snapshot *head, wck_guid id, char *guid)
{
    const wck_category *c = wck_guid_find(head->categories.items, head->categories.n, sizeof *c, id);

    return c != NULL && c->title != NULL ? c->title : wck_guid_format(guid, id);
}

static void put_list(wck_pub_row *row, size_t column, const wck_strings *list)
{
    const char *text;
    wck_buf out;

    wck_buf_init(&out, SIZE_MAX / 4);
    for (size_t i = 0; i < list->n; i++)
        wck_buf_printf(&out, "%s%s", i > 0 ? " " : "", list->items[i]);
    text = out.failed ? NULL : wck_arena_strdup(row->scratch, wck_buf_text(&out));
    row->failed = row->failed || text == NULL;
    wck_fill_text(row, column, text);
    wck_buf_clear(&out);
}

static void put_products(wck_pub_row *row, const wck_snapshot *head, const wck_guids *products)
{
    char guid[WCK_GUID_TEXT];
    const char *text;
    wck_buf out;

    wck_buf_init(&out, SIZE_MAX / 4);
    for (size_t i = 0; i < products->n; i++)
        wck_buf_printf(&out, "%s%s", i > 0 ? "; " : "", title_of(head, products->items[i], guid));
    text = out.failed ? NULL : wck_arena_strdup(row->scratch, wck_buf_text(&out));
    row->failed = row->failed || text == NULL;
    wck_fill_text(row, WCK_COL_wsus_update_products, text);
    wck_buf_clear(&out);
}

/* d NULL: not listed as declined. */
static void put_declined(wck_pub_row *row, const wck_snapshot *head, const wck_declined *d)
{
    wck_coverage_state state = head->coverage[WCK_SECTION_DECLINED].state;

    wck_fill_bool(row, WCK_COL_wsus_update_declined,
                  d != NULL                        ? 1
                  : state == WCK_COVERAGE_COMPLETE ? 0
                                                   : WCK_BOOL_NONE);
    if (d == NULL)
        return;
    wck_fill_time(row, WCK_COL_wsus_update_declined_at, d->time);
    wck_fill_text(row, WCK_COL_wsus_update_declined_by, d->admin);
}

static void put_update(wck_pub_row *row, const wck_snapshot *head, const wck_update *u)
{
    char guid[WCK_GUID_TEXT];

    wck_fill_guid(row, WCK_COL_wsus_update_update_id, u->id);
    wck_fill_int(row, WCK_COL_wsus_update_revision, u->revision);
    wck_fill_text(row, WCK_COL_wsus_update_title, u->title);
    wck_fill_text(row, WCK_COL_wsus_update_type, wck_update_type_name(u->type));
    wck_fill_text(row, WCK_COL_wsus_update_state, wck_update_state_name(u->state));
    wck_fill_bool(row, WCK_COL_wsus_update_deployable, u->deployable);
    wck_fill_text(row, WCK_COL_wsus_update_severity, u->severity);
    put_list(row, WCK_COL_wsus_update_kb, &u->kb);
    put_list(row, WCK_COL_wsus_update_bulletins, &u->bulletins);
    if (u->languages_known)
        put_list(row, WCK_COL_wsus_update_languages, &u->languages);
    if (!wck_guid_is_zero(u->classification)) {
        const char *title = wck_arena_strdup(row->scratch, title_of(head, u->classification, guid));
        row->failed = row->failed || title == NULL;
        wck_fill_text(row, WCK_COL_wsus_update_classification, title);
    }
    put_products(row, head, &u->products);
    wck_fill_time(row, WCK_COL_wsus_update_created, u->created);
    wck_fill_time(row, WCK_COL_wsus_update_arrived, u->arrived);
    wck_fill_int(row, WCK_COL_wsus_update_needed_by, u->needed_by);
    wck_fill_guid(row, WCK_COL_wsus_update_eula_id, u->eula);
}

static wck_status put_updates(wck_publishing *w, const wck_node *node, const wck_partition *part, size_t *n)
{
    const wck_snapshot *head = node->now->head;
    wck_status status = WCK_OK;

    for (size_t i = 0; i < part->n_updates && status == WCK_OK; i++) {
        const wck_update *u = &part->updates[i];
        wck_pub_row *row = wck_publish_row(w, WCK_TABLE_wsus_update);
        wck_fill_text(row, WCK_COL_wsus_update_server, node->name);
        put_update(row, head, u);
        put_declined(row, head,
                     wck_guid_find(part->declined, part->n_declined, sizeof *part->declined, u->id));
        status = wck_publish_put_row(w);
        ++*n;
    }
    for (size_t i = 0; i < part->n_declined && status == WCK_OK; i++) {
        const wck_declined *d = &part->declined[i];
        wck_pub_row *row;
        if (wck_guid_find(part->updates, part->n_updates, sizeof *part->updates, d->id) != NULL)
            continue;
        row = wck_publish_row(w, WCK_TABLE_wsus_update); /* known by its decline only */
        wck_fill_text(row, WCK_COL_wsus_update_server, node->name);
        wck_fill_guid(row, WCK_COL_wsus_update_update_id, d->id);
        put_declined(row, head, d);
        status = wck_publish_put_row(w);
        ++*n;
    }
    return status;
}

static wck_status put_approvals(wck_publishing *w, const wck_node *node, const wck_partition *part, size_t *n)
{
    const wck_snapshot *head = node->now->head;
    wck_status status = WCK_OK;

    for (size_t i = 0; i < part->n_approvals && status == WCK_OK; i++) {
        const wck_approval *a = &part->approvals[i];
        const wck_group *group = wck_guid_find(head->groups.items, head->groups.n, sizeof *group, a->group);
        wck_pub_row *row = wck_publish_row(w, WCK_TABLE_approval);
        char action[WCK_ACTION_TEXT];
        wck_fill_text(row, WCK_COL_approval_server, node->name);
        wck_fill_guid(row, WCK_COL_approval_update_id, a->update);
        wck_fill_int(row, WCK_COL_approval_revision, a->revision);
        wck_fill_guid(row, WCK_COL_approval_group_id, a->group);
        wck_fill_text(row, WCK_COL_approval_group_name, group != NULL ? group->name : NULL);
        wck_fill_text(row, WCK_COL_approval_action, wck_action_format(action, a->action));
        wck_fill_time(row, WCK_COL_approval_deadline, a->deadline);
        wck_fill_time(row, WCK_COL_approval_go_live, a->go_live);
        wck_fill_time(row, WCK_COL_approval_changed, a->changed);
        wck_fill_text(row, WCK_COL_approval_admin, a->admin);
        status = wck_publish_put_row(w);
        ++*n;
    }
    return status;
}

/* ---- a set of them ---- */

static wck_status put_rows(wck_publishing *w, const wck_node *node, const row_kind *kind, size_t *n)
{
    wck_target *target = w->p->target;
    wck_arena *arena = wck_arena_new();
    wck_status status = arena != NULL
                            ? target->ops->put_begin(target, &wck_pub_tables[kind->table], false, w->err)
                            : wck_fail_memory(w->err, "publishing");
    bool begun = status == WCK_OK;

    for (size_t i = 0; i < node->now->n_partitions && status == WCK_OK; i++) {
        wck_partition part = {0};
        wck_arena_reset(arena);
        status = node->now->ops->load(node->now, i, arena, &part, w->err);
        if (status == WCK_OK)
            status = kind->flag == WCK_ROWS_UPDATES ? put_updates(w, node, &part, n)
                                                    : put_approvals(w, node, &part, n);
    }
    if (begun && status == WCK_OK)
        status = target->ops->put_end(target, w->err);
    wck_arena_free(arena);
    return status;
}

static wck_status put_set(wck_publishing *w, size_t place, const row_kind *kind, size_t n)
{
    const wck_report_server *s = &w->report->servers.items[place];
    wck_target *target = w->p->target;
    wck_status status = target->ops->put_begin(target, &wck_pub_tables[WCK_TABLE_row_set], false, w->err);
    wck_coverage_state state = s->coverage[kind->section].state;
    char digest[WCK_DIGEST_HEX];
    wck_pub_row *row;

    if (status != WCK_OK)
        return status;
    row = wck_publish_row(w, WCK_TABLE_row_set);
    wck_fill_text(row, WCK_COL_row_set_server, s->name);
    wck_fill_text(row, WCK_COL_row_set_kind, kind->name);
    wck_fill_text(row, WCK_COL_row_set_digest, wck_digest_format(digest, &s->digest));
    wck_fill_text(row, WCK_COL_row_set_coverage, wck_coverage_name(state));
    wck_fill_time(row, WCK_COL_row_set_collected_at, s->collected_at);
    if (state >= WCK_COVERAGE_PARTIAL)
        wck_fill_count(row, WCK_COL_row_set_listed, n);
    status = wck_publish_put_row(w);
    return status == WCK_OK ? target->ops->put_end(target, w->err) : status;
}

static wck_status rewrite(wck_publishing *w, const bool *stale, const row_kind *kind)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < w->report->servers.n && status == WCK_OK; i++) {
        size_t n = 0;
        if (!stale[i])
            continue;
        if (w->report->servers.items[i].coverage[kind->section].state >= WCK_COVERAGE_PARTIAL)
            status = put_rows(w, w->nodes[i], kind, &n);
        if (status == WCK_OK)
            status = put_set(w, i, kind, n);
        *(kind->flag == WCK_ROWS_UPDATES ? &w->counts->updates : &w->counts->approvals) += n;
        w->counts->rewritten++;
    }
    return status;
}

/* The names of the servers travel as rows, as all that comes from outside. */
static wck_status drop_old(wck_publishing *w, const bool *stale, const row_kind *kind)
{
    wck_target *target = w->p->target;
    const wck_dialect *d = target->ops->dialect;
    const wck_pub_table *table = &wck_pub_tables[kind->table], *sets = &wck_pub_tables[WCK_TABLE_row_set];
    wck_status status;
    wck_buf sql;

    wck_buf_init(&sql, SIZE_MAX / 4);
    wck_sql_stage(&sql, d, sets);
    status = wck_target_run(target, &sql, w->err);
    if (status == WCK_OK)
        status = target->ops->put_begin(target, sets, true, w->err);
    for (size_t i = 0; i < w->report->servers.n && status == WCK_OK; i++) {
        wck_pub_row *row;
        if (!stale[i])
            continue;
        row = wck_publish_row(w, WCK_TABLE_row_set);
        wck_fill_text(row, WCK_COL_row_set_server, w->report->servers.items[i].name);
        wck_fill_text(row, WCK_COL_row_set_kind, kind->name);
        status = wck_publish_put_row(w);
    }
    if (status == WCK_OK)
        status = target->ops->put_end(target, w->err);
    wck_buf_printf(&sql, "DELETE FROM %s%s WHERE server IN (SELECT server FROM %snew_row_set);\n", d->rows,
                   table->name, d->staged);
    wck_buf_printf(
        &sql,
        "DELETE FROM %srow_set WHERE kind = '%s' AND server IN (SELECT server FROM %snew_row_set);\n"
        "DROP TABLE %snew_row_set;\n",
        d->rows, kind->name, d->staged, d->staged);
    if (status == WCK_OK)
        status = wck_target_run(target, &sql, w->err);
    wck_buf_clear(&sql);
    return status;
}

static wck_status each_kind(wck_publishing *w, const known *k, bool *stale)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && status == WCK_OK; i++) {
        bool any = false;
        if ((w->options->rows & kinds[i].flag) == 0)
            continue;
        for (size_t s = 0; s < w->report->servers.n; s++) {
            stale[s] = w->nodes[s] != NULL && !is_current(k, &w->report->servers.items[s], &kinds[i]);
            any = any || stale[s];
        }
        if (any)
            status = drop_old(w, stale, &kinds[i]);
        if (any && status == WCK_OK)
            status = rewrite(w, stale, &kinds[i]);
    }
    return status;
}

/* Rows of servers that are not in the tree any more. */
static void put_gone(wck_buf *sql, const wck_dialect *d)
{
    static const char *const tables[] = {"wsus_update", "approval", "row_set"};

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        wck_buf_printf(sql,
                       "DELETE FROM %s%s WHERE server IN (SELECT r.server FROM %srow_set AS r WHERE NOT "
                       "EXISTS (SELECT 1 "
                       "FROM %sserver AS s WHERE s.server = r.server));\n",
                       d->rows, tables[i], d->rows, d->rows);
}

wck_status wck_rows_updates(wck_publishing *w)
{
    wck_target *target = w->p->target;
    bool *stale = wck_arena_array(w->tree->arena, w->report->servers.n + 1, sizeof *stale);
    known k = {.arena = wck_arena_new()};
    wck_status status = WCK_OK;
    wck_buf sql;

    wck_buf_init(&sql, SIZE_MAX / 4);
    put_gone(&sql, target->ops->dialect);
    if (stale == NULL || k.arena == NULL)
        status = wck_fail_memory(w->err, "publishing");
    if (status == WCK_OK)
        status = wck_target_run(target, &sql, w->err);
    wck_buf_printf(&sql, "SELECT server, kind, digest FROM %srow_set", target->ops->dialect->rows);
    if (status == WCK_OK && sql.failed)
        status = wck_fail_memory(w->err, "publishing");
    if (status == WCK_OK)
        status = target->ops->each(target, wck_buf_text(&sql), take_set, &k, w->err);
    if (status == WCK_OK)
        status = each_kind(w, &k, stale);
    wck_buf_clear(&sql);
    wck_map_clear(&k.sets);
    wck_arena_free(k.arena);
    return status;
}
