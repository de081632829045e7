/* SPDX-License-Identifier: MIT
 * susdb.c: SUSDB → snapshot. Each statement of sql/susdb names the columns it needs; where the database lacks one, that
 * part is unknown and says so (domain.md 2: the schema is not published and differs between builds). */
#include "collect/susdb.h"

#include "base/embedded.h"
#include "base/map.h"
#include "base/quote.h"
#include "collect/odbc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of one revision that stand in a table of their own; rows come revision by revision. */
typedef struct gathered {
    int64_t revision;
    WCK_VEC(const char *) texts;
    WCK_VEC(wck_guid) guids;
    WCK_VEC(wck_identity) identities;
    WCK_VEC(wck_file_ref) files;
    wck_guid classification;
} gathered;

typedef struct susdb {
    wck_odbc *odbc;
    wck_snapshot *snapshot;
    const wck_collect_options *options;
    wck_map by_revision; /* RevisionID → index + 1 in snapshot->updates */
    WCK_VEC(int64_t) revision_ids; /* keys of by_revision: by index */
    gathered list;
    int8_t all_languages;
    bool selected_any;
    WCK_VEC(wck_guid) products, classifications;
} susdb;

static wck_status no_memory(wck_error *err)
{
    return wck_fail_memory(err, "reading SUSDB");
}

static const char *keep(susdb *s, const wck_cell *cell)
{
    return cell->null ? NULL : wck_snapshot_text_n(s->snapshot, cell->text, cell->len);
}

static int8_t bit(const wck_cell *cell)
{
    return cell->null ? WCK_BOOL_NONE : cell->number != 0;
}

static int64_t number(const wck_cell *cell)
{
    return cell->null ? WCK_INT_NONE : cell->number;
}

static wck_time when(const wck_cell *cell)
{
    return cell->null ? WCK_TIME_NONE : cell->time;
}

/* ---- configuration ---- */

static wck_status on_configuration(const wck_cell *r, void *payload, wck_error *err)
{
    susdb *s = payload;
    wck_config *c = &s->snapshot->config;

    (void)err;
    s->snapshot->server.server_id = r[0].null ? (wck_guid){0, 0} : r[0].guid;
    c->sync_from_microsoft_update = bit(&r[1]);
    c->has_upstream = c->sync_from_microsoft_update == 0;
    if (c->has_upstream) {
        c->upstream.name = keep(s, &r[2]);
        c->upstream.port = number(&r[3]);
        c->upstream.ssl = bit(&r[4]);
        c->upstream.replica = bit(&r[15]);
    }
    c->has_proxy = bit(&r[5]) == 1;
    if (c->has_proxy) {
        c->proxy.host = keep(s, &r[6]);
        c->proxy.port = number(&r[7]);
        c->proxy.user = bit(&r[8]) == 1 ? NULL : keep(s, &r[9]);
        c->proxy.basic_in_cleartext = bit(&r[17]);
    }
    c->content_on_microsoft_update = bit(&r[10]);
    s->all_languages = bit(&r[11]);
    c->retries = number(&r[12]);
    c->retry_wait_minutes = number(&r[13]);
    c->max_updates_per_request = number(&r[14]);
    c->lazy_sync = bit(&r[16]);
    if (!r[15].null)
        s->snapshot->server.mode = r[15].number != 0 ? WCK_MODE_REPLICA : WCK_MODE_AUTONOMOUS;
    return WCK_OK;
}

static wck_status on_schedule(const wck_cell *r, void *payload, wck_error *err)
{
    (void)err;
    ((susdb *)payload)->snapshot->config.next_sync = when(&r[0]);
    return WCK_OK;
}

static wck_status on_version(const wck_cell *r, void *payload, wck_error *err)
{
    susdb *s = payload;

    (void)err;
    s->snapshot->server.version = keep(s, &r[0]);
    return WCK_OK;
}

static wck_status on_subscription(const wck_cell *r, void *payload, wck_error *err)
{
    susdb *s = payload;
    bool classification = !r[1].null && strcmp(r[1].text, "UpdateClassification") == 0;
    wck_guid *id = classification ? wck_vec_push(&s->classifications) : wck_vec_push(&s->products);

    if (id == NULL)
        return no_memory(err);
    *id = r[0].guid;
    return WCK_OK;
}

