/* SPDX-License-Identifier: MIT
 * test_changed.c: wck_canon_take_changed over random pairs: it gives the rows of exactly those updates whose shared
 * rows differ, computed here field by field; and no bytes make it do harm. */
#include "support/test.h"

#include "model/canon.h"
#include "random.h"
#include "snapshots.h"

#include <stdlib.h>

static wck_error err;

enum { PAIRS = 400 };

/* ---- what is equal, field by field ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_strings(const wck_strings *a, const wck_strings *b)
{
    bool same = a->n == b->n;

    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->items[i], b->items[i]) == 0;
    return same;
}

static bool same_guids(const wck_guids *a, const wck_guids *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->items, b->items, a->n * sizeof *a->items) == 0);
}

static bool same_lists(const wck_update *a, const wck_update *b)
{
    bool same = a->bundles.n == b->bundles.n && a->n_prerequisites == b->n_prerequisites && a->n_files == b->n_files;

    for (size_t i = 0; same && i < a->bundles.n; i++)
        same = wck_guid_eq(a->bundles.items[i].id, b->bundles.items[i].id) &&
               a->bundles.items[i].revision == b->bundles.items[i].revision;
    for (size_t i = 0; same && i < a->n_prerequisites; i++)
        same = same_guids(&a->prerequisites[i], &b->prerequisites[i]);
    for (size_t i = 0; same && i < a->n_files; i++)
        same = memcmp(a->files[i].digest, b->files[i].digest, 20) == 0 &&
               same_text(a->files[i].name, b->files[i].name) && a->files[i].size == b->files[i].size;
    return same;
}

static bool same_update(const wck_update *a, const wck_update *b)
{
    return a->revision == b->revision && a->type == b->type && a->state == b->state &&
           a->deployable == b->deployable && a->languages_known == b->languages_known &&
           same_text(a->title, b->title) && same_text(a->severity, b->severity) &&
           same_text(a->compatible_protocol_version, b->compatible_protocol_version) && same_strings(&a->kb, &b->kb) &&
           same_strings(&a->bulletins, &b->bulletins) && same_strings(&a->languages, &b->languages) &&
           wck_guid_eq(a->classification, b->classification) && same_guids(&a->products, &b->products) &&
           same_guids(&a->supersedes, &b->supersedes) && wck_guid_eq(a->eula, b->eula) && a->created == b->created &&
           same_lists(a, b);
}

static int by_shared(const void *pa, const void *pb)
{
    const wck_approval *a = pa, *b = pb;
    int c = wck_guid_cmp(a->group, b->group);

    c = c != 0 ? c : (a->revision > b->revision) - (a->revision < b->revision);
    c = c != 0 ? c : (a->action > b->action) - (a->action < b->action);
    return c != 0 ? c : (a->deadline > b->deadline) - (a->deadline < b->deadline);
}

/* Rows of one update. */
typedef struct group {
    wck_update updates[64];
    wck_approval approvals[256];
    size_t n_updates, n_declined, n_approvals;
} group;

static void gather(group *out, const wck_snapshot *s, wck_guid id)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < s->updates.n; i++)
        if (wck_guid_eq(s->updates.items[i].id, id))
            out->updates[out->n_updates++] = s->updates.items[i];
    for (size_t i = 0; i < s->declined.n; i++)
        out->n_declined += wck_guid_eq(s->declined.items[i].id, id);
    for (size_t i = 0; i < s->approvals.n; i++)
        if (wck_guid_eq(s->approvals.items[i].update, id))
            out->approvals[out->n_approvals++] = s->approvals.items[i];
    qsort(out->approvals, out->n_approvals, sizeof *out->approvals, by_shared);
}

static bool differs(const wck_snapshot *a, const wck_snapshot *b, wck_guid id)
{
    static group x, y;
    bool same;

    gather(&x, a, id);
    gather(&y, b, id);
    same = x.n_updates == y.n_updates && x.n_declined == y.n_declined && x.n_approvals == y.n_approvals;
    for (size_t i = 0; same && i < x.n_updates; i++)
        same = same_update(&x.updates[i], &y.updates[i]);
    for (size_t i = 0; same && i < x.n_approvals; i++)
        same = by_shared(&x.approvals[i], &y.approvals[i]) == 0;
    return !same;
}

/* The rows of `s` whose update differs, in order; borrows from s. */
static wck_snapshot *expected(const wck_snapshot *s, const wck_snapshot *a, const wck_snapshot *b)
{
    wck_snapshot *out = wck_snapshot_new();

    for (size_t i = 0; i < s->updates.n; i++)
        if (differs(a, b, s->updates.items[i].id))
            *wck_snapshot_add_update(out) = s->updates.items[i];
    for (size_t i = 0; i < s->declined.n; i++)
        if (differs(a, b, s->declined.items[i].id))
            *wck_snapshot_add_declined(out) = s->declined.items[i];
    for (size_t i = 0; i < s->approvals.n; i++)
        if (differs(a, b, s->approvals.items[i].update))
            *wck_snapshot_add_approval(out) = s->approvals.items[i];
    out->frozen = true; /* as they stand: their order counts */
    return out;
}

