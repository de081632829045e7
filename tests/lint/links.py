#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every relative link, and every path in backticks that looks like one of ours, in README and docs resolves; anchors too.
Addresses on the network are not followed."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/**/*.md"), *ROOT.glob("examples/**/*.md")]
TOP = {"src", "docs", "tests", "examples", "include", "cmake", "sql"}
bad = []


def anchors(path):
    """GitHub's names of headings."""
    heads = re.findall(r"^#+ +(.*?)\s*$", re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", h).lower()).replace(" ", "-") for h in heads}


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def check_link(page, text, m):
    target, _, anchor = m[1].partition("#")
    if re.match(r"[a-z]+:", target):
        return
    path = (page.parent / target).resolve() if target else page
    where = f"{page.relative_to(ROOT)}:{line_of(text, m.start())}"
    if not path.exists():
        bad.append(f"{where}: {m[1]} does not exist")
    elif anchor and path.suffix == ".md" and anchor not in anchors(path):
        bad.append(f"{where}: {m[1]}: there is no such heading")


def check_path(page, text, m):
    word = m[1].rstrip("/")
    if word.split("/")[0] not in TOP or re.search(r"[*<>{}…$ ]|nnnn|NNNN", word):
        return
    if not (ROOT / word).exists():
        bad.append(f"{page.relative_to(ROOT)}:{line_of(text, m.start())}: `{word}` does not exist")


for page in PAGES:
    if "node_modules" in page.parts or "build" in page.relative_to(ROOT).parts:
        continue
    text = page.read_text()
    for m in re.finditer(r"\[[^\]\n]*\]\(([^)\s]+)\)", text):
        check_link(page, text, m)
    for m in re.finditer(r"`([\w./-]+/[\w./-]*)`", text):
        check_path(page, text, m)
print("\n".join(bad) if bad else f"links of {len(PAGES)} pages resolve")
sys.exit(bool(bad))
