/* SPDX-License-Identifier: MIT
 * time.h: UTC instants in 100 ns ticks since 1970-01-01, proleptic Gregorian, years 1 to 9999. */
#ifndef WCK_BASE_TIME_H
#define WCK_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

typedef int64_t wck_time;

#define WCK_TIME_NONE INT64_MIN
#define WCK_TICKS_PER_SECOND INT64_C(10000000)

enum { WCK_TIME_TEXT = 32 };

/* RFC 3339 with "Z", an offset, or nothing (then UTC), 0 to 7+ fraction digits (more are cut), 'T' or a blank between
 * date and time. The sentinels of SQL Server and .NET (0001-01-01, 1753-01-01, 9999-12-31, whole days) give
 * WCK_TIME_NONE and true. false: not a time. */
bool wck_time_parse(wck_time *out, const char *text);
/* Canonical: UTC with Z, fraction only when not zero, without trailing zeros. NONE gives "". Returns out. */
char *wck_time_format(char *out, wck_time t);
/* "2026-11-25 05:00 UTC" for people; NONE gives "never". */
char *wck_time_format_short(char *out, wck_time t);
/* Now by the system clock, or the instant set with wck_time_fake (tests, --now). */
wck_time wck_time_now(void);
void wck_time_fake(wck_time t); /* WCK_TIME_NONE: back to the system clock */
/* HTTP Date header (IMF-fixdate); false when it is not one. */
bool wck_time_parse_http(wck_time *out, const char *text);

#endif
