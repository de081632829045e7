/* SPDX-License-Identifier: MIT
 * draft.c: one draft per kind, server and object; every finding it answers is linked once. */
#include "plan/builder.h"

#include "base/buf.h"
#include "base/digest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *plan_text(builder *b, const char *fmt, ...)
{
    char text[2048];
    va_list args;
    const char *copy;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    copy = wck_arena_strdup(b->plan->arena, text);
    if (copy == NULL) {
        b->status = wck_fail_memory(b->err, "planning");
        return "out of memory";
    }
    return copy;
}

/* What makes two actions the same. Zeroed before filling, as it is compared as bytes. */
typedef struct key {
    uint64_t kind, node, service;
    wck_guid update, group, category, eula;
} key;

static void key_of(key *out, wck_action_kind kind, const wck_node *node, const wck_object *object)
{
    memset(out, 0, sizeof *out);
    out->kind = (uint64_t)kind;
    out->node = node->index;
    if (object == NULL)
        return;
    if (kind == WCK_DO_RESTART_SERVICE) /* several a server */
        out->service = wck_hash64(object->name, strlen(object->name));
    out->update = object->update;
    out->group = object->group;
    out->category = object->category;
    out->eula = object->eula;
}

draft *plan_find(builder *b, wck_action_kind kind, const wck_node *node, const wck_object *object)
{
    key k;
    wck_map_entry *e;

    key_of(&k, kind, node, object);
    e = wck_map_find(&b->by_key, &k, sizeof k);
    return e == NULL ? NULL : &b->drafts.items[(size_t)(uintptr_t)e->value - 1];
}

static draft *make(builder *b, wck_action_kind kind, const wck_node *node, const wck_object *object)
{
    key *k = wck_arena_alloc(b->plan->arena, sizeof *k);
    wck_map_entry *e = NULL;
    draft *d = NULL;

    if (k != NULL) {
        key_of(k, kind, node, object);
        e = wck_map_put(&b->by_key, k, sizeof *k, NULL);
    }
    if (e != NULL)
        d = wck_vec_push(&b->drafts);
    if (d == NULL) {
        b->status = wck_fail_memory(b->err, "planning");
        return NULL;
    }
    e->value = (void *)(uintptr_t)b->drafts.n;
    d->kind = kind;
    d->node = node;
    d->action = WCK_INT_NONE;
    d->deadline = WCK_TIME_NONE;
    d->target = wck_plan_no_target();
    d->object = (wck_object){.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = node->name};
    if (object != NULL)
        d->object = *object;
    return d;
}

void plan_answer(builder *b, draft *d, const wck_finding *f)
{
    size_t at = (size_t)(f - b->report->findings.items), *slot;

    b->answered[at] = true;
    if (d->answers.n > 0 && d->answers.items[d->answers.n - 1] == at)
        return;
    slot = wck_vec_push(&d->answers);
    if (slot == NULL) {
        b->status = wck_fail_memory(b->err, "planning");
        return;
    }
    *slot = at;
}

draft *plan_add(builder *b, wck_action_kind kind, const wck_node *node, const wck_object *object,
                const wck_finding *f)
{
    draft *d = plan_find(b, kind, node, object);

    if (d == NULL)
        d = make(b, kind, node, object);
    if (d != NULL)
        plan_answer(b, d, f);
    return d;
}

void plan_sync_path(builder *b, const wck_node *top, bool with_top, const wck_node *node,
                    const wck_finding *f)
{
    for (; node != NULL; node = node->parent) {
        if (node == top && !with_top)
            return;
        plan_add(b, WCK_DO_SYNCHRONIZE, node, NULL, f);
        if (node == top)
            return;
    }
}

static const char *forbidden_on(builder *b, const wck_node *node)
{
    int rule = b->nodes[node->index].blocked;

    if (rule != 0)
        return plan_text(
            b, "nothing is derived about %.300s, which has a WCK%d finding: collect it again and plan again",
            node->path, rule);
    if (node->on_cycle || node->below_cycle)
        return "the servers are each other's ancestors: point one of them to another upstream server first";
    return NULL;
}

const char *plan_forbidden(builder *b, const wck_node *top, const wck_node *node)
{
    for (; node != NULL; node = node->parent) {
        const char *why = forbidden_on(b, node);
        if (why != NULL || node == top)
            return why;
    }
    return NULL;
}

const char *plan_no_authority(builder *b, const wck_node *a)
{
    if (a->mode == WCK_MODE_REPLICA || a->unknown_parent)
        return plan_text(
            b,
            "a replica refuses approvals and declines, and the autonomous server above %.300s is not known",
            a->path);
    if (a->mode == WCK_MODE_UNKNOWN && a->parent != NULL)
        return plan_text(b, "whether %.300s is a replica could not be read, and a replica refuses this",
                         a->path);
    return NULL;
}
