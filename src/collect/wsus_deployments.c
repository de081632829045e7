/* SPDX-License-Identifier: MIT
 * wsus_deployments.c: GetDeployments (protocol.md 5.5). Groups, declined updates and EULAs come whole every time,
 * deployments and dead deployments since the anchor. Rows go from the socket straight into row arrays, so a million
 * approvals cost the records and nothing beside them. */
#include "collect/wsus.h"

#include "base/digest.h"
#include "base/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANCHOR = 1, GROUPS, DEPLOYMENTS, DEAD, HIDDEN, EULAS, /* below the result */
    GROUP, GROUP_ID, PARENT_ID, NAME,
    DEPLOYMENT, UPDATE_ID, REVISION, ACTION, ADMIN, DEADLINE, ASSIGNED, GO_LIVE, DEPLOYMENT_ID, TARGET_ID, PRIORITY,
    GUID
};
static const char *const names[] = {
    "Anchor", "Groups", "Deployments", "DeadDeployments", "HiddenUpdates", "AcceptedEulas",
    "ServerSyncTargetGroup", "TargetGroupID", "ParentGroupId", "Name",
    "ServerSyncDeployment", "UpdateId", "RevisionNumber", "Action", "AdminName", "Deadline", "IsAssigned", "GoLiveTime",
    "DeploymentGuid", "TargetGroupId", "DownloadPriority", "guid", NULL};

typedef struct guid_list {
    wck_guid *items;
    size_t n, size;
} guid_list;

typedef struct reply_state {
    wck_run *run;
    const char *since; /* deploymentAnchor, "" for everything */
    wck_snapshot *rows; /* groups, approvals, declined, eulas of this reply; their texts live in run->snapshot */
    guid_list dead;
    bool has[EULAS + 1];
    char anchor[WCK_MAX_ANCHOR + 1];
    unsigned seen; /* bits of the child elements of the row under way */
    wck_group group;
    wck_approval approval;
} reply_state;

static void build(wck_buf *out, void *payload)
{
    const reply_state *r = payload;

    if (r->since[0] != '\0') {
        wck_buf_puts(out, "<deploymentAnchor>");
        wck_quote_xml(out, r->since);
        wck_buf_puts(out, "</deploymentAnchor>");
    }
    wck_buf_puts(out, "<syncAnchor>");
    wck_quote_xml(out, r->run->sync_anchor[0] != '\0' ? r->run->sync_anchor : r->run->category_anchor);
    wck_buf_puts(out, "</syncAnchor>");
}

static wck_status begin(void *payload, wck_error *err)
{
    reply_state *r = payload;

    wck_snapshot_free(r->rows);
    r->rows = wck_snapshot_new();
    r->dead.n = 0;
    r->anchor[0] = '\0';
    memset(r->has, 0, sizeof r->has);
    return r->rows != NULL ? WCK_OK : wck_fail_memory(err, "reading approvals");
}

static wck_status on_open(void *payload, const int *path, size_t depth, wck_error *err)
{
    reply_state *r = payload;

    (void)err;
    if (depth == 1 && path[0] >= ANCHOR && path[0] <= EULAS)
        r->has[path[0]] = true;
    if (depth != 2)
        return WCK_OK;
    r->seen = 0;
    memset(&r->group, 0, sizeof r->group);
    r->approval = (wck_approval){.deadline = WCK_TIME_NONE,
                                 .go_live = WCK_TIME_NONE,
                                 .changed = WCK_TIME_NONE,
                                 .assigned = WCK_BOOL_NONE,
                                 .priority = WCK_INT_NONE};
    return WCK_OK;
}

static wck_status check_count(size_t n, const char *what, wck_error *err)
{
    return n < WCK_MAX_ROWS ? WCK_OK
                            : wck_fail(err, WCK_E_LIMIT, "the reply lists more than %u %s", WCK_MAX_ROWS, what);
}

/* A name into the snapshot; NULL text is impossible, "" is kept. */
static wck_status keep_name(reply_state *r, const char **out, const char *element, const char *text, size_t len,
                            wck_error *err)
{
    if (len > WCK_MAX_NAME)
        return wck_fail(err, WCK_E_LIMIT, "the reply holds a %s of more than %u bytes", element, WCK_MAX_NAME);
    *out = wck_snapshot_text_n(r->run->snapshot, text, len);
    return *out != NULL ? WCK_OK : wck_fail_memory(err, "reading approvals");
}

static bool has(const reply_state *r, int element)
{
    return (r->seen & 1U << element) != 0;
}

