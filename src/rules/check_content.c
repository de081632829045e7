/* SPDX-License-Identifier: MIT
 * check_content.c: rules about content files (5001 to 5004) and where they are kept (2008).
 *
 * Only servers whose own or parent's file list was read are looked at; for those, every approved update and the members
 * of approved bundles. Of the four rules the most telling one speaks: the parent does not know the file (5003), it is
 * still fetching it (5002), the update was published locally (5004), the file is simply not there (5001). A file that is
 * pending or downloading is on its way. */
#include "rules/host_look.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

/* Company "Local Publisher" and its product "Locally published packages": what System Center Updates Publisher and its
 * kind publish stands below them. */
#define LOCAL_PUBLISHER ((wck_guid){0x7c40e8c201ae47f5ULL, 0x9af26e75a0582518ULL})
#define LOCAL_PACKAGES ((wck_guid){0x5cc25303143f40f3ULL, 0xa2ff803a1db69955ULL})

enum { STATE_NOT_LISTED = -1 };

/* wck_file_state of a digest, or STATE_NOT_LISTED. Files are sorted by digest, each once. */
static int state_of(const facts *f, const unsigned char digest[20])
{
    size_t lo = 0, hi = f->head->files.n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = memcmp(f->head->files.items[mid].digest, digest, 20);
        if (order == 0)
            return (int)f->head->files.items[mid].state;
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return STATE_NOT_LISTED;
}

static bool keeps_content(const facts *f)
{
    return !wck_listed(f, WCK_SECTION_CONFIG) || f->head->config.content_on_microsoft_update != 1;
}

static bool is_absent(const facts *f, int state)
{
    if (state == STATE_NOT_LISTED)
        return wck_complete(f, WCK_SECTION_FILES);
    return wck_listed(f, WCK_SECTION_FILES) &&
           (state == WCK_FILE_MISSING || state == WCK_FILE_FAILED || state == WCK_FILE_PAUSED);
}

static bool on_its_way(const facts *f, int state)
{
    return wck_listed(f, WCK_SECTION_FILES) && (state == WCK_FILE_PENDING || state == WCK_FILE_DOWNLOADING);
}

static const char *state_text(int state)
{
    return state == STATE_NOT_LISTED ? "not listed" : wck_file_state_name((wck_file_state)state);
}

/* What is wrong with the files of one update. */
typedef struct problem {
    size_t absent, waiting, unknown; /* not there; not there and the parent fetches it; parent does not know it */
    const wck_file_ref *first;       /* of those that are absent */
    int state;
} problem;

static bool parent_knows_all(const edge *e)
{
    return e != NULL && wck_complete(e->up, WCK_SECTION_FILES) && keeps_content(e->up);
}

static bool parent_fetches(const edge *e, const unsigned char digest[20])
{
    return e != NULL && wck_listed(e->up, WCK_SECTION_CONFIG) && e->up->head->config.lazy_sync == 1 &&
           on_its_way(e->up, state_of(e->up, digest));
}

static void look(const facts *f, const edge *e, const wck_update *u, problem *p)
{
    *p = (problem){0};
    for (size_t i = 0; i < u->n_files; i++) {
        const unsigned char *digest = u->files[i].digest;
        int state = state_of(f, digest);
        bool absent = is_absent(f, state);
        if (parent_knows_all(e) && state_of(e->up, digest) == STATE_NOT_LISTED)
            p->unknown++;
        else if ((absent || on_its_way(f, state)) && parent_fetches(e, digest))
            p->waiting++;
        else if (absent) {
            if (p->absent++ == 0) {
                p->first = &u->files[i];
                p->state = state;
            }
        }
    }
}

static bool is_problem(const problem *p)
{
    return p->absent + p->waiting + p->unknown > 0;
}

/* The revision an approval for installation names, else the highest listed; NULL: none, or another kind of approval. */
static const wck_update *to_install(const side *s, const wck_approval *a)
{
    const wck_update *u = a->action == WCK_ACTION_INSTALL ? wck_side_revision(s, a->revision) : NULL;

    return a->action == WCK_ACTION_INSTALL && u == NULL ? wck_side_highest(s) : u;
}

