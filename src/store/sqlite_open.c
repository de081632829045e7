/* SPDX-License-Identifier: MIT
 * sqlite_open.c: opening the SQLite file of a store. */
#include "store/sqlite.h"

#include "base/quote.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { BUSY_MILLISECONDS = 10000 };
/* Longest blob: a document is at most WCK_MAX_DOCUMENT_BYTES, chunks are smaller; a hostile file cannot ask for more. */
enum { LONGEST_BLOB = 256 << 20 };

/* WAL needs memory shared by all who use the file, which file systems of several machines do not give. */
static bool on_network(const char *path)
{
    static const unsigned long kinds[] = {
        0x6969,                             /* NFS */
        0x517b, 0xff534d42, 0xfe534d42,     /* SMB, CIFS, SMB2 */
        0x00c36400, 0x0bd00bd0, 0x5346414f, /* Ceph, Lustre, AFS */
        0x65735546,                         /* FUSE: sshfs and the like */
        0x01021997, 0x786f4256, 0xbacbacbc, /* 9p, VirtualBox and VMware shared folders */
    };
    struct statfs fs;

    if (statfs(path, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (((unsigned long)fs.f_type & 0xffffffffUL) == kinds[i])
            return true;
    return false;
}

static bool is_memory(const wck_sqlite *db)
{
    return strcmp(db->path, ":memory:") == 0;
}

/* An empty file of mode 0600 (what servers hold is confidential) unless there is one. SQLite gives its -wal and -shm
 * the same mode. */
static wck_status create_file(wck_sqlite *db, bool read_only, wck_error *err)
{
    struct stat st;
    int fd;

    if (stat(db->path, &st) == 0 && st.st_size == 1) { /* which SQLite takes for an empty one */
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": file is not a database", db->base.shown);
        return wck_fail_hint(err, "It is no database of ours; name another one with --store sqlite:PATH.");
    }
    if (access(db->path, F_OK) == 0)
        return WCK_OK;
    if (read_only) {
        wck_fail(err, errno == ENOENT ? WCK_E_NOT_FOUND : WCK_E_STORE, "could not open store \"%s\": %s", db->base.shown,
                 errno == ENOENT ? "there is none" : strerror(errno));
        return wck_fail_hint(err, "Run \"wsusck collect\" or \"wsusck import FILE\" first.");
    }
    fd = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    else if (errno != EEXIST) /* another wsusck was faster */
        return wck_fail(err, WCK_E_STORE, "could not create store \"%s\": %s", db->base.shown, strerror(errno));
    return WCK_OK;
}

/* What must hold before the first byte of a file that may not be ours is looked at. */
static wck_status harden(wck_sqlite *db, wck_error *err)
{
    char *wal = sqlite3_mprintf("%s-wal", db->path);

    if (wal == NULL)
        return wck_fail_memory(err, "opening the store");
    sqlite3_busy_timeout(db->db, BUSY_MILLISECONDS);
    sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    /* another program's log must not move into its database because we looked; cleared when it is ours */
    sqlite3_db_config(db->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, access(wal, F_OK) == 0, NULL);
    sqlite3_limit(db->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db->db, SQLITE_LIMIT_LENGTH, LONGEST_BLOB);
    sqlite3_free(wal);
    if (wck_sqlite_query(db, Q_ROLLBACK, err) == NULL)
        return wck_sqlite_unprepared(db);
    if (db->network) /* reads a database in WAL mode without shared memory, until it is in another mode */
        return wck_sqlite_exec(db, "PRAGMA locking_mode=EXCLUSIVE", err);
    return WCK_OK;
}

static wck_status open_file(wck_sqlite *db, bool read_only, wck_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_PRIVATECACHE;
    wck_status status = WCK_OK;

    if (is_memory(db))
        flags |= SQLITE_OPEN_MEMORY | SQLITE_OPEN_CREATE;
    else {
        status = create_file(db, read_only, err);
        db->network = status == WCK_OK && on_network(db->path);
    }
    if (status != WCK_OK)
        return status;
    if (sqlite3_open_v2(db->path, &db->db, flags, NULL) != SQLITE_OK)
        return wck_sqlite_fail(db, err, "open");
    return harden(db, err);
}

void wck_store_setup(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused once SQLite is in use: no harm */
}

static wck_status configure(wck_sqlite *db, bool read_only, wck_error *err)
{
    wck_status status;

    sqlite3_db_config(db->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    status = wck_sqlite_exec(db,
                             "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON; "
                             "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192",
                             err);
    if (status == WCK_OK && db->network && !read_only)
        status = wck_sqlite_exec(db, "PRAGMA journal_mode=DELETE", err);
    if (status == WCK_OK && db->network) /* stays exclusive in WAL mode; the SELECT gives the lock up */
        status = wck_sqlite_exec(db, "PRAGMA locking_mode=NORMAL; SELECT count(*) FROM sqlite_schema", err);
    if (status == WCK_OK && read_only) /* the file is opened for writing all the same: a log may have to be played back */
        status = wck_sqlite_exec(db, "PRAGMA query_only=ON", err);
    return status;
}

/* A path that begins with "file:" would be a URI for SQLite, with options of its own. */
static char *path_of(const char *uri)
{
    const char *path = uri + strlen("sqlite:");
    size_t size = strlen(path) + 3;
    char *out = malloc(size);

    if (out != NULL)
        snprintf(out, size, "%s%s", strncmp(path, "file:", 5) == 0 ? "./" : "", path);
    return out;
}

wck_status wck_sqlite_open(wck_db **out, const char *uri, const wck_store_options *options, wck_error *err)
{
    wck_sqlite *db = calloc(1, sizeof *db);
    wck_status status;

    *out = NULL;
    if (db == NULL || (db->path = path_of(uri)) == NULL) {
        free(db);
        return wck_fail_memory(err, "opening the store");
    }
    db->base.ops = &wck_sqlite_ops;
    for (int i = 0; i < Q_SQLITE_COUNT; i++)
        db->query[i] = (sqlite_stmt){.base.db = &db->base, .which = i};
    wck_quote_short(db->base.shown, sizeof db->base.shown, db->path, 120);
    status = open_file(db, options->read_only, err);
    if (status == WCK_OK)
        status = wck_sqlite_migrate(db, options->read_only, err);
    if (status == WCK_OK)
        status = configure(db, options->read_only, err);
    if (status != WCK_OK) {
        wck_sqlite_close(&db->base);
        return status;
    }
    *out = &db->base;
    return WCK_OK;
}
