/* SPDX-License-Identifier: MIT
 * store_values.c: named values, and the cache of update documents. */
#include "store/sqlite.h"

#include "base/quote.h"

#include <stdint.h>
#include <stdio.h>
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
static wck_status take_value(wck_store *store, sqlite3_stmt *stmt, uint64_t key, wck_buf *out, bool *found,
                             wck_error *err)
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
    if (sqlite3_column_int64(stmt, 0) != wck_sqlite_sum(key, data, len))
        return wck_sqlite_damaged(store, err, "a value is not what was written");
    if (len > out->max || out->len > out->max - len)
        return wck_fail(err, WCK_E_LIMIT, "could not read store \"%s\": a value of %zu bytes is larger than expected",
                        store->shown, len);
    return wck_buf_put(out, len > 0 ? data : "", len) ? WCK_OK : wck_fail_memory(err, "reading the store");
}

wck_status wck_sqlite_value_get(wck_store *store, const char *key, wck_buf *out, bool *found, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_META_GET, err);
    wck_status status;

    *found = false;
    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    status = take_value(store, stmt, meta_key(key), out, found, err);
    sqlite3_reset(stmt);
    return status;
}

wck_status wck_sqlite_value_put(wck_store *store, const char *key, const char *value, wck_error *err)
{
    sqlite3_stmt *stmt = wck_sqlite_query(store, Q_META_PUT, err);
    wck_status status = WCK_OK;

    if (stmt == NULL)
        return wck_sqlite_unprepared(store);
    sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, wck_sqlite_sum(meta_key(key), value, strlen(value)));
    sqlite3_bind_text(stmt, 3, value, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "write to");
    sqlite3_reset(stmt);
    return status;
}

/* Rows of `sql`: the sum, the data and what it is found by. *n: how many. */
static wck_status check_values(wck_store *store, const char *sql, uint64_t *n, wck_error *err)
{
    sqlite3_stmt *stmt = NULL;
    wck_status status = WCK_OK;
    int code = SQLITE_DONE;

    *n = 0;
    if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return wck_sqlite_fail(store, err, "read");
    for (; status == WCK_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW; ++*n) {
        const char *key = (const char *)sqlite3_column_text(stmt, 2);
        const void *data = sqlite3_column_blob(stmt, 1);
        if (key == NULL || sqlite3_column_int64(stmt, 0) !=
                               wck_sqlite_sum(meta_key(key), data, (size_t)sqlite3_column_bytes(stmt, 1)))
            status = wck_sqlite_damaged(store, err, "a value is not what was written");
    }
    if (status == WCK_OK && code != SQLITE_DONE)
        status = wck_sqlite_fail(store, err, "read");
    sqlite3_finalize(stmt);
    return status;
}

/* A named value that was lost must not look as if it had never been: the identity of the installation is one. */
static wck_status check_named_values(wck_store *store, wck_error *err)
{
    wck_tally tally;
    uint64_t n;
    bool own;
    wck_status status = wck_sqlite_read_begin(store, &own, err);

    if (status != WCK_OK)
        return status;
    status = check_values(store, "SELECT sum, value, key FROM meta WHERE key <> 'wsusck.tally'", &n, err);
    if (status == WCK_OK)
        status = wck_sqlite_tally_get(store, &tally, err);
    if (status == WCK_OK && n != tally.values)
        status = wck_sqlite_damaged(store, err, "a value is missing");
    wck_sqlite_read_end(store, own);
    return status;
}

wck_status wck_sqlite_check_values(wck_store *store, wck_error *err)
{
    uint64_t n;
    wck_status status = check_named_values(store, err);

    return status == WCK_OK
               ? check_values(store, "SELECT sum, data, update_id || ' ' || revision FROM document", &n, err)
               : status;
}

wck_status wck_store_meta_get(wck_store *store, const char *key, wck_buf *out, wck_error *err)
{
    char shown[80];
    wck_status status;
    bool found;

    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_value_get(store, key, out, &found, err);
    if (status == WCK_OK && !found)
        status = check_named_values(store, err);
    pthread_mutex_unlock(&store->lock);
    if (status == WCK_OK && !found)
        return wck_fail(err, WCK_E_NOT_FOUND, "could not find \"%s\" in store \"%s\"",
                        wck_quote_short(shown, sizeof shown, key, 60), store->shown);
    return status;
}

static wck_status put_value(wck_store *store, const char *key, const char *value, wck_error *err)
{
    wck_buf old;
    wck_tally tally;
    bool found;
    wck_status status;

    wck_buf_init(&old, SIZE_MAX / 4);
    status = wck_sqlite_value_get(store, key, &old, &found, err);
    wck_buf_clear(&old);
    if (status == WCK_OK)
        status = wck_sqlite_tally_get(store, &tally, err);
    if (status == WCK_OK && !found) {
        tally.values++;
        status = wck_sqlite_tally_put(store, &tally, err);
    }
    return status == WCK_OK ? wck_sqlite_value_put(store, key, value, err) : status;
}

wck_status wck_store_meta_put(wck_store *store, const char *key, const char *value, wck_error *err)
{
    wck_status status;

    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_begin(store, true, err);
    if (status == WCK_OK)
        status = wck_sqlite_finish(store, put_value(store, key, value, err), err);
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
    wck_status status = WCK_OK;
    char guid[WCK_GUID_TEXT];
    bool found = true;

    pthread_mutex_lock(&store->lock);
    stmt = wck_sqlite_query(store, Q_DOC_GET, err);
    if (stmt != NULL) {
        bind_revision(stmt, guid, update, revision);
        status = take_value(store, stmt, document_key(guid, revision), out, &found, err);
        sqlite3_reset(stmt);
    } else
        status = wck_sqlite_unprepared(store);
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
    bool begun;

    pthread_mutex_lock(&store->lock);
    status = wck_sqlite_begin(store, false, err);
    begun = status == WCK_OK;
    if (begun && (stmt = wck_sqlite_query(store, Q_DOC_PUT, err)) == NULL)
        status = wck_sqlite_unprepared(store);
    if (stmt != NULL) {
        bind_revision(stmt, guid, update, revision);
        sqlite3_bind_int64(stmt, 3, wck_sqlite_sum(document_key(guid, revision), data, len));
        sqlite3_bind_blob64(stmt, 4, len > 0 ? data : "", len, SQLITE_STATIC);
        if (sqlite3_step(stmt) != SQLITE_DONE)
            status = wck_sqlite_fail(store, err, "write to");
        sqlite3_reset(stmt);
    }
    if (begun)
        status = wck_sqlite_finish(store, status, err);
    pthread_mutex_unlock(&store->lock);
    return status;
}
