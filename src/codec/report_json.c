/* SPDX-License-Identifier: MIT
 * report_json.c: the report document of cli.md, one server and one finding a line, and back. */
#include "codec/codec.h"

#include "codec/dom.h"
#include "codec/members.h"
#include "codec/report_private.h"
#include "model/snapshot.h"

#include <stdio.h>
#include <string.h>

#define FORMAT "wsusck-report"

/* ---- writing
 * -------------------------------------------------------------------------------------------------- */

static void put_coverage(wck_members *m, const wck_coverage coverage[WCK_SECTION_COUNT])
{
    wck_members sections;

    wck_member_key(m, "coverage");
    sections = wck_members_begin(m->out);
    for (int i = 0; i < WCK_SECTION_COUNT; i++) {
        wck_members entry;
        if (coverage[i].state == WCK_COVERAGE_ABSENT)
            continue;
        wck_member_key(&sections, wck_section_name((wck_section)i));
        entry = wck_members_begin(m->out);
        wck_member_text(&entry, "state", wck_coverage_name(coverage[i].state));
        wck_member_text(&entry, "reason", coverage[i].reason);
        wck_members_end(&entry);
    }
    wck_members_end(&sections);
}

static void put_counts(wck_members *m, const wck_report_server *server)
{
    wck_members counts;

    wck_member_key(m, "counts");
    counts = wck_members_begin(m->out);
    wck_member_size(&counts, "updates", server->updates);
    wck_member_size(&counts, "approvals", server->approvals);
    wck_member_size(&counts, "declined", server->declined);
    wck_member_size(&counts, "groups", server->groups);
    wck_member_size(&counts, "categories", server->categories);
    wck_member_size(&counts, "languages_enabled", server->languages_enabled);
    wck_members_end(&counts);
}

static void put_results(wck_members *m, const char *key, size_t errors, size_t warnings, size_t notes)
{
    wck_members by;

    wck_member_key(m, key);
    by = wck_members_begin(m->out);
    wck_member_size(&by, "error", errors);
    wck_member_size(&by, "warning", warnings);
    wck_member_size(&by, "note", notes);
    wck_members_end(&by);
}

static void put_server(wck_buf *out, const wck_report_server *server)
{
    wck_members m = wck_members_begin(out), snapshot;

    wck_member_text(&m, "name", server->name);
    wck_member_text(&m, "path", server->path);
    wck_member_guid(&m, "server_id", server->server_id);
    wck_member_text(&m, "parent", server->parent);
    wck_member_text(&m, "mode", wck_mode_name(server->mode));
    wck_member_text(&m, "version", server->version);
    wck_member_key(&m, "snapshot");
    snapshot = wck_members_begin(out);
    wck_member_text(&snapshot, "id", server->snapshot_id);
    wck_member_digest(&snapshot, "digest", &server->digest);
    wck_member_time(&snapshot, "collected_at", server->collected_at);
    wck_member_text(&snapshot, "source", server->source);
    wck_members_end(&snapshot);
    wck_member_time(&m, "last_good_sync", server->last_good_sync);
    put_coverage(&m, server->coverage);
    put_counts(&m, server);
    put_results(&m, "findings", server->errors, server->warnings, server->notes);
    wck_member_size(&m, "unknown", server->unknown);
    wck_member_size(&m, "waived", server->waived);
    wck_members_end(&m);
}

static void put_evidence(wck_members *m, const wck_finding *finding)
{
    wck_members facts;

    wck_member_key(m, "evidence");
    facts = wck_members_begin(m->out);
    for (size_t i = 0; i < finding->n_evidence; i++) {
        size_t j = 0;
        while (j < i && strcmp(finding->evidence[j].name, finding->evidence[i].name) != 0)
            j++;
        if (j == i) /* a key must not stand twice: the first one counts */
            wck_member_text(&facts, finding->evidence[i].name, finding->evidence[i].value);
    }
    wck_members_end(&facts);
}

void wck_report_put_finding(wck_buf *out, const wck_finding *finding)
{
    wck_members m = wck_members_begin(out);

    wck_member_rule(&m, "rule", finding->rule);
    wck_member_text(&m, "slug", finding->slug);
    wck_member_text(&m, "severity", wck_severity_name(finding->severity));
    wck_member_text(&m, "result", wck_result_name(finding->result));
    wck_member_text(&m, "server", finding->server);
    wck_member_text(&m, "upstream", finding->upstream);
    wck_member_object(&m, "object", &finding->object);
    wck_member_text(&m, "expected", finding->expected);
    wck_member_text(&m, "actual", finding->actual);
    wck_member_text(&m, "message", finding->message);
    wck_member_text(&m, "remedy", finding->remedy);
    put_evidence(&m, finding);
    wck_member_text(&m, "fingerprint", finding->fingerprint);
    if (finding->waiver != NULL)
        wck_member_text(&m, "waiver", finding->waiver);
    wck_members_end(&m);
}

enum { MAX_RULE = 10000 };

