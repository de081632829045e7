/* SPDX-License-Identifier: MIT
 * host_json.c: the canonical text of a snapshot's host facts, seen as wck_host (model/host.h).
 *
 * Two readings of one text. What snapshot.schema.json fixes (services, content, events, os_build, time_zone) goes
 * through the strict tables, so a wrong type is an error with its path. What it leaves open (proxy, registry, iis, bits_jobs) and
 * what is newer than it is taken as far as it fits: a document that is valid under the schema is never refused for
 * it. Neither reading changes the text. */
#include "codec/codec.h"

#include "base/buf.h"
#include "base/limits.h"
#include "codec/snapshot_fields.h"

#include <jansson.h>
#include <string.h>

/* ---- what the schema fixes ---- */

#define FIELD_AUX(type, member, name, kind, flags, aux)                                                      \
    {                                                                                                        \
        name, sizeof name - 1, WCK_FIELD_##kind, flags, offsetof(type, member), 0, aux                       \
    }
#define FIELD(type, member, name, kind, flags) FIELD_AUX(type, member, name, kind, flags, NULL)
/* a list that may be absent; null is no list */
#define LIST(member, flag, name, aux)                                                                        \
    {                                                                                                        \
        name, sizeof name - 1, WCK_FIELD_ROWS, 0, offsetof(wck_host, member), offsetof(wck_host, flag) + 1, aux \
    }
#define TABLE(fields)                                                                                        \
    {                                                                                                        \
        fields, sizeof fields / sizeof *fields                                                               \
    }
#define REQ WCK_FIELD_REQUIRED

static bool parse_state(void *out, const char *text)
{
    return wck_service_state_parse(out, text);
}

static const char *name_state(const void *value)
{
    return wck_service_state_name(*(const wck_service_state *)value);
}

static bool parse_start(void *out, const char *text)
{
    return wck_service_start_parse(out, text);
}

static const char *name_start(const void *value)
{
    return wck_service_start_name(*(const wck_service_start *)value);
}

static const wck_field_words state_words = {parse_state, name_state,
                                            "running, stopped, paused, missing or unknown"};
static const wck_field_words start_words = {parse_start, name_start,
                                            "automatic, automatic_delayed, manual, disabled or unknown"};

static const wck_json_field service_fields[] = {
    FIELD(wck_host_service, name, "name", TEXT, REQ),
    FIELD_AUX(wck_host_service, state, "state", WORD, 0, &state_words),
    FIELD_AUX(wck_host_service, start, "start", WORD, 0, &start_words),
};
static const wck_field_rows service_rows = {TABLE(service_fields), sizeof(wck_host_service),
                                            offsetof(wck_host, n_services), NULL};

static const wck_json_field acl_fields[] = {
    FIELD(wck_host_acl, path, "path", TEXT, REQ),
    FIELD(wck_host_acl, sddl, "sddl", TEXT, REQ),
};
static const wck_field_rows acl_rows = {TABLE(acl_fields), sizeof(wck_host_acl), offsetof(wck_host, n_acl), NULL};

static const wck_json_field content_fields[] = {
    FIELD(wck_host, content_path, "path", TEXT, 0),
    LIST(acl, has_acl, "acl", &acl_rows),
    FIELD(wck_host, free_bytes, "free_bytes", INT, WCK_FIELD_NULLABLE),
};
static const wck_field_table content_table = TABLE(content_fields);

static const wck_json_field event_fields[] = {
    FIELD(wck_host_event, time, "time", TIME, REQ),
    FIELD(wck_host_event, id, "id", INT, REQ),
    FIELD(wck_host_event, source, "source", TEXT, 0),
    FIELD(wck_host_event, level, "level", TEXT, 0),
    FIELD(wck_host_event, text, "text", TEXT, WCK_FIELD_UNIQUE),
};

static void init_event(void *row)
{
    ((wck_host_event *)row)->time = WCK_TIME_NONE;
}

static const wck_field_rows event_rows = {TABLE(event_fields), sizeof(wck_host_event),
                                          offsetof(wck_host, n_events), init_event};

