/* SPDX-License-Identifier: MIT
 * evidence.c: does a plan still rest on what is known? (reliability.md 13) */
#include "cli/evidence.h"

#include "base/digest.h"
#include "base/fs.h"
#include "base/quote.h"
#include "wck/version.h"

#include <stdio.h>
#include <string.h>

wck_status cli_read_plan(cli *c, const char *path, wck_plan **out)
{
    char name[256];
    wck_status status;
    wck_buf text;

    wck_buf_init(&text, 512U << 20); /* a plan of a million actions */
    status = wck_fs_read(&text, path, &c->err);
    if (status == WCK_OK) {
        status = wck_codec_parse_plan(out, wck_buf_text(&text), text.len, &c->err);
        if (status != WCK_OK)
            wck_fail_prefix(&c->err, "could not read \"%s\"", wck_quote_short(name, sizeof name, path, 200));
    }
    wck_buf_clear(&text);
    return status;
}

static bool put_text(wck_hasher *hasher, const char *text)
{
    return wck_hasher_put(hasher, text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 1);
}

/* Which findings were accepted, by whom and until when, is part of the policy. */
static bool digest_waivers(const cli *c, wck_digest *out)
{
    wck_hasher *hasher = wck_hasher_new();
    bool ok = hasher != NULL;

    for (size_t i = 0; ok && c->config != NULL && i < c->config->waivers.n; i++) {
        const wck_waiver *w = &c->config->waivers.items[i];
        ok = wck_hasher_put(hasher, &w->rule, sizeof w->rule) && put_text(hasher, w->server) &&
             put_text(hasher, w->object) && put_text(hasher, w->reason) &&
             wck_hasher_put(hasher, &w->expires, sizeof w->expires);
    }
    return hasher != NULL && wck_hasher_end(hasher, out) && ok;
}

wck_status cli_plan(cli *c, const wck_tree *tree, wck_plan_policy *policy, wck_plan **out)
{
    wck_report *report = NULL;
    wck_digest waivers;
    wck_status status = cli_check(c, tree, NULL, 0, false, 0, &report);

    if (status == WCK_OK && !digest_waivers(c, &waivers))
        status = wck_fail_memory(&c->err, "planning");
    if (status == WCK_OK) {
        policy->waivers = &waivers;
        status = wck_plan_build(out, report, tree, policy, &c->err);
        policy->waivers = NULL;
    }
    wck_report_free(report);
    return status;
}

static wck_status refuse_age(cli *c, const wck_plan *plan, int64_t hours)
{
    wck_time now = wck_time_now();

    wck_time most = hours * 3600 * WCK_TICKS_PER_SECOND;

    if (plan->made_at != WCK_TIME_NONE && now - plan->made_at <= most && plan->made_at - now <= most)
        return WCK_OK; /* clocks of two machines differ, by less than that */
    if (plan->made_at == WCK_TIME_NONE)
        wck_fail(&c->err, WCK_E_INPUT, "could not use the plan: it does not say when it was made");
    else if (plan->made_at > now)
        wck_fail(&c->err, WCK_E_INPUT, "could not use the plan: it was made in the future");
    else
        wck_fail(&c->err, WCK_E_INPUT, "could not use the plan: it is older than %lld hours", (long long)hours);
    return wck_fail_hint(&c->err, "Collect again, then plan again. \"wsusck plan show\" shows it all the same.");
}

static wck_status refuse(cli *c, const char *server, const char *why)
{
    char name[200];

    wck_fail(&c->err, WCK_E_INPUT, "could not use the plan: %s of \"%s\"", why,
             wck_quote_short(name, sizeof name, server, 80));
    return wck_fail_hint(&c->err, "Plan again with \"wsusck plan\"; \"wsusck plan diff\" then shows what is different.");
}

/* *newer: some server has another snapshot with other facts. */
static wck_status compare_snapshots(cli *c, const wck_plan *plan, const wck_tree *tree, bool *newer)
{
    for (size_t i = 0; i < plan->snapshots.n; i++) {
        const wck_plan_snapshot *s = &plan->snapshots.items[i];
        const wck_node *node = wck_tree_find(tree, s->server);
        if (node == NULL) {
            *newer = true; /* gone, or moved: the plan of now tells whether that matters */
            continue;
        }
        if (!wck_guid_is_zero(s->server_id) && !wck_guid_eq(s->server_id, node->now->head->server.server_id) &&
            !wck_guid_is_zero(node->now->head->server.server_id))
            return refuse(c, s->server, "the store has another ServerId");
        *newer = *newer || !wck_digest_eq(&s->digest, &node->now->digest);
    }
    return WCK_OK;
}

static wck_status compare_actions(cli *c, const wck_plan *plan, const wck_tree *tree)
{
    wck_plan_policy policy = {.tool_version = WCK_VERSION, .now = WCK_TIME_NONE};
    const wck_plan_action *odd = NULL;
    wck_plan *now = NULL;
    size_t more = 0;
    wck_status status = cli_plan(c, tree, &policy, &now);

    if (status == WCK_OK)
        status = wck_plan_outdated(&odd, &more, plan, now, &c->err);
    if (status == WCK_OK && odd != NULL) {
        char why[200];
        snprintf(why, sizeof why, "newer snapshots ask for something else than %.20s %s", odd->id,
                 wck_action_kind_name(odd->kind));
        status = refuse(c, odd->server, why);
    } else if (status == WCK_OK && more > 0) {
        cli_warn(c, "newer snapshots ask for %zu more actions, which this plan does not have", more);
    }
    wck_plan_free(now);
    return status;
}

wck_status cli_plan_usable(cli *c, const wck_plan *plan, int64_t max_age_hours, bool quietly)
{
    wck_tree *tree = NULL;
    bool newer = false;
    wck_status status = refuse_age(c, plan, max_age_hours);

    if (status != WCK_OK || plan->actions.n == 0)
        return status;
    if (cli_load_tree(c, &tree) != WCK_OK) {
        char why[300];
        snprintf(why, sizeof why, "%.290s", c->err.text);
        if (!quietly)
            cli_warn(c, "the plan was not compared with newer snapshots: %s", why);
        wck_error_clear(&c->err);
        return WCK_OK;
    }
    status = compare_snapshots(c, plan, tree, &newer);
    if (status == WCK_OK && newer)
        status = compare_actions(c, plan, tree);
    wck_tree_free(tree);
    return status;
}
