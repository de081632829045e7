/* SPDX-License-Identifier: MIT
 * check_server.c: rules about one server and the tree that need no update rows: coverage, age, clocks, names, modes. */
#include "rules/check.h"

#include "base/buf.h"

#include <stdio.h>
#include <string.h>

static wck_object server_object(const facts *f)
{
    return (wck_object){.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = f->node->name};
}

static wck_object section_object(wck_section section)
{
    return (wck_object){
        .kind = WCK_OBJECT_SECTION, .revision = WCK_INT_NONE, .name = wck_section_name(section)};
}

static wck_finding *on_server(check *c, facts *f, int rule)
{
    wck_object object = server_object(f);

    return wck_finding_add(c, f->node, rule, &object);
}

/* ---- 1xxx ---- */

static void check_unknown_parent(check *c, facts *f)
{
    if (f->node->unknown_parent) {
        const char *parent = f->head->server.parent != NULL ? f->head->server.parent : f->node->configured_parent;
        wck_finding_says(c, on_server(c, f, 1001), parent, NULL);
    }
}

static void check_too_deep(check *c, facts *f)
{
    if (f->node->n_children == 0 && f->node->depth > 3 && !f->node->below_cycle)
        wck_finding_says(c, on_server(c, f, 1003), "at most 3 levels", wck_text(c, "%u levels", f->node->depth));
}

static void check_cloned(check *c, facts *f)
{
    char id[WCK_GUID_TEXT];

    if (wck_guid_is_zero(f->head->server.server_id))
        return;
    for (size_t i = 0; i < c->tree->n; i++) {
        const facts *other = &c->facts[i];
        if (other != f && wck_guid_eq(other->head->server.server_id, f->head->server.server_id)) {
            wck_finding *found = on_server(c, f, 1004);
            wck_finding_says(c, found, "an id of its own", wck_guid_format(id, f->head->server.server_id));
            wck_finding_evidence(c, found, "also", "%.300s", other->node->path);
            return;
        }
    }
    if (f->node->id_alternates) {
        wck_finding *found = on_server(c, f, 1004);
        wck_finding_says(c, found, "one id", wck_guid_format(id, f->head->server.server_id));
        wck_finding_evidence(c, found, "reason", "the name answers with two ids in turn");
    }
}

void wck_check_tree_rules(check *c)
{
    for (size_t i = 0; i < c->tree->n; i++) {
        facts *f = &c->facts[i];
        check_unknown_parent(c, f);
        if (f->node->on_cycle)
            wck_finding_says(c, on_server(c, f, 1002), NULL, f->head->server.parent);
        check_too_deep(c, f);
        check_cloned(c, f);
    }
}

static void check_mode(check *c, facts *f)
{
    wck_mode told = f->head->server.mode, seen = WCK_MODE_UNKNOWN, wanted = f->node->configured_mode;
    const wck_config *config = &f->head->config;

    if (wck_listed(f, WCK_SECTION_CONFIG) && config->has_upstream && config->upstream.replica != WCK_BOOL_NONE)
        seen = config->upstream.replica ? WCK_MODE_REPLICA : WCK_MODE_AUTONOMOUS;
    if (wanted == WCK_MODE_UNKNOWN)
        wanted = told;
    if (seen == WCK_MODE_UNKNOWN)
        seen = told;
    if (wanted != WCK_MODE_UNKNOWN && seen != WCK_MODE_UNKNOWN && wanted != seen)
        wck_finding_says(c, on_server(c, f, 1007), wck_mode_name(wanted), wck_mode_name(seen));
}

/* ---- 2010 ---- */

static void check_selection_below_root(check *c, facts *f)
{
    const wck_config *config = &f->head->config;

    if (f->head->server.parent == NULL || !wck_listed(f, WCK_SECTION_CONFIG))
        return;
    if (config->selected_products.n == 0 && config->selected_classifications.n == 0)
        return;
    wck_finding_says(c, on_server(c, f, 2010), "no selection",
                     wck_text(c, "%zu products, %zu classifications", config->selected_products.n,
                              config->selected_classifications.n));
}

