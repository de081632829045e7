/* SPDX-License-Identifier: MIT
 * selection.c: see selection.h. */
#include "model/selection.h"

#include <string.h>

enum { MAX_LEVELS = 8 }; /* company, family, product: 3; 8 stops a cycle in bad data */

bool wck_guids_have(const wck_guids *set, wck_guid id)
{
    return wck_guid_find(set->items, set->n, sizeof *set->items, id) != NULL;
}

const wck_category *wck_snapshot_category(const wck_snapshot *s, wck_guid id)
{
    return wck_guid_find(s->categories.items, s->categories.n, sizeof(wck_category), id);
}

static const wck_category *find_here(const void *where, wck_guid id)
{
    return wck_snapshot_category(where, id);
}

bool wck_product_selected(const wck_guids *selected, wck_guid product, wck_category_fn *find,
                          const void *where)
{
    for (int level = 0; level < MAX_LEVELS; level++) {
        const wck_category *category;
        if (wck_guids_have(selected, product))
            return true;
        category = find(where, product);
        if (category == NULL || wck_guid_is_zero(category->parent))
            return false;
        product = category->parent;
    }
    return false;
}

static bool is_all(const wck_language *l)
{
    return l->id == 0 || (l->code != NULL && strcmp(l->code, "all") == 0);
}

/* A list that was not read whole says nothing about what it does not hold. */
static int8_t when_not_listed(const wck_snapshot *head)
{
    return head->coverage[WCK_SECTION_LANGUAGES].state == WCK_COVERAGE_COMPLETE ? 0 : WCK_BOOL_NONE;
}

int8_t wck_languages_all(const wck_snapshot *head)
{
    if (head->coverage[WCK_SECTION_LANGUAGES].state < WCK_COVERAGE_PARTIAL)
        return WCK_BOOL_NONE;
    for (size_t i = 0; i < head->languages.n; i++)
        if (is_all(&head->languages.items[i]))
            return head->languages.items[i].enabled;
    return when_not_listed(head);
}

int8_t wck_language_enabled(const wck_snapshot *head, const char *code)
{
    int8_t all = wck_languages_all(head);

    if (all == 1 || head->coverage[WCK_SECTION_LANGUAGES].state < WCK_COVERAGE_PARTIAL)
        return all;
    for (size_t i = 0; i < head->languages.n; i++) {
        const wck_language *l = &head->languages.items[i];
        if (is_all(l) || l->code == NULL || strcmp(l->code, code) != 0)
            continue;
        return l->enabled ? 1 : all; /* while "all" is on the flags are ignored: off needs "all" to be off too */
    }
    return all == 0 ? when_not_listed(head) : WCK_BOOL_NONE;
}

static int8_t language_covers(const wck_snapshot *head, const wck_update *u)
{
    bool unknown = false;

    if (!u->languages_known)
        return WCK_BOOL_NONE;
    for (size_t i = 0; i < u->languages.n; i++) {
        int8_t on = wck_language_enabled(head, u->languages.items[i]);
        if (on == 1)
            return 1;
        unknown = unknown || on == WCK_BOOL_NONE;
    }
    return u->languages.n == 0 ? 1 : unknown ? WCK_BOOL_NONE : 0;
}

static int8_t product_covers(const wck_snapshot *head, const wck_update *u)
{
    if (!head->config.products_known || u->products.n == 0)
        return WCK_BOOL_NONE;
    for (size_t i = 0; i < u->products.n; i++)
        if (wck_product_selected(&head->config.selected_products, u->products.items[i], find_here, head))
            return 1;
    return 0;
}

static int8_t classification_covers(const wck_snapshot *head, const wck_update *u)
{
    if (!head->config.classifications_known || wck_guid_is_zero(u->classification))
        return WCK_BOOL_NONE;
    return wck_guids_have(&head->config.selected_classifications, u->classification);
}

int8_t wck_selection_covers(const wck_snapshot *head, const wck_update *u)
{
    const int8_t each[] = {product_covers(head, u), classification_covers(head, u), language_covers(head, u)};
    int8_t all = 1;

    for (size_t i = 0; i < sizeof each; i++) {
        if (each[i] == 0)
            return 0; /* one that excludes it is enough, whatever is not known of the others */
        all = each[i] == WCK_BOOL_NONE ? WCK_BOOL_NONE : all;
    }
    return all;
}
