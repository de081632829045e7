/* SPDX-License-Identifier: MIT
 * test_canon.c: rows come back as they went in, equal facts give equal bytes, and no bytes can do harm. */
#include "support/test.h"

#include "model/manifest.h"
#include "snapshots.h"

#include <stdlib.h>

static wck_error err;

typedef struct streams {
    wck_buf shared, local;
} streams;

static streams streams_new(void)
{
    streams s;

    wck_buf_init(&s.shared, SIZE_MAX / 4);
    wck_buf_init(&s.local, SIZE_MAX / 4);
    return s;
}

static void streams_clear(streams *s)
{
    wck_buf_clear(&s->shared);
    wck_buf_clear(&s->local);
}

static wck_partition all_rows(const wck_snapshot *s)
{
    return (wck_partition){s->updates.items,  s->updates.n,       s->declined.items,
                           s->declined.n,     s->approvals.items, s->approvals.n};
}

static streams encode(const wck_snapshot *s)
{
    streams out = streams_new();
    wck_partition rows = all_rows(s);

    assert_true(wck_canon_put_partition(&out.shared, &out.local, &rows));
    return out;
}

static wck_status decode_rows(wck_snapshot *into, const void *s, size_t s_len, const void *l, size_t l_len)
{
    wck_partition rows;
    wck_status status = wck_canon_get_partition(&rows, into->arena, s, s_len, l, l_len, &err);

    for (size_t i = 0; status == WCK_OK && i < rows.n_updates; i++)
        *wck_snapshot_add_update(into) = rows.updates[i];
    for (size_t i = 0; status == WCK_OK && i < rows.n_declined; i++)
        *wck_snapshot_add_declined(into) = rows.declined[i];
    for (size_t i = 0; status == WCK_OK && i < rows.n_approvals; i++)
        *wck_snapshot_add_approval(into) = rows.approvals[i];
    return status;
}

/* Everything through the binary form, section by section. */
static wck_snapshot *through(const wck_snapshot *s)
{
    wck_snapshot *out = wck_snapshot_new();
    streams b = encode(s);

    assert_ok(decode_rows(out, b.shared.data, b.shared.len, b.local.data, b.local.len));
    streams_clear(&b);
    assert_true(wck_canon_put_server(&b.shared, &b.local, s));
    assert_ok(wck_canon_get_server(out, b.shared.data, b.shared.len, b.local.data, b.local.len, &err));
    for (int i = 0; i < WCK_SECTION_COUNT; i++) {
        if (wck_section_is_partitioned(i))
            continue;
        streams_clear(&b);
        assert_true(wck_canon_put_section(&b.shared, &b.local, s, (wck_section)i));
        assert_ok(wck_canon_get_section(out, (wck_section)i, b.shared.data, b.shared.len, wck_buf_text(&b.local),
                                        b.local.len, &err));
    }
    streams_clear(&b);
    assert_ok(wck_snapshot_freeze(out, &err));
    return out;
}

static void check_round_trip(wck_snapshot *s)
{
    wck_snapshot *back = through(s);

    assert_same_snapshot(s, back);
    wck_snapshot_free(back);
    wck_snapshot_free(s);
}

static void every_field_survives_when_set(void **state)
{
    (void)state;
    check_round_trip(sample_full(false));
}

static void every_field_survives_when_null(void **state)
{
    (void)state;
    check_round_trip(sample_null());
}

static void an_empty_snapshot_survives(void **state)
{
    (void)state;
    check_round_trip(sample_empty(""));
}

static void many_random_rows_survive(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        check_round_trip(sample_random(&(sample_options){.updates = 700, .seed = seed, .local = seed - 1}));
}

static void the_largest_numbers_survive(void **state)
{
    wck_approval rows[3] = {{.revision = INT64_MAX, .action = 0, .deadline = INT64_MIN + 1, .go_live = INT64_MAX},
                            {.revision = INT64_MAX, .action = INT64_MAX, .deadline = -1, .go_live = 0},
                            {.update = {UINT64_MAX, UINT64_MAX}, .group = {UINT64_MAX, 1}, .priority = INT64_MIN + 1}};
    streams b = streams_new();
    wck_arena *arena = wck_arena_new();
    const wck_approval *back;
    size_t n;

    (void)state;
    assert_true(wck_canon_put_approvals(&b.shared, &b.local, rows, 3));
    assert_ok(wck_canon_get_approvals(&back, &n, arena, b.shared.data, b.shared.len, b.local.data, b.local.len, &err));
    assert_int_equal(n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(back[i].revision == rows[i].revision && back[i].action == rows[i].action);
        assert_true(back[i].deadline == rows[i].deadline && back[i].go_live == rows[i].go_live);
        assert_true(wck_guid_eq(back[i].update, rows[i].update) && wck_guid_eq(back[i].group, rows[i].group));
        assert_true(back[i].priority == rows[i].priority);
    }
    wck_arena_free(arena);
    streams_clear(&b);
}

