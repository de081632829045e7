/* SPDX-License-Identifier: MIT
 * snapshot.c: rows go in in any order and come out canonical.
 *
 * Every row type has one total order: first its document key, then every other field. Sorting by it makes the result
 * independent of the order of input, and lets exact duplicates be dropped by looking at the neighbour. */
#include "model/snapshot.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

wck_snapshot *wck_snapshot_new(void)
{
    wck_snapshot *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->arena = wck_arena_new();
    if (s->arena == NULL) {
        free(s);
        return NULL;
    }
    s->server.name = "";
    s->server.collected_at = s->server.server_time = WCK_TIME_NONE;
    s->config.sync_from_microsoft_update = s->config.catalog_only_sync = WCK_BOOL_NONE;
    s->config.lazy_sync = s->config.content_on_microsoft_update = WCK_BOOL_NONE;
    s->config.upstream.ssl = s->config.upstream.replica = WCK_BOOL_NONE;
    s->config.upstream.port = s->config.proxy.port = WCK_INT_NONE;
    s->config.schedule.automatic = s->config.proxy.basic_in_cleartext = WCK_BOOL_NONE;
    s->config.schedule.per_day = WCK_INT_NONE;
    s->config.next_sync = WCK_TIME_NONE;
    s->config.retries = s->config.retry_wait_minutes = s->config.max_updates_per_request = WCK_INT_NONE;
    return s;
}

void wck_snapshot_free(wck_snapshot *s)
{
    if (s == NULL)
        return;
    wck_vec_clear(&s->languages);
    wck_vec_clear(&s->categories);
    wck_vec_clear(&s->updates);
    wck_vec_clear(&s->declined);
    wck_vec_clear(&s->groups);
    wck_vec_clear(&s->approvals);
    wck_vec_clear(&s->eulas);
    wck_vec_clear(&s->sync_history);
    wck_vec_clear(&s->files);
    wck_map_clear(&s->interned);
    wck_arena_free(s->arena);
    free(s);
}

const char *wck_snapshot_text_n(wck_snapshot *s, const char *text, size_t len)
{
    bool added;
    char *copy;
    wck_map_entry *entry;

    if (text == NULL)
        return NULL;
    entry = wck_map_find(&s->interned, text, len);
    if (entry != NULL)
        return entry->key;
    copy = wck_arena_strndup(s->arena, text, len);
    if (copy == NULL)
        return NULL;
    entry = wck_map_put(&s->interned, copy, len, &added);
    return entry == NULL ? NULL : copy;
}

const char *wck_snapshot_text(wck_snapshot *s, const char *text)
{
    return text == NULL ? NULL : wck_snapshot_text_n(s, text, strlen(text));
}

wck_language *wck_snapshot_add_language(wck_snapshot *s)
{
    return wck_vec_push(&s->languages);
}

wck_category *wck_snapshot_add_category(wck_snapshot *s)
{
    return wck_vec_push(&s->categories);
}

wck_update *wck_snapshot_add_update(wck_snapshot *s)
{
    wck_update *row = wck_vec_push(&s->updates);

    if (row != NULL) {
        row->deployable = WCK_BOOL_NONE;
        row->created = row->arrived = WCK_TIME_NONE;
        row->needed_by = WCK_INT_NONE;
    }
    return row;
}

wck_declined *wck_snapshot_add_declined(wck_snapshot *s)
{
    wck_declined *row = wck_vec_push(&s->declined);

    if (row != NULL) {
        row->revision = WCK_INT_NONE;
        row->time = WCK_TIME_NONE;
    }
    return row;
}

wck_group *wck_snapshot_add_group(wck_snapshot *s)
{
    return wck_vec_push(&s->groups);
}

wck_approval *wck_snapshot_add_approval(wck_snapshot *s)
{
    wck_approval *row = wck_vec_push(&s->approvals);

    if (row != NULL) {
        row->deadline = row->go_live = row->changed = WCK_TIME_NONE;
        row->assigned = WCK_BOOL_NONE;
        row->priority = WCK_INT_NONE;
    }
    return row;
}

wck_eula *wck_snapshot_add_eula(wck_snapshot *s)
{
    wck_eula *row = wck_vec_push(&s->eulas);

    if (row != NULL)
        row->accepted = WCK_TIME_NONE;
    return row;
}

wck_sync_run *wck_snapshot_add_sync_run(wck_snapshot *s)
{
    wck_sync_run *row = wck_vec_push(&s->sync_history);

    if (row != NULL)
        row->started = row->ended = WCK_TIME_NONE;
    return row;
}

