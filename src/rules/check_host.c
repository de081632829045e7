/* SPDX-License-Identifier: MIT
 * check_host.c: rules about the machine: proxy, permissions, services, events, free space (7006, 7010 to 7014).
 *
 * The facts come from Export-WsusSnapshot.ps1 -HostFacts. A part that is not there was not looked at, so no rule says
 * anything about it; a listed service, entry or event speaks for itself in a section read in part too. */
#include "rules/host_look.h"

#include "base/buf.h"
#include "base/quote.h"
#include "model/sddl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const wck_host *wck_host_of(const facts *f)
{
    return wck_listed(f, WCK_SECTION_HOST) ? f->head->host : NULL;
}

wck_object wck_object_of_server(const facts *f)
{
    return (wck_object){.kind = WCK_OBJECT_SERVER, .revision = WCK_INT_NONE, .name = f->node->name};
}

static wck_finding *on_server(check *c, const facts *f, int rule)
{
    wck_object object = wck_object_of_server(f);

    return wck_finding_add(c, f->node, rule, &object);
}

/* ---- events ---- */

bool wck_event_is_ours(const wck_host_event *e)
{
    return e->source == NULL || strcasecmp(e->source, "Windows Server Update Services") == 0 ||
           strcasecmp(e->source, "WSUS") == 0;
}

static const wck_host_event *newest_of(const wck_host *host, int64_t bad, int64_t fine)
{
    enum { ALL_WORKS = 10000 };
    const wck_host_event *newest = NULL;

    for (size_t i = 0; i < host->n_events; i++) {
        const wck_host_event *e = &host->events[i];
        bool counts = e->id == bad || e->id == fine || e->id == ALL_WORKS;
        if (counts && wck_event_is_ours(e) &&
            (newest == NULL || e->time > newest->time || (e->time == newest->time && e->id == bad)))
            newest = e;
    }
    return newest;
}

/* The bad event if nothing newer takes it back. */
static const wck_host_event *standing(const wck_host *host, int64_t bad)
{
    const wck_host_event *e = newest_of(host, bad, bad - bad % 10);

    return e != NULL && e->id == bad ? e : NULL;
}

static void text_evidence(check *c, wck_finding *found, const wck_host_event *e)
{
    char shown[400];

    if (e->text != NULL)
        wck_finding_evidence(c, found, "event_text", "%s", wck_quote_short(shown, sizeof shown, e->text, 120));
}

static void event_evidence(check *c, wck_finding *found, const wck_host_event *e)
{
    wck_finding_time(c, found, wck_text(c, "event_%lld", (long long)e->id), e->time);
    text_evidence(c, found, e);
}

typedef struct component {
    int64_t id;
    const char *name, *look;
} component;

#define WCK_EVENT(id, name, look) {id, name, look},
static const component components[] = {
#include "rules/events.def"
};
#undef WCK_EVENT

/* 7013: one finding a server; the first component of the table is where to begin. */
static void check_components(check *c, const facts *f, const wck_host *host)
{
    const wck_host_event *first = NULL;
    wck_finding *found = NULL;
    wck_buf names;

    wck_buf_init(&names, 1000);
    for (size_t i = 0; i < sizeof components / sizeof components[0]; i++) {
        const wck_host_event *e = standing(host, components[i].id);
        if (e == NULL)
            continue;
        if (first == NULL) {
            first = e;
            found = on_server(c, f, 7013);
            wck_finding_evidence(c, found, "look_first", "%s", components[i].look);
            text_evidence(c, found, e);
        }
        wck_finding_time(c, found, wck_text(c, "event_%lld", (long long)e->id), e->time);
        wck_buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", components[i].name);
    }
    if (first != NULL)
        wck_finding_says(c, found, "working", wck_text(c, "not working: %s", wck_buf_text(&names)));
    wck_buf_clear(&names);
}

/* ---- 7014 ---- */

static void check_disk(check *c, const facts *f, const wck_host *host)
{
    enum { RED = 10042, YELLOW = 10041 };
    /* "wsusutil healthmonitoring DiskSpaceInMegabytes" warns below 500 MB unless it is set otherwise */
    const int64_t least = INT64_C(500) << 20;
    const wck_host_event *e = standing(host, RED);
    bool short_now = host->free_bytes != WCK_INT_NONE && host->free_bytes >= 0 && host->free_bytes < least;
    wck_finding *found;

    if (e == NULL)
        e = standing(host, YELLOW);
    if (e == NULL && !short_now)
        return;
    found = on_server(c, f, 7014);
    wck_finding_says(c, found, "at least 500 MB free",
                     host->free_bytes != WCK_INT_NONE
                         ? wck_text(c, "%lld MB free", (long long)(host->free_bytes >> 20))
                         : wck_text(c, "event %lld", (long long)e->id));
    if (host->content_path != NULL)
        wck_finding_evidence(c, found, "content_folder", "%.300s", host->content_path);
    if (e != NULL)
        event_evidence(c, found, e);
}

