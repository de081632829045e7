/* SPDX-License-Identifier: MIT
 * host_text.c: see host_text.h. */
#include "collect/host_text.h"

void wck_host_put_text(wck_buf *out, const char *text)
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

void wck_host_put_key(wck_buf *out, const char *key)
{
    wck_buf_printf(out, "%s\"%s\":", out->len > 0 && out->data[out->len - 1] != '{' ? "," : "", key);
}

void wck_host_put_time(wck_buf *out, const char *key, wck_time t)
{
    char text[WCK_TIME_TEXT];

    if (t == WCK_TIME_NONE)
        return;
    wck_host_put_key(out, key);
    wck_host_put_text(out, wck_time_format(text, t));
}

static void put_server(wck_buf *out, const wck_downstream *d)
{
    char id[WCK_GUID_TEXT];

    wck_buf_putc(out, '{');
    wck_host_put_key(out, "full_name");
    wck_host_put_text(out, d->full_name);
    wck_host_put_key(out, "id");
    wck_host_put_text(out, wck_guid_format(id, d->id));
    wck_host_put_time(out, "last_approval_sync", d->last_approval_sync);
    wck_host_put_time(out, "last_rollup", d->last_rollup);
    wck_host_put_time(out, "last_sync", d->last_sync);
    if (d->never_synced) {
        wck_host_put_key(out, "last_sync");
        wck_buf_puts(out, "null");
    }
    if (!wck_guid_is_zero(d->parent)) {
        wck_host_put_key(out, "parent");
        wck_host_put_text(out, wck_guid_format(id, d->parent));
    }
    if (d->replica != WCK_BOOL_NONE) {
        wck_host_put_key(out, "replica");
        wck_buf_puts(out, d->replica == 1 ? "true" : "false");
    }
    if (d->version != NULL) {
        wck_host_put_key(out, "version");
        wck_host_put_text(out, d->version);
    }
    wck_buf_putc(out, '}');
}

void wck_host_put_downstream(wck_buf *out, const wck_downstream_list *list)
{
    wck_host_put_key(out, "downstream_servers");
    wck_buf_putc(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i > 0)
            wck_buf_putc(out, ',');
        put_server(out, &list->items[i]);
    }
    wck_buf_putc(out, ']');
}
