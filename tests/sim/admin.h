/* SPDX-License-Identifier: MIT
 * admin.h: the administration API (MS-WSUSAR) inside the simulator: how replies are written, and the
 * handlers.
 *
 * Replies are rows of positional cells or named elements. Both writers know the fault that the script planted
 * on the call, so that every handler can be made to lack, mistype or lengthen what it writes without knowing
 * of it. */
#ifndef WCK_TESTS_SIM_ADMIN_H
#define WCK_TESTS_SIM_ADMIN_H

#include "sim.h"

/* One set of rows (ArrayOfGenericReadableRow). */
typedef struct sim_rows {
    wck_buf *out;
    const sim_request *request;
    const char *set; /* NULL: the only or first set of the reply */
    unsigned row;    /* from 0; the row that is being written */
    unsigned column; /* as published, whatever the script leaves out */
    bool cut;        /* the rest of this row is left out */
} sim_rows;

sim_rows sim_rows_of(const sim_request *request, wck_buf *out, const char *set);
sim_row_shape sim_shape(const sim_request *request);
void sim_row_begin(sim_rows *rows); /* <GenericReadableRow><Values> */
void sim_row_end(sim_rows *rows);
void sim_row_bare_begin(sim_rows *rows); /* <Values> alone: the operation returns one row */
void sim_row_bare_end(sim_rows *rows);
/* Each is one cell; "none" values are xsi:nil. */
void sim_cell_number(sim_rows *rows, const char *xsd_type, long long value);
void sim_cell_int(sim_rows *rows, long long value);
void sim_cell_bool(sim_rows *rows, bool value);
void sim_cell_text(sim_rows *rows, const char *text);
void sim_cell_guid(sim_rows *rows, wck_guid id);           /* typed guid */
void sim_cell_guid_text(sim_rows *rows, wck_guid id);      /* a guid in a string, in either letter case */
void sim_cell_time(sim_rows *rows, wck_time t);            /* a SQL Server datetime: no zone, UTC */
void sim_cell_time_text(sim_rows *rows, const char *text); /* a datetime that no wck_time holds */
void sim_cell_time_text_or(sim_rows *rows, wck_time t, const char *none);
void sim_cell_nil(sim_rows *rows);

/* A SQL Server datetime as ASP.NET writes it: no zone, no trailing zeros. out holds WCK_TIME_TEXT bytes. */
const char *sim_time_plain(char *out, wck_time t);
/* Named elements; text NULL: xsi:nil. */
void sim_named(const sim_request *request, wck_buf *out, const char *name, const char *text);
void sim_named_int(const sim_request *request, wck_buf *out, const char *name, long long value);
void sim_named_bool(const sim_request *request, wck_buf *out, const char *name,
                    int8_t value); /* NONE: false */
void sim_named_time(const sim_request *request, wck_buf *out, const char *name, wck_time t);
void sim_named_guid(const sim_request *request, wck_buf *out, const char *name, wck_guid id);

/* true: the document does not hold the section completely, and the fault is in the reply. */
bool sim_admin_lacks(sim_request *request, sim_reply *reply, wck_section section);

/* Local ids, as a database counts them: places in the canonical order. */
long long sim_local_update(const sim_state *state, const wck_update *update);
long long sim_local_category(const sim_state *state, const wck_category *category);
bool sim_admin_not_found(sim_reply *reply, const sim_request *request);
const char *sim_category_type(wck_category_kind kind); /* NULL: no type */
const wck_category *sim_find_category(const sim_state *state, wck_guid id);
/* ApprovalInformation (MS-WSUSAR 2.2.4.12.1.2) */
void sim_put_approval(sim_rows *rows, const sim_state *state, size_t index);
/* A time of the request; false when it is none. */
bool sim_child_time(const sim_request *request, const xmlNode *parent, const char *name, wck_time *out);

/* What a scope of updates asks for (MS-WSUSAR 2.2.3.1). */
typedef struct sim_scope {
    long approved_states, publication_state;
} sim_scope;
bool sim_scope_read(sim_scope *out, sim_request *request, sim_reply *reply);
bool sim_scope_holds(const sim_scope *scope, const sim_state *state, const wck_update *update);
/* The console lists what can be approved: members of bundles are not in it. */
bool sim_is_visible(const wck_update *update);
const wck_update *sim_find_update(const sim_state *state, wck_guid id, int64_t revision); /* 0: the latest */
/* The parameter `name` of type UpdateRevisionId; false: the fault is in the reply. */
bool sim_revision_read(const wck_update **out, sim_request *request, sim_reply *reply, const char *name);
bool sim_is_latest(const sim_state *state, const wck_update *update);
/* The approvals of an update stand together in the canonical order: places first to behind last. */
void sim_approvals_of(const sim_state *state, wck_guid id, size_t *first, size_t *last);

#define SIM_ADMIN(id, name, fn, parameters) bool fn(sim_request *request, sim_reply *reply, wck_buf *result);
#include "admin.def"
#undef SIM_ADMIN

#endif
