/* SPDX-License-Identifier: MIT
 * fail_alloc.h: makes the n-th allocation fail, for tests linked with wck_test_fail_alloc (CMake), which wraps malloc,
 * calloc and realloc of everything that is linked statically. */
#ifndef WCK_TESTS_SUPPORT_FAIL_ALLOC_H
#define WCK_TESTS_SUPPORT_FAIL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation from now fails, once; 0: none. */
void fail_alloc_at(size_t n);
/* Ends it; true when an allocation did fail since fail_alloc_at. */
bool fail_alloc_end(void);

#endif
