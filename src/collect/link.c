/* SPDX-License-Identifier: MIT
 * link.c: the second pass over decoded documents, when all of them are known.
 *
 * A document names categories by id only; which of them is a classification and which a product stands in the
 * documents of those categories. Bundle members that carry files repeat the ids in a plain AtLeastOne, others
 * name none and have those of their bundle (protocol.md 7). Nothing is guessed: an update whose documents do
 * not say one classification has none.
 *
 * What an id is taken for:
 *   a listed classification          classification (two different ones: none)
 *   a listed company, family or product   product
 *   a listed detectoid               neither: it is no category
 *   not listed, or without a type    product, because the update says it is a category and WSUS has two sorts
 * only; but one of the published classification ids (domain.md 7.1) is left out, so that a server whose
 * categories could not be read has equal products, not one more */
#include "collect/decode_update.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NESTING = 8 }; /* bundles of bundles: one level in reality (protocol.md 7) */

typedef struct link_row {
    wck_identity id;
    size_t index; /* in snapshot->updates */
    wck_guids categories, plain_any;
    bool has_categories;  /* classification and products are settled */
    bool repeats;         /* they came from a plain AtLeastOne */
    bool wants_languages; /* a bundle that named none */
    struct {              /* inherited from bundles: */
        wck_guid classification;
        bool any, conflict;
        WCK_VEC(wck_guid) products;
    } from;
} link_row;

struct wck_link {
    WCK_VEC(link_row) rows;
    wck_map kinds; /* category id → (wck_category_kind + 1) as a pointer's number */
    wck_map by_id; /* identity → link_row */
};

wck_link *wck_link_new(void)
{
    return calloc(1, sizeof(wck_link));
}

void wck_link_free(wck_link *link)
{
    if (link == NULL)
        return;
    for (size_t i = 0; i < link->rows.n; i++)
        wck_vec_clear(&link->rows.items[i].from.products);
    wck_vec_clear(&link->rows);
    wck_map_clear(&link->kinds);
    wck_map_clear(&link->by_id);
    free(link);
}

static wck_status no_memory(wck_error *err)
{
    return wck_fail_memory(err, "linking updates with their categories");
}

wck_status wck_link_add(wck_link *link, wck_snapshot *snapshot, const wck_document *document, wck_error *err)
{
    wck_update *update;
    link_row *row;

    if (document->kind == WCK_DOCUMENT_CATEGORY) {
        wck_category *category = wck_snapshot_add_category(snapshot);
        if (category == NULL)
            return no_memory(err);
        *category = document->category;
        return WCK_OK;
    }
    row = wck_vec_push(&link->rows);
    update = row == NULL ? NULL : wck_snapshot_add_update(snapshot);
    if (update == NULL)
        return no_memory(err);
    *update = document->update;
    row->id = (wck_identity){update->id, update->revision};
    row->index = snapshot->updates.n - 1;
    row->categories = document->categories;
    row->plain_any = document->plain_any;
    row->wants_languages = !update->languages_known && update->bundles.n > 0;
    return WCK_OK;
}

/* ---- what an id is ---- */

static wck_status learn_kinds(wck_link *link, const wck_snapshot *snapshot, wck_error *err)
{
    for (size_t i = 0; i < snapshot->categories.n; i++) {
        const wck_category *c = &snapshot->categories.items[i];
        bool added;
        wck_map_entry *e = wck_map_put(&link->kinds, &c->id, sizeof c->id, &added);
        if (e == NULL)
            return no_memory(err);
        /* Several revisions of one category: a type that one of them names is its type. */
        if (added || c->kind > (wck_category_kind)((uintptr_t)e->value - 1))
            e->value = (void *)((uintptr_t)c->kind + 1);
    }
    return WCK_OK;
}

static wck_status learn_rows(wck_link *link, wck_error *err)
{
    for (size_t i = 0; i < link->rows.n; i++) {
        link_row *row = &link->rows.items[i];
        wck_map_entry *e = wck_map_put(&link->by_id, &row->id, sizeof row->id, NULL);
        if (e == NULL)
            return no_memory(err);
        e->value = row;
    }
    return WCK_OK;
}

static bool is_published_classification(wck_guid id)
{
    static const wck_guid published[] = {
        {0xe6cf1350c01b414dULL, 0xa61f263d14d133b4ULL}, /* Critical Updates */
        {0x0fa1201d43304fa8ULL, 0x8ae9b877473b6441ULL}, /* Security Updates */
        {0xe0789628ce084437ULL, 0xbe742495b842f43bULL}, /* Definition Updates */
        {0xcd5ffd1ee9324e3aULL, 0xbf7418bf0b1bbd83ULL}, /* Updates */
        {0x28bc880e05924cbfULL, 0x8f95c79b17911d5fULL}, /* Update Rollups */
        {0x68c5b0a3d1a64553ULL, 0xae4901d3a7827828ULL}, /* Service Packs */
        {0xb54e7d247add428fULL, 0x8b7590a396fa584fULL}, /* Feature Packs */
        {0xb4832bd8e7354761ULL, 0x8daf37f882276dabULL}, /* Tools */
        {0xebfc1fc571a44f7bULL, 0x9aca3b9a503104a0ULL}, /* Drivers */
        {0x77835c8d62a741f5ULL, 0x82adf28d1af1e3b1ULL}, /* Driver Sets */
        {0x3689bdc8b2054af4ULL, 0x8d4aa63924c5e9d5ULL}, /* Upgrades */
        {0x5c9376ab8ce6464aULL, 0xb13622113dd69801ULL}, /* Applications */
    };

    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (wck_guid_eq(published[i], id))
            return true;
    return false;
}

