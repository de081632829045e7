/* SPDX-License-Identifier: MIT
 * Under each edge first why it does not synchronize, then what differs because of it. */
#include "support/test.h"

#include "emit/emit.h"

#include <string.h>

static const wck_time AT = INT64_C(17731440000000000); /* 2026-03-10 12:00 UTC */

static int64_t two_hours_east(wck_time t)
{
    (void)t;
    return 7200;
}

static wck_finding *add(wck_report *r, int rule, wck_severity severity, const char *server, const char *actual)
{
    wck_finding *f = wck_vec_push(&r->findings);

    assert_non_null(f);
    f->rule = rule;
    f->slug = "slug";
    f->severity = severity;
    f->result = WCK_RESULT_FAIL;
    f->server = server;
    f->message = "a title";
    f->remedy = "A remedy.";
    f->actual = actual;
    f->object = (wck_object){.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = server};
    return f;
}

static void evidence(wck_report *r, wck_finding *f, const char *name, const char *value)
{
    f->evidence = wck_arena_array(r->arena, 1, sizeof *f->evidence);
    assert_non_null(f->evidence);
    f->evidence[0] = (wck_evidence){name, value};
    f->n_evidence = 1;
}

static void add_server(wck_report *r, const char *name, const char *path, const char *parent)
{
    wck_report_server *s = wck_vec_push(&r->servers);

    assert_non_null(s);
    s->name = name;
    s->path = path;
    s->parent = parent;
    s->mode = parent != NULL ? WCK_MODE_REPLICA : WCK_MODE_AUTONOMOUS;
    s->collected_at = s->last_good_sync = AT;
}

static wck_report *two_servers(void)
{
    wck_report *r = wck_report_new();

    assert_non_null(r);
    r->checked_at = AT;
    add_server(r, "hq", "hq", NULL);
    add_server(r, "ber", "hq/ber", "hq");
    return r;
}

static const char *text_of(wck_buf *out, wck_report *r, const wck_text_style *style)
{
    wck_error err;

    wck_report_finish(r);
    wck_buf_init(out, 1U << 20);
    assert_ok(wck_emit_report_text(out, r, style, &err));
    wck_report_free(r);
    return wck_buf_text(out);
}

static void in_order(const char *text, const char *const *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        text = strstr(text, parts[i]);
        if (text == NULL)
            fail_msg("not there, or not in order: %s", parts[i]);
        text++;
    }
}

static void the_cause_stands_before_what_follows_from_it(void **state)
{
    static const char *const parts[] = {"hq/ber", "why it does not synchronize", "WCK6001", "    the words\n",
                                        "    next attempt: 2026-03-10 12:00 UTC, 14:00 here (UTC+02:00)\n",
                                        "what differs because of it", "WCK3001", "besides", "WCK1007"};
    const wck_text_style style = {.offset = two_hours_east};
    wck_report *r = two_servers();
    wck_buf out;

    (void)state;
    add(r, 1007, WCK_SEVERITY_ERROR, "hq/ber", "replica");
    add(r, 3001, WCK_SEVERITY_ERROR, "hq/ber", "not listed");
    evidence(r, add(r, 6001, WCK_SEVERITY_ERROR, "hq/ber", "the words"), "next_attempt", "2026-03-10T12:00:00Z");
    in_order(text_of(&out, r, &style), parts, sizeof parts / sizeof parts[0]);
    wck_buf_clear(&out);
}

static void a_server_that_synchronizes_has_no_such_headings(void **state)
{
    const wck_text_style style = {0};
    wck_report *r = two_servers();
    wck_buf out;
    const char *text;

    (void)state;
    add(r, 3001, WCK_SEVERITY_ERROR, "hq/ber", "not listed");
    add(r, 7002, WCK_SEVERITY_WARNING, "hq/ber", "10.1.2.3");
    text = text_of(&out, r, &style);
    assert_null(strstr(text, "why it does not synchronize"));
    assert_null(strstr(text, "because of it"));
    wck_buf_clear(&out);
}

static void what_follows_from_the_parent_names_the_parent(void **state)
{
    static const char *const parts[] = {"hq/ber", "why it does not synchronize: see hq (WCK6007)",
                                        "what differs because of it", "WCK3001"};
    const wck_text_style style = {0};
    wck_report *r = two_servers();
    wck_buf out;

    (void)state;
    add(r, 6007, WCK_SEVERITY_NOTE, "hq", "all 2 downstream servers failed");
    add(r, 3001, WCK_SEVERITY_ERROR, "hq/ber", "not listed");
    in_order(text_of(&out, r, &style), parts, sizeof parts / sizeof parts[0]);
    wck_buf_clear(&out);
}

static void a_time_in_utc_is_told_once(void **state)
{
    const wck_text_style style = {0};
    wck_report *r = two_servers();
    wck_buf out;

    (void)state;
    evidence(r, add(r, 6005, WCK_SEVERITY_WARNING, "hq", NULL), "next_attempt", "2026-03-11T03:00:00Z");
    assert_contains(text_of(&out, r, &style), "    next attempt: 2026-03-11 03:00 UTC\n");
    wck_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cause_stands_before_what_follows_from_it),
        cmocka_unit_test(a_server_that_synchronizes_has_no_such_headings),
        cmocka_unit_test(what_follows_from_the_parent_names_the_parent),
        cmocka_unit_test(a_time_in_utc_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
