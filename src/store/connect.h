/* SPDX-License-Identifier: MIT
 * connect.h: a session of PostgreSQL as a store opens one (no password in the URI, the server must prove who it is,
 * search_path pg_catalog, UTF8, limits of waiting), for those who keep something else there. */
#ifndef WCK_STORE_CONNECT_H
#define WCK_STORE_CONNECT_H

#include "wck/error.h"

#include <stddef.h>

struct pg_conn; /* libpq's PGconn */

/* *out is the caller's (PQfinish). shown: the place for messages, without user and password; at most `size` bytes, also
 * after a failure. WCK_E_STORE with a hint. WCK_WITH_LIBPQ only. */
wck_status wck_postgres_connect(struct pg_conn **out, char *shown, size_t size, const char *uri, wck_error *err);

#endif
