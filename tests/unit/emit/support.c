/* SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>

const texts plain_texts = {"2026-01 Cumulative Update (KB5031356)", "Servers", "de", "connection refused"};

static const wck_time NOON = INT64_C(17640216000000000); /* 2025-11-24 22:00 UTC */

static void *must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

static const char *copy(wck_arena *arena, const char *text)
{
    return must(wck_arena_strdup(arena, text));
}

static wck_report_server *add_server(wck_report *r, const char *name, const char *path, const char *parent,
                                     wck_mode mode)
{
    wck_report_server *s = must(wck_vec_push(&r->servers));

    s->name = name;
    s->path = path;
    s->parent = parent;
    s->mode = mode;
    s->version = "10.0.20348.1";
    s->collected_at = NOON;
    s->last_good_sync = NOON - 5 * 3600 * WCK_TICKS_PER_SECOND;
    s->updates = 120;
    s->approvals = 33;
    s->declined = 4;
    return s;
}

static wck_finding *add_finding(wck_report *r, int rule, wck_severity severity, const char *server,
                                const char *message, const char *remedy)
{
    wck_finding *f = must(wck_vec_push(&r->findings));

    f->rule = rule;
    f->slug = "a_slug";
    f->severity = severity;
    f->result = WCK_RESULT_FAIL;
    f->server = server;
    f->upstream = strcmp(server, "hq") == 0 ? NULL : "hq";
    f->message = message;
    f->remedy = remedy;
    f->object.kind = WCK_OBJECT_SERVER;
    f->object.revision = WCK_INT_NONE;
    return f;
}

static void add_approvals(wck_report *r, const texts *t)
{
    for (unsigned i = 0; i < 12; i++) {
        wck_finding *f = add_finding(r, 4001, WCK_SEVERITY_ERROR, "hq/berlin",
                                     "the approval is missing on the replica", "Synchronize the replica.");
        f->object = (wck_object){.kind = WCK_OBJECT_APPROVAL,
                                 .update = {0x1111000000000000ULL, i + 1},
                                 .revision = 200,
                                 .group = {0x2222000000000000ULL, 1},
                                 .title = copy(r->arena, t->title),
                                 .name = copy(r->arena, t->group)};
        f->expected = "install";
        f->actual = "not approved";
    }
}

static void add_others(wck_report *r, const texts *t)
{
    wck_finding *f = add_finding(r, 3002, WCK_SEVERITY_NOTE, "hq/berlin",
                                 "the update arrived upstream after the last good synchronization",
                                 "None needed: the next synchronization brings it.");
    f->object = (wck_object){.kind = WCK_OBJECT_UPDATE,
                             .update = {0x3333000000000000ULL, 9},
                             .revision = 1,
                             .title = copy(r->arena, t->title)};
    f->expected = "listed";
    f->actual = "not listed";
    f->evidence = must(wck_arena_array(r->arena, 1, sizeof *f->evidence));
    f->evidence[0] = (wck_evidence){"expected_by", "2025-11-25T03:00:00Z"};
    f->n_evidence = 1;
    f = add_finding(r, 2001, WCK_SEVERITY_ERROR, "hq/berlin",
                    "a language is enabled here and not on the upstream server",
                    "Enable the language upstream, or disable it here.");
    f->object.kind = WCK_OBJECT_LANGUAGE;
    f->object.language = copy(r->arena, t->language);
    f->result = WCK_RESULT_WAIVED;
    f->waiver = "until the branch moves";
    f = add_finding(r, 9001, WCK_SEVERITY_WARNING, "hq/berlin/munich", "the server could not be read",
                    "Make it reachable and collect again.");
    f->result = WCK_RESULT_UNKNOWN;
    f->actual = copy(r->arena, t->reason);
}

