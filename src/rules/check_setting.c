/* SPDX-License-Identifier: MIT
 * check_setting.c: settings that make synchronizing go wrong: siblings that start in the same minute (1009), the name
 * form of the upstream server (7002). */
#include "rules/check.h"

#include "base/buf.h"

#include <string.h>
#include <strings.h>

static wck_finding *on_server(check *c, const facts *f, int rule)
{
    wck_object object = {.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = f->node->name};

    return wck_finding_add(c, f->node, rule, &object);
}

static const wck_config *config_of(const facts *f)
{
    return wck_listed(f, WCK_SECTION_CONFIG) ? &f->head->config : NULL;
}

/* ---- 1009 ---- */

enum { MOST_STARTS = 24 };

/* The first minute of the day at which both start; -1: none. Both ascending. */
static int common_minute(const unsigned *a, size_t na, const unsigned *b, size_t nb)
{
    for (size_t i = 0, k = 0; i < na && k < nb;) {
        if (a[i] == b[k])
            return (int)a[i];
        if (a[i] < b[k])
            i++;
        else
            k++;
    }
    return -1;
}

static void check_schedule(check *c, const facts *f)
{
    unsigned mine[MOST_STARTS], other[MOST_STARTS];
    const wck_node *parent = f->node->parent;
    size_t n = wck_schedule_minutes(config_of(f), mine, MOST_STARTS), others = 0;
    wck_finding *found;
    int minute = -1;
    wck_buf names;

    wck_buf_init(&names, 900); /* a finding's text; the number of the others is told beside it */
    for (size_t i = 0; n > 0 && parent != NULL && i < parent->n_children; i++) {
        const wck_node *sibling = parent->children[i];
        size_t k = wck_schedule_minutes(config_of(&c->facts[sibling->index]), other, MOST_STARTS);
        int both = common_minute(mine, n, other, k);
        if (sibling == f->node || both < 0)
            continue;
        minute = minute < 0 ? both : minute;
        if (others++ < 3)
            wck_buf_printf(&names, "%s%.200s", names.len > 0 ? ", " : "", sibling->path);
    }
    if (others > 0) {
        found = on_server(c, f, 1009);
        wck_finding_says(c, found, "a minute of its own", wck_text(c, "%02d:%02d UTC", minute / 60, minute % 60));
        wck_finding_evidence(c, found, "also", "%s%s", wck_buf_text(&names), others > 3 ? ", …" : "");
        wck_finding_evidence(c, found, "others", "%zu", others);
    }
    wck_buf_clear(&names);
}

/* ---- 7002 ---- */

static bool is_address(const char *name)
{
    return strchr(name, ':') != NULL || name[strspn(name, "0123456789.")] == '\0';
}

static const char *form_of(const char *name)
{
    return is_address(name) ? "address" : strchr(name, '.') != NULL ? "full name" : "short name";
}

/* Names of the DNS, without regard to case and to the dot at the end. */
static bool same_name(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);

    na -= na > 0 && a[na - 1] == '.';
    nb -= nb > 0 && b[nb - 1] == '.';
    return na == nb && strncasecmp(a, b, na) == 0;
}

static bool same_label(const char *a, const char *b)
{
    size_t na = strcspn(a, "."), nb = strcspn(b, ".");

    return na == nb && strncasecmp(a, b, na) == 0;
}

/* The upstream server is known under its own name in the collection and under its full name. An address, the short name
 * or another domain is another form of it, which may resolve to another machine, or not match the certificate. A name
 * that has nothing in common with it is an alias or wrong: only resolving it can tell (WCK7001, doctor). */
static void check_name_form(check *c, const facts *f)
{
    const wck_config *config = config_of(f);
    const wck_server *up = f->node->parent != NULL ? &f->node->parent->now->head->server : NULL;
    const char *name = config != NULL && config->has_upstream ? config->upstream.name : NULL;
    wck_finding *found;

    if (name == NULL || *name == '\0' || up == NULL || up->fqdn == NULL || *up->fqdn == '\0')
        return;
    if (same_name(name, up->fqdn) || same_name(name, up->name) || (!is_address(name) && !same_label(name, up->fqdn)))
        return;
    found = on_server(c, f, 7002);
    wck_finding_says(c, found, wck_text(c, "%.300s", up->fqdn), wck_text(c, "%.300s", name));
    wck_finding_evidence(c, found, "form", "%s here, %s there", form_of(name), form_of(up->fqdn));
}

void wck_check_setting(check *c, const facts *f)
{
    check_schedule(c, f);
    check_name_form(c, f);
}
