/* SPDX-License-Identifier: MIT
 * services.c: what WSUS serves, and what each status of it usually means (domain.md 5.5, Microsoft's "Issues
 * with Synchronization" and "WSUS connection" pages). */
#include "probe/web.h"

#include "base/quote.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct service {
    const char *path;
    const char *needed_by;
} service;

/* A downstream server calls the first two to synchronize and the third to roll up; computers call the others.
 */
static const service services[] = {
    {"/ServerSyncWebService/ServerSyncWebService.asmx", "downstream servers"},
    {"/DssAuthWebService/DssAuthWebService.asmx", "downstream servers"},
    {"/ReportingWebService/ReportingWebService.asmx", "downstream servers and computers"},
    {"/ClientWebService/Client.asmx", "computers"},
    {"/SimpleAuthWebService/SimpleAuth.asmx", "computers"},
};
static const service administration = {"/ApiRemoting30/WebService.asmx", "consoles and wsusck (api admin)"};

typedef struct meaning {
    long status;
    const char *cause, *remedy;
} meaning;

static const meaning meanings[] = {
    {401, "the service asks for a login where it must be anonymous",
     "Allow anonymous authentication for that virtual directory in IIS, as WSUS sets it up."},
    {403, "\"Require SSL\" on the wrong virtual directory, IP restrictions, or a client certificate",
     "Look at the SSL settings and restrictions of that virtual directory in IIS."},
    {404, "the virtual directory is missing, or another web site answers on this port",
     "Check port and site; run \"wsusutil postinstall\" to make the virtual directories again."},
    {500, "the service fails to start, or its database does not answer",
     "See the event log of that server for events 12002 to 12062; start the Update Services service."},
    {502, "a proxy on the way could not reach the server", "Check the proxy settings."},
    {503, "the application pool WsusPool is stopped, or reached its private memory limit",
     "Start WsusPool; raise its private memory limit (default 1,843,200 KB) to 4 to 8 GB or 0; clean up "
     "WSUS."},
    {504, "a proxy on the way got no answer from the server", "Check the proxy settings."},
};

static const meaning *meaning_of(long status)
{
    static const meaning other = {0, NULL, "Open that address in a browser on the server itself."};

    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].status == status)
            return &meanings[i];
    return &other;
}

static void make_url(char *out, size_t size, const char *root, const char *path)
{
    size_t len = strlen(root);

    while (len > 0 && root[len - 1] == '/')
        len--;
    snprintf(out, size, "%.*s%s", (int)len, root, path);
}

/* 200: the page of the service. 405, and 500 only with the documentation page switched off: it answers POST
 * only. */
static bool answers(long status)
{
    return status == 200 || status == 405;
}

static void add_transport(probe *p, const char *path, const wck_web_reply *reply)
{
    char shown[300];
    bool tls = reply->rc == CURLE_PEER_FAILED_VERIFICATION || reply->rc == CURLE_SSL_CONNECT_ERROR;
    wck_look *look = wck_diagnosis_add(p->out, p->server->name, tls ? WCK_LOOK_TLS : WCK_LOOK_SERVICE, path,
                                       WCK_LOOK_FAIL, tls ? 7009 : 7008, "no answer: %s",
                                       wck_quote_short(shown, sizeof shown, reply->text, 150));

    if (tls)
        wck_look_explain(p->out, look, "the certificate is not trusted here, or does not fit the name",
                         "Name the issuing authority in \"ca_file\", and use the name in the certificate.");
    else
        wck_look_explain(p->out, look, "the web site accepts connections and does not answer",
                         "Restart the site; look at WsusPool and the event log of that server.");
}

static bool add_service(probe *p, const service *s, const wck_web_reply *reply, bool login_wanted)
{
    wck_look *look;

    if (reply->rc != CURLE_OK && reply->status == 0) {
        if (!wck_probe_canceled(p))
            add_transport(p, s->path, reply);
        return false;
    }
    if (answers(reply->status)) {
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_SERVICE, s->path, WCK_LOOK_OK, 0, "answers");
        return true;
    }
    if (login_wanted && reply->status == 401) {
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_SERVICE, s->path, WCK_LOOK_OK, 0,
                          "asks for a login as it should (%s)",
                          reply->methods[0] != '\0' ? reply->methods : "no method said");
        return true;
    }
    look = wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_SERVICE, s->path, WCK_LOOK_FAIL, 7008,
                             "HTTP %ld; needed by %s", reply->status, s->needed_by);
    wck_look_explain(p->out, look, meaning_of(reply->status)->cause, meaning_of(reply->status)->remedy);
    return true;
}

