/* SPDX-License-Identifier: MIT
 * codec.h: nouns <-> JSON documents. Errors name the place ("updates[3].revision: …"). */
#ifndef WCK_CODEC_CODEC_H
#define WCK_CODEC_CODEC_H

#include "base/buf.h"
#include "model/diagnosis.h"
#include "model/history.h"
#include "model/plan.h"
#include "model/prediction.h"
#include "model/report.h"
#include "model/snapshot.h"

/* A snapshot document or a JSON Lines export (told apart by the first line), UTF-8 with or without BOM, or UTF-16
 * with BOM for JSON Lines. The result is frozen. Reads the file in pieces; memory above the records stays flat. */
wck_status wck_codec_read_snapshot(wck_snapshot **out, const char *path, wck_error *err);
wck_status wck_codec_parse_snapshot(wck_snapshot **out, const void *data, size_t len, wck_error *err);
/* Canonical JSON: rows sorted, every field written, one row a line, "digest" included, newline at the end. */
wck_status wck_codec_put_snapshot(wck_buf *out, const wck_snapshot *snapshot, wck_error *err);
/* The same rows as JSON Lines, one record a line; no digest. */
wck_status wck_codec_put_snapshot_lines(wck_buf *out, const wck_snapshot *snapshot, wck_error *err);

/* Sets snapshot->host from snapshot->host_json; a wck_host_read_fn. Text that does not say what the schema wants gives
 * host->problem. */
wck_status wck_codec_read_host(wck_snapshot *snapshot, wck_error *err);

wck_status wck_codec_put_report(wck_buf *out, const wck_report *report, int exit_code, wck_error *err);
wck_status wck_codec_parse_report(wck_report **out, const void *data, size_t len, wck_error *err);
wck_status wck_codec_put_plan(wck_buf *out, const wck_plan *plan, wck_error *err);
wck_status wck_codec_parse_plan(wck_plan **out, const void *data, size_t len, wck_error *err);

/* `doctor --format json`. */
/* docs/formats/history.schema.json */
wck_status wck_codec_put_history(wck_buf *out, const wck_history *history, wck_error *err);
wck_status wck_codec_put_diagnosis(wck_buf *out, const wck_diagnosis *diagnosis, wck_error *err);

/* The change document of `whatif`, and one made from a snapshot ("reinstall it as it is") for people to edit. */
wck_status wck_codec_parse_change(wck_change_set **out, const void *data, size_t len, wck_error *err);
wck_status wck_codec_put_change_of(wck_buf *out, const wck_snapshot *snapshot, wck_error *err);
wck_status wck_codec_put_prediction(wck_buf *out, const wck_prediction *prediction, wck_error *err);
/* --verify --format json. came: by finding of `predicted`; unexpected: by finding of `now`. */
wck_status wck_codec_put_verdict(wck_buf *out, const wck_report *predicted, const bool *came, const wck_report *now,
                                 const bool *unexpected, wck_error *err);
wck_status wck_codec_parse_prediction(wck_prediction **out, const void *data, size_t len, wck_error *err);

/* wsusck.json (cli.md). Text lives in the arena. */
typedef enum wck_api { WCK_API_AUTO = 0, WCK_API_SYNC, WCK_API_ADMIN } wck_api_kind;
typedef struct wck_server_config {
    const char *name, *source, *parent; /* parent NULL: not said */
    wck_mode mode;
    wck_api_kind api;
    const char *auth_kind, *auth_user, *auth_password_env, *auth_password_file; /* kind: none, negotiate, ntlm, basic */
    const char *proxy_url, *proxy_user, *proxy_password_env, *proxy_password_file;
    bool proxy_basic; /* proxy.basic_in_cleartext: Basic may be used there */
    const char *ca_file, *crl_file;
} wck_server_config;
typedef struct wck_waiver {
    int rule;
    const char *server, *object; /* path or NULL = every; object: fingerprint or GUID or NULL */
    const char *reason, *owner;
    wck_time expires;
} wck_waiver;
typedef struct wck_config_file {
    wck_arena *arena;
    const char *store; /* NULL: not said */
    WCK_VEC(wck_server_config) servers;
    WCK_VEC(wck_waiver) waivers;
    const char *account_name; /* identity.account_name, NULL: default */
} wck_config_file;
wck_status wck_codec_parse_config(wck_config_file **out, const void *data, size_t len, wck_error *err);
/* The configuration as wck_codec_parse_config reads it; a waiver's day becomes its instant. */
wck_status wck_codec_put_config(wck_buf *out, const wck_config_file *config, wck_error *err);
void wck_config_file_free(wck_config_file *config);

#endif
