/* SPDX-License-Identifier: MIT
 * test_model_memory.c: when the n-th allocation fails, for every n, each call of the model says so, gives nothing and
 * leaks nothing (LeakSanitizer). */
#include "support/test.h"

#include "model/manifest.h"
#include "model/plan.h"
#include "model/report.h"
#include "model/tree.h"
#include "random.h"
#include "snapshots.h"
#include "support/fail_alloc.h"

#include <stdlib.h>

static wck_snapshot *sample; /* frozen */
static wck_buf part[2], head[WCK_SECTION_COUNT + 1][2], manifest_bytes, index_bytes;

typedef wck_status scenario(wck_error *err);

static void exhaust(scenario *run, size_t at_least)
{
    size_t n = 0;

    for (bool failed = true; failed;) {
        wck_error err = {0};
        wck_status status;
        fail_alloc_at(++n);
        status = run(&err);
        failed = fail_alloc_end();
        if (status != (failed ? WCK_E_MEMORY : WCK_OK))
            fail_msg("allocation %zu: status %d: %s", n, (int)status, err.text);
    }
    assert_true(n > at_least);
}

static wck_status short_of_memory(wck_error *err)
{
    return wck_fail_memory(err, "testing");
}

static wck_status fill_snapshot(wck_error *err)
{
    wck_snapshot *s = wck_snapshot_new();
    wck_status status = s != NULL ? WCK_OK : short_of_memory(err);

    for (int i = 0; i < 20 && status == WCK_OK; i++)
        if (wck_snapshot_add_update(s) == NULL || wck_snapshot_add_declined(s) == NULL ||
            wck_snapshot_add_approval(s) == NULL || wck_snapshot_add_group(s) == NULL ||
            wck_snapshot_add_language(s) == NULL || wck_snapshot_add_category(s) == NULL ||
            wck_snapshot_add_eula(s) == NULL || wck_snapshot_add_sync_run(s) == NULL ||
            wck_snapshot_add_file(s) == NULL || wck_snapshot_text(s, i % 2 == 0 ? "a" : "b") == NULL)
            status = short_of_memory(err);
    wck_snapshot_free(s);
    return status;
}

static wck_status cut(wck_error *err)
{
    wck_manifest m;
    wck_index index;
    wck_status status = wck_manifest_make(&m, &index, sample, NULL, err);

    assert_true(status == WCK_OK || (index.parts == NULL && index.spans == NULL));
    wck_index_clear(&index);
    return status;
}

static wck_status prove(wck_error *err)
{
    wck_manifest m;
    wck_index index;
    wck_status status = wck_manifest_get(&m, manifest_bytes.data, manifest_bytes.len, err);

    if (status == WCK_OK)
        status = wck_index_get(&index, index_bytes.data, index_bytes.len, err);
    if (status == WCK_OK) {
        bool proven;
        status = wck_manifest_prove(&m, &proven, err);
        assert_true(proven == (status == WCK_OK));
        wck_index_clear(&index);
    }
    return status;
}

static wck_status read_memory(wck_error *err)
{
    wck_reader *reader;
    wck_status status = wck_reader_of_snapshot(&reader, sample, err);

    assert_true((status == WCK_OK) == (reader != NULL));
    wck_reader_close(reader);
    return status;
}

static wck_status get_part(wck_error *err)
{
    wck_arena *arena = wck_arena_new();
    wck_partition rows;
    wck_status status = arena == NULL ? short_of_memory(err)
                                      : wck_canon_get_partition(&rows, arena, part[0].data, part[0].len, part[1].data,
                                                                part[1].len, err);

    wck_arena_free(arena);
    return status;
}

static wck_status get_rows(wck_error *err)
{
    wck_arena *arena = wck_arena_new();
    wck_buf shared, local;
    const wck_update *updates;
    size_t n;
    wck_status status = arena != NULL ? WCK_OK : short_of_memory(err);

    wck_buf_init(&shared, SIZE_MAX / 4);
    wck_buf_init(&local, SIZE_MAX / 4);
    if (status == WCK_OK && !wck_canon_put_updates(&shared, &local, sample->updates.items, sample->updates.n))
        status = short_of_memory(err);
    if (status == WCK_OK)
        status = wck_canon_get_updates(&updates, &n, arena, shared.data, shared.len, local.data, local.len, err);
    wck_buf_clear(&shared);
    wck_buf_clear(&local);
    wck_arena_free(arena);
    return status;
}

static wck_status take_changed(wck_error *err)
{
    static const char none[] = {0, 0, 0};
    wck_arena *arena = wck_arena_new();
    wck_part_bytes bytes[2] = {{{part[0].data, part[1].data}, {part[0].len, part[1].len}}, {{none, none}, {3, 3}}};
    wck_partition out[2];
    wck_status status = arena != NULL ? wck_canon_take_changed(out, arena, bytes, err) : short_of_memory(err);

    wck_arena_free(arena);
    return status;
}

