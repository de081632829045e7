/* SPDX-License-Identifier: MIT
 * late.c: libcurl and libxml2 are loaded when they are first called, not when the program starts. They bring some
 * thirty-five libraries along (GSSAPI, LDAP, GnuTLS, ICU …), and loading those costs several times what an audit from
 * the store takes (docs/performance.md); `check`, `diff`, `tree` and `explain` need none of them.
 *
 * The program defines the functions it calls and hands each call on; nothing else knows. A function that is missing
 * here is linked as ever, and the library is loaded at start again: tests/lint/late.sh notices. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* X: type, name, parameters, arguments. V: the same without a result. Enumerations are int and all pointers void *:
 * libraries of different age disagree about const, and a call looks the same to the machine. */
#define CURL_FUNCTIONS(X, V)                                                                                   \
    X(int, curl_global_init, (long flags), (flags))                                                            \
    V(curl_global_cleanup, (void), ())                                                                         \
    X(void *, curl_easy_init, (void), ())                                                                      \
    X(int, curl_easy_perform, (void *easy), (easy))                                                            \
    V(curl_easy_cleanup, (void *easy), (easy))                                                                 \
    X(const char *, curl_easy_strerror, (int code), (code))                                                    \
    V(curl_free, (void *p), (p))                                                                               \
    X(void *, curl_slist_append, (void *list, const char *text), (list, text))                                 \
    V(curl_slist_free_all, (void *list), (list))                                                               \
    X(void *, curl_url, (void), ())                                                                            \
    V(curl_url_cleanup, (void *url), (url))                                                                    \
    X(int, curl_url_get, (const void *url, int what, char **part, unsigned flags), (url, what, part, flags))   \
    X(int, curl_url_set, (void *url, int what, const char *part, unsigned flags), (url, what, part, flags))

#define XML_FUNCTIONS(X, V)                                                                                    \
    V(xmlInitParser, (void), ())                                                                               \
    V(xmlCleanupParser, (void), ())                                                                            \
    X(void *, xmlCreatePushParserCtxt, (void *sax, void *user, const char *data, int size, const char *name),  \
      (sax, user, data, size, name))                                                                           \
    X(void *, xmlCtxtGetLastError, (void *ctxt), (ctxt))                                                       \
    X(void *, xmlCtxtReadMemory,                                                                               \
      (void *ctxt, const char *data, int size, const char *url, const char *encoding, int options),            \
      (ctxt, data, size, url, encoding, options))                                                              \
    X(int, xmlCtxtUseOptions, (void *ctxt, int options), (ctxt, options))                                      \
    X(const void *, xmlDictLookup, (void *dict, const void *name, int len), (dict, name, len))                 \
    X(void *, xmlDocGetRootElement, (const void *doc), (doc))                                                  \
    V(xmlFreeDoc, (void *doc), (doc))                                                                          \
    V(xmlFreeParserCtxt, (void *ctxt), (ctxt))                                                                 \
    X(void *, xmlNewParserCtxt, (void), ())                                                                    \
    X(void *, xmlNodeGetContent, (const void *node), (node))                                                   \
    X(int, xmlParseChunk, (void *ctxt, const char *data, int size, int last), (ctxt, data, size, last))        \
    X(int, xmlSAX2GetLineNumber, (void *ctxt), (ctxt))                                                         \
    V(xmlSetExternalEntityLoader, (void (*loader)(void)), (loader))                                            \
    V(xmlSetStructuredErrorFunc, (void *ctxt, void (*handler)(void)), (ctxt, handler))                         \
    V(xmlStopParser, (void *ctxt), (ctxt))                                                                     \
    X(void *, __xmlStructuredError, (void), ()) /* behind the variables of libxml/globals.h */                 \
    X(void *, __xmlStructuredErrorContext, (void), ())

/* late_… in C, so that it need not agree with the header to the letter; the name itself to the linker. */
#define CALLED(name) __asm__(#name)

