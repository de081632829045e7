/* SPDX-License-Identifier: MIT
 * run_order.c: run-order.json for programs and run-order.md for people: who does what, where, in which order, how long
 * it takes and how to see that it worked, with boxes to tick. */
#include "emit/script_common.h"

#include "base/quote.h"
#include "emit/text.h"

#include <string.h>

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
                                 const wck_dialect *dialect, wck_error *err)
{
    const char *extension = dialect->extension;
    size_t last = n, put = 0;

    while (last > 0 && !wck_dialect_has(dialect, plan, &scripts[last - 1]))
        last--;
    wck_buf_puts(out, "[");
    for (size_t i = 0; i < last; i++) {
        const wck_script *s = &scripts[i];
        size_t listed = 0;
        if (!wck_dialect_has(dialect, plan, s))
            continue;
        wck_buf_printf(out, "%s\n  {\"order\": %zu, \"tier\": %u, \"server\": ", put++ > 0 ? "," : "", s->number,
                       plan->actions.items[s->from].tier);
        json_text(out, plan->actions.items[s->from].server);
        wck_buf_printf(out, ", \"script\": \"%s.%s\", \"undo\": \"%s.undo.%s\", \"actions\": [", s->stem,
                       extension, s->stem, extension);
        for (size_t k = s->from; k < s->to; k++)
            if (wck_dialect_takes(dialect, plan, k))
                wck_buf_printf(out, "%s\"%s\"", listed++ > 0 ? ", " : "", plan->actions.items[k].id);
        wck_buf_puts(out, "], \"after\": \"");
        put_after(out, s, i + 1 == last, extension);
        wck_buf_puts(out, "\"}");
    }
    wck_buf_puts(out, put > 0 ? "\n]\n" : "]\n");
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

/* What a person wants to know of a kind beside what the plan says. */
typedef struct hint {
    wck_action_kind kind;
    unsigned minutes; /* usual; a synchronization is known by its own history */
    const char *see;
} hint;

static const hint hints[] = {
    {WCK_DO_VERIFY, 1, "the script says that the server answers and is idle; 'wsusutil checkhealth' writes to the event log"},
    {WCK_DO_SET_UPSTREAM, 2, "Options, Update Source and Proxy Server, shows the new name and port; the next synchronization succeeds"},
    {WCK_DO_SET_PROXY, 2, "Options, Update Source and Proxy Server: basic authentication in cleartext is not ticked any more"},
    {WCK_DO_SELECT_PRODUCT, 2, "Options, Products and Classifications, has the product ticked"},
    {WCK_DO_SELECT_CLASSIFICATION, 2, "Options, Products and Classifications, has the classification ticked"},
    {WCK_DO_SET_LANGUAGES, 2, "Options, Update Files and Languages, lists the languages"},
    {WCK_DO_CANCEL_DOWNLOAD, 1, "the update's file status is not 'downloading' any more"},
    {WCK_DO_SYNCHRONIZE, 30, "Synchronizations shows a run that succeeded, started after this step"},
    {WCK_DO_CREATE_GROUP, 1, "Computers shows the group"},
    {WCK_DO_ACCEPT_EULA, 1, "the update can be approved without a question"},
    {WCK_DO_APPROVE, 1, "the update's approval column shows the group"},
    {WCK_DO_UNAPPROVE, 1, "the update is not approved for the groups any more"},
    {WCK_DO_DECLINE, 1, "the update stands under Approval: Declined"},
    {WCK_DO_UNDECLINE, 1, "the update does not stand under Approval: Declined, and its approvals are as before"},
    {WCK_DO_REMOVE_INACTIVE_APPROVALS, 10, "'wsusutil listinactiveapprovals' lists nothing"},
    {WCK_DO_RESET_CONTENT, 240, "no event 364 follows, and no update has 'files needed' any more when the downloads have ended"},
    {WCK_DO_RESTART_SERVICE, 5, "'sc query' says RUNNING"},
    {WCK_DO_SET_PERMISSIONS, 5, "'icacls' lists Network Service with (F) and Users with (RX)"},
};

static const hint *hint_of(wck_action_kind kind)
{
    size_t i = 0;

    while (i + 1 < sizeof hints / sizeof hints[0] && hints[i].kind != kind)
        i++;
    return &hints[i];
}

static void markdown_step(wck_buf *out, const wck_plan_action *a)
{
    wck_buf what;

    wck_buf_init(&what, 1U << 16);
    wck_emit_object(&what, &a->object);
    wck_emit_target(&what, a);
    wck_buf_printf(out, "- [ ] `%s` **%s** ", a->id, wck_action_kind_name(a->kind));
    markdown_text(out, wck_buf_text(&what));
    wck_buf_clear(&what);
    for (size_t i = 0; i < a->languages.n; i++) {
        wck_buf_puts(out, i > 0 ? ", " : " ");
        markdown_text(out, a->languages.items[i]);
    }
    wck_buf_printf(out, " (risk %s%s). ", wck_risk_name(a->risk), a->reversible ? "" : ", cannot be undone");
    markdown_text(out, a->why != NULL ? a->why : "");
    wck_buf_puts(out, "\n  Before: ");
    markdown_text(out, a->precondition != NULL ? a->precondition : "nothing");
    wck_buf_printf(out, " To see that it worked: %s.", hint_of(a->kind)->see);
    wck_buf_puts(out, " Undo: ");
    markdown_text(out, a->undo != NULL ? a->undo : "cannot be undone.");
    for (size_t i = 0; i < a->n_reaches; i++) {
        wck_buf_puts(out, i == 0 ? "\n  Also changes: " : ", ");
        markdown_text(out, a->reaches[i]);
    }
    wck_buf_putc(out, '\n');
}

/* Each of the distinct "who" once, in the order of the steps. */
static void markdown_who(wck_buf *out, const wck_plan *plan, const wck_script *s, const wck_dialect *dialect)
{
    const char *seen[8] = {NULL};
    size_t n = 0;

    for (size_t k = s->from; k < s->to && n < sizeof seen / sizeof seen[0]; k++) {
        const char *who = plan->actions.items[k].who;
        size_t i = 0;
        if (who == NULL || !wck_dialect_takes(dialect, plan, k))
            continue;
        while (i < n && strcmp(seen[i], who) != 0)
            i++;
        if (i < n)
            continue;
        seen[n++] = who;
        wck_buf_puts(out, n == 1 ? "- Who: " : " ");
        markdown_text(out, who);
    }
    wck_buf_puts(out, n > 0 ? "\n" : "");
}

static void markdown_how_long(wck_buf *out, const wck_plan *plan, const wck_script *s, const wck_dialect *dialect)
{
    size_t minutes = 0;
    bool longer = false;

    for (size_t k = s->from; k < s->to; k++) {
        if (!wck_dialect_takes(dialect, plan, k))
            continue;
        minutes += hint_of(plan->actions.items[k].kind)->minutes;
        longer = longer || plan->actions.items[k].kind == WCK_DO_SYNCHRONIZE ||
                 plan->actions.items[k].kind == WCK_DO_RESET_CONTENT;
    }
    if (minutes < 120)
        wck_buf_printf(out, "- How long: some %zu minutes", minutes);
    else
        wck_buf_printf(out, "- How long: some %zu hours", (minutes + 59) / 60);
    wck_buf_puts(out, longer ? ", more when much arrives; the script waits for the end of a synchronization\n" : "\n");
}

static void markdown_script(wck_buf *out, const wck_plan *plan, const wck_script *s, const wck_dialect *dialect, bool last)
{
    const wck_plan_action *first = &plan->actions.items[s->from];

    wck_buf_printf(out, "\n## %zu. %s.%s\n\n- Where: server ", s->number, s->stem, dialect->extension);
    markdown_text(out, first->server);
    wck_buf_printf(out, ", tier %u\n", first->tier);
    markdown_who(out, plan, s, dialect);
    markdown_how_long(out, plan, s, dialect);
    wck_buf_printf(out, "- Undo: `%s.undo.%s`\n\n", s->stem, dialect->extension);
    for (size_t k = s->from; k < s->to; k++)
        if (wck_dialect_takes(dialect, plan, k))
            markdown_step(out, &plan->actions.items[k]);
    wck_buf_puts(out, "\nThen: ");
    put_after(out, s, last, dialect->extension);
    wck_buf_puts(out, ".\n");
}

/* What cannot be undone is listed before anything begins. */
static void markdown_final(wck_buf *out, const wck_plan *plan, const wck_dialect *dialect)
{
    size_t n = 0;

    for (size_t k = 0; k < plan->actions.n; k++) {
        const wck_plan_action *a = &plan->actions.items[k];
        if (a->reversible || !wck_dialect_takes(dialect, plan, k))
            continue;
        wck_buf_printf(out, "%s`%s` %s", n++ == 0 ? "\nCannot be undone: " : ", ", a->id, wck_action_kind_name(a->kind));
    }
    wck_buf_puts(out, n > 0 ? ".\n" : "");
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
                                     const wck_dialect *dialect, wck_error *err)
{
    char time[WCK_TIME_TEXT], id[WCK_PLAN_ID];
    size_t last = n, others = 0;

    while (last > 0 && !wck_dialect_has(dialect, plan, &scripts[last - 1]))
        last--;
    for (size_t k = 0; k < plan->actions.n; k++)
        others += !wck_dialect_takes(dialect, plan, k);
    if (!wck_script_plan_id(id, plan))
        return wck_fail_memory(err, "writing the run order");
    wck_buf_printf(out,
                   "# Run order\n\nPlan `%s` of %s. Run the scripts one after the other, in this order; each one must "
                   "exit 0 before the next begins. Try each with `%s` first. A script asks before every step; "
                   "`%s` runs it unattended. Running it again does only what is still to be done.\n",
                   id, wck_time_format_short(time, plan->made_at), dialect->try_out, dialect->unattended);
    if (others > 0)
        wck_buf_printf(out, "\n%zu other actions of this plan are none of a command line: \"wsusck script --dialect "
                            "powershell\" has them all. Their place in the order is kept free.\n",
                       others);
    markdown_final(out, plan, dialect);
    for (size_t i = 0; i < last; i++)
        if (wck_dialect_has(dialect, plan, &scripts[i]))
            markdown_script(out, plan, &scripts[i], dialect, i + 1 == last);
    markdown_manual(out, plan);
    wck_buf_printf(out, "\n%zu findings: %zu answered by %zu actions, %zu by hand; %zu waived.\n",
                   plan->findings, plan->findings - plan->manual.n, plan->actions.n, plan->manual.n,
                   plan->waived);
    return wck_emit_done(out, "writing the run order", err);
}

wck_status wck_script_orders(wck_buf *buf, const wck_plan *plan, const wck_script *scripts, size_t n,
                             const wck_dialect *dialect, wck_file_fn *fn, void *payload, wck_error *err)
{
    wck_status status = wck_script_order_json(buf, plan, scripts, n, dialect, err);

    if (status == WCK_OK)
        status = wck_script_hand_over(buf, "run-order", ".json", fn, payload, err);
    if (status == WCK_OK)
        status = wck_script_order_markdown(buf, plan, scripts, n, dialect, err);
    if (status == WCK_OK)
        status = wck_script_hand_over(buf, "run-order", ".md", fn, payload, err);
    return status;
}
