/* SPDX-License-Identifier: MIT
 * manifest.h: a snapshot cut into chunks and named by their digests; what every store keeps and what equality of
 * snapshots means. Equal facts give equal digests whatever the order of input.
 *
 * A snapshot is: two chunks (shared, local) for the server and for every section of the head, two for every partition,
 * two for every span that list its partitions, and two that list the spans (the index). The shared lists carry what a
 * reader must know before it loads anything (flags, counts), so replicas that hold the same facts share them although
 * their local fields differ. A chunk that names others is added after them: where it is, they are. */
#ifndef WCK_MODEL_MANIFEST_H
#define WCK_MODEL_MANIFEST_H

#include "base/map.h"
#include "model/canon.h"

enum { WCK_SHARED, WCK_LOCAL, WCK_STREAMS };
#define WCK_MAX_PARTITIONS 16384U /* wck_partition_count gives no more */

typedef struct wck_manifest {
    wck_digest server[WCK_STREAMS];
    /* Of the partitioned sections (updates, declined, approvals) no chunk: shared is the shared index, the same for the
     * three of them, local is zero. */
    wck_digest section[WCK_SECTION_COUNT][WCK_STREAMS];
    wck_digest index[WCK_STREAMS];
    wck_digest demands; /* chunk of wck_demands */
    /* SHA-256 over the canon's version and all of the above but server[WCK_LOCAL] (time of collection, the server's
     * clock, the source). */
    wck_digest digest;
    size_t n_updates, n_declined, n_approvals; /* these and the following as in wck_reader */
    size_t n_superseded, n_counted, n_approved, n_approved_updates;
} wck_manifest;

/* The list of spans. */
typedef struct wck_index {
    size_t n, n_spans;    /* partitions: a power of two, at most WCK_MAX_PARTITIONS */
    wck_span_info *spans; /* malloc */
    wck_part_info *parts; /* malloc, all n; NULL after wck_index_get. digest names the shared chunk */
} wck_index;

typedef enum wck_chunk_kind { WCK_CHUNK_HEAD, WCK_CHUNK_PARTITION, WCK_CHUNK_SPAN, WCK_CHUNK_INDEX } wck_chunk_kind;

/* Where the chunks of a snapshot go while it is cut; repeated ones too. data is borrowed for the time of the call. The
 * partitions of a span come in order, right before the span's own chunk of the same stream. */
typedef struct wck_chunk_sink {
    /* Is this span there already? Then neither it nor its partitions are added. NULL: never. */
    wck_status (*knows)(const wck_digest *digest, bool *known, void *payload, wck_error *err);
    wck_status (*add)(wck_chunk_kind kind, const wck_digest *digest, const void *data, size_t len, void *payload,
                      wck_error *err);
    void *payload;
} wck_chunk_sink;

/* Cut the frozen snapshot; sink NULL: digests only. *index (NULL: not wanted) is cleared by the caller. WCK_E_ARG when
 * not frozen. */
wck_status wck_manifest_make(wck_manifest *out, wck_index *index, const wck_snapshot *snapshot,
                             const wck_chunk_sink *sink, wck_error *err);

/* As bytes that tell whether they are damaged. get: WCK_E_STORE. */
bool wck_manifest_put(wck_buf *out, const wck_manifest *manifest);
wck_status wck_manifest_get(wck_manifest *out, const void *data, size_t len, wck_error *err);

/* *proven: the digest is that of what the manifest names. */
wck_status wck_manifest_prove(const wck_manifest *manifest, bool *proven, wck_error *err);

/* The shared index chunk, and the shared chunk of one span of n partitions. WCK_E_STORE when damaged. */
wck_status wck_index_get(wck_index *out, const void *data, size_t len, wck_error *err);
wck_status wck_span_get(wck_part_info *parts, size_t n, const void *data, size_t len, wck_error *err);
void wck_index_clear(wck_index *index);
/* The local chunks are looked into as they are: a digest for each span, or for each partition of a span. */
bool wck_local_list_fits(size_t n, size_t len);
wck_digest wck_local_list_digest(const void *data, size_t i);
void wck_span_put(wck_buf *out, const wck_part_info *parts, size_t n);
void wck_index_put(wck_buf *out, const wck_index *index);
size_t wck_span_count(size_t n_partitions);
/* Partitions in each span. */
size_t wck_span_width(size_t n_partitions);
/* Counts into the manifest; demands is appended to. false when memory is short. */
bool wck_summary_make(wck_manifest *out, wck_buf *demands, const wck_snapshot *snapshot);
wck_status wck_demands_get(wck_demands *out, wck_arena *arena, const void *data, size_t len, wck_error *err);

bool wck_section_is_partitioned(int section);
/* Where the rows of partition p of n begin and end in the snapshot's arrays. */
void wck_partition_slice(wck_partition *out, const wck_snapshot *snapshot, size_t p, size_t n);

#endif
