# SPDX-License-Identifier: MIT
"""rules and explain: the catalogue, offline, for every rule."""

import re

from cli import ROOT, Case, main


class Rules(Case):
    def test_text_and_json_list_the_same_rules(self):
        rules = self.wsusck("rules", "--format", "json").json()
        lines = self.wsusck("rules").out.splitlines()
        self.assertEqual(len(lines), len(rules))
        source = (ROOT / "src" / "rules" / "rules.def").read_text()
        self.assertEqual([r["id"] for r in rules], ["WCK" + n for n in re.findall(r"^WCK_RULE\((\d{4}),", source, re.M)])
        for line, rule in zip(lines, rules):
            self.assertEqual(set(rule), {"id", "slug", "severity", "scope", "title", "remedy"})
            self.assertIn(rule["severity"], ("error", "warning", "note"))
            self.assertIn(rule["scope"], ("server", "edge", "tree"))
            self.assertRegex(rule["slug"], "^[a-z0-9_]+$")
            self.assertTrue(line.startswith(rule["id"]) and line.endswith(rule["title"]))

    def test_explain_prints_the_page_of_each(self):
        for rule in self.wsusck("rules", "--format", "json").json():
            page = self.wsusck("explain", rule["id"])
            self.assertEqual(page.raw, (ROOT / "docs" / "rules" / (rule["id"] + ".md")).read_bytes())
            self.assertIn("title: " + rule["title"], page.out)

    def test_a_rule_can_be_named_in_three_ways(self):
        page = self.wsusck("explain", "WCK4001").out
        self.assertEqual(self.wsusck("explain", "4001").out, page)
        self.assertEqual(self.wsusck("explain", "approval_missing").out, page)

    def test_bad(self):
        self.assert_usage(self.run_wsusck("explain"), "WCK4001")
        self.assert_usage(self.run_wsusck("explain", "WCK4001", "WCK4002"))
        for bad in ("WCK0042", "nonsense", "", "WCK4001x", "../WCK4001"):
            self.assert_failed(self.run_wsusck("explain", bad), "no such rule", "wsusck rules")
        self.assert_usage(self.run_wsusck("rules", "extra"))


if __name__ == "__main__":
    main()
