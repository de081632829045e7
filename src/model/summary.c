/* SPDX-License-Identifier: MIT
 * summary.c: what a snapshot says about itself as a whole, told once when it is cut, so that rules of one server need
 * not read its rows. */
#include "model/manifest.h"

#include "model/canon_io.h"

#include <stdlib.h>
#include <string.h>

/* Distinct sets and agreements that are listed; real catalogues have some hundred (25 languages, mostly all or one). A
 * snapshot with more is read row by row. */
enum { MAX_SETS = 1000, MAX_EULAS = 4000 };

static int by_guid(const void *a, const void *b)
{
    return wck_guid_cmp(*(const wck_guid *)a, *(const wck_guid *)b);
}

/* ---- superseded, counted ---- */

enum { BUCKETS = 4096 };

/* By their first bits, and within these by comparison: GUIDs are mostly random, so little is left to compare. Others are
 * sorted as fast as ever. */
static bool sort_guids(wck_guid *ids, size_t n)
{
    size_t ends[BUCKETS] = {0}, at = 0;
    wck_guid *copy = malloc(n * sizeof *copy);

    if (copy == NULL)
        return false;
    memcpy(copy, ids, n * sizeof *copy);
    for (size_t i = 0; i < n; i++)
        ends[ids[i].hi >> 52]++;
    for (size_t b = 0; b < BUCKETS; b++) { /* from counts to where each begins */
        size_t count = ends[b];
        ends[b] = at;
        at += count;
    }
    for (size_t i = 0; i < n; i++)
        ids[ends[copy[i].hi >> 52]++] = copy[i];
    for (size_t b = 0, from = 0; b < BUCKETS; from = ends[b++])
        if (ends[b] - from > 1)
            qsort(ids + from, ends[b] - from, sizeof *ids, by_guid);
    free(copy);
    return true;
}

static size_t count_superseded(const wck_snapshot *s, const wck_guid *superseded, size_t n)
{
    size_t found = 0, k = 0, d = 0;

    for (size_t i = 0; i < s->updates.n; i++) {
        wck_guid id = s->updates.items[i].id;
        if (i > 0 && wck_guid_eq(s->updates.items[i - 1].id, id))
            continue;
        while (k < n && wck_guid_cmp(superseded[k], id) < 0)
            k++;
        while (d < s->declined.n && wck_guid_cmp(s->declined.items[d].id, id) < 0)
            d++;
        found += k < n && wck_guid_eq(superseded[k], id) &&
                 !(d < s->declined.n && wck_guid_eq(s->declined.items[d].id, id));
    }
    return found;
}

static bool sum_superseded(wck_manifest *m, const wck_snapshot *s)
{
    wck_guid *all;
    size_t n = 0;
    bool ok;

    for (size_t i = 0; i < s->updates.n; i++)
        n += s->updates.items[i].supersedes.n;
    if (n == 0)
        return true;
    all = malloc(n * sizeof *all);
    if (all == NULL)
        return false;
    n = 0;
    for (size_t i = 0; i < s->updates.n; i++)
        for (size_t k = 0; k < s->updates.items[i].supersedes.n; k++)
            all[n++] = s->updates.items[i].supersedes.items[k];
    ok = sort_guids(all, n);
    if (ok)
        m->n_superseded = count_superseded(s, all, n);
    free(all);
    return ok;
}

static bool counts(const wck_approval *a)
{
    return (a->action == WCK_ACTION_INSTALL || a->action == WCK_ACTION_UNINSTALL || a->action == WCK_ACTION_BLOCK) &&
           !wck_guid_eq(a->group, WCK_GROUP_DOWNSTREAM);
}

static bool same_place(const wck_approval *a, const wck_approval *b)
{
    return wck_guid_eq(a->update, b->update) && wck_guid_eq(a->group, b->group);
}

/* Of several for one group the highest revision counts, then the lowest action (rules/rows.c). */
static void sum_approvals(wck_manifest *m, const wck_snapshot *s)
{
    const wck_approval *rows = s->approvals.items;
    wck_guid last = {0, 0};
    bool any = false;

    for (size_t i = 0, to; i < s->approvals.n; i = to) {
        const wck_approval *pick = NULL;
        for (to = i; to < s->approvals.n && same_place(&rows[i], &rows[to]); to++)
            if (counts(&rows[to]) && (pick == NULL || rows[to].revision > pick->revision ||
                                      (rows[to].revision == pick->revision && rows[to].action < pick->action)))
                pick = &rows[to];
        m->n_counted += pick != NULL;
        if (pick == NULL || pick->action == WCK_ACTION_BLOCK)
            continue;
        m->n_approved++;
        m->n_approved_updates += !any || !wck_guid_eq(last, pick->update);
        last = pick->update;
        any = true;
    }
}

/* ---- demands ---- */

enum { LATELY = 32 };

