/* SPDX-License-Identifier: MIT
 * json.c: one snapshot as a document and as JSON Lines, and the bare jansson parse that an import is held against.
 * Prints what was done as one JSON object.
 *
 *     bench_json make DIRECTORY UPDATES    snapshot.json and snapshot.jsonl
 *     bench_json dom FILE                  jansson, the whole document
 *     bench_json lines FILE                jansson, line by line, each forgotten before the next
 *     bench_json read FILE                 the codec of an import, without the store */
#include "fill.h"

#include "codec/codec.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static bool write_file(const char *directory, const char *name, const wck_buf *text)
{
    char path[4096];
    FILE *f;
    bool ok;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    f = fopen(path, "w");
    ok = f != NULL && fwrite(text->data, 1, text->len, f) == text->len;
    return f != NULL && fclose(f) == 0 && ok;
}

static size_t rows_of(const wck_snapshot *s)
{
    return s->languages.n + s->categories.n + s->updates.n + s->declined.n + s->groups.n + s->approvals.n + s->eulas.n +
           s->sync_history.n;
}

static int make(const char *directory, size_t updates)
{
    bench_shape shape = {.servers = 1, .updates = updates, .approvals = updates, .seed = 42};
    bench_server root = {0};
    wck_snapshot *s = bench_root(&root, &shape) ? bench_snapshot(&root, &shape) : NULL;
    wck_buf whole, lines;
    bool ok;

    wck_buf_init(&whole, SIZE_MAX / 4);
    wck_buf_init(&lines, SIZE_MAX / 4);
    ok = s != NULL && wck_codec_put_snapshot(&whole, s, NULL) == WCK_OK &&
         wck_codec_put_snapshot_lines(&lines, s, NULL) == WCK_OK && write_file(directory, "snapshot.json", &whole) &&
         write_file(directory, "snapshot.jsonl", &lines);
    if (ok)
        printf("{\"rows\": %zu, \"document_bytes\": %zu, \"lines_bytes\": %zu}\n", rows_of(s), whole.len, lines.len);
    wck_buf_clear(&whole);
    wck_buf_clear(&lines);
    wck_snapshot_free(s);
    bench_clear(&root);
    return ok ? 0 : 2;
}

static json_t *document; /* kept: freeing it would be counted against jansson */

static int dom(const char *path)
{
    json_error_t error;

    document = json_load_file(path, 0, &error);
    if (document == NULL)
        fprintf(stderr, "bench_json: %s\n", error.text);
    else
        printf("{\"values\": %zu}\n", json_object_size(document));
    return document != NULL ? 0 : 2;
}

static int each_line(const char *path)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t size = 0, n = 0;
    ssize_t len;
    bool ok = f != NULL;

    while (ok && (len = getline(&line, &size, f)) > 0) {
        json_t *record = json_loadb(line, (size_t)len, 0, NULL);
        ok = record != NULL;
        json_decref(record);
        n++;
    }
    free(line);
    if (f != NULL)
        fclose(f);
    printf("{\"values\": %zu}\n", n);
    return ok ? 0 : 2;
}

/* What the rows themselves take: arrays, and the arena with their texts and sets. */
static size_t record_bytes(const wck_snapshot *s)
{
    return wck_arena_used(s->arena) + s->languages.n * sizeof *s->languages.items +
           s->categories.n * sizeof *s->categories.items + s->updates.n * sizeof *s->updates.items +
           s->declined.n * sizeof *s->declined.items + s->groups.n * sizeof *s->groups.items +
           s->approvals.n * sizeof *s->approvals.items + s->eulas.n * sizeof *s->eulas.items +
           s->sync_history.n * sizeof *s->sync_history.items;
}

static int read_one(const char *path)
{
    wck_snapshot *s = NULL;
    struct rusage used;
    wck_error err = {0};

    if (wck_codec_read_snapshot(&s, path, &err) != WCK_OK) {
        fprintf(stderr, "bench_json: %s\n", err.text);
        return 2;
    }
    getrusage(RUSAGE_SELF, &used);
    printf("{\"rows\": %zu, \"record_kib\": %zu, \"peak_kib\": %ld}\n", rows_of(s), record_bytes(s) / 1024,
           used.ru_maxrss);
    wck_snapshot_free(s);
    return 0;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 2 ? argv[1] : "";

    if (argc == 4 && strcmp(verb, "make") == 0)
        return make(argv[2], (size_t)strtoul(argv[3], NULL, 10));
    if (argc == 3 && strcmp(verb, "dom") == 0)
        return dom(argv[2]);
    if (argc == 3 && strcmp(verb, "lines") == 0)
        return each_line(argv[2]);
    if (argc == 3 && strcmp(verb, "read") == 0)
        return read_one(argv[2]);
    fputs("usage: bench_json make DIRECTORY UPDATES | dom FILE | lines FILE | read FILE\n", stderr);
    return 64;
}
