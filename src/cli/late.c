/* SPDX-License-Identifier: MIT
 * late.c: the libraries that an audit from the store does not need (libcurl, libxml2, libmspack, OpenSSL, ODBC, libpq) are
 * loaded when they are first called, not when the program starts. They bring some forty libraries along (GSSAPI, LDAP,
 * GnuTLS, ICU …), and loading those costs several times what such an audit takes (docs/performance.md).
 *
 * The program defines the functions it calls (late.def) and hands each call on; nothing else knows. A function that is
 * missing there is linked as ever, and the library is loaded at start again: tests/lint/late.sh notices. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum library { CURL, XML2, MSPACK, SSL, ODBC, PQ, LIBRARIES } library;

/* The names that the libraries found at configuration give themselves (cmake/LateLibraries.cmake). */
static const char *const sonames[LIBRARIES] = {
    [CURL] = WCK_LATE_CURL, [XML2] = WCK_LATE_XML2, [MSPACK] = WCK_LATE_MSPACK, [SSL] = WCK_LATE_SSL,
#ifdef WCK_LATE_ODBC
    [ODBC] = WCK_LATE_ODBC,
#endif
#ifdef WCK_LATE_PQ
    [PQ] = WCK_LATE_PQ,
#endif
};

/* late_… in C, so that it need not agree with the header to the letter; the name itself to the linker. */
#define CALLED(name) __asm__(#name)

#define FUNCTION(library, type, name, parameters, arguments)                                                           \
    type late_##name parameters CALLED(name);                                                                          \
    static type(*real_##name) parameters;
#define PROCEDURE(library, name, parameters, arguments) FUNCTION(library, void, name, parameters, arguments)
#include "cli/late.def"
#undef FUNCTION
#undef PROCEDURE

int late_curl_easy_setopt(void *easy, int option, ...) CALLED(curl_easy_setopt);
int late_curl_easy_getinfo(void *easy, int info, ...) CALLED(curl_easy_getinfo);
static int (*real_curl_easy_setopt)(void *easy, int option, ...);
static int (*real_curl_easy_getinfo)(void *easy, int info, ...);
extern void (*late_xmlFree)(void *p) CALLED(xmlFree); /* a variable, in libxml2 too */
static void (**real_xmlFree)(void *p);

typedef struct symbol {
    library library;
    const char *name;
    void *real; /* where the pointer to it is kept */
} symbol;

static const symbol symbols[] = {
#define FUNCTION(library, type, name, parameters, arguments) {library, #name, &real_##name},
#define PROCEDURE(library, name, parameters, arguments) {library, #name, &real_##name},
#include "cli/late.def"
#undef FUNCTION
#undef PROCEDURE
    {CURL, "curl_easy_setopt", &real_curl_easy_setopt},
    {CURL, "curl_easy_getinfo", &real_curl_easy_getinfo},
    {XML2, "xmlFree", &real_xmlFree},
};

/* What the system's linker does at start when a library is missing; there is no way to go on. */
_Noreturn static void missing(void)
{
    const char *reason = dlerror();

    fprintf(stderr, "wsusck: could not load a library: %s\n", reason != NULL ? reason : "unknown reason");
    fprintf(stderr, "hint: Install it again; wsusck was built with it.\n");
    _Exit(127);
}

static void load(library wanted)
{
    void *handle = dlopen(sonames[wanted], RTLD_NOW | RTLD_LOCAL);

    if (handle == NULL)
        missing();
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *found;
        if (symbols[i].library != wanted)
            continue;
        found = dlsym(handle, symbols[i].name);
        if (found == NULL)
            missing();
        /* ISO C has no cast from an object pointer to a function pointer; POSIX says that both have one form. */
        memcpy(symbols[i].real, &found, sizeof found);
    }
}

static void need(library wanted)
{
    static atomic_bool ready[LIBRARIES];
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    if (atomic_load_explicit(&ready[wanted], memory_order_acquire))
        return;
    pthread_mutex_lock(&lock);
    if (!atomic_load_explicit(&ready[wanted], memory_order_relaxed)) {
        load(wanted);
        atomic_store_explicit(&ready[wanted], true, memory_order_release);
    }
    pthread_mutex_unlock(&lock);
}

#define FUNCTION(library, type, name, parameters, arguments)                                                           \
    type late_##name parameters                                                                                        \
    {                                                                                                                  \
        need(library);                                                                                                 \
        return real_##name arguments;                                                                                  \
    }
#define PROCEDURE(library, name, parameters, arguments)                                                                \
    void late_##name parameters                                                                                        \
    {                                                                                                                  \
        need(library);                                                                                                 \
        real_##name arguments;                                                                                         \
    }
#include "cli/late.def"

/* CURLOPTTYPE_… of curl/curl.h: the number of an option tells the type of its value. */
enum { CURL_POINTERS = 10000, CURL_FUNCTION_POINTERS = 20000, CURL_SIZES = 30000, CURL_BLOBS = 40000 };

int late_curl_easy_setopt(void *easy, int option, ...)
{
    va_list args;
    int code;

    need(CURL);
    va_start(args, option);
    if (option < CURL_POINTERS)
        code = real_curl_easy_setopt(easy, option, va_arg(args, long));
    else if (option >= CURL_FUNCTION_POINTERS && option < CURL_SIZES)
        code = real_curl_easy_setopt(easy, option, va_arg(args, void (*)(void)));
    else if (option >= CURL_SIZES && option < CURL_BLOBS)
        code = real_curl_easy_setopt(easy, option, va_arg(args, int64_t));
    else
        code = real_curl_easy_setopt(easy, option, va_arg(args, void *));
    va_end(args);
    return code;
}

/* Always a pointer. */
int late_curl_easy_getinfo(void *easy, int info, ...)
{
    va_list args;
    int code;

    need(CURL);
    va_start(args, info);
    code = real_curl_easy_getinfo(easy, info, va_arg(args, void *));
    va_end(args);
    return code;
}

static void free_late(void *p)
{
    need(XML2);
    (*real_xmlFree)(p);
}

void (*late_xmlFree)(void *p) = free_late;
