/* SPDX-License-Identifier: MIT
 * canon_changed.c: two partitions held against each other as bytes. First every row's extent is found, then the three
 * row sets are merged by update id, and only what is not equal to the byte is decoded. */
#include "model/canon_io.h"

enum { UPDATES, DECLINED, APPROVALS, SETS };

typedef struct extent {
    wck_guid id;
    const unsigned char *at;
    size_t len;
} extent;

typedef struct extents {
    extent *rows[SETS];
    size_t n[SETS];
} extents;

static void skip_opt(wck_cursor *c)
{
    (void)wck_get_u(c);
}

static void find_row(wck_cursor *c, int set, extent *out)
{
    out->at = c->p;
    if (set == UPDATES) {
        size_t len = wck_get_row_length(c);
        wck_cursor inside = *c;
        out->id = wck_get_guid(&inside);
        (void)wck_get_bytes(c, len);
    } else {
        out->id = wck_get_guid(c);
        if (set == APPROVALS) {
            (void)wck_get_bytes(c, 16); /* group */
            skip_opt(c);                /* revision, action, deadline */
            skip_opt(c);
            skip_opt(c);
        }
    }
    out->len = (size_t)(c->p - out->at);
}

static wck_status find_rows(extents *out, wck_cursor *c, wck_error *err)
{
    static const size_t least[SETS] = {35, 16, 35};

    for (int set = 0; set < SETS; set++) {
        size_t n = wck_get_count(c, least[set]);
        out->rows[set] = wck_get_array(c, n, sizeof(extent));
        out->n[set] = out->rows[set] != NULL ? n : 0;
        for (size_t i = 0; i < out->n[set] && !c->bad; i++)
            find_row(c, set, &out->rows[set][i]);
    }
    return wck_cursor_end(c, c, err);
}

