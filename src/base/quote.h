/* SPDX-License-Identifier: MIT
 * quote.h: THE only quoting. Every text from outside crosses into another language through one of these. */
#ifndef WCK_BASE_QUOTE_H
#define WCK_BASE_QUOTE_H

#include "base/buf.h"

/* XML text or attribute: & < > " ' and control characters; bytes that XML 1.0 cannot carry become U+FFFD. */
bool wck_quote_xml(wck_buf *out, const char *text);
/* One CSV cell (RFC 4180), always safe to open in a spreadsheet: a leading = + - @ TAB CR gets a '. */
bool wck_quote_csv(wck_buf *out, const char *text);
/* For terminals, logs and error messages: control, bidi and zero-width characters and bad UTF-8 become \u{…}; at most
 * `width` characters (0: no limit), a cut is shown by "…". */
bool wck_quote_terminal(wck_buf *out, const char *text, size_t width);
/* Same into a fixed array; returns out. For the arguments of wck_fail. */
char *wck_quote_short(char *out, size_t size, const char *text, size_t width);
/* A PowerShell expression that yields the text: Base64 of UTF-16LE, pure ASCII; no text ever appears in code. */
bool wck_quote_powershell(wck_buf *out, const char *text);
/* One POSIX shell word. */
bool wck_quote_shell(wck_buf *out, const char *text);
/* Text inside a line of GitHub-flavoured Markdown, table cells too: what may mean something is escaped, HTML's and
 * addresses' characters by entities; control characters become U+FFFD. */
bool wck_quote_markdown(wck_buf *out, const char *text);
/* HTML text or quoted attribute. */
bool wck_quote_html(wck_buf *out, const char *text);

/* Decode one UTF-8 character at *text (< end), advance past it. -1 for a bad byte (advances by one). */
long wck_utf8_next(const char **text, const char *end);
bool wck_utf8_valid(const char *text, size_t len);
bool wck_utf8_put(wck_buf *out, unsigned long code);
/* Drops the beginning of a character that a cut left at the end of the text. */
void wck_utf8_trim(char *text);
/* UTF-16 (little or big endian, no BOM) to UTF-8; false on odd length, lone surrogates or a full buffer. */
bool wck_utf16_to_utf8(wck_buf *out, const unsigned char *data, size_t len, bool big_endian);

/* A JSON string: quotes, backslashes and C0 controls (as \u00xx) are escaped, the rest stands as it is. */
bool wck_quote_json(wck_buf *out, const char *text);

#endif
