/* SPDX-License-Identifier: MIT
 * snapshots.c: see snapshots.h. */
#include "support/test.h"

#include "snapshots.h"

#include "codec/codec.h"

#include <stdio.h>

enum { ROWS = 9 }; /* rows of every kind in the full sample */

static const wck_time day = 20000 * 86400 * WCK_TICKS_PER_SECOND;

uint64_t sample_next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static wck_guid guid_of(uint64_t kind, uint64_t i)
{
    uint64_t seed = kind << 32 | i;
    uint64_t hi = sample_next(&seed);

    return (wck_guid){hi, sample_next(&seed)};
}

/* An allocation that must succeed. */
static void *have(void *p)
{
    assert_non_null(p);
    return p;
}

static const char *text(wck_snapshot *s, const char *format, uint64_t i)
{
    char out[96];

    snprintf(out, sizeof out, "%s %llu", format, (unsigned long long)i);
    return have((void *)(uintptr_t)wck_snapshot_text(s, out));
}

static wck_guids guids(wck_snapshot *s, uint64_t kind, uint64_t from, size_t n)
{
    wck_guids set = {.n = n};

    set.items = have(wck_arena_array(s->arena, n, sizeof *set.items));
    for (size_t i = 0; i < n; i++)
        set.items[i] = guid_of(kind, from + i);
    return set;
}

static wck_strings strings(wck_snapshot *s, const char *format, uint64_t from, size_t n)
{
    wck_strings set = {.n = n};

    set.items = have(wck_arena_array(s->arena, n, sizeof *set.items));
    for (size_t i = 0; i < n; i++)
        set.items[i] = text(s, format, from + i);
    return set;
}

static wck_snapshot *freeze(wck_snapshot *s)
{
    wck_error err = {0};

    assert_ok(wck_snapshot_freeze(s, &err));
    return s;
}

wck_snapshot *sample_empty(const char *name)
{
    wck_snapshot *s = have(wck_snapshot_new());

    s->server.name = have((void *)(uintptr_t)wck_snapshot_text(s, name));
    return freeze(s);
}

wck_snapshot *sample_null(void)
{
    wck_snapshot *s = have(wck_snapshot_new());

    s->server.name = "n";
    ((wck_language *)have(wck_snapshot_add_language(s)))->code = "";
    have(wck_snapshot_add_category(s));
    have(wck_snapshot_add_update(s));
    have(wck_snapshot_add_declined(s));
    ((wck_group *)have(wck_snapshot_add_group(s)))->name = "";
    have(wck_snapshot_add_approval(s));
    have(wck_snapshot_add_eula(s));
    have(wck_snapshot_add_sync_run(s));
    have(wck_snapshot_add_file(s));
    return freeze(s);
}

static void fill_server(wck_snapshot *s)
{
    s->server = (wck_server){.name = "berlin",
                             .parent = "hq",
                             .mode = WCK_MODE_REPLICA,
                             .server_id = guid_of(1, 1),
                             .fqdn = "wsus.berlin.example",
                             .version = "10.0.26100.1",
                             .protocol_version = "1.20",
                             .source = "https://wsus.berlin.example:8531/",
                             .collected_at = day,
                             .server_time = day + 7};
    for (int i = 0; i < WCK_SECTION_COUNT; i++)
        wck_snapshot_set_coverage(s, (wck_section)i, (wck_coverage_state)(i % 3 + 1), text(s, "reason", (uint64_t)i));
    s->host_json = "{\"os_build\":\"26100\"}";
}

static void fill_config(wck_snapshot *s)
{
    s->config = (wck_config){.sync_from_microsoft_update = 0,
                             .catalog_only_sync = 1,
                             .lazy_sync = 1,
                             .content_on_microsoft_update = 0,
                             .has_upstream = true,
                             .upstream = {.name = "hq", .port = 8531, .ssl = 1, .replica = 1},
                             .has_schedule = true,
                             .schedule = {.automatic = 1, .time_of_day = "03:30:00", .per_day = 2},
                             .next_sync = day + 8,
                             .retries = 3,
                             .retry_wait_minutes = 15,
                             .has_proxy = true,
                             .proxy = {.host = "proxy", .port = 3128, .user = "u", .basic_in_cleartext = 0},
                             .max_updates_per_request = 100,
                             .products_known = true,
                             .classifications_known = true,
                             .selected_products = guids(s, 2, 0, 5),
                             .selected_classifications = guids(s, 3, 0, 3)};
}

