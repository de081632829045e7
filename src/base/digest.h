/* SPDX-License-Identifier: MIT
 * digest.h: thin layer over Nettle (SHA-256, SHA-1, Base64) and libxxhash; no hash is written by hand. */
#ifndef WCK_BASE_DIGEST_H
#define WCK_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WCK_DIGEST_SIZE = 32, WCK_DIGEST_HEX = 65 };

typedef struct wck_digest {
    unsigned char bytes[WCK_DIGEST_SIZE];
} wck_digest;

/* SHA-256. Like the calls below it returns false when the library fails; Nettle never does. */
bool wck_digest_of(wck_digest *out, const void *data, size_t len);
/* Lower-case hex, NUL terminated, out holds WCK_DIGEST_HEX bytes; returns out. */
char *wck_digest_format(char *out, const wck_digest *digest);
bool wck_digest_parse(wck_digest *out, const char *hex);
bool wck_digest_eq(const wck_digest *a, const wck_digest *b);

/* Incremental SHA-256. */
typedef struct wck_hasher wck_hasher;
wck_hasher *wck_hasher_new(void);
bool wck_hasher_put(wck_hasher *hasher, const void *data, size_t len);
bool wck_hasher_end(wck_hasher *hasher, wck_digest *out); /* frees the hasher */

bool wck_sha1(unsigned char out[20], const void *data, size_t len);
/* XXH3-64: row hashes and hash tables, never a proof of equality. */
uint64_t wck_hash64(const void *data, size_t len);
/* len random bytes of the system, at most 1,024; false: it gives none. */
bool wck_random(void *out, size_t len);

/* Base64 (RFC 4648, no line breaks). encode: out needs 4*((len+2)/3)+1 bytes, returns the text length.
 * decode: white space is skipped; returns false on anything malformed; out holds 3*(len/4)+3 bytes. */
size_t wck_base64_encode(char *out, const void *data, size_t len);
bool wck_base64_decode(unsigned char *out, size_t *out_len, const char *text, size_t len);

#endif
