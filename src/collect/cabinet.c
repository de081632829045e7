/* SPDX-License-Identifier: MIT
 * cabinet.c: libmspack over memory or one open file, through a struct mspack_system of our own.
 *
 * libmspack asks its system to open "files"; ours knows exactly two, the cabinet (for reading) and the sink
 * (for writing), whatever their names are. So nothing named inside a cabinet is ever opened, and no temporary
 * file exists. What the member claims to hold is checked against the cap before decoding, what it really
 * holds while writing. */
#include "collect/cabinet.h"

#include "base/limits.h"
#include "base/quote.h"

#include <errno.h>
#include <mspack.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct cabinet_system {
    struct mspack_system base; /* first: libmspack hands this back */
    const unsigned char *data; /* the cabinet in memory … */
    size_t len;
    FILE *file; /* … or on disk */
    wck_cabinet_fn *fn;
    void *payload;
    wck_error *err;
    wck_status status; /* why the sink stopped */
} cabinet_system;

/* struct mspack_file has no members of its own; this is what ours points to. */
typedef struct handle {
    cabinet_system *system;
    int64_t at;
    bool sink;
} handle;

static handle *handle_of(struct mspack_file *file)
{
    return (handle *)(void *)file;
}

static struct mspack_file *sys_open(struct mspack_system *self, const char *name, int mode)
{
    handle *h;

    (void)name;
    if (mode != MSPACK_SYS_OPEN_READ && mode != MSPACK_SYS_OPEN_WRITE)
        return NULL;
    h = calloc(1, sizeof *h);
    if (h == NULL) {
        cabinet_system *s = (cabinet_system *)(void *)self;
        s->status = wck_fail_memory(s->err, "decoding a cabinet");
        return NULL;
    }
    h->system = (cabinet_system *)(void *)self;
    h->sink = mode == MSPACK_SYS_OPEN_WRITE;
    return (struct mspack_file *)(void *)h;
}

static void sys_close(struct mspack_file *file)
{
    free(file);
}

static int sys_read(struct mspack_file *file, void *buffer, int bytes)
{
    handle *h = handle_of(file);
    size_t n = (size_t)bytes;

    if (h->sink || bytes < 0)
        return -1;
    if (h->system->file != NULL) {
        if (fseeko(h->system->file, (off_t)h->at, SEEK_SET) != 0)
            return -1;
        n = fread(buffer, 1, n, h->system->file);
        if (ferror(h->system->file))
            return -1;
    } else {
        size_t left = (uint64_t)h->at < h->system->len ? h->system->len - (size_t)h->at : 0;
        n = n < left ? n : left;
        if (n > 0)
            memcpy(buffer, h->system->data + h->at, n);
    }
    h->at += (int64_t)n;
    return (int)n;
}

static int sys_write(struct mspack_file *file, void *buffer, int bytes)
{
    handle *h = handle_of(file);
    cabinet_system *s = h->system;

    if (!h->sink || bytes < 0 || s->status != WCK_OK)
        return -1;
    s->status = s->fn(buffer, (size_t)bytes, s->payload, s->err);
    return s->status == WCK_OK ? bytes : -1;
}

static int64_t length_of(const cabinet_system *s)
{
    if (s->file == NULL)
        return (int64_t)s->len;
    return fseeko(s->file, 0, SEEK_END) == 0 ? (int64_t)ftello(s->file) : -1;
}

static int sys_seek(struct mspack_file *file, off_t offset, int mode)
{
    handle *h = handle_of(file);
    int64_t from = 0;

    if (mode == MSPACK_SYS_SEEK_CUR)
        from = h->at;
    else if (mode == MSPACK_SYS_SEEK_END)
        from = length_of(h->system);
    if (from < 0 || offset > INT64_MAX - from || from + offset < 0)
        return -1;
    h->at = from + offset;
    return 0;
}

static off_t sys_tell(struct mspack_file *file)
{
    return (off_t)handle_of(file)->at;
}

static void sys_message(struct mspack_file *file, const char *format, ...)
{
    (void)file;
    (void)format;
}

static void *sys_alloc(struct mspack_system *self, size_t bytes)
{
    (void)self;
    return malloc(bytes);
}

static void sys_copy(void *from, void *to, size_t bytes)
{
    memcpy(to, from, bytes);
}

static const struct mspack_system callbacks = {
    .open = sys_open,
    .close = sys_close,
    .read = sys_read,
    .write = sys_write,
    .seek = sys_seek,
    .tell = sys_tell,
    .message = sys_message,
    .alloc = sys_alloc,
    .free = free,
    .copy = sys_copy,
};

static wck_status failed(int code, wck_error *err)
{
    switch (code) {
    case MSPACK_ERR_NOMEMORY:
        return wck_fail_memory(err, "decoding a cabinet");
    case MSPACK_ERR_SIGNATURE:
        return wck_fail(err, WCK_E_INPUT, "could not decode the cabinet: it does not begin with MSCF");
    case MSPACK_ERR_READ:
        return wck_fail(err, WCK_E_INPUT, "could not decode the cabinet: it is cut short");
    case MSPACK_ERR_CHECKSUM:
        return wck_fail(err, WCK_E_INPUT, "could not decode the cabinet: a checksum does not match");
    default:
        return wck_fail(err, WCK_E_INPUT, "could not decode the cabinet: it is damaged (libmspack error %d)",
                        code);
    }
}

