/* SPDX-License-Identifier: MIT
 * faulty_vfs.h: SQLite's files, of which the n-th writing call goes wrong. The process may be killed there, which no
 * signal sent from outside does as exactly. */
#ifndef WCK_TESTS_SUPPORT_FAULTY_VFS_H
#define WCK_TESTS_SUPPORT_FAULTY_VFS_H

#include <stddef.h>

typedef enum faulty_action {
    FAULTY_NONE = 0,
    FAULTY_KILL, /* SIGKILL before the call */
    FAULTY_HALF, /* half of the data is written, then SIGKILL */
    FAULTY_FULL, /* this and all later ones: the disk is full */
    FAULTY_BROKEN /* this and all later ones: input/output error */
} faulty_action;

/* Makes it the default VFS. Once. */
void faulty_vfs_install(void);
/* From now on the n-th write, sync or truncate (1: the next one) goes wrong; FAULTY_NONE: none does. */
void faulty_vfs_at(size_t n, faulty_action action);
/* Writing calls since faulty_vfs_at. */
size_t faulty_vfs_calls(void);

#endif
