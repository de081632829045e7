/* SPDX-License-Identifier: MIT
 * types.h: the nouns as plain data. Every pointer below is borrowed from the arena of the snapshot that holds the
 * row (see snapshot.h), and lives as long as that snapshot.
 *
 * "Null" (= not known) is, by type: NULL for text, the zero GUID, WCK_TIME_NONE, WCK_INT_NONE, WCK_BOOL_NONE (-1).
 * Field by field this is ../schemas snapshot.schema.json. */
#ifndef WCK_MODEL_TYPES_H
#define WCK_MODEL_TYPES_H

#include "base/digest.h"
#include "base/guid.h"
#include "base/time.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WCK_INT_NONE INT64_MIN
#define WCK_BOOL_NONE ((int8_t)-1)

/* Sections in the order they are reported. The first eight are the core ones (rules.md 9002). */
typedef enum wck_section {
    WCK_SECTION_CONFIG,
    WCK_SECTION_LANGUAGES,
    WCK_SECTION_CATEGORIES,
    WCK_SECTION_UPDATES,
    WCK_SECTION_DECLINED,
    WCK_SECTION_GROUPS,
    WCK_SECTION_APPROVALS,
    WCK_SECTION_EULAS,
    WCK_SECTION_SYNC_HISTORY,
    WCK_SECTION_FILES,
    WCK_SECTION_HOST,
    WCK_SECTION_COUNT
} wck_section;
#define WCK_SECTION_CORE 8

typedef enum wck_coverage_state {
    WCK_COVERAGE_ABSENT = 0, /* no entry: counts as unknown */
    WCK_COVERAGE_UNKNOWN,
    WCK_COVERAGE_PARTIAL, /* listed rows prove presence, nothing proves absence */
    WCK_COVERAGE_COMPLETE
} wck_coverage_state;

typedef struct wck_coverage {
    wck_coverage_state state;
    const char *reason; /* NULL = none */
} wck_coverage;

typedef enum wck_mode { WCK_MODE_UNKNOWN = 0, WCK_MODE_REPLICA, WCK_MODE_AUTONOMOUS } wck_mode;

typedef struct wck_guids {
    wck_guid *items;
    size_t n;
} wck_guids;

typedef struct wck_strings {
    const char **items;
    size_t n;
} wck_strings;

typedef struct wck_identity {
    wck_guid id;
    int64_t revision;
} wck_identity;

typedef struct wck_identities {
    wck_identity *items;
    size_t n;
} wck_identities;

typedef struct wck_server {
    const char *name; /* never NULL */
    const char *parent; /* name of the upstream server; NULL = root */
    wck_mode mode;
    wck_guid server_id;
    const char *fqdn, *version, *protocol_version, *source;
    wck_time collected_at, server_time;
} wck_server;

typedef struct wck_config {
    int8_t sync_from_microsoft_update, catalog_only_sync, lazy_sync, content_on_microsoft_update;
    bool has_upstream;
    struct {
        const char *name;
        int64_t port;
        int8_t ssl, replica;
    } upstream; /* members may be null */
    bool has_schedule;
    struct {
        int8_t automatic;
        const char *time_of_day; /* "HH:MM:SS" UTC */
        int64_t per_day;
    } schedule;
    wck_time next_sync;
    int64_t retries, retry_wait_minutes;
    bool has_proxy;
    struct {
        const char *host;
        int64_t port;
        const char *user;
        int8_t basic_in_cleartext;
    } proxy;
    int64_t max_updates_per_request;
    bool products_known, classifications_known; /* false: null in the document */
    wck_guids selected_products, selected_classifications; /* sorted */
} wck_config;

typedef struct wck_language {
    int64_t id; /* 0 = the pseudo entry "all" */
    const char *code, *name;
    bool enabled;
} wck_language;

typedef enum wck_category_kind {
    WCK_CATEGORY_UNKNOWN = 0,
    WCK_CATEGORY_COMPANY,
    WCK_CATEGORY_PRODUCT_FAMILY,
    WCK_CATEGORY_PRODUCT,
    WCK_CATEGORY_CLASSIFICATION,
    WCK_CATEGORY_DETECTOID
} wck_category_kind;

typedef struct wck_category {
    wck_guid id;
    int64_t revision;
    wck_category_kind kind;
    const char *title;
    wck_guid parent;
} wck_category;