static void null_text_and_empty_text_stay_apart(void **state)
{
    wck_declined rows[2] = {{.admin = ""}, {.id = {0, 1}, .admin = NULL}};
    streams b = streams_new();
    wck_arena *arena = wck_arena_new();
    const wck_declined *back;
    size_t n;

    (void)state;
    assert_true(wck_canon_put_declined(&b.shared, &b.local, rows, 2));
    assert_ok(wck_canon_get_declined(&back, &n, arena, b.shared.data, b.shared.len, b.local.data, b.local.len, &err));
    assert_string_equal(back[0].admin, "");
    assert_null(back[1].admin);
    wck_arena_free(arena);
    streams_clear(&b);
}

static wck_digest digest_of(const wck_snapshot *s)
{
    wck_manifest m;

    assert_ok(wck_manifest_make(&m, NULL, s, NULL, &err));
    return m.digest;
}

static void the_order_of_input_does_not_matter(void **state)
{
    wck_snapshot *a = sample_full(false), *b = sample_full(true);
    wck_digest da = digest_of(a), db = digest_of(b);

    (void)state;
    assert_true(wck_digest_eq(&da, &db));
    wck_snapshot_free(a);
    wck_snapshot_free(b);
}

static void the_time_of_looking_does_not_matter(void **state)
{
    wck_snapshot *a = sample_full(false), *b = sample_full(false);
    wck_digest da = digest_of(a), db;

    (void)state;
    b->server.collected_at++;
    b->server.server_time = WCK_TIME_NONE;
    b->server.source = "file:x";
    db = digest_of(b);
    assert_true(wck_digest_eq(&da, &db));
    wck_snapshot_free(a);
    wck_snapshot_free(b);
}

/* ---- every fact counts: change one field, the digest is another one ---- */

typedef void edit_fn(wck_snapshot *s);

#define EDIT(name, statement)                                                                                  \
    static void name(wck_snapshot *s)                                                                          \
    {                                                                                                          \
        statement;                                                                                             \
    }
EDIT(edit_name, s->server.name = "other")
EDIT(edit_parent, s->server.parent = NULL)
EDIT(edit_mode, s->server.mode = WCK_MODE_AUTONOMOUS)
EDIT(edit_server_id, s->server.server_id.lo++)
EDIT(edit_fqdn, s->server.fqdn = "")
EDIT(edit_version, s->server.version = NULL)
EDIT(edit_protocol, s->server.protocol_version = "1.8")
EDIT(edit_coverage, s->coverage[WCK_SECTION_FILES].state = WCK_COVERAGE_ABSENT)
EDIT(edit_reason, s->coverage[WCK_SECTION_FILES].reason = NULL)
EDIT(edit_lazy, s->config.lazy_sync = WCK_BOOL_NONE)
EDIT(edit_proxy, s->config.has_proxy = false)
EDIT(edit_products, s->config.selected_products.n--)
EDIT(edit_known, s->config.products_known = false)
EDIT(edit_language, s->languages.items[0].enabled = !s->languages.items[0].enabled)
EDIT(edit_category, s->categories.items[3].title = NULL)
EDIT(edit_group, s->groups.items[3].name = "x")
EDIT(edit_eula_admin, s->eulas.items[0].admin = NULL)
EDIT(edit_run, s->sync_history.items[0].update_errors[0].text = NULL)
EDIT(edit_file, s->files.items[0].digest[19]++)
EDIT(edit_host, s->host_json = "{}")
EDIT(edit_title, s->updates.items[4].title = "x")
EDIT(edit_kb, s->updates.items[4].kb.n--)
EDIT(edit_neutral, s->updates.items[0].languages.n = 0; s->updates.items[0].languages_known = !s->updates.items[0].languages_known)
EDIT(edit_any_of, s->updates.items[4].prerequisites[0].n--)
EDIT(edit_bundle, s->updates.items[4].bundles.items[0].revision++)
EDIT(edit_file_ref, s->updates.items[4].files[0].size++)
EDIT(edit_arrived, s->updates.items[4].arrived++)
EDIT(edit_needed, s->updates.items[4].needed_by = WCK_INT_NONE)
EDIT(edit_declined, s->declined.n--)
EDIT(edit_declined_time, s->declined.items[0].time++)
EDIT(edit_action, s->approvals.items[2].action++)
EDIT(edit_deadline, s->approvals.items[2].deadline = WCK_TIME_NONE)
EDIT(edit_deployment, s->approvals.items[2].deployment.hi++)
EDIT(edit_assigned, s->approvals.items[2].assigned = WCK_BOOL_NONE)

