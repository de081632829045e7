/* SPDX-License-Identifier: MIT
 * check_jobs.c: see check_jobs.h. */
#include "cli/check_jobs.h"

#include "cli/heap.h"
#include "cli/workers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A thread opens the store and the heads of all servers again, which takes as long as some hundred spans of
 * partitions that differ (docs/performance.md). */
enum { SPANS_A_JOB = 300 };

typedef struct part {
    cli own; /* store, error */
    const wck_check_options *options;
    const wck_tree *tree; /* of the whole; the first part reads through it */
    const wck_node *const *from; /* the servers of this part, in `tree` */
    size_t n;
    wck_report *report;
    wck_status status;
} part;

/* Spans of partitions that are to be read for the edge above the node. */
static size_t differing(const wck_node *node, bool verify)
{
    const wck_reader *up = node->parent != NULL ? node->parent->now : NULL, *down = node->now;
    size_t n = 0;

    if (up == NULL)
        return 0;
    if (verify || up->n_spans != down->n_spans)
        return down->n_spans;
    for (size_t i = 0; i < down->n_spans; i++)
        n += !wck_digest_eq(&up->spans[i].digest, &down->spans[i].digest);
    return n;
}

size_t cli_check_jobs(const wck_tree *tree, const wck_check_options *options)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t spans = 0, jobs;

    for (size_t i = 0; i < (options->only != NULL ? options->n_only : tree->n); i++)
        spans += differing(options->only != NULL ? options->only[i] : tree->nodes[i], options->verify);
    jobs = 1 + spans / SPANS_A_JOB;
    return jobs > CLI_MAX_JOBS ? CLI_MAX_JOBS : cores > 0 && jobs > (size_t)cores ? (size_t)cores : jobs;
}

/* The same snapshots again: another one may have been stored meanwhile. */
static wck_status load_same(part *p, wck_tree **out)
{
    cli_pick *picks = calloc(p->tree->n, sizeof *picks);
    wck_status status = picks != NULL ? cli_open_store(&p->own, false) : wck_fail_memory(&p->own.err, "checking the tree");

    for (size_t i = 0; status == WCK_OK && i < p->tree->n; i++) {
        picks[i].server = p->tree->nodes[i]->name;
        if (!cli_parse_id(p->tree->nodes[i]->snapshot_id, &picks[i].now))
            status = wck_fail(&p->own.err, WCK_E_ARG, "could not check the tree: it does not come from a store");
    }
    if (status == WCK_OK)
        status = cli_load_tree_of(&p->own, picks, p->tree->n, out);
    free(picks);
    return status;
}

static wck_status check_in(part *p, const wck_tree *tree)
{
    wck_check_options options = *p->options;
    const wck_node **only = calloc(p->n, sizeof *only);
    wck_status status = only != NULL ? WCK_OK : wck_fail_memory(&p->own.err, "checking the tree");

    for (size_t i = 0; status == WCK_OK && i < p->n; i++) { /* the same snapshots make the same order */
        only[i] = tree->nodes[p->from[i]->index];
        if (strcmp(only[i]->name, p->from[i]->name) != 0)
            status = wck_fail(&p->own.err, WCK_E_STORE, "could not check the tree: the store changed meanwhile");
    }
    options.only = (const wck_node *const *)only;
    options.n_only = p->n;
    if (status == WCK_OK)
        status = wck_check(&p->report, tree, &options, &p->own.err);
    free(only);
    return status;
}

static void check_part(size_t i, void *payload)
{
    part *p = (part *)payload + i;
    wck_tree *tree = NULL;

    wck_error_clear(&p->own.err);
    cli_heap_of_thread();
    if (i == 0) {
        p->status = check_in(p, p->tree);
        return;
    }
    p->own.store = NULL;
    p->status = load_same(p, &tree);
    if (p->status == WCK_OK)
        p->status = check_in(p, tree);
    wck_tree_free(tree); /* readers first */
    wck_store_close(p->own.store);
}

/* A snapshot was removed before a thread could open it: the tree of the whole still holds on to it. */
static void redo_removed(part *parts, size_t jobs)
{
    for (size_t i = 1; i < jobs; i++)
        if (parts[i].status == WCK_E_NOT_FOUND) {
            wck_error_clear(&parts[i].own.err);
            parts[i].status = check_in(&parts[i], parts[i].tree);
        }
}

/* Siblings stay together, so that what they share with their parent is read once. */
static void share_out(part *parts, size_t jobs, const wck_node *const *nodes, size_t n)
{
    for (size_t i = 0; i < jobs; i++) {
        size_t from = n * i / jobs;
        parts[i].from = nodes + from;
        parts[i].n = n * (i + 1) / jobs - from;
    }
}

/* The first part's report takes up the others; the first failure is that of the whole. */
static wck_status merge(cli *c, part *parts, size_t jobs, wck_report **out)
{
    for (size_t i = 0; i < jobs; i++) {
        wck_status status = parts[i].status;
        if (status != WCK_OK)
            c->err = parts[i].own.err;
        else if (i > 0)
            status = wck_report_absorb(parts[0].report, parts[i].report, &c->err);
        if (status != WCK_OK)
            return status;
        if (i > 0)
            parts[i].report = NULL;
    }
    wck_report_finish(parts[0].report);
    *out = parts[0].report;
    parts[0].report = NULL;
    return WCK_OK;
}

wck_status cli_check_parts(cli *c, const wck_tree *tree, const wck_check_options *options, size_t jobs,
                           wck_report **out)
{
    const wck_node *const *nodes = options->only != NULL ? options->only : (const wck_node *const *)tree->nodes;
    size_t n = options->only != NULL ? options->n_only : tree->n;
    part *parts;
    cli_workers work;
    wck_status status;

    jobs = jobs < n ? jobs : n;
    parts = calloc(jobs, sizeof *parts);
    if (parts == NULL)
        return wck_fail_memory(&c->err, "checking the tree");
    work = (cli_workers){.n = jobs, .jobs = (int64_t)jobs, .each = check_part, .payload = parts};
    for (size_t i = 0; i < jobs; i++) {
        parts[i] = (part){.own = *c, .options = options, .tree = tree};
        parts[i].status = wck_fail(&parts[i].own.err, WCK_E_CANCELED, "interrupted"); /* unless it is begun */
    }
    share_out(parts, jobs, nodes, n);
    cli_run_workers(&work);
    redo_removed(parts, jobs);
    status = merge(c, parts, jobs, out);
    for (size_t i = 0; i < jobs; i++)
        wck_report_free(parts[i].report);
    free(parts);
    return status;
}
