/* SPDX-License-Identifier: MIT
 * cab_build.c: a small cabinet writer [MS-CAB]: CFHEADER, CFFOLDERs, CFFILEs, CFDATA blocks of at most 32
 * KiB. */
#include "support/cab_build.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

enum { BLOCK = 32768, LZX_21 = 0x1503 };

static void put_le(wck_buf *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        wck_buf_putc(out, (char)(unsigned char)(value >> (8 * i)));
}

/* CFDATA.csum, with the seed rules of MS-CAB 3.1: words little-endian, the odd tail most significant byte
 * first. */
static uint32_t checksum(const unsigned char *data, size_t len, uint32_t seed)
{
    size_t i = 0;
    for (; i + 4 <= len; i += 4)
        seed ^= (uint32_t)data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 |
                (uint32_t)data[i + 3] << 24;
    uint32_t tail = 0;
    for (; i < len; i++)
        tail = tail << 8 | data[i];
    return seed ^ tail;
}

static void put_block(wck_buf *out, const wck_buf *packed, size_t plain)
{
    unsigned char sizes[4] = {(unsigned char)packed->len, (unsigned char)(packed->len >> 8),
                              (unsigned char)plain, (unsigned char)(plain >> 8)};
    uint32_t sum = checksum((const unsigned char *)packed->data, packed->len, 0);
    put_le(out, checksum(sizes, sizeof sizes, sum), 4);
    wck_buf_put(out, sizes, sizeof sizes);
    wck_buf_put(out, packed->data, packed->len);
}

/* One frame of raw deflate behind "CK". Each frame's dictionary is the frame before; starting without one is
 * legal as long as no match reaches back, which a fresh stream guarantees. */
