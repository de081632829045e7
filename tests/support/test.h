/* SPDX-License-Identifier: MIT
 * test.h: cmocka's headers in the order they need, and a few asserts of our own. */
#ifndef WCK_TESTS_SUPPORT_TEST_H
#define WCK_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wck/error.h"

/* Shows the message when a call that must succeed fails. */
#define assert_ok(call)                                                                                        \
    do {                                                                                                       \
        wck_status status_ = (call);                                                                           \
        if (status_ != WCK_OK)                                                                                 \
            fail_msg("%s: status %d: %s", #call, (int)status_, err.text);                                      \
    } while (0)
#define assert_fails(status, call) assert_int_equal((call), (status))
#define assert_contains(text, part)                                                                            \
    do {                                                                                                       \
        if (strstr((text), (part)) == NULL)                                                                    \
            fail_msg("\"%s\" does not contain \"%s\"", (text), (part));                                        \
    } while (0)

#endif
