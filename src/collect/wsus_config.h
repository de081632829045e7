/* SPDX-License-Identifier: MIT
 * wsus_config.h: GetConfigData and GetRollupConfiguration. */
#ifndef WCK_COLLECT_WSUS_CONFIG_H
#define WCK_COLLECT_WSUS_CONFIG_H

#include "collect/wsus.h"

/* Languages, limits, flags; agrees on a higher protocol version when the server reports one. Sets the coverage of
 * config and languages. WCK_OK unless the run is over. */
wck_status wck_run_config(wck_run *run, wck_error *err);
/* The server's id where it tells one; any failure is tolerated. WCK_OK unless the run is over. */
wck_status wck_run_server_id(wck_run *run, wck_error *err);

#endif
