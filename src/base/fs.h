/* SPDX-License-Identifier: MIT
 * fs.h: bounded reads and atomic writes. */
#ifndef WCK_BASE_FS_H
#define WCK_BASE_FS_H

#include "base/buf.h"
#include "wck/error.h"

/* Whole file into buf (initialised by the caller, whose max is the cap). WCK_E_IO, WCK_E_LIMIT. "-" is not special. */
wck_status wck_fs_read(wck_buf *buf, const char *path, wck_error *err);
/* Temp file in the same directory, fsync, rename, fsync of the directory: the old file or the new one, never half.
 * mode e.g. 0644. */
wck_status wck_fs_write_atomic(const char *path, const void *data, size_t len, unsigned mode, wck_error *err);
/* Creates one directory unless it is there already. */
wck_status wck_fs_mkdir(const char *path, unsigned mode, wck_error *err);
bool wck_fs_is_dir(const char *path);
bool wck_fs_exists(const char *path);

#endif
