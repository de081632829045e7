/* SPDX-License-Identifier: MIT
 * wsus_data.c: update documents, from the shared cache or by GetUpdateData (protocol.md 5.3).
 *
 * A revision never changes, so a document that any server of the tree gave is asked for no second time. A server may
 * silently answer with fewer documents than asked (the 2 MB cap of Windows, the C# server at an unknown id), or fault
 * the whole batch for one id that was cleaned up meanwhile. So the set that came back is compared with the set asked
 * for, what is missing is asked again, and a batch that faults is halved until the bad ids stand alone. */
#include "collect/wsus.h"

#include "base/digest.h"
#include "base/log.h"
#include "base/quote.h"
#include "collect/cabinet.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BATCH = 100, MAX_EXTRA_CALLS = 64, STACK = 32 };
#define MAX_PLAIN_BYTES ((size_t)512 << 20) /* of one batch, decompressed (protocol.md 5.4) */

enum { UPDATES = 1, ITEM, ID, UPDATE_ID, REVISION_NUMBER, BLOB, BLOB_COMPRESSED };
static const char *const names[] = {"updates",        "ServerSyncUpdateData", "Id", "UpdateID",
                                    "RevisionNumber", "XmlUpdateBlob",        "XmlUpdateBlobCompressed", NULL};

typedef struct fetch {
    wck_run *run;
    bool categories;
    size_t *unread, done_rows, total;
    bool stopped, cache_failed;
    wck_error why; /* of stopped */
    /* the batch under way */
    wck_identity ids[MAX_BATCH];
    bool done[MAX_BATCH];
    size_t n, from, to; /* the ids asked for now are [from, to) without those done */
    /* the item under way */
    wck_identity item;
    bool has_id, has_revision;
    wck_buf document; /* plain, as the server gave it */
    size_t plain;
} fetch;

typedef struct range {
    size_t from, to;
    bool extra; /* made by halving: counted */
} range;

/* ---- rows ---- */

static wck_status add_document(fetch *f, wck_identity id, const wck_buf *document, wck_error *err)
{
    wck_document decoded;
    wck_status status;

    memset(&decoded, 0, sizeof decoded);
    status = wck_decode_update(&decoded, f->run->snapshot, document->data, document->len, id, err);
    return status == WCK_OK ? wck_link_add(f->run->link, f->run->snapshot, &decoded, err) : status;
}

/* Listed, metadata not available: never "missing". */
static wck_status add_unread(fetch *f, wck_identity id, wck_error *err)
{
    char text[WCK_GUID_TEXT];

    wck_log(WCK_LOG_INFO, "%s: %s revision %lld is listed, its metadata could not be read",
            f->run->options->server_name, wck_guid_format(text, id.id), (long long)id.revision);
    ++*f->unread;
    if (f->categories) {
        wck_category *category = wck_snapshot_add_category(f->run->snapshot);
        if (category == NULL)
            return wck_fail_memory(err, "reading categories");
        category->id = id.id;
        category->revision = id.revision;
    } else {
        wck_update *update = wck_snapshot_add_update(f->run->snapshot);
        if (update == NULL)
            return wck_fail_memory(err, "reading updates");
        update->id = id.id;
        update->revision = id.revision;
    }
    return WCK_OK;
}

static void step(fetch *f, size_t n)
{
    f->done_rows += n;
    wck_run_progress(f->run, f->categories ? "categories" : "updates", f->done_rows, f->total);
}

/* ---- the cache ---- */

/* false: the server must be asked, also when the cached document is damaged. */
static bool from_cache(fetch *f, wck_identity id, wck_status *status, wck_error *err)
{
    const wck_document_cache *cache = f->run->options->cache;

    *status = WCK_OK;
    if (cache == NULL || cache->get == NULL)
        return false;
    wck_buf_reset(&f->document);
    *status = cache->get(cache->payload, id.id, id.revision, &f->document, err);
    if (*status == WCK_OK)
        *status = f->document.failed ? WCK_E_INPUT : add_document(f, id, &f->document, err);
    if (*status == WCK_OK || *status == WCK_E_MEMORY)
        return true;
    f->document.failed = false;
    *status = WCK_OK;
    return false;
}

