/* SPDX-License-Identifier: MIT
 * random.c: see random.h. */
#include "support/test.h"

#include "random.h"
#include "snapshots.h"

#include <stdio.h>

enum { UPDATE, DECLINED, APPROVAL, LANGUAGE, CATEGORY, GROUP, EULA, RUN, CONTENT, KINDS };
enum { UPDATES = 24, GROUPS = 5, EULAS = 4, CATEGORIES = 9 };

const wck_time random_now = 20000 * 86400 * WCK_TICKS_PER_SECOND;

/* An allocation that must succeed. */
static void *have(const void *p)
{
    assert_non_null(p);
    return (void *)(uintptr_t)p;
}

static uint64_t pick(uint64_t *seed, uint64_t n)
{
    return sample_next(seed) % n;
}

static bool one_in(uint64_t *seed, uint64_t n)
{
    return pick(seed, n) == 0;
}

static wck_guid guid_of(uint64_t kind, uint64_t i)
{
    uint64_t seed = kind << 32 | i;
    uint64_t hi = sample_next(&seed);

    return (wck_guid){hi, sample_next(&seed)};
}

static wck_guid group_of(uint64_t i)
{
    return i == 0 ? WCK_GROUP_ALL_COMPUTERS : i == 1 ? WCK_GROUP_DOWNSTREAM : guid_of(6, i);
}

/* Hours around now, or none. */
static wck_time time_of(uint64_t *seed)
{
    if (one_in(seed, 5))
        return WCK_TIME_NONE;
    return random_now - (int64_t)pick(seed, 60) * 3600 * WCK_TICKS_PER_SECOND + 6 * 3600 * WCK_TICKS_PER_SECOND;
}

static const char *text(wck_snapshot *s, const char *stem, uint64_t i)
{
    char out[64];

    snprintf(out, sizeof out, "%s %llu", stem, (unsigned long long)i);
    return have(wck_snapshot_text(s, out));
}

/* Items of a set in another order. */
static void shuffle(void *items, size_t n, size_t size, uint64_t order)
{
    char *p = items, swap[1024];

    assert_true(size <= sizeof swap);
    for (size_t i = n; order != 0 && i > 1; i--) {
        size_t k = (size_t)pick(&order, i);
        memcpy(swap, p + (i - 1) * size, size);
        memcpy(p + (i - 1) * size, p + k * size, size);
        memcpy(p + k * size, swap, size);
    }
}

/* Perhaps with repetitions. */
static wck_guids guids(wck_snapshot *s, uint64_t kind, uint64_t domain, size_t n, uint64_t *seed, uint64_t order)
{
    wck_guids set = {.n = n};

    set.items = have(wck_arena_array(s->arena, n, sizeof *set.items));
    for (size_t i = 0; i < n; i++)
        set.items[i] = guid_of(kind, pick(seed, domain));
    shuffle(set.items, n, sizeof *set.items, order);
    return set;
}

static wck_strings strings(wck_snapshot *s, const char *stem, uint64_t domain, size_t n, uint64_t *seed, uint64_t order)
{
    wck_strings set = {.n = n};

    set.items = have(wck_arena_array(s->arena, n, sizeof *set.items));
    for (size_t i = 0; i < n; i++)
        set.items[i] = text(s, stem, pick(seed, domain));
    shuffle(set.items, n, sizeof *set.items, order);
    return set;
}

static void cook_sets(wck_snapshot *s, wck_update *u, uint64_t *seed, uint64_t order)
{
    u->kb = strings(s, "KB", 3, (size_t)pick(seed, 3), seed, order);
    u->bulletins = strings(s, "MS", 3, (size_t)pick(seed, 2), seed, order);
    u->languages = strings(s, "lang", 4, (size_t)pick(seed, 3), seed, order);
    u->products = guids(s, 2, CATEGORIES, (size_t)pick(seed, 4), seed, order);
    u->supersedes = guids(s, 10, UPDATES, (size_t)pick(seed, 3), seed, order);
    u->bundles.n = (size_t)pick(seed, 3);
    u->bundles.items = have(wck_arena_array(s->arena, u->bundles.n, sizeof *u->bundles.items));
    for (size_t i = 0; i < u->bundles.n; i++)
        u->bundles.items[i] = (wck_identity){guid_of(10, pick(seed, 3)), (int64_t)pick(seed, 2)};
    shuffle(u->bundles.items, u->bundles.n, sizeof *u->bundles.items, order);
    u->n_prerequisites = (size_t)pick(seed, 3);
    u->prerequisites = have(wck_arena_array(s->arena, u->n_prerequisites, sizeof *u->prerequisites));
    for (size_t i = 0; i < u->n_prerequisites; i++)
        u->prerequisites[i] = guids(s, 4, 2, (size_t)pick(seed, 3) + 1, seed, order);
    shuffle(u->prerequisites, u->n_prerequisites, sizeof *u->prerequisites, order);
    u->n_files = (size_t)pick(seed, 3);
    u->files = have(wck_arena_array(s->arena, u->n_files, sizeof *u->files));
    for (size_t i = 0; i < u->n_files; i++)
        u->files[i] = (wck_file_ref){.digest = {(unsigned char)pick(seed, 2)},
                                     .name = one_in(seed, 3) ? NULL : text(s, "file", pick(seed, 2)),
                                     .size = one_in(seed, 3) ? WCK_INT_NONE : (int64_t)pick(seed, 3)};
    shuffle(u->files, u->n_files, sizeof *u->files, order);
}

