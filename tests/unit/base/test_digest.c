/* SPDX-License-Identifier: MIT
 * test_digest.c: hashes against published vectors, Base64 against RFC 4648. */
#include "support/test.h"

#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>

static void check_sha256(const void *data, size_t len, const char *hex)
{
    wck_digest whole, pieces;
    wck_hasher *hasher = wck_hasher_new();
    char out[WCK_DIGEST_HEX];

    assert_true(wck_digest_of(&whole, data, len));
    assert_ptr_equal(wck_digest_format(out, &whole), out);
    assert_string_equal(out, hex);
    assert_non_null(hasher);
    for (size_t at = 0, n; at < len; at += n) {
        n = at % 7 + 1 < len - at ? at % 7 + 1 : len - at;
        assert_true(wck_hasher_put(hasher, (const char *)data + at, n));
    }
    assert_true(wck_hasher_end(hasher, &pieces));
    assert_true(wck_digest_eq(&whole, &pieces));
}

/* FIPS 180-2 appendix B, and the empty message of NIST's SHA256ShortMsg.rsp. */
static void sha256_of_published_messages(void **state)
{
    char *million = malloc(1000000);

    (void)state;
    assert_non_null(million);
    memset(million, 'a', 1000000);
    check_sha256("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_sha256("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check_sha256(million, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

/* FIPS 180-2 appendix A. */
static void sha1_of_published_messages(void **state)
{
    static const unsigned char abc[20] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
                                          0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d};
    static const unsigned char longer[20] = {0x84, 0x98, 0x3e, 0x44, 0x1c, 0x3b, 0xd2, 0x6e, 0xba, 0xae,
                                             0x4a, 0xa1, 0xf9, 0x51, 0x29, 0xe5, 0xe5, 0x46, 0x70, 0xf1};
    unsigned char out[20];

    (void)state;
    assert_true(wck_sha1(out, "abc", 3));
    assert_memory_equal(out, abc, 20);
    assert_true(wck_sha1(out, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56));
    assert_memory_equal(out, longer, 20);
}

/* xxHash's own sanity test: its buffer, and seed 0 of its table (xxhsum, XSUM_XXH3_testdata). */
static void xxh3_of_published_lengths(void **state)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } table[] = {{0, 0x2D06800538D394C2ULL},  {1, 0xC44BDFF4074EECDBULL},  {6, 0x27B56A84CD2D7325ULL},
                 {12, 0xA713DAF0DFBB77E7ULL}, {24, 0xA3FE70BF9D3510EBULL}, {48, 0x397DA259ECBA1F11ULL},
                 {80, 0xBCDEFBBB2C47C90AULL}, {195, 0xCD94217EE362EC3AULL}};
    unsigned char buffer[256];
    uint64_t generator = 2654435761U;

    (void)state;
    for (size_t i = 0; i < sizeof buffer; i++) {
        buffer[i] = (unsigned char)(generator >> 56);
        generator *= 11400714785074694797ULL;
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_true(wck_hash64(buffer, table[i].len) == table[i].hash);
}

static void a_digest_as_text_comes_back(void **state)
{
    static const char *const bad[] = {"",
                                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
                                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
                                      "BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                                      "ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a "};
    wck_digest d, back;
    char hex[WCK_DIGEST_HEX];

    (void)state;
    for (size_t i = 0; i < WCK_DIGEST_SIZE; i++)
        d.bytes[i] = (unsigned char)(i * 8 + i % 3);
    assert_true(wck_digest_parse(&back, wck_digest_format(hex, &d)));
    assert_true(wck_digest_eq(&d, &back));
    back.bytes[31] ^= 1;
    assert_false(wck_digest_eq(&d, &back));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(wck_digest_parse(&back, bad[i]));
}

static void random_bytes_are_not_repeated(void **state)
{
    unsigned char a[32] = {0}, b[32] = {0}, large[1025];

    (void)state;
    assert_true(wck_random(a, sizeof a));
    assert_true(wck_random(b, sizeof b));
    assert_memory_not_equal(a, b, sizeof a);
    assert_false(wck_random(large, sizeof large)); /* nobody needs so many at once */
}

/* ---- Base64 ---- */

static void the_vectors_of_rfc_4648(void **state)
{
    static const char *const table[][2] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},        {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[16];
        unsigned char back[16];
        size_t n = wck_base64_encode(text, table[i][0], strlen(table[i][0])), len;
        assert_int_equal(n, strlen(table[i][1]));
        assert_memory_equal(text, table[i][1], n);
        assert_true(wck_base64_decode(back, &len, text, n));
        assert_int_equal(len, strlen(table[i][0]));
        assert_memory_equal(back, table[i][0], len);
    }
}

static void all_bytes_and_lengths_come_back(void **state)
{
    unsigned char data[300], back[300];
    char text[4 * 102 + 1], spaced[2 * sizeof text];

    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 167 + 13);
    for (size_t n = 0; n < sizeof data; n++) {
        size_t len = wck_base64_encode(text, data, n), got, s = 0;
        assert_int_equal(len, (n + 2) / 3 * 4);
        assert_true(wck_base64_decode(back, &got, text, len));
        assert_int_equal(got, n);
        assert_memory_equal(back, data, n);
        for (size_t i = 0; i < len; i++) { /* line breaks wherever a writer puts them */
            spaced[s++] = text[i];
            if (i % 5 == 4)
                spaced[s++] = " \t\r\n"[i % 4];
        }
        assert_true(wck_base64_decode(back, &got, spaced, s));
        assert_int_equal(got, n);
        assert_memory_equal(back, data, n);
    }
}

static void malformed_base64_is_refused(void **state)
{
    static const char *const bad[] = {"Z",     "Zg",   "Zg=",   "Zm9",  "Zg===", "=",        "==",   "===", "Zm9v=",
                                      "Zm9v==", "Z=g=", "=Zg=", "Zg==Zg==", "Zg-_", "Zm9v!", "Zm9v\x80", "Zm9vY", "Zm8=="};
    unsigned char out[16];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (wck_base64_decode(out, &len, bad[i], strlen(bad[i])))
            fail_msg("\"%s\" was read", bad[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_published_messages),
        cmocka_unit_test(sha1_of_published_messages),
        cmocka_unit_test(xxh3_of_published_lengths),
        cmocka_unit_test(a_digest_as_text_comes_back),
        cmocka_unit_test(random_bytes_are_not_repeated),
        cmocka_unit_test(the_vectors_of_rfc_4648),
        cmocka_unit_test(all_bytes_and_lengths_come_back),
        cmocka_unit_test(malformed_base64_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
