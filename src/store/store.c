/* SPDX-License-Identifier: MIT
 * store.c: opening and closing a store, and what every statement needs. */
#include "store/sqlite.h"

#include "base/quote.h"

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

static const char *const sql[Q_COUNT] = {
    [Q_CHUNK_HAS] = "SELECT id FROM chunk WHERE digest = ?1",
    [Q_CHUNK_ADD] = "INSERT INTO chunk (digest, sum, data, places) VALUES (?1, ?2, ?3, ?4)",
    [Q_CHUNK_GET] = "SELECT sum, data, places FROM chunk WHERE digest = ?1",
    [Q_CHUNK_AT] = "SELECT sum, data, places, digest FROM chunk WHERE id = ?1",
    [Q_CHUNK_DROP] = "DELETE FROM chunk WHERE digest = ?1",
    [Q_SNAP_FIND] = "SELECT id FROM snapshot WHERE server = ?1 AND collected_at IS ?2 AND digest = ?3 "
                    "ORDER BY id LIMIT 1",
    [Q_SNAP_NEXT] = "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'snapshot'",
    [Q_SNAP_ADD] = "INSERT INTO snapshot (id, server, parent, mode, server_id, digest, collected_at, stored_at, updates, "
                   "approvals, declined, sum, manifest) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [Q_SNAP_GET] = "SELECT id, server, parent, mode, server_id, digest, collected_at, stored_at, updates, approvals, "
                   "declined, sum, manifest FROM snapshot WHERE id = ?1",
    [Q_SNAP_LIST] = "SELECT id, server, parent, mode, server_id, digest, collected_at, stored_at, updates, approvals, "
                    "declined, sum FROM snapshot ORDER BY server, collected_at, id",
    [Q_SNAP_REMOVE] = "DELETE FROM snapshot WHERE id = ?1",
    [Q_MANIFESTS] = "SELECT id, manifest FROM snapshot",
    [Q_META_GET] = "SELECT sum, value FROM meta WHERE key = ?1",
    [Q_META_PUT] = "INSERT INTO meta (key, sum, value) VALUES (?1, ?2, ?3) "
                   "ON CONFLICT (key) DO UPDATE SET sum = ?2, value = ?3",
    [Q_DOC_GET] = "SELECT sum, data FROM document WHERE update_id = ?1 AND revision = ?2",
    [Q_DOC_PUT] = "INSERT INTO document (update_id, revision, sum, data) VALUES (?1, ?2, ?3, ?4) "
                  "ON CONFLICT DO NOTHING",
    [Q_ROLLBACK] = "ROLLBACK",
};

/* ---- errors and statements ---- */

/* What the system said, 0 when that is not known. SQLite forgets it when a COMMIT fails; then errno is asked, whose
 * other values are left over from looking for files that need not be there. */
static int system_reason(const wck_store *store, int code, int last)
{
    if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN)
        return 0;
    if (sqlite3_system_errno(store->db) != 0)
        return sqlite3_system_errno(store->db);
    return last == EFBIG || last == EDQUOT || last == ENOSPC || last == EIO || last == EROFS ? last : 0;
}

wck_status wck_sqlite_fail(wck_store *store, wck_error *err, const char *doing)
{
    char reason[200];
    int last = errno, code = sqlite3_errcode(store->db), os = system_reason(store, code, last);

    if (code == SQLITE_NOMEM)
        return wck_fail_memory(err, "using the store");
    wck_fail(err, WCK_E_STORE, "could not %s store \"%s\": %s%s%s%s", doing, store->shown,
             wck_quote_short(reason, sizeof reason, sqlite3_errmsg(store->db), 160), os != 0 ? " (" : "",
             os != 0 ? strerror(os) : "", os != 0 ? ")" : "");
    if (os == EFBIG || os == EDQUOT)
        code = SQLITE_FULL;
    switch (code) {
    case SQLITE_BUSY:
        return wck_fail_hint(err, "Another wsusck is writing to it; try again when it is done.");
    case SQLITE_NOTADB:
        return wck_fail_hint(err, "It is no database of ours; name another one with --store sqlite:PATH.");
    case SQLITE_CORRUPT:
        return wck_fail_hint(err, "It is damaged; restore it from a backup, or collect into a new one.");
    case SQLITE_FULL:
        return wck_fail_hint(err, "Free some space; what was stored before is intact.");
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return wck_fail_hint(err, "The file and its directory must be writable: SQLite keeps a log beside it.");
    default:
        return WCK_E_STORE;
    }
}

