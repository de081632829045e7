/* SPDX-License-Identifier: MIT
 * faulty_vfs.c: see faulty_vfs.h. */
#include "faulty_vfs.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static sqlite3_vfs *real, shim;
/* The methods of a kind of file with ours in front; the Unix VFS has two kinds, with locks and without. */
typedef struct wrapped {
    sqlite3_io_methods methods; /* first: files point to it */
    const sqlite3_io_methods *below;
} wrapped;
static wrapped kinds[4];
static size_t calls, at;
static faulty_action what;

/* 0 or the error of this call. */
static int fault(bool *half)
{
    *half = false;
    if (++calls < at || what == FAULTY_NONE)
        return SQLITE_OK;
    if (what == FAULTY_KILL)
        kill(getpid(), SIGKILL);
    *half = what == FAULTY_HALF;
    return what == FAULTY_FULL ? SQLITE_FULL : what == FAULTY_BROKEN ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static const sqlite3_io_methods *below(const sqlite3_file *file)
{
    return ((const wrapped *)(const void *)file->pMethods)->below;
}

static int write_at(sqlite3_file *file, const void *data, int n, sqlite3_int64 offset)
{
    bool half;
    int code = fault(&half);

    if (half) {
        below(file)->xWrite(file, data, n / 2, offset);
        kill(getpid(), SIGKILL);
    }
    return code != SQLITE_OK ? code : below(file)->xWrite(file, data, n, offset);
}

static int sync_file(sqlite3_file *file, int flags)
{
    bool half;
    int code = fault(&half);

    return code != SQLITE_OK ? SQLITE_IOERR_FSYNC : below(file)->xSync(file, flags);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    bool half;
    int code = fault(&half);

    return code != SQLITE_OK ? SQLITE_IOERR_TRUNCATE : below(file)->xTruncate(file, size);
}

static const sqlite3_io_methods *wrap(const sqlite3_io_methods *methods)
{
    size_t i = 0;

    while (i < sizeof kinds / sizeof *kinds && kinds[i].below != NULL && kinds[i].below != methods)
        i++;
    if (i == sizeof kinds / sizeof *kinds)
        return methods;
    kinds[i].below = methods;
    memcpy(&kinds[i].methods, methods, sizeof *methods);
    kinds[i].methods.xWrite = write_at;
    kinds[i].methods.xSync = sync_file;
    kinds[i].methods.xTruncate = truncate_file;
    return &kinds[i].methods;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    int code = real->xOpen(real, name, file, flags, out);

    (void)vfs;
    if (code == SQLITE_OK && file->pMethods != NULL)
        file->pMethods = wrap(file->pMethods);
    return code;
}

void faulty_vfs_install(void)
{
    real = sqlite3_vfs_find(NULL);
    memcpy(&shim, real, sizeof shim);
    shim.zName = "faulty";
    shim.xOpen = open_file;
    sqlite3_vfs_register(&shim, 1);
}

void faulty_vfs_at(size_t n, faulty_action action)
{
    calls = 0;
    at = n;
    what = action;
}

size_t faulty_vfs_calls(void)
{
    return calls;
}
