/* SPDX-License-Identifier: MIT
 * When a server whose synchronization failed tries again: two more tries at 15 minutes, then the schedule. */
#include "support/test.h"

#include "rules/retry.h"

#include <string.h>

#define MINUTE (60 * WCK_TICKS_PER_SECOND)
#define HOUR (60 * MINUTE)
static const wck_time NOON = INT64_C(17731440000000000); /* 2026-03-10 12:00 UTC */

static wck_config scheduled(const char *time_of_day, int64_t per_day)
{
    wck_config config;

    memset(&config, 0, sizeof config);
    config.next_sync = WCK_TIME_NONE;
    config.retries = config.retry_wait_minutes = WCK_INT_NONE;
    config.has_schedule = true;
    config.schedule.automatic = 1;
    config.schedule.time_of_day = time_of_day;
    config.schedule.per_day = per_day;
    return config;
}

static wck_sync_run run(wck_time started, wck_sync_result result, wck_sync_trigger trigger)
{
    return (wck_sync_run){.started = started, .ended = WCK_TIME_NONE, .result = result, .trigger = trigger};
}

static wck_sync_run failed(wck_time started)
{
    return run(started, WCK_SYNC_FAILED, WCK_TRIGGER_SCHEDULED);
}

static void both_retries_lie_ahead_of_a_first_failure(void **state)
{
    const wck_config config = scheduled("03:00:00", 1);
    const wck_sync_run runs[] = {failed(NOON)};
    wck_retry r;

    (void)state;
    wck_retry_predict(&r, &config, runs, 1, NOON + MINUTE);
    assert_true(r.automatic);
    assert_int_equal(r.tries, 1);
    assert_int_equal(r.allowed, 3);
    assert_int_equal(r.next_try, NOON + 15 * MINUTE);
    assert_int_equal(r.next_scheduled, NOON + 15 * HOUR);
    wck_retry_predict(&r, &config, runs, 1, NOON + 15 * MINUTE); /* the first one is due now, the second ahead */
    assert_int_equal(r.next_try, NOON + 30 * MINUTE);
    wck_retry_predict(&r, &config, runs, 1, NOON + 30 * MINUTE); /* whether or not the history shows them */
    assert_int_equal(r.next_try, WCK_TIME_NONE);
    assert_true(r.automatic);
}

static void tries_in_the_history_are_counted(void **state)
{
    const wck_sync_run runs[] = {failed(NOON - 24 * HOUR), failed(NOON), failed(NOON + 16 * MINUTE),
                                 failed(NOON + 31 * MINUTE)};
    wck_retry r;

    (void)state;
    wck_retry_predict(&r, NULL, runs, 3, NOON + 20 * MINUTE);
    assert_int_equal(r.tries, 2);
    assert_int_equal(r.first, NOON);
    assert_int_equal(r.next_try, NOON + 31 * MINUTE);
    wck_retry_predict(&r, NULL, runs, 4, NOON + 32 * MINUTE);
    assert_int_equal(r.tries, 3);
    assert_int_equal(r.next_try, WCK_TIME_NONE);
    assert_int_equal(r.next_scheduled, WCK_TIME_NONE); /* no configuration */
}

static void waiting_begins_where_the_try_ended(void **state)
{
    wck_sync_run runs[] = {failed(NOON), failed(NOON + 35 * MINUTE)};
    wck_retry r;

    (void)state;
    runs[0].ended = NOON + 20 * MINUTE; /* ran into a time-out */
    wck_retry_predict(&r, NULL, runs, 1, NOON + 21 * MINUTE);
    assert_int_equal(r.next_try, NOON + 35 * MINUTE);
    runs[1].ended = NOON + 34 * MINUTE; /* before its start: not to be believed */
    wck_retry_predict(&r, NULL, runs, 2, NOON + 36 * MINUTE);
    assert_int_equal(r.tries, 2);
    assert_int_equal(r.next_try, NOON + 50 * MINUTE);
}

static void number_and_interval_come_from_the_configuration(void **state)
{
    wck_config config = scheduled("03:00:00", 1);
    const wck_sync_run runs[] = {failed(NOON)};
    wck_retry r;

    (void)state;
    config.retries = 4;
    config.retry_wait_minutes = 10;
    wck_retry_predict(&r, &config, runs, 1, NOON + 35 * MINUTE);
    assert_int_equal(r.allowed, 5);
    assert_int_equal(r.next_try, NOON + 40 * MINUTE);
    config.retries = 0;
    wck_retry_predict(&r, &config, runs, 1, NOON + MINUTE);
    assert_int_equal(r.next_try, WCK_TIME_NONE);
    config.retries = INT64_MAX; /* nonsense: what Microsoft documents */
    config.retry_wait_minutes = INT64_MAX;
    wck_retry_predict(&r, &config, runs, 1, NOON + MINUTE);
    assert_int_equal(r.allowed, 3);
    assert_int_equal(r.next_try, NOON + 15 * MINUTE);
}

