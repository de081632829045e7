/* SPDX-License-Identifier: MIT
 * store_values.c: named values, and the cache of update documents. */
#include "store/store_private.h"

#include "base/quote.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t document_key(const char *guid, int64_t revision)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%s %lld", guid, (long long)revision);

    return wck_hash64(text, (size_t)n);
}

static uint64_t meta_key(const char *key)
{
    return wck_hash64(key, strlen(key));
}

/* First column: the sum of the second, which is appended to out. */
static wck_status take_value(wck_store *store, wck_stmt *stmt, uint64_t key, wck_buf *out, bool *found,
                             wck_error *err)
{
    const void *data;
    size_t len;
    wck_status status = wck_step(stmt, found, err);

    if (status != WCK_OK || !*found)
        return status;
    if (!wck_get_blob(&data, &len, stmt, 1))
        return wck_fail_memory(err, "reading the store");
    if (wck_get_int(stmt, 0) != wck_db_sum(key, data, len))
        return wck_store_damaged(store, err, "a value is not what was written");
    if (len > out->max || out->len > out->max - len)
        return wck_fail(err, WCK_E_LIMIT, "could not read store \"%s\": a value of %zu bytes is larger than expected",
                        store->db->shown, len);
    return wck_buf_put(out, len > 0 ? data : "", len) ? WCK_OK : wck_fail_memory(err, "reading the store");
}

wck_status wck_store_value_get(wck_store *store, const char *key, wck_buf *out, bool *found, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_store_query(&stmt, store, Q_META_GET, err);

    *found = false;
    if (status != WCK_OK)
        return status;
    wck_bind_text(stmt, 1, key);
    status = take_value(store, stmt, meta_key(key), out, found, err);
    wck_reset(stmt);
    return status;
}

wck_status wck_store_value_put(wck_store *store, const char *key, const char *value, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_store_query(&stmt, store, Q_META_PUT, err);
    bool row;

    if (status != WCK_OK)
        return status;
    wck_bind_text(stmt, 1, key);
    wck_bind_int(stmt, 2, wck_db_sum(meta_key(key), value, strlen(value)));
    wck_bind_text(stmt, 3, value);
    status = wck_step(stmt, &row, err);
    wck_reset(stmt);
    return status;
}

/* Each row of a query whose rows are the sum, the data and what it is found by is sound, and given to fn unless that is
 * NULL. *n: how many. */
static wck_status each_value(wck_store *store, wck_query which, wck_value_fn *fn, void *payload, uint64_t *n,
                             wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_store_query(&stmt, store, which, err);
    bool more;

    *n = 0;
    if (status != WCK_OK)
        return status;
    for (; status == WCK_OK && (status = wck_step(stmt, &more, err)) == WCK_OK && more; ++*n) {
        const char *key;
        const void *data;
        size_t len;
        if (!wck_get_text(&key, stmt, 2) || !wck_get_blob(&data, &len, stmt, 1))
            status = wck_fail_memory(err, "reading the store");
        else if (key == NULL || wck_get_int(stmt, 0) != wck_db_sum(meta_key(key), data, len))
            status = wck_store_damaged(store, err, "a value is not what was written");
        else if (fn != NULL)
            status = fn(key, len > 0 ? data : "", len, payload, err);
    }
    wck_reset(stmt);
    return status;
}

/* A named value that was lost must not look as if it had never been: the identity of the installation is one. */
static wck_status each_named_value(wck_store *store, wck_value_fn *fn, void *payload, wck_error *err)
{
    wck_tally tally;
    uint64_t n;
    bool own;
    wck_status status = wck_store_read_begin(store, &own, err);

    if (status != WCK_OK)
        return status;
    status = each_value(store, Q_META_ALL, fn, payload, &n, err);
    if (status == WCK_OK)
        status = wck_store_tally_get(store, &tally, err);
    if (status == WCK_OK && n != tally.values)
        status = wck_store_damaged(store, err, "a value is missing");
    wck_store_read_end(store, own);
    return status;
}

wck_status wck_store_check_values(wck_store *store, wck_error *err)
{
    uint64_t n;
    wck_status status = each_named_value(store, NULL, NULL, err);

    return status == WCK_OK ? each_value(store, Q_DOC_ALL, NULL, NULL, &n, err) : status;
}

wck_status wck_store_meta_each(wck_store *store, wck_value_fn *fn, void *payload, wck_error *err)
{
    wck_status status;

    pthread_mutex_lock(&store->lock);
    status = each_named_value(store, fn, payload, err);
    pthread_mutex_unlock(&store->lock);
    return status;
}

typedef struct document_each {
    wck_store *store;
    wck_document_fn *fn;
    void *payload;
} document_each;

/* key: GUID, a blank and the revision. */
static wck_status give_document(const char *key, const void *data, size_t len, void *payload, wck_error *err)
{
    const document_each *each = payload;
    const char *blank = strchr(key, ' ');
    char guid[WCK_GUID_TEXT] = "", *end = NULL;
    wck_guid update;
    int64_t revision = 0;

    if (blank != NULL && blank - key < (ptrdiff_t)sizeof guid) {
        memcpy(guid, key, (size_t)(blank - key));
        revision = strtoll(blank + 1, &end, 10);
    }
    if (!wck_guid_parse(&update, guid) || end == NULL || *end != '\0')
        return wck_store_damaged(each->store, err, "a value is not what was written");
    return each->fn(update, revision, data, len, each->payload, err);
}

