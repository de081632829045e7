/* SPDX-License-Identifier: MIT
 * store.c: opening and closing a store, and what everything in it needs. */
#include "store/store_private.h"

#include "base/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

wck_status wck_store_damaged(const wck_store *store, wck_error *err, const char *what)
{
    return wck_db_damaged(store->db, err, what);
}

wck_status wck_store_query(wck_stmt **out, wck_store *store, wck_query which, wck_error *err)
{
    return store->db->ops->query(out, store->db, which, err);
}

void wck_store_roll_back(wck_store *store)
{
    store->db->ops->roll_back(store->db);
}

wck_status wck_store_finish(wck_store *store, wck_status status, wck_error *err)
{
    if (status == WCK_OK)
        status = store->db->ops->commit(store->db, err);
    if (status != WCK_OK)
        wck_store_roll_back(store);
    return status;
}

wck_status wck_store_read_begin(wck_store *store, bool *own, wck_error *err)
{
    *own = !store->db->ops->in_transaction(store->db);
    return *own ? store->db->ops->begin_read(store->db, err) : WCK_OK;
}

void wck_store_read_end(wck_store *store, bool own)
{
    if (own)
        wck_store_roll_back(store); /* nothing was written */
}

wck_status wck_store_alone(wck_store *store, wck_error *err)
{
    return store->db->ops->alone != NULL ? store->db->ops->alone(store->db, err) : WCK_OK;
}

wck_status wck_store_named(const wck_store *store, wck_status status, wck_error *err)
{
    if (status != WCK_E_STORE || err == NULL || strstr(err->text, store->db->shown) != NULL)
        return status;
    wck_fail_prefix(err, "store \"%s\"", store->db->shown);
    return wck_fail_hint(err, "It is damaged; restore it from a backup, or collect into a new one.");
}

/* ---- open and close ---- */

typedef struct kind {
    const char *prefix;
    wck_status (*open)(wck_db **out, const char *uri, const wck_store_options *options, wck_error *err);
} kind;

#ifndef WCK_WITH_LIBPQ
static wck_status no_postgres(wck_db **out, const char *uri, const wck_store_options *options, wck_error *err)
{
    (void)uri; /* may hold a password */
    (void)options;
    *out = NULL;
    wck_fail(err, WCK_E_STORE, "could not open the store in PostgreSQL: this wsusck was built without libpq");
    return wck_fail_hint(err, "Build with libpq-dev and -DWCK_WITH_LIBPQ=ON, or use sqlite:PATH.");
}
#define wck_postgres_open no_postgres
#endif

static const kind kinds[] = {
    {"sqlite:", wck_sqlite_open},
    {"postgresql://", wck_postgres_open},
    {"postgres://", wck_postgres_open},
};

static const kind *kind_of(const char *uri)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i].prefix);
        if (strncmp(uri, kinds[i].prefix, len) == 0 && (uri[len] != '\0' || i > 0))
            return &kinds[i];
    }
    return NULL;
}

/* Of a URI with a host only the beginning is shown: a password may stand in it. */
static wck_status not_a_kind(const char *uri, wck_error *err)
{
    const char *host = strstr(uri, "://");
    char begin[120], shown[120];

    snprintf(begin, sizeof begin, "%.*s", host != NULL ? (int)(host - uri) + 3 : 110, uri);
    wck_fail(err, WCK_E_STORE, "could not open store \"%s\": not a kind that this version knows",
             wck_quote_short(shown, sizeof shown, begin, 80));
    return wck_fail_hint(err, "Use sqlite:PATH or postgresql://HOST/DATABASE.");
}

wck_status wck_store_open(wck_store **out, const char *uri, const wck_store_options *options, wck_error *err)
{
    static const wck_store_options plain;
    const kind *k = kind_of(uri);
    wck_store *store;
    wck_status status;

    *out = NULL;
    if (k == NULL)
        return not_a_kind(uri, err);
    store = calloc(1, sizeof *store);
    if (store == NULL || pthread_mutex_init(&store->lock, NULL) != 0) {
        free(store);
        return wck_fail_memory(err, "opening the store");
    }
    options = options != NULL ? options : &plain;
    store->read_host = options->read_host;
    status = k->open(&store->db, uri, options, err);
    if (status != WCK_OK) {
        wck_store_close(store);
        return status;
    }
    *out = store;
    return WCK_OK;
}

void wck_store_close(wck_store *store)
{
    if (store == NULL)
        return;
    wck_store_forget_shared(store);
    wck_store_forget_chunks(store);
    if (store->db != NULL)
        store->db->ops->close(store->db);
    pthread_mutex_destroy(&store->lock);
    free(store);
}
