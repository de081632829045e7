/* SPDX-License-Identifier: MIT
 * support.c: see support.h. The reader here has one partition, so that only the planner is on trial. */
#include "support/test.h"

#include "support.h"

#include <stdlib.h>

static void *must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

static wck_status load(wck_reader *reader, size_t partition, wck_arena *arena, wck_partition *out,
                       wck_error *err)
{
    const wck_snapshot *s = *(const wck_snapshot **)(void *)(reader + 1);

    (void)arena;
    (void)err;
    if (partition != 0)
        abort();
    *out = (wck_partition){s->updates.items, s->updates.n,       s->declined.items,
                           s->declined.n,    s->approvals.items, s->approvals.n};
    return WCK_OK;
}

static void close_reader(wck_reader *reader)
{
    free(reader);
}

static wck_reader *reader_of(const wck_snapshot *s)
{
    static const wck_reader_ops ops = {.load = load, .close = close_reader};
    wck_reader *reader = must(calloc(1, sizeof *reader + sizeof s));

    *(const wck_snapshot **)(void *)(reader + 1) = s;
    reader->ops = &ops;
    reader->head = s;
    reader->n_partitions = 1;
    reader->n_updates = s->updates.n;
    return reader;
}

kit *kit_new(void)
{
    kit *k = must(calloc(1, sizeof *k));

    k->report = must(wck_report_new());
    return k;
}

void kit_free(kit *k)
{
    wck_plan_free(k->plan);
    wck_report_free(k->report);
    wck_tree_free(k->tree);
    for (size_t i = 0; i < k->n; i++)
        wck_snapshot_free(k->snapshots[i]);
    free(k);
}

wck_guid kit_id(unsigned n)
{
    return (wck_guid){0x1000000000000000ULL + n, n};
}

static void add_language(wck_snapshot *s, int64_t id, const char *code, bool on)
{
    wck_language *l = must(wck_snapshot_add_language(s));

    l->id = id;
    l->code = code;
    l->enabled = on;
}

wck_snapshot *kit_server(kit *k, const char *name, const char *parent, wck_mode mode)
{
    wck_snapshot *s = must(wck_snapshot_new());
    wck_category *c;

    k->snapshots[k->n++] = s;
    s->server.name = wck_snapshot_text(s, name);
    s->server.parent = parent;
    s->server.mode = mode;
    s->server.server_id = kit_id(900 + (unsigned)k->n);
    for (int i = 0; i < WCK_SECTION_COUNT; i++)
        wck_snapshot_set_coverage(s, (wck_section)i, WCK_COVERAGE_COMPLETE, NULL);
    add_language(s, 0, "all", false);
    add_language(s, 1033, "en", true);
    add_language(s, 1031, "de", false);
    add_language(s, 1036, "fr", false);
    c = must(wck_snapshot_add_category(s));
    c->id = kit_id(1);
    c->kind = WCK_CATEGORY_PRODUCT;
    c = must(wck_snapshot_add_category(s));
    c->id = kit_id(2);
    c->kind = WCK_CATEGORY_CLASSIFICATION;
    s->config.products_known = s->config.classifications_known = true;
    if (parent == NULL) {
        wck_guid *selected = must(wck_arena_array(s->arena, 2, sizeof *selected));
        selected[0] = kit_id(1);
        selected[1] = kit_id(2);
        s->config.selected_products = (wck_guids){selected, 1};
        s->config.selected_classifications = (wck_guids){selected + 1, 1};
    }
    return s;
}

wck_update *kit_update(wck_snapshot *s, unsigned n, int64_t revision)
{
    wck_update *u = must(wck_snapshot_add_update(s));

    u->id = kit_id(n);
    u->revision = revision;
    u->state = WCK_STATE_PUBLISHED;
    u->classification = kit_id(2);
    u->products.items = must(wck_arena_array(s->arena, 1, sizeof(wck_guid)));
    u->products.items[0] = kit_id(1);
    u->products.n = 1;
    u->languages_known = true;
    u->needed_by = 0;
    return u;
}

void kit_languages_of(wck_snapshot *s, wck_update *u, const char *code)
{
    u->languages.items = must(wck_arena_array(s->arena, 1, sizeof(char *)));
    u->languages.items[0] = code;
    u->languages.n = 1;
}

void kit_approve(wck_snapshot *s, unsigned update, int64_t revision, unsigned group, int64_t action)
{
    wck_approval *a = must(wck_snapshot_add_approval(s));

    a->update = kit_id(update);
    a->revision = revision;
    a->group = kit_id(group);
    a->action = action;
}

void kit_enable(wck_snapshot *s, const char *code, bool on)
{
    for (size_t i = 0; i < s->languages.n; i++)
        if (strcmp(s->languages.items[i].code, code) == 0)
            s->languages.items[i].enabled = on;
}

