/* SPDX-License-Identifier: MIT
 * diagnosis_json.c: the diagnosis document of `doctor --format json`, one look a line. */
#include "codec/codec.h"

#include "codec/members.h"

static void put_look(wck_buf *out, const wck_look *look)
{
    wck_members m = wck_members_begin(out);

    wck_member_text(&m, "server", look->server);
    wck_member_text(&m, "step", wck_look_step_name(look->step));
    wck_member_text(&m, "target", look->target);
    wck_member_text(&m, "result", wck_look_result_name(look->result));
    if (look->rule != 0)
        wck_member_rule(&m, "rule", look->rule);
    else
        wck_member_text(&m, "rule", NULL);
    wck_member_text(&m, "seen", look->seen);
    wck_member_text(&m, "cause", look->cause);
    wck_member_text(&m, "remedy", look->remedy);
    wck_members_end(&m);
}

wck_status wck_codec_put_diagnosis(wck_buf *out, const wck_diagnosis *d, wck_error *err)
{
    wck_members m, by;

    m = wck_members_begin(out);
    wck_member_text(&m, "format", "wsusck-diagnosis");
    wck_member_text(&m, "format_version", "1.0");
    wck_member_time(&m, "looked_at", d->looked_at);
    wck_member_key(&m, "looks");
    wck_buf_puts(out, "[\n");
    for (size_t i = 0; i < d->looks.n; i++) {
        if (i > 0)
            wck_buf_puts(out, ",\n");
        put_look(out, &d->looks.items[i]);
    }
    wck_buf_puts(out, "\n]");
    wck_member_key(&m, "summary");
    by = wck_members_begin(out);
    for (wck_look_result r = WCK_LOOK_OK; r <= WCK_LOOK_SKIPPED; r++)
        wck_member_size(&by, wck_look_result_name(r), wck_diagnosis_count(d, r));
    wck_member_int(&by, "exit", wck_diagnosis_exit(d));
    wck_members_end(&by);
    wck_members_end(&m);
    wck_buf_putc(out, '\n');
    return out->failed ? wck_fail_memory(err, "writing the diagnosis") : WCK_OK;
}
