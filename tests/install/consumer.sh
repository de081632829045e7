#!/usr/bin/env bash
# Install into a temporary prefix, then build and run examples/library/check.c against it, once with pkg-config and
# once with find_package. Arguments: build directory, compiler flags the library was built with.
set -eu
build=$1
flags=${2:-}
source=$(cd "$(dirname "$0")/../.." && pwd)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
cmake --install "$build" --prefix "$temp/usr" >/dev/null
cat >"$temp/hq.json" <<'J'
{"format": "wsusck-snapshot", "format_version": "1.0", "server": {"name": "hq", "parent": "nowhere"}, "coverage": {}}
J
pc=$(dirname "$(find "$temp/usr" -name wck.pc)")
# shellcheck disable=SC2046
${CC:-cc} -std=c11 $flags "$source/examples/library/check.c" -o "$temp/check" \
  $(PKG_CONFIG_PATH="$pc" pkg-config --define-variable=prefix="$temp/usr" --cflags --libs wck)
"$temp/check" "$temp/hq.json" | grep -q '^WCK1001 hq: ' || { echo "pkg-config: the finding is missing"; exit 1; }
# every installed header finds what it includes
find "$temp/usr/include/wsusck" -name '*.h' | while read -r header; do
  ${CC:-cc} -std=c11 -fsyntax-only -D_POSIX_C_SOURCE=200809L -I"$temp/usr/include/wsusck" -x c "$header" ||
    { echo "$header: does not compile alone"; exit 1; }
done
mkdir "$temp/cmake"
cat >"$temp/cmake/CMakeLists.txt" <<C
cmake_minimum_required(VERSION 3.25)
project(consumer C)
find_package(wck REQUIRED)
add_executable(check $source/examples/library/check.c)
target_link_libraries(check PRIVATE wck::wck)
C
cmake -S "$temp/cmake" -B "$temp/cmake/build" -DCMAKE_PREFIX_PATH="$temp/usr" "-DCMAKE_C_FLAGS=$flags" >"$temp/log" 2>&1 &&
  cmake --build "$temp/cmake/build" >>"$temp/log" 2>&1 || { cat "$temp/log"; exit 1; }
"$temp/cmake/build/check" "$temp/hq.json" | grep -q '^WCK1001 hq: ' || { echo "find_package: the finding is missing"; exit 1; }
"$temp/usr/bin/wsusck" version
