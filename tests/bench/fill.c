/* SPDX-License-Identifier: MIT
 * fill.c: a benchmark server as a snapshot, in the size of real ones: titles, KB numbers, products, languages,
 * supersedence, files; arrival, administrator and deployment ids differ on every server, as they do in life. */
#include "fill.h"

#include <string.h>

#define NOW (INT64_C(20776) * 86400 * WCK_TICKS_PER_SECOND) /* 2026-11-19, what bench.py passes as --now */
#define HOURS(n) (INT64_C(3600) * (n)*WCK_TICKS_PER_SECOND)
#define DAYS(n) (24 * HOURS(n))

static const char *const languages[BENCH_LANGUAGES] = {"en", "de", "fr", "es", "it", "ja", "ko", "pt", "ru",
                                                       "zh-cn", "zh-tw", "nl", "pl", "sv", "cs", "hu", "tr", "da",
                                                       "fi", "nb", "el", "ar", "he", "th"};

const char *bench_name(char out[16], unsigned index)
{
    if (index == 0)
        snprintf(out, 16, "root");
    else
        snprintf(out, 16, "s%03u", index);
    return out;
}

static wck_guids guids(wck_snapshot *s, size_t n)
{
    return (wck_guids){wck_arena_array(s->arena, n, sizeof(wck_guid)), n};
}

static void fill_config(wck_snapshot *s)
{
    wck_config *c = &s->config;

    c->sync_from_microsoft_update = s->server.parent == NULL;
    c->has_upstream = s->server.parent != NULL;
    if (c->has_upstream) {
        c->upstream.name = s->server.parent;
        c->upstream.port = 8531;
        c->upstream.ssl = c->upstream.replica = 1;
    }
    c->has_schedule = true;
    c->schedule.automatic = 1;
    c->schedule.per_day = 4;
    c->products_known = c->classifications_known = true;
    if (s->server.parent != NULL)
        return;
    c->selected_products = guids(s, BENCH_PRODUCTS);
    for (size_t i = 0; i < BENCH_PRODUCTS; i++)
        c->selected_products.items[i] = bench_guid(3, i);
    c->selected_classifications = guids(s, BENCH_CLASSES);
    for (size_t i = 0; i < BENCH_CLASSES; i++)
        c->selected_classifications.items[i] = bench_guid(4, i);
}

static bool fill_categories(wck_snapshot *s)
{
    for (unsigned i = 0; i < BENCH_PRODUCTS + BENCH_CLASSES; i++) {
        wck_category *c = wck_snapshot_add_category(s);
        if (c == NULL)
            return false;
        c->id = i < BENCH_PRODUCTS ? bench_guid(3, i) : bench_guid(4, i - BENCH_PRODUCTS);
        c->revision = 100 + i;
        c->kind = i < BENCH_PRODUCTS ? WCK_CATEGORY_PRODUCT : WCK_CATEGORY_CLASSIFICATION;
        c->title = wck_arena_printf(s->arena, "Windows Server Edition %u.%u", i / 10, i % 10);
    }
    return true;
}

/* Three of the languages are enabled, "all" is not, so every approval's languages must be looked at. */
static bool fill_languages(wck_snapshot *s)
{
    for (unsigned i = 0; i <= BENCH_LANGUAGES; i++) {
        wck_language *l = wck_snapshot_add_language(s);
        if (l == NULL)
            return false;
        l->id = i;
        l->code = l->name = i == 0 ? "all" : languages[i - 1];
        l->enabled = i >= 1 && i <= 3;
    }
    return true;
}

static bool fill_small(wck_snapshot *s)
{
    wck_sync_run *run = wck_snapshot_add_sync_run(s);

    if (run == NULL)
        return false;
    run->started = NOW - HOURS(4);
    run->ended = NOW - HOURS(3);
    run->result = WCK_SYNC_SUCCEEDED;
    run->trigger = WCK_TRIGGER_SCHEDULED;
    for (unsigned i = 0; i <= BENCH_GROUPS; i++) {
        wck_group *g = wck_snapshot_add_group(s);
        if (g == NULL)
            return false;
        g->id = (wck_guid){0xb000000000000000ULL, i + 1};
        g->name = wck_arena_printf(s->arena, "Department %u", i);
    }
    for (unsigned i = 0; i < BENCH_EULAS; i++) {
        wck_eula *e = wck_snapshot_add_eula(s);
        if (e == NULL)
            return false;
        e->id = bench_guid(5, i);
        e->accepted = NOW - DAYS(400);
    }
    return true;
}

/* Superseded updates are declined, but for about a thousand. */
static void fill_supersedes(wck_snapshot *s, wck_update *out, const bench_update *u, size_t n)
{
    uint64_t r = u->number;
    size_t declined = n / 10;

    if (u->number % 5 != 0 || declined == 0 || u->number >= n)
        return;
    out->supersedes = guids(s, u->number < 5000 ? 3 : 2);
    for (size_t i = 0; i < out->supersedes.n; i++)
        out->supersedes.items[i] =
            bench_guid(1, i == 2 ? u->number + 2 : bench_next(&r) % declined * 10 + 1);
}

