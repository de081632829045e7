/* SPDX-License-Identifier: MIT
 * stores.c: see stores.h. */
#include "support/test.h"

#include "stores.h"

#include "codec/codec.h"
#include "model/canon.h"
#include "unit/model/random.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void store_dir_make(store_dir *d)
{
    snprintf(d->dir, sizeof d->dir, "/dev/shm/wck-store-XXXXXX"); /* nothing waits for a disk there */
    if (mkdtemp(d->dir) == NULL) {
        snprintf(d->dir, sizeof d->dir, "/tmp/wck-store-XXXXXX");
        assert_non_null(mkdtemp(d->dir));
    }
    snprintf(d->path, sizeof d->path, "%s/store.db", d->dir);
    snprintf(d->uri, sizeof d->uri, "sqlite:%s", d->path);
}

void store_dir_drop(store_dir *d)
{
    DIR *dir;
    char path[400];

    chmod(d->dir, 0700);
    dir = opendir(d->dir);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            snprintf(path, sizeof path, "%s/%s", d->dir, e->d_name);
            unlink(path);
        }
    closedir(dir);
    assert_int_equal(rmdir(d->dir), 0);
}

wck_snapshot *store_sample(const char *server, wck_time at, uint64_t seed)
{
    wck_error err = {0};
    recipes r;
    wck_snapshot *s;

    recipes_make(&r, seed, 60);
    s = recipes_cook(&r, &(cooking){.name = server, .parent = seed % 2 == 0 ? "hq" : NULL, .local = seed});
    s->server.collected_at = at;
    recipes_clear(&r);
    assert_ok(wck_snapshot_freeze(s, &err));
    return s;
}

wck_snapshot_id store_put(wck_store *store, wck_snapshot *s)
{
    wck_error err = {0};
    wck_snapshot_id id;

    assert_ok(wck_store_put(store, s, &id, NULL, &err));
    wck_snapshot_free(s);
    return id;
}

/* ---- answers ---- */

static wck_status note(const wck_snapshot_info *i, void *payload, wck_error *err)
{
    char guid[WCK_GUID_TEXT], digest[WCK_DIGEST_HEX];

    (void)err;
    wck_buf_printf(payload, "%lld %s %s %s %s %s %lld %lld %zu %zu %zu\n", (long long)i->id, i->server,
                   i->parent != NULL ? i->parent : "-", wck_mode_name(i->mode), wck_guid_format(guid, i->server_id),
                   wck_digest_format(digest, &i->digest), (long long)i->collected_at, (long long)i->stored_at, i->updates,
                   i->approvals, i->declined);
    return WCK_OK;
}

static wck_status note_latest(const char *server, wck_snapshot_id now, wck_snapshot_id before, void *payload,
                              wck_error *err)
{
    (void)err;
    wck_buf_printf(payload, "%s %lld %lld\n", server, (long long)now, (long long)before);
    return WCK_OK;
}

static wck_status whole(wck_store *store, wck_snapshot_id id, wck_buf *out, wck_error *err)
{
    wck_snapshot *s;
    wck_status status = wck_store_get(store, id, &s, err);

    if (status == WCK_OK) {
        status = wck_codec_put_snapshot(out, s, err);
        wck_buf_printf(out, "%lld", (long long)s->server.collected_at);
        wck_snapshot_free(s);
    }
    return status;
}

