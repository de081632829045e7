/* SPDX-License-Identifier: MIT
 * write_seeds.c: makes those seeds that no person writes by hand: `write_seeds tests/fuzz/corpora` after a format has
 * changed. Everything in them is invented here or in samples.c. */
#include "fuzz.h"

#include "support/cab_build.h"
#include "unit/codec/samples.h"

#include "base/fs.h"
#include "base/quote.h"
#include "model/manifest.h"

static const char *root;
static unsigned number;

static void save(const char *corpus, const char *name, const void *data, size_t len)
{
    char path[1024];
    wck_error err = {0};

    snprintf(path, sizeof path, "%s/%s", root, corpus);
    must_work(wck_fs_mkdir(path, 0755, &err));
    snprintf(path, sizeof path, "%s/%s/%s", root, corpus, name);
    must_work(wck_fs_write_atomic(path, data, len, 0644, &err));
}

static void save_buf(const char *corpus, const char *name, wck_buf *buf)
{
    must(!buf->failed);
    save(corpus, name, wck_buf_text(buf), buf->len);
    wck_buf_reset(buf);
}

static void documents(const wck_snapshot *s, wck_buf *out)
{
    wck_error err = {0};
    wck_report *report = sample_report();
    wck_plan *plan = sample_plan();

    save("snapshot", "every-field", sample_snapshot(), strlen(sample_snapshot()));
    save("snapshot", "minimal", sample_minimal, strlen(sample_minimal));
    must_work(wck_codec_put_snapshot_lines(out, s, &err));
    save_buf("snapshot", "lines", out);
    must_work(wck_codec_put_report(out, report, 1, &err));
    save_buf("report", "every-kind", out);
    must_work(wck_codec_put_plan(out, plan, &err));
    save_buf("plan", "every-kind", out);
    save("config", "every-key", sample_config, strlen(sample_config));
    wck_report_free(report);
    wck_plan_free(plan);
}

static void two_streams(char kind, const char *name, const wck_buf *shared, const wck_buf *local)
{
    wck_buf out;

    wck_buf_init(&out, FUZZ_MAX_OUTPUT);
    wck_buf_putc(&out, kind);
    wck_buf_putc(&out, (char)(shared->len >> 8));
    wck_buf_putc(&out, (char)shared->len);
    wck_buf_put(&out, shared->data, shared->len);
    wck_buf_put(&out, local->data, local->len);
    save_buf("canon", name, &out);
    wck_buf_clear(&out);
}

/* The lists of a snapshot. */
static wck_status chunk(wck_chunk_kind kind, const wck_digest *digest, const void *data, size_t len, void *payload,
                        wck_error *err)
{
    char name[32], letter = kind == WCK_CHUNK_INDEX ? 'i' : 's';
    wck_buf all, nothing;

    (void)digest;
    (void)payload;
    (void)err;
    if (kind != WCK_CHUNK_INDEX && kind != WCK_CHUNK_SPAN)
        return WCK_OK;
    wck_buf_init(&all, FUZZ_MAX_OUTPUT);
    wck_buf_init(&nothing, 16);
    wck_buf_put(&all, data, len);
    snprintf(name, sizeof name, "list-%c-%u", letter, number++);
    two_streams(letter, name, &all, &nothing);
    wck_buf_clear(&all);
    return WCK_OK;
}

static void sections(const wck_snapshot *s)
{
    char name[40];
    wck_buf shared, local;

    wck_buf_init(&shared, FUZZ_MAX_OUTPUT);
    wck_buf_init(&local, FUZZ_MAX_OUTPUT);
    for (int i = 0; i <= WCK_SECTION_COUNT; i++) {
        wck_buf_reset(&shared);
        wck_buf_reset(&local);
        if (i < WCK_SECTION_COUNT && wck_section_is_partitioned(i))
            continue;
        must(i == WCK_SECTION_COUNT ? wck_canon_put_server(&shared, &local, s)
                                    : wck_canon_put_section(&shared, &local, s, (wck_section)i));
        snprintf(name, sizeof name, "section-%s", i == WCK_SECTION_COUNT ? "server" : wck_section_name((wck_section)i));
        two_streams((char)i, name, &shared, &local);
    }
    wck_buf_clear(&shared);
    wck_buf_clear(&local);
}

