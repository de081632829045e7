/* SPDX-License-Identifier: MIT
 * csv.c: one row per finding (RFC 4180), every cell through wck_quote_csv. */
#include "emit/text.h"

#include "base/quote.h"

#include <inttypes.h>
#include <stdio.h>

static void cell(wck_buf *out, const char *text)
{
    wck_buf_putc(out, ',');
    if (text != NULL)
        wck_quote_csv(out, text);
}

static void guid_cell(wck_buf *out, wck_guid id)
{
    char text[WCK_GUID_TEXT];

    cell(out, wck_guid_is_zero(id) ? NULL : wck_guid_format(text, id));
}

static void evidence_cell(wck_buf *out, const wck_finding *f)
{
    wck_buf text;

    wck_buf_init(&text, 1U << 16);
    for (size_t i = 0; i < f->n_evidence; i++)
        wck_buf_printf(&text, "%s%s=%s", i > 0 ? "; " : "", f->evidence[i].name, f->evidence[i].value);
    cell(out, wck_buf_text(&text));
    out->failed = out->failed || text.failed;
    wck_buf_clear(&text);
}

static void row(wck_buf *out, const wck_finding *f)
{
    const wck_object *o = &f->object;
    char revision[24] = "";

    if (o->revision != WCK_INT_NONE)
        snprintf(revision, sizeof revision, "%" PRId64, o->revision);
    wck_buf_printf(out, "WCK%04d", f->rule);
    cell(out, f->slug);
    cell(out, wck_severity_name(f->severity));
    cell(out, wck_result_name(f->result));
    cell(out, f->server);
    cell(out, f->upstream);
    cell(out, wck_object_kind_name(o->kind));
    guid_cell(out, o->update);
    cell(out, revision);
    guid_cell(out, o->group);
    guid_cell(out, o->category);
    guid_cell(out, o->eula);
    cell(out, o->language);
    cell(out, o->file);
    cell(out, o->title);
    cell(out, o->name);
    cell(out, f->expected);
    cell(out, f->actual);
    evidence_cell(out, f);
    cell(out, f->remedy);
    cell(out, f->fingerprint);
    cell(out, f->waiver);
    wck_buf_puts(out, "\r\n");
}

wck_status wck_emit_report_csv(wck_buf *out, const wck_report *report, wck_error *err)
{
    wck_buf_puts(
        out,
        "rule,slug,severity,result,server,upstream,kind,update,revision,group,category,eula,language,file,"
        "title,name,expected,actual,evidence,remedy,fingerprint,waiver\r\n");
    for (size_t i = 0; i < report->findings.n; i++)
        row(out, &report->findings.items[i]);
    return wck_emit_done(out, "writing the report", err);
}
