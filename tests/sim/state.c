/* SPDX-License-Identifier: MIT
 * state.c: the document behind a simulated server, and the instant at which each of its rows came. */
#include "sim.h"

#include "codec/codec.h"

#include <stdlib.h>
#include <string.h>

static const wck_time millisecond = WCK_TICKS_PER_SECOND / 1000;

static void *must(void *memory)
{
    if (memory == NULL)
        sim_die("out of memory");
    return memory;
}

/* The first known instant, in whole milliseconds, not after `now`. */
static wck_time instant(wck_time a, wck_time b, wck_time fallback, wck_time now)
{
    wck_time t = a != WCK_TIME_NONE ? a : b != WCK_TIME_NONE ? b : fallback;

    if (t == WCK_TIME_NONE || t > now)
        t = now;
    return t - t % millisecond;
}

static wck_guid made_deployment(const wck_approval *a)
{
    struct {
        wck_guid update, group;
        int64_t revision, action;
    } key = {a->update, a->group, a->revision, a->action};
    unsigned char sha[20];
    wck_guid id = {0, 0};

    if (!wck_sha1(sha, &key, sizeof key))
        sim_die("libcrypto failed");
    memcpy(&id, sha, sizeof id);
    return id;
}

static void index_members(sim_state *state)
{
    for (size_t i = 0; i < state->snapshot->updates.n; i++) {
        const wck_update *u = &state->snapshot->updates.items[i];
        for (size_t k = 0; k < u->bundles.n; k++)
            must(wck_map_put(&state->members, &u->bundles.items[k].id, sizeof(wck_guid), NULL));
        for (size_t k = 0; k < u->supersedes.n; k++)
            must(wck_map_put(&state->superseded, &u->supersedes.items[k], sizeof(wck_guid), NULL));
    }
}

static void index_updates(sim_state *state, wck_time now)
{
    wck_snapshot *s = state->snapshot;

    state->update_keys = must(calloc(s->updates.n + 1, sizeof *state->update_keys));
    state->update_changed = must(calloc(s->updates.n + 1, sizeof(wck_time)));
    for (size_t i = 0; i < s->updates.n; i++) {
        wck_update *u = &s->updates.items[i];
        state->update_keys[i] = (wck_identity){u->id, u->revision};
        wck_map_entry *entry =
            must(wck_map_put(&state->updates, &state->update_keys[i], sizeof(wck_identity), NULL));
        entry->value = u;
        state->update_changed[i] = instant(u->arrived, u->created, s->server.collected_at, now);
    }
    index_members(state);
    for (size_t i = 0; i < s->declined.n; i++)
        must(wck_map_put(&state->declined, &s->declined.items[i].id, sizeof(wck_guid), NULL));
}

static void index_rest(sim_state *state, wck_time now)
{
    wck_snapshot *s = state->snapshot;

    state->category_changed = must(calloc(s->categories.n + 1, sizeof(wck_time)));
    state->approval_changed = must(calloc(s->approvals.n + 1, sizeof(wck_time)));
    state->deployments = must(calloc(s->approvals.n + 1, sizeof(wck_guid)));
    for (size_t i = 0; i < s->categories.n; i++) {
        wck_category *c = &s->categories.items[i];
        wck_map_entry *entry = must(wck_map_put(&state->categories, &c->id, sizeof c->id, NULL));
        entry->value = c;
        state->category_changed[i] = instant(s->server.collected_at, WCK_TIME_NONE, WCK_TIME_NONE, now);
    }
    for (size_t i = 0; i < s->approvals.n; i++) {
        const wck_approval *a = &s->approvals.items[i];
        state->deployments[i] = wck_guid_is_zero(a->deployment) ? made_deployment(a) : a->deployment;
        state->approval_changed[i] = instant(a->changed, a->go_live, s->server.collected_at, now);
    }
}

