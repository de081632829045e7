/* SPDX-License-Identifier: MIT
 * locality.c: which side of a failed synchronization is at fault, seen from the rest of the tree.
 *
 * Siblings ask the same parent. If one was served while another failed, the parent was up: the fault is on the failing
 * server or on its link (6006). If all of them failed in one window, it is the parent (6007), and what follows from that
 * on each child folds into the one finding. If all roots failed in one window, it is what they have in common (6008).
 *
 * A window is the time of a server's newest chain of tries, and tries an hour apart are not one window: two retries at
 * 15 minutes and the time they take (Microsoft, "Issues with Synchronization"). */
#include "rules/check.h"

#include "base/buf.h"

#define WINDOW (INT64_C(3600) * WCK_TICKS_PER_SECOND)

static wck_finding *on_node(check *c, const wck_node *node, int rule)
{
    wck_object object = {.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = node->name};

    return wck_finding_add(c, node, rule, &object);
}

static facts *facts_of(const check *c, const wck_node *node)
{
    return &c->facts[node->index];
}

/* What went wrong is on the server's own side: its database, its proxy account, a person. That says nothing about the
 * parent, whoever else fails. */
static bool own_fault(const facts *f)
{
    return f->sync.cause != NULL && f->sync.cause->side == WCK_SIDE_HERE;
}

/* ---- 6006 ---- */

static bool served_in_window(const facts *f, wck_time from, wck_time to)
{
    for (size_t i = 0; wck_listed(f, WCK_SECTION_SYNC_HISTORY) && i < f->head->sync_history.n; i++) {
        const wck_sync_run *run = &f->head->sync_history.items[i];
        if (run->result == WCK_SYNC_SUCCEEDED && run->started != WCK_TIME_NONE && run->started >= from - WINDOW &&
            run->started <= to + WINDOW)
            return true;
    }
    return false;
}

static void find_served_sibling(const check *c, facts *f)
{
    const wck_node *parent = f->node->parent;

    for (size_t i = 0; parent != NULL && i < parent->n_children && f->sync.sibling_fine == NULL; i++)
        if (parent->children[i] != f->node &&
            served_in_window(facts_of(c, parent->children[i]), f->sync.from, f->sync.to))
            f->sync.sibling_fine = parent->children[i];
}

static void check_sibling(check *c, facts *f)
{
    wck_finding *found;

    if (!f->sync.failed)
        return;
    find_served_sibling(c, f);
    if (f->sync.sibling_fine == NULL)
        return;
    found = on_node(c, f->node, 6006);
    wck_finding_says(c, found, NULL,
                     wck_text(c, "%.300s synchronized from %.300s in the same window", f->sync.sibling_fine->path,
                              f->node->parent->path));
    wck_finding_time(c, found, "failed_run", f->sync.last->started);
}

/* ---- 6007, 6008: did all of these fail in one window? ---- */

typedef struct tally {
    size_t failed;
    wck_time earliest, latest; /* newest failures */
    bool other; /* one that did not fail, or by its own fault, or of which nothing is known: then "all" is not proven */
} tally;

static void add_to(tally *t, const facts *f)
{
    if (!f->sync.failed || own_fault(f)) {
        t->other = true;
        return;
    }
    if (t->failed == 0 || f->sync.last->started < t->earliest)
        t->earliest = f->sync.last->started;
    if (t->failed == 0 || f->sync.last->started > t->latest)
        t->latest = f->sync.last->started;
    t->failed++;
}

/* One of one is no pattern. */
static bool all_failed(const tally *t)
{
    return !t->other && t->failed >= 2 && t->latest - t->earliest <= WINDOW;
}

static void tell(check *c, wck_finding *found, const tally *t, const char *whom)
{
    wck_finding_says(c, found, NULL, wck_text(c, "all %zu %s failed", t->failed, whom));
    wck_finding_time(c, found, "from", t->earliest);
    wck_finding_time(c, found, "to", t->latest);
}

/* The one cause that all of them name, NULL when they differ. */
static const wck_cause *common_cause(const check *c, const wck_node *parent)
{
    const wck_cause *common = NULL;

    for (size_t i = 0; i < parent->n_children; i++) {
        const sync_look *s = &facts_of(c, parent->children[i])->sync;
        if (!s->failed)
            continue;
        if (s->cause == NULL || s->cause->cause == NULL || (common != NULL && common != s->cause))
            return NULL;
        common = s->cause;
    }
    return common;
}

static void check_children(check *c, const wck_node *parent)
{
    const wck_cause *cause;
    wck_finding *found;
    tally t = {0};

    for (size_t i = 0; i < parent->n_children; i++)
        add_to(&t, facts_of(c, parent->children[i]));
    if (!all_failed(&t) || !wck_finding_asked_for(c, parent))
        return;
    found = on_node(c, parent, 6007);
    tell(c, found, &t, "downstream servers");
    cause = common_cause(c, parent);
    if (cause != NULL) {
        wck_finding_evidence(c, found, "cause", "%s", cause->cause);
        wck_finding_evidence(c, found, "heals_by_itself", "%s", wck_heals_text(cause->heals));
    }
    wck_finding_evidence(c, found, "folded", "%zu failed synchronizations", t.failed);
    for (size_t i = 0; i < parent->n_children; i++)
        facts_of(c, parent->children[i])->sync.parent_down = facts_of(c, parent->children[i])->sync.failed;
}

/* Those that say that they synchronize from Microsoft Update: a server whose parent is not known here is no root. */
static bool is_root(const facts *f)
{
    return f->node->parent == NULL && f->head->server.parent == NULL;
}

static void check_roots(check *c)
{
    tally t = {0};

    for (size_t i = 0; i < c->tree->n; i++)
        if (is_root(&c->facts[i]))
            add_to(&t, &c->facts[i]);
    for (size_t i = 0; i < c->tree->n && all_failed(&t); i++)
        if (is_root(&c->facts[i]) && c->facts[i].sync.failed)
            tell(c, on_node(c, c->facts[i].node, 6008), &t, "root servers");
}

void wck_check_locality(check *c)
{
    for (size_t i = 0; i < c->tree->n; i++)
        check_sibling(c, &c->facts[i]);
    for (size_t i = 0; i < c->tree->n; i++)
        check_children(c, c->tree->nodes[i]);
    check_roots(c);
}