static void add_update(wck_snapshot *s, uint64_t i)
{
    wck_update *u = have(wck_snapshot_add_update(s));

    u->id = guid_of(10, i / 2); /* two revisions each */
    u->revision = 200 + (int64_t)(i % 2);
    u->type = (wck_update_type)(i % 3);
    u->state = (wck_update_state)(i / 3 % 3);
    u->deployable = (int8_t)(i % 2);
    u->languages_known = i % 2 == 0;
    u->title = text(s, "Sicherheitsupdate f\xc3\xbcr Windows", i);
    u->severity = i % 2 == 0 ? "Critical" : "";
    u->compatible_protocol_version = "1.8";
    u->kb = strings(s, "50", i, 2);
    u->bulletins = strings(s, "MS", i, 1);
    u->languages = strings(s, "en", 0, i % 4);
    u->classification = guid_of(3, 0);
    u->products = guids(s, 2, i, 3);
    u->supersedes = guids(s, 10, 100 + i, i % 3);
    u->bundles.n = 2;
    u->bundles.items = have(wck_arena_array(s->arena, 2, sizeof *u->bundles.items));
    u->bundles.items[0] = (wck_identity){guid_of(10, i), 1};
    u->bundles.items[1] = (wck_identity){guid_of(10, i), 2};
    u->n_prerequisites = 2;
    u->prerequisites = have(wck_arena_array(s->arena, 2, sizeof *u->prerequisites));
    u->prerequisites[0] = guids(s, 4, i, 2);
    u->prerequisites[1] = guids(s, 4, i + 50, 1);
    u->eula = guid_of(5, i);
    u->created = day - (int64_t)i * WCK_TICKS_PER_SECOND;
    u->n_files = 2;
    u->files = have(wck_arena_array(s->arena, 2, sizeof *u->files));
    u->files[0] = (wck_file_ref){.digest = {1, 2, (unsigned char)i}, .name = text(s, "a.cab", i), .size = 1 << 20};
    u->files[1] = (wck_file_ref){.digest = {255, 2, (unsigned char)i}, .name = "", .size = 0};
    u->arrived = day + (int64_t)i;
    u->needed_by = (int64_t)i * 3;
}

static void add_small(wck_snapshot *s, uint64_t i)
{
    wck_sync_run *run = have(wck_snapshot_add_sync_run(s));
    wck_content_file *file = have(wck_snapshot_add_file(s));

    *(wck_language *)have(wck_snapshot_add_language(s)) =
        (wck_language){.id = (int64_t)i, .code = text(s, "l", i), .name = "Deutsch", .enabled = i % 2 == 0};
    *(wck_category *)have(wck_snapshot_add_category(s)) = (wck_category){.id = guid_of(2, i),
                                                                         .revision = 100,
                                                                         .kind = (wck_category_kind)(i % 6),
                                                                         .title = text(s, "Windows", i),
                                                                         .parent = guid_of(2, 77)};
    *(wck_group *)have(wck_snapshot_add_group(s)) =
        (wck_group){.id = guid_of(6, i), .name = text(s, "Group", i), .parent = WCK_GROUP_ALL_COMPUTERS};
    *(wck_eula *)have(wck_snapshot_add_eula(s)) = (wck_eula){
        .id = guid_of(5, i), .update = guid_of(10, i), .accepted = day + (int64_t)i, .admin = text(s, "CORP\\a", i)};
    file->digest[0] = (unsigned char)i;
    file->state = (wck_file_state)(i % 7);
    *run = (wck_sync_run){.started = day + (int64_t)i,
                          .ended = day + 100,
                          .result = (wck_sync_result)(i % 5),
                          .trigger = (wck_sync_trigger)(i % 3),
                          .error = "ProxyError",
                          .error_text = "no answer",
                          .n_update_errors = 1};
    run->update_errors = have(wck_arena_array(s->arena, 1, sizeof *run->update_errors));
    run->update_errors[0] = (wck_update_error){guid_of(10, i), "FileDownload", "hash"};
}

static void add_decisions(wck_snapshot *s, uint64_t i)
{
    *(wck_declined *)have(wck_snapshot_add_declined(s)) = (wck_declined){
        .id = guid_of(11, i), .revision = (int64_t)i, .time = day - (int64_t)i, .admin = text(s, "CORP\\d", i)};
    *(wck_approval *)have(wck_snapshot_add_approval(s)) = (wck_approval){.update = guid_of(10, i / 2),
                                                                         .group = guid_of(6, i),
                                                                         .revision = 200,
                                                                         .action = (int64_t)i,
                                                                         .deadline = day + 1,
                                                                         .go_live = day + 2,
                                                                         .assigned = (int8_t)(i % 2),
                                                                         .priority = 5,
                                                                         .deployment = guid_of(7, i),
                                                                         .changed = day + (int64_t)i,
                                                                         .admin = text(s, "CORP\\b", i)};
}

