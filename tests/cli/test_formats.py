# SPDX-License-Identifier: MIT
"""Every form of a report is what its readers expect, whatever the names of updates, groups and servers are."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

from cli import Case, main, server

# What may mean something to one reader or the other; no NUL, which no document can carry.
HOSTILE = [
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "\" onmouseover=\"x", "' or 1=1 --",
    "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "a,b;c\td", "line\nbreak\r\nmore", "| pipe | table |", "`code` **bold**",
    "[link](http://evil.example)", "http://evil.example", "# heading", "1. list", "\x1b[31mred\x1b[0m", "\x07bell\x08",
    "\u202eevil\u202c", "zero\u200bwidth", "\u2028sep", "]]>", "<![CDATA[x]]>", "&amp;&lt;&#1;", "%s%n%d", "$(reboot) `id`",
    "\\ back\\slash\\", "\ufeffbom", "\U0001f600 emoji", "e\u0301 combining", "{\"json\":1}", "x" * 500, "\x85next\x9bcsi",
]


def hostile_tree():
    updates = [f"update u{i}" for i in range(len(HOSTILE))]
    hq = server("hq", *updates, *[f"approval u{i}" for i in range(len(HOSTILE))],
                *[f"group g{i}" for i in range(len(HOSTILE))])
    low = server("berlin", *updates, "coverage eulas=unknown:because", parent="hq")
    for document in (hq, low):
        titles = {u["title"]: u for u in document["updates"]}
        groups = {g["name"]: g for g in document["groups"]}
        for i, text in enumerate(HOSTILE):
            titles[f"u{i}"]["title"] = text
            if f"g{i}" in groups:
                groups[f"g{i}"]["name"] = text
    low["server"]["name"] = "b<i>&\"'|\u202e,=x"
    low["coverage"]["eulas"]["reason"] = "<script>\x1b[31m | \" because"
    return hq, low


class Forms(Case):
    def setUp(self):
        super().setUp()
        hq, low = hostile_tree()
        self.wsusck("import", "-q", self.write("hq.json", hq))
        self.wsusck("import", "-q", self.write("low.json", low))
        self.report = self.wsusck("check", "--format", "json", code=1).json()
        self.assertGreater(len(self.report["findings"]), len(HOSTILE))

    def form(self, name, code=1):
        raw = self.wsusck("check", "--format", name, code=code).raw
        text = raw.decode("utf-8")  # strict
        if name != "csv":
            self.assertNotRegex(text.replace("\n", "").replace("\t", ""), r"[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2028\ufeff]")
        return text

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.form("csv"), newline="")))
        self.assertEqual(len(rows), len(self.report["findings"]))
        titles = {row["title"] for row in rows}
        for text in HOSTILE:
            wanted = "'" + text if text[0] in "=+-@\t\r" else text
            self.assertIn(wanted, titles)
        for row in rows:
            for cell in row.values():
                self.assertFalse(cell and cell[0] in "=+-@\t\r", cell)

    def test_html(self):
        page = self.form("html")
        seen = {"tags": {}, "cells": 0, "attributes": set(), "scripts": []}

        class Reader(HTMLParser):
            def handle_starttag(self, tag, attributes):
                seen["tags"][tag] = seen["tags"].get(tag, 0) + 1
                seen["attributes"] |= {name for name, _ in attributes}
                self.inside = tag

            def handle_data(self, data):
                if self.inside == "script":
                    seen["scripts"].append(data)

        reader = Reader()
        reader.inside = None
        reader.feed(page)
        self.assertEqual(seen["tags"]["script"], 1)
        self.assertEqual(seen["tags"]["style"], 1)
        self.assertEqual(set(seen["tags"]) & {"img", "iframe", "object", "link", "a", "i", "b", "svg", "form"}, set())
        self.assertFalse([a for a in seen["attributes"] if a.startswith("on") or a in ("src", "href", "style")])
        self.assertIn("default-src 'none'", page)
        # every finding is a row of eight cells
        body = page[page.index('<table id="findings">'):]
        self.assertEqual(body.count("<tr><td"), len(self.report["findings"]))
        for row in re.findall(r"<tr><td.*?</tr>", body):
            self.assertEqual(row.count("<td"), 8)

    def test_the_policy_names_script_and_style_by_their_hash(self):
        import base64
        import hashlib
        page = self.form("html")
        for tag in ("script", "style"):
            inside = page[page.index(f"<{tag}>") + len(tag) + 2:page.index(f"</{tag}>")]
            digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
            self.assertIn(f"{tag}-src 'sha256-{digest}'", page)

    def test_markdown(self):
        text = self.form("markdown")
        lines = text.splitlines()
        self.assertTrue(lines[0].startswith("# wsusck: "))
        # tags, links and code from outside are text; a table row has as many cells as its head
        self.assertNotRegex(text, r"<[a-z/!]")
        self.assertNotIn("](", text.replace("\\](", ""))
        self.assertNotRegex(text, r"(?<!\\)`")
        self.assertNotIn("http://", text)
        rows = [line for line in lines if line.startswith("|")]
        for row in rows:
            self.assertEqual(len(re.findall(r"(?<!\\)\|", row)), 9, row)
        items = [line for line in lines if line.startswith("- ")]
        self.assertEqual(len(items), len(self.report["findings"]))
        self.assertEqual([line for line in lines if re.match(r"#{1,6} ", line) and not re.match(r"# wsusck|## ", line)], [])

    def test_junit(self):
        """Elements, attributes and their order as in Apache Ant's junit.xsd (windyroad) and Jenkins's junit-10.xsd."""
        root = ElementTree.fromstring(self.form("junit"))
        self.assertEqual((root.tag, root.attrib), ("testsuites", {}))
        allowed = {"testsuite": {"name", "id", "package", "tests", "failures", "errors", "skipped", "time", "hostname",
                                 "timestamp"},
                   "testcase": {"classname", "name", "time"}, "failure": {"type", "message"}, "skipped": {"message"},
                   "properties": set(), "system-out": set(), "system-err": set()}
        results = {"failure": 0, "skipped": 0}
        for n, suite in enumerate(root):
            self.assertEqual(suite.tag, "testsuite")
            self.assertEqual(suite.get("id"), str(n))
            self.assertRegex(suite.get("timestamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
            children = [child.tag for child in suite]
            self.assertEqual([tag for tag in children if tag != "testcase"], ["properties", "system-out", "system-err"])
            self.assertEqual((children[0], children[-2:]), ("properties", ["system-out", "system-err"]))
            cases = suite.findall("testcase")
            self.assertEqual(len(cases), int(suite.get("tests")))
            for case in cases:
                self.assertLessEqual(len(case), 1)
                for child in case:
                    results[child.tag] += 1
            self.assertEqual(len(suite.findall("testcase/failure")), int(suite.get("failures")))
            self.assertEqual(len(suite.findall("testcase/skipped")), int(suite.get("skipped")))
            for element in suite.iter():
                self.assertEqual(set(element.attrib) - allowed[element.tag], set())
        bad = [f for f in self.report["findings"] if f["result"] == "fail" and f["severity"] != "note"]
        self.assertEqual(results["failure"], len(bad))
        self.assertEqual(results["skipped"], sum(f["result"] != "fail" for f in self.report["findings"]))

    def test_sarif(self):
        """The parts of the SARIF 2.1.0 schema that apply: required members, enumerations, nothing unknown."""
        log = json.loads(self.form("sarif"))
        self.assertEqual(set(log), {"$schema", "version", "runs"})
        self.assertEqual(log["version"], "2.1.0")
        (run,) = log["runs"]
        self.assertEqual(set(run), {"tool", "invocations", "results"})
        driver = run["tool"]["driver"]
        self.assertEqual(set(driver), {"name", "version", "rules"})
        ids = [rule["id"] for rule in driver["rules"]]
        self.assertEqual(ids, sorted(set(ids)))
        for rule in driver["rules"]:
            self.assertEqual(set(rule), {"id", "name", "shortDescription", "help", "defaultConfiguration"})
            self.assertIn(rule["defaultConfiguration"]["level"], ("none", "note", "warning", "error"))
        (invocation,) = run["invocations"]
        self.assertIs(invocation["executionSuccessful"], True)
        self.assertEqual(invocation["exitCode"], 1)
        self.assertRegex(invocation["endTimeUtc"], r"Z$")
        self.assertEqual(len(run["results"]), len(self.report["findings"]))
        for result, finding in zip(run["results"], self.report["findings"]):
            self.assertEqual(set(result) - {"suppressions"}, {"ruleId", "ruleIndex", "kind", "level", "message", "locations",
                                                              "partialFingerprints", "properties"})
            self.assertEqual(ids[result["ruleIndex"]], result["ruleId"])
            self.assertEqual(result["ruleId"], finding["rule"])
            self.assertIn(result["kind"], ("fail", "open"))
            if result["kind"] != "fail":  # 3.27.10: then the level shall be "none"
                self.assertEqual(result["level"], "none")
            self.assertEqual(result["kind"] == "open", finding["result"] == "unknown")
            self.assertEqual(result["partialFingerprints"], {"wsusck/v1": finding["fingerprint"]})
            self.assertTrue(result["message"]["text"])
            (location,) = result["locations"]
            (logical,) = location["logicalLocations"]
            self.assertEqual(set(logical), {"name", "fullyQualifiedName", "kind"})

    def test_prometheus(self):
        """Text exposition format 0.0.4: HELP and TYPE once before the samples, no sample twice."""
        text = self.form("prometheus")
        self.assertTrue(text.endswith("\n"))
        label = r'[a-z_]+="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
        sample = re.compile(rf"^([a-z_]+)(?:\{{({label}(?:,{label})*)\}})? (-?\d+)$")
        typed, seen, current, total = set(), set(), None, 0
        for line in text.splitlines():
            if line.startswith("# HELP "):
                current = line.split()[2]
                self.assertNotIn(current, typed)
            elif line.startswith("# TYPE "):
                self.assertEqual(line, f"# TYPE {current} gauge")
                typed.add(current)
            else:
                m = sample.match(line)
                self.assertIsNotNone(m, line)
                self.assertEqual(m[1], current)
                self.assertNotIn(line.rsplit(" ", 1)[0], seen)
                seen.add(line.rsplit(" ", 1)[0])
                if m[1] == "wsusck_findings":
                    total += int(m[3])
        self.assertEqual(total, len(self.report["findings"]))

    def test_nagios(self):
        text = self.form("nagios", code=2)
        self.assertEqual(text.count("\n"), 1)
        self.assertEqual(text.count("|"), 1)

    def test_text(self):
        self.assertIn("\\u{1b}", self.form("text"))


if __name__ == "__main__":
    main()
