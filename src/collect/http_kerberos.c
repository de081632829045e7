/* SPDX-License-Identifier: MIT
 * http_kerberos.c: why Kerberos gave no token, from the one line of text that GSS-API leaves. Its wording is
 * that of MIT Kerberos (error tables krb5 and kv5m), which Debian's libcurl is built with. */
#include "collect/http_private.h"

#include "base/quote.h"

#include <string.h>

static const struct {
    const char *key, *also; /* both stand in the text; also NULL: only key */
    const char *remedy;
} remedies[] = {
    {"expired", NULL, "Get a new ticket with kinit; give a job that runs by itself a key table (kinit -k -t FILE)."},
    {"not found in Kerberos database", "krbtgt/",
     "The ticket is of another realm: get one of the server's realm, or have the realms trust each other (klist shows "
     "the ticket, [domain_realm] of krb5.conf says which realm a server is in)."},
    {"not found in Kerberos database", NULL,
     "Name the server in \"source\" by its full name, as its service principal HTTP/… does; an address has none."},
    {"contact any KDC", NULL, "Check krb5.conf, the name service, and port 88 of the domain controllers."},
    {"find KDC", NULL, "Check krb5.conf, the name service, and port 88 of the domain controllers."},
    {"lock skew", NULL, "Compare the clocks of this machine, of the server and of the domain controllers."},
};

/* "gss_init_sec_context() failed: TEXT. " → TEXT */
static void plain_text(char *out, size_t size, const char *text)
{
    const char *failed = strstr(text, " failed: ");
    size_t len;

    wck_quote_short(out, size, failed != NULL ? failed + strlen(" failed: ") : text, 180);
    len = strlen(out);
    while (len > 0 && (out[len - 1] == '.' || out[len - 1] == ' '))
        out[--len] = '\0';
}

wck_status wck_http_kerberos(const wck_exchange *x, wck_error *err)
{
    const char *text = x->http->gss_text;
    char why[300];

    plain_text(why, sizeof why, text);
    wck_fail_detail(err, "Kerberos says: %s.", why);
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
        if (strstr(text, remedies[i].key) != NULL &&
            (remedies[i].also == NULL || strstr(text, remedies[i].also) != NULL))
            return wck_fail_hint(err, "%s", remedies[i].remedy);
    return wck_fail_hint(err, "Get a ticket with kinit (klist shows it), and name the server as its service principal "
                              "HTTP/… does: by its full name.");
}
