/* SPDX-License-Identifier: MIT
 * values.c: text of an element → value. */
#include "collect/wsus.h"

#include "base/quote.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_blank(**text)) {
        ++*text;
        --*len;
    }
    while (*len > 0 && is_blank((*text)[*len - 1]))
        --*len;
}

bool wck_value_guid(wck_guid *out, const char *text, size_t len)
{
    trim(&text, &len);
    return wck_guid_parse_n(out, text, len);
}

bool wck_value_int(int64_t *out, const char *text, size_t len)
{
    bool negative;
    int64_t value = 0;

    trim(&text, &len);
    negative = len > 0 && *text == '-';
    if (len > 0 && (*text == '-' || *text == '+')) {
        text++;
        len--;
    }
    if (len == 0 || len > 10) /* xsd:int and nothing longer */
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *out = negative ? -value : value;
    return value <= INT64_C(2147483647) + negative;
}

bool wck_value_bool(int8_t *out, const char *text, size_t len)
{
    trim(&text, &len);
    if ((len == 4 && memcmp(text, "true", 4) == 0) || (len == 1 && *text == '1'))
        *out = 1;
    else if ((len == 5 && memcmp(text, "false", 5) == 0) || (len == 1 && *text == '0'))
        *out = 0;
    else
        return false;
    return true;
}

bool wck_value_time(wck_time *out, const char *text, size_t len)
{
    char copy[64];

    trim(&text, &len);
    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return wck_time_parse(out, copy);
}

wck_status wck_value_bad(wck_error *err, const char *element, const char *text)
{
    char shown[80];

    return wck_fail(err, WCK_E_INPUT, "the reply holds a malformed %s: \"%s\"", element,
                    wck_quote_short(shown, sizeof shown, text, 40));
}
