/* SPDX-License-Identifier: MIT
 * script_powershell.c: a plan → PowerShell scripts (cli.md "Scripts").
 *
 * A script is fixed text (powershell/ .ps1 files, embedded) around one block of data: the plan's identity and
 * one hashtable a step. Into that block go only GUIDs, integers, enum words, times and Base64; every text
 * from a server crosses through wck_quote_powershell (reliability.md 11). Pure ASCII, CRLF. */
#include "emit/script_common.h"

#include "base/quote.h"
#include "emit/text.h"
#include "model/snapshot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SCRIPT = 512 << 20 };

static void line(wck_buf *out, const char *text)
{
    wck_buf_puts(out, text);
    wck_buf_puts(out, "\r\n");
}

/* A fixed part, its line ends made CRLF. false: it was not built in. */
static bool put_part(wck_buf *out, const char *name)
{
    for (const wck_embedded *part = wck_embedded_scripts; part->name != NULL; part++) {
        if (strcmp(part->name, name) != 0)
            continue;
        for (const char *at = (const char *)part->data; *at != '\0';) {
            size_t len = strcspn(at, "\r\n");
            wck_buf_put(out, at, len);
            at += len;
            at += *at == '\r';
            if (*at == '\n') {
                wck_buf_puts(out, "\r\n");
                at++;
            }
        }
        return true;
    }
    return false;
}

static void assign_text(wck_buf *out, const char *indent, const char *name, const char *text)
{
    wck_buf_printf(out, "%s%s = ", indent, name);
    wck_quote_powershell(out, text);
    wck_buf_puts(out, "\r\n");
}

static void assign_guid(wck_buf *out, const char *indent, const char *name, wck_guid id)
{
    char text[WCK_GUID_TEXT];

    wck_buf_printf(out, "%s%s = '%s'\r\n", indent, name,
                   wck_guid_is_zero(id) ? "" : wck_guid_format(text, id));
}

static void assign_time(wck_buf *out, const char *indent, const char *name, wck_time t)
{
    char text[WCK_TIME_TEXT];

    wck_buf_printf(out, "%s%s = '%s'\r\n", indent, name, wck_script_time(text, t));
}

/* The API's words. Wire code 3 is its NotApproved (domain.md 3.1). */
static const char *action_word(int64_t action)
{
    return action == WCK_ACTION_INSTALL     ? "Install"
           : action == WCK_ACTION_UNINSTALL ? "Uninstall"
                                            : "NotApproved";
}

static int64_t revision_or_latest(int64_t revision)
{
    return revision > 0 && revision <= INT32_MAX ? revision : 0; /* GetUpdate takes 0 as the latest */
}

static void put_prior(wck_buf *out, const wck_plan_action *a)
{
    char group[WCK_GUID_TEXT], deadline[WCK_TIME_TEXT];

    line(out, "        Prior = @(");
    for (size_t i = 0; i < a->n_prior; i++)
        wck_buf_printf(
            out, "            @{ Group = '%s'; Revision = %" PRId64 "; Action = '%s'; Deadline = '%s' }\r\n",
            wck_guid_format(group, a->prior[i].group), revision_or_latest(a->prior[i].revision),
            action_word(a->prior[i].action), wck_script_time(deadline, a->prior[i].deadline));
    line(out, "        )");
}

static void put_languages(wck_buf *out, const wck_plan_action *a)
{
    line(out, "        Languages = @(");
    for (size_t i = 0; i < a->languages.n; i++) {
        wck_buf_puts(out, "            ");
        wck_quote_powershell(out, a->languages.items[i]);
        wck_buf_puts(out, "\r\n");
    }
    line(out, "        )");
}

