#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tsql.sh FILE…: the statements under Microsoft's own T-SQL parser. Needs the .NET SDK 10 and the NuGet package
# Microsoft.SqlServer.TransactSql.ScriptDom; exit 77 (skipped) without the SDK.
set -eu
command -v dotnet >/dev/null || { echo "skipped: there is no dotnet"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$(dirname "$0")"/tsql/* "$work/"
dotnet build "$work/tsql.csproj" -c Release -v q -o "$work/bin" --nologo >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
dotnet "$work/bin/tsql.dll" "$@"