static const wck_json_field host_fields[] = {
    LIST(services, has_services, "services", &service_rows),
    FIELD_AUX(wck_host, content_path, "content", OBJECT, 0, &content_table),
    LIST(events, has_events, "events", &event_rows),
    FIELD(wck_host, os_build, "os_build", TEXT, 0),
    FIELD(wck_host, time_zone, "time_zone", TEXT, 0),
};
static const wck_field_table host_table = TABLE(host_fields);

/* Open in the schema, but not in kind. */
static bool check_kinds(json_t *root, wck_error *err)
{
    static const struct {
        const char *key;
        json_type type;
        const char *wanted;
    } kinds[] = {{"proxy", JSON_OBJECT, "an object"},
                 {"registry", JSON_OBJECT, "an object"},
                 {"iis", JSON_OBJECT, "an object"},
                 {"bits_jobs", JSON_ARRAY, "an array"}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const json_t *value = json_object_get(root, kinds[i].key);
        if (value != NULL && json_typeof(value) != kinds[i].type) {
            wck_fail(err, WCK_E_INPUT, "host.%s: must be %s", kinds[i].key, kinds[i].wanted);
            return false;
        }
    }
    return true;
}

static bool read_strict(wck_snapshot *snapshot, wck_host *host, size_t line, wck_error *err)
{
    wck_row_reader rows;
    wck_json json;
    bool ok;

    wck_row_reader_init(&rows, snapshot);
    ok = wck_json_open_data(&json, snapshot->host_json, strlen(snapshot->host_json), err);
    if (ok) {
        json.line = line;
        json.frames[json.depth++] = (wck_json_frame){.begun = true, .name = "host"}; /* places begin with it */
        ok = wck_row_read(&rows, &json, &host_table, host);
    }
    wck_json_close(&json);
    wck_row_reader_clear(&rows);
    return ok;
}

/* ---- what the schema leaves open ---- */

typedef struct open_reader {
    wck_snapshot *snapshot;
    bool failed; /* memory */
} open_reader;

static const char *keep(open_reader *r, const char *text)
{
    const char *kept = wck_snapshot_text(r->snapshot, text);

    r->failed = r->failed || (text != NULL && kept == NULL);
    return kept;
}

static const char *text_of(open_reader *r, const json_t *object, const char *key)
{
    return keep(r, json_string_value(json_object_get(object, key)));
}

/* Doubles hold every integer up to 2^53 (jansson refuses larger ones as integers). */
static int64_t int_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    double real = json_is_real(value) ? json_real_value(value) : 0.5;

    if (real < -9007199254740992.0 || real > 9007199254740992.0)
        return WCK_INT_NONE;
    return (double)(int64_t)real == real ? (int64_t)real : WCK_INT_NONE; /* exactly equal is the question here */
}

static int8_t bool_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_boolean(value) ? (int8_t)json_boolean_value(value) : WCK_BOOL_NONE;
}

/* Any scalar as text; NULL for everything else. */
static const char *scalar_of(open_reader *r, const json_t *value)
{
    wck_buf text;
    const char *kept;

    if (json_is_string(value))
        return keep(r, json_string_value(value));
    if (json_is_boolean(value))
        return json_boolean_value(value) ? "true" : "false";
    if (!json_is_real(value))
        return NULL;
    wck_buf_init(&text, 64);
    wck_buf_printf(&text, "%.17g", json_real_value(value));
    kept = keep(r, wck_buf_text(&text));
    wck_buf_clear(&text);
    return kept;
}

static void *rows_of(open_reader *r, size_t n, size_t size)
{
    void *rows = n > 0 ? wck_arena_array(r->snapshot->arena, n, size) : NULL;

    r->failed = r->failed || (n > 0 && rows == NULL);
    return rows;
}

static wck_host_value *values_of(open_reader *r, json_t *object, size_t *n)
{
    wck_host_value *out = rows_of(r, json_object_size(object), sizeof *out);
    const char *name;
    json_t *value;

    *n = 0;
    if (out != NULL)
        json_object_foreach(object, name, value)
        {
            const char *text = scalar_of(r, value);
            if (text != NULL)
                out[(*n)++] = (wck_host_value){keep(r, name), text};
        }
    return out;
}