static wck_status group_field(reply_state *r, int element, const char *text, size_t len, wck_error *err)
{
    r->seen |= 1U << element;
    switch (element) {
    case GROUP_ID:
        return wck_value_guid(&r->group.id, text, len) ? WCK_OK : wck_value_bad(err, "TargetGroupID", text);
    case PARENT_ID: /* the zero GUID is "root", as is no element at all */
        return len == 0 || wck_value_guid(&r->group.parent, text, len) ? WCK_OK
                                                                        : wck_value_bad(err, "ParentGroupId", text);
    case NAME:
        return keep_name(r, &r->group.name, "Name", text, len, err);
    default:
        return WCK_OK;
    }
}

static wck_status end_group(reply_state *r, wck_error *err)
{
    wck_status status = check_count(r->rows->groups.n, "groups", err);
    wck_group *row;

    if (status != WCK_OK)
        return status;
    if (!has(r, GROUP_ID) || !has(r, NAME))
        return wck_fail(err, WCK_E_INPUT, "the reply holds a group without id or name");
    row = wck_snapshot_add_group(r->rows);
    if (row == NULL)
        return wck_fail_memory(err, "reading groups");
    *row = r->group;
    return WCK_OK;
}

static wck_status deployment_field(reply_state *r, int element, const char *text, size_t len, wck_error *err)
{
    wck_approval *a = &r->approval;
    bool valid = true;

    r->seen |= 1U << element;
    switch (element) {
    case UPDATE_ID:
        valid = wck_value_guid(&a->update, text, len);
        break;
    case REVISION:
        valid = wck_value_int(&a->revision, text, len) && a->revision >= 0;
        break;
    case ACTION: /* any code is kept: unknown ones are their own class (protocol.md 5.5) */
        valid = wck_value_int(&a->action, text, len) && a->action >= 0;
        break;
    case ADMIN:
        return keep_name(r, &a->admin, "AdminName", text, len, err);
    case DEADLINE:
        valid = len == 0 || wck_value_time(&a->deadline, text, len);
        break;
    case GO_LIVE:
        valid = len == 0 || wck_value_time(&a->go_live, text, len);
        break;
    case ASSIGNED:
        valid = wck_value_bool(&a->assigned, text, len);
        break;
    case DEPLOYMENT_ID:
        valid = wck_value_guid(&a->deployment, text, len);
        break;
    case TARGET_ID:
        valid = wck_value_guid(&a->group, text, len);
        break;
    case PRIORITY:
        valid = wck_value_int(&a->priority, text, len);
        break;
    default:
        break;
    }
    return valid ? WCK_OK : wck_value_bad(err, names[element - 1], text);
}

static wck_status end_deployment(reply_state *r, wck_error *err)
{
    wck_status status = check_count(r->rows->approvals.n, "approvals", err);
    wck_approval *row;

    if (status != WCK_OK)
        return status;
    if (!has(r, UPDATE_ID) || !has(r, REVISION) || !has(r, ACTION) || !has(r, TARGET_ID))
        return wck_fail(err, WCK_E_INPUT, "the reply holds an approval without update, revision, action or group");
    row = wck_snapshot_add_approval(r->rows);
    if (row == NULL)
        return wck_fail_memory(err, "reading approvals");
    *row = r->approval;
    if (r->rows->approvals.n % 4096 == 0)
        wck_run_progress(r->run, "approvals", r->rows->approvals.n, 0);
    return WCK_OK;
}

static wck_status add_guid(reply_state *r, int list, const char *text, size_t len, wck_error *err)
{
    size_t n = list == DEAD ? r->dead.n : list == HIDDEN ? r->rows->declined.n : r->rows->eulas.n;
    wck_status status = check_count(n, names[list - 1], err);
    wck_guid id, *place = NULL;

    if (status != WCK_OK)
        return status;
    if (!wck_value_guid(&id, text, len))
        return wck_value_bad(err, "guid", text);
    if (list == DEAD)
        place = wck_vec_push(&r->dead);
    else if (list == HIDDEN) {
        wck_declined *row = wck_snapshot_add_declined(r->rows);
        place = row != NULL ? &row->id : NULL;
    } else {
        wck_eula *row = wck_snapshot_add_eula(r->rows);
        place = row != NULL ? &row->id : NULL;
    }
    if (place == NULL)
        return wck_fail_memory(err, "reading approvals");
    *place = id;
    return WCK_OK;
}