static wck_status on_language(const wck_cell *r, void *payload, wck_error *err)
{
    susdb *s = payload;
    wck_language *l = wck_snapshot_add_language(s->snapshot);

    if (l == NULL)
        return no_memory(err);
    l->id = number(&r[0]);
    l->code = keep(s, &r[1]);
    l->name = keep(s, &r[2]);
    l->enabled = l->id == 0 ? s->all_languages == 1 : bit(&r[3]) == 1;
    return WCK_OK;
}

/* ---- categories ---- */

static wck_category_kind kind_of(const wck_cell *cell)
{
    static const struct {
        const char *text;
        wck_category_kind kind;
    } kinds[] = {{"Company", WCK_CATEGORY_COMPANY},
                 {"ProductFamily", WCK_CATEGORY_PRODUCT_FAMILY},
                 {"Product", WCK_CATEGORY_PRODUCT},
                 {"UpdateClassification", WCK_CATEGORY_CLASSIFICATION}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !cell->null; i++)
        if (strcmp(cell->text, kinds[i].text) == 0)
            return kinds[i].kind;
    return WCK_CATEGORY_UNKNOWN;
}

static wck_status on_category(const wck_cell *r, void *payload, wck_error *err)
{
    susdb *s = payload;
    wck_category *c = wck_snapshot_add_category(s->snapshot);

    if (c == NULL)
        return no_memory(err);
    c->id = r[0].guid;
    c->revision = number(&r[1]);
    c->kind = kind_of(&r[2]);
    c->parent = r[3].null ? (wck_guid){0, 0} : r[3].guid;
    c->title = keep(s, &r[4]);
    return WCK_OK;
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
    susdb *s = payload;
    wck_update *u = wck_snapshot_add_update(s->snapshot);
    int64_t *id = wck_vec_push(&s->revision_ids);

    if (u == NULL || id == NULL)
        return no_memory(err);
    *id = number(&r[0]);
    u->id = r[1].guid;
    u->revision = number(&r[2]);
    u->type = type_of(&r[3]);
    u->title = keep(s, &r[4]);
    u->severity = !r[5].null && strcmp(r[5].text, "Unspecified") != 0 ? keep(s, &r[5]) : NULL;
    u->created = when(&r[6]);
    u->arrived = when(&r[7]);
    u->state = state_of(&r[8]);
    u->deployable = bit(&r[9]);
    u->eula = r[10].null ? (wck_guid){0, 0} : r[10].guid;
    u->compatible_protocol_version = keep(s, &r[11]);
    return WCK_OK;
}

/* The keys must not move any more: built when all updates are known. */
static wck_status index_revisions(susdb *s, wck_error *err)
{
    for (size_t i = 0; i < s->revision_ids.n; i++) {
        wck_map_entry *e = wck_map_put(&s->by_revision, &s->revision_ids.items[i], sizeof(int64_t), NULL);
        if (e == NULL)
            return no_memory(err);
        e->value = (void *)(uintptr_t)(i + 1);
    }
    return WCK_OK;
}

static wck_update *update_of(susdb *s, int64_t revision)
{
    wck_map_entry *e = wck_map_find(&s->by_revision, &revision, sizeof revision);

    return e != NULL ? &s->snapshot->updates.items[(uintptr_t)e->value - 1] : NULL;
}

static void *copy_items(susdb *s, const void *items, size_t n, size_t size)
{
    void *out = wck_arena_array(s->snapshot->arena, n, size);

    if (out != NULL && n > 0)
        memcpy(out, items, n * size);
    return out;
}

/* ---- lists of a revision: gathered, then given to it at once ---- */

typedef bool give_fn(susdb *s, wck_update *u);

static bool give_strings(susdb *s, wck_strings *out)
{
    out->items = copy_items(s, s->list.texts.items, s->list.texts.n, sizeof(const char *));
    out->n = out->items != NULL ? s->list.texts.n : 0;
    return out->items != NULL;
}

static bool give_guids(susdb *s, wck_guids *out)
{
    out->items = copy_items(s, s->list.guids.items, s->list.guids.n, sizeof(wck_guid));
    out->n = out->items != NULL ? s->list.guids.n : 0;
    return out->items != NULL;
}

static bool give_languages(susdb *s, wck_update *u)
{
    return give_strings(s, &u->languages);
}

