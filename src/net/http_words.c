/* SPDX-License-Identifier: MIT
 * http_words.c: lines of a response header. They come from whoever answers. */
#include "net/http.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool wck_net_header(const char *line, size_t len, const char *name, const char **value, size_t *value_len)
{
    size_t n = strlen(name);

    if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
        return false;
    for (n++; n < len && is_blank(line[n]); n++)
        ;
    while (len > n && is_blank(line[len - 1]))
        len--;
    *value = line + n;
    *value_len = len - n;
    return true;
}

void wck_net_keep(char *out, size_t size, const char *value, size_t len)
{
    if (len >= size)
        len = size - 1;
    memcpy(out, value, len);
    out[len] = '\0';
}

bool wck_net_date(wck_time *out, const char *value, size_t len)
{
    char text[64];

    wck_net_keep(text, sizeof text, value, len);
    return wck_time_parse_http(out, text);
}

/* To the comma that ends a challenge or one of its parameters; not one inside quotes. */
static size_t item_end(const char *value, size_t at, size_t len)
{
    bool quoted = false;

    for (; at < len && (quoted || value[at] != ','); at++) {
        if (value[at] == '"')
            quoted = !quoted;
        else if (quoted && value[at] == '\\')
            at++;
    }
    return at < len ? at : len;
}

static bool is_listed(const char *list, const char *word, size_t len)
{
    for (const char *p = list; *p != '\0'; p += strspn(p, ", ")) {
        size_t n = strcspn(p, ",");
        if (n == len && strncasecmp(p, word, len) == 0)
            return true;
        p += n;
    }
    return false;
}

static void add_method(char *list, size_t size, const char *word, size_t len)
{
    size_t have = strlen(list), comma = have > 0 ? 2 : 0;

    if (len == 0 || have + comma >= size || len >= size - have - comma || is_listed(list, word, len))
        return;
    memcpy(list + have, ", ", comma);
    wck_net_keep(list + have + comma, size - have - comma, word, len);
}

/* RFC 9110 11.6.1: several challenges may share a line, with commas between them and between their parameters. The
 * first word of an item is a method unless it is name=value. */
void wck_net_add_methods(char *list, size_t size, const char *value, size_t len)
{
    for (size_t at = 0, end; at < len; at = end + 1) {
        size_t word = 0, next;
        end = item_end(value, at, len);
        while (at < end && is_blank(value[at]))
            at++;
        while (at + word < end && !is_blank(value[at + word]) && value[at + word] != '=' && value[at + word] != '\0')
            word++;
        for (next = at + word; next < end && is_blank(value[next]); next++)
            ;
        if (next == end || (next > at + word && value[next] != '='))
            add_method(list, size, value + at, word);
    }
}
