# SPDX-License-Identifier: MIT
"""check, diff and tree: the numbers add up, servers are chosen, several forms at once."""

import csv
import io
import json
import re

from cli import Case, different, healthy, main, server, unread


class Check(Case):
    def counts(self, text):
        m = re.search(r": (\d+) servers?, (\d+) errors?, (\d+) warnings?, (\d+) notes?, (\d+) not looked at, (\d+) waived$",
                      text.strip().splitlines()[-1])
        self.assertIsNotNone(m, text)
        return [int(n) for n in m.groups()]

    def many(self):
        self.import_servers(
            server("hq", *[f"update u{i}" for i in range(1, 16)], *[f"approval u{i}" for i in range(1, 16)],
                   "update late arrived=-1h", "language de on"),
            server("berlin", *[f"update u{i}" for i in range(1, 16)], parent="hq"),
            server("munich", "coverage approvals=unknown:refused", *[f"update u{i}" for i in range(1, 16)],
                   "language fr on", parent="hq"))
        self.write("wsusck.json", {"waivers": [{"rule": "WCK2003", "reason": "wanted"},
                                               {"rule": "WCK4001", "server": "hq/berlin", "reason": "x",
                                                "object": "00000000000000000000000000000000"}]})

    def test_shards_find_together_what_one_finds(self):
        self.wide()
        whole = self.wsusck("check", "--format", "json", code=1).json()["findings"]
        for parts in (1, 2, 3, 17, 20):
            found = []
            for part in range(1, parts + 1):
                done = self.run_wsusck("check", "--format", "json", "--shard", f"{part}/{parts}")
                self.assertIn(done.code, (0, 1), done.err)
                found += done.json()["findings"]
            key = lambda f: json.dumps(f, sort_keys=True)
            self.assertEqual(sorted(map(key, found)), sorted(map(key, whole)), parts)
        both = [self.wsusck("check", "--format", "json", "--shard", "1/2", "-j", str(n), code=1).out for n in (1, 3)]
        self.assertEqual(*both)

    def test_what_is_no_shard(self):
        self.wide()
        for word in ("", "0/2", "3/2", "1", "1/", "/2", "1/0", "a/b", "1/2/3", "-1/2", "+1/2", "1/99999999999999999999"):
            self.assertIn("--shard", self.wsusck("check", "--shard", word, code=64).err)
        self.assertIn("exclude each other", self.wsusck("check", "--shard", "1/2", "hq", code=64).err)

    def test_the_numbers_add_up(self):
        self.many()
        text = self.wsusck("check", "--all", code=1).out
        report = self.wsusck("check", "--format", "json", code=1).json()
        rows = list(csv.DictReader(io.StringIO(self.wsusck("check", "--format", "csv", code=1).out, newline="")))
        findings = report["findings"]
        self.assertEqual(len(rows), len(findings))
        n = {kind: sum(1 for f in findings if f["result"] == "fail" and f["severity"] == kind)
             for kind in ("error", "warning", "note")}
        unknown = sum(f["result"] == "unknown" for f in findings)
        waived = sum(f["result"] == "waived" for f in findings)
        self.assertEqual(self.counts(text), [3, n["error"], n["warning"], n["note"], unknown, waived])
        self.assertEqual(sum([n["error"], n["warning"], n["note"], unknown, waived]), len(findings))
        self.assertGreater(n["error"], 10)
        # each group says how many it has, and lists as many
        for block in re.finditer(r"^  (?:error|warning|note|waived) WCK\d{4} .* \((\d+)\)\n((?:    .*\n)+)", text, re.M):
            self.assertEqual(len(block[2].splitlines()) - 1, int(block[1]), block[0])
        # the table's rows sum up to the last line
        table = re.findall(r"^hq\S*  .*? (\d+) +(\d+) +(\d+) +(\d+)  (?:WCK\d{4}|-)$", text, re.M)
        self.assertEqual([sum(int(row[i]) for row in table) for i in range(4)], self.counts(text)[1:5])

    def wide(self):
        """Two levels, seventeen servers, each with something of its own."""
        common = [f"update u{i}" for i in range(1, 9)] + [f"approval u{i}" for i in range(1, 9)]
        servers = [server("hq", *common)]
        for n in range(16):
            own = [line for line in common if not line.endswith(f"u{n % 8 + 1}")]
            servers.append(server(f"r{n:02d}", *own, f"update own{n}", *(["language de on"] if n % 3 == 0 else []),
                                  parent="hq" if n < 8 else f"r{n - 8:02d}"))
        self.import_servers(*servers)
        self.write("wsusck.json", {"waivers": [{"rule": "WCK2003", "reason": "wanted"}]})

    def test_any_number_of_jobs_says_the_same(self):
        self.wide()
        for more in ([], ["--verify"], ["r03", "r11", "r12", "r13", "r14", "r15", "r02", "r01", "r04"]):
            one = self.wsusck("check", *more, "--jobs", 1, "--format", "json", code=1)
            self.assertGreater(len(one.json()["findings"]), 20)
            for jobs in (2, 3, 4, 64):
                many = self.wsusck("check", *more, "-j", jobs, "--format", "json", code=1)
                self.assertEqual((many.out, many.err), (one.out, one.err), f"{more} {jobs} jobs")
            self.assertEqual(self.wsusck("check", *more, "--format", "json", code=1).out, one.out)

    def test_the_summary_of_the_document_adds_up(self):
        self.many()
        report = self.wsusck("check", "--format", "json", code=1).json()
        s = report["summary"]
        self.assertEqual(s["exit"], 1)
        for by, key in (("by_rule", "rule"), ("by_server", "server")):
            self.assertEqual(sum(s[by].values()), len(report["findings"]))
            for name, n in s[by].items():
                self.assertEqual(n, sum(f[key] == name for f in report["findings"]), name)
        self.assertEqual(s["by_severity"]["error"] + s["by_severity"]["warning"] + s["by_severity"]["note"] +
                         s["unknown"] + s["waived"], s["findings"])

    def test_without_all_ten_of_a_rule_are_listed(self):
        self.many()
        short, long = self.wsusck("check", code=1).out, self.wsusck("check", "--all", code=1).out
        self.assertIn("… and 5 more", short)
        self.assertNotIn("… and", long)
        self.assertEqual(self.counts(short), self.counts(long))

    def test_only_the_named_servers(self):
        self.many()
        r = self.wsusck("check", "hq/munich", "--format", "json", code=1).json()
        self.assertEqual({f["server"] for f in r["findings"]}, {"hq/munich"})
        self.assertEqual(r["findings"], self.wsusck("check", "munich", "--format", "json", code=1).json()["findings"])
        self.assert_failed(self.run_wsusck("check", "berlin", "paris"), 'server "paris"', "hint: ")

    def test_verify_says_the_same(self):
        self.many()
        self.assertEqual(self.wsusck("check", "--verify", "--format", "json", code=1).raw,
                         self.wsusck("check", "--format", "json", code=1).raw)

    def test_equal_input_gives_equal_bytes(self):
        self.many()
        for form in ("text", "json", "csv", "html", "markdown", "junit", "sarif", "prometheus"):
            self.assertEqual(self.wsusck("check", "--format", form, code=1).raw,
                             self.wsusck("check", "--format", form, code=1).raw, form)

    def test_several_forms_at_once(self):
        self.many()
        r = self.wsusck("check", "--format", "text", "--format", "json=a.json", "--format", "csv=b.csv",
                        "--format=html=c.html", code=1)
        self.assertEqual(r.out, self.wsusck("check", code=1).out)
        self.assertEqual(json.loads((self.work / "a.json").read_text()),
                         self.wsusck("check", "--format", "json", code=1).json())
        self.assertTrue((self.work / "b.csv").read_bytes().startswith(b"rule,slug,"))
        self.assertTrue((self.work / "c.html").read_text().startswith("<!DOCTYPE html>"))
        self.assert_usage(self.run_wsusck("check", "--format", "text", "--format", "json"), "F=FILE")
        self.assert_usage(self.run_wsusck("check", "--format", "json="), "file name")
        self.assert_failed(self.run_wsusck("check", "--format", "json=no/such/x"), "no/such/x")

    def test_max_age(self):
        self.import_servers(*healthy())
        self.wsusck("check", "--max-age", "1", code=0)
        r = self.wsusck("check", "--max-age", "1", "--now", "2026-03-10T14:00:00Z", code=1)
        self.assertIn("WCK9003", r.out)
        for bad in ("-1", "x", "1.5", "", "999999999"):
            self.assert_usage(self.run_wsusck("check", "--max-age", bad), "--max-age")


