/* SPDX-License-Identifier: MIT
 * manifest.h: a snapshot cut into chunks and named by their digests; what every store keeps and what equality of
 * snapshots means. Equal facts give equal digests whatever the order of input.
 *
 * A snapshot is: two chunks (shared, local) for the server and for every section of the head, two for every partition,
 * and two that list the partitions. The list of the shared partition chunks carries what a reader must know before it
 * loads anything (flags, counts), so replicas that hold the same facts share it although their local fields differ. */
#ifndef WCK_MODEL_MANIFEST_H
#define WCK_MODEL_MANIFEST_H

#include "model/canon.h"

enum { WCK_SHARED, WCK_LOCAL, WCK_STREAMS };
#define WCK_MAX_PARTITIONS 4096U /* wck_partition_count gives no more */

typedef struct wck_manifest {
    wck_digest server[WCK_STREAMS];
    /* Of the partitioned sections (updates, declined, approvals) no chunk: shared is the SHA-256 over the digests of
     * all partitions, the same for the three of them, local is zero. */
    wck_digest section[WCK_SECTION_COUNT][WCK_STREAMS];
    wck_digest index[WCK_STREAMS];
    /* SHA-256 over the canon's version and all of the above but server[WCK_LOCAL] (time of collection, the server's
     * clock, the source). */
    wck_digest digest;
    size_t n_updates, n_declined, n_approvals;
    bool needed; /* some partition has WCK_PART_NEEDED; the bits stand in the local index */
} wck_manifest;

/* The list of partitions. */
typedef struct wck_index {
    size_t n;             /* power of two, at most WCK_MAX_PARTITIONS */
    wck_part_info *parts; /* malloc; digest names the shared chunk; without WCK_PART_NEEDED, which is local */
} wck_index;

/* One chunk of a snapshot, given out while it is cut. data is borrowed for the time of the call. */
typedef wck_status wck_chunk_fn(const wck_digest *digest, const void *data, size_t len, void *payload, wck_error *err);

/* Cut the frozen snapshot; every chunk goes to fn (NULL: digests only), repeated ones too. *index (NULL: not wanted) is
 * cleared by the caller and has WCK_PART_NEEDED. WCK_E_ARG when not frozen. */
wck_status wck_manifest_make(wck_manifest *out, wck_index *index, const wck_snapshot *snapshot, wck_chunk_fn *fn,
                             void *payload, wck_error *err);

/* As bytes that tell whether they are damaged. get: WCK_E_STORE. */
bool wck_manifest_put(wck_buf *out, const wck_manifest *manifest);
wck_status wck_manifest_get(wck_manifest *out, const void *data, size_t len, wck_error *err);

/* *proven: the digest is that of the parts, and the index is the manifest's. */
wck_status wck_manifest_prove(const wck_manifest *manifest, const wck_index *index, bool *proven, wck_error *err);

/* The shared index chunk. WCK_E_STORE when damaged. */
wck_status wck_index_get(wck_index *out, const void *data, size_t len, wck_error *err);
void wck_index_clear(wck_index *index);
/* The local index chunk is looked into as it is: n digests, then, with `needed`, n bytes 0 or 1. */
bool wck_index_local_fits(const wck_manifest *manifest, size_t n, size_t len);
wck_digest wck_index_local_digest(const void *data, size_t partition);
bool wck_index_local_needed(const void *data, size_t n, size_t partition);

bool wck_section_is_partitioned(int section);
/* Where the rows of partition p of n begin and end in the snapshot's arrays. */
void wck_partition_slice(wck_partition *out, const wck_snapshot *snapshot, size_t p, size_t n);

#endif
