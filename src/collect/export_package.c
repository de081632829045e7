/* SPDX-License-Identifier: MIT
 * export_package.c: `wsusutil export` package → snapshot (domain.md 1.3).
 *
 * A package is a cabinet, or the folder it was unpacked to, with package.xml (who made it, languages, what it
 * holds) and metadata.txt (one document a record). Both are streamed: a package is far larger unpacked than
 * it looks, and memory holds one record at a time. It carries updates, but never approvals, and so the
 * snapshot says about these that they were not looked at. */
#include "collect/collect.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/quote.h"
#include "collect/cabinet.h"
#include "collect/decode_update.h"
#include "collect/package_text.h"
#include "collect/package_xml.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char no_approvals[] =
    "wsusutil export does not carry approvals, target groups, declined updates or "
    "accepted license agreements";
static const char some_config[] =
    "an export package carries no server settings except languages and protocol version";

typedef struct import {
    const wck_collect_options *options;
    const char *path;
    char shown[256]; /* the path for messages */
    wck_snapshot *snapshot;
    wck_link *link;
    wck_package_xml *xml;
    wck_package_head head;
    wck_record_reader records;
    WCK_VEC(wck_identity) ids; /* of the records */
} import;

/* ---- the two shapes of a package ---- */

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The member's real name in the folder: Windows does not care for letter case. NULL: not there. The caller
 * frees. */
static char *find_member(const char *folder, const char *member)
{
    DIR *dir = opendir(folder);
    char *path = NULL;

    if (dir == NULL)
        return NULL;
    for (const struct dirent *e = readdir(dir); e != NULL && path == NULL; e = readdir(dir)) {
        size_t n = strlen(folder) + strlen(e->d_name) + 2;
        if (strcasecmp(e->d_name, member) != 0)
            continue;
        path = malloc(n);
        if (path == NULL)
            break;
        snprintf(path, n, "%s/%s", folder, e->d_name);
    }
    closedir(dir);
    return path;
}

static wck_status stream_file(const char *path, wck_cabinet_fn *fn, void *payload, wck_error *err)
{
    FILE *file = fopen(path, "rb");
    unsigned char *piece = malloc(65536);
    uint64_t total = 0;
    wck_status status = WCK_OK;
    size_t n;

    if (piece == NULL)
        status = wck_fail_memory(err, "reading a package");
    else if (file == NULL)
        status = wck_fail(err, WCK_E_IO, "could not open it: %s", strerror(errno));
    while (status == WCK_OK && (n = fread(piece, 1, 65536, file)) > 0) {
        total += n;
        status = total > WCK_MAX_PACKAGE_BYTES
                     ? wck_fail(err, WCK_E_LIMIT, "it is longer than %u bytes", WCK_MAX_PACKAGE_BYTES)
                     : fn(piece, n, payload, err);
    }
    if (status == WCK_OK && ferror(file))
        status = wck_fail(err, WCK_E_IO, "could not read it: %s", strerror(errno));
    if (file != NULL)
        fclose(file);
    free(piece);
    return status;
}

static wck_status stream_member(const import *im, const char *member, wck_cabinet_fn *fn, void *payload,
                                wck_error *err)
{
    wck_status status;
    char *path;

    if (!is_folder(im->path))
        return wck_cabinet_member(im->path, member, fn, payload, err);
    path = find_member(im->path, member);
    if (path == NULL)
        return wck_fail(err, WCK_E_NOT_FOUND, "the folder holds no file \"%s\"", member);
    status = stream_file(path, fn, payload, err);
    free(path);
    return status;
}

bool wck_collect_is_package(const char *path)
{
    char magic[4];
    struct stat st;
    FILE *file;
    bool is;

    if (is_folder(path)) {
        char *member = find_member(path, "package.xml");
        is = member != NULL;
        free(member);
        return is;
    }
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false; /* a pipe has a document in it, whose head must not be read here */
    file = fopen(path, "rb");
    if (file == NULL)
        return false;
    is = fread(magic, 1, sizeof magic, file) == sizeof magic && memcmp(magic, "MSCF", 4) == 0;
    fclose(file);
    return is;
}