static void read_proxy(open_reader *r, const json_t *proxy, wck_host *host)
{
    host->has_proxy = json_is_object(proxy);
    host->proxy.host = text_of(r, proxy, "host");
    host->proxy.user = text_of(r, proxy, "user");
    host->proxy.port = int_of(proxy, "port");
    host->proxy.basic_in_cleartext = bool_of(proxy, "basic_in_cleartext");
}

static void read_bindings(open_reader *r, const json_t *list, wck_host *host)
{
    host->bindings = rows_of(r, json_array_size(list), sizeof *host->bindings);
    for (size_t i = 0; host->bindings != NULL && i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        if (json_is_object(row))
            host->bindings[host->n_bindings++] =
                (wck_host_binding){text_of(r, row, "site"), text_of(r, row, "protocol"),
                                   text_of(r, row, "address"), int_of(row, "port")};
    }
}

static void read_jobs(open_reader *r, const json_t *list, wck_host *host)
{
    host->bits_jobs = rows_of(r, json_array_size(list), sizeof *host->bits_jobs);
    for (size_t i = 0; host->bits_jobs != NULL && i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        if (json_is_object(row))
            host->bits_jobs[host->n_bits_jobs++] =
                (wck_host_job){text_of(r, row, "name"), text_of(r, row, "state"),
                               scalar_of(r, json_object_get(row, "error")), text_of(r, row, "url")};
    }
}

static void read_disks(open_reader *r, const json_t *list, wck_host *host)
{
    host->disks = rows_of(r, json_array_size(list), sizeof *host->disks);
    for (size_t i = 0; host->disks != NULL && i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        const char *name = text_of(r, row, "name");
        if (name != NULL)
            host->disks[host->n_disks++] =
                (wck_host_disk){name, int_of(row, "free_bytes"), int_of(row, "size_bytes")};
    }
}

static wck_time time_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    wck_time t;

    return text != NULL && wck_time_parse(&t, text) ? t : WCK_TIME_NONE;
}

static wck_guid guid_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    wck_guid id = {0, 0};

    return text != NULL && wck_guid_parse(&id, text) ? id : (wck_guid){0, 0};
}

/* A row without a name or an id names nobody. */
static void read_downstream(open_reader *r, const json_t *list, wck_host *host)
{
    size_t n = json_array_size(list) < WCK_MAX_SERVERS ? json_array_size(list) : WCK_MAX_SERVERS;

    host->has_downstream = json_is_array(list);
    host->downstream = rows_of(r, n, sizeof *host->downstream);
    for (size_t i = 0; host->downstream != NULL && i < n; i++) {
        const json_t *row = json_array_get(list, i), *last = json_object_get(row, "last_sync");
        wck_host_downstream d = {.name = text_of(r, row, "full_name"), .id = guid_of(row, "id")};
        if (d.name == NULL || *d.name == '\0' || wck_guid_is_zero(d.id))
            continue;
        d.version = text_of(r, row, "version");
        d.parent = guid_of(row, "parent");
        d.replica = bool_of(row, "replica");
        d.last_sync = time_of(row, "last_sync");
        d.last_rollup = time_of(row, "last_rollup");
        d.last_approval_sync = time_of(row, "last_approval_sync");
        d.never_synced = json_is_null(last) || (json_is_string(last) && d.last_sync == WCK_TIME_NONE &&
                                                wck_time_parse(&d.last_sync, json_string_value(last)));
        host->downstream[host->n_downstream++] = d;
    }
}

/* A row without the update or the group tells nothing. */
static void read_removals(open_reader *r, const json_t *list, wck_host *host)
{
    size_t n = json_array_size(list) < WCK_MAX_ROWS ? json_array_size(list) : WCK_MAX_ROWS;

    host->removals = rows_of(r, n, sizeof *host->removals);
    for (size_t i = 0; host->removals != NULL && i < n; i++) {
        const json_t *row = json_array_get(list, i);
        wck_host_removal removal = {.update = guid_of(row, "update"), .group = guid_of(row, "group")};
        if (wck_guid_is_zero(removal.update) || wck_guid_is_zero(removal.group))
            continue;
        removal.time = time_of(row, "time");
        removal.by = text_of(r, row, "by");
        host->removals[host->n_removals++] = removal;
    }
}

