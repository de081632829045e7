/* SPDX-License-Identifier: MIT
 * cmd_snapshot.c: the snapshots in the store: list, show, diff, remove, prune; and export. */
#include "cli/prune.h"

#include "base/map.h"
#include "base/quote.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *format = "text";
static int64_t keep;
static bool dry_run;

static const opt options[] = {
    {OPT_TEXT, "format", 0, &format, "text|json", "form of the result", 0},
    {OPT_NUMBER, "keep", 0, &keep, "N", "of prune: so many of each server stay, the newest", 1000000},
    {OPT_FLAG, "dry-run", 0, &dry_run, NULL, "of prune: remove nothing, list what would go", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

typedef struct listing {
    wck_buf *out;
    bool json;
    size_t n;
} listing;

static void json_text(wck_buf *out, const char *text)
{
    if (text == NULL)
        wck_buf_puts(out, "null");
    else
        wck_quote_json(out, text);
}

static wck_status list_one(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    listing *l = payload;
    char hex[WCK_DIGEST_HEX], at[WCK_TIME_TEXT], name[200];

    (void)err;
    wck_digest_format(hex, &info->digest);
    if (l->json) {
        wck_buf_printf(l->out, "%s\n  {\"id\": %" PRId64 ", \"server\": ", l->n > 0 ? "," : "", info->id);
        json_text(l->out, info->server);
        wck_buf_puts(l->out, ", \"parent\": ");
        json_text(l->out, info->parent);
        wck_time_format(at, info->collected_at);
        wck_buf_printf(l->out, ", \"mode\": \"%s\", \"collected_at\": ", wck_mode_name(info->mode));
        json_text(l->out, at[0] != '\0' ? at : NULL);
        wck_buf_printf(l->out, ", \"updates\": %zu, \"approvals\": %zu, \"declined\": %zu, \"digest\": \"%s\"}",
                       info->updates, info->approvals, info->declined, hex);
    } else {
        wck_buf_printf(l->out, "%6" PRId64 "  %-20s  %-10s  %-20s  %9zu  %9zu  %9zu  %.12s\n", info->id,
                       wck_quote_short(name, sizeof name, info->server, 40), wck_mode_name(info->mode),
                       wck_time_format_short(at, info->collected_at), info->updates, info->approvals, info->declined,
                       hex);
    }
    l->n++;
    return WCK_OK;
}

static wck_status list(cli *c, wck_buf *out)
{
    listing l = {out, strcmp(format, "json") == 0, 0};
    wck_status status;

    if (l.json)
        wck_buf_puts(out, "[");
    else
        wck_buf_printf(out, "%6s  %-20s  %-10s  %-20s  %9s  %9s  %9s  %s\n", "id", "server", "mode", "collected",
                       "updates", "approvals", "declined", "digest");
    status = wck_store_list(c->store, c->args.n > 1 ? c->args.items[1] : NULL, list_one, &l, &c->err);
    if (l.json)
        wck_buf_puts(out, l.n > 0 ? "\n]\n" : "]\n");
    return status;
}

/* An id from the command line. */
static wck_status parse_id(cli *c, const char *text, wck_snapshot_id *id)
{
    char shown[80];

    if (cli_parse_id(text, id))
        return WCK_OK;
    return wck_fail(&c->err, WCK_E_NOT_FOUND, "could not find snapshot \"%s\": not a number as \"snapshot list\" shows",
                    wck_quote_short(shown, sizeof shown, text, 30));
}

static wck_status get_document(cli *c, const char *id_text, wck_buf *out)
{
    wck_snapshot_id id = 0;
    wck_snapshot *s = NULL;
    wck_status status = parse_id(c, id_text, &id);

    if (status == WCK_OK)
        status = wck_store_get(c->store, id, &s, &c->err);
    if (status == WCK_OK)
        status = wck_codec_put_snapshot(out, s, &c->err);
    wck_snapshot_free(s);
    return status;
}

/* Next line of a canonical document; rows stand one a line. NULL at the end. */
static const char *next_line(const char **at, size_t *len)
{
    const char *line = *at, *end;

    if (*line == '\0')
        return NULL;
    end = strchr(line, '\n');
    if (end == NULL)
        end = line + strlen(line);
    *at = *end == '\n' ? end + 1 : end;
    *len = (size_t)(end - line);
    if (*len > 0 && line[*len - 1] == ',')
        --*len;
    return line;
}

static wck_status lines_of(wck_map *set, const char *text)
{
    size_t len;

    for (const char *line; (line = next_line(&text, &len)) != NULL;)
        if (wck_map_put(set, line, len, NULL) == NULL)
            return WCK_E_MEMORY;
    return WCK_OK;
}

static size_t lines_only_in(wck_buf *out, char mark, const char *text, const wck_map *other)
{
    size_t len, n = 0;

    for (const char *line; (line = next_line(&text, &len)) != NULL;)
        if (wck_map_find(other, line, len) == NULL) {
            wck_buf_putc(out, mark);
            wck_buf_put(out, line, len);
            wck_buf_putc(out, '\n');
            n++;
        }
    return n;
}

/* One server with itself in time: rows that went (-) and came (+). *differs says whether any did. */
static wck_status diff(cli *c, wck_buf *out, bool *differs)
{
    wck_buf a, b;
    wck_map set_a = {0}, set_b = {0};
    wck_status status;

    wck_buf_init(&a, SIZE_MAX / 4);
    wck_buf_init(&b, SIZE_MAX / 4);
    status = get_document(c, c->args.items[1], &a);
    if (status == WCK_OK)
        status = get_document(c, c->args.items[2], &b);
    if (status == WCK_OK && (lines_of(&set_a, wck_buf_text(&a)) != WCK_OK || lines_of(&set_b, wck_buf_text(&b)) != WCK_OK))
        status = wck_fail_memory(&c->err, "comparing snapshots");
    if (status == WCK_OK) {
        *differs = lines_only_in(out, '-', wck_buf_text(&a), &set_b) > 0;
        *differs = lines_only_in(out, '+', wck_buf_text(&b), &set_a) > 0 || *differs;
    }
    wck_map_clear(&set_a);
    wck_map_clear(&set_b);
    wck_buf_clear(&a);
    wck_buf_clear(&b);
    return status;
}

typedef struct wanted {
    wck_snapshot_id id;
    const char *server; /* NULL: of any */
    bool found;
} wanted;

static wck_status look_for(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    wanted *w = payload;

    (void)err;
    w->found = w->found || (info->id == w->id && (w->server == NULL || strcmp(info->server, w->server) == 0));
    return WCK_OK;
}

/* WCK_E_NOT_FOUND: there is no such snapshot, or it is of another server. */
static wck_status must_have(cli *c, const char *text, const char *server, wck_snapshot_id *id)
{
    wanted w = {.server = server};
    wck_status status = parse_id(c, text, &w.id);
    char shown[200];

    if (status == WCK_OK)
        status = wck_store_list(c->store, NULL, look_for, &w, &c->err);
    *id = w.id;
    if (status != WCK_OK || w.found)
        return status;
    if (server == NULL)
        status = wck_fail(&c->err, WCK_E_NOT_FOUND, "could not find snapshot %" PRId64 ": it is not in the store", w.id);
    else
        status = wck_fail(&c->err, WCK_E_NOT_FOUND, "could not find snapshot %" PRId64 ": server \"%s\" has none of that id",
                          w.id, wck_quote_short(shown, sizeof shown, server, 60));
    wck_fail_hint(&c->err, "\"wsusck snapshot list\" shows what is there.");
    return status;
}

/* All of them or none; one that is named twice is removed once. */
static wck_status remove_all(cli *c)
{
    wck_snapshot_id *ids = calloc(c->args.n, sizeof *ids);
    size_t n = 0;
    wck_status status = ids != NULL ? WCK_OK : wck_fail_memory(&c->err, "removing snapshots");

    for (size_t i = 1; i < c->args.n && status == WCK_OK; i++) {
        size_t same = 0;
        status = must_have(c, c->args.items[i], NULL, &ids[n]);
        while (ids[same] != ids[n])
            same++;
        n += same == n;
    }
    if (status == WCK_OK)
        status = wck_store_remove_all(c->store, ids, n, &c->err);
    free(ids);
    return status;
}

typedef struct verb {
    const char *name;
    size_t at_least, at_most; /* operands behind it */
    bool writes;
} verb;

static const verb verbs[] = {
    {"list", 0, 1, false}, {"show", 1, 1, false}, {"diff", 2, 2, false}, {"remove", 1, SIZE_MAX, true},
    {"prune", 0, SIZE_MAX, true},
};

static const verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static wck_status do_it(cli *c, const verb *v, wck_buf *out, bool *differs)
{
    if (strcmp(v->name, "list") == 0)
        return list(c, out);
    if (strcmp(v->name, "show") == 0)
        return get_document(c, c->args.items[1], out);
    if (strcmp(v->name, "diff") == 0)
        return diff(c, out, differs);
    return strcmp(v->name, "remove") == 0 ? remove_all(c) : cli_prune(c, (size_t)keep, dry_run, out);
}

static int run(cli *c)
{
    const verb *v = find_verb(c->args.n > 0 ? c->args.items[0] : "");
    bool differs = false;
    wck_status status;
    wck_buf out;

    if (v == NULL)
        return cli_usage(c, "snapshot", "say list, show, diff, remove or prune");
    if (c->args.n - 1 < v->at_least || c->args.n - 1 > v->at_most)
        return cli_usage(c, "snapshot", "wrong number of operands for \"%s\"", v->name);
    if ((strcmp(v->name, "prune") == 0) != (keep > 0) || (dry_run && keep == 0))
        return cli_usage(c, "snapshot", "prune goes with --keep N, 1 or more, and nothing else does");
    wck_buf_init(&out, SIZE_MAX / 4);
    status = cli_load_config(c);
    if (status == WCK_OK)
        status = cli_open_store(c, v->writes && !dry_run);
    if (status == WCK_OK)
        status = do_it(c, v, &out, &differs);
    if (status == WCK_OK)
        status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    if (status != WCK_OK)
        return cli_fail(c);
    return differs ? EXIT_DIFFERENCES : EXIT_CONSISTENT;
}

const command cmd_snapshot = {"snapshot", "list [SERVER] | show ID | diff ID ID | remove ID… | prune --keep N [SERVER…]",
                              "snapshots kept in the store", options, run};

/* ---- export ---- */

static const char *snapshot_id;

static const opt export_options[] = {
    {OPT_TEXT, "snapshot", 0, &snapshot_id, "ID", "that one instead of the latest", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

static wck_status keep_latest(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    (void)err;
    *(wck_snapshot_id *)payload = info->id; /* ordered by time: the last one stays */
    return WCK_OK;
}

/* The server may be given by name or, as everywhere, by its path; *name is its name. */
static wck_status latest_of(cli *c, const char *server, const char **name, wck_snapshot_id *id)
{
    const char *last = strrchr(server, '/');
    char shown[200];
    wck_status status = wck_store_list(c->store, server, keep_latest, id, &c->err);

    *name = server;
    if (status == WCK_OK && *id == 0 && last != NULL) {
        *name = last + 1;
        status = wck_store_list(c->store, *name, keep_latest, id, &c->err);
    }
    if (status == WCK_OK && *id == 0) {
        status = wck_fail(&c->err, WCK_E_NOT_FOUND, "could not find server \"%s\": it is not in the store",
                          wck_quote_short(shown, sizeof shown, server, 60));
        wck_fail_hint(&c->err, "\"wsusck snapshot list\" shows what is.");
    }
    return status;
}

static int run_export(cli *c)
{
    const char *name = NULL;
    wck_snapshot_id id = 0;
    wck_status status;
    char text[24];
    wck_buf out;

    if (c->args.n != 1)
        return cli_usage(c, "export", "name one server");
    wck_buf_init(&out, SIZE_MAX / 4);
    status = cli_load_config(c);
    if (status == WCK_OK)
        status = cli_open_store(c, false);
    if (status == WCK_OK)
        status = latest_of(c, c->args.items[0], &name, &id);
    if (status == WCK_OK && snapshot_id != NULL)
        status = must_have(c, snapshot_id, name, &id);
    if (status == WCK_OK) {
        snprintf(text, sizeof text, "%" PRId64, id);
        status = get_document(c, text, &out);
    }
    if (status == WCK_OK)
        status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status == WCK_OK ? EXIT_CONSISTENT : cli_fail(c);
}

const command cmd_export = {"export", "SERVER", "write the canonical JSON snapshot of a server", export_options,
                            run_export};
