/* SPDX-License-Identifier: MIT
 * canon.c: rows keyed by an update as bytes. Every row is self-contained, so equal rows have equal bytes wherever they
 * stand. A local stream begins with one byte: 0 says that every local field of every row is null and nothing follows,
 * so the many servers and sources that tell none share one chunk. */
#include "model/canon.h"

#include "model/canon_io.h"

#include <stdlib.h>

static void put_strings(wck_buf *b, const wck_strings *set)
{
    wck_put_u(b, set->n);
    for (size_t i = 0; i < set->n; i++)
        wck_put_text(b, set->items[i]);
}

static void put_relations(wck_buf *s, const wck_update *u)
{
    wck_put_guids(s, &u->products);
    wck_put_guids(s, &u->supersedes);
    wck_put_u(s, u->bundles.n);
    for (size_t i = 0; i < u->bundles.n; i++) {
        wck_put_guid(s, u->bundles.items[i].id);
        wck_put_opt(s, u->bundles.items[i].revision);
    }
    wck_put_u(s, u->n_prerequisites);
    for (size_t i = 0; i < u->n_prerequisites; i++)
        wck_put_guids(s, &u->prerequisites[i]);
}

static void put_update_fields(wck_buf *s, const wck_update *u)
{
    wck_put_guid(s, u->id);
    wck_put_opt(s, u->revision);
    wck_put_byte(s, (unsigned)u->type | (unsigned)u->state << 2 | (unsigned)(u->deployable + 1) << 4 |
                        (unsigned)u->languages_known << 6);
    wck_put_text(s, u->title);
    wck_put_text(s, u->severity);
    wck_put_text(s, u->compatible_protocol_version);
    put_strings(s, &u->kb);
    put_strings(s, &u->bulletins);
    put_strings(s, &u->languages);
    wck_put_opt_guid(s, u->classification);
    put_relations(s, u);
    wck_put_opt_guid(s, u->eula);
    wck_put_opt(s, u->created);
    wck_put_u(s, u->n_files);
    for (size_t i = 0; i < u->n_files; i++) {
        wck_put_bytes(s, u->files[i].digest, 20);
        wck_put_text(s, u->files[i].name);
        wck_put_opt(s, u->files[i].size);
    }
}

/* Behind its length, so that comparing can step over rows without reading them. */
static void put_update(wck_buf *s, const wck_update *u)
{
    size_t at = s->len, len;

    wck_put_bytes(s, "\0\0\0\0", 4);
    put_update_fields(s, u);
    if (s->failed)
        return;
    len = s->len - at - 4; /* bounded by the buffer's maximum; a row is some 150 bytes */
    for (unsigned i = 0; i < 4; i++)
        s->data[at + i] = (char)(len >> (8 * i) & 0xFF);
    s->failed = len > UINT32_MAX;
}

bool wck_canon_put_updates(wck_buf *s, wck_buf *l, const wck_update *rows, size_t n)
{
    bool any = false;

    wck_put_u(s, n);
    for (size_t i = 0; i < n; i++) {
        put_update(s, &rows[i]);
        any = any || rows[i].arrived != WCK_TIME_NONE || rows[i].needed_by != WCK_INT_NONE;
    }
    wck_put_byte(l, any);
    for (size_t i = 0; any && i < n; i++) {
        wck_put_opt(l, rows[i].arrived);
        wck_put_opt(l, rows[i].needed_by);
    }
    return !s->failed && !l->failed;
}

bool wck_canon_put_declined(wck_buf *s, wck_buf *l, const wck_declined *rows, size_t n)
{
    bool any = false;

    wck_put_u(s, n);
    for (size_t i = 0; i < n; i++) {
        wck_put_guid(s, rows[i].id);
        any = any || rows[i].revision != WCK_INT_NONE || rows[i].time != WCK_TIME_NONE || rows[i].admin != NULL;
    }
    wck_put_byte(l, any);
    for (size_t i = 0; any && i < n; i++) {
        wck_put_opt(l, rows[i].revision);
        wck_put_opt(l, rows[i].time);
        wck_put_text(l, rows[i].admin);
    }
    return !s->failed && !l->failed;
}

