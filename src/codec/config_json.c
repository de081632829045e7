/* SPDX-License-Identifier: MIT
 * config_json.c: wsusck.json (cli.md, configuration). Unknown keys are errors: a misspelt one must not be
 * silent. */
#include "codec/codec.h"

#include "base/limits.h"
#include "base/map.h"
#include "codec/dom.h"
#include "model/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void wck_config_file_free(wck_config_file *config)
{
    if (config == NULL)
        return;
    wck_vec_clear(&config->servers);
    wck_vec_clear(&config->waivers);
    wck_arena_free(config->arena);
    free(config);
}

/* cli.md: passwords never stand in a URI or in the configuration. */
static bool refuse_password(const wck_dom *at, const char *key)
{
    if (at->document->status != WCK_OK)
        return false;
    wck_dom_fail(at, key, "a password must not stand in the configuration");
    wck_fail_hint(at->document->err, "Name an environment variable with \"password_env\" or a file with mode "
                                     "0600 with \"password_file\".");
    return false;
}

/* Does one of the parts of text, between the separators, begin with key and "="? */
static bool has_setting(const char *text, const char *separators, const char *key)
{
    size_t len = strlen(key);

    while (*text != '\0') {
        text += strspn(text, separators);
        if (strncasecmp(text, key, len) == 0 && text[len + strspn(text + len, " ")] == '=')
            return true;
        text += strcspn(text, separators);
    }
    return false;
}

/* "https://user:password@host", "?password=" of PostgreSQL and "PWD=" of an ODBC connection string. */
static void check_uri(const wck_dom *at, const char *key, const char *uri)
{
    const char *scheme = uri != NULL ? strstr(uri, "://") : NULL, *user_end;

    if (scheme != NULL) {
        user_end = memchr(scheme + 3, '@', strcspn(scheme + 3, "/?#"));
        if (user_end != NULL && memchr(scheme + 3, ':', (size_t)(user_end - scheme - 3)) != NULL)
            refuse_password(at, key);
        if (has_setting(uri, "?&", "password"))
            refuse_password(at, key);
    }
    if (uri != NULL && strncmp(uri, "odbc:", 5) == 0 &&
        (has_setting(uri + 5, "; ", "pwd") || has_setting(uri + 5, "; ", "password")))
        refuse_password(at, key);
}

static void read_auth(const wck_dom *s, wck_server_config *server)
{
    static const char *const keys[] = {"kind", "user", "password_env", "password_file", NULL};
    static const char *const kinds[] = {"none", "negotiate", "ntlm", "basic"};
    wck_dom auth;
    size_t i = 0;

    if (!wck_dom_object(&auth, s, "auth", WCK_DOM_OPTIONAL))
        return;
    if (json_object_get(auth.json, "password") != NULL)
        refuse_password(&auth, "password");
    wck_dom_only(&auth, keys);
    server->auth_kind = wck_dom_text(&auth, "kind", WCK_DOM_REQUIRED);
    while (server->auth_kind != NULL && i < 4 && strcmp(kinds[i], server->auth_kind) != 0)
        i++;
    if (i == 4)
        wck_dom_fail(&auth, "kind", "must be none, negotiate, ntlm or basic");
    server->auth_user = wck_dom_text(&auth, "user", WCK_DOM_OPTIONAL);
    server->auth_password_env = wck_dom_text(&auth, "password_env", WCK_DOM_OPTIONAL);
    server->auth_password_file = wck_dom_text(&auth, "password_file", WCK_DOM_OPTIONAL);
    if (server->auth_password_env != NULL && server->auth_password_file != NULL)
        wck_dom_fail(&auth, NULL, "must not name both \"password_env\" and \"password_file\"");
}

