/* SPDX-License-Identifier: MIT
 * rows_server.c: rows of servers, edges, coverage, counts and synchronizations. */
#include "publish/rows.h"

#include <string.h>

/* Listed rows of a section that was not read are not "none". */
static int64_t counted(const wck_report_server *s, wck_section section, size_t n)
{
    return s->coverage[section].state >= WCK_COVERAGE_PARTIAL ? (int64_t)n : WCK_INT_NONE;
}

static void put_counts(wck_pub_row *row, const wck_report_server *s)
{
    wck_fill_int(row, WCK_COL_server_updates, counted(s, WCK_SECTION_UPDATES, s->updates));
    wck_fill_text(row, WCK_COL_server_updates_coverage,
                  wck_coverage_name(s->coverage[WCK_SECTION_UPDATES].state));
    wck_fill_int(row, WCK_COL_server_approvals, counted(s, WCK_SECTION_APPROVALS, s->approvals));
    wck_fill_text(row, WCK_COL_server_approvals_coverage,
                  wck_coverage_name(s->coverage[WCK_SECTION_APPROVALS].state));
    wck_fill_int(row, WCK_COL_server_declined, counted(s, WCK_SECTION_DECLINED, s->declined));
    wck_fill_text(row, WCK_COL_server_declined_coverage,
                  wck_coverage_name(s->coverage[WCK_SECTION_DECLINED].state));
    wck_fill_int(row, WCK_COL_server_groups_listed, counted(s, WCK_SECTION_GROUPS, s->groups));
    wck_fill_int(row, WCK_COL_server_categories, counted(s, WCK_SECTION_CATEGORIES, s->categories));
    wck_fill_int(row, WCK_COL_server_languages_enabled,
                 counted(s, WCK_SECTION_LANGUAGES, s->languages_enabled));
    wck_fill_count(row, WCK_COL_server_errors, s->errors);
    wck_fill_count(row, WCK_COL_server_warnings, s->warnings);
    wck_fill_count(row, WCK_COL_server_notes, s->notes);
    wck_fill_count(row, WCK_COL_server_unknown, s->unknown);
    wck_fill_count(row, WCK_COL_server_waived, s->waived);
}

wck_status wck_rows_server(wck_publishing *w, size_t place)
{
    const wck_report_server *s = &w->report->servers.items[place];
    const wck_node *node = w->nodes[place];
    wck_pub_row *row = wck_publish_row(w, WCK_TABLE_server);
    char digest[WCK_DIGEST_HEX], basis[WCK_BASIS_TEXT];

    wck_fill_text(row, WCK_COL_server_server, s->name);
    wck_fill_text(row, WCK_COL_server_path, s->path);
    wck_fill_text(row, WCK_COL_server_parent, node->parent != NULL ? node->parent->name : NULL);
    wck_fill_text(row, WCK_COL_server_mode, wck_mode_name(s->mode));
    wck_fill_guid(row, WCK_COL_server_server_id, s->server_id);
    wck_fill_text(row, WCK_COL_server_version, s->version);
    wck_fill_text(row, WCK_COL_server_source, s->source);
    wck_fill_text(row, WCK_COL_server_snapshot_id, s->snapshot_id);
    wck_fill_text(row, WCK_COL_server_digest, wck_digest_format(digest, &s->digest));
    wck_fill_time(row, WCK_COL_server_collected_at, s->collected_at);
    wck_fill_time(row, WCK_COL_server_last_good_sync, s->last_good_sync);
    put_counts(row, s);
    wck_fill_text(row, WCK_COL_server_basis, wck_rows_basis(basis, node));
    wck_fill_time(row, WCK_COL_server_looked_at, w->report->checked_at);
    return wck_publish_put_row(w);
}

wck_status wck_rows_coverage(wck_publishing *w, size_t place)
{
    const wck_report_server *s = &w->report->servers.items[place];
    wck_status status = WCK_OK;

    for (int k = 0; k < WCK_SECTION_COUNT && status == WCK_OK; k++) {
        wck_pub_row *row = wck_publish_row(w, WCK_TABLE_coverage);
        wck_fill_text(row, WCK_COL_coverage_server, s->name);
        wck_fill_text(row, WCK_COL_coverage_section, wck_section_name((wck_section)k));
        wck_fill_text(row, WCK_COL_coverage_state, wck_coverage_name(s->coverage[k].state));
        wck_fill_text(row, WCK_COL_coverage_reason, s->coverage[k].reason);
        status = wck_publish_put_row(w);
    }
    return status;
}

static bool read_whole(const wck_node *node, wck_section section)
{
    return node->now->head->coverage[section].state == WCK_COVERAGE_COMPLETE;
}

/* By the digests of what both must share. Lists that were read in part may differ for that
 * alone. */
