/* SPDX-License-Identifier: MIT
 * fuzz_plan.c: plan documents, the text and the scripts made of them. A plan proves its own bytes by a digest, so each
 * input is read twice: as it is, and with its digest set right. */
#include "fuzz.h"

#include "codec/codec.h"
#include "codec/dom.h"
#include "emit/emit.h"

#include <jansson.h>

/* Names from outside never stand in a script as they are: scripts are ASCII without control characters. */
static wck_status tame_script(const char *name, const char *data, size_t len, void *payload, wck_error *err)
{
    size_t name_len = strlen(name);

    (void)payload;
    (void)err;
    must(strchr(name, '/') == NULL && name[0] != '.' && name_len < 200);
    if (name_len < 4 || strcmp(name + name_len - 4, ".ps1") != 0)
        return WCK_OK;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        must((c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || (i < 3 && c >= 0xbb)); /* after the byte order mark */
    }
    return WCK_OK;
}

static void written(const wck_plan *plan)
{
    wck_text_style style = {.all = true};
    wck_plan *again = NULL;
    wck_error err = {0};
    wck_buf first, second;

    wck_buf_init(&first, FUZZ_MAX_OUTPUT);
    wck_buf_init(&second, FUZZ_MAX_OUTPUT);
    must_work(wck_codec_put_plan(&first, plan, &err));
    must_work(wck_codec_parse_plan(&again, first.data, first.len, &err));
    must_work(wck_codec_put_plan(&second, again, &err));
    must_equal(&first, &second);
    wck_plan_free(again);
    wck_buf_reset(&first);
    must_work(wck_emit_plan_text(&first, plan, &style, &err));
    for (size_t i = 0; i < first.len; i++)
        must((unsigned char)first.data[i] >= 0x20 || first.data[i] == '\n');
    wck_buf_clear(&first);
    wck_buf_clear(&second);
    if (wck_emit_script_powershell(plan, tame_script, NULL, &err) != WCK_OK)
        must(err.text[0] != '\0');
}

static void read_plan(const void *data, size_t size)
{
    wck_plan *plan = NULL;
    wck_error err = {0};

    if (wck_codec_parse_plan(&plan, data, size, &err) != WCK_OK) {
        must(plan == NULL && err.text[0] != '\0');
        return;
    }
    written(plan);
    wck_plan_free(plan);
}

static void set_digest(const uint8_t *data, size_t size)
{
    json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    char hex[WCK_DIGEST_HEX], *text;
    wck_digest digest;

    if (json_is_object(root) && json_object_set_new(root, "digest", json_string("")) == 0 &&
        wck_dom_digest(root, &digest)) {
        json_object_set_new(root, "digest", json_string(wck_digest_format(hex, &digest)));
        text = json_dumps(root, JSON_COMPACT);
        if (text != NULL)
            read_plan(text, strlen(text));
        free(text);
    }
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_plan(data, size);
    if (size > 0)
        set_digest(data, size);
    return 0;
}
