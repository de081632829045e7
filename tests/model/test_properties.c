/* SPDX-License-Identifier: MIT
 * test_properties.c: what every plan must keep, on random trees and a model of WSUS.
 *
 *   converges   no step is refused by the API (least of all by a replica) or finds its server other than the plan saw
 * it; done, and one night of scheduled synchronizations later, a second check finds nothing but what was manual; done
 * twice is done once undo        undo brings back what was there hidden      some of the facts are hidden from wsusck:
 * what it still plans rests on nothing that it could not read, is refused by no server as it really is, and declines
 * nothing that a server it could not read needs
 *
 * WSUSCK_MODEL_SEEDS=FIRST..LAST takes other seeds than 0..1999. */
#include "support/test.h"

#include "model/seeds.h"
#include "model/wsus_apply.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what came out */

static size_t kinds[WCK_DO_COUNT]; /* of actions, in all seeds */

static void planned(story *st)
{
    look_plan(&st->first);
    for (size_t i = 0; i < st->first.plan->actions.n; i++)
        kinds[st->first.plan->actions.items[i].kind]++;
}

static bool eq(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* About the same thing, whatever the rule. */
static bool same_place(const wck_finding *a, const wck_finding *b)
{
    return eq(a->server, b->server) && wck_guid_eq(a->object.update, b->object.update) &&
           wck_guid_eq(a->object.group, b->object.group) && wck_guid_eq(a->object.category, b->object.category) &&
           wck_guid_eq(a->object.eula, b->object.eula) && eq(a->object.language, b->object.language);
}

static bool was_manual(const look *first, const wck_finding *f)
{
    for (size_t i = 0; i < first->plan->manual.n; i++)
        for (size_t k = 0; k < first->report->findings.n; k++) {
            const wck_finding *g = &first->report->findings.items[k];
            if (strcmp(g->fingerprint, first->plan->manual.items[i].fingerprint) == 0 && same_place(f, g))
                return true;
        }
    return false;
}

static bool altered(const look *l, wck_guid update)
{
    for (size_t i = 0; i < l->report->findings.n; i++)
        if (l->report->findings.items[i].rule == 3022 &&
            wck_guid_eq(l->report->findings.items[i].object.update, update))
            return true;
    return false;
}

static bool found(const look *l, int rule, const char *server)
{
    for (size_t i = 0; i < l->report->findings.n; i++)
        if (l->report->findings.items[i].rule == rule &&
            (server == NULL || eq(l->report->findings.items[i].server, server)))
            return true;
    return false;
}

/* Nothing was derived about it, and its rows proved nothing. */
static bool blocked(const look *l, const char *server)
{
    return server != NULL && (found(l, 9001, server) || found(l, 9004, server) || found(l, 9005, server));
}

static const char *name_of(const char *path)
{
    const char *slash = path == NULL ? NULL : strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* What a synchronization brings with it: metadata that was altered, superseded updates, updates that were declined here
 * while they were gone upstream (nothing else was said of them), whatever stood behind a server that was not to be
 * trusted, and what hangs on a list that was not read: nothing is copied from it, and nothing into it. */
static bool came_along(const story *st, const look *second, const wck_finding *f)
{
    const wck_snapshot *here = tree_get(&st->tree, name_of(f->server)),
                       *above = tree_get(&st->tree, name_of(f->upstream));

    if (f->rule == 3033 || altered(second, f->object.update))
        return true;
    if (blocked(&st->first, f->server) || blocked(&st->first, f->upstream))
        return true;
    if (here == NULL || above == NULL || wck_guid_is_zero(f->object.update))
        return false;
    if (!wsus_read(above, WCK_SECTION_UPDATES) && !wsus_lists(here, f->object.update))
        return true;
    if (f->rule == 3031 && !wsus_read(here, WCK_SECTION_APPROVALS))
        return true;
    return (f->rule == 3031 || f->rule == 3021) && wsus_is_declined(here, f->object.update) &&
           !wsus_lists(above, f->object.update);
}

/* What the upstream server received meanwhile in a newer protocol than this server speaks does not come here, nor do
 * approvals of it (MS-WSUSSS 3.1.4.5). It showed only then. */
static bool came_too_new(const wsus_world *world, const wck_finding *f)
{
    const wck_snapshot *here = NULL, *above = NULL;

    if (f->rule != 3020 && f->rule != 4001)
        return false;
    for (size_t i = 0; i < world->n; i++) {
        here = eq(world->servers[i].now->server.name, name_of(f->server)) ? world->servers[i].now : here;
        above = eq(world->servers[i].now->server.name, name_of(f->upstream)) ? world->servers[i].now : above;
    }
    for (size_t i = 0; here != NULL && above != NULL && i < above->updates.n; i++) {
        const wck_update *u = &above->updates.items[i];
        if (wck_guid_eq(u->id, f->object.update) && wsus_row(here, u->id, u->revision) == NULL &&
            wck_protocol_newer(u->compatible_protocol_version, here->server.protocol_version))
            return true;
    }
    return false;
}

/* It was folded into the verdict on its update (rules.md "What folds"), and shows now that this one is gone. */
static bool was_folded(const look *first, const wck_finding *f)
{
    static const int verdicts[] = {3001, 3002, 3010, 3011, 3012, 3013, 3030, 3031, 4008};

    if (found(first, 6003, f->server)) /* nothing is said to be missing there */
        return true;
    for (size_t i = 0; i < first->report->findings.n; i++) {
        const wck_finding *g = &first->report->findings.items[i];
        for (size_t k = 0; k < sizeof verdicts / sizeof verdicts[0]; k++)
            if (g->rule == verdicts[k] && eq(g->server, f->server) && wck_guid_eq(g->object.update, f->object.update))
                return true;
    }
    return false;
}

static void on_complaint(void *payload, const wck_plan_action *a, const char *why)
{
    complain(payload, "%s %s on %s: %s", a->id, wck_action_kind_name(a->kind), a->server, why);
}

static void same_facts(complaints *c, const char *what, const wsus_world *a, const wsus_world *b)
{
    wsus_facts one, two;
    char text[1000];

    wsus_facts_of(&one, a);
    wsus_facts_of(&two, b);
    if (wsus_facts_differ(text, sizeof text, &one, &two))
        complain(c, "%s:%s", what, text);
    wsus_facts_clear(&one);
    wsus_facts_clear(&two);
}

/* Everything read once more, later. */
static void look_again(look *out, wsus_world *world, const story *st)
{
    wck_snapshot *now[WSUS_MOST];

    for (size_t i = 0; i < world->n; i++) {
        now[i] = world->servers[i].now;
        now[i]->server.collected_at = wsus_tick(world);
        now[i]->server.server_time = WCK_TIME_NONE;
    }
    look_at(out, now, st->tree.now, world->n, wsus_tick(world));
}

static bool is_answered(const wck_plan *plan, const wck_finding *f)
{
    for (size_t k = 0; k < plan->actions.n; k++)
        for (size_t j = 0; j < plan->actions.items[k].n_answers; j++)
            if (strcmp(plan->actions.items[k].answers[j], f->fingerprint) == 0)
                return true;
    return false;
}

/* What showed only after the first plan is gone after the second. */
static void second_plan(story *st, look *second, wsus_world *world)
{
    look third;
    wsus_run run;
    char text[300];

    look_plan(second);
    wsus_carry_out(&run, world, second->plan, false, on_complaint, &st->said);
    wsus_run_clear(&run);
    wsus_night(world);
    look_again(&third, world, st);
    for (size_t i = 0; i < third.report->findings.n; i++) {
        const wck_finding *f = &third.report->findings.items[i];
        if (f->result == WCK_RESULT_FAIL && f->severity != WCK_SEVERITY_NOTE && is_answered(second->plan, f) &&
            !came_along(st, &third, f))
            complain(&st->said, "there after the second plan: %s", finding_text(text, sizeof text, f));
    }
    look_clear(&third);
}

static void only_manual_is_left(story *st, wsus_world *world)
{
    look second;
    char text[300];
    size_t folded = 0;

    look_again(&second, world, st);
    for (size_t i = 0; i < second.report->findings.n; i++) {
        const wck_finding *f = &second.report->findings.items[i];
        if (f->result != WCK_RESULT_FAIL || f->severity == WCK_SEVERITY_NOTE || was_manual(&st->first, f) ||
            came_along(st, &second, f))
            continue;
        if (is_answered(st->first.plan, f))
            complain(&st->said, "still there: %s", finding_text(text, sizeof text, f));
        else if (was_folded(&st->first, f))
            folded++;
        else if (came_too_new(world, f))
            continue;
        else
            complain(&st->said, "still there: %s", finding_text(text, sizeof text, f));
    }
    if (folded > 0 && !found(&st->first, 1005, NULL)) /* approvals below a rebuilt server are orphans (4007) */
        second_plan(st, &second, world);
    look_clear(&second);
}

/* What additions answer is gone when the last of them is done, without a night: they stand in the order in which each
 * synchronization finds its upstream server ready. Removals reach the replicas with their next synchronization. */
static bool needs_a_night(const wck_plan *plan, const wck_finding *f)
{
    for (size_t k = 0; k < plan->actions.n; k++) {
        const wck_plan_action *a = &plan->actions.items[k];
        for (size_t j = 0; j < a->n_answers; j++)
            if (strcmp(a->answers[j], f->fingerprint) == 0 &&
                (a->kind == WCK_DO_DECLINE || a->kind == WCK_DO_UNAPPROVE || a->kind == WCK_DO_REMOVE_INACTIVE_APPROVALS))
                return true;
    }
    return false;
}

static void additions_are_in_order(story *st, const wsus_world *done)
{
    wsus_world *world = wsus_again(done);
    look now;
    char text[300];

    look_again(&now, world, st);
    for (size_t i = 0; i < now.report->findings.n; i++) {
        const wck_finding *f = &now.report->findings.items[i];
        if (f->result == WCK_RESULT_FAIL && f->severity != WCK_SEVERITY_NOTE && is_answered(st->first.plan, f) &&
            !needs_a_night(st->first.plan, f) && !came_along(st, &now, f))
            complain(&st->said, "still there before the night: %s", finding_text(text, sizeof text, f));
    }
    look_clear(&now);
    wsus_free(world);
}

static void converges(story *st)
{
    wsus_world *once = wsus_new(st->tree.now, st->tree.before, st->tree.n, tree_now()), *twice;
    wsus_run run;

    planned(st);
    wsus_carry_out(&run, once, st->first.plan, false, on_complaint, &st->said);
    wsus_run_clear(&run);
    additions_are_in_order(st, once);
    twice = wsus_again(once);
    wsus_carry_out(&run, twice, st->first.plan, false, NULL, NULL);
    wsus_run_clear(&run);
    wsus_night(once);
    wsus_night(twice);
    same_facts(&st->said, "twice is not once", once, twice);
    only_manual_is_left(st, once);
    wsus_free(twice);
    wsus_free(once);
}

static void undo(story *st)
{
    wsus_world *was = wsus_new(st->tree.now, st->tree.before, st->tree.n, tree_now()), *is = wsus_again(was);
    wsus_run run;

    planned(st);
    wsus_carry_out(&run, is, st->first.plan, true, NULL, NULL);
    if (!wsus_take_back(is, &run))
        complain(&st->said, "undo: %s", is->why);
    same_facts(&st->said, "undo", was, is);
    wsus_run_clear(&run);
    wsus_free(is);
    wsus_free(was);
}

/* ---- what is not known */

/* What an action is derived from, on the server where it is done. */
static unsigned needs(wck_action_kind kind)
{
    enum {
        CONFIG = 1 << WCK_SECTION_CONFIG,
        LANGUAGES = 1 << WCK_SECTION_LANGUAGES,
        UPDATES = 1 << WCK_SECTION_UPDATES,
        DECLINED = 1 << WCK_SECTION_DECLINED,
        APPROVALS = 1 << WCK_SECTION_APPROVALS,
        EULAS = 1 << WCK_SECTION_EULAS
    };
    switch (kind) {
    case WCK_DO_DECLINE:
    case WCK_DO_CANCEL_DOWNLOAD:
        return UPDATES | DECLINED | APPROVALS;
    case WCK_DO_UNAPPROVE:
    case WCK_DO_APPROVE:
        return UPDATES | APPROVALS;
    case WCK_DO_UNDECLINE:
        return DECLINED | APPROVALS;
    case WCK_DO_ACCEPT_EULA:
        return EULAS;
    case WCK_DO_SET_LANGUAGES:
        return LANGUAGES;
    case WCK_DO_SELECT_PRODUCT:
    case WCK_DO_SELECT_CLASSIFICATION:
        return CONFIG;
    case WCK_DO_REMOVE_INACTIVE_APPROVALS:
        return UPDATES | APPROVALS | LANGUAGES;
    default:
        return 0;
    }
}

static void grounded(complaints *c, const look *l)
{
    for (size_t i = 0; i < l->plan->actions.n; i++) {
        const wck_plan_action *a = &l->plan->actions.items[i];
        const wck_snapshot *s = wck_tree_find(l->tree, a->server_name)->now->head;
        for (int section = 0; section < WCK_SECTION_CORE; section++)
            if ((needs(a->kind) >> section & 1) != 0 && !wsus_complete(s, (wck_section)section))
                complain(c, "%s %s on %s rests on %s, not read completely", a->id, wck_action_kind_name(a->kind),
                         a->server, wck_section_name((wck_section)section));
    }
}

/* Every finding is answered by an action or manual, and no action answers an unknown one. */
static void accounted(complaints *c, const look *l)
{
    char text[300];

    for (size_t i = 0; i < l->report->findings.n; i++) {
        const wck_finding *f = &l->report->findings.items[i];
        size_t answers = 0, manual = 0;
        for (size_t k = 0; k < l->plan->actions.n; k++)
            for (size_t j = 0; j < l->plan->actions.items[k].n_answers; j++)
                answers += strcmp(l->plan->actions.items[k].answers[j], f->fingerprint) == 0;
        for (size_t k = 0; k < l->plan->manual.n; k++)
            manual += strcmp(l->plan->manual.items[k].fingerprint, f->fingerprint) == 0;
        if (f->result != WCK_RESULT_FAIL && answers > 0)
            complain(c, "an action answers an unknown: %s", finding_text(text, sizeof text, f));
        if ((answers > 0) == (manual > 0))
            complain(c, "answered %zu times, manual %zu times: %s", answers, manual,
                     finding_text(text, sizeof text, f));
    }
}

static bool is_needed(const wck_snapshot *s, wck_guid update)
{
    for (size_t i = 0; i < s->approvals.n; i++)
        if (wck_guid_eq(s->approvals.items[i].update, update) && s->approvals.items[i].action == WCK_ACTION_INSTALL)
            return true;
    for (size_t i = 0; i < s->updates.n; i++)
        if (wck_guid_eq(s->updates.items[i].id, update) && s->updates.items[i].needed_by > 0)
            return true;
    return false;
}

/* An expired update is declined although it is approved: nobody can install it any more. */
static bool has_expired(const wsus_world *w, wck_guid update)
{
    for (size_t i = 0; i < w->n; i++)
        for (size_t k = 0; k < w->servers[i].now->updates.n; k++) {
            const wck_update *u = &w->servers[i].now->updates.items[k];
            if (wck_guid_eq(u->id, update) && u->state == WCK_STATE_EXPIRED)
                return true;
        }
    return false;
}

/* `on` itself, or a replica that mirrors it. */
static bool reached_by(wsus_world *w, const wsus_server *server, const wsus_server *on)
{
    for (int depth = 0; depth < WSUS_MOST && server != NULL; depth++) {
        if (server == on)
            return true;
        server = wsus_is_replica(server) ? wsus_parent(w, server) : NULL;
    }
    return false;
}

static void hurts_nobody(complaints *c, wsus_world *truth, const wck_plan *plan)
{
    for (size_t i = 0; i < plan->actions.n; i++) {
        const wck_plan_action *a = &plan->actions.items[i];
        const wsus_server *on = wsus_find(truth, a->server_name);
        for (size_t k = 0; k < truth->n && a->kind == WCK_DO_DECLINE; k++)
            if (reached_by(truth, &truth->servers[k], on) && is_needed(truth->servers[k].now, a->object.update) &&
                !has_expired(truth, a->object.update))
                complain(c, "%s declines on %s what %s needs", a->id, a->server, truth->servers[k].now->server.name);
    }
}

static void hidden(story *st)
{
    wsus_world *truth = wsus_new(st->tree.now, st->tree.before, st->tree.n, tree_now());
    wck_snapshot *seen[WSUS_MOST];
    bool dark[WSUS_MOST];
    dice d = {st->tree.n + 31 * (uint64_t)st->first.report->findings.n};
    look l;
    wsus_run run;

    planned(st);
    grounded(&st->said, &st->first);
    accounted(&st->said, &st->first);
    hurts_nobody(&st->said, truth, st->first.plan);
    for (size_t i = 0; i < st->tree.n; i++)
        seen[i] = wsus_copy(st->tree.now[i]);
    tree_blindfold(seen, st->tree.n, dark, &d);
    look_at(&l, seen, st->tree.before, st->tree.n, tree_now());
    look_plan(&l);
    grounded(&st->said, &l);
    accounted(&st->said, &l);
    for (size_t i = 0; i < l.plan->actions.n; i++)
        for (size_t k = 0; k < st->tree.n; k++)
            if (dark[k] && strcmp(seen[k]->server.name, l.plan->actions.items[i].server_name) == 0)
                complain(&st->said, "%s on %s, which could not be read", l.plan->actions.items[i].id,
                         seen[k]->server.name);
    hurts_nobody(&st->said, truth, l.plan);
    wsus_carry_out(&run, truth, l.plan, false, on_complaint, &st->said);
    wsus_run_clear(&run);
    look_clear(&l);
    for (size_t i = 0; i < st->tree.n; i++)
        wck_snapshot_free(seen[i]);
    wsus_free(truth);
}

/* ---- what others need */

static size_t siblings; /* trees in which nobody needs the update there, and a sibling does */

static void spared(story *st)
{
    dice d = {st->seed * 31 + 7};
    wsus_tree t = {.n = st->tree.n};
    wck_snapshot *none[WSUS_MOST] = {0};
    const char *down;
    look l;

    for (size_t i = 0; i < t.n; i++)
        t.now[i] = wsus_copy(st->tree.now[i]);
    down = tree_sibling(&t, &d);
    if (down != NULL) {
        wsus_world *truth = wsus_new(t.now, none, t.n, tree_now());
        look_at(&l, t.now, none, t.n, tree_now());
        look_plan(&l);
        for (size_t i = 0; i < l.report->findings.n; i++)
            siblings += l.report->findings.items[i].rule == 3011 && eq(name_of(l.report->findings.items[i].server), down);
        hurts_nobody(&st->said, truth, l.plan);
        look_clear(&l);
        wsus_free(truth);
    }
    for (size_t i = 0; i < t.n; i++)
        wck_snapshot_free(t.now[i]);
}

/* ---- */

static void plans_carried_out_leave_only_what_is_manual(void **state)
{
    static const wck_action_kind met[] = {WCK_DO_SELECT_PRODUCT,
                                          WCK_DO_SELECT_CLASSIFICATION,
                                          WCK_DO_SET_LANGUAGES,
                                          WCK_DO_CANCEL_DOWNLOAD,
                                          WCK_DO_SYNCHRONIZE,
                                          WCK_DO_ACCEPT_EULA,
                                          WCK_DO_APPROVE,
                                          WCK_DO_UNAPPROVE,
                                          WCK_DO_DECLINE,
                                          WCK_DO_UNDECLINE,
                                          WCK_DO_REMOVE_INACTIVE_APPROVALS};
    seeds_result all = each_seed(converges);

    (void)state;
    for (size_t i = 0; i < sizeof met / sizeof met[0]; i++) {
        print_message("  %zu %s\n", kinds[met[i]], wck_action_kind_name(met[i]));
        if (all.seeds >= 1000) /* a kind that no tree asks for is not tested */
            assert_true(kinds[met[i]] > 0);
    }
}

static void undo_brings_back_what_was_there(void **state)
{
    (void)state;
    each_seed(undo);
}

static void nothing_is_derived_from_what_is_not_known(void **state)
{
    (void)state;
    each_seed(hidden);
}

static void siblings_keep_what_they_need(void **state)
{
    seeds_result all = each_seed(spared);

    (void)state;
    print_message("  %zu updates gone here and needed by a sibling\n", siblings);
    if (all.seeds >= 1000)
        assert_true(siblings > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_carried_out_leave_only_what_is_manual),
        cmocka_unit_test(undo_brings_back_what_was_there),
        cmocka_unit_test(nothing_is_derived_from_what_is_not_known),
        cmocka_unit_test(siblings_keep_what_they_need),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
