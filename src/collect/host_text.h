/* SPDX-License-Identifier: MIT
 * host_text.h: the host object of a snapshot as text, in the canonical form of codec (keys sorted, no white space), which
 * this floor may not include. Members are put in the order of their keys. */
#ifndef WCK_COLLECT_HOST_TEXT_H
#define WCK_COLLECT_HOST_TEXT_H

#include "base/buf.h"
#include "base/time.h"
#include "collect/collect.h"

void wck_host_put_text(wck_buf *out, const char *text); /* a JSON string */
void wck_host_put_key(wck_buf *out, const char *key);   /* after a comma, unless it is the first of its object */
void wck_host_put_time(wck_buf *out, const char *key, wck_time t); /* nothing for WCK_TIME_NONE */
/* "downstream_servers", in the order of the list. */
void wck_host_put_downstream(wck_buf *out, const wck_downstream_list *list);

#endif
