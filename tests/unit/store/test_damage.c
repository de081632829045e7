/* SPDX-License-Identifier: MIT
 * test_damage.c: bits of the database file flip. Whatever is asked, the answer is the one from before or an error that
 * names the store; never another fact, never a snapshot less. And what verify finds sound does answer. */
#include "support/test.h"

#include "stores.h"
#include "unit/model/snapshots.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static store_dir dir;
static wck_error err;
static wck_snapshot_id ids[4];
static store_answers before;
static char *bytes;
static size_t size, page_size;

static void read_file(void)
{
    FILE *f = fopen(dir.path, "rb");

    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size = (size_t)ftell(f);
    rewind(f);
    bytes = malloc(size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, size, f), size);
    fclose(f);
    page_size = (size_t)((unsigned char)bytes[16] << 8 | (unsigned char)bytes[17]);
}

static void write_file(const char *data, size_t len)
{
    FILE *f = fopen(dir.path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
}

static int set_up(void **state)
{
    wck_store *store;

    (void)state;
    store_dir_make(&dir);
    wck_time_fake(1234567);
    assert_ok(wck_store_open(&store, dir.uri, NULL, &err));
    ids[0] = store_put(store, store_sample("berlin", 5, 2));
    ids[1] = store_put(store, store_sample("berlin", 6, 4));
    ids[2] = store_put(store, sample_full(false));
    ids[3] = store_put(store, store_sample("hq", 5, 3));
    for (int64_t i = 0; i < 3; i++)
        assert_ok(wck_store_document_put(store, (wck_guid){1, 2}, i, "document" + i, 8 - (size_t)i, &err));
    assert_ok(wck_store_meta_put(store, "key", "value", &err));
    assert_ok(wck_store_meta_put(store, "other", "another", &err));
    store_ask(&before, store, ids, 4, dir.path);
    for (size_t i = 0; i < before.n; i++)
        assert_true(before.text[i][0] != '!' && before.text[i][0] != '?');
    wck_store_close(store);
    read_file();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wck_time_fake(WCK_TIME_NONE);
    store_answers_clear(&before);
    free(bytes);
    store_dir_drop(&dir);
    return 0;
}

enum { INTACT, ERROR, WRONG };

static char complaint[2000];

/* What the store makes of the file as it is now. */
static int judge(const char *what, size_t at)
{
    wck_store *store;
    store_answers now = {0};
    size_t wrong, errors = 0;
    wck_status status = wck_store_open(&store, dir.uri, &(wck_store_options){.read_only = true}, &err);

    if (status != WCK_OK) {
        if (strstr(err.text, dir.path) != NULL)
            return ERROR;
        snprintf(complaint, sizeof complaint, "%s at %zu: does not name the store: %s", what, at, err.text);
        return WRONG;
    }
    store_ask(&now, store, ids, 4, dir.path);
    wrong = store_wrong_answer(&before, &now);
    for (size_t i = 0; i < now.n; i++)
        errors += now.text[i][0] == '!' || now.text[i][0] == '?';
    if (wrong != 0)
        snprintf(complaint, sizeof complaint, "%s at %zu (page %zu + %zu): question %zu\n was %.400s\n is  %.400s", what,
                 at, at / page_size + 1, at % page_size, wrong, before.text[wrong - 1], now.text[wrong - 1]);
    else if (errors > 0 && wck_store_verify(store, &err) == WCK_OK) {
        snprintf(complaint, sizeof complaint, "%s at %zu: verify finds nothing, but something cannot be read", what, at);
        wrong = 1;
    }
    store_answers_clear(&now);
    wck_store_close(store);
    return wrong != 0 ? WRONG : errors > 0 ? ERROR : INTACT;
}

static void count(int result, size_t seen[3])
{
    seen[result]++;
    if (result == WRONG && seen[WRONG] <= 10)
        print_error("%s\n", complaint);
}

static void flip(size_t at, unsigned bit, size_t seen[3])
{
    bytes[at] = (char)(bytes[at] ^ 1 << bit);
    write_file(bytes, size);
    count(judge("flip", at), seen);
    bytes[at] = (char)(bytes[at] ^ 1 << bit);
}

static void a_flipped_bit_is_never_another_answer(void **state)
{
    const char *exhaustive = getenv("WCK_TEST_EVERY_BYTE"); /* minutes; the sample below takes seconds */
    size_t seen[3] = {0};
    uint64_t seed = 1;

    (void)state;
    for (size_t at = 0; at < size; at++) {
        bool header = at % page_size < 24 || at < 100;
        if (exhaustive == NULL && sample_next(&seed) % (header ? 4 : 120) != 0)
            continue;
        flip(at, (unsigned)(sample_next(&seed) % 8), seen);
    }
    print_message("of %zu flips %zu changed nothing, %zu gave an error, %zu a wrong answer\n",
                  seen[INTACT] + seen[ERROR] + seen[WRONG], seen[INTACT], seen[ERROR], seen[WRONG]);
    assert_true(seen[ERROR] > 100);
    assert_int_equal(seen[WRONG], 0);
}

static void a_cut_file_is_never_another_answer(void **state)
{
    size_t seen[3] = {0};

    (void)state;
    for (size_t n = 0; n < size; n += n < 600 ? 37 : page_size / 2 + 11) {
        write_file(bytes, n);
        count(judge("cut", n), seen);
    }
    assert_int_equal(seen[WRONG], 0);
    assert_int_equal(seen[INTACT], 0);
}

/* A page of zeros: what a disk gives for a sector it lost. */
static void a_lost_page_is_never_another_answer(void **state)
{
    size_t seen[3] = {0};
    char *kept = malloc(page_size);

    (void)state;
    assert_non_null(kept);
    for (size_t at = 0; at + page_size <= size; at += page_size) {
        memcpy(kept, bytes + at, page_size);
        memset(bytes + at, 0, page_size);
        write_file(bytes, size);
        count(judge("lost page", at), seen);
        memcpy(bytes + at, kept, page_size);
    }
    free(kept);
    assert_int_equal(seen[WRONG], 0);
    assert_true(seen[ERROR] > 0);
}

/* Two pages in each other's place: what a lost or misdirected write leaves behind. */
static void misplaced_pages_are_never_another_answer(void **state)
{
    size_t seen[3] = {0}, pages = size / page_size;
    uint64_t seed = 3;
    char *kept = malloc(page_size);

    (void)state;
    assert_non_null(kept);
    for (int i = 0; i < 60; i++) {
        char *a = bytes + sample_next(&seed) % pages * page_size, *b = bytes + sample_next(&seed) % pages * page_size;
        memcpy(kept, a, page_size);
        memmove(a, b, page_size); /* b stands twice */
        write_file(bytes, size);
        count(judge("doubled page", (size_t)(a - bytes)), seen);
        memcpy(a, kept, page_size);
    }
    free(kept);
    assert_int_equal(seen[WRONG], 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flipped_bit_is_never_another_answer),
        cmocka_unit_test(a_cut_file_is_never_another_answer),
        cmocka_unit_test(a_lost_page_is_never_another_answer),
        cmocka_unit_test(misplaced_pages_are_never_another_answer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
