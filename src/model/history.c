/* SPDX-License-Identifier: MIT
 * history.c: what appeared and what went between two looks, told by the fingerprints of the findings. Text is copied once,
 * when a finding appears, so memory follows change. */
#include "model/history.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

enum { FINGERPRINT = 32 };

wck_history *wck_history_new(void)
{
    wck_history *h = calloc(1, sizeof *h);

    if (h == NULL)
        return NULL;
    h->arena = wck_arena_new();
    if (h->arena == NULL) {
        free(h);
        return NULL;
    }
    return h;
}

void wck_history_free(wck_history *h)
{
    if (h == NULL)
        return;
    wck_vec_clear(&h->rounds);
    wck_vec_clear(&h->open);
    wck_arena_free(h->arena);
    free(h);
}

static const char *keep(wck_history *h, const char *text, bool *ok)
{
    const char *copy = text != NULL ? wck_arena_strdup(h->arena, text) : NULL;

    *ok = *ok && (text == NULL || copy != NULL);
    return copy;
}

static bool fill(wck_history *h, wck_history_item *out, const wck_finding *f, wck_time since)
{
    bool ok = true;

    *out = (wck_history_item){.rule = f->rule, .severity = f->severity, .result = f->result, .object = f->object,
                              .since = since};
    memcpy(out->fingerprint, f->fingerprint, sizeof out->fingerprint);
    out->server = keep(h, f->server, &ok);
    out->message = keep(h, f->message, &ok);
    out->object.language = keep(h, f->object.language, &ok);
    out->object.file = keep(h, f->object.file, &ok);
    out->object.title = keep(h, f->object.title, &ok);
    out->object.name = keep(h, f->object.name, &ok);
    return ok;
}

typedef struct pair {
    wck_map before; /* fingerprints of the look before, to its items */
    wck_history_items now, appeared, went;
    bool *stays; /* by item of the look before */
} pair;

static bool note_before(pair *p, wck_history *h)
{
    p->stays = calloc(h->open.n + 1, sizeof *p->stays);
    for (size_t i = 0; p->stays != NULL && i < h->open.n; i++) {
        wck_map_entry *entry = wck_map_put(&p->before, h->open.items[i].fingerprint, FINGERPRINT, NULL);
        if (entry == NULL)
            return false;
        entry->value = &h->open.items[i];
    }
    return p->stays != NULL;
}

static bool note_finding(pair *p, wck_history *h, const wck_finding *f, wck_time at)
{
    const wck_map_entry *known = wck_map_find(&p->before, f->fingerprint, FINGERPRINT);
    wck_history_item *item = wck_vec_push(&p->now), *fresh;

    if (item == NULL)
        return false;
    if (known != NULL) {
        const wck_history_item *before = known->value;
        *item = *before;
        item->severity = f->severity;
        item->result = f->result;
        p->stays[before - h->open.items] = true;
        return true;
    }
    if (!fill(h, item, f, at))
        return false;
    fresh = wck_vec_push(&p->appeared);
    if (fresh != NULL)
        *fresh = *item;
    return fresh != NULL;
}

/* Of several with one fingerprint the last stands in the map, and speaks for all. */
static bool note_gone(pair *p, wck_history *h)
{
    for (size_t i = 0; i < h->open.n; i++) {
        const wck_map_entry *entry = wck_map_find(&p->before, h->open.items[i].fingerprint, FINGERPRINT);
        wck_history_item *gone;
        if (p->stays[(const wck_history_item *)entry->value - h->open.items])
            continue;
        gone = wck_vec_push(&p->went);
        if (gone == NULL)
            return false;
        *gone = h->open.items[i];
    }
    return true;
}

static wck_history_item *into_arena(wck_history *h, const wck_history_item *items, size_t n, bool *ok)
{
    wck_history_item *out = n > 0 ? wck_arena_array(h->arena, n, sizeof *out) : NULL;

    if (out != NULL)
        memcpy(out, items, n * sizeof *out);
    *ok = *ok && (n == 0 || out != NULL);
    return out;
}

static bool add_round(pair *p, wck_history *h, const wck_report *r, wck_time at)
{
    bool first = h->rounds.n == 0, ok = true;
    wck_history_round *round = wck_vec_push(&h->rounds);

    if (round == NULL)
        return false;
    *round = (wck_history_round){.at = at, .servers = r->servers.n, .errors = r->errors, .warnings = r->warnings,
                                 .notes = r->notes, .unknown = r->unknown, .waived = r->waived, .compared = !first};
    if (!first) {
        round->n_appeared = p->appeared.n;
        round->n_went = p->went.n;
        round->appeared = into_arena(h, p->appeared.items, p->appeared.n, &ok);
        round->went = into_arena(h, p->went.items, p->went.n, &ok);
    }
    return ok;
}

wck_status wck_history_add(wck_history *h, const wck_report *report, wck_time at, wck_error *err)
{
    pair p = {0};
    bool ok = note_before(&p, h);

    for (size_t i = 0; ok && i < report->findings.n; i++)
        ok = note_finding(&p, h, &report->findings.items[i], at);
    ok = ok && note_gone(&p, h) && add_round(&p, h, report, at);
    if (ok)
        wck_vec_take(&h->open, &p.now);
    wck_map_clear(&p.before); /* its keys stood in the items that are gone now */
    wck_vec_clear(&p.now);
    wck_vec_clear(&p.appeared);
    wck_vec_clear(&p.went);
    free(p.stays);
    return ok ? WCK_OK : wck_fail_memory(err, "looking at the history");
}
