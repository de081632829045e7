/* SPDX-License-Identifier: MIT
 * admin_titles.c: which category a title means. The administration service tells of an update only the titles of its
 * categories, and titles are not unique: real servers have nine pairs of products with one title (domain.md 0). For
 * those the updates of each such category are asked for (MS-WSUSAR 3.1.4.135), so nothing is ever guessed. */
#include "collect/admin.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CALLS = 256, MAX_SHARED = 16 };

typedef struct title_entry {
    size_t first, n; /* 1 + index of one category of this title, the others by `next`; how many */
    bool mentioned;
} title_entry;

typedef struct member {
    wck_guid update;
    uint32_t category;
} member;

struct wck_titles {
    wck_admin *admin;
    wck_map maps[2]; /* title → 1 + index of its entry; [1] classifications */
    WCK_VEC(title_entry) entries;
    uint32_t *next;  /* of each category: 1 + index of the next one with its title, 0 at the end */
    WCK_VEC(member) members;
    uint32_t asking;
};

static wck_status no_memory(wck_error *err)
{
    return wck_fail_memory(err, "reading updates");
}

static wck_status learn(wck_titles *t, wck_error *err)
{
    const wck_snapshot *s = t->admin->snapshot;

    for (size_t i = 0; i < s->categories.n; i++) {
        const wck_category *c = &s->categories.items[i];
        wck_map_entry *e;
        title_entry *entry;
        bool added;
        if (c->title == NULL)
            continue;
        e = wck_map_put(&t->maps[c->kind == WCK_CATEGORY_CLASSIFICATION], c->title, strlen(c->title), &added);
        entry = e == NULL ? NULL : added ? wck_vec_push(&t->entries) : &t->entries.items[(uintptr_t)e->value - 1];
        if (entry == NULL)
            return no_memory(err);
        if (added)
            e->value = (void *)(uintptr_t)t->entries.n;
        t->next[i] = (uint32_t)entry->first; /* both count from 1 */
        entry->first = i + 1;
        entry->n++;
    }
    return WCK_OK;
}

wck_status wck_titles_new(wck_titles **out, wck_admin *admin, wck_error *err)
{
    wck_titles *t = calloc(1, sizeof *t);
    wck_status status;

    *out = NULL;
    if (t == NULL)
        return no_memory(err);
    t->admin = admin;
    t->next = calloc(admin->snapshot->categories.n + 1, sizeof *t->next);
    status = t->next == NULL ? no_memory(err) : learn(t, err);
    if (status != WCK_OK)
        wck_titles_free(t);
    else
        *out = t;
    return status;
}

void wck_titles_free(wck_titles *t)
{
    if (t == NULL)
        return;
    wck_map_clear(&t->maps[0]);
    wck_map_clear(&t->maps[1]);
    wck_vec_clear(&t->entries);
    wck_vec_clear(&t->members);
    free(t->next);
    free(t);
}

static title_entry *entry_of(const wck_titles *t, bool classification, const char *title)
{
    const wck_map_entry *e = wck_map_find(&t->maps[classification], title, strlen(title));

    return e == NULL ? NULL : &t->entries.items[(uintptr_t)e->value - 1];
}

wck_status wck_titles_mention(wck_titles *t, bool classification, const char *title, wck_error *err)
{
    title_entry *entry = entry_of(t, classification, title);

    (void)err;
    if (entry != NULL)
        entry->mentioned = true;
    return WCK_OK;
}

/* ---- titles that are shared ---- */

static void build(wck_buf *out, void *payload)
{
    const wck_titles *t = payload;
    char id[WCK_GUID_TEXT];

    wck_buf_printf(out, "<preferredCulture>en</preferredCulture><categoryId>%s</categoryId>"
                        "<approvedStates>16777215</approvedStates><maxResultCount>2147483647</maxResultCount>",
                   wck_guid_format(id, t->admin->snapshot->categories.items[t->asking].id));
}

static void begin(void *payload)
{
    wck_titles *t = payload;

    while (t->members.n > 0 && t->members.items[t->members.n - 1].category == t->asking)
        t->members.n--;
}

static wck_status on_row(wck_rows *rows, int set, void *payload, wck_error *err)
{
    static const wck_column id_column = {0, "update id", WCK_SECTION_UPDATES, true, false};
    wck_titles *t = payload;
    member *m;
    wck_guid id;

    if (set != 1 || !wck_rows_guid(rows, &id_column, &id))
        return WCK_OK;
    m = wck_vec_push(&t->members);
    if (m == NULL)
        return no_memory(err);
    *m = (member){id, t->asking};
    return WCK_OK;
}

static int cmp_member(const void *pa, const void *pb)
{
    const member *a = pa, *b = pb;
    int c = wck_guid_cmp(a->update, b->update);

    return c != 0 ? c : (a->category > b->category) - (a->category < b->category);
}

static wck_status ask(wck_titles *t, size_t category, wck_error *err)
{
    wck_rows rows = {.action = WCK_SOAP_ADMIN_BY_CATEGORY,
                     .build = build,
                     .begin = begin,
                     .row = on_row,
                     .payload = t,
                     .sets = {"minimalProperties"}};

    t->asking = (uint32_t)category;
    return wck_rows_call(t->admin, &rows, err);
}

wck_status wck_titles_settle(wck_titles *t, wck_error *err)
{
    wck_status status = WCK_OK;
    size_t calls = 0;

    for (size_t i = 0; i < t->entries.n && status == WCK_OK; i++) {
        title_entry *entry = &t->entries.items[i];
        if (!entry->mentioned || entry->n < 2)
            continue;
        if (entry->n > MAX_SHARED || calls + entry->n > MAX_CALLS) {
            entry->mentioned = false; /* not asked for, so not known */
            continue;
        }
        calls += entry->n;
        for (size_t at = entry->first; at != 0 && status == WCK_OK; at = t->next[at - 1])
            status = ask(t, at - 1, err);
    }
    if (t->members.n > 1)
        qsort(t->members.items, t->members.n, sizeof *t->members.items, cmp_member);
    if (status == WCK_OK || wck_admin_is_over(status))
        return status;
    t->members.n = 0; /* half an answer would be a wrong one */
    return WCK_OK;
}

size_t wck_titles_find(const wck_titles *t, bool classification, const char *title, wck_guid update, wck_guid *out)
{
    const wck_category *categories = t->admin->snapshot->categories.items;
    const title_entry *entry = entry_of(t, classification, title);
    size_t n = 0;

    if (entry == NULL || entry->n > MAX_SHARED)
        return 0;
    if (entry->n == 1) {
        out[n++] = categories[entry->first - 1].id;
        return n;
    }
    for (size_t at = entry->first; at != 0; at = t->next[at - 1]) {
        member key = {update, (uint32_t)(at - 1)};
        if (t->members.n > 0 && bsearch(&key, t->members.items, t->members.n, sizeof key, cmp_member) != NULL)
            out[n++] = categories[at - 1].id;
    }
    return n;
}
