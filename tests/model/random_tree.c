/* SPDX-License-Identifier: MIT
 * random_tree.c: a tree of servers that agree, made from dice. */
#include "model/random_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const tree_languages[TREE_LANGUAGES] = {"all", "en", "de", "fr", "ja"};

uint64_t dice_next(dice *d) /* splitmix64 */
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

size_t dice_below(dice *d, size_t n)
{
    return n == 0 ? 0 : (size_t)(dice_next(d) % n);
}

bool dice_percent(dice *d, unsigned percent)
{
    return dice_below(d, 100) < percent;
}

/* Spread over the partitions; the pool can be read in the text. */
wck_guid tree_id(tree_pool pool, uint64_t n)
{
    return (wck_guid){(((n * UINT64_C(0x9e3779b1)) & 0xffffff) << 40) | ((uint64_t)pool << 32) | UINT64_C(0xabcd4e0f),
                      UINT64_C(0x8a0b000000000000) | n};
}

wck_time tree_now(void)
{
    wck_time t;

    return wck_time_parse(&t, "2026-11-20T12:00:00Z") ? t : 0;
}

wck_time tree_ago(int64_t seconds)
{
    return tree_now() - seconds * WCK_TICKS_PER_SECOND;
}

#define HOURS(n) ((n)*INT64_C(3600))

void tree_guids(wck_snapshot *s, wck_guids *out, const wck_guid *items, size_t n)
{
    out->items = wck_arena_array(s->arena, n, sizeof *out->items);
    if (out->items == NULL)
        wsus_out_of_memory();
    if (n > 0)
        memcpy(out->items, items, n * sizeof *items);
    out->n = n;
}

/* ---- rows */

static void add_category(wck_snapshot *s, wck_guid id, wck_category_kind kind, wck_guid parent)
{
    wck_category *c = wck_snapshot_add_category(s);

    if (c == NULL)
        wsus_out_of_memory();
    *c = (wck_category){.id = id, .revision = 10, .kind = kind, .title = "category", .parent = parent};
}

static void add_group(wck_snapshot *s, wck_guid id, const char *name, wck_guid parent)
{
    wck_group *g = wck_snapshot_add_group(s);

    if (g == NULL)
        wsus_out_of_memory();
    *g = (wck_group){.id = id, .name = wck_snapshot_text(s, name), .parent = parent};
}

static void set_texts(wck_snapshot *s, wck_strings *out, const char *const *items, size_t n)
{
    out->items = wck_arena_array(s->arena, n, sizeof *out->items);
    if (out->items == NULL)
        wsus_out_of_memory();
    for (size_t i = 0; i < n; i++)
        out->items[i] = items[i];
    out->n = n;
}

static void give_languages(wck_snapshot *s, wck_update *u, dice *own)
{
    static const char *const sets[][3] = {{"en"}, {"en", "de"}, {"en", "fr", "ja"}};
    size_t pick = dice_below(own, 6);

    u->languages_known = pick != 0; /* none known, twice neutral, or one of the sets */
    if (pick >= 3)
        set_texts(s, &u->languages, sets[pick - 3], pick - 2);
}

static void give_file(wck_snapshot *s, wck_update *u)
{
    u->files = wck_arena_array(s->arena, 1, sizeof *u->files);
    if (u->files == NULL)
        wsus_out_of_memory();
    u->files[0] = (wck_file_ref){.name = "f.cab", .size = 5};
    memcpy(u->files[0].digest, &u->id, 16);
    u->files[0].digest[19] = (unsigned char)u->revision;
    u->n_files = 1;
}

