/* SPDX-License-Identifier: MIT
 * canon.c: rows keyed by an update as bytes, and back. Every row is self-contained, so equal rows have equal bytes
 * wherever they stand. Decoding trusts nothing: every count is held against the bytes that are left. */
#include "model/canon.h"

#include "model/canon_io.h"

#include <string.h>

/* ---- writing ---- */

void wck_put_u(wck_buf *b, uint64_t v)
{
    char out[10];
    size_t n = 0;

    while (v >= 0x80) {
        out[n++] = (char)(v | 0x80);
        v >>= 7;
    }
    out[n++] = (char)v;
    wck_buf_put(b, out, n);
}

/* 0 = none, else zig-zag + 1. INT64_MIN is WCK_INT_NONE and WCK_TIME_NONE alike. */
void wck_put_opt(wck_buf *b, int64_t v)
{
    wck_put_u(b, v == INT64_MIN ? 0 : (((uint64_t)v << 1) ^ (uint64_t)(v >> 63)) + 1);
}

void wck_put_text(wck_buf *b, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;

    wck_put_u(b, text != NULL ? len + 1 : 0);
    wck_buf_put(b, text, len);
}

void wck_put_guid(wck_buf *b, wck_guid g)
{
    unsigned char out[16];

    for (unsigned i = 0; i < 8; i++) {
        out[i] = (unsigned char)(g.hi >> (56 - 8 * i));
        out[i + 8] = (unsigned char)(g.lo >> (56 - 8 * i));
    }
    wck_buf_put(b, out, 16);
}

void wck_put_guids(wck_buf *b, const wck_guids *set)
{
    wck_put_u(b, set->n);
    for (size_t i = 0; i < set->n; i++)
        wck_put_guid(b, set->items[i]);
}

static void put_strings(wck_buf *b, const wck_strings *set)
{
    wck_put_u(b, set->n);
    for (size_t i = 0; i < set->n; i++)
        wck_put_text(b, set->items[i]);
}

static void put_update(wck_buf *s, wck_buf *l, const wck_update *u)
{
    wck_put_guid(s, u->id);
    wck_put_opt(s, u->revision);
    wck_put_u(s, (uint64_t)u->type | (uint64_t)u->state << 2 | (uint64_t)(u->deployable + 1) << 4 |
                     (uint64_t)u->languages_known << 6);
    wck_put_text(s, u->title);
    wck_put_text(s, u->severity);
    wck_put_text(s, u->compatible_protocol_version);
    put_strings(s, &u->kb);
    put_strings(s, &u->bulletins);
    put_strings(s, &u->languages);
    wck_put_guid(s, u->classification);
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
    wck_put_guid(s, u->eula);
    wck_put_opt(s, u->created);
    wck_put_u(s, u->n_files);
    for (size_t i = 0; i < u->n_files; i++) {
        wck_buf_put(s, u->files[i].digest, 20);
        wck_put_text(s, u->files[i].name);
        wck_put_opt(s, u->files[i].size);
    }
    wck_put_opt(l, u->arrived);
    wck_put_opt(l, u->needed_by);
}

bool wck_canon_put_updates(wck_buf *s, wck_buf *l, const wck_update *rows, size_t n)
{
    wck_put_u(s, n);
    for (size_t i = 0; i < n; i++)
        put_update(s, l, &rows[i]);
    return !s->failed && !l->failed;
}

bool wck_canon_put_declined(wck_buf *s, wck_buf *l, const wck_declined *rows, size_t n)
{
    wck_put_u(s, n);
    for (size_t i = 0; i < n; i++) {
        wck_put_guid(s, rows[i].id);
        wck_put_opt(l, rows[i].revision);
        wck_put_opt(l, rows[i].time);
        wck_put_text(l, rows[i].admin);
    }
    return !s->failed && !l->failed;
}

