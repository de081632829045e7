#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/synchronization.md names rules, commands, actions and scenarios: each must exist. Every scenario of a numbered section
stands in the table, and every row of advice has an answer."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = 11
bad = []

page = (ROOT / "docs" / "synchronization.md").read_text(encoding="utf-8")
rules = set(re.findall(r"^WCK_RULE\((\d+),", (ROOT / "src/rules/rules.def").read_text(encoding="utf-8"), re.M))
commands = set(re.findall(r"^### (\S+)$", (ROOT / "docs/cli.md").read_text(encoding="utf-8"), re.M))
schema = (ROOT / "docs/formats/plan.schema.json").read_text(encoding="utf-8")
scenarios = {p.stem for p in (ROOT / "tests/scenario/seed").glob("*.test")}

for rule in set(re.findall(r"WCK(\d{4})", page)) - rules:
    bad.append(f"there is no rule WCK{rule}")
for command in set(re.findall(r"`wsusck (\w+)", page)) - commands:
    bad.append(f"there is no command {command}")
for action in re.findall(r"`([a-z]+_[a-z_]+)`", page):
    if f'"{action}"' not in schema:
        bad.append(f"there is no action {action}")

rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")][1:]
headings = [cells[0] for cells in rows if cells[0].startswith("**")]
if [re.match(r"\*\*(\d+)\.", h) and int(re.match(r"\*\*(\d+)\.", h)[1]) for h in headings] != list(range(1, SECTIONS + 1)):
    bad.append(f"the sections are not 1 to {SECTIONS}")
named = {name for h in headings for name in re.findall(r"`([^`]+)`", h)}
for name in sorted(named - scenarios):
    bad.append(f"there is no scenario tests/scenario/seed/{name}.test")
for name in sorted(s for s in scenarios - named if re.match(r"\d\d-", s)):
    bad.append(f"scenario {name} stands in no section")
for n, heading in enumerate(headings, 1):
    if not any(name.startswith(f"{n:02d}-") for name in re.findall(r"`([^`]+)`", heading)):
        bad.append(f"section {n} has no scenario of its own")
for cells in rows:
    if not cells[0].startswith("**") and not re.search(r"WCK\d{4}|`wsusck ", cells[1]):
        bad.append(f"nothing answers: {cells[0]}")

print("\n".join(f"docs/synchronization.md: {b}" for b in bad) or f"{len(rows) - len(headings)} pieces of advice are answered")
sys.exit(bool(bad))
