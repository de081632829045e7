/* SPDX-License-Identifier: MIT
 * fuzz_report.c: report documents, and every form in which a report can be written. */
#include "fuzz.h"

#include "codec/codec.h"
#include "emit/emit.h"

static void round_trip(const wck_report *report)
{
    wck_report *again = NULL;
    wck_error err = {0};
    wck_buf first, second;

    wck_buf_init(&first, FUZZ_MAX_OUTPUT);
    wck_buf_init(&second, FUZZ_MAX_OUTPUT);
    must_work(wck_codec_put_report(&first, report, 1, &err));
    must_work(wck_codec_parse_report(&again, first.data, first.len, &err));
    must_work(wck_codec_put_report(&second, again, 1, &err));
    must_equal(&first, &second);
    wck_report_free(again);
    wck_buf_clear(&first);
    wck_buf_clear(&second);
}

/* No control character of an input reaches a terminal. */
static void text_is_tame(const wck_report *report)
{
    wck_text_style style = {.all = true};
    wck_error err = {0};
    wck_buf out;

    wck_buf_init(&out, FUZZ_MAX_OUTPUT);
    must_work(wck_emit_report_text(&out, report, &style, &err));
    for (size_t i = 0; i < out.len; i++)
        must((unsigned char)out.data[i] >= 0x20 || out.data[i] == '\n');
    wck_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wck_report *report = NULL;
    wck_error err = {0};
    wck_buf csv;

    if (wck_codec_parse_report(&report, data, size, &err) != WCK_OK) {
        must(report == NULL && err.text[0] != '\0');
        return 0;
    }
    round_trip(report);
    text_is_tame(report);
    wck_buf_init(&csv, FUZZ_MAX_OUTPUT);
    must_work(wck_emit_report_csv(&csv, report, &err));
    wck_buf_clear(&csv);
    wck_report_free(report);
    return 0;
}
