/* SPDX-License-Identifier: MIT
 * snapshot.h: what one WSUS server was seen to hold, whole in memory.
 *
 * Life: wck_snapshot_new → collectors fill server, coverage, config and push rows → wck_snapshot_freeze, which puts
 * everything into canonical order → read only. Text and arrays that rows point to must be made with
 * wck_snapshot_text / wck_snapshot_array or live in snapshot->arena. */
#ifndef WCK_MODEL_SNAPSHOT_H
#define WCK_MODEL_SNAPSHOT_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "model/host.h"
#include "wck/error.h"

typedef struct wck_snapshot {
    wck_arena *arena; /* owned */
    wck_map interned; /* text -> the one copy in arena */
    bool frozen;
    wck_server server;
    wck_coverage coverage[WCK_SECTION_COUNT];
    wck_config config;
    WCK_VEC(wck_language) languages;
    WCK_VEC(wck_category) categories;
    WCK_VEC(wck_update) updates;
    WCK_VEC(wck_declined) declined;
    WCK_VEC(wck_group) groups;
    WCK_VEC(wck_approval) approvals;
    WCK_VEC(wck_eula) eulas;
    WCK_VEC(wck_sync_run) sync_history;
    WCK_VEC(wck_content_file) files;
    const char *host_json; /* canonical JSON object text, NULL = nothing known */
    const wck_host *host;  /* what codec read out of it; NULL = nothing known, or nobody read it */
} wck_snapshot;

/* Sets snapshot->host from host_json, in the snapshot's arena. Codec implements it (wck_codec_read_host) and whoever
 * opens a store hands it over, as a store may not include codec. Only short memory is a failure. */
typedef wck_status wck_host_read_fn(wck_snapshot *snapshot, wck_error *err);

/* Every optional field set to null, all coverage absent. NULL when memory is short. */
wck_snapshot *wck_snapshot_new(void);
void wck_snapshot_free(wck_snapshot *snapshot); /* NULL is fine */

/* One interned copy of the text; NULL in gives NULL out. *failed is set when memory is short (may be NULL). */
const char *wck_snapshot_text(wck_snapshot *snapshot, const char *text);
const char *wck_snapshot_text_n(wck_snapshot *snapshot, const char *text, size_t len);

/* Push a row with every optional field null. The pointer is valid until the next add of the same kind.
 * NULL when memory is short. */
wck_language *wck_snapshot_add_language(wck_snapshot *snapshot);
wck_category *wck_snapshot_add_category(wck_snapshot *snapshot);
wck_update *wck_snapshot_add_update(wck_snapshot *snapshot);
wck_declined *wck_snapshot_add_declined(wck_snapshot *snapshot);
wck_group *wck_snapshot_add_group(wck_snapshot *snapshot);
wck_approval *wck_snapshot_add_approval(wck_snapshot *snapshot);
wck_eula *wck_snapshot_add_eula(wck_snapshot *snapshot);
wck_sync_run *wck_snapshot_add_sync_run(wck_snapshot *snapshot);
wck_content_file *wck_snapshot_add_file(wck_snapshot *snapshot);

void wck_snapshot_set_coverage(wck_snapshot *snapshot, wck_section section, wck_coverage_state state,
                               const char *reason);

/* Canonical form: sets sorted and deduplicated, rows sorted by their key and then by every field, exact duplicates
 * dropped; where the document's key allows one row (languages, categories, updates, declined, groups, eulas, files)
 * the first in that total order stays (categories: the highest revision). Independent of the order of input. */
wck_status wck_snapshot_freeze(wck_snapshot *snapshot, wck_error *err);

/* Enum <-> text of the documents. parse: false for an unlisted word. */
/* Does an update that wants protocol `wanted` stay away from a server that speaks `spoken` ("1.20" > "1.8")?
 * MS-WSUSSS 3.1.4.5. false when one of them is NULL or not of that form. */
bool wck_protocol_newer(const char *wanted, const char *spoken);

const char *wck_section_name(wck_section section);
bool wck_section_parse(wck_section *out, const char *text);
const char *wck_coverage_name(wck_coverage_state state); /* "complete", "partial", "unknown"; absent gives "unknown" */
bool wck_coverage_parse(wck_coverage_state *out, const char *text);
const char *wck_mode_name(wck_mode mode);
bool wck_mode_parse(wck_mode *out, const char *text);
const char *wck_category_kind_name(wck_category_kind kind);
bool wck_category_kind_parse(wck_category_kind *out, const char *text);
const char *wck_update_type_name(wck_update_type type);
bool wck_update_type_parse(wck_update_type *out, const char *text);
const char *wck_update_state_name(wck_update_state state);
bool wck_update_state_parse(wck_update_state *out, const char *text);
const char *wck_sync_result_name(wck_sync_result result);
bool wck_sync_result_parse(wck_sync_result *out, const char *text);
const char *wck_sync_trigger_name(wck_sync_trigger trigger);
bool wck_sync_trigger_parse(wck_sync_trigger *out, const char *text);
const char *wck_file_state_name(wck_file_state state);
bool wck_file_state_parse(wck_file_state *out, const char *text);
/* "install", "uninstall", "scan", "block" or "other:N"; buffer of WCK_ACTION_TEXT bytes. */
enum { WCK_ACTION_TEXT = 32 };
const char *wck_action_format(char *out, int64_t action);
bool wck_action_parse(int64_t *out, const char *text);

#endif
