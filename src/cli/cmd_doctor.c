/* SPDX-License-Identifier: MIT
 * cmd_doctor.c: look, from here, whether servers can synchronize. The configuration says where they are,
 * their latest snapshots what they themselves have set; without a store only the first is looked at. */
#include "cli/cli.h"

#include "base/quote.h"
#include "cli/password.h"
#include "cli/progress.h"
#include "cli/workers.h"
#include "emit/emit.h"
#include "probe/probe.h"

#include <stdlib.h>
#include <string.h>

static const char *format = "text";
static int64_t jobs = 8, timeout_s = 5;
static bool here, no_microsoft;

static const opt options[] = {
    {OPT_NUMBER, "jobs", 'j', &jobs, "N", "look at N servers at once (8)", 64},
    {OPT_NUMBER, "timeout", 0, &timeout_s, "SECONDS", "wait so long for each connection (5)", 300},
    {OPT_FLAG, "here", 0, &here, NULL, "this machine is that server: what fails here fails there", 0},
    {OPT_FLAG, "no-microsoft", 0, &no_microsoft, NULL, "leave out what root servers need of Microsoft Update",
     0},
    {OPT_TEXT, "format", 0, &format, "text|json", "form of the result", 0},
    {OPT_END, NULL, 0, NULL, NULL, NULL, 0},
};

typedef struct patient {
    wck_probe_server server;
    wck_secret password, proxy_password;
    wck_diagnosis *seen;
    wck_status status;
    wck_error err;
} patient;

typedef struct ward {
    patient *patients;
    size_t n;
    wck_probe_options options;
} ward;

static void step(const char *server, const char *step_name, const char *target, void *payload)
{
    (void)target;
    (void)payload;
    progress_step(server, step_name, 0, 0, NULL);
}

static void each_patient(size_t i, void *payload)
{
    ward *w = payload;
    patient *p = &w->patients[i];

    p->status = wck_probe_look(p->seen, &p->server, &w->options, &p->err);
}

/* ---- what is known of a server ---- */

static void from_snapshot(wck_probe_server *s, const wck_node *node)
{
    const wck_snapshot *head = node->now->head;
    const wck_config *config = &head->config;

    s->fqdn = head->server.fqdn;
    s->remote_content = config->content_on_microsoft_update == 1;
    s->root = config->sync_from_microsoft_update == 1 ||
              (config->sync_from_microsoft_update == WCK_BOOL_NONE && head->server.parent == NULL);
    if (config->has_upstream && config->sync_from_microsoft_update != 1) {
        s->upstream_host = config->upstream.name;
        s->upstream_port = config->upstream.port;
        s->upstream_ssl = config->upstream.ssl;
    }
    if (node->parent != NULL)
        s->upstream_fqdn = node->parent->now->head->server.fqdn;
    if (config->has_proxy) {
        s->own_proxy_host = config->proxy.host;
        s->own_proxy_port = config->proxy.port;
        s->own_proxy_basic = config->proxy.basic_in_cleartext;
    }
}

static wck_status admit(patient *p, const wck_server_config *c, wck_error *err)
{
    wck_probe_server *s = &p->server;
    bool http = strncmp(c->source, "http://", 7) == 0 || strncmp(c->source, "https://", 8) == 0;
    wck_status status;

    s->url = http ? c->source : NULL;
    s->admin = c->api != WCK_API_SYNC;
    s->auth_kind = c->auth_kind;
    s->user = c->auth_user;
    s->password = &p->password;
    s->proxy_url = c->proxy_url;
    s->proxy_user = c->proxy_user;
    s->proxy_password = &p->proxy_password;
    s->proxy_basic = c->proxy_basic;
    s->ca_file = c->ca_file;
    s->crl_file = c->crl_file;
    s->root = c->parent == NULL;
    status = cli_read_password(c->auth_password_env, c->auth_password_file, &p->password, err);
    return status == WCK_OK
               ? cli_read_password(c->proxy_password_env, c->proxy_password_file, &p->proxy_password, err)
               : status;
}

static const wck_server_config *configured(const cli *c, const char *name)
{
    for (size_t i = 0; c->config != NULL && i < c->config->servers.n; i++)
        if (strcmp(c->config->servers.items[i].name, name) == 0)
            return &c->config->servers.items[i];
    return NULL;
}

static bool wanted(const cli *c, const char *name, const char *path)
{
    for (size_t i = 0; i < c->args.n; i++)
        if (strcmp(c->args.items[i], name) == 0 || (path != NULL && strcmp(c->args.items[i], path) == 0))
            return true;
    return c->args.n == 0;
}