static bool pack_mszip(wck_buf *packed, const unsigned char *data, size_t len)
{
    z_stream z;
    memset(&z, 0, sizeof z);
    if (deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    unsigned char piece[BLOCK + 1024];
    z.next_in = (z_const Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    z.next_out = piece;
    z.avail_out = sizeof piece;
    bool ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
    size_t n = sizeof piece - z.avail_out;
    deflateEnd(&z);
    return ok && wck_buf_puts(packed, "CK") && wck_buf_put(packed, piece, n);
}

/* Bits, most significant first, in 16-bit words stored little-endian. */
typedef struct bits {
    wck_buf *out;
    unsigned word, n;
} bits;

static void put_bits(bits *b, uint32_t value, unsigned count)
{
    while (count-- > 0) {
        b->word = b->word << 1 | (value >> count & 1);
        if (++b->n == 16) {
            put_le(b->out, b->word, 2);
            b->word = b->n = 0;
        }
    }
}

/* One LZX frame that is one uncompressed block (type 3); protocol.md 5.4, last bullet. */
static bool pack_lzx(wck_buf *packed, const unsigned char *data, size_t len, bool first)
{
    bits b = {packed, 0, 0};
    if (first)
        put_bits(&b, 0, 1); /* no E8 translation */
    put_bits(&b, 3, 3);
    put_bits(&b, (uint32_t)len, 24);
    /* Pad to a word: at least one bit, so a full word of padding when the bits end on a border. */
    put_bits(&b, 0, 16 - b.n);
    for (int i = 0; i < 3; i++)
        put_le(packed, 1, 4); /* R0, R1, R2 */
    wck_buf_put(packed, data, len);
    return len % 2 == 0 || wck_buf_putc(packed, 0);
}

/* One folder's CFDATA blocks; *blocks is how many. */
static bool put_folder(wck_buf *out, const unsigned char *data, size_t len, int method, size_t *blocks)
{
    wck_buf packed;
    wck_buf_init(&packed, 2 * BLOCK);
    bool ok = true;
    for (size_t at = 0; at < len && ok; at += BLOCK, ++*blocks) {
        size_t n = len - at < BLOCK ? len - at : BLOCK;
        wck_buf_reset(&packed);
        if (method == WCK_CAB_MSZIP)
            ok = pack_mszip(&packed, data + at, n);
        else if (method == WCK_CAB_LZX)
            ok = pack_lzx(&packed, data + at, n, at == 0);
        else
            ok = wck_buf_put(&packed, data + at, n);
        ok = ok && !packed.failed;
        put_block(out, &packed, n);
    }
    wck_buf_clear(&packed);
    return ok && *blocks <= 0xffff;
}

static void put_header(wck_buf *out, size_t total, size_t folders, size_t files, unsigned flags)
{
    wck_buf_puts(out, "MSCF");
    put_le(out, 0, 4);
    put_le(out, total, 4);
    put_le(out, 0, 4);
    put_le(out, 36 + (flags & 1 ? 4U : 0U) + (flags & 2 ? 4U : 0U) + 8 * folders, 4);
    put_le(out, 0, 4);
    put_le(out, 0x0103, 2); /* version 1.3 */
    put_le(out, folders, 2);
    put_le(out, files, 2);
    put_le(out, flags, 2);
    put_le(out, 0, 4); /* set id, index */
    if (flags & 1)
        wck_buf_put(out, "p\0d", 4); /* name and disk of the previous cabinet */
    if (flags & 2)
        wck_buf_put(out, "n\0d", 4);
}

static unsigned type_of(int method, const wck_cab_oddity *oddity)
{
    if (oddity->compression != 0)
        return oddity->compression;
    return method == WCK_CAB_LZX ? LZX_21 : (unsigned)method;
}

/* The folders' data one behind the other, and how many blocks and bytes each takes. */
typedef struct layout {
    wck_buf data;
    size_t blocks[16], bytes[16], n;
} layout;

static bool lay_out(layout *lay, const wck_cab_member *members, size_t n, int method, bool split)
{
    wck_buf all;
    wck_buf_init(&all, (size_t)BLOCK * 0xffff);
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        wck_buf_put(&all, members[i].data, members[i].len);
        if (!split && i + 1 < n)
            continue;
        size_t before = lay->data.len;
        ok = lay->n < 16 && !all.failed &&
             put_folder(&lay->data, (const unsigned char *)all.data, all.len, method, &lay->blocks[lay->n]);
        if (ok)
            lay->bytes[lay->n++] = lay->data.len - before;
        wck_buf_reset(&all);
    }
    wck_buf_clear(&all);
    return ok && !lay->data.failed;
}

static void put_files(wck_buf *out, const wck_cab_member *members, size_t n, const wck_cab_oddity *oddity)
{
    size_t offset = 0;
    for (size_t i = 0; i < n; i++) {
        put_le(out, i == 0 && oddity->claimed_len != 0 ? oddity->claimed_len : members[i].len, 4);
        put_le(out, oddity->folder_per_member ? 0 : offset, 4);
        put_le(out, oddity->folder_per_member ? i : 0, 2);
        put_le(out, 0, 6); /* date, time, attributes: zero in real blobs */
        wck_buf_put(out, members[i].name, strlen(members[i].name) + 1);
        offset += members[i].len;
    }
}

bool wck_cab_build_odd(wck_buf *out, const wck_cab_member *members, size_t n, int method,
                       const wck_cab_oddity *oddity)
{
    layout lay = {.n = 0};
    wck_buf_init(&lay.data, (size_t)2 * BLOCK * 0xffff);
    bool ok = lay_out(&lay, members, n, method, oddity->folder_per_member);
    size_t names = 0;
    for (size_t i = 0; i < n; i++)
        names += strlen(members[i].name) + 1;
    size_t at =
        36 + (oddity->flags & 1 ? 4U : 0U) + (oddity->flags & 2 ? 4U : 0U) + 8 * lay.n + 16 * n + names;
    put_header(out, at + lay.data.len, lay.n, n, oddity->flags);
    for (size_t i = 0; i < lay.n; i++) {
        put_le(out, at, 4);
        put_le(out, lay.blocks[i], 2);
        put_le(out, type_of(method, oddity), 2);
        at += lay.bytes[i];
    }
    put_files(out, members, n, oddity);
    wck_buf_put(out, lay.data.data, lay.data.len);
    wck_buf_clear(&lay.data);
    return ok && !out->failed;
}

bool wck_cab_build_many(wck_buf *out, const wck_cab_member *members, size_t n, int method)
{
    static const wck_cab_oddity none = {.flags = 0};
    return wck_cab_build_odd(out, members, n, method, &none);
}

bool wck_cab_build(wck_buf *out, const char *member, const void *data, size_t len, int method)
{
    wck_cab_member one = {member, data, len};
    return wck_cab_build_many(out, &one, 1, method);
}