/* local: the field may differ between servers, so the shared facts stay equal */
static const struct {
    const char *what;
    edit_fn *edit;
    bool local;
} edits[] = {
    {"server.name", edit_name, false},
    {"server.parent", edit_parent, false},
    {"server.mode", edit_mode, false},
    {"server.server_id", edit_server_id, false},
    {"server.fqdn", edit_fqdn, false},
    {"server.version", edit_version, false},
    {"server.protocol_version", edit_protocol, false},
    {"coverage.state", edit_coverage, false},
    {"coverage.reason", edit_reason, false},
    {"config.lazy_sync", edit_lazy, false},
    {"config.proxy", edit_proxy, false},
    {"config.selected_products", edit_products, false},
    {"config.products_known", edit_known, false},
    {"languages.enabled", edit_language, false},
    {"categories.title", edit_category, false},
    {"groups.name", edit_group, false},
    {"eulas.admin", edit_eula_admin, true},
    {"sync_history.update_errors", edit_run, false},
    {"files.digest", edit_file, false},
    {"host", edit_host, false},
    {"updates.title", edit_title, false},
    {"updates.kb", edit_kb, false},
    {"updates.languages_known", edit_neutral, false},
    {"updates.prerequisites", edit_any_of, false},
    {"updates.bundles", edit_bundle, false},
    {"updates.files.size", edit_file_ref, false},
    {"updates.arrived", edit_arrived, true},
    {"updates.needed_by", edit_needed, true},
    {"declined", edit_declined, false},
    {"declined.time", edit_declined_time, true},
    {"approvals.action", edit_action, false},
    {"approvals.deadline", edit_deadline, false},
    {"approvals.deployment", edit_deployment, true},
    {"approvals.assigned", edit_assigned, true},
};

static bool same_shared(const wck_manifest *a, const wck_manifest *b)
{
    bool same = wck_digest_eq(&a->server[WCK_SHARED], &b->server[WCK_SHARED]);

    for (int i = 0; i < WCK_SECTION_COUNT; i++)
        same = same && wck_digest_eq(&a->section[i][WCK_SHARED], &b->section[i][WCK_SHARED]);
    return same && wck_digest_eq(&a->index[WCK_SHARED], &b->index[WCK_SHARED]);
}

static void every_fact_changes_the_digest_and_local_ones_nothing_else(void **state)
{
    wck_snapshot *plain = sample_full(false);
    wck_manifest before;

    (void)state;
    assert_ok(wck_manifest_make(&before, NULL, plain, NULL, &err));
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        wck_snapshot *s = sample_full(false);
        wck_manifest after;
        edits[i].edit(s);
        assert_ok(wck_manifest_make(&after, NULL, s, NULL, &err));
        if (wck_digest_eq(&before.digest, &after.digest))
            fail_msg("%s does not count", edits[i].what);
        if (same_shared(&before, &after) != edits[i].local)
            fail_msg("%s is in the wrong stream", edits[i].what);
        wck_snapshot_free(s);
    }
    wck_snapshot_free(plain);
}

/* ---- streams ---- */

static void local_fields_that_are_all_null_take_three_bytes(void **state)
{
    wck_snapshot *a = sample_random(&(sample_options){.updates = 50, .seed = 1});
    wck_snapshot *b = sample_random(&(sample_options){.updates = 90, .seed = 2});
    streams sa = encode(a), sb = encode(b);

    (void)state;
    assert_int_equal(sa.local.len, 3);
    assert_int_equal(sb.local.len, 3);
    assert_memory_equal(sa.local.data, sb.local.data, 3);
    streams_clear(&sa);
    streams_clear(&sb);
    wck_snapshot_free(a);
    wck_snapshot_free(b);
}