static wck_snapshot *of_rows(const wck_partition *rows)
{
    wck_snapshot *out = wck_snapshot_new();

    for (size_t i = 0; i < rows->n_updates; i++)
        *wck_snapshot_add_update(out) = rows->updates[i];
    for (size_t i = 0; i < rows->n_declined; i++)
        *wck_snapshot_add_declined(out) = rows->declined[i];
    for (size_t i = 0; i < rows->n_approvals; i++)
        *wck_snapshot_add_approval(out) = rows->approvals[i];
    out->frozen = true;
    return out;
}

/* ---- pairs ---- */

typedef struct pair {
    wck_snapshot *s[2];
    wck_buf stream[2][2]; /* side, shared or local */
} pair;

static void encode(pair *p)
{
    for (int side = 0; side < 2; side++) {
        const wck_snapshot *s = p->s[side];
        wck_partition rows = {s->updates.items,  s->updates.n,       s->declined.items,
                              s->declined.n,     s->approvals.items, s->approvals.n};
        for (int k = 0; k < 2; k++)
            wck_buf_init(&p->stream[side][k], SIZE_MAX / 4);
        assert_true(wck_canon_put_partition(&p->stream[side][0], &p->stream[side][1], &rows));
    }
}

static pair make_pair(uint64_t seed)
{
    recipes r[2];
    pair p;

    recipes_make(&r[0], seed, seed % 7 == 0 ? seed % 4 : 20 + seed % 80);
    recipes_copy(&r[1], &r[0]);
    recipes_mutate(&r[1], seed + 5, (unsigned)(seed % 4) * 8);
    for (int side = 0; side < 2; side++) {
        p.s[side] = recipes_cook(&r[side], &(cooking){.name = "x", .order = seed * 2 + (uint64_t)side,
                                                      .local = seed % 5 == 0 ? 0 : seed + (uint64_t)side});
        assert_ok(wck_snapshot_freeze(p.s[side], &err));
        recipes_clear(&r[side]);
    }
    encode(&p);
    return p;
}

static void pair_clear(pair *p)
{
    for (int side = 0; side < 2; side++) {
        wck_snapshot_free(p->s[side]);
        for (int k = 0; k < 2; k++)
            wck_buf_clear(&p->stream[side][k]);
    }
}

/* Heap copies of the exact size, so that ASan sees a byte too many; the caller frees data. */
static void copy_out(wck_part_bytes out[2], const pair *p)
{
    for (int side = 0; side < 2; side++)
        for (int k = 0; k < 2; k++) {
            size_t len = p->stream[side][k].len;
            void *copy = malloc(len > 0 ? len : 1);
            assert_non_null(copy);
            memcpy(copy, wck_buf_text(&p->stream[side][k]), len);
            out[side].data[k] = copy;
            out[side].len[k] = len;
        }
}

static void free_bytes(wck_part_bytes bytes[2])
{
    for (int side = 0; side < 2; side++)
        for (int k = 0; k < 2; k++)
            free((void *)(uintptr_t)bytes[side].data[k]);
}

static void exactly_the_rows_of_updates_that_differ_are_taken(void **state)
{
    size_t taken = 0, left = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= PAIRS; seed++) {
        pair p = make_pair(seed);
        wck_arena *arena = wck_arena_new();
        wck_part_bytes bytes[2];
        wck_partition out[2];
        copy_out(bytes, &p);
        assert_ok(wck_canon_take_changed(out, arena, bytes, &err));
        for (int side = 0; side < 2; side++) {
            wck_snapshot *want = expected(p.s[side], p.s[0], p.s[1]), *got = of_rows(&out[side]);
            assert_same_snapshot(want, got);
            taken += out[side].n_updates + out[side].n_approvals;
            left += p.s[side]->updates.n + p.s[side]->approvals.n - out[side].n_updates - out[side].n_approvals;
            wck_snapshot_free(want);
            wck_snapshot_free(got);
        }
        free_bytes(bytes);
        wck_arena_free(arena);
        pair_clear(&p);
    }
    assert_true(taken > 1000 && left > 1000); /* both kinds were seen */
}

