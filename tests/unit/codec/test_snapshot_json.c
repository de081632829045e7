/* SPDX-License-Identifier: MIT
 * test_snapshot_json.c: equal facts give equal bytes, and every byte that is written can be read. */
#include "support/test.h"

#include "cases.h"
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static wck_error err;

static wck_snapshot *parse(const void *data, size_t len)
{
    wck_snapshot *snapshot = NULL;

    assert_ok(wck_codec_parse_snapshot(&snapshot, data, len, &err));
    return snapshot;
}

static wck_buf put(const wck_snapshot *snapshot)
{
    wck_buf out;

    wck_buf_init(&out, 64 << 20);
    assert_ok(wck_codec_put_snapshot(&out, snapshot, &err));
    return out;
}

/* Canonical bytes of a document. */
static wck_buf canonical(const void *data, size_t len)
{
    wck_snapshot *snapshot = parse(data, len);
    wck_buf out = put(snapshot);

    wck_snapshot_free(snapshot);
    return out;
}

static void assert_same(const wck_buf *a, const wck_buf *b)
{
    if (a->len != b->len || memcmp(a->data, b->data, a->len) != 0)
        fail_msg("these differ:\n%s\n%s", a->data, b->data);
}

static void every_field_arrives_in_the_model(void **state)
{
    wck_snapshot *s = parse(sample_snapshot(), strlen(sample_snapshot()));
    const wck_update *u;

    (void)state;
    assert_true(s->frozen);
    assert_string_equal(s->server.name, "berlin");
    assert_string_equal(s->server.parent, "hq");
    assert_int_equal(s->server.mode, WCK_MODE_REPLICA);
    assert_true(s->server.server_id.hi == 0x0123abcd456789abULL);
    assert_true(s->server.server_time == s->server.collected_at + WCK_TICKS_PER_SECOND / 2);
    assert_int_equal(s->coverage[WCK_SECTION_APPROVALS].state, WCK_COVERAGE_PARTIAL);
    assert_string_equal(s->coverage[WCK_SECTION_HOST].reason, "no access \"here\"");
    assert_int_equal(s->coverage[WCK_SECTION_EULAS].state, WCK_COVERAGE_ABSENT);
    assert_true(s->config.has_upstream && s->config.has_schedule && s->config.has_proxy);
    assert_int_equal(s->config.upstream.port, 8531);
    assert_int_equal(s->config.schedule.per_day, 4);
    assert_int_equal(s->config.lazy_sync, 1);
    assert_int_equal(s->config.catalog_only_sync, 0);
    assert_true(s->config.products_known && s->config.classifications_known);
    assert_int_equal(s->config.selected_products.n, 2);
    assert_int_equal(s->updates.n, 3);
    u = &s->updates.items[0];
    assert_int_equal(u->revision, 99);
    assert_false(u->languages_known);
    assert_int_equal(u->deployable, WCK_BOOL_NONE);
    assert_true(u->needed_by == WCK_INT_NONE && u->created == WCK_TIME_NONE);
    assert_true(s->updates.items[1].languages_known);
    u = &s->updates.items[2];
    assert_string_equal(u->title, "2026-11 \xF0\x9F\x98\x80 <b>\n\a");
    assert_int_equal(u->kb.n, 2);
    assert_int_equal(u->bundles.n, 2);
    assert_int_equal(u->n_prerequisites, 2);
    assert_int_equal(u->n_files, 2);
    assert_true(u->files[0].size == WCK_INT_NONE && u->files[0].name == NULL && u->files[1].size == 5);
    assert_int_equal(s->approvals.items[0].action, 7);
    assert_true(s->approvals.items[0].deadline == WCK_TIME_NONE);
    assert_int_equal(s->sync_history.n, 2);
    assert_true(s->sync_history.items[0].started == WCK_TIME_NONE);
    assert_string_equal(s->host_json,
                        "{\"big\":18446744073709551615,\"content\":{\"free_bytes\":1000,\"path\":\"D:\\\\\"},"
                        "\"real\":0.1,\"services\":[{\"name\":\"bits\",\"state\":\"running\"}]}");
    wck_snapshot_free(s);
}

static void what_is_written_reads_back_to_the_byte(void **state)
{
    const char *const documents[] = {sample_snapshot(), sample_minimal};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        wck_buf once = canonical(documents[i], strlen(documents[i]));
        wck_buf twice = canonical(once.data, once.len);
        assert_same(&once, &twice);
        wck_buf_clear(&once);
        wck_buf_clear(&twice);
    }
}

static void the_order_of_rows_and_keys_does_not_matter(void **state)
{
    wck_buf a = canonical(sample_snapshot(), strlen(sample_snapshot()));
    wck_buf b = canonical(sample_snapshot_shuffled(), strlen(sample_snapshot_shuffled()));

    (void)state;
    assert_same(&a, &b);
    wck_buf_clear(&a);
    wck_buf_clear(&b);
}

