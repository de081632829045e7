/* SPDX-License-Identifier: MIT
 * fuzz_canon.c: what every store keeps: chunks, partitions, manifests, indexes. The input is one letter that says which
 * decoder, two bytes (big endian) for the length of the shared stream, then shared and local. */
#include "fuzz.h"

#include "model/manifest.h"

/* A decoder takes the canonical form or nothing: what it accepts is written as the same bytes. */
static void same(const wck_buf *out, const uint8_t *data, size_t len)
{
    must(!out->failed);
    must(out->len == len && memcmp(wck_buf_text(out), data, len) == 0);
}

static void section(char kind, const uint8_t *shared, size_t shared_len, const uint8_t *local, size_t local_len)
{
    wck_section which = (wck_section)((unsigned char)kind % (WCK_SECTION_COUNT + 1));
    wck_snapshot *s = wck_snapshot_new();
    wck_error err = {0};
    wck_status status;

    if (s == NULL)
        return;
    if (which == WCK_SECTION_COUNT)
        status = wck_canon_get_server(s, shared, shared_len, local, local_len, &err);
    else if (wck_section_is_partitioned((int)which))
        status = WCK_OK;
    else
        status = wck_canon_get_section(s, which, shared, shared_len, local, local_len, &err);
    must(status == WCK_OK || err.text[0] != '\0');
    wck_snapshot_free(s);
}

static void partition(const uint8_t *shared, size_t shared_len, const uint8_t *local, size_t local_len)
{
    wck_arena *arena = wck_arena_new();
    wck_partition rows;
    wck_error err = {0};
    wck_buf a, b;

    wck_buf_init(&a, FUZZ_MAX_OUTPUT);
    wck_buf_init(&b, FUZZ_MAX_OUTPUT);
    if (arena != NULL && wck_canon_get_partition(&rows, arena, shared, shared_len, local, local_len, &err) == WCK_OK) {
        wck_canon_flags(&rows);
        must(wck_canon_put_partition(&a, &b, &rows));
    }
    wck_arena_free(arena);
    wck_buf_clear(&a);
    wck_buf_clear(&b);
}

/* The two halves of the input as two shared streams without local ones. */
static void changed(const uint8_t *up, size_t up_len, const uint8_t *down, size_t down_len)
{
    wck_part_bytes bytes[2] = {{{up, down}, {up_len, down_len}}, {{down, up}, {down_len, up_len}}};
    wck_arena *arena = wck_arena_new();
    wck_partition out[2];
    wck_error err = {0};

    if (arena != NULL && wck_canon_take_changed(out, arena, bytes, &err) != WCK_OK)
        must(err.text[0] != '\0');
    wck_arena_free(arena);
}

static void manifest(const uint8_t *data, size_t len)
{
    wck_manifest m;
    wck_error err = {0};
    wck_buf out;

    wck_buf_init(&out, FUZZ_MAX_OUTPUT);
    if (wck_manifest_get(&m, data, len, &err) == WCK_OK) {
        must(wck_manifest_put(&out, &m));
        same(&out, data, len);
    }
    wck_buf_clear(&out);
}

static void index_chunk(const uint8_t *data, size_t len)
{
    wck_index index = {0};
    wck_error err = {0};

    if (wck_index_get(&index, data, len, &err) == WCK_OK) {
        must(index.n > 0 && index.n <= WCK_MAX_PARTITIONS && (index.n & (index.n - 1)) == 0);
        must(index.n_spans == wck_span_count(index.n));
    }
    wck_index_clear(&index);
}

static void span_chunk(const uint8_t *data, size_t len)
{
    wck_part_info parts[16]; /* as many as the seeds have */
    wck_error err = {0};
    wck_buf out;

    wck_buf_init(&out, FUZZ_MAX_OUTPUT);
    if (wck_span_get(parts, 16, data, len, &err) == WCK_OK)
        wck_span_put(&out, parts, 16);
    wck_buf_clear(&out);
}

static void demands_chunk(const uint8_t *data, size_t len)
{
    wck_arena *arena = wck_arena_new();
    wck_error err = {0};
    wck_demands demands;

    if (arena != NULL && wck_demands_get(&demands, arena, data, len, &err) == WCK_OK)
        must(demands.n_languages <= len && demands.eulas.n <= len);
    wck_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t shared_len, rest;
    const uint8_t *shared;

    if (size < 3)
        return 0;
    shared = data + 3;
    rest = size - 3;
    shared_len = ((size_t)data[1] << 8 | data[2]);
    if (shared_len > rest)
        shared_len = rest;
    switch (data[0]) {
    case 'p':
        partition(shared, shared_len, shared + shared_len, rest - shared_len);
        break;
    case 'c':
        changed(shared, shared_len, shared + shared_len, rest - shared_len);
        break;
    case 'm':
        manifest(shared, rest);
        break;
    case 'i':
        index_chunk(shared, rest);
        break;
    case 's':
        span_chunk(shared, rest);
        break;
    case 'd':
        demands_chunk(shared, rest);
        break;
    default:
        section((char)data[0], shared, shared_len, shared + shared_len, rest - shared_len);
    }
    return 0;
}
