/* SPDX-License-Identifier: MIT
 * canon_head.c: the sections that are not keyed by an update, whole, as bytes and back. */
#include "model/canon_io.h"

#include <string.h>

/* Text that is never NULL for a reader (types.h). */
static void put_name(wck_buf *b, const char *text)
{
    wck_put_text(b, text != NULL ? text : "");
}

static void put_server(wck_buf *s, wck_buf *l, const wck_server *v)
{
    put_name(s, v->name);
    wck_put_text(s, v->parent);
    wck_put_byte(s, (unsigned)v->mode);
    wck_put_guid(s, v->server_id);
    wck_put_text(s, v->fqdn);
    wck_put_text(s, v->version);
    wck_put_text(s, v->protocol_version);
    wck_put_opt(l, v->collected_at);
    wck_put_opt(l, v->server_time);
    wck_put_text(l, v->source);
}

bool wck_canon_put_server(wck_buf *s, wck_buf *l, const wck_snapshot *snapshot)
{
    put_server(s, l, &snapshot->server);
    for (int i = 0; i < WCK_SECTION_COUNT; i++) {
        wck_put_byte(s, (unsigned)snapshot->coverage[i].state);
        wck_put_text(s, snapshot->coverage[i].reason);
    }
    return !s->failed && !l->failed;
}

static int8_t get_bool(wck_cursor *c)
{
    return (int8_t)((int)wck_get_enum(c, 2) - 1);
}

wck_status wck_canon_get_server(wck_snapshot *snapshot, const void *shared, size_t shared_len, const void *local,
                                size_t local_len, wck_error *err)
{
    wck_cursor s = wck_cursor_of(snapshot->arena, shared, shared_len);
    wck_cursor l = wck_cursor_of(snapshot->arena, local, local_len);
    wck_server *v = &snapshot->server;

    v->name = wck_get_text(&s);
    v->parent = wck_get_text(&s);
    v->mode = (wck_mode)wck_get_enum(&s, WCK_MODE_AUTONOMOUS);
    v->server_id = wck_get_guid(&s);
    v->fqdn = wck_get_text(&s);
    v->version = wck_get_text(&s);
    v->protocol_version = wck_get_text(&s);
    v->collected_at = wck_get_opt(&l);
    v->server_time = wck_get_opt(&l);
    v->source = wck_get_text(&l);
    for (int i = 0; i < WCK_SECTION_COUNT; i++) {
        snapshot->coverage[i].state = (wck_coverage_state)wck_get_enum(&s, WCK_COVERAGE_COMPLETE);
        snapshot->coverage[i].reason = wck_get_text(&s);
    }
    s.bad = s.bad || v->name == NULL;
    return wck_cursor_end(&s, &l, err);
}

static void put_bool(wck_buf *b, int8_t v)
{
    wck_put_byte(b, (unsigned)(v + 1));
}

static void put_config(wck_buf *s, const wck_config *c)
{
    put_bool(s, c->sync_from_microsoft_update);
    put_bool(s, c->catalog_only_sync);
    put_bool(s, c->lazy_sync);
    put_bool(s, c->content_on_microsoft_update);
    wck_put_byte(s, (unsigned)c->has_upstream | (unsigned)c->has_schedule << 1 | (unsigned)c->has_proxy << 2 |
                        (unsigned)c->products_known << 3 | (unsigned)c->classifications_known << 4);
    wck_put_text(s, c->upstream.name);
    wck_put_opt(s, c->upstream.port);
    put_bool(s, c->upstream.ssl);
    put_bool(s, c->upstream.replica);
    put_bool(s, c->schedule.automatic);
    wck_put_text(s, c->schedule.time_of_day);
    wck_put_opt(s, c->schedule.per_day);
    wck_put_opt(s, c->next_sync);
    wck_put_opt(s, c->retries);
    wck_put_opt(s, c->retry_wait_minutes);
    wck_put_text(s, c->proxy.host);
    wck_put_opt(s, c->proxy.port);
    wck_put_text(s, c->proxy.user);
    put_bool(s, c->proxy.basic_in_cleartext);
    wck_put_opt(s, c->max_updates_per_request);
    wck_put_guids(s, &c->selected_products);
    wck_put_guids(s, &c->selected_classifications);
}

