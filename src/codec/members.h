/* SPDX-License-Identifier: MIT
 * members.h: writing objects member by member, in the order of the calls. Failures stay in the buffer. */
#ifndef WCK_CODEC_MEMBERS_H
#define WCK_CODEC_MEMBERS_H

#include "base/buf.h"
#include "model/report.h"

typedef struct wck_members {
    wck_buf *out;
    bool begun;
} wck_members;

wck_members wck_members_begin(wck_buf *out);
void wck_members_end(wck_members *m);
/* Comma, key and colon; the caller writes the value. */
void wck_member_key(wck_members *m, const char *key);
/* NULL, the zero GUID, WCK_TIME_NONE, WCK_INT_NONE and the zero digest are written as null … */
void wck_member_text(wck_members *m, const char *key, const char *text);
void wck_member_guid(wck_members *m, const char *key, wck_guid guid);
void wck_member_time(wck_members *m, const char *key, wck_time t);
void wck_member_int(wck_members *m, const char *key, int64_t value);
void wck_member_size(wck_members *m, const char *key, size_t value);
void wck_member_bool(wck_members *m, const char *key, bool value);
void wck_member_digest(wck_members *m, const char *key, const wck_digest *digest);
void wck_member_rule(wck_members *m, const char *key, int rule);
void wck_member_texts(wck_members *m, const char *key, const char *const *texts, size_t n);
/* … except in an object, which holds only what applies. */
void wck_member_object(wck_members *m, const char *key, const wck_object *object);

#endif
