/* SPDX-License-Identifier: MIT
 * sarif.c: SARIF 2.1.0 (OASIS standard): one run, one result a finding. Servers are logical locations. What could not be
 * looked at has kind "open" and level "none", as the standard wants it (3.27.9, 3.27.10); waived findings are
 * suppressed. */
#include "emit/forms.h"
#include "emit/parts.h"

#include "codec/json.h"
#include "wck/version.h"

#include <inttypes.h>
#include <stdlib.h>

static void text_member(wck_buf *out, const char *name, const char *text)
{
    wck_buf_printf(out, "\"%s\":", name);
    if (text == NULL)
        wck_buf_puts(out, "null");
    else
        wck_emit_quoted(out, text, wck_json_put_text);
}

static void put_rule(wck_buf *out, const wck_finding *f)
{
    wck_buf_printf(out, "{\"id\":\"WCK%04d\",", f->rule);
    text_member(out, "name", f->slug != NULL ? f->slug : "");
    wck_buf_puts(out, ",\"shortDescription\":{");
    text_member(out, "text", f->message != NULL ? f->message : "");
    wck_buf_puts(out, "},\"help\":{");
    text_member(out, "text", f->remedy != NULL ? f->remedy : "");
    wck_buf_printf(out, "},\"defaultConfiguration\":{\"level\":\"%s\"}}", wck_severity_name(f->severity));
}

static void put_tool(wck_buf *out, const wck_finding *const *rules, size_t n)
{
    wck_buf_puts(out, "\"tool\":{\"driver\":{\"name\":\"wsusck\",\"version\":\"" WCK_VERSION "\",\"rules\":[");
    for (size_t i = 0; i < n; i++) {
        wck_buf_puts(out, i > 0 ? ",\n  " : "\n  ");
        put_rule(out, rules[i]);
    }
    wck_buf_puts(out, "]}},\n");
}

static void put_invocation(wck_buf *out, const wck_report *r, const wck_text_style *style)
{
    char time[WCK_TIME_TEXT];

    wck_buf_printf(out, "\"invocations\":[{\"executionSuccessful\":true,\"exitCode\":%d", style->exit_code);
    if (r->checked_at != WCK_TIME_NONE)
        wck_buf_printf(out, ",\"endTimeUtc\":\"%s\"", wck_time_format(time, r->checked_at));
    wck_buf_puts(out, "}],\n");
}

static void put_guid(wck_buf *out, const char *name, wck_guid id)
{
    char text[WCK_GUID_TEXT];

    if (!wck_guid_is_zero(id))
        wck_buf_printf(out, ",\"%s\":\"%s\"", name, wck_guid_format(text, id));
}

static void put_optional(wck_buf *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    wck_buf_putc(out, ',');
    text_member(out, name, text);
}

/* The same keys as in the report document. */
static void put_properties(wck_buf *out, const wck_finding *f)
{
    const wck_object *o = &f->object;

    wck_buf_printf(out, "\"properties\":{\"kind\":\"%s\"", wck_object_kind_name(o->kind));
    put_optional(out, "upstream", f->upstream);
    put_guid(out, "update", o->update);
    if (o->revision != WCK_INT_NONE)
        wck_buf_printf(out, ",\"revision\":%" PRId64, o->revision);
    put_guid(out, "group", o->group);
    put_guid(out, "category", o->category);
    put_guid(out, "eula", o->eula);
    put_optional(out, "language", o->language);
    put_optional(out, "file", o->file);
    put_optional(out, "title", o->title);
    put_optional(out, "name", o->name);
    put_optional(out, "expected", f->expected);
    put_optional(out, "actual", f->actual);
    wck_buf_putc(out, '}');
}

static const char *last_part(const char *path)
{
    const char *last = path;

    for (; *path != '\0'; path++)
        if (*path == '/')
            last = path + 1;
    return last;
}

static void put_result(wck_buf *out, const wck_finding *f, size_t index)
{
    bool open = f->result == WCK_RESULT_UNKNOWN;

    wck_buf_printf(out, "{\"ruleId\":\"WCK%04d\",\"ruleIndex\":%zu,\"kind\":\"%s\",\"level\":\"%s\",\"message\":{\"text\":",
                   f->rule, index, open ? "open" : "fail", open ? "none" : wck_severity_name(f->severity));
    wck_emit_quoted_made(out, f, wck_emit_message, wck_json_put_text);
    wck_buf_puts(out, "},\"locations\":[{\"logicalLocations\":[{");
    text_member(out, "name", last_part(f->server));
    wck_buf_putc(out, ',');
    text_member(out, "fullyQualifiedName", f->server);
    wck_buf_puts(out, ",\"kind\":\"module\"}]}],\"partialFingerprints\":{");
    text_member(out, "wsusck/v1", f->fingerprint);
    wck_buf_puts(out, "},");
    if (f->result == WCK_RESULT_WAIVED) {
        wck_buf_puts(out, "\"suppressions\":[{\"kind\":\"external\",");
        text_member(out, "justification", f->waiver != NULL ? f->waiver : "");
        wck_buf_puts(out, "}],");
    }
    put_properties(out, f);
    wck_buf_putc(out, '}');
}

wck_status wck_emit_report_sarif(wck_buf *out, const wck_report *r, const wck_text_style *style, wck_error *err)
{
    size_t n;
    const wck_finding **rules = wck_emit_rules(r, &n);

    if (rules == NULL)
        return wck_fail_memory(err, "writing the report");
    wck_buf_puts(out, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\n");
    put_tool(out, rules, n);
    put_invocation(out, r, style);
    wck_buf_puts(out, "\"results\":[");
    for (size_t i = 0; i < r->findings.n; i++) {
        wck_buf_puts(out, i > 0 ? ",\n  " : "\n  ");
        put_result(out, &r->findings.items[i], wck_emit_rule_index(rules, n, r->findings.items[i].rule));
    }
    wck_buf_puts(out, "]\n}]}\n");
    free(rules);
    return wck_emit_done(out, "writing the report", err);
}
