/* SPDX-License-Identifier: MIT
 * susdb.c: SUSDB → snapshot. Each statement of sql/susdb names the columns it needs; where the database lacks one, that
 * part is unknown and says so (domain.md 2: the schema is not published and differs between builds). */
#include "collect/susdb_private.h"

#include "base/embedded.h"
#include "base/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static wck_status no_memory(wck_error *err)
{
    return wck_fail_memory(err, "reading SUSDB");
}

const char *wck_susdb_keep(wck_susdb *s, const wck_cell *cell)
{
    return cell->null ? NULL : wck_snapshot_text_n(s->snapshot, cell->text, cell->len);
}

int8_t wck_susdb_bit(const wck_cell *cell)
{
    return cell->null ? WCK_BOOL_NONE : cell->number != 0;
}

int64_t wck_susdb_number(const wck_cell *cell)
{
    return cell->null ? WCK_INT_NONE : cell->number;
}

wck_time wck_susdb_time(const wck_cell *cell)
{
    return cell->null ? WCK_TIME_NONE : cell->time;
}

void *wck_susdb_copy(wck_susdb *s, const void *items, size_t n, size_t size)
{
    void *out = wck_arena_array(s->snapshot->arena, n, size);

    if (out != NULL && n > 0)
        memcpy(out, items, n * size);
    return out;
}

/* ---- configuration ---- */

static wck_status on_configuration(const wck_cell *r, void *payload, wck_error *err)
{
    wck_susdb *s = payload;
    wck_config *c = &s->snapshot->config;

    (void)err;
    s->snapshot->server.server_id = r[0].null ? (wck_guid){0, 0} : r[0].guid;
    c->sync_from_microsoft_update = wck_susdb_bit(&r[1]);
    c->has_upstream = c->sync_from_microsoft_update == 0;
    if (c->has_upstream) {
        c->upstream.name = wck_susdb_keep(s, &r[2]);
        c->upstream.port = wck_susdb_number(&r[3]);
        c->upstream.ssl = wck_susdb_bit(&r[4]);
        c->upstream.replica = wck_susdb_bit(&r[15]);
    }
    c->has_proxy = wck_susdb_bit(&r[5]) == 1;
    if (c->has_proxy) {
        c->proxy.host = wck_susdb_keep(s, &r[6]);
        c->proxy.port = wck_susdb_number(&r[7]);
        c->proxy.user = wck_susdb_bit(&r[8]) == 1 ? NULL : wck_susdb_keep(s, &r[9]);
        c->proxy.basic_in_cleartext = wck_susdb_bit(&r[17]);
    }
    c->content_on_microsoft_update = wck_susdb_bit(&r[10]);
    s->all_languages = wck_susdb_bit(&r[11]);
    c->retries = wck_susdb_number(&r[12]);
    c->retry_wait_minutes = wck_susdb_number(&r[13]);
    c->max_updates_per_request = wck_susdb_number(&r[14]);
    c->lazy_sync = wck_susdb_bit(&r[16]);
    if (!r[15].null)
        s->snapshot->server.mode = r[15].number != 0 ? WCK_MODE_REPLICA : WCK_MODE_AUTONOMOUS;
    return WCK_OK;
}

static wck_status on_schedule(const wck_cell *r, void *payload, wck_error *err)
{
    (void)err;
    ((wck_susdb *)payload)->snapshot->config.next_sync = wck_susdb_time(&r[0]);
    return WCK_OK;
}

static wck_status on_version(const wck_cell *r, void *payload, wck_error *err)
{
    wck_susdb *s = payload;

    (void)err;
    s->snapshot->server.version = wck_susdb_keep(s, &r[0]);
    return WCK_OK;
}

static wck_status on_subscription(const wck_cell *r, void *payload, wck_error *err)
{
    wck_susdb *s = payload;
    bool classification = !r[1].null && strcmp(r[1].text, "UpdateClassification") == 0;
    wck_guid *id = classification ? wck_vec_push(&s->classifications) : wck_vec_push(&s->products);

    if (id == NULL)
        return no_memory(err);
    *id = r[0].guid;
    return WCK_OK;
}