static void deployment_ids_do_not_reorder_shared_approvals(void **state)
{
    streams s[2];

    (void)state;
    for (int k = 0; k < 2; k++) {
        wck_snapshot *x = wck_snapshot_new(), *back;
        for (uint64_t i = 0; i < 6; i++) {
            wck_approval *a = wck_snapshot_add_approval(x);
            *a = (wck_approval){.update = {7, 7}, .group = {1, i / 4}, .revision = 3, .action = (int64_t)i % 4};
            a->deadline = a->go_live = a->changed = WCK_TIME_NONE;
            a->priority = WCK_INT_NONE;
            a->deployment = (wck_guid){k == 0 ? i + 1 : 9 - i, 1};
        }
        x->server.name = "x";
        assert_ok(wck_snapshot_freeze(x, &err));
        s[k] = encode(x);
        back = through(x);
        assert_same_snapshot(x, back);
        wck_snapshot_free(back);
        wck_snapshot_free(x);
    }
    assert_int_equal(s[0].shared.len, s[1].shared.len);
    assert_memory_equal(s[0].shared.data, s[1].shared.data, s[0].shared.len);
    assert_memory_not_equal(s[0].local.data, s[1].local.data, s[0].local.len);
    streams_clear(&s[0]);
    streams_clear(&s[1]);
}

/* ---- damage ---- */

/* Exactly sized heap copies, so that ASan sees the first byte read too many. */
static wck_status decode_copy(const void *s, size_t s_len, const void *l, size_t l_len)
{
    wck_snapshot *into = wck_snapshot_new();
    void *cs = malloc(s_len > 0 ? s_len : 1), *cl = malloc(l_len > 0 ? l_len : 1);
    wck_status status;

    memcpy(cs, s, s_len);
    memcpy(cl, l, l_len);
    status = decode_rows(into, cs, s_len, cl, l_len);
    if (status == WCK_OK) /* what was accepted can be used */
        status = wck_snapshot_freeze(into, &err);
    free(cs);
    free(cl);
    wck_snapshot_free(into);
    return status;
}

static void every_truncation_is_refused(void **state)
{
    wck_snapshot *s = sample_full(false);
    streams b = encode(s);

    (void)state;
    for (size_t n = 0; n < b.shared.len; n++)
        assert_fails(WCK_E_STORE, decode_copy(b.shared.data, n, b.local.data, b.local.len));
    for (size_t n = 0; n < b.local.len; n++)
        assert_fails(WCK_E_STORE, decode_copy(b.shared.data, b.shared.len, b.local.data, n));
    assert_contains(err.text, "damaged");
    streams_clear(&b);
    wck_snapshot_free(s);
}

static void bytes_behind_the_end_are_refused(void **state)
{
    wck_snapshot *s = sample_full(false);
    streams b = encode(s);

    (void)state;
    wck_buf_putc(&b.shared, '\0');
    assert_fails(WCK_E_STORE, decode_copy(b.shared.data, b.shared.len, b.local.data, b.local.len));
    streams_clear(&b);
    wck_snapshot_free(s);
}

static void a_count_larger_than_the_bytes_is_refused_before_memory_is_taken(void **state)
{
    static const char huge[] = "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", longer[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f";

    (void)state;
    assert_fails(WCK_E_STORE, decode_copy(huge, sizeof huge, "\0\0\0", 3));
    assert_fails(WCK_E_STORE, decode_copy(longer, sizeof longer, "\0\0\0", 3));
}

/* Flips, overwrites, cuts and doubles bytes. */
static void mutate(wck_buf *b, uint64_t *seed)
{
    for (uint64_t k = sample_next(seed) % 4 + 1; k > 0 && b->len > 1; k--) {
        size_t at = (size_t)(sample_next(seed) % b->len);
        switch (sample_next(seed) % 4) {
        case 0:
            b->data[at] = (char)(b->data[at] ^ (1 << sample_next(seed) % 8));
            break;
        case 1:
            b->data[at] = (char)sample_next(seed);
            break;
        case 2:
            b->data[at] = '\xff';
            break;
        default:
            memmove(b->data + at, b->data + at + 1, b->len - at - 1);
            b->len--;
        }
    }
}

static void two_thousand_mutations_do_no_harm(void **state)
{
    wck_snapshot *s = sample_full(false);
    uint64_t seed = 42;
    size_t refused = 0;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        streams b = encode(s);
        wck_status status;
        mutate(i % 2 == 0 ? &b.shared : &b.local, &seed);
        status = decode_copy(b.shared.data, b.shared.len, b.local.data, b.local.len);
        assert_true(status == WCK_OK || status == WCK_E_STORE);
        refused += status == WCK_E_STORE;
        streams_clear(&b);
    }
    assert_true(refused > 500); /* the mutations do hit */
    wck_snapshot_free(s);
}

