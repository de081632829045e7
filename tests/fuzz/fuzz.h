/* SPDX-License-Identifier: MIT
 * fuzz.h: what the fuzz targets share. Each fuzz_*.c feeds one decoder with any bytes, and then asserts what must hold
 * of whatever was accepted: it can be written, read again, and says the same. */
#ifndef WCK_TESTS_FUZZ_FUZZ_H
#define WCK_TESTS_FUZZ_FUZZ_H

#include "base/buf.h"
#include "wck/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's entry point (LLVM documentation, "LibFuzzer"); replay.c calls it too. 0: the input was looked at. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                             \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#define must_work(call)                                                                                                \
    do {                                                                                                               \
        wck_status status_ = (call);                                                                                   \
        if (status_ != WCK_OK) {                                                                                       \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, err.text);                                   \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Nothing that a decoder accepts is larger than this when written; 0 is "no limit" nowhere. */
#define FUZZ_MAX_OUTPUT ((size_t)64 << 20)

static inline void must_equal(const wck_buf *a, const wck_buf *b)
{
    must(!a->failed && !b->failed);
    must(a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0));
}

#endif
