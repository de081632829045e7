/* SPDX-License-Identifier: MIT
 * store_view.c: one transaction for as long as readers are open. */
#include "store/sqlite.h"

wck_status wck_sqlite_view(wck_store *store, wck_error *err)
{
    bool own;
    wck_status status = wck_sqlite_read_begin(store, &own, err);

    store->views += status == WCK_OK;
    return status;
}

void wck_sqlite_unview(wck_store *store)
{
    if (--store->views == 0)
        wck_sqlite_roll_back(store); /* nothing was written */
}

wck_status wck_sqlite_begin(wck_store *store, bool durable, wck_error *err)
{
    wck_status status;

    wck_sqlite_roll_back(store); /* a view's: writers end what they begin */
    status = wck_sqlite_durable(store, durable, err);
    return status == WCK_OK ? wck_sqlite_exec(store, "BEGIN IMMEDIATE", err) : status;
}
