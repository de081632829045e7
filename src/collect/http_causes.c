/* SPDX-License-Identifier: MIT
 * http_causes.c: why there was no answer: certificates, TLS, proxies, and what to do about each.
 *
 * libcurl gives one code for every certificate it does not like; which fault it was stands in the verdict of
 * OpenSSL (CURLINFO_SSL_VERIFYRESULT). A wrong name has no verdict of its own: the chain is good, and libcurl
 * compares names. */
#include "collect/http_private.h"

#include "base/quote.h"

#include <string.h>

/* Verdicts of OpenSSL (x509_vfy.h), which libcurl passes on as numbers; they never change. */
enum {
    VERDICT_OK = 0,
    VERDICT_NO_ISSUER = 2,
    VERDICT_NO_CRL = 3,
    VERDICT_NOT_YET_VALID = 9,
    VERDICT_EXPIRED = 10,
    VERDICT_CRL_EXPIRED = 12,
    VERDICT_SELF_SIGNED = 18,
    VERDICT_UNKNOWN_ROOT = 19,
    VERDICT_NO_LOCAL_ISSUER = 20,
    VERDICT_ONLY_LEAF = 21,
    VERDICT_REVOKED = 23,
    VERDICT_SHORT_KEY = 66,
    VERDICT_SHORT_CA_KEY = 67,
    VERDICT_WEAK_DIGEST = 68
};

typedef struct cause {
    const char *what, *remedy;
} cause;

#define TRUST_REMEDY                                                                                         \
    "Name the certificate file (PEM) of the authority that issued it in \"ca_file\", with every authority "  \
    "in "                                                                                                    \
    "between if the server does not send them."

static cause cause_of(long verdict, bool own_authority)
{
    switch (verdict) {
    case VERDICT_EXPIRED:
        return (cause){"its certificate, or one above it, has expired",
                       "Renew the certificate and bind the new one to the WSUS site in IIS."};
    case VERDICT_NOT_YET_VALID:
        return (cause){
            "its certificate is not valid yet",
            "Compare the clocks of this machine and of the server; else bind the right certificate in IIS."};
    case VERDICT_SELF_SIGNED:
        return (cause){
            "its certificate is self-signed",
            "If that is meant to be, name a copy of the certificate (PEM) in \"ca_file\"; else bind one of "
            "your certification authority in IIS."};
    case VERDICT_UNKNOWN_ROOT:
    case VERDICT_NO_ISSUER:
    case VERDICT_NO_LOCAL_ISSUER:
    case VERDICT_ONLY_LEAF:
        return own_authority
                   ? (cause){"its certificate is not of an authority in \"ca_file\"", TRUST_REMEDY}
                   : (cause){"its certificate is of an authority that is not trusted here", TRUST_REMEDY};
    case VERDICT_REVOKED:
        return (cause){
            "its certificate was revoked",
            "Find out why it was revoked before anything else; then bind a new certificate in IIS."};
    case VERDICT_NO_CRL:
        return (cause){"\"crl_file\" holds no revocation list of an authority in its chain",
                       "Put the lists of every authority of the chain, the root too, into that file (PEM)."};
    case VERDICT_CRL_EXPIRED:
        return (cause){"a revocation list in \"crl_file\" has expired",
                       "Fetch the current list from the authority."};
    case VERDICT_SHORT_KEY:
    case VERDICT_SHORT_CA_KEY:
    case VERDICT_WEAK_DIGEST:
        return (cause){
            "its certificate, or one above it, is too weak to be trusted (a short key, MD5 or SHA-1)",
            "Issue a new one with RSA of 2048 bits or more and SHA-256, and bind it in IIS."};
    default:
        return (cause){"its certificate is not acceptable",
                       "Bind another certificate to the WSUS site in IIS."};
    }
}

static bool says(const wck_exchange *x, const char *text)
{
    return strstr(x->http->curl_text, text) != NULL;
}

static wck_status bad_certificate(const wck_exchange *x, const char *shown, wck_error *err)
{
    long verdict = VERDICT_OK;
    cause c;

    curl_easy_getinfo(x->http->curl, CURLINFO_SSL_VERIFYRESULT, &verdict);
    if (verdict == VERDICT_OK || says(x, "subject name")) {
        wck_fail(err, WCK_E_HTTP, "could not trust \"%s\": its certificate is for another name than that",
                 x->http->origin);
        wck_fail_detail(err, "%s.", shown);
        return wck_fail_hint(
            err, "Use the name that stands in the certificate in \"source\", or bind one in IIS that "
                 "holds this name.");
    }
    c = cause_of(verdict, x->http->options->ca_file != NULL);
    wck_fail(err, WCK_E_HTTP, "could not trust \"%s\": %s", x->http->origin, c.what);
    wck_fail_detail(err, "%s.", shown);
    return wck_fail_hint(err, "%s", c.remedy);
}

