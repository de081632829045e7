/* SPDX-License-Identifier: MIT
 * test_sqlite.c: files that are not ours, newer, empty or garbage; permissions; several processes at once. */
#include "support/test.h"

#include "stores.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static store_dir dir;
static wck_error err;

static int set_up(void **state)
{
    (void)state;
    store_dir_make(&dir);
    memset(&err, 0, sizeof err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_dir_drop(&dir);
    return 0;
}

static wck_status open_store(wck_store **out, bool read_only)
{
    return wck_store_open(out, dir.uri, &(wck_store_options){.read_only = read_only}, &err);
}

static wck_store *opened(void)
{
    wck_store *store;

    assert_ok(open_store(&store, false));
    return store;
}

static void put_bytes(const void *data, size_t len)
{
    FILE *f = fopen(dir.path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* The file as it is now; the caller frees. */
static char *get_bytes(size_t *len)
{
    FILE *f = fopen(dir.path, "rb");
    char *data = malloc(1U << 20);

    assert_non_null(f);
    assert_non_null(data);
    *len = fread(data, 1, 1U << 20, f);
    fclose(f);
    return data;
}

static void run_sql(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(dir.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Opening it is refused, both ways, with these words, and not one byte of it changes. */
static void check_refused(const char *text, const char *hint)
{
    size_t before_len, after_len;
    char *before = get_bytes(&before_len), *after;
    wck_store *store;

    for (int read_only = 0; read_only < 2; read_only++) {
        assert_fails(WCK_E_STORE, open_store(&store, read_only));
        assert_null(store);
        assert_contains(err.text, dir.path);
        assert_contains(err.text, text);
        assert_contains(err.hint, hint);
    }
    after = get_bytes(&after_len);
    assert_int_equal(before_len, after_len);
    assert_memory_equal(before, after, before_len);
    free(before);
    free(after);
}

/* ---- files that are not ours ---- */

static void another_programs_database_is_left_alone(void **state)
{
    (void)state;
    run_sql("CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES ('x')");
    check_refused("it is another program's database", "this one was not touched");
}

static void a_database_with_another_application_id_is_left_alone(void **state)
{
    (void)state;
    run_sql("PRAGMA application_id=1234; PRAGMA user_version=1");
    check_refused("it is another program's database", "this one was not touched");
}

static void a_database_with_another_user_version_is_left_alone(void **state)
{
    (void)state;
    run_sql("PRAGMA user_version=1");
    check_refused("it is another program's database", "this one was not touched");
}

static void our_mark_on_a_database_without_our_tables_gives_errors(void **state)
{
    wck_store *store;
    size_t ids = 0;

    (void)state;
    wck_store_close(opened());
    run_sql("DROP TABLE snapshot");
    if (open_store(&store, true) == WCK_OK) {
        assert_fails(WCK_E_STORE, wck_store_list(store, NULL, NULL, &ids, &err));
        assert_contains(err.text, "no such table: snapshot");
        assert_contains(err.text, dir.path);
        wck_store_close(store);
    }
}

static void a_store_of_a_newer_version_is_left_alone(void **state)
{
    (void)state;
    wck_store_close(opened());
    run_sql("PRAGMA user_version=1000");
    check_refused("it was made by a newer wsusck (schema 1000)", "Use that version");
}

#define TO_SCHEMA_1 "ALTER TABLE chunk DROP COLUMN places; PRAGMA user_version=1"

static void an_older_store_without_snapshots_is_brought_up(void **state)
{
    wck_store *store;
    wck_snapshot_id id;

    (void)state;
    wck_store_close(opened());
    run_sql(TO_SCHEMA_1);
    assert_fails(WCK_E_STORE, open_store(&store, true));
    assert_contains(err.text, "it is of an older schema (1)");
    store = opened();
    id = store_put(store, store_sample("a", 1000000, 7));
    assert_ok(wck_store_verify(store, &err));
    assert_true(id > 0);
    wck_store_close(store);
}

static void an_older_store_with_snapshots_is_left_alone(void **state)
{
    wck_store *store = opened();

    (void)state;
    store_put(store, store_sample("a", 1000000, 7));
    wck_store_close(store);
    run_sql(TO_SCHEMA_1);
    check_refused("its snapshots are of a form before version 0.1.0", "Move it away");
}

static void garbage_is_no_database(void **state)
{
    char garbage[20000];

    (void)state;
    memset(garbage, 'g', sizeof garbage);
    for (size_t n = 1; n <= sizeof garbage; n = n * 3 + 7) {
        put_bytes(garbage, n);
        check_refused("file is not a database", "It is no database of ours");
    }
    put_bytes("<?xml version=\"1.0\"?>", 21);
    check_refused("file is not a database", "It is no database of ours");
}

static void only_the_header_of_a_database_is_none(void **state)
{
    wck_store *store;

    (void)state;
    put_bytes("SQLite format 3", 16);
    assert_fails(WCK_E_STORE, open_store(&store, true));
    assert_contains(err.text, dir.path);
}

static void an_empty_file_becomes_a_store_when_written_to(void **state)
{
    wck_store *store;

    (void)state;
    put_bytes("", 0);
    assert_fails(WCK_E_STORE, open_store(&store, true));
    assert_contains(err.text, "it is empty");
    assert_contains(err.hint, "wsusck collect");
    store = opened();
    store_put(store, store_sample("berlin", 1, 2));
    assert_ok(wck_store_verify(store, &err));
    wck_store_close(store);
}

static void what_is_not_there_is_not_made_for_reading(void **state)
{
    wck_store *store;

    (void)state;
    assert_fails(WCK_E_NOT_FOUND, open_store(&store, true));
    assert_null(store);
    assert_contains(err.text, "there is none");
    assert_contains(err.hint, "wsusck import");
    assert_int_equal(access(dir.path, F_OK), -1);
}

static void places_where_no_store_can_be(void **state)
{
    static const char *const uris[][2] = {{"sqlite:/nowhere/at/all.db", "No such file or directory"},
                                          {"sqlite:/tmp", "could not"},
                                          {"sqlite:", "not a kind that this version knows"},
                                          {"oracle:x", "not a kind that this version knows"},
                                          {"", "not a kind that this version knows"},
                                          {"a\x1b[2J.db", "\\u{1b}"}};
    wck_store *store;

    (void)state;
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        assert_fails(WCK_E_STORE, wck_store_open(&store, uris[i][0], NULL, &err));
        assert_null(store);
        assert_contains(err.text, uris[i][1]);
        assert_null(strchr(err.text, '\x1b'));
    }
}

/* "sqlite:file:x?mode=memory" is a file of that name, not a URI with options. */
static void a_name_like_a_uri_is_a_name(void **state)
{
    char here[256];
    wck_store *store;

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(dir.dir), 0);
    assert_ok(wck_store_open(&store, "sqlite:file:x?mode=memory", NULL, &err));
    store_put(store, store_sample("berlin", 1, 2));
    wck_store_close(store);
    assert_int_equal(access("file:x?mode=memory", F_OK), 0);
    assert_int_equal(chdir(here), 0);
}

/* ---- who may read ---- */

static unsigned mode_of(const char *end)
{
    char path[120];
    struct stat st;

    snprintf(path, sizeof path, "%s%s", dir.path, end);
    if (stat(path, &st) != 0)
        fail_msg("no %s", path);
    return st.st_mode & 0777;
}

static void nobody_else_reads_what_servers_hold(void **state)
{
    mode_t old = umask(0);
    wck_store *store = opened();

    (void)state;
    store_put(store, store_sample("berlin", 1, 2));
    assert_int_equal(mode_of(""), 0600);
    assert_int_equal(mode_of("-wal"), 0600);
    assert_int_equal(mode_of("-shm"), 0600);
    wck_store_close(store);
    store = opened();
    store_put(store, store_sample("berlin", 2, 3));
    assert_int_equal(mode_of(""), 0600);
    assert_int_equal(mode_of("-wal"), 0600);
    wck_store_close(store);
    umask(old);
}

static void a_mode_that_somebody_chose_is_kept(void **state)
{
    wck_store *store;
    mode_t old = umask(077);

    (void)state;
    wck_store_close(opened());
    assert_int_equal(chmod(dir.path, 0640), 0);
    store = opened();
    store_put(store, store_sample("berlin", 1, 2));
    assert_int_equal(mode_of(""), 0640);
    assert_int_equal(mode_of("-wal"), 0640);
    wck_store_close(store);
    umask(old);
}

/* In a process of its own, as a user whom permissions stop, which they do not stop root. */
static void as_nobody(int (*run)(void))
{
    int status;
    pid_t child;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(2);
        _exit(run());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("step %d as nobody", WEXITSTATUS(status));
}

static int create_refused(void)
{
    wck_store *store;

    if (open_store(&store, false) != WCK_E_STORE || store != NULL)
        return 11;
    return strstr(err.text, dir.path) != NULL && strstr(err.text, "Permission denied") != NULL ? 0 : 12;
}

static void a_directory_that_is_read_only_gets_no_store(void **state)
{
    (void)state;
    assert_int_equal(chmod(dir.dir, 0555), 0);
    as_nobody(create_refused);
}

/* Readable and nothing else: reading works or says why not; writing is refused; nothing changes. */
static int use_locked_store(void)
{
    wck_store *store;
    wck_snapshot *s = store_sample("munich", 2, 4), *back;
    wck_snapshot_id id = 1;
    int step = 0;

    if (open_store(&store, true) == WCK_OK) {
        if (wck_store_get(store, 1, &back, &err) != WCK_OK)
            step = strstr(err.text, dir.path) != NULL ? 0 : 21;
        else
            wck_snapshot_free(back);
        wck_store_close(store);
    } else if (strstr(err.text, dir.path) == NULL || err.hint[0] == '\0')
        step = 22;
    if (open_store(&store, false) == WCK_OK && wck_store_put(store, s, &id, NULL, &err) == WCK_OK)
        step = 23;
    if (strstr(err.text, dir.path) == NULL)
        step = 24;
    if (step != 0)
        fprintf(stderr, "%s\n%s\n", err.text, err.hint);
    wck_store_close(store);
    wck_snapshot_free(s);
    return step;
}

static void check_locked(mode_t file, mode_t directory)
{
    wck_store *store = opened();
    size_t before_len, after_len;
    char *before, *after;

    store_put(store, store_sample("berlin", 1, 2));
    wck_store_close(store);
    before = get_bytes(&before_len);
    assert_int_equal(chmod(dir.path, file), 0);
    assert_int_equal(chmod(dir.dir, directory), 0);
    as_nobody(use_locked_store);
    assert_int_equal(chmod(dir.dir, 0700), 0);
    after = get_bytes(&after_len);
    assert_int_equal(before_len, after_len);
    assert_memory_equal(before, after, before_len);
    free(before);
    free(after);
}

static void a_store_in_a_read_only_directory_is_not_written(void **state)
{
    (void)state;
    check_locked(0666, 0555);
}

static void a_store_that_is_read_only_is_not_written(void **state)
{
    (void)state;
    check_locked(0444, 0777);
}

static void a_store_that_is_locked_altogether_is_not_written(void **state)
{
    (void)state;
    check_locked(0444, 0555);
}

static int read_refused(void)
{
    wck_store *store;

    if (open_store(&store, true) != WCK_E_STORE)
        return 31;
    return strstr(err.text, dir.path) != NULL ? 0 : 32;
}

static void a_store_of_somebody_else_is_not_read(void **state)
{
    (void)state;
    wck_store_close(opened());
    assert_int_equal(chmod(dir.dir, 0755), 0);
    as_nobody(read_refused);
}

/* ---- several processes ---- */

enum { WRITERS = 3, EACH = 12 };

static int write_many(int who)
{
    wck_store *store;
    char name[16];
    int bad = 0;

    if (open_store(&store, false) != WCK_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 41;
    }
    snprintf(name, sizeof name, "w%d", who);
    for (int i = 0; i < EACH && bad == 0; i++) {
        wck_snapshot *s = store_sample(name, i + 1, (uint64_t)(i % 3 + 1));
        wck_snapshot_id id;
        bad = wck_store_put(store, s, &id, NULL, &err) == WCK_OK ? 0 : 42;
        wck_snapshot_free(s);
        if (bad == 0 && i % 4 == 3)
            bad = wck_store_remove(store, id, &err) == WCK_OK ? 0 : 43;
        if (bad == 0 && wck_store_document_put(store, (wck_guid){1, 1}, i, "d", 1, &err) != WCK_OK)
            bad = 44;
        if (bad == 0 && wck_store_meta_put(store, name, "value", &err) != WCK_OK)
            bad = 45;
    }
    if (bad != 0)
        fprintf(stderr, "%s\n", err.text);
    wck_store_close(store);
    return bad;
}

static int open_once(void)
{
    wck_store *store;
    wck_status status = open_store(&store, false);

    if (status != WCK_OK)
        fprintf(stderr, "%s\n", err.text);
    wck_store_close(store);
    return status == WCK_OK ? 0 : 46;
}

static void several_processes_make_the_store_at_once(void **state)
{
    (void)state;
    for (int round = 0; round < 25; round++) {
        pid_t children[WRITERS];
        store_dir_drop(&dir);
        store_dir_make(&dir);
        fflush(NULL);
        for (int i = 0; i < WRITERS; i++) {
            children[i] = fork();
            assert_true(children[i] >= 0);
            if (children[i] == 0)
                _exit(open_once());
        }
        for (int i = 0; i < WRITERS; i++) {
            int status;
            assert_int_equal(waitpid(children[i], &status, 0), children[i]);
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), 0);
        }
    }
}

static wck_status count_one(const wck_snapshot_info *info, void *payload, wck_error *e)
{
    (void)info;
    (void)e;
    ++*(size_t *)payload;
    return WCK_OK;
}

static void several_processes_write_at_once(void **state)
{
    pid_t children[WRITERS];
    wck_store *store;
    size_t n = 0;

    (void)state;
    fflush(NULL);
    for (int i = 0; i < WRITERS; i++) { /* also the first opening is a race */
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(write_many(i));
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    store = opened();
    assert_ok(wck_store_list(store, NULL, count_one, &n, &err));
    assert_int_equal(n, WRITERS * (EACH - EACH / 4));
    assert_ok(wck_store_verify(store, &err));
    wck_store_close(store);
}

/* Of the newest snapshot of each list a reader gets all, whatever is written meanwhile. */
static wck_status read_newest(const wck_snapshot_info *info, void *payload, wck_error *e)
{
    *(wck_snapshot_id *)payload = info->id;
    (void)e;
    return WCK_OK;
}

static void a_reader_is_not_disturbed_by_a_writer(void **state)
{
    wck_store *store = opened();
    store_answers before, now;
    wck_snapshot_id first = store_put(store, store_sample("berlin", 1, 2));
    wck_reader *held;
    wck_arena *arena = wck_arena_new();
    pid_t writer;
    int status = 0, rounds = 0;

    (void)state;
    store_ask(&before, store, &first, 1, dir.path);
    assert_ok(wck_store_reader(store, first, &held, &err));
    fflush(NULL);
    writer = fork();
    assert_true(writer >= 0);
    if (writer == 0)
        _exit(write_many(0));
    do {
        wck_snapshot_id newest = 0;
        wck_partition rows;
        assert_ok(wck_store_list(store, NULL, read_newest, &newest, &err));
        assert_true(newest >= first);
        store_ask(&now, store, &first, 1, dir.path);
        assert_string_equal(now.text[3], before.text[3]);
        assert_string_equal(now.text[4], before.text[4]);
        store_answers_clear(&now);
        assert_ok(held->ops->load(held, (size_t)rounds % held->n_partitions, arena, &rows, &err));
        wck_arena_reset(arena);
        rounds++;
    } while (waitpid(writer, &status, WNOHANG) == 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    wck_reader_close(held);
    wck_arena_free(arena);
    store_answers_clear(&before);
    wck_store_close(store);
}

/* The lock of a writer that does not come to its end: after ten seconds of waiting it is said. */
static void a_writer_that_goes_on_for_ever_is_named(void **state)
{
    wck_store *store = opened();
    wck_snapshot *s = store_sample("berlin", 1, 2);
    wck_snapshot_id id;
    sqlite3 *other;

    (void)state;
    assert_int_equal(sqlite3_open(dir.path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_fails(WCK_E_STORE, wck_store_put(store, s, &id, NULL, &err));
    assert_contains(err.text, "database is locked");
    assert_contains(err.text, dir.path);
    assert_string_equal(err.hint, "Another wsusck is writing to it; try again when it is done.");
    sqlite3_close(other);
    assert_ok(wck_store_put(store, s, &id, NULL, &err));
    wck_store_close(store);
    wck_snapshot_free(s);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(another_programs_database_is_left_alone),
        CASE(a_database_with_another_application_id_is_left_alone),
        CASE(a_database_with_another_user_version_is_left_alone),
        CASE(an_older_store_without_snapshots_is_brought_up),
        CASE(an_older_store_with_snapshots_is_left_alone),
        CASE(our_mark_on_a_database_without_our_tables_gives_errors),
        CASE(a_store_of_a_newer_version_is_left_alone),
        CASE(garbage_is_no_database),
        CASE(only_the_header_of_a_database_is_none),
        CASE(an_empty_file_becomes_a_store_when_written_to),
        CASE(what_is_not_there_is_not_made_for_reading),
        CASE(places_where_no_store_can_be),
        CASE(a_name_like_a_uri_is_a_name),
        CASE(nobody_else_reads_what_servers_hold),
        CASE(a_mode_that_somebody_chose_is_kept),
        CASE(a_directory_that_is_read_only_gets_no_store),
        CASE(a_store_in_a_read_only_directory_is_not_written),
        CASE(a_store_that_is_read_only_is_not_written),
        CASE(a_store_that_is_locked_altogether_is_not_written),
        CASE(a_store_of_somebody_else_is_not_read),
        CASE(several_processes_make_the_store_at_once),
        CASE(several_processes_write_at_once),
        CASE(a_reader_is_not_disturbed_by_a_writer),
        CASE(a_writer_that_goes_on_for_ever_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
