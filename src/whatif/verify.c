/* SPDX-License-Identifier: MIT
 * verify.c: what came out as predicted, what did not, and what nobody predicted. */
#include "whatif/story.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

/* Ids that a change makes anew (re-created groups) cannot be predicted: names stand for them. */
const char *wck_story_key(wck_arena *arena, const wck_finding *f)
{
    if (f->rule >= 4020 && f->rule <= 4024 && f->object.name != NULL)
        return wck_arena_printf(arena, "WCK%d %s %s", f->rule, f->server, f->object.name);
    return wck_arena_strdup(arena, f->fingerprint);
}

void wck_whatif_verdict_clear(wck_whatif_verdict *v)
{
    free(v->predicted_came);
    free(v->now_unexpected);
    memset(v, 0, sizeof *v);
}

static bool learn(wck_map *map, wck_arena *arena, const wck_report *report)
{
    for (size_t i = 0; i < report->findings.n; i++) {
        const char *key = wck_story_key(arena, &report->findings.items[i]);
        if (key == NULL || wck_map_put(map, key, strlen(key), NULL) == NULL)
            return false;
    }
    return true;
}

static bool learn_keys(wck_map *map, const wck_strings *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        if (wck_map_put(map, keys->items[i], strlen(keys->items[i]), NULL) == NULL)
            return false;
    return true;
}

/* false: no memory. */
static bool knows(const wck_map *map, wck_arena *arena, const wck_finding *f, bool *out)
{
    const char *key = wck_story_key(arena, f);

    *out = key != NULL && wck_map_find(map, key, strlen(key)) != NULL;
    return key != NULL;
}

static bool judge(wck_whatif_verdict *v, const wck_report *predicted, const wck_report *now,
                  const wck_map *here, const wck_map *expected, wck_arena *arena)
{
    for (size_t i = 0; i < predicted->findings.n; i++) {
        if (!knows(here, arena, &predicted->findings.items[i], &v->predicted_came[i]))
            return false;
        v->came += v->predicted_came[i];
        v->missing += !v->predicted_came[i];
    }
    for (size_t i = 0; i < now->findings.n; i++) {
        bool known;
        if (!knows(expected, arena, &now->findings.items[i], &known))
            return false;
        v->now_unexpected[i] = !known;
        v->unexpected += !known;
    }
    return true;
}

wck_status wck_whatif_verify(wck_whatif_verdict *out, const wck_report *predicted,
                             const wck_strings *standing, const wck_report *now, wck_error *err)
{
    wck_arena *arena = wck_arena_new();
    wck_map here = {0}, expected = {0};
    bool ok;

    memset(out, 0, sizeof *out);
    out->predicted_came = calloc(predicted->findings.n + 1, sizeof(bool));
    out->now_unexpected = calloc(now->findings.n + 1, sizeof(bool));
    ok = arena != NULL && out->predicted_came != NULL && out->now_unexpected != NULL &&
         learn(&here, arena, now) && learn(&expected, arena, predicted) && learn_keys(&expected, standing) &&
         judge(out, predicted, now, &here, &expected, arena);
    wck_map_clear(&here);
    wck_map_clear(&expected);
    wck_arena_free(arena);
    if (ok)
        return WCK_OK;
    wck_whatif_verdict_clear(out);
    return wck_fail_memory(err, "verifying a prediction");
}
