/* SPDX-License-Identifier: MIT
 * digest.c: Nettle and libxxhash behind a few calls (docs/adr/0004-digests-from-nettle.md). */
#include "base/digest.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

struct wck_hasher {
    struct sha256_ctx ctx;
};

bool wck_digest_of(wck_digest *out, const void *data, size_t len)
{
    struct sha256_ctx ctx;

    sha256_init(&ctx);
    sha256_update(&ctx, len, data);
    sha256_digest(&ctx, sizeof out->bytes, out->bytes);
    return true;
}

char *wck_digest_format(char *out, const wck_digest *digest)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < WCK_DIGEST_SIZE; i++) {
        out[2 * i] = hex[digest->bytes[i] >> 4];
        out[2 * i + 1] = hex[digest->bytes[i] & 15U];
    }
    out[2 * WCK_DIGEST_SIZE] = '\0';
    return out;
}

bool wck_digest_parse(wck_digest *out, const char *hex)
{
    if (strlen(hex) != 2 * WCK_DIGEST_SIZE)
        return false;
    for (size_t i = 0; i < 2 * WCK_DIGEST_SIZE; i++) {
        char c = hex[i];
        int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (value < 0)
            return false;
        out->bytes[i / 2] = (unsigned char)(i % 2 == 0 ? value << 4 : out->bytes[i / 2] | value);
    }
    return true;
}

bool wck_digest_eq(const wck_digest *a, const wck_digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

wck_hasher *wck_hasher_new(void)
{
    wck_hasher *hasher = malloc(sizeof *hasher);

    if (hasher != NULL)
        sha256_init(&hasher->ctx);
    return hasher;
}

bool wck_hasher_put(wck_hasher *hasher, const void *data, size_t len)
{
    sha256_update(&hasher->ctx, len, data);
    return true;
}

bool wck_hasher_end(wck_hasher *hasher, wck_digest *out)
{
    sha256_digest(&hasher->ctx, sizeof out->bytes, out->bytes);
    free(hasher);
    return true;
}

bool wck_sha1(unsigned char out[20], const void *data, size_t len)
{
    struct sha1_ctx ctx;

    sha1_init(&ctx);
    sha1_update(&ctx, len, data);
    sha1_digest(&ctx, SHA1_DIGEST_SIZE, out);
    return true;
}

uint64_t wck_hash64(const void *data, size_t len)
{
    return XXH3_64bits(data, len);
}

bool wck_random(void *out, size_t len)
{
    /* up to 256 bytes at a time come whole, whatever signal arrives (getrandom(2)) */
    for (size_t done = 0, n; len <= 1024 && done < len; done += n) {
        n = len - done < 256 ? len - done : 256;
        if (getrandom((char *)out + done, n, 0) != (ssize_t)n)
            return false;
    }
    return len <= 1024;
}

size_t wck_base64_encode(char *out, const void *data, size_t len)
{
    size_t n = BASE64_ENCODE_RAW_LENGTH(len);

    base64_encode_raw(out, len, data);
    out[n] = '\0';
    return n;
}

bool wck_base64_decode(unsigned char *out, size_t *out_len, const char *text, size_t len)
{
    struct base64_decode_ctx ctx;

    base64_decode_init(&ctx);
    return base64_decode_update(&ctx, out_len, out, len, text) == 1 && base64_decode_final(&ctx) == 1;
}
