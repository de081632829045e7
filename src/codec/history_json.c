/* SPDX-License-Identifier: MIT
 * history_json.c: the document of `history --format json`, one finding a line. */
#include "codec/codec.h"

#include "codec/members.h"

static void put_item(wck_buf *out, const wck_history_item *item, bool since)
{
    wck_members m = wck_members_begin(out);

    wck_member_rule(&m, "rule", item->rule);
    wck_member_text(&m, "severity", wck_severity_name(item->severity));
    wck_member_text(&m, "result", wck_result_name(item->result));
    wck_member_text(&m, "server", item->server);
    wck_member_object(&m, "object", &item->object);
    wck_member_text(&m, "fingerprint", item->fingerprint);
    if (since)
        wck_member_time(&m, "since", item->since);
    wck_members_end(&m);
}

static void put_items(wck_members *m, const char *key, const wck_history_item *items, size_t n, bool since)
{
    wck_member_key(m, key);
    wck_buf_puts(m->out, "[");
    for (size_t i = 0; i < n; i++) {
        wck_buf_puts(m->out, i > 0 ? ",\n" : "\n");
        put_item(m->out, &items[i], since);
    }
    wck_buf_puts(m->out, "]");
}

static void put_round(wck_buf *out, const wck_history_round *r)
{
    wck_members m = wck_members_begin(out);

    wck_member_time(&m, "at", r->at);
    wck_member_size(&m, "servers", r->servers);
    wck_member_size(&m, "errors", r->errors);
    wck_member_size(&m, "warnings", r->warnings);
    wck_member_size(&m, "notes", r->notes);
    wck_member_size(&m, "unknown", r->unknown);
    wck_member_size(&m, "waived", r->waived);
    wck_member_bool(&m, "compared", r->compared);
    put_items(&m, "appeared", r->appeared, r->n_appeared, false);
    put_items(&m, "went", r->went, r->n_went, true);
    wck_members_end(&m);
}

wck_status wck_codec_put_history(wck_buf *out, const wck_history *h, wck_error *err)
{
    wck_members m = wck_members_begin(out);

    wck_member_text(&m, "format", "wsusck-history");
    wck_member_text(&m, "format_version", "1.0");
    wck_member_key(&m, "rounds");
    wck_buf_puts(out, "[\n");
    for (size_t i = 0; i < h->rounds.n; i++) {
        if (i > 0)
            wck_buf_puts(out, ",\n");
        put_round(out, &h->rounds.items[i]);
    }
    wck_buf_puts(out, "\n]");
    put_items(&m, "open", h->open.items, h->open.n, true);
    wck_members_end(&m);
    wck_buf_putc(out, '\n');
    return out->failed ? wck_fail_memory(err, "writing the history") : WCK_OK;
}
