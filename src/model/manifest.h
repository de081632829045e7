/* SPDX-License-Identifier: MIT
 * manifest.h: a snapshot cut into chunks and named by their digests; what every store keeps and what equality of
 * snapshots means. */
#ifndef WCK_MODEL_MANIFEST_H
#define WCK_MODEL_MANIFEST_H

#include "model/canon.h"

/* One chunk of a snapshot, given out while it is cut. data is borrowed for the time of the call. */
typedef wck_status wck_chunk_fn(const wck_digest *digest, const void *data, size_t len, void *payload, wck_error *err);

typedef struct wck_manifest_part {
    wck_part_info info; /* info.digest names the shared chunk */
    wck_digest local;
} wck_manifest_part;

typedef struct wck_manifest {
    wck_digest server[2];                     /* shared, local */
    wck_digest section[WCK_SECTION_COUNT][2]; /* zero for updates, declined, approvals */
    wck_digest index;                         /* chunk that lists the partitions */
    wck_digest digest; /* SHA-256 over all of the above but server[1]: equal facts, equal digest */
    size_t n_partitions;
    wck_manifest_part *parts; /* malloc */
    size_t n_updates, n_declined, n_approvals;
} wck_manifest;

/* Cut the frozen snapshot; every chunk goes to fn (NULL: digests only), repeated ones too. */
wck_status wck_manifest_make(wck_manifest *out, const wck_snapshot *snapshot, wck_chunk_fn *fn, void *payload,
                             wck_error *err);
void wck_manifest_clear(wck_manifest *manifest);
/* The fixed part (all but `parts`) as bytes, and the index chunk back to parts. WCK_E_STORE when damaged. */
bool wck_manifest_put(wck_buf *out, const wck_manifest *manifest);
wck_status wck_manifest_get(wck_manifest *out, const void *data, size_t len, wck_error *err);
wck_status wck_manifest_get_index(wck_manifest *out, const void *data, size_t len, wck_error *err);
/* Where the rows of partition p begin and end in the snapshot's arrays. */
void wck_partition_slice(wck_partition *out, const wck_snapshot *snapshot, size_t p, size_t n);

#endif