wck_status sim_state_load(sim_state **out, const char *path, wck_time now, wck_error *err)
{
    sim_state *state = must(calloc(1, sizeof *state));
    wck_status status = wck_codec_read_snapshot(&state->snapshot, path, err);

    if (status != WCK_OK) {
        sim_state_free(state);
        return status;
    }
    index_updates(state, now);
    index_rest(state, now);
    *out = state;
    return WCK_OK;
}

void sim_state_free(sim_state *state)
{
    if (state == NULL)
        return;
    wck_map_clear(&state->updates);
    wck_map_clear(&state->categories);
    wck_map_clear(&state->members);
    wck_map_clear(&state->superseded);
    wck_map_clear(&state->declined);
    wck_vec_clear(&state->dead);
    free(state->update_keys);
    free(state->update_changed);
    free(state->category_changed);
    free(state->approval_changed);
    free(state->deployments);
    wck_snapshot_free(state->snapshot);
    free(state);
}

wck_time sim_server_now(sim_server *server)
{
    wck_time now = wck_time_now();

    now -= now % millisecond;
    return now > server->last_anchor ? now : server->last_anchor;
}

bool sim_state_complete(const sim_state *state, wck_section section)
{
    return state->snapshot->coverage[section].state == WCK_COVERAGE_COMPLETE;
}

static bool same_approval(const wck_approval *a, const wck_approval *b)
{
    return wck_guid_eq(a->update, b->update) && wck_guid_eq(a->group, b->group) &&
           a->revision == b->revision && a->action == b->action && a->deadline == b->deadline &&
           a->go_live == b->go_live;
}

/* Rows of `next` that `old` had keep their instant, others are of `at`; approvals that went are dead. */
static void carry_approvals(sim_state *next, const sim_state *old, wck_time at)
{
    const wck_snapshot *a = old->snapshot, *b = next->snapshot;

    for (size_t k = 0; k < b->approvals.n; k++)
        next->approval_changed[k] = at;
    for (size_t i = 0; i < a->approvals.n; i++) {
        bool kept = false;
        for (size_t k = 0; k < b->approvals.n; k++)
            if (wck_guid_eq(old->deployments[i], next->deployments[k]) &&
                same_approval(&a->approvals.items[i], &b->approvals.items[k])) {
                next->approval_changed[k] = old->approval_changed[i];
                kept = true;
            }
        if (!kept) {
            sim_dead *dead = must(wck_vec_push(&next->dead));
            *dead = (sim_dead){old->deployments[i], at};
        }
    }
    for (size_t i = 0; i < old->dead.n; i++) {
        sim_dead *dead = must(wck_vec_push(&next->dead));
        *dead = old->dead.items[i];
    }
}

static void carry_rows(sim_state *next, const sim_state *old, wck_time at)
{
    const wck_snapshot *b = next->snapshot;

    for (size_t i = 0; i < b->updates.n; i++) {
        const wck_map_entry *e = wck_map_find(&old->updates, &next->update_keys[i], sizeof(wck_identity));
        next->update_changed[i] =
            e == NULL ? at : old->update_changed[(const wck_update *)e->value - old->snapshot->updates.items];
    }
    for (size_t i = 0; i < b->categories.n; i++) {
        const wck_category *c = &b->categories.items[i];
        const wck_map_entry *e = wck_map_find(&old->categories, &c->id, sizeof c->id);
        const wck_category *before = e == NULL ? NULL : e->value;
        next->category_changed[i] = before == NULL || before->revision != c->revision
                                        ? at
                                        : old->category_changed[before - old->snapshot->categories.items];
    }
}

wck_status sim_server_change(sim_server *server, const char *path, wck_error *err)
{
    sim_state *next = NULL;
    wck_time at = sim_server_now(server);
    wck_status status = sim_state_load(&next, path, at, err);

    if (status != WCK_OK)
        return status;
    if (at <= server->last_anchor) /* after everything a client was told already */
        at = server->last_anchor + millisecond;
    server->last_anchor = at;
    carry_rows(next, server->state, at);
    carry_approvals(next, server->state, at);
    sim_state_free(server->state);
    server->state = next;
    sim_identity_set(server);
    return WCK_OK;
}