static void cook_update(wck_snapshot *s, const recipe *r, uint64_t order, uint64_t local)
{
    wck_update *u = have(wck_snapshot_add_update(s));
    uint64_t key = r->key, value = r->value;

    u->id = guid_of(10, pick(&key, UPDATES));
    u->revision = 100 + (int64_t)pick(&key, 3);
    u->type = (wck_update_type)pick(&value, 3);
    u->state = (wck_update_state)pick(&value, 3);
    u->deployable = (int8_t)((int)pick(&value, 3) - 1);
    u->languages_known = !one_in(&value, 4);
    u->title = one_in(&value, 5) ? NULL : text(s, "Update", pick(&value, 4));
    u->severity = one_in(&value, 2) ? NULL : "Critical";
    u->compatible_protocol_version = one_in(&value, 2) ? NULL : "1.8";
    cook_sets(s, u, &value, order);
    u->classification = one_in(&value, 4) ? (wck_guid){0, 0} : guid_of(2, pick(&value, 2));
    u->eula = one_in(&value, 2) ? (wck_guid){0, 0} : guid_of(5, pick(&value, EULAS));
    u->created = time_of(&value);
    if (local != 0) {
        uint64_t own = local ^ r->key ^ r->value;
        u->arrived = time_of(&own);
        u->needed_by = one_in(&own, 2) ? WCK_INT_NONE : (int64_t)pick(&own, 3);
    }
}

static void cook_declined(wck_snapshot *s, const recipe *r, uint64_t local)
{
    wck_declined *d = have(wck_snapshot_add_declined(s));
    uint64_t key = r->key, own = local ^ r->key ^ r->value;

    d->id = guid_of(10, pick(&key, UPDATES));
    if (local == 0)
        return;
    d->revision = one_in(&own, 3) ? WCK_INT_NONE : (int64_t)pick(&own, 3);
    d->time = time_of(&own);
    d->admin = one_in(&own, 3) ? NULL : text(s, "CORP\\admin", pick(&own, 3));
}

static void cook_approval(wck_snapshot *s, const recipe *r, uint64_t local)
{
    wck_approval *a = have(wck_snapshot_add_approval(s));
    uint64_t key = r->key, value = r->value, own = local ^ r->key ^ r->value;

    a->update = guid_of(10, pick(&key, UPDATES));
    a->group = group_of(pick(&key, GROUPS));
    a->revision = 100 + (int64_t)pick(&key, 3);
    a->action = (int64_t)(one_in(&value, 8) ? pick(&value, 7) : pick(&value, 2));
    a->deadline = one_in(&value, 2) ? WCK_TIME_NONE : time_of(&value);
    if (local == 0)
        return;
    a->go_live = one_in(&own, 2) ? WCK_TIME_NONE : time_of(&own);
    a->assigned = (int8_t)((int)pick(&own, 3) - 1);
    a->priority = one_in(&own, 2) ? WCK_INT_NONE : (int64_t)pick(&own, 3);
    a->deployment = one_in(&own, 3) ? (wck_guid){0, 0} : guid_of(7, pick(&own, 4));
    a->changed = time_of(&own);
    a->admin = one_in(&own, 3) ? NULL : text(s, "CORP\\admin", pick(&own, 3));
}

