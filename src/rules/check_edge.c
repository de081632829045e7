/* SPDX-License-Identifier: MIT
 * check_edge.c: a server against its upstream server in everything that is not an update: languages, categories,
 * groups, license agreements, protocol. */
#include "rules/check.h"

#include "model/selection.h"

#include <stdio.h>
#include <string.h>

static wck_finding *on_object(check *c, edge *e, int rule, wck_object object)
{
    return wck_finding_add(c, e->down->node, rule, &object);
}

/* ---- languages ---- */

static void language_finding(check *c, edge *e, int rule, const char *code, const char *name)
{
    wck_finding *f = on_object(c, e, rule,
                               (wck_object){.kind = WCK_OBJECT_LANGUAGE,
                                            .revision = WCK_INT_NONE,
                                            .language = code,
                                            .name = name});

    wck_finding_says(c, f, rule == 2001 ? "not enabled" : "enabled", rule == 2001 ? "enabled" : "not enabled");
}

/* Languages of `from` that the other side is known to lack. */
static void compare_languages(check *c, edge *e, int rule, const facts *from, const facts *other)
{
    if (!wck_listed(from, WCK_SECTION_LANGUAGES))
        return;
    for (size_t i = 0; i < from->head->languages.n; i++) {
        const wck_language *l = &from->head->languages.items[i];
        if (l->enabled && l->id != 0 && strcmp(l->code, "all") != 0 && wck_language_enabled(other->head, l->code) == 0)
            language_finding(c, e, rule, l->code, l->name);
    }
}

static void check_languages(check *c, edge *e)
{
    int8_t up = e->up->all_on, down = e->down->all_on;

    if (up == 1 && down == 1)
        return;
    if (up == 0 && down == 1) {
        language_finding(c, e, 2001, "all", NULL);
        return;
    }
    if (up == 1 && down == 0) {
        language_finding(c, e, 2003, "all", NULL);
        return;
    }
    if (up == 1 || down == 1)
        return; /* the other side's switch is not known, so neither is what its flags mean */
    compare_languages(c, e, 2001, e->down, e->up);
    compare_languages(c, e, 2003, e->up, e->down);
}

/* ---- categories ---- */

static wck_object category_object(const wck_category *category)
{
    return (wck_object){.kind = WCK_OBJECT_CATEGORY,
                        .revision = WCK_INT_NONE,
                        .category = category->id,
                        .title = category->title};
}

static bool compared_kind(wck_category_kind kind)
{
    return kind != WCK_CATEGORY_UNKNOWN && kind != WCK_CATEGORY_DETECTOID;
}

static void check_category_pair(check *c, edge *e, const wck_category *up, const wck_category *down)
{
    wck_finding *f;

    /* 0: the source cannot tell (Export-WsusSnapshot.ps1; real revisions begin at 1) */
    if (up->revision == down->revision || up->revision == 0 || down->revision == 0 || (!compared_kind(up->kind) && !compared_kind(down->kind)))
        return;
    f = on_object(c, e, 2009, category_object(down));
    wck_finding_says(c, f, wck_text(c, "revision %lld", (long long)up->revision),
                     wck_text(c, "revision %lld", (long long)down->revision));
}

static void category_up_only(check *c, edge *e, const wck_category *up)
{
    int rule = up->kind == WCK_CATEGORY_PRODUCT ? 2006 : up->kind == WCK_CATEGORY_CLASSIFICATION ? 2007 : 0;

    if (rule != 0 && wck_complete(e->down, WCK_SECTION_CATEGORIES) && !e->down->never_synced)
        wck_finding_says(c, on_object(c, e, rule, category_object(up)), "listed", "not listed");
}

static void category_down_only(check *c, edge *e, const wck_category *down)
{
    int rule = down->kind == WCK_CATEGORY_PRODUCT ? 2004 : down->kind == WCK_CATEGORY_CLASSIFICATION ? 2005 : 0;

    if (rule != 0 && wck_complete(e->up, WCK_SECTION_CATEGORIES))
        wck_finding_says(c, on_object(c, e, rule, category_object(down)), "offered upstream",
                         "not listed upstream");
}

