/* SPDX-License-Identifier: MIT
 * test_store_contract.c: what every store must do, run on each of them (backends.c). */
#include "support/test.h"

#include "backends.h"
#include "model/canon.h"
#include "unit/model/snapshots.h"

#include <pthread.h>
#include <stdio.h>

static wck_error err;

/* ---- helpers ---- */

static wck_snapshot_id put(wck_store *store, const wck_snapshot *s)
{
    wck_snapshot_id id;

    assert_ok(wck_store_put(store, s, &id, NULL, &err));
    assert_true(id > 0);
    return id;
}

/* Puts and frees. */
static wck_snapshot_id put_new(wck_store *store, wck_snapshot *s)
{
    wck_snapshot_id id = put(store, s);

    wck_snapshot_free(s);
    return id;
}

static wck_snapshot *at(const char *name, wck_time t)
{
    return sample_random(&(sample_options){.name = name, .updates = 40, .seed = 1, .collected_at = t});
}

static size_t count(wck_store *store);

static void check_comes_back(wck_store *store, wck_snapshot *s)
{
    wck_snapshot *back;
    wck_snapshot_id id = put(store, s);

    assert_ok(wck_store_get(store, id, &back, &err));
    assert_true(back->frozen);
    assert_same_snapshot(s, back);
    wck_snapshot_free(back);
    wck_snapshot_free(s);
}

/* ---- put and get ---- */

static void a_snapshot_with_every_field_comes_back(void **state)
{
    check_comes_back(((fixture *)*state)->store, sample_full(false));
}

static void a_snapshot_of_nulls_comes_back(void **state)
{
    check_comes_back(((fixture *)*state)->store, sample_null());
}

static void an_empty_snapshot_comes_back(void **state)
{
    check_comes_back(((fixture *)*state)->store, sample_empty("x"));
}

static void a_large_snapshot_comes_back(void **state)
{
    check_comes_back(((fixture *)*state)->store,
                     sample_random(&(sample_options){.updates = 2000, .seed = 3, .local = 5}));
}

static void the_same_snapshot_is_stored_once(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot *a = sample_full(false), *b = sample_full(true); /* other order of input */
    wck_snapshot_id first, second;
    bool existed = true;

    assert_ok(wck_store_put(store, a, &first, &existed, &err));
    assert_false(existed);
    assert_ok(wck_store_put(store, b, &second, &existed, &err));
    assert_true(existed);
    assert_int_equal(first, second);
    assert_int_equal(count(store), 1);
    wck_snapshot_free(a);
    wck_snapshot_free(b);
}

static void equal_facts_at_another_time_are_another_snapshot(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot_id first = put_new(store, at("a", 1)), second = put_new(store, at("a", 2));
    wck_reader *x, *y;

    assert_true(second > first);
    assert_ok(wck_store_reader(store, first, &x, &err));
    assert_ok(wck_store_reader(store, second, &y, &err));
    assert_true(wck_digest_eq(&x->digest, &y->digest));
    assert_int_equal(x->head->server.collected_at, 1);
    assert_int_equal(y->head->server.collected_at, 2);
    wck_reader_close(x);
    wck_reader_close(y);
}

static void a_snapshot_that_is_not_frozen_is_refused_and_leaves_nothing(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot *s = wck_snapshot_new();
    wck_snapshot_id id = 5;

    assert_fails(WCK_E_ARG, wck_store_put(store, s, &id, NULL, &err));
    assert_int_equal(id, 0);
    assert_int_equal(count(store), 0);
    put_new(store, at("a", 1)); /* no transaction is left open */
    wck_snapshot_free(s);
}

static void what_is_not_there_is_not_found(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot *s;
    wck_reader *r;

    assert_fails(WCK_E_NOT_FOUND, wck_store_get(store, 7, &s, &err));
    assert_null(s);
    assert_contains(err.text, "could not find snapshot 7");
    assert_fails(WCK_E_NOT_FOUND, wck_store_reader(store, 7, &r, &err));
    assert_null(r);
    assert_fails(WCK_E_NOT_FOUND, wck_store_remove(store, 7, &err));
    put_new(store, at("a", 1));
}