wck_status wck_sqlite_damaged(wck_store *store, wck_error *err, const char *what)
{
    wck_fail(err, WCK_E_STORE, "could not read store \"%s\": %s", store->shown, what);
    return wck_fail_hint(err, "It is damaged; restore it from a backup, or collect into a new one.");
}

sqlite3_stmt *wck_sqlite_query(wck_store *store, int which, wck_error *err)
{
    sqlite3_stmt **stmt = &store->query[which];

    if (*stmt == NULL &&
        sqlite3_prepare_v3(store->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL) != SQLITE_OK) {
        wck_sqlite_fail(store, err, "use");
        return NULL;
    }
    sqlite3_reset(*stmt);
    sqlite3_clear_bindings(*stmt);
    return *stmt;
}

wck_status wck_sqlite_unprepared(const wck_store *store)
{
    return sqlite3_errcode(store->db) == SQLITE_NOMEM ? WCK_E_MEMORY : WCK_E_STORE;
}

wck_status wck_sqlite_exec(wck_store *store, const char *text, wck_error *err)
{
    errno = 0;
    return sqlite3_exec(store->db, text, NULL, NULL, NULL) == SQLITE_OK ? WCK_OK
                                                                        : wck_sqlite_fail(store, err, "use");
}

/* Prepared when the store was opened, as it must not fail when memory is short: an open transaction would swallow all
 * that is written later. SQLite has ended it already after some errors. */
void wck_sqlite_roll_back(wck_store *store)
{
    sqlite3_stmt *stmt = store->query[Q_ROLLBACK];

    if (stmt == NULL || sqlite3_get_autocommit(store->db) != 0)
        return;
    sqlite3_step(stmt);
    sqlite3_reset(stmt);
}

wck_status wck_sqlite_finish(wck_store *store, wck_status status, wck_error *err)
{
    if (status == WCK_OK)
        status = wck_sqlite_exec(store, "COMMIT", err);
    if (status != WCK_OK)
        wck_sqlite_roll_back(store);
    return status;
}

wck_status wck_sqlite_read_begin(wck_store *store, bool *own, wck_error *err)
{
    *own = sqlite3_get_autocommit(store->db) != 0;
    return *own ? wck_sqlite_exec(store, "BEGIN", err) : WCK_OK;
}

void wck_sqlite_read_end(wck_store *store, bool own)
{
    if (own)
        wck_sqlite_roll_back(store); /* nothing was written */
}

wck_status wck_sqlite_durable(wck_store *store, bool durable, wck_error *err)
{
    wck_status status = WCK_OK;

    if (store->relaxed == durable)
        status = wck_sqlite_exec(store, durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", err);
    if (status == WCK_OK)
        store->relaxed = !durable;
    return status;
}

uint64_t wck_sqlite_key(const wck_digest *digest)
{
    uint64_t key;

    memcpy(&key, digest->bytes, sizeof key);
    return key;
}

wck_status wck_sqlite_named(wck_store *store, wck_status status, wck_error *err)
{
    if (status != WCK_E_STORE || err == NULL || strstr(err->text, store->shown) != NULL)
        return status;
    wck_fail_prefix(err, "store \"%s\"", store->shown);
    return wck_fail_hint(err, "It is damaged; restore it from a backup, or collect into a new one.");
}

int64_t wck_sqlite_sum(uint64_t key, const void *data, size_t len)
{
    uint64_t hash = wck_hash64(len > 0 ? data : "", len) ^ key;
    int64_t sum;

    memcpy(&sum, &hash, sizeof sum);
    return sum;
}

/* ---- open and close ---- */

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

static bool is_memory(const wck_store *store)
{
    return strcmp(store->path, ":memory:") == 0;
}

/* An empty file of mode 0600 (what servers hold is confidential) unless there is one. SQLite gives its -wal and -shm
 * the same mode. */
static wck_status create_file(wck_store *store, bool read_only, wck_error *err)
{
    struct stat st;
    int fd;

    if (stat(store->path, &st) == 0 && st.st_size == 1) { /* which SQLite takes for an empty one */
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": file is not a database", store->shown);
        return wck_fail_hint(err, "It is no database of ours; name another one with --store sqlite:PATH.");
    }
    if (access(store->path, F_OK) == 0)
        return WCK_OK;
    if (read_only) {
        wck_fail(err, errno == ENOENT ? WCK_E_NOT_FOUND : WCK_E_STORE, "could not open store \"%s\": %s", store->shown,
                 errno == ENOENT ? "there is none" : strerror(errno));
        return wck_fail_hint(err, "Run \"wsusck collect\" or \"wsusck import FILE\" first.");
    }
    fd = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    else if (errno != EEXIST) /* another wsusck was faster */
        return wck_fail(err, WCK_E_STORE, "could not create store \"%s\": %s", store->shown, strerror(errno));
    return WCK_OK;
}