static wck_status on_language(const wck_cell *r, void *payload, wck_error *err)
{
    wck_susdb *s = payload;
    wck_language *l = wck_snapshot_add_language(s->snapshot);

    if (l == NULL)
        return no_memory(err);
    l->id = wck_susdb_number(&r[0]);
    l->code = wck_susdb_keep(s, &r[1]);
    l->name = wck_susdb_keep(s, &r[2]);
    l->enabled = l->id == 0 ? s->all_languages == 1 : wck_susdb_bit(&r[3]) == 1;
    return WCK_OK;
}

/* ---- categories ---- */

wck_category_kind wck_susdb_kind(const wck_cell *cell)
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
    wck_susdb *s = payload;
    wck_category *c = wck_snapshot_add_category(s->snapshot);

    if (c == NULL)
        return no_memory(err);
    c->id = r[0].guid;
    c->revision = wck_susdb_number(&r[1]);
    c->kind = wck_susdb_kind(&r[2]);
    c->parent = r[3].null ? (wck_guid){0, 0} : r[3].guid;
    c->title = wck_susdb_keep(s, &r[4]);
    return WCK_OK;
}

/* ---- the rest ---- */

static wck_status on_declined(const wck_cell *r, void *payload, wck_error *err)
{
    wck_declined *d = wck_snapshot_add_declined(((wck_susdb *)payload)->snapshot);

    if (d == NULL)
        return no_memory(err);
    d->id = r[0].guid;
    return WCK_OK;
}

static wck_status on_group(const wck_cell *r, void *payload, wck_error *err)
{
    wck_susdb *s = payload;
    wck_group *g;

    if (wck_guid_eq(r[0].guid, WCK_GROUP_DOWNSTREAM)) /* bookkeeping; no other channel lists it */
        return WCK_OK;
    g = wck_snapshot_add_group(s->snapshot);
    if (g == NULL)
        return no_memory(err);
    g->id = r[0].guid;
    g->name = wck_susdb_keep(s, &r[1]);
    g->parent = r[2].null ? (wck_guid){0, 0} : r[2].guid;
    return WCK_OK;
}

static wck_status on_approval(const wck_cell *r, void *payload, wck_error *err)
{
    wck_susdb *s = payload;
    wck_approval *a = wck_snapshot_add_approval(s->snapshot);

    if (a == NULL)
        return no_memory(err);
    a->deployment = r[0].null ? (wck_guid){0, 0} : r[0].guid;
    a->update = r[1].guid;
    a->revision = wck_susdb_number(&r[2]);
    a->group = r[3].guid;
    a->action = wck_susdb_number(&r[4]);
    a->deadline = wck_susdb_time(&r[5]);
    a->go_live = wck_susdb_time(&r[6]);
    a->changed = wck_susdb_time(&r[7]);
    a->admin = wck_susdb_keep(s, &r[8]);
    a->assigned = wck_susdb_bit(&r[9]);
    a->priority = wck_susdb_number(&r[10]);
    return WCK_OK;
}

