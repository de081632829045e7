/* SPDX-License-Identifier: MIT
 * change_json.c: the change document of `whatif`: read strictly, and written from a snapshot for people to
 * edit. */
#include "codec/codec.h"

#include "codec/dom.h"
#include "codec/json.h"
#include "codec/members.h"
#include "model/selection.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT "wsusck-change"

static int by_guid(const void *a, const void *b)
{
    return wck_guid_cmp(*(const wck_guid *)a, *(const wck_guid *)b);
}

/* A GUID, or an object with "id" and a "title" for people. */
static wck_guid read_category(const wck_dom *array, size_t i)
{
    json_t *value = json_array_get(array->json, i);
    wck_guid id = {0, 0};
    wck_dom item;

    if (json_is_object(value)) {
        static const char *const keys[] = {"id", "title", NULL};
        if (!wck_dom_item(&item, array, i))
            return id;
        wck_dom_only(&item, keys);
        id = wck_dom_guid(&item, "id");
        if (wck_guid_is_zero(id))
            wck_dom_fail(&item, "id", "is missing");
        return id;
    }
    if (!json_is_string(value) || !wck_guid_parse(&id, json_string_value(value))) {
        wck_dom at = {.document = array->document, .up = array, .key = NULL, .index = i, .json = value};
        wck_dom_fail(&at, NULL, "must be a GUID, or an object with \"id\"");
    }
    return id;
}

static bool read_categories(const wck_dom *c, const char *key, int required, wck_guids *out)
{
    wck_dom list;

    if (!wck_dom_array(&list, c, key, required))
        return false;
    out->items = wck_arena_array(c->document->arena, wck_dom_size(&list), sizeof *out->items);
    if (out->items == NULL) {
        c->document->status = wck_fail_memory(c->document->err, "reading a change");
        return false;
    }
    for (size_t i = 0; i < wck_dom_size(&list) && c->document->status == WCK_OK; i++)
        out->items[out->n++] = read_category(&list, i);
    qsort(out->items, out->n, sizeof *out->items, by_guid);
    return true;
}

static void read_languages(const wck_dom *c, int required, wck_change *change)
{
    json_t *value = json_object_get(c->json, "languages");

    if (json_is_string(value) && strcmp(json_string_value(value), "all") == 0) {
        change->has_languages = change->all_languages = true;
        return;
    }
    if (value == NULL || json_is_null(value)) {
        if (required)
            wck_dom_fail(c, "languages", "is missing");
        return;
    }
    change->languages = wck_dom_texts(c, "languages");
    change->has_languages = true;
    if (change->languages.n == 0)
        wck_dom_fail(c, "languages", "must be \"all\" or name at least one language");
}

static void read_reinstall(const wck_dom *c, wck_change *change)
{
    static const char *const keys[] = {"kind", "server",    "products", "classifications",
                                       "mode", "languages", "groups",   NULL};
    const char *groups;

    wck_dom_only(c, keys);
    change->has_products = read_categories(c, "products", WCK_DOM_OPTIONAL, &change->products);
    change->has_classifications =
        read_categories(c, "classifications", WCK_DOM_OPTIONAL, &change->classifications);
    read_languages(c, WCK_DOM_OPTIONAL, change);
    wck_dom_word(c, "mode", WCK_DOM_OPTIONAL, wck_mode_parse, &change->mode, "replica or autonomous");
    groups = wck_dom_text(c, "groups", WCK_DOM_OPTIONAL);
    change->recreate_groups = groups != NULL && strcmp(groups, "recreate") == 0;
    if (groups != NULL && !change->recreate_groups && strcmp(groups, "none") != 0)
        wck_dom_fail(c, "groups", "must be none or recreate");
}

static void read_cleanup(const wck_dom *c, wck_change *change)
{
    static const char *const keys[] = {"kind",           "server", "decline_superseded", "decline_expired",
                                       "delete_expired", NULL};

    wck_dom_only(c, keys);
    change->decline_superseded = wck_dom_bool(c, "decline_superseded", false);
    change->decline_expired = wck_dom_bool(c, "decline_expired", false);
    change->delete_expired = wck_dom_bool(c, "delete_expired", false);
    if (!change->decline_superseded && !change->decline_expired && !change->delete_expired)
        wck_dom_fail(c, NULL, "cleans nothing up: set decline_superseded, decline_expired or delete_expired");
}

static void read_simple(const wck_dom *c, wck_change *change)
{
    static const char *const repoint[] = {"kind", "server", "upstream", NULL};
    static const char *const languages[] = {"kind", "server", "languages", NULL};
    static const char *const products[] = {"kind", "server", "products", NULL};
    static const char *const mode[] = {"kind", "server", "mode", NULL};

    if (change->kind == WCK_CHANGE_REPOINT) {
        wck_dom_only(c, repoint);
        change->upstream = wck_dom_text(c, "upstream", WCK_DOM_OPTIONAL);
    } else if (change->kind == WCK_CHANGE_LANGUAGES) {
        wck_dom_only(c, languages);
        read_languages(c, WCK_DOM_REQUIRED, change);
    } else if (change->kind == WCK_CHANGE_REMOVE_PRODUCTS) {
        wck_dom_only(c, products);
        read_categories(c, "products", WCK_DOM_REQUIRED, &change->products);
    } else {
        wck_dom_only(c, mode);
        wck_dom_word(c, "mode", WCK_DOM_REQUIRED, wck_mode_parse, &change->mode, "replica or autonomous");
        if (change->mode == WCK_MODE_UNKNOWN)
            wck_dom_fail(c, "mode", "must be replica or autonomous");
    }
}

