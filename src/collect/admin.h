/* SPDX-License-Identifier: MIT
 * admin.h: one run of MS-WSUSAR against one server, shared by the admin_*.c files. Private to collect.
 *
 * Rows of this service are positional and differ by build: longer rows are taken, a column that is missing or of
 * another type is "not known" and makes its section partial, with the column in the reason. */
#ifndef WCK_COLLECT_ADMIN_H
#define WCK_COLLECT_ADMIN_H

#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "collect/session.h"
#include "collect/wsus.h"

enum { WCK_ADMIN_REASON = 480, WCK_ADMIN_TEXT = 65536 }; /* bytes of a cell that are kept; titles are 200 characters */

typedef struct wck_admin {
    wck_session session;
    const wck_collect_options *options;
    wck_snapshot *snapshot; /* owned until handed out */
    char reason[WCK_SECTION_COUNT][WCK_ADMIN_REASON]; /* the first thing that was not as it should be */
    wck_time last_sync; /* as the subscription tells it */
    bool last_sync_known, running, running_known;
    bool patient; /* the first call has its retries */
    wck_error first; /* the first call that failed, for a run that read nothing */
} wck_admin;

/* Statuses that end the run; any other one leaves sections unknown. */
bool wck_admin_is_over(wck_status status);
void wck_admin_progress(const wck_admin *admin, const char *phase);
/* One call with its retries. The hint of a refusal for want of rights is filled in. */
wck_status wck_admin_call(wck_admin *admin, wck_call *call, wck_error *err);
/* Something in a section is not known: it can only be partial. The first reason stays. */
void wck_admin_note(wck_admin *admin, wck_section section, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The section was read: complete, or partial when something was noted. */
void wck_admin_have(wck_admin *admin, wck_section section);
void wck_admin_lost(wck_admin *admin, wck_section section, const wck_error *err);

/* admin_fields.c: replies that are a text, or a set of named children. */
wck_status wck_admin_scalar(wck_admin *admin, wck_soap_action action, wck_buf *out, wck_error *err);
/* The leaves of a result, at most two levels down, by name in any letter case. */
typedef struct wck_fields {
    const char *const *names; /* ended by NULL, at most WCK_SOAP_MAX_NAMES */
    wck_buf text[WCK_SOAP_MAX_NAMES];
    bool has[WCK_SOAP_MAX_NAMES]; /* there, and not nil */
} wck_fields;
wck_status wck_admin_fields(wck_admin *admin, wck_soap_action action, wck_fields *fields, wck_error *err);
void wck_fields_clear(wck_fields *fields);
/* false: absent, nil or malformed; the latter two with *bad (may be NULL) */
bool wck_fields_bool(const wck_fields *fields, int name, int8_t *out, bool *bad);
bool wck_fields_int(const wck_fields *fields, int name, int64_t *out, bool *bad);
bool wck_fields_time(const wck_fields *fields, int name, wck_time *out, bool *bad);
/* NULL: absent, nil or empty */
const char *wck_fields_text(const wck_fields *fields, int name);

/* admin_rows.c: replies that are GenericReadableRows. */
typedef struct wck_column {
    unsigned index;
    const char *name; /* for the reason */
    wck_section section;
    bool required; /* nil is a fault of its own */
    bool quiet;    /* nothing is a fault: another column tells the same */
} wck_column;

typedef struct wck_rows wck_rows;
typedef wck_status wck_row_fn(wck_rows *rows, int set, void *payload, wck_error *err);

typedef enum wck_cell_kind {
    WCK_CELL_NIL,
    WCK_CELL_ANY, /* its type is not told */
    WCK_CELL_TEXT,
    WCK_CELL_NUMBER,
    WCK_CELL_BOOL,
    WCK_CELL_TIME,
    WCK_CELL_GUID,
    WCK_CELL_OTHER
} wck_cell_kind;

typedef struct wck_cell {
    wck_cell_kind kind;
    size_t at, len; /* in text, NUL behind it */
} wck_cell;

enum { WCK_ROWS_SETS = 8, WCK_ROWS_COLUMNS = 24, WCK_ROWS_CELLS = 512, WCK_ROWS_SHIFT = 3 };

struct wck_rows {
    /* set by the caller: */
    wck_soap_action action;
    void (*build)(wck_buf *out, void *payload); /* may be NULL */
    void (*begin)(void *payload);               /* forget what an earlier try gave; may be NULL */
    wck_row_fn *row;
    void *payload;
    const char *sets[WCK_ROWS_SETS]; /* names of the elements that hold rows; row() is told 1 + index, else 0 */
    /* the row at hand and what was wrong so far: */
    wck_admin *admin;
    const char *names[WCK_ROWS_SETS + 4];
    wck_cell cells[WCK_ROWS_CELLS];
    size_t n_cells, n_seen, depth; /* n_seen: with those beyond WCK_ROWS_CELLS; depth: of Values, 0 outside */
    int set;
    bool shifted; /* by the caller, a row at a time: columns from WCK_ROWS_SHIFT on stand one place further left */
    size_t n, n_in[WCK_ROWS_SETS + 1]; /* rows; rows of each set */
    bool has[WCK_ROWS_SETS + 1];       /* the element of the set was there */
    bool may_lack_result;              /* by the caller: no result is no row */
    wck_buf text;
    struct {
        const wck_column *column;
        int set;
        size_t missing, nil, mistyped;
    } wrong[WCK_ROWS_COLUMNS];
};

/* Make the call, hand over every row, and note the columns that were wrong. After a failure begin() has run again. */
wck_status wck_rows_call(wck_admin *admin, wck_rows *rows, wck_error *err);
/* false: not known, *out is untouched. */
bool wck_rows_guid(wck_rows *rows, const wck_column *column, wck_guid *out);
bool wck_rows_int(wck_rows *rows, const wck_column *column, int64_t *out);
bool wck_rows_bool(wck_rows *rows, const wck_column *column, int8_t *out);
bool wck_rows_time(wck_rows *rows, const wck_column *column, wck_time *out); /* a sentinel: true, WCK_TIME_NONE */
/* The cell is a time or nil: columns are where they should be. */
bool wck_rows_fits_time(const wck_rows *rows, unsigned index);
/* Borrowed until the next row; never empty. */
bool wck_rows_text(wck_rows *rows, const wck_column *column, const char **out);

/* admin_titles.c: categories by title. */
typedef struct wck_titles wck_titles;
wck_status wck_titles_new(wck_titles **out, wck_admin *admin, wck_error *err);
void wck_titles_free(wck_titles *titles); /* NULL is fine */
/* The update has a category of this title. */
wck_status wck_titles_mention(wck_titles *titles, bool classification, const char *title, wck_error *err);
/* Ask for the updates of every category that shares its title with another one and was mentioned. */
wck_status wck_titles_settle(wck_titles *titles, wck_error *err);
/* The ids of that title for this update: n of them, 0 when they are not known. out holds at least 16. */
size_t wck_titles_find(const wck_titles *titles, bool classification, const char *title, wck_guid update, wck_guid *out);

/* The phases; WCK_OK unless the run is over. Each sets the coverage of its sections. */
wck_status wck_admin_config(wck_admin *admin, wck_error *err);     /* config, languages */
wck_status wck_admin_server_id(wck_admin *admin, wck_error *err);  /* nothing but the id; tolerates failure */
wck_status wck_admin_categories(wck_admin *admin, wck_error *err); /* categories */
wck_status wck_admin_updates(wck_admin *admin, wck_error *err);    /* updates, declined, eulas */
/* Sets rows->shifted as the layout of an update's row wants it; false: its columns are not where they belong. */
bool wck_admin_update_row(wck_rows *rows);
wck_status wck_admin_eulas(wck_admin *admin, wck_error *err);      /* rows of eulas, for the updates that are listed */
wck_status wck_admin_groups(wck_admin *admin, wck_error *err);     /* groups */
wck_status wck_admin_approvals(wck_admin *admin, wck_error *err);  /* approvals */
wck_status wck_admin_history(wck_admin *admin, wck_error *err);    /* sync_history */
wck_status wck_admin_host(wck_admin *admin, wck_error *err);       /* host: what else the service tells */

/* admin_downstream.c: fills the list; a failure leaves it empty. */
wck_status wck_admin_downstream(wck_admin *admin, wck_downstream_list *out, wck_error *err);

/* wck_collect_admin, but the first call is tried once only: another channel is there to be tried next. */
wck_status wck_admin_collect(wck_snapshot **out, const char *url, const wck_collect_options *options, bool patient,
                             wck_error *err);

/* admin.c: no traffic yet; role check and version. */
wck_status wck_admin_open(wck_admin *admin, const char *url, const wck_collect_options *options, wck_error *err);
wck_status wck_admin_enter(wck_admin *admin, wck_error *err);
void wck_admin_close(wck_admin *admin);

#endif