/* A cache that cannot keep a document costs time later, never facts now. */
static void to_cache(fetch *f, wck_identity id)
{
    const wck_document_cache *cache = f->run->options->cache;
    wck_error err = {0};

    if (cache == NULL || cache->put == NULL || f->cache_failed)
        return;
    f->cache_failed = cache->put(cache->payload, id.id, id.revision, f->document.data, f->document.len, &err) != WCK_OK;
    if (f->cache_failed)
        wck_log(WCK_LOG_WARNING, "%s: documents are not kept: %s", f->run->options->server_name, err.text);
}

/* ---- replies ---- */

static void build(wck_buf *out, void *payload)
{
    const fetch *f = payload;
    char text[WCK_GUID_TEXT];

    wck_buf_puts(out, "<updateIds>");
    for (size_t i = f->from; i < f->to; i++)
        if (!f->done[i])
            wck_buf_printf(out, "<UpdateIdentity><UpdateID>%s</UpdateID><RevisionNumber>%lld</RevisionNumber>"
                                "</UpdateIdentity>",
                           wck_guid_format(text, f->ids[i].id), (long long)f->ids[i].revision);
    wck_buf_puts(out, "</updateIds>");
}

static void begin_item(fetch *f)
{
    f->has_id = f->has_revision = false;
    wck_buf_reset(&f->document);
    f->document.failed = false;
}

static wck_status begin(void *payload, wck_error *err)
{
    fetch *f = payload;

    (void)err;
    f->plain = 0;
    begin_item(f);
    return WCK_OK;
}

static wck_status on_open(void *payload, const int *path, size_t depth, wck_error *err)
{
    (void)err;
    if (depth == 2 && path[0] == UPDATES && path[1] == ITEM)
        begin_item(payload);
    return WCK_OK;
}

static wck_status take_compressed(fetch *f, const char *text, size_t len, wck_error *err)
{
    size_t n = 0;
    unsigned char *cabinet = malloc(len / 4 * 3 + 4);
    wck_status status;

    if (cabinet == NULL)
        return wck_fail_memory(err, "reading an update document");
    if (wck_base64_decode(cabinet, &n, text, len))
        status = wck_cabinet_single(&f->document, cabinet, n, err);
    else
        status = wck_fail(err, WCK_E_INPUT, "an update document is not Base64");
    free(cabinet);
    return status;
}

/* A document that cannot be decoded is no reason to lose the others: the id is settled as "metadata unknown". */
static wck_status settle(fetch *f, size_t i, wck_status status, wck_error *err)
{
    char text[WCK_GUID_TEXT];

    if (status == WCK_E_MEMORY || status == WCK_E_CANCELED)
        return status;
    f->done[i] = true;
    step(f, 1);
    if (status == WCK_OK)
        return WCK_OK;
    wck_log(WCK_LOG_WARNING, "%s: document of %s revision %lld: %s", f->run->options->server_name,
            wck_guid_format(text, f->ids[i].id), (long long)f->ids[i].revision, err != NULL ? err->text : "");
    wck_error_clear(err);
    return add_unread(f, f->ids[i], err);
}

/* Ids nobody asked for, and second copies, are not looked at. */
static wck_status end_item(fetch *f, wck_error *err)
{
    wck_status status;

    if (!f->has_id || !f->has_revision || f->document.len == 0)
        return WCK_OK; /* its id stays open and is asked again */
    for (size_t i = f->from; i < f->to; i++) {
        if (f->done[i] || !wck_guid_eq(f->ids[i].id, f->item.id) || f->ids[i].revision != f->item.revision)
            continue;
        f->plain += f->document.len;
        if (f->plain > MAX_PLAIN_BYTES)
            return wck_fail(err, WCK_E_LIMIT, "the documents of one reply exceed 512 MiB");
        status = add_document(f, f->item, &f->document, err);
        if (status == WCK_OK)
            to_cache(f, f->item);
        return settle(f, i, status, err);
    }
    return WCK_OK;
}

/* What the cabinet held is kept for end_item; Id may stand behind it. A bad cabinet leaves a document that no decoder
 * takes, so that the id is settled as unknown and not asked for ever. */
static wck_status take_blob(fetch *f, bool compressed, const char *text, size_t len, wck_error *err)
{
    wck_status status = WCK_OK;

    wck_buf_reset(&f->document);
    if (compressed)
        status = take_compressed(f, text, len, err);
    else if (!wck_buf_put(&f->document, text, len))
        status = wck_fail_memory(err, "reading an update document");
    if (status == WCK_OK || status == WCK_E_MEMORY)
        return status;
    wck_log(WCK_LOG_WARNING, "%s: %s", f->run->options->server_name, err != NULL ? err->text : "bad document");
    wck_error_clear(err);
    f->document.failed = false;
    wck_buf_reset(&f->document);
    return wck_buf_puts(&f->document, "?") ? WCK_OK : wck_fail_memory(err, "reading an update document");
}

