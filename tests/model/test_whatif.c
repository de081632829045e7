/* SPDX-License-Identifier: MIT
 * test_whatif.c: what `whatif` predicts of a change is what check finds after that change was made on the model. */
#include "support/test.h"

#include "model/seeds.h"
#include "model/wsus_change.h"
#include "whatif/whatif.h"

#include <stdio.h>

static wck_error err;

/* ---- a random change */

static void languages(wck_change *c, dice *d)
{
    static const char *en[] = {"en"}, *en_de[] = {"en", "de"}, *fr[] = {"fr"};
    const wck_strings sets[] = {{en, 1}, {en_de, 2}, {fr, 1}};
    size_t pick = dice_below(d, 4);

    c->has_languages = true;
    c->all_languages = pick == 3;
    if (pick < 3)
        c->languages = sets[pick];
}

static void some_of(wck_guid *items, wck_guids *out, tree_pool pool, size_t all, dice *d)
{
    size_t first = dice_below(d, all), n = 1 + dice_below(d, all - 1);

    out->items = items;
    for (out->n = 0; out->n < n; out->n++)
        items[out->n] = tree_id(pool, 1 + (first + out->n) % all);
    for (size_t i = 1; i < n; i++) /* sorted, as a document is read */
        for (size_t k = i; k > 0 && wck_guid_cmp(items[k - 1], items[k]) > 0; k--) {
            wck_guid other = items[k];
            items[k] = items[k - 1];
            items[k - 1] = other;
        }
}

typedef struct choice {
    wck_guid products[TREE_PRODUCTS], classes[TREE_CLASSES];
} choice;

static void reinstall(wck_change *c, choice *items, const wck_snapshot *s, dice *d)
{
    c->recreate_groups = dice_percent(d, 50);
    languages(c, d);
    if (s->server.parent != NULL)
        return;
    c->has_products = c->has_classifications = true;
    some_of(items->products, &c->products, POOL_PRODUCT, TREE_PRODUCTS, d);
    some_of(items->classes, &c->classifications, POOL_CLASS, TREE_CLASSES, d);
}

static void invent(wck_change *c, choice *items, const wsus_tree *t, dice *d)
{
    static const wck_change_kind kinds[] = {WCK_CHANGE_REINSTALL, WCK_CHANGE_REINSTALL,       WCK_CHANGE_REINSTALL,
                                            WCK_CHANGE_LANGUAGES, WCK_CHANGE_REMOVE_PRODUCTS, WCK_CHANGE_CLEANUP,
                                            WCK_CHANGE_MODE,      WCK_CHANGE_REPOINT};
    const wck_snapshot *s = t->now[dice_below(d, t->n)];

    *c = (wck_change){.kind = kinds[dice_below(d, 8)], .server = s->server.name};
    switch (c->kind) {
    case WCK_CHANGE_REINSTALL:
        reinstall(c, items, s, d);
        break;
    case WCK_CHANGE_LANGUAGES:
        languages(c, d);
        break;
    case WCK_CHANGE_REMOVE_PRODUCTS:
        some_of(items->products, &c->products, POOL_PRODUCT, TREE_PRODUCTS, d);
        break;
    case WCK_CHANGE_CLEANUP:
        c->decline_superseded = true;
        c->decline_expired = dice_percent(d, 50);
        c->delete_expired = dice_percent(d, 50);
        break;
    case WCK_CHANGE_MODE:
        c->mode = dice_percent(d, 50) ? WCK_MODE_REPLICA : WCK_MODE_AUTONOMOUS;
        break;
    case WCK_CHANGE_REPOINT:
        c->upstream = dice_percent(d, 15) ? NULL : t->now[dice_below(d, t->n)]->server.name;
        break;
    }
}

/* ---- both sides */

static wck_snapshot *of(wck_snapshot *const *all, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (all[i] != NULL && strcmp(all[i]->server.name, name) == 0)
            return all[i];
    return NULL;
}

