/* SPDX-License-Identifier: MIT
 * text_tree.c: the hierarchy as text with branches, as Graphviz dot and as Mermaid. */
#include "emit/text.h"

#include "base/map.h"
#include "base/quote.h"
#include "model/snapshot.h"

#include <stdlib.h>
#include <string.h>

/* Place of each server's parent among the servers before it; SIZE_MAX: a top. `last`: last child of its
 * parent. */
typedef struct branch {
    size_t parent, last_child;
} branch;

static branch *branches_of(const wck_report *r)
{
    branch *out = calloc(r->servers.n + 1, sizeof *out);
    wck_map places = {0};

    for (size_t i = 0; i < r->servers.n && out != NULL; i++) {
        const wck_report_server *s = &r->servers.items[i];
        wck_map_entry *up = s->parent != NULL ? wck_map_find(&places, s->parent, strlen(s->parent)) : NULL;
        wck_map_entry *e = wck_map_put(&places, s->path, strlen(s->path), NULL);
        if (e == NULL) {
            free(out);
            out = NULL;
            break;
        }
        e->value = (void *)(uintptr_t)i;
        out[i].parent = up != NULL ? (size_t)(uintptr_t)up->value : SIZE_MAX;
        out[i].last_child = SIZE_MAX;
        if (up != NULL)
            out[out[i].parent].last_child = i;
    }
    wck_map_clear(&places);
    return out;
}

/* The own name; without one the last part of the path. */
static const char *name_of(const wck_report_server *s)
{
    return s->name != NULL ? s->name : s->path;
}

static void put_facts(wck_buf *out, const wck_report_server *s)
{
    wck_buf_puts(out, wck_mode_name(s->mode));
    if (s->version != NULL) {
        wck_buf_puts(out, "  version ");
        wck_emit_safe(out, s->version, 30);
    }
    wck_buf_puts(out, "  last good sync ");
    if (s->last_good_sync != WCK_TIME_NONE && s->collected_at != WCK_TIME_NONE) {
        wck_emit_age(out, s->collected_at - s->last_good_sync);
        wck_buf_puts(out, " before it was read");
    } else {
        wck_buf_puts(out, "not known");
    }
    wck_buf_printf(out, "  updates %zu, approvals %zu, declined %zu", s->updates, s->approvals, s->declined);
}

/* "1 error, 2 warnings, 0 unknown" */
static void put_numbers(wck_buf *out, const wck_report_server *s)
{
    wck_emit_count(out, s->errors, "error", "errors");
    wck_buf_puts(out, ", ");
    wck_emit_count(out, s->warnings, "warning", "warnings");
    wck_buf_printf(out, ", %zu unknown", s->unknown);
}

static void put_counts(wck_buf *out, const wck_report_server *s, const wck_text_style *style)
{
    wck_buf text;

    if (s->errors + s->warnings + s->unknown == 0)
        return;
    wck_buf_init(&text, 200);
    put_numbers(&text, s);
    wck_buf_puts(out, "  ");
    wck_emit_paint(out, style, s->errors > 0 ? WCK_PAINT_RED : WCK_PAINT_YELLOW, wck_buf_text(&text));
    wck_buf_clear(&text);
}

/* "│  " or "   " for each ancestor below the top, then the server's own branch. */
static void put_prefix(wck_buf *out, const branch *b, size_t i, size_t *chain)
{
    size_t n = 0;

    for (size_t at = i; b[at].parent != SIZE_MAX; at = b[at].parent)
        chain[n++] = at;
    while (n-- > 0) {
        bool last = b[b[chain[n]].parent].last_child == chain[n];
        if (chain[n] == i)
            wck_buf_puts(out, last ? "└─ " : "├─ ");
        else
            wck_buf_puts(out, last ? "   " : "│  ");
    }
}

static wck_status put_text(wck_buf *out, const wck_report *r, const branch *b, const wck_text_style *style,
                           wck_error *err)
{
    size_t *chain = calloc(r->servers.n + 1, sizeof *chain);

    if (chain == NULL)
        return wck_fail_memory(err, "writing the tree");
    for (size_t i = 0; i < r->servers.n; i++) {
        const wck_report_server *s = &r->servers.items[i];
        wck_buf name;
        put_prefix(out, b, i, chain);
        wck_buf_init(&name, 1U << 16);
        wck_emit_safe(&name, name_of(s), 0);
        wck_emit_paint(out, style, WCK_PAINT_BOLD, wck_buf_text(&name));
        wck_buf_clear(&name);
        wck_buf_puts(out, "  ");
        put_facts(out, s);
        put_counts(out, s, style);
        if (s->parent != NULL && b[i].parent == SIZE_MAX) {
            wck_buf_puts(out, "  upstream server not known: ");
            wck_emit_safe(out, s->parent, 0);
        }
        wck_buf_putc(out, '\n');
    }
    free(chain);
    return WCK_OK;
}