static void read_change(const wck_dom *c, wck_change *change)
{
    change->kind = WCK_CHANGE_REPOINT;
    wck_dom_word(c, "kind", WCK_DOM_REQUIRED, wck_change_kind_parse, &change->kind,
                 "reinstall, repoint, languages, remove_products, mode or cleanup");
    change->server = wck_dom_text(c, "server", WCK_DOM_REQUIRED);
    if (change->kind == WCK_CHANGE_REINSTALL)
        read_reinstall(c, change);
    else if (change->kind == WCK_CHANGE_CLEANUP)
        read_cleanup(c, change);
    else
        read_simple(c, change);
}

static void read_set(const wck_dom *root, wck_change_set *set)
{
    static const char *const keys[] = {"format", "format_version", "changes", NULL};
    wck_dom list, item;

    wck_dom_format(root, FORMAT);
    wck_dom_only(root, keys);
    if (!wck_dom_array(&list, root, "changes", WCK_DOM_REQUIRED))
        return;
    if (wck_dom_size(&list) == 0)
        wck_dom_fail(root, "changes", "names no change");
    for (size_t i = 0; i < wck_dom_size(&list) && wck_dom_item(&item, &list, i); i++) {
        wck_change *change = wck_vec_push(&set->changes);
        if (change == NULL)
            root->document->status = wck_fail_memory(root->document->err, "reading a change");
        else
            read_change(&item, change);
    }
}

wck_status wck_codec_parse_change(wck_change_set **out, const void *data, size_t len, wck_error *err)
{
    wck_change_set *set = wck_change_set_new();
    wck_dom_document document;
    wck_status status;
    wck_dom root;

    *out = NULL;
    if (set == NULL)
        return wck_fail_memory(err, "reading a change");
    if (wck_dom_open(&document, &root, data, len, set->arena, err))
        read_set(&root, set);
    status = document.status;
    wck_dom_close(&document);
    if (status == WCK_OK)
        *out = set;
    else
        wck_change_set_free(set);
    return status;
}

/* ---- from a snapshot ---- */

static const char *title_of(const wck_snapshot *s, wck_guid id)
{
    for (size_t i = 0; i < s->categories.n; i++)
        if (wck_guid_eq(s->categories.items[i].id, id))
            return s->categories.items[i].title;
    return NULL;
}

/* One category a line, with its title, so that people strike lines out. */
static void put_categories(wck_members *m, const char *key, const wck_snapshot *s, const wck_guids *ids)
{
    wck_member_key(m, key);
    wck_buf_puts(m->out, "[");
    for (size_t i = 0; i < ids->n; i++) {
        wck_members item;
        wck_buf_puts(m->out, i > 0 ? ",\n  " : "\n  ");
        item = wck_members_begin(m->out);
        wck_member_guid(&item, "id", ids->items[i]);
        wck_member_text(&item, "title", title_of(s, ids->items[i]));
        wck_members_end(&item);
    }
    wck_buf_puts(m->out, "]");
}

static void put_languages(wck_members *m, const wck_snapshot *s)
{
    size_t n = 0;

    if (s->languages.n > 0 && s->languages.items[0].id == 0 && s->languages.items[0].enabled) {
        wck_member_text(m, "languages", "all");
        return;
    }
    wck_member_key(m, "languages");
    wck_buf_puts(m->out, "[");
    for (size_t i = 0; i < s->languages.n; i++)
        if (s->languages.items[i].enabled && s->languages.items[i].code != NULL) {
            wck_buf_puts(m->out, n++ > 0 ? ", " : "");
            wck_json_put_text(m->out, s->languages.items[i].code);
        }
    wck_buf_puts(m->out, "]");
}

wck_status wck_codec_put_change_of(wck_buf *out, const wck_snapshot *s, wck_error *err)
{
    wck_members m = wck_members_begin(out), c;

    wck_member_text(&m, "format", FORMAT);
    wck_member_text(&m, "format_version", "1.0");
    wck_member_key(&m, "changes");
    wck_buf_puts(out, "[\n");
    c = wck_members_begin(out);
    wck_member_text(&c, "kind", "reinstall");
    wck_member_text(&c, "server", s->server.name);
    if (s->config.products_known)
        put_categories(&c, "products", s, &s->config.selected_products);
    if (s->config.classifications_known)
        put_categories(&c, "classifications", s, &s->config.selected_classifications);
    if (s->coverage[WCK_SECTION_LANGUAGES].state == WCK_COVERAGE_COMPLETE)
        put_languages(&c, s);
    wck_member_text(&c, "groups", "none");
    wck_members_end(&c);
    wck_buf_puts(out, "]");
    wck_members_end(&m);
    wck_buf_putc(out, '\n');
    return out->failed ? wck_fail_memory(err, "writing a change") : WCK_OK;
}
