/* SPDX-License-Identifier: MIT
 * common.c: errors to stderr, results to stdout, stores and configuration found where cli.md says. */
#include "cli/cli.h"

#include "base/fs.h"
#include "base/limits.h"
#include "base/quote.h"
#include "rules/rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void say(const char *prefix, const char *text)
{
    wck_buf safe;

    wck_buf_init(&safe, 16384);
    wck_quote_terminal(&safe, text, 0);
    fprintf(stderr, "%s%s\n", prefix, wck_buf_text(&safe));
    wck_buf_clear(&safe);
}

int cli_fail(cli *c)
{
    say("wsusck: ", c->err.text[0] != '\0' ? c->err.text : "could not complete: no reason was given");
    if (c->err.detail[0] != '\0')
        say("detail: ", c->err.detail);
    if (c->err.hint[0] != '\0')
        say("hint: ", c->err.hint);
    return c->err.status == WCK_E_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

int cli_usage(cli *c, const char *name, const char *fmt, ...)
{
    char text[512];
    va_list args;

    (void)c;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    say("wsusck: ", text);
    fprintf(stderr, "Try \"wsusck %s%s--help\".\n", name, *name ? " " : "");
    return EXIT_USAGE;
}

void cli_warn(const cli *c, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    if (c->quiet)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    say("wsusck: ", text);
}

/* Into path[]: the first configuration file that exists; false when there is none. */
static bool find_config(char *path, size_t size)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

    snprintf(path, size, "wsusck.json");
    if (wck_fs_exists(path))
        return true;
    if (xdg != NULL && *xdg != '\0')
        snprintf(path, size, "%s/wsusck/config.json", xdg);
    else
        snprintf(path, size, "%s/.config/wsusck/config.json", home != NULL ? home : "");
    if (wck_fs_exists(path))
        return true;
    snprintf(path, size, "/etc/wsusck/config.json");
    return wck_fs_exists(path);
}

wck_status cli_load_config(cli *c)
{
    char path[4096], name[256];
    wck_status status;
    wck_buf text;

    if (c->config != NULL)
        return WCK_OK;
    if (c->config_path == NULL && !find_config(path, sizeof path))
        return WCK_OK;
    if (c->config_path != NULL)
        snprintf(path, sizeof path, "%s", c->config_path);
    wck_buf_init(&text, 16U << 20); /* 10,000 servers of some hundred bytes */
    status = wck_fs_read(&text, path, &c->err);
    if (status == WCK_OK) {
        status = wck_codec_parse_config(&c->config, wck_buf_text(&text), text.len, &c->err);
        if (status != WCK_OK)
            wck_fail_prefix(&c->err, "could not read \"%s\"", wck_quote_short(name, sizeof name, path, 200));
    }
    wck_buf_clear(&text);
    return status;
}

static const char *store_uri(cli *c)
{
    const char *env = getenv("WSUSCK_STORE");

    if (c->store_uri != NULL)
        return c->store_uri;
    if (env != NULL && *env != '\0')
        return env;
    if (c->config != NULL && c->config->store != NULL)
        return c->config->store;
    return "sqlite:wsusck.db";
}

wck_status cli_open_store(cli *c, bool create)
{
    wck_store_options options = {.read_only = !create, .read_host = wck_codec_read_host};

    if (c->store != NULL)
        return WCK_OK;
    return wck_store_open(&c->store, store_uri(c), &options, &c->err);
}

wck_status cli_write_file(cli *c, const char *path, const wck_buf *data)
{
    return wck_fs_write_atomic(path, wck_buf_text(data), data->len, 0644, &c->err);
}

wck_status cli_put_result(cli *c, const wck_buf *result)
{
    if (c->output != NULL)
        return cli_write_file(c, c->output, result);
    if (fwrite(wck_buf_text(result), 1, result->len, stdout) != result->len || fflush(stdout) != 0)
        return wck_fail(&c->err, WCK_E_IO, "could not write to standard output");
    return WCK_OK;
}

bool cli_color(const cli *c)
{
    const char *no = getenv("NO_COLOR");

    if (strcmp(c->color, "always") == 0)
        return true;
    return strcmp(c->color, "auto") == 0 && c->output == NULL && (no == NULL || *no == '\0') &&
           isatty(STDOUT_FILENO) != 0;
}

