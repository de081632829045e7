#!/usr/bin/env bash
# Install what is missing from Debian's packages. Sourced by demo.sh and tests/run.sh: needs root or sudo, does
# nothing when everything is there. Arguments: package names.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "installing: ${missing[*]}" >&2
  local sudo=""
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

BUILD_PACKAGES=(gcc cmake ninja-build pkg-config libc6-dev libcurl4-openssl-dev libxml2-dev libmspack-dev
  libjansson-dev libsqlite3-dev libssl-dev libxxhash-dev)
# what the simulated servers and the tests need beyond that
TEST_PACKAGES=(libcmocka-dev libmicrohttpd-dev zlib1g-dev libarchive-dev python3 python3-jsonschema sqlite3
  openssl squid dnsmasq-base nftables iproute2)
