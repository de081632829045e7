/* SPDX-License-Identifier: MIT
 * plan_json.c: the plan document of cli.md and back. A plan becomes scripts that change servers, so reading
 * is strict: unknown keys are mistakes, and "digest" proves that nobody changed it by accident. */
#include "codec/codec.h"

#include "base/limits.h"
#include "codec/dom.h"
#include "codec/members.h"
#include "model/snapshot.h"

#include <limits.h>
#include <string.h>

#define FORMAT "wsusck-plan"
#define DIGEST_KEY "\"digest\":\""

/* ---- writing
 * -------------------------------------------------------------------------------------------------- */

static void put_snapshot(wck_buf *out, const wck_plan_snapshot *snapshot)
{
    wck_members m = wck_members_begin(out);

    wck_member_text(&m, "server", snapshot->server);
    wck_member_guid(&m, "server_id", snapshot->server_id);
    wck_member_text(&m, "fqdn", snapshot->fqdn);
    wck_member_digest(&m, "digest", &snapshot->digest);
    wck_member_time(&m, "collected_at", snapshot->collected_at);
    wck_members_end(&m);
}

static void put_action_text(wck_members *m, const char *key, int64_t action)
{
    char text[WCK_ACTION_TEXT];

    wck_member_text(m, key, action == WCK_INT_NONE ? NULL : wck_action_format(text, action));
}

static void put_prior(wck_members *m, const wck_plan_action *action)
{
    wck_member_key(m, "prior");
    wck_buf_putc(m->out, '[');
    for (size_t i = 0; i < action->n_prior; i++) {
        const wck_prior_approval *prior = &action->prior[i];
        wck_members p;
        if (i > 0)
            wck_buf_putc(m->out, ',');
        p = wck_members_begin(m->out);
        wck_member_guid(&p, "group", prior->group);
        wck_member_int(&p, "revision", prior->revision);
        put_action_text(&p, "action", prior->action);
        wck_member_time(&p, "deadline", prior->deadline);
        wck_members_end(&p);
    }
    wck_buf_putc(m->out, ']');
}

static void put_flag(wck_members *m, const char *key, int8_t flag)
{
    if (flag != WCK_BOOL_NONE)
        wck_member_bool(m, key, flag == 1);
}

static void put_target_text(wck_members *m, const char *key, const char *text)
{
    if (text != NULL)
        wck_member_text(m, key, text);
}

static void put_target_int(wck_members *m, const char *key, int64_t value)
{
    if (value != WCK_INT_NONE)
        wck_member_int(m, key, value);
}

/* Only what applies; nothing at all for most kinds. */
static void put_target(wck_members *m, const wck_plan_target *t)
{
    wck_members in;

    if (t->host == NULL && t->service == NULL && t->path == NULL && t->cleartext == WCK_BOOL_NONE &&
        wck_guid_is_zero(t->parent))
        return;
    wck_member_key(m, "target");
    in = wck_members_begin(m->out);
    put_target_text(&in, "host", t->host);
    put_target_int(&in, "port", t->port);
    put_flag(&in, "ssl", t->ssl);
    put_target_text(&in, "was_host", t->was_host);
    put_target_int(&in, "was_port", t->was_port);
    put_flag(&in, "was_ssl", t->was_ssl);
    put_flag(&in, "cleartext", t->cleartext);
    put_target_text(&in, "service", t->service);
    if (t->start != WCK_START_UNKNOWN)
        wck_member_text(&in, "start", wck_service_start_name(t->start));
    if (t->service != NULL)
        wck_member_bool(&in, "restart", t->restart);
    put_target_text(&in, "path", t->path);
    if (!wck_guid_is_zero(t->parent))
        wck_member_guid(&in, "parent", t->parent);
    wck_members_end(&in);
}

static void put_action(wck_buf *out, const wck_plan_action *action)
{
    wck_members m = wck_members_begin(out);

    wck_member_text(&m, "id", action->id);
    wck_member_size(&m, "tier", action->tier);
    wck_member_size(&m, "order", action->order);
    wck_member_text(&m, "kind", wck_action_kind_name(action->kind));
    wck_member_text(&m, "server", action->server);
    wck_member_text(&m, "server_name", action->server_name);
    wck_member_object(&m, "object", &action->object);
    put_action_text(&m, "action", action->action);
    wck_member_time(&m, "deadline", action->deadline);
    wck_member_texts(&m, "languages", action->languages.items, action->languages.n);
    wck_member_texts(&m, "answers", action->answers, action->n_answers);
    wck_member_texts(&m, "reaches", action->reaches, action->n_reaches);
    put_target(&m, &action->target);
    wck_member_text(&m, "who", action->who);
    wck_member_text(&m, "precondition", action->precondition);
    wck_member_text(&m, "undo", action->undo);
    wck_member_text(&m, "why", action->why);
    wck_member_text(&m, "risk", wck_risk_name(action->risk));
    wck_member_bool(&m, "reversible", action->reversible);
    put_prior(&m, action);
    wck_members_end(&m);
}

