/* SPDX-License-Identifier: MIT
 * admin_history.c: ExecuteSPSearchEventHistory: the runs of synchronization, put together from the server's
 * events (namespace 2): 381 scheduled start, 382 manual start, 384 success, 386 failure with its reason in
 * %1, 385 and 387 canceled.
 *
 * The server forgets events after a while (90 days by default), so an empty history proves "never" only when
 * the subscription says the same. */
#include "collect/admin.h"

#include "base/quote.h"
#include "collect/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENT = 1, TIME, NAMESPACE, ID, TEMPLATE, STRINGS, STRING };
static const char *const names[] = {"EventHistoryTableRow", "TimeAtServer",       "NamespaceId", "EventId",
                                    "MessageTemplate",      "ReplacementStrings", "string",      NULL};
enum { MAX_TEXT = 4096 };

typedef struct reading {
    wck_admin *admin;
    WCK_VEC(wck_server_event) events;
    wck_server_event at_hand;
    bool has_time, has_id, has_reason;
    int64_t space;
    size_t rows, unread;
    wck_buf template;
} reading;

static void build(wck_buf *out, void *payload)
{
    (void)payload;
    wck_buf_puts(out, "<eventHistoryFilter><eventIdFilter>");
    for (int id = WCK_EVENT_STARTED; id <= WCK_EVENT_CANCELED_OLD; id++)
        if (id != WCK_EVENT_STARTED_BY_HAND + 1)
            wck_buf_printf(
                out, "<EventIdFilter><NamespaceId>%d</NamespaceId><EventId>%d</EventId></EventIdFilter>",
                WCK_EVENTS_OF_SERVER, id);
    wck_buf_puts(out, "</eventIdFilter><fromTimeAtTarget>2000-01-01T00:00:00Z</fromTimeAtTarget>"
                      "<toTimeAtTarget>2100-01-01T00:00:00Z</toTimeAtTarget>"
                      "<fromTimeAtServer>2000-01-01T00:00:00Z</fromTimeAtServer>"
                      "<toTimeAtServer>2100-01-01T00:00:00Z</toTimeAtServer></eventHistoryFilter>");
}

static wck_status begin(void *payload, wck_error *err)
{
    reading *r = payload;

    (void)err;
    r->events.n = r->rows = r->unread = 0;
    return WCK_OK;
}

static wck_status on_open(void *payload, const int *path, size_t depth, wck_error *err)
{
    reading *r = payload;

    (void)err;
    if (depth == 1 && path[0] == EVENT) {
        r->at_hand = (wck_server_event){.time = WCK_TIME_NONE};
        r->has_time = r->has_id = r->has_reason = false;
        r->space = WCK_EVENTS_OF_SERVER;
        wck_buf_reset(&r->template);
    }
    return WCK_OK;
}

static wck_status keep(reading *r, const char *text, size_t len, wck_error *err)
{
    r->at_hand.reason = wck_snapshot_text_n(r->admin->snapshot, text, len);
    return r->at_hand.reason != NULL ? WCK_OK : wck_fail_memory(err, "reading the history");
}

static wck_status end_event(reading *r, wck_error *err)
{
    wck_server_event *e;

    r->rows++;
    if (!r->has_time || !r->has_id) {
        r->unread++;
        return WCK_OK;
    }
    if (r->space != WCK_EVENTS_OF_SERVER || r->at_hand.id < WCK_EVENT_STARTED ||
        r->at_hand.id > WCK_EVENT_CANCELED_OLD)
        return WCK_OK;
    if (r->events.n >= WCK_MAX_ROWS)
        return wck_fail(err, WCK_E_LIMIT, "the reply holds more than %u events", WCK_MAX_ROWS);
    /* Without strings the template is all there is; one with places to fill says nothing by itself. */
    if (!r->has_reason && r->template.len > 0 && strchr(r->template.data, '%') == NULL &&
        r->at_hand.id == WCK_EVENT_FAILED && keep(r, r->template.data, r->template.len, err) != WCK_OK)
        return WCK_E_MEMORY;
    e = wck_vec_push(&r->events);
    if (e == NULL)
        return wck_fail_memory(err, "reading the history");
    *e = r->at_hand;
    e->order = r->events.n;
    return WCK_OK;
}

static wck_status event_field(reading *r, int name, const char *text, size_t len, wck_error *err)
{
    switch (name) {
    case TIME:
        r->has_time = wck_value_time(&r->at_hand.time, text, len) && r->at_hand.time != WCK_TIME_NONE;
        break;
    case NAMESPACE:
        if (!wck_value_int(&r->space, text, len))
            r->space = WCK_EVENTS_OF_SERVER; /* only these were asked for */
        break;
    case ID:
        r->has_id = wck_value_int(&r->at_hand.id, text, len);
        break;
    case TEMPLATE:
        wck_buf_reset(&r->template);
        return wck_buf_put(&r->template, text, len) ? WCK_OK : wck_fail_memory(err, "reading the history");
    default:
        break;
    }
    return WCK_OK;
}

static wck_status on_close(void *payload, const int *path, size_t depth, const char *text, size_t len,
                           wck_error *err)
{
    reading *r = payload;

    if (path[0] != EVENT)
        return WCK_OK;
    if (depth == 1)
        return end_event(r, err);
    if (depth == 2)
        return event_field(r, path[1], text, len, err);
    if (depth == 3 && path[1] == STRINGS && path[2] == STRING && !r->has_reason) {
        r->has_reason = true; /* %1 */
        return len > 0 ? keep(r, text, len, err) : WCK_OK;
    }
    return WCK_OK;
}

static void cover(reading *r)
{
    wck_admin *admin = r->admin;

    if (r->unread > 0)
        wck_admin_note(admin, WCK_SECTION_SYNC_HISTORY,
                       "ExecuteSPSearchEventHistory: %zu of %zu events have no time or id", r->unread,
                       r->rows);
    if (!wck_runs_have_good(admin->snapshot) &&
        (!admin->last_sync_known || admin->last_sync != WCK_TIME_NONE))
        wck_admin_note(admin, WCK_SECTION_SYNC_HISTORY,
                       "the events hold no good synchronization, but the server may have "
                       "had one before the oldest of them");
    wck_admin_have(admin, WCK_SECTION_SYNC_HISTORY);
}

wck_status wck_admin_history(wck_admin *admin, wck_error *err)
{
    static const wck_soap_reply_ops reply = {.names = names,
                                             .open = on_open,
                                             .close = on_close,
                                             .max_text = MAX_TEXT,
                                             .any_name = true,
                                             .cut_text = true};
    reading r = {.admin = admin};
    wck_call call = {.action = WCK_SOAP_ADMIN_EVENTS,
                     .build = build,
                     .begin = begin,
                     .reply = &reply,
                     .payload = &r,
                     .no_cookie = true};
    wck_status status;

    wck_admin_progress(admin, "synchronization history");
    wck_buf_init(&r.template, MAX_TEXT + 1);
    status = wck_admin_call(admin, &call, err);
    if (status == WCK_OK)
        status = wck_runs_add(admin->snapshot, r.events.items, r.events.n,
                              admin->running_known && admin->running, err);
    if (status == WCK_OK)
        cover(&r);
    else if (!wck_admin_is_over(status))
        wck_admin_lost(admin, WCK_SECTION_SYNC_HISTORY, err);
    wck_buf_clear(&r.template);
    wck_vec_clear(&r.events);
    return wck_admin_is_over(status) ? status : WCK_OK;
}