bool wck_canon_put_approvals(wck_buf *s, wck_buf *l, const wck_approval *rows, size_t n)
{
    wck_put_u(s, n);
    for (size_t i = 0; i < n; i++) {
        const wck_approval *a = &rows[i];
        wck_put_guid(s, a->update);
        wck_put_guid(s, a->group);
        wck_put_opt(s, a->revision);
        wck_put_opt(s, a->action);
        wck_put_opt(s, a->deadline);
        wck_put_opt(l, a->go_live);
        wck_put_u(l, (uint64_t)(a->assigned + 1));
        wck_put_opt(l, a->priority);
        wck_put_guid(l, a->deployment);
        wck_put_opt(l, a->changed);
        wck_put_text(l, a->admin);
    }
    return !s->failed && !l->failed;
}

/* ---- reading ---- */

uint64_t wck_get_u(wck_cursor *c)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned char byte;
        if (c->p == c->end)
            break;
        byte = *c->p++;
        v |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return v;
    }
    c->bad = true;
    return 0;
}

int64_t wck_get_opt(wck_cursor *c)
{
    uint64_t v = wck_get_u(c);

    if (v == 0)
        return INT64_MIN;
    v--;
    return (int64_t)(v >> 1 ^ (~(v & 1) + 1));
}

/* A count of things of at least `least` bytes each. */
size_t wck_get_count(wck_cursor *c, size_t least)
{
    uint64_t n = wck_get_u(c);

    if (n > (size_t)(c->end - c->p) / least) {
        c->bad = true;
        return 0;
    }
    return (size_t)n;
}

const unsigned char *wck_get_bytes(wck_cursor *c, size_t n)
{
    const unsigned char *at = c->p;

    if ((size_t)(c->end - c->p) < n) {
        c->bad = true;
        return NULL;
    }
    c->p += n;
    return at;
}

const char *wck_get_text(wck_cursor *c)
{
    uint64_t n = wck_get_u(c); /* length + 1 */
    const unsigned char *bytes;
    const char *text;

    if (n == 0)
        return NULL;
    if (n - 1 > (size_t)(c->end - c->p)) {
        c->bad = true;
        return NULL;
    }
    bytes = wck_get_bytes(c, (size_t)n - 1);
    text = bytes != NULL ? wck_arena_strndup(c->arena, (const char *)bytes, (size_t)n - 1) : NULL;
    c->bad = c->bad || text == NULL;
    return text;
}

wck_guid wck_get_guid(wck_cursor *c)
{
    const unsigned char *b = wck_get_bytes(c, 16);
    wck_guid g = {0, 0};

    for (unsigned i = 0; b != NULL && i < 8; i++) {
        g.hi = g.hi << 8 | b[i];
        g.lo = g.lo << 8 | b[i + 8];
    }
    return g;
}

void *wck_get_array(wck_cursor *c, size_t n, size_t size)
{
    void *items;

    if (n == 0 || c->bad)
        return NULL;
    items = wck_arena_array(c->arena, n, size);
    c->bad = items == NULL;
    return items;
}

void wck_get_guids(wck_cursor *c, wck_guids *out)
{
    size_t n = wck_get_count(c, 16);

    out->items = wck_get_array(c, n, sizeof *out->items);
    for (out->n = 0; out->items != NULL && out->n < n; out->n++)
        out->items[out->n] = wck_get_guid(c);
}

static void get_strings(wck_cursor *c, wck_strings *out)
{
    size_t n = wck_get_count(c, 1);

    out->items = wck_get_array(c, n, sizeof *out->items);
    for (out->n = 0; out->items != NULL && out->n < n; out->n++) {
        const char *text = wck_get_text(c);
        c->bad = c->bad || text == NULL; /* an item is never null */
        out->items[out->n] = text != NULL ? text : "";
    }
}

