/* SPDX-License-Identifier: MIT
 * susdb_none.c: what stands in for susdb.c in a build without ODBC. */
#include "collect/susdb.h"

wck_status wck_collect_susdb(wck_snapshot **out, const char *text, const wck_collect_options *options, wck_error *err)
{
    (void)text;
    (void)options;
    *out = NULL;
    wck_fail(err, WCK_E_INPUT, "could not read SUSDB: this build has no ODBC");
    return wck_fail_hint(err, "Build with unixodbc-dev and -DWCK_WITH_ODBC=ON, or use Export-WsusSnapshot.ps1.");
}