static void read_proxy(const wck_dom *s, wck_server_config *server)
{
    static const char *const keys[] = {"url", "user", "password_env", "password_file", "basic_in_cleartext", NULL};
    wck_dom proxy;

    if (!wck_dom_object(&proxy, s, "proxy", WCK_DOM_OPTIONAL))
        return;
    if (json_object_get(proxy.json, "password") != NULL)
        refuse_password(&proxy, "password");
    wck_dom_only(&proxy, keys);
    server->proxy_url = wck_dom_text(&proxy, "url", WCK_DOM_REQUIRED);
    check_uri(&proxy, "url", server->proxy_url);
    server->proxy_user = wck_dom_text(&proxy, "user", WCK_DOM_OPTIONAL);
    server->proxy_basic = wck_dom_bool(&proxy, "basic_in_cleartext", false);
    server->proxy_password_env = wck_dom_text(&proxy, "password_env", WCK_DOM_OPTIONAL);
    server->proxy_password_file = wck_dom_text(&proxy, "password_file", WCK_DOM_OPTIONAL);
    if (server->proxy_password_env != NULL && server->proxy_password_file != NULL)
        wck_dom_fail(&proxy, NULL, "must not name both \"password_env\" and \"password_file\"");
}

static bool parse_api(wck_api_kind *out, const char *text)
{
    static const char *const names[] = {"auto", "sync", "admin"};

    for (int i = 0; i < 3; i++)
        if (strcmp(names[i], text) == 0) {
            *out = (wck_api_kind)i;
            return true;
        }
    return false;
}

/* A name is one step of a path ("hq/berlin"). */
static void check_name(const wck_dom *s, const char *key, const char *name)
{
    if (name == NULL)
        return;
    if (name[0] == '\0' || strlen(name) > WCK_MAX_NAME)
        wck_dom_fail(s, key, "must have 1 to %u bytes", WCK_MAX_NAME);
    if (strchr(name, '/') != NULL)
        wck_dom_fail(s, key, "must not hold a \"/\"");
}

static void read_server(const wck_dom *s, wck_server_config *server)
{
    static const char *const keys[] = {"name", "source", "parent",  "mode", "api",
                                       "auth", "proxy",  "ca_file", "crl_file", NULL};

    if (json_object_get(s->json, "password") != NULL)
        refuse_password(s, "password");
    wck_dom_only(s, keys);
    server->name = wck_dom_text(s, "name", WCK_DOM_REQUIRED);
    check_name(s, "name", server->name);
    server->source = wck_dom_text(s, "source", WCK_DOM_REQUIRED);
    if (server->source != NULL && server->source[0] == '\0')
        wck_dom_fail(s, "source", "must not be empty");
    check_uri(s, "source", server->source);
    server->parent = wck_dom_text(s, "parent", WCK_DOM_OPTIONAL);
    check_name(s, "parent", server->parent);
    wck_dom_word(s, "mode", WCK_DOM_OPTIONAL, wck_mode_parse, &server->mode,
                 "replica, autonomous or unknown");
    wck_dom_word(s, "api", WCK_DOM_OPTIONAL, parse_api, &server->api, "auto, sync or admin");
    read_auth(s, server);
    read_proxy(s, server);
    server->ca_file = wck_dom_text(s, "ca_file", WCK_DOM_OPTIONAL);
    server->crl_file = wck_dom_text(s, "crl_file", WCK_DOM_OPTIONAL);
}

static void read_servers(const wck_dom *root, wck_config_file *config)
{
    wck_map names = {0};
    wck_dom list, s;
    bool added;

    if (!wck_dom_array(&list, root, "servers", WCK_DOM_OPTIONAL))
        return;
    if (wck_dom_size(&list) > WCK_MAX_SERVERS)
        wck_dom_fail(&list, NULL, "must not hold more than %u servers", WCK_MAX_SERVERS);
    for (size_t i = 0; i < wck_dom_size(&list) && wck_dom_item(&s, &list, i); i++) {
        wck_server_config *server = wck_vec_push(&config->servers);
        if (server == NULL) {
            root->document->status = wck_fail_memory(root->document->err, "reading the configuration");
            break;
        }
        read_server(&s, server);
        if (root->document->status != WCK_OK)
            break;
        if (wck_map_put(&names, server->name, strlen(server->name), &added) == NULL)
            root->document->status = wck_fail_memory(root->document->err, "reading the configuration");
        else if (!added)
            wck_dom_fail(&s, "name", "another server has this name already");
    }
    wck_map_clear(&names);
}

