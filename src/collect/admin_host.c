/* SPDX-License-Identifier: MIT
 * admin_host.c: what the administration service tells beside the sections of a snapshot: components with errors,
 * downloads, a synchronization under way, the servers below. It becomes the snapshot's host object, in the canonical
 * form of codec (keys sorted, no white space), which this floor may not include. */
#include "collect/admin.h"

#include <stdio.h>
#include <string.h>

static void put_text(wck_buf *out, const char *text)
{
    wck_buf_putc(out, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            wck_buf_printf(out, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t')
            wck_buf_puts(out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        else if (c < 0x20)
            wck_buf_printf(out, "\\u%04x", c);
        else
            wck_buf_putc(out, (char)c);
    }
    wck_buf_putc(out, '"');
}

static void put_key(wck_buf *out, const char *key)
{
    wck_buf_printf(out, "%s\"%s\":", out->len > 0 && out->data[out->len - 1] != '{' ? "," : "", key);
}

static void put_time(wck_buf *out, const char *key, wck_time t)
{
    char text[WCK_TIME_TEXT];

    if (t == WCK_TIME_NONE)
        return;
    put_key(out, key);
    put_text(out, wck_time_format(text, t));
}

/* What fails leaves its part out and is noted; the status is not WCK_OK only when the run is over. */
static wck_status tolerate(wck_admin *admin, wck_status status, const wck_error *err)
{
    if (status == WCK_OK || wck_admin_is_over(status))
        return status;
    wck_admin_note(admin, WCK_SECTION_HOST, "%s", err != NULL ? err->text : "a part was not read");
    return WCK_OK;
}

/* ---- components with errors ---- */

static const char *const component_names[] = {"string", NULL};

typedef struct components {
    wck_buf *out;
    size_t n;
} components;

static wck_status begin_components(void *payload, wck_error *err)
{
    components *c = payload;

    (void)err;
    wck_buf_reset(c->out);
    c->n = 0;
    return WCK_OK;
}

static wck_status on_component(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err)
{
    components *c = payload;

    if (depth != 1 || path[0] != 1 || len == 0)
        return WCK_OK;
    if (++c->n > 1000)
        return wck_fail(err, WCK_E_LIMIT, "the reply lists more than 1000 components");
    if (c->n > 1)
        wck_buf_putc(c->out, ',');
    put_text(c->out, text);
    return WCK_OK;
}

static wck_status read_components(wck_admin *admin, wck_buf *host, wck_error *err)
{
    static const wck_soap_reply_ops reply = {
        .names = component_names, .close = on_component, .max_text = WCK_MAX_NAME, .any_name = true, .cut_text = true};
    wck_buf list;
    components c = {.out = &list};
    wck_call call = {.action = WCK_SOAP_ADMIN_COMPONENTS,
                     .begin = begin_components,
                     .reply = &reply,
                     .payload = &c,
                     .no_cookie = true};
    wck_status status;

    wck_buf_init(&list, 16U << 20);
    status = wck_admin_call(admin, &call, err);
    if (status == WCK_OK && list.failed)
        status = wck_fail_memory(err, "reading components");
    if (status == WCK_OK) {
        put_key(host, "components_with_errors");
        wck_buf_printf(host, "[%s]", wck_buf_text(&list));
    }
    wck_buf_clear(&list);
    return tolerate(admin, status, err);
}

/* ---- rows of numbers ---- */

typedef struct numbers {
    const wck_column *columns; /* n of them */
    size_t n;
    int64_t value[3];
    bool known;
} numbers;

static void begin_numbers(void *payload)
{
    numbers *x = payload;

    x->known = false;
}

static wck_status on_numbers(wck_rows *rows, int set, void *payload, wck_error *err)
{
    numbers *x = payload;

    (void)set;
    (void)err;
    if (rows->n > 1)
        return WCK_OK;
    x->known = true;
    for (size_t i = 0; i < x->n; i++)
        x->known = wck_rows_int(rows, &x->columns[i], &x->value[i]) && x->value[i] >= 0 && x->known;
    return WCK_OK;
}

static wck_status read_numbers(wck_admin *admin, wck_soap_action action, numbers *x, wck_error *err)
{
    wck_rows rows = {.action = action, .begin = begin_numbers, .row = on_numbers, .payload = x};

    return tolerate(admin, wck_rows_call(admin, &rows, err), err);
}

/* The order of the two is not fixed; what is done never exceeds the whole. */
static wck_status read_downloads(wck_admin *admin, wck_buf *host, wck_error *err)
{
    static const wck_column columns[] = {{0, "bytes", WCK_SECTION_HOST, true, false}, {1, "bytes", WCK_SECTION_HOST, true, false}};
    numbers x = {.columns = columns, .n = 2};
    wck_status status = read_numbers(admin, WCK_SOAP_ADMIN_DOWNLOADS, &x, err);

    if (status == WCK_OK && x.known) {
        int64_t done = x.value[0] < x.value[1] ? x.value[0] : x.value[1];
        put_key(host, "content_download");
        wck_buf_printf(host, "{\"done\":%lld,\"total\":%lld}", (long long)done, (long long)(x.value[0] + x.value[1] - done));
    }
    return status;
}

static wck_status read_progress(wck_admin *admin, wck_buf *host, wck_error *err)
{
    static const wck_column columns[] = {{0, "phase", WCK_SECTION_HOST, true, false},
                                         {1, "total", WCK_SECTION_HOST, true, false},
                                         {2, "processed", WCK_SECTION_HOST, true, false}};
    numbers x = {.columns = columns, .n = 3};
    wck_status status = read_numbers(admin, WCK_SOAP_ADMIN_PROGRESS, &x, err);

    if (status != WCK_OK)
        return status;
    put_key(host, "synchronization");
    wck_buf_putc(host, '{');
    put_time(host, "last", admin->last_sync);
    put_time(host, "next", admin->snapshot->config.next_sync);
    if (x.known) {
        static const char *const phases[] = {"none", "updates", "approvals", "categories"};
        put_key(host, "phase");
        put_text(host, x.value[0] < 4 ? phases[x.value[0]] : "unknown");
        put_key(host, "processed");
        wck_buf_printf(host, "%lld", (long long)x.value[2]);
    }
    if (admin->running_known) {
        put_key(host, "state");
        put_text(host, admin->running ? "running" : "idle");
    }
    if (x.known) {
        put_key(host, "total");
        wck_buf_printf(host, "%lld", (long long)x.value[1]);
    }
    wck_buf_putc(host, '}');
    return WCK_OK;
}

/* ---- downstream servers ---- */

static void put_server(wck_buf *out, const wck_downstream *d)
{
    char id[WCK_GUID_TEXT];

    wck_buf_putc(out, '{');
    put_key(out, "full_name");
    put_text(out, d->full_name);
    put_key(out, "id");
    put_text(out, wck_guid_format(id, d->id));
    put_time(out, "last_rollup", d->last_rollup);
    put_time(out, "last_sync", d->last_sync);
    if (d->never_synced) {
        put_key(out, "last_sync");
        wck_buf_puts(out, "null");
    }
    if (!wck_guid_is_zero(d->parent)) {
        put_key(out, "parent");
        put_text(out, wck_guid_format(id, d->parent));
    }
    if (d->replica != WCK_BOOL_NONE) {
        put_key(out, "replica");
        wck_buf_puts(out, d->replica == 1 ? "true" : "false");
    }
    if (d->version != NULL) {
        put_key(out, "version");
        put_text(out, d->version);
    }
    wck_buf_putc(out, '}');
}

static wck_status read_downstream(wck_admin *admin, wck_buf *host, wck_error *err)
{
    wck_downstream_list list = {0};
    wck_status status = wck_admin_downstream(admin, &list, err);

    if (status == WCK_OK) {
        put_key(host, "downstream_servers");
        wck_buf_putc(host, '[');
        for (size_t i = 0; i < list.n; i++) {
            if (i > 0)
                wck_buf_putc(host, ',');
            put_server(host, &list.items[i]);
        }
        wck_buf_putc(host, ']');
    }
    wck_downstream_list_clear(&list);
    return tolerate(admin, status, err);
}

wck_status wck_admin_host(wck_admin *admin, wck_error *err)
{
    static wck_status (*const parts[])(wck_admin *, wck_buf *, wck_error *) = {read_components, read_downloads,
                                                                              read_downstream, read_progress};
    wck_status status = WCK_OK;
    wck_buf host;

    wck_buf_init(&host, WCK_MAX_JSON_LINE);
    wck_buf_putc(&host, '{');
    for (size_t i = 0; i < sizeof parts / sizeof *parts && status == WCK_OK; i++)
        status = parts[i](admin, &host, err);
    wck_buf_putc(&host, '}');
    if (status == WCK_OK && host.failed)
        status = wck_fail_memory(err, "reading facts of the machine");
    if (status == WCK_OK) {
        admin->snapshot->host_json = wck_arena_strndup(admin->snapshot->arena, host.data, host.len);
        if (admin->snapshot->host_json == NULL)
            status = wck_fail_memory(err, "reading facts of the machine");
    }
    wck_buf_clear(&host);
    if (status != WCK_OK)
        return status;
    wck_admin_note(admin, WCK_SECTION_HOST, "MS-WSUSAR tells components with errors, downloads and downstream servers, nothing "
                                            "else of the machine");
    wck_admin_have(admin, WCK_SECTION_HOST);
    return WCK_OK;
}
