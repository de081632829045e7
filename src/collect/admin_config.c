/* SPDX-License-Identifier: MIT
 * admin_config.c: ExecuteSPGetConfiguration, GetSubscription with state, next time and selection, languages. */
#include "collect/admin.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    SYNC_TO_MU, UPSTREAM, PORT, SSL, REPLICA, USE_PROXY, PROXY, PROXY_PORT, PROXY_USER, PROXY_DOMAIN, ANONYMOUS, CLEARTEXT,
    HOST_ON_MU, LAZY, ALL_LANGUAGES, SERVER_ID, RETRIES, RETRY_WAIT
};
static const char *const config_names[] = {"SyncToMU",
                                           "UpstreamServerName",
                                           "ServerPortNumber",
                                           "UpstreamServerUseSsl",
                                           "ReplicaMode",
                                           "UseProxy",
                                           "ProxyName",
                                           "ProxyServerPort",
                                           "ProxyUserName",
                                           "ProxyUserDomain",
                                           "AnonymousProxyAccess",
                                           "AllowProxyCredentialsOverNonSsl",
                                           "HostOnMu",
                                           "LazySync",
                                           "ServerSupportsAllLanguages",
                                           "ServerId",
                                           "SubscriptionFailureNumberOfRetries",
                                           "SubscriptionFailureWaitBetweenRetriesTime",
                                           NULL};

enum { AUTOMATIC, TIME_OF_DAY, PER_DAY, LAST };
static const char *const subscription_names[] = {"SynchronizeAutomatically", "SynchronizeAutomaticallyTimeOfDay",
                                                 "NumberOfSynchronizationsPerDay", "LastSynchronizationTime", NULL};

/* ---- configuration ---- */

static void want(wck_admin *admin, const wck_fields *f, wck_soap_action action, int name, bool known)
{
    if (!known)
        wck_admin_note(admin, WCK_SECTION_CONFIG, "%s: %s is %s", wck_soap_actions[action].operation, f->names[name],
                       f->has[name] ? "not of the type that was expected" : "not told");
}

static int8_t flag(wck_admin *admin, const wck_fields *f, int name)
{
    int8_t value = WCK_BOOL_NONE;

    want(admin, f, WCK_SOAP_ADMIN_CONFIGURATION, name, wck_fields_bool(f, name, &value, NULL));
    return value;
}

static int64_t port(wck_admin *admin, const wck_fields *f, int name)
{
    int64_t value = WCK_INT_NONE;

    if (!wck_fields_int(f, name, &value, NULL) || value < 0 || value > 65535)
        value = WCK_INT_NONE;
    want(admin, f, WCK_SOAP_ADMIN_CONFIGURATION, name, value != WCK_INT_NONE);
    return value;
}

static wck_status keep(wck_admin *admin, const char **place, const char *text, wck_error *err)
{
    *place = wck_snapshot_text_n(admin->snapshot, text, strnlen(text, WCK_MAX_NAME));
    return *place != NULL ? WCK_OK : wck_fail_memory(err, "reading the configuration");
}

/* The upstream's name as the child has it is what an administrator typed, so it stays as it is. */
static wck_status take_upstream(wck_admin *admin, const wck_fields *f, wck_error *err)
{
    wck_config *config = &admin->snapshot->config;
    const char *name = wck_fields_text(f, UPSTREAM);
    int8_t replica = flag(admin, f, REPLICA);

    config->sync_from_microsoft_update = flag(admin, f, SYNC_TO_MU);
    if (config->sync_from_microsoft_update == 1) {
        admin->snapshot->server.mode = WCK_MODE_AUTONOMOUS;
        return WCK_OK;
    }
    if (config->sync_from_microsoft_update == WCK_BOOL_NONE)
        return WCK_OK;
    config->has_upstream = true;
    config->upstream.replica = replica;
    config->upstream.ssl = flag(admin, f, SSL);
    config->upstream.port = port(admin, f, PORT);
    want(admin, f, WCK_SOAP_ADMIN_CONFIGURATION, UPSTREAM, name != NULL);
    if (replica != WCK_BOOL_NONE)
        admin->snapshot->server.mode = replica == 1 ? WCK_MODE_REPLICA : WCK_MODE_AUTONOMOUS;
    return name != NULL ? keep(admin, &config->upstream.name, name, err) : WCK_OK;
}