/* What the rules see: the head, what partitions say of themselves, and their rows. */
static wck_status pieces(wck_store *store, wck_snapshot_id id, wck_buf *out, wck_error *err)
{
    wck_reader *r;
    wck_status status = wck_store_reader(store, id, &r, err);
    wck_arena *arena = wck_arena_new();
    wck_buf streams[2];
    char hex[WCK_DIGEST_HEX];

    wck_buf_init(&streams[0], SIZE_MAX / 4);
    wck_buf_init(&streams[1], SIZE_MAX / 4);
    if (status == WCK_OK) {
        wck_buf_printf(out, "%s %s %zu %zu %zu %zu %zu %zu\n", r->head->server.name,
                       wck_digest_format(hex, &r->digest), r->n_partitions, r->n_updates, r->n_declined, r->n_approvals,
                       r->n_superseded, r->n_counted);
        for (int s = 0; s < WCK_SECTION_COUNT; s++) {
            wck_buf_printf(out, "%s %d %zu\n", wck_digest_format(hex, &r->section[s]), (int)r->head->coverage[s].state,
                           r->head->groups.n);
        }
    }
    for (size_t p = 0; status == WCK_OK && p < r->n_partitions; p++) {
        const wck_part_info *part = NULL;
        wck_partition rows;
        status = r->ops->parts(r, p / WCK_SPAN, &part, err);
        if (status != WCK_OK)
            break;
        part += p % WCK_SPAN;
        wck_buf_printf(out, "%s %u %u %u %u\n", wck_digest_format(hex, &part->digest), part->flags, part->n_updates,
                       part->n_declined, part->n_approvals);
        status = r->ops->load(r, p, arena, &rows, err);
        if (status == WCK_OK)
            wck_canon_put_partition(&streams[0], &streams[1], &rows);
    }
    wck_buf_put(out, wck_buf_text(&streams[0]), streams[0].len);
    wck_buf_put(out, wck_buf_text(&streams[1]), streams[1].len);
    wck_buf_clear(&streams[0]);
    wck_buf_clear(&streams[1]);
    wck_reader_close(r);
    wck_arena_free(arena);
    return status;
}

static void add_answer(store_answers *a, wck_status status, const wck_error *err, wck_buf *answer, const char *path)
{
    char digest_hex[WCK_DIGEST_HEX], *text = malloc(1200);
    wck_digest digest;

    assert_non_null(text);
    assert_true(a->n < sizeof a->text / sizeof *a->text);
    if (status != WCK_OK)
        snprintf(text, 1200, "%s%s", strstr(err->text, path) != NULL ? "!" : "?", err->text);
    else {
        assert_true(wck_digest_of(&digest, wck_buf_text(answer), answer->len));
        snprintf(text, 1200, "%s %.600s", wck_digest_format(digest_hex, &digest), wck_buf_text(answer));
    }
    a->text[a->n++] = text;
    wck_buf_reset(answer);
}

void store_ask(store_answers *out, wck_store *store, const wck_snapshot_id *ids, size_t n, const char *path)
{
    wck_error err = {0};
    wck_buf b;

    out->n = 0;
    wck_buf_init(&b, SIZE_MAX / 4);
    add_answer(out, wck_store_list(store, NULL, note, &b, &err), &err, &b, path);
    add_answer(out, wck_store_list(store, "berlin", note, &b, &err), &err, &b, path);
    add_answer(out, wck_store_latest(store, note_latest, &b, &err), &err, &b, path);
    for (size_t i = 0; i < n; i++) {
        add_answer(out, whole(store, ids[i], &b, &err), &err, &b, path);
        add_answer(out, pieces(store, ids[i], &b, &err), &err, &b, path);
    }
    add_answer(out, wck_store_meta_get(store, "key", &b, &err), &err, &b, path);
    add_answer(out, wck_store_meta_get(store, "other", &b, &err), &err, &b, path);
    for (int64_t i = 0; i < 3; i++) {
        wck_status status = wck_store_document_get(store, (wck_guid){1, 2}, i, &b, &err);
        add_answer(out, status, &err, &b, status == WCK_E_NOT_FOUND ? "" : path); /* is fetched again then */
    }
    wck_buf_clear(&b);
}

void store_answers_clear(store_answers *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->text[i]);
    a->n = 0;
}

size_t store_wrong_answer(const store_answers *before, const store_answers *now)
{
    assert_int_equal(before->n, now->n);
    for (size_t i = 0; i < now->n; i++)
        if (now->text[i][0] != '!' && strcmp(before->text[i], now->text[i]) != 0)
            return i + 1;
    return 0;
}
