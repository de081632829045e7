#!/usr/bin/env bash
# Every header compiles alone, as C11 and, where it is installed, as C++ too (a public header may be used from there).
cd "$(dirname "$0")/../.." || exit 1
build=${1:?the build folder}
bad=0
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
flags=(-Isrc -Iinclude -I"$build/include" -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -fsyntax-only -Wall -Wextra
       $(pkg-config --cflags libxml-2.0 jansson libcurl) $(pkg-config --cflags libpq 2>/dev/null))
public=$(sed -n '/^foreach(header/,/)$/p' cmake/Install.cmake | grep -oE '[a-z]+/[a-z_]+\.h')
[ -n "$public" ] || { echo "cmake/Install.cmake: no list of headers was found"; exit 1; }
# one translation unit a header, one process for all of a language
(cd src && ls */*.h) | { pkg-config --exists libpq && cat || grep -v '^store/postgres'; } | while read -r h; do printf '#include "%s"\n#include "%s"\n' "$h" "$h" > "$work/${h//\//_}.c"; done
for h in error.h version.h; do printf '#include "wck/%s"\n' "$h" > "$work/wck_$h.c"; done
${CC:-cc} -std=c11 "${flags[@]}" "$work"/*.c || bad=1
if command -v "${CXX:-c++}" >/dev/null; then
  for h in $public wck/error.h; do printf 'extern "C" {\n#include "%s"\n}\n' "$h" > "$work/${h//\//_}.cc"; done
  ${CXX:-c++} -std=c++17 "${flags[@]}" "$work"/*.cc || bad=1
else
  echo "no C++ compiler: headers were compiled as C only"
fi
for h in $public; do # what is installed finds what it includes
  for inner in $(sed -n 's/^#include "\([a-z]*\/[a-z_]*\.h\)"$/\1/p' "src/$h"); do
    case " $(echo $public) wck/error.h wck/version.h " in
    *" $inner "*) ;;
    *) echo "cmake/Install.cmake: $h is installed and includes $inner, which is not"; bad=1 ;;
    esac
  done
done
[ $bad -eq 0 ] && echo "$(ls "$work"/*.c | wc -l) headers compile alone"
exit $bad
