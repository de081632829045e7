/* SPDX-License-Identifier: MIT
 * wsus_change.h: what somebody does to a whole server, and what WSUS makes of it. */
#ifndef WCK_TESTS_MODEL_WSUS_CHANGE_H
#define WCK_TESTS_MODEL_WSUS_CHANGE_H

#include "model/change.h"
#include "model/wsus_model.h"

/* One change. A server that is installed anew has synchronized once afterwards. false: it cannot be, why says so. */
bool wsus_make(wsus_world *world, const wck_change *change);

#endif