static wck_status on_close(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err)
{
    fetch *f = payload;

    if (depth < 2 || path[0] != UPDATES || path[1] != ITEM)
        return WCK_OK;
    if (depth == 2)
        return end_item(f, err);
    if (depth == 3 && (path[2] == BLOB || path[2] == BLOB_COMPRESSED))
        return take_blob(f, path[2] == BLOB_COMPRESSED, text, len, err);
    if (depth != 4 || path[2] != ID)
        return WCK_OK;
    if (path[3] == UPDATE_ID) {
        f->has_id = wck_value_guid(&f->item.id, text, len);
        return f->has_id ? WCK_OK : wck_value_bad(err, "UpdateID", text);
    }
    if (path[3] == REVISION_NUMBER) {
        f->has_revision = wck_value_int(&f->item.revision, text, len);
        return f->has_revision ? WCK_OK : wck_value_bad(err, "RevisionNumber", text);
    }
    return WCK_OK;
}

/* ---- batches ---- */

static size_t open_ids(const fetch *f, range r)
{
    size_t n = 0;

    for (size_t i = r.from; i < r.to; i++)
        n += !f->done[i];
    return n;
}

static wck_status give_up(fetch *f, range r, wck_error *err)
{
    wck_status status = WCK_OK;

    for (size_t i = r.from; i < r.to && status == WCK_OK; i++)
        if (!f->done[i]) {
            f->done[i] = true;
            step(f, 1);
            status = add_unread(f, f->ids[i], err);
        }
    return status;
}

/* "Requested N returned M … Missing Revisions: <guid>.<rev>, …" (Microsoft Update, protocol.md 5.3): true when it
 * named ids of ours, which are then settled. */
static bool named_missing(fetch *f, range r, const char *message, wck_status *status, wck_error *err)
{
    const char *at = strstr(message, "Missing Revisions:");
    bool any = false;

    *status = WCK_OK;
    for (; at != NULL && *at != '\0' && *status == WCK_OK; at++) {
        wck_identity id;
        size_t digits;
        if (strnlen(at, 38) < 38 || at[36] != '.' || !wck_guid_parse_n(&id.id, at, 36))
            continue;
        digits = strspn(at + 37, "0123456789");
        if (!wck_value_int(&id.revision, at + 37, digits))
            continue;
        for (size_t i = r.from; i < r.to && *status == WCK_OK; i++)
            if (!f->done[i] && wck_guid_eq(f->ids[i].id, id.id) && f->ids[i].revision == id.revision) {
                any = true;
                *status = give_up(f, (range){i, i + 1, false}, err);
            }
    }
    return any;
}

/* The two halves of what is open, the first on top. */
static void halve(const fetch *f, range r, bool extra, range *stack, size_t *depth)
{
    size_t half = open_ids(f, r) / 2, seen = 0, middle = r.from;

    for (; middle < r.to && seen < half; middle++)
        seen += !f->done[middle];
    stack[(*depth)++] = (range){middle, r.to, extra};
    stack[(*depth)++] = (range){r.from, middle, extra};
}

static bool is_too_many(const wck_soap_fault *fault)
{
    return fault->code == WCK_FAULT_INVALID_PARAMETERS && strstr(fault->message, "updateIds") != NULL;
}

static wck_status stop_phase(fetch *f, const wck_error *err)
{
    f->stopped = true;
    if (err != NULL)
        f->why = *err;
    return WCK_OK;
}

/* What to do after a call about r that left ids open. WCK_OK: go on with the stack. */
static wck_status react(fetch *f, range r, size_t before, wck_status status, const wck_soap_fault *fault,
                        range *stack, size_t *depth, wck_error *err)
{
    size_t left = open_ids(f, r);
    bool bad_id = status == WCK_OK || (status == WCK_E_SOAP && fault->code == WCK_FAULT_INTERNAL_SERVER_ERROR);

    if (left == 0)
        return WCK_OK;
    if (status == WCK_OK && left < before) { /* fewer than asked for: the rest again */
        stack[(*depth)++] = (range){r.from, r.to, false};
        return WCK_OK;
    }
    if (status == WCK_E_SOAP && is_too_many(fault) && left > 1) {
        f->run->batch = left / 2;
        halve(f, r, false, stack, depth);
        return WCK_OK;
    }
    if (!bad_id)
        return stop_phase(f, err);
    if (status == WCK_E_SOAP && named_missing(f, r, fault->message, &status, err)) {
        stack[(*depth)++] = (range){r.from, r.to, false};
        return status;
    }
    if (left == 1)
        return give_up(f, r, err);
    halve(f, r, true, stack, depth);
    return WCK_OK;
}

