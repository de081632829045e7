/* SPDX-License-Identifier: MIT
 * check_metadata.c: WCK3022, one revision that says different things on two servers. A revision never changes
 * (MS-WSUSSS), so a difference means tampering or a broken database. Each server is held against the nearest
 * ancestor that lists the revision, else against the first server of the tree that does. */
#include "rules/check.h"

#include <string.h>

static bool guids_eq(const wck_guids *a, const wck_guids *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->items, b->items, a->n * sizeof *a->items) == 0);
}

static bool strings_eq(const wck_strings *a, const wck_strings *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

static bool bundles_eq(const wck_identities *a, const wck_identities *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!wck_guid_eq(a->items[i].id, b->items[i].id) || a->items[i].revision != b->items[i].revision)
            return false;
    return true;
}

static bool files_eq(const wck_update *a, const wck_update *b)
{
    if (a->n_files != b->n_files)
        return false;
    for (size_t i = 0; i < a->n_files; i++)
        if (memcmp(a->files[i].digest, b->files[i].digest, sizeof a->files[i].digest) != 0)
            return false;
    return true;
}

static bool optional_eq(wck_guid a, wck_guid b)
{
    return wck_guid_is_zero(a) || wck_guid_is_zero(b) || wck_guid_eq(a, b);
}

/* Listed, but its document could not be had: nothing to compare. */
static bool without_metadata(const wck_update *u)
{
    return u->type == WCK_UPDATE_UNKNOWN && u->title == NULL && wck_guid_is_zero(u->classification) &&
           u->products.n == 0 && u->n_files == 0 && u->bundles.n == 0 && u->supersedes.n == 0;
}

static bool told(bool whole, size_t a, size_t b)
{
    return whole || (a > 0 && b > 0);
}

/* NULL when both say the same, else the first field that differs. Null is not known and never differs. `whole`: both
 * sections were read completely; otherwise an empty list may also mean that the source cannot tell it (the
 * administration API tells no bundles or files), so only lists that both sides give are compared. */
static const char *difference(const wck_update *a, const wck_update *b, bool whole)
{
    if (without_metadata(a) || without_metadata(b))
        return NULL;
    if (a->type != b->type && a->type != WCK_UPDATE_UNKNOWN && b->type != WCK_UPDATE_UNKNOWN)
        return "type";
    if (!optional_eq(a->classification, b->classification))
        return "classification";
    if (told(whole, a->products.n, b->products.n) && !guids_eq(&a->products, &b->products))
        return "products";
    if (a->languages_known && b->languages_known && !strings_eq(&a->languages, &b->languages))
        return "languages";
    if (told(whole, a->n_files, b->n_files) && !files_eq(a, b))
        return "files";
    if (told(whole, a->supersedes.n, b->supersedes.n) && !guids_eq(&a->supersedes, &b->supersedes))
        return "supersedes";
    if (told(whole, a->bundles.n, b->bundles.n) && !bundles_eq(&a->bundles, &b->bundles))
        return "bundles";
    return optional_eq(a->eula, b->eula) ? NULL : "eula";
}

/* Partitions that were looked into in vain. A server whose partition has one of these digests lists the same updates,
 * and most servers of a tree do, so most need not be asked. */
typedef struct vain {
    wck_digest digests[8];
    size_t n;
} vain;

static bool is_vain(check *c, vain *v, facts *f, wck_guid update)
{
    const wck_part_info *part = NULL;

    if (c->options->verify || f->node->now->n_partitions != c->n_partitions)
        return false;
    if (wck_part_at(c, f, wck_partition_of(update, c->n_partitions), &part) != WCK_OK) {
        c->failed = true;
        return true;
    }
    for (size_t i = 0; i < v->n; i++)
        if (wck_digest_eq(&v->digests[i], &part->digest))
            return true;
    if (v->n < sizeof v->digests / sizeof v->digests[0])
        v->digests[v->n++] = part->digest;
    return false;
}

/* `v`: not asked when it holds the server's partition, which is added to it. */
static const wck_update *listed_on(check *c, size_t node, const wck_update *u, vain *v)
{
    facts *f = &c->facts[node];
    side s;

    if (!wck_listed(f, WCK_SECTION_UPDATES))
        return NULL;
    if (is_vain(c, v, f, u->id))
        return NULL;
    if (wck_side_of(c, f, u->id, &s) != WCK_OK) {
        c->failed = true;
        return NULL;
    }
    return wck_side_revision(&s, u->revision);
}

/* Another server that lists this revision: the nearest ancestor from `up` on, else the first of the tree before f.
 * parent: may be NULL; its rows are known not to have it. */
static const wck_update *reference(check *c, const facts *f, facts *parent, const wck_node *up, const wck_update *u,
                                   const facts **where)
{
    const wck_update *found = NULL;
    vain v = {.n = 0};

    if (parent != NULL)
        (void)is_vain(c, &v, parent, u->id);
    for (; up != NULL && found == NULL; up = up->parent) {
        *where = &c->facts[up->index];
        found = listed_on(c, up->index, u, &v);
    }
    for (size_t i = 0; i < f->node->index && found == NULL; i++) {
        *where = &c->facts[i];
        found = listed_on(c, i, u, &v);
    }
    return found;
}

/* true when it was found to differ */
static bool compare(check *c, const facts *f, const wck_update *u, const wck_update *other, const facts *where,
                    bool report)
{
    bool whole = wck_complete(f, WCK_SECTION_UPDATES) && wck_complete(where, WCK_SECTION_UPDATES);
    const char *field = difference(other, u, whole);
    wck_object object = wck_object_of_update(u->id, u->revision, u->title);
    wck_finding *found;

    if (field == NULL || !report)
        return field != NULL;
    found = wck_finding_add(c, f->node, 3022, &object);
    wck_finding_says(c, found, wck_text(c, "the same %s", field), wck_text(c, "another %s", field));
    wck_finding_evidence(c, found, "field", "%s", field);
    wck_finding_evidence(c, found, "compared_with", "%.300s", where->node->path);
    return true;
}

void wck_check_metadata_pair(check *c, edge *e, const walk *w, int verdict, size_t *folded)
{
    const side *down = &w->side[1];

    if (!wck_listed(e->down, WCK_SECTION_UPDATES))
        return;
    for (size_t i = 0; i < down->n_updates; i++) {
        const wck_update *u = &down->updates[i];
        const facts *where = e->up;
        bool listed = wck_listed(e->up, WCK_SECTION_UPDATES);
        const wck_update *other = listed ? wck_side_revision(&w->side[0], u->revision) : NULL;
        if (other == NULL)
            other = reference(c, e->down, listed ? e->up : NULL, e->up->node->parent, u, &where);
        if (other != NULL)
            *folded += compare(c, e->down, u, other, where, !wck_swallows(verdict)) && wck_swallows(verdict);
    }
}

wck_status wck_check_metadata(check *c, facts *f, size_t partition)
{
    wck_partition rows;
    wck_status status;

    if (!wck_listed(f, WCK_SECTION_UPDATES) || f->node->index == 0)
        return WCK_OK;
    status = wck_rows_of(c, f, partition, &rows);
    for (size_t i = 0; status == WCK_OK && i < rows.n_updates; i++) {
        const facts *where = NULL;
        const wck_update *other = reference(c, f, NULL, f->node->parent, &rows.updates[i], &where);
        if (other != NULL)
            compare(c, f, &rows.updates[i], other, where, true);
    }
    return status;
}