static void binary(const wck_snapshot *s)
{
    wck_manifest manifest;
    wck_partition rows;
    wck_error err = {0};
    wck_buf shared, local;

    wck_buf_init(&shared, FUZZ_MAX_OUTPUT);
    wck_buf_init(&local, FUZZ_MAX_OUTPUT);
    sections(s);
    wck_partition_slice(&rows, s, 0, 1);
    must(wck_canon_put_partition(&shared, &local, &rows));
    two_streams('p', "partition", &shared, &local);
    two_streams('c', "partition-beside-itself", &shared, &shared);
    two_streams('c', "partition-beside-none", &shared, &(wck_buf){0});
    wck_buf_reset(&shared);
    wck_buf_reset(&local);
    must_work(wck_manifest_make(&manifest, NULL, s, &(wck_chunk_sink){.add = chunk}, &err));
    must(wck_manifest_put(&shared, &manifest));
    two_streams('m', "manifest", &shared, &local);
    wck_buf_reset(&shared);
    must(wck_summary_make(&manifest, &shared, s));
    two_streams('d', "demands", &shared, &local);
    wck_buf_clear(&shared);
    wck_buf_clear(&local);
}

static void cabinets(wck_buf *out)
{
    static const char *const names[] = {[WCK_CAB_STORED] = "stored", [WCK_CAB_MSZIP] = "mszip", [WCK_CAB_LZX] = "lzx"};
    static const char text[] = "<ExportPackage ServerID=\"a0000000-0000-0000-0000-00000000000a\"/>";
    static const int methods[] = {WCK_CAB_STORED, WCK_CAB_MSZIP, WCK_CAB_LZX};
    wck_cab_member two[] = {{"package.xml", text, sizeof text - 1}, {"metadata.txt", "x", 1}};
    wck_cab_oddity spanned = {.flags = 2}, quantum = {.compression = 2}, folders = {.folder_per_member = true};
    wck_cab_oddity long_claim = {.claimed_len = 0x7fffffff};

    for (size_t i = 0; i < 3; i++) {
        must(wck_cab_build(out, "package.xml", text, sizeof text - 1, methods[i]));
        save_buf("cabinet", names[methods[i]], out);
    }
    must(wck_cab_build_many(out, two, 2, WCK_CAB_MSZIP));
    save_buf("cabinet", "two-members", out);
    must(wck_cab_build_odd(out, two, 2, WCK_CAB_MSZIP, &spanned));
    save_buf("cabinet", "spanned", out);
    must(wck_cab_build_odd(out, two, 2, WCK_CAB_MSZIP, &quantum));
    save_buf("cabinet", "quantum", out);
    must(wck_cab_build_odd(out, two, 2, WCK_CAB_LZX, &folders));
    save_buf("cabinet", "two-folders", out);
    must(wck_cab_build_odd(out, two, 1, WCK_CAB_MSZIP, &long_claim));
    save_buf("cabinet", "claims-too-much", out);
}

int main(int argc, char **argv)
{
    wck_snapshot *s = NULL;
    wck_error err = {0};
    wck_buf out;

    must(argc == 2);
    root = argv[1];
    wck_buf_init(&out, FUZZ_MAX_OUTPUT);
    must_work(wck_codec_parse_snapshot(&s, sample_snapshot(), strlen(sample_snapshot()), &err));
    documents(s, &out);
    binary(s);
    cabinets(&out);
    wck_snapshot_free(s);
    wck_buf_clear(&out);
    return 0;
}