/* ---- 6xxx ---- */

static void check_age_of_sync(check *c, facts *f)
{
    double hours = wck_sync_interval(f), age, limit;
    wck_time at = f->head->server.collected_at;
    wck_finding *found;

    if (f->never_synced) {
        wck_finding_says(c, on_server(c, f, 6003), "a good synchronization", "none");
        return;
    }
    if (!wck_complete(f, WCK_SECTION_SYNC_HISTORY) || !f->last_good_known || at == WCK_TIME_NONE || hours == 0)
        return;
    limit = hours < 0 ? 48 : 2 * hours;
    age = (double)(at - f->last_good) / (double)WCK_TICKS_PER_SECOND / 3600.0;
    if (age <= limit)
        return;
    found = on_server(c, f, 6002);
    wck_finding_says(c, found, wck_text(c, "at most %g hours", limit), wck_text(c, "%.1f hours", age));
    wck_finding_time(c, found, "last_good_sync", f->last_good);
}

/* ---- 9xxx ---- */

static const char *first_reason(const wck_snapshot *h)
{
    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        if (h->coverage[s].reason != NULL)
            return h->coverage[s].reason;
    return "no section was read";
}

static void check_coverage(check *c, facts *f)
{
    /* a mode nobody tells is a part of the configuration that could not be read (rules.md "Tree") */
    bool mode_unknown = f->node->mode == WCK_MODE_UNKNOWN && f->head->server.parent != NULL;

    if (f->nothing_read) {
        wck_finding_says(c, on_server(c, f, 9001), "readable", first_reason(f->head));
        return;
    }
    for (int s = 0; s < WCK_SECTION_COUNT; s++) {
        const wck_coverage *cov = &f->head->coverage[s];
        bool unknown = cov->state == WCK_COVERAGE_UNKNOWN || (cov->state == WCK_COVERAGE_ABSENT && s < WCK_SECTION_CORE);
        wck_object object = section_object((wck_section)s);
        const char *why = cov->reason != NULL ? cov->reason : "not in the snapshot";
        if (!unknown && s == WCK_SECTION_CONFIG && mode_unknown) {
            unknown = true;
            why = "the mode, replica or autonomous, is not known";
        }
        if (unknown)
            wck_finding_says(c, wck_finding_add(c, f->node, 9002, &object), "readable", why);
    }
}

static void check_snapshot_age(check *c, facts *f)
{
    unsigned limit = c->options->max_age_hours != 0 ? c->options->max_age_hours : 24;
    wck_time at = f->head->server.collected_at;
    double age;

    if (at == WCK_TIME_NONE || f->nothing_read)
        return;
    age = (double)(c->now - at) / (double)WCK_TICKS_PER_SECOND / 3600.0;
    if (age > (double)limit)
        wck_finding_says(c, on_server(c, f, 9003), wck_text(c, "at most %u hours old", limit),
                         wck_text(c, "%.1f hours old", age));
}

static void check_torn(check *c, facts *f)
{
    for (int s = 0; s < WCK_SECTION_COUNT; s++) {
        const wck_coverage *cov = &f->head->coverage[s];
        if (cov->state == WCK_COVERAGE_PARTIAL && cov->reason != NULL && strncmp(cov->reason, "torn", 4) == 0) {
            wck_finding_says(c, on_server(c, f, 9004), "one state", cov->reason);
            return;
        }
    }
}

/* One a server, however many sections: it is one look that is not to be trusted. Its result is unknown, because nobody
 * knows what that server holds. */