static int8_t equal(const wck_node *up, const wck_node *down, const wck_section *sections, size_t n)
{
    bool same = true;

    for (size_t i = 0; i < n; i++) {
        if (!read_whole(up, sections[i]) || !read_whole(down, sections[i]))
            return WCK_BOOL_NONE;
        same = same && wck_digest_eq(&up->now->section[sections[i]], &down->now->section[sections[i]]);
    }
    return same;
}

wck_status wck_rows_edge(wck_publishing *w, size_t place)
{
    /* the first three are cut into partitions together, so they have one digest (reader.h) */
    static const wck_section lists[] = {WCK_SECTION_UPDATES, WCK_SECTION_DECLINED, WCK_SECTION_APPROVALS},
                             groups[] = {WCK_SECTION_GROUPS};
    const wck_node *node = w->nodes[place], *parent = node->parent;
    wck_pub_row *row;

    if (parent == NULL)
        return WCK_OK;
    row = wck_publish_row(w, WCK_TABLE_edge);
    wck_fill_text(row, WCK_COL_edge_server, node->name);
    wck_fill_text(row, WCK_COL_edge_parent, parent->name);
    wck_fill_text(row, WCK_COL_edge_mode, wck_mode_name(node->mode));
    wck_fill_int(row, WCK_COL_edge_depth, node->depth);
    wck_fill_bool(row, WCK_COL_edge_lists_equal, equal(parent, node, lists, sizeof lists / sizeof *lists));
    wck_fill_bool(row, WCK_COL_edge_groups_equal,
                  equal(parent, node, groups, sizeof groups / sizeof *groups));
    wck_fill_time(row, WCK_COL_edge_parent_collected_at, parent->now->head->server.collected_at);
    wck_fill_time(row, WCK_COL_edge_collected_at, node->now->head->server.collected_at);
    return wck_publish_put_row(w);
}

wck_status wck_rows_count(wck_publishing *w, size_t place)
{
    const wck_report_server *s = &w->report->servers.items[place];
    wck_pub_row *row = wck_publish_row(w, WCK_TABLE_count_history);

    wck_fill_text(row, WCK_COL_count_history_server, s->name);
    wck_fill_time(row, WCK_COL_count_history_looked_at, w->report->checked_at);
    wck_fill_bool(row, WCK_COL_count_history_whole, w->options->only == NULL);
    wck_fill_time(row, WCK_COL_count_history_collected_at, s->collected_at);
    wck_fill_int(row, WCK_COL_count_history_updates, counted(s, WCK_SECTION_UPDATES, s->updates));
    wck_fill_int(row, WCK_COL_count_history_approvals, counted(s, WCK_SECTION_APPROVALS, s->approvals));
    wck_fill_int(row, WCK_COL_count_history_declined, counted(s, WCK_SECTION_DECLINED, s->declined));
    wck_fill_count(row, WCK_COL_count_history_errors, s->errors);
    wck_fill_count(row, WCK_COL_count_history_warnings, s->warnings);
    wck_fill_count(row, WCK_COL_count_history_notes, s->notes);
    wck_fill_count(row, WCK_COL_count_history_unknown, s->unknown);
    wck_fill_count(row, WCK_COL_count_history_waived, s->waived);
    return wck_publish_put_row(w);
}

/* As far as a row tells it: two times are one key when they are. */
static wck_time millisecond(wck_time t)
{
    const wck_time ticks = WCK_TICKS_PER_SECOND / 1000;

    return t - (t % ticks + ticks) % ticks;
}

/* Runs stand in the order of their beginning; of several that began at once the last speaks for all, and one
 * without a beginning is none (a sentinel date of WSUS). */
wck_status wck_rows_runs(wck_publishing *w, size_t place)
{
    const wck_snapshot *head = w->nodes[place]->now->head;
    wck_status status = WCK_OK;

    for (size_t i = 0; i < head->sync_history.n && status == WCK_OK; i++) {
        const wck_sync_run *run = &head->sync_history.items[i];
        wck_pub_row *row;
        if (run->started == WCK_TIME_NONE)
            continue;
        if (i + 1 < head->sync_history.n && millisecond(run[1].started) == millisecond(run->started))
            continue;
        row = wck_publish_row(w, WCK_TABLE_sync_run);
        wck_fill_text(row, WCK_COL_sync_run_server, w->nodes[place]->name);
        wck_fill_time(row, WCK_COL_sync_run_started, run->started);
        wck_fill_time(row, WCK_COL_sync_run_ended, run->ended);
        wck_fill_text(row, WCK_COL_sync_run_result, wck_sync_result_name(run->result));
        wck_fill_text(row, WCK_COL_sync_run_started_by, wck_sync_trigger_name(run->trigger));
        wck_fill_text(row, WCK_COL_sync_run_error, run->error);
        wck_fill_text(row, WCK_COL_sync_run_error_text, run->error_text);
        wck_fill_count(row, WCK_COL_sync_run_update_errors, run->n_update_errors);
        status = wck_publish_put_row(w);
    }
    return status;
}
