/* SPDX-License-Identifier: MIT
 * tls.c: what is wrong with a certificate, all of it, in words. The handshake goes on past bad certificates
 * so that every fault is seen; nothing is sent over it. */
#include "probe/probe_private.h"

#include "base/quote.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SOON_DAYS = 30 }; /* a certificate needs days to renew */

static int go_on(int fine, X509_STORE_CTX *ctx)
{
    int *first = SSL_get_ex_data(X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx()), 0);

    if (!fine && first != NULL && *first == X509_V_OK)
        *first = X509_STORE_CTX_get_error(ctx);
    return 1;
}

/* As libcurl does it for collect: lists of every authority of the chain. */
static bool load_lists(SSL_CTX *ctx, const char *file)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ctx);
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

    return lookup != NULL && X509_load_crl_file(lookup, file, X509_FILETYPE_PEM) > 0 &&
           X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1;
}

static SSL_CTX *make_context(const wck_probe_server *server, bool old)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    bool ok = ctx != NULL;

    if (ok && old) { /* only to name what the server speaks; nothing is sent */
        SSL_CTX_set_security_level(ctx, 0);
        ok =
            SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) == 1 && SSL_CTX_set_cipher_list(ctx, "ALL") == 1;
    } else if (ok) {
        ok = SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1;
    }
    if (ok)
        ok = (server->ca_file != NULL ? SSL_CTX_load_verify_locations(ctx, server->ca_file, NULL)
                                      : SSL_CTX_set_default_verify_paths(ctx)) == 1;
    if (ok && server->crl_file != NULL)
        ok = load_lists(ctx, server->crl_file);
    if (!ok) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, go_on);
    return ctx;
}

/* NULL: no handshake; ERR_get_error says why. */
static SSL *handshake(SSL_CTX *ctx, const place *where, int fd, int *verdict)
{
    SSL *ssl = SSL_new(ctx);

    ERR_clear_error();
    if (ssl != NULL && SSL_set_ex_data(ssl, 0, verdict) == 1 && SSL_set_fd(ssl, fd) == 1 &&
        (wck_form_of(where->host) == FORM_ADDRESS || SSL_set_tlsext_host_name(ssl, where->host) == 1) &&
        SSL_connect(ssl) == 1)
        return ssl;
    SSL_free(ssl);
    return NULL;
}

static bool name_fits(X509 *cert, const char *host)
{
    if (wck_form_of(host) == FORM_ADDRESS)
        return X509_check_ip_asc(cert, host, 0) == 1;
    return X509_check_host(cert, host, 0, 0, NULL) == 1;
}

static void put_name(wck_buf *out, const char *name, int len)
{
    char text[128], shown[160];

    snprintf(text, sizeof text, "%.*s", len < 120 ? len : 120, name);
    wck_buf_printf(out, "%s\"%s\"", out->len > 0 ? ", " : "",
                   wck_quote_short(shown, sizeof shown, text, 100));
}

/* The names it is good for: alternative names, else the common name. */
static void names_of(wck_buf *out, X509 *cert)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    char name[128];

    for (int i = 0; i < sk_GENERAL_NAME_num(all) && i < 5; i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);
        if (g->type == GEN_DNS)
            put_name(out, (const char *)ASN1_STRING_get0_data(g->d.dNSName),
                     ASN1_STRING_length(g->d.dNSName));
    }
    if (out->len == 0 &&
        X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof name) > 0)
        put_name(out, name, (int)strlen(name));
    if (out->len == 0)
        wck_buf_puts(out, "no name");
    GENERAL_NAMES_free(all);
}

