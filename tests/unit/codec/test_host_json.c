/* SPDX-License-Identifier: MIT
 * test_host_json.c: host facts as a view of the text, on import and out of a store. */
#include "support/test.h"

#include "codec/codec.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

#define HEAD                                                                                                 \
    "{\"format\":\"wsusck-snapshot\",\"format_version\":\"1.0\",\"server\":{\"name\":\"s\"},"                \
    "\"coverage\":{\"host\":{\"state\":\"complete\"}},\"host\":"

static const char full[] =
    HEAD "{\"zebra\":[1,{\"k\":null}],\"services\":[{\"name\":\"BITS\",\"state\":\"stopped\",\"start\":\"disabled\","
         "\"pid\":4},{\"name\":\"W3SVC\"}],"
         "\"content\":{\"path\":\"D:\\\\WSUS\\\\WsusContent\",\"acl\":[{\"path\":\"D:\\\\\",\"sddl\":\"D:(A;;FR;;;BU)\"}],"
         "\"free_bytes\":5e9},"
         "\"events\":[{\"time\":\"2026-11-24T10:00:00Z\",\"id\":12052,\"source\":\"Windows Server Update Services\","
         "\"level\":\"Error\",\"text\":\"t\"},{\"time\":\"0001-01-01T00:00:00Z\",\"id\":-1}],"
         "\"proxy\":{\"host\":\"p\",\"port\":8080,\"user\":\"u\",\"basic_in_cleartext\":true},"
         "\"os_build\":\"10.0.20348.4297\",\"time_zone\":\"W. Europe Standard Time\","
         "\"registry\":{\"PortNumber\":8530,\"SqlServerName\":\"X\",\"Using\":true,\"more\":{}},"
         "\"iis\":{\"bindings\":[{\"site\":\"WSUS\",\"protocol\":\"https\",\"address\":\"*:8531:\",\"port\":8531},3]},"
         "\"bits_jobs\":[{\"name\":\"j\",\"state\":\"error\",\"error\":-2145386476,\"url\":\"http://x/\"}],"
         "\"wsus_pool\":{\"state\":\"started\",\"private_memory_kb\":1843200},"
         "\"disks\":[{\"name\":\"C:\",\"free_bytes\":1,\"size_bytes\":2},{\"free_bytes\":3}],"
         "\"utc_offset_minutes\":-210,\"downstream_servers\":[{\"full_name\":\"ber.example\","
         "\"id\":\"00000000-0000-4000-8000-000000000001\",\"last_sync\":\"2026-11-24T10:00:00Z\",\"replica\":true},"
         "{\"full_name\":\"old\",\"id\":\"00000000-0000-4000-8000-000000000002\",\"last_sync\":null},"
         "{\"full_name\":\"\",\"id\":\"00000000-0000-4000-8000-000000000003\"},{\"full_name\":\"x\",\"id\":\"no\"},7],"
         "\"tls\":{\"client_1.2\":true},\"unread\":{\"services\":\"access is denied\"}}}";

static wck_snapshot *parse(const char *text)
{
    wck_error err = {0};
    wck_snapshot *s = NULL;

    assert_int_equal(wck_codec_parse_snapshot(&s, text, strlen(text), &err), WCK_OK);
    return s;
}

static void check_full(const wck_host *h)
{
    const wck_host_service *bits = wck_host_service_find(h, "bits");

    assert_non_null(bits);
    assert_int_equal(bits->state, WCK_SERVICE_STOPPED);
    assert_int_equal(bits->start, WCK_START_DISABLED);
    assert_int_equal(wck_host_service_find(h, "W3SVC")->start, WCK_START_UNKNOWN);
    assert_null(wck_host_service_find(h, "WsusService"));
    assert_string_equal(h->content_path, "D:\\WSUS\\WsusContent");
    assert_true(h->has_acl);
    assert_int_equal(h->n_acl, 1);
    assert_string_equal(h->acl[0].sddl, "D:(A;;FR;;;BU)");
    assert_int_equal(h->free_bytes, 5000000000);
    assert_int_equal(h->n_events, 2);
    assert_int_equal(h->events[0].id, 12052);
    assert_true(h->events[1].time == WCK_TIME_NONE);
    assert_null(h->events[1].source);
    assert_true(h->has_proxy);
    assert_int_equal(h->proxy.port, 8080);
    assert_int_equal(h->proxy.basic_in_cleartext, 1);
    assert_string_equal(h->os_build, "10.0.20348.4297");
    assert_int_equal(h->n_registry, 3);
    assert_string_equal(h->registry[0].name, "PortNumber");
    assert_string_equal(h->registry[0].text, "8530");
    assert_int_equal(h->n_bindings, 1);
    assert_int_equal(h->bindings[0].port, 8531);
    assert_string_equal(h->bits_jobs[0].error, "-2145386476");
    assert_int_equal(h->pool_private_memory_kb, 1843200);
    assert_int_equal(h->n_disks, 1);
    assert_string_equal(h->tls[0].text, "true");
    assert_int_equal(h->utc_offset_minutes, -210);
    assert_int_equal(h->n_downstream, 2); /* a row without a name or an id names nobody */
    assert_string_equal(h->downstream[0].name, "ber.example");
    assert_int_equal(h->downstream[0].replica, 1);
    assert_true(h->downstream[0].last_sync != WCK_TIME_NONE && !h->downstream[0].never_synced);
    assert_true(h->downstream[1].last_sync == WCK_TIME_NONE && h->downstream[1].never_synced);
    assert_true(h->downstream[1].last_rollup == WCK_TIME_NONE && wck_guid_is_zero(h->downstream[1].parent));
    assert_string_equal(wck_host_unread_reason(h, "services"), "access is denied");
    assert_null(wck_host_unread_reason(h, "events"));
}

