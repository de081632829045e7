/* SPDX-License-Identifier: MIT
 * sim.h: wsusck-sim, snapshot documents served as WSUS servers on loopback over MS-WSUSSS and MS-WSUSAR.
 *
 * One sim_server per document: a listener (http.c), a state (state.c: the document and when each row changed)
 * and the cookies it gave out. A request goes http.c → soap.c (which call, which operation element) → rules.c
 * (is a fault planted here?) → calls.c, lists.c, deployments.c, admin*.c (write the inside of the result
 * element) → soap.c (envelope). Everything about one server happens under its lock; only the planted waiting
 * does not.
 */
#ifndef WCK_TESTS_SIM_SIM_H
#define WCK_TESTS_SIM_SIM_H

#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "model/snapshot.h"

#include <libxml/tree.h>
#include <pthread.h>
#include <stdio.h>

#define SIM_NS_SYNC "http://www.microsoft.com/SoftwareDistribution"
#define SIM_NS_AUTH "http://www.microsoft.com/SoftwareDistribution/Server/DssAuthWebService"
#define SIM_NS_ADMIN "http://www.microsoft.com/SoftwareDistribution/Server/ApiRemotingWebService"
#define SIM_MAX_REPLY (1024U << 20)

enum {
    SIM_AUTH_COOKIE = 432,   /* bytes of CookieData on a real server (protocol.md 3) */
    SIM_ACCESS_COOKIE = 208, /* bytes of EncryptedData (protocol.md 13) */
    SIM_COOKIE_MINUTES = 240,
    SIM_COOKIES = 256,         /* remembered per server, the oldest is forgotten */
    SIM_MAX_UPDATES = 100,     /* MaxNumberOfUpdatesPerRequest where the document does not say */
    SIM_COMPRESS_ABOVE = 5120, /* SUSDB PublishedXmlCompressionThreshold, bytes of UTF-16 (protocol.md 5.4) */
    SIM_EXIT_FORBIDDEN = 9
};

/* The reads of protocol.md 2 (GetRevisionIdList is two calls with one action), then those of admin.def. */
typedef enum sim_action {
    SIM_GET_AUTH_CONFIG,
    SIM_GET_AUTHORIZATION_COOKIE,
    SIM_GET_COOKIE,
    SIM_GET_CONFIG_DATA,
    SIM_GET_ROLLUP_CONFIGURATION,
    SIM_GET_REVISION_ID_LIST,
    SIM_GET_UPDATE_DATA,
    SIM_GET_DEPLOYMENTS,
#define SIM_ADMIN(id, name, fn, parameters) SIM_ADMIN_##id,
#include "admin.def"
#undef SIM_ADMIN
    SIM_ACTIONS,
    SIM_FIRST_ADMIN = SIM_GET_DEPLOYMENTS + 1
} sim_action;

typedef enum sim_fault_kind {
    SIM_NONE,
    SIM_REFUSE,
    SIM_RESET,
    SIM_TRUNCATE,
    SIM_SLOW,
    SIM_STALL,
    SIM_STATUS,
    SIM_HTML,
    SIM_CONTENT_TYPE,
    SIM_FAULT,
    SIM_BUSY,
    SIM_COOKIE_LOOP,
    SIM_EMPTY_ELEMENT,
    SIM_ABSENT_ELEMENT,
    SIM_GZIP,
    SIM_REDIRECT,
    SIM_GARBAGE,
    SIM_HUGE,
    SIM_SHORT,
    SIM_VANISH,
    SIM_CHANGE,
    /* the administration API only (admin_rows.c, admin_events.c): */
    SIM_DROP_COLUMN,
    SIM_NULL_COLUMN,
    SIM_MISTYPE_COLUMN,
    SIM_CUT_ROWS,
    SIM_LONGER_ROWS,
    SIM_DROP_ELEMENT,
    SIM_SET_ELEMENT,
    SIM_ROLE,
    SIM_REASON,
    SIM_CONTROL,
    SIM_LOCALIZED,
    SIM_COMPONENTS
} sim_fault_kind;

typedef struct sim_rule {
    char *server, *call;  /* "*" matches all */
    unsigned first, last; /* which of the matching calls, from 1; last 0: no end */
    sim_fault_kind kind;
    char *arg;     /* "" when none */
    long number;   /* arg as a number, 0 when it is none */
    unsigned seen; /* matching calls so far; under `lock` of sim_rules */
} sim_rule;

typedef struct sim_rules {
    WCK_VEC(sim_rule) rules;
    pthread_mutex_t lock;
} sim_rules;

/* An approval that a later document no longer has. */
typedef struct sim_dead {
    wck_guid deployment;
    wck_time at;
} sim_dead;

/* What a server holds, and when each row came: deltas by anchor follow from it. The arrays run beside the
 * rows. */