static const wck_category *find_on_edge(const void *where, wck_guid id)
{
    const edge *e = where;
    const wck_category *category = wck_category_find(e->down, id);

    return category != NULL ? category : wck_category_find(e->up, id);
}

/* The child's own selection, which WSUS ignores, names something the top of the chain does not select. */
static void check_selected(check *c, edge *e, int rule, const wck_guids *down, bool up_known, const wck_guids *up)
{
    if (!up_known)
        return;
    for (size_t i = 0; i < down->n; i++) {
        const wck_category *named = wck_category_find(e->down, down->items[i]);
        const wck_category *offered = wck_category_find(e->up, down->items[i]);
        wck_object object = {.kind = WCK_OBJECT_CATEGORY,
                             .revision = WCK_INT_NONE,
                             .category = down->items[i],
                             .title = named != NULL ? named->title : NULL};
        if (wck_product_selected(up, down->items[i], find_on_edge, e)) /* itself, or with its family */
            continue;
        if (named != NULL && offered == NULL && wck_complete(e->up, WCK_SECTION_CATEGORIES) &&
            wck_listed(e->down, WCK_SECTION_CATEGORIES))
            continue; /* said already: not listed upstream */
        wck_finding_says(c, on_object(c, e, rule, object), "selected upstream", "selected here only");
    }
}

static void check_categories(check *c, edge *e)
{
    const wck_snapshot *up = e->up->head, *down = e->down->head;
    size_t i = 0, j = 0;
    bool listed = wck_listed(e->up, WCK_SECTION_CATEGORIES) && wck_listed(e->down, WCK_SECTION_CATEGORIES);

    if (listed && !c->options->verify &&
        wck_digest_eq(&e->up->node->now->section[WCK_SECTION_CATEGORIES],
                      &e->down->node->now->section[WCK_SECTION_CATEGORIES]))
        listed = false; /* equal: nothing to say */
    while (listed && (i < up->categories.n || j < down->categories.n)) {
        const wck_category *a = i < up->categories.n ? &up->categories.items[i] : NULL;
        const wck_category *b = j < down->categories.n ? &down->categories.items[j] : NULL;
        int order = a == NULL ? 1 : b == NULL ? -1 : wck_guid_cmp(a->id, b->id);
        if (order < 0)
            category_up_only(c, e, a);
        else if (order > 0)
            category_down_only(c, e, b);
        else
            check_category_pair(c, e, a, b);
        i += order <= 0;
        j += order >= 0;
    }
    if (wck_listed(e->down, WCK_SECTION_CONFIG)) {
        const facts *root = &c->facts[wck_node_root(e->up->node)->index];
        bool known = wck_complete(root, WCK_SECTION_CONFIG) && !root->node->unknown_parent;
        check_selected(c, e, 2004, &down->config.selected_products, known && root->head->config.products_known,
                       &root->head->config.selected_products);
        check_selected(c, e, 2005, &down->config.selected_classifications,
                       known && root->head->config.classifications_known,
                       &root->head->config.selected_classifications);
    }
}

/* ---- groups ---- */

static mark *add_group_mark(check *c, edge *e, wck_guid id, int rule, const char *name)
{
    mark *m = wck_vec_push(&e->groups);

    if (m == NULL) {
        c->failed = true;
        return NULL;
    }
    m->id = id;
    m->rule = rule;
    m->name = name;
    return m;
}

/* A group of the other side with the same name whose id this side lacks: deleted and made again. */
static const wck_group *namesake(const facts *other, const facts *mine, const char *name)
{
    for (size_t i = 0; i < other->head->groups.n; i++) {
        const wck_group *g = &other->head->groups.items[i];
        if (strcmp(g->name, name) == 0 && !wck_group_builtin(g->id) && wck_group_find(mine, g->id) == NULL)
            return g;
    }
    return NULL;
}

