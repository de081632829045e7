/* SPDX-License-Identifier: MIT
 * report.c: findings sorted, fingerprinted and counted; text and exit code come from the same numbers. */
#include "model/report.h"

#include "base/buf.h"
#include "base/map.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

wck_report *wck_report_new(void)
{
    wck_report *report = calloc(1, sizeof *report);

    if (report == NULL)
        return NULL;
    report->arena = wck_arena_new();
    report->checked_at = WCK_TIME_NONE;
    if (report->arena == NULL) {
        free(report);
        return NULL;
    }
    return report;
}

void wck_report_free(wck_report *report)
{
    while (report != NULL) {
        wck_report *next = report->absorbed;
        wck_vec_clear(&report->servers);
        wck_vec_clear(&report->findings);
        wck_arena_free(report->arena);
        free(report);
        report = next;
    }
}

wck_status wck_report_absorb(wck_report *into, wck_report *from, wck_error *err)
{
    size_t had = into->findings.n;
    wck_report *last = from;

    for (size_t i = 0; i < from->findings.n; i++) {
        wck_finding *f = wck_vec_push(&into->findings);
        if (f == NULL) {
            into->findings.n = had;
            return wck_fail_memory(err, "putting reports together");
        }
        *f = from->findings.items[i];
    }
    while (last->absorbed != NULL)
        last = last->absorbed;
    last->absorbed = into->absorbed;
    into->absorbed = from;
    return WCK_OK;
}

static int cmp_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

#define STEP(expr)                                                                                             \
    do {                                                                                                       \
        int c_ = (expr);                                                                                       \
        if (c_ != 0)                                                                                           \
            return c_;                                                                                         \
    } while (0)

int wck_object_cmp(const wck_object *a, const wck_object *b)
{
    STEP((a->kind > b->kind) - (a->kind < b->kind));
    STEP(wck_guid_cmp(a->update, b->update));
    STEP(wck_guid_cmp(a->group, b->group));
    STEP((a->revision > b->revision) - (a->revision < b->revision));
    STEP(wck_guid_cmp(a->category, b->category));
    STEP(wck_guid_cmp(a->eula, b->eula));
    STEP(cmp_text(a->language, b->language));
    STEP(cmp_text(a->file, b->file));
    return cmp_text(a->name, b->name);
}

static void put_part(wck_buf *out, const char *text)
{
    wck_buf_putc(out, '|');
    wck_buf_puts(out, text);
}

void wck_finding_fingerprint(wck_finding *f)
{
    char guid[WCK_GUID_TEXT], hex[WCK_DIGEST_HEX];
    wck_digest digest;
    wck_buf buf;

    /* identities only: a changed title, deadline or time keeps the fingerprint, so waivers go on matching */
    wck_buf_init(&buf, SIZE_MAX / 4); /* a path of many long names is no reason for two findings to look alike */
    wck_buf_printf(&buf, "WCK%04d|", f->rule);
    wck_buf_puts(&buf, f->server);
    wck_buf_printf(&buf, "|%d|", (int)f->object.kind);
    wck_buf_puts(&buf, wck_guid_format(guid, f->object.update));
    wck_buf_printf(&buf, "|%" PRId64, f->object.kind == WCK_OBJECT_APPROVAL ? WCK_INT_NONE : f->object.revision);
    put_part(&buf, wck_guid_format(guid, f->object.group));
    put_part(&buf, wck_guid_format(guid, f->object.category));
    put_part(&buf, wck_guid_format(guid, f->object.eula));
    put_part(&buf, f->object.language != NULL ? f->object.language : "");
    put_part(&buf, f->object.file != NULL ? f->object.file : "");
    if (f->object.kind == WCK_OBJECT_SECTION)
        wck_buf_printf(&buf, "|%s", f->object.name);
    if (!wck_digest_of(&digest, wck_buf_text(&buf), buf.len))
        memset(&digest, 0, sizeof digest);
    wck_buf_clear(&buf);
    wck_digest_format(hex, &digest);
    memcpy(f->fingerprint, hex, 32);
    f->fingerprint[32] = '\0';
}