typedef struct sim_state {
    wck_snapshot *snapshot;
    wck_identity *update_keys;
    wck_time *update_changed, *category_changed, *approval_changed;
    wck_guid *deployments; /* the document's, or made from the approval's key */
    wck_map updates;       /* wck_identity -> wck_update */
    wck_map categories;    /* wck_guid -> wck_category */
    wck_map members;       /* wck_guid of updates that another one bundles */
    wck_map superseded;    /* wck_guid of updates that another one supersedes */
    wck_map declined;      /* wck_guid */
    WCK_VEC(sim_dead) dead;
} sim_state;

typedef struct sim_cookie {
    bool access; /* else an authorization cookie */
    char *text;  /* base64 as given out */
    char expires[WCK_TIME_TEXT];
    wck_time until;
    unsigned protocol; /* minor version the client asked for */
} sim_cookie;

/* What other servers tell about this one; texts cut to what a real column holds. */
typedef struct sim_identity {
    char name[256], parent[256], fqdn[256], version[33];
    wck_guid id;
    wck_time last_sync, last_rollup;
    bool replica;
} sim_identity;

struct MHD_Daemon;
typedef struct sim_server {
    pthread_mutex_t lock;
    char *name;
    sim_state *state;
    sim_cookie cookies[SIM_COOKIES];
    size_t next_cookie;
    wck_time last_anchor; /* the newest instant handed out; changes come after it */
    unsigned port;
    int fd;                    /* bound socket; -1 once the daemon owns it */
    struct MHD_Daemon *daemon; /* NULL: bound but not listening, so that a connect is refused */
    struct sim_world *sim;
    sim_identity identity; /* under tree_lock of sim_world, so that every server may read it */
} sim_server;

/* How the rows of the administration API look (admin_rows.c). */
typedef enum sim_row_shape { SIM_ROWS_REAL, SIM_ROWS_PUBLISHED, SIM_ROWS_LONGER } sim_row_shape;

/* A line of --admin-users: who may use the administration API, and as what. */
typedef struct sim_user {
    char *name, *role;
} sim_user;
typedef WCK_VEC(sim_user) sim_users;

typedef struct sim_world {
    WCK_VEC(sim_server *) servers;
    sim_rules rules;
    FILE *log; /* NULL: none */
    pthread_mutex_t log_lock, tree_lock;
    sim_row_shape rows;
    sim_users users;  /* roles by user name; none: everybody is an administrator */
    bool forbidden;   /* an action outside the list was asked for; under log_lock */
    int stop_pipe[2]; /* becomes readable when everything is to stop: planted waits end early */
} sim_world;

typedef struct sim_request {
    sim_server *server;
    sim_action action;
    const char *call; /* name for rules and log: "GetRevisionIdList.config" … */
    const char *ns;
    xmlDoc *doc;
    const xmlNode *op;    /* the operation element */
    const sim_rule *rule; /* NULL: nothing planted */
    unsigned protocol;    /* minor version of the cookie shown */
    char url[160];        /* for faultactor */
    const char *user;     /* X-Remote-User as a proxy in front set it; NULL: nobody asked */
    bool absent;          /* the handler gave no result element */
} sim_request;

typedef struct sim_reply {
    unsigned status;
    wck_buf body;
    const char *content_type;
    const char *location; /* redirects; borrowed from the rule */
    char note[96];        /* for the log */
} sim_reply;

/* state.c */
wck_status sim_state_load(sim_state **out, const char *path, wck_time now, wck_error *err);
void sim_state_free(sim_state *state);
/* Replaces the server's document: rows that are new or different are of now, approvals that went are dead. */
wck_status sim_server_change(sim_server *server, const char *path, wck_error *err);
wck_time sim_server_now(sim_server *server); /* whole milliseconds, never before a change already made */
/* Sections the document does not hold completely cannot be told truthfully: the call that reads them faults.
 */
bool sim_state_complete(const sim_state *state, wck_section section);

/* document.c: update and category documents of protocol.md 7, UTF-8 */
bool sim_document_update(wck_buf *out, const wck_update *update, bool member);
bool sim_document_category(wck_buf *out, const wck_category *category, int64_t revision);
/* Deterministic spread over identities: which are upper case, padded, listed twice … */
uint64_t sim_spread(wck_guid id, const char *what);
/* 36 characters; upper case for one in seven. */
const char *sim_guid_wire(char out[WCK_GUID_TEXT], wck_guid id);

/* blob.c: <XmlUpdateBlob> or <XmlUpdateBlobCompressed> */
bool sim_blob_put(wck_buf *out, const char *document, size_t len, bool mszip);
/* The cabinet alone in base64; false, and nothing written, when the document is small enough to go as text.
 */
bool sim_blob_text(wck_buf *out, const char *document, size_t len);

/* soap.c */
extern const char *const sim_action_names[SIM_ACTIONS];
/* Fills action, call, ns, doc, op. false: reply holds the refusal. */
bool sim_soap_parse(sim_request *request, sim_reply *reply, const char *path, const char *soap_action,
                    const char *body, size_t len);
