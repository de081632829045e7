/* SPDX-License-Identifier: MIT
 * check_sync.c: why a server does not synchronize, as far as its history tells: 6001, 6004, 6005, 6009, and the rules of
 * the environment (7xxx) that the words of the failure name. */
#include "rules/host_look.h"

#include "base/quote.h"

#include <string.h>

static wck_finding *on_server(check *c, const facts *f, int rule)
{
    wck_object object = {.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = f->node->name};

    return wck_finding_add(c, f->node, rule, &object);
}

static const char *keep(check *c, const char *text)
{
    return wck_text(c, "%s", text);
}

/* ---- what the history says ---- */

static const wck_sync_run *newest_ended(const facts *f)
{
    for (size_t i = f->head->sync_history.n; i-- > 0;) {
        const wck_sync_run *run = &f->head->sync_history.items[i];
        if (run->started != WCK_TIME_NONE && run->result != WCK_SYNC_RUNNING)
            return run;
    }
    return NULL;
}

static void look(const check *c, facts *f)
{
    sync_look *s = &f->sync;
    const wck_config *config = wck_listed(f, WCK_SECTION_CONFIG) ? &f->head->config : NULL;
    wck_cause_of of = {.root = f->head->server.parent == NULL, .config = config};

    s->last = wck_listed(f, WCK_SECTION_SYNC_HISTORY) ? newest_ended(f) : NULL;
    s->failed = s->last != NULL && s->last->result == WCK_SYNC_FAILED;
    if (!s->failed)
        return;
    s->error = wck_sync_error_name(s->last->error);
    s->cause = wck_cause_find(s->error, s->last->error_text, &of);
    wck_retry_predict(&s->retry, config, f->head->sync_history.items, f->head->sync_history.n, c->now);
    s->from = s->retry.automatic ? s->retry.first : s->last->started;
    s->to = s->last->ended != WCK_TIME_NONE ? s->last->ended : s->last->started;
}

void wck_sync_looks(check *c)
{
    for (size_t i = 0; i < c->tree->n; i++)
        look(c, &c->facts[i]);
}

/* ---- how it is said ---- */

/* The server's words in quotes, cleaned and shortened: a reason text can be ten megabytes of anything. */
static const char *words(check *c, const sync_look *s)
{
    char text[800], name[120];
    const char *error = s->error != NULL ? wck_quote_short(name, sizeof name, s->error, 60) : NULL;

    if (s->last->error_text == NULL)
        return error != NULL ? keep(c, error) : "failed, and no reason is given";
    wck_quote_short(text, sizeof text, s->last->error_text, 240);
    return error != NULL ? wck_text(c, "%s: \"%s\"", error, text) : wck_text(c, "\"%s\"", text);
}

void wck_sync_evidence(check *c, wck_finding *found, const facts *f)
{
    const sync_look *s = &f->sync;

    wck_finding_time(c, found, "failed_run", s->last->started);
    if (s->cause != NULL && s->cause->cause != NULL) {
        wck_finding_evidence(c, found, "cause", "%s", s->cause->cause);
        wck_finding_evidence(c, found, "source", "%s", s->cause->source);
    }
}

static const char *side_at_fault(const sync_look *s)
{
    if (s->sibling_fine != NULL && (s->cause == NULL || s->cause->side != WCK_SIDE_HERE))
        return "this server or its link";
    return wck_side_text(s->cause != NULL ? s->cause->side : WCK_SIDE_NOT_KNOWN);
}

static wck_heals heals(const sync_look *s)
{
    return s->cause != NULL ? s->cause->heals : WCK_HEALS_NOT_SAID;
}

/* By the clock of the server, where the zone it had when it was looked at is known: a schedule is set in that zone. */
static void on_its_clock(check *c, wck_finding *found, const facts *f, wck_time t)
{
    const wck_host *host = wck_host_of(f);
    int64_t minutes = host != NULL ? host->utc_offset_minutes : WCK_INT_NONE, size;
    char text[WCK_TIME_TEXT], zone[120];

    if (t == WCK_TIME_NONE || minutes == WCK_INT_NONE)
        return;
    size = minutes < 0 ? -minutes : minutes;
    wck_time_format_short(text, t + minutes * 60 * WCK_TICKS_PER_SECOND);
    wck_finding_evidence(c, found, "on_its_clock", "%.16s, UTC%c%02d:%02d%s%s", text, minutes < 0 ? '-' : '+',
                         (int)(size / 60), (int)(size % 60), host->time_zone != NULL ? ", " : "",
                         host->time_zone != NULL ? wck_quote_short(zone, sizeof zone, host->time_zone, 60) : "");
}

