/* SPDX-License-Identifier: MIT
 * tables.c: the published tables, and rows of them. */
#include "publish/tables.h"

#include "base/quote.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const wck_pub_column wck_pub_columns[WCK_N_COLUMNS] = {
#define TABLE(table, comment)
#define COLUMN(table, column, type, role, comment) {#column, WCK_CELL_##type, WCK_ROLE_##role, comment},
#include "publish/tables.def"
#undef TABLE
#undef COLUMN
};

const wck_pub_table wck_pub_tables[WCK_N_TABLES + 1] = {
#define TABLE(table, comment) {#table, comment, WCK_FIRST_##table},
#define COLUMN(table, column, type, role, comment)
#include "publish/tables.def"
#undef TABLE
#undef COLUMN
    {NULL, NULL, WCK_N_COLUMNS},
};

size_t wck_pub_table_staged(const wck_pub_table *table)
{
    size_t n = 0;

    while (n < wck_pub_table_size(table) && wck_pub_table_column(table, n)->role != WCK_ROLE_KEPT)
        n++;
    return n;
}

/* ---- rows ---- */

void wck_fill_begin(wck_pub_row *row, wck_arena *scratch, size_t table)
{
    wck_arena_reset(scratch);
    *row = (wck_pub_row){.table = &wck_pub_tables[table], .scratch = scratch, .failed = row->failed};
}

static wck_pub_cell *cell_of(wck_pub_row *row, size_t column, wck_pub_cell_type type)
{
    assert(column >= row->table->first && column < row->table[1].first);
    assert(wck_pub_columns[column].type == type);
    (void)type;
    return &row->cells[column - row->table->first];
}

static const char *cleaned(wck_pub_row *row, const char *text)
{
    const char *at = text, *end = text + strlen(text);
    char *copy = NULL;
    wck_buf out;

    wck_buf_init(&out, SIZE_MAX / 4);
    while (at < end) {
        long code = wck_utf8_next(&at, end);
        wck_utf8_put(&out, code >= 0 ? (unsigned long)code : 0xfffdUL);
    }
    if (!out.failed)
        copy = wck_arena_strdup(row->scratch, wck_buf_text(&out));
    row->failed = row->failed || copy == NULL;
    wck_buf_clear(&out);
    return copy;
}

void wck_fill_text(wck_pub_row *row, size_t column, const char *text)
{
    wck_pub_cell *cell = cell_of(row, column, WCK_CELL_TEXT);

    if (text != NULL && !wck_utf8_valid(text, strlen(text)))
        text = cleaned(row, text);
    *cell = (wck_pub_cell){text != NULL, 0, text};
}

void wck_fill_int(wck_pub_row *row, size_t column, int64_t value)
{
    *cell_of(row, column, WCK_CELL_INT) = (wck_pub_cell){value != WCK_INT_NONE, value, NULL};
}

void wck_fill_count(wck_pub_row *row, size_t column, size_t value)
{
    wck_fill_int(row, column, (int64_t)value);
}

void wck_fill_time(wck_pub_row *row, size_t column, wck_time value)
{
    const int64_t ticks = WCK_TICKS_PER_SECOND / 1000;
    int64_t down =
        value != WCK_TIME_NONE && value % ticks < 0; /* the millisecond that it lies in, before 1970 too */

    *cell_of(row, column, WCK_CELL_TIME) =
        (wck_pub_cell){value != WCK_TIME_NONE, value != WCK_TIME_NONE ? value / ticks - down : 0, NULL};
}

void wck_fill_guid(wck_pub_row *row, size_t column, wck_guid value)
{
    wck_pub_cell *cell = cell_of(row, column, WCK_CELL_GUID);
    char *text = NULL;

    if (!wck_guid_is_zero(value)) {
        text = wck_arena_alloc(row->scratch, WCK_GUID_TEXT);
        row->failed = row->failed || text == NULL;
        if (text != NULL)
            wck_guid_format(text, value);
    }
    *cell = (wck_pub_cell){text != NULL, 0, text};
}

void wck_fill_bool(wck_pub_row *row, size_t column, int8_t value)
{
    *cell_of(row, column, WCK_CELL_BOOL) = (wck_pub_cell){value != WCK_BOOL_NONE, value, NULL};
}

char *wck_pub_cell_time(char *out, int64_t milliseconds)
{
    char text[WCK_TIME_TEXT];
    int64_t rest = milliseconds % 1000;

    if (rest < 0)
        rest += 1000;
    wck_time_format(text, (milliseconds - rest) / 1000 * WCK_TICKS_PER_SECOND);
    text[strcspn(text, "Z")] = '\0'; /* whole seconds have no fraction */
    snprintf(out, WCK_CELL_TIME_TEXT, "%s.%03dZ", text, (int)rest);
    return out;
}