typedef struct wck_file_ref {
    unsigned char digest[20]; /* SHA-1 */
    const char *name; /* may be NULL */
    int64_t size;     /* bytes or WCK_INT_NONE */
} wck_file_ref;

typedef enum wck_update_type { WCK_UPDATE_UNKNOWN = 0, WCK_UPDATE_SOFTWARE, WCK_UPDATE_DRIVER } wck_update_type;
typedef enum wck_update_state { WCK_STATE_UNKNOWN = 0, WCK_STATE_PUBLISHED, WCK_STATE_EXPIRED } wck_update_state;

typedef struct wck_update {
    wck_guid id;
    int64_t revision;
    wck_update_type type;
    wck_update_state state;
    int8_t deployable;
    bool languages_known; /* false: null, not known; true with n == 0: language-neutral */
    const char *title, *severity, *compatible_protocol_version;
    wck_strings kb, bulletins, languages; /* sorted, no duplicates */
    wck_guid classification;
    wck_guids products, supersedes; /* sorted, no duplicates */
    wck_identities bundles;         /* sorted, no duplicates */
    wck_guids *prerequisites;       /* all of these lists, each any of its items; inner and outer sorted */
    size_t n_prerequisites;
    wck_guid eula;
    wck_time created;
    wck_file_ref *files; /* sorted by digest, name, size */
    size_t n_files;
    /* never compared between servers, outside the shared digest: */
    wck_time arrived;
    int64_t needed_by;
} wck_update;

typedef struct wck_declined {
    wck_guid id;
    /* never compared: */
    int64_t revision;
    wck_time time;
    const char *admin;
} wck_declined;

typedef struct wck_group {
    wck_guid id;
    const char *name;
    wck_guid parent;
} wck_group;

/* Wire codes of MS-WSUSSS 3.1.4.10; any other code is kept as it is. */
enum { WCK_ACTION_INSTALL = 0, WCK_ACTION_UNINSTALL = 1, WCK_ACTION_SCAN = 2, WCK_ACTION_BLOCK = 3 };

typedef struct wck_approval {
    wck_guid update;
    wck_guid group;
    int64_t revision;
    int64_t action; /* >= 0 */
    wck_time deadline;
    wck_time go_live;
    /* never compared: */
    int8_t assigned;
    int64_t priority;
    wck_guid deployment;
    wck_time changed;
    const char *admin;
} wck_approval;

typedef struct wck_eula {
    wck_guid id;
    wck_guid update;
    wck_time accepted;
    const char *admin;
} wck_eula;

typedef enum wck_sync_result {
    WCK_SYNC_UNKNOWN = 0,
    WCK_SYNC_SUCCEEDED,
    WCK_SYNC_FAILED,
    WCK_SYNC_CANCELED,
    WCK_SYNC_RUNNING
} wck_sync_result;
typedef enum wck_sync_trigger { WCK_TRIGGER_UNKNOWN = 0, WCK_TRIGGER_SCHEDULED, WCK_TRIGGER_MANUAL } wck_sync_trigger;

typedef struct wck_update_error {
    wck_guid update;
    const char *error, *text;
} wck_update_error;

typedef struct wck_sync_run {
    wck_time started, ended; /* started may be NONE: a sentinel date, "no run" (rules.md) */
    wck_sync_result result;
    wck_sync_trigger trigger;
    const char *error, *error_text;
    wck_update_error *update_errors;
    size_t n_update_errors;
} wck_sync_run;

typedef enum wck_file_state {
    WCK_FILE_UNKNOWN = 0,
    WCK_FILE_PRESENT,
    WCK_FILE_PENDING,
    WCK_FILE_DOWNLOADING,
    WCK_FILE_PAUSED,
    WCK_FILE_FAILED,
    WCK_FILE_MISSING
} wck_file_state;

typedef struct wck_content_file {
    unsigned char digest[20];
    wck_file_state state;
} wck_content_file;

/* wck_guid_find reads the key at offset 0 */
static_assert(offsetof(wck_category, id) == 0 && offsetof(wck_update, id) == 0 && offsetof(wck_declined, id) == 0 &&
                   offsetof(wck_group, id) == 0 && offsetof(wck_approval, update) == 0 && offsetof(wck_eula, id) == 0,
               "the key must be the first member");

#endif
