#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every option that `help` prints stands in docs/cli.md under its command, and the other way round; the same for
commands and for the forms of a report. $WSUSCK names the program."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ["WSUSCK"]
bad = []


def text_of(*args):
    return subprocess.run([PROGRAM, *args], check=True, capture_output=True, text=True).stdout


def printed(text):
    """{long name: letter or None} of the rows of opt_print."""
    return {m[2]: m[1] for m in re.finditer(r"^  (?:-(\w),|   ) --([a-z-]+)", text, re.M)}


def documented(text):
    return {m[2]: m[1] for m in re.finditer(r"^\| `(?:-(\w), )?--([a-z-]+)[^`]*` \|", text, re.M)}


def compare(what, program, page):
    for name in sorted(set(program) | set(page)):
        if name not in page:
            bad.append(f"docs/cli.md: {what}: --{name} is missing")
        elif name not in program:
            bad.append(f"docs/cli.md: {what}: there is no --{name}")
        elif program[name] != page[name]:
            bad.append(f"docs/cli.md: {what}: the letter of --{name} is {program[name]}")


page = (ROOT / "docs" / "cli.md").read_text()
parts = dict(re.findall(r"^##+ ([^\n]+)\n(.*?)(?=^##|\Z)", page, re.M | re.S))
general = text_of("help")
commands = re.findall(r"^  ([a-z]+) +\S", general[general.index("Commands:"):general.index("Common options:")], re.M)
headings = re.findall(r"^### (\S+)$", page, re.M)
for name in sorted(set(commands) ^ set(headings)):
    bad.append(f"docs/cli.md: command {name} is {'missing' if name in commands else 'none of the program'}")
compare("common options", printed(general[general.index("Common options:"):]), documented(parts["Common options"]))
for name in set(commands) & set(headings):
    own = text_of(name, "--help").split("Common options:")[0]
    compare(name, printed(own), documented(parts[name]))
forms = re.search(r"^ +(text\|json\|csv\S+)$", text_of("check", "--help"), re.M)[1].split("|")
said = re.findall(r"^\| `(\w+)` \|", parts["Forms of a report"], re.M)
if forms != said:
    bad.append(f"docs/cli.md: forms of a report: {said}, the program has {forms}")
print("\n".join(bad) if bad else f"{len(commands)} commands and their options agree with docs/cli.md")
sys.exit(bool(bad))
