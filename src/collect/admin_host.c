/* SPDX-License-Identifier: MIT
 * admin_host.c: what the administration service tells beside the sections of a snapshot: components with errors,
 * downloads, a synchronization under way, the servers below. It becomes the snapshot's host object (host_text.h). */
#include "collect/admin.h"
#include "collect/host_text.h"

#include <stdio.h>
#include <string.h>

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
    wck_host_put_text(c->out, text);
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
        wck_host_put_key(host, "components_with_errors");
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
        wck_host_put_key(host, "content_download");
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
    wck_host_put_key(host, "synchronization");
    wck_buf_putc(host, '{');
    wck_host_put_time(host, "last", admin->last_sync);
    wck_host_put_time(host, "next", admin->snapshot->config.next_sync);
    if (x.known) {
        static const char *const phases[] = {"none", "updates", "approvals", "categories"};
        wck_host_put_key(host, "phase");
        wck_host_put_text(host, x.value[0] < 4 ? phases[x.value[0]] : "unknown");
        wck_host_put_key(host, "processed");
        wck_buf_printf(host, "%lld", (long long)x.value[2]);
    }
    if (admin->running_known) {
        wck_host_put_key(host, "state");
        wck_host_put_text(host, admin->running ? "running" : "idle");
    }
    if (x.known) {
        wck_host_put_key(host, "total");
        wck_buf_printf(host, "%lld", (long long)x.value[1]);
    }
    wck_buf_putc(host, '}');
    return WCK_OK;
}

/* ---- downstream servers ---- */

static wck_status read_downstream(wck_admin *admin, wck_buf *host, wck_error *err)
{
    wck_downstream_list list = {0};
    wck_status status = wck_admin_downstream(admin, &list, err);

    if (status == WCK_OK) {
        wck_host_put_downstream(host, &list);
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
