/* SPDX-License-Identifier: MIT
 * script_common.c: one script per server and tier, and the order to run them in. */
#include "emit/script_common.h"

#include "base/quote.h"
#include "emit/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Letters, digits, '.', '-' and '_' stay; a name never begins with a dot. Names need not be distinct: the
 * number is. */
static void safe_name(char *out, size_t size, const char *name)
{
    size_t n = 0;

    for (; *name != '\0' && n + 1 < size; name++) {
        char c = *name;
        bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '_' || (c == '.' && n > 0);
        out[n++] = safe ? c : '_';
    }
    while (n > 0 && out[n - 1] == '.') /* Windows drops a dot at the end */
        out[--n] = '\0';
    out[n] = '\0';
}

wck_script *wck_script_split(const wck_plan *plan, size_t *n)
{
    wck_script *out = calloc(plan->actions.n + 1, sizeof *out);

    *n = 0;
    for (size_t i = 0; i < plan->actions.n && out != NULL; i++) {
        const wck_plan_action *a = &plan->actions.items[i];
        char name[64];
        if (*n > 0 && strcmp(plan->actions.items[i - 1].server, a->server) == 0) {
            out[*n - 1].to = i + 1;
            continue;
        }
        safe_name(name, sizeof name, a->server_name != NULL ? a->server_name : a->server);
        out[*n] = (wck_script){.from = i, .to = i + 1, .number = *n + 1};
        snprintf(out[*n].stem, sizeof out[*n].stem, "%02zu-%s", *n + 1, name[0] != '\0' ? name : "server");
        ++*n;
    }
    return out;
}

static void hash_object(wck_buf *out, const wck_object *o)
{
    char id[4][WCK_GUID_TEXT];

    wck_buf_printf(out, "%d %s %" PRId64 " %s %s %s\n", (int)o->kind, wck_guid_format(id[0], o->update),
                   o->revision, wck_guid_format(id[1], o->group), wck_guid_format(id[2], o->category),
                   wck_guid_format(id[3], o->eula));
}

static void hash_target(wck_buf *out, const wck_plan_target *t)
{
    char id[WCK_GUID_TEXT];

    wck_buf_printf(out, "%" PRId64 " %d %d %s %d %d %s\n", t->port, t->ssl, t->cleartext,
                   t->service != NULL ? t->service : "", (int)t->start, t->restart, wck_guid_format(id, t->parent));
}

static bool hash_action(wck_hasher *hasher, const wck_plan_action *a)
{
    char id[WCK_GUID_TEXT];
    bool ok;
    wck_buf buf;

    wck_buf_init(&buf, 16U << 20);
    wck_buf_printf(&buf, "%zu %u %d %" PRId64 " %" PRId64 "\n", a->order, a->tier, (int)a->kind, a->action,
                   a->deadline);
    hash_object(&buf, &a->object);
    hash_target(&buf, &a->target);
    for (size_t i = 0; i < a->n_prior; i++)
        wck_buf_printf(&buf, "%s %" PRId64 " %" PRId64 " %" PRId64 "\n",
                       wck_guid_format(id, a->prior[i].group), a->prior[i].revision, a->prior[i].action,
                       a->prior[i].deadline);
    ok = !buf.failed && wck_hasher_put(hasher, wck_buf_text(&buf), buf.len);
    wck_buf_clear(&buf);
    return ok;
}

bool wck_script_plan_id(char *out, const wck_plan *plan)
{
    wck_hasher *hasher = wck_hasher_new();
    char hex[WCK_DIGEST_HEX], head[64];
    wck_digest digest;
    bool ok = hasher != NULL;

    if (hasher == NULL)
        return false;
    snprintf(head, sizeof head, "%" PRId64 "\n", plan->made_at);
    ok = wck_hasher_put(hasher, head, strlen(head));
    for (size_t i = 0; i < plan->snapshots.n && ok; i++)
        ok = wck_hasher_put(hasher, plan->snapshots.items[i].digest.bytes, WCK_DIGEST_SIZE);
    for (size_t i = 0; i < plan->actions.n && ok; i++)
        ok = hash_action(hasher, &plan->actions.items[i]);
    ok = wck_hasher_end(hasher, &digest) && ok;
    if (!ok)
        return false;
    wck_digest_format(hex, &digest);
    memcpy(out, hex, WCK_PLAN_ID - 1);
    out[WCK_PLAN_ID - 1] = '\0';
    return true;
}

const wck_plan_snapshot *wck_script_snapshot(const wck_plan *plan, const char *server)
{
    for (size_t i = 0; i < plan->snapshots.n; i++)
        if (strcmp(plan->snapshots.items[i].server, server) == 0)
            return &plan->snapshots.items[i];
    return NULL;
}

char *wck_script_time(char *out, wck_time t)
{
    wck_time rest = t == WCK_TIME_NONE ? 0 : t % WCK_TICKS_PER_SECOND;

    if (t != WCK_TIME_NONE)
        t -= rest < 0 ? rest + WCK_TICKS_PER_SECOND : rest;
    return wck_time_format(out, t);
}

bool wck_dialect_takes(const wck_dialect *dialect, const wck_plan *plan, size_t action)
{
    return dialect->takes == NULL || dialect->takes(plan, action);
}

bool wck_dialect_has(const wck_dialect *dialect, const wck_plan *plan, const wck_script *script)
{
    for (size_t i = script->from; i < script->to; i++)
        if (wck_dialect_takes(dialect, plan, i))
            return true;
    return false;
}

wck_status wck_script_hand_over(wck_buf *buf, const char *stem, const char *suffix, wck_file_fn *fn, void *payload,
                                wck_error *err)
{
    wck_buf name;
    wck_status status;

    if (buf->failed)
        return wck_fail_memory(err, "writing a script");
    wck_buf_init(&name, 256);
    wck_buf_puts(&name, stem);
    wck_buf_puts(&name, suffix);
    status = name.failed ? wck_fail_memory(err, "writing a script")
                         : fn(wck_buf_text(&name), wck_buf_text(buf), buf->len, payload, err);
    wck_buf_clear(&name);
    wck_buf_reset(buf);
    return status;
}

wck_status wck_script_check_ids(const wck_plan *plan, wck_error *err)
{
    for (size_t i = 0; i < plan->actions.n; i++) {
        const char *id = plan->actions.items[i].id;
        size_t digits = id != NULL && id[0] == 'a' ? strspn(id + 1, "0123456789") : 0;
        if (digits == 0 || digits > 9 || id[1 + digits] != '\0')
            return wck_fail(err, WCK_E_INPUT,
                            "could not write the scripts: action %zu of the plan has no id like \"a1\"", i + 1);
    }
    return WCK_OK;
}
