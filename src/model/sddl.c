/* SPDX-License-Identifier: MIT
 * sddl.c: one pass over the text; every access control entry is judged as it is met.
 *
 * Two answers are kept, the worst and the best case: entries with a condition, and denials of groups that may or may
 * not hold the trustee, count in one of them only. Where the two agree the answer is certain. */
#include "model/sddl.h"

#include <string.h>

enum {
    MAX_TEXT = 256 << 10, /* an access list has at most 64 KiB; its longest entry as text is some three times that */
    MAX_SUB = 15,         /* sub authorities of a SID [MS-DTYP 2.4.2] */
    FLAG_OI = 1,
    FLAG_CI = 2,
    FLAG_NP = 4,
    FLAG_IO = 8,
    FLAG_ID = 16
};

typedef struct sid { /* n 0: an alias that is none of ours, for instance one relative to a domain */
    uint64_t authority;
    unsigned n;
    uint32_t sub[MAX_SUB];
} sid;

typedef struct entry {
    bool allow, deny, conditional; /* neither: audits, labels, attributes */
    unsigned flags;
    uint32_t rights;
    sid who;
} entry;

typedef struct text {
    const char *begin, *p;
    const char *why; /* set by the first failure */
} text;

typedef struct verdict {
    uint32_t left[2]; /* rights nothing has decided yet: worst case, best case */
    bool denied[2];
} verdict;

enum { WORST, BEST };