#define DECLARE_X(type, name, parameters, arguments)                                                           \
    type late_##name parameters CALLED(name);                                                                  \
    static type(*real_##name) parameters;
#define DECLARE_V(name, parameters, arguments) DECLARE_X(void, name, parameters, arguments)
CURL_FUNCTIONS(DECLARE_X, DECLARE_V)
XML_FUNCTIONS(DECLARE_X, DECLARE_V)

int late_curl_easy_setopt(void *easy, int option, ...) CALLED(curl_easy_setopt);
int late_curl_easy_getinfo(void *easy, int info, ...) CALLED(curl_easy_getinfo);
static int (*real_curl_easy_setopt)(void *easy, int option, ...);
static int (*real_curl_easy_getinfo)(void *easy, int info, ...);
extern void (*late_xmlFree)(void *p) CALLED(xmlFree); /* a variable, in libxml2 too */
static void (**real_xmlFree)(void *p);

/* What the system's linker does at start when a library is missing; there is no way to go on. */
_Noreturn static void missing(void)
{
    const char *reason = dlerror();

    fprintf(stderr, "wsusck: could not load a library: %s\n", reason != NULL ? reason : "unknown reason");
    fprintf(stderr, "hint: Install it again; wsusck was built with it.\n");
    _Exit(127);
}

static void *load(const char *library)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

    if (handle == NULL)
        missing();
    return handle;
}

/* ISO C has no cast from an object pointer to a function pointer; POSIX says that both have one form. */
static void find(void *handle, const char *name, void *out)
{
    void *found = dlsym(handle, name);

    if (found == NULL)
        missing();
    memcpy(out, &found, sizeof found);
}

#define FIND_X(type, name, parameters, arguments) find(handle, #name, &real_##name);
#define FIND_V(name, parameters, arguments) find(handle, #name, &real_##name);

static void load_curl(void)
{
    void *handle = load(WCK_LIBCURL);

    CURL_FUNCTIONS(FIND_X, FIND_V)
    find(handle, "curl_easy_setopt", &real_curl_easy_setopt);
    find(handle, "curl_easy_getinfo", &real_curl_easy_getinfo);
}

static void load_xml(void)
{
    void *handle = load(WCK_LIBXML2);

    XML_FUNCTIONS(FIND_X, FIND_V)
    find(handle, "xmlFree", &real_xmlFree);
}

static void need_curl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load_curl);
}

static void need_xml(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load_xml);
}

#define DEFINE_CURL_X(type, name, parameters, arguments)                                                       \
    type late_##name parameters                                                                                       \
    {                                                                                                          \
        need_curl();                                                                                           \
        return real_##name arguments;                                                                          \
    }
#define DEFINE_CURL_V(name, parameters, arguments)                                                             \
    void late_##name parameters                                                                                       \
    {                                                                                                          \
        need_curl();                                                                                           \
        real_##name arguments;                                                                                 \
    }
#define DEFINE_XML_X(type, name, parameters, arguments)                                                        \
    type late_##name parameters                                                                                       \
    {                                                                                                          \
        need_xml();                                                                                            \
        return real_##name arguments;                                                                          \
    }
#define DEFINE_XML_V(name, parameters, arguments)                                                              \
    void late_##name parameters                                                                                       \
    {                                                                                                          \
        need_xml();                                                                                            \
        real_##name arguments;                                                                                 \
    }
CURL_FUNCTIONS(DEFINE_CURL_X, DEFINE_CURL_V)
XML_FUNCTIONS(DEFINE_XML_X, DEFINE_XML_V)

/* CURLOPTTYPE_… of curl/curl.h: the number of an option tells the type of its value. */
enum { CURL_POINTERS = 10000, CURL_FUNCTION_POINTERS = 20000, CURL_SIZES = 30000, CURL_BLOBS = 40000 };

int late_curl_easy_setopt(void *easy, int option, ...)
{
    va_list args;
    int code;

    need_curl();
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

    need_curl();
    va_start(args, info);
    code = real_curl_easy_getinfo(easy, info, va_arg(args, void *));
    va_end(args);
    return code;
}

static void free_late(void *p)
{
    need_xml();
    (*real_xmlFree)(p);
}

void (*late_xmlFree)(void *p) = free_late;
