/* SPDX-License-Identifier: MIT
 * store.c: what it takes to keep snapshots: ours against the same facts as rows of SQLite, one transaction a snapshot,
 * both with the same promise (WAL, synchronous=FULL). Lists of an update stand in one column, in the contender's
 * favour. Every server is kept twice, the second time as it is a day later.
 *   bench_store DIRECTORY [SERVERS UPDATES APPROVALS DRIFT]   prints one line of JSON */
#include "fill.h"

#include "base/time.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct rows {
    sqlite3 *db;
    sqlite3_stmt *update, *declined, *approval;
} rows;

static const char schema[] =
    "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;"
    "CREATE TABLE upd (snapshot INTEGER, id BLOB, revision INTEGER, type INTEGER, state INTEGER, deployable INTEGER,"
    " title TEXT, severity TEXT, protocol TEXT, kb TEXT, bulletins TEXT, languages TEXT, class BLOB, products BLOB,"
    " supersedes BLOB, bundles BLOB, eula BLOB, created INTEGER, files BLOB, arrived INTEGER, needed INTEGER,"
    " PRIMARY KEY (snapshot, id, revision)) WITHOUT ROWID;"
    "CREATE TABLE dec (snapshot INTEGER, id BLOB, revision INTEGER, time INTEGER, admin TEXT,"
    " PRIMARY KEY (snapshot, id)) WITHOUT ROWID;"
    "CREATE TABLE appr (snapshot INTEGER, upd BLOB, grp BLOB, revision INTEGER, action INTEGER, deadline INTEGER,"
    " go_live INTEGER, assigned INTEGER, priority INTEGER, deployment BLOB, changed INTEGER, admin TEXT,"
    " PRIMARY KEY (snapshot, upd, grp, revision, deployment)) WITHOUT ROWID";

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool open_rows(rows *r, const char *directory)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/facts.sqlite", directory);
    return sqlite3_open(path, &r->db) == SQLITE_OK && sqlite3_exec(r->db, schema, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(r->db, "INSERT INTO upd VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,"
                                     "?18,?19,?20,?21)", -1, &r->update, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(r->db, "INSERT INTO dec VALUES (?1,?2,?3,?4,?5)", -1, &r->declined, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(r->db, "INSERT INTO appr VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)", -1, &r->approval,
                              NULL) == SQLITE_OK;
}

static void bind_guids(sqlite3_stmt *stmt, int at, const wck_guid *ids, size_t n)
{
    sqlite3_bind_blob(stmt, at, ids, (int)(n * sizeof *ids), SQLITE_STATIC);
}

/* As rows sort by it: they are inserted in the order of their keys. */
static void bind_key(sqlite3_stmt *stmt, int at, wck_guid g)
{
    unsigned char bytes[16];

    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(g.hi >> (56 - 8 * i));
        bytes[i + 8] = (unsigned char)(g.lo >> (56 - 8 * i));
    }
    sqlite3_bind_blob(stmt, at, bytes, sizeof bytes, SQLITE_TRANSIENT);
}

static void bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
    sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

static void bind_list(sqlite3_stmt *stmt, int at, const wck_strings *list)
{
    char text[256];
    size_t len = 0;

    for (size_t i = 0; i < list->n && len < sizeof text; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s,", list->items[i]);
    sqlite3_bind_text(stmt, at, text, (int)(len < sizeof text ? len : sizeof text - 1), SQLITE_TRANSIENT);
}

static bool add_update(rows *r, int64_t snapshot, const wck_update *u)
{
    sqlite3_stmt *s = r->update;
    const int64_t numbers[] = {u->revision, u->type, u->state, u->deployable};

    sqlite3_reset(s);
    sqlite3_bind_int64(s, 1, snapshot);
    bind_key(s, 2, u->id);
    for (int i = 0; i < 4; i++)
        sqlite3_bind_int64(s, 3 + i, numbers[i]);
    bind_text(s, 7, u->title);
    bind_text(s, 8, u->severity);
    bind_text(s, 9, u->compatible_protocol_version);
    bind_list(s, 10, &u->kb);
    bind_list(s, 11, &u->bulletins);
    bind_list(s, 12, &u->languages);
    bind_guids(s, 13, &u->classification, 1);
    bind_guids(s, 14, u->products.items, u->products.n);
    bind_guids(s, 15, u->supersedes.items, u->supersedes.n);
    sqlite3_bind_blob(s, 16, u->bundles.items, (int)(u->bundles.n * sizeof *u->bundles.items), SQLITE_STATIC);
    bind_guids(s, 17, &u->eula, 1);
    sqlite3_bind_int64(s, 18, u->created);
    sqlite3_bind_blob(s, 19, u->files, (int)(u->n_files * sizeof *u->files), SQLITE_STATIC);
    sqlite3_bind_int64(s, 20, u->arrived);
    sqlite3_bind_int64(s, 21, u->needed_by);
    return sqlite3_step(s) == SQLITE_DONE;
}

static bool add_declined(rows *r, int64_t snapshot, const wck_declined *d)
{
    sqlite3_reset(r->declined);
    sqlite3_bind_int64(r->declined, 1, snapshot);
    bind_key(r->declined, 2, d->id);
    sqlite3_bind_int64(r->declined, 3, d->revision);
    sqlite3_bind_int64(r->declined, 4, d->time);
    bind_text(r->declined, 5, d->admin);
    return sqlite3_step(r->declined) == SQLITE_DONE;
}

static bool add_approval(rows *r, int64_t snapshot, const wck_approval *a)
{
    const int64_t numbers[] = {a->revision, a->action, a->deadline, a->go_live, a->assigned, a->priority};

    sqlite3_reset(r->approval);
    sqlite3_bind_int64(r->approval, 1, snapshot);
    bind_key(r->approval, 2, a->update);
    bind_key(r->approval, 3, a->group);
    for (int i = 0; i < 6; i++)
        sqlite3_bind_int64(r->approval, 4 + i, numbers[i]);
    bind_guids(r->approval, 10, &a->deployment, 1);
    sqlite3_bind_int64(r->approval, 11, a->changed);
    bind_text(r->approval, 12, a->admin);
    return sqlite3_step(r->approval) == SQLITE_DONE;
}

static bool insert(rows *r, int64_t snapshot, const wck_snapshot *s)
{
    bool ok = sqlite3_exec(r->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;

    for (size_t i = 0; i < s->updates.n && ok; i++)
        ok = add_update(r, snapshot, &s->updates.items[i]);
    for (size_t i = 0; i < s->declined.n && ok; i++)
        ok = add_declined(r, snapshot, &s->declined.items[i]);
    for (size_t i = 0; i < s->approvals.n && ok; i++)
        ok = add_approval(r, snapshot, &s->approvals.items[i]);
    return sqlite3_exec(r->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK && ok;
}

typedef struct took { /* seconds, by the wall clock and of the processor */
    double ours, theirs, ours_cpu, theirs_cpu;
    size_t rows;
} took;

static bool keep(rows *r, wck_store *store, const wck_snapshot *s, int64_t number, took *t)
{
    wck_error err = {0};
    wck_snapshot_id id;
    double begin = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), between, between_cpu;
    bool ok = wck_store_put(store, s, &id, NULL, &err) == WCK_OK;

    if (!ok)
        fprintf(stderr, "bench_store: %s\n", err.text);
    between = seconds(CLOCK_MONOTONIC);
    between_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    ok = ok && insert(r, number, s);
    t->ours += between - begin;
    t->theirs += seconds(CLOCK_MONOTONIC) - between;
    t->ours_cpu += between_cpu - cpu;
    t->theirs_cpu += seconds(CLOCK_PROCESS_CPUTIME_ID) - between_cpu;
    t->rows += s->updates.n + s->declined.n + s->approvals.n;
    return ok;
}

/* As it is a day later: a few approvals were made anew. */
static wck_snapshot *later(const bench_server *server, const bench_shape *shape)
{
    bench_server changed = *server;
    bench_approval *kept = malloc(server->n_approvals * sizeof *kept);
    wck_snapshot *s = NULL;

    if (kept != NULL) {
        memcpy(kept, server->approvals, server->n_approvals * sizeof *kept);
        for (size_t i = 7; i < server->n_approvals; i += 20000)
            kept[i].action = !kept[i].action;
        changed.approvals = kept;
        s = bench_snapshot(&changed, shape);
    }
    free(kept);
    return s;
}

static bool run(rows *r, wck_store *store, const bench_shape *shape, took out[2])
{
    bench_server root = {0}, child = {0};
    bool ok = bench_root(&root, shape);

    for (unsigned i = 0; i < shape->servers && ok; i++) {
        const bench_server *server = i == 0 ? &root : &child;
        ok = i == 0 || bench_child(&child, &root, i, shape);
        for (unsigned day = 0; day < 2 && ok; day++) {
            wck_snapshot *s = day == 0 ? bench_snapshot(server, shape) : later(server, shape);
            ok = s != NULL && keep(r, store, s, 2 * i + day + 1, &out[day]);
            wck_snapshot_free(s);
        }
        bench_clear(&child);
    }
    bench_clear(&root);
    return ok;
}

int main(int argc, char **argv)
{
    bench_shape shape = {.servers = 5, .updates = 20000, .approvals = 20000, .seed = 42};
    took t[2] = {{0}};
    rows r = {0};
    wck_store *store = NULL;
    wck_error err = {0};
    char uri[4096];
    bool ok;

    if (argc != 2 && argc != 6) {
        fputs("usage: bench_store DIRECTORY [SERVERS UPDATES APPROVALS DRIFT]\n", stderr);
        return 64;
    }
    if (argc == 6) {
        shape.servers = (unsigned)atol(argv[2]);
        shape.updates = (unsigned)atol(argv[3]);
        shape.approvals = (unsigned)atol(argv[4]);
        shape.drift = strtod(argv[5], NULL);
    }
    snprintf(uri, sizeof uri, "sqlite:%s/store.db", argv[1]);
    wck_store_setup();
    ok = wck_store_open(&store, uri, NULL, &err) == WCK_OK;
    if (!ok)
        fprintf(stderr, "bench_store: %s\n", err.text);
    ok = ok && open_rows(&r, argv[1]) && run(&r, store, &shape, t);
    wck_store_close(store);
    sqlite3_finalize(r.update);
    sqlite3_finalize(r.declined);
    sqlite3_finalize(r.approval);
    sqlite3_close(r.db);
    for (int i = 0; i < 2; i++)
        printf("%s\"%s\": {\"rows\": %zu, \"store_s\": %.3f, \"rows_s\": %.3f, \"store_cpu_s\": %.3f, \"rows_cpu_s\": %.3f}",
               i == 0 ? "{" : ", ", i == 0 ? "first" : "later", t[i].rows, t[i].ours, t[i].theirs, t[i].ours_cpu,
               t[i].theirs_cpu);
    puts("}");
    return ok ? 0 : 2;
}