static void put_manual(wck_buf *out, const wck_plan_manual *manual)
{
    wck_members m = wck_members_begin(out);

    wck_member_text(&m, "fingerprint", manual->fingerprint);
    wck_member_rule(&m, "rule", manual->rule);
    wck_member_text(&m, "server", manual->server);
    wck_member_text(&m, "why", manual->why);
    wck_members_end(&m);
}

static void put_limits(wck_buf *out, const wck_plan *plan)
{
    wck_members limits = wck_members_begin(out);

    wck_member_int(&limits, "max_actions", plan->limits.max_actions);
    for (int i = 0; i < WCK_LIMIT_COUNT && plan->limits.checked; i++) {
        const wck_limit_row *row = wck_limit_row_of((wck_limit_kind)i);
        const wck_plan_limit *c = &plan->limits.checks[i];
        wck_members m;
        wck_member_key(&limits, row->name);
        m = wck_members_begin(out);
        wck_member_int(&m, "limit", c->limit);
        wck_member_int(&m, "standard", row->standard);
        wck_member_text(&m, "unit", row->percent ? "percent" : "count");
        wck_member_int(&m, "found", c->found);
        wck_member_int(&m, "of", c->of);
        wck_member_text(&m, "server", c->server);
        wck_member_text(&m, "reason", c->reason);
        wck_member_bool(&m, "exceeded", wck_plan_limit_exceeded((wck_limit_kind)i, c));
        wck_members_end(&m);
    }
    wck_members_end(&limits);
}

#define PUT_LIST(out, key, vec, put)                                                                         \
    do {                                                                                                     \
        wck_buf_puts(out, ",\n\"" key "\":[");                                                               \
        for (size_t i_ = 0; i_ < (vec).n; i_++) {                                                            \
            wck_buf_puts(out, i_ > 0 ? ",\n" : "\n");                                                        \
            put(out, &(vec).items[i_]);                                                                      \
        }                                                                                                    \
        wck_buf_puts(out, "]");                                                                              \
    } while (0)

static void put_body(wck_buf *out, const wck_plan *plan)
{
    wck_members m = {out, true};

    wck_buf_puts(out, "{\n\"format\":\"" FORMAT "\",\n\"format_version\":\"1.0\",\n" DIGEST_KEY "\"");
    wck_member_time(&m, "made_at", plan->made_at);
    wck_member_text(&m, "tool_version", plan->tool_version);
    wck_member_digest(&m, "policy", &plan->policy);
    PUT_LIST(out, "snapshots", plan->snapshots, put_snapshot);
    PUT_LIST(out, "actions", plan->actions, put_action);
    PUT_LIST(out, "manual", plan->manual, put_manual);
    wck_buf_puts(out, ",\n\"findings\":");
    wck_buf_printf(out, "%zu", plan->findings);
    wck_member_size(&m, "waived", plan->waived);
    wck_member_key(&m, "limits");
    put_limits(out, plan);
    wck_buf_puts(out, "\n}\n");
}

/* The document with its digest put where the empty one stands. */
static wck_status seal(wck_buf *out, const wck_buf *body, wck_error *err)
{
    const char *place = strstr(body->data, DIGEST_KEY) + sizeof DIGEST_KEY - 1;
    char hex[WCK_DIGEST_HEX];
    wck_dom_document document;
    wck_digest digest;
    wck_dom root;

    if (wck_dom_open(&document, &root, body->data, body->len, NULL, err) &&
        !wck_dom_digest(root.json, &digest))
        document.status = wck_fail_memory(err, "writing a plan");
    wck_dom_close(&document);
    if (document.status != WCK_OK)
        return document.status;
    wck_buf_put(out, body->data, (size_t)(place - body->data));
    wck_buf_puts(out, wck_digest_format(hex, &digest));
    wck_buf_puts(out, place);
    return WCK_OK;
}

