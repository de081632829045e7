/* SPDX-License-Identifier: MIT
 * collect_work.h: what cmd_collect.c and discover.c share. */
#ifndef WCK_CLI_COLLECT_WORK_H
#define WCK_CLI_COLLECT_WORK_H

#include "base/secret.h"
#include "cli/cli.h"
#include "collect/collect.h"

#include <pthread.h>

typedef struct collect_work collect_work;
struct collect_work {
    cli *c;
    const wck_server_config **servers;
    size_t n;
    int64_t jobs;
    unsigned pause_ms, retry_base_ms, timeout_s;
    const char *as_protocol;
    bool same_method;
    bool only_digests; /* store nothing, tell what would travel */
    wck_collect_identity identity;
    wck_document_cache cache;
    /* Whether what was read is what was looked for; NULL: always. With it a server that could not be read is told of
     * and not recorded. */
    wck_status (*accept)(const collect_work *w, const wck_server_config *s, const wck_snapshot *snapshot, wck_error *err);
    void *payload;        /* of accept */
    pthread_mutex_t lock; /* counts, failure, talk */
    size_t read, dead;
    wck_error failure; /* first failure of the store: that stops everything */
};

typedef struct collect_secrets {
    wck_secret password, proxy_password;
} collect_secrets;

/* out borrows from w, s and secrets. */
wck_status collect_options(const collect_work *w, const wck_server_config *s, collect_secrets *secrets,
                           wck_collect_options *out, wck_error *err);
void collect_secrets_clear(collect_secrets *secrets);
wck_document_cache collect_cache(const cli *c);
/* Read and store w->servers. */
void collect_run(collect_work *w);

bool collect_is_http(const char *source);
/* The source is on the host of that name. */
bool collect_is_host(const char *source, const char *name);

#endif