/* Zones lie between 14 hours east and 12 west; anything else is no offset. */
static int64_t offset_of(const json_t *object)
{
    int64_t minutes = int_of(object, "utc_offset_minutes");

    return minutes >= -12 * 60 && minutes <= 14 * 60 ? minutes : WCK_INT_NONE;
}

static void read_unread(open_reader *r, json_t *object, wck_host *host)
{
    const char *part;
    json_t *reason;

    host->unread = rows_of(r, json_object_size(object), sizeof *host->unread);
    if (host->unread == NULL)
        return;
    json_object_foreach(object, part, reason)
    {
        if (json_is_string(reason))
            host->unread[host->n_unread++] =
                (wck_host_unread){keep(r, part), keep(r, json_string_value(reason))};
    }
}

static bool read_open(wck_snapshot *snapshot, wck_host *host, wck_error *err)
{
    open_reader r = {snapshot, false};
    json_error_t why;
    json_t *root = json_loadb(snapshot->host_json, strlen(snapshot->host_json), JSON_DECODE_INT_AS_REAL, &why);
    bool ok;

    /* a number that no double can hold is valid JSON: then these parts are simply not known */
    if (root == NULL && json_error_code(&why) == json_error_numeric_overflow)
        return true;
    if (root == NULL) { /* the text is canonical, so nothing else can be wrong with it */
        wck_fail_memory(err, "reading host facts");
        return false;
    }
    ok = check_kinds(root, err);
    if (ok) {
        const json_t *pool = json_object_get(root, "wsus_pool");
        read_proxy(&r, json_object_get(root, "proxy"), host);
        read_bindings(&r, json_object_get(json_object_get(root, "iis"), "bindings"), host);
        read_jobs(&r, json_object_get(root, "bits_jobs"), host);
        read_disks(&r, json_object_get(root, "disks"), host);
        read_downstream(&r, json_object_get(root, "downstream_servers"), host);
        read_removals(&r, json_object_get(root, "removed_approvals"), host);
        read_unread(&r, json_object_get(root, "unread"), host);
        host->utc_offset_minutes = offset_of(root);
        host->registry = values_of(&r, json_object_get(root, "registry"), &host->n_registry);
        host->tls = values_of(&r, json_object_get(root, "tls"), &host->n_tls);
        host->pool_state = text_of(&r, pool, "state");
        host->pool_private_memory_kb = int_of(pool, "private_memory_kb");
    }
    json_decref(root);
    if (r.failed)
        wck_fail_memory(err, "reading host facts");
    return ok && !r.failed;
}

/* ---- both ---- */

wck_status wck_codec_check_host(wck_snapshot *snapshot, size_t line, wck_error *err)
{
    wck_host *host = wck_arena_alloc(snapshot->arena, sizeof *host);

    if (host == NULL)
        return wck_fail_memory(err, "reading host facts");
    wck_host_init(host);
    if (!read_strict(snapshot, host, line, err) || !read_open(snapshot, host, err))
        return err->status;
    snapshot->host = host;
    return WCK_OK;
}

/* Text that an older version stored without looking at it: what is wrong with it is a fact too. */
wck_status wck_codec_read_host(wck_snapshot *snapshot, wck_error *err)
{
    wck_error why;
    wck_host *host;
    wck_status status;

    snapshot->host = NULL;
    if (snapshot->host_json == NULL)
        return WCK_OK;
    wck_error_clear(&why);
    status = wck_codec_check_host(snapshot, 1, &why);
    if (status == WCK_OK)
        return WCK_OK;
    if (status == WCK_E_MEMORY)
        return wck_fail_memory(err, "reading host facts");
    host = wck_arena_alloc(snapshot->arena, sizeof *host);
    if (host == NULL)
        return wck_fail_memory(err, "reading host facts");
    wck_host_init(host);
    host->problem = wck_arena_strdup(snapshot->arena, why.text);
    snapshot->host = host;
    return host->problem != NULL ? WCK_OK : wck_fail_memory(err, "reading host facts");
}
