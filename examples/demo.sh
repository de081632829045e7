#!/usr/bin/env bash
# The main job from start to end on a machine that has only git and root (or sudo): install what is missing, build,
# start a simulated three-tier WSUS tree on loopback, read it live over SOAP, explain every difference, write a plan
# and scripts. Changes nothing outside ./demo and ./build. Run it again at any time.
set -eu
cd "$(dirname "$0")/.."
. examples/setup.sh
need_packages "${BUILD_PACKAGES[@]}" libcmocka-dev libmicrohttpd-dev zlib1g-dev python3

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
out=demo
wsusck=$PWD/build/release/src/cli/wsusck
sim=$PWD/build/release/tests/sim/wsusck-sim

step "building (release)"
cmake --preset release -G Ninja >/dev/null
cmake --build --preset release --target wsusck wsusck-sim | tail -n 1

rm -rf "$out"
mkdir -p "$out"
step "a simulated tree: 7 WSUS servers on loopback"
python3 tests/sim/make_tree.py --out "$out/servers"
"$sim" --tree "$out/servers" --config-out "$out/wsusck.json" --log "$out/sim.log" --duration 600 &
sim_pid=$!
trap 'kill "$sim_pid" 2>/dev/null || true; wait "$sim_pid" 2>/dev/null || true' EXIT
for _ in $(seq 100); do [ -s "$out/wsusck.json" ] && break; sleep 0.1; done

cd "$out"
run() { printf '$ wsusck %s\n' "$*"; local code=0; "$wsusck" "$@" || code=$?; last=$code; }
step "collect: read every server over MS-WSUSSS"
run collect --jobs 4
[ "$last" -eq 0 ] || [ "$last" -eq 3 ]
step "tree"
run tree
step "check: explain every difference (exit status 1 = differences were found)"
run check --format text --format json=report.json
[ "$last" -le 1 ] || [ "$last" -eq 3 ]
echo "exit status $last"
step "plan: decide what to do, and write scripts that a person reviews and runs"
run plan -o plan.json
step "the plan is over a limit: raise that one by name, with a reason that stays in the plan"
run plan -o plan.json --allow security_declines=3 --reason "demo: nobody needs them, and hq does not offer them any more" >/dev/null
run script plan.json -o scripts
[ "$last" -eq 0 ]

step "where to look"
cat <<EOF
  $out/wsusck.json        the configuration (which servers, how they are read)
  $out/wsusck.db          the snapshots
  $out/report.json        every finding
  $out/plan.json          every action, and which findings it answers
  $out/scripts/           one PowerShell script per server, its undo twin, run-order.md
  $wsusck explain WCK4001   what a finding means and how to fix it
EOF