/* Of the revisions that are to be there the first whose files have a problem. */
static const wck_update *troubled(const facts *f, const edge *e, const side *s, problem *p)
{
    size_t at = 0;

    for (const wck_approval *a; (a = wck_next_pick(s, &at)) != NULL;) {
        const wck_update *u = to_install(s, a);
        if (u == NULL)
            continue;
        look(f, e, u, p);
        if (is_problem(p))
            return u;
    }
    return NULL;
}

static bool published_locally(const facts *f, const wck_update *u)
{
    enum { LEVELS = 4 }; /* product, family, company, and one to spare */

    for (size_t i = 0; i < u->products.n; i++) {
        wck_guid id = u->products.items[i];
        for (int level = 0; level < LEVELS && !wck_guid_is_zero(id); level++) {
            const wck_category *category = wck_category_find(f, id);
            if (wck_guid_eq(id, LOCAL_PUBLISHER) || wck_guid_eq(id, LOCAL_PACKAGES))
                return true;
            id = category != NULL ? category->parent : (wck_guid){0, 0};
        }
    }
    return false;
}

static const char *hex(check *c, const unsigned char digest[20])
{
    static const char digits[] = "0123456789abcdef";
    char text[41];

    for (size_t i = 0; i < 20; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[40] = '\0';
    return wck_text(c, "%s", text);
}

/* ---- what is said ---- */

/* One finding a file, as each is imported or given up on its own. `on` is the approved update. */
static void say_unknown(check *c, const facts *f, const edge *e, const wck_update *u, const wck_object *on)
{
    for (size_t i = 0; i < u->n_files; i++) {
        const wck_file_ref *file = &u->files[i];
        wck_object object = *on;
        wck_finding *found;
        if (state_of(e->up, file->digest) != STATE_NOT_LISTED)
            continue;
        object.kind = WCK_OBJECT_FILE;
        object.name = file->name;
        object.file = hex(c, file->digest);
        found = wck_finding_add(c, f->node, 5003, &object);
        wck_finding_says(c, found, "known upstream", "not known upstream");
        if (wck_listed(f, WCK_SECTION_FILES))
            wck_finding_evidence(c, found, "here", "%s", state_text(state_of(f, file->digest)));
    }
}

/* The newest event 364, "Content file download failed", is where to begin (domain.md 5.1). */
static void download_evidence(check *c, const facts *f, wck_finding *found)
{
    const wck_host *host = wck_host_of(f);
    const wck_host_event *newest = NULL;
    char shown[400];

    for (size_t i = 0; host != NULL && i < host->n_events; i++)
        if (host->events[i].id == 364 && wck_event_is_ours(&host->events[i]) &&
            (newest == NULL || host->events[i].time > newest->time))
            newest = &host->events[i];
    if (newest == NULL)
        return;
    wck_finding_time(c, found, "event_364", newest->time);
    if (newest->text != NULL)
        wck_finding_evidence(c, found, "event_text", "%s", wck_quote_short(shown, sizeof shown, newest->text, 200));
}

static void say(check *c, const facts *f, const edge *e, const wck_update *u, const problem *p, const wck_object *on)
{
    wck_finding *found;

    if (p->unknown > 0)
        say_unknown(c, f, e, u, on);
    if (p->absent > 0) {
        found = wck_finding_add(c, f->node, published_locally(f, u) ? 5004 : 5001, on);
        wck_finding_says(c, found, wck_text(c, "%zu files", u->n_files), wck_text(c, "%zu not there", p->absent));
        wck_finding_evidence(c, found, "file", "%s", hex(c, p->first->digest));
        wck_finding_evidence(c, found, "state", "%s", state_text(p->state));
        download_evidence(c, f, found);
    } else if (p->waiting > 0) {
        found = wck_finding_add(c, f->node, 5002, on);
        wck_finding_says(c, found, wck_text(c, "%zu files", u->n_files),
                         wck_text(c, "%zu still fetched upstream", p->waiting));
    }
}

/* ---- walking ---- */

static bool worth_a_look(const facts *f, const edge *e)
{
    return (wck_listed(f, WCK_SECTION_FILES) || parent_knows_all(e)) && wck_listed(f, WCK_SECTION_UPDATES) &&
           wck_listed(f, WCK_SECTION_APPROVALS) && keeps_content(f) && !f->never_synced;
}

/* A member of an approved bundle: its files count as the bundle's. */
typedef struct member {
    wck_guid id, bundle;
    int64_t revision, bundle_revision;
    bool in_trouble;
} member;

typedef struct members {
    WCK_VEC(member) list; /* sorted by id before they are looked at */
} members;

static bool collect_members(members *m, const wck_update *u)
{
    for (size_t i = 0; i < u->bundles.n; i++) {
        member *one = wck_vec_push(&m->list);
        if (one == NULL)
            return false;
        *one = (member){u->bundles.items[i].id, u->id, u->bundles.items[i].revision, u->revision, false};
    }
    return true;
}

/* Is the update's whole case told by a finding of its edge? Its rows here may be gone afterwards. */
static wck_status is_swallowed(check *c, edge *e, wck_guid id, const side *down, bool *swallowed)
{
    side up;
    wck_status status;

    *swallowed = false;
    if (e == NULL)
        return WCK_OK;
    status = wck_side_of(c, e->up, id, &up);
    if (status == WCK_OK)
        *swallowed = wck_swallows(wck_update_verdict(c, e, id, &up, down)); /* counted there, wck_content_folds */
    return status;
}

static wck_status check_update(check *c, facts *f, edge *e, const side *s, members *m)
{
    problem p;
    const wck_update *u = troubled(f, e, s, &p);
    bool swallowed;
    size_t at = 0;

    for (const wck_approval *a; u == NULL && (a = wck_next_pick(s, &at)) != NULL;) {
        const wck_update *bundle = to_install(s, a);
        if (bundle != NULL && !collect_members(m, bundle))
            return wck_fail_memory(c->err, "checking content");
    }
    if (u == NULL)
        return WCK_OK;
    if (is_swallowed(c, e, u->id, s, &swallowed) != WCK_OK)
        return c->err->status;
    if (!swallowed) {
        wck_object on = wck_object_of_update(u->id, u->revision, u->title);
        say(c, f, e, u, &p, &on);
    }
    return WCK_OK;
}

static int cmp_member(const void *pa, const void *pb)
{
    const member *a = pa, *b = pb;
    int order = wck_guid_cmp(a->id, b->id);

    if (order == 0)
        order = wck_guid_cmp(a->bundle, b->bundle);
    if (order == 0)
        order = (a->revision > b->revision) - (a->revision < b->revision);
    return order != 0 ? order : (a->bundle_revision > b->bundle_revision) - (a->bundle_revision < b->bundle_revision);
}

/* Back to the order of the bundles, those in trouble first. */
static int cmp_trouble(const void *pa, const void *pb)
{
    const member *a = pa, *b = pb;
    int order = b->in_trouble - a->in_trouble;

    if (order == 0)
        order = wck_guid_cmp(a->bundle, b->bundle);
    return order != 0 ? order : cmp_member(pa, pb);
}

static wck_status look_at_members(check *c, facts *f, const edge *e, members *m)
{
    wck_status status = WCK_OK;
    size_t i = 0;

    for (size_t p = 0; p < c->n_partitions && status == WCK_OK && i < m->list.n; p++) {
        walk w = {0};
        if (wck_partition_of(m->list.items[i].id, c->n_partitions) != p)
            continue;
        status = wck_rows_of(c, f, p, &w.part[0]);
        while (status == WCK_OK && wck_walk_next(&w)) {
            while (i < m->list.n && wck_guid_cmp(m->list.items[i].id, w.id) < 0)
                i++;
            for (; i < m->list.n && wck_guid_eq(m->list.items[i].id, w.id); i++) {
                const wck_update *u = wck_side_revision(&w.side[0], m->list.items[i].revision);
                problem found = {0};
                if (u != NULL)
                    look(f, e, u, &found);
                m->list.items[i].in_trouble = is_problem(&found);
            }
        }
        while (i < m->list.n && wck_partition_of(m->list.items[i].id, c->n_partitions) == p)
            i++;
    }
    return status;
}

/* Few of them, so each is looked up again. */
static wck_status say_member(check *c, facts *f, edge *e, const member *one)
{
    const wck_update *bundle, *u;
    wck_object on;
    problem p;
    side s;
    bool swallowed;
    wck_status status = wck_side_of(c, f, one->bundle, &s);

    if (status != WCK_OK)
        return status;
    bundle = wck_side_revision(&s, one->bundle_revision);
    on = wck_object_of_update(one->bundle, one->bundle_revision, NULL);
    if (bundle != NULL && bundle->title != NULL)
        on.title = wck_text(c, "%.900s", bundle->title);
    status = is_swallowed(c, e, one->bundle, &s, &swallowed);
    if (status != WCK_OK || swallowed)
        return status;
    status = wck_side_of(c, f, one->id, &s);
    u = status == WCK_OK ? wck_side_revision(&s, one->revision) : NULL;
    if (u != NULL) {
        look(f, e, u, &p);
        say(c, f, e, u, &p, &on);
    }
    return status;
}

static wck_status check_members(check *c, facts *f, edge *e, members *m)
{
    wck_status status;

    if (m->list.n == 0)
        return WCK_OK;
    qsort(m->list.items, m->list.n, sizeof *m->list.items, cmp_member);
    status = look_at_members(c, f, e, m);
    qsort(m->list.items, m->list.n, sizeof *m->list.items, cmp_trouble);
    for (size_t i = 0; i < m->list.n && m->list.items[i].in_trouble && status == WCK_OK; i++)
        if (i == 0 || !wck_guid_eq(m->list.items[i].bundle, m->list.items[i - 1].bundle)) /* one finding a bundle */
            status = say_member(c, f, e, &m->list.items[i]);
    return status;
}

size_t wck_content_folds(const edge *e, const side *down)
{
    problem p;

    return worth_a_look(e->down, e) && troubled(e->down, e, down, &p) != NULL;
}

static edge *edge_of(check *c, const facts *f)
{
    for (size_t i = 0; i < c->n_edges; i++)
        if (c->edges[i].down == f)
            return &c->edges[i];
    return NULL;
}

wck_status wck_check_content(check *c, facts *f)
{
    edge *e = edge_of(c, f);
    members m = {0};
    wck_status status = WCK_OK;

    if (!worth_a_look(f, e))
        return WCK_OK;
    for (size_t p = 0; p < c->n_partitions && status == WCK_OK; p++) {
        const wck_part_info *part = NULL;
        walk w = {0};
        status = wck_part_at(c, f, p, &part);
        if (status != WCK_OK || (part->flags & WCK_PART_APPROVED) == 0)
            continue;
        status = wck_rows_of(c, f, p, &w.part[0]);
        while (status == WCK_OK && wck_walk_next(&w))
            status = check_update(c, f, e, &w.side[0], &m);
    }
    if (status == WCK_OK)
        status = check_members(c, f, e, &m);
    wck_vec_clear(&m.list);
    return status;
}

/* ---- 2008 ---- */

void wck_check_edge_storage(check *c, edge *e)
{
    const wck_config *up = &e->up->head->config, *down = &e->down->head->config;
    wck_object object = wck_object_of_server(e->down);
    static const char *const where[] = {"stored locally", "on Microsoft Update"};

    if (!wck_listed(e->up, WCK_SECTION_CONFIG) || !wck_listed(e->down, WCK_SECTION_CONFIG) ||
        up->content_on_microsoft_update == WCK_BOOL_NONE || down->content_on_microsoft_update == WCK_BOOL_NONE ||
        up->content_on_microsoft_update == down->content_on_microsoft_update)
        return;
    wck_finding_says(c, wck_finding_add(c, e->down->node, 2008, &object), where[up->content_on_microsoft_update],
                     where[down->content_on_microsoft_update]);
}
