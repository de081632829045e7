/* SPDX-License-Identifier: MIT
 * admin_rows.c: GenericReadableRow/Values/anyType, the shape in which the administration service returns what a stored
 * procedure gave (MS-WSUSAR): cells without names, each with its xsi:type or nil.
 *
 * The type decides before the text: a build that moved its columns shows itself by cells of another type, and such a
 * cell is "not known", never read as if it fitted. */
#include "collect/admin.h"

#include <stdio.h>
#include <string.h>

enum { ROW = 1, VALUES, ARRAY, FIRST_SET };

static wck_cell_kind kind_of(const char *type)
{
    static const struct {
        const char *type;
        wck_cell_kind kind;
    } kinds[] = {{"string", WCK_CELL_TEXT},
                 {"int", WCK_CELL_NUMBER},
                 {"guid", WCK_CELL_GUID},
                 {"boolean", WCK_CELL_BOOL},
                 {"dateTime", WCK_CELL_TIME},
                 {"long", WCK_CELL_NUMBER},
                 {"short", WCK_CELL_NUMBER},
                 {"unsignedByte", WCK_CELL_NUMBER},
                 {"byte", WCK_CELL_NUMBER},
                 {"unsignedShort", WCK_CELL_NUMBER},
                 {"unsignedInt", WCK_CELL_NUMBER},
                 {"unsignedLong", WCK_CELL_NUMBER},
                 {"integer", WCK_CELL_NUMBER},
                 {"decimal", WCK_CELL_NUMBER},
                 {"", WCK_CELL_ANY},
                 {"anyType", WCK_CELL_ANY}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].type, type) == 0)
            return kinds[i].kind;
    return WCK_CELL_OTHER;
}

/* The element above the row, where that is one of the caller's; several sets also come as arrays of arrays. */
static int set_of(const int *path, size_t depth)
{
    size_t at = depth - 1; /* of Values */

    if (at > 0 && path[at - 1] == ROW)
        at--;
    if (at > 0 && path[at - 1] == ARRAY)
        at--;
    return at > 0 && path[at - 1] >= FIRST_SET ? path[at - 1] - FIRST_SET + 1 : 0;
}

static wck_status on_element(void *payload, const int *path, size_t depth, const char *type, bool nil, wck_error *err)
{
    wck_rows *rows = payload;
    wck_cell *cell;

    (void)err;
    if (rows->depth == 0) {
        if (path[depth - 1] >= FIRST_SET && !nil)
            rows->has[path[depth - 1] - FIRST_SET + 1] = true;
        if (path[depth - 1] != VALUES || nil)
            return WCK_OK;
        rows->depth = depth;
        rows->set = set_of(path, depth);
        rows->n_cells = rows->n_seen = 0;
        wck_buf_reset(&rows->text);
        return WCK_OK;
    }
    if (depth == rows->depth + 1 && rows->n_seen++ < WCK_ROWS_CELLS) {
        cell = &rows->cells[rows->n_cells++];
        *cell = (wck_cell){nil ? WCK_CELL_NIL : kind_of(type), rows->text.len, 0};
    } else if (depth > rows->depth + 1 && rows->n_seen == rows->n_cells)
        rows->cells[rows->n_cells - 1].kind = WCK_CELL_OTHER; /* no scalar has children */
    return WCK_OK;
}

static wck_status end_row(wck_rows *rows, wck_error *err)
{
    rows->depth = 0;
    if (rows->n >= WCK_MAX_ROWS)
        return wck_fail(err, WCK_E_LIMIT, "the reply holds more than %u rows", WCK_MAX_ROWS);
    rows->n++;
    rows->n_in[rows->set]++;
    return rows->row(rows, rows->set, rows->payload, err);
}