static void get_config(wck_cursor *s, wck_config *c)
{
    unsigned flags;

    c->sync_from_microsoft_update = get_bool(s);
    c->catalog_only_sync = get_bool(s);
    c->lazy_sync = get_bool(s);
    c->content_on_microsoft_update = get_bool(s);
    flags = wck_get_enum(s, 31);
    c->has_upstream = (flags & 1) != 0;
    c->has_schedule = (flags & 2) != 0;
    c->has_proxy = (flags & 4) != 0;
    c->products_known = (flags & 8) != 0;
    c->classifications_known = (flags & 16) != 0;
    c->upstream.name = wck_get_text(s);
    c->upstream.port = wck_get_opt(s);
    c->upstream.ssl = get_bool(s);
    c->upstream.replica = get_bool(s);
    c->schedule.automatic = get_bool(s);
    c->schedule.time_of_day = wck_get_text(s);
    c->schedule.per_day = wck_get_opt(s);
    c->next_sync = wck_get_opt(s);
    c->retries = wck_get_opt(s);
    c->retry_wait_minutes = wck_get_opt(s);
    c->proxy.host = wck_get_text(s);
    c->proxy.port = wck_get_opt(s);
    c->proxy.user = wck_get_text(s);
    c->proxy.basic_in_cleartext = get_bool(s);
    c->max_updates_per_request = wck_get_opt(s);
    wck_get_guids(s, &c->selected_products);
    wck_get_guids(s, &c->selected_classifications);
}

static void put_run(wck_buf *s, const wck_sync_run *r)
{
    wck_put_opt(s, r->started);
    wck_put_opt(s, r->ended);
    wck_put_byte(s, (unsigned)r->result);
    wck_put_byte(s, (unsigned)r->trigger);
    wck_put_text(s, r->error);
    wck_put_text(s, r->error_text);
    wck_put_u(s, r->n_update_errors);
    for (size_t i = 0; i < r->n_update_errors; i++) {
        wck_put_guid(s, r->update_errors[i].update);
        wck_put_text(s, r->update_errors[i].error);
        wck_put_text(s, r->update_errors[i].text);
    }
}

static void get_run(wck_cursor *s, wck_sync_run *r)
{
    size_t n;

    r->started = wck_get_opt(s);
    r->ended = wck_get_opt(s);
    r->result = (wck_sync_result)wck_get_enum(s, WCK_SYNC_RUNNING);
    r->trigger = (wck_sync_trigger)wck_get_enum(s, WCK_TRIGGER_MANUAL);
    r->error = wck_get_text(s);
    r->error_text = wck_get_text(s);
    n = wck_get_count(s, 18);
    r->update_errors = wck_get_array(s, n, sizeof *r->update_errors);
    for (; r->update_errors != NULL && r->n_update_errors < n; r->n_update_errors++) {
        wck_update_error *e = &r->update_errors[r->n_update_errors];
        e->update = wck_get_guid(s);
        e->error = wck_get_text(s);
        e->text = wck_get_text(s);
    }
}

static void put_small_rows(wck_buf *s, wck_buf *l, const wck_snapshot *v, wck_section section)
{
    if (section == WCK_SECTION_LANGUAGES) {
        wck_put_u(s, v->languages.n);
        for (size_t i = 0; i < v->languages.n; i++) {
            wck_put_opt(s, v->languages.items[i].id);
            put_name(s, v->languages.items[i].code);
            wck_put_text(s, v->languages.items[i].name);
            wck_put_byte(s, v->languages.items[i].enabled);
        }
    } else if (section == WCK_SECTION_CATEGORIES) {
        wck_put_u(s, v->categories.n);
        for (size_t i = 0; i < v->categories.n; i++) {
            wck_put_guid(s, v->categories.items[i].id);
            wck_put_opt(s, v->categories.items[i].revision);
            wck_put_byte(s, (unsigned)v->categories.items[i].kind);
            wck_put_text(s, v->categories.items[i].title);
            wck_put_guid(s, v->categories.items[i].parent);
        }
    } else if (section == WCK_SECTION_GROUPS) {
        wck_put_u(s, v->groups.n);
        for (size_t i = 0; i < v->groups.n; i++) {
            wck_put_guid(s, v->groups.items[i].id);
            put_name(s, v->groups.items[i].name);
            wck_put_guid(s, v->groups.items[i].parent);
        }
    } else if (section == WCK_SECTION_EULAS) {
        wck_put_u(s, v->eulas.n);
        for (size_t i = 0; i < v->eulas.n; i++) {
            wck_put_guid(s, v->eulas.items[i].id);
            wck_put_opt_guid(l, v->eulas.items[i].update);
            wck_put_opt(l, v->eulas.items[i].accepted);
            wck_put_text(l, v->eulas.items[i].admin);
        }
    } else if (section == WCK_SECTION_FILES) {
        wck_put_u(s, v->files.n);
        for (size_t i = 0; i < v->files.n; i++) {
            wck_put_bytes(s, v->files.items[i].digest, 20);
            wck_put_byte(s, (unsigned)v->files.items[i].state);
        }
    }
}

