/* SPDX-License-Identifier: MIT
 * collect.c: process-wide set-up, and the snapshot that says "not read, because". */
#include "collect/collect.h"

#include "collect/http.h"
#include "collect/xml.h"

wck_status wck_collect_init(wck_error *err)
{
    wck_xml_init();
    return wck_http_init(err);
}

void wck_collect_cleanup(void)
{
    wck_http_cleanup();
    wck_xml_cleanup();
}

wck_status wck_collect_unknown(wck_snapshot **out, const wck_collect_options *options, const char *reason,
                               wck_error *err)
{
    wck_snapshot *s = wck_snapshot_new();
    wck_status status = WCK_OK;

    *out = NULL;
    if (s == NULL)
        return wck_fail_memory(err, "recording a server that could not be read");
    s->server.name = wck_snapshot_text(s, options->server_name != NULL ? options->server_name : "");
    s->server.parent = wck_snapshot_text(s, options->parent);
    s->server.mode = options->mode;
    s->server.collected_at = wck_time_now();
    for (wck_section section = 0; section < WCK_SECTION_COUNT; section++) {
        wck_snapshot_set_coverage(s, section, WCK_COVERAGE_UNKNOWN, reason);
        if (reason != NULL && s->coverage[section].reason == NULL)
            status = WCK_E_MEMORY;
    }
    if (status != WCK_OK || s->server.name == NULL || (options->parent != NULL && s->server.parent == NULL))
        status = wck_fail_memory(err, "recording a server that could not be read");
    if (status == WCK_OK)
        status = wck_snapshot_freeze(s, err);
    if (status != WCK_OK) {
        wck_snapshot_free(s);
        return status;
    }
    *out = s;
    return WCK_OK;
}
