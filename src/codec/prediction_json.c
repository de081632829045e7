/* SPDX-License-Identifier: MIT
 * prediction_json.c: what `whatif` predicted, kept so that it can be verified after the change. */
#include "codec/codec.h"

#include "codec/dom.h"
#include "codec/members.h"
#include "codec/report_private.h"

#define FORMAT "wsusck-prediction"

static void put_snapshots(wck_members *m, const wck_prediction *p)
{
    wck_member_key(m, "snapshots");
    wck_buf_puts(m->out, "[");
    for (size_t i = 0; i < p->snapshots.n; i++) {
        const wck_prediction_snapshot *s = &p->snapshots.items[i];
        wck_members item;
        wck_buf_puts(m->out, i > 0 ? ",\n" : "\n");
        item = wck_members_begin(m->out);
        wck_member_text(&item, "server", s->server);
        wck_member_guid(&item, "server_id", s->server_id);
        wck_member_digest(&item, "digest", &s->digest);
        wck_member_time(&item, "collected_at", s->collected_at);
        wck_members_end(&item);
    }
    wck_buf_puts(m->out, "]");
}

static void put_consequences(wck_members *m, const wck_prediction *p)
{
    wck_member_key(m, "consequences");
    wck_buf_puts(m->out, "[");
    for (size_t i = 0; i < p->consequences.n; i++) {
        const wck_consequence *c = &p->consequences.items[i];
        wck_members item;
        wck_buf_puts(m->out, i > 0 ? ",\n" : "\n");
        item = wck_members_begin(m->out);
        wck_member_text(&item, "server", c->server);
        wck_member_text(&item, "what", c->what);
        wck_member_size(&item, "count", c->count);
        wck_member_text(&item, "text", c->text);
        wck_members_end(&item);
    }
    wck_buf_puts(m->out, "]");
}

wck_status wck_codec_put_prediction(wck_buf *out, const wck_prediction *p, wck_error *err)
{
    wck_members m = wck_members_begin(out);

    wck_member_text(&m, "format", FORMAT);
    wck_member_text(&m, "format_version", "1.0");
    wck_member_time(&m, "made_at", p->made_at);
    put_snapshots(&m, p);
    put_consequences(&m, p);
    wck_member_size(&m, "solved", p->solved);
    wck_member_texts(&m, "standing", p->standing.items, p->standing.n);
    wck_member_key(&m, "predicted");
    if (wck_codec_put_report(out, p->report, wck_report_exit(p->report, WCK_SEVERITY_WARNING), err) != WCK_OK)
        return err->status;
    wck_members_end(&m);
    wck_buf_putc(out, '\n');
    return out->failed ? wck_fail_memory(err, "writing a prediction") : WCK_OK;
}

static size_t put_marked(wck_members *m, const char *key, const wck_report *report, const bool *marks,
                         bool want)
{
    size_t n = 0;

    wck_member_key(m, key);
    wck_buf_puts(m->out, "[");
    for (size_t i = 0; i < report->findings.n; i++)
        if (marks[i] == want) {
            wck_buf_puts(m->out, n++ > 0 ? ",\n" : "\n");
            wck_report_put_finding(m->out, &report->findings.items[i]);
        }
    wck_buf_puts(m->out, "]");
    return n;
}

wck_status wck_codec_put_verdict(wck_buf *out, const wck_report *predicted, const bool *came,
                                 const wck_report *now, const bool *unexpected, wck_error *err)
{
    wck_members m = wck_members_begin(out);
    size_t missing;

    wck_member_text(&m, "format", "wsusck-verdict");
    wck_member_text(&m, "format_version", "1.0");
    missing = put_marked(&m, "not_seen", predicted, came, false);
    put_marked(&m, "not_predicted", now, unexpected, true);
    wck_member_size(&m, "predicted", predicted->findings.n);
    wck_member_size(&m, "came_true", predicted->findings.n - missing);
    wck_members_end(&m);
    wck_buf_putc(out, '\n');
    return out->failed ? wck_fail_memory(err, "writing a verdict") : WCK_OK;
}