static void put_next(check *c, wck_finding *found, const facts *f)
{
    const wck_retry *r = &f->sync.retry;
    wck_time next = r->next_try != WCK_TIME_NONE ? r->next_try : r->next_scheduled;

    wck_finding_time(c, found, "next_attempt", next);
    on_its_clock(c, found, f, next);
}

/* ---- 6001 ---- */

static void check_failed(check *c, const facts *f)
{
    const sync_look *s = &f->sync;
    wck_finding *found = on_server(c, f, 6001);

    wck_finding_says(c, found, "a good synchronization", words(c, s));
    wck_sync_evidence(c, found, f);
    if (s->cause == NULL || s->cause->cause == NULL)
        wck_finding_evidence(c, found, "cause", "not known: these words are in no table");
    wck_finding_evidence(c, found, "heals_by_itself", "%s", wck_heals_text(heals(s)));
    wck_finding_evidence(c, found, "at_fault", "%s", side_at_fault(s));
    put_next(c, found, f);
    if (found != NULL && s->cause != NULL && s->cause->remedy != NULL)
        found->remedy = keep(c, s->cause->remedy);
}

/* ---- 6004, 6005 ---- */

static void retry_evidence(check *c, wck_finding *found, const facts *f)
{
    const sync_look *s = &f->sync;

    wck_finding_evidence(c, found, "tries", "%u of %u", s->retry.tries, s->retry.allowed);
    put_next(c, found, f);
    if (s->retry.next_try != WCK_TIME_NONE)
        wck_finding_time(c, found, "then_scheduled", s->retry.next_scheduled);
    wck_finding_evidence(c, found, "heals_by_itself", "%s", wck_heals_text(heals(s)));
}

static const char *remedy_of_pending(const sync_look *s)
{
    switch (heals(s)) {
    case WCK_HEALS_YES:
        return "Wait for the next try: the cause can heal by then.";
    case WCK_HEALS_NO:
        return "Correct the cause (WCK6001) before the next try: it does not heal by itself.";
    default:
        return NULL;
    }
}

static void check_retries(check *c, const facts *f)
{
    const sync_look *s = &f->sync;
    const char *remedy = remedy_of_pending(s);
    char when[WCK_TIME_TEXT];
    wck_finding *found;

    if (!s->retry.automatic)
        return;
    if (s->retry.next_try == WCK_TIME_NONE) {
        found = on_server(c, f, 6005);
        wck_finding_says(c, found, NULL, s->retry.next_scheduled == WCK_TIME_NONE
                                             ? "no try is ahead that is known of"
                                             : wck_text(c, "next attempt at %s",
                                                        wck_time_format_short(when, s->retry.next_scheduled)));
        retry_evidence(c, found, f);
        return;
    }
    found = on_server(c, f, 6004);
    wck_finding_says(c, found, NULL,
                     wck_text(c, "next attempt at %s", wck_time_format_short(when, s->retry.next_try)));
    retry_evidence(c, found, f);
    if (found != NULL && remedy != NULL)
        found->remedy = remedy;
}

/* ---- 6009 ---- */

static const char *update_error_text(check *c, const wck_update_error *e)
{
    char name[120], text[500];

    if (e->error == NULL && e->text == NULL)
        return "no reason is given";
    if (e->text == NULL)
        return keep(c, wck_quote_short(name, sizeof name, e->error, 60));
    wck_quote_short(text, sizeof text, e->text, 160);
    if (e->error == NULL)
        return wck_text(c, "\"%s\"", text);
    return wck_text(c, "%s: \"%s\"", wck_quote_short(name, sizeof name, e->error, 60), text);
}

/* The two kinds that the API names (ms752778). */
static const char *update_error_remedy(const wck_update_error *e)
{
    if (e->error != NULL && (strcmp(e->error, "DependencyNotFound") == 0 || strcmp(e->error, "1") == 0))
        return "Synchronize the upstream server first: a prerequisite or bundle member is missing there or here.";
    if (e->error != NULL && (strcmp(e->error, "MetadataInvalid") == 0 || strcmp(e->error, "2") == 0))
        return "Compare the update with the upstream server (WCK3022); decline it on the nearest autonomous server if "
               "it is not needed.";
    return NULL;
}

static bool said_before(const wck_sync_run *run, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (wck_guid_eq(run->update_errors[i].update, run->update_errors[at].update))
            return true;
    return false;
}

