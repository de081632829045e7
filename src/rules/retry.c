/* SPDX-License-Identifier: MIT
 * retry.c: the tries of a failed synchronization, and the schedule.
 *
 * A chain of tries is read off the history: failed runs that the server started by itself, each about the waiting time
 * after the one before. What the history cannot show (are retries logged as runs of their own?) the clock does: a retry
 * whose time has passed is not ahead any more. */
#include "rules/retry.h"

#include <string.h>

#define MINUTE (60 * WCK_TICKS_PER_SECOND)
#define DAY (24 * 60 * MINUTE)
enum { RETRIES = 2, WAIT_MINUTES = 15, MOST_RETRIES = 100, MOST_WAIT = 24 * 60 };

static wck_time ended(const wck_sync_run *run)
{
    return run->ended != WCK_TIME_NONE && run->ended >= run->started ? run->ended : run->started;
}

static bool counts(const wck_sync_run *run)
{
    return run->started != WCK_TIME_NONE && run->result != WCK_SYNC_RUNNING;
}

/* Without a schedule a run of which nobody says who started it was started by a person. */
static bool by_itself(const wck_sync_run *run, const wck_config *config)
{
    bool manual_only = config != NULL && config->has_schedule && config->schedule.automatic == 0;

    return run->trigger == WCK_TRIGGER_SCHEDULED || (run->trigger == WCK_TRIGGER_UNKNOWN && !manual_only);
}

static wck_time waiting_time(const wck_config *config)
{
    int64_t minutes = config != NULL ? config->retry_wait_minutes : WCK_INT_NONE;

    return (minutes > 0 && minutes <= MOST_WAIT ? minutes : WAIT_MINUTES) * MINUTE;
}

static unsigned retries(const wck_config *config)
{
    int64_t n = config != NULL ? config->retries : WCK_INT_NONE;

    return n >= 0 && n <= MOST_RETRIES ? (unsigned)n : RETRIES;
}

/* Walk back over the failures since the last other result; manual runs between the tries neither count nor end it. */
static void find_chain(wck_retry *out, const wck_config *config, const wck_sync_run *runs, size_t n, wck_time wait)
{
    for (size_t i = n; i-- > 0;) {
        const wck_sync_run *run = &runs[i];
        if (!counts(run) || (run->result == WCK_SYNC_FAILED && !by_itself(run, config)))
            continue;
        if (run->result != WCK_SYNC_FAILED)
            return;
        if (out->tries == 0)
            out->last = ended(run);
        else if (out->first - ended(run) > wait + wait / 2) /* "approximately 15 minutes" */
            return;
        out->first = run->started;
        out->tries++;
    }
}

void wck_retry_predict(wck_retry *out, const wck_config *config, const wck_sync_run *runs, size_t n, wck_time now)
{
    wck_time wait = waiting_time(config);

    memset(out, 0, sizeof *out);
    out->first = out->last = out->next_try = WCK_TIME_NONE;
    out->allowed = 1 + retries(config);
    out->next_scheduled = wck_schedule_next(config, now);
    find_chain(out, config, runs, n, wait);
    out->automatic = out->tries > 0;
    for (unsigned k = 1; out->automatic && out->next_try == WCK_TIME_NONE && out->tries - 1 + k < out->allowed; k++)
        if (out->last + k * wait > now)
            out->next_try = out->last + k * wait;
}

/* Minute of the day of "HH:MM" or "HH:MM:SS"; false when it is none. */
static bool minute_of_day(const char *text, unsigned *out)
{
    const char *digits = "0123456789";

    if (text == NULL || strlen(text) < 5 || strspn(text, digits) != 2 || text[2] != ':' || strspn(text + 3, digits) != 2)
        return false;
    *out = (unsigned)((text[0] - '0') * 10 + text[1] - '0') * 60 + (unsigned)((text[3] - '0') * 10 + text[4] - '0');
    return *out < 24 * 60;
}

size_t wck_schedule_minutes(const wck_config *config, unsigned *out, size_t max)
{
    int64_t per_day;
    unsigned first;
    size_t n = 0;

    if (config == NULL || !config->has_schedule || config->schedule.automatic != 1 ||
        !minute_of_day(config->schedule.time_of_day, &first))
        return 0;
    per_day = config->schedule.per_day >= 1 && config->schedule.per_day <= 24 ? config->schedule.per_day : 1;
    first %= (unsigned)(24 * 60 / per_day);
    for (int64_t i = 0; i < per_day && n < max; i++)
        out[n++] = first + (unsigned)(i * 24 * 60 / per_day);
    return n;
}

/* The seconds of "HH:MM:SS", 0 where there are none. */
static int64_t seconds_of(const char *time_of_day)
{
    if (strlen(time_of_day) < 8 || time_of_day[5] != ':' || strspn(time_of_day + 6, "0123456789") != 2)
        return 0;
    return (time_of_day[6] - '0') * 10 + time_of_day[7] - '0';
}

wck_time wck_schedule_next(const wck_config *config, wck_time now)
{
    unsigned minutes[24];
    size_t n = wck_schedule_minutes(config, minutes, 24);
    wck_time today = now - ((now % DAY) + DAY) % DAY;

    if (config == NULL || (config->has_schedule && config->schedule.automatic == 0))
        return WCK_TIME_NONE;
    if (config->next_sync != WCK_TIME_NONE && config->next_sync > now)
        return config->next_sync;
    if (n > 0)
        today += seconds_of(config->schedule.time_of_day) * WCK_TICKS_PER_SECOND;
    for (size_t i = 0; i < n; i++)
        if (today + minutes[i] * MINUTE > now)
            return today + minutes[i] * MINUTE;
    return n > 0 ? today + DAY + minutes[0] * MINUTE : WCK_TIME_NONE;
}