wck_report *sample_report(const texts *t)
{
    wck_report *r = must(wck_report_new());
    wck_report_server *s;

    r->checked_at = NOON;
    add_server(r, "hq", "hq", NULL, WCK_MODE_AUTONOMOUS);
    add_server(r, "berlin", "hq/berlin", "hq", WCK_MODE_REPLICA);
    s = add_server(r, "munich", "hq/berlin/munich", "hq/berlin", WCK_MODE_REPLICA);
    s->last_good_sync = WCK_TIME_NONE;
    s->version = NULL;
    s->updates = s->approvals = s->declined = 0;
    add_server(r, "lab", "hq/lab", "hq", WCK_MODE_AUTONOMOUS);
    add_finding(r, 4010, WCK_SEVERITY_WARNING, "hq", "the approval is permanently inactive",
                "Run 'wsusutil removeinactiveapprovals' on this server.")
        ->object = (wck_object){.kind = WCK_OBJECT_APPROVAL,
                                .update = {0x4444000000000000ULL, 1},
                                .revision = 3,
                                .group = {0x2222000000000000ULL, 1},
                                .title = copy(r->arena, t->title),
                                .name = copy(r->arena, t->group)};
    add_approvals(r, t);
    add_others(r, t);
    for (size_t i = 0; i < r->findings.n; i++)
        wck_finding_fingerprint(&r->findings.items[i]);
    wck_report_finish(r);
    return r;
}

static wck_plan_action *add_action(wck_plan *p, wck_action_kind kind, const char *server, const char *name,
                                   const texts *t)
{
    wck_plan_action *a = must(wck_vec_push(&p->actions));
    char id[24];

    snprintf(id, sizeof id, "a%zu", p->actions.n);
    a->id = copy(p->arena, id);
    a->order = p->actions.n;
    a->kind = kind;
    a->server = server;
    a->server_name = name;
    a->tier = strcmp(server, "hq") == 0 ? 0 : 1;
    a->object = (wck_object){.kind = WCK_OBJECT_UPDATE,
                             .update = {0x5555000000000000ULL, p->actions.n},
                             .revision = 201,
                             .title = copy(p->arena, t->title)};
    a->action = WCK_INT_NONE;
    a->deadline = WCK_TIME_NONE;
    a->target = wck_plan_no_target();
    a->answers = must(wck_arena_array(p->arena, 1, sizeof *a->answers));
    a->answers[0] = "0123456789abcdef0123456789abcdef";
    a->n_answers = 1;
    a->precondition = "It is still so.";
    a->undo = "Put it back.";
    a->why = "Because. Answers WCK4001.";
    a->risk = WCK_RISK_MEDIUM;
    a->reversible = true;
    return a;
}

static wck_plan_action *on_server(wck_plan_action *a)
{
    a->object = (wck_object){.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = a->server_name};
    return a;
}

static wck_plan_action *final(wck_plan_action *a)
{
    a->reversible = false;
    a->undo = NULL;
    return a;
}

static void with_prior(wck_plan *p, wck_plan_action *a)
{
    a->prior = must(wck_arena_array(p->arena, 2, sizeof *a->prior));
    a->prior[0] = (wck_prior_approval){{0x2222000000000000ULL, 1}, 201, WCK_ACTION_INSTALL, NOON + 5};
    a->prior[1] = (wck_prior_approval){{0x2222000000000000ULL, 2}, 200, WCK_ACTION_BLOCK, WCK_TIME_NONE};
    a->n_prior = 2;
}