/* ---- package.xml ---- */

static wck_status put_xml(const void *data, size_t len, void *payload, wck_error *err)
{
    import *im = payload;

    return wck_package_xml_put(im->xml, data, len, err);
}

static wck_status read_package_xml(import *im, wck_error *err)
{
    wck_status status;

    im->xml = wck_package_xml_new(&im->head, im->snapshot);
    if (im->xml == NULL)
        return wck_fail_memory(err, "reading a package");
    status = stream_member(im, "package.xml", put_xml, im, err);
    if (status == WCK_OK)
        status = wck_package_xml_end(im->xml, err);
    if (status != WCK_OK && status != WCK_E_MEMORY)
        wck_fail_prefix(err, "package.xml");
    return status;
}

/* ---- metadata.txt ---- */

static void tell_progress(const import *im)
{
    const wck_collect_options *o = im->options;

    if (o->progress != NULL)
        o->progress(im->snapshot->server.name, "updates", im->ids.n, im->head.updates.n, o->progress_payload);
}

static wck_status take_record(wck_identity id, const char *xml, size_t len, void *payload, wck_error *err)
{
    import *im = payload;
    wck_identity *kept;
    wck_document document;
    wck_status status;

    if (im->options->canceled != NULL && *im->options->canceled != 0)
        return wck_fail(err, WCK_E_CANCELED, "canceled while reading a package");
    status = wck_decode_update(&document, im->snapshot, xml, len, id, err);
    if (status == WCK_OK)
        status = wck_link_add(im->link, im->snapshot, &document, err);
    if (status != WCK_OK)
        return status;
    kept = wck_vec_push(&im->ids);
    if (kept == NULL)
        return wck_fail_memory(err, "reading a package");
    *kept = id;
    tell_progress(im);
    return WCK_OK;
}

static wck_status put_records(const void *data, size_t len, void *payload, wck_error *err)
{
    import *im = payload;

    return wck_records_put(&im->records, data, len, err);
}

static wck_status read_metadata(import *im, wck_error *err)
{
    wck_status status = stream_member(im, "metadata.txt", put_records, im, err);

    if (status == WCK_OK)
        status = wck_records_end(&im->records, err);
    if (status != WCK_OK && status != WCK_E_MEMORY && status != WCK_E_CANCELED)
        wck_fail_prefix(err, "metadata.txt");
    return status;
}

/* ---- do the two agree? ---- */

static int cmp_identity(const void *pa, const void *pb)
{
    const wck_identity *a = pa, *b = pb;
    int c = wck_guid_cmp(a->id, b->id);

    return c != 0 ? c : (a->revision > b->revision) - (a->revision < b->revision);
}

static size_t sort_once(wck_identity *ids, size_t n)
{
    size_t kept = 0;

    if (n > 1)
        qsort(ids, n, sizeof *ids, cmp_identity);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || cmp_identity(&ids[kept - 1], &ids[i]) != 0)
            ids[kept++] = ids[i];
    return kept;
}

static wck_status differs(const wck_identity *id, const char *in, const char *not_in, wck_error *err)
{
    char text[WCK_GUID_TEXT];

    wck_fail(err, WCK_E_INPUT, "%s revision %lld stands in %s but not in %s", wck_guid_format(text, id->id),
             (long long)id->revision, in, not_in);
    return wck_fail_hint(err, "The package is not whole: export it again.");
}

/* A file cut between two records looks whole; the list in package.xml tells. Sorts both. */
static wck_status check_lists(import *im, wck_error *err)
{
    wck_identity *listed = im->head.updates.items, *found = im->ids.items;
    size_t n = im->head.updates.n = sort_once(listed, im->head.updates.n);
    size_t m = im->ids.n = sort_once(found, im->ids.n);
    size_t i = 0, k = 0;

    while (i < n || k < m) {
        int c = i == n ? 1 : k == m ? -1 : cmp_identity(&listed[i], &found[k]);
        if (c < 0)
            return differs(&listed[i], "package.xml", "metadata.txt", err);
        if (c > 0)
            return differs(&found[k], "metadata.txt", "package.xml", err);
        i++, k++;
    }
    return WCK_OK;
}

