/* SPDX-License-Identifier: MIT
 * fs.c: files appear whole or not at all. */
#include "base/fs.h"

#include "base/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static wck_status fail_errno(wck_error *err, const char *doing, const char *path)
{
    char name[256];
    int saved = errno;

    return wck_fail(err, WCK_E_IO, "could not %s \"%s\": %s", doing,
                    wck_quote_short(name, sizeof name, path, 200), strerror(saved));
}

wck_status wck_fs_read(wck_buf *buf, const char *path, wck_error *err)
{
    wck_status status = WCK_OK;
    char chunk[65536], name[256];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail_errno(err, "read", path);
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        status = fail_errno(err, "read", path);
    }
    while (status == WCK_OK) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            status = fail_errno(err, "read", path);
        else if ((size_t)n > buf->max - buf->len)
            status = wck_fail(err, WCK_E_LIMIT, "could not read \"%s\": larger than %zu bytes",
                              wck_quote_short(name, sizeof name, path, 200), buf->max);
        else if (!wck_buf_put(buf, chunk, (size_t)n))
            status = wck_fail_memory(err, "reading a file");
    }
    close(fd);
    return status;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static void sync_directory_of(const char *path)
{
    char dir[4096];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    int fd;

    if (len >= sizeof dir)
        return;
    memcpy(dir, slash == NULL ? "." : path, len);
    dir[len] = '\0';
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd); /* some file systems refuse; the rename itself has happened */
        close(fd);
    }
}

/* Devices and pipes (--output /dev/stdout) cannot be renamed over; write them straight. */
static bool is_special(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static wck_status write_special(const char *path, const void *data, size_t len, wck_error *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write_all(fd, data, len);
    wck_status status = ok ? WCK_OK : fail_errno(err, "write", path);

    if (fd >= 0)
        close(fd);
    return status;
}

wck_status wck_fs_write_atomic(const char *path, const void *data, size_t len, unsigned mode, wck_error *err)
{
    size_t size = strlen(path) + sizeof ".XXXXXX";
    char *temp;
    int fd;

    if (is_special(path))
        return write_special(path, data, len, err);
    temp = malloc(size);
    if (temp == NULL)
        return wck_fail_memory(err, "writing a file");
    snprintf(temp, size, "%s.XXXXXX", path);
    fd = mkstemp(temp);
    if (fd < 0) {
        wck_status status = fail_errno(err, "write", path);
        free(temp);
        return status;
    }
    if (!write_all(fd, data, len) || fchmod(fd, (mode_t)mode) != 0 || fsync(fd) != 0 || rename(temp, path) != 0) {
        wck_status status = fail_errno(err, "write", path);
        close(fd);
        unlink(temp);
        free(temp);
        return status;
    }
    close(fd);
    free(temp);
    sync_directory_of(path);
    return WCK_OK;
}

wck_status wck_fs_mkdir(const char *path, unsigned mode, wck_error *err)
{
    if (mkdir(path, (mode_t)mode) == 0 || (errno == EEXIST && wck_fs_is_dir(path)))
        return WCK_OK;
    return fail_errno(err, "create directory", path);
}

bool wck_fs_is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool wck_fs_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
