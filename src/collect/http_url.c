/* SPDX-License-Identifier: MIT
 * http_url.c: which URLs are used, and what a server may make of its own (protocol.md 3). */
#include "collect/http_private.h"

#include "base/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static wck_status bad_url(wck_error *err, const char *why)
{
    wck_fail(err, WCK_E_INPUT, "could not use the URL of the server: %s", why);
    return wck_fail_hint(err, "It reads http://host:8530 or https://host:8531.");
}

static char *url_part(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL, *copy = NULL;

    if (curl_url_get(url, part, &text, flags) == CURLUE_OK && text != NULL)
        copy = strdup(text);
    curl_free(text);
    return copy;
}

static wck_status check_url_parts(CURLU *url, wck_error *err)
{
    static const CURLUPart forbidden[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT};
    char *path;
    bool has_path;

    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        char *text = url_part(url, forbidden[i], 0);
        bool has = text != NULL;
        free(text);
        if (has && i < 2) {
            wck_fail(err, WCK_E_INPUT, "could not use the URL of the server: it holds a user name");
            return wck_fail_hint(err, "Credentials belong into \"auth\" of the configuration, never into a URL.");
        }
        if (has)
            return bad_url(err, "it holds a query or a fragment");
    }
    path = url_part(url, CURLUPART_PATH, 0);
    has_path = path != NULL && strcmp(path, "") != 0 && strcmp(path, "/") != 0;
    free(path);
    return has_path ? bad_url(err, "it holds a path") : WCK_OK;
}

wck_status wck_http_split_url(wck_http *http, const char *text, wck_error *err)
{
    CURLU *url = curl_url();
    wck_status status;
    size_t size;

    if (url == NULL)
        return wck_fail_memory(err, "opening a connection");
    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
        status = bad_url(err, "it is not one");
    else
        status = check_url_parts(url, err);
    if (status == WCK_OK) {
        http->scheme = url_part(url, CURLUPART_SCHEME, 0);
        http->host = url_part(url, CURLUPART_HOST, 0);
        http->port = url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
        if (http->scheme == NULL || http->host == NULL || http->port == NULL)
            status = bad_url(err, "it has no host");
        else if (strcmp(http->scheme, "http") != 0 && strcmp(http->scheme, "https") != 0)
            status = bad_url(err, "it is neither http nor https");
    }
    curl_url_cleanup(url);
    if (status != WCK_OK)
        return status;
    size = strlen(http->scheme) + strlen(http->host) + strlen(http->port) + 5;
    http->origin = malloc(size);
    if (http->origin == NULL)
        return wck_fail_memory(err, "opening a connection");
    snprintf(http->origin, size, "%s://%s:%s", http->scheme, http->host, http->port);
    return WCK_OK;
}

static bool is_clean_path(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f || strchr("?#\\", *p) != NULL)
            return false;
    return strstr(text, "..") == NULL;
}

static bool part_is(CURLU *url, CURLUPart part, const char *want)
{
    char *text = url_part(url, part, CURLU_DEFAULT_PORT);
    bool is = text != NULL && strcasecmp(text, want) == 0;

    free(text);
    return is;
}

static bool is_own_origin(const wck_http *http, const char *service_url)
{
    CURLU *url = curl_url();
    char *user;
    bool own;

    if (url == NULL)
        return false;
    own = curl_url_set(url, CURLUPART_URL, service_url, 0) == CURLUE_OK &&
          part_is(url, CURLUPART_SCHEME, http->scheme) && part_is(url, CURLUPART_HOST, http->host) && part_is(url, CURLUPART_PORT, http->port);
    user = url_part(url, CURLUPART_USER, 0);
    own = own && user == NULL;
    free(user);
    curl_url_cleanup(url);
    return own;
}

wck_status wck_http_resolve(const wck_http *http, const char *service_url, wck_buf *path, wck_error *err)
{
    char shown[120];
    const char *place = service_url, *scheme = strstr(service_url, "://");
    bool refused = !is_clean_path(service_url);

    if (!refused && scheme != NULL) {
        place = strchr(scheme + 3, '/');
        refused = place == NULL || !is_own_origin(http, service_url);
    }
    if (!refused)
        place += strspn(place, "/");
    if (refused || *place == '\0') {
        wck_fail(err, WCK_E_INPUT, "the server names an authorization service that is not its own: \"%s\"",
                 wck_quote_short(shown, sizeof shown, service_url, 80));
        return wck_fail_hint(err, "Only a place on the same server and port is followed.");
    }
    if (!wck_buf_putc(path, '/') || !wck_buf_puts(path, place))
        return wck_fail_memory(err, "reading authorization settings");
    return WCK_OK;
}

