/* SPDX-License-Identifier: MIT
 * test_reader.c: a snapshot in memory, partition by partition. */
#include "support/test.h"

#include "model/canon.h"
#include "snapshots.h"

static wck_error err;

static wck_reader *reader_of(const wck_snapshot *s)
{
    wck_reader *reader;

    assert_ok(wck_reader_of_snapshot(&reader, s, &err));
    return reader;
}

static const wck_part_info *part_of(wck_reader *r, size_t p)
{
    const wck_part_info *parts;

    assert_ok(r->ops->parts(r, p / WCK_SPAN, &parts, &err));
    return &parts[p % WCK_SPAN];
}

static void partition_count_grows_in_steps_of_four(void **state)
{
    static const struct {
        size_t updates, partitions;
    } steps[] = {{0, 16},        {399, 16},      {400, 64},       {1599, 64},       {1600, 256},
                 {6399, 256},    {6400, 1024},   {25599, 1024},   {25600, 4096},    {409599, 4096},
                 {409600, 16384}, {1000000, 16384}};

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        assert_int_equal(wck_partition_count(steps[i].updates), steps[i].partitions);
}

static void a_partition_is_the_top_bits_of_the_guid(void **state)
{
    (void)state;
    assert_int_equal(wck_partition_of((wck_guid){0xabcdef0000000000ULL, 0}, 16), 0xa);
    assert_int_equal(wck_partition_of((wck_guid){0xabcdef0000000000ULL, 0}, 256), 0xab);
    assert_int_equal(wck_partition_of((wck_guid){0xabcdef0000000000ULL, 0}, 4096), 0xabc);
    assert_int_equal(wck_partition_of((wck_guid){0xabcdef0000000000ULL, 0}, 16384), 0xabcdef >> 10);
    assert_int_equal(wck_partition_of((wck_guid){UINT64_MAX, UINT64_MAX}, 16384), 16383);
    assert_int_equal(wck_partition_of((wck_guid){UINT64_MAX, UINT64_MAX}, 1), 0);
    assert_int_equal(wck_partition_of((wck_guid){0xabcdef0000000000ULL, 0}, 64), 0xabcdef >> 18);
}

static void partitions_together_are_the_snapshot_in_order(void **state)
{
    wck_snapshot *s = sample_random(&(sample_options){.updates = 3000, .seed = 4, .local = 1});
    wck_reader *r = reader_of(s);
    wck_arena *arena = wck_arena_new();
    size_t u = 0, d = 0, a = 0;

    (void)state;
    assert_int_equal(r->n_partitions, 256);
    assert_int_equal(r->n_spans, 4);
    for (size_t p = 0; p < r->n_partitions; p++) {
        const wck_part_info *part = part_of(r, p);
        wck_partition rows;
        assert_ok(r->ops->load(r, p, arena, &rows, &err));
        assert_int_equal(rows.n_updates, part->n_updates);
        assert_int_equal(rows.n_declined, part->n_declined);
        assert_int_equal(rows.n_approvals, part->n_approvals);
        for (size_t i = 0; i < rows.n_updates; i++)
            assert_ptr_equal(&rows.updates[i], &s->updates.items[u++]);
        for (size_t i = 0; i < rows.n_declined; i++)
            assert_ptr_equal(&rows.declined[i], &s->declined.items[d++]);
        for (size_t i = 0; i < rows.n_approvals; i++)
            assert_ptr_equal(&rows.approvals[i], &s->approvals.items[a++]);
    }
    assert_int_equal(u, r->n_updates);
    assert_int_equal(d, r->n_declined);
    assert_int_equal(a, r->n_approvals);
    wck_arena_free(arena);
    wck_reader_close(r);
    wck_snapshot_free(s);
}

