/* SPDX-License-Identifier: MIT
 * causes.c: matches the words of a failed synchronization against causes.def. Words are English where the server is;
 * numbers and names of codes are the same in every language, so they are looked for everywhere. */
#include "rules/causes.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

#define WCK_CAUSE(kind, number, key, where, heals, side, rule, cause, remedy, source)                          \
    {WCK_CAUSE_##kind, number, key, WCK_WHERE_##where, WCK_HEALS_##heals, WCK_SIDE_##side, rule, cause, remedy, source},
static const wck_cause causes[] = {
#include "rules/causes.def"
};
#undef WCK_CAUSE

const wck_cause *wck_causes(size_t *n)
{
    *n = sizeof causes / sizeof causes[0];
    return causes;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool same_start(const char *text, const char *key, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(text[i]) != lower(key[i]))
            return false;
    return true;
}

static bool same(const char *a, const char *b)
{
    size_t n = strlen(a);

    return n == strlen(b) && same_start(a, b, n);
}

/* First place of the key in the first `len` bytes; ASCII letters in any case. */
static const char *find(const char *text, size_t len, const char *key)
{
    size_t n = strlen(key);

    for (size_t i = 0; n > 0 && i + n <= len; i++)
        if (same_start(text + i, key, n))
            return text + i;
    return NULL;
}

static bool word_char(char c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
}

static bool has_word(const char *text, size_t len, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = text; (at = find(at, len - (size_t)(at - text), word)) != NULL; at++)
        if ((at == text || !word_char(at[-1])) && !word_char(at[n]))
            return true;
    return false;
}

/* "HTTP status 407", "statut HTTP 407", "HTTP-Status: 407" or "(407)": the number stands alone, in parentheses or
 * shortly behind "HTTP". */
static bool is_http_status(const char *text, size_t at, size_t len, int number)
{
    enum { NEAR = 16 }; /* "HTTP status code: " is the longest form seen */
    size_t from = at > NEAR ? at - NEAR : 0;

    if (at + 3 > len || strtol((const char[]){text[at], text[at + 1], text[at + 2], '\0'}, NULL, 10) != number)
        return false;
    if ((at > 0 && word_char(text[at - 1])) || (at + 3 < len && word_char(text[at + 3])))
        return false;
    if (at > 0 && text[at - 1] == '(' && at + 3 < len && text[at + 3] == ')')
        return true;
    return find(text + from, at - from, "http") != NULL;
}

static bool has_http_status(const char *text, size_t len, int number)
{
    for (size_t i = 0; i + 3 <= len; i++)
        if (text[i] >= '4' && text[i] <= '5' && is_http_status(text, i, len, number))
            return true;
    return false;
}

static bool applies(const wck_cause *row, const char *error, const char *text, size_t len, const wck_cause_of *of)
{
    const wck_config *config = of->config;

    switch (row->where) {
    case WCK_WHERE_ROOT:
        return of->root;
    case WCK_WHERE_CHILD:
        return !of->root;
    case WCK_WHERE_PROXY:
        return config != NULL && config->has_proxy && config->proxy.host != NULL &&
               has_word(text, len, config->proxy.host);
    case WCK_WHERE_SECURE:
        return of->root || (config != NULL && config->has_upstream && config->upstream.ssl == 1);
    case WCK_WHERE_SERVICE:
        return error == NULL || !same(error, "ProxyError");
    default:
        return true;
    }
}

static bool matches(const wck_cause *row, const char *error, const char *text, size_t len)
{
    switch (row->kind) {
    case WCK_CAUSE_TEXT:
        return find(text, len, row->key) != NULL;
    case WCK_CAUSE_HTTP:
        return has_http_status(text, len, row->number);
    case WCK_CAUSE_SOAP:
        return has_word(text, len, row->key);
    case WCK_CAUSE_NAME:
        return error != NULL && same(error, row->key);
    }
    return false;
}

const char *wck_sync_error_name(const char *error)
{
    bool digits = error != NULL && *error != '\0' && strlen(error) <= 2 && strspn(error, "0123456789") == strlen(error);
    long number = digits ? strtol(error, NULL, 10) : -1;

    for (size_t i = 0; i < sizeof causes / sizeof causes[0] && digits; i++)
        if (causes[i].kind == WCK_CAUSE_NAME && causes[i].number == number)
            return causes[i].key;
    return error;
}

const wck_cause *wck_cause_find(const char *error, const char *text, const wck_cause_of *of)
{
    size_t len;

    error = wck_sync_error_name(error);
    text = text != NULL ? text : "";
    len = strnlen(text, WCK_MAX_REASON);
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (matches(&causes[i], error, text, len) && applies(&causes[i], error, text, len, of))
            return &causes[i];
    return NULL;
}

const char *wck_heals_text(wck_heals heals)
{
    static const char *const texts[] = {"not known", "yes", "no", "perhaps"};

    return texts[heals];
}

const char *wck_side_text(wck_side side)
{
    static const char *const texts[] = {"not known", "this server", "the way to the upstream server",
                                        "the upstream server"};

    return texts[side];
}