static wck_status check_cabinet(const struct mscabd_cabinet *cab, wck_error *err)
{
    if ((cab->flags & (MSCAB_HDR_PREVCAB | MSCAB_HDR_NEXTCAB)) != 0)
        return wck_fail(err, WCK_E_INPUT, "could not decode the cabinet: it spans several cabinets");
    return WCK_OK;
}

static wck_status check_file(const struct mscabd_file *file, size_t cap, wck_error *err)
{
    int method = file->folder == NULL ? -1 : MSCABD_COMP_METHOD(file->folder->comp_type);

    if (method != MSCAB_COMP_NONE && method != MSCAB_COMP_MSZIP && method != MSCAB_COMP_LZX)
        return wck_fail(err, WCK_E_INPUT,
                        "could not decode the cabinet: compression %d is not stored, MSZIP or LZX", method);
    if (file->length > cap)
        return wck_fail(err, WCK_E_LIMIT,
                        "could not decode the cabinet: its member claims %u bytes, more than %zu",
                        file->length, cap);
    return WCK_OK;
}

/* `member` NULL: the only one. */
static wck_status choose(struct mscabd_file **out, const struct mscabd_cabinet *cab, const char *member,
                         wck_error *err)
{
    struct mscabd_file *file = cab->files;
    char name[128];

    *out = NULL;
    if (member == NULL) {
        if (cab->folders == NULL || cab->folders->next != NULL || file == NULL || file->next != NULL)
            return wck_fail(err, WCK_E_INPUT,
                            "could not decode the cabinet: it does not hold exactly one folder and one file");
    } else {
        while (file != NULL && strcasecmp(file->filename, member) != 0)
            file = file->next;
        if (file == NULL)
            return wck_fail(err, WCK_E_NOT_FOUND, "the cabinet holds no member \"%s\"",
                            wck_quote_short(name, sizeof name, member, 80));
    }
    *out = file;
    return WCK_OK;
}

static wck_status decode(cabinet_system *s, const char *member, size_t cap, wck_error *err)
{
    struct mscab_decompressor *mscab;
    struct mscabd_cabinet *cab;
    struct mscabd_file *file;
    int selftest;
    wck_status status;

    s->base = callbacks;
    s->err = err;
    MSPACK_SYS_SELFTEST(selftest); /* off_t of libmspack and ours must be one size */
    if (selftest != MSPACK_ERR_OK)
        return wck_fail(err, WCK_E_ARG, "libmspack was built with another file offset type");
    mscab = mspack_create_cab_decompressor(&s->base);
    if (mscab == NULL)
        return wck_fail_memory(err, "decoding a cabinet");
    cab = mscab->open(mscab, "cabinet"); /* never search(): a cabinet begins at byte 0 */
    if (cab == NULL) {
        status = s->status != WCK_OK ? s->status : failed(mscab->last_error(mscab), err);
        goto cleanup;
    }
    status = check_cabinet(cab, err);
    if (status == WCK_OK)
        status = choose(&file, cab, member, err);
    if (status == WCK_OK)
        status = check_file(file, cap, err);
    if (status != WCK_OK)
        goto cleanup;
    int code = mscab->extract(mscab, file, "sink");
    if (s->status != WCK_OK)
        status = s->status;
    else if (code != MSPACK_ERR_OK)
        status = failed(code, err);
cleanup:
    if (cab != NULL)
        mscab->close(mscab, cab);
    mspack_destroy_cab_decompressor(mscab);
    return status;
}

static wck_status to_buffer(const void *data, size_t len, void *payload, wck_error *err)
{
    wck_buf *out = payload;

    if (len > out->max - out->len)
        return wck_fail(err, WCK_E_LIMIT, "could not decode the cabinet: its member is longer than %zu bytes",
                        out->max);
    return wck_buf_put(out, data, len) ? WCK_OK : wck_fail_memory(err, "decoding a cabinet");
}

wck_status wck_cabinet_single(wck_buf *out, const void *data, size_t len, wck_error *err)
{
    cabinet_system s = {.data = data, .len = len, .fn = to_buffer, .payload = out};
    size_t before = out->len;
    wck_status status = decode(&s, NULL, out->max - out->len, err);

    if (status != WCK_OK && out->data != NULL) {
        out->len = before; /* half a document is none */
        out->data[before] = '\0';
    }
    return status;
}

wck_status wck_cabinet_member(const char *path, const char *member, wck_cabinet_fn *fn, void *payload,
                              wck_error *err)
{
    cabinet_system s = {.fn = fn, .payload = payload};
    char name[256];
    wck_status status;

    s.file = fopen(path, "rb");
    if (s.file == NULL)
        return wck_fail(err, WCK_E_IO, "could not open \"%s\": %s",
                        wck_quote_short(name, sizeof name, path, 200), strerror(errno));
    status = decode(&s, member, WCK_MAX_PACKAGE_BYTES, err);
    fclose(s.file);
    return status;
}