static void nothing_is_taken_of_equal_ones(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        pair p = make_pair(seed * 4); /* nothing mutated; local fields differ */
        wck_arena *arena = wck_arena_new();
        wck_part_bytes bytes[2];
        wck_partition out[2];
        copy_out(bytes, &p);
        assert_ok(wck_canon_take_changed(out, arena, bytes, &err));
        for (int side = 0; side < 2; side++)
            assert_int_equal(out[side].n_updates + out[side].n_declined + out[side].n_approvals, 0);
        free_bytes(bytes);
        wck_arena_free(arena);
        pair_clear(&p);
    }
}

/* ---- damage ---- */

static size_t sum_text(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* Reads every byte that the rows point to. */
static size_t use(const wck_partition *rows)
{
    size_t sum = 0;

    for (size_t i = 0; i < rows->n_updates; i++) {
        const wck_update *u = &rows->updates[i];
        sum += sum_text(u->title) + sum_text(u->severity) + sum_text(u->compatible_protocol_version);
        for (size_t k = 0; k < u->kb.n; k++)
            sum += sum_text(u->kb.items[k]);
        for (size_t k = 0; k < u->languages.n; k++)
            sum += sum_text(u->languages.items[k]);
        for (size_t k = 0; k < u->supersedes.n; k++)
            sum += (size_t)u->supersedes.items[k].lo;
        for (size_t k = 0; k < u->n_prerequisites; k++)
            for (size_t j = 0; j < u->prerequisites[k].n; j++)
                sum += (size_t)u->prerequisites[k].items[j].hi;
        for (size_t k = 0; k < u->n_files; k++)
            sum += sum_text(u->files[k].name) + u->files[k].digest[19];
    }
    for (size_t i = 0; i < rows->n_declined; i++)
        sum += sum_text(rows->declined[i].admin);
    for (size_t i = 0; i < rows->n_approvals; i++)
        sum += sum_text(rows->approvals[i].admin);
    return sum;
}

static wck_status try_bytes(const wck_part_bytes bytes[2])
{
    wck_arena *arena = wck_arena_new();
    wck_partition out[2];
    wck_status status = wck_canon_take_changed(out, arena, bytes, &err);
    static volatile size_t used;

    assert_true(status == WCK_OK || status == WCK_E_STORE);
    if (status == WCK_OK)
        used = use(&out[0]) + use(&out[1]);
    (void)used;
    wck_arena_free(arena);
    return status;
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (uint64_t seed = 2; seed <= 6; seed++) {
        pair p = make_pair(seed);
        for (int side = 0; side < 2; side++)
            for (int k = 0; k < 2; k++) {
                size_t whole = p.stream[side][k].len;
                for (size_t n = 0; n < whole; n++) {
                    wck_part_bytes bytes[2];
                    p.stream[side][k].len = n;
                    copy_out(bytes, &p);
                    assert_int_equal(try_bytes(bytes), WCK_E_STORE);
                    assert_contains(err.text, "damaged");
                    free_bytes(bytes);
                }
                p.stream[side][k].len = whole;
            }
        pair_clear(&p);
    }
}

static void garbage_does_no_harm(void **state)
{
    uint64_t seed = 77;
    size_t refused = 0, rounds = 6000;
    pair p = make_pair(3);

    (void)state;
    for (size_t i = 0; i < rounds; i++) {
        wck_part_bytes bytes[2];
        copy_out(bytes, &p);
        for (uint64_t n = sample_next(&seed) % 4 + 1; n > 0; n--) {
            uint64_t where = sample_next(&seed) % 4;
            unsigned char *data = (unsigned char *)(uintptr_t)bytes[where / 2].data[where % 2];
            size_t len = bytes[where / 2].len[where % 2];
            if (len > 0)
                data[sample_next(&seed) % len] = (unsigned char)(i % 3 == 0 ? 0xFF : sample_next(&seed));
        }
        refused += try_bytes(bytes) == WCK_E_STORE;
        free_bytes(bytes);
    }
    assert_true(refused > rounds / 4);
    pair_clear(&p);
}

static void random_bytes_do_no_harm(void **state)
{
    uint64_t seed = 5;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        pair p;
        wck_part_bytes bytes[2];
        for (int side = 0; side < 2; side++)
            for (int k = 0; k < 2; k++) {
                p.s[side] = NULL;
                wck_buf_init(&p.stream[side][k], 1U << 16);
                for (uint64_t n = sample_next(&seed) % 60; n > 0; n--)
                    wck_buf_putc(&p.stream[side][k], (char)(sample_next(&seed) % (i % 2 == 0 ? 256 : 4)));
            }
        copy_out(bytes, &p);
        try_bytes(bytes);
        free_bytes(bytes);
        pair_clear(&p);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_rows_of_updates_that_differ_are_taken),
        cmocka_unit_test(nothing_is_taken_of_equal_ones),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(garbage_does_no_harm),
        cmocka_unit_test(random_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
