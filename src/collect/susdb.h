/* SPDX-License-Identifier: MIT
 * susdb.h: SUSDB over ODBC as a source. */
#ifndef WCK_COLLECT_SUSDB_H
#define WCK_COLLECT_SUSDB_H

#include "collect/collect.h"

/* text: what stands behind "odbc:". Only SELECTs of sql/susdb are sent. A part that the database cannot tell (a column
 * is not there, a permission is missing) is unknown with the reason; WCK_E_HTTP when nothing could be asked at all.
 * Without ODBC in the build: WCK_E_INPUT. */
wck_status wck_collect_susdb(wck_snapshot **out, const char *text, const wck_collect_options *options, wck_error *err);

#endif
