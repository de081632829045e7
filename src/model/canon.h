/* SPDX-License-Identifier: MIT
 * canon.h: the one binary form of a row set, used for digests and by every store.
 *
 * Two streams a section: `shared` holds the fields that servers of one tree must agree on, `local` those that
 * legitimately differ (arrival, administrator, deployment id, …). Equal facts give equal bytes. All integers are
 * LEB128 varints (zig-zag where signed), text is length + bytes + NUL with length 0 = null and n+1 otherwise, GUIDs are
 * 16 bytes in canonical order (optional ones behind a byte 0 or 1), times are varints. An approval's go_live is local: no
 * rule compares it. */
#ifndef WCK_MODEL_CANON_H
#define WCK_MODEL_CANON_H

#include "base/buf.h"
#include "model/reader.h"

#define WCK_CANON_VERSION 2

/* Encode rows [0,n) to shared and local; false when a buffer failed. Rows must be in canonical order. */
bool wck_canon_put_updates(wck_buf *shared, wck_buf *local, const wck_update *rows, size_t n);
bool wck_canon_put_declined(wck_buf *shared, wck_buf *local, const wck_declined *rows, size_t n);
bool wck_canon_put_approvals(wck_buf *shared, wck_buf *local, const wck_approval *rows, size_t n);

/* Decode into `arena` (the bytes are copied; text points into the copy). WCK_E_STORE when the bytes are damaged or the
 * counts disagree; *rows must not be used then. */
wck_status wck_canon_get_updates(const wck_update **rows, size_t *n, wck_arena *arena, const void *shared,
                                 size_t shared_len, const void *local, size_t local_len, wck_error *err);
wck_status wck_canon_get_declined(const wck_declined **rows, size_t *n, wck_arena *arena, const void *shared,
                                  size_t shared_len, const void *local, size_t local_len, wck_error *err);
wck_status wck_canon_get_approvals(const wck_approval **rows, size_t *n, wck_arena *arena, const void *shared,
                                   size_t shared_len, const void *local, size_t local_len, wck_error *err);

/* One whole section of the head (config, languages, categories, groups, eulas, sync_history, files, host) as bytes.
 * eulas: administrator, time and update go to `local`. The others leave `local` empty. */
bool wck_canon_put_section(wck_buf *shared, wck_buf *local, const wck_snapshot *snapshot, wck_section section);
wck_status wck_canon_get_section(wck_snapshot *snapshot, wck_section section, const void *shared, size_t shared_len,
                                 const void *local, size_t local_len, wck_error *err);
/* server and coverage; the time of collection, the server's clock and the source stand in `local`. */
bool wck_canon_put_server(wck_buf *shared, wck_buf *local, const wck_snapshot *snapshot);
wck_status wck_canon_get_server(wck_snapshot *snapshot, const void *shared, size_t shared_len, const void *local,
                                size_t local_len, wck_error *err);

/* A partition's info from its rows and the shared bytes already encoded (three buffers in the order updates,
 * declined, approvals). */
bool wck_canon_part_info(wck_part_info *out, const wck_partition *rows, const wck_buf shared[3]);

/* The three row sets of a partition one behind the other, as they stand in one chunk. Its SHA-256 is
 * wck_part_info.digest. */
bool wck_canon_put_partition(wck_buf *shared, wck_buf *local, const wck_partition *rows);
wck_status wck_canon_get_partition(wck_partition *out, wck_arena *arena, const void *shared, size_t shared_len,
                                   const void *local, size_t local_len, wck_error *err);
/* The same over bytes that live as long as the arena: they are not copied. */
wck_status wck_canon_take_partition(wck_partition *out, wck_arena *arena, const void *shared, size_t shared_len,
                                    const void *local, size_t local_len, wck_error *err);
/* Of two partitions only the rows of those updates whose shared rows are not equal on both sides, byte by byte. Equal
 * rows are stepped over unread, so the cost is that of comparing memory. bytes: [shared, local], which live as long as
 * the arena. */
typedef struct wck_part_bytes {
    const void *data[2];
    size_t len[2];
} wck_part_bytes;
wck_status wck_canon_take_changed(wck_partition out[2], wck_arena *arena, const wck_part_bytes bytes[2],
                                  wck_error *err);
/* Of a partition only the rows of one update; bytes as above. has: is there any? It looks at the shared stream only. */
wck_status wck_canon_has_update(bool *out, wck_guid update, const void *shared, size_t len, wck_error *err);
wck_status wck_canon_take_update(wck_partition *out, wck_arena *arena, wck_guid update, const wck_part_bytes *bytes,
                                 wck_error *err);
/* The listed revision that an approval is about: the one it names, else the highest; NULL when none is listed. *at walks
 * along: 0 at first, and the approvals come in canonical order. */
const wck_update *wck_canon_named(const wck_partition *rows, size_t *at, const wck_approval *approval);
/* WCK_PART_… of the rows. */
unsigned wck_canon_flags(const wck_partition *rows);

#endif