static void cook_run(wck_snapshot *s, const recipe *r, uint64_t order)
{
    wck_sync_run *run = have(wck_snapshot_add_sync_run(s));
    uint64_t key = r->key, value = r->value;

    run->started = time_of(&key);
    run->ended = time_of(&value);
    run->result = (wck_sync_result)pick(&value, 5);
    run->trigger = (wck_sync_trigger)pick(&value, 3);
    run->error = one_in(&value, 2) ? NULL : "ProxyError";
    run->error_text = one_in(&value, 2) ? NULL : "no answer";
    run->n_update_errors = (size_t)pick(&value, 3);
    run->update_errors = have(wck_arena_array(s->arena, run->n_update_errors, sizeof *run->update_errors));
    for (size_t i = 0; i < run->n_update_errors; i++)
        run->update_errors[i] = (wck_update_error){guid_of(10, pick(&value, 2)), one_in(&value, 2) ? NULL : "e", NULL};
    shuffle(run->update_errors, run->n_update_errors, sizeof *run->update_errors, order);
}

static void cook_head_row(wck_snapshot *s, const recipe *r, uint64_t local)
{
    uint64_t key = r->key, value = r->value, own = local ^ r->key ^ r->value, i;

    switch (r->kind) {
    case LANGUAGE:
        i = pick(&key, 5);
        *(wck_language *)have(wck_snapshot_add_language(s)) =
            (wck_language){.id = (int64_t)i,
                           .code = i == 0 ? "all" : text(s, "lang", i - 1),
                           .name = one_in(&value, 3) ? NULL : "name",
                           .enabled = i == 0 ? one_in(&value, 6) : one_in(&value, 2)};
        break;
    case CATEGORY:
        i = pick(&key, CATEGORIES);
        *(wck_category *)have(wck_snapshot_add_category(s)) =
            (wck_category){.id = guid_of(2, i),
                           .revision = 100 + (int64_t)pick(&value, 3),
                           .kind = i < 2 ? WCK_CATEGORY_CLASSIFICATION : (wck_category_kind)pick(&value, 6),
                           .title = text(s, "Category", pick(&value, 3)),
                           .parent = one_in(&value, 2) ? (wck_guid){0, 0} : guid_of(2, pick(&value, CATEGORIES))};
        break;
    case GROUP:
        *(wck_group *)have(wck_snapshot_add_group(s)) =
            (wck_group){.id = group_of(pick(&key, GROUPS + 2)),
                        .name = text(s, "Group", pick(&value, 4)),
                        .parent = one_in(&value, 3) ? (wck_guid){0, 0} : WCK_GROUP_ALL_COMPUTERS};
        break;
    case EULA:
        *(wck_eula *)have(wck_snapshot_add_eula(s)) = (wck_eula){
            .id = guid_of(5, pick(&key, EULAS)),
            .update = local == 0 || one_in(&own, 2) ? (wck_guid){0, 0} : guid_of(10, pick(&own, UPDATES)),
            .accepted = local == 0 ? WCK_TIME_NONE : time_of(&own),
            .admin = local == 0 || one_in(&own, 2) ? NULL : text(s, "CORP\\admin", pick(&own, 3))};
        break;
    default: {
        wck_content_file *file = have(wck_snapshot_add_file(s));
        file->digest[0] = (unsigned char)pick(&key, 5);
        file->state = (wck_file_state)pick(&value, 7);
    }
    }
}

static void cook_config(wck_snapshot *s, uint64_t seed, uint64_t order)
{
    wck_config *c = &s->config;

    c->sync_from_microsoft_update = (int8_t)((int)pick(&seed, 3) - 1);
    c->has_upstream = one_in(&seed, 2);
    c->upstream.name = one_in(&seed, 2) ? NULL : "hq";
    c->upstream.port = one_in(&seed, 2) ? WCK_INT_NONE : 8530;
    c->upstream.replica = (int8_t)((int)pick(&seed, 3) - 1);
    c->has_schedule = one_in(&seed, 2);
    c->schedule.automatic = (int8_t)((int)pick(&seed, 3) - 1);
    c->schedule.per_day = one_in(&seed, 3) ? WCK_INT_NONE : (int64_t)pick(&seed, 4);
    c->next_sync = time_of(&seed);
    c->has_proxy = one_in(&seed, 3);
    c->proxy.basic_in_cleartext = (int8_t)((int)pick(&seed, 3) - 1);
    c->products_known = !one_in(&seed, 3);
    c->classifications_known = !one_in(&seed, 3);
    if (c->products_known)
        c->selected_products = guids(s, 2, CATEGORIES, (size_t)pick(&seed, 5), &seed, order);
    if (c->classifications_known)
        c->selected_classifications = guids(s, 2, 2, (size_t)pick(&seed, 3), &seed, order);
}