/* What servers compare depends on the identity alone, so that every server tells the same. */
wck_update *tree_add_update(wck_snapshot *s, dice *d, wck_guid id, int64_t revision)
{
    dice own = {id.lo * 1000 + (uint64_t)revision};
    wck_update *u = wck_snapshot_add_update(s);
    wck_guid products[2];
    size_t first = dice_below(&own, TREE_PRODUCTS), pick;
    static const char *const protocols[] = {NULL, "1.0", "1.20"};

    if (u == NULL)
        wsus_out_of_memory();
    u->id = id;
    u->revision = revision;
    u->type = dice_below(&own, 2) == 0 ? WCK_UPDATE_SOFTWARE : WCK_UPDATE_DRIVER;
    u->state = WCK_STATE_PUBLISHED;
    u->deployable = 1;
    u->title = "an update";
    u->classification = tree_id(POOL_CLASS, 1 + dice_below(&own, TREE_CLASSES));
    products[0] = tree_id(POOL_PRODUCT, 1 + first);
    products[1] = tree_id(POOL_PRODUCT, 1 + (first + 1) % TREE_PRODUCTS);
    tree_guids(s, &u->products, products, 1 + dice_below(&own, 2));
    give_languages(s, u, &own);
    pick = dice_below(&own, 5);
    u->eula = pick < 3 ? tree_id(POOL_EULA, 1 + pick) : (wck_guid){0, 0};
    products[0] = tree_id(POOL_UPDATE, 1 + dice_below(&own, TREE_UPDATES));
    tree_guids(s, &u->supersedes, products, dice_below(&own, 3) == 0);
    u->compatible_protocol_version = protocols[dice_below(&own, 3)];
    u->created = tree_ago(HOURS(1000));
    u->arrived = tree_ago(HOURS(100 + (int64_t)dice_below(d, 50)));
    u->needed_by = dice_below(d, 3) == 0 ? 3 : 0;
    give_file(s, u);
    return u;
}

void tree_add_approval(wck_snapshot *s, dice *d, wck_guid update, int64_t revision, wck_guid group)
{
    wck_approval *a = wck_snapshot_add_approval(s);
    size_t pick = dice_below(d, 5), when = dice_below(d, 4);

    if (a == NULL)
        wsus_out_of_memory();
    a->deployment = tree_id(POOL_DEPLOYMENT, 1 + dice_below(d, 1 << 30));
    a->update = update;
    a->revision = revision;
    a->group = group;
    a->action = pick == 3 ? WCK_ACTION_UNINSTALL : pick == 4 ? WCK_ACTION_BLOCK : WCK_ACTION_INSTALL;
    a->deadline = when < 2 ? WCK_TIME_NONE : tree_ago(when == 2 ? HOURS(48) : -HOURS(48));
    a->go_live = a->changed = tree_ago(HOURS(80));
    a->admin = "a";
}

/* ---- servers */

static void note_runs(wck_snapshot *s, dice *d)
{
    int64_t last = 2 + (int64_t)dice_below(d, 4);
    size_t n = 1 + dice_below(d, 3);

    for (size_t i = n; i-- > 0;) {
        wck_sync_run *run = wck_snapshot_add_sync_run(s);
        if (run == NULL)
            wsus_out_of_memory();
        run->started = tree_ago(HOURS(last + 24 * (int64_t)i));
        run->ended = run->started + 300 * WCK_TICKS_PER_SECOND;
        run->result = WCK_SYNC_SUCCEEDED;
        run->trigger = WCK_TRIGGER_SCHEDULED;
    }
}

static wck_snapshot *envelope(dice *d, size_t i, const char *parent, wck_mode mode)
{
    wck_snapshot *s = wck_snapshot_new();
    char name[16];

    if (s == NULL)
        wsus_out_of_memory();
    snprintf(name, sizeof name, "s%zu", i);
    s->server.name = wck_snapshot_text(s, name);
    s->server.parent = wck_snapshot_text(s, parent);
    s->server.mode = mode;
    s->server.server_id = tree_id(POOL_SERVER, i + 1);
    snprintf(name, sizeof name, "s%zu.example", i);
    s->server.fqdn = wck_snapshot_text(s, name);
    s->server.version = "10.0.26100.1";
    s->server.protocol_version = "1.20";
    s->server.source = "file:model";
    s->server.collected_at = s->server.server_time = tree_ago(1800);
    for (int section = 0; section <= WCK_SECTION_SYNC_HISTORY; section++)
        s->coverage[section].state = WCK_COVERAGE_COMPLETE;
    s->config.sync_from_microsoft_update = parent == NULL;
    s->config.catalog_only_sync = s->config.content_on_microsoft_update = 0;
    s->config.lazy_sync = 1;
    s->config.has_upstream = parent != NULL;
    if (parent != NULL) {
        s->config.upstream.name = s->server.parent;
        s->config.upstream.port = 8531;
        s->config.upstream.ssl = 1;
        s->config.upstream.replica = mode == WCK_MODE_REPLICA;
    }
    s->config.has_schedule = true;
    s->config.schedule.automatic = 1;
    s->config.schedule.time_of_day = "06:00:00";
    s->config.schedule.per_day = 1 + (int64_t)dice_below(d, 2);
    s->config.products_known = s->config.classifications_known = true;
    note_runs(s, d);
    return s;
}

