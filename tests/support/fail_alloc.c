/* SPDX-License-Identifier: MIT
 * fail_alloc.c: see fail_alloc.h. */
#include "fail_alloc.h"

static size_t until_failure; /* 0: none fails */
static bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void fail_alloc_at(size_t n)
{
    until_failure = n;
    failed = false;
}

bool fail_alloc_end(void)
{
    until_failure = 0;
    return failed;
}

static bool must_fail(void)
{
    if (until_failure == 0 || --until_failure > 0)
        return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return must_fail() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return must_fail() ? NULL : __real_realloc(old, size);
}