static void the_head_has_everything_but_the_partitioned_rows(void **state)
{
    wck_snapshot *s = sample_full(false);
    wck_reader *r = reader_of(s);

    (void)state;
    assert_string_equal(r->head->server.name, "berlin");
    assert_int_equal(r->head->groups.n, s->groups.n);
    assert_int_equal(r->head->updates.n + r->head->declined.n + r->head->approvals.n, 0);
    assert_int_equal(r->head->coverage[WCK_SECTION_APPROVALS].state, s->coverage[WCK_SECTION_APPROVALS].state);
    wck_reader_close(r);
    wck_snapshot_free(s);
}

/* A span differs where one of its partitions does. */
static size_t parts_that_differ(wck_reader *a, wck_reader *b)
{
    size_t n = 0;

    assert_int_equal(a->n_partitions, b->n_partitions);
    for (size_t span = 0; span < a->n_spans; span++) {
        size_t before = n;
        for (size_t p = span * WCK_SPAN; p < a->n_partitions && p < (span + 1) * WCK_SPAN; p++)
            n += !wck_digest_eq(&part_of(a, p)->digest, &part_of(b, p)->digest);
        assert_int_equal(n > before, !wck_digest_eq(&a->spans[span].digest, &b->spans[span].digest));
    }
    return n;
}

static void replicas_with_other_local_fields_have_equal_partitions(void **state)
{
    wck_snapshot *up = sample_random(&(sample_options){.updates = 2000, .seed = 1, .local = 1});
    wck_snapshot *down = sample_random(&(sample_options){.name = "b", .parent = "hq", .updates = 2000, .seed = 1, .local = 2});
    wck_reader *a = reader_of(up), *b = reader_of(down);

    (void)state;
    assert_int_equal(parts_that_differ(a, b), 0);
    for (int i = 0; i < WCK_SECTION_COUNT; i++)
        assert_true(wck_digest_eq(&a->section[i], &b->section[i]));
    assert_false(wck_digest_eq(&a->digest, &b->digest));
    wck_reader_close(a);
    wck_reader_close(b);
    wck_snapshot_free(up);
    wck_snapshot_free(down);
}

static void one_changed_update_changes_one_partition_and_its_sections(void **state)
{
    wck_snapshot *up = sample_random(&(sample_options){.updates = 2000, .seed = 1});
    wck_snapshot *down = sample_random(&(sample_options){.updates = 2000, .seed = 1, .changed = 1});
    wck_reader *a = reader_of(up), *b = reader_of(down);

    (void)state;
    assert_int_equal(parts_that_differ(a, b), 1);
    assert_false(wck_digest_eq(&a->section[WCK_SECTION_UPDATES], &b->section[WCK_SECTION_UPDATES]));
    assert_true(wck_digest_eq(&a->section[WCK_SECTION_CATEGORIES], &b->section[WCK_SECTION_CATEGORIES]));
    wck_reader_close(a);
    wck_reader_close(b);
    wck_snapshot_free(up);
    wck_snapshot_free(down);
}

/* An approval counts with the listed revision it is about, and with no other. */
static void flags_tell_what_the_approvals_of_a_partition_name(void **state)
{
    wck_guid one = {1, 1};
    const char *en = "en";
    wck_update updates[2] = {{.id = one, .revision = 1}, {.id = one, .revision = 2, .languages_known = true}};
    wck_approval approval = {.update = one, .revision = 2, .action = WCK_ACTION_INSTALL};
    wck_partition rows = {.updates = updates, .n_updates = 2, .approvals = &approval, .n_approvals = 1};

    (void)state;
    assert_int_equal(wck_canon_flags(&rows), WCK_PART_APPROVED);
    updates[1].languages = (wck_strings){&en, 1};
    assert_int_equal(wck_canon_flags(&rows), WCK_PART_APPROVED | WCK_PART_LANGUAGES);
    updates[1].eula = one;
    assert_int_equal(wck_canon_flags(&rows), WCK_PART_APPROVED | WCK_PART_LANGUAGES | WCK_PART_EULA);
    updates[1].state = WCK_STATE_EXPIRED;
    assert_int_equal(wck_canon_flags(&rows), WCK_PART_APPROVED | WCK_PART_LANGUAGES | WCK_PART_EULA | WCK_PART_EXPIRED);
    approval.action = WCK_ACTION_UNINSTALL; /* of an expired update is fine */
    assert_int_equal(wck_canon_flags(&rows), WCK_PART_APPROVED | WCK_PART_LANGUAGES | WCK_PART_EULA);
    approval.action = WCK_ACTION_BLOCK;
    assert_int_equal(wck_canon_flags(&rows), 0);
    approval.action = WCK_ACTION_INSTALL;
    approval.revision = 1;
    assert_int_equal(wck_canon_flags(&rows), WCK_PART_APPROVED);
    approval.revision = 3; /* not listed: the highest that is */
    assert_int_equal(wck_canon_flags(&rows), WCK_PART_APPROVED | WCK_PART_LANGUAGES | WCK_PART_EULA | WCK_PART_EXPIRED);
    approval.update = (wck_guid){1, 2};
    assert_int_equal(wck_canon_flags(&rows), WCK_PART_APPROVED);
}