/* What must hold before the first byte of a file that may not be ours is looked at. */
static wck_status harden(wck_store *store, wck_error *err)
{
    char *wal = sqlite3_mprintf("%s-wal", store->path);

    if (wal == NULL)
        return wck_fail_memory(err, "opening the store");
    sqlite3_busy_timeout(store->db, BUSY_MILLISECONDS);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    /* another program's log must not move into its database because we looked; cleared when it is ours */
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, access(wal, F_OK) == 0, NULL);
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, LONGEST_BLOB);
    sqlite3_free(wal);
    if (wck_sqlite_query(store, Q_ROLLBACK, err) == NULL)
        return wck_sqlite_unprepared(store);
    if (store->network) /* reads a database in WAL mode without shared memory, until it is in another mode */
        return wck_sqlite_exec(store, "PRAGMA locking_mode=EXCLUSIVE", err);
    return WCK_OK;
}

static wck_status open_file(wck_store *store, bool read_only, wck_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_PRIVATECACHE;
    wck_status status = WCK_OK;

    if (is_memory(store))
        flags |= SQLITE_OPEN_MEMORY | SQLITE_OPEN_CREATE;
    else {
        status = create_file(store, read_only, err);
        store->network = status == WCK_OK && on_network(store->path);
    }
    if (status != WCK_OK)
        return status;
    if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
        return wck_sqlite_fail(store, err, "open");
    return harden(store, err);
}

static wck_status configure(wck_store *store, bool read_only, wck_error *err)
{
    wck_status status;

    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    status = wck_sqlite_exec(store,
                             "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON; "
                             "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192",
                             err);
    if (status == WCK_OK && store->network && !read_only)
        status = wck_sqlite_exec(store, "PRAGMA journal_mode=DELETE", err);
    if (status == WCK_OK && store->network) /* stays exclusive in WAL mode; the SELECT gives the lock up */
        status = wck_sqlite_exec(store, "PRAGMA locking_mode=NORMAL; SELECT count(*) FROM sqlite_schema", err);
    if (status == WCK_OK && read_only) /* the file is opened for writing all the same: a log may have to be played back */
        status = wck_sqlite_exec(store, "PRAGMA query_only=ON", err);
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

wck_status wck_store_open(wck_store **out, const char *uri, const wck_store_options *options, wck_error *err)
{
    bool read_only = options != NULL && options->read_only;
    wck_store *store;
    wck_status status;

    *out = NULL;
    if (strncmp(uri, "sqlite:", 7) != 0 || uri[7] == '\0') {
        char shown[120];
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": not a kind that this version knows",
                 wck_quote_short(shown, sizeof shown, uri, 80));
        return wck_fail_hint(err, "Use sqlite:PATH.");
    }
    store = calloc(1, sizeof *store);
    if (store == NULL || (store->path = path_of(uri)) == NULL || pthread_mutex_init(&store->lock, NULL) != 0) {
        if (store != NULL)
            free(store->path);
        free(store);
        return wck_fail_memory(err, "opening the store");
    }
    wck_quote_short(store->shown, sizeof store->shown, store->path, 120);
    store->read_host = options != NULL ? options->read_host : NULL;
    status = open_file(store, read_only, err);
    if (status == WCK_OK)
        status = wck_sqlite_migrate(store, read_only, err);
    if (status == WCK_OK)
        status = configure(store, read_only, err);
    if (status != WCK_OK) {
        wck_store_close(store);
        return status;
    }
    *out = store;
    return WCK_OK;
}

void wck_store_close(wck_store *store)
{
    if (store == NULL)
        return;
    wck_sqlite_forget_shared(store);
    wck_sqlite_forget_chunks(store);
    for (int i = 0; i < Q_COUNT; i++)
        sqlite3_finalize(store->query[i]);
    sqlite3_close(store->db);
    pthread_mutex_destroy(&store->lock);
    free(store->path);
    free(store);
}
