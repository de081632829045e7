#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""actions.py: every kind of action has a step in the PowerShell dialect, a hint in the run order and a row in
docs/plan.md; a step that is there has a kind. The row's undo column and undo.ps1 agree."""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def text(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as source:
        return source.read()


def steps(name):
    """The words of the switch in its Invoke-Action."""
    body = re.search(r"function Invoke-Action.*?\n}", text("src", "emit", "powershell", name).replace("\r", ""), re.S)[0]
    return set(re.findall(r"^        '([a-z_]+)' \{", body, re.M))


kinds = {k.lower() for k in re.findall(r"WCK_DO_([A-Z_]+),", text("src", "model", "plan.h")) if k != "COUNT"} - {"undecided"}
run, undo = steps("run.ps1") | {"verify"}, steps("undo.ps1")  # to verify is to start: Test-Start, Wait-Ready
hints = {k.lower() for k in re.findall(r"\{WCK_DO_([A-Z_]+), \d+,", text("src", "emit", "run_order.c"))}
rows = [line.split("|") for line in text("docs", "plan.md").splitlines() if re.match(r"\| `[a-z_]+`.*\|.*\|.*\|.*\|", line)]
told = {kind: row[4].strip() for row in rows for kind in re.findall(r"`([a-z_]+)`", row[1]) if len(row) == 7}
bad = [f"{where}: {k}" for where, have in (("run.ps1", run), ("run_order.c", hints), ("docs/plan.md", set(told))) for k in sorted(kinds ^ have)]
bad += [f"undo.ps1 and docs/plan.md do not agree: {k}" for k in sorted(kinds) if (k in undo) != (told.get(k) not in ("no", "–"))]
print("\n".join(bad) or f"{len(kinds)} kinds")
sys.exit(1 if bad or len(kinds) < 18 else 0)
