#!/usr/bin/env bash
# The benchmarks of docs/performance.md. Builds the release preset with hardening, makes the data in a temporary folder,
# prints times and ratios. Needs node and npm for DuckDB; without them that contender is left out.
#   tests/bench/run.sh [--build DIR] [--part NAME]… [--rounds N] [--json FILE] [--size S|M|L|SERVERSxUPDATESxAPPROVALS]…
#                      [--drift D]…            parts and their options: tests/bench/bench.py --help; default: audit
set -eu
cd "$(dirname "$0")/../.."
build=build/release
if [ "${1-}" = --build ]; then
  build=$2
  shift 2
else
  . examples/setup.sh
  need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  cmake --preset release -G Ninja >/dev/null
fi
cmake --build "$build" --target wsusck bench_generate bench_json bench_soap bench_stopwatch >/dev/null
work=$(mktemp -d "${TMPDIR:-/tmp}/wsusck-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
duckdb=()
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
  echo "without DuckDB: node and npm are not installed"
elif ! npm install --prefix "$work" --no-audit --no-fund --silent @duckdb/node-api@latest >"$work/npm.log" 2>&1; then
  echo "without DuckDB: npm could not provide @duckdb/node-api ($(tail -n 1 "$work/npm.log"))"
else
  duckdb=(--node-modules "$work")
fi
python3 tests/bench/bench.py --wsusck "$build/src/cli/wsusck" --tools "$build/tests/bench" --work "$work" \
  ${duckdb[@]+"${duckdb[@]}"} "$@"
