/* SPDX-License-Identifier: MIT
 * test_codec_memory.c: when the n-th allocation fails, for every n, each call fails cleanly: the right
 * status, no result, no leak (LeakSanitizer), no crash. Our allocations fail by support/fail_alloc.h, jansson's by its hooks. */
#include "support/fail_alloc.h"
#include "support/test.h"

#include "cases.h"
#include "samples.h"

#include <jansson.h>
#include <stdlib.h>

typedef wck_status scenario(const wck_buf *in, wck_error *err);

/* Runs until nothing is left to fail. */
static void exhaust(scenario *run, const wck_buf *in)
{
    size_t n = 0;
    bool failed;

    do {
        wck_error err = {0};
        wck_status status;
        fail_alloc_at(++n);
        status = run(in, &err);
        failed = fail_alloc_end();
        if (!failed && status != WCK_OK)
            fail_msg("without a failure: %s", err.text);
        if (status != WCK_OK && status != WCK_E_MEMORY && status != WCK_E_LIMIT)
            fail_msg("allocation %zu: status %d: %s", n, (int)status, err.text);
        if (status != WCK_OK)
            assert_true(err.text[0] != '\0');
    } while (failed);
    assert_true(n > 3);
}

static wck_status parse_snapshot(const wck_buf *in, wck_error *err)
{
    wck_snapshot *snapshot = NULL;
    wck_status status = wck_codec_parse_snapshot(&snapshot, in->data, in->len, err);

    assert_true((status == WCK_OK) == (snapshot != NULL));
    wck_snapshot_free(snapshot);
    return status;
}

static wck_status parse_report(const wck_buf *in, wck_error *err)
{
    wck_report *report = NULL;
    wck_status status = wck_codec_parse_report(&report, in->data, in->len, err);

    assert_true((status == WCK_OK) == (report != NULL));
    wck_report_free(report);
    return status;
}

static wck_status parse_plan(const wck_buf *in, wck_error *err)
{
    wck_plan *plan = NULL;
    wck_status status = wck_codec_parse_plan(&plan, in->data, in->len, err);

    assert_true((status == WCK_OK) == (plan != NULL));
    wck_plan_free(plan);
    return status;
}

static wck_status parse_config(const wck_buf *in, wck_error *err)
{
    wck_config_file *config = NULL;
    wck_status status = wck_codec_parse_config(&config, in->data, in->len, err);

    assert_true((status == WCK_OK) == (config != NULL));
    wck_config_file_free(config);
    return status;
}

static const void *noun; /* what the writers write */

static wck_status put_snapshot(const wck_buf *in, wck_error *err)
{
    wck_buf out;
    wck_status status;

    (void)in;
    wck_buf_init(&out, 1 << 20);
    status = wck_codec_put_snapshot(&out, noun, err);
    wck_buf_clear(&out);
    return status;
}

static wck_status put_report(const wck_buf *in, wck_error *err)
{
    wck_buf out;
    wck_status status;

    (void)in;
    wck_buf_init(&out, 1 << 20);
    status = wck_codec_put_report(&out, noun, 1, err);
    wck_buf_clear(&out);
    return status;
}

static wck_status put_plan(const wck_buf *in, wck_error *err)
{
    wck_buf out;
    wck_status status;

    (void)in;
    wck_buf_init(&out, 1 << 20);
    status = wck_codec_put_plan(&out, noun, err);
    wck_buf_clear(&out);
    return status;
}

static wck_error err;

static void snapshots_survive_every_failing_allocation(void **state)
{
    wck_snapshot *snapshot = NULL;
    wck_buf in;

    (void)state;
    wck_buf_init(&in, 1 << 20);
    wck_buf_puts(&in, sample_snapshot_shuffled());
    exhaust(parse_snapshot, &in);
    assert_ok(wck_codec_parse_snapshot(&snapshot, in.data, in.len, &err));
    noun = snapshot;
    exhaust(put_snapshot, NULL);
    wck_buf_reset(&in);
    assert_ok(wck_codec_put_snapshot_lines(&in, snapshot, &err));
    exhaust(parse_snapshot, &in);
    wck_buf_reset(&in);
    wck_buf_puts(
        &in, "{\"format\":\"wsusck-snapshot-lines\",\"format_version\":\"1.0\",\"server\":{\"name\":\"s\"},"
             "\"coverage\":{}}\n{\"row\":{\"id\":" ID ",\"name\":\"a\"},\"section\":\"groups\"}\n"
             "{\"end\":true,\"rows\":1}");
    exhaust(parse_snapshot, &in);
    wck_buf_reset(&in);
    wck_buf_puts(&in, "{\"format\":\"wsusck-snapshot\",\"format_version\":\"1.0\",\"server\":{\"name\":\"s\"},"
                      "\"coverage\":{},\"host\":{\"services\":[{\"name\":\"BITS\"}],\"events\":[{\"time\":"
                      "\"2026-11-24T10:00:00Z\",\"id\":1,\"text\":\"t\"}],\"proxy\":{\"host\":\"p\"},"
                      "\"registry\":{\"a\":1},\"iis\":{\"bindings\":[{\"site\":\"w\"}]},\"bits_jobs\":[{\"error\":1}],"
                      "\"disks\":[{\"name\":\"C:\"}],\"unread\":{\"tls\":\"r\"}}}");
    exhaust(parse_snapshot, &in);
    wck_buf_clear(&in);
    wck_snapshot_free(snapshot);
}

static void reports_plans_and_configurations_survive_every_failing_allocation(void **state)
{
    wck_report *report = sample_report();
    wck_plan *plan = sample_plan();
    wck_buf in;

    (void)state;
    wck_buf_init(&in, 1 << 20);
    assert_ok(wck_codec_put_report(&in, report, 1, &err));
    exhaust(parse_report, &in);
    noun = report;
    exhaust(put_report, NULL);
    wck_buf_reset(&in);
    assert_ok(wck_codec_put_plan(&in, plan, &err));
    exhaust(parse_plan, &in);
    noun = plan;
    exhaust(put_plan, NULL);
    wck_buf_reset(&in);
    wck_buf_puts(&in, sample_config);
    exhaust(parse_config, &in);
    wck_report_free(report);
    wck_plan_free(plan);
    wck_buf_clear(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshots_survive_every_failing_allocation),
        cmocka_unit_test(reports_plans_and_configurations_survive_every_failing_allocation),
    };

    json_set_alloc_funcs(malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
