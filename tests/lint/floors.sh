#!/usr/bin/env bash
# Includes may only point down, and each third-party library has one floor (docs/architecture.md).
cd "$(dirname "$0")/../../src" || exit 1
bad=0
allow() { # floor, floors it may include (regex), headers it may own (regex)
  local floor=$1 floors=$2 foreign=$3
  while IFS=: read -r file line text; do
    local inc=${text#*\"}; inc=${inc%%\"*}
    local from=${inc%%/*}
    [[ $from =~ ^($floors|$floor|wck)$ ]] || { echo "./$file:$line: floor '$floor' may not include '$from/'"; bad=1; }
  done < <(grep -nE '^#include "' -r "$floor" --include='*.[ch]')
  while IFS=: read -r file line text; do
    [[ -n $foreign && $text =~ $foreign ]] || { echo "./$file:$line: floor '$floor' may not use ${text#*include }"; bad=1; }
  done < <(grep -nE '^#include <(curl|libxml|mspack|jansson|sql\.h|sqlext|sqlite3|libpq|openssl|nettle|xxhash)' -r "$floor" --include='*.[ch]')
}
allow base    'none'                                        'nettle|xxhash'
allow model   'base'                                        ''
allow codec   'base|model'                                  'jansson'
allow net     'base'                                        'curl'
allow collect 'base|model|net'                              'curl|libxml|mspack|sql\.h|sqlext'
allow probe   'base|model|net'                              'curl|openssl'
allow store   'base|model'                                  'sqlite3|libpq'
allow publish 'base|model|store'                            'sqlite3|libpq'
allow rules   'base|model'                                  ''
allow plan    'base|model|rules'                            ''
allow whatif  'base|model|rules'                            ''
allow emit    'base|model|codec|rules|plan'                 ''
allow cli     'base|model|codec|net|collect|probe|store|publish|rules|plan|whatif|emit' ''
# the store's logic knows no database: only the files of one include its header
own() { # folder, header (regex), files that own it (regex)
  while IFS=: read -r file line text; do
    [[ $file =~ $3 ]] || { echo "./$file:$line: only $3 may use ${text#*include }"; bad=1; }
  done < <(grep -nE "^#include [<\"](store/)?($2)" -r "$1" --include='*.[ch]')
}
own store 'sqlite3?\.h'           '^store/sqlite[a-z_]*\.[ch]$'
own store 'libpq|postgres\.h'     '^store/postgres[a-z_]*\.[ch]$'
own publish 'sqlite3\.h'       '^publish/sqlite_target\.c$'
own publish 'libpq|connect\.h' '^publish/postgres_target\.c$'
[ $bad -eq 0 ] && echo "includes point down"
exit $bad
