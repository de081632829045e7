/* SPDX-License-Identifier: MIT
 * wsus_config.c: GetConfigData (protocol.md 5.1) and GetRollupConfiguration (protocol.md 5.6). Fields are taken by
 * name: their order differs between Microsoft Update and WSUS. */
#include "collect/wsus_config.h"

#include "base/log.h"

#include <string.h>

enum { CATALOG_ONLY = 1, LAZY, MOST_UPDATES, PROTOCOL, LANGUAGES, LANGUAGE, LANGUAGE_ID, CODE, LONG_NAME, ENABLED };
static const char *const names[] = {"CatalogOnlySync",
                                    "LazySync",
                                    "MaxNumberOfUpdatesPerRequest",
                                    "ProtocolVersion",
                                    "LanguageUpdateList",
                                    "ServerSyncLanguageData",
                                    "LanguageID",
                                    "ShortLanguage",
                                    "LongLanguage",
                                    "Enabled",
                                    NULL};

enum { BATCH = 50, MOST_BATCH = 100 };

typedef struct config_reply {
    wck_run *run;
    bool any, has_languages;
    char protocol[WCK_PROTOCOL_TEXT];
    bool has_id, has_enabled;
    int8_t enabled;
    wck_language row;
} config_reply;

static wck_status begin(void *payload, wck_error *err)
{
    config_reply *c = payload;
    wck_config *config = &c->run->snapshot->config;

    (void)err;
    c->any = c->has_languages = false;
    c->protocol[0] = '\0';
    wck_vec_clear(&c->run->snapshot->languages);
    config->catalog_only_sync = config->lazy_sync = WCK_BOOL_NONE;
    config->max_updates_per_request = WCK_INT_NONE;
    return WCK_OK;
}

static wck_status on_open(void *payload, const int *path, size_t depth, wck_error *err)
{
    config_reply *c = payload;

    (void)err;
    if (depth == 1 && path[0] == LANGUAGES)
        c->has_languages = true;
    if (depth == 2) {
        memset(&c->row, 0, sizeof c->row);
        c->has_id = c->has_enabled = false;
    }
    return WCK_OK;
}

static wck_status end_language(config_reply *c, wck_error *err)
{
    wck_language *row;

    if (!c->has_id || !c->has_enabled || c->row.code == NULL)
        return wck_fail(err, WCK_E_INPUT, "the reply holds a language without id, code or state");
    if (c->run->snapshot->languages.n >= 65536)
        return wck_fail(err, WCK_E_LIMIT, "the reply lists more than 65536 languages");
    row = wck_snapshot_add_language(c->run->snapshot);
    if (row == NULL)
        return wck_fail_memory(err, "reading languages");
    *row = c->row;
    row->enabled = c->enabled == 1;
    return WCK_OK;
}

static wck_status language_field(config_reply *c, int element, const char *text, size_t len, wck_error *err)
{
    const char **place = element == CODE ? &c->row.code : &c->row.name;

    switch (element) {
    case LANGUAGE_ID:
        c->has_id = wck_value_int(&c->row.id, text, len) && c->row.id >= 0;
        return c->has_id ? WCK_OK : wck_value_bad(err, "LanguageID", text);
    case ENABLED:
        c->has_enabled = wck_value_bool(&c->enabled, text, len);
        return c->has_enabled ? WCK_OK : wck_value_bad(err, "Enabled", text);
    case CODE:
    case LONG_NAME:
        if (len > WCK_MAX_NAME)
            return wck_fail(err, WCK_E_LIMIT, "the reply holds a language name of more than %u bytes", WCK_MAX_NAME);
        *place = wck_snapshot_text_n(c->run->snapshot, text, len);
        return *place != NULL ? WCK_OK : wck_fail_memory(err, "reading languages");
    default:
        return WCK_OK;
    }
}

static wck_status config_field(config_reply *c, int element, const char *text, size_t len, wck_error *err)
{
    wck_config *config = &c->run->snapshot->config;
    bool valid = true;

    switch (element) {
    case CATALOG_ONLY:
        valid = wck_value_bool(&config->catalog_only_sync, text, len);
        break;
    case LAZY:
        valid = wck_value_bool(&config->lazy_sync, text, len);
        break;
    case MOST_UPDATES:
        valid = wck_value_int(&config->max_updates_per_request, text, len) && config->max_updates_per_request >= 0;
        break;
    case PROTOCOL:
        valid = len < sizeof c->protocol;
        if (valid)
            memcpy(c->protocol, text, len + 1);
        break;
    default:
        return WCK_OK;
    }
    c->any = true;
    return valid ? WCK_OK : wck_value_bad(err, names[element - 1], text);
}

static wck_status on_close(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err)
{
    config_reply *c = payload;

    if (depth == 1)
        return config_field(c, path[0], text, len, err);
    if (path[0] != LANGUAGES || path[1] != LANGUAGE)
        return WCK_OK;
    if (depth == 2)
        return end_language(c, err);
    return depth == 3 ? language_field(c, path[2], text, len, err) : WCK_OK;
}

