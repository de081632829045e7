/* SPDX-License-Identifier: MIT
 * fuzz_snapshot.c: snapshot documents, JSON Lines exports in UTF-8 and UTF-16; and through them the canonical form,
 * the binary form and its digest. */
#include "fuzz.h"

#include "codec/codec.h"
#include "model/manifest.h"

static wck_digest digest_of(const wck_snapshot *s)
{
    wck_manifest manifest;
    wck_error err = {0};

    must_work(wck_manifest_make(&manifest, NULL, s, NULL, &err));
    return manifest.digest;
}

/* Written and read again it is the same snapshot. */
static void round_trip(const wck_snapshot *s, wck_status (*put)(wck_buf *, const wck_snapshot *, wck_error *))
{
    wck_snapshot *again = NULL;
    wck_digest a = digest_of(s), b;
    wck_error err = {0};
    wck_buf first, second;

    wck_buf_init(&first, FUZZ_MAX_OUTPUT);
    wck_buf_init(&second, FUZZ_MAX_OUTPUT);
    must(put(&first, s, &err) == WCK_OK);
    must_work(wck_codec_parse_snapshot(&again, first.data, first.len, &err));
    must(put(&second, again, &err) == WCK_OK);
    must_equal(&first, &second);
    b = digest_of(again);
    must(memcmp(&a, &b, sizeof a) == 0);
    wck_snapshot_free(again);
    wck_buf_clear(&first);
    wck_buf_clear(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wck_snapshot *s = NULL;
    wck_error err = {0};

    if (wck_codec_parse_snapshot(&s, data, size, &err) != WCK_OK) {
        must(s == NULL && err.text[0] != '\0');
        return 0;
    }
    round_trip(s, wck_codec_put_snapshot);
    round_trip(s, wck_codec_put_snapshot_lines);
    wck_snapshot_free(s);
    return 0;
}
