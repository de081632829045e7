/* SPDX-License-Identifier: MIT
 * rows.c: partitions of update-keyed rows, loaded when a rule looks and not before. */
#include "rules/check.h"

#include <string.h>

/* Sub-range of rows with a leading GUID in partition p of n; rows are sorted, so two binary searches. */
#define NARROW(rows, count, key, p, n)                                                                         \
    do {                                                                                                       \
        size_t lo_ = 0, hi_ = (count);                                                                         \
        while (lo_ < hi_ && wck_partition_of((rows)[lo_].key, (n)) < (p)) {                                    \
            size_t mid_ = lo_ + (hi_ - lo_) / 2;                                                               \
            if (wck_partition_of((rows)[mid_].key, (n)) < (p))                                                 \
                lo_ = mid_ + 1;                                                                                \
            else                                                                                               \
                hi_ = mid_;                                                                                    \
        }                                                                                                      \
        hi_ = (count);                                                                                         \
        size_t end_ = lo_;                                                                                     \
        while (end_ < hi_) {                                                                                   \
            size_t mid_ = end_ + (hi_ - end_) / 2;                                                             \
            if (wck_partition_of((rows)[mid_].key, (n)) <= (p))                                                \
                end_ = mid_ + 1;                                                                               \
            else                                                                                               \
                hi_ = mid_;                                                                                    \
        }                                                                                                      \
        (rows) = (rows) == NULL ? NULL : (rows) + lo_;                                                         \
        (count) = end_ - lo_;                                                                                  \
    } while (0)

wck_status wck_rows_of(check *c, facts *f, size_t partition, wck_partition *out)
{
    wck_reader *reader = f->node->now;
    size_t coarse = partition * reader->n_partitions / c->n_partitions;

    if (!f->has_rows || f->loaded != coarse) {
        wck_status status;
        f->has_rows = false;
        wck_arena_reset(f->arena);
        memset(&f->rows, 0, sizeof f->rows);
        status = reader->ops->load(reader, coarse, f->arena, &f->rows, c->err);
        if (status != WCK_OK)
            return status;
        f->has_rows = true;
        f->loaded = coarse;
    }
    *out = f->rows;
    if (reader->n_partitions != c->n_partitions) {
        NARROW(out->updates, out->n_updates, id, partition, c->n_partitions);
        NARROW(out->declined, out->n_declined, id, partition, c->n_partitions);
        NARROW(out->approvals, out->n_approvals, update, partition, c->n_partitions);
    }
    return WCK_OK;
}

wck_status wck_part_at(const check *c, facts *f, size_t partition, const wck_part_info **out)
{
    wck_reader *reader = f->node->now;
    size_t at = partition * reader->n_partitions / c->n_partitions;

    if (f->parts == NULL || f->span != at / WCK_SPAN) {
        wck_status status = reader->ops->parts(reader, at / WCK_SPAN, &f->parts, c->err);
        if (status != WCK_OK) {
            f->parts = NULL;
            return status;
        }
        f->span = at / WCK_SPAN;
    }
    *out = &f->parts[at % WCK_SPAN];
    return WCK_OK;
}

static bool head_id(const wck_partition *p, wck_guid *id)
{
    bool any = false;

    if (p->n_updates > 0) {
        *id = p->updates[0].id;
        any = true;
    }
    if (p->n_declined > 0 && (!any || wck_guid_cmp(p->declined[0].id, *id) < 0)) {
        *id = p->declined[0].id;
        any = true;
    }
    if (p->n_approvals > 0 && (!any || wck_guid_cmp(p->approvals[0].update, *id) < 0)) {
        *id = p->approvals[0].update;
        any = true;
    }
    return any;
}

/* Take the rows of `id` off the front of the partition. */
static void take(wck_partition *p, wck_guid id, side *out)
{
    memset(out, 0, sizeof *out);
    out->updates = p->updates;
    while (p->n_updates > 0 && wck_guid_eq(p->updates[0].id, id)) {
        p->updates++;
        p->n_updates--;
        out->n_updates++;
    }
    while (p->n_declined > 0 && wck_guid_eq(p->declined[0].id, id)) {
        out->declined = p->declined;
        p->declined++;
        p->n_declined--;
    }
    out->approvals = p->approvals;
    while (p->n_approvals > 0 && wck_guid_eq(p->approvals[0].update, id)) {
        p->approvals++;
        p->n_approvals--;
        out->n_approvals++;
    }
}

