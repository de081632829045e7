/* SPDX-License-Identifier: MIT
 * check_volume.c: too much at once: declined updates that came back (3032), more approvals than synchronizing bears
 * (4040). */
#include "rules/check.h"

#include <string.h>

static wck_finding *on_server(check *c, const facts *f, int rule)
{
    wck_object object = {.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = f->node->name};

    return wck_finding_add(c, f->node, rule, &object);
}

/* ---- 3032 ---- */

/* Listed now and not declined now, of those that were declined before. */
static size_t count_back(const wck_partition *now, const wck_declined *before, size_t n)
{
    size_t back = 0, u = 0, d = 0;

    for (size_t i = 0; i < n; i++) {
        while (u < now->n_updates && wck_guid_cmp(now->updates[u].id, before[i].id) < 0)
            u++;
        while (d < now->n_declined && wck_guid_cmp(now->declined[d].id, before[i].id) < 0)
            d++;
        back += u < now->n_updates && wck_guid_eq(now->updates[u].id, before[i].id) &&
                (d == now->n_declined || !wck_guid_eq(now->declined[d].id, before[i].id));
    }
    return back;
}

/* Rows of `before` in the range of partition p of n: it may be cut finer or coarser than the tree at hand. */
static void cut(const wck_partition *all, size_t p, size_t n, const wck_declined **rows, size_t *count)
{
    size_t from = 0, to;

    while (from < all->n_declined && wck_partition_of(all->declined[from].id, n) < p)
        from++;
    for (to = from; to < all->n_declined && wck_partition_of(all->declined[to].id, n) == p; to++)
        ;
    *rows = all->declined + from;
    *count = to - from;
}

/* Partitions of `before` are walked; the rows of now are asked for by the same range. */
static wck_status count_partition(check *c, facts *f, wck_reader *before, size_t partition, size_t *back)
{
    size_t finer = c->n_partitions > before->n_partitions ? c->n_partitions / before->n_partitions : 1;
    wck_partition then, now;
    wck_status status;

    wck_arena_reset(c->changed);
    status = before->ops->load(before, partition, c->changed, &then, c->err);
    for (size_t i = 0; i < finer && status == WCK_OK; i++) {
        size_t p = c->n_partitions >= before->n_partitions ? partition * finer + i
                                                           : partition * c->n_partitions / before->n_partitions;
        const wck_declined *rows;
        size_t n;
        status = wck_rows_of(c, f, p, &now);
        if (status != WCK_OK)
            break;
        if (finer > 1)
            cut(&then, p, c->n_partitions, &rows, &n);
        else {
            rows = then.declined;
            n = then.n_declined;
        }
        *back += count_back(&now, rows, n);
    }
    return status;
}

/* Where the cuts agree, a span or partition whose digest did not change holds what it held. */
static wck_status count_span(check *c, facts *f, wck_reader *before, size_t span, size_t *back)
{
    wck_reader *now = f->node->now;
    bool alike = !c->options->verify && before->n_partitions == now->n_partitions;
    size_t from = span * WCK_SPAN, to = from + WCK_SPAN < before->n_partitions ? from + WCK_SPAN : before->n_partitions;
    const wck_part_info *then = NULL, *parts = NULL;
    wck_status status;

    if (alike && wck_digest_eq(&now->spans[span].digest, &before->spans[span].digest))
        return WCK_OK;
    status = before->ops->parts(before, span, &then, c->err);
    if (status == WCK_OK && alike)
        status = now->ops->parts(now, span, &parts, c->err);
    for (size_t p = from; p < to && status == WCK_OK; p++)
        if (then[p - from].n_declined > 0 &&
            (parts == NULL || !wck_digest_eq(&then[p - from].digest, &parts[p - from].digest)))
            status = count_partition(c, f, before, p, back);
    return status;
}

/* "Many": at least ten and a tenth of what was declined; an administrator who takes back a few is at work. */
wck_status wck_check_undeclined(check *c, facts *f)
{
    enum { MANY = 10, SHARE = 10 };
    wck_reader *before = f->node->before;
    wck_status status = WCK_OK;
    size_t back = 0;

    if (before == NULL || before->head->coverage[WCK_SECTION_DECLINED].state != WCK_COVERAGE_COMPLETE ||
        !wck_complete(f, WCK_SECTION_DECLINED) || !wck_listed(f, WCK_SECTION_UPDATES) || before->n_declined < MANY)
        return WCK_OK;
    for (size_t span = 0; span < before->n_spans && status == WCK_OK; span++)
        status = count_span(c, f, before, span, &back);
    if (status == WCK_OK && back >= MANY && back * SHARE >= before->n_declined) {
        wck_finding *found = on_server(c, f, 3032);
        wck_finding_says(c, found, "declined as before", wck_text(c, "%zu came back", back));
        wck_finding_evidence(c, found, "declined_before", "%zu", before->n_declined);
        wck_finding_evidence(c, found, "declined_now", "%zu", f->node->now->n_declined);
    }
    return status;
}

/* ---- 4040 ---- */

/* More than 500 approved updates are worth a review (users.md B28); 10,000 approvals over all groups is the same for the
 * product of updates and groups, 500 updates in 20 groups. */
enum { MOST_UPDATES = 500, MOST_APPROVALS = 10000 };

/* Every row read again, for --verify. */
static wck_status count_volume(check *c, facts *f, size_t *updates, size_t *approvals)
{
    *updates = *approvals = 0;
    for (size_t p = 0; p < c->n_partitions; p++) {
        walk w = {0};
        wck_status status = wck_rows_of(c, f, p, &w.part[0]);
        if (status != WCK_OK)
            return status;
        while (wck_walk_next(&w)) {
            size_t at = 0, n = 0;
            for (const wck_approval *a; (a = wck_next_pick(&w.side[0], &at)) != NULL;)
                n += a->action == WCK_ACTION_INSTALL || a->action == WCK_ACTION_UNINSTALL;
            *updates += n > 0;
            *approvals += n;
        }
    }
    return WCK_OK;
}

wck_status wck_check_volume(check *c, facts *f)
{
    size_t updates = f->node->now->n_approved_updates, approvals = f->node->now->n_approved;
    wck_status status = WCK_OK;
    wck_finding *found;

    if (!wck_listed(f, WCK_SECTION_APPROVALS))
        return WCK_OK;
    if (c->options->verify)
        status = count_volume(c, f, &updates, &approvals);
    if (status != WCK_OK || (updates <= MOST_UPDATES && approvals <= MOST_APPROVALS))
        return status;
    found = on_server(c, f, 4040);
    wck_finding_says(c, found, "at most 500 approved updates", wck_text(c, "%zu", updates));
    wck_finding_evidence(c, found, "approvals", "%zu", approvals);
    return WCK_OK;
}
