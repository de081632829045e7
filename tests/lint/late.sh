#!/usr/bin/env bash
# The program loads libcurl, libxml2, libmspack, OpenSSL, unixODBC and libpq when it needs them (src/cli/late.c): a function that
# is called and missing in late.def would have its library loaded at start again. late.sh PROGRAM
set -u
needed=$(readelf -d "$1") || { echo "could not read $1"; exit 1; }
if grep -E 'NEEDED.*\[lib(curl|xml2|mspack|ssl|crypto|odbc|pq)' <<<"$needed"; then
  echo "$1 loads these at start; add what it calls to src/cli/late.def:"
  nm -D --undefined-only "$1" | grep -E ' (curl_|xml|__xml|mspack_|SQL[A-Z]|PQ|SSL_|TLS_|X509_|ASN1_|ERR_|EVP_|OPENSSL_|CRYPTO_)'
  exit 1
fi
grep -q 'NEEDED.*\[libsqlite3' <<<"$needed" || { echo "$1 is not the program"; exit 1; }
# and what it loads late is there: import calls libxml2's set-up and libcurl's
"$1" import /dev/null --store "sqlite:$(mktemp -u)" >/dev/null 2>&1
[ $? -ne 127 ] || { echo "$1 could not load what it needs late"; exit 1; }
"$1" collect odbc:DSN=nowhere --store "sqlite:$(mktemp -u)" >/dev/null 2>&1
[ $? -ne 127 ] || { echo "$1 could not load unixODBC late"; exit 1; }
"$1" snapshot list --store "postgresql://127.0.0.1:1/none" >/dev/null 2>&1
[ $? -ne 127 ] || { echo "$1 could not load libpq late"; exit 1; }
echo "libcurl, libxml2, libmspack, OpenSSL, unixODBC and libpq are loaded late"
