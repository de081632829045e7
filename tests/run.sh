#!/usr/bin/env bash
# Every test, on a machine that has only git and root (or sudo): installs what is missing, builds with sanitizers,
# runs all of it. Idempotent; quick when nothing is missing.
#   tests/run.sh [-R REGEX]   only the tests whose name matches (as ctest -R)
set -eu
cd "$(dirname "$0")/.."
. examples/setup.sh
need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
cmake --preset dev -G Ninja >build-configure.log 2>&1 || { cat build-configure.log; rm -f build-configure.log; exit 1; }
rm -f build-configure.log
cmake --build --preset dev
ctest --test-dir build/dev --output-on-failure -j "$(nproc)" "$@"
