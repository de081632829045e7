/* SPDX-License-Identifier: MIT
 * tables.h: the published tables (tables.def) as data, and a row on its way into one. Shared by the files of
 * this folder only. */
#ifndef WCK_PUBLISH_TABLES_H
#define WCK_PUBLISH_TABLES_H

#include "base/arena.h"
#include "base/buf.h"
#include "model/types.h"

typedef enum wck_pub_cell_type {
    WCK_CELL_TEXT,
    WCK_CELL_INT,
    WCK_CELL_TIME,
    WCK_CELL_GUID,
    WCK_CELL_BOOL
} wck_pub_cell_type;
typedef enum wck_pub_column_role { WCK_ROLE_KEY, WCK_ROLE_VALUE, WCK_ROLE_KEPT } wck_pub_column_role;

typedef struct wck_pub_column {
    const char *name;
    wck_pub_cell_type type;
    wck_pub_column_role role;
    const char *comment;
} wck_pub_column;

typedef struct wck_pub_table {
    const char *name, *comment;
    size_t first; /* in wck_pub_columns; the next table's is one behind the last */
} wck_pub_table;

/* WCK_COL_<table>_<column> is the place in wck_pub_columns; WCK_TABLE_<table> that in wck_pub_tables. */
enum {
#define TABLE(table, comment) WCK_FIRST_##table, WCK_BEFORE_##table = WCK_FIRST_##table - 1,
#define COLUMN(table, column, type, role, comment) WCK_COL_##table##_##column,
#include "publish/tables.def"
    WCK_N_COLUMNS
#undef TABLE
#undef COLUMN
};
enum {
#define TABLE(table, comment) WCK_TABLE_##table,
#define COLUMN(table, column, type, role, comment)
#include "publish/tables.def"
    WCK_N_TABLES
#undef TABLE
#undef COLUMN
};

enum { WCK_MOST_COLUMNS = 32 }; /* of a table */

extern const wck_pub_column wck_pub_columns[WCK_N_COLUMNS];
extern const wck_pub_table wck_pub_tables[WCK_N_TABLES + 1]; /* the last one is empty */

static inline size_t wck_pub_table_size(const wck_pub_table *table)
{
    return table[1].first - table->first;
}

static inline const wck_pub_column *wck_pub_table_column(const wck_pub_table *table, size_t i)
{
    return &wck_pub_columns[table->first + i];
}

/* Columns that are staged: all before the first of role KEPT. */
size_t wck_pub_table_staged(const wck_pub_table *table);

/* What a cell says; NULL in SQL until it is set. */
typedef struct wck_pub_cell {
    bool set;
    int64_t number;   /* INT, TIME (milliseconds since 1970), BOOL */
    const char *text; /* TEXT and GUID; borrowed until the row is put */
} wck_pub_cell;

typedef struct wck_pub_row {
    const wck_pub_table *table;
    wck_arena *scratch; /* text made for this row */
    bool failed;        /* memory is short */
    wck_pub_cell cells[WCK_MOST_COLUMNS];
} wck_pub_row;

/* Every cell NULL; what the row before made is gone. column: WCK_COL_…, of the row's table and of that type.
 */
void wck_fill_begin(wck_pub_row *row, wck_arena *scratch, size_t table);
void wck_fill_text(wck_pub_row *row, size_t column,
                   const char *text); /* NULL: NULL; bytes that are no UTF-8 become U+FFFD */
void wck_fill_int(wck_pub_row *row, size_t column, int64_t value); /* WCK_INT_NONE: NULL */
void wck_fill_count(wck_pub_row *row, size_t column, size_t value);
void wck_fill_time(wck_pub_row *row, size_t column, wck_time value); /* WCK_TIME_NONE: NULL */
void wck_fill_guid(wck_pub_row *row, size_t column, wck_guid value); /* zero: NULL */
void wck_fill_bool(wck_pub_row *row, size_t column, int8_t value);   /* WCK_BOOL_NONE: NULL */

enum { WCK_CELL_TIME_TEXT = WCK_TIME_TEXT + 8 };
/* "2026-11-25T05:00:00.000Z": sorts as text, and both databases read it. */
char *wck_pub_cell_time(char *out, int64_t milliseconds);

#endif
