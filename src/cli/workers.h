/* SPDX-License-Identifier: MIT
 * workers.h: the same work on several things at once. */
#ifndef WCK_CLI_WORKERS_H
#define WCK_CLI_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cli_workers {
    size_t n;                              /* things, 0 … n - 1 */
    int64_t jobs;                          /* threads, 1 … CLI_MAX_JOBS */
    void (*each)(size_t i, void *payload); /* from any thread */
    bool (*may_go_on)(void *payload);      /* NULL: always; asked before each thing, one thread at a time */
    void *payload;
} cli_workers;

enum { CLI_MAX_JOBS = 64 }; /* threads that wait for servers; more sockets than that help nobody */

/* Things are begun in order. Returns when every thread has ended; begins nothing more after Ctrl-C. */
void cli_run_workers(const cli_workers *work);

#endif