class Diff(Case):
    SECTIONS = ("updates", "approvals", "declined", "categories", "languages", "groups", "eulas", "files")

    def test_one_edge(self):
        self.import_servers(*different())
        r = self.wsusck("diff", "hq", "hq/berlin", code=1)
        self.assertIn("WCK4001", r.out)
        self.assertEqual(self.wsusck("diff", "hq", "berlin", code=1).out, r.out)

    def test_section_keeps_only_that_part(self):
        self.import_servers(server("hq", "update u1", "update u2", "approval u1", "group Pilot", "decline u3", "update u3"),
                            server("berlin", "update u1", "update u3", parent="hq"))
        seen = {}
        for section in self.SECTIONS:
            r = self.run_wsusck("diff", "hq", "berlin", "--section", section, "--format", "json")
            findings = r.json()["findings"]
            self.assertEqual(r.code, 1 if any(f["result"] == "fail" and f["severity"] != "note" for f in findings) else 0,
                             section)
            seen[section] = {f["rule"] for f in findings}
        self.assertIn("WCK4001", seen["approvals"])
        self.assertIn("WCK4020", seen["groups"])
        self.assertIn("WCK3001", seen["updates"])
        self.assertEqual(seen["languages"], set())
        for a in self.SECTIONS:
            for b in self.SECTIONS:
                if a < b:
                    self.assertEqual(seen[a] & seen[b], set(), (a, b))
        self.assert_usage(self.run_wsusck("diff", "hq", "berlin", "--section", "colours"), "updates|approvals")

    def test_what_was_not_looked_at_stays_in_its_section(self):
        self.import_servers(server("hq"), server("berlin", "coverage declined=unknown:down", parent="hq"))
        self.assertIn("down", self.wsusck("diff", "hq", "berlin", "--section", "declined", code=3).out)
        self.wsusck("diff", "hq", "berlin", "--section", "groups", code=0)

    def test_a_server_that_could_not_be_read_is_equal_in_no_section(self):
        self.import_servers(server("hq"), server("berlin", "coverage all=unknown:dead", parent="hq"))
        for section in self.SECTIONS:
            self.assertIn("dead", self.wsusck("diff", "hq", "berlin", "--section", section, code=3).out)

    def test_bad_operands(self):
        self.import_servers(server("hq"), server("berlin", parent="hq"), server("munich", parent="hq"))
        self.assert_usage(self.run_wsusck("diff"), "upstream")
        self.assert_usage(self.run_wsusck("diff", "hq"), "upstream")
        self.assert_failed(self.run_wsusck("diff", "berlin", "munich"), "not the upstream server", "hint: ")
        self.assert_failed(self.run_wsusck("diff", "berlin", "hq"), "not the upstream server")
        self.assert_failed(self.run_wsusck("diff", "paris", "berlin"), "paris")
        self.assert_failed(self.run_wsusck("diff", "hq", "paris"), "paris")