static bool give_kb(susdb *s, wck_update *u)
{
    return give_strings(s, &u->kb);
}

static bool give_bulletins(susdb *s, wck_update *u)
{
    return give_strings(s, &u->bulletins);
}

static bool give_categories(susdb *s, wck_update *u)
{
    u->classification = s->list.classification;
    return give_guids(s, &u->products);
}

static bool give_supersedes(susdb *s, wck_update *u)
{
    return give_guids(s, &u->supersedes);
}

static bool give_bundles(susdb *s, wck_update *u)
{
    u->bundles.items = copy_items(s, s->list.identities.items, s->list.identities.n, sizeof(wck_identity));
    u->bundles.n = u->bundles.items != NULL ? s->list.identities.n : 0;
    return u->bundles.items != NULL;
}

static bool give_files(susdb *s, wck_update *u)
{
    u->files = copy_items(s, s->list.files.items, s->list.files.n, sizeof(wck_file_ref));
    u->n_files = u->files != NULL ? s->list.files.n : 0;
    return u->files != NULL;
}

static void forget_list(susdb *s)
{
    s->list.texts.n = s->list.guids.n = s->list.identities.n = s->list.files.n = 0;
    s->list.classification = (wck_guid){0, 0};
}

static wck_status give(susdb *s, give_fn *fn, wck_error *err)
{
    wck_update *u = update_of(s, s->list.revision);
    bool ok = u == NULL || fn(s, u);

    forget_list(s);
    return ok ? WCK_OK : no_memory(err);
}

typedef struct list_reader {
    susdb *s;
    give_fn *fn;
    bool (*take)(susdb *s, const wck_cell *row);
    bool any;
} list_reader;

static bool take_text(susdb *s, const wck_cell *r)
{
    const char *text = keep(s, &r[1]);
    const char **item;

    if (r[1].null || strcmp(r[1].text, "all") == 0) /* no language, or language neutral */
        return true;
    item = text != NULL ? wck_vec_push(&s->list.texts) : NULL;
    if (item != NULL)
        *item = text;
    return item != NULL;
}

static bool take_guid(susdb *s, const wck_cell *r)
{
    wck_guid *item = wck_vec_push(&s->list.guids);

    if (item != NULL)
        *item = r[1].guid;
    return item != NULL;
}

static bool take_category(susdb *s, const wck_cell *r)
{
    wck_category_kind kind = kind_of(&r[2]);

    if (kind == WCK_CATEGORY_CLASSIFICATION)
        s->list.classification = r[1].guid;
    return kind != WCK_CATEGORY_PRODUCT && kind != WCK_CATEGORY_PRODUCT_FAMILY ? true : take_guid(s, r);
}

static bool take_identity(susdb *s, const wck_cell *r)
{
    wck_identity *item = wck_vec_push(&s->list.identities);

    if (item != NULL)
        *item = (wck_identity){r[1].guid, number(&r[2])};
    return item != NULL;
}