/* ---- reading ---- */

static void read_snapshots(const wck_dom *root, wck_prediction *p)
{
    static const char *const keys[] = {"server", "server_id", "digest", "collected_at", NULL};
    wck_dom list, item;

    if (!wck_dom_array(&list, root, "snapshots", WCK_DOM_REQUIRED))
        return;
    for (size_t i = 0; i < wck_dom_size(&list) && wck_dom_item(&item, &list, i); i++) {
        wck_prediction_snapshot *s = wck_vec_push(&p->snapshots);
        if (s == NULL) {
            root->document->status = wck_fail_memory(root->document->err, "reading a prediction");
            return;
        }
        wck_dom_only(&item, keys);
        s->server = wck_dom_text(&item, "server", WCK_DOM_REQUIRED);
        s->server_id = wck_dom_guid(&item, "server_id");
        s->digest = wck_dom_sha256(&item, "digest");
        s->collected_at = wck_dom_time(&item, "collected_at");
    }
}

static void read_consequences(const wck_dom *root, wck_prediction *p)
{
    static const char *const keys[] = {"server", "what", "count", "text", NULL};
    wck_dom list, item;

    if (!wck_dom_array(&list, root, "consequences", WCK_DOM_REQUIRED))
        return;
    for (size_t i = 0; i < wck_dom_size(&list) && wck_dom_item(&item, &list, i); i++) {
        wck_consequence *c = wck_vec_push(&p->consequences);
        int64_t count;
        if (c == NULL) {
            root->document->status = wck_fail_memory(root->document->err, "reading a prediction");
            return;
        }
        wck_dom_only(&item, keys);
        c->server = wck_dom_text(&item, "server", WCK_DOM_REQUIRED);
        c->what = wck_dom_text(&item, "what", WCK_DOM_REQUIRED);
        count = wck_dom_int(&item, "count", WCK_DOM_REQUIRED, 0, INT64_MAX);
        c->count = count > 0 ? (size_t)count : 0;
        c->text = wck_dom_text(&item, "text", WCK_DOM_REQUIRED);
    }
}

static void read_prediction(const wck_dom *root, wck_prediction *p)
{
    static const char *const keys[] = {"format", "format_version", "made_at",   "snapshots", "consequences",
                                       "solved", "standing",       "predicted", NULL};
    wck_dom predicted;
    int64_t solved;

    wck_dom_format(root, FORMAT);
    wck_dom_only(root, keys);
    p->made_at = wck_dom_time(root, "made_at");
    read_snapshots(root, p);
    read_consequences(root, p);
    solved = wck_dom_int(root, "solved", WCK_DOM_OPTIONAL, 0, INT64_MAX);
    p->solved = solved > 0 ? (size_t)solved : 0;
    p->standing = wck_dom_texts(root, "standing");
    if (wck_dom_object(&predicted, root, "predicted", WCK_DOM_REQUIRED))
        wck_report_read(&predicted, p->report);
}

wck_status wck_codec_parse_prediction(wck_prediction **out, const void *data, size_t len, wck_error *err)
{
    wck_prediction *p = wck_prediction_new();
    wck_dom_document document;
    wck_status status;
    wck_dom root;

    *out = NULL;
    if (p != NULL)
        p->report = wck_report_new();
    if (p == NULL || p->report == NULL) {
        wck_prediction_free(p);
        return wck_fail_memory(err, "reading a prediction");
    }
    if (wck_dom_open(&document, &root, data, len, p->arena, err))
        read_prediction(&root, p);
    status = document.status;
    wck_dom_close(&document);
    if (status == WCK_OK) {
        wck_report_finish(p->report);
        *out = p;
    } else {
        wck_prediction_free(p);
    }
    return status;
}
