/* SPDX-License-Identifier: MIT
 * runs.c: see runs.h. */
#include "collect/runs.h"

#include <stdlib.h>

static int cmp_event(const void *pa, const void *pb)
{
    const wck_server_event *a = pa, *b = pb;

    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static bool is_start(const wck_server_event *e)
{
    return e->id == WCK_EVENT_STARTED || e->id == WCK_EVENT_STARTED_BY_HAND;
}

static wck_sync_result result_of(const wck_server_event *e)
{
    return e->id == WCK_EVENT_SUCCEEDED ? WCK_SYNC_SUCCEEDED
           : e->id == WCK_EVENT_FAILED  ? WCK_SYNC_FAILED
                                        : WCK_SYNC_CANCELED;
}

static wck_status add_run(wck_snapshot *s, const wck_server_event *from, const wck_server_event *to,
                          wck_sync_result result, wck_error *err)
{
    wck_sync_run *run = wck_snapshot_add_sync_run(s);

    if (run == NULL)
        return wck_fail_memory(err, "reading the history");
    run->started = from->time;
    run->ended = to != NULL ? to->time : WCK_TIME_NONE;
    run->result = result;
    run->trigger = from->id == WCK_EVENT_STARTED           ? WCK_TRIGGER_SCHEDULED
                   : from->id == WCK_EVENT_STARTED_BY_HAND ? WCK_TRIGGER_MANUAL
                                                           : WCK_TRIGGER_UNKNOWN;
    if (to != NULL && result == WCK_SYNC_FAILED) {
        run->error = to->error;
        run->error_text = to->reason;
    }
    return WCK_OK;
}

/* An end whose start is not there: the oldest one lost it to the age of events and is left out, unless it is
 * all there is; another one counts from its end. A start without an end: running when it is the last one and
 * the server says so, else it was never told. */
wck_status wck_runs_add(wck_snapshot *s, wck_server_event *events, size_t n, bool running, wck_error *err)
{
    wck_status status = WCK_OK;

    if (n > 1)
        qsort(events, n, sizeof *events, cmp_event);
    for (size_t i = 0; i < n && status == WCK_OK; i++) {
        const wck_server_event *e = &events[i];
        bool closed = is_start(e) && i + 1 < n && !is_start(e + 1);
        if (closed) {
            status = add_run(s, e, e + 1, result_of(e + 1), err);
            i++;
        } else if (is_start(e))
            status = add_run(s, e, NULL, i + 1 == n && running ? WCK_SYNC_RUNNING : WCK_SYNC_UNKNOWN, err);
        else if (i > 0 || n == 1)
            status = add_run(s, e, e, result_of(e), err);
    }
    return status;
}

bool wck_runs_have_good(const wck_snapshot *s)
{
    for (size_t i = 0; i < s->sync_history.n; i++)
        if (s->sync_history.items[i].result == WCK_SYNC_SUCCEEDED)
            return true;
    return false;
}
