/* SPDX-License-Identifier: MIT
 * story.c: see story.h. */
#include "whatif/story.h"

#include "base/map.h"

#include <stdio.h>
#include <string.h>

static wck_status tell(wck_prediction *p, const char *server, const char *what, size_t count, const char *fmt,
                       wck_error *err)
{
    wck_consequence *c;
    char text[400];

    if (count == 0)
        return WCK_OK;
    c = wck_vec_push(&p->consequences);
    if (c == NULL)
        return wck_fail_memory(err, "telling what a change does");
    snprintf(text, sizeof text, "%zu %s", count, fmt);
    c->server = wck_arena_strdup(p->arena, server);
    c->what = what; /* a literal */
    c->count = count;
    c->text = wck_arena_strdup(p->arena, text);
    return c->server != NULL && c->text != NULL ? WCK_OK : wck_fail_memory(err, "telling what a change does");
}

typedef struct line {
    const char *what;
    size_t count;
    const char *text;
} line;

static wck_status tell_all(wck_prediction *p, const char *server, const line *lines, size_t n, wck_error *err)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < n && status == WCK_OK; i++)
        status = tell(p, server, lines[i].what, lines[i].count, lines[i].text, err);
    return status;
}

static wck_status tell_children(wck_prediction *p, const wck_node *node, const char *what, const char *text,
                                wck_error *err)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < node->n_children && status == WCK_OK; i++)
        status = tell(p, node->children[i]->path, what, 1, text, err);
    return status;
}

wck_status wck_story_of_change(wck_prediction *p, const wck_node *node, const wck_change *c,
                               const wck_whatif_counts *n, wck_error *err)
{
    const line lines[] = {
        {"updates_not_offered", n->not_offered, "updates that it holds today will not be offered to it"},
        {"updates_arrive", n->updates_after, "updates arrive anew with its first synchronization"},
        {"updates_cannot_tell", n->cannot_tell,
         "of these cannot be judged (selection, product, classification or language not known); counted as "
         "arriving"},
        {"approvals_lost", n->approvals_lost, "approvals made on it are lost"},
        {"declines_lost", n->declines_lost, "declines are lost: these updates come back as not approved"},
        {"groups_lost", n->groups_lost, "target groups are lost, and their members"},
        {"eulas_lost", n->eulas_lost, "accepted license agreements are lost"},
        {"declined_by_cleanup", n->declined_by_cleanup, "updates become declined"},
        {"deleted_by_cleanup", n->deleted_by_cleanup, "updates are deleted"},
    };
    wck_status status = tell_all(p, node->path, lines, sizeof lines / sizeof *lines, err);

    if (status == WCK_OK && c->kind == WCK_CHANGE_REINSTALL)
        status = tell_children(
            p, node, "server_changed",
            "full synchronization: the upstream server has another id (ServerChanged), so every "
            "anchor is void",
            err);
    if (status == WCK_OK && c->kind == WCK_CHANGE_REPOINT)
        status =
            tell(p, node->path, "server_changed", 1,
                 "full synchronization: anchors of the old upstream server are void at the new one", err);
    return status;
}

/* ---- today and then ---- */

static bool note_standing(wck_prediction *p, const wck_finding *f)
{
    const char *key = wck_story_key(p->arena, f);

    if (key != NULL)
        p->standing.items[p->standing.n++] = key;
    return key != NULL;
}

wck_status wck_story_keep_new(wck_prediction *p, const wck_report *today, wck_error *err)
{
    wck_report *then = p->report;
    size_t kept = 0;
    wck_map known = {0};
    bool ok;

    p->standing.items = wck_arena_array(p->arena, then->findings.n, sizeof *p->standing.items);
    ok = p->standing.items != NULL;
    for (size_t i = 0; i < today->findings.n && ok; i++)
        ok = wck_map_put(&known, today->findings.items[i].fingerprint, 32, NULL) != NULL;
    for (size_t i = 0; i < then->findings.n && ok; i++) {
        if (wck_map_find(&known, then->findings.items[i].fingerprint, 32) != NULL)
            ok = note_standing(p, &then->findings.items[i]);
        else
            then->findings.items[kept++] = then->findings.items[i];
    }
    wck_map_clear(&known);
    if (!ok)
        return wck_fail_memory(err, "comparing today with then");
    then->findings.n = kept;
    p->solved = today->findings.n - p->standing.n;
    wck_report_finish(then);
    return WCK_OK;
}

/* One row per kind of consequence that a rule tells. */
static const struct {
    int rule;
    const char *what, *text;
} told[] = {
    {3010, "remedy_1",
     "needed updates will be asked for upstream and not be there: remedy 1, select them first"},
    {3011, "remedy_2", "updates nobody needs will not be there upstream: remedy 2, cancel and decline them"},
    {3012, "remedy_3", "updates will be on their way: remedy 3, the next synchronization resolves it"},
    {3013, "cleaned", "updates will be gone upstream although they are selected: import or decline"},
    {3001, "missing", "updates will be missing here"},
    {3002, "arrive_below", "updates will come with the next synchronization"},
    {4001, "approvals_gained", "approvals will come from upstream"},
    {4002, "approvals_removed", "approvals will be removed by the next synchronization"},
    {4007, "approvals_orphan", "approvals become orphans: the rebuilt upstream server does not know them"},
    {4010, "approvals_inactive", "approvals become permanently inactive because of the languages"},
    {3030, "declines_gained", "declines will come from upstream"},
    {3031, "declines_stay", "declines stay here only"},
    {4020, "groups_gained", "target groups will come from upstream"},
    {4021, "groups_removed", "target groups are not upstream any more"},
    {4023, "groups_recreated", "target groups have another id upstream: members and approvals are lost"},
    {2001, "languages_more", "languages are enabled here and not upstream"},
    {2003, "languages_fewer", "languages of the upstream server are missing here"},
    {2004, "products_not_offered", "products are not offered upstream any more"},
    {2005, "classifications_not_offered", "classifications are not offered upstream any more"},
};

enum { N_TOLD = sizeof told / sizeof *told };

/* Findings come server by server; *at is the first of this one. */
static wck_status sum_up(wck_prediction *p, const char *server, size_t *at, wck_error *err)
{
    const wck_report *r = p->report;
    size_t counts[N_TOLD] = {0};
    wck_status status = WCK_OK;

    for (; *at < r->findings.n && strcmp(r->findings.items[*at].server, server) == 0; ++*at)
        for (size_t k = 0; k < N_TOLD; k++)
            counts[k] += r->findings.items[*at].rule == told[k].rule;
    for (size_t k = 0; k < N_TOLD && status == WCK_OK; k++)
        status = tell(p, server, told[k].what, counts[k], told[k].text, err);
    return status;
}

wck_status wck_story_of_report(wck_prediction *p, wck_error *err)
{
    wck_status status = WCK_OK;
    size_t at = 0;

    for (size_t s = 0; s < p->report->servers.n && status == WCK_OK; s++)
        status = sum_up(p, p->report->servers.items[s].path, &at, err);
    return status;
}