wck_status wck_codec_put_plan(wck_buf *out, const wck_plan *plan, wck_error *err)
{
    wck_status status = WCK_OK;
    wck_buf body;

    wck_buf_init(&body, out->max);
    put_body(&body, plan);
    if (!body.failed)
        status = seal(out, &body, err);
    if (status == WCK_OK && (body.failed || out->failed))
        status =
            wck_fail(err, WCK_E_LIMIT,
                     "could not write the plan: it is longer than %zu bytes, or memory is short", out->max);
    wck_buf_clear(&body);
    return status;
}

/* ---- reading
 * -------------------------------------------------------------------------------------------------- */

static void *array_of(const wck_dom *at, size_t n, size_t size)
{
    void *items = wck_arena_array(at->document->arena, n, size);

    if (items == NULL && at->document->status == WCK_OK)
        at->document->status = wck_fail_memory(at->document->err, "reading a plan");
    return items;
}

static int64_t read_action_text(const wck_dom *at, const char *key)
{
    const char *text = wck_dom_text(at, key, WCK_DOM_OPTIONAL);
    int64_t action = WCK_INT_NONE;

    if (text != NULL && (strlen(text) > sizeof "other:" - 1 + 18 || !wck_action_parse(&action, text)))
        wck_dom_fail(at, key, "must be install, uninstall, scan, block or other:N");
    return action;
}

static void read_snapshot(const wck_dom *s, wck_plan_snapshot *snapshot)
{
    static const char *const keys[] = {"server", "server_id", "fqdn", "digest", "collected_at", NULL};

    wck_dom_only(s, keys);
    snapshot->server = wck_dom_text(s, "server", WCK_DOM_REQUIRED);
    snapshot->server_id = wck_dom_guid(s, "server_id");
    snapshot->fqdn = wck_dom_text(s, "fqdn", WCK_DOM_OPTIONAL);
    snapshot->digest = wck_dom_sha256(s, "digest");
    snapshot->collected_at = wck_dom_time(s, "collected_at");
}

static void read_prior(const wck_dom *a, wck_plan_action *action)
{
    static const char *const keys[] = {"group", "revision", "action", "deadline", NULL};
    wck_dom list, p;

    if (!wck_dom_array(&list, a, "prior", WCK_DOM_OPTIONAL))
        return;
    action->prior = array_of(a, wck_dom_size(&list), sizeof *action->prior);
    for (size_t i = 0; i < wck_dom_size(&list) && wck_dom_item(&p, &list, i); i++) {
        wck_prior_approval *prior = &action->prior[action->n_prior++];
        wck_dom_only(&p, keys);
        prior->group = wck_dom_guid(&p, "group");
        prior->revision = wck_dom_int(&p, "revision", WCK_DOM_OPTIONAL, -INT64_MAX, INT64_MAX);
        prior->action = read_action_text(&p, "action");
        prior->deadline = wck_dom_time(&p, "deadline");
    }
}

static int8_t read_flag(const wck_dom *t, const char *key)
{
    return json_object_get(t->json, key) == NULL ? WCK_BOOL_NONE : (int8_t)wck_dom_bool(t, key, false);
}

/* Services go into scripts as they are. */
static void read_target(const wck_dom *a, wck_plan_target *out)
{
    static const char *const keys[] = {"host",    "port",  "ssl",     "was_host", "was_port", "was_ssl", "cleartext",
                                       "service", "start", "restart", "path",     "parent",   NULL};
    wck_dom t;

    *out = wck_plan_no_target();
    if (!wck_dom_object(&t, a, "target", WCK_DOM_OPTIONAL))
        return;
    wck_dom_only(&t, keys);
    out->host = wck_dom_text(&t, "host", WCK_DOM_OPTIONAL);
    out->port = wck_dom_int(&t, "port", WCK_DOM_OPTIONAL, 1, 65535);
    out->ssl = read_flag(&t, "ssl");
    out->was_host = wck_dom_text(&t, "was_host", WCK_DOM_OPTIONAL);
    out->was_port = wck_dom_int(&t, "was_port", WCK_DOM_OPTIONAL, 0, 65535);
    out->was_ssl = read_flag(&t, "was_ssl");
    out->cleartext = read_flag(&t, "cleartext");
    out->service = wck_dom_text(&t, "service", WCK_DOM_OPTIONAL);
    if (out->service != NULL && !wck_service_known(out->service))
        wck_dom_fail(&t, "service", "must be BITS, WsusService or W3SVC");
    wck_dom_word(&t, "start", WCK_DOM_OPTIONAL, wck_service_start_parse, &out->start, "automatic or manual");
    if (out->start != WCK_START_UNKNOWN && out->start != WCK_START_AUTOMATIC && out->start != WCK_START_MANUAL)
        wck_dom_fail(&t, "start", "must be automatic or manual");
    out->restart = wck_dom_bool(&t, "restart", false);
    out->path = wck_dom_text(&t, "path", WCK_DOM_OPTIONAL);
    out->parent = wck_dom_guid(&t, "parent");
}

