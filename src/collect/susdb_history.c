/* SPDX-License-Identifier: MIT
 * susdb_history.c: the events of synchronization (tbEventInstance, namespace 2) → runs. */
#include "collect/susdb_private.h"

#include "collect/runs.h"

#include <stdlib.h>
#include <string.h>

typedef struct reading {
    wck_susdb *s;
    WCK_VEC(wck_server_event) events;
} reading;

/* SynchronizationError of the API by number (MSDN ms823649); the console's SOAP gives the names. */
static const char *const errors[] = {"NotApplicable",
                                     "Unknown",
                                     "LocalDBConnectFail",
                                     "LocalDBTooBusy",
                                     "LocalDBOtherError",
                                     "ProxyError",
                                     "UssNotFound",
                                     "UssBusy",
                                     "UssInternalError",
                                     "DssAuthenticationError",
                                     "UssCommunicationError",
                                     "UssOtherError",
                                     "UserCanceled",
                                     "ImportUpdateError",
                                     "ApprovalError",
                                     "LocalUpdateMissingForApproval",
                                     "IncompatibleProtocolVersion",
                                     "IncompatibleProtocolVersionOnUss"};

/* What follows "TAG=" in MiscData (83 the error's number, 84 its text: constants of the API's assemblies;
 * that MiscData is laid out so is inferred, so whatever looks otherwise is not known). */
static const char *tagged(const char *data, const char *tag)
{
    size_t len = strlen(tag);

    for (const char *at = strstr(data, tag); at != NULL; at = strstr(at + 1, tag))
        if (at[len] == '=' && (at == data || at[-1] < '0' || at[-1] > '9'))
            return at + len + 1;
    return NULL;
}

static const char *error_of(const char *data)
{
    const char *text = tagged(data, "83");
    char *end = NULL;
    unsigned long n = text != NULL ? strtoul(text, &end, 10) : 0;

    if (text == NULL || end == text || n == 0 || n >= sizeof errors / sizeof *errors)
        return NULL;
    return errors[n];
}

static wck_status on_event(const wck_cell *r, void *payload, wck_error *err)
{
    reading *into = payload;
    wck_server_event *e;

    if (r[0].null || r[1].null)
        return WCK_OK;
    e = wck_vec_push(&into->events);
    if (e == NULL)
        return wck_fail_memory(err, "reading SUSDB");
    *e = (wck_server_event){.time = r[1].time, .id = r[0].number, .order = into->events.n};
    if (e->id != WCK_EVENT_FAILED)
        return WCK_OK;
    e->error = r[2].null ? NULL : error_of(r[2].text);
    e->reason = wck_susdb_keep(into->s, &r[3]);
    return r[3].null || e->reason != NULL ? WCK_OK : wck_fail_memory(err, "reading SUSDB");
}

/* The server forgets its events after a while (90 days by default), so without a good one "never" is not
 * proven. */
static void cover(wck_susdb *s, const char *why)
{
    if (why[0] == '\0' && !wck_runs_have_good(s->snapshot))
        wck_snapshot_set_coverage(
            s->snapshot, WCK_SECTION_SYNC_HISTORY, WCK_COVERAGE_PARTIAL,
            "the events hold no good synchronization, but there may have been one before the oldest "
            "of them");
    else
        wck_susdb_cover(s, WCK_SECTION_SYNC_HISTORY, why);
}

wck_status wck_susdb_history(wck_susdb *s, wck_error *err)
{
    reading r = {.s = s};
    char why[WCK_WHY];
    wck_status status = wck_susdb_ask(s, "events", "itss", on_event, &r, why, err);

    if (status == WCK_OK && why[0] == '\0')
        status = wck_runs_add(s->snapshot, r.events.items, r.events.n, false, err);
    if (status == WCK_OK)
        cover(s, why);
    wck_vec_clear(&r.events);
    return status;
}
