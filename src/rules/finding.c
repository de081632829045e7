/* SPDX-License-Identifier: MIT
 * finding.c: how a rule says what it found. Checks hand over facts; sentences are made by the emitters. */
#include "rules/check.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool wck_finding_asked_for(const check *c, const wck_node *server)
{
    if (c->options->only == NULL)
        return true;
    for (size_t i = 0; i < c->options->n_only; i++)
        if (c->options->only[i] == server)
            return true;
    return false;
}

static const char *copy(check *c, const char *text)
{
    char *out;

    if (text == NULL)
        return NULL;
    out = wck_arena_strdup(c->report->arena, text);
    if (out == NULL)
        c->failed = true;
    return out;
}

const char *wck_text(check *c, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return copy(c, text);
}

wck_finding *wck_finding_add(check *c, const wck_node *server, int id, const wck_object *object)
{
    const wck_rule *rule = wck_rule_find(id);
    wck_finding *f;

    if (!wck_finding_asked_for(c, server))
        return NULL;
    f = wck_vec_push(&c->report->findings);
    if (f == NULL) {
        c->failed = true;
        return NULL;
    }
    f->rule = id;
    f->slug = rule->slug;
    f->severity = rule->severity;
    f->result = id == 9001 || id == 9002 || id == 9005 ? WCK_RESULT_UNKNOWN : WCK_RESULT_FAIL;
    f->message = rule->title;
    f->remedy = rule->remedy;
    f->server = copy(c, server->path);
    f->upstream = server->parent != NULL ? copy(c, server->parent->path) : NULL;
    f->object = *object;
    f->object.language = copy(c, object->language);
    f->object.file = copy(c, object->file);
    f->object.title = copy(c, object->title);
    f->object.name = copy(c, object->name);
    wck_finding_fingerprint(f);
    return f;
}

void wck_finding_says(check *c, wck_finding *f, const char *expected, const char *actual)
{
    if (f == NULL)
        return;
    f->expected = copy(c, expected);
    f->actual = copy(c, actual);
}

void wck_finding_evidence(check *c, wck_finding *f, const char *name, const char *fmt, ...)
{
    enum { MOST = 12 }; /* no rule has more than eight facts */
    char text[1024];
    va_list args;

    if (f == NULL)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (f->evidence == NULL)
        f->evidence = wck_arena_array(c->report->arena, MOST, sizeof *f->evidence);
    if (f->evidence == NULL || f->n_evidence == MOST) {
        c->failed = c->failed || f->evidence == NULL;
        return;
    }
    f->evidence[f->n_evidence].name = name;
    f->evidence[f->n_evidence++].value = copy(c, text);
}

void wck_finding_time(check *c, wck_finding *f, const char *name, wck_time t)
{
    char text[WCK_TIME_TEXT];

    wck_finding_evidence(c, f, name, "%s", t == WCK_TIME_NONE ? "not known" : wck_time_format(text, t));
}

const char *wck_title_of(const side *a, const side *b)
{
    const wck_update *u = wck_side_highest(a);

    if (u != NULL && u->title != NULL)
        return u->title;
    u = b != NULL ? wck_side_highest(b) : NULL;
    return u != NULL ? u->title : NULL;
}

wck_object wck_object_of_update(wck_guid id, int64_t revision, const char *title)
{
    return (wck_object){.kind = WCK_OBJECT_UPDATE, .update = id, .revision = revision, .title = title};
}

wck_object wck_object_of_approval(const check *c, const edge *e, const wck_approval *a, const char *title)
{
    const wck_group *group = wck_group_find(e->up, a->group);

    (void)c;
    if (group == NULL)
        group = wck_group_find(e->down, a->group);
    return (wck_object){.kind = WCK_OBJECT_APPROVAL,
                        .update = a->update,
                        .revision = a->revision,
                        .group = a->group,
                        .title = title,
                        .name = group != NULL ? group->name : NULL};
}
