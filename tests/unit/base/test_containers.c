/* SPDX-License-Identifier: MIT
 * test_containers.c: arena, buffer, vector and map, each against a naive model. */
#include "support/test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return *seed >> 33;
}

/* ---- arena ---- */

enum { PIECES = 3000 };

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    wck_arena *arena = wck_arena_new();
    unsigned char *piece[PIECES];
    size_t size[PIECES], sum = 0;
    uint64_t seed = 1;

    (void)state;
    for (size_t i = 0; i < PIECES; i++) {
        size[i] = (size_t)(next(&seed) % (i % 100 == 0 ? 20000 : 60));
        piece[i] = wck_arena_alloc(arena, size[i]);
        assert_non_null(piece[i]);
        assert_int_equal((uintptr_t)piece[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < size[i]; k++)
            assert_int_equal(piece[i][k], 0);
        memset(piece[i], (int)(i % 255 + 1), size[i]);
        sum += size[i];
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t k = 0; k < size[i]; k++)
            assert_int_equal(piece[i][k], i % 255 + 1); /* nobody wrote into a neighbour */
    assert_true(wck_arena_used(arena) >= sum);
    wck_arena_free(arena);
}

static void a_piece_larger_than_any_block_is_given(void **state)
{
    wck_arena *arena = wck_arena_new();
    char *large = wck_arena_alloc(arena, 3U << 20), *small = wck_arena_alloc(arena, 8);

    (void)state;
    assert_non_null(large);
    assert_non_null(small);
    memset(large, 1, 3U << 20);
    assert_int_equal(small[0], 0);
    wck_arena_free(arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    wck_arena *arena = wck_arena_new();

    (void)state;
    assert_null(wck_arena_alloc(arena, SIZE_MAX));
    assert_null(wck_arena_alloc(arena, SIZE_MAX / 4 + 1));
    assert_null(wck_arena_array(arena, SIZE_MAX / 2, 4));
    assert_null(wck_arena_array(arena, 1ULL << 32, 1ULL << 32));
    assert_non_null(wck_arena_array(arena, SIZE_MAX, 0));
    assert_non_null(wck_arena_array(arena, 0, 16));
    wck_arena_free(arena);
}

static void a_reset_arena_starts_over_with_zeroed_memory(void **state)
{
    wck_arena *arena = wck_arena_new();
    unsigned char *p;

    (void)state;
    wck_arena_reset(arena); /* nothing yet */
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            memset(wck_arena_alloc(arena, 1000), 0xAA, 1000);
        assert_true(wck_arena_used(arena) >= 100000);
        wck_arena_reset(arena);
        assert_int_equal(wck_arena_used(arena), 0);
        p = wck_arena_alloc(arena, 1000);
        for (size_t k = 0; k < 1000; k++)
            assert_int_equal(p[k], 0);
    }
    wck_arena_free(arena);
    wck_arena_free(NULL);
}