/* A password never travels; a user only where the proxy wants one. */
static wck_status take_proxy(wck_admin *admin, const wck_fields *f, wck_error *err)
{
    wck_config *config = &admin->snapshot->config;
    const char *host = wck_fields_text(f, PROXY), *user = wck_fields_text(f, PROXY_USER), *domain;
    int8_t used = flag(admin, f, USE_PROXY), anonymous = 0;
    char both[2 * WCK_MAX_NAME + 2];
    wck_status status;

    if (used != 1)
        return WCK_OK;
    config->has_proxy = true;
    config->proxy.port = port(admin, f, PROXY_PORT);
    config->proxy.basic_in_cleartext = WCK_BOOL_NONE;
    wck_fields_bool(f, CLEARTEXT, &config->proxy.basic_in_cleartext, NULL);
    want(admin, f, WCK_SOAP_ADMIN_CONFIGURATION, PROXY, host != NULL);
    status = host != NULL ? keep(admin, &config->proxy.host, host, err) : WCK_OK;
    wck_fields_bool(f, ANONYMOUS, &anonymous, NULL);
    if (status != WCK_OK || user == NULL || anonymous == 1)
        return status;
    domain = wck_fields_text(f, PROXY_DOMAIN);
    snprintf(both, sizeof both, "%.1024s%s%.1024s", domain != NULL ? domain : "", domain != NULL ? "\\" : "", user);
    return keep(admin, &config->proxy.user, both, err);
}

static wck_status take_configuration(wck_admin *admin, const wck_fields *f, int8_t *all_languages, wck_error *err)
{
    wck_config *config = &admin->snapshot->config;
    const char *id = wck_fields_text(f, SERVER_ID);
    wck_status status = take_upstream(admin, f, err);

    if (status == WCK_OK)
        status = take_proxy(admin, f, err);
    config->content_on_microsoft_update = flag(admin, f, HOST_ON_MU);
    config->lazy_sync = flag(admin, f, LAZY);
    wck_fields_bool(f, ALL_LANGUAGES, all_languages, NULL);
    wck_fields_int(f, RETRIES, &config->retries, NULL);
    wck_fields_int(f, RETRY_WAIT, &config->retry_wait_minutes, NULL);
    if (id != NULL && !wck_value_guid(&admin->snapshot->server.server_id, id, strlen(id)))
        want(admin, f, WCK_SOAP_ADMIN_CONFIGURATION, SERVER_ID, false);
    return status;
}

/* ---- subscription ---- */

