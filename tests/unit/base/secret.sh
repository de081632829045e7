#!/usr/bin/env bash
# secret.sh CC SRC: no way of printing a wck_secret compiles, and each does compile with the text it must not show.
set -u
cc=$1 src=$2 bad=0
try() { # expression
  "$cc" -std=c11 -Werror -Wall -Wextra -Wformat=2 -fsyntax-only -I"$src" -x c - 2>/dev/null <<C
#include "base/secret.h"
#include "base/buf.h"
#include "base/log.h"
#include <stdio.h>
void f(wck_buf *b, wck_secret s, const char *t);
void f(wck_buf *b, wck_secret s, const char *t) { (void)b; (void)s; (void)t; $1; }
C
}
for call in 'printf("%s", X)' 'puts(X)' 'wck_buf_printf(b, "%s", X)' 'wck_buf_puts(b, X)' 'wck_log(WCK_LOG_DEBUG, "%s", X)'; do
  try "${call/X/t}" || { echo "does not compile, so the test shows nothing: ${call/X/t}"; bad=1; }
  for member in s s.hidden '&s' '*s.hidden'; do
    if try "${call/X/$member}"; then echo "compiles: ${call/X/$member}"; bad=1; fi
  done
done
[ $bad -eq 0 ] && echo "no format takes a secret"
exit $bad
