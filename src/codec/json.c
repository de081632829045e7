/* SPDX-License-Identifier: MIT
 * json.c: the window over the input of the strict pull reader, and its failures.
 *
 * A window over the input ends with a 0 byte, so scanning loops look at one byte at a time without asking for
 * the end: 0 is never part of a token; only when it is met does the code ask whether the window or the
 * document ended. */
#include "codec/json.h"

#include "base/quote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 65536 };

/* ---- failures
 * ------------------------------------------------------------------------------------------------- */

/* "updates[3].revision"; names from outside are made safe to print. */
static void put_path(const wck_json *json, wck_buf *out)
{
    char name[128];

    for (size_t i = 0; i < json->depth; i++) {
        const wck_json_frame *frame = &json->frames[i];
        if (frame->is_array) {
            wck_buf_printf(out, "[%zu]", frame->index);
        } else if (frame->name != NULL || frame->name_len > 0) {
            const char *text = frame->name != NULL ? frame->name : json->pool.data + frame->name_at;
            wck_buf_printf(out, "%s%s", out->len > 0 ? "." : "",
                           wck_quote_short(name, sizeof name, text, 40));
        }
    }
}

bool wck_json_fail(wck_json *json, wck_status status, const char *fmt, ...)
{
    wck_buf path;
    va_list args;
    char reason[400];

    if (json->failed)
        return false;
    json->failed = true;
    va_start(args, fmt);
    vsnprintf(reason, sizeof reason, fmt, args);
    va_end(args);
    wck_buf_init(&path, 8192);
    put_path(json, &path);
    wck_fail(json->err, status, "%s%s%s (line %zu)", wck_buf_text(&path), path.len > 0 ? ": " : "", reason,
             json->line);
    wck_buf_clear(&path);
    json->p = json->end; /* nothing more is read */
    json->at_end = true;
    return false;
}

bool wck_json_fail_memory(wck_json *json)
{
    if (!json->failed)
        wck_fail_memory(json->err, "reading a JSON document");
    json->failed = true;
    json->at_end = true;
    json->p = json->end;
    return false;
}

static const char *kind_name(char c)
{
    switch (c) {
    case '{':
        return "an object";
    case '[':
        return "an array";
    case '"':
        return "a string";
    case 't':
    case 'f':
        return "a boolean";
    case 'n':
        return "null";
    default:
        return c == '-' || (c >= '0' && c <= '9') ? "a number" : NULL;
    }
}

bool wck_json_fail_unexpected(wck_json *json, const char *wanted)
{
    unsigned char c = (unsigned char)wck_json_peek(json);

    if (json->failed)
        return false;
    if (c == 0 && json->p == json->end)
        return wck_json_fail(json, WCK_E_INPUT, "the document ends too early, %s was expected", wanted);
    if (c > 0x20 && c < 0x7F)
        return wck_json_fail(json, WCK_E_INPUT, "unexpected character \"%c\", %s was expected", c, wanted);
    return wck_json_fail(json, WCK_E_INPUT, "unexpected byte 0x%02x, %s was expected", c, wanted);
}

bool wck_json_fail_type(wck_json *json, const char *wanted)
{
    const char *is = kind_name(wck_json_peek(json));

    if (is == NULL)
        return wck_json_fail_unexpected(json, "a value");
    return wck_json_fail(json, WCK_E_INPUT, "must be %s, is %s", wanted, is);
}

bool wck_json_fail_value(wck_json *json, const char *wanted, const char *text)
{
    char shown[160];

    return wck_json_fail(json, WCK_E_INPUT, "must be %s, is \"%s\"", wanted,
                         wck_quote_short(shown, sizeof shown, text, 60));
}

/* ---- window
 * --------------------------------------------------------------------------------------------------- */

/* Up to `size` bytes of the source; 0 at its end. */
static size_t read_source(wck_json *json, char *out, size_t size)
{
    size_t got = 0;

    if (json->fd < 0) {
        got = json->data_left < size ? json->data_left : size;
        if (got > 0)
            memcpy(out, json->data, got);
        json->data += got;
        json->data_left -= got;
    }
    while (json->fd >= 0 && got < size) {
        ssize_t n = read(json->fd, out + got, size - got);
        char name[256];
        if (n == 0)
            break;
        if (n > 0) {
            got += (size_t)n;
        } else if (errno != EINTR) {
            int saved = errno;
            json->failed = true;
            wck_fail(json->err, WCK_E_IO, "could not read \"%s\": %s",
                     wck_quote_short(name, sizeof name, json->path, 200), strerror(saved));
            return 0;
        }
    }
    json->total += got;
    if (json->total > WCK_MAX_JSON_BYTES) {
        wck_json_fail(json, WCK_E_LIMIT, "the document is larger than %u bytes", WCK_MAX_JSON_BYTES);
        return 0;
    }
    return got;
}

static bool is_high_surrogate(const wck_json *json, const unsigned char *unit)
{
    unsigned high = unit[json->encoding == WCK_JSON_UTF16BE ? 0 : 1];

    return high >= 0xD8 && high <= 0xDB;
}