/* ---- 7006 ---- */

static void check_proxy(check *c, const facts *f, const wck_host *host)
{
    const wck_config *config = &f->head->config;
    bool by_config = wck_listed(f, WCK_SECTION_CONFIG) && config->has_proxy && config->proxy.basic_in_cleartext == 1;
    bool by_host = host != NULL && host->has_proxy && host->proxy.basic_in_cleartext == 1;
    const char *name = by_config ? config->proxy.host : by_host ? host->proxy.host : NULL;
    wck_finding *found;

    if (!by_config && !by_host)
        return;
    found = on_server(c, f, 7006);
    wck_finding_says(c, found, "proxy credentials over SSL only", "allowed in cleartext");
    if (name != NULL)
        wck_finding_evidence(c, found, "proxy", "%.300s", name);
}

/* ---- services ---- */

static const wck_host_service *service(const wck_host *host, const char *name, const char *display)
{
    const wck_host_service *s = wck_host_service_find(host, name);

    return s != NULL ? s : wck_host_service_find(host, display);
}

static const char *condition(check *c, const wck_host_service *s)
{
    return wck_text(c, "%s, start %s", wck_service_state_name(s->state), wck_service_start_name(s->start));
}

static void check_bits(check *c, const facts *f, const wck_host *host)
{
    const wck_host_service *s = service(host, "BITS", "Background Intelligent Transfer Service");

    /* Microsoft's page asks for Manual in one place and for Automatic in another: both are fine */
    if (s != NULL && s->start == WCK_START_DISABLED)
        wck_finding_says(c, on_server(c, f, 7011), "start manual or automatic", condition(c, s));
}

static void check_wsus_service(check *c, const facts *f, const wck_host *host)
{
    const wck_host_service *s = service(host, "WsusService", "WSUS Service");

    if (s == NULL)
        return;
    if (s->state == WCK_SERVICE_STOPPED || s->state == WCK_SERVICE_PAUSED || s->state == WCK_SERVICE_MISSING ||
        s->start == WCK_START_MANUAL || s->start == WCK_START_DISABLED)
        wck_finding_says(c, on_server(c, f, 7012), "running, start automatic", condition(c, s));
}

/* ---- 7010 ---- */

typedef enum need { NEED_NONE, NEED_READ, NEED_FULL } need;

/* What a folder must allow (domain.md 9). */
typedef struct demand {
    need service, users;
    bool either; /* one of the two is enough */
} demand;

/* The last name of a path, without the separators behind it. */
static bool ends_in(const char *path, const char *name)
{
    size_t end = strlen(path), len = strlen(name);

    while (end > 0 && (path[end - 1] == '\\' || path[end - 1] == '/'))
        end--;
    return end >= len && strncasecmp(path + end - len, name, len) == 0 &&
           (end == len || path[end - len - 1] == '\\' || path[end - len - 1] == '/');
}

static demand demand_of(const char *path)
{
    size_t len = strlen(path);

    if (path[0] == '\\' && path[1] == '\\') /* a share: the machine's account counts there, not Network Service */
        return (demand){NEED_NONE, NEED_NONE, false};
    if (len >= 2 && len <= 3 && path[1] == ':')
        return (demand){NEED_READ, NEED_READ, true};
    if (ends_in(path, "WsusContent"))
        return (demand){NEED_FULL, NEED_READ, false};
    if (ends_in(path, "Temporary ASP.NET Files") || ends_in(path, "Temp"))
        return (demand){NEED_FULL, NEED_NONE, false};
    return (demand){NEED_READ, NEED_READ, false};
}

typedef struct folder {
    wck_access service, users;
    const char *problem; /* the text is no security descriptor */
} folder;

static wck_access access_of(folder *out, const char *sddl, wck_trustee who, need wanted, wck_error *err)
{
    wck_access access = WCK_ACCESS_GRANTED;

    if (wanted != NEED_NONE && wck_sddl_access(&access, sddl, who, wanted == NEED_FULL ? WCK_RIGHTS_FULL : WCK_RIGHTS_READ,
                                               WCK_SDDL_HERE, err) != WCK_OK)
        out->problem = err->text;
    return access;
}

static const char *lacking(check *c, const demand *d, const folder *is)
{
    bool service = is->service == WCK_ACCESS_DENIED, users = is->users == WCK_ACCESS_DENIED;
    const char *right = d->service == NEED_FULL ? "Full Control" : "Read";

    if (d->either)
        return service && users ? "Users and Network Service lack Read" : NULL;
    if (service && users)
        return wck_text(c, "Network Service lacks %s, Users lack Read", right);
    return service ? wck_text(c, "Network Service lacks %s", right) : users ? "Users lack Read" : NULL;
}

static bool uncertain(const demand *d, const folder *is)
{
    bool service = is->service == WCK_ACCESS_UNKNOWN, users = is->users == WCK_ACCESS_UNKNOWN;

    if (d->either)
        return (service || users) && is->service != WCK_ACCESS_GRANTED && is->users != WCK_ACCESS_GRANTED;
    return service || users;
}