static void copies_of_text_are_terminated(void **state)
{
    wck_arena *arena = wck_arena_new();
    char long_text[5000];

    (void)state;
    memset(long_text, 'x', sizeof long_text);
    assert_string_equal(wck_arena_strdup(arena, "abc"), "abc");
    assert_string_equal(wck_arena_strdup(arena, ""), "");
    assert_string_equal(wck_arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(wck_arena_strndup(arena, "ignored", 0), "");
    assert_int_equal(strlen(wck_arena_strndup(arena, long_text, sizeof long_text)), sizeof long_text);
    assert_string_equal(wck_arena_printf(arena, "%s-%d", "a", 7), "a-7");
    assert_string_equal(wck_arena_printf(arena, "%s", ""), "");
    assert_int_equal(strlen(wck_arena_printf(arena, "%.*s!", (int)sizeof long_text, long_text)), sizeof long_text + 1);
    wck_arena_free(arena);
}

/* ---- buffer ---- */

static void a_buffer_holds_what_was_put(void **state)
{
    wck_buf buf;
    char model[4096];
    size_t len = 0;
    uint64_t seed = 2;

    (void)state;
    wck_buf_init(&buf, 1U << 20);
    assert_string_equal(wck_buf_text(&buf), "");
    while (len < 3000) {
        char bytes[40];
        size_t n = (size_t)(next(&seed) % sizeof bytes);
        for (size_t i = 0; i < n; i++)
            bytes[i] = (char)next(&seed);
        assert_true(wck_buf_put(&buf, bytes, n));
        memcpy(model + len, bytes, n);
        len += n;
        assert_int_equal(buf.len, len);
        assert_memory_equal(wck_buf_text(&buf), model, len);
        assert_int_equal(wck_buf_text(&buf)[len], '\0');
    }
    wck_buf_clear(&buf);
}

static void putting_text_characters_and_formats(void **state)
{
    wck_buf buf;

    (void)state;
    wck_buf_init(&buf, 1000);
    assert_true(wck_buf_puts(&buf, "a"));
    assert_true(wck_buf_puts(&buf, ""));
    assert_true(wck_buf_putc(&buf, 'b'));
    assert_true(wck_buf_printf(&buf, "%d%s", 12, "c"));
    assert_true(wck_buf_printf(&buf, "%s", ""));
    assert_true(wck_buf_put(&buf, NULL, 0));
    assert_string_equal(buf.data, "ab12c");
    wck_buf_reset(&buf);
    assert_string_equal(wck_buf_text(&buf), "");
    assert_true(wck_buf_putc(&buf, '\0'));
    assert_int_equal(buf.len, 1);
    wck_buf_clear(&buf);
    assert_int_equal(buf.max, 1000); /* as after init */
    assert_null(buf.data);
}

static void the_maximum_is_exact_and_failure_is_sticky(void **state)
{
    char five[5] = "12345";

    (void)state;
    for (size_t max = 0; max < 300; max++) {
        wck_buf buf;
        size_t put = 0;
        wck_buf_init(&buf, max);
        while (wck_buf_put(&buf, five, 5))
            put += 5;
        assert_int_equal(put, max / 5 * 5);
        assert_int_equal(buf.len, put);
        assert_true(buf.failed);
        assert_false(wck_buf_put(&buf, "", 0)); /* although it would fit */
        assert_false(wck_buf_printf(&buf, "x"));
        assert_int_equal(buf.len, put);
        wck_buf_reset(&buf);
        assert_false(buf.failed);
        for (size_t i = 0; i < max; i++)
            assert_true(wck_buf_putc(&buf, 'x'));
        assert_false(wck_buf_putc(&buf, 'x'));
        wck_buf_clear(&buf);
    }
}

static void a_buffer_without_a_limit_grows(void **state)
{
    wck_buf buf;

    (void)state;
    wck_buf_init(&buf, SIZE_MAX);
    for (int i = 0; i < 1000; i++)
        assert_true(wck_buf_puts(&buf, "0123456789"));
    assert_int_equal(buf.len, 10000);
    assert_false(wck_buf_put(&buf, "", SIZE_MAX - 5)); /* would wrap */
    wck_buf_clear(&buf);
}

/* ---- vector ---- */

static void pushed_items_are_zeroed_and_stay(void **state)
{
    WCK_VEC(struct item {
        uint64_t number;
        char rest[24];
    }) v = {0};
    static const char nothing[24];

    (void)state;
    for (uint64_t i = 0; i < 5000; i++) {
        struct item *item = wck_vec_push(&v);
        assert_non_null(item);
        assert_int_equal(item->number, 0);
        assert_memory_equal(item->rest, nothing, sizeof nothing);
        item->number = i;
        memset(item->rest, 0xFF, sizeof item->rest);
    }
    assert_int_equal(v.n, 5000);
    for (uint64_t i = 0; i < 5000; i++)
        assert_int_equal(v.items[i].number, i);
    v.n = 10; /* dropping items is setting n: what is pushed next is zeroed again */
    assert_memory_equal(((struct item *)wck_vec_push(&v))->rest, nothing, sizeof nothing);
    wck_vec_clear(&v);
    assert_null(v.items);
    assert_int_equal(v.n + v.size, 0);
}

static void a_vector_that_cannot_grow_stays_as_it_is(void **state)
{
    void *items = NULL;
    size_t n = SIZE_MAX / 8, size = SIZE_MAX / 8;

    (void)state;
    assert_false(wck_vec_grow(&items, &n, &size, 16));
    assert_null(items);
    assert_int_equal(n, SIZE_MAX / 8);
    assert_int_equal(size, SIZE_MAX / 8);
}

/* ---- map ---- */

enum { KEYS = 4000 };

static void a_map_finds_what_was_put_and_keeps_the_order(void **state)
{
    static uint64_t keys[KEYS];
    wck_map map = {0};
    bool added;

    (void)state;
    assert_null(wck_map_find(&map, "x", 1));
    for (size_t i = 0; i < KEYS; i++) {
        wck_map_entry *e;
        keys[i] = i * 2654435761U;
        e = wck_map_put(&map, &keys[i], sizeof keys[i], &added);
        assert_non_null(e);
        assert_true(added);
        assert_null(e->value);
        e->value = &keys[i];
    }
    for (size_t i = 0; i < KEYS; i++) {
        uint64_t copy = keys[i], absent = keys[i] + 1;
        wck_map_entry *e = wck_map_find(&map, &copy, sizeof copy);
        assert_non_null(e);
        assert_ptr_equal(e->value, &keys[i]);
        assert_ptr_equal(wck_map_put(&map, &copy, sizeof copy, &added), e);
        assert_false(added);
        assert_null(wck_map_find(&map, &absent, sizeof absent));
        assert_ptr_equal(map.entries[i].key, &keys[i]); /* insertion order */
    }
    assert_int_equal(map.n, KEYS);
    wck_map_clear(&map);
    assert_int_equal(map.n, 0);
    assert_null(wck_map_find(&map, &keys[0], sizeof keys[0]));
}

static void a_key_is_its_bytes_and_its_length(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } keys[] = {{"", 0}, {"a", 1}, {"a\0", 2}, {"a\0b", 3}, {"A", 1}, {"ab", 2}, {"\0", 1}};
    wck_map map = {0};

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        wck_map_put(&map, keys[i].bytes, keys[i].len, NULL)->value = (void *)(uintptr_t)(i + 1);
    assert_int_equal(map.n, sizeof keys / sizeof *keys);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_int_equal((uintptr_t)wck_map_find(&map, keys[i].bytes, keys[i].len)->value, i + 1);
    wck_map_clear(&map);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_piece_larger_than_any_block_is_given),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(a_reset_arena_starts_over_with_zeroed_memory),
        cmocka_unit_test(copies_of_text_are_terminated),
        cmocka_unit_test(a_buffer_holds_what_was_put),
        cmocka_unit_test(putting_text_characters_and_formats),
        cmocka_unit_test(the_maximum_is_exact_and_failure_is_sticky),
        cmocka_unit_test(a_buffer_without_a_limit_grows),
        cmocka_unit_test(pushed_items_are_zeroed_and_stay),
        cmocka_unit_test(a_vector_that_cannot_grow_stays_as_it_is),
        cmocka_unit_test(a_map_finds_what_was_put_and_keeps_the_order),
        cmocka_unit_test(a_key_is_its_bytes_and_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