static void add_root_actions(wck_plan *p, const texts *t)
{
    wck_plan_action *a = add_action(p, WCK_DO_SELECT_PRODUCT, "hq", "hq", t);

    a->object = (wck_object){.kind = WCK_OBJECT_CATEGORY,
                             .revision = WCK_INT_NONE,
                             .category = {0x6666000000000000ULL, 1},
                             .title = copy(p->arena, t->title)};
    a = add_action(p, WCK_DO_SELECT_CLASSIFICATION, "hq", "hq", t);
    a->object = (wck_object){
        .kind = WCK_OBJECT_CATEGORY, .revision = WCK_INT_NONE, .category = {0x6666000000000000ULL, 2}};
    a = add_action(p, WCK_DO_SET_LANGUAGES, "hq", "hq", t);
    on_server(a);
    a->languages.items = must(wck_arena_array(p->arena, 2, sizeof(char *)));
    a->languages.items[0] = copy(p->arena, t->language);
    a->languages.items[1] = "en";
    a->languages.n = 2;
    a = add_action(p, WCK_DO_SYNCHRONIZE, "hq", "hq", t);
    on_server(a);
    final(a);
    final(add_action(p, WCK_DO_ACCEPT_EULA, "hq", "hq", t));
    a = add_action(p, WCK_DO_APPROVE, "hq", "hq", t);
    a->object.kind = WCK_OBJECT_APPROVAL;
    a->object.group = (wck_guid){0x2222000000000000ULL, 1};
    a->object.name = copy(p->arena, t->group);
    a->action = WCK_ACTION_INSTALL;
    a->deadline = NOON + 24 * 3600 * WCK_TICKS_PER_SECOND; /* a day later than observed */
    with_prior(p, a);
    a = add_action(p, WCK_DO_UNDECLINE, "hq", "hq", t);
    with_prior(p, a);
    final(a);
}

wck_plan *sample_plan(const texts *t)
{
    wck_plan *p = must(wck_plan_new());
    wck_plan_snapshot *s = must(wck_vec_push(&p->snapshots));
    wck_plan_action *a;
    wck_plan_manual *m;

    p->made_at = NOON + 7;
    p->tool_version = "0.1.0";
    *s = (wck_plan_snapshot){.server = "hq",
                             .server_id = {0x7777000000000000ULL, 1},
                             .fqdn = "wsus-hq.example",
                             .digest = {{1, 2, 3}},
                             .collected_at = NOON};
    add_root_actions(p, t);
    a = add_action(p, WCK_DO_SYNCHRONIZE, "hq/berlin", "berlin", t);
    on_server(a);
    final(a);
    a = add_action(p, WCK_DO_CANCEL_DOWNLOAD, "hq", "hq", t);
    a = add_action(p, WCK_DO_UNAPPROVE, "hq", "hq", t);
    with_prior(p, a);
    a = add_action(p, WCK_DO_DECLINE, "hq", "hq", t);
    with_prior(p, a);
    a->reaches = must(wck_arena_array(p->arena, 1, sizeof *a->reaches));
    a->reaches[0] = "hq/berlin";
    a->n_reaches = 1;
    a = add_action(p, WCK_DO_REMOVE_INACTIVE_APPROVALS, "hq", "hq", t);
    on_server(a);
    final(a);
    m = must(wck_vec_push(&p->manual));
    *m = (wck_plan_manual){"fedcba9876543210fedcba9876543210", copy(p->arena, t->reason), 3013, "hq/berlin"};
    p->findings = 13;
    p->waived = 1;
    return p;
}

