/* SPDX-License-Identifier: MIT
 * guid.h: a GUID in canonical byte order (the order in which its text is read). */
#ifndef WCK_BASE_GUID_H
#define WCK_BASE_GUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* hi = first 16 hex digits of the text form, lo = last 16: comparing (hi, lo) equals comparing the lower-case text.
 * The zero GUID means "null" wherever a GUID is optional. */
typedef struct wck_guid {
    uint64_t hi, lo;
} wck_guid;

enum { WCK_GUID_TEXT = 37 }; /* 36 characters and the NUL */

/* Accepts 8-4-4-4-12 hex digits in any letter case, optionally in braces; nothing else. */
bool wck_guid_parse(wck_guid *out, const char *text);
bool wck_guid_parse_n(wck_guid *out, const char *text, size_t len);
/* Lower case with hyphens; out must hold WCK_GUID_TEXT bytes; returns out. */
char *wck_guid_format(char *out, wck_guid guid);
/* Microsoft's in-memory order (first three fields little-endian), as in SQL Server and .NET byte arrays. */
wck_guid wck_guid_from_mixed(const unsigned char bytes[16]);
void wck_guid_to_mixed(unsigned char bytes[16], wck_guid guid);
/* SQL Server sorts uniqueidentifier by the last six bytes first (ORDER BY): <0, 0, >0. */
int wck_guid_cmp_sqlserver(wck_guid a, wck_guid b);
/* The first of n rows of `size` bytes whose leading member is that GUID; rows ascending by it. NULL: none. */
const void *wck_guid_find(const void *rows, size_t n, size_t size, wck_guid id);

static inline int wck_guid_cmp(wck_guid a, wck_guid b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return a.lo < b.lo ? -1 : a.lo > b.lo;
}

static inline bool wck_guid_eq(wck_guid a, wck_guid b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

static inline bool wck_guid_is_zero(wck_guid g)
{
    return (g.hi | g.lo) == 0;
}

/* Built-in target groups [MS-WSUSSS sample 2; domain.md 7.2] and the pseudo group of downstream servers. */
#define WCK_GROUP_ALL_COMPUTERS ((wck_guid){0xa0a087464dbe4a37ULL, 0x9adf9e7652c0b421ULL})
#define WCK_GROUP_UNASSIGNED ((wck_guid){0xb73ca6ed572747f3ULL, 0x84de015e03f6a88aULL})
#define WCK_GROUP_DOWNSTREAM ((wck_guid){0xd374f42a9be24163ULL, 0xa0fa3c86a401b7a7ULL})

static inline bool wck_group_builtin(wck_guid id)
{
    return wck_guid_eq(id, WCK_GROUP_ALL_COMPUTERS) || wck_guid_eq(id, WCK_GROUP_UNASSIGNED) ||
           wck_guid_eq(id, WCK_GROUP_DOWNSTREAM);
}

#endif