/* xorshift: the same numbers everywhere */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

enum { MANY = 300 };

/* A document with MANY updates and approvals in the order of a permutation; text in several scripts. */
static void put_many(wck_buf *out, const size_t *order)
{
    wck_buf_puts(out, HEAD ",\"updates\":[");
    for (size_t i = 0; i < MANY; i++)
        wck_buf_printf(
            out,
            "%s{\"id\":\"%08zx-0000-4000-8000-000000000000\",\"revision\":%zu,\"title\":\"Gr\xC3\xB6\xC3\x9F"
            "e \\u4e2d %zu %s\"}",
            i > 0 ? ",\n" : "", order[i] * 2654435761U % 4294967296U, order[i] % 7, order[i],
            order[i] % 3 ? "" : "a longer text, so that rows end anywhere in a piece of the file");
    wck_buf_puts(out, "],\"approvals\":[");
    for (size_t i = 0; i < MANY; i++)
        wck_buf_printf(
            out,
            "%s{\"update\":\"%08zx-0000-4000-8000-000000000000\",\"revision\":%zu,\"group\":" ID
            ",\"action\":\"install\",\"admin\":\"DOM\\\\admin\",\"deadline\":\"2026-11-%02zuT00:00:00Z\"}",
            i > 0 ? "," : "", order[i] * 2654435761U % 4294967296U, order[i] % 7, order[i] % 28 + 1);
    wck_buf_puts(out, "]}");
}

static void shuffled_rows_give_the_same_bytes(void **state)
{
    size_t order[MANY];
    uint64_t seed = 42;
    wck_buf first = {0};

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        order[i] = i;
    for (int round = 0; round < 5; round++) {
        wck_buf document, out;
        wck_buf_init(&document, 1 << 20);
        put_many(&document, order);
        out = canonical(document.data, document.len);
        if (round == 0)
            first = out;
        else {
            assert_same(&first, &out);
            wck_buf_clear(&out);
        }
        wck_buf_clear(&document);
        for (size_t i = MANY - 1; i > 0; i--) {
            size_t j = next_random(&seed) % (i + 1), t = order[i];
            order[i] = order[j];
            order[j] = t;
        }
    }
    wck_buf_clear(&first);
}

static void a_document_may_be_cut_into_pieces_anywhere(void **state)
{
    size_t order[MANY];
    wck_buf plain, expected;

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        order[i] = i;
    wck_buf_init(&plain, 1 << 20);
    put_many(&plain, order);
    expected = canonical(plain.data, plain.len);
    for (size_t shift = 0; shift < 400; shift += 1) { /* moves every byte of a row over the 64 KiB border */
        wck_buf document, out;
        wck_buf_init(&document, 1 << 20);
        for (size_t i = 0; i < shift; i++)
            wck_buf_putc(&document, ' ');
        wck_buf_put(&document, plain.data, plain.len);
        out = canonical(document.data, document.len);
        assert_same(&expected, &out);
        wck_buf_clear(&document);
        wck_buf_clear(&out);
    }
    wck_buf_clear(&plain);
    wck_buf_clear(&expected);
}

static void an_offset_may_move_a_time_into_a_sentinel_day(void **state)
{
    static const char text[] = HEAD
        ",\"declined\":[{\"id\":" ID ",\"time\":\"9999-12-30T23:00:00-14:00\"},"
        "{\"id\":" ID2 ",\"time\":\"0001-01-02T01:00:00+02:00\"}],"
        "\"eulas\":[{\"id\":" ID ",\"accepted\":\"1753-01-02T00:00:00+01:00\"},"
        "{\"id\":" ID2 ",\"accepted\":\"1753-01-02T00:00:00Z\"}]}";
    wck_snapshot *s = parse(text, strlen(text));

    (void)state;
    assert_true(s->declined.items[0].time == WCK_TIME_NONE);
    assert_true(s->declined.items[1].time == WCK_TIME_NONE);
    assert_true(s->eulas.items[0].accepted == WCK_TIME_NONE);
    assert_true(s->eulas.items[1].accepted != WCK_TIME_NONE);
    wck_snapshot_free(s);
}

static void a_changed_fact_breaks_the_digest(void **state)
{
    wck_buf out = canonical(sample_snapshot(), strlen(sample_snapshot()));
    wck_snapshot *snapshot = NULL;
    char *at = strstr(out.data, "\"revision\":201");

    (void)state;
    assert_non_null(at);
    at[strlen("\"revision\":20")] = '2';
    assert_fails(WCK_E_INPUT, wck_codec_parse_snapshot(&snapshot, out.data, out.len, &err));
    assert_contains(err.text, "digest: document was changed");
    at = strstr(out.data, "\"format_version\": \"1.0\"");
    assert_non_null(at);
    at[strlen("\"format_version\": \"1.")] =
        '1'; /* a newer minor version may count more facts than we know */
    assert_ok(wck_codec_parse_snapshot(&snapshot, out.data, out.len, &err));
    wck_snapshot_free(snapshot);
    wck_buf_clear(&out);
}

