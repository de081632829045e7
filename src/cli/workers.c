/* SPDX-License-Identifier: MIT
 * workers.c: see workers.h. */
#include "cli/workers.h"

#include "cli/cli.h"

#include <pthread.h>

typedef struct queue {
    const cli_workers *work;
    pthread_mutex_t lock;
    size_t next;
} queue;

static bool take(queue *q, size_t *i)
{
    const cli_workers *w = q->work;
    bool taken;

    pthread_mutex_lock(&q->lock);
    taken = q->next < w->n && !cli_canceled && (w->may_go_on == NULL || w->may_go_on(w->payload));
    if (taken)
        *i = q->next++;
    pthread_mutex_unlock(&q->lock);
    return taken;
}

static void *run(void *payload)
{
    queue *q = payload;
    size_t i;

    while (take(q, &i))
        q->work->each(i, q->work->payload);
    return NULL;
}

void cli_run_workers(const cli_workers *work)
{
    queue q = {.work = work, .lock = PTHREAD_MUTEX_INITIALIZER};
    size_t n = 0, wanted = work->jobs < 1 ? 1 : (size_t)work->jobs;
    pthread_t threads[CLI_MAX_JOBS];

    if (wanted > CLI_MAX_JOBS)
        wanted = CLI_MAX_JOBS;
    while (n < wanted && n < work->n && pthread_create(&threads[n], NULL, run, &q) == 0)
        n++;
    if (n == 0)
        run(&q); /* no thread to be had: here, then */
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&q.lock);
}