/* ---- readers ---- */

static void check_same_reader(wck_reader *a, wck_reader *b)
{
    assert_true(wck_digest_eq(&a->digest, &b->digest));
    assert_int_equal(a->n_partitions, b->n_partitions);
    assert_int_equal(a->n_updates, b->n_updates);
    assert_int_equal(a->n_declined, b->n_declined);
    assert_int_equal(a->n_approvals, b->n_approvals);
    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        assert_true(wck_digest_eq(&a->section[s], &b->section[s]));
    assert_int_equal(a->n_superseded, b->n_superseded);
    assert_int_equal(a->n_counted, b->n_counted);
    assert_int_equal(a->n_approved, b->n_approved);
    assert_int_equal(a->n_approved_updates, b->n_approved_updates);
    assert_int_equal(a->n_spans, b->n_spans);
    for (size_t p = 0; p < a->n_partitions; p++) {
        const wck_part_info *x, *y;
        assert_true(wck_digest_eq(&a->spans[p / WCK_SPAN].digest, &b->spans[p / WCK_SPAN].digest));
        assert_int_equal(a->spans[p / WCK_SPAN].flags, b->spans[p / WCK_SPAN].flags);
        assert_ok(a->ops->parts(a, p / WCK_SPAN, &x, &err));
        assert_ok(b->ops->parts(b, p / WCK_SPAN, &y, &err));
        x += p % WCK_SPAN;
        y += p % WCK_SPAN;
        assert_true(wck_digest_eq(&x->digest, &y->digest));
        assert_int_equal(x->flags, y->flags);
        assert_int_equal(x->n_updates, y->n_updates);
        assert_int_equal(x->n_declined, y->n_declined);
        assert_int_equal(x->n_approvals, y->n_approvals);
    }
}

/* Everything the reader gives, put together. */
static wck_snapshot *assemble(wck_reader *r, wck_arena *arena)
{
    wck_snapshot *out = wck_snapshot_new();

    out->server = r->head->server;
    memcpy(out->coverage, r->head->coverage, sizeof out->coverage);
    out->config = r->head->config;
    out->host_json = r->head->host_json;
    for (size_t i = 0; i < r->head->languages.n; i++)
        *wck_snapshot_add_language(out) = r->head->languages.items[i];
    for (size_t i = 0; i < r->head->categories.n; i++)
        *wck_snapshot_add_category(out) = r->head->categories.items[i];
    for (size_t i = 0; i < r->head->groups.n; i++)
        *wck_snapshot_add_group(out) = r->head->groups.items[i];
    for (size_t i = 0; i < r->head->eulas.n; i++)
        *wck_snapshot_add_eula(out) = r->head->eulas.items[i];
    for (size_t i = 0; i < r->head->sync_history.n; i++)
        *wck_snapshot_add_sync_run(out) = r->head->sync_history.items[i];
    for (size_t i = 0; i < r->head->files.n; i++)
        *wck_snapshot_add_file(out) = r->head->files.items[i];
    for (size_t p = 0; p < r->n_partitions; p++) {
        wck_partition rows;
        assert_ok(r->ops->load(r, p, arena, &rows, &err));
        for (size_t i = 0; i < rows.n_updates; i++)
            *wck_snapshot_add_update(out) = rows.updates[i];
        for (size_t i = 0; i < rows.n_declined; i++)
            *wck_snapshot_add_declined(out) = rows.declined[i];
        for (size_t i = 0; i < rows.n_approvals; i++)
            *wck_snapshot_add_approval(out) = rows.approvals[i];
    }
    assert_ok(wck_snapshot_freeze(out, &err));
    return out;
}

static void check_reader(wck_store *store, wck_snapshot *s)
{
    wck_snapshot_id id = put(store, s);
    wck_arena *arena = wck_arena_new();
    wck_reader *stored, *memory;
    wck_snapshot *whole;

    assert_ok(wck_store_reader(store, id, &stored, &err));
    assert_ok(wck_reader_of_snapshot(&memory, s, &err));
    assert_true(stored->head->frozen);
    check_same_reader(stored, memory);
    whole = assemble(stored, arena);
    assert_same_snapshot(s, whole);
    wck_snapshot_free(whole);
    wck_reader_close(stored);
    wck_reader_close(memory);
    wck_arena_free(arena);
    wck_snapshot_free(s);
}

