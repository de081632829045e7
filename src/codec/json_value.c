/* SPDX-License-Identifier: MIT
 * json_value.c: numbers, whole values, and the canonical text of a value. */
#include "codec/json.h"

#include "base/quote.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers
 * -------------------------------------------------------------------------------------------------- */

typedef struct number {
    const char *text;              /* in the window */
    size_t len, n_int;             /* digits before the point */
    const char *digits, *fraction; /* first digit of each part; fraction NULL: none */
    size_t n_fraction;
    long exponent;        /* clamped to +-100,000,000: no text is that long */
    bool negative, plain; /* plain: neither point nor exponent */
} number;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 8259 section 6; the text ends with a byte that is no part of a number. */
static bool split_number(number *n)
{
    const char *p = n->text, *end = n->text + n->len;
    bool minus = false;

    n->negative = *p == '-';
    p += n->negative;
    n->digits = p;
    while (p < end && is_digit(*p))
        p++;
    n->n_int = (size_t)(p - n->digits);
    if (n->n_int == 0 || (n->n_int > 1 && n->digits[0] == '0'))
        return false;
    n->plain = p == end;
    if (p < end && *p == '.') {
        n->fraction = ++p;
        while (p < end && is_digit(*p))
            p++;
        n->n_fraction = (size_t)(p - n->fraction);
        if (n->n_fraction == 0)
            return false;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        minus = p < end && *p == '-';
        p += p < end && (*p == '-' || *p == '+');
        if (p == end)
            return false;
        for (; p < end && is_digit(*p); p++)
            if (n->exponent < 100000000)
                n->exponent = n->exponent * 10 + (*p - '0');
        n->exponent = minus ? -n->exponent : n->exponent;
    }
    return p == end;
}

static bool read_number(wck_json *json, number *n)
{
    char *begin = json->p, *q = begin;

    for (;;) {
        while (is_digit(*q) || *q == '+' || *q == '-' || *q == '.' || *q == 'e' || *q == 'E')
            q++;
        if (q != json->end || !wck_json_refill(json, &begin, &q))
            break;
    }
    if (json->failed)
        return false;
    *n = (number){.text = begin, .len = (size_t)(q - begin)};
    if (!split_number(n))
        return wck_json_fail(json, WCK_E_INPUT, "is not a valid number");
    json->p = q;
    return true;
}

typedef enum exactness { EXACT, FRACTION, TOO_LARGE } exactness;

/* The i-th digit of the number without its point. */
static unsigned digit_at(const number *n, size_t i)
{
    return (unsigned)((i < n->n_int ? n->digits[i] : n->fraction[i - n->n_int]) - '0');
}

/* The value as an exact integer, without a detour through floating point. */
static exactness to_integer(const number *n, int64_t *out)
{
    size_t digits = n->n_int + n->n_fraction;
    int64_t point =
        (int64_t)n->n_int + n->exponent; /* digits before the point once the exponent is applied */
    uint64_t value = 0, limit = n->negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    bool nonzero = false;

    for (size_t i = 0; i < digits; i++)
        if (digit_at(n, i) != 0) {
            nonzero = true;
            if ((int64_t)i >= point)
                return FRACTION;
        }
    *out = 0;
    if (!nonzero)
        return EXACT;
    for (int64_t i = 0; i < point; i++) {
        unsigned digit = (size_t)i < digits ? digit_at(n, (size_t)i) : 0;
        if (value > (limit - digit) / 10)
            return TOO_LARGE;
        value = value * 10 + digit;
    }
    *out = n->negative ? (int64_t)(0 - value) : (int64_t)value;
    return EXACT;
}

static bool read_int_slowly(wck_json *json, int64_t *out)
{
    number n;

    if (!read_number(json, &n))
        return false;
    switch (to_integer(&n, out)) {
    case EXACT:
        if (*out != INT64_MIN)
            return true;
        break;
    case FRACTION:
        return wck_json_fail(json, WCK_E_INPUT, "must be an integer, is a number with a fraction");
    case TOO_LARGE:
        break;
    }
    return wck_json_fail(json, WCK_E_INPUT,
                         "must be an integer between -(2^63-1) and 2^63-1, is out of this range");
}

bool wck_json_int(wck_json *json, int64_t *out)
{
    char c = wck_json_peek(json);
    const char *q = json->p;
    int64_t value = 0;

    if (c != '-' && !is_digit(c))
        return wck_json_fail_type(json, "an integer");
    if (c >= '1' && c <= '9') { /* the common case: a short plain number inside the window */
        while (is_digit(*q) && q - json->p < 18)
            value = value * 10 + (*q++ - '0');
        if (*q == ',' || *q == '}' || *q == ']') {
            json->p += q - json->p;
            *out = value;
            return true;
        }
    }
    return read_int_slowly(json, out);
}