wck_content_file *wck_snapshot_add_file(wck_snapshot *s)
{
    return wck_vec_push(&s->files);
}

void wck_snapshot_set_coverage(wck_snapshot *s, wck_section section, wck_coverage_state state, const char *reason)
{
    s->coverage[section].state = state;
    s->coverage[section].reason = wck_snapshot_text(s, reason);
}

/* Comparers: the first difference decides. */
#define STEP(expr)                                                                                             \
    do {                                                                                                       \
        int c_ = (expr);                                                                                       \
        if (c_ != 0)                                                                                           \
            return c_;                                                                                         \
    } while (0)

static int cmp_int(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int cmp_text(const char *a, const char *b)
{
    if (a == b)
        return 0;
    if (a == NULL || b == NULL)
        return a == NULL ? -1 : 1;
    return strcmp(a, b);
}

static int cmp_guids(const wck_guids *a, const wck_guids *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++)
        STEP(wck_guid_cmp(a->items[i], b->items[i]));
    return cmp_int((int64_t)a->n, (int64_t)b->n);
}

static int cmp_strings(const wck_strings *a, const wck_strings *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++)
        STEP(cmp_text(a->items[i], b->items[i]));
    return cmp_int((int64_t)a->n, (int64_t)b->n);
}

static int cmp_identity(const wck_identity *a, const wck_identity *b)
{
    STEP(wck_guid_cmp(a->id, b->id));
    return cmp_int(a->revision, b->revision);
}

static int cmp_file_ref(const wck_file_ref *a, const wck_file_ref *b)
{
    STEP(memcmp(a->digest, b->digest, sizeof a->digest));
    STEP(cmp_text(a->name, b->name));
    return cmp_int(a->size, b->size);
}

static int cmp_language(const void *pa, const void *pb)
{
    const wck_language *a = pa, *b = pb;

    STEP(cmp_int(a->id, b->id));
    STEP(cmp_text(a->code, b->code));
    STEP(cmp_text(a->name, b->name));
    return cmp_int(b->enabled, a->enabled);
}

static int cmp_category(const void *pa, const void *pb)
{
    const wck_category *a = pa, *b = pb;

    STEP(wck_guid_cmp(a->id, b->id));
    STEP(cmp_int(b->revision, a->revision)); /* highest first: it stays */
    STEP(cmp_int((int64_t)a->kind, (int64_t)b->kind));
    STEP(cmp_text(a->title, b->title));
    return wck_guid_cmp(a->parent, b->parent);
}

static int cmp_update_lists(const wck_update *a, const wck_update *b)
{
    STEP(cmp_int(a->languages_known, b->languages_known));
    STEP(cmp_strings(&a->languages, &b->languages));
    STEP(cmp_strings(&a->kb, &b->kb));
    STEP(cmp_strings(&a->bulletins, &b->bulletins));
    STEP(cmp_guids(&a->products, &b->products));
    STEP(cmp_guids(&a->supersedes, &b->supersedes));
    for (size_t i = 0; i < a->bundles.n && i < b->bundles.n; i++)
        STEP(cmp_identity(&a->bundles.items[i], &b->bundles.items[i]));
    STEP(cmp_int((int64_t)a->bundles.n, (int64_t)b->bundles.n));
    for (size_t i = 0; i < a->n_prerequisites && i < b->n_prerequisites; i++)
        STEP(cmp_guids(&a->prerequisites[i], &b->prerequisites[i]));
    STEP(cmp_int((int64_t)a->n_prerequisites, (int64_t)b->n_prerequisites));
    for (size_t i = 0; i < a->n_files && i < b->n_files; i++)
        STEP(cmp_file_ref(&a->files[i], &b->files[i]));
    return cmp_int((int64_t)a->n_files, (int64_t)b->n_files);
}

static int cmp_update(const void *pa, const void *pb)
{
    const wck_update *a = pa, *b = pb;

    STEP(wck_guid_cmp(a->id, b->id));
    STEP(cmp_int(a->revision, b->revision));
    STEP(cmp_int((int64_t)b->type, (int64_t)a->type));
    STEP(cmp_int((int64_t)b->state, (int64_t)a->state));
    STEP(cmp_int(b->deployable, a->deployable));
    STEP(wck_guid_cmp(b->classification, a->classification));
    STEP(wck_guid_cmp(b->eula, a->eula));
    STEP(cmp_int(a->created, b->created));
    STEP(cmp_int(a->arrived, b->arrived));
    STEP(cmp_int(b->needed_by, a->needed_by));
    STEP(cmp_text(a->title, b->title));
    STEP(cmp_text(a->severity, b->severity));
    STEP(cmp_text(a->compatible_protocol_version, b->compatible_protocol_version));
    return cmp_update_lists(a, b);
}