static void a_reader_equals_the_reader_of_the_snapshot_in_memory(void **state)
{
    wck_store *store = ((fixture *)*state)->store;

    check_reader(store, sample_full(false));
    check_reader(store, sample_null());
    check_reader(store, sample_empty("x"));
    check_reader(store, sample_random(&(sample_options){.updates = 1700, .seed = 3, .local = 5}));
}

static void readers_of_equal_servers_share_what_is_decoded(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot_id a = put_new(store, at("a", 1)), b = put_new(store, at("b", 1));
    wck_reader *x, *y;

    assert_ok(wck_store_reader(store, a, &x, &err));
    assert_ok(wck_store_reader(store, b, &y, &err));
    assert_ptr_equal(x->head->categories.items, y->head->categories.items);
    assert_ptr_equal(x->spans, y->spans);
    assert_string_equal(x->head->server.name, "a");
    wck_reader_close(x);
    assert_string_equal(y->head->server.name, "b"); /* lives on */
    assert_int_equal(y->head->categories.n, 300);
    wck_reader_close(y);
}

static void a_partition_that_is_not_there_is_refused(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_arena *arena = wck_arena_new();
    wck_partition rows;
    wck_reader *r;

    assert_ok(wck_store_reader(store, put_new(store, at("a", 1)), &r, &err));
    assert_fails(WCK_E_ARG, r->ops->load(r, r->n_partitions, arena, &rows, &err));
    wck_reader_close(r);
    wck_arena_free(arena);
}

/* ---- list and latest ---- */

typedef struct seen {
    wck_store *store;
    size_t n;
    char text[400];
    wck_status answer;
} seen;

static wck_status note(const wck_snapshot_info *info, void *payload, wck_error *e)
{
    seen *s = payload;
    size_t len = strlen(s->text);

    s->n++;
    snprintf(s->text + len, sizeof s->text - len, "%s@%lld ", info->server, (long long)info->collected_at);
    return s->answer == WCK_OK ? WCK_OK : wck_fail(e, s->answer, "enough");
}

static size_t count(wck_store *store)
{
    seen s = {0};

    assert_ok(wck_store_list(store, NULL, note, &s, &err));
    return s.n;
}

static void the_list_goes_by_server_bytewise_then_time_then_id(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    seen s = {0};

    put_new(store, at("b", 2));
    put_new(store, at("b", 1));
    put_new(store, at("a", 9));
    put_new(store, at("B", 5));
    put_new(store, at("\xc3\xa4", 1));
    put_new(store, at("z", -4));
    assert_ok(wck_store_list(store, NULL, note, &s, &err));
    assert_string_equal(s.text, "B@5 a@9 b@1 b@2 z@-4 \xc3\xa4@1 ");
    s = (seen){0};
    assert_ok(wck_store_list(store, "b", note, &s, &err));
    assert_string_equal(s.text, "b@1 b@2 ");
    s = (seen){0};
    assert_ok(wck_store_list(store, "nobody", note, &s, &err));
    assert_int_equal(s.n, 0);
}

static wck_status check_info(const wck_snapshot_info *info, void *payload, wck_error *e)
{
    const wck_snapshot *s = payload;

    (void)e;
    assert_string_equal(info->server, s->server.name);
    if (s->server.parent == NULL)
        assert_null(info->parent);
    else
        assert_string_equal(info->parent, s->server.parent);
    assert_int_equal(info->mode, s->server.mode);
    assert_true(wck_guid_eq(info->server_id, s->server.server_id));
    assert_true(info->collected_at == s->server.collected_at);
    assert_int_equal(info->stored_at, 12345);
    assert_int_equal(info->updates, s->updates.n);
    assert_int_equal(info->approvals, s->approvals.n);
    assert_int_equal(info->declined, s->declined.n);
    return WCK_OK;
}

