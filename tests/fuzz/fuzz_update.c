/* SPDX-License-Identifier: MIT
 * fuzz_update.c: update documents (MS-WUSP metadata XML, UTF-8 or UTF-16), and the rows made of them. */
#include "fuzz.h"

#include "base/limits.h"
#include "codec/codec.h"
#include "collect/collect.h"
#include "collect/decode_update.h"

/* The seeds call themselves this. */
static const wck_identity expected = {{0x1111111122223333ULL, 0x4444555555555555ULL}, 200};

/* Whatever a document says, the snapshot made of it can be written and read. */
static void freeze_and_write(wck_snapshot *s)
{
    wck_snapshot *again = NULL;
    wck_error err = {0};
    wck_buf out;

    wck_buf_init(&out, FUZZ_MAX_OUTPUT);
    s->server.name = "hq";
    must_work(wck_snapshot_freeze(s, &err));
    must_work(wck_codec_put_snapshot(&out, s, &err));
    must_work(wck_codec_parse_snapshot(&again, out.data, out.len, &err));
    wck_snapshot_free(again);
    wck_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    wck_snapshot *s = wck_snapshot_new();
    wck_link *link = wck_link_new();
    wck_document document;
    wck_error err = {0};

    if (!ready)
        must_work(wck_collect_init(&err));
    ready = true;
    must(s != NULL && link != NULL);
    memset(&document, 0, sizeof document);
    if (wck_decode_update(&document, s, data, size, expected, &err) == WCK_OK) {
        must_work(wck_link_add(link, s, &document, &err));
        must_work(wck_link_finish(link, s, &err));
        freeze_and_write(s);
    } else {
        must(err.text[0] != '\0');
    }
    wck_link_free(link);
    wck_snapshot_free(s);
    return 0;
}
