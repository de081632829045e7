/* SPDX-License-Identifier: MIT
 * host_look.h: what the rules about machines, content and versions share. */
#ifndef WCK_RULES_HOST_LOOK_H
#define WCK_RULES_HOST_LOOK_H

#include "rules/check.h"

/* NULL: nothing is known of the machine, or the section does not count as read. */
const wck_host *wck_host_of(const facts *f);
/* Is the event one that WSUS wrote? Numbers are only unique within a source. */
bool wck_event_is_ours(const wck_host_event *e);
/* An object for what is said about a server as a whole. */
wck_object wck_object_of_server(const facts *f);

#endif