static void a_partition_digest_is_that_of_its_three_streams(void **state)
{
    wck_snapshot *s = sample_full(false);
    wck_partition rows = {s->updates.items, s->updates.n, s->declined.items, s->declined.n, s->approvals.items,
                          s->approvals.n};
    wck_buf three[3], local, whole;
    wck_part_info info;
    wck_digest digest;

    (void)state;
    for (int i = 0; i < 3; i++)
        wck_buf_init(&three[i], 1 << 20);
    wck_buf_init(&local, 1 << 20);
    wck_buf_init(&whole, 1 << 20);
    assert_true(wck_canon_put_updates(&three[0], &local, rows.updates, rows.n_updates));
    assert_true(wck_canon_put_declined(&three[1], &local, rows.declined, rows.n_declined));
    assert_true(wck_canon_put_approvals(&three[2], &local, rows.approvals, rows.n_approvals));
    assert_true(wck_canon_part_info(&info, &rows, three));
    assert_true(wck_canon_put_partition(&whole, &local, &rows));
    assert_true(wck_digest_of(&digest, whole.data, whole.len));
    assert_true(wck_digest_eq(&digest, &info.digest));
    assert_int_equal(info.n_updates, s->updates.n);
    for (int i = 0; i < 3; i++)
        wck_buf_clear(&three[i]);
    wck_buf_clear(&local);
    wck_buf_clear(&whole);
    wck_snapshot_free(s);
}

static void a_partition_that_is_not_there_is_refused(void **state)
{
    wck_snapshot *s = sample_full(false);
    wck_reader *r = reader_of(s);
    wck_partition rows;

    (void)state;
    assert_fails(WCK_E_ARG, r->ops->load(r, 16, NULL, &rows, &err));
    wck_reader_close(r);
    wck_snapshot_free(s);
}

static void a_snapshot_that_is_not_frozen_is_refused(void **state)
{
    wck_snapshot *s = wck_snapshot_new();
    wck_reader *r;

    (void)state;
    assert_fails(WCK_E_ARG, wck_reader_of_snapshot(&r, s, &err));
    assert_null(r);
    wck_snapshot_free(s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(partition_count_grows_in_steps_of_four),
        cmocka_unit_test(a_partition_is_the_top_bits_of_the_guid),
        cmocka_unit_test(partitions_together_are_the_snapshot_in_order),
        cmocka_unit_test(the_head_has_everything_but_the_partitioned_rows),
        cmocka_unit_test(replicas_with_other_local_fields_have_equal_partitions),
        cmocka_unit_test(one_changed_update_changes_one_partition_and_its_sections),
        cmocka_unit_test(flags_tell_what_the_approvals_of_a_partition_name),
        cmocka_unit_test(a_partition_digest_is_that_of_its_three_streams),
        cmocka_unit_test(a_partition_that_is_not_there_is_refused),
        cmocka_unit_test(a_snapshot_that_is_not_frozen_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
