/* SPDX-License-Identifier: MIT
 * common.c: errors to stderr, results to stdout, stores and configuration found where cli.md says. */
#include "cli/check_jobs.h"

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

const char *cli_store_uri(cli *c)
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

static bool is_canceled(void)
{
    return cli_canceled != 0;
}

wck_status cli_open_store(cli *c, bool create)
{
    wck_store_options options = {.read_only = !create, .canceled = is_canceled, .read_host = wck_codec_read_host};

    if (c->store != NULL)
        return WCK_OK;
    return wck_store_open(&c->store, cli_store_uri(c), &options, &c->err);
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

/* ---- the check ---- */

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

static wck_status run_check(cli *c, const wck_tree *tree, wck_check_options *options, int64_t wanted, wck_report **out)
{
    size_t jobs = wanted > 0 ? (size_t)wanted : cli_check_jobs(tree, options);

    if (options->only != NULL && jobs > options->n_only)
        jobs = options->n_only;
    if (jobs < 2)
        return wck_check(out, tree, options, &c->err);
    if (options->now == WCK_TIME_NONE)
        options->now = wck_time_now(); /* one for all */
    return cli_check_parts(c, tree, options, jobs, out);
}

wck_status cli_check_with(cli *c, const wck_tree *tree, const char **names, size_t n, wck_check_options options,
                          int64_t jobs, wck_report **out)
{
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
        status = run_check(c, tree, &options, jobs, out);
    }
    free(waivers);
    free(only);
    return status;
}

wck_status cli_check(cli *c, const wck_tree *tree, const char **names, size_t n, bool verify, int64_t max_age_hours,
                     wck_report **out)
{
    wck_check_options options = {.now = WCK_TIME_NONE, .verify = verify, .max_age_hours = (unsigned)max_age_hours};

    return cli_check_with(c, tree, names, n, options, 1, out);
}
