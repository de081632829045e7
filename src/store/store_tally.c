/* SPDX-License-Identifier: MIT
 * store_tally.c: how many rows there are. A database does not miss a row that a damaged page no longer lists, and a server
 * without its latest snapshot would look as it did the day before. */
#include "store/store_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char key[] = "wsusck.tally"; /* in meta, and not counted by itself */

static bool parse(const char *text, wck_tally *out)
{
    char *end;

    errno = 0;
    out->snapshots = strtoull(text, &end, 10);
    out->sums = strtoull(end, &end, 16);
    out->values = strtoull(end, &end, 10);
    return errno == 0 && *end == '\0';
}

wck_status wck_store_tally_get(wck_store *store, wck_tally *out, wck_error *err)
{
    wck_buf text;
    bool found;
    wck_status status;

    *out = (wck_tally){0};
    wck_buf_init(&text, 200);
    status = wck_store_value_get(store, key, &text, &found, err);
    if (status == WCK_OK && found && !parse(wck_buf_text(&text), out)) /* none: nothing was ever put */
        status = wck_store_damaged(store, err, "its tally is not one");
    wck_buf_clear(&text);
    return status;
}

wck_status wck_store_tally_put(wck_store *store, const wck_tally *tally, wck_error *err)
{
    char text[80];

    snprintf(text, sizeof text, "%llu %llx %llu", (unsigned long long)tally->snapshots,
             (unsigned long long)tally->sums, (unsigned long long)tally->values);
    return wck_store_value_put(store, key, text, err);
}