static void group_up_only(check *c, edge *e, const wck_group *up)
{
    const wck_group *again = NULL;
    char id[WCK_GUID_TEXT];
    mark *m;

    if (wck_group_builtin(up->id) || !wck_complete(e->down, WCK_SECTION_GROUPS))
        return;
    if (wck_complete(e->up, WCK_SECTION_GROUPS))
        again = namesake(e->down, e->up, up->name);
    if (e->down->never_synced && again == NULL) /* a namesake is there, and its members go with the first synchronization */
        return;
    m = add_group_mark(c, e, up->id, again != NULL ? 4023 : 4020, up->name);
    if (m == NULL)
        return;
    m->expected = again != NULL ? wck_text(c, "%s", wck_guid_format(id, up->id)) : "listed";
    m->actual = again != NULL ? wck_text(c, "%s", wck_guid_format(id, again->id)) : "not listed";
    if (again != NULL)
        m->other = again->id;
}

static void group_down_only(check *c, edge *e, const wck_group *down)
{
    mark *m;

    if (wck_group_builtin(down->id) || !wck_complete(e->up, WCK_SECTION_GROUPS))
        return;
    if (wck_complete(e->down, WCK_SECTION_GROUPS) && namesake(e->up, e->down, down->name) != NULL)
        return; /* the other half of a 4023 */
    m = add_group_mark(c, e, down->id, 4021, down->name);
    if (m != NULL) {
        m->expected = "not listed";
        m->actual = "listed";
    }
}

static void group_both(check *c, edge *e, const wck_group *up, const wck_group *down)
{
    char a[WCK_GUID_TEXT], b[WCK_GUID_TEXT];
    wck_object object = {
        .kind = WCK_OBJECT_GROUP, .revision = WCK_INT_NONE, .group = up->id, .name = up->name};

    if (wck_group_builtin(up->id))
        return;
    if (strcmp(up->name, down->name) != 0)
        wck_finding_says(c, on_object(c, e, 4022, object), up->name, down->name);
    if (!wck_guid_is_zero(up->parent) && !wck_guid_is_zero(down->parent) && !wck_guid_eq(up->parent, down->parent))
        wck_finding_says(c, on_object(c, e, 4024, object), wck_guid_format(a, up->parent),
                         wck_guid_format(b, down->parent));
}

static void check_groups(check *c, edge *e)
{
    const wck_snapshot *up = e->up->head, *down = e->down->head;
    size_t i = 0, j = 0;

    if (!wck_listed(e->up, WCK_SECTION_GROUPS) || !wck_listed(e->down, WCK_SECTION_GROUPS))
        return;
    while (i < up->groups.n || j < down->groups.n) {
        const wck_group *a = i < up->groups.n ? &up->groups.items[i] : NULL;
        const wck_group *b = j < down->groups.n ? &down->groups.items[j] : NULL;
        int order = a == NULL ? 1 : b == NULL ? -1 : wck_guid_cmp(a->id, b->id);
        if (order < 0)
            group_up_only(c, e, a);
        else if (order > 0)
            group_down_only(c, e, b);
        else
            group_both(c, e, a, b);
        i += order <= 0;
        j += order >= 0;
    }
}

/* ---- license agreements ---- */

static void check_eulas(check *c, edge *e)
{
    if (!wck_listed(e->up, WCK_SECTION_EULAS) || !wck_complete(e->down, WCK_SECTION_EULAS) || e->down->never_synced)
        return;
    for (size_t i = 0; i < e->up->head->eulas.n; i++) {
        const wck_eula *eula = &e->up->head->eulas.items[i];
        mark *m;
        if (wck_eula_accepted(e->down, eula->id))
            continue;
        m = wck_vec_push(&e->eulas);
        if (m == NULL) {
            c->failed = true;
            return;
        }
        m->id = eula->id;
        m->update = eula->update;
        m->at = eula->accepted;
        m->rule = wck_pending_since(e->down, eula->accepted) ? 4008 : 4030;
    }
}

static void check_protocol(check *c, edge *e)
{
    const char *up = e->up->head->server.protocol_version, *down = e->down->head->server.protocol_version;
    wck_object object = {.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = e->down->node->name};

    if (up != NULL && down != NULL && strcmp(up, down) != 0)
        wck_finding_says(c, on_object(c, e, 9007, object), up, down);
}

