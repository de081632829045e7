/* SPDX-License-Identifier: MIT
 * languages.c: which languages a server should have. A replica should have its parent's; a language that a
 * needed update lacks upstream is enabled from the root down, as a child may only have what its parent has.
 */
#include "plan/builder.h"

#include <stdlib.h>
#include <string.h>

static bool is_all(const wck_language *l)
{
    return l->id == 0 || strcmp(l->code, "all") == 0;
}

static int cmp_code(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What is enabled there, as planned so far; { "all" } when that switch is on. One item is left free at the
 * end. */
static bool enabled(builder *b, const wck_node *node, wck_strings *out)
{
    const node_facts *f = &b->nodes[node->index];
    const wck_snapshot *head = node->now->head;

    out->n = 0;
    out->items = wck_arena_array(b->plan->arena, head->languages.n + f->languages.n + 2, sizeof *out->items);
    if (out->items == NULL) {
        b->status = wck_fail_memory(b->err, "planning");
        return false;
    }
    for (size_t i = 0; i < f->languages.n && f->languages_planned; i++)
        out->items[out->n++] = f->languages.items[i];
    for (size_t i = 0; i < head->languages.n && !f->languages_planned; i++) {
        if (!head->languages.items[i].enabled)
            continue;
        if (is_all(&head->languages.items[i])) {
            out->n = 0;
            out->items[out->n++] = "all";
            return true;
        }
        out->items[out->n++] = plan_text(b, "%.60s", head->languages.items[i].code);
    }
    return true;
}

static void set(builder *b, const wck_node *node, wck_strings languages, const wck_finding *f)
{
    draft *d = plan_add(b, WCK_DO_SET_LANGUAGES, node, NULL, f);

    if (d == NULL)
        return;
    if (languages.n > 1)
        qsort(languages.items, languages.n, sizeof *languages.items, cmp_code);
    d->languages = languages;
    b->nodes[node->index].languages = languages;
    b->nodes[node->index].languages_planned = true;
}

const char *plan_cannot_enable(builder *b, const wck_node *node, const char *code)
{
    for (const wck_node *n = node; n != NULL; n = n->parent) {
        bool known = false;
        if (!plan_complete(n, WCK_SECTION_LANGUAGES))
            return plan_text(b, "the languages of %.300s could not be read completely", n->path);
        for (size_t i = 0; i < n->now->head->languages.n; i++)
            known = known || strcmp(n->now->head->languages.items[i].code, code) == 0;
        if (!known && plan_language(b, n, code) != 1)
            return plan_text(b, "%.300s does not offer the language of the update", n->path);
    }
    return NULL;
}

void plan_enable(builder *b, const wck_node *node, const char *code, const wck_finding *f)
{
    for (const wck_node *n = node; n != NULL; n = n->parent) {
        wck_strings languages;
        draft *d = plan_find(b, WCK_DO_SET_LANGUAGES, n, NULL);
        if (plan_language(b, n, code) == 1) {
            if (d != NULL) /* planned for another finding, answers this one too */
                plan_answer(b, d, f);
            continue;
        }
        if (!enabled(b, n, &languages))
            return;
        languages.items[languages.n++] = plan_text(b, "%.60s", code);
        set(b, n, languages, f);
    }
}

/* NULL when the server offers all of them, else the first that it does not. */
static const char *not_offered(const wck_node *node, const wck_strings *languages)
{
    const wck_snapshot *head = node->now->head;

    for (size_t i = 0; i < languages->n; i++) {
        bool offered = false;
        for (size_t k = 0; k < head->languages.n && !offered; k++)
            offered = strcmp(head->languages.items[k].code, languages->items[i]) == 0 ||
                      (is_all(&head->languages.items[k]) && strcmp(languages->items[i], "all") == 0);
        if (!offered)
            return languages->items[i];
    }
    return NULL;
}

/* As planned so far, in any order. */
static bool same(const wck_strings *a, const wck_strings *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        size_t k = 0;
        while (k < b->n && strcmp(a->items[i], b->items[k]) != 0)
            k++;
        if (k == b->n)
            return false;
    }
    return true;
}

/* A replica that is left behind would be the next WCK2001 or WCK2003. One whose difference is waived, or that
 * cannot follow, keeps what it has. */
static void carry_to(builder *b, const wck_node *node)
{
    const draft *above = plan_find(b, WCK_DO_SET_LANGUAGES, node->parent, NULL);
    wck_strings wanted, has;
    size_t n_answers, from;

    if (above == NULL || node->mode != WCK_MODE_REPLICA || b->nodes[node->index].languages_waived ||
        plan_forbidden(b, node->parent, node) != NULL || !plan_complete(node, WCK_SECTION_LANGUAGES))
        return;
    from = (size_t)(above - b->drafts.items);
    n_answers = above->answers.n;
    if (!enabled(b, node->parent, &wanted) || !enabled(b, node, &has))
        return;
    if (same(&wanted, &has) || not_offered(node, &wanted) != NULL)
        return;
    for (size_t i = 0; i < n_answers && b->status == WCK_OK; i++) /* set() may move the drafts */
        set(b, node, wanted, &b->report->findings.items[b->drafts.items[from].answers.items[i]]);
}

void plan_carry_languages(builder *b)
{
    for (size_t i = 0; i < b->tree->n && b->status == WCK_OK; i++) /* parents come before their children */
        if (b->tree->nodes[i]->parent != NULL)
            carry_to(b, b->tree->nodes[i]);
}

const char *plan_answer_languages(builder *b, const wck_finding *f, const wck_node *node)
{
    const wck_node *up = node->parent;
    const char *code = f->object.language;
    draft *d;
    wck_strings wanted;

    if (up == NULL || code == NULL)
        return "the upstream server is not known: decide which languages it should have";
    d = plan_find(b, WCK_DO_SET_LANGUAGES, up, NULL);
    if (f->rule == 2001 && d != NULL && plan_language(b, up, code) == 1) {
        plan_answer(b, d, f); /* it will be enabled upstream, because a needed update has it */
        return NULL;
    }
    if (!plan_complete(up, WCK_SECTION_LANGUAGES) || !plan_complete(node, WCK_SECTION_LANGUAGES))
        return "the languages of both sides were not read completely: enable it upstream, or disable it here";
    if (!enabled(b, up, &wanted))
        return NULL;
    if (wanted.n == 0)
        return "the upstream server has no language enabled: enable it there, or disable it here";
    if (not_offered(node, &wanted) != NULL)
        return plan_text(b, "this server does not offer the language %.60s, which its upstream server has: "
                            "synchronize it, then set its languages",
                         not_offered(node, &wanted));
    set(b, node, wanted, f);
    if (f->rule == 2003)
        plan_add(b, WCK_DO_SYNCHRONIZE, node, NULL, f);
    return NULL;
}