static wck_status on_close(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err)
{
    wck_rows *rows = payload;
    wck_cell *cell;

    (void)path;
    if (rows->depth == 0 || depth > rows->depth + 1)
        return WCK_OK;
    if (depth == rows->depth)
        return end_row(rows, err);
    if (rows->n_seen > rows->n_cells)
        return WCK_OK;
    cell = &rows->cells[rows->n_cells - 1];
    cell->len = len;
    if (wck_buf_put(&rows->text, text, len) && wck_buf_putc(&rows->text, '\0'))
        return WCK_OK;
    return rows->text.len + len >= rows->text.max ? wck_fail(err, WCK_E_LIMIT, "the reply holds a row of more than %zu bytes", rows->text.max)
                                                  : wck_fail_memory(err, "reading rows");
}

static wck_status begin(void *payload, wck_error *err)
{
    wck_rows *rows = payload;

    (void)err;
    rows->depth = rows->n = 0;
    memset(rows->n_in, 0, sizeof rows->n_in);
    memset(rows->has, 0, sizeof rows->has);
    memset(rows->wrong, 0, sizeof rows->wrong);
    if (rows->begin != NULL)
        rows->begin(rows->payload);
    return WCK_OK;
}

static void build(wck_buf *out, void *payload)
{
    wck_rows *rows = payload;

    if (rows->build != NULL)
        rows->build(out, rows->payload);
}

static void report(const wck_rows *rows)
{
    const char *operation = wck_soap_actions[rows->action].operation;

    for (size_t i = 0; i < WCK_ROWS_COLUMNS && rows->wrong[i].column != NULL; i++) {
        const wck_column *c = rows->wrong[i].column;
        size_t missing = rows->wrong[i].missing, nil = rows->wrong[i].nil, mistyped = rows->wrong[i].mistyped;
        wck_admin_note(rows->admin, c->section, "%s: column %u (%s) %s in %zu of %zu rows", operation, c->index, c->name,
                       missing > 0 ? "is missing" : mistyped > 0 ? "is of another type" : "is empty",
                       missing > 0 ? missing : mistyped > 0 ? mistyped : nil, rows->n_in[rows->wrong[i].set]);
    }
}

wck_status wck_rows_call(wck_admin *admin, wck_rows *rows, wck_error *err)
{
    wck_soap_reply_ops reply = {.names = rows->names,
                                .element = on_element,
                                .close = on_close,
                                .max_text = WCK_ADMIN_TEXT,
                                .any_name = true,
                                .cut_text = true,
                                .may_lack_result = rows->may_lack_result};
    wck_call call = {.action = rows->action, .build = build, .begin = begin, .reply = &reply, .payload = rows, .no_cookie = true};
    wck_status status;
    size_t n = 0;

    rows->admin = admin;
    rows->names[n++] = "GenericReadableRow";
    rows->names[n++] = "Values";
    rows->names[n++] = "ArrayOfGenericReadableRow";
    for (size_t i = 0; i < WCK_ROWS_SETS && rows->sets[i] != NULL; i++)
        rows->names[n++] = rows->sets[i];
    rows->names[n] = NULL;
    wck_buf_init(&rows->text, 16U << 20);
    status = wck_admin_call(admin, &call, err);
    if (status == WCK_OK)
        report(rows);
    else
        begin(rows, NULL);
    wck_buf_clear(&rows->text);
    return status;
}

/* ---- cells ---- */

typedef enum fault { FAULT_NONE, FAULT_MISSING, FAULT_NIL, FAULT_MISTYPED } fault;

static void count(wck_rows *rows, const wck_column *column, fault what)
{
    size_t i = 0;

    if (column->quiet)
        return;
    while (i < WCK_ROWS_COLUMNS && rows->wrong[i].column != NULL && rows->wrong[i].column != column)
        i++;
    if (i == WCK_ROWS_COLUMNS)
        return;
    rows->wrong[i].column = column;
    rows->wrong[i].set = rows->set;
    rows->wrong[i].missing += what == FAULT_MISSING;
    rows->wrong[i].nil += what == FAULT_NIL;
    rows->wrong[i].mistyped += what == FAULT_MISTYPED;
}

static const wck_cell *cell_of(const wck_rows *rows, unsigned index)
{
    size_t at = index - (rows->shifted && index > WCK_ROWS_SHIFT);

    return at < rows->n_cells ? &rows->cells[at] : NULL;
}