static bool take_file(susdb *s, const wck_cell *r)
{
    wck_file_ref *item;

    if (r[1].null || r[1].len != sizeof item->digest)
        return true;
    item = wck_vec_push(&s->list.files);
    if (item == NULL)
        return false;
    memcpy(item->digest, r[1].bytes, sizeof item->digest);
    item->name = keep(s, &r[2]);
    item->size = number(&r[3]);
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

/* ---- the rest ---- */

static wck_status on_declined(const wck_cell *r, void *payload, wck_error *err)
{
    wck_declined *d = wck_snapshot_add_declined(((susdb *)payload)->snapshot);

    if (d == NULL)
        return no_memory(err);
    d->id = r[0].guid;
    return WCK_OK;
}

static wck_status on_group(const wck_cell *r, void *payload, wck_error *err)
{
    susdb *s = payload;
    wck_group *g;

    if (wck_guid_eq(r[0].guid, WCK_GROUP_DOWNSTREAM)) /* bookkeeping; no other channel lists it */
        return WCK_OK;
    g = wck_snapshot_add_group(s->snapshot);
    if (g == NULL)
        return no_memory(err);
    g->id = r[0].guid;
    g->name = keep(s, &r[1]);
    g->parent = r[2].null ? (wck_guid){0, 0} : r[2].guid;
    return WCK_OK;
}

static wck_status on_approval(const wck_cell *r, void *payload, wck_error *err)
{
    susdb *s = payload;
    wck_approval *a = wck_snapshot_add_approval(s->snapshot);

    if (a == NULL)
        return no_memory(err);
    a->deployment = r[0].null ? (wck_guid){0, 0} : r[0].guid;
    a->update = r[1].guid;
    a->revision = number(&r[2]);
    a->group = r[3].guid;
    a->action = number(&r[4]);
    a->deadline = when(&r[5]);
    a->go_live = when(&r[6]);
    a->changed = when(&r[7]);
    a->admin = keep(s, &r[8]);
    a->assigned = bit(&r[9]);
    a->priority = number(&r[10]);
    return WCK_OK;
}

static wck_status on_eula(const wck_cell *r, void *payload, wck_error *err)
{
    susdb *s = payload;
    wck_eula *e = wck_snapshot_add_eula(s->snapshot);

    if (e == NULL)
        return no_memory(err);
    e->id = r[0].guid;
    e->accepted = when(&r[1]);
    e->admin = keep(s, &r[2]);
    return WCK_OK;
}

/* By name, because the numbers are not published (domain.md 2.1). */
static wck_file_state file_state(const wck_cell *cell)
{
    static const struct {
        const char *part;
        wck_file_state state;
    } words[] = {{"Fail", WCK_FILE_FAILED},    {"Error", WCK_FILE_FAILED},      {"Paus", WCK_FILE_PAUSED},
                 {"Downloading", WCK_FILE_DOWNLOADING}, {"NotReady", WCK_FILE_PENDING},  {"Pending", WCK_FILE_PENDING},
                 {"Queued", WCK_FILE_PENDING}, {"NotPresent", WCK_FILE_MISSING}, {"Missing", WCK_FILE_MISSING},
                 {"Ready", WCK_FILE_PRESENT},  {"Present", WCK_FILE_PRESENT}};

    for (size_t i = 0; i < sizeof words / sizeof *words && !cell->null; i++)
        if (strstr(cell->text, words[i].part) != NULL)
            return words[i].state;
    return WCK_FILE_UNKNOWN;
}

static wck_status on_file(const wck_cell *r, void *payload, wck_error *err)
{
    wck_content_file *f;

    if (r[0].null || r[0].len != sizeof f->digest)
        return WCK_OK;
    f = wck_snapshot_add_file(((susdb *)payload)->snapshot);
    if (f == NULL)
        return no_memory(err);
    memcpy(f->digest, r[0].bytes, sizeof f->digest);
    f->state = file_state(&r[1]);
    return WCK_OK;
}

/* ---- statements ---- */

static const char *statement(const char *name)
{
    char file[64];

    snprintf(file, sizeof file, "%s.sql", name);
    for (const wck_embedded *e = wck_embedded_susdb; e->name != NULL; e++)
        if (strcmp(e->name, file) == 0)
            return (const char *)e->data;
    return NULL;
}

/* The first column of the line "-- needs: tbA.X tbB.Y" that is not there; false: all are. */
static bool lacks(const susdb *s, const char *sql, char *missing, size_t size)
{
    const char *at = strstr(sql, "-- needs:"), *end;
    char table[128], column[128];

    if (at == NULL)
        return false;
    at += strlen("-- needs:");
    end = at + strcspn(at, "\r\n");
    while (at < end) {
        int used = 0;
        if (sscanf(at, " %127[A-Za-z0-9_].%127[A-Za-z0-9_]%n", table, column, &used) != 2 || at + used > end)
            break;
        at += used;
        if (!wck_odbc_has(s->odbc, table, column)) {
            snprintf(missing, size, "SUSDB has no column %s.%s", table, column);
            return true;
        }
    }
    return false;
}

/* WCK_OK with a reason in `why` when the database cannot tell; other failures are the database's own. */
static wck_status ask(susdb *s, const char *name, const char *types, wck_odbc_row_fn *fn, void *payload, char *why,
                      size_t size, wck_error *err)
{
    const char *sql = statement(name);
    wck_status status;

    why[0] = '\0';
    if (sql == NULL)
        return wck_fail(err, WCK_E_ARG, "could not read SUSDB: there is no statement \"%s\"", name);
    if (lacks(s, sql, why, size))
        return WCK_OK;
    if (s->options->progress != NULL)
        s->options->progress(s->options->server_name, name, 0, 0, s->options->progress_payload);
    status = wck_odbc_run(s->odbc, sql, types, fn, payload, err);
    if (status == WCK_E_HTTP || status == WCK_E_INPUT || status == WCK_E_LIMIT) { /* this part only */
        wck_quote_short(why, size, err->text, size - 1);
        wck_error_clear(err);
        return WCK_OK;
    }
    return status;
}

static wck_status read_list(susdb *s, const char *name, const char *types, bool (*take)(susdb *, const wck_cell *),
                            give_fn *fn, char *why, size_t size, wck_error *err)
{
    list_reader l = {.s = s, .fn = fn, .take = take};
    wck_status status = ask(s, name, types, on_list, &l, why, size, err);

    if (status == WCK_OK && why[0] == '\0' && l.any)
        status = give(s, fn, err);
    forget_list(s);
    return status;
}

static void cover(susdb *s, wck_section section, const char *why)
{
    char text[300];

    snprintf(text, sizeof text, "%s", why);
    wck_snapshot_set_coverage(s->snapshot, section, why[0] == '\0' ? WCK_COVERAGE_COMPLETE : WCK_COVERAGE_UNKNOWN,
                              why[0] == '\0' ? NULL : text);
}

/* A section of one statement. */
typedef struct simple {
    wck_section section;
    const char *name, *types;
    wck_odbc_row_fn *fn;
} simple;

/* What a statement gave before it failed half-way proves nothing. */
static void take_back(wck_snapshot *s, wck_section section)
{
    switch (section) {
    case WCK_SECTION_LANGUAGES:
        s->languages.n = 0;
        break;
    case WCK_SECTION_CATEGORIES:
        s->categories.n = 0;
        break;
    case WCK_SECTION_DECLINED:
        s->declined.n = 0;
        break;
    case WCK_SECTION_GROUPS:
        s->groups.n = 0;
        break;
    case WCK_SECTION_APPROVALS:
        s->approvals.n = 0;
        break;
    case WCK_SECTION_EULAS:
        s->eulas.n = 0;
        break;
    default:
        s->files.n = 0;
    }
}

static wck_status read_simple(susdb *s, const simple *part, wck_error *err)
{
    char why[300];
    wck_status status = ask(s, part->name, part->types, part->fn, s, why, sizeof why, err);

    if (status == WCK_OK && why[0] != '\0')
        take_back(s->snapshot, part->section);
    if (status == WCK_OK)
        cover(s, part->section, why);
    return status;
}

/* ---- configuration and updates take several statements ---- */

static int by_guid(const void *a, const void *b)
{
    return wck_guid_cmp(*(const wck_guid *)a, *(const wck_guid *)b);
}

static bool take_selection(susdb *s, wck_guids *out, wck_guid *items, size_t n)
{
    if (n > 0)
        qsort(items, n, sizeof *items, by_guid);
    out->items = copy_items(s, items, n, sizeof *items);
    out->n = out->items != NULL ? n : 0;
    return out->items != NULL;
}

static wck_status read_configuration(susdb *s, wck_error *err)
{
    char why[300], more[300];
    wck_config *c = &s->snapshot->config;
    wck_status status = ask(s, "configuration", "gisiiisiisiiiiiiii", on_configuration, s, why, sizeof why, err);

    if (status == WCK_OK)
        status = ask(s, "schedule", "t", on_schedule, s, more, sizeof more, err);
    if (status == WCK_OK)
        status = ask(s, "version", "s", on_version, s, more, sizeof more, err);
    if (status == WCK_OK)
        status = ask(s, "subscription", "gs", on_subscription, s, more, sizeof more, err);
    if (status != WCK_OK)
        return status;
    c->products_known = c->classifications_known = more[0] == '\0';
    if (c->products_known && (!take_selection(s, &c->selected_products, s->products.items, s->products.n) ||
                              !take_selection(s, &c->selected_classifications, s->classifications.items,
                                              s->classifications.n)))
        return no_memory(err);
    cover(s, WCK_SECTION_CONFIG, why);
    return WCK_OK;
}

static wck_status read_update_lists(susdb *s, char *why, size_t size, wck_error *err)
{
    static const struct {
        const char *name, *types;
        bool (*take)(susdb *, const wck_cell *);
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
        char reason[300];
        status = read_list(s, lists[i].name, lists[i].types, lists[i].take, lists[i].fn, reason, sizeof reason, err);
        if (!lists[i].optional && reason[0] != '\0')
            snprintf(why, size, "%s", reason);
        if (i == 0 && status == WCK_OK && reason[0] == '\0')
            for (size_t k = 0; k < s->snapshot->updates.n; k++)
                s->snapshot->updates.items[k].languages_known = true;
    }
    return status;
}

static wck_status read_updates(susdb *s, wck_error *err)
{
    char why[300];
    wck_status status = ask(s, "updates", "igisssttiigs", on_update, s, why, sizeof why, err);

    if (status == WCK_OK && why[0] == '\0')
        status = index_revisions(s, err);
    if (status == WCK_OK && why[0] == '\0')
        status = read_update_lists(s, why, sizeof why, err);
    if (status == WCK_OK && why[0] != '\0')
        s->snapshot->updates.n = 0; /* rows of which half is not known would differ from everybody's */
    if (status == WCK_OK)
        cover(s, WCK_SECTION_UPDATES, why);
    return status;
}

static wck_status read_all(susdb *s, wck_error *err)
{
    static const simple before[] = {{WCK_SECTION_LANGUAGES, "languages", "issi", on_language},
                                    {WCK_SECTION_CATEGORIES, "categories", "gisgs", on_category}};
    static const simple after[] = {{WCK_SECTION_DECLINED, "declined", "g", on_declined},
                                   {WCK_SECTION_GROUPS, "groups", "gsg", on_group},
                                   {WCK_SECTION_APPROVALS, "approvals", "ggigitttsii", on_approval},
                                   {WCK_SECTION_EULAS, "eulas", "gts", on_eula},
                                   {WCK_SECTION_FILES, "files", "xs", on_file}};
    wck_status status = read_configuration(s, err);

    for (size_t i = 0; i < sizeof before / sizeof *before && status == WCK_OK; i++)
        status = read_simple(s, &before[i], err);
    if (status == WCK_OK)
        status = read_updates(s, err);
    for (size_t i = 0; i < sizeof after / sizeof *after && status == WCK_OK; i++)
        status = read_simple(s, &after[i], err);
    return status;
}

static wck_status begin(susdb *s, const char *source, wck_error *err)
{
    const wck_collect_options *o = s->options;
    wck_server *server;

    s->snapshot = wck_snapshot_new();
    if (s->snapshot == NULL)
        return no_memory(err);
    server = &s->snapshot->server;
    server->name = wck_snapshot_text(s->snapshot, o->server_name);
    server->parent = wck_snapshot_text(s->snapshot, o->parent);
    server->mode = o->mode;
    server->source = wck_snapshot_text(s->snapshot, source);
    server->collected_at = wck_time_now();
    return server->name == NULL || server->source == NULL ? no_memory(err) : WCK_OK;
}

static void clear(susdb *s)
{
    wck_odbc_close(s->odbc);
    wck_map_clear(&s->by_revision);
    wck_vec_clear(&s->revision_ids);
    wck_vec_clear(&s->list.texts);
    wck_vec_clear(&s->list.guids);
    wck_vec_clear(&s->list.identities);
    wck_vec_clear(&s->list.files);
    wck_vec_clear(&s->products);
    wck_vec_clear(&s->classifications);
}

wck_status wck_collect_susdb(wck_snapshot **out, const char *text, const wck_collect_options *options, wck_error *err)
{
    susdb s = {.options = options, .all_languages = WCK_BOOL_NONE};
    const wck_odbc_options o = {.user = options->user,
                                .password = options->password,
                                .timeout_s = options->timeout_s,
                                .canceled = options->canceled};
    wck_status status = begin(&s, "odbc", err);

    *out = NULL;
    if (status == WCK_OK)
        status = wck_odbc_open(&s.odbc, text, &o, err);
    if (status == WCK_OK)
        status = read_all(&s, err);
    if (status == WCK_OK)
        status = wck_snapshot_freeze(s.snapshot, err);
    clear(&s);
    if (status == WCK_OK)
        *out = s.snapshot;
    else
        wck_snapshot_free(s.snapshot);
    return status;
}
