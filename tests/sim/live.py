#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The whole program against simulated servers.

    live.py SIM WSUSCK

Documents → simulated servers → collect over MS-WSUSSS → export must give the documents back, in every field that
the protocol can tell; a live read and an import of the same facts must give the same report; what could not be read
must show as unknown, and as nothing else.
"""
import os
import sys
import unittest
from datetime import datetime, timedelta, timezone

import make_tree
import simlib
from simlib import Sim, Wsusck

SIM = WSUSCK = None
AT = datetime(2026, 11, 25, 5, 0, 0)
NOW = "2026-11-25T06:00:00Z"  # for documents that were read at AT
# What MS-WSUSSS tells of each row (protocol.md 5, 7, 11). Times of arrival, of change and who did it are not told.
TOLD = {
    "languages": ("id", "code", "name", "enabled"),
    "categories": ("id", "revision", "kind", "title", "parent"),
    "updates": ("id", "revision", "type", "title", "kb", "bulletins", "severity", "classification", "products", "languages",
                "created", "state", "deployable", "eula", "supersedes", "bundles", "prerequisites", "files",
                "compatible_protocol_version"),
    "declined": ("id",),
    "groups": ("id", "name", "parent"),
    "approvals": ("deployment", "update", "revision", "group", "action", "deadline", "go_live", "admin", "assigned",
                  "priority"),
    "eulas": ("id",),
}
# Rules of planted problems that need the history or the selection, which the protocol does not tell.
NOT_LIVE = {3002, 6002, 3010, 3011, 2004}


def sorted_lists(row):
    """Sets of a row in one order; `prerequisites` without the lists that are its categories."""
    row = dict(row)
    for key in ("kb", "bulletins", "products", "languages", "supersedes"):
        if isinstance(row.get(key), list):
            row[key] = sorted(row[key])
    if "bundles" in row:
        row["bundles"] = sorted((b["id"], b["revision"]) for b in row["bundles"])
    if "files" in row:
        row["files"] = sorted((f["digest"], f.get("name"), f.get("size")) for f in row["files"])
    if "prerequisites" in row:
        own = set(row["products"]) | {row["classification"]}
        row["prerequisites"] = sorted(sorted(p) for p in row["prerequisites"] if not set(p) <= own)
    return row


def told(doc, section):
    rows = [sorted_lists({k: r.get(k) for k in TOLD[section]}) for r in doc[section]]
    return sorted(rows, key=lambda r: [str(r.get(k)) for k in ("id", "revision", "deployment")])


def shown(findings):
    return {(f["rule"], f["severity"], f["result"], f["server"], f.get("fingerprint")) for f in findings}


def number(rule):
    return int(rule[3:])


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.scratch = simlib.scratch()
        self.dir = self.scratch.name

    def tearDown(self):
        self.scratch.cleanup()

    def folder(self, name):
        path = os.path.join(self.dir, name)
        os.makedirs(path, exist_ok=True)
        return path

    def tree(self, healthy, at=AT):
        docs, notes = simlib.make_tree(self.folder("tree"), at, 200, healthy)
        return docs, [n.split("\t") for n in notes]

    def files(self, names):
        return [os.path.join(self.dir, "tree", n + ".json") for n in names]

    def assert_found(self, notes, report):
        found = {}
        for f in report["findings"]:
            o = f["object"]
            ids = {str(o.get(k)) for k in ("update", "group", "eula", "category", "name") if o.get(k)}
            found.setdefault((f["server"], number(f["rule"])), []).append(ids)
        for path, rule, what in notes:
            wanted = set(what.split())
            self.assertTrue(any(wanted <= ids for ids in found.get((path, int(rule)), [])), f"{path} WCK{rule} {what}")


class Documents(Case):
    """The generated trees are what they say they are; no server is involved."""

    def test_a_healthy_tree_is_consistent(self):
        docs, _ = self.tree(True)
        wsusck = Wsusck(WSUSCK, self.folder("w"))
        wsusck("import", *self.files(docs), codes=[0])
        code, report = wsusck.check("--now", NOW)
        self.assertEqual([(f["rule"], f["server"], f["object"]) for f in report["findings"] if f["severity"] != "note"], [])
        self.assertEqual(code, 0)

    def test_every_planted_problem_is_found(self):
        docs, notes = self.tree(False)
        wsusck = Wsusck(WSUSCK, self.folder("w"))
        wsusck("import", *self.files(docs), codes=[0])
        _, report = wsusck.check("--now", NOW, codes=[1])
        self.assert_found(notes, report)


class Live(Case):
    def collected(self, docs, sim):
        wsusck = Wsusck(WSUSCK, self.folder("w"), sim.config)
        wsusck("collect", "--jobs", "4", "--retry-base", "1", codes=[0, 3])
        return wsusck

    def test_what_was_served_is_what_is_exported(self):
        docs, _ = self.tree(False)
        with Sim(SIM, [os.path.join(self.dir, "tree")], self.folder("s")) as sim:
            wsusck = self.collected(docs, sim)
            self.assertEqual({line[2] for line in sim.lines()}, {"200"}, "no call failed")
            accounts = {line[3] for line in sim.lines() if line[1] == "GetAuthorizationCookie"}
            self.assertEqual(len(accounts), 1, "one identity for every server")
            self.assertNotIn("00000000-0000-0000-0000-000000000000", accounts.pop())
        for name, doc in docs.items():
            got = wsusck.export(name)
            self.assertEqual(got["server"]["server_id"], doc["server"]["server_id"])
            self.assertEqual(got["server"]["parent"], doc["server"]["parent"])
            self.assertEqual(got["server"]["mode"], doc["server"]["mode"])
            for key in ("catalog_only_sync", "lazy_sync", "max_updates_per_request"):
                self.assertEqual(got["config"][key], doc["config"][key], key)
            for section in TOLD:
                self.assertEqual(got["coverage"][section]["state"], "complete", f"{name} {section}: {got['coverage']}")
                for a, b in zip(told(got, section), told(doc, section)):
                    self.assertEqual(a, b, f"{name} {section}")
                self.assertEqual(len(got[section]), len(doc[section]), f"{name} {section}")

    def test_metadata_is_fetched_once_for_the_whole_tree(self):
        docs, _ = self.tree(True)
        with Sim(SIM, [os.path.join(self.dir, "tree")], self.folder("s")) as sim:
            wsusck = Wsusck(WSUSCK, self.folder("w"), sim.config)
            wsusck("collect", "--jobs", "1", "--retry-base", "1", codes=[0, 3])
            documents = sum(int(line[3].split()[0]) for line in sim.lines() if line[1] == "GetUpdateData")
            distinct = len({(u["id"], u["revision"]) for d in docs.values() for u in d["updates"]})
            categories = 2 * len(docs["hq"]["categories"])
            self.assertLessEqual(documents, distinct + categories)
            before = len(sim.lines())
            wsusck("collect", "--jobs", "4", "--retry-base", "1", codes=[0, 3])
            again = [line for line in sim.lines()[before:] if line[1] == "GetUpdateData"]
            self.assertEqual(again, [], "the second collection fetches no document")

    def test_live_and_imported_facts_give_the_same_report(self):
        docs, notes = self.tree(False)
        with Sim(SIM, [os.path.join(self.dir, "tree")], self.folder("s")) as sim:
            live = self.collected(docs, sim)
        now = (datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        imported = Wsusck(WSUSCK, self.folder("i"))
        paths = []
        for name in docs:
            paths.append(os.path.join(self.folder("exported"), name + ".json"))
            simlib.save(paths[-1], live.export(name))
        imported("import", *paths, codes=[0])
        code, report = live.check("--now", now)
        code2, report2 = imported.check("--now", now)
        self.assertEqual(code, code2)
        self.assertEqual(report["findings"], report2["findings"])
        self.assertEqual(report["summary"], report2["summary"])
        self.assert_found([n for n in notes if int(n[1]) not in NOT_LIVE], report)

    def test_a_second_export_is_the_same_bytes(self):
        docs, _ = self.tree(True)
        with Sim(SIM, self.files(["hq"]), self.folder("s")) as sim:
            wsusck = self.collected(docs, sim)
            first = wsusck("export", "hq", codes=[0])[1]
        path = os.path.join(self.dir, "hq.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write(first)
        other = Wsusck(WSUSCK, self.folder("o"))
        other("import", path, codes=[0])
        self.assertEqual(other("export", "hq", codes=[0])[1], first)


class Unreadable(Case):
    names = ("hq", "berlin", "munich", "paris", "lab")

    def test_a_dead_server_and_a_refused_call_are_unknown_and_nothing_else(self):
        self.tree(True)
        faults = "berlin * refuse\nmunich GetDeployments fault InternalServerError\n"
        with Sim(SIM, self.files(self.names), self.folder("s"), faults) as sim:
            wsusck = Wsusck(WSUSCK, self.folder("w"), sim.config)
            wsusck("collect", "--jobs", "4", "--retry-base", "1", codes=[0, 3])
            _, report = wsusck.check(codes=[3])
        others = [f for f in report["findings"] if number(f["rule"]) not in (9001, 9002)]
        self.assertEqual(others, [])
        self.assertEqual({f["result"] for f in report["findings"]}, {"unknown"})
        dead = [f for f in report["findings"] if f["server"] == "hq/berlin"]
        self.assertEqual([number(f["rule"]) for f in dead], [9001])
        refused = {f["object"]["name"] for f in report["findings"] if f["server"] == "hq/munich"}
        self.assertLessEqual({"declined", "groups", "approvals", "eulas"}, refused)
        self.assertNotIn("updates", refused)

    def test_a_cookie_that_is_refused_once_is_asked_for_again(self):
        docs, _ = self.tree(True)
        with Sim(SIM, self.files(["hq"]), self.folder("s"), "hq GetDeployments 1 fault InvalidCookie\n") as sim:
            wsusck = Wsusck(WSUSCK, self.folder("w"), sim.config)
            wsusck("collect", "--retry-base", "1", codes=[0, 3])
        self.assertEqual(len(wsusck.export("hq")["approvals"]), len(docs["hq"]["approvals"]))

    def test_a_revision_that_vanishes_costs_its_own_document_only(self):
        docs, _ = self.tree(True)
        gone = docs["hq"]["updates"][7]["id"]
        with Sim(SIM, self.files(["hq"]), self.folder("s"), f"hq GetUpdateData vanish {gone}\n") as sim:
            wsusck = Wsusck(WSUSCK, self.folder("w"), sim.config)
            wsusck("collect", "--retry-base", "1", codes=[0, 3])
        got = wsusck.export("hq")
        self.assertIn(gone, {u["id"] for u in got["updates"]}, "listed, metadata unavailable, never missing")
        titles = {u["id"]: u["title"] for u in docs["hq"]["updates"]}
        self.assertEqual({u["id"] for u in got["updates"] if u["title"] != titles[u["id"]]}, {gone})

    def test_a_silently_short_answer_is_asked_for_again(self):
        docs, _ = self.tree(True)
        with Sim(SIM, self.files(["hq"]), self.folder("s"), "hq GetUpdateData 2-3 short 5\n") as sim:
            wsusck = Wsusck(WSUSCK, self.folder("w"), sim.config)
            wsusck("collect", "--retry-base", "1", codes=[0, 3])
        got = wsusck.export("hq")
        self.assertEqual(told(got, "updates"), told(docs["hq"], "updates"))
        self.assertEqual(got["coverage"]["updates"]["state"], "complete")

    def test_a_change_while_reading_is_merged(self):
        """One approval comes, one goes, one update comes, all between the lists and the closing check."""
        docs, _ = self.tree(True)
        doc, later = docs["hq"], os.path.join(self.folder("later"), "hq.json")
        gone = dict(doc["approvals"][0], deployment="11111111-0000-0000-0000-000000000001",
                    update=doc["updates"][5]["id"], revision=doc["updates"][5]["revision"])
        make_tree.write(doc, later)
        make_tree.write(dict(doc, approvals=doc["approvals"][1:] + [gone], updates=doc["updates"][1:]),
                        self.files(["hq"])[0])
        with Sim(SIM, self.files(["hq"]), self.folder("s"), f"hq GetRevisionIdList.updates 2 change {later}\n") as sim:
            wsusck = Wsusck(WSUSCK, self.folder("w"), sim.config)
            wsusck("collect", "--retry-base", "1", codes=[0, 3])
        got = wsusck.export("hq")
        for section in ("updates", "approvals"):
            self.assertEqual(told(got, section), told(doc, section), section)
            self.assertEqual(got["coverage"][section]["state"], "complete")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    SIM, WSUSCK = (os.path.abspath(p) for p in (sys.argv.pop(1), sys.argv.pop(1)))
    unittest.main()
