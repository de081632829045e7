#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh TEST_EMIT_SCRIPT: parse the sample scripts with PowerShell's own parser and run them against a fake server.
# Needs the .NET SDK 10 and the NuGet package System.Management.Automation; exit 77 (skipped) without the SDK.
set -eu
tests=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "$1")
command -v dotnet >/dev/null || { echo "skipped: there is no dotnet"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/scripts" "$work/machine" "$work/windows/System32"
"$binary" --write "$work/scripts"
"$binary" --write-machine "$work/machine"
export SystemRoot="$work/windows"
for program in sc.exe icacls.exe; do # each writes down how it is called, and does what the scripts look at
  cat >"$work/windows/System32/$program" <<'END'
#!/bin/sh
line=$(basename "$0")
for word; do line="$line|$word"; done
printf '%s\n' "$line" >>"$SystemRoot/calls"
case $line in
sc.exe*) printf '%s\n' "$4" >"$SystemRoot/start-$2" ;;
*/save*) : >"$3" ;;
esac
END
  chmod +x "$work/windows/System32/$program"
done
cp "$tests"/*.cs "$tests"/*.csproj "$work/"
dotnet build "$work/wsusck-powershell.csproj" -c Release -v q -o "$work/bin" --nologo >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
dotnet "$work/bin/wsusck-powershell.dll" parse "$work/scripts" "$work/machine"
dotnet "$work/bin/wsusck-powershell.dll" syntax "$tests/../../examples/Export-WsusSnapshot.ps1"
dotnet "$work/bin/wsusck-powershell.dll" run "$work/scripts"
dotnet "$work/bin/wsusck-powershell.dll" machine "$work/machine"
# What the exported facts of a machine say, from the script to the findings.
wsusck=$(dirname "$binary")/../../../src/cli/wsusck
dotnet "$work/bin/wsusck-powershell.dll" host "$tests/../../examples/Export-WsusSnapshot.ps1" "$work/host.jsonl"
"$wsusck" --store "sqlite:$work/host.db" import "$work/host.jsonl"
"$wsusck" --store "sqlite:$work/host.db" check --format json >"$work/host.json" || [ $? -eq 1 ]
for rule in WCK7006 WCK7011 WCK7013 WCK8004; do
  grep -q "\"$rule\"" "$work/host.json" || { echo "no $rule from the exported facts"; exit 1; }
done
# The whole export script against servers made from snapshots, imported again.
python3 "$tests/exports.py" "$wsusck" "$work/bin/wsusck-powershell.dll" "$tests/../../examples/Export-WsusSnapshot.ps1"
# Whole stories: plan, scripts, the scripts run, a second look.
python3 "$tests/stories.py" "$wsusck" "$work/bin/wsusck-powershell.dll"