static void select_most(wck_snapshot *s)
{
    const wck_guid products[] = {tree_id(POOL_PRODUCT, 1), tree_id(POOL_PRODUCT, 2), tree_id(POOL_FAMILY, 2)};
    const wck_guid classes[] = {tree_id(POOL_CLASS, 1), tree_id(POOL_CLASS, 2), tree_id(POOL_CLASS, 3)};

    tree_guids(s, &s->config.selected_products, products, 3);
    tree_guids(s, &s->config.selected_classifications, classes, TREE_CLASSES);
}

static void offer_categories(wck_snapshot *s)
{
    const wck_guid none = {0, 0};

    add_category(s, tree_id(POOL_COMPANY, 1), WCK_CATEGORY_COMPANY, none);
    for (uint64_t i = 1; i <= 2; i++)
        add_category(s, tree_id(POOL_FAMILY, i), WCK_CATEGORY_PRODUCT_FAMILY, tree_id(POOL_COMPANY, 1));
    for (uint64_t i = 0; i < TREE_PRODUCTS; i++)
        add_category(s, tree_id(POOL_PRODUCT, i + 1), WCK_CATEGORY_PRODUCT, tree_id(POOL_FAMILY, 1 + i / 2));
    for (uint64_t i = 1; i <= TREE_CLASSES; i++)
        add_category(s, tree_id(POOL_CLASS, i), WCK_CATEGORY_CLASSIFICATION, none);
}

static void list_languages(wck_snapshot *s, dice *d)
{
    for (int64_t i = 0; i < TREE_LANGUAGES; i++) {
        wck_language *l = wck_snapshot_add_language(s);
        if (l == NULL)
            wsus_out_of_memory();
        l->id = i == 0 ? 0 : 1030 + i;
        l->code = l->name = tree_languages[i];
        l->enabled = i == 0 ? dice_percent(d, 15) : i == 1 || dice_percent(d, 40);
    }
}

static bool uses(const wck_snapshot *s, wck_guid eula, bool approved)
{
    for (size_t i = 0; i < s->updates.n; i++) {
        bool found = !approved && wck_guid_eq(s->updates.items[i].eula, eula);
        for (size_t k = 0; k < s->approvals.n && approved; k++)
            found = found || (wck_guid_eq(s->updates.items[i].eula, eula) &&
                              wck_guid_eq(s->approvals.items[k].update, s->updates.items[i].id));
        if (found)
            return true;
    }
    return false;
}

/* Approvals, declines and license agreements of an autonomous server: of the newest revisions, which stand last. */
static void administer(wck_snapshot *s, dice *d)
{
    s->approvals.n = s->declined.n = s->eulas.n = 0;
    for (size_t i = 0; i < s->updates.n; i++) {
        wck_guid id = s->updates.items[i].id;
        if (i + 1 < s->updates.n && wck_guid_eq(s->updates.items[i + 1].id, id))
            continue;
        if (dice_percent(d, 20)) {
            wck_declined *row = wck_snapshot_add_declined(s);
            if (row == NULL)
                wsus_out_of_memory();
            *row = (wck_declined){.id = id, .revision = s->updates.items[i].revision, .time = tree_ago(HOURS(90))};
            continue;
        }
        for (size_t k = 0; k < s->groups.n; k++)
            if (dice_percent(d, 40))
                tree_add_approval(s, d, id, s->updates.items[i].revision, s->groups.items[k].id);
    }
    for (uint64_t i = 1; i <= TREE_EULAS; i++) {
        wck_guid eula = tree_id(POOL_EULA, i);
        wck_eula *row;
        if (!dice_percent(d, 30) && !uses(s, eula, true))
            continue;
        row = wck_snapshot_add_eula(s);
        if (row == NULL)
            wsus_out_of_memory();
        *row = (wck_eula){.id = eula, .accepted = tree_ago(HOURS(95)), .admin = "a"};
    }
}

static void some_updates(wck_snapshot *s, dice *d)
{
    static const int64_t revisions[][2] = {{100, 0}, {100, 0}, {100, 101}, {101, 0}, {102, 0}};
    size_t n = 1 + dice_below(d, 8), first = dice_below(d, TREE_UPDATES);

    for (size_t i = 0; i < n; i++) { /* 5 and 12 have no common divisor: every update once */
        wck_guid id = tree_id(POOL_UPDATE, 1 + (first + i * 5) % TREE_UPDATES);
        const int64_t *r = revisions[dice_below(d, 5)];
        tree_add_update(s, d, id, r[0]);
        if (r[1] != 0)
            tree_add_update(s, d, id, r[1]);
    }
}

