/* SPDX-License-Identifier: MIT
 * blob.c: a document as the protocol carries it (protocol.md 5.4): escaped text, or, above SUSDB's threshold, a cabinet
 * around UTF-16LE without BOM and without XML declaration. */
#include "sim.h"

#include "base/quote.h"

#include <stdlib.h>

bool sim_blob_put(wck_buf *out, const char *document, size_t len, bool mszip)
{
    (void)len;
    (void)mszip;
    wck_buf_puts(out, "<XmlUpdateBlob>");
    wck_quote_xml(out, document);
    return wck_buf_puts(out, "</XmlUpdateBlob>");
}
