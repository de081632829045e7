/* SPDX-License-Identifier: MIT
 * wck/error.h: status codes and the error report every fallible function fills. */
#ifndef WCK_ERROR_H
#define WCK_ERROR_H

#if defined(__GNUC__)
#define WCK_API __attribute__((visibility("default")))
#define WCK_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define WCK_API
#define WCK_PRINTF(f, a)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* 0 is success, every failure is negative. A specific code exists only where a caller acts on it. */
typedef enum wck_status {
    WCK_OK = 0,
    WCK_E_MEMORY = -1,      /* allocation failed */
    WCK_E_ARG = -2,         /* caller broke the contract of the function */
    WCK_E_IO = -3,          /* file or directory could not be read or written */
    WCK_E_INPUT = -4,       /* a document, package or reply is malformed */
    WCK_E_LIMIT = -5,       /* a documented cap was exceeded */
    WCK_E_STORE = -6,       /* the snapshot store refused or is damaged */
    WCK_E_HTTP = -7,        /* transport: no answer, TLS, proxy, HTTP status */
    WCK_E_SOAP = -8,        /* the server answered with a fault */
    WCK_E_NOT_FOUND = -9,   /* what was asked for is not there */
    WCK_E_CANCELED = -10,   /* the user interrupted */
    WCK_E_USAGE = -11       /* wrong command line */
} wck_status;

/* Caller-owned, no allocation, so it works when memory is short. `text` is the primary message (lower case, no
 * full stop), `detail` and `hint` are full sentences or empty. Every function accepts err == NULL. */
typedef struct wck_error {
    wck_status status;
    char text[640];
    char detail[512];
    char hint[320];
} wck_error;

/* Record a failure and return `status`, so that `return wck_fail(err, …);` reads well.
 * Overlong text is cut at a UTF-8 boundary. Clears detail and hint. */
WCK_API wck_status wck_fail(wck_error *err, wck_status status, const char *fmt, ...) WCK_PRINTF(3, 4);
/* Add a second sentence to the failure recorded last; returns err->status (WCK_E_ARG when err is NULL). */
WCK_API wck_status wck_fail_detail(wck_error *err, const char *fmt, ...) WCK_PRINTF(2, 3);
WCK_API wck_status wck_fail_hint(wck_error *err, const char *fmt, ...) WCK_PRINTF(2, 3);
/* Prefix the primary message with "<fmt>: ", for callers that know the place (file, server). */
WCK_API wck_status wck_fail_prefix(wck_error *err, const char *fmt, ...) WCK_PRINTF(2, 3);
/* Shorthand for allocation failures: "out of memory while <doing>". */
WCK_API wck_status wck_fail_memory(wck_error *err, const char *doing);
WCK_API void wck_error_clear(wck_error *err);

#ifdef __cplusplus
}
#endif
#endif
