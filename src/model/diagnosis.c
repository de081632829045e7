/* SPDX-License-Identifier: MIT
 * diagnosis.c: rows of what was seen. */
#include "model/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_SEEN = 1024 }; /* a sentence; what came from outside was shortened before */

wck_diagnosis *wck_diagnosis_new(void)
{
    wck_diagnosis *d = calloc(1, sizeof *d);

    if (d != NULL)
        d->arena = wck_arena_new();
    if (d == NULL || d->arena == NULL) {
        free(d);
        return NULL;
    }
    d->looked_at = wck_time_now();
    return d;
}

void wck_diagnosis_free(wck_diagnosis *d)
{
    if (d == NULL)
        return;
    wck_vec_clear(&d->looks);
    wck_arena_free(d->arena);
    free(d);
}

static const char *copy(wck_diagnosis *d, const char *text)
{
    const char *own = text != NULL ? wck_arena_strdup(d->arena, text) : NULL;

    if (text != NULL && own == NULL)
        d->failed = true;
    return own;
}

static wck_look *push(wck_diagnosis *d, const wck_look *look)
{
    wck_look *row = wck_vec_push(&d->looks);

    if (row == NULL) {
        d->failed = true;
        return NULL;
    }
    *row = *look;
    row->server = copy(d, look->server);
    row->target = copy(d, look->target);
    row->seen = copy(d, look->seen);
    row->cause = copy(d, look->cause);
    row->remedy = copy(d, look->remedy);
    if (row->server != NULL && row->target != NULL && row->seen != NULL)
        return row;
    d->failed = true;
    d->looks.n--;
    return NULL;
}

wck_look *wck_diagnosis_add(wck_diagnosis *d, const char *server, wck_look_step step, const char *target,
                            wck_look_result result, int rule, const char *seen, ...)
{
    wck_look look = {.server = server, .step = step, .target = target, .result = result, .rule = rule};
    char text[MAX_SEEN];
    va_list args;

    va_start(args, seen);
    vsnprintf(text, sizeof text, seen, args);
    va_end(args);
    look.seen = text;
    return push(d, &look);
}

void wck_look_explain(wck_diagnosis *d, wck_look *look, const char *cause, const char *remedy)
{
    if (look == NULL)
        return;
    look->cause = copy(d, cause);
    look->remedy = copy(d, remedy);
}

wck_status wck_diagnosis_append(wck_diagnosis *a, const wck_diagnosis *b, wck_error *err)
{
    for (size_t i = 0; i < b->looks.n; i++)
        push(a, &b->looks.items[i]);
    a->failed = a->failed || b->failed;
    return a->failed ? wck_fail_memory(err, "noting what was seen") : WCK_OK;
}

size_t wck_diagnosis_count(const wck_diagnosis *d, wck_look_result result)
{
    size_t n = 0;

    for (size_t i = 0; i < d->looks.n; i++)
        n += d->looks.items[i].result == result;
    return n;
}

int wck_diagnosis_exit(const wck_diagnosis *d)
{
    if (wck_diagnosis_count(d, WCK_LOOK_FAIL) + wck_diagnosis_count(d, WCK_LOOK_WARNING) > 0)
        return 1;
    return wck_diagnosis_count(d, WCK_LOOK_UNKNOWN) > 0 ? 3 : 0;
}

const char *wck_look_step_name(wck_look_step step)
{
    static const char *const names[] = {"name",    "port",     "proxy",     "tls",      "service", "clock",
                                        "content", "upstream", "microsoft", "snapshot", "local"};

    return names[step - WCK_LOOK_NAME];
}

const char *wck_look_result_name(wck_look_result result)
{
    static const char *const names[] = {"ok", "note", "warning", "fail", "unknown", "skipped"};

    return names[result - WCK_LOOK_OK];
}
