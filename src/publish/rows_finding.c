/* SPDX-License-Identifier: MIT
 * rows_finding.c: rows of findings. */
#include "publish/rows.h"

#include "base/quote.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_states(char *out, const wck_node *node)
{
    static const char digits[] = {[WCK_COVERAGE_ABSENT] = '0',
                                  [WCK_COVERAGE_UNKNOWN] = '0',
                                  [WCK_COVERAGE_PARTIAL] = '1',
                                  [WCK_COVERAGE_COMPLETE] = '2'};

    for (int k = 0; k < WCK_SECTION_COUNT; k++)
        out[k] = digits[node->now->head->coverage[k].state];
}

char *wck_rows_basis(char *out, const wck_node *node)
{
    put_states(out, node);
    if (node->parent != NULL)
        put_states(out + WCK_SECTION_COUNT, node->parent);
    else
        memset(out + WCK_SECTION_COUNT, node->unknown_parent ? '0' : '2', WCK_SECTION_COUNT);
    out[2 * WCK_SECTION_COUNT] = '\0';
    return out;
}

/* ---- evidence as JSON ---- */

static bool told_before(const wck_finding *f, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(f->evidence[k].name, f->evidence[i].name) == 0)
            return true;
    return false;
}

static void put_evidence(wck_pub_row *row, const wck_finding *f)
{
    const char *comma = "", *text;
    wck_buf out;

    wck_buf_init(&out, SIZE_MAX / 4);
    wck_buf_putc(&out, '{');
    for (size_t i = 0; i < f->n_evidence; i++) {
        if (told_before(f, i)) /* as in the report document: the first one counts */
            continue;
        wck_buf_puts(&out, comma);
        wck_quote_json(&out, f->evidence[i].name);
        wck_buf_puts(&out, ": ");
        wck_quote_json(&out, f->evidence[i].value);
        comma = ", ";
    }
    wck_buf_putc(&out, '}');
    text = out.failed ? NULL : wck_arena_strdup(row->scratch, wck_buf_text(&out));
    row->failed = row->failed || text == NULL;
    wck_fill_text(row, WCK_COL_finding_evidence, text);
    wck_buf_clear(&out);
}

/* ---- rows ---- */

static void put_object(wck_pub_row *row, const wck_object *o)
{
    wck_fill_text(row, WCK_COL_finding_kind, wck_object_kind_name(o->kind));
    wck_fill_guid(row, WCK_COL_finding_update_id, o->update);
    wck_fill_int(row, WCK_COL_finding_revision, o->revision);
    wck_fill_guid(row, WCK_COL_finding_group_id, o->group);
    wck_fill_guid(row, WCK_COL_finding_category_id, o->category);
    wck_fill_guid(row, WCK_COL_finding_eula_id, o->eula);
    wck_fill_text(row, WCK_COL_finding_language, o->language);
    wck_fill_text(row, WCK_COL_finding_file, o->file);
    wck_fill_text(row, WCK_COL_finding_title, o->title);
    wck_fill_text(row, WCK_COL_finding_name, o->name);
}

static wck_status put_finding(wck_publishing *w, const wck_finding *f, size_t nth)
{
    wck_pub_row *row = wck_publish_row(w, WCK_TABLE_finding);
    char rule[16], basis[WCK_BASIS_TEXT];

    snprintf(rule, sizeof rule, "WCK%04d", f->rule);
    wck_fill_text(row, WCK_COL_finding_fingerprint, f->fingerprint);
    wck_fill_count(row, WCK_COL_finding_nth, nth);
    wck_fill_text(row, WCK_COL_finding_server, w->report->servers.items[f->place].name);
    wck_fill_text(row, WCK_COL_finding_path, f->server);
    wck_fill_text(row, WCK_COL_finding_parent, f->upstream);
    wck_fill_text(row, WCK_COL_finding_rule, rule);
    wck_fill_text(row, WCK_COL_finding_slug, f->slug);
    wck_fill_text(row, WCK_COL_finding_severity, wck_severity_name(f->severity));
    wck_fill_text(row, WCK_COL_finding_result, wck_result_name(f->result));
    put_object(row, &f->object);
    wck_fill_text(row, WCK_COL_finding_expected, f->expected);
    wck_fill_text(row, WCK_COL_finding_actual, f->actual);
    wck_fill_text(row, WCK_COL_finding_message, f->message);
    wck_fill_text(row, WCK_COL_finding_remedy, f->remedy);
    put_evidence(row, f);
    wck_fill_text(row, WCK_COL_finding_waiver, f->waiver);
    wck_fill_text(row, WCK_COL_finding_basis, wck_rows_basis(basis, w->nodes[f->place]));
    return wck_publish_put_row(w);
}

wck_status wck_rows_findings(wck_publishing *w)
{
    wck_map seen = {0}; /* fingerprint -> how many of it */
    wck_status status = WCK_OK;

    for (size_t i = 0; i < w->report->findings.n && status == WCK_OK; i++) {
        const wck_finding *f = &w->report->findings.items[i];
        wck_map_entry *entry;
        if (f->place >= w->report->servers.n || w->nodes[f->place] == NULL)
            continue;
        entry = wck_map_put(&seen, f->fingerprint, strlen(f->fingerprint), NULL);
        if (entry == NULL) {
            status = wck_fail_memory(w->err, "publishing");
            break;
        }
        entry->value = (void *)((uintptr_t)entry->value + 1);
        status = put_finding(w, f, (size_t)(uintptr_t)entry->value);
        w->counts->findings++;
    }
    wck_map_clear(&seen);
    return status;
}