static void a_run_by_hand_is_not_tried_again(void **state)
{
    const wck_sync_run runs[] = {failed(NOON), run(NOON + 5 * MINUTE, WCK_SYNC_FAILED, WCK_TRIGGER_MANUAL)};
    wck_config config = scheduled("03:00:00", 1);
    wck_sync_run unknown = run(NOON, WCK_SYNC_FAILED, WCK_TRIGGER_UNKNOWN);
    wck_retry r;

    (void)state;
    wck_retry_predict(&r, NULL, &runs[1], 1, NOON + 6 * MINUTE);
    assert_false(r.automatic);
    wck_retry_predict(&r, NULL, runs, 2, NOON + 6 * MINUTE); /* the scheduled one before it still is */
    assert_int_equal(r.next_try, NOON + 15 * MINUTE);
    wck_retry_predict(&r, &config, &unknown, 1, NOON + MINUTE);
    assert_true(r.automatic);
    config.schedule.automatic = 0; /* then a person started it */
    wck_retry_predict(&r, &config, &unknown, 1, NOON + MINUTE);
    assert_false(r.automatic);
    assert_int_equal(r.next_scheduled, WCK_TIME_NONE);
}

static void another_result_ends_the_chain(void **state)
{
    const wck_sync_run runs[] = {failed(NOON), run(NOON + 10 * MINUTE, WCK_SYNC_SUCCEEDED, WCK_TRIGGER_MANUAL),
                                 run(NOON + 12 * MINUTE, WCK_SYNC_RUNNING, WCK_TRIGGER_MANUAL), failed(NOON + 20 * MINUTE),
                                 run(WCK_TIME_NONE, WCK_SYNC_FAILED, WCK_TRIGGER_SCHEDULED)};
    wck_retry r;

    (void)state;
    wck_retry_predict(&r, NULL, runs, 5, NOON + 21 * MINUTE);
    assert_int_equal(r.tries, 1);
    assert_int_equal(r.first, NOON + 20 * MINUTE);
}

static void the_next_scheduled_time_is_told_to_the_second(void **state)
{
    wck_config config = scheduled("03:00:30", 4);
    unsigned minutes[24];

    (void)state;
    assert_int_equal(wck_schedule_next(&config, NOON), NOON + 3 * HOUR + MINUTE / 2);
    assert_int_equal(wck_schedule_next(&config, NOON + 9 * HOUR + MINUTE / 2), NOON + 15 * HOUR + MINUTE / 2);
    assert_int_equal(wck_schedule_minutes(&config, minutes, 24), 4);
    assert_int_equal(minutes[0], 180);
    assert_int_equal(minutes[3], 1260);
    config.next_sync = NOON + HOUR; /* what the server says itself goes first */
    assert_int_equal(wck_schedule_next(&config, NOON), NOON + HOUR);
    config.next_sync = NOON; /* unless it is over */
    assert_int_equal(wck_schedule_next(&config, NOON), NOON + 3 * HOUR + MINUTE / 2);
    config.schedule.time_of_day = "25:00:00";
    assert_int_equal(wck_schedule_next(&config, NOON), WCK_TIME_NONE);
    config.schedule.time_of_day = NULL;
    assert_int_equal(wck_schedule_minutes(&config, minutes, 24), 0);
}

static void the_day_before_1970_has_a_schedule_too(void **state)
{
    const wck_config config = scheduled("03:00:00", 1);

    (void)state;
    assert_int_equal(wck_schedule_next(&config, -HOUR), 3 * HOUR);
    assert_int_equal(wck_schedule_next(&config, -24 * HOUR), -21 * HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_retries_lie_ahead_of_a_first_failure),
        cmocka_unit_test(tries_in_the_history_are_counted),
        cmocka_unit_test(waiting_begins_where_the_try_ended),
        cmocka_unit_test(number_and_interval_come_from_the_configuration),
        cmocka_unit_test(a_run_by_hand_is_not_tried_again),
        cmocka_unit_test(another_result_ends_the_chain),
        cmocka_unit_test(the_next_scheduled_time_is_told_to_the_second),
        cmocka_unit_test(the_day_before_1970_has_a_schedule_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
