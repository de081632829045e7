/* SPDX-License-Identifier: MIT
 * revisions.c: answers about revisions that a server has and another has not (3020, 3021). A synchronization
 * is a remedy only if it brings the revision: it must be listed above or offered to the root, and every
 * server on the way must speak a protocol that is new enough for it (MS-WSUSSS 3.1.4.5). */
#include "plan/builder.h"

#include "model/selection.h"

const char *plan_speaks_too_old(builder *b, const wck_node *node)
{
    return plan_text(b, "the newer revision needs a newer protocol than %.300s speaks: upgrade that server",
                     node->path);
}

/* 3020: a synchronization brings the newer revision, unless this server speaks too old a protocol for it. */
const char *plan_answer_behind(builder *b, const wck_finding *f, const wck_node *node)
{
    const char *spoken = node->now->head->server.protocol_version;
    bool newer = false, comes = false;
    int64_t here = WCK_INT_NONE;
    rows r;

    if (!plan_rows(b, node, f->object.update, &r))
        return NULL;
    if (r.n_updates > 0)
        here = r.updates[r.n_updates - 1].revision;
    if (node->parent == NULL || !plan_rows(b, node->parent, f->object.update, &r))
        return "the upstream server is not known: synchronize it by hand";
    for (size_t i = 0; i < r.n_updates; i++) {
        if (r.updates[i].revision <= here)
            continue;
        newer = true;
        comes = comes || !wck_protocol_newer(r.updates[i].compatible_protocol_version, spoken);
    }
    if (newer && !comes)
        return plan_speaks_too_old(b, node);
    plan_add(b, WCK_DO_SYNCHRONIZE, node, NULL, f);
    return NULL;
}

/* The nearest server above `from` that lists this revision or a newer one; NULL: none. */
static const wck_node *listed_above(builder *b, const wck_node *from, wck_guid update, int64_t revision)
{
    for (const wck_node *n = from->parent; n != NULL; n = n->parent) {
        rows r;
        if (!plan_rows(b, n, update, &r))
            return NULL;
        if (r.n_updates > 0 && r.updates[r.n_updates - 1].revision >= revision)
            return n;
    }
    return NULL;
}

/* The first server from `node` up to, not including, `top` that cannot be sent the newest of these rows. */
static const wck_node *too_old_on_the_way(const rows *r, const wck_node *node, const wck_node *top)
{
    for (; r->n_updates > 0 && node != NULL && node != top; node = node->parent)
        if (wck_protocol_newer(r->updates[r->n_updates - 1].compatible_protocol_version,
                               node->now->head->server.protocol_version))
            return node;
    return NULL;
}

/* NULL when Microsoft Update offers the newest of these rows to the root, else why it does not. */
static const char *not_offered(builder *b, const wck_node *node, const rows *r)
{
    const wck_node *root = wck_node_root(node);
    const wck_update *u = &r->updates[r->n_updates - 1];
    selection s;
    bool language = u->languages.n == 0;
    rows there;

    for (const wck_node *n = node->parent; n != NULL; n = n->parent)
        if (!plan_listed(n, WCK_SECTION_UPDATES))
            return plan_text(
                b,
                "the updates of %.300s were not read, so whether it has this revision is not known: "
                "collect again, then plan again",
                n->path);
    plan_selection(node, u, &s);
    if (!s.known)
        return "no server above lists this revision, and the selection could not be read: synchronize the "
               "root "
               "server by hand and look again";
    for (size_t i = 0; i < u->languages.n; i++)
        language = language || wck_language_enabled(root->now->head, u->languages.items[i]) != 0;
    if (!s.product || !s.classification || !s.language || !language)
        return plan_text(b,
                         "no server above lists this revision, and %.300s does not select its product, "
                         "classification or language: select it there, or import the update",
                         root->path);
    if (plan_rows(b, root, u->id, &there) && there.n_updates == 0 && plan_complete(root, WCK_SECTION_UPDATES))
        return plan_text(b, "%.300s selects the update but deleted it: import it there, or decline it below",
                         root->path); /* the next anchor does not bring it again */
    return NULL;
}

/* 3021: the parent is stale or was restored. What it lacks comes from above it, or from Microsoft Update. */
const char *plan_answer_ahead(builder *b, const wck_finding *f, const wck_node *node)
{
    const wck_node *top, *root = wck_node_root(node), *old;
    const char *why;
    rows r;

    if (node->parent == NULL)
        return "the upstream server is not known: synchronize it by hand";
    why = plan_forbidden(b, root, node);
    if (why != NULL)
        return why;
    if (!plan_rows(b, node, f->object.update, &r) || r.n_updates == 0)
        return "the update is not in the snapshot any more: collect again";
    top = listed_above(b, node->parent, f->object.update, f->object.revision);
    why = top == NULL ? not_offered(b, node, &r) : NULL;
    if (why != NULL)
        return why;
    old = too_old_on_the_way(&r, node->parent, top != NULL ? top : root);
    if (old != NULL)
        return plan_speaks_too_old(b, old);
    plan_sync_path(b, top != NULL ? top : root, top == NULL, node->parent, f);
    return NULL;
}