int64_t cli_zone_offset(wck_time t)
{
    time_t seconds = (time_t)(t / WCK_TICKS_PER_SECOND);
    struct tm here;
    char text[WCK_TIME_TEXT];
    wck_time local;

    if (t == WCK_TIME_NONE || localtime_r(&seconds, &here) == NULL)
        return 0;
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", here.tm_year % 9999 + 1900, here.tm_mon + 1, here.tm_mday,
             here.tm_hour, here.tm_min, here.tm_sec % 60);
    return wck_time_parse(&local, text) && local != WCK_TIME_NONE
               ? local / WCK_TICKS_PER_SECOND - (int64_t)seconds
               : 0;
}

bool cli_parse_id(const char *text, wck_snapshot_id *out)
{
    char *end;
    long long id = strtoll(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || strlen(text) > 18 || id < 1)
        return false;
    *out = id;
    return true;
}

/* ---- the tree ---- */

typedef struct pick {
    char *server;
    wck_snapshot_id now;
} pick;

typedef struct gather {
    WCK_VEC(pick) picks;
} gather;

static wck_status take_latest(const char *server, wck_snapshot_id now, wck_snapshot_id before, void *payload,
                              wck_error *err)
{
    gather *g = payload;
    pick *p = wck_vec_push(&g->picks);

    (void)before;
    if (p != NULL)
        p->server = strdup(server);
    if (p == NULL || p->server == NULL)
        return wck_fail_memory(err, "reading the store");
    p->now = now;
    return WCK_OK;
}

typedef struct older {
    WCK_VEC(wck_snapshot_id) ids; /* ascending in time, without the latest */
    WCK_VEC(wck_guid) servers;    /* their server ids, where known */
    wck_snapshot_id now;
} older;

/* Two servers behind one name (a load balancer, a clone): this id, another, this id again. */
static bool alternates(const older *o, wck_guid now)
{
    bool other = false;

    for (size_t i = o->servers.n; i-- > 0 && !wck_guid_is_zero(now);) {
        if (!wck_guid_eq(o->servers.items[i], now))
            other = true;
        else if (other)
            return true;
    }
    return false;
}

static wck_status take_older(const wck_snapshot_info *info, void *payload, wck_error *err)
{
    older *o = payload;
    wck_snapshot_id *id;

    if (info->id == o->now)
        return WCK_OK;
    id = wck_vec_push(&o->ids);
    if (id == NULL)
        return wck_fail_memory(err, "reading the store");
    *id = info->id;
    if (!wck_guid_is_zero(info->server_id)) {
        wck_guid *server = wck_vec_push(&o->servers);
        if (server == NULL)
            return wck_fail_memory(err, "reading the store");
        *server = info->server_id;
    }
    return WCK_OK;
}

static bool anything_read(const wck_snapshot *head)
{
    for (int s = 0; s < WCK_SECTION_COUNT; s++)
        if (head->coverage[s].state >= WCK_COVERAGE_PARTIAL)
            return true;
    return false;
}

/* The newest older snapshot in which anything was read: a server that was down last night is still compared with
 * what it held before. */
static wck_status open_before(cli *c, const pick *p, wck_tree_input *input)
{
    older o = {.now = p->now};
    wck_status status = wck_store_list(c->store, p->server, take_older, &o, &c->err);

    if (status == WCK_OK)
        input->id_alternates = alternates(&o, input->now->head->server.server_id);
    while (status == WCK_OK && o.ids.n > 0 && input->before == NULL) {
        status = wck_store_reader(c->store, o.ids.items[--o.ids.n], &input->before, &c->err);
        if (status == WCK_OK && !anything_read(input->before->head)) {
            wck_reader_close(input->before);
            input->before = NULL;
        }
    }
    wck_vec_clear(&o.ids);
    wck_vec_clear(&o.servers);
    return status;
}

static void apply_config(const cli *c, const char *name, wck_tree_input *input)
{
    if (c->config == NULL)
        return;
    for (size_t i = 0; i < c->config->servers.n; i++) {
        const wck_server_config *s = &c->config->servers.items[i];
        if (strcmp(s->name, name) == 0) {
            input->configured_mode = s->mode;
            input->configured_parent = s->parent;
        }
    }
}

static wck_status open_inputs(cli *c, const gather *g, wck_tree_input *inputs, char (*ids)[24])
{
    for (size_t i = 0; i < g->picks.n; i++) {
        const pick *p = &g->picks.items[i];
        wck_status status = wck_store_reader(c->store, p->now, &inputs[i].now, &c->err);
        if (status == WCK_OK)
            status = open_before(c, p, &inputs[i]);
        if (status != WCK_OK)
            return status;
        snprintf(ids[i], sizeof ids[i], "%lld", (long long)p->now);
        inputs[i].snapshot_id = ids[i];
        apply_config(c, p->server, &inputs[i]);
    }
    return WCK_OK;
}

