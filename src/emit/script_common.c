/* SPDX-License-Identifier: MIT
 * script_common.c: one script per server and tier, and the order to run them in. */
#include "emit/script_common.h"

#include "base/quote.h"
#include "emit/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Letters, digits, '.', '-' and '_' stay; a name never begins with a dot. Names need not be distinct: the
 * number is. */
static void safe_name(char *out, size_t size, const char *name)
{
    size_t n = 0;

    for (; *name != '\0' && n + 1 < size; name++) {
        char c = *name;
        bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '_' || (c == '.' && n > 0);
        out[n++] = safe ? c : '_';
    }
    while (n > 0 && out[n - 1] == '.') /* Windows drops a dot at the end */
        out[--n] = '\0';
    out[n] = '\0';
}

wck_script *wck_script_split(const wck_plan *plan, size_t *n)
{
    wck_script *out = calloc(plan->actions.n + 1, sizeof *out);

    *n = 0;
    for (size_t i = 0; i < plan->actions.n && out != NULL; i++) {
        const wck_plan_action *a = &plan->actions.items[i];
        char name[64];
        if (*n > 0 && strcmp(plan->actions.items[i - 1].server, a->server) == 0) {
            out[*n - 1].to = i + 1;
            continue;
        }
        safe_name(name, sizeof name, a->server_name != NULL ? a->server_name : a->server);
        out[*n] = (wck_script){.from = i, .to = i + 1, .number = *n + 1};
        snprintf(out[*n].stem, sizeof out[*n].stem, "%02zu-%s", *n + 1, name[0] != '\0' ? name : "server");
        ++*n;
    }
    return out;
}

static void hash_object(wck_buf *out, const wck_object *o)
{
    char id[4][WCK_GUID_TEXT];

    wck_buf_printf(out, "%d %s %" PRId64 " %s %s %s\n", (int)o->kind, wck_guid_format(id[0], o->update),
                   o->revision, wck_guid_format(id[1], o->group), wck_guid_format(id[2], o->category),
                   wck_guid_format(id[3], o->eula));
}

static bool hash_action(wck_hasher *hasher, const wck_plan_action *a)
{
    char id[WCK_GUID_TEXT];
    bool ok;
    wck_buf buf;

    wck_buf_init(&buf, 16U << 20);
    wck_buf_printf(&buf, "%zu %u %d %" PRId64 " %" PRId64 "\n", a->order, a->tier, (int)a->kind, a->action,
                   a->deadline);
    hash_object(&buf, &a->object);
    for (size_t i = 0; i < a->n_prior; i++)
        wck_buf_printf(&buf, "%s %" PRId64 " %" PRId64 " %" PRId64 "\n",
                       wck_guid_format(id, a->prior[i].group), a->prior[i].revision, a->prior[i].action,
                       a->prior[i].deadline);
    ok = !buf.failed && wck_hasher_put(hasher, wck_buf_text(&buf), buf.len);
    wck_buf_clear(&buf);
    return ok;
}

bool wck_script_plan_id(char *out, const wck_plan *plan)
{
    wck_hasher *hasher = wck_hasher_new();
    char hex[WCK_DIGEST_HEX], head[64];
    wck_digest digest;
    bool ok = hasher != NULL;

    if (hasher == NULL)
        return false;
    snprintf(head, sizeof head, "%" PRId64 "\n", plan->made_at);
    ok = wck_hasher_put(hasher, head, strlen(head));
    for (size_t i = 0; i < plan->snapshots.n && ok; i++)
        ok = wck_hasher_put(hasher, plan->snapshots.items[i].digest.bytes, WCK_DIGEST_SIZE);
    for (size_t i = 0; i < plan->actions.n && ok; i++)
        ok = hash_action(hasher, &plan->actions.items[i]);
    ok = wck_hasher_end(hasher, &digest) && ok;
    if (!ok)
        return false;
    wck_digest_format(hex, &digest);
    memcpy(out, hex, WCK_PLAN_ID - 1);
    out[WCK_PLAN_ID - 1] = '\0';
    return true;
}