static wck_status add_patient(cli *c, ward *w, const char *name, const wck_node *node)
{
    const wck_server_config *config = configured(c, name);
    patient *p;

    if (!wanted(c, name, node != NULL ? node->path : NULL))
        return WCK_OK;
    p = &w->patients[w->n++];
    p->server =
        (wck_probe_server){.name = name, .upstream_port = WCK_INT_NONE, .own_proxy_port = WCK_INT_NONE};
    p->seen = wck_diagnosis_new();
    if (p->seen == NULL)
        return wck_fail_memory(&c->err, "looking at servers");
    if (config != NULL && admit(p, config, &c->err) != WCK_OK)
        return c->err.status;
    if (node != NULL)
        from_snapshot(&p->server, node);
    return WCK_OK;
}

/* Servers with snapshots in tree order, then those that are only configured. */
static wck_status gather(cli *c, const wck_tree *tree, ward *w)
{
    size_t known = tree != NULL ? tree->n : 0, configs = c->config != NULL ? c->config->servers.n : 0;
    wck_status status = WCK_OK;

    w->patients = calloc(known + configs + 1, sizeof *w->patients);
    if (w->patients == NULL)
        return wck_fail_memory(&c->err, "looking at servers");
    for (size_t i = 0; i < known && status == WCK_OK; i++)
        status = add_patient(c, w, tree->nodes[i]->name, tree->nodes[i]);
    for (size_t i = 0; i < configs && status == WCK_OK; i++)
        if (tree == NULL || wck_tree_find(tree, c->config->servers.items[i].name) == NULL)
            status = add_patient(c, w, c->config->servers.items[i].name, NULL);
    return status;
}

static wck_status check_names(cli *c, const wck_tree *tree)
{
    char name[120];

    for (size_t i = 0; i < c->args.n; i++) {
        if (configured(c, c->args.items[i]) != NULL ||
            (tree != NULL && wck_tree_find(tree, c->args.items[i]) != NULL))
            continue;
        wck_fail(&c->err, WCK_E_NOT_FOUND, "could not look at server \"%s\": it is not known",
                 wck_quote_short(name, sizeof name, c->args.items[i], 60));
        return wck_fail_hint(&c->err, "Add it under \"servers\" in wsusck.json.");
    }
    return WCK_OK;
}

/* ---- what the last snapshots say ---- */

static bool concerns_synchronization(const wck_finding *f)
{
    return (f->rule >= 6000 && f->rule < 9000) || f->rule == 2008 || f->rule == 9006;
}

/* What was just seen live is not told a second time from the snapshot. */
static bool seen_live(const wck_diagnosis *d, int rule)
{
    for (size_t i = 0; i < d->looks.n; i++)
        if (d->looks.items[i].step != WCK_LOOK_SNAPSHOT && d->looks.items[i].rule == rule)
            return true;
    return false;
}

static void add_findings(wck_diagnosis *d, const wck_report *report, const char *name)
{
    const char *path = NULL;

    for (size_t i = 0; i < report->servers.n && path == NULL; i++)
        if (report->servers.items[i].name != NULL && strcmp(report->servers.items[i].name, name) == 0)
            path = report->servers.items[i].path;
    for (size_t i = 0; path != NULL && i < report->findings.n; i++) {
        const wck_finding *f = &report->findings.items[i];
        wck_look *look;
        char seen[300];
        if (strcmp(f->server, path) != 0 || !concerns_synchronization(f) || seen_live(d, f->rule) ||
            f->result == WCK_RESULT_WAIVED)
            continue;
        look = wck_diagnosis_add(d, name, WCK_LOOK_SNAPSHOT, f->slug,
                                 f->result == WCK_RESULT_UNKNOWN       ? WCK_LOOK_UNKNOWN
                                 : f->severity == WCK_SEVERITY_ERROR   ? WCK_LOOK_FAIL
                                 : f->severity == WCK_SEVERITY_WARNING ? WCK_LOOK_WARNING
                                                                       : WCK_LOOK_NOTE,
                                 f->rule, "%s%s%s", f->message, f->actual != NULL ? ": " : "",
                                 f->actual != NULL ? wck_quote_short(seen, sizeof seen, f->actual, 200) : "");
        wck_look_explain(d, look, NULL, f->remedy);
    }
}

/* No finding would read as "safe". */
static void add_build(wck_diagnosis *d, const wck_tree *tree, const char *name)
{
    const wck_node *node = wck_tree_find(tree, name);
    wck_look *look;

    if (node == NULL || wck_build_is_judged(node->now->head))
        return;
    look = wck_diagnosis_add(d, name, WCK_LOOK_SNAPSHOT, wck_rule_find(8004)->slug, WCK_LOOK_NOTE, 8004,
                             "not known: the snapshot tells no build that the table of fixes has");
    wck_look_explain(d, look, NULL, "Read the build on the server with Export-WsusSnapshot.ps1 -HostFacts.");
}