static wck_status on_eula(const wck_cell *r, void *payload, wck_error *err)
{
    wck_susdb *s = payload;
    wck_eula *e = wck_snapshot_add_eula(s->snapshot);

    if (e == NULL)
        return no_memory(err);
    e->id = r[0].guid;
    e->accepted = wck_susdb_time(&r[1]);
    e->admin = wck_susdb_keep(s, &r[2]);
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
    f = wck_snapshot_add_file(((wck_susdb *)payload)->snapshot);
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
static bool lacks(const wck_susdb *s, const char *sql, char *missing, size_t size)
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

wck_status wck_susdb_ask(wck_susdb *s, const char *name, const char *types, wck_odbc_row_fn *fn, void *payload,
                         char why[WCK_WHY], wck_error *err)
{
    const char *sql = statement(name);
    wck_status status;

    why[0] = '\0';
    if (sql == NULL)
        return wck_fail(err, WCK_E_ARG, "could not read SUSDB: there is no statement \"%s\"", name);
    if (lacks(s, sql, why, WCK_WHY))
        return WCK_OK;
    if (s->options->progress != NULL)
        s->options->progress(s->options->server_name, name, 0, 0, s->options->progress_payload);
    status = wck_odbc_run(s->odbc, sql, types, fn, payload, err);
    if (status == WCK_E_HTTP || status == WCK_E_INPUT || status == WCK_E_LIMIT) { /* this part only */
        wck_quote_short(why, WCK_WHY, err->text, WCK_WHY - 1);
        wck_error_clear(err);
        return WCK_OK;
    }
    return status;
}

void wck_susdb_cover(wck_susdb *s, wck_section section, const char *why)
{
    wck_snapshot_set_coverage(s->snapshot, section, why[0] == '\0' ? WCK_COVERAGE_COMPLETE : WCK_COVERAGE_UNKNOWN,
                              why[0] == '\0' ? NULL : why);
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

static wck_status read_simple(wck_susdb *s, const simple *part, wck_error *err)
{
    char why[WCK_WHY];
    wck_status status = wck_susdb_ask(s, part->name, part->types, part->fn, s, why, err);

    if (status == WCK_OK && why[0] != '\0')
        take_back(s->snapshot, part->section);
    if (status == WCK_OK)
        wck_susdb_cover(s, part->section, why);
    return status;
}

/* ---- configuration and updates take several statements ---- */

static int by_guid(const void *a, const void *b)
{
    return wck_guid_cmp(*(const wck_guid *)a, *(const wck_guid *)b);
}

static bool take_selection(wck_susdb *s, wck_guids *out, wck_guid *items, size_t n)
{
    if (n > 0)
        qsort(items, n, sizeof *items, by_guid);
    out->items = wck_susdb_copy(s, items, n, sizeof *items);
    out->n = out->items != NULL ? n : 0;
    return out->items != NULL;
}

static wck_status read_configuration(wck_susdb *s, wck_error *err)
{
    char why[WCK_WHY], more[300];
    wck_config *c = &s->snapshot->config;
    wck_status status = wck_susdb_ask(s, "configuration", "gisiiisiisiiiiiiii", on_configuration, s, why, err);

    if (status == WCK_OK)
        status = wck_susdb_ask(s, "schedule", "t", on_schedule, s, more, err);
    if (status == WCK_OK)
        status = wck_susdb_ask(s, "version", "s", on_version, s, more, err);
    if (status == WCK_OK)
        status = wck_susdb_ask(s, "subscription", "gs", on_subscription, s, more, err);
    if (status != WCK_OK)
        return status;
    c->products_known = c->classifications_known = more[0] == '\0';
    if (c->products_known && (!take_selection(s, &c->selected_products, s->products.items, s->products.n) ||
                              !take_selection(s, &c->selected_classifications, s->classifications.items,
                                              s->classifications.n)))
        return no_memory(err);
    wck_susdb_cover(s, WCK_SECTION_CONFIG, why);
    return WCK_OK;
}

static wck_status read_all(wck_susdb *s, wck_error *err)
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
        status = wck_susdb_updates(s, err);
    for (size_t i = 0; i < sizeof after / sizeof *after && status == WCK_OK; i++)
        status = read_simple(s, &after[i], err);
    if (status == WCK_OK)
        status = wck_susdb_history(s, err);
    return status == WCK_OK ? wck_susdb_host(s, err) : status;
}

static wck_status begin(wck_susdb *s, const char *source, wck_error *err)
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

static void clear(wck_susdb *s)
{
    wck_odbc_close(s->odbc);
    wck_susdb_updates_clear(s);
    wck_vec_clear(&s->products);
    wck_vec_clear(&s->classifications);
}

wck_status wck_collect_susdb(wck_snapshot **out, const char *text, const wck_collect_options *options, wck_error *err)
{
    wck_susdb s = {.options = options, .all_languages = WCK_BOOL_NONE};
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