/* What ShouldProcess shows: cleaned, so that a title cannot move the cursor of the person who confirms. */
static void put_about(wck_buf *out, const wck_plan_action *a)
{
    wck_buf about;

    wck_buf_init(&about, 1U << 16);
    wck_emit_object(&about, &a->object);
    wck_emit_target(&about, a);
    if (about.len > 0)
        wck_buf_puts(&about, " on ");
    wck_emit_safe(&about, a->server, 100);
    assign_text(out, "        ", "About", wck_buf_text(&about));
    out->failed = out->failed || about.failed;
    wck_buf_clear(&about);
}

static void put_int(wck_buf *out, const char *name, int64_t value)
{
    wck_buf_printf(out, "        %s = %" PRId64 "\r\n", name, value > 0 ? value : 0);
}

/* sc.exe's words. */
static const char *start_word(wck_service_start start)
{
    return start == WCK_START_AUTOMATIC ? "auto" : start == WCK_START_MANUAL ? "demand" : "";
}

static void put_target(wck_buf *out, const wck_plan_action *a)
{
    static const char indent[] = "        ";
    const wck_plan_target *t = &a->target;

    switch (a->kind) {
    case WCK_DO_SET_UPSTREAM:
        assign_text(out, indent, "HostName", t->host != NULL ? t->host : "");
        put_int(out, "Port", t->port);
        put_int(out, "Ssl", t->ssl);
        assign_text(out, indent, "WasHost", t->was_host != NULL ? t->was_host : "");
        put_int(out, "WasPort", t->was_port);
        put_int(out, "WasSsl", t->was_ssl);
        break;
    case WCK_DO_CREATE_GROUP:
        assign_guid(out, indent, "Group", a->object.group);
        assign_guid(out, indent, "Parent", t->parent);
        assign_text(out, indent, "Name", a->object.name != NULL ? a->object.name : "");
        break;
    case WCK_DO_RESTART_SERVICE:
        wck_buf_printf(out, "        Service = '%s'\r\n        Start = '%s'\r\n",
                       t->service != NULL && wck_service_known(t->service) ? t->service : "", start_word(t->start));
        put_int(out, "Restart", t->restart);
        break;
    case WCK_DO_SET_PERMISSIONS:
        assign_text(out, indent, "Path", t->path != NULL ? t->path : "");
        break;
    default:
        break;
    }
}

static void put_step(wck_buf *out, const wck_plan_action *a)
{
    static const char indent[] = "        ";

    line(out, "    @{");
    wck_buf_printf(out, "        Id = '%s'\r\n        Kind = '%s'\r\n", a->id, wck_action_kind_name(a->kind));
    put_int(out, "Reversible", a->reversible);
    put_about(out, a);
    put_target(out, a);
    switch (a->kind) {
    case WCK_DO_SELECT_PRODUCT:
    case WCK_DO_SELECT_CLASSIFICATION:
        assign_guid(out, indent, "Category", a->object.category);
        break;
    case WCK_DO_SET_LANGUAGES:
        put_languages(out, a);
        break;
    case WCK_DO_APPROVE:
        assign_guid(out, indent, "Group", a->object.group);
        wck_buf_printf(out, "        Action = '%s'\r\n", action_word(a->action));
        assign_time(out, indent, "Deadline", a->deadline);
        break;
    default:
        break;
    }
    if (!wck_guid_is_zero(a->object.update)) {
        assign_guid(out, indent, "Update", a->object.update);
        wck_buf_printf(out, "        Revision = %" PRId64 "\r\n", revision_or_latest(a->object.revision));
        put_prior(out, a);
    }
    line(out, "    }");
}