static wck_status on_close(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err)
{
    reply_state *r = payload;

    if (depth == 3 && path[0] == DEPLOYMENTS && path[1] == DEPLOYMENT)
        return deployment_field(r, path[2], text, len, err);
    if (depth == 2 && path[0] == DEPLOYMENTS && path[1] == DEPLOYMENT)
        return end_deployment(r, err);
    if (depth == 2 && path[1] == GUID && path[0] >= DEAD && path[0] <= EULAS)
        return add_guid(r, path[0], text, len, err);
    if (depth == 3 && path[0] == GROUPS && path[1] == GROUP)
        return group_field(r, path[2], text, len, err);
    if (depth == 2 && path[0] == GROUPS && path[1] == GROUP)
        return end_group(r, err);
    if (depth != 1 || path[0] != ANCHOR)
        return WCK_OK;
    if (len > WCK_MAX_ANCHOR)
        return wck_fail(err, WCK_E_LIMIT, "the anchor is longer than %u bytes", WCK_MAX_ANCHOR);
    memcpy(r->anchor, text, len + 1);
    return WCK_OK;
}

/* ---- merging ---- */

/* A deployment is known by its GUID; by what it is about where a server sends none. */
typedef struct deployment_key {
    wck_guid deployment, update, group;
    int64_t revision;
} deployment_key;

static deployment_key key_of(const wck_approval *a)
{
    deployment_key key;

    memset(&key, 0, sizeof key);
    key.deployment = a->deployment;
    if (wck_guid_is_zero(a->deployment)) {
        key.update = a->update;
        key.group = a->group;
        key.revision = a->revision;
    }
    return key;
}

static bool is_same(const wck_approval *a, const wck_approval *b)
{
    return wck_guid_eq(a->update, b->update) && wck_guid_eq(a->group, b->group) && a->revision == b->revision &&
           a->action == b->action && a->deadline == b->deadline && a->go_live == b->go_live &&
           a->assigned == b->assigned && a->priority == b->priority && a->admin == b->admin;
}

static int cmp_guid(const void *a, const void *b)
{
    return wck_guid_cmp(*(const wck_guid *)a, *(const wck_guid *)b);
}

static bool is_dead(const guid_list *dead, const wck_approval *a)
{
    return dead->n > 0 && bsearch(&a->deployment, dead->items, dead->n, sizeof *dead->items, cmp_guid) != NULL;
}

/* Old rows that died or come again in the new list go; *changed unless the new one says the same. */
static wck_status drop_old(wck_snapshot *s, reply_state *r, const deployment_key *keys, bool *fresh, bool *changed,
                           wck_error *err)
{
    wck_map map = {0};
    size_t n = 0;

    for (size_t i = 0; i < r->rows->approvals.n; i++) {
        wck_map_entry *e = wck_map_put(&map, &keys[i], sizeof keys[i], NULL);
        if (e == NULL) {
            wck_map_clear(&map);
            return wck_fail_memory(err, "reading approvals");
        }
        e->value = &r->rows->approvals.items[i];
    }
    for (size_t i = 0; i < s->approvals.n; i++) {
        const wck_approval *old = &s->approvals.items[i], *now;
        deployment_key key = key_of(old);
        wck_map_entry *e = wck_map_find(&map, &key, sizeof key);
        if (e == NULL) {
            if (is_dead(&r->dead, old))
                *changed = true;
            else
                s->approvals.items[n++] = *old;
            continue;
        }
        now = e->value;
        fresh[now - r->rows->approvals.items] = false;
        if (!is_same(old, now))
            *changed = true;
    }
    s->approvals.n = n;
    wck_map_clear(&map);
    return WCK_OK;
}

static wck_status merge_approvals(wck_snapshot *s, reply_state *r, bool *changed, wck_error *err)
{
    size_t n = r->rows->approvals.n;
    deployment_key *keys = calloc(n + 1, sizeof *keys);
    bool *fresh = malloc(n + 1);
    wck_status status = keys == NULL || fresh == NULL ? wck_fail_memory(err, "reading approvals") : WCK_OK;

    for (size_t i = 0; i < n && status == WCK_OK; i++) {
        keys[i] = key_of(&r->rows->approvals.items[i]);
        fresh[i] = true;
    }
    if (r->dead.n > 1)
        qsort(r->dead.items, r->dead.n, sizeof *r->dead.items, cmp_guid);
    if (status == WCK_OK)
        status = drop_old(s, r, keys, fresh, changed, err);
    for (size_t i = 0; i < n && status == WCK_OK; i++) {
        wck_approval *row = wck_snapshot_add_approval(s);
        if (row == NULL)
            status = wck_fail_memory(err, "reading approvals");
        else
            *row = r->rows->approvals.items[i];
        *changed = *changed || fresh[i];
    }
    free(keys);
    free(fresh);
    return status;
}

