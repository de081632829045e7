/* SPDX-License-Identifier: MIT
 * runs.h: the runs of synchronization, put together from a server's own events (namespace 2): 381 scheduled
 * start, 382 manual start, 384 success, 386 failure with its reason, 385 and 387 canceled. */
#ifndef WCK_COLLECT_RUNS_H
#define WCK_COLLECT_RUNS_H

#include "model/snapshot.h"
#include "wck/error.h"

enum {
    WCK_EVENT_STARTED = 381,
    WCK_EVENT_STARTED_BY_HAND,
    WCK_EVENT_SUCCEEDED = 384,
    WCK_EVENT_CANCELED,
    WCK_EVENT_FAILED,
    WCK_EVENT_CANCELED_OLD,
    WCK_EVENTS_OF_SERVER = 2 /* the namespace */
};

typedef struct wck_server_event {
    wck_time time;
    int64_t id;
    size_t order;               /* as it came, for events of one moment */
    const char *error, *reason; /* the snapshot's; NULL: none */
} wck_server_event;

/* Sorts the events and appends their runs. running: the server says that it synchronizes now, so that a last
 * start without an end is no lost one. WCK_E_MEMORY. */
wck_status wck_runs_add(wck_snapshot *snapshot, wck_server_event *events, size_t n, bool running,
                        wck_error *err);
bool wck_runs_have_good(const wck_snapshot *snapshot);

#endif