static void get_update_lists(wck_cursor *c, wck_update *u)
{
    size_t n = wck_get_count(c, 17);

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

static void get_update(wck_cursor *c, wck_cursor *l, wck_update *u)
{
    uint64_t flags;

    u->id = wck_get_guid(c);
    u->revision = wck_get_opt(c);
    flags = wck_get_u(c);
    u->type = (wck_update_type)(flags & 3);
    u->state = (wck_update_state)(flags >> 2 & 3);
    u->deployable = (int8_t)((int)(flags >> 4 & 3) - 1);
    u->languages_known = (flags >> 6 & 1) != 0;
    u->title = wck_get_text(c);
    u->severity = wck_get_text(c);
    u->compatible_protocol_version = wck_get_text(c);
    get_strings(c, &u->kb);
    get_strings(c, &u->bulletins);
    get_strings(c, &u->languages);
    u->classification = wck_get_guid(c);
    wck_get_guids(c, &u->products);
    wck_get_guids(c, &u->supersedes);
    get_update_lists(c, u);
    u->eula = wck_get_guid(c);
    u->created = wck_get_opt(c);
    get_files(c, u);
    u->arrived = wck_get_opt(l);
    u->needed_by = wck_get_opt(l);
    c->bad = c->bad || (flags & 3) == 3 || (flags >> 2 & 3) == 3 || (flags >> 4 & 3) == 3 || flags > 127;
}

wck_status wck_canon_end(const wck_cursor *shared, const wck_cursor *local, wck_error *err)
{
    if (shared->bad || local->bad || shared->p != shared->end || local->p != local->end)
        return wck_fail(err, WCK_E_STORE, "could not read a chunk of the store: it is damaged");
    return WCK_OK;
}

static wck_cursor cursor(wck_arena *arena, const void *data, size_t len)
{
    return (wck_cursor){.p = data, .end = (const unsigned char *)data + len, .arena = arena};
}

wck_status wck_canon_get_updates(const wck_update **rows, size_t *n, wck_arena *arena, const void *shared,
                                 size_t shared_len, const void *local, size_t local_len, wck_error *err)
{
    wck_cursor s = cursor(arena, shared, shared_len), l = cursor(arena, local, local_len);
    size_t count = wck_get_count(&s, 60); /* 3 GUIDs and 12 one-byte fields */
    wck_update *items = wck_get_array(&s, count, sizeof *items);

    for (size_t i = 0; items != NULL && i < count && !s.bad; i++)
        get_update(&s, &l, &items[i]);
    *rows = items;
    *n = count;
    return wck_canon_end(&s, &l, err);
}

wck_status wck_canon_get_declined(const wck_declined **rows, size_t *n, wck_arena *arena, const void *shared,
                                  size_t shared_len, const void *local, size_t local_len, wck_error *err)
{
    wck_cursor s = cursor(arena, shared, shared_len), l = cursor(arena, local, local_len);
    size_t count = wck_get_count(&s, 16);
    wck_declined *items = wck_get_array(&s, count, sizeof *items);

    for (size_t i = 0; items != NULL && i < count && !s.bad; i++) {
        items[i].id = wck_get_guid(&s);
        items[i].revision = wck_get_opt(&l);
        items[i].time = wck_get_opt(&l);
        items[i].admin = wck_get_text(&l);
    }
    *rows = items;
    *n = count;
    return wck_canon_end(&s, &l, err);
}

wck_status wck_canon_get_approvals(const wck_approval **rows, size_t *n, wck_arena *arena, const void *shared,
                                   size_t shared_len, const void *local, size_t local_len, wck_error *err)
{
    wck_cursor s = cursor(arena, shared, shared_len), l = cursor(arena, local, local_len);
    size_t count = wck_get_count(&s, 35);
    wck_approval *items = wck_get_array(&s, count, sizeof *items);

    for (size_t i = 0; items != NULL && i < count && !s.bad; i++) {
        wck_approval *a = &items[i];
        uint64_t assigned;
        a->update = wck_get_guid(&s);
        a->group = wck_get_guid(&s);
        a->revision = wck_get_opt(&s);
        a->action = wck_get_opt(&s);
        a->deadline = wck_get_opt(&s);
        a->go_live = wck_get_opt(&l);
        assigned = wck_get_u(&l);
        a->assigned = (int8_t)((int)(assigned & 3) - 1);
        a->priority = wck_get_opt(&l);
        a->deployment = wck_get_guid(&l);
        a->changed = wck_get_opt(&l);
        a->admin = wck_get_text(&l);
        l.bad = l.bad || assigned > 2;
    }
    *rows = items;
    *n = count;
    return wck_canon_end(&s, &l, err);
}

/* ---- partitions ---- */

static unsigned flags_of(const wck_partition *rows)
{
    unsigned flags = 0;

    for (size_t i = 0; i < rows->n_updates; i++) {
        const wck_update *u = &rows->updates[i];
        flags |= u->state == WCK_STATE_EXPIRED ? WCK_PART_EXPIRED : 0U;
        flags |= !wck_guid_is_zero(u->eula) ? WCK_PART_EULA : 0U;
        flags |= u->languages.n > 0 ? WCK_PART_LANGUAGES : 0U;
        flags |= !u->languages_known ? WCK_PART_UNKNOWN_LANGUAGES : 0U;
        flags |= u->needed_by > 0 ? WCK_PART_NEEDED : 0U;
        flags |= u->supersedes.n > 0 ? WCK_PART_SUPERSEDES : 0U;
    }
    for (size_t i = 0; i < rows->n_approvals; i++)
        if (rows->approvals[i].action == WCK_ACTION_INSTALL || rows->approvals[i].action == WCK_ACTION_UNINSTALL)
            flags |= WCK_PART_APPROVED;
    return flags;
}

bool wck_canon_join(wck_buf *out, const wck_buf parts[3])
{
    for (int i = 0; i < 3; i++) {
        wck_put_u(out, parts[i].len);
        wck_buf_put(out, wck_buf_text(&parts[i]), parts[i].len);
    }
    return !out->failed;
}

bool wck_canon_part_info(wck_part_info *out, const wck_partition *rows, const wck_buf shared[3])
{
    wck_buf joined;
    bool ok;

    memset(out, 0, sizeof *out);
    out->flags = flags_of(rows);
    out->n_updates = (uint32_t)rows->n_updates;
    out->n_declined = (uint32_t)rows->n_declined;
    out->n_approvals = (uint32_t)rows->n_approvals;
    wck_buf_init(&joined, SIZE_MAX / 4);
    ok = wck_canon_join(&joined, shared) && wck_digest_of(&out->digest, wck_buf_text(&joined), joined.len);
    wck_buf_clear(&joined);
    return ok;
}

bool wck_canon_put_partition(wck_buf *shared, wck_buf *local, const wck_partition *rows)
{
    wck_buf s[3], l[3];
    bool ok;

    for (int i = 0; i < 3; i++) {
        wck_buf_init(&s[i], SIZE_MAX / 4);
        wck_buf_init(&l[i], SIZE_MAX / 4);
    }
    ok = wck_canon_put_updates(&s[0], &l[0], rows->updates, rows->n_updates) &&
         wck_canon_put_declined(&s[1], &l[1], rows->declined, rows->n_declined) &&
         wck_canon_put_approvals(&s[2], &l[2], rows->approvals, rows->n_approvals) && wck_canon_join(shared, s) &&
         wck_canon_join(local, l);
    for (int i = 0; i < 3; i++) {
        wck_buf_clear(&s[i]);
        wck_buf_clear(&l[i]);
    }
    return ok;
}

unsigned wck_canon_flags(const wck_partition *rows)
{
    return flags_of(rows);
}

wck_status wck_canon_get_partition(wck_partition *out, wck_arena *arena, const void *shared, size_t shared_len,
                                   const void *local, size_t local_len, wck_error *err)
{
    wck_cursor s = cursor(arena, shared, shared_len), l = cursor(arena, local, local_len);
    const unsigned char *sp[3], *lp[3];
    size_t sn[3], ln[3];
    wck_status status;

    for (int i = 0; i < 3; i++) {
        sn[i] = wck_get_count(&s, 1);
        sp[i] = wck_get_bytes(&s, sn[i]);
        ln[i] = wck_get_count(&l, 1);
        lp[i] = wck_get_bytes(&l, ln[i]);
    }
    status = wck_canon_end(&s, &l, err);
    if (status == WCK_OK)
        status = wck_canon_get_updates(&out->updates, &out->n_updates, arena, sp[0], sn[0], lp[0], ln[0], err);
    if (status == WCK_OK)
        status = wck_canon_get_declined(&out->declined, &out->n_declined, arena, sp[1], sn[1], lp[1], ln[1], err);
    if (status == WCK_OK)
        status = wck_canon_get_approvals(&out->approvals, &out->n_approvals, arena, sp[2], sn[2], lp[2], ln[2], err);
    return status;
}
