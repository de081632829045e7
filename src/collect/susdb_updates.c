/* SPDX-License-Identifier: MIT
 * susdb_updates.c: revisions, and the lists that stand in tables of their own. */
#include "collect/susdb_private.h"

#include "base/quote.h"

#include <stdio.h>
#include <string.h>

static wck_status no_memory(wck_error *err)
{
    return wck_fail_memory(err, "reading SUSDB");
}

/* ---- updates ---- */

static wck_update_type type_of(const wck_cell *cell)
{
    return strcmp(cell->text, "Driver") == 0 ? WCK_UPDATE_DRIVER : WCK_UPDATE_SOFTWARE;
}

/* The enumeration PublicationState of the API: 0 published, 1 expired. */
static wck_update_state state_of(const wck_cell *cell)
{
    if (cell->null)
        return WCK_STATE_UNKNOWN;
    return cell->number == 0 ? WCK_STATE_PUBLISHED : cell->number == 1 ? WCK_STATE_EXPIRED : WCK_STATE_UNKNOWN;
}

static wck_status on_update(const wck_cell *r, void *payload, wck_error *err)
{
    wck_susdb *s = payload;
    wck_update *u = wck_snapshot_add_update(s->snapshot);
    int64_t *id = wck_vec_push(&s->revision_ids);

    if (u == NULL || id == NULL)
        return no_memory(err);
    *id = wck_susdb_number(&r[0]);
    u->id = r[1].guid;
    u->revision = wck_susdb_number(&r[2]);
    u->type = type_of(&r[3]);
    u->title = wck_susdb_keep(s, &r[4]);
    u->severity = !r[5].null && strcmp(r[5].text, "Unspecified") != 0 ? wck_susdb_keep(s, &r[5]) : NULL;
    u->created = wck_susdb_time(&r[6]);
    u->arrived = wck_susdb_time(&r[7]);
    u->state = state_of(&r[8]);
    u->deployable = wck_susdb_bit(&r[9]);
    u->eula = r[10].null ? (wck_guid){0, 0} : r[10].guid;
    u->compatible_protocol_version = wck_susdb_keep(s, &r[11]);
    return WCK_OK;
}

/* The keys must not move any more: built when all updates are known. */
static wck_status index_revisions(wck_susdb *s, wck_error *err)
{
    for (size_t i = 0; i < s->revision_ids.n; i++) {
        wck_map_entry *e = wck_map_put(&s->by_revision, &s->revision_ids.items[i], sizeof(int64_t), NULL);
        if (e == NULL)
            return no_memory(err);
        e->value = (void *)(uintptr_t)(i + 1);
    }
    return WCK_OK;
}

static wck_update *update_of(wck_susdb *s, int64_t revision)
{
    wck_map_entry *e = wck_map_find(&s->by_revision, &revision, sizeof revision);

    return e != NULL ? &s->snapshot->updates.items[(uintptr_t)e->value - 1] : NULL;
}

/* ---- lists of a revision: gathered, then given to it at once ---- */

typedef bool give_fn(wck_susdb *s, wck_update *u);

static bool give_strings(wck_susdb *s, wck_strings *out)
{
    out->items = wck_susdb_copy(s, s->list.texts.items, s->list.texts.n, sizeof(const char *));
    out->n = out->items != NULL ? s->list.texts.n : 0;
    return out->items != NULL;
}

static bool give_guids(wck_susdb *s, wck_guids *out)
{
    out->items = wck_susdb_copy(s, s->list.guids.items, s->list.guids.n, sizeof(wck_guid));
    out->n = out->items != NULL ? s->list.guids.n : 0;
    return out->items != NULL;
}

static bool give_languages(wck_susdb *s, wck_update *u)
{
    return give_strings(s, &u->languages);
}

static bool give_kb(wck_susdb *s, wck_update *u)
{
    return give_strings(s, &u->kb);
}

static bool give_bulletins(wck_susdb *s, wck_update *u)
{
    return give_strings(s, &u->bulletins);
}

static bool give_categories(wck_susdb *s, wck_update *u)
{
    u->classification = s->list.classification;
    return give_guids(s, &u->products);
}

static bool give_supersedes(wck_susdb *s, wck_update *u)
{
    return give_guids(s, &u->supersedes);
}

static bool give_bundles(wck_susdb *s, wck_update *u)
{
    u->bundles.items = wck_susdb_copy(s, s->list.identities.items, s->list.identities.n, sizeof(wck_identity));
    u->bundles.n = u->bundles.items != NULL ? s->list.identities.n : 0;
    return u->bundles.items != NULL;
}

static bool give_files(wck_susdb *s, wck_update *u)
{
    u->files = wck_susdb_copy(s, s->list.files.items, s->list.files.n, sizeof(wck_file_ref));
    u->n_files = u->files != NULL ? s->list.files.n : 0;
    return u->files != NULL;
}

static void forget_list(wck_susdb *s)
{
    s->list.texts.n = s->list.guids.n = s->list.identities.n = s->list.files.n = 0;
    s->list.classification = (wck_guid){0, 0};
}

static wck_status give(wck_susdb *s, give_fn *fn, wck_error *err)
{
    wck_update *u = update_of(s, s->list.revision);
    bool ok = u == NULL || fn(s, u);

    forget_list(s);
    return ok ? WCK_OK : no_memory(err);
}