static void every_part_is_read(void **state)
{
    wck_snapshot *s = parse(full);

    (void)state;
    check_full(s->host);
    wck_snapshot_free(s);
}

static void absent_parts_are_not_looked_at(void **state)
{
    wck_snapshot *s = parse(HEAD "{}}");

    (void)state;
    assert_non_null(s->host);
    assert_false(s->host->has_services || s->host->has_acl || s->host->has_events || s->host->has_proxy);
    assert_true(s->host->free_bytes == WCK_INT_NONE);
    assert_null(s->host->content_path);
    wck_snapshot_free(s);
    s = parse("{\"format\":\"wsusck-snapshot\",\"format_version\":\"1.0\",\"server\":{\"name\":\"s\"},\"coverage\":{}}");
    assert_null(s->host);
    wck_snapshot_free(s);
}

static void empty_lists_were_looked_at(void **state)
{
    wck_snapshot *s = parse(HEAD "{\"services\":[],\"events\":[],\"content\":{\"acl\":[]},\"proxy\":{}}}");

    (void)state;
    assert_true(s->host->has_services && s->host->has_acl && s->host->has_events && s->host->has_proxy);
    wck_snapshot_free(s);
}

/* Valid JSON whose numbers no double holds: the strict parts are there, the open ones are not known. */
static void a_number_beyond_every_double_hides_only_open_parts(void **state)
{
    char text[2048];
    wck_snapshot *s;

    (void)state;
    snprintf(text, sizeof text, HEAD "{\"os_build\":\"x\",\"huge\":1%0400d,\"disks\":[{\"name\":\"C:\"}]}}", 0);
    s = parse(text);
    assert_string_equal(s->host->os_build, "x");
    assert_int_equal(s->host->n_disks, 0);
    wck_snapshot_free(s);
}

static void a_store_gives_the_view_too(void **state)
{
    wck_store_options options = {.read_host = wck_codec_read_host};
    wck_store *store = NULL;
    wck_snapshot *s = parse(full), *back = NULL;
    wck_reader *reader = NULL;
    wck_snapshot_id id;
    wck_error err = {0};
    wck_buf a, b;

    (void)state;
    assert_int_equal(wck_store_open(&store, "sqlite::memory:", &options, &err), WCK_OK);
    assert_int_equal(wck_store_put(store, s, &id, NULL, &err), WCK_OK);
    assert_int_equal(wck_store_reader(store, id, &reader, &err), WCK_OK);
    check_full(reader->head->host);
    assert_string_equal(reader->head->host_json, s->host_json);
    wck_reader_close(reader);
    assert_int_equal(wck_store_get(store, id, &back, &err), WCK_OK);
    check_full(back->host);
    wck_buf_init(&a, 1 << 20);
    wck_buf_init(&b, 1 << 20);
    assert_int_equal(wck_codec_put_snapshot(&a, s, &err), WCK_OK);
    assert_int_equal(wck_codec_put_snapshot(&b, back, &err), WCK_OK);
    assert_string_equal(wck_buf_text(&a), wck_buf_text(&b));
    assert_non_null(strstr(wck_buf_text(&a), "\"zebra\":[1,{\"k\":null}]"));
    wck_buf_clear(&a);
    wck_buf_clear(&b);
    wck_snapshot_free(back);
    wck_snapshot_free(s);
    wck_store_close(store);
}

/* As a version that knew no host facts may have stored it. */
static void stored_text_of_the_wrong_kind_is_a_fact(void **state)
{
    wck_snapshot *s = wck_snapshot_new();
    wck_error err = {0};

    (void)state;
    s->host_json = "{\"os_build\":7,\"services\":[]}";
    assert_int_equal(wck_codec_read_host(s, &err), WCK_OK);
    assert_string_equal(s->host->problem, "host.os_build: must be a string, is a number (line 1)");
    assert_false(s->host->has_services);
    s->host_json = NULL;
    assert_int_equal(wck_codec_read_host(s, &err), WCK_OK);
    assert_null(s->host);
    wck_snapshot_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_is_read),
        cmocka_unit_test(absent_parts_are_not_looked_at),
        cmocka_unit_test(empty_lists_were_looked_at),
        cmocka_unit_test(a_number_beyond_every_double_hides_only_open_parts),
        cmocka_unit_test(a_store_gives_the_view_too),
        cmocka_unit_test(stored_text_of_the_wrong_kind_is_a_fact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