static size_t distinct(const import *im)
{
    size_t n = 0;

    for (size_t i = 0; i < im->ids.n; i++)
        n += i == 0 || !wck_guid_eq(im->ids.items[i - 1].id, im->ids.items[i].id);
    return n;
}

/* ---- the snapshot ---- */

static wck_status fill_server(import *im, wck_error *err)
{
    wck_server *server = &im->snapshot->server;
    const wck_collect_options *o = im->options;
    char id[WCK_GUID_TEXT];

    wck_guid_format(id, im->head.server_id);
    server->name = wck_snapshot_text(im->snapshot, o->server_name != NULL ? o->server_name : id);
    server->parent = wck_snapshot_text(im->snapshot, o->parent);
    server->mode = o->mode;
    server->server_id = im->head.server_id;
    server->protocol_version = im->head.protocol_version;
    server->collected_at = im->head.created;
    server->source = wck_snapshot_text(im->snapshot, im->path);
    if (server->name == NULL || server->source == NULL || (o->parent != NULL && server->parent == NULL))
        return wck_fail_memory(err, "reading a package");
    return WCK_OK;
}

static void fill_coverage(wck_snapshot *s)
{
    static const wck_section unknown[] = {WCK_SECTION_APPROVALS, WCK_SECTION_GROUPS, WCK_SECTION_DECLINED,
                                          WCK_SECTION_EULAS};

    wck_snapshot_set_coverage(s, WCK_SECTION_LANGUAGES, WCK_COVERAGE_COMPLETE, NULL);
    wck_snapshot_set_coverage(s, WCK_SECTION_CATEGORIES, WCK_COVERAGE_COMPLETE, NULL);
    wck_snapshot_set_coverage(s, WCK_SECTION_UPDATES, WCK_COVERAGE_COMPLETE, NULL);
    wck_snapshot_set_coverage(s, WCK_SECTION_CONFIG, WCK_COVERAGE_PARTIAL, some_config);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        wck_snapshot_set_coverage(s, unknown[i], WCK_COVERAGE_UNKNOWN, no_approvals);
}

static wck_status read_all(import *im, wck_error *err)
{
    wck_status status = read_package_xml(im, err);

    if (status == WCK_OK)
        status = fill_server(im, err);
    if (status == WCK_OK)
        status = read_metadata(im, err);
    if (status == WCK_OK)
        status = check_lists(im, err);
    if (status == WCK_OK)
        status = wck_link_finish(im->link, im->snapshot, err);
    if (status != WCK_OK) {
        if (status != WCK_E_MEMORY && status != WCK_E_CANCELED)
            wck_fail_prefix(err, "could not import package \"%s\"", im->shown);
        return status;
    }
    fill_coverage(im->snapshot);
    wck_log(WCK_LOG_INFO, "%s: %llu records, %zu distinct", im->shown,
            (unsigned long long)im->records.records, distinct(im));
    return wck_snapshot_freeze(im->snapshot, err);
}

static void end_import(import *im)
{
    wck_package_xml_free(im->xml);
    wck_records_clear(&im->records);
    wck_link_free(im->link);
    wck_vec_clear(&im->ids);
    wck_vec_clear(&im->head.updates);
    wck_snapshot_free(im->snapshot);
}

wck_status wck_collect_package(wck_snapshot **out, const char *path, const wck_collect_options *options,
                               wck_error *err)
{
    static const wck_collect_options none = {.server_name = NULL};
import im = {.options = options != NULL ? options: & none, .path = path };
    wck_status status;

    *out = NULL;
    wck_quote_short(im.shown, sizeof im.shown, path, 200);
    wck_records_init(&im.records, take_record, &im);
    im.snapshot = wck_snapshot_new();
    im.link = wck_link_new();
    if (im.snapshot == NULL || im.link == NULL)
        status = wck_fail_memory(err, "reading a package");
    else
        status = read_all(&im, err);
    if (status == WCK_OK) {
        *out = im.snapshot;
        im.snapshot = NULL;
    }
    end_import(&im);
    return status;
}