static wck_status ask(fetch *f, range r, wck_soap_fault *fault, wck_error *err)
{
    static const wck_soap_reply_ops reply = {
        .names = names, .open = on_open, .close = on_close, .max_text = WCK_MAX_REPLY_BYTES};
    wck_call call = {
        .action = WCK_SOAP_GET_UPDATE_DATA, .build = build, .begin = begin, .reply = &reply, .payload = f};

    f->from = r.from;
    f->to = r.to;
    return wck_run_call(f->run, &call, fault, err);
}

static wck_status settle_batch(fetch *f, wck_error *err)
{
    range stack[STACK];
    size_t depth = 0;
    wck_soap_fault fault;

    memset(f->done, 0, sizeof f->done);
    stack[depth++] = (range){0, f->n, false};
    while (depth > 0 && !f->stopped) {
        range r = stack[--depth];
        size_t before = open_ids(f, r);
        wck_status status = WCK_OK;
        if (before == 0)
            continue;
        if (depth + 2 > STACK || (r.extra && f->run->extra_calls >= MAX_EXTRA_CALLS)) {
            wck_fail(err, WCK_E_SOAP, "GetUpdateData: the server does not know too many of the updates it lists");
            stop_phase(f, err);
            break;
        }
        f->run->extra_calls += r.extra;
        status = ask(f, r, &fault, err);
        if (wck_run_is_over(f->run, status))
            return status;
        status = react(f, r, before, status, &fault, stack, &depth, err);
        if (status != WCK_OK)
            return status;
    }
    return give_up(f, (range){0, f->n, false}, err);
}

/* After the phase stopped the rest is listed with metadata unknown, so presence stays proven. */
static wck_status fetch_pending(fetch *f, const wck_ids *pending, wck_error *err)
{
    wck_status status = WCK_OK;

    for (size_t i = 0; i < pending->n && status == WCK_OK; i += f->n) {
        size_t most = f->run->batch < MAX_BATCH ? f->run->batch : MAX_BATCH;
        f->n = pending->n - i < most ? pending->n - i : most;
        memcpy(f->ids, pending->items + i, f->n * sizeof *f->ids);
        if (!f->stopped)
            status = settle_batch(f, err);
        else {
            memset(f->done, 0, sizeof f->done);
            status = give_up(f, (range){0, f->n, false}, err);
        }
    }
    return status;
}

static wck_status use_cache(fetch *f, const wck_ids *ids, wck_ids *pending, wck_error *err)
{
    for (size_t i = 0; i < ids->n; i++) {
        wck_status status;
        wck_identity *row;
        if (i % 256 == 0 && (status = wck_session_canceled(&f->run->session, err)) != WCK_OK)
            return status;
        if (from_cache(f, ids->items[i], &status, err)) {
            step(f, 1);
            if (status != WCK_OK)
                return status;
            continue;
        }
        row = wck_vec_push(pending);
        if (row == NULL)
            return wck_fail_memory(err, "reading update metadata");
        *row = ids->items[i];
    }
    return WCK_OK;
}

wck_status wck_run_fetch(wck_run *run, const wck_ids *ids, bool categories, size_t *unread, bool *stopped,
                         wck_error *err)
{
    fetch *f = calloc(1, sizeof *f);
    wck_ids pending = {0};
    wck_status status;

    if (f == NULL)
        return wck_fail_memory(err, "reading update metadata");
    f->run = run;
    f->categories = categories;
    f->unread = unread;
    f->total = ids->n;
    wck_buf_init(&f->document, WCK_MAX_DOCUMENT_BYTES);
    status = use_cache(f, ids, &pending, err);
    if (status == WCK_OK)
        status = fetch_pending(f, &pending, err);
    *stopped = f->stopped;
    if (status == WCK_OK && f->stopped && err != NULL)
        *err = f->why;
    wck_buf_clear(&f->document);
    wck_vec_clear(&pending);
    free(f);
    return status;
}