/* ---- approvals ----
 *
 * Canonical order goes by update, group, revision and then by deployment, which is a local field. The shared stream
 * must not depend on it, so rows that agree in the first three are written by their shared fields instead, and put
 * back into canonical order when they are read. Hardly any row has such a neighbour. */

static bool same_place(const wck_approval *a, const wck_approval *b)
{
    return wck_guid_eq(a->update, b->update) && wck_guid_eq(a->group, b->group) && a->revision == b->revision;
}

static size_t run_end(const wck_approval *rows, size_t from, size_t n)
{
    size_t to = from + 1;

    while (to < n && same_place(&rows[from], &rows[to]))
        to++;
    return to;
}

static int by_shared(const void *pa, const void *pb)
{
    const wck_approval *a = *(const wck_approval *const *)pa, *b = *(const wck_approval *const *)pb;

    if (a->action != b->action)
        return a->action < b->action ? -1 : 1;
    if (a->deadline != b->deadline)
        return a->deadline < b->deadline ? -1 : 1;
    return a < b ? -1 : a > b; /* canonical order, so that the local stream is well defined */
}

static int cmp_number(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* snapshot.c's order of approvals from the deployment on. */
static int by_canon(const void *pa, const void *pb)
{
    const wck_approval *a = pa, *b = pb;
    int c = wck_guid_cmp(a->deployment, b->deployment);

    c = c != 0 ? c : cmp_number(a->action, b->action);
    c = c != 0 ? c : cmp_number(a->deadline, b->deadline);
    c = c != 0 ? c : cmp_number(a->go_live, b->go_live);
    c = c != 0 ? c : cmp_number(a->assigned, b->assigned);
    c = c != 0 ? c : cmp_number(a->priority, b->priority);
    c = c != 0 ? c : cmp_number(a->changed, b->changed);
    if (c != 0 || a->admin == b->admin)
        return c;
    return a->admin == NULL || b->admin == NULL ? (a->admin == NULL ? -1 : 1) : strcmp(a->admin, b->admin);
}

static void put_approval(wck_buf *s, wck_buf *l, const wck_approval *a, bool any)
{
    wck_put_guid(s, a->update);
    wck_put_guid(s, a->group);
    wck_put_opt(s, a->revision);
    wck_put_opt(s, a->action);
    wck_put_opt(s, a->deadline);
    if (!any)
        return;
    wck_put_opt(l, a->go_live);
    wck_put_byte(l, (unsigned)(a->assigned + 1));
    wck_put_opt(l, a->priority);
    wck_put_opt_guid(l, a->deployment);
    wck_put_opt(l, a->changed);
    wck_put_text(l, a->admin);
}

static bool has_local(const wck_approval *a)
{
    return a->go_live != WCK_TIME_NONE || a->assigned != WCK_BOOL_NONE || a->priority != WCK_INT_NONE ||
           !wck_guid_is_zero(a->deployment) || a->changed != WCK_TIME_NONE || a->admin != NULL;
}

/* Rows of one place, more than one. */
static bool put_run(wck_buf *s, wck_buf *l, const wck_approval *rows, size_t n, bool any)
{
    const wck_approval **order = calloc(n, sizeof *order);

    if (order == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        order[i] = &rows[i];
    qsort(order, n, sizeof *order, by_shared);
    for (size_t i = 0; i < n; i++)
        put_approval(s, l, order[i], any);
    free(order);
    return true;
}

bool wck_canon_put_approvals(wck_buf *s, wck_buf *l, const wck_approval *rows, size_t n)
{
    bool any = false, ok = true;

    for (size_t i = 0; i < n && !any; i++)
        any = has_local(&rows[i]);
    wck_put_u(s, n);
    wck_put_byte(l, any);
    for (size_t i = 0, to; i < n && ok; i = to) {
        to = run_end(rows, i, n);
        if (to == i + 1)
            put_approval(s, l, &rows[i], any);
        else
            ok = put_run(s, l, rows + i, to - i, any);
    }
    return ok && !s->failed && !l->failed;
}

/* ---- reading ---- */

void wck_get_strings(wck_cursor *c, wck_strings *out)
{
    size_t n = wck_get_count(c, 2);

    out->items = wck_get_array(c, n, sizeof *out->items);
    for (out->n = 0; out->items != NULL && out->n < n; out->n++) {
        const char *text = wck_get_text(c);
        c->bad = c->bad || text == NULL; /* an item is never null */
        out->items[out->n] = text != NULL ? text : "";
    }
}

static void get_relations(wck_cursor *c, wck_update *u)
{
    size_t n;

    wck_get_guids(c, &u->products);
    wck_get_guids(c, &u->supersedes);
    n = wck_get_count(c, 17);
    u->bundles.items = wck_get_array(c, n, sizeof *u->bundles.items);
    for (; u->bundles.items != NULL && u->bundles.n < n; u->bundles.n++) {
        u->bundles.items[u->bundles.n].id = wck_get_guid(c);
        u->bundles.items[u->bundles.n].revision = wck_get_opt(c);
    }
    n = wck_get_count(c, 1);
    u->prerequisites = wck_get_array(c, n, sizeof *u->prerequisites);
    for (; u->prerequisites != NULL && u->n_prerequisites < n; u->n_prerequisites++)
        wck_get_guids(c, &u->prerequisites[u->n_prerequisites]);
}

static void get_files(wck_cursor *c, wck_update *u)
{
    size_t n = wck_get_count(c, 22);

    u->files = wck_get_array(c, n, sizeof *u->files);
    for (; u->files != NULL && u->n_files < n; u->n_files++) {
        const unsigned char *digest = wck_get_bytes(c, 20);
        if (digest != NULL)
            memcpy(u->files[u->n_files].digest, digest, 20);
        u->files[u->n_files].name = wck_get_text(c);
        u->files[u->n_files].size = wck_get_opt(c);
    }
}

void wck_canon_update(wck_cursor *c, wck_update *u)
{
    const unsigned char *end;
    size_t len = wck_get_row_length(c);
    unsigned flags;

    end = c->p + len;
    u->id = wck_get_guid(c);
    u->revision = wck_get_opt(c);
    flags = wck_get_byte(c);
    u->type = (wck_update_type)(flags & 3);
    u->state = (wck_update_state)(flags >> 2 & 3);
    u->deployable = (int8_t)((int)(flags >> 4 & 3) - 1);
    u->languages_known = (flags >> 6 & 1) != 0;
    if ((flags & 3) == 3 || (flags >> 2 & 3) == 3 || (flags >> 4 & 3) == 3 || flags > 127)
        wck_cursor_bad(c);
    u->title = wck_get_text(c);
    u->severity = wck_get_text(c);
    u->compatible_protocol_version = wck_get_text(c);
    wck_get_strings(c, &u->kb);
    wck_get_strings(c, &u->bulletins);
    wck_get_strings(c, &u->languages);
    u->classification = wck_get_opt_guid(c);
    get_relations(c, u);
    u->eula = wck_get_opt_guid(c);
    u->created = wck_get_opt(c);
    get_files(c, u);
    if (!c->bad && c->p != end)
        wck_cursor_bad(c);
}

void wck_canon_update_local(wck_cursor *l, wck_update *u, bool any)
{
    u->arrived = any ? wck_get_opt(l) : WCK_TIME_NONE;
    u->needed_by = any ? wck_get_opt(l) : WCK_INT_NONE;
}

const wck_update *wck_canon_updates(wck_cursor *s, wck_cursor *l, size_t *n)
{
    size_t count = wck_get_count(s, 35); /* length, a GUID and 15 fields of one byte */
    wck_update *rows = wck_get_array(s, count, sizeof *rows);
    bool any = wck_get_enum(l, 1) != 0;

    *n = rows != NULL ? count : 0;
    for (size_t i = 0; i < *n && !s->bad; i++)
        wck_canon_update(s, &rows[i]);
    for (size_t i = 0; i < *n; i++)
        wck_canon_update_local(l, &rows[i], any);
    return rows;
}

void wck_canon_declined_local(wck_cursor *l, wck_declined *d, bool any)
{
    d->revision = any ? wck_get_opt(l) : WCK_INT_NONE;
    d->time = any ? wck_get_opt(l) : WCK_TIME_NONE;
    d->admin = any ? wck_get_text(l) : NULL;
}

const wck_declined *wck_canon_declined(wck_cursor *s, wck_cursor *l, size_t *n)
{
    size_t count = wck_get_count(s, 16);
    wck_declined *rows = wck_get_array(s, count, sizeof *rows);
    bool any = wck_get_enum(l, 1) != 0;

    *n = rows != NULL ? count : 0;
    for (size_t i = 0; i < *n; i++) {
        rows[i].id = wck_get_guid(s);
        wck_canon_declined_local(l, &rows[i], any);
    }
    return rows;
}

void wck_canon_approval(wck_cursor *s, wck_cursor *l, wck_approval *a, bool any)
{
    a->update = wck_get_guid(s);
    a->group = wck_get_guid(s);
    a->revision = wck_get_opt(s);
    a->action = wck_get_opt(s);
    a->deadline = wck_get_opt(s);
    a->go_live = any ? wck_get_opt(l) : WCK_TIME_NONE;
    a->assigned = any ? (int8_t)((int)wck_get_enum(l, 2) - 1) : WCK_BOOL_NONE;
    a->priority = any ? wck_get_opt(l) : WCK_INT_NONE;
    a->deployment = any ? wck_get_opt_guid(l) : (wck_guid){0, 0};
    a->changed = any ? wck_get_opt(l) : WCK_TIME_NONE;
    a->admin = any ? wck_get_text(l) : NULL;
}

/* Back into canonical order, see above. */
void wck_canon_reorder(wck_approval *rows, size_t n)
{
    for (size_t i = 0, to; i < n; i = to) {
        to = run_end(rows, i, n);
        if (to > i + 1)
            qsort(rows + i, to - i, sizeof *rows, by_canon);
    }
}

const wck_approval *wck_canon_approvals(wck_cursor *s, wck_cursor *l, size_t *n)
{
    size_t count = wck_get_count(s, 35);
    wck_approval *rows = wck_get_array(s, count, sizeof *rows);
    bool any = wck_get_enum(l, 1) != 0;

    *n = rows != NULL ? count : 0;
    for (size_t i = 0; i < *n; i++)
        wck_canon_approval(s, l, &rows[i], any);
    wck_canon_reorder(rows, *n);
    return rows;
}

wck_status wck_canon_get_updates(const wck_update **rows, size_t *n, wck_arena *arena, const void *shared,
                                 size_t shared_len, const void *local, size_t local_len, wck_error *err)
{
    wck_cursor s = wck_cursor_of(arena, shared, shared_len), l = wck_cursor_of(arena, local, local_len);

    *rows = wck_canon_updates(&s, &l, n);
    return wck_cursor_end(&s, &l, err);
}

wck_status wck_canon_get_declined(const wck_declined **rows, size_t *n, wck_arena *arena, const void *shared,
                                  size_t shared_len, const void *local, size_t local_len, wck_error *err)
{
    wck_cursor s = wck_cursor_of(arena, shared, shared_len), l = wck_cursor_of(arena, local, local_len);

    *rows = wck_canon_declined(&s, &l, n);
    return wck_cursor_end(&s, &l, err);
}

wck_status wck_canon_get_approvals(const wck_approval **rows, size_t *n, wck_arena *arena, const void *shared,
                                   size_t shared_len, const void *local, size_t local_len, wck_error *err)
{
    wck_cursor s = wck_cursor_of(arena, shared, shared_len), l = wck_cursor_of(arena, local, local_len);

    *rows = wck_canon_approvals(&s, &l, n);
    return wck_cursor_end(&s, &l, err);
}