static void an_entry_of_the_list_tells_what_was_put(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot *all[] = {sample_full(false), sample_null()};

    wck_time_fake(12345);
    for (size_t i = 0; i < 2; i++) {
        put(store, all[i]);
        assert_ok(wck_store_list(store, all[i]->server.name, check_info, all[i], &err));
        wck_snapshot_free(all[i]);
    }
    wck_time_fake(WCK_TIME_NONE);
}

static void an_error_of_the_callback_ends_the_list(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    seen s = {.answer = WCK_E_CANCELED};

    put_new(store, at("a", 1));
    put_new(store, at("b", 1));
    assert_fails(WCK_E_CANCELED, wck_store_list(store, NULL, note, &s, &err));
    assert_int_equal(s.n, 1);
    assert_string_equal(err.text, "enough");
}

static wck_status remove_it(const wck_snapshot_info *info, void *payload, wck_error *e)
{
    return wck_store_remove(((seen *)payload)->store, info->id, e);
}

static void the_callback_of_a_list_may_use_the_store(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    seen s = {.store = store};

    put_new(store, at("a", 1));
    put_new(store, at("b", 1));
    assert_ok(wck_store_list(store, NULL, remove_it, &s, &err));
    assert_int_equal(count(store), 0);
}

static wck_status note_latest(const char *server, wck_snapshot_id now, wck_snapshot_id before, void *payload,
                              wck_error *e)
{
    seen *s = payload;
    size_t len = strlen(s->text);

    snprintf(s->text + len, sizeof s->text - len, "%s:%lld,%lld ", server, (long long)now, (long long)before);
    return s->answer == WCK_OK ? WCK_OK : wck_fail(e, s->answer, "enough");
}

static void latest_is_the_newest_by_time_and_the_one_before(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot_id b20 = put_new(store, at("b", 20)), b5 = put_new(store, at("b", 5)),
                    b10 = put_new(store, at("b", 10)), a1 = put_new(store, at("a", 1)),
                    never = put_new(store, at("a", WCK_TIME_NONE));
    seen s = {0};
    char wanted[100];

    (void)b5;
    snprintf(wanted, sizeof wanted, "a:%lld,%lld b:%lld,%lld ", (long long)a1, (long long)never, (long long)b20,
             (long long)b10);
    assert_ok(wck_store_latest(store, note_latest, &s, &err));
    assert_string_equal(s.text, wanted);
    s = (seen){.answer = WCK_E_CANCELED};
    assert_fails(WCK_E_CANCELED, wck_store_latest(store, note_latest, &s, &err));
    assert_ok(wck_store_remove(store, b10, &err));
    assert_ok(wck_store_remove(store, b5, &err));
    assert_ok(wck_store_remove(store, never, &err));
    s = (seen){0};
    snprintf(wanted, sizeof wanted, "a:%lld,0 b:%lld,0 ", (long long)a1, (long long)b20);
    assert_ok(wck_store_latest(store, note_latest, &s, &err));
    assert_string_equal(s.text, wanted);
}

static void of_two_at_the_same_time_the_later_id_is_the_latest(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot_id first = put_new(store, at("a", 1));
    wck_snapshot_id second =
        put_new(store, sample_random(&(sample_options){.name = "a", .updates = 3, .seed = 8, .collected_at = 1}));
    seen s = {0};
    char wanted[60];

    snprintf(wanted, sizeof wanted, "a:%lld,%lld ", (long long)second, (long long)first);
    assert_ok(wck_store_latest(store, note_latest, &s, &err));
    assert_string_equal(s.text, wanted);
}

/* ---- remove ---- */

static void removing_one_leaves_the_others_whole(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot *kept = sample_random(&(sample_options){.updates = 500, .seed = 1, .local = 2, .collected_at = 1});
    wck_snapshot *gone =
        sample_random(&(sample_options){.updates = 500, .seed = 1, .local = 3, .changed = 9, .collected_at = 2});
    wck_snapshot_id k = put(store, kept), g = put(store, gone);
    wck_snapshot *back;

    assert_ok(wck_store_remove(store, g, &err));
    assert_fails(WCK_E_NOT_FOUND, wck_store_get(store, g, &back, &err));
    assert_ok(wck_store_get(store, k, &back, &err));
    assert_same_snapshot(kept, back);
    assert_ok(wck_store_verify(store, &err));
    wck_snapshot_free(back);
    assert_true(put(store, gone) > g); /* an id is never used again */
    wck_snapshot_free(kept);
    wck_snapshot_free(gone);
}