wck_status wck_store_document_each(wck_store *store, wck_document_fn *fn, void *payload, wck_error *err)
{
    document_each each = {store, fn, payload};
    wck_status status;
    uint64_t n;
    bool own;

    pthread_mutex_lock(&store->lock);
    status = wck_store_read_begin(store, &own, err);
    if (status == WCK_OK) {
        status = each_value(store, Q_DOC_ALL, give_document, &each, &n, err);
        wck_store_read_end(store, own);
    }
    pthread_mutex_unlock(&store->lock);
    return status;
}

wck_status wck_store_meta_get(wck_store *store, const char *key, wck_buf *out, wck_error *err)
{
    char shown[80];
    wck_status status;
    bool found;

    pthread_mutex_lock(&store->lock);
    status = wck_store_value_get(store, key, out, &found, err);
    if (status == WCK_OK && !found)
        status = each_named_value(store, NULL, NULL, err);
    pthread_mutex_unlock(&store->lock);
    if (status == WCK_OK && !found)
        return wck_fail(err, WCK_E_NOT_FOUND, "could not find \"%s\" in store \"%s\"",
                        wck_quote_short(shown, sizeof shown, key, 60), store->db->shown);
    return status;
}

static wck_status put_value(wck_store *store, const char *key, const char *value, wck_error *err)
{
    wck_buf old;
    wck_tally tally;
    bool found;
    wck_status status;

    wck_buf_init(&old, SIZE_MAX / 4);
    status = wck_store_alone(store, err);
    if (status == WCK_OK)
        status = wck_store_value_get(store, key, &old, &found, err);
    wck_buf_clear(&old);
    if (status == WCK_OK)
        status = wck_store_tally_get(store, &tally, err);
    if (status == WCK_OK && !found) {
        tally.values++;
        status = wck_store_tally_put(store, &tally, err);
    }
    return status == WCK_OK ? wck_store_value_put(store, key, value, err) : status;
}

wck_status wck_store_meta_put(wck_store *store, const char *key, const char *value, wck_error *err)
{
    wck_status status;

    pthread_mutex_lock(&store->lock);
    status = wck_store_begin(store, WCK_WRITE_ADD, err);
    if (status == WCK_OK)
        status = wck_store_finish(store, put_value(store, key, value, err), err);
    pthread_mutex_unlock(&store->lock);
    return status;
}

static void bind_revision(wck_stmt *stmt, char *guid, wck_guid update, int64_t revision)
{
    wck_bind_text(stmt, 1, wck_guid_format(guid, update));
    wck_bind_int(stmt, 2, revision);
}

wck_status wck_store_document_get(wck_store *store, wck_guid update, int64_t revision, wck_buf *out, wck_error *err)
{
    wck_stmt *stmt;
    wck_status status;
    char guid[WCK_GUID_TEXT];
    bool found = true;

    pthread_mutex_lock(&store->lock);
    status = wck_store_query(&stmt, store, Q_DOC_GET, err);
    if (status == WCK_OK) {
        bind_revision(stmt, guid, update, revision);
        status = take_value(store, stmt, document_key(guid, revision), out, &found, err);
        wck_reset(stmt);
    }
    pthread_mutex_unlock(&store->lock);
    if (!found && status == WCK_OK)
        return wck_fail(err, WCK_E_NOT_FOUND, "could not find revision %lld of %s in the cache", (long long)revision,
                        wck_guid_format(guid, update));
    return status;
}

static wck_status put_document(wck_store *store, wck_guid update, int64_t revision, const void *data, size_t len,
                               wck_error *err)
{
    wck_stmt *stmt;
    wck_status status = wck_store_query(&stmt, store, Q_DOC_PUT, err);
    char guid[WCK_GUID_TEXT];
    bool row;

    if (status != WCK_OK)
        return status;
    bind_revision(stmt, guid, update, revision);
    wck_bind_int(stmt, 3, wck_db_sum(document_key(guid, revision), data, len));
    wck_bind_blob(stmt, 4, len > 0 ? data : "", len);
    status = wck_step(stmt, &row, err);
    wck_reset(stmt);
    return status;
}

/* Not durable: a document lost in a power cut is fetched again, and waiting for the disk after each of some 20,000
 * would take longer than fetching them. */
wck_status wck_store_document_put(wck_store *store, wck_guid update, int64_t revision, const void *data, size_t len,
                                  wck_error *err)
{
    wck_status status;

    pthread_mutex_lock(&store->lock);
    status = wck_store_begin(store, WCK_WRITE_CACHE, err);
    if (status == WCK_OK)
        status = wck_store_finish(store, put_document(store, update, revision, data, len, err), err);
    pthread_mutex_unlock(&store->lock);
    return status;
}
