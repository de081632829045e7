/* SPDX-License-Identifier: MIT
 * pages.c: what stands in the way of a SOAP answer, worded as IIS, http.sys and proxies word it. */
#include "sim.h"

static const struct {
    unsigned status;
    const char *html;
} pages[] = {
    {401, "<!DOCTYPE html><html><head><title>401 - Unauthorized: Access is denied due to invalid "
          "credentials.</title>"
          "</head><body><h1>Server Error</h1><h2>401 - Unauthorized: Access is denied due to invalid "
          "credentials.</h2>"
          "<h3>You do not have permission to view this directory or page using the credentials that you "
          "supplied.</h3>"
          "</body></html>\r\n"},
    {403, "<!DOCTYPE html><html><head><title>403 - Forbidden: Access is denied.</title></head><body>"
          "<h1>Server Error</h1><h2>403 - Forbidden: Access is denied.</h2></body></html>\r\n"},
    {404, "<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head><body>"
          "<h1>Server Error</h1><h2>404 - File or directory not found.</h2></body></html>\r\n"},
    {407, "<html><head><title>407 Proxy Authentication Required</title></head><body>"
          "<h1>Proxy Authentication Required</h1></body></html>\r\n"},
    {500, "<!DOCTYPE html><html><head><title>Runtime Error</title></head><body>"
          "<h1>Server Error in '/ServerSyncWebService' Application.</h1></body></html>\r\n"},
    {502, "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\r\n"},
    {503, "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML "
          "4.01//EN\"\"http://www.w3.org/TR/html4/strict.dtd\">\r\n<HTML><HEAD>"
          "<TITLE>Service Unavailable</TITLE></HEAD>\r\n<BODY><h2>Service Unavailable</h2>\r\n"
          "<hr><p>HTTP Error 503. The service is unavailable.</p>\r\n</BODY></HTML>\r\n"},
};

const char *sim_page_status(unsigned status)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (pages[i].status == status)
            return pages[i].html;
    return "<html><body><h1>Server Error</h1></body></html>\r\n";
}

const char *sim_page_portal(void)
{
    return "<!DOCTYPE html><html><head><title>Guest network: please sign in</title></head><body>"
           "<form action=\"/login\"><input name=\"user\"><input name=\"room\" "
           "type=\"password\"></form></body></html>\n";
}

static uint32_t crc32_of(const unsigned char *data, size_t len)
{
    uint32_t crc = 0xffffffffU;

    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
    return ~crc;
}

static void put_le(wck_buf *out, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        wck_buf_putc(out, (char)(unsigned char)(value >> (8 * i) & 0xff));
}

/* A valid gzip member made of stored blocks (RFC 1952, RFC 1951 3.2.4). */
bool sim_gzip_stored(wck_buf *out, const void *data, size_t len)
{
    const unsigned char *at = data;

    wck_buf_put(out, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);
    for (size_t left = len;;) {
        size_t n = left > 65535 ? 65535 : left;
        wck_buf_putc(out, n == left ? 1 : 0);
        put_le(out, (uint32_t)n, 2);
        put_le(out, ~(uint32_t)n, 2);
        wck_buf_put(out, at, n);
        at += n;
        left -= n;
        if (left == 0)
            break;
    }
    put_le(out, crc32_of(data, len), 4);
    put_le(out, (uint32_t)len, 4);
    return !out->failed;
}
