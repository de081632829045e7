/* SPDX-License-Identifier: MIT
 * reader.c: a snapshot in memory seen through the reader interface. */
#include "model/reader.h"

#include "model/manifest.h"

#include <stdlib.h>
#include <string.h>

typedef struct memory_reader {
    wck_reader base;
    const wck_snapshot *whole; /* borrowed */
    wck_snapshot head;         /* the same without the partitioned rows; borrows everything */
    wck_part_info *parts;
} memory_reader;

static wck_status load(wck_reader *reader, size_t partition, wck_arena *arena, wck_partition *out, wck_error *err)
{
    (void)arena;
    (void)err;
    wck_partition_slice(out, ((memory_reader *)reader)->whole, partition, reader->n_partitions);
    return WCK_OK;
}

static void close_reader(wck_reader *reader)
{
    free(((memory_reader *)reader)->parts);
    free(reader);
}

wck_status wck_reader_of_snapshot(wck_reader **out, const wck_snapshot *snapshot, wck_error *err)
{
    static const wck_reader_ops ops = {load, close_reader};
    memory_reader *r = NULL;
    wck_manifest m;
    wck_status status = wck_manifest_make(&m, snapshot, NULL, NULL, err);

    *out = NULL;
    if (status != WCK_OK)
        return status;
    r = calloc(1, sizeof *r);
    if (r != NULL)
        r->parts = calloc(m.n_partitions, sizeof *r->parts);
    if (r == NULL || r->parts == NULL) {
        free(r);
        wck_manifest_clear(&m);
        return wck_fail_memory(err, "reading a snapshot");
    }
    r->whole = snapshot;
    r->head = *snapshot;
    r->head.updates.n = r->head.declined.n = r->head.approvals.n = 0;
    for (size_t p = 0; p < m.n_partitions; p++)
        r->parts[p] = m.parts[p].info;
    r->base = (wck_reader){.ops = &ops,
                           .head = &r->head,
                           .digest = m.digest,
                           .n_partitions = m.n_partitions,
                           .parts = r->parts,
                           .n_updates = m.n_updates,
                           .n_declined = m.n_declined,
                           .n_approvals = m.n_approvals};
    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        r->base.section[s] = m.section[s][0];
    wck_manifest_clear(&m);
    *out = &r->base;
    return WCK_OK;
}