static void some_groups(wck_snapshot *s, dice *d)
{
    size_t n = dice_below(d, 4), first = dice_below(d, TREE_GROUPS);
    char name[16];

    add_group(s, WCK_GROUP_ALL_COMPUTERS, "All Computers", (wck_guid){0, 0});
    add_group(s, WCK_GROUP_UNASSIGNED, "Unassigned Computers", WCK_GROUP_ALL_COMPUTERS);
    for (size_t i = 0; i < n; i++) {
        uint64_t at = 1 + (first + i * 2) % TREE_GROUPS;
        snprintf(name, sizeof name, "Group %u", (unsigned)at);
        add_group(s, tree_id(POOL_GROUP, at), name, WCK_GROUP_ALL_COMPUTERS);
    }
}

static wck_snapshot *root(dice *d, size_t i)
{
    wck_snapshot *s = envelope(d, i, NULL, WCK_MODE_AUTONOMOUS);

    select_most(s);
    list_languages(s, d);
    offer_categories(s);
    some_updates(s, d);
    some_groups(s, d);
    administer(s, d);
    return s;
}

static void keep_some_groups(wck_snapshot *s, dice *d)
{
    size_t n = 0;

    for (size_t i = 0; i < s->groups.n; i++)
        if (wck_group_builtin(s->groups.items[i].id) || dice_percent(d, 50))
            s->groups.items[n++] = s->groups.items[i];
    s->groups.n = n;
}

static wck_snapshot *child(dice *d, const wck_snapshot *parent, size_t i)
{
    wck_mode mode = dice_percent(d, 75) ? WCK_MODE_REPLICA : WCK_MODE_AUTONOMOUS;
    wck_snapshot *s = envelope(d, i, parent->server.name, mode), *rows = wsus_copy(parent);

    wck_vec_take(&s->languages, &rows->languages);
    wck_vec_take(&s->categories, &rows->categories);
    wck_vec_take(&s->updates, &rows->updates);
    wck_vec_take(&s->groups, &rows->groups);
    wck_vec_take(&s->declined, &rows->declined);
    wck_vec_take(&s->approvals, &rows->approvals);
    wck_vec_take(&s->eulas, &rows->eulas);
    wck_snapshot_free(rows);
    for (size_t k = 0; k < s->updates.n; k++) {
        s->updates.items[k].arrived = tree_ago(HOURS(40 + (int64_t)dice_below(d, 50)));
        s->updates.items[k].needed_by = dice_below(d, 3) == 0 ? 2 : 0;
    }
    for (size_t k = 0; k < s->approvals.n; k++)
        s->approvals.items[k].changed = tree_ago(HOURS(70));
    if (mode == WCK_MODE_AUTONOMOUS) {
        keep_some_groups(s, d);
        administer(s, d);
    }
    return s;
}

wck_snapshot *tree_get(const wsus_tree *t, const char *name)
{
    for (size_t i = 0; i < t->n && name != NULL; i++)
        if (strcmp(t->now[i]->server.name, name) == 0)
            return t->now[i];
    return NULL;
}

static int depth_of(const wsus_tree *t, const wck_snapshot *s)
{
    int depth = 0;

    for (; s != NULL && depth < WSUS_MOST; depth++)
        s = tree_get(t, s->server.parent);
    return depth;
}

void tree_make_clean(wsus_tree *t, dice *d)
{
    static const size_t sizes[] = {1, 2, 2, 3, 3, 4, 5, 6, 7, 8};
    size_t n = sizes[dice_below(d, 10)];

    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < n; i++) {
        const wck_snapshot *parents[WSUS_MOST];
        size_t n_parents = 0;
        for (size_t k = 0; k < i; k++)
            if (depth_of(t, t->now[k]) < 3)
                parents[n_parents++] = t->now[k];
        if (n_parents == 0 || dice_percent(d, 8))
            t->now[i] = root(d, i);
        else
            t->now[i] = child(d, parents[dice_below(d, n_parents)], i);
        t->n++;
    }
}

void tree_forget_upstream(wck_snapshot *s)
{
    s->config.has_upstream = false;
    s->config.upstream.name = NULL;
    s->config.upstream.port = WCK_INT_NONE;
    s->config.upstream.ssl = s->config.upstream.replica = WCK_BOOL_NONE;
}

void tree_clear(wsus_tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        wck_snapshot_free(t->now[i]);
        wck_snapshot_free(t->before[i]);
    }
    t->n = 0;
}
