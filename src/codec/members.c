/* SPDX-License-Identifier: MIT
 * members.c: writing objects member by member. */
#include "codec/members.h"

#include "codec/json.h"

#include <inttypes.h>

wck_members wck_members_begin(wck_buf *out)
{
    wck_buf_putc(out, '{');
    return (wck_members){out, false};
}

void wck_members_end(wck_members *m)
{
    wck_buf_putc(m->out, '}');
}

void wck_member_key(wck_members *m, const char *key)
{
    if (m->begun)
        wck_buf_putc(m->out, ',');
    m->begun = true;
    wck_json_put_text(m->out, key);
    wck_buf_putc(m->out, ':');
}

static void put_null(wck_buf *out)
{
    wck_buf_puts(out, "null");
}

void wck_member_text(wck_members *m, const char *key, const char *text)
{
    wck_member_key(m, key);
    if (text == NULL)
        put_null(m->out);
    else
        wck_json_put_text(m->out, text);
}

void wck_member_guid(wck_members *m, const char *key, wck_guid guid)
{
    char text[WCK_GUID_TEXT];

    wck_member_text(m, key, wck_guid_is_zero(guid) ? NULL : wck_guid_format(text, guid));
}

void wck_member_time(wck_members *m, const char *key, wck_time t)
{
    char text[WCK_TIME_TEXT];

    wck_member_text(m, key, t == WCK_TIME_NONE ? NULL : wck_time_format(text, t));
}

void wck_member_int(wck_members *m, const char *key, int64_t value)
{
    wck_member_key(m, key);
    if (value == WCK_INT_NONE)
        put_null(m->out);
    else
        wck_buf_printf(m->out, "%" PRId64, value);
}

void wck_member_size(wck_members *m, const char *key, size_t value)
{
    wck_member_key(m, key);
    wck_buf_printf(m->out, "%zu", value);
}

void wck_member_bool(wck_members *m, const char *key, bool value)
{
    wck_member_key(m, key);
    wck_buf_puts(m->out, value ? "true" : "false");
}

void wck_member_digest(wck_members *m, const char *key, const wck_digest *digest)
{
    static const wck_digest zero;
    char hex[WCK_DIGEST_HEX];

    wck_member_text(m, key, wck_digest_eq(digest, &zero) ? NULL : wck_digest_format(hex, digest));
}

void wck_member_rule(wck_members *m, const char *key, int rule)
{
    wck_member_key(m, key);
    wck_buf_printf(m->out, "\"WCK%04d\"", rule);
}

void wck_member_texts(wck_members *m, const char *key, const char *const *texts, size_t n)
{
    wck_member_key(m, key);
    wck_buf_putc(m->out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            wck_buf_putc(m->out, ',');
        wck_json_put_text(m->out, texts[i]);
    }
    wck_buf_putc(m->out, ']');
}

static void guid_if_any(wck_members *m, const char *key, wck_guid guid)
{
    if (!wck_guid_is_zero(guid))
        wck_member_guid(m, key, guid);
}

static void text_if_any(wck_members *m, const char *key, const char *text)
{
    if (text != NULL)
        wck_member_text(m, key, text);
}

void wck_member_object(wck_members *m, const char *key, const wck_object *object)
{
    wck_members o;

    wck_member_key(m, key);
    o = wck_members_begin(m->out);
    wck_member_text(&o, "kind", wck_object_kind_name(object->kind));
    guid_if_any(&o, "update", object->update);
    if (object->revision != WCK_INT_NONE)
        wck_member_int(&o, "revision", object->revision);
    guid_if_any(&o, "group", object->group);
    guid_if_any(&o, "category", object->category);
    text_if_any(&o, "language", object->language);
    guid_if_any(&o, "eula", object->eula);
    text_if_any(&o, "file", object->file);
    text_if_any(&o, "title", object->title);
    text_if_any(&o, "name", object->name);
    wck_members_end(&o);
}
