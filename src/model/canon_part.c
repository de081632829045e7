/* SPDX-License-Identifier: MIT
 * canon_part.c: the three row sets of a partition one behind the other, and what a partition says about itself. */
#include "model/canon_io.h"

wck_cursor wck_cursor_of(wck_arena *arena, const void *data, size_t len)
{
    unsigned char *copy = wck_arena_alloc(arena, len);
    wck_cursor c = {.p = copy, .end = copy, .arena = arena, .bad = copy == NULL, .no_memory = copy == NULL};

    if (copy != NULL && len > 0) {
        memcpy(copy, data, len);
        c.end = copy + len;
    }
    return c;
}

uint64_t wck_get_long_u(wck_cursor *c)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && c->p < c->end; shift += 7) {
        unsigned char byte = *c->p++;
        if (shift == 63 && byte > 1)
            break; /* more than 64 bits */
        v |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return v;
    }
    wck_cursor_bad(c);
    return 0;
}

void *wck_get_array(wck_cursor *c, size_t n, size_t size)
{
    void *items;

    if (n == 0 || c->bad)
        return NULL;
    items = wck_arena_array(c->arena, n, size);
    if (items == NULL) {
        c->no_memory = true;
        wck_cursor_bad(c);
    }
    return items;
}

void wck_get_guids(wck_cursor *c, wck_guids *out)
{
    size_t n = wck_get_count(c, 16);

    out->items = wck_get_array(c, n, sizeof *out->items);
    for (out->n = 0; out->items != NULL && out->n < n; out->n++)
        out->items[out->n] = wck_get_guid(c);
}

wck_status wck_cursor_end(const wck_cursor *shared, const wck_cursor *local, wck_error *err)
{
    if (shared->no_memory || local->no_memory)
        return wck_fail_memory(err, "reading the store");
    if (shared->bad || local->bad || shared->p != shared->end || local->p != local->end)
        return wck_fail(err, WCK_E_STORE, "could not read a chunk of the store: it is damaged");
    return WCK_OK;
}

const wck_update *wck_canon_named(const wck_partition *rows, size_t *at, const wck_approval *a)
{
    const wck_update *highest = NULL;

    while (*at < rows->n_updates && wck_guid_cmp(rows->updates[*at].id, a->update) < 0)
        ++*at;
    for (size_t i = *at; i < rows->n_updates && wck_guid_eq(rows->updates[i].id, a->update); i++) {
        highest = &rows->updates[i];
        if (highest->revision == a->revision)
            break;
    }
    return highest;
}

unsigned wck_canon_flags(const wck_partition *rows)
{
    unsigned flags = 0;
    size_t at = 0;

    for (size_t i = 0; i < rows->n_approvals; i++) {
        const wck_approval *a = &rows->approvals[i];
        const wck_update *u;
        if (a->action != WCK_ACTION_INSTALL && a->action != WCK_ACTION_UNINSTALL)
            continue;
        flags |= WCK_PART_APPROVED;
        u = wck_canon_named(rows, &at, a);
        if (u == NULL)
            continue;
        flags |= u->state == WCK_STATE_EXPIRED && a->action == WCK_ACTION_INSTALL ? WCK_PART_EXPIRED : 0U;
        flags |= !wck_guid_is_zero(u->eula) ? WCK_PART_EULA : 0U;
        flags |= u->languages_known && u->languages.n > 0 ? WCK_PART_LANGUAGES : 0U;
    }
    return flags;
}

bool wck_canon_part_info(wck_part_info *out, const wck_partition *rows, const wck_buf shared[3])
{
    wck_hasher *hasher = wck_hasher_new();
    bool ok = hasher != NULL;

    *out = (wck_part_info){.flags = wck_canon_flags(rows),
                           .n_updates = (uint32_t)rows->n_updates,
                           .n_declined = (uint32_t)rows->n_declined,
                           .n_approvals = (uint32_t)rows->n_approvals};
    for (int i = 0; ok && i < 3; i++)
        ok = wck_hasher_put(hasher, wck_buf_text(&shared[i]), shared[i].len);
    return hasher != NULL && wck_hasher_end(hasher, &out->digest) && ok;
}

bool wck_canon_put_partition(wck_buf *shared, wck_buf *local, const wck_partition *rows)
{
    return wck_canon_put_updates(shared, local, rows->updates, rows->n_updates) &&
           wck_canon_put_declined(shared, local, rows->declined, rows->n_declined) &&
           wck_canon_put_approvals(shared, local, rows->approvals, rows->n_approvals);
}

static wck_status get_partition(wck_partition *out, wck_cursor *s, wck_cursor *l, wck_error *err)
{
    out->updates = wck_canon_updates(s, l, &out->n_updates);
    out->declined = wck_canon_declined(s, l, &out->n_declined);
    out->approvals = wck_canon_approvals(s, l, &out->n_approvals);
    return wck_cursor_end(s, l, err);
}

wck_status wck_canon_get_partition(wck_partition *out, wck_arena *arena, const void *shared, size_t shared_len,
                                   const void *local, size_t local_len, wck_error *err)
{
    wck_cursor s = wck_cursor_of(arena, shared, shared_len), l = wck_cursor_of(arena, local, local_len);

    return get_partition(out, &s, &l, err);
}

wck_status wck_canon_take_partition(wck_partition *out, wck_arena *arena, const void *shared, size_t shared_len,
                                    const void *local, size_t local_len, wck_error *err)
{
    wck_cursor s = {.p = shared, .end = (const unsigned char *)shared + shared_len, .arena = arena};
    wck_cursor l = {.p = local, .end = (const unsigned char *)local + local_len, .arena = arena};

    return get_partition(out, &s, &l, err);
}