static void many_are_removed_at_once_or_none(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot_id ids[4];

    for (int i = 0; i < 4; i++)
        ids[i] = put_new(store, sample_random(&(sample_options){.updates = 200, .seed = 1, .changed = (size_t)i * 9,
                                                                .collected_at = i}));
    assert_fails(WCK_E_NOT_FOUND, wck_store_remove_all(store, (wck_snapshot_id[]){ids[0], ids[1], 77}, 3, &err));
    assert_int_equal(count(store), 4);
    assert_ok(wck_store_verify(store, &err));
    assert_ok(wck_store_remove_all(store, (wck_snapshot_id[]){ids[2], ids[0], ids[1]}, 3, &err));
    assert_int_equal(count(store), 1);
    assert_ok(wck_store_verify(store, &err));
    assert_ok(wck_store_remove_all(store, NULL, 0, &err));
    assert_int_equal(count(store), 1);
}

static void what_would_travel_is_told_and_not_sent(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_snapshot *s = sample_random(&(sample_options){.updates = 2000, .seed = 1});
    wck_snapshot *t = sample_random(&(sample_options){.updates = 2000, .seed = 1, .changed = 1});
    wck_travel all, none, some;

    assert_ok(wck_store_would_put(store, s, &all, &err));
    assert_true(all.chunks > 100 && all.bytes > 10000);
    assert_int_equal(count(store), 0);
    put(store, s);
    assert_ok(wck_store_would_put(store, s, &none, &err));
    assert_int_equal(none.chunks, 0);
    assert_true(none.bytes == 0);
    assert_ok(wck_store_would_put(store, t, &some, &err));
    assert_true(some.chunks > 0 && some.chunks < 20 && some.bytes < all.bytes / 4);
    assert_int_equal(count(store), 1);
    wck_snapshot_free(s);
    wck_snapshot_free(t);
}

static void a_view_is_of_one_state(void **state)
{
    fixture *f = *state;
    wck_store *other;
    wck_snapshot_id id = put_new(f->store, at("a", 1));
    wck_reader *r;

    if (!current->lasting)
        skip();
    assert_ok(wck_store_open(&other, f->uri, NULL, &err));
    assert_ok(wck_store_view_begin(f->store, &err));
    assert_ok(wck_store_view_begin(f->store, &err));
    assert_int_equal(count(f->store), 1);
    assert_ok(wck_store_remove(other, id, &err));
    put_new(other, at("b", 1));
    put_new(other, at("c", 1));
    assert_int_equal(count(f->store), 1);
    wck_store_view_end(f->store);
    assert_ok(wck_store_reader(f->store, id, &r, &err));
    assert_string_equal(r->head->server.name, "a");
    wck_store_view_end(f->store);
    assert_int_equal(count(f->store), 1); /* the reader holds on to it */
    wck_reader_close(r);
    assert_int_equal(count(f->store), 2);
    wck_store_close(other);
}

/* ---- named values and documents ---- */

static wck_status note_value(const char *key, const void *data, size_t len, void *payload, wck_error *e)
{
    seen *s = payload;
    size_t at_end = strlen(s->text);

    s->n++;
    snprintf(s->text + at_end, sizeof s->text - at_end, "%s=%.*s ", key, (int)len, (const char *)data);
    return s->answer == WCK_OK ? WCK_OK : wck_fail(e, s->answer, "enough");
}

static wck_status note_document(wck_guid update, int64_t revision, const void *data, size_t len, void *payload,
                                wck_error *e)
{
    char guid[WCK_GUID_TEXT], key[80];

    snprintf(key, sizeof key, "%s/%lld", wck_guid_format(guid, update), (long long)revision);
    return note_value(key, data, len, payload, e);
}