wck_status cli_load_tree(cli *c, wck_tree **out)
{
    gather g = {0};
    wck_tree_input *inputs = NULL;
    char(*ids)[24] = NULL;
    wck_status status = cli_load_config(c);

    if (status == WCK_OK)
        status = cli_open_store(c, false);
    if (status == WCK_OK)
        status = wck_store_latest(c->store, take_latest, &g, &c->err);
    if (status == WCK_OK && g.picks.n == 0) {
        wck_fail(&c->err, WCK_E_NOT_FOUND, "could not look at anything: the store holds no snapshots");
        status = wck_fail_hint(&c->err, "Run \"wsusck collect\" or \"wsusck import FILE\" first.");
    }
    if (status == WCK_OK) {
        inputs = calloc(g.picks.n, sizeof *inputs);
        ids = calloc(g.picks.n, sizeof *ids);
        if (inputs == NULL || ids == NULL)
            status = wck_fail_memory(&c->err, "reading the store");
    }
    if (status == WCK_OK) {
        status = open_inputs(c, &g, inputs, ids);
        if (status == WCK_OK)
            status = wck_tree_build(out, inputs, g.picks.n, &c->err);
        else
            for (size_t i = 0; i < g.picks.n; i++) {
                wck_reader_close(inputs[i].now);
                wck_reader_close(inputs[i].before);
            }
    }
    for (size_t i = 0; i < g.picks.n; i++)
        free(g.picks.items[i].server);
    wck_vec_clear(&g.picks);
    free(inputs);
    free(ids);
    return status;
}

static wck_status find_servers(cli *c, const wck_tree *tree, const char **names, size_t n, const wck_node **out)
{
    char name[200];

    for (size_t i = 0; i < n; i++) {
        out[i] = wck_tree_find(tree, names[i]);
        if (out[i] == NULL) {
            wck_fail(&c->err, WCK_E_NOT_FOUND, "could not find server \"%s\": it is not in the store",
                     wck_quote_short(name, sizeof name, names[i], 60));
            return wck_fail_hint(&c->err, "\"wsusck tree\" lists the servers that are.");
        }
    }
    return WCK_OK;
}

/* The id under which this installation reads servers, zero when it has none yet. */
static wck_status our_id(cli *c, wck_guid *out)
{
    wck_status status;
    wck_buf text;

    *out = (wck_guid){0, 0};
    if (c->store == NULL)
        return WCK_OK;
    wck_buf_init(&text, 4096);
    status = wck_store_meta_get(c->store, "account_guid", &text, &c->err);
    if (status == WCK_OK && !wck_guid_parse(out, wck_buf_text(&text)))
        *out = (wck_guid){0, 0};
    wck_buf_clear(&text);
    if (status != WCK_E_NOT_FOUND)
        return status;
    wck_error_clear(&c->err);
    return WCK_OK;
}

wck_status cli_check(cli *c, const wck_tree *tree, const char **names, size_t n, bool verify, int64_t max_age_hours,
                     wck_report **out)
{
    wck_check_options options = {.now = WCK_TIME_NONE, .verify = verify, .max_age_hours = (unsigned)max_age_hours};
    size_t n_waivers = c->config != NULL ? c->config->waivers.n : 0;
    wck_waive *waivers = calloc(n_waivers + 1, sizeof *waivers);
    const wck_node **only = calloc(n + 1, sizeof *only);
    wck_status status = WCK_OK;

    if (waivers == NULL || only == NULL)
        status = wck_fail_memory(&c->err, "checking the tree");
    for (size_t i = 0; status == WCK_OK && i < n_waivers; i++) {
        const wck_waiver *w = &c->config->waivers.items[i];
        if (wck_rule_find(w->rule) == NULL)
            status = wck_fail(&c->err, WCK_E_INPUT, "could not use the configuration: waivers[%zu].rule: no rule WCK%04d",
                              i, w->rule);
        waivers[i] = (wck_waive){w->rule, w->server, w->object, w->reason, w->expires};
    }
    if (status == WCK_OK)
        status = find_servers(c, tree, names, n, only);
    if (status == WCK_OK)
        status = our_id(c, &options.ours);
    if (status == WCK_OK) {
        options.waivers = waivers;
        options.n_waivers = n_waivers;
        if (n > 0) {
            options.only = (const wck_node *const *)only;
            options.n_only = n;
        }
        status = wck_check(out, tree, &options, &c->err);
    }
    free(waivers);
    free(only);
    return status;
}