/* ---- whole values
 * --------------------------------------------------------------------------------------------- */

bool wck_json_skip(wck_json *json)
{
    const char *text;
    size_t len;
    uint64_t seen = 0;
    bool flag;
    number n;

    switch (wck_json_peek(json)) {
    case '{':
        if (wck_json_enter_object(json))
            wck_json_field_next(json, NULL, 0, &seen);
        return !json->failed;
    case '[':
        if (wck_json_enter_array(json))
            while (wck_json_element(json) && wck_json_skip(json))
                continue;
        return !json->failed;
    case '"':
        return wck_json_text(json, &text, &len);
    case 't':
    case 'f':
        return wck_json_bool(json, &flag);
    case 'n':
        return wck_json_null(json);
    default:
        if (*json->p == '-' || is_digit(*json->p))
            return read_number(json, &n);
        return wck_json_fail_unexpected(json, "a value");
    }
}

/* The nearest double; numbers beyond its range are refused. */
static bool to_double(wck_json *json, const number *n, double *out)
{
    char text[64];

    if (n->len >= sizeof text)
        return wck_json_fail(json, WCK_E_INPUT, "is a number of more than 63 characters");
    memcpy(text, n->text, n->len);
    text[n->len] = '\0';
    *out = strtod(text, NULL); /* no code of ours sets a locale (design.md, errors 5) */
    if (isinf(*out))
        return wck_json_fail(json, WCK_E_INPUT, "is a number out of range");
    return true;
}

/* Shortest decimal text that reads back as the same double. */
static bool put_double(wck_json *json, const number *n, wck_buf *out)
{
    char shown[40];
    double value = 0;

    if (!to_double(json, n, &value))
        return false;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(shown, sizeof shown, "%.*g", digits, value);
        if (strtod(shown, NULL) == value) /* exactly equal is the question here */
            break;
    }
    return wck_buf_puts(out, shown);
}

bool wck_json_number(wck_json *json, bool *integral, int64_t *integer, double *real)
{
    number n;
    char c = wck_json_peek(json);

    if (c != '-' && !is_digit(c))
        return wck_json_fail_type(json, "a number");
    if (!read_number(json, &n))
        return false;
    *integral = to_integer(&n, integer) == EXACT;
    if (!*integral && n.plain)
        return wck_json_fail(json, WCK_E_INPUT, "is a number out of range");
    return *integral ? true : to_double(json, &n, real);
}

static bool canonical_number(wck_json *json, wck_buf *out)
{
    number n;
    int64_t value;

    if (!read_number(json, &n))
        return false;
    if (to_integer(&n, &value) == EXACT)
        wck_buf_printf(out, "%" PRId64, value);
    else if (n.plain)
        wck_buf_put(out, n.text, n.len);
    else
        return put_double(json, &n, out);
    return true;
}

typedef struct member { /* places in the buffer of parts */
    size_t key, key_len, value, value_len;
    const char *text;
} member;

static int compare_members(const void *a, const void *b)
{
    const member *x = a, *y = b;
    size_t len = x->key_len < y->key_len ? x->key_len : y->key_len;
    int order = memcmp(x->text, y->text, len);

    return order != 0 ? order : x->key_len < y->key_len ? -1 : x->key_len > y->key_len;
}

static bool canonical_object(wck_json *json, wck_buf *out)
{
    WCK_VEC(member) members = {0};
    wck_buf parts;
    const char *key;
    size_t len;

    wck_buf_init(&parts, out->max);
    if (!wck_json_enter_object(json))
        return false;
    while (wck_json_member(json, &key, &len)) {
        member *m = wck_vec_push(&members);
        if (m == NULL) {
            wck_json_fail_memory(json);
            break;
        }
        *m = (member){.key = parts.len, .key_len = len};
        wck_buf_put(&parts, key, len + 1);
        m->value = parts.len;
        if (!wck_json_canonical(json, &parts))
            break;
        m->value_len = parts.len - m->value;
    }
    for (size_t i = 0; i < members.n; i++)
        members.items[i].text = wck_buf_text(&parts) + members.items[i].key;
    if (members.n > 1 && !json->failed)
        qsort(members.items, members.n, sizeof *members.items, compare_members);
    wck_buf_putc(out, '{');
    for (size_t i = 0; i < members.n && !json->failed; i++) {
        const member *m = &members.items[i];
        if (i > 0)
            wck_buf_putc(out, ',');
        wck_json_put_text(out, m->text);
        wck_buf_putc(out, ':');
        wck_buf_put(out, parts.data + m->value, m->value_len);
    }
    wck_buf_putc(out, '}');
    wck_buf_clear(&parts);
    wck_vec_clear(&members);
    return !json->failed;
}