static void every_value_and_document_is_given(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    seen s = {0};

    assert_ok(wck_store_meta_each(store, note_value, &s, &err));
    assert_ok(wck_store_document_each(store, note_document, &s, &err));
    assert_int_equal(s.n, 0);
    put_new(store, at("a", 1)); /* the tally is none of them */
    assert_ok(wck_store_meta_put(store, "k", "v", &err));
    assert_ok(wck_store_document_put(store, (wck_guid){1, 2}, -3, "abc", 3, &err));
    assert_ok(wck_store_meta_each(store, note_value, &s, &err));
    assert_string_equal(s.text, "k=v ");
    s = (seen){0};
    assert_ok(wck_store_document_each(store, note_document, &s, &err));
    assert_string_equal(s.text, "00000000-0000-0001-0000-000000000002/-3=abc ");
    s = (seen){.answer = WCK_E_CANCELED};
    assert_fails(WCK_E_CANCELED, wck_store_document_each(store, note_document, &s, &err));
    assert_fails(WCK_E_CANCELED, wck_store_meta_each(store, note_value, &s, &err));
    put_new(store, at("b", 1)); /* no transaction is left open */
}

static void check_meta(wck_store *store, const char *key, const char *value)
{
    wck_buf out;

    wck_buf_init(&out, 1000);
    wck_buf_puts(&out, ">");
    assert_ok(wck_store_meta_get(store, key, &out, &err));
    assert_int_equal(out.data[0], '>'); /* appended */
    assert_string_equal(out.data + 1, value);
    wck_buf_clear(&out);
}

static void a_named_value_is_kept_and_replaced(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_buf out;

    wck_buf_init(&out, 1000);
    assert_fails(WCK_E_NOT_FOUND, wck_store_meta_get(store, "id", &out, &err));
    assert_ok(wck_store_meta_put(store, "id", "1 \xc3\xa4 'x'", &err));
    check_meta(store, "id", "1 \xc3\xa4 'x'");
    assert_ok(wck_store_meta_put(store, "id", "", &err));
    check_meta(store, "id", "");
    wck_buf_clear(&out);
}

static void a_document_never_changes(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_guid g = {1, 2};
    wck_buf out;

    wck_buf_init(&out, 1000);
    assert_fails(WCK_E_NOT_FOUND, wck_store_document_get(store, g, 3, &out, &err));
    assert_ok(wck_store_document_put(store, g, 3, "a\0b", 3, &err));
    assert_ok(wck_store_document_put(store, g, 3, "other", 5, &err));
    assert_ok(wck_store_document_put(store, g, 4, NULL, 0, &err));
    assert_fails(WCK_E_NOT_FOUND, wck_store_document_get(store, g, 5, &out, &err));
    assert_ok(wck_store_document_get(store, g, 3, &out, &err));
    assert_int_equal(out.len, 3);
    assert_memory_equal(out.data, "a\0b", 3);
    assert_ok(wck_store_document_get(store, g, 4, &out, &err));
    assert_int_equal(out.len, 3);
    wck_buf_clear(&out);
}

static void a_document_larger_than_the_buffer_allows_is_a_limit(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    wck_buf out;

    wck_buf_init(&out, 2);
    assert_ok(wck_store_document_put(store, (wck_guid){1, 1}, 1, "abc", 3, &err));
    assert_fails(WCK_E_LIMIT, wck_store_document_get(store, (wck_guid){1, 1}, 1, &out, &err));
    wck_buf_clear(&out);
}

/* ---- together ---- */

static void everything_is_there_after_opening_again(void **state)
{
    fixture *f = *state;
    wck_snapshot *s = sample_full(false), *back;
    wck_snapshot_id id = put(f->store, s);

    if (!current->lasting) {
        wck_snapshot_free(s);
        skip();
    }
    assert_ok(wck_store_meta_put(f->store, "k", "v", &err));
    assert_ok(wck_store_document_put(f->store, (wck_guid){1, 1}, 1, "d", 1, &err));
    wck_store_close(f->store);
    assert_ok(wck_store_open(&f->store, f->uri, &(wck_store_options){.read_only = true}, &err));
    assert_ok(wck_store_get(f->store, id, &back, &err));
    assert_same_snapshot(s, back);
    check_meta(f->store, "k", "v");
    assert_ok(wck_store_verify(f->store, &err));
    wck_snapshot_free(back);
    wck_snapshot_free(s);
}

