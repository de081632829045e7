/* SPDX-License-Identifier: MIT
 * cab_build.h: makes cabinet files for tests and for the simulated server, so that no real package is needed.
 */
#ifndef WCK_TESTS_SUPPORT_CAB_BUILD_H
#define WCK_TESTS_SUPPORT_CAB_BUILD_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Compression of the folder: as it is; raw deflate in "CK" frames; LZX (window 2^21, typeCompress 0x1503 as
 * Windows writes it) made of uncompressed blocks only, which every LZX decoder must accept. */
enum { WCK_CAB_STORED = 0, WCK_CAB_MSZIP = 1, WCK_CAB_LZX = 3 };

typedef struct wck_cab_member {
    const char *name;
    const void *data;
    size_t len;
} wck_cab_member;

/* Departures from a well-formed cabinet; a zeroed struct asks for none. */
typedef struct wck_cab_oddity {
    unsigned flags; /* CFHEADER flags: 1 = continues from a previous cabinet, 2 = continues in a next one */
    size_t claimed_len;     /* not 0: the first CFFILE claims this many bytes */
    unsigned compression;   /* not 0: typeCompress of the folder */
    bool folder_per_member; /* one folder a member, not one for all */
} wck_cab_oddity;

/* Appends a cabinet with one member to out. false when a buffer is full, memory is short, or the data is
 * above the format's 65,535 blocks of 32 KiB. */
bool wck_cab_build(wck_buf *out, const char *member, const void *data, size_t len, int method);
/* The same with n members, in one folder. */
bool wck_cab_build_many(wck_buf *out, const wck_cab_member *members, size_t n, int method);
bool wck_cab_build_odd(wck_buf *out, const wck_cab_member *members, size_t n, int method,
                       const wck_cab_oddity *oddity);

#endif
