/* SPDX-License-Identifier: MIT
 * target.c: opening what is published to; our tables are made where nothing is, and what is not ours is left
 * as it is. */
#include "publish/target.h"

#include "base/embedded.h"
#include "base/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

wck_status wck_target_run(wck_target *target, wck_buf *sql, wck_error *err)
{
    wck_status status =
        sql->failed ? wck_fail_memory(err, "publishing") : target->ops->exec(target, wck_buf_text(sql), err);

    wck_buf_reset(sql);
    return status;
}

static wck_status take_number(const char *const *values, void *payload, wck_error *err)
{
    (void)err;
    *(int64_t *)payload = values[0] != NULL ? strtoll(values[0], NULL, 10) : 0;
    return WCK_OK;
}

wck_status wck_target_number(wck_target *target, const char *sql, int64_t *out, wck_error *err)
{
    *out = 0;
    return target->ops->each(target, sql, take_number, out, err);
}

/* The views name the tables with PostgreSQL's schema; a file has no other. */
static void put_view(wck_buf *out, const wck_embedded *file, const wck_dialect *d)
{
    static const char schema[] = "wsusck_rows.";
    const char *at = (const char *)file->data;

    for (const char *found; (found = strstr(at, schema)) != NULL; at = found + strlen(schema)) {
        wck_buf_put(out, at, (size_t)(found - at));
        if (d->comments)
            wck_buf_puts(out, schema);
    }
    wck_buf_puts(out, at);
}

static wck_status create(wck_target *target, wck_error *err)
{
    wck_status status = target->ops->mark(target, err);
    wck_buf sql;

    wck_buf_init(&sql, SIZE_MAX / 4);
    wck_sql_create(&sql, target->ops->dialect);
    for (const wck_embedded *file = wck_embedded_views; file->name != NULL; file++)
        put_view(&sql, file, target->ops->dialect);
    if (status == WCK_OK)
        status = wck_target_run(target, &sql, err);
    wck_buf_clear(&sql);
    return status;
}

static wck_status look(wck_target *target, wck_error *err)
{
    wck_marks found = {0};
    wck_status status = target->ops->marks(target, &found, err);

    if (status != WCK_OK)
        return status;
    if (found.empty)
        return create(target, err);
    if (found.application != WCK_ROWS_APPLICATION || found.version < 1) {
        wck_fail(err, WCK_E_STORE, "could not publish to \"%s\": what is there is not of \"wsusck publish\"",
                 target->shown);
        return wck_fail_hint(err, "Name another database with --to; this one was not touched.");
    }
    if (found.version != WCK_ROWS_VERSION) {
        wck_fail(err, WCK_E_STORE, "could not publish to \"%s\": its tables are of %s wsusck (version %lld)",
                 target->shown, found.version > WCK_ROWS_VERSION ? "a newer" : "an older",
                 (long long)found.version);
        return found.version > WCK_ROWS_VERSION
                   ? wck_fail_hint(err, "Use that version; this one writes version %d.", WCK_ROWS_VERSION)
                   : wck_fail_hint(
                         err,
                         "Publish elsewhere, or remove those tables first; what is there was not touched.");
    }
    return WCK_OK;
}

#ifndef WCK_WITH_LIBPQ
wck_status wck_postgres_target(wck_target **out, const char *uri, wck_error *err)
{
    (void)uri; /* may hold a password */
    *out = NULL;
    wck_fail(err, WCK_E_STORE, "could not publish to PostgreSQL: this wsusck was built without libpq");
    return wck_fail_hint(err, "Build with libpq-dev and -DWCK_WITH_LIBPQ=ON, or use --to sqlite:PATH.");
}
#endif

/* Of a URI with a host only the beginning is shown: a password may stand in it. */
static wck_status not_a_kind(const char *uri, wck_error *err)
{
    const char *host = strstr(uri, "://");
    char begin[120], shown[120];

    snprintf(begin, sizeof begin, "%.*s", host != NULL ? (int)(host - uri) + 3 : 110, uri);
    wck_fail(err, WCK_E_STORE, "could not publish to \"%s\": not a kind that this version knows",
             wck_quote_short(shown, sizeof shown, begin, 80));
    return wck_fail_hint(err, "Use sqlite:PATH or postgresql://HOST/DATABASE.");
}

wck_status wck_target_open(wck_target **out, const char *uri, wck_error *err)
{
    wck_target *target = NULL;
    wck_status status;

    *out = NULL;
    if (strncmp(uri, "sqlite:", 7) == 0 && uri[7] != '\0')
        status = wck_sqlite_target(&target, uri, err);
    else if (strncmp(uri, "postgresql://", 13) == 0 || strncmp(uri, "postgres://", 11) == 0)
        status = wck_postgres_target(&target, uri, err);
    else
        return not_a_kind(uri, err);
    if (status == WCK_OK)
        status = target->ops->begin(target, err);
    if (status == WCK_OK)
        status = look(target, err);
    if (status != WCK_OK) {
        wck_target_close(target);
        return status;
    }
    *out = target;
    return WCK_OK;
}

void wck_target_close(wck_target *target)
{
    if (target != NULL)
        target->ops->close(target);
}