const wck_plan_snapshot *wck_script_snapshot(const wck_plan *plan, const char *server)
{
    for (size_t i = 0; i < plan->snapshots.n; i++)
        if (strcmp(plan->snapshots.items[i].server, server) == 0)
            return &plan->snapshots.items[i];
    return NULL;
}

char *wck_script_time(char *out, wck_time t)
{
    wck_time rest = t == WCK_TIME_NONE ? 0 : t % WCK_TICKS_PER_SECOND;

    if (t != WCK_TIME_NONE)
        t -= rest < 0 ? rest + WCK_TICKS_PER_SECOND : rest;
    return wck_time_format(out, t);
}

/* ---- run-order.json ---- */

/* A JSON string in ASCII: other characters as \uXXXX. */
static void json_text(wck_buf *out, const char *text)
{
    const char *end = text + strlen(text);

    wck_buf_putc(out, '"');
    while (text < end) {
        long c = wck_utf8_next(&text, end);
        if (c < 0)
            c = 0xFFFD;
        if (c == '"' || c == '\\')
            wck_buf_printf(out, "\\%c", (int)c);
        else if (c >= 0x20 && c < 0x7F)
            wck_buf_putc(out, (char)c);
        else if (c < 0x10000)
            wck_buf_printf(out, "\\u%04lx", (unsigned long)c);
        else
            wck_buf_printf(out, "\\u%04lx\\u%04lx", 0xD800UL + (((unsigned long)c - 0x10000UL) >> 10),
                           0xDC00UL + (((unsigned long)c - 0x10000UL) & 0x3FFUL));
    }
    wck_buf_putc(out, '"');
}

static void put_after(wck_buf *out, const wck_script *s, bool last, const char *extension)
{
    if (last)
        wck_buf_printf(out, "%s.%s exits 0; then collect again and check", s->stem, extension);
    else
        wck_buf_printf(
            out,
            "%s.%s exits 0: every step is done, and no synchronization or saving of the configuration runs "
            "on its server any more",
            s->stem, extension);
}

wck_status wck_script_order_json(wck_buf *out, const wck_plan *plan, const wck_script *scripts, size_t n,
                                 const char *extension, wck_error *err)
{
    wck_buf_puts(out, "[");
    for (size_t i = 0; i < n; i++) {
        const wck_script *s = &scripts[i];
        wck_buf_printf(out, "%s\n  {\"order\": %zu, \"tier\": %u, \"server\": ", i > 0 ? "," : "", s->number,
                       plan->actions.items[s->from].tier);
        json_text(out, plan->actions.items[s->from].server);
        wck_buf_printf(out, ", \"script\": \"%s.%s\", \"undo\": \"%s.undo.%s\", \"actions\": [", s->stem,
                       extension, s->stem, extension);
        for (size_t k = s->from; k < s->to; k++)
            wck_buf_printf(out, "%s\"%s\"", k > s->from ? ", " : "", plan->actions.items[k].id);
        wck_buf_puts(out, "], \"after\": \"");
        put_after(out, s, i + 1 == n, extension);
        wck_buf_puts(out, "\"}");
    }
    wck_buf_puts(out, n > 0 ? "\n]\n" : "]\n");
    return wck_emit_done(out, "writing the run order", err);
}

/* ---- run-order.md ---- */

/* Cleaned text in which no character means anything to Markdown or HTML. */
static void markdown_text(wck_buf *out, const char *text)
{
    wck_buf clean;

    wck_buf_init(&clean, 1U << 20);
    wck_emit_safe(&clean, text, 0);
    for (const char *c = wck_buf_text(&clean); *c != '\0'; c++) {
        if (strchr("\\`*_{}[]()#+!|<>&~", *c) != NULL)
            wck_buf_putc(out, '\\');
        wck_buf_putc(out, *c);
    }
    out->failed = out->failed || clean.failed;
    wck_buf_clear(&clean);
}

