/* SPDX-License-Identifier: MIT
 * wsus_list.c: GetRevisionIdList (protocol.md 5.2), always unfiltered: a half-filled filter gives zero rows without a
 * fault, so it can never prove absence. */
#include "collect/wsus.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

enum { ANCHOR = 1, NEW_REVISIONS, UPDATE_IDENTITY, UPDATE_ID, REVISION_NUMBER };
static const char *const names[] = {"Anchor", "NewRevisions", "UpdateIdentity", "UpdateID", "RevisionNumber", NULL};

typedef struct list_call {
    wck_run *run;
    const char *phase, *since; /* since "": everything */
    bool config;
    wck_revision_list *list;
    bool has_list, has_id, has_revision;
    wck_identity row;
} list_call;

static void build(wck_buf *out, void *payload)
{
    const list_call *c = payload;

    wck_buf_puts(out, "<filter>");
    if (c->since[0] != '\0') {
        wck_buf_puts(out, "<Anchor>");
        wck_quote_xml(out, c->since);
        wck_buf_puts(out, "</Anchor>");
    }
    /* true would hide metadata of languages beyond the 63rd, and so make differences */
    wck_buf_printf(out, "<GetConfig>%s</GetConfig><Get63LanguageOnly>false</Get63LanguageOnly></filter>",
                   c->config ? "true" : "false");
}

static wck_status begin(void *payload, wck_error *err)
{
    list_call *c = payload;

    (void)err;
    c->list->ids.n = 0;
    c->list->anchor[0] = '\0';
    c->has_list = false;
    return WCK_OK;
}

static wck_status on_open(void *payload, const int *path, size_t depth, wck_error *err)
{
    list_call *c = payload;

    (void)err;
    if (depth == 1 && path[0] == NEW_REVISIONS)
        c->has_list = true;
    else if (depth == 2)
        c->has_id = c->has_revision = false;
    return WCK_OK;
}

static wck_status add_identity(list_call *c, wck_error *err)
{
    wck_identity *row;

    if (!c->has_id || !c->has_revision)
        return wck_fail(err, WCK_E_INPUT, "the reply holds a revision without identity");
    if (c->list->ids.n >= WCK_MAX_ROWS)
        return wck_fail(err, WCK_E_LIMIT, "the reply lists more than %u revisions", WCK_MAX_ROWS);
    row = wck_vec_push(&c->list->ids);
    if (row == NULL)
        return wck_fail_memory(err, "reading a list of revisions");
    *row = c->row;
    if (c->list->ids.n % 4096 == 0)
        wck_run_progress(c->run, c->phase, c->list->ids.n, 0);
    return WCK_OK;
}

static wck_status on_close(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err)
{
    list_call *c = payload;

    if (depth == 1 && path[0] == ANCHOR) {
        if (len > WCK_MAX_ANCHOR)
            return wck_fail(err, WCK_E_LIMIT, "the anchor is longer than %u bytes", WCK_MAX_ANCHOR);
        memcpy(c->list->anchor, text, len + 1);
        return WCK_OK;
    }
    if (depth < 2 || path[0] != NEW_REVISIONS || path[1] != UPDATE_IDENTITY)
        return WCK_OK;
    if (depth == 2)
        return add_identity(c, err);
    if (depth == 3 && path[2] == UPDATE_ID) {
        c->has_id = wck_value_guid(&c->row.id, text, len);
        return c->has_id ? WCK_OK : wck_value_bad(err, "UpdateID", text);
    }
    if (depth == 3 && path[2] == REVISION_NUMBER) {
        c->has_revision = wck_value_int(&c->row.revision, text, len) && c->row.revision >= 0;
        return c->has_revision ? WCK_OK : wck_value_bad(err, "RevisionNumber", text);
    }
    return WCK_OK;
}

static int cmp_identity(const void *pa, const void *pb)
{
    const wck_identity *a = pa, *b = pb;
    int c = wck_guid_cmp(a->id, b->id);

    return c != 0 ? c : (a->revision > b->revision) - (a->revision < b->revision);
}

static void sort_once(wck_ids *ids)
{
    size_t n = 0;

    if (ids->n > 1)
        qsort(ids->items, ids->n, sizeof *ids->items, cmp_identity);
    for (size_t i = 0; i < ids->n; i++)
        if (n == 0 || cmp_identity(&ids->items[n - 1], &ids->items[i]) != 0)
            ids->items[n++] = ids->items[i];
    ids->n = n;
}

wck_status wck_run_list(wck_run *run, wck_soap_action action, const char *anchor, wck_revision_list *out,
                        wck_error *err)
{
    static const wck_soap_reply_ops reply = {.names = names, .open = on_open, .close = on_close, .max_text = 65536};
    list_call c = {.run = run,
                   .phase = wck_soap_actions[action].what,
                   .since = anchor,
                   .config = action == WCK_SOAP_GET_CATEGORY_LIST,
                   .list = out};
    wck_call call = {.action = action, .build = build, .begin = begin, .reply = &reply, .payload = &c};
    wck_soap_fault fault;
    wck_status status;

    memset(out, 0, sizeof *out);
    wck_run_progress(run, c.phase, 0, 0);
    status = wck_run_call(run, &call, &fault, err);
    if (status == WCK_E_SOAP && fault.code == WCK_FAULT_INVALID_PARAMETERS && anchor[0] != '\0') {
        c.since = ""; /* the server does not take its own anchor any more: everything, once (protocol.md 6) */
        status = wck_run_call(run, &call, &fault, err);
    }
    if (status == WCK_OK && !c.has_list)
        status = wck_fail(err, WCK_E_INPUT, "GetRevisionIdList: the reply holds no NewRevisions");
    if (status != WCK_OK)
        wck_revision_list_clear(out);
    else
        sort_once(&out->ids);
    return status;
}

void wck_revision_list_clear(wck_revision_list *list)
{
    wck_vec_clear(&list->ids);
    list->anchor[0] = '\0';
}

void wck_ids_keep_highest(wck_ids *ids)
{
    size_t n = 0;

    for (size_t i = 0; i < ids->n; i++) {
        if (n > 0 && wck_guid_eq(ids->items[n - 1].id, ids->items[i].id))
            n--; /* ascending: the later one is higher */
        ids->items[n++] = ids->items[i];
    }
    ids->n = n;
}

void wck_ids_subtract(wck_ids *ids, const wck_ids *known)
{
    size_t n = 0, k = 0;

    for (size_t i = 0; i < ids->n; i++) {
        while (k < known->n && cmp_identity(&known->items[k], &ids->items[i]) < 0)
            k++;
        if (k == known->n || cmp_identity(&known->items[k], &ids->items[i]) != 0)
            ids->items[n++] = ids->items[i];
    }
    ids->n = n;
}

wck_status wck_ids_merge(wck_ids *known, const wck_ids *more, wck_error *err)
{
    for (size_t i = 0; i < more->n; i++) {
        wck_identity *row = wck_vec_push(known);
        if (row == NULL)
            return wck_fail_memory(err, "reading a list of revisions");
        *row = more->items[i];
    }
    sort_once(known);
    return WCK_OK;
}
