/* SPDX-License-Identifier: MIT
 * fuzz_values.c: GUIDs, times, numbers, digests, UTF-8 and UTF-16, Base64; and THE quoting. */
#include "fuzz.h"

#include "base/digest.h"
#include "base/guid.h"
#include "base/quote.h"
#include "base/time.h"
#include "collect/wsus.h"

static void guids(const char *text, size_t len)
{
    char out[WCK_GUID_TEXT], more[WCK_GUID_TEXT];
    unsigned char mixed[16];
    wck_guid a, b;

    if (wck_guid_parse_n(&a, text, len)) {
        must(wck_guid_parse(&b, wck_guid_format(out, a)) && wck_guid_eq(a, b));
        wck_guid_to_mixed(mixed, a);
        must(wck_guid_eq(wck_guid_from_mixed(mixed), a));
        must(wck_guid_cmp_sqlserver(a, b) == 0 && strlen(out) == 36);
        must(strcmp(out, wck_guid_format(more, b)) == 0);
    }
    wck_value_guid(&a, text, len);
}

static void times(const char *text, size_t len)
{
    char out[WCK_TIME_TEXT], more[WCK_TIME_TEXT];
    wck_time t, again;

    if (wck_time_parse(&t, text)) {
        wck_time_format(out, t);
        wck_time_format_short(more, t);
        if (t == WCK_TIME_NONE)
            must(out[0] == '\0');
        else
            must(wck_time_parse(&again, out) && again == t);
    }
    if (wck_time_parse_http(&t, text) && t != WCK_TIME_NONE)
        must(wck_time_parse(&again, wck_time_format(out, t)) && again == t);
    wck_value_time(&t, text, len);
}

static void numbers(const char *text, size_t len)
{
    int64_t n = 0;
    int8_t flag = 0;
    wck_digest digest;
    char hex[WCK_DIGEST_HEX];

    if (wck_value_int(&n, text, len))
        must(n >= INT32_MIN && n <= INT32_MAX);
    if (wck_value_bool(&flag, text, len))
        must(flag == 0 || flag == 1);
    if (wck_digest_parse(&digest, text))
        must(strlen(wck_digest_format(hex, &digest)) == 64);
    must(wck_protocol_cmp(text, text) == 0);
}

static void encodings(const uint8_t *data, size_t size)
{
    unsigned char *plain = malloc(size / 4 * 3 + 4);
    size_t n = 0;
    wck_buf out;

    must(plain != NULL);
    if (wck_base64_decode(plain, &n, (const char *)data, size))
        must(n <= size / 4 * 3 + 3);
    free(plain);
    wck_buf_init(&out, FUZZ_MAX_OUTPUT);
    for (int big = 0; big < 2; big++) {
        wck_buf_reset(&out);
        if (wck_utf16_to_utf8(&out, data, size, big != 0))
            must(wck_utf8_valid(wck_buf_text(&out), out.len));
    }
    wck_buf_clear(&out);
}

static void no_byte_of(const wck_buf *out, const char *forbidden)
{
    for (size_t i = 0; i < out->len; i++)
        must(strchr(forbidden, out->data[i]) == NULL || out->data[i] == '\0');
}

static void no_control(const wck_buf *out)
{
    must(!out->failed && wck_utf8_valid(wck_buf_text(out), out->len));
    for (size_t i = 0; i < out->len; i++)
        must((unsigned char)out->data[i] >= 0x20 && out->data[i] != 0x7f);
}

static void quoting(const char *text)
{
    char small[40];
    wck_buf out;

    wck_buf_init(&out, FUZZ_MAX_OUTPUT);
    must(wck_quote_terminal(&out, text, 0));
    no_control(&out);
    wck_buf_reset(&out);
    must(wck_quote_xml(&out, text));
    no_byte_of(&out, "<>\"'");
    wck_buf_reset(&out);
    must(wck_quote_html(&out, text));
    no_byte_of(&out, "<>\"'");
    wck_buf_reset(&out);
    must(wck_quote_powershell(&out, text));
    no_control(&out);
    no_byte_of(&out, "$`;|&{}");
    wck_buf_reset(&out);
    must(wck_quote_csv(&out, text));
    must(out.len == 0 || strchr("=+-@\t\r", out.data[0]) == NULL);
    wck_buf_reset(&out);
    must(wck_quote_shell(&out, text));
    must(out.len > 0);
    wck_buf_clear(&out);
    must(strlen(wck_quote_short(small, sizeof small, text, 20)) < sizeof small);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    must(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    guids(text, size);
    times(text, size);
    numbers(text, size);
    encodings((const uint8_t *)text, size);
    quoting(text);
    free(text);
    return 0;
}