/* Inside "…" of dot: cleaned, then \ and " escaped. */
static void dot_text(wck_buf *out, const char *text)
{
    wck_buf clean;

    wck_buf_init(&clean, 1U << 16);
    wck_emit_safe(&clean, text, 0);
    for (const char *c = wck_buf_text(&clean); *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            wck_buf_putc(out, '\\');
        wck_buf_putc(out, *c);
    }
    wck_buf_clear(&clean);
}

static void put_dot(wck_buf *out, const wck_report *r, const branch *b)
{
    wck_buf_puts(out, "digraph wsus {\n  rankdir=TB;\n  node [shape=box];\n");
    for (size_t i = 0; i < r->servers.n; i++) {
        const wck_report_server *s = &r->servers.items[i];
        wck_buf_printf(out, "  n%zu [label=\"", i);
        dot_text(out, name_of(s));
        wck_buf_printf(out, "\\n%s\\n", wck_mode_name(s->mode));
        put_numbers(out, s);
        wck_buf_printf(out, "\"%s];\n",
                       s->errors > 0                  ? ", color=red"
                       : s->warnings + s->unknown > 0 ? ", color=orange"
                                                      : "");
        if (b[i].parent != SIZE_MAX)
            wck_buf_printf(out, "  n%zu -> n%zu%s;\n", b[i].parent, i,
                           s->mode == WCK_MODE_REPLICA ? "" : " [style=dashed]");
    }
    wck_buf_puts(out, "}\n");
}

/* Mermaid reads "#NN;" as a character; everything but letters, digits and a few signs is written so. */
static void mermaid_text(wck_buf *out, const char *text)
{
    wck_buf clean;
    const char *at, *end;

    wck_buf_init(&clean, 1U << 16);
    wck_emit_safe(&clean, text, 0);
    at = wck_buf_text(&clean);
    end = at + clean.len;
    while (at < end) {
        long c = wck_utf8_next(&at, end);
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ' ||
            c == '-' || c == '.' || c == '_')
            wck_buf_putc(out, (char)c);
        else
            wck_buf_printf(out, "#%ld;", c < 0 ? 0xFFFDL : c);
    }
    wck_buf_clear(&clean);
}

static void put_mermaid(wck_buf *out, const wck_report *r, const branch *b)
{
    wck_buf_puts(out, "graph TD\n");
    for (size_t i = 0; i < r->servers.n; i++) {
        const wck_report_server *s = &r->servers.items[i];
        wck_buf_printf(out, "  n%zu[\"", i);
        mermaid_text(out, name_of(s));
        wck_buf_printf(out, "<br/>%s<br/>", wck_mode_name(s->mode));
        put_numbers(out, s);
        wck_buf_puts(out, "\"]\n");
        if (b[i].parent != SIZE_MAX)
            wck_buf_printf(out, "  n%zu %s n%zu\n", b[i].parent, s->mode == WCK_MODE_REPLICA ? "-->" : "-.->",
                           i);
    }
}

wck_status wck_emit_tree(wck_buf *out, const wck_report *report, const char *format,
                         const wck_text_style *style, wck_error *err)
{
    static const wck_text_style plain = {0};
    branch *branches = branches_of(report);
    wck_status status = WCK_OK;
    char name[80];

    if (branches == NULL)
        return wck_fail_memory(err, "writing the tree");
    if (strcmp(format, "text") == 0)
        status = put_text(out, report, branches, style != NULL ? style : &plain, err);
    else if (strcmp(format, "dot") == 0)
        put_dot(out, report, branches);
    else if (strcmp(format, "mermaid") == 0)
        put_mermaid(out, report, branches);
    else
        status = wck_fail(err, WCK_E_ARG, "could not write the tree: there is no format \"%s\"",
                          wck_quote_short(name, sizeof name, format, 30));
    free(branches);
    return status == WCK_OK ? wck_emit_done(out, "writing the tree", err) : status;
}