/* Next piece of a UTF-16 source in `widened`; a surrogate pair or unit cut by the piece waits in `raw`. */
static bool widen(wck_json *json)
{
    char piece[PIECE];
    size_t n = read_source(json, piece, sizeof piece), whole;
    const unsigned char *data;

    if (json->failed)
        return false;
    wck_buf_reset(&json->widened);
    if (!wck_buf_put(&json->raw, piece, n))
        return wck_json_fail_memory(json);
    data = (const unsigned char *)json->raw.data;
    whole = json->raw.len - json->raw.len % 2;
    if (n > 0 && whole >= 2 && is_high_surrogate(json, data + whole - 2))
        whole -= 2;
    if (n == 0)
        whole = json->raw.len;
    if (!wck_utf16_to_utf8(&json->widened, data, whole, json->encoding == WCK_JSON_UTF16BE))
        return json->widened.failed ? wck_json_fail_memory(json)
                                    : wck_json_fail(json, WCK_E_INPUT, "the text is not valid UTF-16");
    memmove(json->raw.data, json->raw.data + whole, json->raw.len - whole);
    json->raw.len -= whole;
    json->at_end = n == 0;
    return true;
}

/* Make room for `want` more bytes behind the kept ones, which begin at `keep`. */
static bool make_room(wck_json *json, char *keep, size_t want)
{
    size_t kept = (size_t)(json->end - keep), next = (size_t)(json->p - keep), size = json->window_size;
    char *grown;

    if (kept > WCK_MAX_JSON_LINE)
        return wck_json_fail(json, WCK_E_LIMIT, "a text is longer than %u bytes", WCK_MAX_JSON_LINE);
    json->moved += (uint64_t)(keep - json->window);
    memmove(json->window, keep, kept);
    while (size < kept + want + 1)
        size *= 2;
    if (size != json->window_size) {
        grown = realloc(json->window, size);
        if (grown == NULL) {
            json->p = json->end = json->window;
            return wck_json_fail_memory(json);
        }
        json->window = grown;
        json->window_size = size;
    }
    json->p = json->window + next;
    json->end = json->window + kept;
    *json->end = '\0';
    return true;
}

bool wck_json_refill(wck_json *json, char **keep, char **at)
{
    size_t offset = (size_t)(*at - *keep), got;

    if (json->at_end || json->failed)
        return false;
    if (json->encoding != WCK_JSON_UTF8 && !widen(json))
        return false;
    if (!make_room(json, *keep, json->encoding == WCK_JSON_UTF8 ? PIECE : json->widened.len))
        return false;
    if (json->encoding == WCK_JSON_UTF8) {
        got = read_source(json, json->end, PIECE);
        json->at_end = got == 0;
    } else {
        got = json->widened.len;
        memcpy(json->end, wck_buf_text(&json->widened), got);
    }
    if (json->failed) {
        json->at_end = true;
        return false;
    }
    json->end += got;
    *json->end = '\0';
    *keep = json->window;
    *at = json->window + offset;
    return got > 0 || !json->at_end;
}

static bool detect_encoding(wck_json *json)
{
    size_t n = read_source(json, json->window, PIECE);
    const unsigned char *b = (const unsigned char *)json->window;
    size_t bom = 0;

    if (json->failed)
        return false;
    if (n >= 2 && ((b[0] == 0xFF && b[1] == 0xFE) || (b[0] == 0xFE && b[1] == 0xFF))) {
        json->encoding = b[0] == 0xFF ? WCK_JSON_UTF16LE : WCK_JSON_UTF16BE;
        if (!wck_buf_put(&json->raw, b + 2, n - 2))
            return wck_json_fail_memory(json);
        *json->end = '\0'; /* over the byte order mark */
        return true;
    }
    if (n >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF)
        bom = 3;
    json->p += bom;
    json->end = json->window + n;
    *json->end = '\0';
    return true;
}

static bool open_source(wck_json *json)
{
    json->line = 1;
    wck_buf_init(&json->raw, (size_t)2 * PIECE);
    wck_buf_init(&json->widened, (size_t)4 * PIECE);
    wck_buf_init(&json->pool, WCK_MAX_JSON_LINE);
    json->window_size = (size_t)2 * PIECE;
    json->window = malloc(json->window_size);
    json->p = json->end = json->window;
    if (json->window == NULL)
        return wck_json_fail_memory(json);
    *json->end = '\0';
    return detect_encoding(json);
}

bool wck_json_open_data(wck_json *json, const void *data, size_t len, wck_error *err)
{
    memset(json, 0, sizeof *json);
    json->err = err;
    json->data = data;
    json->data_left = len;
    json->fd = -1;
    return open_source(json);
}

bool wck_json_open_fd(wck_json *json, int fd, const char *path, wck_error *err)
{
    memset(json, 0, sizeof *json);
    json->err = err;
    json->fd = fd;
    json->path = path;
    return open_source(json);
}

void wck_json_close(wck_json *json)
{
    free(json->window);
    json->window = json->p = json->end = NULL;
    wck_buf_clear(&json->raw);
    wck_buf_clear(&json->widened);
    wck_buf_clear(&json->pool);
    wck_vec_clear(&json->keys);
}

uint64_t wck_json_position(const wck_json *json)
{
    return json->moved + (uint64_t)(json->p - json->window);
}