/* NULL: there is nothing to read, which is counted where it should not be so. */
static const wck_cell *cell_at(wck_rows *rows, const wck_column *column, const char **text)
{
    const wck_cell *cell = cell_of(rows, column->index);

    if (cell == NULL)
        count(rows, column, FAULT_MISSING);
    else if (cell->kind == WCK_CELL_NIL && column->required)
        count(rows, column, FAULT_NIL);
    if (cell == NULL || cell->kind == WCK_CELL_NIL)
        return NULL;
    *text = rows->text.data + cell->at;
    return cell;
}

static bool is_kind(const wck_cell *cell, wck_cell_kind a, wck_cell_kind b)
{
    return cell->kind == a || cell->kind == b || cell->kind == WCK_CELL_ANY;
}

static bool judged(wck_rows *rows, const wck_column *column, bool fits)
{
    if (!fits)
        count(rows, column, FAULT_MISTYPED);
    return fits;
}

bool wck_rows_guid(wck_rows *rows, const wck_column *column, wck_guid *out)
{
    const char *text;
    const wck_cell *cell = cell_at(rows, column, &text);
    wck_guid id;

    if (cell == NULL ||
        !judged(rows, column, is_kind(cell, WCK_CELL_GUID, WCK_CELL_TEXT) && wck_value_guid(&id, text, cell->len)))
        return false;
    *out = id;
    return true;
}

/* xsd:long; a decimal only without fraction. */
static bool parse_long(int64_t *out, const char *text, size_t len)
{
    int64_t value = 0;
    bool negative = len > 0 && *text == '-';

    if (negative) {
        text++;
        len--;
    }
    if (len == 0 || len > 18)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *out = negative ? -value : value;
    return true;
}

bool wck_rows_int(wck_rows *rows, const wck_column *column, int64_t *out)
{
    const char *text;
    const wck_cell *cell = cell_at(rows, column, &text);
    int64_t value;

    if (cell == NULL ||
        !judged(rows, column, is_kind(cell, WCK_CELL_NUMBER, WCK_CELL_NUMBER) && parse_long(&value, text, cell->len)))
        return false;
    *out = value;
    return true;
}

/* A bit of SQL Server may come as a number. */
bool wck_rows_bool(wck_rows *rows, const wck_column *column, int8_t *out)
{
    const char *text;
    const wck_cell *cell = cell_at(rows, column, &text);
    int8_t value;

    if (cell == NULL ||
        !judged(rows, column, is_kind(cell, WCK_CELL_BOOL, WCK_CELL_NUMBER) && wck_value_bool(&value, text, cell->len)))
        return false;
    *out = value;
    return true;
}

/* The published text has some of them as strings of SQL (2.2.4.12.1.2). */
bool wck_rows_time(wck_rows *rows, const wck_column *column, wck_time *out)
{
    const char *text;
    const wck_cell *cell = cell_at(rows, column, &text);
    wck_time value;

    if (cell == NULL ||
        !judged(rows, column, is_kind(cell, WCK_CELL_TIME, WCK_CELL_TEXT) && wck_value_time(&value, text, cell->len)))
        return false;
    *out = value;
    return true;
}

bool wck_rows_fits_time(const wck_rows *rows, unsigned index)
{
    const wck_cell *cell = cell_of(rows, index);
    wck_time value;

    if (cell == NULL || cell->kind == WCK_CELL_NIL)
        return cell != NULL;
    return is_kind(cell, WCK_CELL_TIME, WCK_CELL_TEXT) && wck_value_time(&value, rows->text.data + cell->at, cell->len);
}

bool wck_rows_text(wck_rows *rows, const wck_column *column, const char **out)
{
    const char *text;
    const wck_cell *cell = cell_at(rows, column, &text);

    if (cell == NULL || !judged(rows, column, is_kind(cell, WCK_CELL_TEXT, WCK_CELL_TEXT)))
        return false;
    *out = text;
    if (*text == '\0' && column->required)
        count(rows, column, FAULT_NIL);
    return *text != '\0';
}