typedef struct thread_work {
    wck_store *store;
    uint64_t number;
    bool ok;
} thread_work;

static void *work(void *payload)
{
    thread_work *w = payload;
    wck_error e;
    char name[16];
    bool ok = true;

    snprintf(name, sizeof name, "t%d", (int)w->number);
    for (int64_t i = 0; i < 40 && ok; i++) {
        wck_buf out;
        wck_buf_init(&out, 100);
        ok = wck_store_document_put(w->store, (wck_guid){w->number % 2, 1}, i, &i, sizeof i, &e) == WCK_OK &&
             wck_store_document_get(w->store, (wck_guid){w->number % 2, 1}, i, &out, &e) == WCK_OK &&
             out.len == sizeof i && memcmp(out.data, &i, sizeof i) == 0;
        if (ok && i % 10 == 0) {
            wck_snapshot *s = at(name, i + 1);
            wck_snapshot_id id;
            ok = wck_store_put(w->store, s, &id, NULL, &e) == WCK_OK;
            wck_snapshot_free(s);
        }
        wck_buf_clear(&out);
    }
    w->ok = ok;
    return NULL;
}

static void threads_may_put_snapshots_and_documents_at_once(void **state)
{
    wck_store *store = ((fixture *)*state)->store;
    thread_work works[4];
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++) {
        works[i] = (thread_work){.store = store, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &works[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_true(works[i].ok);
    }
    assert_int_equal(count(store), 16);
    assert_ok(wck_store_verify(store, &err));
}

static void a_store_with_everything_in_it_verifies(void **state)
{
    wck_store *store = ((fixture *)*state)->store;

    assert_ok(wck_store_verify(store, &err));
    put_new(store, sample_full(false));
    put_new(store, at("a", 1));
    put_new(store, at("b", 2));
    assert_ok(wck_store_meta_put(store, "k", "v", &err));
    assert_ok(wck_store_document_put(store, (wck_guid){1, 1}, 1, "d", 1, &err));
    assert_ok(wck_store_verify(store, &err));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, contract_set_up, contract_tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(a_snapshot_with_every_field_comes_back),
        CASE(a_snapshot_of_nulls_comes_back),
        CASE(an_empty_snapshot_comes_back),
        CASE(a_large_snapshot_comes_back),
        CASE(the_same_snapshot_is_stored_once),
        CASE(equal_facts_at_another_time_are_another_snapshot),
        CASE(a_snapshot_that_is_not_frozen_is_refused_and_leaves_nothing),
        CASE(what_is_not_there_is_not_found),
        CASE(a_reader_equals_the_reader_of_the_snapshot_in_memory),
        CASE(readers_of_equal_servers_share_what_is_decoded),
        CASE(a_partition_that_is_not_there_is_refused),
        CASE(the_list_goes_by_server_bytewise_then_time_then_id),
        CASE(an_entry_of_the_list_tells_what_was_put),
        CASE(an_error_of_the_callback_ends_the_list),
        CASE(the_callback_of_a_list_may_use_the_store),
        CASE(latest_is_the_newest_by_time_and_the_one_before),
        CASE(of_two_at_the_same_time_the_later_id_is_the_latest),
        CASE(removing_one_leaves_the_others_whole),
        CASE(many_are_removed_at_once_or_none),
        CASE(what_would_travel_is_told_and_not_sent),
        CASE(a_view_is_of_one_state),
        CASE(every_value_and_document_is_given),
        CASE(a_named_value_is_kept_and_replaced),
        CASE(a_document_never_changes),
        CASE(a_document_larger_than_the_buffer_allows_is_a_limit),
        CASE(everything_is_there_after_opening_again),
        CASE(threads_may_put_snapshots_and_documents_at_once),
        CASE(a_store_with_everything_in_it_verifies),
    };
    int failed = 0;

    for (current = contract_backends(); current->name != NULL; current++)
        failed += cmocka_run_group_tests_name(current->name, tests, NULL, NULL);
    return failed;
}
