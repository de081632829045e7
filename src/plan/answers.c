/* SPDX-License-Identifier: MIT
 * answers.c: one row per rule: how its findings are answered, or why a person must.
 *
 * A replica takes approvals, declines and license agreements from above (domain.md 3.3), so those actions
 * stand at the nearest autonomous server. An answer first looks at everything that could forbid it and only
 * then adds actions. */
#include "plan/builder.h"

#include <string.h>

static const char *synchronize(builder *b, const wck_finding *f, const wck_node *node)
{
    plan_add(b, WCK_DO_SYNCHRONIZE, node, NULL, f);
    return NULL;
}

/* 3002, 3012, 4008: nothing to do, but a synchronization that is planned anyway brings it. */
static const char *transient(builder *b, const wck_finding *f, const wck_node *node)
{
    draft *d = plan_find(b, WCK_DO_SYNCHRONIZE, node, NULL);

    if (d == NULL)
        return f->rule == 3012 ? "none needed: the next synchronization brings it (remedy 3)"
                               : "none needed: the next synchronization brings it";
    plan_answer(b, d, f);
    return NULL;
}

/* The nearest autonomous server, if this kind of action can be taken there; else *why. */
const wck_node *plan_authority(builder *b, const wck_node *node, const char **why)
{
    const wck_node *a = wck_node_authority(node);

    *why = plan_forbidden(b, a, node);
    if (*why == NULL)
        *why = plan_no_authority(b, a);
    return a;
}

bool plan_removal_known(const wck_node *a)
{
    return plan_complete(a, WCK_SECTION_UPDATES) && plan_complete(a, WCK_SECTION_DECLINED) &&
           plan_complete(a, WCK_SECTION_APPROVALS);
}

const char *plan_not_there(builder *b, const wck_node *a)
{
    return plan_text(
        b,
        "the nearest autonomous server, %.300s, does not list the update, and a replica refuses approvals "
        "and declines: import the update there first, or make this server autonomous for the repair",
        a->path);
}

wck_object plan_object_of(const wck_finding *f, int64_t revision)
{
    return (wck_object){.kind = WCK_OBJECT_UPDATE,
                        .update = f->object.update,
                        .revision = revision,
                        .title = f->object.title};
}

static const char *inactive(builder *b, const wck_finding *f, const wck_node *node)
{
    if (node->mode == WCK_MODE_REPLICA && node->parent != NULL)
        return synchronize(b, f, node); /* its parent does not hold the approval: the mirror drops it */
    if (b->nodes[node->index].inactive_waived)
        return "other inactive approvals of this server are waived, and wsusutil removes all of them";
    if (!plan_complete(node, WCK_SECTION_UPDATES) || !plan_complete(node, WCK_SECTION_APPROVALS) ||
        !plan_complete(node, WCK_SECTION_LANGUAGES))
        return "updates, approvals or languages were not read completely: nothing is removed";
    plan_add(b, WCK_DO_REMOVE_INACTIVE_APPROVALS, node, NULL, f);
    return NULL;
}

static const char *counts_explained(builder *b, const wck_finding *f, const wck_node *node)
{
    draft *d =
        node->parent != NULL ? plan_find(b, WCK_DO_REMOVE_INACTIVE_APPROVALS, node->parent, NULL) : NULL;

    if (d == NULL)
        return "none needed: it says why the numbers differ";
    plan_answer(b, d, f);
    return NULL;
}

static const char *eula_missing(builder *b, const wck_finding *f, const wck_node *node)
{
    const char *why;
    const wck_node *a = plan_authority(b, node, &why);
    const wck_snapshot *head = a->now->head;
    wck_object object = f->object;
    bool accepted = false;
    rows r;

    if (why != NULL)
        return why;
    if (!plan_rows(b, a, f->object.update, &r))
        return NULL;
    if (r.n_updates == 0)
        return plan_not_there(b, a);
    if (!plan_complete(a, WCK_SECTION_EULAS))
        return plan_text(b, "the license agreements of %.300s were not read completely: nothing is accepted", a->path);
    for (size_t i = 0; i < head->eulas.n; i++)
        accepted = accepted || wck_guid_eq(head->eulas.items[i].id, f->object.eula);
    if (!accepted || a == node)
        plan_add(b, WCK_DO_ACCEPT_EULA, a, &object, f);
    plan_sync_path(b, a, false, node, f);
    return NULL;
}

/* No script touches services or permissions: what stands there may be a policy, and a reset hides the cause. */
#define ON_THE_SERVER "by a person on the server itself: "
#define COLLECT_AGAIN "collect again, then plan again"