void wck_check_edge_begin(check *c, edge *e)
{
    check_categories(c, e);
    check_protocol(c, e);
    if (!e->replica)
        return;
    check_languages(c, e);
    check_groups(c, e);
    check_eulas(c, e);
}

/* ---- after the updates: what folded is known now ---- */

static wck_status emit_eula(check *c, edge *e, const mark *m)
{
    wck_object object = {
        .kind = WCK_OBJECT_EULA, .revision = WCK_INT_NONE, .eula = m->id, .update = m->update};
    wck_finding *f;

    if (!wck_guid_is_zero(m->update)) {
        side up, down;
        wck_status status = wck_side_of(c, e->up, m->update, &up);
        if (status == WCK_OK)
            status = wck_side_of(c, e->down, m->update, &down);
        if (status != WCK_OK)
            return status;
        if (wck_swallows(wck_update_verdict(c, e, m->update, &up, &down)))
            return WCK_OK;
        object.title = wck_title_of(&up, &down);
    }
    f = on_object(c, e, m->rule, object);
    wck_finding_says(c, f, "accepted", "not accepted");
    if (m->rule == 4008) {
        wck_finding_time(c, f, "changed", m->at);
        wck_finding_time(c, f, "last_good_sync", e->down->last_good);
        wck_finding_time(c, f, "expected_by", wck_next_sync(c, e->down));
    }
    if (m->folded > 0)
        wck_finding_evidence(c, f, "folded", "%zu", m->folded);
    return WCK_OK;
}

/* Approvals that count on one server, whole; with --verify read again. */
static wck_status count_approvals(check *c, facts *f, size_t *out)
{
    *out = c->options->verify ? 0 : f->node->now->n_counted;
    for (size_t p = 0; c->options->verify && p < c->n_partitions; p++) {
        walk w = {0};
        wck_status status = wck_rows_of(c, f, p, &w.part[0]);
        if (status != WCK_OK)
            return status;
        while (wck_walk_next(&w))
            for (size_t at = 0; wck_next_pick(&w.side[0], &at) != NULL;)
                ++*out;
    }
    return WCK_OK;
}

static wck_status emit_counts(check *c, edge *e)
{
    wck_object object = {.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = e->down->node->name};
    size_t up, down;
    wck_finding *f;
    wck_status status;

    if (e->inactive == 0)
        return WCK_OK;
    status = count_approvals(c, e->up, &up);
    if (status == WCK_OK)
        status = count_approvals(c, e->down, &down);
    if (status != WCK_OK)
        return status;
    f = on_object(c, e, 4011, object);
    wck_finding_says(c, f, wck_text(c, "%zu approvals", up),
                     wck_text(c, "%zu approvals + %zu inactive + %zu pending + %zu missing - %zu extra", down,
                              e->inactive, e->pending, e->missing, e->extra));
    wck_finding_evidence(c, f, "upstream", "%zu", up);
    wck_finding_evidence(c, f, "here", "%zu", down);
    wck_finding_evidence(c, f, "inactive", "%zu", e->inactive);
    wck_finding_evidence(c, f, "pending", "%zu", e->pending);
    wck_finding_evidence(c, f, "missing", "%zu", e->missing);
    wck_finding_evidence(c, f, "extra", "%zu", e->extra);
    return WCK_OK;
}

wck_status wck_check_edge_end(check *c, edge *e)
{
    for (size_t i = 0; i < e->groups.n; i++) {
        const mark *m = &e->groups.items[i];
        wck_finding *f = on_object(c, e, m->rule,
                                   (wck_object){.kind = WCK_OBJECT_GROUP,
                                                .revision = WCK_INT_NONE,
                                                .group = m->id,
                                                .name = m->name});
        wck_finding_says(c, f, m->expected, m->actual);
        if (m->folded > 0)
            wck_finding_evidence(c, f, "folded", "%zu", m->folded);
    }
    for (size_t i = 0; i < e->eulas.n; i++) {
        wck_status status = emit_eula(c, e, &e->eulas.items[i]);
        if (status != WCK_OK)
            return status;
    }
    return emit_counts(c, e);
}