/* A day means its beginning, UTC. */
static wck_time read_expiry(const wck_dom *w)
{
    const char *text = wck_dom_text(w, "expires", WCK_DOM_OPTIONAL);
    wck_time t = WCK_TIME_NONE;
    char whole[64];

    if (text == NULL)
        return t;
    snprintf(whole, sizeof whole, "%.40s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
    if (!wck_time_parse(&t, whole))
        wck_dom_fail(w, "expires", "must be a day as in 2027-01-01 or a time as in 2027-01-01T12:00:00Z");
    return t;
}

static void read_waivers(const wck_dom *root, wck_config_file *config)
{
    static const char *const keys[] = {"rule", "server", "object", "reason", "owner", "expires", NULL};
    wck_dom list, w;

    if (!wck_dom_array(&list, root, "waivers", WCK_DOM_OPTIONAL))
        return;
    for (size_t i = 0; i < wck_dom_size(&list) && wck_dom_item(&w, &list, i); i++) {
        wck_waiver *waiver = wck_vec_push(&config->waivers);
        if (waiver == NULL) {
            root->document->status = wck_fail_memory(root->document->err, "reading the configuration");
            return;
        }
        wck_dom_only(&w, keys);
        waiver->rule = wck_dom_rule(&w, "rule");
        waiver->server = wck_dom_text(&w, "server", WCK_DOM_OPTIONAL);
        waiver->object = wck_dom_text(&w, "object", WCK_DOM_OPTIONAL);
        waiver->reason = wck_dom_text(&w, "reason", WCK_DOM_REQUIRED);
        if (waiver->reason != NULL && waiver->reason[strspn(waiver->reason, " \t\r\n")] == '\0')
            wck_dom_fail(&w, "reason", "must say why the finding is accepted");
        waiver->owner = wck_dom_text(&w, "owner", WCK_DOM_OPTIONAL);
        waiver->expires = read_expiry(&w);
    }
}

static void read_config(const wck_dom *root, wck_config_file *config)
{
    static const char *const keys[] = {"$schema", "store", "servers", "waivers", "identity", NULL};
    static const char *const identity_keys[] = {"account_name", NULL};
    wck_dom identity;

    wck_dom_only(root, keys);
    wck_dom_text(root, "$schema", WCK_DOM_OPTIONAL);
    config->store = wck_dom_text(root, "store", WCK_DOM_OPTIONAL);
    check_uri(root, "store", config->store);
    read_servers(root, config);
    read_waivers(root, config);
    if (wck_dom_object(&identity, root, "identity", WCK_DOM_OPTIONAL)) {
        wck_dom_only(&identity, identity_keys);
        config->account_name = wck_dom_text(&identity, "account_name", WCK_DOM_OPTIONAL);
    }
}

wck_status wck_codec_parse_config(wck_config_file **out, const void *data, size_t len, wck_error *err)
{
    wck_config_file *config = calloc(1, sizeof *config);
    wck_dom_document document;
    wck_status status;
    wck_dom root;

    *out = NULL;
    if (config == NULL || (config->arena = wck_arena_new()) == NULL) {
        free(config);
        return wck_fail_memory(err, "reading the configuration");
    }
    if (wck_dom_open(&document, &root, data, len, config->arena, err))
        read_config(&root, config);
    status = document.status;
    wck_dom_close(&document);
    if (status == WCK_OK)
        *out = config;
    else
        wck_config_file_free(config);
    return status;
}
