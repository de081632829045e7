/* SPDX-License-Identifier: MIT
 * json.h: strict pull reader for JSON from outside, and the few pieces needed to write JSON.
 *
 * The input is read in pieces of 64 KiB; memory holds one piece and the longest single text. Strict means RFC
 * 8259 and then some (reliability.md 8): no duplicate keys at any level, no \u0000, no lone surrogate, no bad
 * UTF-8, no NaN, no trailing bytes, at most WCK_MAX_JSON_DEPTH levels. UTF-8 with or without a byte order
 * mark, UTF-16 with one.
 *
 * Every function that returns bool gives false after a failure; the failure stands in the wck_error given to
 * open and names its place: "updates[3].revision: must be an integer, is a string (line 17)". */
#ifndef WCK_CODEC_JSON_H
#define WCK_CODEC_JSON_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/vec.h"
#include "wck/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One key that an object may have. json.c looks at the name only; the rest belongs to the caller's tables. */
typedef struct wck_json_field {
    const char *name;
    unsigned char len; /* strlen(name) */
    unsigned char kind, flags;
    unsigned short offset; /* of the value in the caller's struct */
    unsigned short known;  /* offset + 1 of a bool that tells null from empty; 0: none */
    const void *aux;
} wck_json_field;

typedef struct wck_json_frame { /* one open object or array */
    bool is_array, begun;
    const char *name; /* key being read, static; NULL: at name_at in the pool, or none yet */
    size_t name_at, name_len;
    size_t index;     /* array: element being read */
    uint64_t seen;    /* object: known fields met so far, bit = index in the table */
    size_t first_key; /* object: its unknown keys are keys[first_key…] */
    size_t pool_mark;
    size_t hint; /* field expected next: documents keep their order */
} wck_json_frame;

typedef struct wck_json_key {
    size_t at, len;
    const char *text; /* set when sorted */
} wck_json_key;

typedef struct wck_json {
    wck_error *err;
    bool failed;
    /* source: memory or a file descriptor */
    const unsigned char *data;
    size_t data_left;
    int fd;
    const char *path; /* of fd, for messages; borrowed */
    bool at_end;
    enum { WCK_JSON_UTF8, WCK_JSON_UTF16LE, WCK_JSON_UTF16BE } encoding;
    wck_buf raw;     /* UTF-16 not converted yet */
    wck_buf widened; /* UTF-8 made from it */
    /* window: [window, end) is read, p is next; *end is 0 */
    char *window, *p, *end;
    size_t window_size;
    uint64_t total; /* bytes read from the source */
    uint64_t moved; /* bytes of text that have left the window */
    size_t line;
    /* place */
    size_t depth;
    wck_json_frame frames[WCK_MAX_JSON_DEPTH];
    WCK_VEC(wck_json_key) keys;
    wck_buf pool; /* text of unknown keys of the open objects */
} wck_json;

/* data is borrowed until close. */
bool wck_json_open_data(wck_json *json, const void *data, size_t len, wck_error *err);
/* fd stays the caller's. */
bool wck_json_open_fd(wck_json *json, int fd, const char *path, wck_error *err);
void wck_json_close(wck_json *json);

/* First byte of the next value, or 0 at the end of the input or after a failure. Skips white space. */
char wck_json_peek(wck_json *json);
/* Text is NUL terminated UTF-8 and valid until the next call on this reader. */
bool wck_json_text(wck_json *json, const char **text, size_t *len);
/* Any number that is integral, also when written as 1.0 or 1e2. INT64_MIN is refused (it means null in the
 * model). */
bool wck_json_int(wck_json *json, int64_t *out);
/* Any number of JSON: *integer when it is integral (and within 64 bits), else *real. */
bool wck_json_number(wck_json *json, bool *integral, int64_t *integer, double *real);
bool wck_json_bool(wck_json *json, bool *out);
/* True when the next value is null, which is then consumed. */
bool wck_json_null(wck_json *json);
/* Validates and drops one value of any kind. */
bool wck_json_skip(wck_json *json);

bool wck_json_enter_object(wck_json *json);
enum { WCK_JSON_DONE = -1 };
/* Advance to the next member whose key is in the table and return its place there; unknown members are
 * skipped. WCK_JSON_DONE at the end of the object (which is left) and after a failure. A table has at most 64
 * fields. */
int wck_json_field_next(wck_json *json, const wck_json_field *fields, size_t n, uint64_t *seen);
bool wck_json_enter_array(wck_json *json);
/* True when there is one more element; false at the end (the array is left) and after a failure. */
bool wck_json_element(wck_json *json);
/* cli.md, documents: a reader refuses a higher major version and ignores unknown keys of a higher minor one.
 */
typedef enum { WCK_VERSION_FITS, WCK_VERSION_MALFORMED, WCK_VERSION_TOO_NEW } wck_version_verdict;
#define WCK_VERSION_TOO_NEW_TEXT "version %s is newer than the 1.x that this program reads"
wck_version_verdict wck_version_judge(const char *text, bool *newer);
/* A "format_version": refuses what is not N.M and every major but 1; *newer: a minor above 0. */
bool wck_json_version(wck_json *json, bool *newer);
/* Only white space may follow. */
bool wck_json_end(wck_json *json);
/* Bytes of text read so far, for caps on rows. */
uint64_t wck_json_position(const wck_json *json);

/* Record a failure at the current place; always returns false. */
bool wck_json_fail(wck_json *json, wck_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool wck_json_fail_memory(wck_json *json);
/* "must be WANTED, is a string" for the next value. */
bool wck_json_fail_type(wck_json *json, const char *wanted);
/* 'must be WANTED, is "text"' */
bool wck_json_fail_value(wck_json *json, const char *wanted, const char *text);

/* For objects whose keys are not known beforehand: the next key (valid until the next call), or false at the
 * end of the object and after a failure. */
bool wck_json_member(wck_json *json, const char **key, size_t *len);

/* Read any value and append it in canonical form: no white space, keys sorted bytewise, integral numbers as
 * integers. What a number is beyond double's range (1e400) is refused. */
bool wck_json_canonical(wck_json *json, wck_buf *out);

/* Append a JSON string, quotes included: escapes only what RFC 8259 demands; text must be valid UTF-8 (bytes
 * that are not become U+FFFD, so that what is written can always be read). */
bool wck_json_put_text(wck_buf *out, const char *text);

/* Between the files of the reader only: one more piece, keeping the text from *keep on (<= p); *keep and *at
 * (a place behind keep) move along. False at the end of the input and on failure. */
bool wck_json_refill(wck_json *json, char **keep, char **at);
bool wck_json_fail_unexpected(wck_json *json, const char *wanted);

#endif
