/* SPDX-License-Identifier: MIT
 * generate.c: fills DIRECTORY with store.db (or the store of --store) and the same rows as tables (rows.sqlite, *.csv), and prints what that
 * took as one JSON object.
 *
 *     bench_generate DIRECTORY --servers 10 --updates 50000 --approvals 50000 --drift 1e-3 [--seed 42]
 *                    [--csv] [--no-tables] [--store URI] [--most-seconds N]   (then it ends with fewer servers) */
#include "fill.h"

#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct job {
    const char *directory, *store;
    bench_shape shape;
    bool csv, tables;
    double build, put, insert; /* seconds */
    double most;               /* seconds, 0 = as long as it takes */
    unsigned servers;          /* made */
    size_t rows;
} job;

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool take_value(job *j, const char *name, const char *value)
{
    char *end;
    double number = strtod(value, &end);

    if (strcmp(name, "--store") == 0) {
        j->store = value;
        return true;
    }
    if (*end != '\0' || number < 0)
        return false;
    if (strcmp(name, "--servers") == 0)
        j->shape.servers = (unsigned)number;
    else if (strcmp(name, "--updates") == 0)
        j->shape.updates = (size_t)number;
    else if (strcmp(name, "--approvals") == 0)
        j->shape.approvals = (size_t)number;
    else if (strcmp(name, "--drift") == 0)
        j->shape.drift = number;
    else if (strcmp(name, "--most-seconds") == 0)
        j->most = number;
    else if (strcmp(name, "--seed") == 0)
        j->shape.seed = (uint64_t)number;
    else
        return false;
    return true;
}

static bool take_arguments(job *j, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--csv") == 0)
            j->csv = true;
        else if (strcmp(argv[i], "--no-tables") == 0)
            j->tables = false;
        else if (argv[i][0] != '-' && j->directory == NULL)
            j->directory = argv[i];
        else if (i + 1 >= argc || !take_value(j, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return j->directory != NULL && j->shape.servers > 0 && j->shape.servers < 1000 && j->shape.updates > 0;
}

static bool put(job *j, wck_store *store, const bench_server *server)
{
    double from = seconds(), built;
    wck_snapshot *s = bench_snapshot(server, &j->shape);
    wck_error err = {0};
    wck_snapshot_id id;
    bool ok;

    built = seconds();
    ok = s != NULL && wck_store_put(store, s, &id, NULL, &err) == WCK_OK;
    if (!ok)
        fprintf(stderr, "bench_generate: %s\n", s == NULL ? "out of memory" : err.text);
    wck_snapshot_free(s);
    j->build += built - from;
    j->put += seconds() - built;
    j->rows += server->n_updates + server->n_approvals;
    return ok;
}

static bool fill(job *j, wck_store *store, bench_tables *tables)
{
    bench_server root = {0}, child = {0};
    bool ok = bench_root(&root, &j->shape);
    double begin = seconds();

    for (unsigned i = 0; i < j->shape.servers && ok && (j->most <= 0 || seconds() - begin < j->most); i++) {
        const bench_server *s = i == 0 ? &root : &child;
        double from;
        ok = (i == 0 || bench_child(&child, &root, i, &j->shape)) && put(j, store, s);
        from = seconds();
        ok = ok && (!j->tables || bench_tables_add(tables, s));
        j->insert += seconds() - from;
        bench_clear(&child);
        j->servers = i + 1;
    }
    bench_clear(&root);
    return ok;
}

int main(int argc, char **argv)
{
    job j = {.shape = {.servers = 3, .updates = 1000, .approvals = 1000, .seed = 42}, .tables = true};
    bench_tables tables = {0};
    wck_store *store = NULL;
    wck_error err = {0};
    char uri[4096];
    bool ok;

    if (!take_arguments(&j, argc, argv)) {
        fputs("usage: bench_generate DIRECTORY [--servers N] [--updates N] [--approvals N] [--drift SHARE] [--seed N] "
              "[--csv] [--no-tables] [--store URI] [--most-seconds N]\n",
              stderr);
        return 64;
    }
    snprintf(uri, sizeof uri, "sqlite:%s/store.db", j.directory);
    ok = wck_store_open(&store, j.store != NULL ? j.store : uri, NULL, &err) == WCK_OK;
    if (!ok)
        fprintf(stderr, "bench_generate: %s\n", err.text);
    ok = ok && (!j.tables || bench_tables_open(&tables, j.directory, j.csv)) && fill(&j, store, &tables);
    ok = ok && (!j.tables || bench_tables_close(&tables));
    wck_store_close(store);
    printf("{\"servers\": %u, \"rows\": %zu, \"build_s\": %.3f, \"store_put_s\": %.3f, \"sqlite_insert_s\": %.3f}\n",
           j.servers, j.rows, j.build, j.put, j.insert);
    return ok ? 0 : 2;
}
