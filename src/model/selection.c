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

int8_t wck_language_enabled(const wck_snapshot *head, const char *code)
{
    for (size_t i = 0; i < head->languages.n; i++)
        if (head->languages.items[i].id == 0 && head->languages.items[i].enabled)
            return 1;
    for (size_t i = 0; i < head->languages.n; i++)
        if (head->languages.items[i].code != NULL && strcmp(head->languages.items[i].code, code) == 0)
            return head->languages.items[i].enabled;
    return WCK_BOOL_NONE;
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

int8_t wck_selection_covers(const wck_snapshot *head, const wck_update *u)
{
    const wck_config *config = &head->config;
    bool product = false;

    if (!config->products_known || !config->classifications_known || u->products.n == 0 ||
        wck_guid_is_zero(u->classification))
        return WCK_BOOL_NONE;
    for (size_t i = 0; i < u->products.n && !product; i++)
        product = wck_product_selected(&config->selected_products, u->products.items[i], find_here, head);
    if (!product || !wck_guids_have(&config->selected_classifications, u->classification))
        return 0;
    return language_covers(head, u);
}