/* *retry becomes false where trying again cannot help. */
static wck_status no_handshake(const wck_exchange *x, const char *shown, bool *retry, wck_error *err)
{
    const char *origin = x->http->origin;
    bool version = says(x, "unsupported protocol") || says(x, "alert protocol version");

    if (version) {
        wck_fail(err, WCK_E_HTTP, "could not talk to \"%s\": it speaks no TLS from 1.2 on", origin);
        wck_fail_hint(err, "Enable TLS 1.2 on that server (SCHANNEL, and strong cryptography for .NET).");
    } else if (says(x, "wrong version number") || says(x, "http request") ||
               says(x, "packet length too long")) {
        wck_fail(err, WCK_E_HTTP, "could not talk to \"%s\": that port does not speak TLS", origin);
        wck_fail_hint(err, "WSUS has TLS on 8531 (or 443) once it is set up; 8530 (or 80) is plain http.");
    } else if (says(x, "handshake failure") || says(x, "no cipher")) {
        wck_fail(err, WCK_E_HTTP, "could not talk to \"%s\": no cipher in common", origin);
        wck_fail_hint(
            err,
            "Compare the cipher suites of that server (SCHANNEL, group policy) with those of OpenSSL here.");
    } else {
        wck_fail(err, WCK_E_HTTP, "could not talk to \"%s\": the TLS handshake failed", origin);
        wck_fail_hint(
            err,
            "Look at the binding and certificate of the WSUS site in IIS; \"wsusck doctor\" looks closer.");
        wck_fail_detail(err, "%s.", shown);
        return WCK_E_HTTP;
    }
    *retry = false;
    return wck_fail_detail(err, "%s.", shown);
}

/* A proxy in the way is named: its address stands nowhere else in the message. */
static wck_status no_connection(const wck_exchange *x, const char *shown, wck_error *err)
{
    const char *proxy = x->http->options->proxy_url;
    char named[200];

    if (proxy == NULL)
        return wck_fail(err, WCK_E_HTTP, "could not get an answer from \"%s\": %s", x->http->origin, shown);
    wck_fail(err, WCK_E_HTTP, "could not get an answer from \"%s\" through the proxy \"%s\": %s",
             x->http->origin, wck_quote_short(named, sizeof named, proxy, 100), shown);
    return wck_fail_hint(err, "Is the proxy's address right, and may it connect to that server and port?");
}

static wck_status bad_file(const wck_exchange *x, const char *shown, wck_error *err)
{
    wck_fail(err, WCK_E_INPUT, "could not connect to \"%s\": the file in \"%s\" could not be read",
             x->http->origin, says(x, "CRL") ? "crl_file" : "ca_file");
    wck_fail_detail(err, "%s.", shown);
    return wck_fail_hint(err, "It must be readable, in PEM form, and hold at least one of what it is for.");
}

/* http to a port of TLS: http.sys and OpenSSL close, some answer with an alert. */
static wck_status closed(const wck_exchange *x, const char *shown, wck_error *err)
{
    no_connection(x, shown, err);
    if (strcmp(x->http->scheme, "http") == 0 && x->http->options->proxy_url == NULL)
        wck_fail_hint(err,
                      "If that port is the one of TLS (8531, 443), \"source\" must begin with https://.");
    return WCK_E_HTTP;
}

wck_status wck_http_no_answer(wck_exchange *x, CURLcode rc, wck_error *err)
{
    char shown[240];

    wck_quote_short(shown, sizeof shown,
                    x->http->curl_text[0] != '\0' ? x->http->curl_text : curl_easy_strerror(rc), 150);
    switch (rc) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return bad_certificate(x, shown, err);
    case CURLE_SSL_CONNECT_ERROR:
        return no_handshake(x, shown, &x->response->retry, err);
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
        return bad_file(x, shown, err);
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_UNSUPPORTED_PROTOCOL: /* "Received HTTP/0.9 when not allowed": an alert of TLS instead of a
                                        reply */
        return closed(x, shown, err);
    default:
        return no_connection(x, shown, err);
    }
}

/* 407. What was shown to the proxy decides what to do. */
wck_status wck_http_proxy_login(const wck_exchange *x, wck_error *err)
{
    const wck_collect_options *o = x->http->options;
    bool basic = strstr(x->challenge, "Basic") != NULL;
    char challenge[200];

    wck_quote_short(challenge, sizeof challenge, x->challenge[0] != '\0' ? x->challenge : "not said", 60);
    if (o->proxy_url != NULL && o->proxy_user != NULL &&
        (o->proxy_basic || !basic || strchr(challenge, 'N') != NULL)) {
        wck_fail(err, WCK_E_HTTP, "the proxy did not accept the login (HTTP 407, methods: %s)", challenge);
        return wck_fail_hint(err,
                             "Check user and password of \"proxy\": an expired password is the usual cause.");
    }
    wck_fail(err, WCK_E_HTTP, "the proxy wants a login (HTTP 407, methods: %s)", challenge);
    if (o->proxy_url != NULL && o->proxy_user != NULL)
        return wck_fail_hint(
            err, "It offers nothing but Basic, which sends the password in cleartext: allow that with "
                 "\"basic_in_cleartext\" of \"proxy\", or have the proxy offer Negotiate or NTLM.");
    return wck_fail_hint(
        err, "Set \"user\" and a password in \"proxy\" of that server, or take the proxy out of the way.");
}