static bool equal(const extent *a, const extent *b)
{
    return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* Ids with unequal rows in one set, ascending, perhaps repeated. */
static size_t unequal(const extents *a, const extents *b, int set, wck_guid *out)
{
    size_t i = 0, j = 0, n = 0;

    while (i < a->n[set] || j < b->n[set]) {
        const extent *x = i < a->n[set] ? &a->rows[set][i] : NULL, *y = j < b->n[set] ? &b->rows[set][j] : NULL;
        int order = x == NULL ? 1 : y == NULL ? -1 : wck_guid_cmp(x->id, y->id);
        if (order != 0 || !equal(x, y))
            out[n++] = order <= 0 ? x->id : y->id;
        i += order <= 0;
        j += order >= 0;
    }
    return n;
}

typedef struct ids {
    wck_guid *items;
    size_t n;
} ids;

/* Union of two ascending lists into out, each id once. */
static ids merge(const wck_guid *a, size_t na, const wck_guid *b, size_t nb, wck_guid *out)
{
    ids merged = {out, 0};
    size_t i = 0, j = 0;

    while (i < na || j < nb) {
        wck_guid next = j == nb || (i < na && wck_guid_cmp(a[i], b[j]) <= 0) ? a[i++] : b[j++];
        if (merged.n == 0 || !wck_guid_eq(out[merged.n - 1], next))
            out[merged.n++] = next;
    }
    return merged;
}

static wck_status find_changed(ids *out, wck_arena *arena, const extents *a, const extents *b, wck_error *err)
{
    size_t most = 0;
    wck_guid *space, *list[SETS], *merged;
    size_t n[SETS];

    for (int set = 0; set < SETS; set++)
        most += a->n[set] + b->n[set];
    space = wck_arena_array(arena, 3 * most + 1, sizeof *space);
    if (space == NULL)
        return wck_fail_memory(err, "comparing partitions");
    list[0] = space;
    for (int set = 0; set < SETS; set++) {
        n[set] = unequal(a, b, set, list[set]);
        if (set + 1 < SETS)
            list[set + 1] = list[set] + n[set];
    }
    merged = space + most;
    *out = merge(list[UPDATES], n[UPDATES], list[DECLINED], n[DECLINED], merged);
    *out = merge(out->items, out->n, list[APPROVALS], n[APPROVALS], merged + most);
    return WCK_OK;
}

/* Walks ids and rows together: is this row's update wanted? Rows come in ascending order. */
static bool wanted(const ids *changed, size_t *at, wck_guid id)
{
    while (*at < changed->n && wck_guid_cmp(changed->items[*at], id) < 0)
        ++*at;
    return *at < changed->n && wck_guid_eq(changed->items[*at], id);
}

static size_t count_wanted(const ids *changed, const extents *e, int set)
{
    size_t at = 0, n = 0;

    for (size_t i = 0; i < e->n[set]; i++)
        n += wanted(changed, &at, e->rows[set][i].id);
    return n;
}

static wck_cursor over(const extent *row, wck_arena *arena)
{
    return (wck_cursor){.p = row->at, .end = row->at + row->len, .arena = arena};
}

static void take_updates(wck_partition *out, wck_cursor *l, const ids *changed, const extents *e)
{
    bool any = wck_get_enum(l, 1) != 0;
    wck_update *rows = wck_get_array(l, count_wanted(changed, e, UPDATES), sizeof *rows);
    size_t at = 0;

    out->updates = rows;
    for (size_t i = 0; i < e->n[UPDATES] && !l->bad; i++) {
        wck_update stepped_over;
        bool take = rows != NULL && wanted(changed, &at, e->rows[UPDATES][i].id);
        if (take) {
            wck_cursor s = over(&e->rows[UPDATES][i], l->arena);
            wck_canon_update(&s, &rows[out->n_updates]);
            l->no_memory = l->no_memory || s.no_memory;
            if (s.bad)
                wck_cursor_bad(l);
        }
        wck_canon_update_local(l, take ? &rows[out->n_updates++] : &stepped_over, any);
    }
}

static void take_declined(wck_partition *out, wck_cursor *l, const ids *changed, const extents *e)
{
    bool any = wck_get_enum(l, 1) != 0;
    wck_declined *rows = wck_get_array(l, count_wanted(changed, e, DECLINED), sizeof *rows);
    size_t at = 0;

    out->declined = rows;
    for (size_t i = 0; i < e->n[DECLINED] && !l->bad; i++) {
        wck_declined stepped_over;
        bool take = rows != NULL && wanted(changed, &at, e->rows[DECLINED][i].id);
        if (take)
            rows[out->n_declined].id = e->rows[DECLINED][i].id;
        wck_canon_declined_local(l, take ? &rows[out->n_declined++] : &stepped_over, any);
    }
}

static void take_approvals(wck_partition *out, wck_cursor *l, const ids *changed, const extents *e)
{
    bool any = wck_get_enum(l, 1) != 0;
    wck_approval *rows = wck_get_array(l, count_wanted(changed, e, APPROVALS), sizeof *rows);
    size_t at = 0;

    out->approvals = rows;
    for (size_t i = 0; i < e->n[APPROVALS] && !l->bad; i++) {
        wck_approval stepped_over;
        bool take = rows != NULL && wanted(changed, &at, e->rows[APPROVALS][i].id);
        wck_cursor s = over(&e->rows[APPROVALS][i], l->arena);
        if (take || any)
            wck_canon_approval(&s, l, take ? &rows[out->n_approvals] : &stepped_over, any);
        out->n_approvals += take;
        if (s.bad)
            wck_cursor_bad(l);
    }
    if (rows != NULL)
        wck_canon_reorder(rows, out->n_approvals);
}

static wck_status take_side(wck_partition *out, wck_arena *arena, const ids *changed, const extents *e,
                            const wck_part_bytes *bytes, wck_error *err)
{
    wck_cursor l = {.p = bytes->data[1], .end = (const unsigned char *)bytes->data[1] + bytes->len[1], .arena = arena};

    memset(out, 0, sizeof *out);
    take_updates(out, &l, changed, e);
    take_declined(out, &l, changed, e);
    take_approvals(out, &l, changed, e);
    return wck_cursor_end(&l, &l, err);
}

wck_status wck_canon_take_changed(wck_partition out[2], wck_arena *arena, const wck_part_bytes bytes[2],
                                  wck_error *err)
{
    extents found[2];
    ids changed = {0};
    wck_status status = WCK_OK;

    for (int side = 0; side < 2 && status == WCK_OK; side++) {
        wck_cursor s = {.p = bytes[side].data[0],
                        .end = (const unsigned char *)bytes[side].data[0] + bytes[side].len[0],
                        .arena = arena};
        status = find_rows(&found[side], &s, err);
    }
    if (status == WCK_OK)
        status = find_changed(&changed, arena, &found[0], &found[1], err);
    for (int side = 0; side < 2 && status == WCK_OK; side++)
        status = take_side(&out[side], arena, &changed, &found[side], &bytes[side], err);
    return status;
}

/* ---- one update ---- */

wck_status wck_canon_has_update(bool *out, wck_guid update, const void *shared, size_t len, wck_error *err)
{
    static const size_t least[SETS] = {35, 16, 35};
    wck_cursor c = {.p = shared, .end = (const unsigned char *)shared + len};

    *out = false;
    for (int set = 0; set < SETS && !c.bad; set++) {
        size_t n = wck_get_count(&c, least[set]);
        for (size_t i = 0; i < n && !c.bad; i++) {
            extent row;
            find_row(&c, set, &row);
            *out = !c.bad && wck_guid_eq(row.id, update);
            if (*out)
                return WCK_OK; /* the rest is looked at when it is taken */
        }
    }
    return wck_cursor_end(&c, &c, err);
}

wck_status wck_canon_take_update(wck_partition *out, wck_arena *arena, wck_guid update, const wck_part_bytes *bytes,
                                 wck_error *err)
{
    wck_cursor s = {.p = bytes->data[0], .end = (const unsigned char *)bytes->data[0] + bytes->len[0], .arena = arena};
    const ids one = {&update, 1};
    extents found;
    wck_status status = find_rows(&found, &s, err);

    memset(out, 0, sizeof *out);
    return status == WCK_OK ? take_side(out, arena, &one, &found, bytes, err) : status;
}