/* Sorted by rule. A rule that is not here is manual with its own remedy. */
static const plan_row table[] = {
    {1005, 1, NULL,
     "run 'wsusck whatif' before the servers below synchronize; expect a full synchronization"},
    {2001, 1, plan_answer_languages, NULL},
    {2002, 1, NULL, "none needed: it explains approvals that became inactive (WCK4010)"},
    {2003, 1, plan_answer_languages, NULL},
    {2004, 3, plan_answer_category, NULL},
    {2005, 3, plan_answer_category, NULL},
    {2006, 1, synchronize, NULL},
    {2007, 1, synchronize, NULL},
    {2008, 1, NULL, "choose one option along the chain: files stored locally, or on Microsoft Update"},
    {2009, 1, synchronize, NULL},
    {2010, 1, NULL, "WSUS ignores it here: change the selection on the root server if it is wanted"},
    {3001, 1, synchronize, NULL},
    {3002, 3, transient, NULL},
    {3010, 0, plan_answer_not_selected, NULL},
    {3011, 1, plan_answer_gone, NULL},
    {3012, 3, transient, NULL},
    {3013, 1, NULL, "import the update on the upstream server, or decline it below"},
    {3020, 1, plan_answer_behind, NULL},
    {3021, 1, plan_answer_ahead, NULL},
    {3022, 1, NULL,
     "investigate: the metadata was altered on the way, or a database is broken; a script cannot tell"},
    {3023, 1, NULL, "upgrade this server: it speaks an older protocol than the update needs"},
    {3030, 1, synchronize, NULL},
    {3031, 1, plan_answer_sticky, NULL},
    {3033, 1, NULL, "run the server cleanup wizard, from the lowest servers up, one tier after the other"},
    {3034, 1, plan_answer_expired, NULL},
    {4001, 1, plan_answer_not_approved, NULL},
    {4002, 1, synchronize, NULL},
    {4003, 1, plan_answer_differs, NULL},
    {4004, 2, plan_answer_stale, NULL},
    {4005, 1, plan_answer_differs, NULL},
    {4006, 1, plan_answer_differs, NULL},
    {4007, 1, NULL,
     "the rebuilt upstream server never had this approval: approve the update there for that group, "
     "synchronize, "
     "remove the approval, and synchronize again"},
    {4008, 3, transient, NULL},
    {4010, 1, inactive, NULL},
    {4011, 3, counts_explained, NULL},
    {4020, 1, synchronize, NULL},
    {4021, 1, synchronize, NULL},
    {4022, 1, synchronize, NULL},
    {4023, 1, NULL,
     "note the members and approvals of the group first: they are lost with the next synchronization"},
    {4024, 1, synchronize, NULL},
    {4030, 1, synchronize, NULL},
    {4031, 1, eula_missing, NULL},
    {5001, 1, plan_answer_content, NULL},
    {5002, 3, transient, NULL},
    {5003, 1, NULL, "import the update on the upstream server and synchronize, or decline it below"},
    {5004, 1, NULL, "trust the certificate that signed the package on this server, then synchronize; no reset"},
    {6002, 1, synchronize, NULL},
    {6003, 1, synchronize, NULL},
    {7001, 1, plan_answer_upstream, NULL},
    {7002, 1, plan_answer_upstream, NULL},
    {7003, 1, plan_answer_upstream, NULL},
    {7005, 1, NULL, "renew the password in the proxy options of the console: no plan and no script ever holds one"},
    {7006, 1, plan_answer_cleartext, NULL},
    {7010, 1, plan_answer_permissions, NULL},
    {7011, 1, plan_answer_bits, NULL},
    {7012, 1, plan_answer_service, NULL},
    {7013, 1, NULL, ON_THE_SERVER "start the database, then IIS and WsusPool; then 'wsusutil checkhealth'"},
    {7014, 1, NULL, ON_THE_SERVER "make space for the content folder, or move it"},
    {9003, 1, NULL, COLLECT_AGAIN},
    {9004, 1, NULL, COLLECT_AGAIN},
    {9005, 1, NULL, "find out why it has far fewer rows than last time, then collect again"},
    {9006, 1, NULL, "correct the clock of the server, or of the machine that collects, and collect again"},
    {9007, 1, NULL, COLLECT_AGAIN},
};

const plan_row *plan_row_of(int rule)
{
    static const plan_row other = {0, 1, NULL, NULL};

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].rule == rule)
            return &table[i];
    return &other;
}
