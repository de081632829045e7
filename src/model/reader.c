/* SPDX-License-Identifier: MIT
 * reader.c: a snapshot in memory seen through the reader interface, with the digests that a store would give it. */
#include "model/reader.h"

#include "model/manifest.h"

#include <stdlib.h>
#include <string.h>

typedef struct memory_reader {
    wck_reader base;
    const wck_snapshot *whole; /* borrowed */
    wck_snapshot head;         /* the same without the partitioned rows; borrows everything */
    wck_index index;
} memory_reader;

static wck_status load(wck_reader *reader, size_t partition, wck_arena *arena, wck_partition *out, wck_error *err)
{
    (void)arena;
    if (partition >= reader->n_partitions)
        return wck_fail(err, WCK_E_ARG, "could not load partition %zu of %zu", partition, reader->n_partitions);
    wck_partition_slice(out, ((memory_reader *)reader)->whole, partition, reader->n_partitions);
    return WCK_OK;
}

static wck_status parts(wck_reader *reader, size_t span, const wck_part_info **out, wck_error *err)
{
    if (span >= reader->n_spans)
        return wck_fail(err, WCK_E_ARG, "could not look into span %zu of %zu", span, reader->n_spans);
    *out = ((memory_reader *)reader)->index.parts + span * WCK_SPAN;
    return WCK_OK;
}

static void close_reader(wck_reader *reader)
{
    wck_index_clear(&((memory_reader *)reader)->index);
    free(reader);
}

wck_status wck_reader_of_snapshot(wck_reader **out, const wck_snapshot *snapshot, wck_error *err)
{
    static const wck_reader_ops ops = {.load = load, .parts = parts, .close = close_reader};
    memory_reader *r = calloc(1, sizeof *r);
    wck_manifest m;
    wck_status status;

    *out = NULL;
    if (r == NULL)
        return wck_fail_memory(err, "reading a snapshot");
    status = wck_manifest_make(&m, &r->index, snapshot, NULL, err);
    if (status != WCK_OK) {
        free(r);
        return status;
    }
    r->whole = snapshot;
    r->head = *snapshot;
    memset(&r->head.updates, 0, sizeof r->head.updates);
    memset(&r->head.declined, 0, sizeof r->head.declined);
    memset(&r->head.approvals, 0, sizeof r->head.approvals);
    r->base = (wck_reader){.ops = &ops,
                           .head = &r->head,
                           .digest = m.digest,
                           .n_partitions = r->index.n,
                           .n_spans = r->index.n_spans,
                           .spans = r->index.spans,
                           .n_updates = m.n_updates,
                           .n_declined = m.n_declined,
                           .n_approvals = m.n_approvals,
                           .n_superseded = m.n_superseded,
                           .n_counted = m.n_counted,
                           .n_approved = m.n_approved,
                           .n_approved_updates = m.n_approved_updates};
    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        r->base.section[s] = m.section[s][WCK_SHARED];
    *out = &r->base;
    return WCK_OK;
}
