/* SPDX-License-Identifier: MIT
 * backends.c: see backends.h. */
#include "support/test.h"

#include "backends.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

const backend backends[] = {
    {"sqlite file", true, make_file, drop_file},
    {"sqlite memory", false, make_memory, drop_memory},
};
const size_t n_backends = sizeof backends / sizeof *backends;
const backend *current;

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