typedef struct list_reader {
    wck_susdb *s;
    give_fn *fn;
    bool (*take)(wck_susdb *s, const wck_cell *row);
    bool any;
} list_reader;

static bool take_text(wck_susdb *s, const wck_cell *r)
{
    const char *text = wck_susdb_keep(s, &r[1]);
    const char **item;

    if (r[1].null || strcmp(r[1].text, "all") == 0) /* no language, or language neutral */
        return true;
    item = text != NULL ? wck_vec_push(&s->list.texts) : NULL;
    if (item != NULL)
        *item = text;
    return item != NULL;
}

static bool take_guid(wck_susdb *s, const wck_cell *r)
{
    wck_guid *item = wck_vec_push(&s->list.guids);

    if (item != NULL)
        *item = r[1].guid;
    return item != NULL;
}

static bool take_category(wck_susdb *s, const wck_cell *r)
{
    wck_category_kind kind = wck_susdb_kind(&r[2]);

    if (kind == WCK_CATEGORY_CLASSIFICATION)
        s->list.classification = r[1].guid;
    return kind != WCK_CATEGORY_PRODUCT && kind != WCK_CATEGORY_PRODUCT_FAMILY ? true : take_guid(s, r);
}

static bool take_identity(wck_susdb *s, const wck_cell *r)
{
    wck_identity *item = wck_vec_push(&s->list.identities);

    if (item != NULL)
        *item = (wck_identity){r[1].guid, wck_susdb_number(&r[2])};
    return item != NULL;
}

static bool take_file(wck_susdb *s, const wck_cell *r)
{
    wck_file_ref *item;

    if (r[1].null || r[1].len != sizeof item->digest)
        return true;
    item = wck_vec_push(&s->list.files);
    if (item == NULL)
        return false;
    memcpy(item->digest, r[1].bytes, sizeof item->digest);
    item->name = wck_susdb_keep(s, &r[2]);
    item->size = wck_susdb_number(&r[3]);
    return true;
}

static wck_status on_list(const wck_cell *r, void *payload, wck_error *err)
{
    list_reader *l = payload;
    wck_status status = WCK_OK;

    if (l->any && l->s->list.revision != r[0].number)
        status = give(l->s, l->fn, err);
    l->any = true;
    l->s->list.revision = r[0].number;
    return status == WCK_OK && !l->take(l->s, r) ? no_memory(err) : status;
}

static wck_status read_list(wck_susdb *s, const char *name, const char *types, bool (*take)(wck_susdb *, const wck_cell *),
                            give_fn *fn, char why[WCK_WHY], wck_error *err)
{
    list_reader l = {.s = s, .fn = fn, .take = take};
    wck_status status = wck_susdb_ask(s, name, types, on_list, &l, why, err);

    if (status == WCK_OK && why[0] == '\0' && l.any)
        status = give(s, fn, err);
    forget_list(s);
    return status;
}

static wck_status read_update_lists(wck_susdb *s, char why[WCK_WHY], wck_error *err)
{
    static const struct {
        const char *name, *types;
        bool (*take)(wck_susdb *, const wck_cell *);
        give_fn *fn;
        bool optional; /* no build is known to lack the others */
    } lists[] = {
        {"update_languages", "is", take_text, give_languages, false},
        {"update_kb", "is", take_text, give_kb, true},
        {"update_bulletins", "is", take_text, give_bulletins, true},
        {"update_categories", "igs", take_category, give_categories, false},
        {"update_supersedes", "ig", take_guid, give_supersedes, false},
        {"update_bundles", "igi", take_identity, give_bundles, true},
        {"update_files", "ixsi", take_file, give_files, false},
    };
    wck_status status = WCK_OK;

    for (size_t i = 0; i < sizeof lists / sizeof *lists && status == WCK_OK && why[0] == '\0'; i++) {
        char reason[WCK_WHY];
        status = read_list(s, lists[i].name, lists[i].types, lists[i].take, lists[i].fn, reason, err);
        if (!lists[i].optional && reason[0] != '\0')
            snprintf(why, WCK_WHY, "%s", reason);
        if (i == 0 && status == WCK_OK && reason[0] == '\0')
            for (size_t k = 0; k < s->snapshot->updates.n; k++)
                s->snapshot->updates.items[k].languages_known = true;
    }
    return status;
}

wck_status wck_susdb_updates(wck_susdb *s, wck_error *err)
{
    char why[WCK_WHY];
    wck_status status = wck_susdb_ask(s, "updates", "igisssttiigs", on_update, s, why, err);

    if (status == WCK_OK && why[0] == '\0')
        status = index_revisions(s, err);
    if (status == WCK_OK && why[0] == '\0')
        status = read_update_lists(s, why, err);
    if (status == WCK_OK && why[0] != '\0')
        s->snapshot->updates.n = 0; /* rows of which half is not known would differ from everybody's */
    if (status == WCK_OK)
        wck_susdb_cover(s, WCK_SECTION_UPDATES, why);
    return status;
}

void wck_susdb_updates_clear(wck_susdb *s)
{
    wck_map_clear(&s->by_revision);
    wck_vec_clear(&s->revision_ids);
    wck_vec_clear(&s->list.texts);
    wck_vec_clear(&s->list.guids);
    wck_vec_clear(&s->list.identities);
    wck_vec_clear(&s->list.files);
}