static bool put_by_rule(wck_members *m, const wck_report *report)
{
    size_t *counts = wck_arena_array(report->arena, MAX_RULE, sizeof *counts);
    wck_members by;
    char name[16];

    if (counts == NULL)
        return false;
    for (size_t i = 0; i < report->findings.n; i++)
        if (report->findings.items[i].rule > 0 && report->findings.items[i].rule < MAX_RULE)
            counts[report->findings.items[i].rule]++;
    wck_member_key(m, "by_rule");
    by = wck_members_begin(m->out);
    for (unsigned rule = 0; rule < MAX_RULE; rule++) {
        if (counts[rule] == 0)
            continue;
        snprintf(name, sizeof name, "WCK%04u", rule);
        wck_member_size(&by, name, counts[rule]);
    }
    wck_members_end(&by);
    return true;
}

static void put_summary(wck_members *m, const wck_report *report, int exit_code, bool *memory)
{
    wck_members summary, by;

    wck_member_key(m, "summary");
    summary = wck_members_begin(m->out);
    put_results(&summary, "by_severity", report->errors, report->warnings, report->notes);
    *memory = put_by_rule(&summary, report);
    wck_member_key(&summary, "by_server");
    by = wck_members_begin(m->out);
    for (size_t i = 0; i < report->servers.n; i++) {
        const wck_report_server *server = &report->servers.items[i];
        wck_member_size(&by, server->path,
                        server->errors + server->warnings + server->notes + server->unknown + server->waived);
    }
    wck_members_end(&by);
    wck_member_size(&summary, "findings", report->findings.n);
    wck_member_size(&summary, "unknown", report->unknown);
    wck_member_size(&summary, "waived", report->waived);
    wck_member_int(&summary, "exit", exit_code);
    wck_members_end(&summary);
}

wck_status wck_codec_put_report(wck_buf *out, const wck_report *report, int exit_code, wck_error *err)
{
    wck_members m = {out, false};
    bool memory;

    wck_buf_puts(out, "{\n\"format\":\"" FORMAT "\",\n\"format_version\":\"1.0\"");
    m.begun = true;
    wck_member_time(&m, "checked_at", report->checked_at);
    wck_buf_puts(out, ",\n\"servers\":[");
    for (size_t i = 0; i < report->servers.n; i++) {
        wck_buf_puts(out, i > 0 ? ",\n" : "\n");
        put_server(out, &report->servers.items[i]);
    }
    wck_buf_puts(out, "],\n\"findings\":[");
    for (size_t i = 0; i < report->findings.n; i++) {
        wck_buf_puts(out, i > 0 ? ",\n" : "\n");
        wck_report_put_finding(out, &report->findings.items[i]);
    }
    wck_buf_puts(out, "]");
    put_summary(&m, report, exit_code, &memory);
    wck_buf_puts(out, "\n}\n");
    if (!memory)
        return wck_fail_memory(err, "writing a report");
    if (out->failed)
        return wck_fail(err, WCK_E_LIMIT,
                        "could not write the report: it is longer than %zu bytes, or memory is short",
                        out->max);
    return WCK_OK;
}

/* ---- reading
 * -------------------------------------------------------------------------------------------------- */

static void read_coverage(const wck_dom *holder, wck_coverage coverage[WCK_SECTION_COUNT])
{
    wck_dom sections, entry;

    if (!wck_dom_object(&sections, holder, "coverage", WCK_DOM_OPTIONAL))
        return;
    for (int i = 0; i < WCK_SECTION_COUNT; i++) {
        if (!wck_dom_object(&entry, &sections, wck_section_name((wck_section)i), WCK_DOM_OPTIONAL))
            continue;
        wck_dom_word(&entry, "state", WCK_DOM_REQUIRED, wck_coverage_parse, &coverage[i].state,
                     "complete, partial or unknown");
        coverage[i].reason = wck_dom_text(&entry, "reason", WCK_DOM_OPTIONAL);
    }
}

static size_t read_count(const wck_dom *counts, const char *key)
{
    int64_t n = wck_dom_int(counts, key, WCK_DOM_OPTIONAL, 0, INT64_MAX);

    return n > 0 ? (size_t)n : 0;
}

static void read_server(const wck_dom *s, wck_report_server *server)
{
    wck_dom snapshot, counts;

    server->name = wck_dom_text(s, "name", WCK_DOM_REQUIRED);
    server->path = wck_dom_text(s, "path", WCK_DOM_REQUIRED);
    server->server_id = wck_dom_guid(s, "server_id");
    server->parent = wck_dom_text(s, "parent", WCK_DOM_OPTIONAL);
    wck_dom_word(s, "mode", WCK_DOM_OPTIONAL, wck_mode_parse, &server->mode,
                 "replica, autonomous or unknown");
    server->version = wck_dom_text(s, "version", WCK_DOM_OPTIONAL);
    server->collected_at = WCK_TIME_NONE;
    if (wck_dom_object(&snapshot, s, "snapshot", WCK_DOM_OPTIONAL)) {
        server->snapshot_id = wck_dom_text(&snapshot, "id", WCK_DOM_OPTIONAL);
        server->digest = wck_dom_sha256(&snapshot, "digest");
        server->collected_at = wck_dom_time(&snapshot, "collected_at");
        server->source = wck_dom_text(&snapshot, "source", WCK_DOM_OPTIONAL);
    }
    server->last_good_sync = wck_dom_time(s, "last_good_sync");
    read_coverage(s, server->coverage);
    if (wck_dom_object(&counts, s, "counts", WCK_DOM_OPTIONAL)) {
        server->updates = read_count(&counts, "updates");
        server->approvals = read_count(&counts, "approvals");
        server->declined = read_count(&counts, "declined");
        server->groups = read_count(&counts, "groups");
        server->categories = read_count(&counts, "categories");
        server->languages_enabled = read_count(&counts, "languages_enabled");
    }
}

