/* SPDX-License-Identifier: MIT
 * retry.h: when a server whose synchronization failed tries again.
 *
 * Microsoft, "Issues with Synchronization": two more tries at intervals of about 15 minutes, then the next scheduled
 * time. Number and interval are read from the configuration where it is known (SUSDB keeps both). */
#ifndef WCK_RULES_RETRY_H
#define WCK_RULES_RETRY_H

#include "model/types.h"

typedef struct wck_retry {
    bool automatic;      /* the newest failure belongs to a chain of tries that the server makes by itself */
    unsigned tries;      /* of that chain, the first one included */
    unsigned allowed;    /* tries that a chain can have: 1 + retries */
    wck_time first, last; /* start of its first try; end of its last one, its start where the end is not known */
    wck_time next_try;   /* the next retry after `now`, NONE: none is ahead */
    wck_time next_scheduled; /* NONE: not known, or not scheduled */
} wck_retry;

/* runs: in order of their start, as a snapshot has them; running and undated ones are stepped over, and the newest of
 * the others has failed. config NULL: not known. */
void wck_retry_predict(wck_retry *out, const wck_config *config, const wck_sync_run *runs, size_t n, wck_time now);
/* The next scheduled synchronization after `now`: what the server says, else from the time of day; NONE: not known. */
wck_time wck_schedule_next(const wck_config *config, wck_time now);
/* Minutes of the day (UTC) at which the server starts; 0: not automatic or not known. At most `max`, ascending. */
size_t wck_schedule_minutes(const wck_config *config, unsigned *out, size_t max);

#endif
