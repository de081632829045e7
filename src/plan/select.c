/* SPDX-License-Identifier: MIT
 * select.c: remedy 1 of "Issues with Synchronization": select upstream what a needed update belongs to, at
 * the root, because WSUS ignores selections below it (domain.md 0.2); then synchronize down the tree. */
#include "plan/builder.h"

#include "model/selection.h"

#include <string.h>

/* By the categories of any server of the chain, the lowest first. */
static const wck_category *find_on_chain(const void *where, wck_guid id)
{
    const wck_category *category = NULL;

    for (const wck_node *n = where; n != NULL && category == NULL; n = n->parent)
        category = wck_snapshot_category(n->now->head, id);
    return category;
}

void plan_selection(const wck_node *node, const wck_update *u, selection *out)
{
    const wck_node *root = wck_node_root(node);
    const wck_config *config = &root->now->head->config;
    bool unknown = false;

    memset(out, 0, sizeof *out);
    if (root->unknown_parent || root->on_cycle || node->below_cycle || node->parent == NULL ||
        !plan_complete(root, WCK_SECTION_CONFIG) || !config->products_known || !config->classifications_known)
        return;
    if (u->products.n == 0 || wck_guid_is_zero(u->classification) || !u->languages_known)
        return;
    for (size_t i = 0; i < u->products.n && !out->product; i++)
        out->product =
            wck_product_selected(&config->selected_products, u->products.items[i], find_on_chain, node);
    out->classification = wck_guids_have(&config->selected_classifications, u->classification);
    out->language = u->languages.n == 0;
    for (size_t i = 0; i < u->languages.n && !out->language; i++) {
        int8_t on = wck_language_enabled(node->parent->now->head, u->languages.items[i]);
        out->language = on == 1;
        unknown = unknown || on == WCK_BOOL_NONE;
    }
    out->known = out->language || !unknown;
}

static wck_object object_of(const wck_node *root, const wck_node *node, wck_guid id)
{
    const wck_category *c = wck_snapshot_category(root->now->head, id);

    if (c == NULL)
        c = wck_snapshot_category(node->now->head, id);
    return (wck_object){.kind = WCK_OBJECT_CATEGORY,
                        .revision = WCK_INT_NONE,
                        .category = id,
                        .title = c != NULL ? c->title : NULL};
}

/* Any one of the update's products will do: one that is planned already, else the first that the root offers.
 */
static const wck_guid *pick_product(builder *b, const wck_node *root, const wck_update *u)
{
    for (size_t i = 0; i < u->products.n; i++) {
        wck_object object = object_of(root, root, u->products.items[i]);
        if (plan_find(b, WCK_DO_SELECT_PRODUCT, root, &object) != NULL)
            return &u->products.items[i];
    }
    for (size_t i = 0; i < u->products.n; i++)
        if (wck_snapshot_category(root->now->head, u->products.items[i]) != NULL)
            return &u->products.items[i];
    return NULL;
}

/* A language of the update: one that the server has enabled itself, else the first. */
static const char *pick_language(const builder *b, const wck_node *node, const wck_update *u)
{
    for (size_t i = 0; i < u->languages.n; i++)
        if (plan_language(b, node, u->languages.items[i]) == 1)
            return u->languages.items[i];
    return u->languages.items[0];
}

static const char *select_for(builder *b, const wck_finding *f, const wck_node *node, const wck_update *u,
                              const selection *s)
{
    const wck_node *root = wck_node_root(node);
    const wck_guid *product = pick_product(b, root, u);
    const char *language = s->language ? NULL : pick_language(b, node, u), *why = NULL;
    bool offered = wck_snapshot_category(root->now->head, u->classification) != NULL;
    wck_object object;

    if (language != NULL)
        why = plan_cannot_enable(b, node->parent, language);
    if (why != NULL)
        return why;
    if ((!s->product && product == NULL) || (!s->classification && !offered))
        return !plan_complete(root, WCK_SECTION_CATEGORIES)
                   ? plan_text(b,
                               "the categories of %.300s were not read completely, so whether it offers its "
                               "product and classification "
                               "is not known: collect again, then plan again",
                               root->path)
                   : plan_text(b,
                               "%.300s does not offer its product or classification any more: import the "
                               "update there, "
                               "or decline it below",
                               root->path);
    if (!s->product) {
        object = object_of(root, node, *product);
        plan_add(b, WCK_DO_SELECT_PRODUCT, root, &object, f);
    }
    if (!s->classification) {
        object = object_of(root, node, u->classification);
        plan_add(b, WCK_DO_SELECT_CLASSIFICATION, root, &object, f);
    }
    if (language != NULL)
        plan_enable(b, node->parent, language, f);
    plan_sync_path(b, root, true, node, f);
    return NULL;
}

const char *plan_answer_not_selected(builder *b, const wck_finding *f, const wck_node *node)
{
    const wck_node *root = wck_node_root(node);
    const char *why = plan_forbidden(b, root, node);
    selection s;
    rows r;

    if (why != NULL)
        return why;
    if (!plan_rows(b, node, f->object.update, &r) || r.n_updates == 0)
        return "the update is not in the snapshot any more: collect again";
    plan_selection(node, &r.updates[r.n_updates - 1], &s);
    if (!s.known)
        return "the selection could not be read: look at the products, classifications and languages of the "
               "root "
               "server, then select what is missing (remedy 1)";
    if (s.product && s.classification && s.language)
        return "product, classification and language are selected upstream: synchronize there and look at "
               "its history";
    return select_for(b, f, node, &r.updates[r.n_updates - 1], &s);
}

const char *plan_answer_category(builder *b, const wck_finding *f, const wck_node *node)
{
    const wck_node *root = wck_node_root(node);
    draft *d = plan_find(b, f->rule == 2004 ? WCK_DO_SELECT_PRODUCT : WCK_DO_SELECT_CLASSIFICATION, root,
                         &f->object);
    const char *why = plan_forbidden(b, root, node);

    if (d == NULL)
        return f->rule == 2004 ? "select the product on the root server if it is wanted, or decline its "
                                 "updates below; no needed "
                                 "update asks for it"
                               : "select the classification on the root server if it is wanted, or decline "
                                 "its updates below; no "
                                 "needed update asks for it";
    if (why != NULL)
        return why;
    plan_answer(b, d, f);
    plan_sync_path(b, root, true, node, f);
    return NULL;
}
