/* SPDX-License-Identifier: MIT
 * cabinet.h: cabinets decoded from memory with libmspack; no temporary files, caps counted while writing. */
#ifndef WCK_COLLECT_CABINET_H
#define WCK_COLLECT_CABINET_H

#include "base/buf.h"
#include "wck/error.h"

/* XmlUpdateBlobCompressed: exactly one folder and one file, stored, MSZIP or LZX; spanned cabinets are refused.
 * The member's bytes are appended to out (whose max is the cap). WCK_E_INPUT, WCK_E_LIMIT. */
wck_status wck_cabinet_single(wck_buf *out, const void *data, size_t len, wck_error *err);
/* A named member (compared without case) of a cabinet file on disk, streamed to `fn` in pieces; fn returns a status
 * to stop. WCK_E_NOT_FOUND when there is no such member. */
typedef wck_status wck_cabinet_fn(const void *data, size_t len, void *payload, wck_error *err);
wck_status wck_cabinet_member(const char *path, const char *member, wck_cabinet_fn *fn, void *payload, wck_error *err);

#endif
