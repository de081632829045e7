/* SPDX-License-Identifier: MIT
 * reader.h: a snapshot seen piece by piece, so that comparing costs what differs.
 *
 * The sections keyed by an update (updates, declined, approvals) are cut into partitions: partition p of n holds the
 * rows whose update GUID has p as its top log2(n) bits. Runs of WCK_SPAN partitions are a span. Two snapshots are
 * compared by the digests of their sections first, then of their spans, then of the partitions in them; only
 * partitions whose digests differ are loaded. Stores implement it over chunks; wck_reader_of_snapshot over a snapshot
 * in memory. */
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

/* Flags of a partition, true for at least one approval and the listed revision it is about (the one it names, else the
 * highest); they let rules of one server skip a partition unread. */
enum {
    WCK_PART_EXPIRED = 1,  /* install, and the revision is expired */
    WCK_PART_EULA = 2,     /* install or uninstall, and the revision has a EULA */
    WCK_PART_LANGUAGES = 4, /* install or uninstall, and the revision's languages are known and not empty */
    WCK_PART_APPROVED = 8   /* install or uninstall, whether a revision is listed or not */
};

enum { WCK_SPAN = 64 }; /* partitions in a span; a snapshot of fewer partitions has one span */

typedef struct wck_span_info {
    wck_digest digest; /* over the span's wck_part_info */
    unsigned flags;    /* of all its partitions */
} wck_span_info;

/* What the approvals of a snapshot that have WCK_PART_LANGUAGES or WCK_PART_EULA ask of their server: one of the
 * languages of each set enabled, each license agreement accepted. Sorted, no duplicates. */
typedef struct wck_demands {
    bool whole; /* false: there were too many to list */
    wck_strings *languages;
    size_t n_languages;
    wck_guids eulas;
} wck_demands;

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
    /* NULL, or: only the rows of one update, borrowed until `arena` is reset or freed. */
    wck_status (*find)(wck_reader *reader, wck_guid update, wck_arena *arena, wck_partition *out, wck_error *err);
    /* The partitions of a span, WCK_SPAN or all there are; borrowed from the reader. */
    wck_status (*parts)(wck_reader *reader, size_t span, const wck_part_info **out, wck_error *err);
    /* NULL: not known. */
    wck_status (*demands)(wck_reader *reader, wck_arena *arena, wck_demands *out, wck_error *err);
    void (*close)(wck_reader *reader);
} wck_reader_ops;

struct wck_reader {
    const wck_reader_ops *ops;
    /* Everything but updates, declined and approvals, which are empty here. Borrowed, frozen. */
    const wck_snapshot *head;
    wck_digest digest;             /* of the whole snapshot, see wck_snapshot_digest */
    wck_digest section[WCK_SECTION_COUNT]; /* of the shared facts of each section; for quick "equal?" answers */
    size_t n_partitions;           /* power of two >= 1 */
    size_t n_spans;
    const wck_span_info *spans;    /* n_spans */
    size_t n_updates, n_declined, n_approvals;
    /* Updates that another listed one supersedes and that are not declined. */
    size_t n_superseded;
    /* Approvals that count, one per update and group: to install, uninstall or block, without the Downstream Servers
     * group. Of them those to install or uninstall, and the updates that have one of those. */
    size_t n_counted, n_approved, n_approved_updates;
};

static inline void wck_reader_close(wck_reader *reader)
{
    if (reader != NULL)
        reader->ops->close(reader);
}

/* Over a frozen snapshot, which must outlive the reader. Partition digests are computed with `canon`, below. */
wck_status wck_reader_of_snapshot(wck_reader **out, const wck_snapshot *snapshot, wck_error *err);

/* How many partitions a snapshot of n updates has: 16, 64, 256, 1024, 4096 or 16384, some 6 to 100 updates each. */
size_t wck_partition_count(size_t n_updates);
/* Partition of an update GUID among n (a power of two). */
size_t wck_partition_of(wck_guid update, size_t n);

#endif
