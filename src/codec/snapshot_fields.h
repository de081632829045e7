/* SPDX-License-Identifier: MIT
 * snapshot_fields.h: the fields of a snapshot document, once: the reader and the writer work from the same
 * tables, so what is written can be read, in the order of docs/formats/snapshot.schema.json. */
#ifndef WCK_CODEC_SNAPSHOT_FIELDS_H
#define WCK_CODEC_SNAPSHOT_FIELDS_H

#include "codec/json.h"
#include "model/snapshot.h"

#define WCK_SNAPSHOT_FORMAT "wsusck-snapshot"
#define WCK_SNAPSHOT_LINES_FORMAT "wsusck-snapshot-lines"

/* What a field is in memory. */
typedef enum wck_field_kind {
    WCK_FIELD_TEXT,       /* const char * */
    WCK_FIELD_GUID,       /* wck_guid */
    WCK_FIELD_TIME,       /* wck_time */
    WCK_FIELD_INT,        /* int64_t */
    WCK_FIELD_PER_DAY,    /* int64_t, 1 to 24 */
    WCK_FIELD_BOOL,       /* int8_t, WCK_BOOL_NONE when null */
    WCK_FIELD_FLAG,       /* bool */
    WCK_FIELD_WORD,       /* an enum; aux: wck_field_words */
    WCK_FIELD_ACTION,     /* int64_t */
    WCK_FIELD_SHA1,       /* unsigned char[20] */
    WCK_FIELD_GUIDS,      /* wck_guids */
    WCK_FIELD_STRINGS,    /* wck_strings */
    WCK_FIELD_KBS,        /* wck_strings of digits */
    WCK_FIELD_IDENTITIES, /* wck_identities */
    WCK_FIELD_GUID_LISTS, /* wck_guids *; aux: offset of their count, a size_t */
    WCK_FIELD_ROWS,       /* pointer to structs, their count elsewhere; aux: wck_field_rows */
    WCK_FIELD_OBJECT      /* members lie in the same struct; aux: wck_field_table */
} wck_field_kind;

enum {
    WCK_FIELD_REQUIRED = 1, /* the key must be there */
    WCK_FIELD_NULLABLE = 2, /* null is allowed; written as null when not known (without the flag: left out) */
    WCK_FIELD_UNIQUE = 4    /* text that hardly repeats: kept without interning */
};

typedef struct wck_field_words {
    bool (*parse)(void *out, const char *text);
    const char *(*name)(const void *value);
    const char *listed; /* for messages */
} wck_field_words;

typedef struct wck_field_table {
    const wck_json_field *fields;
    size_t n;
} wck_field_table;

typedef struct wck_field_rows {
    wck_field_table table;
    size_t size;
    size_t count;            /* offset of the number of rows, a size_t in the owner */
    void (*init)(void *row); /* every optional field null; NULL: zero is right */
} wck_field_rows;

/* One array of the document. */
typedef struct wck_section_rows {
    wck_section section;
    wck_field_table table;
    void *(*add)(wck_snapshot *snapshot);
    const void *(*rows)(const wck_snapshot *snapshot, size_t *n);
    size_t size;
} wck_section_rows;

extern const wck_field_table wck_server_table, wck_config_table, wck_coverage_table;
enum { WCK_SECTION_ROWS = 9 };
extern const wck_section_rows wck_section_tables[WCK_SECTION_ROWS]; /* in the order of wck_section */

/* snapshot_rows.c: scratch memory of one reading. */
typedef struct wck_row_reader {
    wck_snapshot *snapshot; /* borrowed */
    WCK_VEC(wck_guid) guids;
    WCK_VEC(const char *) strings;
    WCK_VEC(wck_identity) identities;
    WCK_VEC(wck_guids) lists;
    wck_buf rows;
} wck_row_reader;

void wck_row_reader_init(wck_row_reader *reader, wck_snapshot *snapshot);
void wck_row_reader_clear(wck_row_reader *reader);
/* One object by its table into row, whose optional fields are null. */
bool wck_row_read(wck_row_reader *reader, wck_json *json, const wck_field_table *table, void *row);

/* host_json.c: snapshot->host from snapshot->host_json, which begins on that line of the document. WCK_E_INPUT names
 * the place. err must not be NULL. */
wck_status wck_codec_check_host(wck_snapshot *snapshot, size_t line, wck_error *err);

#endif