/* Order does not count, so sums of row hashes do. */
static uint64_t hash_lists(const wck_snapshot *s)
{
    uint64_t sum = s->groups.n * 3 + s->declined.n * 5 + s->eulas.n * 7;

    for (size_t i = 0; i < s->groups.n; i++) {
        const wck_group *g = &s->groups.items[i];
        uint64_t words[3] = {wck_hash64(&g->id, sizeof g->id), wck_hash64(&g->parent, sizeof g->parent),
                             wck_hash64(g->name, strlen(g->name))};
        sum += wck_hash64(words, sizeof words);
    }
    for (size_t i = 0; i < s->declined.n; i++)
        sum += wck_hash64(&s->declined.items[i].id, sizeof(wck_guid)) * 31;
    for (size_t i = 0; i < s->eulas.n; i++)
        sum += wck_hash64(&s->eulas.items[i].id, sizeof(wck_guid)) * 37;
    return sum;
}

static wck_status absorb(wck_run *run, reply_state *r, bool first, bool *changed, wck_error *err)
{
    wck_snapshot *s = run->snapshot;
    wck_status status = WCK_OK;
    uint64_t hash;

    if (first)
        wck_vec_take(&s->approvals, &r->rows->approvals);
    else if (r->rows->approvals.n > 0 || r->dead.n > 0)
        status = merge_approvals(s, r, changed, err);
    if (r->has[GROUPS])
        wck_vec_take(&s->groups, &r->rows->groups);
    if (r->has[HIDDEN])
        wck_vec_take(&s->declined, &r->rows->declined);
    if (r->has[EULAS])
        wck_vec_take(&s->eulas, &r->rows->eulas);
    hash = hash_lists(s);
    *changed = *changed || hash != run->lists_hash;
    run->lists_hash = hash;
    memcpy(run->deployment_anchor, r->anchor, sizeof r->anchor);
    return status;
}

static const struct {
    wck_section section;
    int element;
} sections[] = {{WCK_SECTION_APPROVALS, DEPLOYMENTS},
                {WCK_SECTION_GROUPS, GROUPS},
                {WCK_SECTION_DECLINED, HIDDEN},
                {WCK_SECTION_EULAS, EULAS}};

/* An element that is absent says nothing; one that is empty says "none". */
static void set_coverage(wck_run *run, const reply_state *r, const char *failure)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        char reason[128];
        if (failure != NULL) {
            wck_snapshot_set_coverage(run->snapshot, sections[i].section, WCK_COVERAGE_UNKNOWN, failure);
        } else if (r->has[sections[i].element]) {
            wck_snapshot_set_coverage(run->snapshot, sections[i].section, WCK_COVERAGE_COMPLETE, NULL);
        } else {
            snprintf(reason, sizeof reason, "GetDeployments: the reply holds no %s", names[sections[i].element - 1]);
            wck_snapshot_set_coverage(run->snapshot, sections[i].section, WCK_COVERAGE_UNKNOWN, reason);
        }
    }
}

wck_status wck_run_deployments(wck_run *run, bool first, bool *changed, wck_error *err)
{
    static const wck_soap_reply_ops reply = {.names = names, .open = on_open, .close = on_close, .max_text = 65536};
    reply_state r = {.run = run, .since = first ? "" : run->deployment_anchor};
    wck_call call = {
        .action = WCK_SOAP_GET_DEPLOYMENTS, .build = build, .begin = begin, .reply = &reply, .payload = &r};
    bool whole = first;
    wck_soap_fault fault;
    wck_status status;

    *changed = false;
    wck_run_progress(run, "approvals", 0, 0);
    status = wck_run_call(run, &call, &fault, err);
    if (status == WCK_E_SOAP && fault.code == WCK_FAULT_INVALID_PARAMETERS && r.since[0] != '\0') {
        r.since = ""; /* an anchor it does not take any more: everything, and so in place of what was */
        whole = *changed = true;
        status = wck_run_call(run, &call, &fault, err);
    }
    if (status == WCK_OK)
        status = absorb(run, &r, whole, changed, err);
    if (first && !wck_run_is_over(run, status))
        set_coverage(run, &r, status != WCK_OK ? (err != NULL ? err->text : "not read") : NULL);
    wck_snapshot_free(r.rows);
    wck_vec_clear(&r.dead);
    return status;
}