typedef struct gathering {
    wck_arena *arena;
    wck_map sets;  /* the set as bytes */
    wck_map eulas; /* a GUID */
    const wck_strings *lately[LATELY]; /* added lately, by their length */
    wck_buf scratch;
    bool failed;
} gathering;

static void add(gathering *g, wck_map *map, const void *key, size_t len, size_t most)
{
    void *own;

    if (map->n > most || wck_map_find(map, key, len) != NULL)
        return;
    own = wck_arena_alloc(g->arena, len);
    if (own != NULL)
        memcpy(own, key, len);
    g->failed = g->failed || own == NULL || wck_map_put(map, own, len, NULL) == NULL;
}

static bool same_strings(const wck_strings *a, const wck_strings *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->items[i] != b->items[i] && strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

/* Most updates have one of a few sets: what was added lately is not put into bytes again. */
static void add_languages(gathering *g, const wck_strings *languages)
{
    const wck_strings **lately = &g->lately[languages->n % LATELY];

    if (*lately != NULL && same_strings(*lately, languages))
        return;
    *lately = languages;
    wck_buf_reset(&g->scratch);
    wck_put_u(&g->scratch, languages->n);
    for (size_t i = 0; i < languages->n; i++)
        wck_put_text(&g->scratch, languages->items[i]);
    g->failed = g->failed || g->scratch.failed;
    add(g, &g->sets, wck_buf_text(&g->scratch), g->scratch.len, MAX_SETS);
}

static void gather(gathering *g, const wck_snapshot *s)
{
    const wck_partition rows = {.updates = s->updates.items, .n_updates = s->updates.n};
    const wck_update *last = NULL;
    size_t at = 0;

    for (size_t i = 0; i < s->approvals.n && !g->failed; i++) {
        const wck_approval *a = &s->approvals.items[i];
        const wck_update *u;
        if (a->action != WCK_ACTION_INSTALL && a->action != WCK_ACTION_UNINSTALL)
            continue;
        u = wck_canon_named(&rows, &at, a);
        if (u == NULL || u == last)
            continue;
        last = u;
        if (u->languages_known && u->languages.n > 0)
            add_languages(g, &u->languages);
        if (!wck_guid_is_zero(u->eula))
            add(g, &g->eulas, &u->eula, sizeof u->eula, MAX_EULAS);
    }
}

static int by_bytes(const void *pa, const void *pb)
{
    const wck_map_entry *a = pa, *b = pb;
    size_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
    int c = memcmp(a->key, b->key, len);

    return c != 0 ? c : (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

static int by_entry_guid(const void *pa, const void *pb)
{
    const wck_map_entry *a = pa, *b = pb;

    return by_guid(a->key, b->key);
}

/* The maps are not looked into any more, so their entries may be sorted. */
static void put_demands(wck_buf *out, gathering *g)
{
    bool whole = g->sets.n <= MAX_SETS && g->eulas.n <= MAX_EULAS;

    wck_put_byte(out, whole);
    if (g->sets.n > 1)
        qsort(g->sets.entries, g->sets.n, sizeof *g->sets.entries, by_bytes);
    if (g->eulas.n > 1)
        qsort(g->eulas.entries, g->eulas.n, sizeof *g->eulas.entries, by_entry_guid);
    wck_put_u(out, whole ? g->sets.n : 0);
    for (size_t i = 0; whole && i < g->sets.n; i++)
        wck_put_bytes(out, g->sets.entries[i].key, g->sets.entries[i].key_len);
    wck_put_u(out, whole ? g->eulas.n : 0);
    for (size_t i = 0; whole && i < g->eulas.n; i++)
        wck_put_guid(out, *(const wck_guid *)g->eulas.entries[i].key);
}

bool wck_summary_make(wck_manifest *m, wck_buf *demands, const wck_snapshot *s)
{
    gathering g = {.arena = wck_arena_new()};

    if (g.arena == NULL)
        return false;
    wck_buf_init(&g.scratch, SIZE_MAX / 4);
    g.failed = !sum_superseded(m, s);
    sum_approvals(m, s);
    gather(&g, s);
    if (!g.failed)
        put_demands(demands, &g);
    wck_buf_clear(&g.scratch);
    wck_map_clear(&g.sets);
    wck_map_clear(&g.eulas);
    wck_arena_free(g.arena);
    return !g.failed && !demands->failed;
}

wck_status wck_demands_get(wck_demands *out, wck_arena *arena, const void *data, size_t len, wck_error *err)
{
    wck_cursor c = wck_cursor_of(arena, data, len);
    size_t n;

    *out = (wck_demands){.whole = wck_get_enum(&c, 1) != 0};
    n = wck_get_count(&c, 2);
    out->languages = wck_get_array(&c, n, sizeof *out->languages);
    for (; out->languages != NULL && out->n_languages < n && !c.bad; out->n_languages++)
        wck_get_strings(&c, &out->languages[out->n_languages]);
    wck_get_guids(&c, &out->eulas);
    return wck_cursor_end(&c, &c, err);
}
