/* SPDX-License-Identifier: MIT
 * soap.h: SOAP 1.1 requests, and replies parsed as they arrive. Elements are matched by namespace and local name
 * only: prefixes, order and declarations differ between services of one server (protocol.md 1). */
#ifndef WCK_COLLECT_SOAP_H
#define WCK_COLLECT_SOAP_H

#include "base/buf.h"
#include "wck/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum wck_soap_action {
#define WCK_SOAP_ACTION(id, service, operation, max_bytes, what) WCK_SOAP_##id,
#include "collect/soap_actions.def"
#undef WCK_SOAP_ACTION
    WCK_SOAP_ACTION_COUNT
} wck_soap_action;

typedef struct wck_soap_action_row {
    const char *operation;
    const char *ns;   /* of every element in request and reply */
    const char *uri;  /* the SOAPAction, unquoted */
    const char *path; /* default place below the server's root, with a leading slash */
    size_t max_bytes; /* cap of a reply */
    const char *what; /* for messages: "could not read %s" */
} wck_soap_action_row;

/* The only SOAP actions there are; lints and tests list them. */
extern const wck_soap_action_row wck_soap_actions[WCK_SOAP_ACTION_COUNT];

/* The whole request around `inside`, the XML text of the operation's parameters. false: no memory. */
bool wck_soap_envelope(wck_buf *out, wck_soap_action action, const char *inside);

/* protocol.md 6; anything not listed there is OTHER. */
typedef enum wck_soap_fault_code {
    WCK_FAULT_NONE = 0, /* no fault came */
    WCK_FAULT_UNCODED,  /* a fault without ErrorCode, as SoapCore sends it */
    WCK_FAULT_OTHER,
    WCK_FAULT_INVALID_COOKIE,
    WCK_FAULT_INVALID_AUTHORIZATION_COOKIE,
    WCK_FAULT_COOKIE_EXPIRED,
    WCK_FAULT_SERVER_CHANGED,
    WCK_FAULT_SERVER_BUSY,
    WCK_FAULT_INVALID_PARAMETERS,
    WCK_FAULT_INCOMPATIBLE_PROTOCOL_VERSION,
    WCK_FAULT_INTERNAL_SERVER_ERROR,
    WCK_FAULT_FILE_DIGESTS_MISSING
} wck_soap_fault_code;

typedef struct wck_soap_fault {
    wck_soap_fault_code code;
    char name[64];     /* ErrorCode as it came, "" when none */
    char message[512]; /* detail/Message: names the parameter, or the missing revisions on Microsoft Update */
    char reason[256];  /* faultstring, its first line; of .NET's chain of exceptions the innermost */
} wck_soap_fault;

/* What stands inside <OperationResult>. path[0 … depth-1] are ids of the elements from the result's child down to the
 * one at hand: 1 + index into names, 0 for an element that is not listed or of another namespace. Elements with
 * xsi:nil="true" are as if absent. */
typedef struct wck_soap_reply_ops {
    const char *const *names; /* ended by NULL, at most WCK_SOAP_MAX_NAMES */
    wck_status (*open)(void *payload, const int *path, size_t depth, wck_error *err); /* may be NULL */
    wck_status (*close)(void *payload, const int *path, size_t depth, const char *text, size_t len, wck_error *err);
    size_t max_text; /* bytes of one text */
    /* The rest is for the administration service, whose rows are positional and whose names are spelled freely: */
    bool any_name; /* names are matched in any namespace and letter case */
    bool cut_text; /* longer texts are cut, not refused */
    bool may_lack_result; /* a response without one is an answer: there is none */
    /* In place of open, and told of nil elements too (close is not). type: local part of xsi:type, or "". */
    wck_status (*element)(void *payload, const int *path, size_t depth, const char *type, bool nil, wck_error *err);
    /* The text of a result that is nothing else; may be NULL. */
    wck_status (*scalar)(void *payload, const char *text, size_t len, wck_error *err);
} wck_soap_reply_ops;
enum { WCK_SOAP_MAX_NAMES = 40 };

typedef struct wck_soap_parser wck_soap_parser;

/* ops and payload are borrowed and must outlive the parser. */
wck_status wck_soap_parser_new(wck_soap_parser **out, wck_soap_action action, const wck_soap_reply_ops *ops,
                               void *payload, wck_error *err);
wck_status wck_soap_parser_put(wck_soap_parser *parser, const void *data, size_t len, wck_error *err);
/* WCK_OK: the result was there, whole. WCK_E_SOAP: a fault, told in *fault. WCK_E_INPUT: neither, or malformed;
 * *early tells a reply that was fine but cut short. */
wck_status wck_soap_parser_end(wck_soap_parser *parser, wck_soap_fault *fault, bool *early, wck_error *err);
void wck_soap_parser_free(wck_soap_parser *parser); /* NULL is fine */

#endif
