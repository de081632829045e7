/* SPDX-License-Identifier: MIT
 * write_documents.c: writes one document of each kind into a folder, for validate.py. */
#include "codec/codec.h"

#include "base/fs.h"
#include "samples.h"

#include <stdio.h>
#include <string.h>

static wck_error err;

static int save(const char *folder, const char *name, wck_buf *text)
{
    char path[4096];
    int bad;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    bad = text->failed || wck_fs_write_atomic(path, wck_buf_text(text), text->len, 0644, &err) != WCK_OK;
    wck_buf_reset(text);
    return bad;
}

static int snapshots(const char *folder, const char *stem, const char *document, wck_buf *text)
{
    wck_snapshot *snapshot = NULL;
    char name[64];
    int bad = wck_codec_parse_snapshot(&snapshot, document, strlen(document), &err) != WCK_OK;

    snprintf(name, sizeof name, "%s.snapshot.json", stem);
    bad = bad || wck_codec_put_snapshot(text, snapshot, &err) != WCK_OK || save(folder, name, text);
    snprintf(name, sizeof name, "%s.snapshot-lines.json", stem);
    bad = bad || wck_codec_put_snapshot_lines(text, snapshot, &err) != WCK_OK || save(folder, name, text);
    wck_snapshot_free(snapshot);
    return bad;
}

static int others(const char *folder, wck_buf *text)
{
    wck_report *report = sample_report(), *no_report = wck_report_new();
    wck_plan *plan = sample_plan(), *no_plan = wck_plan_new();
    int bad = report == NULL || no_report == NULL || plan == NULL || no_plan == NULL;

    bad = bad || wck_codec_put_report(text, report, 1, &err) != WCK_OK ||
          save(folder, "full.report.json", text);
    bad = bad || wck_codec_put_report(text, no_report, 0, &err) != WCK_OK ||
          save(folder, "empty.report.json", text);
    bad = bad || wck_codec_put_plan(text, plan, &err) != WCK_OK || save(folder, "full.plan.json", text);
    bad = bad || wck_codec_put_plan(text, no_plan, &err) != WCK_OK || save(folder, "empty.plan.json", text);
    wck_report_free(report);
    wck_report_free(no_report);
    wck_plan_free(plan);
    wck_plan_free(no_plan);
    return bad;
}

int main(int argc, char **argv)
{
    wck_buf text;
    int bad;

    if (argc != 2)
        return 64;
    wck_buf_init(&text, 64 << 20);
    bad = wck_fs_mkdir(argv[1], 0755, &err) != WCK_OK ||
          snapshots(argv[1], "full", sample_snapshot(), &text) ||
          snapshots(argv[1], "minimal", sample_minimal, &text) || others(argv[1], &text);
    if (!bad) {
        wck_buf_puts(&text, sample_config);
        bad = save(argv[1], "full.config.json", &text);
    }
    wck_buf_clear(&text);
    if (bad)
        fprintf(stderr, "%s\n", err.text);
    return bad;
}
