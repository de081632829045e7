/* SPDX-License-Identifier: MIT
 * diagnosis.h: what was seen when somebody looked whether a server can synchronize. Plain data; owns its
 * text. */
#ifndef WCK_MODEL_DIAGNOSIS_H
#define WCK_MODEL_DIAGNOSIS_H

#include "base/arena.h"
#include "base/vec.h"
#include "model/types.h"
#include "wck/error.h"

/* In the order a person would look; a failed step ends its chain. */
typedef enum wck_look_step {
    WCK_LOOK_NAME = 1,  /* the form of the name, and what it resolves to */
    WCK_LOOK_PORT,      /* every address, TCP */
    WCK_LOOK_PROXY,     /* the proxy on the way, its login */
    WCK_LOOK_TLS,       /* protocol version, chain, name and dates of the certificate */
    WCK_LOOK_SERVICE,   /* the web services of WSUS */
    WCK_LOOK_CLOCK,     /* Date header against our clock */
    WCK_LOOK_CONTENT,   /* content folder over HTTP */
    WCK_LOOK_UPSTREAM,  /* the upstream server as this server's own setting names it */
    WCK_LOOK_MICROSOFT, /* what a root server needs of Microsoft Update */
    WCK_LOOK_SNAPSHOT,  /* what the last snapshot says: services, permissions, events, history */
    WCK_LOOK_LOCAL      /* what can be seen on the server only */
} wck_look_step;

typedef enum wck_look_result {
    WCK_LOOK_OK = 1,
    WCK_LOOK_NOTE, /* worth reading, nothing wrong */
    WCK_LOOK_WARNING,
    WCK_LOOK_FAIL,
    WCK_LOOK_UNKNOWN, /* could not be seen from here */
    WCK_LOOK_SKIPPED  /* not looked at because an earlier step of the chain failed, or it does not apply */
} wck_look_result;

typedef struct wck_look {
    const char *server; /* name; never NULL */
    wck_look_step step;
    const char *target; /* host, host:port or URL that was looked at; never NULL */
    wck_look_result result;
    int rule;           /* 7003 for WCK7003, 0: none */
    const char *seen;   /* never NULL */
    const char *cause;  /* the usual cause of that; NULL: none known */
    const char *remedy; /* a sentence, or a line for PowerShell on that server; NULL: none */
} wck_look;

typedef struct wck_diagnosis {
    wck_arena *arena;
    WCK_VEC(wck_look) looks;
    wck_time looked_at;
    bool failed; /* memory ran short while a look was noted */
} wck_diagnosis;

wck_diagnosis *wck_diagnosis_new(void); /* NULL when memory is short */
void wck_diagnosis_free(wck_diagnosis *diagnosis);
/* Text is formatted into the arena: the row that was added, or NULL with `failed` set. */
wck_look *wck_diagnosis_add(wck_diagnosis *d, const char *server, wck_look_step step, const char *target,
                            wck_look_result result, int rule, const char *seen, ...)
    __attribute__((format(printf, 7, 8)));
/* Copies; NULL leaves it empty. No-op when `look` is NULL. */
void wck_look_explain(wck_diagnosis *d, wck_look *look, const char *cause, const char *remedy);
/* Appends copies of b's rows. */
wck_status wck_diagnosis_append(wck_diagnosis *a, const wck_diagnosis *b, wck_error *err);
/* 1: a failure or warning; 3: none, but something could not be seen; 0. */
int wck_diagnosis_exit(const wck_diagnosis *d);
size_t wck_diagnosis_count(const wck_diagnosis *d, wck_look_result result);

const char *wck_look_step_name(wck_look_step step);
const char *
wck_look_result_name(wck_look_result result); /* "ok" "note" "warning" "fail" "unknown" "skipped" */

#endif