static void read_action(const wck_dom *a, wck_plan_action *action)
{
    static const char *const keys[] = {"id",          "tier",       "order",        "kind",     "server",
                                       "server_name", "object",     "action",       "deadline", "languages",
                                       "answers",     "reaches",    "precondition", "undo",     "why",
                                       "risk",        "reversible", "prior",        "target",   "who",
                                       NULL};
    wck_strings list;
    int64_t n;

    wck_dom_only(a, keys);
    action->id = wck_dom_text(a, "id", WCK_DOM_REQUIRED);
    if (action->id != NULL && *action->id == '\0')
        wck_dom_fail(a, "id", "must not be empty");
    n = wck_dom_int(a, "tier", WCK_DOM_REQUIRED, 0, INT_MAX);
    action->tier = n > 0 ? (unsigned)n : 0;
    n = wck_dom_int(a, "order", WCK_DOM_REQUIRED, 0, INT_MAX);
    action->order = n > 0 ? (size_t)n : 0;
    wck_dom_word(a, "kind", WCK_DOM_REQUIRED, wck_action_kind_parse, &action->kind, "the kind of an action");
    action->server = wck_dom_text(a, "server", WCK_DOM_REQUIRED);
    action->server_name = wck_dom_text(a, "server_name", WCK_DOM_OPTIONAL);
    action->object = wck_dom_finding_object(a, "object");
    action->action = read_action_text(a, "action");
    action->deadline = wck_dom_time(a, "deadline");
    action->languages = wck_dom_texts(a, "languages");
    list = wck_dom_texts(a, "answers");
    action->answers = list.items;
    action->n_answers = list.n;
    list = wck_dom_texts(a, "reaches");
    action->reaches = list.items;
    action->n_reaches = list.n;
    read_target(a, &action->target);
    action->who = wck_dom_text(a, "who", WCK_DOM_OPTIONAL);
    action->precondition = wck_dom_text(a, "precondition", WCK_DOM_OPTIONAL);
    action->undo = wck_dom_text(a, "undo", WCK_DOM_OPTIONAL);
    action->why = wck_dom_text(a, "why", WCK_DOM_OPTIONAL);
    wck_dom_word(a, "risk", WCK_DOM_REQUIRED, wck_risk_parse, &action->risk, "low, medium or high");
    action->reversible = wck_dom_bool(a, "reversible", false);
    read_prior(a, action);
}

static void read_manual(const wck_dom *m, wck_plan_manual *manual)
{
    static const char *const keys[] = {"fingerprint", "rule", "server", "why", NULL};

    wck_dom_only(m, keys);
    manual->fingerprint = wck_dom_text(m, "fingerprint", WCK_DOM_REQUIRED);
    manual->rule = wck_dom_rule(m, "rule");
    manual->server = wck_dom_text(m, "server", WCK_DOM_OPTIONAL);
    manual->why = wck_dom_text(m, "why", WCK_DOM_REQUIRED);
}

#define READ_LIST(root, key, vec, read)                                                                      \
    do {                                                                                                     \
        wck_dom list_, item_;                                                                                \
        if (!wck_dom_array(&list_, root, key, WCK_DOM_REQUIRED))                                             \
            break;                                                                                           \
        for (size_t i_ = 0; i_ < wck_dom_size(&list_) && wck_dom_item(&item_, &list_, i_); i_++) {           \
            if (wck_vec_push(&(vec)) == NULL)                                                                \
                (root)->document->status = wck_fail_memory((root)->document->err, "reading a plan");         \
            else                                                                                             \
                read(&item_, &(vec).items[(vec).n - 1]);                                                     \
        }                                                                                                    \
    } while (0)

static void check_digest(const wck_dom *root)
{
    const char *said = wck_dom_text(root, "digest", WCK_DOM_REQUIRED);
    char hex[WCK_DIGEST_HEX];
    wck_digest digest;

    if (said == NULL)
        return;
    if (!wck_dom_digest(root->json, &digest)) {
        root->document->status = wck_fail_memory(root->document->err, "reading a plan");
        return;
    }
    if (strcmp(said, wck_digest_format(hex, &digest)) == 0)
        return;
    wck_dom_fail(root, "digest", "document was changed since it was written");
    wck_fail_hint(root->document->err,
                  "Make the plan again with `wsusck plan`; leave out steps in the scripts instead.");
}

