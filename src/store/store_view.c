/* SPDX-License-Identifier: MIT
 * store_view.c: one transaction for as long as readers are open. */
#include "store/store_private.h"

wck_status wck_store_view(wck_store *store, wck_error *err)
{
    bool own;
    wck_status status = wck_store_read_begin(store, &own, err);

    store->views += status == WCK_OK;
    return status;
}

void wck_store_unview(wck_store *store)
{
    if (--store->views == 0)
        wck_store_roll_back(store); /* nothing was written */
}

wck_status wck_store_begin(wck_store *store, wck_write kind, wck_error *err)
{
    wck_store_roll_back(store); /* a view's: writers end what they begin */
    return store->db->ops->begin_write(store->db, kind, err);
}

wck_status wck_store_view_begin(wck_store *store, wck_error *err)
{
    wck_status status;

    pthread_mutex_lock(&store->lock);
    status = wck_store_view(store, err);
    pthread_mutex_unlock(&store->lock);
    return status;
}

void wck_store_view_end(wck_store *store)
{
    pthread_mutex_lock(&store->lock);
    wck_store_unview(store);
    pthread_mutex_unlock(&store->lock);
}
