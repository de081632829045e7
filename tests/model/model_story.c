/* SPDX-License-Identifier: MIT
 * model_story.c: writes what the properties look at, for people and for the oracle in Python.
 *
 *   model_story FIRST..LAST DIRECTORY
 *
 * For every seed DIRECTORY/SEED/ gets 0-NAME.json (an earlier look, where there was one), 1-NAME.json (the present),
 * report.json, plan.json, and 2-NAME.json: the servers after the plan was carried out on the model and one night has passed. */
#include "support/test.h"

#include "base/fs.h"
#include "codec/codec.h"
#include "model/looks.h"
#include "model/random_tree.h"
#include "model/wsus_apply.h"

#include <stdio.h>
#include <stdlib.h>

static wck_error err;

static void must(wck_status status)
{
    if (status == WCK_OK)
        return;
    fprintf(stderr, "model_story: %s\n", err.text);
    exit(2);
}

static void write_snapshot(const char *folder, int when, const wck_snapshot *s)
{
    wck_snapshot *copy = wsus_copy(s);
    wck_buf text;
    char path[600];

    must(wck_snapshot_freeze(copy, &err));
    wck_buf_init(&text, 64u << 20);
    must(wck_codec_put_snapshot(&text, copy, &err));
    snprintf(path, sizeof path, "%s/%d-%s.json", folder, when, s->server.name);
    must(wck_fs_write_atomic(path, text.data, text.len, 0644, &err));
    wck_buf_clear(&text);
    wck_snapshot_free(copy);
}

static void write_look(const char *folder, const look *l)
{
    wck_buf text;
    char path[600];

    wck_buf_init(&text, 64u << 20);
    must(wck_codec_put_plan(&text, l->plan, &err));
    snprintf(path, sizeof path, "%s/plan.json", folder);
    must(wck_fs_write_atomic(path, text.data, text.len, 0644, &err));
    wck_buf_reset(&text);
    must(wck_codec_put_report(&text, l->report, wck_report_exit(l->report, WCK_SEVERITY_WARNING), &err));
    snprintf(path, sizeof path, "%s/report.json", folder);
    must(wck_fs_write_atomic(path, text.data, text.len, 0644, &err));
    wck_buf_clear(&text);
}

static void write_story(const char *folder, uint64_t seed)
{
    wsus_tree tree;
    wsus_world *world;
    wsus_run run;
    look l;

    tree_make(&tree, seed);
    look_at(&l, tree.now, tree.before, tree.n, tree_now());
    look_plan(&l);
    write_look(folder, &l);
    world = wsus_new(tree.now, tree.before, tree.n, tree_now());
    wsus_carry_out(&run, world, l.plan, false, NULL, NULL);
    wsus_run_clear(&run);
    wsus_night(world);
    for (size_t i = 0; i < tree.n; i++) {
        if (tree.before[i] != NULL)
            write_snapshot(folder, 0, tree.before[i]);
        write_snapshot(folder, 1, tree.now[i]);
        world->servers[i].now->server.collected_at = wsus_tick(world);
        world->servers[i].now->server.server_time = WCK_TIME_NONE;
        write_snapshot(folder, 2, world->servers[i].now);
    }
    wsus_free(world);
    look_clear(&l);
    tree_clear(&tree);
}

int main(int argc, char **argv)
{
    unsigned long long first, last;
    char folder[500];

    if (argc != 3 || sscanf(argv[1], "%llu..%llu", &first, &last) != 2) {
        fputs("usage: model_story FIRST..LAST DIRECTORY\n", stderr);
        return 64;
    }
    for (uint64_t seed = first; seed <= last; seed++) {
        snprintf(folder, sizeof folder, "%s/%llu", argv[2], (unsigned long long)seed);
        must(wck_fs_mkdir(folder, 0755, &err));
        write_story(folder, seed);
    }
    return 0;
}
