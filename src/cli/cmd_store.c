/* SPDX-License-Identifier: MIT
 * cmd_store.c: the store as a whole: migrate, verify, copy. */
#include "cli/cli.h"

#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- copy ---- */

/* What makes a snapshot the same one in another store; its id and when it was stored do not. */
typedef struct identity {
    wck_digest digest; /* of which the server's name is part */
    wck_time collected_at;
} identity;

typedef struct entry {
    wck_snapshot_id id;
    identity same;
} entry;

typedef struct copying {
    cli *c;
    wck_store *from, *to;
    wck_arena *arena; /* keys of `there` */
    wck_map there;    /* identities in `to` */
    WCK_VEC(entry) entries;
    size_t snapshots, documents, values;
} copying;

static identity identity_of(const wck_snapshot_info *info)
{
    identity same;

    memset(&same, 0, sizeof same); /* it is a key, byte by byte */
    same.digest = info->digest;
    same.collected_at = info->collected_at;
    return same;
}

static wck_status note_there(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    copying *job = payload;
    identity *key = wck_arena_alloc(job->arena, sizeof *key);

    if (key == NULL)
        return wck_fail_memory(err, "copying the store");
    *key = identity_of(info);
    return wck_map_put(&job->there, key, sizeof *key, NULL) != NULL ? WCK_OK : wck_fail_memory(err, "copying the store");
}

static wck_status note_entry(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    copying *job = payload;
    entry *e = wck_vec_push(&job->entries);

    if (e == NULL)
        return wck_fail_memory(err, "copying the store");
    *e = (entry){info->id, identity_of(info)};
    return WCK_OK;
}

static int by_id(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

/* It is cut anew, so what arrives is proven by its digest. */
static wck_status copy_snapshot(copying *job, const entry *e)
{
    wck_snapshot *s = NULL;
    wck_snapshot_id id;
    wck_status status = wck_store_get(job->from, e->id, &s, &job->c->err);

    if (status == WCK_OK)
        status = wck_store_put(job->to, s, &id, NULL, &job->c->err);
    wck_snapshot_free(s);
    if (status == WCK_OK && cli_canceled)
        status = wck_fail(&job->c->err, WCK_E_CANCELED, "interrupted: what was copied so far is whole");
    job->snapshots += status == WCK_OK;
    return status;
}

/* In the order in which they were stored, so that ids tell the same order. */
static wck_status copy_snapshots(copying *job)
{
    wck_status status = wck_store_list(job->to, NULL, note_there, job, &job->c->err);

    if (status == WCK_OK)
        status = wck_store_list(job->from, NULL, note_entry, job, &job->c->err);
    if (status == WCK_OK && job->entries.n > 1)
        qsort(job->entries.items, job->entries.n, sizeof *job->entries.items, by_id);
    for (size_t i = 0; i < job->entries.n && status == WCK_OK; i++)
        if (wck_map_find(&job->there, &job->entries.items[i].same, sizeof(identity)) == NULL)
            status = copy_snapshot(job, &job->entries.items[i]);
    return status;
}

/* Every snapshot is there now, under the digest that it had. */
static wck_status prove(copying *job)
{
    wck_status status;

    wck_map_clear(&job->there);
    status = wck_store_list(job->to, NULL, note_there, job, &job->c->err);
    for (size_t i = 0; i < job->entries.n && status == WCK_OK; i++)
        if (wck_map_find(&job->there, &job->entries.items[i].same, sizeof(identity)) == NULL)
            status = wck_fail(&job->c->err, WCK_E_STORE, "could not copy snapshot %lld: it did not arrive as it was",
                              (long long)job->entries.items[i].id);
    return status;
}

static wck_status copy_document(wck_guid update, int64_t revision, const void *data, size_t len, void *payload,
                                wck_error *err)
{
    copying *job = payload;
    wck_status status = wck_store_document_put(job->to, update, revision, data, len, err);

    if (status == WCK_OK && cli_canceled)
        status = wck_fail(err, WCK_E_CANCELED, "interrupted: what was copied so far is whole");
    job->documents += status == WCK_OK;
    return status;
}

/* The identity of the installation goes along, unless the other store has one of its own. */
static wck_status copy_value(const char *key, const void *data, size_t len, void *payload, wck_error *err)
{
    copying *job = payload;
    wck_buf out;
    wck_status status;

    wck_buf_init(&out, SIZE_MAX / 4);
    status = wck_store_meta_get(job->to, key, &out, err);
    if (status == WCK_E_NOT_FOUND) {
        wck_buf_reset(&out);
        wck_error_clear(err);
        status = wck_buf_put(&out, data, len) ? wck_store_meta_put(job->to, key, wck_buf_text(&out), err)
                                              : wck_fail_memory(err, "copying the store");
        job->values += status == WCK_OK;
    }
    wck_buf_clear(&out);
    return status;
}

static wck_status copy_all(copying *job)
{
    wck_error *err = &job->c->err;
    wck_status status = wck_store_open(&job->from, job->c->args.items[1], &(wck_store_options){.read_only = true}, err);

    if (status == WCK_OK)
        status = wck_store_open(&job->to, job->c->args.items[2], NULL, err);
    if (status == WCK_OK)
        status = wck_store_view_begin(job->from, err); /* one state, whoever writes meanwhile */
    if (status != WCK_OK)
        return status;
    status = copy_snapshots(job);
    if (status == WCK_OK)
        status = wck_store_document_each(job->from, copy_document, job, err);
    if (status == WCK_OK)
        status = wck_store_meta_each(job->from, copy_value, job, err);
    if (status == WCK_OK)
        status = prove(job);
    wck_store_view_end(job->from);
    return status;
}

static wck_status copy(cli *c, wck_buf *out)
{
    copying job = {.c = c, .arena = wck_arena_new()};
    wck_status status = job.arena != NULL ? copy_all(&job) : wck_fail_memory(&c->err, "copying the store");

    if (status == WCK_OK)
        wck_buf_printf(out, "copied %zu snapshots (%zu were there), %zu documents, %zu values\n", job.snapshots,
                       job.entries.n - job.snapshots, job.documents, job.values);
    wck_store_close(job.to);
    wck_store_close(job.from);
    wck_vec_clear(&job.entries);
    wck_map_clear(&job.there);
    wck_arena_free(job.arena);
    return status;
}

/* ---- the command ---- */

static wck_status run_verb(cli *c, const char *verb, wck_buf *out)
{
    wck_status status;

    if (strcmp(verb, "copy") == 0)
        return copy(c, out);
    status = cli_load_config(c);
    if (status == WCK_OK) /* opening for writing brings it to this version's schema */
        status = cli_open_store(c, strcmp(verb, "migrate") == 0);
    return status == WCK_OK && strcmp(verb, "verify") == 0 ? wck_store_verify(c->store, &c->err) : status;
}

static int run(cli *c)
{
    const char *verb = c->args.n > 0 ? c->args.items[0] : "";
    bool is_copy = strcmp(verb, "copy") == 0;
    wck_status status;
    wck_buf out;

    if (!is_copy && strcmp(verb, "verify") != 0 && strcmp(verb, "migrate") != 0)
        return cli_usage(c, "store", "say migrate, verify or copy");
    if (c->args.n != (is_copy ? 3 : 1))
        return cli_usage(c, "store", "wrong number of operands for \"%s\"", verb);
    wck_buf_init(&out, 4096);
    status = run_verb(c, verb, &out);
    if (status == WCK_OK)
        status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_store = {"store", "migrate | verify | copy FROM TO",
                           "bring the store to this version, hash everything again, copy it", NULL, run};
