/* SPDX-License-Identifier: MIT
 * fuzz_cabinet.c: cabinets from memory (the blobs of GetUpdateData) and from disk (export packages). */
#include "fuzz.h"

#include "base/limits.h"
#include "collect/cabinet.h"

#include <unistd.h>

enum { MAX_MEMBER = 1 << 20 }; /* the caller's cap; decoders must not go beyond it */

typedef struct count {
    size_t bytes;
} count;

static wck_status on_piece(const void *data, size_t len, void *payload, wck_error *err)
{
    count *c = payload;

    (void)data;
    c->bytes += len;
    return c->bytes > MAX_MEMBER ? wck_fail(err, WCK_E_LIMIT, "enough") : WCK_OK;
}

static void from_memory(const uint8_t *data, size_t size)
{
    wck_error err = {0};
    wck_buf out;

    wck_buf_init(&out, MAX_MEMBER);
    if (wck_cabinet_single(&out, data, size, &err) != WCK_OK)
        must(err.text[0] != '\0');
    must(out.len <= MAX_MEMBER);
    wck_buf_clear(&out);
}

static void from_disk(const uint8_t *data, size_t size)
{
    static FILE *file; /* without a name */
    int fd;
    char path[64];
    wck_error err = {0};
    count c = {0};

    if (file == NULL)
        file = tmpfile();
    must(file != NULL);
    fd = fileno(file);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (wck_cabinet_member(path, "package.xml", on_piece, &c, &err) != WCK_OK)
        must(err.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    from_memory(data, size);
    if (size > 0)
        from_disk(data, size);
    return 0;
}