void sim_request_clear(sim_request *request);
void sim_soap_reply(sim_reply *reply, const sim_request *request, const wck_buf *result);
void sim_soap_absent(sim_reply *reply, const sim_request *request); /* response element without a result */
/* code NULL: a fault without ErrorCode, as SoapCore sends it. Always returns false, so handlers can return
 * it. */
bool sim_soap_fault(sim_reply *reply, const sim_request *request, const char *code, const char *message);
/* The fault of the administration API: the faultstring as it is, and <Exception> in its detail
 * (MS-WSUSAR 3.1.4.1) */
bool sim_soap_exception(sim_reply *reply, const sim_request *request, const char *faultstring,
                        const char *type, const char *message);
/* First child in the service's namespace, NULL when absent; text "" when absent or empty (caller frees with
 * xmlFree, NULL only when memory is short). */
const xmlNode *sim_child(const sim_request *request, const xmlNode *parent, const char *name);
const xmlNode *sim_next(const sim_request *request, const xmlNode *node,
                        const char *name); /* same name, later */
char *sim_child_text(const sim_request *request, const xmlNode *parent, const char *name);
bool sim_child_bool(const sim_request *request, const xmlNode *parent, const char *name);
bool sim_child_guid(const sim_request *request, const xmlNode *parent, const char *name, wck_guid *out);
void sim_put_bool(wck_buf *out, const char *name, int8_t value); /* WCK_BOOL_NONE: nothing */

/* calls.c: each writes what stands inside the result element; false when a fault is in the reply */
bool sim_call(sim_request *request, sim_reply *reply, wck_buf *result);
bool sim_get_auth_config(sim_request *request, sim_reply *reply, wck_buf *result);
bool sim_get_authorization_cookie(sim_request *request, sim_reply *reply, wck_buf *result);
bool sim_get_cookie(sim_request *request, sim_reply *reply, wck_buf *result);
bool sim_get_config_data(sim_request *request, sim_reply *reply, wck_buf *result);
bool sim_get_rollup_configuration(sim_request *request, sim_reply *reply, wck_buf *result);
/* lists.c */
bool sim_get_revision_id_list(sim_request *request, sim_reply *reply, wck_buf *result);
bool sim_get_update_data(sim_request *request, sim_reply *reply, wck_buf *result);
/* deployments.c */
bool sim_get_deployments(sim_request *request, sim_reply *reply, wck_buf *result);
/* anchors: `<n>,yyyy-MM-dd HH:mm:ss.fff` (protocol.md 5.2) */
void sim_anchor_put(wck_buf *out, const sim_server *server, wck_time at);
bool sim_anchor_parse(wck_time *out, const char *text);

/* admin.c: the table of admin.def, and who may ask */
bool sim_admin_call(sim_request *request, sim_reply *reply, wck_buf *result);
/* false: the 401 or 403 is in the reply */
bool sim_admin_allowed(const sim_request *request, sim_reply *reply);
/* A SOAP fault that wraps a .NET exception (MS-WSUSAR 3.1.4.1). Always false. */
bool sim_admin_fault(sim_reply *reply, const sim_request *request, const char *type, const char *message);
wck_status sim_users_load(sim_users *users, const char *path, wck_error *err);
void sim_users_clear(sim_users *users);
/* admin_tree.c */
void sim_identity_set(sim_server *server);

/* cookies.c */
void sim_cookie_put(wck_buf *out, sim_server *server, unsigned protocol); /* Expiration and EncryptedData */
void sim_cookie_put_auth(wck_buf *out, sim_server *server);               /* CookieData */
/* false: the fault is in the reply. */
bool sim_cookie_check(sim_request *request, sim_reply *reply);
bool sim_cookie_check_auth(const sim_request *request, const char *data);
void sim_cookies_clear(sim_server *server);

/* rules.c */
wck_status sim_rules_load(sim_rules *rules, const char *path, wck_error *err);
void sim_rules_clear(sim_rules *rules);
/* Counts the call; NULL when nothing is planted on it. */
const sim_rule *sim_rules_match(sim_rules *rules, const char *server, const char *call);
bool sim_rules_down(const sim_rules *rules,
                    const char *server); /* "SERVER * refuse": does not listen at all */

/* http.c */
wck_status sim_server_bind(sim_server *server, wck_error *err);
wck_status sim_server_start(sim_server *server, wck_error *err);
void sim_server_stop(sim_server *server);
void sim_log(sim_world *sim, const char *server, const char *call, unsigned status, const char *note);
void sim_log_forbidden(sim_world *sim, const char *server, const char *action);

/* pages.c: bodies of IIS, http.sys and a captive portal */
const char *sim_page_status(unsigned status);
const char *sim_page_portal(void);
bool sim_gzip_stored(wck_buf *out, const void *data, size_t len);

/* main.c */
_Noreturn void sim_die(const char *text);

#endif
