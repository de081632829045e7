/* SPDX-License-Identifier: MIT
 * store_values.c: named values, and the cache of update documents. */
#include "store/sqlite.h"

#include "base/quote.h"

#include <string.h>

/* First column: the sum of the second, which is appended to out. */
static wck_status take_value(wck_store *store, sqlite3_stmt *stmt, wck_buf *out, bool *found, wck_error *err)
{
    int code = sqlite3_step(stmt);
    const void *data;
    size_t len;

    *found = code == SQLITE_ROW;
    if (code != SQLITE_ROW)
        return code == SQLITE_DONE ? WCK_OK : wck_sqlite_fail(store, err, "read");
    data = sqlite3_column_blob(stmt, 1);
    len = (size_t)sqlite3_column_bytes(stmt, 1);
    if (data == NULL && sqlite3_errcode(store->db) == SQLITE_NOMEM)
        return wck_fail_memory(err, "reading the store");
    if (sqlite3_column_int64(stmt, 0) != wck_sqlite_sum(data, len))
        return wck_sqlite_damaged(store, err, "a value is not what was written");
    if (len > out->max || out->len > out->max - len)
        return wck_fail(err, WCK_E_LIMIT, "could not read store \"%s\": a value of %zu bytes is larger than expected",
                        store->shown, len);
    return wck_buf_put(out, len > 0 ? data : "", len) ? WCK_OK : wck_fail_memory(err, "reading the store");
}

wck_status wck_store_meta_get(wck_store *store, const char *key, wck_buf *out, wck_error *err)
{
    sqlite3_stmt *stmt;
    wck_status status = WCK_E_STORE;
    bool found = true;

    pthread_mutex_lock(&store->lock);
    stmt = wck_sqlite_query(store, Q_META_GET, err);
    if (stmt != NULL) {
        sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
        status = take_value(store, stmt, out, &found, err);
        sqlite3_reset(stmt);
    }
    pthread_mutex_unlock(&store->lock);
    if (!found && status == WCK_OK) {
        char shown[80];
        return wck_fail(err, WCK_E_NOT_FOUND, "could not find \"%s\" in the store",
                        wck_quote_short(shown, sizeof shown, key, 60));
    }
    return status;
}

wck_status wck_store_meta_put(wck_store *store, const char *key, const char *value, wck_error *err)
{
    sqlite3_stmt *stmt = NULL;
    wck_status status;

    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_durable(store, true, err);
    if (status == WCK_OK && (stmt = wck_sqlite_query(store, Q_META_PUT, err)) == NULL)
        status = WCK_E_STORE;
    if (stmt != NULL) {
        sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 2, wck_sqlite_sum(value, strlen(value)));
        sqlite3_bind_text(stmt, 3, value, -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) != SQLITE_DONE)
            status = wck_sqlite_fail(store, err, "write to");
        sqlite3_reset(stmt);
    }
    pthread_mutex_unlock(&store->lock);
    return status;
}

static void bind_revision(sqlite3_stmt *stmt, char *guid, wck_guid update, int64_t revision)
{
    sqlite3_bind_text(stmt, 1, wck_guid_format(guid, update), -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, revision);
}

wck_status wck_store_document_get(wck_store *store, wck_guid update, int64_t revision, wck_buf *out, wck_error *err)
{
    sqlite3_stmt *stmt;
    wck_status status = WCK_E_STORE;
    char guid[WCK_GUID_TEXT];
    bool found = true;

    pthread_mutex_lock(&store->lock);
    stmt = wck_sqlite_query(store, Q_DOC_GET, err);
    if (stmt != NULL) {
        bind_revision(stmt, guid, update, revision);
        status = take_value(store, stmt, out, &found, err);
        sqlite3_reset(stmt);
    }
    pthread_mutex_unlock(&store->lock);
    if (!found && status == WCK_OK)
        return wck_fail(err, WCK_E_NOT_FOUND, "could not find revision %lld of %s in the cache", (long long)revision,
                        wck_guid_format(guid, update));
    return status;
}

/* Not durable: a document lost in a power cut is fetched again, and waiting for the disk after each of some 20,000
 * would take longer than fetching them. */
wck_status wck_store_document_put(wck_store *store, wck_guid update, int64_t revision, const void *data, size_t len,
                                  wck_error *err)
{
    sqlite3_stmt *stmt = NULL;
    wck_status status;
    char guid[WCK_GUID_TEXT];

    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_durable(store, false, err);
    if (status == WCK_OK && (stmt = wck_sqlite_query(store, Q_DOC_PUT, err)) == NULL)
        status = WCK_E_STORE;
    if (stmt != NULL) {
        bind_revision(stmt, guid, update, revision);
        sqlite3_bind_int64(stmt, 3, wck_sqlite_sum(data, len));
        sqlite3_bind_blob64(stmt, 4, len > 0 ? data : "", len, SQLITE_STATIC);
        if (sqlite3_step(stmt) != SQLITE_DONE)
            status = wck_sqlite_fail(store, err, "write to");
        sqlite3_reset(stmt);
    }
    pthread_mutex_unlock(&store->lock);
    return status;
}
