/* SPDX-License-Identifier: MIT
 * outdated.c: does a plan still fit the facts? A newer snapshot with other facts does no harm as long as every action
 * would be planned again just so: the facts that an action rests on are those that would change it. */
#include "plan/build.h"

#include "base/digest.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_languages(const wck_strings *a, const wck_strings *b)
{
    for (size_t i = 0; i < a->n && a->n == b->n; i++)
        if (!same_text(a->items[i], b->items[i]))
            return false;
    return a->n == b->n;
}

/* Both in the order of the snapshot's rows. */
static bool same_prior(const wck_plan_action *a, const wck_plan_action *b)
{
    for (size_t i = 0; i < a->n_prior && a->n_prior == b->n_prior; i++) {
        const wck_prior_approval *x = &a->prior[i], *y = &b->prior[i];
        if (!wck_guid_eq(x->group, y->group) || x->revision != y->revision || x->action != y->action ||
            x->deadline != y->deadline)
            return false;
    }
    return a->n_prior == b->n_prior;
}

static bool same_object(const wck_object *a, const wck_object *b)
{
    return a->kind == b->kind && wck_guid_eq(a->update, b->update) && a->revision == b->revision &&
           wck_guid_eq(a->group, b->group) && wck_guid_eq(a->category, b->category) && wck_guid_eq(a->eula, b->eula);
}

static bool same_target(const wck_plan_target *a, const wck_plan_target *b)
{
    return same_text(a->host, b->host) && same_text(a->was_host, b->was_host) && a->port == b->port &&
           a->was_port == b->was_port && a->ssl == b->ssl && a->was_ssl == b->was_ssl && a->cleartext == b->cleartext &&
           same_text(a->service, b->service) && a->start == b->start && a->restart == b->restart &&
           same_text(a->path, b->path) && wck_guid_eq(a->parent, b->parent);
}

bool wck_plan_action_same(const wck_plan_action *a, const wck_plan_action *b)
{
    return a->kind == b->kind && same_text(a->server, b->server) && same_object(&a->object, &b->object) &&
           a->action == b->action && a->deadline == b->deadline && same_languages(&a->languages, &b->languages) &&
           same_target(&a->target, &b->target) && same_prior(a, b);
}

/* What makes two actions the same one. Zeroed before filling, as it is compared as bytes. */
typedef struct key {
    uint64_t kind, server, service;
    wck_guid update, group, category, eula;
} key;

typedef struct index_of {
    wck_map servers, actions; /* path -> number; key -> action */
    key *keys;
} index_of;

static bool key_of(index_of *x, key *out, const wck_plan_action *a)
{
    wck_map_entry *e = wck_map_put(&x->servers, a->server, strlen(a->server), NULL);

    if (e == NULL)
        return false;
    memset(out, 0, sizeof *out);
    out->kind = (uint64_t)a->kind;
    out->server = (uint64_t)(e - x->servers.entries);
    if (a->target.service != NULL)
        out->service = wck_hash64(a->target.service, strlen(a->target.service));
    out->update = a->object.update;
    out->group = a->object.group;
    out->category = a->object.category;
    out->eula = a->object.eula;
    return true;
}

static bool fill(index_of *x, const wck_plan *plan)
{
    x->keys = calloc(plan->actions.n + 1, sizeof *x->keys);
    for (size_t i = 0; i < plan->actions.n && x->keys != NULL; i++) {
        wck_map_entry *e = NULL;
        if (key_of(x, &x->keys[i], &plan->actions.items[i]))
            e = wck_map_put(&x->actions, &x->keys[i], sizeof(key), NULL);
        if (e == NULL)
            return false;
        e->value = &plan->actions.items[i];
    }
    return x->keys != NULL;
}

wck_status wck_plan_match(const wck_plan_action ***out, const wck_plan *plan, const wck_plan *other, wck_error *err)
{
    const wck_plan_action **found = calloc(plan->actions.n + 1, sizeof *found);
    index_of x = {.keys = NULL};
    bool ok = found != NULL && fill(&x, other);

    for (size_t i = 0; i < plan->actions.n && ok; i++) {
        wck_map_entry *e;
        key k;
        ok = key_of(&x, &k, &plan->actions.items[i]);
        e = ok ? wck_map_find(&x.actions, &k, sizeof k) : NULL;
        found[i] = e != NULL ? e->value : NULL;
    }
    wck_map_clear(&x.servers);
    wck_map_clear(&x.actions);
    free(x.keys);
    if (!ok)
        free(found);
    *out = ok ? found : NULL;
    return ok ? WCK_OK : wck_fail_memory(err, "comparing plans");
}

wck_status wck_plan_outdated(const wck_plan_action **out, size_t *more, const wck_plan *plan, const wck_plan *now,
                             wck_error *err)
{
    const wck_plan_action **match;
    wck_status status = wck_plan_match(&match, plan, now, err);
    size_t found = 0;

    *out = NULL;
    *more = 0;
    if (status != WCK_OK)
        return status;
    for (size_t i = 0; i < plan->actions.n; i++) {
        found += match[i] != NULL;
        if (*out == NULL && (match[i] == NULL || !wck_plan_action_same(&plan->actions.items[i], match[i])))
            *out = &plan->actions.items[i];
    }
    *more = now->actions.n > found ? now->actions.n - found : 0;
    free(match);
    return WCK_OK;
}