bool wck_walk_next(walk *w)
{
    wck_guid a, b;
    bool has_a = head_id(&w->part[0], &a), has_b = head_id(&w->part[1], &b);

    if (!has_a && !has_b)
        return false;
    w->id = has_a && (!has_b || wck_guid_cmp(a, b) <= 0) ? a : b;
    take(&w->part[0], w->id, &w->side[0]);
    take(&w->part[1], w->id, &w->side[1]);
    return true;
}

/* Skip rows below the id, so that take() finds it at the front. */
#define SKIP_TO(rows, count, key, wanted)                                                                      \
    do {                                                                                                       \
        size_t lo_ = 0, hi_ = (count);                                                                         \
        while (lo_ < hi_) {                                                                                    \
            size_t mid_ = lo_ + (hi_ - lo_) / 2;                                                               \
            if (wck_guid_cmp((rows)[mid_].key, (wanted)) < 0)                                                  \
                lo_ = mid_ + 1;                                                                                \
            else                                                                                               \
                hi_ = mid_;                                                                                    \
        }                                                                                                      \
        (rows) = (rows) == NULL ? NULL : (rows) + lo_;                                                         \
        (count) -= lo_;                                                                                        \
    } while (0)

wck_status wck_side_of(check *c, facts *f, wck_guid update, side *out)
{
    wck_reader *reader = f->node->now;
    wck_partition part;
    wck_status status;

    memset(out, 0, sizeof *out);
    if (reader->ops->find != NULL && !c->options->verify)
        status = reader->ops->find(reader, update, c->found, &part, c->err);
    else
        status = wck_rows_of(c, f, wck_partition_of(update, c->n_partitions), &part);
    if (status != WCK_OK)
        return status;
    SKIP_TO(part.updates, part.n_updates, id, update);
    SKIP_TO(part.declined, part.n_declined, id, update);
    SKIP_TO(part.approvals, part.n_approvals, update, update);
    take(&part, update, out);
    return WCK_OK;
}

const wck_update *wck_side_revision(const side *s, int64_t revision)
{
    for (size_t i = 0; i < s->n_updates; i++)
        if (s->updates[i].revision == revision)
            return &s->updates[i];
    return NULL;
}

const wck_update *wck_side_highest(const side *s)
{
    return s->n_updates > 0 ? &s->updates[s->n_updates - 1] : NULL;
}

static bool counts(const wck_approval *a)
{
    return (a->action == WCK_ACTION_INSTALL || a->action == WCK_ACTION_UNINSTALL || a->action == WCK_ACTION_BLOCK) &&
           !wck_guid_eq(a->group, WCK_GROUP_DOWNSTREAM);
}

/* Highest revision, then lowest action, then latest deadline; no deadline is later than any. */
static bool better(const wck_approval *a, const wck_approval *b)
{
    if (a->revision != b->revision)
        return a->revision > b->revision;
    if (a->action != b->action)
        return a->action < b->action;
    if (a->deadline == b->deadline || b->deadline == WCK_TIME_NONE)
        return false;
    return a->deadline == WCK_TIME_NONE || a->deadline > b->deadline;
}

const wck_approval *wck_next_pick(const side *s, size_t *at)
{
    while (*at < s->n_approvals) {
        const wck_approval *pick = NULL;
        wck_guid group = s->approvals[*at].group;
        for (; *at < s->n_approvals && wck_guid_eq(s->approvals[*at].group, group); ++*at) {
            const wck_approval *a = &s->approvals[*at];
            if (counts(a) && (pick == NULL || better(a, pick)))
                pick = a;
        }
        if (pick != NULL)
            return pick;
    }
    return NULL;
}

const wck_approval *wck_pick_of(const side *s, wck_guid group)
{
    size_t at = 0;

    for (const wck_approval *a; (a = wck_next_pick(s, &at)) != NULL;)
        if (wck_guid_eq(a->group, group))
            return a;
    return NULL;
}