void kit_tree(kit *k)
{
    wck_tree_input inputs[KIT_SERVERS] = {0};
    wck_error err;

    for (size_t i = 0; i < k->n; i++) {
        assert_ok(wck_snapshot_freeze(k->snapshots[i], &err));
        inputs[i].now = reader_of(k->snapshots[i]);
    }
    assert_ok(wck_tree_build(&k->tree, inputs, k->n, &err));
    for (size_t i = 0; i < k->tree->n; i++) {
        wck_report_server *s = must(wck_vec_push(&k->report->servers));
        s->name = k->tree->nodes[i]->name;
        s->path = k->tree->nodes[i]->path;
        s->parent = k->tree->nodes[i]->parent != NULL ? k->tree->nodes[i]->parent->path : NULL;
    }
}

wck_finding *kit_finding(kit *k, int rule, const char *path, wck_object_kind kind, unsigned id)
{
    wck_finding *f = must(wck_vec_push(&k->report->findings));

    f->rule = rule;
    f->slug = "slug";
    f->severity = WCK_SEVERITY_ERROR;
    f->result = WCK_RESULT_FAIL;
    f->server = path;
    f->remedy = "The remedy of the rule.";
    f->message = "message";
    f->object.kind = kind;
    f->object.revision = WCK_INT_NONE;
    if (kind == WCK_OBJECT_UPDATE || kind == WCK_OBJECT_APPROVAL)
        f->object.update = kit_id(id);
    else if (kind == WCK_OBJECT_CATEGORY)
        f->object.category = kit_id(id);
    else if (kind == WCK_OBJECT_GROUP)
        f->object.group = kit_id(id);
    else
        f->object.name = "name";
    return f;
}

void kit_plan(kit *k)
{
    static const wck_plan_policy policy = {.tool_version = "0.1.0", .now = 17000000000000000};
    wck_error err;

    for (size_t i = 0; i < k->report->findings.n; i++)
        wck_finding_fingerprint(&k->report->findings.items[i]);
    wck_report_finish(k->report);
    assert_ok(wck_plan_build(&k->plan, k->report, k->tree, &policy, &err));
    kit_assert_numbers_add_up(k);
}

const wck_plan_action *kit_action(const kit *k, wck_action_kind kind, const char *server)
{
    for (size_t i = 0; i < k->plan->actions.n; i++)
        if (k->plan->actions.items[i].kind == kind && strcmp(k->plan->actions.items[i].server, server) == 0)
            return &k->plan->actions.items[i];
    return NULL;
}

size_t kit_actions(const kit *k, wck_action_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < k->plan->actions.n; i++)
        n += k->plan->actions.items[i].kind == kind;
    return n;
}

const wck_plan_manual *kit_manual(const kit *k, int rule)
{
    for (size_t i = 0; i < k->plan->manual.n; i++)
        if (k->plan->manual.items[i].rule == rule)
            return &k->plan->manual.items[i];
    return NULL;
}

static size_t times_answered(const kit *k, const char *fingerprint)
{
    size_t n = 0;

    for (size_t i = 0; i < k->plan->actions.n; i++)
        for (size_t j = 0; j < k->plan->actions.items[i].n_answers; j++)
            n += strcmp(k->plan->actions.items[i].answers[j], fingerprint) == 0;
    return n;
}

static size_t times_manual(const kit *k, const char *fingerprint)
{
    size_t n = 0;

    for (size_t i = 0; i < k->plan->manual.n; i++)
        n += strcmp(k->plan->manual.items[i].fingerprint, fingerprint) == 0;
    return n;
}

void kit_assert_numbers_add_up(const kit *k)
{
    size_t counted = 0, waived = 0;

    for (size_t i = 0; i < k->report->findings.n; i++) {
        const wck_finding *f = &k->report->findings.items[i];
        size_t answered = times_answered(k, f->fingerprint), manual = times_manual(k, f->fingerprint);
        if (f->result == WCK_RESULT_WAIVED) {
            waived++;
            assert_int_equal(answered + manual, 0);
            continue;
        }
        counted++;
        assert_int_equal(manual, answered > 0 ? 0 : 1);
        if (f->result == WCK_RESULT_UNKNOWN)
            assert_int_equal(answered, 0);
    }
    assert_int_equal(k->plan->findings, counted);
    assert_int_equal(k->plan->waived, waived);
    for (size_t i = 0; i < k->plan->actions.n; i++) {
        assert_true(k->plan->actions.items[i].n_answers > 0);
        assert_int_equal(k->plan->actions.items[i].order, i + 1);
    }
    for (size_t i = 0; i < k->plan->manual.n; i++)
        assert_true(strlen(k->plan->manual.items[i].why) > 0);
}

int kit_chain(void **state)
{
    kit *k = kit_new();

    kit_server(k, "hq", NULL, WCK_MODE_AUTONOMOUS);
    kit_server(k, "berlin", "hq", WCK_MODE_REPLICA);
    kit_server(k, "munich", "berlin", WCK_MODE_REPLICA);
    *state = k;
    return 0;
}

int kit_tear_down(void **state)
{
    kit_free(*state);
    return 0;
}