static void check_update_errors(check *c, const facts *f)
{
    enum { MOST = 1000 }; /* a run that failed for more updates than that has one cause, and 6001 says it */
    const wck_sync_run *run = f->sync.last;

    for (size_t i = 0; run != NULL && i < run->n_update_errors && i < MOST; i++) {
        const wck_update_error *e = &run->update_errors[i];
        wck_object object = wck_object_of_update(e->update, WCK_INT_NONE, NULL);
        const char *remedy = update_error_remedy(e);
        wck_finding *found;
        if (said_before(run, i))
            continue;
        if (wck_guid_is_zero(e->update))
            object = (wck_object){.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = f->node->name};
        found = wck_finding_add(c, f->node, 6009, &object);
        wck_finding_says(c, found, "imported", update_error_text(c, e));
        wck_finding_time(c, found, "run", run->started);
        if (found != NULL && remedy != NULL)
            found->remedy = remedy;
    }
}

/* ---- 6010 ---- */

static wck_time end_of_last_good(const facts *f)
{
    for (size_t i = f->head->sync_history.n; f->last_good_known && i-- > 0;) {
        const wck_sync_run *run = &f->head->sync_history.items[i];
        if (run->result == WCK_SYNC_SUCCEEDED && run->started == f->last_good)
            return run->ended != WCK_TIME_NONE && run->ended > run->started ? run->ended : run->started;
    }
    return WCK_TIME_NONE;
}

/* The newest event of that kind; NULL: none. */
static const wck_host_event *newest_event(const wck_host *host, int64_t id)
{
    const wck_host_event *newest = NULL;

    for (size_t i = 0; i < host->n_events; i++)
        if (host->events[i].id == id && (newest == NULL || host->events[i].time > newest->time))
            newest = &host->events[i];
    return newest;
}

/* A later "synchronized", "all is well" or good run takes an event back. */
static const wck_host_event *standing_event(const facts *f, const wck_host *host, int64_t id)
{
    enum { ALL_WELL = 10000, SYNCHRONIZED = 10020 };
    const wck_host_event *bad = newest_event(host, id), *well = newest_event(host, ALL_WELL),
                         *synchronized = newest_event(host, SYNCHRONIZED);
    wck_time good = end_of_last_good(f);

    if (bad == NULL || (well != NULL && well->time > bad->time) ||
        (synchronized != NULL && synchronized->time > bad->time) || (good != WCK_TIME_NONE && good > bad->time))
        return NULL;
    return bad;
}

static void event_evidence(check *c, wck_finding *found, const wck_host_event *e, const char *name)
{
    char text[400];

    if (e == NULL)
        return;
    wck_finding_time(c, found, name, e->time);
    if (e->text != NULL)
        wck_finding_evidence(c, found, "text", "%s", wck_quote_short(text, sizeof text, e->text, 160));
}

static void check_events(check *c, const facts *f)
{
    enum { TOO_LONG_AGO = 10021, UNSUCCESSFUL = 10022 };
    const wck_host *host = wck_listed(f, WCK_SECTION_HOST) ? f->head->host : NULL;
    const wck_host_event *old = host != NULL ? standing_event(f, host, TOO_LONG_AGO) : NULL;
    const wck_host_event *bad = host != NULL ? standing_event(f, host, UNSUCCESSFUL) : NULL;
    wck_finding *found;

    if (old == NULL && bad == NULL)
        return;
    found = on_server(c, f, 6010);
    wck_finding_says(c, found, "no such event since the last good synchronization",
                     old != NULL && bad != NULL ? "events 10021 and 10022" : old != NULL ? "event 10021" : "event 10022");
    event_evidence(c, found, old, "event_10021");
    event_evidence(c, found, bad, "event_10022");
}

/* ---- 7xxx from the words of the failure ---- */

static void check_environment(check *c, const facts *f)
{
    const sync_look *s = &f->sync;
    wck_finding *found;

    if (s->cause == NULL || s->cause->rule == 0)
        return;
    found = on_server(c, f, s->cause->rule);
    wck_finding_says(c, found, NULL, words(c, s));
    wck_sync_evidence(c, found, f);
    if (found != NULL)
        found->remedy = keep(c, s->cause->remedy);
}

void wck_check_sync(check *c, facts *f)
{
    if (f->sync.failed && !f->sync.parent_down) {
        check_failed(c, f);
        check_retries(c, f);
        check_environment(c, f);
    }
    check_update_errors(c, f);
    check_events(c, f);
}