static void read_evidence(const wck_dom *f, wck_finding *finding)
{
    wck_dom facts;
    const char *key;
    json_t *value;

    if (!wck_dom_object(&facts, f, "evidence", WCK_DOM_OPTIONAL))
        return;
    finding->evidence =
        wck_arena_array(f->document->arena, json_object_size(facts.json), sizeof *finding->evidence);
    if (finding->evidence == NULL) {
        f->document->status = wck_fail_memory(f->document->err, "reading a report");
        return;
    }
    json_object_foreach(facts.json, key, value)
    {
        wck_evidence *fact = &finding->evidence[finding->n_evidence++];
        fact->name = wck_arena_strdup(f->document->arena, key);
        fact->value = wck_dom_text(&facts, key, WCK_DOM_OPTIONAL);
    }
}

static void read_finding(const wck_dom *f, wck_finding *finding)
{
    const char *fingerprint = wck_dom_text(f, "fingerprint", WCK_DOM_REQUIRED);

    finding->rule = wck_dom_rule(f, "rule");
    finding->slug = wck_dom_text(f, "slug", WCK_DOM_OPTIONAL);
    wck_dom_word(f, "severity", WCK_DOM_REQUIRED, wck_severity_parse, &finding->severity,
                 "error, warning or note");
    wck_dom_word(f, "result", WCK_DOM_REQUIRED, wck_result_parse, &finding->result,
                 "fail, unknown or waived");
    finding->server = wck_dom_text(f, "server", WCK_DOM_REQUIRED);
    finding->upstream = wck_dom_text(f, "upstream", WCK_DOM_OPTIONAL);
    finding->object = wck_dom_finding_object(f, "object");
    finding->expected = wck_dom_text(f, "expected", WCK_DOM_OPTIONAL);
    finding->actual = wck_dom_text(f, "actual", WCK_DOM_OPTIONAL);
    finding->message = wck_dom_text(f, "message", WCK_DOM_OPTIONAL);
    finding->remedy = wck_dom_text(f, "remedy", WCK_DOM_OPTIONAL);
    read_evidence(f, finding);
    finding->waiver = wck_dom_text(f, "waiver", WCK_DOM_OPTIONAL);
    if (fingerprint == NULL)
        return;
    if (strlen(fingerprint) != 32 || strspn(fingerprint, "0123456789abcdef") != 32)
        wck_dom_fail(f, "fingerprint", "must be 32 hexadecimal digits");
    else
        memcpy(finding->fingerprint, fingerprint, sizeof finding->fingerprint);
}

static void read_lists(const wck_dom *root, wck_report *report)
{
    wck_dom list, item;

    if (wck_dom_array(&list, root, "servers", WCK_DOM_REQUIRED))
        for (size_t i = 0; i < wck_dom_size(&list) && wck_dom_item(&item, &list, i); i++) {
            wck_report_server *server = wck_vec_push(&report->servers);
            if (server == NULL)
                root->document->status = wck_fail_memory(root->document->err, "reading a report");
            else
                read_server(&item, server);
        }
    if (wck_dom_array(&list, root, "findings", WCK_DOM_REQUIRED))
        for (size_t i = 0; i < wck_dom_size(&list) && wck_dom_item(&item, &list, i); i++) {
            wck_finding *finding = wck_vec_push(&report->findings);
            if (finding == NULL)
                root->document->status = wck_fail_memory(root->document->err, "reading a report");
            else
                read_finding(&item, finding);
        }
}

void wck_report_read(const wck_dom *at, wck_report *report)
{
    wck_dom_format(at, FORMAT);
    report->checked_at = wck_dom_time(at, "checked_at");
    read_lists(at, report);
}

wck_status wck_codec_parse_report(wck_report **out, const void *data, size_t len, wck_error *err)
{
    wck_report *report = wck_report_new();
    wck_dom_document document;
    wck_status status;
    wck_dom root;

    *out = NULL;
    if (report == NULL)
        return wck_fail_memory(err, "reading a report");
    if (wck_dom_open(&document, &root, data, len, report->arena, err))
        wck_report_read(&root, report);
    status = document.status;
    wck_dom_close(&document);
    if (status == WCK_OK) {
        wck_report_finish(report); /* sorts and counts: the numbers never come from outside */
        *out = report;
    } else {
        wck_report_free(report);
    }
    return status;
}