static int cmp_declined(const void *pa, const void *pb)
{
    const wck_declined *a = pa, *b = pb;

    STEP(wck_guid_cmp(a->id, b->id));
    STEP(cmp_int(b->time, a->time)); /* the latest decline stays */
    STEP(cmp_int(b->revision, a->revision));
    return cmp_text(a->admin, b->admin);
}

static int cmp_group(const void *pa, const void *pb)
{
    const wck_group *a = pa, *b = pb;

    STEP(wck_guid_cmp(a->id, b->id));
    STEP(cmp_text(a->name, b->name));
    return wck_guid_cmp(b->parent, a->parent);
}

static int cmp_approval(const void *pa, const void *pb)
{
    const wck_approval *a = pa, *b = pb;

    STEP(wck_guid_cmp(a->update, b->update));
    STEP(wck_guid_cmp(a->group, b->group));
    STEP(cmp_int(a->revision, b->revision));
    STEP(wck_guid_cmp(a->deployment, b->deployment));
    STEP(cmp_int(a->action, b->action));
    STEP(cmp_int(a->deadline, b->deadline));
    STEP(cmp_int(a->go_live, b->go_live));
    STEP(cmp_int(a->assigned, b->assigned));
    STEP(cmp_int(a->priority, b->priority));
    STEP(cmp_int(a->changed, b->changed));
    return cmp_text(a->admin, b->admin);
}

static int cmp_eula(const void *pa, const void *pb)
{
    const wck_eula *a = pa, *b = pb;

    STEP(wck_guid_cmp(a->id, b->id));
    STEP(wck_guid_cmp(b->update, a->update));
    STEP(cmp_int(b->accepted, a->accepted));
    return cmp_text(a->admin, b->admin);
}

static int cmp_update_error(const void *pa, const void *pb)
{
    const wck_update_error *a = pa, *b = pb;

    STEP(wck_guid_cmp(a->update, b->update));
    STEP(cmp_text(a->error, b->error));
    return cmp_text(a->text, b->text);
}

static int cmp_sync_run(const void *pa, const void *pb)
{
    const wck_sync_run *a = pa, *b = pb;

    STEP(cmp_int(a->started, b->started));
    STEP(cmp_int(a->ended, b->ended));
    STEP(cmp_int((int64_t)a->result, (int64_t)b->result));
    STEP(cmp_int((int64_t)a->trigger, (int64_t)b->trigger));
    STEP(cmp_text(a->error, b->error));
    STEP(cmp_text(a->error_text, b->error_text));
    for (size_t i = 0; i < a->n_update_errors && i < b->n_update_errors; i++)
        STEP(cmp_update_error(&a->update_errors[i], &b->update_errors[i]));
    return cmp_int((int64_t)a->n_update_errors, (int64_t)b->n_update_errors);
}

static int cmp_content_file(const void *pa, const void *pb)
{
    const wck_content_file *a = pa, *b = pb;

    STEP(memcmp(a->digest, b->digest, sizeof a->digest));
    return cmp_int((int64_t)b->state, (int64_t)a->state);
}

static int cmp_guid_item(const void *a, const void *b)
{
    return wck_guid_cmp(*(const wck_guid *)a, *(const wck_guid *)b);
}