static bool fill_sets(wck_snapshot *s, wck_update *out, const bench_update *u)
{
    out->products = guids(s, 1 + u->products % 3);
    out->languages = (wck_strings){wck_arena_array(s->arena, u->languages, sizeof(char *)), u->languages};
    out->kb = (wck_strings){wck_arena_array(s->arena, 1, sizeof(char *)), 1};
    out->files = wck_arena_array(s->arena, 1, sizeof *out->files);
    if (out->products.items == NULL || out->languages.items == NULL || out->kb.items == NULL || out->files == NULL)
        return false;
    for (size_t i = 0; i < out->products.n; i++)
        out->products.items[i] = bench_guid(3, (u->products + i) % BENCH_PRODUCTS);
    for (size_t i = 0; i < u->languages; i++)
        out->languages.items[i] = languages[i];
    out->kb.items[0] = wck_arena_printf(s->arena, "%u", 5000000 + u->number);
    memcpy(out->files[0].digest, &out->id, sizeof out->id);
    out->files[0].size = 1000000 + u->number;
    out->n_files = 1;
    return out->kb.items[0] != NULL;
}

static bool fill_update(wck_snapshot *s, const bench_update *u, unsigned server, size_t n)
{
    wck_update *out = wck_snapshot_add_update(s);

    if (out == NULL)
        return false;
    out->id = u->id;
    out->revision = u->revision;
    out->type = WCK_UPDATE_SOFTWARE;
    out->state = u->expired ? WCK_STATE_EXPIRED : WCK_STATE_PUBLISHED;
    out->deployable = 1;
    out->languages_known = true;
    out->title = wck_arena_printf(s->arena, "2024-%02u Cumulative Update for Windows Server 2019 for x64-based Systems (KB%u)",
                      1 + u->number % 12, 5000000 + u->number);
    out->severity = u->number % 3 == 0 ? "Important" : NULL;
    out->classification = bench_guid(4, u->class);
    out->eula = u->number % 50 == 0 ? bench_guid(5, u->number / 50 % BENCH_EULAS) : (wck_guid){0, 0};
    out->created = NOW - DAYS(500 + u->number % 1000);
    out->arrived = NOW - DAYS(30 + u->number % 300) + HOURS(server % 20);
    fill_supersedes(s, out, u, n);
    return out->title != NULL && fill_sets(s, out, u);
}

static bool fill_declined(wck_snapshot *s, const bench_update *u)
{
    wck_declined *d = wck_snapshot_add_declined(s);

    if (d == NULL)
        return false;
    d->id = u->id;
    d->time = NOW - DAYS(20 + u->number % 10);
    return true;
}

static bool fill_approval(wck_snapshot *s, const bench_approval *a, unsigned server)
{
    wck_approval *out = wck_snapshot_add_approval(s);

    if (out == NULL)
        return false;
    out->update = a->update;
    out->group = (wck_guid){0xb000000000000000ULL, a->group + 1U};
    out->revision = a->revision;
    out->action = a->action;
    out->deadline = a->deadline;
    out->assigned = 1;
    out->deployment = bench_guid(100 + server, a->number * 16 + a->group);
    out->go_live = out->changed = NOW - DAYS(15 + a->number % 10);
    out->admin = server == 0 ? "EXAMPLE\\wsus-admin" : NULL;
    return true;
}

static bool fill_server(wck_snapshot *s, const bench_server *server)
{
    char name[16];

    s->server.name = wck_snapshot_text(s, bench_name(name, server->index));
    s->server.parent = server->index == 0 ? NULL : "root";
    s->server.mode = server->index == 0 ? WCK_MODE_AUTONOMOUS : WCK_MODE_REPLICA;
    s->server.server_id = bench_guid(6, server->index);
    s->server.version = "10.0.20348.1";
    s->server.protocol_version = "1.20";
    s->server.source = "bench";
    s->server.collected_at = s->server.server_time = NOW - HOURS(1);
    for (int i = 0; i < WCK_SECTION_COUNT; i++)
        if (i != WCK_SECTION_FILES) /* no server lists the states of files: they were not asked for */
            wck_snapshot_set_coverage(s, (wck_section)i, WCK_COVERAGE_COMPLETE, NULL);
    return s->server.name != NULL;
}

wck_snapshot *bench_snapshot(const bench_server *server, const bench_shape *shape)
{
    wck_snapshot *s = wck_snapshot_new();
    bool ok = s != NULL && fill_server(s, server);

    if (ok) {
        fill_config(s);
        ok = fill_categories(s) && fill_languages(s) && fill_small(s);
    }
    for (size_t i = 0; i < server->n_updates && ok; i++)
        ok = fill_update(s, &server->updates[i], server->index, shape->updates) &&
             (!server->updates[i].declined || fill_declined(s, &server->updates[i]));
    for (size_t i = 0; i < server->n_approvals && ok; i++)
        ok = fill_approval(s, &server->approvals[i], server->index);
    if (ok && wck_snapshot_freeze(s, NULL) == WCK_OK)
        return s;
    wck_snapshot_free(s);
    return NULL;
}