static void set_coverage(config_reply *c)
{
    wck_snapshot *s = c->run->snapshot;

    if (c->any)
        wck_snapshot_set_coverage(s, WCK_SECTION_CONFIG, WCK_COVERAGE_PARTIAL,
                                  "MS-WSUSSS does not tell the selection, schedule and upstream");
    else
        wck_snapshot_set_coverage(s, WCK_SECTION_CONFIG, WCK_COVERAGE_UNKNOWN,
                                  "GetConfigData: the reply holds no configuration");
    if (c->has_languages)
        wck_snapshot_set_coverage(s, WCK_SECTION_LANGUAGES, WCK_COVERAGE_COMPLETE, NULL);
    else
        wck_snapshot_set_coverage(s, WCK_SECTION_LANGUAGES, WCK_COVERAGE_UNKNOWN,
                                  "GetConfigData: the reply holds no LanguageUpdateList");
}

/* A downstream server of the reported version would ask with it, and may be given more (protocol.md 4). */
static wck_status speak_higher(config_reply *c, wck_error *err)
{
    wck_session *s = &c->run->session;
    wck_status status;

    if (c->run->options->as_protocol != NULL || s->fell_back || wck_protocol_cmp(c->protocol, s->protocol) <= 0)
        return WCK_OK;
    status = wck_session_speak(s, c->protocol, err);
    if (status != WCK_OK && !wck_run_is_over(c->run, status)) {
        wck_log(WCK_LOG_WARNING, "%s: the server reports protocol %s but does not accept it: %s",
                c->run->options->server_name, c->protocol, err != NULL ? err->text : "");
        wck_error_clear(err);
        return WCK_OK;
    }
    return status;
}

static void config_failed(wck_run *run, config_reply *c, const wck_error *err)
{
    const char *reason = err != NULL ? err->text : "not read";

    begin(c, NULL); /* nothing of half a reply stays */
    wck_snapshot_set_coverage(run->snapshot, WCK_SECTION_CONFIG, WCK_COVERAGE_UNKNOWN, reason);
    wck_snapshot_set_coverage(run->snapshot, WCK_SECTION_LANGUAGES, WCK_COVERAGE_UNKNOWN, reason);
}

wck_status wck_run_config(wck_run *run, wck_error *err)
{
    static const wck_soap_reply_ops reply = {.names = names, .open = on_open, .close = on_close, .max_text = 65536};
    config_reply c = {.run = run};
    wck_call call = {.action = WCK_SOAP_GET_CONFIG_DATA, .begin = begin, .reply = &reply, .payload = &c};
    wck_soap_fault fault;
    wck_status status;
    int64_t most;

    run->batch = BATCH;
    wck_run_progress(run, "configuration", 0, 0);
    status = wck_run_call(run, &call, &fault, err);
    if (wck_run_is_over(run, status))
        return status;
    if (status != WCK_OK) {
        config_failed(run, &c, err);
        return WCK_OK;
    }
    set_coverage(&c);
    most = run->snapshot->config.max_updates_per_request;
    if (most != WCK_INT_NONE) {
        most = most < 1 ? 1 : most > MOST_BATCH ? MOST_BATCH : most;
        run->batch = (size_t)most < BATCH ? (size_t)most : BATCH;
    }
    return speak_higher(&c, err);
}

/* ---- GetRollupConfiguration ---- */

static const char *const rollup_names[] = {"ServerId", NULL};

static wck_status close_rollup(void *payload, const int *path, size_t depth, const char *text, size_t len,
                               wck_error *err)
{
    wck_guid *id = payload;

    if (depth != 1 || path[0] != 1)
        return WCK_OK;
    return wck_value_guid(id, text, len) ? WCK_OK : wck_value_bad(err, "ServerId", text);
}

wck_status wck_run_server_id(wck_run *run, wck_error *err)
{
    static const wck_soap_reply_ops reply = {.names = rollup_names, .close = close_rollup, .max_text = 65536};
    wck_guid id = {0, 0};
    wck_call call = {.action = WCK_SOAP_GET_ROLLUP_CONFIGURATION, .reply = &reply, .payload = &id};
    wck_soap_fault fault;
    wck_status status = wck_run_call(run, &call, &fault, err);

    if (status == WCK_OK)
        run->snapshot->server.server_id = id;
    else if (wck_run_is_over(run, status))
        return status;
    else
        wck_log(WCK_LOG_DEBUG, "%s: no server id: %s", run->options->server_name, err != NULL ? err->text : "");
    /* Never present the id of a real server: it would overwrite that server's status upstream (protocol.md 9). */
    if (status == WCK_OK && wck_guid_eq(id, run->options->identity->account_guid) && !wck_guid_is_zero(id)) {
        wck_fail(err, WCK_E_ARG, "our account GUID is the id of this server");
        return wck_fail_hint(err, "Make a new identity; presenting a server's id overwrites its status upstream.");
    }
    return WCK_OK;
}