static void date_of(char *out, size_t size, const ASN1_TIME *t)
{
    struct tm tm;

    if (ASN1_TIME_to_tm(t, &tm) == 1)
        snprintf(out, size, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    else
        snprintf(out, size, "a date nobody can read");
}

typedef struct fault {
    const char *cause, *remedy;
    bool bad;
} fault;

static fault fault_of(int verdict)
{
    switch (verdict) {
    case X509_V_OK:
        return (fault){NULL, NULL, false};
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return (fault){"the certificate, or one above it, has expired",
                       "Renew the certificate and bind it in IIS.", true};
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return (fault){"the certificate is not valid yet",
                       "Compare the clocks; else bind the right certificate.", true};
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return (fault){
            "no trusted authority issued it, the chain is incomplete, or something on the way inspects TLS",
            "Install the issuing authority where the client runs (here: \"ca_file\"), and send the whole "
            "chain.",
            true};
    case X509_V_ERR_CERT_REVOKED:
        return (fault){"the certificate was revoked", "Bind another certificate in IIS.", true};
    default:
        return (fault){"the certificate is not acceptable", "Bind another certificate in IIS.", true};
    }
}

static bool add_name(probe *p, wck_look_step step, const char *target, const place *where, X509 *cert)
{
    wck_look *look;
    wck_buf names;

    if (name_fits(cert, where->host))
        return true;
    wck_buf_init(&names, 2048); /* five names */
    names_of(&names, cert);
    look = wck_diagnosis_add(p->out, p->server->name, step, target, WCK_LOOK_FAIL, 7009,
                             "the certificate is for %s", wck_buf_text(&names));
    wck_look_explain(p->out, look, "the name in use does not stand in the certificate",
                     "Use the certificate's name on both sides, or issue one that holds this name.");
    wck_buf_clear(&names);
    return false;
}

/* Everything about the certificate; true when a client would go on. */
static bool judge(probe *p, wck_look_step step, const char *target, const place *where, SSL *ssl, int verdict)
{
    X509 *cert = SSL_get1_peer_certificate(ssl);
    fault f = fault_of(verdict);
    char until[40];
    wck_look *look;
    int days = 0, seconds;
    bool fine;

    if (cert == NULL)
        return false;
    date_of(until, sizeof until, X509_get0_notAfter(cert));
    fine = add_name(p, step, target, where, cert);
    if (f.bad) {
        look = wck_diagnosis_add(p->out, p->server->name, step, target, WCK_LOOK_FAIL, 7009,
                                 "%s (valid until %s)", X509_verify_cert_error_string(verdict), until);
        wck_look_explain(p->out, look, f.cause, f.remedy);
        fine = false;
    }
    if (fine && ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)) == 1 && days < SOON_DAYS) {
        look = wck_diagnosis_add(p->out, p->server->name, step, target, WCK_LOOK_NOTE, 0,
                                 "%s, the certificate expires on %s", SSL_get_version(ssl), until);
        wck_look_explain(p->out, look, NULL, "Renew the certificate.");
    } else if (fine) {
        wck_diagnosis_add(p->out, p->server->name, step, target, WCK_LOOK_OK, 0,
                          "%s, certificate valid until %s", SSL_get_version(ssl), until);
    }
    X509_free(cert);
    return fine;
}

/* Once more, without a word: what there is to say was said. */
static int connect_again(const probe *p, const place *where)
{
    wck_diagnosis *scratch = wck_diagnosis_new();
    probe quiet = *p;
    int fd;

    quiet.out = scratch;
    fd = scratch != NULL ? wck_probe_dial(&quiet, WCK_LOOK_TLS, WCK_LOOK_TLS, where) : -1;
    wck_diagnosis_free(scratch);
    return fd;
}

static void add_no_handshake(probe *p, wck_look_step step, const char *target, const place *where,
                             unsigned long reason)
{
    SSL_CTX *old = make_context(p->server, true);
    int verdict = X509_V_OK, fd = old != NULL ? connect_again(p, where) : -1;
    SSL *ssl = fd >= 0 ? handshake(old, where, fd, &verdict) : NULL;
    const char *why = ERR_reason_error_string(reason);
    wck_look *look;

    if (ssl != NULL) {
        look = wck_diagnosis_add(p->out, p->server->name, step, target, WCK_LOOK_FAIL, 7009,
                                 "it speaks %s only", SSL_get_version(ssl));
        wck_look_explain(p->out, look, "TLS before 1.2 is refused by clients and by Microsoft Update",
                         "Enable TLS 1.2 on that server (SCHANNEL, and strong cryptography for .NET).");
    } else {
        look = wck_diagnosis_add(p->out, p->server->name, step, target, WCK_LOOK_FAIL, 7009,
                                 "no TLS handshake (%s)", why != NULL ? why : "the connection was closed");
        wck_look_explain(p->out, look, "the port does not speak TLS, or the site has no certificate bound",
                         "Is it the SSL port (8531, 443)? Look at the binding of the site in IIS.");
    }
    SSL_free(ssl);
    SSL_CTX_free(old);
    if (fd >= 0)
        close(fd);
}

bool wck_probe_tls(probe *p, wck_look_step step, const place *where, int fd)
{
    SSL_CTX *ctx = make_context(p->server, false);
    char target[PLACE_TEXT], file[200], lists[200];
    int verdict = X509_V_OK;
    bool fine = false;
    SSL *ssl = NULL;

    wck_place_text(target, where);
    wck_probe_tell(p, step, target);
    if (ctx == NULL)
        wck_diagnosis_add(p->out, p->server->name, step, target, WCK_LOOK_UNKNOWN, 0,
                          "could not read the certificates of authorities in \"%s\", or the lists in \"%s\"",
                          wck_quote_short(file, sizeof file,
                                          p->server->ca_file != NULL ? p->server->ca_file : "the system",
                                          120),
                          wck_quote_short(lists, sizeof lists,
                                          p->server->crl_file != NULL ? p->server->crl_file : "none", 120));
    else if ((ssl = handshake(ctx, where, fd, &verdict)) == NULL)
        add_no_handshake(p, step, target, where, ERR_peek_last_error());
    else
        fine = judge(p, step, target, where, ssl, verdict);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    close(fd);
    return fine;
}