static wck_status together(cli *c, ward *w, const wck_tree *tree, const wck_report *report, wck_diagnosis *all)
{
    for (size_t i = 0; i < w->n; i++) {
        patient *p = &w->patients[i];
        if (p->status != WCK_OK) {
            c->err = p->err;
            return p->status;
        }
        if (report != NULL)
            add_findings(p->seen, report, p->server.name);
        if (tree != NULL)
            add_build(p->seen, tree, p->server.name);
        if (wck_diagnosis_append(all, p->seen, &c->err) != WCK_OK)
            return c->err.status;
    }
    return WCK_OK;
}

static wck_status show(cli *c, const wck_diagnosis *all)
{
    wck_text_style style = {.color = cli_color(c)};
    wck_status status;
    wck_buf out;

    wck_buf_init(&out, SIZE_MAX / 4);
    status = strcmp(format, "json") == 0 ? wck_codec_put_diagnosis(&out, all, &c->err)
                                         : wck_emit_diagnosis_text(&out, all, &style, &c->err);
    if (status == WCK_OK)
        status = cli_put_result(c, &out);
    wck_buf_clear(&out);
    return status;
}

static void discharge(ward *w)
{
    for (size_t i = 0; i < w->n; i++) {
        wck_diagnosis_free(w->patients[i].seen);
        wck_secret_clear(&w->patients[i].password);
        wck_secret_clear(&w->patients[i].proxy_password);
    }
    free(w->patients);
}

/* Of the servers that were asked for only, and only what needs no row of an update. Names that are not in the store are
 * configured only: there is no snapshot of them to judge. */
static wck_status check_known(cli *c, const wck_tree *tree, wck_report **report)
{
    const char **known = calloc(c->args.n + 1, sizeof *known);
    wck_check_options look = {.now = WCK_TIME_NONE, .heads_only = true};
    wck_status status = WCK_OK;
    size_t n = 0;

    if (known == NULL)
        return wck_fail_memory(&c->err, "looking at servers");
    for (size_t i = 0; i < c->args.n; i++)
        if (wck_tree_find(tree, c->args.items[i]) != NULL)
            known[n++] = c->args.items[i];
    if (n > 0 || c->args.n == 0)
        status = cli_check_with(c, tree, known, n, look, 1, report);
    free(known);
    return status;
}

/* No store yet is no error: the network can be looked at before the first collect. */
static wck_status load(cli *c, wck_tree **tree, wck_report **report)
{
    wck_status status = cli_load_config(c);

    if (status != WCK_OK)
        return status;
    status = cli_load_tree(c, tree);
    if (status == WCK_E_NOT_FOUND && c->config != NULL && c->config->servers.n > 0) {
        wck_error_clear(&c->err);
        return WCK_OK;
    }
    return status == WCK_OK ? check_known(c, *tree, report) : status;
}

static int run(cli *c)
{
    ward w = {.options = {.timeout_ms = (unsigned)timeout_s * 1000,
                          .here = here,
                          .microsoft = !no_microsoft,
                          .progress = step,
                          .canceled = &cli_canceled}};
    wck_diagnosis *all = wck_diagnosis_new();
    wck_report *report = NULL;
    wck_tree *tree = NULL;
    int code = EXIT_FAILED;
    wck_status status =
        all != NULL ? load(c, &tree, &report) : wck_fail_memory(&c->err, "looking at servers");

    if (status == WCK_OK)
        status = check_names(c, tree);
    if (status == WCK_OK)
        status = gather(c, tree, &w);
    if (status == WCK_OK) {
        cli_run_workers(&(cli_workers){.n = w.n, .jobs = jobs, .each = each_patient, .payload = &w});
        progress_end();
        status =
            cli_canceled ? wck_fail(&c->err, WCK_E_CANCELED, "interrupted") : together(c, &w, tree, report, all);
    }
    if (status == WCK_OK)
        status = show(c, all);
    if (status == WCK_OK)
        code = wck_diagnosis_exit(all);
    discharge(&w);
    wck_diagnosis_free(all);
    wck_report_free(report);
    wck_tree_free(tree);
    return status == WCK_OK ? code : cli_fail(c);
}

const command cmd_doctor = {"doctor", "[SERVER…]",
                            "look at what synchronization needs: names, ports, proxy, TLS, services", options,
                            run};
