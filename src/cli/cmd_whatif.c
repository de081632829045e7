/* SPDX-License-Identifier: MIT
 * cmd_whatif.c: a change looked at before it is made; afterwards, did it come out as predicted? */
#include "cli/cli.h"

#include "base/fs.h"
#include "base/quote.h"
#include "emit/emit.h"
#include "whatif/prepare.h"
#include "wck/version.h"

#include <stdio.h>
#include <string.h>

static const char *format = "text", *prediction_file, *from_server, *prepare_dir, *verify_file;
static bool all;

static const opt options[] = {
    {OPT_TEXT, "prediction", 'o', &prediction_file, "FILE", "keep the prediction there, for --verify", 0},
    {OPT_TEXT, "from-server", 0, &from_server, "NAME", "write a change document from that server's snapshot",
     0},
    {OPT_TEXT, "prepare", 0, &prepare_dir, "DIR",
     "also write the before-state and scripts that restore decisions", 0},
    {OPT_TEXT, "verify", 0, &verify_file, "FILE", "compare that prediction with the snapshots of now", 0},
    {OPT_FLAG, "all", 0, &all, NULL, "list every finding", 0},
    {OPT_TEXT, "format", 0, &format, "text|json", "form of the result", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

/* ---- snapshots for the trial ---- */

static wck_status open_reader(void *payload, const wck_node *node, bool before, wck_reader **out,
                              wck_error *err)
{
    cli *c = payload;
    const char *text = before ? node->previous_id : node->snapshot_id;
    wck_snapshot_id id;

    *out = NULL;
    if (text == NULL || !cli_parse_id(text, &id))
        return before ? WCK_OK : wck_fail(err, WCK_E_ARG, "could not read the snapshot of a server again");
    return wck_store_reader(c->store, id, out, err);
}

static wck_status get_whole(void *payload, const wck_node *node, wck_snapshot **out, wck_error *err)
{
    cli *c = payload;
    wck_snapshot_id id;

    if (node->snapshot_id == NULL || !cli_parse_id(node->snapshot_id, &id))
        return wck_fail(err, WCK_E_ARG, "could not read the snapshot of a server again");
    return wck_store_get(c->store, id, out, err);
}

static wck_status read_text(cli *c, const char *path, wck_buf *out)
{
    wck_buf_init(out, 512U << 20); /* a prediction of a million findings */
    return wck_fs_read(out, path, &c->err);
}

static wck_status name_file(cli *c, const char *path)
{
    char name[256];

    return wck_fail_prefix(&c->err, "could not read \"%s\"", wck_quote_short(name, sizeof name, path, 200));
}

/* ---- predict ---- */

static wck_status show(cli *c, const wck_prediction *p)
{
    wck_text_style style = {.color = cli_color(c), .all = all};
    wck_buf document, text;
    wck_status status;

    wck_buf_init(&document, SIZE_MAX / 4);
    wck_buf_init(&text, SIZE_MAX / 4);
    status = wck_codec_put_prediction(&document, p, &c->err);
    if (status == WCK_OK && prediction_file != NULL)
        status = cli_write_file(c, prediction_file, &document);
    if (status == WCK_OK && strcmp(format, "json") == 0)
        status = cli_put_result(c, &document);
    else if (status == WCK_OK) {
        status = wck_emit_prediction_text(&text, p, &style, &c->err);
        if (status == WCK_OK)
            status = cli_put_result(c, &text);
    }
    wck_buf_clear(&document);
    wck_buf_clear(&text);
    return status;
}

static wck_status write_one(const char *name, const char *data, size_t len, void *payload, wck_error *err)
{
    char path[4096];
    cli *c = payload;

    if (snprintf(path, sizeof path, "%s/%s", prepare_dir, name) >= (int)sizeof path)
        return wck_fail(err, WCK_E_IO, "could not write \"%s\": the path is too long", name);
    if (!c->quiet)
        fprintf(stderr, "%s\n", path);
    return wck_fs_write_atomic(path, data, len, 0600, err);
}

/* before-NN.json: the snapshot as it is; NN-SERVER.ps1 and its twin: approvals, declines, groups and EULAs by
 * id. */
static wck_status prepare_server(cli *c, const wck_node *node, wck_plan *plan)
{
    wck_snapshot *snapshot = NULL;
    char name[40];
    wck_status status = get_whole(c, node, &snapshot, &c->err);
    wck_buf document;

    wck_buf_init(&document, SIZE_MAX / 4);
    if (status == WCK_OK)
        status = wck_codec_put_snapshot(&document, snapshot, &c->err);
    snprintf(name, sizeof name, "before-%02zu.json", plan->snapshots.n + 1);
    if (status == WCK_OK)
        status = write_one(name, wck_buf_text(&document), document.len, c, &c->err);
    if (status == WCK_OK)
        status = wck_whatif_prepare(plan, node, snapshot, &c->err);
    wck_buf_clear(&document);
    wck_snapshot_free(snapshot);
    return status;
}

static bool loses_decisions(const wck_change *change)
{
    return change->kind == WCK_CHANGE_REINSTALL || change->kind == WCK_CHANGE_MODE ||
           change->kind == WCK_CHANGE_REPOINT;
}

static wck_status prepare(cli *c, const wck_tree *tree, const wck_change_set *set)
{
    wck_plan *plan = wck_plan_new();
    wck_status status = plan != NULL ? wck_fs_mkdir(prepare_dir, 0700, &c->err)
                                     : wck_fail_memory(&c->err, "preparing a change");

    if (status == WCK_OK) {
        plan->made_at = wck_time_now();
        plan->tool_version = WCK_VERSION;
    }
    for (size_t i = 0; i < set->changes.n && status == WCK_OK; i++)
        if (loses_decisions(&set->changes.items[i]))
            status = prepare_server(c, wck_tree_find(tree, set->changes.items[i].server), plan);
    if (status == WCK_OK && plan->actions.n > 0)
        status = wck_emit_script_powershell(plan, write_one, c, &c->err);
    wck_plan_free(plan);
    return status;
}

static wck_status predict(cli *c, const wck_tree *tree)
{
    const wck_whatif_source source = {open_reader, get_whole, c};
    wck_check_options look = {.now = WCK_TIME_NONE,
                              .max_age_hours = 87600}; /* age is no consequence of a change */
    wck_prediction *p = NULL;
    wck_change_set *set = NULL;
    wck_buf text;
    wck_status status = read_text(c, c->args.items[0], &text);

    if (status == WCK_OK && wck_codec_parse_change(&set, wck_buf_text(&text), text.len, &c->err) != WCK_OK)
        status = name_file(c, c->args.items[0]);
    if (status == WCK_OK)
        status = wck_whatif_predict(&p, tree, set, &source, &look, &c->err);
    if (status == WCK_OK && prepare_dir != NULL)
        status = prepare(c, tree, set);
    if (status == WCK_OK)
        status = show(c, p);
    wck_prediction_free(p);
    wck_change_set_free(set);
    wck_buf_clear(&text);
    return status;
}

/* ---- verify ---- */

static wck_status put_verdict(cli *c, const wck_prediction *p, const wck_report *now,
                              const wck_whatif_verdict *v)
{
    wck_text_style style = {.color = cli_color(c), .all = all};
    wck_status status;
    wck_buf out;

    wck_buf_init(&out, SIZE_MAX / 4);
    status = strcmp(format, "json") == 0
                 ? wck_codec_put_verdict(&out, p->report, v->predicted_came, now, v->now_unexpected, &c->err)
                 : wck_emit_verdict_text(&out, p->report, v->predicted_came, now, v->now_unexpected, &style,
                                         &c->err);
    if (status == WCK_OK)
        status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status;
}

static wck_status verify(cli *c, const wck_tree *tree, int *code)
{
    const wck_check_options look = {.now = WCK_TIME_NONE, .max_age_hours = 87600};
    wck_whatif_verdict v = {0};
    wck_prediction *p = NULL;
    wck_report *now = NULL;
    wck_buf text;
    wck_status status = read_text(c, verify_file, &text);

    if (status == WCK_OK && wck_codec_parse_prediction(&p, wck_buf_text(&text), text.len, &c->err) != WCK_OK)
        status = name_file(c, verify_file);
    if (status == WCK_OK)
        status = wck_check(&now, tree, &look, &c->err);
    if (status == WCK_OK)
        status = wck_whatif_verify(&v, p->report, &p->standing, now, &c->err);
    if (status == WCK_OK) {
        *code = v.missing + v.unexpected > 0 ? EXIT_DIFFERENCES : EXIT_CONSISTENT;
        status = put_verdict(c, p, now, &v);
    }
    wck_whatif_verdict_clear(&v);
    wck_report_free(now);
    wck_prediction_free(p);
    wck_buf_clear(&text);
    return status;
}

/* ---- from a server ---- */

static wck_status write_change(cli *c, const wck_tree *tree)
{
    const wck_node *node = wck_tree_find(tree, from_server);
    char name[200];
    wck_status status;
    wck_buf out;

    if (node == NULL) {
        wck_fail(&c->err, WCK_E_NOT_FOUND, "could not find server \"%s\": it is not in the store",
                 wck_quote_short(name, sizeof name, from_server, 60));
        return wck_fail_hint(&c->err, "\"wsusck tree\" lists the servers that are.");
    }
    wck_buf_init(&out, SIZE_MAX / 4);
    status = wck_codec_put_change_of(&out, node->now->head, &c->err);
    if (status == WCK_OK)
        status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status;
}

static int run(cli *c)
{
    wck_tree *tree = NULL;
    int code = EXIT_CONSISTENT;
    wck_status status;

    if ((from_server != NULL) + (verify_file != NULL) + (c->args.n > 0) != 1 || c->args.n > 1)
        return cli_usage(c, "whatif", "name one change document, or use --from-server or --verify");
    status = cli_load_tree(c, &tree);
    if (status == WCK_OK && from_server != NULL)
        status = write_change(c, tree);
    else if (status == WCK_OK && verify_file != NULL)
        status = verify(c, tree, &code);
    else if (status == WCK_OK)
        status = predict(c, tree);
    wck_tree_free(tree);
    return status == WCK_OK ? code : cli_fail(c);
}

const command cmd_whatif = {"whatif", "FILE", "what a planned change would do, before it is made", options,
                            run};