static void markdown_step(wck_buf *out, const wck_plan_action *a)
{
    wck_buf what;

    wck_buf_init(&what, 1U << 16);
    wck_emit_object(&what, &a->object);
    wck_buf_printf(out, "- `%s` **%s** ", a->id, wck_action_kind_name(a->kind));
    markdown_text(out, wck_buf_text(&what));
    wck_buf_clear(&what);
    for (size_t i = 0; i < a->languages.n; i++) {
        wck_buf_puts(out, i > 0 ? ", " : " ");
        markdown_text(out, a->languages.items[i]);
    }
    wck_buf_printf(out, " (risk %s%s). ", wck_risk_name(a->risk), a->reversible ? "" : ", cannot be undone");
    markdown_text(out, a->why);
    wck_buf_puts(out, "\n  Before: ");
    markdown_text(out, a->precondition);
    wck_buf_puts(out, " Undo: ");
    markdown_text(out, a->undo != NULL ? a->undo : "cannot be undone.");
    for (size_t i = 0; i < a->n_reaches; i++) {
        wck_buf_puts(out, i == 0 ? "\n  Also changes: " : ", ");
        markdown_text(out, a->reaches[i]);
    }
    wck_buf_putc(out, '\n');
}

static void markdown_manual(wck_buf *out, const wck_plan *plan)
{
    if (plan->manual.n > 0)
        wck_buf_puts(out, "\n## By hand\n\n");
    for (size_t i = 0; i < plan->manual.n;) {
        const wck_plan_manual *m = &plan->manual.items[i];
        size_t k = i;
        while (k < plan->manual.n && plan->manual.items[k].rule == m->rule &&
               strcmp(plan->manual.items[k].server, m->server) == 0 &&
               strcmp(plan->manual.items[k].why, m->why) == 0)
            k++;
        wck_buf_printf(out, "- WCK%04d on ", m->rule);
        markdown_text(out, m->server);
        wck_buf_printf(out, " (%zu): ", k - i);
        markdown_text(out, m->why);
        wck_buf_putc(out, '\n');
        i = k;
    }
}

wck_status wck_script_order_markdown(wck_buf *out, const wck_plan *plan, const wck_script *scripts, size_t n,
                                     const char *extension, wck_error *err)
{
    char time[WCK_TIME_TEXT], id[WCK_PLAN_ID];

    if (!wck_script_plan_id(id, plan))
        return wck_fail_memory(err, "writing the run order");
    wck_buf_printf(
        out,
        "# Run order\n\nPlan `%s` of %s. Run the scripts one after the other, in this order; each one must "
        "exit 0 before the next begins. Try each with `-WhatIf` first. A script asks before every step; "
        "`-Confirm:$false` runs it unattended. Running it again does only what is still to be done.\n",
        id, wck_time_format_short(time, plan->made_at));
    for (size_t i = 0; i < n; i++) {
        const wck_script *s = &scripts[i];
        wck_buf_printf(out, "\n## %zu. %s.%s\n\nOn server ", s->number, s->stem, extension);
        markdown_text(out, plan->actions.items[s->from].server);
        wck_buf_printf(out, ", tier %u. Undo: `%s.undo.%s`.\n\n", plan->actions.items[s->from].tier, s->stem,
                       extension);
        for (size_t k = s->from; k < s->to; k++)
            markdown_step(out, &plan->actions.items[k]);
        wck_buf_puts(out, "\nThen: ");
        put_after(out, s, i + 1 == n, extension);
        wck_buf_puts(out, ".\n");
    }
    markdown_manual(out, plan);
    wck_buf_printf(out, "\n%zu findings: %zu answered by %zu actions, %zu by hand; %zu waived.\n",
                   plan->findings, plan->findings - plan->manual.n, plan->actions.n, plan->manual.n,
                   plan->waived);
    return wck_emit_done(out, "writing the run order", err);
}
