/* SPDX-License-Identifier: MIT
 * snapshot_fields.c: one line per field of the document. */
#include "codec/snapshot_fields.h"

#define REQ WCK_FIELD_REQUIRED
#define NUL WCK_FIELD_NULLABLE
#define UNIQ WCK_FIELD_UNIQUE
#define FIELD_AUX(type, member, name, kind, flags, aux)                                                      \
    {                                                                                                        \
        name, sizeof name - 1, WCK_FIELD_##kind, flags, offsetof(type, member), 0, aux                       \
    }
#define FIELD(type, member, name, kind, flags) FIELD_AUX(type, member, name, kind, flags, NULL)
/* null and empty are told apart by the bool `known` */
#define FIELD_KNOWN(type, member, flag, name, kind, aux)                                                     \
    {                                                                                                        \
        name, sizeof name - 1, WCK_FIELD_##kind, NUL, offsetof(type, member), offsetof(type, flag) + 1, aux  \
    }
#define TABLE(fields)                                                                                        \
    {                                                                                                        \
        fields, sizeof fields / sizeof *fields                                                               \
    }

/* An enum and its words; the wrappers give all enums one signature. */
#define WORDS(stem, type, list)                                                                              \
    static bool parse_##stem(void *out, const char *text)                                                    \
    {                                                                                                        \
        type value;                                                                                          \
        if (!wck_##stem##_parse(&value, text))                                                               \
            return false;                                                                                    \
        *(type *)out = value;                                                                                \
        return true;                                                                                         \
    }                                                                                                        \
    static const char *name_##stem(const void *value)                                                        \
    {                                                                                                        \
        return wck_##stem##_name(*(const type *)value);                                                      \
    }                                                                                                        \
    static const wck_field_words stem##_words = {parse_##stem, name_##stem, list};

WORDS(coverage, wck_coverage_state, "complete, partial or unknown")
WORDS(mode, wck_mode, "replica, autonomous or unknown")
WORDS(category_kind, wck_category_kind,
      "company, product_family, product, classification, detectoid or unknown")
WORDS(update_type, wck_update_type, "software, driver or unknown")
WORDS(update_state, wck_update_state, "published, expired or unknown")
WORDS(sync_result, wck_sync_result, "succeeded, failed, canceled, running or unknown")
WORDS(sync_trigger, wck_sync_trigger, "scheduled, manual or unknown")
WORDS(file_state, wck_file_state, "present, pending, downloading, paused, failed, missing or unknown")

static const wck_json_field coverage_fields[] = {
    FIELD_AUX(wck_coverage, state, "state", WORD, REQ, &coverage_words),
    FIELD(wck_coverage, reason, "reason", TEXT, NUL),
};
const wck_field_table wck_coverage_table = TABLE(coverage_fields);

static const wck_json_field server_fields[] = {
    FIELD(wck_server, name, "name", TEXT, REQ),
    FIELD(wck_server, parent, "parent", TEXT, NUL),
    FIELD_AUX(wck_server, mode, "mode", WORD, 0, &mode_words),
    FIELD(wck_server, server_id, "server_id", GUID, NUL),
    FIELD(wck_server, fqdn, "fqdn", TEXT, NUL),
    FIELD(wck_server, version, "version", TEXT, NUL),
    FIELD(wck_server, protocol_version, "protocol_version", TEXT, NUL),
    FIELD(wck_server, collected_at, "collected_at", TIME, 0),
    FIELD(wck_server, server_time, "server_time", TIME, NUL),
    FIELD(wck_server, source, "source", TEXT, NUL),
};
const wck_field_table wck_server_table = TABLE(server_fields);

static const wck_json_field upstream_fields[] = {
    FIELD(wck_config, upstream.name, "name", TEXT, 0),
    FIELD(wck_config, upstream.port, "port", INT, 0),
    FIELD(wck_config, upstream.ssl, "ssl", BOOL, 0),
    FIELD(wck_config, upstream.replica, "replica", BOOL, 0),
};
static const wck_field_table upstream_table = TABLE(upstream_fields);

static const wck_json_field schedule_fields[] = {
    FIELD(wck_config, schedule.automatic, "automatic", BOOL, 0),
    FIELD(wck_config, schedule.time_of_day, "time_of_day", TEXT, 0),
    FIELD(wck_config, schedule.per_day, "per_day", PER_DAY, 0),
};
static const wck_field_table schedule_table = TABLE(schedule_fields);

static const wck_json_field proxy_fields[] = {
    FIELD(wck_config, proxy.host, "host", TEXT, 0),
    FIELD(wck_config, proxy.port, "port", INT, 0),
    FIELD(wck_config, proxy.user, "user", TEXT, NUL),
    FIELD(wck_config, proxy.basic_in_cleartext, "basic_in_cleartext", BOOL, 0),
};
static const wck_field_table proxy_table = TABLE(proxy_fields);

static const wck_json_field config_fields[] = {
    FIELD(wck_config, sync_from_microsoft_update, "sync_from_microsoft_update", BOOL, NUL),
    FIELD_KNOWN(wck_config, upstream, has_upstream, "upstream", OBJECT, &upstream_table),
    FIELD(wck_config, catalog_only_sync, "catalog_only_sync", BOOL, NUL),
    FIELD(wck_config, lazy_sync, "lazy_sync", BOOL, NUL),
    FIELD(wck_config, content_on_microsoft_update, "content_on_microsoft_update", BOOL, NUL),
    FIELD_KNOWN(wck_config, schedule, has_schedule, "schedule", OBJECT, &schedule_table),
    FIELD(wck_config, next_sync, "next_sync", TIME, NUL),
    FIELD(wck_config, retries, "retries", INT, NUL),
    FIELD(wck_config, retry_wait_minutes, "retry_wait_minutes", INT, NUL),
    FIELD_KNOWN(wck_config, proxy, has_proxy, "proxy", OBJECT, &proxy_table),
    FIELD(wck_config, max_updates_per_request, "max_updates_per_request", INT, NUL),
    FIELD_KNOWN(wck_config, selected_products, products_known, "selected_products", GUIDS, NULL),
    FIELD_KNOWN(wck_config, selected_classifications, classifications_known, "selected_classifications",
                GUIDS, NULL),
};
const wck_field_table wck_config_table = TABLE(config_fields);

static const wck_json_field language_fields[] = {
    FIELD(wck_language, id, "id", INT, REQ),
    FIELD(wck_language, code, "code", TEXT, REQ),
    FIELD(wck_language, name, "name", TEXT, 0),
    FIELD(wck_language, enabled, "enabled", FLAG, REQ),
};

static const wck_json_field category_fields[] = {
    FIELD(wck_category, id, "id", GUID, REQ),
    FIELD(wck_category, revision, "revision", INT, REQ),
    FIELD_AUX(wck_category, kind, "kind", WORD, REQ, &category_kind_words),
    FIELD(wck_category, title, "title", TEXT, NUL),
    FIELD(wck_category, parent, "parent", GUID, NUL),
};

static const wck_json_field file_ref_fields[] = {
    FIELD(wck_file_ref, digest, "digest", SHA1, REQ),
    FIELD(wck_file_ref, name, "name", TEXT, UNIQ),
    FIELD(wck_file_ref, size, "size", INT, 0),
};

static void init_file_ref(void *row)
{
    ((wck_file_ref *)row)->size = WCK_INT_NONE;
}

static const wck_field_rows file_ref_rows = {TABLE(file_ref_fields), sizeof(wck_file_ref),
                                             offsetof(wck_update, n_files), init_file_ref};

static const size_t prerequisites_count = offsetof(wck_update, n_prerequisites);

static const wck_json_field update_fields[] = {
    FIELD(wck_update, id, "id", GUID, REQ),
    FIELD(wck_update, revision, "revision", INT, REQ),
    FIELD_AUX(wck_update, type, "type", WORD, 0, &update_type_words),
    FIELD(wck_update, title, "title", TEXT, NUL | UNIQ),
    FIELD(wck_update, kb, "kb", KBS, 0),
    FIELD(wck_update, bulletins, "bulletins", STRINGS, 0),
    FIELD(wck_update, severity, "severity", TEXT, NUL),
    FIELD(wck_update, classification, "classification", GUID, NUL),
    FIELD(wck_update, products, "products", GUIDS, 0),
    FIELD_KNOWN(wck_update, languages, languages_known, "languages", STRINGS, NULL),
    FIELD(wck_update, created, "created", TIME, NUL),
    FIELD(wck_update, arrived, "arrived", TIME, NUL),
    FIELD_AUX(wck_update, state, "state", WORD, 0, &update_state_words),
    FIELD(wck_update, deployable, "deployable", BOOL, NUL),
    FIELD(wck_update, eula, "eula", GUID, NUL),
    FIELD(wck_update, supersedes, "supersedes", GUIDS, 0),
    FIELD(wck_update, bundles, "bundles", IDENTITIES, 0),
    FIELD_AUX(wck_update, prerequisites, "prerequisites", GUID_LISTS, 0, &prerequisites_count),
    FIELD(wck_update, compatible_protocol_version, "compatible_protocol_version", TEXT, NUL),
    FIELD(wck_update, needed_by, "needed_by", INT, NUL),
    FIELD_AUX(wck_update, files, "files", ROWS, 0, &file_ref_rows),
};

static const wck_json_field declined_fields[] = {
    FIELD(wck_declined, id, "id", GUID, REQ),
    FIELD(wck_declined, revision, "revision", INT, NUL),
    FIELD(wck_declined, time, "time", TIME, NUL),
    FIELD(wck_declined, admin, "admin", TEXT, NUL),
};

static const wck_json_field group_fields[] = {
    FIELD(wck_group, id, "id", GUID, REQ),
    FIELD(wck_group, name, "name", TEXT, REQ),
    FIELD(wck_group, parent, "parent", GUID, NUL),
};

static const wck_json_field approval_fields[] = {
    FIELD(wck_approval, deployment, "deployment", GUID, NUL),
    FIELD(wck_approval, update, "update", GUID, REQ),
    FIELD(wck_approval, revision, "revision", INT, REQ),
    FIELD(wck_approval, group, "group", GUID, REQ),
    FIELD(wck_approval, action, "action", ACTION, REQ),
    FIELD(wck_approval, deadline, "deadline", TIME, NUL),
    FIELD(wck_approval, go_live, "go_live", TIME, NUL),
    FIELD(wck_approval, changed, "changed", TIME, NUL),
    FIELD(wck_approval, admin, "admin", TEXT, NUL),
    FIELD(wck_approval, assigned, "assigned", BOOL, NUL),
    FIELD(wck_approval, priority, "priority", INT, NUL),
};

static const wck_json_field eula_fields[] = {
    FIELD(wck_eula, id, "id", GUID, REQ),
    FIELD(wck_eula, update, "update", GUID, NUL),
    FIELD(wck_eula, accepted, "accepted", TIME, NUL),
    FIELD(wck_eula, admin, "admin", TEXT, NUL),
};

static const wck_json_field update_error_fields[] = {
    FIELD(wck_update_error, update, "update", GUID, 0),
    FIELD(wck_update_error, error, "error", TEXT, 0),
    FIELD(wck_update_error, text, "text", TEXT, NUL),
};
static const wck_field_rows update_error_rows = {TABLE(update_error_fields), sizeof(wck_update_error),
                                                 offsetof(wck_sync_run, n_update_errors), NULL};

static const wck_json_field sync_run_fields[] = {
    FIELD(wck_sync_run, started, "started", TIME, REQ),
    FIELD(wck_sync_run, ended, "ended", TIME, NUL),
    FIELD_AUX(wck_sync_run, result, "result", WORD, REQ, &sync_result_words),
    FIELD_AUX(wck_sync_run, trigger, "trigger", WORD, 0, &sync_trigger_words),
    FIELD(wck_sync_run, error, "error", TEXT, NUL),
    FIELD(wck_sync_run, error_text, "error_text", TEXT, NUL),
    FIELD_AUX(wck_sync_run, update_errors, "update_errors", ROWS, 0, &update_error_rows),
};

static const wck_json_field file_fields[] = {
    FIELD(wck_content_file, digest, "digest", SHA1, REQ),
    FIELD_AUX(wck_content_file, state, "state", WORD, REQ, &file_state_words),
};

#define SECTION_ROWS(stem, vec)                                                                              \
    static void *add_##stem(wck_snapshot *snapshot)                                                          \
    {                                                                                                        \
        return wck_snapshot_add_##stem(snapshot);                                                            \
    }                                                                                                        \
    static const void *stem##_rows(const wck_snapshot *snapshot, size_t *n)                                  \
    {                                                                                                        \
        *n = snapshot->vec.n;                                                                                \
        return snapshot->vec.items;                                                                          \
    }
SECTION_ROWS(language, languages)
SECTION_ROWS(category, categories)
SECTION_ROWS(update, updates)
SECTION_ROWS(declined, declined)
SECTION_ROWS(group, groups)
SECTION_ROWS(approval, approvals)
SECTION_ROWS(eula, eulas)
SECTION_ROWS(sync_run, sync_history)
SECTION_ROWS(file, files)

const wck_section_rows wck_section_tables[WCK_SECTION_ROWS] = {
    {WCK_SECTION_LANGUAGES, TABLE(language_fields), add_language, language_rows, sizeof(wck_language)},
    {WCK_SECTION_CATEGORIES, TABLE(category_fields), add_category, category_rows, sizeof(wck_category)},
    {WCK_SECTION_UPDATES, TABLE(update_fields), add_update, update_rows, sizeof(wck_update)},
    {WCK_SECTION_DECLINED, TABLE(declined_fields), add_declined, declined_rows, sizeof(wck_declined)},
    {WCK_SECTION_GROUPS, TABLE(group_fields), add_group, group_rows, sizeof(wck_group)},
    {WCK_SECTION_APPROVALS, TABLE(approval_fields), add_approval, approval_rows, sizeof(wck_approval)},
    {WCK_SECTION_EULAS, TABLE(eula_fields), add_eula, eula_rows, sizeof(wck_eula)},
    {WCK_SECTION_SYNC_HISTORY, TABLE(sync_run_fields), add_sync_run, sync_run_rows, sizeof(wck_sync_run)},
    {WCK_SECTION_FILES, TABLE(file_fields), add_file, file_rows, sizeof(wck_content_file)},
};