typedef enum role { ROLE_NONE, ROLE_CLASSIFICATION, ROLE_PRODUCT } role;

static bool is_listed(const wck_link *link, wck_guid id, wck_category_kind *kind)
{
    const wck_map_entry *e = wck_map_find(&link->kinds, &id, sizeof id);

    if (e != NULL)
        *kind = (wck_category_kind)((uintptr_t)e->value - 1);
    return e != NULL;
}

static role role_of(const wck_link *link, wck_guid id)
{
    wck_category_kind kind;

    if (!is_listed(link, id, &kind) || kind == WCK_CATEGORY_UNKNOWN)
        return is_published_classification(id) ? ROLE_NONE : ROLE_PRODUCT;
    if (kind == WCK_CATEGORY_CLASSIFICATION)
        return ROLE_CLASSIFICATION;
    return kind == WCK_CATEGORY_DETECTOID ? ROLE_NONE : ROLE_PRODUCT;
}

/* In a plain AtLeastOne only what is known to be a category counts: most of those ids are updates or
 * detectoids. */
static bool is_known_category(const wck_link *link, wck_guid id)
{
    wck_category_kind kind;

    return is_listed(link, id, &kind) && kind != WCK_CATEGORY_DETECTOID && kind != WCK_CATEGORY_UNKNOWN;
}

/* ---- classification and products ---- */

static wck_status assign(const wck_link *link, wck_snapshot *snapshot, wck_update *u, const wck_guids *ids,
                         bool known_only, wck_error *err)
{
    bool conflict = false;

    u->products.items =
        ids->n == 0 ? NULL : wck_arena_array(snapshot->arena, ids->n, sizeof *u->products.items);
    if (ids->n > 0 && u->products.items == NULL)
        return no_memory(err);
    for (size_t i = 0; i < ids->n; i++) {
        wck_guid id = ids->items[i];
        role r = known_only && !is_known_category(link, id) ? ROLE_NONE : role_of(link, id);
        if (r == ROLE_PRODUCT)
            u->products.items[u->products.n++] = id;
        if (r != ROLE_CLASSIFICATION)
            continue;
        conflict = conflict || (!wck_guid_is_zero(u->classification) && !wck_guid_eq(u->classification, id));
        u->classification = id;
    }
    if (conflict)
        u->classification = (wck_guid){0, 0};
    return WCK_OK;
}

static bool any_known_category(const wck_link *link, const wck_guids *ids)
{
    for (size_t i = 0; i < ids->n; i++)
        if (is_known_category(link, ids->items[i]))
            return true;
    return false;
}

/* The lists that only repeat the categories are said already; they are no prerequisites of their own. */
static void drop_repeated(const wck_link *link, wck_update *u)
{
    size_t n = 0;

    for (size_t i = 0; i < u->n_prerequisites; i++) {
        const wck_guids *list = &u->prerequisites[i];
        bool repeated = list->n > 0;
        for (size_t k = 0; k < list->n; k++)
            repeated = repeated && is_known_category(link, list->items[k]);
        if (!repeated)
            u->prerequisites[n++] = *list;
    }
    u->n_prerequisites = n;
}

static wck_status own_categories(wck_link *link, wck_snapshot *snapshot, wck_error *err)
{
    for (size_t i = 0; i < link->rows.n; i++) {
        link_row *row = &link->rows.items[i];
        wck_update *u = &snapshot->updates.items[row->index];
        wck_status status = WCK_OK;
        row->repeats = row->categories.n == 0 && any_known_category(link, &row->plain_any);
        row->has_categories = row->categories.n > 0 || row->repeats;
        if (row->repeats)
            status = assign(link, snapshot, u, &row->plain_any, true, err);
        else if (row->categories.n > 0)
            status = assign(link, snapshot, u, &row->categories, false, err);
        if (status != WCK_OK)
            return status;
        if (row->repeats)
            drop_repeated(link, u);
    }
    return WCK_OK;
}

static link_row *find_row(const wck_link *link, wck_identity id)
{
    wck_map_entry *e = wck_map_find(&link->by_id, &id, sizeof id);

    return e == NULL ? NULL : e->value;
}

