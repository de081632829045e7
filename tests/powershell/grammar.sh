#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# grammar.sh TEST_EMIT_SCRIPT: grammar.mjs, with the two npm modules of node/ (versions and digests in its lock file)
# from a cache outside of the source tree; what is missing there comes from the npm registry. Exit 77 without node, npm
# or the registry, with one line that says so.
set -eu
tests=$(cd "$(dirname "$0")" && pwd)
skip() { echo "skipped, the grammar of the emitted scripts was not looked at: $1"; exit 77; }
command -v node >/dev/null || skip "there is no node"
lock=$(sha256sum "$tests/node/package-lock.json" | cut -c1-16)
modules=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/wsusck/node-$lock
if [ ! -d "$modules" ]; then
  command -v npm >/dev/null || skip "there is no npm"
  mkdir -p "$(dirname "$modules")"
  fresh=$(mktemp -d "$modules.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  cp "$tests"/node/package.json "$tests"/node/package-lock.json "$fresh/"
  (cd "$fresh" && timeout 120 npm ci --ignore-scripts --no-audit --no-fund >log 2>&1) ||
    skip "npm ci failed: $(grep -m1 '^npm error' "$fresh/log" || tail -n1 "$fresh/log")"
  mv -T "$fresh" "$modules" 2>/dev/null || [ -d "$modules" ] # another run may have been quicker
fi
node --liftoff-only "$tests/grammar.mjs" "$modules" "$1"
