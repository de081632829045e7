#!/usr/bin/env bash
# Install what is missing from Debian's packages. Sourced by demo.sh and tests/run.sh: needs root or sudo, does
# nothing when everything is there. Arguments: package names. Some packages bring a daemon: what is installed here is
# neither started (policy-rc.d, put there for as long as apt runs) nor enabled for the next start of the machine.
DAEMONS=(apache2 squid krb5-kdc krb5-admin-server winbind)

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
  local policy=/usr/sbin/policy-rc.d made="" status=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
    $sudo chmod 755 "$policy"
    made=1
  fi
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    status=$?
  [ -z "$made" ] || $sudo rm -f "$policy"
  for package in "${DAEMONS[@]}"; do
    case " ${missing[*]} " in *" $package "*) $sudo deb-systemd-helper disable "$package.service" >/dev/null 2>&1 || : ;; esac
  done
  return "$status"
}

BUILD_PACKAGES=(gcc cmake ninja-build pkg-config libc6-dev libcurl4-openssl-dev libxml2-dev libmspack-dev
  libjansson-dev libsqlite3-dev unixodbc-dev libpq-dev libssl-dev nettle-dev libxxhash-dev)
# what the simulated servers and the tests need beyond that
TEST_PACKAGES=(libcmocka-dev libmicrohttpd-dev zlib1g-dev libarchive-dev python3 python3-jsonschema sqlite3
  openssl squid odbc-postgresql postgresql dnsmasq-base nftables iproute2
  krb5-kdc krb5-admin-server krb5-user apache2 libapache2-mod-auth-gssapi winbind samba-common-bin libnss-wrapper faketime
  wine wine64)