static void mutations_never_crash_and_never_half_succeed(void **state)
{
    size_t len = strlen(sample_snapshot()), refused = 0;
    uint64_t seed = 7;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        char *copy = malloc(len); /* exact size: ASan sees every byte behind it */
        wck_snapshot *snapshot = NULL;
        size_t cut = len;
        wck_status status;
        assert_non_null(copy);
        memcpy(copy, sample_snapshot(), len);
        for (uint64_t n = next_random(&seed) % 4 + 1; n > 0; n--) {
            uint64_t r = next_random(&seed);
            size_t at = r % len;
            static const char hot[] = "{}[]\",:\\-0e.tfn\xFF\xC3\xED";
            copy[at] =
                (char)(r >> 40 & 1 ? hot[(r >> 41) % (sizeof hot - 1)] : copy[at] ^ (1 << ((r >> 41) % 8)));
        }
        if (i % 5 == 0)
            cut = next_random(&seed) % len;
        status = wck_codec_parse_snapshot(&snapshot, copy, cut, &err);
        assert_true((status == WCK_OK) == (snapshot != NULL));
        refused += status != WCK_OK;
        wck_snapshot_free(snapshot);
        free(copy);
    }
    assert_true(refused > 500);
}

static void caps_are_kept(void **state)
{
    wck_snapshot *snapshot = NULL;
    wck_buf document;

    (void)state;
    wck_buf_init(&document, 64 << 20);
    wck_buf_puts(&document, HEAD ",\"x\":\"");
    for (size_t i = 0; i < (20U << 20) / 64; i++)
        wck_buf_puts(&document, "0123456789012345678901234567890123456789012345678901234567890123");
    wck_buf_puts(&document, "\"}");
    assert_fails(WCK_E_LIMIT, wck_codec_parse_snapshot(&snapshot, document.data, document.len, &err));
    assert_contains(err.text, "x: a text is longer than 16777216 bytes");
    assert_null(snapshot);
    wck_buf_clear(&document);
}

static void a_file_is_read_and_its_name_stands_in_errors(void **state)
{
    char path[] = "/tmp/wck-codec-XXXXXX";
    wck_snapshot *snapshot = NULL;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, sample_snapshot(), strlen(sample_snapshot())),
                     (ssize_t)strlen(sample_snapshot()));
    assert_ok(wck_codec_read_snapshot(&snapshot, path, &err));
    assert_int_equal(snapshot->updates.n, 3);
    wck_snapshot_free(snapshot);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_fails(WCK_E_INPUT, wck_codec_read_snapshot(&snapshot, path, &err));
    assert_contains(err.text, path);
    assert_contains(err.text, "unexpected character \"x\"");
    close(fd);
    unlink(path);
    assert_fails(WCK_E_IO, wck_codec_read_snapshot(&snapshot, path, &err));
    assert_contains(err.text, "No such file");
    assert_fails(WCK_E_IO, wck_codec_read_snapshot(&snapshot, "/tmp", &err));
    assert_contains(err.text, "could not read \"/tmp\": Is a directory");
    assert_fails(WCK_E_IO, wck_codec_read_snapshot(&snapshot, "/tmp", NULL));
}

static void a_snapshot_that_is_not_frozen_is_not_written(void **state)
{
    wck_snapshot *snapshot = wck_snapshot_new();
    wck_buf out;

    (void)state;
    wck_buf_init(&out, 1024);
    assert_fails(WCK_E_ARG, wck_codec_put_snapshot(&out, snapshot, &err));
    assert_fails(WCK_E_ARG, wck_codec_put_snapshot_lines(&out, snapshot, &err));
    wck_snapshot_free(snapshot);
    wck_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_arrives_in_the_model),
        cmocka_unit_test(what_is_written_reads_back_to_the_byte),
        cmocka_unit_test(the_order_of_rows_and_keys_does_not_matter),
        cmocka_unit_test(shuffled_rows_give_the_same_bytes),
        cmocka_unit_test(a_document_may_be_cut_into_pieces_anywhere),
        cmocka_unit_test(an_offset_may_move_a_time_into_a_sentinel_day),
        cmocka_unit_test(a_changed_fact_breaks_the_digest),
        cmocka_unit_test(mutations_never_crash_and_never_half_succeed),
        cmocka_unit_test(caps_are_kept),
        cmocka_unit_test(a_file_is_read_and_its_name_stands_in_errors),
        cmocka_unit_test(a_snapshot_that_is_not_frozen_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