static wck_status get_head(wck_error *err)
{
    wck_snapshot *s = wck_snapshot_new();
    wck_status status = s != NULL ? WCK_OK : short_of_memory(err);

    for (int i = 0; i <= WCK_SECTION_COUNT && status == WCK_OK; i++) {
        wck_buf *b = head[i];
        if (i == WCK_SECTION_COUNT)
            status = wck_canon_get_server(s, b[0].data, b[0].len, b[1].data, b[1].len, err);
        else if (!wck_section_is_partitioned(i))
            status = wck_canon_get_section(s, (wck_section)i, b[0].data, b[0].len, wck_buf_text(&b[1]), b[1].len, err);
    }
    wck_snapshot_free(s);
    return status;
}

/* A reader that was made before memory ran short. */
static wck_snapshot heads[3];
static int closed;

static void count_close(wck_reader *reader)
{
    (void)reader;
    closed++;
}

static wck_status build_tree(wck_error *err)
{
    static const wck_reader_ops ops = {.close = count_close};
    wck_reader readers[3] = {{0}};
    wck_tree_input inputs[3] = {{0}};
    wck_tree *tree;
    wck_status status;

    for (size_t i = 0; i < 3; i++) {
        readers[i].ops = &ops;
        readers[i].head = &heads[i];
        heads[i].server.name = i == 0 ? "hq" : i == 1 ? "b" : "c";
        heads[i].server.parent = i == 0 ? NULL : "hq";
        inputs[i] = (wck_tree_input){.now = &readers[i], .snapshot_id = "1", .configured_parent = "a parent with a long name"};
    }
    closed = 0;
    status = wck_tree_build(&tree, inputs, 3, err);
    assert_true((status == WCK_OK) == (tree != NULL));
    if (status == WCK_OK)
        assert_string_equal(tree->nodes[1]->snapshot_id, "1");
    wck_tree_free(tree);
    assert_int_equal(closed, 3); /* swallowed in any case */
    return status;
}

static wck_status make_documents(wck_error *err)
{
    wck_report *report = wck_report_new();
    wck_plan *plan = wck_plan_new();
    wck_status status = report != NULL && plan != NULL ? WCK_OK : short_of_memory(err);

    wck_report_free(report);
    wck_plan_free(plan);
    return status;
}

static void every_call_survives_every_failed_allocation(void **state)
{
    (void)state;
    exhaust(fill_snapshot, 15);
    exhaust(cut, 10);
    exhaust(prove, 1);
    exhaust(read_memory, 10);
    exhaust(get_part, 3);
    exhaust(get_rows, 5);
    exhaust(take_changed, 2);
    exhaust(get_head, 10);
    exhaust(build_tree, 2);
    exhaust(make_documents, 3);
}

static wck_status keep_index(wck_chunk_kind kind, const wck_digest *digest, const void *data, size_t len, void *payload,
                             wck_error *err)
{
    (void)digest;
    (void)payload;
    (void)err;
    if (kind == WCK_CHUNK_INDEX && index_bytes.len == 0) { /* the shared one comes first */
        wck_buf_put(&index_bytes, data, len);
    }
    return WCK_OK;
}

static int set_up(void **state)
{
    recipes r;
    wck_error err = {0};
    wck_manifest m;
    wck_partition rows;

    (void)state;
    recipes_make(&r, 1, 200);
    sample = recipes_cook(&r, &(cooking){.name = "hq", .local = 3});
    recipes_clear(&r);
    assert_ok(wck_snapshot_freeze(sample, &err));
    for (int k = 0; k < 2; k++) {
        wck_buf_init(&part[k], SIZE_MAX / 4);
        for (int i = 0; i <= WCK_SECTION_COUNT; i++)
            wck_buf_init(&head[i][k], SIZE_MAX / 4);
    }
    rows = (wck_partition){sample->updates.items,  sample->updates.n,       sample->declined.items,
                           sample->declined.n,     sample->approvals.items, sample->approvals.n};
    assert_true(wck_canon_put_partition(&part[0], &part[1], &rows));
    for (int i = 0; i < WCK_SECTION_COUNT; i++)
        if (!wck_section_is_partitioned(i))
            assert_true(wck_canon_put_section(&head[i][0], &head[i][1], sample, (wck_section)i));
    assert_true(wck_canon_put_server(&head[WCK_SECTION_COUNT][0], &head[WCK_SECTION_COUNT][1], sample));
    wck_buf_init(&manifest_bytes, 1U << 20);
    wck_buf_init(&index_bytes, 1U << 20);
    assert_ok(wck_manifest_make(&m, NULL, sample, &(wck_chunk_sink){.add = keep_index}, &err));
    assert_true(wck_manifest_put(&manifest_bytes, &m));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wck_snapshot_free(sample);
    for (int k = 0; k < 2; k++) {
        wck_buf_clear(&part[k]);
        for (int i = 0; i <= WCK_SECTION_COUNT; i++)
            wck_buf_clear(&head[i][k]);
    }
    wck_buf_clear(&manifest_bytes);
    wck_buf_clear(&index_bytes);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
