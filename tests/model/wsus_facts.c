/* SPDX-License-Identifier: MIT
 * wsus_facts.c: a world as sorted lines, so that two of them can be compared and their difference read. */
#include "model/wsus_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(wsus_facts *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(wsus_facts *out, const char *fmt, ...)
{
    char line[400];
    va_list args;
    char **slot = wsus_push(out);

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    *slot = strdup(line);
    if (*slot == NULL)
        wsus_out_of_memory();
}

static const char *id(char *out, wck_guid guid)
{
    return wck_guid_is_zero(guid) ? "-" : wck_guid_format(out, guid);
}

static void put_decisions(wsus_facts *out, const wck_snapshot *s)
{
    char a[WCK_GUID_TEXT], b[WCK_GUID_TEXT];

    for (size_t i = 0; i < s->approvals.n; i++) {
        const wck_approval *row = &s->approvals.items[i];
        if (wsus_intent(row))
            put(out, "%s approval %s/%lld for %s action %lld deadline %lld", s->server.name, id(a, row->update),
                (long long)row->revision, id(b, row->group), (long long)row->action,
                row->deadline == WCK_TIME_NONE ? -1 : (long long)row->deadline);
    }
    for (size_t i = 0; i < s->declined.n; i++)
        put(out, "%s declined %s", s->server.name, id(a, s->declined.items[i].id));
    for (size_t i = 0; i < s->groups.n; i++)
        put(out, "%s group %s %s below %s", s->server.name, id(a, s->groups.items[i].id), s->groups.items[i].name,
            id(b, s->groups.items[i].parent));
    for (size_t i = 0; i < s->eulas.n; i++)
        put(out, "%s eula %s", s->server.name, id(a, s->eulas.items[i].id));
}

static void put_server(wsus_facts *out, const wck_snapshot *s)
{
    char a[WCK_GUID_TEXT];

    for (size_t i = 0; i < s->languages.n; i++)
        if (s->languages.items[i].enabled)
            put(out, "%s language %s", s->server.name, s->languages.items[i].code);
    for (size_t i = 0; i < s->updates.n; i++)
        put(out, "%s update %s/%lld", s->server.name, id(a, s->updates.items[i].id),
            (long long)s->updates.items[i].revision);
    for (size_t i = 0; i < s->categories.n; i++)
        put(out, "%s category %s/%lld", s->server.name, id(a, s->categories.items[i].id),
            (long long)s->categories.items[i].revision);
    for (size_t i = 0; i < s->config.selected_products.n; i++)
        put(out, "%s product %s", s->server.name, id(a, s->config.selected_products.items[i]));
    for (size_t i = 0; i < s->config.selected_classifications.n; i++)
        put(out, "%s classification %s", s->server.name, id(a, s->config.selected_classifications.items[i]));
    put_decisions(out, s);
}

static int cmp_line(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void wsus_facts_of(wsus_facts *out, const wsus_world *w)
{
    size_t n = 0;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < w->n; i++)
        put_server(out, w->servers[i].now);
    if (out->n > 1)
        qsort(out->items, out->n, sizeof *out->items, cmp_line);
    for (size_t i = 0; i < out->n; i++) { /* a set: two equal lines are one fact */
        if (i > 0 && strcmp(out->items[i], out->items[n - 1]) == 0)
            free(out->items[i]);
        else
            out->items[n++] = out->items[i];
    }
    out->n = n;
}

void wsus_facts_clear(wsus_facts *facts)
{
    for (size_t i = 0; i < facts->n; i++)
        free(facts->items[i]);
    wck_vec_clear(facts);
}

bool wsus_facts_differ(char *out, size_t size, const wsus_facts *a, const wsus_facts *b)
{
    enum { MOST = 4 };
    size_t i = 0, k = 0, used = 0;
    int shown = 0;

    out[0] = '\0';
    while ((i < a->n || k < b->n) && shown < MOST) {
        int c = i == a->n ? 1 : k == b->n ? -1 : strcmp(a->items[i], b->items[k]);
        if (c == 0) {
            i++;
            k++;
            continue;
        }
        used += (size_t)snprintf(out + used, size - used, "\n    %c %s", c < 0 ? '-' : '+',
                                 c < 0 ? a->items[i] : b->items[k]);
        used = used < size ? used : size - 1;
        i += c < 0;
        k += c > 0;
        shown++;
    }
    return shown > 0;
}
