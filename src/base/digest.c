/* SPDX-License-Identifier: MIT
 * digest.c: libcrypto EVP and libxxhash behind four calls. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct wck_hasher {
    EVP_MD_CTX *ctx;
};

static const EVP_MD *sha256;

static void fetch_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (sha256 == NULL)
        sha256 = EVP_sha256();
}

/* EVP_sha256() alone is looked up in the provider again at each use, which costs more than hashing a short text does.
 * Kept until the process ends. */
static const EVP_MD *get_sha256(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, fetch_sha256);
    return sha256;
}

bool wck_digest_of(wck_digest *out, const void *data, size_t len)
{
    return EVP_Digest(data, len, out->bytes, NULL, get_sha256(), NULL) == 1;
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
    wck_hasher *hasher = calloc(1, sizeof *hasher);

    if (hasher == NULL)
        return NULL;
    hasher->ctx = EVP_MD_CTX_new();
    if (hasher->ctx == NULL || EVP_DigestInit_ex(hasher->ctx, get_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(hasher->ctx);
        free(hasher);
        return NULL;
    }
    return hasher;
}

bool wck_hasher_put(wck_hasher *hasher, const void *data, size_t len)
{
    return EVP_DigestUpdate(hasher->ctx, data, len) == 1;
}

bool wck_hasher_end(wck_hasher *hasher, wck_digest *out)
{
    bool ok = EVP_DigestFinal_ex(hasher->ctx, out->bytes, NULL) == 1;

    EVP_MD_CTX_free(hasher->ctx);
    free(hasher);
    return ok;
}

bool wck_sha1(unsigned char out[20], const void *data, size_t len)
{
    return EVP_Digest(data, len, out, NULL, EVP_sha1(), NULL) == 1;
}

uint64_t wck_hash64(const void *data, size_t len)
{
    return XXH3_64bits(data, len);
}

bool wck_random(void *out, size_t len)
{
    return len <= 1024 && RAND_bytes(out, (int)len) == 1;
}

size_t wck_base64_encode(char *out, const void *data, size_t len)
{
    return (size_t)EVP_EncodeBlock((unsigned char *)out, data, (int)len);
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Own loop: EVP_DecodeBlock keeps the padding bytes and accepts rubbish around line ends. */
bool wck_base64_decode(unsigned char *out, size_t *out_len, const char *text, size_t len)
{
    uint32_t group = 0;
    size_t n = 0, have = 0, pad = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        int value;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        if (c == '=') {
            if (++pad > 2)
                return false;
            continue;
        }
        value = base64_value(c);
        if (value < 0 || pad > 0)
            return false;
        group = group << 6 | (uint32_t)value;
        if (++have == 4) {
            out[n++] = (unsigned char)(group >> 16);
            out[n++] = (unsigned char)(group >> 8);
            out[n++] = (unsigned char)group;
            have = 0;
            group = 0;
        }
    }
    if (have == 1 || (have != 0 && have + pad != 4) || (have == 0 && pad != 0))
        return false;
    if (have == 2)
        out[n++] = (unsigned char)(group >> 4);
    if (have == 3) {
        out[n++] = (unsigned char)(group >> 10);
        out[n++] = (unsigned char)(group >> 2);
    }
    *out_len = n;
    return true;
}
