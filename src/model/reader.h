/* SPDX-License-Identifier: MIT
 * reader.h: a snapshot seen piece by piece, so that comparing costs what differs.
 *
 * The sections keyed by an update (updates, declined, approvals) are cut into partitions: partition p of n holds the
 * rows whose update GUID has p as its top log2(n) bits. Two snapshots are compared by the digests of a partition
 * first; only partitions whose digests differ are loaded. Stores implement it over chunks; wck_reader_of_snapshot over
 * a snapshot in memory. */
#ifndef WCK_MODEL_READER_H
#define WCK_MODEL_READER_H

#include "model/snapshot.h"

/* The rows of one partition, each array in canonical order. Borrowed from the reader or from the arena given to load. */
typedef struct wck_partition {
    const wck_update *updates;
    size_t n_updates;
    const wck_declined *declined;
    size_t n_declined;
    const wck_approval *approvals;
    size_t n_approvals;
} wck_partition;

/* Flags of a partition, true for at least one row; they let rules of one server skip a partition unread. */
enum {
    WCK_PART_EXPIRED = 1,    /* an update whose state is expired */
    WCK_PART_EULA = 2,       /* an update that has a EULA */
    WCK_PART_LANGUAGES = 4,  /* an update whose languages are known and not empty */
    WCK_PART_APPROVED = 8,   /* an approval with action install or uninstall */
    WCK_PART_NEEDED = 16,    /* an update with needed_by > 0 */
    WCK_PART_SUPERSEDES = 32, /* an update that supersedes another */
    WCK_PART_UNKNOWN_LANGUAGES = 64 /* an update whose languages are not known */
};

typedef struct wck_part_info {
    /* Over the fields that servers must share (updates, declined ids, approvals without their local fields): equal
     * digests mean equal facts, whatever the local fields are. */
    wck_digest digest;
    unsigned flags;
    uint32_t n_updates, n_declined, n_approvals;
} wck_part_info;

typedef struct wck_reader wck_reader;

typedef struct wck_reader_ops {
    /* Fills *out; rows are borrowed until `arena` is reset or freed, or the reader closed. */
    wck_status (*load)(wck_reader *reader, size_t partition, wck_arena *arena, wck_partition *out, wck_error *err);
    /* NULL, or: of partition p of both readers (same ops, equal n_partitions) only the rows of updates whose shared
     * rows differ. WCK_E_ARG when these two cannot be compared that way: then load both. */
    wck_status (*changed)(wck_reader *up, wck_reader *down, size_t partition, wck_arena *arena, wck_partition out[2],
                          wck_error *err);
    void (*close)(wck_reader *reader);
} wck_reader_ops;

struct wck_reader {
    const wck_reader_ops *ops;
    /* Everything but updates, declined and approvals, which are empty here. Borrowed, frozen. */
    const wck_snapshot *head;
    wck_digest digest;             /* of the whole snapshot, see wck_snapshot_digest */
    wck_digest section[WCK_SECTION_COUNT]; /* of the shared facts of each section; for quick "equal?" answers */
    size_t n_partitions;           /* power of two >= 1 */
    const wck_part_info *parts;    /* n_partitions */
    size_t n_updates, n_declined, n_approvals;
};

static inline void wck_reader_close(wck_reader *reader)
{
    if (reader != NULL)
        reader->ops->close(reader);
}

/* Over a frozen snapshot, which must outlive the reader. Partition digests are computed with `canon`, below. */
wck_status wck_reader_of_snapshot(wck_reader **out, const wck_snapshot *snapshot, wck_error *err);

/* How many partitions a snapshot of n updates has: 16, 64, 256, 1024 or 4096, some 25 to 100 updates each. */
size_t wck_partition_count(size_t n_updates);
/* Partition of an update GUID among n (a power of two). */
size_t wck_partition_of(wck_guid update, size_t n);

#endif