static bool canonical_array(wck_json *json, wck_buf *out)
{
    bool first = true;

    wck_buf_putc(out, '[');
    if (wck_json_enter_array(json))
        for (; wck_json_element(json); first = false) {
            if (!first)
                wck_buf_putc(out, ',');
            if (!wck_json_canonical(json, out))
                break;
        }
    wck_buf_putc(out, ']');
    return !json->failed;
}

static bool canonical_scalar(wck_json *json, wck_buf *out)
{
    const char *text;
    size_t len;
    bool flag;

    switch (wck_json_peek(json)) {
    case '"':
        return wck_json_text(json, &text, &len) && (wck_json_put_text(out, text), true);
    case 't':
    case 'f':
        return wck_json_bool(json, &flag) && (wck_buf_puts(out, flag ? "true" : "false"), true);
    case 'n':
        return wck_json_null(json) && (wck_buf_puts(out, "null"), true);
    default:
        if (*json->p == '-' || is_digit(*json->p))
            return canonical_number(json, out);
        return wck_json_fail_unexpected(json, "a value");
    }
}

bool wck_json_canonical(wck_json *json, wck_buf *out)
{
    bool ok;

    switch (wck_json_peek(json)) {
    case '{':
        ok = canonical_object(json, out);
        break;
    case '[':
        ok = canonical_array(json, out);
        break;
    default:
        ok = canonical_scalar(json, out);
    }
    if (!json->failed && out->failed)
        return wck_json_fail(json, WCK_E_LIMIT, "is longer than %zu bytes, or memory is short", out->max);
    return ok;
}

wck_version_verdict wck_version_judge(const char *text, bool *newer)
{
    size_t digits = strspn(text, "0123456789");
    const char *minor = text + digits + 1;

    if (digits == 0 || text[0] == '0' || text[digits] != '.' || *minor == '\0' ||
        minor[strspn(minor, "0123456789")] != '\0')
        return WCK_VERSION_MALFORMED;
    if (digits != 1 || text[0] != '1')
        return WCK_VERSION_TOO_NEW;
    *newer = minor[strspn(minor, "0")] != '\0';
    return WCK_VERSION_FITS;
}

bool wck_json_version(wck_json *json, bool *newer)
{
    const char *text;
    size_t len;
    char shown[64];

    if (!wck_json_text(json, &text, &len))
        return false;
    switch (wck_version_judge(text, newer)) {
    case WCK_VERSION_FITS:
        return true;
    case WCK_VERSION_TOO_NEW:
        return wck_json_fail(json, WCK_E_INPUT, WCK_VERSION_TOO_NEW_TEXT,
                             wck_quote_short(shown, sizeof shown, text, 20));
    case WCK_VERSION_MALFORMED:
        break;
    }
    return wck_json_fail_value(json, "a version as in 1.0", text);
}

/* ---- writing
 * -------------------------------------------------------------------------------------------------- */

static void put_escape(wck_buf *out, unsigned char c)
{
    switch (c) {
    case '"':
        wck_buf_put(out, "\\\"", 2);
        break;
    case '\\':
        wck_buf_put(out, "\\\\", 2);
        break;
    case '\n':
        wck_buf_put(out, "\\n", 2);
        break;
    case '\r':
        wck_buf_put(out, "\\r", 2);
        break;
    case '\t':
        wck_buf_put(out, "\\t", 2);
        break;
    default:
        wck_buf_printf(out, "\\u%04x", (unsigned)c);
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

bool wck_json_put_text(wck_buf *out, const char *text)
{
    size_t len = strlen(text);
    const char *end = text + len, *begin = text;
    bool valid;

    wck_buf_putc(out, '"');
    while (text < end && is_plain((unsigned char)*text))
        text++;
    valid = text == end || wck_utf8_valid(text, (size_t)(end - text));
    while (text < end) {
        unsigned char c = (unsigned char)*text;
        const char *next = text + 1;
        if (c >= 0x20 && c != '"' && c != '\\' && (valid || c < 0x80)) {
            text = next;
            continue;
        }
        if (c >= 0x80) { /* only in text that is not valid as a whole */
            next = text;
            if (wck_utf8_next(&next, end) >= 0) {
                text = next;
                continue;
            }
        }
        wck_buf_put(out, begin, (size_t)(text - begin));
        if (c >= 0x80)
            wck_buf_puts(out, "\xEF\xBF\xBD");
        else
            put_escape(out, c);
        begin = text = next;
    }
    wck_buf_put(out, begin, (size_t)(end - begin));
    return wck_buf_putc(out, '"');
}
