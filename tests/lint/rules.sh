#!/usr/bin/env bash
# Every rule has a page that repeats its row, a clean and a broken scenario; every page has a rule.
cd "$(dirname "$0")/../.." || exit 1
bad=0
complain() { echo "$1"; bad=1; }
rows=$(${CC:-cc} -E -P -x c - <<'C'
#define WCK_RULE(id, slug, severity, scope, title, remedy) id|slug|severity|scope|title
#include "src/rules/rules.def"
C
)
while IFS='|' read -r id slug severity scope title; do
  [ -n "$id" ] || continue
  id=$(tr -d ' ' <<<"$id"); slug=$(tr -d ' ' <<<"$slug")
  severity=$(tr -d ' ' <<<"$severity" | tr A-Z a-z); scope=$(tr -d ' ' <<<"$scope" | tr A-Z a-z)
  title=$(sed 's/^ *"//; s/" *$//' <<<"$title")
  page=docs/rules/WCK$id.md
  if [ ! -f "$page" ]; then complain "WCK$id: no page $page"; continue; fi
  grep -qx "id: WCK$id" "$page" || complain "$page: no line 'id: WCK$id'"
  grep -qx "slug: $slug" "$page" || complain "$page: slug is not $slug"
  grep -qx "severity: $severity" "$page" || complain "$page: severity is not $severity"
  grep -qx "scope: $scope" "$page" || complain "$page: scope is not $scope"
  grep -qxF "title: $title" "$page" || complain "$page: title is not '$title'"
  for heading in 'What it means' 'Why it matters' 'How to see it yourself' 'How to fix it' 'When it is harmless' 'Source'; do
    grep -qx "## $heading" "$page" || complain "$page: no heading '$heading'"
  done
  for kind in clean broken; do
    [ -f "tests/scenario/rules/WCK$id-$kind.test" ] || complain "WCK$id: no $kind scenario"
  done
done <<<"$rows"
for page in docs/rules/WCK*.md; do
  number=$(basename "$page" .md); number=${number#WCK}
  grep -q "^WCK_RULE($number," src/rules/rules.def || complain "$page: there is no such rule"
done
[ $bad -eq 0 ] && echo "$(grep -c '^WCK_RULE(' src/rules/rules.def) rules, pages and scenarios agree"
exit $bad
