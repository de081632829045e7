/* SPDX-License-Identifier: MIT
 * wsus_model.h: a model of what WSUS does, over snapshots. It uses the shapes of src/model and nothing of the rules,
 * the planner or what-if, so that these can be held against it.
 *
 * A world is a tree of servers, each a snapshot that changes. It knows what a synchronization copies, what the
 * administration API does, and what that refuses. What a snapshot says nothing of (coverage unknown) stays unknown:
 * nothing is copied from it and nothing into it. Memory that runs short ends the program: this is a test.
 *
 * Sources: notes/domain.md (§) and, behind them,
 *   1.2   a replica gets active approvals only; what an inactive approval is (Microsoft, wsusutil reference)
 *   0.2   products and classifications are chosen on the root, WSUS ignores or refuses them below (ms746866, ms746876)
 *   3.3   Approve, Decline, IUpdateApproval.Delete, creating and deleting groups are refused on a replica (bb294928,
 *         ms747138, ms746895, aa349860); an approval needs an accepted license agreement, and an expired update can be
 *         approved for removal only (ms747134, bb294928)
 *   3.4   a decline removes all approvals of all revisions (ms747138); Not Approved takes it back
 *   0.4   groups, declines and license agreements go down whole, approvals as a difference (MS-WSUSSS 3.1.4.10,
 *         3.2.4.3); a decline is only ever set on a replica, a newer approval takes it back
 *   3.1.4.5 of MS-WSUSSS: an update that needs a newer protocol does not go to an older server
 *
 * MODEL marks what Microsoft does not document, or what is simplified:
 * - a synchronization is a full one: what the parent lists and the child lacks arrives, whenever it was lost;
 * - an extra approval is one that the parent removed, so it is in the list of dead deployments; below a rebuilt parent
 * it is an orphan that no list names;
 * - Microsoft Update offers every revision that any server of the tree held, and an anchor keeps a root from receiving
 *   again what it deleted: only a wider selection, a newer revision or a run that is under way brings updates;
 * - languages, schedule and other settings never travel (MS-WSUSSS has no message for them). */
#ifndef WCK_TESTS_MODEL_WSUS_MODEL_H
#define WCK_TESTS_MODEL_WSUS_MODEL_H

#include "model/snapshot.h"

enum { WSUS_MOST = 12, WSUS_WHY = 240 };

typedef struct wsus_server {
    wck_snapshot *now;            /* owned, not frozen; its texts are borrowed from what the world was made of */
    bool rebuilt;                 /* its ServerId changed, and no server below has synchronized with the new one */
    WCK_VEC(wck_guid) news;       /* deployments that some child has not seen yet */
    WCK_VEC(wck_guid) dead;       /* deployments that were taken away here: the list of dead deployments names them */
    WCK_VEC(wck_guid) wider;      /* products and classifications added since its last synchronization */
    WCK_VEC(const char *) spoken; /* languages added since */
} wsus_server;

typedef struct wsus_world {
    wsus_server servers[WSUS_MOST];
    size_t n;
    WCK_VEC(wck_update) catalogue; /* what Microsoft Update offers */
    wck_time clock;                /* ticks a second whenever it is looked at */
    uint64_t made;                 /* deployments, so that each gets an id */
    bool trusting;                 /* steps are done whatever the plan saw before them */
    char why[WSUS_WHY];            /* of the last refusal */
} wsus_world;

/* A copy whose texts and inner lists are borrowed from `from`, which must outlive it. Not frozen. */
wck_snapshot *wsus_copy(const wck_snapshot *from);
/* `now`: the present of each server; `before`: the one before, items may be NULL. All must outlive the world. */
wsus_world *wsus_new(wck_snapshot *const *now, wck_snapshot *const *before, size_t n, wck_time clock);
wsus_world *wsus_again(const wsus_world *world); /* an independent copy; the original must outlive it */
void wsus_free(wsus_world *world);

wsus_server *wsus_find(wsus_world *world, const char *name); /* NULL: not there */
wsus_server *wsus_parent(wsus_world *world, const wsus_server *server);
bool wsus_is_replica(const wsus_server *server);
bool wsus_read(const wck_snapshot *s, wck_section section); /* complete or partial */
bool wsus_complete(const wck_snapshot *s, wck_section section);
bool wsus_intent(const wck_approval *a); /* an administrator's, not bookkeeping */
wck_update *wsus_row(const wck_snapshot *s, wck_guid update, int64_t revision);
bool wsus_lists(const wck_snapshot *s, wck_guid update);
bool wsus_is_declined(const wck_snapshot *s, wck_guid update);
bool wsus_speaks(const wck_snapshot *s, const char *code); /* enabled as such, "all" being a code too */
bool wsus_inactive(const wck_snapshot *s, const wck_approval *a);
wck_time wsus_tick(wsus_world *world);

/* ---- what administrators do. false: the API refuses it, why says so. */
bool wsus_approve(wsus_world *world, wsus_server *on, wck_guid update, int64_t revision, wck_guid group, int64_t action,
                  wck_time deadline);
/* IUpdateApproval.Delete: of one group, or (zero) of every group; of one revision, or of all (WCK_INT_NONE). */
bool wsus_unapprove(wsus_world *world, wsus_server *on, wck_guid update, int64_t revision, wck_guid group);
bool wsus_decline(wsus_world *world, wsus_server *on, wck_guid update, int64_t revision);
bool wsus_not_approved(wsus_world *world, wsus_server *on, wck_guid update); /* takes a decline back */
bool wsus_accept_eula(wsus_world *world, wsus_server *on, wck_guid update, wck_guid eula);
bool wsus_create_group(wsus_world *world, wsus_server *on, wck_guid id, const char *name, wck_guid parent);
bool wsus_remove_inactive_approvals(wsus_world *world, wsus_server *on);
bool wsus_set_languages(wsus_world *world, wsus_server *on, const char *const *codes, size_t n);
bool wsus_select_product(wsus_world *world, wsus_server *on, wck_guid product, bool yes);
bool wsus_select_classification(wsus_world *world, wsus_server *on, wck_guid classification, bool yes);
bool wsus_refuse(wsus_world *world, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- wsus_sync.c */
bool wsus_synchronize(wsus_world *world, wsus_server *on);
void wsus_night(
    wsus_world *world); /* every server synchronizes, parents first; a root that only does so by hand does not */
void wsus_note_run(wsus_world *world, wck_snapshot *s, wck_time started); /* a good one, in the history */
void wsus_hide(wsus_world *world, wck_snapshot *s, wck_guid update, int64_t revision);
bool wsus_family_chosen(const wsus_world *world, const wck_guids *chosen, wck_guid product);

/* ---- wsus_facts.c: what administrators and synchronizations decide, one fact a line, sorted; without ids of
 * deployments, times and names of who did it. */
typedef WCK_VEC(char *) wsus_facts;
void wsus_facts_of(wsus_facts *out, const wsus_world *world);
void wsus_facts_clear(wsus_facts *facts);
/* The first lines that only one of them has, into `out`; false: they are equal. */
bool wsus_facts_differ(char *out, size_t size, const wsus_facts *a, const wsus_facts *b);

/* vec push that cannot fail */
#define wsus_push(v) ((wck_vec_push(v) != NULL) ? &(v)->items[(v)->n - 1] : (wsus_out_of_memory(), (v)->items))
void wsus_out_of_memory(void);

#endif
