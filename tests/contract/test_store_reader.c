/* SPDX-License-Identifier: MIT
 * test_store_reader.c: what a reader of the SQLite store tells without reading rows, and that it reads on whatever
 * happens beside it. */
#include "support/test.h"

#include "store/store.h"
#include "unit/model/snapshots.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static wck_error err;
static char directory[64], path[128], uri[160];

static int set_up(void **state)
{
    snprintf(directory, sizeof directory, "/tmp/wck-reader-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/store.db", directory);
    snprintf(uri, sizeof uri, "sqlite:%s", path);
    assert_ok(wck_store_open((wck_store **)state, uri, NULL, &err));
    return 0;
}

static int tear_down(void **state)
{
    wck_store_close(*state);
    unlink(path);
    assert_int_equal(rmdir(directory), 0); /* closing took the log along */
    return 0;
}

static wck_snapshot_id put(wck_store *store, const wck_snapshot *s)
{
    wck_snapshot_id id;

    assert_ok(wck_store_put(store, s, &id, NULL, &err));
    return id;
}

static wck_snapshot_id put_new(wck_store *store, wck_snapshot *s)
{
    wck_snapshot_id id = put(store, s);

    wck_snapshot_free(s);
    return id;
}

static wck_snapshot *at(const char *name, wck_time t)
{
    return sample_random(&(sample_options){.name = name, .updates = 1700, .seed = 1, .collected_at = t});
}

static void run_sql(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Places only save time: wrong, cut or missing ones change nothing. */
static void wrong_places_do_no_harm(void **state)
{
    static const char *const edits[] = {
        "UPDATE chunk SET places = zeroblob(length(places))",
        "UPDATE chunk SET places = substr(places, 1, 20)",
        "UPDATE chunk SET places = (SELECT o.places FROM chunk o WHERE o.places NOT NULL AND o.id <> chunk.id LIMIT 1) "
        "WHERE places NOT NULL",
        "UPDATE chunk SET places = randomblob(512)",
        "UPDATE chunk SET places = NULL",
    };
    wck_snapshot *s = at("a", 1), *back;
    wck_snapshot_id id = put(*state, s);

    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        wck_store_close(*state);
        run_sql(edits[i]);
        assert_ok(wck_store_open((wck_store **)state, uri, NULL, &err));
        assert_ok(wck_store_get(*state, id, &back, &err));
        assert_same_snapshot(s, back);
        wck_snapshot_free(back);
    }
    wck_snapshot_free(s);
}

/* Storing what is there already adds the snapshot's own chunks and nothing else. */
static void an_unchanged_server_adds_no_lists(void **state)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    int chunks[2];

    for (int i = 0; i < 2; i++) {
        put_new(*state, at("a", i + 1));
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM chunk", -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        chunks[i] = sqlite3_column_int(stmt, 0);
        sqlite3_finalize(stmt);
        sqlite3_close(db);
    }
    assert_int_equal(chunks[1], chunks[0] + 1); /* the time of looking */
}

/* The index may be looked into at any span, in any order, and updates be found one by one. */
static void single_updates_are_found(void **state)
{
    wck_store *store = *state;
    wck_snapshot *s = sample_random(&(sample_options){.updates = 1700, .seed = 3, .local = 5});
    wck_snapshot_id id = put(store, s);
    wck_arena *arena = wck_arena_new();
    wck_partition rows;
    wck_reader *r;

    assert_ok(wck_store_reader(store, id, &r, &err));
    for (size_t i = s->updates.n; i-- > 0;) {
        const wck_update *u = &s->updates.items[i];
        assert_ok(r->ops->find(r, u->id, arena, &rows, &err));
        assert_true(rows.n_updates > 0);
        for (size_t k = 0; k < rows.n_updates; k++)
            assert_true(wck_guid_eq(rows.updates[k].id, u->id));
        for (size_t k = 0; k < rows.n_approvals; k++)
            assert_true(wck_guid_eq(rows.approvals[k].update, u->id));
        wck_arena_reset(arena);
    }
    assert_ok(r->ops->find(r, (wck_guid){1, 2}, arena, &rows, &err));
    assert_int_equal(rows.n_updates + rows.n_declined + rows.n_approvals, 0);
    wck_reader_close(r);
    wck_arena_free(arena);
    wck_snapshot_free(s);
}

static void a_reader_lives_on_while_others_are_put(void **state)
{
    wck_store *store = *state;
    wck_snapshot_id a = put_new(store, at("a", 1));
    wck_arena *arena = wck_arena_new();
    wck_partition rows;
    wck_reader *x, *y;

    assert_ok(wck_store_reader(store, a, &x, &err));
    assert_ok(wck_store_meta_put(store, "k", "v", &err));
    assert_ok(wck_store_reader(store, put_new(store, at("b", 2)), &y, &err));
    for (size_t p = 0; p < x->n_partitions; p++)
        assert_ok(x->ops->load(x, p, arena, &rows, &err));
    wck_reader_close(x);
    assert_ok(wck_store_remove(store, a, &err));
    for (size_t p = 0; p < y->n_partitions; p++)
        assert_ok(y->ops->load(y, p, arena, &rows, &err));
    wck_reader_close(y);
    wck_arena_free(arena);
    assert_ok(wck_store_verify(store, &err));
}

