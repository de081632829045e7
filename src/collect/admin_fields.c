/* SPDX-License-Identifier: MIT
 * admin_fields.c: results of the administration service that are a text, or a set of named children. Names are matched
 * in any letter case: the service itself mixes them (SynchronizeAutomatically, synchronizeAutomaticallyTimeOfDay). */
#include "collect/admin.h"

#include <string.h>

/* ---- a text ---- */

static const char *const no_names[] = {NULL};

static wck_status begin_scalar(void *payload, wck_error *err)
{
    (void)err;
    wck_buf_reset(payload);
    return WCK_OK;
}

static wck_status on_scalar(void *payload, const char *text, size_t len, wck_error *err)
{
    while (len > 0 && strchr(" \t\r\n", *text) != NULL) {
        text++;
        len--;
    }
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
        len--;
    return wck_buf_put(payload, text, len) ? WCK_OK : wck_fail_memory(err, "reading a reply");
}

static wck_status ignore(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err)
{
    (void)payload;
    (void)path;
    (void)depth;
    (void)text;
    (void)len;
    (void)err;
    return WCK_OK;
}

wck_status wck_admin_scalar(wck_admin *admin, wck_soap_action action, wck_buf *out, wck_error *err)
{
    static const wck_soap_reply_ops reply = {
        .names = no_names, .close = ignore, .scalar = on_scalar, .max_text = WCK_MAX_NAME, .any_name = true, .cut_text = true};
    wck_call call = {.action = action, .begin = begin_scalar, .reply = &reply, .payload = out, .no_cookie = true};

    return wck_admin_call(admin, &call, err);
}

/* ---- named children ---- */

static wck_status begin_fields(void *payload, wck_error *err)
{
    wck_fields *f = payload;

    (void)err;
    wck_fields_clear(f);
    for (size_t i = 0; i < WCK_SOAP_MAX_NAMES; i++)
        wck_buf_init(&f->text[i], WCK_ADMIN_TEXT + 1);
    return WCK_OK;
}

/* The first of a name counts; one level down for a row as a whole, two for a row in an element of its own. */
static wck_status close_field(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err)
{
    wck_fields *f = payload;
    int name = path[depth - 1] - 1;

    if (depth > 2 || name < 0 || f->has[name])
        return WCK_OK;
    f->has[name] = true;
    return wck_buf_put(&f->text[name], text, len) ? WCK_OK : wck_fail_memory(err, "reading a reply");
}

wck_status wck_admin_fields(wck_admin *admin, wck_soap_action action, wck_fields *fields, wck_error *err)
{
    wck_soap_reply_ops reply = {
        .names = fields->names, .close = close_field, .max_text = WCK_ADMIN_TEXT, .any_name = true, .cut_text = true};
    wck_call call = {.action = action, .begin = begin_fields, .reply = &reply, .payload = fields, .no_cookie = true};
    wck_status status = wck_admin_call(admin, &call, err);

    if (status != WCK_OK)
        wck_fields_clear(fields);
    return status;
}

void wck_fields_clear(wck_fields *f)
{
    for (size_t i = 0; i < WCK_SOAP_MAX_NAMES; i++) {
        wck_buf_clear(&f->text[i]);
        f->has[i] = false;
    }
}

static void judge(bool fits, bool *bad)
{
    if (!fits && bad != NULL)
        *bad = true;
}

bool wck_fields_bool(const wck_fields *f, int name, int8_t *out, bool *bad)
{
    bool fits = f->has[name] && wck_value_bool(out, wck_buf_text(&f->text[name]), f->text[name].len);

    judge(fits, bad);
    return fits;
}

bool wck_fields_int(const wck_fields *f, int name, int64_t *out, bool *bad)
{
    bool fits = f->has[name] && wck_value_int(out, wck_buf_text(&f->text[name]), f->text[name].len);

    judge(fits, bad);
    return fits;
}

bool wck_fields_time(const wck_fields *f, int name, wck_time *out, bool *bad)
{
    bool fits = f->has[name] && wck_value_time(out, wck_buf_text(&f->text[name]), f->text[name].len);

    judge(fits, bad);
    return fits;
}

const char *wck_fields_text(const wck_fields *f, int name)
{
    return f->has[name] && f->text[name].len > 0 ? f->text[name].data : NULL;
}
