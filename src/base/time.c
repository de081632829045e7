/* SPDX-License-Identifier: MIT
 * time.c: RFC 3339 and back without the C library's locale and zone. */
#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static wck_time fake_now = WCK_TIME_NONE;

/* Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant's well-known algorithm). */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
    int64_t era, yoe, doy, doe;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t z, int64_t *y, int64_t *m, int64_t *d)
{
    int64_t era, doe, yoe, doy, mp;

    z += 719468;
    era = (z >= 0 ? z : z - 146096) / 146097;
    doe = z - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp + (mp < 10 ? 3 : -9);
    *y = yoe + era * 400 + (*m <= 2);
}

static bool leap(int64_t y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* Exactly `digits` decimal digits. */
static inline bool number(const char **p, int digits, int64_t *out)
{
    const char *at = *p;
    unsigned value = 0, digit = 0;

    for (int i = 0; i < digits && digit <= 9; i++) {
        digit = (unsigned)(at[i] - '0');
        value = value * 10 + digit;
    }
    *out = value;
    *p = at + digits;
    return digit <= 9;
}

static bool literal(const char **p, char c)
{
    if (**p != c)
        return false;
    ++*p;
    return true;
}

static bool valid_date(int64_t y, int64_t m, int64_t d)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (y < 1 || m < 1 || m > 12 || d < 1)
        return false;
    return d <= days[m - 1] + (m == 2 && leap(y));
}

/* What is finer than a tick is left out. */
static bool parse_fraction(const char **p, int64_t *ticks)
{
    static const int32_t scale[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    const char *at = *p;
    int32_t sum = 0;

    *ticks = 0;
    if (*at != '.')
        return true;
    at++;
    for (unsigned i = 0; *at >= '0' && *at <= '9'; i++, at++)
        if (i < sizeof scale / sizeof *scale)
            sum += (*at - '0') * scale[i];
    if (at == *p + 1)
        return false;
    *ticks = sum;
    *p = at;
    return true;
}

static bool parse_zone(const char **p, int64_t *offset_seconds)
{
    int64_t h, m, sign;

    *offset_seconds = 0;
    if (**p == '\0')
        return true;
    if (**p == 'Z' || **p == 'z') {
        ++*p;
        return true;
    }
    if (**p != '+' && **p != '-')
        return false;
    sign = **p == '+' ? 1 : -1;
    ++*p;
    if (!number(p, 2, &h) || !literal(p, ':') || !number(p, 2, &m) || h > 14 || m > 59)
        return false;
    *offset_seconds = sign * (h * 3600 + m * 60);
    return true;
}

bool wck_time_parse(wck_time *out, const char *text)
{
    int64_t y, mo, d, h, mi, s, ticks, offset;
    const char *p = text;

    if (!number(&p, 4, &y) || !literal(&p, '-') || !number(&p, 2, &mo) || !literal(&p, '-') || !number(&p, 2, &d))
        return false;
    if (*p != 'T' && *p != 't' && *p != ' ')
        return false;
    p++;
    if (!number(&p, 2, &h) || !literal(&p, ':') || !number(&p, 2, &mi) || !literal(&p, ':') || !number(&p, 2, &s))
        return false;
    if (!parse_fraction(&p, &ticks) || !parse_zone(&p, &offset) || *p != '\0')
        return false;
    if (!valid_date(y, mo, d) || h > 23 || mi > 59 || s > 60)
        return false;
    if ((y == 1 && mo == 1 && d == 1) || (y == 1753 && mo == 1 && d == 1) || (y == 9999 && mo == 12 && d == 31)) {
        *out = WCK_TIME_NONE;
        return true;
    }
    *out = (days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + s - offset) * WCK_TICKS_PER_SECOND + ticks;
    return true;
}

/* floor division, for instants before 1970 */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

char *wck_time_format(char *out, wck_time t)
{
    int64_t seconds, ticks, days, rest, y, m, d;
    int n;

    out[0] = '\0';
    if (t == WCK_TIME_NONE)
        return out;
    seconds = floor_div(t, WCK_TICKS_PER_SECOND);
    ticks = t % WCK_TICKS_PER_SECOND + (t % WCK_TICKS_PER_SECOND < 0 ? WCK_TICKS_PER_SECOND : 0);
    days = floor_div(seconds, 86400);
    rest = seconds - days * 86400;
    civil_from_days(days, &y, &m, &d);
    n = snprintf(out, WCK_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", (int)y, (int)m, (int)d, (int)(rest / 3600),
                 (int)(rest / 60 % 60), (int)(rest % 60));
    if (n < 0 || n > 22)
        return out;
    if (ticks != 0) {
        n += snprintf(out + n, WCK_TIME_TEXT - (size_t)n, ".%07d", (int)ticks);
        while (out[n - 1] == '0')
            n--;
    }
    out[n] = 'Z';
    out[n + 1] = '\0';
    return out;
}

char *wck_time_format_short(char *out, wck_time t)
{
    char full[WCK_TIME_TEXT];

    if (t == WCK_TIME_NONE)
        return memcpy(out, "never", sizeof "never");
    wck_time_format(full, t);
    snprintf(out, WCK_TIME_TEXT, "%.10s %.5s UTC", full, full + 11);
    return out;
}

wck_time wck_time_now(void)
{
    struct timespec ts;

    if (fake_now != WCK_TIME_NONE)
        return fake_now;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * WCK_TICKS_PER_SECOND + ts.tv_nsec / 100;
}

void wck_time_fake(wck_time t)
{
    fake_now = t;
}

bool wck_time_parse_http(wck_time *out, const char *text)
{
    static const char months[] = "Jan\0Feb\0Mar\0Apr\0May\0Jun\0Jul\0Aug\0Sep\0Oct\0Nov\0Dec";
    char iso[] = "yyyy-mm-ddT--------Z"; /* the time of day stands alike in both */
    int month = 0;

    if (strlen(text) != sizeof "Sun, 06 Nov 1994 08:49:37 GMT" - 1 || text[3] != ',' || text[4] != ' ' ||
        text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || strcmp(text + 25, " GMT") != 0)
        return false;
    while (month < 12 && strncmp(months + 4 * (size_t)month, text + 8, 3) != 0)
        month++;
    if (month == 12)
        return false;
    memcpy(iso, text + 12, 4);
    iso[5] = (char)('0' + (month + 1) / 10);
    iso[6] = (char)('0' + (month + 1) % 10);
    memcpy(iso + 8, text + 5, 2);
    memcpy(iso + 11, text + 17, 8);
    return wck_time_parse(out, iso);
}