/* The kinds of which sample_plan has none; on the machine of hq, which is a downstream server this time. */
wck_plan *sample_machine_plan(const texts *t)
{
    wck_plan *p = must(wck_plan_new());
    wck_plan_action *a;

    p->made_at = NOON + 7;
    p->tool_version = "0.1.0";
    *(wck_plan_snapshot *)must(wck_vec_push(&p->snapshots)) = (wck_plan_snapshot){
        .server = "hq", .server_id = {0x7777000000000000ULL, 1}, .fqdn = "wsus-hq.example", .collected_at = NOON};
    on_server(final(add_action(p, WCK_DO_VERIFY, "hq", "hq", t)));
    a = on_server(add_action(p, WCK_DO_SET_UPSTREAM, "hq", "hq", t));
    a->target.host = "wsus-top.example";
    a->target.was_host = copy(p->arena, t->reason);
    a->target.port = 8531;
    a->target.was_port = 8530;
    a->target.ssl = 1;
    a->target.was_ssl = 0;
    a = on_server(add_action(p, WCK_DO_SET_PROXY, "hq", "hq", t));
    a->target.cleartext = 0;
    for (unsigned n = 8; n <= 9; n++) { /* one below the other */
        a = add_action(p, WCK_DO_CREATE_GROUP, "hq", "hq", t);
        a->object = (wck_object){.kind = WCK_OBJECT_GROUP,
                                 .revision = WCK_INT_NONE,
                                 .group = {0x2222000000000000ULL, n},
                                 .name = n == 8 ? copy(p->arena, t->group) : "Below"};
        a->target.parent = n == 8 ? (wck_guid){0, 0} : (wck_guid){0x2222000000000000ULL, 8};
    }
    a = add_action(p, WCK_DO_APPROVE, "hq", "hq", t);
    a->object.kind = WCK_OBJECT_APPROVAL;
    a->object.group = (wck_guid){0x2222000000000000ULL, 9};
    a->action = WCK_ACTION_INSTALL;
    on_server(final(add_action(p, WCK_DO_RESET_CONTENT, "hq", "hq", t)));
    for (int n = 0; n < 2; n++) {
        a = on_server(final(add_action(p, WCK_DO_RESTART_SERVICE, "hq", "hq", t)));
        a->target.service = n == 0 ? "BITS" : "WsusService";
        a->target.start = n == 0 ? WCK_START_MANUAL : WCK_START_UNKNOWN;
        a->target.restart = n == 1;
    }
    a = on_server(add_action(p, WCK_DO_SET_PERMISSIONS, "hq", "hq", t));
    a->target.path = "D:\\WSUS\\WsusContent";
    p->findings = p->actions.n;
    return p;
}

wck_status take_file(const char *name, const char *data, size_t len, void *payload, wck_error *err)
{
    files *f = payload;

    (void)err;
    if (f->n == MAX_FILES)
        abort();
    f->names[f->n] = must(strdup(name));
    f->data[f->n] = must(malloc(len + 1));
    memcpy(f->data[f->n], data, len);
    f->data[f->n][len] = '\0';
    f->len[f->n++] = len;
    return WCK_OK;
}

const char *file_named(const files *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->names[i], name) == 0)
            return f->data[i];
    fail_msg("there is no file %s", name);
    return "";
}

void files_free(files *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->names[i]);
        free(f->data[i]);
    }
    f->n = 0;
}

char *awkward_text(char *out, size_t size, unsigned n)
{
    static const char *const pieces[] = {"'",
                                         "\"",
                                         "`",
                                         "$(calc)",
                                         "${x}",
                                         "\xE2\x80\x98",
                                         "\xE2\x80\x99",
                                         "\xE2\x80\x9A",
                                         "\xE2\x80\x9B",
                                         "\xE2\x80\x9C",
                                         "\xE2\x80\x9D",
                                         "\xE2\x80\x9E",
                                         "\xE2\x80\x93",
                                         "\xE2\x80\x94",
                                         "\xE2\x80\x95",
                                         "'@",
                                         "\"@",
                                         "@'",
                                         "#>",
                                         "<#",
                                         "\r\n",
                                         "\n",
                                         "\t",
                                         "\x1b[2J",
                                         "\xC2\x9B",
                                         "\xE2\x80\xAE",
                                         "\xE2\x80\xA8",
                                         "; Remove-Item C:\\ -Recurse;",
                                         "')) ;",
                                         "\xFF\xFE",
                                         "\xF0\x9F\x92\xA9",
                                         "--%",
                                         "|",
                                         "&",
                                         "=cmd|'/c calc'!A0",
                                         "</script>",
                                         "\\u0000",
                                         "KB",
                                         "%n%s",
                                         "{0}"};
    size_t used = 0;

    out[0] = '\0';
    for (unsigned x = n * 2654435761U + 1, i = 0; i < 6; i++, x = x * 1664525U + 1013904223U) {
        const char *piece = pieces[(x >> 16) % (sizeof pieces / sizeof pieces[0])];
        size_t len = strlen(piece);
        if (used + len + 1 > size)
            break;
        memcpy(out + used, piece, len + 1);
        used += len;
    }
    return out;
}
