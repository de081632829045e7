/* SPDX-License-Identifier: MIT
 * guid.c: GUID text and byte orders. */
#include "base/guid.h"

#include <string.h>

/* Value of a hexadecimal digit; of any other character a bit that no four digits reach. */
#define N 0x10000
static const uint32_t hex_value[256] = {
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, N, N, N, N, N, N,
    N, 10, 11, 12, 13, 14, 15, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
    N, 10, 11, 12, 13, 14, 15, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
};
#undef N

static uint64_t four(const char *text)
{
    const unsigned char *t = (const unsigned char *)text;

    return hex_value[t[0]] << 12 | hex_value[t[1]] << 8 | hex_value[t[2]] << 4 | hex_value[t[3]];
}

/* A reply with a million approvals holds three million of these. */
bool wck_guid_parse_n(wck_guid *out, const char *text, size_t len)
{
    uint64_t part[8], seen = 0;

    if (len == 38 && text[0] == '{' && text[37] == '}') {
        text++;
        len = 36;
    }
    if (len != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
        return false;
    for (unsigned i = 0; i < 8; i++) {
        static const unsigned char at[] = {0, 4, 9, 14, 19, 24, 28, 32};
        part[i] = four(text + at[i]);
        seen |= part[i];
    }
    if (seen > 0xFFFF)
        return false;
    out->hi = part[0] << 48 | part[1] << 32 | part[2] << 16 | part[3];
    out->lo = part[4] << 48 | part[5] << 32 | part[6] << 16 | part[7];
    return true;
}

bool wck_guid_parse(wck_guid *out, const char *text)
{
    return wck_guid_parse_n(out, text, strlen(text));
}

char *wck_guid_format(char *out, wck_guid guid)
{
    static const char hex[] = "0123456789abcdef";
    char *p = out;

    for (unsigned i = 0; i < 32; i++) {
        uint64_t half = i < 16 ? guid.hi : guid.lo;
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *p++ = '-';
        *p++ = hex[half >> (60 - 4 * (i % 16)) & 15U];
    }
    *p = '\0';
    return out;
}

static void to_bytes(unsigned char bytes[16], wck_guid guid)
{
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(guid.hi >> (56 - 8 * i));
        bytes[i + 8] = (unsigned char)(guid.lo >> (56 - 8 * i));
    }
}

/* canonical index of each byte of the mixed-endian form; the mapping is its own inverse */
static const unsigned char mixed[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

wck_guid wck_guid_from_mixed(const unsigned char bytes[16])
{
    wck_guid guid = {0, 0};

    for (unsigned i = 0; i < 8; i++) {
        guid.hi = guid.hi << 8 | bytes[mixed[i]];
        guid.lo = guid.lo << 8 | bytes[mixed[i + 8]];
    }
    return guid;
}

void wck_guid_to_mixed(unsigned char bytes[16], wck_guid guid)
{
    unsigned char plain[16];

    to_bytes(plain, guid);
    for (unsigned i = 0; i < 16; i++)
        bytes[i] = plain[mixed[i]];
}

int wck_guid_cmp_sqlserver(wck_guid a, wck_guid b)
{
    /* last group first, then the fourth, then the first three, each in its stored (mixed) order */
    static const unsigned char order[16] = {10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3};
    unsigned char x[16], y[16];

    wck_guid_to_mixed(x, a);
    wck_guid_to_mixed(y, b);
    for (unsigned i = 0; i < 16; i++)
        if (x[order[i]] != y[order[i]])
            return x[order[i]] < y[order[i]] ? -1 : 1;
    return 0;
}

const void *wck_guid_find(const void *rows, size_t n, size_t size, wck_guid id)
{
    const char *base = rows;
    size_t lo = 0, hi = n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (wck_guid_cmp(*(const wck_guid *)(const void *)(base + mid * size), id) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < n && wck_guid_eq(*(const wck_guid *)(const void *)(base + lo * size), id))
        return base + lo * size;
    return NULL;
}
