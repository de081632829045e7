/* SPDX-License-Identifier: MIT
 * test_cabinet.c: cabinets of every kind a server may send, and those it must not. All are made here. */
#include "support/cab_build.h"
#include "support/test.h"

#include "collect/cabinet.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CAP = 1 << 20 };

typedef struct fixture {
    wck_buf plain, cabinet, out;
    char path[64];
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    int fd;

    wck_buf_init(&f->plain, 8 << 20);
    wck_buf_init(&f->cabinet, 8 << 20);
    wck_buf_init(&f->out, CAP);
    memcpy(f->path, "/tmp/wck-cabinet-XXXXXX", sizeof "/tmp/wck-cabinet-XXXXXX");
    fd = mkstemp(f->path);
    close(fd);
    *state = f;
    return fd < 0;
}

static int teardown(void **state)
{
    fixture *f = *state;

    wck_buf_clear(&f->plain);
    wck_buf_clear(&f->cabinet);
    wck_buf_clear(&f->out);
    unlink(f->path);
    free(f);
    return 0;
}

/* Neither constant nor random: some of it compresses. */
static void fill(wck_buf *buf, size_t n)
{
    wck_buf_reset(buf);
    for (size_t i = 0; i < n; i++)
        wck_buf_putc(buf, (char)(unsigned char)(i % 7 == 0 ? i * 31 >> 4 : i % 61));
}

static void save(const fixture *f)
{
    FILE *file = fopen(f->path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(f->cabinet.data, 1, f->cabinet.len, file), f->cabinet.len);
    assert_int_equal(fclose(file), 0);
}

