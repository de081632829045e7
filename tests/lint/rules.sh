#!/usr/bin/env bash
# Every rule has a page that repeats its row, a clean and a broken scenario; every page has a rule. One pass of awk over
# the rows and all pages: no process a rule.
cd "$(dirname "$0")/../.." || exit 1
{
  ${CC:-cc} -E -P -x c - <<'C'
#define WCK_RULE(id, slug, severity, scope, title, remedy) @RULE id|slug|severity|scope|title
#include "src/rules/rules.def"
C
  printf '@FILE %s\n' tests/scenario/rules/*
  awk 'FNR == 1 { print "@PAGE " FILENAME } { print "@LINE " $0 }' docs/rules/WCK*.md
} | awk '
  function trim(text) { gsub(/^[ "]+|[ "]+$/, "", text); return text }
  function complain(text) { print text; bad = 1 }
  function must(id, line) { if (!((id, line) in said)) complain("docs/rules/" id ".md: no line \"" line "\"") }
  /^@RULE / {
    split(substr($0, 7), row, "|"); id = "WCK" trim(row[1]); rules[id] = 1; n++
    slug[id] = trim(row[2]); severity[id] = tolower(trim(row[3])); scope[id] = tolower(trim(row[4])); title[id] = trim(row[5])
  }
  /^@FILE / { files[substr($0, 7)] = 1 }
  /^@PAGE / { page = $2; sub(/.*\//, "", page); sub(/\.md$/, "", page); pages[page] = 1 }
  /^@LINE / { said[page, substr($0, 7)] = 1 }
  END {
    split("What it means|Why it matters|How to see it yourself|How to fix it|When it is harmless|Source", headings, "|")
    for (id in rules) {
      if (!(id in pages)) { complain(id ": no page docs/rules/" id ".md"); continue }
      must(id, "id: " id); must(id, "slug: " slug[id]); must(id, "severity: " severity[id]); must(id, "scope: " scope[id])
      must(id, "title: " title[id])
      for (h in headings) must(id, "## " headings[h])
      for (k = 1; k <= 2; k++) {
        kind = k == 1 ? "clean" : "broken"
        if (!(("tests/scenario/rules/" id "-" kind ".test") in files)) complain(id ": no " kind " scenario")
      }
    }
    for (page in pages) if (!(page in rules)) complain("docs/rules/" page ".md: there is no such rule")
    if (n == 0) complain("src/rules/rules.def: no rule was found")
    if (!bad) print n " rules, pages and scenarios agree"
    exit bad
  }'
