/* SPDX-License-Identifier: MIT
 * progress.h: what happens, on stderr, at most a few times a second. */
#ifndef WCK_CLI_PROGRESS_H
#define WCK_CLI_PROGRESS_H

#include <stddef.h>

/* mode: "auto" (terminals only), "always", "never", "json" (one object a line). */
void progress_begin(const char *mode);
/* Fits wck_progress_fn; thread safe. total 0: not known. */
void progress_step(const char *server, const char *phase, size_t done, size_t total, void *payload);
void progress_end(void);

#endif
