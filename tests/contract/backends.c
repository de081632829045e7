/* SPDX-License-Identifier: MIT
 * backends.c: see backends.h. */
#include "support/test.h"

#include "backends.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef WCK_WITH_LIBPQ
#include <libpq-fe.h>
#endif

/* ---- SQLite ---- */

static bool make_file(fixture *f)
{
    snprintf(f->dir, sizeof f->dir, "/tmp/wck-contract-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->uri, sizeof f->uri, "sqlite:%s/store.db", f->dir);
    return true;
}

static void drop_file(fixture *f)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char path[300];

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", f->uri + strlen("sqlite:"), ends[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(f->dir), 0);
}

static bool make_memory(fixture *f)
{
    snprintf(f->uri, sizeof f->uri, "sqlite::memory:");
    return true;
}

static void drop_memory(fixture *f)
{
    (void)f;
}

/* ---- PostgreSQL ---- */

#ifdef WCK_WITH_LIBPQ
static bool ask(const char *sql)
{
    PGconn *conn = PQconnectdb(getenv("WCK_TEST_POSTGRES"));
    PGresult *result = PQexec(conn, sql);
    ExecStatusType code = PQresultStatus(result);

    if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK)
        fprintf(stderr, "%s", PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
    return code == PGRES_COMMAND_OK || code == PGRES_TUPLES_OK;
}

static bool make_postgres(fixture *f)
{
    snprintf(f->uri, sizeof f->uri, "%s", getenv("WCK_TEST_POSTGRES"));
    return ask("SET client_min_messages = error; DROP SCHEMA IF EXISTS wsusck CASCADE");
}

static bool cut_postgres(fixture *f)
{
    (void)f;
    return ask("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'wsusck'");
}

static const backend postgres[] = {{"postgresql", true, true, make_postgres, drop_memory, cut_postgres}, {0}};
#endif

static const backend sqlite[] = {
    {"sqlite file", true, false, make_file, drop_file, NULL},
    {"sqlite memory", false, true, make_memory, drop_memory, NULL},
    {0},
};
const backend *current;

const backend *contract_backends(void)
{
#ifdef WCK_WITH_LIBPQ
    if (getenv("WCK_TEST_POSTGRES") != NULL)
        return postgres;
#endif
    return sqlite;
}

int contract_set_up(void **state)
{
    wck_error err = {0};
    fixture *f = calloc(1, sizeof *f);

    if (f == NULL || !current->make(f)) {
        free(f);
        return -1;
    }
    assert_ok(wck_store_open(&f->store, f->uri, NULL, &err));
    *state = f;
    return 0;
}

int contract_tear_down(void **state)
{
    fixture *f = *state;

    wck_store_close(f->store);
    current->drop(f);
    free(f);
    return 0;
}