/* Seconds after midnight, UTC. */
static wck_status take_schedule(wck_admin *admin, const wck_fields *f, wck_error *err)
{
    wck_config *config = &admin->snapshot->config;
    int64_t seconds = -1, per_day = WCK_INT_NONE;
    char text[16];

    config->has_schedule = true;
    config->schedule.automatic = WCK_BOOL_NONE;
    config->schedule.per_day = WCK_INT_NONE;
    want(admin, f, WCK_SOAP_ADMIN_SUBSCRIPTION, AUTOMATIC,
         wck_fields_bool(f, AUTOMATIC, &config->schedule.automatic, NULL));
    if (wck_fields_int(f, PER_DAY, &per_day, NULL) && per_day >= 1 && per_day <= 24)
        config->schedule.per_day = per_day;
    want(admin, f, WCK_SOAP_ADMIN_SUBSCRIPTION, PER_DAY, config->schedule.per_day != WCK_INT_NONE);
    admin->last_sync_known = wck_fields_time(f, LAST, &admin->last_sync, NULL) || (f->has[LAST] && f->text[LAST].len == 0);
    if (!wck_fields_int(f, TIME_OF_DAY, &seconds, NULL) || seconds < 0 || seconds >= 86400) {
        want(admin, f, WCK_SOAP_ADMIN_SUBSCRIPTION, TIME_OF_DAY, false);
        return WCK_OK;
    }
    snprintf(text, sizeof text, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    return keep(admin, &config->schedule.time_of_day, text, err);
}


static void build_selection(wck_buf *out, bool classifications)
{
    wck_buf_printf(out, "<preferredCulture>en</preferredCulture><retrieveUpdateClassifications>%s"
                        "</retrieveUpdateClassifications>", classifications ? "true" : "false");
}

typedef struct selection {
    bool classifications;
    WCK_VEC(wck_guid) ids;
} selection;

static void build_selected(wck_buf *out, void *payload)
{
    const selection *s = payload;

    build_selection(out, s->classifications);
}

static void begin_selected(void *payload)
{
    selection *s = payload;

    s->ids.n = 0;
}

static wck_status on_selected(wck_rows *rows, int set, void *payload, wck_error *err)
{
    static const wck_column id = {1, "id", WCK_SECTION_CONFIG, true, false};
    selection *s = payload;
    wck_guid value, *place;

    (void)set;
    if (!wck_rows_guid(rows, &id, &value))
        return WCK_OK;
    place = wck_vec_push(&s->ids);
    if (place == NULL)
        return wck_fail_memory(err, "reading the selection");
    *place = value;
    return WCK_OK;
}

/* A selection with a row that cannot be read is not known: what is missing in it would look like "not selected". */
static wck_status read_selection(wck_admin *admin, bool classifications, bool *known, wck_guids *out, wck_error *err)
{
    selection s = {.classifications = classifications};
    wck_rows rows = {.action = WCK_SOAP_ADMIN_SELECTION,
                     .build = build_selected,
                     .begin = begin_selected,
                     .row = on_selected,
                     .payload = &s};
    wck_status status = wck_rows_call(admin, &rows, err);

    *known = status == WCK_OK && s.ids.n == rows.n;
    if (*known && s.ids.n > 0) {
        out->items = wck_arena_array(admin->snapshot->arena, s.ids.n, sizeof *out->items);
        if (out->items == NULL)
            status = wck_fail_memory(err, "reading the selection");
        else {
            memcpy(out->items, s.ids.items, s.ids.n * sizeof *out->items);
            out->n = s.ids.n;
        }
    }
    if (status != WCK_OK && !wck_admin_is_over(status)) {
        wck_admin_note(admin, WCK_SECTION_CONFIG, "%s", err != NULL ? err->text : "the selection was not read");
        status = WCK_OK;
    }
    wck_vec_clear(&s.ids);
    return status;
}

/* 2 and 3 are running (wsusar.md); the state also comes as its word. */
static wck_status read_state(wck_admin *admin, wck_error *err)
{
    wck_status status;
    wck_buf text;

    wck_buf_init(&text, WCK_MAX_NAME);
    status = wck_admin_scalar(admin, WCK_SOAP_ADMIN_STATE, &text, err);
    if (status == WCK_OK && text.len > 0) {
        admin->running_known = true;
        admin->running = strcmp(text.data, "2") == 0 || strcmp(text.data, "3") == 0 ||
                         strcasecmp(text.data, "Running") == 0 || strcasecmp(text.data, "Stopping") == 0;
    }
    if (status == WCK_OK)
        status = wck_admin_scalar(admin, WCK_SOAP_ADMIN_NEXT, &text, err);
    if (status == WCK_OK && text.len > 0 && !wck_value_time(&admin->snapshot->config.next_sync, text.data, text.len))
        wck_admin_note(admin, WCK_SECTION_CONFIG, "GetSubscriptionNextSynchronizationTime: not a time");
    else if (status != WCK_OK && !wck_admin_is_over(status))
        wck_admin_note(admin, WCK_SECTION_CONFIG, "%s", err != NULL ? err->text : "the state was not read");
    wck_buf_clear(&text);
    return wck_admin_is_over(status) ? status : WCK_OK;
}

static wck_status read_subscription(wck_admin *admin, wck_error *err)
{
    wck_config *config = &admin->snapshot->config;
    wck_fields f = {.names = subscription_names};
    wck_status status = wck_admin_fields(admin, WCK_SOAP_ADMIN_SUBSCRIPTION, &f, err);

    if (status == WCK_OK)
        status = take_schedule(admin, &f, err);
    else if (!wck_admin_is_over(status)) {
        wck_admin_note(admin, WCK_SECTION_CONFIG, "%s", err != NULL ? err->text : "the subscription was not read");
        status = WCK_OK;
    }
    wck_fields_clear(&f);
    if (status == WCK_OK)
        status = read_state(admin, err);
    if (status == WCK_OK)
        status = read_selection(admin, false, &config->products_known, &config->selected_products, err);
    if (status == WCK_OK)
        status = read_selection(admin, true, &config->classifications_known, &config->selected_classifications, err);
    return status;
}

/* ---- languages ---- */

/* WSUS short names and the ids that MS-WSUSSS uses for them (10.0, 2024). Not all are LCIDs, so they cannot be
 * computed, and the administration service does not tell them. */
static const struct {
    const char *code;
    int64_t id;
} language_ids[] = {{"all", 0},      {"ar", 1025}, {"bg", 1026}, {"zh-tw", 1028}, {"cs", 1029},    {"da", 1030},
                    {"de", 1031},    {"el", 1032}, {"en", 1033}, {"es", 1034},    {"fi", 1035},    {"fr", 1036},
                    {"he", 1037},    {"hu", 1038}, {"it", 1040}, {"ja", 1041},    {"ko", 1042},    {"nl", 1043},
                    {"no", 1044},    {"pl", 1045}, {"pt-br", 1046}, {"ro", 1048}, {"ru", 1049},    {"hr", 1050},
                    {"sk", 1051},    {"sv", 1053}, {"th", 1054}, {"tr", 1055},    {"uk", 1058},    {"sl", 1060},
                    {"et", 1061},    {"lv", 1062}, {"lt", 1063}, {"hi", 1081},    {"zh-cn", 2052}, {"pt", 2070},
                    {"sr", 2074},    {"zh-hk", 3076}, {"ja-nec", 66577}};

static bool language_id(const char *code, int64_t *id)
{
    for (size_t i = 0; i < sizeof language_ids / sizeof *language_ids; i++)
        if (strcasecmp(language_ids[i].code, code) == 0) {
            *id = language_ids[i].id;
            return true;
        }
    return false;
}

static void begin_languages(void *payload)
{
    wck_admin *admin = payload;

    admin->snapshot->languages.n = 0;
}

static wck_status on_language(wck_rows *rows, int set, void *payload, wck_error *err)
{
    static const wck_column code_column = {0, "short name", WCK_SECTION_LANGUAGES, true, false},
                            enabled_column = {1, "enabled", WCK_SECTION_LANGUAGES, true, false};
    wck_admin *admin = payload;
    char lower[32];
    const char *code;
    int8_t enabled;
    int64_t id;
    wck_language *row;
    size_t n;

    (void)set;
    if (!wck_rows_text(rows, &code_column, &code) || !wck_rows_bool(rows, &enabled_column, &enabled))
        return WCK_OK;
    if (!language_id(code, &id)) {
        wck_admin_note(admin, WCK_SECTION_LANGUAGES, "the service tells no ids of languages, and that of one of them is not "
                                                     "known to this version");
        return WCK_OK;
    }
    for (n = 0; code[n] != '\0' && n + 1 < sizeof lower; n++)
        lower[n] = (char)(code[n] >= 'A' && code[n] <= 'Z' ? code[n] - 'A' + 'a' : code[n]);
    lower[n] = '\0';
    row = wck_snapshot_add_language(admin->snapshot);
    if (row == NULL)
        return wck_fail_memory(err, "reading languages");
    *row = (wck_language){.id = id, .code = wck_snapshot_text(admin->snapshot, lower), .enabled = enabled == 1};
    return row->code != NULL ? WCK_OK : wck_fail_memory(err, "reading languages");
}

/* "All languages" is told twice. When the two disagree the column that was read is not the one that was meant. */
static wck_status settle_all(wck_admin *admin, int8_t all, wck_error *err)
{
    wck_snapshot *s = admin->snapshot;
    const wck_language *row = NULL;
    wck_language *added;

    for (size_t i = 0; i < s->languages.n; i++)
        if (s->languages.items[i].id == 0)
            row = &s->languages.items[i];
    if (row != NULL && all != WCK_BOOL_NONE && row->enabled != (all == 1)) {
        wck_admin_note(admin, WCK_SECTION_LANGUAGES, "the list of languages and ServerSupportsAllLanguages disagree");
        s->languages.n = 0;
        return WCK_OK;
    }
    if (row != NULL)
        return WCK_OK;
    if (all == WCK_BOOL_NONE) {
        wck_admin_note(admin, WCK_SECTION_LANGUAGES, "whether all languages are enabled is not told");
        return WCK_OK;
    }
    added = wck_snapshot_add_language(s);
    if (added == NULL)
        return wck_fail_memory(err, "reading languages");
    *added = (wck_language){.id = 0, .code = wck_snapshot_text(s, "all"), .enabled = all == 1};
    return added->code != NULL ? WCK_OK : wck_fail_memory(err, "reading languages");
}

static wck_status read_languages(wck_admin *admin, int8_t all, wck_error *err)
{
    wck_rows rows = {
        .action = WCK_SOAP_ADMIN_LANGUAGES, .begin = begin_languages, .row = on_language, .payload = admin};
    wck_status status;

    wck_admin_progress(admin, "languages");
    status = wck_rows_call(admin, &rows, err);
    if (wck_admin_is_over(status))
        return status;
    if (status != WCK_OK) {
        wck_admin_lost(admin, WCK_SECTION_LANGUAGES, err);
        return WCK_OK;
    }
    if (admin->snapshot->languages.n == 0)
        wck_admin_note(admin, WCK_SECTION_LANGUAGES, "the service lists no language");
    else
        status = settle_all(admin, all, err);
    if (status == WCK_OK && admin->snapshot->languages.n == 0)
        wck_snapshot_set_coverage(admin->snapshot, WCK_SECTION_LANGUAGES, WCK_COVERAGE_UNKNOWN,
                                  admin->reason[WCK_SECTION_LANGUAGES]);
    else if (status == WCK_OK)
        wck_admin_have(admin, WCK_SECTION_LANGUAGES);
    return status;
}

wck_status wck_admin_server_id(wck_admin *admin, wck_error *err)
{
    wck_fields f = {.names = config_names};
    wck_status status = wck_admin_fields(admin, WCK_SOAP_ADMIN_CONFIGURATION, &f, err);
    const char *id = status == WCK_OK ? wck_fields_text(&f, SERVER_ID) : NULL;

    if (id != NULL)
        wck_value_guid(&admin->snapshot->server.server_id, id, strlen(id));
    wck_fields_clear(&f);
    return wck_admin_is_over(status) ? status : WCK_OK;
}

wck_status wck_admin_config(wck_admin *admin, wck_error *err)
{
    wck_fields f = {.names = config_names};
    int8_t all_languages = WCK_BOOL_NONE;
    wck_status status;
    bool any;

    wck_admin_progress(admin, "configuration");
    status = wck_admin_fields(admin, WCK_SOAP_ADMIN_CONFIGURATION, &f, err);
    any = status == WCK_OK;
    if (status == WCK_OK)
        status = take_configuration(admin, &f, &all_languages, err);
    else if (!wck_admin_is_over(status)) {
        wck_admin_note(admin, WCK_SECTION_CONFIG, "%s", err != NULL ? err->text : "the configuration was not read");
        status = WCK_OK;
    }
    wck_fields_clear(&f);
    if (status == WCK_OK)
        status = read_subscription(admin, err);
    if (status != WCK_OK)
        return status;
    if (any || admin->snapshot->config.has_schedule || admin->snapshot->config.products_known)
        wck_admin_have(admin, WCK_SECTION_CONFIG);
    else
        wck_snapshot_set_coverage(admin->snapshot, WCK_SECTION_CONFIG, WCK_COVERAGE_UNKNOWN,
                                  admin->reason[WCK_SECTION_CONFIG]);
    return read_languages(admin, all_languages, err);
}