static int cmp_string_item(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int cmp_identity_item(const void *a, const void *b)
{
    return cmp_identity(a, b);
}

static int cmp_file_ref_item(const void *a, const void *b)
{
    return cmp_file_ref(a, b);
}

static int cmp_guids_item(const void *a, const void *b)
{
    return cmp_guids(a, b);
}

typedef int cmp_fn(const void *a, const void *b);

/* Sort and drop items equal to their predecessor under `same`. Returns the new count. */
static size_t sort_unique(void *items, size_t n, size_t size, cmp_fn *order, cmp_fn *same)
{
    char *p = items;
    size_t kept = 1;
    bool sorted = true;

    if (n < 2)
        return n;
    for (size_t i = 1; i < n && sorted; i++)
        sorted = order(p + (i - 1) * size, p + i * size) <= 0;
    if (!sorted)
        qsort(items, n, size, order);
    for (size_t i = 1; i < n; i++) {
        if (same(p + (kept - 1) * size, p + i * size) == 0)
            continue;
        if (kept != i)
            memcpy(p + kept * size, p + i * size, size);
        kept++;
    }
    return kept;
}

#define SORT_SET(set, cmp) ((set).n = sort_unique((set).items, (set).n, sizeof *(set).items, cmp, cmp))

static int key_language(const void *a, const void *b)
{
    return cmp_int(((const wck_language *)a)->id, ((const wck_language *)b)->id);
}

static int key_category(const void *a, const void *b)
{
    return wck_guid_cmp(((const wck_category *)a)->id, ((const wck_category *)b)->id);
}

static int key_update(const void *pa, const void *pb)
{
    const wck_update *a = pa, *b = pb;

    STEP(wck_guid_cmp(a->id, b->id));
    return cmp_int(a->revision, b->revision);
}

static int key_declined(const void *a, const void *b)
{
    return wck_guid_cmp(((const wck_declined *)a)->id, ((const wck_declined *)b)->id);
}

static int key_group(const void *a, const void *b)
{
    return wck_guid_cmp(((const wck_group *)a)->id, ((const wck_group *)b)->id);
}

static int key_eula(const void *a, const void *b)
{
    return wck_guid_cmp(((const wck_eula *)a)->id, ((const wck_eula *)b)->id);
}

static int key_file(const void *a, const void *b)
{
    return memcmp(((const wck_content_file *)a)->digest, ((const wck_content_file *)b)->digest, 20);
}

static void canonical_update(wck_update *u)
{
    SORT_SET(u->kb, cmp_string_item);
    SORT_SET(u->bulletins, cmp_string_item);
    SORT_SET(u->languages, cmp_string_item);
    SORT_SET(u->products, cmp_guid_item);
    SORT_SET(u->supersedes, cmp_guid_item);
    SORT_SET(u->bundles, cmp_identity_item);
    for (size_t i = 0; i < u->n_prerequisites; i++)
        SORT_SET(u->prerequisites[i], cmp_guid_item);
    u->n_prerequisites =
        sort_unique(u->prerequisites, u->n_prerequisites, sizeof *u->prerequisites, cmp_guids_item, cmp_guids_item);
    u->n_files = sort_unique(u->files, u->n_files, sizeof *u->files, cmp_file_ref_item, cmp_file_ref_item);
    if (!u->languages_known)
        u->languages.n = 0;
}

#define SORT_ROWS(vec, order, key, what)                                                                       \
    do {                                                                                                       \
        size_t before_ = (vec).n;                                                                              \
        (vec).n = sort_unique((vec).items, (vec).n, sizeof *(vec).items, order, key);                          \
        if ((vec).n != before_)                                                                                \
            wck_log(WCK_LOG_DEBUG, "%s: %zu repeated " what " dropped", s->server.name, before_ - (vec).n);    \
    } while (0)

wck_status wck_snapshot_freeze(wck_snapshot *s, wck_error *err)
{
    if (s->frozen)
        return wck_fail(err, WCK_E_ARG, "could not freeze a snapshot twice");
    SORT_SET(s->config.selected_products, cmp_guid_item);
    SORT_SET(s->config.selected_classifications, cmp_guid_item);
    for (size_t i = 0; i < s->updates.n; i++)
        canonical_update(&s->updates.items[i]);
    for (size_t i = 0; i < s->sync_history.n; i++) {
        wck_sync_run *run = &s->sync_history.items[i];
        run->n_update_errors = sort_unique(run->update_errors, run->n_update_errors, sizeof *run->update_errors,
                                           cmp_update_error, cmp_update_error);
    }
    SORT_ROWS(s->languages, cmp_language, key_language, "languages");
    SORT_ROWS(s->categories, cmp_category, key_category, "categories");
    SORT_ROWS(s->updates, cmp_update, key_update, "updates");
    SORT_ROWS(s->declined, cmp_declined, key_declined, "declines");
    SORT_ROWS(s->groups, cmp_group, key_group, "groups");
    SORT_ROWS(s->approvals, cmp_approval, cmp_approval, "approvals");
    SORT_ROWS(s->eulas, cmp_eula, key_eula, "license agreements");
    SORT_ROWS(s->sync_history, cmp_sync_run, cmp_sync_run, "runs");
    SORT_ROWS(s->files, cmp_content_file, key_file, "files");
    s->frozen = true;
    return WCK_OK;
}
