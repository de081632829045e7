/* SPDX-License-Identifier: MIT
 * random_settings.c: what goes wrong with languages, categories and the selection. */
#include "model/random_changes.h"

#include <string.h>

void change_language(wsus_tree *t, server *s, dice *d)
{
    size_t at = dice_below(d, TREE_LANGUAGES), n;
    server *on[WSUS_MOST + 1];

    n = tree_scope(t, s, d, on);
    for (size_t i = 0; i < n; i++)
        if (at < on[i]->languages.n)
            on[i]->languages.items[at].enabled = !on[i]->languages.items[at].enabled;
}

/* The upstream server goes to one language: its approvals fall inactive, and replicas no longer get them. */
void change_inactive(wsus_tree *t, server *s, dice *d)
{
    size_t keep = 1 + dice_below(d, TREE_LANGUAGES - 1);
    bool deep = dice_percent(d, 70);

    for (size_t i = 0; i < s->languages.n; i++)
        s->languages.items[i].enabled = i == keep;
    for (size_t i = 0; i < t->n && deep; i++) {
        server *x = t->now[i];
        if (x->server.mode != WCK_MODE_REPLICA || x->server.parent == NULL ||
            strcmp(x->server.parent, s->server.name) != 0)
            continue;
        KEEP(x->approvals, k, !wsus_inactive(s, &x->approvals.items[k]));
    }
}

void change_categories(wsus_tree *t, server *s, dice *d)
{
    wck_category *c = PICK(d, s->categories);

    (void)t;
    if (c == NULL)
        return;
    switch (dice_below(d, 3)) {
    case 0:
        c->revision += dice_percent(d, 50) ? 1 : -1;
        break;
    case 1:
        c->title = "renamed";
        break;
    default: {
        wck_guid id = c->id;
        KEEP(s->categories, i, !EQ(s->categories.items[i].id, id));
    }
    }
}

void change_selection(wsus_tree *t, server *s, dice *d)
{
    server *x = dice_percent(d, 70) ? tree_any_root(t, d, s) : s;
    const wck_guid some[] = {tree_id(POOL_PRODUCT, 1 + dice_below(d, TREE_PRODUCTS)),
                             tree_id(POOL_FAMILY, 1 + dice_below(d, 2)),
                             tree_id(POOL_CLASS, 1 + dice_below(d, TREE_CLASSES))};

    if (dice_percent(d, 50)) {
        tree_guids(x, &x->config.selected_products, some, dice_below(d, 3));
        x->config.products_known = dice_percent(d, 80);
    } else {
        tree_guids(x, &x->config.selected_classifications, some + 2, dice_below(d, 2));
        x->config.classifications_known = dice_percent(d, 80);
    }
    if (!x->config.products_known)
        x->config.selected_products.n = 0;
    if (!x->config.classifications_known)
        x->config.selected_classifications.n = 0;
}
