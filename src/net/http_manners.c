/* SPDX-License-Identifier: MIT
 * http_manners.c: the options that every transfer has (reliability.md 9). */
#include "net/http.h"

#include "wck/version.h"

#include <string.h>

#define SET(option, value) WCK_CURL_SET(curl, rc, option, value)

CURLcode wck_net_manners(CURL *curl, const char *ca_file, const char *crl_file)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https"); /* an empty list is refused; nothing is followed anyway */
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_MAXREDIRS, 10L); /* libcurl counts the rounds of a login, as NTLM has them, as redirects too */
    SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1); /* NTLM is bound to a connection */
    SET(CURLOPT_USERAGENT, "wsusck/" WCK_VERSION);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (ca_file != NULL)
        SET(CURLOPT_CAINFO, ca_file);
    if (crl_file != NULL)
        SET(CURLOPT_CRLFILE, crl_file);
    return rc;
}

/* An inherited http_proxy would silently change which server is measured (protocol.md 8): explicit or none. */
CURLcode wck_net_proxy(CURL *curl, const char *url, const char *user, const wck_secret *password, bool basic)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_PROXY, url != NULL ? url : "");
    SET(CURLOPT_NOPROXY, "");
    if (url == NULL || user == NULL) {
        SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_NONE);
        return rc;
    }
    SET(CURLOPT_PROXYAUTH, (long)(basic ? CURLAUTH_BASIC : *user == '\0' ? CURLAUTH_NEGOTIATE : CURLAUTH_NTLM));
    SET(CURLOPT_PROXYUSERNAME, user);
    SET(CURLOPT_PROXYPASSWORD, password != NULL ? wck_secret_reveal(password) : "");
    return rc;
}

long wck_net_auth_method(const char *kind)
{
    static const struct {
        const char *kind;
        unsigned long method;
    } methods[] = {
        {"none", CURLAUTH_NONE}, {"negotiate", CURLAUTH_NEGOTIATE}, {"ntlm", CURLAUTH_NTLM}, {"basic", CURLAUTH_BASIC}};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].kind, kind != NULL ? kind : "none") == 0)
            return (long)methods[i].method;
    return -1;
}

CURLcode wck_net_login(CURL *curl, const char *kind, const char *user, const wck_secret *password)
{
    long method = wck_net_auth_method(kind);
    CURLcode rc = method < 0 ? CURLE_BAD_FUNCTION_ARGUMENT : CURLE_OK;

    SET(CURLOPT_HTTPAUTH, method);
    if (method == (long)CURLAUTH_NONE)
        return rc;
    SET(CURLOPT_USERNAME, user != NULL ? user : ""); /* "": Kerberos takes the ticket of the caller */
    SET(CURLOPT_PASSWORD, password != NULL ? wck_secret_reveal(password) : "");
    return rc;
}