class Tree(Case):
    def setUp(self):
        super().setUp()
        self.import_servers(server("hq"), server("ber\"lin<x>", parent="hq"), server("lab", parent="hq", mode="autonomous"))

    def test_text(self):
        lines = self.wsusck("tree").out.splitlines()
        self.assertTrue(lines[0].startswith("hq"))
        self.assertEqual(len(lines), 3)
        self.assertIn("replica", lines[1])
        self.assertIn("autonomous", lines[2])

    def test_json(self):
        r = self.wsusck("tree", "--format", "json").json()
        self.assertEqual([s["path"] for s in r["servers"]], ["hq", 'hq/ber"lin<x>', "hq/lab"])

    def test_dot(self):
        text = self.wsusck("tree", "--format", "dot").out
        self.assertRegex(text, r"^digraph \w+ \{\n")
        self.assertEqual(text.count("->"), 2)
        self.assertTrue(text.endswith("}\n"))
        # every quote inside a string is escaped: strings and the rest alternate
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', "S", text)
        self.assertNotIn('"', outside)
        self.assertNotIn("<", outside)

    def test_mermaid(self):
        text = self.wsusck("tree", "--format", "mermaid").out
        self.assertRegex(text, r"^(graph|flowchart) (TD|LR|TB)\n")
        self.assertEqual(text.count(" --> "), 1)
        self.assertEqual(text.count(" -.-> "), 1)  # an autonomous server takes updates, not decisions
        self.assertNotIn("<x>", text)

    def test_bad(self):
        self.assert_usage(self.run_wsusck("tree", "--format", "svg"), "text|json|dot|mermaid")

    def test_unread_servers_are_in_it(self):
        self.import_servers(unread()[1])
        self.assertIn("berlin", self.wsusck("tree").out)


if __name__ == "__main__":
    main()