static void check_suspect(check *c, facts *f)
{
    const wck_reader *before = f->node->before;
    const char *what = NULL;
    wck_finding *found;

    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        if (f->suspect[s])
            what = what == NULL ? wck_section_name((wck_section)s)
                                : wck_text(c, "%s, %s", what, wck_section_name((wck_section)s));
    if (what == NULL)
        return;
    found = on_server(c, f, 9005);
    wck_finding_says(c, found, "about as many rows as last time", wck_text(c, "far fewer rows, or none, in: %s", what));
    for (int s = 0; s < WCK_SECTION_COUNT; s++) {
        if (!f->suspect[s])
            continue;
        if (before != NULL && before->head->coverage[s].state == WCK_COVERAGE_COMPLETE)
            wck_finding_evidence(c, found, wck_section_name((wck_section)s), "%zu, last time %zu",
                                 wck_row_count(f->node->now, (wck_section)s), wck_row_count(before, (wck_section)s));
        else
            wck_finding_evidence(c, found, wck_section_name((wck_section)s), "%zu",
                                 wck_row_count(f->node->now, (wck_section)s));
    }
}

static void check_clock(check *c, facts *f)
{
    wck_time ours = f->head->server.collected_at, theirs = f->head->server.server_time;
    double seconds;

    if (ours == WCK_TIME_NONE || theirs == WCK_TIME_NONE)
        return;
    seconds = (double)(theirs - ours) / (double)WCK_TICKS_PER_SECOND;
    if (seconds > 300 || seconds < -300)
        wck_finding_says(c, on_server(c, f, 9006), "at most 5 minutes apart",
                         wck_text(c, "%.0f seconds %s", seconds < 0 ? -seconds : seconds,
                                  seconds < 0 ? "behind" : "ahead"));
}

void wck_check_server(check *c, facts *f)
{
    check_mode(c, f);
    check_selection_below_root(c, f);
    check_age_of_sync(c, f);
    check_coverage(c, f);
    check_snapshot_age(c, f);
    check_torn(c, f);
    check_suspect(c, f);
    check_clock(c, f);
}

/* ---- against the previous snapshot ---- */

static void check_parent_changed(check *c, facts *f)
{
    const char *now = f->head->server.parent, *then = f->node->before->head->server.parent;

    if (now != then && (now == NULL || then == NULL || strcmp(now, then) != 0))
        wck_finding_says(c, on_server(c, f, 1006), then != NULL ? then : "Microsoft Update",
                         now != NULL ? now : "Microsoft Update");
}

/* Enabled codes of a frozen snapshot as "de, en", for comparing and for people. */
static const char *enabled_languages(check *c, const wck_snapshot *h)
{
    wck_buf buf;
    const char *text;

    wck_buf_init(&buf, 4096); /* 40 languages of a few letters */
    for (size_t i = 0; i < h->languages.n; i++) {
        const wck_language *l = &h->languages.items[i];
        if (l->enabled && (l->id == 0 || strcmp(l->code, "all") == 0)) {
            wck_buf_reset(&buf);
            wck_buf_puts(&buf, "all");
            break;
        }
        if (l->enabled)
            wck_buf_printf(&buf, "%s%s", buf.len > 0 ? ", " : "", l->code);
    }
    text = wck_text(c, "%s", buf.len > 0 ? wck_buf_text(&buf) : "none");
    wck_buf_clear(&buf);
    return text;
}

static void check_languages_changed(check *c, facts *f)
{
    const wck_snapshot *then = f->node->before->head;
    const char *a, *b;

    if (!wck_complete(f, WCK_SECTION_LANGUAGES) ||
        then->coverage[WCK_SECTION_LANGUAGES].state != WCK_COVERAGE_COMPLETE)
        return;
    a = enabled_languages(c, then);
    b = enabled_languages(c, f->head);
    if (a != NULL && b != NULL && strcmp(a, b) != 0)
        wck_finding_says(c, on_server(c, f, 2002), a, b);
}

void wck_check_server_history(check *c, facts *f)
{
    char then[WCK_GUID_TEXT], now[WCK_GUID_TEXT];

    if (f->node->before == NULL)
        return;
    if (f->rebuilt)
        wck_finding_says(c, on_server(c, f, 1005),
                         wck_guid_format(then, f->node->before->head->server.server_id),
                         wck_guid_format(now, f->head->server.server_id));
    check_parent_changed(c, f);
    check_languages_changed(c, f);
}
