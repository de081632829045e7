/* SPDX-License-Identifier: MIT
 * blob.c: a document as the protocol carries it (protocol.md 5.4): escaped text, or, above SUSDB's threshold,
 * a cabinet around UTF-16LE without BOM and without XML declaration. */
#include "sim.h"

#include "base/quote.h"
#include "support/cab_build.h"

#include <stdlib.h>

static void put_unit(wck_buf *out, unsigned long unit)
{
    wck_buf_putc(out, (char)(unsigned char)(unit & 0xff));
    wck_buf_putc(out, (char)(unsigned char)(unit >> 8 & 0xff));
}

static void put_utf16(wck_buf *out, const char *text, size_t len)
{
    for (const char *end = text + len; text < end;) {
        long code = wck_utf8_next(&text, end);
        if (code < 0)
            sim_die("a document is not UTF-8");
        if (code < 0x10000)
            put_unit(out, (unsigned long)code);
        else {
            put_unit(out, 0xd800UL + (((unsigned long)code - 0x10000UL) >> 10));
            put_unit(out, 0xdc00UL + (((unsigned long)code - 0x10000UL) & 0x3ffUL));
        }
    }
}

static void put_cabinet(wck_buf *out, const wck_buf *utf16, bool mszip)
{
    wck_buf cabinet;

    wck_buf_init(&cabinet, SIM_MAX_REPLY);
    if (!wck_cab_build(&cabinet, "blob", utf16->data, utf16->len, mszip ? WCK_CAB_MSZIP : WCK_CAB_LZX))
        sim_die("could not build a cabinet");
    char *base64 = malloc(4 * ((cabinet.len + 2) / 3) + 1);
    if (base64 == NULL)
        sim_die("out of memory");
    wck_base64_encode(base64, cabinet.data, cabinet.len);
    wck_buf_puts(out, base64);
    free(base64);
    wck_buf_clear(&cabinet);
}

bool sim_blob_put(wck_buf *out, const char *document, size_t len, bool mszip)
{
    wck_buf utf16;

    wck_buf_init(&utf16, SIM_MAX_REPLY);
    put_utf16(&utf16, document, len);
    if (utf16.failed)
        sim_die("out of memory");
    if (utf16.len > SIM_COMPRESS_ABOVE) {
        wck_buf_puts(out, "<XmlUpdateBlobCompressed>");
        put_cabinet(out, &utf16, mszip);
        wck_buf_puts(out, "</XmlUpdateBlobCompressed>");
    } else {
        wck_buf_puts(out, "<XmlUpdateBlob>");
        wck_quote_xml(out, document);
        wck_buf_puts(out, "</XmlUpdateBlob>");
    }
    wck_buf_clear(&utf16);
    return !out->failed;
}

bool sim_blob_text(wck_buf *out, const char *document, size_t len)
{
    wck_buf utf16;

    wck_buf_init(&utf16, SIM_MAX_REPLY);
    put_utf16(&utf16, document, len);
    bool packed = utf16.len > SIM_COMPRESS_ABOVE;
    if (utf16.failed)
        sim_die("out of memory");
    if (packed)
        put_cabinet(out, &utf16, false);
    wck_buf_clear(&utf16);
    return packed;
}