static wck_demands demands_of(wck_store *store, wck_snapshot *s, wck_arena *arena)
{
    wck_demands d;
    wck_reader *r;

    assert_ok(wck_snapshot_freeze(s, &err));
    assert_ok(wck_store_reader(store, put(store, s), &r, &err));
    assert_ok(r->ops->demands(r, arena, &d, &err));
    wck_reader_close(r);
    wck_snapshot_free(s);
    return d;
}

static void demands_are_what_approved_updates_ask_for(void **state)
{
    wck_store *store = *state;
    wck_arena *arena = wck_arena_new();
    const char *both[] = {"de", "en"}, *fr[] = {"fr"};
    wck_snapshot *s = wck_snapshot_new();
    wck_demands d;

    s->server.name = "a";
    for (uint64_t i = 1; i <= 6; i++) {
        wck_update *u = wck_snapshot_add_update(s);
        wck_approval *a = wck_snapshot_add_approval(s);
        u->id = a->update = (wck_guid){i, i};
        u->revision = a->revision = 1;
        u->languages_known = i != 5;
        u->languages = i < 3 ? (wck_strings){both, 2} : i == 3 ? (wck_strings){fr, 1} : (wck_strings){NULL, 0};
        u->eula = i == 4 || i == 6 ? (wck_guid){9, i} : (wck_guid){0, 0};
        a->action = i == 6 ? WCK_ACTION_BLOCK : i == 1 ? WCK_ACTION_UNINSTALL : WCK_ACTION_INSTALL;
    }
    d = demands_of(store, s, arena);
    assert_true(d.whole);
    assert_int_equal(d.n_languages, 2); /* by their bytes, the shorter first */
    assert_int_equal(d.languages[0].n, 1);
    assert_string_equal(d.languages[0].items[0], "fr");
    assert_int_equal(d.languages[1].n, 2);
    assert_string_equal(d.languages[1].items[1], "en");
    assert_int_equal(d.eulas.n, 1);
    assert_true(wck_guid_eq(d.eulas.items[0], (wck_guid){9, 4}));
    wck_arena_free(arena);
}

static void too_many_demands_are_not_listed(void **state)
{
    wck_store *store = *state;
    wck_arena *arena = wck_arena_new();
    wck_snapshot *s = wck_snapshot_new();
    wck_demands d;

    s->server.name = "a";
    for (uint64_t i = 1; i <= 4001; i++) {
        wck_update *u = wck_snapshot_add_update(s);
        wck_approval *a = wck_snapshot_add_approval(s);
        u->id = a->update = u->eula = (wck_guid){i << 40, i};
        u->revision = a->revision = 1;
        a->action = WCK_ACTION_INSTALL;
    }
    d = demands_of(store, s, arena);
    assert_false(d.whole);
    assert_int_equal(d.n_languages + d.eulas.n, 0);
    wck_arena_free(arena);
}

static void superseded_and_counted_are_told(void **state)
{
    wck_store *store = *state;
    wck_guid targets[3] = {{2, 2}, {3, 3}, {9, 9}};
    wck_snapshot *s = wck_snapshot_new();
    wck_reader *r;

    s->server.name = "a";
    for (uint64_t i = 1; i <= 4; i++) {
        wck_update *u = wck_snapshot_add_update(s);
        u->id = (wck_guid){i, i};
        u->revision = 1;
        if (i == 1 || i == 4)
            u->supersedes = (wck_guids){targets, 3}; /* 2; 3 is declined, 9 not listed */
    }
    wck_snapshot_add_declined(s)->id = (wck_guid){3, 3};
    for (int64_t i = 0; i < 8; i++) {
        wck_approval *a = wck_snapshot_add_approval(s);
        a->update = (wck_guid){1, i == 7 ? 2 : 1};
        a->group = i == 5 ? WCK_GROUP_DOWNSTREAM : (wck_guid){1, i < 3 ? 1 : i < 5 ? 2 : 3};
        a->revision = i < 3 ? i : 9;
        a->action = i == 2 ? WCK_ACTION_SCAN : i == 1 || i == 3 ? WCK_ACTION_BLOCK : WCK_ACTION_INSTALL;
    }
    assert_ok(wck_snapshot_freeze(s, &err));
    assert_ok(wck_store_reader(store, put(store, s), &r, &err));
    assert_int_equal(r->n_superseded, 1);
    assert_int_equal(r->n_counted, 4);          /* group 1, 2, 3, and 3 of the other update */
    assert_int_equal(r->n_approved, 3);         /* of group 1 revision 1 counts: a block */
    assert_int_equal(r->n_approved_updates, 2);
    wck_reader_close(r);
    wck_snapshot_free(s);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(wrong_places_do_no_harm),
        CASE(an_unchanged_server_adds_no_lists),
        CASE(single_updates_are_found),
        CASE(a_reader_lives_on_while_others_are_put),
        CASE(demands_are_what_approved_updates_ask_for),
        CASE(too_many_demands_are_not_listed),
        CASE(superseded_and_counted_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