bool wck_canon_put_section(wck_buf *s, wck_buf *l, const wck_snapshot *v, wck_section section)
{
    if (section == WCK_SECTION_CONFIG)
        put_config(s, &v->config);
    else if (section == WCK_SECTION_HOST)
        wck_put_text(s, v->host_json);
    else if (section == WCK_SECTION_SYNC_HISTORY) {
        wck_put_u(s, v->sync_history.n);
        for (size_t i = 0; i < v->sync_history.n; i++)
            put_run(s, &v->sync_history.items[i]);
    } else
        put_small_rows(s, l, v, section);
    return !s->failed && !l->failed;
}

/* One row of a section; false when memory is short. */
static bool get_row(wck_snapshot *v, wck_section section, wck_cursor *s, wck_cursor *l)
{
    if (section == WCK_SECTION_LANGUAGES) {
        wck_language *r = wck_snapshot_add_language(v);
        if (r == NULL)
            return false;
        r->id = wck_get_opt(s);
        r->code = wck_get_text(s);
        r->name = wck_get_text(s);
        r->enabled = wck_get_enum(s, 1) != 0;
        s->bad = s->bad || r->code == NULL;
    } else if (section == WCK_SECTION_CATEGORIES) {
        wck_category *r = wck_snapshot_add_category(v);
        if (r == NULL)
            return false;
        r->id = wck_get_guid(s);
        r->revision = wck_get_opt(s);
        r->kind = (wck_category_kind)wck_get_enum(s, WCK_CATEGORY_DETECTOID);
        r->title = wck_get_text(s);
        r->parent = wck_get_guid(s);
    } else if (section == WCK_SECTION_GROUPS) {
        wck_group *r = wck_snapshot_add_group(v);
        if (r == NULL)
            return false;
        r->id = wck_get_guid(s);
        r->name = wck_get_text(s);
        r->parent = wck_get_guid(s);
        s->bad = s->bad || r->name == NULL;
    } else if (section == WCK_SECTION_EULAS) {
        wck_eula *r = wck_snapshot_add_eula(v);
        if (r == NULL)
            return false;
        r->id = wck_get_guid(s);
        r->update = wck_get_opt_guid(l);
        r->accepted = wck_get_opt(l);
        r->admin = wck_get_text(l);
    } else if (section == WCK_SECTION_SYNC_HISTORY) {
        wck_sync_run *r = wck_snapshot_add_sync_run(v);
        if (r == NULL)
            return false;
        get_run(s, r);
    } else {
        wck_content_file *r = wck_snapshot_add_file(v);
        const unsigned char *digest = wck_get_bytes(s, 20);
        if (r == NULL)
            return false;
        if (digest != NULL)
            memcpy(r->digest, digest, 20);
        r->state = (wck_file_state)wck_get_enum(s, WCK_FILE_MISSING);
    }
    return true;
}

wck_status wck_canon_get_section(wck_snapshot *v, wck_section section, const void *shared, size_t shared_len,
                                 const void *local, size_t local_len, wck_error *err)
{
    wck_cursor s = wck_cursor_of(v->arena, shared, shared_len), l = wck_cursor_of(v->arena, local, local_len);

    if (section == WCK_SECTION_CONFIG)
        get_config(&s, &v->config);
    else if (section == WCK_SECTION_HOST)
        v->host_json = wck_get_text(&s);
    else {
        size_t n = wck_get_count(&s, 4);
        for (size_t i = 0; i < n && !s.bad && !l.bad; i++)
            if (!get_row(v, section, &s, &l))
                return wck_fail_memory(err, "reading the store");
    }
    return wck_cursor_end(&s, &l, err);
}
