/* SPDX-License-Identifier: MIT
 * names.c: every enum and its words, once. */
#include "model/plan.h"
#include "model/report.h"
#include "model/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct word {
    int value;
    const char *text;
} word;

static const char *name_of(const word *words, size_t n, int value)
{
    for (size_t i = 0; i < n; i++)
        if (words[i].value == value)
            return words[i].text;
    return words[0].text;
}

static bool value_of(const word *words, size_t n, const char *text, int *out)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i].text, text) == 0) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

/* Both directions for one enum. The first word is what an unlisted value prints as. */
#define WORDS(type, stem, ...)                                                                                 \
    static const word stem##_words[] = {__VA_ARGS__};                                                          \
    const char *wck_##stem##_name(type value)                                                                  \
    {                                                                                                          \
        return name_of(stem##_words, sizeof stem##_words / sizeof stem##_words[0], (int)value);                \
    }                                                                                                          \
    bool wck_##stem##_parse(type *out, const char *text)                                                       \
    {                                                                                                          \
        int value;                                                                                             \
        if (!value_of(stem##_words, sizeof stem##_words / sizeof stem##_words[0], text, &value))               \
            return false;                                                                                      \
        *out = (type)value;                                                                                    \
        return true;                                                                                           \
    }

WORDS(wck_section, section, {WCK_SECTION_CONFIG, "config"}, {WCK_SECTION_LANGUAGES, "languages"},
      {WCK_SECTION_CATEGORIES, "categories"}, {WCK_SECTION_UPDATES, "updates"}, {WCK_SECTION_DECLINED, "declined"},
      {WCK_SECTION_GROUPS, "groups"}, {WCK_SECTION_APPROVALS, "approvals"}, {WCK_SECTION_EULAS, "eulas"},
      {WCK_SECTION_SYNC_HISTORY, "sync_history"}, {WCK_SECTION_FILES, "files"}, {WCK_SECTION_HOST, "host"})
WORDS(wck_coverage_state, coverage, {WCK_COVERAGE_UNKNOWN, "unknown"}, {WCK_COVERAGE_PARTIAL, "partial"},
      {WCK_COVERAGE_COMPLETE, "complete"})
WORDS(wck_mode, mode, {WCK_MODE_UNKNOWN, "unknown"}, {WCK_MODE_REPLICA, "replica"},
      {WCK_MODE_AUTONOMOUS, "autonomous"})
WORDS(wck_category_kind, category_kind, {WCK_CATEGORY_UNKNOWN, "unknown"}, {WCK_CATEGORY_COMPANY, "company"},
      {WCK_CATEGORY_PRODUCT_FAMILY, "product_family"}, {WCK_CATEGORY_PRODUCT, "product"},
      {WCK_CATEGORY_CLASSIFICATION, "classification"}, {WCK_CATEGORY_DETECTOID, "detectoid"})
WORDS(wck_update_type, update_type, {WCK_UPDATE_UNKNOWN, "unknown"}, {WCK_UPDATE_SOFTWARE, "software"},
      {WCK_UPDATE_DRIVER, "driver"})
WORDS(wck_update_state, update_state, {WCK_STATE_UNKNOWN, "unknown"}, {WCK_STATE_PUBLISHED, "published"},
      {WCK_STATE_EXPIRED, "expired"})
WORDS(wck_sync_result, sync_result, {WCK_SYNC_UNKNOWN, "unknown"}, {WCK_SYNC_SUCCEEDED, "succeeded"},
      {WCK_SYNC_FAILED, "failed"}, {WCK_SYNC_CANCELED, "canceled"}, {WCK_SYNC_RUNNING, "running"})
WORDS(wck_sync_trigger, sync_trigger, {WCK_TRIGGER_UNKNOWN, "unknown"}, {WCK_TRIGGER_SCHEDULED, "scheduled"},
      {WCK_TRIGGER_MANUAL, "manual"})
WORDS(wck_service_state, service_state, {WCK_SERVICE_UNKNOWN, "unknown"}, {WCK_SERVICE_RUNNING, "running"},
      {WCK_SERVICE_STOPPED, "stopped"}, {WCK_SERVICE_PAUSED, "paused"}, {WCK_SERVICE_MISSING, "missing"})
WORDS(wck_service_start, service_start, {WCK_START_UNKNOWN, "unknown"}, {WCK_START_AUTOMATIC, "automatic"},
      {WCK_START_AUTOMATIC_DELAYED, "automatic_delayed"}, {WCK_START_MANUAL, "manual"},
      {WCK_START_DISABLED, "disabled"})
WORDS(wck_file_state, file_state, {WCK_FILE_UNKNOWN, "unknown"}, {WCK_FILE_PRESENT, "present"},
      {WCK_FILE_PENDING, "pending"}, {WCK_FILE_DOWNLOADING, "downloading"}, {WCK_FILE_PAUSED, "paused"},
      {WCK_FILE_FAILED, "failed"}, {WCK_FILE_MISSING, "missing"})
WORDS(wck_severity, severity, {WCK_SEVERITY_NOTE, "note"}, {WCK_SEVERITY_WARNING, "warning"},
      {WCK_SEVERITY_ERROR, "error"})
WORDS(wck_result, result, {WCK_RESULT_FAIL, "fail"}, {WCK_RESULT_UNKNOWN, "unknown"},
      {WCK_RESULT_WAIVED, "waived"})
WORDS(wck_object_kind, object_kind, {WCK_OBJECT_SERVER, "server"}, {WCK_OBJECT_SECTION, "section"},
      {WCK_OBJECT_LANGUAGE, "language"}, {WCK_OBJECT_CATEGORY, "category"}, {WCK_OBJECT_UPDATE, "update"},
      {WCK_OBJECT_APPROVAL, "approval"}, {WCK_OBJECT_GROUP, "group"}, {WCK_OBJECT_EULA, "eula"},
      {WCK_OBJECT_FILE, "file"})
WORDS(wck_action_kind, action_kind, {WCK_DO_VERIFY, "verify"}, {WCK_DO_SET_UPSTREAM, "set_upstream"},
      {WCK_DO_SET_PROXY, "set_proxy"}, {WCK_DO_SELECT_PRODUCT, "select_product"},
      {WCK_DO_SELECT_CLASSIFICATION, "select_classification"}, {WCK_DO_SET_LANGUAGES, "set_languages"},
      {WCK_DO_CANCEL_DOWNLOAD, "cancel_download"}, {WCK_DO_SYNCHRONIZE, "synchronize"},
      {WCK_DO_CREATE_GROUP, "create_group"}, {WCK_DO_ACCEPT_EULA, "accept_eula"}, {WCK_DO_APPROVE, "approve"},
      {WCK_DO_UNAPPROVE, "unapprove"}, {WCK_DO_DECLINE, "decline"}, {WCK_DO_UNDECLINE, "undecline"},
      {WCK_DO_REMOVE_INACTIVE_APPROVALS, "remove_inactive_approvals"}, {WCK_DO_RESET_CONTENT, "reset_content"},
      {WCK_DO_RESTART_SERVICE, "restart_service"}, {WCK_DO_SET_PERMISSIONS, "set_permissions"})
WORDS(wck_risk, risk, {WCK_RISK_LOW, "low"}, {WCK_RISK_MEDIUM, "medium"}, {WCK_RISK_HIGH, "high"})

static const word action_words[] = {{WCK_ACTION_INSTALL, "install"}, {WCK_ACTION_UNINSTALL, "uninstall"},
                                    {WCK_ACTION_SCAN, "scan"}, {WCK_ACTION_BLOCK, "block"}};

const char *wck_action_format(char *out, int64_t action)
{
    if (action >= WCK_ACTION_INSTALL && action <= WCK_ACTION_BLOCK)
        snprintf(out, WCK_ACTION_TEXT, "%s", action_words[action].text);
    else
        snprintf(out, WCK_ACTION_TEXT, "other:%lld", (long long)action);
    return out;
}

bool wck_action_parse(int64_t *out, const char *text)
{
    int value;
    char *end;
    long long code;

    if (value_of(action_words, 4, text, &value)) {
        *out = value;
        return true;
    }
    if (strncmp(text, "other:", 6) != 0 || text[6] < '0' || text[6] > '9')
        return false;
    errno = 0;
    code = strtoll(text + 6, &end, 10);
    if (*end != '\0' || errno == ERANGE)
        return false;
    *out = code;
    return true;
}

/* Two integers. false when it is not of that form. */
static bool protocol_parse(const char *text, long *major, long *minor)
{
    char *end;

    if (text == NULL || *text < '0' || *text > '9')
        return false;
    *major = strtol(text, &end, 10);
    if (*end != '.' || end[1] < '0' || end[1] > '9')
        return false;
    *minor = strtol(end + 1, &end, 10);
    return *end == '\0';
}

bool wck_protocol_newer(const char *wanted, const char *spoken)
{
    long major, minor, want_major, want_minor;

    if (!protocol_parse(wanted, &want_major, &want_minor) || !protocol_parse(spoken, &major, &minor))
        return false;
    return want_major > major || (want_major == major && want_minor > minor);
}
