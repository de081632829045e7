/* SPDX-License-Identifier: MIT
 * susdb_host.c: what SUSDB tells beside the sections of a snapshot: the servers below, the languages enabled upstream,
 * approvals that were removed. It becomes the snapshot's host object (host_text.h). */
#include "base/limits.h"
#include "collect/host_text.h"
#include "collect/susdb_private.h"

#include <string.h>

/* Removed approvals that are kept, the newest: they say who removed what is missed today, not the server's history. */
enum { MOST_REMOVED = 1000 };

/* ---- downstream servers ---- */

typedef struct listing {
    wck_susdb *s;
    wck_downstream_list list;
} listing;

static char *copy_of(const wck_cell *cell)
{
    return cell->null ? NULL : strndup(cell->text, WCK_MAX_NAME);
}

static wck_status on_downstream(const wck_cell *r, void *payload, wck_error *err)
{
    wck_downstream_list *list = &((listing *)payload)->list;
    wck_downstream *d;

    if (r[0].null || r[1].null || r[1].len == 0) /* names nobody */
        return WCK_OK;
    if (list->n >= WCK_MAX_SERVERS)
        return wck_fail(err, WCK_E_LIMIT, "SUSDB lists more than %u downstream servers", WCK_MAX_SERVERS);
    d = wck_vec_push(list);
    if (d == NULL)
        return wck_fail_memory(err, "reading SUSDB");
    *d = (wck_downstream){.id = r[0].guid,
                          .full_name = copy_of(&r[1]),
                          .parent = r[2].null ? (wck_guid){0, 0} : r[2].guid,
                          .last_sync = wck_susdb_time(&r[3]),
                          .last_rollup = wck_susdb_time(&r[4]),
                          .last_approval_sync = wck_susdb_time(&r[5]),
                          .version = copy_of(&r[6]),
                          .replica = wck_susdb_bit(&r[7])};
    return d->full_name != NULL && (r[6].null || d->version != NULL) ? WCK_OK
                                                                      : wck_fail_memory(err, "reading SUSDB");
}

static wck_status read_downstream(wck_susdb *s, wck_buf *host, char why[WCK_WHY], wck_error *err)
{
    listing l = {.s = s};
    wck_status status = wck_susdb_ask(s, "downstream", "gsgtttsi", on_downstream, &l, why, err);

    if (status == WCK_OK && why[0] == '\0') {
        wck_downstream_list_sort(&l.list);
        wck_host_put_downstream(host, &l.list);
    }
    wck_downstream_list_clear(&l.list);
    return status;
}

/* ---- languages enabled upstream ---- */

typedef struct texts {
    wck_buf text; /* rows as they come, committed when all of them came */
    size_t n;
} texts;

static wck_status on_language(const wck_cell *r, void *payload, wck_error *err)
{
    texts *t = payload;

    (void)err;
    if (r[0].null)
        return WCK_OK;
    if (t->n++ > 0)
        wck_buf_putc(&t->text, ',');
    wck_host_put_text(&t->text, r[0].text);
    return WCK_OK;
}

/* ---- removed approvals ---- */

static wck_status on_removed(const wck_cell *r, void *payload, wck_error *err)
{
    texts *t = payload;
    char id[WCK_GUID_TEXT];

    (void)err;
    if (r[0].null || r[2].null || t->n >= MOST_REMOVED)
        return WCK_OK;
    if (t->n++ > 0)
        wck_buf_putc(&t->text, ',');
    wck_buf_printf(&t->text, "{\"action\":\"%s\"", r[3].number == 1 ? "uninstall" : "install");
    if (!r[5].null) {
        wck_host_put_key(&t->text, "by");
        wck_host_put_text(&t->text, r[5].text);
    }
    wck_host_put_key(&t->text, "group");
    wck_host_put_text(&t->text, wck_guid_format(id, r[2].guid));
    if (!r[1].null) {
        wck_host_put_key(&t->text, "revision");
        wck_buf_printf(&t->text, "%lld", (long long)r[1].number);
    }
    wck_host_put_time(&t->text, "time", wck_susdb_time(&r[4]));
    wck_host_put_key(&t->text, "update");
    wck_host_put_text(&t->text, wck_guid_format(id, r[0].guid));
    wck_buf_putc(&t->text, '}');
    return WCK_OK;
}

/* An array of what a statement gives. */
static wck_status read_texts(wck_susdb *s, wck_buf *host, const char *key, const char *name, const char *types,
                             wck_odbc_row_fn *fn, char why[WCK_WHY], wck_error *err)
{
    texts t = {.n = 0};
    wck_status status;

    wck_buf_init(&t.text, WCK_MAX_JSON_LINE);
    status = wck_susdb_ask(s, name, types, fn, &t, why, err);
    if (status == WCK_OK && t.text.failed)
        status = wck_fail_memory(err, "reading SUSDB");
    if (status == WCK_OK && why[0] == '\0') {
        wck_host_put_key(host, key);
        wck_buf_printf(host, "[%s]", wck_buf_text(&t.text));
    }
    wck_buf_clear(&t.text);
    return status;
}

static wck_status keep(wck_susdb *s, const wck_buf *host, wck_error *err)
{
    if (host->failed)
        return wck_fail_memory(err, "reading SUSDB");
    s->snapshot->host_json = wck_arena_strndup(s->snapshot->arena, host->data, host->len);
    return s->snapshot->host_json != NULL ? WCK_OK : wck_fail_memory(err, "reading SUSDB");
}

wck_status wck_susdb_host(wck_susdb *s, wck_error *err)
{
    char why[3][WCK_WHY] = {"", "", ""};
    const char *reason = "SUSDB tells downstream servers, nothing of the machine";
    wck_status status;
    wck_buf host;

    wck_buf_init(&host, WCK_MAX_JSON_LINE);
    wck_buf_putc(&host, '{');
    status = read_downstream(s, &host, why[0], err);
    if (status == WCK_OK)
        status = read_texts(s, &host, "languages_enabled_upstream", "languages_upstream", "s", on_language, why[1], err);
    if (status == WCK_OK)
        status = read_texts(s, &host, "removed_approvals", "dead_approvals", "gigits", on_removed, why[2], err);
    wck_buf_putc(&host, '}');
    if (status == WCK_OK)
        status = keep(s, &host, err);
    wck_buf_clear(&host);
    for (size_t i = 0; i < 3; i++)
        if (why[i][0] != '\0')
            reason = why[i];
    if (status == WCK_OK)
        wck_snapshot_set_coverage(s->snapshot, WCK_SECTION_HOST, WCK_COVERAGE_PARTIAL, reason);
    return status;
}