wck_snapshot *sample_full(bool reversed)
{
    wck_snapshot *s = have(wck_snapshot_new());

    fill_server(s);
    fill_config(s);
    for (uint64_t k = 0; k < ROWS; k++) {
        uint64_t i = reversed ? ROWS - 1 - k : k;
        add_update(s, i);
        add_small(s, i);
        add_decisions(s, i);
    }
    return freeze(s);
}

static void add_random(wck_snapshot *s, const sample_options *o, uint64_t i, uint64_t *local)
{
    uint64_t seed = o->seed * 1000003 + i;
    wck_update *u = have(wck_snapshot_add_update(s));
    wck_approval *a = have(wck_snapshot_add_approval(s));

    u->id = (wck_guid){sample_next(&seed), sample_next(&seed)};
    u->revision = 100 + (int64_t)(sample_next(&seed) % 5);
    u->type = WCK_UPDATE_SOFTWARE;
    u->state = WCK_STATE_PUBLISHED;
    u->deployable = 1;
    u->languages_known = true;
    u->title = text(s, i < o->changed ? "another title" : "2026-11 Cumulative Update for Windows Server", i);
    u->severity = "Important";
    u->kb = strings(s, "50", i, 1);
    u->classification = guid_of(3, sample_next(&seed) % 10);
    u->products = guids(s, 2, sample_next(&seed) % 300, 2);
    u->created = day - (int64_t)(sample_next(&seed) % 100000) * WCK_TICKS_PER_SECOND;
    u->n_files = 1;
    u->files = have(wck_arena_array(s->arena, 1, sizeof *u->files));
    u->files[0].size = (int64_t)(sample_next(&seed) >> 40);
    memcpy(u->files[0].digest, &seed, sizeof seed);
    a->update = u->id;
    a->revision = u->revision;
    a->group = guid_of(6, sample_next(&seed) % 20);
    if (i % 10 == 0)
        ((wck_declined *)have(wck_snapshot_add_declined(s)))->id = u->id;
    if (o->local == 0)
        return;
    u->arrived = day + (int64_t)(sample_next(local) % 1000000);
    a->deployment = (wck_guid){sample_next(local), sample_next(local)};
    a->changed = day + (int64_t)(sample_next(local) % 1000000);
    a->admin = text(s, "CORP\\admin", sample_next(local) % 3);
}

wck_snapshot *sample_random(const sample_options *o)
{
    wck_snapshot *s = have(wck_snapshot_new());
    uint64_t local = o->local;

    s->server.name = wck_snapshot_text(s, o->name != NULL ? o->name : "hq");
    s->server.parent = wck_snapshot_text(s, o->parent);
    s->server.mode = o->parent != NULL ? WCK_MODE_REPLICA : WCK_MODE_AUTONOMOUS;
    s->server.collected_at = o->collected_at;
    for (int i = 0; i < WCK_SECTION_COUNT; i++)
        wck_snapshot_set_coverage(s, (wck_section)i, WCK_COVERAGE_COMPLETE, NULL);
    for (uint64_t i = 0; i < 300; i++) {
        wck_category *c = have(wck_snapshot_add_category(s));
        *c = (wck_category){.id = guid_of(2, i), .revision = 1, .kind = WCK_CATEGORY_PRODUCT, .title = text(s, "P", i)};
    }
    for (uint64_t i = 0; i < 20; i++)
        *(wck_group *)have(wck_snapshot_add_group(s)) = (wck_group){.id = guid_of(6, i), .name = text(s, "G", i)};
    for (uint64_t i = 0; i < o->updates; i++)
        add_random(s, o, i, &local);
    return freeze(s);
}

void assert_same_snapshot(const wck_snapshot *expected, const wck_snapshot *actual)
{
    wck_buf a, b;
    wck_error err = {0};

    wck_buf_init(&a, SIZE_MAX / 4);
    wck_buf_init(&b, SIZE_MAX / 4);
    assert_ok(wck_codec_put_snapshot(&a, expected, &err));
    assert_ok(wck_codec_put_snapshot(&b, actual, &err));
    if (a.len != b.len || memcmp(a.data, b.data, a.len) != 0) {
        size_t at = 0;
        while (at < a.len && at < b.len && a.data[at] == b.data[at])
            at++;
        at = at < 60 ? 0 : at - 60;
        fail_msg("expected: …%.160s\nactual:   …%.160s", a.data + at, b.data + (at < b.len ? at : 0));
    }
    wck_buf_clear(&a);
    wck_buf_clear(&b);
}