static void every_method_gives_back_what_was_packed(void **state)
{
    static const size_t sizes[] = {1, 2, 216, 13878, 32767, 32768, 32769, 220172};
    static const int methods[] = {WCK_CAB_STORED, WCK_CAB_MSZIP, WCK_CAB_LZX};
    fixture *f = *state;
    wck_error err = {0};

    for (size_t m = 0; m < 3; m++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            fill(&f->plain, sizes[i]);
            wck_buf_reset(&f->cabinet);
            wck_buf_reset(&f->out);
            assert_true(wck_cab_build(&f->cabinet, "blob", f->plain.data, f->plain.len, methods[m]));
            assert_ok(wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
            assert_int_equal(f->out.len, sizes[i]);
            assert_memory_equal(f->out.data, f->plain.data, sizes[i]);
        }
}

static void the_name_of_the_only_member_does_not_matter(void **state)
{
    fixture *f = *state;
    wck_error err = {0};

    assert_true(wck_cab_build(&f->cabinet, "../../etc/passwd", "abc", 3, WCK_CAB_STORED));
    assert_ok(wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
    assert_string_equal(f->out.data, "abc");
}

static void output_is_appended(void **state)
{
    fixture *f = *state;
    wck_error err = {0};

    wck_buf_puts(&f->out, "before:");
    assert_true(wck_cab_build(&f->cabinet, "blob", "abc", 3, WCK_CAB_MSZIP));
    assert_ok(wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
    assert_string_equal(f->out.data, "before:abc");
}

static void two_files_or_two_folders_are_refused(void **state)
{
    wck_cab_member two[] = {{"a", "abc", 3}, {"b", "def", 3}};
    wck_cab_oddity folders = {.folder_per_member = true};
    fixture *f = *state;
    wck_error err = {0};

    assert_true(wck_cab_build_many(&f->cabinet, two, 2, WCK_CAB_STORED));
    assert_fails(WCK_E_INPUT, wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
    assert_contains(err.text, "exactly one folder and one file");
    wck_buf_reset(&f->cabinet);
    assert_true(wck_cab_build_odd(&f->cabinet, two, 2, WCK_CAB_STORED, &folders));
    assert_fails(WCK_E_INPUT, wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
    assert_int_equal(f->out.len, 0);
}

static void spanned_cabinets_are_refused(void **state)
{
    wck_cab_member one = {"blob", "abc", 3};
    fixture *f = *state;
    wck_error err = {0};

    for (unsigned flags = 1; flags <= 3; flags++) {
        wck_cab_oddity odd = {.flags = flags};
        wck_buf_reset(&f->cabinet);
        assert_true(wck_cab_build_odd(&f->cabinet, &one, 1, WCK_CAB_STORED, &odd));
        assert_fails(WCK_E_INPUT, wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
        assert_contains(err.text, "spans several cabinets");
    }
}

static void unknown_compression_is_refused(void **state)
{
    wck_cab_member one = {"blob", "abc", 3};
    wck_cab_oddity quantum = {.compression = 0x1472};
    fixture *f = *state;
    wck_error err = {0};

    assert_true(wck_cab_build_odd(&f->cabinet, &one, 1, WCK_CAB_STORED, &quantum));
    assert_fails(WCK_E_INPUT, wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
    assert_contains(err.text, "compression 2");
}

/* 3 MB of zeros in 6 KB. */
static void a_bomb_is_refused_before_it_is_decoded(void **state)
{
    fixture *f = *state;
    wck_error err = {0};
    char *zeros = calloc(1, 3 << 20);

    assert_true(wck_cab_build(&f->cabinet, "blob", zeros, 3 << 20, WCK_CAB_MSZIP));
    free(zeros);
    assert_true(f->cabinet.len < 8192);
    assert_fails(WCK_E_LIMIT, wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
    assert_contains(err.text, "claims 3145728 bytes");
    assert_null(f->out.data);
}

static void what_the_buffer_holds_already_counts_against_the_cap(void **state)
{
    fixture *f = *state;
    wck_error err = {0};

    fill(&f->plain, CAP - 10);
    wck_buf_put(&f->out, f->plain.data, f->plain.len);
    assert_true(wck_cab_build(&f->cabinet, "blob", "0123456789A", 11, WCK_CAB_STORED));
    assert_fails(WCK_E_LIMIT, wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
    wck_buf_reset(&f->cabinet);
    assert_true(wck_cab_build(&f->cabinet, "blob", "0123456789", 10, WCK_CAB_STORED));
    assert_ok(wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
}

/* A member that claims more than its blocks hold is damage, and leaves nothing behind. */
static void a_member_shorter_than_it_claims_is_damage(void **state)
{
    wck_cab_member one = {"blob", "abcdefgh", 8};
    wck_cab_oddity odd = {.claimed_len = 4000};
    fixture *f = *state;
    wck_error err = {0};

    wck_buf_puts(&f->out, "kept");
    assert_true(wck_cab_build_odd(&f->cabinet, &one, 1, WCK_CAB_STORED, &odd));
    assert_fails(WCK_E_INPUT, wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
    assert_string_equal(f->out.data, "kept");
    assert_int_equal(f->out.len, 4);
}

static void every_truncation_is_an_error(void **state)
{
    fixture *f = *state;
    wck_error err = {0};

    assert_true(wck_cab_build(&f->cabinet, "blob", "some text that is packed", 24, WCK_CAB_LZX));
    for (size_t n = 0; n < f->cabinet.len; n++) {
        char *part = malloc(n + 1); /* its own block, so that reading behind it is seen */
        memcpy(part, f->cabinet.data, n);
        wck_buf_reset(&f->out);
        assert_int_not_equal(wck_cabinet_single(&f->out, part, n, &err), WCK_OK);
        free(part);
    }
}

/* Any answer is right but a crash, a hang or bytes behind the cap. */
static void any_flipped_byte_is_survived(void **state)
{
    fixture *f = *state;
    wck_error err = {0};

    fill(&f->plain, 3000);
    assert_true(wck_cab_build(&f->cabinet, "blob", f->plain.data, f->plain.len, WCK_CAB_MSZIP));
    for (size_t i = 0; i < f->cabinet.len; i++) {
        f->cabinet.data[i] = (char)(f->cabinet.data[i] ^ 0x5a);
        wck_buf_reset(&f->out);
        (void)wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err);
        assert_true(f->out.len <= CAP);
        f->cabinet.data[i] = (char)(f->cabinet.data[i] ^ 0x5a);
    }
}

static void a_changed_block_fails_its_checksum(void **state)
{
    fixture *f = *state;
    wck_error err = {0};

    assert_true(wck_cab_build(&f->cabinet, "blob", "abcdefgh", 8, WCK_CAB_STORED));
    f->cabinet.data[f->cabinet.len - 1] = 'X';
    assert_fails(WCK_E_INPUT, wck_cabinet_single(&f->out, f->cabinet.data, f->cabinet.len, &err));
    assert_contains(err.text, "checksum");
}

static void something_else_than_a_cabinet_is_said_to_be_none(void **state)
{
    static const char text[] = "<html>this is an error page of a proxy, long enough for a header</html>";
    fixture *f = *state;
    wck_error err = {0};

    assert_fails(WCK_E_INPUT, wck_cabinet_single(&f->out, text, sizeof text, &err));
    assert_contains(err.text, "MSCF");
}

/* ---- members of a file ---- */

static wck_status append(const void *data, size_t len, void *payload, wck_error *err)
{
    return wck_buf_put(payload, data, len) ? WCK_OK : wck_fail_memory(err, "testing");
}

static void a_member_is_found_whatever_its_letter_case(void **state)
{
    wck_cab_member two[] = {{"Package.XML", "first", 5}, {"METADATA.txt", "second", 6}};
    static const int methods[] = {WCK_CAB_STORED, WCK_CAB_MSZIP, WCK_CAB_LZX};
    fixture *f = *state;
    wck_error err = {0};

    for (size_t m = 0; m < 3; m++) {
        wck_buf_reset(&f->cabinet);
        wck_buf_reset(&f->out);
        assert_true(wck_cab_build_many(&f->cabinet, two, 2, methods[m]));
        save(f);
        assert_ok(wck_cabinet_member(f->path, "metadata.txt", append, &f->out, &err));
        assert_string_equal(f->out.data, "second");
        assert_ok(wck_cabinet_member(f->path, "package.xml", append, &f->out, &err));
        assert_string_equal(f->out.data, "secondfirst");
    }
}

static void a_member_that_is_not_there_is_not_found(void **state)
{
    fixture *f = *state;
    wck_error err = {0};

    assert_true(wck_cab_build(&f->cabinet, "a", "abc", 3, WCK_CAB_STORED));
    save(f);
    assert_fails(WCK_E_NOT_FOUND, wck_cabinet_member(f->path, "package.xml", append, &f->out, &err));
    assert_contains(err.text, "package.xml");
}

static void a_file_that_is_not_there_is_named(void **state)
{
    fixture *f = *state;
    wck_error err = {0};

    assert_fails(WCK_E_IO, wck_cabinet_member("/nonexistent/x.cab", "a", append, &f->out, &err));
    assert_contains(err.text, "/nonexistent/x.cab");
}

static wck_status refuse(const void *data, size_t len, void *payload, wck_error *err)
{
    (void)data;
    (void)len;
    (void)payload;
    return wck_fail(err, WCK_E_CANCELED, "no more");
}

static void the_reader_may_stop_with_its_own_status(void **state)
{
    fixture *f = *state;
    wck_error err = {0};

    assert_true(wck_cab_build(&f->cabinet, "a", "abc", 3, WCK_CAB_STORED));
    save(f);
    assert_fails(WCK_E_CANCELED, wck_cabinet_member(f->path, "a", refuse, NULL, &err));
    assert_string_equal(err.text, "no more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_method_gives_back_what_was_packed, setup, teardown),
        cmocka_unit_test_setup_teardown(the_name_of_the_only_member_does_not_matter, setup, teardown),
        cmocka_unit_test_setup_teardown(output_is_appended, setup, teardown),
        cmocka_unit_test_setup_teardown(two_files_or_two_folders_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(spanned_cabinets_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_compression_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bomb_is_refused_before_it_is_decoded, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_buffer_holds_already_counts_against_the_cap, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_member_shorter_than_it_claims_is_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(every_truncation_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(any_flipped_byte_is_survived, setup, teardown),
        cmocka_unit_test_setup_teardown(a_changed_block_fails_its_checksum, setup, teardown),
        cmocka_unit_test_setup_teardown(something_else_than_a_cabinet_is_said_to_be_none, setup, teardown),
        cmocka_unit_test_setup_teardown(a_member_is_found_whatever_its_letter_case, setup, teardown),
        cmocka_unit_test_setup_teardown(a_member_that_is_not_there_is_not_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_not_there_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(the_reader_may_stop_with_its_own_status, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
