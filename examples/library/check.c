/* SPDX-License-Identifier: MIT
 * check.c: the library in thirty lines: read snapshot documents, compare them, print what a rule found.
 *   cc check.c $(pkg-config --cflags --libs wck) -o check && ./check hq.json berlin.json */
#include "codec/codec.h"
#include "model/tree.h"
#include "rules/rule.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    size_t n = (size_t)(argc - 1);
    wck_snapshot **snapshots = calloc(n + 1, sizeof *snapshots);
    wck_tree_input *inputs = calloc(n + 1, sizeof *inputs);
    wck_check_options options = {.now = WCK_TIME_NONE, .max_age_hours = 87600};
    wck_report *report = NULL;
    wck_tree *tree = NULL;
    wck_error err = {0};
    wck_status status = snapshots != NULL && inputs != NULL ? WCK_OK : WCK_E_MEMORY;

    for (size_t i = 0; i < n && status == WCK_OK; i++) {
        status = wck_codec_read_snapshot(&snapshots[i], argv[i + 1], &err);
        if (status == WCK_OK)
            status = wck_reader_of_snapshot(&inputs[i].now, snapshots[i], &err);
    }
    if (status == WCK_OK)
        status = wck_tree_build(&tree, inputs, n, &err); /* swallows the readers */
    if (status == WCK_OK)
        status = wck_check(&report, tree, &options, &err);
    for (size_t i = 0; report != NULL && i < report->findings.n; i++)
        printf("WCK%04d %s: %s\n", report->findings.items[i].rule, report->findings.items[i].server,
               report->findings.items[i].message);
    if (status != WCK_OK)
        fprintf(stderr, "check: %s\n", err.text);
    wck_report_free(report);
    wck_tree_free(tree);
    for (size_t i = 0; snapshots != NULL && i < n; i++)
        wck_snapshot_free(snapshots[i]);
    free(snapshots);
    free(inputs);
    return status == WCK_OK ? 0 : 2;
}