static void mutated_head_sections_do_no_harm(void **state)
{
    wck_snapshot *s = sample_full(false);
    uint64_t seed = 7;
    size_t refused = 0;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        int section = i % (WCK_SECTION_COUNT + 1);
        wck_snapshot *into = wck_snapshot_new();
        streams b = streams_new();
        wck_status status;
        if (section == WCK_SECTION_COUNT)
            wck_canon_put_server(&b.shared, &b.local, s);
        else if (!wck_section_is_partitioned(section))
            wck_canon_put_section(&b.shared, &b.local, s, (wck_section)section);
        mutate(i % 3 != 0 || b.local.len == 0 ? &b.shared : &b.local, &seed);
        status = section == WCK_SECTION_COUNT
                     ? wck_canon_get_server(into, wck_buf_text(&b.shared), b.shared.len, wck_buf_text(&b.local),
                                            b.local.len, &err)
                 : wck_section_is_partitioned(section)
                     ? WCK_OK
                     : wck_canon_get_section(into, (wck_section)section, wck_buf_text(&b.shared), b.shared.len,
                                             wck_buf_text(&b.local), b.local.len, &err);
        assert_true(status == WCK_OK || status == WCK_E_STORE);
        refused += status == WCK_E_STORE;
        if (status == WCK_OK && section != WCK_SECTION_COUNT)
            assert_ok(wck_snapshot_freeze(into, &err));
        streams_clear(&b);
        wck_snapshot_free(into);
    }
    assert_true(refused > 500);
    wck_snapshot_free(s);
}

static void mutated_manifests_and_indexes_do_no_harm(void **state)
{
    wck_snapshot *s = sample_full(false);
    wck_buf kept;
    wck_manifest m, back;
    uint64_t seed = 9;

    (void)state;
    wck_buf_init(&kept, 1 << 20);
    assert_ok(wck_manifest_make(&m, NULL, s, NULL, &err));
    assert_true(wck_manifest_put(&kept, &m));
    assert_ok(wck_manifest_get(&back, kept.data, kept.len, &err));
    assert_true(wck_digest_eq(&back.digest, &m.digest) && back.n_approvals == m.n_approvals);
    for (int i = 0; i < 1000; i++) {
        wck_buf b;
        wck_index index;
        wck_buf_init(&b, 1 << 20);
        wck_buf_put(&b, kept.data, kept.len);
        b.data[sample_next(&seed) % b.len] ^= (char)(1 << i % 8);
        assert_fails(WCK_E_STORE, wck_manifest_get(&back, b.data, b.len, &err)); /* not one flip goes unseen */
        if (wck_index_get(&index, b.data + 1, b.len - 1, &err) == WCK_OK)
            wck_index_clear(&index);
        wck_buf_clear(&b);
    }
    for (size_t n = 0; n < kept.len; n++)
        assert_fails(WCK_E_STORE, wck_manifest_get(&back, kept.data, n, &err));
    wck_buf_clear(&kept);
    wck_snapshot_free(s);
}

static void a_snapshot_that_is_not_frozen_has_no_digest(void **state)
{
    wck_snapshot *s = wck_snapshot_new();
    wck_manifest m;

    (void)state;
    assert_fails(WCK_E_ARG, wck_manifest_make(&m, NULL, s, NULL, &err));
    wck_snapshot_free(s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_survives_when_set),
        cmocka_unit_test(every_field_survives_when_null),
        cmocka_unit_test(an_empty_snapshot_survives),
        cmocka_unit_test(many_random_rows_survive),
        cmocka_unit_test(the_largest_numbers_survive),
        cmocka_unit_test(null_text_and_empty_text_stay_apart),
        cmocka_unit_test(the_order_of_input_does_not_matter),
        cmocka_unit_test(the_time_of_looking_does_not_matter),
        cmocka_unit_test(every_fact_changes_the_digest_and_local_ones_nothing_else),
        cmocka_unit_test(local_fields_that_are_all_null_take_three_bytes),
        cmocka_unit_test(deployment_ids_do_not_reorder_shared_approvals),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(bytes_behind_the_end_are_refused),
        cmocka_unit_test(a_count_larger_than_the_bytes_is_refused_before_memory_is_taken),
        cmocka_unit_test(two_thousand_mutations_do_no_harm),
        cmocka_unit_test(mutated_head_sections_do_no_harm),
        cmocka_unit_test(mutated_manifests_and_indexes_do_no_harm),
        cmocka_unit_test(a_snapshot_that_is_not_frozen_has_no_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
