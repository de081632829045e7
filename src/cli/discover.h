/* SPDX-License-Identifier: MIT
 * discover.h: collect --discover. */
#ifndef WCK_CLI_DISCOVER_H
#define WCK_CLI_DISCOVER_H

#include "cli/collect_work.h"

/* Ask w->servers for every server below them and put the proposed configuration out. read: also read the new ones that
 * answer without a login. An exit status. */
int discover_run(collect_work *w, bool read);

#endif
