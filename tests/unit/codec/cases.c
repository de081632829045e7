/* SPDX-License-Identifier: MIT
 * cases.c: runs tables of documents. */
#include "support/test.h"

#include "cases.h"

static const struct {
    const char *before, *after;
} shapes[] = {
    [WHOLE] = {"", ""},
    [VALUE] = {HEAD ",\"x\":", "}"},
    [TOP] = {HEAD ",", "}"},
    [SERVER] = {"{\"format\":\"wsusck-snapshot\",\"format_version\":\"1.0\",\"coverage\":{},\"server\":{"
                "\"name\":\"s\",",
                "}}"},
    [COVERAGE] = {"{\"format\":\"wsusck-snapshot\",\"format_version\":\"1.0\",\"server\":{\"name\":\"s\"},"
                  "\"coverage\":{",
                  "}}"},
    [CONFIG] = {HEAD ",\"config\":{", "}}"},
    [UPDATE] = {HEAD ",\"updates\":[{\"id\":" ID ",\"revision\":1,", "}]}"},
    [APPROVAL] = {HEAD ",\"approvals\":[{\"update\":" ID ",\"revision\":1,\"group\":" ID2 ",", "}]}"},
    [RUN] = {HEAD ",\"sync_history\":[{\"started\":\"2026-01-01T00:00:00Z\",\"result\":\"failed\",", "}]}"},
};

void make_document(wck_buf *out, const json_case *c)
{
    wck_buf_puts(out, shapes[c->shape].before);
    wck_buf_puts(out, c->text);
    wck_buf_puts(out, shapes[c->shape].after);
}

static void run_case(const json_case *c)
{
    wck_snapshot *snapshot = NULL;
    wck_error err = {0};
    wck_status status;
    wck_buf document;

    wck_buf_init(&document, 1 << 20);
    make_document(&document, c);
    status = wck_codec_parse_snapshot(&snapshot, document.data, document.len, &err);
    if (c->message == NULL && status != WCK_OK)
        fail_msg("%s\nmust be accepted, but: %s", document.data, err.text);
    if (c->message != NULL && status == WCK_OK)
        fail_msg("%s\nmust be refused with: %s", document.data, c->message);
    if (c->message != NULL && strstr(err.text, c->message) != err.text)
        fail_msg("%s\nis refused with \"%s\"\nnot with        \"%s\"", document.data, err.text, c->message);
    if (c->message != NULL)
        assert_null(snapshot);
    wck_snapshot_free(snapshot);
    wck_buf_clear(&document);
}

void run_cases(const json_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        run_case(&cases[i]);
}