static void put_identity(wck_buf *out, const wck_plan *plan, const wck_script *s, const char *id)
{
    const wck_plan_action *first = &plan->actions.items[s->from];
    const wck_plan_snapshot *snapshot = wck_script_snapshot(plan, first->server);
    char hex[WCK_DIGEST_HEX] = "";

    if (snapshot != NULL)
        wck_digest_format(hex, &snapshot->digest);
    line(out, "");
    line(out, "# ---- this plan ----");
    line(out, "");
    wck_buf_printf(out, "$PlanId = '%s'\r\n$JournalName = '%s.journal.jsonl'\r\n", id, s->stem);
    assign_guid(out, "", "$ServerId", snapshot != NULL ? snapshot->server_id : (wck_guid){0, 0});
    assign_text(out, "", "$ServerName", first->server_name != NULL ? first->server_name : first->server);
    assign_text(out, "", "$ServerFqdn", snapshot != NULL && snapshot->fqdn != NULL ? snapshot->fqdn : "");
    assign_text(out, "", "$ToolVersion", plan->tool_version != NULL ? plan->tool_version : "");
    assign_time(out, "", "$MadeAt", plan->made_at);
    assign_time(out, "", "$SnapshotAt", snapshot != NULL ? snapshot->collected_at : WCK_TIME_NONE);
    wck_buf_printf(out, "$SnapshotDigest = '%s'\r\n", hex);
}

static bool put_run(wck_buf *out, const wck_plan *plan, const wck_script *s, const char *id)
{
    bool ok = put_part(out, "head_run.ps1") && put_part(out, "common.ps1") && put_part(out, "run.ps1");

    put_identity(out, plan, s, id);
    line(out, "$Steps = @(");
    for (size_t i = s->from; i < s->to; i++)
        put_step(out, &plan->actions.items[i]);
    line(out, ")");
    return put_part(out, "tail.ps1") && ok;
}

static bool put_undo(wck_buf *out, const wck_plan *plan, const wck_script *s, const char *id)
{
    bool ok = put_part(out, "head_undo.ps1");

    for (size_t i = s->from; i < s->to; i++)
        if (!plan->actions.items[i].reversible)
            wck_buf_printf(out, "# cannot be undone: %s %s\r\n", plan->actions.items[i].id,
                           wck_action_kind_name(plan->actions.items[i].kind));
    ok = put_part(out, "common.ps1") && put_part(out, "undo.ps1") && ok;
    put_identity(out, plan, s, id);
    line(out, "$Steps = @(");
    for (size_t i = s->to; i-- > s->from;)
        if (plan->actions.items[i].reversible)
            put_step(out, &plan->actions.items[i]);
    line(out, ")");
    return put_part(out, "tail.ps1") && ok;
}

static wck_status put_scripts(wck_buf *buf, const wck_plan *plan, const wck_script *scripts, size_t n,
                              const char *id, wck_file_fn *fn, void *payload, wck_error *err)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < n && status == WCK_OK; i++) {
        bool whole = put_run(buf, plan, &scripts[i], id);
        if (whole)
            status = wck_script_hand_over(buf, scripts[i].stem, ".ps1", fn, payload, err);
        if (whole && status == WCK_OK) {
            whole = put_undo(buf, plan, &scripts[i], id);
            status = whole ? wck_script_hand_over(buf, scripts[i].stem, ".undo.ps1", fn, payload, err) : status;
        }
        if (!whole)
            status = wck_fail(err, WCK_E_ARG, "could not write a script: a fixed part was not built in");
    }
    return status;
}

wck_status wck_emit_script_powershell(const wck_plan *plan, wck_file_fn *fn, void *payload, wck_error *err)
{
    static const wck_dialect dialect = {"ps1", NULL, "-WhatIf", "-Confirm:$false"};
    size_t n = 0;
    wck_script *scripts = wck_script_split(plan, &n);
    char id[WCK_PLAN_ID];
    wck_status status = wck_script_check_ids(plan, err);
    wck_buf buf;

    wck_buf_init(&buf, MAX_SCRIPT);
    if (status == WCK_OK && (scripts == NULL || !wck_script_plan_id(id, plan)))
        status = wck_fail_memory(err, "writing the scripts");
    if (status == WCK_OK)
        status = put_scripts(&buf, plan, scripts, n, id, fn, payload, err);
    if (status == WCK_OK)
        status = wck_script_orders(&buf, plan, scripts, n, &dialect, fn, payload, err);
    wck_buf_clear(&buf);
    free(scripts);
    return status;
}