static void read_limit(const wck_dom *limits, wck_limit_kind kind, wck_plan_limit *out)
{
    static const char *const keys[] = {"limit", "standard", "unit", "found", "of", "server", "reason", "exceeded", NULL};
    const wck_limit_row *row = wck_limit_row_of(kind);
    const char *unit;
    wck_dom l;

    if (!wck_dom_object(&l, limits, row->name, WCK_DOM_REQUIRED))
        return;
    wck_dom_only(&l, keys);
    wck_dom_int(&l, "standard", WCK_DOM_OPTIONAL, 0, WCK_MAX_ROWS); /* for people; another version may have another */
    unit = wck_dom_text(&l, "unit", WCK_DOM_OPTIONAL);
    if (unit != NULL && strcmp(unit, row->percent ? "percent" : "count") != 0)
        wck_dom_fail(&l, "unit", "must be \"%s\"", row->percent ? "percent" : "count");
    out->limit = wck_dom_int(&l, "limit", WCK_DOM_REQUIRED, 0, WCK_MAX_ROWS);
    out->found = wck_dom_int(&l, "found", WCK_DOM_REQUIRED, 0, INT_MAX);
    out->of = wck_dom_int(&l, "of", WCK_DOM_OPTIONAL, 0, INT_MAX);
    out->server = wck_dom_text(&l, "server", WCK_DOM_OPTIONAL);
    out->reason = wck_dom_text(&l, "reason", WCK_DOM_OPTIONAL);
    if (wck_dom_bool(&l, "exceeded", false) != wck_plan_limit_exceeded(kind, out))
        wck_dom_fail(&l, "exceeded", "does not fit the numbers beside it");
}

/* Either all limits are there or none: a plan of an earlier build, or one that whatif prepared. */
static void read_limits(const wck_dom *root, wck_plan *plan)
{
    const char *keys[WCK_LIMIT_COUNT + 2] = {"max_actions"};
    wck_dom limits;

    plan->limits.max_actions = WCK_INT_NONE;
    if (!wck_dom_object(&limits, root, "limits", WCK_DOM_OPTIONAL))
        return;
    for (int i = 0; i < WCK_LIMIT_COUNT; i++)
        keys[i + 1] = wck_limit_row_of((wck_limit_kind)i)->name;
    wck_dom_only(&limits, keys);
    plan->limits.max_actions = wck_dom_int(&limits, "max_actions", WCK_DOM_OPTIONAL, 0, INT64_MAX);
    plan->limits.checked = json_object_get(limits.json, keys[1]) != NULL;
    for (int i = 0; i < WCK_LIMIT_COUNT && plan->limits.checked; i++)
        read_limit(&limits, (wck_limit_kind)i, &plan->limits.checks[i]);
}

static void read_plan(const wck_dom *root, wck_plan *plan)
{
    static const char *const keys[] = {"format",       "format_version", "digest",  "made_at",
                                       "tool_version", "snapshots",      "actions", "manual",
                                       "findings",     "waived",         "limits",  "policy",  NULL};
    int64_t n;

    wck_dom_format(root, FORMAT);
    check_digest(root);
    wck_dom_only(root, keys);
    plan->made_at = wck_dom_time(root, "made_at");
    plan->tool_version = wck_dom_text(root, "tool_version", WCK_DOM_OPTIONAL);
    plan->policy = wck_dom_sha256(root, "policy");
    READ_LIST(root, "snapshots", plan->snapshots, read_snapshot);
    READ_LIST(root, "actions", plan->actions, read_action);
    READ_LIST(root, "manual", plan->manual, read_manual);
    n = wck_dom_int(root, "findings", WCK_DOM_OPTIONAL, 0, INT64_MAX);
    plan->findings = n > 0 ? (size_t)n : 0;
    n = wck_dom_int(root, "waived", WCK_DOM_OPTIONAL, 0, INT64_MAX);
    plan->waived = n > 0 ? (size_t)n : 0;
    read_limits(root, plan);
}

wck_status wck_codec_parse_plan(wck_plan **out, const void *data, size_t len, wck_error *err)
{
    wck_plan *plan = wck_plan_new();
    wck_dom_document document;
    wck_status status;
    wck_dom root;

    *out = NULL;
    if (plan == NULL)
        return wck_fail_memory(err, "reading a plan");
    if (wck_dom_open(&document, &root, data, len, plan->arena, err))
        read_plan(&root, plan);
    status = document.status;
    wck_dom_close(&document);
    if (status == WCK_OK)
        *out = plan;
    else
        wck_plan_free(plan);
    return status;
}