static void add_clock(probe *p, const wck_web_reply *reply)
{
    int64_t off = reply->date == WCK_TIME_NONE ? 0 : (reply->date - reply->received) / WCK_TICKS_PER_SECOND;
    char target[PLACE_TEXT] = "Date header";
    wck_look *look;

    if (reply->date == WCK_TIME_NONE) {
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_CLOCK, target, WCK_LOOK_UNKNOWN, 0,
                          "the server does not say its time");
        return;
    }
    if (off >= -300 && off <= 300) { /* Kerberos allows five minutes */
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_CLOCK, target, WCK_LOOK_OK, 0,
                          "differs by %" PRId64 " s from ours", off < 0 ? -off : off);
        return;
    }
    look = wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_CLOCK, target, WCK_LOOK_WARNING, 9006,
                             "%" PRId64 " min %s ours", (off < 0 ? -off : off) / 60,
                             off < 0 ? "behind" : "ahead of");
    wck_look_explain(p->out, look, "cookies and Kerberos tickets expire too early or never",
                     "Synchronize the clocks (w32tm /resync), and see which of the two is wrong.");
}

/* The setup of WSUS puts this file into the content folder for its own health check. */
#define CONTENT_FILE "/Content/anonymousCheckFile.txt"

static void add_content(probe *p, const char *root)
{
    wck_web_reply reply;
    wck_look *look;
    char url[512];

    if (p->server->remote_content) {
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_CONTENT, "/Content", WCK_LOOK_SKIPPED, 0,
                          "content comes from Microsoft Update");
        return;
    }
    make_url(url, sizeof url, root, CONTENT_FILE);
    wck_probe_tell(p, WCK_LOOK_CONTENT, CONTENT_FILE);
    reply = wck_web_ask(p, url, WCK_WEB_HEAD | WCK_WEB_PROXY_LOGIN);
    if (reply.status == 200) {
        wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_CONTENT, CONTENT_FILE, WCK_LOOK_OK, 0,
                          "is served");
        return;
    }
    if (reply.status == 0) {
        add_transport(p, CONTENT_FILE, &reply);
        return;
    }
    look = wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_CONTENT, CONTENT_FILE,
                             reply.status == 404 ? WCK_LOOK_WARNING : WCK_LOOK_FAIL,
                             reply.status == 404 ? 7008 : 7010, "HTTP %ld", reply.status);
    if (reply.status == 404)
        wck_look_explain(
            p->out, look, "the Content virtual directory points elsewhere, or its check file was deleted",
            "Compare the path of that virtual directory with ContentDir; run \"wsusutil checkhealth\".");
    else
        wck_look_explain(
            p->out, look, "the web server may not read the content folder",
            "Give Users and NETWORK SERVICE Read on the folder, and NETWORK SERVICE Full Control on "
            "WsusContent; use http there when only the content may not be SSL.");
}

static void add_administration(probe *p, const char *root)
{
    bool login =
        p->server->admin && p->server->auth_kind != NULL && strcmp(p->server->auth_kind, "none") != 0;
    bool readable = login && strcmp(p->server->auth_kind, "basic") == 0 && strncasecmp(root, "https:", 6) != 0;
    char url[512], methods[160];
    wck_web_reply reply;
    wck_look *look;

    make_url(url, sizeof url, root, administration.path);
    wck_probe_tell(p, WCK_LOOK_SERVICE, administration.path);
    reply = wck_web_ask(p, url, WCK_WEB_PROXY_LOGIN | (login && !readable ? WCK_WEB_LOGIN : 0));
    if (readable && reply.status == 401) {
        look = wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_SERVICE, administration.path, WCK_LOOK_FAIL, 7008,
                                 "it wants a login, and Basic without TLS is never tried (offered: %s)",
                                 wck_quote_short(methods, sizeof methods, reply.methods, 100));
        wck_look_explain(p->out, look, "Basic would send the password in cleartext",
                         "Use the https address of that server (8531), or negotiate or ntlm.");
        return;
    }
    if (!login || reply.status != 401) {
        add_service(p, &administration, &reply, true);
        return;
    }
    look = wck_diagnosis_add(p->out, p->server->name, WCK_LOOK_SERVICE, administration.path, WCK_LOOK_FAIL,
                             7008, "the login was refused (%s; offered: %s)", p->server->auth_kind,
                             wck_quote_short(methods, sizeof methods, reply.methods, 100));
    wck_look_explain(p->out, look, "a wrong or expired password, no ticket, or an account without rights",
                     "The account must be a member of WSUS Administrators or WSUS Reporters on that server.");
}

void wck_probe_web(probe *p, const char *root)
{
    wck_web_reply reply = {.date = WCK_TIME_NONE};
    char url[512];

    for (size_t i = 0; i < sizeof services / sizeof *services && !wck_probe_canceled(p); i++) {
        wck_web_reply one;
        make_url(url, sizeof url, root, services[i].path);
        wck_probe_tell(p, WCK_LOOK_SERVICE, services[i].path);
        one = wck_web_ask(p, url, WCK_WEB_PROXY_LOGIN);
        if (i == 0)
            reply = one;
        if (!add_service(p, &services[i], &one, false))
            return;
    }
    if (!wck_probe_canceled(p))
        add_administration(p, root);
    add_clock(p, &reply);
    if (!wck_probe_canceled(p))
        add_content(p, root);
}