static void cook_coverage(wck_snapshot *s, uint64_t seed)
{
    bool all = seed == 0;

    for (int i = 0; i < WCK_SECTION_COUNT; i++) {
        wck_coverage_state state = all || !one_in(&seed, 6) ? WCK_COVERAGE_COMPLETE : (wck_coverage_state)pick(&seed, 3);
        wck_snapshot_set_coverage(s, (wck_section)i, state, all || one_in(&seed, 2) ? NULL : "a reason");
    }
}

static void cook_row(wck_snapshot *s, const recipe *r, const cooking *how)
{
    uint64_t order = how->order != 0 ? how->order ^ r->key : 0;

    if (r->kind == UPDATE)
        cook_update(s, r, order, how->local);
    else if (r->kind == DECLINED)
        cook_declined(s, r, how->local);
    else if (r->kind == APPROVAL)
        cook_approval(s, r, how->local);
    else if (r->kind == RUN)
        cook_run(s, r, order);
    else
        cook_head_row(s, r, how->local);
}

static void cook_filler(wck_snapshot *s, uint64_t i)
{
    wck_update *u = have(wck_snapshot_add_update(s));

    u->id = guid_of(20, i);
    u->revision = 1;
    u->type = WCK_UPDATE_SOFTWARE;
    u->languages_known = true;
    u->title = "Filler";
}

wck_snapshot *recipes_cook(const recipes *r, const cooking *how)
{
    wck_snapshot *s = have(wck_snapshot_new());
    recipes turned = {0};

    s->server = (wck_server){.name = have(wck_snapshot_text(s, how->name)),
                             .parent = wck_snapshot_text(s, how->parent),
                             .mode = how->mode,
                             .server_id = guid_of(1, how->server_id),
                             .collected_at = random_now,
                             .server_time = WCK_TIME_NONE};
    cook_config(s, r->config, how->order);
    cook_coverage(s, r->coverage);
    recipes_copy(&turned, r);
    shuffle(turned.rows.items, turned.rows.n, sizeof *turned.rows.items, how->order);
    for (size_t i = 0; i < turned.rows.n; i++)
        cook_row(s, &turned.rows.items[i], how);
    recipes_clear(&turned);
    for (uint64_t i = 0; i < r->filler; i++)
        cook_filler(s, i);
    return s;
}

/* ---- recipes ---- */

static unsigned kind_of(uint64_t *seed)
{
    /* mostly what is keyed by an update */
    static const unsigned kinds[] = {UPDATE,   UPDATE,   UPDATE, UPDATE, APPROVAL, APPROVAL, APPROVAL, DECLINED,
                                     LANGUAGE, CATEGORY, GROUP,  EULA,   RUN,      CONTENT};

    return kinds[pick(seed, sizeof kinds / sizeof *kinds)];
}

static void add(recipes *r, unsigned kind, uint64_t key, uint64_t value)
{
    *(recipe *)have(wck_vec_push(&r->rows)) = (recipe){kind, key, value};
}

void recipes_make(recipes *out, uint64_t seed, size_t rows)
{
    memset(out, 0, sizeof *out);
    out->config = sample_next(&seed);
    for (size_t i = 0; i < rows; i++) {
        unsigned kind = kind_of(&seed);
        uint64_t key = sample_next(&seed);
        add(out, kind, key, pick(&seed, 1000));
        if (one_in(&seed, 6)) /* the same key says another thing, or the same again */
            add(out, kind, key, one_in(&seed, 2) ? pick(&seed, 1000) : out->rows.items[out->rows.n - 1].value);
    }
}

void recipes_copy(recipes *out, const recipes *from)
{
    *out = (recipes){.config = from->config, .coverage = from->coverage, .filler = from->filler};
    for (size_t i = 0; i < from->rows.n; i++)
        *(recipe *)have(wck_vec_push(&out->rows)) = from->rows.items[i];
}

void recipes_mutate(recipes *r, uint64_t seed, unsigned percent)
{
    size_t n = r->rows.n, kept = 0;

    for (size_t i = 0; i < n; i++) {
        recipe row = r->rows.items[i];
        if (pick(&seed, 100) < percent) {
            uint64_t what = pick(&seed, 4);
            if (what == 0)
                continue;
            if (what == 1)
                row.value = pick(&seed, 1000);
            else if (what == 2)
                add(r, row.kind, row.key, pick(&seed, 1000));
            else
                add(r, kind_of(&seed), sample_next(&seed), pick(&seed, 1000));
        }
        r->rows.items[kept++] = row;
    }
    if (n > 0)
        memmove(r->rows.items + kept, r->rows.items + n, (r->rows.n - n) * sizeof *r->rows.items);
    r->rows.n -= n - kept;
}

void recipes_clear(recipes *r)
{
    wck_vec_clear(&r->rows);
}