/* What was said about one server so far. */
typedef struct folders {
    wck_finding *found, *unknown;
    bool denied;
    size_t n;
} folders;

static const char *folder_name(check *c, folders *all)
{
    return ++all->n == 1 ? "folder" : wck_text(c, "folder_%zu", all->n);
}

/* A path in a command that a person pastes: nothing that a shell or icacls could read as something else. */
static bool is_plain(const char *path)
{
    return path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.:\\-")] == '\0' &&
           strlen(path) < 200;
}

/* By identifier, because account names are translated. What is granted on a drive is not inherited by all of it. */
static void put_command(check *c, folders *all, const char *path, const demand *d, const folder *is)
{
    bool service = is->service == WCK_ACCESS_DENIED, users = is->users == WCK_ACCESS_DENIED && !d->either;
    const char *below = d->either ? "" : "(OI)(CI)", *quote = strchr(path, ' ') != NULL ? "\"" : "";
    int len = (int)strlen(path);

    if (!is_plain(path))
        return;
    if (*quote != '\0' && path[len - 1] == '\\') /* would quote the quotation mark behind it */
        len--;
    wck_finding_evidence(c, all->found, all->n == 1 ? "command" : wck_text(c, "command_%zu", all->n),
                         "icacls %s%.*s%s /grant%s%s", quote, len, path, quote,
                         service ? wck_text(c, " \"*S-1-5-20:%s%s\"", below, d->service == NEED_FULL ? "F" : "RX") : "",
                         users ? wck_text(c, " \"*S-1-5-32-545:%sRX\"", below) : "");
}

static void check_folder(check *c, const facts *f, const wck_host_acl *acl, folders *all, bool unknowns)
{
    demand d = demand_of(acl->path);
    folder is = {0};
    wck_error err;
    const char *lacks;
    char shown[300];

    wck_error_clear(&err);
    is.service = access_of(&is, acl->sddl, WCK_TRUSTEE_NETWORK_SERVICE, d.service, &err);
    is.users = access_of(&is, acl->sddl, WCK_TRUSTEE_USERS, d.users, &err);
    wck_quote_short(shown, sizeof shown, acl->path, 120);
    lacks = is.problem == NULL ? lacking(c, &d, &is) : NULL;
    if (lacks != NULL && !unknowns) {
        if (!all->denied) {
            all->found = on_server(c, f, 7010);
            wck_finding_says(c, all->found, "access for Network Service and Users", wck_text(c, "%s: %s", shown, lacks));
        }
        all->denied = true;
        wck_finding_evidence(c, all->found, folder_name(c, all), "%s: %s", shown, lacks);
        put_command(c, all, acl->path, &d, &is);
    } else if (lacks == NULL && unknowns && (is.problem != NULL || uncertain(&d, &is))) {
        if (all->unknown == NULL) {
            all->unknown = on_server(c, f, 7010);
            wck_finding_says(c, all->unknown, "access for Network Service and Users",
                             wck_text(c, "%s: not known", shown));
            if (all->unknown != NULL)
                all->unknown->result = WCK_RESULT_UNKNOWN;
        }
        wck_finding_evidence(c, all->unknown, folder_name(c, all), "%s: %s", shown,
                             is.problem != NULL ? is.problem : "a condition or a group decides that is not known here");
    }
}

/* WSUS looks itself: event 10012 speaks where no permissions were read. */
static void check_permissions(check *c, const facts *f, const wck_host *host)
{
    const wck_host_event *e = standing(host, 10012);
    folders all = {0};

    for (size_t i = 0; i < host->n_acl; i++)
        check_folder(c, f, &host->acl[i], &all, false);
    if (host->n_acl == 0 && e != NULL) {
        all.denied = true;
        all.found = on_server(c, f, 7010);
        wck_finding_says(c, all.found, "access for Network Service and Users", "event 10012: permissions are wrong");
    }
    if (all.denied) {
        if (e != NULL)
            event_evidence(c, all.found, e);
        return;
    }
    for (size_t i = 0; i < host->n_acl; i++)
        check_folder(c, f, &host->acl[i], &all, true);
}

/* ---- all ---- */

void wck_check_host(check *c, facts *f)
{
    const wck_host *host = wck_host_of(f);

    check_proxy(c, f, host);
    if (host == NULL)
        return;
    if (host->problem != NULL) {
        wck_object object = {
            .kind = WCK_OBJECT_SECTION, .revision = WCK_INT_NONE, .name = wck_section_name(WCK_SECTION_HOST)};
        wck_finding_says(c, wck_finding_add(c, f->node, 9002, &object), "readable", host->problem);
        return;
    }
    check_permissions(c, f, host);
    check_bits(c, f, host);
    check_wsus_service(c, f, host);
    check_components(c, f, host);
    check_disk(c, f, host);
}