static bool fail(text *t, const char *why)
{
    if (t->why == NULL)
        t->why = why;
    return false;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Consume `word`, in any letter case, when it stands here. */
static bool take(text *t, const char *word)
{
    size_t i = 0;

    while (word[i] != '\0' && upper(t->p[i]) == word[i])
        i++;
    if (word[i] != '\0')
        return false;
    t->p += i;
    return true;
}

static void skip_blanks(text *t)
{
    while (*t->p == ' ' || *t->p == '\t' || *t->p == '\r' || *t->p == '\n')
        t->p++;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = upper(c);
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decimal, 0x hexadecimal or 0 octal; at most `most`. */
static bool read_number(text *t, bool octal, uint64_t most, uint64_t *out)
{
    unsigned base = 10;
    const char *first;

    *out = 0;
    if (take(t, "0X"))
        base = 16;
    else if (octal && t->p[0] == '0')
        base = 8;
    first = t->p;
    for (int d; (d = digit(*t->p)) >= 0 && (unsigned)d < base; t->p++) {
        if (*out > (most - (unsigned)d) / base)
            return fail(t, "a number is too large");
        *out = *out * base + (unsigned)d;
    }
    return t->p > first ? true : fail(t, "a number was expected");
}

/* ---- identifiers ---- */

/* Aliases that mean something here; the sub authority beside S-1-5, or the whole. */
static const struct {
    char alias[3];
    sid who;
} aliases[] = {
    {"NS", {5, 1, {20}}}, {"BU", {5, 2, {32, 545}}}, {"WD", {1, 1, {0}}},
    {"AU", {5, 1, {11}}}, {"SU", {5, 1, {6}}},
};

static bool read_sid_number(text *t, sid *out)
{
    uint64_t value;

    if (!read_number(t, false, (UINT64_C(1) << 48) - 1, &out->authority))
        return false;
    for (out->n = 0; *t->p == '-'; out->n++) {
        t->p++;
        if (out->n == MAX_SUB)
            return fail(t, "an identifier is too long");
        if (!read_number(t, false, UINT32_MAX, &value))
            return false;
        out->sub[out->n] = (uint32_t)value;
    }
    return out->n > 0 ? true : fail(t, "an identifier ends too early");
}

static bool read_sid(text *t, sid *out)
{
    memset(out, 0, sizeof *out);
    if (take(t, "S-1-"))
        return read_sid_number(t, out);
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (take(t, aliases[i].alias)) {
            *out = aliases[i].who;
            return true;
        }
    }
    if (upper(t->p[0]) < 'A' || upper(t->p[0]) > 'Z' || upper(t->p[1]) < 'A' || upper(t->p[1]) > 'Z')
        return fail(t, "an identifier was expected");
    t->p += 2;
    return true;
}

static bool is(const sid *who, uint64_t authority, uint32_t first, uint32_t second)
{
    return who->authority == authority && who->n == (second != 0 ? 2U : 1U) && who->sub[0] == first &&
           (second == 0 || who->sub[1] == second);
}

/* Does every member of the trustee count as `who`? */
static bool covers(const sid *who, wck_trustee trustee)
{
    if (is(who, 1, 0, 0) || is(who, 5, 11, 0)) /* Everyone, Authenticated Users */
        return true;
    if (trustee == WCK_TRUSTEE_USERS)
        return is(who, 5, 32, 545);
    return is(who, 5, 20, 0) || is(who, 5, 6, 0); /* itself; what runs as a service */
}

static bool may_cover(const sid *who, wck_trustee trustee)
{
    return covers(who, trustee) || (trustee == WCK_TRUSTEE_NETWORK_SERVICE && is(who, 5, 32, 545));
}

/* ---- entries ---- */

typedef struct word {
    char name[3];
    uint32_t value;
} word;

static const word rights[] = {
    /* generic rights as those of a file [MS-DTYP 2.4.3, 2.5.1.1] */
    {"GA", 0x1F01FF}, {"GR", 0x120089}, {"GW", 0x120116}, {"GX", 0x1200A0}, {"FA", 0x1F01FF}, {"FR", 0x120089},
    {"FW", 0x120116}, {"FX", 0x1200A0}, {"RC", 0x20000},  {"SD", 0x10000},  {"WD", 0x40000},  {"WO", 0x80000},
    {"CC", 0x1},      {"DC", 0x2},      {"LC", 0x4},      {"SW", 0x8},      {"RP", 0x10},     {"WP", 0x20},
    {"DT", 0x40},     {"LO", 0x80},     {"CR", 0x100},    {"KA", 0xF003F},  {"KR", 0x20019},  {"KW", 0x20006},
    {"KX", 0x20019},  {"NR", 0x2},      {"NW", 0x1},      {"NX", 0x4},
};
static const word flags[] = {
    {"OI", FLAG_OI}, {"CI", FLAG_CI}, {"NP", FLAG_NP}, {"IO", FLAG_IO}, {"ID", FLAG_ID}, {"SA", 0}, {"FA", 0}, {"CR", 0},
    {"TP", 0},
};

/* Words of two letters up to the next semicolon. */
static bool read_words(text *t, const word *words, size_t n, const char *why, uint32_t *out)
{
    *out = 0;
    while (*t->p != ';') {
        size_t i = 0;
        while (i < n && !take(t, words[i].name))
            i++;
        if (i == n)
            return fail(t, why);
        *out |= words[i].value;
    }
    return true;
}

/* Generic bits of a number, as those of a file. */
static uint32_t map_generic(uint32_t mask)
{
    if ((mask & UINT32_C(0x10000000)) != 0)
        mask |= 0x1F01FF;
    if ((mask & UINT32_C(0x20000000)) != 0)
        mask |= 0x1200A0;
    if ((mask & UINT32_C(0x40000000)) != 0)
        mask |= 0x120116;
    if ((mask & UINT32_C(0x80000000)) != 0)
        mask |= 0x120089;
    return mask;
}

static bool read_rights(text *t, uint32_t *out)
{
    uint64_t number;

    if (digit(*t->p) < 0 || *t->p > '9')
        return read_words(t, rights, sizeof rights / sizeof rights[0], "a right is not known", out);
    if (!read_number(t, true, UINT32_MAX, &number))
        return false;
    *out = map_generic((uint32_t)number);
    return true;
}

static bool semicolon(text *t)
{
    return take(t, ";") ? true : fail(t, "a semicolon was expected");
}

static bool read_type(text *t, entry *e)
{
    static const char others[][3] = {"AU", "AL", "OU", "OL", "ML", "XU", "ZA", "RA", "SP", "TL", "FL"};

    if (take(t, "OA") || take(t, "OD")) /* for a part of an object; a file has none, but without a GUID it is all */
        e->allow = upper(t->p[-1]) == 'A', e->deny = !e->allow;
    else if (take(t, "XA") || take(t, "XD"))
        e->allow = upper(t->p[-1]) == 'A', e->deny = !e->allow, e->conditional = true;
    else {
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
            if (take(t, others[i]))
                return true;
        if (!take(t, "A") && !take(t, "D"))
            return fail(t, "a kind of entry is not known");
        e->allow = upper(t->p[-1]) == 'A';
        e->deny = !e->allow;
    }
    return true;
}

/* A GUID, of which only matters whether it is there. */
static bool read_guid(text *t, bool *there)
{
    size_t n = strspn(t->p, "0123456789abcdefABCDEF-");

    t->p += n;
    *there = n > 0;
    return n == 0 || n == 36 ? true : fail(t, "a GUID was expected");
}

/* A condition or attribute: anything in balanced parentheses, quoted text aside. */
static bool skip_rest(text *t)
{
    unsigned depth = 0;
    bool quoted = false;

    for (; *t->p != '\0'; t->p++) {
        if (*t->p == '"')
            quoted = !quoted;
        else if (!quoted && *t->p == '(')
            depth++;
        else if (!quoted && *t->p == ')' && depth-- == 0)
            return true;
    }
    return fail(t, "an entry is not closed");
}

/* Behind its "(", up to behind its ")". */
static bool read_entry(text *t, entry *e)
{
    uint32_t bits = 0;
    bool object = false, inherited = false;

    memset(e, 0, sizeof *e);
    if (!read_type(t, e) || !semicolon(t) ||
        !read_words(t, flags, sizeof flags / sizeof flags[0], "a flag is not known", &bits) || !semicolon(t) ||
        !read_rights(t, &e->rights) || !semicolon(t) || !read_guid(t, &object) || !semicolon(t) ||
        !read_guid(t, &inherited) || !semicolon(t) || !read_sid(t, &e->who))
        return false;
    e->flags = bits;
    if (object || inherited)
        e->allow = e->deny = false;
    if (take(t, ";") && !skip_rest(t))
        return false;
    return take(t, ")") ? true : fail(t, "an entry is not closed");
}

static bool applies(const entry *e, wck_sddl_place place)
{
    if (place == WCK_SDDL_HERE)
        return (e->flags & FLAG_IO) == 0;
    return (e->flags & (place == WCK_SDDL_FILES ? FLAG_OI : FLAG_CI)) != 0;
}

/* [MS-DTYP 2.5.3.2]: a denial counts while something it names is still open. */
static void judge(verdict *v, const entry *e, wck_trustee trustee)
{
    bool sure = covers(&e->who, trustee) && !e->conditional;

    for (int side = WORST; side <= BEST; side++) {
        bool counts = sure || (side == WORST ? e->deny && may_cover(&e->who, trustee)
                                             : e->allow && covers(&e->who, trustee));
        if (!counts || v->denied[side])
            continue;
        if (e->deny && (e->rights & v->left[side]) != 0)
            v->denied[side] = true;
        else if (e->allow)
            v->left[side] &= ~e->rights;
    }
}

/* ---- the whole ---- */

static bool read_list(text *t, bool *open, verdict *v, wck_trustee trustee, wck_sddl_place place)
{
    entry e;

    *open = false;
    for (;;) {
        if (take(t, "NO_ACCESS_CONTROL"))
            *open = true; /* no access list at all: everything is allowed */
        else if (!take(t, "P") && !take(t, "AR") && !take(t, "AI"))
            break;
    }
    for (skip_blanks(t); take(t, "("); skip_blanks(t)) {
        if (!read_entry(t, &e))
            return false;
        if (v != NULL && (e.allow || e.deny) && applies(&e, place))
            judge(v, &e, trustee);
    }
    return true;
}

static bool read_part(text *t, bool *listed, bool *open, verdict *v, wck_trustee trustee, wck_sddl_place place)
{
    sid who;
    bool unused;

    if (take(t, "O:") || take(t, "G:"))
        return read_sid(t, &who);
    if (take(t, "S:"))
        return read_list(t, &unused, NULL, trustee, place);
    if (!take(t, "D:"))
        return fail(t, "O:, G:, D: or S: was expected");
    if (*listed)
        return fail(t, "there are two access lists");
    *listed = true;
    return read_list(t, open, v, trustee, place);
}

static wck_access answer(const verdict *v)
{
    bool worst = !v->denied[WORST] && v->left[WORST] == 0, best = !v->denied[BEST] && v->left[BEST] == 0;

    return worst != best ? WCK_ACCESS_UNKNOWN : worst ? WCK_ACCESS_GRANTED : WCK_ACCESS_DENIED;
}

wck_status wck_sddl_access(wck_access *out, const char *sddl, wck_trustee who, uint32_t wanted, wck_sddl_place place,
                           wck_error *err)
{
    text t = {sddl, sddl, NULL};
    verdict v = {{wanted, wanted}, {false, false}};
    bool listed = false, open = false;

    *out = WCK_ACCESS_UNKNOWN;
    if (strlen(sddl) > MAX_TEXT)
        return wck_fail(err, WCK_E_INPUT, "a security descriptor has more than %d characters", (int)MAX_TEXT);
    skip_blanks(&t);
    if (*t.p == '\0')
        fail(&t, "O:, G:, D: or S: was expected");
    while (t.why == NULL && *t.p != '\0' && read_part(&t, &listed, &open, &v, who, place))
        skip_blanks(&t);
    if (t.why != NULL)
        return wck_fail(err, WCK_E_INPUT, "%s at character %zu of a security descriptor", t.why,
                        (size_t)(t.p - t.begin) + 1);
    if (open)
        *out = WCK_ACCESS_GRANTED;
    else if (listed)
        *out = answer(&v);
    return WCK_OK;
}