static int cmp_finding(const void *pa, const void *pb)
{
    const wck_finding *a = pa, *b = pb;

    STEP((a->place > b->place) - (a->place < b->place));
    STEP(cmp_text(a->server, b->server));
    STEP(a->rule - b->rule);
    STEP(wck_object_cmp(&a->object, &b->object));
    STEP(cmp_text(a->expected, b->expected));
    return cmp_text(a->actual, b->actual);
}

/* One by one, for when there is no memory for a map. SIZE_MAX: not listed, behind all that are. */
static size_t place_of(const wck_report *r, const char *path)
{
    for (size_t i = 0; i < r->servers.n; i++)
        if (strcmp(r->servers.items[i].path, path) == 0)
            return i;
    return SIZE_MAX;
}

/* The counts rest on the order, so it must come about whether or not there is memory. */
static void sort_findings(wck_report *r)
{
    wck_map places = {0};
    bool mapped = true;

    for (size_t i = 0; i < r->servers.n && mapped; i++) {
        bool added;
        wck_map_entry *e =
            wck_map_put(&places, r->servers.items[i].path, strlen(r->servers.items[i].path), &added);
        if (added)
            e->value = (void *)(uintptr_t)i;
        mapped = e != NULL;
    }
    for (size_t i = 0; i < r->findings.n; i++) {
        wck_finding *f = &r->findings.items[i];
        const wck_map_entry *e = mapped ? wck_map_find(&places, f->server, strlen(f->server)) : NULL;
        f->place = !mapped ? place_of(r, f->server) : e != NULL ? (size_t)(uintptr_t)e->value : SIZE_MAX;
    }
    if (r->findings.n > 0)
        qsort(r->findings.items, r->findings.n, sizeof *r->findings.items, cmp_finding);
    wck_map_clear(&places);
}

static void count_into(const wck_finding *f, size_t *errors, size_t *warnings, size_t *notes, size_t *unknown,
                       size_t *waived)
{
    if (f->result == WCK_RESULT_UNKNOWN)
        ++*unknown;
    else if (f->result == WCK_RESULT_WAIVED)
        ++*waived;
    else if (f->severity == WCK_SEVERITY_ERROR)
        ++*errors;
    else if (f->severity == WCK_SEVERITY_WARNING)
        ++*warnings;
    else
        ++*notes;
}

void wck_report_finish(wck_report *r)
{
    size_t at = 0;

    sort_findings(r);
    r->errors = r->warnings = r->notes = r->unknown = r->waived = 0;
    for (size_t i = 0; i < r->servers.n; i++) {
        wck_report_server *s = &r->servers.items[i];
        s->errors = s->warnings = s->notes = s->unknown = s->waived = 0;
        /* findings are in server order, so one pass suffices */
        for (; at < r->findings.n && strcmp(r->findings.items[at].server, s->path) == 0; at++)
            count_into(&r->findings.items[at], &s->errors, &s->warnings, &s->notes, &s->unknown, &s->waived);
    }
    for (size_t i = 0; i < r->findings.n; i++)
        count_into(&r->findings.items[i], &r->errors, &r->warnings, &r->notes, &r->unknown, &r->waived);
}

/* A core section that was read in part was not looked at whole, so the answer cannot be "all consistent". The
 * configuration is left out: no channel but the administration API tells all of it. */
static bool read_in_part(const wck_report *r)
{
    for (size_t i = 0; i < r->servers.n; i++)
        for (int s = 0; s < WCK_SECTION_CORE; s++)
            if (s != WCK_SECTION_CONFIG && r->servers.items[i].coverage[s].state == WCK_COVERAGE_PARTIAL)
                return true;
    return false;
}

int wck_report_exit(const wck_report *r, wck_severity fail_on)
{
    size_t bad = r->errors;

    if (fail_on <= WCK_SEVERITY_WARNING)
        bad += r->warnings;
    if (fail_on <= WCK_SEVERITY_NOTE)
        bad += r->notes;
    return bad > 0 ? 1 : r->unknown > 0 || read_in_part(r) ? 3 : 0;
}