/* One bundle hands its categories to one member. */
static wck_status hand_down(link_row *member, const wck_update *bundle, wck_error *err)
{
    if (member->from.any && !wck_guid_eq(member->from.classification, bundle->classification))
        member->from.conflict = true;
    member->from.any = true;
    member->from.classification = bundle->classification;
    for (size_t i = 0; i < bundle->products.n; i++) {
        wck_guid *id = wck_vec_push(&member->from.products);
        if (id == NULL)
            return no_memory(err);
        *id = bundle->products.items[i];
    }
    return WCK_OK;
}

static wck_status settle_inherited(wck_snapshot *snapshot, link_row *row, wck_error *err)
{
    wck_update *u = &snapshot->updates.items[row->index];
    size_t n = row->from.products.n;

    u->products.n = 0;
    u->products.items = n == 0 ? NULL : wck_arena_array(snapshot->arena, n, sizeof *u->products.items);
    if (n > 0 && u->products.items == NULL)
        return no_memory(err);
    if (n > 0)
        memcpy(u->products.items, row->from.products.items, n * sizeof *u->products.items);
    u->products.n = n;
    if (!row->from.conflict)
        u->classification = row->from.classification;
    row->has_categories = true;
    wck_vec_clear(&row->from.products);
    return WCK_OK;
}

/* One level of bundles: those whose categories are settled hand them to members that have none. */
static wck_status inherit_once(wck_link *link, wck_snapshot *snapshot, bool *changed, wck_error *err)
{
    wck_status status = WCK_OK;

    *changed = false;
    for (size_t i = 0; i < link->rows.n && status == WCK_OK; i++) {
        const wck_update *bundle = &snapshot->updates.items[link->rows.items[i].index];
        for (size_t k = 0; link->rows.items[i].has_categories && k < bundle->bundles.n && status == WCK_OK;
             k++) {
            link_row *member = find_row(link, bundle->bundles.items[k]);
            if (member != NULL && !member->has_categories)
                status = hand_down(member, bundle, err);
        }
    }
    for (size_t i = 0; i < link->rows.n && status == WCK_OK; i++) {
        link_row *row = &link->rows.items[i];
        if (!row->from.any || row->has_categories)
            continue;
        status = settle_inherited(snapshot, row, err);
        *changed = true;
    }
    return status;
}

/* ---- languages of bundles (docs/adr/0002-update-languages.md) ---- */

/* false: one of the members is not listed, or its languages are not known (yet). */
static bool members_languages(const wck_link *link, const wck_snapshot *snapshot, const wck_update *bundle,
                              size_t *n, bool *neutral)
{
    *n = 0;
    *neutral = false;
    for (size_t i = 0; i < bundle->bundles.n; i++) {
        const link_row *row = find_row(link, bundle->bundles.items[i]);
        const wck_update *member = row == NULL ? NULL : &snapshot->updates.items[row->index];
        if (member == NULL || !member->languages_known)
            return false;
        *n += member->languages.n;
        *neutral = *neutral || member->languages.n == 0;
    }
    return true;
}

static wck_status take_languages(const wck_link *link, wck_snapshot *snapshot, wck_update *bundle,
                                 bool *changed, wck_error *err)
{
    bool neutral;
    size_t n;

    if (!members_languages(link, snapshot, bundle, &n, &neutral))
        return WCK_OK;
    *changed = bundle->languages_known = true;
    if (neutral || n == 0)
        return WCK_OK;
    bundle->languages.items = wck_arena_array(snapshot->arena, n, sizeof *bundle->languages.items);
    if (bundle->languages.items == NULL)
        return no_memory(err);
    for (size_t i = 0; i < bundle->bundles.n; i++) {
        const wck_update *member = &snapshot->updates.items[find_row(link, bundle->bundles.items[i])->index];
        for (size_t k = 0; k < member->languages.n; k++)
            bundle->languages.items[bundle->languages.n++] = member->languages.items[k];
    }
    return WCK_OK;
}

static wck_status languages_once(wck_link *link, wck_snapshot *snapshot, bool *changed, wck_error *err)
{
    wck_status status = WCK_OK;

    *changed = false;
    for (size_t i = 0; i < link->rows.n && status == WCK_OK; i++) {
        const link_row *row = &link->rows.items[i];
        wck_update *u = &snapshot->updates.items[row->index];
        if (row->wants_languages && !u->languages_known)
            status = take_languages(link, snapshot, u, changed, err);
    }
    return status;
}

wck_status wck_link_finish(wck_link *link, wck_snapshot *snapshot, wck_error *err)
{
    bool changed = true;
    wck_status status = learn_kinds(link, snapshot, err);

    if (status == WCK_OK)
        status = learn_rows(link, err);
    if (status == WCK_OK)
        status = own_categories(link, snapshot, err);
    for (int i = 0; i < MAX_NESTING && changed && status == WCK_OK; i++)
        status = inherit_once(link, snapshot, &changed, err);
    changed = true;
    for (int i = 0; i < MAX_NESTING && changed && status == WCK_OK; i++)
        status = languages_once(link, snapshot, &changed, err);
    return status;
}