static wck_status open_reader(void *payload, const wck_node *node, bool before, wck_reader **out, wck_error *e)
{
    const look *today = payload;
    const wck_snapshot *s = of(before ? today->before : today->now, today->n, node->name);

    *out = NULL;
    return s == NULL ? WCK_OK : wck_reader_of_snapshot(out, s, e);
}

static wck_status get_snapshot(void *payload, const wck_node *node, wck_snapshot **out, wck_error *e)
{
    const look *today = payload;

    *out = wsus_copy(of(today->now, today->n, node->name));
    return wck_snapshot_freeze(*out, e);
}

static bool is_changed(const wck_change_set *set, const char *name)
{
    for (size_t i = 0; i < set->changes.n; i++)
        if (strcmp(set->changes.items[i].server, name) == 0)
            return true;
    return false;
}

static void compare(story *st, const wck_prediction *p, const look *then)
{
    wck_whatif_verdict verdict;
    char text[300];

    assert_ok(wck_whatif_verify(&verdict, p->report, &p->standing, then->report, &err));
    for (size_t i = 0; i < p->report->findings.n; i++)
        if (!verdict.predicted_came[i])
            complain(&st->said, "predicted, did not come: %s",
                     finding_text(text, sizeof text, &p->report->findings.items[i]));
    for (size_t i = 0; i < then->report->findings.n; i++)
        if (verdict.now_unexpected[i])
            complain(&st->said, "not predicted: %s", finding_text(text, sizeof text, &then->report->findings.items[i]));
    wck_whatif_verdict_clear(&verdict);
}

static void make(story *st, const wck_change_set *set, const wck_prediction *p)
{
    wsus_world *w = wsus_new(st->tree.now, st->tree.before, st->tree.n, tree_now());
    wck_snapshot *now[WSUS_MOST], *before[WSUS_MOST];
    look then;

    for (size_t i = 0; i < set->changes.n; i++)
        if (!wsus_make(w, &set->changes.items[i]))
            complain(&st->said, "a change that was predicted cannot be made: %s", w->why);
    for (size_t i = 0; i < w->n; i++) {
        now[i] = w->servers[i].now;
        before[i] = is_changed(set, now[i]->server.name) ? st->tree.now[i] : st->tree.before[i];
    }
    look_at(&then, now, before, w->n, wsus_tick(w));
    compare(st, p, &then);
    look_clear(&then);
    wsus_free(w);
}

static void predicted(story *st)
{
    const wck_check_options options = {.now = tree_now()};
    const wck_whatif_source source = {.open = open_reader, .get = get_snapshot, .payload = &st->first};
    wck_change_set *set = wck_change_set_new();
    wck_prediction *p;
    choice items[2];
    dice d = {st->seed ^ UINT64_C(0x77617469)};
    size_t n = 1 + dice_percent(&d, 30);
    wck_status status;

    assert_non_null(set);
    for (size_t i = 0; i < n; i++)
        invent(wsus_push(&set->changes), &items[i], &st->tree, &d);
    for (size_t i = 0; i < n; i++)
        snprintf(st->note + strlen(st->note), sizeof st->note - strlen(st->note), "%s%s of %s", i > 0 ? ", " : "",
                 wck_change_kind_name(set->changes.items[i].kind), set->changes.items[i].server);
    status = wck_whatif_predict(&p, st->first.tree, set, &source, &options, &err);
    if (status == WCK_OK)
        make(st, set, p);
    else if (status != WCK_E_INPUT) /* a change that cannot be is refused with its place */
        complain(&st->said, "%s", err.text);
    if (status == WCK_OK)
        wck_prediction_free(p);
    st->refused = status != WCK_OK;
    wck_change_set_free(set);
}

static void whatif_predicts_what_check_finds(void **state)
{
    seeds_result all = each_seed(predicted);

    (void)state;
    assert_true(all.refused * 2 < all.seeds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatif_predicts_what_check_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
